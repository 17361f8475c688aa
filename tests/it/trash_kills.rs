//! Processes that move files into the trash and back are killed, again and again, wherever they are; nothing is lost.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use stateward::action::apply::{NamedIn, together};
use stateward::domain::batch::{Batch, Directory, Move, SCHEMA};
use stateward::store::change::{LocalTree, Tree};

use crate::program::{copy, fixture, only, stateward};
use crate::trash_together::{GOING, Pair};
use crate::trash_tree::{Image, image, permission, quietly, seen};

/// Set for the process that carries batches out: a file with a root and a batch for each.
const BATCHES: &str = "STATEWARD_TEST_TRASH_BATCHES";
/// So many processes are to be killed at the least.
const KILLS: usize = 1000;
/// SIGKILL.
const KILL: i32 = 9;

/// Not a test of its own: what the processes do that carry a batch out, for nothing but a test does so without a plan.
#[test]
fn a_process_that_carries_a_batch_out() {
    let Some(file) = std::env::var_os(BATCHES) else {
        return;
    };
    let all: Vec<(PathBuf, Batch)> = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let trees: Vec<LocalTree> = all
        .iter()
        .map(|(root, _)| LocalTree::open(root).unwrap())
        .collect();
    let all = trees.iter().zip(&all);
    let all: Vec<(&dyn Tree, &Batch)> = all.map(|(tree, (_, batch))| (tree as _, batch)).collect();
    let mut recheck = || Ok(Box::new(|_: usize, _: &str| None) as NamedIn);
    let (_, end) =
        quietly(|course| together(permission(), &all, &mut || None, &mut recheck, course));
    end.unwrap();
}

/// What processes are killed over.
trait Prey {
    /// The directories that files of a batch lie in while they are in the trash.
    fn trashes(&self, id: &str) -> Vec<PathBuf>;
    /// How many files move.
    fn count(&self) -> usize;
    /// How many of them are in the trash; each is in one place and no other.
    fn check(&self, id: &str) -> usize;
}

impl Prey for Victim {
    fn trashes(&self, id: &str) -> Vec<PathBuf> {
        vec![self.file(id, 0).parent().unwrap().to_owned()]
    }

    fn count(&self) -> usize {
        self.moves.len()
    }

    fn check(&self, id: &str) -> usize {
        Self::check(self, id)
    }
}

impl Pair {
    /// Whether something half-way lies in one of the roots.
    fn is_unfinished(&self) -> bool {
        let mut listed = [0, 1].into_iter().map(|it| {
            let listed = stateward()
                .args(["trash", "ls", "--json"])
                .arg(self.root(it))
                .output();
            serde_json::from_slice::<serde_json::Value>(&listed.unwrap().stdout).unwrap()
        });
        listed.any(|it| {
            let mut batches = it["batches"].as_array().unwrap().iter();
            batches.any(|batch| batch["unfinished"] == true)
        })
    }
}

impl Prey for Pair {
    fn trashes(&self, id: &str) -> Vec<PathBuf> {
        let files = |it| {
            self.root(it)
                .join(".stateward/trash")
                .join(id)
                .join("files")
        };
        [0, 1].map(files).to_vec()
    }

    fn count(&self) -> usize {
        GOING.len()
    }

    fn check(&self, id: &str) -> usize {
        let moved = Self::check(self, id, id);
        moved.into_iter().filter(|it| *it).count()
    }
}

/// The process that carries batches out, each in the root beside it.
fn applying(batches: &[(PathBuf, Batch)], file: &Path) -> Command {
    fs::write(file, serde_json::to_vec(batches).unwrap()).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([
            "--exact",
            "--nocapture",
            "trash_kills::a_process_that_carries_a_batch_out",
        ])
        .env(BATCHES, file);
    command
}

/// What a real Flink wrote, of which two checkpoints go.
struct Victim {
    temp: tempfile::TempDir,
    moves: Vec<Move>,
    start: Image,
}

