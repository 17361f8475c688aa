//! Roles of text, and their looks. The only file that names colours.
//!
//! All is drawn on the terminal's own background. Its own sixteen colours are used where every common palette makes them plain
//! to read there, else fixed ones out of the cube of 256, which are: text is told from its background by 4.5 to 1 at least.
//! No role relies on colour alone: what is broken says so in a word too.

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

/// How many colours a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Depth {
    /// Sixteen at most, each of which may look like anything.
    Sixteen,
    /// 256 or more, of which all but the first sixteen look alike everywhere.
    #[default]
    Many,
}

impl Depth {
    /// Terminals with 256 colours or more that do not say so in `TERM`.
    const KNOWN: [&'static str; 8] = [
        "alacritty",
        "contour",
        "foot",
        "ghostty",
        "iterm",
        "kitty",
        "rio",
        "wezterm",
    ];

    /// What `TERM` and `COLORTERM` tell of a terminal.
    pub fn told(term: &str, colorterm: &str) -> Self {
        let is_known = |name: &str| {
            let name = name.strip_prefix("xterm-").unwrap_or(name);
            Self::KNOWN.iter().any(|known| name.starts_with(known))
        };
        let has_many = term.contains("256color") || term.contains("direct") || is_known(term);
        if has_many || matches!(colorterm, "truecolor" | "24bit") {
            Self::Many
        } else {
            Self::Sixteen
        }
    }
}

/// The few looks that roles share.
#[derive(Clone, Copy)]
struct Palette {
    accent: Style,
    good: Style,
    busy: Style,
    warning: Style,
    bad: Style,
    code: Style,
    muted: Style,
}

const PLAIN: Style = Style::new();
const BOLD: Style = PLAIN.add_modifier(Modifier::BOLD);
const FAINT: Style = PLAIN.add_modifier(Modifier::DIM);

/// Green and cyan of the terminal are bright on black in every common palette; its yellow, red and blue, and what is faint,
/// are not.
const DARK: Palette = Palette {
    accent: PLAIN.fg(Color::Cyan),
    good: PLAIN.fg(Color::Green),
    busy: PLAIN.fg(Color::Indexed(111)),
    warning: PLAIN.fg(Color::Indexed(179)),
    bad: PLAIN.fg(Color::Indexed(203)),
    code: PLAIN.fg(Color::Indexed(111)),
    muted: PLAIN.fg(Color::Indexed(245)),
};

const DARK_OF_SIXTEEN: Palette = Palette {
    busy: PLAIN.fg(Color::LightBlue),
    warning: PLAIN.fg(Color::Yellow),
    bad: PLAIN.fg(Color::LightRed),
    code: PLAIN.fg(Color::LightBlue),
    muted: FAINT,
    ..DARK
};

/// Few of the terminal's own colours can be read on white.
const LIGHT: Palette = Palette {
    accent: PLAIN.fg(Color::Indexed(25)),
    good: PLAIN.fg(Color::Indexed(22)),
    busy: PLAIN.fg(Color::Indexed(25)),
    warning: PLAIN.fg(Color::Indexed(90)),
    bad: PLAIN.fg(Color::Indexed(124)),
    code: PLAIN.fg(Color::Indexed(25)),
    muted: PLAIN.fg(Color::Indexed(241)),
};

/// None is safe, so that the words have to do.
const LIGHT_OF_SIXTEEN: Palette = Palette {
    accent: BOLD,
    good: PLAIN,
    busy: PLAIN,
    warning: BOLD,
    bad: BOLD.add_modifier(Modifier::UNDERLINED),
    code: PLAIN,
    muted: PLAIN,
};

const HIGH_CONTRAST: Palette = Palette {
    accent: BOLD.fg(Color::LightYellow),
    good: BOLD.fg(Color::LightGreen),
    busy: BOLD.fg(Color::LightCyan),
    warning: BOLD.fg(Color::LightYellow),
    bad: BOLD.fg(Color::LightRed),
    code: BOLD.fg(Color::LightCyan),
    muted: PLAIN,
};

const MONO: Palette = Palette {
    accent: PLAIN,
    good: PLAIN,
    busy: PLAIN,
    warning: PLAIN,
    bad: PLAIN,
    code: PLAIN,
    muted: FAINT,
};

impl Theme {
    /// The theme of a name, where there are many colours.
    pub fn named(name: ThemeName) -> Self {
        Self::within(name, Depth::Many)
    }

    /// The theme of a name, of so many colours.
    pub fn within(name: ThemeName, depth: Depth) -> Self {
        Self::from_palette(match (name, depth) {
            (ThemeName::Default, Depth::Many) => DARK,
            (ThemeName::Default, Depth::Sixteen) => DARK_OF_SIXTEEN,
            (ThemeName::Light, Depth::Many) => LIGHT,
            (ThemeName::Light, Depth::Sixteen) => LIGHT_OF_SIXTEEN,
            (ThemeName::HighContrast, _) => HIGH_CONTRAST,
            (ThemeName::Mono, _) => MONO,
        })
    }

