//! An inspector and steward for Apache Flink checkpoints and savepoints.
//!
//! Flink leaves operators with directories. stateward reads them without a JVM and says of each snapshot what it is,
//! what it holds and costs, whether it can be restored, what it can be restored into, who owns it and what will delete
//! it. There is a live terminal interface and a command line that scripts can trust.
//!
//! ```
//! use stateward::domain::location::Location;
//! use stateward::inventory::layout;
//!
//! let found = Location::parse(b"file:///data/flink/7bf6bd3d977df158f9d8a88833ce0000/chk-912/");
//! assert_eq!(found.to_string(), "file:/data/flink/7bf6bd3d977df158f9d8a88833ce0000/chk-912");
//! assert_eq!(layout::checkpoint_number(found.name()), Some(912));
//! assert_eq!(layout::job_of(&found).unwrap().savepoint_prefix(), "7bf6bd");
//! ```
//!
//! # The rooms
//!
//! From top to bottom; each uses only those below it.
//!
//! | room | what lives there |
//! |---|---|
//! | `main.rs` | the program: command line in, exit code out |
//! | [`cli`] | one file a verb; decides nothing |
//! | [`tui`] | the screen: terminal, input, run loop, themes, views; alone in knowing ratatui and crossterm |
//! | [`runtime`] | executes effects on threads; alone in starting them |
//! | [`app`] | the screen's state as plain data, and the one pure function that changes it |
//! | [`action`] | what changes something, each wanting to see a permission |
//! | [`sim`] | a simulated Flink: jobs on virtual time that write real snapshots |
//! | [`flink`] | a running Flink: its REST API, and how it is told to restore |
//! | [`inventory`] | what exists: finding, reading, resolving, weighing, grouping and watching snapshots |
//! | [`analysis`] | what it means: kinds, fates, sizes, ranges, choices; pure functions |
//! | [`store`] | where bytes live: one small trait to read, a local and an in-memory implementation; another to move files, for actions alone |
//! | [`metadata`] | Flink's `_metadata`: bytes in, model out, and back |
//! | [`config`] | what the user has set, and which layer set it |
//! | [`domain`] | ids, locations, sizes, times, safe text, the snapshot as it is shown |
//!
//! # How one checkpoint travels from the disk to the screen
//!
//! 1. The system notices that `_metadata` was renamed into place; [`inventory::native`] turns the notification into a
//!    place to look at, and [`inventory::observe`] looks there.
//! 2. [`inventory::inspect`] lists the directory and reads the file through a [`store`]; [`metadata`] makes a model of
//!    the bytes, and [`analysis`] condenses it to facts.
//! 3. [`inventory::resolve`] turns the files that it names into numbers of the reference index
//!    ([`inventory::files`]), mapped onto where they can be looked for; [`inventory::presence`] looks.
//! 4. [`inventory::catalog`] keeps the record, groups it into a lineage ([`inventory::lineage`]), weighs it against the
//!    others ([`inventory::weigh`]), and settles: rows that differ from before leave as deltas ([`inventory::delta`]).
//! 5. [`runtime`] sends the deltas into the one channel that the screen listens to; [`app::update`] takes them into the
//!    model; [`tui::view`] draws the model, once, when nothing more is queued.
//!
//! The same deltas go to the thread that keeps the history ([`runtime::history`]): [`inventory::chronicle`] makes events
//! of what is new in them, [`action::history`] writes these down, and [`analysis::timeline`] folds them into what is known of the
//! past, which the screen draws as lanes. A recording is the same events with whole rows, metadata and what clusters say
//! ([`runtime::record`]); [`app::replay`] makes the model of any moment of it, and [`inventory::recorded`] a catalog.
//!
//! Keys travel the other way: [`tui`] → command → [`app::update`] → effect → [`runtime`] → a message back.
//!
//! # Invariants
//!
//! A test reads the `use` lines and holds the rooms to these.
//!
//! - `domain`, `metadata` and `analysis` do no I/O, read no clock (time is an argument) and know nothing asynchronous.
//! - A [`store`] cannot change anything. Only files of our own, in a directory `.stateward`, are ever written
//!   ([`store::atomic`]), and only by an [`action`]; and in the user's state directory the history of what was seen.
//! - A file of Flink's is never copied, rewritten or removed where it lies. It is moved into the trash of its root
//!   ([`action::apply`], by way of [`store::change`]), comes back from there to the byte ([`action::trash::back`]), and
//!   goes for good only after days ([`action::trash::purge`]). Each of these can be killed at any moment and gone on with.
//! - The simulated Flink ([`sim`]) writes and deletes as Flink does, but only below the one directory that it is given; it
//!   never touches anything else.
//! - Whatever dates or ages something asks the clock that it was handed ([`domain::clock`]): the machine's, or that of a
//!   demonstration ([`runtime::demo`]), in which time may run faster or stand still.
//! - What changes a cluster goes through [`action`], and every call there wants to see a
//!   [`Permission`](action::permission::Permission). On the screen nothing is asked by the key that chooses it.
//! - What a cluster said is told with its age as soon as it stops answering; a silent cluster never supports a claim about
//!   now.
//! - Only `runtime` starts threads, but for the terminal's own: input and signals. Only `tui` knows the terminal.
//! - `app::update` is pure and never blocks.
//! - A snapshot is called restorable only when its metadata parses and every file that it names was found with the right
//!   length. What could not be looked at is never taken for granted.
//! - Text from outside is made safe once, where it enters a row, a sheet or the output ([`domain::text`]); raw bytes are
//!   kept for I/O.
//! - Hostile input costs at most a small multiple of its size, and ends in an error that says where and why.
//! - No `unsafe`.

#![cfg_attr(
    test,
    expect(
        clippy::unwrap_used,
        reason = "a test that cannot go on should fail where it stands"
    )
)]

pub mod action;
pub mod analysis;
pub mod app;
pub mod cli;
pub mod config;
pub mod domain;
pub mod flink;
pub mod inventory;
pub mod metadata;
pub mod runtime;
pub mod sim;
pub mod store;
pub mod tui;
