//! A file that was cut short never passes for whole, wherever the cut is.

use std::path::{Path, PathBuf};

use stateward::metadata::model::PropertiesBlock;
use stateward::metadata::read;

use crate::metadata_models::rich_file;

/// Cuts a whole file at these places. A cut before the properties block must be an error that says so; a cut within it
/// must leave the body as it was and the properties unreadable.
fn cut(whole: &[u8], places: impl Iterator<Item = usize>) {
    let complete = read(whole).expect("a whole file");
    let mut body_seen = false;
    for length in places {
        let part = whole.get(..length).expect("a place within the file");
        match read(part) {
            Err(error) => {
                assert!(
                    !body_seen,
                    "cut to {length}: {error}, after a shorter cut could be read"
                );
                assert!(error.may_be_truncated(), "cut to {length}: {error}");
                assert!(error.offset <= length as u64, "cut to {length}: {error}");
            }
            Ok(model) => {
                body_seen = true;
                assert!(
                    matches!(model.properties, PropertiesBlock::Unreadable(_)),
                    "cut to {length} of {}: silently complete",
                    whole.len()
                );
                assert_eq!(model.operators, complete.operators);
                assert_eq!(model.master_states, complete.master_states);
            }
        }
    }
}

#[test]
fn no_cut_of_a_written_file_passes_for_whole() {
    for version in 3..=7 {
        let whole = rich_file(version);
        cut(&whole, 0..whole.len());
    }
}

#[test]
fn no_cut_of_a_real_file_passes_for_whole() {
    let mut files = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    find_metadata(&root, &mut files);
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let mine = files.iter().skip(worker).step_by(workers);
            scope.spawn(move || mine.for_each(|file| cut_real_file(file)));
        }
    });
}

fn cut_real_file(file: &Path) {
    let whole = std::fs::read(file).expect("a fixture");
    // Some fixtures are damaged on purpose.
    match read(&whole) {
        Ok(model) if !matches!(model.properties, PropertiesBlock::Unreadable(_)) => {}
        _ => return,
    }
    let step = if whole.len() <= 64 * 1024 {
        1
    } else {
        whole.len() / 4_096
    };
    cut(&whole, (0..whole.len()).step_by(step));
}

fn find_metadata(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => find_metadata(&path, found),
            Ok(kind) if kind.is_file() && entry.file_name() == "_metadata" => found.push(path),
            _ => {}
        }
    }
}
