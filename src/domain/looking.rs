//! How snapshots were looked for when a plan was made: whoever carries it out, goes on with it or makes it final looks the same
//! way again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::snapshot::PathMapping;

/// How was looked.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Looking {
    /// How many levels below a directory.
    pub levels: usize,
    /// Where files were looked for instead of where metadata says.
    #[serde(default, with = "mappings", skip_serializing_if = "Vec::is_empty")]
    pub mappings: Vec<PathMapping>,
    /// Whether somebody said that all checkpoint directories were looked in whose jobs may have claimed a snapshot.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub all_named: bool,
    /// The directories in which snapshots were found that were to stay, as text; none where that is not known. Whoever makes a
    /// deletion final must see them again: where nothing is mounted now nobody names anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub homes: Option<BTreeSet<String>>,
    /// What was looked in by name, over a link, or on a file system of its own, as text, and which directory that was; none
    /// where that is not known. Whoever goes on with a deletion or makes it final must look in the same directories again.
    #[serde(default, alias = "mounts", skip_serializing_if = "Option::is_none")]
    pub places: Option<BTreeMap<String, Place>>,
}

/// What a place was when it was looked in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written")]
pub struct Place {
    /// The file system that it lay on, as it is told to people.
    pub on: String,
    /// Which directory it was; not known of what an earlier release wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<Directory>,
}

/// A directory, to be told from any other that may have the same name later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// The path by which it is reached over no link.
    pub real: String,
    /// Its number in its file system.
    pub inode: u64,
    /// When it was made, where its file system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born: Option<Timestamp>,
    /// The id of its file system, where that is its own, whatever device it lies on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filesystem: Option<u64>,
}

/// A place as it is written down: earlier releases noted the file system alone.
#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    On(String),
    Whole {
        on: String,
        #[serde(default)]
        was: Option<Directory>,
    },
}

impl From<Written> for Place {
    fn from(written: Written) -> Self {
        match written {
            Written::On(on) => Self { on, was: None },
            Written::Whole { on, was } => Self { on, was },
        }
    }
}

impl Place {
    /// Whether it was the same directory as another place: one of the same number in the same file system, made at the same
    /// time. Where nothing tells two file systems apart but what they are called, that has to do.
    ///
    /// None where it is not known of one of them which directory it was.
    pub fn is_same(&self, other: &Self) -> Option<bool> {
        let (one, two) = (self.was.as_ref()?, other.was.as_ref()?);
        if one.filesystem.is_some() && two.filesystem.is_some() && one.filesystem != two.filesystem
        {
            return Some(false);
        }
        // These number them anew whenever nobody holds them.
        let is_fleeting = |it: &Self| {
            ["fuse", "overlay"]
                .iter()
                .any(|kind| it.on.starts_with(kind))
        };
        let is_numbered = !(is_fleeting(self) && is_fleeting(other));
        if is_numbered && one.inode != two.inode {
            return Some(false);
        }
        let is_on_same =
            self.on == other.on || (one.filesystem.is_some() && one.filesystem == two.filesystem);
        Some(match (one.born, two.born) {
            (Some(one), Some(two)) if one != two => false,
            // Whole seconds are of a file system just made, and of many: so is its first directory, with the same number.
            (Some(born), Some(_)) if born.subsec_nanosecond() != 0 => true,
            _ => is_on_same,
        })
    }
}

impl Looking {
    /// As both: as deep as the deeper one, with the mappings of both, one's own first.
    #[must_use]
    pub fn and(mut self, other: Option<&Self>) -> Self {
        if let Some(other) = other {
            self.levels = self.levels.max(other.levels);
            self.all_named |= other.all_named;
            let more = other.mappings.iter();
            let more = more.filter(|it| !self.mappings.contains(it));
            let more: Vec<PathMapping> = more.cloned().collect();
            self.mappings.extend(more);
            if let Some(homes) = &other.homes {
                let own = self.homes.get_or_insert_default();
                own.extend(homes.iter().cloned());
            }
            if let Some(places) = &other.places {
                let own = self.places.get_or_insert_default();
                for (at, place) in places {
                    own.entry(at.clone()).or_insert_with(|| place.clone());
                }
            }
        }
        self
    }
}

/// Mappings as text, `FROM=TO`.
mod mappings {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::domain::snapshot::PathMapping;

