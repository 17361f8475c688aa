//! The reference index: every file that any snapshot names, once, and how many snapshots name it.
//!
//! A tree may name millions of files, so a file costs one slot of some fifty bytes: its directory is a number, a UUID
//! name is kept as 16 bytes, and the table holds ids only. Slots of files that nobody names any more are used again.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap, HashSet, HashTable};
use jiff::Timestamp;

use crate::domain::location::Location;

/// Number of a file in a [`FileTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(u32);

/// Number of a directory in a [`FileTable`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DirectoryId(u32);

/// What is known of a file's existence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Not looked for yet.
    Unknown,
    /// Looked for and not found.
    Missing,
    /// Found, with this length in bytes.
    Present(u64),
    /// It could not be told: another store, no permission.
    Unreachable,
}

/// Files by directory and name.
#[derive(Debug, Default)]
pub struct FileTable {
    directories: Vec<Directory>,
    directory_ids: HashMap<Location, DirectoryId>,
    slots: Vec<Slot>,
    free: Vec<FileId>,
    ids: HashTable<FileId>,
    /// Those that have more names than the one they are named by; they are few.
    hard_linked: HashSet<FileId>,
    hasher: DefaultHashBuilder,
}

#[derive(Debug)]
struct Directory {
    location: Location,
    stamp: Option<Timestamp>,
    /// How many files in it are in use.
    files: usize,
}

#[derive(Debug)]
struct Slot {
    name: FileName,
    directory: DirectoryId,
    users: u32,
    presence: Presence,
}

/// A file's name; nearly all of Flink's are UUIDs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum FileName {
    Uuid([u8; 16]),
    Other(Box<[u8]>),
}

impl FileName {
    fn new(name: &[u8]) -> Self {
        uuid(name).map_or_else(|| Self::Other(name.into()), Self::Uuid)
    }

    fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Other(name) => name.to_vec(),
            Self::Uuid(bytes) => {
                let mut name = Vec::with_capacity(36);
                for (at, byte) in bytes.iter().enumerate() {
                    if matches!(at, 4 | 6 | 8 | 10) {
                        name.push(b'-');
                    }
                    name.extend(
                        [byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]),
                    );
                }
                name
            }
        }
    }
}

/// The names of all files that are named by anybody, without their directories. Two different names may pass for one, which is
/// so rare that it serves to be careful and for nothing else.
#[derive(Debug, Default)]
pub struct Names {
    hashes: std::collections::HashSet<u64>,
    hasher: DefaultHashBuilder,
}

impl Names {
    /// Whether a file of this name is named, in whatever directory; case does not matter, as on some file systems.
    pub fn contains(&self, name: &[u8]) -> bool {
        self.hashes.contains(&self.hash(name))
    }

    fn hash(&self, name: &[u8]) -> u64 {
        self.hasher.hash_one(name.to_ascii_lowercase())
    }
}

/// Whether a name is a UUID as Flink writes them.
pub fn is_uuid(name: &[u8]) -> bool {
    uuid(name).is_some()
}

/// The 16 bytes of a UUID in the text form that Flink uses: lower case with dashes.
fn uuid(name: &[u8]) -> Option<[u8; 16]> {
    if name.len() != 36 {
        return None;
    }
    let mut bytes = [0; 16];
    let mut digits = 0;
    for (at, &c) in name.iter().enumerate() {
        let digit = match c {
            b'-' if matches!(at, 8 | 13 | 18 | 23) => continue,
            b'0'..=b'9' => c - b'0',
            b'a'..=b'f' => c - b'a' + 10,
            _ => return None,
        };
        *bytes.get_mut(digits / 2)? |= if digits % 2 == 0 { digit << 4 } else { digit };
        digits += 1;
    }
    (digits == 32).then_some(bytes)
}

