//! The one guard that every deletion passes: from what somebody wants to go to a plan that says of each file whether it
//! goes, and why not.
//!
//! What is not known never speaks for a deletion. A leak can be cleaned up later; a snapshot that lost a file cannot be
//! had back.

mod again;
mod belonging;
mod files;
mod graph;
mod left;
mod liveness;
mod orphans;
mod starting;
mod targets;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

pub use again::again;
pub use files::is_missing;
pub use graph::{Bare, File, Found, Graph, Sort};
pub use liveness::is_left_to_jobs;
pub use orphans::{Claims, UNASKED, place_of, plan_of_orphans};
pub use words::Word;

use super::order;
use crate::domain::cluster::Cluster;
use crate::domain::history::JobHistory;
use crate::domain::hold::Hold;
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::domain::plan::{Decision, Objection, Plan, SCHEMA, Target};
use crate::domain::snapshot::{Lineage, Snapshot};
use belonging::Belonging;

/// How long nothing may have changed around something before its age says that nobody works with it.
pub const GRACE: SignedDuration = SignedDuration::from_hours(3 * 24);
/// Nobody can ask for less.
pub const SHORTEST_GRACE: SignedDuration = SignedDuration::from_hours(24);

/// So many digits of a job's id tell it from others.
pub const SHORT_ID: usize = 8;

/// The guard that speaks up where a job may build on a snapshot and write to a directory that nobody looked in.
pub const OUT_OF_SIGHT: &str = "out of sight";

/// The guard that speaks up where a lineage would be left with nothing to restore from.
pub const LAST_RESTORABLE: &str = "last restorable";

/// The guard that says of what a saved plan has never let go that it stays.
pub const PLAN: &str = "plan";

/// The guard that speaks up where a cluster knows of a job that may build on a snapshot and writes to such a directory.
pub const ELSEWHERE: &str = "heir elsewhere";

/// How many directories a sentence names.
const NAMED: usize = 3;

/// A snapshot that is asked to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Which one, in [`Graph::snapshots`].
    pub snapshot: usize,
    /// Why: `asked for`, `not kept by any rule`.
    pub why: String,
    /// What the rules that it is asked to go by say against that now, as a sentence.
    pub against: Option<String>,
    /// What was overruled of it when a plan was made.
    pub granted: Vec<Objection>,
}

/// What is asked to go, and all that is known around it.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The verb that asks.
    pub verb: &'a str,
    /// A name for the plan.
    pub id: &'a str,
    /// Snapshots and files.
    pub graph: &'a Graph,
    /// What is asked to go.
    pub wishes: &'a [Wish],
    /// The directories that were looked in.
    pub roots: &'a [Location],
    /// Those of them that were looked in for others that name the same files, and for nothing to delete.
    pub looked: &'a [Location],
    /// The lineages of the snapshots.
    pub lineages: &'a [Lineage],
    /// All holds in scope, those that ended included.
    pub holds: &'a [Hold],
    /// All marks in scope.
    pub marks: &'a [Mark],
    /// The restarts that were noted in scope.
    pub restarts: &'a [JobHistory],
    /// All clusters that were asked.
    pub clusters: &'a [Arc<Cluster>],
    /// Whether somebody says that all checkpoint directories are in sight whose jobs may have claimed one of the snapshots.
    pub all_named: bool,
    /// What was typed to overrule objections.
    pub typed: &'a [String],
    /// How long nothing may have changed; never less than [`SHORTEST_GRACE`].
    pub grace: SignedDuration,
    /// The present.
    pub now: Timestamp,
}

