//! The system's own notifications about directories: inotify, FSEvents, kqueue.
//!
//! Directories are watched one by one and never recursively: state directories may hold millions of files whose coming
//! and going says nothing, and every watch counts against a limit of the system.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt;

use crossbeam_channel::{Receiver, unbounded};
use notify::event::{AccessKind, AccessMode, EventKind, Flag};
use notify::{ErrorKind, Event, RecommendedWatcher, RecursiveMode, Watcher};

use crate::domain::location::Location;
use crate::store::local::path_of;

/// Watches directories of the local file system.
pub struct NativeWatch {
    watcher: RecommendedWatcher,
    watched: BTreeSet<Location>,
    /// Whether directories that could be done without are watched, too.
    has_room: bool,
    events: Receiver<notify::Result<Event>>,
}

/// What a notification means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// Something happened to these places.
    Changed(Vec<Location>),
    /// Whoever had these files open to write them has closed them, or has ended.
    Closed(Vec<Location>),
    /// Notifications were lost: everything may have changed.
    Lost,
    /// Nothing that matters.
    Nothing,
}

impl NativeWatch {
    /// Starts without any directory.
    ///
    /// # Errors
    /// In words, when the system has no notifications to give.
    pub fn new() -> Result<Self, String> {
        let (sender, events) = unbounded();
        let watcher = notify::recommended_watcher(move |event| {
            // The receiver is gone when the program ends; then nobody wants to know.
            let _ = sender.send(event);
        })
        .map_err(|error| in_words(&error))?;
        Ok(Self {
            watcher,
            watched: BTreeSet::new(),
            has_room: true,
            events,
        })
    }

    /// Where notifications arrive.
    pub fn events(&self) -> &Receiver<notify::Result<Event>> {
        &self.events
    }

    /// Whether a directory is watched.
    pub fn watches(&self, directory: &Location) -> bool {
        self.watched.contains(directory)
    }

    /// Watches these directories and no others: those that are `wanted`, and those that would be good to have `also`, for
    /// as long as the system has room for all of them. Returns those that were not watched before; what happened in them
    /// until now went unseen.
    ///
    /// # Errors
    /// In words, at the first wanted directory that cannot be watched although it is there.
    pub fn watch_only(
        &mut self,
        wanted: &BTreeSet<Location>,
        also: &BTreeSet<Location>,
    ) -> Result<Vec<Location>, String> {
        if self.has_room {
            let all = wanted.union(also).cloned().collect();
            self.drop_all_but(&all);
            if let Ok(added) = self.add(&all) {
                return Ok(added);
            }
            // They would take from whoever comes next what is needed; which were added is not known any more.
            self.has_room = false;
            self.drop_all_but(&BTreeSet::new());
        }
        self.drop_all_but(wanted);
        self.add(wanted)
    }

    fn drop_all_but(&mut self, wanted: &BTreeSet<Location>) {
        for gone in self.watched.difference(wanted).cloned().collect::<Vec<_>>() {
            if let Ok(path) = path_of(&gone) {
                // It fails when the directory is gone, and then the watch went with it.
                let _ = self.watcher.unwatch(path);
            }
            self.watched.remove(&gone);
        }
    }

    fn add(&mut self, wanted: &BTreeSet<Location>) -> Result<Vec<Location>, String> {
        let mut added = Vec::new();
        for directory in wanted
            .difference(&self.watched)
            .cloned()
            .collect::<Vec<_>>()
        {
            let path = path_of(&directory).map_err(|error| error.to_string())?;
            match self.watcher.watch(path, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.watched.insert(directory.clone());
                    added.push(directory);
                }
                Err(error) if is_absence(&error) => {}
                Err(error) => return Err(in_words(&error)),
            }
        }
        Ok(added)
    }

    /// Forgets that a directory is watched, since it went away and its watch with it.
    pub fn lost(&mut self, directory: &Location) {
        self.watched.remove(directory);
    }
}

/// What a notification means.
pub fn notice(event: notify::Result<Event>) -> Notice {
    match event {
        Err(_) => Notice::Lost,
        Ok(event) if event.attrs.flag() == Some(Flag::Rescan) => Notice::Lost,
        Ok(event) => match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => {
                Notice::Closed(places(&event))
            }
            EventKind::Access(_) => Notice::Nothing,
            _ => Notice::Changed(places(&event)),
        },
    }
}

fn places(event: &Event) -> Vec<Location> {
    let paths = event.paths.iter();
    paths
        .map(|path| Location::local(path.as_os_str().as_bytes()))
        .collect()
}

fn is_absence(error: &notify::Error) -> bool {
    match &error.kind {
        ErrorKind::PathNotFound | ErrorKind::WatchNotFound => true,
        ErrorKind::Io(error) => error.kind() == std::io::ErrorKind::NotFound,
        _ => false,
    }
}

fn in_words(error: &notify::Error) -> String {
    match &error.kind {
        ErrorKind::MaxFilesWatch => {
            "no inotify watches are left; raise them with sysctl fs.inotify.max_user_watches"
                .to_owned()
        }
        ErrorKind::Io(error) if error.raw_os_error() == Some(24) => {
            "no inotify instances are left; raise them with sysctl fs.inotify.max_user_instances"
                .to_owned()
        }
        _ => error.to_string(),
    }
}
