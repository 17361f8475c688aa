//! A snapshot that a job claimed is Flink's, in every command that says whose it is or what becomes of it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::program::{copy, err, fixture, json as document, only, out, run};
use crate::scripted::{JOB, Said, World, checkpoint, start};

/// A savepoint of a real Flink, and a note beside it that a job was restored from it.
struct Noted {
    home: tempfile::TempDir,
    savepoint: PathBuf,
}

impl Noted {
    fn with(claim_mode: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let savepoints = home.path().join("savepoints");
        copy(&fixture("flink-2.3.0/stop/savepoints"), &savepoints);
        let savepoint = only(&savepoints, "savepoint-");
        let note = json!({ "schema": 1, "restarts": [{
            "job": JOB.to_string(),
            "started_at": "2026-02-11T03:12:40Z",
            "restored": format!("file:{}", savepoint.display()),
            "claim_mode": claim_mode,
        }] });
        fs::create_dir(savepoints.join(".stateward")).unwrap();
        fs::write(
            savepoints.join(".stateward/restarts.json"),
            note.to_string(),
        )
        .unwrap();
        Self { home, savepoint }
    }
}

fn said(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> String {
    let told = run(args);
    assert_eq!(told.status.code(), Some(0), "{}", err(&told));
    out(&told)
}

/// A cluster with the job, which has failed over to a checkpoint of its own and keeps three.
fn failed_over() -> String {
    let own = format!("file:/c/{JOB}/chk-9");
    let world = World {
        restored: json!({ "id": 9, "restore_timestamp": 9, "is_savepoint": false, "external_path": own }),
        history: vec![checkpoint(9, false, &own)],
        ..World::of("2.3.0")
    };
    let (cluster, _) = start(world, |_, line, _| match line {
        "GET /jobmanager/config" => Said::This(
            "200 OK",
            json!([{ "key": "execution.checkpointing.num-retained", "value": "3" }]),
        ),
        _ => Said::Usual,
    });
    cluster
}

#[test]
fn what_is_noted_as_claimed_is_flinks_in_every_command() {
    let noted = Noted::with("CLAIM");
    let at = noted.savepoint.as_os_str();
    let list = document(&run([
        "ls".as_ref(),
        "--json".as_ref(),
        noted.home.path().as_os_str(),
    ]));
    assert_eq!(list["snapshots"][0]["owner"], "Flink");
    let shown = said(["show".as_ref(), at]);
    for wanted in [
        "owner      Flink\n",
        "deleted when subsumed, finished; kept when –",
        "not known: cancelled, failed, suspended",
    ] {
        assert!(shown.contains(wanted), "`{wanted}` is not in {shown}");
    }
    let owner = sentence(&noted.savepoint, "owner", &[]);
    assert!(
        owner.starts_with(&format!("It is Flink's: job {JOB}")),
        "{owner}"
    );
    let fate = sentence(&noted.savepoint, "fate", &[]);
    assert!(
        fate.contains("num-retained of its cluster, 1 unless set"),
        "{fate}"
    );
    assert_eq!(afterwards(at, "finished", &[]), "deleted");
    assert_eq!(afterwards(at, "cancelled", &[]), "not_known");
}

#[test]
fn what_was_noted_holds_after_the_job_has_failed_over() {
    let noted = Noted::with("CLAIM");
    let cluster = failed_over();
    let asked = ["--flink", cluster.as_str()];
    let owner = sentence(&noted.savepoint, "owner", &asked);
    assert!(
        owner.starts_with("It is Flink's: job fraud on ") && owner.contains("which is RUNNING"),
        "{owner}"
    );
    let fate = sentence(&noted.savepoint, "fate", &asked);
    assert!(fate.contains("its cluster keeps 3"), "{fate}");
    assert!(
        fate.contains("or when that job finishes or is cancelled"),
        "{fate}"
    );
    let at = noted.savepoint.as_os_str();
    // The job of this cluster is set to DELETE_ON_CANCELLATION.
    assert_eq!(afterwards(at, "cancelled", &asked), "deleted");
    assert_eq!(afterwards(at, "failed", &asked), "there");
    let shown = said(["show".as_ref(), at, "--flink".as_ref(), cluster.as_ref()]);
    assert!(
        shown.contains("the claim of job fraud on localhost"),
        "{shown}"
    );
    // As JSON it says the same.
    let args = ["show", "--json", "--flink", cluster.as_str()].map(OsStr::new);
    let told = document(&run(args.into_iter().chain([at])));
    assert_eq!(told["owner"], "Flink");
    let because = told["owner_because"].as_str().unwrap();
    assert!(shown.contains(because), "{because}");
    assert!(because.starts_with("Flink's: job fraud on "), "{because}");
    let fate = told["fate"]["because"].as_str().unwrap();
    assert!(shown.contains(fate), "{fate}");
}

#[test]
fn what_is_noted_as_not_claimed_stays_yours_with_what_the_job_needs_of_it() {
    for (mode, wanted) in [
        (
            "NO_CLAIM",
            "do not delete it while that job has not completed a checkpoint",
        ),
        ("LEGACY", "in LEGACY mode: Flink never deletes it"),
    ] {
        let noted = Noted::with(mode);
        let owner = sentence(&noted.savepoint, "owner", &[]);
        assert!(owner.starts_with("It is yours, unless"), "{owner}");
        assert!(owner.contains(wanted), "{owner}");
        assert_eq!(
            afterwards(noted.savepoint.as_os_str(), "finished", &[]),
            "there"
        );
    }
}

fn sentence(snapshot: &Path, topic: &str, more: &[&str]) -> String {
    let mut args = vec!["explain", snapshot.to_str().unwrap(), "--json"];
    args.extend(more);
    let told = document(&run(args));
    let sentences = told["explanations"][0]["sentences"].as_array().unwrap();
    let found = sentences.iter().find(|it| it["topic"] == topic).unwrap();
    found["text"].as_str().unwrap().to_owned()
}

/// What becomes of a snapshot.
fn afterwards(snapshot: &OsStr, event: &str, more: &[&str]) -> Value {
    let mut args = vec!["show", "--json", "--what-if", event];
    args.push(snapshot.to_str().unwrap());
    args.extend(more);
    document(&run(args))["what_if"]["snapshots"][0]["afterwards"].clone()
}
