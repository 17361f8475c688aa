//! A word on a snapshot that went without us, with the reason that the timeline gives once that is known.

use jiff::SignedDuration;

use super::explain::Tone;
use super::model::{About, Model};
use super::operations::Asked;
use crate::analysis::timeline::Life;
use crate::analysis::vanished;
use crate::domain::event::{Ending, Sketch};
use crate::domain::snapshot::{Kind, Snapshot};

/// Says that a snapshot went which somebody looked at: not where it was deleted from here, nor over a word about what was
/// just done.
pub(super) fn say(model: &mut Model, snapshot: &Snapshot) {
    let just_now = model.as_seen(SignedDuration::from_mins(1));
    let is_ours = |it: &Asked| {
        let mut ended = it.ended.iter();
        let is_over = ended.any(|(at, _)| model.now.duration_since(*at) > just_now);
        !is_over && it.targets.contains(&snapshot.location)
    };
    let is_other = |about: &About| !matches!(about, About::Gone { .. });
    let has_word = model.notice.as_ref().is_some_and(|it| is_other(&it.about));
    if has_word || model.operations.iter().any(is_ours) {
        return;
    }
    let sketch = Sketch::of(snapshot, "");
    let known = known(model, &sketch);
    let text = known.unwrap_or_else(|| match snapshot.kind {
        Kind::Savepoint => format!("{} was deleted", snapshot.name),
        Kind::Checkpoint | Kind::ExternalizedCheckpoint => {
            format!("{} vanished (subsumed or deleted)", snapshot.name)
        }
    });
    model.say(Tone::Warning, text);
    if let Some(notice) = &mut model.notice {
        notice.about = About::Gone {
            sketch: Box::new(sketch),
        };
    }
}

/// Gives the reason in a word that was said before it was known.
pub(super) fn learn(model: &mut Model) {
    let Some(notice) = &model.notice else { return };
    let About::Gone { sketch } = &notice.about else {
        return;
    };
    let known = known(model, sketch);
    if let Some(text) = known.filter(|text| *text != notice.text)
        && let Some(notice) = &mut model.notice
    {
        notice.text = text;
        model.dirty = true;
    }
}

/// What became of the snapshot that lay at a place and looked like this, where that is known.
fn known(model: &Model, sketch: &Sketch) -> Option<String> {
    let life = model.past.life(&sketch.uri)?;
    let is_it = !life.is_followed_by(sketch);
    is_it.then(|| words(model, life)).flatten()
}

fn words(model: &Model, life: &Life) -> Option<String> {
    let name = &life.sketch.name;
    match &life.end.as_ref()?.how {
        Ending::Subsumed { by, is_exact } => {
            let or = if *is_exact { "" } else { " or one before it" };
            Some(format!("Flink subsumed {name}: {by}{or} had completed"))
        }
        Ending::Trashed => Some(format!("{name} was moved into the trash")),
        Ending::Replaced => Some(format!("another was written in the place of {name}")),
        Ending::Vanished => {
            let rule = vanished::rule(life, &model.past, &model.clusters)?;
            Some(format!("{name} vanished. {}", rule.sentence()))
        }
    }
}
