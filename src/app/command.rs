//! Everything that can be done, in one table.
//!
//! Matching of keys, the footer, help, the palette and the key table of the manual are all derived from [`COMMANDS`].

use super::key::Key;
use super::model::{Focus, Model, Tab};

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
            Self::Palette => "Palette",
            Self::Help => "Help",
        }
    }
}

const BROWSE: &[Context] = &[Context::Lineages, Context::Table, Context::Detail];
const LISTS: &[Context] = &[
    Context::Lineages,
    Context::Table,
    Context::Detail,
    Context::SortMenu,
    Context::Help,
];
const TYPED: &[Context] = &[Context::Filter, Context::Palette];
const POPUPS: &[Context] = &[Context::SortMenu, Context::Palette, Context::Help];
const EVERYWHERE: &[Context] = &[
    Context::Lineages,
    Context::Table,
    Context::Detail,
    Context::Filter,
    Context::SortMenu,
    Context::Palette,
    Context::Help,
];

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
    Back,
    TabOverview,
    TabOperators,
    TabFiles,
    TabRescale,
    TabFate,
    TabRestart,
    PreviousSnapshot,
    NextSnapshot,
    PreviousLineage,
    NextLineage,
    Latest,
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
}

/// Not in the footer.
const HIDDEN: u8 = u8::MAX;

fn always(_: &Model) -> bool {
    true
}

fn selected(model: &Model) -> bool {
    model.selected.is_some()
}

fn on_restart(model: &Model) -> bool {
    model.tab == Tab::Restart && model.detail_visible() && selected(model)
}

fn on_restart_mapped(model: &Model) -> bool {
    on_restart(model)
        && model
            .selected_snapshot()
            .is_some_and(|snapshot| snapshot.mapping.is_some())
}

fn on_rescale(model: &Model) -> bool {
    model.tab == Tab::Rescale && model.detail_visible() && selected(model)
}

