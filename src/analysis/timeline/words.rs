//! What happened, in a line each.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;

use crate::domain::cluster::{Checkpoint, CheckpointStatus, Cluster, ClusterId, Contact, Job};
use crate::domain::event::{Ending, Event, Sighting, Sketch, What};
use crate::domain::id::{CheckpointId, JobId};
use crate::domain::location::Location;
use crate::domain::text::scrub_bytes;

/// What happened, as a sentence without its end, given whether a snapshot had gone before; none for what only says how it was.
pub fn words(what: &What, is_gone: impl Fn(&Location) -> bool) -> Option<String> {
    let seen = |seen: &Sighting, what: &str| {
        let sketch = &seen.sketch;
        let kind = sketch.kind.phrase();
        format!("{} {what} ({kind} of {})", sketch.name, sketch.lineage)
    };
    let name = |uri: &Location| scrub_bytes(uri.name()).into_owned();
    Some(match what {
        What::WatchBegan { root } => format!("watching {root} begins"),
        What::WatchEnded { root } => format!("watching {root} ends"),
        What::RootLost { root } => format!("{root} is out of sight"),
        What::Present(it) => seen(it, "is there"),
        What::Appeared(it) if is_gone(&it.sketch.uri) => seen(it, "came back"),
        What::Appeared(it) => seen(it, "appeared"),
        What::Completed(it) => seen(it, "completed"),
        What::Broke(it) => seen(it, "cannot be restored"),
        What::Changed(it) => seen(it, &format!("is {} now", it.sketch.health.word())),
        What::Gone { uri, how, since } => {
            let unseen = match since {
                Some(since) => format!(", at some time after {}", second(*since)),
                None => String::new(),
            };
            match how {
                Ending::Subsumed { by } => format!("{} was subsumed by {by}{unseen}", name(uri)),
                Ending::Trashed => format!("{} was moved into the trash{unseen}", name(uri)),
                Ending::Vanished => format!("{} vanished{unseen}", name(uri)),
            }
        }
        What::Held { uri, hold } => format!("{} is held as `{hold}`", name(uri)),
        What::Released { uri, hold } => format!("{} is not held as `{hold}` any more", name(uri)),
        What::Marked { uri } => format!("{} is marked for restart", name(uri)),
        What::Unmarked { uri } => format!("{} is marked no more", name(uri)),
        What::Restored {
            uri, job, claimed, ..
        } => {
            let claim = if *claimed { ", which claimed it" } else { "" };
            format!("job {job} was restored from {}{claim}", name(uri))
        }
        What::Ran {
            job,
            name,
            state: Some(state),
            since,
            ..
        } => {
            let since = since.map_or_else(String::new, |at| format!(" since {}", second(at)));
            format!("job {name} ({}) is {state}{since}", job.savepoint_prefix())
        }
        What::Ran {
            job,
            name,
            state: None,
            ..
        } => format!(
            "what job {name} ({}) does is not known: its cluster does not answer, or does not know it any more",
            job.savepoint_prefix()
        ),
        What::Log { .. }
        | What::Watched { .. }
        | What::Root { .. }
        | What::Lineages { .. }
        | What::Metadata(_)
        | What::Mapped { .. }
        | What::Files { .. }
        | What::Cluster { .. }
        | What::Job { .. }
        | What::Checkpoint { .. }
        | What::Unknown => return None,
    })
}

/// A moment, to the second.
fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// Tells of a recording what happened in it, event by event in their order: of clusters, only what changed since before makes a
/// sentence.
#[derive(Debug, Default)]
pub struct Teller {
    clusters: BTreeMap<ClusterId, Known>,
    seen: HashMap<Location, Sketch>,
    gone: HashSet<Location>,
}

#[derive(Debug, Default)]
struct Known {
    name: String,
    answers: Option<bool>,
    jobs: BTreeMap<JobId, Job>,
    /// Those that were under way when they were last told of, with who had acknowledged.
    under_way: BTreeMap<(JobId, CheckpointId), Checkpoint>,
    /// What has come to its end.
    over: BTreeMap<JobId, CheckpointId>,
}

