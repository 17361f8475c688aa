//! Random models of every handle kind and version, for the tests that write and damage files.

use std::borrow::Cow;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use stateward::domain::id::OperatorId;
use stateward::metadata::model::{
    ChangelogFilesHandle, ChangelogHandle, ChangelogInlineHandle, ChannelContent, ChannelHandle,
    ChannelOffsets, CheckpointProperties, DistributionMode, FileMergingDirectories,
    IncrementalHandle, InlineHandle, KeyGroupRange, KeyGroupsHandle, KeyGroupsLayout, KeyedHandle,
    LocalFile, MasterState, Metadata, Offsets, OperatorHandle, OperatorState,
    OperatorStatePartitions, PropertiesBlock, SegmentHandle, SegmentScope, SnapshotType,
    StreamHandle, SubtaskState,
};
use stateward::metadata::text::Text;
use stateward::metadata::write;

type Owned<T> = BoxedStrategy<T>;

/// Strings as Java may have written them: plain, any characters, lone surrogates, over-long forms, nothing.
pub(crate) fn text() -> Owned<Text<'static>> {
    let units = select(vec![
        &b"a"[..],
        b"/",
        b"\0",
        b"\xc0\x80",
        b"\xc3\xb6",
        b"\xed\xa0\xbd",
        b"\xed\xb8\x80",
        b"\xe0\x81\x81",
    ]);
    prop_oneof![
        4 => "[a-z0-9:/._-]{0,40}".prop_map(Text::from),
        1 => any::<String>().prop_map(Text::from),
        1 => vec(units, 0..8).prop_map(|units| Text(Cow::Owned(units.concat()))),
    ]
    .boxed()
}

fn some_text() -> Owned<Text<'static>> {
    text()
        .prop_filter("empty stands for none", |text| !text.is_empty())
        .boxed()
}

fn bytes(most: usize) -> Owned<Cow<'static, [u8]>> {
    vec(any::<u8>(), 0..=most).prop_map(Cow::Owned).boxed()
}

fn offsets(most: usize) -> Owned<Offsets<'static>> {
    vec(any::<i64>(), 0..=most)
        .prop_map(Offsets::from_iter)
        .boxed()
}

fn some_range() -> Owned<KeyGroupRange> {
    (0..32_768, 1..12_u32)
        .prop_map(|(first, count)| KeyGroupRange { first, count })
        .boxed()
}

fn range() -> Owned<KeyGroupRange> {
    prop_oneof![
        some_range(),
        any::<i32>().prop_map(|first| KeyGroupRange { first, count: 0 }),
    ]
    .boxed()
}

fn inline() -> Owned<InlineHandle<'static>> {
    (text(), bytes(40))
        .prop_map(|(name, data)| InlineHandle { name, data })
        .boxed()
}

fn segment() -> Owned<StreamHandle<'static>> {
    let scope = prop_oneof![Just(SegmentScope::Exclusive), Just(SegmentScope::Shared)];
    (any::<i64>(), any::<i64>(), scope, text(), text())
        .prop_map(|(start, length, scope, path, logical_file_id)| {
            StreamHandle::Segment(Box::new(SegmentHandle {
                start,
                length,
                scope,
                path,
                logical_file_id,
            }))
        })
        .boxed()
}

/// A stream handle with at most so many handles inside one another.
fn stream(depth: u32) -> Owned<StreamHandle<'static>> {
    let flat = prop_oneof![
        inline().prop_map(StreamHandle::Inline),
        (any::<i64>(), text()).prop_map(|(size, path)| StreamHandle::File { size, path }),
        (any::<i64>(), text()).prop_map(|(size, path)| StreamHandle::Relative { size, path }),
        segment(),
        Just(StreamHandle::EmptySegment),
    ];
    if depth == 0 {
        return flat.boxed();
    }
    let nested = key_groups(depth - 1, Just(KeyGroupsLayout::V1).boxed());
    prop_oneof![
        5 => flat,
        1 => nested.prop_map(|groups| StreamHandle::KeyGroups(Box::new(groups))),
    ]
    .boxed()
}

fn key_groups(depth: u32, layout: Owned<KeyGroupsLayout>) -> Owned<KeyGroupsHandle<'static>> {
    (
        layout,
        range(),
        vec(any::<i64>(), 12),
        stream(depth),
        text(),
    )
        .prop_map(|(layout, range, offsets, delegate, id)| KeyGroupsHandle {
            layout,
            range,
            offsets: offsets.into_iter().take(range.count as usize).collect(),
            delegate,
            state_handle_id: (layout == KeyGroupsLayout::V2).then_some(id),
        })
        .boxed()
}

fn local_files() -> Owned<Vec<LocalFile<'static>>> {
    vec((text(), stream(0)), 0..4)
        .prop_map(|files| {
            files
                .into_iter()
                .map(|(name, handle)| LocalFile { name, handle })
                .collect()
        })
        .boxed()
}

