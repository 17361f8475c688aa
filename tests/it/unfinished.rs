//! What something ended half-way is told wherever it is in sight, until somebody goes on with it or back.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Output;

use stateward::action::history::Disk;
use stateward::action::unfinished::{Act, Unfinished, find, summary};
use stateward::app::effect::Effect;
use stateward::app::message::Message;
use stateward::domain::location::Location;
use stateward::inventory::chronicle::Witness as _;
use stateward::store::change::{LocalTree, Tree as _};
use stateward::store::local::location_of;

use super::tui_sample::{self as sample, sample_model, send};
use super::tui_screens::press;
use super::tui_views::text;
use crate::deletion::age;
use crate::program::{err, json, out, run};
use crate::trash_commands::{ID, Store, interrupted};
use crate::trash_runtime::watching;
use crate::trash_tree;

fn place(path: &Path) -> Location {
    location_of(path).unwrap()
}

fn half_deleted() -> Store {
    let store = Store::new();
    interrupted(&store, &store.both(ID));
    store
}

fn at(store: &Store, args: &[&str]) -> Output {
    let args = args.iter().map(OsStr::new);
    run(args.chain([store.root().as_os_str()]))
}

fn undo(store: &Store) {
    let undone = at(store, &["undo", "--write"]);
    assert!(undone.status.success(), "{}", err(&undone));
}

#[test]
fn the_history_is_told_which_deletion_was_ended_half_way() {
    let store = half_deleted();
    let torn = |name: &str| Disk::default().torn(&place(&store.job().join(name)));
    for name in ["chk-7", "chk-8"] {
        let taken = torn(name).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(taken.plan, ID);
    }
    assert_eq!(torn("chk-9"), None);
    undo(&store);
    assert_eq!(torn("chk-7"), None);
}

#[test]
fn a_deletion_that_was_ended_half_way_is_found_with_what_it_has_torn() {
    let store = half_deleted();
    let root = place(&store.root());
    let (found, problems) = find([&root], &[]);
    assert_eq!(problems, [""; 0]);
    let [found] = &found[..] else {
        panic!("{found:?}");
    };
    assert_eq!((found.what, found.moved), (Act::Deletion, 2));
    assert!(found.of > 2, "{found:?}");
    for name in ["chk-7", "chk-8"] {
        assert!(found.tears(&place(&store.job().join(name))), "{found:?}");
    }
    assert!(!found.tears(&place(&store.job().join("chk-9"))));
    // From below it is found where it is about what lies there, by whatever name that goes.
    let link = store.path().join("link");
    std::os::unix::fs::symlink(store.job(), &link).unwrap();
    let (found, _) = find([], &[place(&link)]);
    assert!(found[0].tears(&place(&link.join("chk-7"))), "{found:?}");
    let (found, _) = find([], &[place(&store.job().join("shared"))]);
    assert_eq!(found, []);
    undo(&store);
    assert_eq!(find([&root], &[]).0, []);
}

#[test]
fn what_somebody_is_at_work_on_is_not_called_unfinished() {
    let store = half_deleted();
    let root = place(&store.root());
    let tree = LocalTree::open(&store.root()).unwrap();
    let lock = tree.lock(".stateward/trash/lock").unwrap();
    assert_eq!(find([&root], &[]), (Vec::new(), Vec::new()));
    drop(lock);
    assert_eq!(find([&root], &[]).0.len(), 1);
}

#[test]
fn what_is_removed_for_good_tears_nothing_that_is_shown() {
    let store = Store::new();
    store.apply(&store.both(ID));
    let state = store
        .root()
        .join(".stateward/trash")
        .join(ID)
        .join("state.json");
    let before = std::fs::read_to_string(&state).unwrap();
    std::fs::write(&state, before.replace("\"done\"", "\"purging\"")).unwrap();
    let (found, _) = find([&place(&store.root())], &[]);
    assert_eq!(found[0].what, Act::Purge);
    assert_eq!(found[0].torn, BTreeSet::new());
    assert!(found[0].remedy("").contains("stateward resume"));
}

