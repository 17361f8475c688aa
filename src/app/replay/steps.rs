//! At which moments of a recording something happened that one sees, as opposed to what only goes on.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::analysis::timeline::words;
use crate::domain::cluster::Contact;
use crate::domain::event::{Event, What};

/// So many things that happened at once are told.
const TOLD: usize = 3;

/// A moment at which something happened.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) at: Timestamp,
    happened: Vec<String>,
}

impl Step {
    /// What happened, in one line.
    pub(super) fn words(&self) -> String {
        let told: Vec<&str> = self.happened.iter().take(TOLD).map(|it| &**it).collect();
        let told = told.join("; ");
        match self.happened.len().saturating_sub(TOLD) {
            0 => told,
            more => format!("{told}; and {more} more"),
        }
    }
}

/// The moments of events, which are in order.
pub(super) fn of(events: &[Event]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for (at, words) in words::all(events) {
        match steps.last_mut() {
            Some(step) if step.at == at => step.happened.push(words),
            _ => steps.push(Step {
                at,
                happened: vec![words],
            }),
        }
    }
    steps
}

/// When all clusters have answered for the first time, or failed to, after a first look; that look is no part of what happened,
/// unless something did meanwhile.
pub(super) fn when_all_answered(events: &[Event], steps: &[Step], looked: Timestamp) -> Timestamp {
    let mut answered = BTreeSet::new();
    let first_answers = events.iter().filter(|event| match &event.what {
        What::Cluster { cluster, .. } => {
            cluster.contact != Contact::NotYet && answered.insert(cluster.id)
        }
        _ => false,
    });
    first_answers.fold(looked, |looked, answer| {
        let happened = |step: &&Step| looked < step.at && step.at < answer.at;
        match steps.iter().find(happened) {
            None => looked.max(answer.at),
            Some(_) => looked,
        }
    })
}
