//! Recipes: something to paste, by launcher.

use std::num::NonZeroU32;

use serde_json::{Value, json};

use super::{ClaimMode, Series};
use crate::domain::text::shell_quote;

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
    /// The job's own `main`.
    Programmatic,
}

impl Launcher {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 6] = [
        Self::Run,
        Self::Application,
        Self::Sql,
        Self::Rest,
        Self::Operator,
        Self::Programmatic,
    ];

    /// A heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Run => "flink run",
            Self::Application => "Application mode",
            Self::Sql => "SQL client",
            Self::Rest => "REST",
            Self::Operator => "Kubernetes operator",
            Self::Programmatic => "Programmatic API",
        }
    }

    /// What to know before pasting.
    pub fn note(self) -> &'static str {
        match self {
            Self::Run => "Against a running cluster.",
            Self::Application => {
                "Options must be given at submission: set inside the jar, they come too late."
            }
            Self::Sql => "Holds for every INSERT of the session until RESET.",
            Self::Rest => "Body of POST /jars/:jarid/run. Unknown fields are ignored in silence.",
            Self::Operator => {
                "The path is read at the first deployment, or when the nonce is one it has not seen."
            }
            Self::Programmatic => "For a main that submits by itself. Not in application mode.",
        }
    }
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

/// What is to be started, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecipeRequest<'a> {
    /// Where the snapshot lies, as Flink will see it.
    pub path: &'a str,
    /// The names to use.
    pub series: Series,
    /// Whose the snapshot is then; left out where the series knows no modes.
    pub claim_mode: ClaimMode,
    /// Whether state that belongs to no operator may be dropped.
    pub allow_non_restored: bool,
    /// The parallelism of the job; none leaves it to the job and the configuration.
    pub parallelism: Option<NonZeroU32>,
    /// The operator's resource; none leaves a placeholder, `NAME`.
    pub deployment: Option<&'a str>,
    /// A number that the operator has not seen on that resource, so that it starts anew from the path.
    pub nonce: u64,
}

impl<'a> RecipeRequest<'a> {
    /// Keeps to what is asked of every start: a path, names and a claim mode.
    pub fn new(path: &'a str, series: Series, claim_mode: ClaimMode) -> Self {
        Self {
            path,
            series,
            claim_mode,
            allow_non_restored: false,
            parallelism: None,
            deployment: None,
            nonce: 1,
        }
    }

    /// Flink's options for all of it, but the path: key and value.
    fn options(&self) -> Vec<(&'static str, String)> {
        let names = self.series.names();
        let mode = names.mode.map(|key| (key, self.claim_mode.to_string()));
        let ignore = self
            .allow_non_restored
            .then(|| (names.ignore, "true".to_owned()));
        let parallelism = self
            .parallelism
            .map(|parallelism| ("parallelism.default", parallelism.to_string()));
        [mode, ignore, parallelism].into_iter().flatten().collect()
    }
}

/// The recipes of all launchers.
pub fn recipes(request: &RecipeRequest<'_>) -> Vec<Recipe> {
    Launcher::ALL
        .map(|launcher| Recipe {
            launcher,
            title: launcher.title(),
            note: launcher.note(),
            text: text(launcher, request),
        })
        .into()
}

fn text(launcher: Launcher, request: &RecipeRequest<'_>) -> String {
    match launcher {
        Launcher::Run => run(request),
        Launcher::Application => application(request),
        Launcher::Sql => sql(request),
        Launcher::Rest => rest(request),
        Launcher::Operator => operator(request),
        Launcher::Programmatic => programmatic(request),
    }
}

fn run(request: &RecipeRequest<'_>) -> String {
    let mut words = vec![format!("flink run -s {}", shell_quote(request.path))];
    let flag = request.series.names().flag;
    words.extend(flag.map(|flag| format!("{flag} {}", request.claim_mode)));
    words.extend(request.allow_non_restored.then(|| "-n".to_owned()));
    words.extend(request.parallelism.map(|wanted| format!("-p {wanted}")));
    words.push("job.jar".to_owned());
    words.join(" ")
}

