use std::path::PathBuf;

use clap::Args;

use super::Screen;

/// Try everything on a simulated Flink.
///
/// Plays a scenario in a temporary directory that goes when you leave, and opens the terminal interface on it, with
/// changes allowed: keys do there what they do on a real cluster.
#[derive(Debug, Args)]
pub struct Demo {
    /// The scenario; `--list` lists them.
    #[arg(value_name = "SCENARIO", default_value = crate::sim::scenes::DEFAULT)]
    pub scenario: String,
    /// List the scenarios instead.
    #[arg(long, conflicts_with_all = ["speed", "seed", "paused", "keep"])]
    pub list: bool,
    /// Print the list as JSON.
    #[arg(long, requires = "list")]
    pub json: bool,
    /// How much faster than real time runs; the scenario's own speed unless set.
    #[arg(long, value_name = "N", value_parser = parse_speed)]
    pub speed: Option<f64>,
    /// What all names and sizes follow from; the scenario's own unless set.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Let time stand still at first.
    #[arg(long)]
    pub paused: bool,
    /// Play in this directory, which must be new or empty, and leave it when done.
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// How the terminal interface looks.
    #[command(flatten)]
    pub screen: Screen,
}

fn parse_speed(text: &str) -> Result<f64, String> {
    let speed: Result<f64, _> = text.parse();
    speed
        .ok()
        .filter(|it| (SLOWEST..=crate::sim::clock::FASTEST).contains(it))
        .ok_or_else(|| {
            format!(
                "`{text}` is no speed from {SLOWEST} to {}",
                crate::sim::clock::FASTEST
            )
        })
}

/// Slower than that nothing would seem to happen.
const SLOWEST: f64 = 0.01;
