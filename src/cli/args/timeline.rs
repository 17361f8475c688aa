//! Arguments of what looks back.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::{Connect, How, InContext, Look, Screen};

/// Show what is known to have happened to snapshots.
#[derive(Debug, Args)]
pub struct History {
    /// Where, when no path says it.
    #[command(flatten)]
    pub context: InContext,
    /// Directories whose history to show. Default: the working directory.
    #[arg(value_name = "PATH")]
    pub paths: Vec<OsString>,
    /// How many levels below a directory to look for snapshots.
    ///
    /// 6 unless set.
    #[arg(long = "levels", value_name = "N")]
    pub levels: Option<usize>,
    /// Print the events as JSON, one a line.
    #[arg(long)]
    pub json: bool,
    /// How to look, once every layer has spoken.
    #[arg(skip)]
    pub how: How,
}

/// Record what happens.
#[derive(Debug, Args)]
pub struct Record {
    /// Where and how to look.
    #[command(flatten)]
    pub look: Look,
    /// The file to write to, which must not be there yet.
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
    /// Leave the metadata of snapshots out: the recording then shows when each came and went, and not what it is made of.
    ///
    /// More than 4 MiB of one snapshot, and more than 96 MiB in all, are left out anyway; the recording says so.
    #[arg(long)]
    pub no_metadata: bool,
    /// Which clusters to record, too.
    #[command(flatten)]
    pub connect: Connect,
}

/// Look at a recording.
#[derive(Debug, Args)]
pub struct Replay {
    /// The file that `stateward record` wrote.
    pub file: OsString,
    /// How the terminal interface looks.
    #[command(flatten)]
    pub screen: Screen,
    /// Print what happened, a line each, in place of the terminal interface.
    #[arg(long, conflicts_with = "json")]
    pub list: bool,
    /// Print the events as JSON, one a line, in place of the terminal interface.
    #[arg(long)]
    pub json: bool,
}
