//! The `stateward` program: reads the command line, runs what was asked, and maps how it ended to an exit code.

use std::borrow::Cow;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use jiff::Timestamp;
use stateward::analysis::check::Level;
use stateward::app::explain::Tone;
use stateward::app::model::Model;
use stateward::cli;
use stateward::cli::args::{self, Cli, Command};
use stateward::cli::plain::Plain;
use stateward::cli::report::{Outcome, Report, ReportKind};
use stateward::cli::settle::Settled;
use stateward::config::SetAside;
use stateward::config::connection::Connection;
use stateward::domain::clock::Clock;
use stateward::domain::cluster::ClusterId;
use stateward::domain::text::scrub;
use stateward::flink::poll;
use stateward::inventory::catalog::Rules;
use stateward::inventory::scan::Root;
use stateward::inventory::{discover, observe};
use stateward::runtime::Runtime;
use stateward::runtime::demo::{Demo, Place};
use stateward::runtime::history::Keep;
use stateward::store::clock::MachineClock;
use stateward::store::local::{LocalStore, location_of};
use stateward::tui;

fn main() -> ExitCode {
    let mut cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            print_slip(&error);
            let is_check = std::env::args_os().nth(1).is_some_and(|it| it == "check");
            let code = match error.exit_code() {
                // To a monitor 2 is CRITICAL, and a slip of the hand says nothing of the snapshots.
                2 if is_check => Outcome::Checked(Level::Unknown).exit_code(),
                code => u8::try_from(code).unwrap_or(2),
            };
            if error.use_stderr() && std::env::args_os().any(|it| it == "--json") {
                // Whoever reads standard output alone is told as well.
                let document = cli::report::slip(&error.render().to_string(), code);
                let _ = cli::output::json(&mut io::stdout(), &document);
            }
            return ExitCode::from(code);
        }
    };
    let mut err = io::stderr();
    let settled = cli::settle::settle(&mut cli);
    let command = match &cli.command {
        None => {
            let ended = settled.and_then(|it| open_screen(&cli, it.set_aside.as_ref()));
            return finish(ended, &mut err);
        }
        Some(Command::Demo(demo)) if !demo.list => {
            return finish(settled.and_then(|_| open_demo(demo)), &mut err);
        }
        Some(command) => command,
    };
    let ascii = settled.as_ref().is_ok_and(|settled| settled.ascii);
    let mut err: Box<dyn Write> = if ascii {
        Box::new(Plain(err))
    } else {
        Box::new(err)
    };
    if let Ok(Settled {
        set_aside: Some(aside),
        ..
    }) = &settled
    {
        // As with a report, there is nobody else to tell.
        let _ = writeln!(
            err,
            "stateward: note: {aside}; its roots, credentials and write are for its own (name both on the command line to use them together)"
        );
    }
    let out = BufWriter::new(io::stdout());
    let mut out: Box<dyn Write> = if ascii && !command.is_for_programs() {
        Box::new(Plain(out))
    } else {
        Box::new(out)
    };
    let ended = settled
        .and_then(|_| cli::run(command, &mut *out, &mut *err))
        .and_then(|outcome| {
            out.flush()?;
            Ok(outcome)
        });
    if let (Err(report), Command::Check(args)) = (&ended, command) {
        return finish(cli::check::failed(args, report, &mut *out), &mut *err);
    }
    if let (Err(report), true) = (&ended, command.wants_json()) {
        // Whoever reads standard output alone is told as well.
        let _ = cli::output::json(&mut *out, &report.document()).and_then(|()| out.flush());
    }
    finish(ended, &mut *err)
}

/// Says what is wrong with the command line. What was typed may have been pasted from anywhere, and commands none of the
/// terminal.
fn print_slip(error: &clap::Error) {
    let plain = error.render().to_string();
    let is_plain = |line: &str| matches!(scrub(line), Cow::Borrowed(_));
    // Nothing is left to do if the output is closed.
    let _ = if plain.lines().all(is_plain) {
        error.print()
    } else {
        plain
            .lines()
            .try_for_each(|line| writeln!(io::stderr(), "{}", scrub(line)))
    };
}

