//! Holds: seen by everybody who looks there, never lost to another writer, and never passed over when they cannot be
//! read.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should fail where it stands"
)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json as value};
use stateward::inventory::holds;
use stateward::store::local::location_of;

use crate::place::Place;
use crate::program::{err, json, out};

fn hold(place: &Place, snapshot: &Path, name: &str, more: &[&str]) -> Output {
    let mut command = place.command(["hold", "--write", "--json"]);
    command.arg(snapshot).arg(name).args(more).output().unwrap()
}

fn held(place: &Place, snapshot: &Path, name: &str, more: &[&str]) -> Value {
    let output = hold(place, snapshot, name, more);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    json(&output)
}

fn release(place: &Place, snapshot: &Path, which: &str) -> Output {
    let mut command = place.command(["release", "--write", "--json"]);
    command.arg(snapshot).arg(which).output().unwrap()
}

/// What is listed from a place, and how that ended.
fn listed(place: &Place, root: &Path) -> (Value, Option<i32>) {
    let output = place.run([OsStr::new("holds"), OsStr::new("--json"), root.as_os_str()]);
    (json(&output), output.status.code())
}

fn names(listed: &Value) -> Vec<&str> {
    let list = listed["holds"].as_array().unwrap().iter();
    let mut names: Vec<&str> = list.map(|it| it["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    names
}

fn file(place: &Place) -> PathBuf {
    place.checkpoints().join(".stateward/holds.json")
}

#[test]
fn a_hold_is_seen_from_wherever_one_looks_until_it_is_released() {
    let place = Place::new();
    let first = held(&place, &place.chk(4), "release-42", &["--why", "audit"]);
    assert_eq!(first["replaced"], value!([]));
    assert_eq!(first["aside"], Value::Null);
    assert_eq!(first["file"].as_str().map(Path::new), Some(&*file(&place)));
    for root in [place.root(), place.checkpoints(), place.job(), place.chk(4)] {
        let (seen, code) = listed(&place, &root);
        assert_eq!(code, Some(0));
        let [it] = &seen["holds"].as_array().unwrap()[..] else {
            panic!("{seen}")
        };
        assert_eq!(it["name"], "release-42");
        assert_eq!(it["why"], "audit");
        assert_eq!(it["state"], "restorable");
        assert_eq!(it["expires"], Value::Null);
        assert_eq!(it["expired"], false);
        assert_eq!(it["aside"], false);
        assert!(it["snapshot"].as_str().unwrap().ends_with("/chk-4"));
    }

    // Another one beside it; and the same again, with an end.
    held(&place, &place.chk(4), "second", &[]);
    let again = held(&place, &place.chk(4), "release-42", &["--for", "30d"]);
    assert_eq!(again["replaced"][0]["why"], "audit");
    let (seen, _) = listed(&place, &place.root());
    assert_eq!(names(&seen), ["release-42", "second"]);

    let unknown = release(&place, &place.chk(4), "third");
    assert_eq!(unknown.status.code(), Some(1));
    assert!(err(&unknown).contains("`release-42` holds it") || err(&unknown).contains("`second`"));
    let elsewhere = release(&place, &place.chk(6), "second");
    assert_eq!(elsewhere.status.code(), Some(1), "{}", err(&elsewhere));
    // It need not be there any more.
    fs::remove_dir_all(place.chk(4)).unwrap();
    let (seen, _) = listed(&place, &place.root());
    assert_eq!(seen["holds"][0]["state"], "not there");
    let released = json(&release(&place, &place.chk(4), "second"));
    assert_eq!(released["released"][0]["name"], "second");
    let released = json(&release(&place, &place.chk(4), "--all"));
    assert_eq!(released["released"][0]["name"], "release-42");
    assert_eq!(listed(&place, &place.root()).1, Some(1));
}

#[test]
fn an_end_is_kept_and_said_once_it_is_over() {
    let place = Place::new();
    let made = held(
        &place,
        &place.chk(4),
        "short",
        &["--until", "2999-01-01T00:00:00+01:00"],
    );
    assert_eq!(made["hold"]["expires"], "2998-12-31T23:00:00Z");
    let text = fs::read_to_string(file(&place)).unwrap();
    fs::write(file(&place), text.replace("2998", "2001")).unwrap();
    let (seen, code) = listed(&place, &place.root());
    assert_eq!(
        (&seen["holds"][0]["expired"], code),
        (&true.into(), Some(0))
    );
    for odd in [
        &["--until", "2001-01-01T00:00:00Z"][..],
        &["--until", "tomorrow"],
        &["--for=-3d"],
        &["--for", "0d"],
        &["--for", "a while"],
        &["--for", "6m"],
        &["--for", "1d", "--until", "2999-01-01T00:00:00Z"],
    ] {
        let output = hold(&place, &place.chk(6), "odd", odd);
        assert_eq!(output.status.code(), Some(2), "{odd:?}: {}", err(&output));
    }
    for name in ["", "two words", "\u{1b}[2J"] {
        let output = hold(&place, &place.chk(6), name, &[]);
        assert_eq!(output.status.code(), Some(2), "{name:?}: {}", err(&output));
    }
    assert_eq!(names(&listed(&place, &place.root()).0), ["short"]);
}

#[test]
fn nothing_is_written_unless_that_is_allowed() {
    let place = Place::new();
    for command in ["hold", "release"] {
        let args = [
            OsStr::new(command),
            place.chk(4).as_os_str(),
            OsStr::new("it"),
        ]
        .map(OsStr::to_owned);
        let output = place.run(args);
        assert_eq!(output.status.code(), Some(4), "{}", err(&output));
        assert!(err(&output).contains("--write"), "{}", err(&output));
    }
    let nothing = hold(&place, &place.checkpoints(), "it", &[]);
    assert_eq!(nothing.status.code(), Some(1), "{}", err(&nothing));
    assert!(!place.checkpoints().join(".stateward").exists());
    assert!(!place.state().exists());
}

#[test]
fn what_cannot_be_read_is_told_and_left_as_it_is() {
    let place = Place::new();
    held(&place, &place.chk(4), "good", &[]);
    let good = fs::read_to_string(file(&place)).unwrap();
    let here = [location_of(&place.job()).unwrap()];
    assert_eq!(holds::read(&here, &[]).1, [""; 0]);
    let too_long = format!("{good}{}", " ".repeat(1 << 20));
    for broken in [
        "{\"schema\":1,\"holds\":[",
        "{\"schema\":99,\"holds\":[]}",
        "{\"schema\":1}",
        "{\"schema\":1,\"holds\":{}}",
        "[]",
        "",
        &too_long,
    ] {
        fs::write(file(&place), broken).unwrap();
        let (seen, problems) = holds::read(&here, &[]);
        assert_eq!(seen, []);
        assert!(problems[0].contains("holds.json"), "{problems:?}");
        let output = hold(&place, &place.chk(6), "more", &[]);
        assert_eq!(output.status.code(), Some(3), "{}", err(&output));
        let output = release(&place, &place.chk(4), "good");
        assert_eq!(output.status.code(), Some(3), "{}", err(&output));
        assert_eq!(fs::read_to_string(file(&place)).unwrap(), broken);
        let (seen, code) = listed(&place, &place.root());
        assert_eq!(code, Some(3));
        assert!(seen["problems"][0].as_str().unwrap().contains("holds.json"));
    }
}

#[test]
fn one_entry_that_is_not_understood_hides_no_other() {
    let place = Place::new();
    held(&place, &place.chk(4), "good", &[]);
    let mut document: Value = serde_json::from_slice(&fs::read(file(&place)).unwrap()).unwrap();
    let mut odd = document["holds"][0].clone();
    odd["name"] = "odd".into();
    odd["expires"] = "some day".into();
    document["holds"].as_array_mut().unwrap().push(odd);
    fs::write(file(&place), document.to_string()).unwrap();
    let (seen, code) = listed(&place, &place.root());
    assert_eq!((names(&seen), code), (vec!["good"], Some(3)));
    let problem = seen["problems"][0].as_str().unwrap();
    assert!(
        problem.contains("hold 2") && problem.contains("`expires`"),
        "{problem}"
    );
    // It can be released, or set anew, by its name.
    let released = release(&place, &place.chk(4), "odd");
    assert_eq!(released.status.code(), Some(0), "{}", err(&released));
    let (seen, code) = listed(&place, &place.root());
    assert_eq!((names(&seen), code), (vec!["good"], Some(0)));
}

#[test]
fn nothing_but_a_plain_file_is_read() {
    let place = Place::new();
    held(&place, &place.chk(4), "good", &[]);
    let elsewhere = place.path().join("elsewhere.json");
    fs::rename(file(&place), &elsewhere).unwrap();
    let here = [location_of(&place.job()).unwrap()];
    let told = |what: &str| {
        let (seen, problems) = holds::read(&here, &[]);
        assert_eq!(seen, [], "{what}");
        assert!(
            problems[0].contains("is no file of its own"),
            "{what}: {problems:?}"
        );
    };
    symlink(&elsewhere, file(&place)).unwrap();
    told("a link");
    fs::remove_file(file(&place)).unwrap();
    let made = Command::new("mkfifo").arg(file(&place)).status().unwrap();
    assert!(made.success());
    told("a pipe");
    fs::remove_file(file(&place)).unwrap();
    fs::create_dir(file(&place)).unwrap();
    told("a directory");
}

#[test]
fn what_a_later_release_adds_is_kept() {
    let place = Place::new();
    held(&place, &place.chk(4), "good", &[]);
    let mut document: Value = serde_json::from_slice(&fs::read(file(&place)).unwrap()).unwrap();
    document["colours"] = "red".into();
    document["holds"][0]["urgency"] = 3.into();
    let good = document["holds"][0].clone();
    fs::write(file(&place), document.to_string()).unwrap();
    held(&place, &place.chk(6), "more", &[]);
    release(&place, &place.chk(6), "more");
    let document: Value = serde_json::from_slice(&fs::read(file(&place)).unwrap()).unwrap();
    assert_eq!(document["colours"], "red");
    assert_eq!(document["holds"], value!([good]));
}

#[test]
fn where_nothing_can_be_written_it_is_kept_for_this_user_and_that_is_said() {
    let place = Place::new();
    let elsewhere = place.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let ours = place.checkpoints().join(".stateward");
    symlink(&elsewhere, &ours).unwrap();
    let made = held(&place, &place.chk(4), "good", &[]);
    assert_eq!(fs::read_dir(&elsewhere).unwrap().count(), 0);
    assert!(made["aside"].as_str().unwrap().contains("symbolic link"));
    assert!(Path::new(made["file"].as_str().unwrap()).starts_with(place.state()));
    let mut command = place.command(["hold", "--write"]);
    let told = command.arg(place.chk(6)).arg("said").output().unwrap();
    assert!(err(&told).contains("only you see it"), "{}", err(&told));
    // Whether somebody else holds something behind that link is not known.
    let (seen, code) = listed(&place, &place.root());
    assert_eq!((names(&seen), code), (vec!["good", "said"], Some(3)));
    fs::remove_file(&ours).unwrap();
    let alias = place.path().join("alias");
    symlink(place.root(), &alias).unwrap();
    for root in [place.root(), alias] {
        let (seen, code) = listed(&place, &root);
        assert_eq!((names(&seen), code), (vec!["good", "said"], Some(0)));
        assert_eq!(seen["holds"][0]["aside"], true);
        let table = place.run([OsStr::new("holds"), root.as_os_str()]);
        assert!(err(&table).contains("seen by you alone"), "{}", err(&table));
        assert!(out(&table).contains("good"), "{}", out(&table));
    }
    // Once it can be written there, the hold moves.
    let again = held(&place, &place.chk(4), "good", &[]);
    assert_eq!(again["replaced"].as_array().unwrap().len(), 1);
    let (seen, _) = listed(&place, &place.root());
    let asides: Vec<&Value> = ["good", "said"]
        .iter()
        .map(|name| {
            let list = seen["holds"].as_array().unwrap();
            &list.iter().find(|it| it["name"] == *name).unwrap()["aside"]
        })
        .collect();
    assert_eq!(asides, [false, true]);
    // What is in the user's own directory is no less a hold when it cannot be read.
    let own = Path::new(made["file"].as_str().unwrap());
    fs::write(own, "no JSON").unwrap();
    assert_eq!(listed(&place, &place.root()).1, Some(3));
}

#[test]
fn writers_at_the_same_time_lose_nothing() {
    const WRITERS: usize = 12;
    let place = Place::new();
    let name = |number: usize| format!("hold-{number:02}");
    let running: Vec<_> = (0..WRITERS)
        .map(|number| {
            let mut command = place.command(["hold", "--write"]);
            let snapshot = place.chk([4, 6, 7][number % 3]);
            command.arg(snapshot).arg(name(number)).spawn().unwrap()
        })
        .collect();
    for mut writer in running {
        assert!(writer.wait().unwrap().success());
    }
    let wanted: Vec<String> = (0..WRITERS).map(name).collect();
    assert_eq!(names(&listed(&place, &place.root()).0), wanted);
    let running: Vec<_> = (0..WRITERS)
        .filter(|number| number % 3 == 0)
        .map(|number| {
            let mut command = place.command(["release", "--write"]);
            command.arg(place.chk(4)).arg(name(number)).spawn().unwrap()
        })
        .collect();
    for mut writer in running {
        assert!(writer.wait().unwrap().success());
    }
    let wanted: Vec<String> = (0..WRITERS).filter(|it| it % 3 != 0).map(name).collect();
    assert_eq!(names(&listed(&place, &place.root()).0), wanted);
}

#[test]
fn a_hold_goes_with_what_is_moved_and_is_not_taken_from_a_copy() {
    let place = Place::new();
    // A name that tells nothing but where it lies.
    let mine = place.root().join("savepoints/mine");
    crate::program::copy(&place.chk(7), &mine);
    held(&place, &mine, "moved", &[]);
    held(&place, &place.chk(7), "chk", &[]);
    let moved = place.path().join("moved");
    fs::rename(place.root(), &moved).unwrap();
    let (seen, code) = listed(&place, &moved);
    assert_eq!((names(&seen), code), (vec!["chk", "moved"], Some(0)));
    for it in seen["holds"].as_array().unwrap() {
        assert_eq!(it["state"], "restorable", "{it}");
    }
    // A copy below the same root is held with its original, and released with it alone.
    let chk = moved
        .join("checkpoints")
        .join(place_name(&moved))
        .join("chk-7");
    let copy = moved
        .join("checkpoints/archive")
        .join(place_name(&moved))
        .join("chk-7");
    crate::program::copy(&chk, &copy);
    let refused = release(&place, &copy, "chk");
    assert_eq!(refused.status.code(), Some(1), "{}", err(&refused));
    assert!(err(&refused).contains("copy of it"), "{}", err(&refused));
    assert_eq!(release(&place, &chk, "chk").status.code(), Some(0));
}

fn place_name(root: &Path) -> std::ffi::OsString {
    let job = crate::program::only(&root.join("checkpoints"), "39db2a");
    job.file_name().unwrap().to_owned()
}

#[test]
fn what_lies_behind_a_link_is_held_where_it_lies() {
    let place = Place::new();
    let last = place.path().join("last");
    symlink(place.chk(7), &last).unwrap();
    let refused = hold(&place, &last, "it", &[]);
    assert_eq!(refused.status.code(), Some(3), "{}", err(&refused));
    assert!(err(&refused).contains("hold it there"), "{}", err(&refused));
    // A link above the directory that tells of it is no matter.
    let alias = place.path().join("alias");
    symlink(place.root(), &alias).unwrap();
    let through = alias
        .join("checkpoints")
        .join(place.job().file_name().unwrap())
        .join("chk-7");
    held(&place, &through, "it", &[]);
    assert_eq!(names(&listed(&place, &place.root()).0), ["it"]);
}

/// What would become of a snapshot that is asked to go, and what speaks against it.
fn judged(place: &Place, snapshot: &Path) -> (String, Vec<String>) {
    let mut command = place.command(["delete", "--dry-run", "--json", "--all-named"]);
    let output = command.arg(snapshot).output().unwrap();
    let target = &json(&output)["targets"][0];
    let objections = target["objections"].as_array().unwrap().iter();
    let guards = objections.map(|it| it["guard"].as_str().unwrap().to_owned());
    let decision = target["decision"].as_str().unwrap();
    (decision.to_owned(), guards.collect())
}

#[test]
fn no_deletion_passes_a_hold_or_what_may_be_one() {
    let place = Place::new();
    crate::deletion::age(place.path(), 10);
    let savepoint = crate::program::only(&place.root().join("savepoints"), "savepoint-39db2a-0e");
    let goes = || assert_eq!(judged(&place, &savepoint).0, "DELETE");
    let stays = |decision: &str, guard: &str| {
        let (decided, guards) = judged(&place, &savepoint);
        assert_eq!(decided, decision);
        assert!(guards.iter().any(|it| it == guard), "{guards:?}");
    };
    goes();
    let made = held(&place, &savepoint, "release-42", &["--for", "30d"]);
    stays("KEEP", "hold");
    let file = Path::new(made["file"].as_str().unwrap());
    let good = fs::read_to_string(file).unwrap();
    let end = made["hold"]["expires"].as_str().unwrap();
    fs::write(file, good.replace(end, "2001-01-01T00:00:00Z")).unwrap();
    goes();
    for odd in [good.replace(end, "soon"), good.replace('{', "")] {
        fs::write(file, odd).unwrap();
        stays("UNKNOWN", "complete knowledge");
    }
    fs::write(file, &good).unwrap();
    stays("KEEP", "hold");
    fs::remove_dir_all(file.parent().unwrap()).unwrap();
    goes();
    // One that only this user sees counts as much.
    symlink(place.path(), file.parent().unwrap()).unwrap();
    let own = held(&place, &savepoint, "mine", &[]);
    assert_ne!(own["aside"], Value::Null);
    stays("KEEP", "complete knowledge");
    fs::remove_file(file.parent().unwrap()).unwrap();
    stays("KEEP", "hold");
    assert_eq!(release(&place, &savepoint, "mine").status.code(), Some(0));
    goes();
}

#[test]
fn what_is_not_there_is_not_held_and_what_is_held_twice_is_held_anew() {
    let place = Place::new();
    for (at, code, why) in [
        (place.chk(12), 3, "chk-12: it does not exist"),
        (place.job(), 1, "is not a snapshot"),
    ] {
        let refused = hold(&place, &at, "audit", &[]);
        assert_eq!(refused.status.code(), Some(code), "{}", err(&refused));
        let said = err(&refused) + &out(&refused);
        assert!(said.contains(why), "{said}");
    }
    assert!(!file(&place).exists(), "nothing was written");
    held(&place, &place.chk(4), "audit", &[]);
    let hold = ["hold", "--write"].map(OsStr::new).into_iter();
    let chk = place.chk(4);
    let again = place.run(hold.chain([chk.as_os_str(), OsStr::new("audit")]));
    assert_eq!(again.status.code(), Some(0), "{}", err(&again));
    assert!(
        err(&again).contains("this replaces `audit`, set"),
        "{}",
        err(&again)
    );
    let (listed, _) = listed(&place, &place.root());
    assert_eq!(names(&listed), ["audit"]);
}
