//! The terminal interface, as the command line wants it to look.

use std::io::{self, IsTerminal as _};

use crate::tui::theme::{Depth, ThemeName};
use crate::tui::{self, Exit};

use super::args::{self, Screen};
use super::report::{Outcome, Report, ReportKind};

/// How it looks and what it listens to.
pub fn options(screen: &Screen) -> tui::Options {
    let theme = match screen.theme {
        _ if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) => ThemeName::Mono,
        None | Some(args::ThemeName::Default) => ThemeName::Default,
        Some(args::ThemeName::Light) => ThemeName::Light,
        Some(args::ThemeName::HighContrast) => ThemeName::HighContrast,
        Some(args::ThemeName::Mono) => ThemeName::Mono,
    };
    let told = |name| std::env::var(name).unwrap_or_default();
    tui::Options {
        theme,
        depth: Depth::told(&told("TERM"), &told("COLORTERM")),
        ascii: screen.ascii,
        mouse: screen.mouse,
    }
}

/// Refuses where there is no terminal to draw on.
///
/// # Errors
/// When input or output is none; `instead` says what to do then.
pub fn needs_terminal(instead: &str) -> Result<(), Report> {
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return Ok(());
    }
    Err(Report::new(
        ReportKind::Usage,
        "the terminal interface needs a terminal for input and output",
    )
    .hint(instead))
}

/// How it ended.
pub fn outcome(exit: Exit) -> Outcome {
    match exit {
        Exit::Quit => Outcome::Done,
        Exit::Terminated(signal) => Outcome::Terminated(signal),
    }
}
