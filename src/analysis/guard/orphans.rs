//! What no snapshot names, through the same guard: [`crate::analysis::orphans`] says what is left over and for how long
//! nobody has touched it; what holds for every deletion is seen to here.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::targets::{held_by, objection};
use super::{Question, weight};
use crate::analysis::orphans::{Class, Orphan};
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::domain::plan::{Decision, FileStep, Objection, Plan, SCHEMA, Target};
use crate::domain::snapshot::Snapshot;
use crate::domain::text::scrub_bytes;

/// What has to be said of what is left over, and may go, where no cluster was asked.
pub const UNASKED: &str = "no cluster was asked (--flink): that no job writes there is concluded from the times of what lies there";

/// A plan for these of what is left over, one target for each directory that some of it lies in. What was judged to stay
/// stays. Of the question's graph only the snapshots, and what could not be read or listed, are of interest; nothing can be
/// typed that overrules an objection.
pub fn plan_of_orphans(question: &Question<'_>, orphans: impl IntoIterator<Item = Orphan>) -> Plan {
    let mut places: BTreeMap<Location, Vec<Orphan>> = BTreeMap::new();
    for orphan in orphans {
        places.entry(place_of(&orphan)).or_default().push(orphan);
    }
    let rows = &question.graph.snapshots;
    let claims = Claims::new(question.holds, question.marks, rows, question.now);
    let targets = places.into_iter();
    let plan = Plan {
        schema: SCHEMA,
        id: question.id.to_owned(),
        made_at: question.now,
        verb: question.verb.to_owned(),
        roots: question.roots.to_vec(),
        retention: None,
        looking: None,
        remarks: Vec::new(),
        targets: targets
            .map(|(place, orphans)| target(question, &claims, place, &orphans))
            .collect(),
    };
    let is_unasked = question.clusters.is_empty() && !plan.comes_to_nothing();
    Plan {
        remarks: is_unasked.then(|| UNASKED.to_owned()).into_iter().collect(),
        ..plan
    }
}

fn target(
    question: &Question<'_>,
    claims: &Claims<'_>,
    at: Location,
    orphans: &[Orphan],
) -> Target {
    let mut objections = objections(question, claims, &at, orphans);
    let whole = heaviest(&objections);
    let mut files: Vec<FileStep> = orphans
        .iter()
        .filter(|orphan| !orphan.is_directory)
        .map(|orphan| step(question, whole, orphan))
        .collect();
    if objections.is_empty()
        && let Some(file) = files.iter().max_by_key(|file| weight(file.decision))
        && file.decision != Decision::Delete
    {
        let text = format!("It stays: {}.", file.reason);
        objections.push(objection("left over", file.decision, text));
    }
    files.sort_by(|a, b| (!a.is_metadata, &a.at).cmp(&(!b.is_metadata, &b.at)));
    let goes_with_them = goes_with_its_content(question, &at, orphans);
    Target {
        name: name(question, &at),
        what: "orphan".to_owned(),
        lineage: None,
        asked: why(orphans),
        decision: heaviest(&objections),
        objections,
        overruled: Vec::new(),
        files,
        directories: goes_with_them.then(|| at.clone()).into_iter().collect(),
        at,
    }
}

/// What becomes of a target by these objections.
fn heaviest(objections: &[Objection]) -> Decision {
    let decisions = objections.iter().map(|objection| objection.decision);
    decisions
        .min_by_key(|decision| weight(*decision))
        .unwrap_or(Decision::Delete)
}

