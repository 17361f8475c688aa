//! When Flink deletes a snapshot: its own five flags (`org.apache.flink.runtime.checkpoint.CheckpointProperties`), and how near
//! it is to being pushed out by newer ones (`DefaultCompletedCheckpointStoreUtils.getMaximumNumberOfRetainedCheckpoints`,
//! which reads the JobManager's configuration and nothing of the job's).

use super::words::{capital, few, or};
use super::{Question, Sentence, Topic};
use crate::analysis::claim::Claim;
use crate::analysis::fate::by_retention;
use crate::analysis::overlay::Live;
use crate::analysis::ownership::Ownership;
use crate::domain::id::JobId;
use crate::domain::snapshot::{Fate, Verdict};

/// What becomes of it.
pub(super) fn sentence(question: &Question<'_>) -> Sentence {
    let snapshot = question.snapshot;
    match question.ownership() {
        Ownership::Outlived(live) => {
            return Sentence::new(
                Topic::Fate,
                format!(
                    "It stays: job {} is {}, so that no end of a job touches it any more; only you delete it, or a job that is restored \
                     from it with CLAIM does.",
                    live.job.name, live.job.state
                ),
                format!(
                    "the state of its job, as {} tells it; its own record ({}) is of what is past",
                    live.cluster.name, snapshot.fate.because
                ),
            );
        }
        Ownership::Claimed(claim) => return claimed(&claim),
        Ownership::Released(claim) => {
            return Sentence::new(
                Topic::Fate,
                format!(
                    "It stays: {}, which claimed it, is over, so that no end of a job touches it any more; only you delete it, or a job that \
                     is restored from it with CLAIM does.",
                    claim.who()
                ),
                claim.evidence(),
            );
        }
        Ownership::MayGoOn(live) => {
            return Sentence::new(
                Topic::Fate,
                "Whether a job that uses the id of its job again keeps it is not known: if one does, Flink deletes it once newer checkpoints \
                 push it out, or when that job ends, as its retention has it; else it stays until somebody deletes it.",
                format!(
                    "the state of its job, as {} tells it, and what lies beside it",
                    live.cluster.name
                ),
            );
        }
        Ownership::EarlierRun(live) => {
            let (job, cluster) = (&live.job.name, &live.cluster.name);
            let text = if live.is_of_earlier_run() {
                format!(
                    "It stays: an earlier run took it, so that no end of job {job}, which runs now, touches it; only you delete it, or a \
                     job that is restored from it with CLAIM does."
                )
            } else {
                format!(
                    "No end of job {job}, which runs now, touches it; whether whoever took it goes on elsewhere is not known: if so, Flink \
                     deletes it as that one's retention has it; else it stays until somebody deletes it."
                )
            };
            let told =
                format!("what {cluster} tells of how that job began, and of its checkpoints");
            return Sentence::new(Topic::Fate, text, told);
        }
        Ownership::MayBeEarlier(live) => {
            return Sentence::new(
                Topic::Fate,
                format!(
                    "Whether job {} took it, or an earlier run of its id did, is not known: if that job did, Flink deletes it once newer \
                     checkpoints push it out, or when that job ends, as its retention has it; else it stays until somebody deletes it.",
                    live.job.name
                ),
                format!("what {} tells of how that job began", live.cluster.name),
            );
        }
        Ownership::MaybeClaimed(cluster, job) => {
            return Sentence::new(
                Topic::Fate,
                format!(
                    "Whether job {0} on {1} claimed it is not known: if it did, Flink deletes it once newer checkpoints of that job push it \
                     out, or when that job ends, as its retention has it; else it stays until somebody deletes it.",
                    job.name, cluster.name
                ),
                format!(
                    "{} tells that the job went back to a checkpoint of its own; no note tells what it began with",
                    cluster.name
                ),
            );
        }
        Ownership::Dwindled => {
            return Sentence::new(
                Topic::Fate,
                "If a job claimed it, Flink deletes what is left of it once newer checkpoints of that job push it out, or when that job \
                 ends, as its retention has it; else it stays until somebody deletes it.",
                "files of it are gone, as after a claim; no note and no checkpoint in sight tells of one",
            );
        }
        Ownership::BuiltOn(_) => {
            return Sentence::new(
                Topic::Fate,
                "If it was claimed, Flink deletes it once newer checkpoints of the job that did push it out, and of its files those that \
                 none of them names, or when that job ends, as its retention has it; if it is leaned on in LEGACY mode, it stays until \
                 somebody deletes it.",
                "files in common; the claim mode is recorded nowhere",
            );
        }
        _ => {}
    }
    let known = retention(question);
    let fate = known.as_ref().unwrap_or(&snapshot.fate);
    let evidence = match (&known, snapshot.fate.inferred) {
        (Some(_), _) => "the job's retention, as its cluster tells it".to_owned(),
        (None, true) => format!("inferred from {}", fate.because),
        (None, false) => format!("the five flags in its own record: {}", fate.because),
    };
    if question.is_savepoint() && is_all(fate, Verdict::Kept) {
        return Sentence::new(
            Topic::Fate,
            "None of the five ends deletes it (newer checkpoints, its job finished, cancelled, failed or suspended): only you do, \
             `flink savepoint -d` does, or a job that is restored from it with CLAIM.",
            evidence,
        );
    }
    let mut text = verdicts(fate);
    if let Some(place) = place(question, fate) {
        text = format!("{text}; {place}");
    }
    Sentence::new(Topic::Fate, format!("{text}."), evidence)
}

