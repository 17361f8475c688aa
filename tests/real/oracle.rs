//! What Flink's own classes read out of `_metadata` files, as JSON (`java/tools/MetadataDump.java`).

use std::path::Path;

use serde_json::Value;

use crate::cache::files_below;
use crate::dist::Distribution;
use crate::java::{LIGHT, Tools};

/// Reads every `_metadata` below a directory; `file` is relative to it. Sorted by `file`.
#[track_caller]
pub(crate) fn read_all(distribution: &Distribution, root: &Path) -> Vec<Value> {
    let mut input = String::new();
    for file in metadata_below(root) {
        input.push_str(&file);
        input.push('\n');
    }
    let root = root.to_str().expect("a path in UTF-8");
    let lines = Tools::get(distribution)
        .run(LIGHT, "MetadataDump", &[root], &input)
        .unwrap_or_else(|error| {
            panic!(
                "Flink {} cannot read what lies below {root}: {error}",
                distribution.version
            )
        });
    parse_lines(&lines)
}

/// The paths of every `_metadata`, relative to the directory.
pub(crate) fn metadata_below(root: &Path) -> Vec<String> {
    files_below(root)
        .iter()
        .filter(|file| file.file_name().is_some_and(|name| name == "_metadata"))
        .filter_map(|file| Some(file.strip_prefix(root).ok()?.to_str()?.to_owned()))
        .collect()
}

/// One JSON document per line.
#[track_caller]
pub(crate) fn parse_lines(lines: &str) -> Vec<Value> {
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}")))
        .collect()
}

/// The path that a line of the oracle speaks of.
#[track_caller]
pub(crate) fn file_of(line: &Value) -> &str {
    line["file"]
        .as_str()
        .unwrap_or_else(|| panic!("no file in {line}"))
}
