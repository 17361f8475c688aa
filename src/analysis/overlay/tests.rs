use std::sync::Arc;

use jiff::Timestamp;

use super::*;
use crate::analysis::sample::{
    JOB, OTHER_JOB, ago, checkpoint, cluster, job, now, place, remembered, restored_from,
    savepoint, silent,
};
use crate::domain::cluster::{Counts, Failure, JobState, Restored};
use crate::domain::id::JobId;
use crate::domain::snapshot::{PathMapping, Sign};

fn clusters(jobs: impl IntoIterator<Item = Job>) -> Vec<Arc<Cluster>> {
    vec![Arc::new(cluster(jobs))]
}

/// [`JOB`], running, with these entries in its history.
fn with_history(checkpoints: Vec<Checkpoint>) -> Job {
    Job {
        checkpoints,
        ..job(JOB, JobState::Running)
    }
}

fn zero_job(checkpoints: Vec<Checkpoint>) -> Job {
    Job {
        checkpoints,
        ..job(&JobId::ZERO.to_string(), JobState::Running)
    }
}

fn of_savepoint(path: &Location, format: &str) -> Checkpoint {
    Checkpoint {
        is_savepoint: true,
        savepoint_format: Some(format.to_owned()),
        path: Some(path.clone()),
        ..remembered(8, 300)
    }
}

#[test]
fn a_savepoint_that_no_history_has_is_of_the_job_of_its_name() {
    let old = savepoint("Savepoint");
    let ended = job(JOB, JobState::Canceled);
    let known = clusters([
        job(OTHER_JOB, JobState::Running),
        ended,
        with_history(Vec::new()),
    ]);
    assert!(live(&old, &known).is_none());
    let (_, found) = namesake(&old, &known).unwrap();
    assert_eq!(
        (found.id.to_string().as_str(), found.state),
        (JOB, JobState::Running)
    );
    assert!(namesake(&old, &clusters([job(OTHER_JOB, JobState::Running)])).is_none());
}

fn said(snapshot: &Snapshot, cluster: Cluster) -> Vec<String> {
    let clusters = [Arc::new(cluster)];
    let live = live(snapshot, &clusters).unwrap();
    disagreements(snapshot, &live, now())
}

fn said_of(snapshot: &Snapshot, history: Vec<Checkpoint>) -> Vec<String> {
    said(snapshot, cluster([with_history(history)]))
}

#[test]
fn a_checkpoint_belongs_to_the_job_of_its_directory() {
    let known = clusters([
        job(OTHER_JOB, JobState::Running),
        with_history(vec![remembered(7, 600)]),
    ]);
    let found = live(&checkpoint(7, 600), &known).unwrap();
    assert_eq!(found.job.id.to_string(), JOB);
    assert_eq!(found.checkpoint.map(|it| it.id), Some(7));
    // The job is known also where its short history has forgotten the checkpoint.
    let forgotten = live(&checkpoint(6, 700), &known).unwrap();
    assert_eq!(forgotten.job.id.to_string(), JOB);
    assert!(forgotten.checkpoint.is_none());
    assert!(
        live(
            &checkpoint(7, 600),
            &clusters([job(OTHER_JOB, JobState::Running)])
        )
        .is_none()
    );
    assert!(live(&checkpoint(7, 600), &[]).is_none());
}

#[test]
fn a_job_that_moved_is_looked_up_where_it_lives() {
    let over = cluster([job(JOB, JobState::Canceled)]);
    let lives = Cluster {
        name: "new".to_owned(),
        ..cluster([job(JOB, JobState::Running)])
    };
    for pair in [[over.clone(), lives.clone()], [lives, over]] {
        let pair = pair.map(Arc::new);
        assert_eq!(
            live(&checkpoint(7, 600), &pair).unwrap().cluster.name,
            "new"
        );
    }
}

#[test]
fn a_savepoint_belongs_to_the_job_that_remembers_its_path() {
    let savepoint = savepoint("Savepoint");
    let entry = of_savepoint(&savepoint.location, "CANONICAL");
    let known = clusters([with_history(vec![remembered(9, 60), entry])]);
    let found = live(&savepoint, &known).unwrap();
    assert_eq!(found.checkpoint.map(|it| it.id), Some(8));
    assert!(
        live(
            &savepoint,
            &clusters([with_history(vec![remembered(8, 300)])])
        )
        .is_none()
    );
}

