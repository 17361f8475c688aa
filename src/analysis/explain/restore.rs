//! What a snapshot can be restored into: which job, with which release, in which claim mode.

use super::words::{capital, count, few};
use super::{Question, Sentence, Topic, made};
use crate::analysis::backend::EITHER;
use crate::domain::claim::ClaimMode;
use crate::domain::series::{Release, Series, first_reader, oldest_release};
use crate::domain::snapshot::{Facts, FormatFamily, Health, OperatorFacts};
use crate::domain::text::scrub;

/// What Flink gets wrong that names files of a claimed savepoint as if they lay in a checkpoint's own directory.
const NAMED_BESIDE: &str = "FLINK-39964";

/// Why it cannot be restored, where its metadata was read and yet it cannot.
pub(super) fn condition(question: &Question<'_>) -> Option<Sentence> {
    let snapshot = question.snapshot;
    if !matches!(snapshot.health, Health::Incomplete | Health::Corrupt) {
        return None;
    }
    let why: Vec<String> = snapshot
        .findings
        .iter()
        .map(|it| without_paths(it))
        .collect();
    // Put where they are named, they are found: a real Flink restores it then.
    let remedy = if snapshot.findings.iter().any(|it| it.contains(NAMED_BESIDE)) {
        format!(
            "; copied into {} from that savepoint, while it is there, they make it whole",
            snapshot.name
        )
    } else {
        String::new()
    };
    let instead = match newest_restorable(question) {
        Some(name) => format!("{name} is the newest of its application that can be"),
        None => "nothing else of its application in sight can be".to_owned(),
    };
    Some(Sentence::new(
        Topic::Condition,
        format!(
            "Flink cannot restore it: {}{remedy}; {instead}.",
            why.join("; ").trim_end_matches('.')
        ),
        all(&snapshot.findings),
    ))
}

/// All findings, safe to show.
fn all(findings: &[String]) -> String {
    let safe = findings.iter().map(|it| scrub(it).into_owned());
    safe.collect::<Vec<_>>().join("; ")
}

/// A finding up to where it lists files one by one.
fn without_paths(finding: &str) -> String {
    let end = [" missing: ", " of the wrong length: ", ": "]
        .into_iter()
        .filter(|_| finding.contains(":/"))
        .find_map(|mark| finding.find(mark).map(|at| at + mark.len() - 2));
    scrub(&finding[..end.unwrap_or(finding.len())]).into_owned()
}

/// The newest snapshot of its lineage that can be restored.
pub(super) fn newest_restorable(question: &Question<'_>) -> Option<String> {
    let lineage = question.snapshot.lineage;
    let own = question.rows.iter().filter(|row| row.lineage == lineage);
    let newest = own
        .filter(|row| row.is_restorable() && row.location != question.snapshot.location)
        .max_by_key(|row| row.completed_at)?;
    Some(newest.name.clone())
}

/// Which job can be restored from it (`org.apache.flink.runtime.checkpoint.Checkpoints#loadAndValidateCheckpoint`).
pub(super) fn job(question: &Question<'_>, facts: &Facts) -> Sentence {
    let operators = facts.operators.len() as u64;
    let mut text = match question.snapshot.unchecked_files {
        0 => "A job ".to_owned(),
        some => format!(
            "As far as can be told without {} that could not be looked at, a job ",
            count(some, "file")
        ),
    };
    let who = match operators {
        0 => "of any operators starts from it, since it names none".to_owned(),
        1 => "that has its one operator id restores from it".to_owned(),
        many => format!("that has its {many} operator ids restores from it"),
    };
    text.push_str(&who);
    if operators > 0 {
        text.push_str(&parallelism(facts));
        text.push_str(&backend(question, facts));
    }
    let mut more = Vec::new();
    more.extend(without_uid(facts));
    more.extend(finished(facts));
    if facts.format.unaligned {
        more.push(
            "its records in flight bind it to the same connections between operators".to_owned(),
        );
    }
    for piece in more {
        text.push_str("; ");
        text.push_str(&piece);
    }
    let names = if facts.version >= 5 {
        "operators with their names and uids"
    } else {
        "operators by id; names and uids are recorded only from metadata version 5 on"
    };
    Sentence::new(Topic::Job, format!("{text}."), names)
}

