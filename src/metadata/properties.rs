//! The properties block: what kind of snapshot it is and when Flink discards it, as one Java-serialized object.
//!
//! Classes are matched by simple name and fields by name. Java's version uids are ignored: two of them are computed
//! from the shape of the class and would change with it.

use super::java::{self, Value};
use super::model::{CheckpointProperties, PropertiesBlock, SnapshotType};
use super::text::Text;
use super::write::{Output, WriteError};

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

const CHECKPOINT_PROPERTIES: &str = "org.apache.flink.runtime.checkpoint.CheckpointProperties";
const CHECKPOINT_TYPE: &str = "org.apache.flink.runtime.checkpoint.CheckpointType";
const SAVEPOINT_TYPE: &str = "org.apache.flink.runtime.checkpoint.SavepointType";
const SNAPSHOT_TYPE: &str = "org.apache.flink.runtime.checkpoint.SnapshotType";
const SHARING_STRATEGY: &str =
    "org.apache.flink.runtime.checkpoint.SnapshotType$SharingFilesStrategy";
const SAVEPOINT_FORMAT: &str = "org.apache.flink.core.execution.SavepointFormatType";
const POST_ACTION: &str = "org.apache.flink.runtime.checkpoint.SavepointType$PostCheckpointAction";
const STRING: &str = "java.lang.String";
const ENUM: &str = "java.lang.Enum";

/// The version uids that Java computes for classes that declare none.
const CHECKPOINT_TYPE_UID: u64 = 0xd6de_4f03_05ae_1d3a;
const SAVEPOINT_TYPE_UID: u64 = 0xa087_d308_a458_14b8;

/// Number of the class `java.lang.Enum` in the stream of a savepoint, where two enums share it.
const ENUM_IN_SAVEPOINT: u32 = java::FIRST_HANDLE + 9;

/// Writes the block that stands for no properties.
pub(super) fn write_null(out: &mut Output) {
    out.bytes(&java::HEADER);
    out.u8(java::NULL);
}

/// Writes the block as Java's own serialization does, byte for byte.
pub(super) fn write(known: &CheckpointProperties, out: &mut Output) -> Result<(), WriteError> {
    out.bytes(&java::HEADER);
    out.u8(java::OBJECT);
    let flags = [
        ("discardCancelled", known.discard_cancelled),
        ("discardFailed", known.discard_failed),
        ("discardFinished", known.discard_finished),
        ("discardSubsumed", known.discard_subsumed),
        ("discardSuspended", known.discard_suspended),
        ("forced", known.forced),
        ("unclaimed", known.unclaimed),
    ];
    class(
        out,
        CHECKPOINT_PROPERTIES,
        2,
        java::SERIALIZABLE,
        flags.len() + 1,
    )?;
    for (name, _) in flags {
        out.u8(b'Z');
        out.text(&Text::from(name))?;
    }
    reference_field(out, "checkpointType", SNAPSHOT_TYPE)?;
    out.bytes(&[java::END, java::NULL]);
    for (_, flag) in flags {
        out.u8(u8::from(flag));
    }
    out.u8(java::OBJECT);
    match &known.snapshot_type {
        SnapshotType::Checkpoint {
            name,
            sharing_files_strategy,
        } => {
            class(
                out,
                CHECKPOINT_TYPE,
                CHECKPOINT_TYPE_UID,
                java::SERIALIZABLE,
                2,
            )?;
            reference_field(out, "name", STRING)?;
            reference_field(out, "sharingFilesStrategy", SHARING_STRATEGY)?;
            out.bytes(&[java::END, java::NULL]);
            string(out, name)?;
            constant(out, SHARING_STRATEGY, None, sharing_files_strategy)
        }
        SnapshotType::Savepoint {
            name,
            format,
            post_action,
        } => {
            class(
                out,
                SAVEPOINT_TYPE,
                SAVEPOINT_TYPE_UID,
                java::SERIALIZABLE,
                3,
            )?;
            reference_field(out, "formatType", SAVEPOINT_FORMAT)?;
            reference_field(out, "name", STRING)?;
            reference_field(out, "postCheckpointAction", POST_ACTION)?;
            out.bytes(&[java::END, java::NULL]);
            constant(out, SAVEPOINT_FORMAT, None, format)?;
            string(out, name)?;
            constant(out, POST_ACTION, Some(ENUM_IN_SAVEPOINT), post_action)
        }
    }
}

/// The head of a class description; its fields follow.
fn class(
    out: &mut Output,
    name: &str,
    uid: u64,
    flags: u8,
    fields: usize,
) -> Result<(), WriteError> {
    out.u8(java::CLASS);
    out.text(&Text::from(name))?;
    out.bytes(&uid.to_be_bytes());
    out.u8(flags);
    out.u16(fields as u16);
    Ok(())
}

fn reference_field(out: &mut Output, name: &str, class: &str) -> Result<(), WriteError> {
    out.u8(b'L');
    out.text(&Text::from(name))?;
    string(out, &format!("L{};", class.replace('.', "/")))
}

