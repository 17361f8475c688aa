//! Keeps the history of the roots: takes in what everyone tells, makes events of it, writes them down, and tells the screen
//! what is known of the past.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender, unbounded};
use jiff::{SignedDuration, Timestamp};

use crate::action::history::{self, Disk, Writer};
use crate::app::message::Message;
use crate::domain::clock::Clock;
use crate::domain::cluster::Cluster;
use crate::domain::event::{Event, What};
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::domain::snapshot::RootState;
use crate::inventory::chronicle::{Chronicle, Detail};
use crate::inventory::delta::Delta;
use crate::inventory::{holds, marks};
use crate::store::clock::MachineClock;

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
        clock: Arc<dyn Clock>,
        inbox: Sender<Message>,
        stopped: Arc<AtomicBool>,
    ) -> io::Result<Self> {
        let told = Listener::Screen { inbox, stopped };
        Self::spawn(roots, (keep, Notes::AreTold), clock, told)
    }

    fn spawn(
        roots: Vec<Location>,
        (keep, notes): (Keep, Notes),
        clock: Arc<dyn Clock>,
        listener: Listener,
    ) -> io::Result<Self> {
        let (told, listens) = unbounded();
        let thread = thread::Builder::new()
            .name("history".to_owned())
            .spawn(move || {
                let scribe = Scribe {
                    keep,
                    notes,
                    clock,
                    writers: BTreeMap::new(),
                    listener,
                };
                scribe.run(roots, &listens);
            })?;
        Ok(Self {
            told,
            thread: Some(thread),
        })
    }

    /// Starts it where there is no screen to show anything: why something is not kept goes to `notice`.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub fn alone(
        roots: Vec<Location>,
        notice: impl FnMut(&str) + Send + 'static,
    ) -> io::Result<Self> {
        let (how, clock) = ((Keep::OnDisk, Notes::AreRead), Arc::new(MachineClock));
        Self::spawn(roots, how, clock, Listener::Notices(Box::new(notice)))
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

/// Who hears what is known, and why something is not kept.
enum Listener {
    /// Both.
    Screen {
        inbox: Sender<Message>,
        stopped: Arc<AtomicBool>,
    },
    /// Only the latter.
    Notices(Box<dyn FnMut(&str) + Send>),
}

/// Who writes the history of a root.
enum Pen {
    /// We do.
    Ours(Box<Writer>),
    /// Another program. Should it end, these are what it may not have seen any more.
    Anothers(Vec<Event>),
    /// Nobody: it cannot be written.
    Broken,
}

/// So much is kept for when another program that writes may end.
const MOST_KEPT: usize = 1_000;

struct Scribe {
    keep: Keep,
    notes: Notes,
    /// By which events are dated.
    clock: Arc<dyn Clock>,
    writers: BTreeMap<Location, Pen>,
    listener: Listener,
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
        // Whether the program was stopped is a matter of the machine's time, whatever time events have.
        let mut awake = (Timestamp::now(), self.clock.now());
        let begun = chronicle.begin(roots, awake.1);
        self.keep(&chronicle, &begun);
        self.show(&chronicle);
        loop {
            let told = listens.recv_timeout(WAKE);
            let (machine, now) = (Timestamp::now(), self.clock.now());
            let mut events = Vec::new();
            if machine.duration_since(awake.0) > STOPPED {
                events = chronicle.pause(awake.1, now);
            }
            awake = (machine, now);
            match told {
                Ok(Told::Deltas(deltas)) => {
                    for delta in &deltas {
                        if let Delta::Root(status) = delta
                            && !chronicle.watches(&status.location)
                        {
                            chronicle.remember(&self.open(&status.location));
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
                Err(RecvTimeoutError::Timeout) => self.take_over(),
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
        let writer = Writer::open(root, self.clock.now());
        let mut problems = known.problems;
        let pen = match writer {
            Ok(Some(writer)) => Pen::Ours(Box::new(writer)),
            Ok(None) => Pen::Anothers(Vec::new()),
            Err(why) => {
                problems.push(why);
                Pen::Broken
            }
        };
        self.writers.insert(root.clone(), pen);
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
            let done = match self.writers.get_mut(root) {
                Some(Pen::Ours(writer)) => writer.append(&events),
                Some(Pen::Anothers(kept)) => {
                    kept.extend(events);
                    let surplus = kept.len().saturating_sub(MOST_KEPT);
                    kept.drain(..surplus);
                    Ok(())
                }
                Some(Pen::Broken) | None => Ok(()),
            };
            if let Err(why) = done {
                self.give_up(root.clone(), &why);
            }
        }
        self.take_over();
    }

    /// Goes on where another program has left off: from the last that it wrote, we have watched too.
    fn take_over(&mut self) {
        let mut broken = Vec::new();
        for (root, pen) in &mut self.writers {
            let Pen::Anothers(kept) = pen else {
                continue;
            };
            let now = self.clock.now();
            let opened = Writer::open(root, now).and_then(|writer| {
                let Some(mut writer) = writer else {
                    return Ok(None);
                };
                let last = writer.last();
                kept.retain(|event| last.is_none_or(|last| event.at > last));
                let at = kept.first().map(|event| event.at);
                let at = last.or(at).unwrap_or(now);
                let what = What::WatchBegan { root: root.clone() };
                writer.append(&[Event { at, what }])?;
                writer.append(kept)?;
                Ok(Some(writer))
            });
            match opened {
                Ok(None) => {}
                Ok(Some(writer)) => *pen = Pen::Ours(Box::new(writer)),
                Err(why) => broken.push((root.clone(), why)),
            }
        }
        for (root, why) in broken {
            self.give_up(root, &why);
        }
    }

    fn give_up(&mut self, root: Location, why: &str) {
        self.writers.insert(root, Pen::Broken);
        self.send(Message::Notice(format!(
            "history: {why}; no more is written"
        )));
    }

    fn show(&mut self, chronicle: &Chronicle) {
        self.send(Message::Past(Arc::new(chronicle.timeline().clone())));
    }

    /// Waits for the screen, but not for one that is gone.
    fn send(&mut self, mut message: Message) {
        let (inbox, stopped) = match &mut self.listener {
            Listener::Screen { inbox, stopped } => (inbox, stopped),
            Listener::Notices(notice) => {
                if let Message::Notice(text) = &message {
                    notice(text);
                }
                return;
            }
        };
        while !stopped.load(Ordering::Relaxed) {
            match inbox.send_timeout(message, Duration::from_millis(50)) {
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
