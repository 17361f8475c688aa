//! Everything the screen shows, as plain data.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::called::Called;
use super::command::{Command, Context};
use super::demo::Demo;
pub use super::detail::{DocumentCache, DocumentState, OperatorPart, OperatorRow, Tab};
use super::explain::Tone;
use super::filter::Filter;
pub use super::filtering::Typing;
pub use super::gone::Departed;
use super::operations::Asked;
use super::order::Index;
use super::palette;
pub use super::popup::Popup;
use super::replay::Replay;
use super::sheet::Sheet;
use super::sort::Sort;
use super::space::Space;
use super::staging::Staging;
use super::timeline::Timeline;
use super::trash;
pub use super::verifying::Verification;
pub use super::view_state::{Area, ViewState};
use super::whatif::WhatIf;
use crate::action::unfinished::Unfinished;
use crate::analysis::latest;
use crate::analysis::timeline::Timeline as Past;
use crate::config::Danger;
use crate::domain::cluster::Cluster;
use crate::domain::event::Sketch;
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::domain::snapshot::{Lineage, LineageId, RootState, RootStatus, Snapshot};
use crate::flink::launch::{self, ClaimMode, Recipe, RecipeRequest, Series};

/// From this width on, the lineages have a pane of their own.
pub const LINEAGES_FROM_COLUMNS: u16 = 100;
/// From this height on, the detail has a pane of its own; below, it opens over the table.
pub const DETAIL_FROM_ROWS: u16 = 28;

/// Below this many columns there is nothing useful to show.
pub const FEWEST_COLUMNS: u16 = 40;
/// Below this many rows there is nothing useful to show.
pub const FEWEST_ROWS: u16 = 10;

/// Whether a screen of so many columns and rows has no room for anything useful.
pub fn is_too_small(columns: u16, rows: u16) -> bool {
    columns < FEWEST_COLUMNS || rows < FEWEST_ROWS
}

