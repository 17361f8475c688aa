//! What holds for any rules and any snapshots.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Span, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::domain::location::Location;

/// Without change of the clock, with it by day, and with it across midnight.
const ZONES: [&str; 3] = ["UTC0", BERLIN, "NST3:30NDT,M3.2.0/0:01,M11.1.0/0:01"];

fn snapshots() -> impl Strategy<Value = Vec<Snapshot>> {
    // Within hours around a change of the clock, within days, or within years.
    let moment = prop_oneof![
        (0_i64..360).prop_map(|it| at("2026-10-24T21:00:00Z") + SignedDuration::from_mins(it)),
        (0_i64..20_000).prop_map(|it| at("2026-10-20T00:00:00Z") + SignedDuration::from_mins(it)),
        (0_i64..1_500_000)
            .prop_map(|it| at("2024-12-20T00:00:00Z") + SignedDuration::from_mins(it)),
    ];
    let one = (moment, 1_u32..3, any::<bool>(), 0_u8..16);
    prop::collection::vec(one, 0..24).prop_map(|all| {
        (1..)
            .zip(all)
            .map(|(number, (time, lineage, is_savepoint, health))| {
                let job = job_of(lineage);
                let base = if is_savepoint {
                    let name = format!("savepoint-{}-{number:012}", &job[..6]);
                    Snapshot {
                        location: place(&format!("file:/savepoints/{name}")),
                        ..savepoint("Savepoint")
                    }
                } else {
                    Snapshot {
                        location: place(&format!("file:/data/{job}/chk-{number}")),
                        ..checkpoint(number, 0)
                    }
                };
                Snapshot {
                    lineage: LineageId(lineage),
                    completed_at: (health != 0).then_some(time),
                    unchecked_files: u64::from(health == 1),
                    health: match health {
                        2 => Health::Corrupt,
                        3 => Health::Incomplete,
                        4 => Health::InProgress,
                        _ => Health::Complete,
                    },
                    ..base
                }
            })
            .collect()
    })
}

fn some_rules() -> impl Strategy<Value = Rules> {
    let count = || prop_oneof![2 => Just(0_u32), 3 => 0_u32..5, 1 => Just(ALL)];
    let within = prop::option::weighted(0.3, 1_i64..2000);
    (count(), count(), count(), count(), count(), count(), within)
        .prop_map(
            |(last, hourly, daily, weekly, monthly, yearly, within)| Rules {
                last,
                hourly,
                daily,
                weekly,
                monthly,
                yearly,
                within: within.map(|hours| Span::new().hours(hours)),
            },
        )
        .prop_filter("no rule", |rules| !rules.is_empty())
}

fn policies() -> impl Strategy<Value = Policy> {
    (some_rules(), some_rules())
        .prop_map(|(checkpoints, savepoints)| Policy::new(checkpoints, savepoints).unwrap())
}

fn verdicts(
    policy: &Policy,
    rows: &[&Snapshot],
    zone: &TimeZone,
) -> BTreeMap<Location, BTreeSet<Reason>> {
    judge(policy, rows, &held, &[], moment(), zone)
        .into_iter()
        .map(|(row, reasons)| (row.location.clone(), reasons.into_iter().collect()))
        .collect()
}

/// Some of the times are of the future.
fn moment() -> Timestamp {
    at("2027-06-01T00:00:00Z")
}

fn held(snapshot: &Snapshot) -> Vec<Reason> {
    let is = |end: &str, reason: Reason| snapshot.name.ends_with(end).then_some(reason);
    let held = [
        is("11", Reason::Hold("audit".to_owned())),
        is("1", Reason::Mark),
        is("7", Reason::Mark),
    ];
    held.into_iter().flatten().collect()
}

fn kept(verdicts: &BTreeMap<Location, BTreeSet<Reason>>) -> BTreeSet<&Location> {
    let kept = verdicts.iter().filter(|(_, reasons)| !reasons.is_empty());
    kept.map(|(location, _)| location).collect()
}

