//! Signals: an orderly end, and stopping and going on under a shell.

use std::io;
#[cfg(unix)]
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Sender;

use crate::app::message::Message;

/// Turns signals into messages, for whoever asked first. A second request to end is obeyed at once.
#[cfg(unix)]
pub(super) fn listen(sender: &Sender<Message>) -> io::Result<()> {
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
    use signal_hook::iterator::Signals;

    use crate::app::command::CommandId;

    static LISTENING: AtomicBool = AtomicBool::new(false);
    if LISTENING.swap(true, Ordering::SeqCst) {
        return Ok(());
    }
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGCONT])?;
    let sender = sender.clone();
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            let mut asked = false;
            for signal in signals.forever() {
                let message = match signal {
                    SIGTSTP => Message::Command(CommandId::Suspend),
                    SIGCONT => Message::Continued,
                    signal if asked => {
                        super::terminal::exit(128 + signal);
                    }
                    signal => {
                        asked = true;
                        Message::Terminate(u8::try_from(signal).unwrap_or(super::run::SIGTERM))
                    }
                };
                if sender.send(message).is_err() {
                    return;
                }
            }
        })?;
    Ok(())
}

/// Stops the process as the shell expects it; returns when it goes on.
#[cfg(unix)]
pub(super) fn stop() -> io::Result<()> {
    signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)
}

/// There are no such signals here.
#[cfg(not(unix))]
pub(super) fn listen(_: &Sender<Message>) -> io::Result<()> {
    Ok(())
}

/// There is no job control here.
#[cfg(not(unix))]
pub(super) fn stop() -> io::Result<()> {
    Ok(())
}
