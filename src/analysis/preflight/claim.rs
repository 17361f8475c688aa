//! Whose the snapshot is, and who else relies on it.

use super::jobs::{answers, said};
use super::{Finding, Level, Question};
use crate::analysis::overlay;
use crate::domain::claim::ClaimMode;
use crate::domain::hold::Hold;
use crate::domain::size;
use crate::domain::snapshot::{Kind, Owner, Properties};
use crate::domain::time;

/// What the mode means here.
pub(super) fn mode(question: &Question<'_>) -> Vec<Finding> {
    const TOPIC: &str = "claim mode";
    let changelog = question
        .snapshot
        .facts
        .as_ref()
        .is_some_and(|facts| facts.format.changelog);
    let caution = question.claim_mode.caution(changelog);
    let mut found = vec![match caution {
        Some(caution) => Finding::new(Level::Caution, TOPIC, caution),
        None => Finding::new(Level::Pass, TOPIC, question.claim_mode.sentence()),
    }];
    let unclaimed = question.snapshot.facts.as_ref().is_some_and(|facts| {
        matches!(
            facts.properties,
            Properties::Known {
                unclaimed: true,
                ..
            }
        )
    });
    if unclaimed && question.claim_mode == ClaimMode::Claim {
        found.push(Finding::new(
            Level::Caution,
            TOPIC,
            "A job was restored from it without claiming it, and may rely on it still.",
        ));
    }
    found
}

/// Whether a job that lives has it: the one that took it, or one that was restored from it.
pub(super) fn owned(question: &Question<'_>) -> Vec<Finding> {
    const TOPIC: &str = "other users";
    let (snapshot, claims) = (question.snapshot, question.claim_mode == ClaimMode::Claim);
    let mut found = Vec::new();
    // A savepoint is the user's, whatever its job does.
    let takers = overlay::live(snapshot, question.clusters).filter(|live| {
        live.lives() && snapshot.kind != Kind::Savepoint && !matches!(snapshot.owner, Owner::You)
    });
    if let Some(live) = takers {
        let (job, cluster) = (live.job, live.cluster);
        let now = answers(cluster);
        let lives = if now { "lives" } else { "lived" };
        let text = if claims {
            format!(
                "It belongs to job {} on {}, which {lives}{}: claimed by a second job, each would delete files that \
                 the other needs.",
                job.name,
                cluster.name,
                said(cluster, question)
            )
        } else {
            format!(
                "It belongs to job {} on {}, which {lives}{} and deletes it when newer checkpoints push it out, \
                 whether or not the new job has read it by then.",
                job.name,
                cluster.name,
                said(cluster, question)
            )
        };
        found.push(Finding::new(weight(claims, now), TOPIC, text));
    }
    for (cluster, job) in overlay::users(snapshot, question.clusters) {
        let now = answers(cluster);
        let verb = if now {
            "runs and was"
        } else {
            "ran and had been"
        };
        let harm = if claims {
            "Claimed, its files may be deleted while that job relies on them."
        } else {
            "Two jobs would go on from the same state."
        };
        found.push(Finding::new(
            weight(claims, now),
            TOPIC,
            format!(
                "Job {} on {} {verb} restored from it{}. {harm}",
                job.name,
                cluster.name,
                said(cluster, question)
            ),
        ));
    }
    found
}

/// A hold says that the snapshot must stay; Flink deletes what it claimed, and knows of no holds.
pub(super) fn held(question: &Question<'_>) -> Option<Finding> {
    const TOPIC: &str = "hold";
    let stands =
        |hold: &&Hold| hold.stands(question.now) && hold.is_on(&question.snapshot.location);
    let hold = question.holds.iter().find(stands)?;
    let who = match hold.by.as_str() {
        "" => String::new(),
        by => format!(" by {by}"),
    };
    let held = format!("It is held by `{}`, set{who}", hold.name);
    Some(if question.claim_mode == ClaimMode::NoClaim {
        Finding::new(Level::Pass, TOPIC, format!("{held}: it stays."))
    } else {
        Finding::new(
            Level::Blocker,
            TOPIC,
            format!(
                "{held}, and in the mode {} Flink may delete it or files of it all the same. Restart with NO_CLAIM, or \
                 release it.",
                question.claim_mode
            ),
        )
    })
}

/// What was true a while ago is a reason to look, not a reason to refuse.
fn weight(claims: bool, now: bool) -> Level {
    if claims && now {
        Level::Blocker
    } else {
        Level::Caution
    }
}

/// Whether other snapshots name the same files, which Flink would delete without knowing of them.
pub(super) fn shared(question: &Question<'_>) -> Option<Finding> {
    const TOPIC: &str = "shared files";
    let sizes = &question.snapshot.sizes;
    if question.claim_mode != ClaimMode::Claim || question.snapshot.facts.is_none() {
        return None;
    }
    let shared = sizes.refer.saturating_sub(sizes.freed);
    Some(if shared > 0 {
        Finding::new(
            Level::Caution,
            TOPIC,
            format!(
                "Other snapshots in sight name {} of its files as well. Flink deletes what it claimed without knowing \
                 of them, and they break.",
                size::iec(shared)
            ),
        )
    } else if question.snapshot.sizes_are_bounds {
        Finding::new(
            Level::Caution,
            TOPIC,
            "Whether other snapshots name its files is not known: not all that could was read.",
        )
    } else {
        Finding::new(
            Level::Pass,
            TOPIC,
            "No other snapshot in sight names its files.",
        )
    })
}

/// What the lineage's mark says.
pub(super) fn marked(question: &Question<'_>) -> Option<Finding> {
    const TOPIC: &str = "mark";
    let own = question.snapshot.location.canonical();
    let is_own = |mark: &&crate::domain::mark::Mark| mark.snapshot.canonical() == own;
    if let Some(mark) = question.marks.iter().find(is_own) {
        let by = if mark.by.is_empty() {
            String::new()
        } else {
            format!(" by {}", mark.by)
        };
        let made = format!(
            "It was marked to restart from{by} {}",
            time::ago(mark.at, question.now)
        );
        return Some(if question.claim_mode == ClaimMode::Claim {
            Finding::new(
                Level::Caution,
                TOPIC,
                format!("{made}; once claimed, Flink deletes it and the mark leads nowhere."),
            )
        } else {
            Finding::new(Level::Pass, TOPIC, format!("{made}."))
        });
    }
    let lineage = question.snapshot.lineage;
    let of_lineage = |mark: &&crate::domain::mark::Mark| {
        let marked = mark.snapshot.canonical();
        question
            .rows
            .iter()
            .any(|row| row.lineage == lineage && row.location.canonical() == marked)
            || question
                .snapshot
                .job_id
                .is_some_and(|id| id != crate::domain::id::JobId::ZERO && mark.jobs.contains(&id))
    };
    let other = question
        .marks
        .iter()
        .filter(of_lineage)
        .max_by_key(|mark| mark.at)?;
    Some(Finding::new(
        Level::Caution,
        TOPIC,
        format!(
            "Another snapshot of its lineage is marked to restart from: {}.",
            other.snapshot.shown()
        ),
    ))
}
