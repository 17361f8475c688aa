//! Numbers for monitoring: performance data of plugins, and metrics of Prometheus.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::Arc;

use crate::analysis::check::{Checked, Level, Limits, Measured, Orphaned};
use crate::cli::orphans;
use crate::domain::cluster::Cluster;
use crate::domain::text::scrub;

/// Performance data: `label=value;warn;critical;least` by spaces. What completed in the future, as clocks differ, is younger than
/// the least that would be told. The worst age of all comes first under a name that does not
/// depend on what lineages there are.
pub(super) fn performance(checked: &Checked, orphaned: Option<Orphaned>, limits: Limits) -> String {
    let (warn, oldest) = (limits.warn.as_secs(), limits.oldest.as_secs());
    let ages = || {
        let lineages = checked.lineages.iter();
        lineages.filter_map(|it| Some((it, it.age_seconds?)))
    };
    let limits_of = |age: i64| {
        let least = if age < 0 { "" } else { ";0" };
        format!("{age};{warn};{oldest}{least}")
    };
    let mut data = Vec::new();
    if let Some(worst) = ages().map(|(_, age)| age).max() {
        data.push(format!("age_seconds={}", limits_of(worst)));
    }
    if checked.lineages.len() > 1 {
        for (lineage, age) in ages() {
            data.push(format!(
                "{}={}",
                label("age_seconds", lineage),
                limits_of(age)
            ));
        }
    }
    if let Some(orphaned) = orphaned {
        let limit = limits.orphans.map_or_else(String::new, |it| it.to_string());
        data.push(format!("orphan_bytes={}B;{limit};;0", orphaned.bytes));
    }
    data.join(" ")
}

/// A label with a name in it: in quotes, which are doubled inside, and without what means something else.
fn label(what: &str, lineage: &Measured) -> String {
    let name = scrub(&lineage.name)
        .replace('\'', "''")
        .replace(['=', '|'], "_");
    format!("'{what} {name}'")
}

/// What a metric says of a lineage.
type Value = fn(&Measured) -> Option<i64>;

/// Writes metrics in the text format of Prometheus.
///
/// # Errors
/// When the output cannot be written.
pub(super) fn write(
    out: &mut dyn Write,
    checked: &Checked,
    orphaned: Option<Orphaned>,
    unfinished: Option<usize>,
    clusters: &[Arc<Cluster>],
) -> io::Result<()> {
    let mut text = String::new();
    let by_lineage: [(&str, &str, Value); 8] = [
        (
            "newest_restorable_age_seconds",
            "Age of the newest snapshot that is proven to be restorable.",
            |it| it.age_seconds,
        ),
        ("snapshots", "Checkpoints and savepoints.", |it| {
            Some(it.snapshots as i64)
        }),
        (
            "restorable_snapshots",
            "Those that are proven to be restorable.",
            |it| Some(it.restorable as i64),
        ),
        (
            "broken_snapshots",
            "Those that are incomplete or corrupt.",
            |it| Some(it.broken as i64),
        ),
        (
            "lineage_bytes",
            "Bytes on disk of all snapshots, each file once.",
            |it| i64::try_from(it.bytes).ok(),
        ),
        (
            "abandoned_bytes",
            "Bytes of checkpoints that never completed.",
            |it| i64::try_from(it.abandoned_bytes).ok(),
        ),
        (
            "disagreements",
            "Where a cluster and the disk disagree.",
            |it| Some(it.disagreements as i64),
        ),
        (
            "lineage_status",
            "How it is: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.",
            |it| Some(i64::from(it.level.exit_code())),
        ),
    ];
    for (name, help, value) in by_lineage {
        let values = checked.lineages.iter();
        let values = values.filter_map(|it| Some((labels("lineage", &it.name), value(it)?)));
        metric(&mut text, name, help, values);
    }
    if let Some(orphaned) = orphaned {
        let state = [
            (
                "orphan_files",
                "Files that no snapshot names.",
                orphaned.files,
            ),
            (
                "orphan_bytes",
                "Bytes of files that no snapshot names.",
                orphaned.bytes,
            ),
            (
                "orphan_bytes_that_may_go",
                "Bytes of those that nothing speaks for.",
                orphaned.may_go_bytes,
            ),
        ];
        for (name, help, value) in state {
            metric(&mut text, name, help, [(String::new(), value as i64)]);
        }
    }
    metric(
        &mut text,
        "unfinished_batches",
        "Deletions, undos and purges that something ended half-way.",
        unfinished.map(|count| (String::new(), count as i64)),
    );
    let up = clusters
        .iter()
        .map(|it| (labels("cluster", &it.name), i64::from(orphans::answers(it))));
    metric(&mut text, "cluster_up", "Whether a cluster answers.", up);
    let status: Level = checked.level;
    metric(
        &mut text,
        "status",
        "How it is with all of it: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.",
        [(String::new(), i64::from(status.exit_code()))],
    );
    out.write_all(text.as_bytes())
}

