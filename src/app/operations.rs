//! What was asked of clusters and of stores, and how far each of it is.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::effect::Effect;
use super::explain::Tone;
use super::model::{Model, Popup};
use super::trash;
use crate::action::operation::{OperationError, Outcome, Request, Step};
use crate::domain::cluster::{ClusterId, JobState};
use crate::domain::location::Location;
use crate::domain::text::scrub;

/// The number of something asked for, unique while the program runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperationId(pub u64);

/// Something that a cluster or a store was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Its number.
    pub id: OperationId,
    /// What, of which job: `savepoint of fraud-scoring`.
    pub title: String,
    /// When.
    pub at: Timestamp,
    /// What happened since, each with its time.
    pub log: Vec<(Timestamp, Tone, String)>,
    /// How far it is.
    pub progress: Option<Progress>,
    /// What a cluster is waited for, while it is under way.
    pub waits_for: Option<Awaited>,
    /// Whether it can be halted half-way and gone on with later.
    pub can_halt: bool,
    /// Whether everything is looked at once more before anything is moved.
    pub looks_first: bool,
    /// The snapshots that it deletes.
    pub targets: BTreeSet<Location>,
    /// When it ended, and how.
    pub ended: Option<(Timestamp, Tone)>,
}

/// How far something is that can be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// So many are done.
    pub done: u64,
    /// Of so many.
    pub of: u64,
    /// What is counted and what is done with it: `subtasks acknowledged`.
    pub what: &'static str,
}

/// What a cluster is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Awaited {
    /// That it takes the request.
    Answer,
    /// That it has run the `main` of a jar.
    Jar,
    /// That tasks acknowledge.
    Tasks,
    /// That a new job runs.
    Job,
    /// That it says what a new job was restored from.
    Record,
    /// That a new job completes a checkpoint.
    FirstCheckpoint,
}

impl Awaited {
    /// The same in words, after "waits for".
    pub fn words(self) -> &'static str {
        match self {
            Self::Answer => "the cluster to take the request",
            Self::Jar => "the cluster to run the jar",
            Self::Tasks => "its tasks to acknowledge",
            Self::Job => "the job to run",
            Self::Record => "Flink's own record of what it was restored from",
            Self::FirstCheckpoint => "the first checkpoint that it completes since",
        }
    }
}

/// News of an operation.
#[derive(Debug, Clone)]
pub enum News {
    /// A step on the way.
    Step(Step),
    /// It came to its end at the cluster: well, or with what went wrong.
    Ended(Result<Outcome, OperationError>),
    /// How far it is in a store.
    Progress(Progress),
    /// Something that is to be known on the way.
    Remark(String),
    /// It came to its end in a store: well, or with what went wrong.
    Finished(Result<String, String>),
    /// It was halted in a store, as somebody wished: how far it came, and how it goes on.
    Halted(String),
}

/// Asks a cluster for something, and notes that it was asked.
pub(super) fn ask(
    model: &mut Model,
    cluster: ClusterId,
    title: String,
    request: Request,
) -> Vec<Effect> {
    let id = begin(model, title);
    if let Some(asked) = model.operations.last_mut() {
        asked.waits_for = Some(match request {
            Request::Restart(_) => Awaited::Jar,
            _ => Awaited::Answer,
        });
    }
    vec![Effect::Operate {
        id,
        cluster,
        request: Box::new(request),
    }]
}

/// Notes that files are to be moved in a store, which can be halted between any two of them, and gives that a number.
pub(super) fn begin_in_store(model: &mut Model, title: String) -> OperationId {
    let id = begin(model, title);
    let begun = model.operations.iter_mut().find(|it| it.id == id);
    if let Some(asked) = begun {
        asked.can_halt = true;
    }
    id
}

/// The same, of what deletes snapshots, and looks at everything once more before that.
pub(super) fn begin_deletion(
    model: &mut Model,
    title: String,
    targets: BTreeSet<Location>,
) -> OperationId {
    let id = begin_in_store(model, title);
    let begun = model.operations.iter_mut().find(|it| it.id == id);
    if let Some(asked) = begun {
        asked.looks_first = true;
        asked.targets = targets;
    }
    id
}

