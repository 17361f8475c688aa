//! One deletion that reached into two roots, ended at every call in turn, and gone on with by naming either root: the end is
//! the same, and no snapshot is there before all that it names is.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;
use stateward::action::apply::{self, NamedIn};
use stateward::action::trash::search::Search;
use stateward::action::trash::{Done, back, whole};
use stateward::domain::batch::{Batch, Directory, Move, SCHEMA};
use stateward::store::change::{ChangeErrorKind, LocalTree, Tree};

use crate::program::{err, fixture, json, only, out, run};
use crate::trash_tree::{
    Between, Image, Verdict, image, nobody_names_anything, permission, quietly, seen,
};

pub(crate) const ID: &str = "20261125T150500Z-1f0c";
const ROOTS: [&str; 2] = ["one", "other"];
/// Files that go, metadata of a root first: the root, the place below it, and the snapshot that it is of.
pub(crate) const GOING: [(usize, &str, &str); 9] = [
    (0, "job/chk-1/_metadata", "one/job/chk-1"),
    (0, "job/chk-1/a", "one/job/chk-1"),
    (0, "job/shared/b", "one/job/chk-1"),
    (0, "job/shared/c", "other/claimed/chk-2"),
    (1, "claimed/chk-2/_metadata", "other/claimed/chk-2"),
    (1, "claimed/chk-2/d", "other/claimed/chk-2"),
    (1, "claimed/shared/e", "one/job/chk-1"),
    (1, "claimed/shared/f", "one/job/chk-1"),
    (1, "claimed/shared/g", "other/claimed/chk-2"),
];

/// Two roots with a snapshot each that names files in both.
pub(crate) struct Pair {
    temp: tempfile::TempDir,
    pub(crate) start: Image,
}

