//! Executes effects. The only room that starts threads of its own: one watches the roots and answers questions about
//! what is there, one asks each cluster, and one more runs for each check that reads files to their ends.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, Sender, bounded, unbounded};
use jiff::Timestamp;

use crate::action::mark;
use crate::action::operation::{self, OperationError};
use crate::action::permission::{Permission, ReadOnly};
use crate::app::effect::{Depth, Effect};
use crate::app::message::{Message, Verified};
use crate::app::operations::{News, OperationId};
use crate::app::sheet::Sheet;
use crate::config::connection::Connection;
use crate::domain::cluster::ClusterId;
use crate::domain::history::JobHistory;
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::flink::client::Client;
use crate::flink::poll::Poller;
use crate::inventory::catalog::Rules;
use crate::inventory::observe::{Observer, Request};
use crate::inventory::scan::Root;
use crate::inventory::verify::{self, Verdict};
use crate::inventory::{detail, discover, holds, marks, ours, restarts};
use crate::store::Store;

/// For so long an operation is followed; it may go on at the cluster.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(600);

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
    inbox: Sender<Message>,
    stopped: Arc<AtomicBool>,
    clusters: Vec<Polled>,
    /// Without it nothing is changed.
    permission: Option<Permission>,
    /// The newest document asked for; older requests have nobody waiting for them.
    newest_document: Arc<AtomicU64>,
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
    ) -> io::Result<Self> {
        let stopped = Arc::new(AtomicBool::new(false));
        let (requests, answered) = unbounded();
        let news = inbox.clone();
        let emit = Box::new(move |deltas| {
            // When nobody listens any more the program is about to end.
            let _ = news.send(Message::Inventory(deltas));
        });
        let (at, stop) = (store.clone(), stopped.clone());
        thread::Builder::new()
            .name("observer".to_owned())
            .spawn(move || {
                Observer::new(at, rules, roots, Timestamp::now, stop, emit).run(&answered);
            })?;
        Ok(Self {
            store,
            requests,
            inbox,
            stopped,
            clusters: Vec::new(),
            permission: None,
            newest_document: Arc::default(),
        })
    }

    /// Executes an effect in the background. The terminal's own effects are not for here.
    pub fn execute(&self, effect: Effect) {
        match effect {
            Effect::LoadDocument {
                generation,
                location,
            } => self.load_document(generation, location),
            Effect::Verify { location, depth } => self.verify(location, depth),
            Effect::Rescan => self.rescan(),
            Effect::AddRoots(places) => self.add_roots(places),
            Effect::AskClusters => self.ask_clusters(),
            Effect::LoadMarks => self.load_marks(),
            Effect::Mark { mark, older } => {
                self.change_marks(move |permission| put(permission, *mark, &older));
            }
            Effect::Unmark(mark) => self.change_marks(move |permission| take(permission, &mark)),
            Effect::Operate {
                id,
                cluster,
                request,
            } => self.operate(id, cluster, *request),
            Effect::Yank(_) | Effect::Suspend | Effect::Quit => {}
        }
    }

    /// Asks a cluster again and again, in a thread of its own, and passes on what it says.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn poll(&mut self, id: ClusterId, connection: &Connection) -> io::Result<()> {
        let (wake, woken) = bounded(1);
        let (inbox, polled) = (self.inbox.clone(), connection.clone());
        let observer = self.requests.clone();
        thread::Builder::new()
            .name("cluster".to_owned())
            .spawn(move || {
                let mut poller = Poller::new(id, &polled);
                loop {
                    let cluster = Arc::new(poller.poll(&Timestamp::now));
                    let told: Vec<JobHistory> = cluster
                        .jobs
                        .iter()
                        .filter_map(|it| JobHistory::of(it))
                        .collect();
                    let _ = observer.send(Box::new(move |observer| observer.learn(told)));
                    if inbox.send(Message::Cluster(cluster)).is_err() {
                        return;
                    }
                    if woken.recv_timeout(poller.pause()) == Err(RecvTimeoutError::Disconnected) {
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

    fn load_marks(&self) {
        let inbox = self.inbox.clone();
        self.ask(move |observer| send_marks(observer, &inbox));
    }

    /// Changes marks, says what came of it, and reads them again.
    fn change_marks(
        &self,
        change: impl FnOnce(Permission) -> Result<String, String> + Send + 'static,
    ) {
        let (inbox, requests) = (self.inbox.clone(), self.requests.clone());
        let permission = self.permission;
        // Another writer may hold the lock, and the observer has rows to look after.
        let started = thread::Builder::new()
            .name("mark".to_owned())
            .spawn(move || {
                let done = permission
                    .ok_or_else(|| ReadOnly.to_string())
                    .and_then(change)
                    .unwrap_or_else(|why| format!("marks are as they were: {why}"));
                let _ = inbox.send(Message::Notice(done));
                let _ = requests.send(Box::new(move |observer| send_marks(observer, &inbox)));
            });
        if let Err(error) = started {
            let text = format!("marks are as they were: {error}");
            let _ = self.inbox.send(Message::Notice(text));
        }
    }

    /// Lets effects change something.
    pub fn allow(&mut self, permission: Permission) {
        self.permission = Some(permission);
    }

    /// Carries out what a cluster is asked for, in a thread of its own.
    fn operate(&self, id: OperationId, cluster: ClusterId, request: operation::Request) {
        let inbox = self.inbox.clone();
        let ended = move |result| {
            let _ = inbox.send(Message::Operation {
                id,
                news: News::Ended(result),
            });
        };
        let known = self.clusters.iter().find(|it| it.id == cluster);
        let (Some(permission), Some(known)) = (self.permission, known) else {
            let refusal = ReadOnly.to_string();
            ended(Err(OperationError::refused(refusal)));
            return;
        };
        let (connection, stopped, inbox) = (
            known.connection.clone(),
            self.stopped.clone(),
            self.inbox.clone(),
        );
        let not_started = ended.clone();
        let started = thread::Builder::new()
            .name("operation".to_owned())
            .spawn(move || {
                let mut tell = |step| {
                    let _ = inbox.send(Message::Operation {
                        id,
                        news: News::Step(step),
                    });
                };
                let result = Client::new(connection)
                    .map_err(|error| OperationError::refused(error.to_string()))
                    .and_then(|client| {
                        operation::run(
                            permission,
                            &client,
                            &request,
                            OPERATION_TIMEOUT,
                            &stopped,
                            &mut tell,
                        )
                    });
                ended(result);
            });
        if let Err(error) = started {
            not_started(Err(OperationError::refused(error.to_string())));
        }
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
        self.newest_document
            .fetch_max(generation, Ordering::Relaxed);
        let (newest, inbox) = (self.newest_document.clone(), self.inbox.clone());
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
            let _ = inbox.send(Message::DocumentLoaded {
                generation,
                location,
                result,
            });
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
    }
}

fn send_marks(observer: &mut Observer, inbox: &Sender<Message>) {
    let rows = observer.catalog().rows();
    let snapshots: Vec<Location> = rows.map(|row| row.location.clone()).collect();
    let (marks, problems) = marks::read(&observer.root_locations(), &snapshots);
    let (holds, unheld) = holds::read(&observer.root_locations(), &snapshots);
    let problems = problems.into_iter().chain(unheld).collect();
    let _ = inbox.send(Message::Marks {
        marks,
        problems,
        holds,
    });
    observer.learn(restarts::read(&observer.root_locations(), &snapshots));
}

/// Marks a snapshot, and says where the mark lies.
fn put(permission: Permission, mark: Mark, older: &[Mark]) -> Result<String, String> {
    let mark = Mark {
        by: ours::whoever(),
        ..mark
    };
    let placed = mark::mark_instead(permission, &mark, older).map_err(|error| error.to_string())?;
    let aside = match &placed.aside {
        Some(why) => format!(", where only you see it, as this failed: {why}"),
        None => String::new(),
    };
    let standing = placed.standing.iter().map(|why| format!("; {why}"));
    Ok(format!(
        "{} is marked for restart; its path lies in {}{aside}{}",
        name_of(&mark),
        placed.pointer.display(),
        standing.collect::<String>()
    ))
}

fn name_of(mark: &Mark) -> String {
    String::from_utf8_lossy(mark.snapshot.name()).into_owned()
}

/// Takes a mark away.
fn take(permission: Permission, mark: &Mark) -> Result<String, String> {
    let home = ours::home(&mark.snapshot).ok_or("it lies in no directory")?;
    mark::unmark(permission, &home, &mark.lineage, &mark.jobs)
        .map_err(|error| error.to_string())?;
    Ok(format!("{} is no longer marked for restart", name_of(mark)))
}

fn verified(location: Location, verdict: &Verdict, depth: verify::Depth) -> Message {
    let result = Ok(Verified {
        sound: verdict.passed(),
        summary: verdict.summary(depth),
        details: verdict.problems.clone(),
    });
    Message::Verified { location, result }
}
