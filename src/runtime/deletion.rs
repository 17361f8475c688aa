//! What would be deleted, and its deletion: each in a thread of its own, by the same code as from a shell.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded};

use super::Runtime;
use crate::action::deletion::{self, Deletion};
use crate::action::permission::{Permission, ReadOnly};
use crate::action::trash::{self, Course, TrashError, TrashErrorKind};
use crate::analysis::guard::GRACE;
use crate::app::message::Message;
use crate::app::operations::{News, OperationId, Progress};
use crate::app::planned::Planned;
use crate::app::planning::Wish;
use crate::app::staging::Frees;
use crate::config::connection::Connection;
use crate::domain::clock::Clock;
use crate::domain::cluster::{Cluster, ClusterId};
use crate::domain::location::Location;
use crate::domain::plan::Plan;
use crate::domain::size::{iec, thousands};
use crate::domain::text::scrub;
use crate::flink::poll::Poller;
use crate::inventory::observe::Request;
use crate::inventory::record::counted;
use crate::inventory::retention;
use crate::inventory::sight::{Sight, Terms};
use crate::inventory::together::freed_together;
use crate::store::local::path_of;

/// No more often is told how far something has come.
const BETWEEN_NEWS: Duration = Duration::from_millis(100);

impl Runtime {
    /// Says what deleting some snapshots frees, all of them together.
    pub(super) fn weigh(&self, generation: u64, places: Vec<Location>) {
        let inbox = self.inbox.clone();
        self.ask(move |observer| {
            let (bytes, is_bound) = freed_together(observer.catalog(), &places);
            let frees = Frees { bytes, is_bound };
            let _ = inbox.send(Message::StagedWeighed { generation, frees });
        });
    }

    /// Makes a plan.
    pub(super) fn plan(&self, generation: u64, wish: Wish, typed: Vec<String>, all_named: bool) {
        let inbox = self.inbox.clone();
        let tell = move |result: Result<Planned, String>| {
            let result = result.map(Arc::new);
            let _ = inbox.send(Message::Planned { generation, result });
        };
        let (view, otherwise) = (self.view(typed, all_named), tell.clone());
        let started = thread::Builder::new()
            .name("plan".to_owned())
            .spawn(move || {
                tell(view.seen().and_then(|seen| {
                    let planned = plan(&seen, &wish)?;
                    let refused = refused(&seen.terms, &planned.plan);
                    Ok(planned.refused(refused))
                }));
            });
        if let Err(error) = started {
            otherwise(Err(format!("cannot start to look: {error}")));
        }
    }

    /// Carries a plan out.
    pub(super) fn delete(
        &self,
        id: OperationId,
        plan: Arc<Plan>,
        typed: Vec<String>,
        all_named: bool,
    ) {
        let tell = Reporter {
            id,
            inbox: self.inbox.clone(),
            clock: self.rules.clock.clone(),
        };
        let Some(permission) = self.permission else {
            tell.finished(Err(ReadOnly.to_string()));
            return;
        };
        let (view, halted) = (self.view(typed, all_named), self.halt_of(id));
        let roots = plan.roots.iter().filter_map(|root| path_of(root).ok());
        let at_work = self.at_work(roots.map(|root| (root.to_owned(), plan.id.clone())));
        let otherwise = tell.clone();
        let started = thread::Builder::new()
            .name("delete".to_owned())
            .spawn(move || {
                let _at_work = at_work;
                let done = view
                    .seen()
                    .and_then(|seen| carry_out(permission, &seen, &plan, &halted, &tell));
                match done {
                    Ok(End::Done(text)) => tell.finished(Ok(text)),
                    Ok(End::Halted(text)) => tell.send(News::Halted(text)),
                    Err(why) => tell.finished(Err(why)),
                }
            });
        if let Err(error) = started {
            otherwise.finished(Err(format!("nothing was moved: {error}")));
        }
    }

    fn view(&self, typed: Vec<String>, all_named: bool) -> View {
        View {
            terms: Terms {
                within: Vec::new(),
                levels: self.levels,
                rules: self.rules.clone(),
                all_named,
                untouched: GRACE,
                typed,
            },
            observer: self.requests.clone(),
            clusters: self
                .clusters
                .iter()
                .map(|it| (it.id, it.connection.clone()))
                .collect(),
        }
    }
}

