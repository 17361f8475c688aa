//! Where the files of one snapshot go, and what they are called: Flink's scopes
//! (`FsCheckpointStorageLocation`, `CheckpointedStateScope`).

use std::borrow::Cow;

use crate::metadata::model::{
    FileMergingDirectories, InlineHandle, SegmentHandle, SegmentScope, StreamHandle,
};
use crate::metadata::text::Text;

use super::chance::Chance;

/// A file that a task will write.
#[derive(Debug, Clone)]
pub(super) struct NewFile {
    /// Its name below the simulation's directory.
    pub(super) name: String,
    /// Its length.
    pub(super) bytes: u64,
    /// What its bytes follow from.
    pub(super) seed: u64,
}

/// State that was put somewhere.
#[derive(Debug, Clone)]
pub(super) struct Copy {
    /// How the metadata speaks of it.
    pub(super) handle: StreamHandle<'static>,
    /// The file, unless the bytes are in the metadata.
    pub(super) file: Option<String>,
}

/// Directories of a job, as names below the simulation's directory.
#[derive(Debug, Clone)]
pub(super) struct Directories {
    /// The snapshot's own.
    pub(super) own: String,
    /// For files of several checkpoints; a savepoint has none but its own.
    pub(super) shared: Option<String>,
    /// For files that tasks own.
    pub(super) task_owned: String,
    /// For logged changes.
    pub(super) changes: String,
}

/// Files that hold many pieces of state (`FileMergingSnapshotManager`, since 1.20).
#[derive(Debug, Clone, Default)]
pub(super) struct Merging {
    /// The TaskManager's directory, for state of one checkpoint.
    task_manager: String,
    /// The subtask's directory, for state that later checkpoints may use too.
    subtask: String,
    /// The files that are being written in the two, and how long they are.
    open: [Option<(String, u64)>; 2],
}

/// A snapshot under way, while it is decided what will be written.
#[derive(Debug)]
pub(super) struct Target<'c> {
    pub(super) chance: &'c mut Chance,
    pub(super) directories: Directories,
    /// What Flink puts before each name: the simulation's directory as a URI.
    pub(super) base: String,
    /// State up to this length is put into the metadata.
    pub(super) inline_threshold: u64,
    /// Whether and how state is put together into larger files.
    merging: Option<Merging>,
    /// The directory of the database whose files are named where they lie.
    database: Option<String>,
    /// What tasks will write, since this was last taken.
    pub(super) files: Vec<NewFile>,
    /// Files that go with the snapshot.
    pub(super) own_files: Vec<String>,
    /// Files that Flink counts the users of (`SharedStateRegistry`).
    pub(super) registered: Vec<String>,
}

