//! Stream, operator and keyed state handles.

use super::{Within as _, WriteErrorKind, Writer, Written, fail, invalid};
use crate::metadata::model::{
    ChangelogFilesHandle, ChangelogHandle, ChangelogInlineHandle, DistributionMode,
    IncrementalHandle, InlineHandle, KeyGroupRange, KeyGroupsHandle, KeyGroupsLayout, KeyedHandle,
    LocalFile, MAX_PARALLELISM, NESTING_LIMIT, OperatorHandle, SegmentHandle, SegmentScope,
    StreamHandle,
};
use crate::metadata::tag;

impl Writer {
    pub(super) fn inline(&mut self, handle: &InlineHandle<'_>) -> Written {
        self.out.u8(tag::INLINE);
        self.out.text(&handle.name).field("name")?;
        self.out.blob(&handle.data).field("data")
    }

    pub(super) fn stream(&mut self, handle: &StreamHandle<'_>, depth: u32) -> Written {
        match handle {
            StreamHandle::Inline(handle) => self.inline(handle),
            StreamHandle::File { size, path } => {
                self.out.u8(tag::FILE);
                self.out.i64(*size);
                self.out.text(path).field("path")
            }
            StreamHandle::Relative { path, size } => {
                self.out.u8(tag::RELATIVE_FILE);
                self.out.text(path).field("path")?;
                self.out.i64(*size);
                Ok(())
            }
            StreamHandle::KeyGroups(handle) => {
                if handle.layout != KeyGroupsLayout::V1 {
                    return invalid("key groups as a stream have the first layout").field("layout");
                }
                self.key_groups(handle, depth)
            }
            StreamHandle::Segment(segment) => self.segment(segment),
            StreamHandle::EmptySegment => {
                self.out.u8(tag::EMPTY_SEGMENT);
                Ok(())
            }
        }
    }

    fn segment(&mut self, segment: &SegmentHandle<'_>) -> Written {
        self.out.u8(tag::SEGMENT);
        self.out.i64(segment.start);
        self.out.i64(segment.length);
        self.out.u32(match segment.scope {
            SegmentScope::Exclusive => 0,
            SegmentScope::Shared => 1,
        });
        self.out.text(&segment.path).field("path")?;
        self.out
            .text(&segment.logical_file_id)
            .field("logical_file_id")
    }

    pub(super) fn operator_handle(&mut self, handle: &OperatorHandle<'_>) -> Written {
        self.out.u8(match handle.file_merging {
            None => tag::OPERATOR,
            Some(_) => tag::FILE_MERGING_OPERATOR,
        });
        self.out.count(handle.states.len()).field("states")?;
        for (index, state) in handle.states.iter().enumerate() {
            self.out
                .text(&state.name)
                .field("name")
                .element("states", index)?;
            self.out.u8(match state.mode {
                DistributionMode::SplitDistribute => 0,
                DistributionMode::Union => 1,
                DistributionMode::Broadcast => 2,
            });
            self.out.offsets(&state.offsets).element("states", index)?;
        }
        if let Some(directories) = &handle.file_merging {
            let fields = [
                (&directories.task_owned, "file_merging.task_owned"),
                (&directories.shared, "file_merging.shared"),
            ];
            for (path, field) in fields {
                self.out.text(path).field(field)?;
            }
            self.out.u8(u8::from(directories.empty));
            if !matches!(
                handle.delegate,
                StreamHandle::Segment(_) | StreamHandle::EmptySegment
            ) {
                return invalid("merged operator state lies in a segment").field("delegate");
            }
        }
        self.stream(&handle.delegate, 0).field("delegate")
    }

    pub(super) fn keyed(&mut self, handle: &KeyedHandle<'_>, depth: u32) -> Written {
        if depth >= NESTING_LIMIT {
            return fail(WriteErrorKind::NestingTooDeep);
        }
        match handle {
            KeyedHandle::KeyGroups(handle) => self.key_groups(handle, depth),
            KeyedHandle::Incremental(handle) => self.incremental(handle, depth),
            KeyedHandle::Changelog(handle) => self.changelog(handle, depth),
            KeyedHandle::ChangelogInline(handle) => self.changelog_inline(handle),
            KeyedHandle::ChangelogFiles(handle) => self.changelog_files(handle, depth),
        }
    }

    fn range(&mut self, range: KeyGroupRange) -> Written {
        if range.count > MAX_PARALLELISM || (range.first < 0 && range.count > 0) {
            return invalid("key groups are from 0 to 32767").field("range");
        }
        self.out.i32(range.first);
        self.out.u32(range.count);
        Ok(())
    }

