//! Everything that can be done, in one table.
//!
//! Matching of keys, the footer, help, the palette and the key table of the manual are all derived from [`COMMANDS`].

mod available;
mod context;
mod table;

use std::fmt::Write as _;

use self::available::always;
pub use self::context::Context;
use self::context::{
    ACTIONS, BROWSE, DEMO, DETAIL, EVERYWHERE, HELPS, HOLDS, LEFT, LISTS, PLAN, POPUPS, REPLAY,
    TIME, TIMELINE, TO_TRASH, TRASH, TYPED,
};
pub use self::table::COMMANDS;
use super::gone;
use super::key::Key;
use super::model::{Focus, Model, Popup, Tab};
use super::space::List;
use super::trash;

/// A command's name in code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the table below documents each")]
pub enum CommandId {
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Left,
    Right,
    FocusNext,
    FocusPrevious,
    Open,
    Activate,
    Back,
    TabOverview,
    TabOperators,
    TabFiles,
    TabRescale,
    TabFate,
    TabRestart,
    TabExplain,
    PreviousSnapshot,
    NextSnapshot,
    PreviousLineage,
    NextLineage,
    Latest,
    Jobs,
    Stage,
    StageShown,
    Unstage,
    Plan,
    PlanRules,
    PlanOrphans,
    PlanFiles,
    PlanOverrule,
    PlanAllNamed,
    PlanCarryOut,
    Halt,
    Space,
    SpaceGo,
    SpaceGrouping,
    SpaceOrder,
    SpaceLineages,
    SpaceSnapshots,
    SpacePrevious,
    SpaceNext,
    WhatIf,
    WhatIfCancelled,
    WhatIfFailed,
    WhatIfFinished,
    WhatIfSuspended,
    WhatIfSubsumed,
    WhatIfDisposed,
    WhatIfUndo,
    Timeline,
    TimelineIn,
    TimelineOut,
    TimelineEarlier,
    TimelineLater,
    TimelineFollow,
    TimelineAll,
    TimelinePrevious,
    TimelineNext,
    TimelineGo,
    ReplayPause,
    ReplaySpeed,
    ReplayNext,
    ReplayPrevious,
    ReplayMinuteOn,
    ReplayMinuteBack,
    ReplayStart,
    ReplayEnd,
    Beside,
    BesideLeft,
    BesideRight,
    Mark,
    Trigger,
    Stop,
    Cancel,
    Restart,
    Operations,
    Holds,
    HoldAdd,
    HoldRelease,
    HoldsTurn,
    HoldGo,
    Trash,
    TrashPane,
    TrashEnter,
    TrashUndo,
    TrashResume,
    TrashPurge,
    FormUp,
    FormDown,
    FormLeft,
    FormRight,
    FormAccept,
    Confirm,
    Filter,
    FilterAccept,
    FilterCancel,
    EraseLine,
    EraseChar,
    SortMenu,
    SortReverse,
    SortChoose,
    Verify,
    VerifyContents,
    YankPath,
    YankCommand,
    FlinkVersion,
    ClaimMode,
    PathSide,
    TargetUp,
    TargetDown,
    Rescan,
    Help,
    Palette,
    PaletteUp,
    PaletteDown,
    PaletteRun,
    ClosePopup,
    DemoScene,
    DemoPause,
    DemoStep,
    DemoSlower,
    DemoFaster,
    Suspend,
    Quit,
    Interrupt,
}

/// What a command may do to the user's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Danger {
    /// It changes nothing outside of this program.
    Safe,
    /// It changes something, and that can be undone.
    Reversible,
    /// It may destroy.
    Destructive,
}

/// A row of the table.
#[derive(Debug)]
pub struct Command {
    /// Its name in code.
    pub id: CommandId,
    /// Where its keys work.
    pub contexts: &'static [Context],
    /// The keys; the first is the one to show.
    pub keys: &'static [Key],
    /// What stands for the keys in the footer, when the first key alone would not say enough.
    pub hint: Option<&'static str>,
    /// Two words at most, for the footer.
    pub label: &'static str,
    /// One line, for help, palette and manual.
    pub doc: &'static str,
    /// What it may do.
    pub danger: Danger,
    /// The same from a shell.
    pub twin: Option<&'static str>,
    /// The footer shows low numbers first; `u8::MAX` never.
    pub priority: u8,
    /// Whether it makes sense now.
    pub available: fn(&Model) -> bool,
    /// Whether it would come to anything now. Where it would not, it is not offered, and says why when it is given all the
    /// same.
    pub offered: fn(&Model) -> bool,
}

/// Not in the footer.
const HIDDEN: u8 = u8::MAX;

