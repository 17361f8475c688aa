//! The commands for what lies in the trash.

use std::ffi::OsString;

use clap::{Args, Subcommand};
use jiff::SignedDuration;

use super::{Connect, How, InContext, Rate};
use crate::domain::time::parse_duration;

/// Show and empty the trash.
#[derive(Debug, Args)]
pub struct Trash {
    /// What to do with it.
    #[command(subcommand)]
    pub what: TrashWhat,
}

/// What to do with the trash.
#[derive(Debug, Subcommand)]
pub enum TrashWhat {
    /// List what lies in the trash, since when, and when it may go for good.
    Ls(TrashLs),
    /// Put some of what was moved there back; the rest stays.
    Restore(TrashRestore),
    /// Remove for good what has lain there long enough.
    Purge(TrashPurge),
}

/// List what lies in the trash.
#[derive(Debug, Args)]
pub struct TrashLs {
    /// Where, when no path says it.
    #[command(flatten)]
    pub context: InContext,
    /// Directories that something was deleted in or below. Default: the working directory.
    #[arg(value_name = "PATH")]
    pub paths: Vec<OsString>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Put some of what was moved into the trash back.
#[derive(Debug, Args)]
pub struct TrashRestore {
    /// Where, when no path says it.
    #[command(flatten)]
    pub context: InContext,
    /// A directory that something was deleted in or below; it need not be there any more.
    pub path: OsString,
    /// What to put back, by the names that `trash ls` gives.
    #[arg(value_name = "NAME", required = true)]
    pub names: Vec<String>,
    /// The batch that it is in, where there are several of one name.
    #[arg(long, value_name = "ID")]
    pub plan: Option<String>,
    /// A root that other files of it lie in the trash of is gone for good: what is here comes back without them; may be
    /// repeated.
    #[arg(long, value_name = "DIR")]
    pub gone: Vec<OsString>,
    /// How fast it goes.
    #[command(flatten)]
    pub rate: Rate,
    /// Allow changes; without it stateward only reads.
    #[arg(long)]
    pub write: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Remove for good what has lain in the trash long enough.
#[derive(Debug, Args)]
pub struct TrashPurge {
    /// Where, when no path says it.
    #[command(flatten)]
    pub context: InContext,
    /// Directories: the trashes in and below them. Default: the working directory.
    #[arg(value_name = "PATH")]
    pub paths: Vec<OsString>,
    /// How long something must have lain there; at least 1d.
    #[arg(long, value_name = "DURATION", default_value = "3d", value_parser = parse_duration)]
    pub older_than: SignedDuration,
    /// Only this batch.
    #[arg(long, value_name = "ID")]
    pub plan: Option<String>,
    /// Also look in this directory for snapshots that name the files; may be repeated. Where was looked when they were
    /// deleted is looked in again.
    #[arg(long = "in", value_name = "DIR")]
    pub scope: Vec<OsString>,
    /// This directory, which was looked in when it was deleted, is gone for good: nothing there names a file any more; may be
    /// repeated.
    ///
    /// That is believed only where the directory above it can be listed and does not have it, where it is empty, or where its
    /// name leads to another directory or file system than when the plan was made, which is looked in all the same.
    #[arg(long, value_name = "DIR")]
    pub gone: Vec<OsString>,
    /// Let the last go that a lineage could be restored from, were it put back, by the word that is named where it stays, 'last of
    /// NAME'; may be repeated.
    #[arg(long, value_name = "WORD")]
    pub confirm: Vec<String>,
    /// How fast it goes.
    #[command(flatten)]
    pub rate: Rate,
    /// Allow changes; without it stateward only reads.
    #[arg(long)]
    pub write: bool,
    /// Do it without asking.
    #[arg(long)]
    pub yes: bool,
    /// How to look.
    #[command(flatten)]
    pub how: How,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Put everything back that a deletion has moved.
#[derive(Debug, Args)]
pub struct Undo {
    /// Where, when no path says it.
    #[command(flatten)]
    pub context: InContext,
    /// A directory that something was deleted in or below; it need not be there any more.
    pub path: OsString,
    /// The deletion to undo, by the id that `trash ls` gives; without, the newest.
    #[arg(long, value_name = "ID")]
    pub plan: Option<String>,
    /// A root that other files of it lie in the trash of is gone for good: what is here comes back without them; may be
    /// repeated.
    #[arg(long, value_name = "DIR")]
    pub gone: Vec<OsString>,
    /// How fast it goes.
    #[command(flatten)]
    pub rate: Rate,
    /// Allow changes; without it stateward only reads.
    #[arg(long)]
    pub write: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Go on with what was begun and not ended.
#[derive(Debug, Args)]
pub struct Resume {
    /// A directory that something was deleted in or below; it need not be there any more.
    pub path: OsString,
    /// Also look in this directory for snapshots that name the files; may be repeated. Where was looked before is looked
    /// in again.
    #[arg(long = "in", value_name = "DIR")]
    pub scope: Vec<OsString>,
    /// This directory, which was looked in when it was deleted, is gone for good: nothing there names a file any more; may be
    /// repeated.
    ///
    /// That is believed only where the directory above it can be listed and does not have it, where it is empty, or where its
    /// name leads to another directory or file system than when the plan was made, which is looked in all the same.
    #[arg(long, value_name = "DIR")]
    pub gone: Vec<OsString>,
    /// Go on although a cluster does not answer, by the word that the refusal names, 'silent CLUSTER'; may be repeated.
    #[arg(long, value_name = "WORD")]
    pub confirm: Vec<String>,
    /// How fast it goes.
    #[command(flatten)]
    pub rate: Rate,
    /// Which clusters know whether a job was started from what is half deleted.
    #[command(flatten)]
    pub connect: Connect,
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