/// The holds and marks that are known, for whoever asks what they say against what is left over somewhere.
pub struct Claims<'a> {
    /// Holds that stand, each with whether its snapshot was read, so that what it names is known.
    holds: Vec<(&'a Hold, bool)>,
    /// Marks, each with the same.
    marks: Vec<(&'a Mark, bool)>,
}

impl<'a> Claims<'a> {
    /// Of all holds and marks that matter, given the snapshots in scope.
    pub fn new(
        holds: &'a [Hold],
        marks: &'a [Mark],
        snapshots: &[Arc<Snapshot>],
        now: Timestamp,
    ) -> Self {
        let is_read = |is_it: &dyn Fn(&Location) -> bool| {
            let mut read = snapshots.iter().filter(|row| row.facts.is_some());
            read.any(|row| is_it(&row.location))
        };
        let of_hold = |hold: &Hold| is_read(&|at| hold.is_on(at));
        let of_mark = |mark: &Mark| is_read(&|at| mark.is_on(at));
        let holds = holds.iter().filter(|hold| hold.stands(now));
        Self {
            holds: holds.map(|hold| (hold, of_hold(hold))).collect(),
            marks: marks.iter().map(|mark| (mark, of_mark(mark))).collect(),
        }
    }

    /// What they say against all that is left over in a directory.
    pub fn against(&self, at: &Location) -> Vec<Objection> {
        let mut found = Vec::new();
        let is_within = |is_it: &dyn Fn(&Location) -> bool| {
            let mut around = std::iter::successors(Some(at.clone()), Location::parent);
            around.any(|place| is_it(&place))
        };
        for (hold, is_read) in &self.holds {
            if is_within(&|place| hold.is_on(place)) {
                found.push(objection("hold", Decision::Keep, held_by(hold)));
            } else if !is_read {
                let text = format!(
                    "`{}` holds {}, which cannot be read or is not in sight: what it names is not known.",
                    hold.name, hold.snapshot
                );
                found.push(objection("hold", Decision::Unknown, text));
            }
        }
        for (mark, is_read) in &self.marks {
            if is_within(&|place| mark.is_on(place)) {
                let text = "It was marked to restart from; unmark it first.";
                found.push(objection("mark", Decision::Keep, text));
            } else if !is_read {
                let text = format!(
                    "{} is marked to restart from, and cannot be read or is not in sight: what it names is not known; unmark \
                     it if it is gone for good.",
                    mark.snapshot
                );
                found.push(objection("mark", Decision::Unknown, text));
            }
        }
        found
    }

    /// What decides of that, if anything does.
    pub fn verdict(&self, at: &Location) -> Option<Objection> {
        let against = self.against(at).into_iter();
        against.min_by_key(|objection| weight(objection.decision))
    }
}

/// The directory that something left over lies in, or is: what is said of that is said of it.
pub fn place_of(orphan: &Orphan) -> Location {
    match orphan.at.parent() {
        Some(parent) if !orphan.is_directory => parent,
        _ => orphan.at.clone(),
    }
}

/// What speaks against all that is left over in one place.
fn objections(
    question: &Question<'_>,
    claims: &Claims<'_>,
    at: &Location,
    orphans: &[Orphan],
) -> Vec<Objection> {
    let mut found = claims.against(at);
    for what in &question.graph.blind {
        let text = format!("{what}.");
        found.push(objection("complete knowledge", Decision::Unknown, text));
    }
    for directory in orphans.iter().filter(|orphan| orphan.is_directory) {
        if !question.is_inside(&directory.at) {
            let text = "It lies outside of the directories that were named.";
            found.push(objection("containment", Decision::Keep, text));
        }
        if directory.decision != Decision::Delete {
            let text = format!("It stays: {}.", directory.reason);
            found.push(objection("left over", directory.decision, text));
        }
    }
    found
}

fn step(question: &Question<'_>, whole: Decision, orphan: &Orphan) -> FileStep {
    let (decision, reason) = judged(question, whole, orphan);
    FileStep {
        at: orphan.at.clone(),
        is_metadata: orphan.class == Class::EmptyMetadata,
        decision,
        reason,
        bytes: orphan.bytes,
        hard_linked: orphan.is_hard_linked,
        seen: orphan.fingerprint,
        pinned_by: Vec::new(),
        also_of: Vec::new(),
    }
}

fn judged(question: &Question<'_>, whole: Decision, orphan: &Orphan) -> (Decision, String) {
    let said = orphan.reason.to_string();
    if orphan.decision != Decision::Delete {
        return (orphan.decision, said);
    }
    if whole != Decision::Delete {
        return (whole, "what it lies in stays".to_owned());
    }
    if !question.is_inside(&orphan.at) {
        let why = "outside of the directories named";
        return (Decision::Keep, why.to_owned());
    }
    // Before any other file goes, all metadata is read once more, which comes to a stop at the first that cannot be.
    if orphan.class != Class::EmptyMetadata
        && let Some(&first) = question.graph.unread.first()
    {
        let unread = &question.graph.snapshots[first].location;
        let why = format!("the metadata of {unread} cannot be read, and may name it");
        return (Decision::Unknown, why);
    }
    match orphan.fingerprint {
        None => (
            Decision::Unknown,
            "when it was changed is not known".to_owned(),
        ),
        Some(seen) if seen.modified > question.now => {
            (Decision::Unknown, "it was changed in the future".to_owned())
        }
        Some(seen) if question.now.duration_since(seen.modified) < question.grace() => {
            (Decision::Defer, "it was changed not long ago".to_owned())
        }
        Some(_) => (Decision::Delete, said),
    }
}

/// Whether the directory itself goes once it is empty: that of a checkpoint which nobody can restore.
fn goes_with_its_content(question: &Question<'_>, at: &Location, orphans: &[Orphan]) -> bool {
    let rows = question.graph.snapshots.iter();
    let mut readable = rows.filter(|row| row.facts.is_some());
    let is_of_a_checkpoint = |orphan: &Orphan| {
        orphan.is_directory
            || matches!(
                orphan.class,
                Class::UnfinishedCheckpoint | Class::EmptyMetadata | Class::HalfWritten
            )
    };
    orphans.iter().any(is_of_a_checkpoint) && !readable.any(|row| row.location == *at)
}

/// Its path from the directory on that was named.
fn name(question: &Question<'_>, at: &Location) -> String {
    let place = at.canonical();
    let roots = question.roots.iter().map(Location::canonical);
    let path = roots.filter_map(|root| place.relative_to(&root).map(<[u8]>::to_vec));
    let path = path.min_by_key(Vec::len).filter(|path| !path.is_empty());
    let path = path.unwrap_or_else(|| at.name().to_vec());
    scrub_bytes(&path).into_owned()
}

/// Why what goes does, where there is one reason.
fn why(orphans: &[Orphan]) -> String {
    let mut reasons = orphans
        .iter()
        .filter(|orphan| orphan.decision == Decision::Delete)
        .map(|orphan| &orphan.reason);
    match reasons.next() {
        Some(first) if reasons.all(|it| it == first) => first.to_string(),
        _ => "left over".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::guard::{GRACE, Graph};
    use crate::analysis::sample::{JOB, ago, checkpoint, now, place};
    use crate::domain::plan::Fingerprint;

    const DAY: i64 = 86_400;

    fn left(at: &str, class: Class, seconds: i64) -> Orphan {
        Orphan {
            at: place(at),
            class,
            is_directory: class == Class::EmptyCheckpoint,
            bytes: 4,
            is_hard_linked: false,
            fingerprint: Some(Fingerprint {
                bytes: 4,
                modified: ago(seconds),
                identity: (1, 2),
            }),
            decision: Decision::Delete,
            reason: Arc::from("no snapshot in scope names it"),
        }
    }

    fn shared(name: &str) -> String {
        format!("file:/data/{JOB}/shared/{name}")
    }

    fn planned(graph: &Graph, holds: &[Hold], orphans: Vec<Orphan>) -> Plan {
        let question = Question {
            verb: "orphans",
            id: "p",
            graph,
            wishes: &[],
            roots: &[place("file:/data")],
            looked: &[],
            lineages: &[],
            holds,
            marks: &[],
            restarts: &[],
            clusters: &[],
            all_named: true,
            typed: &["lineage-1".to_owned()],
            grace: GRACE,
            now: now(),
        };
        plan_of_orphans(&question, orphans)
    }

    fn hold(snapshot: &Location) -> Hold {
        Hold {
            name: "audit".to_owned(),
            snapshot: snapshot.clone(),
            by: String::new(),
            at: ago(DAY),
            why: String::new(),
            expires: None,
        }
    }

    #[track_caller]
    fn stays(plan: &Plan, decision: Decision, words: &str) {
        assert!(plan.comes_to_nothing(), "{plan:#?}");
        let [target] = &plan.targets[..] else {
            panic!("{plan:#?}");
        };
        assert_eq!(target.decision, decision, "{target:#?}");
        assert!(target.objections[0].text.contains(words), "{target:#?}");
    }

    #[test]
    fn what_lies_together_goes_together() {
        let orphans = vec![
            left(&shared("a"), Class::Shared, 10 * DAY),
            left(&shared("b"), Class::Shared, 10 * DAY),
            left(
                &format!("file:/data/{JOB}/chk-3"),
                Class::EmptyCheckpoint,
                10 * DAY,
            ),
        ];
        let plan = planned(&Graph::default(), &[], orphans);
        let told: Vec<(&str, usize, usize)> = plan
            .targets
            .iter()
            .map(|it| (it.name.as_str(), it.files.len(), it.directories.len()))
            .collect();
        let [shell, state] = [format!("{JOB}/chk-3"), format!("{JOB}/shared")];
        assert_eq!(told, [(shell.as_str(), 0, 1), (state.as_str(), 2, 0)]);
        assert_eq!(plan.going().count(), 2);
    }

    #[test]
    fn what_is_outside_young_or_of_no_known_time_stays() {
        let judged = |orphan: Orphan| planned(&Graph::default(), &[], vec![orphan]);
        let old = || left(&shared("a"), Class::Shared, 10 * DAY);
        assert!(!judged(old()).comes_to_nothing());
        let outside = left("file:/other/shared/a", Class::Shared, 10 * DAY);
        stays(&judged(outside), Decision::Keep, "outside");
        let shell = left("file:/other/chk-3", Class::EmptyCheckpoint, 10 * DAY);
        stays(&judged(shell), Decision::Keep, "outside");
        let young = left(&shared("a"), Class::Shared, DAY);
        stays(&judged(young), Decision::Defer, "not long ago");
        let future = left(&shared("a"), Class::Shared, -DAY);
        stays(&judged(future), Decision::Unknown, "future");
        let untimed = Orphan {
            fingerprint: None,
            ..old()
        };
        stays(&judged(untimed), Decision::Unknown, "not known");
        let kept = Orphan {
            decision: Decision::Keep,
            reason: Arc::from("task-owned"),
            ..old()
        };
        stays(&judged(kept), Decision::Keep, "task-owned");
    }

    #[test]
    fn a_hold_keeps_what_is_in_it_and_all_while_nobody_knows_what_it_names() {
        let read = checkpoint(9, 10 * DAY);
        let at = read.location.clone();
        let inside = || {
            vec![left(
                &at.child(b"x").to_text(),
                Class::HalfWritten,
                10 * DAY,
            )]
        };
        let beside = || vec![left(&shared("a"), Class::Shared, 10 * DAY)];
        let graph = |row: Snapshot| Graph {
            snapshots: vec![Arc::new(row)],
            ..Graph::default()
        };
        let holds = [hold(&at)];
        let seen = graph(read.clone());
        stays(&planned(&seen, &holds, inside()), Decision::Keep, "held by");
        assert!(!planned(&seen, &holds, beside()).comes_to_nothing());
        let unread = graph(Snapshot {
            facts: None,
            ..read
        });
        for blind in [&unread, &Graph::default()] {
            let plan = planned(blind, &holds, beside());
            stays(&plan, Decision::Unknown, "what it names is not known");
        }
        let over = [Hold {
            expires: Some(ago(1)),
            ..hold(&at)
        }];
        assert!(!planned(&unread, &over, beside()).comes_to_nothing());
    }

    #[test]
    fn what_could_not_be_looked_at_keeps_everything() {
        let blind = Graph {
            blind: vec!["cannot list /data/x".to_owned()],
            ..Graph::default()
        };
        let orphan = left(&shared("a"), Class::Shared, 10 * DAY);
        let plan = planned(&blind, &[], vec![orphan]);
        stays(&plan, Decision::Unknown, "cannot list");
        let unread = Graph {
            snapshots: vec![Arc::new(checkpoint(9, 10 * DAY))],
            unread: vec![0],
            ..Graph::default()
        };
        let at = format!("file:/data/{JOB}/chk-4");
        let file = |name: &str, class| left(&format!("{at}/{name}"), class, 10 * DAY);
        let orphans = vec![
            file("x", Class::HalfWritten),
            file("_metadata", Class::EmptyMetadata),
        ];
        let plan = planned(&unread, &[], orphans);
        let goes: Vec<bool> = plan.targets[0]
            .files
            .iter()
            .map(|it| it.decision == Decision::Delete)
            .collect();
        assert_eq!(goes, [true, false], "metadata first, and alone: {plan:#?}");
    }
}
