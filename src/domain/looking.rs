//! How snapshots were looked for when a plan was made: whoever carries it out, goes on with it or makes it final looks the same
//! way again.

use std::collections::{BTreeMap, BTreeSet};

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
    /// The file systems that it was looked in, by the directories that lie on them, each as it is told to people; none where that
    /// is not known. What was mounted then must be mounted again for whoever makes a deletion final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mounts: Option<BTreeMap<String, String>>,
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
            if let Some(mounts) = &other.mounts {
                let own = self.mounts.get_or_insert_default();
                for (at, what) in mounts {
                    own.entry(at.clone()).or_insert_with(|| what.clone());
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
            mounts: None,
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

    #[test]
    fn both_see_what_either_sees() {
        let own = looking(6, &["/a=/b", "/c=/d"], false);
        let planned = looking(9, &["/c=/d", "/a=/e"], true);
        assert_eq!(own.clone().and(None), own);
        let both = looking(9, &["/a=/b", "/c=/d", "/a=/e"], true);
        assert_eq!(own.and(Some(&planned)), both);
    }
}
