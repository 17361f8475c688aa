//! What the inventory says of small worlds in which everything is known.

use std::sync::Arc;

use jiff::SignedDuration;
use stateward::analysis::latest;
use stateward::domain::cluster::{Cluster, ClusterId, Contact, Job};
use stateward::domain::snapshot::PathMapping;
use stateward::domain::snapshot::{Health, Kind, Owner, Snapshot, Verdict};
use stateward::inventory::catalog::{Catalog, Rules};
use stateward::inventory::delta::Delta;

use crate::tui_clusters::fraud;
use crate::world::{Draft, World, ago, now, place, row};

const JOB: &str = "/ck/7bf6bd3d977df158f9d8a88833ce0000";
const NEXT_JOB: &str = "/ck/8888888888888888888888888888aaaa";

fn names(rows: &[&Snapshot]) -> Vec<String> {
    rows.iter().map(|row| row.name.clone()).collect()
}

/// Three incremental checkpoints: a is in all, b in the last two, c in the last only.
fn three_incremental() -> World {
    let world = World::default();
    let shared = |name: &str| format!("file:{JOB}/shared/{name}");
    let first = Draft::checkpoint(1).shared(&shared("a"), 100);
    let second = Draft::checkpoint(2)
        .shared(&shared("a"), 100)
        .shared(&shared("b"), 20);
    let third = Draft::checkpoint(3)
        .shared(&shared("a"), 100)
        .shared(&shared("b"), 20)
        .shared(&shared("c"), 3)
        .own("x", 5);
    for (number, draft) in [(1, first), (2, second), (3, third)] {
        world.put(&format!("{JOB}/chk-{number}"), &draft, 100 - 10 * number);
    }
    world
}

#[test]
fn bytes_are_weighed_against_older_and_against_all() {
    let catalog = three_incremental().look("/ck");
    let weights = |name| {
        let row = row(&catalog, name);
        let metadata = row.facts.as_ref().unwrap().metadata_bytes;
        [row.sizes.refer, row.sizes.new, row.sizes.freed].map(|bytes| bytes - metadata)
    };
    assert_eq!(weights("chk-1"), [100, 100, 0]);
    assert_eq!(weights("chk-2"), [120, 20, 0]);
    assert_eq!(weights("chk-3"), [128, 8, 8]);
    assert_eq!(row(&catalog, "chk-3").sizes.files, 4);
    let on_disk: u64 = catalog
        .rows()
        .map(|row| row.facts.as_ref().unwrap().metadata_bytes)
        .sum::<u64>()
        + 128;
    assert_eq!(catalog.lineages()[0].bytes, on_disk);
}

#[test]
fn what_a_deletion_frees_changes_with_the_others() {
    let world = three_incremental();
    let mut catalog = world.look("/ck");
    world.remove(&format!("{JOB}/chk-3"));
    catalog.look_at(&world.store, &place(&format!("{JOB}/chk-3")));
    let deltas = catalog.settle(now());
    assert!(
        deltas.contains(&Delta::Removed(place(&format!("{JOB}/chk-3")).canonical()))
            || deltas.len() >= 2
    );
    let second = row(&catalog, "chk-2");
    assert_eq!(
        second.sizes.freed - second.facts.as_ref().unwrap().metadata_bytes,
        20
    );
}

#[test]
fn a_missing_file_makes_it_incomplete_and_is_named() {
    let world = three_incremental();
    world.remove(&format!("{JOB}/shared/b"));
    let catalog = world.look("/ck");
    assert_eq!(row(&catalog, "chk-1").health, Health::Complete);
    let third = row(&catalog, "chk-3");
    assert_eq!(third.health, Health::Incomplete);
    assert_eq!(
        third.findings[0],
        format!("1 of 4 files missing: file:{JOB}/shared/b")
    );
    let rows: Vec<&Snapshot> = catalog.rows().map(|row| &**row).collect();
    assert_eq!(latest::choose(rows).chosen.unwrap().name, "chk-1");
}

