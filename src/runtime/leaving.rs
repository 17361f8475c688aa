//! The end of the program while files are being moved: that is halted, and told with how to go on.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::Runtime;
use crate::action::unfinished;

/// So long is waited for what moves files to come to the end of one. Whoever leaves is not kept from it by a store that
/// hangs.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was done with files here.
pub(super) struct Work {
    /// In which root, and by which batch.
    batches: BTreeSet<(PathBuf, String)>,
    /// Who is at work holds one; nobody sends.
    busy: Sender<()>,
    idle: Receiver<()>,
}

/// Shows that somebody is at work.
pub(super) struct AtWork(#[expect(dead_code, reason = "it tells by being dropped")] Sender<()>);

impl Default for Work {
    fn default() -> Self {
        let (busy, idle) = unbounded();
        Self {
            batches: BTreeSet::new(),
            busy,
            idle,
        }
    }
}

impl Runtime {
    /// Notes that files of these batches are about to be moved, by whoever keeps the answer until that is over.
    pub(super) fn at_work(&self, on: impl Iterator<Item = (PathBuf, String)>) -> AtWork {
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        work.batches.extend(on);
        AtWork(work.busy.clone())
    }

    /// Halts everything that moves files, waits until it has stopped, and says in a sentence each what of it is left
    /// half-way, and how to go on with it: asking the same clusters, which `asked` names as flags, each after a space.
    pub fn leave(&self, asked: &str) -> Vec<String> {
        for halt in self
            .halts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
        {
            halt.store(true, Ordering::Relaxed);
        }
        let mut work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
        let Work { batches, idle, .. } = std::mem::take(&mut *work);
        if batches.is_empty() {
            return Vec::new();
        }
        // It ends once nobody holds the other side any more.
        let _ = idle.recv_timeout(PATIENCE);
        unfinished::left(&batches)
            .iter()
            .map(|it| it.sentence(asked))
            .collect()
    }
}
