//! A plan made ready to be shown: counted and grouped once, however long its lists of files are.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::analysis::guard::{LAST_RESTORABLE, is_missing};
use crate::domain::location::Location;
use crate::domain::plan::{Decision, FileStep, Plan, Target};
use crate::domain::text::scrub;
use crate::inventory::much;
use crate::inventory::retention::Kept;

/// No more snapshots that pin files are named; the rest are counted.
const MOST_NAMES: usize = 3;

/// A plan, and what is to be seen of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The plan itself.
    pub plan: Arc<Plan>,
    /// What rules keep, where they made it.
    pub kept: Vec<Kept>,
    /// What else is to be known: what could not be looked at, and what is not asked to go.
    pub remarks: Vec<String>,
    /// What is to be seen of each target, in the plan's order.
    pub targets: Vec<Groups>,
    /// Which targets are told of together: those of which the same is to be said, by their numbers.
    pub sections: Vec<Vec<usize>>,
    /// How many targets go.
    pub going: usize,
    /// How many files go.
    pub going_files: usize,
    /// The number that is typed before so much goes, and what it counts; none where a key is enough.
    pub to_type: Option<(usize, &'static str)>,
    /// Bytes that are free once these are purged.
    pub freed: String,
    /// Files that targets that go name and that stay as others name them, and their bytes.
    pub named: (usize, u64),
    /// Files of the targets that go that stay for other reasons, and their bytes.
    pub staying: (usize, u64),
    /// Files that targets that go name and that are not there.
    pub missing: usize,
    /// The lineages that are left with nothing to restore from, as somebody typed their names.
    pub wiped: Vec<String>,
    /// Why it could not be carried out as things are, whatever is agreed to.
    pub refused: Option<String>,
    /// How many targets each guard speaks against, the most first.
    pub against: Vec<(String, usize)>,
}

/// The files of a target by what becomes of them, and why.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups(pub Vec<Group>);

/// Files with the same fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What becomes of them.
    pub decision: Decision,
    /// Whether there is nothing of them, so that nothing can become of them.
    pub is_missing: bool,
    /// Why.
    pub why: String,
    /// How many there are.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
}

impl Planned {
    /// Makes a plan ready to be shown.
    pub fn new(plan: Plan, kept: Vec<Kept>, others: Vec<String>) -> Self {
        let mut remarks = plan.remarks.clone();
        remarks.extend(others);
        let goes = |target: &&Target| target.decision == Decision::Delete;
        let going = plan.targets.iter().filter(goes).count();
        let stays = plan
            .targets
            .iter()
            .filter(goes)
            .flat_map(|target| &target.files)
            .filter(|file| file.decision != Decision::Delete);
        let (mut named, mut staying, mut missing) = ((0, 0_u64), (0, 0_u64), 0);
        for file in stays {
            let sum = match file {
                it if is_missing(it) => {
                    missing += 1;
                    continue;
                }
                it if it.pinned_by.is_empty() => &mut staying,
                _ => &mut named,
            };
            *sum = (sum.0 + 1, sum.1.saturating_add(file.bytes));
        }
        Self {
            targets: plan.targets.iter().map(groups).collect(),
            sections: sections(&plan.targets),
            going,
            going_files: plan.going().count(),
            to_type: much::to_type(&plan),
            freed: plan.freed_words(),
            named,
            staying,
            missing,
            wiped: wiped(&plan.targets),
            against: against(&plan.targets),
            refused: None,
            kept,
            remarks,
            plan: Arc::new(plan),
        }
    }

    /// The same, which could not be carried out as things are, where this says why.
    #[must_use]
    pub fn refused(self, refused: Option<String>) -> Self {
        Self { refused, ..self }
    }

    /// Whether something of it goes once it is agreed to.
    pub fn can_go(&self) -> bool {
        self.refused.is_none() && !self.plan.comes_to_nothing()
    }

    /// What may be typed to overrule objections, each once.
    pub fn words(&self) -> Vec<&str> {
        let targets = self.plan.targets.iter();
        let objections = targets.flat_map(|target| &target.objections);
        let mut words: Vec<&str> = objections
            .filter_map(|objection| objection.overruled_by.as_deref())
            .collect();
        words.sort_unstable();
        words.dedup();
        words
    }
}

fn wiped(targets: &[Target]) -> Vec<String> {
    let going = targets.iter().filter(|it| it.decision == Decision::Delete);
    let mut wiped: Vec<String> = going
        .filter(|target| {
            let mut overruled = target.overruled.iter();
            overruled.any(|it| it.guard == LAST_RESTORABLE)
        })
        .filter_map(|target| target.lineage.clone())
        .collect();
    wiped.sort_unstable();
    wiped.dedup();
    wiped
}

fn against(targets: &[Target]) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for target in targets {
        let guards: BTreeSet<&str> = target.objections.iter().map(|it| &*it.guard).collect();
        for guard in guards {
            *counts.entry(guard).or_default() += 1;
        }
    }
    let mut against: Vec<(String, usize)> = counts
        .into_iter()
        .map(|(guard, count)| (guard.to_owned(), count))
        .collect();
    against.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    against
}

/// Targets in the order of the first of each sort; what speaks against thirty of them alike is to be read once.
fn sections(targets: &[Target]) -> Vec<Vec<usize>> {
    let mut sections: Vec<Vec<usize>> = Vec::new();
    for (at, target) in targets.iter().enumerate() {
        let alike = sections
            .iter_mut()
            .find(|section| are_alike(&targets[section[0]], target));
        match alike {
            Some(section) => section.push(at),
            None => sections.push(vec![at]),
        }
    }
    sections
}

/// Whether the same is to be said of two targets, but for their files.
fn are_alike(a: &Target, b: &Target) -> bool {
    a.decision == b.decision
        && a.what == b.what
        && a.lineage == b.lineage
        && a.asked == b.asked
        && a.objections == b.objections
        && a.overruled == b.overruled
}

/// The files of a target by fate: those that go first, then those that stay, most bytes first.
fn groups(target: &Target) -> Groups {
    let mut groups: BTreeMap<(u8, String), Group> = BTreeMap::new();
    for file in &target.files {
        let why = why(target, file);
        let order = u8::from(file.decision != Decision::Delete);
        let group = groups.entry((order, why.clone())).or_insert(Group {
            decision: file.decision,
            is_missing: is_missing(file),
            why,
            files: 0,
            bytes: 0,
        });
        group.files += 1;
        group.bytes = group.bytes.saturating_add(file.bytes);
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by_key(|it| {
        let stays = it.decision != Decision::Delete;
        (stays, std::cmp::Reverse(it.bytes))
    });
    Groups(groups)
}

fn why(target: &Target, file: &FileStep) -> String {
    if file.pinned_by.is_empty() {
        return scrub(&file.reason).into_owned();
    }
    let home = target.at.parent();
    let name = |at: &Location| {
        let path = home.as_ref().and_then(|home| at.relative_to(home));
        let shown = path.map(|path| String::from_utf8_lossy(path).into_owned());
        scrub(&shown.unwrap_or_else(|| at.shown().into_owned())).into_owned()
    };
    let named: Vec<String> = file.pinned_by.iter().take(MOST_NAMES).map(name).collect();
    let more = match file.pinned_by.len().saturating_sub(MOST_NAMES) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("named by {}{more}", named.join(", "))
}
