//! The commands, on trees that a real Flink wrote.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{copy, err, fixture, json, only, out, run, stateward};

fn incremental() -> std::path::PathBuf {
    fixture("flink-2.3.0/rocksdb-incremental")
}

#[test]
fn show_has_the_documented_shape() {
    let job = only(&incremental().join("checkpoints"), "");
    let shown = run([Path::new("show"), &job.join("chk-9"), Path::new("--json")]);
    assert!(shown.status.success(), "{}", err(&shown));
    let document = json(&shown);
    for key in [
        "schema",
        "uri",
        "kind",
        "kind_inferred",
        "health",
        "job_id",
        "completed_at",
        "metadata",
        "properties",
        "format",
        "relocatable",
        "sizes",
        "rescale",
        "master_states",
        "operators",
        "files",
    ] {
        assert!(document.get(key).is_some(), "no {key}");
    }
    assert_eq!(document["kind"], "externalized_checkpoint");
    assert_eq!(document["health"], "complete");
    assert_eq!(document["metadata"]["checkpoint_id"], 9);
    assert_eq!(
        document["job_id"],
        job.file_name().unwrap().to_str().unwrap()
    );
    assert_eq!(document["format"]["incremental"], true);
    let shared = document["files"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|file| file["referenced_by"].as_u64() > Some(1));
    assert!(
        shared.count() > 0,
        "three retained incremental checkpoints share files"
    );
    assert_eq!(document["path_mapping"]["inferred"], true);
}

#[test]
fn show_counts_relations_against_siblings() {
    let job = only(&incremental().join("checkpoints"), "");
    let sizes = |number: u64| {
        let shown = run([
            Path::new("show"),
            &job.join(format!("chk-{number}")),
            Path::new("--json"),
        ]);
        json(&shown)["sizes"].clone()
    };
    let (seventh, ninth) = (sizes(7), sizes(9));
    assert!(ninth["new"].as_u64() < ninth["refer"].as_u64(), "{ninth}");
    assert!(
        seventh["freed"].as_u64() < seventh["refer"].as_u64(),
        "{seventh}"
    );
}

#[test]
fn the_metadata_file_stands_for_its_snapshot() {
    let savepoint = only(&fixture("flink-2.3.0/stop/savepoints"), "savepoint-");
    let by_directory = run([Path::new("show"), &savepoint, Path::new("--json")]);
    let by_file = run([
        Path::new("show"),
        &savepoint.join("_metadata"),
        Path::new("--json"),
    ]);
    assert_eq!(out(&by_directory), out(&by_file));
    assert_eq!(json(&by_file)["properties"]["type"], "Suspend Savepoint");
}

#[test]
fn latest_prints_one_path_that_can_be_pasted() {
    let found = run([Path::new("latest"), &incremental()]);
    assert!(found.status.success(), "{}", err(&found));
    let lines: Vec<String> = out(&found).lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("file:/"), "{}", lines[0]);
}

#[test]
fn latest_refuses_to_choose_between_applications() {
    let refused = run([Path::new("latest"), &fixture("flink-2.3.0")]);
    assert_eq!(refused.status.code(), Some(2), "{}", err(&refused));
    assert_eq!(out(&refused), "");
    assert!(
        err(&refused).contains("choose with --lineage"),
        "{}",
        err(&refused)
    );
    let chosen = run([
        Path::new("latest"),
        &fixture("flink-2.3.0"),
        Path::new("--lineage"),
        Path::new("stop"),
    ]);
    assert!(chosen.status.success(), "{}", err(&chosen));
    assert!(
        out(&chosen).contains("/stop/savepoints/savepoint-"),
        "{}",
        out(&chosen)
    );
}

