//! Bytes of lineages against a count by hand: whatever snapshots name, each file counts once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use proptest::prelude::*;
use stateward::app::sheet::Sheet;
use stateward::domain::snapshot::{Health, Kind, Snapshot};
use stateward::domain::space::LineageSpace;
use stateward::inventory::catalog::{Catalog, Rules};
use stateward::inventory::detail;
use stateward::inventory::scan::{self, Root};
use stateward::store::local::{LocalStore, location_of};

use crate::program::{fixture, json, run};
use crate::world::{Draft, World, now, place};

const JOB: &str = "/ck/7bf6bd3d977df158f9d8a88833ce0000";

/// A file that several may name; which of them is its number. Its length is a power of two, so that sums tell files.
fn shared_file(number: usize) -> (String, u64) {
    (format!("{JOB}/shared/f{number}"), 1 << (number + 4))
}

/// What lies in a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Checkpoint,
    Savepoint,
    /// Without metadata, and old.
    Abandoned,
    /// Without metadata, and young.
    Writing,
    /// With metadata that cannot be read.
    Corrupt,
}

#[derive(Debug, Clone)]
struct Plan {
    sort: Sort,
    /// Numbers of shared files that it names.
    shared: BTreeSet<usize>,
    /// Bytes of a file of its own.
    own: u64,
    /// Whether it names the own file of the one before it, too.
    names_neighbour: bool,
}

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let sort = prop_oneof![
        4 => Just(Sort::Checkpoint),
        2 => Just(Sort::Savepoint),
        1 => Just(Sort::Abandoned),
        1 => Just(Sort::Writing),
        1 => Just(Sort::Corrupt),
    ];
    let plan = (
        sort,
        prop::collection::btree_set(0_usize..6, 0..4),
        1_u64..9,
        any::<bool>(),
    );
    let plan = plan.prop_map(|(sort, shared, own, names_neighbour)| Plan {
        sort,
        shared,
        own,
        names_neighbour,
    });
    prop::collection::vec(plan, 1..8)
}

fn directory(at: usize, plan: &Plan) -> String {
    match plan.sort {
        Sort::Savepoint => format!("/ck/savepoints/savepoint-7bf6bd-{at:012}"),
        // What is being written has the highest number: else it is given up.
        Sort::Writing => format!("{JOB}/chk-{}", at + 100),
        _ => format!("{JOB}/chk-{}", at + 1),
    }
}

/// Builds the world, and says which files each snapshot names, itself or by lying in its directory, with their bytes.
fn build(plans: &[Plan]) -> (Catalog, Vec<BTreeMap<String, u64>>) {
    let world = World::default();
    let mut named = Vec::new();
    for (at, plan) in plans.iter().enumerate() {
        let home = directory(at, plan);
        let mut files = BTreeMap::from([(format!("{home}/own"), plan.own)]);
        let number = at as u64 + 1;
        let draft = match plan.sort {
            Sort::Checkpoint => Draft::checkpoint(number),
            Sort::Savepoint => Draft::savepoint(number),
            Sort::Abandoned | Sort::Corrupt | Sort::Writing => {
                let age = if plan.sort == Sort::Writing {
                    1
                } else {
                    90_000
                };
                world.put_file(&format!("{home}/own"), plan.own, age);
                if plan.sort == Sort::Corrupt {
                    world.put_file(&format!("{home}/_metadata"), 3, age);
                }
                named.push(files);
                continue;
            }
        };
        let mut draft = draft.own("own", plan.own);
        files.extend(plan.shared.iter().map(|&number| shared_file(number)));
        if let (true, Some(before)) = (plan.names_neighbour, at.checked_sub(1)) {
            files.insert(
                format!("{}/own", directory(before, &plans[before])),
                plans[before].own,
            );
        }
        for (path, bytes) in &files {
            if *path != format!("{home}/own") {
                draft = draft.shared(&format!("file:{path}"), *bytes);
            }
        }
        files.insert(format!("{home}/_metadata"), draft.bytes().len() as u64);
        world.put(&home, &draft, 90_000 - at as i64);
        named.push(files);
    }
    (world.look("/ck"), named)
}

/// The same by counting.
fn counted(plans: &[Plan], named: &[BTreeMap<String, u64>]) -> LineageSpace {
    let mut users: BTreeMap<&str, (u64, Vec<&Plan>)> = BTreeMap::new();
    for (plan, files) in plans.iter().zip(named) {
        for (path, bytes) in files {
            let entry = users.entry(path).or_insert((*bytes, Vec::new()));
            entry.1.push(plan);
        }
    }
    let reads = |plan: &&&Plan| matches!(plan.sort, Sort::Checkpoint | Sort::Savepoint);
    let mut space = LineageSpace::default();
    for (bytes, users) in users.into_values() {
        // What only lies in a directory without metadata counts there as long as nobody names it.
        let naming: Vec<&&Plan> = users.iter().filter(reads).collect();
        let of_sort = |savepoint: bool| {
            naming
                .iter()
                .any(|it| (it.sort == Sort::Savepoint) == savepoint)
        };
        match naming.len() {
            0 if users[0].sort == Sort::Writing => space.unsettled += bytes,
            0 | 1 => space.held.alone += bytes,
            _ => space.held.shared += bytes,
        }
        *match (of_sort(false), of_sort(true)) {
            (true, true) => &mut space.by_both,
            (false, true) => &mut space.by_savepoints,
            (_, false) => &mut space.by_checkpoints,
        } += bytes;
    }
    space
}

