//! Recipes: something to paste, by launcher.

use serde_json::{Value, json};

use super::Series;
use super::names::names;
use super::request::{OnCluster, RecipeRequest, percent_encoded};
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
                "Give these as flags: inside the jar they come too late, and the flags' defaults overwrite -D options for the claim mode and for -n."
            }
            Self::Sql => {
                "Holds for every INSERT of the session until RESET; those are the program, not a jar."
            }
            Self::Rest => {
                "Add what the cluster asks of you, such as -u or --cert. Unknown fields are ignored in silence."
            }
            Self::Operator => {
                "The path is read at the first deployment. Later, a new nonce makes the operator CANCEL the running job WITHOUT a savepoint and deploy it from this path, with no way back: take a savepoint first, or what came after the snapshot is lost."
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
    pub note: String,
    /// The text.
    pub text: String,
}

/// The recipes of all launchers.
pub fn recipes(request: &RecipeRequest<'_>) -> Vec<Recipe> {
    Launcher::ALL
        .map(|launcher| Recipe {
            launcher,
            title: launcher.title(),
            note: note(launcher, request),
            text: text(launcher, request),
        })
        .into()
}

/// What to know of the launcher, then of this request.
fn note(launcher: Launcher, request: &RecipeRequest<'_>) -> String {
    let guess = matches!(launcher, Launcher::Application | Launcher::Operator)
        .then(|| request.program.guess())
        .flatten();
    let stranger = request.release.and_then(Series::stranger);
    let parts = [Some(launcher.note().to_owned()), guess, stranger];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
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

/// What `flink` takes between its action and the jar.
fn flags(request: &RecipeRequest<'_>) -> Vec<String> {
    let mut flags = vec![format!("-s {}", shell_quote(request.path))];
    let mode = names(request.series).flag;
    flags.extend(mode.map(|flag| format!("{flag} {}", request.claim_mode)));
    flags.extend(request.allow_non_restored.then(|| "-n".to_owned()));
    flags.extend(request.parallelism.map(|wanted| format!("-p {wanted}")));
    let class = request.program.entry_class;
    flags.extend(class.map(|class| format!("-c {}", shell_quote(class))));
    flags
}

/// A jar with the program's arguments, which `flink` takes last.
fn started(jar: &str, request: &RecipeRequest<'_>) -> String {
    let mut words = vec![shell_quote(jar)];
    words.extend(request.program.arguments.iter().map(|it| shell_quote(it)));
    words.join(" ")
}

fn run(request: &RecipeRequest<'_>) -> String {
    let mut words = vec!["flink run".to_owned()];
    words.extend(flags(request));
    words.push(started(request.program.file(), request));
    words.join(" ")
}

/// By flags: what `flink` itself sets for the claim mode and for unclaimed state overwrites `-D` options, whether such
/// flags were given or not (`ProgramOptions#applyToConfiguration`).
fn application(request: &RecipeRequest<'_>) -> String {
    let action = if request.series == Series::V2 {
        "run"
    } else {
        "run-application"
    };
    let mut lines = vec![format!("flink {action} -t kubernetes-application")];
    lines.extend(flags(request));
    lines.push(started(&request.program.in_image(), request));
    lines.join(" \\\n  ")
}

fn sql(request: &RecipeRequest<'_>) -> String {
    let path = request.path.replace('\'', "''");
    let mut lines = vec![format!("SET '{}' = '{path}';", names(request.series).path)];
    let options = request.options();
    lines.extend(
        options
            .iter()
            .map(|(key, value)| format!("SET '{key}' = '{value}';")),
    );
    lines.join("\n")
}

fn rest(request: &RecipeRequest<'_>) -> String {
    let address = shell_quote(request.address.unwrap_or("http://jobmanager:8081"));
    let body = shell_quote(&body(request)).into_owned();
    let run = |id: &str| {
        format!(
            "curl -X POST -H 'Content-Type: application/json' -d {body} {address}/jars/{id}/run"
        )
    };
    match request.program.on_cluster() {
        OnCluster::Held(id) => run(&id),
        OnCluster::Unknown => run("JAR_ID"),
        OnCluster::ToUpload(file) => format!(
            "JAR_ID=$(curl -H Expect: -F {} {address}/jars/upload | sed -n '{}')\n{}",
            shell_quote(&form(file)),
            // The id is the name that the cluster gave to the file, at the end of its path.
            r#"s|.*"filename":"[^"]*/\([^"/]*\)".*|\1|p"#,
            run("\"$JAR_ID\"")
        ),
    }
}

/// A file as a field of a form, in the language of `curl -F`. An id is made of the file's name, and has to be fit for a URL.
fn form(file: &str) -> String {
    let quoted = file.replace('\\', r"\\").replace('"', r#"\""#);
    let name = file.rsplit('/').next().unwrap_or(file);
    if percent_encoded(name) == name {
        format!("jarfile=@\"{quoted}\"")
    } else {
        format!("jarfile=@\"{quoted}\";filename=job.jar")
    }
}

/// The body of `/jars/:jarid/run` (`JarRunRequestBody`).
fn body(request: &RecipeRequest<'_>) -> String {
    let program = &request.program;
    let mut fields = Vec::new();
    fields.extend(
        program
            .entry_class
            .map(|class| ("entryClass", Value::from(class))),
    );
    if !program.arguments.is_empty() {
        fields.push(("programArgsList", Value::from(program.arguments)));
    }
    fields.extend(
        request
            .parallelism
            .map(|wanted| ("parallelism", Value::from(wanted.get()))),
    );
    fields.push(("savepointPath", Value::from(request.path)));
    fields.push((
        "allowNonRestoredState",
        Value::from(request.allow_non_restored),
    ));
    let mode = names(request.series).rest;
    fields.extend(mode.map(|field| (field, Value::from(request.claim_mode.constant()))));
    let lines: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("  \"{name}\": {value}"))
        .collect();
    format!("{{\n{}\n}}", lines.join(",\n"))
}

/// A merge patch, which leaves the rest of the resource as it is.
/// A nonce that is new makes the operator cancel what runs, without a savepoint and without a way back, and deploy from the
/// path (`AbstractJobReconciler#redeployWithSavepoint`, `JobSpec`).
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
    let program = &request.program;
    if program.jar.is_some() {
        job["jarURI"] = Value::from(program.in_image());
    }
    if let Some(class) = program.entry_class {
        job["entryClass"] = Value::from(class);
    }
    if !program.arguments.is_empty() {
        job["args"] = Value::from(program.arguments);
    }
    let mut spec = json!({ "job": job });
    if let Some(option) = names(request.series).mode {
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
    let names = names(request.series);
    let class = names.class;
    let mut imports = vec![
        "org.apache.flink.configuration.Configuration".to_owned(),
        format!("{}.{class}", names.package),
        "org.apache.flink.streaming.api.environment.StreamExecutionEnvironment".to_owned(),
    ];
    if request.parallelism.is_some() {
        imports.push("org.apache.flink.configuration.CoreOptions".to_owned());
    }
    imports.sort();
    let mut lines: Vec<String> = imports
        .iter()
        .map(|import| format!("import {import};"))
        .collect();
    lines.extend([
        String::new(),
        "Configuration conf = new Configuration();".to_owned(),
        format!(
            "conf.set({class}.SAVEPOINT_PATH, {});",
            Value::from(request.path)
        ),
    ]);
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