#[test]
fn an_id_of_zeros_belongs_to_nobody_but_by_its_path() {
    let zeros = JobId::ZERO.to_string();
    let at = |directory: &str| Snapshot {
        job_id: Some(JobId::ZERO),
        location: place(&format!("file:/{directory}/{zeros}/chk-7")),
        ..checkpoint(7, 600)
    };
    let entry = Checkpoint {
        path: Some(at("a").location),
        ..remembered(7, 600)
    };
    assert!(live(&at("a"), &clusters([zero_job(vec![])])).is_none());
    let known = clusters([zero_job(vec![entry])]);
    assert!(live(&at("a"), &known).is_some_and(|live| live.checkpoint.is_some()));
}

#[test]
fn one_under_way_is_known_by_its_number() {
    let pending = Checkpoint {
        status: CheckpointStatus::InProgress,
        path: None,
        ..remembered(9, 0)
    };
    let known = clusters([with_history(vec![pending])]);
    let snapshot = |id| Snapshot {
        health: Health::InProgress,
        facts: None,
        ..checkpoint(id, 0)
    };
    let found = live(&snapshot(9), &known).unwrap();
    assert!(
        found
            .checkpoint
            .is_some_and(|it| it.status == CheckpointStatus::InProgress)
    );
    assert!(live(&snapshot(10), &known).unwrap().checkpoint.is_none());
}

#[test]
fn a_path_leads_to_a_snapshot_by_place_mapping_or_telling_name() {
    let own = checkpoint(7, 600);
    assert!(is_at(&own.location, &own));
    assert!(is_at(&place(&format!("file:///data/{JOB}/chk-7/")), &own));
    // Elsewhere, below the same job.
    assert!(is_at(&place(&format!("s3://bucket/x/{JOB}/chk-7")), &own));
    assert!(!is_at(&place(&format!("s3://bucket/x/{JOB}/chk-8")), &own));
    assert!(!is_at(
        &place(&format!("s3://bucket/x/{OTHER_JOB}/chk-7")),
        &own
    ));
    assert!(!is_at(&place("s3://bucket/x/chk-7"), &own));
    // Where the directory has no telling name, by where its metadata says that it lies.
    let moved = Snapshot {
        location: place("file:/copy/latest"),
        mapping: Some(PathMapping {
            from: place("s3://bucket/flink"),
            to: place("file:/copy"),
            inferred: true,
        }),
        ..checkpoint(7, 600)
    };
    assert!(is_at(&place("s3://bucket/flink/latest"), &moved));
    assert!(!is_at(&place("s3://other/flink/latest"), &moved));
    // A savepoint's random digits tell, a name that somebody gave does not.
    let savepoint = savepoint("Savepoint");
    assert!(is_at(
        &place(&format!("s3://bucket/{}", savepoint.name)),
        &savepoint
    ));
    let named = Snapshot {
        location: place("file:/savepoints/savepoint-now"),
        ..savepoint
    };
    assert!(!is_at(&place("s3://bucket/savepoint-now"), &named));
}

#[test]
fn users_are_jobs_that_are_not_over_and_were_restored_from_it() {
    let own = checkpoint(7, 600);
    let from_it = |state| restored_from(job(OTHER_JOB, state), &own.location);
    let elsewhere = restored_from(job(JOB, JobState::Running), &checkpoint(8, 60).location);
    let known = clusters([
        from_it(JobState::Running),
        elsewhere,
        job(JOB, JobState::Running),
    ]);
    let found: Vec<String> = users(&own, &known)
        .map(|(_, job)| job.id.to_string())
        .collect();
    assert_eq!(found, [OTHER_JOB]);
    let over = clusters([from_it(JobState::Failed), from_it(JobState::Canceled)]);
    assert_eq!(users(&own, &over).count(), 0);
}

#[test]
fn what_agrees_is_not_spoken_of() {
    assert!(said_of(&checkpoint(7, 600), vec![remembered(7, 600)]).is_empty());
}