const fn safe(
    id: CommandId,
    contexts: &'static [Context],
    keys: &'static [Key],
    label: &'static str,
    doc: &'static str,
    priority: u8,
) -> Command {
    Command {
        id,
        contexts,
        keys,
        hint: None,
        label,
        doc,
        danger: Danger::Safe,
        twin: None,
        priority,
        available: always,
        offered: always,
    }
}

impl Command {
    const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    const fn when(mut self, available: fn(&Model) -> bool) -> Self {
        self.available = available;
        self
    }

    const fn offered(mut self, offered: fn(&Model) -> bool) -> Self {
        self.offered = offered;
        self
    }

    const fn danger(mut self, danger: Danger) -> Self {
        self.danger = danger;
        self
    }

    const fn twin(mut self, twin: &'static str) -> Self {
        self.twin = Some(twin);
        self
    }

    /// Whether it can be given now.
    pub fn is_available(&self, model: &Model) -> bool {
        (self.available)(model)
            && !(model.is_replay() && self.reaches_beyond_a_recording())
            && gone::objection(model, self.id).is_none()
    }

    /// Whether it asks something of a root or a cluster, of which a recording has none.
    pub fn reaches_beyond_a_recording(&self) -> bool {
        matches!(
            self.id,
            CommandId::Stage
                | CommandId::StageShown
                | CommandId::Unstage
                | CommandId::Plan
                | CommandId::PlanRules
                | CommandId::PlanOrphans
                | CommandId::Trash
                | CommandId::Verify
                | CommandId::VerifyContents
                | CommandId::Rescan
                | CommandId::Trigger
                | CommandId::Stop
                | CommandId::Cancel
                | CommandId::Restart
                | CommandId::Mark
        )
    }

    /// The label that fits what it would do now.
    pub fn label_now(&self, model: &Model) -> &'static str {
        match (self.id, model.tab) {
            (CommandId::Activate, Tab::Restart) => "copy",
            // The footer has one entry for all of them.
            (CommandId::TabOverview, _) => "tabs",
            (CommandId::SpaceGrouping, _) if model.space.list == List::Operators => "by lineage",
            (CommandId::TrashEnter, _) if trash::is_in_targets(model) => "put back",
            (CommandId::FormAccept, _) => match model.popups.last() {
                Some(Popup::Dialog(dialog)) => dialog.promise_in_short(),
                _ => self.label,
            },
            _ => self.label,
        }
    }

    /// All its keys, for help: `j / down`.
    pub fn all_keys(&self) -> String {
        let keys: Vec<String> = self.keys.iter().map(Key::to_string).collect();
        keys.join("  ")
    }

    /// What the footer shows for its keys.
    pub fn footer_key(&self) -> String {
        match (self.hint, self.keys.first()) {
            (Some(hint), _) => hint.to_owned(),
            (None, Some(key)) => key.to_string(),
            (None, None) => String::new(),
        }
    }
}

/// The table's row of a command.
pub fn command(id: CommandId) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.id == id)
}

/// Which command a key means in a context.
pub fn resolve(context: Context, key: Key) -> Option<&'static Command> {
    COMMANDS
        .iter()
        .find(|command| command.contexts.contains(&context) && command.keys.contains(&key))
}

/// The commands of a context that the footer should offer, most useful first.
pub fn footer(model: &Model) -> Vec<&'static Command> {
    let context = model.context();
    let mut commands: Vec<_> = COMMANDS
        .iter()
        .filter(|command| {
            command.priority != HIDDEN
                && command.contexts.contains(&context)
                && command.is_available(model)
                && (command.offered)(model)
                // In a popup it closes, as another key does that is shown.
                && (command.id != CommandId::Quit || model.popups.is_empty())
        })
        .collect();
    commands.sort_by_key(|it| match it.id {
        // In a detail these lead on; what asks something of a job comes after.
        CommandId::TabOverview | CommandId::Back if context == Context::Detail => {
            command(CommandId::Quit).map_or(it.priority, |quit| quit.priority)
        }
        _ => it.priority,
    });
    commands
}

/// The commands that can be chosen by name: those that need no place to be in.
pub fn by_name(model: &Model) -> impl Iterator<Item = &'static Command> {
    let context = match model.focus {
        Focus::Lineages => Context::Lineages,
        Focus::Table => Context::Table,
        Focus::Detail => Context::Detail,
    };
    COMMANDS.iter().filter(move |command| {
        command.contexts.contains(&context)
            && command.id != CommandId::Interrupt
            && command.id != CommandId::Palette
            && command.is_available(model)
    })
}

/// The title of the commands that work in a demonstration.
pub const DEMONSTRATION: &str = "Demonstration";

/// The title of the commands that work in the review of a deletion.
pub const REVIEW: &str = "Review of a deletion";

