//! Whose the snapshot is, and operators that may be lost.

use super::*;
use crate::domain::cluster::Slots;

#[test]
fn no_claim_of_a_changelog_and_claim_of_the_unclaimed_are_cautions() {
    let changelog = Scene::of(with_facts(checkpoint(7, 600), |facts| {
        facts.format.changelog = true;
    }));
    saying(
        &changelog.only("claim mode", same),
        Level::Caution,
        &["changelog"],
    );
    saying(
        &changelog.only("claim mode", claim),
        Level::Pass,
        &["takes the snapshot over"],
    );
    let unclaimed = Scene::of(with_facts(checkpoint(7, 600), |facts| {
        if let Properties::Known { unclaimed, .. } = &mut facts.properties {
            *unclaimed = true;
        }
    }));
    let found = unclaimed.on_topic("claim mode", claim);
    assert_eq!(found.len(), 2, "{found:?}");
    saying(&found[1], Level::Caution, &["without claiming it"]);
    assert_eq!(unclaimed.on_topic("claim mode", same).len(), 1);
}

#[test]
fn claiming_files_that_others_name_is_a_caution() {
    let with = |freed, sizes_are_bounds| {
        let mut snapshot = checkpoint(7, 600);
        snapshot.sizes.freed = freed;
        Scene::of(Snapshot {
            sizes_are_bounds,
            ..snapshot
        })
    };
    let topic = "shared files";
    saying(
        &with(1 << 20, false).only(topic, claim),
        Level::Pass,
        &["No other"],
    );
    saying(
        &with(1 << 19, false).only(topic, claim),
        Level::Caution,
        &["512", "break"],
    );
    saying(
        &with(1 << 20, true).only(topic, claim),
        Level::Caution,
        &["not known"],
    );
    assert!(with(0, false).on_topic(topic, same).is_empty());
}

#[test]
fn marks_speak_for_their_snapshot_and_against_others_of_the_lineage() {
    let (own, other) = (checkpoint(7, 600), checkpoint(6, 700));
    let with = |mark| Scene {
        marks: vec![mark],
        rows: vec![Arc::new(own.clone()), Arc::new(other.clone())],
        ..Scene::of(own.clone())
    };
    let marked = with(mark(&own, "ana@edge"));
    saying(
        &marked.only("mark", same),
        Level::Pass,
        &["by ana@edge", "3m ago"],
    );
    saying(
        &marked.only("mark", claim),
        Level::Caution,
        &["leads nowhere"],
    );
    assert!(
        !with(mark(&own, ""))
            .only("mark", same)
            .text
            .contains(" by ")
    );
    saying(
        &with(mark(&other, "")).only("mark", same),
        Level::Caution,
        &["chk-6"],
    );
    // By its job, where the marked one is out of sight.
    let unseen = Scene {
        rows: Vec::new(),
        ..with(mark(&other, ""))
    };
    saying(&unseen.only("mark", same), Level::Caution, &["chk-6"]);
    let foreign = Snapshot {
        location: place("file:/elsewhere/chk-1"),
        ..other.clone()
    };
    let foreign = with(Mark {
        jobs: vec![OTHER_JOB.parse().unwrap()],
        ..mark(&foreign, "")
    });
    assert!(foreign.on_topic("mark", same).is_empty());
}

#[test]
fn operators_that_a_newer_snapshot_lacks_are_probably_lost() {
    let newer = with_facts(checkpoint(9, 60), |facts| {
        facts.operators = vec![operator(1, "source", 2, 128), operator(3, "join", 2, 128)];
    });
    let scene = Scene {
        rows: vec![Arc::new(checkpoint(7, 600)), Arc::new(newer.clone())],
        ..Scene::of(checkpoint(7, 600))
    };
    let kept = scene.only("operators", same);
    saying(
        &kept,
        Level::Caution,
        &[
            "chk-9",
            "has 1 of its operators",
            "not window",
            "1 MiB",
            "refuses",
            "join would start without",
        ],
    );
    let dropping = scene.only("operators", |q| q.allow_non_restored = true);
    saying(
        &dropping,
        Level::Caution,
        &["1 MiB of state would be dropped"],
    );
    // Seen from the newer one, the older tells nothing.
    let scene = Scene {
        rows: scene.rows,
        ..Scene::of(newer)
    };
    assert!(scene.on_topic("operators", same).is_empty());
}

#[test]
fn operators_are_compared_within_the_lineage_alone() {
    let with = |row: Snapshot| Scene {
        rows: vec![Arc::new(row)],
        ..Scene::of(checkpoint(7, 600))
    };
    let all = with(checkpoint(9, 60)).only("operators", same);
    saying(&all, Level::Pass, &["all 2"]);
    let foreign = Snapshot {
        lineage: LineageId(2),
        ..checkpoint(9, 60)
    };
    assert!(with(foreign).on_topic("operators", same).is_empty());
}

