//! Which layer has its way: flags over the environment over the file over defaults. Pure; `load` reads the outside.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;

use crate::domain::snapshot::PathMapping;

use super::connection::{Connection, Credentials};
use super::error::ConfigError;
use super::file::{File, Section, THEMES, nearest};
use super::locale;
use super::settings::{Origin, SetAside, Settings, Valued};

/// Names a context.
pub const CONTEXT: &str = "STATEWARD_CONTEXT";
/// Lists clusters, with commas between them.
pub const FLINK: &str = "STATEWARD_FLINK";
/// Allows changes or forbids them.
pub const WRITE: &str = "STATEWARD_WRITE";
/// Names a theme.
pub const THEME: &str = "STATEWARD_THEME";

/// What flags say; what they leave out, lower layers say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Flags {
    /// `--context`.
    pub context: Option<String>,
    /// `--flink`.
    pub flink: Vec<String>,
    /// `--write`.
    pub write: bool,
    /// `--flink-user` with `--flink-password-file`, or `--flink-token-file`.
    pub credentials: Option<Credentials>,
    /// `--flink-ca`.
    pub ca_file: Option<PathBuf>,
    /// `--flink-cert`.
    pub certificate_file: Option<PathBuf>,
    /// `--flink-key`.
    pub key_file: Option<PathBuf>,
    /// `--flink-timeout`.
    pub timeout: Option<Duration>,
    /// The paths of the command line.
    pub paths: Vec<OsString>,
    /// `--map`.
    pub maps: Vec<PathMapping>,
    /// `--grace`.
    pub grace: Option<SignedDuration>,
    /// `--levels`.
    pub levels: Option<usize>,
    /// `--theme`.
    pub theme: Option<String>,
    /// `--ascii`.
    pub ascii: bool,
    /// `--mouse`.
    pub mouse: bool,
    /// `--no-history` says no.
    pub history: Option<bool>,
}

/// Variables by name; one that is empty is not set.
pub type Environment = BTreeMap<String, String>;

/// What is in effect.
///
/// A context is in effect only where no higher layer names clusters: its credentials and its `write` are for its own
/// clusters, and must not reach another that a flag names. Where one layer names both, they are meant to go together.
///
/// # Errors
/// When a context is named that is not in the file, or a variable says what cannot be.
pub fn resolve(
    flags: &Flags,
    environment: &Environment,
    file: &File,
) -> Result<Settings, ConfigError> {
    let variable = |name: &'static str| {
        let value = environment.get(name).map(|value| value.trim());
        value
            .filter(|value| !value.is_empty())
            .map(|value| variable_value(name, value.to_owned()))
    };
    let named = flag("--context", flags.context.clone())
        .or_else(|| variable(CONTEXT))
        .or_else(|| file.top.context.clone());
    let urls = addresses(flags, variable(FLINK));
    let urls_rank = urls.first().map_or(0, |url| rank(&url.origin));
    let named_rank = named.as_ref().map_or(0, |named| rank(&named.origin));
    let (context, aside) = if named_rank >= urls_rank {
        (named, None)
    } else {
        (None, named)
    };
    let by = urls.first().map(|url| url.origin.clone());
    let set_aside = aside.zip(by).map(|(context, by)| SetAside { context, by });
    let nothing = Section::default();
    let section = match &context {
        None => &nothing,
        Some(name) => section(name, file)?,
    };
    let own = urls_rank == 0 || named_rank > urls_rank;
    let urls = if own { section.flink.clone() } else { urls };
    let top = &file.top;
    let write = flag("--write", flags.write.then_some(true));
    let write = match (write, variable(WRITE)) {
        (Some(write), _) => Some(write),
        (None, Some(word)) => Some(switch(word)?),
        (None, None) => section.write.clone().or_else(|| top.write.clone()),
    };
    let theme = match (flag("--theme", flags.theme.clone()), variable(THEME)) {
        (Some(theme), _) => Some(theme),
        (None, Some(theme)) => Some(known_theme(theme)?),
        (None, None) => top.theme.clone(),
    };
    let several = urls.len() > 1;
    let clusters = urls
        .into_iter()
        .map(|url| {
            let mut connection = Connection::to(&url.value)
                .map_err(|bad| ConfigError::asked_by(&url.origin, &bad.to_string()))?;
            if let Some(context) = context.as_ref().filter(|_| own) {
                connection.name = if several {
                    format!("{} {}", context.value, connection.name)
                } else {
                    context.value.clone()
                };
            }
            Ok(Valued {
                value: reached(connection, flags, section, top),
                origin: url.origin,
            })
        })
        .collect::<Result<_, _>>()?;
    let roots = given("PATH", &flags.paths).unwrap_or_else(|| section.roots.clone());
    let maps = given("--map", &flags.maps).unwrap_or_else(|| section.maps.clone());
    Ok(Settings {
        clusters,
        roots,
        maps,
        write: write.unwrap_or(Valued::default_of(false)),
        danger: section.danger.clone().unwrap_or_default(),
        theme,
        ascii: flag("--ascii", flags.ascii.then_some(true))
            .or_else(|| top.ascii.clone())
            .or_else(|| locale::ascii(environment))
            .unwrap_or_default(),
        history: flag("--no-history", flags.history)
            .or_else(|| top.history.clone())
            .unwrap_or_else(|| Valued::default_of(true)),
        mouse: flag("--mouse", flags.mouse.then_some(true))
            .or_else(|| top.mouse.clone())
            .unwrap_or_default(),
        grace: flag("--grace", flags.grace)
            .or_else(|| section.grace.clone())
            .or_else(|| top.grace.clone()),
        levels: flag("--levels", flags.levels)
            .or_else(|| section.levels.clone())
            .or_else(|| top.levels.clone()),
        context,
        set_aside,
    })
}

