//! From paths in metadata, which are Flink's view, to places where this program can look.
//!
//! A path mapping the user gave comes first. Else, when a snapshot does not lie where its own metadata says, the part
//! by which the two places differ is taken as a mapping. That is a conclusion, and shown as one.

use crate::domain::location::Location;
use crate::domain::snapshot::PathMapping;

/// The mapping that takes a snapshot's original directory to the one where it was found: what remains of both when the
/// longest common ending is taken away. None when they are one place or share no name at all.
pub fn infer(original: &Location, found: &Location) -> Option<PathMapping> {
    let (mut from, mut to) = (original.canonical(), found.canonical());
    if from == to {
        return None;
    }
    let mut shared = 0;
    while !from.name().is_empty() && from.name() == to.name() {
        from = from.parent()?;
        to = to.parent()?;
        shared += 1;
    }
    (shared > 0).then_some(PathMapping {
        from,
        to,
        inferred: true,
    })
}

/// The place under a mapping, if it applies.
pub fn apply(mapping: &PathMapping, at: &Location) -> Option<Location> {
    at.canonical()
        .relative_to(&mapping.from.canonical())
        .map(|relative| mapping.to.canonical().join(relative))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Location {
        Location::parse(text.as_bytes())
    }

    #[test]
    fn the_common_ending_is_taken_away() {
        let mapping = infer(
            &place("file:/flink/ck/j/chk-8"),
            &place("/mnt/copy/ck/j/chk-8"),
        )
        .unwrap();
        assert_eq!(
            (mapping.from.to_string(), mapping.to.to_string()),
            ("file:/flink".into(), "file:/mnt/copy".into())
        );
        assert_eq!(
            apply(&mapping, &place("file:/flink/other/x")),
            Some(place("file:/mnt/copy/other/x"))
        );
        assert_eq!(apply(&mapping, &place("file:/flinkling/x")), None);
    }

    #[test]
    fn a_snapshot_in_its_place_needs_no_mapping() {
        assert_eq!(infer(&place("file:/a/chk-1"), &place("/a/chk-1")), None);
        assert_eq!(
            infer(&place("file:/a/chk-1"), &place("file:/a/chk-2")),
            None
        );
    }

    #[test]
    fn another_store_can_be_mapped() {
        let rule = PathMapping::parse("s3a://bucket/ck=/mnt/bucket").unwrap();
        assert_eq!(
            apply(&rule, &place("s3://bucket/ck/j/shared/x")),
            Some(place("file:/mnt/bucket/j/shared/x"))
        );
        for wrong in ["x", "a=/b", "/a=b", "=", "s3:=/a"] {
            assert!(PathMapping::parse(wrong).is_err(), "{wrong}");
        }
    }
}
