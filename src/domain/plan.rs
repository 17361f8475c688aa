//! What is to be deleted, file by file, with a reason for each: made once, shown, saved, and held against what is there
//! when it is carried out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::location::Location;
use super::looking::Looking;
use super::policy::Policy;
use super::size::iec;

/// The shape of a plan that is saved.
pub const SCHEMA: u32 = 1;

/// What becomes of a file, or of a snapshot as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Decision {
    /// It goes.
    Delete,
    /// It stays: somebody needs it.
    Keep,
    /// It stays for now: it may go once it is older, or once somebody has decided.
    Defer,
    /// It stays: what is known does not suffice to tell whether anybody needs it.
    Unknown,
}

impl Decision {
    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Keep => "KEEP",
            Self::Defer => "DEFER",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// Deletions that belong together. Nothing is deleted but by a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// [`SCHEMA`].
    pub schema: u32,
    /// Its name: `20261125T150500Z-1f0c`.
    pub id: String,
    /// When what it says was looked at.
    pub made_at: Timestamp,
    /// The verb that made it, for people: `delete`, `prune`, `orphans`.
    pub verb: String,
    /// The directories in which snapshots were looked for; nothing outside of them is touched.
    #[serde(with = "places")]
    pub roots: Vec<Location>,
    /// The rules by which its targets are asked to go; none where somebody named them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
    /// How its snapshots were looked for; not known of one that an earlier release made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub looking: Option<Looking>,
    /// What has to be said of it as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// What it is about.
    pub targets: Vec<Target>,
}

/// Rules, and what they were held against: whoever carries the plan out holds them against the same once more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retention {
    /// The rules.
    pub policy: Policy,
    /// The places below which all snapshots were judged.
    #[serde(with = "places")]
    pub below: Vec<Location>,
}

/// A snapshot, or something left over, that is asked to go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The snapshot's directory; of what is left over, the file or directory.
    #[serde(with = "place")]
    pub at: Location,
    /// A name for people.
    pub name: String,
    /// What it is: `savepoint`, `externalized checkpoint`, `orphan`.
    pub what: String,
    /// The name of its lineage, where it has one.
    pub lineage: Option<String>,
    /// Why it is asked to go: `asked for`, `not kept by any rule`.
    pub asked: String,
    /// What becomes of it: only where this is [`Decision::Delete`] any of its files goes.
    pub decision: Decision,
    /// Why, where it does not go.
    pub objections: Vec<Objection>,
    /// What would have spoken against it, had nobody typed the word for it.
    pub overruled: Vec<Objection>,
    /// Its files, metadata first.
    pub files: Vec<FileStep>,
    /// Directories that go once they are empty, the deepest first.
    #[serde(with = "places")]
    pub directories: Vec<Location>,
}

/// Why something does not go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// Which guard it is: `hold`, `mark`, `live job`, `last restorable`.
    pub guard: String,
    /// What becomes of the target by it.
    pub decision: Decision,
    /// A sentence.
    pub text: String,
    /// What has to be typed to overrule it; nothing overrules it without.
    pub overruled_by: Option<String>,
    /// Whom or what it is about where a word overrules it: the id of a job, the name of a cluster, a place. A word that was
    /// typed for one says nothing of another, whatever the lineage is called by then.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// Whether a cluster tells that the job lives that may need it: what is not known by that is left to that job.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_of_living: bool,
}

/// A file of a target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStep {
    /// Where it lies.
    #[serde(with = "place")]
    pub at: Location,
    /// Whether it is the snapshot's metadata, which goes first: without it nothing addresses the snapshot any more.
    pub is_metadata: bool,
    /// What becomes of it.
    pub decision: Decision,
    /// Why, in a few words.
    pub reason: String,
    /// Its length, as it was seen.
    pub bytes: u64,
    /// Whether it has other names (hard links), which keep its bytes when this one goes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hard_linked: bool,
    /// What it was when it was seen; without, it does not go.
    pub seen: Option<Fingerprint>,
    /// The snapshots outside of the plan that name it.
    #[serde(with = "places")]
    pub pinned_by: Vec<Location>,
    /// The other targets of the plan that name it: whichever of them comes back wants it.
    #[serde(default, with = "places", skip_serializing_if = "Vec::is_empty")]
    pub also_of: Vec<Location>,
}

/// What a file was when it was seen: one that differs now is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Its length.
    pub bytes: u64,
    /// When it was last changed.
    pub modified: Timestamp,
    /// Device and inode.
    pub identity: (u64, u64),
}

impl Plan {
    /// The roots in whose trashes what goes of it comes to lie: of each file the first that it lies below.
    pub fn trash_roots(&self) -> Vec<Location> {
        let mut roots: Vec<Location> = Vec::new();
        for (_, file) in self.going() {
            let at = file.at.canonical();
            let mut all = self.roots.iter();
            let root = all.find(|root| at.is_within(&root.canonical()));
            if let Some(root) = root.filter(|it| !roots.contains(it)) {
                roots.push(root.clone());
            }
        }
        roots
    }

