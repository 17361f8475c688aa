//! The demonstration, by the real program: it shows a live cluster at once, keys do there what they do on a real one, and
//! whichever way it ends, nothing is left of it.

use std::fs;
use std::path::{Path, PathBuf};

use stateward::tui::glyphs::UNICODE;
use vt100::Screen;

use crate::pty::{Pty, eventually, start};
use crate::pty_screen::{has_row, marked, row_says, table};

/// Directories that are the demonstration's alone, to see what it leaves there.
struct Home {
    temp: tempfile::TempDir,
}

/// Where a program leaves what it writes.
const PLACES: [(&str, &str); 4] = [
    ("TMPDIR", "tmp"),
    ("HOME", "home"),
    ("XDG_STATE_HOME", "state"),
    ("XDG_CONFIG_HOME", "config"),
];

impl Home {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        for (_, name) in PLACES {
            fs::create_dir(temp.path().join(name)).unwrap();
        }
        Self { temp }
    }

    fn place(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    fn demo(&self, more: &[&str]) -> Pty {
        let mut start = start(["demo"].iter().chain(more));
        for (variable, name) in PLACES {
            start = start.env(variable, self.place(name).to_str().unwrap());
        }
        start.run()
    }

    /// What lies in any of them.
    fn left(&self) -> Vec<PathBuf> {
        let names = PLACES.iter().map(|(_, name)| self.place(name));
        names.flat_map(|place| entries(&place)).collect()
    }
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}

fn leave(pty: &mut Pty) {
    pty.send("q");
    assert_eq!(pty.finish().exit_code(), 0);
    assert!(pty.is_given_back());
}

/// Waits until the terminal that was given back has this.
fn said(pty: &Pty, words: &str) {
    eventually(words, || {
        String::from_utf8_lossy(&pty.raw()).contains(words)
    });
}

/// The numbers of the checkpoints on the screen.
fn checkpoints(screen: &Screen) -> Vec<u64> {
    let rows = table(screen).into_iter();
    rows.filter_map(|row| row.name.strip_prefix("chk-")?.parse().ok())
        .collect()
}

/// Presses a key that leads to a change, and waits for what it shows. The checkpoint that was selected before may have gone
/// just now; then it is asked whether the key is meant.
fn ask(pty: &Pty, key: &str, shown: &str) {
    const AGAIN: &str = "press again if it is meant";
    pty.send(key);
    pty.wait_for(shown, |screen| {
        let text = screen.contents();
        text.contains(shown) || text.contains(AGAIN)
    });
    if pty.screen().contents().contains(AGAIN) {
        pty.send(key);
        pty.wait_for_text(shown);
    }
}

/// Shows savepoints only, and waits until one of the job that runs is chosen.
fn choose_a_savepoint(pty: &Pty) -> String {
    pty.send("/kind:savepoint lineage:fraud\r");
    pty.wait_for("choice of its savepoint", |screen| {
        marked(screen).len() == 1 && checkpoints(screen).is_empty()
    });
    marked(&pty.screen()).remove(0)
}

#[test]
fn a_live_cluster_is_there_at_once_and_nothing_is_left_of_it() {
    let home = Home::new();
    let mut pty = home.demo(&[]);
    pty.wait_for_text("demo · welcome · ×1");
    pty.wait_for_text("Nothing here is real");
    pty.wait_for_text("changes allowed");
    pty.wait_for_text("flink 2.3.0 ● live");
    pty.wait_for_text("RUNNING");
    pty.wait_for_text(UNICODE.hold);
    pty.wait_for("checkpoint", |screen| !checkpoints(screen).is_empty());
    let newest = checkpoints(&pty.screen()).into_iter().max().unwrap();
    pty.wait_for("newer one", |screen| {
        checkpoints(screen).into_iter().any(|it| it > newest)
    });
    assert_eq!(home.left().len(), 1, "the directory that it plays in");
    leave(&mut pty);
    assert_eq!(home.left(), [""; 0].map(PathBuf::from));
    said(
        &pty,
        "the demonstration is over; nothing of it is left behind",
    );
}

