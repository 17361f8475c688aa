//! The properties block: what kind of snapshot it is and when Flink discards it, as one Java-serialized object.
//!
//! Classes are matched by simple name and fields by name. Java's version uids are ignored: two of them are computed
//! from the shape of the class and would change with it.

use super::java::{self, Value};
use super::model::{CheckpointProperties, PropertiesBlock, SnapshotType};

/// Reads the block at the end of a file, which starts at `offset`, and counts the bytes after it: 0 when the block's
/// end is unknown.
pub(super) fn read(bytes: &[u8], offset: u64) -> (PropertiesBlock, usize) {
    if bytes.is_empty() {
        let why = format!("the properties block is missing: the file ends at byte {offset}");
        return (PropertiesBlock::Unreadable(why), 0);
    }
    let (value, length) = match java::read(bytes) {
        Ok(read) => read,
        Err(error) => {
            let at = offset + error.at as u64;
            let why = format!(
                "the properties block cannot be read: {} (at byte {at})",
                error.why
            );
            return (PropertiesBlock::Unreadable(why), 0);
        }
    };
    let left = bytes.len() - length;
    match value {
        Value::Null => (PropertiesBlock::Null, left),
        value => match properties(&value) {
            Ok(known) => (PropertiesBlock::Known(known), left),
            Err(why) => {
                let why =
                    format!("the properties block (at byte {offset}) is not as expected: {why}");
                (PropertiesBlock::Unreadable(why), 0)
            }
        },
    }
}

/// The name after the last `.` or `$`.
fn simple_name(class: &[u8]) -> &[u8] {
    let start = class.iter().rposition(|byte| matches!(byte, b'.' | b'$'));
    start.and_then(|at| class.get(at + 1..)).unwrap_or(class)
}

fn properties(value: &Value<'_>) -> Result<CheckpointProperties, String> {
    let fields = Fields::of(value, "CheckpointProperties")?;
    Ok(CheckpointProperties {
        snapshot_type: snapshot_type(fields.get("checkpointType")?)?,
        discard_subsumed: fields.bool("discardSubsumed")?,
        discard_finished: fields.bool("discardFinished")?,
        discard_cancelled: fields.bool("discardCancelled")?,
        discard_failed: fields.bool("discardFailed")?,
        discard_suspended: fields.bool("discardSuspended")?,
        forced: fields.bool("forced")?,
        // Java gives a field its default when an older stream lacks it. This one came with Flink 1.15.
        unclaimed: match fields.get("unclaimed") {
            Ok(_) => fields.bool("unclaimed")?,
            Err(_) => false,
        },
    })
}

fn snapshot_type(value: &Value<'_>) -> Result<SnapshotType, String> {
    if let Value::Enum(class, constant) = value {
        return match simple_name(class) {
            b"CheckpointType" => constant_of_old(&constant.to_str_lossy()),
            class => Err(unexpected(class)),
        };
    }
    if let Ok(fields) = Fields::of(value, "CheckpointType") {
        return Ok(SnapshotType::Checkpoint {
            name: fields.string("name")?,
            sharing_files_strategy: fields
                .constant("sharingFilesStrategy", "SharingFilesStrategy")?,
        });
    }
    let fields = Fields::of(value, "SavepointType")?;
    Ok(SnapshotType::Savepoint {
        name: fields.string("name")?,
        format: fields.constant("formatType", "SavepointFormatType")?,
        post_action: fields.constant("postCheckpointAction", "PostCheckpointAction")?,
    })
}

/// Up to Flink 1.14 the type was an enum, and every savepoint had the one format there was.
fn constant_of_old(constant: &str) -> Result<SnapshotType, String> {
    let (name, post_action) = match constant {
        "CHECKPOINT" => {
            return Ok(SnapshotType::Checkpoint {
                name: "Checkpoint".to_owned(),
                sharing_files_strategy: "FORWARD_BACKWARD".to_owned(),
            });
        }
        "SAVEPOINT" => ("Savepoint", "NONE"),
        "SYNC_SAVEPOINT" | "SAVEPOINT_SUSPEND" => ("Suspend Savepoint", "SUSPEND"),
        "SAVEPOINT_TERMINATE" => ("Terminate Savepoint", "TERMINATE"),
        other => return Err(format!("the checkpoint type {other:?}")),
    };
    Ok(SnapshotType::Savepoint {
        name: name.to_owned(),
        format: "CANONICAL".to_owned(),
        post_action: post_action.to_owned(),
    })
}

/// The fields of one object.
struct Fields<'v, 'a>(&'v [(&'a [u8], Value<'a>)]);

impl<'v, 'a> Fields<'v, 'a> {
    fn of(value: &'v Value<'a>, expected: &str) -> Result<Self, String> {
        match value {
            Value::Object(class, fields) if simple_name(class) == expected.as_bytes() => {
                Ok(Self(fields))
            }
            Value::Object(class, _) => Err(unexpected(simple_name(class))),
            _ => Err(format!("no object of class {expected}")),
        }
    }

    /// A subclass may hide a field of its superclass, so the last of a name counts.
    fn get(&self, name: &str) -> Result<&'v Value<'a>, String> {
        let found = self.0.iter().rev().find(|field| field.0 == name.as_bytes());
        found
            .map(|field| &field.1)
            .ok_or_else(|| format!("no field {name}"))
    }

    fn bool(&self, name: &str) -> Result<bool, String> {
        match self.get(name)? {
            Value::Bool(value) => Ok(*value),
            _ => Err(format!("{name} is not a boolean")),
        }
    }

    fn string(&self, name: &str) -> Result<String, String> {
        match self.get(name)? {
            Value::String(text) => Ok(text.to_str_lossy().into_owned()),
            _ => Err(format!("{name} is not a string")),
        }
    }

    fn constant(&self, name: &str, enumeration: &str) -> Result<String, String> {
        match self.get(name)? {
            Value::Enum(class, constant) if simple_name(class) == enumeration.as_bytes() => {
                Ok(constant.to_str_lossy().into_owned())
            }
            _ => Err(format!("{name} is not a constant of {enumeration}")),
        }
    }
}

fn unexpected(class: &[u8]) -> String {
    let name = String::from_utf8_lossy(class);
    format!("an unexpected class {name:?}")
}