    fn key_groups(&mut self, handle: &KeyGroupsHandle<'_>, depth: u32) -> Written {
        if depth >= NESTING_LIMIT {
            return fail(WriteErrorKind::NestingTooDeep);
        }
        self.out.u8(match handle.layout {
            KeyGroupsLayout::V1 => tag::KEY_GROUPS,
            KeyGroupsLayout::V2 => tag::KEY_GROUPS_V2,
            KeyGroupsLayout::Savepoint => tag::SAVEPOINT_KEY_GROUPS,
        });
        self.range(handle.range)?;
        if handle.offsets.len() != handle.range.count as usize {
            return invalid("there is one position per key group").field("offsets");
        }
        self.out.bare_offsets(&handle.offsets)?;
        self.stream(&handle.delegate, depth + 1).field("delegate")?;
        match (&handle.state_handle_id, handle.layout) {
            (Some(id), KeyGroupsLayout::V2) => self.out.text(id),
            (None, KeyGroupsLayout::V1 | KeyGroupsLayout::Savepoint) => Ok(()),
            _ => invalid("only the second layout of key groups has an id, and always"),
        }
        .field("state_handle_id")
    }

    fn incremental(&mut self, handle: &IncrementalHandle<'_>, depth: u32) -> Written {
        let second = match (handle.checkpointed_size, &handle.state_handle_id) {
            (Some(size), Some(id)) => Some((size, id)),
            (None, None) => None,
            _ => {
                return invalid("checkpointed size and id come together").field("state_handle_id");
            }
        };
        self.out.u8(match second {
            Some(_) => tag::INCREMENTAL_V2,
            None => tag::INCREMENTAL,
        });
        self.out.i64(handle.checkpoint_id);
        self.out.text(&handle.backend_id).field("backend_id")?;
        self.range(handle.range)?;
        if let Some((size, _)) = second {
            self.out.i64(size);
        }
        match &handle.meta {
            None => self.out.u8(tag::NULL),
            Some(meta) => self.stream(meta, depth + 1).field("meta")?,
        }
        self.local_files(&handle.shared, "shared", depth + 1)?;
        self.local_files(&handle.private, "private", depth + 1)?;
        match second {
            Some((_, id)) => self.out.text(id).field("state_handle_id"),
            None => Ok(()),
        }
    }

    fn local_files(&mut self, files: &[LocalFile<'_>], field: &str, depth: u32) -> Written {
        self.out.count(files.len()).field(field)?;
        for (index, file) in files.iter().enumerate() {
            self.out
                .text(&file.name)
                .field("name")
                .element(field, index)?;
            self.stream(&file.handle, depth).element(field, index)?;
        }
        Ok(())
    }

    fn changelog(&mut self, handle: &ChangelogHandle<'_>, depth: u32) -> Written {
        self.out.u8(match handle.checkpoint_id {
            None => tag::CHANGELOG,
            Some(_) => tag::CHANGELOG_V2,
        });
        if handle.range.count == 0 {
            return invalid("changelog state has key groups").field("range");
        }
        self.range(handle.range)?;
        self.out.i64(handle.checkpointed_size);
        let parts = [
            (&handle.materialized, "materialized"),
            (&handle.non_materialized, "non_materialized"),
        ];
        for (handles, field) in parts {
            self.out.count(handles.len()).field(field)?;
            for (index, part) in handles.iter().enumerate() {
                let changes = matches!(
                    part,
                    KeyedHandle::ChangelogInline(_) | KeyedHandle::ChangelogFiles(_)
                );
                if field == "non_materialized" && !changes {
                    return invalid("only changes are not materialized").element(field, index);
                }
                self.keyed(part, depth + 1).element(field, index)?;
            }
        }
        self.out.i64(handle.materialization_id);
        if let Some(id) = handle.checkpoint_id {
            self.out.i64(id);
        }
        self.out
            .text(&handle.state_handle_id)
            .field("state_handle_id")
    }

    fn changelog_inline(&mut self, handle: &ChangelogInlineHandle<'_>) -> Written {
        self.out.u8(tag::CHANGELOG_INLINE);
        self.range(handle.range)?;
        self.out.i64(handle.from);
        self.out.i64(handle.to);
        self.out.count(handle.changes.len()).field("changes")?;
        for (index, (key_group, bytes)) in handle.changes.iter().enumerate() {
            self.out.i32(*key_group);
            self.out.blob(bytes).element("changes", index)?;
        }
        self.out
            .text(&handle.state_handle_id)
            .field("state_handle_id")
    }

    fn changelog_files(&mut self, handle: &ChangelogFilesHandle<'_>, depth: u32) -> Written {
        self.out.u8(match handle.storage {
            None => tag::CHANGELOG_FILES,
            Some(_) => tag::CHANGELOG_FILES_V2,
        });
        self.range(handle.range)?;
        self.out.count(handle.parts.len()).field("parts")?;
        for (index, (offset, part)) in handle.parts.iter().enumerate() {
            self.out.i64(*offset);
            self.stream(part, depth + 1).element("parts", index)?;
        }
        self.out.i64(handle.size);
        self.out.i64(handle.checkpointed_size);
        self.out
            .text(&handle.state_handle_id)
            .field("state_handle_id")?;
        match &handle.storage {
            Some(storage) => self.out.text(storage).field("storage"),
            None => Ok(()),
        }
    }
}