/// Nothing tells whose directory it is but what the program wrote into it: not its name, and not what else lies there.
#[test]
fn only_what_a_demonstration_made_is_swept() {
    let home = Home::new();
    let tmp = home.place("tmp");
    let named = |digit: &str| tmp.join(format!("stateward-demo-{}", digit.repeat(16)));
    let (mine, kept) = (named("1"), named("2"));
    fs::create_dir_all(mine.join("deep")).unwrap();
    fs::write(mine.join("deep/file"), "x").unwrap();
    let mut pty = home.demo(&["--keep", kept.to_str().unwrap()]);
    pty.wait_for_text("flink 2.3.0 ● live");
    leave(&mut pty);
    let wrote = entries(&kept).len();
    assert!(wrote > 0);
    let mut pty = home.demo(&[]);
    pty.wait_for_text("flink 2.3.0 ● live");
    let plays_in = entries(&tmp)
        .into_iter()
        .find(|it| *it != mine && *it != kept);
    pty.signal("KILL");
    pty.finish();
    let killed = plays_in.unwrap();
    assert!(killed.exists());
    // Somebody else's by the same mark: it names another directory.
    let copied = named("3");
    crate::program::copy(&killed, &copied);
    let mut pty = home.demo(&[]);
    pty.wait_for_text("flink 2.3.0 ● live");
    leave(&mut pty);
    assert!(!killed.exists(), "its process is gone");
    let mut left = entries(&tmp);
    left.sort();
    assert_eq!(left, [mine.clone(), kept.clone(), copied]);
    assert!(mine.join("deep/file").exists());
    assert_eq!(entries(&kept).len(), wrote);
}

#[test]
fn a_savepoint_is_taken_deleted_and_put_back() {
    let home = Home::new();
    let mut pty = home.demo(&[]);
    pty.wait_for_text("flink 2.3.0 ● live");
    let before = choose_a_savepoint(&pty);
    ask(&pty, "t", "Trigger for fraud-scoring");
    pty.send("\r");
    pty.wait_for_text("y does it");
    pty.send("y");
    pty.wait_for_text("completed as number");
    pty.send("\x1b");
    pty.wait_for("choice of the new savepoint", |screen| {
        let chosen = marked(screen);
        chosen.len() == 1 && chosen[0] != before && has_row(screen, &before)
    });
    let taken = marked(&pty.screen()).remove(0);
    ask(&pty, "d", "1 staged");
    ask(&pty, "D", "out of sight");
    pty.send("y");
    pty.wait_for_text("nothing of it may go");
    pty.send("c");
    pty.wait_for_text("To overrule, type heirs of fraud-scoring");
    pty.send("heirs of fraud-scoring\r");
    pty.wait_for_text("would be free once purged");
    pty.send("y");
    pty.wait_for_text("in the trash (T)");
    pty.send("\x1b");
    pty.wait_for("table without it", |screen| {
        has_row(screen, &before) && !has_row(screen, &taken)
    });
    pty.send("T");
    pty.wait_for_text("1 deletion");
    pty.send("u");
    pty.wait_for_text("will be whole");
    pty.send("y");
    pty.wait_for_text("back in place");
    pty.send("\x1b");
    pty.wait_until_gone(" Operations ");
    pty.send("\x1b");
    pty.wait_for("table with it", |screen| {
        row_says(screen, &taken, "complete")
    });
    leave(&mut pty);
    assert_eq!(home.left(), [""; 0].map(PathBuf::from));
}

#[test]
fn a_checkpoint_that_its_job_may_build_on_is_refused_as_everywhere() {
    let home = Home::new();
    let mut pty = home.demo(&["--paused"]);
    pty.wait_for_text("flink 2.3.0 ● live");
    pty.wait_for("checkpoint", |screen| !checkpoints(screen).is_empty());
    pty.send("/kind:checkpoint lineage:fraud\r");
    pty.wait_for("checkpoints of the job that runs", |screen| {
        !checkpoints(screen).is_empty() && !has_row(screen, "chk-12")
    });
    ask(&pty, "D", "nothing of it may go");
    pty.wait_for_text("live job");
    pty.send("\x1b");
    pty.wait_until_gone("Nothing may go");
    leave(&mut pty);
}

