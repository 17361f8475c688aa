//! What can happen to a job, by word.

use clap::ValueEnum;

use crate::analysis::whatif::Event;

/// Something to play on a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WhatIf {
    /// Newer checkpoints push it out, and those before it.
    Subsumed,
    /// The job finishes; stop-with-savepoint is such an end.
    Finished,
    /// The job is cancelled.
    Cancelled,
    /// The job fails for good.
    Failed,
    /// The `JobManager` stops without a final state.
    Suspended,
    /// Flink's own disposal of the snapshot: `flink savepoint -d`.
    Disposed,
}

impl WhatIf {
    /// The event.
    pub fn event(self) -> Event {
        match self {
            Self::Subsumed => Event::Subsumed,
            Self::Finished => Event::Finished,
            Self::Cancelled => Event::Cancelled,
            Self::Failed => Event::Failed,
            Self::Suspended => Event::Suspended,
            Self::Disposed => Event::Disposed,
        }
    }
}
