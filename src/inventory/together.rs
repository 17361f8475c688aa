//! What deleting several snapshots frees, all of them together: more than the sum of what each alone does, where they
//! share files with each other.

use std::collections::{BTreeSet, HashMap};

use super::catalog::Catalog;
use super::record::Content;
use super::weigh::bytes_of;
use crate::domain::location::Location;

/// Bytes that only these snapshots hold; and whether it may be less, as it is not known what others name, or files have
/// other hard links.
pub fn freed_together(catalog: &Catalog, places: &[Location]) -> (u64, bool) {
    let files = catalog.files();
    let mut named: HashMap<_, (u32, u64)> = HashMap::new();
    let (mut bytes, mut is_bound) = (0_u64, false);
    for place in places.iter().collect::<BTreeSet<_>>() {
        let (Some(record), Some(row)) = (catalog.record(place), catalog.row(place)) else {
            continue;
        };
        is_bound |= row.freed_is_bound();
        let Content::Read(read) = &record.content else {
            bytes = bytes.saturating_add(row.sizes.freed);
            continue;
        };
        bytes = bytes.saturating_add(read.stat.bytes);
        for usage in record.uses() {
            let file = named
                .entry(usage.file)
                .or_insert((0, bytes_of(files, usage)));
            file.0 += 1;
        }
    }
    let freed = named
        .iter()
        .filter(|(file, (times, _))| files.users(**file) == *times)
        .map(|(_, (_, bytes))| *bytes);
    (freed.fold(bytes, u64::saturating_add), is_bound)
}
