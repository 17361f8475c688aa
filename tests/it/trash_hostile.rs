//! Links that lead elsewhere, and journals that somebody forged: nothing outside of the root is touched, nor anything
//! that was not to go.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};
use stateward::action::trash::{TrashErrorKind, list};
use stateward::domain::batch::Batch;
use stateward::store::change::{ChangeErrorKind, LocalTree, Tree};

use crate::trash::{ID, go};
use crate::trash_tree::{Place, apply, purge, restore, resume, undo};

#[test]
fn a_trash_that_leads_elsewhere_is_refused() {
    for link in [
        ".stateward",
        ".stateward/trash",
        ".stateward/trash/ID",
        ".stateward/trash/ID/files",
    ] {
        let place = Place::new();
        let elsewhere = tempfile::tempdir().unwrap();
        let batch = place.batch(ID);
        let at = place.path(&link.replace("ID", ID));
        fs::create_dir_all(at.parent().unwrap()).unwrap();
        symlink(elsewhere.path(), at).unwrap();
        let before = place.image();
        let refused = go(&place, &batch).unwrap_err();
        let kinds = [TrashErrorKind::Refused, TrashErrorKind::Broken];
        assert!(kinds.contains(&refused.kind), "{refused}");
        assert!(refused.to_string().contains("symbolic link"), "{refused}");
        assert_eq!(place.image(), before);
        assert_eq!(fs::read_dir(elsewhere.path()).unwrap().count(), 0);
    }
}

/// A batch as it lies in the trash, and what somebody made of it.
fn forged(forge: impl FnOnce(&mut Value)) -> (Place, String) {
    let place = Place::new();
    let batch = place.batch(ID);
    go(&place, &batch).unwrap();
    let at = place.path(&format!(".stateward/trash/{ID}/batch.json"));
    let mut document = serde_json::from_slice(&fs::read(&at).unwrap()).unwrap();
    forge(&mut document);
    fs::write(&at, serde_json::to_vec(&document).unwrap()).unwrap();
    (place, document.to_string())
}

#[test]
fn a_forged_batch_is_refused() {
    let forgeries: [fn(&mut Value); 13] = [
        |it| it["moves"][2]["from"] = json!("/etc/passwd"),
        |it| it["moves"][2]["from"] = json!("../outside"),
        |it| it["moves"][2]["from"] = json!("job/../../outside"),
        |it| it["moves"][2]["from"] = json!(""),
        |it| it["moves"][2]["from"] = json!("job//a"),
        |it| it["moves"][2]["from"] = json!("a\0b"),
        |it| it["moves"][2]["from"] = json!(".stateward/marks.json"),
        |it| it["moves"][2]["target"] = json!(3),
        |it| it["moves"][2]["from"] = it["moves"][3]["from"].clone(),
        |it| it["directories"][0]["path"] = json!("../outside"),
        |it| it["schema"] = json!(2),
        |it| it["plan"] = json!("another"),
        |it| it["metadata"] = json!(9),
    ];
    for forge in forgeries {
        let (place, what) = forged(forge);
        let before = crate::trash_tree::image(place.root());
        for refused in [
            undo(&place.tree(), ID),
            restore(&place.tree(), ID, &["chk-1"]),
            resume(&place.tree(), ID),
            purge(&place.tree(), ID),
        ] {
            let refused = refused.unwrap_err();
            assert_eq!(refused.kind, TrashErrorKind::Broken, "{what}: {refused}");
        }
        assert_eq!(crate::trash_tree::image(place.root()), before, "{what}");
        let entry = &list::list(&list::Root::open(place.root()).unwrap()).unwrap()[0];
        assert!(entry.known.is_err(), "{what}");
        // Nor does a batch that is made so begin.
        if let Ok(batch) = serde_json::from_str::<Batch>(&what) {
            let fresh = Place::new();
            let before = fresh.image();
            let refused = go(&fresh, &batch);
            assert!(refused.is_err() || what.contains("another"), "{what}");
            if refused.is_err() {
                assert_eq!(fresh.image(), before, "{what}");
            }
        }
    }
}

