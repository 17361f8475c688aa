//! Names that no path of Flink can have: a backslash, which Flink reads as a slash. What lies there is not looked at, and that is
//! told and counts as missing knowledge.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::deletion::{Place, age, contents, files};
use crate::program::{copy, err, json, out, run, stateward};

const ODD: &str = "a\\b";

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A copy of a checkpoint, with its job's directory, below a directory of this name.
fn below(place: &Place, name: &str) -> PathBuf {
    let jobs = place.root().join(name).join("1".repeat(32));
    fs::create_dir_all(&jobs).unwrap();
    copy(&place.chk(8), &jobs.join("chk-3"));
    age(place.temp.path(), 10);
    place.root().join(name)
}

#[test]
fn what_lies_below_a_name_with_a_backslash_may_name_anything() {
    let place = Place::aged(10);
    let odd = below(&place, ODD);
    let before = contents(&place.root());
    let (own, root) = (place.chk(8), place.root());
    let args = [
        "delete",
        text(&own),
        "--in",
        text(&root),
        "--confirm=fraud",
        "--all-named",
    ];
    let plan = json(&run(args.iter().chain(&["--dry-run", "--json"])));
    assert!(files(&plan, "DELETE").is_empty(), "{plan:#}");
    let said = plan.to_string();
    assert!(said.contains("has a backslash"), "{plan:#}");
    let refused = run(args.iter().chain(&["--write", "--yes"]));
    assert_eq!(
        refused.status.code(),
        Some(4),
        "{}{}",
        out(&refused),
        err(&refused)
    );
    assert_eq!(contents(&root), before);
    // Under a plain name it is seen, and names what it names.
    fs::rename(&odd, root.join("ab")).unwrap();
    let plan = json(&run(args.iter().chain(&["--dry-run", "--json"])));
    assert!(!plan.to_string().contains("has a backslash"), "{plan:#}");
}

#[test]
fn whoever_lists_says_what_was_not_looked_in() {
    let place = Place::aged(10);
    let odd = below(&place, ODD);
    let root = place.root();
    for args in [
        &["ls"][..],
        &["latest", "--lineage=fraud"],
        &["orphans", "--all-named"],
    ] {
        let told = run(args.iter().chain(&[text(&root)]));
        let said = err(&told);
        let wanted = format!(
            "cannot look in file:{}: its name has a backslash",
            odd.display()
        );
        assert!(said.contains(&wanted), "{args:?}: {said}");
    }
    let told = run(["latest", text(&root)]);
    assert_eq!(told.status.code(), Some(3), "{}", err(&told));
    let told = run(["check", "--max-age=30d", text(&root)]);
    assert_eq!(told.status.code(), Some(3), "{}", out(&told));
    assert!(out(&told).contains("has a backslash"), "{}", out(&told));
    // A link of such a name is no other than what it leads to, if it can be told where that is.
    fs::rename(&odd, place.temp.path().join("real")).unwrap();
    symlink(place.temp.path().join("real"), &odd).unwrap();
    let told = run(["ls", text(&root)]);
    assert!(err(&told).contains("has a backslash"), "{}", err(&told));
    fs::remove_file(&odd).unwrap();
    symlink(place.temp.path().join("nowhere"), &odd).unwrap();
    let plan = run([
        "delete",
        text(&place.chk(8)),
        "--dry-run",
        "--in",
        text(&root),
    ]);
    assert!(out(&plan).contains("has a backslash"), "{}", out(&plan));
}

