//! Deletion by `stateward` itself where checkpoints share more than the files of a database: the changes of a changelog,
//! which lie outside of the checkpoint directory, and files that hold segments of many checkpoints. What is left restores,
//! what went comes back.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::health_of;
use crate::cluster::Cluster;
use crate::deleting::{
    delete, delete_alone, files, fill, go_on, going, json, objects, said, steps, undo, uri,
};
use crate::differential::scratch;
use crate::disposal::{Files, plan};
use crate::dist::{Distribution, FLINK_1_20, FLINK_2_3, Version};
use crate::job::{Job, Plan};
use crate::scenarios::{RETAINED, Stage, complete_checkpoints};
use crate::wait::{PATIENCE, wait_for};

#[test]
fn flink_2_3_restores_a_changelog_that_a_deletion_leaves() {
    flink_restores_a_changelog_that_a_deletion_leaves(FLINK_2_3);
}

#[test]
fn flink_1_20_restores_a_changelog_that_a_deletion_leaves() {
    flink_restores_a_changelog_that_a_deletion_leaves(FLINK_1_20);
}

fn flink_restores_a_changelog_that_a_deletion_leaves(version: Version) {
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let cluster = Cluster::start(&Distribution::get(version), &Stage::options(&root));
    let changes = Stage::changelog(&root);
    for backend in ["hashmap", "rocksdb"] {
        let place = root.join(format!("changelog-{backend}"));
        let layout = |plan: Plan| changelog(plan.backend(backend));
        let retained = Retained::make(&cluster, &place, &layout);
        retained.changes_out_of_sight_stay(&changes);
        retained.the_middle_one_goes_and_comes_back(&[&changes]);
    }
}

#[test]
fn flink_2_3_restores_merged_files_that_a_deletion_leaves() {
    flink_restores_merged_files_that_a_deletion_leaves(FLINK_2_3);
}

#[test]
fn flink_1_20_restores_merged_files_that_a_deletion_leaves() {
    flink_restores_merged_files_that_a_deletion_leaves(FLINK_1_20);
}

fn flink_restores_merged_files_that_a_deletion_leaves(version: Version) {
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let cluster = Cluster::start(&Distribution::get(version), &Stage::options(&root));
    for across in ["false", "true"] {
        let place = root.join(format!("merged-across-{across}"));
        let layout = |plan: Plan| merged(plan, across);
        let retained = Retained::make(&cluster, &place, &layout);
        retained.nobody_answers_for_merged_files();
        retained.the_middle_one_goes_and_comes_back(&[]);
    }
}

/// Changes between materializations of the state, which happen often.
fn changelog(plan: Plan) -> Plan {
    let plan = ["state.changelog", "state.backend.changelog"]
        .iter()
        .fold(plan, |plan, prefix| {
            plan.with(&format!("{prefix}.enabled"), "true")
                .with(&format!("{prefix}.periodic-materialize.interval"), "1 s")
        });
    plan.with("raw", "false")
}

/// Segments of few physical files, small enough that there is more than one of them.
fn merged(plan: Plan, across: &str) -> Plan {
    let prefix = "execution.checkpointing.file-merging";
    plan.with(&format!("{prefix}.enabled"), "true")
        .with(&format!("{prefix}.across-checkpoint-boundary"), across)
        .with(&format!("{prefix}.max-file-size"), "20 kb")
}

/// Three checkpoints that a job left behind when it was cancelled. The one in the middle shares some of its files with the
/// others, and not all.
struct Retained<'t> {
    cluster: &'t Cluster,
    place: &'t Path,
    layout: &'t dyn Fn(Plan) -> Plan,
    oldest: PathBuf,
    middle: PathBuf,
    newest: PathBuf,
    /// The files that only the one in the middle names.
    own: BTreeSet<PathBuf>,
}

impl<'t> Retained<'t> {
    #[track_caller]
    fn make(cluster: &'t Cluster, place: &'t Path, layout: &'t dyn Fn(Plan) -> Plan) -> Self {
        let on_request = plan("retained", place).number("interval", 3_600_000);
        let job = fill(cluster, layout(on_request));
        let found = job.wait("to have checkpoints that share some files", || {
            job.checkpoint_now();
            Self::of(&job, cluster, place, layout)
        });
        job.cancel();
        let left = complete_checkpoints(&job.checkpoints());
        assert_eq!(
            left.iter().collect::<Vec<_>>(),
            [&found.oldest, &found.middle, &found.newest]
        );
        found
    }

