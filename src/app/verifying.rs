//! A snapshot's files looked at once more, because somebody asked.

use jiff::Timestamp;

use super::effect::{Depth, Effect};
use super::explain::Tone;
use super::message::Verified;
use super::model::Model;
use crate::domain::location::Location;
use crate::domain::text::scrub;

/// A verification, under way or done.
#[derive(Debug, Clone)]
pub enum Verification {
    /// Under way, in words.
    Running(&'static str),
    /// Done.
    Done {
        /// When the answer came.
        at: Timestamp,
        /// The answer.
        result: Result<Verified, String>,
    },
}

/// Has the selected snapshot verified.
pub(super) fn begin(model: &mut Model, depth: Depth) -> Vec<Effect> {
    let Some(snapshot) = model.selected_snapshot().cloned() else {
        return Vec::new();
    };
    if snapshot.facts.is_none() {
        model.say(
            Tone::Warning,
            format!("{} has no readable metadata to verify by", snapshot.name),
        );
        return Vec::new();
    }
    let location = snapshot.location.clone();
    if matches!(
        model.verifications.get(&location),
        Some(Verification::Running(_))
    ) {
        return Vec::new();
    }
    model
        .verifications
        .insert(location.clone(), Verification::Running(depth.phrase()));
    model.say(Tone::Plain, format!("verifying {}", snapshot.name));
    vec![Effect::Verify { location, depth }]
}

/// Takes in what was found.
pub(super) fn verified(model: &mut Model, location: Location, result: Result<Verified, String>) {
    let result = result
        .map_err(|reason| scrub(&reason).into_owned())
        .map(|verified| Verified {
            sound: verified.sound,
            summary: scrub(&verified.summary).into_owned(),
            details: verified
                .details
                .iter()
                .map(|detail| scrub(detail).into_owned())
                .collect(),
        });
    let Some(name) = model
        .snapshots
        .get(&location)
        .map(|snapshot| snapshot.name.clone())
    else {
        return;
    };
    match &result {
        Ok(verified) if verified.sound => {
            model.say(Tone::Good, format!("{name}: {}", verified.summary));
        }
        Ok(verified) => model.say(Tone::Bad, format!("{name}: {}", verified.summary)),
        Err(reason) => model.say(Tone::Bad, format!("{name} could not be verified: {reason}")),
    }
    model.verifications.insert(
        location,
        Verification::Done {
            at: model.now,
            result,
        },
    );
}
