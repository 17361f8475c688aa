//! The real program in a pseudo terminal, read back as a screen.
//!
//! A thread feeds what the program writes to a terminal emulator and keeps the bytes. Tests wait for a screen to look
//! as it should, never for a time; a wait that is in vain fails with the screen as it is.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use vt100::{Callbacks, Parser, Screen};

use crate::pty_screen::{FRAME, places, underlined};

/// Variables that would change what the program does.
pub(crate) const SETTINGS: [&str; 7] = [
    "FLINK_CONF_DIR",
    "FLINK_HOME",
    "STATEWARD_CONFIG",
    "STATEWARD_CONTEXT",
    "STATEWARD_FLINK",
    "STATEWARD_WRITE",
    "STATEWARD_THEME",
];

/// Long enough for any machine; what comes, comes much sooner.
const PATIENCE: Duration = Duration::from_secs(60);
/// Columns and rows that show every pane.
pub(crate) const LARGE: (u16, u16) = (120, 40);

/// The tabs of the detail, and their keys.
const TABS: [(&str, &str); 7] = [
    ("1", "Overview"),
    ("2", "Operators"),
    ("3", "Files"),
    ("4", "Rescale"),
    ("5", "Fate"),
    ("6", "Restart"),
    ("7", "Explain"),
];

/// What the emulator alone does not keep.
#[derive(Default)]
struct Extras {
    /// Questions for the place of the cursor that wait for an answer.
    asked: usize,
    /// What was put into the clipboard, in base64.
    clipboard: Option<String>,
}

impl Callbacks for Extras {
    fn copy_to_clipboard(&mut self, _: &mut Screen, _: &[u8], data: &[u8]) {
        self.clipboard = Some(String::from_utf8_lossy(data).into_owned());
    }

    fn unhandled_csi(
        &mut self,
        _: &mut Screen,
        _: Option<u8>,
        _: Option<u8>,
        params: &[&[u16]],
        c: char,
    ) {
        self.asked += usize::from(c == 'n' && params == [[6]]);
    }
}

/// All that the program has written so far.
struct Output {
    parser: Parser<Extras>,
    raw: Vec<u8>,
    over: bool,
}

impl Output {
    /// Whether only a part of a frame has come yet.
    fn within_frame(&self) -> bool {
        let last = |mark| places(&self.raw, mark).next_back();
        last(FRAME[0]) > last(FRAME[1])
    }
}

#[derive(Default)]
struct Shared {
    output: Mutex<Option<Output>>,
    changed: Condvar,
}

/// The program, running in a terminal. It is ended when this goes out of scope.
pub(crate) struct Pty {
    /// None after [`Pty::hang_up`].
    master: Option<Box<dyn MasterPty + Send>>,
    keyboard: Arc<Mutex<Option<Box<dyn Write + Send>>>>,
    reader: Option<JoinHandle<()>>,
    child: Box<dyn Child + Send + Sync>,
    shared: Arc<Shared>,
    /// The terminal's modes before the program ran.
    modes: String,
}

/// How to start the program.
pub(crate) struct Start {
    command: CommandBuilder,
    size: (u16, u16),
}

/// The program with these arguments.
pub(crate) fn start<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Start {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_stateward"));
    command.args(args);
    command.env_remove("NO_COLOR");
    for variable in SETTINGS {
        command.env_remove(variable);
    }
    for variable in ["XDG_CONFIG_HOME", "XDG_STATE_HOME"] {
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(variable);
        command.env(variable, home);
    }
    command.env("TERM", "xterm-256color");
    command.env("LC_ALL", "C.UTF-8");
    Start {
        command,
        size: LARGE,
    }
}

impl Start {
    pub(crate) fn env(mut self, key: &str, value: &str) -> Self {
        self.command.env(key, value);
        self
    }

    pub(crate) fn size(mut self, size: (u16, u16)) -> Self {
        self.size = size;
        self
    }