/// The operation that the halting key is about: the newest of those that are under way and can be halted.
pub(super) fn to_halt(model: &Model) -> Option<&Asked> {
    let newest_first = model.operations.iter().rev();
    newest_first
        .filter(|it| it.can_halt)
        .find(|it| it.ended.is_none())
}

/// Whether what the halting key is about has not begun to move files, as everything is looked at once more.
pub(super) fn is_looking(model: &Model) -> bool {
    to_halt(model).is_some_and(|it| it.looks_first && it.progress.is_none())
}

/// Halts it.
pub(super) fn halt(model: &mut Model) -> Vec<Effect> {
    let Some((id, title)) = to_halt(model).map(|it| (it.id, it.title.clone())) else {
        return Vec::new();
    };
    let when = if is_looking(model) {
        "before anything is moved"
    } else {
        "after the next file"
    };
    model.say(Tone::Plain, format!("halts {when} ({title})"));
    vec![Effect::Halt(id)]
}

/// Shows how it goes, over whatever is on the screen; never twice.
pub(super) fn show(model: &mut Model) {
    let is_same = |popup: &Popup| matches!(popup, Popup::Operations { .. });
    model.popups.retain(|popup| !is_same(popup));
    model.view.popup_offset = 0;
    model.popups.push(Popup::Operations { scroll: 0 });
}

/// Notes that something was asked for, and gives it a number.
pub(super) fn begin(model: &mut Model, title: String) -> OperationId {
    let id = OperationId(model.operations.len() as u64);
    model.operations.push(Asked {
        id,
        title,
        at: model.now,
        log: Vec::new(),
        progress: None,
        waits_for: None,
        can_halt: false,
        looks_first: false,
        targets: BTreeSet::new(),
        ended: None,
    });
    model.leaving = false;
    model.dirty = true;
    id
}

/// Takes in news. A snapshot that came of it is chosen as soon as it lies on disk, unless the user goes elsewhere.
pub(super) fn heard(model: &mut Model, id: OperationId, news: News) -> Vec<Effect> {
    let now = model.now;
    let Some(asked) = model.operations.iter_mut().find(|it| it.id == id) else {
        return Vec::new();
    };
    model.dirty = true;
    match news {
        News::Step(step) => {
            asked.step(step, now);
            Vec::new()
        }
        News::Ended(result) => {
            let (tone, place) = asked.end(result, now);
            let said = format!("{}: {}", asked.title, asked.last_word());
            if place.is_some() {
                model.wanted = place;
                model.index.stale = true;
            }
            model.say(tone, said);
            // What is new there is worth a look at once.
            vec![Effect::AskClusters, Effect::LookAgain]
        }
        News::Progress(progress) => {
            asked.progress = Some(progress);
            Vec::new()
        }
        News::Remark(text) => {
            asked.note(now, Tone::Warning, &text);
            Vec::new()
        }
        News::Finished(Ok(text)) => finished(model, id, Tone::Good, &text),
        News::Finished(Err(why)) => finished(model, id, Tone::Bad, &why),
        News::Halted(text) => finished(model, id, Tone::Warning, &text),
    }
}

/// Notes how something ended in a store, and looks at what has changed there.
fn finished(model: &mut Model, id: OperationId, tone: Tone, text: &str) -> Vec<Effect> {
    let now = model.now;
    if let Some(asked) = model.operations.iter_mut().find(|it| it.id == id) {
        asked.note(now, tone, text);
        asked.ended = Some((now, tone));
        // What came of it first: a narrow screen shows no more.
        let said = format!("{} ({})", asked.last_word(), asked.title);
        model.say(tone, said);
    }
    let mut effects = vec![Effect::LookAgain, Effect::LoadMarks];
    effects.extend(trash::reload(model));
    effects
}

