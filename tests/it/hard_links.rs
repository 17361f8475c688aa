//! Bytes that another hard link keeps are promised to nobody: a backup by `cp -al` is such a set of links.

use std::fs;
use std::path::{Path, PathBuf};

use stateward::inventory::catalog::Rules;
use stateward::inventory::opened::Opened;
use stateward::inventory::scan::Root;
use stateward::inventory::together::freed_together;
use stateward::store::local::location_of;

use crate::deletion::{Place, age};
use crate::program::{json, out, run};

/// What a backup keeps of a directory: a link to each file below it.
fn back_up(directory: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            back_up(&entry.path(), &target);
        } else {
            fs::hard_link(entry.path(), target).unwrap();
        }
    }
}

fn told(place: &Place, verb: &[&str], snapshot: Option<u64>) -> (String, serde_json::Value) {
    let at = snapshot.map_or_else(|| place.root(), |number| place.chk(number));
    let args = |json: &[&str]| -> Vec<PathBuf> {
        let words = verb.iter().chain(json).map(PathBuf::from);
        words.chain([at.clone()]).collect()
    };
    (out(&run(args(&[]))), json(&run(args(&["--json"]))))
}

#[test]
fn what_another_link_keeps_is_not_promised_to_be_freed() {
    let place = Place::aged(10);
    let delete = ["delete", "--dry-run", "--confirm", "fraud", "--all-named"];
    let line = |text: &str, word: &str| -> String {
        let found = text.lines().find(|line| line.contains(word));
        found.unwrap_or_else(|| panic!("{word}: {text}")).to_owned()
    };
    let freed = |place: &Place| {
        let root = location_of(&place.root()).unwrap();
        let roots = vec![Root {
            location: root.clone(),
            depth: 6,
        }];
        let opened = Opened::below(Rules::default(), vec![root], roots).unwrap();
        let places = [8, 9].map(|it| location_of(&place.chk(it)).unwrap());
        freed_together(&opened.catalog, &places)
    };

    let (text, rows) = told(&place, &["ls"], None);
    assert!(!text.contains('≤'), "{text}");
    assert!(!rows.to_string().contains("hard_linked"));
    assert!(!line(&told(&place, &["show"], Some(8)).0, "freed ").contains("at most"));
    let (text, plan) = told(&place, &delete, Some(8));
    assert!(!text.contains("at most") && !text.contains("hard links"));
    assert_eq!(plan.get("freed_is_bound"), None);
    assert!(!freed(&place).1);
    let bytes = plan["freed_bytes"].clone();

    back_up(&place.root(), &place.temp.path().join("backup"));
    let (text, rows) = told(&place, &["ls"], None);
    let row = line(&text, "chk-8");
    assert_eq!(row.matches('≤').count(), 1, "FREED, and not NEW: {row}");
    let mut rows = rows["snapshots"].as_array().unwrap().iter();
    assert!(rows.all(|row| row["hard_linked"] == true && row["sizes_are_bounds"] == false));
    let (text, document) = told(&place, &["show"], Some(8));
    let said = line(&text, "freed ");
    assert!(
        said.contains("at most ") && said.contains("other hard links"),
        "{said}"
    );
    assert_eq!(document["hard_linked"], true);
    let (text, plan) = told(&place, &delete, Some(8));
    let said = line(&text, "would be freed");
    assert!(said.contains("; at most "), "{said}");
    assert!(
        text.contains("some of the files have other hard links"),
        "{text}"
    );
    assert_eq!(
        (&plan["freed_is_bound"], &plan["freed_bytes"]),
        (&true.into(), &bytes)
    );
    assert!(freed(&place).1);
}

#[test]
fn what_is_left_over_is_no_more_than_bound_where_another_link_keeps_it() {
    let place = Place::aged(10);
    let shared = place.chk(8).parent().unwrap().join("shared");
    let left = shared.join("2f9de764-d5b2-4951-840b-e9d8304a15e9");
    fs::write(&left, [7; 4096]).unwrap();
    age(place.temp.path(), 10);
    let (text, found) = told(&place, &["orphans", "--all-named"], None);
    assert!(
        text.contains("1 of 1 may go, 4 KiB;") && !text.contains("hard links"),
        "{text}"
    );
    assert_eq!(found["may_go"].get("hard_linked"), None);

    fs::hard_link(&left, place.temp.path().join("kept")).unwrap();
    let (text, found) = told(&place, &["orphans", "--all-named", "--files"], None);
    assert!(text.contains("1 of 1 may go, at most 4 KiB;"), "{text}");
    assert!(text.contains("other hard links"), "{text}");
    assert_eq!(found["may_go"]["hard_linked"], true);
    assert_eq!(found["files"][0]["hard_linked"], true);
}
