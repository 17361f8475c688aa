//! The commands that look for what is left over, and for what is wrong.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::Args;
use jiff::SignedDuration;

use super::rate::parse_rate;
use super::{Connect, How, Look, Planning, Rate, parse_quiet};
use crate::app::filter;
use crate::domain::snapshot::PathMapping;
use crate::domain::time::parse_duration;

/// Find what no snapshot names, and say whether it may go. Deletes nothing without --delete.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "flags are what a command line is made of"
)]
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
    #[arg(long, value_name = "DURATION", default_value = "3d", value_parser = parse_quiet)]
    pub grace: SignedDuration,
    /// Also list each file.
    #[arg(long)]
    pub files: bool,
    /// All checkpoint directories whose jobs may have claimed a snapshot of here are named. Without this, no file of shared
    /// state may go: nothing here shows that a job elsewhere names it.
    #[arg(long)]
    pub all_named: bool,
    /// Move what may go into the trash.
    #[arg(long)]
    pub delete: bool,
    /// With --delete, only say what would go.
    #[arg(long, requires = "delete")]
    pub dry_run: bool,
    /// With --delete, write the plan to a file, to be carried out later with `apply`, and delete nothing now.
    #[arg(
        long,
        value_name = "FILE",
        requires = "delete",
        conflicts_with = "dry_run"
    )]
    pub save: Option<PathBuf>,
    /// With --delete, do not ask before it is done.
    #[arg(long, requires = "delete")]
    pub yes: bool,
    /// With --delete, move at most N files a second, so that a busy store is left some air. Default: no limit.
    #[arg(long, value_name = "N", requires = "delete", value_parser = parse_rate)]
    pub files_per_second: Option<NonZeroU32>,
    /// Which clusters know whether the jobs live.
    #[command(flatten)]
    pub connect: Connect,
    /// With --delete, allow changes; without it stateward only reads.
    #[arg(long, requires = "delete")]
    pub write: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// How to look, once every layer has spoken.
    #[arg(skip)]
    pub how: How,
}

impl Orphans {
    /// The same as what everything that deletes has in common.
    pub fn planning(&self) -> Planning {
        Planning {
            within: Vec::new(),
            dry_run: self.dry_run,
            save: self.save.clone(),
            confirm: Vec::new(),
            untouched: self.grace,
            yes: self.yes,
            all_named: self.all_named,
            rate: Rate {
                files_per_second: self.files_per_second,
            },
            files: self.files,
            connect: self.connect.clone(),
            write: self.write,
            how: self.how.clone(),
            json: self.json,
        }
    }
}

/// Look whether all is well, for cron and monitoring: exit code 0 is OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
#[derive(Debug, Args)]
pub struct Check {
    /// Where and how to look.
    #[command(flatten)]
    pub look: Look,
    /// Only this lineage, by its name or the start of a job id; may be repeated.
    #[arg(long = "lineage", value_name = "NAME")]
    pub lineages: Vec<String>,
    /// CRITICAL when the newest restorable snapshot of a lineage is older.
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = parse_duration)]
    pub max_age: SignedDuration,
    /// WARNING when it is older; two thirds of --max-age unless set.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub warn_age: Option<SignedDuration>,
    /// WARNING when more bytes than this are named by no snapshot, such as 10G; they are not looked for without.
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes)]
    pub orphans: Option<u64>,
    /// Which clusters to hold the disk against.
    #[command(flatten)]
    pub connect: Connect,
    /// Print JSON.
    #[arg(long, conflicts_with = "prometheus")]
    pub json: bool,
    /// Print metrics in the text format of Prometheus.
    #[arg(long)]
    pub prometheus: bool,
}

fn parse_bytes(text: &str) -> Result<u64, String> {
    filter::bytes(text)
        .ok_or_else(|| format!("`{text}` is not a number of bytes such as 500M or 10G"))
}