fn incremental() -> Owned<KeyedHandle<'static>> {
    (
        any::<i64>(),
        text(),
        range(),
        option::of((any::<i64>(), text())),
        option::of(stream(1)),
        local_files(),
        local_files(),
    )
        .prop_map(
            |(checkpoint_id, backend_id, range, second, meta, shared, private)| {
                KeyedHandle::Incremental(Box::new(IncrementalHandle {
                    checkpoint_id,
                    backend_id,
                    range,
                    checkpointed_size: second.as_ref().map(|second| second.0),
                    meta,
                    shared,
                    private,
                    state_handle_id: second.map(|second| second.1),
                }))
            },
        )
        .boxed()
}

fn changes() -> Owned<KeyedHandle<'static>> {
    let inline = (
        range(),
        any::<i64>(),
        any::<i64>(),
        vec((any::<i32>(), bytes(9)), 0..4),
        text(),
    )
        .prop_map(|(range, from, to, changes, state_handle_id)| {
            KeyedHandle::ChangelogInline(Box::new(ChangelogInlineHandle {
                range,
                from,
                to,
                changes,
                state_handle_id,
            }))
        });
    let files = (
        range(),
        vec((any::<i64>(), stream(0)), 0..4),
        any::<i64>(),
        any::<i64>(),
        text(),
        option::of(text()),
    )
        .prop_map(
            |(range, parts, size, checkpointed_size, state_handle_id, storage)| {
                KeyedHandle::ChangelogFiles(Box::new(ChangelogFilesHandle {
                    range,
                    parts,
                    size,
                    checkpointed_size,
                    state_handle_id,
                    storage,
                }))
            },
        );
    prop_oneof![inline, files].boxed()
}

fn keyed(depth: u32) -> Owned<KeyedHandle<'static>> {
    let layout = prop_oneof![
        Just(KeyGroupsLayout::V1),
        Just(KeyGroupsLayout::V2),
        Just(KeyGroupsLayout::Savepoint),
    ];
    let groups = key_groups(1, layout.boxed());
    let flat = prop_oneof![
        groups.prop_map(|groups| KeyedHandle::KeyGroups(Box::new(groups))),
        incremental(),
        changes(),
    ];
    if depth == 0 {
        return flat.boxed();
    }
    let changelog = (
        some_range(),
        any::<i64>(),
        vec(keyed(depth - 1), 0..3),
        vec(changes(), 0..3),
        any::<i64>(),
        option::of(any::<i64>()),
        text(),
    )
        .prop_map(
            |(range, size, materialized, non_materialized, id, checkpoint_id, handle_id)| {
                KeyedHandle::Changelog(Box::new(ChangelogHandle {
                    range,
                    checkpointed_size: size,
                    materialized,
                    non_materialized,
                    materialization_id: id,
                    checkpoint_id,
                    state_handle_id: handle_id,
                }))
            },
        );
    prop_oneof![2 => flat, 1 => changelog].boxed()
}

fn operator_handle() -> Owned<OperatorHandle<'static>> {
    let mode = prop_oneof![
        Just(DistributionMode::SplitDistribute),
        Just(DistributionMode::Union),
        Just(DistributionMode::Broadcast),
    ];
    let states = vec((text(), mode, offsets(4)), 0..4).prop_map(|states| {
        states
            .into_iter()
            .map(|(name, mode, offsets)| OperatorStatePartitions {
                name,
                mode,
                offsets,
            })
            .collect::<Vec<_>>()
    });
    let merged = (
        prop_oneof![segment(), Just(StreamHandle::EmptySegment)],
        text(),
        text(),
        any::<bool>(),
    )
        .prop_map(|(delegate, task_owned, shared, empty)| {
            let directories = FileMergingDirectories {
                task_owned,
                shared,
                empty,
            };
            (delegate, Some(directories))
        });
    let delegate = prop_oneof![stream(1).prop_map(|delegate| (delegate, None)), merged];
    (states, delegate)
        .prop_map(|(states, (delegate, file_merging))| OperatorHandle {
            states,
            delegate,
            file_merging,
        })
        .boxed()
}

fn channel(version: u32) -> Owned<ChannelHandle<'static>> {
    let one = || {
        (any::<i32>(), any::<i32>(), offsets(3)).prop_map(|(gate, channel, offsets)| {
            ChannelOffsets {
                gate,
                channel,
                offsets,
            }
        })
    };
    let single = one().prop_map(ChannelContent::Single);
    let content = if version < 6 {
        single.boxed()
    } else {
        let many = vec((one(), any::<i64>()), 0..4);
        prop_oneof![single, many.prop_map(ChannelContent::Merged)].boxed()
    };
    (any::<i32>(), any::<i64>(), content, stream(1))
        .prop_map(|(subtask, size, content, delegate)| ChannelHandle {
            subtask_index: Some(subtask),
            size,
            content,
            delegate,
        })
        .boxed()
}

