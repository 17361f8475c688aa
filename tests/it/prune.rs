//! Deletion by rules from the command line, on what a real Flink wrote.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use stateward::domain::location::Location;
use stateward::store::local::location_of;

use crate::deletion::{Place, contents, date, files, health, places};
use crate::program::{err, json, out, run, stateward};

fn prune(path: &Path, more: &[&str]) -> Output {
    let mut command = stateward();
    command.arg("prune").arg(path).args(more);
    command.output().unwrap()
}

const LAST: [&str; 4] = ["--keep-last=1", "--confirm", "fraud", "--all-named"];
const DO_IT: [&str; 6] = [
    "--keep-last=1",
    "--confirm",
    "fraud",
    "--all-named",
    "--write",
    "--yes",
];
const DRY: [&str; 6] = [
    "--keep-last=1",
    "--confirm",
    "fraud",
    "--all-named",
    "--dry-run",
    "--json",
];

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value[key].as_str().unwrap()
}

/// The names of snapshots in a list of a plan.
fn named(list: &Value) -> BTreeSet<&str> {
    let list = list.as_array().unwrap().iter();
    list.map(|it| text(it, "name")).collect()
}

fn savepoints(place: &Place) -> Vec<PathBuf> {
    let found = fs::read_dir(place.root().join("savepoints")).unwrap();
    found.map(|it| it.unwrap().path()).collect()
}

