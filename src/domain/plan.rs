//! What is to be deleted, file by file, with a reason for each: made once, shown, saved, and held against what is there
//! when it is carried out.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::location::Location;
use super::looking::Looking;
use super::policy::Policy;

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
}

/// A location as text. One that is none cannot be written, and does not get into a plan.
mod place {
    use serde::de::Error as _;
    use serde::ser::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    use crate::domain::location::Location;

    pub(super) fn serialize<S: Serializer>(location: &Location, to: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(location.as_bytes()) {
            Ok(text) => to.serialize_str(text),
            Err(_) => Err(S::Error::custom(format!("{location} is no text"))),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Location, D::Error> {
        let text = String::deserialize(from)?;
        if text.is_empty() {
            return Err(D::Error::custom("a place without a name"));
        }
        Ok(Location::parse(text.as_bytes()))
    }
}

/// Several locations as text.
mod places {
    use serde::de::Error as _;
    use serde::ser::Error as _;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer};

    use crate::domain::location::Location;

    pub(super) fn serialize<S: Serializer>(
        locations: &[Location],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        let texts: Result<Vec<&str>, _> = locations
            .iter()
            .map(|it| std::str::from_utf8(it.as_bytes()))
            .collect();
        texts
            .map_err(|_| S::Error::custom("a place is no text"))?
            .serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Vec<Location>, D::Error> {
        let texts = Vec::<String>::deserialize(from)?;
        if texts.iter().any(String::is_empty) {
            return Err(D::Error::custom("a place without a name"));
        }
        Ok(texts
            .iter()
            .map(|text| Location::parse(text.as_bytes()))
            .collect())
    }
}
