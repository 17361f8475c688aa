//! What comes into sight while files are on their way, and two deletions at once: nothing goes that anybody has come to name,
//! and never the last of a lineage by two halves.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::{SignedDuration, Timestamp};
use stateward::action::deletion::{self, Again, Deletion};
use stateward::action::purge::{self, Going};
use stateward::action::surroundings::Surroundings;
use stateward::action::trash::list::Root as Opened;
use stateward::action::trash::{Done, GRACE, Progress, TrashError, TrashErrorKind};
use stateward::domain::location::Location;
use stateward::inventory::catalog::Rules;
use stateward::inventory::sight::{Sight, Terms};
use stateward::store::local::{location_of, path_of};

use crate::deletion::{Place, contents};
use crate::program::{err, json, out, run};
use crate::trash_needs::batches;
use crate::trash_tree::{permission, telling};
use crate::world::Draft;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A deletion that is ready to be carried out, after its last look.
pub(crate) struct Ready {
    pub(crate) again: Again,
    pub(crate) deletion: Deletion,
}

impl Ready {
    pub(crate) fn new(targets: &[PathBuf], within: &[PathBuf], typed: &[&str]) -> Self {
        let locations = |paths: &[PathBuf]| -> Vec<Location> {
            paths.iter().map(|it| location_of(it).unwrap()).collect()
        };
        let terms = Terms {
            within: locations(within),
            levels: 6,
            rules: Rules::default(),
            all_named: true,
            untouched: SignedDuration::from_hours(72),
            typed: typed.iter().map(ToString::to_string).collect(),
        };
        let asked = locations(targets);
        let sight = Sight::around(&terms, Vec::new(), &asked).unwrap();
        let asked = asked.into_iter().map(|it| (it, "asked for".to_owned()));
        let plan = sight.judge(&terms, "delete", &asked.collect::<Vec<_>>());
        let again = deletion::look_again(&terms, Vec::new(), &plan).unwrap();
        let going = again
            .plan
            .targets
            .iter()
            .filter(|it| it.objections.is_empty());
        assert_eq!(going.count(), targets.len(), "{:#?}", again.plan);
        let deletion = Deletion::prepare(&terms, &again.plan, &[]).unwrap();
        Self { again, deletion }
    }

    /// The files that go and are no metadata.
    fn state(&self) -> Vec<(PathBuf, u64)> {
        let going = self.again.plan.going();
        let state = going.filter(|(_, it)| !it.is_metadata);
        state
            .map(|(_, it)| (path_of(&it.at).unwrap().to_owned(), it.bytes))
            .collect()
    }

    /// Carries it out; something happens once all metadata is out of reach, and something after each file.
    pub(crate) fn carry_out(
        mut self,
        per_second: Option<u32>,
        meanwhile: &mut dyn FnMut(),
        tell: &mut dyn FnMut(usize),
    ) -> Result<Done, TrashError> {
        let (objecting, plan) = (&mut self.again.meanwhile, &self.again.plan);
        let mut needed = || {
            meanwhile();
            objecting.objection(&[], plan)
        };
        let deletion = self.deletion;
        let (mut done, end) = telling(
            per_second,
            |it, _| tell(it.done),
            |course| deletion.carry_out(permission(), &mut needed, course),
        );
        end.map(|()| done.remove(0).1)
    }
}

/// Nowhere else is looked.
pub(crate) fn around() -> Surroundings {
    Surroundings {
        also: Vec::new(),
        gone: Vec::new(),
        levels: 6,
        rules: Rules::default(),
        typed: Vec::new(),
    }
}

/// Purges what a deletion moved in a root, as if it were four days later and so slowly that it is looked again; something happens
/// after the first file.
pub(crate) fn purge_slowly(
    root: &Path,
    id: &str,
    around: &Surroundings,
    meanwhile: &mut dyn FnMut(),
) -> Result<Done, TrashError> {
    let later = Timestamp::now() + SignedDuration::from_hours(4 * 24);
    let opened = Opened::open(root).unwrap();
    let going = Going {
        id,
        roots: &[&opened],
        beside: &[],
    };
    let tell = |it: Progress, _: &AtomicBool| {
        if it.done == 1 {
            meanwhile();
        }
    };
    let done = telling(Some(2), tell, |course| {
        purge::purge(permission(), going, (GRACE, later), around, course)
    });
    done.map(|mut it| it.remove(0))
}

