//! stateward.
//!
//! ```
//! assert_eq!(stateward::domain::size::iec(2048), "2 KiB");
//! ```
pub mod domain;
