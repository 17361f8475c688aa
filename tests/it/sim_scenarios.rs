//! The scenarios that come with the program: each ends as its caption says, and the same seed gives the same bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::SystemTime;

use stateward::analysis::beside;
use stateward::domain::snapshot::{Health, Kind, Verdict};
use stateward::sim::cluster::{Simulation, What};
use stateward::sim::run::{Condition, Snapshot};
use stateward::store::local::path_of;

use crate::sim_stage::{compare, names, play, scenario};

fn stage() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn canonical(directory: &tempfile::TempDir) -> std::path::PathBuf {
    fs::canonicalize(directory.path()).unwrap()
}

#[test]
fn at_every_step_of_every_scenario_what_is_complete_is_complete_on_the_disk() {
    let mut compared = 0;
    for name in names() {
        let directory = stage();
        let mut simulation = Simulation::new(&scenario(&name), directory.path()).unwrap();
        let mut completed = 0;
        while let Some(at) = simulation.next_at().filter(|at| *at <= simulation.end()) {
            let happenings = simulation.advance_to(at).unwrap();
            completed += happenings
                .iter()
                .filter(|it| it.what == What::Completed)
                .count();
            if !happenings.is_empty() {
                compare(&simulation, &canonical(&directory));
                compared += 1;
            }
        }
        assert!(completed > 3, "{name} takes snapshots");
    }
    assert!(compared > 100, "{compared} steps were looked at");
}

/// All files and directories below, with their bytes and times.
fn tree(directory: &Path) -> BTreeMap<String, (Option<Vec<u8>>, u64, SystemTime)> {
    let mut found = BTreeMap::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(at) = pending.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::metadata(&path).unwrap();
            let name = path.strip_prefix(directory).unwrap().display().to_string();
            let modified = metadata.modified().unwrap();
            if metadata.is_dir() {
                found.insert(name, (None, 0, modified));
                pending.push(path);
            } else {
                let bytes = fs::read(&path).unwrap();
                found.insert(name, (Some(bytes), metadata.len(), modified));
            }
        }
    }
    found
}

#[test]
fn the_same_seed_gives_the_same_bytes_names_and_times() {
    for name in ["incremental-sharing", "timed-out", "changelog"] {
        let directory = stage();
        // Paths are in the metadata, so both runs have the same place.
        let place = directory.path().join("cluster");
        let run = |seed: Option<u64>| {
            fs::create_dir(&place).unwrap();
            let mut scenario = scenario(name);
            scenario.seed = seed.unwrap_or(scenario.seed);
            let (_, happenings) = play(&scenario, &place);
            let tree = tree(&place);
            fs::remove_dir_all(&place).unwrap();
            (happenings, tree)
        };
        let first = run(None);
        assert!(first.1.len() > 10, "{name}");
        assert!(first == run(None), "{name} differs");
        assert!(first.1 != run(Some(1)).1, "{name}: another seed");
    }
}

/// The names of all files and directories below, with their lengths and times, and the bytes of metadata.
fn outline(directory: &Path) -> BTreeMap<String, (Option<Vec<u8>>, u64, SystemTime)> {
    let mut found = BTreeMap::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(at) = pending.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::metadata(&path).unwrap();
            let name = path.strip_prefix(directory).unwrap().display().to_string();
            let is_metadata = metadata.is_file() && name.ends_with("_metadata");
            let bytes = is_metadata.then(|| fs::read(&path).unwrap());
            let length = if metadata.is_file() {
                metadata.len()
            } else {
                0
            };
            found.insert(name, (bytes, length, metadata.modified().unwrap()));
            if metadata.is_dir() {
                pending.push(path);
            }
        }
    }
    found
}

#[test]
fn every_scenario_runs_to_its_end_the_same_way_each_time() {
    for name in names() {
        let directory = stage();
        let place = directory.path().join("cluster");
        let run = || {
            fs::create_dir(&place).unwrap();
            let (simulation, happenings) = play(&scenario(&name), &place);
            assert_eq!(simulation.now(), simulation.end(), "{name}");
            let outline = outline(&place);
            fs::remove_dir_all(&place).unwrap();
            (happenings, outline)
        };
        assert!(run() == run(), "{name} differs");
    }
}

fn complete(simulation: &Simulation) -> Vec<&Snapshot> {
    let is = |it: &&Snapshot| it.condition == Condition::Complete;
    simulation.snapshots().filter(is).collect()
}