/// Opens the terminal interface on what the command line names.
fn open_screen(cli: &Cli, set_aside: Option<&SetAside>) -> Result<Outcome, Report> {
    cli::open::refuse_misspelt_commands(&cli.look.paths)?;
    cli::screen::needs_terminal(
        "use a command such as `stateward ls` or `stateward watch` instead",
    )?;
    let connections = cli.connect.clusters.clone();
    // Clusters tell where they write to; the working directory is looked at only without them.
    let (asked, roots) = if cli.look.paths.is_empty() && !connections.is_empty() {
        (Vec::new(), Vec::new())
    } else {
        cli::open::roots(&cli.look.paths, cli.look.how.levels())?
    };
    let options = cli::screen::options(&cli.screen);
    // Around one snapshot its siblings are shown too; it is the one to look at.
    let select = asked
        .into_iter()
        .find(|asked| roots.iter().all(|root| root.location != *asked));
    let inbox = tui::Inbox::default();
    let clusters = connections
        .iter()
        .zip(0..)
        .map(|(connection, id)| poll::not_yet(ClusterId(id), connection));
    let mut model = Model::new(roots.iter().map(observe::not_yet_seen), Timestamp::now())
        .asking(clusters)
        .writing(cli.write)
        .in_danger(cli.danger)
        .going_to(select);
    if let Some(aside) = set_aside {
        model.say(Tone::Warning, aside.to_string());
    }
    let mut runtime = Runtime::start(
        Arc::new(LocalStore),
        cli.look.how.rules(),
        roots,
        inbox.sender.clone(),
        if cli.no_history {
            Keep::InMemory
        } else {
            Keep::OnDisk
        },
    )
    .map_err(failed("start watching"))?;
    if let Ok(permission) = cli::connect::permission_of(cli.write) {
        runtime.allow(permission);
    }
    for (connection, id) in connections.iter().zip(0..) {
        runtime
            .poll(ClusterId(id), connection)
            .map_err(failed("start asking a cluster"))?;
    }
    let outcome = show(options, &inbox, model, &MachineClock, &runtime)?;
    let left = runtime.leave(&cli::connect::named(&cli.connect));
    for sentence in &left {
        // The screen is gone, and with it what it said.
        let _ = writeln!(io::stderr(), "stateward: {sentence}");
    }
    Ok(match outcome {
        Outcome::Done if !left.is_empty() => Outcome::Negative,
        outcome => outcome,
    })
}

/// Opens it on a simulated Flink, which ends with it.
fn open_demo(args: &args::Demo) -> Result<Outcome, Report> {
    let setup = cli::demo::setup(args)?;
    cli::screen::needs_terminal("`--list` tells what there is to see")?;
    let inbox = tui::Inbox::default();
    // From now on a signal ends the program in good order, so that nothing is left behind.
    tui::heed_signals(&inbox).map_err(failed("heed signals"))?;
    let stage = cli::demo::stage(args)?;
    let root = Root {
        location: location_of(stage.path()).map_err(failed("find the demonstration"))?,
        depth: discover::DEFAULT_DEPTH,
    };
    let place = Place::new(stage);
    tui::before_exit(place.at_last());
    let permission = cli::connect::permission_of(true)?;
    let demo = Demo::start(permission, setup, place, inbox.sender.clone())
        .map_err(|error| cli::demo::failed(&error))?;
    let clock = demo.clock();
    let connection = Connection::to(&demo.shown().url)
        .map_err(|error| Report::new(ReportKind::BadInput, format!("cannot reach it: {error}")))?;
    let connection = Connection {
        name: "simulated".to_owned(),
        ..connection
    };
    let model = Model::new([observe::not_yet_seen(&root)], clock.now())
        .asking([poll::not_yet(ClusterId(0), &connection)])
        .writing(true)
        .demonstrating(demo.shown().clone());
    let rules = Rules {
        clock: clock.clone(),
        ..Rules::default()
    };
    let mut runtime = Runtime::start(
        Arc::new(LocalStore),
        rules,
        vec![root],
        inbox.sender.clone(),
        Keep::InMemory,
    )
    .map_err(failed("start watching"))?;
    runtime.demonstrate(demo);
    runtime.allow(permission);
    runtime
        .poll(ClusterId(0), &connection)
        .map_err(failed("start asking a cluster"))?;
    let directory = model.demo.as_ref().map(|it| it.directory.clone());
    let options = cli::screen::options(&args.screen);
    let outcome = show(options, &inbox, model, &*clock, &runtime)?;
    // It clears away what it wrote.
    drop(runtime);
    let left = cli::demo::left(args, &directory.unwrap_or_default());
    let _ = writeln!(io::stderr(), "stateward: {left}");
    Ok(outcome)
}

fn failed(doing: &str) -> impl FnOnce(io::Error) -> Report {
    let doing = doing.to_owned();
    move |error| Report::new(ReportKind::BadInput, format!("cannot {doing}: {error}"))
}

/// Shows the screen until the user leaves.
fn show(
    options: tui::Options,
    inbox: &tui::Inbox,
    model: Model,
    clock: &dyn Clock,
    runtime: &Runtime,
) -> Result<Outcome, Report> {
    tui::run(options, inbox, model, clock, |effect| {
        runtime.execute(effect);
    })
    .map(cli::screen::outcome)
    .map_err(failed("use the terminal"))
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
