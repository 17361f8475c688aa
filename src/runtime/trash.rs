//! What lies in the trashes: read for the screen, put back, gone on with, and removed for good.

use std::fs;
use std::io;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::Runtime;
use crate::action::permission::{Permission, ReadOnly};
use crate::action::purge::{self, Ahead, Going};
use crate::action::resume;
use crate::action::surroundings::Surroundings;
use crate::action::torn::{self, Forecast, Torn};
use crate::action::trash::list::{self, Root};
use crate::action::trash::search::{Found, Search};
use crate::action::trash::undone::Undone;
use crate::action::trash::whole::{self, Whole};
use crate::action::trash::{self, Course, Done, GRACE, Stage, Step, TrashError, back};
use crate::app::message::Message;
use crate::app::operations::{News, OperationId, Progress};
use crate::app::trash::{Part, Row, What, Work};
use crate::config::connection::Connection;
use crate::domain::cluster::ClusterId;
use crate::domain::location::Location;
use crate::domain::text::scrub;
use crate::flink::poll::Poller;
use crate::inventory::catalog::Rules;
use crate::inventory::observe::Observer;
use crate::inventory::ours;
use crate::store::local::path_of;

/// No more often is told how far something has come.
const BETWEEN_NEWS: Duration = Duration::from_millis(50);

impl Runtime {
    pub(super) fn load_trash(&self) {
        let inbox = self.inbox.clone();
        self.ask(move |observer| {
            let _ = inbox.send(Message::Trash(rows(observer)));
        });
    }

    /// Says whether what would be put back would be whole, by a look in a thread of its own.
    pub(super) fn foresee(&self, work: Work) {
        let (inbox, rules, levels) = (self.inbox.clone(), self.rules.clone(), self.levels);
        self.ask(move |observer| {
            let around = surroundings(observer, rules, levels);
            let (otherwise, of) = (inbox.clone(), work.clone());
            let started = thread::Builder::new()
                .name("foresee".to_owned())
                .spawn(move || {
                    let _ = inbox.send(if work.what == What::Purge {
                        let result = ahead_of(&work, &around);
                        Message::PurgeForeseen { work, result }
                    } else {
                        let result = forecast(&work, &around);
                        Message::Foreseen { work, result }
                    });
                });
            if let Err(error) = started {
                let (work, why) = (of, error.to_string());
                let _ = otherwise.send(if work.what == What::Purge {
                    let result = Err(why);
                    Message::PurgeForeseen { work, result }
                } else {
                    let result = Err(why);
                    Message::Foreseen { work, result }
                });
            }
        });
    }

    /// Does something with what lies in the trash, in a thread of its own.
    pub(super) fn trash(&self, id: OperationId, work: Work) {
        let inbox = self.inbox.clone();
        let Some(permission) = self.permission else {
            tell(&inbox, id, News::Finished(Err(ReadOnly.to_string())));
            return;
        };
        let halt = self.halt_of(id);
        let parts = work.parts.iter();
        let at_work = self.at_work(parts.map(|part| (part.root.clone(), part.id.clone())));
        let (rules, levels) = (self.rules.clone(), self.levels);
        let clusters = self.clusters.iter();
        let clusters = clusters.map(|it| (it.id, it.connection.clone())).collect();
        self.ask(move |observer| {
            let worker = Worker {
                clusters,
                permission,
                around: surroundings(observer, rules, levels),
                halt,
                id,
                inbox: inbox.clone(),
            };
            let started = thread::Builder::new()
                .name("trash".to_owned())
                .spawn(move || {
                    let _at_work = at_work;
                    worker.run(&work);
                });
            if let Err(error) = started {
                tell(&inbox, id, News::Finished(Err(error.to_string())));
            }
        });
    }
}

fn tell(inbox: &Sender<Message>, id: OperationId, news: News) {
    // When nobody listens any more the program is about to end.
    let _ = inbox.send(Message::Operation { id, news });
}

/// Everything in the trashes of the watched roots and of the directories directly in them, and in all directories that
/// something of what is seen here would be deleted from.
fn rows(observer: &Observer) -> Vec<Row> {
    let roots = observer.root_locations();
    let snapshots = observer.catalog().rows();
    let snapshots: Vec<Location> = snapshots.map(|row| row.location.clone()).collect();
    let (mut search, mut out_of_sight) = (Search::default(), Vec::new());
    for root in &roots {
        let Ok(path) = path_of(root) else { continue };
        match closed(path) {
            None => search.below(path),
            Some(why) => out_of_sight.push(Row::Closed(why)),
        }
    }
    for place in ours::places(&roots, &snapshots) {
        if let Ok(path) = path_of(&place) {
            search.at(path);
        }
    }
    let (mut found, mut rows) = (Vec::new(), out_of_sight);
    rows.extend(search.passed_by().map(|it| Row::Closed(it.message)));
    for one in search.found() {
        match one {
            Ok(batch) => found.push(batch),
            Err(error) => rows.push(Row::Closed(error.message)),
        }
    }
    // Whoever does anything with one half has to see the other.
    let deletions = whole::whole(found);
    rows.extend(deletions.into_iter().flat_map(|it| it.parts).map(row));
    rows
}