    fn of(
        job: &Job<'_>,
        cluster: &'t Cluster,
        place: &'t Path,
        layout: &'t dyn Fn(Plan) -> Plan,
    ) -> Option<Self> {
        let most = usize::try_from(RETAINED).expect("a small number");
        // Flink deletes in the background.
        let snapshots = wait_for("no more checkpoints than are retained", PATIENCE, || {
            let snapshots = complete_checkpoints(&job.checkpoints());
            (snapshots.len() <= most).then_some(snapshots)
        });
        let [oldest, middle, newest] = <[PathBuf; 3]>::try_from(snapshots).ok()?;
        let named = Files::of(&middle).named;
        let others = &Files::of(&oldest).named | &Files::of(&newest).named;
        let own = &named - &others;
        let found = Self {
            cluster,
            place,
            layout,
            oldest,
            middle,
            newest,
            own,
        };
        (!found.own.is_empty() && found.own != named).then_some(found)
    }

    /// Whoever does not name the directory of the changes keeps them.
    #[track_caller]
    fn changes_out_of_sight_stay(&self, changes: &Path) {
        let outside: BTreeSet<&PathBuf> = self
            .own
            .iter()
            .filter(|it| it.starts_with(changes))
            .collect();
        assert!(!outside.is_empty(), "changes of its own: {:?}", self.own);
        let shown = json(&delete(
            self.cluster,
            &self.middle,
            &["--all-named", "--dry-run"],
        ));
        let steps = steps(&shown);
        for change in outside {
            let step = steps.iter().find(|(file, ..)| file == change);
            let (_, decision, reason) = step.expect("its file");
            assert_eq!(decision, "KEEP", "{reason}");
            assert!(reason.contains("outside"), "{reason}");
        }
        assert!(going(&shown).iter().all(|it| it.starts_with(self.place)));
    }

    /// `TaskManager`s go on writing into merged files, and delete them themselves: without anybody who knows that the job is
    /// over nothing goes.
    #[track_caller]
    fn nobody_answers_for_merged_files(&self) {
        let args = ["--all-named", "--dry-run"];
        let shown = delete_alone(&self.middle, &args);
        objects(&shown, "UNKNOWN", "live job", "no cluster is connected");
    }

    #[track_caller]
    fn the_middle_one_goes_and_comes_back(&self, more: &[&Path]) {
        let mut expected = self.own.clone();
        expected.insert(self.middle.join("_metadata"));
        let more: Vec<String> = more.iter().map(|it| it.display().to_string()).collect();
        let mut flags = vec!["--all-named"];
        for place in &more {
            flags.extend(["--in", place]);
        }
        let ask = |what: &[&str]| {
            let output = delete(self.cluster, &self.middle, &[&flags[..], what].concat());
            assert_eq!(output.status.code(), Some(0), "{}", said(&output));
            json(&output)
        };
        assert_eq!(going(&ask(&["--dry-run"])), expected);

        let above = self.place.parent().expect("a directory above");
        let before = files(above);
        let done = ask(&["--write", "--yes"]);
        let batches = done["batches"].as_array().expect("batches");
        assert!(batches.iter().all(|it| it["end"] == "trashed"), "{done:#}");
        let after = files(above);
        assert!(after.is_subset(&before), "nothing is added");
        assert_eq!(&before - &after, expected);
        for left in [&self.newest, &self.oldest] {
            assert_eq!(health_of(left), "complete");
            self.restores(left);
        }

        // Whichever place is named, all comes back wherever it went from.
        let checkpoints = self.place.join("checkpoints");
        undo(more.first().map_or(&*checkpoints, Path::new));
        assert!(expected.iter().all(|file| file.is_file()));
        assert_eq!(health_of(&self.middle), "complete");
        self.restores(&self.middle);
    }

    #[track_caller]
    fn restores(&self, snapshot: &Path) {
        let again = plan("restored", &self.place.join("restored")).number("interval", 3_600_000);
        let again = (self.layout)(again);
        // With a changelog Flink restores nothing that it may not claim, as soon as a checkpoint is taken. What is claimed
        // goes with the third checkpoint after it.
        go_on(self.cluster, again.claiming(&uri(snapshot))).cancel();
    }
}
