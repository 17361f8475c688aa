//! Scenario files: which jobs run and what happens to them. TOML; what is not understood is refused with its line.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::domain::claim::ClaimMode;
use crate::domain::cluster::release;
use crate::domain::text::scrub;

use super::job::{Backend, JobSpec, Retention};

/// The releases that can be simulated: from the first with claim modes on.
const OLDEST_RELEASE: (u32, u32) = (1, 15);
const NEWEST_RELEASE: (u32, u32) = (2, 3);
/// The first release that puts state together into larger files.
const FILE_MERGING: (u32, u32) = (1, 20);
/// The first release that has ForSt.
const FORST: (u32, u32) = (2, 0);

/// A story about jobs and their snapshots.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is called.
    pub title: String,
    /// What it shows, in a sentence or two.
    pub caption: String,
    /// What all names and sizes follow from.
    pub seed: u64,
    /// The release of Flink that is simulated, such as `2.3.0`.
    pub version: String,
    /// How many completed checkpoints of each job Flink keeps (`execution.checkpointing.num-retained`): a setting of the
    /// cluster, which no job can change.
    #[serde(default = "retained")]
    pub retained: usize,
    /// Virtual time at the start.
    #[serde(default = "start")]
    pub start: Timestamp,
    /// How long the story takes. Jobs that still run then go on.
    pub lasts: SignedDuration,
    /// How much of it has happened when a demonstration opens; unless told, as much as it takes until there is a snapshot.
    #[serde(default)]
    pub opens: Option<SignedDuration>,
    /// Virtual seconds in a real one at which its demonstration is best watched.
    #[serde(default = "speed")]
    pub speed: u32,
    /// The jobs. Each starts at once unless an event starts it.
    pub jobs: Vec<JobSpec>,
    /// What happens, in any order.
    #[serde(default)]
    pub events: Vec<Event>,
    /// What somebody holds with this program when its demonstration opens.
    #[serde(default)]
    pub holds: Vec<Held>,
    /// What is to be said as the story goes on, in place of the caption.
    #[serde(default)]
    pub remarks: Vec<Remark>,
}

/// A snapshot that is held.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// The job that it is of.
    pub job: String,
    /// The snapshot, spoken of as by an event.
    pub snapshot: String,
    /// What the hold is called.
    pub name: String,
    /// Why it is held.
    #[serde(default)]
    pub why: String,
}

/// What is to be said at some time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remark {
    /// The time since the start.
    pub at: SignedDuration,
    /// What.
    pub says: String,
}

/// Format of a savepoint (`SavepointFormatType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Any state backend can read it.
    #[default]
    Canonical,
    /// The state backend's own.
    Native,
}

/// Whose a snapshot is after a restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Claim {
    /// The user's.
    #[default]
    NoClaim,
    /// Flink's.
    Claim,
    /// Nobody's clearly.
    Legacy,
}

impl From<Claim> for ClaimMode {
    fn from(claim: Claim) -> Self {
        match claim {
            Claim::NoClaim => Self::NoClaim,
            Claim::Claim => Self::Claim,
            Claim::Legacy => Self::Legacy,
        }
    }
}

/// Something that happens to a job. `at` is the time since the start, `job` its name. A snapshot is spoken of by the name
/// that an event gave it (`name`), by its directory's name (`chk-7`), or as `latest`, `latest-checkpoint` or
/// `latest-savepoint`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
#[expect(missing_docs, reason = "the fields are explained above")]
pub enum Event {
    /// The job starts without state.
    Start { at: SignedDuration, job: String },
    /// The user asks for a savepoint.
    Savepoint {
        at: SignedDuration,
        job: String,
        #[serde(default)]
        format: Format,
        #[serde(default)]
        name: Option<String>,
    },
    /// The user asks for a checkpoint.
    Checkpoint {
        at: SignedDuration,
        job: String,
        #[serde(default)]
        full: bool,
    },
    /// The user stops the job with a savepoint.
    Stop {
        at: SignedDuration,
        job: String,
        #[serde(default)]
        format: Format,
        #[serde(default)]
        drain: bool,
        #[serde(default)]
        name: Option<String>,
    },
    /// The user cancels the job.
    Cancel { at: SignedDuration, job: String },
    /// The job fails for good.
    Fail {
        at: SignedDuration,
        job: String,
        because: String,
    },
    /// A task fails; the job goes on from its latest checkpoint.
    Failover {
        at: SignedDuration,
        job: String,
        because: String,
    },
    /// The job has no more input.
    Finish { at: SignedDuration, job: String },
    /// The task of an operator has no more input, in some subtasks or in all; what the others do goes on.
    FinishTasks {
        at: SignedDuration,
        job: String,
        operator: String,
        #[serde(default)]
        subtasks: Option<Vec<u32>>,
    },
    /// The JobManager goes away in good order, without a final state of the job.
    Suspend { at: SignedDuration, job: String },
    /// The JobManager dies; another one goes on with the job from its latest checkpoint. What was under way stays behind.
    Crash { at: SignedDuration, job: String },
    /// The next checkpoint takes too long and is given up; a task that is late writes into its directory all the same.
    Timeout { at: SignedDuration, job: String },
    /// A new job with the same program starts from a snapshot, with other settings where they are told.
    Restart {
        at: SignedDuration,
        job: String,
        from: String,
        #[serde(default)]
        claim: Claim,
        #[serde(default)]
        parallelism: Option<u32>,
        #[serde(default)]
        retention: Option<Retention>,
        #[serde(default)]
        unaligned: Option<bool>,
    },
    /// Somebody deletes a file of state of a snapshot: the largest.
    DeleteFile {
        at: SignedDuration,
        job: String,
        snapshot: String,
    },
    /// The metadata of a snapshot loses its second half.
    Truncate {
        at: SignedDuration,
        job: String,
        snapshot: String,
    },
    /// Somebody deletes a snapshot with `flink savepoint -d`.
    Dispose {
        at: SignedDuration,
        job: String,
        snapshot: String,
    },
}

