//! Whether the terminal can show more than ASCII, as far as the environment says.

use super::layers::Environment;
use super::settings::{Origin, Valued};

/// The variables that name the character set, the one that wins first (POSIX, Environment Variables, 8.2).
pub const VARIABLES: [&str; 3] = ["LC_ALL", "LC_CTYPE", "LANG"];

/// That there is nothing but ASCII, where the environment names a locale that is not of UTF-8. Where it names none, as in most
/// containers, nothing is known.
pub fn ascii(environment: &Environment) -> Option<Valued<bool>> {
    let set = |name: &'static str| {
        let value = environment.get(name).filter(|value| !value.is_empty())?;
        Some((name, value.to_ascii_lowercase()))
    };
    let (name, locale) = VARIABLES.into_iter().find_map(set)?;
    let is_plain = !(locale.contains("utf-8") || locale.contains("utf8"));
    is_plain.then_some(Valued {
        value: true,
        origin: Origin::Environment(name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_tells() {
        let told = |variables: &[(&str, &str)]| {
            let variables = variables.iter();
            let environment = variables.map(|&(name, value)| (name.to_owned(), value.to_owned()));
            ascii(&environment.collect()).map(|it| it.origin)
        };
        assert_eq!(told(&[]), None);
        assert_eq!(told(&[("LANG", "C")]), Some(Origin::Environment("LANG")));
        assert_eq!(told(&[("LANG", "C"), ("LC_ALL", "C.UTF-8")]), None);
        assert_eq!(told(&[("LANG", "de_DE.utf8"), ("LC_ALL", "")]), None);
        assert_eq!(
            told(&[("LANG", "de_DE.UTF-8"), ("LC_CTYPE", "de_DE.ISO-8859-1")]),
            Some(Origin::Environment("LC_CTYPE"))
        );
    }
}
