//! What to do about something that stopped, or that is half-way in a trash: what to mend, and the commands that lead on, as they
//! are pasted into a shell. A root is as [`Tree::shown`](crate::store::change::Tree::shown) has it.

use super::{TrashError, TrashErrorKind};
use crate::domain::asked::AskedCluster;
use crate::domain::text::{scrub, shell_quote};
use crate::store::change::{ChangeError, ChangeErrorKind};

/// Goes on with what is half-way in the trash of a root.
pub fn resume(root: &str) -> String {
    format!("`stateward resume {} --write`", shell_quote(root))
}

/// The same with a deletion, beside the clusters that were asked about it.
pub fn resume_beside(root: &str, asked: &[AskedCluster]) -> String {
    let flags = AskedCluster::flags(asked);
    format!("`stateward resume {}{flags} --write`", shell_quote(root))
}

/// Puts back what a deletion moved into the trash of a root.
pub fn undo(root: &str, id: &str) -> String {
    let (root, id) = (shell_quote(root), scrub(id));
    format!(
        "`stateward undo {root} --plan {} --write`",
        shell_quote(&id)
    )
}

/// Removes for good what a deletion moved into the trashes of some roots.
pub(super) fn purge(roots: impl IntoIterator<Item = String>, id: &str) -> String {
    let roots = roots.into_iter().map(|it| shell_quote(&it).into_owned());
    let roots: Vec<String> = roots.collect();
    format!(
        "`stateward trash purge {} --plan {} --write`",
        roots.join(" "),
        shell_quote(&scrub(id))
    )
}

/// Lists what lies in the trashes of some directories.
pub fn list<'r>(roots: impl IntoIterator<Item = &'r str>) -> String {
    let roots: Vec<_> = roots.into_iter().map(shell_quote).collect();
    format!(
        "`stateward trash ls {}` lists what there is",
        roots.join(" ")
    )
}

/// What has to be mended, and where, so that the same works; nothing where that is not known.
pub(super) fn cure(error: &ChangeError) -> Option<String> {
    let root = shell_quote(&error.root);
    Some(match error.kind {
        ChangeErrorKind::Full => {
            format!("free space, or raise the quota, on the file system of {root}")
        }
        ChangeErrorKind::ReadOnly => {
            format!("mount the file system of {root} so that it can be written")
        }
        ChangeErrorKind::Denied => {
            format!("run it as a user who may write in {root} and below it")
        }
        ChangeErrorKind::Busy => "wait until it is done".to_owned(),
        _ => return None,
    })
}

/// What has to be mended before what follows.
pub(in crate::action) fn first(error: &TrashError) -> String {
    match (error.kind, &error.hint) {
        (TrashErrorKind::Interrupted, _) => String::new(),
        (_, Some(hint)) => format!("{hint}; then "),
        (_, None) => "once that is mended, ".to_owned(),
    }
}
