//! Deletion where one thing goes by several names: by links, as copies, or by names that only case tells apart.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use stateward::store::local::location_of;

use crate::deletion::{Place, age, contents, files, health, places};
use crate::program::{copy, err, json, run};

/// What the metadata says of where its files lie.
const WRITTEN: &str = "/flink/fixtures/2.3.0/rocksdb-incremental";

/// Another name for the directory that all of it lies in.
fn alias(place: &Place) -> PathBuf {
    let alias = place.temp.path().join("alias");
    symlink(place.root(), &alias).unwrap();
    alias
}

fn stateward(args: &[&str]) -> Output {
    run(args.iter().chain(&["--confirm=fraud", "--all-named"]))
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn names(list: &Value) -> BTreeSet<&str> {
    let list = list.as_array().unwrap().iter();
    list.map(|it| it["name"].as_str().unwrap()).collect()
}

#[test]
fn the_last_one_is_the_last_by_whatever_name() {
    let place = Place::aged(10);
    fs::remove_dir_all(place.root().join("savepoints")).unwrap();
    let other = alias(&place).join("checkpoints");
    let all = [7, 8, 9].map(|number| place.chk(number));
    let mut args = vec!["delete", "--dry-run", "--json", "--in", text(&other)];
    args.extend(all.iter().map(|it| text(it)));
    let said_of_all = json(&stateward(&args));
    let kept = said_of_all["targets"].to_string();
    assert!(kept.contains("could be restored"), "{said_of_all:#}");
    args.push("--confirm=last of fraud");
    let plan = json(&stateward(&args));
    let targets = plan["targets"].as_array().unwrap();
    assert_eq!(targets.len(), 3, "{plan:#}");
    let overruled = targets
        .iter()
        .flat_map(|it| it["overruled"].as_array().unwrap());
    let guards: Vec<&Value> = overruled.map(|it| &it["guard"]).collect();
    assert!(guards.iter().any(|it| *it == "last restorable"), "{plan:#}");
    assert!(
        files(&plan, "KEEP").is_empty(),
        "nobody else names anything: {plan:#}"
    );
}

#[test]
fn a_word_that_names_nothing_is_a_slip() {
    let place = Place::aged(10);
    let own = place.chk(8);
    let output = stateward(&["delete", text(&own), "--dry-run", "--confirm=fruad"]);
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
    assert!(err(&output).contains("`fruad`"), "{}", err(&output));
}

#[test]
fn rules_count_each_snapshot_once() {
    let place = Place::aged(10);
    let other = alias(&place).join("checkpoints");
    let root = place.root().join("checkpoints");
    let plan = json(&stateward(&[
        "prune",
        "--keep-last=2",
        "--dry-run",
        "--json",
        text(&root),
        text(&other),
    ]));
    assert_eq!(names(&plan["kept"]), BTreeSet::from(["chk-8", "chk-9"]));
    assert_eq!(names(&plan["targets"]), BTreeSet::from(["chk-7"]));
}

#[test]
fn one_that_is_asked_for_by_two_names_is_one() {
    let place = Place::aged(10);
    let other = alias(&place).join("checkpoints");
    let (own, job) = (place.chk(8), place.chk(7));
    let second = other.join(own.parent().unwrap().file_name().unwrap());
    let plan = json(&stateward(&[
        "delete",
        "--dry-run",
        "--json",
        text(&own),
        text(&second.join("chk-8")),
        text(&second.join("chk-7")),
    ]));
    assert_eq!(names(&plan["targets"]), BTreeSet::from(["chk-7", "chk-8"]));
    let at: BTreeSet<&str> = plan["targets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["at"].as_str().unwrap())
        .collect();
    let expected = [own, job].map(|it| location_of(&it).unwrap().to_text());
    assert_eq!(at, expected.iter().map(String::as_str).collect());
}

#[test]
fn one_root_by_two_names_has_one_trash() {
    let place = Place::aged(10);
    let before = contents(&place.root());
    let alias = alias(&place);
    let map = format!("{WRITTEN}={}", alias.display());
    let own = place.chk(8);
    let other = alias.join("checkpoints");
    let args = ["delete", text(&own), "--in", text(&other), "--map", &map];
    let plan = json(&stateward(&[&args[..], &["--dry-run", "--json"]].concat()));
    let shown = |it: &&Value| it["at"].as_str().unwrap().contains("/alias/");
    let going = files(&plan, "DELETE");
    assert!(
        going.iter().any(shown) && !going.iter().all(shown),
        "{plan:#}"
    );
    let output = stateward(&[&args[..], &["--write", "--yes", "--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(json(&output)["batches"].as_array().unwrap().len(), 1);
    assert_eq!(json(&output)["batches"][0]["bytes"], plan["freed_bytes"]);
    assert!(!own.exists());
    let root = place.root().join("checkpoints");
    let undone = run(["undo", text(&root), "--write"]);
    assert_eq!(undone.status.code(), Some(0), "{}", err(&undone));
    assert!(contents(&place.root()) == before, "all is back");
    assert_eq!(health(&own), "complete");
}

#[test]
fn what_a_copy_names_that_is_not_where_it_was_looked_for_stays() {
    let place = Place::aged(10);
    // Where it was written all of it is found; here its name leads astray.
    let kept = place.root().join("kept");
    copy(&place.chk(9), &kept.join("chk-9"));
    age(&kept, 10);
    let own = place.chk(9);
    let word = "--confirm=unreadable fraud";
    let args = ["delete", text(&own), word, "--dry-run", "--json"];
    let alone = json(&stateward(&args));
    let plan = json(&stateward(&[&args[..], &["--in", text(&kept)]].concat()));
    let going = places(&files(&plan, "DELETE"));
    assert!(!going.is_empty() && going.len() < files(&alone, "DELETE").len());
    let shared = going.iter().any(|it| it.to_text().contains("/shared/"));
    assert!(!shared, "{plan:#}");
    let pins = files(&plan, "KEEP");
    let pinned = pins
        .iter()
        .filter(|it| it["pinned_by"].to_string().contains("/kept/chk-9"));
    assert!(pinned.count() > 0, "{plan:#}");
}

#[test]
fn metadata_that_cannot_be_read_here_goes_by_a_word_alone() {
    let place = Place::aged(10);
    let savepoints = place.root().join("savepoints");
    let all = fs::read_dir(&savepoints).unwrap();
    let own = all.map(|it| it.unwrap().path()).min().unwrap();
    // As a later release may write it: the version comes after the magic number.
    let metadata = own.join("_metadata");
    let mut bytes = fs::read(&metadata).unwrap();
    bytes[7] = 99;
    fs::write(&metadata, bytes).unwrap();
    age(&savepoints, 10);
    let plan = |more: &[&str]| {
        let args = ["delete", text(&own), "--all-named", "--dry-run", "--json"];
        json(&run(args.iter().chain(more)))
    };
    let refused = plan(&[]);
    let target = &refused["targets"][0];
    assert_eq!(target["decision"], "UNKNOWN", "{refused:#}");
    let objection = &target["objections"][0];
    assert_eq!(objection["guard"], "unreadable", "{refused:#}");
    let word = format!("--confirm={}", objection["overruled_by"].as_str().unwrap());
    assert_eq!(plan(&[&word])["targets"][0]["decision"], "DELETE");
}

/// A file of a checkpoint whose own metadata is broken, and what stays of it beside a snapshot that names it thus.
fn beside_broken_metadata(links: bool) {
    let place = Place::aged(10);
    let (own, kept) = (place.chk(8), place.root().join("kept"));
    copy(&own, &kept.join("chk-8"));
    let metadata = own.join("_metadata");
    for entry in fs::read_dir(&own).unwrap() {
        let (file, name) = (entry.as_ref().unwrap().path(), entry.unwrap().file_name());
        if file != metadata {
            fs::remove_file(kept.join("chk-8").join(&name)).unwrap();
            if links {
                symlink(&file, kept.join("chk-8").join(&name)).unwrap();
            }
        }
    }
    let bytes = fs::read(&metadata).unwrap();
    fs::write(&metadata, &bytes[..bytes.len() / 2]).unwrap();
    age(&place.root(), 10);
    let word = "--confirm=unreadable fraud";
    let args = ["delete", text(&own), word, "--dry-run", "--json"];
    let alone = json(&stateward(&args));
    let plan = json(&stateward(&[&args[..], &["--in", text(&kept)]].concat()));
    assert_eq!(files(&alone, "DELETE").len(), 2, "{alone:#}");
    // Without its metadata the file would pass for left over, so that all of it stays.
    assert!(files(&plan, "DELETE").is_empty(), "{plan:#}");
    let target = &plan["targets"][0];
    assert_eq!(target["objections"][0]["guard"], "built on", "{plan:#}");
    let pinned = target["files"].as_array().unwrap().iter();
    let pinned = pinned.filter(|it| it["pinned_by"].to_string().contains("/kept/chk-8"));
    assert_eq!(pinned.count(), 1, "{plan:#}");
}

#[test]
fn what_a_link_leads_to_stays() {
    beside_broken_metadata(true);
}

#[test]
fn what_somebody_names_who_does_not_find_it_stays() {
    beside_broken_metadata(false);
}

#[test]
fn a_name_that_is_no_text_stays_and_stands_in_no_plans_way() {
    let place = Place::aged(10);
    let odd = place.chk(9).with_file_name(OsStr::from_bytes(b"chk-9\xff"));
    copy(&place.chk(9), &odd);
    age(place.temp.path(), 10);
    let delete = |target: &Path, more: &[&str]| {
        let mut command = crate::program::stateward();
        command.arg("delete").arg(target).args(more);
        command.args(["--confirm=fraud", "--all-named"]);
        command.output().unwrap()
    };

    // As somebody who only pins.
    let output = delete(&place.chk(8), &["--dry-run", "--json"]);
    let plan = json(&output);
    let pins = files(&plan, "KEEP");
    let pinned = pins.iter().any(|it| it.to_string().contains("chk-9%FF"));
    assert!(pinned, "{plan:#}");
    let saved = place.temp.path().join("plan.json");
    let save = format!("--save={}", text(&saved));
    let output = delete(&place.chk(8), &[&save]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let applied = stateward(&["apply", text(&saved), "--dry-run", "--json"]);
    assert_eq!(json(&applied)["targets"], plan["targets"]);

    // As what is to go.
    for more in [&["--dry-run"][..], &["--write", "--yes"]] {
        let output = delete(&odd, more);
        assert_eq!(output.status.code(), Some(4), "{}", err(&output));
        let said = format!("{}{}", crate::program::out(&output), err(&output));
        assert!(said.contains("name is no text"), "{said}");
    }
    let plan = json(&delete(&odd, &["--dry-run", "--json"]));
    assert_eq!(plan["targets"][0]["decision"], "UNKNOWN");
    assert!(odd.join("_metadata").exists());
}

#[test]
fn metadata_that_names_itself_is_one_file_and_goes_as_the_plan_says() {
    let place = Place::aged(10);
    let own = place.chk(8);
    let metadata = own.join("_metadata");
    let state = fs::read_dir(&own)
        .unwrap()
        .map(|it| it.unwrap().file_name());
    let state = state.map(|it| it.into_string().unwrap());
    let state = state.into_iter().find(|it| it != "_metadata").unwrap();
    // As `DataOutputStream#writeUTF` writes it: two bytes of length before the text.
    let written = |name: &str| [&(name.len() as u16).to_be_bytes(), name.as_bytes()].concat();
    let (old, new) = (written(&state), written("_metadata"));
    let bytes = fs::read(&metadata).unwrap();
    let at = bytes.windows(old.len()).position(|it| it == old).unwrap();
    let bytes = [&bytes[..at], &new, &bytes[at + old.len()..]].concat();
    fs::write(&metadata, bytes).unwrap();
    age(place.temp.path(), 10);
    let args = ["delete", text(&own), "--confirm=heirs of fraud"];
    let plan = json(&stateward(&[&args[..], &["--dry-run", "--json"]].concat()));
    let steps = plan["targets"][0]["files"].as_array().unwrap().iter();
    let itself = location_of(&metadata).unwrap().to_text();
    let itself: Vec<&Value> = steps.filter(|it| it["at"] == *itself).collect();
    let [step] = itself[..] else {
        panic!("{plan:#}");
    };
    assert_eq!(step["decision"], "DELETE", "{plan:#}");
    let done = stateward(&[&args[..], &["--write", "--yes"]].concat());
    assert_eq!(done.status.code(), Some(0), "{}", err(&done));
    assert!(!metadata.exists());
}