fn has_lineages(model: &Model) -> bool {
    model.lineages.len() > 1
}

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

    const fn twin(mut self, twin: &'static str) -> Self {
        self.twin = Some(twin);
        self
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

use CommandId as Id;
use Key::{Char, Ctrl};

/// The table.
pub static COMMANDS: &[Command] = &[
    safe(
        Id::Up,
        LISTS,
        &[Key::Up, Char('k')],
        "move",
        "Move up, or scroll",
        HIDDEN,
    ),
    safe(
        Id::Down,
        LISTS,
        &[Key::Down, Char('j')],
        "move",
        "Move down, or scroll",
        20,
    )
    .hint("jk"),
    safe(
        Id::PageUp,
        LISTS,
        &[Key::PageUp, Ctrl('b'), Ctrl('u')],
        "page up",
        "Move up a page",
        HIDDEN,
    ),
    safe(
        Id::PageDown,
        LISTS,
        &[Key::PageDown, Ctrl('f'), Ctrl('d'), Char(' ')],
        "page down",
        "Move down a page",
        HIDDEN,
    ),
    safe(
        Id::Top,
        LISTS,
        &[Char('g'), Key::Home],
        "top",
        "Go to the first row",
        HIDDEN,
    ),
    safe(
        Id::Bottom,
        LISTS,
        &[Char('G'), Key::End],
        "bottom",
        "Go to the last row",
        HIDDEN,
    ),
    safe(
        Id::Left,
        BROWSE,
        &[Key::Left, Char('h')],
        "left",
        "Previous tab in the detail; else the pane to the left",
        HIDDEN,
    ),
    safe(
        Id::Right,
        BROWSE,
        &[Key::Right, Char('l')],
        "right",
        "Next tab in the detail; else the pane to the right",
        HIDDEN,
    ),
    safe(
        Id::FocusNext,
        BROWSE,
        &[Key::Tab],
        "pane",
        "Give the keys to the next pane",
        60,
    ),
    safe(
        Id::FocusPrevious,
        BROWSE,
        &[Key::BackTab],
        "pane back",
        "Give the keys to the previous pane",
        HIDDEN,
    ),
    safe(
        Id::Open,
        BROWSE,
        &[Key::Enter],
        "open",
        "Open the detail; in it, unfold an operator or take a command",
        15,
    ),
    safe(
        Id::Back,
        BROWSE,
        &[Key::Esc],
        "back",
        "Close the detail; then clear the filter; then show all lineages",
        62,
    ),
    safe(
        Id::TabOverview,
        BROWSE,
        &[Char('1')],
        "tabs",
        "Overview: can it be restored, whose is it, what deletes it",
        40,
    )
    .hint("1-6"),
    safe(
        Id::TabOperators,
        BROWSE,
        &[Char('2')],
        "operators",
        "Operators: state by operator and subtask",
        HIDDEN,
    ),
    safe(
        Id::TabFiles,
        BROWSE,
        &[Char('3')],
        "files",
        "Files: everything it names, largest first",
        HIDDEN,
    ),
    safe(
        Id::TabRescale,
        BROWSE,
        &[Char('4')],
        "rescale",
        "Rescale: the parallelisms it can be restored at",
        HIDDEN,
    ),
    safe(
        Id::TabFate,
        BROWSE,
        &[Char('5')],
        "fate",
        "Fate: what Flink does with it, and when",
        HIDDEN,
    ),
    safe(
        Id::TabRestart,
        BROWSE,
        &[Char('6')],
        "restart",
        "Restart: the commands that start a job from it",
        HIDDEN,
    ),
    safe(
        Id::PreviousSnapshot,
        BROWSE,
        &[Char('<')],
        "previous",
        "The snapshot above, in the same tab",
        HIDDEN,
    )
    .when(selected),
    safe(
        Id::NextSnapshot,
        BROWSE,
        &[Char('>')],
        "neighbour",
        "The snapshot below, in the same tab",
        70,
    )
    .hint("<>")
    .when(selected),
    safe(
        Id::PreviousLineage,
        BROWSE,
        &[Char('[')],
        "previous lineage",
        "The lineage above",
        HIDDEN,
    )
    .when(has_lineages),
    safe(
        Id::NextLineage,
        BROWSE,
        &[Char(']')],
        "lineage",
        "The lineage below",
        65,
    )
    .hint("[]")
    .when(has_lineages),
    safe(
        Id::Latest,
        BROWSE,
        &[Char('L')],
        "latest",
        "Go to the newest snapshot that can be restored",
        35,
    )
    .twin("stateward latest"),
    safe(
        Id::Filter,
        BROWSE,
        &[Char('/')],
        "filter",
        "Filter the snapshots: kind:savepoint age>7d freed>1G text",
        25,
    )
    .twin("stateward ls --filter"),
    safe(
        Id::SortMenu,
        BROWSE,
        &[Char('s')],
        "sort",
        "Choose the column to sort by",
        50,
    )
    .twin("stateward ls --sort"),
    safe(
        Id::SortReverse,
        BROWSE,
        &[Char('S')],
        "reverse",
        "Reverse the order",
        HIDDEN,
    ),
    safe(
        Id::Verify,
        BROWSE,
        &[Char('v')],
        "verify",
        "Look again whether every file is there, with the right length",
        45,
    )
    .when(selected)
    .twin("stateward verify"),
    safe(
        Id::VerifyContents,
        BROWSE,
        &[Char('V')],
        "verify bytes",
        "Read every byte of every file",
        HIDDEN,
    )
    .when(selected)
    .twin("stateward verify --read"),
    safe(
        Id::YankPath,
        BROWSE,
        &[Char('y')],
        "yank path",
        "Copy the snapshot's path",
        30,
    )
    .when(selected),
    safe(
        Id::YankCommand,
        BROWSE,
        &[Char('Y')],
        "yank command",
        "Copy the chosen restart command",
        32,
    )
    .when(selected),
    safe(
        Id::FlinkVersion,
        BROWSE,
        &[Char('f')],
        "flink version",
        "Restart: for another release of Flink",
        10,
    )
    .when(on_restart),
    safe(
        Id::ClaimMode,
        BROWSE,
        &[Char('m')],
        "claim mode",
        "Restart: with another claim mode",
        11,
    )
    .when(on_restart),
    safe(
        Id::PathSide,
        BROWSE,
        &[Char('p')],
        "path",
        "Restart: the path as Flink wrote it, or as it is here",
        12,
    )
    .when(on_restart_mapped),
    safe(
        Id::TargetUp,
        BROWSE,
        &[Char('+'), Char('=')],
        "parallelism",
        "Rescale: plan for a higher parallelism",
        10,
    )
    .hint("+-")
    .when(on_rescale),
    safe(
        Id::TargetDown,
        BROWSE,
        &[Char('-')],
        "parallelism",
        "Rescale: plan for a lower parallelism",
        HIDDEN,
    )
    .when(on_rescale),
    safe(
        Id::Rescan,
        BROWSE,
        &[Char('r')],
        "rescan",
        "Look at all roots again, now",
        75,
    ),
    safe(
        Id::Help,
        BROWSE,
        &[Char('?')],
        "help",
        "Every key, with what it does",
        5,
    ),
    safe(
        Id::Palette,
        BROWSE,
        &[Char(':')],
        "commands",
        "Find a command by its words",
        55,
    ),
    safe(
        Id::FilterAccept,
        &[Context::Filter],
        &[Key::Enter],
        "keep",
        "Keep the filter",
        1,
    ),
    safe(
        Id::FilterCancel,
        &[Context::Filter],
        &[Key::Esc],
        "undo",
        "Go back to the filter of before",
        2,
    ),
    safe(
        Id::EraseLine,
        TYPED,
        &[Ctrl('u')],
        "erase",
        "Erase the line",
        3,
    ),
    safe(
        Id::EraseChar,
        TYPED,
        &[Key::Backspace, Ctrl('h')],
        "delete",
        "Erase a character",
        HIDDEN,
    ),
    safe(
        Id::SortChoose,
        &[Context::SortMenu],
        &[Key::Enter],
        "sort",
        "Sort by this column; again to reverse",
        1,
    ),
    safe(
        Id::PaletteUp,
        &[Context::Palette],
        &[Key::Up, Ctrl('p')],
        "up",
        "The command above",
        HIDDEN,
    ),
    safe(
        Id::PaletteDown,
        &[Context::Palette],
        &[Key::Down, Ctrl('n')],
        "down",
        "The command below",
        HIDDEN,
    ),
    safe(
        Id::PaletteRun,
        &[Context::Palette],
        &[Key::Enter],
        "run",
        "Run the command",
        1,
    ),
    safe(Id::ClosePopup, POPUPS, &[Key::Esc], "close", "Close", 4),
    safe(
        Id::Suspend,
        EVERYWHERE,
        &[Ctrl('z')],
        "suspend",
        "Give the terminal to the shell; `fg` comes back",
        HIDDEN,
    ),
    safe(
        Id::Quit,
        &[
            Context::Lineages,
            Context::Table,
            Context::Detail,
            Context::Help,
            Context::SortMenu,
        ],
        &[Char('q')],
        "quit",
        "Leave; in a popup, close it",
        6,
    ),
    safe(
        Id::Interrupt,
        EVERYWHERE,
        &[Ctrl('c')],
        "quit",
        "Leave at once; a second time even when something hangs",
        HIDDEN,
    ),
];

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
                && (command.available)(model)
        })
        .collect();
    commands.sort_by_key(|command| command.priority);
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
            && (command.available)(model)
    })
}

