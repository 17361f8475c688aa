use super::*;
use crate::analysis::sample::{JOB, OTHER_JOB, checkpoint, place, savepoint};
use crate::domain::policy::{Policy, PolicyError, Rules};
use crate::domain::snapshot::{Health, Kind, LineageId, Snapshot};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

mod laws;

/// Clocks go forward at 2 o'clock on the last Sunday of March, and back at 3 on the last of October.
const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

pub(super) fn zone(posix: &str) -> TimeZone {
    TimeZone::posix(posix).unwrap()
}

pub(super) fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

fn now() -> Timestamp {
    at("2027-01-01T00:00:00Z")
}

/// Checkpoints of one lineage, numbered from 1 in the order given, which completed then.
fn taken(times: &[&str]) -> Vec<Snapshot> {
    (1..)
        .zip(times)
        .map(|(number, time)| Snapshot {
            completed_at: Some(at(time)),
            ..checkpoint(number, 0)
        })
        .collect()
}

fn rules(change: impl FnOnce(&mut Rules)) -> Rules {
    let mut rules = Rules::default();
    change(&mut rules);
    rules
}

fn for_checkpoints(change: impl FnOnce(&mut Rules)) -> Policy {
    Policy::new(rules(change), Rules::default()).unwrap()
}

fn reasons(policy: &Policy, snapshots: &[Snapshot], zone: &TimeZone) -> Vec<String> {
    let rows: Vec<&Snapshot> = snapshots.iter().collect();
    judge(policy, &rows, &|_| Vec::new(), &[], now(), zone)
        .into_iter()
        .map(|(_, reasons)| {
            let words: Vec<String> = reasons.iter().map(ToString::to_string).collect();
            words.join(", ")
        })
        .collect()
}

const NEWEST: &str = "newest restorable of its lineage";

#[test]
fn each_rule_keeps_the_newest_of_its_periods_and_says_which() {
    let taken = taken(&[
        "2025-06-30T12:00:00Z",
        "2026-11-01T12:00:00Z",
        "2026-11-23T12:00:00Z",
        "2026-11-25T09:00:00Z",
        "2026-11-25T10:10:00Z",
        "2026-11-25T10:20:00Z",
    ]);
    let told = |change: fn(&mut Rules)| reasons(&for_checkpoints(change), &taken, &TimeZone::UTC);
    assert_eq!(
        told(|it| it.last = 2),
        [
            "",
            "",
            "",
            "",
            "last 2 of 2",
            &format!("last 1 of 2, {NEWEST}")
        ]
    );
    assert_eq!(
        told(|it| it.hourly = 2),
        [
            "",
            "",
            "",
            "hourly 2026-11-25 09:00+00:00",
            "",
            &format!("hourly 2026-11-25 10:00+00:00, {NEWEST}"),
        ]
    );
    assert_eq!(
        told(|it| it.daily = 3),
        [
            "",
            "daily 2026-11-01",
            "daily 2026-11-23",
            "",
            "",
            &format!("daily 2026-11-25, {NEWEST}"),
        ]
    );
    // The 1st of November 2026 is a Sunday.
    assert_eq!(
        told(|it| it.weekly = 2),
        [
            "",
            "weekly 2026-W44",
            "",
            "",
            "",
            &format!("weekly 2026-W48, {NEWEST}"),
        ]
    );
    assert_eq!(
        told(|it| it.monthly = 2),
        [
            "monthly 2025-06",
            "",
            "",
            "",
            "",
            &format!("monthly 2026-11, {NEWEST}"),
        ]
    );
    assert_eq!(
        told(|it| it.yearly = ALL),
        [
            "yearly 2025",
            "",
            "",
            "",
            "",
            &format!("yearly 2026, {NEWEST}"),
        ]
    );
    assert_eq!(
        told(|it| it.within = Some(Span::new().days(2))),
        [
            "",
            "",
            "within 2d",
            "within 2d",
            "within 2d",
            &format!("within 2d, {NEWEST}"),
        ]
    );
    assert_eq!(
        told(|it| {
            it.last = ALL;
            it.monthly = 1;
        })[5],
        format!("last 1, monthly 2026-11, {NEWEST}")
    );
}

