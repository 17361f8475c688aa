//! What the screen asks of the trash, carried out behind it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam_channel::{Receiver, unbounded};
use stateward::action::torn::Forecast;
use stateward::app::effect::Effect;
use stateward::app::message::Message;
use stateward::app::operations::{News, OperationId};
use stateward::app::trash::{Part, Row, What, Work};
use stateward::config::connection::Connection;
use stateward::domain::cluster::ClusterId;
use stateward::inventory::catalog::Rules;
use stateward::inventory::discover::DEFAULT_DEPTH;
use stateward::inventory::scan::Root;
use stateward::runtime::Runtime;
use stateward::runtime::history::Keep;
use stateward::store::change::LocalTree;
use stateward::store::local::{LocalStore, location_of};

use crate::program::{err, json, run};
use crate::trash_commands::{ID, Store, interrupted};
use crate::trash_tree::{apply, nobody_names_anything, permission};

/// A screen's other half that watches one directory so many levels deep.
pub(crate) fn watching(directory: &Path, depth: usize) -> (Runtime, Receiver<Message>) {
    let (inbox, messages) = unbounded();
    let root = Root {
        location: location_of(directory).unwrap(),
        depth,
    };
    let rules = Rules::default();
    let mut runtime = Runtime::start(
        Arc::new(LocalStore),
        rules,
        vec![root],
        inbox,
        Keep::InMemory,
    )
    .unwrap();
    runtime.allow(permission());
    (runtime, messages)
}

fn work(store: &Store, what: What) -> Work {
    let part = Part {
        root: store.root(),
        id: ID.to_owned(),
    };
    Work {
        what,
        parts: vec![part],
    }
}

/// Has it done, and waits for its end; with what was remarked on the way.
fn done(
    runtime: &Runtime,
    messages: &Receiver<Message>,
    id: u64,
    work: Work,
) -> (Result<String, String>, Vec<String>) {
    let id = OperationId(id);
    runtime.execute(Effect::Trash { id, work });
    let mut remarks = Vec::new();
    for message in messages {
        match message {
            Message::Operation {
                id: of,
                news: News::Finished(result),
            } if of == id => return (result, remarks),
            Message::Operation {
                id: of,
                news: News::Remark(text),
            } if of == id => remarks.push(text),
            _ => {}
        }
    }
    panic!("it never ended");
}

#[test]
fn going_on_looks_as_deep_as_jobs_lie_however_little_is_watched() {
    let store = Store::new();
    let shared = fs::read_dir(store.job().join("shared")).unwrap();
    let mut shared: Vec<PathBuf> = shared.map(|it| it.unwrap().path()).collect();
    shared.sort();
    let mut files = vec![store.job().join("chk-7/_metadata")];
    files.extend(shared.clone());
    let mut batch = store.batch(ID, 1, &files);
    // Nothing but the batch's own root tells where to look.
    batch.scope.clear();
    interrupted(&store, &batch);
    let elsewhere = tempfile::tempdir().unwrap();
    let (runtime, messages) = watching(elsewhere.path(), 1);
    let (result, remarks) = done(&runtime, &messages, 0, work(&store, What::Resume));
    assert!(result.is_ok(), "{result:?}");
    assert!(
        remarks.iter().any(|it| it.contains("chk-9 names it now")),
        "{remarks:?}"
    );
    assert!(
        shared.iter().any(|it| it.exists()),
        "those that chk-9 names stay"
    );
}

#[test]
fn what_is_half_deleted_is_not_gone_on_with_while_a_cluster_that_may_need_it_is_silent() {
    let store = Store::new();
    interrupted(&store, &store.both(ID));
    let before = store.image();
    let (mut runtime, messages) = watching(&store.root(), DEFAULT_DEPTH);
    let nobody = Connection::to("http://127.0.0.1:9").unwrap();
    runtime.poll(ClusterId(0), &nobody).unwrap();
    let (result, _) = done(&runtime, &messages, 0, work(&store, What::Resume));
    let why = result.unwrap_err();
    assert!(why.contains("127.0.0.1:9 does not answer"), "{why}");
    assert_eq!(store.image(), before);
}