/// One metric with all its values; nothing without any.
fn metric(
    text: &mut String,
    name: &str,
    help: &str,
    values: impl IntoIterator<Item = (String, i64)>,
) {
    let mut values = values.into_iter().peekable();
    if values.peek().is_none() {
        return;
    }
    // Writing to a string cannot fail.
    let _ = writeln!(text, "# HELP stateward_{name} {help}");
    let _ = writeln!(text, "# TYPE stateward_{name} gauge");
    for (labels, value) in values {
        let _ = writeln!(text, "stateward_{name}{labels} {value}");
    }
}

/// `{name="value"}`, with backslashes, quotes and line ends escaped as the format asks.
fn labels(name: &str, value: &str) -> String {
    let value = value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n");
    format!("{{{name}=\"{value}\"}}")
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn measured(name: &str, age: Option<i64>) -> Measured {
        Measured {
            name: name.to_owned(),
            level: Level::Warning,
            age_seconds: age,
            snapshots: 3,
            restorable: 2,
            broken: 1,
            bytes: 1024,
            abandoned_bytes: 0,
            disagreements: 0,
        }
    }

    fn checked(lineages: Vec<Measured>) -> Checked {
        Checked {
            level: Level::Critical,
            findings: Vec::new(),
            lineages,
            absent: 0,
        }
    }

    const ORPHANED: Orphaned = Orphaned {
        files: 2,
        bytes: 10,
        may_go_bytes: 5,
    };

    #[test]
    fn performance_data_has_one_name_that_stays() {
        let limits = Limits {
            oldest: SignedDuration::from_mins(15),
            warn: SignedDuration::from_mins(10),
            orphans: Some(9),
        };
        let one = checked(vec![measured("fraud", Some(43))]);
        assert_eq!(
            performance(&one, Some(ORPHANED), limits),
            "age_seconds=43;600;900;0 orphan_bytes=10B;9;;0"
        );
        let two = checked(vec![
            measured("it's a=b|c", Some(43)),
            measured("x", Some(2)),
            measured("nothing", None),
        ]);
        assert_eq!(
            performance(&two, None, limits),
            "age_seconds=43;600;900;0 'age_seconds it''s a_b_c'=43;600;900;0 'age_seconds x'=2;600;900;0"
        );
        assert_eq!(performance(&checked(Vec::new()), None, limits), "");
    }

    #[test]
    fn metrics_are_declared_once_and_their_labels_escaped() {
        let both = checked(vec![
            measured("a\"b\\c\nd", Some(43)),
            measured("nothing", None),
        ]);
        let mut out = Vec::new();
        write(&mut out, &both, Some(ORPHANED), Some(0), &[]).unwrap();
        let text = String::from_utf8(out).unwrap();
        let age = "stateward_newest_restorable_age_seconds";
        assert!(text.starts_with(&format!(
            "# HELP {age} Age of the newest snapshot that is proven to be restorable.\n# TYPE {age} gauge\n\
             {age}{{lineage=\"a\\\"b\\\\c\\nd\"}} 43\n# HELP stateward_snapshots "
        )), "{text}");
        assert!(text.contains("\nstateward_restorable_snapshots{lineage=\"nothing\"} 2\n"));
        assert!(text.contains("\nstateward_orphan_bytes_that_may_go 5\n"));
        assert!(text.ends_with("# TYPE stateward_status gauge\nstateward_status 2\n"));
        assert!(!text.contains("cluster_up"));
        for line in text.lines().filter(|line| line.starts_with("# TYPE")) {
            assert_eq!(text.matches(line).count(), 1, "{line}");
        }
    }
}