impl FileTable {
    /// The number of a directory, new or known. The location is taken in its canonical form, so that two spellings of
    /// one place are one directory.
    pub fn directory(&mut self, at: &Location) -> DirectoryId {
        let at = at.canonical();
        if let Some(&id) = self.directory_ids.get(&at) {
            return id;
        }
        let id = DirectoryId(self.directories.len() as u32);
        self.directories.push(Directory {
            location: at.clone(),
            stamp: None,
            files: 0,
        });
        self.directory_ids.insert(at, id);
        id
    }

    /// Whether any file below a directory was ever named.
    pub fn knows_directory(&self, at: &Location) -> bool {
        self.directory_ids.contains_key(&at.canonical())
    }

    /// Whether any snapshot names a file.
    pub fn names_file(&self, at: &Location) -> bool {
        let directory = at.parent().and_then(|it| self.known_directory(&it));
        directory.is_some_and(|it| self.find(it, at.name()).is_some())
    }

    /// The number of a directory, if any file below it was ever named.
    pub fn known_directory(&self, at: &Location) -> Option<DirectoryId> {
        self.directory_ids.get(&at.canonical()).copied()
    }

    /// The names of all files that are in use.
    pub fn names(&self) -> Names {
        let mut names = Names::default();
        for slot in self.slots.iter().filter(|slot| slot.users > 0) {
            let hash = names.hash(&slot.name.to_bytes());
            names.hashes.insert(hash);
        }
        names
    }

    /// The location of a directory.
    pub fn directory_location(&self, id: DirectoryId) -> &Location {
        &self.directories[id.0 as usize].location
    }

    /// All directories in which any file was ever named.
    pub fn directories(&self) -> impl Iterator<Item = (DirectoryId, &Location)> {
        let each = self.directories.iter().enumerate();
        each.map(|(at, it)| (DirectoryId(at as u32), &it.location))
    }

    /// The directories in which files are in use now.
    pub fn directories_in_use(&self) -> impl Iterator<Item = &Location> {
        let used = self.directories.iter().filter(|it| it.files > 0);
        used.map(|it| &it.location)
    }

    /// The directory's own time when all its files were last looked for.
    pub fn stamp(&self, id: DirectoryId) -> Option<Timestamp> {
        self.directories[id.0 as usize].stamp
    }

    /// Notes the directory's own time before all its files were looked for.
    pub fn set_stamp(&mut self, id: DirectoryId, stamp: Option<Timestamp>) {
        self.directories[id.0 as usize].stamp = stamp;
    }

    /// The number of a file, new or known, counting one more user.
    pub fn acquire(&mut self, directory: DirectoryId, name: &[u8]) -> FileId {
        let name = FileName::new(name);
        let hash = self.hasher.hash_one((directory, &name));
        let slots = &self.slots;
        let same = |id: &FileId| {
            let slot = &slots[id.0 as usize];
            slot.directory == directory && slot.name == name
        };
        if let Some(&id) = self.ids.find(hash, same) {
            self.slots[id.0 as usize].users += 1;
            return id;
        }
        self.directories[directory.0 as usize].files += 1;
        let slot = Slot {
            name,
            directory,
            users: 1,
            presence: Presence::Unknown,
        };
        let id = if let Some(id) = self.free.pop() {
            self.slots[id.0 as usize] = slot;
            id
        } else {
            self.slots.push(slot);
            FileId(self.slots.len() as u32 - 1)
        };
        let (slots, hasher) = (&self.slots, &self.hasher);
        self.ids
            .insert_unique(hash, id, |id| Self::hash(hasher, &slots[id.0 as usize]));
        id
    }

    /// Counts one user less; a file without users is forgotten.
    pub fn release(&mut self, id: FileId) {
        let slot = &mut self.slots[id.0 as usize];
        slot.users -= 1;
        if slot.users == 0 {
            self.directories[slot.directory.0 as usize].files -= 1;
            let hash = Self::hash(&self.hasher, slot);
            if let Ok(entry) = self.ids.find_entry(hash, |&other| other == id) {
                entry.remove();
            }
            self.hard_linked.remove(&id);
            self.free.push(id);
        }
    }

