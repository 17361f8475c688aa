//! What a release of Flink cannot do, said before it is asked: some of it would kill the job.

use crate::domain::claim::ClaimMode;
use crate::domain::cluster::Job;
use crate::domain::location::Location;
use crate::flink::operate::{CheckpointType, SavepointFormat};

use super::operation::{OperationError, OperationErrorKind};

/// A release as numbers, `(2, 3)`, where it is known.
pub(super) type Release = Option<(u32, u32)>;

fn refused(message: impl Into<String>) -> OperationError {
    OperationError::new(OperationErrorKind::Refused, message)
}

/// What speaks against any work of a job that is over.
pub(super) fn of_ended(job: &Job) -> Result<(), OperationError> {
    if job.state.is_over() {
        return Err(refused(format!(
            "job {} ({}) is {} already",
            job.name, job.id, job.state
        )));
    }
    Ok(())
}

/// What speaks against a directory: a relative one would be below wherever the JobManager was started.
pub(super) fn of_directory(directory: Option<&str>) -> Result<(), OperationError> {
    let is_whole = |it: &str| {
        let scheme = it.split_once(":/").map(|(scheme, _)| scheme);
        it.starts_with('/')
            || scheme.is_some_and(|it| {
                !it.is_empty()
                    && it
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
            })
    };
    match directory {
        Some(directory) if !is_whole(directory) => Err(refused(format!(
            "`{}` is a relative directory, which Flink would take from wherever its JobManager was started; name it \
             from its root, or as a URI such as s3://bucket/savepoints",
            crate::domain::text::scrub(directory)
        ))),
        _ => Ok(()),
    }
}

/// What speaks against a savepoint in a format.
pub(super) fn of_savepoint(
    release: Release,
    job: &Job,
    format: SavepointFormat,
) -> Result<(), OperationError> {
    of_ended(job)?;
    let checkpointing = job.checkpointing.as_ref();
    let changelog = checkpointing.is_some_and(|it| it.changelog == Some(true));
    let forst = checkpointing
        .and_then(|it| it.state_backend.as_deref())
        .is_some_and(|it| it.contains("ForSt"));
    match (format, release) {
        (SavepointFormat::Native, Some(release)) if release < (1, 15) => Err(refused(
            "releases before 1.15 know no native savepoints",
        )
        .hint("ask for a canonical one")),
        (SavepointFormat::Native, Some(release)) if changelog && release < (1, 20) => {
            Err(refused(format!(
                "a native savepoint would fail job {}: before 1.20 the changelog state backend cannot write one",
                job.name
            ))
            .hint("ask for a canonical one"))
        }
        (SavepointFormat::Canonical, _) if forst => Err(refused(format!(
            "a canonical savepoint would fail job {}: the ForSt state backend cannot write one",
            job.name
        ))
        .hint("ask for a native one")),
        _ => Ok(()),
    }
}

/// What speaks against a checkpoint on request.
pub(super) fn of_checkpoint(
    release: Release,
    job: &Job,
    what: CheckpointType,
) -> Result<(), OperationError> {
    of_ended(job)?;
    match (what, release) {
        (_, Some(release)) if release < (1, 17) => Err(refused(
            "releases before 1.17 take no checkpoint on request",
        )
        .hint("ask for a savepoint")),
        (CheckpointType::Incremental, Some(release)) if release >= (1, 19) => Err(refused(
            "releases since 1.19 take no incremental checkpoint on request (FLINK-33723)",
        )
        .hint("ask for one as configured, or a full one")),
        _ => Ok(()),
    }
}

/// What speaks against a claim mode.
pub(super) fn of_claim(release: Release, mode: ClaimMode) -> Result<(), OperationError> {
    match (mode, release) {
        (_, None) => Ok(()),
        (_, Some(release)) if mode.is_known_to(release) => Ok(()),
        (ClaimMode::NoClaim | ClaimMode::Claim, _) => {
            Err(refused("releases before 1.15 know no claim modes")
                .hint("restart in legacy mode, which is how they behave"))
        }
        (ClaimMode::Legacy, _) => {
            Err(refused("releases since 2.4 have no legacy mode").hint("use claim or no-claim"))
        }
    }
}

