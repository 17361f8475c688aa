//! A cluster beside the disk: what the screen says of it while it answers, and when it does not.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use stateward::action::operation::{Outcome, Request, Step};
use stateward::app::effect::Effect;
use stateward::app::explain::Tone;
use stateward::app::form::Value;
use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::app::model::{Model, Popup};
use stateward::app::operations::News;
use stateward::config::Danger;
use stateward::domain::cluster::{
    Checkpoint, CheckpointSettings, CheckpointStatus, Checkpointing, Cluster, ClusterId, Contact,
    Counts, Failure, Job, JobState, Restored, Retention, Slots, TaskProgress, Vertex,
};
use stateward::domain::location::Location;
use stateward::domain::snapshot::RootState;
use stateward::flink::operate::SavepointFormat;
use stateward::inventory::delta::Delta;

use super::tui_sample::{self as sample, now, send};
use super::tui_screens::press;
use super::tui_views::text;

fn ago(seconds: i64) -> Timestamp {
    now() - SignedDuration::from_secs(seconds)
}

fn vertex(id: &str, name: &str) -> Vertex {
    Vertex {
        id: id.repeat(8),
        name: name.to_owned(),
        parallelism: 8,
        max_parallelism: Some(128),
        state: "RUNNING".to_owned(),
    }
}

fn remembered(id: u64, seconds: i64) -> Checkpoint {
    Checkpoint {
        id,
        status: CheckpointStatus::Completed,
        is_savepoint: false,
        savepoint_format: None,
        unaligned: false,
        triggered_at: Some(ago(seconds + 4)),
        acknowledged_at: Some(ago(seconds)),
        duration: Some(SignedDuration::from_millis(4_120)),
        checkpointed: Some(212 << 20),
        state: Some(18 << 30),
        subtasks: 24,
        acknowledged: 24,
        path: Some(Location::parse(
            format!("file:/data/flink/{}/chk-{id}", sample::FRAUD).as_bytes(),
        )),
        discarded: false,
        failure: None,
        tasks: Vec::new(),
    }
}

/// The job that the sample's largest lineage comes from: one checkpoint under way, one failed.
pub(crate) fn fraud() -> Job {
    let under_way = Checkpoint {
        status: CheckpointStatus::InProgress,
        acknowledged_at: None,
        duration: None,
        acknowledged: 17,
        path: None,
        tasks: [("5900d2cb", 8), ("0a448493", 7), ("ea632d67", 2)]
            .map(|(id, acknowledged)| TaskProgress {
                vertex: id.repeat(8),
                subtasks: 8,
                acknowledged,
                acknowledged_at: Some(ago(2)),
                checkpointed: Some(acknowledged << 20),
            })
            .into(),
        ..remembered(913, 2)
    };
    let failed = Checkpoint {
        status: CheckpointStatus::Failed,
        path: None,
        failure: Some(Failure {
            at: Some(ago(900)),
            cause: "Checkpoint expired before completing.".to_owned(),
        }),
        ..remembered(908, 1_500)
    };
    Job {
        id: sample::FRAUD.parse().unwrap(),
        name: "fraud-scoring".to_owned(),
        state: JobState::Running,
        state_since: None,
        started_at: Some(ago(273_600)),
        ended_at: None,
        restarts: Some(2),
        vertices: vec![
            vertex("5900d2cb", "Source: transactions"),
            vertex("0a448493", "score -> enrich"),
            vertex("ea632d67", "Sink: alerts"),
        ],
        checkpointing: Some(Checkpointing {
            mode: "exactly_once".to_owned(),
            interval: Some(SignedDuration::from_secs(300)),
            timeout: Some(SignedDuration::from_secs(600)),
            min_pause: None,
            max_concurrent: Some(1),
            retention: Retention::RetainOnCancellation,
            state_backend: Some("EmbeddedRocksDBStateBackend".to_owned()),
            storage: Some("FileSystemCheckpointStorage".to_owned()),
            unaligned: Some(false),
            aligned_timeout: None,
            tolerable_failures: Some(0),
            after_tasks_finish: Some(true),
            changelog: Some(false),
        }),
        counts: Some(Counts {
            total: 913,
            in_progress: 1,
            completed: 911,
            failed: 1,
            restored: 2,
        }),
        checkpoints: vec![under_way, remembered(912, 12), remembered(911, 312), failed],
        restored: None,
        failure: Some(Failure {
            at: Some(ago(7_300)),
            cause: "IOException: Broken pipe".to_owned(),
        }),
    }
}