#[test]
fn discarded_but_here_is_said_once_it_has_been_so_for_a_while() {
    let discarded = || Checkpoint {
        discarded: true,
        ..remembered(7, 600)
    };
    let pushed_out = |seconds| vec![remembered(8, seconds), discarded()];
    let found = said_of(&checkpoint(7, 600), pushed_out(300));
    assert_eq!(
        found,
        [
            "Flink says that it discarded this externalized checkpoint about 5m ago, but its files are still here."
        ]
    );
    // Flink deletes in the background.
    assert!(said_of(&checkpoint(7, 600), pushed_out(5)).is_empty());
    assert!(said_of(&checkpoint(7, 600), pushed_out(30)).is_empty());
    assert_eq!(said_of(&checkpoint(7, 600), pushed_out(31)).len(), 1);
    // With no moment to go by, there is nothing to wait for.
    let found = said_of(&checkpoint(7, 600), vec![discarded()]);
    assert!(found.len() == 1 && !found[0].contains("ago"), "{found:?}");
    // A directory that was left empty holds no files.
    let empty = Snapshot {
        health: Health::Empty,
        ..checkpoint(7, 600)
    };
    assert!(said_of(&empty, pushed_out(300)).is_empty());
}

#[test]
fn a_savepoint_does_not_push_a_checkpoint_out() {
    let discarded = Checkpoint {
        discarded: true,
        ..remembered(7, 600)
    };
    let savepoint = of_savepoint(&place("file:/savepoints/s"), "CANONICAL");
    let found = said_of(&checkpoint(7, 600), vec![savepoint, discarded]);
    assert!(found.len() == 1 && !found[0].contains("ago"), "{found:?}");
}

#[test]
fn given_up_but_here_is_said_with_the_cause() {
    let failed = |seconds| Checkpoint {
        status: CheckpointStatus::Failed,
        failure: Some(Failure {
            at: Some(ago(seconds)),
            cause: "expired before completing".to_owned(),
        }),
        ..remembered(7, 600)
    };
    let found = said_of(&checkpoint(7, 600), vec![failed(120)]);
    assert_eq!(
        found,
        ["Flink gave it up 2m ago, but its files are still here: expired before completing"]
    );
    assert!(said_of(&checkpoint(7, 600), vec![failed(3)]).is_empty());
}

#[test]
fn completed_but_broken_here_is_said() {
    let with = |health, unchecked_files| {
        let snapshot = Snapshot {
            health,
            unchecked_files,
            ..checkpoint(7, 600)
        };
        said_of(&snapshot, vec![remembered(7, 600)])
    };
    for (health, words) in [
        (Health::InProgress, "no metadata"),
        (Health::Abandoned, "no metadata"),
        (Health::Empty, "empty"),
        (Health::Incomplete, "missing"),
        (Health::Corrupt, "cannot be read"),
    ] {
        let found = with(health, 0);
        assert!(
            found.len() == 1 && found[0].contains(words),
            "{health:?}: {found:?}"
        );
    }
    // What could not be looked at contradicts nobody.
    assert!(with(Health::Corrupt, 1).is_empty());
    let fresh = Snapshot {
        health: Health::InProgress,
        ..checkpoint(7, 5)
    };
    assert!(said_of(&fresh, vec![remembered(7, 5)]).is_empty());
}

#[test]
fn on_disk_but_unknown_is_said_only_where_flink_should_remember() {
    let history = || vec![remembered(9, 60), remembered(5, 700)];
    let found = said_of(&checkpoint(7, 600), history());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("unknown to Flink") && found[0].contains("from 5 on"),
        "{found:?}"
    );
    // Older than all that is remembered: it may well have been known.
    assert!(said_of(&checkpoint(4, 800), history()).is_empty());
    // Written a moment ago: the answer may be older than that.
    assert!(said_of(&checkpoint(10, 5), history()).is_empty());
    // Written before the job started, by an earlier run.
    assert!(said_of(&checkpoint(7, 20_000), history()).is_empty());
    // Nothing is remembered, or not when it was written.
    assert!(said_of(&checkpoint(7, 600), Vec::new()).is_empty());
    let unread = Snapshot {
        completed_at: None,
        ..checkpoint(7, 600)
    };
    assert!(said_of(&unread, history()).is_empty());
}

