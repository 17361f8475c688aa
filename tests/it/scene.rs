//! A scenario that has been played up to a moment, with the screen before it and the runtime behind it: the very code that
//! `stateward` runs beside a cluster, but for the clock, which stands still.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, unbounded};
use jiff::{SignedDuration, Timestamp};
use ratatui::buffer::Buffer;
use stateward::action::history::Disk;
use stateward::action::hold;
use stateward::app::demo::{Demo, Happened, News};
use stateward::app::effect::Effect;
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::Model;
use stateward::app::operations;
use stateward::app::replay::Replay;
use stateward::app::trash::Row;
use stateward::app::update::update;
use stateward::config::connection::Connection;
use stateward::domain::clock::Clock;
use stateward::domain::cluster::{Cluster, ClusterId, Contact};
use stateward::domain::event::Event;
use stateward::domain::hold::Hold;
use stateward::domain::location::Location;
use stateward::domain::snapshot::{RootState, RootStatus};
use stateward::flink::poll::{self, Poller};
use stateward::inventory::catalog::Rules;
use stateward::inventory::chronicle::{Chronicle, Detail};
use stateward::inventory::delta::Delta;
use stateward::inventory::discover::DEFAULT_DEPTH;
use stateward::inventory::observe::{self, Observer};
use stateward::inventory::scan::Root;
use stateward::inventory::{holds, marks};
use stateward::runtime::Runtime;
use stateward::runtime::history::Keep;
use stateward::sim::cluster::{Happening, Simulation};
use stateward::sim::rest::{Server, Shared, Stop};
use stateward::sim::scenario::Scenario;
use stateward::store::local::{LocalStore, location_of};
use stateward::tui::view::Look;
use tempfile::TempDir;

use crate::sim_stage::scenario;
use crate::trash_tree::permission;
use crate::tui_screens::render;

/// Where its Flink seems to answer.
const URL: &str = "http://127.0.0.1:40001";
/// Who seems to sit before the screen.
const WHO: &str = "ops@flink-1";
/// An answer that takes longer will not come.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is played, for how long, and how it is looked at.
#[derive(Clone, Copy)]
pub(crate) struct Staging {
    /// The scenario.
    pub(crate) name: &'static str,
    /// How much of the story has happened; none for as much as when its demonstration opens.
    pub(crate) at: Option<SignedDuration>,
    /// The screen.
    pub(crate) size: (u16, u16),
    /// What is opened on it.
    pub(crate) on: On,
}

/// What the screen is opened on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    /// The directory and the cluster, as by `stateward --flink URL --write DIRECTORY`.
    Cluster,
    /// The same, but the cluster has gone silent since.
    SilentCluster,
    /// The directory alone, as by `stateward DIRECTORY`.
    Directory,
    /// All of it, as by `stateward demo`.
    Demo,
    /// What was recorded while it was played, as by `stateward replay FILE`.
    Recording,
}

/// A clock that others set.
#[derive(Debug)]
struct Hands(Mutex<Timestamp>);

impl Clock for Hands {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }

    fn until(&self, _: Timestamp) -> Option<SignedDuration> {
        None
    }
}

/// See the top of this file.
pub(crate) struct Scene {
    pub(crate) model: Model,
    runtime: Option<Runtime>,
    messages: Receiver<Message>,
    /// Effects that have not been answered.
    open: Vec<Effect>,
    clock: Arc<Hands>,
    cluster: Option<(Stop, JoinHandle<()>)>,
    _directory: TempDir,
}