impl Teller {
    /// What happened, if one sees it happen.
    pub fn tell(&mut self, event: &Event) -> Option<String> {
        match &event.what {
            What::Cluster { cluster, jobs } => {
                let known = self.clusters.entry(cluster.id).or_default();
                known.jobs.retain(|id, _| jobs.contains(id));
                known.hear(cluster)
            }
            What::Job { cluster, job, .. } => self.clusters.entry(*cluster).or_default().job(job),
            What::Checkpoint {
                cluster,
                job,
                checkpoint,
            } => {
                let known = self.clusters.entry(*cluster).or_default();
                known.checkpoint(*job, checkpoint)
            }
            What::Present(it)
            | What::Appeared(it)
            | What::Completed(it)
            | What::Broke(it)
            | What::Changed(it) => {
                let sketch = it.sketch.clone();
                let before = self.seen.insert(sketch.uri.clone(), sketch);
                // A recording has each row anew when others change its sizes.
                let is_same = before.is_some_and(|before| it.sketch.tells_nothing_new(&before));
                let is_told = is_same && matches!(event.what, What::Changed(_));
                let told = words(&event.what, |uri| self.gone.contains(uri));
                self.gone.remove(&it.sketch.uri);
                told.filter(|_| !is_told)
            }
            // A recording has what its cluster says of the job, which tells more.
            What::Ran { job, .. } if self.clusters.values().any(|it| it.jobs.contains_key(job)) => {
                None
            }
            What::Gone { uri, .. } => {
                self.gone.insert(uri.clone());
                words(&event.what, |_| false)
            }
            what => words(what, |_| false),
        }
    }
}

/// All that happened in a recording, when, in order.
pub fn all(events: &[Event]) -> impl Iterator<Item = (Timestamp, String)> {
    let mut teller = Teller::default();
    events
        .iter()
        .filter_map(move |event| Some((event.at, teller.tell(event)?)))
}

impl Known {
    fn hear(&mut self, cluster: &Cluster) -> Option<String> {
        self.name.clone_from(&cluster.name);
        let (answers, words) = match &cluster.contact {
            Contact::NotYet => return None,
            Contact::Answering { .. } => (true, "answers".to_owned()),
            Contact::Silent { reason, .. } => (false, format!("does not answer: {reason}")),
        };
        let before = self.answers.replace(answers);
        (before != Some(answers)).then(|| format!("{} {words}", self.name))
    }

    fn job(&mut self, job: &Job) -> Option<String> {
        let before = self.jobs.insert(job.id, job.clone());
        let id = job.id.to_string();
        let short = id.get(..6).unwrap_or(&id);
        let mut words = format!("job {} ({short})", job.name);
        let Some(before) = before else {
            // Those that come with the first answer are no news.
            return self
                .answers
                .is_some()
                .then(|| format!("{words} is there: {}", job.state));
        };
        let mut changed = Vec::new();
        if before.state != job.state {
            changed.push(format!("{}, it was {}", job.state, before.state));
        }
        if let Some(failure) = job
            .failure
            .as_ref()
            .filter(|_| before.failure != job.failure)
        {
            let at = failure
                .at
                .map(|at| format!(" at {}", at.strftime("%H:%M:%SZ")));
            changed.push(format!(
                "failed{}: {}",
                at.unwrap_or_default(),
                failure.cause
            ));
        }
        if let Some(restored) = job
            .restored
            .as_ref()
            .filter(|_| before.restored != job.restored)
        {
            let what = if restored.is_savepoint {
                "savepoint"
            } else {
                "checkpoint"
            };
            let at = restored
                .at
                .map(|at| format!(" at {}", at.strftime("%H:%M:%SZ")));
            let at = at.unwrap_or_default();
            changed.push(format!("restored from {what} {}{at}", restored.id));
        }
        if changed.is_empty() {
            let restarts = job.restarts.filter(|_| before.restarts != job.restarts)?;
            changed.push(format!("restarted, {restarts} times in all"));
        }
        words.push_str(": ");
        words.push_str(&changed.join("; "));
        Some(words)
    }

    fn checkpoint(&mut self, job: JobId, checkpoint: &Checkpoint) -> Option<String> {
        let key = (job, checkpoint.id);
        if checkpoint.status == CheckpointStatus::InProgress {
            self.under_way.insert(key, checkpoint.clone());
            return None;
        }
        let before = self.under_way.remove(&key);
        // Of what Flink remembers from before it was watched, only what came last is news.
        let is_news = before.is_some()
            || (self.answers.is_some() && self.over.get(&job) < Some(&checkpoint.id));
        let newest = self.over.entry(job).or_insert(checkpoint.id);
        *newest = checkpoint.id.max(*newest);
        let failure = checkpoint.failure.as_ref().filter(|_| is_news)?;
        let job = self.jobs.get(&job);
        let what = if checkpoint.is_savepoint {
            "savepoint"
        } else {
            "checkpoint"
        };
        let name = job.map_or("a job", |job| &job.name);
        let mut words = format!(
            "{what} {} of {name} failed: {}",
            checkpoint.id, failure.cause
        );
        let late: Vec<String> = before
            .iter()
            .flat_map(|it| &it.tasks)
            .filter(|task| task.acknowledged < task.subtasks)
            .map(|task| {
                let named = job.and_then(|job| job.vertices.iter().find(|it| it.id == task.vertex));
                let name = named.map_or(&task.vertex, |it| &it.name);
                format!("{name} {} of {}", task.acknowledged, task.subtasks)
            })
            .collect();
        if !late.is_empty() {
            words.push_str("; acknowledged last seen: ");
            words.push_str(&late.join(", "));
        }
        Some(words)
    }
}
