//! How fast files are moved or removed.

use std::num::NonZeroU32;

use clap::Args;

/// How fast.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Rate {
    /// Move, put back or remove at most N files a second, so that a busy store is left some air. Default: no limit.
    #[arg(long, value_name = "N", value_parser = parse_rate)]
    pub files_per_second: Option<NonZeroU32>,
}

/// A number of files that is not none.
pub(super) fn parse_rate(text: &str) -> Result<NonZeroU32, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a number of files a second, such as 50"))
}
