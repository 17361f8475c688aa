//! A copy of a lineage, to see what would become of it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::analysis::document::FileScope;
use crate::analysis::order;
use crate::analysis::whatif::{File, Held, Piece, Use, World};
use crate::domain::location::Location;
use crate::domain::snapshot::Snapshot;
use crate::domain::text::scrub_bytes;

use super::catalog::Catalog;
use super::files::{FileId, Presence};
use super::record::{Content, Record};
use super::weigh::bytes_of;

/// The lineage of a snapshot, as it is now. Files that are not there are not in it.
pub fn world(catalog: &Catalog, of: &Location) -> Option<World> {
    let lineage = catalog.row(of)?.lineage;
    let rows: Vec<&Arc<Snapshot>> = catalog
        .rows()
        .filter(|row| row.lineage == lineage)
        .collect();
    let plain: Vec<&Snapshot> = rows.iter().map(|row| &***row).collect();
    let ages = order::ages(&plain);
    let mut oldest_first: Vec<usize> = (0..rows.len()).collect();
    oldest_first.sort_by_key(|&at| (ages[at], &rows[at].location));

    let mut world = World::default();
    let mut numbers: HashMap<FileId, usize> = HashMap::new();
    let mut leads_out = false;
    for at in oldest_first {
        let row = rows[at];
        let Some(record) = catalog.record(&row.location) else {
            continue;
        };
        let metadata = match &record.content {
            Content::Read(read) => Some(read.stat.bytes),
            Content::Unreadable { .. } => {
                world.remarks.push(format!(
                    "The metadata of {} cannot be read: it may name files that would go.",
                    row.name
                ));
                None
            }
            Content::Nothing { .. } => None,
        };
        leads_out |= row.sizes_are_bounds;
        let uses = uses(catalog, record, &mut numbers, &mut world.files);
        world.pieces.push(Piece::new(row.clone(), metadata, uses));
    }
    if leads_out && world.remarks.is_empty() {
        world.remarks.push(
            "Some files lie where nobody has looked for snapshots, or others cannot be read: who else names them is not known."
                .to_owned(),
        );
    }
    Some(world)
}

fn uses(
    catalog: &Catalog,
    record: &Record,
    numbers: &mut HashMap<FileId, usize>,
    all: &mut Vec<File>,
) -> Vec<Use> {
    let files = catalog.files();
    let home = record
        .job_directory()
        .unwrap_or_else(|| record.location.clone())
        .canonical();
    let merges = match &record.content {
        Content::Read(read) => read.facts.format.file_merging,
        _ => false,
    };
    let mut at_home = HashMap::new();
    let there = record
        .uses()
        .iter()
        .filter(|it| files.presence(it.file) != Presence::Missing);
    there
        .map(|usage| {
            let file = *numbers.entry(usage.file).or_insert_with(|| {
                all.push(File {
                    name: scrub_bytes(&files.name(usage.file)).into_owned(),
                    bytes: bytes_of(files, usage),
                });
                all.len() - 1
            });
            let directory = files.directory_of(usage.file);
            let is_at_home = *at_home
                .entry(directory)
                .or_insert_with(|| files.directory_location(directory).is_within(&home));
            let held = match usage.scope {
                FileScope::Exclusive => Held::Own,
                FileScope::Shared if !is_at_home => Held::Inherited,
                // Of a snapshot with merged files, what no handle deletes may be a part of one.
                FileScope::Shared if merges && !usage.disposed => Held::TaskManagers,
                FileScope::Shared => Held::Registry,
            };
            Use {
                file,
                held,
                disposed: usage.disposed,
            }
        })
        .collect()
}
