//! What the user has set: defaults, overridden by a file, by the environment, by flags.

pub mod connection;
pub mod error;
pub mod file;
pub mod flink_conf;
pub mod layers;
pub mod load;
pub mod locale;
pub mod options;
pub mod settings;

pub use error::ConfigError;
pub use settings::{Danger, Origin, SetAside, Settings, Valued};
