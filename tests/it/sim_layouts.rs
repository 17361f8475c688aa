//! Scenes about where files lie and whose they are: a database beside the checkpoints, tasks that are finished, one directory for
//! all jobs, and what becomes of a snapshot that another job was started from.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;
use serde_json::Value;
use stateward::domain::id::JobId;
use stateward::metadata;
use stateward::sim::cluster::{Simulation, What};
use stateward::sim::run::{Condition, Snapshot};
use stateward::sim::scenario::{Event, Format, Scenario};

use crate::program::{copy, err, json, run};
use crate::sim_stage::{compare, play, scenario};

fn complete(simulation: &Simulation) -> Vec<&Snapshot> {
    let is = |it: &&Snapshot| it.condition == Condition::Complete;
    simulation.snapshots().filter(is).collect()
}

/// All files below, as names.
fn files(directory: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(at) = pending.pop() {
        for entry in fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                found.insert(path.strip_prefix(directory).unwrap().display().to_string());
            }
        }
    }
    found
}

#[test]
fn forst_names_the_tables_of_its_database_where_they_lie() {
    let directory = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(directory.path()).unwrap();
    let scenario = scenario("forst");
    let mut simulation = Simulation::new(&scenario, &root).unwrap();
    let mut unnamed = 0;
    while let Some(at) = simulation.next_at().filter(|at| *at <= simulation.end()) {
        if simulation.advance_to(at).unwrap().is_empty() {
            continue;
        }
        let named: BTreeSet<&str> = complete(&simulation)
            .into_iter()
            .flat_map(Snapshot::files)
            .map(|(name, _)| name)
            .collect();
        let there = files(&root);
        let in_database = |it: &&String| it.contains("__attempt_");
        unnamed += there
            .iter()
            .filter(in_database)
            .filter(|it| !named.contains(it.as_str()))
            .count();
    }
    assert!(
        unnamed > 0,
        "a live database has tables that nobody names yet"
    );
    let catalog = compare(&simulation, &root);
    let newest = complete(&simulation)
        .into_iter()
        .filter(|it| !it.is_savepoint())
        .max_by_key(|it| it.number)
        .unwrap();
    let job = simulation.runs()[0].id;
    for attempt in ["__attempt_0/db/", "__attempt_1/db/"] {
        let of = |(name, _): (&str, u64)| {
            name.contains(&format!("{job}/shared/op_")) && name.contains(attempt)
        };
        assert!(newest.files().any(of), "{attempt}");
    }
    for row in catalog.rows().filter(|row| row.is_restorable()) {
        let facts = row.facts.as_ref().unwrap();
        assert!(
            facts.format.incremental || facts.relocatable,
            "{}",
            row.name
        );
        if !facts.relocatable {
            assert_eq!(facts.likely_backend, Some("ForSt"));
        }
    }
    let savepoint = complete(&simulation)
        .into_iter()
        .find(|it| it.is_savepoint());
    let savepoint = savepoint.unwrap();
    assert!(
        savepoint
            .files()
            .all(|(name, _)| name.contains("savepoint-"))
    );

    // What nobody keeps goes with the job, the database as well.
    let kept: BTreeSet<String> = complete(&simulation)
        .into_iter()
        .flat_map(Snapshot::files)
        .map(|(name, _)| name.to_owned())
        .collect();
    simulation.cancel(job).unwrap();
    let left = files(&root);
    let left = left.iter().filter(|it| it.contains("__attempt_"));
    assert_eq!(left.filter(|it| !kept.contains(*it)).count(), 0);
}

#[test]
fn forst_cannot_write_a_canonical_savepoint_and_its_job_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut scenario = scenario("forst");
    for event in &mut scenario.events {
        if let Event::Savepoint { format, .. } = event {
            *format = Format::Canonical;
        }
    }
    let (simulation, _) = play(&scenario, directory.path());
    assert!(complete(&simulation).iter().all(|it| !it.is_savepoint()));
    assert_eq!(simulation.runs()[0].restarts, 2);
}

