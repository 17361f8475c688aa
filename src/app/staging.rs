//! What is chosen to be deleted. Choosing changes nothing: what comes of it is planned, shown and confirmed elsewhere.

use std::collections::BTreeSet;

use super::effect::Effect;
use super::explain::Tone;
use super::model::Model;
use super::moves::{self, Step};
use crate::domain::location::Location;
use crate::domain::size::{iec, thousands};

/// The snapshots that are chosen to be deleted.
#[derive(Debug, Clone, Default)]
pub struct Staging {
    /// Where they lie.
    pub chosen: BTreeSet<Location>,
    /// What deleting all of them frees.
    pub frees: Option<Frees>,
    /// How many of them scope or filter hide.
    pub hidden: usize,
    /// The number of the last question for that.
    generation: u64,
}

/// What is staged stays as it is.
const NOTHING_YET: &str = "nothing happens before the review";

/// What deleting some snapshots frees, all of them together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frees {
    /// Bytes of the files that only they name.
    pub bytes: u64,
    /// Whether it may be less, as it is not known what others name.
    pub is_bound: bool,
}

impl Model {
    /// Whether the selected snapshot is chosen to be deleted.
    pub fn is_selected_staged(&self) -> bool {
        let selected = self.selected.as_ref();
        selected.is_some_and(|it| self.staging.chosen.contains(it))
    }
}

/// Chooses the selected snapshot and moves on to the next row; or lets go of it and stays, as a key that takes something
/// back is about this row. Whoever reads of it stays in any case, and is told.
pub(super) fn toggle(model: &mut Model) -> Vec<Effect> {
    let Some(snapshot) = model.selected_snapshot() else {
        return Vec::new();
    };
    let (place, name) = (snapshot.location.clone(), snapshot.name.clone());
    let chosen = &mut model.staging.chosen;
    let is_chosen = !chosen.remove(&place) && chosen.insert(place);
    if model.is_reading() {
        let text = match (is_chosen, model.staging.chosen.len()) {
            (false, _) => format!("{name} is not staged any more"),
            (true, 1) => format!("{name} staged; {NOTHING_YET} (D)"),
            (true, all) => {
                let all = thousands(all as u64);
                format!("{name} staged, {all} in all; {NOTHING_YET} (D)")
            }
        };
        model.say(Tone::Plain, text);
    } else if is_chosen {
        moves::row(model, Step::By(1));
    }
    changed(model)
}

/// Chooses all snapshots that are shown; lets go of them when all are chosen already.
pub(super) fn toggle_shown(model: &mut Model) -> Vec<Effect> {
    let shown: BTreeSet<Location> = model
        .index
        .rows
        .iter()
        .map(|row| row.location.clone())
        .collect();
    if shown.is_subset(&model.staging.chosen) {
        model.staging.chosen.retain(|it| !shown.contains(it));
    } else {
        model.staging.chosen.extend(shown);
    }
    let effects = changed(model);
    let chosen = model.staging.chosen.len();
    if chosen == 0 {
        return effects;
    }
    let (tone, and) = if model.scanning() {
        (
            Tone::Warning,
            "still scanning: what comes is not among them",
        )
    } else {
        (Tone::Plain, NOTHING_YET)
    };
    model.say(tone, format!("{} staged; {and}", thousands(chosen as u64)));
    effects
}

/// Lets go of all; says so where the table, which shows it, is not on the screen.
pub(super) fn clear(model: &mut Model) -> Vec<Effect> {
    let chosen = std::mem::take(&mut model.staging.chosen).len();
    if !model.table_visible() {
        let chosen = thousands(chosen as u64);
        model.say(
            Tone::Plain,
            format!("{chosen} let go; nothing is staged any more"),
        );
    }
    changed(model)
}

/// Lets go of what is not there any more, and asks afresh what the others free: those around them may have changed.
pub(super) fn follow(model: &mut Model) -> Vec<Effect> {
    let (staging, known) = (&mut model.staging, &model.snapshots);
    if staging.chosen.is_empty() {
        return Vec::new();
    }
    staging.chosen.retain(|place| known.contains_key(place));
    changed(model)
}

/// Counts those that are not among the rows.
pub(super) fn count_hidden(model: &mut Model) {
    let chosen = &model.staging.chosen;
    if chosen.is_empty() {
        model.staging.hidden = 0;
        return;
    }
    let rows = model.index.rows.iter();
    let seen = rows.filter(|row| chosen.contains(&row.location)).count();
    model.staging.hidden = chosen.len().saturating_sub(seen);
}

fn changed(model: &mut Model) -> Vec<Effect> {
    count_hidden(model);
    let staging = &mut model.staging;
    staging.generation += 1;
    model.dirty = true;
    if staging.chosen.is_empty() {
        staging.frees = None;
        return Vec::new();
    }
    vec![Effect::WeighStaged {
        generation: staging.generation,
        places: staging.chosen.iter().cloned().collect(),
    }]
}

/// Takes in what deleting the chosen ones frees, unless others are chosen by now.
pub(super) fn weighed(model: &mut Model, generation: u64, frees: Frees) {
    if model.staging.generation == generation {
        model.staging.frees = Some(frees);
        model.dirty = true;
    }
}

impl Frees {
    /// It in words: `frees 3.2 MiB`.
    pub fn words(&self) -> String {
        let most = if self.is_bound && self.bytes > 0 {
            "at most "
        } else {
            ""
        };
        format!("frees {most}{}", iec(self.bytes))
    }
}