impl Pair {
    pub(crate) fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        for (root, below, _) in GOING {
            let path = temp.path().join(ROOTS[root]).join(below);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            let bytes = match below {
                "job/chk-1/_metadata" => metadata_of("chk-7"),
                "claimed/chk-2/_metadata" => metadata_of("chk-8"),
                _ => below.as_bytes().to_vec(),
            };
            fs::write(path, bytes).unwrap();
        }
        for root in ROOTS {
            fs::write(temp.path().join(root).join("note"), "stays").unwrap();
        }
        let mut pair = Self {
            temp,
            start: Image::new(),
        };
        pair.start = pair.image();
        pair
    }

    pub(crate) fn root(&self, number: usize) -> PathBuf {
        self.temp.path().join(ROOTS[number])
    }

    /// All but our own.
    pub(crate) fn image(&self) -> Image {
        let mut image = image(self.temp.path());
        image.retain(|path, _| !path.iter().any(|it| it == ".stateward"));
        image
    }

    pub(crate) fn batch(&self, number: usize, id: &str) -> Batch {
        let root = self.root(number);
        let mut targets: Vec<&str> = vec!["one/job/chk-1", "other/claimed/chk-2"];
        if number == 1 {
            targets.reverse();
        }
        let own = GOING.iter().filter(|(root, _, _)| *root == number);
        let moves = own.map(|(_, below, of)| Move {
            from: (*below).to_owned(),
            target: targets.iter().position(|it| it == of).unwrap(),
            also: Vec::new(),
            seen: seen(&root.join(below)),
        });
        let directory = ["job/chk-1", "claimed/chk-2"][number];
        let roots: Vec<String> = [0, 1].map(|it| text(&self.root(it))).to_vec();
        Batch {
            schema: SCHEMA,
            plan: id.to_owned(),
            at: Timestamp::now(),
            by: "somebody@somewhere".to_owned(),
            verb: "delete".to_owned(),
            scope: roots.clone(),
            looking: None,
            missing: Vec::new(),
            real: Vec::new(),
            spread: vec![2, 2],
            typed: std::collections::BTreeSet::new(),
            roots,
            asked: Vec::new(),
            places: targets
                .iter()
                .map(|it| text(&self.temp.path().join(it)))
                .collect(),
            targets: targets
                .iter()
                .map(|it| it.rsplit('/').next().unwrap().to_owned())
                .collect(),
            moves: moves.collect(),
            metadata: 1,
            directories: vec![Directory {
                path: directory.to_owned(),
                mode: 0o755,
                uid: None,
                gid: None,
                modified: None,
                attributes: Vec::new(),
            }],
        }
    }

    /// What is true at every moment: each file is in one place, and no snapshot is there that lacks one.
    #[track_caller]
    pub(crate) fn check(&self, id: &str, at: &str) -> Vec<bool> {
        let mut moved = Vec::new();
        let mut numbers = [0, 0];
        for (root, below, _) in GOING {
            let trash = self
                .root(root)
                .join(".stateward/trash")
                .join(id)
                .join("files");
            let trashed = trash.join(numbers[root].to_string());
            numbers[root] += 1;
            let is_there = self.root(root).join(below).exists();
            assert_ne!(is_there, trashed.exists(), "{at}: {below}");
            moved.push(trashed.exists());
        }
        for number in [0, 4] {
            let own = GOING.iter().zip(&moved);
            let own = own.filter(|((_, _, of), _)| *of == GOING[number].2);
            let is_whole = own.map(|(_, moved)| *moved).all(|it| !it);
            assert!(moved[number] || is_whole, "{at}: {moved:?}");
        }
        for root in [0, 1] {
            let note = fs::read_to_string(self.root(root).join("note")).unwrap();
            assert_eq!(note, "stays", "{at}");
        }
        moved
    }

    /// Lets what was moved have lain in the trash of one root long enough.
    pub(crate) fn age(&self, number: usize) {
        let batch = self.root(number).join(".stateward/trash").join(ID);
        let state = batch.join("state.json");
        let mut document: serde_json::Value =
            serde_json::from_slice(&fs::read(&state).unwrap()).unwrap();
        let long_ago = Timestamp::now() - jiff::SignedDuration::from_hours(24 * 4);
        document["at"] = long_ago.to_string().into();
        fs::write(state, document.to_string()).unwrap();
    }

    pub(crate) fn tree(&self, number: usize) -> LocalTree {
        LocalTree::open(&self.root(number)).unwrap()
    }

    fn apply(&self, trees: [&dyn Tree; 2]) -> bool {
        let batches = [0, 1].map(|it| self.batch(it, ID));
        let both = [(trees[0], &batches[0]), (trees[1], &batches[1])];
        let mut recheck = || Ok(Box::new(|_: usize, _: &str| None) as NamedIn);
        let (_, end) = quietly(|course| {
            apply::together(permission(), &both, &mut || None, &mut recheck, course)
        });
        end.is_ok()
    }

    pub(crate) fn applied() -> Self {
        let pair = Self::new();
        let trees = [0, 1].map(|it| pair.tree(it));
        assert!(pair.apply([&trees[0], &trees[1]]));
        assert!(pair.check(ID, "at the start").iter().all(|it| *it));
        pair
    }

    /// What comes of a verb that is given one of the roots, as the program does it.
    pub(crate) fn program(&self, verb: &str, named: usize) -> String {
        let mut search = Search::default();
        search.below(&self.root(named));
        let found = search.found().into_iter().map(Result::unwrap).collect();
        let mut deletions = whole::whole(found);
        deletions.retain(|it| match verb {
            "undo" => it.can_be_undone(),
            _ => it.is_unfinished(),
        });
        let Some(mut deletion) = deletions.pop() else {
            return format!("nothing to {verb}");
        };
        deletion.refuse_absent(&[]).unwrap();
        let done: Vec<String> = if verb == "undo" {
            deletion.leave_out_what_does_not_come_back();
            let trees = deletion.trees();
            let done = quietly(|course| back::undo_all(permission(), &trees, ID, course));
            done.unwrap().iter().map(Done::phrase).collect()
        } else {
            let (trees, recheck) = (deletion.trees(), &mut |_| nobody_names_anything());
            let (done, end) = quietly(|course| {
                apply::resume_all(permission(), &trees, ID, &mut || None, recheck, course)
            });
            end.unwrap();
            done.iter().map(|(_, done)| done.phrase()).collect()
        };
        done.join("; ")
    }
}

/// Metadata that can be read; none of the files that it names is here.
fn metadata_of(name: &str) -> Vec<u8> {
    let checkpoints = fixture("flink-2.3.0/rocksdb-incremental").join("checkpoints");
    fs::read(only(&checkpoints, "e8eeda").join(name).join("_metadata")).unwrap()
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

/// Which way a call is the last one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It does nothing any more.
    Before,
    /// It does its work, and only its answer is lost.
    ByItsAnswer,
}

/// Ends something at each call in turn, as when the system goes away under us.
pub(crate) fn at_every_call(
    ends: &[End],
    prepare: impl Fn() -> Pair,
    act: impl Fn(&Pair, [&dyn Tree; 2]) -> bool,
    then: impl Fn(&Pair, &str),
) {
    for end in ends {
        let loses_its_answer = *end == End::ByItsAnswer;
        let kind = ChangeErrorKind::ReadOnly;
        for fails in 0.. {
            assert!(fails < 1000, "it never ends");
            let pair = prepare();
            let calls = AtomicUsize::new(0);
            let judge = |_: &str, _: &str| match calls.fetch_add(1, Ordering::Relaxed) {
                call if call < fails => Verdict::Works,
                call if call == fails && loses_its_answer => Verdict::LosesItsAnswer(kind.clone()),
                _ => Verdict::Fails(kind.clone()),
            };
            let trees = [0, 1].map(|it| Between {
                tree: pair.tree(it),
                judge: &judge,
            });
            let at = format!("at call {fails}: {kind}");
            let is_done = act(&pair, [&trees[0], &trees[1]]);
            then(&pair, &at);
            if calls.load(Ordering::Relaxed) <= fails {
                assert!(is_done, "{at}");
                assert!(fails > 20, "{fails} calls only");
                break;
            }
        }
    }
}

