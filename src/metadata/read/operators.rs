//! Operators, their subtasks, and operator state.

use std::borrow::Cow;

use super::{Cursor, Reader};
use crate::domain::id::OperatorId;
use crate::metadata::error::{Parse, ReadErrorKind, TagSpace, Within};
use crate::metadata::model::{
    DistributionMode, FileMergingDirectories, InlineHandle, MAX_PARALLELISM, OperatorHandle,
    OperatorState, OperatorStatePartitions, SubtaskState,
};
use crate::metadata::tag;

impl<'a> Reader<'a> {
    pub(super) fn operator(&mut self) -> Parse<OperatorState<'a>> {
        let (name, uid) = if self.version >= 5 {
            let name = self.cursor.text().field("name")?;
            let uid = self.cursor.text().field("uid")?;
            // Flink stores an absent name as an empty one and never writes an empty one.
            (
                Some(name).filter(|name| !name.is_empty()),
                Some(uid).filter(|uid| !uid.is_empty()),
            )
        } else {
            (None, None)
        };
        let id = OperatorId(self.cursor.array().field("id")?);
        let parallelism = self.parallelism("parallelism")?;
        let max_parallelism = self.parallelism("max_parallelism")?;
        if parallelism > max_parallelism {
            let kind = ReadErrorKind::BadValue {
                what: "parallelism, which is above the maximum parallelism,",
                value: i64::from(parallelism),
            };
            return self.cursor.fail_back(8, kind).field("parallelism");
        }
        let coordinator = if self.version == 2 {
            // A chain length that nothing reads.
            self.cursor.i32().field("chain_length")?;
            None
        } else {
            self.coordinator().field("coordinator")?
        };
        let mut operator = OperatorState {
            name,
            uid,
            id,
            parallelism,
            max_parallelism,
            coordinator,
            fully_finished: false,
            subtasks: Vec::new(),
        };
        if self.version >= 3 && self.cursor.rest().first().is_some_and(|&byte| byte >= 0x80) {
            self.cursor.i32().field("subtasks")?;
            if operator.coordinator.is_some() {
                let kind = ReadErrorKind::BadValue {
                    what: "the subtask count of an operator that is fully finished and has coordinator state",
                    value: -1,
                };
                return self.cursor.fail_back(4, kind).field("subtasks");
            }
            operator.fully_finished = true;
            return Ok(operator);
        }
        // A finished subtask is its index alone.
        let min_bytes = if self.version == 2 { 26 } else { 4 };
        let count = self.cursor.count(min_bytes).field("subtasks")?;
        operator.subtasks = Cursor::list(count);
        for index in 0..count {
            let subtask = self.subtask(parallelism).element("subtasks", index)?;
            operator.subtasks.push(subtask);
        }
        Ok(operator)
    }

    fn parallelism(&mut self, field: &'static str) -> Parse<u32> {
        let value = self.cursor.i32().field(field)?;
        if let Ok(value @ 1..=MAX_PARALLELISM) = u32::try_from(value) {
            return Ok(value);
        }
        let kind = ReadErrorKind::BadValue {
            what: "parallelism, which must be from 1 to 32768,",
            value: i64::from(value),
        };
        self.cursor.fail_back(4, kind).field(field)
    }

    fn coordinator(&mut self) -> Parse<Option<InlineHandle<'a>>> {
        match self.cursor.u8()? {
            tag::NULL => Ok(None),
            tag::INLINE => Ok(Some(self.inline()?)),
            tag => self.cursor.fail_back(
                1,
                ReadErrorKind::UnknownTag {
                    space: TagSpace::Coordinator,
                    tag,
                },
            ),
        }
    }

    fn subtask(&mut self, parallelism: u32) -> Parse<SubtaskState<'a>> {
        let value = self.cursor.i32().field("index")?;
        // A finished subtask is stored as −index − 1, which is the complement.
        let finished = value < 0 && self.version >= 3;
        let index = if finished { !value } else { value } as u32;
        if index >= parallelism {
            let kind = ReadErrorKind::BadValue {
                what: "the subtask index, which is not below the parallelism,",
                value: i64::from(value),
            };
            return self.cursor.fail_back(4, kind).field("index");
        }
        let mut subtask = SubtaskState {
            index,
            finished,
            ..SubtaskState::default()
        };
        if finished {
            return Ok(subtask);
        }
        if self.version == 2 {
            self.cursor.i64().field("duration")?;
            if self.cursor.i32().field("legacy_states")? > 0 {
                let kind = ReadErrorKind::Unsupported {
                    what: "state of Flink 1.1",
                };
                return self.cursor.fail_back(4, kind).field("legacy_states");
            }
        }
        subtask.managed_operator = self.operator_slot().field("managed_operator")?;
        subtask.raw_operator = self.operator_slot().field("raw_operator")?;
        subtask.managed_keyed = self.keyed(0).field("managed_keyed")?;
        subtask.raw_keyed = self.keyed(0).field("raw_keyed")?;
        if self.version >= 3 {
            subtask.input_channels = self.input_channels()?;
            subtask.output_channels = self.output_channels()?;
        }
        if self.version >= 7 && self.cursor.u8().field("reference_checkpoint")? == 1 {
            let id = self.cursor.i64().field("reference_checkpoint")?;
            subtask.reference_checkpoint = Some(id);
        }
        Ok(subtask)
    }

    fn operator_slot(&mut self) -> Parse<Option<Box<OperatorHandle<'a>>>> {
        if self.cursor.i32()? == 0 {
            return Ok(None);
        }
        let tag = self.cursor.u8()?;
        match tag {
            tag::NULL => return Ok(None),
            tag::OPERATOR | tag::FILE_MERGING_OPERATOR => {}
            tag => {
                let space = TagSpace::Operator;
                let kind = ReadErrorKind::UnknownTag { space, tag };
                return self.cursor.fail_back(1, kind);
            }
        }
        let count = self.cursor.count(7).field("states")?;
        let mut states = Cursor::list(count);
        for index in 0..count {
            states.push(self.partitions().element("states", index)?);
        }
        let file_merging = if tag == tag::FILE_MERGING_OPERATOR {
            Some(FileMergingDirectories {
                task_owned: self.cursor.text().field("file_merging.task_owned")?,
                shared: self.cursor.text().field("file_merging.shared")?,
                empty: self.cursor.u8().field("file_merging.empty")? != 0,
            })
        } else {
            None
        };
        if file_merging.is_some()
            && let Some(&tag) = self.cursor.rest().first()
            && !matches!(tag, tag::SEGMENT | tag::EMPTY_SEGMENT)
        {
            let space = TagSpace::MergedDelegate;
            let kind = ReadErrorKind::UnknownTag { space, tag };
            return self.cursor.fail(kind).field("delegate");
        }
        let delegate = self.required_stream(0).field("delegate")?;
        Ok(Some(Box::new(OperatorHandle {
            states,
            delegate,
            file_merging,
        })))
    }

    fn partitions(&mut self) -> Parse<OperatorStatePartitions<'a>> {
        let name = self.cursor.text().field("name")?;
        let mode = match self.cursor.u8().field("mode")? {
            0 => DistributionMode::SplitDistribute,
            1 => DistributionMode::Union,
            2 => DistributionMode::Broadcast,
            tag => {
                let space = TagSpace::DistributionMode;
                let kind = ReadErrorKind::UnknownTag { space, tag };
                return self.cursor.fail_back(1, kind).field("mode");
            }
        };
        let offsets = self.cursor.offsets().field("offsets")?;
        Ok(OperatorStatePartitions {
            name,
            mode,
            offsets,
        })
    }

    /// Bytes in the file, after their tag.
    #[inline]
    pub(super) fn inline(&mut self) -> Parse<InlineHandle<'a>> {
        Ok(InlineHandle {
            name: self.cursor.text().field("name")?,
            data: Cow::Borrowed(self.cursor.blob().field("data")?),
        })
    }
}