#[test]
fn a_rule_with_periods_to_spare_keeps_the_oldest() {
    let taken = taken(&[
        "2026-11-25T09:00:00Z",
        "2026-11-25T10:00:00Z",
        "2026-11-25T11:00:00Z",
    ]);
    let told = |count| {
        reasons(
            &for_checkpoints(|it| it.daily = count),
            &taken,
            &TimeZone::UTC,
        )
    };
    let newest = format!("daily 2026-11-25, {NEWEST}");
    assert_eq!(told(1), ["", "", &newest]);
    assert_eq!(told(2), ["oldest daily", "", &newest]);
}

#[test]
fn within_is_counted_from_the_newest_that_is_not_of_the_future() {
    let taken = taken(&[
        "2026-11-01T00:00:00Z",
        "2026-11-20T00:00:00Z",
        "2026-11-21T00:00:00Z",
        "2033-01-01T00:00:00Z",
    ]);
    let policy = for_checkpoints(|it| it.within = Some(Span::new().hours(24)));
    let told = reasons(&policy, &taken, &TimeZone::UTC);
    assert_eq!(told[..3], ["", "within 24h", "within 24h"]);
    // With nothing but the future nobody knows what is old.
    let told = reasons(&policy, &taken[3..], &TimeZone::UTC);
    assert_eq!(told, [format!("within 24h, {NEWEST}")]);
    let ages = for_checkpoints(|it| it.within = Some(Span::new().years(19_000)));
    assert!(
        reasons(&ages, &taken, &TimeZone::UTC)
            .iter()
            .all(|it| it.contains("within"))
    );
}

#[test]
fn days_are_those_of_the_zone_whatever_its_clock_does() {
    let berlin = zone(BERLIN);
    // 23:30 and 00:30 there; the same day in UTC.
    let midnight = taken(&["2026-11-24T22:30:00Z", "2026-11-24T23:30:00Z"]);
    let daily = for_checkpoints(|it| it.daily = 2);
    assert_eq!(
        reasons(&daily, &midnight, &berlin),
        ["daily 2026-11-24", &format!("daily 2026-11-25, {NEWEST}")]
    );
    // 2:30 twice, an hour apart.
    let back = taken(&[
        "2026-10-24T23:30:00Z",
        "2026-10-25T00:30:00Z",
        "2026-10-25T01:30:00Z",
    ]);
    let hourly = for_checkpoints(|it| it.hourly = 2);
    assert_eq!(
        reasons(&hourly, &back, &berlin),
        [
            "",
            "hourly 2026-10-25 02:00+02:00",
            &format!("hourly 2026-10-25 02:00+01:00, {NEWEST}"),
        ]
    );
    // The day without 2:30 has 23 hours, and a day before is the same time of the clock.
    let forward = taken(&[
        "2026-03-28T10:59:00Z",
        "2026-03-28T11:00:00Z",
        "2026-03-28T22:30:00Z",
        "2026-03-29T10:00:00Z",
    ]);
    let day = for_checkpoints(|it| {
        it.daily = 2;
        it.within = Some(Span::new().days(1));
    });
    assert_eq!(
        reasons(&day, &forward, &berlin),
        [
            "",
            "within 1d",
            "daily 2026-03-28, within 1d",
            &format!("daily 2026-03-29, within 1d, {NEWEST}"),
        ]
    );
    // Newfoundland's clock went back at 00:01, into a day that was over: it is one day all the same.
    let newfoundland = zone("NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01");
    let twice = taken(&[
        "2026-10-30T12:00:00Z",
        "2026-11-01T02:00:00Z",
        "2026-11-01T02:30:30Z",
        "2026-11-01T02:40:00Z",
    ]);
    let daily = for_checkpoints(|it| it.daily = 3);
    assert_eq!(
        reasons(&daily, &twice, &newfoundland),
        [
            "daily 2026-10-30",
            "",
            "daily 2026-11-01",
            &format!("daily 2026-10-31, {NEWEST}"),
        ]
    );
}

