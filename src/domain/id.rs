//! Identifiers, in the notation in which Flink prints them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A Flink job id: 16 bytes, printed as 32 lower-case hexadecimal digits
/// (`org.apache.flink.api.common.JobID`). It names the directory of a job's checkpoints; `_metadata` does not hold it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub [u8; 16]);

impl JobId {
    /// The id of every job that an application cluster with high availability runs without a fixed id; it says
    /// nothing about *which* job wrote a directory.
    pub const ZERO: Self = Self([0; 16]);

    /// The first six digits, which Flink puts into the name of a savepoint directory
    /// (`AbstractFsCheckpointStorageAccess#initializeLocationForSavepoint`).
    pub fn savepoint_prefix(&self) -> String {
        self.to_string()[..6].to_owned()
    }
}

/// An operator id: 16 bytes, either the hash of the operator's `uid` or generated from the job graph
/// (`org.apache.flink.runtime.jobgraph.OperatorID`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperatorId(pub [u8; 16]);

/// The number of a checkpoint or savepoint within its job; both draw from one counter, which starts at 1 and starts
/// again after a restart without state. 0 marks what the State Processor API wrote.
pub type CheckpointId = u64;

/// Text that is not 32 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an id of 32 hexadecimal digits")]
pub struct NotAnId;

fn parse_hex(text: &[u8]) -> Result<[u8; 16], NotAnId> {
    let mut id = [0; 16];
    if text.len() != 32 {
        return Err(NotAnId);
    }
    for (byte, pair) in id.iter_mut().zip(text.chunks_exact(2)) {
        let digit = |c: u8| match c {
            b'0'..=b'9' => Ok(c - b'0'),
            b'a'..=b'f' => Ok(c - b'a' + 10),
            _ => Err(NotAnId),
        };
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Ok(id)
}

macro_rules! hex_id {
    ($name:ident) => {
        impl $name {
            /// Reads 32 lower-case hexadecimal digits.
            ///
            /// # Errors
            /// When the text is anything else; upper-case digits are refused, since Flink never writes them.
            pub fn from_hex(text: &[u8]) -> Result<Self, NotAnId> {
                parse_hex(text).map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(text: &str) -> Result<Self, NotAnId> {
                Self::from_hex(text.as_bytes())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}
hex_id!(JobId);
hex_id!(OperatorId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_print_as_they_were_read() {
        let text = "93b2f076cea65ac3db837a144b08c84d";
        assert_eq!(text.parse::<OperatorId>().unwrap().to_string(), text);
        assert_eq!(text.parse::<JobId>().unwrap().savepoint_prefix(), "93b2f0");
    }

    #[test]
    fn other_text_is_no_id() {
        for text in [
            "",
            "93b2",
            "93B2F076CEA65AC3DB837A144B08C84D",
            "g3b2f076cea65ac3db837a144b08c84d",
            "shared",
        ] {
            assert_eq!(text.parse::<JobId>(), Err(NotAnId), "{text}");
        }
    }
}