impl Scene {
    /// Plays it in a directory with this name among the temporary ones, which must not be there yet.
    pub(crate) fn opened(staging: Staging, directory: &str) -> Self {
        let directory = tempfile::Builder::new()
            .prefix(directory)
            .rand_bytes(0)
            .tempdir_in("/tmp")
            .unwrap();
        let scenario = scenario(staging.name);
        let played = Played::until(staging.at, &scenario, directory.path());
        let (inbox, messages) = unbounded();
        let mut scene = Self {
            model: Model::new([observe::not_yet_seen(&played.root)], played.clock.now()),
            runtime: None,
            messages,
            open: Vec::new(),
            clock: played.clock.clone(),
            cluster: None,
            _directory: directory,
        };
        let connection = &played.connection;
        match staging.on {
            On::Recording => {
                let name = format!("{}.ndjson", staging.name);
                let replay = Replay::new(name, played.events.clone()).unwrap();
                scene.model = Model::new([], played.clock.now()).replaying(replay);
            }
            On::Directory => {}
            On::Cluster | On::SilentCluster => {
                scene.model = scene
                    .model
                    .asking([poll::not_yet(ClusterId(0), connection)])
                    .writing(true);
            }
            On::Demo => {
                let demo = demo(staging.name, &scenario, &played);
                scene.model = scene
                    .model
                    .asking([poll::not_yet(ClusterId(0), connection)])
                    .writing(true)
                    .demonstrating(demo);
            }
        }
        scene.cluster = Some((played.stop, played.server));
        let (columns, rows) = staging.size;
        scene.send(Message::Resized { columns, rows });
        if staging.on == On::Recording {
            return scene;
        }
        let mut runtime = Runtime::start(
            Arc::new(LocalStore),
            Rules {
                clock: played.clock.clone(),
                ..Rules::default()
            },
            vec![played.root],
            inbox,
            Keep::InMemory,
        )
        .unwrap();
        runtime.allow(permission());
        if staging.on != On::Directory {
            runtime.poll(ClusterId(0), connection).unwrap();
            // It is asked as soon as it is known.
            scene.open.push(Effect::AskClusters);
        }
        scene.runtime = Some(runtime);
        scene.send(Message::Past(Arc::new(played.past)));
        scene.see_everything();
        scene.wait();
        if staging.on == On::SilentCluster {
            scene.silence();
        }
        scene
    }

    /// Presses keys: see [`keys`].
    pub(crate) fn press(&mut self, text: &str, look: &Look) {
        for key in keys(text) {
            render(&mut self.model, look);
            self.send(Message::Key(key));
            self.wait();
        }
    }

    /// What is on the screen.
    pub(crate) fn drawn(&mut self, look: &Look) -> Buffer {
        self.send(Message::Tick(self.clock.now()));
        // What was said last depends on who came last: the disk, or who did something there.
        self.model.notice = None;
        render(&mut self.model, look)
    }

    fn send(&mut self, message: Message) {
        for effect in update(&mut self.model, message) {
            if let Some(runtime) = &self.runtime {
                runtime.execute(effect.clone());
                if is_answered(&effect) {
                    self.open.push(effect);
                }
            }
        }
    }

    /// Waits until all that is there was looked at. Before that, answers come between rows, and more rows after them.
    fn see_everything(&mut self) {
        let is_ready = |root: &RootStatus| root.state == RootState::Ready;
        while !self.model.roots.iter().all(is_ready) {
            self.hear();
        }
    }

    /// Takes in the next message.
    fn hear(&mut self) {
        let message = self.messages.recv_timeout(PATIENCE).unwrap();
        answer(&mut self.open, &message);
        if let Some(message) = as_if(message) {
            self.send(message);
        }
    }

    /// Waits until all is answered, and nobody who watches has anything to say that was not heard.
    fn wait(&mut self) {
        if self.runtime.is_none() {
            return;
        }
        let mut asked = false;
        loop {
            while !self.open.is_empty() {
                self.hear();
            }
            if asked {
                return;
            }
            // What watches answers in turn: with this, all that was before it has come.
            self.open.push(Effect::LoadMarks);
            self.runtime.as_ref().unwrap().execute(Effect::LoadMarks);
            asked = true;
        }
    }

    /// Ends the cluster, and hears that it does not answer.
    fn silence(&mut self) {
        let (stop, server) = self.cluster.take().unwrap();
        drop(stop);
        server.join().unwrap();
        self.set_clock_on(SignedDuration::from_secs(2));
        let is_silent = |cluster: &Arc<Cluster>| matches!(cluster.contact, Contact::Silent { .. });
        while !self.model.clusters.iter().any(is_silent) {
            self.runtime.as_ref().unwrap().execute(Effect::AskClusters);
            self.open.push(Effect::AskClusters);
            self.wait();
        }
        self.set_clock_on(SignedDuration::from_secs(95));
    }

    fn set_clock_on(&self, by: SignedDuration) {
        let later = self.clock.now() + by;
        *self.clock.0.lock().unwrap() = later;
    }
}

/// A character is a key; `⏎`, `⇥`, `↓`, `↑`, `⎋` and `⌫` are what they show.
fn keys(text: &str) -> impl Iterator<Item = Key> {
    text.chars().map(|c| match c {
        '⏎' => Key::Enter,
        '⇥' => Key::Tab,
        '↓' => Key::Down,
        '↑' => Key::Up,
        '⎋' => Key::Esc,
        '⌫' => Key::Backspace,
        c => Key::Char(c),
    })
}

