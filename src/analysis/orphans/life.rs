//! Whether the job of a directory lives, or another one that was restored from there.

use std::sync::Arc;

use super::Home;
use crate::analysis::overlay;
use crate::domain::cluster::{Cluster, Contact, Job};
use crate::domain::id::JobId;
use crate::domain::location::Location;

/// What clusters say of the jobs that have to do with a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Life {
    /// One lives, in words.
    Lives(String),
    /// It cannot be told, in words.
    Silent(String),
    /// Its job is over, and no other has to do with it.
    Over,
    /// No cluster knows it, or none was asked.
    NotKnown,
}

pub(super) fn of(home: &Home, clusters: &[Arc<Cluster>]) -> Life {
    let mut is_over = false;
    let mut silent = None;
    for (cluster, job) in overlay::jobs(clusters) {
        let Some(how) = concerned(home, job) else {
            continue;
        };
        if job.state.is_over() {
            // That it is over settles what was written until then.
            is_over |= how == Concerned::Owns && overlay::is_over_by(job, home.activity.newest);
            continue;
        }
        let who = format!("job {} ({}) on {}", job.name, job.id, cluster.name);
        if answers(cluster) {
            return Life::Lives(match how {
                Concerned::Owns => format!("its {who} lives"),
                Concerned::Restored => format!("{who} lives, and was restored from there"),
            });
        }
        silent = Some(format!("{who} lived, and the cluster does not answer now"));
    }
    // One that does not answer may run anything by now, also a job that was restored from there.
    let mute = clusters.iter().find(|cluster| !answers(cluster));
    match (silent, mute) {
        (Some(silent), _) => Life::Silent(silent),
        (None, Some(mute)) => Life::Silent(format!(
            "{} does not answer, and may run a job that needs it",
            mute.name
        )),
        (None, None) if is_over => Life::Over,
        (None, None) => Life::NotKnown,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Concerned {
    Owns,
    Restored,
}

/// What a job has to do with a directory.
fn concerned(home: &Home, job: &Job) -> Option<Concerned> {
    // An id of zeros is shared by every job of application clusters with high availability: while one of them lives, it may be
    // any of theirs; that one is over says nothing of the others.
    let owns = if home.job == Some(JobId::ZERO) {
        job.id == JobId::ZERO && !job.state.is_over()
    } else {
        home.job == Some(job.id)
    };
    let writes = || {
        let paths = job.checkpoints.iter().filter_map(|it| it.path.as_ref());
        paths.into_iter().any(|path| is_inside(path, home))
    };
    if owns || writes() {
        return Some(Concerned::Owns);
    }
    let restored = job.restored.as_ref().and_then(|it| it.path.as_ref());
    restored
        .is_some_and(|path| is_inside(path, home))
        .then_some(Concerned::Restored)
}

/// Whether a path of Flink's leads into a directory: by its place, or by the job that both are named after. A savepoint is the
/// same wherever it lies.
fn is_inside(path: &Location, home: &Home) -> bool {
    let by_place = path.canonical().is_within(&home.at.canonical());
    let parent = path.parent();
    let of_job = parent.and_then(|parent| JobId::from_hex(parent.name()).ok());
    let by_job = of_job.is_some_and(|job| home.job == Some(job));
    let is_savepoint = path.name().starts_with(b"savepoint-") && path.name() == home.at.name();
    by_place || by_job || is_savepoint
}

fn answers(cluster: &Cluster) -> bool {
    matches!(cluster.contact, Contact::Answering { .. })
}
