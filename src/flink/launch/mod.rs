//! How to start a job from a snapshot, by launcher and by release of Flink.
//!
//! Names of flags and options changed twice. Claim modes came with 1.15 (`-restoreMode`, FLINK-25155); 1.20 renamed
//! flags and options (FLIP-406) and still reads the old ones; 2.0 dropped `run-application`.

mod names;
mod recipes;
mod request;

pub use crate::domain::claim::ClaimMode;
pub use crate::domain::series::{Reads, Series};
pub use recipes::{Launcher, Recipe, recipes};
pub use request::{RecipeProgram, RecipeRequest};
