use std::num::NonZeroU32;

use serde_json::Value;

use super::super::{ClaimMode, RecipeProgram};
use super::*;

const PATH: &str = "s3://bucket/7bf6/chk-7";

/// A request as bare as can be.
fn bare(series: Series, mode: ClaimMode) -> RecipeRequest<'static> {
    RecipeRequest::new(PATH, series, mode)
}

/// A request for all there is.
fn full(series: Series, mode: ClaimMode) -> RecipeRequest<'static> {
    RecipeRequest {
        allow_non_restored: true,
        parallelism: NonZeroU32::new(4),
        deployment: Some("fraud"),
        nonce: 1_800_000_000,
        ..bare(series, mode)
    }
}

/// The patch within a `kubectl` command.
fn patch(command: &str, deployment: &str) -> Value {
    let start = format!("kubectl patch flinkdeployment {deployment} --type merge -p '");
    let quoted = command
        .strip_prefix(&start)
        .unwrap_or_else(|| panic!("{command}"));
    let text = quoted.strip_suffix('\'').unwrap().replace(r"'\''", "'");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn flags_follow_the_release() {
    for (series, mode, bare_line, full_line) in [
        (
            Series::V1_14,
            ClaimMode::Legacy,
            "flink run -s s3://bucket/7bf6/chk-7 job.jar",
            "flink run -s s3://bucket/7bf6/chk-7 -n -p 4 job.jar",
        ),
        (
            Series::V1_15,
            ClaimMode::NoClaim,
            "flink run -s s3://bucket/7bf6/chk-7 -restoreMode NO_CLAIM job.jar",
            "flink run -s s3://bucket/7bf6/chk-7 -restoreMode NO_CLAIM -n -p 4 job.jar",
        ),
        (
            Series::V1_20,
            ClaimMode::Legacy,
            "flink run -s s3://bucket/7bf6/chk-7 -claimMode LEGACY job.jar",
            "flink run -s s3://bucket/7bf6/chk-7 -claimMode LEGACY -n -p 4 job.jar",
        ),
        (
            Series::V2,
            ClaimMode::Claim,
            "flink run -s s3://bucket/7bf6/chk-7 -claimMode CLAIM job.jar",
            "flink run -s s3://bucket/7bf6/chk-7 -claimMode CLAIM -n -p 4 job.jar",
        ),
    ] {
        assert_eq!(run(&bare(series, mode)), bare_line);
        assert_eq!(run(&full(series, mode)), full_line);
    }
}

#[test]
fn application_mode_follows_the_release() {
    let (kubernetes, jar) = (
        "-t kubernetes-application",
        "local:///opt/flink/usrlib/job.jar",
    );
    let path = "-s s3://bucket/7bf6/chk-7";
    for (request, lines) in [
        (
            full(Series::V1_14, ClaimMode::Legacy),
            &["run-application", kubernetes, path, "-n", "-p 4", jar][..],
        ),
        (
            bare(Series::V1_15, ClaimMode::NoClaim),
            &[
                "run-application",
                kubernetes,
                path,
                "-restoreMode NO_CLAIM",
                jar,
            ],
        ),
        (
            bare(Series::V1_20, ClaimMode::Claim),
            &["run-application", kubernetes, path, "-claimMode CLAIM", jar],
        ),
        (
            full(Series::V2, ClaimMode::Claim),
            &[
                "run",
                kubernetes,
                path,
                "-claimMode CLAIM",
                "-n",
                "-p 4",
                jar,
            ],
        ),
    ] {
        let [action, target, rest @ ..] = lines else {
            panic!("{lines:?}");
        };
        let wanted = format!("flink {action} {target} \\\n  {}", rest.join(" \\\n  "));
        assert_eq!(application(&request), wanted);
    }
}

#[test]
fn the_sql_client_follows_the_release() {
    assert_eq!(
        sql(&bare(Series::V1_14, ClaimMode::Legacy)),
        "SET 'execution.savepoint.path' = 's3://bucket/7bf6/chk-7';"
    );
    assert_eq!(
        sql(&full(Series::V1_15, ClaimMode::Claim)),
        "SET 'execution.savepoint.path' = 's3://bucket/7bf6/chk-7';\n\
         SET 'execution.savepoint-restore-mode' = 'CLAIM';\n\
         SET 'execution.savepoint.ignore-unclaimed-state' = 'true';\n\
         SET 'parallelism.default' = '4';"
    );
    for series in [Series::V1_20, Series::V2] {
        assert_eq!(
            sql(&full(series, ClaimMode::NoClaim)),
            "SET 'execution.state-recovery.path' = 's3://bucket/7bf6/chk-7';\n\
             SET 'execution.state-recovery.claim-mode' = 'NO_CLAIM';\n\
             SET 'execution.state-recovery.ignore-unclaimed-state' = 'true';\n\
             SET 'parallelism.default' = '4';"
        );
    }
}

#[test]
fn bodies_follow_the_release() {
    assert_eq!(
        body(&bare(Series::V1_15, ClaimMode::Claim)),
        "{\n  \"savepointPath\": \"s3://bucket/7bf6/chk-7\",\n  \"allowNonRestoredState\": false,\n  \"restoreMode\": \"CLAIM\"\n}"
    );
    for (series, field) in [
        (Series::V1_14, None),
        (Series::V1_15, Some("restoreMode")),
        (Series::V1_20, Some("claimMode")),
        (Series::V2, Some("claimMode")),
    ] {
        let text = body(&full(series, ClaimMode::NoClaim));
        let body: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(body["allowNonRestoredState"], true);
        assert_eq!(body["parallelism"], 4);
        let modes = body.as_object().unwrap().iter();
        let modes: Vec<_> = modes.filter(|(name, _)| name.ends_with("Mode")).collect();
        assert_eq!(
            modes,
            field
                .map(|field| (field.to_owned(), Value::from("NO_CLAIM")))
                .iter()
                .map(|(name, value)| (name, value))
                .collect::<Vec<_>>(),
            "{series:?}"
        );
    }
}

#[test]
fn the_operator_gets_a_merge_patch_with_the_nonce() {
    let of = |request: RecipeRequest<'_>| patch(&operator(&request), "fraud");
    for (series, option) in [
        (Series::V1_15, "execution.savepoint-restore-mode"),
        (Series::V1_20, "execution.state-recovery.claim-mode"),
        (Series::V2, "execution.state-recovery.claim-mode"),
    ] {
        assert_eq!(
            of(full(series, ClaimMode::Claim)),
            json!({"spec": {
                "flinkConfiguration": {option: "CLAIM"},
                "job": {
                    "state": "running",
                    "initialSavepointPath": PATH,
                    "savepointRedeployNonce": 1_800_000_000,
                    "allowNonRestoredState": true,
                    "parallelism": 4,
                },
            }})
        );
    }
    let bare = patch(&operator(&bare(Series::V1_14, ClaimMode::Legacy)), "NAME");
    assert_eq!(
        bare,
        json!({"spec": {"job": {
            "state": "running",
            "initialSavepointPath": PATH,
            "savepointRedeployNonce": 1,
            "allowNonRestoredState": false,
        }}})
    );
}

#[test]
fn java_follows_the_release() {
    assert_eq!(
        programmatic(&bare(Series::V1_14, ClaimMode::Legacy)),
        "import org.apache.flink.configuration.Configuration;\n\
         import org.apache.flink.runtime.jobgraph.SavepointConfigOptions;\n\
         import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;\n\n\
         Configuration conf = new Configuration();\n\
         conf.set(SavepointConfigOptions.SAVEPOINT_PATH, \"s3://bucket/7bf6/chk-7\");\n\
         StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(conf);"
    );
    assert!(
        programmatic(&full(Series::V1_15, ClaimMode::Claim))
            .contains("conf.setString(\"execution.savepoint-restore-mode\", \"CLAIM\");\nconf.set(SavepointConfigOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE, true);")
    );
    for series in [Series::V1_20, Series::V2] {
        assert_eq!(
            programmatic(&full(series, ClaimMode::NoClaim)),
            "import org.apache.flink.configuration.Configuration;\n\
             import org.apache.flink.configuration.CoreOptions;\n\
             import org.apache.flink.configuration.StateRecoveryOptions;\n\
             import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;\n\n\
             Configuration conf = new Configuration();\n\
             conf.set(StateRecoveryOptions.SAVEPOINT_PATH, \"s3://bucket/7bf6/chk-7\");\n\
             conf.setString(\"execution.state-recovery.claim-mode\", \"NO_CLAIM\");\n\
             conf.set(StateRecoveryOptions.SAVEPOINT_IGNORE_UNCLAIMED_STATE, true);\n\
             conf.set(CoreOptions.DEFAULT_PARALLELISM, 4);\n\
             StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(conf);"
        );
    }
}

#[test]
fn a_program_stands_where_its_launcher_looks_for_it() {
    let arguments = ["--from".to_owned(), "it's \"x\" $y".to_owned()];
    let request = RecipeRequest {
        program: RecipeProgram {
            jar: Some("target/my job.jar"),
            entry_class: Some("com.acme.Fraud$Main"),
            arguments: &arguments,
        },
        address: Some("https://jm:8081/flink"),
        ..full(Series::V2, ClaimMode::NoClaim)
    };
    assert_eq!(
        run(&request),
        r#"flink run -s s3://bucket/7bf6/chk-7 -claimMode NO_CLAIM -n -p 4 -c 'com.acme.Fraud$Main' 'target/my job.jar' --from 'it'\''s "x" $y'"#
    );
    let tail = r#" \
  -p 4 \
  -c 'com.acme.Fraud$Main' \
  local:///opt/flink/usrlib/my%20job.jar --from 'it'\''s "x" $y'"#;
    let application = application(&request);
    assert!(application.ends_with(tail), "{application}");
    let patched = patch(&operator(&request), "fraud");
    let job = &patched["spec"]["job"];
    assert_eq!(job["jarURI"], "local:///opt/flink/usrlib/my%20job.jar");
    assert_eq!(job["entryClass"], "com.acme.Fraud$Main");
    assert_eq!(job["args"], json!(arguments));
    assert_eq!(job["parallelism"], 4);
    let sent: Value = serde_json::from_str(&body(&request)).unwrap();
    assert_eq!(
        sent,
        json!({
            "entryClass": "com.acme.Fraud$Main",
            "programArgsList": arguments,
            "parallelism": 4,
            "savepointPath": PATH,
            "allowNonRestoredState": true,
            "claimMode": "NO_CLAIM",
        })
    );
}

#[test]
fn a_call_of_the_rest_api_names_a_jar_that_is_there_or_brings_it() {
    let to = |jar, address| {
        rest(&RecipeRequest {
            program: RecipeProgram {
                jar,
                ..RecipeProgram::default()
            },
            address,
            ..bare(Series::V2, ClaimMode::NoClaim)
        })
    };
    let call = |url: &str| {
        format!(
            "curl -X POST -H 'Content-Type: application/json' -d '{}' {url}",
            body(&bare(Series::V2, ClaimMode::NoClaim))
        )
    };
    let id = "0b4f2a3c-5d6e-4f70-8a9b-0c1d2e3f4a5b_job.jar";
    assert_eq!(
        to(None, None),
        call("http://jobmanager:8081/jars/JAR_ID/run")
    );
    assert_eq!(
        to(Some(id), Some("http://jm:1")),
        call(&format!("http://jm:1/jars/{id}/run"))
    );
    let upload = |form: &str| {
        format!(
            r#"JAR_ID=$(curl -H Expect: -F {form} http://jm:1/jars/upload | sed -n 's|.*"filename":"[^"]*/\([^"/]*\)".*|\1|p')"#
        )
    };
    let run = call(r#"http://jm:1/jars/"$JAR_ID"/run"#);
    for (file, form) in [
        ("a/job.jar", r#"'jarfile=@"a/job.jar"'"#),
        (
            r#"a"b/my job.jar"#,
            r#"'jarfile=@"a\"b/my job.jar";filename=job.jar'"#,
        ),
    ] {
        assert_eq!(
            to(Some(file), Some("http://jm:1")),
            format!("{}\n{run}", upload(form))
        );
    }
}

#[test]
fn notes_say_what_is_lost_what_is_guessed_and_what_is_unknown() {
    let note = |launcher, jar, release| {
        note(
            launcher,
            &RecipeRequest {
                program: RecipeProgram {
                    jar,
                    ..RecipeProgram::default()
                },
                release,
                ..bare(Series::V2, ClaimMode::NoClaim)
            },
        )
    };
    let operator = note(Launcher::Operator, None, None);
    for words in ["CANCEL", "WITHOUT a savepoint", "take a savepoint first"] {
        assert!(operator.contains(words), "{operator}");
    }
    for launcher in Launcher::ALL {
        let own = launcher.note();
        assert_eq!(note(launcher, None, Some((2, 3))), own);
        assert_eq!(note(launcher, Some("s3://jars/job.jar"), None), own);
        let in_image = matches!(launcher, Launcher::Application | Launcher::Operator);
        let guessed = note(launcher, Some("job.jar"), None);
        let says_so = guessed.contains("taken to be local:///opt/flink/usrlib/job.jar");
        assert_eq!(says_so, in_image, "{guessed}");
        let unknown = note(launcher, None, Some((9, 9)));
        assert!(unknown.contains("Flink 9.9 is unknown"), "{unknown}");
    }
}

#[test]
fn awkward_paths_stay_one_value_everywhere() {
    let path = "file:/a b/it's \"x\"$(rm)";
    let of = |series, mode| RecipeRequest::new(path, series, mode);
    let request = of(Series::V2, ClaimMode::NoClaim);
    assert_eq!(
        run(&of(Series::V1_14, ClaimMode::Legacy)),
        r#"flink run -s 'file:/a b/it'\''s "x"$(rm)' job.jar"#
    );
    assert!(application(&request).contains(r#"-s 'file:/a b/it'\''s "x"$(rm)'"#));
    assert!(
        sql(&request)
            .starts_with("SET 'execution.state-recovery.path' = 'file:/a b/it''s \"x\"$(rm)';")
    );
    let body: Value = serde_json::from_str(&body(&request)).unwrap();
    assert_eq!(body["savepointPath"], path);
    let patched = patch(&operator(&request), "NAME");
    assert_eq!(patched["spec"]["job"]["initialSavepointPath"], path);
    assert!(programmatic(&request).contains(r#"SAVEPOINT_PATH, "file:/a b/it's \"x\"$(rm)");"#));
    let awkward = RecipeRequest {
        deployment: Some("a; rm"),
        ..request
    };
    assert!(operator(&awkward).starts_with("kubectl patch flinkdeployment 'a; rm' --type"));
}

#[test]
fn every_launcher_has_one_recipe_in_every_series() {
    for series in Series::ALL {
        for &mode in series.claim_modes() {
            let found = recipes(&bare(series, mode));
            let launchers: Vec<_> = found.iter().map(|recipe| recipe.launcher).collect();
            assert_eq!(launchers, Launcher::ALL);
            for recipe in &found {
                assert!(recipe.text.contains(PATH), "{recipe:?}");
                let names_mode = recipe.text.contains(mode.constant());
                assert_eq!(names_mode, series != Series::V1_14, "{recipe:?}");
            }
        }
    }
}
