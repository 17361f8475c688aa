//! Why snapshots vanished, where that is known when they do, or is learned later.

use jiff::Timestamp;

use super::{Life, Timeline};
use crate::analysis::vanished;
use crate::domain::cluster::Job;
use crate::domain::event::Ending;
use crate::domain::id::JobId;
use crate::domain::location::Location;

/// Those that vanished, and of which is not known why.
#[derive(Debug, Default)]
pub(super) struct Reasons {
    unknown: Vec<(Location, Timestamp)>,
}

impl Reasons {
    /// Why one went that has just gone, in a sentence; none where that is not known, or it did not vanish.
    pub(super) fn of<'j>(
        &mut self,
        uri: &Location,
        known: &Timeline,
        told: impl FnOnce(JobId) -> Option<&'j Job>,
    ) -> Option<String> {
        let life = known.life(uri)?;
        let end = life.end.as_ref()?;
        if end.how != Ending::Vanished {
            return None;
        }
        let rule = vanished::rule_by(life, known, told);
        if rule.is_none() {
            self.unknown.push((uri.clone(), end.at));
        }
        rule.map(|rule| rule.sentence())
    }

    /// What is learned of those that vanished before, now that this is told of a job: when each went, its name, and why.
    pub(super) fn learn(
        &mut self,
        job: &Job,
        known: &Timeline,
    ) -> Vec<(Timestamp, String, String)> {
        let mut learned = Vec::new();
        self.unknown.retain(|(uri, at)| {
            let is_it = |life: &&Life| life.end.as_ref().is_some_and(|end| end.at == *at);
            // Another lies there since.
            let Some(life) = known.life(uri).map(|it| &**it).filter(is_it) else {
                return false;
            };
            let told = |id| (id == job.id).then_some(job);
            let is_of = life.sketch.job == Some(job.id);
            let rule = is_of
                .then(|| vanished::rule_by(life, known, told))
                .flatten();
            let Some(rule) = rule else {
                return true;
            };
            learned.push((*at, life.sketch.name.clone(), rule.sentence()));
            false
        });
        learned
    }
}
