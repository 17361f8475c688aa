//! A deletion from the screen, by the real program on what a real Flink wrote.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde_json::Value;
use stateward::domain::location::Location;
use stateward::domain::size::iec;
use stateward::domain::size::thousands;
use stateward::store::local::location_of;

use crate::deletion::{Place, age, contents, files, health, places};
use crate::program::{err, json, only, run};
use crate::pty::{Pty, eventually, start};
use crate::pty_screen::{has_row, marked, text};

/// So many that their way into the trash can be watched.
const FILES: usize = 8_000;

fn opened(place: &Place, more: &[&str]) -> Pty {
    let root = place.root();
    let arguments = [root.as_os_str()];
    let more = more.iter().map(OsStr::new);
    let pty = start(arguments.into_iter().chain(more)).run();
    pty.wait_until_live();
    pty.wait_for("selection of the newest", |screen| {
        marked(screen) == ["chk-9"]
    });
    pty
}

/// The program on the root from a shell.
fn shell(place: &Place, verb: &str) {
    let root = place.root();
    let output = run([OsStr::new(verb), root.as_os_str(), OsStr::new("--write")]);
    assert_eq!(output.status.code(), Some(0), "{verb}: {}", err(&output));
}

/// What the same deletion would do from a shell.
fn planned(snapshot: &Path) -> Value {
    let verb = [
        "delete",
        "--dry-run",
        "--json",
        "--confirm",
        "fraud",
        "--all-named",
    ]
    .map(OsStr::new);
    json(&run(verb.into_iter().chain([snapshot.as_os_str()])))
}

/// Stages the middle one of three and opens the review.
fn reviewed(pty: &Pty, freed: &str) {
    pty.send("j");
    pty.wait_for("selection of the middle", |screen| {
        marked(screen) == ["chk-8"]
    });
    pty.send("d");
    pty.wait_for_text("1 staged");
    pty.wait_for_text(&format!("frees {freed}"));
    pty.send("D");
    pty.wait_for_text("REFUSED");
    pty.wait_for_text("Whether its job lives is not known");
}

/// Overrules that nobody knows whether the job lives.
fn overrule(pty: &Pty) {
    pty.send("c");
    pty.wait_for_text("To overrule, type fraud");
    pty.send("nobody\r");
    pty.wait_for_text("nothing that speaks against it is overruled by that");
    pty.send("\x15fraud\r");
    pty.wait_for_text("overruled: live job");
}

/// The same, and that jobs which claimed it may write elsewhere.
fn overrule_both(pty: &Pty) {
    overrule(pty);
    overrule_the_rest(pty);
}

fn overrule_the_rest(pty: &Pty) {
    pty.send("c");
    pty.wait_for_text("To overrule, type heirs of fraud");
    pty.send("heirs of fraud\r");
    pty.wait_for_text("overruled: out of sight");
}

#[test]
fn the_middle_of_three_goes_into_the_trash_and_comes_back_byte_for_byte() {
    let place = Place::aged(10);
    let before = contents(&place.root());
    let plan = planned(&place.chk(8));
    let freed = iec(plan["freed_bytes"].as_u64().unwrap());
    let mut pty = opened(&place, &["--write"]);
    reviewed(&pty, &freed);
    // What is refused does not go.
    pty.send("y");
    pty.wait_for_text("nothing of it may go");
    overrule_both(&pty);
    pty.wait_for_text(&format!("{freed} would be free"));
    assert_eq!(
        contents(&place.root()),
        before,
        "not before it is confirmed"
    );
    pty.send("y");
    pty.wait_for_text("in the trash (T)");
    pty.send("\x1b");
    pty.wait_for("table without it", |screen| {
        has_row(screen, "chk-9") && !has_row(screen, "chk-8")
    });
    pty.wait_until_gone("staged");
    let after = contents(&place.root());
    let gone: BTreeSet<Location> = before
        .keys()
        .filter(|path| !after.contains_key(*path))
        .map(|path| location_of(path).unwrap())
        .collect();
    assert_eq!(gone, places(&files(&plan, "DELETE")));
    assert!(after.iter().all(|(path, file)| before[path] == *file));
    for number in [7, 9] {
        assert_eq!(health(&place.chk(number)), "complete", "{number}");
    }
    pty.send("q");
    assert_eq!(pty.finish().exit_code(), 0);
    shell(&place, "undo");
    assert_eq!(contents(&place.root()), before);
    assert_eq!(health(&place.chk(8)), "complete");
}

#[test]
fn what_comes_in_one_with_other_keys_or_with_another_size_confirms_nothing() {
    let place = Place::aged(10);
    let before = contents(&place.root());
    let plan = planned(&place.chk(8));
    let freed = iec(plan["freed_bytes"].as_u64().unwrap());
    let pty = opened(&place, &["--write"]);
    reviewed(&pty, &freed);
    overrule(&pty);
    // A word that is typed, or pasted where nobody marks what is.
    for word in ["ja", "all"] {
        pty.send(word);
        pty.wait_for_text("all named: it came in one with other keys");
        pty.send("k");
        pty.wait_until_gone("it came in one with");
    }
    overrule_the_rest(&pty);
    for word in ["jy", "yes", "yyyy"] {
        pty.send(word);
        pty.wait_for_text("move to trash: it came in one with other keys");
        pty.send("k");
        pty.wait_until_gone("it came in one with");
    }
    pty.resize((100, 30));
    pty.send("y");
    pty.wait_for_text("in one with other keys or another size");
    assert_eq!(contents(&place.root()), before);
    pty.send("k");
    pty.wait_until_gone("it came in one with");
    pty.send("y");
    pty.wait_for_text("in the trash (T)");
}

