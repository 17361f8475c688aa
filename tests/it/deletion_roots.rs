//! A deletion in several roots: all of them are asked before anything moves in the first one.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use jiff::{SignedDuration, Timestamp};
use stateward::action::deletion::Deletion;
use stateward::action::saved;
use stateward::action::trash::{TrashError, TrashErrorKind};
use stateward::domain::plan::Plan;
use stateward::inventory::catalog::Rules;
use stateward::inventory::sight::Terms;
use stateward::store::change::{LocalTree, Lock, Tree as _};
use stateward::store::local::path_of;

use crate::deletion::{Place, age};
use crate::program::{err, json, out, run};
use crate::trash_tree::{Image, image, permission, telling};

/// Where somebody at work in a trash is seen.
const LOCK: &str = ".stateward/trash/lock";

/// A checkpoint and a savepoint that are to go, each in a root with a trash of its own.
struct Two {
    place: Place,
    roots: [PathBuf; 2],
}

impl Two {
    fn new() -> Self {
        let place = Place::aged(10);
        let roots = ["checkpoints", "savepoints"].map(|name| place.root().join(name));
        Self { place, roots }
    }

    fn asked(&self) -> [PathBuf; 2] {
        let mut savepoints: Vec<PathBuf> = fs::read_dir(&self.roots[1])
            .unwrap()
            .map(|it| it.unwrap().path())
            .filter(|it| !it.ends_with(".stateward"))
            .collect();
        savepoints.sort();
        [self.place.chk(8), savepoints.remove(0)]
    }

    fn delete(&self, more: &[&str]) -> std::process::Output {
        let asked = self.asked();
        let mut args = vec!["delete", "--confirm=fraud", "--all-named"];
        args.extend(asked.iter().map(|it| it.to_str().unwrap()));
        args.extend(more);
        run(args)
    }

    fn plan(&self) -> Plan {
        let file = self.place.temp.path().join("plan.json");
        let saved = self.delete(&["--save", file.to_str().unwrap()]);
        assert_eq!(saved.status.code(), Some(0), "{}", err(&saved));
        saved::read(&file).unwrap()
    }

    /// All that lies in both, but for the empty file that is locked.
    fn images(&self) -> [Image; 2] {
        self.roots.each_ref().map(|root| {
            let mut image = image(root);
            image.remove(Path::new(LOCK));
            image
        })
    }

    #[track_caller]
    fn have_the_same_files(&self, before: &[Image; 2]) {
        let files = |image: &Image| -> Vec<PathBuf> {
            let all = image.keys().cloned();
            all.filter(|it| !it.starts_with(".stateward")).collect()
        };
        assert_eq!(
            self.images().each_ref().map(files),
            before.each_ref().map(files)
        );
    }

    #[track_caller]
    fn are_as_they_were(&self, before: &[Image; 2]) {
        // What they hold is too long to be shown.
        assert!(self.images() == *before, "something has changed");
    }
}

fn terms() -> Terms {
    Terms {
        within: Vec::new(),
        levels: 6,
        rules: Rules::default(),
        all_named: false,
        untouched: SignedDuration::from_hours(72),
        typed: Vec::new(),
    }
}

fn prepare(plan: &Plan) -> Result<usize, TrashError> {
    Deletion::prepare(&terms(), plan, &[]).map(|it| it.places().count())
}

#[track_caller]
fn refused(plan: &Plan, words: &str) {
    let error = prepare(plan).unwrap_err();
    assert_eq!(error.kind, TrashErrorKind::Refused, "{error}");
    assert!(error.message.contains(words), "{error}");
}

#[test]
fn both_are_ready_before_either_is_touched() {
    let two = Two::new();
    let before = two.images();
    assert_eq!(prepare(&two.plan()), Ok(2));
    two.are_as_they_were(&before);
}

/// A batch that was begun and has not ended.
fn begin(root: &Path) {
    let at = root.join(".stateward/trash/20261101T000000Z-aaaaaa");
    fs::create_dir_all(at.join("files")).unwrap();
    let state = format!(
        r#"{{"schema":1,"state":"begun","at":"{}"}}"#,
        Timestamp::now()
    );
    fs::write(at.join("state.json"), state).unwrap();
}

#[test]
fn an_unfinished_batch_in_one_root_keeps_both_as_they_are() {
    for unfinished in [0, 1] {
        let two = Two::new();
        begin(&two.roots[unfinished]);
        let before = two.images();
        let output = two.delete(&["--write", "--yes"]);
        assert_eq!(output.status.code(), Some(4), "{}", err(&output));
        for words in ["20261101T000000Z-aaaaaa", "half-way", "stateward resume"] {
            assert!(err(&output).contains(words), "{}", err(&output));
        }
        two.are_as_they_were(&before);
    }
}

