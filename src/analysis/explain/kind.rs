//! Which sort of snapshot it is, and how its state is written.

use super::words::count;
use super::{Backend, Question, Sentence, Topic};
use crate::analysis::backend::EITHER;
use crate::domain::series::oldest_release;
use crate::domain::size::iec;
use crate::domain::snapshot::{
    Facts, Format, FormatFamily, Kind, Properties, Sizes, Snapshot, Verdict,
};

/// What the sort of it means here.
pub(super) fn sentence(question: &Question<'_>, facts: &Facts) -> Sentence {
    let snapshot = question.snapshot;
    let (text, evidence) = match snapshot.kind {
        Kind::Savepoint => savepoint(facts),
        Kind::Checkpoint | Kind::ExternalizedCheckpoint => checkpoint(question, snapshot),
    };
    let evidence = if snapshot.kind_inferred {
        format!("inferred: {evidence}")
    } else {
        evidence
    };
    Sentence::new(Topic::Kind, text, evidence)
}

fn checkpoint(question: &Question<'_>, snapshot: &Snapshot) -> (String, String) {
    let fate = &snapshot.fate;
    if fate.inferred {
        let told = question.live().and_then(|live| {
            live.job
                .checkpointing
                .as_ref()
                .map(|it| (live.cluster, it.retention))
        });
        return match told {
            Some((cluster, retention)) => (
                format!(
                    "It is a checkpoint, taken for the recovery of its own job, which is set to {}.",
                    retention.constant()
                ),
                format!("the job's settings, as {} tells them", cluster.name),
            ),
            None => (
                "It is a checkpoint, taken for the recovery of its own job; whether that job keeps it when it ends \
                 (an externalized checkpoint) its metadata does not say."
                    .to_owned(),
                format!("its place and its handles; {}", fate.because),
            ),
        };
    }
    let flags = format!("the flags in its own record are those of {}", fate.because);
    match (fate.cancelled, fate.failed) {
        (Verdict::Kept, Verdict::Kept) => (
            "It is an externalized checkpoint (RETAIN_ON_CANCELLATION): taken by Flink for recovery like any other, but left to \
             you when the job is cancelled or fails for good."
                .to_owned(),
            flags,
        ),
        (_, Verdict::Kept) => (
            "It is an externalized checkpoint of the narrower sort (DELETE_ON_CANCELLATION): taken by Flink for recovery, and left \
             to you only when the job fails for good."
                .to_owned(),
            flags,
        ),
        _ if snapshot.kind == Kind::Checkpoint => (
            "It is a plain checkpoint, not an externalized one (NO_EXTERNALIZED_CHECKPOINTS): taken for the recovery of a job that lives, and deleted \
             however that job ends."
                .to_owned(),
            flags,
        ),
        _ => (
            "It is a checkpoint whose flags no setting of Flink gives, so read them one by one below.".to_owned(),
            flags,
        ),
    }
}

fn savepoint(facts: &Facts) -> (String, String) {
    match &facts.properties {
        Properties::Null => (
            "It is a savepoint that a program composed: state to start a job from, not the state that a job had."
                .to_owned(),
            "an empty record, which only the State Processor API writes".to_owned(),
        ),
        Properties::Known {
            type_name,
            savepoint_format,
            ..
        } => {
            let format = savepoint_format.as_deref().unwrap_or("unknown");
            let sort = match format {
                "CANONICAL" => "a canonical savepoint",
                "NATIVE" => "a native savepoint",
                _ => "a savepoint",
            };
            let purpose = match type_name.as_str() {
                "Terminate Savepoint" => {
                    "event time was brought to its end and every window fired, so that it suits a job which does not go on \
                     with the same stream"
                }
                "Suspend Savepoint" => {
                    "sinks committed what belonged to it before the job ended, so that a job which goes on from it repeats nothing"
                }
                _ => {
                    "taken in passing, so that sinks committed nothing for it, and a job which goes on from it writes again what the \
                     first wrote afterwards"
                }
            };
            (
                format!("It is {sort}: {purpose}."),
                format!("type `{type_name}` and format {format} in its own record"),
            )
        }
        _ => {
            let sort = match facts.format.family {
                FormatFamily::Canonical => "a canonical savepoint",
                FormatFamily::Native => "a native savepoint",
                _ => "a savepoint",
            };
            // FLINK-25191: since 1.15 sinks commit only for the savepoint that a job stops with.
            let committed = if may_precede_1_15(facts) {
                "up to 1.14 sinks commit for every savepoint, from 1.15 on for one that the job stops with, and neither is recorded \
                 before 1.16"
            } else {
                "whether the job stopped with it, so that sinks committed what belongs to it, is recorded only from 1.16 on"
            };
            (
                format!("It is {sort}: {committed}."),
                "its handles, its place and its name".to_owned(),
            )
        }
    }
}

/// Whether it may be of a release before 1.15, which changed what savepoints are to sinks and to recovery.
pub(super) fn may_precede_1_15(facts: &Facts) -> bool {
    oldest_release(&facts.written_by).is_some_and(|oldest| oldest < (1, 15))
}

