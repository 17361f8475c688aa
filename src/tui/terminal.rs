//! Taking the terminal, and giving it back whatever happens.

use std::io::{self, BufWriter, IsTerminal as _, Stdout, Write as _, stdout};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Once, PoisonError};

use base64::Engine as _;
use crossbeam_channel::{Receiver, Sender, bounded};
use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::execute;
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use super::glyphs;
use super::input::{self, Gate};
use super::run::{Exit, Host, Loop, SIGTERM};
use super::signals;
use super::theme::{Depth, Theme, ThemeName};
use super::view::Look;
use crate::app::effect::Effect;
use crate::app::message::Message;
use crate::app::model::Model;
use crate::domain::clock::Clock;

/// How the screen looks and what it listens to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// The looks. `NO_COLOR` asks for [`ThemeName::Mono`]; whoever reads the environment says so here.
    pub theme: ThemeName,
    /// How many colours the terminal has; whoever reads the environment says so here.
    pub depth: Depth,
    /// Nothing but ASCII.
    pub ascii: bool,
    /// Listen to the mouse, which takes text selection from the terminal.
    pub mouse: bool,
}

impl Options {
    fn look(self) -> Look {
        Look {
            theme: Theme::within(self.theme, self.depth),
            glyphs: if self.ascii {
                glyphs::ASCII
            } else {
                glyphs::UNICODE
            },
        }
    }
}

/// How many cells wide the terminal is that standard output goes to; none where that is no terminal.
pub fn cells() -> Option<usize> {
    if !stdout().is_terminal() {
        return None;
    }
    let (columns, _) = crossterm::terminal::size().ok()?;
    Some(usize::from(columns))
}

/// The one channel that everything arrives through.
#[derive(Debug, Clone)]
pub struct Inbox {
    /// For everyone who has news: clone it.
    pub sender: Sender<Message>,
    /// For the loop.
    pub receiver: Receiver<Message>,
}

impl Default for Inbox {
    fn default() -> Self {
        // Bounded: a fast scan waits for the screen, not the other way round.
        let (sender, receiver) = bounded(1_024);
        Self { sender, receiver }
    }
}

/// Whether the terminal is ours. Whoever flips it does the work, so that giving back happens once.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// Whether mouse reports were asked for.
static MOUSE: AtomicBool = AtomicBool::new(false);

fn take(mouse: bool) -> io::Result<()> {
    MOUSE.store(mouse, Ordering::Relaxed);
    TAKEN.store(true, Ordering::SeqCst);
    enable_raw_mode()?;
    // What is pasted is text, and none of it a key.
    execute!(stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
    if mouse {
        execute!(stdout(), EnableMouseCapture)?;
    }
    Ok(())
}

/// Gives the terminal back. Does nothing when it is not taken; errors have nowhere to go.
pub(super) fn give_back() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    if MOUSE.load(Ordering::Relaxed) {
        let _ = execute!(stdout(), DisableMouseCapture);
    }
    let _ = execute!(
        stdout(),
        EndSynchronizedUpdate,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    );
    let _ = disable_raw_mode();
}

/// What has to be done before the process ends without further ado.
static LAST: Mutex<Option<Box<dyn FnOnce() + Send>>> = Mutex::new(None);

/// Has something done even where a second signal or interrupt ends the process at once.
pub fn before_exit(last: impl FnOnce() + Send + 'static) {
    *LAST.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(last));
}

/// Ends the process at once.
pub(super) fn exit(code: i32) -> ! {
    give_back();
    let last = LAST.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(last) = last {
        last();
    }
    std::process::exit(code);
}

/// Turns signals into messages from now on. The screen does so anyway; whoever has something to clear up after a signal
/// asks for it before there is.
///
/// # Errors
/// When the system refuses.
pub fn heed_signals(inbox: &Inbox) -> io::Result<()> {
    signals::listen(&inbox.sender)
}

/// Gives the terminal back when it goes out of scope.
struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        give_back();
    }
}

/// A panic's message must not be lost with the alternate screen. One on another thread ends the screen too: what it was
/// to deliver would be missing without a word.
fn give_back_on_panic(sender: Sender<Message>) {
    static ONCE: Once = Once::new();
    ONCE.call_once(move || {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            give_back();
            let _ = sender.try_send(Message::Terminate(SIGTERM));
            previous(info);
        }));
    });
}

/// The real terminal.
struct Tty {
    mouse: bool,
    gate: Arc<Gate>,
}

impl Host for Tty {
    fn before_frame(&mut self) -> io::Result<()> {
        if !TAKEN.load(Ordering::SeqCst) {
            return Err(io::Error::other("the terminal was given back"));
        }
        execute!(stdout(), BeginSynchronizedUpdate)
    }

    fn after_frame(&mut self) -> io::Result<()> {
        execute!(stdout(), EndSynchronizedUpdate)
    }

    fn yank(&mut self, text: &str) -> io::Result<()> {
        let payload = base64::engine::general_purpose::STANDARD.encode(text);
        let mut out = stdout().lock();
        write!(out, "\x1b]52;c;{payload}\x07")?;
        out.flush()
    }

    fn suspend(&mut self) -> io::Result<()> {
        give_back();
        signals::stop()?;
        take(self.mouse)
    }

    fn resume(&mut self) -> io::Result<()> {
        // The shell may have changed the modes behind our back; only a fresh start sets them again.
        give_back();
        take(self.mouse)
    }

    fn keys_done(&mut self) {
        self.gate.open();
    }
}

/// Shows the screen from this model on until the user leaves.
///
/// Everything that happens arrives through `inbox`; `effects` is called on this thread for each effect that is not the
/// terminal's own and must not block.
///
/// # Errors
/// When the terminal cannot be taken or written to.
pub fn run(
    options: Options,
    inbox: &Inbox,
    mut model: Model,
    clock: &dyn Clock,
    mut effects: impl FnMut(Effect),
) -> io::Result<Exit> {
    give_back_on_panic(inbox.sender.clone());
    let _guard = Guard;
    take(options.mouse)?;
    let gate = Arc::new(Gate::default());
    signals::listen(&inbox.sender)?;
    input::listen(&inbox.sender, &gate)?;
    let out: BufWriter<Stdout> = BufWriter::with_capacity(1 << 16, stdout());
    let mut terminal = Terminal::new(CrosstermBackend::new(out))?;
    Loop {
        terminal: &mut terminal,
        host: &mut Tty {
            mouse: options.mouse,
            gate,
        },
        model: &mut model,
        look: &options.look(),
        inbound: &inbox.receiver,
        effects: &mut effects,
        clock,
    }
    .run()
}
