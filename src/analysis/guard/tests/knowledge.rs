use super::*;

#[test]
fn missing_knowledge_never_deletes() {
    let corrupt = Snapshot {
        health: Health::Corrupt,
        facts: None,
        ..checkpoint(7, 10 * DAY)
    };
    let rows = || {
        [
            (checkpoint(5, 10 * DAY), vec![0]),
            (checkpoint(6, 10 * DAY), vec![1]),
            (corrupt.clone(), vec![]),
        ]
    };
    let scene = Scene::of(rows()).typing("unreadable lineage-1");
    stays(
        &scene.target(0),
        Decision::Unknown,
        "complete knowledge",
        "chk-7",
    );
    // The unreadable one itself can go, alone or with others.
    assert_eq!(going(&scene.plan(&[2])), ["_metadata"]);
    assert_eq!(going(&scene.plan(&[2, 0])).len(), 3);
    // Should it stay after all, what it names is not known.
    let mut kept = scene.clone();
    let unreadable = kept.graph.snapshots[2].location.clone();
    kept.hold(&unreadable, None);
    let plan = kept.plan(&[2, 0]);
    assert_eq!(going(&plan), [""; 0]);
    let other = plan.targets.iter().find(|it| it.name == "chk-5").unwrap();
    stays(other, Decision::Unknown, "complete knowledge", "chk-7");
    let mut unmapped = three();
    unmapped
        .graph
        .elsewhere
        .insert(2, place("s3://state/shared/1.sst"));
    stays(
        &unmapped.target(0),
        Decision::Unknown,
        "complete knowledge",
        "--map",
    );
    assert_eq!(unmapped.plan(&[0, 1]).freed(), 0);
    assert_eq!(
        unmapped
            .typing("last of lineage-1")
            .plan(&[0, 1, 2])
            .freed(),
        300 + 31
    );
    let mut blind = three();
    blind.graph.blind = vec!["cannot list file:/data/x: permission denied".to_owned()];
    stays(
        &blind.target(0),
        Decision::Unknown,
        "complete knowledge",
        "permission denied",
    );
    for found in [
        Found::Indistinct { bytes: 1 },
        Found::Unreachable,
        Found::Here(Fingerprint {
            modified: ago(-60),
            ..seen(0, 1)
        }),
    ] {
        let mut scene = three();
        scene.graph.files[0].found = found;
        let target = scene.target(0);
        let file = target
            .files
            .iter()
            .find(|it| it.at.name() == shared(0).as_bytes())
            .unwrap();
        assert_eq!(file.decision, Decision::Unknown, "{file:?}");
    }
}

#[test]
fn a_word_that_would_not_help_is_not_told() {
    let words = |scene: &Scene| -> Vec<Option<String>> {
        let objections = scene.target(0).objections.into_iter();
        objections.map(|it| it.overruled_by).collect()
    };
    let mut scene = Scene {
        clusters: Vec::new(),
        ..Scene::of([
            (checkpoint(5, 10 * DAY), vec![0]),
            (checkpoint(6, 10 * DAY), vec![1]),
        ])
    };
    assert_eq!(words(&scene), [Some("lineage-1".to_owned())]);
    let held = scene.graph.snapshots[0].location.clone();
    scene.hold(&held, None);
    assert_eq!(words(&scene), [None, None]);
}
