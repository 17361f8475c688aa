//! In-flight data of unaligned checkpoints.

use super::cursor::Cursor;
use super::{Layout, Reader};
use crate::metadata::channel_tag;
use crate::metadata::error::{Parse, ReadErrorKind, TagSpace, Within};
use crate::metadata::model::{ChannelContent, ChannelHandle, ChannelOffsets};

impl<'a> Reader<'a> {
    pub(super) fn input_channels(&mut self) -> Parse<Vec<ChannelHandle<'a>>> {
        let (single, merged) = (channel_tag::INPUT, channel_tag::MERGED_INPUT);
        self.channels("input_channels", TagSpace::InputChannel, single, merged)
    }

    pub(super) fn output_channels(&mut self) -> Parse<Vec<ChannelHandle<'a>>> {
        let (single, merged) = (channel_tag::OUTPUT, channel_tag::MERGED_OUTPUT);
        self.channels("output_channels", TagSpace::OutputChannel, single, merged)
    }

    fn channels(
        &mut self,
        field: &'static str,
        space: TagSpace,
        single: u8,
        merged: u8,
    ) -> Parse<Vec<ChannelHandle<'a>>> {
        let tagged = self.version >= 6;
        let min_bytes = match self.layout {
            Layout::ChannelsWithoutSubtask => 21,
            _ if tagged => 18,
            _ => 25,
        };
        let count = self.cursor.count(min_bytes).field(field)?;
        self.saw_channels |= count > 0;
        let mut channels = Cursor::list(count);
        for index in 0..count {
            let channel = if tagged {
                self.tagged_channel(space, single, merged)
            } else {
                self.single_channel()
            };
            channels.push(channel.element(field, index)?);
        }
        Ok(channels)
    }

    fn tagged_channel(
        &mut self,
        space: TagSpace,
        single: u8,
        merged: u8,
    ) -> Parse<ChannelHandle<'a>> {
        let tag = self.cursor.u8()?;
        if tag == single {
            self.single_channel()
        } else if tag == merged {
            self.merged_channels()
        } else {
            let kind = ReadErrorKind::UnknownTag { space, tag };
            self.cursor.fail_back(1, kind)
        }
    }

    fn single_channel(&mut self) -> Parse<ChannelHandle<'a>> {
        Ok(ChannelHandle {
            subtask_index: match self.layout {
                Layout::ChannelsWithoutSubtask => None,
                _ => Some(self.cursor.i32().field("subtask_index")?),
            },
            content: ChannelContent::Single(ChannelOffsets {
                gate: self.cursor.i32().field("gate")?,
                channel: self.cursor.i32().field("channel")?,
                offsets: self.cursor.offsets().field("offsets")?,
            }),
            size: self.cursor.i64().field("size")?,
            delegate: self.required_stream(0).field("delegate")?,
        })
    }

    /// Many channels over one stream. Their offsets are a record within the handle.
    fn merged_channels(&mut self) -> Parse<ChannelHandle<'a>> {
        let subtask_index = Some(self.cursor.i32().field("subtask_index")?);
        let size = self.cursor.i64().field("size")?;
        let delegate = self.required_stream(0).field("delegate")?;
        let offsets = self.cursor.record("merged channel offsets", |record| {
            let count = record.count(20)?;
            let mut channels = Cursor::list(count);
            for index in 0..count {
                channels.push(merged_channel(record).element("channels", index)?);
            }
            Ok(channels)
        });
        Ok(ChannelHandle {
            subtask_index,
            size,
            content: ChannelContent::Merged(offsets.field("offsets")?),
            delegate,
        })
    }
}

/// One channel of many: here the size comes before the offsets.
fn merged_channel<'a>(record: &mut Cursor<'a>) -> Parse<(ChannelOffsets<'a>, i64)> {
    let gate = record.i32().field("gate")?;
    let channel = record.i32().field("channel")?;
    let size = record.i64().field("size")?;
    let offsets = record.offsets().field("offsets")?;
    Ok((
        ChannelOffsets {
            gate,
            channel,
            offsets,
        },
        size,
    ))
}