/// As somebody else at work there has it.
fn lock(root: &Path) -> Lock {
    fs::create_dir_all(root.join(".stateward/trash")).unwrap();
    let tree = LocalTree::open(root).unwrap();
    tree.lock(LOCK).unwrap()
}

#[test]
fn somebody_at_work_in_one_trash_keeps_both_roots_as_they_are() {
    for busy in [0, 1] {
        let two = Two::new();
        let lock = lock(&two.roots[busy]);
        let before = two.images();
        let output = two.delete(&["--write", "--yes"]);
        assert_eq!(output.status.code(), Some(4), "{}", err(&output));
        assert!(err(&output).contains("at work"), "{}", err(&output));
        two.are_as_they_were(&before);
        drop(lock);
        let output = two.delete(&["--write", "--yes"]);
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    }
}

#[test]
fn a_file_on_another_file_system_keeps_both_roots_as_they_are() {
    let two = Two::new();
    let (plan, before) = (two.plan(), two.images());
    for mounted in [0, 1] {
        let mut plan = plan.clone();
        let target = plan
            .targets
            .iter_mut()
            .find(|it| it.at.to_text().contains(["chk-", "savepoint-"][mounted]))
            .unwrap();
        let seen = target.files.last_mut().unwrap().seen.as_mut().unwrap();
        seen.identity.0 += 1;
        refused(&plan, "another file system");
    }
    two.are_as_they_were(&before);
}

/// As if somebody had claimed chk-9 in a root of its own, and both are to go.
struct Twins {
    place: Place,
    twin: PathBuf,
}

impl Twins {
    fn new() -> Self {
        let place = Place::aged(10);
        let job = place
            .temp
            .path()
            .join("other/ffffffffffffffffffffffffffffffff");
        let twin = job.join("chk-12");
        fs::create_dir_all(&twin).unwrap();
        fs::copy(place.chk(9).join("_metadata"), twin.join("_metadata")).unwrap();
        age(place.temp.path(), 10);
        Self { place, twin }
    }

    fn other(&self) -> PathBuf {
        self.place.temp.path().join("other")
    }

    fn map(&self) -> String {
        format!(
            "--map=file:/flink/fixtures/2.3.0/rocksdb-incremental={}",
            self.place.root().display()
        )
    }

    fn verify(&self) -> std::process::Output {
        run(["verify", &self.map(), self.twin.to_str().unwrap()])
    }

    fn delete(&self, is_first: bool, more: &[&str]) -> std::process::Output {
        let map = self.map();
        let chk = self.place.chk(9);
        let mut both = [chk.to_str().unwrap(), self.twin.to_str().unwrap()];
        if is_first {
            both.reverse();
        }
        let mut args = vec!["delete", "--confirm=fraud", "--all-named", &map];
        args.extend(both);
        args.extend(more);
        run(args)
    }
}

#[test]
fn what_two_roots_name_goes_with_both_in_whatever_order_they_come() {
    for is_first in [false, true] {
        let twins = Twins::new();
        let plan = json(&twins.delete(is_first, &["--dry-run", "--json"]));
        let output = twins.delete(is_first, &["--write", "--yes", "--json"]);
        let done = json(&output);
        assert_eq!(output.status.code(), Some(0), "{done:#} {}", err(&output));
        let batches = done["batches"].as_array().unwrap();
        let moved: u64 = batches.iter().map(|it| it["files"].as_u64().unwrap()).sum();
        assert_eq!(moved, plan["going_files"].as_u64().unwrap(), "{done:#}");
        assert_eq!(batches.len(), 2, "{done:#}");
    }
}

#[test]
fn a_snapshot_comes_back_with_what_it_names_in_another_root() {
    for is_first in [false, true] {
        let twins = Twins::new();
        let before = out(&twins.verify());
        let deleted = twins.delete(is_first, &["--write", "--yes"]);
        assert_eq!(deleted.status.code(), Some(0), "{}", err(&deleted));
        let other = twins.other();
        let args = ["trash", "restore", other.to_str().unwrap(), "chk-12"];
        let back = run(args.into_iter().chain(["--write"]));
        assert_eq!(back.status.code(), Some(0), "{}", err(&back));
        assert!(twins.twin.join("_metadata").exists());
        assert!(!twins.place.chk(9).join("_metadata").exists());
        assert_eq!(out(&twins.verify()), before);
    }
}