#[test]
fn a_file_of_another_length_makes_it_incomplete() {
    let world = three_incremental();
    world.put_file(&format!("{JOB}/shared/c"), 2, 5);
    let catalog = world.look("/ck");
    let third = row(&catalog, "chk-3");
    assert_eq!(third.health, Health::Incomplete);
    assert_eq!(
        third.findings[0],
        format!("1 of 4 files of the wrong length: file:{JOB}/shared/c (2 bytes instead of 3)")
    );
}

#[test]
fn a_file_in_another_store_is_not_called_missing_and_proves_nothing() {
    let world = World::default();
    world.put_metadata(
        "/ck/x/chk-1",
        &Draft::checkpoint(1).shared("s3://bucket/shared/a", 10),
        50,
    );
    world.store.deny(&place("s3://bucket/shared/a"));
    let catalog = world.look("/ck");
    let row = row(&catalog, "chk-1");
    assert_eq!(
        (row.health, row.unchecked_files, row.is_restorable()),
        (Health::Complete, 1, false)
    );
    assert_eq!(row.health_word(), "unverified");
    let choice = latest::choose([row]);
    assert!(choice.chosen.is_none());
    assert!(
        choice.runners_up[0]
            .1
            .starts_with("1 of its files could not be looked at")
    );
}

#[test]
fn one_corrupt_snapshot_hides_no_other() {
    let world = three_incremental();
    world.store.put(
        &place(&format!("{JOB}/chk-2/_metadata")),
        &b"not Flink's"[..],
        ago(80),
    );
    let catalog = world.look("/ck");
    assert_eq!(catalog.rows().count(), 3);
    let second = row(&catalog, "chk-2");
    assert_eq!((second.health, second.sizes.freed), (Health::Corrupt, 0));
    assert!(
        second.findings[0].contains("0x4960672d"),
        "{:?}",
        second.findings
    );
    assert_eq!(row(&catalog, "chk-3").health, Health::Complete);
}

#[test]
fn a_cut_in_the_record_of_properties_proves_nothing() {
    let world = World::default();
    let bytes = Draft::checkpoint(1).bytes();
    world.store.put(
        &place("/ck/chk-1/_metadata"),
        &bytes[..bytes.len() - 40],
        ago(10),
    );
    let catalog = world.look("/ck");
    let row = row(&catalog, "chk-1");
    assert_eq!((row.health, row.is_restorable()), (Health::Corrupt, false));
    assert!(
        row.findings[0].contains("Flink reads it on a restore"),
        "{:?}",
        row.findings
    );
    assert!(
        latest::choose([row]).runners_up[0]
            .1
            .starts_with("corrupt: ")
    );
}

#[test]
fn a_metadata_that_is_a_directory_is_a_row_that_says_so() {
    let world = World::default();
    world
        .store
        .make_directory(&place("/ck/chk-1/_metadata"), ago(10));
    let catalog = world.look("/ck");
    assert_eq!(row(&catalog, "chk-1").health, Health::Corrupt);
    assert!(row(&catalog, "chk-1").findings[0].contains("it is a directory, not a file"));
}

#[test]
fn a_directory_without_metadata_is_judged_by_age_and_by_what_came_after() {
    let world = World::default();
    world.put(&format!("{JOB}/chk-4"), &Draft::checkpoint(4), 700);
    world.put_file(&format!("{JOB}/chk-5/state"), 7, 30);
    world
        .store
        .make_directory(&place(&format!("{JOB}/chk-6")), ago(5));
    world.put_file(&format!("{JOB}/chk-2/state"), 7, 601);
    world
        .store
        .make_directory(&place(&format!("{JOB}/chk-1")), ago(4000));
    let mut catalog = world.look("/ck");
    let health = |catalog: &Catalog, name| row(catalog, name).health;
    assert_eq!(health(&catalog, "chk-5"), Health::InProgress);
    assert_eq!(health(&catalog, "chk-6"), Health::InProgress);
    assert_eq!(health(&catalog, "chk-2"), Health::Abandoned);
    assert_eq!(health(&catalog, "chk-1"), Health::Empty);

    let deltas = catalog.settle(now() + SignedDuration::from_mins(10));
    assert_eq!(health(&catalog, "chk-5"), Health::Abandoned);
    assert_eq!(health(&catalog, "chk-6"), Health::Empty);
    assert_eq!(
        deltas
            .iter()
            .filter(|delta| matches!(delta, Delta::Upserted(_)))
            .count(),
        2
    );

    world.put(&format!("{JOB}/chk-7"), &Draft::checkpoint(7), 1);
    let catalog = world.look("/ck");
    let fifth = row(&catalog, "chk-5");
    assert_eq!(fifth.health, Health::Abandoned);
    assert!(fifth.findings[0].starts_with("chk-7 completed after it"));
}

