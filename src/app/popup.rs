//! What lies over the screen.

use super::dialog::{Dialog, Review};
use super::holds::Editor;
use super::planning::PlanReview;
use super::whatif::Beside;

/// Something over everything else.
#[derive(Debug, Clone, PartialEq)]
pub enum Popup {
    /// Every key.
    Help {
        /// First visible line.
        scroll: usize,
    },
    /// Commands by their words.
    Palette {
        /// What is typed.
        query: String,
        /// The chosen one of those that match.
        chosen: usize,
    },
    /// Columns to sort by.
    SortMenu {
        /// The chosen one.
        chosen: usize,
    },
    /// Fields to fill in.
    Dialog(Box<Dialog>),
    /// What is about to be asked, to be confirmed.
    Review {
        /// What.
        review: Box<Review>,
        /// First visible line.
        scroll: usize,
    },
    /// What would be deleted, file by file.
    Plan(Box<PlanReview>),
    /// What was asked for, and how far it is.
    Operations {
        /// First visible line.
        scroll: usize,
    },
    /// What is demonstrated, and what happened in it.
    Scene {
        /// First visible line.
        scroll: usize,
    },
    /// Holds on a snapshot, or all in sight.
    Holds(Editor),
    /// What lies in the trashes.
    Trash {
        /// The chosen row.
        chosen: usize,
        /// The chosen target of it, where the keys go there.
        target: Option<usize>,
    },
    /// Where the bytes are; the model has what it shows.
    Space,
    /// What happened when; the model has what it shows.
    Timeline,
    /// A copy of a lineage, to which things happen; the model has what it shows.
    WhatIf,
    /// The sorts of snapshots beside each other.
    Beside(Box<Beside>),
    /// The jobs of all clusters.
    Jobs {
        /// The chosen one.
        chosen: usize,
        /// First visible line of what is said about it.
        scroll: usize,
    },
}
