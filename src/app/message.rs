//! What can happen to the model.

use std::sync::Arc;

use jiff::Timestamp;

use super::command::CommandId;
use super::demo;
use super::key::Key;
use super::operations::{News, OperationId};
use super::planned::Planned;
use super::sheet::Sheet;
use super::staging::Frees;
use super::trash;
use crate::action::purge::Ahead;
use crate::action::torn::Forecast;
use crate::action::unfinished::Unfinished;
use crate::analysis::timeline::Timeline;
use crate::analysis::whatif::World;
use crate::domain::cluster::Cluster;
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::inventory::delta::Delta;

/// An event, from the keyboard, the clock, the inventory or a finished effect.
#[derive(Debug, Clone)]
pub enum Message {
    /// What is known of the store changed.
    Inventory(Vec<Delta>),
    /// What is known of a cluster, after it was asked once more.
    Cluster(Arc<Cluster>),
    /// What is known of the past.
    Past(Arc<Timeline>),
    /// The answer to [`LoadMarks`](super::effect::Effect::LoadMarks).
    Marks {
        /// What is marked, newest first.
        marks: Vec<Mark>,
        /// What could not be read.
        problems: Vec<String>,
        /// Holds in sight.
        holds: Vec<Hold>,
        /// Those of them that nobody else sees, as their root could not be written.
        aside: Vec<Hold>,
    },
    /// What something ended half-way in the trashes in sight; comes with [`Marks`](Self::Marks).
    Unfinished(Vec<Unfinished>),
    /// The answer to [`LoadTrash`](super::effect::Effect::LoadTrash), in any order.
    Trash(Vec<trash::Row>),
    /// The answer to [`Foresee`](super::effect::Effect::Foresee).
    Foreseen {
        /// As in the request.
        work: trash::Work,
        /// What will have come of it, or why that cannot be told.
        result: Result<Forecast, String>,
    },
    /// The answer to [`Foresee`](super::effect::Effect::Foresee) where something is to go for good.
    PurgeForeseen {
        /// As in the request.
        work: trash::Work,
        /// What of each part goes and stays, or why that cannot be told.
        result: Result<Vec<Ahead>, String>,
    },
    /// The answer to [`WeighStaged`](super::effect::Effect::WeighStaged).
    StagedWeighed {
        /// As in the request.
        generation: u64,
        /// What deleting them frees.
        frees: Frees,
    },
    /// The answer to [`Plan`](super::effect::Effect::Plan).
    Planned {
        /// As in the request.
        generation: u64,
        /// The plan made ready to be shown, or why there is none.
        result: Result<Arc<Planned>, String>,
    },
    /// News of an [`Operate`](super::effect::Effect::Operate).
    Operation {
        /// As in the request.
        id: OperationId,
        /// What happened.
        news: News,
    },
    /// A key was pressed; what it means depends on where.
    Key(Key),
    /// The same of a key that came in one with others, or just after the screen had another size: nobody has seen yet what came
    /// of those.
    Rushed(Key),
    /// A command, by whatever way it was chosen.
    Command(CommandId),
    /// Text was pasted.
    Pasted(String),
    /// A cell was pointed at.
    Click {
        /// From the left, from 0.
        column: u16,
        /// From the top, from 0.
        row: u16,
    },
    /// The time. Whoever drives the model sends one before and one after each batch of messages.
    Tick(Timestamp),
    /// The screen's size in cells.
    Resized {
        /// Width.
        columns: u16,
        /// Height.
        rows: u16,
    },
    /// The answer to [`LoadDocument`](super::effect::Effect::LoadDocument).
    DocumentLoaded {
        /// As in the request.
        generation: u64,
        /// As in the request.
        location: Location,
        /// The document made ready to be shown, or why there is none.
        result: Result<Arc<Sheet>, String>,
    },
    /// The answer to [`WeighOperators`](super::effect::Effect::WeighOperators).
    OperatorsWeighed(Weighed),
    /// The answer to [`CopyLineage`](super::effect::Effect::CopyLineage).
    LineageCopied {
        /// As in the request.
        generation: u64,
        /// The copy, unless the snapshot is gone.
        world: Option<Arc<World>>,
    },
    /// The answer to [`Verify`](super::effect::Effect::Verify).
    Verified {
        /// As in the request.
        location: Location,
        /// What was found, or why nothing could be.
        result: Result<Verified, String>,
    },
    /// The text of a [`Yank`](super::effect::Effect::Yank) went to the terminal, or why not.
    Yanked(Result<String, String>),
    /// Something that the user should read, once: the end of a rescan, a worker's trouble.
    Notice(String),
    /// How the demonstration goes.
    Demo(demo::News),
    /// The program runs again after it was stopped, on a screen that others have written to.
    Continued,
    /// The program is asked to stop: by the signal of this number, or as if by it.
    Terminate(u8),
}

/// The operators of a snapshot.
#[derive(Debug, Clone)]
pub struct Weighed {
    /// As in the request.
    pub generation: u64,
    /// As in the request.
    pub location: Location,
    /// The document made ready to be shown, or why there is none.
    pub result: Result<Arc<Sheet>, String>,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Whether nothing is wrong.
    pub sound: bool,
    /// One line: what was looked at, and how it went.
    pub summary: String,
    /// One line for each thing that is wrong.
    pub details: Vec<String>,
}
