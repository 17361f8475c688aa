//! A store in memory, for tests and for what is simulated.

use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;

use super::{Entry, EntryKind, Stat, Store, StoreError, StoreErrorKind};
use crate::domain::location::Location;

/// Files by location; directories exist where a file lies below them, and where they were made.
#[derive(Debug, Default)]
pub struct MemoryStore {
    nodes: RwLock<BTreeMap<Location, Node>>,
}

#[derive(Debug, Clone)]
enum Node {
    File {
        bytes: Arc<[u8]>,
        modified: Timestamp,
    },
    Directory {
        modified: Timestamp,
    },
    Denied,
}

impl MemoryStore {
    /// Puts a file in place of whatever is there, and the directories above it.
    pub fn put(&self, at: &Location, bytes: impl Into<Arc<[u8]>>, modified: Timestamp) {
        self.make_directories(at, modified);
        self.insert(
            at,
            Node::File {
                bytes: bytes.into(),
                modified,
            },
        );
    }

    /// Makes a directory and those above it.
    pub fn make_directory(&self, at: &Location, modified: Timestamp) {
        self.make_directories(&at.join(b"child"), modified);
    }

    /// Makes a place exist but refuse every access.
    pub fn deny(&self, at: &Location) {
        self.insert(at, Node::Denied);
    }

    /// Removes a file or a directory with all that is below it.
    pub fn remove(&self, at: &Location) {
        self.nodes
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|place, _| !place.is_within(at));
    }

    fn make_directories(&self, at: &Location, modified: Timestamp) {
        let mut at = at.clone();
        while let Some(parent) = at.parent() {
            let mut nodes = self.nodes.write().unwrap_or_else(PoisonError::into_inner);
            nodes
                .entry(parent.clone())
                .or_insert(Node::Directory { modified });
            at = parent;
        }
    }

    fn insert(&self, at: &Location, node: Node) {
        self.nodes
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(at.clone(), node);
    }

    fn node(&self, doing: &'static str, at: &Location) -> Result<Node, StoreError> {
        let nodes = self.nodes.read().unwrap_or_else(PoisonError::into_inner);
        match nodes.get(at) {
            None => Err(StoreError::new(doing, at, StoreErrorKind::NotFound)),
            Some(Node::Denied) => Err(StoreError::new(doing, at, StoreErrorKind::Denied)),
            Some(node) => Ok(node.clone()),
        }
    }

    fn children(&self, dir: &Location) -> Result<Vec<(Location, Node)>, StoreError> {
        if let Node::File { .. } = self.node("list", dir)? {
            return Err(StoreError::new("list", dir, StoreErrorKind::NotADirectory));
        }
        let nodes = self.nodes.read().unwrap_or_else(PoisonError::into_inner);
        let children = nodes
            .iter()
            .filter(|(place, _)| place.parent().as_ref() == Some(dir));
        Ok(children
            .map(|(place, node)| (place.clone(), node.clone()))
            .collect())
    }
}

fn stat_of(node: &Node) -> Stat {
    let (kind, bytes, modified) = match node {
        Node::File { bytes, modified } => (EntryKind::File, bytes.len() as u64, Some(*modified)),
        Node::Directory { modified } => (EntryKind::Directory, 0, Some(*modified)),
        Node::Denied => (EntryKind::File, 0, None),
    };
    Stat {
        kind,
        bytes,
        modified,
        created: modified,
        identity: None,
        is_hard_linked: false,
    }
}

impl Store for MemoryStore {
    fn list(
        &self,
        dir: &Location,
        visit: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        for (place, node) in self.children(dir)? {
            if visit(Entry {
                name: place.name().to_vec(),
                kind: stat_of(&node).kind,
                is_link: false,
            })
            .is_break()
            {
                break;
            }
        }
        Ok(())
    }

    fn list_with_stat(
        &self,
        dir: &Location,
        visit: &mut dyn FnMut(Entry, Stat),
    ) -> Result<(), StoreError> {
        for (place, node) in self.children(dir)? {
            let stat = stat_of(&node);
            visit(
                Entry {
                    name: place.name().to_vec(),
                    kind: stat.kind,
                    is_link: false,
                },
                stat,
            );
        }
        Ok(())
    }

    fn stat(&self, at: &Location) -> Result<Stat, StoreError> {
        self.node("look at", at).map(|node| stat_of(&node))
    }

    fn open(&self, at: &Location) -> Result<Box<dyn Read + Send>, StoreError> {
        match self.node("open", at)? {
            Node::File { bytes, .. } => Ok(Box::new(Cursor::new(bytes))),
            _ => Err(StoreError::new(
                "open",
                at,
                StoreErrorKind::NotAFile("a directory"),
            )),
        }
    }
}
