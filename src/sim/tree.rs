//! The files of a RocksDB: a tree of sorted tables that is written to at the top, and merged downwards now and then.

use super::chance::Chance;
use super::target::Copy;

/// Tables at the top until they are merged (`level0_file_num_compaction_trigger`).
const TOP_LIMIT: usize = 4;

/// One table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// The number in its name.
    pub(super) number: u64,
    /// Its length.
    pub(super) bytes: u64,
    /// Whether it came from memory and was not merged yet.
    top: bool,
    /// Where a completed checkpoint put a copy that the next may name.
    pub(super) copy: Option<Copy>,
}

impl Table {
    /// The name in the database's directory.
    pub(super) fn name(&self) -> String {
        format!("{:06}.sst", self.number)
    }
}

/// The tables of one subtask's database.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    tables: Vec<Table>,
    /// The next number of a table, log or manifest.
    next: u64,
    /// The length that a merged table has at most.
    table_bytes: u64,
    /// Files of tables that were merged, since they were last taken.
    merged: Vec<String>,
}

impl Tree {
    /// A tree that holds so many bytes already.
    pub(super) fn new(bytes: u64) -> Self {
        let mut tree = Self {
            tables: Vec::new(),
            next: 9,
            table_bytes: (bytes / 6).clamp(256 << 10, 64 << 20),
            merged: Vec::new(),
        };
        tree.add_merged(bytes);
        tree
    }

    pub(super) fn tables(&self) -> &[Table] {
        &self.tables
    }

    pub(super) fn tables_mut(&mut self) -> &mut [Table] {
        &mut self.tables
    }

    /// Files of tables that were merged since this was called last: the database needs them no more.
    pub(super) fn take_merged(&mut self) -> Vec<String> {
        std::mem::take(&mut self.merged)
    }

    /// Files of the tables.
    pub(super) fn files(&self) -> impl Iterator<Item = &String> {
        let copies = self.tables.iter().filter_map(|table| table.copy.as_ref());
        copies.filter_map(|copy| copy.file.as_ref())
    }

    /// The number of the manifest that is being written.
    pub(super) fn manifest(&self) -> u64 {
        self.next
    }

    /// Writes what changed in memory to a new table, which a checkpoint forces; then merges if there are many.
    pub(super) fn flush(&mut self, bytes: u64, chance: &mut Chance) {
        if bytes > 0 {
            self.add(bytes, true);
        }
        if self.tables.iter().filter(|it| it.top).count() >= TOP_LIMIT {
            self.merge(chance);
        }
    }

    /// Puts the tables at the top together with those below that they overlap: a third of them, which stand beside each
    /// other. About a tenth of the bytes were written over and go.
    fn merge(&mut self, chance: &mut Chance) {
        let (top, mut below): (Vec<Table>, Vec<Table>) =
            self.tables.drain(..).partition(|table| table.top);
        let overlapping = below.len().div_ceil(3);
        let first = chance.below((below.len() - overlapping + 1) as u64) as usize;
        let old: Vec<Table> = below.drain(first..first + overlapping).collect();
        self.tables = below;
        let bytes: u64 = top.iter().chain(&old).map(|table| table.bytes).sum();
        let copies = top.iter().chain(&old).filter_map(|it| it.copy.as_ref());
        self.merged.extend(copies.filter_map(|it| it.file.clone()));
        self.add_merged(bytes - bytes / 10);
    }

    fn add_merged(&mut self, bytes: u64) {
        let mut left = bytes;
        while left > 0 {
            let table = left.min(self.table_bytes);
            self.add(table, false);
            left -= table;
        }
    }

    fn add(&mut self, bytes: u64, top: bool) {
        self.tables.push(Table {
            number: self.next,
            bytes,
            top,
            copy: None,
        });
        self.next += 1;
    }

    /// Notes where a completed checkpoint put a table, if there still is such a table.
    pub(super) fn confirm(&mut self, number: u64, copy: &Copy) {
        if let Some(table) = self.tables.iter_mut().find(|it| it.number == number) {
            table.copy = Some(copy.clone());
        }
    }

    /// Forgets all copies, so that the next checkpoint uploads everything.
    pub(super) fn forget_copies(&mut self) {
        for table in &mut self.tables {
            table.copy = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(tree: &Tree) -> Vec<u64> {
        tree.tables().iter().map(|table| table.number).collect()
    }

    #[test]
    fn merging_replaces_several_tables_and_leaves_others() {
        let mut chance = Chance::new(1, 0);
        let mut tree = Tree::new(6 << 20);
        let at_first = numbers(&tree);
        assert_eq!(at_first.len(), 6);
        for round in 1..TOP_LIMIT {
            tree.flush(100_000, &mut chance);
            let expected = at_first.len() + round;
            assert_eq!(tree.tables().len(), expected, "a flush adds one table");
        }
        tree.flush(100_000, &mut chance);
        let after = numbers(&tree);
        let kept = after.iter().filter(|it| at_first.contains(it)).count();
        assert_eq!(kept, 4, "two of six were merged: {after:?}");
        assert!(tree.tables().iter().all(|table| !table.top));
        let bytes: u64 = tree.tables().iter().map(|table| table.bytes).sum();
        assert!(bytes < (6 << 20) + 400_000, "what was written over is gone");
    }

    #[test]
    fn an_empty_tree_stays_empty_until_something_is_written() {
        let mut tree = Tree::new(0);
        tree.flush(0, &mut Chance::new(1, 0));
        assert!(tree.tables().is_empty());
    }
}