#[test]
fn a_job_is_stopped_and_restarted_from_a_mark() {
    let home = Home::new();
    let mut pty = home.demo(&[]);
    pty.wait_for_text("flink 2.3.0 ● live");
    let before = choose_a_savepoint(&pty);
    ask(&pty, "Z", "Stop fraud-scoring");
    pty.send("\r");
    pty.wait_for_text("y does it");
    pty.send("y");
    pty.wait_for_text("the job is FINISHED");
    pty.send("\x1b");
    pty.wait_for("choice of the savepoint that it stopped with", |screen| {
        let chosen = marked(screen);
        chosen.len() == 1 && chosen[0] != before
    });
    ask(&pty, "M", "is marked for restart");
    pty.wait_for_text("Marked for restart by");
    ask(&pty, "R", "fraud-scoring.jar");
    pty.send("\r");
    pty.wait_for_text("y does it");
    pty.send(",");
    pty.wait_for_text("paused");
    pty.send("y");
    pty.wait_for_text("is submitted");
    // What it waits for does not come while time stands still, and that is said.
    pty.wait_for_text("waits for the first checkpoint that it completes since");
    pty.wait_for_text("time stands still, and , lets it go on");
    pty.send(",");
    pty.wait_for_text("proven: job");
    pty.send("\x1b");
    pty.wait_until_gone(" Operations ");
    leave(&mut pty);
    assert_eq!(home.left(), [""; 0].map(PathBuf::from));
}

#[test]
fn where_nothing_more_happens_a_step_says_so() {
    let home = Home::new();
    let mut pty = home.demo(&["finished-job", "--paused"]);
    pty.wait_for_text("demo · finished-job");
    pty.send(&".".repeat(200));
    pty.wait_for_text("nothing more happens by itself");
    leave(&mut pty);
}

#[test]
fn time_stands_still_goes_step_by_step_and_runs_faster() {
    let home = Home::new();
    let mut pty = home.demo(&["retained-one", "--paused", "--speed", "2"]);
    pty.wait_for_text("demo · retained-one · ×2 · paused");
    pty.wait_for("its one checkpoint", |screen| checkpoints(screen) == [1]);
    pty.send("i");
    pty.wait_for_text("stateward jobs --flink http://127.0.0.1:");
    pty.send("i");
    pty.wait_until_gone("What happened");
    // A second one is complete, and Flink lets go of the first.
    step_until(&pty, "snapshot 1 is deleted");
    pty.send("i");
    pty.wait_for_text("checkpoint 2 is complete");
    let told = pty.screen().contents();
    let once = |words: &str| assert_eq!(told.matches(words).count(), 1, "{words} in\n{told}");
    once("job fraud-scoring starts");
    once("checkpoint 1 is complete");
    pty.send("}");
    pty.wait_for_text("×5 · paused");
    pty.send("{{");
    pty.wait_for_text("×1 · paused");
    pty.send(",");
    pty.wait_until_gone("paused");
    pty.send("\x1b");
    pty.wait_until_gone("What happened");
    leave(&mut pty);
    assert_eq!(home.left(), [""; 0].map(PathBuf::from));
}

/// What happened last, without when.
fn newest(screen: &Screen) -> Option<String> {
    let text = screen.contents();
    let mut lines = text.lines().skip_while(|it| !it.contains("What happened"));
    let (_, words) = lines.nth(1)?.split_once(" ago ")?;
    Some(words.to_owned())
}

/// Goes on step by step until the story tells this; it is open meanwhile.
fn step_until(pty: &Pty, told: &str) {
    pty.send("i");
    pty.wait_for_text("What happened");
    let mut steps = 0;
    while !pty.screen().contents().contains(told) {
        let before = newest(&pty.screen());
        pty.send(".");
        pty.wait_for("what comes next", |screen| newest(screen) != before);
        steps += 1;
        assert!(steps < 60, "{before:?}");
    }
    pty.send("i");
    pty.wait_until_gone("What happened");
}