/// The same rules or more generous ones.
fn more(rules: &Rules, by: [u32; 6], longer: i64) -> Rules {
    let [last, hourly, daily, weekly, monthly, yearly] = by;
    Rules {
        last: rules.last.saturating_add(last),
        hourly: rules.hourly.saturating_add(hourly),
        daily: rules.daily.saturating_add(daily),
        weekly: rules.weekly.saturating_add(weekly),
        monthly: rules.monthly.saturating_add(monthly),
        yearly: rules.yearly.saturating_add(yearly),
        within: rules
            .within
            .map(|span| span.checked_add(Span::new().hours(longer)).unwrap()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn who_asks_for_more_never_gets_less(
        all in snapshots(),
        policy in policies(),
        by in prop::array::uniform6(0_u32..4),
        longer in 0_i64..500,
        zone_at in 0..ZONES.len(),
    ) {
        let rows: Vec<&Snapshot> = all.iter().collect();
        let zone = zone(ZONES[zone_at]);
        let generous = Policy::new(
            more(policy.rules(Kind::Checkpoint), by, longer),
            more(policy.rules(Kind::Savepoint), by, longer),
        )
        .unwrap();
        let (few, many) = (verdicts(&policy, &rows, &zone), verdicts(&generous, &rows, &zone));
        prop_assert!(kept(&few).is_subset(&kept(&many)));
    }

    #[test]
    fn what_no_rule_may_judge_stays_and_so_does_the_newest(
        all in snapshots(),
        policy in policies(),
        zone_at in 0..ZONES.len(),
    ) {
        let rows: Vec<&Snapshot> = all.iter().collect();
        let told = judge(&policy, &rows, &held, &[], moment(), &zone(ZONES[zone_at]));
        prop_assert_eq!(told.len(), rows.len());
        for ((row, reasons), asked) in told.iter().zip(&rows) {
            prop_assert_eq!(&row.location, &asked.location, "in the order given");
            if !row.is_restorable() || row.completed_at.is_none() || !held(row).is_empty() {
                prop_assert!(!reasons.is_empty());
            }
        }
        for lineage in [LineageId(1), LineageId(2)] {
            let of = || told.iter().filter(|(row, _)| row.lineage == lineage && row.is_restorable());
            let newest = of().map(|(row, _)| row.completed_at).max();
            let stays = of().filter(|(_, reasons)| reasons.contains(&Reason::NewestOfLineage));
            let stays: Vec<_> = stays.map(|(row, _)| row.completed_at).collect();
            prop_assert_eq!(stays, newest.into_iter().collect::<Vec<_>>());
        }
    }

    #[test]
    fn without_what_is_held_or_marked_rules_keep_the_same(
        all in snapshots(),
        policy in policies(),
        zone_at in 0..ZONES.len(),
    ) {
        let zone = zone(ZONES[zone_at]);
        let by_rule = |rows: &[&Snapshot]| -> BTreeMap<Location, Vec<Reason>> {
            let told = judge(&policy, rows, &held, &[], moment(), &zone);
            let free = told.into_iter().filter(|(row, _)| held(row).is_empty());
            // Which one is the newest of all is no rule's business, and what numbers say is asked of what nothing else keeps.
            let is_rule = |it: &Reason| !matches!(it, Reason::NewestOfLineage | Reason::ByNumber(_));
            free.map(|(row, reasons)| {
                (row.location.clone(), reasons.into_iter().filter(is_rule).collect())
            })
            .collect()
        };
        let rows: Vec<&Snapshot> = all.iter().collect();
        let free: Vec<&Snapshot> = rows.iter().copied().filter(|it| held(it).is_empty()).collect();
        prop_assert_eq!(by_rule(&rows), by_rule(&free));
    }

    #[test]
    fn what_is_kept_once_is_kept_again(
        all in snapshots(),
        policy in policies(),
        zone_at in 0..ZONES.len(),
    ) {
        let rows: Vec<&Snapshot> = all.iter().collect();
        let zone = zone(ZONES[zone_at]);
        let first = verdicts(&policy, &rows, &zone);
        let left: Vec<&Snapshot> = rows
            .into_iter()
            .filter(|row| !first[&row.location].is_empty())
            .collect();
        let again = verdicts(&policy, &left, &zone);
        prop_assert_eq!(kept(&again), kept(&first));
    }

    #[test]
    fn the_order_of_snapshots_does_not_matter(
        (all, mixed) in snapshots().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle())),
        policy in policies(),
        zone_at in 0..ZONES.len(),
    ) {
        let zone = zone(ZONES[zone_at]);
        let told = verdicts(&policy, &all.iter().collect::<Vec<_>>(), &zone);
        let of_mixed = verdicts(&policy, &mixed.iter().collect::<Vec<_>>(), &zone);
        prop_assert_eq!(told, of_mixed);
    }

    #[test]
    fn a_period_is_kept_by_its_newest_and_no_more_of_them_than_asked_for(
        all in snapshots(),
        count in 1_u32..6,
        zone_at in 0..ZONES.len(),
    ) {
        let zone = zone(ZONES[zone_at]);
        let sort = |it: &Snapshot| (it.lineage, it.kind == Kind::Savepoint);
        for period in [Period::Hour, Period::Day, Period::Week, Period::Month, Period::Year] {
            let rules = rules(|it| match period {
                Period::Hour => it.hourly = count,
                Period::Day => it.daily = count,
                Period::Week => it.weekly = count,
                Period::Month => it.monthly = count,
                Period::Year => it.yearly = count,
            });
            let rows: Vec<&Snapshot> = all.iter().collect();
            let told = verdicts(&Policy::new(rules, rules).unwrap(), &rows, &zone);
            let dated: Vec<(&Snapshot, Timestamp)> = all
                .iter()
                .filter(|it| it.is_restorable() && held(it).is_empty())
                .filter_map(|it| Some((it, it.completed_at?)))
                .collect();
            for (row, time) in &dated {
                let beside = || dated.iter().filter(|(it, _)| sort(it) == sort(row));
                if beside().filter(|(_, other)| other == time).count() > 1 {
                    // Which of two is the newer is another question.
                    continue;
                }
                let name = |time: &Timestamp| period.name(&time.to_zoned(zone.clone()));
                let names = |of: &dyn Fn(&Timestamp) -> bool| {
                    let times = beside().filter(|(_, other)| of(other));
                    times.map(|(_, other)| name(other)).collect::<BTreeSet<_>>()
                };
                let newer = names(&|other| other > time);
                let is_first = !newer.contains(&name(time)) && newer.len() < count as usize;
                let is_oldest = beside().all(|(_, other)| other >= time);
                let to_spare = newer.len() < count as usize;
                let reasons = &told[&row.location];
                let by_rule = reasons.iter().any(|it| {
                    matches!(it, Reason::NewestOf { .. } | Reason::Oldest(_))
                });
                prop_assert_eq!(
                    by_rule,
                    is_first || (is_oldest && to_spare),
                    "{} of {:?}: {:?}", row.location, period, reasons
                );
            }
        }
    }
}
