use std::sync::Arc;

use super::{Finding, Level, Question, list, preflight, verdict};
use crate::analysis::sample::{
    JOB, OTHER_JOB, ago, checkpoint, cluster, job, now, operator, place, remembered, restored_from,
    savepoint, silent, with_facts,
};
use crate::domain::claim::ClaimMode;
use crate::domain::cluster::{Cluster, Contact, Job, JobState, Vertex};
use crate::domain::id::JobId;
use crate::domain::mark::Mark;
use crate::domain::snapshot::{Health, LineageId, Properties, Snapshot};

/// A question with nothing against it: all is known, nobody else is there.
struct Scene {
    snapshot: Snapshot,
    rows: Vec<Arc<Snapshot>>,
    marks: Vec<Mark>,
    clusters: Vec<Arc<Cluster>>,
    job: Option<Job>,
}

impl Scene {
    fn of(snapshot: Snapshot) -> Self {
        Self {
            snapshot,
            rows: Vec::new(),
            marks: Vec::new(),
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
fn claim_modes_came_with_1_15_and_legacy_went_with_2_0() {
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
        ((2, 0), Legacy, Level::Blocker),
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
    for stopped in ["Suspend Savepoint", "Terminate Savepoint"] {
        saying(&of(stopped), Level::Pass, &["stopped with it"]);
    }
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
fn the_same_job_still_going_is_a_blocker_in_every_state_that_is_not_over() {
    let of = |state| {
        Scene::of(checkpoint(7, 600))
            .on(cluster([job(JOB, state)]))
            .only("running job", same)
    };
    for going in [
        JobState::Running,
        JobState::Restarting,
        JobState::Suspended,
        JobState::Cancelling,
        JobState::Unknown,
    ] {
        saying(
            &of(going),
            Level::Blocker,
            &[JOB, "prod", "same sinks", going.word()],
        );
    }
    for over in [JobState::Failed, JobState::Canceled, JobState::Finished] {
        saying(&of(over), Level::Pass, &["None of the clusters"]);
    }
}

#[test]
fn a_job_is_of_the_lineage_by_id_prefix_or_snapshot() {
    let running = |snapshot: Snapshot, job: Job, rows: Vec<Snapshot>| {
        let scene = Scene {
            rows: rows.into_iter().map(Arc::new).collect(),
            ..Scene::of(snapshot).on(cluster([job]))
        };
        scene.only("running job", same).level
    };
    let other = || job(OTHER_JOB, JobState::Running);
    let zero = || job(&JobId::ZERO.to_string(), JobState::Running);
    // A savepoint has the first digits of the id alone.
    let of_prefix = job(JOB, JobState::Running);
    assert_eq!(
        running(savepoint("Savepoint"), of_prefix, vec![]),
        Level::Blocker
    );
    assert_eq!(running(checkpoint(7, 600), other(), vec![]), Level::Pass);
    // Another row of the lineage lies in that job's directory.
    let row = |lineage| Snapshot {
        job_id: Some(OTHER_JOB.parse().unwrap()),
        lineage: LineageId(lineage),
        location: place(&format!("file:/data/{OTHER_JOB}/chk-1")),
        ..checkpoint(1, 60)
    };
    assert_eq!(
        running(checkpoint(7, 600), other(), vec![row(1)]),
        Level::Blocker
    );
    assert_eq!(
        running(checkpoint(7, 600), other(), vec![row(2)]),
        Level::Pass
    );
    // Restored from it.
    let from_it = restored_from(other(), &checkpoint(7, 600).location);
    assert_eq!(running(checkpoint(7, 600), from_it, vec![]), Level::Blocker);
    // An id of zeros says nothing, a path does.
    let zeros = Snapshot {
        job_id: Some(JobId::ZERO),
        ..checkpoint(7, 600)
    };
    assert_eq!(running(zeros.clone(), zero(), vec![]), Level::Pass);
    let took = Job {
        checkpoints: vec![remembered(7, 600)],
        ..zero()
    };
    assert_eq!(running(zeros, took, vec![]), Level::Blocker);
}

#[test]
fn what_a_silent_cluster_said_is_of_then_and_no_blocker() {
    let going = || {
        let from_it = restored_from(
            job(OTHER_JOB, JobState::Running),
            &checkpoint(7, 600).location,
        );
        cluster([job(JOB, JobState::Running), from_it])
    };
    let scene = Scene::of(checkpoint(7, 600)).on(silent(going()));
    let finding = scene.only("running job", same);
    saying(
        &finding,
        Level::Caution,
        &["was RUNNING", "10m ago", "not answering now"],
    );
    let users = scene.on_topic("other users", claim);
    assert_eq!(users.len(), 2, "{users:?}");
    for finding in &users {
        saying(finding, Level::Caution, &["not answering now"]);
        assert!(!finding.text.contains("lives"), "{finding:?}");
        assert!(!finding.text.contains("runs and"), "{finding:?}");
    }
    // The same answers, of now, do block.
    let scene = Scene::of(checkpoint(7, 600)).on(going());
    let users = scene.on_topic("other users", claim);
    assert!(users.len() == 2 && users.iter().all(|it| it.level == Level::Blocker));
}

#[test]
fn no_answer_is_not_taken_for_no_job() {
    let nobody = Scene {
        clusters: Vec::new(),
        ..Scene::of(checkpoint(7, 600))
    };
    saying(
        &nobody.only("running job", same),
        Level::Caution,
        &["no cluster was asked"],
    );
    let not_yet = Cluster {
        contact: Contact::NotYet,
        ..cluster([])
    };
    for quiet in [silent(cluster([])), not_yet] {
        let scene = Scene::of(checkpoint(7, 600)).on(quiet);
        saying(
            &scene.only("running job", same),
            Level::Caution,
            &["no answer from prod"],
        );
    }
}

#[test]
fn a_job_that_lives_keeps_its_checkpoint_but_not_its_savepoint() {
    let live = || cluster([job(JOB, JobState::Running)]);
    let owned = Scene::of(checkpoint(7, 600)).on(live());
    saying(
        &owned.only("other users", claim),
        Level::Blocker,
        &["belongs to job", "lives"],
    );
    saying(
        &owned.only("other users", same),
        Level::Caution,
        &["deletes it"],
    );
    let yours = Scene::of(savepoint("Savepoint")).on(live());
    assert!(yours.on_topic("other users", claim).is_empty());
    let over = Scene::of(checkpoint(7, 600)).on(cluster([job(JOB, JobState::Canceled)]));
    assert!(over.on_topic("other users", claim).is_empty());
}

#[test]
fn a_job_restored_from_it_is_a_user_while_it_runs_and_a_past_one_afterwards() {
    let savepoint = savepoint("Terminate Savepoint");
    let with = |state| {
        let user = restored_from(job(OTHER_JOB, state), &savepoint.location);
        Scene::of(savepoint.clone()).on(cluster([user]))
    };
    let runs = with(JobState::Running);
    saying(
        &runs.only("other users", claim),
        Level::Blocker,
        &["restored from it"],
    );
    saying(
        &runs.only("other users", same),
        Level::Caution,
        &["same state"],
    );
    assert!(runs.on_topic("restored before", same).is_empty());
    let failed = with(JobState::Failed);
    assert!(failed.on_topic("other users", claim).is_empty());
    saying(
        &failed.only("restored before", same),
        Level::Caution,
        &[OTHER_JOB, "once more"],
    );
}

#[test]
fn no_claim_of_a_changelog_and_claim_of_the_unclaimed_are_cautions() {
    let changelog = Scene::of(with_facts(checkpoint(7, 600), |facts| {
        facts.format.changelog = true;
    }));
    saying(
        &changelog.only("claim mode", same),
        Level::Caution,
        &["changelog"],
    );
    saying(
        &changelog.only("claim mode", claim),
        Level::Pass,
        &["takes the snapshot over"],
    );
    let unclaimed = Scene::of(with_facts(checkpoint(7, 600), |facts| {
        if let Properties::Known { unclaimed, .. } = &mut facts.properties {
            *unclaimed = true;
        }
    }));
    let found = unclaimed.on_topic("claim mode", claim);
    assert_eq!(found.len(), 2, "{found:?}");
    saying(&found[1], Level::Caution, &["without claiming it"]);
    assert_eq!(unclaimed.on_topic("claim mode", same).len(), 1);
}

#[test]
fn claiming_files_that_others_name_is_a_caution() {
    let with = |freed, sizes_are_bounds| {
        let mut snapshot = checkpoint(7, 600);
        snapshot.sizes.freed = freed;
        Scene::of(Snapshot {
            sizes_are_bounds,
            ..snapshot
        })
    };
    let topic = "shared files";
    saying(
        &with(1 << 20, false).only(topic, claim),
        Level::Pass,
        &["No other"],
    );
    saying(
        &with(1 << 19, false).only(topic, claim),
        Level::Caution,
        &["512", "break"],
    );
    saying(
        &with(1 << 20, true).only(topic, claim),
        Level::Caution,
        &["not known"],
    );
    assert!(with(0, false).on_topic(topic, same).is_empty());
}

#[test]
fn marks_speak_for_their_snapshot_and_against_others_of_the_lineage() {
    let (own, other) = (checkpoint(7, 600), checkpoint(6, 700));
    let with = |mark| Scene {
        marks: vec![mark],
        rows: vec![Arc::new(own.clone()), Arc::new(other.clone())],
        ..Scene::of(own.clone())
    };
    let marked = with(mark(&own, "ana@edge"));
    saying(
        &marked.only("mark", same),
        Level::Pass,
        &["by ana@edge", "3m ago"],
    );
    saying(
        &marked.only("mark", claim),
        Level::Caution,
        &["leads nowhere"],
    );
    assert!(
        !with(mark(&own, ""))
            .only("mark", same)
            .text
            .contains(" by ")
    );
    saying(
        &with(mark(&other, "")).only("mark", same),
        Level::Caution,
        &["chk-6"],
    );
    // By its job, where the marked one is out of sight.
    let unseen = Scene {
        rows: Vec::new(),
        ..with(mark(&other, ""))
    };
    saying(&unseen.only("mark", same), Level::Caution, &["chk-6"]);
    let foreign = Snapshot {
        location: place("file:/elsewhere/chk-1"),
        ..other.clone()
    };
    let foreign = with(Mark {
        jobs: vec![OTHER_JOB.parse().unwrap()],
        ..mark(&foreign, "")
    });
    assert!(foreign.on_topic("mark", same).is_empty());
}

#[test]
fn operators_that_a_newer_snapshot_lacks_are_probably_lost() {
    let newer = with_facts(checkpoint(9, 60), |facts| {
        facts.operators = vec![operator(1, "source", 2, 128), operator(3, "join", 2, 128)];
    });
    let scene = Scene {
        rows: vec![Arc::new(checkpoint(7, 600)), Arc::new(newer.clone())],
        ..Scene::of(checkpoint(7, 600))
    };
    let kept = scene.only("operators", same);
    saying(
        &kept,
        Level::Caution,
        &[
            "chk-9",
            "has 1 of its operators",
            "not window",
            "1 MiB",
            "refuses",
            "join would start without",
        ],
    );
    let dropping = scene.only("operators", |q| q.allow_non_restored = true);
    saying(
        &dropping,
        Level::Caution,
        &["1 MiB of state would be dropped"],
    );
    // Seen from the newer one, the older tells nothing.
    let scene = Scene {
        rows: scene.rows,
        ..Scene::of(newer)
    };
    assert!(scene.on_topic("operators", same).is_empty());
}

#[test]
fn operators_are_compared_within_the_lineage_alone() {
    let with = |row: Snapshot| Scene {
        rows: vec![Arc::new(row)],
        ..Scene::of(checkpoint(7, 600))
    };
    let all = with(checkpoint(9, 60)).only("operators", same);
    saying(&all, Level::Pass, &["all 2"]);
    let foreign = Snapshot {
        lineage: LineageId(2),
        ..checkpoint(9, 60)
    };
    assert!(with(foreign).on_topic("operators", same).is_empty());
}

#[test]
fn tasks_of_a_job_are_compared_by_their_first_operator_and_that_is_said() {
    let vertex = |id: u8, name: &str| Vertex {
        id: format!("{id:02x}").repeat(16),
        name: name.to_owned(),
        parallelism: 2,
        max_parallelism: Some(128),
        state: "RUNNING".to_owned(),
    };
    let with = |vertices: Vec<Vertex>| Scene {
        job: Some(Job {
            vertices,
            ..job(JOB, JobState::Canceled)
        }),
        ..Scene::of(checkpoint(7, 600))
    };
    let only = "only the first operator of each chain";
    let all = with(vec![vertex(1, "a"), vertex(2, "b")]).only("operators", same);
    saying(&all, Level::Pass, &["all 2 tasks", only]);
    let some = with(vec![vertex(1, "a"), vertex(9, "sink")]).only("operators", same);
    saying(&some, Level::Pass, &["1 of 2 tasks", "sink", only]);
    let none = with(vec![vertex(9, "sink")]).only("operators", same);
    saying(&none, Level::Caution, &["0 of 1 tasks"]);
    assert!(with(vec![]).on_topic("operators", same).is_empty());
}

#[test]
fn leave_to_drop_state_says_how_much_is_at_stake() {
    let scene = Scene::of(checkpoint(7, 600));
    let finding = scene.only("dropped state", |q| q.allow_non_restored = true);
    saying(&finding, Level::Caution, &["2 MiB", "2 operators"]);
    assert!(scene.on_topic("dropped state", same).is_empty());
}

#[test]
fn long_lists_are_cut_and_counted() {
    let names: Vec<String> = (1..=7).map(|n| n.to_string()).collect();
    assert_eq!(list(&names), "1, 2, 3, 4, 5 and 2 more");
    assert_eq!(list(&names[..5]), "1, 2, 3, 4, 5");
    assert_eq!(list(&[]), "");
}

#[test]
fn a_job_of_another_lineage_with_the_same_operators_is_the_same_program() {
    let snapshot = with_facts(checkpoint(5, 60), |facts| {
        facts.operators = [1, 2, 3].map(|id| operator(id, "it", 1, 128)).into();
    });
    let vertex = |id: String| Vertex {
        id,
        name: "it".to_owned(),
        parallelism: 1,
        max_parallelism: Some(128),
        state: "RUNNING".to_owned(),
    };
    let running = |known: &[u8], unknown: usize| {
        let known = known
            .iter()
            .map(|id| operator(*id, "it", 1, 128).id.to_string());
        let unknown = (0..unknown).map(|number| format!("{number:032x}"));
        Job {
            vertices: known.chain(unknown).map(vertex).collect(),
            ..job(OTHER_JOB, JobState::Running)
        }
    };
    let level = |job: Job| {
        let scene = Scene::of(snapshot.clone()).on(cluster([job]));
        scene.on_topic("running job", |_| {})[0].level
    };
    assert_eq!(level(running(&[1, 2, 3], 0)), Level::Blocker);
    // A task without state is in no snapshot.
    assert_eq!(level(running(&[1, 2], 1)), Level::Blocker);
    // A uid is a word that others may use, too.
    assert_eq!(level(running(&[1], 3)), Level::Caution);
    assert_eq!(level(running(&[], 3)), Level::Pass);
    let ended = Job {
        state: JobState::Finished,
        ..running(&[1, 2, 3], 0)
    };
    assert_eq!(level(ended), Level::Pass);
}
