//! Which files can be moved into the trash of their root: those that no symbolic link leads to, and that lie on its file
//! system. Whoever moves them follows no link ([`crate::store::change`]) and copies nothing, so a plan should say so.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::domain::location::Location;
use crate::domain::text::scrub;
use crate::store::local::path_of;

/// What keeps files from the trashes of some roots. Each directory is looked at once.
#[derive(Debug, Default)]
pub struct Reach {
    /// The roots, in the order in which a file is looked for in them.
    roots: Vec<Root>,
    /// What is in the way to what lies in a directory.
    known: HashMap<PathBuf, Option<String>>,
}

#[derive(Debug)]
struct Root {
    path: PathBuf,
    /// Its file system, if it is there.
    device: Option<u64>,
}

impl Reach {
    /// Of these roots. A file goes into the trash of the first that it lies below.
    pub fn of(roots: &[Location]) -> Self {
        let local = roots.iter().filter_map(|root| {
            let path = path_of(root).ok()?.to_owned();
            // The way to a root may lead over links: it is the user's own word.
            let device = fs::metadata(&path).ok().map(|it| it.dev());
            Some(Root { path, device })
        });
        Self {
            roots: local.collect(),
            known: HashMap::new(),
        }
    }

    /// Why a file cannot be moved into the trash of its root, in a few words; none where nothing is known to be in the way.
    pub fn obstacle(&mut self, file: &Location) -> Option<String> {
        let directory = path_of(file).ok()?.parent()?;
        if let Some(known) = self.known.get(directory) {
            return known.clone();
        }
        let root = self.roots.iter().find(|it| directory.starts_with(&it.path));
        let obstacle = root.and_then(|root| on_the_way(root, directory));
        self.known.insert(directory.to_owned(), obstacle.clone());
        obstacle
    }
}

/// Whether a file is a symbolic link.
pub fn is_link(file: &Location) -> bool {
    let found = path_of(file).ok().map(fs::symlink_metadata);
    found.is_some_and(|it| it.is_ok_and(|it| it.is_symlink()))
}

fn on_the_way(root: &Root, directory: &Path) -> Option<String> {
    let below = directory.strip_prefix(&root.path).ok()?;
    let mut at = root.path.clone();
    for name in below {
        at.push(name);
        // What is not there is somebody else's to tell.
        let found = fs::symlink_metadata(&at).ok()?;
        if found.is_symlink() {
            return Some(format!(
                "{} is a symbolic link, and none is followed into another directory",
                scrub(&at.to_string_lossy())
            ));
        }
        if root.device.is_some_and(|device| device != found.dev()) {
            return Some(format!(
                "{} is on another file system than the trash of {}",
                scrub(&at.to_string_lossy()),
                scrub(&root.path.to_string_lossy())
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::local::location_of;

    fn of(path: &Path) -> Location {
        location_of(path).unwrap()
    }

    #[test]
    fn a_link_below_a_root_is_in_the_way_and_one_above_is_not() {
        let temp = tempfile::tempdir().unwrap();
        let real = temp.path().join("real/job/shared");
        fs::create_dir_all(&real).unwrap();
        fs::create_dir_all(temp.path().join("root")).unwrap();
        std::os::unix::fs::symlink(temp.path().join("real/job"), temp.path().join("root/job"))
            .unwrap();
        std::os::unix::fs::symlink(temp.path().join("real"), temp.path().join("alias")).unwrap();
        let mut reach = Reach::of(&[
            of(&temp.path().join("root")),
            of(&temp.path().join("alias")),
        ]);
        let linked = reach.obstacle(&of(&temp.path().join("root/job/shared/1")));
        assert!(linked.unwrap().contains("root/job is a symbolic link"));
        assert_eq!(
            reach.obstacle(&of(&temp.path().join("alias/job/shared/1"))),
            None
        );
        // Of what lies below no root nobody has said that it may go.
        assert_eq!(reach.obstacle(&of(&real.join("1"))), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn another_file_system_below_a_root_is_in_the_way() {
        let mut reach = Reach::of(&[Location::local(b"/")]);
        let mounted = reach.obstacle(&Location::local(b"/proc/self/status"));
        let mounted = mounted.unwrap();
        assert!(
            mounted.starts_with("/proc is on another file system"),
            "{mounted}"
        );
        let mut reach = Reach::of(&[Location::local(b"/proc")]);
        assert_eq!(reach.obstacle(&Location::local(b"/proc/sys/1")), None);
    }
}