    /// The files that go, with the target that each belongs to.
    pub fn going(&self) -> impl Iterator<Item = (&Target, &FileStep)> {
        let targets = self
            .targets
            .iter()
            .filter(|target| target.decision == Decision::Delete);
        targets.flat_map(|target| {
            let files = target.files.iter();
            files
                .filter(|file| file.decision == Decision::Delete)
                .map(move |file| (target, file))
        })
    }

    /// Whether nothing goes: no file, and no directory that is all there is of a target.
    pub fn comes_to_nothing(&self) -> bool {
        let goes = |target: &Target| {
            let is_bare = target.files.is_empty() && !target.directories.is_empty();
            let mut files = target.files.iter();
            target.decision == Decision::Delete
                && (is_bare || files.any(|file| file.decision == Decision::Delete))
        };
        !self.targets.iter().any(goes)
    }

    /// Bytes that are free once it is carried out and purged: of all targets together, each file once.
    pub fn freed(&self) -> u64 {
        self.going()
            .fold(0, |sum, (_, file)| sum.saturating_add(file.bytes))
    }

    /// Whether [`Plan::freed`] is only an upper bound: files that go have other names (hard links), which keep their bytes.
    pub fn freed_is_bound(&self) -> bool {
        self.going().any(|(_, file)| file.hard_linked)
    }

    /// What is freed in words, after `at most` where it may be less: `28 KiB`.
    pub fn freed_words(&self) -> String {
        let at_most = if self.freed_is_bound() {
            "at most "
        } else {
            ""
        };
        format!("{at_most}{}", iec(self.freed()))
    }
}

/// A location as text; of one that is none, its bytes after `bytes:`, those that are no plain ASCII as `%NN`. So a plan can
/// be written and read back whatever names lie around what it lets go.
mod place {
    use std::borrow::Cow;
    use std::fmt::Write as _;

    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::domain::location::Location;

    const BYTES: &str = "bytes:";

    pub(super) fn serialize<S: Serializer>(location: &Location, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&written(location))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Location, D::Error> {
        read(&String::deserialize(from)?).map_err(D::Error::custom)
    }

    pub(super) fn written(location: &Location) -> Cow<'_, str> {
        match std::str::from_utf8(location.as_bytes()) {
            Ok(text) if !text.starts_with(BYTES) => Cow::Borrowed(text),
            _ => {
                let mut text = BYTES.to_owned();
                for byte in location.as_bytes() {
                    match byte {
                        b'%' => text.push_str("%25"),
                        0x20..=0x7e => text.push(char::from(*byte)),
                        _ => {
                            // Text takes in whatever is written to it.
                            let _ = write!(text, "%{byte:02X}");
                        }
                    }
                }
                Cow::Owned(text)
            }
        }
    }

    pub(super) fn read(text: &str) -> Result<Location, String> {
        let bytes = match text.strip_prefix(BYTES) {
            Some(escaped) => unescaped(escaped)
                .ok_or_else(|| format!("`{text}` has a % that no two digits follow"))?,
            None => text.as_bytes().to_vec(),
        };
        if bytes.is_empty() {
            return Err("a place without a name".to_owned());
        }
        Ok(Location::parse(&bytes))
    }

    fn unescaped(text: &str) -> Option<Vec<u8>> {
        let mut parts = text.split('%');
        let mut bytes = parts.next()?.as_bytes().to_vec();
        for part in parts {
            let (digits, rest) = part.split_at_checked(2)?;
            let is_hex = digits.bytes().all(|it| it.is_ascii_hexdigit());
            bytes.push(u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)?);
            bytes.extend_from_slice(rest.as_bytes());
        }
        Some(bytes)
    }
}

/// Several locations, each as [`place`] has it.
mod places {
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::place;
    use crate::domain::location::Location;

    pub(super) fn serialize<S: Serializer>(
        locations: &[Location],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(locations.iter().map(place::written))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<Location>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        let places = texts.iter().map(|text| place::read(text));
        places.collect::<Result<_, _>>().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::place;
    use crate::domain::location::Location;

    #[test]
    fn a_place_that_is_no_text_is_read_back_to_the_byte() {
        let odd: [&[u8]; 5] = [
            b"file:/data/chk-10\xff%FF\xff",
            b"file:/data/chk-10\xff",
            b"bytes:/x",
            "file:/data/\u{e9}t\u{e9}".as_bytes(),
            b"file:/data/a b\x1b",
        ];
        let mut seen = std::collections::BTreeSet::new();
        for bytes in odd {
            let location = Location::parse(bytes);
            let text = place::written(&location).into_owned();
            assert_eq!(place::read(&text), Ok(location), "{text}");
            assert!(seen.insert(text));
        }
        for wrong in [
            "",
            "bytes:",
            "bytes:file:/a%F",
            "bytes:file:/a%+F",
            "bytes:%\u{e9}",
        ] {
            assert!(place::read(wrong).is_err(), "{wrong}");
        }
    }
}
