//! What a cluster says is under way is in progress, however long ago its last change was.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::program::{copy, err, fixture, json as document, only, out, run, stateward};
use crate::pty::eventually;
use crate::scripted::{JOB, Said, World, start};

/// A job's directory with a checkpoint, and a savepoint beside it, neither of which has metadata or changed for an hour.
struct Begun {
    home: tempfile::TempDir,
    cluster: String,
}

impl Begun {
    /// Beside a cluster whose job has these under way.
    fn with(under_way: Vec<Value>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let begun = Self {
            home,
            cluster: cluster(under_way),
        };
        put(&begun.checkpoint());
        put(&begun.savepoint());
        begun
    }

    fn checkpoint(&self) -> PathBuf {
        self.home.path().join(format!("ck/{JOB}/chk-9"))
    }

    fn savepoint(&self) -> PathBuf {
        self.home.path().join("ck/sp/savepoint-ababab-0123456789ab")
    }

    fn told(&self, command: &str, at: &Path, more: &[&str]) -> Output {
        let asked = [command, "--flink", &self.cluster];
        let args = asked.iter().chain(more).map(AsRef::as_ref);
        run(args.chain([at.as_os_str()]))
    }

    /// The row of the list with this name, and all of it for people.
    fn listed(&self, name: &str) -> (Value, String) {
        let list = document(&self.told("ls", self.home.path(), &["--json"]));
        let rows = list["snapshots"].as_array().unwrap();
        let is_it = |row: &&Value| row["uri"].as_str().unwrap().contains(name);
        let row = rows.iter().find(is_it).unwrap().clone();
        let table = out(&self.told("ls", self.home.path(), &[]));
        let line = table.lines().find(|line| line.contains(name)).unwrap();
        (row, line.to_owned())
    }
}

/// A directory with state in it.
fn put(at: &Path) {
    fs::create_dir_all(at).unwrap();
    let state = at.join("state");
    fs::write(&state, [0; 2048]).unwrap();
    for place in [&state, at] {
        let an_hour_ago = SystemTime::now() - Duration::from_secs(3600);
        File::open(place)
            .unwrap()
            .set_modified(an_hour_ago)
            .unwrap();
    }
}

fn under_way(id: u64, is_savepoint: bool, minutes_ago: u64) -> Value {
    let at = SystemTime::now() - Duration::from_secs(60 * minutes_ago);
    let at = at.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    json!({ "id": id, "status": "IN_PROGRESS", "is_savepoint": is_savepoint, "trigger_timestamp": at.as_millis() as u64,
        "num_subtasks": 9, "num_acknowledged_subtasks": 1 })
}

fn cluster(under_way: Vec<Value>) -> String {
    let world = World {
        history: under_way,
        ..World::of("2.3.0")
    };
    start(world, |_, _, _| Said::Usual).0
}

#[test]
fn a_checkpoint_that_its_cluster_has_under_way_is_in_progress_in_every_command() {
    let begun = Begun::with(vec![under_way(9, false, 61)]);
    let (row, line) = begun.listed("chk-9");
    assert_eq!(row["health"], "in_progress");
    assert_eq!(row["owner"], "Flink");
    assert_eq!(row["sizes"]["freed"], 0);
    assert_eq!(
        row["findings"][0],
        "no metadata yet: Flink says that it is under way"
    );
    assert!(
        line.contains("in progress") && line.ends_with("Flink"),
        "{line}"
    );

    let shown = out(&begun.told("show", &begun.checkpoint(), &[]));
    for wanted in [
        "NOT restorable: in progress",
        "owner      Flink\n",
        "has it under way, so leave it alone",
    ] {
        assert!(shown.contains(wanted), "`{wanted}` is not in {shown}");
    }
    assert!(!shown.contains("left behind"), "{shown}");
    let told = document(&begun.told("show", &begun.checkpoint(), &["--json"]));
    assert_eq!(
        (&told["health"], &told["owner"]),
        (&json!("in_progress"), &json!("Flink"))
    );

    let explained = out(&begun.told("explain", &begun.checkpoint(), &[]));
    let explained = explained.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        explained.contains("has it under way, so leave it alone"),
        "{explained}"
    );
    for wrong in [
        "left behind",
        "never completed",
        "No end of a job",
        "stateward orphans",
    ] {
        assert!(!explained.contains(wrong), "`{wrong}` is in {explained}");
    }

    let checked = begun.told("check", begun.checkpoint().parent().unwrap(), &[]);
    assert!(
        out(&checked).contains("nothing has completed yet"),
        "{}",
        out(&checked)
    );

    let refused = begun.told("delete", &begun.checkpoint(), &["--all-named", "--dry-run"]);
    assert!(
        out(&refused).contains("Flink may be writing it"),
        "{}{}",
        out(&refused),
        err(&refused)
    );
}

