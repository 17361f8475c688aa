//! What Flink's own disposal of a snapshot would take from others.

use std::path::Path;

use stateward::analysis::disposal::Disposal;
use stateward::inventory::disposal;

use crate::program::{err, fixture, json, only, out, run};
use crate::world::{Draft, World, place};

const JOB: &str = "/data/7bf6bd3d977df158f9d8a88833ce0000";

fn of(world: &World, name: &str) -> Option<Disposal> {
    disposal::of(&world.look("/data"), &place(&format!("{JOB}/{name}")))
}

#[test]
fn files_that_siblings_name_are_counted_and_the_siblings_named() {
    let world = World::default();
    let shared = |name: &str| format!("{JOB}/shared/{name}");
    let older = Draft::checkpoint(4).shared(&shared("a"), 10);
    let newer = Draft::checkpoint(6)
        .shared(&shared("a"), 10)
        .shared(&shared("b"), 20)
        .shared(&shared("gone"), 5)
        .own("own", 3);
    let newest = Draft::checkpoint(8)
        .shared(&shared("a"), 10)
        .shared(&shared("b"), 20);
    for (name, draft) in [("chk-4", &older), ("chk-6", &newer), ("chk-8", &newest)] {
        world.put(&format!("{JOB}/{name}"), draft, 60);
    }
    world.remove(&shared("gone"));
    let found = of(&world, "chk-6").unwrap();
    assert_eq!(
        (
            found.files,
            found.bytes,
            found.shared_files,
            found.shared_bytes
        ),
        (3, 33, 2, 30)
    );
    let losers: Vec<_> = found
        .takes_from
        .iter()
        .map(|it| (it.name.as_str(), it.files, it.bytes, it.restorable))
        .collect();
    assert_eq!(losers, [("chk-8", 2, 30, true), ("chk-4", 1, 10, true)]);
    assert!(!found.leads_out && found.unread.is_empty());
}

#[test]
fn what_is_not_known_of_others_is_said() {
    let world = World::default();
    let elsewhere = Draft::checkpoint(4).shared("/other/shared/a", 10);
    world.put(&format!("{JOB}/chk-4"), &elsewhere, 60);
    world.store.put(
        &place(&format!("{JOB}/chk-3/_metadata")),
        *b"no",
        crate::world::ago(70),
    );
    let found = of(&world, "chk-4").unwrap();
    assert_eq!(found.unread, ["chk-3"]);
    assert!(found.leads_out);
    // Flink reads the metadata first.
    assert_eq!(of(&world, "chk-3"), None);
}

#[test]
fn show_says_what_flink_would_take_from_siblings() {
    let job = only(&fixture("flink-2.3.0/rocksdb-incremental/checkpoints"), "");
    let middle = job.join("chk-8");
    let shown = run([Path::new("show"), &middle, Path::new("--disposal")]);
    assert!(shown.status.success(), "{}", err(&shown));
    let said = out(&shown);
    let mut last = said.lines().rev();
    let scope = last.next().unwrap().trim_start();
    assert_eq!(
        scope,
        format!(
            "Snapshots that name the same files were looked for below {}; --in adds another place.",
            place(job.parent().unwrap().to_str().unwrap())
        )
    );
    let said = last.next().unwrap();
    assert!(
        said.starts_with("disposal   Flink's own disposal would delete"),
        "{said}"
    );
    assert!(
        said.contains("chk-9 (5 files), chk-7 (4 files), none of which would restore any more."),
        "{said}"
    );

    let asked = ["show", middle.to_str().unwrap(), "--json"];
    assert_eq!(json(&run(asked)).get("disposal"), None);
    let document = json(&run(asked.iter().chain(&["--disposal"])));
    assert_eq!(document["schema"], 1);
    let disposal = &document["disposal"];
    assert_eq!(disposal["takes_from"].as_array().unwrap().len(), 2);
    let shared = document["files"].as_array().unwrap().iter();
    let shared = shared.filter(|file| file["referenced_by"].as_u64() > Some(1));
    assert_eq!(disposal["shared_files"], shared.count());
}
