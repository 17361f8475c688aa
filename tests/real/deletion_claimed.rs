//! Deletion by `stateward` itself of what jobs were restored from: what a job claimed is part of its checkpoints, and what it
//! did not claim is needed until its first checkpoint.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::cache;
use crate::cli::health_of;
use crate::cluster::Cluster;
use crate::deleting::{
    delete, delete_alone, files, fill, go_on, going, json, objects, said, steps, uri,
};
use crate::differential::scratch;
use crate::disposal::{Files, fails_for_want_of_a_file, plan, restores};
use crate::dist::{Distribution, FLINK_1_20, FLINK_2_3, Version};
use crate::job::{Format, Job, Plan};
use crate::rest::number;
use crate::scenarios::{RETAINED, Stage, cancel_and_retain, complete_checkpoints};
use crate::wait::{PATIENCE, wait_for};

#[test]
fn flink_2_3_goes_on_without_what_it_claimed() {
    flink_goes_on_without_what_it_claimed(FLINK_2_3);
}

#[test]
fn flink_1_20_goes_on_without_what_it_claimed() {
    flink_goes_on_without_what_it_claimed(FLINK_1_20);
}

fn flink_goes_on_without_what_it_claimed(version: Version) {
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let cluster = Cluster::start(&Distribution::get(version), &Stage::options(&root));
    while_its_heir_lives(&cluster, &root.join("living"));
    after_its_heir(&cluster, &root.join("over"));
}

/// A retained checkpoint or a native savepoint and a job that claimed it, and that writes its checkpoints to a directory of
/// its own.
struct Claimed<'c> {
    snapshot: PathBuf,
    heir: Job<'c>,
    /// As long as it is there, the heir completes no checkpoint.
    hold: PathBuf,
}

impl<'c> Claimed<'c> {
    fn checkpoint(cluster: &'c Cluster, place: &Path) -> Self {
        let first = fill(cluster, plan("first", place));
        first.wait_for_checkpoints(2);
        cancel_and_retain(&first, RETAINED);
        let newest = complete_checkpoints(&first.checkpoints()).pop();
        Self::by_heir(cluster, place, newest.expect("retained checkpoints"))
    }

    fn savepoint(cluster: &'c Cluster, place: &Path) -> Self {
        let first = fill(cluster, plan("first", place));
        let savepoint = first.savepoint(Format::Native);
        cancel_and_retain(&first, RETAINED);
        Self::by_heir(cluster, place, savepoint)
    }

    fn by_heir(cluster: &'c Cluster, place: &Path, snapshot: PathBuf) -> Self {
        let place = place.join("heir");
        cache::create(&place);
        let hold = place.join("hold");
        cache::write(&hold, "");
        let heir = plan("heir", &place)
            .number("interval", 3_600_000)
            .held_by(&hold)
            .claiming(&uri(&snapshot));
        let heir = go_on(cluster, heir);
        Self {
            snapshot,
            heir,
            hold,
        }
    }

    /// Says that the heir's is the only checkpoint directory that there is, besides that of whoever was restored from the
    /// heir since: before 2.0 Flink does not tell that such a job claimed nothing.
    fn all_named(&self) -> Vec<String> {
        let mut flags = vec![
            "--all-named".to_owned(),
            "--in".to_owned(),
            self.directory(),
        ];
        let beside = self.heir.directory.parent().expect("a directory above");
        let next = beside.join("whole/checkpoints");
        if next.is_dir() {
            flags.extend(["--in".to_owned(), next.display().to_string()]);
        }
        flags
    }

    fn directory(&self) -> String {
        let directory = self.heir.directory.join("checkpoints");
        directory.display().to_string()
    }

    /// The heir's first checkpoint: that which Flink took when the job began, if it did.
    #[track_caller]
    fn let_go(&self) -> PathBuf {
        let under_way = number(&self.heir.statistics(), "/counts/in_progress");
        fs::remove_file(&self.hold).expect("the file that holds checkpoints");
        if under_way == 0 {
            return self.heir.checkpoint_now();
        }
        self.heir.wait("to complete its first checkpoint", || {
            complete_checkpoints(&self.heir.checkpoints()).pop()
        })
    }

