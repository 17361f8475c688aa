//! The command line, declared once: parsing, help, completions and manual page come from here.

mod config;
mod delete;
mod demo;
mod explain;
mod hold;
mod mark;
mod operation;
mod policy;
mod rate;
mod tidy;
mod timeline;
mod trash;
mod what_if;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::SignedDuration;

use crate::analysis::guard::{self, SHORTEST_GRACE};
use crate::config::Danger;
use crate::config::connection::Connection;
use crate::domain::snapshot::PathMapping;
use crate::domain::time::{self, parse_duration};
use crate::inventory::{catalog, discover};

pub use config::{Config, ConfigShow, ConfigWhat};
pub use delete::{Apply, Delete, Planning, Prune};
pub use demo::Demo;
pub use explain::Explain;
pub use hold::{Hold, Holds, Release};
pub use mark::{Mark, Marks, Unmark};
pub use operation::{
    Cancel, CheckpointTypeName, ClaimModeName, LauncherName, Operate, Restart, SavepointArgs,
    SavepointFormatName, Stop, Trigger, TriggerCheckpoint, TriggerSavepoint, TriggerWhat,
};
pub use policy::{Keep, KeepCheckpoints, KeepSavepoints};
pub use rate::Rate;
pub use tidy::{Check, Orphans};
pub use timeline::{History, Record, Replay};
pub use trash::{Resume, Trash, TrashLs, TrashPurge, TrashRestore, TrashWhat, Undo};
pub use what_if::WhatIf;

/// Inspect Apache Flink checkpoints and savepoints: which one to restart from, what each costs, and why it lives or
/// dies. Without a command, opens the terminal interface.
#[derive(Debug, Parser)]
#[command(
    name = "stateward",
    version,
    args_conflicts_with_subcommands = true,
    max_term_width = 100
)]
pub struct Cli {
    /// What to do; without it, the terminal interface opens.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Where and how to look.
    #[command(flatten)]
    pub look: Look,
    /// How the terminal interface looks.
    #[command(flatten)]
    pub screen: Screen,
    /// Which clusters to lay over what lies on disk; with a cluster and no PATH, the directories that it writes to are
    /// looked in.
    #[command(flatten)]
    pub connect: Connect,
    /// Allow changes; without it stateward only reads.
    #[arg(long)]
    pub write: bool,
    /// Keep no history of what is seen in the user's state directory; the timeline then knows of this run alone.
    #[arg(long)]
    pub no_history: bool,
    /// How loudly the header warns, as the context says.
    #[arg(skip)]
    pub danger: Danger,
}

/// Where to look for snapshots.
#[derive(Debug, Clone, Args)]
pub struct Look {
    /// Directories to look in: a checkpoint directory, a job's, a savepoint directory, one snapshot, or any parent of
    /// these. Default: the working directory.
    #[arg(value_name = "PATH")]
    pub paths: Vec<OsString>,
    /// How to look.
    #[command(flatten)]
    pub how: How,
}

/// How long a snapshot without metadata counts as in progress, unless set: Flink's own default of
/// execution.checkpointing.timeout.
const GRACE: SignedDuration = SignedDuration::from_mins(10);

/// Which context of the configuration file is meant.
#[derive(Debug, Clone, Default, Args)]
pub struct InContext {
    /// The context of the configuration file to use.
    #[arg(long = "context", value_name = "NAME")]
    pub name: Option<String>,
}

/// How to look for snapshots.
#[derive(Debug, Clone, Default, Args)]
pub struct How {
    /// Look for files that metadata names under FROM below TO instead; may be repeated.
    #[arg(long = "map", value_name = "FROM=TO", value_parser = PathMapping::parse)]
    pub mappings: Vec<PathMapping>,
    /// How many levels below a directory to look for snapshots.
    ///
    /// 6 unless set.
    #[arg(long = "levels", value_name = "N")]
    pub levels: Option<usize>,
    /// How long a snapshot without metadata counts as in progress after its last change; best the job's
    /// execution.checkpointing.timeout. 10m unless set.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    pub grace: Option<SignedDuration>,
}

impl How {
    /// The same as rules for a catalog.
    pub fn rules(&self) -> catalog::Rules {
        catalog::Rules {
            mappings: self.mappings.clone(),
            grace: self.grace.unwrap_or(GRACE),
            ..catalog::Rules::default()
        }
    }

