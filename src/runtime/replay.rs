//! What answers the screen while it shows a recording: nothing is behind it.

use crossbeam_channel::Sender;

use crate::app::effect::Effect;
use crate::app::message::{Message, Weighed};

const WHY: &str =
    "a recording has the rows of snapshots, and not the metadata that they were made from";

/// Answers an effect of a screen that shows a recording, without any root or cluster.
pub fn answer(effect: Effect, inbox: &Sender<Message>) {
    let message = match effect {
        Effect::LoadDocument {
            generation,
            location,
        } => Message::DocumentLoaded {
            generation,
            location,
            result: Err(WHY.to_owned()),
        },
        Effect::WeighOperators {
            generation,
            location,
        } => Message::OperatorsWeighed(Weighed {
            generation,
            location,
            result: Err(WHY.to_owned()),
        }),
        Effect::CopyLineage { generation, .. } => Message::LineageCopied {
            generation,
            world: None,
        },
        Effect::Verify { location, .. } => Message::Verified {
            location,
            result: Err(WHY.to_owned()),
        },
        Effect::Plan { generation, .. } => Message::Planned {
            generation,
            result: Err(WHY.to_owned()),
        },
        // Nothing of the others can be asked for, as their commands are not there.
        _ => return,
    };
    // It is the screen's own thread that asks: it must not wait for itself.
    let _ = inbox.try_send(message);
}
