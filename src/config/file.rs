//! The configuration file: TOML, each value with its line. What is not understood is refused, not skipped, since a
//! misspelt `write` or `ca_file` must not go unnoticed.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::SignedDuration;
use toml::de::{DeTable, DeValue};

use crate::domain::snapshot::PathMapping;
use crate::domain::time::parse_duration;

use super::connection::{BadUrl, Connection};
use super::error::ConfigError;
use super::settings::{Danger, Origin, Valued};

/// The keys of the top level, which hold for every context that does not say otherwise.
pub const TOP_KEYS: [&str; 10] = [
    "context", "theme", "ascii", "mouse", "history", "grace", "levels", "write", "timeout",
    "contexts",
];
/// The keys of a context.
pub const CONTEXT_KEYS: [&str; 15] = [
    "flink",
    "roots",
    "maps",
    "write",
    "danger",
    "ca_file",
    "certificate_file",
    "key_file",
    "user",
    "password_file",
    "token_file",
    "token_command",
    "timeout",
    "grace",
    "levels",
];
/// The names of the themes.
pub const THEMES: [&str; 4] = ["default", "light", "high-contrast", "mono"];

/// A configuration file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct File {
    /// What holds everywhere.
    pub top: Section,
    /// What holds in a context, by the context's name.
    pub contexts: BTreeMap<String, Section>,
}

/// What one part of the file says. The top level leaves out what only a context can say, and the other way round.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "each is the key of its name")]
pub struct Section {
    pub context: Option<Valued<String>>,
    pub theme: Option<Valued<String>>,
    pub ascii: Option<Valued<bool>>,
    pub mouse: Option<Valued<bool>>,
    pub history: Option<Valued<bool>>,
    pub flink: Vec<Valued<String>>,
    pub roots: Vec<Valued<OsString>>,
    pub maps: Vec<Valued<PathMapping>>,
    pub write: Option<Valued<bool>>,
    pub danger: Option<Valued<Danger>>,
    pub ca_file: Option<Valued<PathBuf>>,
    pub certificate_file: Option<Valued<PathBuf>>,
    pub key_file: Option<Valued<PathBuf>>,
    pub user: Option<Valued<String>>,
    pub password_file: Option<Valued<PathBuf>>,
    pub token_file: Option<Valued<PathBuf>>,
    pub token_command: Option<Valued<Vec<String>>>,
    pub timeout: Option<Valued<Duration>>,
    pub grace: Option<Valued<SignedDuration>>,
    pub levels: Option<Valued<usize>>,
}

/// Reads the text of a configuration file.
///
/// # Errors
/// When it is no TOML, holds a key that is not known or a secret, or a value of another type than its key's.
pub fn parse(path: &Path, home: Option<&Path>, text: &str) -> Result<File, ConfigError> {
    let reader = Reader { path, home, text };
    let table = DeTable::parse(text).map_err(|why| {
        let at = why.span().map(|span| reader.place(&span));
        ConfigError::in_file(path, at, &format!("this is no TOML: {}", why.message()))
    })?;
    let mut file = File::default();
    for (key, value) in table.get_ref() {
        let name: &str = key.get_ref();
        if name == "contexts" {
            let contexts = value.get_ref().as_table().ok_or_else(|| {
                let found = value.get_ref().type_str();
                reader.wrong(
                    &value.span(),
                    &format!("`contexts` holds a table for each context, not {found}"),
                )
            })?;
            for (name, value) in contexts {
                let section = reader.context(name.get_ref(), &value.span(), value.get_ref())?;
                file.contexts.insert(name.get_ref().to_string(), section);
            }
        } else {
            let entry = Entry {
                reader: &reader,
                name,
                key: key.span(),
                at: value.span(),
                value: value.get_ref(),
            };
            entry.no_misspelt_section()?;
            entry.known(&TOP_KEYS, &CONTEXT_KEYS, "belongs in a context")?;
            entry.put(&mut file.top)?;
        }
    }
    Ok(file)
}