/// A checkpoint that names these files, in a job's directory.
fn come(place: &Place, number: u64, files: &[(PathBuf, u64)]) {
    let at = place.chk(number);
    let mut draft = Draft::checkpoint(number);
    for (file, bytes) in files {
        draft = draft.shared(text(file), *bytes);
    }
    fs::create_dir_all(&at).unwrap();
    fs::write(at.join("_metadata"), draft.bytes()).unwrap();
}

fn words(done: &Done) -> String {
    done.remarks().join("\n")
}

#[test]
fn what_has_come_to_be_named_while_files_moved_comes_back() {
    let place = Place::aged(10);
    let ready = Ready::new(&[place.chk(7), place.chk(8)], &[], &["fraud"]);
    let (all, state) = (ready.again.plan.going().count(), ready.state());
    let named = &state[..1];
    let done = ready
        .carry_out(None, &mut || {}, &mut |done| {
            // The last one of all has just gone.
            if done == all {
                assert!(!named[0].0.exists());
                come(&place, 12, named);
            }
        })
        .unwrap();
    for (number, (file, _)) in state.iter().enumerate() {
        assert_eq!(file.exists(), number == 0, "{}", file.display());
    }
    let said = words(&done);
    assert!(
        said.contains("chk-12, which appeared meanwhile, names it"),
        "{said}"
    );
    assert_eq!(done.files, all - 1);
}

#[test]
fn a_slow_deletion_looks_again_and_again() {
    let place = Place::aged(10);
    let ready = Ready::new(&[place.chk(7), place.chk(8)], &[], &["fraud"]);
    let (all, state) = (ready.again.plan.going().count(), ready.state());
    let metadata = all - state.len();
    assert!(state.len() >= 4, "{state:?}");
    let mut was_back = false;
    let done = ready
        .carry_out(Some(2), &mut || {}, &mut |done| {
            if done == metadata + 1 {
                come(&place, 12, &state);
            }
            was_back |= done == all && state.iter().all(|(file, _)| file.exists());
        })
        .unwrap();
    assert!(was_back, "{}", words(&done));
    assert!(state.iter().all(|(file, _)| file.exists()));
    assert!(words(&done).contains("chk-12"), "{}", words(&done));
}

#[test]
fn what_has_come_to_be_named_while_a_batch_is_purged_stays() {
    let place = Place::aged(10);
    let ready = Ready::new(&[place.chk(7), place.chk(8)], &[], &["fraud"]);
    let (root, state) = (place.root().join("checkpoints"), ready.state());
    let id = ready.again.plan.id.clone();
    ready.carry_out(None, &mut || {}, &mut |_| {}).unwrap();
    let done = purge_slowly(&root, &id, &around(), &mut || come(&place, 12, &state)).unwrap();
    let said = words(&done);
    assert!(
        said.contains("chk-12, which appeared meanwhile, names it"),
        "{said}"
    );
    assert!(said.contains("stateward undo"), "{said}");
    let left = batches(&place.root())[0]["files"].as_u64().unwrap();
    assert!(left > 0 && done.files > 0, "{left}");
    let undone = run(["undo", text(&root), "--write"]);
    assert!(undone.status.code() < Some(2), "{}", err(&undone));
    let back = state.iter().filter(|(file, _)| file.exists()).count();
    assert!(back > 0);
}

/// All checkpoints of a lineage, and all its savepoints.
fn halves(place: &Place) -> [Vec<PathBuf>; 2] {
    let savepoints = fs::read_dir(place.root().join("savepoints")).unwrap();
    let savepoints = savepoints.map(|it| it.unwrap().path());
    let savepoints = savepoints.filter(|it| !it.ends_with(".stateward"));
    [
        [7, 8, 9].map(|it| place.chk(it)).to_vec(),
        savepoints.collect(),
    ]
}

/// Two deletions that each let the other's half be what is left.
fn two(place: &Place) -> [Ready; 2] {
    let [checkpoints, savepoints] = halves(place);
    let root = |name: &str| vec![place.root().join(name)];
    [
        Ready::new(&checkpoints, &root("savepoints"), &["fraud"]),
        Ready::new(&savepoints, &root("checkpoints"), &["fraud"]),
    ]
}

fn can_be_restored(place: &Place) -> usize {
    let listed = run(["ls", "--json", text(&place.root())]);
    let document = json(&listed);
    let rows = document["snapshots"].as_array().unwrap().iter();
    rows.filter(|it| it["health"] == "complete").count()
}

