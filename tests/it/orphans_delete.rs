//! What no snapshot names, into the trash and back: by a plan, like all that goes.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};
use stateward::domain::location::Location;
use stateward::store::local::location_of;

use crate::deletion::{contents, date, files, health, places};
use crate::orphans::{LOST, Tree};
use crate::program::{err, json as document, out, run, stateward};
use crate::pty::start;

const SECOND: &str = "2f9de764-d5b2-4951-840b-e9d8304a15ea";
const THIRD: &str = "2f9de764-d5b2-4951-840b-e9d8304a15eb";

/// What a real Flink wrote, and what one leaves behind when it dies.
fn tree() -> Tree {
    let tree = Tree::of("rocksdb-incremental");
    tree.lose(&format!("shared/{LOST}"));
    tree.lose(&format!("shared/{SECOND}"));
    tree.lose(&format!("taskowned/{LOST}"));
    tree.lose(&format!("chk-5/{LOST}"));
    tree.lose(&format!("chk-9/._metadata.inprogress.{LOST}"));
    tree.lose("shared/readme");
    fs::create_dir(tree.job.join("chk-3")).unwrap();
    tree.all_old();
    tree
}

fn delete(tree: &Tree, more: &[&str]) -> Output {
    let mut command = stateward();
    command.args(["orphans", "--all-named"]).arg(&tree.root);
    command.arg("--delete").args(more).output().unwrap()
}

const DO_IT: [&str; 2] = ["--write", "--yes"];
const DRY: [&str; 2] = ["--dry-run", "--json"];

fn at(path: &Path) -> Location {
    location_of(path).unwrap()
}

/// What the verb without `--delete` says may go, directories not among it.
fn may_go(tree: &Tree) -> BTreeSet<Location> {
    let told = tree.told(&[]).into_iter();
    told.filter(|(_, (decision, class, _))| decision == "DELETE" && class != "empty_checkpoint")
        .map(|(name, _)| at(&tree.job.join(name)))
        .collect()
}

/// Takes a hold on something below the directory of the job, without a trace in any time that counts.
fn hold(tree: &Tree, snapshot: &str) {
    let path = tree.job.join(snapshot);
    let held = run(["hold", "--write", path.to_str().unwrap(), "audit"]);
    assert_eq!(held.status.code(), Some(0), "{}", err(&held));
}

#[test]
fn what_is_left_over_goes_and_comes_back() {
    let tree = tree();
    let before = contents(&tree.root);
    let expected = may_go(&tree);
    assert_eq!(expected.len(), 4, "{expected:?}");
    let planned = delete(&tree, &DRY);
    assert_eq!(planned.status.code(), Some(0), "{}", err(&planned));
    let plan = document(&planned);
    assert_eq!(places(&files(&plan, "DELETE")), expected);
    assert_eq!(plan["verb"], "orphans");
    let targets = plan["targets"].as_array().unwrap();
    assert!(targets.iter().all(|it| it["what"] == "orphan"), "{plan:#}");

    let refused = delete(&tree, &["--yes"]);
    assert_eq!(refused.status.code(), Some(4), "{}", err(&refused));
    assert!(err(&refused).contains("read-only"), "{}", err(&refused));
    assert_eq!(contents(&tree.root), before);

    let output = delete(&tree, &DO_IT);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let after = contents(&tree.root);
    let gone: BTreeSet<Location> = before
        .keys()
        .filter(|path| !after.contains_key(*path))
        .map(|path| at(path))
        .collect();
    assert_eq!(gone, expected);
    let shells = [tree.job.join("chk-3"), tree.job.join("chk-5")];
    assert!(shells.iter().all(|it| !it.exists()));
    for checkpoint in ["chk-7", "chk-8", "chk-9"] {
        assert_eq!(health(&tree.job.join(checkpoint)), "complete");
    }

    let undone = run(["undo", "--write", tree.root.to_str().unwrap()]);
    assert_eq!(undone.status.code(), Some(0), "{}", err(&undone));
    assert_eq!(contents(&tree.root), before);
    assert!(shells.iter().all(|it| it.is_dir()));
}