/// A cluster whose job has one checkpoint under way, in its last answer.
fn with_under_way(id: u64, contact: Contact) -> Cluster {
    let mut job = Job {
        id: JOB[4..].parse().unwrap(),
        ..fraud()
    };
    job.checkpoints.truncate(1);
    job.checkpoints[0].id = id;
    Cluster {
        id: ClusterId(0),
        name: "prod".to_owned(),
        url: "http://flink.example:8081".to_owned(),
        contact,
        version: None,
        jobs: vec![Arc::new(job)],
        slots: None,
        settings: None,
    }
}

#[test]
fn what_a_cluster_has_under_way_is_in_progress_for_as_long_as_it_says_so() {
    let world = World::default();
    world.put(&format!("{JOB}/chk-4"), &Draft::checkpoint(4), 4_000);
    world.put_file(&format!("{JOB}/chk-5/state"), 7, 3_600);
    let mut catalog = world.look("/ck");
    let state = |catalog: &Catalog| {
        let row = row(catalog, "chk-5");
        let lineage = &catalog.lineages()[0];
        (row.health, row.sizes.freed, lineage.space.total())
    };
    let before = state(&catalog);
    assert_eq!((before.0, before.1), (Health::Abandoned, 7));

    let answering = |seconds| Contact::Answering { at: ago(seconds) };
    catalog.hear(&with_under_way(5, answering(6)));
    assert_eq!(catalog.settle(now()).len(), 2, "the row and its lineage");
    assert_eq!(state(&catalog), (Health::InProgress, 0, before.2));
    catalog.hear(&with_under_way(5, answering(3)));
    assert_eq!(catalog.settle(now()), []);

    // Its word is good for a while, as a change on the disk is.
    let silent = Contact::Silent {
        since: ago(1),
        last_answer: Some(ago(3)),
        reason: "no route".to_owned(),
    };
    catalog.hear(&with_under_way(5, silent));
    let minutes = SignedDuration::from_mins;
    catalog.settle(now() + minutes(9));
    assert_eq!(state(&catalog).0, Health::InProgress);
    catalog.settle(now() + minutes(10));
    assert_eq!(state(&catalog), before);

    catalog.hear(&with_under_way(5, answering(0)));
    catalog.settle(now());
    assert_eq!(state(&catalog).0, Health::InProgress);
    catalog.hear(&with_under_way(6, answering(0)));
    catalog.settle(now());
    assert_eq!(state(&catalog), before);
}

#[test]
fn nothing_changes_when_nothing_changed() {
    let world = three_incremental();
    let mut catalog = world.look("/ck");
    catalog.look_for_files_again(&world.store);
    for snapshot in catalog.below(&place("/ck")) {
        catalog.look_at(&world.store, &snapshot);
    }
    assert_eq!(catalog.settle(now()), []);
}

#[test]
fn latest_goes_by_time_and_says_when_numbers_contradict() {
    let world = World::default();
    world.put(&format!("{JOB}/chk-900"), &Draft::checkpoint(900), 5_000);
    world.put(&format!("{JOB}/chk-3"), &Draft::checkpoint(3), 60);
    let catalog = world.look("/ck");
    let choice = latest::choose(catalog.rows().map(|row| &**row));
    assert_eq!(choice.chosen.unwrap().name, "chk-3");
    assert!(
        choice.remarks[0].starts_with("chk-900 has the higher number"),
        "{:?}",
        choice.remarks
    );
    assert_eq!(choice.runners_up[0].1, "older");
}

