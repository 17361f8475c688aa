//! `stateward orphans`: what no snapshot names, and whether it may go.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::analysis::document::SCHEMA;
use crate::analysis::guard::{SHORTEST_GRACE, UNASKED};
use crate::analysis::orphans::{Class, Orphan, Question};
use crate::domain::cluster::{Cluster, Contact};
use crate::domain::location::Location;
use crate::domain::plan::Decision;
use crate::domain::size::iec;
use crate::domain::text::scrub;
use crate::domain::time;
use crate::inventory::leftovers::Leftovers;
use crate::inventory::opened::Opened;
use crate::inventory::sight::Sight;

use super::args::Orphans;
use super::open;
use super::output::{self, Align};
use super::planned::HARD_LINKED;
use super::report::{Outcome, Report};
use super::unfinished;
use super::{carry, connect};

/// Lists what no snapshot names, or moves what of it may go into the trash.
///
/// # Errors
/// When a path cannot be looked at, or nothing may be changed.
pub fn run(args: &Orphans, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    if args.delete {
        return delete(args, out, err);
    }
    let clusters = connect::clusters(&args.connect);
    tell_silent(&clusters, err)?;
    let (asked, roots) = open::roots(&args.paths, args.how.levels())?;
    let mut opened = open::open_roots(&args.how, asked, roots)?;
    opened.hear(&clusters);
    let half = unfinished::note(&opened, &connect::named(&args.connect), err)?;
    let leftovers = Leftovers::of(&opened);
    for problem in &leftovers.found.problems {
        writeln!(err, "stateward: {}", scrub(problem))?;
    }
    let question = Question {
        found: &leftovers.found,
        clusters: &clusters,
        all_named: args.all_named,
        grace: args.grace,
        now: Timestamp::now(),
    };
    let (mut groups, mut files) = (BTreeMap::<Key, Sum>::new(), Vec::new());
    leftovers.each(&question, &mut |mut orphan| {
        if !opened.is_asked(&orphan.at) {
            return;
        }
        if orphan.decision == Decision::Delete
            && let Some(why) = half.iter().find_map(|it| it.leaves(&orphan.at))
        {
            orphan.decision = Decision::Unknown;
            orphan.reason = why.into();
        }
        let key = Key {
            order: order(orphan.decision),
            class: orphan.class,
            reason: orphan.reason.clone(),
        };
        let sum = groups.entry(key).or_insert(Sum {
            decision: orphan.decision,
            count: 0,
            bytes: 0,
            is_bound: false,
        });
        sum.count += 1;
        sum.bytes = sum.bytes.saturating_add(orphan.bytes);
        sum.is_bound |= orphan.is_hard_linked;
        if args.files {
            files.push(orphan);
        }
    });
    let answer = Answer {
        question: &question,
        opened: &opened,
        groups,
        files,
    };
    if args.json {
        output::json(out, &answer.document(args))?;
    } else {
        answer.for_people(args, out)?;
    }
    Ok(outcome(&answer, &clusters))
}

fn delete(args: &Orphans, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    let planning = args.planning();
    let (asked, roots) = open::roots(&args.paths, args.how.levels())?;
    let places = roots.into_iter().map(|root| root.location);
    let terms = planning.terms()?;
    let clusters = connect::clusters(&planning.connect);
    let sight = Sight::of(&terms, clusters, places, &asked)?;
    tell_silent(&sight.clusters, err)?;
    unfinished::note(&sight.opened, &connect::named(&args.connect), err)?;
    let is_asked = |at: &Location| sight.opened.is_asked(at);
    let (plan, problems, staying) = sight.judge_asked_orphans(&terms, &is_asked);
    for problem in problems.iter().chain(&staying) {
        writeln!(err, "stateward: {}", scrub(problem))?;
    }
    let outcome = carry::settle(&planning, &plan, None, &[], out, err)?;
    Ok(match outcome {
        // What could not be looked at is why nothing, or less, went.
        Outcome::Done if !problems.is_empty() => Outcome::BadInput,
        Outcome::Done if !sight.clusters.iter().all(|it| answers(it)) => Outcome::Incomplete,
        other => other,
    })
}

fn tell_silent(clusters: &[Arc<Cluster>], err: &mut dyn Write) -> io::Result<()> {
    for cluster in clusters {
        if let Contact::Silent { reason, .. } = &cluster.contact {
            writeln!(err, "stateward: {}", scrub(reason))?;
        }
    }
    Ok(())
}

fn outcome(answer: &Answer<'_>, clusters: &[Arc<Cluster>]) -> Outcome {
    if !answer.question.found.problems.is_empty() {
        Outcome::BadInput
    } else if !clusters.iter().all(|cluster| answers(cluster)) {
        Outcome::Incomplete
    } else if answer.groups.is_empty() {
        Outcome::Negative
    } else {
        Outcome::Done
    }
}

/// Whether a cluster answered.
pub(super) fn answers(cluster: &Cluster) -> bool {
    matches!(cluster.contact, Contact::Answering { .. })
}

/// What is said of all that has it in common, those that go first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    order: u8,
    class: Class,
    reason: Arc<str>,
}

