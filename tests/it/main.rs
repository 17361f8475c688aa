//! Tests of the library and the program that need no Flink.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should fail where it stands"
)]

mod architecture;
mod bad_input;
mod check;
mod commands;
mod config;
mod delete_savepoints;
mod deletion;
mod deletion_names;
mod deletion_roots;
mod disposal;
mod flink_client;
mod flink_poll;
mod holds;
mod inventory;
mod marks;
mod metadata_hostile;
mod metadata_memory;
mod metadata_models;
mod metadata_roundtrip;
mod metadata_truncated;
mod operate;
mod operate_commands;
mod operations;
mod orphans;
mod orphans_clusters;
mod orphans_delete;
mod packaging;
mod place;
mod program;
mod prune;
mod pty;
mod pty_cluster;
mod pty_keys;
mod pty_live;
mod pty_screen;
mod pty_signals;
mod pty_start;
mod pty_tree;
mod rates;
mod readme;
mod scripted;
mod server;
mod space;
mod trash;
mod trash_commands;
mod trash_faults;
mod trash_hostile;
mod trash_kills;
mod trash_tree;
mod tui_clusters;
mod tui_loop;
mod tui_sample;
mod tui_screens;
mod tui_space;
mod tui_svg;
mod tui_update;
mod tui_views;
mod watching;
mod world;
