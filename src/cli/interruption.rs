//! How what moves files or waits for a cluster is told to end: by a signal, and in good order.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

/// `SIGINT`, where no signal came.
const CTRL_C: usize = 2;

/// The signal that came, by its number; nothing where none did. Signals are the process's own.
static CAME: LazyLock<Arc<AtomicUsize>> = LazyLock::new(Arc::default);

/// Set by the first signal that tells the program to end, so that it can be said what is still under way; a second one ends it at
/// once.
///
/// # Errors
/// When the system refuses.
#[cfg(unix)]
pub(super) fn interruption() -> io::Result<Arc<AtomicBool>> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::flag;

    let told = Arc::new(AtomicBool::new(false));
    let signals = [(SIGHUP, 1), (SIGINT, CTRL_C), (SIGTERM, 15)];
    for (signal, number) in signals {
        flag::register_conditional_default(signal, told.clone())?;
        flag::register_usize(signal, CAME.clone(), number)?;
    }
    // Once all know what a second one does.
    for (signal, _) in signals {
        flag::register(signal, told.clone())?;
    }
    Ok(told)
}

/// There are no such signals here: what is never told never ends.
///
/// # Errors
/// None.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
pub(super) fn interruption() -> io::Result<Arc<AtomicBool>> {
    Ok(Arc::default())
}

/// The exit code of what a signal ended: 128 and its number, as shells expect.
pub(super) fn exit_code() -> u8 {
    let number = match CAME.load(Ordering::Relaxed) {
        0 => CTRL_C,
        number => number,
    };
    u8::try_from(128 + number).unwrap_or(u8::MAX)
}
