//! What the program is shown in a pseudo terminal.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::program::{copy, fixture, only};
use crate::pty::{Start, start};

/// A copy of a tree that Flink wrote, older than a day, so that no age on the screen changes while a test runs.
pub(crate) struct Tree {
    temp: tempfile::TempDir,
}

impl Tree {
    /// The scenario with three retained checkpoints and two savepoints of one job; `chk-7` is the newest, `chk-4` the
    /// oldest of the three, and the savepoints are older still.
    pub(crate) fn hashmap() -> Self {
        let temp = tempfile::tempdir().unwrap();
        copy(&fixture("flink-2.3.0/hashmap"), &temp.path().join("root"));
        let tree = Self { temp };
        let savepoints = fs::read_dir(tree.root().join("savepoints")).unwrap();
        let mut snapshots: Vec<PathBuf> = ["chk-7", "chk-6", "chk-4"]
            .map(|name| tree.job().join(name))
            .to_vec();
        snapshots.extend(savepoints.map(|entry| entry.unwrap().path()));
        for (days, snapshot) in (2..).step_by(2).zip(snapshots) {
            let file = File::options()
                .write(true)
                .open(snapshot.join("_metadata"))
                .unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(days * 86_400 + 3_600))
                .unwrap();
        }
        tree
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.temp.path().join("root")
    }

    /// A place beside the root.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    pub(crate) fn job(&self) -> PathBuf {
        only(&self.root().join("checkpoints"), "")
    }

    /// The program on it.
    pub(crate) fn start(&self) -> Start {
        start([self.root()])
    }
}
