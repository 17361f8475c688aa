//! Where was looked when a plan was made is looked in again, and not where another directory goes by the same name now: one
//! that a link leads to since, or that took the place of the first.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::Ordering;

use serde_json::Value;
use stateward::action::trash::TrashErrorKind;

use crate::deletion::{Place, age, contents};
use crate::deletion_races::{Ready, around, purge_slowly};
use crate::program::{copy, err, out, run};
use crate::trash_needs::{self, batches, checkpoints, code, id};
use crate::trash_tree::{permission, telling};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// How a directory that was looked in is named, and comes to be another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// `--in cur`, a link that leads elsewhere later.
    Link,
    /// `--in above`, with such a link in it.
    LinkInside,
    /// `--in above`, with such a link to a directory of snapshots that stay.
    LinkToSnapshots,
    /// `--in y1`, which is renamed away, and another one takes its name.
    Replaced,
    /// `--in above`, where the same becomes of a directory in which snapshots lie.
    ReplacedHome,
}

const ALL: [By; 5] = [
    By::Link,
    By::LinkInside,
    By::LinkToSnapshots,
    By::Replaced,
    By::ReplacedHome,
];

struct Scene {
    place: Place,
    by: By,
    spare: PathBuf,
}

impl Scene {
    fn new(by: By) -> Self {
        let place = Place::aged(10);
        let at = |name: &str| place.temp.path().join(name);
        for directory in ["y1/keep", "y2/foo", "above/beside"] {
            fs::create_dir_all(at(directory)).unwrap();
        }
        let savepoint = fs::read_dir(place.root().join("savepoints")).unwrap();
        let savepoint = savepoint.map(|it| it.unwrap().path()).min().unwrap();
        match by {
            By::Link => symlink(at("y1"), at("cur")).unwrap(),
            By::LinkInside => symlink(at("y1"), at("above/cur")).unwrap(),
            By::LinkToSnapshots => {
                copy(&savepoint, &at("y1/savepoint-1"));
                symlink(at("y1"), at("above/cur")).unwrap();
            }
            By::Replaced => {}
            By::ReplacedHome => copy(&savepoint, &at("above/team/savepoint-1")),
        }
        for old in ["y1", "y2", "above"] {
            age(&at(old), 10);
        }
        let spare = at("spare");
        copy(&place.chk(8), &spare);
        Self { place, by, spare }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.place.temp.path().join(name)
    }

    fn within(&self) -> PathBuf {
        self.at(match self.by {
            By::Link => "cur",
            By::LinkInside | By::LinkToSnapshots | By::ReplacedHome => "above",
            By::Replaced => "y1",
        })
    }

    /// What is another directory now, as it is named.
    fn moved(&self) -> PathBuf {
        self.at(match self.by {
            By::Link => "cur",
            By::LinkInside | By::LinkToSnapshots => "above/cur",
            By::Replaced => "y1",
            By::ReplacedHome => "above/team",
        })
    }

    /// The directory that was looked in is another one now; in the first a snapshot has come to name what goes.
    fn switch(&self) {
        let first = if self.by == By::ReplacedHome {
            "above/team"
        } else {
            "y1"
        };
        copy(&self.spare, &self.at(first).join("job/chk-3"));
        self.flip("y2");
    }

    fn flip(&self, to: &str) {
        let moved = self.moved();
        if fs::symlink_metadata(&moved).unwrap().is_symlink() {
            fs::remove_file(&moved).unwrap();
            return symlink(self.at(to), &moved).unwrap();
        }
        fs::rename(&moved, self.at("y3")).unwrap();
        fs::rename(self.at("y2"), &moved).unwrap();
    }

    fn flip_back(&self) {
        let moved = self.moved();
        if fs::symlink_metadata(&moved).unwrap().is_symlink() {
            return self.flip("y1");
        }
        fs::rename(&moved, self.at("y2")).unwrap();
        fs::rename(self.at("y3"), &moved).unwrap();
    }

    fn delete(&self, more: &[&str]) -> Output {
        let (chk, within) = (self.place.chk(8), self.within());
        let args = [
            "delete",
            text(&chk),
            "--in",
            text(&within),
            "--all-named",
            "--confirm=fraud",
        ];
        run(args.iter().chain(more))
    }

    /// Deletes it, as of some days ago.
    fn deleted(self) -> Self {
        let deleted = self.delete(&["--write", "--yes"]);
        assert_eq!(code(&deleted), 0, "{}", err(&deleted));
        let root = self.place.root();
        trash_needs::age(&root, id(&batches(&root)[0]));
        self
    }

    fn purge(&self, more: &[&str]) -> Output {
        let root = checkpoints(&self.place.root());
        let args = ["trash", "purge", text(&root), "--write", "--yes"];
        run(args.iter().chain(more))
    }

    /// What is said of what has changed.
    fn words(&self) -> String {
        let moved = self.moved();
        let moved = text(&moved);
        match self.by {
            By::Replaced | By::ReplacedHome => {
                format!("{moved} is another directory than when the plan was made")
            }
            _ => format!(
                "{moved} led to {} when the plan was made, and leads to {} now",
                self.at("y1").display(),
                self.at("y2").display()
            ),
        }
    }

