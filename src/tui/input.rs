//! Keys, read on a thread of their own.

use std::io;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::Sender;
use crossterm::event::{
    self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEventKind,
};

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

fn pump(sender: &Sender<Message>, gate: &Gate) {
    let mut interrupted = false;
    loop {
        let Ok(event) = event::read() else {
            let _ = sender.send(Message::Terminate(run::SIGHUP));
            return;
        };
        let Some(message) = translate(&event) else {
            continue;
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
    fn a_closed_gate_opens_again() {
        let gate = Arc::new(Gate::default());
        gate.close();
        let other = Arc::clone(&gate);
        let waiter = thread::spawn(move || other.wait());
        gate.open();
        waiter.join().unwrap();
    }
}
