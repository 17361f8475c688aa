//! Snapshots that somebody has put where nobody looks for them: a deletion sees them, or says that it does not.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use crate::deletion::{Place, age, files};
use crate::program::{copy, err, json, out, run};

/// A directory that holds everything, with chk-9 in another place than Flink wrote it.
struct Moved {
    place: Place,
    kept: PathBuf,
}

impl Moved {
    /// Given where, from the directory that everything lies in, or from that of the job.
    fn to(at: impl FnOnce(&Place) -> PathBuf) -> Self {
        let place = Place::aged(10);
        let kept = at(&place);
        fs::create_dir_all(&kept).unwrap();
        let newest = place.chk(9);
        copy(&newest, &kept);
        // What only it names stays where its metadata says.
        fs::remove_file(newest.join("_metadata")).unwrap();
        age(place.temp.path(), 10);
        Self { place, kept }
    }

    /// Runs the program where all of it is in sight, as far down as it looks.
    fn run(&self, args: &[&str]) -> Output {
        let all = self.place.temp.path().to_str().unwrap();
        let map = format!(
            "--map=file:/flink/fixtures/2.3.0/rocksdb-incremental={}",
            self.place.root().display()
        );
        let mut args = args.to_vec();
        args.extend(["--in", all, "--all-named", "--confirm=fraud", &map]);
        run(args)
    }

    fn delete(&self, more: &[&str]) -> Output {
        let asked = self.place.chk(8);
        let mut args = vec!["delete", asked.to_str().unwrap()];
        args.extend(more);
        self.run(&args)
    }

    /// How many files of it stay for the one that was moved.
    fn pinned(&self, plan: &Value) -> usize {
        let kept = files(plan, "KEEP");
        let name = self.kept.to_str().unwrap();
        let by = |file: &&&Value| {
            let mut pins = file["pinned_by"].as_array().unwrap().iter();
            pins.any(|it| it.as_str().unwrap().ends_with(name))
        };
        kept.iter().filter(by).count()
    }

    fn all(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        collect(self.place.temp.path(), &mut found);
        found
    }
}

