//! Files that metadata names and that cannot be the snapshot's.

use super::*;

/// A checkpoint that nobody needs and that names one file, beside a newer one that stays.
fn naming(at: &str) -> Scene {
    let mut scene = Scene::of([
        (checkpoint(5, 11 * DAY), vec![0]),
        (checkpoint(6, 10 * DAY), vec![1]),
        (old_savepoint(), vec![2]),
    ]);
    scene.graph.files[0].at = place(at);
    scene
}

fn becomes(scene: &Scene) -> (Decision, String) {
    let target = scene.target(0);
    assert_eq!(target.decision, Decision::Delete, "{target:?}");
    assert_eq!(target.files[0].decision, Decision::Delete, "its metadata");
    (target.files[1].decision, target.files[1].reason.clone())
}

fn in_job(path: &str) -> String {
    format!("file:/data/{JOB}/{path}")
}

#[test]
fn nothing_goes_by_the_word_of_metadata_alone() {
    let savepoint = old_savepoint().location.to_text();
    let uuid = shared(7);
    for (at, words) in [
        (in_job("chk-6/_metadata"), "metadata of another snapshot"),
        (in_job("chk-8/_metadata"), "metadata of another snapshot"),
        (
            format!("{savepoint}/_metadata"),
            "metadata of another snapshot",
        ),
        (
            in_job(&format!("chk-6/{uuid}")),
            "directory of another snapshot",
        ),
        (
            format!("{savepoint}/{uuid}"),
            "directory of another snapshot",
        ),
        (
            "file:/data/.stateward/holds.json".to_owned(),
            "stateward's own",
        ),
        (
            in_job(&format!(".stateward/trash/p/{uuid}")),
            "stateward's own",
        ),
        ("file:/data/important.db".to_owned(), "where Flink puts"),
        (format!("file:/data/{uuid}"), "where Flink puts"),
        (in_job("shared/important.db"), "where Flink puts"),
        (in_job(&uuid), "where Flink puts"),
        (in_job(&format!("chk-8/{uuid}")), "where Flink puts"),
        (in_job(&format!("shared/chk-6/{uuid}")), "where Flink puts"),
        (
            format!("file:/data/company/shared/{uuid}"),
            "where Flink puts",
        ),
    ] {
        let (decision, reason) = becomes(&naming(&at));
        assert_eq!(decision, Decision::Keep, "{at}");
        assert!(reason.contains(words), "{at}: {reason}");
    }
}

#[test]
fn what_flink_puts_there_goes() {
    let uuid = shared(7);
    for at in [
        in_job(&format!("chk-5/{uuid}")),
        in_job("chk-5/of-the-state-processor"),
        in_job(&format!("shared/{uuid}")),
        in_job(&format!("taskowned/{uuid}")),
        in_job(&format!("shared/job_{JOB}_op_0123_0_1/{uuid}")),
        in_job(&format!("taskowned/job_{JOB}_tm_localhost/{uuid}")),
        in_job("shared/op_Keyed_0a__1_2__attempt_0/db/000012.sst"),
        format!("file:/data/changes/{JOB}/dstl/{uuid}"),
        // Its job is over.
        format!("file:/data/{OTHER_JOB}/shared/{uuid}"),
    ] {
        assert_eq!(becomes(&naming(&at)).0, Decision::Delete, "{at}");
    }
}

#[test]
fn what_checkpoints_share_in_a_directory_without_the_jobs_id_goes() {
    let rows = [5, 6].map(|id| Snapshot {
        location: place(&format!("file:/data/flat/chk-{id}")),
        ..checkpoint(id, 10 * DAY)
    });
    let [first, second] = rows;
    let mut scene = Scene::of([(first, vec![0]), (second, vec![1])]);
    scene.graph.files[0].at = place(&format!("file:/data/flat/shared/{}", shared(7)));
    assert_eq!(becomes(&scene).0, Decision::Delete);
}

#[test]
fn what_lies_in_the_directory_of_another_snapshot_goes_with_both() {
    let mut scene = naming(&in_job(&format!("chk-4/{}", shared(7))));
    scene.graph.snapshots.push(Arc::new(Snapshot {
        health: Health::Abandoned,
        facts: None,
        ..checkpoint(4, 12 * DAY)
    }));
    scene.graph.of.insert(3, vec![0]);
    scene.graph.files[0].users = vec![0];
    assert_eq!(becomes(&scene).0, Decision::Keep);
    assert!(going(&scene.plan(&[0, 3])).contains(&"7.sst".to_owned()));
}

#[test]
fn what_another_job_may_be_about_to_name_stays() {
    let of_other = || naming(&format!("file:/data/{OTHER_JOB}/shared/{}", shared(7)));
    let own = || job(JOB, JobState::Canceled);
    let lives = of_other().on(cluster([own(), job(OTHER_JOB, JobState::Running)]));
    let (decision, reason) = becomes(&lives);
    assert_eq!(decision, Decision::Keep);
    assert!(reason.contains("which lives"), "{reason}");
    let mut unknown = of_other().on(cluster([own()]));
    assert_eq!(becomes(&unknown).0, Decision::Delete, "it is old");
    unknown.graph.files[0].found = Found::Here(Fingerprint {
        modified: ago(DAY),
        ..seen(0, 1)
    });
    let (decision, reason) = becomes(&unknown);
    assert_eq!(decision, Decision::Defer);
    assert!(reason.contains("another job"), "{reason}");
}

#[test]
fn what_flink_did_not_write_stays_in_what_nobody_can_restore() {
    let mut scene = Scene::of([
        (
            Snapshot {
                health: Health::Abandoned,
                facts: None,
                ..checkpoint(5, 11 * DAY)
            },
            vec![0, 1],
        ),
        (checkpoint(6, 10 * DAY), vec![2]),
    ]);
    for (file, name) in [(0, "notes.txt".to_owned()), (1, shared(1))] {
        scene.graph.files[file].sort = Sort::Loose;
        scene.graph.files[file].at = place(&in_job(&format!("chk-5/{name}")));
    }
    assert_eq!(going(&scene.plan(&[0])), ["_metadata", "1.sst"]);
}

#[test]
fn where_it_was_only_looked_nothing_goes_but_of_the_job_itself() {
    let looking = |at: &str| {
        let mut scene = naming(at);
        scene.looked = vec![place("file:/savepoints")];
        scene
    };
    let uuid = shared(7);
    let (decision, reason) = becomes(&looking(&format!(
        "file:/savepoints/{OTHER_JOB}/shared/{uuid}"
    )));
    assert_eq!(decision, Decision::Keep);
    assert!(reason.contains("--in"), "{reason}");
    for at in [
        format!("file:/savepoints/{JOB}/dstl/{uuid}"),
        format!("file:/data/{OTHER_JOB}/shared/{uuid}"),
    ] {
        assert_eq!(becomes(&looking(&at)).0, Decision::Delete, "{at}");
    }
}