fn rank(origin: &Origin) -> u8 {
    match origin {
        Origin::Default | Origin::FlinkConf(_) => 0,
        Origin::File { .. } => 1,
        Origin::Environment(_) => 2,
        Origin::Flag(_) => 3,
    }
}

fn flag<T>(name: &'static str, value: Option<T>) -> Option<Valued<T>> {
    value.map(|value| Valued {
        value,
        origin: Origin::Flag(name),
    })
}

fn given<T: Clone>(name: &'static str, values: &[T]) -> Option<Vec<Valued<T>>> {
    let valued = values
        .iter()
        .map(|value| Valued {
            value: value.clone(),
            origin: Origin::Flag(name),
        })
        .collect();
    (!values.is_empty()).then_some(valued)
}

fn variable_value<T>(name: &'static str, value: T) -> Valued<T> {
    Valued {
        value,
        origin: Origin::Environment(name),
    }
}

/// The clusters that flags name, else those of the environment.
fn addresses(flags: &Flags, variable: Option<Valued<String>>) -> Vec<Valued<String>> {
    given("--flink", &flags.flink).unwrap_or_else(|| {
        let list = variable.map(|it| it.value).unwrap_or_default();
        list.split(',')
            .map(str::trim)
            .filter(|url| !url.is_empty())
            .map(|url| variable_value(FLINK, url.to_owned()))
            .collect()
    })
}

fn section<'a>(name: &Valued<String>, file: &'a File) -> Result<&'a Section, ConfigError> {
    file.contexts.get(&name.value).ok_or_else(|| {
        let known: Vec<&str> = file.contexts.keys().map(String::as_str).collect();
        let error = ConfigError::asked_by(&name.origin, &format!("no context `{}`", name.value));
        match nearest(&name.value, &known) {
            _ if known.is_empty() => {
                error.hint("there is none; `stateward config template` shows how to write one")
            }
            Some(near) => error.hint(&format!(
                "did you mean `{near}`? known: {}",
                known.join(", ")
            )),
            None => error.hint(&format!("known: {}", known.join(", "))),
        }
    })
}

fn switch(word: Valued<String>) -> Result<Valued<bool>, ConfigError> {
    let value = match word.value.as_str() {
        "1" | "true" => true,
        "0" | "false" => false,
        other => {
            return Err(ConfigError::asked_by(
                &word.origin,
                &format!("is one of 1, 0, true, false, not `{other}`"),
            ));
        }
    };
    Ok(Valued {
        value,
        origin: word.origin,
    })
}

fn known_theme(theme: Valued<String>) -> Result<Valued<String>, ConfigError> {
    if THEMES.contains(&theme.value.as_str()) {
        return Ok(theme);
    }
    Err(ConfigError::asked_by(
        &theme.origin,
        &format!("is one of {}, not `{}`", THEMES.join(", "), theme.value),
    ))
}

/// A connection with credentials, certificates and time, each from the highest layer that says something of it.
fn reached(connection: Connection, flags: &Flags, section: &Section, top: &Section) -> Connection {
    let path = |flag: &Option<PathBuf>, file: &Option<Valued<PathBuf>>| {
        flag.clone()
            .or_else(|| file.as_ref().map(|file| file.value.clone()))
    };
    let mut reached = connection;
    reached.credentials = flags
        .credentials
        .clone()
        .unwrap_or_else(|| credentials(section));
    reached.tls.ca_file = path(&flags.ca_file, &section.ca_file);
    // A key goes with its certificate: one of a flag is not mixed with one of a context.
    if flags.certificate_file.is_some() {
        reached
            .tls
            .certificate_file
            .clone_from(&flags.certificate_file);
        reached.tls.key_file.clone_from(&flags.key_file);
    } else {
        reached.tls.certificate_file = path(&None, &section.certificate_file);
        reached.tls.key_file = path(&None, &section.key_file);
    }
    let timeouts = [&section.timeout, &top.timeout];
    let timeout = timeouts.into_iter().flatten().next();
    reached.timeout = flags
        .timeout
        .or_else(|| timeout.map(|timeout| timeout.value))
        .unwrap_or(reached.timeout);
    reached
}

fn credentials(section: &Section) -> Credentials {
    match (
        &section.user,
        &section.password_file,
        &section.token_file,
        &section.token_command,
    ) {
        (Some(user), Some(file), _, _) => Credentials::Basic {
            user: user.value.clone(),
            password_file: file.value.clone(),
        },
        (_, _, Some(file), _) => Credentials::BearerFile(file.value.clone()),
        (_, _, _, Some(command)) => Credentials::BearerCommand(command.value.clone()),
        _ => Credentials::None,
    }
}

#[cfg(test)]
mod tests;
