//! A real Flink standalone session cluster: one `JobManager` and one `TaskManager` JVM on loopback, in a directory of their
//! own, with free ports. Both end with the value, and with the test process; the `JobManager` can be killed before that,
//! and started again where it was.

use std::fmt::Write as _;
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tempfile::TempDir;

use crate::cache;
use crate::dist::{Distribution, Version};
use crate::java::{ClusterClasses, LIGHT, java};
use crate::process::{Owned, tail};
use crate::rest::Rest;
use crate::wait::{PATIENCE, wait_for};

/// Four jobs of two subtasks at a time.
const SLOTS: u64 = 8;

/// What may differ between clusters.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Completed checkpoints that Flink keeps per job.
    pub(crate) retained: u32,
    /// State up to this many bytes travels inside `_metadata`.
    pub(crate) inline_threshold: u32,
    /// Where the changelog backend writes changes, for jobs that use it.
    pub(crate) changelog: PathBuf,
    /// Further lines of the configuration.
    pub(crate) more: Vec<(&'static str, String)>,
}

impl Options {
    /// A `TaskManager` notices that its `JobManager` was killed by the silence alone; with this it does so soon, and comes
    /// back to the next one.
    pub(crate) fn soon_noticing_silence(mut self) -> Self {
        self.more.push(("heartbeat.timeout", "20000".to_owned()));
        self
    }

    /// Whether `more` has this key: 2.x refuses a file that names one twice.
    fn sets(&self, key: &str) -> bool {
        self.more.iter().any(|(name, _)| *name == key)
    }
}

/// A running cluster with our job's jar uploaded.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) version: Version,
    pub(crate) rest: Rest,
    pub(crate) jar: String,
    distribution: Distribution,
    classes: ClusterClasses,
    // Fields are dropped in this order: the JVMs, their directory, the right to run a cluster.
    processes: Mutex<Processes>,
    directory: TempDir,
    _turn: File,
}

#[derive(Debug)]
struct Processes {
    /// None while it is killed.
    job_manager: Option<Owned>,
    task_manager: Owned,
}

impl Cluster {
    /// Starts a cluster; waits for its turn if another test has one.
    pub(crate) fn start(distribution: &Distribution, options: &Options) -> Self {
        let classes = ClusterClasses::get(distribution);
        let turn = cache::lock("cluster");
        let directory = tempfile::Builder::new()
            .prefix("stateward-flink-")
            .tempdir()
            .expect("a temporary directory");
        // A port that was free a moment ago may be taken by the time Flink opens it.
        for attempt in 1..=3 {
            match launch(distribution, &classes, options, directory.path()) {
                Ok((rest, processes)) => {
                    let jar = rest.upload_jar(&classes.job_jar());
                    return Self {
                        version: distribution.version,
                        rest,
                        jar,
                        distribution: distribution.clone(),
                        classes,
                        processes: Mutex::new(processes),
                        directory,
                        _turn: turn,
                    };
                }
                Err(why) if attempt == 3 => {
                    panic!(
                        "Flink {} does not start: {why}\n{}",
                        distribution.version,
                        logs(directory.path())
                    )
                }
                Err(_) => {}
            }
        }
        unreachable!("the last attempt returns or panics")
    }

    /// Where its REST API is.
    pub(crate) fn url(&self) -> &str {
        self.rest.base()
    }

    fn processes(&self) -> MutexGuard<'_, Processes> {
        // A failed wait panics while it holds the lock; the processes are none the worse for it.
        self.processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the `JobManager` as a crash would. Without high availability that is the end of every job; the `TaskManager`
    /// stays.
    #[track_caller]
    pub(crate) fn kill_job_manager(&self) {
        drop(self.processes().job_manager.take());
        wait_for("the REST API to be gone", PATIENCE, || {
            self.rest.try_get("/overview").is_err().then_some(())
        });
    }

    /// Starts a `JobManager` on the same ports, after [`Self::kill_job_manager`] or instead of one that still runs, and waits
    /// until the `TaskManager` has come back to it.
    #[track_caller]
    pub(crate) fn restart_job_manager(&self) {
        self.kill_job_manager();
        let started = start_job_manager(&self.distribution, &self.classes, self.directory.path());
        self.processes().job_manager = Some(started);
        let ended = wait_for_slots(self.version, &self.rest, &mut self.processes());
        assert!(!ended, "Flink {} does not start again", self.version);
    }
}

