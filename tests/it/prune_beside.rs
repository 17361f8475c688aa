//! Deletion by rules beside a job that lives: what is that job's stays, and that is no failure of what is done every night.

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::deletion::{Place, health};
use crate::program::{err, json as document, out, stateward};
use crate::server::{Server, reply};

/// A cluster that runs the job of [`Place`] and tells of these of its checkpoints.
struct Flink {
    url: String,
    tells_of: Arc<Mutex<Vec<u64>>>,
}

impl Flink {
    fn running(place: &Place, tells_of: &[u64]) -> Self {
        Self::running_in(place.chk(9).parent().unwrap(), tells_of)
    }

    /// The same of a job that has another directory for its checkpoints.
    fn running_in(home: &Path, tells_of: &[u64]) -> Self {
        let home = home.to_owned();
        let tells_of = Arc::new(Mutex::new(tells_of.to_vec()));
        let told = tells_of.clone();
        let server =
            Server::start(
                move |path, out| match answer(&home, &told.lock().unwrap(), path) {
                    Some(body) => reply(out, "200 OK", &body.to_string()),
                    None => reply(out, "404 Not Found", r#"{"errors":["Not found."]}"#),
                },
            );
        Self {
            url: server.url,
            tells_of,
        }
    }
}

fn answer(home: &Path, told: &[u64], path: &str) -> Option<Value> {
    let id = home.file_name().unwrap().to_str().unwrap();
    let headline = json!({"jid": id, "name": "fraud", "state": "RUNNING", "start-time": 1, "end-time": -1, "vertices": []});
    let completed = |number: &u64| {
        json!({"id": number, "status": "COMPLETED", "is_savepoint": false,
            "external_path": format!("file:{}/chk-{number}", home.display())})
    };
    Some(
        match path.strip_prefix(&format!("/jobs/{id}")).unwrap_or(path) {
            "/config" => json!({"flink-version": "2.3.0"}),
            "/jobs/overview" => json!({"jobs": [headline]}),
            "" => headline,
            "/checkpoints" => {
                let history: Vec<Value> = told.iter().map(completed).collect();
                json!({"counts": {"restored": 0, "total": 3, "in_progress": 0, "completed": 3, "failed": 0},
                "latest": {"restored": null}, "history": history})
            }
            _ => return None,
        },
    )
}

fn stateward_on(flink: &Flink, args: &[&str], paths: &[PathBuf]) -> Output {
    let mut command = stateward();
    command.args(args).args(paths);
    command.args(["--all-named", "--flink", &flink.url]);
    command.output().unwrap()
}

/// Of checkpoints and savepoints only the last each.
const RULES: [&str; 3] = ["prune", "--keep-last=1", "--savepoints-keep-last=1"];
const DO_IT: [&str; 2] = ["--write", "--yes"];

fn savepoints(place: &Place) -> Vec<PathBuf> {
    let found = std::fs::read_dir(place.root().join("savepoints")).unwrap();
    found.map(|it| it.unwrap().path()).collect()
}

#[track_caller]
fn ends(output: &Output, code: i32) -> String {
    let said = out(output) + &err(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    said
}

#[test]
fn what_a_job_that_lives_still_keeps_is_no_failure_of_the_rules() {
    let place = Place::aged(10);
    // Of the others it may keep some, though it does not tell of them.
    let flink = Flink::running(&place, &[8, 9]);
    let prune = |more: &[&str]| stateward_on(&flink, &[&RULES, more].concat(), &[place.root()]);
    let said = ends(&prune(&["--dry-run"]), 0);
    for line in [
        "DELETE savepoint ",
        "DEFER externalized checkpoint chk-7 ",
        "KEEP externalized checkpoint chk-8 ",
    ] {
        assert_eq!(said.matches(line).count(), 1, "{line} {said}");
    }
    let done = prune(&[&DO_IT[..], &["--json"]].concat());
    ends(&done, 0);
    assert_eq!(document(&done)["stays"].as_array().unwrap().len(), 2);
    assert_eq!(savepoints(&place).len(), 1);
    for number in [7, 8, 9] {
        assert_eq!(health(&place.chk(number)), "complete");
    }
    // The next night there is nothing else.
    let said = ends(&prune(&DO_IT), 0);
    assert!(
        said.contains("DEFER externalized checkpoint chk-7"),
        "{said}"
    );
    assert!(said.contains("nothing was deleted"), "{said}");
    ends(&prune(&["--dry-run"]), 0);
    let none = prune(&[&DO_IT[..], &["--json"]].concat());
    ends(&none, 0);
    let none = document(&none);
    assert_eq!(none["batches"], json!([]));
    assert_eq!(none["stays"].as_array().unwrap().len(), 2, "{none:#}");
}

#[test]
fn a_plan_of_rules_that_was_saved_ends_alike() {
    let place = Place::aged(10);
    let flink = Flink::running(&place, &[8, 9]);
    let file = place.temp.path().join("plan.json");
    let save = [&RULES[..], &["--save", file.to_str().unwrap()]].concat();
    ends(&stateward_on(&flink, &save, &[place.root()]), 0);
    let mut apply = stateward();
    apply.arg("apply").arg(&file).args(DO_IT);
    ends(&apply.args(["--flink", &flink.url]).output().unwrap(), 0);
    assert_eq!(savepoints(&place).len(), 1);
    assert_eq!(health(&place.chk(7)), "complete");
}

#[test]
fn what_a_job_may_go_back_to_that_lives_and_has_completed_nothing_yet_is_no_failure() {
    let place = Place::aged(10);
    // It went over to another JobManager, which has forgotten.
    let flink = Flink::running(&place, &[]);
    let prune = |more: &[&str]| stateward_on(&flink, &[&RULES, more].concat(), &[place.root()]);
    let said = ends(&prune(&["--dry-run"]), 0);
    for number in [7, 8] {
        let line = format!("UNKNOWN externalized checkpoint chk-{number} ");
        assert!(said.contains(&line), "{said}");
    }
    ends(&prune(&DO_IT), 0);
    assert_eq!(savepoints(&place).len(), 1);
    // The next night nothing is left but that.
    let said = ends(&prune(&DO_IT), 0);
    assert!(said.contains("nothing was deleted"), "{said}");
    assert!(said.contains("tells of no later checkpoint"), "{said}");
    for number in [7, 8, 9] {
        assert_eq!(health(&place.chk(number)), "complete");
    }
}

#[test]
fn what_is_not_known_or_was_named_and_stays_is_a_failure() {
    let place = Place::aged(10);
    let flink = Flink::running(&place, &[8, 9]);
    let savepoints = savepoints(&place);
    let named = [place.chk(7), savepoints[0].clone()];
    ends(&stateward_on(&flink, &["delete", "--dry-run"], &named), 1);
    ends(
        &stateward_on(&flink, &["delete", "--dry-run"], &named[..1]),
        4,
    );
    // It may go back to one that is later than all that it tells of: whoever names that one hears of it.
    *flink.tells_of.lock().unwrap() = vec![7];
    let chk_8 = [place.chk(8)];
    ends(&stateward_on(&flink, &["delete", "--dry-run"], &chk_8), 4);
    // The cluster knows nothing of the job whose checkpoints these are.
    let other = place.temp.path().join("0".repeat(31) + "1");
    let flink = Flink::running_in(&other, &[]);
    let dry = [&RULES[..], &["--dry-run"]].concat();
    let said = ends(&stateward_on(&flink, &dry, &[place.root()]), 1);
    assert!(
        said.contains("UNKNOWN externalized checkpoint chk-8"),
        "{said}"
    );
}