#[test]
fn an_enormous_batch_is_not_read() {
    let place = Place::new();
    go(&place, &place.batch(ID)).unwrap();
    let at = place.path(&format!(".stateward/trash/{ID}/batch.json"));
    let file = fs::File::options().write(true).open(at).unwrap();
    file.set_len(1 << 40).unwrap();
    let refused = undo(&place.tree(), ID).unwrap_err();
    assert_eq!(refused.kind, TrashErrorKind::Broken);
    assert!(
        refused.to_string().contains("exceed the limit"),
        "{refused}"
    );
}

#[test]
fn a_batch_of_another_root_moves_nothing() {
    let (one, other) = (Place::new(), Place::new());
    let start = other.image();
    let mut unknown = || Err("not yet".to_owned());
    apply(&one.tree(), &one.batch(ID), &mut unknown).unwrap_err();
    // The whole journal of one root, put into another with files of the same names.
    let (from, to) = (one.path(".stateward/trash"), other.path(".stateward/trash"));
    fs::create_dir_all(to.join(ID).join("files")).unwrap();
    for file in ["batch.json", "state.json"] {
        fs::copy(from.join(ID).join(file), to.join(ID).join(file)).unwrap();
    }
    let done = resume(&other.tree(), ID).unwrap();
    assert_eq!(done.files, 0);
    assert_eq!(other.image(), start);
    // With files it brings them back to nowhere but this root, and replaces none.
    fs::copy(one.trashed(ID, 0), other.trashed(ID, 0)).unwrap();
    undo(&other.tree(), ID).unwrap();
    assert_eq!(other.image(), start);
}

#[test]
fn names_that_are_none_of_a_batch_are_not_followed() {
    let place = Place::new();
    go(&place, &place.batch(ID)).unwrap();
    for id in ["..", ".", "", "../..", "a/b", "lock", ".hidden", "/"] {
        let none = undo(&place.tree(), id).unwrap_err();
        assert_eq!(none.kind, TrashErrorKind::NotFound, "{id}");
    }
}

#[test]
fn a_tree_ends_at_its_root() {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "x").unwrap();
    let place = Place::new();
    symlink(outside.path(), place.path("out")).unwrap();
    symlink(outside.path().join("secret"), place.path("file")).unwrap();
    let tree: LocalTree = place.tree();
    for path in [
        "",
        "..",
        "../x",
        "/etc",
        "a/../b",
        "job//chk-1",
        "./note",
        "a\0",
    ] {
        assert!(tree.remove_file(path).is_err(), "{path}");
        assert!(tree.move_in(path, "new").is_err(), "{path}");
        assert!(tree.move_out("note", path).is_err(), "{path}");
        assert!(tree.replace(path, b"x").is_err(), "{path}");
        assert!(tree.make_directory(path, 0o755).is_err(), "{path}");
        assert!(tree.read(path, 10).is_err(), "{path}");
    }
    let is_link = |result: Result<(), stateward::store::change::ChangeError>| {
        let error = result.unwrap_err();
        assert_eq!(error.kind, ChangeErrorKind::Link, "{error}");
    };
    is_link(tree.look("out/secret").map(drop));
    is_link(tree.names("out").map(drop));
    is_link(tree.read("file", 10).map(drop));
    is_link(tree.remove_file("out/secret"));
    is_link(tree.move_in("out/secret", "new"));
    is_link(tree.move_out("note", "out/new"));
    is_link(tree.replace("out/new", b"x"));
    is_link(tree.make_directory("out/new", 0o755));
    is_link(tree.lock("file").map(drop));
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
    // What is replaced is the link, not what it leads to.
    tree.replace("file", b"y").unwrap();
    assert_eq!(fs::read(outside.path().join("secret")).unwrap(), b"x");
    let taken = tree.move_out("note", "orphan").unwrap_err();
    assert_eq!(taken.kind, ChangeErrorKind::Exists);
    assert_eq!(
        tree.remove_directory("job").unwrap_err().kind,
        ChangeErrorKind::NotEmpty
    );
}