fn absent_ids(job: &Job, cluster: &Cluster, here: &[Snapshot], roots: &[&str]) -> Vec<u64> {
    let roots: Vec<Location> = roots.iter().map(|root| place(root)).collect();
    let here: Vec<&Snapshot> = here.iter().collect();
    let found = absent(job, cluster, &here, &roots);
    found.iter().map(|checkpoint| checkpoint.id).collect()
}

#[test]
fn absent_is_what_flink_keeps_in_a_place_in_sight_where_nothing_lies() {
    let job = with_history(vec![remembered(9, 60), remembered(8, 300)]);
    let known = cluster([]);
    let of = |here: &[Snapshot], roots: &[&str]| absent_ids(&job, &known, here, roots);
    assert_eq!(of(&[checkpoint(9, 60)], &["file:/data"]), [8]);
    assert_eq!(of(&[], &["file:///data/"]), [9, 8]);
    assert!(of(&[checkpoint(9, 60), checkpoint(8, 300)], &["file:/data"]).is_empty());
    // Where nobody looks, nothing can be missed; a like name is no place within.
    assert!(of(&[], &["file:/elsewhere", "file:/dat"]).is_empty());
    assert!(of(&[], &[]).is_empty());
    // A job that is over keeps nothing: what it left is the user's.
    let over = Job {
        state: JobState::Canceled,
        ..job.clone()
    };
    assert!(absent_ids(&over, &known, &[], &["file:/data"]).is_empty());
}

#[test]
fn absent_is_neither_what_is_not_done_nor_what_is_discarded_nor_what_is_fresh() {
    let with = |change: fn(&mut Checkpoint)| {
        let mut entry = remembered(8, 300);
        change(&mut entry);
        absent_ids(
            &with_history(vec![entry]),
            &cluster([]),
            &[],
            &["file:/data"],
        )
    };
    assert_eq!(with(|_| ()), [8]);
    assert!(with(|entry| entry.discarded = true).is_empty());
    assert!(with(|entry| entry.status = CheckpointStatus::Failed).is_empty());
    assert!(with(|entry| entry.status = CheckpointStatus::InProgress).is_empty());
    assert!(with(|entry| entry.acknowledged_at = Some(ago(3))).is_empty());
    assert!(with(|entry| entry.acknowledged_at = None).is_empty());
    assert!(with(|entry| entry.path = None).is_empty());
}

#[test]
fn staleness_is_of_the_last_answer() {
    let of = |contact: &Contact| staleness(contact, now());
    assert_eq!(of(&Contact::Answering { at: ago(1) }), None);
    assert!(of(&Contact::NotYet).is_some_and(|text| text.contains("not answered yet")));
    assert_eq!(
        of(&silent(cluster([])).contact).as_deref(),
        Some("as it said 10m ago; it is not answering now")
    );
    let never = Contact::Silent {
        since: ago(600),
        last_answer: None,
        reason: "connection refused".to_owned(),
    };
    assert_eq!(of(&never).as_deref(), Some("it never answered"));
}

/// Makes a cluster silent that last answered at this moment, if ever.
fn silent_since(cluster: Cluster, last_answer: Option<Timestamp>) -> Cluster {
    Cluster {
        contact: Contact::Silent {
            since: ago(600),
            last_answer,
            reason: "connection refused".to_owned(),
        },
        ..cluster
    }
}

