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
        ended_at: None,
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
fn beside_what_a_flag_says_the_words_of_other_reasons_stand() {
    let mut scene = three_reasons();
    scene.lineages[1].name = "heirs of lineage-1".to_owned();
    let all = ["lineage-1", "starting lineage-1"];
    assert_eq!(words(&scene.target(0)), all);
    scene.typed = all.map(str::to_owned).to_vec();
    assert_eq!(scene.target(0).decision, Decision::Unknown);
    scene.all_named = true;
    assert_eq!(scene.target(0).decision, Decision::Delete);
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

const THIRD_JOB: &str = "99992222333344445555666677779999";

#[test]
fn where_several_jobs_are_starting_a_word_is_about_one_of_them() {
    let starting = |ids: &[&str]| {
        let jobs = ids.iter().map(|id| job(id, JobState::Initializing));
        let rows = [
            (old_savepoint(), vec![0]),
            (checkpoint(9, 10 * DAY), vec![1]),
        ];
        Scene::of(rows).on(cluster(jobs))
    };
    let both = starting(&[OTHER_JOB, THIRD_JOB]);
    let each = [&OTHER_JOB[..8], &THIRD_JOB[..8]].map(|id| format!("starting lineage-1 {id}"));
    assert_eq!(words(&both.target(0)), each);
    let one = both.clone().typing(&each[0]).target(0);
    assert_eq!(words(&one), each[1..]);
    let neither = both.clone().typing("starting lineage-1").target(0);
    assert_eq!(words(&neither), each);
    let alone = starting(&[OTHER_JOB]).target(0);
    assert_eq!(words(&alone), ["starting lineage-1"]);
    // That is another lineage's word.
    let mut named = both;
    named.lineages[1].name = format!("lineage-1 {}", &OTHER_JOB[..8]);
    assert!(words(&named.target(0)).is_empty());
}

#[test]
fn where_several_jobs_of_a_lineage_live_a_word_is_about_one_of_them() {
    let running = |id: &str, number| {
        let mut it = job(id, JobState::Running);
        it.checkpoints = vec![remembered(number, 60)];
        it.checkpoints[0].path = Some(place(&format!("file:/data/{id}/chk-{number}")));
        it
    };
    let other = Snapshot {
        location: place(&format!("file:/data/{OTHER_JOB}/chk-5")),
        job_id: Some(OTHER_JOB.parse().unwrap()),
        ..checkpoint(5, 10 * DAY)
    };
    let scene = |jobs: Vec<_>| {
        Scene::of([(checkpoint(4, 10 * DAY), vec![0]), (other.clone(), vec![1])]).on(cluster(jobs))
    };
    let both = scene(vec![running(JOB, 9), running(OTHER_JOB, 9)]);
    let each = [&JOB[..8], &OTHER_JOB[..8]].map(|id| format!("live lineage-1 {id}"));
    for (at, word) in each.iter().enumerate() {
        assert_eq!(words(&both.target(at)), [word]);
        let typed = both.clone().typing(word);
        assert_eq!(typed.target(at).decision, Decision::Delete);
        assert_eq!(typed.target(1 - at).decision, Decision::Defer);
        let name = both.clone().typing("live lineage-1").target(at);
        assert_eq!(name.decision, Decision::Defer);
    }
    let one = scene(vec![running(JOB, 9), job(OTHER_JOB, JobState::Canceled)]);
    assert_eq!(words(&one.target(0)), ["live lineage-1"]);
}

#[test]
fn what_was_overruled_of_one_job_stands_by_whatever_name_and_says_nothing_of_another() {
    let scene = |id: &str| {
        let rows = [
            (old_savepoint(), vec![0]),
            (checkpoint(9, 10 * DAY), vec![1]),
        ];
        Scene::of(rows).on(cluster([job(id, JobState::Initializing)]))
    };
    let then = scene(OTHER_JOB).typing("starting lineage-1").target(0);
    assert_eq!(then.decision, Decision::Delete);
    let now = |id: &str, granted: &[Objection]| {
        let mut scene = scene(id);
        scene.lineages[0].name = "lineage-1 7bf6bd3d".to_owned();
        scene.granted = granted.to_vec();
        scene.target(0).decision
    };
    assert_eq!(now(OTHER_JOB, &then.overruled), Decision::Delete);
    assert_eq!(now(THIRD_JOB, &then.overruled), Decision::Unknown);
    assert_eq!(now(OTHER_JOB, &[]), Decision::Unknown);
    // One guard, and one sort of reason of it.
    let change = |change: fn(&mut Objection)| {
        let mut granted = then.overruled.clone();
        granted.iter_mut().for_each(change);
        now(OTHER_JOB, &granted)
    };
    assert_eq!(
        change(|it| it.guard = "live job".to_owned()),
        Decision::Unknown
    );
    let young = |it: &mut Objection| it.overruled_by = Some("young lineage-1".to_owned());
    assert_eq!(change(young), Decision::Unknown);
    // A plan that an earlier release saved does not tell whom it is about: then the word does.
    let untold = |it: &mut Objection| it.about.clear();
    assert_eq!(change(untold), Decision::Unknown);
    let by_word = |it: &mut Objection| {
        it.about.clear();
        it.overruled_by = Some("starting lineage-1 7bf6bd3d".to_owned());
    };
    assert_eq!(change(by_word), Decision::Delete);
}