/// The state of the program's face.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what can be switched on a screen is switched independently"
)]
pub struct Model {
    /// The time of the last tick.
    pub now: Timestamp,
    /// The screen's width and height in cells.
    pub size: (u16, u16),
    /// The places that are watched.
    pub roots: Vec<RootStatus>,
    /// Every snapshot known, by place.
    pub snapshots: BTreeMap<Location, Arc<Snapshot>>,
    /// What the clusters say, by their numbers.
    pub clusters: Vec<Arc<Cluster>>,
    /// How loudly to warn that this is no place to play.
    pub danger: Danger,
    /// Whether anything may be changed.
    pub write: bool,
    /// When the selection went to another row because its own vanished.
    pub slipped: Option<Timestamp>,
    /// The snapshot that the detail stays with, as it went while somebody read of it. Nothing is selected then.
    pub departed: Option<Departed>,
    /// Where a letter was pressed last that means nothing there.
    pub strayed: Option<Context>,
    /// Whether it was said that leaving leaves something under way.
    pub leaving: bool,
    /// What is demonstrated; without it all is real.
    pub demo: Option<Demo>,
    /// What is marked for restart, newest first.
    pub marks: Vec<Mark>,
    /// Holds in sight.
    pub holds: Vec<Hold>,
    /// Those of them that nobody else sees.
    pub holds_aside: Vec<Hold>,
    /// Why not all marks could be read.
    pub mark_problems: Vec<String>,
    /// What something ended half-way in the trashes, and nobody has gone on with.
    pub unfinished: Vec<Unfinished>,
    /// What lies in the trashes, once it was read.
    pub trash: Option<Vec<trash::Row>>,
    /// When to read them again, while they are shown.
    pub trash_due: Option<Timestamp>,
    /// What is chosen to be deleted.
    pub staging: Staging,
    /// How many plans were asked for.
    pub plans_asked: u64,
    /// What clusters and stores were asked for, oldest first.
    pub operations: Vec<Asked>,
    /// Whether roots are taken from what clusters say, as the user named none.
    pub discovers: bool,
    /// Applications, in the inventory's order.
    pub lineages: Arc<[Lineage]>,
    /// What they are called.
    pub called: Called,
    /// The lineage whose snapshots are shown; all without one.
    pub scope: Option<LineageId>,
    /// The snapshots that pass scope and filter, in order.
    pub index: Index,
    /// The chosen snapshot.
    pub selected: Option<Location>,
    /// The snapshot to choose as soon as it is known, unless the user goes somewhere before that.
    pub wanted: Option<Location>,
    /// Whether the user has chosen; until then the selection may follow the newest.
    pub touched: bool,
    /// The filter in force.
    pub filter: Filter,
    /// Its text.
    pub filter_text: String,
    /// The filter line, while it is typed.
    pub typing: Option<Typing>,
    /// The order of the table.
    pub sort: Sort,
    /// The tab of the detail.
    pub tab: Tab,
    /// Which pane has the keys.
    pub focus: Focus,
    /// Whether the detail lies over the table, where it has no pane.
    pub detail_open: bool,
    /// What lies over everything, top last.
    pub popups: Vec<Popup>,
    /// The screen of space, as it is or was last.
    pub space: Space,
    /// The screen of what-if, as it is or was last.
    pub whatif: WhatIf,
    /// What is known of the past.
    pub past: Arc<Past>,
    /// The screen of it, as it is or was last.
    pub timeline: Timeline,
    /// The recording that is shown in place of what is there.
    pub replay: Option<Box<Replay>>,
    /// The selected snapshot's document.
    pub document: DocumentCache,
    /// Rows of the operator tab, with the subtasks of those that are unfolded.
    pub operator_rows: Vec<OperatorRow>,
    /// Operators that are unfolded, by id: they stay so from snapshot to snapshot.
    pub unfolded: BTreeSet<String>,
    /// Row or scroll position of each tab.
    pub cursors: [usize; Tab::ALL.len()],
    /// What verifications said.
    pub verifications: BTreeMap<Location, Verification>,
    /// For which Flink recipes are written; by the snapshot's writer when not chosen.
    pub series: Option<Series>,
    /// The claim mode of recipes.
    pub claim_mode: ClaimMode,
    /// Whether recipes name the path that is not the obvious one: as Flink wrote it instead of as it is here, or the other
    /// way round.
    pub other_path: bool,
    /// The parallelism that is planned for; the present one when not chosen.
    pub target: Option<u32>,
    /// A word to the user that goes away by itself.
    pub notice: Option<Notice>,
    /// Whether something visible changed since the last frame.
    pub dirty: bool,
    /// What the view keeps from frame to frame.
    pub view: ViewState,
}

/// A pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// Applications.
    Lineages,
    /// Snapshots.
    Table,
    /// About the selected one.
    Detail,
}

/// A word to the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The text.
    pub text: String,
    /// Good or bad.
    pub tone: Tone,
    /// When it goes.
    pub until: Timestamp,
    /// What it is about.
    pub about: About,
}

/// What a word to the user is about, as that may end it before its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// What was done or is so.
    Anything,
    /// That a snapshot went, in which nobody here had a hand. It gives way to whatever else is said.
    Gone {
        /// How it looked last: another may have lain there before.
        sketch: Box<Sketch>,
    },
    /// Why a key confirmed nothing: any other key ends it.
    Unconfirmed,
}

impl Model {
    /// An empty model for these roots, at this time.
    pub fn new(roots: impl IntoIterator<Item = RootStatus>, now: Timestamp) -> Self {
        Self {
            now,
            size: (80, 24),
            roots: roots.into_iter().collect(),
            snapshots: BTreeMap::new(),
            clusters: Vec::new(),
            danger: Danger::None,
            write: false,
            slipped: None,
            departed: None,
            strayed: None,
            leaving: false,
            demo: None,
            marks: Vec::new(),
            holds: Vec::new(),
            holds_aside: Vec::new(),
            mark_problems: Vec::new(),
            unfinished: Vec::new(),
            trash: None,
            trash_due: None,
            staging: Staging::default(),
            plans_asked: 0,
            operations: Vec::new(),
            discovers: false,
            lineages: Arc::new([]),
            called: Called::default(),
            scope: None,
            index: Index::default(),
            selected: None,
            wanted: None,
            touched: false,
            filter: Filter::default(),
            filter_text: String::new(),
            typing: None,
            sort: Sort::default(),
            tab: Tab::Overview,
            focus: Focus::Table,
            detail_open: false,
            popups: Vec::new(),
            space: Space::default(),
            whatif: WhatIf::default(),
            past: Arc::default(),
            timeline: Timeline::default(),
            replay: None,
            document: DocumentCache::default(),
            operator_rows: Vec::new(),
            unfolded: BTreeSet::new(),
            cursors: [0; Tab::ALL.len()],
            verifications: BTreeMap::new(),
            series: None,
            claim_mode: ClaimMode::NoClaim,
            other_path: false,
            target: None,
            notice: None,
            dirty: true,
            view: ViewState::default(),
        }
    }

