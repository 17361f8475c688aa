//! The command line, declared once: parsing, help, completions and manual page come from here.

use std::ffi::OsString;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use jiff::SignedDuration;

use crate::domain::snapshot::PathMapping;
use crate::inventory::{catalog, discover, mapping};

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

/// How to look for snapshots.
#[derive(Debug, Clone, Args)]
pub struct How {
    /// Look for files that metadata names under FROM below TO instead; may be repeated.
    #[arg(long = "map", value_name = "FROM=TO", value_parser = mapping::parse_rule)]
    pub mappings: Vec<PathMapping>,
    /// How many levels below a directory to look for snapshots.
    #[arg(long = "levels", value_name = "N", default_value_t = discover::DEFAULT_DEPTH)]
    pub levels: usize,
    /// How long a snapshot without metadata counts as in progress after its last change; best the job's
    /// execution.checkpointing.timeout.
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = parse_grace)]
    pub grace: SignedDuration,
}

impl How {
    /// The same as rules for a catalog.
    pub fn rules(&self) -> catalog::Rules {
        catalog::Rules {
            mappings: self.mappings.clone(),
            grace: self.grace,
        }
    }
}

fn parse_grace(text: &str) -> Result<SignedDuration, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a duration such as 10m or 1h30m"))
}

/// How the terminal interface looks.
#[derive(Debug, Clone, Args)]
pub struct Screen {
    /// Colours for a dark or light background, with high contrast, or none. NO_COLOR chooses mono.
    #[arg(long, value_enum, default_value_t = ThemeName::Default)]
    pub theme: ThemeName,
    /// Draw with ASCII characters only.
    #[arg(long)]
    pub ascii: bool,
    /// Let the mouse select and scroll; it then no longer marks text in most terminals.
    #[arg(long)]
    pub mouse: bool,
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
    /// Print the snapshot to restart from: the newest one proven to be restorable.
    Latest(Latest),
    /// Check that snapshots can be restored.
    Verify(Verify),
    /// Report changes as they happen, one JSON object a line.
    Watch(Watch),
    /// Print a completion script for a shell.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page.
    Man,
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
    /// How to look.
    #[command(flatten)]
    pub how: How,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
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
    /// Tell on standard error why the others were not chosen.
    #[arg(long)]
    pub explain: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
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
    /// Where and how to look.
    #[command(flatten)]
    pub look: Look,
    /// Leave out what is there at the start.
    #[arg(long)]
    pub changes_only: bool,
    /// Accepted for symmetry: the output is always JSON.
    #[arg(long)]
    pub json: bool,
}
