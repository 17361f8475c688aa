//! `stateward trash restore`: some of what a deletion has moved away comes back.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use crate::action::trash::undone::Undone;
use crate::action::trash::whole::{self, Whole};
use crate::action::trash::{back, list, ways};
use crate::cli::args::TrashRestore;
use crate::cli::connect;
use crate::cli::interruption::interruption;
use crate::cli::report::{Outcome, Report, ReportKind};
use crate::cli::told::Told;
use crate::domain::text::scrub;

use super::{batches, locations, tell_what_does_not_come_back};

pub(super) fn run(
    args: &TrashRestore,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<Outcome, Report> {
    let permission = connect::permission_of(args.write)?;
    let mut deletions = whole::whole(batches(std::slice::from_ref(&args.path))?);
    deletions.retain(|it| args.plan.as_ref().is_none_or(|id| it.id == *id));
    let mut chosen: Vec<(Whole, BTreeSet<String>)> = deletions
        .into_iter()
        .map(|it| (it, BTreeSet::new()))
        .collect();
    for name in &args.names {
        let mut meant = BTreeMap::new();
        for (number, (deletion, _)) in chosen.iter().enumerate() {
            for part in &deletion.parts {
                let targets = part.known().into_iter().flat_map(|it| &it.targets);
                for target in targets.filter(|it| is_meant(name, &part.root, it)) {
                    let at = target.at.as_ref().unwrap_or(&target.name);
                    meant.insert((number, target.identity.clone()), at.clone());
                }
            }
        }
        let mut each = meant.keys();
        let (Some((number, identity)), None) = (each.next(), each.next()) else {
            return Err(not_one(args, name, meant.into_values()));
        };
        if let Some((_, identities)) = chosen.get_mut(*number) {
            identities.insert(identity.clone());
        }
    }
    chosen.retain(|(_, identities)| !identities.is_empty());
    let gone = locations(&args.gone)?;
    for (deletion, _) in &mut chosen {
        deletion.refuse_absent(&gone)?;
        tell_what_does_not_come_back(deletion, err)?;
    }
    let mut told = Told::new(args.json);
    let interrupted = interruption()?;
    for (deletion, identities) in &chosen {
        let mut coming = Vec::new();
        for part in &deletion.parts {
            let targets = part.known().map_or(&[][..], |it| &it.targets);
            let is_chosen = |at: usize| {
                let target = targets.get(at);
                target.is_some_and(|it| identities.contains(&it.identity))
            };
            coming.push(Undone::targets(&part.root, &deletion.id, is_chosen)?);
        }
        let identities: Vec<String> = identities.iter().cloned().collect();
        let done = Told::along(args.rate, &interrupted, err, |course| {
            let trees = deletion.trees();
            back::restore(permission, &trees, &deletion.id, &identities, course)
        })
        .map_err(|error| told.failed(error))?;
        let parts = || deletion.parts.iter();
        let is_alone = deletion.parts.len() == 1;
        for (part, done) in parts().zip(&done) {
            // Nothing of it lay in some roots.
            if is_alone || done.is_anything() {
                told.take(&part.root.shown(), done, out, err)?;
            }
        }
        for (part, coming) in parts().zip(&coming) {
            told.look_at(&part.root, &coming.coming(), err)?;
        }
    }
    told.end(out, err)
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

fn not_one(args: &TrashRestore, name: &str, meant: impl Iterator<Item = String>) -> Report {
    let (name, path) = (scrub(name), args.path.to_string_lossy());
    let places: Vec<String> = meant.map(|at| scrub(&at).into_owned()).collect();
    if !places.is_empty() {
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
    .hint(format!("{}; --json names all of it", ways::list([&*path])))
}
