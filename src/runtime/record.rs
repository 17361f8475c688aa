//! Records: what the inventory and the clusters tell goes into one file, in the order in which it was told.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};
use jiff::Timestamp;

use crate::action::history::{Disk, Recording};
use crate::config::connection::Connection;
use crate::domain::cluster::{Cluster, ClusterId};
use crate::domain::event::{Event, What};
use crate::domain::location::Location;
use crate::domain::snapshot::RootState;
use crate::flink::discover;
use crate::flink::poll::{Poller, not_yet};
use crate::inventory::catalog::Rules;
use crate::inventory::chronicle::contents::{Contents, Keep};
use crate::inventory::chronicle::{Chronicle, Detail};
use crate::inventory::delta::Delta;
use crate::inventory::observe::{Observer, Request};
use crate::inventory::scan::Root;
use crate::inventory::{self, holds, marks};
use crate::store::Store;

use super::ending::stop_when_told;

/// So long the first look waits for what clusters say first.
const FIRST_WORD: Duration = Duration::from_secs(3);

/// What is to be recorded.
pub struct Wanted {
    /// How to look.
    pub rules: Rules,
    /// Where to look; where clusters say, if that is nowhere.
    pub roots: Vec<Root>,
    /// The clusters to ask.
    pub clusters: Vec<Connection>,
    /// Whether metadata goes in.
    pub keep: Keep,
}

/// What was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// How many lines: what happened, and what a replay needs beside that to show how things stood.
    pub lines: u64,
    /// From when
    pub from: Timestamp,
    /// until when.
    pub until: Timestamp,
}

/// Records until something comes from `ends`, or it cannot be written any more.
///
/// # Errors
/// When the file cannot be written any more, or the system refuses a thread.
pub fn record(
    store: Arc<dyn Store>,
    wanted: Wanted,
    recording: Recording,
    ends: Receiver<()>,
) -> io::Result<Recorded> {
    let stopped = Arc::new(AtomicBool::new(false));
    let tape = Arc::new(Tape {
        spool: Mutex::new(Spool {
            recording,
            chronicle: Chronicle::after(&[], Detail::Rows),
            contents: Contents::new(wanted.keep),
            begun: Vec::new(),
            places: Vec::new(),
            failure: None,
            is_over: false,
        }),
        stopped: stopped.clone(),
    });
    let places = wanted.roots.iter().map(|root| root.location.clone());
    let clusters: Vec<_> = wanted
        .clusters
        .into_iter()
        .zip((0..).map(ClusterId))
        .collect();
    tape.begin(places.collect(), &clusters);
    let (requests, answered) = unbounded::<Request>();
    stop_when_told(ends, stopped.clone(), requests.clone())?;
    // Where nobody says where to look, the clusters do.
    let discovers = wanted.roots.is_empty();
    let asked = clusters.len();
    for (connection, id) in clusters {
        let (tape, requests) = (tape.clone(), requests.clone());
        thread::Builder::new()
            .name("cluster".to_owned())
            .spawn(move || ask(Poller::new(id, &connection), discovers, &tape, &requests))?;
    }
    let told = tape.clone();
    let emit = Box::new(move |deltas: Vec<Delta>| told.take_in(&deltas, &requests));
    let mut observer = Observer::new(store, wanted.rules, wanted.roots, stopped, emit);
    // What clusters have under way looks left behind to whoever goes by the disk alone, so they are heard first.
    let until = Instant::now() + FIRST_WORD;
    for _ in 0..asked {
        let Ok(request) = answered.recv_deadline(until) else {
            break;
        };
        request(&mut observer);
        if tape.stopped.load(Ordering::Relaxed) {
            break;
        }
    }
    observer.run(&answered);
    // What was seen last belongs to the recording as a whole.
    while let Ok(request) = answered.try_recv() {
        request(&mut observer);
    }
    tape.end()
}

/// Asks one cluster until all is over.
fn ask(mut poller: Poller, discovers: bool, tape: &Tape, requests: &Sender<Request>) {
    while !tape.stopped.load(Ordering::Relaxed) {
        let cluster = poller.poll(&Timestamp::now);
        tape.hear(&cluster);
        let new = if discovers {
            discover::directories(&cluster)
        } else {
            Vec::new()
        };
        let request = Box::new(move |observer: &mut Observer| {
            observer.hear(&cluster);
            for location in new {
                observer.add_root(Root {
                    location,
                    depth: inventory::discover::DEFAULT_DEPTH,
                });
            }
        });
        if requests.send(request).is_err() {
            return;
        }
        thread::sleep(poller.pause());
    }
}

