//! Flags that say what to keep.

use clap::Args;
use jiff::Span;

use crate::domain::policy::{Policy, PolicyError, Rules, words};
use crate::domain::text::scrub;
use crate::domain::time::parse_span;

/// The headings that the flags stand under.
const CHECKPOINTS: &str = "Checkpoints to keep, of each lineage";
const SAVEPOINTS: &str = "Savepoints to keep, of each lineage";

/// Why there is no rule by tags, for whoever knows them from restic.
fn no_tags(name: &str) -> Result<String, String> {
    let name = scrub(name);
    Err(format!(
        "what restic keeps by a tag is held here, by a name and whatever the rules: `stateward hold SNAPSHOT {name} --write`, \
         and prune needs no flag"
    ))
}

/// What to keep. Checkpoints and savepoints each have rules of their own; a sort without any is left alone.
#[derive(Debug, Clone, Default, Args)]
pub struct Keep {
    /// Of checkpoints.
    #[command(flatten)]
    pub checkpoints: KeepCheckpoints,
    /// Of savepoints.
    #[command(flatten)]
    pub savepoints: KeepSavepoints,
}

/// What to keep of the checkpoints of each lineage; N may be `unlimited`. What any rule keeps is kept, and so is the newest
/// one that can be restored, and all that is held.
#[derive(Debug, Clone, Default, Args)]
pub struct KeepCheckpoints {
    /// The last N; as with all counts, `unlimited` keeps every one.
    #[arg(long, help_heading = CHECKPOINTS, value_name = "N", value_parser = words::count)]
    pub keep_last: Option<u32>,
    /// The newest of each of the last N hours that have one; with fewer, the oldest of all too.
    #[arg(long, help_heading = CHECKPOINTS, value_name = "N", value_parser = words::count)]
    pub keep_hourly: Option<u32>,
    /// The newest of each of the last N days that have one; with fewer, the oldest of all too.
    #[arg(long, help_heading = CHECKPOINTS, value_name = "N", value_parser = words::count)]
    pub keep_daily: Option<u32>,
    /// The newest of each of the last N weeks, from Monday on, that have one; with fewer, the oldest of all too.
    #[arg(long, help_heading = CHECKPOINTS, value_name = "N", value_parser = words::count)]
    pub keep_weekly: Option<u32>,
    /// The newest of each of the last N months that have one; with fewer, the oldest of all too.
    #[arg(long, help_heading = CHECKPOINTS, value_name = "N", value_parser = words::count)]
    pub keep_monthly: Option<u32>,
    /// The newest of each of the last N years that have one; with fewer, the oldest of all too.
    #[arg(long, help_heading = CHECKPOINTS, value_name = "N", value_parser = words::count)]
    pub keep_yearly: Option<u32>,
    /// All that completed within this time before the newest one, such as 7d or 1y6mo.
    #[arg(long, help_heading = CHECKPOINTS, value_name = "DURATION", value_parser = parse_span)]
    pub keep_within: Option<Span>,
    /// No rule: what has a name is held.
    #[arg(long, hide = true, value_name = "NAME", value_parser = no_tags)]
    pub keep_tag: Option<String>,
}

/// The same for savepoints.
#[derive(Debug, Clone, Default, Args)]
pub struct KeepSavepoints {
    /// The last N; as with all counts, `unlimited` keeps every one.
    #[arg(long, help_heading = SAVEPOINTS, value_name = "N", value_parser = words::count)]
    pub savepoints_keep_last: Option<u32>,
    /// The newest of each of the last N hours that have one; with fewer, the oldest of all too.
    #[arg(long, help_heading = SAVEPOINTS, value_name = "N", value_parser = words::count)]
    pub savepoints_keep_hourly: Option<u32>,
    /// The newest of each of the last N days that have one; with fewer, the oldest of all too.
    #[arg(long, help_heading = SAVEPOINTS, value_name = "N", value_parser = words::count)]
    pub savepoints_keep_daily: Option<u32>,
    /// The newest of each of the last N weeks, from Monday on, that have one; with fewer, the oldest of all too.
    #[arg(long, help_heading = SAVEPOINTS, value_name = "N", value_parser = words::count)]
    pub savepoints_keep_weekly: Option<u32>,
    /// The newest of each of the last N months that have one; with fewer, the oldest of all too.
    #[arg(long, help_heading = SAVEPOINTS, value_name = "N", value_parser = words::count)]
    pub savepoints_keep_monthly: Option<u32>,
    /// The newest of each of the last N years that have one; with fewer, the oldest of all too.
    #[arg(long, help_heading = SAVEPOINTS, value_name = "N", value_parser = words::count)]
    pub savepoints_keep_yearly: Option<u32>,
    /// All that completed within this time before the newest one, such as 7d or 1y6mo.
    #[arg(long, help_heading = SAVEPOINTS, value_name = "DURATION", value_parser = parse_span)]
    pub savepoints_keep_within: Option<Span>,
    /// No rule: what has a name is held.
    #[arg(long, hide = true, value_name = "NAME", value_parser = no_tags)]
    pub savepoints_keep_tag: Option<String>,
}