/// Where to look, and whom to ask.
struct View {
    terms: Terms,
    observer: Sender<Request>,
    clusters: Vec<(ClusterId, Connection)>,
}

/// How to look, and which clusters to ask.
struct Seen {
    terms: Terms,
    connections: Vec<(ClusterId, Connection)>,
}

impl Seen {
    /// What the clusters say now: what was heard of them last may be some seconds old.
    fn clusters(&self) -> Vec<Arc<Cluster>> {
        let clock = &self.terms.rules.clock;
        let connections = self.connections.iter();
        connections
            .map(|(id, connection)| Arc::new(Poller::new(*id, connection).poll(&|| clock.now())))
            .collect()
    }
}

impl View {
    fn seen(self) -> Result<Seen, String> {
        let (tell, told) = bounded(1);
        let asked = self.observer.send(Box::new(move |observer| {
            let _ = tell.send(observer.root_locations());
        }));
        let within = asked
            .ok()
            .and_then(|()| told.recv().ok())
            .ok_or("nothing is watched any more")?;
        Ok(Seen {
            terms: Terms {
                within,
                ..self.terms
            },
            connections: self.clusters,
        })
    }
}

fn plan(seen: &Seen, wish: &Wish) -> Result<Planned, String> {
    let (terms, clusters) = (&seen.terms, seen.clusters());
    match wish {
        Wish::Snapshots(places) => {
            let sight = Sight::around(terms, clusters, places).map_err(|it| it.to_string())?;
            let asked: Vec<(Location, String)> = places
                .iter()
                .map(|place| (place.clone(), "asked for".to_owned()))
                .collect();
            let plan = sight.judge(terms, "delete", &asked);
            Ok(Planned::new(plan, Vec::new(), sight.opened.problems))
        }
        Wish::Rules(policy, of) => {
            let sight = match of {
                Some(places) => Sight::around(terms, clusters, places),
                None => Sight::below(terms, clusters, &terms.within),
            };
            let sight = sight.map_err(|it| it.to_string())?;
            let (plan, kept) = retention::plan(policy, &sight, terms);
            Ok(Planned::new(plan, kept, sight.opened.problems))
        }
        Wish::Orphans => {
            let places = terms.within.clone();
            let sight =
                Sight::of(terms, clusters, Vec::new(), &places).map_err(|it| it.to_string())?;
            let (plan, mut remarks, staying) = sight.judge_asked_orphans(terms, &|_| true);
            remarks.extend(staying);
            Ok(Planned::new(plan, Vec::new(), remarks))
        }
    }
}

/// Why a plan could not be carried out as things are, and what can be done about that on the screen.
fn refused(terms: &Terms, plan: &Plan) -> Option<String> {
    if let Err(error) = deletion::refuse_unfinished(plan) {
        let fact = error.message;
        return Some(format!(
            "{fact}; T shows it, where r goes on with it and u puts it back"
        ));
    }
    Deletion::refusal(terms, plan).map(|error| words(&error))
}

/// How a deletion ended.
enum End {
    /// It was carried out.
    Done(String),
    /// Somebody halted it.
    Halted(String),
}

