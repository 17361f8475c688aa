//! `latest` where several applications write to one directory: what cannot be read there may be of any of them.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use serde_json::Value;

use crate::deletion::date;
use crate::program::{err, json, out, run};
use crate::world::Draft;

/// Two applications in one directory, each with a checkpoint.
struct Shared {
    home: tempfile::TempDir,
}

impl Shared {
    fn new() -> Self {
        let it = Self {
            home: tempfile::tempdir().unwrap(),
        };
        it.put(1, 1, 9);
        it.put(2, 2, 8);
        it
    }

    fn chk(&self, number: u64) -> PathBuf {
        self.home.path().join(format!("checkpoints/chk-{number}"))
    }

    /// A checkpoint of the application with this operator, so many days old.
    fn put(&self, number: u64, operator: u8, days: u64) {
        let at = self.chk(number);
        fs::create_dir_all(&at).unwrap();
        let bytes = Draft::checkpoint(number).operators(&[operator]).bytes();
        fs::write(at.join("_metadata"), bytes).unwrap();
        date(&at.join("_metadata"), days);
    }

    fn damage(&self, number: u64, days: u64) {
        let path = self.chk(number).join("_metadata");
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..16]).unwrap();
        date(&path, days);
    }

    /// The name of the lineage that a checkpoint is of.
    fn lineage(&self, number: u64) -> String {
        let list = json(&run(["ls", "--json", self.home.path().to_str().unwrap()]));
        let of = |value: &Value, key: &str| value[key].clone();
        let rows = list["snapshots"].as_array().unwrap().iter();
        let mut rows = rows.filter(|row| {
            row["uri"]
                .as_str()
                .unwrap()
                .ends_with(&format!("/chk-{number}"))
        });
        let id = of(rows.next().unwrap(), "lineage");
        let lineages = list["lineages"].as_array().unwrap().iter();
        let mut lineages = lineages.filter(|it| it["id"] == id);
        lineages.next().unwrap()["name"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    fn latest(&self, lineage: &str) -> Output {
        run([
            "latest",
            "--lineage",
            lineage,
            self.home.path().to_str().unwrap(),
        ])
    }
}

#[test]
fn a_newer_one_that_cannot_be_read_may_be_of_the_lineage() {
    let shared = Shared::new();
    shared.put(3, 1, 7);
    shared.damage(3, 7);
    for number in [1, 2] {
        let told = shared.latest(&shared.lineage(number));
        assert!(
            out(&told).ends_with(&format!("/chk-{number}\n")),
            "{}",
            out(&told)
        );
        let said = err(&told);
        assert_eq!(said.matches("chk-3 lies in the same directory, and is newer: its metadata cannot be read, and it may be of this lineage").count(), 1, "{said}");
    }
}

#[test]
fn an_older_one_says_nothing_nor_does_one_that_lies_elsewhere() {
    let shared = Shared::new();
    shared.put(3, 1, 12);
    shared.damage(3, 12);
    let told = shared.latest(&shared.lineage(1));
    assert!(!err(&told).contains("chk-3"), "{}", err(&told));
    // In the directory of a job its id tells whose it is.
    let other = shared
        .home
        .path()
        .join("jobs/7bf6bd3d977df158f9d8a88833ce0000/chk-9");
    fs::create_dir_all(&other).unwrap();
    fs::write(other.join("_metadata"), "no metadata").unwrap();
    let told = shared.latest(&shared.lineage(1));
    assert!(!err(&told).contains("chk-9"), "{}", err(&told));
}