    /// A first checkpoint of the heir's, and what only the snapshot names.
    #[track_caller]
    fn first_checkpoint(&self) -> (PathBuf, BTreeSet<PathBuf>) {
        let checkpoint = self.let_go();
        assert_eq!(health_of(&checkpoint), "complete");
        let named = Files::of(&self.snapshot).named;
        let inherited = &named & &Files::of(&checkpoint).named;
        assert!(!inherited.is_empty(), "an heir of nothing");
        let mut own = named;
        let beside = self.snapshot.parent().expect("a directory above");
        let heirs = complete_checkpoints(&self.heir.checkpoints());
        for other in complete_checkpoints(beside).iter().chain(&heirs) {
            if *other != self.snapshot {
                own = &own - &Files::of(other).named;
            }
        }
        own.insert(self.snapshot.join("_metadata"));
        (checkpoint, own)
    }

    /// Nobody who has not seen the heir's checkpoints lets anything go.
    #[track_caller]
    fn stays_out_of_sight(&self, cluster: &Cluster) {
        let alone = delete_alone(&self.snapshot, &["--dry-run"]);
        objects(&alone, "UNKNOWN", "out of sight", "--all-named");
        let seen = ["--dry-run", "--in", &self.directory()];
        for output in [
            delete_alone(&self.snapshot, &seen),
            delete(cluster, &self.snapshot, &seen),
        ] {
            objects(&output, "UNKNOWN", "out of sight", "--all-named");
        }
    }

    /// These files go, and nothing else.
    #[track_caller]
    fn goes(&self, cluster: &Cluster, expected: &BTreeSet<PathBuf>) {
        let all_named = self.all_named();
        let all_named = all_named.iter().map(String::as_str).collect::<Vec<_>>();
        let shown = self.planned(cluster);
        assert_eq!(shown.status.code(), Some(0), "{}", said(&shown));
        let shown = json(&shown);
        assert_eq!(going(&shown), *expected);
        for (file, decision, reason) in steps(&shown) {
            if !expected.contains(&file) {
                assert_eq!(decision, "KEEP");
                assert!(reason.contains("name"), "{reason}");
            }
        }
        deletes(cluster, &self.snapshot, &all_named, expected);
    }

    /// The snapshot stays as a whole.
    #[track_caller]
    fn stays(&self, cluster: &Cluster, guard: &str, words: &str) {
        objects(&self.planned(cluster), "KEEP", guard, words);
        let all_named = self.all_named();
        let all_named = all_named.iter().map(String::as_str).collect::<Vec<_>>();
        is_refused(cluster, &self.snapshot, &all_named);
    }

    fn planned(&self, cluster: &Cluster) -> Output {
        let all_named = self.all_named();
        let all_named = all_named.iter().map(String::as_str).collect::<Vec<_>>();
        delete(
            cluster,
            &self.snapshot,
            &[&all_named[..], &["--dry-run"]].concat(),
        )
    }
}

/// Deletes a snapshot, and exactly these files go.
#[track_caller]
fn deletes(cluster: &Cluster, snapshot: &Path, flags: &[&str], expected: &BTreeSet<PathBuf>) {
    let place = snapshot.ancestors().nth(2).expect("a directory above");
    let before = files(place);
    let done = delete(cluster, snapshot, &[flags, &["--write", "--yes"]].concat());
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    assert_eq!(&before - &files(place), *expected);
}

#[track_caller]
fn is_refused(cluster: &Cluster, snapshot: &Path, flags: &[&str]) {
    let place = snapshot.ancestors().nth(2).expect("a directory above");
    let before = files(place);
    let refused = delete(cluster, snapshot, &[flags, &["--write", "--yes"]].concat());
    assert_eq!(refused.status.code(), Some(4), "{}", said(&refused));
    assert_eq!(files(place), before);
}

const NOTHING_OF_ITS_OWN: &str = "no checkpoint of its own that restores";

/// What it claimed is among those that the heir deletes by itself in time: nothing of it goes before, and the newest checkpoint
/// restores after that.
fn while_its_heir_lives(cluster: &Cluster, place: &Path) {
    let claimed = Claimed::checkpoint(cluster, place);
    claimed.stays(cluster, "live job", NOTHING_OF_ITS_OWN);
    claimed.first_checkpoint();
    let all_named = claimed.all_named();
    let all_named = all_named.iter().map(String::as_str).collect::<Vec<_>>();
    is_refused(cluster, &claimed.snapshot, &all_named);
    let mut newest = None;
    for _ in 0..=RETAINED {
        newest = Some(claimed.heir.checkpoint_now());
    }
    let newest = newest.expect("checkpoints");
    assert_eq!(claimed.heir.state(), "RUNNING");
    claimed.heir.cancel();
    assert_eq!(health_of(&newest), "complete");
    restores(cluster, &newest);
}

