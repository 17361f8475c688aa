//! Tests against a real Apache Flink: real clusters write the snapshots, Flink's own classes say what is in them, and a real
//! job is restored from what `stateward` recommends.
//!
//! # Running
//!
//! `cargo test --test real` needs nothing prepared. Flink comes from the Python package `apache-flink-libraries` (through
//! `python3 -m pip`), a JDK from the machine or, for root on a Debian-like system, from `apt-get`. What is installed or
//! compiled once is kept in `$STATEWARD_TEST_CACHE`, else `$XDG_CACHE_HOME/stateward-tests`, else `~/.cache/stateward-tests`.
//! Nothing is ever skipped: what cannot be had is a failure that says what was tried.
//!
//! Only one cluster runs at a time, whatever the number of threads or test processes (a file lock in the cache directory), and
//! it ends with the test that started it, even if that is killed.
//!
//! | variable | effect |
//! |---|---|
//! | `STATEWARD_TEST_CACHE` | where distributions and compiled Java classes are kept |
//! | `STATEWARD_CORPUS` | a directory with `NAME.oracle.jsonl` files and the snapshots they speak of: compared as well |
//! | `STATEWARD_WRITE_FIXTURES=1` | `cargo test --test real fixtures` makes `tests/fixtures` anew, see [`fixtures`] |
//! | `STATEWARD_KEEP=1` | the snapshots of a test are left where they are, and the place is printed |
//!
//! # Map
//!
//! | modules | what they know |
//! |---|---|
//! | [`wait`], [`process`], [`cache`] | waiting by condition, child processes, what is kept between runs |
//! | [`dist`], [`java`] | how to get a Flink, how to get a JDK and compile `java/` |
//! | [`cluster`], [`rest`], [`job`] | two JVMs on loopback, Flink's REST API, one job of ours on it |
//! | [`scenarios`] | which snapshots are made, by which jobs |
//! | [`oracle`], [`cli`], [`compare`], [`compare_check`] | what Flink reads, what `stateward` reads, where the two differ |
//! | [`pty`], [`pty_screen`] | the terminal interface in a pseudo terminal, as the tests without Flink have it |
//! | [`deleting`] | what the tests of deletion have in common |
//! | [`harness`] | that clusters and jobs can be brought into the states that the tests need |
//! | [`differential`], [`live`], [`restore`], [`disposal`], [`deletion`], [`deletion_layouts`], [`deletion_claimed`], [`orphans`], [`operate`], [`commands`], [`operate_tui`], [`race`], [`fixtures`], [`sim`], [`whatif`] | the tests |

mod cache;
mod cli;
mod cluster;
mod commands;
mod compare;
mod compare_check;
mod deleting;
mod deletion;
mod deletion_claimed;
mod deletion_elsewhere;
mod deletion_layouts;
mod deletion_wrapped;
mod differential;
mod disposal;
mod dist;
mod failover;
mod fixtures;
mod harness;
mod java;
mod job;
mod live;
mod operate;
mod operate_tui;
mod oracle;
mod orphans;
mod process;
#[path = "../it/pty.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "written for the other tests")]
mod pty;
#[path = "../it/pty_screen.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "written for the other tests")]
mod pty_screen;
mod race;
mod rest;
mod restore;
mod scenarios;
mod sim;
mod wait;
mod whatif;
