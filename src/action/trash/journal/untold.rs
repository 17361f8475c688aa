//! Files in a trash of which nothing tells any more what they are.

use super::names::{checked, files, place};
use crate::action::trash::{TrashError, TrashErrorKind};
use crate::store::change::Tree;

/// Refuses where files lie in the trash of a batch of which nothing tells any more what they are: a batch is written down before a file
/// is moved, and what was written down goes after all of them.
///
/// # Errors
/// When there are such files.
pub(in crate::action::trash) fn refuse_untold(tree: &dyn Tree, id: &str) -> Result<(), TrashError> {
    let names = match tree.names(&files(checked(tree, id)?)) {
        Err(error) if error.is_absence() => return Ok(()),
        names => names.map_err(|it| TrashError::new(TrashErrorKind::Broken, it.to_string()))?,
    };
    let (what, is_needed) = match names.len() {
        0 => return Ok(()),
        1 => ("a file lies".to_owned(), "it is not needed"),
        count => (format!("{count} files lie"), "none of them is needed"),
    };
    let root = tree.shown();
    let message = format!(
        "batch.json is gone from {root}/{}: {what} in its `files`, and nothing tells what that was, nor where; move that directory away once \
         {is_needed}",
        place(id)
    );
    Err(TrashError::new(TrashErrorKind::Broken, message))
}