/// Once its heir is over, that stays of a snapshot which the heir's checkpoints name, and they restore.
fn after_its_heir(cluster: &Cluster, place: &Path) {
    let claimed = Claimed::checkpoint(cluster, place);
    let (newest, expected) = claimed.first_checkpoint();
    claimed.heir.cancel();
    claimed.stays_out_of_sight(cluster);
    claimed.goes(cluster, &expected);
    assert_eq!(health_of(&newest), "complete");
    restores(cluster, &newest);

    // It was not for nothing that the rest has stayed.
    let mut inherited = Files::of(&newest).named;
    inherited.retain(|file| !file.starts_with(&claimed.heir.directory));
    for file in &inherited {
        fs::remove_file(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }
    fails_for_want_of_a_file(cluster, &newest, &inherited);
}

#[test]
fn flink_2_3_reaches_for_a_native_savepoint() {
    flink_reaches_for_a_native_savepoint(FLINK_2_3);
}

#[test]
fn flink_1_20_reaches_for_a_native_savepoint() {
    flink_reaches_for_a_native_savepoint(FLINK_1_20);
}

fn flink_reaches_for_a_native_savepoint(version: Version) {
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let cluster = Cluster::start(&Distribution::get(version), &Stage::options(&root));
    it_is_needed_for_checkpoints_that_lead_nowhere(&cluster, &root.join("needed"));
    it_is_not_needed_after_a_full_checkpoint(&cluster, &root.join("full"));
}

/// Flink names the files of the savepoint as if they lay beside the heir's own (FLINK-39964): put there, the checkpoint
/// restores. Without them all that the heir did is lost, whatever else of the job before it can be restored.
fn it_is_needed_for_checkpoints_that_lead_nowhere(cluster: &Cluster, place: &Path) {
    let claimed = Claimed::savepoint(cluster, place);
    claimed.stays(cluster, "live job", NOTHING_OF_ITS_OWN);
    let checkpoint = claimed.let_go();
    assert_eq!(health_of(&checkpoint), "incomplete");
    claimed.stays(cluster, "live job", NOTHING_OF_ITS_OWN);
    claimed.heir.cancel();
    claimed.stays(cluster, "built on", "FLINK-39964");

    let mut astray = Files::of(&checkpoint).named;
    astray.retain(|file| !file.exists());
    for file in &astray {
        let name = file.file_name().expect("a name");
        fs::copy(claimed.snapshot.join(name), file).expect("a file of the savepoint");
    }
    assert_eq!(health_of(&checkpoint), "complete");
    restores(cluster, &checkpoint);
    let mut own = Files::of(&claimed.snapshot).named;
    own.insert(claimed.snapshot.join("_metadata"));
    claimed.goes(cluster, &own);
    restores(cluster, &checkpoint);
}

/// A full checkpoint builds on nothing.
fn it_is_not_needed_after_a_full_checkpoint(cluster: &Cluster, place: &Path) {
    let claimed = Claimed::savepoint(cluster, place);
    let astray = claimed.let_go();
    let full = claimed.heir.full_checkpoint();
    assert_eq!(health_of(&full), "complete");
    claimed.heir.cancel();
    claimed.stays(cluster, "built on", "FLINK-39964");
    let all_named = claimed.all_named();
    let mut flags = vec![astray.to_str().expect("a path of ours")];
    flags.extend(all_named.iter().map(String::as_str));
    let done = delete(
        cluster,
        &claimed.snapshot,
        &[&flags[..], &["--write", "--yes"]].concat(),
    );
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    assert!(!astray.exists() && !claimed.snapshot.exists());
    assert_eq!(health_of(&full), "complete");
    restores(cluster, &full);
}

#[test]
fn flink_2_3_needs_what_it_did_not_claim_until_its_first_checkpoint() {
    flink_needs_what_it_did_not_claim_until_its_first_checkpoint(FLINK_2_3);
}

#[test]
fn flink_1_20_needs_what_it_did_not_claim_until_its_first_checkpoint() {
    flink_needs_what_it_did_not_claim_until_its_first_checkpoint(FLINK_1_20);
}

fn flink_needs_what_it_did_not_claim_until_its_first_checkpoint(version: Version) {
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let cluster = Cluster::start(&Distribution::get(version), &Stage::options(&root));
    let place = root.join("unclaimed");
    let savepoint = fill(&cluster, plan("first", &place)).stop(Format::Canonical);
    let place = |name: &str| {
        let place = place.join(name);
        cache::create(&place);
        place
    };
    before_the_first_checkpoint(&cluster, &place("early"), &savepoint);
    after_the_first_checkpoint(&cluster, &place("late"), &savepoint);
}

/// A job that checkpoints only when it is asked to, and starts again after a failure, twice.
pub(crate) fn restarting(place: &Path) -> Plan {
    let strategy = "restart-strategy.fixed-delay";
    plan("heir", place)
        .number("interval", 3_600_000)
        .with("restart-strategy.type", "fixed-delay")
        .with("restart-strategy", "fixed-delay")
        .with(&format!("{strategy}.attempts"), "2")
        .with(&format!("{strategy}.delay"), "5 s")
        .held_by(&place.join("hold"))
        .failing_with(&place.join("fail"))
}

/// Lets the job fail once.
#[track_caller]
pub(crate) fn fail(job: &Job<'_>) {
    let fail = job.directory.join("fail");
    cache::write(&fail, "");
    job.wait("to fail", || (job.state() == "RESTARTING").then_some(()));
    fs::remove_file(&fail).expect("the file that made it fail");
}

/// Waits until the job has gone on from a checkpoint of its own.
#[track_caller]
pub(crate) fn goes_on_from(job: &Job<'_>, own: &Path) {
    let id = || {
        let told = job.statistics();
        told.pointer("/latest/restored/id")?.as_u64()
    };
    let own_id = own.file_name().and_then(|it| it.to_str()).expect("chk-N");
    wait_for("the job to go on from its own", PATIENCE, || {
        (format!("chk-{}", id()?) == own_id).then_some(())
    });
    job.wait("to find the state of every key again", || {
        (job.counter("verified-keys") == crate::disposal::KEYS).then_some(())
    });
}

fn before_the_first_checkpoint(cluster: &Cluster, place: &Path, savepoint: &Path) {
    cache::write(&place.join("hold"), "");
    let heir = go_on(cluster, restarting(place).restored_from(&uri(savepoint)));
    let checkpoints = place.join("checkpoints").display().to_string();
    let flags = ["--in", &checkpoints, "--all-named"];
    let shown = delete(cluster, savepoint, &[&flags[..], &["--dry-run"]].concat());
    objects(
        &shown,
        "KEEP",
        "live job",
        "no checkpoint of its own that restores",
    );
    is_refused(cluster, savepoint, &flags);

    // And so it is.
    let away = savepoint.with_extension("away");
    fs::rename(savepoint, &away).expect("a savepoint that is taken away");
    fail(&heir);
    heir.wait_for_end("FAILED");
    let why = heir.exceptions();
    assert!(why.contains("FileNotFoundException"), "{why}");
    fs::rename(&away, savepoint).expect("a savepoint that is given back");
}

fn after_the_first_checkpoint(cluster: &Cluster, place: &Path, savepoint: &Path) {
    let heir = go_on(cluster, restarting(place).restored_from(&uri(savepoint)));
    let own = heir.checkpoint_now();
    let named = Files::of(savepoint).named;
    assert!(named.is_disjoint(&Files::of(&own).named));
    // Where its checkpoint is not in sight, nobody knows whether that is there to be restored from.
    let shown = delete(cluster, savepoint, &["--all-named", "--dry-run"]);
    objects(
        &shown,
        "KEEP",
        "live job",
        "no checkpoint of its own that restores",
    );

    let mut expected = named;
    expected.insert(savepoint.join("_metadata"));
    let checkpoints = place.join("checkpoints").display().to_string();
    let flags = ["--in", &checkpoints, "--all-named"];
    deletes(cluster, savepoint, &flags, &expected);
    fail(&heir);
    goes_on_from(&heir, &own);
    let newest = heir.checkpoint_now();
    assert!(number(&heir.statistics(), "/counts/restored") >= 1);
    heir.cancel();
    restores(cluster, &newest);
}
