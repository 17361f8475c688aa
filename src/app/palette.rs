//! Finding a command by its words.

use super::command::{Command, by_name};
use super::model::Model;

/// The commands that hold every typed word, those whose label starts with the first one in front.
pub fn matches(model: &Model, query: &str) -> Vec<&'static Command> {
    let query = query.to_lowercase();
    let words: Vec<&str> = query.split_whitespace().collect();
    let mut found: Vec<&'static Command> = by_name(model)
        .filter(|command| {
            let text = format!("{} {}", command.label, command.doc).to_lowercase();
            words.iter().all(|word| text.contains(word))
        })
        .collect();
    if let Some(first) = words.first() {
        found.sort_by_key(|command| !command.label.starts_with(first));
    }
    found
}
