//! The command line: one file a verb. Nothing is decided here; verbs ask the rooms below and print what they say.

pub mod args;
mod around;
pub mod cancel;
pub mod carry;
pub mod check;
pub mod config;
pub mod connect;
pub mod delete;
pub mod demo;
mod elsewhere;
pub mod explain;
pub mod history;
pub mod hold;
mod interruption;
pub mod job;
pub mod jobs;
pub mod latest;
pub mod ls;
pub mod mark;
mod no_snapshot;
pub mod open;
pub mod operate;
pub mod orphans;
pub mod output;
pub mod plain;
pub mod planned;
pub mod prune;
pub mod record;
pub mod replay;
pub mod report;
pub mod restart;
pub mod resume;
pub mod screen;
pub mod settle;
pub mod show;
pub mod stop;
pub mod summary;
mod told;
pub mod trash;
pub mod trigger;
pub mod undo;
mod unfinished;
pub mod verify;
pub mod watch;
mod what_if;

use std::io::Write;

use clap::CommandFactory;

use args::{Cli, Command};
use report::{Outcome, Report};

/// Runs a verb.
///
/// # Errors
/// When it could not do what was asked.
pub fn run(command: &Command, out: &mut dyn Write, err: &mut dyn Write) -> Result<Outcome, Report> {
    match command {
        Command::Ls(args) => ls::run(args, out, err),
        Command::Show(args) => show::run(args, out, err),
        Command::Explain(args) => explain::run(args, out, err),
        Command::Latest(args) => latest::run(args, out, err),
        Command::Verify(args) => verify::run(args, out, err),
        Command::Check(args) => check::run(args, out),
        Command::Orphans(args) => orphans::run(args, out, err),
        Command::Mark(args) => mark::mark(args, out, err),
        Command::Unmark(args) => mark::unmark(args, out),
        Command::Marks(args) => mark::marks(args, out, err),
        Command::Hold(args) => hold::hold(args, out, err),
        Command::Release(args) => hold::release(args, out, err),
        Command::Holds(args) => hold::holds(args, out, err),
        Command::Demo(args) => demo::list(args, out),
        Command::Config(args) => config::run(args, out),
        Command::Jobs(args) => jobs::run(args, out, err),
        Command::Trigger(args) => trigger::run(args, out, err),
        Command::Stop(args) => stop::run(args, out, err),
        Command::Cancel(args) => cancel::run(args, out, err),
        Command::Restart(args) => restart::run(args, out, err),
        Command::Delete(args) => delete::run(args, out, err),
        Command::Prune(args) => prune::run(args, out, err),
        Command::Apply(args) => delete::apply(args, out, err),
        Command::Trash(args) => trash::run(args, out, err),
        Command::Undo(args) => undo::run(args, out, err),
        Command::Resume(args) => resume::run(args, out, err),
        Command::History(args) => history::run(args, out, err),
        Command::Record(args) => record::run(args, err),
        Command::Replay(args) => replay::run(args, out, err),
        Command::Watch(args) => watch::run(args, std::io::stdout(), std::io::stderr()),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "stateward", &mut script);
            out.write_all(&script)?;
            Ok(Outcome::Done)
        }
        Command::Man => {
            clap_mangen::Man::new(Cli::command()).render(&mut *out)?;
            Ok(Outcome::Done)
        }
    }
}