fn over() -> Job {
    Job {
        id: "3c1d0000000000000000000000000001".parse().unwrap(),
        name: "daily-report".to_owned(),
        state: JobState::Failed,
        state_since: None,
        started_at: Some(ago(9_000)),
        ended_at: Some(ago(4_000)),
        restarts: None,
        vertices: Vec::new(),
        checkpointing: None,
        counts: None,
        checkpoints: Vec::new(),
        restored: None,
        failure: Some(Failure {
            at: Some(ago(4_000)),
            cause: "FileNotFoundException: /in/day.csv".to_owned(),
        }),
    }
}

pub(crate) fn cluster(contact: Contact) -> Cluster {
    Cluster {
        id: ClusterId(0),
        name: "prod-eu:8081".to_owned(),
        url: "https://prod-eu:8081".to_owned(),
        contact,
        version: Some("2.3.0".to_owned()),
        jobs: vec![Arc::new(fraud()), Arc::new(over())],
        slots: Some(Slots {
            total: 24,
            free: 16,
        }),
        settings: Some(CheckpointSettings {
            checkpoint_directory: Some(Location::parse(b"file:/data/flink")),
            savepoint_directory: Some(Location::parse(b"file:/data/savepoints")),
            retained: Some(3),
            incremental: Some(true),
            create_subdirectory: None,
        }),
    }
}

pub(crate) fn answering() -> Contact {
    Contact::Answering { at: ago(1) }
}

pub(crate) fn silent() -> Contact {
    Contact::Silent {
        since: ago(95),
        last_answer: Some(ago(98)),
        reason:
            "cannot ask for the release at https://prod-eu:8081: no connection (Connection refused)"
                .to_owned(),
    }
}

/// The sample with a cluster beside it.
pub(crate) fn with_cluster(size: (u16, u16), contact: Contact) -> Model {
    let mut model = sample::sample_model(size);
    send(&mut model, Message::Cluster(Arc::new(cluster(contact))));
    model
}

#[test]
fn directories_are_taken_from_the_cluster_when_none_was_named() {
    let not_yet = Cluster {
        jobs: Vec::new(),
        slots: None,
        settings: None,
        ..cluster(Contact::NotYet)
    };
    let mut model = Model::new([], now()).asking([not_yet.clone()]);
    let heard =
        |model: &mut Model, cluster: Cluster| send(model, Message::Cluster(Arc::new(cluster)));
    assert_eq!(heard(&mut model, not_yet), []);
    let places =
        ["file:/data/flink", "file:/data/savepoints"].map(|it| Location::parse(it.as_bytes()));
    assert_eq!(
        heard(&mut model, cluster(answering())),
        [Effect::AddRoots(places.to_vec())]
    );
    // Where the user said where to look, that is where it is looked.
    let mut model = Model::new([sample::root(RootState::Ready)], now()).asking([]);
    assert_eq!(heard(&mut model, cluster(answering())), []);
}

#[test]
fn what_a_cluster_says_takes_the_place_of_what_it_said() {
    let mut model = with_cluster((120, 40), answering());
    let mut later = cluster(silent());
    later.jobs.truncate(1);
    send(&mut model, Message::Cluster(Arc::new(later)));
    assert_eq!(model.clusters.len(), 1);
    assert_eq!(model.clusters[0].jobs.len(), 1);
    assert!(model.dirty);
}

/// The same, where changes are allowed.
pub(crate) fn writing(size: (u16, u16)) -> Model {
    with_cluster(size, answering()).writing(true)
}

fn operated(effects: &[Effect]) -> Vec<Request> {
    let request = |effect: &Effect| match effect {
        Effect::Operate { request, .. } => Some((**request).clone()),
        _ => None,
    };
    effects.iter().filter_map(request).collect()
}

