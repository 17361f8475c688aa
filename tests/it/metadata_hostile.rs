//! Damaged and hostile files lead to an error or to a model that says what it lacks: never to a panic, never to memory
//! beyond a small multiple of the file, and never to a model that silently lacks its end.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};
use stateward::metadata::model::{
    ChannelContent, KeyedHandle, LocalFile, Metadata, OperatorHandle, PropertiesBlock, StreamHandle,
};
use stateward::metadata::text::Text;
use stateward::metadata::{ReadErrorKind, read, write};

use crate::metadata_models::{any_metadata, metadata};

/// Memory that a model may take per byte of its file.
const FACTOR: usize = 64;

/// A file of this version with many kinds of handles in it, the same in every run.
fn rich_file(version: u32) -> Vec<u8> {
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
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
        if bytes.len() > longest.len() && bytes.len() < 8_000 {
            longest = bytes;
        }
    }
    assert!(longest.len() > 1_000, "no rich model of version {version}");
    longest
}

/// Cuts a whole file at these places. A cut before the properties block must be an error that says so; a cut within it
/// must leave the body as it was and the properties unreadable.
fn cut(whole: &[u8], places: impl Iterator<Item = usize>) {
    let complete = read(whole).expect("a whole file");
    let mut body_seen = false;
    for length in places {
        let part = whole.get(..length).expect("a place within the file");
        match read(part) {
            Err(error) => {
                assert!(
                    !body_seen,
                    "cut to {length}: {error}, after a shorter cut could be read"
                );
                assert!(error.may_be_truncated(), "cut to {length}: {error}");
                assert!(error.offset <= length as u64, "cut to {length}: {error}");
            }
            Ok(model) => {
                body_seen = true;
                assert!(
                    matches!(model.properties, PropertiesBlock::Unreadable(_)),
                    "cut to {length} of {}: silently complete",
                    whole.len()
                );
                assert_eq!(model.operators, complete.operators);
                assert_eq!(model.master_states, complete.master_states);
            }
        }
    }
}

#[test]
fn no_cut_of_a_written_file_passes_for_whole() {
    for version in 3..=7 {
        let whole = rich_file(version);
        cut(&whole, 0..whole.len());
    }
}

#[test]
fn no_cut_of_a_real_file_passes_for_whole() {
    let mut files = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    find_metadata(&root, &mut files);
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let mine = files.iter().skip(worker).step_by(workers);
            scope.spawn(move || mine.for_each(|file| cut_real_file(file)));
        }
    });
}

fn cut_real_file(file: &Path) {
    let whole = std::fs::read(file).expect("a fixture");
    // Some fixtures are damaged on purpose.
    match read(&whole) {
        Ok(model) if !matches!(model.properties, PropertiesBlock::Unreadable(_)) => {}
        _ => return,
    }
    let step = if whole.len() <= 64 * 1024 {
        1
    } else {
        whole.len() / 4_096
    };
    cut(&whole, (0..whole.len()).step_by(step));
}

fn find_metadata(directory: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => find_metadata(&path, found),
            Ok(kind) if kind.is_file() && entry.file_name() == "_metadata" => found.push(path),
            _ => {}
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn damage_never_panics_and_costs_little(
        model in any_metadata(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 1..6),
    ) {
        let mut bytes = write(&model).expect("a model that its version can hold");
        for (place, byte, kind) in damage {
            let place = place.index(bytes.len());
            match kind {
                0 => bytes[place] = byte,
                1 => bytes.insert(place, byte),
                _ => { bytes.remove(place); }
            }
        }
        check_bounded(&bytes)?;
    }

    #[test]
    fn noise_after_the_frame_never_panics(
        version in 2..=7_u8,
        noise in prop::collection::vec(prop_oneof![0..18_u8, any::<u8>()], 0..400),
    ) {
        let mut bytes = vec![0x49, 0x60, 0x67, 0x2d, 0, 0, 0, version];
        bytes.extend([0; 8]);
        bytes.extend(noise);
        check_bounded(&bytes)?;
    }
}

fn check_bounded(bytes: &[u8]) -> Result<(), TestCaseError> {
    match read(bytes) {
        Ok(model) => {
            prop_assert!(memory(&model) <= FACTOR * bytes.len());
            // Sums do not overflow either.
            let _ = (model.state_size(), model.checkpointed_size());
            let _ = model.stream_handles().count();
        }
        Err(error) => {
            prop_assert!(error.offset <= bytes.len() as u64);
            let _ = error.to_string();
        }
    }
    Ok(())
}