    /// How many levels below a directory to look.
    pub fn levels(&self) -> usize {
        self.levels.unwrap_or(discover::DEFAULT_DEPTH)
    }
}

/// How long something must have been quiet before it may go: no shorter than any guard believes in.
fn parse_quiet(text: &str) -> Result<SignedDuration, String> {
    let quiet = parse_duration(text)?;
    if quiet < SHORTEST_GRACE {
        return Err(format!(
            "{text} is too short; the shortest is {}, the usual one {}",
            time::exact_span(SHORTEST_GRACE),
            time::exact_span(guard::GRACE)
        ));
    }
    Ok(quiet)
}

/// How the terminal interface looks.
#[derive(Debug, Clone, Args)]
pub struct Screen {
    /// Colours for a dark or light background, with high contrast, or none. NO_COLOR chooses mono.
    #[arg(long, value_enum)]
    pub theme: Option<ThemeName>,
    /// Draw with ASCII characters only; so it is where the locale (LC_ALL, LC_CTYPE, LANG) is not of UTF-8.
    #[arg(long)]
    pub ascii: bool,
    /// Let the mouse select and scroll; it then no longer marks text in most terminals.
    #[arg(long)]
    pub mouse: bool,
}

impl ThemeName {
    /// Its name on the command line and in the configuration file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
            Self::Mono => "mono",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::value_variants()
            .iter()
            .copied()
            .find(|theme| theme.name() == name)
    }
}

/// A set of colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ThemeName {
    /// The terminal's own 16 colours.
    Default,
    /// The same, chosen for light backgrounds.
    Light,
    /// Few, strong colours.
    HighContrast,
    /// No colours at all.
    Mono,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List snapshots.
    Ls(Ls),
    /// Show everything known of one snapshot.
    Show(Show),
    /// Explain snapshots in plain sentences: who made each, whose it is, what deletes it, what it needs, what can restore it.
    Explain(Box<Explain>),
    /// Print the snapshot to restart from: the newest one proven to be restorable.
    Latest(Latest),
    /// Check that snapshots can be restored.
    Verify(Verify),
    /// Look whether all is well, for cron and monitoring; with exit codes of its own.
    Check(Check),
    /// Find what no snapshot names, and say whether it may go.
    Orphans(Orphans),
    /// Mark a snapshot for restart: `latest` then gives it, wherever one looks from.
    Mark(Mark),
    /// Remove the mark of a snapshot.
    Unmark(Unmark),
    /// List what is marked for restart.
    Marks(Marks),
    /// List what deletions have moved into the trash, put some of it back, or remove it for good.
    Trash(Trash),
    /// Undo a deletion: put everything back that it has moved into the trash.
    Undo(Undo),
    /// Go on with a deletion, an undoing or a purge that something ended half-way.
    Resume(Resume),
    /// Hold a snapshot: nothing here deletes it until it is released.
    Hold(Hold),
    /// Release a snapshot that is held.
    Release(Release),
    /// List what is held.
    Holds(Holds),
    /// Report changes as they happen, one JSON object a line.
    Watch(Watch),
    /// Tell what is known to have happened to snapshots while somebody watched.
    History(History),
    /// Record what happens into a file, to be looked at again with `replay`.
    ///
    /// The recording has the metadata of each snapshot, so that all of it can be looked at afterwards, and of clusters their jobs,
    /// why these failed and how their checkpoints went. State files are not in it, but metadata holds small state itself, and
    /// the names and settings of whatever a program connects to may be part of that: whoever gets the recording can read them.
    Record(Record),
    /// Look at a recording: move about in time, with nothing behind it that could be changed.
    Replay(Replay),
    /// Show the jobs of running clusters, and how their checkpoints go.
    Jobs(Jobs),
    /// Let a job take a savepoint or a checkpoint now, and print where it lies.
    Trigger(Trigger),
    /// Stop a job with a savepoint, and print where it lies.
    Stop(Stop),
    /// Cancel a job without a savepoint.
    Cancel(Cancel),
    /// Start a job from a snapshot, and prove that it was restored; or check, or print how to start it elsewhere.
    Restart(Box<Restart>),
    /// Delete snapshots: into the trash, and never a file that another snapshot names.
    Delete(Box<Delete>),
    /// Delete what no rule keeps, such as the last 3 and one a day for a week.
    ///
    /// Hours, days and the like begin by the time zone of the machine, which is UTC where none is set or TZ names a place.
    Prune(Box<Prune>),
    /// Carry out a plan that was saved: what has changed since stays.
    Apply(Box<Apply>),
    /// Try everything on a simulated Flink, with nothing but this program.
    Demo(Demo),
    /// Show what is set, and where each value comes from.
    Config(Config),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page.
    Man,
}

