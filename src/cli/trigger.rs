//! `stateward trigger`: a savepoint or checkpoint now.

use std::io::Write;

use crate::action::operation::Request;
use crate::flink::operate::{CheckpointType, SavepointFormat};

use super::args::{CheckpointTypeName, SavepointFormatName, Trigger, TriggerWhat};
use super::report::{Outcome, Report};
use super::{connect, job, operate};

impl From<SavepointFormatName> for SavepointFormat {
    fn from(name: SavepointFormatName) -> Self {
        match name {
            SavepointFormatName::Canonical => Self::Canonical,
            SavepointFormatName::Native => Self::Native,
        }
    }
}

impl From<CheckpointTypeName> for CheckpointType {
    fn from(name: CheckpointTypeName) -> Self {
        match name {
            CheckpointTypeName::Configured => Self::Configured,
            CheckpointTypeName::Full => Self::Full,
            CheckpointTypeName::Incremental => Self::Incremental,
        }
    }
}

/// Takes it, and prints where it lies.
///
/// # Errors
/// When nothing may be changed, the job is not there, or Flink fails to take it.
pub fn run(args: &Trigger, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let (wanted, flags) = match &args.what {
        TriggerWhat::Savepoint(it) => (&it.job, &it.operate),
        TriggerWhat::Checkpoint(it) => (&it.job, &it.operate),
    };
    let permission = connect::permission_of(flags.write)?;
    let (client, job) = job::choose(&flags.connect, wanted.as_deref(), err)?;
    let (name, request) = match &args.what {
        TriggerWhat::Savepoint(it) => (
            "savepoint",
            Request::Savepoint {
                job: job.id,
                format: it.savepoint.format.into(),
                directory: it.savepoint.directory.clone(),
            },
        ),
        TriggerWhat::Checkpoint(it) => (
            "checkpoint",
            Request::Checkpoint {
                job: job.id,
                what: it.what.into(),
            },
        ),
    };
    let task = operate::Task {
        name,
        job: Some(job.id),
        request,
        timeout: flags.timeout,
        json: flags.json,
    };
    operate::run(permission, &client, &task, out, err)
}
