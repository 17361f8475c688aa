//! Gets a Flink of a given version: the jars of the Python package `apache-flink-libraries`, which are those of the official
//! distribution.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cache;
use crate::process::run;

/// A version of Flink, as `2.3.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Version(pub(crate) &'static str);

/// The newest version, and the last of the 1.x line.
pub(crate) const FLINK_2_3: Version = Version("2.3.0");
pub(crate) const FLINK_1_20: Version = Version("1.20.5");
/// The last that writes metadata 5, and the last that writes metadata 3 (and the first that writes native savepoints).
pub(crate) const FLINK_2_0: Version = Version("2.0.2");
pub(crate) const FLINK_1_15: Version = Version("1.15.4");

impl Version {
    /// Whether this is the given `(major, minor)` or a later one.
    pub(crate) fn since(self, (major, minor): (u32, u32)) -> bool {
        let mut numbers = self
            .0
            .split('.')
            .map(|number| number.parse::<u32>().expect("a version is made of numbers"));
        (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0)) >= (major, minor)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// An installed Flink.
#[derive(Clone, Debug)]
pub(crate) struct Distribution {
    pub(crate) version: Version,
    home: PathBuf,
}

impl Distribution {
    /// Installs the version unless that was done before.
    pub(crate) fn get(version: Version) -> Self {
        let home = cache::entry(&format!("flink-{version}"), |home| install(version, home));
        Self { version, home }
    }

    /// Flink itself and its logging, as a class path; the table and connector jars are of no use here.
    pub(crate) fn class_path(&self) -> String {
        self.lib().join("*").display().to_string()
    }

    pub(crate) fn lib(&self) -> PathBuf {
        self.home.join("lib")
    }

    pub(crate) fn plugins(&self) -> PathBuf {
        self.home.join("plugins")
    }
}

fn install(version: Version, home: &Path) -> Result<(), String> {
    let download = home.join("download");
    cache::create(&download);
    pip_download(version, &download)?;
    let package = fs::read_dir(&download)
        .map_err(|error| error.to_string())?
        .flatten()
        .map(|entry| entry.path())
        .next()
        .ok_or_else(|| {
            format!(
                "pip said that it had downloaded apache-flink-libraries {version}, but left no file"
            )
        })?;
    run(
        Command::new("python3")
            .args(["-c", UNPACK])
            .arg(&package)
            .arg(home.join("lib")),
        "",
    )?;
    cache::remove(&download);
    cache::create(&home.join("plugins"));
    let dist = home.join(format!("lib/flink-dist-{version}.jar"));
    if dist.is_file() {
        Ok(())
    } else {
        Err(format!(
            "{} has no flink-dist-{version}.jar",
            package.display()
        ))
    }
}

/// Releases up to 2.1 come as sources that pip has to look into; that needs the package `wheel`, which pip's own build isolation
/// brings along, unless it is too old: then it is put beside the download.
fn pip_download(version: Version, to: &Path) -> Result<(), String> {
    need_pip()?;
    let pip = || {
        let mut command = Command::new("python3");
        command.args(["-m", "pip", "--disable-pip-version-check"]);
        command
    };
    let package = format!("apache-flink-libraries=={version}");
    let download = |more: &[&str], modules: &Path| {
        let mut command = pip();
        command
            .args(["download", "--quiet", "--no-deps", "--dest"])
            .arg(to)
            .args(more)
            .arg(&package);
        run(command.env("PYTHONPATH", modules), "")
    };
    let Err(first) = download(&[], Path::new("")) else {
        return Ok(());
    };
    let tools = tempfile::tempdir().map_err(|error| error.to_string())?;
    run(
        pip()
            .args(["install", "--quiet", "--target"])
            .arg(tools.path())
            .args(["wheel", "setuptools<80"]),
        "",
    )
    .and_then(|_| download(&["--no-build-isolation"], tools.path()))
    .map(drop)
    .map_err(|second| {
        format!("pip cannot download {package}: {first}\n--- and without build isolation: {second}")
    })
}

fn need_pip() -> Result<(), String> {
    let check = || run(Command::new("python3").args(["-m", "pip", "--version"]), "");
    if check().is_ok() {
        return Ok(());
    }
    let installed = apt_get_install(&["python3", "python3-pip"]);
    check().map(drop).map_err(|error| {
        let attempt = installed.err().unwrap_or_default();
        format!("Flink is installed with python3 and pip; please install both ({error}) {attempt}")
    })
}

/// Installs packages of the system, which only root can do.
///
/// # Errors
/// What `apt-get` said.
pub(crate) fn apt_get_install(packages: &[&str]) -> Result<(), String> {
    let _lock = cache::lock("apt-get");
    let apt = |arguments: &[&str]| {
        run(
            Command::new("apt-get")
                .env("DEBIAN_FRONTEND", "noninteractive")
                .args(arguments),
            "",
        )
        .map(drop)
    };
    apt(&["update", "--quiet"])?;
    apt(&[
        &["install", "--yes", "--quiet", "--no-install-recommends"],
        packages,
    ]
    .concat())
}

/// Takes Flink's own jar, what old releases keep beside it, and the logging jars out of a wheel or a source package.
const UNPACK: &str = r#"
import os, re, shutil, sys, tarfile, zipfile
package, lib = sys.argv[1:]
os.makedirs(lib)
wanted = re.compile(r"(^|/)(pyflink|deps)/lib/((flink-dist|flink-shaded-zookeeper|log4j)-[^/]+\.jar)$")
def keep(name, open_member):
    found = wanted.search(name)
    if found:
        with open_member() as source, open(os.path.join(lib, found.group(3)), "wb") as target:
            shutil.copyfileobj(source, target)
if package.endswith(".whl"):
    with zipfile.ZipFile(package) as archive:
        for name in archive.namelist():
            keep(name, lambda: archive.open(name))
else:
    with tarfile.open(package) as archive:
        for member in archive:
            keep(member.name, lambda: archive.extractfile(member))
"#;
