//! What happened to snapshots, one event after the other: what a history is made of, and a recording.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::cluster::{Checkpoint, Cluster, ClusterId, Job, JobState};
use super::content::Content;
use super::id::{CheckpointId, JobId};
use super::location::Location;
use super::snapshot::{Health, Kind, Lineage, PathMapping, RootStatus, Snapshot, Verdict};
use super::text::scrub;

/// The shape of a file of events.
pub const SCHEMA: u32 = 1;

/// Times that a file system tells of one file that was just written are no further apart than this.
const SAME: SignedDuration = SignedDuration::from_secs(2);

/// Whether these are two times at which metadata was written.
fn are_apart(now: Option<Timestamp>, then: Option<Timestamp>) -> bool {
    let times = now.zip(then);
    times.is_some_and(|(now, then)| now.duration_since(then).abs() > SAME)
}

/// Something that happened, and when it was noticed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When it was noticed.
    pub at: Timestamp,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    /// A file of events begins here.
    Log {
        /// [`SCHEMA`].
        schema: u32,
        /// The release that wrote it.
        version: String,
    },
    /// Somebody began to watch a root. Of the time before, nothing is known but what lay there then.
    WatchBegan {
        /// The root.
        root: Location,
    },
    /// It was still watched.
    Watched {
        /// The root.
        root: Location,
    },
    /// It was watched no more.
    WatchEnded {
        /// The root.
        root: Location,
    },
    /// A root was not there any more, or could not be read: what became of what lay in it is not known.
    RootLost {
        /// The root.
        root: Location,
    },
    /// A snapshot was there when the watching began.
    Present(Sighting),
    /// A snapshot came that was not there before, or came back.
    Appeared(Sighting),
    /// Its metadata was written.
    Completed(Sighting),
    /// It cannot be restored any more, or never could: files are missing, its metadata cannot be read, it was abandoned.
    Broke(Sighting),
    /// Anything else about it changed.
    Changed(Sighting),
    /// It went.
    Gone {
        /// Where it lay.
        uri: Location,
        /// How it went.
        how: Ending,
        /// When it was last known to be there, where it was not watched since.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Timestamp>,
        /// The deletion that moved it into a trash of ours, where it was one; earlier releases did not write it down.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        taken: Option<Taken>,
    },
    /// Something ended a deletion of ours, or its undoing, half-way: some of it lies in the trash, and the rest where it lay.
    Torn {
        /// Where it lies.
        uri: Location,
        /// The deletion.
        taken: Taken,
    },
    /// It was held.
    Held {
        /// Where it lies.
        uri: Location,
        /// The name of the hold.
        hold: String,
    },
    /// A hold on it ended.
    Released {
        /// Where it lies.
        uri: Location,
        /// The name of the hold.
        hold: String,
    },
    /// It was marked for restart.
    Marked {
        /// Where it lies.
        uri: Location,
    },
    /// It was marked no more.
    Unmarked {
        /// Where it lies.
        uri: Location,
    },
    /// A job was restored from it.
    Restored {
        /// Where it lies.
        uri: Location,
        /// Which job.
        job: JobId,
        /// When, by the cluster's clock; without, as noticed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        started: Option<Timestamp>,
        /// Whether the job claimed it: it is the job's own since then.
        claimed: bool,
    },
    /// A job came to another state, as its cluster tells.
    Ran {
        /// A root with snapshots of the job in it, or with one that it was restored from.
        root: Location,
        /// Which job.
        job: JobId,
        /// Its name.
        name: String,
        /// The state; without, nobody knows any more: its cluster does not answer, or does not know the job.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        state: Option<JobState>,
        /// Since when, by the cluster's clock; without, as noticed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<Timestamp>,
    },
    /// How a root fares; in recordings.
    Root {
        /// Its status.
        status: Box<RootStatus>,
    },
    /// The lineages, in place of those before; in recordings.
    Lineages {
        /// All of them.
        lineages: Vec<Lineage>,
    },
    /// What the metadata of a snapshot says, once it can be read; in recordings.
    Metadata(Box<Kept>),
    /// Where else than metadata says the user had files looked for; in recordings.
    Mapped {
        /// In the order in which they were tried.
        mappings: Vec<PathMapping>,
    },
    /// What was found of files that snapshots name, as far as nothing else was said of them before; in recordings.
    Files {
        /// The directory that they lie in.
        location: Location,
        /// How many bytes each has, by its name; none of one that is not there. Those that could not be looked at are left out.
        lengths: BTreeMap<String, Option<u64>>,
        /// Those among them that may have any length, as they are compressed, whatever metadata says.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        of_any_length: Vec<String>,
    },
    /// What a cluster says of itself, in place of what it said before; in recordings.
    Cluster {
        /// All but its jobs.
        cluster: Box<Cluster>,
        /// Which jobs it has, in their order.
        jobs: Vec<JobId>,
    },
    /// What a cluster says of a job, in place of what it said before; in recordings.
    Job {
        /// Which cluster.
        cluster: ClusterId,
        /// All but its checkpoints.
        job: Box<Job>,
        /// Which of them Flink remembers, in their order.
        checkpoints: Vec<CheckpointId>,
    },
    /// What a cluster says of a checkpoint or savepoint of a job, in place of what it said before; in recordings.
    Checkpoint {
        /// Which cluster.
        cluster: ClusterId,
        /// Which job.
        job: JobId,
        /// The checkpoint.
        checkpoint: Box<Checkpoint>,
    },
    /// Something that a later release knows of.
    #[serde(other)]
    Unknown,
}

