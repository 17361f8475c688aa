//! What would have made a snapshot otherwise: the state backend, which decides how state is held and in which format it is
//! written; the checkpoint storage, which decides where; the retention, which decides how long; and a savepoint instead.
//!
//! Keys are named as in one release: `CheckpointingOptions` and `StateBackendOptions` were renamed with 1.20 (FLIP-406), the
//! setters of objects on `StreamExecutionEnvironment` and `CheckpointConfig` deprecated with 1.19 and gone with 2.0 (FLINK-33581).
//! How many checkpoints are retained no program can set: only the JobManager's configuration is read
//! (`DefaultCompletedCheckpointStoreUtils`).

mod names;

use serde::Serialize;

use self::names::Names;
use super::Question;
use super::kind::whose;
use crate::domain::size::iec;
use crate::domain::snapshot::{Facts, FormatFamily, Kind, Properties, Verdict};

/// One setting with another value, or another command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alternative {
    /// What it belongs to: `state backend`, `checkpoint storage`, `retention`, …
    pub about: &'static str,
    /// The key of the configuration with its value, or the command.
    pub setting: String,
    /// The call that does the same in a program, where there is one.
    pub call: Option<String>,
    /// How the snapshot would have differed.
    pub effect: String,
}

/// All that would have made a difference.
pub fn otherwise(question: &Question<'_>) -> Vec<Alternative> {
    let names = Names::of(question.series());
    let Some(facts) = question.facts() else {
        return names.timeout().into_iter().collect();
    };
    let mut found = Vec::new();
    if facts.properties == Properties::Null {
        return found;
    }
    if question.is_savepoint() {
        savepoint(question, facts, &names, &mut found);
    } else {
        retention(question, &names, &mut found);
        backend(facts, &names, &mut found);
        storage(question, &names, &mut found);
        traits(facts, &names, &mut found);
        found.push(names.savepoint_instead());
    }
    found
}

/// How long it is kept.
fn retention(question: &Question<'_>, names: &Names, found: &mut Vec<Alternative>) {
    let fate = &question.snapshot.fate;
    match (fate.cancelled, fate.failed) {
        (Verdict::Kept, _) => found.push(names.retention(
            "DELETE_ON_CANCELLATION",
            "deleted when the job is cancelled, too; kept only when it fails for good",
        )),
        (Verdict::Deleted, _) => found.push(names.retention(
            "RETAIN_ON_CANCELLATION",
            "kept when the job is cancelled or fails for good",
        )),
        (Verdict::Unknown, _) => found.push(names.retention(
            "RETAIN_ON_CANCELLATION",
            "kept when the job is cancelled or fails for good; whether it was set is not recorded",
        )),
    }
    let newer = question.checkpoints_beside(true).len();
    found.push(names.retained(newer + 2));
}

/// How state is held, and so how it is written.
fn backend(facts: &Facts, names: &Names, found: &mut Vec<Alternative>) {
    if facts.format.family == FormatFamily::None {
        return;
    }
    match facts.likely_backend {
        Some("HashMap") => found.push(names.backend(
            "rocksdb",
            "files of RocksDB, which alone of the two can be written incrementally",
        )),
        Some(_) => found.push(names.backend(
            "hashmap",
            "written out in full every time, by HashMap and for HashMap",
        )),
        None => found.push(names.backend(
            "rocksdb",
            "files of RocksDB; which backend it was does not show",
        )),
    }
    match (facts.likely_backend, facts.format.incremental) {
        (Some("RocksDB"), true) if !facts.format.changelog => {
            found.push(names.incremental(
                false,
                "a full copy, which shares no file with other checkpoints",
            ));
        }
        (Some("RocksDB"), false) if !facts.format.changelog => {
            found.push(names.incremental(
                true,
                "only what changed since the checkpoint before it, the rest shared with that",
            ));
        }
        _ => {}
    }
}

/// Where it is written.
fn storage(question: &Question<'_>, names: &Names, found: &mut Vec<Alternative>) {
    let sizes = &question.snapshot.sizes;
    if sizes.files == 0 && sizes.inline > 0 {
        found.push(names.threshold(&format!(
            "its {} in files of their own beside _metadata, if its storage is the file system's",
            iec(sizes.inline)
        )));
    }
    found.push(names.directory());
    if sizes.files > 0 {
        found.push(names.storage());
    }
}

/// What else it was that it need not have been.
fn traits(facts: &Facts, names: &Names, found: &mut Vec<Alternative>) {
    if facts.format.unaligned {
        found.push(names.unaligned());
    }
    if facts.format.changelog {
        found.push(names.changelog());
    }
    if facts.format.file_merging {
        found.extend(names.file_merging());
    }
}

fn savepoint(question: &Question<'_>, facts: &Facts, names: &Names, found: &mut Vec<Alternative>) {
    let stopped = matches!(&facts.properties, Properties::Known { type_name, .. } if type_name != "Savepoint");
    let drained = matches!(&facts.properties, Properties::Known { type_name, .. } if type_name == "Terminate Savepoint");
    match facts.format.family {
        FormatFamily::Canonical | FormatFamily::Mixed => found.extend(names.format(
            stopped,
            "NATIVE",
            "in the own format of its state backend: taken and restored faster, and read by that backend alone",
        )),
        FormatFamily::Native => found.extend(names.format(
            stopped,
            "CANONICAL",
            "in the one format that both HashMap and RocksDB restore",
        )),
        FormatFamily::None => {}
    }
    if facts.format.family == FormatFamily::Native {
        let other = if facts.likely_backend == Some("HashMap") {
            "rocksdb"
        } else {
            "hashmap"
        };
        found.push(names.backend(
            other,
            &format!(
                "in that backend's format instead of {}'s",
                whose_short(facts)
            ),
        ));
    }
    if facts.format.family == FormatFamily::Canonical {
        found.push(names.backend(
            "hashmap or rocksdb",
            "no different: the canonical format hides which it was",
        ));
    }
    found.push(names.savepoint_directory());
    if drained {
        found.push(names.stop(
            false,
            "taken as it stands, with windows and timers still open, to go on from",
        ));
    } else if !stopped {
        found.push(names.stop(false, "the last thing the job did: sinks commit what belongs to it, and nothing is written twice"));
    }
    if question.snapshot.kind == Kind::Savepoint {
        found.push(names.externalized_instead());
    }
}

fn whose_short(facts: &Facts) -> &'static str {
    facts.likely_backend.unwrap_or_else(|| whose(facts))
}
