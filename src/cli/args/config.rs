//! The command that tells of settings.

use clap::{Args, Subcommand};

/// Show what is set, and where each value comes from.
#[derive(Debug, Args)]
pub struct Config {
    /// What to do.
    #[command(subcommand)]
    pub what: ConfigWhat,
}

/// What to do with settings.
#[derive(Debug, Subcommand)]
pub enum ConfigWhat {
    /// Show what is in effect.
    Show(ConfigShow),
    /// Print a configuration file with every key in it, as comments.
    Template,
    /// Print where the configuration file belongs.
    Path,
}

/// Show what is in effect.
#[derive(Debug, Args)]
pub struct ConfigShow {
    /// The context of the configuration file to use.
    #[arg(long, value_name = "NAME")]
    pub context: Option<String>,
    /// Say which layer set each value: a line of the file, a variable, or nobody.
    #[arg(long)]
    pub origin: bool,
    /// Print JSON, origins included.
    #[arg(long)]
    pub json: bool,
}
