//! `stateward watch` on a directory that changes under it. Every wait is for an event, never for a time.

use std::fs;
use std::io::Read;
use std::io::{BufRead, BufReader};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use stateward::domain::location::Location;
use stateward::domain::snapshot::{Health, RootState};
use stateward::inventory::catalog::Rules;
use stateward::inventory::delta::Delta;
use stateward::inventory::observe::{Observer, Pace, Request};
use stateward::inventory::scan::Root;
use stateward::store::local::LocalStore;
use stateward::store::memory::MemoryStore;
use stateward::store::{Entry, Stat, Store, StoreError};

use crate::program::{copy, fixture, only, stateward};

/// Long enough for any machine; what comes, comes much sooner.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Watch {
    child: Child,
    events: Receiver<Value>,
}

impl Watch {
    fn on(root: &Path) -> Self {
        Self::by(stateward().arg("watch").arg(root))
    }

    /// By a command of the program.
    pub(crate) fn by(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, events) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let _ = sender.send(serde_json::from_str(&line).unwrap());
            }
        });
        Self { child, events }
    }

    /// Waits for this event of the place whose name ends so.
    pub(crate) fn wait(&self, event: &str, place: &str) -> Value {
        let mut seen = Vec::new();
        loop {
            let Ok(found) = self.events.recv_timeout(PATIENCE) else {
                panic!("no `{event}` of {place}; there were {seen:?}");
            };
            if found["event"] == event && found["uri"].as_str().unwrap().ends_with(place) {
                return found;
            }
            seen.push(format!("{} {}", found["event"], found["uri"]));
        }
    }

    /// The next event of the place whose name ends so.
    fn next_of(&self, place: &str) -> Value {
        loop {
            let found = self.events.recv_timeout(PATIENCE).unwrap();
            if found["uri"].as_str().is_some_and(|it| it.ends_with(place)) {
                return found;
            }
        }
    }

    /// Ends it as somebody at the keyboard would, and waits for its last word.
    pub(crate) fn end(&mut self) {
        let told = Command::new("kill")
            .args(["-INT", &self.child.id().to_string()])
            .status();
        assert!(told.unwrap().success());
        self.child.wait().unwrap();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A job's directory with three retained checkpoints, and the one of them with the highest number.
fn job() -> (tempfile::TempDir, std::path::PathBuf) {
    let temp = tempfile::tempdir().unwrap();
    copy(&fixture("flink-2.3.0/hashmap"), &temp.path().join("root"));
    let job = only(&temp.path().join("root/checkpoints"), "");
    (temp, job)
}

/// Does what Flink does when it takes a checkpoint, up to the rename that completes it.
pub(crate) fn begin(job: &Path, like: &str, name: &str) {
    fs::create_dir(job.join(name)).unwrap();
    for entry in fs::read_dir(job.join(like)).unwrap() {
        let entry = entry.unwrap();
        let file = entry.file_name();
        let target = if file == "_metadata" {
            "._metadata.inprogress.d1ba".into()
        } else {
            file
        };
        fs::copy(entry.path(), job.join(name).join(target)).unwrap();
    }
}

pub(crate) fn complete(job: &Path, name: &str) {
    fs::rename(
        job.join(name).join("._metadata.inprogress.d1ba"),
        job.join(name).join("_metadata"),
    )
    .unwrap();
}

#[test]
fn another_run_completes_its_own_in_place_of_one_of_its_name() {
    let (temp, job) = job();
    let metadata = job.join("chk-7/_metadata");
    let file = fs::File::options().write(true).open(&metadata).unwrap();
    let hour = Duration::from_secs(3_600);
    file.set_modified(std::time::SystemTime::now() - hour)
        .unwrap();
    let watch = Watch::on(&temp.path().join("root"));
    watch.wait("present", "/chk-7");
    watch.wait("root_ready", "/root");
    let written = job.join("chk-7/._metadata.inprogress.d1ba");
    fs::copy(job.join("chk-6/_metadata"), written).unwrap();
    complete(&job, "chk-7");
    watch.wait("completed", "/chk-7");
}

/// A file server may be behind by hours: all that is written to it now is dated long ago.
#[test]
fn what_comes_while_one_watches_is_in_progress_however_it_is_dated() {
    let (temp, job) = job();
    let aside = temp.path().join("aside");
    fs::create_dir(&aside).unwrap();
    fs::create_dir(aside.join("chk-8")).unwrap();
    let long_ago = std::time::SystemTime::now() - Duration::from_secs(8 * 3_600);
    let dated = |at: &Path| fs::File::open(at).unwrap().set_modified(long_ago).unwrap();
    dated(&aside.join("chk-8"));
    let watch = Watch::on(&temp.path().join("root"));
    watch.wait("present", "/chk-7");
    watch.wait("root_ready", "/root");
    fs::rename(aside.join("chk-8"), job.join("chk-8")).unwrap();
    let came = watch.next_of("/chk-8");
    assert_eq!(
        (&came["event"], &came["snapshot"]["health"]),
        (&"appeared".into(), &"in_progress".into()),
        "{came}"
    );
    let why = "no metadata yet: it came or grew less than 10m ago, as was seen from here, though it is dated earlier";
    assert_eq!(came["snapshot"]["findings"][0], why);
}

#[test]
fn a_checkpoint_appears_completes_and_vanishes() {
    let (temp, job) = job();
    let watch = Watch::on(&temp.path().join("root"));
    watch.wait("present", "/chk-7");
    watch.wait("root_ready", "/root");

    begin(&job, "chk-7", "chk-8");
    let appeared = watch.wait("appeared", "/chk-8");
    assert_eq!(appeared["snapshot"]["health"], "in_progress");
    complete(&job, "chk-8");
    let completed = watch.wait("completed", "/chk-8");
    assert_eq!(completed["snapshot"]["health"], "complete");

    fs::remove_dir_all(job.join("chk-4")).unwrap();
    watch.wait("vanished", "/chk-4");
}

#[test]
fn a_new_job_in_a_new_directory_is_seen() {
    let (temp, job) = job();
    let watch = Watch::on(&temp.path().join("root"));
    watch.wait("root_ready", "/root");
    let next = temp
        .path()
        .join("root/checkpoints/00112233445566778899aabbccddeeff");
    copy(&job, &next);
    watch.wait("completed", "00112233445566778899aabbccddeeff/chk-7");
}

#[test]
fn a_root_that_vanishes_and_comes_back() {
    let (temp, _) = job();
    let (root, aside) = (temp.path().join("root"), temp.path().join("aside"));
    let watch = Watch::on(&root);
    watch.wait("root_ready", "/root");
    fs::rename(&root, &aside).unwrap();
    watch.wait("root_missing", "/root");
    watch.wait("vanished", "/chk-7");
    fs::rename(&aside, &root).unwrap();
    watch.wait("completed", "/chk-7");
    watch.wait("root_ready", "/root");
}

#[test]
fn a_root_that_never_was_is_waited_for() {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("later");
    let watch = Watch::on(&root);
    watch.wait("root_missing", "/later");
    copy(&fixture("flink-2.3.0/hashmap"), &root);
    watch.wait("appeared", "/chk-7");
}

#[test]
fn a_damaged_checkpoint_changes_its_row() {
    let (temp, job) = job();
    let watch = Watch::on(&temp.path().join("root"));
    watch.wait("root_ready", "/root");
    begin(&job, "chk-7", "chk-8");
    fs::write(job.join("chk-8/._metadata.inprogress.d1ba"), b"garbage").unwrap();
    complete(&job, "chk-8");
    let completed = watch.wait("completed", "/chk-8");
    assert_eq!(completed["snapshot"]["health"], "corrupt");
}

/// An observer that never looks at anything again unless the system tells it to.
struct Untiring {
    stopped: Arc<AtomicBool>,
    deltas: crossbeam_channel::Receiver<Vec<Delta>>,
    _requests: crossbeam_channel::Sender<Request>,
}

impl Untiring {
    fn on(root: &Path) -> Self {
        let never = Duration::from_secs(1 << 30);
        let stopped = Arc::new(AtomicBool::new(false));
        let (news, deltas) = crossbeam_channel::unbounded();
        let (requests, asked) = crossbeam_channel::unbounded();
        let root = Root {
            location: Location::local(root.as_os_str().as_encoded_bytes()),
            depth: 4,
        };
        let emit = Box::new(move |deltas| {
            let _ = news.send(deltas);
        });
        let (store, stop) = (Arc::new(LocalStore), stopped.clone());
        let observer = Observer::new(store, Rules::default(), vec![root], stop, emit);
        let pace = Pace {
            slow: never,
            fast: never,
        };
        std::thread::spawn(move || observer.at_pace(pace).run(&asked));
        let watch = Self {
            stopped,
            deltas,
            _requests: requests,
        };
        let ready =
            |delta: &Delta| matches!(delta, Delta::Root(root) if root.state == RootState::Ready);
        watch.wait("a root that was looked at", ready);
        watch
    }

    fn wait(&self, what: &str, is_it: impl Fn(&Delta) -> bool) {
        loop {
            let Ok(deltas) = self.deltas.recv_timeout(PATIENCE) else {
                panic!("no {what}");
            };
            if deltas.iter().any(&is_it) {
                return;
            }
        }
    }

    /// Waits until this snapshot fares so.
    fn wait_for(&self, name: &str, health: Health) {
        let is_it = |delta: &Delta| matches!(delta, Delta::Upserted(row) if row.location.name() == name.as_bytes() && row.health == health);
        self.wait(&format!("{name} that is {health:?}"), is_it);
    }
}

impl Drop for Untiring {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

#[test]
fn metadata_that_is_cut_short_shows_without_another_look_at_everything() {
    let (temp, job) = job();
    let watch = Untiring::on(&temp.path().join("root"));
    let metadata = job.join("chk-7/_metadata");
    let whole = fs::read(&metadata).unwrap();
    let file = fs::OpenOptions::new().write(true).open(&metadata).unwrap();
    file.set_len(1000).unwrap();
    watch.wait_for("chk-7", Health::Corrupt);
    fs::write(&metadata, whole).unwrap();
    watch.wait_for("chk-7", Health::Complete);
}

#[test]
fn state_files_that_go_or_are_cut_short_show_without_another_look_at_everything() {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("root");
    copy(&fixture("flink-2.3.0/rocksdb-incremental"), &root);
    let job = only(&root.join("checkpoints"), "");
    let watch = Untiring::on(&root);
    for named in [
        job.join("chk-9/00b52978-cb5b-4799-a67d-d2e345ba09cd"),
        shared_file_of(&job, "chk-9"),
    ] {
        let content = fs::read(&named).unwrap();
        fs::remove_file(&named).unwrap();
        watch.wait_for("chk-9", Health::Incomplete);
        fs::write(&named, &content).unwrap();
        watch.wait_for("chk-9", Health::Complete);
        let file = fs::OpenOptions::new().write(true).open(&named).unwrap();
        file.set_len(content.len() as u64 - 1).unwrap();
        watch.wait_for("chk-9", Health::Incomplete);
        fs::write(&named, &content).unwrap();
        watch.wait_for("chk-9", Health::Complete);
    }
}

/// A file in `shared` that a checkpoint names.
fn shared_file_of(job: &Path, name: &str) -> std::path::PathBuf {
    let metadata = fs::read(job.join(name).join("_metadata")).unwrap();
    let mut files = fs::read_dir(job.join("shared")).unwrap();
    let is_named = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().as_encoded_bytes();
        metadata.windows(name.len()).any(|window| window == name)
    };
    files
        .find_map(|entry| Some(entry.unwrap().path()).filter(is_named))
        .unwrap()
}

#[test]
fn what_happens_in_a_directory_of_our_own_is_told() {
    let (temp, _) = job();
    let root = temp.path().join("root");
    let watch = Untiring::on(&root);
    let batch = root.join("checkpoints/.stateward/trash/20260101T000000Z-1");
    let ours = |delta: &Delta| *delta == Delta::Ours;
    fs::create_dir_all(&batch).unwrap();
    watch.wait("news of a trash that was made", ours);
    fs::write(batch.join("state.json"), "{}").unwrap();
    watch.wait("news of what is written down in it", ours);
    // Whoever works in it ends, in whatever way.
    let lock = fs::File::create(root.join("checkpoints/.stateward/trash/lock")).unwrap();
    watch.wait("news of a lock that was made", ours);
    drop(lock);
    watch.wait("news of a lock that is free", ours);
}

#[test]
fn a_closed_output_ends_the_watch() {
    let (temp, job) = job();
    let mut child = stateward()
        .arg("watch")
        .arg(temp.path().join("root"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.next().unwrap().unwrap();
    drop(lines);
    // It notices at its next event.
    begin(&job, "chk-7", "chk-8");
    assert!(child.wait().unwrap().success());
}

#[test]
fn whoever_looks_again_during_the_first_look_sees_it_end_once() {
    const MANY: usize = 800;
    let store = Arc::new(MemoryStore::default());
    let root = Location::local(b"/checkpoints");
    let metadata = fs::read(only(&job().1.join("chk-7"), "_metadata")).unwrap();
    for number in 0..MANY {
        let at = root.join(format!("{:032x}/chk-{number}/_metadata", number % 40).as_bytes());
        store.put(&at, metadata.clone(), Timestamp::UNIX_EPOCH);
    }
    let stopped = Arc::new(AtomicBool::new(false));
    let (news, deltas) = crossbeam_channel::unbounded();
    let (requests, asked) = crossbeam_channel::unbounded::<Request>();
    // Three times for whoever asks, and once more when the first look is over.
    let (end, mut looks) = (stopped.clone(), 0);
    let emit = Box::new(move |deltas: Vec<Delta>| {
        let is_ready =
            |delta: &&Delta| matches!(delta, Delta::Root(root) if root.state == RootState::Ready);
        looks += deltas.iter().filter(is_ready).count();
        end.store(looks >= 4, Ordering::Relaxed);
        let _ = news.send(deltas);
    });
    // As by the key that looks at all roots again, while it is looked for the first time.
    for _ in 0..3 {
        requests
            .send(Box::new(|observer| {
                observer.look_at_everything();
                assert_eq!(observer.catalog().rows().count(), MANY);
            }))
            .unwrap();
    }
    drop(requests);
    let watched = Root {
        location: root,
        depth: 4,
    };
    Observer::new(store, Rules::default(), vec![watched], stopped, emit).run(&asked);
    let states = deltas.iter().flatten().filter_map(|delta| match delta {
        Delta::Root(root) => Some(root.state),
        _ => None,
    });
    let states: Vec<RootState> = states.collect();
    let ready = states
        .iter()
        .position(|it| *it == RootState::Ready)
        .unwrap();
    assert!(ready > 0, "it was over before anybody could ask");
    assert!(
        states[ready..].iter().all(|it| *it == RootState::Ready),
        "{states:?}"
    );
}

/// A local store. Once it is armed, the watching that it is read for is told to end in the middle of the next listing.
struct Ending {
    armed: AtomicBool,
    stopped: Arc<AtomicBool>,
}

impl Store for Ending {
    fn list(
        &self,
        dir: &Location,
        visit: &mut dyn FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), StoreError> {
        if self.armed.load(Ordering::SeqCst) {
            self.stopped.store(true, Ordering::SeqCst);
        }
        LocalStore.list(dir, visit)
    }

    fn list_with_stat(
        &self,
        dir: &Location,
        visit: &mut dyn FnMut(Entry, Stat),
    ) -> Result<(), StoreError> {
        LocalStore.list_with_stat(dir, visit)
    }

    fn stat(&self, at: &Location) -> Result<Stat, StoreError> {
        LocalStore.stat(at)
    }

    fn open(&self, at: &Location) -> Result<Box<dyn Read + Send>, StoreError> {
        LocalStore.open(at)
    }
}

/// What is passed on after a root was looked at as a whole, when `then` makes it looked at again and that is broken off.
fn told_of_a_look_that_is_broken_off(
    root: &Path,
    then: impl FnOnce(&crossbeam_channel::Sender<Request>),
) -> Vec<Delta> {
    let stopped = Arc::new(AtomicBool::new(false));
    let store = Arc::new(Ending {
        armed: AtomicBool::new(false),
        stopped: stopped.clone(),
    });
    let (news, deltas) = crossbeam_channel::unbounded::<Vec<Delta>>();
    let (requests, asked) = crossbeam_channel::unbounded::<Request>();
    let emit = Box::new(move |deltas| {
        let _ = news.send(deltas);
    });
    let watched = Root {
        location: Location::local(root.as_os_str().as_encoded_bytes()),
        depth: 4,
    };
    let never = Duration::from_secs(1 << 30);
    let pace = Pace {
        slow: never,
        fast: never,
    };
    let looks = store.clone();
    let watching = std::thread::spawn(move || {
        Observer::new(looks, Rules::default(), vec![watched], stopped, emit)
            .at_pace(pace)
            .run(&asked);
    });
    // Answered between looks: the first ones are over by then.
    let (first, over) = channel();
    requests
        .send(Box::new(move |observer| {
            observer.look_at_everything();
            let _ = first.send(());
        }))
        .unwrap();
    over.recv_timeout(PATIENCE).unwrap();
    let before: Vec<Delta> = deltas.try_iter().flatten().collect();
    assert!(before.iter().any(|it| matches!(it, Delta::Upserted(_))));
    store.armed.store(true, Ordering::SeqCst);
    then(&requests);
    watching.join().unwrap();
    deltas.try_iter().flatten().collect()
}

#[test]
fn a_look_after_a_change_that_is_broken_off_is_not_told() {
    let (temp, job) = job();
    let told = told_of_a_look_that_is_broken_off(&temp.path().join("root"), |_| {
        fs::create_dir(job.join("chk-999")).unwrap();
    });
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn a_look_at_everything_that_is_broken_off_is_not_told_by_what_comes_after_it() {
    let (temp, _) = job();
    let told = told_of_a_look_that_is_broken_off(&temp.path().join("root"), |requests| {
        requests
            .send(Box::new(|observer| {
                observer.look_at_everything();
                let seen = observer.catalog().rows().count();
                observer.learn(Vec::new());
                assert_eq!(seen, 5, "nothing is forgotten");
            }))
            .unwrap();
    });
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn a_first_look_that_is_broken_off_is_not_told() {
    let (temp, _) = job();
    let stopped = Arc::new(AtomicBool::new(false));
    let store = Ending {
        armed: AtomicBool::new(true),
        stopped: stopped.clone(),
    };
    let (news, deltas) = crossbeam_channel::unbounded::<Vec<Delta>>();
    let emit = Box::new(move |deltas| {
        let _ = news.send(deltas);
    });
    let watched = Root {
        location: Location::local(temp.path().as_os_str().as_encoded_bytes()),
        depth: 5,
    };
    let (_requests, asked) = crossbeam_channel::unbounded();
    Observer::new(
        Arc::new(store),
        Rules::default(),
        vec![watched],
        stopped,
        emit,
    )
    .run(&asked);
    let told: Vec<Delta> = deltas.try_iter().flatten().collect();
    assert!(told.is_empty(), "{told:?}");
}

#[cfg(unix)]
#[test]
fn told_to_end_it_ends_well_and_the_history_knows_until_when_it_watched() {
    let (temp, _) = job();
    let root = temp.path().join("root");
    for signal in ["INT", "TERM", "HUP"] {
        let state = temp.path().join(signal);
        let mut child = stateward()
            .arg("watch")
            .arg(&root)
            .env("XDG_STATE_HOME", &state)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("root_ready")));
        let told = Command::new("kill")
            .args([format!("-{signal}"), child.id().to_string()])
            .status();
        assert!(told.unwrap().success());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{signal}");
        let history = stateward()
            .arg("history")
            .arg(&root)
            .env("XDG_STATE_HOME", &state)
            .output()
            .unwrap();
        let history = String::from_utf8(history.stdout).unwrap();
        let last = history.lines().last().unwrap_or_default();
        assert!(last.ends_with(" ends"), "{signal}: {history}");
    }
}
