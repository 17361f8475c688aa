//! What is written from the program and its scenarios: the pictures, the README's table of keys and what its commands
//! print, the manual and the completions. A plain run fails where one is stale; `STATEWARD_WRITE=1 cargo test --test it
//! written::` writes all of them.

mod packages;
mod pictures;
mod readme;

/// Whether they are to be written.
fn is_asked_for() -> bool {
    std::env::var_os("STATEWARD_WRITE").is_some()
}

const HOW: &str = "STATEWARD_WRITE=1 cargo test --test it written::";