impl Asked {
    fn step(&mut self, step: Step, now: Timestamp) {
        let (tone, text) = match step {
            Step::Acknowledged {
                id,
                acknowledged,
                subtasks,
            } => {
                self.waits_for = Some(Awaited::Tasks);
                if self.progress.is_none() {
                    self.note(now, Tone::Busy, &format!("checkpoint {id} is under way"));
                }
                self.progress = Some(Progress {
                    done: acknowledged,
                    of: subtasks,
                    what: "subtasks acknowledged",
                });
                return;
            }
            Step::Uploading(name) => (Tone::Busy, format!("uploading {name}")),
            Step::Accepted(id) => {
                self.waits_for = Some(Awaited::Tasks);
                (Tone::Busy, format!("Flink took it as request {id}"))
            }
            Step::Unanswered(why) => (Tone::Warning, format!("no answer: {why}")),
            Step::Started(job) => {
                self.waits_for = Some(Awaited::Job);
                (Tone::Busy, format!("job {job} is submitted"))
            }
            Step::State(state) => {
                if state == JobState::Running.word() && self.waits_for == Some(Awaited::Job) {
                    self.waits_for = Some(Awaited::Record);
                }
                (Tone::Busy, format!("the job is {state}"))
            }
            Step::Trouble(what) => (Tone::Warning, what),
            Step::Restored(from) => {
                self.waits_for = Some(Awaited::FirstCheckpoint);
                (
                    Tone::Good,
                    format!("Flink's own record says that it was restored from {from}"),
                )
            }
        };
        self.note(now, tone, &text);
    }

    fn end(
        &mut self,
        result: Result<Outcome, OperationError>,
        now: Timestamp,
    ) -> (Tone, Option<Location>) {
        let (tone, text, place) = match result {
            Ok(outcome) => {
                let (text, place) = told(outcome);
                (Tone::Good, text, place)
            }
            Err(error) => {
                let hint = error.hint.map_or_else(String::new, |it| format!("; {it}"));
                (Tone::Bad, format!("{}{hint}", error.message), None)
            }
        };
        self.note(now, tone, &text);
        self.ended = Some((now, tone));
        (tone, place)
    }

    fn note(&mut self, now: Timestamp, tone: Tone, text: &str) {
        let text = scrub(text).into_owned();
        // The same trouble again and again is one line.
        if self.log.last().is_none_or(|(_, _, last)| *last != text) {
            self.log.push((now, tone, text));
        }
    }

    /// What it waits for, while it is under way.
    pub fn waiting(&self) -> Option<&'static str> {
        self.waits_for
            .filter(|_| self.ended.is_none())
            .map(Awaited::words)
    }

    /// How it ended, in a word.
    pub fn end_word(&self) -> &'static str {
        match self.ended {
            None => "under way",
            Some((_, Tone::Good)) => "done",
            Some((_, Tone::Warning)) => "halted",
            Some(_) => "failed",
        }
    }

    /// What happened, the newest first: what came of it is worth most, and a small screen shows no more.
    pub fn told(&self) -> impl Iterator<Item = &(Timestamp, Tone, String)> {
        self.log.iter().rev()
    }

    /// The last thing that is known of it.
    pub fn last_word(&self) -> &str {
        self.log.last().map_or("asking", |(_, _, text)| text)
    }
}

/// An outcome in words, and the snapshot that came of it.
fn told(outcome: Outcome) -> (String, Option<Location>) {
    match outcome {
        Outcome::Snapshot { id, location } => {
            let number = id.map_or_else(String::new, |id| format!(" as number {id}"));
            let place = location
                .as_ref()
                .map_or_else(String::new, |at| format!(" in {at}"));
            (format!("completed{number}{place}"), location)
        }
        Outcome::Ended { state } => (format!("the job is {state}"), None),
        Outcome::Restarted {
            job,
            restored,
            first_checkpoint,
            first_location,
            ..
        } => {
            let since = first_checkpoint.map_or_else(
                || "it takes no checkpoints by itself".to_owned(),
                |id| format!("it has completed checkpoint {id} since"),
            );
            (
                format!("proven: job {job} was restored from {restored}, and {since}"),
                first_location,
            )
        }
    }
}