#[test]
fn a_silent_cluster_contradicts_nothing_that_happened_since() {
    let history = vec![remembered(8, 700), remembered(5, 900)];
    let known = |last_answer| silent_since(cluster([with_history(history.clone())]), last_answer);
    // Written after the last answer: of course it does not know.
    assert!(said(&checkpoint(9, 60), known(Some(ago(620)))).is_empty());
    // Missed in the moment of the last answer, it was too fresh then, however long ago that is now.
    let job = with_history(vec![remembered(8, 640)]);
    let quiet = silent_since(cluster([]), Some(ago(620)));
    assert!(absent_ids(&job, &quiet, &[], &["file:/data"]).is_empty());
    // Without any answer there is nothing to disagree with.
    assert!(said(&checkpoint(7, 800), known(None)).is_empty());
    let never = silent_since(cluster([]), None);
    let old = with_history(vec![remembered(8, 5_000)]);
    assert!(absent_ids(&old, &never, &[], &["file:/data"]).is_empty());
    let not_yet = Cluster {
        contact: Contact::NotYet,
        ..cluster([])
    };
    assert!(absent_ids(&old, &not_yet, &[], &["file:/data"]).is_empty());
}

#[test]
fn what_a_silent_cluster_contradicts_is_told_as_of_then() {
    let discarded = Checkpoint {
        discarded: true,
        ..remembered(7, 2_000)
    };
    let history = vec![remembered(8, 1_000), discarded, remembered(5, 3_000)];
    let missing = Snapshot {
        health: Health::Incomplete,
        ..checkpoint(8, 1_000)
    };
    for snapshot in [checkpoint(7, 2_000), checkpoint(6, 2_500), missing] {
        let found = said(&snapshot, silent(cluster([with_history(history.clone())])));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("not answering now"), "{found:?}");
        assert!(found[0].contains("10m ago"), "{found:?}");
    }
}

#[test]
fn what_a_silent_cluster_kept_is_not_missed_now() {
    let job = with_history(vec![remembered(8, 1_000)]);
    let quiet = silent(cluster([]));
    // Since then it may have been pushed out as it should be.
    assert!(absent_ids(&job, &quiet, &[], &["file:/data"]).is_empty());
    assert_eq!(absent_ids(&job, &cluster([]), &[], &["file:/data"]), [8]);
}

#[test]
fn the_job_that_writes_to_a_directory_of_zeros_is_known_where_it_is_the_only_one() {
    let lies = |directory: &str| Checkpoint {
        path: Some(place(&format!("{directory}/chk-8"))),
        ..remembered(8, 60)
    };
    let directory = format!("file:/data/{}", JobId::ZERO);
    let writer = |clusters: &[Arc<Cluster>]| of_zeros(&place(&directory), clusters).is_some();
    let running = zero_job(vec![lies(&directory)]);
    assert!(writer(&clusters([
        job(JOB, JobState::Running),
        running.clone()
    ])));
    let elsewhere = zero_job(vec![lies("file:/other")]);
    assert!(!writer(&clusters([elsewhere.clone()])));
    assert!(!writer(&clusters([zero_job(Vec::new())])), "none completed");
    let over = Job {
        state: JobState::Canceled,
        ..running.clone()
    };
    assert!(!writer(&clusters([over.clone()])));
    let one = [clusters([over]), clusters([running.clone()])].concat();
    assert!(writer(&one), "the other is over");
    let two = [clusters([running]), clusters([elsewhere])].concat();
    assert!(!writer(&two), "another of that id is known");
}

fn ended(id: &str, seconds: i64) -> Job {
    Job {
        ended_at: Some(ago(seconds)),
        ..job(id, JobState::Canceled)
    }
}

fn life_of(snapshot: &Snapshot, jobs: impl IntoIterator<Item = Job>) -> Life {
    live(snapshot, &clusters(jobs)).unwrap().life
}

fn sign(name: &str, seconds: i64) -> Sign {
    Sign {
        name: name.to_owned(),
        at: ago(seconds),
        number: name.strip_prefix("chk-").and_then(|it| it.parse().ok()),
    }
}

