//! What something ended half-way in a trash, and nobody has gone on with. Until somebody does, what it is about looks like
//! what Flink leaves behind, and nothing else is deleted in that root.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::half::place;

use super::trash::list::Known;
use super::trash::search::{Found, Search};
use super::trash::{Stage, TrashError, TrashErrorKind, files};
use crate::domain::asked::AskedCluster;
use crate::domain::location::Location;
use crate::domain::size::thousands;
use crate::domain::text::{scrub, shell_quote};
use crate::store::local::path_of;

/// A batch that something ended half-way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The root in whose trash it is.
    pub root: Location,
    /// Its id.
    pub id: String,
    /// What was ended.
    pub what: Act,
    /// Files of it that lie in the trash.
    pub moved: usize,
    /// How many there are in all.
    pub of: usize,
    /// The clusters that were asked whether anybody needs it.
    pub asked: Vec<AskedCluster>,
    /// The directories that files of it lay in, or lie in again, of which some lie in the trash.
    pub torn: BTreeSet<Location>,
}

/// What can be ended half-way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Files were on their way into the trash.
    Deletion,
    /// They were on their way back.
    Undo,
    /// They were being removed for good.
    Purge,
}

impl Act {
    /// All, in the order in which they are told.
    pub const ALL: [Self; 3] = [Self::Deletion, Self::Undo, Self::Purge];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deletion => "deletion",
            Self::Undo => "undo",
            Self::Purge => "purge",
        }
    }

    /// What is being ended half-way with a batch that has come so far; none where nothing is.
    fn of(known: &Known) -> Option<Self> {
        match known.stage? {
            _ if !known.is_unfinished => None,
            _ if known.is_restoring => Some(Self::Undo),
            Stage::Begun => Some(Self::Deletion),
            Stage::Undoing | Stage::Done | Stage::Undone => Some(Self::Undo),
            Stage::Purging | Stage::Purged => Some(Self::Purge),
        }
    }
}

/// What is unfinished in the trashes of some directories, and of the roots above some others as far as it is about these;
/// and which trashes could not be looked into, in words. What somebody is at work on right now is not among it.
pub fn find<'l>(
    directories: impl IntoIterator<Item = &'l Location>,
    below: &[Location],
) -> (Vec<Unfinished>, Vec<String>) {
    let mut search = Search::for_unfinished();
    for directory in directories {
        if let Ok(path) = path_of(directory) {
            search.at(path);
        }
    }
    for root in below {
        if let Ok(path) = path_of(root) {
            search.above(path);
        }
    }
    // A root above one that is a symbolic link is found by another name than what lies in it is known by.
    let real = |root: &Location| place(&path_of(root).ok()?.canonicalize().ok()?).ok();
    let links: Vec<(Location, &Location)> = below
        .iter()
        .filter_map(|root| Some((real(root)?, root)))
        .filter(|(real, root)| real != *root)
        .collect();
    let (mut unfinished, mut problems) = (Vec::new(), Vec::new());
    for found in search.found() {
        match found {
            Ok(found) => match &found.entry.known {
                Ok(known) if known.is_under_way => {}
                Ok(known) => unfinished.extend(Unfinished::of(&found, known, &links)),
                Err(why) => problems.push(why.clone()),
            },
            Err(error) => problems.push(error.to_string()),
        }
    }
    (unfinished, problems)
}

/// What lies in the trashes of some directories and nobody can tell of, in words: it takes room there for good, and nothing brings it
/// back.
pub fn unreadable<'l>(directories: impl IntoIterator<Item = &'l Location>) -> Vec<String> {
    let mut search = Search::for_unreadable();
    for directory in directories {
        if let Ok(path) = path_of(directory) {
            search.at(path);
        }
    }
    let found = search.found().into_iter().flatten();
    found.filter_map(|it| it.entry.known.err()).collect()
}

/// What of these batches is half-way, each by the root in whose trash it is. Whoever is at work on one of them is about to
/// be ended, and counts as ended.
pub fn left(batches: &BTreeSet<(PathBuf, String)>) -> Vec<Unfinished> {
    let mut search = Search::for_unfinished();
    for (root, _) in batches {
        search.at(root);
    }
    let found = search.found().into_iter().flatten();
    let ours = found.filter(|it| batches.iter().any(|(_, id)| *id == it.entry.id));
    ours.filter_map(|it| Unfinished::of(&it, it.entry.known.as_ref().ok()?, &[]))
        .collect()
}

/// Refuses to delete what a batch tears that is unfinished or under way, in whatever root above it that lies: what is left
/// of a snapshot looks like what Flink leaves behind, and is needed to make it whole again.
///
/// # Errors
/// When something of it is, or a trash above it cannot be read.
pub(super) fn refuse_torn<'l>(
    targets: &(impl Iterator<Item = &'l Location> + Clone),
) -> Result<(), TrashError> {
    let mut search = Search::for_unfinished();
    for path in targets.clone().filter_map(|it| path_of(it).ok()) {
        path.ancestors().skip(1).for_each(|above| search.at(above));
    }
    for found in search.found() {
        let found = found?;
        let known = match &found.entry.known {
            Ok(known) => known,
            Err(why) => return Err(TrashError::new(TrashErrorKind::Refused, why.clone())),
        };
        let Some(unfinished) = Unfinished::of(&found, known, &[]) else {
            continue;
        };
        if let Some(target) = targets.clone().find(|it| unfinished.tears(it)) {
            let message = format!(
                "cannot delete what is left of {}: {}",
                target.shown(),
                unfinished.fact()
            );
            return Err(
                TrashError::new(TrashErrorKind::Refused, message).hint(unfinished.remedy(""))
            );
        }
    }
    Ok(())
}

