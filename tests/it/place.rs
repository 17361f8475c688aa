//! A place with snapshots in it, and a state directory of its own.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::program::{copy, fixture, only, stateward};

/// A copy of what Flink wrote, and a state directory of its own.
pub(crate) struct Place {
    temp: tempfile::TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        copy(&fixture("flink-2.3.0/hashmap"), &temp.path().join("root"));
        Self { temp }
    }

    pub(crate) fn path(&self) -> &Path {
        self.temp.path()
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.path().join("root")
    }

    pub(crate) fn checkpoints(&self) -> PathBuf {
        self.path().join("root/checkpoints")
    }

    pub(crate) fn job(&self) -> PathBuf {
        only(&self.checkpoints(), "39db2a")
    }

    pub(crate) fn chk(&self, number: u64) -> PathBuf {
        self.job().join(format!("chk-{number}"))
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.path().join("state")
    }

    pub(crate) fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = stateward();
        command.args(args).env("XDG_STATE_HOME", self.state());
        command
    }

    pub(crate) fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Output {
        self.command(args).output().unwrap()
    }
}
