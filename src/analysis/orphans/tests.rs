use std::sync::Arc;

use jiff::SignedDuration;

use super::{Activity, Class, Found, Home, Leftover, Orphan, Place, Question, judge};
use crate::analysis::guard::GRACE;
use crate::analysis::sample::{
    JOB, OTHER_JOB, ago, cluster, job, now, place, remembered, restored_from, silent,
};
use crate::domain::cluster::{Cluster, Job, JobState};
use crate::domain::id::JobId;
use crate::domain::plan::Decision;

use Decision::{Defer, Delete, Keep, Unknown};

const DAY: i64 = 86_400;

const CLASSES: [Class; 14] = [
    Class::Shared,
    Class::TaskOwned,
    Class::Changelog,
    Class::Merged,
    Class::Database,
    Class::EmptyCheckpoint,
    Class::UnfinishedCheckpoint,
    Class::UnfinishedSavepoint,
    Class::EmptyMetadata,
    Class::DamagedMetadata,
    Class::BesideDamagedMetadata,
    Class::HalfWritten,
    Class::Loose,
    Class::Stranger,
];

/// Those that go from a job's directory in which all is long quiet, and of which all is known.
const GOING: [Class; 7] = [
    Class::Shared,
    Class::Changelog,
    Class::Merged,
    Class::EmptyCheckpoint,
    Class::UnfinishedCheckpoint,
    Class::EmptyMetadata,
    Class::HalfWritten,
];

fn old() -> Activity {
    Activity {
        newest: Some(ago(10 * DAY)),
        untimed: false,
    }
}

#[derive(Clone)]
struct Scene {
    all_named: bool,
    found: Found,
    clusters: Vec<Arc<Cluster>>,
    grace: SignedDuration,
}

/// One leftover of a job that is over, and of which everything speaks for going.
fn scene(class: Class) -> Scene {
    let at = place(&format!("file:/data/{JOB}"));
    Scene {
        found: Found {
            homes: vec![Home {
                at: at.clone(),
                job: Some(JOB.parse().unwrap()),
                is_flinks: true,
                activity: old(),
                snapshots: 0,
                in_progress: None,
                neighbours_seen: true,
            }],
            places: vec![Place {
                at: at.child(b"shared"),
                home: Some(0),
                activity: old(),
                is_named: false,
            }],
            files: vec![Leftover {
                place: 0,
                name: (*b"2f9de764-d5b2-4951-840b-e9d8304a15e9").into(),
                class,
                has_namesake: false,
                bytes: 12,
                is_hard_linked: false,
                modified: Some(ago(10 * DAY)),
                identity: Some((1, 2)),
            }],
            read: 1,
            ..Found::default()
        },
        clusters: vec![Arc::new(cluster([job(JOB, JobState::Canceled)]))],
        grace: GRACE,
        all_named: true,
    }
}

impl Scene {
    fn judge(&self) -> Orphan {
        let question = Question {
            found: &self.found,
            clusters: &self.clusters,
            all_named: self.all_named,
            grace: self.grace,
            now: now(),
        };
        let [only] = judge(&question).try_into().unwrap();
        only
    }

    fn on(mut self, cluster: Cluster) -> Self {
        self.clusters = vec![Arc::new(cluster)];
        self
    }

    fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }
}

#[track_caller]
fn decided(scene: &Scene, decision: Decision, why: &str) {
    let orphan = scene.judge();
    assert_eq!(orphan.decision, decision, "{}", orphan.reason);
    assert!(orphan.reason.contains(why), "{}", orphan.reason);
}

#[test]
fn only_what_flink_leaves_behind_goes_even_if_all_speaks_for_it() {
    for class in CLASSES {
        let goes = scene(class).judge().decision == Delete;
        assert_eq!(goes, GOING.contains(&class), "{class:?}");
    }
    let gone = scene(Class::Shared).judge();
    let name = "shared/2f9de764-d5b2-4951-840b-e9d8304a15e9";
    assert_eq!(gone.at, place(&format!("file:/data/{JOB}/{name}")));
    assert_eq!(gone.fingerprint.unwrap().identity, (1, 2));
    decided(&scene(Class::TaskOwned), Keep, "no metadata shows");
    decided(&scene(Class::Database), Keep, "ForSt");
    decided(&scene(Class::DamagedMetadata), Unknown, "another release");
    decided(&scene(Class::BesideDamagedMetadata), Unknown, "may name it");
}

