use std::sync::Arc;

use jiff::SignedDuration;

use super::{Checked, Level, Limits, Orphaned, Question, check};
use crate::analysis::sample::{JOB, checkpoint, cluster, job, now, place, remembered, silent};
use crate::domain::cluster::{Cluster, Job, JobState};
use crate::domain::snapshot::{Health, Lineage, LineageId, Snapshot};
use crate::domain::space::LineageSpace;

const MINUTE: i64 = 60;

fn lineage() -> Lineage {
    Lineage {
        id: LineageId(1),
        name: "fraud".to_owned(),
        jobs: vec![JOB.parse().unwrap()],
        snapshots: 0,
        restorable: 0,
        newest_restorable_at: None,
        latest: None,
        bytes: 1000,
        space: LineageSpace::default(),
        remarks: Vec::new(),
    }
}

/// Checks one lineage with these snapshots, within fifteen minutes, or ten without a warning.
fn checked(snapshots: &[Snapshot], change: impl FnOnce(&mut Question<'_>)) -> Checked {
    let lineage = lineage();
    let rows: Vec<&Snapshot> = snapshots.iter().collect();
    let mut question = Question {
        lineages: &[&lineage],
        snapshots: &rows,
        roots: &[place("file:/data")],
        clusters: &[],
        before: None,
        orphaned: None,
        unfinished: &[],
        trashed: &[],
        problems: &[],
        limits: Limits {
            oldest: SignedDuration::from_mins(15),
            warn: SignedDuration::from_mins(10),
            orphans: None,
        },
        now: now(),
    };
    change(&mut question);
    check(&question)
}

#[track_caller]
fn says(checked: &Checked, level: Level, text: &str) {
    assert_eq!(checked.level, level, "{checked:?}");
    let first = checked.findings.first().map_or("", |it| it.text.as_str());
    assert!(first.contains(text), "{first}");
}

fn on(cluster: Cluster, snapshots: &[Snapshot]) -> Checked {
    let clusters = [Arc::new(cluster)];
    let rows: Vec<&Snapshot> = snapshots.iter().collect();
    let lineage = lineage();
    check(&Question {
        lineages: &[&lineage],
        snapshots: &rows,
        roots: &[place("file:/data")],
        clusters: &clusters,
        before: None,
        orphaned: None,
        unfinished: &[],
        trashed: &[],
        problems: &[],
        limits: Limits {
            oldest: SignedDuration::from_mins(15),
            warn: SignedDuration::from_mins(10),
            orphans: None,
        },
        now: now(),
    })
}

fn broken(id: u64, seconds: i64) -> Snapshot {
    Snapshot {
        health: Health::Incomplete,
        findings: vec!["1 of 2 files missing".to_owned()],
        ..checkpoint(id, seconds)
    }
}

#[test]
fn the_age_of_the_newest_restorable_decides() {
    let at = |seconds| {
        checked(
            &[checkpoint(1, 99 * MINUTE), checkpoint(2, seconds)],
            |_| {},
        )
    };
    assert_eq!(at(10 * MINUTE).level, Level::Ok);
    assert_eq!(at(10 * MINUTE).findings, []);
    says(
        &at(10 * MINUTE + 1),
        Level::Warning,
        "newest restorable is 10m old (limit 10m)",
    );
    assert_eq!(at(15 * MINUTE).level, Level::Warning);
    says(
        &at(43 * MINUTE),
        Level::Critical,
        "newest restorable is 43m old (limit 15m)",
    );
    says(&at(-300), Level::Unknown, "in 5m: clocks differ");
    let measured = &at(43 * MINUTE).lineages[0];
    assert_eq!(
        (
            measured.age_seconds,
            measured.snapshots,
            measured.restorable,
            measured.level
        ),
        (Some(43 * MINUTE), 2, 2, Level::Critical)
    );
}

#[test]
fn a_newer_one_that_is_broken_does_not_count() {
    let both = checked(&[checkpoint(1, 43 * MINUTE), broken(2, MINUTE)], |_| {});
    says(&both, Level::Critical, "43m old");
    assert_eq!(both.findings.len(), 2);
    assert_eq!(
        both.findings[1].text,
        "chk-2 is incomplete: 1 of 2 files missing"
    );
    let fresh = [
        checkpoint(3, MINUTE),
        broken(2, 2 * MINUTE),
        broken(1, 3 * MINUTE),
    ];
    says(
        &checked(&fresh, |_| {}),
        Level::Warning,
        "chk-2 is incomplete (and 1 more)",
    );
    says(
        &checked(&[broken(2, MINUTE)], |_| {}),
        Level::Critical,
        "nothing can be restored",
    );
    let begun = Snapshot {
        health: Health::InProgress,
        completed_at: None,
        ..checkpoint(1, 0)
    };
    says(
        &checked(&[begun], |_| {}),
        Level::Warning,
        "nothing has completed yet",
    );
}

#[test]
fn what_could_not_be_looked_at_is_not_known() {
    let unseen = Snapshot {
        unchecked_files: 2,
        ..checkpoint(2, MINUTE)
    };
    let only = [unseen.clone()];
    says(&checked(&only, |_| {}), Level::Unknown, "nothing is proven");
    let seen = checkpoint(1, 2 * MINUTE);
    says(
        &checked(&[unseen, seen.clone()], |_| {}),
        Level::Unknown,
        "1 snapshot could not",
    );
    let problems = ["cannot list file:/data/x".to_owned()];
    says(
        &checked_with_problems(&seen, &problems),
        Level::Unknown,
        "cannot list",
    );
    says(
        &checked(&[], |question| question.lineages = &[]),
        Level::Unknown,
        "no snapshot",
    );
}

fn checked_with_problems(seen: &Snapshot, problems: &[String]) -> Checked {
    let lineage = lineage();
    check(&Question {
        lineages: &[&lineage],
        snapshots: &[seen],
        roots: &[],
        clusters: &[],
        before: None,
        orphaned: None,
        unfinished: &[],
        trashed: &[],
        problems,
        limits: Limits {
            oldest: SignedDuration::from_mins(15),
            warn: SignedDuration::from_mins(10),
            orphans: None,
        },
        now: now(),
    })
}

#[test]
fn leftovers_are_worth_a_warning_beyond_a_limit() {
    let orphaned = Orphaned {
        files: 3,
        bytes: 2048,
        may_go_bytes: 1024,
    };
    let within = |limit| {
        checked(&[checkpoint(1, MINUTE)], |question| {
            question.orphaned = Some(orphaned);
            question.limits.orphans = limit;
        })
    };
    says(
        &within(Some(2047)),
        Level::Warning,
        "2 KiB in 3 files that no snapshot names",
    );
    assert_eq!(within(Some(2048)).level, Level::Ok);
    assert_eq!(within(None).level, Level::Ok);
}

#[test]
fn a_job_that_is_over_takes_no_more_checkpoints() {
    let ended = |state| on(cluster([job(JOB, state)]), &[checkpoint(1, 43 * MINUTE)]);
    assert_eq!(ended(JobState::Finished).level, Level::Ok);
    assert_eq!(ended(JobState::Canceled).level, Level::Ok);
    assert_eq!(ended(JobState::Running).level, Level::Critical);
    // Nobody meant it to end, and it is down for as long.
    says(
        &ended(JobState::Failed),
        Level::Critical,
        "43m old (limit 15m)",
    );
    let nothing = on(
        cluster([job(JOB, JobState::Canceled)]),
        &[broken(1, MINUTE)],
    );
    says(&nothing, Level::Critical, "nothing can be restored");
}

#[test]
fn a_job_that_is_over_and_left_nothing_is_all_right_only_when_it_has_finished() {
    let begun = Snapshot {
        health: Health::InProgress,
        completed_at: None,
        ..checkpoint(1, MINUTE)
    };
    let left = |state| on(cluster([job(JOB, state)]), std::slice::from_ref(&begun));
    assert_eq!(left(JobState::Finished).level, Level::Ok);
    says(
        &left(JobState::Canceled),
        Level::Warning,
        "cancelled, and nothing can be restored",
    );
    says(
        &left(JobState::Failed),
        Level::Critical,
        "failed, and nothing can be restored",
    );
}

#[test]
fn clusters_and_disk_are_held_against_each_other() {
    let remembering = |checkpoints: Vec<_>| Job {
        checkpoints,
        ..job(JOB, JobState::Running)
    };
    let rows = [checkpoint(2, MINUTE), broken(1, 5 * MINUTE)];
    let told = on(
        cluster([remembering(vec![
            remembered(2, MINUTE),
            remembered(1, 5 * MINUTE),
        ])]),
        &rows,
    );
    assert_eq!(told.lineages[0].disagreements, 1);
    assert!(
        told.findings
            .iter()
            .any(|it| it.text
                == "chk-1: Flink says that it is completed, but files of it are missing")
    );
    let gone = on(
        cluster([remembering(vec![
            remembered(2, MINUTE),
            remembered(7, 2 * MINUTE),
        ])]),
        &rows[..1],
    );
    says(
        &gone,
        Level::Warning,
        "keeps checkpoint 7, and nothing lies there",
    );
    let mute = on(silent(cluster([])), &rows[..1]);
    says(
        &mute,
        Level::Unknown,
        "prod does not answer: connection refused",
    );
}

#[test]
fn the_worst_comes_first() {
    assert_eq!(
        [Level::Ok, Level::Warning, Level::Critical, Level::Unknown].map(Level::exit_code),
        [0, 1, 2, 3]
    );
    assert!(Level::Critical > Level::Warning && Level::Warning > Level::Unknown);
}

#[test]
fn what_has_changed_between_two_answers_is_no_disagreement() {
    let newest = checkpoint(9, MINUTE);
    let rows = [&newest];
    let lineage = lineage();
    let ask = |before: Option<Cluster>, since: Cluster| {
        let before = before.map(|it| [Arc::new(it)]);
        check(&Question {
            lineages: &[&lineage],
            snapshots: &rows,
            roots: &[place("file:/data")],
            clusters: &[Arc::new(since)],
            before: before.as_ref().map(|it| &it[..]),
            orphaned: None,
            unfinished: &[],
            trashed: &[],
            problems: &[],
            limits: Limits {
                oldest: SignedDuration::from_mins(15),
                warn: SignedDuration::from_mins(10),
                orphans: None,
            },
            now: now(),
        })
    };
    let keeping = |discards: &[u64]| {
        let mut running = job(JOB, JobState::Running);
        running.checkpoints = [9, 8, 7]
            .map(|id| {
                let mut it = remembered(id, (10 - id as i64) * MINUTE);
                it.discarded = discards.contains(&id);
                it
            })
            .to_vec();
        cluster([running])
    };
    // Nothing lies where 7 and 8 did.
    let first = ask(None, keeping(&[7]));
    assert!(first.disagrees());
    says(
        &first,
        Level::Warning,
        "keeps checkpoint 8, and nothing lies",
    );
    let moved_on = ask(Some(keeping(&[7])), keeping(&[7, 8]));
    assert_eq!((moved_on.level, moved_on.disagrees()), (Level::Ok, false));
    assert!(ask(Some(keeping(&[7])), keeping(&[7])).disagrees());
    // 8 came once its place had been looked at.
    let came = ask(Some(keeping(&[7, 8])), keeping(&[7]));
    assert_eq!((came.level, came.disagrees()), (Level::Ok, false));
    // 9 lies there, and was discarded since.
    let discarded = ask(None, keeping(&[7, 8, 9]));
    assert_eq!(discarded.lineages[0].disagreements, 1, "{discarded:?}");
    let since = ask(Some(keeping(&[7, 8])), keeping(&[7, 8, 9]));
    assert_eq!((since.level, since.disagrees()), (Level::Ok, false));
    assert!(ask(Some(keeping(&[7, 8, 9])), keeping(&[7, 8, 9])).disagrees());
}