    /// The same, for these clusters; roots are taken from what they say when there are none.
    #[must_use]
    pub fn asking(self, clusters: impl IntoIterator<Item = Cluster>) -> Self {
        let clusters: Vec<_> = clusters.into_iter().map(Arc::new).collect();
        let discovers = self.roots.is_empty() && !clusters.is_empty();
        Self {
            clusters,
            discovers,
            ..self
        }
    }

    /// The same, allowed to change things or not.
    #[must_use]
    pub fn writing(self, write: bool) -> Self {
        Self { write, ..self }
    }

    /// The same, in a context that warns so loudly.
    #[must_use]
    pub fn in_danger(self, danger: Danger) -> Self {
        Self { danger, ..self }
    }

    /// The same, of what is only demonstrated.
    #[must_use]
    pub fn demonstrating(self, demo: Demo) -> Self {
        Self {
            demo: Some(demo),
            ..self
        }
    }

    /// The same, going to this snapshot as soon as it is known.
    #[must_use]
    pub fn going_to(self, wanted: Option<Location>) -> Self {
        Self { wanted, ..self }
    }

    /// Chooses a row, for good: nothing else takes the selection away from there.
    pub(super) fn choose(&mut self, at: usize) {
        if let Some(row) = self.index.rows.get(at) {
            self.departed = None;
            self.selected = Some(row.location.clone());
            self.index.selected_at = Some(at);
            self.touched = true;
            self.wanted = None;
        }
    }

    /// Where keys go now.
    pub fn context(&self) -> Context {
        match self.popups.last() {
            Some(Popup::Help { .. }) => Context::Help,
            Some(Popup::Palette { .. }) => Context::Palette,
            Some(Popup::SortMenu { .. }) => Context::SortMenu,
            Some(Popup::Jobs { .. }) => Context::Jobs,
            Some(Popup::Trash { .. }) => Context::Trash,
            Some(Popup::Holds(_)) => Context::Holds,
            Some(Popup::Space) => Context::Space,
            Some(Popup::Timeline) => Context::Timeline,
            Some(Popup::WhatIf) => Context::WhatIf,
            Some(Popup::Beside(_)) => Context::Beside,
            Some(Popup::Dialog(_)) => Context::Form,
            Some(Popup::Review { .. }) => Context::Review,
            Some(Popup::Plan(_)) => Context::Plan,
            Some(Popup::Operations { .. }) => Context::Operations,
            Some(Popup::Scene { .. }) => Context::Scene,
            None if self.typing.is_some() => Context::Filter,
            None => match self.focus {
                Focus::Lineages => Context::Lineages,
                Focus::Table => Context::Table,
                Focus::Detail => Context::Detail,
            },
        }
    }

    /// Whether the screen has no room for anything useful.
    pub fn is_too_small(&self) -> bool {
        is_too_small(self.size.0, self.size.1)
    }

    /// Whether the lineages have a pane.
    pub fn lineages_visible(&self) -> bool {
        self.size.0 >= LINEAGES_FROM_COLUMNS
    }

    /// Whether the detail has a pane beside the table.
    pub fn detail_beside(&self) -> bool {
        self.size.1 >= DETAIL_FROM_ROWS
    }

    /// Whether the detail is on the screen.
    pub fn detail_visible(&self) -> bool {
        self.detail_beside() || self.detail_open
    }

    /// Whether the table is on the screen.
    pub fn table_visible(&self) -> bool {
        self.detail_beside() || !self.detail_open
    }

    /// The panes on the screen, in the order in which focus goes round.
    pub fn panes(&self) -> Vec<Focus> {
        [
            (Focus::Lineages, self.lineages_visible()),
            (Focus::Table, self.table_visible()),
            (Focus::Detail, self.detail_visible()),
        ]
        .into_iter()
        .filter_map(|(pane, visible)| visible.then_some(pane))
        .collect()
    }