#[test]
fn a_plan_for_what_is_left_over_says_what_that_is() {
    let tree = tree();
    let planned = delete(&tree, &["--dry-run"]);
    let said = out(&planned);
    let job = tree.job.file_name().unwrap().to_str().unwrap();
    for line in [
        &format!("DELETE orphan checkpoints/{job}/chk-3 (")[..],
        "-  the directory, which is empty\n",
        "  DELETE         8 B  2 files that no snapshot names\n",
        "\nsnapshots were looked for below file:",
        "another PATH adds a place\n",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    for line in ["nobody else", "--in", "the same files"] {
        assert!(!said.contains(line), "{line}: {said}");
    }
}

#[test]
fn an_empty_directory_alone_is_worth_a_plan() {
    let tree = Tree::of("rocksdb-incremental");
    let shell = tree.job.join("chk-3");
    fs::create_dir(&shell).unwrap();
    tree.all_old();
    let output = delete(&tree, &DO_IT);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(!shell.exists());
    let undone = run(["undo", "--write", tree.root.to_str().unwrap()]);
    assert_eq!(undone.status.code(), Some(0), "{}", err(&undone));
    assert!(shell.is_dir());
}

#[test]
fn where_nothing_may_go_nothing_fails() {
    let tree = Tree::of("rocksdb-incremental");
    let output = delete(&tree, &["--write", "--yes", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(document(&output)["batches"], json!([]));
    for flag in ["--yes", "--dry-run", "--save=plan"] {
        let output = run(["orphans", flag, tree.root.to_str().unwrap()]);
        assert_eq!(output.status.code(), Some(2), "{flag}");
    }
}

/// The decisions on the files of a plan, by their names.
fn decided(plan: &Value, name: &str) -> BTreeSet<String> {
    let all = ["DELETE", "KEEP", "DEFER", "UNKNOWN"];
    let is_it = |file: &&Value| file["at"].as_str().unwrap().ends_with(name);
    all.into_iter()
        .filter(|it| files(plan, it).iter().any(is_it))
        .map(ToOwned::to_owned)
        .collect()
}

#[test]
fn nothing_passes_a_hold() {
    let tree = tree();
    hold(&tree, "chk-9");
    let plan = document(&delete(&tree, &DRY));
    let half_written = format!("chk-9/._metadata.inprogress.{LOST}");
    assert_eq!(decided(&plan, &half_written), ["KEEP".to_owned()].into());
    let shared = format!("shared/{LOST}");
    assert_eq!(decided(&plan, &shared), ["DELETE".to_owned()].into());
    let output = delete(&tree, &DO_IT);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(tree.job.join(&half_written).exists());
    assert!(!tree.job.join(&shared).exists());
}

#[test]
fn what_a_held_one_names_that_cannot_be_read_is_not_known() {
    let tree = tree();
    hold(&tree, "chk-5");
    let before = contents(&tree.root);
    let output = delete(&tree, &DO_IT);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    let plan = document(&delete(&tree, &DRY));
    assert!(files(&plan, "DELETE").is_empty(), "{plan:#}");
    let in_it = format!("chk-5/{LOST}");
    assert_eq!(decided(&plan, &in_it), ["KEEP".to_owned()].into());
    let shared = format!("shared/{LOST}");
    assert_eq!(decided(&plan, &shared), ["UNKNOWN".to_owned()].into());
    assert_eq!(contents(&tree.root), before);
    // Holds that cannot be read may be on anything.
    fs::write(tree.root.join("checkpoints/.stateward/holds.json"), "{").unwrap();
    let output = delete(&tree, &DO_IT);
    assert_eq!(output.status.code(), Some(3), "{}", err(&output));
    assert!(err(&output).contains("holds.json"), "{}", err(&output));
    assert_eq!(contents(&tree.root), before);
}

#[test]
fn what_a_marked_one_names_that_cannot_be_read_is_not_known() {
    let tree = tree();
    let chk_9 = tree.job.join("chk-9");
    let marked = run(["mark", "--write", chk_9.to_str().unwrap()]);
    assert_eq!(marked.status.code(), Some(0), "{}", err(&marked));
    let shared = format!("shared/{LOST}");
    let half_written = format!("chk-9/._metadata.inprogress.{LOST}");
    let plan = document(&delete(&tree, &DRY));
    assert_eq!(decided(&plan, &shared), ["DELETE".to_owned()].into());
    assert_eq!(decided(&plan, &half_written), ["KEEP".to_owned()].into());
    // Whoever marked it may have a copy of that.
    fs::remove_file(chk_9.join("_metadata")).unwrap();
    tree.all_old();
    let before = contents(&tree.root);
    let output = delete(&tree, &DO_IT);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    let plan = document(&delete(&tree, &DRY));
    assert!(files(&plan, "DELETE").is_empty(), "{plan:#}");
    assert_eq!(decided(&plan, &shared), ["UNKNOWN".to_owned()].into());
    let is_deleted = |(decision, _, _): &(String, String, _)| decision == "DELETE";
    assert!(!tree.told(&[]).values().any(is_deleted));
    assert_eq!(contents(&tree.root), before);
}

#[test]
fn empty_metadata_goes_before_anything_that_it_might_have_named() {
    let tree = tree();
    let empty = tree.lose("chk-4/_metadata");
    fs::write(&empty, "").unwrap();
    tree.all_old();
    let before = contents(&tree.root);
    let output = delete(&tree, &DO_IT);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(!empty.exists() && !empty.parent().unwrap().exists());
    let mut after = contents(&tree.root);
    after.insert(empty.clone(), before[&empty].clone());
    assert_eq!(after, before);
    assert!(!tree.job.join("chk-3").exists());
}

/// Writes a file that looks as if it had been there for long.
fn put(path: PathBuf, bytes: &str) -> PathBuf {
    fs::write(&path, bytes).unwrap();
    for place in [&path, path.parent().unwrap()] {
        date(place, 10);
    }
    path
}

#[test]
fn what_comes_or_changes_between_the_plan_and_its_end_stays() {
    let tree = tree();
    let plan = tempfile::tempdir().unwrap();
    let plan = plan.path().join("plan.json");
    let saved = delete(&tree, &["--save", plan.to_str().unwrap()]);
    assert_eq!(saved.status.code(), Some(0), "{}", err(&saved));
    let changed = put(tree.job.join(format!("shared/{SECOND}")), "other");
    let new = put(tree.job.join(format!("shared/{THIRD}")), "1234");
    let filled = put(tree.job.join(format!("chk-3/{LOST}")), "1234");
    date(&tree.job, 10);
    let apply = |more: &[&str]| {
        let verb = ["apply", "--all-named", plan.to_str().unwrap()];
        run(verb.iter().chain(more))
    };
    let shown = document(&apply(&DRY));
    assert_eq!(files(&shown, "DELETE").len(), 3, "{shown:#}");
    let output = apply(&DO_IT);
    let said = err(&output);
    assert!(said.contains("it has changed since the plan"), "{said}");
    for path in [changed, new, filled] {
        assert!(path.exists(), "{}", path.display());
    }
    for path in [format!("shared/{LOST}"), format!("chk-5/{LOST}")] {
        assert!(!tree.job.join(&path).exists(), "{path}");
    }
    // A sign of life, and all of it waits.
    let again = apply(&DO_IT);
    assert_eq!(again.status.code(), Some(4), "{}", err(&again));
}

#[test]
fn a_sign_of_life_after_the_plan_keeps_everything() {
    let tree = tree();
    let plan = tempfile::tempdir().unwrap();
    let plan = plan.path().join("plan.json");
    let saved = delete(&tree, &["--save", plan.to_str().unwrap()]);
    assert_eq!(saved.status.code(), Some(0), "{}", err(&saved));
    date(&tree.job.join("chk-9/_metadata"), 0);
    let before = contents(&tree.root);
    let output = run([
        "apply",
        "--all-named",
        plan.to_str().unwrap(),
        "--write",
        "--yes",
    ]);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    assert!(
        err(&output).contains("its job's directory changed"),
        "{}",
        err(&output)
    );
    assert_eq!(contents(&tree.root), before);
}

#[test]
fn what_a_snapshot_has_come_to_name_since_stays() {
    let tree = Tree::of("rocksdb-incremental");
    let away = tempfile::tempdir_in(tree.root.parent().unwrap()).unwrap();
    let (newest, aside) = (tree.job.join("chk-9"), away.path().join("chk-9"));
    fs::rename(&newest, &aside).unwrap();
    date(&tree.job, 10);
    let file = away.path().join("plan.json");
    let saved = delete(&tree, &["--save", file.to_str().unwrap()]);
    assert_eq!(saved.status.code(), Some(0), "{}", err(&saved));
    let plan: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert!(!files(&plan, "DELETE").is_empty(), "{plan:#}");

    fs::rename(&aside, &newest).unwrap();
    date(&tree.job, 10);
    let before = contents(&tree.root);
    let apply = || {
        let verb = ["apply", "--all-named", "--write", "--yes"].map(Path::new);
        run(verb.into_iter().chain([file.as_path()]))
    };
    let output = apply();
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    assert_eq!(contents(&tree.root), before);
    // Nor does a plan get through by another verb's name.
    fs::rename(&newest, &aside).unwrap();
    date(&tree.job, 10);
    let renamed = Value::Object({
        let mut plan = plan.as_object().unwrap().clone();
        plan.insert("verb".to_owned(), json!("delete"));
        plan
    });
    fs::write(&file, renamed.to_string()).unwrap();
    let before = contents(&tree.root);
    let output = apply();
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    assert_eq!(contents(&tree.root), before);
}

#[test]
fn where_many_files_go_their_number_is_typed_in_however_few_places_they_lie() {
    let tree = Tree::of("rocksdb-incremental");
    for number in 10..22 {
        tree.lose(&format!(
            "shared/2f9de764-d5b2-4951-840b-e9d8304a15{number}"
        ));
    }
    tree.all_old();
    let root = tree.root.as_os_str();
    let args = ["orphans", "--all-named", "--delete", "--write"].map(OsStr::new);
    let mut pty = start(args.into_iter().chain([root])).run();
    pty.wait_for_text("type 12 to do it");
    pty.send("yes\r");
    assert!(!pty.finish().success());
    // Nobody was asked whether a job writes there, and that is said.
    let shown = delete(&tree, &["--dry-run"]);
    assert!(
        out(&shown).contains("no cluster was asked (--flink)"),
        "{}",
        out(&shown)
    );
}

#[test]
fn what_is_held_may_not_go_whoever_is_asked() {
    let tree = tree();
    hold(&tree, "chk-8");
    fs::remove_file(tree.job.join("chk-8/_metadata")).unwrap();
    tree.all_old();
    assert!(may_go(&tree).is_empty(), "{:?}", may_go(&tree));
    let told = tree.told(&[]);
    let of = |name: &str| told.get(name).unwrap();
    let held = told.iter().filter(|(name, _)| name.starts_with("chk-8/"));
    let held: Vec<_> = held.collect();
    assert!(!held.is_empty(), "{told:#?}");
    for (_, (decision, _, why)) in held {
        assert_eq!(decision, "KEEP");
        assert!(why.contains("held by `audit`"), "{why}");
    }
    let (decision, _, why) = of(&format!("shared/{LOST}"));
    assert_eq!(decision, "UNKNOWN");
    assert!(why.contains("`audit` holds file:"), "{why}");
    let root = tree.root.to_str().unwrap();
    let listed = document(&run(["orphans", "--all-named", "--json", root]));
    assert_eq!(listed["may_go"]["count"], 0, "{listed:#}");
    let checked = run([
        "check",
        "--max-age=90d",
        "--orphans=1k",
        "--prometheus",
        root,
    ]);
    let said = out(&checked);
    assert!(
        said.contains("\nstateward_orphan_bytes_that_may_go 0\n"),
        "{said}"
    );
}

#[test]
fn holds_that_cannot_be_read_may_be_on_anything_whoever_is_asked() {
    let tree = tree();
    hold(&tree, "chk-8");
    fs::write(tree.root.join("checkpoints/.stateward/holds.json"), "{").unwrap();
    tree.all_old();
    assert!(may_go(&tree).is_empty(), "{:?}", may_go(&tree));
}