impl Event {
    /// When it happens, and to which job.
    pub fn when_and_where(&self) -> (SignedDuration, &str) {
        match self {
            Self::Start { at, job }
            | Self::Savepoint { at, job, .. }
            | Self::Checkpoint { at, job, .. }
            | Self::Stop { at, job, .. }
            | Self::Cancel { at, job }
            | Self::Fail { at, job, .. }
            | Self::Failover { at, job, .. }
            | Self::Finish { at, job }
            | Self::FinishTasks { at, job, .. }
            | Self::Suspend { at, job }
            | Self::Crash { at, job }
            | Self::Timeout { at, job }
            | Self::Restart { at, job, .. }
            | Self::DeleteFile { at, job, .. }
            | Self::Truncate { at, job, .. }
            | Self::Dispose { at, job, .. } => (*at, job),
        }
    }
}

/// A scenario that cannot be played.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct ScenarioError {
    /// The scenario's name, with line and column where they are known.
    pub place: String,
    /// What is wrong.
    pub message: String,
}

fn start() -> Timestamp {
    // A moment as good as any other: ten in the evening, UTC.
    Timestamp::from_second(1_770_760_800).unwrap_or_default()
}

fn speed() -> u32 {
    1
}

fn retained() -> usize {
    1
}

impl Scenario {
    /// Reads a scenario; `name` is for messages.
    ///
    /// # Errors
    /// When it is no TOML, has a key or value that no scenario has, or contradicts itself.
    pub fn parse(name: &str, text: &str) -> Result<Self, ScenarioError> {
        let scenario: Self =
            toml::from_str(text).map_err(|error: toml::de::Error| ScenarioError {
                place: match error.span() {
                    Some(span) => {
                        let before = text.get(..span.start).unwrap_or(text);
                        let line = before.matches('\n').count() + 1;
                        let start = before.rfind('\n').map_or(0, |at| at + 1);
                        format!("{name}:{line}:{}", before[start..].chars().count() + 1)
                    }
                    None => name.to_owned(),
                },
                message: scrub(error.message()).into_owned(),
            })?;
        match scenario.fault() {
            None => Ok(scenario),
            Some(message) => Err(ScenarioError {
                place: name.to_owned(),
                message: scrub(&message).into_owned(),
            }),
        }
    }

    /// How long it takes until there is a snapshot, unless the scenario asks for one before that.
    pub fn until_first_snapshot(&self) -> SignedDuration {
        let starts = |name: &str| {
            self.events.iter().find_map(|event| match event {
                Event::Start { at, job } if job == name => Some(*at),
                _ => None,
            })
        };
        let first = self.jobs.iter().map(|job| {
            let start = starts(&job.name).unwrap_or_default();
            start
                .saturating_add(job.interval)
                .saturating_add(job.duration)
        });
        first.min().unwrap_or_default().min(self.lasts)
    }

    /// What is to be said at a moment: the newest remark, or the caption before the first.
    pub fn said_at(&self, moment: Timestamp) -> &str {
        let since = moment.duration_since(self.start);
        let made = self.remarks.iter().filter(|it| it.at <= since);
        made.max_by_key(|it| it.at)
            .map_or(&self.caption, |it| &it.says)
    }

    /// The release as numbers.
    pub(super) fn release(&self) -> (u32, u32) {
        release(&self.version).unwrap_or(NEWEST_RELEASE)
    }

    /// The version of the metadata that this release writes.
    pub(super) fn metadata_version(&self) -> u32 {
        match self.release() {
            release if release < (1, 16) => 3,
            release if release < (2, 0) => 4,
            release if release < (2, 1) => 5,
            _ => 6,
        }
    }

