//! What would have made a snapshot otherwise: the state backend, which decides how state is held and in which format it is
//! written; the checkpoint storage, which decides where; the retention, which decides how long; and a savepoint instead.
//!
//! Keys are named as in one release: `CheckpointingOptions` and `StateBackendOptions` were renamed with 1.20 (FLIP-406), the
//! setters of objects on `StreamExecutionEnvironment` and `CheckpointConfig` deprecated with 1.19 and gone with 2.0 (FLINK-33581).
//! How many checkpoints are retained no program can set: only the JobManager's configuration is read
//! (`DefaultCompletedCheckpointStoreUtils`).

mod names;

use serde::Serialize;

use self::names::{Names, Taken};
use super::{Question, restore};
use crate::analysis::latest::path_as_written;
use crate::analysis::retained::completed_beside;
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
    // What never completed, no setting would have completed: a failed attempt is removed, and a JobManager that dies removes
    // nothing.
    let Some(facts) = question.facts() else {
        return Vec::new();
    };
    let names = Names::of(question.series());
    let mut found = Vec::new();
    if facts.properties == Properties::Null || !is_read(question, facts) {
        return found;
    }
    if question.is_savepoint() {
        savepoint(question, facts, &names, &mut found);
    } else {
        retention(question, &names, &mut found);
        backend(question, facts, &names, &mut found);
        storage(question, facts, &names, &mut found);
        traits(facts, &names, &mut found);
        found.push(savepoint_instead(question, facts, &names));
    }
    found
}

/// Whether the release that was asked for, if one was, can read it; names of one that cannot are of no use for it.
fn is_read(question: &Question<'_>, facts: &Facts) -> bool {
    let is_later = |asked| restore::first(facts).is_some_and(|first| asked >= first);
    question.release.is_none_or(is_later)
}

/// What the names in the calls stand for.
pub const LEGEND: &str = "`env` is the StreamExecutionEnvironment, `configuration` what its getExecutionEnvironment takes, and `jobClient` \
     what its executeAsync returns.";