#[test]
fn numbers_of_any_size_at_any_place() {
    for version in 3..=7 {
        let whole = rich_file(version);
        for at in 4..whole.len() - 8 {
            for number in [i32::MAX, i32::MIN, -1, 0x7e_0000] {
                let mut bytes = whole.clone();
                bytes[at..at + 4].copy_from_slice(&number.to_be_bytes());
                check_bounded(&bytes).expect("bounded");
            }
        }
    }
}

/// A body of one operator with one subtask, up to where managed operator state starts.
fn one_subtask(version: u8) -> Vec<u8> {
    let mut bytes = vec![0x49, 0x60, 0x67, 0x2d, 0, 0, 0, version];
    bytes.extend([0, 0, 0, 0, 0, 0, 0, 5]); // checkpoint id
    bytes.extend([0, 0, 0, 0, 0, 0, 0, 1]); // no master states, one operator
    if version >= 5 {
        bytes.extend([0; 4]); // neither name nor uid
    }
    bytes.extend([7; 16]); // operator id
    bytes.extend([0, 0, 0, 1, 0, 0, 0, 128]); // parallelism, maximum
    bytes.push(0); // no coordinator
    bytes.extend([0, 0, 0, 1, 0, 0, 0, 0]); // one subtask, index 0
    bytes
}

/// The same up to where managed keyed state starts.
fn before_keyed(version: u8) -> Vec<u8> {
    let mut bytes = one_subtask(version);
    bytes.extend([0; 8]); // no operator state, managed or raw
    bytes
}

fn failure(bytes: &[u8]) -> (ReadErrorKind, String, u64) {
    let error = read(bytes).expect_err("a refusal");
    (error.kind, error.path, error.offset)
}

#[test]
fn files_of_no_known_kind_are_refused() {
    assert_eq!(failure(b"").0, ReadErrorKind::Empty);
    assert_eq!(
        failure(b"\x50\x4b\x03\x04zip").0,
        ReadErrorKind::BadMagic { found: 0x504b_0304 }
    );
    let versioned = |version: i32| {
        let mut bytes = vec![0x49, 0x60, 0x67, 0x2d];
        bytes.extend(version.to_be_bytes());
        bytes.extend([0; 32]);
        read(&bytes).expect_err("a refusal").to_string()
    };
    assert_eq!(
        versioned(9),
        "metadata version 9 is newer than this build knows (7) (in version, at byte 4)"
    );
    assert_eq!(
        versioned(1),
        "metadata version 1 was written by Flink 1.2 or before; Flink 1.11 and later refuse it too \
         (in version, at byte 4)"
    );
    assert_eq!(
        versioned(-3),
        "metadata version is -3 (in version, at byte 4)"
    );
}

#[test]
fn an_unknown_tag_names_its_place() {
    let mut bytes = before_keyed(6);
    let at = bytes.len() as u64;
    bytes.extend([99; 40]);
    let error = read(&bytes).expect_err("a refusal");
    assert_eq!(
        error.to_string(),
        format!(
            "unknown keyed state handle tag 99 (in operators[0].subtasks[0].managed_keyed, at byte {at})"
        )
    );
}

#[test]
fn handles_inside_handles_without_end() {
    let mut keyed = before_keyed(6);
    for _ in 0..100_000 {
        keyed.extend([14, 0, 0, 0, 0, 0, 0, 0, 0]); // changelog over no key groups
        keyed.extend([0; 8]); // checkpointed size
        keyed.extend([0, 0, 0, 1]); // one materialized handle
    }
    let (kind, path, _) = failure(&keyed);
    assert_eq!(kind, ReadErrorKind::NestingTooDeep);
    assert_eq!(path.matches("materialized[0]").count(), 8);

    let mut streams = before_keyed(6);
    for _ in 0..100_000 {
        streams.extend([3, 0, 0, 0, 0, 0, 0, 0, 0]); // key groups over a stream of key groups
    }
    assert_eq!(failure(&streams).0, ReadErrorKind::NestingTooDeep);
}

#[test]
fn lengths_beyond_the_file() {
    let mut blob = one_subtask(6);
    blob.extend([0, 0, 0, 1, 4, 0, 0, 0, 0]); // operator state without states
    blob.extend([1, 0, 0]); // inline, no name
    blob.extend(i32::MAX.to_be_bytes());
    blob.extend([0; 64]);
    let (kind, path, _) = failure(&blob);
    assert_eq!(
        (kind, path.as_str()),
        (
            ReadErrorKind::UnexpectedEnd {
                needed: 0x7fff_ffff,
                left: 64
            },
            "operators[0].subtasks[0].managed_operator.delegate.data"
        )
    );
    let mut list = one_subtask(6);
    list.extend([0, 0, 0, 1, 4]);
    list.extend(i32::MAX.to_be_bytes());
    list.extend([0; 64]);
    assert!(matches!(
        failure(&list).0,
        ReadErrorKind::CountTooLarge { left: 64, .. }
    ));
}

