//! The marks beside the words, in two sets: for terminals with Unicode, and for those without.

use ratatui::symbols::border;

use crate::app::explain;
use crate::app::timeline::Shape;
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
    /// Parts of a bar: full, hatched and faint.
    pub shades: [&'static str; 3],
    /// The end of what is being typed.
    pub cursor: &'static str,
    /// Between tabs.
    pub divider: &'static str,
    /// Before and after a choice that a key changes.
    pub choice: [&'static str; 2],
    /// A scroll bar's thumb and track.
    pub scroll: [&'static str; 2],
    /// Time in which nobody watched, and in which somebody did.
    pub watched: [&'static str; 2],
    /// Others in the same cell.
    pub more: &'static str,
    /// A bracket below what belongs together: its left end, one in its middle, its right end, and between.
    pub ties: [&'static str; 4],
    /// The line of an arrow, and that of a stronger one.
    pub arrows: [&'static str; 2],
    /// Where an arrow begins, and where it ends.
    pub arrow_ends: [&'static str; 2],
    /// The line of a job that runs, and of one that is restarted.
    pub runs: [&'static str; 2],
    /// Whether text from elsewhere must be put into ASCII too.
    pub plain: bool,
    kinds: [&'static str; 3],
    healths: [&'static str; 7],
    states: [&'static str; 3],
    shapes: [&'static str; 10],
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
    shades: ["█", "▒", "░"],
    cursor: "▏",
    divider: "│",
    choice: ["‹", "›"],
    scroll: ["┃", "│"],
    watched: ["·", "─"],
    more: "+",
    ties: ["╰", "┴", "╯", "─"],
    arrows: ["─", "═"],
    arrow_ends: ["╰", "▸"],
    runs: ["▔", "~"],
    plain: false,
    kinds: ["●", "◆", "■"],
    healths: ["✓", "?", "◌", "!", "✗", "∅", "○"],
    states: ["●", "◐", "○"],
    shapes: ["○", "◇", "?", "✗", "●", "◆", "■", "◌", "◐", "!"],
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
    shades: ["#", "/", "."],
    cursor: "_",
    divider: "|",
    choice: ["<", ">"],
    scroll: ["#", "|"],
    watched: [".", "-"],
    more: "+",
    ties: ["`", "^", "'", "-"],
    arrows: ["-", "="],
    arrow_ends: ["`", ">"],
    runs: ["=", "~"],
    plain: true,
    kinds: ["c", "e", "s"],
    healths: ["+", "?", "~", "!", "x", "0", "o"],
    states: ["@", "~", "!"],
    shapes: ["o", "r", "?", "x", "c", "e", "s", "~", "%", "!"],
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

    /// The mark of what became of a snapshot.
    pub fn shape(&self, shape: Shape) -> &'static str {
        self.shapes[shape as usize]
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

    /// Bytes that deleting a snapshot frees, marked when that is only an upper bound.
    pub fn freed(&self, snapshot: &Snapshot) -> String {
        self.bounded(snapshot.freed_is_bound(), snapshot.sizes.freed)
    }

    /// Bytes that are new with a snapshot, marked when that is only an upper bound.
    pub fn new_with(&self, snapshot: &Snapshot) -> String {
        self.bounded(snapshot.sizes_are_bounds, snapshot.sizes.new)
    }

    /// Bytes, marked when they are only an upper bound. Nothing is never less.
    pub fn bounded(&self, is_bound: bool, bytes: u64) -> String {
        let mark = if is_bound && bytes > 0 {
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

/// How many cells of a bar each part takes, when `most` fills all `cells`. What is there at all is seen, as far as there
/// are cells.
pub fn shares<const N: usize>(parts: [u64; N], most: u64, cells: usize) -> [usize; N] {
    let total: u64 = parts.iter().fold(0, |sum, part| sum.saturating_add(*part));
    let scale = |bytes: u64, of: u64, cells: usize| {
        (bytes as f64 / of.max(1) as f64 * cells as f64).round() as usize
    };
    let there = parts.iter().filter(|&&part| part > 0).count();
    let filled = scale(total, most, cells).clamp(there.min(cells), cells);
    let mut taken = parts.map(|part| scale(part, total, filled).max(usize::from(part > 0)));
    // Rounding is made up for where it shows least.
    loop {
        let sum: usize = taken.iter().sum();
        let widest = (0..N).max_by_key(|&at| taken[at]);
        match widest {
            Some(at) if sum > filled => taken[at] -= 1,
            Some(at) if sum < filled && total > 0 => taken[at] += 1,
            _ => return taken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_bar_are_all_seen_and_fill_what_the_whole_would() {
        assert_eq!(shares([50, 50, 0], 100, 10), [5, 5, 0]);
        assert_eq!(shares([1, 999, 0], 1_000, 10), [1, 9, 0]);
        assert_eq!(shares([1, 1, 1], 1_000_000, 10), [1, 1, 1]);
        assert_eq!(shares([1, 1, 1], 3, 2).iter().sum::<usize>(), 2);
        assert_eq!(shares([0, 0, 0], 0, 10), [0, 0, 0]);
        assert_eq!(shares([u64::MAX, 1, 0], u64::MAX, 4), [3, 1, 0]);
        for most in 1..60_u64 {
            for part in 0..=most {
                let parts = shares([part, most - part], most, 17);
                assert_eq!(parts.iter().sum::<usize>(), 17, "{part} of {most}");
            }
        }
    }

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