    /// The selected snapshot's row.
    pub fn selected_snapshot(&self) -> Option<&Arc<Snapshot>> {
        self.snapshots.get(self.selected.as_ref()?)
    }

    /// The lineage in scope.
    pub fn scope_lineage(&self) -> Option<&Lineage> {
        self.lineage(self.scope?)
    }

    /// A lineage by its number.
    pub fn lineage(&self, id: LineageId) -> Option<&Lineage> {
        self.lineages.iter().find(|lineage| lineage.id == id)
    }

    /// Whether a snapshot is the newest restorable one of its lineage.
    pub fn is_latest(&self, snapshot: &Snapshot) -> bool {
        self.index.latest.contains(&snapshot.location)
    }

    /// The selected snapshot's sheet.
    pub fn sheet(&self) -> Option<&Arc<Sheet>> {
        match &self.document.state {
            DocumentState::Ready(sheet) => Some(sheet),
            _ => None,
        }
    }

    /// The row or scroll position of the current tab.
    pub fn cursor(&self) -> usize {
        self.cursors[self.tab as usize]
    }

    /// Whether a first look at a root is still under way.
    pub fn scanning(&self) -> bool {
        self.roots
            .iter()
            .any(|root| matches!(root.state, RootState::Scanning { .. }))
    }

    /// For which Flink recipes are written.
    pub fn series(&self) -> Series {
        let of_writer = || {
            let facts = self.detailed()?.facts.as_ref()?;
            Some(Series::that_wrote(facts.version, &facts.written_by))
        };
        self.series.or_else(of_writer).unwrap_or(Series::V2)
    }

    /// The claim mode of recipes: the chosen one where the series has it.
    pub fn claim_mode(&self) -> ClaimMode {
        let modes = self.series().claim_modes();
        if modes.contains(&self.claim_mode) {
            self.claim_mode
        } else {
            modes[0]
        }
    }

    /// The path that recipes name.
    pub fn restart_path(&self) -> Option<Location> {
        let snapshot = self.detailed()?;
        let preferred = latest::restore_path(snapshot);
        if !self.other_path {
            return Some(preferred);
        }
        let here = snapshot.location.clone();
        let written = latest::path_as_written(snapshot).unwrap_or_else(|| here.clone());
        Some(if preferred == here { written } else { here })
    }

    /// The recipes for the selected snapshot.
    pub fn recipes(&self) -> Vec<Recipe> {
        let Some(path) = self.restart_path() else {
            return Vec::new();
        };
        let completed = self.detailed().and_then(|snapshot| snapshot.completed_at);
        let path = path.shown();
        launch::recipes(
            &RecipeRequest::new(&path, self.series(), self.claim_mode()).completed(completed),
        )
    }

    /// The parallelism that is planned for.
    pub fn target(&self) -> u32 {
        let present = || {
            let facts = self.detailed()?.facts.as_ref()?;
            facts
                .operators
                .iter()
                .map(|operator| operator.parallelism)
                .max()
        };
        self.target.or_else(present).unwrap_or(1).max(1)
    }

    /// The palette's commands for what is typed there.
    pub fn palette_matches(&self) -> Vec<&'static Command> {
        match self.popups.last() {
            Some(Popup::Palette { query, .. }) => palette::matches(self, query),
            _ => Vec::new(),
        }
    }

    /// So long as the user sees it, in the time of what is shown: a demonstration may run faster.
    pub fn as_seen(&self, long: SignedDuration) -> SignedDuration {
        match &self.demo {
            Some(demo) => {
                let speed = demo.reached.unwrap_or(demo.speed);
                SignedDuration::try_from_secs_f64(long.as_secs_f64() * speed).unwrap_or(long)
            }
            None => long,
        }
    }

    /// Says something to the user for a while.
    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        let seconds = if tone >= Tone::Warning { 12 } else { 6 };
        let until = self.now + self.as_seen(SignedDuration::from_secs(seconds));
        self.notice = Some(Notice {
            text: text.into(),
            tone,
            until,
            about: About::Anything,
        });
        self.dirty = true;
    }
}
