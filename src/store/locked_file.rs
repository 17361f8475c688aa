//! A file whose lock ends when we say so.

use std::fs::File;

/// A locked file, unlocked when this is dropped.
///
/// To close it would not be enough: a process that was started meanwhile has inherited what is open until it runs its own
/// program, and the lock with it, so that for a moment we would find ourselves locked out by ourselves.
#[derive(Debug)]
pub(super) struct LockedFile(File);

impl LockedFile {
    /// Of one that is locked.
    pub(super) fn of(file: File) -> Self {
        Self(file)
    }
}

impl Drop for LockedFile {
    fn drop(&mut self) {
        // Where it cannot be unlocked, closing it still does so.
        let _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_child_inherited_does_not_keep_it_locked() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let file = File::create(&path).unwrap();
        file.try_lock().unwrap();
        // Another descriptor of the same open file, as a child has it.
        let _inherited = file.try_clone().unwrap();
        drop(LockedFile::of(file));
        File::open(&path).unwrap().try_lock().unwrap();
    }
}
