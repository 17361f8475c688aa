//! How long Flink keeps files that several checkpoints use (`SharedStateRegistryImpl`): in its memory only, by the first
//! and the last checkpoint that named them.

use std::collections::BTreeMap;

/// Files by name, and who used them.
#[derive(Debug, Clone, Default)]
pub(super) struct Registry {
    files: BTreeMap<String, Use>,
    /// The newest checkpoint whose files belong to somebody else: it was restored from, but not claimed.
    not_claimed: Option<u64>,
}

#[derive(Debug, Clone, Copy)]
struct Use {
    first: u64,
    last: u64,
}

impl Registry {
    /// Notes that files are used by a completed checkpoint.
    pub(super) fn register(&mut self, files: &[String], checkpoint: u64) {
        for file in files {
            let known = self.files.entry(file.clone()).or_insert(Use {
                first: checkpoint,
                last: checkpoint,
            });
            known.last = known.last.max(checkpoint);
        }
    }

    /// Notes that files are used by a snapshot that a job was restored from and that stays its owner's.
    pub(super) fn register_unclaimed(&mut self, files: &[String], checkpoint: u64) {
        self.register(files, checkpoint);
        self.not_claimed = self.not_claimed.max(Some(checkpoint));
    }

    /// Whether a file is used by a checkpoint that is kept.
    pub(super) fn knows(&self, file: &str) -> bool {
        self.files.contains_key(file)
    }

    /// Whether a file is still used that came with this checkpoint.
    pub(super) fn uses_what_came_with(&self, checkpoint: u64) -> bool {
        self.files.values().any(|it| it.first == checkpoint)
    }

    /// Forgets what no checkpoint from `lowest` on uses, and says what of it is to be deleted.
    pub(super) fn unregister_unused(&mut self, lowest: u64) -> Vec<String> {
        let mut deleted = Vec::new();
        let not_claimed = self.not_claimed;
        self.files.retain(|file, known| {
            let used = known.last >= lowest;
            if !used && not_claimed.is_none_or(|limit| known.first > limit) {
                deleted.push(file.clone());
            }
            used
        });
        deleted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn a_file_goes_with_the_last_checkpoint_that_names_it() {
        let mut registry = Registry::default();
        registry.register(&files(&["a", "b"]), 1);
        registry.register(&files(&["b", "c"]), 2);
        assert_eq!(registry.unregister_unused(2), ["a"]);
        assert_eq!(registry.unregister_unused(2), [""; 0]);
        assert_eq!(registry.unregister_unused(u64::MAX), ["b", "c"]);
    }

    #[test]
    fn what_was_not_claimed_stays() {
        let mut registry = Registry::default();
        registry.register_unclaimed(&files(&["a"]), 7);
        registry.register(&files(&["a", "b"]), 8);
        assert_eq!(registry.unregister_unused(u64::MAX), ["b"]);
    }
}
