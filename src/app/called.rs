//! What lineages are called, on every screen the same.

use std::collections::{BTreeMap, BTreeSet};

use super::model::Model;
use crate::analysis::overlay;
use crate::domain::snapshot::{Lineage, LineageId};

/// The lineages that are called otherwise than by their own names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Called(BTreeMap<LineageId, String>);

impl Model {
    /// What a lineage is called: whoever runs a job knows it by the job's name, not by its directory. Where that does not set
    /// it apart from the others, by its own name.
    pub fn called<'m>(&'m self, lineage: &'m Lineage) -> &'m str {
        self.called.0.get(&lineage.id).unwrap_or(&lineage.name)
    }

    /// The same of a lineage by its number; nothing where there is none.
    pub fn called_by_id(&self, id: LineageId) -> &str {
        self.lineage(id).map_or("", |it| self.called(it))
    }
}

/// Takes in that lineages or jobs are others than before.
pub(super) fn refresh(model: &mut Model) {
    let called = of(model);
    if model.called != called {
        model.called = called;
        model.index.stale = true;
    }
}

fn of(model: &Model) -> Called {
    let named = model.lineages.iter().filter_map(|lineage| {
        let (_, job) = overlay::job_of_lineage(&model.clusters, lineage)?;
        Some((lineage, &job.name))
    });
    let named: Vec<_> = named.collect();
    let own: BTreeSet<&String> = model.lineages.iter().map(|it| &it.name).collect();
    let mut jobs: BTreeMap<&String, usize> = BTreeMap::new();
    for (_, job) in &named {
        *jobs.entry(job).or_default() += 1;
    }
    let apart = named
        .into_iter()
        .filter(|(_, job)| !job.is_empty() && !own.contains(job) && jobs.get(job) == Some(&1));
    Called(
        apart
            .map(|(lineage, job)| (lineage.id, job.clone()))
            .collect(),
    )
}
