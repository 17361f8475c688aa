use serde_json::Value;

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
    let lines = |request: RecipeRequest<'_>| -> Vec<String> {
        let text = application(&request);
        text.split(" \\\n  ").map(str::to_owned).collect()
    };
    let (kubernetes, jar) = (
        "-t kubernetes-application",
        "local:///opt/flink/usrlib/job.jar",
    );
    assert_eq!(
        lines(full(Series::V1_14, ClaimMode::Legacy)),
        [
            &format!("flink run-application {kubernetes}"),
            "-Dexecution.savepoint.path=s3://bucket/7bf6/chk-7",
            "-Dexecution.savepoint.ignore-unclaimed-state=true",
            "-Dparallelism.default=4",
            jar
        ]
    );
    assert_eq!(
        lines(bare(Series::V1_15, ClaimMode::NoClaim)),
        [
            &format!("flink run-application {kubernetes}"),
            "-Dexecution.savepoint.path=s3://bucket/7bf6/chk-7",
            "-Dexecution.savepoint-restore-mode=NO_CLAIM",
            jar
        ]
    );
    assert_eq!(
        lines(bare(Series::V1_20, ClaimMode::Claim))[0],
        format!("flink run-application {kubernetes}")
    );
    assert_eq!(
        lines(full(Series::V2, ClaimMode::Claim)),
        [
            &format!("flink run {kubernetes}"),
            "-Dexecution.state-recovery.path=s3://bucket/7bf6/chk-7",
            "-Dexecution.state-recovery.claim-mode=CLAIM",
            "-Dexecution.state-recovery.ignore-unclaimed-state=true",
            "-Dparallelism.default=4",
            jar
        ]
    );
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
        rest(&bare(Series::V1_15, ClaimMode::Claim)),
        "{\n  \"savepointPath\": \"s3://bucket/7bf6/chk-7\",\n  \"allowNonRestoredState\": false,\n  \"restoreMode\": \"CLAIM\"\n}"
    );
    for (series, field) in [
        (Series::V1_14, None),
        (Series::V1_15, Some("restoreMode")),
        (Series::V1_20, Some("claimMode")),
        (Series::V2, Some("claimMode")),
    ] {
        let text = rest(&full(series, ClaimMode::NoClaim));
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
        "import org.apache.flink.runtime.jobgraph.SavepointConfigOptions;\n\n\
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
            "import org.apache.flink.configuration.StateRecoveryOptions;\n\n\
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
fn awkward_paths_stay_one_value_everywhere() {
    let path = "file:/a b/it's \"x\"$(rm)";
    let of = |series, mode| RecipeRequest::new(path, series, mode);
    let request = of(Series::V2, ClaimMode::NoClaim);
    assert_eq!(
        run(&of(Series::V1_14, ClaimMode::Legacy)),
        r#"flink run -s 'file:/a b/it'\''s "x"$(rm)' job.jar"#
    );
    assert!(
        application(&request)
            .contains(r#"'-Dexecution.state-recovery.path=file:/a b/it'\''s "x"$(rm)'"#)
    );
    assert!(
        sql(&request)
            .starts_with("SET 'execution.state-recovery.path' = 'file:/a b/it''s \"x\"$(rm)';")
    );
    let body: Value = serde_json::from_str(&rest(&request)).unwrap();
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
