use super::*;
use crate::analysis::guard::OUT_OF_SIGHT;
use crate::domain::cluster::CheckpointSettings;
use crate::domain::snapshot::PathMapping;

#[test]
fn what_a_claimer_may_build_on_needs_a_word_that_all_of_them_are_in_sight() {
    let rows = || {
        [
            (old_savepoint(), vec![0]),
            (checkpoint(8, 11 * DAY), vec![2]),
            (checkpoint(9, 10 * DAY), vec![1]),
        ]
    };
    for target in [0, 1] {
        let mut scene = Scene::of(rows());
        assert_eq!(scene.target(target).decision, Decision::Delete);
        scene.graph.heritable.insert(target);
        let refused = scene.target(target);
        stays(&refused, Decision::Unknown, "out of sight", "--all-named");
        let typed = scene.clone().typing("heirs of lineage-1");
        assert_eq!(typed.target(target).decision, Decision::Delete);
        scene.all_named = true;
        assert_eq!(scene.target(target).decision, Decision::Delete);
    }
}

#[test]
fn what_a_known_heir_may_name_out_of_sight_stays_whatever_is_said() {
    let rows = || {
        [
            (checkpoint(8, 11 * DAY), vec![0]),
            (checkpoint(9, 10 * DAY), vec![1]),
        ]
    };
    let heir = |at: &str, restored: Option<u64>| {
        let mut heir = job(OTHER_JOB, JobState::Canceled);
        let path = restored.map(|id| place(&format!("file:/data/{JOB}/chk-{id}")));
        if let Some(path) = path {
            heir = restored_from(heir, &path);
        }
        heir.checkpoints = vec![remembered(12, 60)];
        heir.checkpoints[0].path = Some(place(&format!("{at}/{OTHER_JOB}/chk-12")));
        let jobs = [job(JOB, JobState::Canceled), heir];
        let mut scene = Scene::of(rows()).on(cluster(jobs)).typing("lineage-1");
        scene.graph.heritable.insert(0);
        scene.all_named = true;
        scene
    };
    let scene = heir("file:/elsewhere", Some(8));
    let words = format!("nobody looked in file:/elsewhere/{OTHER_JOB}");
    stays(
        &scene.target(0),
        Decision::Unknown,
        "heir elsewhere",
        &words,
    );
    let typed = format!("file:/elsewhere/{OTHER_JOB}");
    assert_eq!(scene.typing(&typed).target(0).decision, Decision::Delete);
    assert_eq!(
        heir("file:/data", Some(8)).target(0).decision,
        Decision::Delete
    );
    assert_eq!(
        heir("file:/elsewhere", None).target(0).decision,
        Decision::Delete
    );
    let mut full = heir("file:/elsewhere", Some(8));
    full.graph.heritable.clear();
    assert_eq!(full.target(0).decision, Decision::Delete);
}

#[test]
fn where_a_cluster_is_configured_to_write_is_told_where_nobody_looked() {
    let scene = |at: &str, all_named| {
        let mut on = cluster([job(JOB, JobState::Canceled)]);
        on.settings = Some(CheckpointSettings {
            checkpoint_directory: Some(place(at)),
            ..CheckpointSettings::default()
        });
        let mut scene = Scene::of([
            (checkpoint(8, 11 * DAY), vec![0]),
            (checkpoint(9, 10 * DAY), vec![1]),
        ])
        .on(on);
        scene.graph.heritable.insert(0);
        scene.all_named = all_named;
        scene
    };
    let words =
        "prod is configured to write to s3://bucket/ck, where nobody looked (--in s3://bucket/ck).";
    let elsewhere = scene("s3://bucket/ck", false);
    stays(&elsewhere.target(0), Decision::Unknown, OUT_OF_SIGHT, words);
    // That its job is over is another story.
    let told = |scene: &Scene| -> Vec<String> {
        let remarks = scene.plan(&[0]).remarks.into_iter();
        remarks.filter(|it| it.contains("configured")).collect()
    };
    let named = scene("s3://bucket/ck", true);
    let said = named.plan(&[0]);
    assert_eq!(said.targets[0].decision, Decision::Delete);
    assert_eq!(told(&named), [words]);
    let here = scene("file:/data", false).target(0);
    assert!(!here.objections[0].text.contains("prod"), "{here:?}");
    assert_eq!(told(&scene("file:/data", true)), [""; 0]);
    // By another name, as a container has it.
    let mut mapped = scene("file:/flink/ck", true);
    let row = Arc::make_mut(&mut mapped.graph.snapshots[1]);
    row.mapping = Some(PathMapping::parse("/flink/ck=/data").unwrap());
    assert_eq!(told(&mapped), [""; 0]);
}

#[test]
fn whoever_was_restored_from_what_is_in_sight_and_names_none_of_its_files_is_no_heir() {
    let heir = |names: Vec<usize>, restored: u64| {
        let path = place(&format!("file:/data/{JOB}/chk-{restored}"));
        let mut heir = restored_from(job(OTHER_JOB, JobState::Canceled), &path);
        heir.checkpoints = vec![remembered(12, 60)];
        heir.checkpoints[0].path = Some(place(&format!("file:/elsewhere/{OTHER_JOB}/chk-12")));
        let mut scene = Scene::of([
            (checkpoint(8, 11 * DAY), vec![0]),
            (checkpoint(9, 10 * DAY), names),
        ])
        .on(cluster([job(JOB, JobState::Canceled), heir]));
        scene.graph.heritable.insert(0);
        scene.all_named = true;
        scene
    };
    assert_eq!(heir(vec![1], 9).target(0).decision, Decision::Delete);
    let is_one = |scene: &Scene| {
        let words = "may build on its files (CLAIM or LEGACY)";
        stays(&scene.target(0), Decision::Unknown, "heir elsewhere", words);
    };
    is_one(&heir(vec![0], 9));
    is_one(&heir(vec![1], 8));
    is_one(&heir(vec![1], 7));
    let mut unread = heir(vec![1], 9);
    Arc::make_mut(&mut unread.graph.snapshots[1]).facts = None;
    is_one(&unread);
    let mut lost = heir(vec![1], 9);
    lost.graph.elsewhere.insert(1, place("file:/data/x"));
    is_one(&lost);
    let mut strange = heir(vec![1], 9);
    strange.graph.files[0].at = place("file:/data/shared/x");
    is_one(&strange);
}
