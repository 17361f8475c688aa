//! Sizes, added up as Flink does, so that numbers agree with its web interface and REST API.
//!
//! Nothing is de-duplicated: a file that two handles name counts twice. A file of unknown size counts as −1, as in
//! Flink, so a sum can be slightly low and even negative. Sums saturate. The *state size* is all that a handle refers
//! to; the *checkpointed size* is what this checkpoint added, as far as the handle knows.

use super::model::{
    ChannelHandle, IncrementalHandle, KeyedHandle, LocalFile, Metadata, OperatorHandle,
    OperatorState, StreamHandle, SubtaskState,
};

fn sum(sizes: impl Iterator<Item = i64>) -> i64 {
    sizes.fold(0, i64::saturating_add)
}

fn length(bytes: &[u8]) -> i64 {
    i64::try_from(bytes.len()).unwrap_or(i64::MAX)
}

impl Metadata<'_> {
    /// Bytes of state in all subtasks, without coordinators: "Full Checkpoint Data Size" in Flink's web interface.
    pub fn state_size(&self) -> i64 {
        sum(self.operators.iter().map(OperatorState::state_size))
    }

    /// Bytes that this checkpoint added, without coordinators: "Checkpointed Data Size" in Flink's web interface.
    pub fn checkpointed_size(&self) -> i64 {
        sum(self.operators.iter().map(OperatorState::checkpointed_size))
    }

    /// Bytes of state of all operators' coordinators.
    pub fn coordinator_size(&self) -> i64 {
        sum(self.operators.iter().map(OperatorState::coordinator_size))
    }

    /// Bytes of in-flight data: "Persisted in-flight data" in Flink's web interface.
    pub fn channel_size(&self) -> i64 {
        sum(self.operators.iter().map(OperatorState::channel_size))
    }
}

impl OperatorState<'_> {
    /// Bytes of state in its subtasks. Flink's `OperatorState#getStateSize` adds [`Self::coordinator_size`].
    pub fn state_size(&self) -> i64 {
        sum(self.subtasks.iter().map(SubtaskState::state_size))
    }

    /// Bytes that this checkpoint added. Flink's `OperatorState#getCheckpointedSize` adds [`Self::coordinator_size`].
    pub fn checkpointed_size(&self) -> i64 {
        sum(self.subtasks.iter().map(SubtaskState::checkpointed_size))
    }

    /// Bytes of its coordinator's state.
    pub fn coordinator_size(&self) -> i64 {
        self.coordinator
            .as_ref()
            .map_or(0, |state| length(&state.data))
    }

    /// Bytes of in-flight data.
    pub fn channel_size(&self) -> i64 {
        sum(self.subtasks.iter().map(SubtaskState::channel_size))
    }
}

impl SubtaskState<'_> {
    /// Bytes of all its state (`OperatorSubtaskState#getStateSize`).
    pub fn state_size(&self) -> i64 {
        let operator = [&self.managed_operator, &self.raw_operator];
        let keyed = [&self.managed_keyed, &self.raw_keyed];
        sum(operator
            .into_iter()
            .flatten()
            .map(|handle| handle.state_size())
            .chain(keyed.into_iter().flatten().map(KeyedHandle::state_size))
            .chain([self.channel_size()]))
    }

    /// Bytes that this checkpoint added (`OperatorSubtaskState#getCheckpointedSize`).
    pub fn checkpointed_size(&self) -> i64 {
        let operator = [&self.managed_operator, &self.raw_operator];
        let keyed = [&self.managed_keyed, &self.raw_keyed];
        sum(operator
            .into_iter()
            .flatten()
            .map(|handle| handle.state_size())
            .chain(
                keyed
                    .into_iter()
                    .flatten()
                    .map(KeyedHandle::checkpointed_size),
            )
            .chain([self.channel_size()]))
    }

    /// Bytes of in-flight data, as stored with each handle; the stream behind them is shared.
    pub fn channel_size(&self) -> i64 {
        let channels = self.input_channels.iter().chain(&self.output_channels);
        sum(channels.map(ChannelHandle::state_size))
    }
}

impl StreamHandle<'_> {
    /// Bytes in the stream; −1 when the file's length is unknown.
    pub fn state_size(&self) -> i64 {
        match self {
            Self::Inline(handle) => length(&handle.data),
            Self::File { size, .. } | Self::Relative { size, .. } => *size,
            Self::KeyGroups(handle) => handle.delegate.state_size(),
            Self::Segment(handle) => handle.length,
            Self::EmptySegment => 0,
        }
    }
}

impl OperatorHandle<'_> {
    /// Bytes in the stream of all states; all of them count as added by this checkpoint.
    pub fn state_size(&self) -> i64 {
        self.delegate.state_size()
    }
}

impl KeyedHandle<'_> {
    /// Bytes of all that the handle refers to.
    pub fn state_size(&self) -> i64 {
        match self {
            Self::KeyGroups(handle) => handle.delegate.state_size(),
            Self::Incremental(handle) => handle.state_size(),
            Self::Changelog(handle) => sum(handle
                .materialized
                .iter()
                .chain(&handle.non_materialized)
                .map(Self::state_size)),
            Self::ChangelogInline(handle) => {
                sum(handle.changes.iter().map(|(_, bytes)| length(bytes)))
            }
            Self::ChangelogFiles(handle) => handle.size,
        }
    }

    /// Bytes that this checkpoint added.
    pub fn checkpointed_size(&self) -> i64 {
        match self {
            Self::KeyGroups(_) | Self::ChangelogInline(_) => self.state_size(),
            Self::Incremental(handle) => match handle.checkpointed_size {
                None | Some(-1) => handle.state_size(),
                Some(size) => size,
            },
            Self::Changelog(handle) => handle.checkpointed_size,
            Self::ChangelogFiles(handle) => handle.checkpointed_size,
        }
    }
}

impl IncrementalHandle<'_> {
    /// Bytes of the backend's description and of all files, shared or not.
    pub fn state_size(&self) -> i64 {
        let files = self.shared.iter().chain(&self.private);
        let meta = self.meta.as_ref().map_or(0, StreamHandle::state_size);
        sum(files.map(LocalFile::state_size).chain([meta]))
    }
}

impl LocalFile<'_> {
    /// Bytes of the file.
    pub fn state_size(&self) -> i64 {
        self.handle.state_size()
    }
}

impl ChannelHandle<'_> {
    /// Bytes of these channels, not of the stream that holds them.
    pub fn state_size(&self) -> i64 {
        self.size
    }
}