#[test]
fn without_leave_the_same_keys_change_nothing() {
    let place = Place::aged(10);
    let before = contents(&place.root());
    let plan = planned(&place.chk(8));
    let mut pty = opened(&place, &[]);
    reviewed(&pty, &iec(plan["freed_bytes"].as_u64().unwrap()));
    overrule_both(&pty);
    pty.wait_for_text("read-only: start with --write");
    pty.send("y");
    pty.wait_for_text("move to trash: read-only");
    pty.send("qq");
    assert_eq!(pty.finish().exit_code(), 0);
    assert_eq!(contents(&place.root()), before);
    for directory in ["", "checkpoints", "savepoints"] {
        assert!(!place.root().join(directory).join(".stateward").exists());
    }
}

/// The directory of a checkpoint that never completed, with very many files.
fn left_behind(place: &Place) -> PathBuf {
    let directory = place.chk(5);
    fs::create_dir(&directory).unwrap();
    for number in 0..FILES {
        let name = format!("{number:08x}-85b8-4df2-9a17-3a1a0c6f7d11");
        File::create(directory.join(name)).unwrap();
    }
    age(place.temp.path(), 10);
    directory
}

fn count(directory: &Path) -> usize {
    fs::read_dir(directory).map_or(0, Iterator::count)
}

#[test]
fn what_is_halted_half_way_is_gone_on_with_from_a_shell() {
    let place = Place::aged(10);
    let directory = left_behind(&place);
    let before = contents(&place.root());
    let mut pty = opened(&place, &["--write"]);
    pty.send("/health:abandoned\r");
    pty.wait_for("the one left behind", |screen| marked(screen) == ["chk-5"]);
    pty.send("D");
    pty.wait_for_text("Whether its job lives is not known");
    overrule(&pty);
    pty.send("y");
    pty.wait_for_text(&format!(" of {} ", thousands(FILES as u64)));
    pty.send("c");
    pty.wait_for_text("there r goes on");
    let trash = place.root().join("checkpoints/.stateward/trash");
    let batch = only(&trash, "20").join("files");
    let (moved, left) = (count(&batch), count(&directory));
    assert_eq!(moved + left, FILES);
    assert!(moved > 0 && left > 0, "{moved} moved, {left} left");
    pty.send("q");
    pty.wait_until_gone(" Operations ");
    // Nothing else goes there meanwhile: that is said before anybody agrees to it.
    pty.send("\x1b");
    pty.wait_for("all rows", |screen| has_row(screen, "chk-8"));
    pty.send("gjj");
    pty.wait_for("selection of the middle", |screen| {
        marked(screen) == ["chk-8"]
    });
    pty.send("D");
    pty.wait_for_text("Whether its job lives is not known");
    overrule_both(&pty);
    pty.wait_for_text("REFUSED as things are: something ended the deletion ");
    pty.wait_for_text("T shows it, where r goes on with it");
    pty.send("y");
    pty.wait_for_text("move to trash: it is refused as things are");
    pty.send("\x1b");
    pty.wait_until_gone("REFUSED");
    pty.send("q");
    // Whoever leaves it so reads how to go on.
    assert_eq!(pty.finish().exit_code(), 1);
    let left = format!(
        "`stateward resume {} --write` goes on with it",
        place.root().join("checkpoints").display()
    );
    assert!(
        text(&pty.screen()).replace('\n', "").contains(&left),
        "{}",
        text(&pty.screen())
    );
    shell(&place, "resume");
    eventually("end of it", || count(&batch) == FILES);
    assert!(!directory.exists());
    for number in [7, 8, 9] {
        assert_eq!(health(&place.chk(number)), "complete", "{number}");
    }
    shell(&place, "undo");
    assert_eq!(contents(&place.root()), before);
}

#[test]
fn what_is_left_half_way_by_leaving_is_told_with_how_to_go_on() {
    for ends in ["q", "TERM"] {
        let place = Place::aged(10);
        let directory = left_behind(&place);
        let mut pty = opened(&place, &["--write"]);
        pty.send("/health:abandoned\r");
        pty.wait_for("the one left behind", |screen| marked(screen) == ["chk-5"]);
        pty.send("D");
        pty.wait_for_text("Whether its job lives is not known");
        overrule(&pty);
        pty.send("y");
        pty.wait_for_text(&format!(" of {} ", thousands(FILES as u64)));
        let code = if ends == "q" {
            pty.send("\x1b");
            pty.wait_until_gone(" Operations ");
            pty.send("q");
            pty.wait_for_text("q again leaves");
            pty.send("q");
            1
        } else {
            pty.signal(ends);
            143
        };
        assert_eq!(pty.finish().exit_code(), code);
        let trash = place.root().join("checkpoints/.stateward/trash");
        let batch = only(&trash, "20").join("files");
        assert!(count(&directory) > 0, "it was over before");
        let told = text(&pty.screen()).replace('\n', "");
        let how_far = format!(
            "half-way: {} of its {} files lie in the trash",
            thousands(count(&batch) as u64),
            thousands(FILES as u64)
        );
        assert!(told.contains(&how_far), "{told}");
        let root = place.root().join("checkpoints");
        let how = format!("`stateward resume {} --write` goes on", root.display());
        assert!(told.contains(&how), "{told}");
    }
}
