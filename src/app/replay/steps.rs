//! At which moments of a recording something happened that one sees, as opposed to what only goes on.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::told::Told;
use crate::domain::cluster::{CheckpointStatus, ClusterId, Contact};
use crate::domain::event::{Event, What};

/// The moments of events, which are in order.
pub(super) fn of(events: &[Event]) -> Vec<Timestamp> {
    let mut clusters: BTreeMap<ClusterId, Told> = BTreeMap::new();
    let mut steps: Vec<Timestamp> = Vec::new();
    for event in events {
        if tells(&event.what, &mut clusters) && steps.last() != Some(&event.at) {
            steps.push(event.at);
        }
    }
    steps
}

/// When all clusters have answered for the first time, or failed to, after a first look; that look is no part of what happened,
/// unless something did meanwhile.
pub(super) fn when_all_answered(
    events: &[Event],
    steps: &[Timestamp],
    looked: Timestamp,
) -> Timestamp {
    let mut answered = BTreeSet::new();
    let first_answers = events.iter().filter(|event| match &event.what {
        What::Cluster { cluster, .. } => {
            cluster.contact != Contact::NotYet && answered.insert(cluster.id)
        }
        _ => false,
    });
    first_answers.fold(looked, |looked, answer| {
        let happened = |step: &&Timestamp| looked < **step && **step < answer.at;
        match steps.iter().find(happened) {
            None => looked.max(answer.at),
            Some(_) => looked,
        }
    })
}

fn tells(what: &What, clusters: &mut BTreeMap<ClusterId, Told>) -> bool {
    match what {
        What::Watched { .. }
        | What::Root { .. }
        | What::Lineages { .. }
        | What::Log { .. }
        | What::Metadata(_)
        | What::Mapped { .. }
        | What::Files { .. } => false,
        What::Cluster { cluster, jobs } => {
            let told = clusters.entry(cluster.id).or_default();
            let before = told.answers();
            told.hear(cluster, jobs);
            told.answers().is_some() && told.answers() != before
        }
        What::Job {
            cluster,
            job,
            checkpoints,
        } => {
            let told = clusters.entry(*cluster).or_default();
            let fares = |told: &Told| {
                let fares = told.fares(job.id)?;
                Some((fares.0, fares.1.map(str::to_owned), fares.2))
            };
            let before = fares(told);
            told.hear_of_job(job, checkpoints);
            // The jobs that come with the first answer are no news.
            told.answers().is_some() && fares(told) != before
        }
        // That one is under way or completed is seen where its files lie.
        What::Checkpoint { checkpoint, .. } => checkpoint.status == CheckpointStatus::Failed,
        _ => true,
    }
}