fn subtask(version: u32) -> Owned<SubtaskState<'static>> {
    let state = (
        option::of(operator_handle().prop_map(Box::new)),
        option::weighted(0.2, operator_handle().prop_map(Box::new)),
        option::of(keyed(2)),
        option::weighted(0.2, keyed(0)),
        vec(channel(version), 0..3),
        vec(channel(version), 0..3),
        option::of(any::<i64>()),
    );
    let alive = state.prop_map(
        move |(managed, raw, keyed, raw_keyed, input, output, reference)| SubtaskState {
            index: 0,
            finished: false,
            managed_operator: managed,
            raw_operator: raw,
            managed_keyed: keyed,
            raw_keyed,
            input_channels: input,
            output_channels: output,
            reference_checkpoint: reference.filter(|_| version >= 7),
        },
    );
    let finished = SubtaskState {
        finished: true,
        ..SubtaskState::default()
    };
    prop_oneof![4 => alive, 1 => Just(finished)].boxed()
}

fn operator(version: u32) -> Owned<OperatorState<'static>> {
    (
        option::of(some_text()),
        option::of(some_text()),
        any::<[u8; 16]>(),
        (1..=32_768_u32).prop_flat_map(|max| (1..=max, Just(max))),
        option::weighted(0.3, inline()),
        prop_oneof![
            9 => vec((subtask(version), any::<u32>()), 0..4).prop_map(Some),
            1 => Just(None),
        ],
    )
        .prop_map(
            move |(name, uid, id, (parallelism, max_parallelism), coordinator, subtasks)| {
                let fully_finished = subtasks.is_none();
                let subtasks = subtasks.unwrap_or_default().into_iter();
                OperatorState {
                    name: name.filter(|_| version >= 5),
                    uid: uid.filter(|_| version >= 5),
                    id: OperatorId(id),
                    parallelism,
                    max_parallelism,
                    coordinator: coordinator.filter(|_| !fully_finished),
                    fully_finished,
                    subtasks: subtasks
                        .map(|(state, index)| SubtaskState {
                            index: index % parallelism,
                            ..state
                        })
                        .collect(),
                }
            },
        )
        .boxed()
}

fn properties(version: u32) -> Owned<PropertiesBlock> {
    if version < 4 {
        return Just(PropertiesBlock::Absent).boxed();
    }
    let checkpoint =
        (any::<String>(), any::<String>()).prop_map(|(name, sharing_files_strategy)| {
            SnapshotType::Checkpoint {
                name,
                sharing_files_strategy,
            }
        });
    let savepoint = (any::<String>(), any::<String>(), any::<String>()).prop_map(
        |(name, format, post_action)| SnapshotType::Savepoint {
            name,
            format,
            post_action,
        },
    );
    let known = (prop_oneof![checkpoint, savepoint], any::<[bool; 7]>()).prop_map(
        |(snapshot_type, flags)| {
            PropertiesBlock::Known(CheckpointProperties {
                snapshot_type,
                discard_subsumed: flags[0],
                discard_finished: flags[1],
                discard_cancelled: flags[2],
                discard_failed: flags[3],
                discard_suspended: flags[4],
                forced: flags[5],
                unclaimed: flags[6],
            })
        },
    );
    prop_oneof![1 => Just(PropertiesBlock::Null), 4 => known].boxed()
}

/// A snapshot that this version can hold.
pub(crate) fn metadata(version: u32) -> Owned<Metadata<'static>> {
    let master =
        (any::<i32>(), text(), bytes(20)).prop_map(|(version, name, payload)| MasterState {
            version,
            name,
            payload,
        });
    (
        0..=i64::MAX as u64,
        vec(master, 0..3),
        vec(operator(version), 0..4),
        properties(version),
    )
        .prop_map(
            move |(checkpoint_id, master_states, operators, properties)| Metadata {
                version,
                checkpoint_id,
                master_states,
                operators,
                properties,
                trailing_bytes: 0,
            },
        )
        .boxed()
}

/// A snapshot of any version that can be written.
pub(crate) fn any_metadata() -> Owned<Metadata<'static>> {
    (3..=7_u32).prop_flat_map(metadata).boxed()
}

/// A file of this version with many kinds of handles in it, the same in every run.
pub(crate) fn rich_file(version: u32) -> Vec<u8> {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        TestRng::deterministic_rng(RngAlgorithm::ChaCha),
    );
    let strategy = metadata(version).prop_filter("something in it", |model| {
        let subtasks = model.operators.iter().flat_map(|state| &state.subtasks);
        subtasks.filter(|state| !state.finished).count() > 4
            && !matches!(model.properties, PropertiesBlock::Null)
    });
    let mut longest = Vec::new();
    for _ in 0..8 {
        let model = strategy.new_tree(&mut runner).expect("a model").current();
        let bytes = write(&model).expect("a model that its version can hold");
        if bytes.len() > longest.len() && bytes.len() < 5_000 {
            longest = bytes;
        }
    }
    assert!(longest.len() > 1_000, "no rich model of version {version}");
    longest
}
