//! A deletion in several roots: all of them are asked before anything moves in the first one.

use std::fs;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use stateward::action::deletion::Deletion;
use stateward::action::saved;
use stateward::action::trash::{TrashError, TrashErrorKind};
use stateward::domain::plan::Plan;
use stateward::inventory::catalog::Rules;
use stateward::inventory::sight::Terms;
use stateward::store::change::{LocalTree, Lock, Tree as _};

use crate::deletion::Place;
use crate::program::{err, run};
use crate::trash_tree::{Image, image};

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
    Deletion::prepare(&terms(), plan).map(|it| it.parts().count())
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
        assert!(err(&output).contains("is unfinished"), "{}", err(&output));
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
