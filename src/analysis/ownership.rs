//! Whose a snapshot is: what its row knows from the disk and from notes, and over it what clusters tell. Every screen and every
//! command has it from here, with what becomes of it.
//!
//! Flink deletes what is in a job's `CompletedCheckpointStore`, while that job lives. What outlives its job is the user's,
//! until a job is restored from it with CLAIM: such a job takes it into its own store, under its own properties
//! (`CheckpointCoordinator#restoreSavepoint`), so that REST does not call it a savepoint. With NO_CLAIM and in LEGACY mode
//! REST calls what was restored a savepoint, whatever it was, and Flink never deletes it; LEGACY goes with 2.4.
//!
//! This is what is shown. What may be deleted the guard decides, which takes a claim from here ([`guard`](super::guard)).

use std::borrow::Cow;
use std::sync::Arc;

use super::began;
use super::claim::Claim;
use super::fate;
use super::overlay::{self, Live, SETTLING};
use crate::domain::cluster::{Checkpoint, Cluster, Job};
use crate::domain::id::JobId;
use crate::domain::snapshot::{Fate, Health, Kind, Owner, Snapshot};

/// Whose a snapshot is, and who tells.
#[derive(Debug, Clone)]
pub enum Ownership<'a> {
    /// A job was restored from it with CLAIM, and is not known to be over.
    Claimed(Claim<'a>),
    /// A job was restored from it with CLAIM, and is over.
    Released(Claim<'a>),
    /// Checkpoints of these other jobs name its files: it was claimed, or is leaned on in LEGACY mode, which nothing tells apart.
    BuiltOn(&'a [JobId]),
    /// This job lives and may have been restored from it with CLAIM: after a failure nothing tells what it began with.
    MaybeClaimed(&'a Cluster, &'a Job),
    /// It has no metadata yet, and nothing tells that nobody writes it any more.
    Begun,
    /// It has no metadata, and the job that began it does not go on with it.
    LeftUndone(&'a Cluster, &'a Job),
    /// The job that took it lives.
    Lives(Live<'a>),
    /// The job that took it is over.
    Outlived(Live<'a>),
    /// No cluster tells more than the disk.
    Disk,
}

/// Whose a snapshot is.
pub fn of<'a>(snapshot: &'a Snapshot, clusters: &'a [Arc<Cluster>]) -> Ownership<'a> {
    let live = overlay::live(snapshot, clusters);
    if snapshot.health == Health::InProgress {
        return begun(snapshot, live.as_ref(), clusters);
    }
    let claims = claims(snapshot, live.as_ref(), clusters);
    if let Some(claim) = claims.iter().find(|it| !it.is_over()) {
        return Ownership::Claimed(*claim);
    }
    // What the files tell goes beyond a claim that is over: another job goes on with them.
    if !snapshot.heirs.naming.is_empty() && is_built_on(snapshot, &claims) {
        return Ownership::BuiltOn(&snapshot.heirs.naming);
    }
    let is_kept = live.as_ref().is_some_and(|it| !it.job.state.is_over());
    let is_its_jobs = is_kept && snapshot.kind != Kind::Savepoint;
    let mut maybe = began::may_have_claimed(snapshot, clusters, &[]);
    if let Some((cluster, job)) = maybe.next().filter(|_| !is_its_jobs) {
        return Ownership::MaybeClaimed(cluster, job);
    }
    if let Some(claim) = claims.first() {
        return Ownership::Released(*claim);
    }
    match (live, &snapshot.owner) {
        // Its own job's end does not matter to a savepoint, nor to what was left behind or is named by other jobs.
        (Some(live), Owner::Flink(_) | Owner::You) if snapshot.kind != Kind::Savepoint => {
            if live.job.state.is_over() {
                Ownership::Outlived(live)
            } else {
                Ownership::Lives(live)
            }
        }
        _ => Ownership::Disk,
    }
}

/// Whether other jobs name its files than those that are known to have claimed it.
fn is_built_on(snapshot: &Snapshot, claims: &[Claim<'_>]) -> bool {
    let is_claimer = |job: &JobId| claims.iter().any(|it| it.job == *job);
    let mut naming = snapshot.heirs.naming.iter();
    matches!(snapshot.owner, Owner::Unclear(_)) && !naming.all(is_claimer)
}

/// The claims on a snapshot: of the jobs that live and were restored from it by the word of their clusters, then of those of
/// which that is known otherwise, as after a failover, when a cluster tells no more than that the job went back to a checkpoint of
/// its own. A job goes back to what it took itself as well, which is no claim.
fn claims<'a>(
    snapshot: &'a Snapshot,
    live: Option<&Live<'a>>,
    clusters: &'a [Arc<Cluster>],
) -> Vec<Claim<'a>> {
    let of_job = snapshot.job_id.filter(|id| *id != JobId::ZERO);
    let taker = of_job.or_else(|| live.map(|it| it.job.id));
    let current = overlay::users(snapshot, clusters)
        .filter(|(_, job)| job.restored.as_ref().is_some_and(|it| !it.is_savepoint))
        .map(|(cluster, job)| Claim {
            job: job.id,
            told: Some((&**cluster, &**job)),
            is_current: true,
        });
    let known = snapshot.heirs.claimers().map(|id| Claim {
        job: id,
        told: overlay::jobs(clusters)
            .filter(|(_, job)| job.id == id)
            .min_by_key(|(_, job)| job.state.is_over())
            .map(|(cluster, job)| (&**cluster, &**job)),
        is_current: false,
    });
    let all = current.chain(known);
    all.filter(|it| Some(it.job) != taker).collect()
}

/// Of one without metadata that counts as in progress.
fn begun<'a>(
    snapshot: &Snapshot,
    live: Option<&Live<'a>>,
    clusters: &'a [Arc<Cluster>],
) -> Ownership<'a> {
    let known = live.map(|it| (it.cluster, it.job));
    let Some((cluster, job)) = known.or_else(|| overlay::namesake(snapshot, clusters)) else {
        return Ownership::Begun;
    };
    // What a cluster says is up to three seconds old.
    let asked_later = cluster
        .contact
        .answered_at()
        .zip(snapshot.changed_at)
        .is_some_and(|(asked, changed)| asked.duration_since(changed) > SETTLING);
    let has_none = has_under_way(job, snapshot) == Some(false);
    if job.state.is_over() || (asked_later && has_none) {
        Ownership::LeftUndone(cluster, job)
    } else {
        Ownership::Begun
    }
}

/// Whether a job has under way what may be this snapshot without metadata; unknown where it does not tell of all attempts. Where a
/// savepoint under way will lie it never says.
pub fn has_under_way(job: &Job, snapshot: &Snapshot) -> Option<bool> {
    let is_savepoint = snapshot.kind == Kind::Savepoint;
    let may_be_it = |it: &Checkpoint| {
        it.is_savepoint == is_savepoint && (is_savepoint || Some(it.id) == snapshot.checkpoint_id())
    };
    if job.pending().any(may_be_it) {
        return Some(true);
    }
    // The list is of the last ten; the counts are of all.
    let listed = job.pending().count() as u64;
    job.counts
        .filter(|it| it.in_progress <= listed)
        .map(|_| false)
}

impl Ownership<'_> {
    /// The owner for a column.
    pub fn owner<'s>(&self, snapshot: &'s Snapshot) -> Cow<'s, Owner> {
        Cow::Owned(match self {
            Self::Claimed(claim) => Owner::Flink(Some(claim.job)),
            Self::Begun => Owner::Flink(snapshot.job_id),
            Self::LeftUndone(cluster, job) => Owner::Unclear(format!(
                "left behind, as {}; Flink takes up nothing that was left undone",
                undone(cluster, job, snapshot.kind)
            )),
            Self::Lives(live) => Owner::Flink(Some(live.job.id)),
            Self::Outlived(_) | Self::Released(_) => Owner::You,
            Self::MaybeClaimed(cluster, job) => Owner::Unclear(maybe_claimed(cluster, job)),
            Self::BuiltOn(_) | Self::Disk => return Cow::Borrowed(&snapshot.owner),
        })
    }

    /// Whose it is and what follows from that, in a sentence or two.
    pub fn sentence(&self, snapshot: &Snapshot) -> String {
        let sizes = &snapshot.sizes;
        let shares = sizes.freed < sizes.refer || snapshot.sizes_are_bounds;
        let risk = if shares {
            " Deleting it by hand may break newer ones."
        } else {
            ""
        };
        match self {
            Self::Claimed(claim) => {
                let lives = match claim.told {
                    Some(_) => "",
                    None => " Whether that job lives is not known.",
                };
                return format!(
                    "Flink's: {} was restored from it with CLAIM, and deletes it {}.{lives}{risk}",
                    claim.who(),
                    claim.when_subsumed()
                );
            }
            Self::Released(claim) => {
                return format!(
                    "Yours by now: {}, which claimed it, is {}.{risk}",
                    claim.who(),
                    state(claim)
                );
            }
            Self::BuiltOn(jobs) => {
                return format!(
                    "Unclear: checkpoints of {} name its files. It was claimed, and goes as theirs do, or is leaned on in LEGACY mode, and \
                     nobody deletes it. Leave it alone while they are of use.",
                    jobs_of(jobs)
                );
            }
            Self::Begun => {
                return "Flink's until it completes: tasks may be writing into it now, so leave it alone."
                    .to_owned();
            }
            Self::Outlived(live) => {
                return format!(
                    "Yours: its job {} is {}. Flink deletes it only if a job is restored from it with CLAIM.",
                    live.job.name, live.job.state
                );
            }
            Self::LeftUndone(..) | Self::MaybeClaimed(..) | Self::Lives(_) | Self::Disk => {}
        }
        match &*self.owner(snapshot) {
            Owner::Flink(Some(_)) => {
                format!("Flink's, while its job lives: the job deletes it by itself.{risk}")
            }
            Owner::Flink(None) => format!("Flink's, while the job that took it lives.{risk}"),
            Owner::You => {
                "Yours: Flink deletes it only if a job is restored from it with CLAIM.".to_owned()
            }
            Owner::Unclear(reason) => format!("Unclear: {reason}"),
        }
    }

    /// What this means for the five ends that it records, as a sentence; nothing where they may still come.
    pub fn of_its_fate(&self) -> Option<String> {
        match self {
            Self::Outlived(live) => Some(format!(
                "Job {} is {}: none of these comes any more.",
                live.job.name, live.job.state
            )),
            Self::Released(claim) => Some(format!(
                "{}, which claimed it, is {}: none of these comes any more.",
                claim.who().replacen('j', "J", 1),
                state(claim)
            )),
            Self::Claimed(claim) => Some(format!(
                "{} claimed it: these are the ends of that job, and its own record is past.",
                claim.brief().replacen('j', "J", 1)
            )),
            Self::BuiltOn(jobs) => Some(format!(
                "Checkpoints of {} name its files: claimed, it goes as theirs do; in LEGACY mode it stays.",
                jobs_of(jobs)
            )),
            Self::MaybeClaimed(_, job) => Some(format!(
                "Whether job {} claimed it is not known: claimed, it goes as that job's own checkpoints do.",
                job.name
            )),
            _ => None,
        }
    }

    /// What becomes of it: what its record says, unless somebody else than its own job decides.
    pub fn fate<'s>(&self, snapshot: &'s Snapshot) -> Cow<'s, Fate> {
        match self {
            Self::Claimed(claim) => Cow::Owned(claim.fate()),
            Self::BuiltOn(jobs) => Cow::Owned(fate::named_by_others(&format!(
                "checkpoints of {}, which name its files",
                jobs_of(jobs)
            ))),
            Self::MaybeClaimed(_, job) => Cow::Owned(fate::named_by_others(&format!(
                "what job {} began with, which is not known",
                job.name
            ))),
            _ => Cow::Borrowed(&snapshot.fate),
        }
    }

    /// Why, for each of the five ends in Flink's order, where somebody else than its own job decides.
    pub fn reasons(&self) -> Option<[String; 5]> {
        match self {
            Self::Claimed(claim) => Some(claim.reasons()),
            Self::BuiltOn(jobs) => {
                let whose = format!(
                    "Claimed by {0} it goes as checkpoints of {0} do; leaned on in LEGACY mode it stays.",
                    jobs_of(jobs)
                );
                Some(std::array::from_fn(|_| whose.clone()))
            }
            Self::MaybeClaimed(_, job) => {
                let whose = format!(
                    "Claimed by job {0} it goes as checkpoints of that job do; else it stays.",
                    job.name
                );
                Some(std::array::from_fn(|_| whose.clone()))
            }
            _ => None,
        }
    }
}