#[test]
fn latest_explains_why_the_others_lost() {
    let temp = tempfile::tempdir().unwrap();
    copy(&incremental(), temp.path());
    let job = only(&temp.path().join("checkpoints"), "");
    fs::write(job.join("chk-9/_metadata"), b"").unwrap();
    let explained = run([Path::new("latest"), &job, Path::new("--explain")]);
    assert!(
        out(&explained).trim_end().ends_with("chk-8"),
        "{}",
        out(&explained)
    );
    assert!(
        err(&explained).contains("not checkpoint chk-9"),
        "{}",
        err(&explained)
    );
    assert!(
        err(&explained).contains("corrupt: the metadata file is empty"),
        "{}",
        err(&explained)
    );
    assert!(err(&explained).contains("chk-7"), "{}", err(&explained));
    let told = err(&explained);
    assert_eq!(
        told.matches("the metadata file is empty").count(),
        1,
        "{told}"
    );
    let unexplained = run([Path::new("latest"), &job]);
    assert!(
        err(&unexplained).contains("chk-9 is newer but was passed over, corrupt"),
        "{}",
        err(&unexplained)
    );
}

#[test]
fn what_many_have_against_them_is_explained_once() {
    let temp = tempfile::tempdir().unwrap();
    copy(&incremental(), temp.path());
    let job = only(&temp.path().join("checkpoints"), "");
    let explained = run([Path::new("latest"), &job, Path::new("--explain")]);
    let told = err(&explained);
    assert_eq!(told.matches("older").count(), 1, "{told}");
    assert!(told.contains("not chk-8, chk-7: older"), "{told}");
}

#[test]
fn what_only_reads_takes_no_leave_to_write() {
    for command in ["latest", "jobs", "check", "orphans", "explain", "record"] {
        let help = out(&run([command, "--help"]));
        let may = command == "orphans";
        assert_eq!(help.contains("--write"), may, "{command}: {help}");
    }
}

/// Two jobs of other operators in one directory, `broken` newer than `sound`.
fn sound_and_broken() -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    for (job, operator) in [
        ("0000000000000000000000000000aaaa", 1),
        ("0000000000000000000000000000bbbb", 2),
    ] {
        let checkpoint = temp.path().join(job).join("chk-1");
        fs::create_dir_all(&checkpoint).unwrap();
        let draft = crate::world::Draft::checkpoint(1).operators(&[operator]);
        fs::write(checkpoint.join("_metadata"), draft.bytes()).unwrap();
    }
    let metadata = |job: &str| temp.path().join(job).join("chk-1/_metadata");
    let sound = fs::File::options()
        .write(true)
        .open(metadata("0000000000000000000000000000aaaa"))
        .unwrap();
    sound
        .set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(3_600))
        .unwrap();
    fs::write(metadata("0000000000000000000000000000bbbb"), b"cut").unwrap();
    temp
}

#[test]
fn latest_does_not_fall_back_on_another_application() {
    let temp = sound_and_broken();
    let refused = run([Path::new("latest"), temp.path()]);
    assert_eq!(
        (refused.status.code(), out(&refused).as_str()),
        (Some(1), ""),
        "{}",
        err(&refused)
    );
    assert!(
        err(&refused).contains("another lineage"),
        "{}",
        err(&refused)
    );
    let named = run([
        Path::new("latest"),
        temp.path(),
        Path::new("--lineage"),
        Path::new("0000000000000000000000000000aaaa"),
    ]);
    assert!(out(&named).ends_with("aaaa/chk-1\n"), "{}", err(&named));
}

#[test]
fn a_savepoint_that_never_completed_does_not_stand_in_the_way() {
    let temp = tempfile::tempdir().unwrap();
    copy(&fixture("flink-2.3.0/hashmap"), temp.path());
    let job = only(&temp.path().join("checkpoints"), "");
    let prefix = &job.file_name().unwrap().to_str().unwrap()[..6];
    fs::create_dir(
        temp.path()
            .join(format!("savepoints/savepoint-{prefix}-aabbccddeeff")),
    )
    .unwrap();
    let next = temp
        .path()
        .join("checkpoints/0000000000000000000000000000cccc/chk-1");
    fs::create_dir_all(&next).unwrap();
    let found = run([Path::new("latest"), temp.path()]);
    assert!(found.status.success(), "{}", err(&found));
}

