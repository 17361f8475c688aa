//! What of that which a cluster tells is worth recording: what is not as it was when it was told last.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::domain::cluster::{Checkpoint, Cluster, ClusterId, Contact, Failure, Job};
use crate::domain::event::What;
use crate::domain::id::{CheckpointId, JobId};
use crate::domain::location::Location;
use crate::domain::text::without_password;

/// Where a cluster answers and says nothing new, that is written down this often: more often than its answers count as old.
const BEAT: SignedDuration = SignedDuration::from_secs(5);

/// What was told of each cluster.
#[derive(Debug, Default)]
pub(super) struct Clusters {
    known: BTreeMap<ClusterId, Known>,
}

#[derive(Debug)]
struct Known {
    /// All but its jobs.
    cluster: Cluster,
    order: Vec<JobId>,
    jobs: HashMap<JobId, Arc<Job>>,
}

impl Clusters {
    /// What is new, jobs first.
    pub(super) fn hear(&mut self, cluster: &Cluster, now: Timestamp) -> Vec<What> {
        let mut told = Vec::new();
        let id = cluster.id;
        let known = self.known.get(&id);
        for job in &cluster.jobs {
            let before = known.and_then(|known| known.jobs.get(&job.id));
            tell_job(id, job, before.map(|it| &**it), &mut told);
        }
        let head = head(cluster);
        let order: Vec<JobId> = cluster.jobs.iter().map(|job| job.id).collect();
        let is_new = known
            .is_none_or(|known| order != known.order || tells_more(&head, &known.cluster, now));
        if is_new {
            told.push(What::Cluster {
                cluster: Box::new(head.clone()),
                jobs: order.clone(),
            });
        }
        let jobs = cluster.jobs.iter().map(|job| (job.id, job.clone()));
        let cluster = match known {
            // When it was last told counts, not when it was last heard.
            Some(known) if !is_new => known.cluster.clone(),
            _ => head,
        };
        let jobs = jobs.collect();
        self.known.insert(
            id,
            Known {
                cluster,
                order,
                jobs,
            },
        );
        told
    }
}

fn tells_more(now: &Cluster, before: &Cluster, at: Timestamp) -> bool {
    let same_but_later = Cluster {
        contact: before.contact.clone(),
        ..now.clone()
    } == *before;
    match (&before.contact, &now.contact) {
        (Contact::Answering { at: last }, Contact::Answering { .. }) if same_but_later => {
            at.duration_since(*last) >= BEAT
        }
        (before, now) => !same_but_later || before != now,
    }
}

fn tell_job(cluster: ClusterId, job: &Arc<Job>, before: Option<&Job>, told: &mut Vec<What>) {
    if before == Some(&**job) {
        return;
    }
    let remembered =
        |job: &Job| -> Vec<CheckpointId> { job.checkpoints.iter().map(|it| it.id).collect() };
    let ids = remembered(job);
    let plain = plain(job);
    let is_new =
        before.is_none_or(|before| self::plain(before) != plain || remembered(before) != ids);
    if is_new {
        told.push(What::Job {
            cluster,
            job: Box::new(plain),
            checkpoints: ids,
        });
    }
    for checkpoint in &job.checkpoints {
        let known = before.and_then(|before| before.checkpoint(checkpoint.id));
        if known != Some(checkpoint) {
            told.push(What::Checkpoint {
                cluster,
                job: job.id,
                checkpoint: Box::new(safe_checkpoint(checkpoint)),
            });
        }
    }
}

/// All but its jobs, without what a recording must not hold.
fn head(cluster: &Cluster) -> Cluster {
    let mut head = Cluster {
        jobs: Vec::new(),
        url: without_password(&cluster.url).into_owned(),
        name: without_password(&cluster.name).into_owned(),
        ..cluster.clone()
    };
    if let Some(settings) = &mut head.settings {
        hide(&mut settings.checkpoint_directory);
        hide(&mut settings.savepoint_directory);
    }
    if let Contact::Silent { reason, .. } = &mut head.contact {
        *reason = without_password(reason).into_owned();
    }
    head
}

/// All but its checkpoints, likewise.
fn plain(job: &Job) -> Job {
    let mut plain = Job {
        checkpoints: Vec::new(),
        failure: safe_failure(job.failure.as_ref()),
        ..job.clone()
    };
    if let Some(restored) = &mut plain.restored {
        hide(&mut restored.path);
    }
    if let Some(checkpointing) = &mut plain.checkpointing
        && let Some(storage) = &mut checkpointing.storage
    {
        *storage = without_password(storage).into_owned();
    }
    plain
}

fn safe_checkpoint(checkpoint: &Checkpoint) -> Checkpoint {
    let mut safe = Checkpoint {
        failure: safe_failure(checkpoint.failure.as_ref()),
        ..checkpoint.clone()
    };
    hide(&mut safe.path);
    safe
}

fn safe_failure(failure: Option<&Failure>) -> Option<Failure> {
    failure.map(|it| Failure {
        cause: without_password(&it.cause).into_owned(),
        ..it.clone()
    })
}

fn hide(place: &mut Option<Location>) {
    if let Some(at) = place
        && let Ok(text) = std::str::from_utf8(at.as_bytes())
        && let std::borrow::Cow::Owned(safe) = without_password(text)
    {
        *at = Location::parse(safe.as_bytes());
    }
}
