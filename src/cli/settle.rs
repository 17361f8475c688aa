//! What flags leave open is filled in from the environment and the configuration file, before any command runs.

use std::ffi::OsString;

use crate::config::connection::Credentials;
use crate::config::error::ConfigError;
use crate::config::layers::{self, Flags};
use crate::config::{Danger, SetAside, load};

use super::args::{
    Cli, Command, Connect, How, InContext, Operate, Planning, Screen, ThemeName, TrashWhat,
    TriggerWhat,
};
use super::report::{Report, ReportKind};

/// The parts of a command line that lower layers may fill in.
#[derive(Default)]
struct Parts<'a> {
    context: Option<String>,
    paths: Option<&'a mut Vec<OsString>>,
    /// Where else to look, whatever paths the command line names.
    within: Option<&'a mut Vec<OsString>>,
    how: Option<&'a mut How>,
    connect: Option<&'a mut Connect>,
    write: Option<&'a mut bool>,
    screen: Option<&'a mut Screen>,
    danger: Option<&'a mut Danger>,
    no_history: Option<&'a mut bool>,
}

/// What every command goes by.
#[derive(Debug, Default)]
pub struct Settled {
    /// The context that was named in vain.
    pub set_aside: Option<SetAside>,
    /// Whether words are to be of nothing but ASCII.
    pub ascii: bool,
}

/// Fills in what the command line leaves open.
///
/// # Errors
/// When the configuration file or the environment says what cannot be.
pub fn settle(cli: &mut Cli) -> Result<Settled, Report> {
    let Some(mut parts) = parts(cli) else {
        return Ok(Settled::default());
    };
    let flags = flags(&parts);
    let settings = load::file()
        .and_then(|file| layers::resolve(&flags, &load::environment(), &file))
        .and_then(|settings| settings.or_flinks(load::flink_conf()?.as_ref()))
        .map_err(report)?;
    let roots = settings.roots.into_iter().map(|root| root.value);
    if let Some(paths) = parts.paths.filter(|paths| paths.is_empty()) {
        paths.extend(roots.clone());
    }
    if let Some(within) = parts.within {
        within.extend(roots);
    }
    if let Some(how) = &mut parts.how {
        how.mappings = settings.maps.into_iter().map(|map| map.value).collect();
        how.levels = settings.levels.map(|levels| levels.value);
        how.grace = settings.grace.map(|grace| grace.value);
    }
    if let Some(connect) = &mut parts.connect {
        connect.clusters = settings.clusters.into_iter().map(|it| it.value).collect();
    }
    if let Some(write) = parts.write {
        *write = settings.write.value;
    }
    if let Some(screen) = &mut parts.screen {
        screen.theme = settings
            .theme
            .and_then(|theme| ThemeName::named(&theme.value));
        screen.ascii = settings.ascii.value;
        screen.mouse = settings.mouse.value;
    }
    if let Some(no_history) = parts.no_history {
        *no_history = !settings.history.value;
    }
    if let Some(danger) = parts.danger {
        *danger = settings.danger.value;
    }
    Ok(Settled {
        set_aside: settings.set_aside,
        ascii: settings.ascii.value,
    })
}

pub(super) fn report(error: ConfigError) -> Report {
    let kind = if error.asked {
        ReportKind::Usage
    } else {
        ReportKind::BadInput
    };
    let report = Report::new(kind, error.to_string());
    match error.hint {
        Some(hint) => report.hint(hint),
        None => report,
    }
}

/// What may be filled in; nothing for commands that must work whatever the file says.
fn parts(cli: &mut Cli) -> Option<Parts<'_>> {
    Some(match &mut cli.command {
        None => Parts {
            paths: Some(&mut cli.look.paths),
            how: Some(&mut cli.look.how),
            context: cli.connect.context.clone(),
            connect: Some(&mut cli.connect),
            within: None,
            write: Some(&mut cli.write),
            screen: Some(&mut cli.screen),
            danger: Some(&mut cli.danger),
            no_history: Some(&mut cli.no_history),
        },
        Some(command) => of_command(command)?,
    })
}