    pub(crate) fn run(self) -> Pty {
        let pair = native_pty_system().openpty(cells(self.size)).unwrap();
        let modes = modes(&*pair.master);
        let child = pair.slave.spawn_command(self.command).unwrap();
        // Only the program holds that side now, so that its end is the end of the output.
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let keyboard = Arc::new(Mutex::new(Some(pair.master.take_writer().unwrap())));
        let (columns, rows) = non_zero(self.size);
        let shared = Arc::new(Shared::default());
        *shared.output() = Some(Output {
            parser: Parser::new_with_callbacks(rows, columns, 0, Extras::default()),
            raw: Vec::new(),
            over: false,
        });
        let (to, answers) = (Arc::clone(&shared), Arc::clone(&keyboard));
        let reader = thread::spawn(move || {
            let mut bytes = [0; 1 << 14];
            loop {
                let read = reader.read(&mut bytes).unwrap_or(0);
                let answer = to.take_in(&bytes[..read]);
                let mut keyboard = answers.lock().unwrap();
                let Some(keyboard) = keyboard.as_mut().filter(|_| read > 0) else {
                    return;
                };
                let _ = keyboard.write_all(answer.as_bytes());
            }
        });
        Pty {
            master: Some(pair.master),
            keyboard,
            reader: Some(reader),
            child,
            shared,
            modes,
        }
    }
}

impl Shared {
    fn output(&self) -> MutexGuard<'_, Option<Output>> {
        // A failed wait panics while it holds the lock, and the other tests' threads have nothing to do with it.
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in what was read, and says what a terminal answers; nothing read is the end.
    fn take_in(&self, bytes: &[u8]) -> String {
        let mut answer = String::new();
        let mut output = self.output();
        if let Some(output) = output.as_mut() {
            output.raw.extend_from_slice(bytes);
            output.parser.process(bytes);
            output.over = bytes.is_empty();
            let (row, column) = output.parser.screen().cursor_position();
            for _ in 0..std::mem::take(&mut output.parser.callbacks_mut().asked) {
                let _ = write!(answer, "\x1b[{};{}R", row + 1, column + 1);
            }
        }
        self.changed.notify_all();
        answer
    }
}

impl Pty {
    fn with<T>(&self, look: impl FnOnce(&mut Output) -> T) -> T {
        look(self.shared.output().as_mut().unwrap())
    }

