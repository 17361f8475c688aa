//! What goes for good from the trash is nothing that any snapshot needs: whoever names it, wherever that one lies, and
//! in whatever order things were deleted, undone and purged.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::{Value, json};
use stateward::domain::snapshot::Health;
use stateward::inventory::catalog::{Catalog, Rules};
use stateward::inventory::discover::DEFAULT_DEPTH;
use stateward::inventory::scan::{self, Root};
use stateward::store::local::{LocalStore, location_of, path_of};

use crate::deletion::Place;
use crate::program::{copy, err, json, out, run};

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// Runs the program on paths.
pub(crate) fn with(args: &[&str], paths: &[&Path]) -> Output {
    let args = args.iter().map(OsStr::new);
    run(args.chain(paths.iter().map(|it| it.as_os_str())))
}

pub(crate) fn checkpoints(place: &Path) -> PathBuf {
    place.join("checkpoints")
}

/// The batches in the trash, the oldest first.
pub(crate) fn batches(root: &Path) -> Vec<Value> {
    let listed = with(&["trash", "ls", "--json"], &[root]);
    let mut batches = json(&listed)["batches"].as_array().unwrap().clone();
    batches.retain(|it| it["files"].as_u64().unwrap() > 0);
    batches.sort_by_key(|it| it["at"].as_str().unwrap().to_owned());
    batches
}

pub(crate) fn id(batch: &Value) -> &str {
    batch["id"].as_str().unwrap()
}

/// Deletes a snapshot, whatever speaks against it; false where nothing of it may go.
pub(crate) fn delete(snapshot: &Path) -> bool {
    let planned = with(&["delete", "--dry-run", "--json"], &[snapshot]);
    let Ok(plan) = serde_json::from_slice::<Value>(&planned.stdout) else {
        return false;
    };
    let targets = plan["targets"].as_array().into_iter().flatten();
    let objections = targets.filter_map(|it| it["objections"].as_array());
    let objections = objections.flatten();
    let words: BTreeSet<&str> = objections
        .filter_map(|it| it["overruled_by"].as_str())
        .collect();
    let mut args = vec!["delete", "--write", "--yes"];
    for word in words {
        args.extend(["--confirm", word]);
    }
    code(&with(&args, &[snapshot])) == 0
}

/// Makes a batch as old as it has to be to go for good.
pub(crate) fn age(root: &Path, id: &str) {
    let place = checkpoints(root).join(".stateward/trash").join(id);
    let path = place.join("state.json");
    let mut document: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    document["at"] = json!(Timestamp::now() - SignedDuration::from_hours(4 * 24));
    fs::write(path, document.to_string()).unwrap();
}

pub(crate) fn purge(root: &Path, id: &str) -> Output {
    age(root, id);
    with(
        &["trash", "purge", "--write", "--yes", "--plan", id],
        &[root],
    )
}

pub(crate) fn undo(root: &Path, id: &str) -> Output {
    with(&["undo", "--write", "--plan", id], &[root])
}

/// The snapshots that can be restored, by their paths in the tree.
fn complete(root: &Path) -> BTreeSet<PathBuf> {
    let mut catalog = Catalog::new(Rules::default());
    let at = Root {
        location: location_of(root).unwrap(),
        depth: DEFAULT_DEPTH,
    };
    let cancelled = std::sync::atomic::AtomicBool::new(false);
    scan::scan(&mut catalog, &LocalStore, &at, &cancelled, &mut |_| {}).unwrap();
    catalog.settle(Timestamp::now());
    let whole = catalog.rows().filter(|row| row.health == Health::Complete);
    let whole = whole.map(|row| path_of(&row.location).unwrap().to_owned());
    whole
        .map(|path| path.strip_prefix(root).unwrap().to_owned())
        .collect()
}

/// The snapshots that can be restored once all is undone that can be.
fn completable(root: &Path) -> BTreeSet<PathBuf> {
    let temp = tempfile::tempdir().unwrap();
    let copied = temp.path().join("fraud");
    copy(root, &copied);
    for batch in batches(&copied) {
        undo(&copied, id(&batch));
    }
    complete(&copied)
}

