//! What a recording knows of snapshots: the same as was known of them where they lay.

use std::path::Path;
use std::sync::Arc;

use crossbeam_channel::{Receiver, unbounded};
use jiff::Timestamp;
use ratatui::buffer::Cell;
use stateward::action::history::Disk;
use stateward::analysis::timeline::log;
use stateward::analysis::whatif::World as Copied;
use stateward::app::effect::Effect;
use stateward::app::message::Message;
use stateward::app::model::Model;
use stateward::app::replay::Replay;
use stateward::app::sheet::Sheet;
use stateward::domain::event::{Event, SCHEMA, What};
use stateward::domain::location::Location;
use stateward::domain::snapshot::{Health, PathMapping, RootState, RootStatus, Snapshot, Watching};
use stateward::inventory::catalog::{Catalog, Rules};
use stateward::inventory::chronicle::contents::{Contents, Keep, MOST_OF_ALL, MOST_OF_ONE};
use stateward::inventory::chronicle::{Chronicle, Detail};
use stateward::inventory::delta::Delta;
use stateward::inventory::opened::Opened;
use stateward::inventory::recorded::Recorded;
use stateward::inventory::scan::Root;
use stateward::inventory::{detail, discover, whatif};
use stateward::runtime::replay::Reader;
use stateward::store::Store;
use stateward::store::local::{LocalStore, location_of};
use stateward::tui::theme::ThemeName;

use crate::program::{copy, fixture};
use crate::tui_sample::send;
use crate::tui_screens::{look, press, render};
use crate::world::{Draft, World, now, place};

const RELEASES: [&str; 4] = ["flink-1.15.4", "flink-1.20.5", "flink-2.0.2", "flink-2.3.0"];

fn ready(root: &Location) -> RootStatus {
    RootStatus {
        location: root.clone(),
        watching: Watching::Off,
        state: RootState::Ready,
        problems: Vec::new(),
        scanned_at: None,
    }
}

fn deltas(catalog: &Catalog, roots: &[Location]) -> Vec<Delta> {
    let rows = catalog.rows().cloned().map(Delta::Upserted);
    let lineages = Delta::Lineages(catalog.lineages().into());
    let roots = roots.iter().map(|root| Delta::Root(ready(root)));
    rows.chain([lineages]).chain(roots).collect()
}

/// A recorder, as the program has one.
struct Recorder {
    chronicle: Chronicle,
    contents: Contents,
    events: Vec<Event>,
}

impl Recorder {
    fn new(keep: Keep, at: Timestamp) -> Self {
        let what = What::Log {
            schema: SCHEMA,
            version: "1".to_owned(),
        };
        Self {
            chronicle: Chronicle::after(&[], Detail::Rows),
            contents: Contents::new(keep),
            events: vec![Event { at, what }],
        }
    }

    fn look(&mut self, catalog: &Catalog, store: &dyn Store, roots: &[Location], at: Timestamp) {
        let told = self
            .chronicle
            .take_in(&deltas(catalog, roots), at, &Disk::default());
        self.events.extend(told);
        for row in catalog.rows() {
            let told = self.contents.of(catalog, store, &row.location);
            self.events
                .extend(told.into_iter().map(|what| Event { at, what }));
        }
    }

    /// Written down and read back.
    fn recording(&self) -> Vec<Event> {
        let log = log::read(&log::write(&self.events).unwrap()).unwrap();
        assert!(log.left_out.is_nothing(), "{}", log.left_out);
        assert_eq!(log.events, self.events);
        log.events
    }
}

fn recorded(catalog: &Catalog, store: &dyn Store, roots: &[Location], keep: Keep) -> Vec<Event> {
    let mut recorder = Recorder::new(keep, now());
    recorder.look(catalog, store, roots, now());
    recorder.recording()
}

/// At its end, with these rows.
fn at_the_end(events: &[Event], catalog: &Catalog, roots: &[Location]) -> Recorded {
    let mut recorded = Recorded::of(&events.into());
    let rows = catalog.rows();
    let rows = rows.map(|row| (row.location.clone(), row.clone()));
    recorded.go_to(events.len(), rows.collect(), roots.to_vec());
    recorded
}

