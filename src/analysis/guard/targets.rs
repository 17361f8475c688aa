//! What speaks against the deletion of a snapshot as a whole.

use std::collections::{BTreeMap, BTreeSet};

use super::{ELSEWHERE, Graph, LAST_RESTORABLE, OUT_OF_SIGHT, Question, Word, liveness, starting};
use crate::analysis::{forks, heirs, marked, order, overlay};
use crate::domain::hold::Hold;
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::plan::{Decision, Objection};
use crate::domain::snapshot::{Health, Kind, Snapshot};
use crate::domain::text::{scrub, shell_quote};
use crate::domain::time;

/// How what could not be listed for want of permission is told.
const DENIED: &str = "permission denied";

pub(super) fn objection(guard: &str, decision: Decision, text: impl Into<String>) -> Objection {
    Objection {
        guard: guard.to_owned(),
        decision,
        text: text.into(),
        overruled_by: None,
        about: String::new(),
        is_of_living: false,
    }
}

/// The job that took a snapshot, by its id or the first digits of that; nothing where nobody knows.
pub(super) fn whose(snapshot: &Snapshot) -> String {
    let id = snapshot.job_id.map(|id| id.to_string());
    id.or_else(|| snapshot.job_prefix.clone())
        .unwrap_or_default()
}

/// All that speaks against one snapshot, whatever else goes.
pub(super) fn objections(question: &Question<'_>, at: usize) -> Vec<Objection> {
    let snapshot = &*question.graph.snapshots[at];
    let mut found = Vec::new();
    if !question.is_inside(&snapshot.location) {
        found.push(objection(
            "containment",
            Decision::Keep,
            "It lies outside of the directories that were named.",
        ));
    }
    for hold in question.holds {
        if !hold.stands(question.now) {
            continue;
        }
        let mut rows = question.graph.snapshots.iter();
        if hold.is_on(&snapshot.location) {
            found.push(objection("hold", Decision::Keep, held_by(hold)));
        } else if !rows.any(|row| hold.is_on(&row.location)) {
            let text = format!(
                "`{}` holds {}, which is not in sight: what it names is not known. Name its directory with --in, or \
                 release it.",
                hold.name, hold.snapshot
            );
            found.push(objection("hold", Decision::Unknown, text));
        }
    }
    if let Some(mark) = question
        .marks
        .iter()
        .find(|mark| marked::is_of(mark, snapshot))
    {
        found.push(objection(
            "mark",
            Decision::Keep,
            format!(
                "It was marked to restart from {}; unmark it first.",
                time::ago(mark.at, question.now)
            ),
        ));
    }
    if snapshot.health == Health::InProgress {
        found.push(objection(
            "in progress",
            Decision::Keep,
            "Flink may be writing it.",
        ));
    }
    found.extend(nameless(&snapshot.location));
    // State that stays is a leak; with the metadata, all of it stays.
    if let Some(why) = question.graph.metadata_out_of_reach(at) {
        let remedy = if why.contains("is a symbolic link") {
            " Name the real place."
        } else {
            ""
        };
        let text = format!("It cannot be moved into the trash: {why}.{remedy}");
        found.push(objection("out of reach", Decision::Unknown, text));
    }
    found.extend(unreadable(question, at));
    found.extend(blindness(question, at));
    found.extend(liveness::objections(question, snapshot));
    found.extend(starting::objections(question, snapshot));
    found.extend(out_of_sight(question, at));
    found.extend(heirs_elsewhere(question, at));
    found
}

/// What of it jobs have against it that clusters or notes tell of.
pub(super) fn told(question: &Question<'_>, at: usize) -> Vec<Objection> {
    let mut found = liveness::told(question, &question.graph.snapshots[at]);
    found.extend(heirs_elsewhere(question, at));
    found
}

pub(super) fn held_by(hold: &Hold) -> String {
    let by = match hold.by.as_str() {
        "" => String::new(),
        by => format!(", set by {by}"),
    };
    let why = match hold.why.as_str() {
        "" => String::new(),
        why => format!(": {why}"),
    };
    format!("It is held by `{}`{by}{why}.", hold.name)
}

/// The trash writes down as text where what lies in it came from.
fn nameless(at: &Location) -> Option<Objection> {
    let is_text = std::str::from_utf8(at.as_bytes()).is_ok();
    let text = "Its name is no text, and what went under it could not be put back. Give it a plain name first.";
    (!is_text).then(|| objection("name", Decision::Unknown, text))
}

/// What could not be read or listed may name any file in scope.
fn blindness(question: &Question<'_>, at: usize) -> Vec<Objection> {
    let graph = question.graph;
    let wished = |other: usize| question.wishes.iter().any(|wish| wish.snapshot == other);
    // Of those that are asked to go themselves nothing will be restored, should they go.
    let others = not_understood(question, at, |other| !wished(other));
    let blind = graph.blind.iter().map(|what| {
        let remedy = if what.ends_with(DENIED) {
            " Run it as a user who may read that, or leave it out if nothing in it can name these files."
        } else {
            ""
        };
        not_known(format!("{what}.{remedy}"))
    });
    others.chain(blind).collect()
}