#[test]
fn that_a_job_is_over_settles_what_was_written_until_then() {
    let own = checkpoint(7, 600);
    assert_eq!(life_of(&own, [ended(JOB, 500)]), Life::Over);
    assert_eq!(
        life_of(&own, [ended(JOB, 660)]),
        Life::Over,
        "clocks differ"
    );
    let own_sign = Life::UsedAgain(sign("chk-7", 600));
    assert_eq!(life_of(&own, [ended(JOB, 661)]), own_sign);
    // On whatever cluster it ended last, that is its end.
    assert_eq!(
        life_of(&own, [ended(JOB, 5_000), ended(JOB, 500)]),
        Life::Over
    );
    assert_eq!(
        life_of(&own, [ended(JOB, 5_000), job(JOB, JobState::Running)]),
        Life::Lives
    );
    let beside = |seconds| Snapshot {
        used_again: Some(sign("chk-9", seconds)),
        ..checkpoint(7, 600)
    };
    assert_eq!(
        life_of(&beside(300), [ended(JOB, 500)]),
        Life::UsedAgain(sign("chk-9", 300))
    );
    assert_eq!(
        life_of(&beside(300), [ended(JOB, 200)]),
        Life::Over,
        "it ended again since"
    );
    // An empty directory changes when something in it goes.
    let empty = Snapshot {
        health: Health::Empty,
        completed_at: None,
        ..checkpoint(7, 10)
    };
    assert_eq!(life_of(&empty, [ended(JOB, 500)]), Life::Over);
}

#[test]
fn a_number_beyond_all_that_it_took_is_of_another_job_whatever_clocks_say() {
    let over = |completed: &[u64]| Job {
        checkpoints: completed.iter().map(|&id| remembered(id, 600)).collect(),
        ..ended(JOB, 500)
    };
    let own = checkpoint(7, 600);
    assert_eq!(life_of(&own, [over(&[7, 6])]), Life::Over);
    assert_eq!(
        life_of(&own, [over(&[6, 5])]),
        Life::UsedAgain(sign("chk-7", 600))
    );
    let beside = Snapshot {
        used_again: Some(sign("chk-8", 590)),
        ..checkpoint(7, 600)
    };
    let used = Life::UsedAgain(sign("chk-8", 590));
    assert_eq!(life_of(&beside, [over(&[7])]), used);
    // One that came to nothing took its number all the same, but left none that is complete.
    let mut failed = over(&[7, 6]);
    failed.checkpoints[0].status = CheckpointStatus::Failed;
    assert_eq!(life_of(&own, [failed]), Life::UsedAgain(sign("chk-7", 600)));
    let mut none = ended(JOB, 500);
    none.counts = none.counts.map(|it| Counts { completed: 0, ..it });
    assert_eq!(life_of(&own, [none]), Life::UsedAgain(sign("chk-7", 600)));
    // What it was restored from had that number.
    let restored = restored_from(over(&[]), &own.location);
    assert_eq!(life_of(&own, [restored]), Life::Over);
}

/// [`JOB`], running since 10,000 seconds ago, restored from a number at a path, with these of its own.
fn later_run(from: (u64, &str, bool), completed: &[u64]) -> Job {
    let (id, path, is_savepoint) = from;
    Job {
        checkpoints: completed.iter().map(|&id| remembered(id, 60)).collect(),
        restored: Some(Restored {
            id,
            at: None,
            is_savepoint,
            path: Some(place(path)),
        }),
        ..job(JOB, JobState::Running)
    }
}

#[test]
fn what_has_a_number_from_before_a_restore_is_of_an_earlier_run() {
    let own = format!("file:/data/{JOB}/chk-6");
    let savepoint = format!("file:/sp/savepoint-{}-0123456789ab", &JOB[..6]);
    let earlier = Life::LaterRun(Later::From(6));
    for from in [
        (6, &*own, true),
        (6, &*savepoint, true),
        (6, "file:/x/chk-6", false),
    ] {
        for number in [5, 6] {
            let row = checkpoint(number, 20_000);
            assert_eq!(
                life_of(&row, [later_run(from, &[8, 7])]),
                earlier,
                "{from:?}"
            );
        }
        let mut starting = later_run(from, &[]);
        starting.state = JobState::Initializing;
        assert_eq!(life_of(&checkpoint(5, 20_000), [starting]), Life::Lives);
        assert_eq!(
            life_of(&checkpoint(7, 20_000), [later_run(from, &[8])]),
            Life::Lives
        );
    }
    // It may have gone back to that after a failure.
    assert_eq!(
        life_of(&checkpoint(5, 20_000), [later_run((6, &own, false), &[7])]),
        Life::Lives
    );
    // It stopped itself with that, in vain.
    assert_eq!(
        life_of(
            &checkpoint(4, 20_000),
            [later_run((6, &savepoint, true), &[7, 5])]
        ),
        Life::Lives
    );
    let begun = Snapshot {
        health: Health::InProgress,
        ..checkpoint(5, 20_000)
    };
    assert_eq!(
        life_of(&begun, [later_run((6, &own, true), &[])]),
        Life::Lives
    );
}