impl Victim {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("root");
        copy(&fixture("flink-2.3.0/rocksdb-incremental"), &root);
        let job = only(&root.join("checkpoints"), "e8eeda");
        let (mut metadata, mut others) = (Vec::new(), Vec::new());
        for (target, name) in ["chk-7", "chk-8"].into_iter().enumerate() {
            // Enough that there is something to be killed in.
            for number in 0..8 {
                fs::write(job.join(name).join(format!("more-{number}")), name).unwrap();
            }
            for entry in fs::read_dir(job.join(name)).unwrap() {
                let path = entry.unwrap().path();
                let is_metadata = path.ends_with("_metadata");
                let list = if is_metadata {
                    &mut metadata
                } else {
                    &mut others
                };
                list.push(a_move(&root, &path, target));
            }
        }
        metadata.append(&mut others);
        Self {
            start: image(&root),
            moves: metadata,
            temp,
        }
    }

    fn root(&self) -> PathBuf {
        self.temp.path().join("root")
    }

    fn batch(&self, id: &str) -> Batch {
        let job = only(&self.root().join("checkpoints"), "e8eeda");
        let directory = |name: &str| {
            let path = job.join(name);
            Directory {
                path: relative(&self.root(), &path),
                mode: fs::metadata(path).unwrap().mode() & 0o7777,
                uid: None,
                gid: None,
                modified: None,
                attributes: Vec::new(),
            }
        };
        Batch {
            schema: SCHEMA,
            plan: id.to_owned(),
            at: Timestamp::now(),
            by: "somebody@somewhere".to_owned(),
            verb: "delete".to_owned(),
            scope: Vec::new(),
            looking: None,
            missing: Vec::new(),
            real: Vec::new(),
            spread: Vec::new(),
            places: Vec::new(),
            roots: Vec::new(),
            asked: Vec::new(),
            typed: std::collections::BTreeSet::new(),
            targets: vec!["chk-7".to_owned(), "chk-8".to_owned()],
            moves: self.moves.clone(),
            metadata: 2,
            directories: vec![directory("chk-7"), directory("chk-8")],
        }
    }

    fn file(&self, id: &str, number: usize) -> PathBuf {
        let trash = self.root().join(".stateward/trash");
        trash.join(id).join("files").join(number.to_string())
    }

    /// How many files are in the trash; each is in one place and no other, and nothing else is touched.
    fn check(&self, id: &str) -> usize {
        let mut expected = self.start.clone();
        let now = image(&self.root());
        let mut moved = 0;
        for (number, it) in self.moves.iter().enumerate() {
            let from = PathBuf::from(&it.from);
            let trashed = self.file(id, number);
            let trashed = trashed.strip_prefix(self.root()).unwrap();
            match (now.get(&from), now.get(trashed)) {
                (Some(there), None) => assert_eq!(Some(there), self.start.get(&from)),
                (None, Some(here)) => {
                    assert_eq!(Some(here), self.start.get(&from));
                    expected.remove(&from);
                    moved += 1;
                }
                both => panic!("{}: {both:?}", it.from),
            }
        }
        let ours: Image = now
            .into_iter()
            .filter(|(path, _)| !path.starts_with(".stateward"))
            .collect();
        let directories: Vec<PathBuf> = self
            .moves
            .iter()
            .map(|it| Path::new(&it.from).parent().unwrap().to_owned())
            .collect();
        // Directories that are on their way may be there or not.
        expected.retain(|path, _| !directories.contains(path) || ours.contains_key(path));
        assert_eq!(ours, expected);
        moved
    }

    fn is_as_at_the_start(&self) -> bool {
        let mut now = image(&self.root());
        now.retain(|path, _| !path.starts_with(".stateward"));
        now == self.start
    }

    fn applying(&self, id: &str) -> Command {
        let batches = [(self.root(), self.batch(id))];
        applying(&batches, &self.temp.path().join("batch.json"))
    }

    fn program(&self, args: &[&str]) -> Command {
        let mut command = stateward();
        command.args(args).arg("--write").arg(self.root());
        command
    }
}

fn relative(root: &Path, path: &Path) -> String {
    let path = path.strip_prefix(root).unwrap();
    path.to_str().unwrap().to_owned()
}

fn a_move(root: &Path, path: &Path, target: usize) -> Move {
    Move {
        from: relative(root, path),
        target,
        also: Vec::new(),
        seen: seen(path),
    }
}

/// Numbers that look random and are the same in every run (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Who was killed where.
#[derive(Default)]
struct Count {
    kills: BTreeMap<&'static str, usize>,
    /// Kills that left some files moved and others not.
    between: usize,
    /// How long each sort of process takes when it is left alone.
    took: BTreeMap<&'static str, Duration>,
}

impl Count {
    /// Starts a process and kills it somewhere; whether it was killed.
    fn kill(
        &mut self,
        victim: &impl Prey,
        id: &str,
        name: &'static str,
        mut command: Command,
        dice: &mut Dice,
    ) -> bool {
        let trashes = victim.trashes(id);
        let count = || -> usize {
            let each = trashes.iter();
            each.map(|at| fs::read_dir(at).map_or(0, Iterator::count))
                .sum()
        };
        let before = count();
        let begun = Instant::now();
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Either after some time, or once so many files have moved.
        let took = self
            .took
            .get(name)
            .copied()
            .unwrap_or(Duration::from_millis(50));
        let deadline = took.mul_f64(dice.below(1000) as f64 / 1000.0);
        let moved = 1 + dice.below(victim.count() as u64) as usize;
        let by_time = dice.below(3) == 0;
        let is_time = || {
            if by_time {
                begun.elapsed() >= deadline
            } else {
                count().abs_diff(before) >= moved
            }
        };
        while !is_time() {
            if let Some(status) = child.try_wait().unwrap() {
                self.took.insert(name, begun.elapsed());
                fine(name, status, child);
                victim.check(id);
                return false;
            }
        }
        child.kill().unwrap();
        let status = child.wait().unwrap();
        let is_killed = status.signal() == Some(KILL);
        if is_killed {
            *self.kills.entry(name).or_default() += 1;
        } else {
            fine(name, status, child);
        }
        let moved = victim.check(id);
        self.between += usize::from(is_killed && moved > 0 && moved < victim.count());
        is_killed
    }

