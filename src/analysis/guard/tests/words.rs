//! What has to be typed.

use super::*;
use crate::analysis::guard::Word;

/// Two old checkpoints of a job that nobody knows, the first with files that a job may build on; a job was started from it.
fn three_reasons() -> Scene {
    let mut scene = Scene {
        clusters: Vec::new(),
        ..Scene::of([
            (checkpoint(5, 10 * DAY), vec![0]),
            (checkpoint(6, 10 * DAY), vec![1]),
        ])
    };
    scene.graph.heritable.insert(0);
    scene.restarts = vec![JobHistory {
        job: OTHER_JOB.parse().unwrap(),
        started_at: Some(ago(60)),
        restored: Some(scene.graph.snapshots[0].location.clone()),
        claim_mode: None,
        taken: Vec::new(),
    }];
    scene
}

fn words(target: &Target) -> Vec<&str> {
    let objections = target.objections.iter();
    objections
        .filter_map(|it| it.overruled_by.as_deref())
        .collect()
}

#[test]
fn each_reason_has_a_word_of_its_own() {
    let all = ["lineage-1", "starting lineage-1", "heirs of lineage-1"];
    assert_eq!(words(&three_reasons().target(0)), all);
    for typed in all {
        let target = three_reasons().typing(typed).target(0);
        assert_eq!(target.decision, Decision::Unknown, "{typed}");
        let left: Vec<&str> = all.into_iter().filter(|it| *it != typed).collect();
        assert_eq!(words(&target), left);
        let overruled = target.overruled.iter();
        let overruled: Vec<_> = overruled.map(|it| it.overruled_by.as_deref()).collect();
        assert_eq!(overruled, [Some(typed)]);
    }
    let scene = Scene {
        typed: all.map(str::to_owned).to_vec(),
        ..three_reasons()
    };
    assert_eq!(scene.target(0).decision, Decision::Delete);
}

#[test]
fn what_was_typed_for_a_job_nobody_knows_says_nothing_of_one_that_lives() {
    let scene = |word| {
        let mut scene = Scene {
            clusters: Vec::new(),
            ..Scene::of([
                (checkpoint(5, 10 * DAY), vec![0]),
                (checkpoint(6, 10 * DAY), vec![1]),
            ])
        };
        scene.graph.files[0].sort = Sort::Merged;
        scene.typing(word)
    };
    assert_eq!(scene("lineage-1").target(0).decision, Decision::Delete);
    let running = || {
        let mut it = job(JOB, JobState::Running);
        it.checkpoints = vec![remembered(9, 60)];
        cluster([it])
    };
    let both = ["live lineage-1", "silent prod"];
    for (heard, decision, needed) in [
        (running(), Decision::Defer, &both[..1]),
        (silent(running()), Decision::Unknown, &both),
    ] {
        let refused = scene("lineage-1").on(heard.clone()).target(0);
        assert_eq!(refused.decision, decision);
        assert_eq!(words(&refused), needed);
        let left = Scene {
            typed: needed.iter().map(|it| (*it).to_owned()).collect(),
            ..scene("")
        };
        let left = left.on(heard).target(0);
        assert_eq!(left.decision, Decision::Delete);
        // TaskManagers that live write into it.
        assert_eq!(left.files[1].decision, Decision::Keep, "{left:?}");
    }
    assert_eq!(
        words(&scene("live lineage-1").target(0)),
        ["lineage-1"],
        "nor the other way round"
    );
}

#[test]
fn a_word_is_about_the_lineage_behind_what_stands_before_its_name() {
    fn names(typed: &str) -> Vec<&str> {
        Word::names(typed).collect()
    }
    for word in [Word::Live, Word::Heirs, Word::Starting, Word::Last] {
        let typed = word.of("fraud");
        assert_eq!(names(&typed), [&*typed, "fraud"]);
    }
    assert_eq!(names(&Word::Unheard.of("fraud")), ["fraud"]);
}

#[test]
fn the_name_of_one_lineage_is_no_word_about_another() {
    let mut running = job(JOB, JobState::Running);
    running.checkpoints = vec![remembered(9, 60)];
    let mut scene = three().on(cluster([running]));
    assert_eq!(words(&scene.target(0)), ["live lineage-1"]);
    scene.lineages[1].name = "live lineage-1".to_owned();
    let typed = scene.typing("live lineage-1").target(0);
    assert_eq!(
        (typed.decision, words(&typed)),
        (Decision::Defer, Vec::new())
    );
}
