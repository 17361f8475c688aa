//! Keys, read on a thread of their own.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use crossterm::event::{
    self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind,
};
use crossterm::terminal::size;

use super::run;
use super::terminal;
use crate::app::command::CommandId;
use crate::app::key::Key;
use crate::app::message::Message;

/// Keeps the reader off the terminal while the process is being stopped, so that it takes no key meant for the shell.
#[derive(Debug, Default)]
pub(super) struct Gate {
    closed: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    /// Lets the reader go on.
    pub(super) fn open(&self) {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = false;
        self.opened.notify_all();
    }

    fn close(&self) {
        *self.closed.lock().unwrap_or_else(PoisonError::into_inner) = true;
    }

    fn wait(&self) {
        let closed = self.closed.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.opened.wait_while(closed, |closed| *closed));
    }
}

/// Starts to read. The thread ends with the process, or when nobody listens any more.
pub(super) fn listen(sender: &Sender<Message>, gate: &Arc<Gate>) -> io::Result<()> {
    let (sender, gate) = (sender.clone(), Arc::clone(gate));
    thread::Builder::new()
        .name("input".to_owned())
        .spawn(move || pump(&sender, &gate))?;
    Ok(())
}

/// So long after another size of the screen a key may have been meant for what was there before.
const JUST_RESIZED: Duration = Duration::from_millis(150);

/// What came just before a key, and what comes right after it.
#[derive(Debug)]
struct Pace {
    /// The size of the screen, as far as is known.
    size: (u16, u16),
    /// When it had another one last.
    resized: Option<Instant>,
    /// Whether more had come already, when the last event was taken.
    more: bool,
}

impl Pace {
    /// Nothing has come yet, on a screen of this size.
    fn on(size: (u16, u16)) -> Self {
        Self {
            size,
            resized: None,
            more: false,
        }
    }

    /// Takes in that something came at this time, and whether more has already: whether it came in one with others. Of another
    /// size a key may tell first, as the terminal says so on another way.
    fn is_rushed(&mut self, now: Instant, size: (u16, u16), more: bool) -> bool {
        let after_others = std::mem::replace(&mut self.more, more);
        if std::mem::replace(&mut self.size, size) != size {
            self.resized = Some(now);
        }
        let just_resized = |at: Instant| now.duration_since(at) < JUST_RESIZED;
        after_others || more || self.resized.is_some_and(just_resized)
    }
}

fn pump(sender: &Sender<Message>, gate: &Gate) {
    let mut interrupted = false;
    let mut pace = Pace::on(size().unwrap_or_default());
    loop {
        let Ok(event) = event::read() else {
            let _ = sender.send(Message::Terminate(run::SIGHUP));
            return;
        };
        let message = translate(&event);
        // What follows this key is not taken from the shell.
        let leaves = matches!(message, Some(Message::Key(Key::Ctrl('z'))));
        let more = !leaves && event::poll(Duration::ZERO).unwrap_or(false);
        let is_rushed = pace.is_rushed(Instant::now(), size().unwrap_or(pace.size), more);
        let message = match message {
            Some(Message::Key(key @ Key::Char(_))) if is_rushed => Message::Rushed(key),
            Some(message) => message,
            None => continue,
        };
        match message {
            Message::Key(Key::Ctrl('c')) => {
                if interrupted {
                    // The first one should have ended the program long ago: something hangs.
                    terminal::exit(130);
                }
                interrupted = true;
                let _ = sender.send_timeout(message, Duration::from_millis(200));
            }
            Message::Key(Key::Ctrl('z')) => {
                gate.close();
                if sender.send(message).is_err() {
                    return;
                }
                gate.wait();
            }
            message => {
                if sender.send(message).is_err() {
                    return;
                }
            }
        }
    }
}

fn translate(event: &Event) -> Option<Message> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => name(key).map(Message::Key),
        Event::Paste(text) => Some(Message::Pasted(text.clone())),
        Event::Resize(columns, rows) => Some(Message::Resized {
            columns: *columns,
            rows: *rows,
        }),
        Event::Mouse(mouse) => match mouse.kind {
            MouseEventKind::ScrollUp => Some(Message::Command(CommandId::Up)),
            MouseEventKind::ScrollDown => Some(Message::Command(CommandId::Down)),
            MouseEventKind::Down(MouseButton::Left) => Some(Message::Click {
                column: mouse.column,
                row: mouse.row,
            }),
            _ => None,
        },
        _ => None,
    }
}

fn name(key: &KeyEvent) -> Option<Key> {
    if key.modifiers.contains(KeyModifiers::ALT) {
        return None;
    }
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Char(c) if control => Key::Ctrl(c.to_ascii_lowercase()),
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(code: KeyCode, modifiers: KeyModifiers) -> Option<Key> {
        name(&KeyEvent::new(code, modifiers))
    }

    #[test]
    fn keys_have_names() {
        assert_eq!(
            key(KeyCode::Char('G'), KeyModifiers::SHIFT),
            Some(Key::Char('G'))
        );
        assert_eq!(
            key(KeyCode::Char('C'), KeyModifiers::CONTROL),
            Some(Key::Ctrl('c'))
        );
        assert_eq!(key(KeyCode::Char('j'), KeyModifiers::ALT), None);
        assert_eq!(
            key(KeyCode::BackTab, KeyModifiers::SHIFT),
            Some(Key::BackTab)
        );
    }

    #[test]
    fn what_comes_alone_is_not_rushed() {
        let (start, size) = (Instant::now(), (80, 24));
        let later = |millis| start + Duration::from_millis(millis);
        let mut pace = Pace::on(size);
        assert!(!pace.is_rushed(start, size, false));
        // Of several the first and the last, too.
        assert!(pace.is_rushed(start, size, true));
        assert!(pace.is_rushed(start, size, false));
        assert!(!pace.is_rushed(start, size, false));
        assert!(pace.is_rushed(start, (60, 20), false));
        assert!(pace.is_rushed(later(100), (60, 20), false));
        assert!(!pace.is_rushed(later(150), (60, 20), false));
    }

    #[test]
    fn a_closed_gate_opens_again() {
        let gate = Arc::new(Gate::default());
        gate.close();
        let other = Arc::clone(&gate);
        let waiter = thread::spawn(move || other.wait());
        gate.open();
        waiter.join().unwrap();
    }
}
