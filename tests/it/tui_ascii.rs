//! Where there are few cells or no Unicode every screen says the same: nothing that tells things apart is lost.

use std::collections::BTreeSet;

use stateward::app::model::Model;
use stateward::domain::snapshot::RootState;
use stateward::inventory::delta::Delta;
use stateward::tui::glyphs::{ASCII, Watch};
use stateward::tui::theme::ThemeName;

use super::tui_clusters::with_answers;
use super::tui_sample as sample;
use super::tui_screens::{after, look, press, render};
use super::tui_seen::STATES;

const SIZES: [(u16, u16); 3] = [(60, 15), (80, 24), (120, 40)];

/// Keys that lead to each screen of the sample.
const KEYS: [&str; 24] = [
    "", "1", "2", "3", "4", "5", "6", "7", "4++", "s", "?", "?G", ":", ":zz", "/kind:", "H", "Hh",
    "T", "U", "U⇥", "e", "w", "wc", "b",
];

fn drawn(model: &mut Model, ascii: bool) -> String {
    let buffer = render(model, &look(ThemeName::Mono, ascii));
    let cells = buffer.content().iter().map(ratatui::buffer::Cell::symbol);
    let lines = cells.collect::<Vec<_>>();
    let lines = lines.chunks(usize::from(model.size.0));
    lines.map(<[&str]>::concat).collect::<Vec<_>>().join("\n")
}

/// Marks that stand for what is not known in both.
fn marks(screen: &str) -> usize {
    screen.matches('?').count()
}

#[test]
fn no_screen_loses_a_word_in_ascii() {
    for size in SIZES {
        let mut models: Vec<(String, Model)> = KEYS
            .iter()
            .map(|keys| ((*keys).to_owned(), after(size, keys)))
            .collect();
        let states = STATES.iter();
        models.extend(states.map(|(name, state)| ((*name).to_owned(), state(size))));
        models.extend(["J", "t", "R", "Z", "X"].map(|keys| {
            let mut model = with_answers(size);
            press(&mut model, keys);
            (keys.to_owned(), model)
        }));
        for (name, mut model) in models {
            let (rich, plain) = (drawn(&mut model, false), drawn(&mut model, true));
            assert!(plain.is_ascii(), "{name} at {size:?}: {plain}");
            // What is cut elsewhere may have had one.
            assert!(
                marks(&plain) <= marks(&rich),
                "{name} at {size:?}: {plain}\n{rich}"
            );
        }
    }
}

#[test]
fn names_that_differ_at_their_end_look_different_wherever_they_are_cut() {
    let mut deltas = sample::deltas();
    for delta in &mut deltas {
        if let Delta::Lineages(lineages) = delta {
            let mut renamed = lineages.to_vec();
            for (lineage, colour) in renamed.iter_mut().zip(["blue", "teal"]) {
                lineage.name = format!("orders-enrichment-of-the-shop-in-production-{colour}");
            }
            *delta = Delta::Lineages(renamed.into());
        }
    }
    for keys in ["", "U", "e"] {
        let roots = vec![sample::root(RootState::Ready)];
        let mut model = sample::model_of(roots, deltas.clone(), (120, 40));
        press(&mut model, keys);
        let screen = drawn(&mut model, false);
        for colour in ["blue", "teal"] {
            assert!(screen.contains(&format!("n-{colour}")), "{keys}: {screen}");
        }
    }
}

#[test]
fn no_two_marks_beside_a_snapshot_or_a_root_are_one_in_ascii() {
    let marks = [
        ASCII.star,
        ASCII.watch(Watch::Live),
        ASCII.staged,
        ASCII.hold,
    ];
    let once: BTreeSet<&str> = marks.into_iter().collect();
    assert_eq!(once.len(), marks.len(), "{marks:?}");
}
