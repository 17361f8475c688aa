//! Whatever call fails, and everything after it: nothing is lost, and it can be gone on with or undone.

use std::sync::atomic::{AtomicUsize, Ordering};

use stateward::action::trash::{Done, End, TrashError};
use stateward::domain::batch::Batch;
use stateward::store::change::{ChangeError, ChangeErrorKind, Found, LocalTree, Lock, Tree};

use crate::trash_tree::{Image, Place, apply, nobody_names_anything, purge, restore, resume, undo};

const ID: &str = "20261125T150500Z-1f0c";

/// A tree that does some calls and fails all others, as if the system had gone away under us.
struct Failing {
    tree: LocalTree,
    left: AtomicUsize,
    kind: ChangeErrorKind,
    /// Whether the first call that fails does its work all the same, and only its answer is lost.
    only_the_answer_is_lost: bool,
}

impl Failing {
    fn after(place: &Place, calls: usize, kind: &ChangeErrorKind) -> Self {
        Self {
            tree: place.tree(),
            left: AtomicUsize::new(calls),
            kind: kind.clone(),
            only_the_answer_is_lost: false,
        }
    }

    fn count<T>(
        &self,
        at: &str,
        act: impl FnOnce(&LocalTree) -> Result<T, ChangeError>,
    ) -> Result<T, ChangeError> {
        let error = || ChangeError::new("change", "the tree", at, self.kind.clone());
        match self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |it| {
                Some(it.saturating_sub(1))
            }) {
            Ok(0) => Err(error()),
            Ok(1) if self.only_the_answer_is_lost => {
                let _ = act(&self.tree);
                Err(error())
            }
            _ => act(&self.tree),
        }
    }
}

impl Tree for Failing {
    fn look(&self, at: &str) -> Result<Found, ChangeError> {
        self.count(at, |it| it.look(at))
    }
    fn names(&self, at: &str) -> Result<Vec<String>, ChangeError> {
        self.count(at, |it| it.names(at))
    }
    fn read(&self, at: &str, limit: u64) -> Result<Vec<u8>, ChangeError> {
        self.count(at, |it| it.read(at, limit))
    }
    fn replace(&self, at: &str, bytes: &[u8]) -> Result<(), ChangeError> {
        self.count(at, |it| it.replace(at, bytes))
    }
    fn make_directory(&self, at: &str, mode: u32) -> Result<(), ChangeError> {
        self.count(at, |it| it.make_directory(at, mode))
    }
    fn move_directory(&self, from: &str, to: &str) -> Result<(), ChangeError> {
        self.count(from, |it| it.move_directory(from, to))
    }
    fn remove_directory(&self, at: &str) -> Result<(), ChangeError> {
        self.count(at, |it| it.remove_directory(at))
    }
    fn remove_file(&self, at: &str) -> Result<(), ChangeError> {
        self.count(at, |it| it.remove_file(at))
    }
    fn move_in(&self, from: &str, to: &str) -> Result<(), ChangeError> {
        self.count(from, |it| it.move_in(from, to))
    }
    fn move_out(&self, from: &str, to: &str) -> Result<(), ChangeError> {
        self.count(from, |it| it.move_out(from, to))
    }
    fn sync(&self, at: &str) -> Result<(), ChangeError> {
        self.count(at, |it| it.sync(at))
    }
    fn lock(&self, at: &str) -> Result<Lock, ChangeError> {
        self.count(at, |it| it.lock(at))
    }
    fn shown(&self) -> String {
        self.tree.shown()
    }
}

/// A place with a batch, as it was at the start.
struct Case {
    place: Place,
    batch: Batch,
    start: Image,
    staying: Image,
}

impl Case {
    fn new() -> Self {
        let place = Place::new();
        Self {
            batch: place.batch(ID),
            start: place.image(),
            staying: place.staying(),
            place,
        }
    }

    fn applied() -> Self {
        let case = Self::new();
        case.apply(&case.place.tree()).unwrap();
        case
    }

    fn apply(&self, tree: &dyn Tree) -> Result<Done, TrashError> {
        apply(tree, &self.batch, &mut nobody_names_anything)
    }

    /// What is true at every moment.
    fn check(&self, at: &str) -> Vec<bool> {
        assert_eq!(self.place.staying(), self.staying, "{at}");
        let here = self.place.in_trash(ID);
        // No snapshot that can be addressed lacks a file that a move took.
        for (number, target) in [(0, 0), (1, 1)] {
            let files = crate::trash_tree::GOING.iter().zip(&here);
            let is_whole = files
                .filter(|((_, it), _)| *it == target)
                .all(|(_, trashed)| !trashed);
            assert!(here[number] || is_whole, "{at}: {here:?}");
        }
        here
    }

    fn undone(&self, at: &str) {
        match undo(&self.place.tree(), ID) {
            Ok(done) => assert_eq!(done.skipped, [], "{at}"),
            // Nothing was ever moved.
            Err(error) => assert_eq!(self.place.image(), self.start, "{at}: {error}"),
        }
        assert_eq!(self.place.image(), self.start, "{at}");
        self.check(at);
    }
}

