//! Where keys go, and the places that commands share.

/// Where keys go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// The list of lineages.
    Lineages,
    /// The table of snapshots.
    Table,
    /// The tabs about the selected snapshot.
    Detail,
    /// The filter is being typed.
    Filter,
    /// The menu of sort columns.
    SortMenu,
    /// The jobs of the clusters.
    Jobs,
    /// Where the bytes are.
    Space,
    /// What happened when.
    Timeline,
    /// A copy to which things happen.
    WhatIf,
    /// Sorts beside each other.
    Beside,
    /// Fields to fill in.
    Form,
    /// What is about to be asked.
    Review,
    /// What would be deleted.
    Plan,
    /// What was asked.
    Operations,
    /// What is demonstrated.
    Scene,
    /// Holds.
    Holds,
    /// What lies in the trashes.
    Trash,
    /// The list of all commands.
    Palette,
    /// The help.
    Help,
}

impl Context {
    /// A heading for help.
    pub fn title(self) -> &'static str {
        match self {
            Self::Lineages => "Lineages",
            Self::Table => "Snapshots",
            Self::Detail => "Detail",
            Self::Filter => "Filter",
            Self::SortMenu => "Sort menu",
            Self::Jobs => "Jobs",
            Self::Space => "Space",
            Self::Timeline => "Timeline",
            Self::WhatIf => "What if",
            Self::Beside => "Side by side",
            Self::Form => "Form",
            Self::Review => "Review",
            Self::Plan => "Plan",
            Self::Operations => "Operations",
            Self::Scene => "Demonstration",
            Self::Holds => "Holds",
            Self::Trash => "Trash",
            Self::Palette => "Palette",
            Self::Help => "Help",
        }
    }
}

pub(super) const BROWSE: &[Context] = &[Context::Lineages, Context::Table, Context::Detail];
pub(super) const LISTS: &[Context] = &[
    Context::Lineages,
    Context::Table,
    Context::Detail,
    Context::SortMenu,
    Context::Jobs,
    Context::Space,
    Context::Timeline,
    Context::WhatIf,
    Context::Beside,
    Context::Review,
    Context::Plan,
    Context::Operations,
    Context::Scene,
    Context::Holds,
    Context::Trash,
    Context::Help,
];
/// Where the keys are told.
pub(super) const HELPS: &[Context] = &[
    Context::Lineages,
    Context::Table,
    Context::Detail,
    Context::Plan,
];
/// From where the trash is opened: what moved files into it says so.
pub(super) const TO_TRASH: &[Context] = &[
    Context::Lineages,
    Context::Table,
    Context::Detail,
    Context::Operations,
];
pub(super) const TYPED: &[Context] = &[Context::Filter, Context::Palette, Context::Form];
pub(super) const HOLDS: &[Context] = &[Context::Holds];
pub(super) const TRASH: &[Context] = &[Context::Trash];
pub(super) const FORM: &[Context] = &[Context::Form];
pub(super) const PLAN: &[Context] = &[Context::Plan];
pub(super) const SPACE: &[Context] = &[Context::Space];
/// Where a recording can be moved in.
pub(super) const REPLAY: &[Context] = &[
    Context::Lineages,
    Context::Table,
    Context::Detail,
    Context::Timeline,
    Context::Jobs,
];
pub(super) const TIMELINE: &[Context] = &[Context::Timeline];
pub(super) const WHAT_IF: &[Context] = &[Context::WhatIf];
pub(super) const BESIDE: &[Context] = &[Context::Beside];
/// Where the time of a demonstration can be told to go: wherever no letter is typed.
pub(super) const TIME: &[Context] = QUIT;
/// Where its story is told.
pub(super) const DEMO: &[Context] = &[
    Context::Lineages,
    Context::Table,
    Context::Detail,
    Context::Jobs,
    Context::Operations,
    Context::Scene,
];
/// Where something can be asked of a job.
pub(super) const ACTIONS: &[Context] = &[
    Context::Lineages,
    Context::Table,
    Context::Detail,
    Context::Jobs,
];
pub(super) const LEFT: &[Context] = &[Context::Lineages, Context::Table];
pub(super) const DETAIL: &[Context] = &[Context::Detail];
pub(super) const POPUPS: &[Context] = &[
    Context::SortMenu,
    Context::Jobs,
    Context::Space,
    Context::Timeline,
    Context::WhatIf,
    Context::Beside,
    Context::Form,
    Context::Review,
    Context::Plan,
    Context::Operations,
    Context::Scene,
    Context::Holds,
    Context::Trash,
    Context::Palette,
    Context::Help,
];
/// Where a letter leaves.
pub(super) const QUIT: &[Context] = &[
    Context::Lineages,
    Context::Table,
    Context::Detail,
    Context::Help,
    Context::SortMenu,
    Context::Jobs,
    Context::Space,
    Context::Timeline,
    Context::WhatIf,
    Context::Beside,
    Context::Review,
    Context::Plan,
    Context::Operations,
    Context::Scene,
    Context::Holds,
    Context::Trash,
];
pub(super) const EVERYWHERE: &[Context] = &[
    Context::Lineages,
    Context::Table,
    Context::Detail,
    Context::Filter,
    Context::SortMenu,
    Context::Jobs,
    Context::Space,
    Context::Timeline,
    Context::WhatIf,
    Context::Beside,
    Context::Form,
    Context::Review,
    Context::Plan,
    Context::Operations,
    Context::Scene,
    Context::Holds,
    Context::Trash,
    Context::Palette,
    Context::Help,
];
