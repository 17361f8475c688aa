//! stateward.
//!
//! ```
//! assert_eq!(stateward::domain::size::iec(2048), "2 KiB");
//! ```
#![cfg_attr(
    test,
    expect(
        clippy::unwrap_used,
        reason = "a test that cannot go on should fail where it stands"
    )
)]
pub mod analysis;
pub mod app;
pub mod cli;
pub mod domain;
pub mod flink;
pub mod inventory;
pub mod metadata;
pub mod runtime;
pub mod store;
pub mod tui;
