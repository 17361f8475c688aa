//! What the snapshot itself says: its files, its format, its parallelism.

use super::{Finding, Level, Question, list, operators};
use crate::domain::snapshot::{Facts, Health, Kind, OperatorFacts, Properties, Snapshot};
use crate::domain::text::scrub;

/// Whether all that Flink will read was found.
pub(super) fn files(snapshot: &Snapshot) -> Finding {
    const TOPIC: &str = "files";
    let why = snapshot
        .findings
        .first()
        .map_or_else(String::new, |finding| format!(": {}", scrub(finding)));
    match snapshot.health {
        Health::Complete if snapshot.unchecked_files > 0 => Finding::new(
            Level::Caution,
            TOPIC,
            format!(
                "Not proven to be restorable: {} of its files could not be looked at{why}",
                snapshot.unchecked_files
            ),
        ),
        Health::Complete => Finding::new(
            Level::Pass,
            TOPIC,
            "Its metadata was read to the end, and every file that it names is there in full length.",
        ),
        _ => Finding::new(
            Level::Blocker,
            TOPIC,
            format!(
                "Flink cannot restore it, it is {}{why}",
                snapshot.health_word()
            ),
        ),
    }
}

/// Whether the release can read it and knows the claim mode.
pub(super) fn release(question: &Question<'_>) -> Vec<Finding> {
    const TOPIC: &str = "release";
    let mut found = Vec::new();
    if let Some(objection) = question.objection {
        found.push(Finding::new(Level::Blocker, TOPIC, objection));
    }
    let Some((major, minor)) = question.release else {
        if question.objection.is_none() {
            found.push(Finding::new(
                Level::Caution,
                TOPIC,
                "Not known which release of Flink is to read it, so whether that can was not checked.",
            ));
        }
        return found;
    };
    if !question.claim_mode.is_known_to((major, minor)) {
        found.push(Finding::new(
            Level::Blocker,
            TOPIC,
            format!(
                "Flink {major}.{minor} does not know the claim mode {}.",
                question.claim_mode
            ),
        ));
    }
    if let Some(facts) = question
        .snapshot
        .facts
        .as_ref()
        .filter(|_| found.is_empty())
    {
        found.push(Finding::new(
            Level::Pass,
            TOPIC,
            format!(
                "Flink {major}.{minor} reads metadata version {}.",
                facts.version
            ),
        ));
    }
    found
}

/// Whether every operator can have the wanted parallelism
/// (`org.apache.flink.runtime.checkpoint.Checkpoints#loadAndValidateCheckpoint`).
pub(super) fn parallelism(question: &Question<'_>) -> Option<Finding> {
    const TOPIC: &str = "parallelism";
    let wanted = question.parallelism?;
    let Some(facts) = question.snapshot.facts.as_ref() else {
        return Some(Finding::new(
            Level::Caution,
            TOPIC,
            format!(
                "Parallelism {wanted} could not be held against its operators: there is no readable metadata."
            ),
        ));
    };
    if wanted == 0 {
        return Some(Finding::new(
            Level::Blocker,
            TOPIC,
            "A job needs a parallelism of 1 or more.",
        ));
    }
    let too_small: Vec<String> = scalable(facts)
        .filter(|operator| operator.max_parallelism < wanted)
        .map(|operator| {
            format!(
                "{} (at most {})",
                operators::name(operator),
                operator.max_parallelism
            )
        })
        .collect();
    Some(if too_small.is_empty() {
        let changes = if changes(facts, wanted) {
            ""
        } else {
            ", as it was"
        };
        Finding::new(
            Level::Pass,
            TOPIC,
            format!("Every operator can run with parallelism {wanted}{changes}."),
        )
    } else {
        Finding::new(
            Level::Blocker,
            TOPIC,
            format!(
                "Flink refuses parallelism {wanted}: it is above the maximum parallelism of {}.",
                list(&too_small)
            ),
        )
    })
}

