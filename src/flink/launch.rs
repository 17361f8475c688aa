//! Recipes: how to start a job from a snapshot, by launcher and by release of Flink.
//!
//! Names of flags and options changed twice. Claim modes came with 1.15 (`-restoreMode`, FLINK-25155); 1.20 renamed
//! flags and options (FLIP-406) and still reads the old ones; 2.0 dropped LEGACY (FLIP-416) and `run-application`.

pub use crate::domain::claim::ClaimMode;
use crate::domain::text::shell_quote;

/// Releases of Flink with the same names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Series {
    /// 1.14 and before: no claim modes.
    V1_14,
    /// 1.15 to 1.19: `-restoreMode`.
    V1_15,
    /// 1.20: `-claimMode`, and LEGACY still.
    V1_20,
    /// 2.0 and after.
    V2,
}

impl Series {
    /// All, oldest first.
    pub const ALL: [Self; 4] = [Self::V1_14, Self::V1_15, Self::V1_20, Self::V2];

    /// The words for a selector.
    pub fn label(self) -> &'static str {
        match self {
            Self::V1_14 => "1.13–1.14",
            Self::V1_15 => "1.15–1.19",
            Self::V1_20 => "1.20",
            Self::V2 => "2.x",
        }
    }

    /// The next one, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::V1_14 => Self::V1_15,
            Self::V1_15 => Self::V1_20,
            Self::V1_20 => Self::V2,
            Self::V2 => Self::V1_14,
        }
    }

    /// The oldest names that every release accepts which can have written the snapshot. Newer releases of the 1.x line
    /// still read the older names, not the other way round, so the oldest is the one to offer first.
    pub fn that_wrote(metadata_version: u32, written_by: &str) -> Self {
        match (oldest_release(written_by), metadata_version) {
            (Some((2.., _)), _) | (None, 5..) => Self::V2,
            (Some((1, 20..)), _) => Self::V1_20,
            (Some((1, 15..=19)), _) | (None, 4) => Self::V1_15,
            _ => Self::V1_14,
        }
    }

    /// Its first and last minor release; none is the last one yet of an open series.
    fn releases(self) -> (Release, Option<Release>) {
        match self {
            Self::V1_14 => ((1, 13), Some((1, 14))),
            Self::V1_15 => ((1, 15), Some((1, 19))),
            Self::V1_20 => ((1, 20), Some((1, 20))),
            Self::V2 => ((2, 0), None),
        }
    }

    /// Which of its releases can read a version of the metadata format.
    pub fn reads(self, metadata_version: u32) -> Reads {
        let Some(first) = first_reader(metadata_version) else {
            return Reads::None;
        };
        match self.releases() {
            (oldest, _) if first <= oldest => Reads::All,
            (_, Some(newest)) if first > newest => Reads::None,
            _ => Reads::Since(first),
        }
    }

    /// What to know before a snapshot of this metadata version is restored with the series, and whether that is that
    /// no release of it can; nothing when all of them can.
    pub fn objection(self, metadata_version: u32) -> Option<(Reads, String)> {
        let reads = self.reads(metadata_version);
        let text = match (reads, first_reader(metadata_version)) {
            (Reads::All, _) => return None,
            (Reads::Since((major, minor)), _) => format!(
                "Of Flink {}, only {major}.{minor} and later can read metadata version {metadata_version}.",
                self.label()
            ),
            (Reads::None, Some((major, minor))) => format!(
                "Flink {} cannot read metadata version {metadata_version}; only {major}.{minor} and later can.",
                self.label()
            ),
            (Reads::None, None) => format!(
                "Flink {} cannot read metadata version {metadata_version}; no release of Flink to date can.",
                self.label()
            ),
        };
        Some((reads, text))
    }

    /// The claim modes it knows; the first is its default.
    pub fn claim_modes(self) -> &'static [ClaimMode] {
        match self {
            Self::V1_14 => &[ClaimMode::Legacy],
            Self::V1_15 | Self::V1_20 => &[ClaimMode::NoClaim, ClaimMode::Claim, ClaimMode::Legacy],
            Self::V2 => &[ClaimMode::NoClaim, ClaimMode::Claim],
        }
    }

    fn names(self) -> Names {
        match self {
            Self::V1_14 => Names {
                flag: None,
                path: "execution.savepoint.path",
                mode: None,
                rest: None,
            },
            Self::V1_15 => Names {
                flag: Some("-restoreMode"),
                path: "execution.savepoint.path",
                mode: Some("execution.savepoint-restore-mode"),
                rest: Some("restoreMode"),
            },
            Self::V1_20 | Self::V2 => Names {
                flag: Some("-claimMode"),
                path: "execution.state-recovery.path",
                mode: Some("execution.state-recovery.claim-mode"),
                rest: Some("claimMode"),
            },
        }
    }
}

