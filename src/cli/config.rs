//! `stateward config`: what is in effect, where it comes from, and how to write it down.

use std::io::Write;

use serde_json::{Value, json};

use crate::analysis::document::SCHEMA;
use crate::config::connection::{Credentials, TIMEOUT};
use crate::config::layers::{self, Flags};
use crate::config::{Origin, Settings, Valued, load};
use crate::domain::text::scrub;

use super::args::{Config, ConfigShow, ConfigWhat};
use super::output::{self, Align};
use super::report::{Outcome, Report, ReportKind};
use super::settle;

/// A file with every key in it, as comments.
pub const TEMPLATE: &str = include_str!("../../assets/config.toml");

/// Shows it, says where it is, or how to write it.
///
/// # Errors
/// When the file or the environment says what cannot be.
pub fn run(args: &Config, out: &mut dyn Write) -> Result<Outcome, Report> {
    match &args.what {
        ConfigWhat::Show(args) => show(args, out),
        ConfigWhat::Template => {
            out.write_all(TEMPLATE.as_bytes())?;
            Ok(Outcome::Done)
        }
        ConfigWhat::Path => {
            let Some((path, _)) = load::path() else {
                return Err(Report::new(
                    ReportKind::NothingFound,
                    "there is no place for a configuration file",
                )
                .hint("set HOME, XDG_CONFIG_HOME or STATEWARD_CONFIG"));
            };
            writeln!(out, "{}", scrub(&path.to_string_lossy()))?;
            Ok(Outcome::Done)
        }
    }
}

fn show(args: &ConfigShow, out: &mut dyn Write) -> Result<Outcome, Report> {
    let flags = Flags {
        context: args.context.clone(),
        ..Flags::default()
    };
    let settings = load::file()
        .and_then(|file| layers::resolve(&flags, &load::environment(), &file))
        .and_then(|settings| settings.or_flinks(load::flink_conf()?.as_ref()))
        .map_err(settle::report)?;
    let rows = rows(&settings);
    if args.json {
        let all: Vec<Value> = rows
            .iter()
            .map(|(key, value, origin)| {
                json!({ "key": key, "value": value, "origin": origin.to_string() })
            })
            .collect();
        output::json(out, &json!({ "schema": SCHEMA, "settings": all }))?;
        return Ok(Outcome::Done);
    }
    let mut headings = vec![("setting", Align::Left), ("value", Align::Left)];
    if args.origin {
        headings.push(("set by", Align::Left));
    }
    let cells: Vec<Vec<String>> = rows
        .into_iter()
        .map(|(key, value, origin)| {
            let mut cells = vec![key.to_owned(), value];
            cells.extend(args.origin.then(|| origin.to_string()));
            cells
        })
        .collect();
    output::table(out, &headings, &cells)?;
    Ok(Outcome::Done)
}

type Row = (&'static str, String, Origin);

/// One row a value. A secret is never among them: only where one is found.
fn rows(settings: &Settings) -> Vec<Row> {
    fn row<T>(key: &'static str, it: &Valued<T>, words: impl Fn(&T) -> String) -> Row {
        let text = words(&it.value);
        (key, scrub(&text).into_owned(), it.origin.clone())
    }
    let word = |it: &bool| it.to_string();
    let mut rows = Vec::new();
    rows.extend(
        settings
            .context
            .iter()
            .map(|it| row("context", it, String::clone)),
    );
    let aside = settings.set_aside.iter();
    rows.extend(aside.map(|aside| row("set_aside", &aside.context, String::clone)));
    for cluster in &settings.clusters {
        rows.push(row("flink", cluster, |it| it.url.clone()));
        rows.push(row("credentials", cluster, |it| match &it.credentials {
            Credentials::None => "none".to_owned(),
            Credentials::Basic {
                user,
                password_file,
            } => format!("{user}, password from {}", password_file.display()),
            Credentials::BearerFile(file) => format!("token from {}", file.display()),
            Credentials::BearerCommand(command) => {
                let program = command.first().map_or("", String::as_str);
                format!("token from the program {program}")
            }
        }));
        let mut timeout = row("timeout", cluster, |it| {
            format!("{}s", it.timeout.as_secs_f64())
        });
        if cluster.value.timeout == TIMEOUT {
            timeout.2 = Origin::Default;
        }
        rows.push(timeout);
    }
    let path = |it: &std::ffi::OsString| it.to_string_lossy().into_owned();
    rows.extend(settings.roots.iter().map(|it| row("root", it, path)));
    let map = |it: &crate::domain::snapshot::PathMapping| format!("{}={}", it.from, it.to);
    rows.extend(settings.maps.iter().map(|it| row("map", it, map)));
    rows.push(row("write", &settings.write, word));
    rows.push(row("danger", &settings.danger, |it| it.word().to_owned()));
    let theme = |it: &Valued<String>| row("theme", it, String::clone);
    rows.extend(settings.theme.iter().map(theme));
    rows.push(row("ascii", &settings.ascii, word));
    rows.push(row("mouse", &settings.mouse, word));
    rows.push(row("history", &settings.history, word));
    let grace = |it: &Valued<jiff::SignedDuration>| row("grace", it, |it| format!("{it:#}"));
    rows.extend(settings.grace.iter().map(grace));
    let levels = |it: &Valued<usize>| row("levels", it, usize::to_string);
    rows.extend(settings.levels.iter().map(levels));
    rows
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::file::{CONTEXT_KEYS, TOP_KEYS, parse};

    #[test]
    fn the_template_names_every_key_and_is_understood_once_it_is_filled_in() {
        let path = Path::new("/etc/config.toml");
        assert!(parse(path, None, TEMPLATE).is_ok());
        for key in TOP_KEYS.iter().chain(&CONTEXT_KEYS) {
            assert!(TEMPLATE.contains(key), "{key}");
        }
        // Alternatives for the same thing stand behind two signs, so that one sign can be taken from each line.
        let filled: Vec<&str> = TEMPLATE
            .lines()
            .map(|line| {
                let text = line.strip_prefix('#');
                text.filter(|it| !it.starts_with([' ', '#']))
                    .unwrap_or(line)
            })
            .collect();
        let filled = filled.join("\n");
        let file = parse(path, Some(Path::new("/home/me")), &filled);
        let file = file.unwrap_or_else(|error| panic!("{error}\n{filled}"));
        assert!(file.contexts.contains_key("prod"));
    }
}
