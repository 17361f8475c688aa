//! What happened, in a line each.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Timeline;
use super::reasons::Reasons;
use crate::domain::cluster::{Checkpoint, CheckpointStatus, Cluster, ClusterId, Contact, Job};
use crate::domain::event::{Ending, Event, Sighting, Sketch, What};
use crate::domain::id::{CheckpointId, JobId};
use crate::domain::location::Location;
use crate::domain::snapshot::{Health, Kind};
use crate::domain::text::scrub_bytes;

/// What happened, as a sentence without its end, given what was known before; none for what only says how it was.
fn words(what: &What, known: &Timeline) -> Option<String> {
    Some(match what {
        What::WatchBegan { root } => format!("watching {root} begins"),
        What::WatchEnded { root } => format!("watching {root} ends"),
        What::RootLost { root } => format!("{root} is out of sight"),
        What::Present(it) => seen(it, known, "is there"),
        What::Appeared(it) => {
            let how = known
                .life(&it.sketch.uri)
                .and_then(|life| life.end.as_ref());
            let word = match how.map(|end| &end.how) {
                Some(_) if it.sketch.health == Health::InProgress => "is in progress where one was",
                Some(Ending::Trashed) => "was put back from the trash",
                Some(_) => "came back",
                None => "appeared",
            };
            let damage = it.sketch.damage.as_ref();
            let but = damage.map(|why| format!(", and cannot be restored: {why}"));
            seen(it, known, &format!("{word}{}", but.unwrap_or_default()))
        }
        What::Completed(it) => seen(it, known, "completed"),
        What::Broke(it) => seen(it, known, &broke(&it.sketch, known)),
        What::Changed(it) => seen(it, known, &format!("is {} now", it.sketch.health.word())),
        What::Gone {
            uri,
            how,
            since,
            taken,
        } => {
            let words = match (how, taken) {
                (Ending::Subsumed { by, is_exact }, _) => {
                    let or = if *is_exact { "" } else { " or one before it" };
                    format!("{} was subsumed by {by}{or}", name(uri))
                }
                (Ending::Trashed, Some(taken)) => {
                    format!("{} was moved into the trash {}", name(uri), taken.words())
                }
                (Ending::Trashed, None) => format!("{} was moved into the trash", name(uri)),
                (Ending::Replaced, _) => format!("{} was written anew", name(uri)),
                (Ending::Vanished, _) => format!("{} vanished", name(uri)),
            };
            let since = since.map(|since| format!(", at some time after {}", second(since)));
            [Some(words), since].into_iter().flatten().collect()
        }
        What::Torn { uri, taken } => format!(
            "of {}, some lies in the trash and the rest where it lay: a deletion {} was ended half-way",
            name(uri),
            taken.words()
        ),
        What::Held { uri, hold } => format!("{} is held as `{hold}`", name(uri)),
        What::Released { uri, hold } => format!("{} is not held as `{hold}` any more", name(uri)),
        What::Marked { uri } => format!("{} is marked for restart", name(uri)),
        What::Unmarked { uri } => format!("{} is marked no more", name(uri)),
        What::Restored {
            uri, job, claimed, ..
        } => {
            let gone = known.life(uri).and_then(|life| life.end.as_ref());
            let has_vanished = gone.is_some_and(|end| end.how == Ending::Vanished);
            let claim = match (claimed, has_vanished) {
                (true, true) => {
                    ", which claimed it: it has vanished, as what a job claimed does once newer checkpoints push it out"
                }
                (true, false) => ", which claimed it",
                (false, _) => "",
            };
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

fn name(uri: &Location) -> String {
    scrub_bytes(uri.name()).into_owned()
}

/// What happened to one that cannot be restored.
fn broke(sketch: &Sketch, known: &Timeline) -> String {
    let before = known.life(&sketch.uri).filter(|life| life.is_there());
    let was_whole = before.is_some_and(|life| {
        let was = &life.sketch;
        was.completed_at.is_some() && !was.is_broken() && !life.is_followed_by(sketch)
    });
    match &sketch.damage {
        Some(why) if was_whole => format!("is damaged now: {why}"),
        Some(why) => format!("cannot be restored: {why}"),
        None => "cannot be restored".to_owned(),
    }
}

/// What was seen of a snapshot; where it is another than lay there before, that.
fn seen(seen: &Sighting, known: &Timeline, what: &str) -> String {
    let sketch = &seen.sketch;
    let before = known.life(&sketch.uri);
    let anew = before.filter(|before| before.is_followed_by(sketch));
    let what = match anew.and_then(|before| before.sketch.completed_at) {
        None => what.to_owned(),
        Some(then) => {
            let runs = match sketch.job {
                _ if sketch.kind == Kind::Savepoint => "somebody put it there",
                Some(JobId::ZERO) => "another run, as several have this job id",
                _ => "another run under the same job id, or a copy",
            };
            let lies = if what == "completed" {
                "completed in place of the one that had".to_owned()
            } else {
                format!("{what}; it lies in place of the one that completed")
            };
            format!("{lies} at {}: {runs}", second(then))
        }
    };
    let (name, kind, of) = (&sketch.name, sketch.kind.phrase(), &sketch.lineage);
    format!("{name} {what} ({kind} of {of})")
}

/// A moment, to the second.
fn second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// Tells what happened, event by event in their order: of clusters in a recording, only what changed since before makes a
/// sentence.
#[derive(Debug, Default)]
pub struct Teller {
    clusters: BTreeMap<ClusterId, Known>,
    known: Timeline,
    reasons: Reasons,
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
    /// What happened, if one sees it happen, and what was learned by it of what had happened before.
    pub fn tell(&mut self, event: &Event) -> Vec<String> {
        let mut told = self.told(&event.what);
        self.known.take_in(event);
        match &event.what {
            What::Gone { uri, .. } => {
                let clusters = &self.clusters;
                let job = |id| clusters.values().find_map(|it| it.jobs.get(&id));
                if let Some(why) = self.reasons.of(uri, &self.known, job)
                    && let Some(told) = &mut told
                {
                    *told = format!("{told}. {why}");
                }
                told.into_iter().collect()
            }
            What::Job { job, .. } => {
                let learned = self.reasons.learn(job, &self.known).into_iter();
                let learned = learned.map(|(at, name, why)| {
                    format!("why {name} vanished at {} is known now. {why}", second(at))
                });
                told.into_iter().chain(learned).collect()
            }
            _ => told.into_iter().collect(),
        }
    }

    fn told(&mut self, what: &What) -> Option<String> {
        match what {
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
            // A recording has what its cluster says of the job, which tells more.
            What::Ran { job, .. } if self.clusters.values().any(|it| it.jobs.contains_key(job)) => {
                None
            }
            // A recording has each row anew when others change its sizes.
            What::Changed(it) if self.is_as_before(&it.sketch) => None,
            what => words(what, &self.known),
        }
    }

    fn is_as_before(&self, sketch: &Sketch) -> bool {
        let before = self.known.life(&sketch.uri).filter(|it| it.is_there());
        before.is_some_and(|before| sketch.tells_nothing_new(&before.sketch))
    }
}

/// All that happened in a recording, when, in order.
pub fn all(events: &[Event]) -> impl Iterator<Item = (Timestamp, String)> {
    let mut teller = Teller::default();
    events.iter().flat_map(move |event| {
        let told = teller.tell(event).into_iter();
        told.map(|words| (event.at, words))
    })
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
            changed.push(match restarts {
                // That it never was is no news.
                0 => return None,
                1 => "restarted for the first time".to_owned(),
                _ => format!("restarted, {restarts} times in all"),
            });
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
