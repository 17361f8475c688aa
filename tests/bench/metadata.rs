//! How fast metadata files are read: a very large one, and two of the sizes that most jobs have.
//!
//! Each measurement reads the whole file and adds up its state, as Flink does to show a checkpoint.

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use stateward::domain::id::OperatorId;
use stateward::metadata::model::{
    CheckpointProperties, DistributionMode, IncrementalHandle, InlineHandle, KeyGroupRange,
    KeyGroupsHandle, KeyGroupsLayout, KeyedHandle, LocalFile, Metadata, Offsets, OperatorHandle,
    OperatorState, OperatorStatePartitions, PropertiesBlock, SnapshotType, StreamHandle,
    SubtaskState,
};
use stateward::metadata::text::Text;
use stateward::metadata::{read, write};

const BASE: &str =
    "hdfs://namenode.example:8020/flink/checkpoints/0123456789abcdef0123456789abcdef";

fn main() {
    divan::main();
}

/// 100 operators of 128 subtasks with 30 shared files each: 409,600 entries of files.
#[divan::bench]
fn incremental_of_76_mb(bencher: Bencher<'_, '_>) {
    reading(
        bencher,
        &snapshot(100, 128, |draw, _| incremental(draw, 30)),
    );
}

/// 8 operators of 3 subtasks with RocksDB.
#[divan::bench(sample_size = 50)]
fn incremental_of_60_kb(bencher: Bencher<'_, '_>) {
    reading(bencher, &snapshot(8, 3, |draw, _| incremental(draw, 10)));
}

/// 8 operators of 3 subtasks on the heap, in the canonical savepoint format.
#[divan::bench(sample_size = 100)]
fn hashmap_of_16_kb(bencher: Bencher<'_, '_>) {
    reading(bencher, &snapshot(8, 3, key_groups));
}

/// Every metadata file that a real Flink left in the fixtures, one after the other.
#[divan::bench(sample_size = 20)]
fn real_fixtures(bencher: Bencher<'_, '_>) {
    let files = fixtures();
    let total: usize = files.iter().map(Vec::len).sum();
    bencher.counter(BytesCount::new(total)).bench_local(|| {
        let size = |bytes: &Vec<u8>| read(bytes).map(|metadata| metadata.state_size());
        files
            .iter()
            .map(|bytes| size(black_box(bytes)).expect("a fixture"))
            .sum::<i64>()
    });
}

fn fixtures() -> Vec<Vec<u8>> {
    let mut pending = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")];
    let mut files = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            let entries = fs::read_dir(path).expect("a directory");
            pending.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if path.file_name().is_some_and(|name| name == "_metadata") {
            files.push(fs::read(path).expect("a file"));
        }
    }
    files
}

/// Writing the large file, for comparison.
#[divan::bench]
fn write_76_mb(bencher: Bencher<'_, '_>) {
    let bytes = snapshot(100, 128, |draw, _| incremental(draw, 30));
    let metadata = read(&bytes).expect("our own file");
    bencher
        .counter(BytesCount::of_slice(&bytes))
        .bench_local(|| write(black_box(&metadata)));
}

fn reading(bencher: Bencher<'_, '_>, bytes: &[u8]) {
    bencher
        .counter(BytesCount::of_slice(bytes))
        .bench_local(|| {
            let metadata = read(black_box(bytes)).expect("our own file");
            metadata.state_size()
        });
}

/// A small generator of numbers that are the same in every run.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        // Weyl sequence with the finalizer of MurmurHash3.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        mixed ^ (mixed >> 33)
    }

    fn uuid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            a >> 32,
            a >> 16 & 0xffff,
            a & 0xffff,
            b >> 48,
            b & 0xffff_ffff_ffff
        )
    }

    fn bytes(&mut self, count: usize) -> Cow<'static, [u8]> {
        (0..count).map(|_| self.next() as u8).collect()
    }
}

fn file(draw: &mut Draw, directory: &str) -> StreamHandle<'static> {
    StreamHandle::File {
        path: Text::from(format!("{BASE}/{directory}/{}", draw.uuid())),
        size: 1_000_000 + (draw.next() % 64_000_000) as i64,
    }
}

