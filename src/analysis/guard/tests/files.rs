use super::*;

#[test]
fn nothing_outside_of_the_named_directories_goes() {
    let mut outside = three();
    outside.graph.files[3].at = place("file:/etc/passwd");
    let target = outside.target(1);
    let file = target
        .files
        .iter()
        .find(|it| it.at.name() == b"passwd")
        .unwrap();
    assert_eq!(file.decision, Decision::Keep);
    for away in ["file:/elsewhere/chk-5", "file:/data", "s3://data/chk-5"] {
        let moved = Snapshot {
            location: place(away),
            ..checkpoint(5, 10 * DAY)
        };
        let scene = Scene::of([(moved, vec![0]), (checkpoint(6, 10 * DAY), vec![1])]);
        stays(&scene.target(0), Decision::Keep, "containment", "outside");
    }
}

#[test]
fn merged_and_loose_files_go_only_where_that_is_safe() {
    let with = |sort: Sort, health: Health| {
        let mut scene = Scene::of([
            (
                Snapshot {
                    health,
                    ..checkpoint(5, 10 * DAY)
                },
                vec![0],
            ),
            (checkpoint(6, 10 * DAY), vec![1]),
        ]);
        scene.graph.files[0].sort = sort;
        scene.graph.unread.clear();
        scene
    };
    let of_file = |scene: &Scene| scene.target(0).files[1].decision;
    let merged = with(Sort::Merged, Health::Complete);
    assert_eq!(of_file(&merged), Decision::Delete, "its job is over");
    let unknown = Scene {
        clusters: Vec::new(),
        ..merged
    };
    assert_eq!(
        of_file(&unknown.clone().typing("lineage-1")),
        Decision::Delete
    );
    assert_eq!(of_file(&unknown), Decision::Unknown);
    assert_eq!(
        of_file(&with(Sort::Loose, Health::Complete)),
        Decision::Keep
    );
    assert_eq!(
        of_file(&with(Sort::Loose, Health::Corrupt)),
        Decision::Delete
    );
}