fn opened(root: &Path) -> Opened {
    let location = location_of(root).unwrap();
    let root = Root {
        location: location.clone(),
        depth: discover::DEFAULT_DEPTH,
    };
    Opened::below(Rules::default(), vec![location], vec![root]).unwrap()
}

/// A copy of a lineage in words, since files have other numbers in another catalog.
fn words(world: &Copied) -> Vec<String> {
    let pieces = world.pieces.iter().map(|piece| {
        let mut uses: Vec<String> = piece
            .uses
            .iter()
            .map(|it| {
                let file = &world.files[it.file];
                format!("{} {} {:?} {}", file.name, file.bytes, it.held, it.disposed)
            })
            .collect();
        uses.sort();
        format!("{} {:?} {uses:?}", piece.row.name, piece.metadata)
    });
    pieces.chain(world.remarks.iter().cloned()).collect()
}

#[track_caller]
fn tells_the_same(catalog: &Catalog, store: &dyn Store, roots: &[Location]) {
    let events = recorded(catalog, store, roots, Keep::Metadata);
    let recorded = at_the_end(&events, catalog, roots);
    for row in catalog.rows() {
        let at = &row.location;
        let there = detail::document(catalog, store, at, roots);
        let there = there.map(|it| serde_json::to_value(it).unwrap());
        let replayed = recorded.document(at);
        let replayed = replayed.map(|it| serde_json::to_value(it).unwrap());
        if replayed != there {
            for (key, value) in there.as_ref().unwrap().as_object().unwrap() {
                let other = replayed.as_ref().map(|it| &it[key]);
                assert_eq!(other, Ok(value), "{key} of {at}");
            }
        }
        assert_eq!(replayed, there, "{at}");
        let there = whatif::world(catalog, at).map(|it| words(&it));
        let replayed = recorded.world(at).map(|it| words(&it));
        assert_eq!(replayed, there, "{at}");
    }
}

#[test]
fn of_trees_of_a_real_flink_it_tells_what_was_told_of_them() {
    let mut rows = 0;
    for release in RELEASES {
        for tree in std::fs::read_dir(fixture(release)).unwrap() {
            let tree = tree.unwrap().path();
            if !tree.is_dir() {
                continue;
            }
            let opened = opened(&tree);
            tells_the_same(&opened.catalog, &opened.store, &opened.root_locations());
            rows += opened.catalog.rows().count();
        }
    }
    assert!(rows > 80, "{rows}");
}

const JOB: &str = "/data/7bf6bd3d977df158f9d8a88833ce0000";

fn shared(name: &str) -> String {
    format!("{JOB}/shared/{name}")
}

/// Two checkpoints that share a file, of which the second has lost one.
fn two() -> World {
    let world = World::default();
    let drafts = [
        Draft::checkpoint(4).shared(&shared("a"), 10).own("own", 1),
        Draft::checkpoint(5)
            .shared(&shared("a"), 10)
            .shared(&shared("gone"), 20)
            .own("own", 2),
    ];
    for (number, draft) in (4..).zip(&drafts) {
        world.put(&format!("{JOB}/chk-{number}"), draft, 600 - number * 60);
    }
    world.remove(&shared("gone"));
    world
}

fn roots() -> [Location; 1] {
    [place("/data")]
}

#[test]
fn what_was_missing_is_missing_and_what_could_not_be_looked_at_is_not() {
    let world = two();
    let catalog = world.look("/data");
    tells_the_same(&catalog, &world.store, &roots());

    world.store.deny(&place(&shared("a")));
    let catalog = world.look("/data");
    tells_the_same(&catalog, &world.store, &roots());
    let events = recorded(&catalog, &world.store, &roots(), Keep::Metadata);
    let recorded = at_the_end(&events, &catalog, &roots());
    let document = recorded.document(&place(&format!("{JOB}/chk-5"))).unwrap();
    let told: Vec<_> = document
        .files
        .iter()
        .map(|file| (file.uri.rsplit('/').next().unwrap(), file.exists))
        .collect();
    assert!(told.contains(&("a", None)), "{told:?}");
    assert!(told.contains(&("gone", Some(false))), "{told:?}");
    assert!(told.contains(&("own", Some(true))), "{told:?}");
}