/// Presses keys and gathers what is asked for.
fn keys(model: &mut Model, keys: &[Key]) -> Vec<Effect> {
    let effects = keys.iter().map(|key| send(model, Message::Key(*key)));
    effects.collect::<Vec<_>>().concat()
}

fn typed(text: &str) -> Vec<Key> {
    text.chars().map(Key::Char).collect()
}

#[test]
fn nothing_is_asked_before_it_was_reviewed_and_confirmed_by_another_key() {
    let mut model = writing((120, 40));
    let before = keys(
        &mut model,
        &[Key::Char('t'), Key::Enter, Key::Enter, Key::Enter],
    );
    assert_eq!(operated(&before), [], "return alone never does it");
    let asked = operated(&keys(&mut model, &[Key::Char('y')]));
    assert_eq!(
        asked,
        [Request::Savepoint {
            job: sample::FRAUD.parse().unwrap(),
            format: SavepointFormat::Canonical,
            directory: None
        }]
    );
    assert_eq!(operated(&keys(&mut model, &[Key::Char('y')])), [], "once");
}

#[test]
fn where_nothing_may_be_changed_the_keys_say_so_and_open_nothing() {
    for key in ['t', 'R', 'Z', 'X'] {
        let mut model = with_cluster((120, 40), answering());
        keys(&mut model, &[Key::Char(key)]);
        assert!(model.popups.is_empty(), "{key}");
        let notice = model.notice.as_ref().unwrap();
        assert!(notice.text.contains("--write"), "{key}: {}", notice.text);
    }
}

#[test]
fn without_a_cluster_the_keys_say_that_there_is_none() {
    for (key, write) in [('J', false), ('t', false), ('t', true), ('R', true)] {
        let mut model = sample::sample_model((120, 40)).writing(write);
        keys(&mut model, &[Key::Char(key)]);
        let notice = model.notice.as_ref().unwrap();
        assert!(
            notice.text.contains("no cluster is connected"),
            "{key}: {}",
            notice.text
        );
        assert_eq!(
            notice.text.contains("--write"),
            key != 'J' && !write,
            "{key}"
        );
    }
}

#[test]
fn a_key_meant_for_what_vanished_changes_nothing() {
    let mut model = writing((120, 40));
    let before = model.selected_snapshot().unwrap().clone();
    let gone = Delta::Removed(before.location.clone());
    send(&mut model, Message::Inventory(vec![gone]));
    assert_eq!(keys(&mut model, &[Key::Char('M')]), []);
    let notice = &model.notice.as_ref().unwrap().text;
    let now = model.selected_snapshot().unwrap();
    assert_ne!(now.location, before.location);
    assert!(notice.contains(&now.name), "{notice}");
    let effects = keys(&mut model, &[Key::Char('M'), Key::Char('y')]);
    assert!(
        matches!(effects.as_slice(), [Effect::Mark { .. }]),
        "{effects:?}"
    );
}

#[test]
fn leaving_while_something_is_under_way_wants_a_second_key() {
    let mut model = writing((120, 40));
    let all = [Key::Char('t'), Key::Enter, Key::Char('y'), Key::Esc];
    keys(&mut model, &all);
    assert_eq!(keys(&mut model, &[Key::Char('q')]), []);
    assert!(model.notice.as_ref().unwrap().text.contains("goes on"));
    assert_eq!(keys(&mut model, &[Key::Char('q')]), [Effect::Quit]);
    let mut idle = writing((120, 40));
    assert_eq!(keys(&mut idle, &[Key::Char('q')]), [Effect::Quit]);
}

#[test]
fn only_what_a_release_takes_is_offered() {
    for (version, sorts) in [("1.16.3", 1), ("1.18.1", 4), ("2.3.0", 3)] {
        let mut model = writing((120, 40));
        let version = Some(version.to_owned());
        let older = Cluster {
            version,
            ..cluster(answering())
        };
        send(&mut model, Message::Cluster(Arc::new(older)));
        keys(&mut model, &[Key::Char('t')]);
        let Some(Popup::Dialog(dialog)) = model.popups.last() else {
            panic!("{:?}", model.popups);
        };
        let Value::Choice { options, .. } = &dialog.form.fields[0].value else {
            panic!("{:?}", dialog.form.fields);
        };
        assert_eq!(options.len(), sorts);
    }
}