/// What is to be changed, what becomes of it then, and words of the reason.
type Spoiler = (fn(&mut Scene), Decision, &'static str);

/// Each of these alone keeps everything.
const ANY: [Spoiler; 21] = [
    (
        |it| it.found.files[0].has_namesake = true,
        Keep,
        "of this name elsewhere",
    ),
    (|it| it.found.linked.extend([(1, 2)]), Keep, "symbolic link"),
    (|it| it.found.places[0].home = None, Keep, "not Flink's"),
    (
        |it| it.found.problems.push("cannot list x".to_owned()),
        Unknown,
        "cannot list x",
    ),
    (
        |it| it.found.files[0].modified = None,
        Unknown,
        "does not tell",
    ),
    (
        |it| it.found.files[0].identity = None,
        Unknown,
        "does not tell",
    ),
    (
        |it| it.found.files[0].modified = Some(ago(-5)),
        Unknown,
        "future",
    ),
    (
        |it| it.found.files[0].modified = Some(ago(3 * DAY - 1)),
        Defer,
        "less than 3d",
    ),
    (
        |it| it.found.places[0].activity.newest = Some(ago(DAY)),
        Defer,
        "less than 3d",
    ),
    (
        |it| it.found.places[0].activity.newest = Some(ago(-5)),
        Unknown,
        "future",
    ),
    (
        |it| it.found.places[0].activity.newest = None,
        Unknown,
        "not known",
    ),
    (
        |it| it.found.places[0].activity.untimed = true,
        Unknown,
        "not known",
    ),
    (
        |it| it.found.homes[0].in_progress = Some("chk-9".to_owned()),
        Defer,
        "chk-9",
    ),
    (
        |it| it.clusters = vec![Arc::new(cluster([job(JOB, JobState::Running)]))],
        Defer,
        "lives",
    ),
    (
        |it| it.clusters = vec![Arc::new(cluster([job(JOB, JobState::Suspended)]))],
        Defer,
        "lives",
    ),
    (
        |it| it.clusters = vec![Arc::new(cluster([job(JOB, JobState::Unknown)]))],
        Defer,
        "lives",
    ),
    (
        |it| it.clusters = vec![Arc::new(silent(cluster([job(JOB, JobState::Running)])))],
        Unknown,
        "does not answer",
    ),
    (
        |it| it.clusters.push(Arc::new(cluster([heir()]))),
        Defer,
        "was restored from there",
    ),
    (
        |it| it.clusters.push(Arc::new(silent(cluster([heir()])))),
        Unknown,
        "does not answer",
    ),
    (
        |it| {
            it.clusters
                .push(Arc::new(cluster([job(JOB, JobState::Running)])));
        },
        Defer,
        "lives",
    ),
    (
        |it| it.clusters.push(Arc::new(cluster([writer()]))),
        Defer,
        "lives",
    ),
];

#[test]
fn a_directory_that_has_only_the_name_of_a_job_is_not_flinks() {
    for class in GOING {
        let scene = scene(class).with(|it| it.found.homes[0].is_flinks = false);
        // A cluster that knows the job by its id shows as much.
        assert_eq!(scene.judge().decision, Delete, "{class:?}");
        decided(&scene.on(cluster([])), Keep, "nothing but a name");
    }
}

/// A job that runs and was restored from a checkpoint there.
fn heir() -> Job {
    restored_from(
        job(OTHER_JOB, JobState::Running),
        &place(&format!("s3://bucket/{JOB}/chk-7")),
    )
}

/// A job of another id whose checkpoints lie there.
fn writer() -> Job {
    let mut writer = job(OTHER_JOB, JobState::Restarting);
    writer.checkpoints.push(remembered(7, 20 * DAY));
    writer
}

#[test]
fn each_doubt_alone_keeps_everything() {
    for class in GOING {
        for (at, (spoil, decision, why)) in ANY.into_iter().enumerate() {
            let orphan = scene(class).with(spoil).judge();
            assert_eq!(
                orphan.decision, decision,
                "{class:?}, {at}: {}",
                orphan.reason
            );
            assert!(orphan.reason.contains(why), "{class:?}: {}", orphan.reason);
        }
    }
}

#[test]
fn two_doubts_never_make_a_deletion() {
    for class in CLASSES {
        for (one, ..) in ANY {
            for (other, ..) in ANY {
                let orphan = scene(class).with(one).with(other).judge();
                assert_ne!(orphan.decision, Delete, "{class:?}: {}", orphan.reason);
            }
        }
    }
}

#[test]
fn state_stays_while_somebody_unseen_may_name_it() {
    let spoilers: [Spoiler; 3] = [
        (
            |it| it.found.unread.push(place("file:/data/x/chk-1")),
            Unknown,
            "chk-1",
        ),
        (|it| it.found.read = 0, Unknown, "proves nothing"),
        (
            |it| it.found.homes[0].neighbours_seen = false,
            Unknown,
            "directory above",
        ),
    ];
    let state = [
        Class::Shared,
        Class::Changelog,
        Class::Merged,
        Class::UnfinishedCheckpoint,
    ];
    for class in GOING {
        for (spoil, decision, why) in spoilers {
            let spoiled = scene(class).with(spoil);
            if state.contains(&class) {
                decided(&spoiled, decision, why);
            } else {
                // Nobody names the place of metadata, or a directory.
                assert_eq!(spoiled.judge().decision, Delete, "{class:?}");
            }
        }
    }
}

#[test]
fn a_job_that_nobody_knows_is_over_when_all_is_quiet() {
    let unknown = |class| scene(class).on(cluster([]));
    let stirred =
        |scene: Scene| scene.with(|it| it.found.homes[0].activity.newest = Some(ago(2 * DAY)));
    for class in GOING.into_iter().filter(|it| *it != Class::Changelog) {
        assert_eq!(unknown(class).judge().decision, Delete, "{class:?}");
        decided(
            &stirred(unknown(class)),
            Defer,
            "its job's directory changed 2",
        );
    }
    // Changes are written between checkpoints, and a quiet job writes none.
    decided(&unknown(Class::Changelog), Keep, "--flink");
    // That the job is over speaks for itself, but not for what a TaskManager merges.
    for class in GOING {
        let decision = stirred(scene(class)).judge().decision;
        let expected = if class == Class::Merged {
            Defer
        } else {
            Delete
        };
        assert_eq!(decision, expected, "{class:?}");
    }
    // One that does not answer may run it.
    decided(
        &scene(Class::Shared).on(silent(cluster([]))),
        Unknown,
        "prod does not answer",
    );
    // Nor does it help that a job was over when its cluster last answered: another may have been restored since.
    let over = scene(Class::Shared).on(silent(cluster([job(JOB, JobState::Finished)])));
    decided(&over, Unknown, "prod does not answer");
}

#[test]
fn an_id_of_zeros_may_be_any_job_of_zeros() {
    let zeros = "00000000000000000000000000000000";
    let of_zeros = |state| {
        let mut scene = scene(Class::Shared).on(cluster([job(zeros, state)]));
        scene.found.homes[0].job = Some(JobId::ZERO);
        scene.found.homes[0].activity.newest = Some(ago(DAY));
        scene
    };
    decided(&of_zeros(JobState::Running), Defer, "lives");
    // That one is over says nothing of the others.
    decided(
        &of_zeros(JobState::Canceled),
        Defer,
        "its job's directory changed",
    );
}

#[test]
fn merged_files_stay_while_their_job_has_a_snapshot_or_one_names_the_directory() {
    let of = |change: fn(&mut Scene)| scene(Class::Merged).with(change);
    decided(
        &of(|it| it.found.homes[0].snapshots = 1),
        Keep,
        "still has snapshots",
    );
    decided(
        &of(|it| it.found.places[0].is_named = true),
        Keep,
        "a snapshot names",
    );
    // Neither keeps other files.
    for change in [
        (|it: &mut Scene| it.found.homes[0].snapshots = 1) as fn(&mut Scene),
        |it| it.found.places[0].is_named = true,
    ] {
        assert_eq!(scene(Class::Shared).with(change).judge().decision, Delete);
    }
}

#[test]
fn nobody_can_ask_for_less_than_a_day() {
    let scene = |seconds| {
        scene(Class::Shared).with(|it| {
            it.grace = SignedDuration::ZERO;
            it.found.files[0].modified = Some(ago(seconds));
        })
    };
    decided(&scene(DAY - 1), Defer, "less than 24h");
    assert_eq!(scene(DAY).judge().decision, Delete);
}

#[test]
fn what_has_no_name_in_text_stays() {
    let name = scene(Class::Shared).with(|it| it.found.files[0].name = (*b"\xff").into());
    decided(&name, Unknown, "its name is no text");
    let path = scene(Class::Shared).with(|it| it.found.places[0].at = place("/").child(b"\xff"));
    decided(&path, Unknown, "its path is no text");
}

#[test]
fn the_directory_of_a_checkpoint_is_told_as_one() {
    let shell = scene(Class::EmptyCheckpoint).with(|it| it.found.files[0].name = Box::default());
    let orphan = shell.judge();
    assert!(orphan.is_directory);
    assert_eq!(orphan.at, shell.found.places[0].at);
}

#[test]
fn shared_state_stays_until_somebody_says_that_all_claimers_are_in_sight() {
    let unsaid = scene(Class::Shared).with(|scene| scene.all_named = false);
    decided(&unsaid, Unknown, "--all-named");
    decided(&scene(Class::Shared), Delete, "");
}

#[test]
fn what_a_known_heir_may_name_out_of_sight_stays() {
    let heir = |at: &str| {
        let path = place(&format!("file:/data/{JOB}/chk-5"));
        let mut heir = restored_from(job(OTHER_JOB, JobState::Canceled), &path);
        heir.checkpoints = vec![remembered(12, 60)];
        heir.checkpoints[0].path = Some(place(&format!("{at}/{OTHER_JOB}/chk-12")));
        let mut scene = scene(Class::Shared).on(cluster([job(JOB, JobState::Canceled), heir]));
        scene.found.roots = vec![place("file:/data")];
        scene
    };
    decided(
        &heir("file:/elsewhere"),
        Unknown,
        "nobody looked in file:/elsewhere",
    );
    decided(&heir("file:/data"), Delete, "");
}