#[test]
fn a_copy_names_what_lies_where_it_was_copied_from_if_that_is_there() {
    let home = "file:/old/7bf6bd3d977df158f9d8a88833ce0000";
    let draft = Draft::checkpoint(4)
        .shared(&format!("{home}/shared/a"), 10)
        .written_at(&format!("{home}/chk-4/x"));
    let world = World::default();
    world.put(&format!("{JOB}/chk-4"), &draft, 60);
    let copied = world.look("/data");
    // Its original is here as well.
    assert_eq!(copied.rows().next().unwrap().mapping, None);
    tells_the_same(&copied, &world.store, &roots());

    // The file has gone there, and one of that name that lies beside the copy is not the one.
    world.put_file(&format!("{home}/chk-9/x"), 1, 60);
    world.remove(&format!("{home}/shared"));
    world.put_file(&shared("a"), 10, 60);
    let broken = world.look("/data");
    assert_eq!(broken.rows().next().unwrap().health, Health::Incomplete);
    tells_the_same(&broken, &world.store, &roots());

    // Here it is not, and the files lie beside the copy.
    world.remove("/old");
    let mapped = world.look("/data");
    assert!(mapped.rows().next().unwrap().mapping.is_some());
    tells_the_same(&mapped, &world.store, &roots());
}

#[test]
fn changes_that_are_compressed_may_be_shorter_and_others_not() {
    let temp = tempfile::tempdir().unwrap();
    copy(&fixture("flink-2.3.0/changelog"), temp.path());
    let healths = |first: u8| {
        let mut files = Vec::new();
        let mut folders = vec![temp.path().join("changes")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let at = entry.unwrap().path();
                if at.is_dir() {
                    folders.push(at);
                } else {
                    files.push(at);
                }
            }
        }
        assert!(!files.is_empty());
        for file in files {
            std::fs::write(file, [first, 0, 0]).unwrap();
        }
        let opened = opened(temp.path());
        tells_the_same(&opened.catalog, &opened.store, &opened.root_locations());
        let rows = opened.catalog.rows();
        rows.filter(|row| row.health == Health::Complete).count()
    };
    assert!(healths(1) > healths(0));
}

#[test]
fn what_the_user_mapped_is_looked_for_where_it_was() {
    let draft = Draft::checkpoint(4).shared("s3://bucket/shared/a", 10);
    let world = World::default();
    world.put(&format!("{JOB}/chk-4"), &draft, 60);
    world.put_file("/mirror/shared/a", 10, 60);
    let rules = Rules {
        mappings: vec![PathMapping {
            from: Location::parse(b"s3://bucket"),
            to: place("/mirror"),
            inferred: false,
        }],
        ..Rules::default()
    };
    let mut catalog = Catalog::new(rules);
    catalog.look_at(&world.store, &place(&format!("{JOB}/chk-4")));
    catalog.settle(now());
    tells_the_same(&catalog, &world.store, &roots());
}