fn state(claim: &Claim<'_>) -> String {
    claim
        .told
        .map_or_else(String::new, |(_, job)| job.state.to_string())
}

/// Why whose it is cannot be told after a failure of a job.
fn maybe_claimed(cluster: &Cluster, job: &Job) -> String {
    format!(
        "job {} on {} may have been restored from it with CLAIM: it went back to a checkpoint of its own since, and nothing tells what it \
         began with",
        job.name, cluster.name
    )
}

/// Jobs in a sentence: `job 11112222…`, `jobs 11112222… and 33334444…`.
fn jobs_of(jobs: &[JobId]) -> String {
    let short = |job: &JobId| format!("{}…", &job.to_string()[..8]);
    match jobs {
        [] => "another job".to_owned(),
        [one] => format!("job {}", short(one)),
        [first, second] => format!("jobs {} and {}", short(first), short(second)),
        [first, rest @ ..] => format!("job {} and {} others", short(first), rest.len()),
    }
}

/// Why nobody goes on with what a job began.
pub fn undone(cluster: &Cluster, job: &Job, kind: Kind) -> String {
    let what = match kind {
        Kind::Savepoint => "has no savepoint under way",
        Kind::Checkpoint | Kind::ExternalizedCheckpoint => "does not have it under way",
    };
    if job.state.is_over() {
        format!("job {} is {}", job.name, job.state)
    } else {
        format!(
            "job {} is {} on {} and {what}",
            job.name, job.state, cluster.name
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{
        self, JOB, OTHER_JOB, cluster, job, place, restored_from, savepoint,
    };
    use crate::domain::claim::ClaimMode;
    use crate::domain::cluster::JobState::{Canceled, Running};
    use crate::domain::cluster::{CheckpointStatus, Counts, JobState, Retention};
    use crate::domain::heirs::{Heirs, Restart};
    use crate::domain::snapshot::{Sizes, Verdict};

    fn told(snapshot: &Snapshot, jobs: impl IntoIterator<Item = Job>) -> (String, String) {
        let clusters = [Arc::new(cluster(jobs))];
        let it = of(snapshot, &clusters);
        let word = it.owner(snapshot).word().to_owned();
        (word, it.sentence(snapshot))
    }

    fn word(snapshot: &Snapshot, jobs: impl IntoIterator<Item = Job>) -> String {
        told(snapshot, jobs).0
    }

    #[test]
    fn a_checkpoint_is_flinks_while_its_job_lives_and_yours_once_a_cluster_tells_that_it_is_over() {
        let row = sample::checkpoint(7, 60);
        assert_eq!(word(&row, []), "Flink", "nobody tells of its job");
        assert_eq!(word(&row, [job(JOB, Running)]), "Flink");
        for state in [Canceled, JobState::Failed, JobState::Finished] {
            let (word, sentence) = told(&row, [job(JOB, state)]);
            assert_eq!(word, "you");
            assert!(
                sentence.starts_with(&format!("Yours: its job job-{} is {state}.", &JOB[..6])),
                "{sentence}"
            );
        }
        assert_eq!(word(&row, [job(JOB, JobState::Suspended)]), "Flink");
        // On one cluster it is over, on another it lives.
        assert_eq!(word(&row, [job(JOB, Canceled), job(JOB, Running)]), "Flink");
    }

    #[test]
    fn what_a_job_claimed_is_flinks_whoever_took_it() {
        let claimed_by = |row: &Snapshot| restored_from(job(OTHER_JOB, Running), &row.location);
        let row = sample::checkpoint(7, 60);
        let (word_of, sentence) = told(&row, [job(JOB, Canceled), claimed_by(&row)]);
        assert_eq!(word_of, "Flink");
        assert!(sentence.contains("with CLAIM"), "{sentence}");
        let point = savepoint("Savepoint");
        assert_eq!(word(&point, [claimed_by(&point)]), "Flink");

        let mut unclaimed = claimed_by(&row);
        unclaimed.restored.as_mut().unwrap().is_savepoint = true;
        assert_eq!(word(&row, [job(JOB, Canceled), unclaimed]), "you");
        // A job that goes back to its own checkpoint claims nothing.
        let failed_over = restored_from(job(JOB, Running), &row.location);
        let clusters = [Arc::new(cluster([failed_over]))];
        assert!(matches!(of(&row, &clusters), Ownership::Lives(_)));
    }

    fn noted_as_claimed(row: Snapshot) -> Snapshot {
        let restart = Restart {
            job: OTHER_JOB.parse().unwrap(),
            claim_mode: Some(ClaimMode::Claim),
        };
        Snapshot {
            heirs: Heirs {
                restored: vec![restart],
                ..Heirs::default()
            },
            ..row
        }
    }

    #[test]
    fn a_claim_that_was_noted_holds_after_a_failover_and_where_no_cluster_is_asked() {
        for row in [savepoint("Savepoint"), sample::checkpoint(7, 60)] {
            let row = noted_as_claimed(row);
            let (word_of, sentence) = told(&row, []);
            assert_eq!(word_of, "Flink");
            assert!(
                sentence.contains("Whether that job lives is not known"),
                "{sentence}"
            );
            // After a failover its cluster tells of a checkpoint of its own.
            let own = place(&format!("file:/data/{OTHER_JOB}/chk-9"));
            let failed_over = restored_from(job(OTHER_JOB, Running), &own);
            let (word_of, sentence) = told(&row, [failed_over]);
            assert_eq!(word_of, "Flink");
            assert!(
                sentence.contains("job job-111122 on prod was restored from it with CLAIM"),
                "{sentence}"
            );
            let (word_of, sentence) = told(&row, [job(OTHER_JOB, Canceled)]);
            assert_eq!(word_of, "you");
            assert!(
                sentence.contains("which claimed it, is CANCELED"),
                "{sentence}"
            );
        }
    }

    #[test]
    fn what_a_job_may_have_begun_with_is_unclear_once_it_went_back_to_its_own_and_nothing_was_noted()
     {
        let own = place(&format!("file:/data/{OTHER_JOB}/chk-9"));
        let mut failed_over = restored_from(job(OTHER_JOB, Running), &own);
        failed_over.restored.as_mut().unwrap().id = 9;
        let row = savepoint("Savepoint");
        let row = Snapshot {
            completed_at: Some(sample::ago(20_000)),
            ..row
        };
        let (word_of, sentence) = told(&row, [failed_over.clone()]);
        assert_eq!(word_of, "unclear");
        assert!(
            sentence.contains("job job-111122 on prod may have been restored from it with CLAIM"),
            "{sentence}"
        );
        let clusters = [Arc::new(cluster([failed_over.clone()]))];
        let it = of(&row, &clusters);
        let fate = it.fate(&row);
        assert_eq!(
            [fate.cancelled, fate.finished, fate.subsumed],
            [Verdict::Unknown; 3]
        );
        // It is known to have begun with another, or with this one otherwise.
        let noted = |heirs: Heirs| {
            word(
                &Snapshot {
                    heirs,
                    ..row.clone()
                },
                [failed_over.clone()],
            )
        };
        let id = OTHER_JOB.parse().unwrap();
        let others = Heirs {
            others: vec![id],
            ..Heirs::default()
        };
        assert_eq!(noted(others), "you");
        let by = |claim_mode| Heirs {
            restored: vec![Restart {
                job: id,
                claim_mode,
            }],
            ..Heirs::default()
        };
        assert_eq!(noted(by(Some(ClaimMode::NoClaim))), "you");
        assert_eq!(noted(by(None)), "unclear");
        // It was taken later than the job began, or as a later one than its first.
        let young = Snapshot {
            completed_at: Some(sample::ago(5_000)),
            ..row.clone()
        };
        assert_eq!(word(&young, [failed_over.clone()]), "you");
        let later = sample::with_facts(row.clone(), |facts| facts.checkpoint_id = 12);
        assert_eq!(word(&later, [failed_over.clone()]), "you");
        failed_over.state = Canceled;
        assert_eq!(word(&row, [failed_over]), "you");
    }

    #[test]
    fn what_was_claimed_has_the_fate_of_the_checkpoints_of_the_job_that_did() {
        use Verdict::{Deleted, Kept, Unknown};
        let row = noted_as_claimed(savepoint("Savepoint"));
        let fate = |clusters: &[Arc<Cluster>]| {
            let it = of(&row, clusters);
            let fate = it.fate(&row).into_owned();
            assert_eq!(it.reasons().map(|it| it.len()), Some(5));
            assert!(
                fate.inferred && fate.because.contains("the claim of job"),
                "{}",
                fate.because
            );
            [
                fate.subsumed,
                fate.finished,
                fate.cancelled,
                fate.failed,
                fate.suspended,
            ]
        };
        assert_eq!(fate(&[]), [Deleted, Deleted, Unknown, Unknown, Unknown]);
        let set = |retention| {
            let mut job = job(OTHER_JOB, Running);
            job.checkpointing = Some(sample::checkpointing(retention));
            [Arc::new(cluster([job]))]
        };
        assert_eq!(
            fate(&set(Retention::RetainOnCancellation)),
            [Deleted, Deleted, Kept, Kept, Kept]
        );
        assert_eq!(
            fate(&set(Retention::NoExternalizedCheckpoints)),
            [Deleted; 5]
        );
        // Its own record says otherwise, of what is past.
        assert_eq!(row.fate.subsumed, Deleted);
    }

    #[test]
    fn what_checkpoints_of_another_job_name_is_said_alike_everywhere() {
        let row = Snapshot {
            owner: Owner::Unclear("named".to_owned()),
            heirs: Heirs {
                naming: vec![OTHER_JOB.parse().unwrap()],
                ..Heirs::default()
            },
            ..savepoint("Savepoint")
        };
        let it = of(&row, &[]);
        assert_eq!(it.owner(&row).word(), "unclear");
        let sentence = it.sentence(&row);
        assert!(
            sentence.contains("checkpoints of job 11112222… name its files"),
            "{sentence}"
        );
        assert_eq!(it.fate(&row).cancelled, Verdict::Unknown);
        assert!(
            it.of_its_fate()
                .unwrap()
                .contains("in LEGACY mode it stays")
        );
        // That the one who names them claimed it is known here.
        let row = Snapshot {
            heirs: Heirs {
                naming: row.heirs.naming.clone(),
                ..noted_as_claimed(row.clone()).heirs
            },
            ..row
        };
        assert!(matches!(of(&row, &[]), Ownership::Claimed(_)));
    }

    fn half(row: Snapshot) -> Snapshot {
        Snapshot {
            health: Health::InProgress,
            facts: None,
            sizes: Sizes::default(),
            ..row
        }
    }

    /// The job, that counts so many attempts under way and lists these.
    fn with_under_way(state: JobState, in_progress: u64, listed: &[(u64, bool)]) -> Job {
        let pending = |&(id, is_savepoint): &(u64, bool)| Checkpoint {
            status: CheckpointStatus::InProgress,
            is_savepoint,
            path: None,
            ..sample::remembered(id, 10)
        };
        Job {
            counts: Some(Counts {
                in_progress,
                ..Counts::default()
            }),
            checkpoints: listed.iter().map(pending).collect(),
            ..job(JOB, state)
        }
    }

    #[test]
    fn what_is_begun_is_flinks_until_its_job_is_over_or_has_nothing_under_way() {
        let point = half(savepoint("Savepoint"));
        let ninth = half(sample::checkpoint(9, 300));
        for (row, own, other) in [
            (point, (11, true), (12, false)),
            (ninth, (9, false), (12, true)),
        ] {
            let told = |state, count, listed: &[(u64, bool)]| {
                word(&row, [with_under_way(state, count, listed)])
            };
            assert_eq!(word(&row, []), "Flink");
            assert_eq!(told(Running, 1, &[own]), "Flink");
            assert_eq!(told(Running, 2, &[other, own]), "Flink");
            assert_eq!(told(Running, 1, &[other]), "unclear");
            assert_eq!(
                told(Running, 1, &[]),
                "Flink",
                "which it is it does not tell"
            );
            assert_eq!(told(Running, 0, &[]), "unclear");
            assert_eq!(told(Canceled, 0, &[]), "unclear");
            let young = Snapshot {
                changed_at: Some(sample::ago(2)),
                ..row.clone()
            };
            assert_eq!(
                word(&young, [with_under_way(Running, 0, &[])]),
                "Flink",
                "its answer may be of before that"
            );
        }
    }
}