impl Question<'_> {
    fn lineage_of(&self, snapshot: &Snapshot) -> Option<&Lineage> {
        self.lineages.iter().find(|it| it.id == snapshot.lineage)
    }

    fn name_of_lineage(&self, snapshot: &Snapshot) -> Option<String> {
        self.lineage_of(snapshot).map(|it| it.name.clone())
    }

    fn grace(&self) -> SignedDuration {
        self.grace.max(SHORTEST_GRACE)
    }

    /// What has to be typed to overrule an objection of this sort to a snapshot; nothing where it has no lineage, or where the
    /// word would be the name of another one: whoever typed that may mean the other.
    fn word(&self, word: Word, snapshot: &Snapshot) -> Option<String> {
        let text = word.of(&self.lineage_of(snapshot)?.name);
        let mut names = self.lineages.iter().map(|it| &it.name);
        (word == Word::Unheard || !names.any(|it| *it == text)).then_some(text)
    }

    /// The same where it is about one job, which is told by its id where there are several of which it could be.
    fn word_of_job(
        &self,
        word: Word,
        snapshot: &Snapshot,
        job: JobId,
        several: &BTreeSet<JobId>,
    ) -> Option<String> {
        let text = self.word(word, snapshot)?;
        if several.iter().all(|it| *it == job) {
            return Some(text);
        }
        let text = format!("{text} {}", &job.to_string()[..SHORT_ID]);
        // Whoever typed the name of another lineage that ends like this may mean that.
        let is_other = |name: &str| self.lineages.iter().any(|it| it.name == name);
        let is_taken = Word::names(&text).any(is_other);
        (!is_taken).then_some(text)
    }

    /// What has to be typed where a cluster is silent; nothing where the word would be the name of a lineage.
    fn word_of_silent(&self, cluster: &Cluster) -> Option<String> {
        let text = Word::of_silent(&cluster.name);
        let mut names = self.lineages.iter().map(|it| &it.name);
        (!names.any(|it| *it == text)).then_some(text)
    }

    /// Where it was looked, as the end of a sentence, for whoever knows of another place.
    fn where_looked(&self) -> String {
        let mut places: Vec<String> = Vec::new();
        for place in self.roots.iter().chain(self.looked) {
            let place = place.to_string();
            if !places.contains(&place) {
                places.push(place);
            }
        }
        let more = match places.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        places.truncate(NAMED);
        let places = places.join(", ");
        format!("it was looked below {places}{more}, and --in DIR adds a place")
    }

    fn is_inside(&self, at: &Location) -> bool {
        let at = at.canonical();
        let mut roots = self.roots.iter();
        roots.any(|root| at != root.canonical() && at.is_within(&root.canonical()))
    }
}

/// What one wish has come to.
#[derive(Default)]
struct Verdict<'w> {
    granted: &'w [Objection],
    objections: Vec<Objection>,
    overruled: Vec<Objection>,
}

impl<'w> Verdict<'w> {
    fn of(granted: &'w [Objection]) -> Self {
        Self {
            granted,
            ..Self::default()
        }
    }

    /// Takes in an objection, unless somebody typed the word that overrules it, or had overruled it before.
    fn object(&mut self, objection: Objection, typed: &[String]) {
        let is_typed = |word: &String| typed.contains(word);
        let mut granted = self.granted.iter();
        if objection.overruled_by.as_ref().is_some_and(is_typed)
            || granted.any(|then| Word::covers(then, &objection))
        {
            self.overruled.push(objection);
        } else {
            self.objections.push(objection);
        }
    }

    fn goes(&self) -> bool {
        self.objections.is_empty()
    }

    /// As it is shown: where something cannot be overruled, no word lets it go, and none is told. What is out of sight has a flag
    /// (`--all-named`) where it has no word.
    fn told(mut self) -> Self {
        let is_final = |it: &Objection| it.overruled_by.is_none() && it.guard != OUT_OF_SIGHT;
        if self.objections.iter().any(is_final) {
            for objection in &mut self.objections {
                objection.overruled_by = None;
            }
        }
        self
    }
}

/// What speaks against the deletion of one snapshot, beside its files, and what nobody has overruled, now or before: the first of
/// it.
pub fn standing(question: &Question<'_>, at: usize, granted: &[Objection]) -> Option<Objection> {
    let mut verdict = Verdict::of(granted);
    for objection in targets::objections(question, at) {
        verdict.object(objection, question.typed);
    }
    verdict.objections.into_iter().next()
}

/// What jobs that clusters or notes tell of have against the deletion of a snapshot of which the metadata has gone already: those
/// that live, and those that may build on its files from where nobody looked. The first of it that nobody typed the word for.
/// That nobody tells of its job was a matter of the plan.
///
/// [`Question::now`] does not count: how long it was quiet around it was asked before, and the deletion itself has changed
/// something there since.
pub fn told(question: &Question<'_>, at: usize) -> Option<Objection> {
    let question = &Question {
        now: Timestamp::MAX,
        ..*question
    };
    let is_typed = |word: &String| question.typed.contains(word);
    let mut found = targets::told(question, at).into_iter();
    found.find(|it| !it.overruled_by.as_ref().is_some_and(is_typed))
}

/// Those that go which are the last of their lineage that could be restored, as [`LAST_RESTORABLE`] has it, and that nobody has
/// said may go as such.
pub fn last(question: &Question<'_>, going: &BTreeSet<usize>) -> Vec<(usize, Objection)> {
    let mut found = targets::last_restorable(question, going);
    let is_typed = |word: &String| question.typed.contains(word);
    found.retain(|(_, it)| !it.overruled_by.as_ref().is_some_and(is_typed));
    found
}

