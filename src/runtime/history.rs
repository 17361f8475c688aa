//! Keeps the history of the roots: takes in what everyone tells, makes events of it, writes them down, and tells the screen
//! what is known of the past.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender, bounded, unbounded};
use jiff::{SignedDuration, Timestamp};

use crate::action::history::{self, Disk, Writer};
use crate::app::message::Message;
use crate::domain::cluster::Cluster;
use crate::domain::event::Event;
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::domain::snapshot::RootState;
use crate::inventory::chronicle::{Chronicle, Detail};
use crate::inventory::delta::Delta;
use crate::inventory::{holds, marks};

/// It wakes up this often, whatever happens. When much more has passed, the program itself was stopped.
const WAKE: Duration = Duration::from_secs(30);
const STOPPED: SignedDuration = SignedDuration::from_secs(120);

/// What is told.
pub(super) enum Told {
    /// By the inventory.
    Deltas(Vec<Delta>),
    /// By a cluster.
    Cluster(Arc<Cluster>),
    /// What is marked and held.
    Noted(Vec<Mark>, Vec<Hold>),
    /// That this is the end.
    End,
}

/// Who reads what is marked and held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Notes {
    /// Somebody who tells it.
    AreTold,
    /// The thread itself.
    AreRead,
}

/// Whether the history is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// In the user's state directory.
    OnDisk,
    /// Only for as long as the program runs.
    InMemory,
}

/// The thread that keeps the history.
pub struct Historian {
    told: Sender<Told>,
    thread: Option<JoinHandle<()>>,
}

impl Historian {
    /// Starts it for these roots; what is known goes to `inbox`.
    pub(super) fn start(
        roots: Vec<Location>,
        keep: Keep,
        inbox: Sender<Message>,
        stopped: Arc<AtomicBool>,
    ) -> io::Result<Self> {
        Self::spawn(roots, keep, Notes::AreTold, inbox, stopped)
    }

    fn spawn(
        roots: Vec<Location>,
        keep: Keep,
        notes: Notes,
        inbox: Sender<Message>,
        stopped: Arc<AtomicBool>,
    ) -> io::Result<Self> {
        let (told, listens) = unbounded();
        let thread = thread::Builder::new()
            .name("history".to_owned())
            .spawn(move || {
                let scribe = Scribe {
                    keep,
                    notes,
                    writers: BTreeMap::new(),
                    inbox,
                    stopped,
                };
                scribe.run(roots, &listens);
            })?;
        Ok(Self {
            told,
            thread: Some(thread),
        })
    }

    /// Starts it where there is no screen to show anything.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn alone(roots: Vec<Location>) -> io::Result<Self> {
        let (inbox, _) = bounded(0);
        Self::spawn(roots, Keep::OnDisk, Notes::AreRead, inbox, Arc::default())
    }

    /// Takes in what the inventory tells.
    pub fn tell(&self, deltas: Vec<Delta>) {
        let _ = self.told.send(Told::Deltas(deltas));
    }

    pub(super) fn ear(&self) -> Sender<Told> {
        self.told.clone()
    }
}

impl Drop for Historian {
    fn drop(&mut self) {
        // So that the last word is written: until when it was watched.
        let _ = self.told.send(Told::End);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Scribe {
    keep: Keep,
    notes: Notes,
    /// Who writes; none where another program does, or it failed.
    writers: BTreeMap<Location, Option<Writer>>,
    inbox: Sender<Message>,
    stopped: Arc<AtomicBool>,
}

impl Scribe {
    fn run(mut self, roots: Vec<Location>, listens: &Receiver<Told>) {
        let mut past = Vec::new();
        for root in &roots {
            past.extend(self.open(root));
        }
        // One log after the other; together they are in order.
        past.sort_by_key(|event| event.at);
        let mut chronicle = Chronicle::after(&past, Detail::Sketches);
        drop(past);
        let mut awake = Timestamp::now();
        let begun = chronicle.begin(roots, awake);
        self.keep(&chronicle, &begun);
        self.show(&chronicle);
        loop {
            let told = listens.recv_timeout(WAKE);
            let now = Timestamp::now();
            let mut events = Vec::new();
            if now.duration_since(awake) > STOPPED {
                events = chronicle.pause(awake, now);
            }
            awake = now;
            match told {
                Ok(Told::Deltas(deltas)) => {
                    for delta in &deltas {
                        if let Delta::Root(status) = delta
                            && !self.writers.contains_key(&status.location)
                        {
                            self.open(&status.location);
                        }
                    }
                    events.extend(chronicle.take_in(&deltas, now, &Disk::default()));
                    if self.notes == Notes::AreRead && deltas.iter().any(is_look) {
                        let (places, snapshots) = (self.places(), chronicle.snapshots());
                        let (marks, _) = marks::read(&places, &snapshots);
                        let (holds, _) = holds::read(&places, &snapshots);
                        events.extend(chronicle.note(&marks, &holds, now));
                    }
                }
                Ok(Told::Cluster(cluster)) => events.extend(chronicle.hear(&cluster, now)),
                Ok(Told::Noted(marks, holds)) => {
                    events.extend(chronicle.note(&marks, &holds, now));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Ok(Told::End) | Err(RecvTimeoutError::Disconnected) => {
                    let ended = chronicle.end(now);
                    self.keep(&chronicle, &ended);
                    return;
                }
            }
            if !events.is_empty() {
                self.keep(&chronicle, &events);
                self.show(&chronicle);
            }
        }
    }

    /// Reads what is known of a root, and begins to write.
    fn open(&mut self, root: &Location) -> Vec<Event> {
        if self.keep == Keep::InMemory {
            return Vec::new();
        }
        let known = history::read(root);
        let writer = Writer::open(root, Timestamp::now());
        let mut problems = known.problems;
        let writer = writer.unwrap_or_else(|why| {
            problems.push(why);
            None
        });
        self.writers.insert(root.clone(), writer);
        if !problems.is_empty() {
            let text = format!("history: {}", problems.join("; "));
            self.send(Message::Notice(text));
        }
        known.events
    }

    fn places(&self) -> Vec<Location> {
        self.writers.keys().cloned().collect()
    }

    fn keep(&mut self, chronicle: &Chronicle, events: &[Event]) {
        if self.keep == Keep::InMemory {
            return;
        }
        let mut by_root: BTreeMap<&Location, Vec<Event>> = BTreeMap::new();
        for event in events {
            if let Some(root) = chronicle.root_of(event) {
                by_root.entry(root).or_default().push(event.clone());
            }
        }
        for (root, events) in by_root {
            let Some(Some(writer)) = self.writers.get_mut(root) else {
                continue;
            };
            if let Err(why) = writer.append(&events) {
                self.writers.insert(root.clone(), None);
                self.send(Message::Notice(format!("history: {why}; no more is written")));
            }
        }
    }

    fn show(&self, chronicle: &Chronicle) {
        self.send(Message::Past(Arc::new(chronicle.timeline().clone())));
    }

    /// Waits for the screen, but not for one that is gone.
    fn send(&self, mut message: Message) {
        while !self.stopped.load(Ordering::Relaxed) {
            match self.inbox.send_timeout(message, Duration::from_millis(50)) {
                Err(SendTimeoutError::Timeout(back)) => message = back,
                Ok(()) | Err(SendTimeoutError::Disconnected(_)) => return,
            }
        }
    }
}

/// Whether a root was looked at as a whole; whoever does that sees what is marked and held there, too.
fn is_look(delta: &Delta) -> bool {
    matches!(delta, Delta::Root(status) if status.state == RootState::Ready)
}