impl Command {
    /// Whether what is printed is for a program to read: JSON, metrics, or a path or command to be used as it is.
    pub fn is_for_programs(&self) -> bool {
        match self {
            Self::Watch(_)
            | Self::Latest(_)
            | Self::Mark(_)
            | Self::Trigger(_)
            | Self::Stop(_)
            | Self::Restart(_)
            | Self::Completions { .. }
            | Self::Man => true,
            Self::History(it) => it.json,
            Self::Replay(it) => it.json,
            Self::Check(it) => it.json || it.prometheus,
            _ => self.wants_json(),
        }
    }

    /// Whether the result is to be printed as one JSON document.
    pub fn wants_json(&self) -> bool {
        match self {
            Self::Ls(it) => it.json,
            Self::Show(it) => it.json,
            Self::Explain(it) => it.json,
            Self::Latest(it) => it.json,
            Self::Verify(it) => it.json,
            Self::Orphans(it) => it.json,
            Self::Check(it) => it.json,
            Self::Mark(it) => it.json,
            Self::Unmark(it) => it.json,
            Self::Marks(it) => it.json,
            Self::Trash(it) => match &it.what {
                TrashWhat::Ls(it) => it.json,
                TrashWhat::Restore(it) => it.json,
                TrashWhat::Purge(it) => it.json,
            },
            Self::Undo(it) => it.json,
            Self::Resume(it) => it.json,
            Self::Hold(it) => it.json,
            Self::Release(it) => it.json,
            Self::Holds(it) => it.json,
            Self::Jobs(it) => it.json,
            Self::Trigger(it) => match &it.what {
                TriggerWhat::Savepoint(it) => it.operate.json,
                TriggerWhat::Checkpoint(it) => it.operate.json,
            },
            Self::Stop(it) => it.operate.json,
            Self::Cancel(it) => it.operate.json,
            Self::Restart(it) => it.operate.json,
            Self::Delete(it) => it.planning.json,
            Self::Prune(it) => it.planning.json,
            Self::Apply(it) => it.planning.json,
            Self::Demo(it) => it.json,
            Self::Config(it) => matches!(&it.what, ConfigWhat::Show(it) if it.json),
            // Events are lines, not one document.
            Self::Watch(_)
            | Self::History(_)
            | Self::Record(_)
            | Self::Replay(_)
            | Self::Completions { .. }
            | Self::Man => false,
        }
    }
}

/// List snapshots.
#[derive(Debug, Args)]
pub struct Ls {
    /// Where and how to look.
    #[command(flatten)]
    pub look: Look,
    /// Only snapshots that match, as in the terminal interface: `kind:savepoint age>7d health:!complete`.
    #[arg(long, value_name = "QUERY")]
    pub filter: Option<String>,
    /// Which clusters: what they say of restores tells whose a snapshot is.
    #[command(flatten)]
    pub connect: Connect,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Show everything known of one snapshot.
#[derive(Debug, Args)]
pub struct Show {
    /// The snapshot's directory, or the _metadata in it.
    pub path: OsString,
    /// Also look in this directory for snapshots that name the same files; may be repeated. Its siblings are always
    /// looked at.
    #[arg(long = "in", value_name = "DIR")]
    pub scope: Vec<OsString>,
    /// Also say what Flink's own disposal of it (`flink savepoint -d`) would delete, and whose files these are.
    #[arg(long)]
    pub disposal: bool,
    /// Also say what would be left if this happened to its job, on a copy: nothing happens for real. Several happen one
    /// after the other.
    #[arg(long, value_name = "EVENT", value_delimiter = ',')]
    pub what_if: Vec<WhatIf>,
    /// How to look.
    #[command(flatten)]
    pub how: How,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Which clusters: whose it is, and what would become of it, goes by what they say of its job and of restores.
    #[command(flatten)]
    pub connect: Connect,
}

/// Print the snapshot to restart from.
#[derive(Debug, Args)]
pub struct Latest {
    /// Where and how to look.
    #[command(flatten)]
    pub look: Look,
    /// The lineage to choose in, by its name or the start of a job id, where there are several.
    #[arg(long, value_name = "NAME")]
    pub lineage: Option<String>,
    /// Only this sort of snapshot.
    #[arg(long, value_enum)]
    pub kind: Option<KindName>,
    /// Choose as if nothing were marked for restart.
    #[arg(long)]
    pub ignore_mark: bool,
    /// Tell on standard error why the others were not chosen.
    #[arg(long)]
    pub explain: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Which clusters: what they say of restores joins the runs of one application.
    #[command(flatten)]
    pub connect: Connect,
}

/// A sort of snapshot to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KindName {
    /// Checkpoints, externalized or not.
    Checkpoint,
    /// Savepoints.
    Savepoint,
}

