//! Executes effects. The only room that starts threads of its own: one watches the roots and answers questions about
//! what is there, one asks each cluster, and one more runs for each check that reads files to their ends. A demonstration
//! has two of its own.

mod deletion;
pub mod demo;
pub mod ending;
pub mod history;
mod holds;
mod leaving;
mod marks;
mod operate;
pub mod record;
pub mod replay;
mod trash;

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, Sender, bounded, unbounded};
use jiff::SignedDuration;

use self::demo::Demo;
use self::history::{Historian, Keep, Told};
use crate::action::permission::Permission;
use crate::app::effect::{Depth, Effect};
use crate::app::message::{Message, Verified, Weighed};
use crate::app::operations::OperationId;
use crate::app::sheet::Sheet;
use crate::config::connection::Connection;
use crate::domain::cluster::ClusterId;
use crate::domain::location::Location;
use crate::flink::poll::Poller;
use crate::inventory::catalog::Rules;
use crate::inventory::delta::Delta;
use crate::inventory::observe::{Observer, Request};
use crate::inventory::scan::Root;
use crate::inventory::verify::{self, Verdict};
use crate::inventory::{detail, discover, whatif};
use crate::store::Store;

/// A cluster is left in peace for so long at least.
const SHORTEST_PAUSE: Duration = Duration::from_millis(200);

/// A cluster that is asked again and again.
struct Polled {
    id: ClusterId,
    connection: Connection,
    /// To ask it at once; it is left in peace when this is gone.
    wake: Sender<()>,
}

/// Watches roots in the background and executes effects. Everything ends when it is dropped.
pub struct Runtime {
    store: Arc<dyn Store>,
    requests: Sender<Request>,
    /// How to look, and how many levels deep, for whoever looks at everything afresh.
    rules: Rules,
    levels: usize,
    inbox: Sender<Message>,
    stopped: Arc<AtomicBool>,
    clusters: Vec<Polled>,
    /// What is demonstrated, where nothing is real.
    demo: Option<Demo>,
    /// Without it nothing is changed.
    permission: Option<Permission>,
    /// What halts each operation that moves files.
    halts: Mutex<HashMap<OperationId, Arc<AtomicBool>>>,
    /// In which roots files were moved, or may be.
    work: Mutex<leaving::Work>,
    /// The newest document asked for; older requests have nobody waiting for them.
    newest_document: Arc<AtomicU64>,
    /// The newest one asked for to weigh operators, likewise.
    newest_weighed: Arc<AtomicU64>,
    /// Who keeps the history.
    historian: Historian,
}

