//! What Flink does with a snapshot, and when.
//!
//! From version 4 on a snapshot carries five flags of its own
//! (`org.apache.flink.runtime.checkpoint.CheckpointProperties`); before, only what holds for every setting is known.
//! The setting is `execution.checkpointing.externalized-checkpoint-retention` of the job that took it.

use crate::domain::cluster::Retention;
use crate::domain::snapshot::{Fate, Kind, Verdict};
use crate::metadata::model::{CheckpointProperties, PropertiesBlock, SnapshotType};

/// The fate of a snapshot of this kind.
pub fn fate(kind: Kind, properties: Option<&PropertiesBlock>) -> Fate {
    match properties {
        Some(PropertiesBlock::Known(properties)) => recorded(properties),
        _ if kind == Kind::Savepoint => inferred([Verdict::Kept; 5], "its being a savepoint"),
        Some(PropertiesBlock::Absent) => {
            checkpoint_without_flags("metadata before version 4, which does not record it")
        }
        Some(PropertiesBlock::Unreadable(_)) => checkpoint_without_flags(
            "what holds for every setting, since its own record cannot be read",
        ),
        Some(PropertiesBlock::Null) | None => {
            checkpoint_without_flags("what holds for every setting, since it has no metadata")
        }
    }
}

fn recorded(properties: &CheckpointProperties) -> Fate {
    let verdict = |discard| {
        if discard {
            Verdict::Deleted
        } else {
            Verdict::Kept
        }
    };
    let CheckpointProperties {
        discard_subsumed,
        discard_finished,
        discard_cancelled,
        discard_failed,
        discard_suspended,
        ..
    } = *properties;
    let ends = [
        discard_finished,
        discard_cancelled,
        discard_failed,
        discard_suspended,
    ];
    let because = match (&properties.snapshot_type, discard_subsumed, ends) {
        (SnapshotType::Savepoint { .. }, false, [false, false, false, false]) => "a savepoint",
        (SnapshotType::Checkpoint { .. }, true, [true, true, true, true]) => {
            "NO_EXTERNALIZED_CHECKPOINTS"
        }
        (SnapshotType::Checkpoint { .. }, true, [true, true, false, true]) => {
            "DELETE_ON_CANCELLATION"
        }
        (SnapshotType::Checkpoint { .. }, true, [true, false, false, false]) => {
            "RETAIN_ON_CANCELLATION"
        }
        _ => "flags that match none of Flink's settings",
    };
    Fate {
        subsumed: verdict(discard_subsumed),
        finished: verdict(discard_finished),
        cancelled: verdict(discard_cancelled),
        failed: verdict(discard_failed),
        suspended: verdict(discard_suspended),
        inferred: false,
        because: because.to_owned(),
    }
}

/// The fate of the checkpoints of a job that is set to this; what its ends do is unknown where that is.
pub fn by_retention(retention: Option<Retention>, because: String) -> Fate {
    let kept = |is_kept: bool| {
        if is_kept {
            Verdict::Kept
        } else {
            Verdict::Deleted
        }
    };
    let [on_cancel, on_failure] = retention.map_or([Verdict::Unknown; 2], |it| {
        [
            kept(it == Retention::RetainOnCancellation),
            kept(it != Retention::NoExternalizedCheckpoints),
        ]
    });
    Fate {
        because,
        ..inferred(
            [
                Verdict::Deleted,
                Verdict::Deleted,
                on_cancel,
                on_failure,
                on_cancel,
            ],
            "",
        )
    }
}

/// The fate of what other jobs may have claimed: as a claimed one it goes with theirs, else it stays.
pub fn named_by_others(because: &str) -> Fate {
    inferred([Verdict::Unknown; 5], because)
}

/// The fate of what an earlier run of a job's id took: no end of a job touches it any more.
pub fn of_earlier_run(job: &str) -> Fate {
    inferred(
        [Verdict::Kept; 5],
        &format!("its being of an earlier run of job {job}"),
    )
}

/// The fate of a directory that Flink gave up: nobody deletes it but the user.
pub fn left_behind() -> Fate {
    inferred(
        [Verdict::Kept; 5],
        "its being left behind, which Flink does not clean up",
    )
}

/// Under every setting checkpoints go when subsumed and when the job finishes; the rest depends on the setting.
fn checkpoint_without_flags(because: &str) -> Fate {
    use Verdict::{Deleted, Unknown};
    inferred([Deleted, Deleted, Unknown, Unknown, Unknown], because)
}

fn inferred(
    [subsumed, finished, cancelled, failed, suspended]: [Verdict; 5],
    because: &str,
) -> Fate {
    Fate {
        subsumed,
        finished,
        cancelled,
        failed,
        suspended,
        inferred: true,
        because: because.to_owned(),
    }
}
