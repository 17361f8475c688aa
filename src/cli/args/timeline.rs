//! Arguments of what looks back.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::{InContext, Look, Screen};

/// Show what is known to have happened to snapshots.
#[derive(Debug, Args)]
pub struct History {
    /// Where, when no path says it.
    #[command(flatten)]
    pub context: InContext,
    /// Where and how to look.
    #[command(flatten)]
    pub look: Look,
    /// Print the events as JSON, one a line.
    #[arg(long)]
    pub json: bool,
}

/// Record what happens.
#[derive(Debug, Args)]
pub struct Record {
    /// Where, when no path says it.
    #[command(flatten)]
    pub context: InContext,
    /// Where and how to look.
    #[command(flatten)]
    pub look: Look,
    /// The file to write to, which must not be there yet.
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
}

/// Look at a recording.
#[derive(Debug, Args)]
pub struct Replay {
    /// The file that `stateward record` wrote.
    pub file: OsString,
    /// How the terminal interface looks.
    #[command(flatten)]
    pub screen: Screen,
    /// Print the events as JSON, one a line, in place of the terminal interface.
    #[arg(long)]
    pub json: bool,
}
