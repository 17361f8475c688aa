//! The filter line: what is typed there holds at once, as soon as it makes sense.

use super::explain::Tone;
use super::filter::{Filter, FilterError};
use super::model::{Focus, Model};
use crate::domain::location::Location;

/// The filter line.
#[derive(Debug, Clone, Default)]
pub struct Typing {
    /// What is typed so far.
    pub text: String,
    /// What is wrong with it.
    pub error: Option<FilterError>,
    /// The text of the filter before, to go back to.
    pub before: String,
    /// What was selected before: a half-typed filter may hide it for a moment.
    pub selected_before: Option<Location>,
}

/// Opens the line with the filter in force. Rows are filtered where they are seen.
pub(super) fn begin(model: &mut Model) {
    if !model.table_visible() {
        model.detail_open = false;
        model.focus = Focus::Table;
    }
    let text = model.filter_text.clone();
    model.typing = Some(Typing {
        before: text.clone(),
        text,
        error: None,
        selected_before: model.selected.clone(),
    });
}

/// Changes what is typed.
pub(super) fn change(model: &mut Model, change: impl FnOnce(&mut String)) {
    let Some(typing) = &mut model.typing else {
        return;
    };
    change(&mut typing.text);
    match Filter::parse(&typing.text) {
        Ok(filter) => {
            typing.error = None;
            model.filter_text.clone_from(&typing.text);
            model.index.stale |= model.filter != filter;
            model.filter = filter;
        }
        // The last filter that made sense stays in force, so that rows do not jump while a term is half typed.
        Err(error) => typing.error = Some(error),
    }
}

/// Closes the line, unless what is typed makes no sense.
pub(super) fn accept(model: &mut Model) {
    let Some(typing) = &model.typing else { return };
    if let Some(error) = &typing.error {
        let text = format!("the filter is not in force: {error}");
        model.say(Tone::Warning, text);
        return;
    }
    model.typing = None;
}

/// Goes back to the filter of before.
pub(super) fn cancel(model: &mut Model) {
    if let Some(typing) = model.typing.take() {
        set(model, &typing.before);
        if model.departed.is_none() && typing.selected_before.is_some() {
            model.selected = typing.selected_before;
        }
    }
}

/// Puts a filter in force.
pub(super) fn set(model: &mut Model, text: &str) {
    model.filter = Filter::parse(text).unwrap_or_default();
    text.clone_into(&mut model.filter_text);
    model.index.stale = true;
}