/// How long it is kept.
fn retention(question: &Question<'_>, names: &Names, found: &mut Vec<Alternative>) {
    let fate = &question.snapshot.fate;
    match (fate.cancelled, fate.failed) {
        (Verdict::Kept, _) => found.push(names.retention(
            "DELETE_ON_CANCELLATION",
            "deleted also when the job is cancelled or the JobManager shuts down without high availability; kept when the job fails for good",
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
    // Those that lie here were kept together already.
    let here = completed_beside(question.snapshot, question.rows).len() + 1;
    // What is set already is no other setting.
    let live = question.live();
    let set = live.and_then(|live| live.cluster.settings.as_ref()?.retained);
    let more = set.map_or(0, |set| set as usize + 1);
    found.push(names.retained(more.max(here + 1)));
}

/// How state is held, and so how it is written.
fn backend(question: &Question<'_>, facts: &Facts, names: &Names, found: &mut Vec<Alternative>) {
    if facts.format.family == FormatFamily::None {
        return;
    }
    let held = question.backend(facts).name();
    let changelog = facts.format.changelog;
    match held {
        Some("HashMap") if changelog => {
            found.push(names.backend("rocksdb", "materialized by RocksDB, and read by RocksDB"));
        }
        Some("HashMap") => found.push(names.backend(
            "rocksdb",
            "files of RocksDB, which alone of the two can be written incrementally",
        )),
        Some(_) if changelog => found.push(names.backend(
            "hashmap",
            "materialized in full by HashMap, and read by HashMap",
        )),
        Some(_) => found.push(names.backend(
            "hashmap",
            "written out in full every time, by HashMap and for HashMap",
        )),
        None => found.push(names.backend(
            "rocksdb",
            "files of RocksDB, if it was not RocksDB that held it, which does not show",
        )),
    }
    let is_rocks = held.is_some_and(|name| name.contains("RocksDB"));
    if !is_rocks || changelog {
        return;
    }
    if facts.format.incremental {
        found.push(names.incremental(
            false,
            "a full copy, which shares no file with other checkpoints",
        ));
    } else {
        found.push(names.incremental(
            true,
            "only what changed since the checkpoint before it, the rest shared with that",
        ));
    }
}

/// Where it is written.
fn storage(question: &Question<'_>, facts: &Facts, names: &Names, found: &mut Vec<Alternative>) {
    let sizes = &question.snapshot.sizes;
    if sizes.files == 0 && sizes.inline > 0 {
        found.push(names.threshold(&format!(
            "its {} in files of their own beside _metadata, if its storage is the file system's",
            iec(sizes.inline)
        )));
    }
    let written = path_as_written(question.snapshot);
    let place = written.as_ref().unwrap_or(&question.snapshot.location);
    let above = match question.snapshot.job_id {
        Some(_) => place.parent().and_then(|job| job.parent()),
        None => place.parent(),
    };
    found.extend(above.map(|at| names.directory(&at.shown())));
    if sizes.files > 0 {
        found.push(names.storage(if facts.format.changelog {
            "what was materialized inside _metadata; the changes stay in the changelog's own storage"
        } else {
            "all state inside _metadata, or nowhere on disk without a checkpoint directory; for small state only"
        }));
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

/// ForSt knows no canonical format: asked for one it fails the job (seen on 2.3.0).
const FORST: &str = "ForSt";

/// A savepoint in place of a checkpoint.
fn savepoint_instead(question: &Question<'_>, facts: &Facts, names: &Names) -> Alternative {
    match question.backend(facts).name() {
        Some(FORST) => names.savepoint_instead(
            "NATIVE",
            "yours from the start, whatever becomes of the job, and free to be moved; a canonical one would fail the job up to 2.3.0",
        ),
        Some(name) if name.contains(FORST) => names.savepoint_instead(
            "CANONICAL",
            "yours from the start, whatever becomes of the job; free to be moved, and to go to the other state backend; with ForSt only \
             a native one: this one would fail the job up to 2.3.0",
        ),
        _ => names.savepoint_instead(
            "CANONICAL",
            "yours from the start, whatever becomes of the job; free to be moved, and to go to the other state backend",
        ),
    }
}

fn savepoint(question: &Question<'_>, facts: &Facts, names: &Names, found: &mut Vec<Alternative>) {
    let taken = match &facts.properties {
        Properties::Known { type_name, .. } if type_name == "Terminate Savepoint" => Taken::AtDrain,
        Properties::Known { type_name, .. } if type_name == "Suspend Savepoint" => Taken::AtStop,
        _ => Taken::InPassing,
    };
    match facts.format.family {
        FormatFamily::Canonical | FormatFamily::Mixed => found.extend(names.format(
            taken,
            "NATIVE",
            "in the own format of its state backend: taken and restored faster, and read by that backend alone",
        )),
        FormatFamily::Native => match question.backend(facts).name() {
            Some(FORST) => {}
            Some(name) if name.contains(FORST) => found.extend(names.format(
                taken,
                "CANONICAL",
                "in the one format that both HashMap and RocksDB restore; not with ForSt, whose job it fails up to 2.3.0",
            )),
            _ => found.extend(names.format(
                taken,
                "CANONICAL",
                "in the one format that both HashMap and RocksDB restore",
            )),
        },
        FormatFamily::None => {}
    }
    if facts.format.family == FormatFamily::Native {
        let (other, its) = match question.backend(facts).name() {
            Some("HashMap") => ("rocksdb", "files of RocksDB, read by RocksDB alone"),
            _ => ("hashmap", "in the format of HashMap, read by HashMap alone"),
        };
        found.push(names.backend(other, its));
    }
    if facts.format.family == FormatFamily::Canonical {
        found.push(names.backend(
            "hashmap or rocksdb",
            "no different: the canonical format hides which it was",
        ));
    }
    let written = path_as_written(question.snapshot);
    let place = written.as_ref().unwrap_or(&question.snapshot.location);
    found.extend(
        place
            .parent()
            .map(|at| names.savepoint_directory(&at.shown())),
    );
    let format = if facts.format.family == FormatFamily::Native {
        "NATIVE"
    } else {
        "CANONICAL"
    };
    match taken {
        Taken::AtDrain => found.push(names.stop(format, "taken as it stands, with windows and timers still open, to go on from")),
        Taken::InPassing => found.push(names.stop(
            format,
            "the last thing the job did: sinks commit what belongs to it, and nothing is written twice",
        )),
        Taken::AtStop => {}
    }
    if question.snapshot.kind == Kind::Savepoint {
        found.push(names.externalized_instead());
    }
}