/// For each operator: its name, whether it is fully finished, and which subtasks are.
fn finished(snapshot: &Snapshot) -> Vec<(String, bool, Vec<u32>)> {
    let bytes = fs::read(snapshot.path.join("_metadata")).unwrap();
    let metadata = metadata::read(&bytes).unwrap();
    let operators = metadata.operators.iter().map(|it| {
        let done = it.subtasks.iter().filter(|it| it.finished);
        let name = it.name.as_ref().unwrap().to_str_lossy().into_owned();
        (name, it.fully_finished, done.map(|it| it.index).collect())
    });
    operators.collect()
}

#[test]
fn what_is_finished_is_noted_and_stays_so() {
    let directory = tempfile::tempdir().unwrap();
    let (simulation, _) = play(&scenario("finished-tasks"), directory.path());
    compare(&simulation, &fs::canonicalize(directory.path()).unwrap());
    let runs = simulation.runs();
    assert_eq!(runs.len(), 2);
    assert!(runs[1].is_running());
    for id in [runs[0].id, runs[1].id] {
        let newest = complete(&simulation)
            .into_iter()
            .filter(|it| it.job == id)
            .max_by_key(|it| it.number)
            .unwrap();
        let finished = finished(newest);
        assert_eq!(finished[0], ("Source: archive".to_owned(), true, vec![]));
        assert_eq!(finished[1], ("Parse archive".to_owned(), false, vec![0]));
        assert!(finished[2..].iter().all(|it| !it.1 && it.2.is_empty()));
    }
    let record = runs[1].statistics.latest_completed().unwrap();
    assert_eq!(record.subtasks(), record.acknowledged());
    assert_eq!(record.subtasks(), 8, "finished ones count as acknowledged");
}

#[test]
fn whose_parts_are_finished_cannot_be_rescaled() {
    let directory = tempfile::tempdir().unwrap();
    let mut scenario = scenario("finished-tasks");
    for event in &mut scenario.events {
        if let Event::Restart { parallelism, .. } = event {
            *parallelism = Some(3);
        }
    }
    let (simulation, _) = play(&scenario, directory.path());
    let refused = &simulation.runs()[1];
    assert!(!refused.is_running());
    assert!(refused.failures[0].1.contains("partially finished"));
}

#[test]
fn in_one_directory_a_claim_goes_on_at_the_next_number_and_an_equal_number_destroys() {
    let directory = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(directory.path()).unwrap();
    let scenario = scenario("one-directory");
    let mut simulation = Simulation::new(&scenario, &root).unwrap();
    let of = |simulation: &Simulation, run: usize| -> Vec<u64> {
        let id = simulation.runs()[run].id;
        let own = complete(simulation).into_iter().filter(|it| it.job == id);
        own.map(|it| it.number).collect()
    };
    let before = scenario.start + SignedDuration::from_secs(242);
    let happenings = simulation.advance_to(before).unwrap();
    assert!(happenings.iter().all(|it| it.what != What::GivenUp));
    compare(&simulation, &root);
    assert_eq!(of(&simulation, 0), [3], "what was claimed went");
    assert_eq!(of(&simulation, 1).len(), 2);
    assert_eq!(of(&simulation, 2), [1, 2]);
    let place = root.join("checkpoints");
    for snapshot in simulation.snapshots() {
        assert_eq!(snapshot.path.parent(), Some(place.as_path()));
    }

    // Metadata is never written over, and what is cleared away then is not only what the second one wrote.
    let happenings = simulation.advance_to(simulation.end()).unwrap();
    let given_up = happenings
        .iter()
        .find(|it| it.what == What::GivenUp)
        .unwrap();
    assert_eq!(given_up.job, simulation.runs()[2].id);
    assert!(given_up.words.contains("Failure to finalize"));
    assert_eq!(given_up.snapshot, Some(place.join("chk-3")));
    compare(&simulation, &root);
    assert_eq!(of(&simulation, 0), [0_u64; 0]);
    assert!(!place.join("chk-3").exists());
    assert_eq!(
        of(&simulation, 2),
        [2, 4],
        "the next one has a number to itself"
    );
}

