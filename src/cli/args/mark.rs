//! The commands that mark snapshots for restart.

use std::ffi::OsString;

use clap::Args;

use super::{How, InContext, Look};

/// Mark a snapshot for restart, so that `latest` and everybody who looks there takes it.
#[derive(Debug, Args)]
pub struct Mark {
    /// Where, when no path says it.
    #[command(flatten)]
    pub context: InContext,
    /// The snapshot's directory, or the _metadata in it.
    pub snapshot: OsString,
    /// Why, for whoever comes next.
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// Mark it although it is not proven to be restorable.
    #[arg(long)]
    pub even_if_broken: bool,
    /// Allow changes; without it stateward only reads.
    #[arg(long)]
    pub write: bool,
    /// How to look.
    #[command(flatten)]
    pub how: How,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Remove the mark of a snapshot.
#[derive(Debug, Args)]
pub struct Unmark {
    /// Where, when no path says it.
    #[command(flatten)]
    pub context: InContext,
    /// The snapshot that is marked; it need not be there any more.
    pub snapshot: OsString,
    /// Allow changes; without it stateward only reads.
    #[arg(long)]
    pub write: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// List what is marked for restart.
#[derive(Debug, Args)]
pub struct Marks {
    /// Where, when no path says it.
    #[command(flatten)]
    pub context: InContext,
    /// Where and how to look.
    #[command(flatten)]
    pub look: Look,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}