#[test]
fn what_has_a_number_beyond_all_that_a_job_knows_is_not_its_own() {
    let savepoint = format!("file:/sp/savepoint-{}-0123456789ab", &JOB[..6]);
    let back_to = |completed: &[u64]| later_run((4, &savepoint, true), completed);
    let beyond = |it| Life::LaterRun(Later::Beyond(it));
    let row = checkpoint(6, 20_000);
    assert_eq!(life_of(&row, [back_to(&[])]), beyond(4));
    assert_eq!(life_of(&row, [back_to(&[5])]), beyond(5));
    assert_eq!(life_of(&row, [back_to(&[7, 5])]), Life::Lives);
    // What it completed a moment ago Flink may not tell yet.
    assert_eq!(life_of(&checkpoint(6, 60), [back_to(&[5])]), Life::Lives);
}

#[test]
fn what_a_job_does_not_remember_that_failed_after_its_start_may_be_of_an_earlier_run() {
    let own = format!("file:/data/{JOB}/chk-8");
    let row = checkpoint(5, 20_000);
    let may_not = |row: &Snapshot, restored: i64, is_savepoint| {
        let mut job = later_run((8, &own, is_savepoint), &[9]);
        job.started_at = Some(ago(10_000));
        job.restored.as_mut().unwrap().at = Some(ago(restored));
        let clusters = [Arc::new(cluster([job]))];
        live(row, &clusters).unwrap().may_not_have_taken(row)
    };
    assert!(may_not(&row, 5_000, false));
    assert!(!may_not(&row, 10_000, false), "a JobManager took it over");
    assert!(!may_not(&checkpoint(5, 9_000), 5_000, false), "taken since");
    assert!(!may_not(&checkpoint(9, 20_000), 5_000, false), "remembered");
}

#[test]
fn what_was_there_before_a_start_without_state_is_of_an_earlier_run() {
    let afresh = |started| Job {
        started_at: Some(ago(started)),
        ..job(JOB, JobState::Running)
    };
    let earlier = Life::LaterRun(Later::Afresh);
    assert_eq!(life_of(&checkpoint(7, 661), [afresh(600)]), earlier);
    assert_eq!(
        life_of(&checkpoint(7, 660), [afresh(600)]),
        Life::Lives,
        "clocks differ"
    );
    // What it was restored from may not be told yet.
    assert_eq!(life_of(&checkpoint(7, 661), [afresh(60)]), Life::Lives);
    let untold = Job {
        counts: None,
        ..afresh(600)
    };
    assert_eq!(life_of(&checkpoint(7, 661), [untold]), Life::Lives);
    let kept = Job {
        checkpoints: vec![remembered(7, 661)],
        ..afresh(600)
    };
    assert_eq!(life_of(&checkpoint(7, 661), [kept]), Life::Lives);
}

#[test]
fn of_a_copy_its_time_says_nothing() {
    let entry = of_savepoint(&savepoint("Savepoint").location, "CANONICAL");
    let mut over = ended(JOB, 5_000);
    over.checkpoints = vec![entry];
    assert_eq!(life_of(&savepoint("Savepoint"), [over]), Life::Over);
}

#[test]
fn that_one_job_with_an_id_of_zeros_is_over_says_nothing_of_others() {
    let own = Snapshot {
        job_id: Some(JobId::ZERO),
        ..checkpoint(7, 600)
    };
    let with = |state| Job {
        state,
        ended_at: Some(ago(10)),
        ..zero_job(vec![remembered(7, 600)])
    };
    assert_eq!(life_of(&own, [with(JobState::Canceled)]), Life::Shared);
    assert_eq!(
        life_of(&own, [with(JobState::Canceled), with(JobState::Running)]),
        Life::Lives
    );
}
