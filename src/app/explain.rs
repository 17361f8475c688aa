//! Sentences: what a snapshot's state means to whoever has to decide.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::analysis::retained::Retained;
use crate::domain::snapshot::{Fate, Health, Kind, Snapshot, Verdict};

/// How good or bad news is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// As it should be.
    Good,
    /// Neither.
    Plain,
    /// Not finished.
    Busy,
    /// Needs a look.
    Warning,
    /// Broken.
    Bad,
}

/// The answer to "can I restart from this?".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// How to colour it.
    pub tone: Tone,
    /// Two words at most, in capitals.
    pub headline: &'static str,
    /// Why, in a sentence.
    pub sentence: &'static str,
}

/// Whether it is left open if the snapshot can be restored: something in it could not be looked at.
pub fn is_open(snapshot: &Snapshot) -> bool {
    matches!(snapshot.health_word(), "unverified" | "unreadable")
}

/// Whether a job could be restarted from a snapshot, and why not.
pub fn answer(snapshot: &Snapshot) -> Answer {
    let (tone, headline, sentence) = match snapshot.health {
        _ if is_open(snapshot) => (Tone::Warning, "NOT PROVEN", open_question(snapshot)),
        Health::Complete => (
            Tone::Good,
            "RESTORABLE",
            "Its metadata parses, and every file it names is there with the right length.",
        ),
        Health::InProgress => (
            Tone::Busy,
            "NOT YET",
            "It has no metadata yet: Flink may be writing it, or just deleting it.",
        ),
        Health::Incomplete => (
            Tone::Bad,
            "NOT RESTORABLE",
            "Files that its metadata names are missing or short: a restore fails.",
        ),
        Health::Corrupt => (Tone::Bad, "NOT RESTORABLE", "Its metadata cannot be read."),
        Health::Abandoned => (
            Tone::Bad,
            "NOT RESTORABLE",
            "It has data but no metadata, and is too old to be completed still: a checkpoint that failed.",
        ),
        Health::Empty => (
            Tone::Bad,
            "NOT RESTORABLE",
            "The directory is empty: left behind by a checkpoint that failed.",
        ),
    };
    Answer {
        tone,
        headline,
        sentence,
    }
}

/// What could not be looked at in a snapshot of which that is so.
fn open_question(snapshot: &Snapshot) -> &'static str {
    match &snapshot.facts {
        None => "Its metadata is there, but may not be read here: nobody can tell yet.",
        Some(_) if snapshot.unchecked_files > 0 => {
            "Its metadata parses, but files that it names lie where they could not be looked at."
        }
        Some(_) => {
            "Its state is there, but a part of its metadata that Flink reads on a restore was not understood."
        }
    }
}

/// The tone of a snapshot's health.
pub fn tone(snapshot: &Snapshot) -> Tone {
    match snapshot.health {
        Health::Abandoned | Health::Empty => Tone::Warning,
        _ => answer(snapshot).tone,
    }
}

/// What it is and where it comes from, up to when it completed: `Externalized checkpoint 912 of job 7bf6bd3d…`.
pub fn subject(snapshot: &Snapshot) -> String {
    let mut text = String::new();
    let phrase = snapshot.kind.phrase();
    text.extend(phrase.chars().take(1).flat_map(char::to_uppercase));
    text.push_str(&phrase[1..]);
    if let Some(id) = snapshot.checkpoint_id() {
        let _ = write!(text, " {id}");
    }
    match (&snapshot.job_id, &snapshot.job_prefix) {
        (Some(job), _) => {
            let _ = write!(text, " of job {job}");
        }
        (None, Some(prefix)) => {
            let _ = write!(text, " of a job {prefix}…");
        }
        (None, None) => {}
    }
    text
}

/// What its metadata file's time tells: that it completed then, unless nobody could read that.
pub fn written(snapshot: &Snapshot) -> &'static str {
    if snapshot.health == Health::Corrupt || snapshot.facts.is_none() {
        "metadata last written"
    } else {
        "completed"
    }
}

/// The fate in a word or two, for a column.
pub fn fate_word(fate: &Fate) -> &'static str {
    use Verdict::{Deleted, Kept, Unknown};
    match [
        fate.subsumed,
        fate.finished,
        fate.cancelled,
        fate.failed,
        fate.suspended,
    ] {
        [Kept, Kept, Kept, Kept, Kept] => "kept",
        [Deleted, Deleted, Deleted, Deleted, Deleted] => "dies with job",
        [_, Deleted, Deleted, Kept, _] => "survives failure",
        [_, Deleted, Kept, Kept, _] => "survives cancel",
        verdicts if verdicts.contains(&Unknown) => "unknown",
        _ => "mixed",
    }
}

/// Whether nothing that happens to a job touches it any more: it never completed, and was not cleaned up.
pub fn is_left_behind(snapshot: &Snapshot) -> bool {
    matches!(snapshot.health, Health::Abandoned | Health::Empty)
        && fate_word(&snapshot.fate) == "kept"
}