#[test]
fn each_moment_has_what_was_known_then() {
    let world = two();
    let before = world.look("/data");
    let mut recorder = Recorder::new(Keep::Metadata, now());
    recorder.look(&before, &world.store, &roots(), now());
    let first = recorder.events.len();
    // What was gone comes back, and something else goes.
    world.put_file(&shared("gone"), 20, 60);
    world.remove(&shared("a"));
    let after = world.look("/data");
    recorder.look(&after, &world.store, &roots(), now());
    let events = recorder.recording();
    let told = |events: &[Event]| {
        let is_metadata = |event: &&Event| matches!(event.what, What::Metadata(_));
        events.iter().filter(is_metadata).count()
    };
    assert_eq!((told(&events), told(&events[first..])), (2, 0));

    let mut recorded = Recorded::of(&events.clone().into());
    let rows = |catalog: &Catalog| -> std::collections::BTreeMap<Location, Arc<Snapshot>> {
        let rows = catalog.rows();
        rows.map(|row| (row.location.clone(), row.clone()))
            .collect()
    };
    let at = place(&format!("{JOB}/chk-5"));
    for (happened, catalog, missing) in [
        (first, &before, "gone"),
        (events.len(), &after, "a"),
        (first, &before, "gone"),
    ] {
        recorded.go_to(happened, rows(catalog), roots().to_vec());
        let document = recorded.document(&at).unwrap();
        let gone: Vec<&str> = document
            .files
            .iter()
            .filter(|file| file.exists == Some(false))
            .map(|file| file.uri.rsplit('/').next().unwrap())
            .collect();
        assert_eq!(gone, [missing]);
        assert_eq!(document.health, Health::Incomplete);
    }
    // Before anything was known of it, there was nothing.
    recorded.go_to(0, std::collections::BTreeMap::new(), Vec::new());
    assert!(recorded.document(&at).is_err());
}

#[test]
fn what_was_left_out_says_why() {
    let world = two();
    let catalog = world.look("/data");
    let at = place(&format!("{JOB}/chk-4"));
    let events = recorded(&catalog, &world.store, &roots(), Keep::NoMetadata);
    let why = at_the_end(&events, &catalog, &roots()).document(&at);
    let why = why.unwrap_err();
    assert!(why.contains("it was made with --no-metadata"), "{why}");
    let text = String::from_utf8(log::write(&events).unwrap()).unwrap();
    assert!(!text.contains("base64"), "{text}");
    // Copies of lineages say that what they would need is not known.
    let copied = at_the_end(&events, &catalog, &roots()).world(&at).unwrap();
    assert_eq!(copied.remarks.len(), 2, "{:?}", copied.remarks);

    // An earlier release knew nothing of it.
    let is_row = |event: &&Event| !matches!(event.what, What::Metadata(_) | What::Files { .. });
    let earlier: Vec<Event> = events.iter().filter(is_row).cloned().collect();
    let why = at_the_end(&earlier, &catalog, &roots()).document(&at);
    let why = why.unwrap_err();
    assert!(why.contains("the recording does not have it"), "{why}");
}

#[test]
fn what_is_damaged_is_refused_and_the_rest_works() {
    let world = two();
    let catalog = world.look("/data");
    let mut events = recorded(&catalog, &world.store, &roots(), Keep::Metadata);
    let mut damaged = Vec::new();
    for event in &mut events {
        if let What::Metadata(kept) = &mut event.what
            && kept.uri.name() == b"chk-4"
        {
            let text = kept.base64.as_mut().unwrap();
            text.truncate(text.len() - 8);
            damaged.push(kept.uri.clone());
        }
    }
    let recorded = at_the_end(&events, &catalog, &roots());
    let why = recorded.document(&damaged[0]).unwrap_err();
    assert!(why.contains("what was recorded is damaged"), "{why}");
    let other = recorded.document(&place(&format!("{JOB}/chk-5"))).unwrap();
    assert_eq!(
        other.scope.unreadable, 1,
        "who else names its files is not known"
    );
}

#[test]
fn metadata_beyond_the_bounds_is_left_out() {
    const { assert!(MOST_OF_ONE < MOST_OF_ALL) };
    // As text, with all else beside it, that still is a recording that can be played.
    const { assert!(MOST_OF_ALL / 3 * 4 < stateward::action::history::MOST_OF_A_RECORDING) };
    let world = World::default();
    let long = "x".repeat(32 << 10);
    let many = (0..150).fold(Draft::checkpoint(4), |draft, at| {
        draft.shared(&format!("{JOB}/shared/{at}{long}"), 1)
    });
    world.put(&format!("{JOB}/chk-4"), &many, 60);
    let catalog = world.look("/data");
    let mut contents = Contents::new(Keep::Metadata);
    let at = place(&format!("{JOB}/chk-4"));
    let told = contents.of(&catalog, &world.store, &at);
    let [What::Metadata(kept), ..] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!(kept.base64, None);
    let why = kept.left_out.as_deref().unwrap();
    assert!(why.contains("a recording takes at most 4 MiB"), "{why}");
}