/// Looks once more, moves what still may go, and says what came of it.
fn carry_out(
    permission: Permission,
    seen: &Seen,
    plan: &Plan,
    halted: &AtomicBool,
    tell: &Reporter,
) -> Result<End, String> {
    let mut again = deletion::look_again(&seen.terms, seen.clusters(), plan)
        .map_err(|it| format!("nothing was moved: {it}"))?;
    let stays = again.changes.iter();
    for text in alike(
        stays.map(|(place, why)| (ending(place), why.clone())),
        "stay",
    ) {
        tell.remark(text);
    }
    if halted.load(Ordering::Relaxed) {
        return Ok(End::Halted("halted before anything was moved".to_owned()));
    }
    if again.plan.comes_to_nothing() {
        return Err("nothing of the plan may go any more; nothing was moved".to_owned());
    }
    let deletion = Deletion::prepare(&seen.terms, &again.plan, &again.asked);
    let deletion = deletion.map_err(|it| words(&it))?;
    let all = again.plan.going().count();
    let (mut files, mut bytes, mut left) = (0, 0_u64, 0);
    let now = AtomicU64::new(0);
    let mut needed = || again.meanwhile.objection(&seen.clusters(), &again.plan);
    let (done, end) = tell.along(halted, &now, |course| {
        deletion.carry_out(permission, &mut needed, course)
    });
    for (_, done) in done {
        let skipped = done.skipped.iter();
        let skipped = skipped.map(|it| (it.what.clone(), it.why.clone()));
        for text in alike(skipped, "stay") {
            tell.remark(text);
        }
        files += done.files;
        bytes = bytes.saturating_add(done.bytes);
        left += done.skipped.len() + done.left;
    }
    match end {
        Ok(()) => {}
        Err(TrashError {
            kind: TrashErrorKind::Interrupted | TrashErrorKind::CalledOff,
            ..
        }) => {
            return Ok(End::Halted(halted_after(now.into_inner(), all)));
        }
        Err(error) => return Err(words(&error)),
    }
    let gone = format!(
        "{} ({}) in the trash (T)",
        counted(files, "file"),
        iec(bytes)
    );
    Ok(End::Done(match left {
        0 => gone,
        left => format!("{gone}; {left} stayed"),
    }))
}

/// How far it came before somebody halted it, of all files.
fn halted_after(moved: u64, all: usize) -> String {
    if moved == 0 {
        return "halted before anything was moved".to_owned();
    }
    format!(
        "halted, {} of {} files moved; T, there r goes on and u puts them back",
        thousands(moved),
        thousands(all as u64)
    )
}

/// What stays for one reason, in one line however much it is.
fn alike(those: impl Iterator<Item = (String, String)>, verb: &str) -> Vec<String> {
    let mut by_reason: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, why) in those {
        by_reason.entry(why).or_default().push(name);
    }
    by_reason
        .into_iter()
        .map(|(why, names)| match names.as_slice() {
            [only] => format!("{only} {verb}s: {why}"),
            [first, ..] => format!(
                "{} {verb}, {first} first: {why}",
                thousands(names.len() as u64)
            ),
            [] => why,
        })
        .collect()
}

/// The end of a path, which tells a snapshot or one of its files well enough where the plan had it in full.
fn ending(place: &Location) -> String {
    let name = String::from_utf8_lossy(place.name()).into_owned();
    let home = place.parent();
    let name = match home.as_ref().map(Location::name) {
        Some(home) if !home.is_empty() => format!("{}/{name}", String::from_utf8_lossy(home)),
        _ => name,
    };
    scrub(&name).into_owned()
}

/// What went wrong, and what can be done about it.
pub(super) fn words(error: &TrashError) -> String {
    match &error.hint {
        Some(hint) => format!("{}; {hint}", error.message),
        None => error.message.clone(),
    }
}

/// Tells the screen of something under way in a store.
#[derive(Clone)]
pub(super) struct Reporter {
    pub(super) id: OperationId,
    pub(super) inbox: Sender<Message>,
    /// The clock by which trashes are kept.
    pub(super) clock: Arc<dyn Clock>,
}

impl Reporter {
    fn send(&self, news: News) {
        // When nobody listens any more the program is about to end.
        let _ = self.inbox.send(Message::Operation { id: self.id, news });
    }

    /// Says something that is to be known.
    pub(super) fn remark(&self, text: String) {
        self.send(News::Remark(text));
    }

    /// Says how it ended.
    pub(super) fn finished(&self, result: Result<String, String>) {
        self.send(News::Finished(result));
    }

    /// Does something, tells now and then how far it has come, and counts the files in `moved`.
    pub(super) fn along<T>(
        &self,
        interrupted: &AtomicBool,
        moved: &AtomicU64,
        act: impl FnOnce(&mut Course<'_>) -> T,
    ) -> T {
        let mut last: Option<Instant> = None;
        act(&mut Course {
            per_second: None,
            interrupted,
            clock: &*self.clock,
            tell: &mut |trash::Progress { step, done, of }| {
                moved.fetch_add(1, Ordering::Relaxed);
                if last.is_none_or(|last| last.elapsed() >= BETWEEN_NEWS) || done == of {
                    last = Some(Instant::now());
                    self.send(News::Progress(Progress {
                        done: done as u64,
                        of: of as u64,
                        what: step.phrase(),
                    }));
                }
            },
        })
    }
}