#[test]
fn a_preview_tells_of_each_snapshot_why_it_stays_or_goes() {
    let place = Place::aged(10);
    let output = prune(&place.root(), &DRY);
    let plan = json(&output);
    assert_eq!(output.status.code(), Some(0), "{plan:#}");
    assert_eq!(named(&plan["targets"]), BTreeSet::from(["chk-7", "chk-8"]));
    for target in plan["targets"].as_array().unwrap() {
        assert_eq!(text(target, "asked"), "not kept by any rule");
        assert_eq!(text(target, "decision"), "DELETE");
    }
    let kept = plan["kept"].as_array().unwrap();
    assert_eq!(kept.len(), 3, "{kept:?}");
    for it in kept {
        assert_eq!(text(it, "lineage"), "fraud");
        let reasons = it["reasons"].as_array().unwrap();
        let rule = match text(it, "name") {
            "chk-9" => "last 1 of 1",
            _ => "no rule for savepoints",
        };
        assert_eq!(reasons[0], rule, "{it}");
        let at = Location::parse(text(it, "at").as_bytes());
        assert!(at.is_within(&location_of(&place.root()).unwrap()));
    }
    let newest = |it: &&Value| it.to_string().contains("newest restorable of its lineage");
    assert_eq!(kept.iter().filter(newest).count(), 1, "{kept:?}");

    let shown = out(&prune(&place.root(), &[&LAST[..], &["--dry-run"]].concat()));
    for line in [
        "KEPT externalized checkpoint chk-9 of fraud (last 1 of 1",
        "DELETE externalized checkpoint chk-8 of fraud (not kept by any rule)",
        "2 of 2 would go",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    assert_eq!(shown.matches("KEPT ").count(), 3, "{shown}");
}

#[test]
fn exactly_what_no_one_else_names_goes_and_comes_back() {
    let place = Place::aged(10);
    let before = contents(&place.root());
    let (seven, eight, nine) = (place.chk(7), place.chk(8), place.chk(9));
    let mut staying = savepoints(&place);
    staying.push(nine.clone());
    let staying: Vec<&Path> = staying.iter().map(AsRef::as_ref).collect();
    let needed = Place::names(&staying);
    let mut goes: BTreeSet<Location> = Place::names(&[&seven, &eight])
        .difference(&needed)
        .cloned()
        .collect();
    for gone in [&seven, &eight] {
        goes.insert(location_of(&gone.join("_metadata")).unwrap());
    }
    let plan = json(&prune(&place.root(), &DRY));
    assert_eq!(places(&files(&plan, "DELETE")), goes);
    assert_eq!(contents(&place.root()), before, "a dry run changes nothing");

    let output = prune(&place.root(), &DO_IT);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let after = contents(&place.root());
    let gone: BTreeSet<Location> = before
        .keys()
        .filter(|path| !after.contains_key(*path))
        .map(|path| location_of(path).unwrap())
        .collect();
    assert_eq!(gone, goes);
    assert!(!seven.exists() && !eight.exists());
    assert_eq!(health(&nine), "complete");

    let undone = run(["undo", "--write", place.root().to_str().unwrap()]);
    assert_eq!(undone.status.code(), Some(0), "{}", err(&undone));
    assert_eq!(contents(&place.root()), before);
    assert_eq!(health(&seven), "complete");
}

#[test]
fn a_hold_beats_every_rule() {
    let place = Place::aged(10);
    let seven = place.chk(7);
    let held = run(["hold", "--write", seven.to_str().unwrap(), "audit"]);
    assert_eq!(held.status.code(), Some(0), "{}", err(&held));
    let plan = json(&prune(&place.root(), &DRY));
    let kept = plan["kept"].as_array().unwrap();
    let seven_kept = kept.iter().find(|it| it["name"] == "chk-7").unwrap();
    assert_eq!(seven_kept["reasons"][0], "hold audit");
    let output = prune(&place.root(), &DO_IT);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(!place.chk(8).exists());
    assert_eq!(health(&seven), "complete");
    // Holds that cannot be read are holds on everything.
    let holds = place.root().join("checkpoints/.stateward/holds.json");
    fs::write(&holds, "{").unwrap();
    let output = prune(&place.root(), &DO_IT);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    assert!(err(&output).contains("holds.json"), "{}", err(&output));
    assert!(seven.exists());
}

#[test]
fn a_mark_takes_the_place_of_none_that_a_rule_keeps() {
    let place = Place::aged(10);
    let nine = place.chk(9);
    let marked = run(["mark", "--write", nine.to_str().unwrap()]);
    assert_eq!(marked.status.code(), Some(0), "{}", err(&marked));
    let plan = json(&prune(&place.root(), &DRY));
    assert_eq!(named(&plan["targets"]), BTreeSet::from(["chk-7"]));
    let kept = plan["kept"].as_array().unwrap();
    let reasons = |name: &str| {
        let one = kept.iter().find(|it| it["name"] == name);
        one.unwrap()["reasons"][0].as_str().unwrap()
    };
    assert_eq!(reasons("chk-9"), "marked for restart");
    assert_eq!(reasons("chk-8"), "last 1 of 1");
}

#[test]
fn what_may_be_alive_waits_for_the_name_of_its_lineage() {
    let place = Place::aged(10);
    let output = prune(&place.root(), &["--keep-last=1", "--write", "--yes"]);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    let said = err(&output);
    assert!(said.contains("--confirm 'fraud' overrules"), "{said}");
    // Nor does the word help once something moves beside it.
    date(&place.chk(9).join("_metadata"), 0);
    let output = prune(&place.root(), &DO_IT);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    assert_eq!(health(&place.chk(7)), "complete");
}

#[test]
fn no_rule_takes_the_last_one_that_can_be_restored() {
    let place = Place::aged(10);
    let rules = [&DO_IT[..], &["--savepoints-keep-last=1"]].concat();
    let output = prune(&place.root(), &rules);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let left = savepoints(&place);
    assert_eq!(left.len(), 1, "{left:?}");
    assert_eq!(health(&place.chk(9)), "complete");
    assert_eq!(health(&left[0]), "complete");
    // All is done: once more changes nothing, and is no failure.
    let again = prune(&place.root(), &[&rules[..], &["--json"]].concat());
    assert_eq!(again.status.code(), Some(0), "{}", err(&again));
    assert_eq!(json(&again)["batches"], serde_json::json!([]));
}

#[test]
fn what_is_broken_or_under_way_is_no_rules_business() {
    let place = Place::aged(10);
    let broken = place.chk(9).join("_metadata");
    let bytes = fs::read(&broken).unwrap();
    fs::write(&broken, &bytes[..bytes.len() / 2]).unwrap();
    let begun = place.chk(9).with_file_name("chk-10");
    fs::create_dir(&begun).unwrap();
    fs::write(begun.join("0ecf153e-07af-4b58-97a1-bf73ad1fdefc"), "1").unwrap();
    let output = prune(&place.root(), &DRY);
    assert_eq!(output.status.code(), Some(4));
    let plan = json(&output);
    let kept = plan["kept"].as_array().unwrap();
    for (name, reason) in [
        ("chk-9", "corrupt, which no rule judges"),
        ("chk-10", "in progress"),
        ("chk-8", "last 1 of 1"),
    ] {
        let it = kept.iter().find(|it| it["name"] == name).unwrap();
        assert_eq!(it["reasons"][0], reason, "{it}");
    }
    // What the broken one names nobody knows.
    assert_eq!(named(&plan["targets"]), BTreeSet::from(["chk-7"]));
    assert!(files(&plan, "DELETE").is_empty(), "{plan:#}");
}

#[test]
fn all_around_the_snapshots_of_one_job_is_looked_at() {
    let place = Place::aged(10);
    let job = place.chk(7).parent().unwrap().to_owned();
    let plan = json(&prune(&job, &DRY));
    let all = location_of(&place.root().join("checkpoints")).unwrap();
    assert_eq!(plan["roots"][0], all.to_text().as_str());
}

#[test]
fn nothing_is_judged_without_rules_or_a_place() {
    let place = Place::aged(10);
    for (args, words) in [
        (&["prune", place.root().to_str().unwrap()][..], "no rule"),
        (&["prune", "--keep-last=1"], "no directory is named"),
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(2), "{}", err(&output));
        assert!(err(&output).contains(words), "{}", err(&output));
    }
}

