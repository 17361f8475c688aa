//! The life of one job.

use jiff::Timestamp;

use crate::domain::cluster::JobState;
use crate::domain::id::JobId;
use crate::domain::location::Location;

/// No more stretches of one job are remembered; the earliest are forgotten first.
const MOST_STINTS: usize = 1_000;

/// A job through time, as far as its cluster was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The job.
    pub job: JobId,
    /// Its name, as last told.
    pub name: String,
    /// The stretches of time in which its state is known, the earliest first.
    pub stints: Vec<Stint>,
    /// The root in whose history it was told.
    pub(super) root: Location,
}

/// A stretch of time in which a job was in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stint {
    /// The state.
    pub state: JobState,
    /// Since when.
    pub from: Timestamp,
    /// Until when; none while nothing says that it ended.
    pub to: Option<Timestamp>,
}

impl Run {
    pub(super) fn new(job: JobId, root: &Location) -> Self {
        Self {
            job,
            name: String::new(),
            stints: Vec::new(),
            root: root.clone(),
        }
    }

    /// The stretch that goes on, as far as is known.
    pub fn present(&self) -> Option<&Stint> {
        self.stints.last().filter(|stint| stint.to.is_none())
    }

    /// The last that is known of it.
    pub fn last(&self) -> Option<&Stint> {
        self.stints.last()
    }

    /// It is in a state, noticed at a moment and, by its cluster, since another.
    pub(super) fn be(&mut self, state: JobState, at: Timestamp, since: Option<Timestamp>) {
        let mut from = since.unwrap_or(at).min(at);
        if let Some(last) = self.stints.last_mut() {
            if last.state == state && (from <= last.from || state.is_over()) {
                // It has gone on, whether somebody heard of it meanwhile or not.
                last.to = None;
                return;
            }
            // In another state it was since then: of an earlier time in this one is told.
            if from < last.from {
                from = at.max(last.from);
            }
            last.to = Some(last.to.map_or(from, |to| to.min(from)));
        }
        self.stints.push(Stint {
            state,
            from,
            to: None,
        });
        let surplus = self.stints.len().saturating_sub(MOST_STINTS);
        self.stints.drain(..surplus);
    }

    /// Since a moment, nobody knows what it does. What is over stays so.
    pub(super) fn lose(&mut self, at: Timestamp) {
        if let Some(last) = self.stints.last_mut()
            && last.to.is_none()
            && !last.state.is_over()
        {
            last.to = Some(at.max(last.from));
        }
    }
}
