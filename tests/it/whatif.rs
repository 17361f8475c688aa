//! What would be left if something happened to a job: on copies of what lies in a store, and on trees of a real Flink.

use std::path::Path;

use serde_json::Value;
use stateward::analysis::whatif::{self as rules, Event, Held, Step, Whereabouts};
use stateward::inventory::{disposal, whatif};

use crate::program::{err, fixture, json, only, out, run};
use crate::world::{Draft, World, place};

const JOB: &str = "/data/7bf6bd3d977df158f9d8a88833ce0000";
const OTHER: &str = "/data/11112222333344445555666677778888";

fn three() -> World {
    let world = World::default();
    let shared = |name: &str| format!("{JOB}/shared/{name}");
    let drafts = [
        Draft::checkpoint(4)
            .shared(&shared("a"), 10)
            .shared(&shared("gone"), 7)
            .own("own", 1),
        Draft::checkpoint(5)
            .shared(&shared("a"), 10)
            .shared(&shared("b"), 20)
            .own("own", 2),
        Draft::checkpoint(6).shared(&shared("b"), 20).own("own", 3),
    ];
    for (number, draft) in (4..).zip(&drafts) {
        world.put(&format!("{JOB}/chk-{number}"), draft, 600 - number * 60);
    }
    world.remove(&shared("gone"));
    world
}

fn of(world: &World, snapshot: &str) -> rules::World {
    whatif::world(&world.look("/data"), &place(snapshot)).unwrap()
}

fn held(world: &rules::World, at: usize) -> Vec<Held> {
    let mut held: Vec<Held> = world.pieces[at].uses.iter().map(|it| it.held).collect();
    held.sort_by_key(|it| format!("{it:?}"));
    held
}

#[test]
fn a_copy_has_the_lineage_oldest_first_and_no_file_that_is_not_there() {
    let world = of(&three(), &format!("{JOB}/chk-5"));
    let names: Vec<&str> = world.pieces.iter().map(|it| it.row.name.as_str()).collect();
    assert_eq!(names, ["chk-4", "chk-5", "chk-6"]);
    assert_eq!(held(&world, 0), [Held::Own, Held::Registry]);
    assert_eq!(held(&world, 1), [Held::Own, Held::Registry, Held::Registry]);
    let mut bytes: Vec<u64> = world.files.iter().map(|it| it.bytes).collect();
    bytes.sort_unstable();
    assert_eq!(bytes, [1, 2, 3, 10, 20]);
    let catalog = three().look("/data");
    assert_eq!(
        whatif::world(&catalog, &place(&format!("{JOB}/chk-9"))),
        None
    );
}

#[test]
fn what_a_job_inherited_is_told_from_what_it_made() {
    let store = three();
    let claimer = Draft::checkpoint(7)
        .shared(&format!("{JOB}/shared/b"), 20)
        .shared(&format!("{OTHER}/shared/c"), 5);
    store.put(&format!("{OTHER}/chk-7"), &claimer, 10);
    let world = of(&store, &format!("{OTHER}/chk-7"));
    assert_eq!(held(&world, 3), [Held::Inherited, Held::Registry]);
    let outcome = world.after(&[Step {
        event: Event::Finished,
        at: 3,
    }]);
    // Its own goes; what it inherited depends on the claim mode.
    assert_eq!((outcome.goes.files, outcome.open.bytes), (2, 20));
}

#[test]
fn what_cannot_be_read_is_remarked() {
    let store = three();
    store.store.put(
        &place(&format!("{JOB}/chk-3/_metadata")),
        *b"no",
        crate::world::ago(700),
    );
    let world = of(&store, &format!("{JOB}/chk-5"));
    assert_eq!(
        world.notes(),
        ["The metadata of chk-3 cannot be read: it may name files that would go."]
    );
    // No rule reaches it.
    let outcome = world.after(&[Step {
        event: Event::Finished,
        at: 3,
    }]);
    assert_eq!(outcome.pieces[0].is, Whereabouts::There);
}