    fn fault(&self) -> Option<String> {
        let known = |release: &(u32, u32)| {
            (OLDEST_RELEASE..=NEWEST_RELEASE).contains(release)
                && (release.0 > 1 || release.1 <= 20)
        };
        if !release(&self.version).is_some_and(|it| known(&it)) {
            return Some(format!(
                "version `{}` is no release from 1.15 to 2.3",
                self.version
            ));
        }
        if self.speed == 0 {
            return Some("speed is at least 1".to_owned());
        }
        if self.retained == 0 {
            return Some("retained is at least 1: Flink keeps the newest checkpoint".to_owned());
        }
        if self
            .opens
            .is_some_and(|it| it.is_negative() || it > self.lasts)
        {
            return Some("it opens within the time that it lasts".to_owned());
        }
        let merging = self.jobs.iter().find(|job| job.file_merging);
        if let Some(job) = merging.filter(|_| self.release() < FILE_MERGING) {
            return Some(format!("job {}: file_merging came with 1.20", job.name));
        }
        let forst = self.jobs.iter().find(|job| job.backend == Backend::Forst);
        if let Some(job) = forst.filter(|_| self.release() < FORST) {
            return Some(format!("job {}: ForSt came with 2.0", job.name));
        }
        if let Some(fault) = self.jobs.iter().find_map(JobSpec::fault) {
            return Some(fault);
        }
        let twice = self.jobs.iter().enumerate().find(|(at, job)| {
            let before = &self.jobs[..*at];
            before.iter().any(|other| other.name == job.name)
        });
        if let Some((_, job)) = twice {
            return Some(format!("two jobs are called {}", job.name));
        }
        self.events.iter().find_map(|event| {
            let (at, name) = event.when_and_where();
            let Some(job) = self.jobs.iter().find(|job| job.name == name) else {
                return Some(format!("an event speaks of job {name}, which there is not"));
            };
            if at.is_negative() {
                return Some(format!("something happens to job {name} before the start"));
            }
            match event {
                Event::Restart {
                    parallelism: Some(wanted),
                    ..
                } if !(1..=job.max_parallelism).contains(wanted) => Some(format!(
                    "job {name} cannot run with parallelism {wanted}: its max_parallelism is {}",
                    job.max_parallelism
                )),
                Event::FinishTasks {
                    operator, subtasks, ..
                } => {
                    let parallelism = job.parallelism;
                    if !job.operators.iter().any(|it| it.name == *operator) {
                        return Some(format!("job {name} has no operator {operator}"));
                    }
                    let mut subtasks = subtasks.iter().flatten();
                    let beyond = subtasks.find(|it| **it >= parallelism);
                    beyond.map(|it| format!("job {name} has no subtask {it} of {operator}"))
                }
                _ => None,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
title = "A title"
caption = "A caption."
seed = 1
version = "2.3.0"
lasts = "1m"

[[jobs]]
name = "a"
parallelism = 2
backend = "hashmap"
[[jobs.operators]]
name = "Count"
keyed = 1000

[[events]]
at = "30s"
do = "savepoint"
job = "a"
"#;

    #[test]
    fn a_scenario_is_read_with_its_defaults() {
        let scenario = Scenario::parse("good", GOOD).unwrap();
        let job = &scenario.jobs[0];
        assert_eq!((scenario.retained, job.max_parallelism), (1, 128));
        assert_eq!(job.interval, SignedDuration::from_secs(10));
        assert_eq!(
            scenario.events[0].when_and_where(),
            (SignedDuration::from_secs(30), "a")
        );
        assert_eq!(scenario.metadata_version(), 6);
    }

    #[test]
    fn what_is_not_understood_is_refused_where_it_stands() {
        let refused = |from: &str, to: &str| {
            let error = Scenario::parse("bad", &GOOD.replace(from, to)).unwrap_err();
            error.to_string()
        };
        let unknown = refused("parallelism = 2", "paralelism = 2");
        assert!(unknown.starts_with("bad:10:1: unknown field"), "{unknown}");
        let value = refused("\"hashmap\"", "\"heap\"");
        assert!(value.starts_with("bad:11:11: unknown variant"), "{value}");
        let key = refused("job = \"a\"", "job = \"a\"\ncolour = 1");
        assert!(key.starts_with("bad:16:1: unknown field `colour`"), "{key}");
        let job = refused("job = \"a\"", "job = \"b\"");
        assert_eq!(job, "bad: an event speaks of job b, which there is not");
        let version = refused("2.3.0", "1.12.0");
        assert!(version.contains("no release from 1.15"), "{version}");
        let own = refused("parallelism = 2", "parallelism = 2\nretained = 2");
        assert!(own.contains("unknown field `retained`"), "{own}");
        let none = refused("lasts", "retained = 0\nlasts");
        assert!(none.contains("retained is at least 1"), "{none}");
        let subtask = "do = \"finish-tasks\"\noperator = \"Count\"\nsubtasks = [2]";
        let subtask = refused("do = \"savepoint\"", subtask);
        assert!(subtask.contains("no subtask 2 of Count"), "{subtask}");
        let operator = "do = \"finish-tasks\"\noperator = \"Sum\"";
        let operator = refused("do = \"savepoint\"", operator);
        assert!(operator.contains("no operator Sum"), "{operator}");
        let forst = "backend = \"forst\"\nchangelog = true";
        let forst = refused("backend = \"hashmap\"", forst);
        assert!(forst.contains("no changelog of ForSt"), "{forst}");
        assert!(refused("parallelism = 2", "parallelism = 0").contains("from 1 to"));
    }
}
