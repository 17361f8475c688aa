//! `stateward trash restore`: some of what a deletion has moved away comes back.

use std::io::Write;
use std::path::Path;

use crate::action::trash::search::Found;
use crate::action::trash::undone::Undone;
use crate::action::trash::{back, list};
use crate::cli::args::TrashRestore;
use crate::cli::connect;
use crate::cli::operate::interruption;
use crate::cli::report::{Outcome, Report, ReportKind};
use crate::cli::told::Told;
use crate::domain::text::scrub;

use super::batches;

pub(super) fn run(
    args: &TrashRestore,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, Report> {
    let permission = connect::permission_of(args.write)?;
    let mut batches = batches(std::slice::from_ref(&args.path))?;
    batches.retain(|it| args.plan.as_ref().is_none_or(|id| it.entry.id == *id));
    let mut chosen: Vec<(Found, Vec<String>)> =
        batches.into_iter().map(|it| (it, Vec::new())).collect();
    for name in &args.names {
        let mut meant = Vec::new();
        for (number, (it, _)) in chosen.iter().enumerate() {
            let targets = it.known().into_iter().flat_map(|it| &it.targets);
            let those = targets.filter(|target| is_meant(name, &it.root, target));
            meant
                .extend(those.map(|it| (number, it.at.clone().unwrap_or_else(|| it.name.clone()))));
        }
        let [(number, at)] = meant.as_slice() else {
            return Err(not_one(args, name, &meant));
        };
        if let Some((_, names)) = chosen.get_mut(*number) {
            names.push(at.clone());
        }
    }
    chosen.retain(|(_, names)| !names.is_empty());
    let mut told = Told::new(args.json);
    let interrupted = interruption()?;
    for (batch, names) in &chosen {
        let known = batch.known();
        let is_chosen = |at: usize| {
            let target = known.and_then(|it| it.targets.get(at));
            let name = target.map(|it| it.at.as_ref().unwrap_or(&it.name));
            name.is_some_and(|it| names.contains(it))
        };
        let coming = Undone::targets(&batch.root, &batch.entry.id, is_chosen)?;
        let done = Told::along(args.rate, &interrupted, err, |course| {
            back::restore(
                permission,
                batch.root.tree(),
                &batch.entry.id,
                names,
                course,
            )
        })?;
        told.take(&batch.root.shown(), &done, out, err)?;
        told.look_at(&batch.root, coming.snapshots(), err)?;
    }
    told.end(out)
}

/// Whether a target of which something lies in the trash is the one of this name, path, or end of a path.
fn is_meant(name: &str, root: &list::Root, target: &list::Target) -> bool {
    let is_at = |at: &String| {
        let ends = at
            .strip_suffix(name)
            .is_some_and(|rest| rest.ends_with('/'));
        at == name || ends || root.path().join(at) == Path::new(name)
    };
    target.files > 0 && (target.name == name || target.at.as_ref().is_some_and(is_at))
}

fn not_one(args: &TrashRestore, name: &str, meant: &[(usize, String)]) -> Report {
    let (name, path) = (scrub(name), args.path.to_string_lossy());
    if !meant.is_empty() {
        let places: Vec<_> = meant.iter().map(|(_, at)| scrub(at)).collect();
        return Report::new(
            ReportKind::Refused,
            format!("there are several {name} in the trash of {}", scrub(&path)),
        )
        .hint(format!(
            "name one by its path, or its batch by --plan ID: {}",
            places.join(", ")
        ));
    }
    Report::new(
        ReportKind::NothingFound,
        format!("there is no {name} in the trash of {}", scrub(&path)),
    )
    .hint("`stateward trash ls` lists what there is; --json names all of it")
}