impl Runtime {
    /// Starts to watch roots. News and answers go to `inbox`.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn start(
        store: Arc<dyn Store>,
        rules: Rules,
        roots: Vec<Root>,
        inbox: Sender<Message>,
        keep: Keep,
    ) -> io::Result<Self> {
        let stopped = Arc::new(AtomicBool::new(false));
        let places = roots.iter().map(|root| root.location.clone()).collect();
        let historian = Historian::start(
            places,
            keep,
            rules.clock.clone(),
            inbox.clone(),
            stopped.clone(),
        )?;
        let history = historian.ear();
        let depths = roots.iter().map(|root| root.depth);
        // A root around one snapshot is looked at less deep than the directories are where others may name its files.
        let levels = depths.max().unwrap_or(0).max(discover::DEFAULT_DEPTH);
        let looks = rules.clone();
        let (requests, answered) = unbounded();
        let news = inbox.clone();
        let emit = Box::new(move |deltas: Vec<Delta>| {
            let _ = history.send(Told::Deltas(deltas.clone()));
            // When nobody listens any more the program is about to end.
            let _ = news.send(Message::Inventory(deltas));
        });
        let (at, stop) = (store.clone(), stopped.clone());
        thread::Builder::new()
            .name("observer".to_owned())
            .spawn(move || {
                Observer::new(at, rules, roots, stop, emit).run(&answered);
            })?;
        Ok(Self {
            store,
            requests,
            rules: looks,
            levels,
            inbox,
            stopped,
            clusters: Vec::new(),
            demo: None,
            permission: None,
            halts: Mutex::default(),
            work: Mutex::default(),
            newest_document: Arc::default(),
            newest_weighed: Arc::default(),
            historian,
        })
    }

    /// Executes an effect in the background. The terminal's own effects are not for here.
    pub fn execute(&self, effect: Effect) {
        match effect {
            Effect::LoadDocument {
                generation,
                location,
            } => self.load_document(generation, location),
            Effect::WeighOperators {
                generation,
                location,
            } => self.weigh_operators(generation, location),
            Effect::CopyLineage {
                generation,
                location,
            } => self.copy_lineage(generation, location),
            Effect::Verify { location, depth } => self.verify(location, depth),
            Effect::Rescan => self.rescan(),
            Effect::LookAgain => self.ask(|observer| {
                observer.look_at_everything();
            }),
            Effect::AddRoots(places) => self.add_roots(places),
            Effect::AskClusters => self.ask_clusters(),
            Effect::LoadMarks => self.load_marks(),
            Effect::Mark { mark, older } => {
                self.change("marks", move |permission| {
                    marks::put(permission, *mark, &older)
                });
            }
            Effect::Unmark(mark) => {
                self.change("marks", move |permission| marks::take(permission, &mark));
            }
            Effect::Operate {
                id,
                cluster,
                request,
            } => self.operate(id, cluster, *request),
            Effect::Hold(hold) => {
                let clock = self.rules.clock.clone();
                self.change("holds", move |permission| {
                    holds::set(permission, &*clock, *hold)
                });
            }
            Effect::Release(hold) => {
                self.change("holds", move |permission| holds::release(permission, &hold));
            }
            Effect::LoadTrash => self.load_trash(),
            Effect::Foresee(work) => self.foresee(work),
            Effect::Trash { id, work } => self.trash(id, work),
            Effect::WeighStaged { generation, places } => self.weigh(generation, places),
            Effect::Plan {
                generation,
                wish,
                typed,
                all_named,
            } => self.plan(generation, *wish, typed, all_named),
            Effect::Delete {
                id,
                plan,
                typed,
                all_named,
            } => self.delete(id, plan, typed, all_named),
            Effect::Halt(id) => self.halt(id),
            Effect::Demo(order) => {
                if let Some(demo) = &self.demo {
                    demo.obey(order);
                }
            }
            Effect::Recall(_) | Effect::Yank(_) | Effect::Suspend | Effect::Quit => {}
        }
    }

    /// Asks a cluster again and again, in a thread of its own, and passes on what it says.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn poll(&mut self, id: ClusterId, connection: &Connection) -> io::Result<()> {
        let (wake, woken) = bounded(1);
        let (inbox, polled) = (self.inbox.clone(), connection.clone());
        let (observer, clock) = (self.requests.clone(), self.rules.clock.clone());
        let history = self.historian.ear();
        thread::Builder::new()
            .name("cluster".to_owned())
            .spawn(move || {
                let mut poller = Poller::new(id, &polled);
                loop {
                    let cluster = Arc::new(poller.poll(&|| clock.now()));
                    let _ = history.send(Told::Cluster(cluster.clone()));
                    let told = cluster.clone();
                    let _ = observer.send(Box::new(move |observer| observer.hear(&told)));
                    if inbox.send(Message::Cluster(cluster)).is_err() {
                        return;
                    }
                    // A demonstration may run faster than what is real.
                    let next = SignedDuration::try_from(poller.pause()).unwrap_or_default();
                    let next = clock.until(clock.now().saturating_add(next).unwrap_or_default());
                    let pause = next.and_then(|it| Duration::try_from(it).ok());
                    let pause = pause
                        .unwrap_or(poller.pause())
                        .clamp(SHORTEST_PAUSE, poller.pause());
                    if woken.recv_timeout(pause) == Err(RecvTimeoutError::Disconnected) {
                        return;
                    }
                }
            })?;
        self.clusters.push(Polled {
            id,
            connection: connection.clone(),
            wake,
        });
        Ok(())
    }

    /// Takes over what is demonstrated; it ends with everything else.
    pub fn demonstrate(&mut self, demo: Demo) {
        self.demo = Some(demo);
    }

    /// Lets effects change something.
    pub fn allow(&mut self, permission: Permission) {
        self.permission = Some(permission);
    }

    /// What halts an operation that is about to begin; it is set when the program is about to end, too.
    fn halt_of(&self, id: OperationId) -> Arc<AtomicBool> {
        let mut halts = self.halts.lock().unwrap_or_else(PoisonError::into_inner);
        halts.entry(id).or_default().clone()
    }

    fn halt(&self, id: OperationId) {
        self.halt_of(id).store(true, Ordering::Relaxed);
    }

    fn ask_clusters(&self) {
        for cluster in &self.clusters {
            // Who is awake already need not be woken.
            let _ = cluster.wake.try_send(());
        }
    }

    fn add_roots(&self, places: Vec<Location>) {
        self.ask(move |observer| {
            for location in places {
                observer.add_root(Root {
                    location,
                    depth: discover::DEFAULT_DEPTH,
                });
            }
        });
    }

    fn ask(&self, request: impl FnOnce(&mut Observer) + Send + 'static) {
        // It only fails when the observer has ended, and then the program is about to.
        let _ = self.requests.send(Box::new(request));
    }

    fn load_document(&self, generation: u64, location: Location) {
        let newest = &self.newest_document;
        self.make_sheet(newest, generation, location, move |location, result| {
            Message::DocumentLoaded {
                generation,
                location,
                result,
            }
        });
    }

    fn weigh_operators(&self, generation: u64, location: Location) {
        let newest = &self.newest_weighed;
        self.make_sheet(newest, generation, location, move |location, result| {
            Message::OperatorsWeighed(Weighed {
                generation,
                location,
                result,
            })
        });
    }

    /// Reads a snapshot and makes its document ready to be shown, unless a newer one is asked for before that.
    fn make_sheet(
        &self,
        newest: &Arc<AtomicU64>,
        generation: u64,
        location: Location,
        answer: impl FnOnce(Location, Result<Arc<Sheet>, String>) -> Message + Send + 'static,
    ) {
        newest.fetch_max(generation, Ordering::Relaxed);
        let (newest, inbox) = (newest.clone(), self.inbox.clone());
        self.ask(move |observer| {
            if newest.load(Ordering::Relaxed) > generation {
                return;
            }
            let document = detail::document(
                observer.catalog(),
                &**observer.store(),
                &location,
                &observer.root_locations(),
            );
            let result = document.map(|document| Arc::new(Sheet::new(document)));
            let _ = inbox.send(answer(location, result));
        });
    }

    fn copy_lineage(&self, generation: u64, location: Location) {
        let inbox = self.inbox.clone();
        self.ask(move |observer| {
            let world = whatif::world(observer.catalog(), &location).map(Arc::new);
            let _ = inbox.send(Message::LineageCopied { generation, world });
        });
    }

    fn verify(&self, location: Location, depth: Depth) {
        let depth = match depth {
            Depth::Presence => verify::Depth::Exists,
            Depth::Contents => verify::Depth::Read,
        };
        let (inbox, store, stopped) =
            (self.inbox.clone(), self.store.clone(), self.stopped.clone());
        self.ask(move |observer| {
            observer.look_afresh_at(&location);
            let (mut verdict, to_read) = verify::check(
                observer.catalog(),
                &location,
                depth,
                &observer.root_locations(),
            );
            if depth < verify::Depth::Read {
                let _ = inbox.send(verified(location, &verdict, depth));
                return;
            }
            // Reading may take minutes, and the observer has rows to look after.
            let (elsewhere, at) = (inbox.clone(), location.clone());
            let started = thread::Builder::new()
                .name("verify".to_owned())
                .spawn(move || {
                    verify::read_all(&*store, &to_read, &mut verdict, &stopped, &mut |_| {});
                    let _ = elsewhere.send(verified(at, &verdict, depth));
                });
            if let Err(error) = started {
                let result = Err(format!("cannot start reading: {error}"));
                let _ = inbox.send(Message::Verified { location, result });
            }
        });
    }

    fn rescan(&self) {
        let inbox = self.inbox.clone();
        self.ask(move |observer| {
            observer.look_at_everything();
            let count = observer.catalog().rows().count();
            let _ = inbox.send(Message::Notice(format!(
                "looked at everything again: {count} snapshots"
            )));
        });
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        let halts = self.halts.get_mut().unwrap_or_else(PoisonError::into_inner);
        for halt in halts.values() {
            halt.store(true, Ordering::Relaxed);
        }
    }
}

fn verified(location: Location, verdict: &Verdict, depth: verify::Depth) -> Message {
    let result = Ok(Verified {
        sound: verdict.passed(),
        summary: verdict.summary(depth),
        details: verdict.problems.clone(),
    });
    Message::Verified { location, result }
}
