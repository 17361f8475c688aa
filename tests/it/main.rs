//! it
mod metadata_hostile;
mod metadata_memory;
mod metadata_models;
mod metadata_roundtrip;
mod metadata_truncated;

mod tui_sample;
mod tui_screens;
mod tui_svg;
