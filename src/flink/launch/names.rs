//! What flags and options of a restore are called, by release.

use crate::domain::series::Series;

/// What flags and options are called in a series.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    /// The flag of `flink run` for the claim mode.
    pub(super) flag: Option<&'static str>,
    /// The option for the path.
    pub(super) path: &'static str,
    /// The option for the claim mode.
    pub(super) mode: Option<&'static str>,
    /// The option that lets state go which no operator takes.
    pub(super) ignore: &'static str,
    /// The claim mode's field in the body of a REST request.
    pub(super) rest: Option<&'static str>,
    /// The package of the Java class that holds the options.
    pub(super) package: &'static str,
    /// That class.
    pub(super) class: &'static str,
}

/// The names that a series has.
pub(super) fn names(series: Series) -> Names {
    match series {
        Series::V1_14 => Names {
            flag: None,
            path: "execution.savepoint.path",
            ignore: "execution.savepoint.ignore-unclaimed-state",
            package: "org.apache.flink.runtime.jobgraph",
            class: "SavepointConfigOptions",
            mode: None,
            rest: None,
        },
        Series::V1_15 => Names {
            flag: Some("-restoreMode"),
            path: "execution.savepoint.path",
            ignore: "execution.savepoint.ignore-unclaimed-state",
            package: "org.apache.flink.runtime.jobgraph",
            class: "SavepointConfigOptions",
            mode: Some("execution.savepoint-restore-mode"),
            rest: Some("restoreMode"),
        },
        Series::V1_20 | Series::V2 => Names {
            flag: Some("-claimMode"),
            path: "execution.state-recovery.path",
            ignore: "execution.state-recovery.ignore-unclaimed-state",
            package: "org.apache.flink.configuration",
            class: "StateRecoveryOptions",
            mode: Some("execution.state-recovery.claim-mode"),
            rest: Some("claimMode"),
        },
    }
}
