//! Marks for restart: one per lineage, seen by everybody who looks there, and never lost to another writer.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should fail where it stands"
)]

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use jiff::Timestamp;
use serde_json::Value;
use stateward::action::mark::mark_instead;
use stateward::action::permission::Permission;
use stateward::domain::id::JobId;
use stateward::domain::location::Location;
use stateward::domain::mark::Mark;
use stateward::inventory::marks;
use stateward::store::local::location_of;

use crate::place::Place;
use crate::program::{copy, err, json, out};

fn mark(place: &Place, snapshot: &Path) -> Output {
    let flag = ["mark", "--write", "--json", "--note", "known good"].map(OsStr::new);
    place.run(flag.into_iter().chain([snapshot.as_os_str()]))
}

fn latest(place: &Place, root: &Path) -> (String, String) {
    let output = place.run([OsStr::new("latest"), root.as_os_str()]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    (out(&output).trim_end().to_owned(), err(&output))
}

#[test]
fn the_marked_one_is_the_latest_from_wherever_one_looks() {
    let place = Place::new();
    let checkpoints = place.checkpoints();
    assert!(latest(&place, &checkpoints).0.ends_with("/chk-7"));

    let marked = mark(&place, &place.chk(4));
    assert_eq!(marked.status.code(), Some(0), "{}", err(&marked));
    let document = json(&marked);
    let pointer = PathBuf::from(document["pointer"].as_str().unwrap());
    assert!(pointer.starts_with(checkpoints.join(".stateward/restart")));
    assert_eq!(document["aside"], Value::Null);

    for root in [place.path().join("root"), checkpoints.clone(), place.job()] {
        let (path, said) = latest(&place, &root);
        assert!(path.ends_with("/chk-4"), "from {}: {path}", root.display());
        assert!(said.contains("chk-4 is marked for restart"), "{said}");
        assert!(
            said.contains("known good") && said.contains("chk-7"),
            "{said}"
        );
        // A shell finds the same without this program.
        let cat = Command::new("cat").arg(&pointer).output().unwrap();
        assert_eq!(out(&cat), format!("{path}\n"));
    }
    let newest = place.run([
        OsStr::new("latest"),
        OsStr::new("--ignore-mark"),
        checkpoints.as_os_str(),
    ]);
    assert!(out(&newest).trim_end().ends_with("/chk-7"));
    let listed = json(&place.run([
        OsStr::new("ls"),
        OsStr::new("--json"),
        checkpoints.as_os_str(),
    ]));
    let marked: Vec<bool> = listed["snapshots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["marked"].as_bool().unwrap())
        .collect();
    assert_eq!(marked, [false, false, true], "newest first");

    // Another one takes its place; there is one a lineage.
    let again = json(&mark(&place, &place.chk(6)));
    let replaced = again["replaced"]["snapshot"].as_str().unwrap();
    assert!(replaced.ends_with("/chk-4"), "{replaced}");
    assert!(latest(&place, &checkpoints).0.ends_with("/chk-6"));

    let unmarked = place.run([
        OsStr::new("unmark"),
        OsStr::new("--write"),
        place.chk(6).as_os_str(),
    ]);
    assert_eq!(unmarked.status.code(), Some(0), "{}", err(&unmarked));
    assert!(!pointer.exists());
    assert!(latest(&place, &checkpoints).0.ends_with("/chk-7"));
}

#[test]
fn a_mark_whose_snapshot_is_gone_is_said_and_not_followed() {
    let place = Place::new();
    mark(&place, &place.chk(4));
    fs::remove_dir_all(place.chk(4)).unwrap();
    let (path, said) = latest(&place, &place.checkpoints());
    assert!(path.ends_with("/chk-7"), "{path}");
    assert!(
        said.contains("of no use now") && said.contains("is not there"),
        "{said}"
    );
    let listed = place.run([
        OsStr::new("marks"),
        OsStr::new("--json"),
        place.checkpoints().as_os_str(),
    ]);
    assert_eq!(
        json(&listed)["marks"][0]["state"],
        "not there",
        "kept, and said"
    );
}

#[test]
fn nothing_is_written_unless_that_is_allowed_and_the_snapshot_is_sound() {
    let place = Place::new();
    for command in ["mark", "unmark"] {
        let output = place.run([OsStr::new(command), place.chk(4).as_os_str()]);
        assert_eq!(output.status.code(), Some(4), "{}", err(&output));
        assert!(err(&output).contains("--write"), "{}", err(&output));
    }
    let metadata = place.chk(4).join("_metadata");
    let bytes = fs::read(&metadata).unwrap();
    fs::write(&metadata, &bytes[..bytes.len() / 2]).unwrap();
    let output = mark(&place, &place.chk(4));
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    assert!(
        err(&output).contains("--even-if-broken"),
        "{}",
        err(&output)
    );
    assert!(!place.checkpoints().join(".stateward").exists());
}

#[test]
fn marks_that_cannot_be_read_are_left_as_they_are() {
    let place = Place::new();
    mark(&place, &place.chk(4));
    let file = place.checkpoints().join(".stateward/marks.json");
    for broken in [
        &b"{\"schema\":1,\"marks\":["[..],
        b"{\"schema\":99}",
        b"{\"schema\":1,\"marks\":{}}",
    ] {
        fs::write(&file, broken).unwrap();
        let output = mark(&place, &place.chk(6));
        assert_eq!(output.status.code(), Some(3), "{}", err(&output));
        assert!(err(&output).contains("marks.json"), "{}", err(&output));
        assert_eq!(fs::read(&file).unwrap(), broken);
        let (path, said) = latest(&place, &place.checkpoints());
        assert!(
            path.ends_with("/chk-7") && said.contains("marks.json"),
            "{said}"
        );
    }
}

#[test]
fn what_a_later_release_adds_is_kept() {
    let place = Place::new();
    mark(&place, &place.chk(4));
    let file = place.checkpoints().join(".stateward/marks.json");
    let mut document: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    document["colours"] = "red".into();
    let other = serde_json::json!({
        "snapshot": "file:/x/chk-1", "restore_path": "file:/x/chk-1", "lineage": "x", "jobs": [],
        "at": "2026-01-01T00:00:00Z", "urgency": 3
    });
    document["marks"]
        .as_array_mut()
        .unwrap()
        .push(other.clone());
    fs::write(&file, serde_json::to_vec(&document).unwrap()).unwrap();
    mark(&place, &place.chk(6));
    let document: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(document["colours"], "red");
    assert!(document["marks"].as_array().unwrap().contains(&other));
}

#[test]
fn a_link_in_place_of_our_directory_is_not_followed() {
    let place = Place::new();
    let elsewhere = place.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, place.checkpoints().join(".stateward")).unwrap();
    let marked = mark(&place, &place.chk(4));
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    // It is kept in the user's own directory instead, and that is said.
    assert_eq!(marked.status.code(), Some(0), "{}", err(&marked));
    let document = json(&marked);
    let pointer = document["pointer"].as_str().unwrap();
    assert!(Path::new(pointer).starts_with(place.state()), "{pointer}");
    assert!(
        document["aside"]
            .as_str()
            .unwrap()
            .contains("symbolic link")
    );
    assert!(latest(&place, &place.checkpoints()).0.ends_with("/chk-4"));
}

#[test]
fn writers_at_the_same_time_lose_nothing() {
    const WRITERS: usize = 12;
    let place = Place::new();
    let snapshots: Vec<PathBuf> = (0..WRITERS)
        .map(|number| {
            let job = place
                .checkpoints()
                .join(format!("{number:032x}").replacen('0', "a", 1));
            copy(&place.chk(7), &job.join("chk-7"));
            job.join("chk-7")
        })
        .collect();
    let running: Vec<_> = snapshots
        .iter()
        .map(|snapshot| {
            let mut command = place.command(["mark", "--write"]);
            command.arg(snapshot).spawn().unwrap()
        })
        .collect();
    for mut writer in running {
        assert!(writer.wait().unwrap().success());
    }
    let folder = place.checkpoints().join(".stateward");
    let document: Value =
        serde_json::from_slice(&fs::read(folder.join("marks.json")).unwrap()).unwrap();
    let mut marked: Vec<&str> = document["marks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|mark| mark["snapshot"].as_str().unwrap())
        .collect();
    marked.sort_unstable();
    let wanted: Vec<String> = snapshots
        .iter()
        .map(|snapshot| format!("file:{}", snapshot.display()))
        .collect();
    assert_eq!(marked, wanted);
    assert_eq!(
        fs::read_dir(folder.join("restart")).unwrap().count(),
        WRITERS
    );
    // No row is made of it, and nothing in it is taken for a place of snapshots.
    let listed = place.run([
        OsStr::new("ls"),
        OsStr::new("--json"),
        place.checkpoints().as_os_str(),
    ]);
    assert_eq!(
        json(&listed)["snapshots"].as_array().unwrap().len(),
        WRITERS + 3
    );
}

#[test]
fn a_mark_replaces_those_of_its_lineage_elsewhere() {
    let temp = tempfile::tempdir().unwrap();
    let at = |path: &str| location_of(&temp.path().join(path)).unwrap();
    let mark_on = |snapshot: Location| Mark {
        restore_path: snapshot.clone(),
        snapshot,
        lineage: "fraud".to_owned(),
        jobs: vec![JobId([7; 16])],
        by: String::new(),
        at: Timestamp::now(),
        note: String::new(),
    };
    let places = [
        "chk/07070707070707070707070707070707/chk-3",
        "sp/savepoint-070707-0123456789ab",
    ];
    for place in places {
        fs::create_dir_all(temp.path().join(place)).unwrap();
    }
    let [checkpoint, savepoint] = places.map(|place| mark_on(at(place)));
    let permission = Permission::given(true).unwrap();
    mark_instead(permission, &checkpoint, &[]).unwrap();
    let placed = mark_instead(permission, &savepoint, std::slice::from_ref(&checkpoint)).unwrap();
    assert_eq!(placed.retired, [checkpoint]);
    assert_eq!(placed.standing, [""; 0]);
    let (marks, problems) = marks::read(&[at("chk"), at("sp")], &[]);
    assert_eq!((marks, problems), (vec![savepoint], Vec::new()));
    assert!(!temp.path().join("chk/.stateward/restart/fraud").exists());
    assert!(temp.path().join("sp/.stateward/restart/fraud").exists());
}

#[test]
fn a_mark_made_by_another_name_of_its_directory_is_replaced_and_the_new_one_stays() {
    let place = Place::new();
    let alias = place.path().join("alias");
    std::os::unix::fs::symlink(place.root(), &alias).unwrap();
    let below = place.chk(4);
    let below = below.strip_prefix(place.root()).unwrap();
    let first = mark(&place, &alias.join(below));
    assert_eq!(first.status.code(), Some(0), "{}", err(&first));

    // Whatever name one looks by, it is found and followed.
    for root in [place.root(), alias.clone()] {
        assert!(latest(&place, &root).0.ends_with("/chk-4"), "{root:?}");
    }
    let second = mark(&place, &place.chk(6));
    assert_eq!(second.status.code(), Some(0), "{}", err(&second));
    let second = json(&second);
    assert_eq!(second["retired"], serde_json::json!([]));
    let replaced = second["replaced"]["snapshot"].as_str().unwrap();
    assert!(replaced.ends_with("/chk-4"), "{replaced}");
    let pointer = PathBuf::from(second["pointer"].as_str().unwrap());
    let points = fs::read_to_string(&pointer).unwrap();
    assert!(points.ends_with("/chk-6\n"), "{points}");
    for root in [place.root(), alias.clone()] {
        assert!(latest(&place, &root).0.ends_with("/chk-6"), "{root:?}");
    }

    let below = place.chk(6);
    let below = below.strip_prefix(place.root()).unwrap();
    let unmarked = place.run([
        OsStr::new("unmark"),
        OsStr::new("--write"),
        alias.join(below).as_os_str(),
    ]);
    assert_eq!(unmarked.status.code(), Some(0), "{}", err(&unmarked));
    assert!(!pointer.exists());
}

#[test]
fn what_was_just_marked_is_not_retired_by_what_it_replaces() {
    let temp = tempfile::tempdir().unwrap();
    let savepoints = temp.path().join("sp");
    let alias = temp.path().join("alias");
    fs::create_dir_all(savepoints.join("savepoint-070707-0123456789ab")).unwrap();
    fs::create_dir_all(savepoints.join("savepoint-070707-0123456789ac")).unwrap();
    std::os::unix::fs::symlink(&savepoints, &alias).unwrap();
    let mark_on = |path: PathBuf, at: &str| Mark {
        restore_path: location_of(&path).unwrap(),
        snapshot: location_of(&path).unwrap(),
        lineage: "fraud".to_owned(),
        jobs: vec![JobId([7; 16])],
        by: String::new(),
        at: at.parse().unwrap(),
        note: String::new(),
    };
    let old = mark_on(
        alias.join("savepoint-070707-0123456789ab"),
        "2026-11-25T15:00:00Z",
    );
    let new = mark_on(
        savepoints.join("savepoint-070707-0123456789ac"),
        "2026-11-25T16:00:00Z",
    );
    let permission = Permission::given(true).unwrap();
    mark_instead(permission, &old, &[]).unwrap();
    let placed = mark_instead(permission, &new, std::slice::from_ref(&old)).unwrap();
    assert_eq!(placed.retired, []);
    assert!(placed.pointer.exists());
    let (marks, problems) = marks::read(&[location_of(&savepoints).unwrap()], &[]);
    assert_eq!((marks, problems), (vec![new], Vec::new()));
}

#[test]
fn what_leads_through_a_link_is_marked_where_it_really_is() {
    let place = Place::new();
    let elsewhere = place.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let job = elsewhere.join(place.job().file_name().unwrap());
    std::os::unix::fs::symlink(place.job(), &job).unwrap();
    let output = mark(&place, &job.join("chk-6"));
    assert_ne!(output.status.code(), Some(0));
    assert!(err(&output).contains("mark it there"), "{}", err(&output));
    assert!(!elsewhere.join(".stateward").exists());
}
