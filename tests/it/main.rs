//! it

mod tui_sample;
mod tui_screens;
mod tui_svg;
