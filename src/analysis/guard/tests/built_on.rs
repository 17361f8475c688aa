use super::*;

#[test]
fn one_in_progress_stays_and_so_does_what_a_regional_one_is_built_on() {
    let writing = Snapshot {
        health: Health::InProgress,
        facts: None,
        ..checkpoint(7, 10 * DAY)
    };
    let scene = Scene::of([(writing, vec![]), (checkpoint(6, 10 * DAY), vec![1])]);
    stays(
        &scene.typing("lineage-1").target(0),
        Decision::Keep,
        "in progress",
        "",
    );
    let regional = with_facts(checkpoint(9, 10 * DAY), |facts| facts.regional = vec![5]);
    let scene = Scene::of([
        (checkpoint(5, 11 * DAY), vec![0]),
        (checkpoint(6, 11 * DAY), vec![1]),
        (regional, vec![2]),
    ]);
    stays(&scene.target(0), Decision::Keep, "built on", "chk-9");
    assert_eq!(scene.target(1).decision, Decision::Delete);
    assert_eq!(going(&scene.plan(&[0, 2])).len(), 4, "with it they go");
    // If that one stays for another reason, so does this.
    let mut held = scene;
    let regional = held.graph.snapshots[2].location.clone();
    held.hold(&regional, None);
    stays(
        &held.plan(&[0, 2]).targets[0],
        Decision::Keep,
        "built on",
        "chk-9",
    );
}

#[test]
fn what_one_means_that_leads_nowhere_stays() {
    let astray = Snapshot {
        health: Health::Incomplete,
        ..checkpoint(7, 10 * DAY)
    };
    let mut scene = Scene::of([
        (checkpoint(5, 11 * DAY), vec![0]),
        (checkpoint(6, 11 * DAY), vec![1]),
        (astray, vec![]),
    ]);
    assert_eq!(scene.target(0).decision, Decision::Delete);
    scene.graph.meant.insert(0, BTreeSet::from([2]));
    stays(&scene.target(0), Decision::Keep, "built on", "chk-7 names");
    assert_eq!(scene.target(1).decision, Decision::Delete);
    assert_eq!(going(&scene.plan(&[0, 2])).len(), 3, "with it they go");
}

#[test]
fn a_checkpoint_stays_while_another_names_what_lies_in_its_directory() {
    let rows = |first: Snapshot| {
        let at = first.location.clone();
        let mut scene = Scene::of([
            (first, vec![0]),
            (checkpoint(6, 11 * DAY), vec![0, 1]),
            (checkpoint(7, 10 * DAY), vec![2]),
        ]);
        scene.graph.files[0].at = at.child(b"state");
        scene
    };
    let scene = rows(checkpoint(5, 12 * DAY));
    stays(&scene.target(0), Decision::Keep, "built on", "chk-6 names");
    assert_eq!(going(&scene.plan(&[0, 1])).len(), 4, "with it they go");
    // What is left in the directory of a savepoint is nobody's to clean up.
    let scene = rows(taken(savepoint("Savepoint"), 10 * DAY));
    assert_eq!(going(&scene.plan(&[0])), ["_metadata"]);
}
