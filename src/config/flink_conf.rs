//! Flink's own configuration, where `FLINK_CONF_DIR` or `FLINK_HOME` lead to it: `config.yaml` since 1.19
//! (`GlobalConfiguration`), or the older `flink-conf.yaml`, which is read line by line and is no real YAML.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use yaml_rust2::{Yaml, YamlLoader};

use super::error::ConfigError;
use super::options::{Meaning, lookup};

/// Names the directory of Flink's configuration.
pub const CONF_DIR: &str = "FLINK_CONF_DIR";
/// Names the directory of a Flink, whose `conf` it is then.
pub const HOME: &str = "FLINK_HOME";
/// No such file is longer.
const MOST_BYTES: u64 = 1 << 20;

/// What Flink's configuration says that matters here.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlinkConf {
    /// The file.
    pub path: PathBuf,
    /// Its options by name, as Flink reads them.
    pub options: BTreeMap<String, String>,
}

impl FlinkConf {
    /// The address of the REST API, where the file names a host.
    pub fn rest(&self) -> Option<String> {
        let host = lookup(&self.options, Meaning::RestAddress)?;
        let port = lookup(&self.options, Meaning::RestPort).unwrap_or("8081");
        let tls = lookup(&self.options, Meaning::RestTls) == Some("true");
        let scheme = if tls { "https" } else { "http" };
        Some(format!("{scheme}://{host}:{port}"))
    }

    /// The directories of checkpoints and savepoints that this machine can look in: local ones.
    pub fn directories(&self) -> Vec<PathBuf> {
        [Meaning::CheckpointDirectory, Meaning::SavepointDirectory]
            .into_iter()
            .filter_map(|meaning| lookup(&self.options, meaning))
            .filter_map(|place| {
                let path = place.strip_prefix("file:").unwrap_or(place);
                let slashes = path.len() - path.trim_start_matches('/').len();
                (slashes > 0).then(|| PathBuf::from(&path[slashes - 1..]))
            })
            .collect()
    }
}

/// Reads the configuration in a directory; nothing when there is none. Both files being there, the newer form counts, as
/// for Flink.
///
/// # Errors
/// When it is there and cannot be read or understood.
pub fn read(directory: &Path) -> Result<Option<FlinkConf>, ConfigError> {
    type Parse = fn(&str) -> Result<BTreeMap<String, String>, String>;
    let forms: [(&str, Parse); 2] = [("config.yaml", yaml), ("flink-conf.yaml", lines)];
    for (name, parse) in forms {
        let path = directory.join(name);
        let text = match bounded(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => {
                let message = format!("cannot be read: {error}");
                return Err(ConfigError::in_file(&path, None, &message));
            }
        };
        let options = parse(&text).map_err(|why| ConfigError::in_file(&path, None, &why))?;
        return Ok(Some(FlinkConf { path, options }));
    }
    Ok(None)
}

fn bounded(path: &Path) -> io::Result<String> {
    if fs::metadata(path)?.len() > MOST_BYTES {
        return Err(io::Error::other("it is longer than any such file"));
    }
    fs::read_to_string(path)
}

/// Real YAML, nested or with dots in its keys.
fn yaml(text: &str) -> Result<BTreeMap<String, String>, String> {
    // Aliases can make a small file large, and Flink's own file has none.
    if text.lines().any(|line| {
        line.split_once(": ")
            .is_some_and(|(_, it)| it.trim_start().starts_with('*'))
    }) {
        return Err("it uses aliases, which are not followed".to_owned());
    }
    let documents = YamlLoader::load_from_str(text).map_err(|why| format!("is no YAML: {why}"))?;
    let mut options = BTreeMap::new();
    for document in &documents {
        flatten("", document, &mut options);
    }
    Ok(options)
}

fn flatten(key: &str, value: &Yaml, options: &mut BTreeMap<String, String>) {
    let scalar = match value {
        Yaml::Hash(entries) => {
            for (name, value) in entries {
                if let Some(name) = scalar(name) {
                    let key = if key.is_empty() {
                        name
                    } else {
                        format!("{key}.{name}")
                    };
                    flatten(&key, value, options);
                }
            }
            None
        }
        other => scalar(other),
    };
    if let Some(value) = scalar {
        options.insert(key.to_owned(), value);
    }
}

fn scalar(value: &Yaml) -> Option<String> {
    match value {
        Yaml::String(text) | Yaml::Real(text) => Some(text.clone()),
        Yaml::Integer(number) => Some(number.to_string()),
        Yaml::Boolean(it) => Some(it.to_string()),
        _ => None,
    }
}

/// `key: value` in each line; what follows `#` is a comment, and of two the last counts.
#[expect(clippy::unnecessary_wraps, reason = "both forms are read by one loop")]
fn lines(text: &str) -> Result<BTreeMap<String, String>, String> {
    let options = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .filter_map(|line| line.split_once(": "))
        .map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()))
        .filter(|(key, value)| !key.is_empty() && !value.is_empty())
        .collect();
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_the_newer_one_counts() {
        let temp = tempfile::tempdir().unwrap();
        assert_eq!(read(temp.path()).unwrap(), None);
        let old = "jobmanager.rpc.address: old # here\nrest.port: 18081\nstate.checkpoints.dir: file:///data/chk\nrest.port: 28081\nnonsense\n";
        fs::write(temp.path().join("flink-conf.yaml"), old).unwrap();
        let conf = read(temp.path()).unwrap().unwrap();
        assert_eq!(conf.rest().as_deref(), Some("http://old:28081"));
        assert_eq!(conf.directories(), [PathBuf::from("/data/chk")]);

        let new = "jobmanager:\n  rpc:\n    address: new\nrest.address: web\nsecurity:\n  ssl:\n    rest:\n      enabled: true\nexecution:\n  checkpointing:\n    dir: s3://bucket/chk\n    savepoint-dir: file:/data/sp\n    num-retained: 3\n";
        fs::write(temp.path().join("config.yaml"), new).unwrap();
        let conf = read(temp.path()).unwrap().unwrap();
        assert_eq!(conf.rest().as_deref(), Some("https://web:8081"));
        assert_eq!(
            conf.directories(),
            [PathBuf::from("/data/sp")],
            "what can be looked in"
        );
        assert_eq!(lookup(&conf.options, Meaning::Retained), Some("3"));

        for wrong in ["a: [1", "a: &x [1]\nb: *x\n"] {
            fs::write(temp.path().join("config.yaml"), wrong).unwrap();
            let error = read(temp.path()).unwrap_err().to_string();
            assert!(error.contains("config.yaml"), "{error}");
        }
    }
}
