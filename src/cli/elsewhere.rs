//! Whether something newer than what would be restarted from may lie where nobody looked.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::analysis::overlay;
use crate::domain::cluster::{CheckpointStatus, Cluster, Job};
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::snapshot::{Lineage, Snapshot};
use crate::domain::text::shell_quoted;
use crate::inventory::layout;
use crate::inventory::opened::Opened;
use crate::store::{Stat, Store as _};

use super::args::Latest;
use super::latest::Pick;
use super::report::{Report, ReportKind};

/// A job whose directory changed within this time of being made never kept a checkpoint in it.
const NEVER_WROTE: SignedDuration = SignedDuration::from_secs(2);
/// Clocks of clusters and of file systems may differ by so much.
const SKEW: SignedDuration = SignedDuration::from_secs(5);

/// What may be newer elsewhere: a snapshot that a cluster says its job keeps, or what jobs stopped with that wrote beside
/// a checkpoint and left nothing there. A mark, or a lineage that was named, is somebody's decision: then it is no more
/// than a remark.
///
/// # Errors
/// When nobody has decided.
pub(super) fn newer(
    args: &Latest,
    opened: &Opened,
    clusters: &[Arc<Cluster>],
    lineage: &Lineage,
    pick: &Pick<'_>,
) -> Result<Option<String>, Report> {
    let Some(row) = pick.row else {
        return Ok(None);
    };
    let remark = kept(opened, clusters, lineage, row)
        .or_else(|| went_on(opened, clusters, lineage, row))
        .or_else(|| left_nothing(opened, row));
    let Some(remark) = remark else {
        return Ok(None);
    };
    if pick.mark.is_some() || args.lineage.is_some() {
        return Ok(Some(remark));
    }
    Err(Report::new(ReportKind::NothingFound, remark).hint(format!(
        "name its directory as well; --lineage {} takes {} all the same",
        shell_quoted(&lineage.name),
        row.name
    )))
}

/// A newer snapshot that a job of the lineage keeps by its cluster's word, and that is not in sight.
fn kept(
    opened: &Opened,
    clusters: &[Arc<Cluster>],
    lineage: &Lineage,
    chosen: &Snapshot,
) -> Option<String> {
    let done = chosen.completed_at? + SKEW;
    let rows: Vec<&Snapshot> = opened.catalog.rows().map(|row| &**row).collect();
    let in_lineage = |path: &Location| {
        let mut own = rows.iter().filter(|row| row.lineage == lineage.id);
        own.any(|row| overlay::is_at(path, row))
    };
    let goes_on = |job: &Job| {
        let restored = job.restored.as_ref().and_then(|it| it.path.as_ref());
        lineage.jobs.contains(&job.id) || restored.is_some_and(&in_lineage)
    };
    let (job, newest) = overlay::jobs(clusters)
        .filter(|(_, job)| goes_on(job))
        .flat_map(|(_, job)| job.checkpoints.iter().map(move |it| (job, it)))
        .filter(|(_, it)| it.status == CheckpointStatus::Completed && !it.discarded)
        .filter(|(_, it)| it.acknowledged_at.is_some_and(|at| at > done))
        .filter_map(|(job, it)| Some((job, it.acknowledged_at?, it.path.as_ref()?)))
        .filter(|(_, _, path)| !rows.iter().any(|row| overlay::is_at(path, row)))
        .max_by_key(|(_, at, _)| *at)
        .map(|(job, _, path)| (job, path))?;
    Some(format!(
        "Flink keeps a newer one of job {} ({}) where nobody looked: {}",
        job.name,
        job.id,
        newest.shown()
    ))
}

/// A job that went on with the lineage later, by a note of its restart, and of which nothing is in sight. What a cluster
/// knows of a job says more.
fn went_on(
    opened: &Opened,
    clusters: &[Arc<Cluster>],
    lineage: &Lineage,
    chosen: &Snapshot,
) -> Option<String> {
    let done = chosen.completed_at?;
    let rows: Vec<&Snapshot> = opened.catalog.rows().map(|row| &**row).collect();
    let told = |job: JobId| overlay::jobs(clusters).any(|(_, it)| it.id == job);
    let in_sight = |job: JobId| {
        let prefix = job.savepoint_prefix();
        let is_its =
            |row: &&&Snapshot| row.job_id == Some(job) || row.job_prefix.as_ref() == Some(&prefix);
        rows.iter().any(|row| is_its(&row))
    };
    let mut later = opened.catalog.histories().filter(|history| {
        let restored = history.restored.as_ref();
        history.started_at.is_some_and(|at| at > done)
            && !told(history.job)
            && !in_sight(history.job)
            && restored.is_some_and(|path| {
                let mut own = rows.iter().filter(|row| row.lineage == lineage.id);
                own.any(|row| overlay::is_at(path, row))
            })
    });
    later.next().map(|history| {
        format!(
            "job {} went on with it later, and nothing of that job is in sight",
            history.job
        )
    })
}

/// Jobs that wrote beside a checkpoint later, and left nothing there.
fn left_nothing(opened: &Opened, chosen: &Snapshot) -> Option<String> {
    let (jobs, later) = later_jobs(opened, chosen)?;
    let (who, they) = if later == 1 {
        ("a job has".to_owned(), "it")
    } else {
        (format!("{later} jobs have"), "they")
    };
    Some(format!(
        "{who} written below {} since and left nothing there; what {they} stopped with may be a newer savepoint elsewhere",
        jobs.shown()
    ))
}

/// The directory that holds those of jobs, and how many of them wrote after a checkpoint completed and hold nothing.
fn later_jobs(opened: &Opened, chosen: &Snapshot) -> Option<(Location, usize)> {
    let (_, done) = (layout::job_of(&chosen.location)?, chosen.completed_at?);
    let jobs = chosen.location.parent()?.parent()?;
    let wrote = |stat: Stat| {
        let lived = stat.modified.zip(stat.created);
        let lived = lived.map(|(last, first)| last.duration_since(first));
        lived.is_none_or(|lived| !(SignedDuration::ZERO..NEVER_WROTE).contains(&lived))
    };
    let mut later = 0;
    let listed = opened.store.list_with_stat(&jobs, &mut |entry, stat| {
        let place = jobs.child(&entry.name);
        let is_job = JobId::from_hex(&entry.name).is_ok();
        let mut rows = opened.catalog.rows();
        let is_later = stat.modified.is_some_and(|at| at > done) && wrote(stat);
        if is_job && is_later && !rows.any(|row| row.location.is_within(&place)) {
            later += 1;
        }
    });
    (listed.is_ok() && later > 0).then_some((jobs, later))
}