/// Whether two paths name the same snapshot: Flink writes `file:/` and `file:///`, and takes a directory as well as the
/// `_metadata` in it.
pub(super) fn is_same(one: &Location, other: &Location) -> bool {
    let directory = |it: &Location| {
        let parent = it.parent().filter(|_| it.name() == b"_metadata");
        parent.unwrap_or_else(|| it.clone()).canonical()
    };
    directory(one) == directory(other)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::cluster::{Checkpointing, JobState, Retention};
    use crate::domain::id::JobId;

    fn job(backend: &str, changelog: bool) -> Job {
        Job {
            id: JobId([1; 16]),
            name: "fraud".to_owned(),
            state: JobState::Running,
            state_since: None,
            started_at: None,
            ended_at: None,
            restarts: None,
            vertices: Vec::new(),
            checkpointing: Some(Checkpointing {
                mode: "exactly_once".to_owned(),
                interval: None,
                timeout: None,
                min_pause: None,
                max_concurrent: None,
                retention: Retention::RetainOnCancellation,
                state_backend: Some(backend.to_owned()),
                storage: None,
                unaligned: None,
                aligned_timeout: None,
                tolerable_failures: None,
                after_tasks_finish: None,
                changelog: Some(changelog),
            }),
            counts: None,
            checkpoints: Vec::new(),
            restored: None,
            failure: None,
        }
    }

    #[test]
    fn what_would_kill_a_job_is_refused_and_nothing_else() {
        use SavepointFormat::{Canonical, Native};
        let plain = job("HashMapStateBackend", false);
        let forst = job("ForStStateBackend", false);
        let changelog = job("HashMapStateBackend", true);
        let says = |release, job, format| of_savepoint(Some(release), job, format).err();
        assert_eq!(says((2, 3), &plain, Canonical), None);
        assert_eq!(says((2, 3), &plain, Native), None);
        assert_eq!(says((2, 3), &forst, Native), None);
        assert!(
            says((2, 3), &forst, Canonical)
                .unwrap()
                .message
                .contains("ForSt")
        );
        assert!(
            says((1, 19), &changelog, Native)
                .unwrap()
                .message
                .contains("changelog")
        );
        assert_eq!(says((1, 20), &changelog, Native), None);
        assert_eq!(says((1, 19), &changelog, Canonical), None);
        assert!(says((1, 14), &plain, Native).is_some());
        let over = Job {
            state: JobState::Finished,
            ..plain.clone()
        };
        assert!(
            says((2, 3), &over, Canonical)
                .unwrap()
                .message
                .contains("FINISHED")
        );
    }

    #[test]
    fn checkpoints_that_a_release_does_not_take_are_refused() {
        use CheckpointType::{Configured, Incremental};
        let job = job("HashMapStateBackend", false);
        let refused = |release, what| of_checkpoint(Some(release), &job, what).is_err();
        assert!(refused((1, 16), Configured));
        assert!(!refused((1, 17), Configured));
        assert!(!refused((1, 18), Incremental));
        assert!(refused((1, 19), Incremental));
    }

    #[test]
    fn claim_modes_follow_the_release() {
        let refused = |release, mode| of_claim(Some(release), mode).is_err();
        assert!(refused((1, 14), ClaimMode::NoClaim));
        assert!(!refused((1, 14), ClaimMode::Legacy));
        assert!(!refused((1, 20), ClaimMode::Legacy));
        assert!(!refused((2, 3), ClaimMode::Legacy));
        assert!(refused((2, 4), ClaimMode::Legacy));
    }

    #[test]
    fn paths_are_compared_by_what_they_name() {
        let same = |one: &str, other: &str| {
            is_same(
                &Location::parse(one.as_bytes()),
                &Location::parse(other.as_bytes()),
            )
        };
        assert!(same("file:///a/chk-1", "file:/a/chk-1/"));
        assert!(same("file:/a/chk-1/_metadata", "file:///a/chk-1"));
        assert!(same("s3://b/a/chk-1", "s3://b/a/chk-1/"));
        assert!(!same("s3://b/a/chk-1", "s3://b/a/chk-11"));
        assert!(!same("s3://b/a/chk-1", "s3://c/a/chk-1"));
    }
}
