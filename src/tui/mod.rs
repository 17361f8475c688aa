//! The terminal: the only room that knows ratatui and crossterm.
//!
//! [`run`](run()) owns the model on the calling thread. Everything that happens arrives through one bounded channel: keys from
//! the input thread, signals, deltas of the inventory, answers to effects. It drains what is queued, then draws once,
//! and only when something visible changed; between events it sleeps until the next age on the screen has to change.

mod ages;
pub mod glyphs;
mod input;
mod run;
mod signals;
mod terminal;
pub mod text;
pub mod theme;
pub mod view;

pub use run::{Exit, Host, Loop};
pub use terminal::{Inbox, Options, before_exit, cells, heed_signals, run};
