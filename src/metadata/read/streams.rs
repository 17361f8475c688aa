//! Stream state handles: where bytes are.

use super::{Cursor, Reader};
use crate::metadata::error::{Parse, ReadErrorKind, TagSpace, Within};
use crate::metadata::model::{
    KeyGroupRange, KeyGroupsHandle, KeyGroupsLayout, LocalFile, MAX_PARALLELISM, NESTING_LIMIT,
    SegmentHandle, SegmentScope, StreamHandle,
};
use crate::metadata::tag;

impl<'a> Reader<'a> {
    /// A handle, or none for the tag of null.
    #[inline]
    pub(super) fn stream(&mut self, depth: u32) -> Parse<Option<StreamHandle<'a>>> {
        Ok(Some(match self.cursor.u8()? {
            tag::FILE => StreamHandle::File {
                size: self.cursor.i64().field("size")?,
                path: self.cursor.text().field("path")?,
            },
            tag::RELATIVE_FILE => StreamHandle::Relative {
                path: self.cursor.text().field("path")?,
                size: self.cursor.i64().field("size")?,
            },
            tag::INLINE => StreamHandle::Inline(self.inline()?),
            tag::NULL => return Ok(None),
            tag => self.rare_stream(tag, depth)?,
        }))
    }

    fn rare_stream(&mut self, tag: u8, depth: u32) -> Parse<StreamHandle<'a>> {
        match tag {
            tag::SEGMENT => Ok(StreamHandle::Segment(Box::new(self.segment()?))),
            tag::EMPTY_SEGMENT => Ok(StreamHandle::EmptySegment),
            tag::KEY_GROUPS => {
                self.check_depth(depth)?;
                let handle = self.key_groups(KeyGroupsLayout::V1, depth)?;
                Ok(StreamHandle::KeyGroups(Box::new(handle)))
            }
            tag => {
                let space = TagSpace::Stream;
                let kind = ReadErrorKind::UnknownTag { space, tag };
                self.cursor.fail_back(1, kind)
            }
        }
    }

    /// A handle where Flink fails on null.
    #[inline]
    pub(super) fn required_stream(&mut self, depth: u32) -> Parse<StreamHandle<'a>> {
        match self.stream(depth)? {
            Some(handle) => Ok(handle),
            None => self.cursor.fail_back(1, ReadErrorKind::MissingHandle),
        }
    }

    /// Fails, at the tag just read, when `depth` handles around it are too many.
    pub(super) fn check_depth(&self, depth: u32) -> Parse<()> {
        if depth < NESTING_LIMIT {
            return Ok(());
        }
        self.cursor.fail_back(1, ReadErrorKind::NestingTooDeep)
    }

    fn segment(&mut self) -> Parse<SegmentHandle<'a>> {
        let start = self.cursor.i64().field("start")?;
        let length = self.cursor.i64().field("length")?;
        let scope = match self.cursor.i32().field("scope")? {
            0 => SegmentScope::Exclusive,
            1 => SegmentScope::Shared,
            value => {
                let kind = ReadErrorKind::BadValue {
                    what: "the scope of a segment, which must be 0 or 1,",
                    value: i64::from(value),
                };
                return self.cursor.fail_back(4, kind).field("scope");
            }
        };
        Ok(SegmentHandle {
            start,
            length,
            scope,
            path: self.cursor.text().field("path")?,
            logical_file_id: self.cursor.text().field("logical_file_id")?,
        })
    }

    /// Key groups in a stream, after their tag.
    pub(super) fn key_groups(
        &mut self,
        layout: KeyGroupsLayout,
        depth: u32,
    ) -> Parse<KeyGroupsHandle<'a>> {
        let range = self.range().field("range")?;
        let offsets = self.cursor.offsets_of(range.count as usize);
        let offsets = offsets.field("offsets")?;
        let delegate = self.required_stream(depth + 1).field("delegate")?;
        let state_handle_id = match layout {
            KeyGroupsLayout::V2 => Some(self.cursor.text().field("state_handle_id")?),
            KeyGroupsLayout::V1 | KeyGroupsLayout::Savepoint => None,
        };
        Ok(KeyGroupsHandle {
            layout,
            range,
            offsets,
            delegate,
            state_handle_id,
        })
    }

    pub(super) fn range(&mut self) -> Parse<KeyGroupRange> {
        let first = self.cursor.i32()?;
        let count = self.cursor.i32()?;
        let (back, what, value) = match u32::try_from(count) {
            Err(_) => {
                let kind = ReadErrorKind::NegativeCount { count };
                return self.cursor.fail_back(4, kind);
            }
            Ok(groups) if groups > MAX_PARALLELISM => (
                4,
                "the number of key groups, which is at most 32768,",
                count,
            ),
            // Flink takes any first key group for the one empty range.
            Ok(1..) if first < 0 => (8, "the first key group", first),
            Ok(count) => return Ok(KeyGroupRange { first, count }),
        };
        let value = i64::from(value);
        self.cursor
            .fail_back(back, ReadErrorKind::BadValue { what, value })
    }

    /// Files of a local database. This is where a large metadata file has most of its bytes.
    pub(super) fn local_files(&mut self, field: &str, depth: u32) -> Parse<Vec<LocalFile<'a>>> {
        let count = self.cursor.count(3).field(field)?;
        let mut files = Cursor::list(count);
        for index in 0..count {
            files.push(self.local_file(depth).element(field, index)?);
        }
        Ok(files)
    }

    #[inline]
    fn local_file(&mut self, depth: u32) -> Parse<LocalFile<'a>> {
        Ok(LocalFile {
            name: self.cursor.text().field("name")?,
            handle: self.required_stream(depth)?,
        })
    }
}
