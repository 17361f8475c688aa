//! How long a frame takes: 200x60 cells, ten thousand snapshots.
#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot go on should fail where it stands"
)]

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use stateward::app::command::CommandId;
use stateward::app::message::Message;
use stateward::app::model::Model;
use stateward::app::sheet::Sheet;
use stateward::inventory::delta::Delta;
use stateward::tui::glyphs::UNICODE;
use stateward::tui::theme::{Theme, ThemeName};
use stateward::tui::view::{Look, draw};

#[path = "../it/tui_sample.rs"]
mod tui_sample;

const SIZE: (u16, u16) = (200, 60);

fn main() {
    divan::main();
}

fn frame(model: &mut Model, terminal: &mut Terminal<TestBackend>, look: &Look) {
    let mut view = std::mem::take(&mut model.view);
    terminal
        .draw(|frame| draw(frame, model, &mut view, look))
        .unwrap();
    model.view = view;
}

fn stage() -> (Model, Terminal<TestBackend>, Look) {
    let look = Look {
        theme: Theme::named(ThemeName::Default),
        glyphs: UNICODE,
    };
    let terminal = Terminal::new(TestBackend::new(SIZE.0, SIZE.1)).unwrap();
    (tui_sample::large_model(SIZE), terminal, look)
}

/// One key down, and the frame that shows it.
#[divan::bench(sample_count = 2_000, sample_size = 1)]
fn a_step_down(bencher: divan::Bencher<'_, '_>) {
    let (mut model, mut terminal, look) = stage();
    bencher.bench_local(|| {
        stateward::app::update::update(&mut model, Message::Command(CommandId::Down));
        frame(&mut model, &mut terminal, &look);
    });
}

/// A page down: nearly every cell of the table changes.
#[divan::bench(sample_count = 2_000, sample_size = 1)]
fn a_page_down(bencher: divan::Bencher<'_, '_>) {
    let (mut model, mut terminal, look) = stage();
    bencher.bench_local(|| {
        stateward::app::update::update(&mut model, Message::Command(CommandId::PageDown));
        frame(&mut model, &mut terminal, &look);
    });
}

/// One changed snapshot among ten thousand: order worked out anew, and the frame.
#[divan::bench(sample_count = 500, sample_size = 1)]
fn a_delta(bencher: divan::Bencher<'_, '_>) {
    let (mut model, mut terminal, look) = stage();
    let row = model.index.rows[17].clone();
    bencher.bench_local(|| {
        stateward::app::update::update(
            &mut model,
            Message::Inventory(vec![Delta::Upserted(row.clone())]),
        );
        stateward::app::update::update(&mut model, Message::Tick(tui_sample::now()));
        frame(&mut model, &mut terminal, &look);
    });
}

/// The same under the screen of space, which is worked out anew, too.
#[divan::bench(sample_count = 500, sample_size = 1)]
fn a_delta_under_the_screen_of_space(bencher: divan::Bencher<'_, '_>) {
    let (mut model, mut terminal, look) = stage();
    let row = model.index.rows[17].clone();
    stateward::app::update::update(&mut model, Message::Command(CommandId::Space));
    bencher.bench_local(|| {
        stateward::app::update::update(
            &mut model,
            Message::Inventory(vec![Delta::Upserted(row.clone())]),
        );
        stateward::app::update::update(&mut model, Message::Tick(tui_sample::now()));
        frame(&mut model, &mut terminal, &look);
    });
}

/// The list of 400,000 files, a page further.
#[divan::bench(sample_count = 500, sample_size = 1)]
fn a_page_of_files(bencher: divan::Bencher<'_, '_>) {
    let (mut model, mut terminal, look) = stage();
    let sheet = Sheet::new(many_files());
    let (generation, location) = (model.document.generation, model.selected.clone().unwrap());
    let loaded = Message::DocumentLoaded {
        generation,
        location,
        result: Ok(sheet.into()),
    };
    for message in [
        loaded,
        Message::Command(CommandId::TabFiles),
        Message::Command(CommandId::FocusNext),
    ] {
        stateward::app::update::update(&mut model, message);
    }
    bencher.bench_local(|| {
        stateward::app::update::update(&mut model, Message::Command(CommandId::PageDown));
        frame(&mut model, &mut terminal, &look);
    });
}

/// Making a document with 400,000 files ready to be shown; done by whoever loads it, never in a frame.
#[divan::bench(sample_count = 5, sample_size = 1)]
fn preparing_400_000_files(bencher: divan::Bencher<'_, '_>) {
    bencher
        .with_inputs(many_files)
        .bench_local_values(Sheet::new);
}

fn many_files() -> stateward::analysis::document::Document {
    let mut document = tui_sample::document(&tui_sample::checkpoint(912, 12));
    let file = document.files[0].clone();
    let mut dice = tui_sample::Dice(3);
    document.files = (0..400_000)
        .map(|_| {
            let mut file = file.clone();
            file.resolved = format!("file:/data/flink/shared/{}", dice.uuid());
            file.bytes = dice.below(1 << 26);
            file
        })
        .collect();
    document
}
