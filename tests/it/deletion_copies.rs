//! A copy of a job's directory beside the original, both seen where Flink's paths lead nowhere: which of them Flink means by what
//! the metadata of either names is only concluded, so that each pins the files of the other.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use stateward::store::local::path_of;

use crate::deletion::{Place, age, contents, files, places};
use crate::program::{copy, err, json, out, run};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The original, and a whole copy of it.
fn copied() -> (Place, PathBuf) {
    let place = Place::aged(10);
    let other = place.temp.path().join("copy/checkpoints");
    copy(&place.root().join("checkpoints"), &other);
    age(place.temp.path(), 10);
    (place, other)
}

/// A deletion with every word that lets it go.
fn delete(snapshot: &Path, more: &[&str]) -> Vec<String> {
    let args = ["delete", text(snapshot), "--all-named"];
    let mut args: Vec<String> = args.iter().chain(more).map(ToString::to_string).collect();
    // What was overruled may let another reason be told.
    for _ in 0..2 {
        let dry = ["--dry-run", "--json"];
        let shown = json(&run(args.iter().map(String::as_str).chain(dry)));
        let targets = shown["targets"].as_array().unwrap().iter();
        let objections = targets.flat_map(|it| it["objections"].as_array().unwrap());
        let words: BTreeSet<&str> = objections
            .filter_map(|it| it["overruled_by"].as_str())
            .collect();
        args.extend(words.iter().map(|it| format!("--confirm={it}")));
    }
    args
}

fn plan(snapshot: &Path, more: &[&str]) -> Value {
    let args = delete(snapshot, more);
    let dry = ["--dry-run", "--json"];
    json(&run(args.iter().map(String::as_str).chain(dry)))
}

pub(crate) fn carry_out(snapshot: &Path, more: &[&str]) -> Output {
    let args = delete(snapshot, more);
    run(args.iter().map(String::as_str).chain(["--write", "--yes"]))
}

/// The names of the files that go and are no metadata.
fn going(plan: &Value) -> BTreeSet<String> {
    let all = places(&files(plan, "DELETE"));
    let all = all
        .iter()
        .map(|it| String::from_utf8_lossy(it.name()).into_owned());
    all.filter(|it| it != "_metadata").collect()
}

#[test]
fn a_copy_pins_the_files_of_the_original_and_the_original_those_of_a_copy() {
    let (place, other) = copied();
    let own = place.chk(8);
    let alone = plan(&own, &[]);
    assert!(going(&alone).len() > 1, "{alone:#}");
    let job = own.parent().unwrap().file_name().unwrap();
    let second = other.join(job).join("chk-8");
    for (target, within) in [(&own, &other), (&second, &place.root().join("checkpoints"))] {
        let plan = plan(target, &["--in", text(within)]);
        // What is named by where the snapshot lies is each copy's own.
        for file in places(&files(&plan, "DELETE")) {
            assert_eq!(
                path_of(&file).unwrap().parent(),
                Some(target.as_path()),
                "{plan:#}"
            );
        }
        let kept = files(&plan, "KEEP");
        let by_the_other = kept.iter().filter(|it| {
            let mut by = it["pinned_by"].as_array().unwrap().iter();
            by.any(|it| it.as_str().unwrap().contains(text(within)))
        });
        assert!(by_the_other.count() > 0, "{plan:#}");
    }
}

#[test]
fn both_at_once_go() {
    let (place, other) = copied();
    let own = place.chk(8);
    let second = other
        .join(own.parent().unwrap().file_name().unwrap())
        .join("chk-8");
    let both = plan(&own, &[text(&second)]);
    assert!(
        going(&both).len() == going(&plan(&own, &[])).len(),
        "{both:#}"
    );
}

#[test]
fn what_is_said_of_where_the_files_are_is_believed() {
    let (place, other) = copied();
    let own = place.chk(8);
    let second = other
        .join(own.parent().unwrap().file_name().unwrap())
        .join("chk-8");
    let original = place.root().join("checkpoints");
    let map = format!(
        "--map=/flink/fixtures/2.3.0/rocksdb-incremental/checkpoints={}",
        text(&original)
    );
    // The copy's metadata goes, and nothing of the original.
    let before = contents(&original);
    let done = carry_out(&second, &["--in", text(&original), &map]);
    assert!(done.status.code() < Some(2), "{}{}", out(&done), err(&done));
    assert!(!second.join("_metadata").exists());
    assert_eq!(contents(&original), before);
}

#[test]
fn a_copy_that_is_made_of_what_lies_in_the_trash_keeps_it_there() {
    let (place, other) = copied();
    let own = place.chk(8);
    let hidden = place.temp.path().join("hidden");
    fs::rename(&other, &hidden).unwrap();
    let done = carry_out(&own, &["--in", text(other.parent().unwrap())]);
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    fs::rename(&hidden, &other).unwrap();
    let root = place.root();
    let id = crate::trash_needs::id(&crate::trash_needs::batches(&root)[0]).to_owned();
    crate::trash_needs::age(&root, &id);
    let purged = run(["trash", "purge", text(&root), "--write", "--yes"]);
    assert_eq!(
        purged.status.code(),
        Some(1),
        "{}{}",
        out(&purged),
        err(&purged)
    );
    assert!(err(&purged).contains("names it"), "{}", err(&purged));
}

#[test]
fn what_came_back_is_whole_where_others_tell_where_its_files_lie() {
    let place = Place::aged(10);
    // A job that claimed it wrote this one, below another directory.
    let home = place.temp.path().join("claimed/checkpoints");
    let claimed = home.join("1".repeat(32)).join("chk-3");
    copy(&place.chk(8), &claimed);
    age(place.temp.path(), 10);
    let before = contents(place.temp.path());
    let all = text(place.temp.path());
    let verified = run(["verify", all]);
    assert!(verified.status.success(), "{}", out(&verified));
    let deleted = carry_out(&claimed, &["--in", all]);
    assert_eq!(deleted.status.code(), Some(0), "{}", err(&deleted));
    let undone = run(["undo", all, "--write"]);
    assert_eq!(undone.status.code(), Some(0), "{}", err(&undone));
    let mut now = contents(place.temp.path());
    now.retain(|path, _| before.contains_key(path));
    assert!(now == before);
    // Where a file of it is lost that is told as before.
    let deleted = carry_out(&claimed, &["--in", all]);
    assert_eq!(deleted.status.code(), Some(0), "{}", err(&deleted));
    let shared = place.chk(8).parent().unwrap().join("shared");
    fs::rename(&shared, place.temp.path().join("aside")).unwrap();
    let undone = run(["undo", all, "--write"]);
    assert_eq!(undone.status.code(), Some(1), "{}", err(&undone));
    let said = err(&undone);
    assert!(said.contains("cannot be restored from"), "{said}");
}
