//! How what runs without a screen is told to end: by a signal, and in good order.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender};

use crate::inventory::observe::Request;

/// What comes when a signal tells the program to end; a second one ends it at once.
///
/// # Errors
/// When the system refuses.
#[cfg(unix)]
pub fn told_to_end() -> io::Result<Receiver<()>> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::flag;

    let (told, ends) = crossbeam_channel::unbounded();
    let again = Arc::new(AtomicBool::new(false));
    let signals = [SIGHUP, SIGINT, SIGTERM];
    for signal in signals {
        flag::register_conditional_default(signal, again.clone())?;
        flag::register(signal, again.clone())?;
    }
    let mut signals = signal_hook::iterator::Signals::new(signals)?;
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            if signals.forever().next().is_some() {
                let _ = told.send(());
            }
        })?;
    Ok(ends)
}

/// There are no such signals here: what is never told never ends.
///
/// # Errors
/// None.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
pub fn told_to_end() -> io::Result<Receiver<()>> {
    Ok(crossbeam_channel::never())
}

/// Stops whoever watches, and is asked by `requests`, when something comes from `ends`.
///
/// # Errors
/// When the system refuses a thread.
pub fn stop_when_told(
    ends: Receiver<()>,
    stopped: Arc<AtomicBool>,
    requests: Sender<Request>,
) -> io::Result<()> {
    thread::Builder::new()
        .name("end".to_owned())
        .spawn(move || {
            if ends.recv().is_ok() {
                stopped.store(true, Ordering::Relaxed);
                // It may wait for long; this makes it look up.
                let _ = requests.send(Box::new(|_| ()));
            }
        })?;
    Ok(())
}