#[test]
fn the_directories_of_the_context_are_judged_or_looked_in() {
    let place = Place::aged(10);
    let config = place.temp.path().join("config/stateward");
    fs::create_dir_all(&config).unwrap();
    let roots = place.root().join("checkpoints");
    fs::write(
        config.join("config.toml"),
        format!("[contexts.prod]\nroots = [{roots:?}]\n"),
    )
    .unwrap();
    let planned = |more: &[&Path]| {
        let mut command = stateward();
        command.env("XDG_CONFIG_HOME", place.temp.path().join("config"));
        let command = command.arg("prune").args(more).args(DRY);
        json(&command.args(["--context", "prod"]).output().unwrap())
    };
    let alone = planned(&[]);
    assert_eq!(named(&alone["targets"]), BTreeSet::from(["chk-7", "chk-8"]));
    // Paths take their place, but what they hold stays in sight.
    let savepoints = place.root().join("savepoints");
    let other = planned(&[&savepoints]);
    assert_eq!(named(&other["targets"]), BTreeSet::new());
    assert_eq!(other["kept"].as_array().unwrap().len(), 2);
    let looked = other["roots"].as_array().unwrap();
    let checkpoints = location_of(&roots).unwrap().to_text();
    assert!(looked.iter().any(|it| *it == *checkpoints), "{looked:?}");
}

/// A plan by rules in a file, and what is in it.
fn saved(place: &Place) -> (PathBuf, Value) {
    let file = place.temp.path().join("plan.json");
    let save = [&LAST[..], &["--save", file.to_str().unwrap()]].concat();
    let output = prune(&place.root(), &save);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let plan = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    (file, plan)
}

fn apply(file: &Path) -> Output {
    run(["apply", file.to_str().unwrap(), "--write", "--yes"])
}

/// Takes a snapshot out of sight, without a trace in any time that counts.
fn lose(place: &Place, snapshot: &Path) {
    fs::rename(snapshot, place.temp.path().join("lost")).unwrap();
    date(snapshot.parent().unwrap(), 10);
}

#[test]
fn what_the_rules_have_come_to_keep_since_a_plan_was_saved_stays() {
    let place = Place::aged(10);
    let (file, plan) = saved(&place);
    assert_eq!(plan["retention"]["policy"]["checkpoints"]["last"], 1);
    assert_eq!(named(&plan["targets"]), BTreeSet::from(["chk-7", "chk-8"]));
    lose(&place, &place.chk(9));
    let eight = contents(&place.chk(8));
    let output = apply(&file);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    let said = err(&output);
    assert!(
        said.contains("chk-8 stays: The rules keep it now: last 1 of 1"),
        "{said}"
    );
    assert_eq!(contents(&place.chk(8)), eight);
    assert_eq!(health(&place.chk(8)), "complete");
    assert!(!place.chk(7).exists(), "{said}");
}

#[test]
fn a_place_that_was_judged_and_is_gone_stops_nothing() {
    let place = Place::aged(10);
    let (file, mut plan) = saved(&place);
    let below = [place.root(), place.chk(9).with_file_name("chk-6")];
    plan["retention"]["below"] = serde_json::json!(below);
    fs::write(&file, plan.to_string()).unwrap();
    let output = apply(&file);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(!place.chk(7).exists() && !place.chk(8).exists());
}

#[test]
fn a_plan_without_rules_is_not_judged_by_any() {
    let place = Place::aged(10);
    let (file, mut plan) = saved(&place);
    plan.as_object_mut().unwrap().remove("retention").unwrap();
    fs::write(&file, plan.to_string()).unwrap();
    lose(&place, &place.chk(9));
    let output = apply(&file);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(!place.chk(7).exists() && !place.chk(8).exists());
}

#[test]
fn rules_in_a_plan_that_make_no_sense_stop_it() {
    let place = Place::aged(10);
    let (file, plan) = saved(&place);
    let before = contents(&place.root());
    for (policy, words) in [
        (serde_json::json!({}), "no rule"),
        (
            serde_json::json!({"checkpoints": {"last": 1, "minutely": 3}}),
            "minutely",
        ),
    ] {
        let mut plan = plan.clone();
        plan["retention"]["policy"] = policy;
        fs::write(&file, plan.to_string()).unwrap();
        let output = apply(&file);
        assert_eq!(output.status.code(), Some(3), "{}", err(&output));
        assert!(err(&output).contains(words), "{}", err(&output));
    }
    // Rules that were held against something else say nothing of what is to go.
    let mut plan = plan;
    plan["retention"]["below"] = serde_json::json!([place.root().join("savepoints")]);
    fs::write(&file, plan.to_string()).unwrap();
    let output = apply(&file);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    assert!(
        err(&output).contains("The rules are not about it"),
        "{}",
        err(&output)
    );
    assert_eq!(contents(&place.root()), before);
}