#[test]
fn metadata_waits_for_files_that_cannot_come_back_in_another_root() {
    let twins = Twins::new();
    let before = out(&twins.verify());
    let own: Vec<PathBuf> = Place::names(&[&twins.place.chk(9)])
        .into_iter()
        .map(|it| path_of(&it).unwrap().to_owned())
        .collect();
    let deleted = twins.delete(false, &["--write", "--yes"]);
    assert_eq!(deleted.status.code(), Some(0), "{}", err(&deleted));
    let taken = own.iter().find(|it| !it.exists()).unwrap();
    fs::create_dir_all(taken.parent().unwrap()).unwrap();
    fs::write(taken, "of somebody else").unwrap();
    let other = twins.other();
    let undo = || run(["undo", other.to_str().unwrap(), "--write"]);
    let undone = undo();
    assert_eq!(undone.status.code(), Some(1), "{}", err(&undone));
    assert!(!twins.twin.join("_metadata").exists(), "{}", err(&undone));
    fs::remove_file(taken).unwrap();
    let undone = undo();
    assert_eq!(undone.status.code(), Some(0), "{}", err(&undone));
    assert!(twins.twin.join("_metadata").exists());
    assert_eq!(out(&twins.verify()), before);
}

/// Carries a plan out until so many files have been moved.
fn interrupted_after(plan: &Plan, count: usize) -> TrashError {
    let deletion = Deletion::prepare(&terms(), plan, &[]).unwrap();
    let mut moved = 0;
    let (_, end) = telling(
        None,
        |_, interrupted| {
            moved += 1;
            interrupted.store(moved >= count, Ordering::Relaxed);
        },
        |course| {
            course.interrupted.store(count == 0, Ordering::Relaxed);
            deletion.carry_out(permission(), &mut || None, course)
        },
    );
    end.unwrap_err()
}

#[test]
fn how_far_it_has_come_is_told_of_all_roots_and_both_steps() {
    let two = Two::new();
    let plan = two.plan();
    let deletion = Deletion::prepare(&terms(), &plan, &[]).unwrap();
    let mut told = Vec::new();
    let (done, end) = telling(
        None,
        |it, _| told.push((it.done, it.of)),
        |course| deletion.carry_out(permission(), &mut || None, course),
    );
    end.unwrap();
    assert_eq!(done.len(), two.roots.len());
    let all = plan.going().count();
    let expected: Vec<_> = (1..=all).map(|done| (done, all)).collect();
    assert_eq!(told, expected);
}

#[test]
fn what_was_ended_in_the_first_root_is_gone_on_with_and_undone_in_all() {
    for verb in ["resume", "undo"] {
        let two = Two::new();
        let before = two.images();
        let error = interrupted_after(&two.plan(), 1);
        assert_eq!(error.kind, TrashErrorKind::Interrupted, "{error}");
        let output = run([verb, two.roots[0].to_str().unwrap(), "--write"]);
        let said = out(&output) + &err(&output);
        for root in &two.roots {
            assert!(said.contains(root.to_str().unwrap()), "{verb}: {said}");
        }
        if verb == "resume" {
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(said.contains("it is whole still"), "{said}");
        } else {
            two.have_the_same_files(&before);
        }
        let output = two.delete(&["--dry-run"]);
        assert!(!err(&output).contains("unfinished"), "{}", err(&output));
        for root in &two.roots {
            let listed = run(["trash", "ls", "--json", root.to_str().unwrap()]);
            let batches = json(&listed)["batches"].as_array().unwrap().clone();
            assert!(
                batches.iter().all(|it| it["state"] != "begun"),
                "{verb}: {batches:#?}"
            );
        }
    }
}

