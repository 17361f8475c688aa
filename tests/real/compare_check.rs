//! The comparator itself: equal documents are equal, and each difference is named.

use std::path::Path;

use serde_json::{Value, json};

use crate::compare::{Place, compare};

const ORACLE: &str = r#"{
    "file": "chk-7/_metadata", "fileBytes": 900, "version": 6, "bytesAfterEnd": 0, "checkpointId": 7,
    "properties": {
        "typeName": "Checkpoint", "isSavepoint": false, "sharingFilesStrategy": "FORWARD_BACKWARD", "unclaimed": false,
        "discardSubsumed": true, "discardFinished": true, "discardCancelled": false, "discardFailed": false,
        "discardSuspended": false
    },
    "masterStates": [{ "name": "hook", "version": 1, "bytes": 5 }],
    "operators": [{
        "operatorId": "aa", "name": "count", "uid": null, "parallelism": 1, "maxParallelism": 128,
        "fullyFinished": false, "coordinatorStateBytes": 4, "stateSize": 114, "checkpointedSize": 14,
        "subtasks": [{
            "index": 0, "finished": false, "stateSize": 110, "checkpointedSize": 10,
            "managedKeyedState": [{
                "class": "IncrementalRemoteKeyedStateHandle", "stateSize": 110, "checkpointId": 7,
                "keyGroupRange": { "start": 0, "end": 127 }, "backendIdentifier": "b",
                "metaState": { "class": "ByteStreamStateHandle", "stateSize": 10, "inlineBytes": 10 },
                "sharedState": [{ "localPath": "1.sst", "handle": {
                    "class": "FileStateHandle", "stateSize": 60, "path": "file:/data/shared/one" } }],
                "privateState": [{ "localPath": "CURRENT", "handle": {
                    "class": "RelativeFileStateHandle", "stateSize": 40, "relativePath": "two" } }]
            }]
        }]
    }]
}"#;

const SHOW: &str = r#"{
    "schema": 1, "uri": "file:/data/0123456789abcdef0123456789abcdef/chk-7", "kind": "externalized_checkpoint",
    "job_id": "0123456789abcdef0123456789abcdef",
    "metadata": { "version": 6, "bytes": 900, "checkpoint_id": 7, "trailing_bytes": 0 },
    "properties": {
        "type": "Checkpoint", "is_savepoint": false, "savepoint_format": null,
        "sharing_files_strategy": "FORWARD_BACKWARD", "unclaimed": false,
        "discard": { "subsumed": true, "finished": true, "cancelled": false, "failed": false, "suspended": false }
    },
    "format": { "changelog": false, "file_merging": false },
    "sizes": { "state": 110, "checkpointed": 10, "channel_state": 0 },
    "master_states": [{ "name": "hook", "version": 1, "bytes": 5 }],
    "operators": [{
        "id": "aa", "name": "count", "uid": null, "parallelism": 1, "max_parallelism": 128,
        "fully_finished": false, "coordinator_state": 4, "state": 110, "checkpointed": 10,
        "subtasks": [{
            "index": 0, "finished": false, "state": 110, "checkpointed": 10, "managed_operator": [],
            "raw_operator": [], "raw_keyed": [], "input_channel": [], "output_channel": [],
            "managed_keyed": [{
                "handle": "IncrementalRemoteKeyedStateHandle", "state": 110, "key_groups": [0, 127],
                "checkpoint_id": 7, "backend_id": "b", "files": [1, 0], "inline": 10
            }]
        }]
    }],
    "files": [
        { "uri": "file:/data/0123456789abcdef0123456789abcdef/chk-7/two", "relative": true, "bytes": 40, "exists": false },
        { "uri": "file:/data/shared/one", "relative": false, "bytes": 60, "exists": false }
    ]
}"#;

#[test]
fn equal_documents_are_equal_and_each_difference_is_named() {
    let directory = Path::new("/data/0123456789abcdef0123456789abcdef/chk-7");
    let oracle: Value = serde_json::from_str(ORACLE).expect("JSON");
    let show: Value = serde_json::from_str(SHOW).expect("JSON");
    assert_eq!(compare(&oracle, &show, directory, Place::Original), Ok(()));

    for (pointer, named) in [
        ("/uri", "uri"),
        ("/job_id", "job_id"),
        ("/metadata/checkpoint_id", "metadata.checkpoint_id"),
        (
            "/properties/discard/cancelled",
            "properties.discard.cancelled",
        ),
        ("/sizes/state", "sizes.state"),
        ("/format/changelog", "format.changelog"),
        ("/master_states/0/bytes", "master_states[0].bytes"),
        ("/operators/0/id", "operators.aa"),
        (
            "/operators/0/coordinator_state",
            "operators.aa.coordinator_state",
        ),
        (
            "/operators/0/subtasks/0/checkpointed",
            "operators.aa.subtasks.0.checkpointed",
        ),
        (
            "/operators/0/subtasks/0/raw_keyed",
            "operators.aa.subtasks.0.raw_keyed",
        ),
        (
            "/operators/0/subtasks/0/managed_keyed/0/key_groups/1",
            "managed_keyed[0].key_groups[1]",
        ),
        (
            "/operators/0/subtasks/0/managed_keyed/0/files/1",
            "managed_keyed[0].files",
        ),
        (
            "/operators/0/subtasks/0/managed_keyed/0/inline",
            "managed_keyed[0].inline",
        ),
        ("/files/0/relative", "chk-7/two.relative"),
        ("/files/1/bytes", "files.file:/data/shared/one.bytes"),
        ("/files/1/exists", "files.file:/data/shared/one.exists"),
        ("/files/1/uri", "files.file:/data/shared/one"),
    ] {
        let mut changed = show.clone();
        let value = changed
            .pointer_mut(pointer)
            .unwrap_or_else(|| panic!("no {pointer}"));
        *value = match &*value {
            Value::Bool(value) => json!(!value),
            Value::Array(_) => {
                json!([{ "handle": "KeyGroupsStateHandle", "state": 1, "files": [] }])
            }
            Value::Number(number) => json!(number.as_u64().map(|number| number + 1)),
            _ => json!("something else"),
        };
        match compare(&oracle, &changed, directory, Place::Original) {
            Ok(()) => panic!("a change at {pointer} goes unnoticed"),
            Err(error) => assert!(
                error.contains(named),
                "a change at {pointer} is reported as {error}"
            ),
        }
    }
}
