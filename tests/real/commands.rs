//! What is asked of a real cluster by commands alone, and what came of it: savepoints, checkpoints, a stop, a restart with
//! its proof, a cancellation; and what is said when something stands in the way.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::cache;
use crate::cli::{self, health_of, path_of, stateward};
use crate::cluster::{Cluster, is_final, state_of};
use crate::differential::scratch;
use crate::dist::{Distribution, FLINK_1_20, FLINK_2_3, Version};
use crate::job::{Job, Plan};
use crate::rest::text;
use crate::scenarios::Stage;

/// How many keys the job has; it checks each of them after a restore.
const KEYS: u64 = 50;

#[test]
fn flink_2_3_does_what_commands_ask() {
    flink_does_what_commands_ask(FLINK_2_3);
}

#[test]
fn flink_1_20_does_what_commands_ask() {
    flink_does_what_commands_ask(FLINK_1_20);
}

fn flink_does_what_commands_ask(version: Version) {
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let options = Stage::options(&root).soon_noticing_silence();
    let cluster = Cluster::start(&Distribution::get(version), &options);
    let flink = Flink { cluster: &cluster };

    let place = root.join("operated");
    let job = Job::start(&cluster, plan("operated", &place));
    job.wait("to have state for every key", || {
        (job.counter("new-keys") == KEYS).then_some(())
    });
    job.wait_for_checkpoints(1);
    nothing_happens_without_permission(&flink, &job);
    let older = savepoints_land(&flink, &job, &place);
    checkpoints_land(&flink, &job);
    a_savepoint_that_cannot_be_written_fails_with_its_cause(&flink, &job, &place);
    let newest = it_stops_and_goes_on(&flink, &job, &place);
    marks_are_followed(&place, &older, &newest);

    a_job_that_dies_meanwhile_is_told(&flink, &root.join("dying"));
    a_cluster_that_goes_away_is_told(&flink, &root.join("lost"));
    cluster.restart_job_manager();
    a_cluster_that_comes_back_without_the_job_is_told(&flink, &root.join("forgotten"));
}

/// The program, asking one cluster.
struct Flink<'c> {
    cluster: &'c Cluster,
}

