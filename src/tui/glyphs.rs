//! The marks beside the words, in two sets: for terminals with Unicode, and for those without.

use ratatui::symbols::border;

use crate::app::explain;
use crate::domain::size::iec;
use crate::domain::snapshot::{Health, Kind, Snapshot};

/// A set of marks. Each stands beside a word that says the same.
#[derive(Debug, Clone, Copy)]
pub struct Glyphs {
    /// Corners and sides of panes.
    pub border: border::Set<'static>,
    /// The selected row.
    pub bar: &'static str,
    /// The newest restorable snapshot.
    pub star: &'static str,
    /// The snapshot that is marked for restart.
    pub mark: &'static str,
    /// A snapshot that is chosen to be deleted.
    pub staged: &'static str,
    /// A snapshot that is held.
    pub hold: &'static str,
    /// Between the parts of the breadcrumb.
    pub into: &'static str,
    /// A pause between facts.
    pub dot: &'static str,
    /// Text was cut.
    pub ellipsis: &'static str,
    /// No value.
    pub none: &'static str,
    /// Before a number that is only an upper bound.
    pub at_most: &'static str,
    /// Sorted upwards and downwards.
    pub sorted: [&'static str; 2],
    /// Folded and unfolded.
    pub fold: [&'static str; 2],
    /// Branches to subtasks: one of more, and the last.
    pub branch: [&'static str; 2],
    /// The line of a bar, filled and empty.
    pub line: [&'static str; 2],
    /// Steps of a bar from one eighth to full.
    pub eighths: &'static [&'static str],
    /// The end of what is being typed.
    pub cursor: &'static str,
    /// Between tabs.
    pub divider: &'static str,
    /// Before and after a choice that a key changes.
    pub choice: [&'static str; 2],
    /// A scroll bar's thumb and track.
    pub scroll: [&'static str; 2],
    /// Whether text from elsewhere must be put into ASCII too.
    pub plain: bool,
    kinds: [&'static str; 3],
    healths: [&'static str; 7],
    states: [&'static str; 3],
}

/// How a root is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// All is well.
    Live,
    /// Less than that.
    Half,
    /// Not at all.
    Gone,
}

/// For terminals with Unicode.
pub const UNICODE: Glyphs = Glyphs {
    border: border::ROUNDED,
    bar: "▌",
    star: "★",
    mark: "»",
    staged: "✗",
    hold: "‡",
    into: "›",
    dot: "·",
    ellipsis: "…",
    none: "–",
    at_most: "≤",
    sorted: ["▴", "▾"],
    fold: ["▸", "▾"],
    branch: ["├", "└"],
    line: ["━", "─"],
    eighths: &["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    cursor: "▏",
    divider: "│",
    choice: ["‹", "›"],
    scroll: ["┃", "│"],
    plain: false,
    kinds: ["●", "◆", "■"],
    healths: ["✓", "?", "◌", "!", "✗", "∅", "○"],
    states: ["●", "◐", "○"],
};

/// For terminals with nothing but ASCII.
pub const ASCII: Glyphs = Glyphs {
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
    bar: ">",
    star: "*",
    mark: ">",
    staged: "x",
    hold: "#",
    into: ">",
    dot: "-",
    ellipsis: "..",
    none: "-",
    at_most: "<=",
    sorted: ["^", "v"],
    fold: ["+", "-"],
    branch: ["|", "`"],
    line: ["=", "-"],
    eighths: &["#"],
    cursor: "_",
    divider: "|",
    choice: ["<", ">"],
    scroll: ["#", "|"],
    plain: true,
    kinds: ["c", "e", "s"],
    healths: ["+", "?", "~", "!", "x", "0", "o"],
    states: ["*", "~", "!"],
};

impl Glyphs {
    /// The shape of a kind.
    pub fn kind(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Checkpoint => self.kinds[0],
            Kind::ExternalizedCheckpoint => self.kinds[1],
            Kind::Savepoint => self.kinds[2],
        }
    }

    /// The mark of a snapshot's health.
    pub fn health(&self, snapshot: &Snapshot) -> &'static str {
        match snapshot.health {
            _ if explain::is_open(snapshot) => self.healths[1],
            Health::Complete => self.healths[0],
            Health::InProgress => self.healths[2],
            Health::Incomplete => self.healths[3],
            Health::Corrupt => self.healths[4],
            Health::Abandoned => self.healths[5],
            Health::Empty => self.healths[6],
        }
    }

    /// Bytes that deletion frees or that are new: marked when they are only an upper bound. Nothing is never less.
    pub fn bounded(&self, snapshot: &Snapshot, bytes: u64) -> String {
        let mark = if snapshot.sizes_are_bounds && bytes > 0 {
            self.at_most
        } else {
            ""
        };
        format!("{mark}{}", iec(bytes))
    }

    /// The mark of a root.
    pub fn watch(&self, watch: Watch) -> &'static str {
        match watch {
            Watch::Live => self.states[0],
            Watch::Half => self.states[1],
            Watch::Gone => self.states[2],
        }
    }

    /// A bar that fills `share` of `cells`.
    pub fn bar(&self, share: f64, cells: usize) -> String {
        let steps = self.eighths.len();
        let filled = (share.clamp(0.0, 1.0) * (cells * steps) as f64).round() as usize;
        // What is there at all is seen.
        let filled = if share > 0.0 { filled.max(1) } else { filled };
        let full = self.eighths.last().copied().unwrap_or_default();
        let mut bar = full.repeat(filled / steps);
        if !filled.is_multiple_of(steps) {
            bar.push_str(self.eighths[filled % steps - 1]);
        }
        bar
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_fill_by_eighths() {
        assert_eq!(UNICODE.bar(0.5, 3), "█▌");
        assert_eq!(UNICODE.bar(1.0, 2), "██");
        assert_eq!(UNICODE.bar(0.000_1, 4), "▏");
        assert_eq!(
            (UNICODE.bar(0.0, 4), ASCII.bar(0.5, 4)),
            (String::new(), "##".to_owned())
        );
    }
}
