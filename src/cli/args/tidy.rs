//! The commands that look for what is left over, and for what is wrong.

use std::ffi::OsString;

use clap::Args;
use jiff::SignedDuration;

use super::{Connect, How, parse_days};
use crate::domain::snapshot::PathMapping;

/// Find what no snapshot names, and say whether it may go. Deletes nothing.
#[derive(Debug, Args)]
pub struct Orphans {
    /// Directories to look in. Name those of all jobs that may have claimed or been restored from something there: what cannot
    /// be seen cannot be spared.
    #[arg(value_name = "PATH")]
    pub paths: Vec<OsString>,
    /// Look for files that metadata names under FROM below TO instead; may be repeated.
    #[arg(long = "map", value_name = "FROM=TO", value_parser = PathMapping::parse)]
    pub mappings: Vec<PathMapping>,
    /// How many levels below a directory to look for snapshots.
    ///
    /// 6 unless set.
    #[arg(long = "levels", value_name = "N")]
    pub levels: Option<usize>,
    /// How long nothing may have changed before something may go; never less than a day.
    #[arg(long, value_name = "DURATION", default_value = "3d", value_parser = parse_days)]
    pub grace: SignedDuration,
    /// Also list each file.
    #[arg(long)]
    pub files: bool,
    /// Which clusters know whether the jobs live.
    #[command(flatten)]
    pub connect: Connect,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// How to look, once every layer has spoken.
    #[arg(skip)]
    pub how: How,
}