    fn from_palette(palette: Palette) -> Self {
        let loud = |of: Style| of.add_modifier(Modifier::REVERSED | Modifier::BOLD);
        let mut theme = Self {
            styles: [PLAIN; Role::COUNT],
        };
        for (role, style) in [
            (Role::Text, PLAIN),
            (Role::Muted, palette.muted),
            (Role::Strong, BOLD),
            (Role::Accent, palette.accent),
            (Role::Brand, loud(palette.accent)),
            (Role::Border, palette.muted),
            (
                Role::BorderFocused,
                palette.accent.add_modifier(Modifier::BOLD),
            ),
            (Role::Title, BOLD),
            (Role::Heading, palette.muted),
            (Role::HeadingSorted, BOLD),
            (Role::Selected, loud(palette.accent)),
            (
                Role::SelectedIdle,
                palette.muted.add_modifier(Modifier::REVERSED),
            ),
            (Role::Tab, palette.muted),
            (
                Role::TabOpen,
                palette
                    .accent
                    .add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            ),
            (Role::Key, palette.accent.add_modifier(Modifier::BOLD)),
            (Role::Good, palette.good),
            (Role::Busy, palette.busy),
            (Role::Warning, palette.warning),
            (Role::Bad, palette.bad.add_modifier(Modifier::BOLD)),
            (Role::Alarm, loud(palette.bad)),
            (Role::AllClear, palette.good.add_modifier(Modifier::BOLD)),
            (Role::Code, palette.code),
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

    /// How bright a colour is, as the guidelines on contrast of the W3C have it.
    fn luminance([red, green, blue]: [u8; 3]) -> f64 {
        let part = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.03928 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)
    }

    fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// What a colour beyond the first sixteen looks like.
    fn fixed(colour: Color) -> Option<[u8; 3]> {
        let Color::Indexed(at @ 16..) = colour else {
            return None;
        };
        let step = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
        Some(match at {
            232.. => [8 + 10 * (at - 232); 3],
            _ => [(at - 16) / 36, (at - 16) / 6 % 6, (at - 16) % 6].map(step),
        })
    }

    /// The roles that are drawn in a colour, in which each is told from these backgrounds plainly. Where it is not one of
    /// these of the terminal's own, it is a fixed one.
    fn is_plain_on(name: ThemeName, backgrounds: &[[u8; 3]], own: &[Color]) {
        for style in Theme::named(name).styles {
            assert!(
                !style.add_modifier.contains(Modifier::DIM),
                "{name:?}: {style:?}"
            );
            let Some(colour) = style.fg.filter(|colour| !own.contains(colour)) else {
                continue;
            };
            let colour = fixed(colour).unwrap_or_else(|| panic!("{name:?}: {colour:?}"));
            for background in backgrounds {
                let contrast = contrast(colour, *background);
                assert!(
                    contrast >= 4.5,
                    "{style:?} on {background:x?}: {contrast:.2}"
                );
            }
        }
    }

    #[test]
    fn every_text_can_be_read_on_light_and_dark_backgrounds() {
        let light = [[255; 3], [0xfb, 0xfa, 0xf7], [0xfd, 0xf6, 0xe3]];
        is_plain_on(ThemeName::Light, &light, &[]);
        let dark = [[0; 3], [0x1e; 3]];
        is_plain_on(ThemeName::Default, &dark, &[Color::Cyan, Color::Green]);
        for [own, background] in [
            // The darkest of the common palettes: Tango's, and those of the Linux console.
            [[0x06, 0x98, 0x9a], [0x1e; 3]],
            [[0x4e, 0x9a, 0x06], [0x1e; 3]],
            [[0x00, 0xaa, 0x00], [0x1e; 3]],
        ] {
            assert!(contrast(own, background) >= 4.5, "{own:x?}");
        }
    }

    #[test]
    fn where_colours_are_few_a_light_theme_has_none() {
        let theme = Theme::within(ThemeName::Light, Depth::Sixteen);
        for style in theme.styles {
            assert!(style.fg.is_none(), "{style:?}");
            assert!(!style.add_modifier.contains(Modifier::DIM), "{style:?}");
        }
        for style in Theme::within(ThemeName::Default, Depth::Sixteen).styles {
            assert!(!matches!(style.fg, Some(Color::Indexed(_))), "{style:?}");
        }
    }

    #[test]
    fn a_terminal_says_how_many_colours_it_has() {
        for (term, colorterm, depth) in [
            ("xterm-256color", "", Depth::Many),
            ("tmux-256color", "", Depth::Many),
            ("xterm-direct", "", Depth::Many),
            ("xterm-kitty", "", Depth::Many),
            ("foot", "", Depth::Many),
            ("xterm", "truecolor", Depth::Many),
            ("xterm", "24bit", Depth::Many),
            ("xterm", "", Depth::Sixteen),
            ("linux", "", Depth::Sixteen),
            ("xterm-16color", "", Depth::Sixteen),
            ("screen", "yes", Depth::Sixteen),
            ("", "", Depth::Sixteen),
        ] {
            assert_eq!(Depth::told(term, colorterm), depth, "{term} {colorterm}");
        }
    }

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
        let depths = |name| [(name, Depth::Many), (name, Depth::Sixteen)];
        for (name, depth) in ThemeName::ALL.into_iter().flat_map(depths) {
            let theme = Theme::within(name, depth);
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