#[test]
fn a_job_is_cancelled_only_after_its_name_was_typed() {
    let mut model = writing((120, 40));
    keys(&mut model, &[Key::Char('X'), Key::Enter]);
    let Some(Popup::Dialog(dialog)) = model.popups.last() else {
        panic!("{:?}", model.popups);
    };
    assert!(dialog.form.error.is_some());
    keys(&mut model, &typed("fraud-scoring"));
    let asked = keys(&mut model, &[Key::Enter, Key::Char('y')]);
    let job = sample::FRAUD.parse().unwrap();
    assert_eq!(operated(&asked), [Request::Cancel { job }]);
}

/// The sample with a savepoint of this lineage selected that no cluster remembers, and these jobs beside the one that runs.
fn on_a_forgotten_savepoint(lineage: u32, others: impl IntoIterator<Item = Job>) -> Model {
    let mut model = writing((120, 40));
    let mut told = cluster(answering());
    told.jobs.extend(others.into_iter().map(Arc::new));
    send(&mut model, Message::Cluster(Arc::new(told)));
    let forgotten = sample::savepoint("savepoint-b1f04c-0123456789ab", 50, 0, lineage, 1 << 20);
    let landed = vec![Delta::Upserted(Arc::new(forgotten))];
    send(&mut model, Message::Inventory(landed));
    keys(&mut model, &[Key::Char('/')]);
    keys(&mut model, &typed("kind:savepoint 0123456789ab"));
    keys(&mut model, &[Key::Enter]);
    let selected = model.selected_snapshot().unwrap();
    assert_eq!(selected.name, "savepoint-b1f04c-0123456789ab");
    model
}

#[test]
fn a_job_that_does_not_run_is_not_swapped_for_the_only_one_that_does() {
    let sessions = Job {
        id: sample::SESSIONS.parse().unwrap(),
        name: "sessions".to_owned(),
        state: JobState::Canceled,
        ..over()
    };
    for key in ['t', 'Z', 'X'] {
        let mut model = on_a_forgotten_savepoint(2, [sessions.clone()]);
        keys(&mut model, &[Key::Char(key)]);
        assert!(model.popups.is_empty(), "{key}: {:?}", model.popups);
        let notice = &model.notice.as_ref().unwrap().text;
        assert_eq!(notice, "job sessions is CANCELED; J chooses another");
    }
}

#[test]
fn the_only_job_that_runs_is_offered_as_another_one_whose_name_has_to_be_typed() {
    for key in ['t', 'Z', 'X'] {
        let mut model = on_a_forgotten_savepoint(4, []);
        keys(&mut model, &[Key::Char(key)]);
        let shown = text(&mut model, false);
        assert!(shown.contains("! No cluster knows the job of"), "{shown}");
        keys(&mut model, &[Key::Enter]);
        let shown = text(&mut model, false);
        assert!(shown.contains("that is not the job's name"), "{shown}");
        keys(&mut model, &[Key::Ctrl('u')]);
        keys(&mut model, &typed("fraud-scoring"));
        keys(&mut model, &[Key::Enter]);
        let told = "No cluster knows the job of savepoint-b1f04c-0123456789ab: fraud-scoring is another one, the only one that runs.";
        assert!(reviewed(&model).contains(told), "{}", reviewed(&model));
        let asked = operated(&keys(&mut model, &[Key::Char('y')]));
        assert_eq!(asked.len(), 1, "{key}");
    }
}

#[test]
fn the_job_of_a_lineage_is_meant_by_what_no_cluster_remembers_of_it() {
    let mut model = on_a_forgotten_savepoint(1, []);
    let all = [Key::Char('t'), Key::Enter, Key::Char('y')];
    assert_eq!(operated(&keys(&mut model, &all)).len(), 1);
}