/// A snapshot as it was seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// What a timeline needs of it.
    #[serde(flatten)]
    pub sketch: Sketch,
    /// All of it; in recordings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row: Option<Box<Snapshot>>,
}

/// The metadata of a snapshot as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Where the snapshot lies.
    pub uri: Location,
    /// How long its `_metadata` is, in bytes.
    pub bytes: u64,
    /// All of it, in base64 (RFC 4648, with padding).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// Why it is not here, where it is not: a sentence without its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_out: Option<String>,
    /// Where the snapshot was written, by what its metadata names, if that is another place around which there is something here,
    /// too: then it is a copy, and names what lies there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Location>,
}

/// A snapshot in few words: what is worth keeping of it when it is gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sketch {
    /// Where it lies.
    pub uri: Location,
    /// Its name.
    pub name: String,
    /// Which sort it is.
    pub kind: Kind,
    /// Whether it can be restored.
    pub health: Health,
    /// Its number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<CheckpointId>,
    /// The job whose directory it lies in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<JobId>,
    /// The name of its lineage.
    pub lineage: String,
    /// When its metadata was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Timestamp>,
    /// For one in progress, its last sign of life.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_at: Option<Timestamp>,
    /// Bytes that it refers to.
    pub refer: u64,
    /// How its state is laid out, in a word or two.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub format: String,
    /// Whether Flink deletes it once newer ones push it out.
    pub subsumable: bool,
    /// What tells it from another at the same place; earlier releases did not write it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
    /// The operators of the program that took it, where no job's id tells it from what others took in the same directory; earlier
    /// releases did not write it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<Content>,
    /// What is wrong with it, where that is more than that nobody may look: a sentence without its end. Earlier releases did not
    /// write it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub damage: Option<String>,
}

/// How a snapshot went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Flink subsumed it: newer checkpoints pushed it out of the retained ones
    /// (`org.apache.flink.runtime.checkpoint.CheckpointSubsumeHelper`).
    Subsumed {
        /// The newest one there was then.
        by: String,
        /// Whether it can have been no other: as many newer ones are there as are retained, or it is the only one.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        is_exact: bool,
    },
    /// It was moved into a trash of ours.
    Trashed,
    /// Another snapshot of its name was written in its place.
    Replaced,
    /// It went, and nobody here knows how.
    Vanished,
}

/// A deletion of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The id of its plan, by which the trash knows it.
    pub plan: String,
    /// Who did it, as `user@host`; empty where that is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// When it was begun.
    pub at: Timestamp,
}

impl Taken {
    /// Who did it by which plan: `by alice@host, plan 20260211T031240Z-7bf6`.
    pub fn words(&self) -> String {
        let plan = scrub(&self.plan);
        if self.by.is_empty() {
            format!("by plan {plan}")
        } else {
            format!("by {}, plan {plan}", scrub(&self.by))
        }
    }
}

impl Ending {
    /// The word for it.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Subsumed { .. } => "subsumed",
            Self::Trashed => "moved to trash",
            Self::Replaced => "replaced",
            Self::Vanished => "vanished",
        }
    }
}