#[test]
fn tasks_of_a_job_are_compared_by_their_first_operator_and_that_is_said() {
    let vertex = |id: u8, name: &str| Vertex {
        id: format!("{id:02x}").repeat(16),
        name: name.to_owned(),
        parallelism: 2,
        max_parallelism: Some(128),
        state: "RUNNING".to_owned(),
    };
    let with = |vertices: Vec<Vertex>| Scene {
        job: Some(Job {
            vertices,
            ..job(JOB, JobState::Canceled)
        }),
        ..Scene::of(checkpoint(7, 600))
    };
    let only = "only the first operator of each chain";
    let all = with(vec![vertex(1, "a"), vertex(2, "b")]).only("operators", same);
    saying(&all, Level::Pass, &["all 2 tasks", only]);
    let some = with(vec![vertex(1, "a"), vertex(9, "sink")]).only("operators", same);
    saying(&some, Level::Pass, &["1 of 2 tasks", "sink", only]);
    let none = with(vec![vertex(9, "sink")]).only("operators", same);
    saying(&none, Level::Caution, &["0 of 1 tasks"]);
    assert!(with(vec![]).on_topic("operators", same).is_empty());
}

#[test]
fn leave_to_drop_state_says_how_much_is_at_stake() {
    let scene = Scene::of(checkpoint(7, 600));
    let finding = scene.only("dropped state", |q| q.allow_non_restored = true);
    saying(&finding, Level::Caution, &["2 MiB", "2 operators"]);
    assert!(scene.on_topic("dropped state", same).is_empty());
}

#[test]
fn something_newer_is_told_in_the_lineage_and_beside_it() {
    let own = checkpoint(7, 600);
    let with = |row: Snapshot| Scene {
        rows: vec![Arc::new(row)],
        ..Scene::of(own.clone())
    };
    saying(
        &Scene::of(own.clone()).only("newer", same),
        Level::Pass,
        &[],
    );
    let newer = checkpoint(9, 60);
    let words = ["chk-9 of its lineage is newer"];
    saying(
        &with(newer.clone()).only("newer", same),
        Level::Caution,
        &words,
    );
    let elsewhere = Snapshot {
        lineage: LineageId(2),
        ..newer.clone()
    };
    let words = ["chk-9 is newer", "same operators"];
    saying(
        &with(elsewhere.clone()).only("newer", same),
        Level::Caution,
        &words,
    );
    // Neither what cannot be restored nor what is older or of another program counts.
    let broken = Snapshot {
        health: Health::Corrupt,
        ..newer
    };
    let older = checkpoint(6, 900);
    let other = with_facts(elsewhere, |facts| facts.operators.truncate(1));
    for row in [broken, older, other] {
        saying(&with(row).only("newer", same), Level::Pass, &[]);
    }
}

#[test]
fn too_few_slots_are_a_caution_and_unknown_ones_nothing() {
    let has = |free| {
        Scene::of(checkpoint(7, 600)).on(Cluster {
            slots: Some(Slots { total: 4, free }),
            ..cluster([])
        })
    };
    let wide = |question: &mut Question<'_>| question.parallelism = Some(3);
    saying(
        &has(3).only("slots", wide),
        Level::Pass,
        &["3 of 4 slots free"],
    );
    saying(&has(2).only("slots", wide), Level::Caution, &["needs 3:"]);
    // As wide as before, where nothing else is said: the sample's widest operator has two subtasks.
    saying(&has(2).only("slots", same), Level::Pass, &[]);
    saying(
        &has(1).only("slots", same),
        Level::Caution,
        &["needs 2, if it runs as wide"],
    );
    assert_eq!(Scene::of(checkpoint(7, 600)).on_topic("slots", wide), []);
}

#[test]
fn what_is_held_is_not_given_away() {
    let snapshot = checkpoint(7, 600);
    let held = |expires: Option<i64>| Scene {
        holds: vec![Hold {
            name: "audit".to_owned(),
            snapshot: snapshot.location.clone(),
            by: "ana".to_owned(),
            at: ago(60),
            why: String::new(),
            expires: expires.map(|seconds| ago(-seconds)),
        }],
        ..Scene::of(snapshot.clone())
    };
    let words = ["`audit`, set by ana", "NO_CLAIM"];
    saying(&held(None).only("hold", claim), Level::Blocker, &words);
    let legacy = |question: &mut Question<'_>| question.claim_mode = ClaimMode::Legacy;
    saying(&held(Some(60)).only("hold", legacy), Level::Blocker, &words);
    saying(&held(None).only("hold", same), Level::Pass, &["it stays"]);
    assert_eq!(held(Some(-60)).on_topic("hold", claim), [], "it has ended");
    assert_eq!(Scene::of(snapshot.clone()).on_topic("hold", claim), []);
}