/// Commands by the place where they work, for help and manual: a title, and its rows.
pub fn groups() -> Vec<(&'static str, Vec<&'static Command>)> {
    let whole = |set: &[Context]| COMMANDS.iter().filter(|c| c.contexts == set).collect();
    let only = |contexts: &[Context]| {
        COMMANDS
            .iter()
            .filter(|c| {
                c.contexts != BROWSE
                    && c.contexts != LISTS
                    && c.contexts != EVERYWHERE
                    && c.id != CommandId::Quit
                    && c.contexts.iter().any(|context| contexts.contains(context))
            })
            .collect()
    };
    let mut general: Vec<&'static Command> = whole(EVERYWHERE);
    general.extend(command(CommandId::Quit));
    vec![
        ("Move", whole(LISTS)),
        ("Look", whole(BROWSE)),
        ("Typing", only(&[Context::Filter])),
        (
            "Menus",
            only(POPUPS)
                .into_iter()
                .filter(|c| !TYPED.iter().all(|t| c.contexts.contains(t)))
                .collect(),
        ),
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
            text.push_str(&format!(
                "| {} | {} | {twin} |\n",
                keys.join(" "),
                command.doc
            ));
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
        assert!(key_table_markdown().contains("| `y` | Copy the snapshot's path |"));
    }

    #[test]
    fn nothing_here_changes_data_yet() {
        assert!(
            COMMANDS
                .iter()
                .all(|command| command.danger == Danger::Safe)
        );
    }
}