#[test]
fn what_goes_with_a_job_is_told_as_of_now_for_as_long_as_it_is_shown() {
    let mut model = writing((120, 40));
    keys(&mut model, &[Key::Char('X')]);
    keys(&mut model, &typed("fraud-scoring"));
    keys(&mut model, &[Key::Enter]);
    let told = |model: &Model| {
        let Some(Popup::Review { review, .. }) = model.popups.last() else {
            panic!("{:?}", model.popups);
        };
        let all: Vec<&str> = review.lines.iter().map(|(_, line)| line.as_str()).collect();
        all.join(" ")
    };
    let before = told(&model);
    assert!(
        before.contains("chk-912 and whatever completes until then"),
        "{before}"
    );
    assert!(!before.contains("chk-913"), "{before}");

    let mut later = fraud();
    later.checkpoints.retain(|it| it.id != 913);
    later.checkpoints.insert(0, remembered(913, 1));
    let of_job = model.clusters[0].jobs.clone();
    let others = of_job.into_iter().filter(|job| job.id != later.id);
    let jobs = others.chain([Arc::new(later.clone())]).collect();
    let now = Cluster {
        jobs,
        ..cluster(answering())
    };
    send(&mut model, Message::Cluster(Arc::new(now)));
    let after = told(&model);
    assert!(
        after.contains("chk-913 and whatever completes until then"),
        "{after}"
    );
}

#[test]
fn what_is_yours_by_the_word_of_a_cluster_is_found_as_yours_once_it_says_so() {
    let mut model = writing((120, 40));
    keys(&mut model, &[Key::Char('/')]);
    keys(&mut model, &typed("owner:you kind:externalized"));
    keys(&mut model, &[Key::Enter]);
    let of_fraud = |model: &Model| {
        let rows = model.index.rows.iter();
        rows.filter(|row| row.job_id == sample::FRAUD.parse().ok())
            .count()
    };
    assert_eq!(of_fraud(&model), 0);
    let over = Job {
        state: JobState::Canceled,
        ..fraud()
    };
    let over = Cluster {
        jobs: vec![Arc::new(over)],
        ..cluster(answering())
    };
    send(&mut model, Message::Cluster(Arc::new(over)));
    assert!(of_fraud(&model) > 1, "{:?}", model.index.rows);
}

#[test]
fn of_one_in_a_directory_of_zeros_the_job_is_told_that_writes_there_now() {
    let mut model = with_cluster((240, 50), answering());
    keys(&mut model, &[Key::Char('/')]);
    keys(&mut model, &typed("chk-17"));
    keys(&mut model, &[Key::Enter]);
    let shown = text(&mut model, false);
    assert!(
        shown.contains("no connected cluster knows its job"),
        "{shown}"
    );
    let place = |name: &str| Some(sample::at(&format!("{}/{name}", sample::ZERO)));
    let heir = Job {
        id: sample::ZERO.parse().unwrap(),
        name: "application".to_owned(),
        checkpoints: vec![Checkpoint {
            path: place("chk-21"),
            ..remembered(21, 60)
        }],
        restored: Some(Restored {
            id: 17,
            at: Some(ago(3_600)),
            is_savepoint: false,
            path: place("chk-17"),
        }),
        ..fraud()
    };
    let told = Cluster {
        jobs: vec![Arc::new(heir)],
        ..cluster(answering())
    };
    send(&mut model, Message::Cluster(Arc::new(told)));
    let shown = text(&mut model, false);
    for told in [
        "job application, with the same id of zeros, is RUNNING on prod-eu:8081 and writes to its directory, but does not list it",
        "job application on prod-eu:8081 was restored from it and is RUNNING",
    ] {
        assert!(shown.contains(told), "{shown}");
    }
}

