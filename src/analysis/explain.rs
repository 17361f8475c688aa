//! What one snapshot is, in four to eight plain sentences that are worked out from it.
//!
//! Each sentence is about one topic and carries its evidence: what in the metadata, on disk or in a cluster's answer it
//! rests on. What is inferred says so, and what is not known is said to be unknown. Beside the sentences stand the settings
//! that would have made the snapshot otherwise ([`settings`]), by the names of one release.
//!
//! | topic | where its rules come from |
//! |---|---|
//! | `made` | `CheckpointProperties`, `CheckpointType`, `SavepointType`; the names of directories (`AbstractFsCheckpointStorageAccess`) |
//! | `kind` | `CheckpointRetentionPolicy`, `ExternalizedCheckpointRetention`; handles of keyed state |
//! | `owner` | `CompletedCheckpointStore`, `RecoveryClaimMode`; the savepoint and checkpoint pages of the documentation |
//! | `fate` | the five flags of `CheckpointProperties`, `DefaultCompletedCheckpointStoreUtils` |
//! | `depends` | stream handles, `SharedStateRegistry` |
//! | `restore` | `Checkpoints#loadAndValidateCheckpoint`, `MetadataSerializers`, the page "Checkpoints vs. Savepoints" |
//! | `absent` | the order in which `PendingCheckpoint` and `FsCheckpointMetadataOutputStream` write |

mod absent;
mod depends;
mod fate;
mod kind;
mod made;
mod owner;
pub mod relations;
mod restore;
pub mod settings;
mod words;

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use self::relations::Relations;
use self::settings::Alternative;
use super::backend::{self, Backend};
use super::overlay::{self, Live};
use super::ownership::{self, Ownership};
use super::retained::completed_beside;
use crate::domain::claim::ClaimMode;
use crate::domain::cluster::{CheckpointStatus, Cluster, Job};
use crate::domain::id::JobId;
use crate::domain::series::{Release, Series};
use crate::domain::snapshot::{Facts, Kind, Snapshot};

/// A snapshot, and all that is known around it.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The snapshot.
    pub snapshot: &'a Snapshot,
    /// What ties it to others; none where that was not worked out.
    pub relations: Option<&'a Relations>,
    /// All snapshots in sight; whether this one is among them makes no difference.
    pub rows: &'a [Arc<Snapshot>],
    /// The clusters that were asked.
    pub clusters: &'a [Arc<Cluster>],
    /// The release that it is to be restored with, and whose names of settings are wanted.
    pub release: Option<Release>,
    /// What happened to it where a part of it lies in a trash, as a sentence without its subject and a full stop.
    pub torn: Option<&'a str>,
    /// The present.
    pub now: Timestamp,
}

/// What a sentence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Who made it, when and how.
    Made,
    /// Which sort of snapshot it is, and what that means here.
    Kind,
    /// How its state is written.
    State,
    /// Whether it can be restored at all, where that is not plain.
    Condition,
    /// Who may delete it.
    Owner,
    /// When Flink deletes it.
    Fate,
    /// Which files it needs, and who else names them.
    Depends,
    /// Which job can be restored from it.
    Job,
    /// Which release can, and in which claim mode.
    Release,
}

impl Topic {
    /// The word for a label.
    pub fn word(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::Kind => "kind",
            Self::State => "state",
            Self::Condition => "condition",
            Self::Owner => "owner",
            Self::Fate => "fate",
            Self::Depends => "depends",
            Self::Job => "job",
            Self::Release => "release",
        }
    }
}

/// One sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sentence {
    /// What it is about.
    pub topic: Topic,
    /// The sentence, safe to show.
    pub text: String,
    /// What it rests on, safe to show.
    pub evidence: String,
}

impl Sentence {
    fn new(topic: Topic, text: impl Into<String>, evidence: impl Into<String>) -> Self {
        Self {
            topic,
            text: text.into(),
            evidence: evidence.into(),
        }
    }
}

/// What a snapshot is, and what would have made it otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Four to eight sentences.
    pub sentences: Vec<Sentence>,
    /// The releases whose names the settings have.
    pub names_of: &'static str,
    /// Settings and calls that would have made it otherwise.
    pub otherwise: Vec<Alternative>,
}