#[test]
fn a_check_warns_of_it_and_says_how_to_go_on_and_back() {
    let store = half_deleted();
    let ends = |output: &Output, code: i32| {
        let said = out(output).clone() + &err(output);
        assert_eq!(output.status.code(), Some(code), "{said}");
        said
    };
    let ages = ["--max-age", "99999h"];
    let check = |args: &[&str]| at(&store, &[&["check"], &ages[..], args].concat());
    let said = ends(&check(&[]), 1);
    let root = store.root();
    let root = root.to_str().unwrap();
    for part in [
        format!("something ended the deletion {ID} in {root} half-way: 2 of its "),
        format!("`stateward resume {root} --write` goes on"),
        format!("`stateward undo {root} --plan {ID} --write` puts it back"),
    ] {
        assert!(said.contains(&part), "{part}\n{said}");
    }
    let document = json(&check(&["--json"]));
    let half = &document["unfinished"][0];
    assert_eq!((&half["root"], &half["id"]), (&root.into(), &ID.into()));
    assert_eq!(
        (&half["what"], &half["moved"]),
        (&"deletion".into(), &2.into())
    );
    let metrics = ends(&check(&["--prometheus"]), 1);
    assert!(
        metrics.contains("\nstateward_unfinished_batches 1\n"),
        "{metrics}"
    );

    undo(&store);
    ends(&check(&[]), 0);
    assert_eq!(
        json(&check(&["--json"]))["unfinished"],
        serde_json::json!([])
    );
    let metrics = ends(&check(&["--prometheus"]), 0);
    assert!(
        metrics.contains("\nstateward_unfinished_batches 0\n"),
        "{metrics}"
    );
}

#[test]
fn a_check_does_not_know_what_a_trash_that_cannot_be_read_keeps() {
    let store = half_deleted();
    let state = store
        .root()
        .join(".stateward/trash")
        .join(ID)
        .join("state.json");
    std::fs::write(state, "{").unwrap();
    let checked = at(&store, &["check", "--max-age", "99999h"]);
    assert_eq!(checked.status.code(), Some(3), "{}", out(&checked));
    assert!(
        out(&checked).contains("state.json is unusable"),
        "{}",
        out(&checked)
    );
}

/// Of nothing that is refused it is said that it goes.
#[track_caller]
fn is_not_told_to_go(told: &Output) {
    let said = out(told) + &err(told);
    assert!(!said.contains("DELETE"), "{said}");
    assert!(said.contains("half-way"), "{said}");
}

#[test]
fn what_is_left_of_a_half_deleted_snapshot_is_no_orphan_from_another_root_either() {
    let store = half_deleted();
    age(&store.job(), 10);
    let from_above = |args: &[&str]| {
        let args = args.iter().map(OsStr::new);
        run(args.chain([store.path().as_os_str()]))
    };
    let before = store.image();
    let dry = from_above(&["orphans", "--delete", "--all-named", "--dry-run", "--json"]);
    assert_eq!(dry.status.code(), Some(4), "{}", out(&dry));
    assert!(err(&dry).contains("half-way: 2 of its "), "{}", err(&dry));
    let refused = from_above(&["orphans", "--delete", "--all-named", "--write", "--yes"]);
    assert_eq!(
        refused.status.code(),
        Some(4),
        "{}{}",
        out(&refused),
        err(&refused)
    );
    assert!(
        err(&refused).contains("cannot delete what is left of"),
        "{}",
        err(&refused)
    );
    is_not_told_to_go(&refused);
    is_not_told_to_go(&from_above(&[
        "orphans",
        "--delete",
        "--all-named",
        "--dry-run",
    ]));
    assert_eq!(store.image(), before);
    undo(&store);
    assert!(at(&store, &["verify"]).status.success());
}

#[test]
fn what_is_left_of_a_half_deleted_snapshot_may_not_go_in_any_list() {
    let store = half_deleted();
    age(&store.job(), 10);
    let list = |from: &Path| {
        let args = ["orphans", "--all-named", "--json"].map(OsStr::new);
        let listed = run(args.into_iter().chain([from.as_os_str()]));
        json(&listed)
    };
    for from in [store.root(), store.path().to_owned()] {
        let listed = list(&from);
        let groups = listed["groups"].as_array().unwrap();
        assert!(!groups.is_empty(), "{listed:#}");
        for group in groups {
            assert_eq!(group["decision"], "UNKNOWN", "{listed:#}");
            let why = group["reason"].as_str().unwrap();
            assert!(why.contains(ID) && why.contains("half-way"), "{why}");
        }
        assert_eq!(listed["may_go"]["count"], 0, "{listed:#}");
    }
    undo(&store);
    assert_eq!(list(&store.root())["groups"], serde_json::json!([]));
}

#[test]
fn what_only_looks_is_told_that_nothing_can_be_deleted_before_it_is_ended() {
    let store = half_deleted();
    age(&store.job(), 10);
    let left = store.job().join("chk-9");
    let file = store.path().join("plan.json");
    let delete = |more: &[&str]| {
        let args = [OsStr::new("delete"), left.as_ref(), "--all-named".as_ref()];
        run(args.into_iter().chain(more.iter().map(OsStr::new)))
    };
    let shown = json(&delete(&["--dry-run", "--json"]));
    let name = shown["targets"][0]["lineage"].as_str().unwrap();
    let last = format!("last of {name}");
    let typed = ["--confirm", name, "--confirm", &last];
    for how in [
        &["--dry-run"][..],
        &["--dry-run", "--json"],
        &["--save", file.to_str().unwrap()],
    ] {
        let told = delete(&[&typed[..], how].concat());
        assert_eq!(told.status.code(), Some(4), "{}", out(&told));
        assert!(
            err(&told).contains("half-way"),
            "{}{}",
            out(&told),
            err(&told)
        );
        assert!(err(&told).contains("stateward resume"), "{}", err(&told));
        is_not_told_to_go(&told);
    }
    is_not_told_to_go(&delete(&[&typed[..], &["--write", "--yes"]].concat()));
    assert!(!file.exists());
}

