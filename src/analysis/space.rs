//! Which operators hold the bytes of a snapshot.

use std::collections::HashMap;

use super::document::{FileSection, OperatorSection};
use crate::domain::space::Held;

/// Files and their bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Part {
    /// The bytes: alone are those that no other snapshot refers to.
    pub held: Held,
    /// How many files they are in.
    pub files: usize,
}

impl Part {
    fn add(&mut self, bytes: u64, shared: bool) {
        let sum = if shared {
            &mut self.held.shared
        } else {
            &mut self.held.alone
        };
        *sum = sum.saturating_add(bytes);
        self.files += 1;
    }
}

/// The bytes on disk of a snapshot by operator. Each file is in one part only, so that all parts together are what the
/// snapshot refers to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OperatorSpace {
    /// Files that one operator alone names, in the order of the document's operators.
    pub operators: Vec<Part>,
    /// Files that several operators name, as file merging makes them.
    pub several: Part,
    /// Files that are named outside of any operator's subtasks.
    pub elsewhere: Part,
    /// Bytes of the metadata itself, with the state that is inside it.
    pub metadata: u64,
}

impl OperatorSpace {
    /// All parts together.
    pub fn total(&self) -> Held {
        let parts = self
            .operators
            .iter()
            .chain([&self.several, &self.elsewhere]);
        let start = Held {
            alone: self.metadata,
            shared: 0,
        };
        parts.fold(start, |sum, part| Held {
            alone: sum.alone.saturating_add(part.held.alone),
            shared: sum.shared.saturating_add(part.held.shared),
        })
    }
}

/// Who names a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Namer {
    Nobody,
    One(usize),
    Several,
}

/// Deals the bytes of a snapshot's files and its metadata out to its operators. A file that is missing has none.
pub fn by_operator(
    operators: &[OperatorSection],
    files: &[FileSection],
    metadata: u64,
) -> OperatorSpace {
    let mut namers = vec![Namer::Nobody; files.len()];
    for (at, operator) in operators.iter().enumerate() {
        for file in files_of(operator) {
            if let Some(namer) = namers.get_mut(file) {
                *namer = match *namer {
                    Namer::Nobody => Namer::One(at),
                    Namer::One(other) if other == at => Namer::One(at),
                    Namer::One(_) | Namer::Several => Namer::Several,
                };
            }
        }
    }
    // One file may go by two names, such as under the schemes s3 and s3a.
    let mut at_place: HashMap<&str, usize> = HashMap::new();
    for (at, file) in files.iter().enumerate() {
        let first = *at_place.entry(&file.resolved).or_insert(at);
        if first != at && namers[at] != namers[first] {
            namers[first] = match (namers[first], namers[at]) {
                (Namer::Nobody, one) | (one, Namer::Nobody) => one,
                _ => Namer::Several,
            };
        }
    }
    let mut space = OperatorSpace {
        operators: vec![Part::default(); operators.len()],
        metadata,
        ..OperatorSpace::default()
    };
    for (at, file) in files.iter().enumerate() {
        if at_place.get(file.resolved.as_str()) != Some(&at) || file.exists == Some(false) {
            continue;
        }
        let part = match namers[at] {
            Namer::One(operator) => &mut space.operators[operator],
            Namer::Several => &mut space.several,
            Namer::Nobody => &mut space.elsewhere,
        };
        part.add(file.bytes, file.referenced_by > 1);
    }
    space
}

/// Indexes of the files that an operator's subtasks name, some of them repeatedly.
fn files_of(operator: &OperatorSection) -> impl Iterator<Item = usize> {
    operator.subtasks.iter().flat_map(|subtask| {
        let lists = [
            &subtask.managed_operator,
            &subtask.raw_operator,
            &subtask.managed_keyed,
            &subtask.raw_keyed,
            &subtask.input_channel,
            &subtask.output_channel,
        ];
        let handles = lists.into_iter().flatten();
        handles.flat_map(|handle| handle.files.iter().copied())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::document::{FileScope, FileSection, HandleSection, SubtaskSection};

    fn file(name: &str, bytes: u64, users: u32) -> FileSection {
        FileSection {
            uri: format!("s3a://bucket/{name}"),
            relative: false,
            resolved: format!("s3://bucket/{name}"),
            bytes,
            scope: FileScope::Shared,
            exists: Some(true),
            problem: None,
            referenced_by: users,
        }
    }

    fn operator(files: &[&[usize]]) -> OperatorSection {
        let subtask = |(index, files): (usize, &&[usize])| SubtaskSection {
            index: index as u32,
            finished: false,
            state: 0,
            checkpointed: 0,
            ref_checkpoint_id: None,
            managed_operator: Vec::new(),
            raw_operator: Vec::new(),
            managed_keyed: vec![HandleSection {
                files: files.to_vec(),
                ..HandleSection::default()
            }],
            raw_keyed: Vec::new(),
            input_channel: Vec::new(),
            output_channel: Vec::new(),
        };
        OperatorSection {
            id: String::new(),
            name: None,
            uid: None,
            parallelism: files.len() as u32,
            max_parallelism: 128,
            fully_finished: false,
            coordinator_state: None,
            state: 0,
            checkpointed: 0,
            subtasks: files.iter().enumerate().map(subtask).collect(),
        }
    }

    #[test]
    fn each_file_is_in_one_part() {
        let mut missing = file("gone", 1_000, 1);
        missing.exists = Some(false);
        let mut alias = file("b", 20, 2);
        alias.uri = "s3://bucket/b".to_owned();
        // Two subtasks of the first one name one file.
        let operators = [operator(&[&[0, 1], &[1, 3]]), operator(&[&[2], &[3, 4, 5]])];
        let files = [
            file("a", 1, 1),
            file("b", 20, 2),
            file("c", 300, 1),
            file("merged", 4_000, 2),
            missing,
            alias,
            file("of-none", 50_000, 1),
        ];
        let space = by_operator(&operators, &files, 600_000);
        let parts: Vec<(u64, u64, usize)> = space
            .operators
            .iter()
            .chain([&space.several, &space.elsewhere])
            .map(|it| (it.held.alone, it.held.shared, it.files))
            .collect();
        // Under its other name, the second one also names b.
        assert_eq!(
            parts,
            [(1, 0, 1), (300, 0, 1), (0, 4_020, 2), (50_000, 0, 1)]
        );
        assert_eq!(space.total().total(), 654_321);
    }
}
