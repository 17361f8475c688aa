use std::sync::Arc;

use super::{Finding, Level, Question, list, preflight, verdict};
use crate::analysis::sample::{
    JOB, OTHER_JOB, ago, checkpoint, cluster, job, now, operator, place, remembered, restored_from,
    savepoint, silent, with_facts,
};
use crate::domain::claim::ClaimMode;
use crate::domain::cluster::{Cluster, Contact, Job, JobState, Vertex};
use crate::domain::hold::Hold;
use crate::domain::id::JobId;
use crate::domain::mark::Mark;
use crate::domain::snapshot::{Health, LineageId, Properties, Snapshot};

/// A question with nothing against it: all is known, nobody else is there.
struct Scene {
    snapshot: Snapshot,
    rows: Vec<Arc<Snapshot>>,
    marks: Vec<Mark>,
    holds: Vec<Hold>,
    clusters: Vec<Arc<Cluster>>,
    job: Option<Job>,
}

impl Scene {
    fn of(snapshot: Snapshot) -> Self {
        Self {
            snapshot,
            rows: Vec::new(),
            marks: Vec::new(),
            holds: Vec::new(),
            clusters: vec![Arc::new(cluster([]))],
            job: None,
        }
    }

    fn on(self, cluster: Cluster) -> Self {
        Self {
            clusters: vec![Arc::new(cluster)],
            ..self
        }
    }