/// Bytes that nobody else names, and the metadata.
fn freed(simulation: &Simulation, snapshot: &Snapshot) -> u64 {
    let others: BTreeSet<&str> = complete(simulation)
        .into_iter()
        .filter(|other| other.path != snapshot.path)
        .flat_map(Snapshot::files)
        .map(|(name, _)| name)
        .collect();
    let own = snapshot.files().filter(|(name, _)| !others.contains(name));
    let metadata = fs::metadata(snapshot.path.join("_metadata")).unwrap().len();
    own.map(|(_, bytes)| bytes).sum::<u64>() + metadata
}

#[test]
fn what_a_deletion_frees_is_what_nobody_else_names() {
    for name in ["retained-one", "incremental-sharing", "savepoints-pile-up"] {
        let directory = stage();
        let (simulation, _) = play(&scenario(name), directory.path());
        let catalog = compare(&simulation, &canonical(&directory));
        let complete = complete(&simulation);
        assert!(!complete.is_empty());
        for snapshot in complete {
            let row = catalog
                .rows()
                .find(|row| snapshot.path.ends_with(&row.name) && row.is_restorable())
                .unwrap();
            assert_eq!(
                row.sizes.freed,
                freed(&simulation, snapshot),
                "{name}: {}",
                row.name
            );
        }
    }
}

#[test]
fn one_retained_checkpoint_means_one() {
    let directory = stage();
    let (simulation, happenings) = play(&scenario("retained-one"), directory.path());
    let catalog = compare(&simulation, &canonical(&directory));
    let rows: Vec<_> = catalog.rows().filter(|row| row.is_restorable()).collect();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].kind, Kind::ExternalizedCheckpoint);
    let fate = &rows[0].fate;
    let verdicts = [fate.subsumed, fate.finished, fate.cancelled, fate.failed];
    let (deleted, kept) = (Verdict::Deleted, Verdict::Kept);
    assert_eq!(verdicts, [deleted, deleted, kept, kept]);
    let run = &simulation.runs()[0];
    assert_eq!(run.restarts, 1);
    assert_eq!(run.statistics.restores(), 1);
    let deleted = happenings
        .iter()
        .filter(|it| it.what == What::Deleted)
        .count();
    assert_eq!(deleted as u64, run.statistics.completed() - 1);
}

#[test]
fn a_shared_file_goes_with_the_last_checkpoint_that_names_it() {
    let directory = stage();
    let root = canonical(&directory);
    let scenario = scenario("incremental-sharing");
    let mut simulation = Simulation::new(&scenario, &root).unwrap();
    let mut tables = Vec::new();
    let mut shared_by_two = 0;
    while let Some(at) = simulation.next_at().filter(|at| *at <= simulation.end()) {
        let happenings = simulation.advance_to(at).unwrap();
        let Some(done) = happenings.iter().find(|it| it.what == What::Completed) else {
            continue;
        };
        let complete = complete(&simulation);
        let shared = |it: &Snapshot| -> BTreeSet<String> {
            let in_shared = it.files().filter(|(name, _)| name.contains("/shared/"));
            in_shared.map(|(name, _)| name.to_owned()).collect()
        };
        let newest = complete
            .iter()
            .find(|it| Some(&it.path) == done.snapshot.as_ref());
        tables.push(newest.unwrap().files().count());
        let named: BTreeSet<String> = complete.iter().flat_map(|it| shared(it)).collect();
        let all: usize = complete.iter().map(|it| shared(it).len()).sum();
        shared_by_two += all - named.len();
        let there = tree(&root);
        let on_disk: BTreeSet<String> = there
            .into_iter()
            .filter(|(name, (bytes, ..))| name.contains("/shared/") && bytes.is_some())
            .map(|(name, _)| name)
            .collect();
        assert_eq!(on_disk, named, "nothing more and nothing less, at {at}");
    }
    assert!(shared_by_two > 100, "{shared_by_two}");
    let merges = tables.windows(2).filter(|pair| pair[1] < pair[0]).count();
    assert!(merges >= 2, "RocksDB merges now and then: {tables:?}");
}

