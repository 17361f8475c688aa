//! What tells a snapshot from another that lies, or lay, at the same place.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::id::OperatorId;
use super::snapshot::OperatorFacts;

/// What a snapshot is made of, as one number: its own number, its operators, and the names that Flink gave by chance to all
/// that it names. Two that differ in it are two snapshots; a copy has the same. Histories keep it, so how it is made must
/// stay as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Content(u64);

/// Makes a [`Content`]: FNV-1a of 64 bits.
#[derive(Debug, Clone, Copy)]
pub struct Making(u64);

impl Making {
    /// Of nothing so far.
    pub fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// Takes in one more part.
    pub fn add(&mut self, part: &[u8]) {
        // Its length comes first, so that no two lists of parts are the same bytes.
        let length = (part.len() as u64).to_le_bytes();
        for byte in length.iter().chain(part) {
            self.0 ^= u64::from(*byte);
            self.0 = self.0.wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    /// Of all that was taken in.
    pub fn end(self) -> Content {
        Content(self.0)
    }
}

impl Content {
    /// Of the operators of a program: the same for the same ones, in whatever order, in every release.
    pub fn of_program(operators: &[OperatorFacts]) -> Self {
        let mut ids: Vec<OperatorId> = operators.iter().map(|it| it.id).collect();
        ids.sort_unstable();
        let mut making = Making::new();
        for id in &ids {
            making.add(&id.0);
        }
        making.end()
    }
}

impl Default for Making {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        // Not every reader of JSON has so long a number.
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let number = u64::from_str_radix(&text, 16);
        number.map(Self).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(parts: &[&str]) -> Content {
        let mut making = Making::new();
        for part in parts {
            making.add(part.as_bytes());
        }
        making.end()
    }

    #[test]
    fn it_is_written_down_and_read_and_stays_the_same_over_releases() {
        let written = serde_json::to_string(&of(&["chk-7", "a"])).unwrap();
        assert_eq!(written, "\"219cdc57a26af0d8\"");
        let read: Content = serde_json::from_str(&written).unwrap();
        assert_eq!(read, of(&["chk-7", "a"]));
        assert_ne!(of(&["ab", "c"]), of(&["a", "bc"]));
    }
}