    #[track_caller]
    fn is_refused(&self, output: &Output, expected: i32) {
        let said = out(output) + &err(output);
        assert_eq!(code(output), expected, "{:?}: {said}", self.by);
        assert!(said.contains(&self.words()), "{:?}: {said}", self.by);
    }

    fn in_trash(&self) -> Vec<Value> {
        batches(&self.place.root())
    }
}

#[test]
fn a_purge_looks_where_was_looked_and_not_where_a_name_leads_now() {
    for by in ALL {
        let scene = Scene::new(by).deleted();
        scene.switch();
        let before = scene.in_trash();
        let refused = scene.purge(&[]);
        scene.is_refused(&refused, 4);
        let hint = format!("`--gone file:{}`", scene.moved().display());
        assert!(err(&refused).contains(&hint), "{}", err(&refused));
        assert!(
            err(&refused).contains("put it back as it was"),
            "{}",
            err(&refused)
        );
        assert_eq!(scene.in_trash(), before, "{by:?}: nothing went");
        // As it was, the snapshot there is seen.
        scene.flip_back();
        let stays = scene.purge(&[]);
        assert_eq!(code(&stays), 1, "{by:?}: {}", err(&stays));
        assert!(err(&stays).contains("chk-3"), "{}", err(&stays));
        let root = checkpoints(&scene.place.root());
        let undone = run(["undo", text(&root), "--write"]);
        assert!(code(&undone) < 2, "{}", err(&undone));
    }
}

#[test]
fn what_was_there_is_said_to_be_gone_and_what_is_there_is_looked_in() {
    for by in ALL {
        let scene = Scene::new(by).deleted();
        copy(&scene.spare, &scene.at("y2/job/chk-4"));
        scene.flip("y2");
        let moved = scene.moved();
        let stays = scene.purge(&["--gone", text(&moved)]);
        assert_eq!(code(&stays), 1, "{by:?}: {}", err(&stays));
        assert!(err(&stays).contains("chk-4"), "{}", err(&stays));
        fs::remove_dir_all(moved.join("job")).unwrap();
        let goes = scene.purge(&["--gone", text(&moved)]);
        assert_eq!(code(&goes), 0, "{by:?}: {}", err(&goes));
        assert!(scene.in_trash().is_empty(), "{by:?}");
    }
}

#[test]
fn a_link_that_is_not_there_any_more_hides_where_it_led() {
    let scene = Scene::new(By::LinkInside).deleted();
    copy(&scene.spare, &scene.at("y1/job/chk-3"));
    let link = scene.moved();
    fs::remove_file(&link).unwrap();
    let refused = scene.purge(&[]);
    assert_eq!(code(&refused), 4, "{}", err(&refused));
    assert!(
        err(&refused).contains("when the plan was made, and is not there now"),
        "{}",
        err(&refused)
    );
    let goes = scene.purge(&["--gone", text(&link)]);
    assert_eq!(code(&goes), 0, "{}", err(&goes));
}

#[test]
fn a_name_that_leads_to_the_same_directory_is_as_good() {
    for by in [By::Link, By::LinkInside] {
        let scene = Scene::new(by).deleted();
        fs::rename(scene.at("y1"), scene.at("elsewhere")).unwrap();
        scene.flip("elsewhere");
        let goes = scene.purge(&[]);
        assert_eq!(code(&goes), 0, "{by:?}: {}", err(&goes));
    }
}

#[test]
fn what_flink_removed_since_is_nothing_to_stop_at() {
    let scene = Scene::new(By::ReplacedHome).deleted();
    fs::remove_dir_all(scene.at("above/team")).unwrap();
    let goes = scene.purge(&[]);
    assert_eq!(code(&goes), 0, "{}", err(&goes));
    // The same directory may well be empty.
    let scene = Scene::new(By::ReplacedHome).deleted();
    fs::remove_dir_all(scene.at("above/team/savepoint-1")).unwrap();
    let goes = scene.purge(&[]);
    assert_eq!(code(&goes), 0, "{}", err(&goes));
}

#[test]
fn what_an_earlier_release_noted_is_all_that_is_known() {
    let scene = Scene::new(By::Link).deleted();
    let trash = checkpoints(&scene.place.root()).join(".stateward/trash");
    let written = trash.join(id(&scene.in_trash()[0])).join("batch.json");
    let mut batch: Value = serde_json::from_slice(&fs::read(&written).unwrap()).unwrap();
    let looking = batch["looking"].as_object_mut().unwrap();
    let places = looking.remove("places").unwrap_or_default();
    let places = places.as_object().cloned().unwrap_or_default();
    let mounts = places.into_iter().map(|(at, it)| (at, it["on"].clone()));
    looking.insert("mounts".to_owned(), Value::Object(mounts.collect()));
    fs::write(&written, batch.to_string()).unwrap();
    scene.flip("y2");
    let goes = scene.purge(&[]);
    assert_eq!(code(&goes), 0, "{}", err(&goes));
}