/// Judges what is asked to go.
pub fn plan(question: &Question<'_>) -> Plan {
    let mut verdicts: BTreeMap<usize, Verdict<'_>> = BTreeMap::new();
    for wish in question.wishes {
        let verdict = verdicts.entry(wish.snapshot);
        let verdict = verdict.or_insert_with(|| Verdict::of(&wish.granted));
        if verdict.objections.is_empty() && verdict.overruled.is_empty() {
            for objection in targets::objections(question, wish.snapshot) {
                verdict.object(objection, question.typed);
            }
        }
        if let Some(against) = &wish.against {
            let objection = targets::objection("rules", Decision::Keep, against.as_str());
            verdict.object(objection, question.typed);
        }
    }
    // Each one that stays may make others stay, so that this is done until nothing changes.
    loop {
        let going: BTreeSet<usize> = verdicts
            .iter()
            .filter(|(_, verdict)| verdict.goes())
            .map(|(&at, _)| at)
            .collect();
        let mut found = targets::last_restorable(question, &going);
        found.extend(targets::depended_on(question, &going));
        found.extend(targets::named_by_what_stays(question, &going));
        let mut changed = false;
        for (at, objection) in found {
            let verdict = verdicts.entry(at).or_default();
            if !verdict.overruled.contains(&objection) {
                verdict.object(objection, question.typed);
                changed |= !verdict.goes();
            }
        }
        if !changed {
            return written(question, verdicts, &going);
        }
    }
}

fn written(
    question: &Question<'_>,
    mut verdicts: BTreeMap<usize, Verdict<'_>>,
    going: &BTreeSet<usize>,
) -> Plan {
    let graph = question.graph;
    let belonging = Belonging::new(question, going);
    let mut listed = BTreeSet::new();
    let mut wishes: Vec<&Wish> = question.wishes.iter().collect();
    // The oldest first: a file that several of them name is listed with the first.
    let rows: Vec<&Snapshot> = wishes
        .iter()
        .map(|wish| &*graph.snapshots[wish.snapshot])
        .collect();
    let ages = order::ages(&rows);
    let mut by_age: Vec<usize> = (0..wishes.len()).collect();
    by_age.sort_by_key(|&at| (ages[at], rows[at].location.clone()));
    wishes = by_age.into_iter().map(|at| wishes[at]).collect();
    let mut targets = Vec::new();
    for wish in wishes {
        let Some(verdict) = verdicts.remove(&wish.snapshot) else {
            // Asked for twice.
            continue;
        };
        let verdict = verdict.told();
        let snapshot = &graph.snapshots[wish.snapshot];
        let decision = verdict
            .objections
            .iter()
            .map(|objection| objection.decision)
            .min_by_key(|decision| weight(*decision))
            .unwrap_or(Decision::Delete);
        let of = graph.of.get(&wish.snapshot).into_iter().flatten();
        let files = of
            .copied()
            .filter(|&file| listed.insert(file))
            .map(|file| {
                files::step(
                    question,
                    &belonging,
                    &verdict,
                    wish.snapshot,
                    file,
                    decision,
                )
            })
            .collect();
        targets.push(Target {
            at: snapshot.location.clone(),
            name: snapshot.name.clone(),
            what: snapshot.kind.phrase().to_owned(),
            lineage: question.name_of_lineage(snapshot),
            asked: wish.why.clone(),
            decision,
            objections: verdict.objections,
            overruled: verdict.overruled,
            files,
            directories: vec![snapshot.location.clone()],
        });
    }
    let plan = Plan {
        schema: SCHEMA,
        id: question.id.to_owned(),
        made_at: question.now,
        verb: question.verb.to_owned(),
        roots: question.roots.to_vec(),
        retention: None,
        looking: None,
        remarks: Vec::new(),
        targets,
    };
    let mut remarks = left::remarks(question, going);
    remarks.extend(liveness::remarks(question, &plan));
    remarks.extend(starting::remarks(question, &plan));
    let builds_on = |at: &usize| graph.heritable.contains(at);
    if going.iter().any(builds_on) {
        remarks.extend(targets::configured_elsewhere(question));
    }
    Plan { remarks, ..plan }
}

/// The heaviest decision is the one that a target as a whole has.
fn weight(decision: Decision) -> u8 {
    match decision {
        Decision::Keep => 0,
        Decision::Unknown => 1,
        Decision::Defer => 2,
        Decision::Delete => 3,
    }
}

#[cfg(test)]
mod tests;
