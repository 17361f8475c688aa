//! Whatever call fails, and everything after it: nothing is lost, and it can be gone on with or undone.

use std::sync::atomic::{AtomicUsize, Ordering};

use stateward::action::trash::{Done, End, TrashError};
use stateward::domain::batch::Batch;
use stateward::store::change::{ChangeErrorKind, Tree};

use crate::trash_tree::{
    Between, Image, Place, Verdict, apply, nobody_names_anything, purge, restore, resume, undo,
};

const ID: &str = "20261125T150500Z-1f0c";

/// What happens at and after the call that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// All later ones fail as well, as when the system goes away under us.
    AndAllAfter,
    /// It does its work and only the answer is lost; all later ones fail.
    ByItsAnswer,
    /// It alone fails.
    Alone,
}

/// Says of a call, by its number, what becomes of it.
fn judge(fault: Fault, fails: usize, number: usize, kind: &ChangeErrorKind) -> Verdict {
    match fault {
        _ if number < fails => Verdict::Works,
        Fault::Alone if number > fails => Verdict::Works,
        Fault::ByItsAnswer if number == fails => Verdict::LosesItsAnswer(kind.clone()),
        _ => Verdict::Fails(kind.clone()),
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
        self.check(at);
        match undo(&self.place.tree(), ID) {
            Ok(done) => assert_eq!(done.skipped, [], "{at}"),
            // Nothing was ever moved.
            Err(error) => assert_eq!(self.place.image(), self.start, "{at}: {error}"),
        }
        assert_eq!(self.place.image(), self.start, "{at}");
        self.check(at);
    }
}

/// Lets each call in turn be the first that fails, in every way that a failure can look.
fn at_every_call(
    prepare: impl Fn() -> Case,
    act: impl Fn(&Case, &dyn Tree) -> bool,
    then: impl Fn(&Case, &str),
) {
    let faults = [
        (Fault::AndAllAfter, ChangeErrorKind::Full),
        (Fault::AndAllAfter, ChangeErrorKind::ReadOnly),
        (Fault::ByItsAnswer, ChangeErrorKind::Denied),
        (
            Fault::Alone,
            ChangeErrorKind::Other("input/output error".to_owned()),
        ),
    ];
    for (fault, kind) in &faults {
        let mut fails = 0;
        loop {
            let case = prepare();
            let calls = AtomicUsize::new(0);
            let tree = Between {
                tree: case.place.tree(),
                judge: |_: &str, _: &str| {
                    judge(*fault, fails, calls.fetch_add(1, Ordering::Relaxed), kind)
                },
            };
            let at = format!("{fault:?} at call {fails}: {kind}");
            let is_done = act(&case, &tree);
            then(&case, &at);
            if calls.load(Ordering::Relaxed) <= fails {
                assert!(is_done, "{at}");
                break;
            }
            fails += 1;
            assert!(fails < 1000, "it never ends");
        }
        assert!(fails > 15, "{fails} calls only");
    }
}

#[test]
fn what_fails_while_it_goes_is_undone_to_the_byte() {
    at_every_call(
        Case::new,
        |case, tree| case.apply(tree).is_ok(),
        Case::undone,
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
        |_, tree| undo(tree, ID).is_ok(),
        |case, at| {
            case.check(at);
            // Whoever goes on with it goes back.
            let _ = resume(&case.place.tree(), ID);
            case.undone(at);
        },
    );
}

#[test]
fn what_fails_while_one_comes_back_is_done_again_or_undone() {
    for is_again in [true, false] {
        at_every_call(
            Case::applied,
            |_, tree| restore(tree, ID, &["chk-2"]).is_ok(),
            |case, at| {
                case.check(at);
                let tree = case.place.tree();
                if is_again {
                    restore(&tree, ID, &["chk-2"]).unwrap();
                } else {
                    let _ = resume(&tree, ID);
                }
                let here = case.check(at);
                assert!(here[0] && here[2], "{at}: the other one stays in the trash");
                if is_again {
                    assert!(!here[1] && !here[5] && !here[6], "{at}: {here:?}");
                }
                case.undone(at);
            },
        );
    }
}

#[test]
fn what_fails_while_it_goes_for_good_goes_for_good() {
    at_every_call(
        Case::applied,
        |case, tree| {
            let before = case.place.image();
            let is_done = purge(tree, ID).is_ok();
            assert_eq!(case.place.image(), before);
            is_done
        },
        |case, at| {
            let before = case.place.image();
            let tree = case.place.tree();
            // One of the two knows how to go on, whatever is left.
            let _ = resume(&tree, ID);
            let _ = purge(&tree, ID);
            let place = format!(".stateward/trash/{ID}");
            assert!(!case.place.is_there(&place), "{at}");
            assert_eq!(case.place.image(), before, "{at}");
        },
    );
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
            case.check(at);
            let _ = resume(&case.place.tree(), ID);
            assert!(case.check(at).iter().all(|it| *it), "{at}");
            case.undone(at);
        },
    );
}