struct Reader<'a> {
    path: &'a Path,
    home: Option<&'a Path>,
    text: &'a str,
}

impl Reader<'_> {
    fn place(&self, span: &Range<usize>) -> (usize, usize) {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        (line, before[start..].chars().count() + 1)
    }

    fn wrong(&self, span: &Range<usize>, message: &str) -> ConfigError {
        ConfigError::in_file(self.path, Some(self.place(span)), message)
    }

    fn context(
        &self,
        name: &str,
        at: &Range<usize>,
        value: &DeValue<'_>,
    ) -> Result<Section, ConfigError> {
        let table = value.as_table().ok_or_else(|| {
            let found = value.type_str();
            self.wrong(at, &format!("context `{name}` is a table, not {found}"))
        })?;
        let mut section = Section::default();
        for (key, value) in table {
            let entry = Entry {
                reader: self,
                name: key.get_ref(),
                key: key.span(),
                at: value.span(),
                value: value.get_ref(),
            };
            entry.known(&CONTEXT_KEYS, &TOP_KEYS, "belongs at the top of the file")?;
            entry.put(&mut section)?;
        }
        let ways = [
            section.user.is_some() || section.password_file.is_some(),
            section.token_file.is_some(),
            section.token_command.is_some(),
        ];
        let wrong = if ways.iter().filter(|way| **way).count() > 1 {
            "has more than one of user with password_file, token_file and token_command"
        } else if section.user.is_some() != section.password_file.is_some() {
            "needs user and password_file together"
        } else if section.key_file.is_some() && section.certificate_file.is_none() {
            "has a key_file without a certificate_file"
        } else {
            return Ok(section);
        };
        Err(self.wrong(at, &format!("context `{name}` {wrong}")))
    }

    /// A path as the file means it: from the home directory after `~`, else from the file's own directory.
    fn resolved(&self, text: &str) -> PathBuf {
        match (text.strip_prefix('~'), self.home) {
            (Some(""), Some(home)) => home.to_owned(),
            (Some(rest), Some(home)) if rest.starts_with('/') => {
                home.join(rest.trim_start_matches('/'))
            }
            _ => self.path.parent().unwrap_or(Path::new("")).join(text),
        }
    }
}

struct Entry<'a> {
    reader: &'a Reader<'a>,
    name: &'a str,
    key: Range<usize>,
    at: Range<usize>,
    value: &'a DeValue<'a>,
}