/// The fate as the end of a sentence: `deleted when subsumed or finished; kept when cancelled, failed or suspended.`
pub fn fate_sentence(fate: &Fate) -> String {
    let of = |verdict| {
        let events: Vec<&str> = Event::ALL
            .into_iter()
            .filter(|event| event.verdict(fate) == verdict)
            .map(Event::word)
            .collect();
        join(&events)
    };
    let parts: Vec<String> = [
        (Verdict::Deleted, "deleted when"),
        (Verdict::Kept, "kept when"),
        (Verdict::Unknown, "not known when"),
    ]
    .into_iter()
    .filter_map(|(verdict, lead)| of(verdict).map(|events| format!("{lead} {events}")))
    .collect();
    format!("{}.", parts.join("; "))
}

fn join(words: &[&str]) -> Option<String> {
    match words {
        [] => None,
        [one] => Some((*one).to_owned()),
        [start @ .., last] => Some(format!("{} or {last}", start.join(", "))),
    }
}

/// One of the five ends that Flink knows for a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Newer checkpoints push it out.
    Subsumed,
    /// The job finishes.
    Finished,
    /// The job is cancelled.
    Cancelled,
    /// The job fails for good.
    Failed,
    /// The `JobManager` stops, the job has no final state.
    Suspended,
}

impl Event {
    /// All, in Flink's order.
    pub const ALL: [Self; 5] = [
        Self::Subsumed,
        Self::Finished,
        Self::Cancelled,
        Self::Failed,
        Self::Suspended,
    ];

    /// The word for a column.
    pub fn word(self) -> &'static str {
        match self {
            Self::Subsumed => "subsumed",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Suspended => "suspended",
        }
    }

    /// What happens then.
    pub fn verdict(self, fate: &Fate) -> Verdict {
        match self {
            Self::Subsumed => fate.subsumed,
            Self::Finished => fate.finished,
            Self::Cancelled => fate.cancelled,
            Self::Failed => fate.failed,
            Self::Suspended => fate.suspended,
        }
    }

    /// Why, with the setting that decides, and how many checkpoints are retained by what is known.
    pub fn sentence(self, snapshot: &Snapshot, retained: &Retained) -> Cow<'static, str> {
        let verdict = self.verdict(&snapshot.fate);
        let is_pushed_out = self == Self::Subsumed && verdict == Verdict::Deleted;
        if is_pushed_out && !is_left_behind(snapshot) {
            return Cow::Owned(format!(
                "Newer checkpoints push it out, beyond execution.checkpointing.num-retained ({retained})."
            ));
        }
        Cow::Borrowed(self.fixed(snapshot))
    }

    /// The same, but for what the number of retained checkpoints decides.
    fn fixed(self, snapshot: &Snapshot) -> &'static str {
        let (kind, verdict) = (snapshot.kind, self.verdict(&snapshot.fate));
        if is_left_behind(snapshot) {
            return "No job counts it among its checkpoints: it stays.";
        }
        if kind == Kind::Savepoint && verdict == Verdict::Kept {
            return match self {
                Self::Subsumed => {
                    "Newer checkpoints do not push a savepoint out; num-retained does not count it."
                }
                Self::Finished => {
                    "The job that took it may finish, with stop-with-savepoint too: it stays."
                }
                Self::Cancelled => "Cancelling the job does not touch it.",
                Self::Failed => "A failed job leaves it alone.",
                Self::Suspended => "A JobManager that stops leaves it alone.",
            };
        }
        match (self, verdict) {
            (Self::Subsumed, Verdict::Deleted) => "Newer checkpoints push it out.",
            (Self::Subsumed, Verdict::Kept) => "Newer checkpoints do not push it out.",
            (Self::Finished, Verdict::Deleted) => {
                "The job reaching FINISHED deletes it, whatever the retention; so does stop-with-savepoint."
            }
            (Self::Finished, Verdict::Kept) => "It stays when the job finishes.",
            (Self::Cancelled, Verdict::Deleted) => {
                "Cancelling deletes it; only RETAIN_ON_CANCELLATION would keep it."
            }
            (Self::Cancelled, Verdict::Kept) => {
                "Cancelling keeps it; from then on it is yours to delete."
            }
            (Self::Failed, Verdict::Deleted) => {
                "Failing for good deletes it: the job retains no externalized checkpoints."
            }
            (Self::Failed, Verdict::Kept) => {
                "Failing for good keeps it; from then on it is yours to delete."
            }
            (Self::Suspended, Verdict::Deleted) => {
                "A JobManager that shuts down in order deletes it, unless high availability is on."
            }
            (Self::Suspended, Verdict::Kept) => "A JobManager that shuts down keeps it.",
            (_, Verdict::Unknown) => {
                "It depends on a setting that neither metadata nor the directory shows."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fate(verdicts: [Verdict; 5]) -> Fate {
        let [subsumed, finished, cancelled, failed, suspended] = verdicts;
        Fate {
            subsumed,
            finished,
            cancelled,
            failed,
            suspended,
            inferred: false,
            because: String::new(),
        }
    }

    #[test]
    fn fates_read_as_sentences() {
        use Verdict::{Deleted, Kept, Unknown};
        assert_eq!(
            fate_sentence(&fate([Deleted, Deleted, Kept, Kept, Kept])),
            "deleted when subsumed or finished; kept when cancelled, failed or suspended."
        );
        assert_eq!(
            fate_sentence(&fate([Unknown; 5])),
            "not known when subsumed, finished, cancelled, failed or suspended."
        );
    }
}