/// Its parallelisms, and what sets the limit.
fn parallelism(facts: &Facts) -> String {
    let single = |it: &&OperatorFacts| !(it.parallelism == 1 && it.max_parallelism == 1);
    let scalable: Vec<&OperatorFacts> = facts.operators.iter().filter(single).collect();
    let most = facts.rescale.max;
    if scalable.is_empty() {
        return " at parallelism 1, which is all that its operators allow".to_owned();
    }
    let taken = scalable.iter().map(|it| it.parallelism).max().unwrap_or(1);
    let limiting: Vec<&&OperatorFacts> = scalable
        .iter()
        .filter(|it| it.max_parallelism == most)
        .collect();
    let by = match limiting.as_slice() {
        [only] if scalable.len() > 1 => format!(", the maximum of `{}`", name(only)),
        some if some.len() < scalable.len() => {
            format!(", the maximum of {}", count(some.len() as u64, "operator"))
        }
        _ => String::new(),
    };
    format!(" at parallelism 1 to {most}{by} (it ran at {taken})")
}

fn name(operator: &OperatorFacts) -> String {
    operator
        .name
        .clone()
        .or_else(|| operator.uid.clone())
        .unwrap_or_else(|| operator.id.to_string())
}

/// Which state backend it asks for. The canonical format is read by HashMap and RocksDB; ForSt has no restore for it
/// (`org.apache.flink.state.forst.restore`).
fn backend(question: &Question<'_>, facts: &Facts) -> String {
    match (facts.format.family, question.backend(facts).name()) {
        (FormatFamily::Canonical, _) if oldest_release(&facts.written_by) < Some((1, 13)) && facts.version <= 3 => {
            ", with the state backend that wrote it, or with HashMap or RocksDB if Flink 1.13 or later did".to_owned()
        }
        (FormatFamily::Canonical, _) => ", with HashMap or RocksDB, whichever wrote it".to_owned(),
        (FormatFamily::None, _) => ", with any state backend".to_owned(),
        (FormatFamily::Native, Some(EITHER)) => {
            ", with whichever it was of RocksDB and ForSt".to_owned()
        }
        (FormatFamily::Native, Some(backend)) => format!(", with {backend} again"),
        (FormatFamily::Native, None) => ", with the same state backend again".to_owned(),
        (FormatFamily::Mixed, _) => ", with the state backend of its native part".to_owned(),
    }
}

/// Operators with state whose ids follow from the shape of the graph, as far as metadata tells (from version 5 on).
fn without_uid(facts: &Facts) -> Option<String> {
    if facts.version < 5 {
        return None;
    }
    let bare: Vec<String> = facts
        .operators
        .iter()
        .filter(|it| it.uid.is_none() && it.state > 0)
        .map(|it| format!("`{}`", name(it)))
        .collect();
    (!bare.is_empty()).then(|| {
        let (they, keep) = if bare.len() == 1 { ("it", "keeps its") } else { ("they", "keep their") };
        format!(
            "no uid is recorded for {}, so that {they} {keep} state only while the graph is the same or a uid hash was set",
            few(&bare)
        )
    })
}

fn finished(facts: &Facts) -> Option<String> {
    let finished = facts
        .operators
        .iter()
        .filter(|it| it.fully_finished)
        .count() as u64;
    (finished > 0).then(|| {
        let stay = if finished == 1 { "stays" } else { "stay" };
        format!("{} had finished and {stay} so", count(finished, "operator"))
    })
}

/// Which release reads it, and what the claim modes mean for it.
pub(super) fn release(question: &Question<'_>, facts: &Facts) -> Sentence {
    let mut text = reads(question, facts);
    let claim = claim(question, facts);
    if !claim.is_empty() {
        text = format!("{text}. {}", capital(&claim));
    }
    Sentence::new(
        Topic::Release,
        format!("{text}."),
        format!(
            "metadata version {}, of {}",
            facts.version,
            made::releases(facts)
        ),
    )
}

/// The first release that reads it: no earlier one knows its version, or the handles in it.
pub(super) fn first(facts: &Facts) -> Option<Release> {
    let by_version = first_reader(facts.version)?;
    Some(
        oldest_release(&facts.written_by).map_or(by_version, |writer| match facts.version {
            // The oldest that this build knows of reads these; what wrote them may be older still.
            2 | 3 => writer,
            _ => writer.max(by_version),
        }),
    )
}

fn reads(question: &Question<'_>, facts: &Facts) -> String {
    let Some((major, minor)) = first(facts) else {
        return format!(
            "No release of Flink to date reads metadata of version {}",
            facts.version
        );
    };
    let promise = promise(question, facts);
    match question.release {
        Some(asked) if asked < (major, minor) => format!(
            "Flink {}.{} cannot read its metadata, which takes {major}.{minor} or later",
            asked.0, asked.1
        ),
        Some(asked) => format!("Flink {}.{} reads its metadata{promise}", asked.0, asked.1),
        None => format!("Flink {major}.{minor} and later read its metadata{promise}"),
    }
}