fn collect(at: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(at).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn what_lies_too_deep_may_name_anything_until_it_is_looked_at() {
    let moved = Moved::to(|it| it.temp.path().join("a/b/c/d/e/f/g/chk-9"));
    let before = moved.all();
    let output = moved.delete(&["--write", "--yes"]);
    assert_eq!(output.status.code(), Some(4), "{}", err(&output));
    assert!(
        err(&output).contains("was not searched for snapshots (--levels)"),
        "{}",
        err(&output)
    );
    assert!(before.iter().all(|it| it.exists()));
    let plan = json(&moved.delete(&["--dry-run", "--json", "--levels=9"]));
    assert!(moved.pinned(&plan) > 0, "{plan:#}");
    assert!(!files(&plan, "DELETE").is_empty(), "{plan:#}");
}

#[test]
fn what_lies_too_deep_below_one_directory_may_be_named_by_itself() {
    let moved = Moved::to(|it| it.temp.path().join("a/b/c/d/e/f/g/chk-9"));
    let deep = moved.kept.parent().unwrap().parent().unwrap();
    let output = moved.delete(&["--dry-run", "--json", "--in", deep.to_str().unwrap()]);
    let plan = json(&output);
    // All of what lies too deep below the one lies below the other; but what is between them is not looked at.
    assert_eq!(output.status.code(), Some(0), "{plan:#}");
    assert!(moved.pinned(&plan) > 0, "{plan:#}");
}

#[test]
fn a_snapshot_in_the_directory_of_another_one_is_seen() {
    let moved = Moved::to(|it| it.chk(11).join("kept"));
    let plan = json(&moved.delete(&["--dry-run", "--json"]));
    assert!(moved.pinned(&plan) > 0, "{plan:#}");
    // Not from its own directory alone, where nothing else is named.
    let asked = moved.place.chk(8);
    let asked = asked.to_str().unwrap();
    let words = ["--all-named", "--confirm=fraud"];
    let output = run(["delete", asked, "--dry-run", "--json"]
        .iter()
        .chain(&words));
    let plan = json(&output);
    assert!(moved.pinned(&plan) > 0, "{plan:#}");
}

#[test]
fn a_snapshot_among_state_files_is_seen() {
    let moved = Moved::to(|it| it.chk(9).parent().unwrap().join("shared/kept/chk-9"));
    let plan = json(&moved.delete(&["--dry-run", "--json"]));
    assert!(moved.pinned(&plan) > 0, "{plan:#}");
}

#[test]
fn pruning_sees_it_too() {
    let moved = Moved::to(|it| it.chk(11).join("kept"));
    let root = moved.place.root();
    let before = moved.all();
    let args = ["prune", root.to_str().unwrap(), "--keep-last=1"];
    let plan = json(&moved.run(&[&args[..], &["--dry-run", "--json"]].concat()));
    let targets = plan["targets"].as_array().unwrap();
    let mut going = targets.iter().filter(|it| it["decision"] == "DELETE");
    let wanted = Place::names(&[&moved.kept]);
    let goes = crate::deletion::places(&files(&plan, "DELETE"));
    assert!(!goes.is_empty(), "{plan:#}");
    assert!(
        going.any(|it| it["name"] == "kept") || wanted.is_disjoint(&goes),
        "{plan:#}"
    );
    assert!(before.iter().all(|it| it.exists()));
}

#[test]
fn what_is_not_looked_at_is_told_where_nothing_is_found() {
    let place = Place::aged(10);
    let deep = place.temp.path().join("a/b/c/d/e/f");
    fs::create_dir_all(&deep).unwrap();
    copy(&place.root(), &deep.join("fraud"));
    let at = place.temp.path().join("a");
    let at = at.to_str().unwrap();
    for (args, code) in [
        (&["prune", at, "--keep-last=1", "--dry-run"][..], 0),
        (&["latest", at], 1),
        (&["ls", at], 1),
        (&["check", at], 3),
    ] {
        let output = run(args);
        assert_eq!(output.status.code(), Some(code), "{args:?}");
        let said = out(&output) + &err(&output);
        assert!(said.contains("(--levels)"), "{args:?}: {said}");
    }
}

/// Flink makes a job's directory before the job takes up what it is started from, which may be on a cluster that nobody named.
#[test]
fn a_directory_that_a_job_has_just_made_tells_of_one_that_may_be_starting() {
    let place = Place::aged(10);
    let home = place
        .root()
        .join("checkpoints/1f1e2d3c4b5a69788796a5b4c3d2e1f0");
    let judged = |words: &[&str]| {
        let target = place.chk(8);
        let mut args = vec![
            "delete",
            "--dry-run",
            "--json",
            "--all-named",
            "--confirm",
            "fraud",
        ];
        args.push(target.to_str().unwrap());
        args.extend(words.iter().flat_map(|word| ["--confirm", word]));
        let plan = json(&run(args));
        plan["targets"][0].clone()
    };
    assert_eq!(judged(&[])["decision"], "DELETE");
    fs::create_dir(&home).unwrap();
    assert_eq!(
        judged(&[])["decision"],
        "DELETE",
        "nothing shows that it is Flink's"
    );
    fs::create_dir(home.join("shared")).unwrap();
    fs::create_dir(home.join("taskowned")).unwrap();
    let refused = judged(&[]);
    assert_eq!(refused["decision"], "UNKNOWN", "{refused:#}");
    let objection = &refused["objections"][0];
    assert_eq!(objection["overruled_by"], "starting fraud");
    assert!(
        objection["text"]
            .as_str()
            .unwrap()
            .contains("has made its directory"),
        "{objection}"
    );
    assert_eq!(judged(&["starting fraud"])["decision"], "DELETE");
    age(&home, 10);
    assert_eq!(judged(&[])["decision"], "DELETE");
}
