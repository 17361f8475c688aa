//! A document made ready to be shown: safe text, files in the order of the list, what the tabs ask for worked out.
//!
//! Making one walks the whole document, so it belongs on the thread that loaded it. Having a type of its own makes it
//! impossible to show text from outside that was not scrubbed.

use std::collections::{BTreeMap, BTreeSet};

use crate::analysis::document::{Document, FileScope, OperatorSection, SubtaskSection};
use crate::analysis::explain::relations::Relations;
use crate::analysis::space::{self, OperatorSpace, Part};
use crate::domain::size::iec;
use crate::domain::text::scrub;

/// Everything the tabs show of one snapshot beyond its row.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    /// Operators, by state, largest first.
    pub operators: Vec<Operator>,
    /// Files, by size, largest first.
    pub files: Vec<File>,
    /// The directory that all of them lie in, with its last slash; empty when there is none.
    pub common: String,
    /// Sums over the files.
    pub totals: FileTotals,
    /// The operators' bytes on disk, in the same order.
    pub space: OperatorSpace,
    /// Names of master hooks with the bytes of their state.
    pub master_states: Vec<(String, u64)>,
    /// What ties it to others.
    pub relations: Relations,
    /// How many snapshots relations were counted against.
    pub scope_snapshots: usize,
    /// How many of those could not be read.
    pub scope_unreadable: usize,
}

/// An operator.
#[derive(Debug, Clone)]
pub struct Operator {
    /// Its id.
    pub id: String,
    /// What to call it: name, else uid, else the id's start.
    pub label: String,
    /// Its uid.
    pub uid: Option<String>,
    /// Subtasks when the snapshot was taken.
    pub parallelism: u32,
    /// Key groups.
    pub max_parallelism: u32,
    /// All subtasks had finished.
    pub fully_finished: bool,
    /// Bytes of state, without the coordinator's.
    pub state: u64,
    /// New bytes.
    pub checkpointed: u64,
    /// What kinds of state it holds, in words: `keyed`, `2 split`, `1 union`, `in-flight`.
    pub holds: Vec<String>,
    /// Whether it holds keyed state.
    pub keyed: bool,
    /// Names of operator states whose whole list goes to every subtask.
    pub union_states: Vec<String>,
    /// What else there is to tell of it, by label: its ids, its named states, its coordinator's state.
    pub notes: Vec<(&'static str, String)>,
    /// Bytes of in-flight data.
    pub in_flight: u64,
    /// Its subtasks.
    pub subtasks: Vec<Subtask>,
}

/// A subtask.
#[derive(Debug, Clone)]
pub struct Subtask {
    /// Its index.
    pub index: u32,
    /// It had finished.
    pub finished: bool,
    /// Bytes of state.
    pub state: u64,
    /// New bytes.
    pub checkpointed: u64,
    /// First and last key group.
    pub key_groups: Option<[i64; 2]>,
    /// Names of the classes that hold its state.
    pub handles: String,
}

/// A file.
#[derive(Debug, Clone)]
pub struct File {
    /// Where Flink's metadata says it is.
    pub uri: String,
    /// Where it was looked for, when that is somewhere else.
    pub resolved: Option<String>,
    /// Its length.
    pub bytes: u64,
    /// Whether it belongs to this snapshot alone, by its role.
    pub scope: FileScope,
    /// Whether it was found.
    pub exists: Option<bool>,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// How many snapshots in scope name it.
    pub referenced_by: u32,
}

impl File {
    /// Where it was looked for.
    pub fn here(&self) -> &str {
        self.resolved.as_deref().unwrap_or(&self.uri)
    }

    /// The word for a column.
    pub fn presence(&self) -> &'static str {
        match (self.exists, &self.problem) {
            (Some(false), _) => "missing",
            (Some(true), Some(_)) => "differs",
            (Some(true), None) => "there",
            (None, _) => "unchecked",
        }
    }
}