/// Why nobody can look into the trash of a root, if that is so: an empty one looks different.
fn closed(root: &Path) -> Option<String> {
    let why = match fs::metadata(root) {
        Ok(found) if found.is_dir() => return None,
        Ok(_) => "is no directory".to_owned(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => "is not there".to_owned(),
        Err(error) => format!("cannot be looked at ({error})"),
    };
    let root = scrub(&root.to_string_lossy()).into_owned();
    Some(format!("{root} {why}: what lies in its trash is not known"))
}

fn row(found: Found) -> Row {
    Row::Batch {
        root: found.root.path().to_owned(),
        entry: Box::new(found.entry),
    }
}

/// Where to look for snapshots that name what is to go: wherever the screen looks.
fn surroundings(observer: &Observer, rules: Rules, levels: usize) -> Surroundings {
    let is_local = |root: &crate::inventory::scan::Root| path_of(&root.location).is_ok();
    Surroundings {
        gone: Vec::new(),
        also: observer.roots().filter(is_local).collect(),
        levels,
        rules,
        typed: Vec::new(),
    }
}

fn forecast(work: &Work, around: &Surroundings) -> Result<Forecast, String> {
    let target = match work.what {
        What::Restore(target) => Some(target),
        What::Undo | What::Resume | What::Purge => None,
    };
    let opened = work.parts.iter().map(|part| {
        let root = Root::open(&part.root).map_err(|error| error.to_string())?;
        Ok((root, part.id.clone()))
    });
    torn::foresee(
        &opened.collect::<Result<Vec<_>, String>>()?,
        target,
        &around.also,
    )
}

/// What goes for good of each part, and what stays.
fn ahead_of(work: &Work, around: &Surroundings) -> Result<Vec<Ahead>, String> {
    let Some(first) = work.parts.first() else {
        return Ok(Vec::new());
    };
    let opened = work.parts.iter().map(|part| Root::open(&part.root));
    let opened = opened.collect::<Result<Vec<Root>, TrashError>>();
    let opened = opened.map_err(|error| error.to_string())?;
    let roots: Vec<&Root> = opened.iter().collect();
    purge::foresee(all_of(&first.id, &roots), around)
}

/// All that a deletion has moved into these trashes; the screen leaves none out.
fn all_of<'r>(id: &'r str, roots: &'r [&'r Root]) -> Going<'r> {
    Going {
        id,
        roots,
        beside: &[],
    }
}

/// How many files a part is about, as far as can be told before it is begun.
fn ahead(what: What, part: &Part) -> usize {
    let entries = Root::open(&part.root).and_then(|root| list::list(&root));
    let entries = entries.unwrap_or_default();
    let entry = entries.into_iter().find(|it| it.id == part.id);
    let Some(known) = entry.and_then(|it| it.known.ok()) else {
        return 0;
    };
    match what {
        What::Restore(target) => known.targets.get(target).map_or(0, |it| it.files),
        What::Resume if known.stage == Some(Stage::Begun) => known.moves,
        What::Undo | What::Resume | What::Purge => known.files,
    }
}

/// Does one piece of work.
struct Worker {
    permission: Permission,
    around: Surroundings,
    /// Who is asked whether anybody needs what is half deleted.
    clusters: Vec<(ClusterId, Connection)>,
    halt: Arc<AtomicBool>,
    id: OperationId,
    inbox: Sender<Message>,
}

impl Worker {
    fn run(self, work: &Work) {
        let of = work.parts.iter().map(|it| ahead(work.what, it)).sum();
        let mut ended = Vec::new();
        let mut came = Vec::new();
        let end = self.carry_out(work, of, &mut ended, &mut came);
        for (_, done) in &ended {
            for remark in done.remarks() {
                tell(&self.inbox, self.id, News::Remark(remark));
            }
        }
        let told = ended
            .iter()
            .map(|(root, done)| format!("{} in {root}", done.phrase()));
        let told: Vec<String> = told.collect();
        if let Err(error) = end {
            let why = failure(&error, &told);
            tell(&self.inbox, self.id, News::Finished(Err(why)));
            return;
        }
        // Only once all of it is back can be told what is whole.
        for (root, snapshots) in &came {
            self.look_at(root, snapshots);
        }
        tell(&self.inbox, self.id, News::Finished(Ok(told.join("; "))));
    }

