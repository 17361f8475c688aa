//! The last that a lineage could be restored from does not go for good without a word, although it lies in the trash.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use crate::deletion::{Place, health};
use crate::deletion_races::{around, purge_slowly};
use crate::program::{err, only, out};
use crate::trash_needs::{self, batches, checkpoints, code, id, undo, with};

/// Two checkpoints in the trash, long enough to go, and nothing beside them but the newest.
struct Deleted {
    place: Place,
    id: String,
}

impl Deleted {
    fn new() -> Self {
        let place = Place::aged(10);
        fs::remove_dir_all(place.root().join("savepoints")).unwrap();
        let args = "delete --all-named --confirm fraud --write --yes";
        let args: Vec<&str> = args.split(' ').collect();
        let deleted = with(&args, &[&place.chk(7), &place.chk(8)]);
        assert_eq!(code(&deleted), 0, "{}", err(&deleted));
        let id = id(&batches(&place.root())[0]).to_owned();
        trash_needs::age(&place.root(), &id);
        Self { place, id }
    }

    fn job(&self) -> PathBuf {
        only(&checkpoints(&self.place.root()), "e8eeda")
    }

    fn purge(&self, more: &[&str]) -> Output {
        let args = ["trash", "purge", "--write", "--yes", "--plan", &self.id];
        let args: Vec<&str> = args.iter().chain(more).copied().collect();
        with(&args, &[&self.place.root()])
    }

    /// The newest stays, the other one goes, and the newest comes back.
    #[track_caller]
    fn newest_stays(&self) {
        let purged = self.purge(&[]);
        let said = err(&purged);
        assert_eq!(code(&purged), 1, "{}{said}", out(&purged));
        for words in [
            "chk-8 is needed now: Without it nothing that is known here to be of fraud could be restored",
            "--confirm 'last of fraud'",
            "undo",
        ] {
            assert!(said.contains(words), "`{words}` is not in {said}");
        }
        assert!(!said.contains("chk-7/_metadata"), "{said}");
        let again = undo(&self.place.root(), &self.id);
        assert!(self.place.chk(8).exists(), "{}", err(&again));
        assert_eq!(health(&self.place.chk(8)), "complete");
        assert!(!self.place.chk(7).join("_metadata").exists());
    }
}

#[test]
fn the_newest_in_the_trash_stays_where_the_one_on_disk_is_gone() {
    let deleted = Deleted::new();
    fs::remove_dir_all(deleted.place.chk(9)).unwrap();
    deleted.newest_stays();
}

#[test]
fn the_newest_in_the_trash_stays_where_the_one_on_disk_lacks_a_file() {
    let deleted = Deleted::new();
    fs::remove_file(
        deleted
            .job()
            .join("shared/ba0deb13-85be-4664-900f-1d66ed0b9a43"),
    )
    .unwrap();
    deleted.newest_stays();
}

#[test]
fn it_goes_with_the_word_and_where_another_is_left() {
    let deleted = Deleted::new();
    fs::remove_dir_all(deleted.place.chk(9)).unwrap();
    let strange = deleted.purge(&["--confirm", "fraud"]);
    assert_eq!(code(&strange), 2, "{}", err(&strange));
    let other = deleted.purge(&["--confirm", "last of others"]);
    assert_eq!(code(&other), 1, "{}", err(&other));
    let purged = deleted.purge(&["--confirm", "last of fraud"]);
    assert_eq!(code(&purged), 0, "{}{}", out(&purged), err(&purged));
    assert!(batches(&deleted.place.root()).is_empty());

    let deleted = Deleted::new();
    let purged = deleted.purge(&[]);
    assert_eq!(code(&purged), 0, "{}{}", out(&purged), err(&purged));
    assert!(batches(&deleted.place.root()).is_empty());
}