fn is_answered(effect: &Effect) -> bool {
    !matches!(
        effect,
        Effect::LookAgain
            | Effect::AddRoots(_)
            | Effect::Halt(_)
            | Effect::Demo(_)
            | Effect::Yank(_)
            | Effect::Suspend
            | Effect::Quit
    )
}

/// Crosses off what a message answers. Questions without a number are answered once each, in turn: with all of them crossed
/// off at once, the next one would be taken for answered by what was asked before it.
fn answer(open: &mut Vec<Effect>, message: &Message) {
    if matches!(message, Message::Marks { .. } | Message::Trash(_)) {
        let oldest = open.iter().position(|effect| answers(message, effect));
        if let Some(at) = oldest {
            open.remove(at);
        }
    } else {
        open.retain(|effect| !answers(message, effect));
    }
}

/// Whether a message is the answer to an effect. Of older generations none may come.
fn answers(message: &Message, effect: &Effect) -> bool {
    match (effect, message) {
        (
            Effect::LoadDocument { generation, .. },
            Message::DocumentLoaded {
                generation: told, ..
            },
        )
        | (
            Effect::CopyLineage { generation, .. },
            Message::LineageCopied {
                generation: told, ..
            },
        )
        | (
            Effect::WeighStaged { generation, .. },
            Message::StagedWeighed {
                generation: told, ..
            },
        )
        | (
            Effect::Plan { generation, .. },
            Message::Planned {
                generation: told, ..
            },
        ) => told >= generation,
        (Effect::WeighOperators { generation, .. }, Message::OperatorsWeighed(told)) => {
            told.generation >= *generation
        }
        (Effect::Verify { location, .. }, Message::Verified { location: told, .. }) => {
            told == location
        }
        (
            Effect::Foresee(work),
            Message::Foreseen { work: told, .. } | Message::PurgeForeseen { work: told, .. },
        ) => told == work,
        (
            Effect::Delete { id, .. } | Effect::Trash { id, .. } | Effect::Operate { id, .. },
            Message::Operation { id: told, news },
        ) => {
            use operations::News::{Ended, Finished, Halted};
            told == id && matches!(news, Ended(_) | Finished(_) | Halted(_))
        }
        (Effect::AskClusters, Message::Cluster(_))
        | (Effect::LoadTrash, Message::Trash(_))
        | (Effect::Rescan, Message::Notice(_))
        | (
            Effect::LoadMarks
            | Effect::Mark { .. }
            | Effect::Unmark(_)
            | Effect::Hold(_)
            | Effect::Release(_),
            Message::Marks { .. },
        ) => true,
        _ => false,
    }
}

/// A message without what differs from machine to machine. What is known of the past was told before.
fn as_if(message: Message) -> Option<Message> {
    Some(match message {
        Message::Past(_) => return None,
        Message::Cluster(cluster) => Message::Cluster(Arc::new(as_if_at_url(&cluster))),
        Message::Trash(rows) => Message::Trash(rows.into_iter().map(by_somebody).collect()),
        other => other,
    })
}

fn as_if_at_url(cluster: &Cluster) -> Cluster {
    let mut told = Cluster {
        url: URL.to_owned(),
        ..cluster.clone()
    };
    if let Contact::Silent { reason, .. } = &mut told.contact {
        *reason = reason.replace(&cluster.url, URL);
    }
    told
}

/// A batch's id ends with chance.
fn by_somebody(mut row: Row) -> Row {
    if let Row::Batch { entry, .. } = &mut row {
        let (when, _) = entry.id.rsplit_once('-').unwrap();
        entry.id = format!("{when}-501125");
        if let Ok(known) = &mut entry.known {
            WHO.clone_into(&mut known.by);
        }
    }
    row
}

/// What came of playing.
struct Played {
    root: Root,
    clock: Arc<Hands>,
    connection: Connection,
    stop: Stop,
    server: JoinHandle<()>,
    caption: String,
    happenings: Vec<Happening>,
    /// What somebody saw who watched from the start.
    events: Vec<Event>,
    past: stateward::analysis::timeline::Timeline,
}