#[test]
fn whoever_lists_trashes_says_where_none_was_looked_for() {
    let place = Place::aged(10);
    let root = place.root();
    let nothing = run(["trash", "ls", text(&root)]);
    assert_eq!(nothing.status.code(), Some(1), "{}", err(&nothing));
    let odd = below(&place, ODD);
    let wanted = format!(
        "cannot look in file:{}: its name has a backslash",
        odd.display()
    );
    let told = run(["trash", "ls", text(&root), text(&root)]);
    assert_eq!(told.status.code(), Some(3), "{}", err(&told));
    assert_eq!(err(&told).matches(&wanted).count(), 1, "{}", err(&told));
    assert!(!err(&told).contains("nothing lies"), "{}", err(&told));
    // What is there is listed, and comes back.
    fs::rename(&odd, place.temp.path().join("aside")).unwrap();
    let own = place.chk(8);
    let deleted = run([
        "delete",
        text(&own),
        "--confirm=fraud",
        "--all-named",
        "--write",
        "--yes",
    ]);
    assert_eq!(deleted.status.code(), Some(0), "{}", err(&deleted));
    fs::rename(place.temp.path().join("aside"), &odd).unwrap();
    let told = run(["trash", "ls", "--json", text(&root)]);
    assert_eq!(told.status.code(), Some(3), "{}", err(&told));
    let listed = json(&told);
    assert_eq!(listed["batches"].as_array().unwrap().len(), 1);
    assert!(listed["problems"][0].as_str().unwrap().contains(&wanted));
    let undone = run(["undo", text(&root), "--write"]);
    assert_eq!(undone.status.code(), Some(0), "{}", err(&undone));
}

#[test]
fn a_path_with_a_backslash_is_not_taken_for_another_one() {
    let place = Place::aged(10);
    let (plain, odd) = (place.temp.path().join("a/b"), place.temp.path().join(ODD));
    fs::create_dir_all(plain.parent().unwrap()).unwrap();
    for copied in [&plain, &odd] {
        copy(&place.root(), copied);
    }
    age(place.temp.path(), 10);
    let before = contents(place.temp.path());
    let jobs = odd.join("checkpoints");
    let own = crate::program::only(&jobs, "").join("chk-8");
    let uri = format!("file:{}", odd.display());
    for args in [
        &[
            "delete",
            text(&own),
            "--all-named",
            "--confirm=b",
            "--write",
            "--yes",
        ][..],
        &["ls", text(&odd)],
        &["ls", &uri],
        &["latest", text(&odd)],
        &["undo", text(&odd), "--write"],
        &["trash", "purge", text(&odd), "--write", "--yes"],
        &["trash", "ls", text(&odd)],
        &[
            "delete",
            text(&place.chk(8)),
            "--in",
            text(&odd),
            "--write",
            "--yes",
        ],
    ] {
        let told = run(args);
        assert_eq!(
            told.status.code(),
            Some(2),
            "{args:?}: {}{}",
            out(&told),
            err(&told)
        );
        assert!(err(&told).contains("backslash"), "{args:?}: {}", err(&told));
    }
    let here = stateward().arg("ls").current_dir(&odd).output().unwrap();
    assert_eq!(here.status.code(), Some(2), "{}", out(&here));
    assert!(err(&here).contains("backslash"), "{}", err(&here));
    assert_eq!(contents(place.temp.path()), before);
}

#[test]
fn a_path_means_what_the_file_system_takes_it_for() {
    let place = Place::aged(10);
    let top = place.temp.path();
    let ls = |path: &str| {
        let mut command = stateward();
        command
            .args(["ls", path])
            .current_dir(top)
            .output()
            .unwrap()
    };
    // A colon in a name makes no URI of a path.
    copy(&place.root(), &top.join("data/s3:/fraud"));
    let told = ls("data/s3:/fraud");
    assert_eq!(told.status.code(), Some(0), "{}", err(&told));
    assert!(out(&told).contains("chk-9"), "{}", out(&told));
    // What lies above the end of a link is not what lies above the link.
    fs::create_dir_all(top.join("real/deep")).unwrap();
    symlink(top.join("real/deep"), top.join("link")).unwrap();
    for copied in ["real/other", "other"] {
        copy(&place.root(), &top.join(copied));
    }
    for path in ["link/../other", "link/../fraud"] {
        let told = ls(path);
        assert_eq!(told.status.code(), Some(2), "{}", out(&told));
        assert!(err(&told).contains("without `..`"), "{}", err(&told));
    }
    for path in ["real/../other", "real/deep/../other", "./other/../fraud"] {
        let told = ls(path);
        assert_eq!(told.status.code(), Some(0), "{path}: {}", err(&told));
    }
    let odd = format!("/flink={}", top.join(ODD).display());
    let told = run(["ls", "--map", &odd, text(&place.root())]);
    assert_eq!(told.status.code(), Some(2), "{}", out(&told));
    assert!(err(&told).contains("backslash"), "{}", err(&told));
}
