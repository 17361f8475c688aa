//! From paths on the command line to a catalog of what is there.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use clap::CommandFactory as _;

use crate::domain::location::Location;
use crate::domain::text::scrub_bytes;
use crate::inventory::layout;
use crate::inventory::opened::Opened;
use crate::inventory::scan::Root;
use crate::store::Store;
use crate::store::local::{LocalStore, path_of};

use super::args::{Cli, How, Look};
use super::report::{Report, ReportKind};

/// The location that an argument names: a URI, or a path of the local file system. The metadata file of a snapshot
/// stands for the snapshot.
///
/// # Errors
/// When the working directory is gone, or there is a backslash in the path: to Flink, and so to all here, that is another one.
pub fn location(argument: &OsStr) -> Result<Location, Report> {
    let text = argument.as_bytes();
    let is_uri = text
        .iter()
        .position(|&b| b == b':')
        .is_some_and(|at| at > 1 && text[at + 1..].starts_with(b"/"));
    let location = if is_uri {
        refuse_backslash(text)?;
        Location::parse(text)
    } else {
        let path = std::path::absolute(Path::new(argument));
        let path = path.map_err(|error| {
            let shown = argument.display();
            let why = format!("cannot make an absolute path of {shown}: {error}");
            Report::new(ReportKind::Usage, why)
        })?;
        refuse_backslash(path.as_os_str().as_bytes())?;
        Location::local(path.as_os_str().as_bytes())
    };
    Ok(match location.parent() {
        Some(parent) if location.name() == layout::METADATA && location_is_file(&location) => {
            parent
        }
        _ => location,
    })
}

/// Refuses what would be taken for another place.
fn refuse_backslash(path: &[u8]) -> Result<(), Report> {
    if Location::can_name(path) {
        return Ok(());
    }
    let shown = scrub_bytes(path);
    Err(Report::new(
        ReportKind::Usage,
        format!("{shown} has a backslash in it, which Flink reads as a slash: that would be another place"),
    )
    .hint("rename the directory, or lead to it by a link or a mount whose path has none"))
}

/// The location of a snapshot that an argument names. Of a link it is that of what the link leads to: beside that lie its job's
/// other files, and its name tells what it is.
///
/// # Errors
/// When the working directory is gone.
pub fn snapshot(argument: &OsStr) -> Result<Location, Report> {
    let at = location(argument)?;
    let Ok(path) = path_of(&at) else {
        return Ok(at);
    };
    let is_link = fs::symlink_metadata(path).is_ok_and(|it| it.is_symlink());
    match path.canonicalize() {
        Ok(real) if is_link => location(real.as_os_str()),
        _ => Ok(at),
    }
}

fn location_is_file(location: &Location) -> bool {
    LocalStore
        .stat(location)
        .is_ok_and(|stat| stat.kind == crate::store::EntryKind::File)
}

/// The roots to look in for these arguments; the working directory where there is none.
///
/// # Errors
/// When the working directory is gone.
pub fn roots(paths: &[OsString], levels: usize) -> Result<(Vec<Location>, Vec<Root>), Report> {
    let here = [OsString::from(".")];
    let paths = if paths.is_empty() { &here } else { paths };
    let asked = paths
        .iter()
        .map(|path| location(path))
        .collect::<Result<Vec<_>, _>>()?;
    let mut roots: Vec<Root> = Vec::new();
    for root in asked.iter().map(|location| Root::around(location, levels)) {
        let real = |root: &Root| {
            path_of(&root.location)
                .ok()
                .and_then(|path| path.canonicalize().ok())
        };
        let again = |known: &Root| {
            known == &root
                || (known.depth == root.depth
                    && real(known).is_some()
                    && real(known) == real(&root))
        };
        if !roots.iter().any(again) {
            roots.push(root);
        }
    }
    Ok((asked, roots))
}

/// Which of some places are not there, for people: whoever waits for one, or knows nothing of it, may have misspelt it.
pub fn absent(places: &[Location]) -> Vec<String> {
    let is_absent = |at: &&Location| LocalStore.stat(at).is_err_and(|error| error.is_absence());
    let absent = places.iter().filter(is_absent);
    absent.map(Location::to_string).collect()
}

/// Looks at everything below the paths of a command.
///
/// # Errors
/// When one of the paths cannot be looked at; directories below them that cannot be are collected instead.
pub fn open(look: &Look) -> Result<Opened, Report> {
    let (asked, roots) = roots(&look.paths, look.how.levels())?;
    open_roots(&look.how, asked, roots)
}

/// Looks at everything below some roots.
///
/// # Errors
/// When one of the roots cannot be looked at.
pub fn open_roots(how: &How, asked: Vec<Location>, roots: Vec<Root>) -> Result<Opened, Report> {
    Ok(Opened::below(how.rules(), asked, roots)?)
}

/// Refuses a bare word that is no path: it was meant as a command.
///
/// # Errors
/// For the first such word.
pub fn refuse_misspelt_commands(paths: &[OsString]) -> Result<(), Report> {
    let is_word = |path: &&OsString| {
        path.as_bytes()
            .iter()
            .all(|b| b.is_ascii_alphanumeric() || *b == b'-')
            && !Path::new(path).exists()
    };
    match paths.iter().find(is_word) {
        None => Ok(()),
        Some(word) if Cli::command().find_subcommand(word).is_some() => Err(Report::new(
            ReportKind::Usage,
            format!("the command `{}` comes before all flags", word.display()),
        )
        .hint(format!("stateward {} --flag …", word.display()))),
        Some(word) => Err(Report::new(
            ReportKind::Usage,
            format!(
                "`{}` is neither a command nor an existing path",
                word.display()
            ),
        )
        .hint(format!(
            "`stateward help` lists the commands; for a path that is yet to come, write ./{}",
            word.display()
        ))),
    }
}