#[test]
fn a_copy_that_mixed_up_the_times_is_ordered_by_number() {
    let world = World::default();
    for (number, seconds_ago) in [(9, 4), (10, 9), (11, 7)] {
        world.put(
            &format!("{JOB}/chk-{number}"),
            &Draft::checkpoint(number),
            seconds_ago,
        );
    }
    let catalog = world.look("/ck");
    let choice = latest::choose(catalog.rows().map(|row| &**row));
    assert_eq!(choice.chosen.unwrap().name, "chk-11");
    assert_eq!(
        names(
            &choice
                .runners_up
                .iter()
                .map(|(row, _)| *row)
                .collect::<Vec<_>>()
        ),
        ["chk-10", "chk-9"]
    );
}

#[test]
fn a_snapshot_found_elsewhere_is_mapped_only_if_its_home_is_not_here() {
    let draft = || {
        Draft::checkpoint(1)
            .written_at("file:/flink/7bf6bd3d977df158f9d8a88833ce0000/chk-1/inline")
            .shared("file:/flink/7bf6bd3d977df158f9d8a88833ce0000/shared/a", 10)
    };
    let mounted = World::default();
    mounted.put_metadata("/mnt/7bf6bd3d977df158f9d8a88833ce0000/chk-1", &draft(), 50);
    mounted.put_file("/mnt/7bf6bd3d977df158f9d8a88833ce0000/shared/a", 10, 50);
    let catalog = mounted.look("/mnt");
    let found = row(&catalog, "chk-1");
    let mapping = found.mapping.clone().unwrap();
    assert_eq!(
        (
            mapping.from.to_string(),
            mapping.to.to_string(),
            mapping.inferred
        ),
        ("file:/flink".into(), "file:/mnt".into(), true)
    );
    assert!(found.is_restorable());
    assert!(
        latest::choose([found]).remarks[0]
            .contains("can be restored only where they have that name")
    );
    assert_eq!(
        latest::restore_path(found).to_string(),
        "file:/flink/7bf6bd3d977df158f9d8a88833ce0000/chk-1"
    );

    // The same copied, while the job's directory is still in its place but its files are gone: Flink would fail.
    mounted.store.make_directory(
        &place("/flink/7bf6bd3d977df158f9d8a88833ce0000/shared"),
        ago(50),
    );
    let catalog = mounted.look("/mnt");
    assert_eq!(
        (
            row(&catalog, "chk-1").mapping.clone(),
            row(&catalog, "chk-1").health
        ),
        (None, Health::Incomplete)
    );
}

#[test]
fn a_mapping_that_the_user_gave_comes_first() {
    let world = World::default();
    world.put_metadata(
        "/mnt/c/chk-1",
        &Draft::checkpoint(1).shared("s3a://bucket/ck/shared/a", 10),
        50,
    );
    world.put_file("/mnt/b/ck/shared/a", 10, 50);
    let rules = Rules {
        mappings: vec![PathMapping::parse("s3://bucket=/mnt/b").unwrap()],
        ..Rules::default()
    };
    assert!(row(&world.look_with("/mnt", rules), "chk-1").is_restorable());
}

#[test]
fn a_snapshot_that_can_be_moved_is_restored_from_where_it_lies() {
    let world = World::default();
    let draft = Draft::savepoint(1)
        .own("x", 3)
        .written_at("file:/flink/sp/savepoint-7bf6bd-0123456789ab/inline");
    world.put("/mnt/sp/savepoint-7bf6bd-0123456789ab", &draft, 50);
    let catalog = world.look("/mnt");
    let found = row(&catalog, "savepoint-7bf6bd-0123456789ab");
    assert!(found.mapping.is_some());
    assert_eq!(latest::restore_path(found), found.location);
    assert_eq!(latest::choose([found]).remarks, [""; 0]);
}

#[test]
fn sizes_are_bounds_while_another_snapshot_cannot_be_read() {
    let world = three_incremental();
    assert!(!row(&world.look("/ck"), "chk-1").sizes_are_bounds);
    world.store.put(
        &place(&format!("{JOB}/chk-2/_metadata")),
        &b"cut"[..],
        ago(80),
    );
    let catalog = world.look("/ck");
    assert!(row(&catalog, "chk-1").sizes_are_bounds);
    assert!(!row(&catalog, "chk-2").sizes_are_bounds);
}

