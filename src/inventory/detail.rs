//! Everything known of one snapshot, as a document: its metadata read anew, its files as the catalog knows them.

use crate::analysis::document::{
    Document, FateSection, FileScope, FileSection, MetadataSection, PathMappingSection, SCHEMA,
    ScopeSection,
};
use crate::analysis::explain::relations::{Relations, places};
use crate::analysis::references::LengthRule;
use crate::analysis::sections;
use crate::domain::location::Location;
use crate::domain::snapshot::{Fate, Health, Snapshot};
use crate::metadata;
use crate::store::Store;

use super::catalog::Catalog;
use super::files::{FileId, Presence};
use super::inspect::METADATA_LIMIT;
use super::layout;
use super::presence::{Problem, problem};
use super::relations;

/// The document of a snapshot that the catalog has a row for.
///
/// # Errors
/// In words, when there is no such row, or its metadata has gone or changed since.
pub fn document(
    catalog: &Catalog,
    store: &dyn Store,
    location: &Location,
    roots: &[Location],
) -> Result<Document, String> {
    let row = catalog
        .row(location)
        .ok_or_else(|| format!("there is no snapshot at {location}"))?;
    let mut document = without_metadata(row, catalog, roots);
    let Some(facts) = &row.facts else {
        return Ok(document);
    };

    let at = location.join(layout::METADATA);
    let bytes = store
        .read(&at, METADATA_LIMIT)
        .map_err(|error| error.to_string())?;
    let metadata = metadata::read(&bytes).map_err(|error| format!("cannot read {at}: {error}"))?;
    if metadata.checkpoint_id != facts.checkpoint_id || bytes.len() as u64 != facts.metadata_bytes {
        return Err(format!("{at} has changed since it was looked at"));
    }
    let (operators, named) = sections::operators(&metadata, location);
    document.metadata = Some(MetadataSection {
        version: metadata.version,
        bytes: bytes.len() as u64,
        checkpoint_id: metadata.checkpoint_id,
        trailing_bytes: metadata.trailing_bytes,
        written_by: facts.written_by.clone(),
    });
    document.properties = sections::properties(&metadata.properties);
    document.format = Some(facts.format);
    document.relocatable = Some(facts.relocatable);
    document.rescale = Some(facts.rescale);
    document.master_states = sections::master_states(&metadata.master_states);
    document.operators = operators;
    let known = KnownFiles::of(catalog, location);
    document.files = named
        .files
        .into_iter()
        .map(|(uri, reference)| {
            known.section(&uri, reference.relative, reference.length, reference.scope)
        })
        .collect();
    let (sharers, shared_files) = relations::sharers(catalog, location);
    document.relations = Relations {
        places: places(&metadata, location),
        sharers,
        shared_files,
        restarts: row.heirs.restored.clone(),
    };
    Ok(document)
}

fn without_metadata(row: &Snapshot, catalog: &Catalog, roots: &[Location]) -> Document {
    let unreadable = catalog
        .rows()
        .filter(|row| matches!(row.health, Health::Corrupt))
        .count();
    Document {
        schema: SCHEMA,
        uri: row.location.to_text(),
        kind: row.kind,
        kind_inferred: row.kind_inferred,
        health: row.health,
        restorable: row.is_restorable(),
        findings: row.findings.clone(),
        job_id: row.job_id.map(|job| job.to_string()),
        completed_at: row.completed_at.map(|time| time.to_string()),
        metadata: None,
        properties: None,
        fate: fate(&row.fate),
        format: None,
        relocatable: None,
        path_mapping: row.mapping.as_ref().map(|mapping| PathMappingSection {
            from: mapping.from.to_text(),
            to: mapping.to.to_text(),
            inferred: mapping.inferred,
        }),
        sizes: row.sizes,
        sizes_are_bounds: row.sizes_are_bounds,
        hard_linked: row.is_hard_linked,
        scope: ScopeSection {
            roots: roots.iter().map(Location::to_text).collect(),
            snapshots: catalog.rows().count(),
            unreadable,
        },
        rescale: None,
        master_states: Vec::new(),
        operators: Vec::new(),
        files: Vec::new(),
        relations: Relations::default(),
    }
}

/// What happens to a snapshot when, as a document has it.
pub fn fate(fate: &Fate) -> FateSection {
    FateSection {
        subsumed: fate.subsumed,
        finished: fate.finished,
        cancelled: fate.cancelled,
        failed: fate.failed,
        suspended: fate.suspended,
        inferred: fate.inferred,
        because: fate.because.clone(),
    }
}

/// The files of one snapshot, as the catalog resolved them, by the names that Flink's reader gives them.
struct KnownFiles<'c> {
    catalog: &'c Catalog,
    by_name: std::collections::HashMap<Vec<u8>, Vec<(FileId, LengthRule)>>,
    mapping: Option<crate::domain::snapshot::PathMapping>,
}

impl<'c> KnownFiles<'c> {
    fn of(catalog: &'c Catalog, location: &Location) -> Self {
        let mut by_name = std::collections::HashMap::<_, Vec<_>>::new();
        for usage in catalog
            .record(location)
            .map(super::record::Record::uses)
            .unwrap_or_default()
        {
            by_name
                .entry(catalog.files().name(usage.file))
                .or_default()
                .push((usage.file, usage.length));
        }
        let mapping = catalog.row(location).and_then(|row| row.mapping.clone());
        Self {
            catalog,
            by_name,
            mapping,
        }
    }

    fn section(
        &self,
        uri: &Location,
        relative: bool,
        length: LengthRule,
        scope: FileScope,
    ) -> FileSection {
        let files = self.catalog.files();
        let candidates = self
            .by_name
            .get(uri.name())
            .map(Vec::as_slice)
            .unwrap_or_default();
        let stored = uri.canonical();
        let mapped = self
            .mapping
            .as_ref()
            .and_then(|mapping| super::mapping::apply(mapping, uri));
        // Names are unique but for a handful; where one is not, the place tells.
        let known = match candidates {
            [only] => Some(*only),
            several => several.iter().copied().find(|(file, _)| {
                let place = files.location(*file);
                place == stored || Some(&place) == mapped.as_ref()
            }),
        };
        let (resolved, presence, users, length) = known.map_or_else(
            || (stored, Presence::Unknown, 1, length),
            |(file, rule)| {
                (
                    files.location(file),
                    files.presence(file),
                    files.users(file),
                    rule,
                )
            },
        );
        let (exists, bytes) = match presence {
            Presence::Present(bytes) => (Some(true), bytes),
            Presence::Missing => (Some(false), length.expected()),
            Presence::Unknown | Presence::Unreachable => (None, length.expected()),
        };
        let problem = problem(presence, length).map(|problem| match problem {
            Problem::Missing => "missing".to_owned(),
            Problem::Unreachable => "could not be looked at".to_owned(),
            Problem::WrongLength { found, expected } => {
                format!("{found} bytes instead of {expected}")
            }
        });
        FileSection {
            uri: uri.to_text(),
            relative,
            resolved: resolved.to_text(),
            bytes,
            scope,
            exists,
            problem,
            referenced_by: users,
        }
    }
}
