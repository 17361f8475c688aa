//! The commands that delete snapshots.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use jiff::SignedDuration;

use super::{Connect, How, Keep, Rate, parse_quiet};
use crate::cli::open;
use crate::cli::report::Report;
use crate::inventory::sight::Terms;

/// Delete snapshots: into the trash, and never a file that another snapshot names.
#[derive(Debug, Args)]
pub struct Delete {
    /// The snapshots' directories.
    #[arg(required = true)]
    pub snapshots: Vec<OsString>,
    /// How to plan it.
    #[command(flatten)]
    pub planning: Planning,
}

/// Delete what no rule keeps: of each lineage, checkpoints and savepoints apart, into the trash.
#[derive(Debug, Args)]
pub struct Prune {
    /// The directories whose snapshots are judged. Default: those of the context.
    #[arg(value_name = "PATH")]
    pub paths: Vec<OsString>,
    /// What to keep.
    #[command(flatten)]
    pub keep: Keep,
    /// How to plan it.
    #[command(flatten)]
    pub planning: Planning,
}

/// Carry out a plan that was saved: what has changed since stays.
#[derive(Debug, Args)]
pub struct Apply {
    /// The file that `--save` wrote.
    pub plan: PathBuf,
    /// How to go about it.
    #[command(flatten)]
    pub planning: Planning,
}

/// What everything that deletes has in common.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags are what a command line is made of"
)]
pub struct Planning {
    /// Look in this directory too for snapshots that name the same files; may be repeated.
    #[arg(long = "in", value_name = "DIR")]
    pub within: Vec<OsString>,
    /// Only say what would go, what stays, and why.
    #[arg(long)]
    pub dry_run: bool,
    /// Write the plan to a file, to be carried out later with `apply`, and delete nothing now.
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub save: Option<PathBuf>,
    /// Overrule what only a decision of yours can, by the word that stands below the reason; may be repeated.
    ///
    /// Each reason has a word of its own, and no word overrules another: NAME, the lineage's name, where nobody knows whether
    /// its job lives; 'live NAME' what a job has left that lives; 'heirs of NAME' where jobs that build on it may write where
    /// nobody looked; 'starting NAME' where a job was or is being started; 'young NAME' where one may have been; 'unreadable
    /// NAME' where metadata cannot be read here; 'last of NAME' where nothing of it could be restored any more; 'silent CLUSTER'
    /// where a cluster that was named does not answer; and DIR, a directory as the reason names it, that a known job writes to
    /// and nobody looked in. Where several jobs live or are starting, the word ends in the id of one, as the reason names it.
    #[arg(long, value_name = "WORD")]
    pub confirm: Vec<String>,
    /// How long nothing may have changed beside a snapshot whose job nobody knows, at least a day.
    #[arg(long, value_name = "DURATION", default_value = "72h", value_parser = parse_quiet)]
    pub untouched: SignedDuration,
    /// Do not ask before it is done.
    #[arg(long)]
    pub yes: bool,
    /// All checkpoint directories whose jobs may build on a snapshot of here are looked in (--in). Without this, files that
    /// jobs may build on go only where --confirm says so: nothing here shows that a job elsewhere names them.
    #[arg(long)]
    pub all_named: bool,
    /// How fast it goes.
    #[command(flatten)]
    pub rate: Rate,
    /// List every file, not only those that stay.
    #[arg(long)]
    pub files: bool,
    /// Which clusters know about live jobs.
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

impl Planning {
    /// The same for whoever plans.
    ///
    /// # Errors
    /// When the working directory is gone.
    pub fn terms(&self) -> Result<Terms, Report> {
        let within = self.within.iter().map(|dir| open::location(dir));
        Ok(Terms {
            within: within.collect::<Result<_, _>>()?,
            // Around a checkpoint is looked from the directory that holds its job's.
            levels: self.how.levels().max(2),
            rules: self.how.rules(),
            all_named: self.all_named,
            untouched: self.untouched,
            typed: self.confirm.clone(),
        })
    }
}