/// Explains a snapshot.
pub fn explain(question: &Question<'_>) -> Explanation {
    let sentences = match question.facts() {
        None => match question.torn {
            Some(why) => absent::torn(question, why),
            None => absent::sentences(question),
        },
        Some(facts) => present(question, facts),
    };
    Explanation {
        sentences,
        names_of: question.series().label(),
        otherwise: settings::otherwise(question),
    }
}

fn present(question: &Question<'_>, facts: &Facts) -> Vec<Sentence> {
    let mut said = vec![
        made::sentence(question, facts),
        kind::sentence(question, facts),
        kind::state(question, facts),
    ];
    let broken = restore::condition(question);
    let is_broken = broken.is_some();
    said.extend(broken);
    said.push(owner::sentence(question));
    said.push(fate::sentence(question));
    said.push(depends::sentence(question, facts));
    if !is_broken {
        said.push(restore::job(question, facts));
        said.push(restore::release(question, facts));
    }
    said
}

impl<'a> Question<'a> {
    fn facts(&self) -> Option<&'a Facts> {
        self.snapshot.facts.as_deref()
    }

    fn is_savepoint(&self) -> bool {
        self.snapshot.kind == Kind::Savepoint
    }

    /// The job that took it, where a cluster knows it.
    fn live(&self) -> Option<Live<'a>> {
        overlay::live(self.snapshot, self.clusters)
    }

    /// Whose it is.
    fn ownership(&self) -> Ownership<'a> {
        ownership::of(self.snapshot, self.clusters)
    }

    /// In which mode a job is noted as restored from it, where a note says.
    fn noted(&self, job: JobId) -> Option<ClaimMode> {
        let mut restored = self.snapshot.heirs.restored.iter();
        restored.find(|it| it.job == job)?.claim_mode
    }

    /// The name of a checkpoint that a job has completed since it was restored from this: by its cluster, else what is in sight.
    fn completed_since(&self, job: JobId, told: Option<&Job>) -> Option<String> {
        let own = self.snapshot.checkpoint_id().unwrap_or(0);
        let told = told.into_iter().flat_map(|job| &job.checkpoints);
        let completed = told.filter(|it| {
            it.status == CheckpointStatus::Completed && !it.is_savepoint && it.id > own
        });
        // An id may be used again, and what lies there be older.
        let seen = self.rows.iter().filter(|row| {
            let is_its = row.job_id == Some(job) && row.kind != Kind::Savepoint;
            is_its
                && row.facts.is_some()
                && row.checkpoint_id() > Some(own)
                && row.completed_at > self.snapshot.completed_at
        });
        let first = completed
            .map(|it| it.id)
            .chain(seen.filter_map(|row| row.checkpoint_id()))
            .min()?;
        Some(format!("chk-{first}"))
    }

    /// The state backend that held its state: by its job's settings, where a cluster tells them, else by its handles.
    fn backend(&self, facts: &Facts) -> Backend {
        backend::of(self.snapshot, facts, self.clusters)
    }

    /// Whose names of settings are used: those of the release that was asked for, else of the cluster that has the job,
    /// else of the oldest release that can have written it.
    pub fn series(&self) -> Series {
        if let Some(release) = self.release {
            return Series::of(release);
        }
        if let Some(release) = self.live().and_then(|live| live.cluster.release()) {
            return Series::of(release);
        }
        match self.facts() {
            Some(facts) => Series::that_wrote(facts.version, &facts.written_by),
            None => Series::V2,
        }
    }

    /// Completed checkpoints beside it with a number above or below its own, in the order of their numbers.
    fn checkpoints_beside(&self, newer: bool) -> Vec<&'a Snapshot> {
        let own = self.snapshot.checkpoint_id().unwrap_or(0);
        let beside = completed_beside(self.snapshot, self.rows).into_iter();
        let found = beside.filter(|(id, _)| (*id > own) == newer);
        found.map(|(_, row)| row).collect()
    }
}

#[cfg(test)]
mod tests;
