//! A simulated Flink, for demonstrations and tests: jobs whose checkpoints and savepoints are real files.
//!
//! A [`scenario`] says which [`job`]s there are and what happens to them. The [`cluster::Simulation`] plays it on
//! virtual time ([`clock`]): it takes checkpoints and savepoints and writes them as Flink does, metadata and all, and it
//! deletes what Flink deletes. The same scenario with the same seed gives the same bytes, names and times.
//!
//! [`scenes`] are the scenarios that come with the program; a [`stage`] is a place to play one in for as long as somebody
//! watches.
//!
//! It writes into the one directory that it is given and touches nothing else.

mod answers;
mod chance;
pub mod clock;
pub mod cluster;
mod data;
mod disk;
mod draft;
pub mod jars;
pub mod job;
mod life;
mod registry;
pub mod request;
pub mod rest;
pub mod run;
pub mod scenario;
pub mod scenes;
pub mod stage;
mod state;
pub mod statistics;
mod story;
mod subsume;
mod take;
mod target;
mod tree;
pub mod uid;
mod write;

pub use disk::DiskError;
