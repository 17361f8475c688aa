//! What a snapshot is made of, so that it can be told from another at the same place.

use crate::domain::content::{Content, Making};
use crate::metadata::model::{Metadata, StreamHandle};

/// What this metadata tells a snapshot by; none where it names nothing that Flink named by chance, as of a job without state:
/// then that of another run says the same.
///
/// What is inline has such a name too (`org.apache.flink.runtime.state.filesystem.FsCheckpointStreamFactory`).
pub fn content(metadata: &Metadata<'_>) -> Option<Content> {
    let mut making = Making::new();
    making.add(&metadata.checkpoint_id.to_le_bytes());
    for operator in &metadata.operators {
        making.add(&operator.id.0);
    }
    let mut is_telling = false;
    for stream in metadata.stream_handles() {
        let name = match stream.handle {
            StreamHandle::Inline(handle) => &handle.name,
            StreamHandle::File { path, .. } | StreamHandle::Relative { path, .. } => path,
            StreamHandle::Segment(segment) => {
                making.add(segment.path.as_bytes());
                &segment.logical_file_id
            }
            // What is in them comes by itself.
            StreamHandle::KeyGroups(_) | StreamHandle::EmptySegment => continue,
        };
        making.add(name.as_bytes());
        is_telling = true;
    }
    is_telling.then(|| making.end())
}
