//! The commands that change something on a cluster.

use std::ffi::OsString;
use std::num::NonZeroU32;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use crate::domain::cluster::release;

use super::{Connect, How, parse_timeout};

/// Let a job take a savepoint or a checkpoint now.
#[derive(Debug, Args)]
pub struct Trigger {
    /// Which of them.
    #[command(subcommand)]
    pub what: TriggerWhat,
}

/// What a job can be let take.
#[derive(Debug, Subcommand)]
pub enum TriggerWhat {
    /// A savepoint, which stays until somebody deletes it.
    Savepoint(TriggerSavepoint),
    /// A checkpoint, which goes as the job's others do.
    Checkpoint(TriggerCheckpoint),
}

/// Let a job take a savepoint now.
#[derive(Debug, Args)]
pub struct TriggerSavepoint {
    /// Its id, four or more digits that its id starts with, or its name. Default: the only job that runs.
    pub job: Option<String>,
    /// How the savepoint is written.
    #[command(flatten)]
    pub savepoint: SavepointArgs,
    /// How to wait for it.
    #[command(flatten)]
    pub operate: Operate,
}

/// Let a job take a checkpoint now.
#[derive(Debug, Args)]
pub struct TriggerCheckpoint {
    /// Its id, four or more digits that its id starts with, or its name. Default: the only job that runs.
    pub job: Option<String>,
    /// What sort of checkpoint.
    #[arg(long = "type", value_enum, default_value_t = CheckpointTypeName::Configured)]
    pub what: CheckpointTypeName,
    /// How to wait for it.
    #[command(flatten)]
    pub operate: Operate,
}

/// Stop a job with a savepoint.
#[derive(Debug, Args)]
pub struct Stop {
    /// Its id, four or more digits that its id starts with, or its name. Default: the only job that runs.
    pub job: Option<String>,
    /// Let event time end too, so that all windows fire: only for a job that shall not go on later.
    #[arg(long)]
    pub drain: bool,
    /// How the savepoint is written.
    #[command(flatten)]
    pub savepoint: SavepointArgs,
    /// How to wait for it.
    #[command(flatten)]
    pub operate: Operate,
}

/// Cancel a job without a savepoint.
#[derive(Debug, Args)]
pub struct Cancel {
    /// Its id, four or more digits that its id starts with, or its name.
    pub job: String,
    /// The job's name or id once more, to show that it is meant; on a terminal it is asked for.
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    /// How to wait for it.
    #[command(flatten)]
    pub operate: Operate,
}

/// Start a job from a snapshot.
#[derive(Debug, Args)]
pub struct Restart {
    /// The snapshot's directory, or the _metadata in it.
    #[arg(required_unless_present = "latest")]
    pub snapshot: Option<OsString>,
    /// Take the newest one below these directories that is proven to be restorable.
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with = "snapshot")]
    pub latest: Vec<OsString>,
    /// The lineage to choose in, by its name or the start of a job id, where there are several.
    #[arg(long, value_name = "NAME", requires = "latest")]
    pub lineage: Option<String>,
    /// The program: a file to upload, a jar that the cluster holds, by its id or name, or for --print a URI.
    #[arg(long, value_name = "ID_OR_FILE", required_unless_present_any = ["preflight", "print"])]
    pub jar: Option<OsString>,
    /// The class with main, where the jar does not say it.
    #[arg(long, value_name = "CLASS")]
    pub entry_class: Option<String>,
    /// An argument for main; may be repeated.
    #[arg(long = "arg", value_name = "A", allow_hyphen_values = true)]
    pub arguments: Vec<String>,
    /// The parallelism, where the program does not set it.
    #[arg(long, value_name = "N")]
    pub parallelism: Option<NonZeroU32>,
    /// Whose the snapshot is then.
    #[arg(long, value_enum, default_value_t = ClaimModeName::NoClaim)]
    pub claim_mode: ClaimModeName,
    /// Drop state that belongs to no operator of the program.
    #[arg(long)]
    pub allow_non_restored: bool,
    /// Only say what speaks for and against it.
    #[arg(long, conflicts_with = "print")]
    pub preflight: bool,
    /// Start it even though something speaks against it.
    #[arg(long)]
    pub despite_preflight: bool,
    /// Only print how to start it with this launcher; what to know before goes to standard error.
    #[arg(long, value_enum, value_name = "LAUNCHER")]
    pub print: Option<LauncherName>,
    /// The release that shall read it, such as 1.20, where no cluster is asked.
    #[arg(long, value_name = "VERSION", value_parser = parse_release)]
    pub flink_version: Option<(u32, u32)>,
    /// How to look.
    #[command(flatten)]
    pub how: How,
    /// How to wait for it.
    #[command(flatten)]
    pub operate: Operate,
}

pub(super) fn parse_release(text: &str) -> Result<(u32, u32), String> {
    release(text).ok_or_else(|| format!("`{text}` is not a release such as 1.20 or 2.3.0"))
}

/// Whose a snapshot is once a job was restored from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ClaimModeName {
    /// Yours, as before.
    NoClaim,
    /// Flink's, which deletes it when it is no longer needed.
    Claim,
    /// Yours, and yet the job builds on its files for as long as it lives; deprecated, for releases before 2.4.
    Legacy,
}

/// A way to start a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LauncherName {
    /// `flink run`.
    Cli,
    /// Application mode.
    Application,
    /// The SQL client.
    Sql,
    /// The REST API.
    Rest,
    /// The Kubernetes operator.
    Operator,
    /// The program's own main.
    Java,
    /// All of them.
    All,
}

/// How a savepoint is written.
#[derive(Debug, Clone, Args)]
pub struct SavepointArgs {
    /// Its format: canonical can be read by every state backend, native is faster.
    #[arg(long, value_enum, default_value_t = SavepointFormatName::Canonical)]
    pub format: SavepointFormatName,
    /// The directory to write it below, as Flink is to see it. Default: the one that is configured there.
    #[arg(long, value_name = "DIR")]
    pub directory: Option<String>,
}

/// How to ask a cluster for something and wait for it.
#[derive(Debug, Clone, Args)]
pub struct Operate {
    /// Which clusters.
    #[command(flatten)]
    pub connect: Connect,
    /// Allow changes; without it stateward only reads.
    #[arg(long)]
    pub write: bool,
    /// How long to wait for it.
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = parse_timeout)]
    pub timeout: Duration,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// The format of a savepoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SavepointFormatName {
    /// Any state backend can read it.
    Canonical,
    /// The state backend's own.
    Native,
}

/// A sort of checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckpointTypeName {
    /// As the job is configured.
    Configured,
    /// One that does not build on others.
    Full,
    /// One that does; releases since 1.19 take none on request.
    Incremental,
}
