//! Worlds of snapshots in memory, built from metadata that the writer makes.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use jiff::{SignedDuration, Timestamp};
use stateward::domain::id::OperatorId;
use stateward::domain::location::Location;
use stateward::domain::snapshot::Snapshot;
use stateward::inventory::catalog::{Catalog, Rules};
use stateward::inventory::scan::{self, Root};
use stateward::metadata;
use stateward::metadata::model::{
    CheckpointProperties, IncrementalHandle, InlineHandle, KeyGroupRange, KeyedHandle, LocalFile,
    Metadata, OperatorState, PropertiesBlock, SnapshotType, StreamHandle, SubtaskState,
};
use stateward::metadata::text::Text;
use stateward::store::memory::MemoryStore;

/// The time at which every world is looked at.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

/// So many seconds before [`now`].
pub(crate) fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

pub(crate) fn place(path: &str) -> Location {
    Location::parse(path.as_bytes()).canonical()
}

/// A directory with state.
#[derive(Default)]
pub(crate) struct World {
    pub(crate) store: MemoryStore,
}

/// A checkpoint or savepoint to write.
pub(crate) struct Draft {
    number: u64,
    operators: Vec<u8>,
    shared: Vec<(String, u64)>,
    relative: Vec<(String, u64)>,
    shared_as_if_own: Vec<(String, u64)>,
    inline_name: Option<String>,
    properties: PropertiesBlock,
    max_parallelism: u32,
    version: u32,
}

impl Draft {
    /// An externalized checkpoint of one operator without files.
    pub(crate) fn checkpoint(number: u64) -> Self {
        let snapshot_type = SnapshotType::Checkpoint {
            name: "Checkpoint".to_owned(),
            sharing_files_strategy: "FORWARD_BACKWARD".to_owned(),
        };
        Self {
            number,
            operators: vec![1],
            shared: Vec::new(),
            relative: Vec::new(),
            shared_as_if_own: Vec::new(),
            inline_name: None,
            properties: PropertiesBlock::Known(flags(
                snapshot_type,
                [true, true, false, false, false],
            )),
            max_parallelism: 128,
            version: 6,
        }
    }

    /// A native savepoint of one operator without files.
    pub(crate) fn savepoint(number: u64) -> Self {
        let snapshot_type = SnapshotType::Savepoint {
            name: "Savepoint".to_owned(),
            format: "NATIVE".to_owned(),
            post_action: "NONE".to_owned(),
        };
        let properties = PropertiesBlock::Known(flags(snapshot_type, [false; 5]));
        Self {
            properties,
            ..Self::checkpoint(number)
        }
    }

    /// With these operators instead.
    pub(crate) fn operators(self, operators: &[u8]) -> Self {
        Self {
            operators: operators.to_vec(),
            ..self
        }
    }

    /// With a file at an absolute path, which other checkpoints may name too.
    pub(crate) fn shared(mut self, path: &str, bytes: u64) -> Self {
        self.shared.push((path.to_owned(), bytes));
        self
    }

    /// With a file in its own directory.
    pub(crate) fn own(mut self, name: &str, bytes: u64) -> Self {
        self.relative.push((name.to_owned(), bytes));
        self
    }

    /// With a file that others may name too, but named as if it lay in the snapshot's own directory.
    pub(crate) fn shared_as_if_own(mut self, name: &str, bytes: u64) -> Self {
        self.shared_as_if_own.push((name.to_owned(), bytes));
        self
    }

    /// With an inline handle of this name, which tells where the snapshot was written.
    pub(crate) fn written_at(self, path: &str) -> Self {
        Self {
            inline_name: Some(path.to_owned()),
            ..self
        }
    }

    /// In an older version of the format, with what that version keeps.
    pub(crate) fn version(self, version: u32) -> Self {
        let properties = if version < 4 {
            PropertiesBlock::Absent
        } else {
            self.properties
        };
        Self {
            properties,
            version,
            ..self
        }
    }

    pub(crate) fn max_parallelism(self, max_parallelism: u32) -> Self {
        Self {
            max_parallelism,
            ..self
        }
    }

    /// The files that it names, with their bytes, if it lies in this directory of a disk.
    pub(crate) fn named(&self, directory: &Path) -> Vec<(PathBuf, usize)> {
        let absolute = self.shared.iter().map(|(path, bytes)| {
            let path = path.strip_prefix("file:").unwrap_or(path);
            (PathBuf::from(path), *bytes as usize)
        });
        let own = self.relative.iter();
        let own = own.map(|(name, bytes)| (directory.join(name), *bytes as usize));
        absolute.chain(own).collect()
    }