/// A minor release.
type Release = (u32, u32);

/// Which releases of a series can read a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Every one.
    All,
    /// This one and those after it.
    Since((u32, u32)),
    /// None.
    None,
}

/// The first release from 1.13 on that reads a version of the metadata format; every later one does too. No release
/// writes or reads version 7 yet, and version 1 went with 1.11.
fn first_reader(metadata_version: u32) -> Option<Release> {
    match metadata_version {
        2 | 3 => Some((1, 13)),
        4 => Some((1, 16)),
        5 => Some((2, 0)),
        6 => Some((2, 1)),
        _ => None,
    }
}

/// The first release named in a text such as `Flink 1.16 – 1.20`.
fn oldest_release(text: &str) -> Option<Release> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.')
        .find_map(|word| {
            let mut numbers = word.split('.').map(str::parse);
            Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
        })
}

/// What flags and options are called in a series.
#[derive(Debug, Clone, Copy)]
struct Names {
    flag: Option<&'static str>,
    path: &'static str,
    mode: Option<&'static str>,
    rest: Option<&'static str>,
}

/// A way to start a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Launcher {
    /// `flink run` against a running cluster.
    Run,
    /// Application mode: the cluster starts with the job.
    Application,
    /// The SQL client.
    Sql,
    /// The REST API of a session cluster.
    Rest,
    /// The Kubernetes operator.
    Operator,
}

/// Something to paste.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// For which launcher.
    pub launcher: Launcher,
    /// A heading.
    pub title: &'static str,
    /// What to know before pasting.
    pub note: &'static str,
    /// The text.
    pub text: String,
}

/// The recipes for a snapshot at `path`, as Flink will see it.
pub fn recipes(path: &str, series: Series, mode: ClaimMode) -> Vec<Recipe> {
    let recipe = |launcher, title, note, text| Recipe {
        launcher,
        title,
        note,
        text,
    };
    vec![
        recipe(
            Launcher::Run,
            "flink run",
            "Against a running cluster.",
            run(path, series, mode),
        ),
        recipe(
            Launcher::Application,
            "Application mode",
            "Options must be given at submission: set inside the jar, they come too late.",
            application(path, series, mode),
        ),
        recipe(
            Launcher::Sql,
            "SQL client",
            "Holds for every INSERT of the session until RESET.",
            sql(path, series, mode),
        ),
        recipe(
            Launcher::Rest,
            "REST",
            "Body of POST /jars/:jarid/run. Unknown fields are ignored in silence.",
            rest(path, series, mode),
        ),
        recipe(
            Launcher::Operator,
            "Kubernetes operator",
            "The path is read at the first deployment, or when the nonce is one it has not seen.",
            operator(path, series, mode),
        ),
    ]
}

fn run(path: &str, series: Series, mode: ClaimMode) -> String {
    let claim = series
        .names()
        .flag
        .map(|flag| format!(" {flag} {mode}"))
        .unwrap_or_default();
    format!("flink run -s {}{claim} job.jar", shell_quote(path))
}

fn application(path: &str, series: Series, mode: ClaimMode) -> String {
    let names = series.names();
    let action = if series == Series::V2 {
        "run"
    } else {
        "run-application"
    };
    let mut lines = vec![
        format!("flink {action} -t kubernetes-application"),
        format!("  {}", shell_quote(&format!("-D{}={path}", names.path))),
    ];
    lines.extend(names.mode.map(|option| format!("  -D{option}={mode}")));
    lines.push("  local:///opt/flink/usrlib/job.jar".to_owned());
    lines.join(" \\\n")
}

