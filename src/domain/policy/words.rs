//! Rules as they are typed: `last 3, daily 7, within 30d`.

use std::str::FromStr;

use super::{ALL, Rules};
use crate::domain::time::parse_span;

/// A number of snapshots or periods.
///
/// # Errors
/// In words, when it is none.
pub fn count(text: &str) -> Result<u32, String> {
    match text {
        "unlimited" => Ok(ALL),
        _ => text
            .parse()
            .map_err(|_| format!("`{text}` is neither a number nor `unlimited`")),
    }
}

impl FromStr for Rules {
    type Err = String;

    /// Reads rules as they are shown: `last 3, daily 7, within 1y 6mo`. Nothing is no rule at all.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut rules = Self::default();
        for rule in text.split(',').map(str::trim).filter(|it| !it.is_empty()) {
            let (word, value) = rule.split_once(' ').ok_or_else(|| {
                format!("`{rule}` is no rule such as `last 3`, `daily 7` or `within 30d`")
            })?;
            let value = value.trim();
            match word {
                "last" => rules.last = count(value)?,
                "hourly" => rules.hourly = count(value)?,
                "daily" => rules.daily = count(value)?,
                "weekly" => rules.weekly = count(value)?,
                "monthly" => rules.monthly = count(value)?,
                "yearly" => rules.yearly = count(value)?,
                "within" => rules.within = Some(parse_span(value)?),
                _ => {
                    return Err(format!(
                        "`{word}` is none of last, hourly, daily, weekly, monthly, yearly and within"
                    ));
                }
            }
        }
        Ok(rules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_read_as_they_are_shown() {
        for text in [
            "",
            "last 3",
            "last unlimited",
            "last 3, hourly 24, daily 7, weekly 5, monthly 12, yearly unlimited, within 1y 6mo",
        ] {
            assert_eq!(text.parse::<Rules>().unwrap().to_string(), text);
        }
        let loose = " within 36h ,daily  2,".parse::<Rules>().unwrap();
        assert_eq!(loose.to_string(), "daily 2, within 36h");
    }

    #[test]
    fn what_is_no_rule_is_refused_with_a_reason() {
        for (text, why) in [
            ("3", "`3` is no rule"),
            ("last three", "`three` is neither a number"),
            ("keep 3", "`keep` is none of"),
            ("within 6m", "has minutes or less"),
            ("within 0d", "is not a length of time"),
            ("last -1", "`-1` is neither a number"),
        ] {
            let error = text.parse::<Rules>().unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
    }
}
