//! Roles of text, and their looks. The only file that names colours.
//!
//! Colours are the terminal's own sixteen on its own background, so that every palette keeps working. No role relies on
//! colour alone: what is broken says so in a word too.

use ratatui::style::{Color, Modifier, Style};

use crate::app::explain::Tone;

/// What a piece of text is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Plain text.
    Text,
    /// Less important: labels, units, explanations.
    Muted,
    /// More important.
    Strong,
    /// The one colour of the program itself.
    Accent,
    /// The program's name.
    Brand,
    /// A pane.
    Border,
    /// The pane that has the keys.
    BorderFocused,
    /// A pane's title.
    Title,
    /// A heading of columns.
    Heading,
    /// The heading that rows are sorted by.
    HeadingSorted,
    /// The chosen row, in the pane that has the keys.
    Selected,
    /// The chosen row, in another pane.
    SelectedIdle,
    /// A tab.
    Tab,
    /// The tab that is open.
    TabOpen,
    /// A key in the footer.
    Key,
    /// As it should be.
    Good,
    /// Not finished.
    Busy,
    /// Needs a look.
    Warning,
    /// Broken.
    Bad,
    /// Broken, and said loudly.
    Alarm,
    /// Good news, said loudly.
    AllClear,
    /// Something to paste.
    Code,
}

impl Role {
    const COUNT: usize = Self::Code as usize + 1;
}

impl From<Tone> for Role {
    fn from(tone: Tone) -> Self {
        match tone {
            Tone::Good => Self::Good,
            Tone::Plain => Self::Text,
            Tone::Busy => Self::Busy,
            Tone::Warning => Self::Warning,
            Tone::Bad => Self::Bad,
        }
    }
}

/// A look for each role.
#[derive(Debug, Clone)]
pub struct Theme {
    styles: [Style; Role::COUNT],
}

/// The themes that can be asked for by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum ThemeName {
    /// For dark backgrounds.
    #[default]
    Default,
    /// For light backgrounds.
    Light,
    /// Bright and bold, nothing faint.
    HighContrast,
    /// No colour at all.
    Mono,
}

impl ThemeName {
    /// All.
    pub const ALL: [Self; 4] = [Self::Default, Self::Light, Self::HighContrast, Self::Mono];

    /// The name on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Light => "light",
            Self::HighContrast => "high-contrast",
            Self::Mono => "mono",
        }
    }
}

/// The few colours that roles share.
struct Palette {
    accent: Color,
    good: Color,
    busy: Color,
    warning: Color,
    bad: Color,
    code: Color,
    muted: Modifier,
    loud: Modifier,
}

impl Theme {
    /// The theme of a name.
    pub fn named(name: ThemeName) -> Self {
        Self::from_palette(
            &match name {
                ThemeName::Default => Palette {
                    accent: Color::Cyan,
                    good: Color::Green,
                    busy: Color::LightBlue,
                    warning: Color::Yellow,
                    bad: Color::LightRed,
                    code: Color::LightBlue,
                    muted: Modifier::DIM,
                    loud: Modifier::REVERSED,
                },
                ThemeName::Light => Palette {
                    accent: Color::Blue,
                    good: Color::Green,
                    busy: Color::Blue,
                    warning: Color::Magenta,
                    bad: Color::Red,
                    code: Color::Blue,
                    muted: Modifier::DIM,
                    loud: Modifier::REVERSED,
                },
                ThemeName::HighContrast => Palette {
                    accent: Color::LightYellow,
                    good: Color::LightGreen,
                    busy: Color::LightCyan,
                    warning: Color::LightYellow,
                    bad: Color::LightRed,
                    code: Color::LightCyan,
                    muted: Modifier::empty(),
                    loud: Modifier::REVERSED,
                },
                ThemeName::Mono => Palette {
                    accent: Color::Reset,
                    good: Color::Reset,
                    busy: Color::Reset,
                    warning: Color::Reset,
                    bad: Color::Reset,
                    code: Color::Reset,
                    muted: Modifier::DIM,
                    loud: Modifier::REVERSED,
                },
            },
            name,
        )
    }

    fn from_palette(palette: &Palette, name: ThemeName) -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let muted = plain.add_modifier(palette.muted);
        let colour = |colour: Color| {
            if colour == Color::Reset {
                plain
            } else {
                plain.fg(colour)
            }
        };
        let loud = |of: Color| colour(of).add_modifier(palette.loud | Modifier::BOLD);
        let strong = |of: Color| {
            if name == ThemeName::HighContrast {
                colour(of).add_modifier(Modifier::BOLD)
            } else {
                colour(of)
            }
        };
        let mut theme = Self {
            styles: [plain; Role::COUNT],
        };
        for (role, style) in [
            (Role::Text, plain),
            (Role::Muted, muted),
            (Role::Strong, bold),
            (Role::Accent, strong(palette.accent)),
            (Role::Brand, loud(palette.accent)),
            (Role::Border, muted),
            (Role::BorderFocused, strong(palette.accent)),
            (Role::Title, bold),
            (Role::Heading, muted),
            (Role::HeadingSorted, bold),
            (Role::Selected, loud(palette.accent)),
            (
                Role::SelectedIdle,
                plain.add_modifier(Modifier::REVERSED | palette.muted),
            ),
            (Role::Tab, muted),
            (
                Role::TabOpen,
                colour(palette.accent).add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            ),
            (
                Role::Key,
                colour(palette.accent).add_modifier(Modifier::BOLD),
            ),
            (Role::Good, strong(palette.good)),
            (Role::Busy, strong(palette.busy)),
            (Role::Warning, strong(palette.warning)),
            (Role::Bad, colour(palette.bad).add_modifier(Modifier::BOLD)),
            (Role::Alarm, loud(palette.bad)),
            (
                Role::AllClear,
                colour(palette.good).add_modifier(Modifier::BOLD),
            ),
            (Role::Code, strong(palette.code)),
        ] {
            theme.styles[role as usize] = style;
        }
        theme
    }

    /// The look of a role.
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_theme_touches_the_background() {
        for name in ThemeName::ALL {
            assert!(
                Theme::named(name)
                    .styles
                    .iter()
                    .all(|style| style.bg.is_none()),
                "{name:?}"
            );
        }
    }

    #[test]
    fn what_no_word_tells_is_told_by_more_than_a_colour() {
        for name in ThemeName::ALL {
            let theme = Theme::named(name);
            for (one, other) in [
                (Role::Border, Role::BorderFocused),
                (Role::Tab, Role::TabOpen),
                (Role::Heading, Role::HeadingSorted),
                (Role::Text, Role::Selected),
                (Role::Selected, Role::SelectedIdle),
                (Role::Text, Role::Alarm),
            ] {
                let (one, other) = (theme.style(one), theme.style(other));
                assert_ne!(one.add_modifier, other.add_modifier, "{name:?}");
            }
        }
    }

    #[test]
    fn mono_has_no_colour() {
        assert!(
            Theme::named(ThemeName::Mono)
                .styles
                .iter()
                .all(|style| style.fg.is_none())
        );
    }
}
