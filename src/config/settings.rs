//! What is in effect once every layer has spoken, and which layer said it.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use jiff::SignedDuration;

use crate::domain::snapshot::PathMapping;

use super::connection::Connection;
use super::error::ConfigError;
use super::flink_conf::FlinkConf;

/// A value and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Valued<T> {
    /// The value.
    pub value: T,
    /// Who set it.
    pub origin: Origin,
}

impl<T> Valued<T> {
    /// A value that nobody set.
    pub fn default_of(value: T) -> Self {
        Self {
            value,
            origin: Origin::Default,
        }
    }
}

impl<T: Default> Default for Valued<T> {
    fn default() -> Self {
        Self::default_of(T::default())
    }
}

/// Who set a value; later ones win over earlier ones, but for Flink's own configuration, which only fills gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody.
    Default,
    /// The configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// The line in it, from 1.
        line: usize,
    },
    /// The environment variable of this name.
    Environment(&'static str),
    /// The flag of this name, with its dashes.
    Flag(&'static str),
    /// Flink's own configuration file.
    FlinkConf(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use crate::domain::text::scrub;
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => {
                write!(f, "{}:{line}", scrub(&path.to_string_lossy()))
            }
            Self::Environment(name) => write!(f, "${name}"),
            Self::Flag(name) => f.write_str(name),
            Self::FlinkConf(path) => f.write_str(&scrub(&path.to_string_lossy())),
        }
    }
}

/// A context that was named in a lower layer than the clusters were: what it says is for its own clusters only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    /// The context's name.
    pub context: Valued<String>,
    /// Who named the clusters.
    pub by: Origin,
}

impl fmt::Display for SetAside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = crate::domain::text::scrub(&self.context.value);
        write!(
            f,
            "context `{name}` is set aside: {} names clusters",
            self.by
        )
    }
}

/// How loudly the header warns that this context is not one to play with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Danger {
    /// Not at all.
    #[default]
    None,
    /// Take care.
    Yellow,
    /// Production.
    Red,
}

impl Danger {
    /// The word for it in the configuration file.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Yellow => "yellow",
            Self::Red => "red",
        }
    }
}

/// Everything that can be set. Where several clusters, roots or mappings are set, the layer that wins sets all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The context in use.
    pub context: Option<Valued<String>>,
    /// The context that is not, though it was named.
    pub set_aside: Option<SetAside>,
    /// The clusters to talk to.
    pub clusters: Vec<Valued<Connection>>,
    /// Where to look when the command line names no path.
    pub roots: Vec<Valued<OsString>>,
    /// Where to look for files that metadata names otherwise.
    pub maps: Vec<Valued<PathMapping>>,
    /// Whether anything may be changed.
    pub write: Valued<bool>,
    /// How loudly the header warns.
    pub danger: Valued<Danger>,
    /// The name of the theme; none leaves the choice to the screen.
    pub theme: Option<Valued<String>>,
    /// Whether to draw with ASCII characters only.
    pub ascii: Valued<bool>,
    /// Whether the mouse is used.
    pub mouse: Valued<bool>,
    /// Whether a history of what is seen is kept in the user's state directory.
    pub history: Valued<bool>,
    /// How long a snapshot without metadata counts as in progress; none leaves the verbs their own.
    pub grace: Option<Valued<SignedDuration>>,
    /// How many levels below a root to look; none leaves the verbs their own.
    pub levels: Option<Valued<usize>>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            context: None,
            set_aside: None,
            clusters: Vec::new(),
            roots: Vec::new(),
            maps: Vec::new(),
            write: Valued::default_of(false),
            danger: Valued::default_of(Danger::None),
            theme: None,
            ascii: Valued::default_of(false),
            mouse: Valued::default_of(false),
            history: Valued::default_of(true),
            grace: None,
            levels: None,
        }
    }
}

impl Settings {
    /// The same with what Flink's own configuration says, where nobody named a cluster: its address, and its directories
    /// unless others are named.
    ///
    /// # Errors
    /// When the address that it names is none.
    pub fn or_flinks(mut self, conf: Option<&FlinkConf>) -> Result<Self, ConfigError> {
        let Some(conf) = conf.filter(|_| self.clusters.is_empty()) else {
            return Ok(self);
        };
        let origin = Origin::FlinkConf(conf.path.clone());
        if let Some(url) = conf.rest() {
            let value = Connection::to(&url)
                .map_err(|bad| ConfigError::in_file(&conf.path, None, &bad.to_string()))?;
            self.clusters.push(Valued {
                value,
                origin: origin.clone(),
            });
        }
        if self.roots.is_empty() {
            self.roots = conf
                .directories()
                .into_iter()
                .map(|root| Valued {
                    value: root.into_os_string(),
                    origin: origin.clone(),
                })
                .collect();
        }
        Ok(self)
    }
}