#[test]
fn the_disposal_played_is_the_disposal_worked_out() {
    let store = three();
    let at = format!("{JOB}/chk-5");
    let known = disposal::of(&store.look("/data"), &place(&at)).unwrap();
    let outcome = of(&store, &at).after(&[Step {
        event: Event::Disposed,
        at: 1,
    }]);
    // The metadata is counted here.
    assert_eq!(outcome.goes.files, known.files + 1);
    let lost: Vec<u64> = outcome
        .broken()
        .map(|it| outcome.pieces[it].lost.files)
        .collect();
    let mut worked_out: Vec<u64> = known.takes_from.iter().map(|it| it.files).collect();
    worked_out.reverse();
    assert_eq!(lost, worked_out);
}

fn played(snapshot: &Path, events: &str) -> Value {
    let asked = [
        "show".as_ref(),
        snapshot.as_os_str(),
        "--json".as_ref(),
        "--what-if".as_ref(),
        events.as_ref(),
    ];
    let shown = run(asked);
    assert!(shown.status.success(), "{}", err(&shown));
    json(&shown)["what_if"].clone()
}

fn number(played: &Value, what: &str, unit: &str) -> u64 {
    played[what][unit].as_u64().unwrap()
}

#[test]
fn on_real_trees_what_goes_and_what_stays_is_always_what_was() {
    for flink in ["flink-1.15.4", "flink-1.20.5", "flink-2.3.0"] {
        for scene in ["rocksdb-incremental", "changelog", "hashmap", "unaligned"] {
            let job = only(&fixture(&format!("{flink}/{scene}/checkpoints")), "");
            let mut all: Vec<_> = std::fs::read_dir(&job)
                .unwrap()
                .map(|it| it.unwrap().path())
                .filter(|it| it.join("_metadata").exists())
                .collect();
            all.sort();
            let newest = all.last().unwrap();
            let mut sums = Vec::new();
            for events in [
                "cancelled",
                "finished",
                "failed",
                "suspended",
                "subsumed",
                "disposed",
            ] {
                let played = played(newest, events);
                let sum = |unit: &str| -> u64 {
                    ["goes", "stays", "not_known"]
                        .iter()
                        .map(|it| number(&played, it, unit))
                        .sum()
                };
                sums.push((sum("files"), sum("bytes")));
                let is_broken = |it: &Value| it["afterwards"] == "broken";
                let broken = played["snapshots"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(is_broken);
                assert!(!broken || events == "disposed", "{flink} {scene} {events}");
            }
            assert!(sums[0].0 > 0);
            assert!(
                sums.iter().all(|it| *it == sums[0]),
                "{flink} {scene} {sums:?}"
            );
        }
    }
}

#[test]
fn a_real_retained_checkpoint_is_kept_when_cancelled_and_deleted_when_finished() {
    let job = only(&fixture("flink-2.3.0/rocksdb-incremental/checkpoints"), "");
    let cancelled = played(&job.join("chk-9"), "cancelled");
    assert_eq!(number(&cancelled, "goes", "files"), 0);
    let finished = played(&job.join("chk-9"), "finished");
    let words: Vec<&str> = finished["snapshots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["afterwards"].as_str().unwrap())
        .collect();
    assert!(
        words.iter().filter(|it| **it == "deleted").count() >= 3,
        "{words:?}"
    );
    let middle = job.join("chk-8");
    let shown = run([
        Path::new("show"),
        &middle,
        Path::new("--what-if"),
        Path::new("cancelled,disposed"),
    ]);
    assert!(shown.status.success(), "{}", err(&shown));
    let said = out(&shown);
    assert!(
        said.contains("cancelled, then disposed: played on a copy, nothing happens for real"),
        "{said}"
    );
    assert!(
        said.contains("BROKEN, though not deleted: chk-7 loses 4 files"),
        "{said}"
    );
    assert!(said.contains("chk-9 loses 5 files"), "{said}");
}

#[test]
fn without_an_event_nothing_is_said_of_it() {
    let job = only(&fixture("flink-2.3.0/rocksdb-incremental/checkpoints"), "");
    let asked = ["show", job.join("chk-8").to_str().unwrap(), "--json"].map(str::to_owned);
    assert_eq!(json(&run(asked)).get("what_if"), None);
    let wrong = ["show", "x", "--what-if", "exploded"];
    assert_eq!(run(wrong).status.code(), Some(2));
}