    fn question(&self) -> Question<'_> {
        Question {
            snapshot: &self.snapshot,
            rows: &self.rows,
            marks: &self.marks,
            holds: &self.holds,
            parallelism: None,
            claim_mode: ClaimMode::NoClaim,
            allow_non_restored: false,
            release: Some((1, 20)),
            objection: None,
            job: self.job.as_ref(),
            clusters: &self.clusters,
            now: now(),
        }
    }

    /// The findings on a topic, with the question changed.
    fn on_topic(&self, topic: &str, change: impl FnOnce(&mut Question<'_>)) -> Vec<Finding> {
        let mut question = self.question();
        change(&mut question);
        let mut found = preflight(&question);
        found.retain(|finding| finding.topic == topic);
        found
    }

    fn only(&self, topic: &str, change: impl FnOnce(&mut Question<'_>)) -> Finding {
        let mut found = self.on_topic(topic, change);
        assert_eq!(found.len(), 1, "{topic}: {found:?}");
        found.remove(0)
    }
}

fn claim(question: &mut Question<'_>) {
    question.claim_mode = ClaimMode::Claim;
}

fn same(_: &mut Question<'_>) {}

fn saying(finding: &Finding, level: Level, words: &[&str]) {
    assert_eq!(finding.level, level, "{finding:?}");
    for word in words {
        assert!(finding.text.contains(word), "{word:?} in {finding:?}");
    }
}

fn mark(snapshot: &Snapshot, by: &str) -> Mark {
    Mark {
        snapshot: snapshot.location.clone(),
        restore_path: snapshot.location.clone(),
        lineage: "fraud".to_owned(),
        jobs: vec![JOB.parse().unwrap()],
        by: by.to_owned(),
        at: ago(180),
        note: String::new(),
    }
}

mod jobs;
mod state;

#[test]
fn nothing_speaks_against_a_sound_snapshot_that_nobody_uses() {
    let scene = Scene::of(checkpoint(7, 600));
    let mut question = scene.question();
    question.parallelism = Some(2);
    let found = preflight(&question);
    assert!(found.len() >= 5, "{found:?}");
    assert_eq!(verdict(&found), Level::Pass, "{found:?}");
    assert_eq!(verdict(&[]), Level::Pass);
}

#[test]
fn only_what_was_found_in_full_passes() {
    let of = |health, unchecked_files| {
        Scene::of(Snapshot {
            health,
            unchecked_files,
            findings: vec!["3 files are missing".to_owned()],
            ..checkpoint(7, 600)
        })
        .only("files", same)
    };
    saying(&of(Health::Complete, 0), Level::Pass, &["full length"]);
    saying(
        &of(Health::Complete, 4),
        Level::Caution,
        &["Not proven", "4 of its files"],
    );
    saying(
        &of(Health::Incomplete, 0),
        Level::Blocker,
        &["incomplete", "3 files are missing"],
    );
    for health in [
        Health::InProgress,
        Health::Corrupt,
        Health::Abandoned,
        Health::Empty,
    ] {
        saying(&of(health, 0), Level::Blocker, &[health.word()]);
    }
    saying(&of(Health::Corrupt, 1), Level::Blocker, &["unreadable"]);
}

#[test]
fn an_objection_of_the_release_is_a_blocker_and_an_unknown_one_a_caution() {
    let scene = Scene::of(checkpoint(7, 600));
    saying(
        &scene.only("release", same),
        Level::Pass,
        &["1.20", "metadata version 4"],
    );
    let objection = scene.only("release", |q| {
        q.objection = Some("Flink 1.14 cannot read it.");
    });
    saying(&objection, Level::Blocker, &["Flink 1.14 cannot read it."]);
    let unknown = scene.only("release", |q| q.release = None);
    saying(&unknown, Level::Caution, &["Not known"]);
}

#[test]
fn claim_modes_came_with_1_15_and_legacy_goes_with_2_4() {
    use ClaimMode::{Claim, Legacy, NoClaim};
    let scene = Scene::of(checkpoint(7, 600));
    let level = |release, mode| {
        let found = scene.only("release", |q| {
            q.release = Some(release);
            q.claim_mode = mode;
        });
        found.level
    };
    for (release, mode, wanted) in [
        ((1, 14), Legacy, Level::Pass),
        ((1, 14), Claim, Level::Blocker),
        ((1, 14), NoClaim, Level::Blocker),
        ((1, 15), Claim, Level::Pass),
        ((1, 20), Legacy, Level::Pass),
        ((2, 3), Legacy, Level::Pass),
        ((2, 4), Legacy, Level::Blocker),
        ((2, 3), NoClaim, Level::Pass),
    ] {
        assert_eq!(level(release, mode), wanted, "{release:?} {mode}");
    }
}

#[test]
fn parallelism_stops_at_the_smallest_maximum_and_names_it() {
    let scene = Scene::of(checkpoint(7, 600));
    let at = |wanted| scene.only("parallelism", |q| q.parallelism = Some(wanted));
    saying(&at(2), Level::Pass, &["as it was"]);
    saying(&at(64), Level::Pass, &["parallelism 64"]);
    let above = at(65);
    saying(&above, Level::Blocker, &["65", "window (at most 64)"]);
    assert!(!above.text.contains("source"), "{above:?}");
    saying(
        &at(129),
        Level::Blocker,
        &["window", "source (at most 128)"],
    );
    saying(&at(0), Level::Blocker, &["1 or more"]);
    assert!(scene.on_topic("parallelism", same).is_empty());
}

#[test]
fn an_operator_that_is_single_by_nature_limits_nothing() {
    let scene = Scene::of(with_facts(checkpoint(7, 600), |facts| {
        facts.operators.push(operator(3, "sequence", 1, 1));
    }));
    let finding = scene.only("parallelism", |q| q.parallelism = Some(2));
    saying(&finding, Level::Pass, &["as it was"]);
}

#[test]
fn parallelism_without_metadata_is_not_taken_for_granted() {
    let scene = Scene::of(Snapshot {
        facts: None,
        health: Health::Corrupt,
        ..checkpoint(7, 600)
    });
    let finding = scene.only("parallelism", |q| q.parallelism = Some(2));
    saying(&finding, Level::Caution, &["no readable metadata"]);
}

#[test]
fn data_in_flight_is_tied_to_release_and_parallelism() {
    let unaligned = |written_by: &str| {
        Scene::of(with_facts(checkpoint(7, 600), |facts| {
            facts.format.unaligned = true;
            facts.written_by = written_by.to_owned();
        }))
    };
    let topic = "in-flight data";
    let known = unaligned("Flink 1.20");
    saying(&known.only(topic, same), Level::Pass, &["same release"]);
    let rescaled = known.only(topic, |q| q.parallelism = Some(4));
    saying(&rescaled, Level::Caution, &["changes to 4"]);
    let newer = known.only(topic, |q| q.release = Some((2, 1)));
    saying(&newer, Level::Caution, &["Flink 1.20", "2.1"]);
    let unknown = known.only(topic, |q| q.release = None);
    saying(&unknown, Level::Caution, &["release is not known"]);
    for several in ["Flink 1.16 to 1.20", "Flink after 1.20"] {
        saying(
            &unaligned(several).only(topic, same),
            Level::Caution,
            &[several],
        );
    }
    let aligned = Scene::of(checkpoint(7, 600));
    assert!(aligned.on_topic(topic, |q| q.release = None).is_empty());
}

#[test]
fn a_savepoint_during_which_the_job_went_on_commits_nothing() {
    let of = |type_name| Scene::of(savepoint(type_name)).only("savepoint", same);
    saying(&of("Savepoint"), Level::Caution, &["went on", "once more"]);
    saying(&of("Suspend Savepoint"), Level::Pass, &["stopped with it"]);
    saying(&of("Terminate Savepoint"), Level::Caution, &["drained"]);
    let older = |id| {
        with_facts(savepoint("Savepoint"), |facts| {
            facts.properties = Properties::Absent;
            facts.checkpoint_id = id;
        })
    };
    let finding = Scene::of(older(8)).only("savepoint", same);
    saying(&finding, Level::Caution, &["does not say"]);
    assert!(Scene::of(older(0)).on_topic("savepoint", same).is_empty());
    let none = Scene::of(checkpoint(7, 600)).on_topic("savepoint", same);
    assert!(none.is_empty());
}

#[test]
fn long_lists_are_cut_and_counted() {
    let names: Vec<String> = (1..=7).map(|n| n.to_string()).collect();
    assert_eq!(list(&names), "1, 2, 3, 4, 5 and 2 more");
    assert_eq!(list(&names[..5]), "1, 2, 3, 4, 5");
    assert_eq!(list(&[]), "");
}