#[test]
fn latest_says_what_it_passed_over() {
    let temp = tempfile::tempdir().unwrap();
    copy(&incremental(), temp.path());
    let job = only(&temp.path().join("checkpoints"), "");
    fs::write(job.join("chk-9/_metadata"), b"cut").unwrap();
    let found = run([Path::new("latest"), &job]);
    assert!(
        found.status.success() && out(&found).trim_end().ends_with("chk-8"),
        "{}",
        out(&found)
    );
    assert!(
        err(&found).contains("chk-9 is newer but was passed over, corrupt"),
        "{}",
        err(&found)
    );
}

#[test]
fn a_cut_in_the_record_of_properties_fails_every_check() {
    let temp = tempfile::tempdir().unwrap();
    let savepoint = only(&fixture("flink-2.3.0/stop/savepoints"), "savepoint-");
    copy(&savepoint, &temp.path().join("sp"));
    let metadata = temp.path().join("sp/_metadata");
    let bytes = fs::read(&metadata).unwrap();
    fs::write(&metadata, &bytes[..bytes.len() - 100]).unwrap();
    for depth in ["1", "2", "3"] {
        let checked = run([
            Path::new("verify"),
            temp.path(),
            Path::new("--depth"),
            Path::new(depth),
        ]);
        assert_eq!(checked.status.code(), Some(3), "{}", out(&checked));
    }
    let listed = json(&run([Path::new("ls"), temp.path(), Path::new("--json")]));
    assert_eq!(listed["snapshots"][0]["health"], "corrupt");
    assert_eq!(listed["snapshots"][0]["restorable"], false);
}

