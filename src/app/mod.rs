//! The state machine behind the screen, free of any terminal.
//!
//! [`update`](update::update) takes a [`Model`](model::Model) and a [`Message`](message::Message), changes the model
//! and answers with [`Effect`](effect::Effect)s for others to carry out. It never blocks, does no I/O and reads no
//! clock: time arrives in messages. What can be pressed is one table, [`command`].

pub mod asking;
pub mod called;
pub mod clusters;
pub mod command;
pub mod demo;
mod detail;
pub mod dialog;
pub mod effect;
pub mod explain;
pub mod filter;
mod filtering;
pub mod form;
mod gone;
pub mod holds;
pub mod key;
pub mod marking;
pub mod message;
pub mod model;
mod moves;
pub mod operations;
pub mod order;
pub mod palette;
pub mod planned;
pub mod planning;
pub mod popup;
mod press;
pub mod replay;
pub mod rescale;
pub mod seen;
pub mod sheet;
pub mod sort;
pub mod space;
pub mod staging;
pub mod timeline;
pub mod trash;
mod typing;
pub mod update;
mod verifying;
mod view_state;
pub mod whatif;
mod yank;