/// How its state is written.
pub(super) fn state(question: &Question<'_>, facts: &Facts) -> Sentence {
    let snapshot = question.snapshot;
    let sizes = &snapshot.sizes;
    let mut text = if facts.format.family == FormatFamily::None {
        match sizes.state {
            0 => "It holds no state but what its operators' coordinators keep".to_owned(),
            bytes => format!(
                "It holds {} of operator state and no keyed state, so that no state backend shows in it",
                iec(bytes)
            ),
        }
    } else {
        keyed(question, facts)
    };
    let mut more = Vec::new();
    if sizes.channel_state > 0 {
        more.push(format!(
            "{} are records that were in flight between operators, since it is unaligned",
            iec(sizes.channel_state)
        ));
    } else if facts.format.unaligned {
        more.push("it is unaligned".to_owned());
    }
    if facts.format.file_merging {
        more.push("file merging packs them with others' into larger files".to_owned());
    }
    if sizes.files == 0 && sizes.inline > 0 {
        more.push("all of it lies inside _metadata".to_owned());
    }
    for piece in more {
        text.push_str("; ");
        text.push_str(&piece);
    }
    Sentence::new(Topic::State, format!("{text}."), evidence(question, facts))
}

fn keyed(question: &Question<'_>, facts: &Facts) -> String {
    let snapshot = question.snapshot;
    let sizes = &snapshot.sizes;
    let state = iec(sizes.state);
    let Format {
        family,
        incremental,
        changelog,
        ..
    } = facts.format;
    let backend = whose(question, facts);
    if changelog {
        // Small pieces are inside the metadata, and which handles they are tells the backend from version 4 on.
        let how = match question.backend(facts).name() {
            Some(backend) => format!("what {backend} materialized, and the changes since then"),
            None if facts.version >= 4 => {
                "changes alone, as nothing was materialized yet".to_owned()
            }
            None => "changes, and what was materialized before them".to_owned(),
        };
        return format!("Its {state} of state are a changelog: {how}");
    }
    match (family, snapshot.kind) {
        (FormatFamily::Canonical, _) => format!(
            "Its {state} of state are written out in full in the canonical format, which hides the state backend that held them"
        ),
        (FormatFamily::Native, Kind::Savepoint) => {
            format!("Its {state} of state are a complete copy in the own format of {backend}")
        }
        (FormatFamily::Native, _) if incremental && sizes.checkpointed < sizes.state => format!(
            "Its {state} of state are files of {backend}, taken incrementally: {} were written for it, and {}",
            iec(sizes.checkpointed),
            rest(facts, sizes)
        ),
        (FormatFamily::Native, _) if incremental => format!(
            "Its {state} of state are files of {backend}, taken incrementally, and all of them were written for it"
        ),
        (FormatFamily::Native, _) => {
            format!("Its {state} of state are written out in full in the own format of {backend}")
        }
        (FormatFamily::Mixed | FormatFamily::None, _) => format!(
            "Its {state} of state are partly in the canonical format and partly in a state backend's own, as {} of it tell",
            count(facts.operators.len() as u64, "operator")
        ),
    }
}

/// Where the state is that earlier checkpoints wrote. Small files are inside the metadata of each checkpoint that has them, so
/// that an earlier one's are copied, not named (`ByteStreamStateHandle`); which of those inside are new is not recorded.
fn rest(facts: &Facts, sizes: &Sizes) -> String {
    let earlier = sizes.state - sizes.checkpointed;
    // Files that checkpoints share lie outside of their own directories.
    let names_none = sizes.files == 0 || facts.relocatable;
    let rest = iec(earlier);
    if names_none {
        return format!("{rest} of earlier checkpoints are copied into its _metadata");
    }
    match (sizes.inline, earlier.saturating_sub(sizes.inline)) {
        (0, _) => format!("for {rest} it names files of earlier checkpoints"),
        (_, 0) => format!(
            "{rest} are of earlier checkpoints: files of theirs that it names, or what of theirs is copied into its _metadata"
        ),
        (_, named) => format!(
            "{rest} are of earlier checkpoints: files of theirs that it names, at least {}, and what of theirs is copied into \
             its _metadata",
            iec(named)
        ),
    }
}

/// The state backend as a name in a sentence.
pub(super) fn whose(question: &Question<'_>, facts: &Facts) -> &'static str {
    match question.backend(facts).name() {
        Some(EITHER) => "RocksDB (or of ForSt, whose files look the same)",
        Some(name) => name,
        None if facts.version <= 3 => {
            "a state backend that it does not betray (HashMap, or RocksDB without increments)"
        }
        None => "a state backend that it does not betray",
    }
}

fn evidence(question: &Question<'_>, facts: &Facts) -> String {
    let handles = match question.backend(facts) {
        Backend::Told(name) => return format!("{name}, as its job's settings on the cluster say"),
        _ if facts.format.family == FormatFamily::Canonical => {
            "handles of savepoints, alike for every backend"
        }
        Backend::Likely("ForSt") => "inferred: ForSt, from files named in its live database",
        Backend::Likely("HashMap") => {
            "inferred: HashMap, which alone writes key groups as a stream since 1.16"
        }
        Backend::Likely(_) | Backend::RocksDbOrForSt => "inferred from the names of the files",
        Backend::Unknown => "the handles in its metadata",
    };
    handles.to_owned()
}