fn inline(draw: &mut Draw, data: Cow<'static, [u8]>) -> StreamHandle<'static> {
    StreamHandle::Inline(InlineHandle {
        name: Text::from(format!("{BASE}/chk-777/{}", draw.uuid())),
        data,
    })
}

fn incremental(draw: &mut Draw, files: usize) -> KeyedHandle<'static> {
    let local = |name: String, handle| LocalFile {
        name: Text::from(name),
        handle,
    };
    let current = Cow::Borrowed(&b"MANIFEST-000004\n"[..]);
    KeyedHandle::Incremental(Box::new(IncrementalHandle {
        checkpoint_id: 777,
        backend_id: Text::from(draw.uuid()),
        range: KeyGroupRange { first: 0, count: 8 },
        checkpointed_size: Some(12_345_678),
        meta: Some({
            let data = draw.bytes(600);
            inline(draw, data)
        }),
        shared: (0..files)
            .map(|number| local(format!("{:06}.sst", number + 10), file(draw, "shared")))
            .collect(),
        private: vec![
            local("CURRENT".to_owned(), inline(draw, current)),
            local("MANIFEST-000004".to_owned(), file(draw, "chk-777")),
            local("OPTIONS-000010".to_owned(), file(draw, "chk-777")),
        ],
        state_handle_id: Some(Text::from(draw.uuid())),
    }))
}

fn key_groups(draw: &mut Draw, subtask: u32) -> KeyedHandle<'static> {
    KeyedHandle::KeyGroups(Box::new(KeyGroupsHandle {
        layout: KeyGroupsLayout::Savepoint,
        range: KeyGroupRange {
            first: subtask as i32 * 43,
            count: 43,
        },
        offsets: (0..43).map(|group| 1_000 + 60 * group).collect(),
        delegate: StreamHandle::Relative {
            path: Text::from(draw.uuid()),
            size: 4_000,
        },
        state_handle_id: None,
    }))
}

fn snapshot(
    operators: usize,
    subtasks: u32,
    keyed: impl Fn(&mut Draw, u32) -> KeyedHandle<'static>,
) -> Vec<u8> {
    let draw = &mut Draw(42);
    let operators = (0..operators).map(|number| OperatorState {
        name: Some(Text::from(format!("Operator number {number}"))),
        uid: Some(Text::from(format!("operator-{number}"))),
        id: OperatorId((u128::from(draw.next()) << 64 | u128::from(draw.next())).to_be_bytes()),
        parallelism: subtasks,
        max_parallelism: 1024,
        coordinator: None,
        fully_finished: false,
        subtasks: (0..subtasks)
            .map(|index| SubtaskState {
                index,
                managed_keyed: Some(keyed(draw, index)),
                managed_operator: Some(Box::new(OperatorHandle {
                    states: vec![OperatorStatePartitions {
                        name: Text::from("offsets"),
                        mode: DistributionMode::SplitDistribute,
                        offsets: Offsets::from_iter([0, 16, 32, 48]),
                    }],
                    delegate: {
                        let data = draw.bytes(64);
                        inline(draw, data)
                    },
                    file_merging: None,
                })),
                ..SubtaskState::default()
            })
            .collect(),
    });
    let metadata = Metadata {
        version: 6,
        checkpoint_id: 777,
        master_states: Vec::new(),
        operators: operators.collect(),
        properties: PropertiesBlock::Known(CheckpointProperties {
            snapshot_type: SnapshotType::Checkpoint {
                name: "Checkpoint".to_owned(),
                sharing_files_strategy: "FORWARD_BACKWARD".to_owned(),
            },
            discard_subsumed: true,
            discard_finished: true,
            discard_cancelled: false,
            discard_failed: false,
            discard_suspended: false,
            forced: false,
            unclaimed: false,
        }),
        trailing_bytes: 0,
    };
    write(&metadata).expect("a model that version 6 can hold")
}
