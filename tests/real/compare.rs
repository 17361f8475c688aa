//! Compares what `stateward show --json` says about a snapshot with what Flink's own classes read, field by field.
//!
//! Both documents are brought into one shape, *facts*: lists that have no order of their own are sorted, files are named by URI
//! instead of by index, sizes are those of the web UI (without the state of coordinators). Then the two trees are walked
//! together, and each leaf that differs is reported with its path.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

/// Differences beyond this number are only counted.
const SHOWN: usize = 20;

/// Where the snapshot lies, compared with the place where Flink wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// At the same place: whether a file exists can be checked by its own name.
    Original,
    /// Somewhere else.
    Copy,
}

/// Roles of state in a subtask: the name in `show`, and in the oracle.
const ROLES: &[(&str, &str)] = &[
    ("managed_operator", "managedOperatorState"),
    ("raw_operator", "rawOperatorState"),
    ("managed_keyed", "managedKeyedState"),
    ("raw_keyed", "rawKeyedState"),
    ("input_channel", "inputChannelState"),
    ("output_channel", "resultSubpartitionState"),
];

/// Compares the two documents of one snapshot. `directory` is absolute and without symbolic links.
///
/// # Errors
/// Each field that differs, one a line.
pub(crate) fn compare(
    oracle: &Value,
    show: &Value,
    directory: &Path,
    place: Place,
) -> Result<(), String> {
    let expected = expected(oracle, directory, place);
    let actual = actual(show, place);
    let mut differences = Vec::new();
    walk("", &expected, &actual, &mut differences);
    check_disk(show, &mut differences);
    if differences.is_empty() {
        return Ok(());
    }
    let more = differences.len().saturating_sub(SHOWN);
    differences.truncate(SHOWN);
    let more = if more > 0 {
        format!("\n  and {more} more")
    } else {
        String::new()
    };
    Err(format!(
        "{}:\n  {}{more}",
        directory.display(),
        differences.join("\n  ")
    ))
}

/// The members of `expected` are all compared; `actual` may have more.
fn walk(path: &str, expected: &Value, actual: &Value, differences: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(fields), Value::Object(found)) => {
            for (key, value) in fields {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                match found.get(key) {
                    Some(other) => walk(&path, value, other, differences),
                    None => differences.push(format!(
                        "{path}: Flink has {}, stateward has nothing",
                        shorten(value)
                    )),
                }
            }
            if is_set(path) {
                for key in found.keys().filter(|key| !fields.contains_key(*key)) {
                    differences.push(format!("{path}.{key}: stateward has it, Flink does not"));
                }
            }
        }
        (Value::Array(items), Value::Array(found)) if items.len() == found.len() => {
            for (index, (value, other)) in items.iter().zip(found).enumerate() {
                walk(&format!("{path}[{index}]"), value, other, differences);
            }
        }
        _ if expected == actual => {}
        _ => differences.push(format!(
            "{path}: Flink has {}, stateward has {}",
            shorten(expected),
            shorten(actual)
        )),
    }
}

/// Each file that is said to be found is where it is said to be, with that length.
fn check_disk(show: &Value, differences: &mut Vec<String>) {
    for file in items(&show["files"])
        .iter()
        .filter(|file| file["exists"] == true)
    {
        let resolved = text(&file["resolved"]);
        let found = fs::metadata(resolved.strip_prefix("file:").unwrap_or(&resolved))
            .ok()
            .map(|file| file.len());
        if found != file["bytes"].as_u64() {
            differences.push(format!(
                "files: {file} is said to exist, on disk its length is {found:?}"
            ));
        }
    }
}

/// Objects whose keys are data: here a key too many is a difference as well.
fn is_set(path: &str) -> bool {
    matches!(
        path.rsplit('.').next(),
        Some("operators" | "subtasks" | "files" | "states")
    )
}

fn shorten(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(300) {
        Some((end, _)) => format!("{}… ({} bytes)", &text[..end], text.len()),
        None => text,
    }
}

// ---------------------------------------------------------------- what Flink says