/// Files made of the elements that take the fewest bytes for the most memory.
#[test]
fn the_smallest_elements_stay_within_the_bound() {
    const COUNT: i32 = 40_000;
    let mut finished = one_subtask(6);
    finished.truncate(finished.len() - 8);
    finished.extend(COUNT.to_be_bytes());
    finished.extend((-1_i32).to_be_bytes().repeat(COUNT as usize));
    finished.extend(*b"\xac\xed\0\x05\x70");

    let tail = *b"\0\0\0\0\0\0\0\0\0\xac\xed\0\x05\x70"; // no raw keyed state, no channels, null properties
    let mut files = before_keyed(6);
    files.push(5); // incremental, first layout
    files.extend([0; 8 + 2 + 8 + 1]); // id, backend, range, null meta
    files.extend(COUNT.to_be_bytes());
    files.extend([0, 0, 16].repeat(COUNT as usize)); // no name, empty segment
    files.extend([0; 4]);
    files.extend(tail);

    let mut nulls = before_keyed(6);
    nulls.extend([8; 1]);
    nulls.extend([0; 16]);
    nulls.extend(COUNT.to_be_bytes());
    nulls.extend(vec![0; COUNT as usize]); // nulls in the materialized part are dropped
    nulls.extend([0; 4 + 8 + 2]);
    nulls.extend(tail);

    for (bytes, what) in [(finished, "finished"), (files, "files"), (nulls, "nulls")] {
        let model = read(&bytes).expect(what);
        let memory = memory(&model);
        assert!(
            memory <= FACTOR * bytes.len(),
            "{what}: {memory} bytes for a file of {}",
            bytes.len()
        );
    }
}

/// A file with this Java stream as its properties.
fn with_properties(stream: &[u8]) -> PropertiesBlock {
    let mut bytes = before_keyed(6);
    bytes.extend([0; 10]); // neither keyed state nor channels
    bytes.extend(stream);
    let model = read(&bytes).expect("the body is whole");
    assert_eq!(model.operators.len(), 1);
    model.properties
}

fn class(name: &str, flags: u8, fields: u16) -> Vec<u8> {
    let mut bytes = vec![0x72];
    bytes.extend((name.len() as u16).to_be_bytes());
    bytes.extend(name.as_bytes());
    bytes.extend([0; 8]);
    bytes.push(flags);
    bytes.extend(fields.to_be_bytes());
    bytes
}

#[test]
fn hostile_java_streams_leave_the_body() {
    let header = [0xac, 0xed, 0, 5];
    let stream = |parts: &[&[u8]]| [&header[..], &parts.concat()].concat();
    let no_fields = class("A", 2, 0);
    let one_field = [&class("A", 2, 1)[..], b"L\0\x01x\x74\0\x01L\x78\x70"].concat();
    let streams = [
        ("another stream", b"\0\0\0\0".to_vec()),
        ("no stream", Vec::new()),
        ("only a header", header.to_vec()),
        ("an array", stream(&[&[0x75]])),
        (
            "another object",
            stream(&[&[0x73], &no_fields, &[0x78, 0x70]]),
        ),
        ("a string", stream(&[b"\x74\0\x01x"])),
        ("a bad string", stream(&[b"\x74\0\x01\xff"])),
        ("a string without end", stream(&[&[0x7c], &[0xff; 8], b"x"])),
        ("a reference to nothing", stream(&[&[0x71, 0, 0x7e, 0, 0]])),
        (
            "a class above itself",
            stream(&[&[0x73], &no_fields, &[0x78, 0x71, 0, 0x7e, 0, 0]]),
        ),
        (
            "classes without end",
            stream(&[&[0x73], &[&no_fields[..], &[0x78]].concat().repeat(50_000)]),
        ),
        (
            "an object in itself",
            stream(&[&[0x73], &one_field, &[0x71, 0, 0x7e, 0, 2]]),
        ),
        (
            "objects without end",
            stream(&[
                &[0x73],
                &one_field,
                &[0x73, 0x71, 0, 0x7e, 0, 0].repeat(50_000),
            ]),
        ),
        (
            "many fields",
            stream(&[&[0x73], &class("A", 2, 0xffff), &b"Z\0\0".repeat(0xffff)]),
        ),
        (
            "many objects",
            stream(&[
                &[0x73],
                &no_fields,
                &[0x74, 0, 0].repeat(50_000),
                &[0x78, 0x70],
            ]),
        ),
        (
            "a writer of its own",
            stream(&[&[0x73], &class("A", 3, 0), &[0x78, 0x70], &[0x77, 255]]),
        ),
        (
            "an external format",
            stream(&[&[0x73], &class("A", 0x0c, 0), &[0x78, 0x70]]),
        ),
        (
            "an object of an enum",
            stream(&[&[0x73], &class("A", 0x12, 0), &[0x78, 0x70]]),
        ),
        (
            "a constant of no enum",
            stream(&[&[0x7e], &no_fields, &[0x78, 0x70], b"\x74\0\x01x"]),
        ),
        (
            "a field of no type",
            stream(&[&[0x73], &class("A", 2, 1), b"Q\0\x01x\x78\x70"]),
        ),
    ];
    for (what, stream) in streams {
        let properties = with_properties(&stream);
        assert!(
            matches!(properties, PropertiesBlock::Unreadable(_)),
            "{what}: {properties:?}"
        );
    }
    assert_eq!(with_properties(&stream(&[&[0x70]])), PropertiesBlock::Null);
}

