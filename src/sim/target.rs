//! Where the files of one snapshot go, and what they are called: Flink's scopes
//! (`FsCheckpointStorageLocation`, `CheckpointedStateScope`).

use std::borrow::Cow;

use crate::metadata::model::{InlineHandle, StreamHandle};
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

/// A snapshot under way, while it is decided what will be written.
#[derive(Debug)]
pub(super) struct Target<'c> {
    pub(super) chance: &'c mut Chance,
    pub(super) directories: Directories,
    /// What Flink puts before each name: the simulation's directory as a URI.
    pub(super) base: String,
    /// State up to this length is put into the metadata.
    pub(super) inline_threshold: u64,
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
            files: Vec::new(),
            own_files: Vec::new(),
            registered: Vec::new(),
        }
    }

    /// Whether a savepoint is taken.
    pub(super) fn is_savepoint(&self) -> bool {
        self.directories.shared.is_none()
    }

    /// State of this snapshot alone.
    pub(super) fn exclusive(&mut self, bytes: u64) -> Copy {
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
        let copy = self.absolute(&directory, bytes);
        self.use_again(&copy);
        copy
    }

    /// A file of an incremental checkpoint that lies beside the shared ones, but that no other uses.
    pub(super) fn private(&mut self, bytes: u64) -> Copy {
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