/// Commands by the place where they work, for help and manual: a title, and its rows.
pub fn groups() -> Vec<(&'static str, Vec<&'static Command>)> {
    let whole = |set: &[Context]| COMMANDS.iter().filter(|c| c.contexts == set).collect();
    let only = |contexts: &[Context]| {
        COMMANDS
            .iter()
            .filter(|c| {
                c.contexts != BROWSE
                    && c.contexts != LISTS
                    && c.contexts != LEFT
                    && c.contexts != DETAIL
                    && c.contexts != ACTIONS
                    && c.contexts != DEMO
                    && c.contexts != TIME
                    && c.contexts != EVERYWHERE
                    && c.contexts != TRASH
                    && c.contexts != TO_TRASH
                    && c.contexts != HOLDS
                    && c.contexts != PLAN
                    && c.contexts != HELPS
                    && c.contexts != TIMELINE
                    && c.contexts != REPLAY
                    && c.id != CommandId::Quit
                    && c.contexts.iter().any(|context| contexts.contains(context))
            })
            .collect()
    };
    let mut look: Vec<&'static Command> = COMMANDS
        .iter()
        .filter(|c| [BROWSE, TO_TRASH, LEFT, DETAIL].contains(&c.contexts))
        .collect();
    look.sort_by_key(|command| [BROWSE, TO_TRASH].contains(&command.contexts));
    let mut demonstration: Vec<&'static Command> = whole(DEMO);
    let time = whole(TIME).into_iter();
    demonstration.extend(time.filter(|it| it.id != CommandId::Quit));
    let mut general: Vec<&'static Command> = whole(EVERYWHERE);
    general.extend(command(CommandId::Help));
    general.extend(command(CommandId::Quit));
    vec![
        ("Move", whole(LISTS)),
        ("Look", look),
        ("Act", whole(ACTIONS)),
        (REVIEW, whole(PLAN)),
        ("Timeline", whole(TIMELINE)),
        ("Recording", whole(REPLAY)),
        ("Trash", whole(TRASH)),
        ("Holds", whole(HOLDS)),
        ("Typing", only(&[Context::Filter])),
        (
            "Menus",
            only(POPUPS)
                .into_iter()
                .filter(|c| !TYPED.iter().all(|t| c.contexts.contains(t)))
                .collect(),
        ),
        (DEMONSTRATION, demonstration),
        ("Anywhere", general),
    ]
}

/// The key table of the manual, as Markdown.
pub fn key_table_markdown() -> String {
    let mut text = String::from("| keys | what | from a shell |\n|---|---|---|\n");
    for (_, commands) in groups() {
        for command in commands {
            let keys: Vec<String> = command
                .keys
                .iter()
                .map(|key| format!("`{}`", escaped(&key.to_string())))
                .collect();
            let twin = command
                .twin
                .map(|twin| format!("`{twin}`"))
                .unwrap_or_default();
            let _ = writeln!(text, "| {} | {} | {twin} |", keys.join(" "), command.doc);
        }
    }
    text
}

/// A pipe would end the cell.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn no_two_commands_share_a_key_where_both_work() {
        let mut seen = BTreeMap::new();
        for command in COMMANDS {
            for context in command.contexts {
                for key in command.keys {
                    if let Some(other) = seen.insert((*context, *key), command.id) {
                        panic!("{key} in {context:?} means {other:?} and {:?}", command.id);
                    }
                }
            }
        }
    }

    #[test]
    fn every_command_is_in_the_table_once_and_says_what_it_does() {
        for (at, command) in COMMANDS.iter().enumerate() {
            assert!(
                !command.doc.is_empty() && !command.label.is_empty() && !command.keys.is_empty(),
                "{:?}",
                command.id
            );
            assert!(
                !command.doc.ends_with('.'),
                "{:?}: a line, not a sentence",
                command.id
            );
            assert!(
                COMMANDS[at + 1..]
                    .iter()
                    .all(|other| other.id != command.id),
                "{:?}",
                command.id
            );
        }
    }

    #[test]
    fn the_manual_and_help_show_each_command_once() {
        let mut shown: Vec<CommandId> = groups()
            .into_iter()
            .flat_map(|(_, commands)| commands)
            .map(|c| c.id)
            .collect();
        shown.sort();
        let mut all: Vec<CommandId> = COMMANDS.iter().map(|c| c.id).collect();
        all.sort();
        assert_eq!(shown, all);
        assert!(key_table_markdown().contains("| `y` | Copy the path:"));
    }

    #[test]
    fn what_changes_something_is_there_only_when_it_is_allowed() {
        let reading = Model::new([], jiff::Timestamp::UNIX_EPOCH);
        let dangerous: Vec<_> = COMMANDS
            .iter()
            .filter(|command| command.danger != Danger::Safe)
            .collect();
        assert!(!dangerous.is_empty());
        for command in dangerous {
            assert!(!(command.available)(&reading), "{:?}", command.id);
        }
    }
}
