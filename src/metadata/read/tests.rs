//! Files written out by hand, as the format's description has them.

use super::read;
use crate::metadata::error::ReadErrorKind;
use crate::metadata::model::{
    ChannelContent, DistributionMode, KeyGroupRange, KeyGroupsLayout, KeyedHandle, Metadata,
    OperatorHandle, PropertiesBlock, SnapshotType, StreamHandle, SubtaskState,
};
use crate::metadata::write;

/// Bytes piece by piece.
struct Bytes(Vec<u8>);

impl Bytes {
    /// Magic, version, checkpoint id 2, no master states, so many operators.
    fn file(version: u32, operators: u32) -> Self {
        Self(Vec::new())
            .int(0x4960_672d)
            .int(version)
            .long(2)
            .int(0)
            .int(operators)
    }

    fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn byte(self, value: u8) -> Self {
        self.raw(&[value])
    }

    fn int(self, value: u32) -> Self {
        self.raw(&value.to_be_bytes())
    }

    fn long(self, value: i64) -> Self {
        self.raw(&value.to_be_bytes())
    }

    fn utf(self, text: &str) -> Self {
        self.raw(&(text.len() as u16).to_be_bytes())
            .raw(text.as_bytes())
    }

    fn hex(self, digits: &str) -> Self {
        let id: crate::domain::id::OperatorId = digits.parse().unwrap();
        self.raw(&id.0)
    }

    /// Id, parallelism 1 of 1, no coordinator, one subtask of index 0, as in versions 3 and 4.
    fn operator(self, id: &str) -> Self {
        self.hex(id).int(1).int(1).byte(0).int(1).int(0)
    }
}

const ID: &str = "20ba6b65f97481d5570070de90e4e791";

/// A checkpoint of Flink 1.16 with the heap state backend, 985 bytes.
fn flink_1_16() -> Bytes {
    let file = Bytes::file(4, 3)
        .operator(ID)
        .int(0)
        .int(0)
        .byte(12)
        .int(0)
        .int(1)
        .long(531)
        .byte(6)
        .utf("bb49315e-93ba-4924-9743-236feee8a484")
        .long(609)
        .utf("976c10c9-c235-47ad-87ce-e8a9fd94b1a9")
        .byte(0)
        .long(0);
    let file = file
        .operator("bc764cd8ddf7a0cff126f51c16239658")
        .int(1)
        .byte(4)
        .int(1)
        .utf("source-state")
        .byte(0)
        .int(4)
        .long(198)
        .long(215)
        .long(237)
        .long(263)
        .byte(6)
        .utf("e2869ed3-6898-4be1-8c6b-8ae7c33721a0")
        .long(292)
        .int(0)
        .byte(0)
        .byte(0)
        .long(0);
    let file = file
        .operator("c09dc291fad93d575e015871097bfc60")
        .long(0)
        .raw(&[0, 0])
        .long(0);
    assert_eq!(file.0.len(), 381);
    properties(file)
}

/// The properties of a checkpoint that is never retained, 604 bytes.
fn properties(file: Bytes) -> Bytes {
    file.raw(b"\xac\xed\0\x05\x73\x72")
        .utf("org.apache.flink.runtime.checkpoint.CheckpointProperties")
        .long(2)
        .raw(b"\x02\0\x08Z")
        .utf("discardCancelled")
        .byte(b'Z')
        .utf("discardFailed")
        .byte(b'Z')
        .utf("discardFinished")
        .byte(b'Z')
        .utf("discardSubsumed")
        .byte(b'Z')
        .utf("discardSuspended")
        .byte(b'Z')
        .utf("forced")
        .byte(b'Z')
        .utf("unclaimed")
        .byte(b'L')
        .utf("checkpointType")
        .byte(0x74)
        .utf("Lorg/apache/flink/runtime/checkpoint/SnapshotType;")
        .raw(&[0x78, 0x70, 1, 1, 1, 1, 1, 0, 0, 0x73, 0x72])
        .utf("org.apache.flink.runtime.checkpoint.CheckpointType")
        .raw(&[0xd6, 0xde, 0x4f, 0x03, 0x05, 0xae, 0x1d, 0x3a])
        .raw(b"\x02\0\x02L")
        .utf("name")
        .byte(0x74)
        .utf("Ljava/lang/String;")
        .byte(b'L')
        .utf("sharingFilesStrategy")
        .byte(0x74)
        .utf("Lorg/apache/flink/runtime/checkpoint/SnapshotType$SharingFilesStrategy;")
        .raw(&[0x78, 0x70, 0x74])
        .utf("Checkpoint")
        .raw(&[0x7e, 0x72])
        .utf("org.apache.flink.runtime.checkpoint.SnapshotType$SharingFilesStrategy")
        .long(0)
        .raw(&[0x12, 0, 0, 0x78, 0x72])
        .utf("java.lang.Enum")
        .long(0)
        .raw(&[0x12, 0, 0, 0x78, 0x70, 0x74])
        .utf("FORWARD_BACKWARD")
}

