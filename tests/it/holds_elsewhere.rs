//! Holds and marks that lie where nobody was told to look: beside the real directory of what a link or a second mount leads to.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::{Value, json};
use stateward::inventory::ours;
use stateward::store::local::location_of;

use crate::deletion::Place;
use crate::program::{err, out, run, stateward};
use crate::purge_mounts::Mounts;
use crate::trash_needs::{self, code};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A job's directory that has a second name, which tells nothing of the job.
struct Aliased {
    place: Place,
    /// Where all jobs' directories really are.
    real: PathBuf,
    /// The second name of the job's.
    alias: PathBuf,
}

impl Aliased {
    fn new() -> Self {
        let place = Place::aged(10);
        let real = place.root().join("checkpoints");
        let alias = place.temp.path().join("elsewhere/current");
        fs::create_dir_all(alias.parent().unwrap()).unwrap();
        Self { place, real, alias }
    }

    fn linked() -> Self {
        let it = Self::new();
        symlink(it.job(), &it.alias).unwrap();
        it
    }

    fn job(&self) -> PathBuf {
        self.place.chk(9).parent().unwrap().to_owned()
    }

    fn entry(&self, number: u64) -> Value {
        let snapshot = self.place.chk(number);
        let job = self.job();
        let below = snapshot.strip_prefix(job.parent().unwrap()).unwrap();
        json!({"snapshot": format!("file:{}", text(&snapshot)), "below": text(below), "name": "audit", "by": "", "why": "",
            "at": "2026-01-01T00:00:00Z", "expires": null, "restore_path": format!("file:{}", text(&snapshot)),
            "lineage": "fraud", "jobs": [], "note": ""})
    }

    /// Holds or marks a snapshot where it really is.
    fn write(&self, ledger: &str, number: u64) {
        let own = self.real.join(".stateward");
        fs::create_dir_all(&own).unwrap();
        let document = json!({"schema": 1, ledger: [self.entry(number)]});
        fs::write(own.join(format!("{ledger}.json")), document.to_string()).unwrap();
    }
}

fn dry(snapshot: &Path) -> [String; 4] {
    let args = ["delete", text(snapshot), "--all-named", "--dry-run"];
    args.map(ToOwned::to_owned)
}

#[track_caller]
fn says(output: &Output, words: &str) {
    assert!(
        out(output).contains(words),
        "{}{}",
        out(output),
        err(output)
    );
}

#[test]
fn what_is_held_where_a_link_leads_to_is_held() {
    for (ledger, words) in [
        ("holds", "held by `audit`"),
        ("marks", "marked to restart from"),
    ] {
        let it = Aliased::linked();
        it.write(ledger, 9);
        says(&run(dry(&it.alias.join("chk-9"))), words);
        // By a link above it, too.
        let above = it.place.temp.path().join("above");
        symlink(&it.real, &above).unwrap();
        let job = it.job();
        says(
            &run(dry(&above.join(job.file_name().unwrap()).join("chk-9"))),
            words,
        );
    }
}

#[test]
fn what_is_held_by_another_mount_is_held() {
    let mounts = Mounts::new();
    let it = Aliased::new();
    fs::create_dir(&it.alias).unwrap();
    mounts.shell(&format!(
        "mount --bind {} {}",
        text(&it.job()),
        text(&it.alias)
    ));
    it.write("holds", 9);
    let args = dry(&it.alias.join("chk-9"));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    says(&mounts.stateward(&args), "held by `audit`");
}

#[test]
fn what_went_by_another_name_and_is_held_is_not_purged() {
    let it = Aliased::linked();
    let target = it.alias.join("chk-8");
    let args = ["delete", text(&target), "--all-named", "--write", "--yes"];
    let planned = run(dry(&target));
    let name = out(&planned);
    let name = name.lines().next().unwrap().split(" of ").nth(1).unwrap();
    let name = name.split(" (").next().unwrap();
    let deleted = run(args.iter().chain(&["--confirm", name]));
    assert_eq!(code(&deleted), 0, "{}", err(&deleted));
    let trash = it.job().join(".stateward/trash");
    let id = fs::read_dir(&trash)
        .unwrap()
        .map(|it| it.unwrap().file_name());
    let id = id
        .map(|it| it.into_string().unwrap())
        .find(|it| it.starts_with("20"));
    let state = trash.join(id.unwrap()).join("state.json");
    let mut document: Value = serde_json::from_slice(&fs::read(&state).unwrap()).unwrap();
    document["at"] = json!(jiff::Timestamp::now() - jiff::SignedDuration::from_hours(96));
    fs::write(state, document.to_string()).unwrap();
    it.write("holds", 8);
    let purged = run(["trash", "purge", text(&it.alias), "--write", "--yes"]);
    assert_eq!(code(&purged), 4, "{}{}", out(&purged), err(&purged));
    assert!(err(&purged).contains("`audit` holds"), "{}", err(&purged));
    fs::remove_file(it.real.join(".stateward/holds.json")).unwrap();
    let purged = trash_needs::with(&["trash", "purge", "--write", "--yes"], &[&it.alias]);
    assert_eq!(code(&purged), 0, "{}", err(&purged));
}

#[test]
fn what_is_kept_aside_by_another_name_counts() {
    for (ledger, words) in [
        ("holds", "held by `audit`"),
        ("marks", "marked to restart from"),
    ] {
        let it = Aliased::new();
        // Kept under a name that the place had once more, as by a link in the home of whoever set it.
        let second = it.place.temp.path().join("elsewhere/second");
        symlink(&it.real, &second).unwrap();
        let place = location_of(&second).unwrap();
        let state = it.place.temp.path().join("state");
        let name = format!("{:016x}", ours::digest(place.canonical().as_bytes()));
        let aside = state.join("stateward/marks").join(name);
        fs::create_dir_all(&aside).unwrap();
        let mut entry = it.entry(9);
        let below = entry["below"].as_str().unwrap().to_owned();
        entry["snapshot"] = json!(format!("file:{}", text(&second.join(below))));
        entry["restore_path"] = json!("file:/nowhere/chk-9");
        let document = json!({"schema": 1, ledger: [entry]});
        fs::write(aside.join(format!("{ledger}.json")), document.to_string()).unwrap();
        let said = stateward()
            .env("XDG_STATE_HOME", &state)
            .args(dry(&it.place.chk(9)))
            .output()
            .unwrap();
        says(&said, words);
    }
}