#[test]
fn a_misspelt_command_is_not_taken_for_a_path() {
    let refused = run(["lastest"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        err(&refused).contains("neither a command nor an existing path"),
        "{}",
        err(&refused)
    );
}

#[test]
fn nothing_to_find_is_exit_code_one() {
    let temp = tempfile::tempdir().unwrap();
    for verb in ["ls", "latest", "verify"] {
        let found = run([Path::new(verb), temp.path()]);
        assert_eq!(found.status.code(), Some(1), "{verb}: {}", err(&found));
        assert_eq!(out(&found), "");
    }
    let not_one = run([Path::new("show"), temp.path()]);
    assert_eq!(not_one.status.code(), Some(1));
    assert!(
        err(&not_one).contains("is not a snapshot"),
        "{}",
        err(&not_one)
    );
}

#[test]
fn a_path_that_is_not_there_is_exit_code_three_and_one_line() {
    for verb in ["ls", "show", "latest", "verify"] {
        let failed = run([verb, "/nowhere/at/all"]);
        assert_eq!(failed.status.code(), Some(3), "{verb}");
        let line = err(&failed);
        assert_eq!(line.lines().count(), 1, "{line}");
        for part in [
            "cannot look at file:/nowhere/at/all",
            "it does not exist",
            "check the path",
        ] {
            assert!(line.contains(part), "{line}");
        }
    }
}

#[test]
fn a_command_line_that_makes_no_sense_is_exit_code_two() {
    for args in [
        &["latest", "--kind", "x"][..],
        &["show"],
        &["ls", "--map", "x", "/"],
        &["verify", "--depth", "4", "/"],
        // What would do nothing is not taken.
        &["watch", "--json", "/"],
        &["history", "--map", "file:/a=file:/b", "/"],
        &["history", "--grace", "1h", "/"],
        &["orphans", "--write", "/"],
        &["demo", "--list", "--paused"],
    ] {
        assert_eq!(run(args).status.code(), Some(2), "{args:?}");
    }
}

#[test]
fn verify_goes_as_deep_as_asked() {
    let temp = tempfile::tempdir().unwrap();
    copy(&incremental(), temp.path());
    let job = only(&temp.path().join("checkpoints"), "");
    let check = |depth: &str| {
        run([
            Path::new("verify"),
            &job.join("chk-9"),
            Path::new("--depth"),
            Path::new(depth),
            Path::new("--json"),
        ])
    };
    for depth in ["1", "2", "3"] {
        assert_eq!(
            check(depth).status.code(),
            Some(0),
            "{}",
            out(&check(depth))
        );
    }
    assert!(json(&check("3"))["bytes_read"].as_u64() > Some(0));

    let document = json(&run([
        Path::new("show"),
        &job.join("chk-9"),
        Path::new("--json"),
    ]));
    let file = document["files"][0]["resolved"]
        .as_str()
        .unwrap()
        .strip_prefix("file:")
        .unwrap()
        .to_owned();
    fs::remove_file(&file).unwrap();
    assert_eq!(check("1").status.code(), Some(0));
    let failed = check("2");
    assert_eq!(failed.status.code(), Some(1));
    assert!(
        json(&failed)["problems"][0]
            .as_str()
            .unwrap()
            .ends_with("is missing"),
        "{}",
        out(&failed)
    );

    fs::write(job.join("chk-9/_metadata"), b"Ig-").unwrap();
    assert_eq!(check("1").status.code(), Some(3));
}

#[test]
fn ls_lists_every_snapshot_once() {
    let listed = run([
        Path::new("ls"),
        &fixture("flink-2.3.0"),
        Path::new("--json"),
    ]);
    let list = json(&listed);
    let mut found: Vec<&str> = list["snapshots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["uri"].as_str().unwrap())
        .collect();
    let count = found.len();
    found.sort_unstable();
    found.dedup();
    assert_eq!(found.len(), count);
    let lineages = list["lineages"].as_array().unwrap();
    let members: u64 = lineages
        .iter()
        .map(|lineage| lineage["snapshots"].as_u64().unwrap())
        .sum();
    assert_eq!(members, count as u64);
    let filtered = json(&run([
        Path::new("ls"),
        &fixture("flink-2.3.0"),
        Path::new("--json"),
        Path::new("--filter"),
        Path::new("kind:savepoint"),
    ]));
    let kinds: Vec<&Value> = filtered["snapshots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| &row["kind"])
        .collect();
    assert!(
        !kinds.is_empty() && kinds.iter().all(|kind| **kind == "savepoint"),
        "{kinds:?}"
    );
    let bad = run([
        Path::new("ls"),
        &fixture("flink-2.3.0"),
        Path::new("--filter"),
        Path::new("age>banana"),
    ]);
    assert_eq!(bad.status.code(), Some(2), "{}", err(&bad));
}

#[test]
fn a_closed_output_is_no_failure() {
    let mut child = stateward()
        .arg("ls")
        .arg(fixture("flink-2.3.0"))
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn without_a_terminal_the_screen_is_refused_in_words() {
    let refused = stateward()
        .arg(fixture("flink-2.3.0"))
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(err(&refused).contains("stateward ls"), "{}", err(&refused));
}

#[test]
fn completions_and_manual_come_from_the_same_declaration() {
    for shell in ["bash", "zsh", "fish"] {
        let script = run(["completions", shell]);
        assert!(
            script.status.success() && out(&script).contains("latest"),
            "{shell}"
        );
    }
    assert!(out(&run(["man"])).contains(".TH stateward"));
}

#[test]
fn a_later_job_that_left_nothing_is_not_passed_over_in_silence() {
    let temp = tempfile::tempdir().unwrap();
    copy(&fixture("flink-2.3.0/hashmap"), temp.path());
    let checkpoints = temp.path().join("checkpoints");
    let before = run([OsStr::new("latest"), checkpoints.as_os_str()]);
    assert!(!err(&before).contains("left nothing"), "{}", err(&before));
    let later = checkpoints.join("a".repeat(32));
    fs::create_dir_all(later.join("shared")).unwrap();
    // One that never kept anything, as after a start that failed, takes nothing away.
    let after = run([OsStr::new("latest"), checkpoints.as_os_str()]);
    assert_eq!((out(&after), err(&after)), (out(&before), err(&before)));
    // One that was changed long after it was made had checkpoints.
    let changed = std::time::SystemTime::now() + std::time::Duration::from_secs(60);
    fs::File::open(&later)
        .unwrap()
        .set_modified(changed)
        .unwrap();
    let after = run([OsStr::new("latest"), checkpoints.as_os_str()]);
    assert_eq!((out(&after), after.status.code()), (String::new(), Some(1)));
    let said = err(&after);
    assert!(said.contains("a job has written below"), "{said}");
    let lineage = said.split("--lineage '").nth(1).unwrap();
    let lineage = lineage.split('\'').next().unwrap();
    let named = run([
        OsStr::new("latest"),
        OsStr::new("--lineage"),
        OsStr::new(lineage),
        checkpoints.as_os_str(),
    ]);
    assert_eq!(out(&named), out(&before));
    assert!(
        err(&named).contains("a job has written below"),
        "{}",
        err(&named)
    );
}

#[test]
fn a_recipe_names_the_program_and_says_beside_it_what_to_know() {
    let savepoints = fixture("flink-2.3.0/finished/savepoints");
    let snapshot = only(&savepoints, "savepoint-");
    let print = |more: &[&str]| {
        let mut command = stateward();
        command.arg("restart").arg(&snapshot).args(more);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        (out(&output), err(&output))
    };
    let program = [
        "--jar",
        "fraud.jar",
        "--entry-class",
        "com.acme.Fraud",
        "--arg",
        "--from",
        "--arg",
        "a b",
        "--parallelism",
        "4",
    ];
    let with = |launcher| print(&[&["--print", launcher][..], &program].concat());
    let path = format!("file:{}", snapshot.display());
    let (text, note) = with("cli");
    assert_eq!(
        text,
        format!(
            "flink run -s {path} -claimMode NO_CLAIM -p 4 -c com.acme.Fraud fraud.jar --from 'a b'\n"
        )
    );
    assert_eq!(note, "stateward: note: Against a running cluster.\n");
    let (text, note) = with("operator");
    for words in [
        "\"jarURI\": \"local:///opt/flink/usrlib/fraud.jar\"",
        "\"entryClass\": \"com.acme.Fraud\"",
        "\"parallelism\": 4",
    ] {
        assert!(text.contains(words), "{text}");
    }
    assert!(note.contains("WITHOUT a savepoint"), "{note}");
    assert!(!text.contains("note"), "{text}");
    let (text, _) = with("rest");
    assert!(
        text.contains("\"programArgsList\": [\"--from\",\"a b\"]"),
        "{text}"
    );

    let unknown = "Flink 9.9 is unknown to this build";
    for launcher in ["sql", "all"] {
        let (_, note) = print(&["--print", launcher, "--flink-version", "9.9"]);
        assert!(note.contains(unknown), "{note}");
        let (_, note) = print(&["--print", launcher, "--flink-version", "2.3"]);
        assert!(!note.contains("unknown to"), "{note}");
    }
    let (all, _) = print(&["--print", "all", "--flink-version", "9.9"]);
    let headings = all.lines().filter(|line| line.starts_with("# "));
    assert!(headings.clone().count() == 6 && headings.clone().all(|it| it.contains(unknown)));
}

#[test]
fn where_no_snapshot_lies_ls_says_where_it_looked() {
    let temp = tempfile::tempdir().unwrap();
    let listed = run([Path::new("ls"), temp.path()]);
    assert_eq!(listed.status.code(), Some(1));
    assert_eq!(out(&listed), "");
    let told = err(&listed);
    let wanted = format!("no snapshot lies below file:{}", temp.path().display());
    assert!(told.contains(&wanted), "{told}");
    assert_eq!(told.lines().count(), 1, "{told}");
    let listed = run([Path::new("ls"), temp.path(), Path::new("--json")]);
    assert_eq!(err(&listed), "");
}
