//! The parts of the README that come from the program: a table that is not what the program says is stale.

use std::fs;
use std::path::Path;

use stateward::app::command::key_table_markdown;

#[test]
fn the_key_table_is_the_programs_own() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once("<!-- keys -->\n").unwrap();
    let (table, after) = rest.split_once("<!-- /keys -->\n").unwrap();
    if super::is_asked_for() {
        let fresh = key_table_markdown();
        fs::write(
            &path,
            format!("{before}<!-- keys -->\n{fresh}<!-- /keys -->\n{after}"),
        )
        .unwrap();
        return;
    }
    let fresh = key_table_markdown();
    assert_eq!(table, fresh, "{}", super::HOW);
}