#[test]
fn what_is_halted_stops_and_is_gone_on_with() {
    let store = Store::new();
    store.apply(&store.both(ID));
    let (runtime, messages) = watching(&store.root(), DEFAULT_DEPTH);
    runtime.execute(Effect::Halt(OperationId(0)));
    let (result, _) = done(&runtime, &messages, 0, work(&store, What::Undo));
    assert!(
        result
            .as_ref()
            .is_err_and(|why| why.contains("interrupted")),
        "{result:?}"
    );
    assert!(!store.job().join("chk-7/_metadata").exists());
    // Another one is not halted by that.
    let (result, remarks) = done(&runtime, &messages, 1, work(&store, What::Resume));
    assert!(
        result.as_ref().is_ok_and(|it| it.contains("back in place")),
        "{result:?}"
    );
    assert_eq!(remarks, [""; 0]);
    assert_eq!(store.image(), store.start);
}

#[test]
fn one_target_comes_back_alone() {
    let store = Store::new();
    store.apply(&store.both(ID));
    let (runtime, messages) = watching(&store.root(), DEFAULT_DEPTH);
    let (result, _) = done(&runtime, &messages, 0, work(&store, What::Restore(1)));
    assert!(result.is_ok(), "{result:?}");
    assert!(store.job().join("chk-8/_metadata").exists());
    assert!(!store.job().join("chk-7").exists());
    let (result, _) = done(&runtime, &messages, 1, work(&store, What::Restore(7)));
    assert!(
        result
            .as_ref()
            .is_err_and(|why| why.contains("no target number 7")),
        "{result:?}"
    );
}

#[test]
fn without_permission_nothing_is_touched() {
    let store = Store::new();
    store.apply(&store.both(ID));
    let before = store.image();
    let (inbox, messages) = unbounded();
    let rules = Rules::default();
    let runtime = Runtime::start(
        Arc::new(LocalStore),
        rules,
        Vec::new(),
        inbox,
        Keep::InMemory,
    )
    .unwrap();
    for (id, what) in (0..).zip([What::Undo, What::Restore(0), What::Resume, What::Purge]) {
        let (result, _) = done(&runtime, &messages, id, work(&store, what));
        assert!(
            result.as_ref().is_err_and(|why| why.contains("read-only")),
            "{result:?}"
        );
    }
    assert_eq!(store.image(), before);
}

#[test]
fn a_trash_above_what_is_watched_is_found() {
    let store = Store::new();
    store.apply(&store.both(ID));
    // What is deleted of one job lies in the trash of the directory that holds all jobs'.
    let (runtime, messages) = watching(&store.job(), 1);
    runtime.execute(Effect::LoadTrash);
    let rows = messages.iter().find_map(|message| match message {
        Message::Trash(rows) => Some(rows),
        _ => None,
    });
    let rows = rows.unwrap();
    let found = rows.iter().filter_map(|row| match row {
        Row::Batch { root, entry } => Some((root.as_path(), entry.id.as_str())),
        Row::Closed(_) => None,
    });
    assert!(
        found.into_iter().any(|it| it == (&*store.root(), ID)),
        "{rows:?}"
    );
}

/// What is foreseen of putting it back.
fn foreseen(runtime: &Runtime, messages: &Receiver<Message>, work: &Work) -> Forecast {
    runtime.execute(Effect::Foresee(work.clone()));
    let answer = messages.iter().find_map(|message| match message {
        Message::Foreseen { work: of, result } if of == *work => Some(result),
        _ => None,
    });
    answer.unwrap().unwrap()
}

#[test]
fn what_will_be_missing_is_foreseen_as_it_is_found_afterwards() {
    const OTHER: &str = "20261125T160000Z-2f0d";
    let store = Store::new();
    let (runtime, messages) = watching(&store.root(), 2);
    store.apply(&store.both(ID));
    let undo = || work(&store, What::Undo);
    let whole = foreseen(&runtime, &messages, &undo());
    assert_eq!((whole.snapshots, whole.torn.len()), (2, 0));
    assert_eq!(
        foreseen(&runtime, &messages, &work(&store, What::Restore(1))).snapshots,
        1
    );

    // Some files that both name go with another batch, and one goes altogether.
    let shared = fs::read_dir(store.job().join("shared")).unwrap();
    let mut shared: Vec<PathBuf> = shared.map(|it| it.unwrap().path()).collect();
    shared.sort();
    store.apply(&store.batch(OTHER, 0, &shared[1..]));
    fs::remove_file(&shared[0]).unwrap();
    let torn = foreseen(&runtime, &messages, &undo()).torn;
    assert_eq!(torn.len(), 2, "{torn:?}");
    assert!(
        torn.iter().any(|it| it.batches.contains_key(OTHER)),
        "{torn:?}"
    );
    assert!(
        torn.iter()
            .any(|it| it.batches.values().sum::<usize>() < it.missing),
        "{torn:?}"
    );

    let undone = run(["undo", "--json", "--write", "--plan", ID]
        .into_iter()
        .map(std::ffi::OsStr::new)
        .chain([store.root().as_os_str()]));
    assert_eq!(undone.status.code(), Some(1), "{}", err(&undone));
    let found = &json(&undone)["not_restorable"];
    let told: Vec<_> = torn
        .iter()
        .map(|it| {
            serde_json::json!({
                "snapshot": it.snapshot.to_text(),
                "missing": it.missing,
                "changed": it.changed,
                "missing_before": it.before,
                "batches": it.batches,
            })
        })
        .collect();
    assert_eq!(*found, serde_json::Value::from(told));
}