fn not_known(text: String) -> Objection {
    objection("complete knowledge", Decision::Unknown, text)
}

/// What other snapshots, where they stay, have against the deletion of one, as it is not known which files they name. One
/// alone names no file of its own dead body.
fn not_understood<'q>(
    question: &'q Question<'_>,
    at: usize,
    stays: impl Fn(usize) -> bool + Copy + 'q,
) -> impl Iterator<Item = Objection> + 'q {
    let graph = question.graph;
    let unread = graph.unread.iter();
    let unread = unread.filter(move |&&other| other != at && stays(other));
    let unread = unread.map(|&other| {
        let other = &graph.snapshots[other];
        let path = other.location.shown();
        let show = shell_quote(&path);
        let word = question.word(Word::Unreadable, other);
        let also = word.map_or_else(String::new, |word| {
            let word = scrub(&word);
            format!(", and --confirm {} lets it go, too, if it is named", shell_quote(&word))
        });
        format!(
            "The metadata of {path} cannot be read, and may name files of it. `stateward show {show}` tells why{also}."
        )
    });
    let elsewhere = graph.elsewhere.iter();
    let elsewhere = elsewhere.filter(move |(other, _)| **other != at && stays(**other));
    let elsewhere = elsewhere.map(|(&other, file)| {
        format!(
            "{} names {file}, which cannot be found; that may be a file in sight under another name (--map).",
            graph.snapshots[other].location
        )
    });
    unread.chain(elsewhere).map(not_known)
}

/// What those that were asked to go, and stay after all, have against the deletion of the others by what they may name.
pub(super) fn named_by_what_stays(
    question: &Question<'_>,
    going: &BTreeSet<usize>,
) -> Vec<(usize, Objection)> {
    let stays = |other: usize| !going.contains(&other);
    going
        .iter()
        .flat_map(|&at| not_understood(question, at, stays).map(move |it| (at, it)))
        .collect()
}

/// Metadata that cannot be read here may be read by another release of Flink, and be all that is left of a job.
fn unreadable(question: &Question<'_>, at: usize) -> Option<Objection> {
    let snapshot = &*question.graph.snapshots[at];
    question.graph.unread.contains(&at).then(|| Objection {
        overruled_by: question.word(Word::Unreadable, snapshot),
        about: whose(snapshot),
        ..objection(
            "unreadable",
            Decision::Unknown,
            "Its metadata cannot be read here; another release of Flink may read it.",
        )
    })
}

/// A job that claimed a snapshot builds on its keyed state, whatever the layout, and may write its checkpoints where nobody
/// looked. Nothing beside the snapshot shows that.
fn out_of_sight(question: &Question<'_>, at: usize) -> Option<Objection> {
    let snapshot = &*question.graph.snapshots[at];
    let mut text = "A job that builds on its files (CLAIM or LEGACY) may write to another checkpoint directory. Name all such \
                    directories with --in, and say so with --all-named."
        .to_owned();
    for configured in configured_elsewhere(question) {
        text.push(' ');
        text.push_str(&configured);
    }
    (question.graph.heritable.contains(&at) && !question.all_named).then(|| Objection {
        overruled_by: question.word(Word::Heirs, snapshot),
        about: whose(snapshot),
        ..objection(OUT_OF_SIGHT, Decision::Unknown, text)
    })
}

/// The directories that clusters are configured to write checkpoints to and that nobody looked in, in a sentence each.
pub(super) fn configured_elsewhere(question: &Question<'_>) -> impl Iterator<Item = String> {
    let is_seen = |at: &Location| {
        let is_in_sight = |at: &Location| {
            let mut roots = question.roots.iter();
            roots.any(|root| at.canonical().is_within(&root.canonical()))
        };
        // By another name, as metadata in sight tells.
        let mut rows = question.graph.snapshots.iter();
        is_in_sight(at)
            || rows.any(|row| {
                let mapping = row.mapping.as_ref();
                let there = mapping.and_then(|it| {
                    let below = at.canonical();
                    let below = below.relative_to(&it.from.canonical())?.to_vec();
                    Some(it.to.join(&below))
                });
                there.is_some_and(|it| is_in_sight(&it))
            })
    };
    let clusters = question.clusters.iter();
    clusters.filter_map(move |cluster| {
        let at = cluster.settings.as_ref()?.checkpoint_directory.as_ref()?;
        (!is_seen(at)).then(|| {
            format!(
                "{} is configured to write to {at}, where nobody looked (--in {}).",
                cluster.name,
                shell_quote(&at.shown())
            )
        })
    })
}