fn sum(catalog: &Catalog) -> LineageSpace {
    let mut all = LineageSpace::default();
    for lineage in catalog.lineages() {
        let space = &lineage.space;
        all.held.alone += space.held.alone;
        all.held.shared += space.held.shared;
        all.unsettled += space.unsettled;
        all.by_checkpoints += space.by_checkpoints;
        all.by_savepoints += space.by_savepoints;
        all.by_both += space.by_both;
    }
    all
}

proptest! {
    #[test]
    fn every_file_counts_once_and_for_those_who_name_it(plans in plans()) {
        let (catalog, named) = build(&plans);
        prop_assert_eq!(sum(&catalog), counted(&plans, &named));
        let on_disk: BTreeMap<&String, &u64> = named.iter().flatten().collect();
        let bytes: u64 = catalog.lineages().iter().map(|it| it.bytes).sum();
        prop_assert_eq!(bytes, on_disk.into_values().sum::<u64>());
        for lineage in catalog.lineages() {
            let rows = catalog.rows().filter(|row| row.lineage == lineage.id);
            let freed: u64 = rows.map(|row| row.sizes.freed).sum();
            let space = &lineage.space;
            prop_assert_eq!(space.held.alone, freed);
            prop_assert_eq!(space.total(), lineage.bytes);
            prop_assert_eq!(
                space.by_checkpoints + space.by_savepoints + space.by_both,
                lineage.bytes
            );
        }
    }
}

#[test]
fn what_is_being_written_is_not_held_by_anyone_yet_and_settles_with_time() {
    let world = World::default();
    world.put(
        &format!("{JOB}/chk-1"),
        &Draft::checkpoint(1).own("own", 10),
        90,
    );
    world.put_file(&format!("{JOB}/chk-2/own"), 7, 1);
    let mut catalog = world.look("/ck");
    let before = catalog.lineages()[0].space;
    assert_eq!(before.unsettled, 7);
    catalog.settle(now() + jiff::SignedDuration::from_hours(2));
    let after = catalog.lineages()[0].space;
    assert_eq!(
        (after.unsettled, after.held.alone),
        (0, before.held.alone + 7)
    );
}

#[test]
fn a_file_named_in_a_directory_without_metadata_counts_once() {
    let world = World::default();
    world.put_file(&format!("{JOB}/chk-1/own"), 64, 90_000);
    world.put_file(&format!("{JOB}/chk-1/left"), 5, 90_000);
    let draft = Draft::checkpoint(2).shared(&format!("file:{JOB}/chk-1/own"), 64);
    world.put(&format!("{JOB}/chk-2"), &draft, 90);
    let catalog = world.look("/ck");
    let rows: Vec<&Snapshot> = catalog.rows().map(|row| &**row).collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        (rows[0].health, rows[0].kind),
        (Health::Abandoned, Kind::Checkpoint)
    );
    let lineage = &catalog.lineages()[0];
    assert_eq!(lineage.bytes, 64 + 5 + draft.bytes().len() as u64);
    assert_eq!(lineage.space.unsettled, 5);
    assert_eq!(
        catalog
            .record(&place(&format!("{JOB}/chk-1")))
            .unwrap()
            .bytes,
        69
    );
}

/// What a real Flink wrote: the operators' parts are all that a snapshot refers to, and what is alone is what it frees.
#[test]
fn operators_hold_together_what_their_snapshot_does() {
    let (mut snapshots, mut merged) = (0, 0);
    for release in ["flink-1.15.4", "flink-1.20.5", "flink-2.0.2", "flink-2.3.0"] {
        let mut catalog = Catalog::new(Rules::default());
        let root = Root {
            location: location_of(&fixture(release)).unwrap(),
            depth: 6,
        };
        let running = AtomicBool::new(false);
        scan::scan(&mut catalog, &LocalStore, &root, &running, &mut |_| {}).unwrap();
        catalog.settle(jiff::Timestamp::now());
        for row in catalog.rows().filter(|row| row.facts.is_some()) {
            let document = detail::document(&catalog, &LocalStore, &row.location, &[]).unwrap();
            let sheet = Sheet::new(document);
            let held = sheet.space.total();
            assert_eq!(
                (held.total(), held.alone),
                (row.sizes.refer, row.sizes.freed),
                "{}",
                row.location
            );
            assert_eq!(sheet.space.operators.len(), sheet.operators.len());
            snapshots += 1;
            merged += usize::from(sheet.space.several.files > 0);
        }
    }
    assert!(snapshots > 20 && merged > 0, "{merged} of {snapshots}");
}

#[test]
fn lists_for_machines_tell_it_by_lineage() {
    let listed = run([
        Path::new("ls"),
        &fixture("flink-2.3.0/file-merging"),
        Path::new("--json"),
    ]);
    let list = json(&listed);
    let lineages = list["lineages"].as_array().unwrap();
    assert!(!lineages.is_empty());
    for lineage in lineages {
        let bytes = |key: &str| lineage["space"][key].as_u64().unwrap();
        let total = lineage["bytes"].as_u64().unwrap();
        assert_eq!(bytes("alone") + bytes("shared") + bytes("unsettled"), total);
        let by_sort = ["by_checkpoints", "by_savepoints", "by_both"].map(bytes);
        assert_eq!(by_sort.into_iter().sum::<u64>(), total);
    }
}