#[test]
fn lists_and_explanations_say_what_has_become_of_a_snapshot() {
    let store = half_deleted();
    for verb in ["ls", "latest"] {
        let told = at(&store, &[verb]);
        let note = format!("stateward: note: something ended the deletion {ID} in ");
        assert!(err(&told).contains(&note), "{}", err(&told));
        assert!(told.status.success());
        // Whoever goes on with it asks the same clusters.
        let nobody = "http://127.0.0.1:9";
        let told = at(&store, &[verb, "--flink", nobody]);
        let on = format!(" --flink {nobody} --write` goes on with it");
        assert!(err(&told).contains(&on), "{}", err(&told));
    }
    let explained = run([OsStr::new("explain"), store.job().join("chk-8").as_os_str()]);
    let words = out(&explained)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for part in [
        "Nothing can be restored from it now: the deletion",
        "moved files of it into the trash, its metadata first, and was ended half-way",
        "Nothing should be done with its files by hand",
    ] {
        assert!(words.contains(part), "{part}\n{words}");
    }
    assert!(!words.contains("never completed"), "{words}");
    undo(&store);
    let told = at(&store, &["latest"]);
    assert!(!err(&told).contains("half-way"), "{}", err(&told));
}

#[test]
fn the_screen_hears_of_it_and_of_its_end() {
    let store = half_deleted();
    let (runtime, messages) = watching(&store.root(), 2);
    let heard = || {
        runtime.execute(Effect::LoadMarks);
        messages.iter().find_map(|message| match message {
            Message::Unfinished(unfinished) => Some(unfinished),
            _ => None,
        })
    };
    assert_eq!(heard().unwrap().len(), 1);
    undo(&store);
    assert_eq!(heard().unwrap(), []);
    // Nor is one that is done unfinished.
    let tree = LocalTree::open(&store.root()).unwrap();
    trash_tree::apply(&tree, &store.both("20261125T160000Z-2f0c"), &mut || {
        trash_tree::nobody_names_anything()
    })
    .unwrap();
    assert_eq!(heard().unwrap(), []);
}

fn unfinished(root: &str, id: &str, what: Act, torn: &[&str]) -> Unfinished {
    Unfinished {
        root: Location::parse(root.as_bytes()),
        id: id.to_owned(),
        what,
        moved: 12,
        of: 1_904,
        asked: Vec::new(),
        torn: torn.iter().map(|it| sample::at(it).canonical()).collect(),
    }
}

#[test]
fn what_is_unfinished_is_counted_by_what_it_was() {
    use Act::{Deletion, Purge, Undo};
    let of = |all: &[(&str, Act)]| {
        let all: Vec<Unfinished> = all
            .iter()
            .map(|(id, what)| unfinished("file:/data", id, *what, &[]))
            .collect();
        summary(&all)
    };
    assert_eq!(of(&[]), None);
    let one = of(&[("a", Deletion), ("a", Deletion)]);
    assert_eq!(one.as_deref(), Some("1 deletion unfinished"));
    let all = of(&[("a", Undo), ("b", Deletion), ("c", Deletion), ("d", Purge)]);
    assert_eq!(all.as_deref(), Some("4 unfinished"));
}

#[test]
fn the_header_and_the_rows_show_it_at_every_size() {
    let abandoned = format!("{}/chk-633", sample::FRAUD);
    for size in [(80, 24), (120, 40)] {
        let mut model = sample_model(size).writing(true);
        let half = unfinished("file:/data/flink", ID, Act::Deletion, &[&abandoned]);
        let location = half.torn.first().unwrap().clone();
        assert!(model.snapshots.contains_key(&location), "{location}");
        send(&mut model, Message::Unfinished(vec![half]));
        let shown = text(&mut model, false);
        let header = shown.lines().next().unwrap();
        assert!(header.contains("1 deletion unfinished · T"), "{header}");
        assert!(header.contains("changes allowed"), "{header}");
        press(&mut model, "G");
        let at = model
            .index
            .rows
            .iter()
            .position(|row| row.location == location);
        press(&mut model, "g");
        press(&mut model, &"↓".repeat(at.unwrap()));
        insta::assert_snapshot!(
            format!("unfinished_{}x{}", size.0, size.1),
            text(&mut model, false)
        );
        send(&mut model, Message::Unfinished(Vec::new()));
        let shown = text(&mut model, false);
        assert!(!shown.contains("unfinished"), "{shown}");
        assert!(!shown.contains("half gone"), "{shown}");
    }
}
