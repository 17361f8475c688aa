//! The `stateward` program: reads the command line, runs what was asked, and maps how it ended to an exit code.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use stateward::cli;
use stateward::cli::args::{self, Cli};
use stateward::cli::report::{Outcome, Report, ReportKind};
use stateward::inventory::observe;
use stateward::runtime::Runtime;
use stateward::store::local::LocalStore;
use stateward::tui::theme::ThemeName;
use stateward::tui::{self, Exit};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let mut err = io::stderr();
    let Some(command) = &cli.command else {
        return finish(open_screen(&cli), &mut err);
    };
    let mut out = BufWriter::new(io::stdout());
    let ended = cli::run(command, &mut out, &mut err).and_then(|outcome| {
        out.flush()?;
        Ok(outcome)
    });
    finish(ended, &mut err)
}

/// Opens the terminal interface on what the command line names.
fn open_screen(cli: &Cli) -> Result<Outcome, Report> {
    cli::open::refuse_misspelt_commands(&cli.look.paths)?;
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        return Err(Report::new(
            ReportKind::Usage,
            "the terminal interface needs a terminal for input and output",
        )
        .hint("use a command such as `stateward ls` or `stateward watch` instead"));
    }
    let (asked, roots) = cli::open::roots(&cli.look.paths, cli.look.how.levels)?;
    let theme = match cli.screen.theme {
        _ if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) => ThemeName::Mono,
        args::ThemeName::Default => ThemeName::Default,
        args::ThemeName::Light => ThemeName::Light,
        args::ThemeName::HighContrast => ThemeName::HighContrast,
        args::ThemeName::Mono => ThemeName::Mono,
    };
    let options = tui::Options {
        theme,
        ascii: cli.screen.ascii,
        mouse: cli.screen.mouse,
    };
    // Around one snapshot its siblings are shown too; it is the one to look at.
    let select = asked
        .into_iter()
        .find(|asked| roots.iter().all(|root| root.location != *asked));
    let inbox = tui::Inbox::default();
    let statuses = roots.iter().map(observe::not_yet_seen).collect();
    let failed = |doing: &str| {
        let doing = doing.to_owned();
        move |error: io::Error| {
            Report::new(ReportKind::BadInput, format!("cannot {doing}: {error}"))
        }
    };
    let runtime = Runtime::start(
        Arc::new(LocalStore),
        cli.look.how.rules(),
        roots,
        inbox.sender.clone(),
    )
    .map_err(failed("start watching"))?;
    match tui::run(options, &inbox, statuses, select, |effect| {
        runtime.execute(effect);
    })
    .map_err(failed("use the terminal"))?
    {
        Exit::Quit => Ok(Outcome::Done),
        Exit::Terminated => Ok(Outcome::Terminated),
    }
}

fn finish(ended: Result<Outcome, Report>, err: &mut dyn Write) -> ExitCode {
    match ended {
        Ok(outcome) => ExitCode::from(outcome.exit_code()),
        Err(report) => {
            if report.kind != ReportKind::OutputClosed {
                // Nothing is left to do if standard error is closed too.
                let _ = writeln!(err, "{report}");
            }
            ExitCode::from(report.kind.exit_code())
        }
    }
}