/// Refuses to begin anything in roots in whose trash something is half-way.
///
/// # Errors
/// When something is, or a trash cannot be read.
pub(super) fn refuse_any<'l>(
    roots: impl IntoIterator<Item = &'l Location>,
) -> Result<(), TrashError> {
    let (unfinished, problems) = find(roots, &[]);
    if let Some(first) = unfinished.first() {
        return Err(TrashError::new(TrashErrorKind::Refused, first.fact()).hint(first.remedy("")));
    }
    match problems.into_iter().next() {
        Some(problem) => Err(TrashError::new(TrashErrorKind::Refused, problem)),
        None => Ok(()),
    }
}

impl Unfinished {
    fn of(found: &Found, known: &Known, links: &[(Location, &Location)]) -> Option<Self> {
        let what = Act::of(known)?;
        let root = place(found.root.path()).ok()?;
        let mut torn = BTreeSet::new();
        // What is being removed for good lies nowhere else any more.
        for below in known.torn.iter().filter(|_| what != Act::Purge) {
            let at = root.join(below.as_bytes());
            for (real, link) in links {
                torn.extend(at.relative_to(real).map(|it| link.join(it).canonical()));
            }
            torn.insert(at.canonical());
        }
        Some(Self {
            torn,
            id: found.entry.id.clone(),
            moved: known.files,
            of: known.moves,
            asked: known.asked.clone(),
            what,
            root,
        })
    }

    /// Whether files of a snapshot lie in the trash while it counts as one that is there.
    pub fn tears(&self, snapshot: &Location) -> bool {
        self.torn.contains(&snapshot.canonical())
    }

    /// Why what no snapshot names may be what is left of it, in a few words: where it lies in the same root, or where files of it
    /// lay. What is being removed for good leaves nothing there.
    pub fn leaves(&self, at: &Location) -> Option<String> {
        let at = at.canonical();
        let may =
            at.is_within(&self.root.canonical()) || self.torn.iter().any(|torn| at.is_within(torn));
        let (what, id) = (self.what.word(), scrub(&self.id));
        (may && self.what != Act::Purge)
            .then(|| format!("the {what} {id} was ended half-way, and this may be left of it"))
    }

    /// What happened, without a full stop.
    pub fn fact(&self) -> String {
        let (id, root) = (scrub(&self.id), self.shown());
        let root = shell_quote(&root);
        let what = self.what.word();
        let (moved, of) = (thousands(self.moved as u64), files(self.of));
        let how_far = match self.what {
            Act::Deletion => format!("{moved} of its {of} lie in the trash"),
            Act::Undo => format!("{moved} of its {of} lie in the trash still"),
            Act::Purge => format!("{} of it are left", files(self.moved)),
        };
        format!("something ended the {what} {id} in {root} half-way: {how_far}")
    }

    /// What happened and what can be done about it, without a full stop; `asked` is as [`Self::remedy`] has it.
    pub fn sentence(&self, asked: &str) -> String {
        format!("{}; {}", self.fact(), self.remedy(asked))
    }

    /// What can be done about it from a shell. Whoever goes on with it asks the clusters that were named, by these flags; without
    /// any, those that were asked when a deletion was begun.
    pub fn remedy(&self, asked: &str) -> String {
        let id = shell_quote(&self.id).into_owned();
        let root = shell_quote(&self.shown()).into_owned();
        let own = AskedCluster::flags(&self.asked);
        let asked = if asked.is_empty() && self.what == Act::Deletion {
            &own
        } else {
            asked
        };
        let on = format!("`stateward resume {root}{asked} --write` goes on with it");
        match self.what {
            Act::Deletion => {
                format!("{on}, and `stateward undo {root} --plan {id} --write` puts it back")
            }
            Act::Undo | Act::Purge => on,
        }
    }

    /// What a snapshot that it tears is, in two words.
    pub fn word(&self) -> &'static str {
        match self.what {
            Act::Deletion => "half deleted",
            Act::Undo | Act::Purge => "half back",
        }
    }

    /// What happened to a snapshot that it tears, without a full stop.
    pub fn fact_about(&self, snapshot: &Location) -> Option<String> {
        let (id, root) = (scrub(&self.id), self.shown());
        self.tears(snapshot).then(|| match self.what {
            Act::Deletion => format!(
                "the deletion {id} in {root} moved files of it into the trash, its metadata first, and was ended half-way"
            ),
            Act::Undo | Act::Purge => format!(
                "files of it lie in the trash of {root} still, its metadata among them, as the undo of {id} was ended \
                 half-way"
            ),
        })
    }

    /// The root, for people and for a shell.
    pub fn shown(&self) -> String {
        let shown = self.root.shown();
        shown.strip_prefix("file:").unwrap_or(&shown).to_owned()
    }
}

/// How many are unfinished, and of what sort where they are of one: a deletion that reached into several roots is one.
pub fn summary(unfinished: &[Unfinished]) -> Option<String> {
    let count = |act: Act| {
        let those = unfinished.iter().filter(|it| it.what == act);
        those.map(|it| &it.id).collect::<BTreeSet<_>>().len()
    };
    let mut counts = Act::ALL.into_iter().map(|act| (count(act), act.word()));
    let mut there = counts.by_ref().filter(|(count, _)| *count > 0);
    let (first, word) = there.next()?;
    let others: usize = there.map(|(count, _)| count).sum();
    Some(match (first, others) {
        (1, 0) => format!("1 {word} unfinished"),
        (many, 0) => format!("{many} {word}s unfinished"),
        // Several sorts in a few cells.
        (first, others) => format!("{} unfinished", first + others),
    })
}
