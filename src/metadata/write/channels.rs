//! In-flight data of unaligned checkpoints.

use super::{Within as _, Writer, Written, invalid};
use crate::metadata::channel_tag;
use crate::metadata::model::{ChannelContent, ChannelHandle, ChannelOffsets};

impl Writer {
    pub(super) fn input_channels(&mut self, channels: &[ChannelHandle<'_>]) -> Written {
        let tags = (channel_tag::INPUT, channel_tag::MERGED_INPUT);
        self.channels(channels, "input_channels", tags)
    }

    pub(super) fn output_channels(&mut self, channels: &[ChannelHandle<'_>]) -> Written {
        let tags = (channel_tag::OUTPUT, channel_tag::MERGED_OUTPUT);
        self.channels(channels, "output_channels", tags)
    }

    fn channels(
        &mut self,
        channels: &[ChannelHandle<'_>],
        field: &str,
        (single, merged): (u8, u8),
    ) -> Written {
        self.out.count(channels.len()).field(field)?;
        for (index, channel) in channels.iter().enumerate() {
            self.channel(channel, single, merged)
                .element(field, index)?;
        }
        Ok(())
    }

    fn channel(&mut self, channel: &ChannelHandle<'_>, single: u8, merged: u8) -> Written {
        let Some(subtask) = channel.subtask_index else {
            // Flink 1.11's layout, which no version number tells apart from the others of version 3.
            return invalid("channel state needs the subtask that wrote it").field("subtask_index");
        };
        match &channel.content {
            ChannelContent::Single(one) => {
                if self.version >= 6 {
                    self.out.u8(single);
                }
                self.out.i32(subtask);
                self.out.i32(one.gate);
                self.out.i32(one.channel);
                self.out.offsets(&one.offsets)?;
                self.out.i64(channel.size);
                self.stream(&channel.delegate, 0).field("delegate")
            }
            ChannelContent::Merged(_) if self.version < 6 => {
                self.not_in_version("merged channel state")
            }
            ChannelContent::Merged(many) => {
                self.out.u8(merged);
                self.out.i32(subtask);
                self.out.i64(channel.size);
                self.stream(&channel.delegate, 0).field("delegate")?;
                self.merged(many)
            }
        }
    }

    fn merged(&mut self, channels: &[(ChannelOffsets<'_>, i64)]) -> Written {
        self.out.record(|out| {
            out.count(channels.len())?;
            for (channel, size) in channels {
                out.i32(channel.gate);
                out.i32(channel.channel);
                out.i64(*size);
                out.offsets(&channel.offsets)?;
            }
            Ok(())
        })
    }
}
