//! What ties a snapshot to others: who names its files, by the reference index.

use std::collections::HashSet;

use crate::analysis::explain::relations::Sharer;
use crate::domain::location::Location;

use super::catalog::Catalog;
use super::files::FileId;
use super::weigh::bytes_of;

/// The snapshots that name files of one, those that name most first, and how many of its files they name together. Only
/// those of its lineage are asked: sharing a file makes one.
pub fn sharers(catalog: &Catalog, snapshot: &Location) -> (Vec<Sharer>, u64) {
    let (Some(record), Some(row)) = (catalog.record(snapshot), catalog.row(snapshot)) else {
        return (Vec::new(), 0);
    };
    let files = catalog.files();
    let common: HashSet<FileId> = record
        .uses()
        .iter()
        .map(|usage| usage.file)
        .filter(|file| files.users(*file) > 1)
        .collect();
    if common.is_empty() {
        return (Vec::new(), 0);
    }
    let others = catalog
        .rows()
        .filter(|other| other.lineage == row.lineage && other.location != *snapshot);
    let mut found: Vec<Sharer> = others
        .filter_map(|other| {
            let uses = catalog.record(&other.location)?.uses();
            let named = uses.iter().filter(|usage| common.contains(&usage.file));
            let (count, bytes) = named.fold((0, 0_u64), |(count, bytes), usage| {
                (count + 1, bytes.saturating_add(bytes_of(files, usage)))
            });
            (count > 0).then(|| Sharer {
                name: other.name.clone(),
                uri: other.location.shown().into_owned(),
                job_id: other.job_id,
                kind: other.kind,
                files: count,
                bytes,
            })
        })
        .collect();
    found.sort_by(|a, b| (b.files, &b.uri).cmp(&(a.files, &a.uri)));
    (found, common.len() as u64)
}