/// As a checkpoint of the job that claimed it.
fn claimed(claim: &Claim<'_>) -> Sentence {
    let fate = claim.fate();
    let ends = |wanted: Verdict| {
        let ends = [
            (fate.cancelled, "is cancelled"),
            (fate.failed, "fails for good"),
        ];
        let of = ends.into_iter().filter(|(verdict, _)| *verdict == wanted);
        of.map(|(_, end)| end.to_owned()).collect::<Vec<_>>()
    };
    let mut deleted = vec!["finishes".to_owned()];
    deleted.extend(ends(Verdict::Deleted));
    let mut text = format!(
        "It goes as the checkpoints of {} do, which claimed it: Flink deletes it {}, and of its files those that none of them names, or \
         when that job {}",
        claim.who(),
        claim.when_subsumed(),
        or(&deleted)
    );
    for (wanted, lead, tail) in [
        (Verdict::Kept, "it stays when the job", ""),
        (
            Verdict::Unknown,
            "whether it stays when the job",
            " depends on that job's retention, which is not known here",
        ),
    ] {
        let ends = ends(wanted);
        if !ends.is_empty() {
            text = format!("{text}; {lead} {}{tail}", or(&ends));
        }
    }
    Sentence::new(Topic::Fate, format!("{text}."), claim.evidence())
}

fn is_all(fate: &Fate, wanted: Verdict) -> bool {
    let Fate {
        subsumed,
        finished,
        cancelled,
        failed,
        suspended,
        ..
    } = fate;
    [subsumed, finished, cancelled, failed, suspended]
        .into_iter()
        .all(|verdict| *verdict == wanted)
}

/// What metadata does not record and a cluster tells.
fn retention(question: &Question<'_>) -> Option<Fate> {
    let own = &question.snapshot.fate;
    if !own.inferred || question.is_savepoint() {
        return None;
    }
    let live = question.live()?;
    let retention = live.job.checkpointing.as_ref()?.retention;
    Some(by_retention(
        Some(retention),
        retention.constant().to_owned(),
    ))
}

/// `Flink deletes it when …; it stays when …`.
fn verdicts(fate: &Fate) -> String {
    let deleted = when(fate, Verdict::Deleted).map(|ends| format!("Flink deletes it when {ends}"));
    let kept = when(fate, Verdict::Kept).map(|ends| format!("it stays when {ends}"));
    let unknown = when(fate, Verdict::Unknown).map(|ends| {
        format!(
            "whether it stays when {ends} depends on the job's retention, which is not recorded"
        )
    });
    let parts: Vec<String> = [deleted, kept, unknown].into_iter().flatten().collect();
    capital(&parts.join("; "))
}

/// The ends with one verdict: `newer checkpoints push it out or the job finishes`.
fn when(fate: &Fate, wanted: Verdict) -> Option<String> {
    let mut ends = Vec::new();
    if fate.subsumed == wanted {
        ends.push("newer checkpoints push it out".to_owned());
    }
    let of_job = [
        (fate.finished, "finishes (stop with savepoint is that, too)"),
        (fate.cancelled, "is cancelled"),
        (fate.failed, "fails for good"),
    ];
    let mut subject = "the job ";
    for (_, verb) in of_job.into_iter().filter(|(verdict, _)| *verdict == wanted) {
        ends.push(format!("{subject}{verb}"));
        subject = "";
    }
    if fate.suspended == wanted {
        // With high availability a JobManager that shuts down deletes nothing, whatever the flag says.
        ends.push(match wanted {
            Verdict::Kept => "the JobManager shuts down".to_owned(),
            _ => "the JobManager shuts down without high availability".to_owned(),
        });
    }
    (!ends.is_empty()).then(|| or(&ends))
}

/// How near it is to being pushed out.
fn place(question: &Question<'_>, fate: &Fate) -> Option<String> {
    let snapshot = question.snapshot;
    // Where its metadata cannot be read, it is none of those that count.
    if fate.subsumed != Verdict::Deleted
        || snapshot.checkpoint_id().is_none()
        || question.facts().is_none()
    {
        return None;
    }
    let newer = question.checkpoints_beside(true);
    let names: Vec<String> = newer.iter().map(|row| row.name.clone()).collect();
    let live = question.live().filter(Live::lives);
    let retained = live
        .and_then(|live| live.cluster.settings.as_ref()?.retained)
        .map(u64::from);
    let passed = newer.len() as u64;
    match (retained, passed) {
        (Some(most), _) if most > passed => Some(match most - passed {
            1 => format!("its cluster keeps {most}, so that the next one pushes it out"),
            more => format!("its cluster keeps {most}, so that {more} more push it out"),
        }),
        (_, 0) => {
            let older = question.checkpoints_beside(false).len();
            (older > 0).then(|| format!("it is the newest of the {} checkpoints here", older + 1))
        }
        (_, more) => {
            let verb = if more == 1 { "is" } else { "are" };
            let kept = match snapshot.job_id.filter(|id| *id != JobId::ZERO) {
                Some(_) => format!(", so that its job kept at least {} of them", more + 1),
                // Several runs may have written here.
                None => String::new(),
            };
            Some(format!("{} {verb} newer{kept}", few(&names)))
        }
    }
}