fn sql(path: &str, series: Series, mode: ClaimMode) -> String {
    let names = series.names();
    let mut lines = vec![format!(
        "SET '{}' = '{}';",
        names.path,
        path.replace('\'', "''")
    )];
    lines.extend(
        names
            .mode
            .map(|option| format!("SET '{option}' = '{mode}';")),
    );
    lines.join("\n")
}

fn rest(path: &str, series: Series, mode: ClaimMode) -> String {
    let claim = series
        .names()
        .rest
        .map(|field| format!(",\n  \"{field}\": \"{mode}\""))
        .unwrap_or_default();
    format!(
        "{{\n  \"savepointPath\": {},\n  \"allowNonRestoredState\": false{claim}\n}}",
        quoted(path)
    )
}

fn operator(path: &str, series: Series, mode: ClaimMode) -> String {
    let option = series
        .names()
        .mode
        .map(|option| format!("\n  flinkConfiguration:\n    {option}: {mode}"))
        .unwrap_or_default();
    format!(
        "spec:{option}\n  job:\n    state: running\n    upgradeMode: savepoint\n    initialSavepointPath: {}\n    savepointRedeployNonce: 1",
        quoted(path)
    )
}

/// A JSON string, which is a YAML double-quoted scalar too.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "s3://bucket/7bf6/chk-7";

    #[test]
    fn flags_follow_the_release() {
        let line = |series, mode| run(PATH, series, mode);
        assert_eq!(
            line(Series::V1_14, ClaimMode::Legacy),
            "flink run -s s3://bucket/7bf6/chk-7 job.jar"
        );
        assert_eq!(
            line(Series::V1_15, ClaimMode::NoClaim),
            "flink run -s s3://bucket/7bf6/chk-7 -restoreMode NO_CLAIM job.jar"
        );
        assert_eq!(
            line(Series::V1_20, ClaimMode::Legacy),
            "flink run -s s3://bucket/7bf6/chk-7 -claimMode LEGACY job.jar"
        );
        assert_eq!(
            line(Series::V2, ClaimMode::Claim),
            "flink run -s s3://bucket/7bf6/chk-7 -claimMode CLAIM job.jar"
        );
    }

    #[test]
    fn options_follow_the_release() {
        assert_eq!(
            application(PATH, Series::V1_15, ClaimMode::NoClaim),
            "flink run-application -t kubernetes-application \\\n  -Dexecution.savepoint.path=s3://bucket/7bf6/chk-7 \\\n  -Dexecution.savepoint-restore-mode=NO_CLAIM \\\n  local:///opt/flink/usrlib/job.jar"
        );
        assert_eq!(
            application(PATH, Series::V2, ClaimMode::Claim),
            "flink run -t kubernetes-application \\\n  -Dexecution.state-recovery.path=s3://bucket/7bf6/chk-7 \\\n  -Dexecution.state-recovery.claim-mode=CLAIM \\\n  local:///opt/flink/usrlib/job.jar"
        );
        assert_eq!(
            sql(PATH, Series::V1_20, ClaimMode::NoClaim),
            "SET 'execution.state-recovery.path' = 's3://bucket/7bf6/chk-7';\nSET 'execution.state-recovery.claim-mode' = 'NO_CLAIM';"
        );
        assert_eq!(
            sql(PATH, Series::V1_14, ClaimMode::Legacy),
            "SET 'execution.savepoint.path' = 's3://bucket/7bf6/chk-7';"
        );
    }

    #[test]
    fn bodies_follow_the_release() {
        assert_eq!(
            rest(PATH, Series::V1_15, ClaimMode::Claim),
            "{\n  \"savepointPath\": \"s3://bucket/7bf6/chk-7\",\n  \"allowNonRestoredState\": false,\n  \"restoreMode\": \"CLAIM\"\n}"
        );
        assert!(rest(PATH, Series::V2, ClaimMode::Claim).contains("\"claimMode\": \"CLAIM\""));
        assert!(!rest(PATH, Series::V1_14, ClaimMode::Legacy).contains("Mode"));
        assert_eq!(
            operator(PATH, Series::V1_14, ClaimMode::Legacy),
            "spec:\n  job:\n    state: running\n    upgradeMode: savepoint\n    initialSavepointPath: \"s3://bucket/7bf6/chk-7\"\n    savepointRedeployNonce: 1"
        );
        assert!(operator(PATH, Series::V2, ClaimMode::NoClaim).starts_with("spec:\n  flinkConfiguration:\n    execution.state-recovery.claim-mode: NO_CLAIM\n  job:"));
    }

    #[test]
    fn awkward_paths_stay_one_value_everywhere() {
        let path = "file:/a b/it's \"x\"$(rm)";
        assert_eq!(
            run(path, Series::V1_14, ClaimMode::Legacy),
            r#"flink run -s 'file:/a b/it'\''s "x"$(rm)' job.jar"#
        );
        assert!(
            application(path, Series::V2, ClaimMode::NoClaim)
                .contains(r#"'-Dexecution.state-recovery.path=file:/a b/it'\''s "x"$(rm)'"#)
        );
        assert!(
            sql(path, Series::V2, ClaimMode::NoClaim)
                .starts_with("SET 'execution.state-recovery.path' = 'file:/a b/it''s \"x\"$(rm)';")
        );
        let body: serde_json::Value =
            serde_json::from_str(&rest(path, Series::V2, ClaimMode::NoClaim)).unwrap();
        assert_eq!(body["savepointPath"], path);
        assert!(
            operator(path, Series::V2, ClaimMode::NoClaim)
                .contains(r#"initialSavepointPath: "file:/a b/it's \"x\"$(rm)""#)
        );
    }

    #[test]
    fn the_writer_suggests_names_that_it_knows_itself() {
        let of = Series::that_wrote;
        assert_eq!(of(6, "Flink 2.1 – 2.3"), Series::V2);
        assert_eq!(of(4, "Flink 1.16 – 1.20"), Series::V1_15);
        assert_eq!(of(4, "Flink 1.20"), Series::V1_20);
        assert_eq!(of(3, "Flink 1.11 – 1.15"), Series::V1_14);
        assert_eq!(
            (of(7, ""), of(4, "?"), of(2, "")),
            (Series::V2, Series::V1_15, Series::V1_14)
        );
    }

    #[test]
    fn a_series_reads_what_its_releases_read() {
        use Reads::{All, None, Since};
        for (version, reads) in [
            (1, [None, None, None, None]),
            (2, [All, All, All, All]),
            (3, [All, All, All, All]),
            (4, [None, Since((1, 16)), All, All]),
            (5, [None, None, None, All]),
            (6, [None, None, None, Since((2, 1))]),
            (7, [None, None, None, None]),
        ] {
            assert_eq!(
                Series::ALL.map(|series| series.reads(version)),
                reads,
                "version {version}"
            );
        }
    }

    #[test]
    fn objections_name_the_releases_that_can() {
        let text = |series: Series, version| series.objection(version).map(|(_, text)| text);
        assert_eq!(text(Series::V1_20, 4), None);
        for (series, version, wanted) in [
            (
                Series::V1_20,
                6,
                "Flink 1.20 cannot read metadata version 6; only 2.1 and later can.",
            ),
            (
                Series::V2,
                6,
                "Of Flink 2.x, only 2.1 and later can read metadata version 6.",
            ),
            (
                Series::V1_15,
                4,
                "Of Flink 1.15–1.19, only 1.16 and later can read metadata version 4.",
            ),
            (
                Series::V2,
                7,
                "Flink 2.x cannot read metadata version 7; no release of Flink to date can.",
            ),
        ] {
            assert_eq!(text(series, version).as_deref(), Some(wanted));
        }
    }

    #[test]
    fn only_no_claim_of_a_changelog_needs_caution() {
        let cautious = |mode: ClaimMode, changelog| mode.caution(changelog).is_some();
        assert!(cautious(ClaimMode::NoClaim, true));
        assert!(!cautious(ClaimMode::NoClaim, false));
        assert!(!cautious(ClaimMode::Claim, true) && !cautious(ClaimMode::Legacy, true));
    }

    #[test]
    fn each_series_knows_the_mode_it_offers_first() {
        for series in Series::ALL {
            assert!(!series.claim_modes().is_empty());
            assert!(Series::ALL.contains(&series.next()));
        }
        assert!(!Series::V2.claim_modes().contains(&ClaimMode::Legacy));
    }
}