#[test]
fn a_saved_plan_is_carried_out_where_the_same_was_looked_in() {
    for by in ALL {
        let scene = Scene::new(by);
        let file = scene.at("plan.json");
        let saved = scene.delete(&["--save", text(&file)]);
        assert_eq!(code(&saved), 0, "{}", err(&saved));
        let before = contents(&scene.place.root());
        scene.switch();
        let apply = ["apply", text(&file), "--write", "--yes"];
        scene.is_refused(&run(apply), 4);
        assert_eq!(contents(&scene.place.root()), before, "{by:?}");
    }
}

#[test]
fn what_is_half_deleted_is_gone_on_with_where_the_same_was_looked_in() {
    for by in ALL {
        let scene = Scene::new(by);
        let ready = Ready::new(&[scene.place.chk(8)], &[scene.within()], &["fraud"]);
        let (_, end) = telling(
            None,
            |_, interrupted| interrupted.store(true, Ordering::Relaxed),
            |course| ready.deletion.carry_out(permission(), &mut || None, course),
        );
        assert_eq!(end.unwrap_err().kind, TrashErrorKind::Interrupted);
        scene.switch();
        let before = contents(&scene.place.root());
        let root = checkpoints(&scene.place.root());
        let resume = ["resume", text(&root), "--write"];
        scene.is_refused(&run(resume), 1);
        let mut now = contents(&scene.place.root());
        now.retain(|path, _| before.contains_key(path));
        assert_eq!(now, before, "{by:?}");
        scene.flip_back();
        let done = run(resume);
        assert!(
            code(&done) < 2 && err(&done).contains("chk-3"),
            "{by:?}: {}",
            err(&done)
        );
    }
}

#[test]
fn a_directory_that_becomes_another_one_while_files_move_is_noticed() {
    for by in ALL {
        // Before anything but metadata has gone all comes back.
        let scene = Scene::new(by);
        let before = contents(&scene.place.root());
        let ready = Ready::new(&[scene.place.chk(8)], &[scene.within()], &["fraud"]);
        let end = ready.carry_out(None, &mut || scene.switch(), &mut |_| {});
        let error = end.unwrap_err();
        assert_eq!(error.kind, TrashErrorKind::Refused, "{by:?}: {error}");
        assert!(error.message.contains(&scene.words()), "{by:?}: {error}");
        assert_eq!(contents(&scene.place.root()), before, "{by:?}");
        // Once all has gone, too.
        let scene = Scene::new(by);
        let before = contents(&scene.place.root());
        let ready = Ready::new(&[scene.place.chk(8)], &[scene.within()], &["fraud"]);
        let all = ready.again.plan.going().count();
        let end = ready.carry_out(None, &mut || {}, &mut |done| {
            if done == all {
                scene.switch();
            }
        });
        let error = end.unwrap_err();
        assert_eq!(error.kind, TrashErrorKind::Refused, "{by:?}: {error}");
        assert!(error.message.contains(&scene.words()), "{by:?}: {error}");
        assert_eq!(contents(&scene.place.root()), before, "{by:?}");
    }
}

#[test]
fn a_directory_that_becomes_another_one_while_a_batch_is_purged_is_noticed() {
    // Of the last one nothing is known but what the purge itself has seen.
    for named_at_purge in [false, true] {
        let scene = Scene::new(By::LinkInside);
        let within = scene.within();
        let scope = if named_at_purge {
            vec![]
        } else {
            vec![within.clone()]
        };
        let (seven, eight) = (scene.place.chk(7), scene.place.chk(8));
        let ready = Ready::new(&[seven, eight], &scope, &["fraud"]);
        let id = ready.again.plan.id.clone();
        ready.carry_out(None, &mut || {}, &mut |_| {}).unwrap();
        let mut around = around();
        if named_at_purge {
            around.also.push(stateward::inventory::scan::Root {
                location: stateward::store::local::location_of(&within).unwrap(),
                depth: 6,
            });
        }
        let root = checkpoints(&scene.place.root());
        let end = purge_slowly(&root, &id, &around, &mut || scene.switch());
        let error = end.unwrap_err();
        let words = scene.words();
        let words = words.split(" when the plan").next().unwrap();
        assert!(error.message.contains(words), "{error}");
        assert_eq!(error.kind, TrashErrorKind::Stopped, "{error}");
    }
}

#[test]
fn a_plan_that_can_not_be_carried_out_any_more_asks_for_a_new_one() {
    for by in ALL {
        let scene = Scene::new(by);
        let file = scene.place.temp.path().join("plan.json");
        let saved = scene.delete(&["--save", text(&file)]);
        assert_eq!(code(&saved), 0, "{}", err(&saved));
        scene.switch();
        let apply = || run(["apply", text(&file), "--write", "--yes"]);
        let refused = apply();
        let said = out(&refused) + &err(&refused);
        assert!(said.contains("make a new plan"), "{by:?}: {said}");
        if by == By::Link {
            fs::remove_file(scene.within()).unwrap();
            let refused = apply();
            assert_eq!(code(&refused), 3, "{}", err(&refused));
            let said = err(&refused);
            assert!(said.contains("make a new plan without it"), "{said}");
        }
    }
}