#[test]
fn two_deletions_at_once_leave_something_to_restore_from() {
    // The other one comes while the metadata of the first is away; both may come back.
    let place = Place::aged(10);
    let before = contents(&place.root());
    let [first, second] = two(&place);
    let mut second = Some(second);
    let mut other = None;
    let end = first.carry_out(
        None,
        &mut || {
            if let Some(second) = second.take() {
                other = Some(second.carry_out(None, &mut || {}, &mut |_| {}));
            }
        },
        &mut |_| {},
    );
    let other = other.unwrap();
    assert!(can_be_restored(&place) > 0, "{end:?} {other:?}");
    let error = other.unwrap_err();
    assert_eq!(error.kind, TrashErrorKind::Refused, "{error}");
    assert!(error.message.contains("could be restored"), "{error}");
    assert!(error.message.contains("nothing was moved"), "{error}");
    assert!(end.is_ok(), "{end:?}");
    // As one that came second would.
    let place = Place::aged(10);
    assert_eq!(contents(&place.root()).len(), before.len());
    let [first, second] = two(&place);
    second.carry_out(None, &mut || {}, &mut |_| {}).unwrap();
    let left = contents(&place.root());
    let error = first.carry_out(None, &mut || {}, &mut |_| {}).unwrap_err();
    assert!(error.message.contains("could be restored"), "{error}");
    assert!(can_be_restored(&place) > 0);
    let is_there = |it: &Vec<PathBuf>| it.iter().all(|it| it.join("_metadata").exists());
    assert!(is_there(&halves(&place)[0]), "{left:?}");
}

#[test]
fn one_that_was_said_to_be_the_last_goes_whatever_else_has_gone() {
    let place = Place::aged(10);
    let [checkpoints, savepoints] = halves(&place);
    let within = [place.root().join("savepoints")];
    let first = Ready::new(&checkpoints, &within, &["fraud", "last of fraud"]);
    for gone in savepoints {
        fs::remove_dir_all(gone).unwrap();
    }
    first.carry_out(None, &mut || {}, &mut |_| {}).unwrap();
    assert_eq!(can_be_restored(&place), 0);
}

#[test]
fn what_has_come_since_is_enough_to_restore_from() {
    let place = Place::aged(10);
    let ready = Ready::new(&[place.chk(7), place.chk(8)], &[], &["fraud"]);
    let named = Place::names(&[&place.chk(9)]);
    let mut named = named.iter().map(|it| path_of(it).unwrap().to_owned());
    let shared = named
        .find(|it| it.parent().unwrap().ends_with("shared"))
        .unwrap();
    let bytes = fs::metadata(&shared).unwrap().len();
    // As Flink does it: a new one is complete before the old one goes.
    come(&place, 10, &[(shared, bytes)]);
    fs::remove_file(place.chk(9).join("_metadata")).unwrap();
    let done = ready.carry_out(None, &mut || {}, &mut |_| {}).unwrap();
    assert!(done.files > 2, "{}", words(&done));
}

#[test]
fn what_was_ended_half_way_is_not_gone_on_with_where_the_rest_has_gone_since() {
    let place = Place::aged(10);
    let [first, second] = two(&place);
    let root = place.root().join("checkpoints");
    let metadata = 3;
    let (_, end) = telling(
        None,
        |it, interrupted| interrupted.store(it.done >= metadata, Ordering::Relaxed),
        |course| first.deletion.carry_out(permission(), &mut || None, course),
    );
    assert_eq!(end.unwrap_err().kind, TrashErrorKind::Interrupted);
    drop(second);
    for gone in &halves(&place)[1] {
        fs::remove_file(gone.join("_metadata")).unwrap();
    }
    let before = contents(&root);
    let resumed = run(["resume", text(&root), "--write"]);
    assert_eq!(
        resumed.status.code(),
        Some(4),
        "{}{}",
        out(&resumed),
        err(&resumed)
    );
    let said = err(&resumed);
    assert!(said.contains("could be restored"), "{said}");
    assert!(said.contains("stateward undo"), "{said}");
    assert_eq!(contents(&root), before);
    let undone = run(["undo", text(&root), "--write"]);
    assert_eq!(undone.status.code(), Some(0), "{}", err(&undone));
    assert!(can_be_restored(&place) > 0);
}