#[test]
fn of_two_jobs_with_one_name_the_id_has_to_be_typed() {
    let mut model = writing((120, 40));
    let mut both = cluster(answering());
    both.jobs.push(Arc::new(Job {
        id: sample::SESSIONS.parse().unwrap(),
        ..fraud()
    }));
    send(&mut model, Message::Cluster(Arc::new(both)));
    keys(&mut model, &[Key::Char('X')]);
    keys(&mut model, &typed("fraud-scoring"));
    let by_name = keys(&mut model, &[Key::Enter, Key::Char('y')]);
    assert_eq!(operated(&by_name), []);
    keys(&mut model, &[Key::Ctrl('u')]);
    keys(&mut model, &typed(sample::FRAUD));
    let asked = keys(&mut model, &[Key::Enter, Key::Char('y')]);
    let job = sample::FRAUD.parse().unwrap();
    assert_eq!(operated(&asked), [Request::Cancel { job }]);
}

#[test]
fn a_restart_that_would_fail_cannot_be_confirmed() {
    let mut model = writing((120, 40));
    keys(&mut model, &[Key::Char('R')]);
    keys(&mut model, &typed("state.jar"));
    keys(&mut model, &[Key::Down, Key::Down, Key::Down]);
    keys(&mut model, &typed("100000"));
    keys(&mut model, &[Key::Enter]);
    let Some(Popup::Review { review, .. }) = model.popups.last() else {
        panic!("{:?}", model.popups);
    };
    assert!(review.blocked);
    assert!(
        review
            .lines
            .iter()
            .any(|(tone, text)| *tone == Tone::Bad && text.contains("parallelism")),
        "{:?}",
        review.lines
    );
    assert_eq!(operated(&keys(&mut model, &[Key::Char('y')])), []);
}

#[test]
fn a_snapshot_that_was_asked_for_is_chosen_when_it_lands() {
    let mut model = writing((120, 40));
    keys(&mut model, &[Key::Char('t'), Key::Enter, Key::Char('y')]);
    let id = model.operations[0].id;
    let place = Location::parse(b"file:/data/flink/savepoint-7bf6bd-0123456789ab");
    let news = News::Ended(Ok(Outcome::Snapshot {
        id: Some(914),
        location: Some(place.clone()),
    }));
    let effects = send(&mut model, Message::Operation { id, news });
    assert!(
        effects.contains(&Effect::AskClusters),
        "what is new is worth a look"
    );
    assert_ne!(model.selected, Some(place.clone()), "it is not there yet");
    let landed = sample::savepoint("savepoint-7bf6bd-0123456789ab", 914, 0, 1, 1 << 20);
    let at = landed.location.clone();
    send(
        &mut model,
        Message::Inventory(vec![Delta::Upserted(Arc::new(landed))]),
    );
    send(&mut model, Message::Tick(now()));
    assert_eq!(model.selected, Some(at));
}

/// In the middle of a restart.
fn restarting(size: (u16, u16)) -> Model {
    let mut model = writing(size);
    keys(
        &mut model,
        &[Key::Char('t'), Key::Enter, Key::Char('y'), Key::Esc],
    );
    let id = model.operations[0].id;
    let told = |model: &mut Model, id, step| {
        send(
            model,
            Message::Operation {
                id,
                news: News::Step(step),
            },
        );
    };
    told(&mut model, id, Step::Accepted("0a44".repeat(8)));
    let progress = Step::Acknowledged {
        id: 914,
        acknowledged: 17,
        subtasks: 24,
    };
    told(&mut model, id, progress);
    let mut over = cluster(answering());
    over.jobs = vec![Arc::new(Job {
        state: JobState::Finished,
        ended_at: Some(ago(1)),
        ..fraud()
    })];
    send(&mut model, Message::Cluster(Arc::new(over)));
    keys(&mut model, &[Key::Char('R')]);
    keys(&mut model, &typed("fraud.jar"));
    keys(&mut model, &[Key::Enter, Key::Char('y')]);
    let restart = model.operations[1].id;
    let job = "b1f04c77e2d94a6f9d0c5b8a71e3f244".parse().unwrap();
    told(&mut model, restart, Step::Started(job));
    told(&mut model, restart, Step::State("RUNNING".to_owned()));
    let from = Location::parse(format!("file:/data/flink/{}/chk-912", sample::FRAUD).as_bytes());
    told(&mut model, restart, Step::Restored(from));
    model
}