fn expected(oracle: &Value, directory: &Path, place: Place) -> Value {
    let uri = format!("file:{}", directory.display());
    let mut files = BTreeMap::new();
    collect_files(oracle, &uri, &mut files);
    let mut operators = Map::new();
    let (mut state, mut checkpointed, mut channel_state) = (0, 0, 0);
    for operator in items(&oracle["operators"]) {
        let coordinator = operator["coordinatorStateBytes"].as_i64().unwrap_or(0);
        let own = integer(&operator["stateSize"]) - coordinator;
        let own_checkpointed = integer(&operator["checkpointedSize"]) - coordinator;
        state += own;
        checkpointed += own_checkpointed;
        let mut subtasks = Map::new();
        for subtask in items(&operator["subtasks"]) {
            for role in ["inputChannelState", "resultSubpartitionState"] {
                channel_state += items(&subtask[role])
                    .iter()
                    .map(|handle| integer(&handle["stateSize"]))
                    .sum::<i64>();
            }
            let mut facts = json!({
                "finished": subtask["finished"],
                "state": subtask["stateSize"],
                "checkpointed": subtask["checkpointedSize"],
            });
            for (name, original) in ROLES {
                facts[name] = sorted(
                    items(&subtask[original])
                        .iter()
                        .map(|handle| expected_handle(handle, &uri)),
                );
            }
            subtasks.insert(subtask["index"].to_string(), facts);
        }
        operators.insert(
            text(&operator["operatorId"]),
            json!({
                "name": operator["name"],
                "uid": operator["uid"],
                "parallelism": operator["parallelism"],
                "max_parallelism": operator["maxParallelism"],
                "fully_finished": operator["fullyFinished"],
                "coordinator_state": operator["coordinatorStateBytes"],
                "state": own,
                "checkpointed": own_checkpointed,
                "subtasks": subtasks,
            }),
        );
    }
    let mut facts = json!({
        "schema": 1,
        "uri": uri,
        "metadata": {
            "version": oracle["version"],
            "bytes": oracle["fileBytes"],
            "checkpoint_id": oracle["checkpointId"],
            "trailing_bytes": oracle["bytesAfterEnd"],
        },
        "properties": expected_properties(&oracle["properties"]),
        "format": expected_format(oracle),
        "sizes": { "state": state, "checkpointed": checkpointed, "channel_state": channel_state },
        "master_states": sorted(items(&oracle["masterStates"]).iter().map(|state| {
            json!({ "name": state["name"], "version": state["version"], "bytes": state["bytes"] })
        })),
        "operators": operators,
        "files": files.iter().map(|(uri, file)| (uri.clone(), file.facts(uri, place))).collect::<Map<_, _>>(),
    });
    if let Some(job) = job_of(directory) {
        facts["job_id"] = json!(job);
    }
    if let Some(savepoint) = oracle["properties"]["isSavepoint"].as_bool() {
        facts["is_savepoint"] = json!(savepoint);
    }
    facts
}

fn expected_properties(properties: &Value) -> Value {
    if properties.is_null() {
        return Value::Null;
    }
    let format = properties
        .get("savepointFormat")
        .cloned()
        .unwrap_or(Value::Null);
    json!({
        "type": properties["typeName"],
        "is_savepoint": properties["isSavepoint"],
        "savepoint_format": format,
        "sharing_files_strategy": properties["sharingFilesStrategy"],
        "unclaimed": properties["unclaimed"],
        "discard": {
            "subsumed": properties["discardSubsumed"],
            "finished": properties["discardFinished"],
            "cancelled": properties["discardCancelled"],
            "failed": properties["discardFailed"],
            "suspended": properties["discardSuspended"],
        },
    })
}

/// What follows from the classes of the handles alone.
fn expected_format(oracle: &Value) -> Value {
    let operators = oracle["operators"].to_string();
    let has = |classes: &[&str]| {
        classes
            .iter()
            .any(|class| operators.contains(&format!("\"class\":\"{class}\"")))
    };
    json!({
        "changelog": has(&["ChangelogStateBackendHandleImpl"]),
        "file_merging": has(&["SegmentFileStateHandle", "EmptySegmentFileStateHandle"]),
    })
}

fn expected_handle(handle: &Value, uri: &str) -> Value {
    let mut files = BTreeMap::new();
    collect_files(handle, uri, &mut files);
    let groups = &handle["keyGroupRange"];
    let states = handle["states"].as_object().into_iter().flatten();
    json!({
        "handle": handle["class"],
        "state": handle["stateSize"],
        "key_groups": if groups.is_null() { Value::Null } else { json!([groups["start"], groups["end"]]) },
        "states": states
            .map(|(name, state)| (name.clone(), json!({ "mode": state["mode"], "offsets": state["offsetCount"] })))
            .collect::<Map<_, _>>(),
        "checkpoint_id": handle["checkpointId"],
        "backend_id": handle["backendIdentifier"],
        "files": files.keys().collect::<Vec<_>>(),
        "inline": inline_bytes(handle),
    })
}

/// A file that handles refer to.
#[derive(Debug)]
struct FileFacts {
    relative: bool,
    /// The length, if every handle means the whole file and says the same.
    bytes: Option<i64>,
}

impl FileFacts {
    fn facts(&self, uri: &str, place: Place) -> Value {
        let mut facts = json!({ "relative": self.relative });
        if place == Place::Original {
            let found = fs::metadata(uri.trim_start_matches("file:"))
                .ok()
                .map(|file| file.len());
            facts["exists"] = json!(found.is_some());
            match (found, self.bytes) {
                // Files of the changelog are longer by a byte than their handles say.
                (Some(bytes), _) => facts["bytes"] = json!(bytes),
                (None, Some(bytes)) => facts["bytes"] = json!(bytes),
                (None, None) => {}
            }
        }
        facts
    }
}