struct Sum {
    decision: Decision,
    count: u64,
    bytes: u64,
    /// Whether other hard links keep some of these bytes.
    is_bound: bool,
}

fn order(decision: Decision) -> u8 {
    match decision {
        Decision::Delete => 0,
        Decision::Defer => 1,
        Decision::Unknown => 2,
        Decision::Keep => 3,
    }
}

struct Answer<'a> {
    question: &'a Question<'a>,
    opened: &'a Opened,
    groups: BTreeMap<Key, Sum>,
    files: Vec<Orphan>,
}

impl Answer<'_> {
    /// How many may go, and how many bytes.
    fn may_go(&self) -> Total {
        let sums = self.groups.values();
        sums.filter(|sum| sum.decision == Decision::Delete)
            .fold(Total::default(), |total, sum| Total {
                count: total.count + sum.count,
                bytes: total.bytes.saturating_add(sum.bytes),
                hard_linked: total.hard_linked || sum.is_bound,
            })
    }

    fn for_people(&self, args: &Orphans, out: &mut dyn Write) -> io::Result<()> {
        if self.groups.is_empty() {
            let asked: Vec<String> = self.opened.asked.iter().map(Location::to_string).collect();
            return writeln!(
                out,
                "nothing below {} but what snapshots name",
                asked.join(", ")
            );
        }
        let rows: Vec<Vec<String>> = self
            .groups
            .iter()
            .map(|(key, sum)| {
                vec![
                    sum.decision.word().to_owned(),
                    key.class.words().to_owned(),
                    sum.count.to_string(),
                    format!("{}{}", if sum.is_bound { "≤" } else { "" }, iec(sum.bytes)),
                    scrub(&key.reason).into_owned(),
                ]
            })
            .collect();
        let headings = [
            ("decision", Align::Left),
            ("what", Align::Left),
            ("count", Align::Right),
            ("bytes", Align::Right),
            ("why", Align::Left),
        ];
        output::table(out, &headings, &rows)?;
        if args.files {
            writeln!(out)?;
            for orphan in &self.files {
                self.file(out, orphan)?;
            }
        }
        let all: u64 = self.groups.values().map(|sum| sum.count).sum();
        let may_go = self.may_go();
        let count = may_go.count;
        writeln!(
            out,
            "\n{count} of {all} may go, {}{}; nothing was changed",
            if may_go.hard_linked { "at most " } else { "" },
            iec(may_go.bytes)
        )?;
        if may_go.hard_linked {
            writeln!(out, "{HARD_LINKED}")?;
        }
        if self.question.clusters.is_empty() && count > 0 {
            writeln!(out, "{UNASKED}")?;
        }
        Ok(())
    }

    fn file(&self, out: &mut dyn Write, orphan: &Orphan) -> io::Result<()> {
        let age = orphan.fingerprint.map_or_else(
            || "–".to_owned(),
            |seen| time::age(seen.modified, self.question.now),
        );
        writeln!(
            out,
            "{:<7}  {:<21}  {:>8}  {age:>5}  {}{}",
            orphan.decision.word(),
            orphan.class.words(),
            iec(orphan.bytes),
            orphan.at,
            if orphan.is_directory { "/" } else { "" }
        )
    }

    fn document<'a>(&'a self, args: &Orphans) -> Document<'a> {
        let groups = self.groups.iter().map(|(key, sum)| Group {
            decision: sum.decision,
            class: key.class,
            count: sum.count,
            bytes: sum.bytes,
            hard_linked: sum.is_bound,
            reason: &key.reason,
        });
        let found = self.question.found;
        Document {
            schema: SCHEMA,
            grace_seconds: args.grace.max(SHORTEST_GRACE).as_secs(),
            may_go: self.may_go(),
            groups: groups.collect(),
            files: args
                .files
                .then(|| self.files.iter().map(OrphanDocument::from).collect()),
            unread: found.unread.iter().map(Location::to_text).collect(),
            problems: &found.problems,
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    grace_seconds: i64,
    may_go: Total,
    groups: Vec<Group<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    files: Option<Vec<OrphanDocument<'a>>>,
    unread: Vec<String>,
    problems: &'a [String],
}

#[derive(Default, Serialize)]
struct Total {
    count: u64,
    bytes: u64,
    /// Whether other hard links keep some of these bytes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    hard_linked: bool,
}

#[derive(Serialize)]
struct Group<'a> {
    decision: Decision,
    class: Class,
    count: u64,
    bytes: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    hard_linked: bool,
    reason: &'a str,
}

#[derive(Serialize)]
struct OrphanDocument<'a> {
    uri: String,
    class: Class,
    directory: bool,
    bytes: u64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    hard_linked: bool,
    modified: Option<Timestamp>,
    decision: Decision,
    reason: &'a str,
}

impl<'a> From<&'a Orphan> for OrphanDocument<'a> {
    fn from(orphan: &'a Orphan) -> Self {
        Self {
            uri: orphan.at.to_text(),
            class: orphan.class,
            directory: orphan.is_directory,
            bytes: orphan.bytes,
            hard_linked: orphan.is_hard_linked,
            modified: orphan.fingerprint.map(|seen| seen.modified),
            decision: orphan.decision,
            reason: &orphan.reason,
        }
    }
}
