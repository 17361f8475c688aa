//! What is written is read back equal, and what is read is written back byte for byte.

use proptest::prelude::*;
use stateward::metadata::model::{Metadata, PropertiesBlock};
use stateward::metadata::{read, write};

use crate::metadata_models::{any_metadata, text};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_written_model_reads_back_equal(model in any_metadata()) {
        let bytes = write(&model).expect("a model that its version can hold");
        let again = read(&bytes).expect("what was written can be read");
        prop_assert_eq!(&again, &model);
        prop_assert_eq!(write(&again).expect("what was read can be written"), bytes);
    }

    #[test]
    fn bytes_after_the_end_are_counted(model in any_metadata(), extra in 1..50_usize) {
        let mut bytes = write(&model).expect("a model that its version can hold");
        bytes.resize(bytes.len() + extra, 0xee);
        let again = read(&bytes).expect("what was written can be read");
        prop_assert_eq!(again.trailing_bytes, extra as u64);
        prop_assert_eq!(Metadata { trailing_bytes: 0, ..again }, model);
    }

    #[test]
    fn text_survives_its_decoding(text in text()) {
        let shown = text.to_str_lossy();
        let again = stateward::metadata::text::Text::from(&*shown);
        prop_assert_eq!(again.to_str_lossy(), &*shown);
    }
}

#[test]
fn versions_hold_only_what_they_can() {
    let empty = Metadata {
        version: 3,
        checkpoint_id: 1,
        master_states: Vec::new(),
        operators: Vec::new(),
        properties: PropertiesBlock::Absent,
        trailing_bytes: 0,
    };
    let refusal = |model: Metadata<'_>| write(&model).expect_err("a refusal").to_string();
    assert_eq!(
        refusal(Metadata {
            version: 2,
            ..empty.clone()
        }),
        "cannot write version: version 2 is not written, only 3 to 7"
    );
    assert_eq!(
        refusal(Metadata {
            properties: PropertiesBlock::Null,
            ..empty.clone()
        }),
        "cannot write properties: version 3 cannot hold properties"
    );
    assert_eq!(
        refusal(Metadata {
            version: 4,
            ..empty.clone()
        }),
        "cannot write properties: version 4 and later end with properties"
    );
    assert_eq!(
        refusal(Metadata {
            checkpoint_id: u64::MAX,
            ..empty
        }),
        "cannot write checkpoint_id: a checkpoint id has 63 bits"
    );
}