#[test]
fn it_is_the_last_although_files_of_it_lie_in_another_batch() {
    let deleted = Deleted::new();
    let place = &deleted.place;
    let args = "delete --all-named --write --yes --confirm fraud --confirm";
    let args: Vec<&str> = args.split(' ').chain(["last of fraud"]).collect();
    let newest = with(&args, &[&place.chk(9)]);
    assert_eq!(code(&newest), 0, "{}", err(&newest));
    let known = batches(&place.root());
    let nine = known.iter().map(id).find(|it| *it != deleted.id).unwrap();
    // What the two older ones need with it stays; its word was typed when it was deleted.
    let purged = trash_needs::purge(&place.root(), nine);
    assert_eq!(code(&purged), 1, "{}", err(&purged));
    assert!(err(&purged).contains("can bring back, names it"));

    let purged = deleted.purge(&[]);
    let said = err(&purged);
    assert_eq!(code(&purged), 1, "{}{said}", out(&purged));
    assert!(
        said.contains("chk-8 is needed now: Without it nothing"),
        "{said}"
    );
    for batch in [nine, &deleted.id] {
        undo(&place.root(), batch);
    }
    assert_eq!(health(&place.chk(8)), "complete");
}

#[test]
fn a_word_that_overruled_nothing_when_it_was_deleted_lets_nothing_go_for_good() {
    let place = Place::aged(10);
    fs::remove_dir_all(place.root().join("savepoints")).unwrap();
    let args = "delete --all-named --write --yes --confirm fraud --confirm";
    let args: Vec<&str> = args.split(' ').chain(["last of fraud"]).collect();
    let needless = with(&args, &[&place.chk(9)]);
    assert_eq!(code(&needless), 0, "{}", err(&needless));
    for older in [7, 8] {
        fs::remove_dir_all(place.chk(older)).unwrap();
    }
    let batch = batches(&place.root()).remove(0);
    let purged = trash_needs::purge(&place.root(), id(&batch));
    let said = err(&purged);
    assert_eq!(code(&purged), 1, "{}{said}", out(&purged));
    assert!(
        said.contains("chk-9 is needed now: Without it nothing"),
        "{said}"
    );
    undo(&place.root(), id(&batch));
    assert!(place.chk(9).join("_metadata").exists());
}

#[test]
fn it_comes_to_be_the_last_while_it_goes() {
    let deleted = Deleted::new();
    let place = &deleted.place;
    let root = place.root().join("checkpoints");
    let mut meanwhile = || fs::remove_dir_all(place.chk(9)).unwrap();
    let done = purge_slowly(&root, &deleted.id, &around(), &mut meanwhile).unwrap();
    let mut left = done.skipped.iter();
    let is_last = left.any(|it| it.why.contains("chk-8 is needed now"));
    assert!(is_last, "{:?}", done.skipped);
    undo(&place.root(), &deleted.id);
    assert_eq!(health(&place.chk(8)), "complete");
}

#[test]
fn what_was_deleted_one_after_the_other_in_one_moment_goes_all_at_once() {
    let place = Place::aged(10);
    for number in [7, 8] {
        assert!(trash_needs::delete(&place.chk(number)), "chk-{number}");
    }
    let known = batches(&place.root());
    let [first, second] = &known[..] else {
        panic!("two deletions are two batches");
    };
    // The names of the batches say the other order.
    let trash = place.root().join("checkpoints/.stateward/trash");
    let renamed = [
        (id(first), "20000101T000000Z-ffffff"),
        (id(second), "20000101T000000Z-000000"),
    ];
    for (from, to) in renamed {
        for file in ["batch.json", "state.json"] {
            let file = trash.join(from).join(file);
            let text = fs::read_to_string(&file).unwrap();
            fs::write(&file, text.replace(from, to)).unwrap();
        }
        fs::rename(trash.join(from), trash.join(to)).unwrap();
        trash_needs::age(&place.root(), to);
    }
    let purged = with(&["trash", "purge", "--write", "--yes"], &[&place.root()]);
    assert_eq!(code(&purged), 0, "{}{}", out(&purged), err(&purged));
}