#[test]
fn an_undo_that_ends_anywhere_is_gone_on_with_from_any_root() {
    let (each, both) = (&[End::Before][..], &[End::Before, End::ByItsAnswer][..]);
    for (verb, named, ends) in [
        ("undo", 0, each),
        ("undo", 1, both),
        ("resume", 0, each),
        ("resume", 1, both),
    ] {
        at_every_call(
            ends,
            Pair::applied,
            |_, trees| quietly(|course| back::undo_all(permission(), &trees, ID, course)).is_ok(),
            |pair, at| {
                let before = pair.check(ID, at);
                let said = pair.program(verb, named);
                let at = format!("{verb} {named} {at}: {said}");
                let after = pair.check(ID, &at);
                // Where nothing was written down yet it has not begun.
                if verb == "resume" && !said.contains("back in place") {
                    assert!(said.contains("nothing to resume"), "{at}");
                    assert_eq!(after, before, "{at}");
                    pair.program("undo", named);
                }
                assert!(!pair.check(ID, &at).contains(&true), "{at}");
                assert_eq!(pair.image(), pair.start, "{at}");
                let said = pair.program("resume", 1 - named);
                assert!(said.contains("nothing to resume"), "{at}: {said}");
            },
        );
    }
}

#[test]
fn a_deletion_that_ends_anywhere_is_undone_from_any_root() {
    for (named, end) in [(0, End::Before), (1, End::ByItsAnswer)] {
        at_every_call(
            &[end],
            Pair::new,
            |pair, trees| pair.apply(trees),
            |pair, at| {
                pair.check(ID, at);
                let said = pair.program("undo", named);
                pair.check(ID, at);
                assert_eq!(pair.image(), pair.start, "{at}: {said}");
                let left = pair.program("resume", 1 - named);
                assert!(left.contains("nothing to resume"), "{at}: {said}: {left}");
            },
        );
    }
}

#[test]
fn a_deletion_that_ends_anywhere_is_gone_on_with_from_any_root() {
    for (named, end) in [(0, End::Before), (1, End::ByItsAnswer)] {
        at_every_call(
            &[end],
            Pair::new,
            |pair, trees| pair.apply(trees),
            |pair, at| {
                let before = pair.check(ID, at);
                let said = pair.program("resume", named);
                let after = pair.check(ID, &format!("{at}: {said}"));
                for metadata in [0, 4] {
                    assert_eq!(after[metadata], before[metadata], "{at}: {said}");
                }
                let said = pair.program("resume", 1 - named);
                assert!(said.contains("nothing to resume"), "{at}: {said}");
                pair.program("undo", named);
                assert_eq!(pair.image(), pair.start, "{at}");
            },
        );
    }
}

#[test]
fn one_that_comes_back_and_is_ended_anywhere_comes_back_in_all_roots() {
    for (named, place) in [(0, "one/job/chk-1"), (1, "other/claimed/chk-2")] {
        at_every_call(
            &[End::Before],
            Pair::applied,
            |pair, trees| {
                let names = [text(&pair.temp.path().join(place))];
                quietly(|course| back::restore(permission(), &trees, ID, &names, course)).is_ok()
            },
            |pair, at| {
                let begun = pair.check(ID, at).contains(&false);
                let said = pair.program("resume", named);
                let at = format!("{at}: {said}");
                let moved = pair.check(ID, &at);
                for ((_, below, of), moved) in GOING.iter().zip(&moved) {
                    let is_back = (begun || said.contains("back in place")) && *of == place;
                    assert_ne!(is_back, *moved, "{at}: {below}");
                }
                let said = pair.program("undo", 1 - named);
                assert_eq!(pair.image(), pair.start, "{at}: {said}");
            },
        );
    }
}