/// The screen of what is there, and that of a recording of it, each with what answers it.
struct Screens {
    live: Model,
    replayed: Model,
    reader: Reader,
    inbox: Receiver<Message>,
}

impl Screens {
    fn of(opened: &Opened, size: (u16, u16)) -> Self {
        let roots = opened.root_locations();
        let events = recorded(&opened.catalog, &opened.store, &roots, Keep::Metadata);
        let replay = Replay::new("r".to_owned(), events).unwrap();
        let (send_to, inbox) = unbounded();
        let reader = Reader::start(replay.events(), send_to).unwrap();
        let mut live = Model::new(roots.iter().map(ready), now());
        live.size = size;
        let mut replayed = Model::new([], now()).replaying(replay);
        // One row more, for the bar.
        replayed.size = (size.0, size.1 + 1);
        let mut screens = Self {
            live,
            replayed,
            reader,
            inbox,
        };
        let deltas = deltas(&opened.catalog, &roots);
        screens.tell_live(opened, Message::Inventory(deltas));
        screens.tell_live(opened, Message::Tick(now()));
        screens.tell_replayed(Message::Tick(now()));
        screens
    }

    fn tell_live(&mut self, opened: &Opened, message: Message) {
        for effect in send(&mut self.live, message) {
            if let Effect::LoadDocument {
                generation,
                location,
            } = effect
            {
                let roots = opened.root_locations();
                let document = detail::document(&opened.catalog, &LocalStore, &location, &roots);
                let loaded = Message::DocumentLoaded {
                    generation,
                    location,
                    result: document.map(|it| Arc::new(Sheet::new(it))),
                };
                send(&mut self.live, loaded);
            }
        }
    }

    fn tell_replayed(&mut self, message: Message) {
        for effect in send(&mut self.replayed, message) {
            let is_answered = matches!(effect, Effect::LoadDocument { .. });
            self.reader.execute(effect);
            if is_answered {
                let answer = self.inbox.recv().unwrap();
                send(&mut self.replayed, answer);
            }
        }
    }

    fn press(&mut self, opened: &Opened, key: char) {
        let message = || Message::Key(stateward::app::key::Key::Char(key));
        press(&mut self.live, "");
        press(&mut self.replayed, "");
        self.tell_live(opened, message());
        self.tell_replayed(message());
    }
}

/// The pane about the selected snapshot.
fn pane(model: &mut Model) -> Vec<String> {
    let buffer = render(model, &look(ThemeName::Mono, false));
    let rows = buffer.content().chunks(usize::from(buffer.area.width));
    let lines = rows.map(|row| row.iter().map(Cell::symbol).collect::<String>());
    let mut lines = lines.skip_while(|line| !line.contains("Operators"));
    let mut pane: Vec<String> = lines
        .by_ref()
        .take_while(|it| !it.starts_with('╰'))
        .collect();
    pane.retain(|line| !line.trim().is_empty());
    pane
}

#[test]
fn every_tab_of_a_replayed_snapshot_is_that_of_the_live_one() {
    let mut compared = 0;
    for tree in ["flink-2.3.0/rocksdb-incremental", "flink-1.20.5/changelog"] {
        let opened = opened(&fixture(tree));
        let mut screens = Screens::of(&opened, (120, 60));
        for at in 0..opened.catalog.rows().count() {
            for tab in '1'..='7' {
                screens.press(&opened, tab);
                let live = pane(&mut screens.live);
                let replayed = pane(&mut screens.replayed);
                assert!(live.len() > 5, "{live:?}");
                assert_eq!(replayed, live, "{tree} {at} {tab}");
                compared += 1;
            }
            screens.press(&opened, '>');
        }
    }
    assert!(compared > 50, "{compared}");
}
