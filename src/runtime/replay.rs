//! What answers the screen while it shows a recording: there is no root and no cluster behind it, only what was recorded.

use std::io;
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::app::effect::Effect;
use crate::app::message::{Message, Weighed};
use crate::app::replay::Moment;
use crate::app::sheet::Sheet;
use crate::domain::event::Event;
use crate::domain::location::Location;
use crate::inventory::recorded::Recorded;

const WHY: &str = "this is a recording; there is nothing behind it";

/// Answers what is asked of a recording, in a thread of its own; it ends when this is dropped.
pub struct Reader {
    asked: Sender<Effect>,
}

impl Reader {
    /// Starts it for these events, in their order; answers go to `inbox`.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(events: Arc<[Event]>, inbox: Sender<Message>) -> io::Result<Self> {
        let (asked, effects) = unbounded();
        thread::Builder::new()
            .name("replay".to_owned())
            .spawn(move || answer_all(&events, &effects, &inbox))?;
        Ok(Self { asked })
    }

    /// Answers an effect of the screen, later.
    pub fn execute(&self, effect: Effect) {
        // When nobody listens any more the program is about to end.
        let _ = self.asked.send(effect);
    }
}

fn answer_all(events: &Arc<[Event]>, effects: &Receiver<Effect>, inbox: &Sender<Message>) {
    let mut recorded = Recorded::of(events);
    // Where one has gone on meanwhile, nobody waits for what was asked before.
    let mut moment = None;
    while let Ok(first) = effects.recv() {
        let queued: Vec<Effect> = std::iter::once(first).chain(effects.try_iter()).collect();
        for (at, effect) in queued.iter().enumerate() {
            if let Effect::Recall(new) = effect {
                moment = Some(new.clone());
                continue;
            }
            if is_overtaken(effect, &queued[at + 1..]) {
                continue;
            }
            if let Some(answer) = answer(&mut recorded, &mut moment, effect)
                && inbox.send(answer).is_err()
            {
                return;
            }
        }
    }
}

/// Whether the same is asked anew: only the newest answer matters.
fn is_overtaken(effect: &Effect, later: &[Effect]) -> bool {
    let sort = std::mem::discriminant(effect);
    // Lineages are copied for several that ask.
    let is_read = matches!(
        effect,
        Effect::LoadDocument { .. } | Effect::WeighOperators { .. }
    );
    is_read && later.iter().any(|it| std::mem::discriminant(it) == sort)
}

fn answer(
    recorded: &mut Recorded,
    moment: &mut Option<Moment>,
    effect: &Effect,
) -> Option<Message> {
    if let Some(moment) = moment.take() {
        recorded.go_to(moment.happened, moment.snapshots, moment.roots);
    }
    let sheet = |recorded: &Recorded, location: &Location| {
        let document = recorded.document(location);
        document.map(|document| Arc::new(Sheet::new(document)))
    };
    Some(match effect {
        Effect::LoadDocument {
            generation,
            location,
        } => Message::DocumentLoaded {
            generation: *generation,
            result: sheet(recorded, location),
            location: location.clone(),
        },
        Effect::WeighOperators {
            generation,
            location,
        } => Message::OperatorsWeighed(Weighed {
            generation: *generation,
            result: sheet(recorded, location),
            location: location.clone(),
        }),
        Effect::CopyLineage {
            generation,
            location,
        } => Message::LineageCopied {
            generation: *generation,
            world: recorded.world(location).map(Arc::new),
        },
        Effect::Verify { location, .. } => Message::Verified {
            location: location.clone(),
            result: Err(WHY.to_owned()),
        },
        Effect::Plan { generation, .. } => Message::Planned {
            generation: *generation,
            result: Err(WHY.to_owned()),
        },
        // Nothing of the others can be asked for, as their commands are not there.
        _ => return None,
    })
}