/// Check that snapshots can be restored.
#[derive(Debug, Args)]
pub struct Verify {
    /// Where, when no path says it.
    #[command(flatten)]
    pub context: InContext,
    /// Where and how to look.
    #[command(flatten)]
    pub look: Look,
    /// 1: the metadata can be read. 2: every file that it names exists with the right length. 3: every byte can be
    /// read.
    #[arg(long, value_name = "1|2|3", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=3))]
    pub depth: u8,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Report changes as they happen.
#[derive(Debug, Args)]
pub struct Watch {
    /// Where, when no path says it.
    #[command(flatten)]
    pub context: InContext,
    /// Where and how to look.
    #[command(flatten)]
    pub look: Look,
    /// Leave out what is there at the start.
    #[arg(long)]
    pub changes_only: bool,
    /// Keep no history of what is seen in the user's state directory.
    #[arg(long)]
    pub no_history: bool,
}

/// Show the jobs of running clusters.
#[derive(Debug, Args)]
pub struct Jobs {
    /// Everything about one job: its id, four or more digits that its id starts with, or its name.
    pub job: Option<String>,
    /// Which clusters.
    #[command(flatten)]
    pub connect: Connect,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// Which clusters, and how to reach them.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Clusters")]
pub struct Connect {
    /// The context of the configuration file to use.
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// The REST API of a cluster, such as http://jobmanager:8081; may be repeated.
    #[arg(long, value_name = "URL")]
    pub flink: Vec<String>,
    /// Certificates of authorities to trust instead of the system's, as PEM.
    #[arg(long, value_name = "FILE")]
    pub flink_ca: Option<PathBuf>,
    /// Our own certificate with its chain, as PEM, for a cluster that asks for one.
    #[arg(long, value_name = "FILE")]
    pub flink_cert: Option<PathBuf>,
    /// The key of our own certificate, where it is not in the same file.
    #[arg(long, value_name = "FILE", requires = "flink_cert")]
    pub flink_key: Option<PathBuf>,
    /// The user's name, for a cluster that asks for a password.
    #[arg(long, value_name = "NAME", requires = "flink_password_file")]
    pub flink_user: Option<String>,
    /// The file whose first line is the password.
    #[arg(long, value_name = "FILE", requires = "flink_user")]
    pub flink_password_file: Option<PathBuf>,
    /// The file whose first line is a bearer token; read anew for each request.
    #[arg(long, value_name = "FILE", conflicts_with = "flink_user")]
    pub flink_token_file: Option<PathBuf>,
    /// How long one request may take.
    #[arg(long, value_name = "DURATION", value_parser = parse_timeout)]
    pub flink_timeout: Option<Duration>,
    /// The clusters to talk to, once every layer has spoken.
    #[arg(skip)]
    pub clusters: Vec<Connection>,
}

fn parse_timeout(text: &str) -> Result<Duration, String> {
    let duration = parse_duration(text)?;
    Duration::try_from(duration)
        .ok()
        .filter(|it| !it.is_zero())
        .ok_or_else(|| format!("`{text}` leaves no time at all"))
}