fn subtask<'m, 'a>(metadata: &'m Metadata<'a>, operator: usize) -> &'m SubtaskState<'a> {
    &metadata.operators[operator].subtasks[0]
}

#[test]
fn a_file_of_flink_1_16_byte_by_byte() {
    let file = flink_1_16().0;
    assert_eq!(file.len(), 985);
    let metadata = read(&file).unwrap();
    assert_eq!((metadata.version, metadata.checkpoint_id), (4, 2));
    assert_eq!(metadata.trailing_bytes, 0);
    assert_eq!(metadata.operators[0].id.to_string(), ID);
    let Some(KeyedHandle::KeyGroups(groups)) = &subtask(&metadata, 0).managed_keyed else {
        panic!("{metadata:?}");
    };
    assert_eq!(groups.layout, KeyGroupsLayout::V2);
    assert_eq!(groups.range, KeyGroupRange { first: 0, count: 1 });
    assert_eq!(groups.offsets.iter().collect::<Vec<_>>(), [531]);
    assert!(
        matches!(&groups.delegate, StreamHandle::Relative { size: 609, path }
        if path.as_bytes() == b"bb49315e-93ba-4924-9743-236feee8a484")
    );
    let Some(operator) = &subtask(&metadata, 1).managed_operator else {
        panic!("{metadata:?}");
    };
    let OperatorHandle { states, .. } = &**operator;
    assert_eq!(states[0].name.to_str_lossy(), "source-state");
    assert_eq!(states[0].mode, DistributionMode::SplitDistribute);
    assert_eq!(
        states[0].offsets.iter().collect::<Vec<_>>(),
        [198, 215, 237, 263]
    );
    assert_eq!(subtask(&metadata, 2), &SubtaskState::default());
    assert_eq!(
        (metadata.state_size(), metadata.checkpointed_size()),
        (901, 901)
    );
    let PropertiesBlock::Known(properties) = &metadata.properties else {
        panic!("{:?}", metadata.properties);
    };
    assert!(properties.discard_subsumed && properties.discard_suspended);
    assert!(!properties.forced && !properties.unclaimed);
    assert_eq!(
        properties.snapshot_type,
        SnapshotType::Checkpoint {
            name: "Checkpoint".to_owned(),
            sharing_files_strategy: "FORWARD_BACKWARD".to_owned(),
        }
    );
    assert_eq!(write(&metadata).unwrap(), file);
}

#[test]
fn version_2_has_fields_that_nobody_reads() {
    let file = Bytes::file(2, 1)
        .hex(ID)
        .int(1)
        .int(128)
        .int(1) // chain length
        .int(1)
        .int(0)
        .long(-1) // duration
        .int(0) // no state of Flink 1.1
        .int(0)
        .int(0)
        .byte(3)
        .int(0)
        .int(2)
        .long(0)
        .long(70)
        .byte(2)
        .long(90)
        .utf("file:/state")
        .byte(0);
    let metadata = read(&file.0).unwrap();
    assert_eq!(metadata.properties, PropertiesBlock::Absent);
    assert_eq!(metadata.state_size(), 90);
    assert_eq!(metadata.operators[0].max_parallelism, 128);

    let mut legacy = file.0;
    legacy[68 + 3] = 1;
    let error = read(&legacy).unwrap_err();
    assert_eq!(
        error.to_string(),
        "state of Flink 1.1 is not supported, by current Flink neither \
         (in operators[0].subtasks[0].legacy_states, at byte 68)"
    );
}

/// A subtask with one input channel, with or without the index of the subtask.
fn channel(subtask: Option<u32>) -> Bytes {
    let file = Bytes::file(3, 1).operator(ID).long(0).raw(&[0, 0]).int(1);
    let file = match subtask {
        Some(index) => file.int(index),
        None => file,
    };
    file.int(3) // gate
        .int(4) // channel
        .int(1)
        .long(4)
        .long(77)
        .byte(6)
        .utf("data")
        .long(100)
        .int(0)
}

