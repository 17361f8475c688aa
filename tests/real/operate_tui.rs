//! The terminal interface beside a real cluster: the directories that it writes to are found, and when its `JobManager`
//! dies the screen says so, goes on, and takes it up again when it is back.

use std::fs;

use crate::cluster::{Cluster, Options};
use crate::differential::scratch;
use crate::dist::{Distribution, FLINK_2_3};
use crate::job::{Format, Job, Plan};
use crate::pty::{LARGE, start};
use crate::pty_screen::{has_row, marked};
use crate::scenarios::{RETAINED, Stage};

const LIVE: &str = "flink 2.3.0 ● live";

#[test]
fn the_screen_outlives_a_job_manager() {
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let place = root.join("operated");
    let checkpoints = format!("file://{}", place.join("checkpoints").display());
    let options = Options {
        retained: RETAINED,
        inline_threshold: 512,
        changelog: Stage::changelog(&root),
        more: vec![("execution.checkpointing.dir", checkpoints)],
    };
    let cluster = Cluster::start(&Distribution::get(FLINK_2_3), &options);
    // The directory of the savepoints is known from what the job has written alone.
    let plan = |name: &str| Plan::new(name, &place).number("interval", 3_600_000);
    let first = Job::start(&cluster, plan("first life"));
    let savepoints = [Format::Canonical, Format::Native].map(|format| {
        let path = first.savepoint(format);
        let name = path.file_name().expect("a name of its own");
        let name = name.to_str().expect("ASCII").to_owned();
        name.strip_prefix("savepoint-").unwrap_or(&name).to_owned()
    });

    let home = root.display().to_string();
    let mut command = start(["--flink", cluster.url()]).size(LARGE);
    for variable in ["HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"] {
        command = command.env(variable, &home);
    }
    let mut screen = command.run();
    screen.wait_for_text(LIVE);
    screen.wait_for("both savepoints", |it| {
        savepoints.iter().all(|name| has_row(it, name))
    });
    screen.send("J");
    screen.wait_for_text("first life");
    screen.send("\x1b");
    screen.wait_until_gone("submitted");

    cluster.kill_job_manager();
    screen.wait_for_text("not answering for");
    screen.wait_for_text("RUNNING?");
    screen.send("g");
    let before = marked(&screen.screen());
    screen.send("j");
    screen.wait_for("another row marked", |it| {
        let now = marked(it);
        !now.is_empty() && now != before
    });
    for (key, shown) in [("?", "Move up, or scroll"), ("J", "submitted")] {
        screen.send(key);
        screen.wait_for_text(shown);
        screen.send("\x1b");
        screen.wait_until_gone(shown);
    }
    // Nothing on disk goes with the cluster.
    screen.wait_for("both savepoints", |it| {
        savepoints.iter().all(|name| has_row(it, name))
    });

    cluster.restart_job_manager();
    screen.wait_for_text(LIVE);
    let second = Job::start(&cluster, plan("second life"));
    screen.send("J");
    screen.wait_for_text("second life");
    screen.send("\x1b");
    screen.wait_until_gone("submitted");
    screen.send("q");
    assert_eq!(screen.finish().exit_code(), 0);
    second.cancel();
}