fn of_command(command: &mut Command) -> Option<Parts<'_>> {
    let nothing = Parts::default;
    Some(match command {
        Command::Ls(it) => Parts {
            context: it.connect.context.clone(),
            paths: Some(&mut it.look.paths),
            how: Some(&mut it.look.how),
            connect: Some(&mut it.connect),
            ..nothing()
        },
        Command::Latest(it) => Parts {
            context: it.connect.context.clone(),
            paths: Some(&mut it.look.paths),
            how: Some(&mut it.look.how),
            connect: Some(&mut it.connect),
            ..nothing()
        },
        Command::Verify(it) => looking(&it.context, &mut it.look),
        Command::Watch(it) => Parts {
            no_history: Some(&mut it.no_history),
            ..looking(&it.context, &mut it.look)
        },
        Command::History(it) => {
            it.how.levels = it.levels;
            Parts {
                context: it.context.name.clone(),
                paths: Some(&mut it.paths),
                how: Some(&mut it.how),
                ..nothing()
            }
        }
        Command::Record(it) => Parts {
            context: it.connect.context.clone(),
            paths: Some(&mut it.look.paths),
            how: Some(&mut it.look.how),
            connect: Some(&mut it.connect),
            ..nothing()
        },
        Command::Replay(it) => Parts {
            screen: Some(&mut it.screen),
            ..nothing()
        },
        Command::Marks(it) => looking(&it.context, &mut it.look),
        Command::Holds(it) => looking(&it.context, &mut it.look),
        Command::Explain(it) => Parts {
            context: it.connect.context.clone(),
            how: Some(&mut it.how),
            connect: Some(&mut it.connect),
            ..nothing()
        },
        Command::Show(it) => Parts {
            context: it.connect.context.clone(),
            how: Some(&mut it.how),
            connect: Some(&mut it.connect),
            ..nothing()
        },
        Command::Mark(it) => Parts {
            context: it.context.name.clone(),
            how: Some(&mut it.how),
            write: Some(&mut it.write),
            ..nothing()
        },
        Command::Hold(it) => Parts {
            how: Some(&mut it.how),
            ..writing(&it.context, &mut it.write)
        },
        Command::Release(it) => writing(&it.context, &mut it.write),
        Command::Unmark(it) => writing(&it.context, &mut it.write),
        Command::Trash(it) => match &mut it.what {
            TrashWhat::Ls(it) => Parts {
                context: it.context.name.clone(),
                paths: Some(&mut it.paths),
                ..nothing()
            },
            TrashWhat::Restore(it) => writing(&it.context, &mut it.write),
            TrashWhat::Purge(it) => Parts {
                paths: Some(&mut it.paths),
                ..writing(&it.context, &mut it.write)
            },
        },
        Command::Undo(it) => writing(&it.context, &mut it.write),
        Command::Resume(it) => Parts {
            context: it.connect.context.clone(),
            how: Some(&mut it.how),
            connect: Some(&mut it.connect),
            write: Some(&mut it.write),
            ..nothing()
        },
        Command::Check(it) => Parts {
            context: it.connect.context.clone(),
            paths: Some(&mut it.look.paths),
            how: Some(&mut it.look.how),
            connect: Some(&mut it.connect),
            ..nothing()
        },
        Command::Orphans(it) => {
            it.how.mappings.clone_from(&it.mappings);
            it.how.levels = it.levels;
            Parts {
                context: it.connect.context.clone(),
                paths: Some(&mut it.paths),
                how: Some(&mut it.how),
                connect: Some(&mut it.connect),
                write: Some(&mut it.write),
                ..nothing()
            }
        }
        // Nothing of it is anywhere that a context speaks of.
        Command::Demo(it) => Parts {
            screen: Some(&mut it.screen),
            ..nothing()
        },
        Command::Jobs(it) => connecting(&mut it.connect),
        Command::Trigger(it) => operating(match &mut it.what {
            TriggerWhat::Savepoint(it) => &mut it.operate,
            TriggerWhat::Checkpoint(it) => &mut it.operate,
        }),
        Command::Stop(it) => operating(&mut it.operate),
        Command::Cancel(it) => operating(&mut it.operate),
        Command::Restart(it) => Parts {
            how: Some(&mut it.how),
            ..operating(&mut it.operate)
        },
        Command::Delete(it) => planning(&mut it.planning),
        Command::Prune(it) => Parts {
            context: it.planning.connect.context.clone(),
            paths: Some(&mut it.paths),
            within: Some(&mut it.planning.within),
            how: Some(&mut it.planning.how),
            connect: Some(&mut it.planning.connect),
            write: Some(&mut it.planning.write),
            ..nothing()
        },
        Command::Apply(it) => planning(&mut it.planning),
        Command::Config(_) | Command::Completions { .. } | Command::Man => return None,
    })
}

