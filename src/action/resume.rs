//! What something ended half-way is gone on with, after a fresh look at who names the files that are still to go.

use std::sync::Arc;

use jiff::Timestamp;

use super::apply::{self, Named};
use super::half::{place, refuse_held};
use super::needed::{Needs, trashes};
use super::permission::Permission;
use super::surroundings::{Around, Surroundings};
use super::trash::journal::{batch_of, state_of};
use super::trash::search::Found;
use super::trash::undone::Undone;
use super::trash::whole::Whole;
use super::trash::{Course, Done, Stage, TrashError, TrashErrorKind};
use super::trash::{list, purge, ways};
use super::who::Who;
use crate::analysis::guard::Word;
use crate::analysis::{heirs, overlay};
use crate::domain::asked::AskedCluster;
use crate::domain::cluster::{Cluster, Contact, JobState};
use crate::domain::history::identity;
use crate::domain::text::{scrub, shell_quote};
use crate::inventory::sight::half::{self, Half};
use crate::store::local::location_of;

/// Who is asked whether anybody needs what is half deleted, and what was typed of those that do not answer.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    /// Asks the clusters, afresh each time.
    pub clusters: &'a dyn Fn() -> Vec<Arc<Cluster>>,
    /// The words, as [`Word::of_silent`] has them.
    pub typed: &'a [String],
}

/// What they have said.
#[derive(Clone, Copy)]
struct Heard<'a> {
    clusters: &'a [Arc<Cluster>],
    typed: &'a [String],
}

/// Goes on with whatever was begun with a deletion, in all roots that it reached into. What came of those that are done, by
/// their places in the whole; and whether all are.
///
/// # Errors
/// When something that has gone half-way is held now, is by now the last that could be restored, a job of one of these
/// clusters needs it, one of them does not answer, or one that was asked when it was begun is not
/// among them, also where that comes to be so while it goes on: then all comes back. And as [`apply::resume_all`]: it stops
/// where it cannot be looked as it was when its plan was made.
pub fn resume(
    permission: Permission,
    whole: &Whole,
    around: &Surroundings,
    asked: Asked<'_>,
    course: &mut Course<'_>,
) -> (Vec<(usize, Done)>, Result<(), TrashError>) {
    let mut looks = Vec::new();
    // What is on its way back in one root comes back in all.
    let is_undoing = whole.is_undoing();
    let heard = Heard {
        clusters: &(asked.clusters)(),
        typed: asked.typed,
    };
    for part in &whole.parts {
        let look = may_go_on(part, is_undoing, around, heard, course.clock.now());
        match look {
            Ok(look) => looks.push(look),
            Err(error) => return (Vec::new(), Err(error)),
        }
    }
    let clock = course.clock;
    let mut needed = || {
        let clusters = &(asked.clusters)();
        let heard = Heard {
            clusters,
            typed: asked.typed,
        };
        let mut parts = whole.parts.iter();
        let now = clock.now();
        parts.find_map(|part| Some(may_go_on(part, false, around, heard, now).err()?.message))
    };
    let mut recheck = |number: usize| looks[number].who_names(&whole.parts[number], around);
    let (trees, id) = (whole.trees(), &whole.id);
    apply::resume_all(permission, &trees, id, &mut needed, &mut recheck, course)
}

/// How it is looked, again and again, who needs what is to go from one root.
enum Look<'r> {
    /// Into a trash: whoever names it on disk stays with what it names.
    In(Option<Who>),
    /// For good: whatever can be put back counts as well.
    Away(Option<Needs<'r>>),
}

impl<'r> Look<'r> {
    fn who_names(&mut self, part: &'r Found, around: &Surroundings) -> Result<Named, String> {
        let root: &'r list::Root = &part.root;
        let id = &part.entry.id;
        let around = || {
            let scope = list::scope(root.tree(), id).map_err(|error| error.to_string())?;
            around.of(root, &scope).map_err(|error| error.to_string())
        };
        match self {
            Self::In(who) => {
                let who = match who {
                    Some(who) => who,
                    none => none.insert(Who::new(around()?)),
                };
                Ok(who.look()?.naming(root.path()))
            }
            Self::Away(needs) => {
                let needs = match needs {
                    Some(needs) => needs,
                    none => none.insert(Needs::new(root, id, around()?)),
                };
                needs.look()
            }
        }
    }
}

/// Asks about one root before anything is done in the first one.
fn may_go_on<'r>(
    part: &Found,
    is_undoing: bool,
    around: &Surroundings,
    asked: Heard<'_>,
    now: Timestamp,
) -> Result<Look<'r>, TrashError> {
    let (root, id) = (&*part.root, &part.entry.id);
    if purge::is_under_way(root.tree(), id)? {
        return Ok(Look::Away(None));
    }
    if is_undoing || state_of(root.tree(), id)?.is_none() {
        return Ok(Look::In(None));
    }
    refuse_needed(root, id, asked)?;
    refuse_held(root, &place(root.path())?, id, now)?;
    if let Ok(around) = around.of(root, &list::scope(root.tree(), id)?) {
        // Where that cannot be had, it stops before any other file goes.
        refuse_objected(root, id, &around, asked.clusters)?;
    }
    Ok(Look::In(None))
}