#[test]
fn what_is_not_proven_to_be_restorable_takes_nobodys_place_and_goes_by_no_rule() {
    let mut taken = taken(&[
        "2026-11-25T08:00:00Z",
        "2026-11-25T09:00:00Z",
        "2026-11-25T10:00:00Z",
        "2026-11-25T11:00:00Z",
        "2026-11-25T12:00:00Z",
        "2026-11-25T13:00:00Z",
    ]);
    taken[2].health = Health::Corrupt;
    taken[3].unchecked_files = 1;
    taken[4].health = Health::InProgress;
    taken[5].completed_at = None;
    let told = reasons(&for_checkpoints(|it| it.last = 1), &taken, &TimeZone::UTC);
    assert_eq!(
        told,
        [
            "",
            &format!("last 1 of 1, {NEWEST}"),
            "corrupt, which no rule judges",
            "unverified, which no rule judges",
            "in progress",
            "when it completed is not known",
        ]
    );
    // Alone, one of which nobody knows when it completed is the newest.
    let told = reasons(
        &for_checkpoints(|it| it.last = 1),
        &taken[5..],
        &TimeZone::UTC,
    );
    assert_eq!(told, [format!("when it completed is not known, {NEWEST}")]);
}

#[test]
fn lineages_and_sorts_are_judged_apart() {
    let other = |number, time: &str| Snapshot {
        location: place(&format!("file:/data/{OTHER_JOB}/chk-{number}")),
        lineage: LineageId(2),
        completed_at: Some(at(time)),
        ..checkpoint(number, 0)
    };
    let mut all = taken(&["2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"]);
    all.push(other(1, "2026-01-01T00:00:00Z"));
    all.push(other(2, "2026-01-02T00:00:00Z"));
    all[1].kind = Kind::Checkpoint;
    for (name, time) in [
        ("savepoint-7bf6bd-000000000001", "2026-11-22T00:00:00Z"),
        ("savepoint-7bf6bd-000000000002", "2026-11-23T00:00:00Z"),
    ] {
        all.push(Snapshot {
            location: place(&format!("file:/savepoints/{name}")),
            completed_at: Some(at(time)),
            ..savepoint("Savepoint")
        });
    }
    let told = reasons(&for_checkpoints(|it| it.last = 1), &all, &TimeZone::UTC);
    let no_rule = "no rule for savepoints";
    assert_eq!(
        told,
        [
            "",
            "last 1 of 1",
            "",
            &format!("last 1 of 1, {NEWEST}"),
            no_rule,
            &format!("{no_rule}, {NEWEST}"),
        ]
    );
    let both = Policy::new(rules(|it| it.last = 1), rules(|it| it.yearly = 1)).unwrap();
    let told = reasons(&both, &all, &TimeZone::UTC);
    assert_eq!(told[4..], [String::new(), format!("yearly 2026, {NEWEST}")]);
    assert_eq!(
        both.to_string(),
        "checkpoints: last 1; savepoints: yearly 1"
    );
}

#[test]
fn what_is_held_stays_whatever_the_rules() {
    let taken = taken(&["2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"]);
    let rows: Vec<&Snapshot> = taken.iter().collect();
    let held = |snapshot: &Snapshot| {
        if snapshot.name == "chk-1" {
            vec![
                Reason::Hold("release-42".to_owned()),
                Reason::Hold("audit".to_owned()),
                Reason::Mark,
            ]
        } else {
            Vec::new()
        }
    };
    let policy = for_checkpoints(|it| it.last = 1);
    let judged = judge(&policy, &rows, &held, &[], now(), &TimeZone::UTC);
    let told: Vec<String> = judged[0].1.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        ["hold release-42", "hold audit", "marked for restart"]
    );
}

#[test]
fn what_is_held_or_marked_takes_nobodys_place() {
    let taken = taken(&[
        "2026-11-18T00:00:00Z",
        "2026-11-19T00:00:00Z",
        "2026-11-20T00:00:00Z",
        "2026-11-21T00:00:00Z",
    ]);
    let rows: Vec<&Snapshot> = taken.iter().collect();
    let held = |snapshot: &Snapshot| match &*snapshot.name {
        "chk-3" => vec![Reason::Mark],
        "chk-4" => vec![Reason::Hold("audit".to_owned())],
        _ => Vec::new(),
    };
    for change in [|it: &mut Rules| it.last = 1, |it: &mut Rules| it.daily = 1] {
        let policy = for_checkpoints(change);
        let judged = judge(&policy, &rows, &held, &[], now(), &TimeZone::UTC);
        let stays: Vec<bool> = judged.iter().map(|(_, why)| !why.is_empty()).collect();
        assert_eq!(stays, [false, true, true, true], "{judged:#?}");
        assert_eq!(judged[3].1[0], Reason::Hold("audit".to_owned()));
        assert!(judged[3].1.contains(&Reason::NewestOfLineage));
    }
}

