//! What the files of a batch are called in the trash of its root.

use crate::action::trash::{FOLDER, TrashError};
use crate::domain::text::scrub;
use crate::store::change::Tree;

use super::not_found;

/// The name of the lock, which no batch may have.
pub(super) const LOCK: &str = "lock";

pub(in crate::action::trash) fn place(id: &str) -> String {
    format!("{FOLDER}/{id}")
}

pub(in crate::action::trash) fn files(id: &str) -> String {
    format!("{FOLDER}/{id}/files")
}

pub(in crate::action::trash) fn batch_file(id: &str) -> String {
    format!("{FOLDER}/{id}/batch.json")
}

/// Where a batch is written down before it is moved to its place.
pub(in crate::action::trash) fn new_batch_file(id: &str) -> String {
    format!("{FOLDER}/{id}/batch.new")
}

pub(in crate::action::trash) fn state_file(id: &str) -> String {
    format!("{FOLDER}/{id}/state.json")
}

/// The file whose lock keeps all others out of a trash.
pub(in crate::action::trash) fn lock_file() -> String {
    format!("{FOLDER}/{LOCK}")
}

/// The number of a move, from the name of its file.
pub(in crate::action::trash) fn number(name: &str) -> Option<usize> {
    let number = name.parse().ok()?;
    (usize::to_string(&number) == name).then_some(number)
}

/// Whether a name can be that of a batch.
pub(in crate::action::trash) fn is_id(name: &str) -> bool {
    let is_safe = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
    !name.is_empty() && name.len() <= 100 && !name.starts_with('.') && name.bytes().all(is_safe)
}

/// The id of a batch, as far as it can be one.
pub(in crate::action::trash) fn checked<'i>(
    tree: &dyn Tree,
    id: &'i str,
) -> Result<&'i str, TrashError> {
    if is_id(id) && id != LOCK {
        return Ok(id);
    }
    Err(not_found(
        tree,
        format!(
            "`{}` cannot be the name of a batch in {}",
            scrub(id),
            tree.shown()
        ),
    ))
}