impl Sketch {
    /// Of a row, in a lineage of this name.
    pub fn of(row: &Snapshot, lineage: &str) -> Self {
        let words = |facts: &super::snapshot::Facts| facts.format.words(row.kind);
        Self {
            uri: row.location.clone(),
            name: row.name.clone(),
            kind: row.kind,
            health: row.health,
            number: row.checkpoint_id(),
            job: row.job_id,
            lineage: lineage.to_owned(),
            completed_at: row.completed_at,
            changed_at: row.changed_at.filter(|_| row.completed_at.is_none()),
            refer: row.sizes.refer,
            format: row.facts.as_deref().map(words).unwrap_or_default(),
            subsumable: row.fate.subsumed == Verdict::Deleted,
            content: row.facts.as_ref().and_then(|facts| facts.content),
            program: Self::program_of(row),
            damage: damage(row),
        }
    }

    /// The operators of the program that took a checkpoint, as one number; nothing where a job's id tells more, or no metadata tells
    /// them.
    pub fn program_of(row: &Snapshot) -> Option<Content> {
        let is_shared = row.job_id.is_none_or(|id| id == JobId::ZERO);
        let facts = row.facts.as_ref().filter(|it| !it.operators.is_empty())?;
        (is_shared && row.kind != Kind::Savepoint).then(|| Content::of_program(&facts.operators))
    }

    /// Whether it is known to be of another program than one with this.
    pub fn is_of_another_program(&self, program: Option<Content>) -> bool {
        let both = self.program.zip(program);
        both.is_some_and(|(own, other)| own != other)
    }

    /// Whether something is wrong with it that time will not mend.
    pub fn is_broken(&self) -> bool {
        !matches!(self.health, Health::Complete | Health::InProgress)
    }

    /// Whether it is another snapshot than one that lies at the same place: what it is made of tells. A copy is made of the same,
    /// and metadata that cannot be read any more is that of the one before. Where what one of them is made of is not known, as
    /// earlier releases did not write it down, it is another only if it was written at another time and looks otherwise.
    pub fn is_another_than(&self, before: &Self) -> bool {
        if let (Some(now), Some(then)) = (self.content, before.content) {
            return now != then;
        }
        let looks = |it: &Self| (it.number, it.kind, it.refer, it.format.clone());
        let are_whole = [self, before]
            .iter()
            .all(|it| it.health == Health::Complete);
        are_whole
            && are_apart(self.completed_at, before.completed_at)
            && looks(self) != looks(before)
    }

    /// Whether it is another than one that had gone from its place: what was written since is another unless it is made of the same,
    /// as copies aside nobody writes there but another run.
    pub fn is_written_after(&self, gone: &Self) -> bool {
        let is_copy = self.content.is_some() && self.content == gone.content;
        let is_later = self.was_read() && are_apart(self.completed_at, gone.completed_at);
        (is_later && !is_copy) || self.is_another_than(gone)
    }

    /// Whether its metadata was read.
    pub fn was_read(&self) -> bool {
        matches!(self.health, Health::Complete | Health::Incomplete) || self.content.is_some()
    }

    /// One that was known before, now that it looks like this. It stays what it was where its metadata cannot be read any more,
    /// and when it completed, whatever gave its metadata another time since.
    #[must_use]
    pub fn carried_on(self, before: &Self) -> Self {
        let Some(completed) = before.completed_at else {
            return self;
        };
        let damage = if self.is_broken() && self.completed_at.is_none() {
            Some("its metadata is gone".to_owned())
        } else {
            self.damage.clone()
        };
        if !self.was_read() {
            return Self {
                health: self.health,
                damage,
                ..before.clone()
            };
        }
        let was_earlier =
            are_apart(self.completed_at, Some(completed)) && self.completed_at < Some(completed);
        Self {
            completed_at: if was_earlier {
                self.completed_at
            } else {
                Some(completed)
            },
            content: self.content.or(before.content),
            program: self.program.or(before.program),
            ..self
        }
    }

    /// Whether a history has nothing new to say of it when it looks like this after it looked like that.
    pub fn tells_nothing_new(&self, before: &Self) -> bool {
        // The name of a lineage may change from look to look, until all of it is seen.
        let apart = |it: &Self| (it.kind, it.health, it.completed_at);
        apart(self) == apart(before)
    }
}

/// What is wrong with a snapshot; nothing where it only may not be looked at.
fn damage(row: &Snapshot) -> Option<String> {
    let is_hidden = row.health == Health::Corrupt && row.unchecked_files > 0;
    match row.health {
        Health::Complete | Health::InProgress => None,
        _ if is_hidden => None,
        _ => row.findings.first().cloned(),
    }
}