fn string(out: &mut Output, text: &str) -> Result<(), WriteError> {
    out.u8(java::STRING);
    out.text(&Text::from(text))
}

/// An enum constant, whose class is described here and whose superclass was perhaps described before.
fn constant(
    out: &mut Output,
    name: &str,
    superclass: Option<u32>,
    constant: &str,
) -> Result<(), WriteError> {
    let flags = java::SERIALIZABLE | java::ENUM_CLASS;
    out.u8(java::ENUM);
    class(out, name, 0, flags, 0)?;
    out.u8(java::END);
    if let Some(number) = superclass {
        out.u8(java::REFERENCE);
        out.u32(number);
    } else {
        class(out, ENUM, 0, flags, 0)?;
        out.bytes(&[java::END, java::NULL]);
    }
    string(out, constant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(snapshot_type: SnapshotType) -> CheckpointProperties {
        CheckpointProperties {
            snapshot_type,
            discard_subsumed: true,
            discard_finished: false,
            discard_cancelled: true,
            discard_failed: false,
            discard_suspended: true,
            forced: false,
            unclaimed: true,
        }
    }

    fn checkpoint(name: &str, strategy: &str) -> CheckpointProperties {
        known(SnapshotType::Checkpoint {
            name: name.to_owned(),
            sharing_files_strategy: strategy.to_owned(),
        })
    }

    fn savepoint(name: &str, format: &str, post_action: &str) -> CheckpointProperties {
        known(SnapshotType::Savepoint {
            name: name.to_owned(),
            format: format.to_owned(),
            post_action: post_action.to_owned(),
        })
    }

    fn block(known: &CheckpointProperties) -> Vec<u8> {
        let mut out = Output::default();
        write(known, &mut out).unwrap();
        out.into_bytes()
    }

    #[test]
    fn blocks_are_as_long_as_java_writes_them() {
        for (known, length) in [
            (checkpoint("Checkpoint", "FORWARD_BACKWARD"), 604),
            (checkpoint("Full Checkpoint", "FORWARD"), 600),
            (savepoint("Savepoint", "NATIVE", "NONE"), 742),
            (savepoint("Savepoint", "CANONICAL", "NONE"), 745),
            (savepoint("Suspend Savepoint", "NATIVE", "SUSPEND"), 753),
            (savepoint("Suspend Savepoint", "CANONICAL", "SUSPEND"), 756),
            (
                savepoint("Terminate Savepoint", "CANONICAL", "TERMINATE"),
                760,
            ),
        ] {
            let bytes = block(&known);
            assert_eq!(bytes.len(), length, "{known:?}");
            assert_eq!(read(&bytes, 0), (PropertiesBlock::Known(known), 0));
        }
    }

    #[test]
    fn uids_do_not_matter_and_classes_do() {
        let known = checkpoint("Checkpoint", "FORWARD");
        let mut bytes = block(&known);
        let uid = CHECKPOINT_TYPE_UID.to_be_bytes();
        let at = bytes.windows(8).position(|window| window == uid).unwrap();
        bytes[at] ^= 0xff;
        assert_eq!(read(&bytes, 0).0, PropertiesBlock::Known(known));
        // The last letter of the class's name, just before its uid.
        bytes[at - 1] = b'X';
        let (PropertiesBlock::Unreadable(why), 0) = read(&bytes, 381) else {
            panic!("a class of another name was taken for the one expected");
        };
        assert_eq!(
            why,
            "the properties block (at byte 381) is not as expected: an unexpected class \"CheckpointTypX\""
        );
    }

    #[test]
    fn the_old_enum_of_types_is_understood() {
        for (constant, snapshot_type) in [
            ("CHECKPOINT", checkpoint("Checkpoint", "FORWARD_BACKWARD")),
            (
                "SAVEPOINT_TERMINATE",
                savepoint("Terminate Savepoint", "CANONICAL", "TERMINATE"),
            ),
        ] {
            let mut out = Output::default();
            out.bytes(&java::HEADER);
            out.u8(java::OBJECT);
            class(&mut out, CHECKPOINT_PROPERTIES, 2, java::SERIALIZABLE, 7).unwrap();
            for name in [
                "discardCancelled",
                "discardFailed",
                "discardFinished",
                "discardSubsumed",
                "discardSuspended",
                "forced",
            ] {
                out.u8(b'Z');
                out.text(&Text::from(name)).unwrap();
            }
            reference_field(&mut out, "checkpointType", CHECKPOINT_TYPE).unwrap();
            out.bytes(&[java::END, java::NULL, 1, 0, 0, 1, 1, 0]);
            super::constant(&mut out, CHECKPOINT_TYPE, None, constant).unwrap();
            let expected = CheckpointProperties {
                unclaimed: false,
                ..snapshot_type
            };
            let bytes = out.into_bytes();
            assert_eq!(read(&bytes, 0), (PropertiesBlock::Known(expected), 0));
        }
    }
}
