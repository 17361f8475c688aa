//! Keyed state handles.

use std::borrow::Cow;

use super::{Cursor, Layout, Reader};
use crate::metadata::error::{Parse, ReadErrorKind, TagSpace, Within};
use crate::metadata::model::{
    ChangelogFilesHandle, ChangelogHandle, ChangelogInlineHandle, IncrementalHandle,
    KeyGroupsLayout, KeyedHandle,
};
use crate::metadata::tag;
use crate::metadata::text::Text;

impl<'a> Reader<'a> {
    /// A handle with `depth` handles around it, or none for the tag of null.
    pub(super) fn keyed(&mut self, depth: u32) -> Parse<Option<KeyedHandle<'a>>> {
        let tag = self.cursor.u8()?;
        if tag == tag::NULL {
            return Ok(None);
        }
        self.check_depth(depth)?;
        Ok(Some(match tag {
            tag::INCREMENTAL | tag::INCREMENTAL_V2 => {
                KeyedHandle::Incremental(Box::new(self.incremental(tag, depth)?))
            }
            tag::KEY_GROUPS => self.keyed_groups(KeyGroupsLayout::V1, depth)?,
            tag::KEY_GROUPS_V2 => self.keyed_groups(KeyGroupsLayout::V2, depth)?,
            tag::SAVEPOINT_KEY_GROUPS => self.keyed_groups(KeyGroupsLayout::Savepoint, depth)?,
            tag::CHANGELOG | tag::CHANGELOG_V2 => {
                self.saw_changelog = true;
                KeyedHandle::Changelog(Box::new(self.changelog(tag, depth)?))
            }
            tag::CHANGELOG_INLINE => {
                self.saw_changelog = true;
                KeyedHandle::ChangelogInline(Box::new(self.changelog_inline()?))
            }
            tag::CHANGELOG_FILES | tag::CHANGELOG_FILES_V2 => {
                self.saw_changelog = true;
                KeyedHandle::ChangelogFiles(Box::new(self.changelog_files(tag, depth)?))
            }
            tag => {
                let space = TagSpace::Keyed;
                let kind = ReadErrorKind::UnknownTag { space, tag };
                return self.cursor.fail_back(1, kind);
            }
        }))
    }

    fn keyed_groups(&mut self, layout: KeyGroupsLayout, depth: u32) -> Parse<KeyedHandle<'a>> {
        let handle = self.key_groups(layout, depth)?;
        Ok(KeyedHandle::KeyGroups(Box::new(handle)))
    }

    fn incremental(&mut self, tag: u8, depth: u32) -> Parse<IncrementalHandle<'a>> {
        let second = tag == tag::INCREMENTAL_V2;
        Ok(IncrementalHandle {
            checkpoint_id: self.cursor.i64().field("checkpoint_id")?,
            backend_id: self.cursor.text().field("backend_id")?,
            range: self.range().field("range")?,
            checkpointed_size: if second {
                Some(self.cursor.i64().field("checkpointed_size")?)
            } else {
                None
            },
            meta: self.stream(depth + 1).field("meta")?,
            shared: self.local_files("shared", depth + 1)?,
            private: self.local_files("private", depth + 1)?,
            state_handle_id: if second {
                Some(self.state_handle_id()?)
            } else {
                None
            },
        })
    }

    fn changelog(&mut self, tag: u8, depth: u32) -> Parse<ChangelogHandle<'a>> {
        let range = self.range().field("range")?;
        if range.count == 0 {
            let kind = ReadErrorKind::BadValue {
                what: "the number of key groups of changelog state",
                value: 0,
            };
            return self.cursor.fail_back(4, kind).field("range");
        }
        let experimental = self.layout == Layout::ExperimentalChangelog;
        let checkpointed_size = if experimental {
            0
        } else {
            self.cursor.i64().field("checkpointed_size")?
        };
        let count = self.cursor.count(1).field("materialized")?;
        let mut materialized = Vec::new();
        for index in 0..count {
            // Flink drops nulls here, so the count is no measure of what to reserve.
            materialized.extend(self.keyed(depth + 1).element("materialized", index)?);
        }
        let count = self.cursor.count(1).field("non_materialized")?;
        let mut non_materialized = Vec::new();
        for index in 0..count {
            let handle = self.changelog_part(depth + 1);
            non_materialized.push(handle.element("non_materialized", index)?);
        }
        if experimental {
            return Ok(ChangelogHandle {
                range,
                checkpointed_size,
                materialized,
                non_materialized,
                materialization_id: 0,
                checkpoint_id: None,
                state_handle_id: Text::from(""),
            });
        }
        Ok(ChangelogHandle {
            range,
            checkpointed_size,
            materialized,
            non_materialized,
            materialization_id: self.cursor.i64().field("materialization_id")?,
            checkpoint_id: match tag {
                tag::CHANGELOG_V2 => Some(self.cursor.i64().field("checkpoint_id")?),
                _ => None,
            },
            state_handle_id: self.state_handle_id()?,
        })
    }

    /// Only handles of changes may follow the materialized part.
    fn changelog_part(&mut self, depth: u32) -> Parse<KeyedHandle<'a>> {
        match self.cursor.rest().first() {
            None
            | Some(&(tag::CHANGELOG_INLINE | tag::CHANGELOG_FILES | tag::CHANGELOG_FILES_V2)) => {}
            Some(&tag) => {
                let space = TagSpace::ChangelogPart;
                return self.cursor.fail(ReadErrorKind::UnknownTag { space, tag });
            }
        }
        match self.keyed(depth)? {
            Some(handle) => Ok(handle),
            None => self.cursor.fail_back(1, ReadErrorKind::MissingHandle),
        }
    }

    fn changelog_inline(&mut self) -> Parse<ChangelogInlineHandle<'a>> {
        let range = self.range().field("range")?;
        let from = self.cursor.i64().field("from")?;
        let to = self.cursor.i64().field("to")?;
        let count = self.cursor.count(8).field("changes")?;
        let mut changes = Cursor::list(count);
        for index in 0..count {
            let key_group = self.cursor.i32().element("changes", index)?;
            let bytes = self.cursor.blob().element("changes", index)?;
            changes.push((key_group, Cow::Borrowed(bytes)));
        }
        Ok(ChangelogInlineHandle {
            range,
            from,
            to,
            changes,
            state_handle_id: match self.layout {
                Layout::ExperimentalChangelog => Text::from(""),
                _ => self.state_handle_id()?,
            },
        })
    }

    fn changelog_files(&mut self, tag: u8, depth: u32) -> Parse<ChangelogFilesHandle<'a>> {
        let range = self.range().field("range")?;
        let count = self.cursor.count(9).field("parts")?;
        let mut parts = Cursor::list(count);
        for index in 0..count {
            let offset = self.cursor.i64().element("parts", index)?;
            let handle = self.required_stream(depth + 1).element("parts", index)?;
            parts.push((offset, handle));
        }
        let size = self.cursor.i64().field("size")?;
        if self.layout == Layout::ExperimentalChangelog {
            return Ok(ChangelogFilesHandle {
                range,
                parts,
                size,
                checkpointed_size: size,
                state_handle_id: Text::from(""),
                storage: None,
            });
        }
        Ok(ChangelogFilesHandle {
            range,
            parts,
            size,
            checkpointed_size: self.cursor.i64().field("checkpointed_size")?,
            state_handle_id: self.state_handle_id()?,
            storage: match tag {
                tag::CHANGELOG_FILES_V2 => Some(self.cursor.text().field("storage")?),
                _ => None,
            },
        })
    }

    fn state_handle_id(&mut self) -> Parse<Text<'a>> {
        self.cursor.text().field("state_handle_id")
    }
}
