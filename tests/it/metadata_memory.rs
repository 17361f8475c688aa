//! How much memory a model takes.

use std::borrow::Cow;

use stateward::metadata::model::{
    ChannelContent, KeyedHandle, LocalFile, Metadata, OperatorHandle, StreamHandle,
};
use stateward::metadata::text::Text;

/// The memory that a model takes beyond its own struct, without what it borrows.
pub(crate) fn memory(model: &Metadata<'_>) -> usize {
    list(&model.master_states, |state| {
        text(&state.name) + owned(&state.payload)
    }) + list(&model.operators, |operator| {
        let names = [&operator.name, &operator.uid];
        names.into_iter().flatten().map(text).sum::<usize>()
            + list(&operator.subtasks, |subtask| {
                let operators = [&subtask.managed_operator, &subtask.raw_operator];
                let keyeds = [&subtask.managed_keyed, &subtask.raw_keyed];
                let channels = [&subtask.input_channels, &subtask.output_channels];
                operators
                    .into_iter()
                    .flatten()
                    .map(|handle| operator_handle(handle))
                    .chain(keyeds.into_iter().flatten().map(keyed))
                    .chain(channels.map(|channels| {
                        list(channels, |channel| {
                            stream(&channel.delegate)
                                + match &channel.content {
                                    ChannelContent::Single(one) => owned(&one.offsets.0),
                                    ChannelContent::Merged(many) => {
                                        list(many, |(one, _)| owned(&one.offsets.0))
                                    }
                                }
                        })
                    }))
                    .sum()
            })
    })
}

fn list<T>(elements: &Vec<T>, inside: impl Fn(&T) -> usize) -> usize {
    elements.capacity() * size_of::<T>() + elements.iter().map(inside).sum::<usize>()
}

#[expect(
    clippy::ptr_arg,
    reason = "whether the bytes are borrowed is the question"
)]
fn owned(bytes: &Cow<'_, [u8]>) -> usize {
    match bytes {
        Cow::Borrowed(_) => 0,
        Cow::Owned(bytes) => bytes.capacity(),
    }
}

fn text(text: &Text<'_>) -> usize {
    owned(&text.0)
}

fn operator_handle(handle: &OperatorHandle<'_>) -> usize {
    size_of_val(handle)
        + list(&handle.states, |state| {
            text(&state.name) + owned(&state.offsets.0)
        })
        + stream(&handle.delegate)
}

fn stream(handle: &StreamHandle<'_>) -> usize {
    match handle {
        StreamHandle::KeyGroups(groups) => size_of_val(&**groups) + stream(&groups.delegate),
        StreamHandle::Segment(segment) => size_of_val(&**segment),
        _ => 0,
    }
}

fn files(files: &Vec<LocalFile<'_>>) -> usize {
    list(files, |file| text(&file.name) + stream(&file.handle))
}

fn keyed(handle: &KeyedHandle<'_>) -> usize {
    match handle {
        KeyedHandle::KeyGroups(handle) => size_of_val(&**handle) + stream(&handle.delegate),
        KeyedHandle::Incremental(handle) => {
            size_of_val(&**handle)
                + handle.meta.as_ref().map_or(0, stream)
                + files(&handle.shared)
                + files(&handle.private)
        }
        KeyedHandle::Changelog(handle) => {
            size_of_val(&**handle)
                + list(&handle.materialized, keyed)
                + list(&handle.non_materialized, keyed)
        }
        KeyedHandle::ChangelogInline(handle) => {
            size_of_val(&**handle) + list(&handle.changes, |(_, bytes)| owned(bytes))
        }
        KeyedHandle::ChangelogFiles(handle) => {
            size_of_val(&**handle) + list(&handle.parts, |(_, handle)| stream(handle))
        }
    }
}