/// Data in flight, which is tied to the job's graph and to the release.
pub(super) fn in_flight(question: &Question<'_>) -> Option<Finding> {
    const TOPIC: &str = "in-flight data";
    let facts = question.snapshot.facts.as_ref()?;
    if !facts.format.unaligned {
        return None;
    }
    let mut reasons = Vec::new();
    if let Some(wanted) = question
        .parallelism
        .filter(|wanted| changes(facts, *wanted))
    {
        reasons.push(format!(
            "the parallelism changes to {wanted}, and the data must be dealt out anew"
        ));
    }
    match question.release {
        Some(release) if only_release(&facts.written_by) == Some(release) => {}
        Some((major, minor)) => reasons.push(format!(
            "it was written by {}, not surely by {major}.{minor}, and Flink promises to read in-flight data only \
             within a minor release",
            facts.written_by
        )),
        None => reasons.push(
            "the release is not known, and Flink promises to read in-flight data only within a minor release".to_owned(),
        ),
    }
    Some(if reasons.is_empty() {
        Finding::new(
            Level::Pass,
            TOPIC,
            "It holds in-flight data, of the same release and for the same parallelism.",
        )
    } else {
        Finding::new(
            Level::Caution,
            TOPIC,
            format!("It holds in-flight data, but {}.", reasons.join("; ")),
        )
    })
}

/// What a savepoint was taken for: one during which the job goes on commits nothing since 1.15 (FLINK-25191), and
/// metadata says which it was since 1.16 (`org.apache.flink.runtime.checkpoint.SavepointType`).
pub(super) fn purpose(snapshot: &Snapshot) -> Option<Finding> {
    const TOPIC: &str = "savepoint";
    let facts = snapshot.facts.as_ref()?;
    let type_name = match &facts.properties {
        Properties::Known {
            type_name,
            is_savepoint: true,
            ..
        } => type_name,
        Properties::Known { .. } => return None,
        // Number 0 is what the State Processor API writes: no job was there that could have gone on.
        _ if snapshot.kind != Kind::Savepoint || facts.checkpoint_id == 0 => return None,
        _ => {
            return Some(Finding::new(
                Level::Caution,
                TOPIC,
                "Its metadata does not say whether its job stopped with it: if that went on, what it wrote afterwards \
                 is written once more.",
            ));
        }
    };
    Some(match type_name.as_str() {
        "Terminate Savepoint" => Finding::new(
            Level::Caution,
            TOPIC,
            "The job was drained with it: event time had ended and all windows had fired. That is for a job which does not \
             go on.",
        ),
        "Suspend Savepoint" => Finding::new(
            Level::Pass,
            TOPIC,
            "The job that took it stopped with it, and wrote nothing after it.",
        ),
        _ => Finding::new(
            Level::Caution,
            TOPIC,
            "Its job went on after it, and what sinks held back for it was not committed with it: what the job wrote \
             afterwards is written once more.",
        ),
    })
}

/// Operators whose parallelism follows the job's.
fn scalable(facts: &Facts) -> impl Iterator<Item = &OperatorFacts> {
    let single =
        |operator: &OperatorFacts| operator.parallelism == 1 && operator.max_parallelism == 1;
    facts
        .operators
        .iter()
        .filter(move |operator| !single(operator))
}

fn changes(facts: &Facts, wanted: u32) -> bool {
    scalable(facts).any(|operator| operator.parallelism != wanted)
}

/// The release that a text such as `Flink 1.20` names, where it is a single one.
fn only_release(text: &str) -> Option<(u32, u32)> {
    let mut releases = text
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .filter_map(|word| {
            let (major, minor) = word.split_once('.')?;
            Some((major.parse().ok()?, minor.parse().ok()?))
        });
    let first = releases.next()?;
    (releases.next().is_none() && !text.contains("after")).then_some(first)
}
