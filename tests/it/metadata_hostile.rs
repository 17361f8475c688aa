//! Damaged and hostile files lead to an error or to a model: never to a panic, and never to memory beyond a small
//! multiple of the file.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use stateward::metadata::model::PropertiesBlock;
use stateward::metadata::{ReadErrorKind, read, write};

use crate::metadata_memory::memory;
use crate::metadata_models::{any_metadata, rich_file};

/// Memory that a model may take per byte of its file.
const FACTOR: usize = 64;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn damage_never_panics_and_costs_little(model in any_metadata(), seed in any::<u64>()) {
        let whole = write(&model).expect("a model that its version can hold");
        let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(
            RngAlgorithm::ChaCha,
            &[&seed.to_be_bytes()[..], &[0; 24]].concat(),
        ));
        let rng = runner.rng();
        for _ in 0..20 {
            let mut bytes = whole.clone();
            for _ in 0..rng.random_range(1..6) {
                let place = rng.random_range(0..bytes.len());
                match rng.random_range(0..3) {
                    0 => bytes[place] = rng.random(),
                    1 => bytes.insert(place, rng.random()),
                    _ => { bytes.remove(place); }
                }
            }
            check_bounded(&bytes)?;
        }
    }

    #[test]
    fn noise_after_the_frame_never_panics(version in 2..=7_u8, noise in any::<[[u8; 32]; 8]>()) {
        let mut bytes = vec![0x49, 0x60, 0x67, 0x2d, 0, 0, 0, version];
        bytes.extend([0; 8]);
        // Small numbers lead further into the file than large ones.
        for (number, byte) in noise.as_flattened().iter().enumerate() {
            bytes.push(if number % 7 == 0 { *byte } else { byte & 0x11 });
        }
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
            for number in [i32::MAX, -1] {
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
        keyed.extend([14, 0, 0, 0, 0, 0, 0, 0, 1]); // changelog over one key group
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
    nulls.extend([8, 0, 0, 0, 0, 0, 0, 0, 1]);
    nulls.extend([0; 8]);
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