/// Lets each call in turn be the first that fails, in every way that a failure can look; returns how many there were.
fn at_every_call(
    prepare: impl Fn() -> Case,
    act: impl Fn(&Case, &dyn Tree) -> bool,
    then: impl Fn(&Case, &str),
) {
    let kinds = [
        ChangeErrorKind::Other("input/output error".to_owned()),
        ChangeErrorKind::Full,
        ChangeErrorKind::ReadOnly,
        ChangeErrorKind::Denied,
    ];
    for kind in &kinds {
        for is_lost in [false, true] {
            let mut calls = 0;
            loop {
                let case = prepare();
                let mut failing = Failing::after(&case.place, calls, kind);
                failing.only_the_answer_is_lost = is_lost;
                let at = format!("{kind}, call {calls}, {is_lost}");
                let is_done = act(&case, &failing);
                case.check(&at);
                then(&case, &at);
                if is_done && failing.left.load(Ordering::Relaxed) > 0 {
                    break;
                }
                calls += 1;
                assert!(calls < 1000, "it never ends");
            }
            assert!(calls > 5, "{calls} calls only");
        }
    }
}

#[test]
fn what_fails_while_it_goes_is_undone_to_the_byte() {
    at_every_call(
        Case::new,
        |case, tree| case.apply(tree).is_ok(),
        |case, at| case.undone(at),
    );
}

#[test]
fn what_fails_while_it_goes_is_gone_on_with() {
    at_every_call(
        Case::new,
        |case, tree| case.apply(tree).is_ok(),
        |case, at| {
            let before = case.check(at);
            let resumed = resume(&case.place.tree(), ID);
            let here = case.check(at);
            if let Ok(done) = &resumed {
                assert_eq!(done.end, End::Trashed, "{at}");
                for (number, (_, target)) in crate::trash_tree::GOING.iter().enumerate() {
                    // What was whole still stays so; all else has gone in full.
                    let has_begun = *target >= 2 || before[*target];
                    assert_eq!(here[number], has_begun, "{at}: {number}");
                }
            } else {
                assert_eq!(here, before, "{at}");
            }
            case.undone(at);
        },
    );
}

#[test]
fn what_fails_while_it_comes_back_comes_back() {
    at_every_call(
        Case::applied,
        |case, tree| undo(tree, ID).is_ok(),
        |case, at| {
            if at.contains("false") {
                case.undone(at);
            } else {
                let _ = resume(&case.place.tree(), ID);
                case.undone(at);
            }
        },
    );
}

#[test]
fn what_fails_while_one_comes_back_is_done_again_or_undone() {
    for way in ["again", "resume", "undo"] {
        at_every_call(
            Case::applied,
            |case, tree| restore(tree, ID, &["chk-2"]).is_ok(),
            |case, at| {
                let tree = case.place.tree();
                match way {
                    "again" => drop(restore(&tree, ID, &["chk-2"]).unwrap()),
                    "resume" => drop(resume(&tree, ID)),
                    _ => return case.undone(at),
                }
                let here = case.check(at);
                assert!(here[0] && here[2], "{at}: the other one stays in the trash");
                if way == "again" {
                    assert!(!here[1] && !here[5] && !here[6], "{at}: {here:?}");
                }
                case.undone(at);
            },
        );
    }
}

#[test]
fn what_fails_while_it_goes_for_good_goes_for_good() {
    let kind = ChangeErrorKind::Other("input/output error".to_owned());
    let mut calls = 0;
    loop {
        let case = Case::applied();
        let after = case.place.image();
        let failing = Failing::after(&case.place, calls, &kind);
        let is_done = purge(&failing, ID).is_ok();
        assert_eq!(case.place.image(), after);
        let tree = case.place.tree();
        if !is_done {
            // One of the two knows how to go on, whatever is left.
            let _ = resume(&tree, ID);
            let _ = purge(&tree, ID);
        }
        assert!(
            !case.place.is_there(&format!(".stateward/trash/{ID}")),
            "{calls}"
        );
        assert_eq!(case.place.image(), after);
        if is_done {
            break;
        }
        calls += 1;
    }
    assert!(calls > 20, "{calls} calls only");
}

#[test]
fn what_fails_while_it_is_gone_on_with_can_be_repeated() {
    at_every_call(
        || {
            let case = Case::new();
            let mut unknown = || Err("a cluster does not answer".to_owned());
            let stopped = apply(&case.place.tree(), &case.batch, &mut unknown).unwrap_err();
            assert!(stopped.to_string().contains("does not answer"), "{stopped}");
            case
        },
        |_, tree| resume(tree, ID).is_ok(),
        |case, at| {
            let _ = resume(&case.place.tree(), ID);
            assert!(case.check(at).iter().all(|it| *it), "{at}");
            case.undone(at);
        },
    );
}
