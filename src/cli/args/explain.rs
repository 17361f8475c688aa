//! The command that explains.

use std::ffi::OsString;

use clap::Args;

use crate::domain::series::Release;

use super::operation::parse_release;
use super::{Connect, How};

/// Explain snapshots.
#[derive(Debug, Args)]
pub struct Explain {
    /// The snapshots' directories, or the _metadata in them.
    #[arg(value_name = "SNAPSHOT", required = true)]
    pub paths: Vec<OsString>,
    /// Also look in this directory for snapshots that name the same files; may be repeated. Siblings, the directory of all
    /// jobs' checkpoints where one can be told, and where the clusters write are always looked at.
    #[arg(long = "in", value_name = "DIR")]
    pub scope: Vec<OsString>,
    /// The release of Flink to restore it with, such as 1.20: settings are then named as they are there. Default: that of
    /// the cluster with its job, else the oldest that can have written it.
    #[arg(long = "for", value_name = "RELEASE", value_parser = parse_release)]
    pub release: Option<Release>,
    /// How to look.
    #[command(flatten)]
    pub how: How,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Which clusters: what they say of its job and of restores belongs to the answer.
    #[command(flatten)]
    pub connect: Connect,
}