/// What Flink promises across releases.
fn promise(question: &Question<'_>, facts: &Facts) -> String {
    let wrote_1 = facts.version <= 4;
    let into_2 = question.release.is_none_or(|release| release >= (2, 0));
    let mut said = Vec::new();
    if facts.format.unaligned {
        said.push(format!(
            "its records in flight are promised only within the minor release that wrote them ({})",
            made::releases(facts)
        ));
    }
    if wrote_1 && into_2 {
        said.push("the state of 1.x is not promised to fit 2.x".to_owned());
    }
    match said.as_slice() {
        [] => String::new(),
        some => format!(", but {}", super::words::and(some)),
    }
}

/// What the claim modes mean for it.
fn claim(question: &Question<'_>, facts: &Facts) -> String {
    if question
        .release
        .is_some_and(|asked| first(facts).is_none_or(|first| asked < first))
        || first(facts).is_none()
    {
        return String::new();
    }
    let without_modes = question
        .release
        .is_some_and(|it| Series::of(it) == Series::V1_14);
    if without_modes {
        return "there are no claim modes before 1.15: the new job may build on its files, and never deletes it".to_owned();
    }
    let unclaimed = if facts.format.changelog {
        "a job that keeps the changelog needs CLAIM, as its first checkpoint fails after NO_CLAIM"
    } else {
        "a new job needs it until its first checkpoint (NO_CLAIM)"
    };
    let claim = match question.relations.filter(|it| !it.sharers.is_empty()) {
        None if facts.format.changelog => ", and deletes it in time".to_owned(),
        None => ", or deletes it in time (CLAIM)".to_owned(),
        Some(relations) => format!(
            "; with CLAIM it is the new job's, which in time deletes files that {} need{}, too",
            relations.names(question.snapshot.job_id),
            if relations.sharers.len() == 1 {
                "s"
            } else {
                ""
            }
        ),
    };
    let mut text = format!("{unclaimed}{claim}");
    for piece in at_risk(question, facts) {
        text.push_str("; ");
        text.push_str(&piece);
    }
    text
}

/// Which jobs go on naming its files when they were restored from it, instead of writing files of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// None: it has no file but its metadata, or no keyed state.
    None,
    /// Those that keep the changelog, whose first materialization is what was restored
    /// (`ChangelogKeyedStateBackend#completeRestore`); any other writes the state anew.
    Changelog,
    /// Those, and those whose checkpoints are incremental.
    Incremental,
}

impl Naming {
    /// Concluded from how its keyed state is written: increments build on files of RocksDB or ForSt alone.
    pub(super) fn of(question: &Question<'_>, facts: &Facts) -> Self {
        let is_heap = question.backend(facts).name() == Some("HashMap");
        match facts.format.family {
            _ if question.snapshot.sizes.files == 0 => Self::None,
            FormatFamily::None => Self::None,
            FormatFamily::Canonical => Self::Changelog,
            FormatFamily::Native if is_heap => Self::Changelog,
            FormatFamily::Native | FormatFamily::Mixed => Self::Incremental,
        }
    }

    /// The job, by what it has.
    fn job(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Changelog => Some("a job with the changelog"),
            Self::Incremental => Some("a job with incremental checkpoints or the changelog"),
        }
    }
}

/// What goes wrong for which jobs: their checkpoints name its files for ever in LEGACY mode, and wrongly after CLAIM.
fn at_risk(question: &Question<'_>, facts: &Facts) -> Vec<String> {
    let has_legacy = question
        .release
        .is_none_or(|it| ClaimMode::Legacy.is_known_to(it));
    let legacy = Naming::of(question, facts).job().filter(|_| has_legacy);
    let legacy = legacy.map(|job| {
        (
            job,
            "may name its files for ever in LEGACY mode (gone with 2.4)".to_owned(),
        )
    });
    let broken = broken_by_claim(question, facts).map(|job| {
        let what = format!(
            "up to 2.3.0 cannot restore the checkpoints it writes after CLAIM ({NAMED_BESIDE})"
        );
        (job, what)
    });
    match (legacy, broken) {
        (Some((job, names)), Some((same, breaks))) if job == same => {
            vec![format!("{job} {names}, and {breaks}")]
        }
        (legacy, broken) => {
            let all = legacy.into_iter().chain(broken);
            all.map(|(job, what)| format!("{job} {what}")).collect()
        }
    }
}

/// Which jobs must not claim it up to 2.3.0: they go on naming files of it as if these lay in their own checkpoints' directories
/// (FLINK-39964). Incremental checkpoints name what a native savepoint has of RocksDB or ForSt, those with the changelog keyed
/// state of any layout.
fn broken_by_claim(question: &Question<'_>, facts: &Facts) -> Option<&'static str> {
    let is_mended = question.release.is_some_and(|it| it >= (2, 4));
    if is_mended || !facts.relocatable {
        return None;
    }
    match Naming::of(question, facts) {
        Naming::Incremental if !question.is_savepoint() => Naming::Changelog.job(),
        naming => naming.job(),
    }
}
