//! What a plan leaves to restart from, where that is not what it was.

use std::collections::BTreeSet;

use super::Question;
use crate::analysis::latest::choose;
use crate::analysis::marked;
use crate::domain::snapshot::Snapshot;
use crate::domain::time;

/// What has to be said where the newest restorable snapshot of a lineage goes and an older one takes its place. Nothing
/// stands in the way of that, but whoever asks for the latest gets another answer.
pub(super) fn remarks(question: &Question<'_>, going: &BTreeSet<usize>) -> Vec<String> {
    let rows = &question.graph.snapshots;
    let lineages: BTreeSet<_> = going.iter().map(|&at| rows[at].lineage).collect();
    let mut remarks = Vec::new();
    for lineage in lineages {
        let all = || {
            let rows = rows.iter().enumerate();
            rows.filter(|(_, row)| row.lineage == lineage)
                .map(|(at, row)| (at, &**row))
        };
        let staying = || all().filter(|(at, _)| !going.contains(at));
        let is_marked = |row: &Snapshot| {
            let mut marks = question.marks.iter();
            marks.any(|mark| marked::is_of(mark, row))
        };
        // A mark decides before any age, and what bears one stays.
        if staying().any(|(_, row)| row.is_restorable() && is_marked(row)) {
            continue;
        }
        let newest = choose(all().map(|(_, row)| row)).chosen;
        let next = choose(staying().map(|(_, row)| row)).chosen;
        let (Some(newest), Some(next)) = (newest, next) else {
            continue;
        };
        if newest.location == next.location {
            continue;
        }
        let of = question
            .name_of_lineage(next)
            .map_or_else(String::new, |name| format!(" of {name}"));
        let written = next.completed_at.map_or_else(String::new, |at| {
            format!(", written {}", time::ago(at, question.now))
        });
        remarks.push(format!(
            "{}, the newest restorable one{of}, goes: `stateward latest` answers {}{written}, from then on",
            newest.name, next.name
        ));
    }
    remarks
}
