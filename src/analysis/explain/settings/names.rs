//! What settings are called, by release.

use super::Alternative;
use crate::domain::series::Series;

/// The names of one series of releases.
pub(super) struct Names {
    series: Series,
}

/// How a savepoint was taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// While the job went on.
    InPassing,
    /// As the last thing that the job did.
    AtStop,
    /// The same, once event time was brought to its end.
    AtDrain,
}

impl Names {
    pub(super) fn of(series: Series) -> Self {
        Self { series }
    }

    /// Whether the options have the names that came with 1.20.
    fn is_renamed(&self) -> bool {
        self.series >= Series::V1_20
    }

    fn key<'k>(&self, before: &'k str, since_1_20: &'k str) -> &'k str {
        if self.is_renamed() {
            since_1_20
        } else {
            before
        }
    }

    /// The call on the environment's objects, or the option set in a configuration where the objects are gone or going.
    fn call(&self, before: &str, option: &str, value: &str) -> String {
        if self.is_renamed() {
            format!("configuration.set({option}, {value})")
        } else {
            before.to_owned()
        }
    }

    pub(super) fn retention(&self, value: &str, effect: &str) -> Alternative {
        let setter = match self.series {
            Series::V1_14 => {
                format!("enableExternalizedCheckpoints(ExternalizedCheckpointCleanup.{value})")
            }
            Series::V1_15 => {
                format!("setExternalizedCheckpointCleanup(ExternalizedCheckpointCleanup.{value})")
            }
            Series::V1_20 | Series::V2 => {
                format!(
                    "setExternalizedCheckpointRetention(ExternalizedCheckpointRetention.{value})"
                )
            }
        };
        alternative(
            "retention",
            format!("execution.checkpointing.externalized-checkpoint-retention: {value}"),
            Some(format!("env.getCheckpointConfig().{setter}")),
            effect,
        )
    }

    pub(super) fn retained(&self, at_least: usize) -> Alternative {
        let key = self.key(
            "state.checkpoints.num-retained",
            "execution.checkpointing.num-retained",
        );
        let others = match at_least - 1 {
            1 => "while one newer one comes".to_owned(),
            some => format!("while {some} newer ones come"),
        };
        alternative(
            "retention",
            format!("{key}: {at_least}"),
            None,
            &format!("kept {others}; the cluster's setting, for which programs have no call"),
        )
    }

    pub(super) fn backend(&self, value: &str, effect: &str) -> Alternative {
        let key = self.key("state.backend", "state.backend.type");
        let object = if value == "hashmap" {
            "HashMapStateBackend"
        } else {
            "EmbeddedRocksDBStateBackend"
        };
        let call = (!value.contains(' ')).then(|| {
            self.call(
                &format!("env.setStateBackend(new {object}())"),
                "StateBackendOptions.STATE_BACKEND",
                &format!("\"{value}\""),
            )
        });
        alternative("state backend", format!("{key}: {value}"), call, effect)
    }

    pub(super) fn incremental(&self, value: bool, effect: &str) -> Alternative {
        let key = self.key(
            "state.backend.incremental",
            "execution.checkpointing.incremental",
        );
        alternative(
            "state backend",
            format!("{key}: {value}"),
            Some(self.call(
                &format!("env.setStateBackend(new EmbeddedRocksDBStateBackend({value}))"),
                "CheckpointingOptions.INCREMENTAL_CHECKPOINTS",
                &value.to_string(),
            )),
            effect,
        )
    }

    pub(super) fn storage(&self, effect: &str) -> Alternative {
        let key = self.key(
            "state.checkpoint-storage",
            "execution.checkpointing.storage",
        );
        alternative(
            "checkpoint storage",
            format!("{key}: jobmanager"),
            Some(self.call(
                "env.getCheckpointConfig().setCheckpointStorage(new JobManagerCheckpointStorage())",
                "CheckpointingOptions.CHECKPOINT_STORAGE",
                "\"jobmanager\"",
            )),
            effect,
        )
    }

    pub(super) fn directory(&self, at: &str) -> Alternative {
        let key = self.key("state.checkpoints.dir", "execution.checkpointing.dir");
        alternative(
            "checkpoint storage",
            format!("{key}: DIR"),
            Some(self.call(
                "env.getCheckpointConfig().setCheckpointStorage(\"DIR\")",
                "CheckpointingOptions.CHECKPOINTS_DIRECTORY",
                "\"DIR\"",
            )),
            &format!("somewhere else than below {at}"),
        )
    }