#[test]
fn flink_1_11_stored_channels_without_their_subtask() {
    for index in [None, Some(0)] {
        let file = channel(index).0;
        let metadata = read(&file).unwrap();
        let found = &subtask(&metadata, 0).input_channels[0];
        assert_eq!(found.subtask_index, index.map(|index| index as i32));
        assert_eq!(found.size, 77);
        assert!(matches!(&found.content, ChannelContent::Single(one)
            if (one.gate, one.channel) == (3, 4)));
    }
    let file = channel(None).0;
    let cut = &file[..file.len() - 1];
    assert!(read(cut).unwrap_err().may_be_truncated());
}

#[test]
fn flink_1_14_stored_changelogs_without_their_ids() {
    let file = Bytes::file(3, 1)
        .operator(ID)
        .long(0)
        .byte(8)
        .long(1)
        .int(0)
        .int(1)
        .byte(10)
        .long(0)
        .int(1)
        .long(0)
        .byte(6)
        .utf("changes")
        .long(30)
        .long(30) // size, and nothing more
        .byte(0)
        .long(0)
        .0;
    assert!(matches!(
        read(&file).unwrap_err().kind,
        ReadErrorKind::Unsupported { .. }
    ));
}

#[test]
fn version_7_may_point_at_an_older_checkpoint() {
    let subtask_of = |marker: &[u8]| {
        let file = Bytes::file(7, 1).utf("").utf("").operator(ID);
        let file = file.long(0).raw(&[0, 0]).long(0).raw(marker);
        let file = file.raw(&[0xac, 0xed, 0, 5, 0x70]).0;
        subtask(&read(&file).unwrap(), 0).reference_checkpoint
    };
    assert_eq!(subtask_of(&[0]), None);
    assert_eq!(subtask_of(&[1, 0, 0, 0, 0, 0, 0, 0, 9]), Some(9));
}

#[test]
fn what_finished_is_stored_below_zero() {
    let operator = |subtasks: i32, index: i32| {
        let file = Bytes::file(3, 1).hex(ID).int(3).int(3).byte(0);
        file.int(subtasks as u32).int(index as u32).0
    };
    let finished = operator(1, -3);
    let metadata = read(&finished).unwrap();
    let state = subtask(&metadata, 0);
    assert!(state.finished && state.index == 2);

    let mut all = operator(-1, 0);
    all.truncate(all.len() - 4);
    assert!(read(&all).unwrap().operators[0].fully_finished);

    let beyond = operator(1, -4);
    let error = read(&beyond).unwrap_err();
    assert_eq!(error.path, "operators[0].subtasks[0].index");
}

#[test]
fn limits_of_flink_hold() {
    let failure = |parallelism: u32, max: u32, id: i64| {
        let file = Bytes(Vec::new()).int(0x4960_672d).int(3).long(id).int(0);
        let file = file.int(1).hex(ID).int(parallelism).int(max);
        read(&file.byte(0).int(0).0)
            .map(|_| ())
            .map_err(|error| error.path)
    };
    assert_eq!(failure(2, 2, 1), Ok(()));
    assert_eq!(failure(3, 2, 1), Err("operators[0].parallelism".to_owned()));
    assert_eq!(failure(0, 2, 1), Err("operators[0].parallelism".to_owned()));
    assert_eq!(
        failure(1, 32_769, 1),
        Err("operators[0].max_parallelism".to_owned())
    );
    assert_eq!(failure(1, 1, -1), Err("checkpoint_id".to_owned()));
}

#[test]
fn master_states_are_exactly_as_long_as_they_say() {
    let state = |length: u32| {
        let file = Bytes(Vec::new()).int(0x4960_672d).int(3).long(1).int(1);
        let file = file.int(0xc96b_1696).int(length).int(7).utf("hook");
        file.int(2).raw(b"ab").int(0).0
    };
    let file = state(16);
    let metadata = read(&file).unwrap();
    assert_eq!(metadata.master_states[0].version, 7);
    assert_eq!(&*metadata.master_states[0].payload, b"ab");
    for length in [15, 17] {
        let error = read(&state(length)).unwrap_err();
        assert_eq!(
            error.kind,
            ReadErrorKind::BadLength {
                what: "master state"
            },
            "{error}"
        );
    }
}

/// The bound on memory rests on these: bytes in the model against the least bytes in the file.
#[test]
fn elements_stay_small() {
    use crate::metadata::model::{KeyedHandle, LocalFile, OperatorState};
    assert!(size_of::<SubtaskState<'_>>() <= 30 * 4);
    assert!(size_of::<LocalFile<'_>>() <= 24 * 3);
    assert!(size_of::<StreamHandle<'_>>() <= 48);
    assert!(size_of::<KeyedHandle<'_>>() <= 16);
    assert!(size_of::<OperatorState<'_>>() <= 8 * 29);
}