#[test]
fn sizes_are_bounds_while_files_lie_where_nobody_looked() {
    let world = World::default();
    let elsewhere = "file:/other/8888888888888888888888888888aaaa/shared/a";
    world.put(
        &format!("{JOB}/chk-1"),
        &Draft::checkpoint(1).shared(elsewhere, 10),
        60,
    );
    assert!(row(&world.look("/ck"), "chk-1").sizes_are_bounds);
    assert!(!row(&world.look("/"), "chk-1").sizes_are_bounds);
}

#[test]
fn a_savepoint_whose_files_are_gone_may_have_been_claimed() {
    let world = World::default();
    let draft = Draft::savepoint(5).shared_as_if_own("11111111-2222-3333-4444-555555555555", 10);
    world.put_metadata("/sp/savepoint-7bf6bd-0123456789ab", &draft, 100);
    let catalog = world.look("/sp");
    let savepoint = row(&catalog, "savepoint-7bf6bd-0123456789ab");
    assert!(
        savepoint
            .findings
            .iter()
            .all(|finding| !finding.contains("FLINK-39964"))
    );
    assert!(
        savepoint.findings[1].contains("claimed it"),
        "{:?}",
        savepoint.findings
    );
    assert!(matches!(savepoint.owner, Owner::Unclear(_)));
}

#[test]
fn what_may_not_be_read_is_not_called_damaged() {
    let world = World::default();
    world.put(&format!("{JOB}/chk-1"), &Draft::checkpoint(1), 60);
    world
        .store
        .make_directory(&place(&format!("{JOB}/chk-2")), ago(50));
    world.store.deny(&place(&format!("{JOB}/chk-2/_metadata")));
    let catalog = world.look("/ck");
    assert_eq!(row(&catalog, "chk-2").health_word(), "unreadable");
}

#[test]
fn a_claimed_savepoint_is_nobodys_for_sure() {
    let world = World::default();
    world.put(
        "/sp/savepoint-7bf6bd-0123456789ab",
        &Draft::savepoint(5).own("x", 10),
        100,
    );
    let claiming = Draft::checkpoint(6).shared("file:/sp/savepoint-7bf6bd-0123456789ab/x", 10);
    world.put(&format!("{NEXT_JOB}/chk-6"), &claiming, 50);
    let catalog = world.look("/");
    let savepoint = row(&catalog, "savepoint-7bf6bd-0123456789ab");
    assert!(
        matches!(savepoint.owner, Owner::Unclear(_)),
        "{:?}",
        savepoint.owner
    );
    assert_eq!(
        savepoint.sizes.freed,
        savepoint.facts.as_ref().unwrap().metadata_bytes
    );
    assert_eq!(savepoint.lineage, row(&catalog, "chk-6").lineage);
    assert!(matches!(
        row(&catalog, "chk-6").owner,
        Owner::Flink(Some(_))
    ));
}

#[test]
fn an_unclaimed_savepoint_is_yours() {
    let world = World::default();
    world.put(
        "/sp/savepoint-7bf6bd-0123456789ab",
        &Draft::savepoint(5).own("x", 10),
        100,
    );
    let catalog = world.look("/sp");
    let savepoint = row(&catalog, "savepoint-7bf6bd-0123456789ab");
    assert_eq!(
        (savepoint.kind, &savepoint.owner),
        (Kind::Savepoint, &Owner::You)
    );
    assert!(savepoint.facts.as_ref().unwrap().relocatable);
    assert_eq!(savepoint.fate.cancelled, Verdict::Kept);
}

#[test]
fn the_mark_of_a_broken_claim_is_recognised() {
    let world = World::default();
    let draft = Draft::checkpoint(6).shared_as_if_own("11111111-2222-3333-4444-555555555555", 10);
    world.put_metadata(&format!("{JOB}/chk-6"), &draft, 50);
    let catalog = world.look("/ck");
    let row = row(&catalog, "chk-6");
    assert_eq!(row.health, Health::Incomplete);
    assert!(
        row.findings[1].contains("FLINK-39964"),
        "{:?}",
        row.findings
    );
}

