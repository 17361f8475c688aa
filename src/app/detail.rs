//! What is shown of the selected snapshot: its tabs, and its document.

use std::sync::Arc;

use super::sheet::Sheet;
use crate::domain::snapshot::Snapshot;

/// A tab of the detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tab {
    /// The facts first.
    Overview,
    /// State by operator.
    Operators,
    /// Every file.
    Files,
    /// Parallelisms.
    Rescale,
    /// What Flink does with it.
    Fate,
    /// Commands.
    Restart,
    /// What it is, in sentences.
    Explain,
}

impl Tab {
    /// All, in order.
    pub const ALL: [Self; 7] = [
        Self::Overview,
        Self::Operators,
        Self::Files,
        Self::Rescale,
        Self::Fate,
        Self::Restart,
        Self::Explain,
    ];

    /// The title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Operators => "Operators",
            Self::Files => "Files",
            Self::Rescale => "Rescale",
            Self::Fate => "Fate",
            Self::Restart => "Restart",
            Self::Explain => "Explain",
        }
    }

    /// Whether it is a list with a chosen row, not a text that scrolls.
    pub fn is_list(self) -> bool {
        matches!(self, Self::Operators | Self::Files | Self::Restart)
    }
}

/// A row of the operator tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperatorRow {
    /// Index into the sheet's operators.
    pub operator: usize,
    /// What of that operator.
    pub part: OperatorPart,
}

/// What a row of the operator tab shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperatorPart {
    /// The operator itself.
    Whole,
    /// One of its notes, by index.
    Note(usize),
    /// One of its subtasks, by index.
    Subtask(usize),
}

/// The document of the selected snapshot.
#[derive(Debug, Clone, Default)]
pub struct DocumentCache {
    /// The number of the last request.
    pub generation: u64,
    /// The row it was asked for.
    pub of: Option<Arc<Snapshot>>,
    /// What came back.
    pub state: DocumentState,
}

/// How far the document is.
#[derive(Debug, Clone, Default)]
pub enum DocumentState {
    /// Nothing is selected, or there is no metadata to make one from.
    #[default]
    Absent,
    /// Asked for.
    Loading,
    /// Here. It is also shown while a newer one of the same snapshot is on its way.
    Ready(Arc<Sheet>),
    /// It could not be read, for this reason.
    Failed(String),
}