impl Target<'_> {
    /// What is put into these directories, of which `base` is the URI of the one that names start from.
    pub(super) fn new(
        chance: &mut Chance,
        directories: Directories,
        base: String,
        inline_threshold: u64,
    ) -> Target<'_> {
        Target {
            chance,
            directories,
            base,
            inline_threshold,
            merging: None,
            database: None,
            files: Vec::new(),
            own_files: Vec::new(),
            registered: Vec::new(),
        }
    }

    /// Puts state together into larger files from now on, below directories of this TaskManager.
    pub(super) fn merge_files(&mut self, task_manager: String) {
        self.merging = Some(Merging {
            task_manager,
            ..Merging::default()
        });
    }

    /// State of the subtask with this directory for shared files comes next.
    pub(super) fn turn_to(&mut self, subtask: String) {
        if let Some(merging) = &mut self.merging {
            merging.subtask = subtask;
        }
    }

    /// State comes next that is kept in a database in this directory, if any. A savepoint has its own copy of everything, and so
    /// have checkpoints whose state is put together (`DataTransferStrategyBuilder#buildForSnapshot`).
    pub(super) fn turn_to_database(&mut self, directory: Option<String>) {
        self.database = directory.filter(|_| !self.is_savepoint() && self.merging.is_none());
    }

    /// Whether files are named where the database has them.
    pub(super) fn is_database(&self) -> bool {
        self.database.is_some()
    }

    /// A table of the database, always a file. Flink counts its users from the first checkpoint on that names it.
    pub(super) fn table(&mut self, bytes: u64) -> Copy {
        let directory = self.database.clone().unwrap_or_default();
        let name = format!("{directory}/{}", self.chance.uuid());
        self.file(name.clone(), bytes);
        let copy = Copy {
            handle: self.handle(&name, bytes),
            file: Some(name),
        };
        self.use_again(&copy);
        copy
    }

    /// The directories that a handle of operator state keeps in use, where files are merged.
    pub(super) fn merging_directories(
        &self,
        empty: bool,
    ) -> Option<FileMergingDirectories<'static>> {
        let merging = self.merging.as_ref()?;
        let uri = |name: &str| Text::from(format!("{}/{name}", self.base));
        Some(FileMergingDirectories {
            task_owned: uri(&merging.task_manager),
            shared: uri(&merging.subtask),
            empty,
        })
    }

    /// A piece of a larger file, which is as long as what is put into it until the subtask is done.
    fn segment(&mut self, scope: SegmentScope, bytes: u64) -> Option<Copy> {
        let merging = self.merging.as_mut()?;
        let (directory, at) = match scope {
            SegmentScope::Exclusive => (&merging.task_manager, 0),
            SegmentScope::Shared => (&merging.subtask, 1),
        };
        let (name, length) = merging.open[at]
            .get_or_insert_with(|| (format!("{directory}/{}", self.chance.uuid()), 0));
        let start = *length;
        *length += bytes;
        let name = name.clone();
        let handle = StreamHandle::Segment(Box::new(SegmentHandle {
            start: start as i64,
            length: bytes as i64,
            scope,
            path: Text::from(format!("{}/{name}", self.base)),
            logical_file_id: Text::from(self.chance.uuid()),
        }));
        Some(Copy {
            handle,
            file: Some(name),
        })
    }

    /// Whether a savepoint is taken.
    pub(super) fn is_savepoint(&self) -> bool {
        self.directories.shared.is_none()
    }

    /// State of this snapshot alone.
    pub(super) fn exclusive(&mut self, bytes: u64) -> Copy {
        if let Some(copy) = self.segment(SegmentScope::Exclusive, bytes) {
            let new = copy
                .file
                .clone()
                .filter(|it| self.own_files.last() != Some(it));
            self.own_files.extend(new);
            return copy;
        }
        let name = self.chance.uuid();
        let own = format!("{}/{name}", self.directories.own);
        if bytes <= self.inline_threshold {
            return self.inline(&own, bytes);
        }
        self.file(own.clone(), bytes);
        self.own_files.push(own.clone());
        Copy {
            handle: StreamHandle::Relative {
                path: Text::from(name),
                size: bytes as i64,
            },
            file: Some(own),
        }
    }

    /// A file of an incremental checkpoint that later ones may use too. That of a savepoint lies beside the others, and is
    /// used by checkpoints only once a job has claimed it.
    pub(super) fn shared(&mut self, bytes: u64) -> Copy {
        let Some(directory) = self.directories.shared.clone() else {
            let copy = self.exclusive(bytes);
            self.own_files
                .pop_if(|last| copy.file.as_ref() == Some(last));
            self.use_again(&copy);
            return copy;
        };
        let merged = self.segment(SegmentScope::Shared, bytes);
        let copy = merged.unwrap_or_else(|| self.absolute(&directory, bytes));
        self.use_again(&copy);
        copy
    }

    /// A file of an incremental checkpoint that lies beside the shared ones, but that no other uses.
    pub(super) fn private(&mut self, bytes: u64) -> Copy {
        if self.merging.is_some() {
            // It lies in one file with the shared ones, and goes with that.
            return self.shared(bytes);
        }
        let Some(directory) = self.directories.shared.clone() else {
            return self.exclusive(bytes);
        };
        let copy = self.absolute(&directory, bytes);
        self.own_files.extend(copy.file.clone());
        copy
    }

    /// A file that outlives the snapshot because it is a part of the job's changelog.
    pub(super) fn task_owned(&mut self, bytes: u64) -> Copy {
        let directory = self.directories.task_owned.clone();
        self.absolute(&directory, bytes)
    }

    /// Logged changes: always a file, of one byte more than its handle says (a flag whether it is compressed).
    pub(super) fn changes(&mut self, bytes: u64) -> Copy {
        let name = format!("{}/{}", self.directories.changes, self.chance.uuid());
        self.file(name.clone(), bytes + 1);
        Copy {
            handle: self.handle(&name, bytes),
            file: Some(name),
        }
    }

    /// The same state as a later checkpoint must speak of it: by its full path. (Up to 2.3.0 Flink keeps the relative one
    /// after a savepoint was claimed, and the checkpoint cannot be restored: FLINK-39964. This is what it does since.)
    pub(super) fn as_seen_later(&self, copy: &Copy) -> Copy {
        match (&copy.handle, &copy.file) {
            (StreamHandle::Relative { size, .. }, Some(name)) => Copy {
                handle: self.handle(name, *size as u64),
                file: copy.file.clone(),
            },
            _ => copy.clone(),
        }
    }

    /// Counts this snapshot as a user of a file that was put somewhere before.
    pub(super) fn use_again(&mut self, copy: &Copy) {
        self.registered.extend(copy.file.clone());
    }

    /// Files that are to be written since this was called last.
    pub(super) fn take_files(&mut self) -> Vec<NewFile> {
        let open = self
            .merging
            .as_mut()
            .map(|merging| std::mem::take(&mut merging.open));
        for (name, bytes) in open.into_iter().flatten().flatten() {
            self.file(name, bytes);
        }
        std::mem::take(&mut self.files)
    }

    fn absolute(&mut self, directory: &str, bytes: u64) -> Copy {
        let name = format!("{directory}/{}", self.chance.uuid());
        if bytes <= self.inline_threshold {
            return self.inline(&name, bytes);
        }
        self.file(name.clone(), bytes);
        Copy {
            handle: self.handle(&name, bytes),
            file: Some(name),
        }
    }

    fn handle(&self, name: &str, bytes: u64) -> StreamHandle<'static> {
        StreamHandle::File {
            size: bytes as i64,
            path: Text::from(format!("{}/{name}", self.base)),
        }
    }

    fn inline(&mut self, name: &str, bytes: u64) -> Copy {
        let mut data = vec![0; bytes as usize];
        self.chance.fill(&mut data);
        Copy {
            handle: StreamHandle::Inline(InlineHandle {
                name: Text::from(format!("{}/{name}", self.base)),
                data: Cow::Owned(data),
            }),
            file: None,
        }
    }

    fn file(&mut self, name: String, bytes: u64) {
        let seed = self.chance.number();
        self.files.push(NewFile { name, bytes, seed });
    }
}