#[test]
fn everything_follows_the_time_of_the_demonstration() {
    let home = Home::new();
    let mut pty = home.demo(&["savepoints-pile-up", "--paused"]);
    pty.wait_for("its first checkpoint", |screen| checkpoints(screen) == [1]);
    // Hours pass in a moment, on the disk and on the screen.
    step_until(&pty, "checkpoint 3 is complete");
    // Or it went on to where the next one is triggered, when the story was read while it was being drawn.
    pty.wait_for("ages", |screen| {
        let ages = [(" 0s ", " 4h "), (" 3h ", " 7h ")];
        ages.iter().any(|(newer, older)| {
            row_says(screen, "chk-3", newer) && row_says(screen, "chk-2", older)
        })
    });
    pty.send("v");
    pty.wait_for_text("exist with the right length");
    step_until(&pty, "savepoint 8 is complete");
    pty.send("/kind:savepoint\r");
    pty.wait_for("choice of the savepoint", |screen| {
        marked(screen).len() == 1 && checkpoints(screen).is_empty()
    });
    ask(&pty, "D", "out of sight");
    pty.send("c");
    pty.wait_for_text("To overrule, type heirs of sessions");
    pty.send("heirs of sessions\r");
    // Its files were not written in the future.
    pty.wait_for_text("would be free once purged");
    pty.send("y");
    pty.wait_for_text("in the trash (T)");
    pty.send("\x1b");
    pty.wait_until_gone(" Operations ");
    pty.send("T");
    pty.wait_for_text("may go      ");
    pty.wait_for("age of the deletion", |screen| {
        let text = screen.contents();
        text.contains("(0s ago)") && text.contains("(in 3d)")
    });
    pty.send("\x1b");
    pty.wait_until_gone("(in 3d)");
    leave(&mut pty);
}

#[test]
fn whatever_ends_it_takes_its_files_along() {
    for signal in ["TERM", "INT", "HUP", "QUIT"] {
        let home = Home::new();
        let mut pty = home.demo(&[]);
        pty.wait_for("checkpoint", |screen| !checkpoints(screen).is_empty());
        assert_eq!(home.left().len(), 1, "{signal}");
        pty.signal(signal);
        pty.finish();
        assert_eq!(home.left(), [""; 0].map(PathBuf::from), "{signal}");
    }
    let home = Home::new();
    let mut pty = home.demo(&[]);
    pty.wait_for("checkpoint", |screen| !checkpoints(screen).is_empty());
    pty.send("\x03\x03");
    pty.finish();
    assert_eq!(home.left(), [""; 0].map(PathBuf::from), "ctrl-c");
}

#[test]
fn what_one_that_was_killed_left_behind_goes_when_the_next_begins() {
    let home = Home::new();
    let mut killed = home.demo(&[]);
    killed.wait_for("checkpoint", |screen| !checkpoints(screen).is_empty());
    let left = home.left();
    killed.signal("KILL");
    killed.finish();
    assert_eq!(home.left(), left);
    let mut next = home.demo(&[]);
    next.wait_for("checkpoint", |screen| !checkpoints(screen).is_empty());
    assert_eq!(home.left().len(), 1);
    assert_ne!(home.left(), left);
    leave(&mut next);
}

#[test]
fn what_is_to_be_kept_stays() {
    let home = Home::new();
    let directory = home.temp.path().join("kept");
    let mut pty = home.demo(&["--keep", directory.to_str().unwrap()]);
    pty.wait_for("checkpoint", |screen| !checkpoints(screen).is_empty());
    leave(&mut pty);
    assert!(directory.join("fraud-scoring/checkpoints").is_dir());
    said(&pty, "the demonstration is over; what it wrote stays in ");
    assert_eq!(home.left(), [""; 0].map(PathBuf::from));
    let mut again = home.demo(&["--keep", directory.to_str().unwrap()]);
    assert_eq!(again.finish().exit_code(), 3);
    eventually("word of that", || {
        let said = String::from_utf8_lossy(&again.raw()).into_owned();
        said.contains("cannot play in") && said.contains("kept")
    });
}