/// The memory that a model takes beyond its own struct, without what it borrows.
fn memory(model: &Metadata<'_>) -> usize {
    list(&model.master_states, |state| {
        text(&state.name) + owned(&state.payload)
    }) + list(&model.operators, |operator| {
        let names = [&operator.name, &operator.uid];
        names.into_iter().flatten().map(text).sum::<usize>()
            + list(&operator.subtasks, |subtask| {
                let operators = [&subtask.managed_operator, &subtask.raw_operator];
                let keyeds = [&subtask.managed_keyed, &subtask.raw_keyed];
                let channels = [&subtask.input_channels, &subtask.output_channels];
                operators
                    .into_iter()
                    .flatten()
                    .map(|handle| operator_handle(handle))
                    .chain(keyeds.into_iter().flatten().map(keyed))
                    .chain(channels.map(|channels| {
                        list(channels, |channel| {
                            stream(&channel.delegate)
                                + match &channel.content {
                                    ChannelContent::Single(one) => owned(&one.offsets.0),
                                    ChannelContent::Merged(many) => {
                                        list(many, |(one, _)| owned(&one.offsets.0))
                                    }
                                }
                        })
                    }))
                    .sum()
            })
    })
}

fn list<T>(elements: &Vec<T>, inside: impl Fn(&T) -> usize) -> usize {
    elements.capacity() * size_of::<T>() + elements.iter().map(inside).sum::<usize>()
}

fn owned(bytes: &Cow<'_, [u8]>) -> usize {
    match bytes {
        Cow::Borrowed(_) => 0,
        Cow::Owned(bytes) => bytes.capacity(),
    }
}

fn text(text: &Text<'_>) -> usize {
    owned(&text.0)
}

fn operator_handle(handle: &OperatorHandle<'_>) -> usize {
    size_of_val(handle)
        + list(&handle.states, |state| {
            text(&state.name) + owned(&state.offsets.0)
        })
        + stream(&handle.delegate)
}

fn stream(handle: &StreamHandle<'_>) -> usize {
    match handle {
        StreamHandle::KeyGroups(groups) => size_of_val(&**groups) + stream(&groups.delegate),
        StreamHandle::Segment(segment) => size_of_val(&**segment),
        _ => 0,
    }
}

fn files(files: &Vec<LocalFile<'_>>) -> usize {
    list(files, |file| text(&file.name) + stream(&file.handle))
}

fn keyed(handle: &KeyedHandle<'_>) -> usize {
    match handle {
        KeyedHandle::KeyGroups(handle) => size_of_val(&**handle) + stream(&handle.delegate),
        KeyedHandle::Incremental(handle) => {
            size_of_val(&**handle)
                + handle.meta.as_ref().map_or(0, stream)
                + files(&handle.shared)
                + files(&handle.private)
        }
        KeyedHandle::Changelog(handle) => {
            size_of_val(&**handle)
                + list(&handle.materialized, keyed)
                + list(&handle.non_materialized, keyed)
        }
        KeyedHandle::ChangelogInline(handle) => {
            size_of_val(&**handle) + list(&handle.changes, |(_, bytes)| owned(bytes))
        }
        KeyedHandle::ChangelogFiles(handle) => {
            size_of_val(&**handle) + list(&handle.parts, |(_, handle)| stream(handle))
        }
    }
}