impl Played {
    fn until(at: Option<SignedDuration>, scenario: &Scenario, directory: &Path) -> Self {
        let opens = at.or(scenario.opens);
        let end = scenario.start + opens.unwrap_or(scenario.until_first_snapshot());
        let simulation = Simulation::new(scenario, directory).unwrap();
        let shared: Shared = Arc::new(Mutex::new(simulation));
        let (server, stop) = Server::bind(shared.clone()).unwrap();
        let connection = Connection {
            name: "simulated".to_owned(),
            ..Connection::to(&server.url()).unwrap()
        };
        let server = thread::spawn(move || server.run().unwrap());
        let root = Root {
            location: location_of(directory).unwrap(),
            depth: DEFAULT_DEPTH,
        };
        let clock = Arc::new(Hands(Mutex::new(scenario.start)));
        let mut watch = Watch::new(&root, clock.clone(), &connection);
        let mut happenings = Vec::new();
        loop {
            let (now, happened) = {
                let mut simulation = shared.lock().unwrap();
                let next = simulation.next_at().filter(|next| *next <= end);
                let happened = simulation.advance_to(next.unwrap_or(end)).unwrap();
                (simulation.now(), happened)
            };
            *clock.0.lock().unwrap() = now;
            if !happened.is_empty() || now == end {
                watch.look(now);
            }
            happenings.extend(happened);
            if now == end {
                break;
            }
        }
        hold_what_is_held(scenario, &shared.lock().unwrap());
        // Nobody answers for the cluster who has it locked.
        watch.look(end);
        Self {
            root,
            clock,
            connection,
            stop,
            server,
            caption: shared.lock().unwrap().said().to_owned(),
            happenings,
            past: watch.chronicle.timeline().clone(),
            events: watch.events,
        }
    }
}

/// As the demonstration does, but for who does it.
fn hold_what_is_held(scenario: &Scenario, simulation: &Simulation) {
    for held in &scenario.holds {
        let Ok(snapshot) = simulation.spoken_of(&held.job, &held.snapshot) else {
            continue;
        };
        let hold = Hold {
            name: held.name.clone(),
            snapshot: location_of(&snapshot.path).unwrap(),
            by: WHO.to_owned(),
            at: snapshot.completed_at,
            why: held.why.clone(),
            expires: None,
        };
        hold::set(permission(), &hold).unwrap();
    }
}

/// Who watches all the while, and keeps the history.
struct Watch {
    root: Location,
    observer: Observer,
    deltas: Arc<Mutex<Vec<Delta>>>,
    poller: Poller,
    chronicle: Chronicle,
    events: Vec<Event>,
}

impl Watch {
    fn new(root: &Root, clock: Arc<Hands>, connection: &Connection) -> Self {
        let deltas: Arc<Mutex<Vec<Delta>>> = Arc::default();
        let told = deltas.clone();
        let now = clock.now();
        let rules = Rules {
            clock,
            ..Rules::default()
        };
        let observer = Observer::new(
            Arc::new(LocalStore),
            rules,
            vec![root.clone()],
            Arc::default(),
            Box::new(move |deltas| told.lock().unwrap().extend(deltas)),
        );
        let mut chronicle = Chronicle::after(&[], Detail::Rows);
        let events = chronicle.begin([root.location.clone()], now);
        Self {
            root: root.location.clone(),
            observer,
            deltas,
            poller: Poller::new(ClusterId(0), connection),
            chronicle,
            events,
        }
    }

    fn look(&mut self, now: Timestamp) {
        self.observer.look_at_everything();
        let deltas = std::mem::take(&mut *self.deltas.lock().unwrap());
        let taken = self.chronicle.take_in(&deltas, now, &Disk::default());
        self.events.extend(taken);
        let heard = as_if_at_url(&self.poller.poll(&|| now));
        self.events.extend(self.chronicle.hear(&heard, now));
        let (places, snapshots) = ([self.root.clone()], self.chronicle.snapshots());
        let (marks, _) = marks::read(&places, &snapshots);
        let (holds, _) = holds::read(&places, &snapshots);
        self.events.extend(self.chronicle.note(&marks, &holds, now));
    }
}

fn demo(name: &str, scenario: &Scenario, played: &Played) -> Demo {
    let happened = played.happenings.iter().map(|it| Happened {
        at: it.at,
        words: it.words.clone(),
    });
    let directory = played.root.location.local_path().unwrap();
    let mut demo = Demo {
        url: URL.to_owned(),
        directory: String::from_utf8_lossy(directory).into_owned(),
        ..Demo::new(name, &scenario.title)
    };
    demo.hear(News {
        speed: f64::from(scenario.speed),
        reached: None,
        paused: false,
        apart: Some("3h behind the machine's clock, so that it can run faster".to_owned()),
        refused: None,
        caption: played.caption.clone(),
        happened: happened.collect(),
        broken: None,
    });
    demo
}
