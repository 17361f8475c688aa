//! A JDK, and the Java part of these tests (`java/`): compiled once per version of Flink and of the sources.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::cache;
use crate::dist::{Distribution, apt_get_install};
use crate::process::{run, stdout_of};

/// Name and text of a Java file.
type Source = (&'static str, &'static str);

const JOB: &[Source] = &[("StateJob.java", include_str!("java/job/StateJob.java"))];

const LEASH: &[Source] = &[("Leash.java", include_str!("java/cluster/Leash.java"))];

const TOOLS: &[Source] = &[
    (
        "BigMetadata.java",
        include_str!("java/tools/BigMetadata.java"),
    ),
    ("Load.java", include_str!("java/tools/Load.java")),
    (
        "MetadataDump.java",
        include_str!("java/tools/MetadataDump.java"),
    ),
    ("ReadBench.java", include_str!("java/tools/ReadBench.java")),
];

/// Small JVMs that start fast; speed of compiled code matters only for [`crate::race`].
pub(crate) const LIGHT: &[&str] = &[
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    "-Xshare:auto",
];

/// What Flink needs to be opened on Java 17, as its own scripts do.
const OPEN: &[&str] = &[
    "java.lang",
    "java.net",
    "java.io",
    "java.nio",
    "sun.nio.ch",
    "java.lang.reflect",
    "java.text",
    "java.time",
    "java.util",
    "java.util.concurrent",
    "java.util.concurrent.atomic",
    "java.util.concurrent.locks",
];

/// The versions of Java that every tested Flink runs on.
const USABLE: std::ops::RangeInclusive<u32> = 11..=21;

/// The `bin` directory of a JDK, found or installed.
fn jdk() -> &'static Path {
    static JDK: OnceLock<PathBuf> = OnceLock::new();
    JDK.get_or_init(|| {
        let _lock = cache::lock("jdk");
        if let Some(found) = find_jdk() {
            return found;
        }
        let mut failures = Vec::new();
        for package in ["openjdk-17-jdk-headless", "openjdk-21-jdk-headless"] {
            if let Err(why) = apt_get_install(&[package]) {
                failures.push(why);
            }
            if let Some(found) = find_jdk() {
                return found;
            }
        }
        panic!(
            "the tests with a real Flink need a JDK of version {} to {} (best 17): none on PATH, in JAVA_HOME or in \
             /usr/lib/jvm, and apt-get could not install one:\n{}",
            USABLE.start(),
            USABLE.end(),
            failures.join("\n")
        )
    })
}

fn find_jdk() -> Option<PathBuf> {
    let home = env::var_os("JAVA_HOME").map(|home| PathBuf::from(home).join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let mut installed: Vec<PathBuf> = fs::read_dir("/usr/lib/jvm")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("bin"))
        .collect();
    installed.sort();
    home.into_iter()
        .chain(env::split_paths(&path))
        .chain(installed)
        .find(|bin| is_usable(bin))
}

/// Whether `java`, `javac` and `jar` are there, in a version that Flink runs on.
fn is_usable(bin: &Path) -> bool {
    if !["java", "javac", "jar"]
        .iter()
        .all(|tool| bin.join(tool).is_file())
    {
        return false;
    }
    // "javac 17.0.15"
    let version =
        stdout_of(Command::new(bin.join("javac")).arg("-version"), "").unwrap_or_default();
    let major = version
        .split_whitespace()
        .nth(1)
        .and_then(|number| number.split('.').next()?.parse().ok());
    major.is_some_and(|major: u32| USABLE.contains(&major))
}

/// A `java` command with the options that Flink needs.
pub(crate) fn java() -> Command {
    let mut command = Command::new(jdk().join("java"));
    for export in [
        "java.base/sun.net.util",
        "java.rmi/sun.rmi.registry",
        "java.security.jgss/sun.security.krb5",
    ] {
        command.arg(format!("--add-exports={export}=ALL-UNNAMED"));
    }
    for package in OPEN {
        command.arg(format!("--add-opens=java.base/{package}=ALL-UNNAMED"));
    }
    command
}

/// What a cluster of one version of Flink needs: our job as a jar, and the leash that its JVMs hang on.
#[derive(Clone, Debug)]
pub(crate) struct ClusterClasses {
    directory: PathBuf,
    flink: String,
}

impl ClusterClasses {
    pub(crate) fn get(distribution: &Distribution) -> Self {
        let directory = compiled(
            "cluster",
            &[JOB, LEASH].concat(),
            distribution,
            |directory| {
                compile(JOB, &directory.join("job"), distribution)?;
                compile(LEASH, &directory.join("leash"), distribution)?;
                let mut jar = Command::new(jdk().join("jar"));
                jar.args(["--create", "--file"])
                    .arg(directory.join("state-job.jar"));
                run(jar.arg("-C").arg(directory.join("job")).arg("."), "").map(drop)
            },
        );
        Self {
            directory,
            flink: distribution.class_path(),
        }
    }

    /// The job, ready for upload.
    pub(crate) fn job_jar(&self) -> PathBuf {
        self.directory.join("state-job.jar")
    }

    /// The leash and Flink.
    pub(crate) fn class_path(&self) -> String {
        format!("{}:{}", self.directory.join("leash").display(), self.flink)
    }
}

/// Programs that use Flink's own classes. They compile against 1.20 and later; these read what any earlier version wrote.
#[derive(Clone, Debug)]
pub(crate) struct Tools {
    directory: PathBuf,
    flink: String,
}

impl Tools {
    pub(crate) fn get(distribution: &Distribution) -> Self {
        let directory = compiled("tools", TOOLS, distribution, |directory| {
            compile(TOOLS, directory, distribution)
        });
        Self {
            directory,
            flink: distribution.class_path(),
        }
    }

    /// Runs one of the tools and gives back what it prints.
    ///
    /// # Errors
    /// What it said before it failed.
    pub(crate) fn run(
        &self,
        jvm: &[&str],
        main: &str,
        arguments: &[&str],
        input: &str,
    ) -> Result<String, String> {
        let mut command = java();
        command.args(jvm).arg("-Dlog4j2.level=OFF");
        command
            .arg("-cp")
            .arg(format!("{}:{}", self.directory.display(), self.flink));
        stdout_of(command.arg(main).args(arguments), input)
    }
}

/// The cache entry for compiled sources: another one for other sources.
fn compiled(
    name: &str,
    sources: &[Source],
    distribution: &Distribution,
    make: impl FnOnce(&Path) -> Result<(), String>,
) -> PathBuf {
    let sources = fingerprint(sources);
    cache::entry(
        &format!("java-{name}-{sources:016x}/{}", distribution.version),
        make,
    )
}

fn compile(sources: &[Source], to: &Path, distribution: &Distribution) -> Result<(), String> {
    let written = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut javac = Command::new(jdk().join("javac"));
    javac
        .args(["-nowarn", "--release", "11", "-encoding", "UTF-8", "-d"])
        .arg(to);
    javac.arg("-cp").arg(distribution.class_path());
    for (name, text) in sources {
        let file = written.path().join(name);
        cache::write(&file, text);
        javac.arg(file);
    }
    run(&mut javac, "").map(drop)
}

/// FNV-1a over names and texts.
fn fingerprint(sources: &[Source]) -> u64 {
    let bytes = sources
        .iter()
        .flat_map(|(name, text)| name.bytes().chain(text.bytes()));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
