//! Scenarios on the screen, by the same code as `stateward demo` but for its clock and its directory: these are fixed, so
//! that the picture is the same wherever it is drawn.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should fail where it stands"
)]

use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use std::thread;

use stateward::app::demo::{Demo, Happened, News};
use stateward::app::effect::Effect;
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::Model;
use stateward::app::sheet::Sheet;
use stateward::app::update::update;
use stateward::config::connection::Connection;
use stateward::domain::cluster::{Cluster, ClusterId};
use stateward::domain::location::Location;
use stateward::domain::snapshot::{RootState, RootStatus, Watching};
use stateward::flink::poll::Poller;
use stateward::inventory::catalog::{Catalog, Rules};
use stateward::inventory::scan::{self, Root};
use stateward::inventory::{detail, observe};
use stateward::sim::cluster::{Happening, Simulation};
use stateward::sim::rest::Server;
use stateward::sim::scenario::Scenario;
use stateward::store::local::{LocalStore, location_of, path_of};
use stateward::store::{Entry, Stat, Store, StoreError};
use stateward::tui::theme::ThemeName;

use super::tui_screens::{look, render};
use crate::sim_stage::scenario;

/// The directory that everything seems to lie in.
const PLACE: &str = "/tmp/stateward-demo-5f2a9c01d3b7";

/// Where its Flink seems to answer.
const URL: &str = "http://127.0.0.1:40001";

/// A directory of the local file system under another name.
struct Elsewhere {
    directory: PathBuf,
}

impl Elsewhere {
    fn real(&self, at: &Location) -> Location {
        let path = path_of(at).unwrap();
        match path.strip_prefix(PLACE) {
            Ok(below) => location_of(&self.directory.join(below)).unwrap(),
            Err(_) => at.clone(),
        }
    }
}

impl Store for Elsewhere {
    fn list(
        &self,
        dir: &Location,
        visit: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        LocalStore.list(&self.real(dir), visit)
    }

    fn list_with_stat(
        &self,
        dir: &Location,
        visit: &mut dyn FnMut(Entry, Stat),
    ) -> Result<(), StoreError> {
        LocalStore.list_with_stat(&self.real(dir), visit)
    }

    fn stat(&self, at: &Location) -> Result<Stat, StoreError> {
        LocalStore.stat(&self.real(at))
    }

    fn open(&self, at: &Location) -> Result<Box<dyn Read + Send>, StoreError> {
        LocalStore.open(&self.real(at))
    }
}

/// A scenario at the moment at which its demonstration opens.
struct Scene {
    model: Model,
    catalog: Catalog,
    store: Elsewhere,
    _directory: tempfile::TempDir,
}

impl Scene {
    fn opened(name: &str, size: (u16, u16)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let scenario = scenario(name);
        let (simulation, happenings) = played(&scenario, directory.path());
        let now = simulation.now();
        let store = Elsewhere {
            directory: std::fs::canonicalize(directory.path()).unwrap(),
        };
        let root = Root {
            location: location_of(Path::new(PLACE)).unwrap(),
            depth: 6,
        };
        let mut catalog = Catalog::new(Rules::default());
        let never = AtomicBool::new(false);
        scan::scan(&mut catalog, &store, &root, &never, &mut |_| {}).unwrap();
        let deltas = catalog.settle(now);
        let status = RootStatus {
            state: RootState::Ready,
            watching: Watching::Native,
            scanned_at: Some(now),
            ..observe::not_yet_seen(&root)
        };
        let mut demo = Demo {
            url: URL.to_owned(),
            directory: PLACE.to_owned(),
            ..Demo::new(name, &scenario.title)
        };
        let happened = happenings.into_iter().map(|it| Happened {
            at: it.at,
            words: it.words,
        });
        demo.hear(News {
            speed: f64::from(scenario.speed),
            paused: false,
            caption: simulation.said().to_owned(),
            happened: happened.collect(),
            broken: None,
        });
        let model = Model::new([status], now).writing(true).demonstrating(demo);
        let mut scene = Self {
            model,
            catalog,
            store,
            _directory: directory,
        };
        let (columns, rows) = size;
        scene.send(Message::Resized { columns, rows });
        scene.send(Message::Cluster(Arc::new(cluster(simulation))));
        scene.send(Message::Inventory(deltas));
        scene.send(Message::Tick(now));
        scene
    }

    /// Sends a message, and reads the documents that are asked for.
    fn send(&mut self, message: Message) {
        for effect in update(&mut self.model, message) {
            if let Effect::LoadDocument {
                generation,
                location,
            } = effect
            {
                let roots = [location_of(Path::new(PLACE)).unwrap()];
                let read = detail::document(&self.catalog, &self.store, &location, &roots);
                let result = read.map(|document| Arc::new(Sheet::new(document)));
                self.send(Message::DocumentLoaded {
                    generation,
                    location,
                    result,
                });
            }
        }
    }
}

fn played(scenario: &Scenario, directory: &Path) -> (Simulation, Vec<Happening>) {
    let base = format!("file:{PLACE}");
    let mut simulation = Simulation::seen_as(&base, scenario, directory).unwrap();
    let first = scenario.until_first_snapshot();
    let opens = scenario.start + scenario.opens.unwrap_or(first);
    let happenings = simulation.advance_to(opens).unwrap();
    (simulation, happenings)
}

/// What the simulated cluster tells of itself, as if at an address that is always the same.
fn cluster(simulation: Simulation) -> Cluster {
    let now = simulation.now();
    let (server, stop) = Server::bind(Arc::new(Mutex::new(simulation))).unwrap();
    let connection = Connection {
        name: "simulated".to_owned(),
        ..Connection::to(&server.url()).unwrap()
    };
    let server = thread::spawn(move || server.run());
    let told = Poller::new(ClusterId(0), &connection).poll(&|| now);
    drop(stop);
    server.join().unwrap().unwrap();
    Cluster {
        url: URL.to_owned(),
        ..told
    }
}

/// A scenario after some keys.
pub(super) fn shown(name: &str, size: (u16, u16), keys: &str) -> Model {
    let mut scene = Scene::opened(name, size);
    for key in keys.chars() {
        render(&mut scene.model, &look(ThemeName::Default, false));
        scene.send(Message::Key(Key::Char(key)));
    }
    scene.model
}

#[test]
fn the_first_scene_is_the_same_wherever_it_is_drawn() {
    for size in [(80, 24), (120, 40)] {
        let drawn = super::tui_views::text(&mut shown("welcome", size, ""), false);
        insta::assert_snapshot!(format!("welcome_{}x{}", size.0, size.1), drawn);
        assert_eq!(
            drawn,
            super::tui_views::text(&mut shown("welcome", size, ""), false)
        );
    }
}