#[test]
fn where_times_contradict_the_numbers_of_one_job_both_have_their_say() {
    // Somebody has touched the first.
    let mut taken = taken(&[
        "2026-11-26T00:00:00Z",
        "2026-11-22T00:00:00Z",
        "2026-11-23T00:00:00Z",
        "2026-11-24T00:00:00Z",
        "2026-11-25T00:00:00Z",
    ]);
    let told = reasons(&for_checkpoints(|it| it.last = 1), &taken, &TimeZone::UTC);
    let by_number = "by its number, which its time contradicts";
    assert_eq!(
        told,
        [
            &format!("last 1 of 1, {NEWEST}"),
            "",
            "",
            "",
            &format!("last 1 of 1 {by_number}"),
        ]
    );
    let told = reasons(&for_checkpoints(|it| it.daily = 2), &taken, &TimeZone::UTC);
    assert_eq!(told[3], format!("daily 2026-11-24 {by_number}"));
    // Applications that share the id of zeros count from 1 again and again.
    for snapshot in &mut taken {
        let zeros = "0".repeat(32);
        snapshot.location = place(&format!("file:/data/{zeros}/{}", snapshot.name));
        snapshot.job_id = Some(zeros.parse().unwrap());
    }
    let told = reasons(&for_checkpoints(|it| it.last = 1), &taken, &TimeZone::UTC);
    assert_eq!(told[4], "");
}

#[test]
fn a_policy_keeps_something() {
    let nothing = Rules::default();
    assert_eq!(
        Policy::new(nothing, nothing).unwrap_err(),
        PolicyError::Empty
    );
    for span in [Span::new(), Span::new().days(-7)] {
        let odd = rules(|it| it.within = Some(span));
        assert_eq!(Policy::new(odd, nothing).unwrap_err(), PolicyError::Within);
        let beside = rules(|it| it.last = 1);
        assert_eq!(Policy::new(beside, odd).unwrap_err(), PolicyError::Within);
    }
    assert!(
        judge(
            &for_checkpoints(|it| it.last = 1),
            &[],
            &|_| Vec::new(),
            &[],
            now(),
            &TimeZone::UTC
        )
        .is_empty()
    );
}

/// The job of snapshots of a lineage.
fn job_of(lineage: u32) -> &'static str {
    if lineage == 1 { JOB } else { OTHER_JOB }
}

#[test]
fn jobs_that_went_on_side_by_side_are_judged_each_alone() {
    const THIRD_JOB: &str = "cccccccccccccccccccccccccccccccc";
    let of = |job: &str, number, time, names: &[&str]| {
        let mut snapshot = checkpoint(number, 0);
        snapshot.location = place(&format!("file:/data/{job}/chk-{number}"));
        snapshot.job_id = Some(job.parse().unwrap());
        snapshot.completed_at = Some(at(time));
        crate::analysis::sample::with_facts(snapshot, |facts| {
            facts.jobs = names.iter().map(|it| it[..6].to_owned()).collect();
        })
    };
    let snapshots = [
        of(JOB, 1, "2026-11-01T00:00:00Z", &[JOB]),
        of(JOB, 2, "2026-11-02T00:00:00Z", &[JOB]),
        of(OTHER_JOB, 3, "2026-11-03T00:00:00Z", &[JOB]),
        of(OTHER_JOB, 4, "2026-11-04T00:00:00Z", &[JOB]),
        of(THIRD_JOB, 3, "2026-11-05T00:00:00Z", &[JOB]),
        of(THIRD_JOB, 4, "2026-11-06T00:00:00Z", &[JOB]),
    ];
    let told = reasons(
        &for_checkpoints(|it| it.last = 1),
        &snapshots,
        &TimeZone::UTC,
    );
    let newest = |job: &str| format!("last 1 of 1, newest restorable of job {}", &job[..6]);
    assert_eq!(
        told,
        [
            "",
            "last 1 of 1",
            "",
            &newest(OTHER_JOB),
            "",
            &newest(THIRD_JOB)
        ]
    );
}
