//! What the inventory tells its listeners: rows that appeared or changed, rows that went, how the roots fare.

use std::sync::Arc;

use crate::domain::location::Location;
use crate::domain::snapshot::{Lineage, RootStatus, Snapshot};

/// One change of what is known. Applied in order, they lead any listener to the same picture.
#[derive(Debug, Clone, PartialEq)]
pub enum Delta {
    /// A root's status changed.
    Root(RootStatus),
    /// A snapshot appeared or changed; the row replaces the one of the same location.
    Upserted(Arc<Snapshot>),
    /// A snapshot went.
    Removed(Location),
    /// The lineages changed; the list replaces the earlier one.
    Lineages(Arc<[Lineage]>),
    /// What lies in a directory `.stateward` may have changed: marks, holds, what is in the trash.
    Ours,
}
