//! Which of two snapshots is newer.
//!
//! The time at which metadata was written decides, checked against the numbers. Within one job's directory numbers
//! only grow, so that times which contradict them have one of two causes: the files were copied (then the times lie
//! within seconds of each other and the numbers are right), or the job was started again without state under the same
//! id and counts from 1 again (then the times are right).

use std::cmp::Reverse;
use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use crate::domain::location::Location;
use crate::domain::snapshot::Snapshot;

/// Times this close together can have been made by a copy, and do not outweigh numbers.
pub const COPY_WINDOW: SignedDuration = SignedDuration::from_secs(10);

/// A key that sorts older before newer. Snapshots that are not complete have no time and sort as the oldest.
pub type Age = (Option<Timestamp>, u64);

/// The age of each snapshot, in the order given.
pub fn ages(snapshots: &[&Snapshot]) -> Vec<Age> {
    let mut ages: Vec<Age> = snapshots
        .iter()
        .map(|s| (s.completed_at, s.checkpoint_id().unwrap_or(0)))
        .collect();
    let mut by_directory: HashMap<Option<Location>, Vec<usize>> = HashMap::new();
    for (at, snapshot) in snapshots.iter().enumerate() {
        if snapshot.job_prefix.is_none() && snapshot.completed_at.is_some() {
            by_directory
                .entry(snapshot.location.parent())
                .or_default()
                .push(at);
        }
    }
    for mut members in by_directory.into_values() {
        members.sort_by_key(|&at| (ages[at].1, ages[at].0));
        let mut latest = None;
        for at in members {
            let (time, _) = ages[at];
            if time < latest
                && latest
                    .zip(time)
                    .is_some_and(|(latest, time)| latest.duration_since(time) <= COPY_WINDOW)
            {
                ages[at].0 = latest;
            }
            latest = latest.max(time);
        }
    }
    ages
}

/// Sorts snapshots so that the newest comes first.
pub fn newest_first(snapshots: &mut Vec<&Snapshot>) {
    let ages = ages(snapshots);
    let mut order: Vec<usize> = (0..snapshots.len()).collect();
    order.sort_by(|&a, &b| {
        let key = |at: usize| (Reverse(ages[at]), &snapshots[at].location);
        key(a).cmp(&key(b))
    });
    *snapshots = order.into_iter().map(|at| snapshots[at]).collect();
}
