//! Which job a command means, and what its end would mean.

use std::io::{self, Write};
use std::sync::Arc;

use jiff::Timestamp;

use crate::analysis::ending::{self, Ending};
use crate::domain::cluster::{Cluster, ClusterId, Job};
use crate::domain::location::Location;
use crate::domain::text::scrub;
use crate::flink::client::Client;
use crate::inventory::catalog::Catalog;
use crate::inventory::{holds, marks};
use crate::store::local::LocalStore;

use super::args::Connect;
use super::report::{Report, ReportKind};

/// A client for each cluster that the flags name.
///
/// # Errors
/// When there is none, or one cannot be used.
pub fn clients(flags: &Connect) -> Result<Vec<Client>, Report> {
    let connections = flags.clusters.clone();
    if connections.is_empty() {
        return Err(
            Report::new(ReportKind::Usage, "no cluster is named").hint("name one with --flink URL")
        );
    }
    let clients: Result<Vec<Client>, _> = connections.into_iter().map(Client::new).collect();
    Ok(clients?)
}

/// The job that is meant among those of all clusters, with the client of the one that has it; without a word the only
/// one that runs. What does not answer is said on `err`.
///
/// # Errors
/// When there is none, or several.
pub fn choose(
    flags: &Connect,
    wanted: Option<&str>,
    err: &mut dyn Write,
) -> Result<(Client, Arc<Job>), Report> {
    let mut clients = clients(flags)?;
    let mut clusters = Vec::new();
    let mut failure = None;
    for (at, client) in clients.iter().enumerate() {
        match client.cluster(ClusterId(at as u32), &Timestamp::now) {
            Ok(cluster) => clusters.push(cluster),
            Err(error) => {
                let report = Report::from(error);
                if clients.len() > 1 {
                    writeln!(err, "{report}")?;
                }
                failure = Some(report);
            }
        }
    }
    let found = match wanted {
        Some(wanted) => find(wanted, &clusters),
        // The one that runs elsewhere may be meant.
        None if failure.is_some() && !clusters.is_empty() => Err(Report::new(
            ReportKind::Usage,
            "not every cluster answers, so that the only job cannot be told",
        )
        .hint("name the job")),
        None => only(&clusters),
    };
    let (cluster, job) = match (found, failure) {
        (Ok((cluster, job)), _) => (cluster.id.0 as usize, job.clone()),
        // It may be one of those that cannot be seen.
        (Err(report), Some(failure)) if report.kind == ReportKind::NothingFound => {
            return Err(failure);
        }
        (Err(report), _) => return Err(report),
    };
    Ok((clients.swap_remove(cluster), job))
}

/// Says what becomes of a job's checkpoints when it ends so: by their own record where they lie on this machine.
///
/// # Errors
/// When it cannot be written.
pub fn tell_consequence(job: &Job, ending: Ending, err: &mut dyn Write) -> io::Result<()> {
    let mut catalog = Catalog::default();
    for place in job.checkpoints.iter().filter_map(|it| it.path.as_ref()) {
        catalog.look_at(&LocalStore, place);
    }
    let now = Timestamp::now();
    catalog.settle(now);
    let left = ending::left(job, ending, catalog.rows());
    writeln!(
        err,
        "stateward: {}",
        ending::consequence(job, ending, &left)
    )?;
    let places: Vec<Location> = catalog.rows().map(|row| row.location.clone()).collect();
    let (marks, _) = marks::read(&[], &places);
    let (holds, _) = holds::read(&[], &places);
    match ending::at_stake(&left, &marks, &holds, now) {
        Some(also) => writeln!(err, "stateward: {also}"),
        None => Ok(()),
    }
}

/// The only job that is not over.
fn only(clusters: &[Cluster]) -> Result<(&Cluster, &Arc<Job>), Report> {
    let alive: Vec<(&Cluster, &Arc<Job>)> = clusters
        .iter()
        .flat_map(|cluster| cluster.jobs.iter().map(move |job| (cluster, job)))
        .filter(|(_, job)| !job.state.is_over())
        .collect();
    match alive.as_slice() {
        [only] => Ok(*only),
        [] => Err(Report::new(ReportKind::NothingFound, "no job runs")),
        several => {
            let names: Vec<String> = several
                .iter()
                .map(|(_, job)| format!("{} ({})", job.name, job.id))
                .collect();
            Err(Report::new(
                ReportKind::Usage,
                format!("{} jobs run, and none is named", several.len()),
            )
            .hint(format!("name one: {}", names.join(", "))))
        }
    }
}

/// The one job that is meant: by id, by the start of one, or by name.
///
/// # Errors
/// When there is none, or several.
pub fn find<'a>(
    wanted: &str,
    clusters: &'a [Cluster],
) -> Result<(&'a Cluster, &'a Arc<Job>), Report> {
    let id = wanted.to_ascii_lowercase();
    let is_start = wanted.len() >= 4 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let matching = |named: bool| -> Vec<(&Cluster, &Arc<Job>)> {
        clusters
            .iter()
            .flat_map(|cluster| cluster.jobs.iter().map(move |job| (cluster, job)))
            .filter(|(_, job)| {
                if named {
                    job.name == wanted
                } else {
                    is_start && job.id.to_string().starts_with(&id)
                }
            })
            .collect()
    };
    let mut found = matching(true);
    if found.is_empty() {
        found = matching(false);
    }
    // Names and first digits are shared by runs of one program: the one that lives is meant, not those before it.
    let alive: Vec<_> = found
        .iter()
        .copied()
        .filter(|(_, job)| !job.state.is_over())
        .collect();
    if alive.len() == 1 {
        found = alive;
    }
    match found.as_slice() {
        [only] => Ok(*only),
        [] => Err(Report::new(
            ReportKind::NothingFound,
            format!("no job `{}`", scrub(wanted)),
        )
        .hint("`stateward jobs` without one lists them all")),
        several => {
            let ids: Vec<String> = several
                .iter()
                .map(|(cluster, job)| format!("{} ({} on {})", job.id, job.state, cluster.name))
                .collect();
            Err(Report::new(
                ReportKind::Usage,
                format!("`{}` is the name of {} jobs", scrub(wanted), several.len()),
            )
            .hint(format!("name one by its id: {}", ids.join(", "))))
        }
    }
}