#[test]
fn savepoints_pile_up() {
    let directory = stage();
    let (simulation, _) = play(&scenario("savepoints-pile-up"), directory.path());
    let catalog = compare(&simulation, &canonical(&directory));
    let savepoints: Vec<_> = catalog
        .rows()
        .filter(|row| row.kind == Kind::Savepoint)
        .collect();
    assert_eq!(savepoints.len(), 7);
    for row in savepoints {
        assert!(row.is_restorable());
        assert_eq!(row.fate.subsumed, Verdict::Kept);
        assert!(row.facts.as_ref().unwrap().relocatable);
    }
}

#[test]
fn ends_of_jobs_take_what_they_should() {
    let directory = stage();
    let (finished, _) = play(&scenario("finished-job"), directory.path());
    let catalog = compare(&finished, &canonical(&directory));
    let left: Vec<_> = catalog.rows().filter(|row| row.is_restorable()).collect();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].kind, Kind::Savepoint);

    let directory = stage();
    let (cancelled, _) = play(&scenario("cancelled-jobs"), directory.path());
    compare(&cancelled, &canonical(&directory));
    let of = |name: &str| {
        let run = cancelled.runs().iter().find(|run| run.spec.name == name);
        let id = run.unwrap().id;
        complete(&cancelled)
            .iter()
            .filter(|it| it.job == id)
            .count()
    };
    assert_eq!((of("retains"), of("deletes")), (2, 0));
}

#[test]
fn leftovers_are_left_over() {
    for name in ["timed-out", "half-written"] {
        let directory = stage();
        let (simulation, _) = play(&scenario(name), directory.path());
        let catalog = compare(&simulation, &canonical(&directory));
        let left = catalog.rows().any(|row| {
            let files = || {
                fs::read_dir(path_of(&row.location).unwrap())
                    .unwrap()
                    .count()
            };
            let without = matches!(row.health, Health::Abandoned | Health::InProgress);
            // What has just been triggered has no file yet.
            without && files() > 0
        });
        assert!(left, "{name}");
    }
}

#[test]
fn damage_is_found() {
    let directory = stage();
    let (simulation, _) = play(&scenario("corruption"), directory.path());
    let catalog = compare(&simulation, &canonical(&directory));
    let health: BTreeSet<&str> = catalog.rows().map(|row| row.health.word()).collect();
    assert!(health.contains(Health::Corrupt.word()), "{health:?}");
    assert!(health.contains(Health::Incomplete.word()), "{health:?}");
    let left: Vec<_> = catalog.rows().filter(|row| row.is_restorable()).collect();
    assert_eq!(left.len(), 1, "one to restart from");
    let newer = catalog
        .rows()
        .filter(|row| row.completed_at > left[0].completed_at);
    assert_eq!(newer.count(), 3, "older than what cannot be restored");
}

#[test]
fn one_program_has_every_kind_of_snapshot() {
    let directory = stage();
    let scenario = scenario("kinds");
    let mut simulation = Simulation::new(&scenario, directory.path()).unwrap();
    let opens = scenario.start + scenario.opens.unwrap();
    simulation.advance_to(opens).unwrap();
    let catalog = compare(&simulation, &canonical(&directory));
    let rows: Vec<_> = catalog.rows().cloned().collect();
    for column in beside::columns(&rows, &[]) {
        assert!(column.of.is_some(), "{:?}", column.sort);
    }
}

#[test]
fn the_claim_mode_decides_who_deletes() {
    let directory = stage();
    let (simulation, _) = play(&scenario("claim-modes"), directory.path());
    compare(&simulation, &canonical(&directory));
    let old = |name: &str| {
        let first = simulation.runs().iter().find(|run| run.spec.name == name);
        let id = first.unwrap().id;
        let of_old = simulation.snapshots().filter(|it| it.job == id);
        of_old.max_by_key(|it| it.number).unwrap().condition
    };
    assert_eq!(old("no-claim"), Condition::Complete);
    assert_eq!(old("legacy"), Condition::Complete);
    assert_eq!(old("claim"), Condition::Gone);
    let foreign = |name: &str| {
        let last = simulation.runs().iter().rfind(|run| run.spec.name == name);
        let id = last.unwrap().id;
        let own = complete(&simulation).into_iter().filter(|it| it.job == id);
        own.flat_map(Snapshot::files)
            .filter(|(file, _)| !file.contains(&id.to_string()))
            .count()
    };
    assert_eq!(foreign("no-claim"), 0, "the first one was full");
}

/// The snapshots of one run, by its place among those of its program.
fn of_run<'s>(simulation: &'s Simulation, program: &str, at: usize) -> Vec<&'s Snapshot> {
    let mut runs = simulation.runs().iter();
    let run = runs.by_ref().filter(|run| run.spec.name == program).nth(at);
    let id = run.unwrap().id;
    simulation.snapshots().filter(|it| it.job == id).collect()
}