/// What is to be confirmed.
fn reviewed(model: &Model) -> String {
    let Some(Popup::Review { review, .. }) = model.popups.last() else {
        panic!("no review but {:?}", model.popups);
    };
    let lines = review.lines.iter().map(|(_, it)| it.as_str());
    lines.collect::<Vec<_>>().join(" ")
}

#[test]
fn a_snapshot_is_marked_and_unmarked_by_one_key_and_the_latest_key_goes_there() {
    let mut model = writing((120, 40));
    // One lineage alone, so that the keys stay in it.
    keys(&mut model, &[Key::Char(']'), Key::Char('j')]);
    let chosen = model.selected_snapshot().unwrap().clone();
    assert!(!model.is_latest(&chosen), "the sample's second row");
    // Its job runs, and will push it out.
    let effects = keys(&mut model, &[Key::Char('M')]);
    assert_eq!(effects, []);
    assert!(
        reviewed(&model).contains("fraud-scoring is running. Flink deletes it"),
        "{}",
        reviewed(&model)
    );
    let effects = keys(&mut model, &[Key::Char('y')]);
    let [Effect::Mark { mark, older }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(*older, []);
    assert_eq!(mark.snapshot, chosen.location);
    assert_eq!(mark.jobs, [sample::FRAUD.parse().unwrap()]);
    let marks = vec![(**mark).clone()];
    let problems = Vec::new();
    let holds = Vec::new();
    send(
        &mut model,
        Message::Marks {
            marks,
            problems,
            holds,
            aside: Vec::new(),
        },
    );
    assert!(model.mark_of(&chosen).is_some());

    // Another one of the same lineage takes its place.
    keys(&mut model, &[Key::Char('k')]);
    assert_eq!(keys(&mut model, &[Key::Char('M')]), []);
    let words = format!("takes the place of the mark on {}, set ", chosen.name);
    assert!(reviewed(&model).contains(&words), "{}", reviewed(&model));
    let effects = keys(&mut model, &[Key::Char('y')]);
    let [Effect::Mark { older, .. }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(*older, model.marks);

    keys(
        &mut model,
        &[Key::Char('G'), Key::Char('['), Key::Char('L')],
    );
    assert_eq!(keys(&mut model, &[Key::Char('M')]), []);
    let told = reviewed(&model);
    assert!(
        told.contains("Then nothing of fraud-scoring is marked")
            || told.contains("is marked for restart"),
        "{told}"
    );
    let effects = keys(&mut model, &[Key::Char('y')]);
    assert!(
        matches!(effects.as_slice(), [Effect::Unmark(_)]),
        "{effects:?}"
    );

    let mut reading = with_cluster((120, 40), answering());
    assert_eq!(keys(&mut reading, &[Key::Char('M')]), []);
}

#[test]
fn clusters_and_what_is_asked_of_them() {
    let (wide, narrow) = ((120, 40), (80, 24));
    let after = |mut model: Model, keys: &str| {
        press(&mut model, keys);
        model
    };
    let live = |size, keys| after(with_cluster(size, answering()), keys);
    let lost = |keys| after(with_cluster(wide, silent()), keys);
    let allowed = |size, keys| after(writing(size), keys);
    for (name, mut model) in vec![
        ("live", live(wide, "")),
        ("jobs", live(wide, "J")),
        ("jobs_narrow", live(narrow, "J")),
        ("lost", lost("")),
        ("jobs_lost", lost("J")),
        ("danger", allowed(wide, "").in_danger(Danger::Red)),
        ("trigger", allowed(wide, "t")),
        ("trigger_review", allowed(wide, "t⏎")),
        ("cancel", allowed(wide, "X")),
        ("preflight", allowed(wide, "Rfraud.jar⏎")),
        ("preflight_narrow", allowed(narrow, "Rfraud.jar⏎")),
        ("restarting", restarting(wide)),
    ] {
        insta::assert_snapshot!(format!("cluster_{name}"), text(&mut model, false));
    }
}

/// The sample with a cluster that answers, where changes are allowed.
pub(crate) fn with_answers(size: (u16, u16)) -> Model {
    writing(size)
}