fn application(request: &RecipeRequest<'_>) -> String {
    let names = request.series.names();
    let action = if request.series == Series::V2 {
        "run"
    } else {
        "run-application"
    };
    let path = format!("-D{}={}", names.path, request.path);
    let mut lines = vec![
        format!("flink {action} -t kubernetes-application"),
        format!("  {}", shell_quote(&path)),
    ];
    let options = request.options();
    lines.extend(
        options
            .iter()
            .map(|(key, value)| format!("  -D{key}={value}")),
    );
    lines.push("  local:///opt/flink/usrlib/job.jar".to_owned());
    lines.join(" \\\n")
}

fn sql(request: &RecipeRequest<'_>) -> String {
    let path = request.path.replace('\'', "''");
    let mut lines = vec![format!("SET '{}' = '{path}';", request.series.names().path)];
    let options = request.options();
    lines.extend(
        options
            .iter()
            .map(|(key, value)| format!("SET '{key}' = '{value}';")),
    );
    lines.join("\n")
}

fn rest(request: &RecipeRequest<'_>) -> String {
    let mut fields = vec![
        ("savepointPath", Value::from(request.path)),
        (
            "allowNonRestoredState",
            Value::from(request.allow_non_restored),
        ),
    ];
    let mode = request.series.names().rest;
    fields.extend(mode.map(|field| (field, Value::from(request.claim_mode.constant()))));
    fields.extend(
        request
            .parallelism
            .map(|wanted| ("parallelism", Value::from(wanted.get()))),
    );
    let lines: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("  \"{name}\": {value}"))
        .collect();
    format!("{{\n{}\n}}", lines.join(",\n"))
}

/// A merge patch, which leaves the rest of the resource as it is.
fn operator(request: &RecipeRequest<'_>) -> String {
    let mut job = json!({
        "state": "running",
        "initialSavepointPath": request.path,
        "savepointRedeployNonce": request.nonce,
        "allowNonRestoredState": request.allow_non_restored,
    });
    if let Some(wanted) = request.parallelism {
        job["parallelism"] = Value::from(wanted.get());
    }
    let mut spec = json!({ "job": job });
    if let Some(option) = request.series.names().mode {
        spec["flinkConfiguration"] = json!({ option: request.claim_mode.constant() });
    }
    let patch = format!("{:#}", json!({ "spec": spec }));
    format!(
        "kubectl patch flinkdeployment {} --type merge -p {}",
        shell_quote(request.deployment.unwrap_or("NAME")),
        shell_quote(&patch)
    )
}

/// Java, for `StreamExecutionEnvironment#getExecutionEnvironment(Configuration)`, which every release has.
fn programmatic(request: &RecipeRequest<'_>) -> String {
    let names = request.series.names();
    let class = names.class;
    let mut lines = vec![
        format!("import {}.{class};", names.package),
        String::new(),
        "Configuration conf = new Configuration();".to_owned(),
        format!(
            "conf.set({class}.SAVEPOINT_PATH, {});",
            Value::from(request.path)
        ),
    ];
    // By its key: the enum of the modes is another in 1.20 (`RestoreMode`) than in 2.x (`RecoveryClaimMode`).
    let mode = names
        .mode
        .map(|key| format!("conf.setString(\"{key}\", \"{}\");", request.claim_mode));
    lines.extend(mode);
    if request.allow_non_restored {
        lines.push(format!(
            "conf.set({class}.SAVEPOINT_IGNORE_UNCLAIMED_STATE, true);"
        ));
    }
    let parallelism = request
        .parallelism
        .map(|wanted| format!("conf.set(CoreOptions.DEFAULT_PARALLELISM, {wanted});"));
    lines.extend(parallelism);
    lines.push(
        "StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(conf);"
            .to_owned(),
    );
    lines.join("\n")
}

#[cfg(test)]
mod tests;