#[test]
fn old_metadata_leaves_what_it_does_not_say_open() {
    let world = World::default();
    world.put(
        &format!("{JOB}/chk-6"),
        &Draft::checkpoint(6).version(3).shared("/ck/a", 1),
        50,
    );
    let catalog = world.look("/ck");
    let row = row(&catalog, "chk-6");
    assert_eq!(
        (row.kind, row.kind_inferred, row.fate.inferred),
        (Kind::Checkpoint, true, true)
    );
    assert_eq!(
        (row.fate.subsumed, row.fate.cancelled),
        (Verdict::Deleted, Verdict::Unknown)
    );
}

#[test]
fn the_smallest_maximum_bounds_the_parallelism() {
    let world = World::default();
    world.put(
        &format!("{JOB}/chk-6"),
        &Draft::checkpoint(6).max_parallelism(64),
        50,
    );
    assert_eq!(
        row(&world.look("/ck"), "chk-6")
            .facts
            .as_ref()
            .unwrap()
            .rescale
            .to_string(),
        "1..64"
    );
}

#[test]
fn a_directory_of_state_files_is_not_searched_for_snapshots() {
    let world = three_incremental();
    world.put(&format!("{JOB}/shared/chk-77"), &Draft::checkpoint(77), 50);
    assert_eq!(world.look("/ck").rows().count(), 3);
}

#[test]
fn instances_of_one_program_are_kept_apart() {
    let world = World::default();
    world.put(&format!("{JOB}/chk-2"), &Draft::checkpoint(2), 60);
    world.put(&format!("{NEXT_JOB}/chk-3"), &Draft::checkpoint(3), 20);
    let catalog = world.look("/ck");
    assert_eq!(catalog.lineages().len(), 2);
    assert!(catalog.lineages()[0].remarks[0].starts_with("another job with the same operators"));
    // Here the next run is known to have started when the first had ended.
    let world = World::default();
    world.store.make_directory(&place(NEXT_JOB), ago(40));
    world.put(&format!("{JOB}/chk-2"), &Draft::checkpoint(2), 60);
    world.put(&format!("{NEXT_JOB}/chk-3"), &Draft::checkpoint(3), 20);
    let catalog = world.look("/ck");
    assert_eq!(
        (catalog.lineages().len(), catalog.lineages()[0].jobs.len()),
        (1, 2)
    );
}

#[test]
fn tenants_with_directories_of_their_own_are_kept_apart() {
    let world = World::default();
    for (tenant, job, started, seconds_ago) in [("a", JOB, 900, 600), ("b", NEXT_JOB, 400, 100)] {
        let directory = format!("/tn/{tenant}{}", job.strip_prefix("/ck").unwrap());
        world.store.make_directory(&place(&directory), ago(started));
        world.put(
            &format!("{directory}/chk-2"),
            &Draft::checkpoint(2),
            seconds_ago,
        );
    }
    assert_eq!(world.look("/tn").lineages().len(), 2);
}

#[test]
fn a_savepoint_of_a_job_that_left_nothing_else_follows_the_run_before() {
    let world = World::default();
    world.put(&format!("{JOB}/chk-2"), &Draft::checkpoint(2), 1_000);
    world.put(
        "/sp/savepoint-888888-0123456789ab",
        &Draft::savepoint(9),
        100,
    );
    assert_eq!(world.look("/").lineages().len(), 2);
    world
        .store
        .make_directory(&place(&format!("{NEXT_JOB}/taskowned")), ago(900));
    assert_eq!(world.look("/").lineages().len(), 1);
}

#[test]
fn other_operators_are_another_lineage() {
    let world = World::default();
    world.put(
        &format!("{JOB}/chk-1"),
        &Draft::checkpoint(1).operators(&[1, 2]),
        100,
    );
    world.put(
        &format!("{NEXT_JOB}/chk-1"),
        &Draft::checkpoint(1).operators(&[1, 3]),
        50,
    );
    assert_eq!(world.look("/ck").lineages().len(), 2);
}