    /// The number of a file, if any snapshot names it.
    pub fn find(&self, directory: DirectoryId, name: &[u8]) -> Option<FileId> {
        let name = FileName::new(name);
        let hash = self.hasher.hash_one((directory, &name));
        let same = |id: &FileId| {
            let slot = &self.slots[id.0 as usize];
            slot.directory == directory && slot.name == name
        };
        self.ids.find(hash, same).copied()
    }

    fn hash(hasher: &DefaultHashBuilder, slot: &Slot) -> u64 {
        hasher.hash_one((slot.directory, &slot.name))
    }

    /// How many snapshots name a file.
    pub fn users(&self, id: FileId) -> u32 {
        self.slots[id.0 as usize].users
    }

    /// What is known of a file's existence.
    pub fn presence(&self, id: FileId) -> Presence {
        self.slots[id.0 as usize].presence
    }

    /// Notes what was found out about a file's existence.
    pub fn set_presence(&mut self, id: FileId, presence: Presence) {
        self.slots[id.0 as usize].presence = presence;
    }

    /// Whether a file was found to have other names (hard links), so that letting this one go need not free its bytes.
    pub fn is_hard_linked(&self, id: FileId) -> bool {
        self.hard_linked.contains(&id)
    }

    /// Notes whether a file has other names.
    pub fn set_hard_linked(&mut self, id: FileId, it_is: bool) {
        if it_is {
            self.hard_linked.insert(id);
        } else {
            self.hard_linked.remove(&id);
        }
    }

    /// The directory that a file lies in.
    pub fn directory_of(&self, id: FileId) -> DirectoryId {
        self.slots[id.0 as usize].directory
    }

    /// The name of a file in its directory.
    pub fn name(&self, id: FileId) -> Vec<u8> {
        self.slots[id.0 as usize].name.to_bytes()
    }

    /// The place of a file.
    pub fn location(&self, id: FileId) -> Location {
        let slot = &self.slots[id.0 as usize];
        self.directory_location(slot.directory)
            .child(&slot.name.to_bytes())
    }

    /// One more than the largest number of a file in use.
    pub fn id_limit(&self) -> usize {
        self.slots.len()
    }
}

impl FileId {
    /// The number as an index below [`FileTable::id_limit`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_file_has_one_number_however_it_is_spelled() {
        let mut table = FileTable::default();
        let dir = table.directory(&Location::parse(b"s3a://bucket/shared"));
        assert_eq!(
            dir,
            table.directory(&Location::parse(b"s3://bucket//shared/"))
        );
        let uuid = b"2f9de764-d5b2-4951-840b-e9d8304a15e9";
        let file = table.acquire(dir, uuid);
        assert_eq!(file, table.acquire(dir, uuid));
        assert_eq!(table.users(file), 2);
        assert_eq!(
            table.location(file).to_string(),
            "s3://bucket/shared/2f9de764-d5b2-4951-840b-e9d8304a15e9"
        );
        assert_ne!(
            file,
            table.acquire(dir, b"2F9DE764-d5b2-4951-840b-e9d8304a15e9")
        );
    }

    #[test]
    fn a_file_without_users_is_forgotten_and_its_slot_used_again() {
        let mut table = FileTable::default();
        let dir = table.directory(&Location::local(b"/shared"));
        let file = table.acquire(dir, b"000012.sst");
        table.set_presence(file, Presence::Present(7));
        table.set_hard_linked(file, true);
        table.release(file);
        assert_eq!(table.find(dir, b"000012.sst"), None);
        let other = table.acquire(dir, b"000013.sst");
        assert_eq!(
            (other, table.presence(other), table.id_limit()),
            (file, Presence::Unknown, 1)
        );
        assert!(!table.is_hard_linked(other));
        assert_eq!(table.location(other).to_string(), "file:/shared/000013.sst");
    }

    #[test]
    fn a_slot_is_small() {
        assert!(size_of::<Slot>() <= 48, "{}", size_of::<Slot>());
    }
}
