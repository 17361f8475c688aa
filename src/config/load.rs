//! The file and the environment, as they are outside.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::file::{self, File};
use super::flink_conf::{self, FlinkConf};
use super::layers::{CONTEXT, Environment, FLINK, THEME, WRITE};
use super::locale;

/// Names the configuration file.
pub const CONFIG: &str = "STATEWARD_CONFIG";
/// No configuration file is longer.
const MOST_BYTES: u64 = 1 << 20;

/// Where the configuration file is, and whether the user said so.
pub fn path() -> Option<(PathBuf, bool)> {
    let set = |name: &str| std::env::var_os(name).filter(|it| !it.is_empty());
    if let Some(named) = set(CONFIG) {
        return Some((named.into(), true));
    }
    let home = |it: OsString| PathBuf::from(it).join(".config");
    let directory = set("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| set("HOME").map(home))?;
    Some((directory.join("stateward/config.toml"), false))
}

/// What the environment says. A variable that is not text says nothing that could be understood.
pub fn environment() -> Environment {
    [CONTEXT, FLINK, WRITE, THEME]
        .into_iter()
        .chain(locale::VARIABLES)
        .filter_map(|name| Some((name.to_owned(), std::env::var(name).ok()?)))
        .collect()
}

/// What the configuration file says; nothing when there is none.
///
/// # Errors
/// When it was named and is not there, cannot be read, or says what is not understood.
pub fn file() -> Result<File, ConfigError> {
    let Some((path, named)) = path() else {
        return Ok(File::default());
    };
    // A home that is not ours, as under sudo, is as good as one without settings; a file that can be seen is not.
    if !named && fs::metadata(&path).is_err() {
        return Ok(File::default());
    }
    let text = match read(&path) {
        Ok(text) => text,
        Err(error) => {
            let error = ConfigError::in_file(&path, None, &format!("cannot be read: {error}"));
            return Err(if named {
                error.hint(&format!("{CONFIG} names it"))
            } else {
                error
            });
        }
    };
    let home = std::env::var_os("HOME").map(PathBuf::from);
    file::parse(&path, home.as_deref(), &text)
}

fn read(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > MOST_BYTES {
        return Err(io::Error::other("it is longer than any such file"));
    }
    fs::read_to_string(path)
}

/// What Flink's own configuration says, where the environment leads to it.
///
/// # Errors
/// When it is there and cannot be read or understood.
pub fn flink_conf() -> Result<Option<FlinkConf>, ConfigError> {
    let set = |name: &str| {
        let value = std::env::var_os(name).filter(|it| !it.is_empty());
        value.map(PathBuf::from)
    };
    let directory = set(flink_conf::CONF_DIR).or_else(|| Some(set(flink_conf::HOME)?.join("conf")));
    directory.map_or(Ok(None), |directory| flink_conf::read(&directory))
}
