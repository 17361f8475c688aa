//! `demo`: a scenario to try everything on. Playing it takes a screen, which `main` opens.

use std::io::Write;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::args::Demo;
use super::output;
use super::report::{Outcome, Report, ReportKind};
use crate::analysis::document::SCHEMA;
use crate::domain::text::scrub;
use crate::runtime::demo::{DemoError, Setup};
use crate::sim::scenario::{Scenario, ScenarioError};
use crate::sim::scenes::{self, Scene};
use crate::sim::stage::Stage;
use crate::tui::text::wrap;

/// Lists the scenarios.
///
/// # Errors
/// When the output cannot be written.
pub fn list(args: &Demo, out: &mut dyn Write) -> Result<Outcome, Report> {
    let scenes = scenes::ALL.iter();
    let scenes: Result<Vec<(&Scene, Scenario)>, Report> = scenes
        .map(|it| Ok((it, it.scenario().map_err(|it| broken(&it))?)))
        .collect();
    let scenes = scenes?;
    if args.json {
        let scenarios: Vec<_> = scenes
            .iter()
            .map(|(scene, it)| {
                json!({
                    "name": scene.name,
                    "title": it.title,
                    "caption": it.caption,
                    "flink_version": it.version,
                    "speed": it.speed,
                    "default": scene.name == scenes::DEFAULT,
                })
            })
            .collect();
        output::json(out, &json!({ "schema": SCHEMA, "scenarios": scenarios }))?;
        return Ok(Outcome::Done);
    }
    let names = scenes.iter().map(|(scene, _)| scene.name.len());
    let width = names.max().unwrap_or_default();
    for (scene, it) in &scenes {
        writeln!(out, "{:width$}  {}", scene.name, it.title)?;
        for line in wrap(&it.caption, CAPTION) {
            writeln!(out, "{:width$}  {line}", "")?;
        }
    }
    Ok(Outcome::Done)
}

/// Cells of a line of a caption.
const CAPTION: usize = 88;

/// What is to be played.
///
/// # Errors
/// When there is no such scenario.
pub fn setup(args: &Demo) -> Result<Setup, Report> {
    let scene = scenes::named(&args.scenario).ok_or_else(|| unknown(&args.scenario))?;
    let mut scenario = scene.scenario().map_err(|it| broken(&it))?;
    scenario.seed = args.seed.unwrap_or(scenario.seed);
    let speed = args.speed.unwrap_or(f64::from(scenario.speed));
    let now = Timestamp::now();
    Ok(Setup {
        name: scene.name.to_owned(),
        speed,
        scenario,
        paused: args.paused,
        opened_at: now.saturating_sub(head_start(speed)).unwrap_or(now),
    })
}

/// For so long it may be watched before its time has come up with that of the machine.
const WATCHED: SignedDuration = SignedDuration::from_hours(1);
/// No head start is longer.
const LONGEST_HEAD_START: SignedDuration = SignedDuration::from_hours(10 * 365 * 24);

/// How long ago a scenario opens that runs as fast as this, so that nothing in it is written in the future for others who look
/// there meanwhile or later.
fn head_start(speed: f64) -> SignedDuration {
    let seconds = (speed - 1.0).max(0.0) * WATCHED.as_secs_f64();
    let needed = SignedDuration::try_from_secs_f64(seconds).unwrap_or(LONGEST_HEAD_START);
    needed.min(LONGEST_HEAD_START)
}

/// Where it is to be played.
///
/// # Errors
/// When there is no place for it.
pub fn stage(args: &Demo) -> Result<Stage, Report> {
    let stage = match &args.keep {
        None => Stage::passing().inspect(Stage::clear_abandoned),
        Some(directory) => Stage::kept(directory),
    };
    stage.map_err(|error| failed(&error.into()))
}

/// What a demonstration leaves behind, in a sentence for when it is over.
pub fn left(args: &Demo, directory: &str) -> String {
    let over = "the demonstration is over";
    if args.keep.is_some() {
        format!("{over}; what it wrote stays in {directory}")
    } else if Path::new(directory).exists() {
        format!("{over}, but {directory} could not be removed as a whole; remove it by hand")
    } else {
        format!("{over}; nothing of it is left behind")
    }
}

fn unknown(name: &str) -> Report {
    let name = scrub(name);
    let report = Report::new(ReportKind::Usage, format!("there is no scenario `{name}`"));
    let near = scenes::near(&name);
    if near.is_empty() {
        return report.hint("`stateward demo --list` lists them");
    }
    report.hint(format!(
        "perhaps {}; `stateward demo --list` lists all",
        near.join(" or ")
    ))
}

fn broken(error: &ScenarioError) -> Report {
    Report::new(
        ReportKind::BadInput,
        format!("a scenario cannot be played: {error}"),
    )
}

/// Why a scenario cannot be demonstrated.
pub fn failed(error: &DemoError) -> Report {
    let report = Report::new(
        ReportKind::BadInput,
        format!("cannot demonstrate the scenario: {error}"),
    );
    match error {
        DemoError::Disk(_) => report.hint(
            "TMPDIR says where temporary directories are made; --keep DIR names a new or empty one",
        ),
        _ => report,
    }
}