impl Keep {
    /// The same as a policy.
    ///
    /// # Errors
    /// When there is no rule.
    pub fn policy(&self) -> Result<Policy, PolicyError> {
        let (checkpoints, savepoints) = (&self.checkpoints, &self.savepoints);
        let count = |it: Option<u32>| it.unwrap_or_default();
        Policy::new(
            Rules {
                last: count(checkpoints.keep_last),
                hourly: count(checkpoints.keep_hourly),
                daily: count(checkpoints.keep_daily),
                weekly: count(checkpoints.keep_weekly),
                monthly: count(checkpoints.keep_monthly),
                yearly: count(checkpoints.keep_yearly),
                within: checkpoints.keep_within,
            },
            Rules {
                last: count(savepoints.savepoints_keep_last),
                hourly: count(savepoints.savepoints_keep_hourly),
                daily: count(savepoints.savepoints_keep_daily),
                weekly: count(savepoints.savepoints_keep_weekly),
                monthly: count(savepoints.savepoints_keep_monthly),
                yearly: count(savepoints.savepoints_keep_yearly),
                within: savepoints.savepoints_keep_within,
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser};

    use super::*;

    #[derive(Debug, Parser)]
    struct Prune {
        #[command(flatten)]
        keep: Keep,
        #[arg(long)]
        json: bool,
    }

    fn parsed(flags: &[&str]) -> Result<String, String> {
        let args = std::iter::once(&"prune").chain(flags);
        let prune = Prune::try_parse_from(args).map_err(|error| error.to_string())?;
        let policy = prune.keep.policy().map_err(|error| error.to_string())?;
        Ok(policy.to_string())
    }

    #[test]
    fn each_sort_has_a_heading_of_its_own() {
        let command = Prune::command();
        command.clone().debug_assert();
        let heading = |id: &str| {
            let flag = command.get_arguments().find(|it| it.get_id() == id);
            flag.unwrap().get_help_heading().map(ToOwned::to_owned)
        };
        let of = |sort: &str| Some(format!("{sort} to keep, of each lineage"));
        assert_eq!(heading("keep_within"), of("Checkpoints"));
        assert_eq!(heading("savepoints_keep_within"), of("Savepoints"));
        assert_eq!(heading("json"), None);
    }

    #[test]
    fn flags_make_a_policy() {
        let all = [
            "--keep-last=3",
            "--keep-hourly=24",
            "--keep-daily=7",
            "--keep-weekly=5",
            "--keep-monthly=12",
            "--keep-yearly=unlimited",
            "--keep-within=1y6mo",
        ];
        let rules =
            "last 3, hourly 24, daily 7, weekly 5, monthly 12, yearly unlimited, within 1y 6mo";
        let alone = format!("checkpoints: {rules}; savepoints: all");
        assert_eq!(parsed(&all), Ok(alone));
        let savepoints = all.map(|it| it.replacen("--", "--savepoints-", 1));
        let both: Vec<&str> = all
            .into_iter()
            .chain(savepoints.iter().map(String::as_str))
            .collect();
        let told = format!("checkpoints: {rules}; savepoints: {rules}");
        assert_eq!(parsed(&both), Ok(told));
    }

    #[test]
    fn tags_are_holds() {
        for flag in ["--keep-tag=release", "--savepoints-keep-tag=release"] {
            let error = parsed(&["--keep-last=1", flag]).unwrap_err();
            assert!(error.contains("stateward hold"), "{error}");
        }
    }

    #[test]
    fn what_keeps_nothing_is_refused() {
        for nothing in [&[][..], &["--keep-last=0"], &["--savepoints-keep-daily=0"]] {
            let error = parsed(nothing).unwrap_err();
            assert!(error.contains("no rule"), "{error}");
        }
        for odd in [
            "--keep-last=-1",
            "--keep-daily=many",
            "--keep-within=0d",
            "--keep-within=-7d",
            "--savepoints-keep-within=7",
            // Six months to some, and to others minutes.
            "--keep-within=6m",
            "--savepoints-keep-within=1y6m",
        ] {
            let error = parsed(&[odd]).unwrap_err();
            assert!(error.contains("invalid value"), "{error}");
        }
    }
}
