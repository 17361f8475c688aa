//! Keyed state of one subtask, and how a snapshot is made of it: as one stream, as the files of a RocksDB, or as a
//! changelog.

use crate::metadata::model::{
    ChangelogFilesHandle, ChangelogHandle, IncrementalHandle, KeyGroupRange, KeyGroupsHandle,
    KeyGroupsLayout, KeyedHandle, LocalFile, Offsets, StreamHandle,
};
use crate::metadata::text::Text;

use super::chance::Chance;
use super::job::Backend;
use super::target::{Copy, Target};
use super::tree::Tree;

/// What stands before the key groups in a stream: names and serializers of the states.
const STREAM_HEADER: u64 = 740;
/// A backend's description of its state.
const META_BYTES: u64 = 1_262;
/// RocksDB's own options, as a file.
const OPTIONS_BYTES: u64 = 38_400;
/// Checkpoints until the changelog is made into state again. Flink counts minutes instead
/// (`state.changelog.periodic-materialize.interval`).
const MATERIALIZE_EVERY: u64 = 5;

/// How keyed state is written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner {
    pub(super) backend: Backend,
    pub(super) changelog: bool,
    pub(super) sort: Sort,
    /// The snapshot's number.
    pub(super) number: u64,
    /// The release that writes.
    pub(super) release: (u32, u32),
}

/// For what it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// A checkpoint that may build on others.
    Checkpoint,
    /// A checkpoint that builds on none.
    FullCheckpoint,
    /// A savepoint in the format of all backends.
    Canonical,
    /// A savepoint in the backend's own format.
    Native,
}

/// A table that was uploaded: its number, and where to. Later checkpoints use it once this one is complete.
pub(super) type Upload = (u64, Copy);

/// Keyed state of one subtask of one operator.
#[derive(Debug, Clone)]
pub(super) struct Keyed {
    pub(super) range: KeyGroupRange,
    pub(super) bytes: u64,
    /// Bytes that changed since they were last written.
    changed: u64,
    backend_id: String,
    tree: Tree,
    log: Log,
}

/// Changes since the state was last made into files.
#[derive(Debug, Clone, Default)]
struct Log {
    parts: Vec<(Copy, u64)>,
    /// The state of that time, with its files.
    materialized: Option<(KeyedHandle<'static>, Vec<Copy>)>,
    materialization: u64,
    checkpoints: u64,
}

impl Keyed {
    pub(super) fn new(range: KeyGroupRange, bytes: u64, chance: &mut Chance) -> Self {
        Self {
            range,
            bytes,
            changed: 0,
            backend_id: chance.uuid(),
            tree: Tree::new(bytes),
            log: Log::default(),
        }
    }

    /// Takes in changes, most of them new keys.
    pub(super) fn change(&mut self, bytes: u64) {
        self.bytes += bytes - bytes / 4;
        self.changed += bytes;
    }

    /// Notes where a completed checkpoint put tables.
    pub(super) fn confirm(&mut self, uploads: &[Upload]) {
        for (number, copy) in uploads {
            self.tree.confirm(*number, copy);
        }
    }

    /// Files of a database that it needs no more, since this was called last.
    pub(super) fn take_merged(&mut self) -> Vec<String> {
        self.tree.take_merged()
    }

    /// Files of the database that lie somewhere.
    pub(super) fn files(&self) -> impl Iterator<Item = &String> {
        self.tree.files()
    }

    /// Forgets everything that a snapshot left on the disk, so that the next checkpoint stands by itself.
    pub(super) fn forget_copies(&mut self) {
        self.tree.forget_copies();
        self.log = Log::default();
    }

    /// What the snapshot names, and which tables were uploaded for it.
    pub(super) fn snapshot(
        &mut self,
        manner: Manner,
        target: &mut Target<'_>,
    ) -> (KeyedHandle<'static>, Vec<Upload>) {
        let changed = std::mem::take(&mut self.changed);
        self.tree.flush(changed, target.chance);
        match manner.sort {
            Sort::Canonical => {
                // It changes nothing for the checkpoints that follow: their log goes on.
                self.changed = if manner.changelog { changed } else { 0 };
                (self.stream(KeyGroupsLayout::Savepoint, target), Vec::new())
            }
            Sort::Native if manner.changelog => {
                self.changed = changed;
                let (materialized, _) = self.plain(manner, target);
                let handle = self.changelog(manner, vec![materialized], Vec::new(), 0, target);
                (handle, Vec::new())
            }
            _ if manner.changelog => (self.logged(manner, changed, target), Vec::new()),
            _ => self.plain(manner, target),
        }
    }