#[test]
fn a_checkpoint_that_its_cluster_does_not_have_under_way_is_what_the_disk_shows() {
    let begun = Begun::with(vec![under_way(10, false, 1), under_way(9, true, 1)]);
    let (row, line) = begun.listed("chk-9");
    assert_eq!(row["health"], "abandoned");
    assert_eq!(row["owner"], "unclear");
    assert!(line.contains("abandoned"), "{line}");
}

#[test]
fn a_savepoint_begun_since_its_job_has_one_under_way_may_be_that() {
    let begun = Begun::with(vec![under_way(9, true, 61)]);
    let (row, _) = begun.listed("savepoint-ababab");
    assert_eq!(row["health"], "in_progress");
    assert_eq!(
        row["findings"][0],
        "no metadata yet: its job has a savepoint under way, which may be this one"
    );
    let explained = out(&begun.told("explain", &begun.savepoint(), &[]));
    let explained = explained.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        explained.contains("has a savepoint under way, which may be this one, so leave it alone"),
        "{explained}"
    );
    // What did not change since that was triggered is another.
    let earlier = Begun::with(vec![under_way(9, true, 30)]);
    assert_eq!(earlier.listed("savepoint-ababab").0["health"], "abandoned");
}

#[test]
fn what_is_under_way_is_so_when_a_newer_one_has_completed() {
    let begun = Begun::with(vec![under_way(2, false, 61)]);
    let job = begun.home.path().join(format!("ck/{JOB}"));
    let source = fixture("flink-2.3.0/hashmap/checkpoints");
    let source = only(&source, "39db2a");
    copy(&only(&source, "chk-7"), &job.join("chk-7"));
    put(&job.join("chk-2"));
    assert_eq!(begun.listed("chk-2").0["health"], "in_progress");
    assert_eq!(begun.listed("chk-9").0["health"], "abandoned");
}

/// How the recording of a job's directory first tells of a snapshot.
fn first_recorded(begun: &Begun, name: &str) -> Value {
    let file = begun.home.path().join("recording");
    let mut recorder = stateward()
        .arg("record")
        .arg(begun.home.path().join("ck"))
        .args(["--flink", &begun.cluster, "--to"])
        .arg(&file)
        .spawn()
        .unwrap();
    let told = || {
        let text = fs::read_to_string(&file).unwrap_or_default();
        let lines: Vec<Value> = text
            .lines()
            .map_while(|line| serde_json::from_str(line).ok())
            .collect();
        let is_it = |line: &Value| {
            line["event"] == "present" && line["uri"].as_str().is_some_and(|it| it.ends_with(name))
        };
        lines.into_iter().find(is_it)
    };
    eventually("a word on it", || told().is_some());
    let id = recorder.id().to_string();
    let ended = Command::new("kill").args(["-INT", &id]).status();
    assert!(ended.unwrap().success());
    recorder.wait().unwrap();
    told().unwrap()
}

#[test]
fn a_recording_begins_with_what_the_cluster_has_under_way() {
    let begun = Begun::with(vec![under_way(9, false, 61)]);
    let told = first_recorded(&begun, "chk-9");
    assert_eq!(told["health"], "in_progress", "{told}");
}

#[test]
fn the_next_checkpoint_of_a_job_that_runs_may_have_begun_since_its_cluster_was_asked() {
    let history = |status: &str| {
        let mut last = under_way(8, false, 61);
        last["status"] = json!(status);
        last
    };
    let begun = Begun::with(vec![history("COMPLETED")]);
    let (row, _) = begun.listed("chk-9");
    assert_eq!(row["health"], "in_progress");
    assert_eq!(
        row["findings"][0],
        "no metadata yet: its job runs and had told of chk-8 last, so this may be the one that it has begun since"
    );
    put(&begun.home.path().join(format!("ck/{JOB}/chk-10")));
    assert_eq!(begun.listed("chk-10").0["health"], "abandoned");
    let told = Begun::with(vec![under_way(10, false, 1), history("FAILED")]);
    assert_eq!(told.listed("chk-9").0["health"], "abandoned");
}