fn looking<'a>(context: &InContext, look: &'a mut super::args::Look) -> Parts<'a> {
    Parts {
        context: context.name.clone(),
        paths: Some(&mut look.paths),
        how: Some(&mut look.how),
        ..Parts::default()
    }
}

fn writing<'a>(context: &InContext, write: &'a mut bool) -> Parts<'a> {
    Parts {
        context: context.name.clone(),
        write: Some(write),
        ..Parts::default()
    }
}

fn planning(planning: &mut Planning) -> Parts<'_> {
    Parts {
        context: planning.connect.context.clone(),
        paths: Some(&mut planning.within),
        how: Some(&mut planning.how),
        connect: Some(&mut planning.connect),
        write: Some(&mut planning.write),
        ..Parts::default()
    }
}

fn operating(operate: &mut Operate) -> Parts<'_> {
    Parts {
        write: Some(&mut operate.write),
        ..connecting(&mut operate.connect)
    }
}

fn connecting(connect: &mut Connect) -> Parts<'_> {
    Parts {
        context: connect.context.clone(),
        connect: Some(connect),
        ..Parts::default()
    }
}

/// What the command line itself says.
fn flags(parts: &Parts<'_>) -> Flags {
    let mut flags = Flags {
        context: parts.context.clone(),
        ..Flags::default()
    };
    // Paths take the place of the context's directories, unless these are looked in all the same.
    if let Some(paths) = parts.paths.as_ref().filter(|_| parts.within.is_none()) {
        flags.paths.clone_from(paths);
    }
    if let Some(how) = &parts.how {
        flags.maps.clone_from(&how.mappings);
        flags.levels = how.levels;
        flags.grace = how.grace;
    }
    if let Some(connect) = &parts.connect {
        flags.flink.clone_from(&connect.flink);
        flags.ca_file.clone_from(&connect.flink_ca);
        flags.certificate_file.clone_from(&connect.flink_cert);
        flags.key_file.clone_from(&connect.flink_key);
        flags.timeout = connect.flink_timeout;
        flags.credentials = credentials(connect);
    }
    if let Some(write) = &parts.write {
        flags.write = **write;
    }
    if let Some(no_history) = &parts.no_history {
        flags.history = no_history.then_some(false);
    }
    if let Some(screen) = &parts.screen {
        flags.theme = screen.theme.map(|theme| theme.name().to_owned());
        flags.ascii = screen.ascii;
        flags.mouse = screen.mouse;
    }
    flags
}

fn credentials(connect: &Connect) -> Option<Credentials> {
    match (
        &connect.flink_user,
        &connect.flink_password_file,
        &connect.flink_token_file,
    ) {
        (Some(user), Some(password_file), _) => Some(Credentials::Basic {
            user: user.clone(),
            password_file: password_file.clone(),
        }),
        (_, _, Some(file)) => Some(Credentials::BearerFile(file.clone())),
        _ => None,
    }
}