#[test]
fn an_undo_that_was_ended_in_one_root_is_gone_on_with_in_all() {
    let two = Two::new();
    let before = two.images();
    let deleted = two.delete(&["--write", "--yes"]);
    assert_eq!(deleted.status.code(), Some(0), "{}", err(&deleted));
    let trash = two.roots[0].join(".stateward/trash");
    let mut entries = fs::read_dir(trash).unwrap().map(|it| it.unwrap().path());
    let state = entries.find(|it| it.is_dir()).unwrap().join("state.json");
    let text = fs::read_to_string(&state).unwrap();
    assert!(text.contains(r#""state":"done""#), "{text}");
    fs::write(
        &state,
        text.replace(r#""state":"done""#, r#""state":"undoing""#),
    )
    .unwrap();
    let resumed = run(["resume", two.place.root().to_str().unwrap(), "--write"]);
    assert_eq!(resumed.status.code(), Some(0), "{}", err(&resumed));
    two.have_the_same_files(&before);
}

#[test]
fn a_deletion_in_several_roots_is_undone_in_all_whichever_is_named() {
    for named in [0, 1] {
        let two = Two::new();
        let before = two.images();
        let deleted = two.delete(&["--write", "--yes"]);
        assert_eq!(deleted.status.code(), Some(0), "{}", err(&deleted));
        let undone = run(["undo", two.roots[named].to_str().unwrap(), "--write"]);
        assert_eq!(undone.status.code(), Some(0), "{}", err(&undone));
        two.have_the_same_files(&before);
    }
}

#[test]
fn what_is_done_with_a_copy_of_what_is_half_way_leaves_the_original_as_it_is() {
    for verb in ["resume", "undo"] {
        let two = Two::new();
        interrupted_after(&two.plan(), 1);
        let copied = two.place.temp.path().join("copied");
        crate::program::copy(&two.place.root(), &copied);
        let before = two.images();
        run([verb, copied.to_str().unwrap(), "--write"]);
        two.are_as_they_were(&before);
    }
}

#[test]
fn a_deletion_that_moved_nothing_anywhere_is_closed_everywhere() {
    let two = Two::new();
    let error = interrupted_after(&two.plan(), 0);
    assert!(error.message.contains("nothing was moved"), "{error}");
    for root in &two.roots {
        let output = run(["resume", root.to_str().unwrap(), "--write"]);
        assert_eq!(output.status.code(), Some(1), "{}", err(&output));
        assert!(err(&output).contains("unfinished"), "{}", err(&output));
    }
}

#[test]
fn an_undo_passes_over_a_root_in_which_nothing_was_moved() {
    let two = Two::new();
    let before = two.images();
    let deleted = two.delete(&["--write", "--yes"]);
    assert_eq!(deleted.status.code(), Some(0), "{}", err(&deleted));
    let undone = run(["undo", two.place.root().to_str().unwrap(), "--write"]);
    assert_eq!(undone.status.code(), Some(0), "{}", err(&undone));
    // The same deletion, ended in the second root while it was being prepared.
    let args = [
        "delete",
        "--confirm=fraud",
        "--all-named",
        "--write",
        "--yes",
    ];
    let one = two.place.chk(8);
    let deleted = run(args.iter().chain(&[one.to_str().unwrap()]));
    assert_eq!(deleted.status.code(), Some(0), "{}", err(&deleted));
    let id = out(&deleted).split(' ').next().unwrap().to_owned();
    fs::create_dir_all(
        two.roots[1]
            .join(".stateward/trash")
            .join(&id)
            .join("files"),
    )
    .unwrap();
    let path = two.place.root();
    let undone = run(["undo", path.to_str().unwrap(), "--write", "--json"]);
    assert_eq!(undone.status.code(), Some(0), "{}", err(&undone));
    assert_eq!(json(&undone)["batches"].as_array().unwrap().len(), 1);
    assert!(
        err(&undone).contains("nothing was moved"),
        "{}",
        err(&undone)
    );
    two.have_the_same_files(&before);
}

#[test]
fn what_was_incomplete_before_comes_back_as_it_was_and_that_is_no_failure() {
    let place = Place::aged(10);
    let chk = place.chk(9);
    let own = Place::names(&[&chk]);
    let pinned = Place::names(&[&place.chk(8)]);
    let mut own = own.difference(&pinned).map(|it| path_of(it).unwrap());
    let [missing, changed, later] = [(); 3].map(|()| own.next().unwrap());
    fs::remove_file(missing).unwrap();
    fs::write(changed, b"another").unwrap();
    age(place.temp.path(), 10);
    let deleted = run([
        "delete",
        chk.to_str().unwrap(),
        "--confirm=fraud",
        "--all-named",
        "--write",
        "--yes",
    ]);
    assert!(!chk.join("_metadata").exists(), "{}", err(&deleted));
    let path = place.root();
    let undo = || run(["undo", path.to_str().unwrap(), "--write"]);
    let undone = undo();
    assert_eq!(undone.status.code(), Some(0), "{}", err(&undone));
    let said = err(&undone);
    assert!(said.contains("came back as it was"), "{said}");
    assert!(said.contains("as before its deletion"), "{said}");
    assert!(
        said.contains("1 file of it is missing, and 1 file of it has another length"),
        "{said}"
    );
    assert!(changed.exists() && later.exists() && !missing.exists());
}