    pub(super) fn threshold(&self, effect: &str) -> Alternative {
        let key = self.key(
            "state.storage.fs.memory-threshold",
            "execution.checkpointing.data-inline-threshold",
        );
        alternative(
            "checkpoint storage",
            format!("{key}: 0 b"),
            Some(
                "configuration.set(CheckpointingOptions.FS_SMALL_FILE_THRESHOLD, MemorySize.ZERO)"
                    .to_owned(),
            ),
            effect,
        )
    }

    pub(super) fn unaligned(&self) -> Alternative {
        let key = self.key(
            "execution.checkpointing.unaligned",
            "execution.checkpointing.unaligned.enabled",
        );
        alternative(
            "alignment",
            format!("{key}: false"),
            Some("env.getCheckpointConfig().enableUnalignedCheckpoints(false)".to_owned()),
            "no records in flight in it, and free to go to another graph or minor release; slower under backpressure",
        )
    }

    pub(super) fn changelog(&self) -> Alternative {
        let key = self.key("state.backend.changelog.enabled", "state.changelog.enabled");
        alternative(
            "state backend",
            format!("{key}: false"),
            Some("env.enableChangelogStateBackend(false)".to_owned()),
            "the state backend's own files, taken as a whole or incrementally, without changes beside them",
        )
    }

    /// File merging came with 1.20.
    pub(super) fn file_merging(&self) -> Option<Alternative> {
        self.is_renamed().then(|| {
            alternative(
                "checkpoint storage",
                "execution.checkpointing.file-merging.enabled: false".to_owned(),
                Some(
                    "configuration.set(CheckpointingOptions.FILE_MERGING_ENABLED, false)"
                        .to_owned(),
                ),
                "a file for each piece of state instead of segments of larger ones",
            )
        })
    }

    fn is_without_formats(&self) -> bool {
        self.series == Series::V1_14
    }

    /// A savepoint in another format, which can be chosen since 1.15, taken in the same way.
    pub(super) fn format(&self, taken: Taken, format: &str, effect: &str) -> Option<Alternative> {
        if self.is_without_formats() {
            return None;
        }
        let word = format.to_lowercase();
        let (command, call) = match taken {
            Taken::InPassing => ("flink savepoint", "triggerSavepoint("),
            Taken::AtStop => ("flink stop", "stopWithSavepoint(false, "),
            Taken::AtDrain => ("flink stop --drain", "stopWithSavepoint(true, "),
        };
        Some(alternative(
            "savepoint",
            format!("{command} --type {word} JOB"),
            Some(format!(
                "jobClient.{call}\"DIR\", SavepointFormatType.{format})"
            )),
            effect,
        ))
    }

    /// The last thing that a job does, in this format.
    pub(super) fn stop(&self, format: &str, effect: &str) -> Alternative {
        let call = if self.is_without_formats() {
            "jobClient.stopWithSavepoint(false, \"DIR\")".to_owned()
        } else {
            format!("jobClient.stopWithSavepoint(false, \"DIR\", SavepointFormatType.{format})")
        };
        // Canonical is what is taken unless another is asked for.
        let command = match format {
            "CANONICAL" => "flink stop JOB".to_owned(),
            _ => format!("flink stop --type {} JOB", format.to_lowercase()),
        };
        alternative("savepoint", command, Some(call), effect)
    }

    pub(super) fn savepoint_directory(&self, at: &str) -> Alternative {
        let key = self.key(
            "state.savepoints.dir",
            "execution.checkpointing.savepoint-dir",
        );
        alternative(
            "savepoint storage",
            format!("{key}: DIR"),
            Some("env.setDefaultSavepointDirectory(\"DIR\")".to_owned()),
            &format!("somewhere else than in {at}, unless whoever asked for it named that place"),
        )
    }

    /// A savepoint in this format.
    pub(super) fn savepoint_instead(&self, format: &str, effect: &str) -> Alternative {
        let (command, call) = if self.is_without_formats() {
            (
                "flink savepoint JOB".to_owned(),
                "jobClient.triggerSavepoint(\"DIR\")".to_owned(),
            )
        } else {
            (
                format!("flink savepoint --type {} JOB", format.to_lowercase()),
                format!("jobClient.triggerSavepoint(\"DIR\", SavepointFormatType.{format})"),
            )
        };
        alternative("savepoint instead", command, Some(call), effect)
    }

    pub(super) fn externalized_instead(&self) -> Alternative {
        Alternative {
            about: "checkpoint instead",
            ..self.retention(
                "RETAIN_ON_CANCELLATION",
                "with an interval (execution.checkpointing.interval), taken by Flink without being asked, and left to you when the job is \
                 cancelled or fails",
            )
        }
    }
}

fn alternative(
    about: &'static str,
    setting: String,
    call: Option<String>,
    effect: &str,
) -> Alternative {
    Alternative {
        about,
        setting,
        call,
        effect: effect.to_owned(),
    }
}