/// Refuses to go on with a deletion while a job was started from what it is about: that may have been before its metadata was
/// out of reach, and after the clusters were asked last.
fn refuse_needed(root: &list::Root, id: &str, asked: Heard<'_>) -> Result<(), TrashError> {
    let Heard { clusters, typed } = asked;
    let is_deletion = state_of(root.tree(), id)?.is_some_and(|it| it.stage == Stage::Begun);
    let Some(batch) = batch_of(root.tree(), id)?.filter(|_| is_deletion) else {
        return Ok(());
    };
    let home = place(root.path())?;
    let targets = (0..batch.targets.len()).filter_map(|target| batch.place_of(target));
    let targets: Vec<Vec<u8>> = targets
        .map(|below| identity(&home.join(below.as_bytes())))
        .collect();
    let mut started = heirs::started_unseen(clusters, |at| !targets.contains(&identity(at)));
    let started = started.next().map(|(_, heirs::Unseen { who, at })| {
        format!("{who} was restored from {at} and has completed no checkpoint of its own")
    });
    let starting = || {
        let mut jobs = overlay::jobs(clusters);
        let is_starting = |state| matches!(state, JobState::Initializing | JobState::Created);
        let (cluster, job) =
            jobs.find(|(_, job)| is_starting(job.state) && job.restored.is_none())?;
        Some(format!(
            "job {} ({}) on {} is starting, and from what it does not tell yet",
            job.name, job.id, cluster.name
        ))
    };
    let undo = format!(
        "`stateward undo {} --write` puts it back",
        shell_quote(&root.shown())
    );
    let refused = |why: &str| {
        let message = format!(
            "cannot go on with the deletion {id} of {}: {why}",
            root.shown()
        );
        TrashError::new(TrashErrorKind::Refused, message)
    };
    if let Some(why) = started.or_else(starting) {
        return Err(refused(&why).hint(format!(
            "{undo}, or go on once the job has a checkpoint of its own"
        )));
    }
    let mut silent = clusters.iter().filter(|it| {
        let answers = matches!(it.contact, Contact::Answering { .. });
        !answers && !typed.contains(&Word::of_silent(&it.name))
    });
    if let Some(silent) = silent.next() {
        let name = &silent.name;
        let why = format!("{name} does not answer, and may run a job that was started from it");
        let word = shell_quote(&Word::of_silent(name)).into_owned();
        return Err(refused(&why).hint(format!(
            "{undo}; go on once it answers, or with --confirm {word} if nothing of it is in use there"
        )));
    }
    let Some(missed) = missed(&batch.asked, asked) else {
        return Ok(());
    };
    let (name, url) = (scrub(&missed.name), scrub(&missed.url));
    let name_and_url = if url.contains(&*name) {
        url.clone()
    } else {
        format!("{name} ({url})").into()
    };
    let why = format!(
        "{name_and_url} was asked when it was begun and is not asked now, and may run a job that was started from it"
    );
    let on = ways::resume_beside(&root.shown(), &batch.asked);
    let word = shell_quote(&Word::of_silent(&name)).into_owned();
    Err(refused(&why).hint(format!(
        "{on} asks it, and {undo}; go on without with --confirm {word} if nothing of it is in use there"
    )))
}

/// One that was asked when it was begun and is not now, and of which nobody typed that nothing is in use there.
fn missed<'b>(before: &'b [AskedCluster], now: Heard<'_>) -> Option<&'b AskedCluster> {
    before.iter().find(|it| {
        let is_asked = now.clusters.iter().any(|cluster| it.is(cluster));
        !is_asked && !now.typed.contains(&Word::of_silent(&scrub(&it.name)))
    })
}

/// Refuses to go on with a deletion where jobs that clusters tell of have come to need what goes, or may build on its files,
/// and where its metadata has gone and nothing else of a lineage could be restored by now: whatever was to be left may have been
/// deleted since. What was typed when it was planned overrules that as it did then.
fn refuse_objected(
    root: &list::Root,
    id: &str,
    around: &Around,
    clusters: &[Arc<Cluster>],
) -> Result<(), TrashError> {
    let is_deletion = state_of(root.tree(), id)?.is_some_and(|it| it.stage == Stage::Begun);
    let Some(batch) = batch_of(root.tree(), id)?.filter(|_| is_deletion) else {
        return Ok(());
    };
    let refused = |why: String| {
        let message = format!(
            "cannot go on with the deletion {id} of {}: {why}",
            root.shown()
        );
        Err(
            TrashError::new(TrashErrorKind::Refused, message).hint(format!(
                "{} puts it back; a new plan asks for the word that lets it go all the same, where there is one",
                ways::undo(&root.shown(), id)
            )),
        )
    };
    let (mut gone, mut going) = (Undone::default(), Vec::new());
    let halves = trashes(&around.roots, &[]);
    let halves = halves.map_err(|why| TrashError::new(TrashErrorKind::Refused, why))?;
    for half in halves.iter().filter(|it| it.entry.id == id) {
        gone = gone.and(Undone::batch(&half.root, id)?);
        let own = batch_of(half.root.tree(), id)?;
        for it in own
            .iter()
            .flat_map(|it| &it.moves[..it.metadata.min(it.moves.len())])
        {
            let at = half.root.path().join(&it.from);
            going.extend(location_of(&at).ok().and_then(|it| it.canonical().parent()));
        }
    }
    let terms = around.terms(batch.typed.iter().cloned().collect());
    let places = around.roots.iter().map(|root| root.location.clone());
    let half = Half {
        store: &gone,
        gone: gone.snapshots(),
        going: &going,
    };
    match half::objection(&terms, clusters.to_vec(), places, half) {
        Ok(None) => Ok(()),
        // Whoever looks who names the other files finds the same, and says so.
        Err(_) if batch.metadata < batch.moves.len() => Ok(()),
        Ok(Some(why)) | Err(why) => refused(why),
    }
}