/// Jobs that clusters know, and that may go on naming its files from where nobody looked. Whoever knows that nothing is there
/// any more types the directory.
fn heirs_elsewhere(question: &Question<'_>, at: usize) -> Vec<Objection> {
    let graph = question.graph;
    if !graph.heritable.contains(&at) {
        return Vec::new();
    }
    let snapshot = &*graph.snapshots[at];
    let files = graph.of.get(&at).into_iter().flatten();
    let directories = files.filter_map(|&file| graph.files[file].at.parent());
    let directories: BTreeSet<Location> = directories.collect();
    // What it names of others was theirs, and may be named by their heirs too.
    let of = directories.iter().flat_map(|at| {
        let around = std::iter::successors(Some(at.clone()), Location::parent);
        around.filter_map(|it| JobId::from_hex(it.name()).ok())
    });
    // A savepoint's name begins with that of its job, which a cluster may know.
    let by_name = overlay::jobs(question.clusters)
        .map(|(_, job)| job.id)
        .filter(|id| snapshot.job_prefix.as_ref() == Some(&id.savepoint_prefix()));
    let own: BTreeSet<JobId> = snapshot.job_id.into_iter().chain(by_name).collect();
    let known: BTreeSet<JobId> = of
        .chain(own.iter().copied())
        .filter(|it| *it != JobId::ZERO)
        .collect();
    // Where nobody knows whose it is, it may be anybody's.
    let is_known = own.iter().any(|it| *it != JobId::ZERO);
    let of = if is_known { known } else { BTreeSet::new() };
    // By whatever name: a copy here of what lies on the same machine is not the place itself.
    let is_seen = |at: &Location, job: JobId| {
        let mut rows = graph.snapshots.iter();
        let mut roots = question.roots.iter();
        roots.any(|root| at.is_within(&root.canonical()))
            || rows.any(|row| {
                let is_elsewhere = at.local_path().is_none() || row.mapping.is_some();
                is_elsewhere && row.job_id == Some(job) && row.kind != Kind::Savepoint
            })
    };
    // Of what lies where no job's id tells whose it is, it is not known who else may have named it.
    let is_told = |at: &Location| {
        let mut around = std::iter::successors(Some(at.clone()), Location::parent);
        *at == snapshot.location || around.any(|it| JobId::from_hex(it.name()).is_ok())
    };
    let are_told = is_known && directories.iter().all(is_told);
    let is_apart = |path: &Location| {
        let rows = graph.snapshots.iter().enumerate();
        let mut rows = rows.filter(|(_, row)| overlay::is_at(path, row)).peekable();
        are_told && rows.peek().is_some() && rows.all(|(other, _)| shares_nothing(graph, at, other))
    };
    let line = heirs::Line {
        of: &of,
        is_apart: &is_apart,
        clusters: question.clusters,
        restarts: question.restarts,
    };
    let unseen = heirs::unseen(&line, &is_seen);
    let unseen = unseen.into_iter().map(|heir| Objection {
        overruled_by: Some(heir.at.to_text()),
        about: heir.at.to_text(),
        ..objection(
            ELSEWHERE,
            Decision::Unknown,
            format!(
                "{} may build on its files (CLAIM or LEGACY), and nobody looked in {}, where its checkpoints may name files \
                 of it. Look there too with --in.",
                heir.who, heir.at
            ),
        )
    });
    unseen.collect()
}

/// Whether another snapshot is understood, and names no file of one.
fn shares_nothing(graph: &Graph, at: usize, other: usize) -> bool {
    let row = &graph.snapshots[other];
    let stands_alone = row
        .facts
        .as_ref()
        .is_some_and(|facts| facts.regional.is_empty());
    let is_understood = !graph.unread.contains(&other)
        && !graph.elsewhere.contains_key(&other)
        && !graph.meant.values().any(|users| users.contains(&other));
    let mut files = graph.of.get(&at).into_iter().flatten();
    other != at
        && stands_alone
        && is_understood
        && !files.any(|&file| graph.files[file].users.contains(&other))
}

/// The newest of each lineage that would be left with nothing to restore from, and of each job that went on beside others of
/// its lineage ([`forks::apart`]).
pub(super) fn last_restorable(
    question: &Question<'_>,
    going: &BTreeSet<usize>,
) -> Vec<(usize, Objection)> {
    let graph = question.graph;
    let rows: Vec<&Snapshot> = graph.snapshots.iter().map(|it| &**it).collect();
    let apart = forks::apart(
        &rows,
        &forks::histories(question.restarts, question.clusters),
    );
    let lineages: BTreeSet<_> = going.iter().map(|&at| rows[at].lineage).collect();
    let mut found = Vec::new();
    for lineage in lineages {
        let restorable =
            (0..rows.len()).filter(|&at| rows[at].lineage == lineage && rows[at].is_restorable());
        let all: Vec<usize> = restorable.collect();
        let goes = |line: &[usize]| line.iter().all(|at| going.contains(at));
        let mut lines: BTreeMap<Option<&String>, Vec<usize>> = BTreeMap::new();
        for &at in &all {
            lines.entry(apart[at].as_ref()).or_default().push(at);
        }
        if lines.len() > 1 {
            // What others go back to that went on since is not the last of anything but the whole.
            lines.remove(&None);
            if goes(&all) {
                found.extend(last_of(question, &all, None));
            }
        }
        for (job, line) in lines {
            if goes(&line) {
                found.extend(last_of(question, &line, job));
            }
        }
    }
    found
}

