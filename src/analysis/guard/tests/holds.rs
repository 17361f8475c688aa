use super::*;

#[test]
fn holds_and_marks_keep_theirs_and_what_it_shares() {
    let mut scene = three();
    let middle = scene.graph.snapshots[1].location.clone();
    scene.hold(&middle, None);
    stays(
        &scene.target(1),
        Decision::Keep,
        "hold",
        "`release`, set by ana: audit",
    );
    assert_eq!(going(&scene.plan(&[0, 1])), ["_metadata", "0.sst"]);
    scene.holds.clear();
    scene.hold(&middle, Some(-1));
    assert_eq!(scene.target(1).decision, Decision::Delete, "it has ended");
    scene.holds.clear();
    scene.hold(&middle, Some(60));
    assert_eq!(scene.target(1).decision, Decision::Keep);
    let mut scene = three();
    scene.marks = vec![mark_on(&scene.graph.snapshots[1], None, ago(60))];
    stays(&scene.target(1), Decision::Keep, "mark", "unmark it first");
    // Nothing that is typed helps.
    assert_eq!(scene.typing("lineage-1").target(1).decision, Decision::Keep);
}

#[test]
fn what_a_held_one_out_of_sight_names_is_not_known() {
    let mut scene = three();
    scene.hold(&place("file:/data/savepoint-7bf6bd-ba9876543210"), None);
    stays(
        &scene.target(1),
        Decision::Unknown,
        "hold",
        "is not in sight",
    );
    assert_eq!(scene.clone().typing("lineage-1").plan(&[1]).freed(), 0);
    scene.holds[0].expires = Some(ago(1));
    assert_eq!(scene.target(1).decision, Decision::Delete, "it has ended");
}