/// What is recorded on; several threads write to it.
struct Tape {
    spool: Mutex<Spool>,
    /// Set when no more can be written.
    stopped: Arc<AtomicBool>,
}

struct Spool {
    recording: Recording,
    chronicle: Chronicle,
    contents: Contents,
    /// The roots whose watching began when the recording did.
    begun: Vec<Location>,
    /// The roots in sight.
    places: Vec<Location>,
    failure: Option<io::Error>,
    /// Set when nothing more is to be written.
    is_over: bool,
}

impl Tape {
    fn spool(&self) -> MutexGuard<'_, Spool> {
        self.spool.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, places: Vec<Location>, clusters: &[(Connection, ClusterId)]) {
        let now = Timestamp::now();
        let mut spool = self.spool();
        spool.begun.clone_from(&places);
        let mut events = spool.chronicle.begin(places, now);
        for (connection, id) in clusters {
            events.extend(spool.chronicle.hear(&not_yet(*id, connection), now));
        }
        self.write(&mut spool, &events);
    }

    fn hear(&self, cluster: &Cluster) {
        let mut spool = self.spool();
        let events = spool.chronicle.hear(cluster, Timestamp::now());
        self.write(&mut spool, &events);
    }

    fn take_in(self: &Arc<Self>, deltas: &[Delta], requests: &Sender<Request>) {
        let now = Timestamp::now();
        let mut spool = self.spool();
        let mut events = spool.chronicle.take_in(deltas, now, &Disk::default());
        events.extend(spool.note(deltas, now));
        self.write(&mut spool, &events);
        let rows = deltas.iter().filter_map(|delta| match delta {
            Delta::Upserted(row) => Some(row.location.clone()),
            _ => None,
        });
        let rows: Vec<Location> = rows.collect();
        if rows.is_empty() {
            return;
        }
        // What they are made of is known when these deltas have been passed on. It belongs to their moment.
        let tape = self.clone();
        let _ = requests.send(Box::new(move |observer| {
            tape.look_into(observer, &rows, now);
        }));
    }

    fn look_into(&self, observer: &Observer, rows: &[Location], at: Timestamp) {
        let mut spool = self.spool();
        for row in rows {
            let told = spool
                .contents
                .of(observer.catalog(), &**observer.store(), row);
            let events: Vec<Event> = told.into_iter().map(|what| Event { at, what }).collect();
            self.write(&mut spool, &events);
        }
    }

    /// Ends it; who still asks clusters is not heard any more.
    fn end(&self) -> io::Result<Recorded> {
        let until = Timestamp::now();
        let mut spool = self.spool();
        // One may not have been in sight yet.
        let unseen = spool.begun.iter().filter(|it| !spool.places.contains(it));
        let watched = spool.places.iter().chain(unseen).cloned();
        let ended = watched.map(|root| Event {
            at: until,
            what: What::WatchEnded { root },
        });
        let ended: Vec<Event> = ended.collect();
        self.write(&mut spool, &ended);
        spool.is_over = true;
        match spool.failure.take() {
            Some(failure) => Err(failure),
            None => Ok(Recorded {
                lines: spool.recording.lines(),
                from: spool.recording.began(),
                until,
            }),
        }
    }

    fn write(&self, spool: &mut Spool, events: &[Event]) {
        if spool.failure.is_some() || spool.is_over {
            return;
        }
        if let Err(error) = spool.recording.append(events) {
            spool.failure = Some(error);
            self.stopped.store(true, Ordering::Relaxed);
        }
    }
}

impl Spool {
    /// What is marked and held, where a root was looked at as a whole.
    fn note(&mut self, deltas: &[Delta], now: Timestamp) -> Vec<Event> {
        let mut is_look = false;
        for delta in deltas {
            if let Delta::Root(status) = delta {
                is_look |= status.state == RootState::Ready;
                if !self.places.contains(&status.location) {
                    self.places.push(status.location.clone());
                }
            }
        }
        if !is_look {
            return Vec::new();
        }
        let snapshots = self.chronicle.snapshots();
        let (marks, _) = marks::read(&self.places, &snapshots);
        let (holds, _) = holds::read(&self.places, &snapshots);
        self.chronicle.note(&marks, &holds, now)
    }
}
