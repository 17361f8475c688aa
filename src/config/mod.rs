//! What the user has set: defaults, overridden by a file, by the environment, by flags.

pub mod connection;
pub mod options;
pub mod settings;

pub use settings::{Danger, Origin, Settings, Valued};