    /// Tells which of the snapshots that came back cannot be restored from.
    fn look_at(&self, root: &Root, snapshots: &[Location]) {
        let remarks = match torn::look(root, &self.around.also, snapshots) {
            Ok(torn) => torn.iter().map(Torn::sentence).collect(),
            Err(why) => vec![format!(
                "cannot tell whether what came back can be restored from: {why}"
            )],
        };
        for remark in remarks {
            tell(&self.inbox, self.id, News::Remark(remark));
        }
    }

    /// Does it in all roots, and adds what came of it in those that are done, by their names for people, and the snapshots that came back. It is told how far all
    /// of it has come, of so many files.
    fn carry_out(
        &self,
        work: &Work,
        of: usize,
        ended: &mut Vec<(String, Done)>,
        came: &mut Vec<(Rc<Root>, Vec<Location>)>,
    ) -> Result<(), TrashError> {
        let Some(first) = work.parts.first() else {
            return Ok(());
        };
        let (id, permission) = (&first.id, self.permission);
        let opened = work
            .parts
            .iter()
            .map(|it| Ok(Rc::new(Root::open(&it.root)?)));
        let roots = opened.collect::<Result<Vec<Rc<Root>>, TrashError>>()?;
        let trees: Vec<_> = roots.iter().map(|it| it.tree()).collect();
        let mut last: Option<Instant> = None;
        let mut counted = 0;
        let course = &mut Course {
            per_second: None,
            interrupted: &self.halt,
            clock: &*self.around.rules.clock,
            tell: &mut |progress: trash::Progress| {
                counted += 1;
                let of = of.max(counted);
                let is_due = last.is_none_or(|last| last.elapsed() >= BETWEEN_NEWS);
                if is_due || counted == of {
                    last = Some(Instant::now());
                    let progress = Progress {
                        done: counted as u64,
                        of: of as u64,
                        what: match progress.step {
                            Step::Metadata => Step::Files.phrase(),
                            step => step.phrase(),
                        },
                    };
                    tell(&self.inbox, self.id, News::Progress(progress));
                }
            },
        };
        let opened: Vec<&Root> = roots.iter().map(|it| &**it).collect();
        let coming = match work.what {
            What::Undo => opened.iter().map(|it| Undone::batch(it, id)).collect(),
            What::Restore(target) => Undone::one_in_all(&opened, id, target),
            What::Resume | What::Purge => Ok(Vec::new()),
        };
        let coming = coming?.into_iter().map(|it| it.coming());
        came.extend(roots.iter().cloned().zip(coming));
        match work.what {
            What::Undo => {
                let done = back::undo_all(permission, &trees, id, course)?;
                ended.extend(names(&opened).zip(done));
            }
            What::Restore(target) => {
                let done = back::restore_one(permission, &trees, id, target, course)?;
                let done = names(&opened).zip(done).enumerate();
                let done = done.filter(|(number, (_, it))| *number == 0 || it.is_anything());
                ended.extend(done.map(|(_, it)| it));
            }
            What::Purge => {
                let grace = (GRACE, course.clock.now());
                let going = all_of(id, &opened);
                let done = purge::purge(permission, going, grace, &self.around, course)?;
                ended.extend(names(&opened).zip(done));
            }
            What::Resume => {
                let parts = roots.iter().filter_map(|root| Found::of(root, id));
                // What was not begun in another root may keep what was in this one.
                let whole = whole::whole(parts.collect()).into_iter().next();
                let whole = whole.unwrap_or_else(|| Whole {
                    id: id.clone(),
                    parts: Vec::new(),
                });
                // What was heard of them last may be some seconds old.
                let clock = &self.around.rules.clock;
                let ask = || {
                    let clusters = self.clusters.iter();
                    let clusters = clusters.map(|(id, connection)| {
                        Arc::new(Poller::new(*id, connection).poll(&|| clock.now()))
                    });
                    clusters.collect()
                };
                let asked = resume::Asked {
                    clusters: &ask,
                    typed: &[],
                };
                let (done, end) = resume::resume(permission, &whole, &self.around, asked, course);
                let root = |number: usize| whole.parts[number].root.shown();
                ended.extend(done.into_iter().map(|(number, it)| (root(number), it)));
                end?;
            }
        }
        Ok(())
    }
}

/// Roots for people.
fn names(roots: &[&Root]) -> impl Iterator<Item = String> {
    roots.iter().map(|it| it.shown())
}

/// What went wrong, what to do about it, and what was done before.
fn failure(error: &TrashError, ended: &[String]) -> String {
    let mut text = error.message.clone();
    if let Some(hint) = &error.hint {
        text = format!("{text}; {hint}");
    }
    for earlier in ended {
        text = format!("{text}; {earlier}");
    }
    text
}