impl Drop for Cluster {
    #[expect(
        clippy::print_stderr,
        reason = "the logs belong to the report of a failed test"
    )]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("Flink {}\n{}", self.version, logs(self.directory.path()));
        }
    }
}

fn launch(
    distribution: &Distribution,
    classes: &ClusterClasses,
    options: &Options,
    directory: &Path,
) -> Result<(Rest, Processes), String> {
    let (rest_port, rpc_port) = free_ports();
    for part in ["conf", "log", "tmp", "upload"] {
        cache::create(&directory.join(part));
    }
    let settings = settings(
        distribution.version,
        options,
        directory,
        rest_port,
        rpc_port,
    );
    // 1.x reads the old file with either syntax, 2.x only the new one.
    let name = if distribution.version.since((2, 0)) {
        "config.yaml"
    } else {
        "flink-conf.yaml"
    };
    cache::write(&directory.join("conf").join(name), settings);
    cache::write(&directory.join("conf/log4j.properties"), LOG4J);

    let mut processes = Processes {
        job_manager: Some(start_job_manager(distribution, classes, directory)),
        task_manager: start(
            distribution,
            classes,
            directory,
            "taskmanager",
            "org.apache.flink.runtime.taskexecutor.TaskManagerRunner",
            &["-Xmx512m", "-XX:MaxDirectMemorySize=400m"],
        ),
    };
    let rest = Rest::new(rest_port);
    let ended = wait_for_slots(distribution.version, &rest, &mut processes);
    if ended {
        Err("a process of it ended".to_owned())
    } else {
        Ok((rest, processes))
    }
}

/// Waits until every slot is free; whether a process ended instead.
#[track_caller]
fn wait_for_slots(version: Version, rest: &Rest, processes: &mut Processes) -> bool {
    wait_for(
        &format!("Flink {version} to offer {SLOTS} slots"),
        PATIENCE,
        || {
            let job_manager = processes.job_manager.as_mut();
            if job_manager.is_none_or(Owned::has_ended) || processes.task_manager.has_ended() {
                return Some(true);
            }
            let overview = rest.try_get("/overview").ok()?;
            (overview["slots-available"].as_u64()? >= SLOTS).then_some(false)
        },
    )
}

fn start_job_manager(
    distribution: &Distribution,
    classes: &ClusterClasses,
    directory: &Path,
) -> Owned {
    start(
        distribution,
        classes,
        directory,
        "jobmanager",
        "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint",
        &["-Xmx512m"],
    )
}

fn start(
    distribution: &Distribution,
    classes: &ClusterClasses,
    directory: &Path,
    role: &str,
    main: &str,
    memory: &[&str],
) -> Owned {
    let conf = directory.join("conf");
    let log = |suffix: &str| directory.join("log").join(format!("{role}.{suffix}"));
    let output = File::options()
        .create(true)
        .append(true)
        .open(log("out"))
        .expect("a log file");
    let mut command = java();
    command
        .args(LIGHT)
        .args(memory)
        .arg(format!("-Dlog.file={}", log("log").display()))
        .arg(format!(
            "-Dlog4j.configurationFile={}",
            conf.join("log4j.properties").display()
        ))
        .arg("-cp")
        .arg(classes.class_path())
        .args(["Leash", main, "--configDir"])
        .arg(&conf)
        .current_dir(directory)
        .env("FLINK_CONF_DIR", &conf)
        .env("FLINK_LIB_DIR", distribution.lib())
        .env("FLINK_PLUGINS_DIR", distribution.plugins())
        .stdin(Stdio::piped())
        .stdout(output.try_clone().expect("a second handle of the log file"))
        .stderr(output);
    Owned::spawn(&mut command)
}

fn free_ports() -> (u16, u16) {
    let free = || TcpListener::bind(("127.0.0.1", 0)).expect("a free port on loopback");
    let port = |listener: &TcpListener| listener.local_addr().expect("a bound port").port();
    let (first, second) = (free(), free());
    (port(&first), port(&second))
}

