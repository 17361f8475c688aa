//! The simple names of the classes that Flink's own reader makes of each handle.

use super::model::{
    ChannelContent, ChannelHandle, KeyGroupsLayout, KeyedHandle, OperatorHandle, StreamHandle,
};

/// Which of the two lists of channel state a handle is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChannelDirection {
    /// Data that had arrived in input channels.
    Input,
    /// Data that waited in result subpartitions.
    Output,
}

impl StreamHandle<'_> {
    /// The simple name of Flink's class for it.
    pub fn flink_class_name(&self) -> &'static str {
        match self {
            Self::Inline(_) => "ByteStreamStateHandle",
            Self::File { .. } => "FileStateHandle",
            Self::Relative { .. } => "RelativeFileStateHandle",
            Self::KeyGroups(_) => "KeyGroupsStateHandle",
            Self::Segment(_) => "SegmentFileStateHandle",
            Self::EmptySegment => "EmptySegmentFileStateHandle",
        }
    }
}

impl OperatorHandle<'_> {
    /// The simple name of Flink's class for it.
    pub fn flink_class_name(&self) -> &'static str {
        match &self.file_merging {
            None => "OperatorStreamStateHandle",
            Some(directories) if directories.empty => "EmptyFileMergingOperatorStreamStateHandle",
            Some(_) => "FileMergingOperatorStreamStateHandle",
        }
    }
}

impl KeyedHandle<'_> {
    /// The simple name of Flink's class for it.
    pub fn flink_class_name(&self) -> &'static str {
        match self {
            Self::KeyGroups(handle) => match handle.layout {
                KeyGroupsLayout::V1 | KeyGroupsLayout::V2 => "KeyGroupsStateHandle",
                KeyGroupsLayout::Savepoint => "KeyGroupsSavepointStateHandle",
            },
            Self::Incremental(_) => "IncrementalRemoteKeyedStateHandle",
            Self::Changelog(_) => "ChangelogStateBackendHandleImpl",
            Self::ChangelogInline(_) => "InMemoryChangelogStateHandle",
            Self::ChangelogFiles(_) => "ChangelogStateHandleStreamImpl",
        }
    }
}

impl ChannelHandle<'_> {
    /// The simple name of Flink's class for it, which depends on the list that it is in.
    pub fn flink_class_name(&self, direction: ChannelDirection) -> &'static str {
        match (&self.content, direction) {
            (ChannelContent::Single(_), ChannelDirection::Input) => "InputChannelStateHandle",
            (ChannelContent::Single(_), ChannelDirection::Output) => {
                "ResultSubpartitionStateHandle"
            }
            (ChannelContent::Merged(_), ChannelDirection::Input) => "MergedInputChannelStateHandle",
            (ChannelContent::Merged(_), ChannelDirection::Output) => {
                "MergedResultSubpartitionStateHandle"
            }
        }
    }
}
