//! The commands that hold snapshots.

use std::ffi::OsString;

use clap::Args;
use jiff::{Span, Timestamp};

use crate::domain::time::parse_span;

use super::{How, InContext, Look};

/// Hold a snapshot: nothing here deletes it, or a file that it names, until it is released.
#[derive(Debug, Args)]
pub struct Hold {
    /// Where, when no path says it.
    #[command(flatten)]
    pub context: InContext,
    /// The snapshot's directory, or the _metadata in it.
    pub snapshot: OsString,
    /// What to call the hold, such as release-42. A snapshot may have several; one of the same name is replaced.
    #[arg(value_name = "NAME")]
    pub hold: String,
    /// Why, for whoever comes next.
    #[arg(long, value_name = "TEXT")]
    pub why: Option<String>,
    /// For how long, such as 30d or 6mo. Without an end it stands until it is released.
    #[arg(long = "for", value_name = "DURATION", value_parser = parse_span)]
    pub span: Option<Span>,
    /// Until when, such as 2026-12-31T00:00:00Z.
    #[arg(long, value_name = "TIME", conflicts_with = "span", value_parser = parse_time)]
    pub until: Option<Timestamp>,
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

/// Release a snapshot that is held.
#[derive(Debug, Args)]
pub struct Release {
    /// Where, when no path says it.
    #[command(flatten)]
    pub context: InContext,
    /// The snapshot that is held; it need not be there any more.
    pub snapshot: OsString,
    /// Which hold.
    #[arg(value_name = "NAME", required_unless_present = "all")]
    pub hold: Option<String>,
    /// All holds on it.
    #[arg(long, conflicts_with = "hold")]
    pub all: bool,
    /// Allow changes; without it stateward only reads.
    #[arg(long)]
    pub write: bool,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// List what is held.
#[derive(Debug, Args)]
pub struct Holds {
    /// Where, when no path says it.
    #[command(flatten)]
    pub context: InContext,
    /// Where and how to look.
    #[command(flatten)]
    pub look: Look,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

fn parse_time(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a time with its zone such as 2026-12-31T00:00:00Z"))
}