/// Every memory size is spelled out, since Flink's shell scripts, which would derive them, are not used.
fn settings(
    version: Version,
    options: &Options,
    directory: &Path,
    rest_port: u16,
    rpc_port: u16,
) -> String {
    let place = |part: &str| directory.join(part).display().to_string();
    let mut lines = String::new();
    let mut set = |key: &str, value: &dyn std::fmt::Display| {
        writeln!(lines, "{key}: {value}").expect("memory");
    };
    set("jobmanager.rpc.address", &"127.0.0.1");
    set("jobmanager.rpc.port", &rpc_port);
    set("jobmanager.bind-host", &"127.0.0.1");
    set("rest.address", &"127.0.0.1");
    set("rest.bind-address", &"127.0.0.1");
    set("rest.port", &rest_port);
    set("rest.bind-port", &rest_port);
    set("taskmanager.host", &"127.0.0.1");
    set("taskmanager.bind-host", &"127.0.0.1");
    set("taskmanager.numberOfTaskSlots", &SLOTS);
    set("taskmanager.cpu.cores", &format!("{SLOTS}.0"));
    set("jobmanager.memory.process.size", &"1200m");
    set("taskmanager.memory.task.heap.size", &"384m");
    set("taskmanager.memory.task.off-heap.size", &"64m");
    set("taskmanager.memory.framework.heap.size", &"128m");
    set("taskmanager.memory.framework.off-heap.size", &"128m");
    set("taskmanager.memory.network.min", &"64m");
    set("taskmanager.memory.network.max", &"64m");
    set("taskmanager.memory.managed.size", &"256m");
    set("taskmanager.memory.jvm-metaspace.size", &"256m");
    set("taskmanager.memory.jvm-overhead.min", &"192m");
    set("taskmanager.memory.jvm-overhead.max", &"192m");
    set("taskmanager.memory.segment-size", &"4kb");
    set("io.tmp.dirs", &place("tmp"));
    set("blob.storage.directory", &place("tmp"));
    set("web.upload.dir", &place("upload"));
    // Answers about jobs are cached this long, 3 s by default; accumulators travel with heartbeats.
    set("web.refresh-interval", &200);
    set("web.checkpoints.history", &200);
    set("heartbeat.interval", &1000);
    if !options.sets("heartbeat.timeout") {
        set("heartbeat.timeout", &120_000);
    }
    set("restart-strategy.type", &"none");
    if !version.since((2, 0)) {
        set("restart-strategy", &"none");
    }
    // Old and new names of one option: each version takes the one it knows.
    for key in [
        "state.checkpoints.num-retained",
        "execution.checkpointing.num-retained",
    ] {
        set(key, &options.retained);
    }
    for key in [
        "state.storage.fs.memory-threshold",
        "execution.checkpointing.data-inline-threshold",
    ] {
        set(key, &format!("{}b", options.inline_threshold));
    }
    for prefix in ["state.changelog", "state.backend.changelog"] {
        set(&format!("{prefix}.storage"), &"filesystem");
    }
    for key in ["dstl.dfs.base-path", "state.changelog.dstl.dfs.base-path"] {
        set(key, &format!("file://{}", options.changelog.display()));
    }
    for (key, value) in &options.more {
        set(key, value);
    }
    lines
}

const LOG4J: &str = "\
rootLogger.level = INFO
rootLogger.appenderRef.file.ref = file
appender.file.name = file
appender.file.type = FILE
appender.file.fileName = ${sys:log.file}
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{HH:mm:ss,SSS} %-5p %c - %m%n
";

/// What went wrong according to the logs, and how they end.
fn logs(directory: &Path) -> String {
    let mut text = String::new();
    let files: Vec<PathBuf> = cache::files_below(&directory.join("log"));
    for file in files {
        let bytes = std::fs::read(&file).unwrap_or_default();
        let log = String::from_utf8_lossy(&bytes);
        let bad = |line: &&str| {
            ["ERROR", "WARN", "Caused by:", "Exception"]
                .iter()
                .any(|word| line.contains(word))
        };
        let troubles: Vec<&str> = log.lines().filter(bad).collect();
        let name = file.file_name().unwrap_or_default().display();
        writeln!(
            text,
            "--- troubles in {name}\n{}",
            tail(&troubles.join("\n"), 25)
        )
        .expect("memory");
        writeln!(text, "--- end of {name}\n{}", tail(&log, 10)).expect("memory");
    }
    text
}

/// The states in which a job does not change any more.
pub(crate) fn is_final(state: &str) -> bool {
    matches!(state, "FAILED" | "FINISHED" | "CANCELED")
}

/// The state of a job as REST tells it.
pub(crate) fn state_of(job: &Value) -> &str {
    job["state"].as_str().unwrap_or("?")
}