#[test]
fn applications_that_share_a_directory_are_told_apart_by_their_operators() {
    let directory = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(directory.path()).unwrap();
    let mut simulation = Simulation::new(&scenario("one-directory"), &root).unwrap();
    simulation.advance_to(simulation.end()).unwrap();
    let latest = run([OsStr::new("latest"), root.as_os_str()]);
    assert_eq!(latest.status.code(), Some(2), "{}", err(&latest));
    let said = err(&latest);
    assert!(said.contains("2 lineages below"), "{said}");
    let jobs = [1, 2].map(|it| simulation.runs()[it].id);
    let checkpoints = |job: JobId| -> Vec<PathBuf> {
        let own = complete(&simulation).into_iter().filter(|it| it.job == job);
        own.map(|it| it.path.clone()).collect()
    };
    // The last of each application is asked for by its own name.
    let plan = |args: &[OsString]| -> Vec<Value> {
        let plan = json(&run(args));
        let targets = plan["targets"].as_array();
        targets.unwrap_or_else(|| panic!("{plan:#}")).clone()
    };
    for job in jobs {
        let mut args = vec![OsString::from("delete"), "--all-named".into()];
        args.extend(checkpoints(job).into_iter().map(OsString::from));
        args.extend(["--dry-run", "--json"].map(OsString::from));
        let name = plan(&args)[0]["lineage"].as_str().unwrap().to_owned();
        args.extend(["--confirm".into(), name.clone().into()]);
        let targets = plan(&args);
        let objections = targets.iter().filter_map(|it| it["objections"].as_array());
        let mut words = objections.flatten().map(|it| &it["overruled_by"]);
        let last = format!("last of {name}");
        assert!(words.any(|it| *it == last), "{last}: {targets:#?}");
    }
    let list = json(&run([
        OsStr::new("ls"),
        OsStr::new("--json"),
        root.as_os_str(),
    ]));
    let rows = list["snapshots"].as_array().unwrap().iter();
    let lineages: BTreeSet<u64> = rows.map(|it| it["lineage"].as_u64().unwrap()).collect();
    assert_eq!(lineages.len(), 2, "{list:#}");
    // What they are called does not change with what they take.
    assert!(!said.contains("chk-"), "{said}");
}

#[test]
fn what_is_begun_beside_other_applications_is_nobodys_failure() {
    let directory = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(directory.path()).unwrap();
    let scenario = scenario("one-directory");
    let mut simulation = Simulation::new(&scenario, &root).unwrap();
    let begun = |simulation: &Simulation| -> Option<PathBuf> {
        let jobs: BTreeSet<JobId> = complete(simulation).iter().map(|it| it.job).collect();
        let entries = fs::read_dir(root.join("checkpoints")).ok()?;
        let mut paths = entries.map(|entry| entry.unwrap().path());
        let is_begun = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with("chk-") && !path.join("_metadata").exists()
        };
        paths.find(is_begun).filter(|_| jobs.len() > 1)
    };
    let path = loop {
        let at = simulation.next_at().unwrap();
        simulation.advance_to(at).unwrap();
        if let Some(path) = begun(&simulation) {
            break path;
        }
    };
    let check = run([
        OsStr::new("check"),
        root.as_os_str(),
        OsStr::new("--max-age"),
        OsStr::new("9000d"),
        OsStr::new("--grace"),
        OsStr::new("9000d"),
    ]);
    let said = String::from_utf8_lossy(&check.stdout);
    assert_eq!(check.status.code(), Some(0), "{said}");
    assert!(!said.contains("nothing has completed yet"), "{said}");
    let grace = ["--grace", "9000d"].map(OsStr::new);
    let verified = run([&[OsStr::new("verify"), root.as_os_str()], &grace[..]].concat());
    assert_eq!(verified.status.code(), Some(0), "{}", err(&verified));
    assert!(err(&verified).contains("is in progress, and was not checked"));
    // Asked for by a name of its own it is not what was hoped for.
    let link = directory.path().join("link");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    // Nor is it where there is nothing else: then nothing was checked.
    let elsewhere = tempfile::tempdir().unwrap();
    copy(&path, &elsewhere.path().join("checkpoints/chk-1"));
    for asked in [path.as_path(), &link, elsewhere.path()] {
        let verified = run([&[OsStr::new("verify"), asked.as_os_str()], &grace[..]].concat());
        let said = err(&verified);
        assert_eq!(
            verified.status.code(),
            Some(1),
            "{}: {said}",
            asked.display()
        );
    }
}

