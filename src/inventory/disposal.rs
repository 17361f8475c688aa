//! What Flink's own disposal of a snapshot would delete, worked out from the reference index.

use std::collections::{HashMap, HashSet};

use crate::analysis::disposal::{Disposal, Loser};
use crate::domain::location::Location;

use super::catalog::Catalog;
use super::files::{FileId, Presence};
use super::record::{Content, Record};
use super::weigh::bytes_of;

/// What the disposal of a snapshot would come to. None where there is no metadata that can be read: Flink reads it first, and
/// refuses.
pub fn of(catalog: &Catalog, snapshot: &Location) -> Option<Disposal> {
    let record = catalog.record(snapshot)?;
    if !matches!(record.content, Content::Read(_)) {
        return None;
    }
    let files = catalog.files();
    let mut disposal = Disposal::default();
    let mut in_sight = HashMap::new();
    let mut shared: HashSet<FileId> = HashSet::new();
    let here = |file: FileId| files.presence(file) != Presence::Missing;
    for usage in record.uses().iter().filter(|usage| here(usage.file)) {
        let bytes = bytes_of(files, usage);
        let alone = files.users(usage.file) == 1;
        if !usage.disposed {
            disposal.left_files += u64::from(alone);
            disposal.left_bytes += if alone { bytes } else { 0 };
            continue;
        }
        let directory = files.directory_of(usage.file);
        disposal.leads_out |= !*in_sight
            .entry(directory)
            .or_insert_with(|| catalog.is_in_sight(directory));
        disposal.files += 1;
        disposal.bytes = disposal.bytes.saturating_add(bytes);
        if !alone {
            shared.insert(usage.file);
            disposal.shared_files += 1;
            disposal.shared_bytes = disposal.shared_bytes.saturating_add(bytes);
        }
    }
    let others = || catalog.records().filter(|it| it.location != *snapshot);
    disposal.takes_from = others()
        .filter_map(|other| loses(catalog, other, &shared))
        .collect();
    disposal
        .takes_from
        .sort_by(|a, b| (b.files, &a.uri).cmp(&(a.files, &b.uri)));
    let unread = others().filter(|it| matches!(it.content, Content::Unreadable { .. }));
    disposal.unread = unread.map(Record::name).collect();
    Some(disposal)
}

/// What another snapshot loses when these files go.
fn loses(catalog: &Catalog, other: &Record, going: &HashSet<FileId>) -> Option<Loser> {
    let lost = other.uses().iter().filter(|it| going.contains(&it.file));
    let (files, bytes) = lost.fold((0, 0_u64), |(files, bytes), usage| {
        (
            files + 1,
            bytes.saturating_add(bytes_of(catalog.files(), usage)),
        )
    });
    (files > 0).then(|| Loser {
        name: other.name(),
        uri: other.location.to_text(),
        files,
        bytes,
        restorable: catalog
            .row(&other.location)
            .is_some_and(|row| row.is_restorable()),
    })
}