#[test]
fn a_claimed_savepoint_loses_its_files_and_looks_like_one_all_the_same() {
    let directory = stage();
    let (simulation, _) = play(&scenario("claimed-savepoint"), directory.path());
    let catalog = compare(&simulation, &canonical(&directory));
    let moved = of_run(&simulation, "fraud-scoring", 0);
    let moved = moved.into_iter().find(|it| it.is_savepoint()).unwrap();
    assert_eq!(moved.condition, Condition::Damaged);
    let row = catalog
        .rows()
        .find(|row| moved.path.ends_with(&row.name))
        .unwrap();
    assert_eq!(
        (row.kind, row.health),
        (Kind::Savepoint, Health::Incomplete)
    );
    let restorable = catalog.rows().filter(|row| row.is_restorable()).count();
    assert_eq!(restorable, 2, "the checkpoints that Flink keeps");
}

#[test]
fn two_runs_of_the_job_without_an_id_share_a_directory() {
    let directory = stage();
    let (simulation, _) = play(&scenario("zero-job-id"), directory.path());
    compare(&simulation, &canonical(&directory));
    let runs = simulation.runs();
    assert_eq!(runs.len(), 2);
    assert_eq!(runs[0].id, runs[1].id);
    assert!(runs[1].is_running() && !runs[0].is_running());
    let parents: BTreeSet<_> = complete(&simulation)
        .into_iter()
        .map(|it| it.path.parent().unwrap().to_owned())
        .collect();
    assert_eq!(parents.len(), 1);
}

#[test]
fn after_rescaling_the_key_groups_are_dealt_out_anew() {
    let directory = stage();
    let (simulation, _) = play(&scenario("rescaled"), directory.path());
    let catalog = compare(&simulation, &canonical(&directory));
    let runs = simulation.runs();
    assert_eq!((runs[0].parallelism, runs[1].parallelism), (2, 5));
    let newest = of_run(&simulation, "fraud-scoring", 1);
    let newest = newest.into_iter().max_by_key(|it| it.number).unwrap();
    let row = catalog
        .rows()
        .find(|row| newest.path == path_of(&row.location).unwrap())
        .unwrap();
    let operators = &row.facts.as_ref().unwrap().operators;
    assert!(operators.iter().all(|it| it.parallelism == 5));
    assert!(operators.iter().all(|it| it.max_parallelism == 8));
}

#[test]
fn formats_are_what_the_scenarios_say() {
    for (name, is) in [("changelog", "changelog"), ("file-merging", "merged")] {
        let directory = stage();
        let (simulation, _) = play(&scenario(name), directory.path());
        let catalog = compare(&simulation, &canonical(&directory));
        let rows: Vec<_> = catalog.rows().filter(|row| row.is_restorable()).collect();
        assert_eq!(rows.len(), 2, "{name}");
        for row in rows {
            let format = row.facts.as_ref().unwrap().format;
            let found = if is == "changelog" {
                format.changelog
            } else {
                format.file_merging
            };
            assert!(found, "{name}: {format:?}");
        }
    }
}

#[test]
fn the_first_scene_has_something_of_everything() {
    let directory = stage();
    let scenario = scenario("welcome");
    let mut simulation = Simulation::new(&scenario, directory.path()).unwrap();
    let opens = scenario.start + scenario.opens.unwrap();
    simulation.advance_to(opens).unwrap();
    assert_eq!(simulation.said(), scenario.caption);
    compare(&simulation, &canonical(&directory));
    let kinds = |name: &str| {
        let of = of_run(&simulation, name, 0);
        let is = |it: &&&Snapshot| it.condition == Condition::Complete;
        let savepoints = of.iter().filter(is).filter(|it| it.is_savepoint()).count();
        (savepoints, of.iter().filter(is).count() - savepoints)
    };
    assert_eq!(kinds("sessions"), (3, 3), "left by a cancelled job");
    assert_eq!(kinds("fraud-scoring"), (1, 3));
    simulation.advance_to(simulation.end()).unwrap();
    assert_ne!(simulation.said(), scenario.caption, "the story goes on");
    let run = simulation.runs().iter().find(|run| run.is_running());
    assert_eq!(run.unwrap().restarts, 1);
}