    pub(super) fn serialize<S: Serializer>(
        mappings: &[PathMapping],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let texts = mappings.iter();
        let texts = texts.map(|it| format!("{}={}", it.from.to_text(), it.to.to_text()));
        texts.collect::<Vec<_>>().serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<PathMapping>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        let mappings = texts.iter().map(|it| PathMapping::parse(it));
        mappings.collect::<Result<_, _>>().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looking(levels: usize, mappings: &[&str], all_named: bool) -> Looking {
        let mappings = mappings.iter().map(|it| PathMapping::parse(it).unwrap());
        Looking {
            levels,
            mappings: mappings.collect(),
            all_named,
            homes: None,
            places: None,
        }
    }

    #[test]
    fn it_survives_being_saved() {
        let all = looking(9, &["s3a://bucket/ck=/mnt/a=b", "/flink=file:/data"], true);
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<Looking>(&text).unwrap(), all);
        assert_eq!(
            serde_json::from_str::<Looking>(r#"{"levels":6}"#).unwrap(),
            looking(6, &[], false)
        );
        for wrong in [r#"{"levels":6,"mappings":["nowhere"]}"#, "{}"] {
            assert!(serde_json::from_str::<Looking>(wrong).is_err(), "{wrong}");
        }
    }

    fn place(on: &str, inode: u64, born: Option<&str>, filesystem: Option<u64>) -> Place {
        Place {
            on: on.to_owned(),
            was: Some(Directory {
                real: "/x".to_owned(),
                inode,
                born: born.map(|it| it.parse().unwrap()),
                filesystem,
            }),
        }
    }

    #[test]
    fn what_an_earlier_release_noted_of_places_is_read() {
        let text = r#"{"levels":6,"mounts":{"/a":"nfs4 server:/a at /a"}}"#;
        let read: Looking = serde_json::from_str(text).unwrap();
        let on = "nfs4 server:/a at /a".to_owned();
        let place = Place { on, was: None };
        assert_eq!(read.places.unwrap()["/a"], place);
        let whole = self::place(
            "ext4 /dev/x at /",
            7,
            Some("2026-01-02T03:04:05.678901234Z"),
            Some(9),
        );
        let all = Looking {
            places: Some([("/a".to_owned(), whole), ("/b".to_owned(), place)].into()),
            ..looking(6, &[], false)
        };
        let text = serde_json::to_string(&all).unwrap();
        assert_eq!(serde_json::from_str::<Looking>(&text).unwrap(), all);
    }

    #[test]
    fn a_directory_is_known_by_its_number_and_when_it_was_made() {
        let (exact, later) = ("2026-01-02T03:04:05.6Z", "2026-01-02T03:04:05.7Z");
        let coarse = "2026-01-02T03:04:05Z";
        let (a, b) = ("ext4 /dev/a at /x", "ext4 /dev/b at /x");
        for (one, two, is_same) in [
            // The device may go by another name.
            (
                place(a, 2, Some(exact), None),
                place(b, 2, Some(exact), None),
                true,
            ),
            (
                place(a, 2, Some(exact), Some(1)),
                place(b, 2, Some(exact), Some(1)),
                true,
            ),
            (
                place(a, 2, Some(exact), None),
                place(a, 3, Some(exact), None),
                false,
            ),
            (
                place(a, 2, Some(exact), None),
                place(a, 2, Some(later), None),
                false,
            ),
            // Two file systems that were made in the same second, of the same name.
            (
                place(a, 2, Some(coarse), Some(1)),
                place(a, 2, Some(coarse), Some(2)),
                false,
            ),
            (
                place(a, 2, Some(coarse), Some(1)),
                place(b, 2, Some(coarse), Some(1)),
                true,
            ),
            (
                place(a, 2, Some(coarse), None),
                place(b, 2, Some(coarse), None),
                false,
            ),
            (
                place(a, 2, Some(exact), Some(1)),
                place(a, 2, Some(exact), Some(2)),
                false,
            ),
            // Without a time the name of the file system counts, as far as it has no id.
            (place(a, 2, None, None), place(a, 2, None, None), true),
            (place(a, 2, None, None), place(a, 3, None, None), false),
            (place(a, 2, None, None), place(b, 2, None, None), false),
            (
                place(a, 2, Some(exact), None),
                place(a, 2, None, None),
                true,
            ),
            (
                place("fuse x", 2, None, None),
                place("fuse x", 3, None, None),
                true,
            ),
            (
                place("overlay x", 2, Some(exact), None),
                place("overlay x", 3, Some(later), None),
                false,
            ),
            (
                place("overlay x", 2, Some(exact), None),
                place("overlay x", 3, Some(exact), None),
                true,
            ),
            (
                place("fuse x", 2, None, None),
                place("fuse y", 2, None, None),
                false,
            ),
        ] {
            assert_eq!(one.is_same(&two), Some(is_same), "{one:?} {two:?}");
            assert_eq!(two.is_same(&one), Some(is_same), "{two:?} {one:?}");
        }
        let unknown = Place {
            was: None,
            ..place(a, 2, None, None)
        };
        assert_eq!(unknown.is_same(&place(a, 2, None, None)), None);
    }

    #[test]
    fn both_see_what_either_sees() {
        let own = looking(6, &["/a=/b", "/c=/d"], false);
        let planned = looking(9, &["/c=/d", "/a=/e"], true);
        assert_eq!(own.clone().and(None), own);
        let both = looking(9, &["/a=/b", "/c=/d", "/a=/e"], true);
        assert_eq!(own.and(Some(&planned)), both);
    }
}
