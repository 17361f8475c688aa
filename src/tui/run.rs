//! The loop: drain what happened, draw once, sleep.

use std::error::Error;
use std::io;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use ratatui::Terminal;
use ratatui::backend::Backend;

use super::view::{self, Look};
use crate::app::effect::Effect;
use crate::app::message::Message;
use crate::app::model::Model;
use crate::app::update::update;
use crate::domain::clock::Clock;

/// Frames that only show news from the inventory are at least this far apart; keys are answered at once.
const FRAME_GAP: Duration = Duration::from_millis(16);
/// So many messages at most before a frame, so that a flood cannot freeze the screen.
const BATCH: usize = 4_096;

/// What the loop needs from the terminal beyond cells.
pub trait Host {
    /// Called before a frame is written.
    ///
    /// # Errors
    /// When the terminal is not ours any more.
    fn before_frame(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Called after a frame was written.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn after_frame(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Puts text into the terminal's clipboard.
    ///
    /// # Errors
    /// When the terminal is gone.
    fn yank(&mut self, text: &str) -> io::Result<()>;

    /// Gives the terminal back and stops the process; returns when it runs again, with the terminal taken.
    ///
    /// # Errors
    /// When the terminal cannot be taken again.
    fn suspend(&mut self) -> io::Result<()>;

    /// Takes the terminal anew, after someone else stopped and continued the process.
    ///
    /// # Errors
    /// When it cannot be taken.
    fn resume(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// Called when all keys read so far are dealt with.
    fn keys_done(&mut self) {}
}

/// The numbers of signals as which a program also ends that got none.
pub(super) const SIGTERM: u8 = 15;
/// Likewise, where the terminal is gone.
pub(super) const SIGHUP: u8 = 1;

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// The user asked for it.
    Quit,
    /// The signal of this number did, or a part of the program that broke, as if by SIGTERM.
    Terminated(u8),
}

/// Everything the loop works with.
pub struct Loop<'a, B: Backend, H: Host> {
    /// Where frames go.
    pub terminal: &'a mut Terminal<B>,
    /// The rest of the terminal.
    pub host: &'a mut H,
    /// The state.
    pub model: &'a mut Model,
    /// Theme and marks.
    pub look: &'a Look,
    /// What happens.
    pub inbound: &'a Receiver<Message>,
    /// Takes the effects that are not the terminal's own. It must not block.
    pub effects: &'a mut dyn FnMut(Effect),
    /// Tells the time.
    pub clock: &'a dyn Clock,
}

impl<B, H> Loop<'_, B, H>
where
    B: Backend,
    B::Error: Error + Send + Sync + 'static,
    H: Host,
{
    /// Runs until someone wants to leave.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn run(mut self) -> io::Result<Exit> {
        let mut last_frame = Instant::now();
        if let Some(exit) = self.deal_with(None)? {
            return Ok(exit);
        }
        self.draw()?;
        loop {
            let Some(first) = self.wait(last_frame) else {
                return Ok(Exit::Terminated(SIGTERM));
            };
            if let Some(exit) = self.deal_with(first)? {
                return Ok(exit);
            }
            self.host.keys_done();
            if self.model.dirty {
                self.draw()?;
                last_frame = Instant::now();
            }
        }
    }

    /// Waits for the next message, or until an age on the screen has to change; none at all when nobody can send any.
    #[expect(
        clippy::option_option,
        reason = "two kinds of nothing: the time is up, and all is over"
    )]
    fn wait(&self, last_frame: Instant) -> Option<Option<Message>> {
        let until_change = self.model.wakes_in(self.clock).map(|left| {
            // A little more, so that it is over when we wake.
            Duration::try_from(left).unwrap_or(Duration::ZERO) + Duration::from_millis(1)
        });
        let message = match until_change {
            None => self.inbound.recv().ok()?,
            Some(timeout) => match self.inbound.recv_timeout(timeout) {
                Ok(message) => message,
                Err(RecvTimeoutError::Timeout) => return Some(None),
                Err(RecvTimeoutError::Disconnected) => return None,
            },
        };
        if matches!(message, Message::Inventory(_)) {
            std::thread::sleep(
                FRAME_GAP
                    .saturating_sub(last_frame.elapsed())
                    .min(FRAME_GAP),
            );
        }
        Some(Some(message))
    }

    /// Takes in the time, a message and all that are queued behind it.
    fn deal_with(&mut self, first: Option<Message>) -> io::Result<Option<Exit>> {
        let inbound = self.inbound;
        // The time comes first, since the last batch may lie hours back, and once more last, to settle what changed.
        let now = self.clock.now();
        let ticks = || std::iter::once(Message::Tick(now));
        let queued = first
            .into_iter()
            .chain(std::iter::from_fn(|| inbound.try_recv().ok()));
        for message in ticks().chain(queued.take(BATCH)).chain(ticks()) {
            let exit = match message {
                Message::Terminate(signal) => Exit::Terminated(signal),
                _ => Exit::Quit,
            };
            if matches!(message, Message::Continued) {
                self.host.resume()?;
                self.clear()?;
            }
            if self.take_in(message)? {
                return Ok(Some(exit));
            }
        }
        Ok(None)
    }

    /// Updates the model and carries out what follows; true to leave.
    fn take_in(&mut self, message: Message) -> io::Result<bool> {
        for effect in update(self.model, message) {
            match effect {
                Effect::Quit => return Ok(true),
                Effect::Suspend => {
                    self.host.suspend()?;
                    self.clear()?;
                }
                Effect::Yank(text) => {
                    let result = self
                        .host
                        .yank(&text)
                        .map(|()| text)
                        .map_err(|error| error.to_string());
                    update(self.model, Message::Yanked(result))
                        .into_iter()
                        .for_each(&mut *self.effects);
                }
                effect => (self.effects)(effect),
            }
        }
        Ok(false)
    }

    /// Has everything drawn anew. `Terminal::clear` would ask the terminal where its cursor is, and the answer would go
    /// to the thread that reads keys.
    fn clear(&mut self) -> io::Result<()> {
        self.model.dirty = true;
        let size = self.terminal.size().map_err(io::Error::other)?;
        self.terminal.resize(size.into()).map_err(io::Error::other)
    }

    fn draw(&mut self) -> io::Result<()> {
        let size = self.terminal.size().map_err(io::Error::other)?;
        if (size.width, size.height) != self.model.size {
            let resized = Message::Resized {
                columns: size.width,
                rows: size.height,
            };
            update(self.model, resized)
                .into_iter()
                .for_each(&mut *self.effects);
        }
        self.host.before_frame()?;
        let mut view = std::mem::take(&mut self.model.view);
        self.terminal
            .draw(|frame| view::draw(frame, self.model, &mut view, self.look))
            .map_err(io::Error::other)?;
        self.model.view = view;
        self.model.dirty = false;
        self.host.after_frame()
    }
}