impl Entry<'_> {
    /// Refuses a table at the top that is no setting: nothing but `contexts` has parts.
    fn no_misspelt_section(&self) -> Result<(), ConfigError> {
        let name = self.name;
        let known = TOP_KEYS.iter().chain(&CONTEXT_KEYS);
        let is_setting = name != "context" && known.into_iter().any(|known| *known == name);
        let Some(table) = self.value.as_table().filter(|_| !is_setting) else {
            return Ok(());
        };
        let error = self
            .reader
            .wrong(&self.key, &format!("unknown section `[{name}]`"));
        if nearest(name, &["contexts"]).is_none() {
            return Err(error.hint(&format!("a context is written `[contexts.{name}]`")));
        }
        let inner = table
            .iter()
            .find(|(_, value)| value.get_ref().is_table())
            .map_or("NAME", |(name, _)| name.get_ref());
        Err(error.hint(&format!("did you mean `[contexts.{inner}]`?")))
    }

    /// Refuses a key that is not one of these.
    fn known(&self, here: &[&str], elsewhere: &[&str], where_: &str) -> Result<(), ConfigError> {
        let name = self.name;
        if here.contains(&name) {
            return Ok(());
        }
        if let "password" | "token" = name {
            return Err(self
                .reader
                .wrong(
                    &self.key,
                    &format!("`{name}` would be a secret in a file that is shown and shared"),
                )
                .hint(&format!(
                    "put it in a file that only you can read, and name that with `{name}_file`"
                )));
        }
        let error = self
            .reader
            .wrong(&self.key, &format!("unknown key `{name}`"));
        if elsewhere.contains(&name) {
            return Err(error.hint(&format!("`{name}` {where_}")));
        }
        Err(match nearest(name, here) {
            Some(near) => error.hint(&format!("did you mean `{near}`?")),
            None => error.hint(&format!("known here: {}", here.join(", "))),
        })
    }

    fn put(&self, section: &mut Section) -> Result<(), ConfigError> {
        match self.name {
            "context" => section.context = Some(self.valued(self.string()?)),
            "theme" => section.theme = Some(self.word(&THEMES, str::to_owned)?),
            "ascii" => section.ascii = Some(self.valued(self.boolean()?)),
            "mouse" => section.mouse = Some(self.valued(self.boolean()?)),
            "history" => section.history = Some(self.valued(self.boolean()?)),
            "flink" => section.flink = self.addresses()?,
            "roots" => section.roots = self.roots()?,
            "maps" => section.maps = self.maps()?,
            "write" => section.write = Some(self.valued(self.boolean()?)),
            "danger" => {
                let words = [Danger::None, Danger::Yellow, Danger::Red];
                section.danger = Some(self.word(&words.map(Danger::word), |word| {
                    words
                        .into_iter()
                        .find(|danger| danger.word() == word)
                        .unwrap_or_default()
                })?);
            }
            "ca_file" => section.ca_file = Some(self.file()?),
            "certificate_file" => section.certificate_file = Some(self.file()?),
            "key_file" => section.key_file = Some(self.file()?),
            "user" => section.user = Some(self.valued(self.string()?)),
            "password_file" => section.password_file = Some(self.file()?),
            "token_file" => section.token_file = Some(self.file()?),
            "token_command" => section.token_command = Some(self.command()?),
            "timeout" => section.timeout = Some(self.timeout()?),
            "grace" => section.grace = Some(self.valued(self.duration()?)),
            "levels" => section.levels = Some(self.levels()?),
            // `known` has let nothing else through.
            _ => {}
        }
        Ok(())
    }

    fn valued<T>(&self, value: T) -> Valued<T> {
        self.valued_at(&self.at, value)
    }

    fn valued_at<T>(&self, at: &Range<usize>, value: T) -> Valued<T> {
        Valued {
            value,
            origin: Origin::File {
                path: self.reader.path.to_owned(),
                line: self.reader.place(at).0,
            },
        }
    }

    fn wrong(&self, message: &str) -> ConfigError {
        self.reader
            .wrong(&self.at, &format!("`{}` {message}", self.name))
    }

    fn needs(&self, what: &str) -> ConfigError {
        self.wrong(&format!("must be {what}, not {}", self.value.type_str()))
    }

    fn string(&self) -> Result<String, ConfigError> {
        let text = self.value.as_str().ok_or_else(|| self.needs("a string"))?;
        if text.is_empty() {
            return Err(self.wrong("is empty"));
        }
        Ok(text.to_owned())
    }

    fn boolean(&self) -> Result<bool, ConfigError> {
        let boolean = self.value.as_bool();
        boolean.ok_or_else(|| self.needs("true or false"))
    }

    fn word<T>(
        &self,
        known: &[&str],
        meaning: impl Fn(&str) -> T,
    ) -> Result<Valued<T>, ConfigError> {
        let word = self.string()?;
        if known.contains(&word.as_str()) {
            return Ok(self.valued(meaning(&word)));
        }
        Err(self.wrong(&format!("is one of {}, not `{word}`", known.join(", "))))
    }

    fn file(&self) -> Result<Valued<PathBuf>, ConfigError> {
        Ok(self.valued(self.reader.resolved(&self.string()?)))
    }

    fn duration(&self) -> Result<SignedDuration, ConfigError> {
        let text = self.string()?;
        parse_duration(&text)
            .map_err(|_| self.wrong(&format!("is a duration such as 10s or 1h30m, not `{text}`")))
    }

    fn timeout(&self) -> Result<Valued<Duration>, ConfigError> {
        let timeout = Duration::try_from(self.duration()?).ok();
        let timeout = timeout.filter(|it| !it.is_zero());
        Ok(self.valued(timeout.ok_or_else(|| self.wrong("must be longer than nothing"))?))
    }

    fn levels(&self) -> Result<Valued<usize>, ConfigError> {
        let number = self.value.as_integer();
        let number = number.ok_or_else(|| self.needs("a whole number"))?;
        let levels = usize::from_str_radix(number.as_str(), number.radix()).ok();
        let levels = levels.ok_or_else(|| self.wrong("is no number of levels"))?;
        Ok(self.valued(levels))
    }

    /// The strings of a list, each with its place.
    fn strings(&self) -> Result<Vec<(Range<usize>, String)>, ConfigError> {
        let list = self.value.as_array();
        let list = list.ok_or_else(|| self.needs("a list of strings"))?;
        let text = |value: &toml::Spanned<DeValue<'_>>| match value.get_ref().as_str() {
            Some(text) if !text.is_empty() => Ok((value.span(), text.to_owned())),
            _ => Err(self.reader.wrong(
                &value.span(),
                &format!("`{}` holds strings that are not empty", self.name),
            )),
        };
        list.iter().map(text).collect()
    }

    fn addresses(&self) -> Result<Vec<Valued<String>>, ConfigError> {
        let addresses = match self.value {
            DeValue::String(_) => vec![(self.at.clone(), self.string()?)],
            DeValue::Array(_) => self.strings()?,
            _ => return Err(self.needs("a URL or a list of URLs")),
        };
        let checked = |(at, url): (Range<usize>, String)| {
            match Connection::to(&url) {
            Ok(_) => Ok(self.valued_at(&at, url)),
            Err(BadUrl::Credentials) => Err(self
                .reader
                .wrong(
                    &at,
                    "`flink`: a URL must not hold user and password, since others can see it",
                )
                .hint("set `user` and `password_file`, or `token_file`, in this context, beside `flink`")),
            Err(bad) => Err(self.reader.wrong(&at, &format!("`flink`: {bad}"))),
        }
        };
        addresses.into_iter().map(checked).collect()
    }

    fn roots(&self) -> Result<Vec<Valued<OsString>>, ConfigError> {
        let root = |(at, text): (Range<usize>, String)| {
            // A URI is taken as it is.
            let is_uri = text.find(":/").is_some_and(|at| at > 1);
            let place = if is_uri {
                text.into()
            } else {
                self.reader.resolved(&text).into_os_string()
            };
            self.valued_at(&at, place)
        };
        Ok(self.strings()?.into_iter().map(root).collect())
    }

    fn maps(&self) -> Result<Vec<Valued<PathMapping>>, ConfigError> {
        let rule = |(at, text): (Range<usize>, String)| match PathMapping::parse(&text) {
            Ok(mapping) => Ok(self.valued_at(&at, mapping)),
            Err(why) => Err(self.reader.wrong(&at, &format!("`maps`: {why}"))),
        };
        self.strings()?.into_iter().map(rule).collect()
    }

    fn command(&self) -> Result<Valued<Vec<String>>, ConfigError> {
        let words: Vec<String> = self.strings()?.into_iter().map(|(_, word)| word).collect();
        if words.is_empty() {
            return Err(self.wrong("is a program and its arguments, and has none"));
        }
        Ok(self.valued(words))
    }
}

/// The known name that a misspelt one is most like, if any is like it at all.
pub(super) fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let likeness = |known: &str| strsim::jaro_winkler(name, known);
    known
        .iter()
        .copied()
        .filter(|known| likeness(known) > 0.8)
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))
}

#[cfg(test)]
mod tests;
