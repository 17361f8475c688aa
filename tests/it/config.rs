//! Contexts: a file, the environment and flags, through the real program.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on should fail where it stands"
)]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value;

use crate::program::{err, fixture, json, out, stateward};
use crate::server::{Server, reply};

/// A configuration file of its own.
struct Home {
    temp: tempfile::TempDir,
}

impl Home {
    fn with(text: &str) -> Self {
        let home = Self {
            temp: tempfile::tempdir().unwrap(),
        };
        fs::write(home.file(), text).unwrap();
        home
    }

    fn file(&self) -> PathBuf {
        self.temp.path().join("config.toml")
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = stateward();
        command.args(args).env("STATEWARD_CONFIG", self.file());
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }
}

/// A cluster without jobs.
fn server() -> Server {
    Server::start(|path, out| match path {
        "/config" => reply(out, "200 OK", r#"{"flink-version":"2.3.0"}"#),
        "/jobs/overview" => reply(out, "200 OK", r#"{"jobs":[]}"#),
        _ => reply(out, "404 Not Found", r#"{"errors":["Not found."]}"#),
    })
}

fn setting<'v>(shown: &'v Value, key: &str) -> (&'v str, &'v str) {
    let rows = shown["settings"].as_array().unwrap();
    let row = rows.iter().find(|row| row["key"] == key).unwrap();
    (
        row["value"].as_str().unwrap(),
        row["origin"].as_str().unwrap(),
    )
}

#[test]
fn a_context_names_the_cluster_and_how_to_reach_it() {
    let server = server();
    let home = Home::with(&format!(
        "[contexts.prod]\nflink = \"{}\"\ntoken_file = \"token\"\n",
        server.url
    ));
    fs::write(home.temp.path().join("token"), "from-the-context\n").unwrap();
    let answer = json(&home.run(&["jobs", "--context", "prod", "--json"]));
    assert_eq!(answer["clusters"][0]["name"], "prod");
    let seen = server.requests().join("");
    assert!(seen.contains("Bearer from-the-context"), "{seen}");

    // Its secrets are for its own cluster: another that a flag names never gets them.
    let other = self::server();
    let output = home
        .command(&["jobs", "--flink", &other.url, "--json"])
        .env("STATEWARD_CONTEXT", "prod")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let seen = other.requests().join("").to_lowercase();
    assert!(
        !seen.is_empty() && !seen.contains("authorization"),
        "{seen}"
    );
    let said = err(&output);
    let wanted = "stateward: note: context `prod` is set aside: --flink names clusters";
    assert!(said.starts_with(wanted), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn a_context_that_is_set_aside_is_shown_as_such() {
    let home = Home::with("context = \"prod\"\n[contexts.prod]\nflink = \"http://jm:8081\"\n");
    let file = home.file().display().to_string();
    let shown = |named: &str| {
        let mut command = home.command(&["config", "show", "--json"]);
        json(&command.env("STATEWARD_FLINK", named).output().unwrap())
    };
    let aside = shown("http://other:8081");
    assert_eq!(
        setting(&aside, "set_aside"),
        ("prod", &*format!("{file}:1"))
    );
    assert_eq!(setting(&aside, "flink").1, "$STATEWARD_FLINK");
    let used = shown("");
    assert_eq!(setting(&used, "context").0, "prod");
    let rows = used["settings"].as_array().unwrap();
    assert!(rows.iter().all(|row| row["key"] != "set_aside"), "{used}");

    let server = server();
    let mut pty = crate::pty::start(["--flink", &server.url])
        .env("STATEWARD_CONFIG", &file)
        .run();
    pty.wait_for_text("context `prod` is set aside: --flink names clusters");
    pty.send("q");
    assert_eq!(pty.finish().exit_code(), 0);
}

#[test]
fn later_layers_win_and_each_value_says_who_set_it() {
    let home = Home::with(
        "theme = \"mono\"\ngrace = \"1h\"\n[contexts.prod]\nflink = \"http://jm:8081\"\nwrite = true\ndanger = \"red\"\n",
    );
    let shown = json(&home.run(&["config", "show", "--context", "prod", "--json"]));
    let file = home.file().display().to_string();
    assert_eq!(setting(&shown, "context"), ("prod", "--context"));
    assert_eq!(setting(&shown, "write"), ("true", &*format!("{file}:5")));
    assert_eq!(setting(&shown, "danger").0, "red");
    assert_eq!(setting(&shown, "grace"), ("1h", &*format!("{file}:2")));
    assert_eq!(setting(&shown, "ascii"), ("false", "default"));

    let output = home
        .command(&["config", "show", "--json"])
        .env("STATEWARD_CONTEXT", "prod")
        .env("STATEWARD_WRITE", "0")
        .env("STATEWARD_THEME", "light")
        .output()
        .unwrap();
    let shown = json(&output);
    assert_eq!(setting(&shown, "context").1, "$STATEWARD_CONTEXT");
    assert_eq!(setting(&shown, "write"), ("false", "$STATEWARD_WRITE"));
    assert_eq!(setting(&shown, "theme"), ("light", "$STATEWARD_THEME"));
    let people = home.run(&["config", "show", "--origin"]);
    assert!(out(&people).contains("config.toml:1"), "{}", out(&people));
}

#[test]
fn roots_of_a_context_stand_for_the_working_directory() {
    let root = fixture("flink-2.3.0/hashmap");
    let home = Home::with(&format!(
        "context = \"here\"\n[contexts.here]\nroots = [\"{}\"]\n",
        root.display()
    ));
    let elsewhere = tempfile::tempdir().unwrap();
    let listed = home
        .command(&["ls", "--json"])
        .current_dir(elsewhere.path())
        .output()
        .unwrap();
    assert!(!json(&listed)["snapshots"].as_array().unwrap().is_empty());
    let named = home
        .command(&["latest", "--context", "here"])
        .current_dir(elsewhere.path())
        .output()
        .unwrap();
    assert!(out(&named).contains("hashmap"), "{}", err(&named));
    // A path on the command line wins.
    let output = home.run(&["ls", elsewhere.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1), "{}", out(&output));
}

#[test]
fn what_is_not_understood_is_refused_with_its_place_and_a_guess() {
    for (text, place, words) in [
        ("[contexts.prod]\nrots = []\n", ":2:1", "roots"),
        (
            "[context.prod]\nwrite = true\n",
            ":1:2",
            "did you mean `[contexts.prod]`",
        ),
        (
            "[contexts.prod]\nflink = \"http://u:p@jm:8081\"\n",
            ":2:9",
            "`password_file`",
        ),
        ("theem = \"mono\"\n", ":1:1", "theme"),
        ("write = \"yes\"\n", ":1:", "write"),
        (
            "[contexts.prod]\npassword = \"x\"\n",
            ":2:",
            "password_file",
        ),
        ("theme = \n", ":1:", ""),
    ] {
        let home = Home::with(text);
        let output = home.run(&["ls", "/"]);
        let said = err(&output);
        assert_eq!(output.status.code(), Some(3), "{text}: {said}");
        assert!(
            said.contains(&format!("config.toml{place}")),
            "{text}: {said}"
        );
        assert!(said.contains(words), "{text}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        // What explains settings works all the same.
        assert_eq!(home.run(&["config", "template"]).status.code(), Some(0));
        assert_eq!(home.run(&["config", "path"]).status.code(), Some(0));
    }
    let home = Home::with("[contexts.prod]\nflink = \"http://jm:8081\"\n");
    let output = home.run(&["jobs", "--context", "prdo"]);
    assert_eq!(output.status.code(), Some(2), "{}", err(&output));
    assert!(
        err(&output).contains("did you mean `prod`"),
        "{}",
        err(&output)
    );
}

#[test]
fn flinks_own_configuration_is_used_where_nobody_names_a_cluster() {
    let server = server();
    let home = Home::with("");
    let port = server.url.rsplit(':').next().unwrap();
    fs::write(
        home.temp.path().join("flink-conf.yaml"),
        format!("jobmanager.rpc.address: localhost\nrest.port: {port}\n"),
    )
    .unwrap();
    let output = home
        .command(&["jobs", "--json"])
        .env("FLINK_CONF_DIR", home.temp.path())
        .output()
        .unwrap();
    assert_eq!(json(&output)["clusters"][0]["flink_version"], "2.3.0");
    let output = home
        .command(&["config", "show", "--json", "--origin"])
        .env("FLINK_CONF_DIR", home.temp.path())
        .output()
        .unwrap();
    let shown = json(&output);
    assert!(setting(&shown, "flink").1.ends_with("flink-conf.yaml"));
    // One that is named wins.
    let output = home
        .command(&["config", "show", "--json"])
        .env("FLINK_CONF_DIR", home.temp.path())
        .env("STATEWARD_FLINK", "http://named:8081")
        .output()
        .unwrap();
    assert_eq!(setting(&json(&output), "flink").0, "http://named:8081");
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let output = stateward()
        .args(["config", "show"])
        .env("STATEWARD_CONFIG", "/nowhere/config.toml")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(
        err(&output).contains("STATEWARD_CONFIG names it"),
        "{}",
        err(&output)
    );
}