/// Sums over files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FileTotals {
    /// Files that others may name too.
    pub shared: usize,
    /// Their bytes.
    pub shared_bytes: u64,
    /// Files of this snapshot alone.
    pub exclusive: usize,
    /// Their bytes.
    pub exclusive_bytes: u64,
    /// Files that are not there, or differ.
    pub broken: usize,
    /// Files that could not be looked at.
    pub unchecked: usize,
    /// Files that nobody else names.
    pub alone: usize,
}

impl Sheet {
    /// Prepares a document.
    pub fn new(document: Document) -> Self {
        let metadata = document.metadata.as_ref().map_or(0, |it| it.bytes);
        let mut space = space::by_operator(&document.operators, &document.files, metadata);
        let mut operators: Vec<(Operator, Part)> = document
            .operators
            .iter()
            .map(operator)
            .zip(space.operators)
            .collect();
        operators.sort_by(|(a, _), (b, _)| {
            b.state
                .cmp(&a.state)
                .then_with(|| a.label.cmp(&b.label))
                .then_with(|| a.id.cmp(&b.id))
        });
        let (operators, parts) = operators.into_iter().unzip();
        space.operators = parts;
        let mut files: Vec<File> = document
            .files
            .into_iter()
            .map(|file| {
                let resolved = (file.resolved != file.uri).then(|| safe(file.resolved));
                File {
                    uri: safe(file.uri),
                    resolved,
                    bytes: file.bytes,
                    scope: file.scope,
                    exists: file.exists,
                    problem: file.problem.map(safe),
                    referenced_by: file.referenced_by,
                }
            })
            .collect();
        // What is broken comes first: it is why one opens the list of a broken snapshot.
        let broken = |file: &File| file.exists == Some(false) || file.problem.is_some();
        files.sort_by(|a, b| {
            broken(b)
                .cmp(&broken(a))
                .then_with(|| b.bytes.cmp(&a.bytes))
                .then_with(|| a.uri.cmp(&b.uri))
        });
        let mut totals = FileTotals::default();
        for file in &files {
            let (count, bytes) = match file.scope {
                FileScope::Shared => (&mut totals.shared, &mut totals.shared_bytes),
                FileScope::Exclusive => (&mut totals.exclusive, &mut totals.exclusive_bytes),
            };
            *count += 1;
            *bytes += file.bytes;
            totals.broken += usize::from(broken(file));
            totals.unchecked += usize::from(file.exists.is_none());
            totals.alone += usize::from(file.referenced_by <= 1);
        }
        Self {
            operators,
            space,
            common: common_directory(&files).to_owned(),
            files,
            totals,
            master_states: document
                .master_states
                .into_iter()
                .map(|state| (safe(state.name), state.bytes))
                .collect(),
            relations: document.relations,
            scope_snapshots: document.scope.snapshots,
            scope_unreadable: document.scope.unreadable,
        }
    }

    /// The operators with the smallest maximum parallelism: those that limit rescaling.
    pub fn limiting(&self) -> impl Iterator<Item = &Operator> {
        let least = self
            .operators
            .iter()
            .map(|operator| operator.max_parallelism)
            .min();
        self.operators
            .iter()
            .filter(move |operator| Some(operator.max_parallelism) == least)
    }
}

/// What all paths start with, up to a slash.
fn common_directory(files: &[File]) -> &str {
    let Some((first, rest)) = files.split_first() else {
        return "";
    };
    let mut common = first.here();
    for file in rest {
        let same = common
            .bytes()
            .zip(file.here().bytes())
            .take_while(|(a, b)| a == b)
            .count();
        let cut = (0..=same).rev().find(|&at| common.is_char_boundary(at));
        common = &common[..cut.unwrap_or(0)];
    }
    &common[..common.rfind('/').map_or(0, |at| at + 1)]
}

fn safe(text: String) -> String {
    match scrub(&text) {
        std::borrow::Cow::Owned(scrubbed) => scrubbed,
        std::borrow::Cow::Borrowed(_) => text,
    }
}