    /// Waits until what the running program has written fulfils a condition; never in the middle of a frame.
    fn wait(&self, what: &str, mut done: impl FnMut(&Output) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut output = self.shared.output();
        loop {
            let now = output.as_ref().unwrap();
            if !now.over && !now.within_frame() && done(now) {
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero() && !now.over,
                "no {what}; the program {}, the screen is\n{}",
                if now.over { "has ended" } else { "runs" },
                now.parser.screen().contents()
            );
            output = self
                .shared
                .changed
                .wait_timeout(output, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Waits until the screen fulfils a condition.
    pub(crate) fn wait_for(&self, what: &str, mut done: impl FnMut(&Screen) -> bool) {
        self.wait(what, |output| done(output.parser.screen()));
    }

    /// Waits until a text is on the screen.
    pub(crate) fn wait_for_text(&self, text: &str) {
        self.wait_for(&format!("`{text}`"), |screen| {
            screen.contents().contains(text)
        });
    }

    /// Waits until a text is no longer on the screen.
    pub(crate) fn wait_until_gone(&self, text: &str) {
        self.wait_for(&format!("screen without `{text}`"), |screen| {
            !screen.contents().contains(text)
        });
    }

    /// Opens one tab of the detail after the other, and waits for each to be drawn.
    pub(crate) fn open_each_tab(&self) {
        for (key, title) in TABS {
            self.send(key);
            self.wait_for(title, |screen| underlined(screen).contains(title));
        }
    }

    /// Waits until all roots were looked at.
    pub(crate) fn wait_until_live(&self) {
        self.wait_for_text(" live ");
    }

    /// The screen as it is.
    pub(crate) fn screen(&self) -> Screen {
        self.with(|output| output.parser.screen().clone())
    }

    /// The bytes that were written so far.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.with(|output| output.raw.clone())
    }

    /// What was put into the clipboard last, still in base64.
    pub(crate) fn clipboard(&self) -> Option<String> {
        self.with(|output| output.parser.callbacks().clipboard.clone())
    }

    /// Waits until something is put into the clipboard, and returns it, still in base64.
    pub(crate) fn wait_for_clipboard(&self) -> String {
        self.wait("clipboard", |output| {
            output.parser.callbacks().clipboard.is_some()
        });
        self.clipboard().unwrap()
    }

    /// Types.
    pub(crate) fn send(&self, keys: &str) {
        let mut keyboard = self.keyboard.lock().unwrap();
        let keyboard = keyboard.as_mut().unwrap();
        keyboard.write_all(keys.as_bytes()).unwrap();
    }

    /// Changes the terminal's size.
    pub(crate) fn resize(&self, size: (u16, u16)) {
        let (columns, rows) = non_zero(size);
        // The emulator first: nothing that is drawn for the new size may meet the old one.
        self.with(|output| {
            output.parser.set_size(rows, columns);
            self.master().resize(cells(size)).unwrap();
        });
    }

    /// The process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Sends a signal, by its name without `SIG`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.pid().to_string()])
            .status()
            .unwrap();
        assert!(sent.success(), "{name}");
    }

    fn master(&self) -> &dyn MasterPty {
        self.master.as_deref().unwrap()
    }

    /// Whether the program has the terminal: the alternate screen, no cursor, and modes of its own.
    pub(crate) fn is_taken(&self) -> bool {
        let screen = self.screen();
        screen.alternate_screen() && screen.hide_cursor() && modes(self.master()) != self.modes
    }

    /// Whether the terminal is as it was before the program ran: its own screen, a cursor, and the same modes.
    pub(crate) fn is_given_back(&self) -> bool {
        let screen = self.screen();
        !screen.alternate_screen() && !screen.hide_cursor() && modes(self.master()) == self.modes
    }

    /// Has the terminal as a shell has it that took it over from a stopped program.
    #[cfg(target_os = "linux")]
    pub(crate) fn take_over_as_a_shell(&self) {
        let sane = Command::new("stty")
            .arg("-F")
            .arg(self.master().tty_name().unwrap())
            .arg("sane")
            .status()
            .unwrap();
        assert!(sane.success());
        let prompt = b"\x1b[?1049l\x1b[?25h[1]+  Stopped\r\n$ ";
        self.with(|output| output.parser.process(prompt));
    }

    /// Waits for the end of the program, and returns how it ended.
    pub(crate) fn finish(&mut self) -> ExitStatus {
        eventually("end of the program", || {
            self.child.try_wait().unwrap().is_some()
        });
        // What it wrote last may not have been read yet.
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        self.child.wait().unwrap()
    }

    /// Closes the terminal as when its window is closed.
    pub(crate) fn hang_up(&mut self) {
        drop(self.keyboard.lock().unwrap().take());
        // The reader notices when something is written, and every holder of this side has to let it go.
        self.resize((LARGE.0 - 1, LARGE.1));
        self.reader.take().unwrap().join().unwrap();
        self.master = None;
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for something that nobody reports.
pub(crate) fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "no {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn cells((cols, rows): (u16, u16)) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn non_zero((columns, rows): (u16, u16)) -> (NonZeroU16, NonZeroU16) {
    (
        NonZeroU16::new(columns).unwrap(),
        NonZeroU16::new(rows).unwrap(),
    )
}

/// The modes of a terminal (raw or not, echo or not, and all others), to compare.
fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().unwrap())
}
