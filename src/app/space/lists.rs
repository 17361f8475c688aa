//! The lineages, and the snapshots of the chosen one, in order.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use super::{LineageRow, List, Order, Rest, Space, is_open};
use crate::app::model::Model;
use crate::domain::location::Location;
use crate::domain::snapshot::{Kind, Lineage, LineageId, Snapshot};

/// Works everything out again after the inventory changed. What was chosen stays chosen.
pub(in crate::app) fn refresh(model: &mut Model) {
    if !is_open(model) {
        return;
    }
    let chosen = model.space.chosen_lineage().map(|row| row.id);
    let snapshot = model
        .space
        .chosen_snapshot()
        .map(|snapshot| snapshot.location.clone());
    model.space.lineages = lineages(model);
    sort_lineages(&mut model.space);
    let rows = &model.space.lineages;
    let at = rows.iter().position(|row| Some(row.id) == chosen);
    let last = rows.len().saturating_sub(1);
    model.space.lineage = at.unwrap_or(model.space.lineage.min(last));
    list_snapshots(model, snapshot.as_ref().filter(|_| at.is_some()));
}

fn lineages(model: &Model) -> Vec<LineageRow> {
    let mut rows: HashMap<LineageId, LineageRow> = model
        .lineages
        .iter()
        .map(|lineage| (lineage.id, row(model, lineage)))
        .collect();
    for snapshot in model.snapshots.values() {
        let Some(row) = rows.get_mut(&snapshot.lineage) else {
            continue;
        };
        let count = match snapshot.kind {
            Kind::Savepoint => &mut row.savepoints,
            Kind::Checkpoint | Kind::ExternalizedCheckpoint => &mut row.checkpoints,
        };
        *count += 1;
        row.unsure |= snapshot.sizes_are_bounds;
        row.hard_linked |= snapshot.is_hard_linked;
        row.unchecked |= snapshot.unchecked_files > 0;
        row.most = row.most.max(snapshot.sizes.refer);
        if let Some(rest) = &mut row.rest
            && !model.is_latest(snapshot)
            && model.holds_on(snapshot).next().is_some()
        {
            rest.held += 1;
            // It stays for this one, whoever else may name it.
            rest.bytes = rest.bytes.saturating_sub(snapshot.sizes.freed);
        }
    }
    rows.into_values().collect()
}

fn row(model: &Model, lineage: &Lineage) -> LineageRow {
    let latest = lineage
        .latest
        .as_ref()
        .and_then(|latest| model.snapshots.get(latest));
    // One that builds on older checkpoints cannot do without them.
    let alone = latest.filter(|latest| {
        latest
            .facts
            .as_ref()
            .is_some_and(|facts| facts.regional.is_empty())
    });
    let rest = alone.map(|latest| Rest {
        latest: latest.name.clone(),
        held: 0,
        bytes: (lineage.space.held.total()).saturating_sub(latest.sizes.refer),
    });
    LineageRow {
        id: lineage.id,
        name: model.called(lineage).to_owned(),
        space: lineage.space,
        checkpoints: 0,
        savepoints: 0,
        unsure: false,
        hard_linked: false,
        unchecked: false,
        rest,
        most: 0,
    }
}

fn sort_lineages(space: &mut Space) {
    let order = space.order(List::Lineages);
    space.lineages.sort_by(|a, b| {
        let bytes = |row: &LineageRow| match order {
            Order::Size => row.space.total(),
            Order::Freed => row.space.held.alone,
        };
        bytes(b)
            .cmp(&bytes(a))
            .then_with(|| (&a.name, a.id).cmp(&(&b.name, b.id)))
    });
}

/// Lists the snapshots of the chosen lineage, with `chosen` chosen if it is one of them.
pub(super) fn list_snapshots(model: &mut Model, chosen: Option<&Location>) {
    let lineage = model.space.chosen_lineage().map(|row| row.id);
    let of_lineage = |snapshot: &&Arc<Snapshot>| Some(snapshot.lineage) == lineage;
    let rows = model.snapshots.values().filter(of_lineage);
    model.space.snapshots = rows.cloned().collect();
    sort_snapshots(&mut model.space);
    let rows = &model.space.snapshots;
    let at = chosen.and_then(|chosen| rows.iter().position(|row| row.location == *chosen));
    // The next one takes the place of one that went.
    let place = if chosen.is_some() {
        model.space.snapshot.min(rows.len().saturating_sub(1))
    } else {
        0
    };
    model.space.snapshot = at.unwrap_or(place);
}

fn sort_snapshots(space: &mut Space) {
    let order = space.order(List::Snapshots);
    space.snapshots.sort_by_key(|snapshot| {
        let sizes = &snapshot.sizes;
        let bytes = match order {
            Order::Size => (sizes.refer, sizes.freed),
            Order::Freed => (sizes.freed, sizes.refer),
        };
        (Reverse(bytes), Reverse(snapshot.completed_at))
    });
}