/// What speaks for the newest of snapshots that all are to go.
fn last_of(
    question: &Question<'_>,
    line: &[usize],
    job: Option<&String>,
) -> Option<(usize, Objection)> {
    let row = |at: usize| &*question.graph.snapshots[at];
    let mut rows: Vec<&Snapshot> = line.iter().map(|&at| row(at)).collect();
    order::newest_first(&mut rows);
    let newest = *rows.first()?;
    let mut line = line.iter().copied();
    let at = line.find(|&at| row(at).location == newest.location)?;
    let lineage = question.name_of_lineage(newest).unwrap_or_default();
    let word = question.word(Word::Last, newest);
    let (overruled_by, text) = match job {
        None => (
            word,
            format!(
                "Without it nothing that is known here to be of {lineage} could be restored; {}.",
                question.where_looked()
            ),
        ),
        Some(job) => (
            // Each of them is asked about once.
            word.map(|word| format!("{word} {job}")),
            format!(
                "Without it nothing of job {job} could be restored, which may have gone on beside another job of {lineage}; {}.",
                question.where_looked()
            ),
        ),
    };
    let objection = Objection {
        overruled_by,
        about: job.cloned().unwrap_or_else(|| whose(newest)),
        ..objection(LAST_RESTORABLE, Decision::Keep, text)
    };
    Some((at, objection))
}

/// Those that snapshots which stay are built on as a whole. A regional checkpoint (metadata version 7) names the checkpoint
/// that the state of some of its subtasks is in. A checkpoint that names files of a claimed savepoint as if they lay in its
/// own directory (FLINK-39964) restores once they are copied there, and without them never again.
pub(super) fn depended_on(
    question: &Question<'_>,
    going: &BTreeSet<usize>,
) -> Vec<(usize, Objection)> {
    let graph = question.graph;
    let mut found = Vec::new();
    for &at in going {
        let target = &graph.snapshots[at];
        let home = target.location.parent();
        let builds_on_it = |other: &Snapshot| {
            let depends = other.facts.as_ref().map(|facts| &facts.regional);
            other.location.parent() == home
                && depends
                    .is_some_and(|ids| ids.iter().any(|id| Some(*id) == target.checkpoint_id()))
        };
        let staying = (0..graph.snapshots.len()).filter(|other| !going.contains(other));
        let mut users = staying.filter(|&other| builds_on_it(&graph.snapshots[other]));
        if let Some(user) = users.next() {
            let text = format!(
                "{} is a regional checkpoint that is built on it.",
                graph.snapshots[user].name
            );
            found.push((at, objection("built on", Decision::Keep, text)));
        }
        let mut means = graph.meant.get(&at).into_iter().flatten();
        if let Some(&user) = means.find(|&user| !going.contains(user)) {
            let text = format!(
                "{} names files of it as if they lay in its own directory (FLINK-39964); copied there they make it \
                 restorable.",
                graph.snapshots[user].name
            );
            found.push((at, objection("built on", Decision::Keep, text)));
        }
        if let Some(user) = lodger(question, at, going) {
            let text = format!(
                "{} names files in its directory; without its metadata they would pass for what a checkpoint that never \
                 completed left behind.",
                graph.snapshots[user].name
            );
            found.push((at, objection("built on", Decision::Keep, text)));
        }
    }
    found
}

/// Whoever stays and names files in the directory of a checkpoint, as a job with a changelog does that claimed it. Flink keeps
/// such a checkpoint as long. In the directory of a savepoint files are nobody's leftovers.
fn lodger(question: &Question<'_>, at: usize, going: &BTreeSet<usize>) -> Option<usize> {
    let graph = question.graph;
    let target = &graph.snapshots[at];
    if target.kind == Kind::Savepoint {
        return None;
    }
    let files = graph.of.get(&at).into_iter().flatten();
    let mut own = files
        .map(|&file| &graph.files[file])
        .filter(|file| file.at.parent().as_ref() == Some(&target.location));
    own.find_map(|file| {
        let mut users = file.users.iter().copied();
        users.find(|user| *user != at && !going.contains(user))
    })
}