fn collect_files(value: &Value, uri: &str, files: &mut BTreeMap<String, FileFacts>) {
    match value {
        Value::Object(fields) => {
            let is_stream =
                fields.contains_key("class") && fields["class"] != "EmptySegmentFileStateHandle";
            let relative = fields
                .get("relativePath")
                .and_then(Value::as_str)
                .map(|path| format!("{uri}/{path}"));
            let is_relative = relative.is_some();
            let path = relative.or_else(|| {
                fields
                    .get("path")
                    .and_then(Value::as_str)
                    .map(str::to_owned)
            });
            if let (true, Some(path)) = (is_stream, path) {
                let whole = !fields.contains_key("startPos");
                let bytes = fields["stateSize"]
                    .as_i64()
                    .filter(|size| whole && *size >= 0);
                let known = files.entry(path).or_insert(FileFacts {
                    relative: is_relative,
                    bytes,
                });
                if known.bytes != bytes {
                    known.bytes = None;
                }
            }
            fields
                .values()
                .for_each(|value| collect_files(value, uri, files));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|value| collect_files(value, uri, files)),
        _ => {}
    }
}

fn inline_bytes(value: &Value) -> i64 {
    match value {
        Value::Object(fields) => {
            fields
                .get("inlineBytes")
                .and_then(Value::as_i64)
                .unwrap_or(0)
                + fields.values().map(inline_bytes).sum::<i64>()
        }
        Value::Array(items) => items.iter().map(inline_bytes).sum(),
        _ => 0,
    }
}

/// `<job id>/chk-N`.
fn job_of(directory: &Path) -> Option<&str> {
    directory.file_name()?.to_str()?.strip_prefix("chk-")?;
    let job = directory.parent()?.file_name()?.to_str()?;
    (job.len() == 32 && job.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(job)
}

// ---------------------------------------------------------------- what stateward says

fn actual(show: &Value, place: Place) -> Value {
    let mut facts = show.clone();
    let uris: Vec<Value> = items(&show["files"])
        .iter()
        .map(|file| file["uri"].clone())
        .collect();
    facts["is_savepoint"] = json!(show["kind"] == "savepoint");
    facts["master_states"] = sorted(items(&show["master_states"]).iter().map(|state| {
        json!({ "name": state["name"], "version": state["version"], "bytes": state["bytes"] })
    }));
    facts["files"] = keyed(&show["files"], "uri", |file| {
        let mut file = file.clone();
        if place == Place::Copy {
            file["exists"].take();
        }
        file
    });
    facts["operators"] = keyed(&show["operators"], "id", |operator| {
        let mut operator = operator.clone();
        operator["subtasks"] = keyed(&operator["subtasks"], "index", |subtask| {
            let mut subtask = subtask.clone();
            for (name, _) in ROLES {
                subtask[name] = sorted(
                    items(&subtask[name])
                        .iter()
                        .map(|handle| actual_handle(handle, &uris)),
                );
            }
            subtask
        });
        operator
    });
    facts
}

/// A list as an object; a key that comes twice keeps a trace of that.
fn keyed(list: &Value, key: &str, each: impl Fn(&Value) -> Value) -> Value {
    let mut object = Map::new();
    for item in items(list) {
        let name = text(&item[key]);
        let name = if object.contains_key(&name) {
            format!("{name} once more")
        } else {
            name
        };
        object.insert(name, each(item));
    }
    Value::Object(object)
}

fn actual_handle(handle: &Value, uris: &[Value]) -> Value {
    let or = |key: &str, otherwise: Value| {
        handle
            .get(key)
            .filter(|value| !value.is_null())
            .cloned()
            .unwrap_or(otherwise)
    };
    let mut files: Vec<String> = items(&handle["files"])
        .iter()
        .map(|index| {
            let uri = index
                .as_u64()
                .and_then(|index| uris.get(usize::try_from(index).ok()?));
            uri.map_or_else(|| format!("no file has the index {index}"), text)
        })
        .collect();
    files.sort();
    files.dedup();
    json!({
        "handle": handle["handle"],
        "state": handle["state"],
        "key_groups": or("key_groups", Value::Null),
        "states": or("states", json!({})),
        "checkpoint_id": or("checkpoint_id", Value::Null),
        "backend_id": or("backend_id", Value::Null),
        "files": files,
        "inline": or("inline", json!(0)),
    })
}

// ---------------------------------------------------------------- small things

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn integer(value: &Value) -> i64 {
    value.as_i64().unwrap_or(0)
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// In the order of their text: handles of one role have no order that matters.
fn sorted(values: impl Iterator<Item = Value>) -> Value {
    let mut values: Vec<Value> = values.collect();
    values.sort_by_cached_key(Value::to_string);
    Value::Array(values)
}