#[test]
fn what_is_asked_for_by_its_name_comes_back_from_all_roots() {
    for named in [0, 1] {
        let pair = Pair::applied();
        let root = text(&pair.root(named));
        let restored = run(["trash", "restore", &root, "chk-1", "--write", "--json"]);
        assert_eq!(restored.status.code(), Some(1), "{}", err(&restored));
        // What its metadata names was never here, which is said.
        let said = err(&restored);
        assert!(said.contains("cannot be restored from"), "{said}");
        let moved = pair.check(ID, "restored");
        for ((_, below, of), moved) in GOING.iter().zip(&moved) {
            assert_ne!(*of == "one/job/chk-1", *moved, "{below}");
        }
        assert_eq!(json(&restored)["batches"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn metadata_of_all_roots_comes_after_all_files() {
    let pair = Pair::applied();
    let moves = std::sync::Mutex::new(Vec::new());
    let judge = |call: &str, at: &str| {
        let is_noted = call == "replace" && at.ends_with("state.json");
        if call == "move out" || is_noted {
            moves.lock().unwrap().push(if is_noted {
                "note"
            } else if at.ends_with("_metadata") {
                "metadata"
            } else {
                "file"
            });
        }
        Verdict::Works
    };
    let trees = [0, 1].map(|it| Between {
        tree: pair.tree(it),
        judge: &judge,
    });
    quietly(|course| back::undo_all(permission(), &[&trees[0], &trees[1]], ID, course)).unwrap();
    let mut order = moves.into_inner().unwrap();
    order.dedup();
    assert_eq!(order, ["note", "file", "metadata", "note"]);
}

#[test]
fn nothing_comes_back_while_another_root_is_not_there() {
    for named in [0, 1] {
        let pair = Pair::applied();
        let away = pair.temp.path().join("away");
        fs::rename(pair.root(1 - named), &away).unwrap();
        let before = image(&pair.root(named));
        let (root, other) = (text(&pair.root(named)), text(&pair.root(1 - named)));
        let all = ["undo", &root, "--write"];
        let name = ["chk-1", "chk-2"][named];
        let one = ["trash", "restore", &root, name, "--write"];
        for args in [&all[..], &one] {
            let refused = run(args);
            let said = out(&refused) + &err(&refused);
            assert_eq!(refused.status.code(), Some(4), "{said}");
            assert!(said.contains(&other) && said.contains("--gone"), "{said}");
        }
        let mut now = image(&pair.root(named));
        now.retain(|path, _| !path.ends_with("lock"));
        let mut before = before;
        before.retain(|path, _| !path.ends_with("lock"));
        assert_eq!(now, before);
        let undone = run(all.iter().copied().chain(["--gone", &other]));
        assert!(out(&undone).contains("back in place"), "{}", err(&undone));
        fs::rename(away, pair.root(1 - named)).unwrap();
        let said = pair.program("undo", 1 - named);
        assert_eq!(pair.image(), pair.start, "{said}");
    }
}

#[test]
fn a_copy_of_both_roots_is_undone_together_and_the_original_stays() {
    let pair = Pair::applied();
    let copies = tempfile::tempdir().unwrap();
    for (number, name) in ROOTS.iter().enumerate() {
        crate::program::copy(&pair.root(number), &copies.path().join(name));
    }
    let original = image(pair.temp.path());
    let alone = run(["undo", &text(&copies.path().join("one")), "--write"]);
    assert_eq!(alone.status.code(), Some(4), "{}", err(&alone));
    let words = format!("{} is a copy", text(&copies.path().join("one")));
    assert!(err(&alone).contains(&words), "{}", err(&alone));
    let both = run(["undo", &text(copies.path()), "--write", "--json"]);
    assert_eq!(json(&both)["batches"].as_array().unwrap().len(), 2);
    assert!(copies.path().join(GOING[0].2).join("_metadata").exists());
    assert!(image(pair.temp.path()) == original);
}

#[test]
fn a_copy_beside_the_originals_is_told_from_them() {
    let pair = Pair::applied();
    let copy = pair.temp.path().join("copy");
    crate::program::copy(&pair.root(1), &copy);
    let before = image(pair.temp.path());
    let all = run(["undo", &text(pair.temp.path()), "--write"]);
    assert_eq!(all.status.code(), Some(4), "{}", err(&all));
    let said = err(&all);
    let [other, original] = [0, 1].map(|it| text(&pair.root(it)));
    let words = format!("{} is a copy of {original}, where", text(&copy));
    assert!(said.contains(&words), "{said}");
    assert!(
        said.contains(&format!("in the trash of {other}, of which no copy")),
        "{said}"
    );
    assert!(!said.contains("--gone"), "{said}");
    let words = format!("name {original} instead");
    assert!(said.contains(&words), "{said}");
    assert!(image(pair.temp.path()) == before);
    let undone = run(["undo", &original, "--write"]);
    assert_eq!(out(&undone).lines().count(), 2, "{}", err(&undone));
    assert!(pair.root(0).join("job/chk-1/_metadata").exists());
    assert!(pair.root(1).join("claimed/chk-2/_metadata").exists());
    assert!(!copy.join("claimed/chk-2/_metadata").exists());
}