/// The savepoint of a scene that another job was started from, and the simulation at its beginning.
fn claimed(scenario: &Scenario, root: &Path) -> (Simulation, PathBuf) {
    let mut simulation = Simulation::new(scenario, root).unwrap();
    let mut savepoint = None;
    while savepoint.is_none() {
        let at = simulation.next_at().unwrap();
        let happenings = simulation.advance_to(at).unwrap();
        let done = happenings
            .into_iter()
            .filter(|it| it.what == What::Completed);
        savepoint = done
            .filter_map(|it| it.snapshot)
            .find(|it| it.display().to_string().contains("savepoint-"));
    }
    (simulation, savepoint.unwrap())
}

#[test]
fn a_claimed_native_savepoint_has_its_metadata_until_its_last_shared_file_goes() {
    let directory = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(directory.path()).unwrap();
    let mut scenario = scenario("claimed-savepoint");
    scenario.lasts = SignedDuration::from_hours(3);
    let (mut simulation, savepoint) = claimed(&scenario, &root);
    let own = savepoint.file_name().unwrap().to_str().unwrap().to_owned();
    let mut in_pieces = 0;
    while let Some(at) = simulation.next_at().filter(|at| *at <= simulation.end()) {
        if simulation.advance_to(at).unwrap().is_empty() || simulation.runs().len() < 2 {
            continue;
        }
        let checkpoints: Vec<&Snapshot> = complete(&simulation)
            .into_iter()
            .filter(|it| !it.is_savepoint())
            .collect();
        if checkpoints.len() < 2 {
            continue;
        }
        let names = |it: &&Snapshot| it.files().any(|(name, _)| name.contains(&own));
        let is_needed = checkpoints.iter().any(names);
        assert_eq!(savepoint.join("_metadata").exists(), is_needed, "at {at}");
        if !is_needed {
            break;
        }
        in_pieces += 1;
    }
    assert!(in_pieces > 5 && !savepoint.exists());
    compare(&simulation, &root);
}

#[test]
fn a_claimed_canonical_savepoint_goes_as_soon_as_it_is_subsumed() {
    let directory = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(directory.path()).unwrap();
    let mut scenario = scenario("claimed-savepoint");
    for event in &mut scenario.events {
        if let Event::Stop { format, .. } = event {
            *format = Format::Canonical;
        }
    }
    let (mut simulation, savepoint) = claimed(&scenario, &root);
    let mut completed = 0;
    while completed < 2 {
        assert!(savepoint.join("_metadata").exists());
        let at = simulation.next_at().unwrap();
        let happenings = simulation.advance_to(at).unwrap();
        let done = |it: &&stateward::sim::cluster::Happening| it.what == What::Completed;
        completed += happenings.iter().filter(done).count();
    }
    assert!(
        !savepoint.exists(),
        "two newer ones are as many as are kept"
    );
    compare(&simulation, &root);
}

#[test]
fn what_is_used_in_legacy_mode_is_used_for_long_and_deleted_by_nobody() {
    let directory = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(directory.path()).unwrap();
    let mut scenario = scenario("claim-modes");
    let (simulation, _) = play(&scenario, &root);
    let runs: Vec<JobId> = simulation
        .runs()
        .iter()
        .filter(|run| run.spec.name == "legacy")
        .map(|run| run.id)
        .collect();
    let newest = complete(&simulation)
        .into_iter()
        .filter(|it| it.job == runs[1])
        .max_by_key(|it| it.number)
        .unwrap();
    let old = runs[0].to_string();
    assert!(newest.files().any(|(name, _)| name.contains(&old)));
    drop(simulation);

    let directory = tempfile::tempdir().unwrap();
    scenario.lasts = SignedDuration::from_mins(30);
    let (simulation, _) = play(&scenario, directory.path());
    let of_old = complete(&simulation)
        .into_iter()
        .filter(|it| it.job == runs[0]);
    assert_eq!(of_old.count(), 2, "all that the cancelled job had retained");
}