impl Flink<'_> {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = stateward();
        command
            .args(args)
            .args(["--flink", self.cluster.url(), "--json"])
            .stdin(Stdio::null());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().expect("the program")
    }

    /// What it prints when it does what was asked.
    #[track_caller]
    fn does(&self, args: &[&str]) -> Value {
        let output = self.run(args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", said(&output));
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{args:?} printed no JSON: {error}"))
    }

    /// What it says when it does not.
    #[track_caller]
    fn fails(&self, args: &[&str], code: i32) -> String {
        let output = self.run(args);
        assert_eq!(
            output.status.code(),
            Some(code),
            "{args:?}: {}",
            said(&output)
        );
        said(&output)
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn plan(name: &str, directory: &Path) -> Plan {
    Plan::new(name, directory)
        .backend("rocksdb")
        .incremental(true)
        .number("parallelism", 2)
        .number("interval", 500)
        .number("keys", KEYS)
}

fn nothing_happens_without_permission(flink: &Flink<'_>, job: &Job<'_>) {
    for args in [
        &["trigger", "savepoint", &job.id][..],
        &["trigger", "checkpoint", &job.id],
        &["stop", &job.id],
        &["cancel", &job.id, "--confirm", &job.id],
    ] {
        let said = flink.fails(args, 4);
        assert!(said.contains("read-only"), "{said}");
    }
    assert_eq!(job.state(), "RUNNING");
    let statistics = job.statistics();
    assert_eq!(statistics.pointer("/latest/savepoint"), Some(&Value::Null));
}

/// Returns one of them.
fn savepoints_land(flink: &Flink<'_>, job: &Job<'_>, place: &Path) -> PathBuf {
    let target = place.join("savepoints");
    let directory = format!("file://{}", target.display());
    let mut last = None;
    for format in ["canonical", "native"] {
        let done = flink.does(&[
            "trigger",
            "savepoint",
            &job.id,
            "--format",
            format,
            "--directory",
            &directory,
            "--write",
        ]);
        let snapshot = path_of(text(&done, "/snapshot"));
        assert_eq!(snapshot.parent(), Some(target.as_path()), "{done}");
        assert_eq!(health_of(&snapshot), "complete");
        let shown = cli::show(&snapshot).expect("what is known of it");
        assert_eq!(shown["format"]["family"], format, "{}", snapshot.display());
        last = Some(snapshot);
    }
    last.expect("two savepoints")
}

fn checkpoints_land(flink: &Flink<'_>, job: &Job<'_>) {
    for what in ["configured", "full"] {
        let done = flink.does(&["trigger", "checkpoint", &job.id, "--type", what, "--write"]);
        let id = done["checkpoint_id"].as_u64().expect("its number");
        let remembered = job.statistics()["history"].to_string();
        assert!(
            remembered.contains(&format!("\"id\":{id},")),
            "{id}: {remembered}"
        );
    }
    // FLINK-33723: Flink refuses it since 1.19, and so is it refused before it is asked for.
    let args = [
        "trigger",
        "checkpoint",
        &job.id,
        "--type",
        "incremental",
        "--write",
    ];
    let said = flink.fails(&args, 4);
    assert!(said.contains("FLINK-33723"), "{said}");
}

fn a_savepoint_that_cannot_be_written_fails_with_its_cause(
    flink: &Flink<'_>,
    job: &Job<'_>,
    place: &Path,
) {
    let file = place.join("in-the-way");
    cache::write(&file, "");
    let directory = format!("file://{}/savepoints", file.display());
    let args = [
        "trigger",
        "savepoint",
        &job.id,
        "--directory",
        &directory,
        "--write",
    ];
    let said = flink.fails(&args, 5);
    assert!(said.contains("in-the-way"), "{said}");
    assert!(!said.contains("\tat "), "no stack trace: {said}");
    assert_eq!(job.state(), "RUNNING");
}

/// Stops the job, starts it from what `latest` gives, takes a savepoint of that, and cancels it again. Returns the last
/// savepoint.
fn it_stops_and_goes_on(flink: &Flink<'_>, job: &Job<'_>, place: &Path) -> PathBuf {
    let directory = format!("file://{}", place.join("savepoints").display());
    // Two of it would write to the same sinks.
    let arguments = plan("operated", place);
    let mut restart: Vec<&str> = vec!["restart", "--latest"];
    let root = place.display().to_string();
    restart.extend([
        root.as_str(),
        "--jar",
        &flink.cluster.jar,
        "--entry-class",
        "StateJob",
        "--write",
    ]);
    for argument in arguments.arguments() {
        restart.extend(["--arg", argument]);
    }
    let said = flink.fails(&restart, 4);
    assert!(said.contains("RUNNING"), "{said}");

    let args = [
        "stop",
        &job.id,
        "--format",
        "native",
        "--directory",
        &directory,
        "--write",
    ];
    let stopped = path_of(text(&flink.does(&args), "/snapshot"));
    assert_eq!(job.state(), "FINISHED");
    let printed = cli::latest(place).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(path_of(&printed), stopped, "the newest of all");

    let mut too_wide = restart.clone();
    too_wide.extend(["--parallelism", "30000"]);
    let said = flink.fails(&too_wide, 4);
    assert!(said.contains("parallelism"), "{said}");

    against_all_warnings(flink, &restart);

    let done = flink.does(&restart);
    assert_eq!(path_of(text(&done, "/restored")), stopped, "{done}");
    assert!(
        done["checkpoint_id"].is_u64(),
        "its first checkpoint: {done}"
    );
    let again = Job::known(flink.cluster, "operated", text(&done, "/job"), place);
    let restored = again.statistics();
    let path = text(&restored, "/latest/restored/external_path");
    assert_eq!(path_of(path), stopped, "Flink's own record");
    again.wait("to find the state of every key again", || {
        (again.counter("verified-keys") == KEYS).then_some(())
    });

    // Nothing but its note tells, without the cluster, that one run goes on with the other.
    let args = [
        "trigger",
        "savepoint",
        &again.id,
        "--directory",
        &directory,
        "--write",
    ];
    let later = path_of(text(&flink.does(&args), "/snapshot"));
    let savepoints = place.join("savepoints");
    let printed = cli::latest(&savepoints).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(path_of(&printed), later, "the newest of both runs");

    let said = flink.fails(&["cancel", &again.id, "--write"], 2);
    assert!(said.contains("--confirm"), "{said}");
    flink.fails(&["cancel", &again.id, "--confirm", "another", "--write"], 4);
    assert_eq!(again.state(), "RUNNING");
    flink.does(&["cancel", &again.id, "--confirm", "operated", "--write"]);
    assert_eq!(again.state(), "CANCELED");
    let first = path_of(text(&done, "/snapshot"));
    let kept = fs::read_dir(first.parent().expect("the job's directory")).expect("checkpoints");
    let is_checkpoint =
        |entry: fs::DirEntry| entry.file_name().to_string_lossy().starts_with("chk-");
    assert!(kept.flatten().any(is_checkpoint), "RETAIN_ON_CANCELLATION");
    later
}

/// Flink's own word on a parallelism that the state cannot be spread over.
fn against_all_warnings(flink: &Flink<'_>, restart: &[&str]) {
    // The program sets both itself: the last argument of a name holds.
    let wide = [
        "--parallelism",
        "200",
        "--arg",
        "parallelism=200",
        "--arg",
        "maxparallelism=256",
        "--despite-preflight",
    ];
    let said = flink.fails(&[restart, &wide].concat(), 5);
    assert!(said.contains("Max parallelism mismatch"), "{said}");
    assert!(!said.contains("\tat "), "no stack trace: {said}");
    let overview = flink.cluster.rest.get("/jobs/overview");
    let mut jobs = overview["jobs"].as_array().expect("jobs").iter();
    assert!(
        jobs.all(|job| is_final(state_of(job))),
        "nothing is left running: {overview}"
    );
}

/// An older one that is marked is what `latest` gives, and what a shell reads from the pointer file.
fn marks_are_followed(place: &Path, older: &Path, newer: &Path) {
    let savepoints = newer.parent().expect("the directory of savepoints");
    let latest = || path_of(&cli::latest(savepoints).unwrap_or_else(|error| panic!("{error}")));
    assert_eq!(latest(), newer);
    let run = |args: &[&str], snapshot: &Path| {
        let output = stateward()
            .args(args)
            .arg(snapshot)
            .output()
            .expect("the program");
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    };
    let pointer = run(&["mark", "--write"], older);
    assert!(Path::new(&pointer).starts_with(place), "{pointer}");
    assert_eq!(latest(), older);
    let text = fs::read_to_string(&pointer).expect("the pointer file");
    assert_eq!(path_of(text.trim_end()), older);
    run(&["unmark", "--write"], older);
    assert_eq!(latest(), newer);
}

/// Triggers a savepoint that does not come to an end by itself.
fn pending(flink: &Flink<'_>, job: &Job<'_>, place: &Path, hold: &Path, timeout: &str) -> Child {
    cache::write(hold, "");
    let directory = format!("file://{}", place.join("savepoints").display());
    let args = [
        "trigger",
        "savepoint",
        &job.id,
        "--directory",
        &directory,
        "--write",
        "--timeout",
        timeout,
    ];
    let child = flink
        .command(&args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program");
    job.wait_for_pending_savepoint();
    child
}

/// What it says when it ends with a failure of the cluster.
#[track_caller]
fn ends(child: Child) -> String {
    let output = child.wait_with_output().expect("its end");
    assert_eq!(output.status.code(), Some(5), "{}", said(&output));
    said(&output)
}

fn a_job_that_dies_meanwhile_is_told(flink: &Flink<'_>, place: &Path) {
    cache::create(place);
    let (hold, fail) = (place.join("hold"), place.join("fail"));
    let plan = plan("dying", place)
        .number("interval", 3_600_000)
        .held_by(&hold)
        .failing_with(&fail);
    let job = Job::start(flink.cluster, plan);
    let child = pending(flink, &job, place, &hold, "2m");
    cache::write(&fail, "");
    let said = ends(child);
    assert!(said.contains("the job was asked to fail"), "{said}");
}

fn a_cluster_that_goes_away_is_told(flink: &Flink<'_>, place: &Path) {
    cache::create(place);
    let hold = place.join("hold");
    let plan = plan("lost", place)
        .number("interval", 3_600_000)
        .held_by(&hold);
    let job = Job::start(flink.cluster, plan);
    let child = pending(flink, &job, place, &hold, "20s");
    flink.cluster.kill_job_manager();
    let told = ends(child);
    assert!(
        told.contains("no connection") || told.contains("not answer"),
        "{told}"
    );
    let told = flink.fails(&["jobs"], 5);
    assert!(told.contains("no connection"), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
}

/// Nobody waits for what no cluster knows any more, however much time there is.
fn a_cluster_that_comes_back_without_the_job_is_told(flink: &Flink<'_>, place: &Path) {
    cache::create(place);
    let hold = place.join("hold");
    let plan = plan("forgotten", place)
        .number("interval", 3_600_000)
        .held_by(&hold);
    let job = Job::start(flink.cluster, plan);
    let child = pending(flink, &job, place, &hold, "1h");
    flink.cluster.restart_job_manager();
    let told = ends(child);
    assert!(!told.contains("not done within"), "{told}");
    assert!(told.contains("forgotten"), "{told}");
}
