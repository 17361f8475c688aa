//! What clusters tell of jobs: what they do, and what they were restored from.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;

use super::{Chronicle, Detail, News};
use crate::analysis::timeline::Stint;
use crate::domain::cluster::{Cluster, ClusterId, Contact, Job};
use crate::domain::event::{Event, What};
use crate::domain::history::{JobHistory, identity};
use crate::domain::id::JobId;
use crate::domain::location::Location;

impl Chronicle {
    /// Takes in what a cluster tells: what its jobs were restored from, and how many checkpoints they keep; of whole rows,
    /// all else that is new of it, too.
    pub fn hear(&mut self, cluster: &Cluster, now: Timestamp) -> Vec<Event> {
        let mut news = News::at(now);
        self.zeros.hear(cluster);
        let retained = cluster.settings.as_ref().and_then(|it| it.retained);
        for job in &cluster.jobs {
            self.subsumption.keeps(job.id, retained);
            self.restored(job, &mut news);
        }
        self.ran(cluster, &mut news);
        if self.detail == Detail::Rows {
            for what in self.clusters.hear(cluster, now) {
                news.tell(what);
            }
        }
        self.keep(news)
    }

    /// What a job was restored from, where that is news and lies within sight, or did.
    fn restored(&self, job: &Job, news: &mut News) {
        let Some(restored) = &job.restored else {
            return;
        };
        let Some(path) = restored
            .path
            .as_ref()
            .filter(|path| !JobHistory::is_own(path, job.id))
        else {
            return;
        };
        let wanted = identity(path);
        let claimed = restored.is_claimed_savepoint();
        let mut known = self.timeline.restores().iter();
        if known
            .any(|it| it.job == job.id && (it.claimed || !claimed) && identity(&it.from) == wanted)
        {
            return;
        }
        let life = self
            .timeline
            .lives()
            .find(|life| identity(&life.sketch.uri) == wanted);
        let Some(uri) = life.map(|life| life.sketch.uri.clone()) else {
            return;
        };
        news.tell(What::Restored {
            uri,
            job: job.id,
            started: restored.at.or(job.started_at),
            claimed,
        });
    }

    /// What the jobs do whose snapshots are within sight, or were, where it is not what they did before. Those that share an
    /// id of zeros cannot be told apart.
    fn ran(&mut self, cluster: &Cluster, news: &mut News) {
        let (listed, last_answer): (&[Arc<Job>], _) = match &cluster.contact {
            Contact::NotYet => return,
            Contact::Answering { .. } => (&cluster.jobs, None),
            Contact::Silent { last_answer, .. } => (&[], *last_answer),
        };
        let homes = self.homes(listed, news);
        let now: HashSet<JobId> = listed.iter().map(|job| job.id).collect();
        let before = self.jobs.insert(cluster.id, now).unwrap_or_default();
        for job in listed {
            let Some(root) = homes.get(&job.id) else {
                continue;
            };
            if !self.is_told_by(cluster.id, job) {
                continue;
            }
            self.tellers.insert(job.id, cluster.id);
            let since = job.ended_at.filter(|_| job.state.is_over());
            let since = job.state_since.or(since);
            let is_same = self.present(job.id).is_some_and(|it| {
                it.state == job.state && since.is_none_or(|since| since <= it.from)
            });
            if !is_same {
                news.tell(What::Ran {
                    root: root.clone(),
                    job: job.id,
                    name: job.name.clone(),
                    state: Some(job.state),
                    since,
                });
            }
        }
        for job in before {
            let is_listed = self.jobs.values().any(|jobs| jobs.contains(&job));
            let goes_on = self.present(job).is_some_and(|it| !it.state.is_over());
            if let Some(root) = homes.get(&job)
                && !is_listed
                && goes_on
            {
                self.lose(root, job, last_answer, news);
            }
        }
    }

    /// Whether this cluster is the one to tell what a job does: where several have a job of one id, the first that did, as
    /// long as it has it and it has not ended there alone.
    fn is_told_by(&self, cluster: ClusterId, job: &Job) -> bool {
        let teller = self.tellers.get(&job.id).filter(|it| **it != cluster);
        let has_it = |of: &ClusterId| self.jobs.get(of).is_some_and(|it| it.contains(&job.id));
        let is_over = self.present(job.id).is_some_and(|it| it.state.is_over());
        !teller.is_some_and(has_it) || (is_over && !job.state.is_over())
    }

    fn present(&self, job: JobId) -> Option<&Stint> {
        self.timeline.run(job)?.present()
    }

    fn lose(&self, root: &Location, job: JobId, since: Option<Timestamp>, news: &mut News) {
        let run = self.timeline.run(job);
        news.tell(What::Ran {
            root: root.clone(),
            job,
            name: run.map(|run| run.name.clone()).unwrap_or_default(),
            state: None,
            since,
        });
    }

    /// In which root each job has snapshots, or was restored from one.
    fn homes(&self, listed: &[Arc<Job>], news: &News) -> HashMap<JobId, Location> {
        let mut homes = HashMap::new();
        let mut claim = |job: JobId, at: &Location| {
            if job != JobId::ZERO
                && !homes.contains_key(&job)
                && let Some(root) = self.home(at)
            {
                homes.insert(job, root.clone());
            }
        };
        for life in self.timeline.lives() {
            if let Some(job) = life.sketch.job {
                claim(job, &life.sketch.uri);
            }
        }
        for restore in self.timeline.restores() {
            claim(restore.job, &restore.from);
        }
        for event in &news.events {
            if let What::Restored { uri, job, .. } = &event.what {
                claim(*job, uri);
            }
        }
        // One that has taken nothing but savepoints lives where they lie.
        for job in listed {
            for at in job.checkpoints.iter().filter_map(|it| it.path.as_ref()) {
                if self.timeline.life(at).is_some() {
                    claim(job.id, at);
                }
            }
        }
        homes
    }
}
