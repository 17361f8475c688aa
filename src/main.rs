//! The `stateward` program: reads the command line, runs what was asked, and maps how it ended to an exit code.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use clap::Parser;
use stateward::cli;
use stateward::cli::args::Cli;
use stateward::cli::report::{Outcome, Report, ReportKind};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let Some(command) = &cli.command else {
        return ExitCode::SUCCESS;
    };
    let mut out = BufWriter::new(io::stdout());
    let mut err = io::stderr();
    let ended = cli::run(command, &mut out, &mut err).and_then(|outcome| {
        out.flush()?;
        Ok(outcome)
    });
    finish(ended, &mut err)
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