    fn plain(
        &mut self,
        manner: Manner,
        target: &mut Target<'_>,
    ) -> (KeyedHandle<'static>, Vec<Upload>) {
        match manner.backend {
            Backend::Hashmap => (self.stream(KeyGroupsLayout::V2, target), Vec::new()),
            Backend::Rocksdb if manner.release < (1, 16) && !target.is_savepoint() => {
                (self.stream(KeyGroupsLayout::V2, target), Vec::new())
            }
            Backend::Rocksdb => (self.whole_tree(manner, target), Vec::new()),
            Backend::RocksdbIncremental | Backend::Forst => self.incremental(manner, target),
        }
    }

    /// All key groups one after the other.
    fn stream(&self, layout: KeyGroupsLayout, target: &mut Target<'_>) -> KeyedHandle<'static> {
        let bytes = STREAM_HEADER + self.bytes;
        let delegate = target.exclusive(bytes).handle;
        self.stream_of(layout, delegate, target.chance)
    }

    fn stream_of(
        &self,
        layout: KeyGroupsLayout,
        delegate: StreamHandle<'static>,
        chance: &mut Chance,
    ) -> KeyedHandle<'static> {
        let groups = u64::from(self.range.count);
        let offset = |group: u64| (STREAM_HEADER + self.bytes * group / groups) as i64;
        KeyedHandle::KeyGroups(Box::new(KeyGroupsHandle {
            layout,
            range: self.range,
            offsets: (0..groups).map(offset).collect::<Offsets<'_>>(),
            delegate,
            state_handle_id: (layout == KeyGroupsLayout::V2).then(|| Text::from(chance.uuid())),
        }))
    }

    /// Every file of the database, for this snapshot alone.
    fn whole_tree(&self, manner: Manner, target: &mut Target<'_>) -> KeyedHandle<'static> {
        let mut files = self.tables(|table, target| target.exclusive(table), target);
        let own: [(String, u64); 3] = self.own_files();
        for (name, bytes) in own {
            files.push(local(name, target.exclusive(bytes).handle));
        }
        let meta = target.exclusive(META_BYTES).handle;
        self.database(manner, meta, Vec::new(), files, None, target.chance)
    }

    /// The files of the database; those that an earlier checkpoint uploaded are not uploaded again, and those of a database
    /// that lies beside the checkpoints are not at all.
    fn incremental(
        &mut self,
        manner: Manner,
        target: &mut Target<'_>,
    ) -> (KeyedHandle<'static>, Vec<Upload>) {
        let builds_on_others = manner.sort == Sort::Checkpoint;
        let mut shared = Vec::new();
        let mut uploads = Vec::new();
        let mut new = META_BYTES;
        let in_place = target.is_database();
        for table in self.tree.tables_mut() {
            let copy = match &table.copy {
                Some(copy) if builds_on_others || in_place => {
                    new += if builds_on_others { 0 } else { table.bytes };
                    target.use_again(copy);
                    copy.clone()
                }
                _ if in_place => {
                    let copy = target.table(table.bytes);
                    new += table.bytes;
                    table.copy = Some(copy.clone());
                    copy
                }
                _ => {
                    let copy = target.shared(table.bytes);
                    new += table.bytes;
                    uploads.push((table.number, target.as_seen_later(&copy)));
                    copy
                }
            };
            shared.push(local(table.name(), copy.handle));
        }
        let mut private = Vec::new();
        for (name, bytes) in self.own_files() {
            new += bytes;
            private.push(local(name, target.private(bytes).handle));
        }
        let meta = target.exclusive(META_BYTES).handle;
        let handle = self.database(manner, meta, shared, private, Some(new), target.chance);
        (handle, uploads)
    }

    fn tables(
        &self,
        put: impl Fn(u64, &mut Target<'_>) -> Copy,
        target: &mut Target<'_>,
    ) -> Vec<LocalFile<'static>> {
        let tables = self.tree.tables().iter();
        tables
            .map(|table| local(table.name(), put(table.bytes, target).handle))
            .collect()
    }

    /// What a RocksDB keeps beside its tables.
    fn own_files(&self) -> [(String, u64); 3] {
        let manifest = self.tree.manifest();
        [
            ("CURRENT".to_owned(), 16),
            (
                format!("MANIFEST-{manifest:06}"),
                1_100 + 96 * self.tree.tables().len() as u64,
            ),
            (format!("OPTIONS-{:06}", manifest + 1), OPTIONS_BYTES),
        ]
    }

    fn database(
        &self,
        manner: Manner,
        meta: StreamHandle<'static>,
        shared: Vec<LocalFile<'static>>,
        private: Vec<LocalFile<'static>>,
        new: Option<u64>,
        chance: &mut Chance,
    ) -> KeyedHandle<'static> {
        let mut handle = IncrementalHandle {
            checkpoint_id: manner.number as i64,
            backend_id: Text::from(self.backend_id.clone()),
            range: self.range,
            checkpointed_size: None,
            meta: Some(meta),
            shared,
            private,
            state_handle_id: Some(Text::from(chance.uuid())),
        };
        let all = KeyedHandle::Incremental(Box::new(handle.clone())).state_size();
        handle.checkpointed_size = Some(new.map_or(all, |bytes| bytes as i64));
        KeyedHandle::Incremental(Box::new(handle))
    }

