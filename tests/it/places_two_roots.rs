//! One deletion in two roots, of which one lies elsewhere later, or is named by a link that leads elsewhere.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;

use crate::deletion::{Place, age, contents};
use crate::program::{copy, err, out, run};
use crate::trash_needs::{self, batches, code, id};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// One deletion in two roots, below the fixture and below `y1`, which is named by a link to it or by its own name.
fn in_two_roots(link: bool) -> Place {
    let place = Place::aged(10);
    let at = |name: &str| place.temp.path().join(name);
    copy(
        &place.chk(8),
        &at("y1/checkpoints").join("1".repeat(32)).join("chk-3"),
    );
    fs::create_dir_all(at("y2/checkpoints/foo")).unwrap();
    let second = if link { "cur" } else { "y1" };
    if link {
        symlink(at("y1"), at("cur")).unwrap();
    }
    age(place.temp.path(), 10);
    let other = at(second)
        .join("checkpoints")
        .join("1".repeat(32))
        .join("chk-3");
    let (first, other) = (place.chk(8), other);
    let planned = run([
        "delete",
        "--dry-run",
        "--json",
        "--all-named",
        text(&first),
        text(&other),
    ]);
    let plan: Value = serde_json::from_slice(&planned.stdout).unwrap();
    let objections = plan["targets"].as_array().unwrap().iter();
    let objections = objections.flat_map(|it| it["objections"].as_array().unwrap());
    let words: Vec<&str> = objections
        .filter_map(|it| it["overruled_by"].as_str())
        .collect();
    let mut args = vec![
        "delete",
        "--write",
        "--yes",
        "--all-named",
        text(&first),
        text(&other),
    ];
    for word in words {
        args.extend(["--confirm", word]);
    }
    let deleted = run(&args);
    assert_eq!(code(&deleted), 0, "{}", err(&deleted));
    place
}

#[test]
fn a_half_whose_other_half_lies_elsewhere_now_is_not_purged() {
    for link in [true, false] {
        let place = in_two_roots(link);
        let at = |name: &str| place.temp.path().join(name);
        let root = place.root();
        trash_needs::age(&root, id(&batches(&root)[0]));
        if link {
            fs::remove_file(at("cur")).unwrap();
            symlink(at("y2"), at("cur")).unwrap();
        } else {
            fs::rename(at("y1"), at("y3")).unwrap();
            fs::rename(at("y2"), at("y1")).unwrap();
        }
        let before = contents(&root);
        let refused = run(["trash", "purge", text(&root), "--write", "--yes"]);
        assert_eq!(
            code(&refused),
            4,
            "{link}: {}{}",
            out(&refused),
            err(&refused)
        );
        assert!(
            err(&refused).contains("when the plan was made"),
            "{}",
            err(&refused)
        );
        let mut now = contents(&root);
        now.retain(|path, _| before.contains_key(path));
        assert_eq!(now, before);
    }
}

#[test]
fn what_was_deleted_over_a_link_is_undone_where_it_lies_wherever_the_link_leads_now() {
    for (is_repointed, named) in [
        (false, "."),
        (false, "y1"),
        (true, "."),
        (true, "y1"),
        (true, "fraud"),
    ] {
        let place = in_two_roots(true);
        let at = |name: &str| place.temp.path().join(name);
        fs::remove_file(at("cur")).unwrap();
        if is_repointed {
            symlink(at("y2"), at("cur")).unwrap();
        }
        let undone = run(["undo", text(&at(named)), "--write"]);
        let said = out(&undone) + &err(&undone);
        // What its job's paths mean here the snapshots beside it tell.
        assert_eq!(code(&undone), 0, "{named}: {said}");
        assert_eq!(out(&undone).lines().count(), 2, "{named}: {said}");
        let other = at("y1/checkpoints").join("1".repeat(32)).join("chk-3");
        for snapshot in [place.chk(8), other] {
            assert!(snapshot.join("_metadata").exists(), "{named}: {said}");
        }
    }
}