    fn total(&self) -> usize {
        self.kills.values().sum()
    }
}

fn fine(name: &str, status: ExitStatus, child: Child) {
    // A target that was whole still is left, and told of; so is what came back and was not whole before.
    let tells = matches!(name, "resume" | "undo in one of two");
    let is_fine = status.success() || (tells && status.code() == Some(1));
    if !is_fine {
        let output = child.wait_with_output().unwrap();
        panic!(
            "{name}: {status}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}

#[test]
fn nothing_is_lost_however_often_it_is_killed() {
    let victim = Victim::new();
    let mut dice = Dice(0x5eed_0f1e_7001_2026);
    let mut count = Count::default();
    let mut round = 0;
    while count.total() < KILLS {
        round += 1;
        let id = format!("20261125T150500Z-{round:04}");
        let mut is_begun = !count.kill(&victim, &id, "apply", victim.applying(&id), &mut dice);
        let is_there = |file: &str| {
            let trash = victim.root().join(".stateward/trash");
            trash.join(&id).join(file).exists()
        };
        // Killed before it was written down, it never was.
        if !is_begun && is_there("state.json") {
            is_begun = true;
            let resumes = dice.below(4);
            for _ in 0..resumes {
                let resume = victim.program(&["resume"]);
                if !count.kill(&victim, &id, "resume", resume, &mut dice) {
                    break;
                }
            }
        }
        if is_begun {
            loop {
                let undo = victim.program(&["undo", "--plan", &id]);
                if !count.kill(&victim, &id, "undo", undo, &mut dice) {
                    break;
                }
            }
        }
        assert!(victim.is_as_at_the_start(), "{id}");
        loop {
            let purge = victim.program(&["trash", "purge"]);
            if !count.kill(&victim, &id, "purge", purge, &mut dice) {
                break;
            }
        }
        assert!(!is_there(""), "nothing is left of {id}");
    }
    let (total, kills, between) = (count.total(), &count.kills, count.between);
    writeln!(
        std::io::stderr(),
        "kills survived: {total} in {round} rounds ({kills:?}); {between} of them between two files"
    )
    .unwrap();
    for name in ["apply", "resume", "undo"] {
        assert!(count.kills[name] >= KILLS / 20, "{name}: {:?}", count.kills);
    }
    assert!(between >= KILLS / 5, "{between} only");
}

/// So many processes at work in two roots are to be killed at the least.
const KILLS_IN_TWO: usize = 200;

#[test]
fn nothing_is_lost_in_two_roots_whichever_is_named_afterwards() {
    let pair = Pair::new();
    let mut dice = Dice(0x2026_7001_0f1e_5eed);
    let mut count = Count::default();
    let mut round = 0;
    let temp = tempfile::tempdir().unwrap();
    while count.total() < KILLS_IN_TWO {
        round += 1;
        let id = format!("20261125T150500Z-{round:04}");
        let batches = [0, 1].map(|it| (pair.root(it), pair.batch(it, &id)));
        let process = applying(&batches, &temp.path().join("batches.json"));
        let mut is_begun = !count.kill(&pair, &id, "apply", process, &mut dice);
        let has = |file: &str| {
            let trashes = pair.trashes(&id);
            let mut batches = trashes.iter().map(|it| it.parent().unwrap());
            batches.any(|it| it.join(file).exists())
        };
        let mut program = |name: &'static str, args: &[&str], dice: &mut Dice| {
            let mut command = stateward();
            let named = dice.below(2) as usize;
            command.args(args).arg("--write").arg(pair.root(named));
            count.kill(&pair, &id, name, command, dice)
        };
        if !is_begun && has("state.json") {
            is_begun = true;
            for _ in 0..dice.below(3) {
                program("resume", &["resume"], &mut dice);
            }
        }
        let mut is_back = !is_begun;
        while !is_back {
            // Gone on with from a root in which it had not begun, it is begun there.
            let (name, args) = match dice.below(2) {
                0 => ("undo in one of two", &["undo"][..]),
                _ => ("resume", &["resume"][..]),
            };
            let is_killed = program(name, args, &mut dice);
            is_back = !is_killed && name != "resume";
        }
        assert!(pair.image() == pair.start, "{id}");
        assert!(!pair.is_unfinished(), "{id}");
    }
    let (total, kills) = (count.total(), &count.kills);
    writeln!(
        std::io::stderr(),
        "kills survived in two roots: {total} in {round} rounds ({kills:?}); {} of them between two files",
        count.between
    )
    .unwrap();
    for name in ["apply", "resume", "undo in one of two"] {
        assert!(count.kills[name] >= KILLS_IN_TWO / 20, "{name}: {kills:?}");
    }
}