    /// The state as it was when it was last made into files, and the changes since.
    fn logged(
        &mut self,
        manner: Manner,
        changed: u64,
        target: &mut Target<'_>,
    ) -> KeyedHandle<'static> {
        let first = self.log.parts.is_empty() && self.log.materialized.is_none();
        // Everything is a change at first.
        let changed = if first { self.bytes } else { changed };
        self.log.checkpoints += 1;
        let mut new = 0;
        if self.log.checkpoints.is_multiple_of(MATERIALIZE_EVERY) {
            let (handle, copies) = self.materialize(manner, target);
            new += handle.state_size() as u64;
            self.log.materialized = Some((handle, copies));
            self.log.materialization += 1;
            self.log.parts.clear();
        } else if changed > 0 {
            let copy = target.changes(changed);
            self.log.parts.push((copy, changed));
            new += changed;
        }
        for (copy, _) in &self.log.parts {
            target.use_again(copy);
        }
        let materialized = self.log.materialized.clone();
        for copy in materialized.iter().flat_map(|(_, copies)| copies) {
            target.use_again(copy);
        }
        let changes = KeyedHandle::ChangelogFiles(Box::new(ChangelogFilesHandle {
            range: self.range,
            parts: self
                .log
                .parts
                .iter()
                .map(|(copy, _)| (0, copy.handle.clone()))
                .collect(),
            size: self.log.parts.iter().map(|(_, bytes)| *bytes as i64).sum(),
            checkpointed_size: new as i64,
            state_handle_id: Text::from(target.chance.uuid()),
            storage: (manner.release >= (1, 16)).then(|| Text::from("filesystem".to_owned())),
        }));
        let materialized = materialized.into_iter().map(|(handle, _)| handle).collect();
        self.changelog(manner, materialized, vec![changes], new, target)
    }

    /// The whole state as one stream that the tasks own, whatever the backend: what is inside does not matter here.
    fn materialize(
        &self,
        manner: Manner,
        target: &mut Target<'_>,
    ) -> (KeyedHandle<'static>, Vec<Copy>) {
        if manner.backend == Backend::Hashmap {
            let copy = target.task_owned(STREAM_HEADER + self.bytes);
            let handle = self.stream_of(KeyGroupsLayout::V2, copy.handle.clone(), target.chance);
            return (handle, vec![copy]);
        }
        let mut copies = Vec::new();
        let mut put = |name: String, bytes: u64, target: &mut Target<'_>| {
            let copy = target.task_owned(bytes);
            copies.push(copy.clone());
            local(name, copy.handle)
        };
        let mut tables = Vec::new();
        for table in self.tree.tables() {
            tables.push(put(table.name(), table.bytes, target));
        }
        let mut own = Vec::new();
        for (name, bytes) in self.own_files() {
            own.push(put(name, bytes, target));
        }
        let meta = put(String::new(), META_BYTES, target).handle;
        let handle = if manner.backend == Backend::RocksdbIncremental {
            self.database(manner, meta, tables, own, None, target.chance)
        } else {
            tables.extend(own);
            self.database(manner, meta, Vec::new(), tables, None, target.chance)
        };
        (handle, copies)
    }

    fn changelog(
        &self,
        manner: Manner,
        materialized: Vec<KeyedHandle<'static>>,
        non_materialized: Vec<KeyedHandle<'static>>,
        new: u64,
        target: &mut Target<'_>,
    ) -> KeyedHandle<'static> {
        let sizes = materialized.iter().map(KeyedHandle::state_size);
        let new = if non_materialized.is_empty() {
            sizes.sum()
        } else {
            new as i64
        };
        KeyedHandle::Changelog(Box::new(ChangelogHandle {
            range: self.range,
            checkpointed_size: new,
            materialized,
            non_materialized,
            materialization_id: self.log.materialization as i64,
            checkpoint_id: (manner.release >= (1, 16)).then_some(manner.number as i64),
            state_handle_id: Text::from(target.chance.uuid()),
        }))
    }
}

fn local(name: String, handle: StreamHandle<'static>) -> LocalFile<'static> {
    LocalFile {
        name: Text::from(name),
        handle,
    }
}
