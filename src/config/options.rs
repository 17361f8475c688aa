//! Flink's names for the options that matter here. FLIP-406 renamed most of them in 1.20; older names are still read by
//! newer releases as deprecated keys (`CheckpointingOptions`, `StateRecoveryOptions`, `RestOptions`).

use std::collections::BTreeMap;

/// What an option says, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Meaning {
    /// Where checkpoints are written to.
    CheckpointDirectory,
    /// Where savepoints are written to, unless the trigger says otherwise.
    SavepointDirectory,
    /// How many completed checkpoints a job keeps.
    Retained,
    /// Whether keyed state is written incrementally.
    Incremental,
    /// Whether checkpoints lie in a directory named after the job.
    CreateSubdirectory,
    /// The host that clients use for the REST API.
    RestAddress,
    /// Its port.
    RestPort,
    /// Whether the REST API speaks TLS.
    RestTls,
}

impl Meaning {
    /// All names, newest first: where several are set, Flink takes the newest.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Self::CheckpointDirectory => &[
                "execution.checkpointing.dir",
                "state.checkpoints.dir",
                "state.backend.fs.checkpointdir",
            ],
            Self::SavepointDirectory => &[
                "execution.checkpointing.savepoint-dir",
                "state.savepoints.dir",
                "savepoints.state.backend.fs.dir",
            ],
            Self::Retained => &[
                "execution.checkpointing.num-retained",
                "state.checkpoints.num-retained",
            ],
            Self::Incremental => &[
                "execution.checkpointing.incremental",
                "state.backend.incremental",
            ],
            Self::CreateSubdirectory => &[
                "execution.checkpointing.create-subdir",
                "state.checkpoints.create-subdir",
            ],
            Self::RestAddress => &["rest.address", "jobmanager.rpc.address"],
            Self::RestPort => &["rest.port"],
            Self::RestTls => &["security.ssl.rest.enabled"],
        }
    }
}

/// The value of an option by whichever of its names is set; what is set to nothing is not set.
pub fn lookup(options: &BTreeMap<String, String>, meaning: Meaning) -> Option<&str> {
    meaning
        .names()
        .iter()
        .filter_map(|name| options.get(*name))
        .map(|value| value.trim())
        .find(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_name_wins_and_every_name_is_read() {
        let mut options = BTreeMap::new();
        assert_eq!(lookup(&options, Meaning::CheckpointDirectory), None);
        for (name, value) in [
            ("state.backend.fs.checkpointdir", "file:///oldest"),
            ("state.checkpoints.dir", "file:///old"),
            ("execution.checkpointing.dir", "file:///new"),
        ] {
            options.insert(name.to_owned(), value.to_owned());
            assert_eq!(lookup(&options, Meaning::CheckpointDirectory), Some(value));
        }
        options.insert("execution.checkpointing.dir".to_owned(), " ".to_owned());
        assert_eq!(
            lookup(&options, Meaning::CheckpointDirectory),
            Some("file:///old")
        );
    }
}
