//! What an update asks others to do.

use std::sync::Arc;

use super::demo::Order;
use super::operations::OperationId;
use super::planning::Wish;
use super::replay::Moment;
use super::trash::Work;
use crate::action::operation::Request;
use crate::domain::cluster::ClusterId;
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::domain::plan::Plan;

/// A wish, carried out outside of [`update`](super::update::update). Results come back as messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Read everything known of a snapshot. Only the newest generation matters; older requests may be dropped.
    LoadDocument {
        /// To be sent back with the answer.
        generation: u64,
        /// Which snapshot.
        location: Location,
    },
    /// Read a snapshot for its bytes by operator. Only the newest generation matters.
    WeighOperators {
        /// To be sent back with the answer.
        generation: u64,
        /// Which snapshot.
        location: Location,
    },
    /// Copy the lineage of a snapshot, to see what would become of it. Only the newest generation matters.
    CopyLineage {
        /// To be sent back with the answer.
        generation: u64,
        /// Which snapshot.
        location: Location,
    },
    /// Look at the files of a snapshot again.
    Verify {
        /// Which snapshot.
        location: Location,
        /// How closely.
        depth: Depth,
    },
    /// Walk all roots again, now, and say when that is done.
    Rescan,
    /// Walk all roots again, now.
    LookAgain,
    /// Watch these places, too.
    AddRoots(Vec<Location>),
    /// Ask all clusters again, now.
    AskClusters,
    /// Read what is marked for restart, what is held, and what is unfinished in the trashes.
    LoadMarks,
    /// Mark a snapshot for restart, in place of what is marked of its lineage.
    Mark {
        /// The mark to set.
        mark: Box<Mark>,
        /// Those to remove.
        older: Vec<Mark>,
    },
    /// Take a mark away.
    Unmark(Box<Mark>),
    /// Ask a cluster for something that changes it.
    Operate {
        /// To be sent back with all news.
        id: OperationId,
        /// Which cluster.
        cluster: ClusterId,
        /// For what.
        request: Box<Request>,
    },
    /// Hold a snapshot, in place of a hold of that name on it.
    Hold(Box<Hold>),
    /// Release a hold.
    Release(Box<Hold>),
    /// Read what lies in the trashes.
    LoadTrash,
    /// Say whether the snapshots that this would put back would be whole.
    Foresee(Work),
    /// Do something with what lies there.
    Trash {
        /// To be sent back with all news.
        id: OperationId,
        /// What, and with which.
        work: Work,
    },
    /// Say what deleting these snapshots frees, all of them together.
    WeighStaged {
        /// To be sent back with the answer.
        generation: u64,
        /// Which snapshots.
        places: Vec<Location>,
    },
    /// Say what would become of what is asked to go, by what is there now.
    Plan {
        /// To be sent back with the answer.
        generation: u64,
        /// What is asked to go.
        wish: Box<Wish>,
        /// What was typed to overrule objections.
        typed: Vec<String>,
        /// Whether somebody says that all directories are watched that may matter.
        all_named: bool,
    },
    /// Carry a plan out, as far as it still holds.
    Delete {
        /// To be sent back with all news.
        id: OperationId,
        /// The plan.
        plan: Arc<Plan>,
        /// What was typed to overrule objections.
        typed: Vec<String>,
        /// Whether somebody says that all directories are watched that may matter.
        all_named: bool,
    },
    /// Bring something that is under way in a store to a stop, at the next file.
    Halt(OperationId),
    /// Go to this moment of the recording: what is asked for from now on is asked of it.
    Recall(Moment),
    /// Tell the demonstration what to do with its time.
    Demo(Order),
    /// Put text into the clipboard of the terminal.
    Yank(String),
    /// Stop, and give the terminal back to the shell until continued.
    Suspend,
    /// Leave.
    Quit,
}

/// How closely a verification looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// Every file is there, with the right length.
    Presence,
    /// Every byte can be read.
    Contents,
}

impl Depth {
    /// What it does, after "verifying".
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Presence => "that every file is there, with the right length",
            Self::Contents => "that every byte can be read",
        }
    }
}
