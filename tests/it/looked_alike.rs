//! What is carried out later is looked at as it was when it was planned: as deep, and with the same mappings.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};

use crate::deletion::{Place, age};
use crate::program::{copy, err, json, only, out, run};

/// What the metadata says of where its files lie.
const WRITTEN: &str = "/flink/fixtures/2.3.0/rocksdb-incremental/checkpoints";

const SURE: [&str; 2] = ["--confirm=fraud", "--all-named"];
const DO_IT: [&str; 2] = ["--write", "--yes"];

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn save(place: &Place, more: &[&str]) -> PathBuf {
    let file = place.temp.path().join("plan.json");
    let chk = place.chk(8);
    let args = ["delete", text(&chk), "--save", text(&file)];
    let saved = run(args.iter().chain(&SURE).chain(more));
    assert_eq!(saved.status.code(), Some(0), "{}", err(&saved));
    file
}

fn apply(plan: &Path, more: &[&str]) -> Output {
    run(["apply", text(plan)].iter().chain(more))
}

/// A copy of a checkpoint further below the root than is looked without being told to.
fn deep(place: &Place, from: &Path) -> PathBuf {
    let job = place.chk(8);
    let job = job.parent().unwrap().file_name().unwrap();
    let deep = place
        .root()
        .join("checkpoints/a/b/c/d/e/f/fraud/checkpoints")
        .join(job);
    copy(from, &deep.join("chk-8"));
    age(&deep, 10);
    deep
}

/// A place whose shared files lie in another root, where a mapping leads: that root, and how to look.
fn apart(place: &Place) -> (PathBuf, String) {
    let job = place.chk(8).parent().unwrap().to_owned();
    let id = job.file_name().unwrap().to_str().unwrap();
    let within = place.temp.path().join("elsewhere");
    fs::create_dir_all(within.join(id)).unwrap();
    let shared = within.join(id).join("shared");
    fs::rename(job.join("shared"), &shared).unwrap();
    age(place.temp.path(), 10);
    let map = format!("{WRITTEN}/{id}/shared={}", shared.display());
    (within, map)
}

fn shared(within: &Path) -> usize {
    fs::read_dir(only(within, "e8eeda").join("shared"))
        .unwrap()
        .count()
}

#[test]
fn a_plan_is_carried_out_with_the_mappings_it_was_made_with() {
    let place = Place::aged(10);
    let (within, map) = apart(&place);
    let plan = save(&place, &["--map", &map, "--in", text(&within)]);
    let written: Value = serde_json::from_slice(&fs::read(&plan).unwrap()).unwrap();
    assert_eq!(written["looking"]["mappings"], json!([map]));
    let before = shared(&within);
    let done = apply(&plan, &DO_IT);
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    let after = shared(&within);
    assert!(
        after > 0 && after < before,
        "{before} before, {after} after"
    );
}

#[test]
fn what_went_from_another_root_comes_back_there_too() {
    let place = Place::aged(10);
    let (within, map) = apart(&place);
    let before = shared(&within);
    let plan = save(&place, &["--map", &map, "--in", text(&within)]);
    let done = apply(&plan, &DO_IT);
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    assert!(shared(&within) < before);
    let checkpoints = place.root().join("checkpoints");
    let undone = run(["undo", text(&checkpoints), "--write"]);
    assert_eq!(undone.status.code(), Some(0), "{}", err(&undone));
    assert_eq!(shared(&within), before);
}

#[test]
fn a_plan_of_an_earlier_release_is_read_and_carried_out() {
    let place = Place::aged(10);
    let plan = save(&place, &[]);
    let mut document: Value = serde_json::from_slice(&fs::read(&plan).unwrap()).unwrap();
    document.as_object_mut().unwrap().remove("looking").unwrap();
    fs::write(&plan, document.to_string()).unwrap();
    // What was said then has to be said again.
    let refused = apply(&plan, &DO_IT);
    assert_eq!(refused.status.code(), Some(4), "{}", err(&refused));
    let done = apply(&plan, &[&DO_IT[..], &["--all-named"]].concat());
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    assert!(!place.chk(8).exists());
}

#[test]
fn a_plan_is_carried_out_with_a_look_as_deep_as_it_was_made_with() {
    let place = Place::aged(10);
    let spare = place.temp.path().join("spare");
    copy(&place.chk(8), &spare);
    for (levels, code, told) in [
        (None, 4, "was not searched for snapshots (--levels)"),
        (Some("--levels=12"), 0, "/a/b/c/d/e/f/fraud/checkpoints/"),
    ] {
        let plan = save(&place, levels.as_slice());
        let deep = deep(&place, &spare);
        let shown = apply(&plan, &["--dry-run"]);
        assert_eq!(shown.status.code(), Some(code), "{}", err(&shown));
        let all = format!("{}{}", out(&shown), err(&shown));
        assert!(all.contains(told), "{all}");
        fs::remove_file(plan).unwrap();
        fs::remove_dir_all(deep).unwrap();
    }
}

#[test]
fn what_lies_in_the_trash_goes_for_good_after_a_look_as_deep() {
    let place = Place::aged(10);
    let spare = place.temp.path().join("spare");
    copy(&place.chk(8), &spare);
    let chk = place.chk(8);
    let args = ["delete", text(&chk), "--levels=12"];
    let done = run(args.iter().chain(&SURE).chain(&DO_IT));
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    deep(&place, &spare);
    let checkpoints = place.root().join("checkpoints");
    let batch = only(&checkpoints.join(".stateward/trash"), "20");
    let state = batch.join("state.json");
    let mut document: Value = serde_json::from_slice(&fs::read(&state).unwrap()).unwrap();
    document["at"] = json!(jiff::Timestamp::now() - jiff::SignedDuration::from_hours(96));
    fs::write(state, document.to_string()).unwrap();
    let purged = run(["trash", "purge", text(&checkpoints), "--write", "--yes"]);
    assert_eq!(purged.status.code(), Some(1), "{}", err(&purged));
    assert!(err(&purged).contains("a/b/c/d/e/f"), "{}", err(&purged));
    let left = run(["trash", "ls", text(&checkpoints), "--json"]);
    assert!(json(&left)["batches"][0]["files"].as_u64().unwrap() > 0);
}

#[test]
fn what_a_plan_left_out_no_word_takes_in() {
    let place = Place::aged(10);
    let file = place.temp.path().join("refused.json");
    let chk = place.chk(8);
    let saved = run(["delete", text(&chk), "--save", text(&file)]);
    assert_eq!(saved.status.code(), Some(4), "{}", err(&saved));
    let refused = apply(&file, &[&SURE[..], &["--dry-run"]].concat());
    assert_eq!(refused.status.code(), Some(4), "{}", err(&refused));
    let all = format!("{}{}", out(&refused), err(&refused));
    assert!(all.contains("only a new one can take it in"), "{all}");
    assert!(!all.contains("overrules this"), "{all}");
}