    /// The bytes of its metadata.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let file = |(path, bytes): &(String, u64)| LocalFile {
            name: Text::from("000001.sst".to_owned()),
            handle: StreamHandle::File {
                size: *bytes as i64,
                path: Text::from(path.clone()),
            },
        };
        let own = |(path, bytes): &(String, u64)| LocalFile {
            name: Text::from("MANIFEST-000001".to_owned()),
            handle: StreamHandle::Relative {
                size: *bytes as i64,
                path: Text::from(path.clone()),
            },
        };
        let meta = self.inline_name.clone().map(|name| {
            StreamHandle::Inline(InlineHandle {
                name: Text::from(name),
                data: Cow::Borrowed(b"meta"),
            })
        });
        let keyed = KeyedHandle::Incremental(Box::new(IncrementalHandle {
            checkpoint_id: self.number as i64,
            backend_id: Text::from("11111111-2222-3333-4444-555555555555".to_owned()),
            range: KeyGroupRange {
                first: 0,
                count: self.max_parallelism,
            },
            checkpointed_size: Some(-1),
            meta,
            shared: self
                .shared
                .iter()
                .map(file)
                .chain(self.shared_as_if_own.iter().map(own))
                .collect(),
            private: self.relative.iter().map(own).collect(),
            state_handle_id: Some(Text::from(
                "66666666-2222-3333-4444-555555555555".to_owned(),
            )),
        }));
        let operator = |id: &u8| OperatorState {
            name: None,
            uid: None,
            id: OperatorId([*id; 16]),
            parallelism: 1,
            max_parallelism: self.max_parallelism,
            coordinator: None,
            fully_finished: false,
            subtasks: Vec::new(),
        };
        let mut operators: Vec<OperatorState<'_>> = self.operators.iter().map(operator).collect();
        if let Some(first) = operators.first_mut() {
            first.subtasks.push(SubtaskState {
                managed_keyed: Some(keyed),
                ..SubtaskState::default()
            });
        }
        let model = Metadata {
            version: self.version,
            checkpoint_id: self.number,
            master_states: Vec::new(),
            operators,
            properties: self.properties.clone(),
            trailing_bytes: 0,
        };
        metadata::write(&model).unwrap()
    }
}

fn flags(snapshot_type: SnapshotType, discard: [bool; 5]) -> CheckpointProperties {
    let [
        discard_subsumed,
        discard_finished,
        discard_cancelled,
        discard_failed,
        discard_suspended,
    ] = discard;
    CheckpointProperties {
        snapshot_type,
        discard_subsumed,
        discard_finished,
        discard_cancelled,
        discard_failed,
        discard_suspended,
        forced: false,
        unclaimed: false,
    }
}

impl World {
    /// Puts a snapshot with all its files, completed so many seconds ago.
    pub(crate) fn put(&self, directory: &str, draft: &Draft, seconds_ago: i64) {
        self.put_metadata(directory, draft, seconds_ago);
        for (path, bytes) in &draft.shared {
            self.put_file(path, *bytes, seconds_ago);
        }
        for (name, bytes) in &draft.relative {
            self.put_file(&format!("{directory}/{name}"), *bytes, seconds_ago);
        }
    }

    /// Puts a snapshot's metadata only.
    pub(crate) fn put_metadata(&self, directory: &str, draft: &Draft, seconds_ago: i64) {
        self.store.put(
            &place(directory).join(b"_metadata"),
            draft.bytes(),
            ago(seconds_ago),
        );
    }

    /// Puts a file of so many bytes.
    pub(crate) fn put_file(&self, path: &str, bytes: u64, seconds_ago: i64) {
        self.store
            .put(&place(path), vec![0; bytes as usize], ago(seconds_ago));
    }

    /// Removes a file or directory.
    pub(crate) fn remove(&self, path: &str) {
        self.store.remove(&place(path));
    }

    /// Looks at everything below a root.
    pub(crate) fn look(&self, root: &str) -> Catalog {
        self.look_with(root, Rules::default())
    }

    /// Looks at everything below a root under these rules.
    pub(crate) fn look_with(&self, root: &str, rules: Rules) -> Catalog {
        let mut catalog = Catalog::new(rules);
        let root = Root {
            location: place(root),
            depth: 6,
        };
        scan::scan(
            &mut catalog,
            &self.store,
            &root,
            &AtomicBool::new(false),
            &mut |_| {},
        )
        .unwrap();
        catalog.settle(now());
        catalog
    }
}

/// The row of the snapshot whose directory has this name.
pub(crate) fn row<'c>(catalog: &'c Catalog, name: &str) -> &'c Snapshot {
    catalog
        .rows()
        .find(|row| row.name == name)
        .unwrap_or_else(|| panic!("no row {name}"))
}