fn operator(section: &OperatorSection) -> Operator {
    let id = scrub(&section.id).into_owned();
    let name = section.name.as_deref().map(|text| scrub(text).into_owned());
    let uid = section.uid.as_deref().map(|text| scrub(text).into_owned());
    let label = name
        .filter(|name| !name.is_empty())
        .or_else(|| uid.clone())
        .unwrap_or_else(|| id.clone());
    let mut states: BTreeMap<String, (&'static str, usize)> = BTreeMap::new();
    let mut in_flight = 0;
    let (mut keyed, mut raw_keyed, mut raw_operator) = (false, false, false);
    for subtask in &section.subtasks {
        keyed |= !subtask.managed_keyed.is_empty();
        raw_keyed |= !subtask.raw_keyed.is_empty();
        raw_operator |= !subtask.raw_operator.is_empty();
        in_flight += subtask
            .input_channel
            .iter()
            .chain(&subtask.output_channel)
            .map(|handle| handle.state)
            .sum::<u64>();
        for handle in &subtask.managed_operator {
            for (name, state) in handle.states.iter().flatten() {
                let entry = states
                    .entry(scrub(name).into_owned())
                    .or_insert((state.mode, 0));
                entry.1 += state.offsets;
            }
        }
    }
    let mut holds = Vec::new();
    holds.extend(keyed.then(|| "keyed".to_owned()));
    holds.extend(raw_keyed.then(|| "raw keyed".to_owned()));
    for (mode, word) in [
        ("SPLIT_DISTRIBUTE", "split"),
        ("UNION", "union"),
        ("BROADCAST", "broadcast"),
    ] {
        let count = states.values().filter(|(of, _)| *of == mode).count();
        holds.extend((count > 0).then(|| format!("{count} {word}")));
    }
    holds.extend(raw_operator.then(|| "raw".to_owned()));
    holds.extend((in_flight > 0).then(|| "in-flight".to_owned()));
    holds.extend(section.coordinator_state.map(|_| "coordinator".to_owned()));
    let mut notes = vec![("id", id.clone())];
    notes.extend(uid.clone().map(|uid| ("uid", uid)));
    for (name, (mode, partitions)) in &states {
        let what = match *mode {
            "SPLIT_DISTRIBUTE" => "list state, split",
            "UNION" => "list state, union: all of it to every subtask",
            "BROADCAST" => "broadcast state",
            other => other,
        };
        let plural = if *partitions == 1 { "" } else { "s" };
        let text = format!("{name}: {what}, {partitions} partition{plural}");
        notes.push(("state", text));
    }
    let coordinator = section.coordinator_state;
    notes.extend(coordinator.map(|bytes| ("coordinator", iec(bytes))));
    notes.extend((in_flight > 0).then(|| ("in flight", iec(in_flight))));
    Operator {
        id,
        label,
        uid,
        parallelism: section.parallelism,
        max_parallelism: section.max_parallelism,
        fully_finished: section.fully_finished,
        state: section.state,
        checkpointed: section.checkpointed,
        holds,
        keyed: keyed || raw_keyed,
        union_states: states
            .iter()
            .filter(|(_, (mode, _))| *mode == "UNION")
            .map(|(name, _)| name.clone())
            .collect(),
        notes,
        in_flight,
        subtasks: section.subtasks.iter().map(subtask).collect(),
    }
}

fn subtask(section: &SubtaskSection) -> Subtask {
    let lists = [
        &section.managed_keyed,
        &section.raw_keyed,
        &section.managed_operator,
        &section.raw_operator,
        &section.input_channel,
        &section.output_channel,
    ];
    let names: BTreeSet<&str> = lists
        .into_iter()
        .flatten()
        .map(|handle| handle.handle.as_str())
        .collect();
    let ranges = || {
        section
            .managed_keyed
            .iter()
            .chain(&section.raw_keyed)
            .filter_map(|handle| handle.key_groups)
    };
    let first = ranges().map(|[first, _]| first).min();
    let last = ranges().map(|[_, last]| last).max();
    Subtask {
        index: section.index,
        finished: section.finished,
        state: section.state,
        checkpointed: section.checkpointed,
        key_groups: first.zip(last).map(|(first, last)| [first, last]),
        handles: names
            .iter()
            .map(|name| scrub(name))
            .collect::<Vec<_>>()
            .join(", "),
    }
}
