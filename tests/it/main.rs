//! it

mod tui_loop;
mod tui_sample;
mod tui_screens;
mod tui_svg;
mod tui_update;
mod tui_views;