#[test]
fn what_comes_back_from_several_roots_is_foreseen_together() {
    let store = Store::new();
    store.apply(&store.both(ID));
    // The same deletion reached into a second root, which holds what both name.
    let shared = fs::read_dir(store.job().join("shared")).unwrap();
    let shared: Vec<PathBuf> = shared.map(|it| it.unwrap().path()).collect();
    let mut other = store.batch(ID, 0, &shared);
    let job = store.job();
    let above = format!("{}/", job.file_name().unwrap().to_str().unwrap());
    for it in &mut other.moves {
        it.from = it.from.strip_prefix(&above).unwrap().to_owned();
    }
    other.directories.clear();
    let tree = LocalTree::open(&job).unwrap();
    apply(&tree, &other, &mut nobody_names_anything).unwrap();

    let (runtime, messages) = watching(&store.root(), 2);
    let mut undo = work(&store, What::Undo);
    let alone = foreseen(&runtime, &messages, &undo);
    assert_eq!(alone.torn.len(), 2, "{alone:?}");
    let mut batches = alone.torn[0].batches.keys();
    assert!(batches.any(|it| it.starts_with(ID)), "{alone:?}");
    undo.parts.push(Part {
        root: job,
        id: ID.to_owned(),
    });
    let together = foreseen(&runtime, &messages, &undo);
    assert_eq!((together.snapshots, together.torn), (2, Vec::new()));
    // And it is said of what comes back only once all of it is.
    let (ended, remarks) = done(&runtime, &messages, 1, undo);
    assert!(ended.unwrap().contains("back in place"));
    assert_eq!(remarks, [""; 0]);
}

#[test]
fn a_root_that_is_gone_or_closed_is_not_said_to_have_an_empty_trash() {
    let temp = tempfile::tempdir().unwrap();
    let file = temp.path().join("file");
    fs::write(&file, "").unwrap();
    for (place, why) in [
        (temp.path().join("gone"), "is not there"),
        (file, "is no directory"),
    ] {
        let (runtime, messages) = watching(&place, DEFAULT_DEPTH);
        runtime.execute(Effect::LoadTrash);
        let rows = messages.iter().find_map(|message| match message {
            Message::Trash(rows) => Some(rows),
            _ => None,
        });
        let rows = rows.unwrap();
        let [Row::Closed(told)] = rows.as_slice() else {
            panic!("{rows:?}");
        };
        let place = place.display().to_string();
        assert!(told.contains(&place) && told.contains(why), "{told}");
        assert!(
            told.contains("what lies in its trash is not known"),
            "{told}"
        );
    }
}

#[test]
fn where_no_trash_can_be_looked_for_is_told_beside_what_was_found() {
    let store = Store::new();
    store.apply(&store.both(ID));
    let odd = store.root().join("a\\b");
    fs::create_dir(&odd).unwrap();
    let (runtime, messages) = watching(&store.root(), DEFAULT_DEPTH);
    runtime.execute(Effect::LoadTrash);
    let rows = messages.iter().find_map(|message| match message {
        Message::Trash(rows) => Some(rows),
        _ => None,
    });
    let rows = rows.unwrap();
    let [Row::Closed(told), Row::Batch { entry, .. }] = rows.as_slice() else {
        panic!("{rows:?}");
    };
    assert_eq!(entry.id, ID);
    let place = odd.display().to_string();
    assert!(
        told.contains(&place) && told.contains("backslash"),
        "{told}"
    );
}
