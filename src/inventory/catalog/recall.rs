//! A catalog of what once was: rows as they were recorded, over records that are made of recorded metadata.

use std::sync::Arc;

use super::Catalog;
use crate::domain::snapshot::{PathMapping, Snapshot};
use crate::inventory::record::Content;
use crate::store::Store;

impl Catalog {
    /// Takes these rows for all that there is, as they are, with records of what the store says of each. Metadata that was read
    /// already is not read again; files are looked for each time.
    pub fn recall(&mut self, store: &dyn Store, rows: impl IntoIterator<Item = Arc<Snapshot>>) {
        let mut before = std::mem::take(&mut self.rows);
        for row in rows {
            let at = row.location.clone();
            let same = before.remove(&at).is_some_and(|it| it.facts == row.facts);
            if same && self.is_read(&row) {
                self.look_for_files_of(store, &at);
            } else {
                self.look_at(store, &at);
            }
            self.rows.insert(at, row);
        }
        for gone in before.into_keys() {
            self.forget(&gone);
        }
    }

    /// Where else the user has files looked for.
    pub fn mappings(&self) -> &[PathMapping] {
        &self.rules.mappings
    }

    /// Whether the metadata of a row could be read.
    pub fn is_read(&self, row: &Snapshot) -> bool {
        let record = self.records.get(&row.location);
        record.is_some_and(|record| matches!(record.content, Content::Read(_)))
    }
}