/// chk-8 was deleted, then chk-9 with what both name, and chk-8 came back without that.
fn torn() -> (Place, [String; 2]) {
    let place = Place::aged(10);
    for number in [8, 9] {
        assert!(delete(&place.chk(number)), "chk-{number}");
    }
    let batches = batches(&place.root());
    let [eight, nine] = &batches[..] else {
        panic!("two deletions are two batches");
    };
    let undone = undo(&place.root(), id(eight));
    assert_eq!(code(&undone), 1, "it is not whole");
    let told = err(&undone);
    assert!(told.contains("chk-8 cannot be restored from"), "{told}");
    assert!(told.contains(id(nine)), "{told}");
    assert!(place.chk(8).join("_metadata").exists());
    let ids = [id(eight).to_owned(), id(nine).to_owned()];
    (place, ids)
}

#[test]
fn what_a_snapshot_on_disk_names_does_not_go_for_good() {
    let (place, [_, nine]) = torn();
    let chk_8 = Path::new("checkpoints").join(
        place
            .chk(8)
            .strip_prefix(checkpoints(&place.root()))
            .unwrap(),
    );
    assert!(!complete(&place.root()).contains(&chk_8));
    let purged = purge(&place.root(), &nine);
    assert_eq!(code(&purged), 1, "{}{}", out(&purged), err(&purged));
    assert!(err(&purged).contains("chk-8 names it"), "{}", err(&purged));
    // What nobody else needs has gone, and what chk-8 needs comes back.
    undo(&place.root(), &nine);
    assert!(complete(&place.root()).contains(&chk_8));
    assert!(!place.chk(9).join("_metadata").exists());
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    Delete(u64),
    Undo(usize),
    Restore(usize),
    Purge(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        3 => (7_u64..10).prop_map(Deed::Delete),
        2 => (0_usize..4).prop_map(Deed::Undo),
        1 => (0_usize..4).prop_map(Deed::Restore),
        2 => (0_usize..4).prop_map(Deed::Purge),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_things_costs_another_snapshot_a_file(
        deeds in prop::collection::vec(deed(), 4..9),
    ) {
        let place = Place::aged(10);
        let root = place.root();
        // Nearly all sequences of interest begin like this.
        delete(&place.chk(8));
        delete(&place.chk(9));
        for deed in deeds {
            let batches = batches(&root);
            let chosen = |at: usize| batches.get(at % batches.len().max(1));
            match deed {
                Deed::Delete(number) => {
                    delete(&place.chk(number));
                }
                Deed::Undo(at) => {
                    chosen(at).map(|it| undo(&root, id(it)));
                }
                Deed::Restore(at) => {
                    if let Some(batch) = chosen(at) {
                        let name = batch["targets"][0]["name"].as_str().unwrap();
                        let args = ["trash", "restore", "--write", "--plan", id(batch)];
                        let args = args.iter().map(OsStr::new);
                        run(args.chain([root.as_os_str(), OsStr::new(name)]));
                    }
                }
                Deed::Purge(at) => {
                    let Some(batch) = chosen(at) else { continue };
                    let (on_disk, before) = (complete(&root), completable(&root));
                    purge(&root, id(batch));
                    prop_assert!(on_disk.is_subset(&complete(&root)));
                    let targets = batch["targets"].as_array().unwrap();
                    let names: Vec<&str> = targets.iter().filter_map(|it| it["name"].as_str()).collect();
                    let is_meant = |path: &PathBuf| {
                        let name = path.file_name().unwrap().to_str().unwrap();
                        names.contains(&name) && !root.join(path).join("_metadata").exists()
                    };
                    let after = completable(&root);
                    let lost: Vec<&PathBuf> =
                        before.difference(&after).filter(|it| !is_meant(it)).collect();
                    prop_assert!(lost.is_empty(), "{lost:?} after {deed:?}");
                }
            }
        }
    }
}
