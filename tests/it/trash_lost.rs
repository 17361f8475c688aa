//! What was damaged while it lay in the trash, or cannot go back: it is said, and nothing is promised of it.

use std::fs;

use stateward::action::trash::list::{self, Known, Root};
use stateward::app::effect::Effect;
use stateward::app::message::Message;
use stateward::app::trash::{Part, What, Work};

use crate::trash::{ID, go};
use crate::trash_commands::Store;
use crate::trash_runtime::watching;
use crate::trash_tree::{Place, undo};

fn known(place: &Place) -> Known {
    let entries = list::list(&Root::open(place.root()).unwrap()).unwrap();
    entries[0].known.clone().unwrap()
}

#[test]
fn what_was_lost_in_the_trash_or_changed_there_is_told_when_all_else_is_back() {
    let place = Place::new();
    let batch = place.batch(ID);
    go(&place, &batch).unwrap();
    let file = |number: usize| place.path(&format!(".stateward/trash/{ID}/files/{number}"));
    fs::remove_file(file(6)).unwrap();
    fs::write(file(7), "x").unwrap();
    let done = undo(&place.tree(), ID).unwrap();
    assert_eq!((done.files, &done.skipped[..]), (7, &[][..]));
    let remarks = done.remarks();
    assert_eq!(remarks.len(), 2, "{remarks:?}");
    assert!(
        remarks[0].contains("job/chk-2/d does not come back"),
        "{remarks:?}"
    );
    assert!(
        remarks[1].contains("orphan had") && remarks[1].contains("came back with 1"),
        "{remarks:?}"
    );
    let known = known(&place);
    assert_eq!((known.lost, known.changed, known.taken), (1, 1, 0));
}

#[test]
fn a_place_that_is_taken_is_known() {
    let place = Place::new();
    let batch = place.batch(ID);
    go(&place, &batch).unwrap();
    assert_eq!(known(&place).taken, 0);
    place.write("job/chk-2/d", "new");
    assert_eq!(known(&place).taken, 1);
    undo(&place.tree(), ID).unwrap();
    let known = known(&place);
    // Its metadata waits for it.
    assert_eq!(
        (known.files, known.taken, known.lost, known.changed),
        (2, 1, 0, 0)
    );
}

#[test]
fn a_directory_that_nothing_lay_in_went_into_the_trash_with_what_did() {
    let place = Place::new();
    let batch = place.batch(ID);
    go(&place, &batch).unwrap();
    let taken = || list::taken(&place.tree());
    for directory in ["job/chk-2", "job/chk-2/deep", "job/taskowned"] {
        assert_eq!(taken()[directory].plan, ID, "{directory}");
    }
    undo(&place.tree(), ID).unwrap();
    assert_eq!(taken().len(), 0);
}

#[test]
fn the_batch_that_is_put_back_is_no_remedy_for_what_is_damaged_in_it() {
    let store = Store::new();
    let batch = store.both(ID);
    store.apply(&batch);
    let state = format!(".stateward/trash/{ID}/files/{}", batch.metadata);
    let state = fs::File::options()
        .write(true)
        .open(store.root().join(state));
    state.unwrap().set_len(1).unwrap();
    let (runtime, messages) = watching(&store.root(), 2);
    let work = Work {
        what: What::Undo,
        parts: vec![Part {
            root: store.root(),
            id: ID.to_owned(),
        }],
    };
    runtime.execute(Effect::Foresee(work));
    let result = messages.iter().find_map(|message| match message {
        Message::Foreseen { result, .. } => Some(result),
        _ => None,
    });
    let torn = result.unwrap().unwrap().torn;
    assert!(!torn.is_empty());
    for it in torn {
        assert!(it.batches.is_empty(), "{it:?}");
        assert!(
            it.forecast().contains("nothing here brings"),
            "{}",
            it.forecast()
        );
    }
}
