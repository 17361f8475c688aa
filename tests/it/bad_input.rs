//! What nobody should have put there: the program says so, row by row, and goes on.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::program::{copy, err, fixture, json, out, run};

/// A directory with one good savepoint, `good`, to which each test adds something bad.
fn tree() -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    let savepoint = crate::program::only(&fixture("flink-2.3.0/stop/savepoints"), "savepoint-");
    copy(&savepoint, &temp.path().join("good"));
    temp
}

/// The rows below a directory by the names of their directories.
fn rows(directory: &Path) -> Vec<(String, Value)> {
    let listed = run([Path::new("ls"), directory, Path::new("--json")]);
    let list = json(&listed);
    let mut rows: Vec<(String, Value)> = list["snapshots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["uri"]
                    .as_str()
                    .unwrap()
                    .rsplit('/')
                    .next()
                    .unwrap()
                    .to_owned(),
                row.clone(),
            )
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows
}

fn health<'r>(rows: &'r [(String, Value)], name: &str) -> &'r str {
    rows.iter()
        .find(|(found, _)| found == name)
        .unwrap_or_else(|| panic!("no {name} in {rows:?}"))
        .1["health"]
        .as_str()
        .unwrap()
}

fn finding<'r>(rows: &'r [(String, Value)], name: &str) -> &'r str {
    rows.iter().find(|(found, _)| found == name).unwrap().1["findings"][0]
        .as_str()
        .unwrap()
}

#[test]
fn broken_metadata_of_every_sort() {
    let temp = tree();
    let good = fs::read(temp.path().join("good/_metadata")).unwrap();
    let mut future = good.clone();
    future[7] = 9;
    let cases: [(&str, &[u8], &str); 5] = [
        ("chk-1", b"", "the metadata file is empty"),
        (
            "chk-2",
            b"PK\x03\x04 not Flink's",
            "not a Flink metadata file",
        ),
        ("chk-3", &future, "metadata version 9 is newer"),
        ("chk-4", &good[..good.len() / 2], "byte"),
        ("chk-5", &good[..7], "byte"),
    ];
    for (name, bytes, _) in cases {
        fs::create_dir(temp.path().join(name)).unwrap();
        fs::write(temp.path().join(name).join("_metadata"), bytes).unwrap();
    }
    let rows = rows(temp.path());
    assert_eq!(rows.len(), 6);
    assert_eq!(health(&rows, "good"), "complete");
    for (name, _, reason) in cases {
        assert_eq!(health(&rows, name), "corrupt");
        assert!(
            finding(&rows, name).contains(reason),
            "{name}: {}",
            finding(&rows, name)
        );
    }
    let listed = run([Path::new("ls"), temp.path()]);
    assert_eq!(
        listed.status.code(),
        Some(3),
        "corrupt input has its exit code"
    );
}

#[test]
fn things_that_are_no_files() {
    let temp = tree();
    fs::create_dir_all(temp.path().join("chk-1/_metadata")).unwrap();
    fs::create_dir(temp.path().join("chk-2")).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(temp.path().join("chk-2/_metadata"))
            .status()
            .unwrap()
            .success()
    );
    fs::create_dir(temp.path().join("chk-3")).unwrap();
    symlink("nowhere", temp.path().join("chk-3/_metadata")).unwrap();
    symlink("_metadata", temp.path().join("good/loop")).unwrap();
    let rows = rows(temp.path());
    assert_eq!(health(&rows, "good"), "complete");
    assert_eq!(health(&rows, "chk-1"), "corrupt");
    assert!(finding(&rows, "chk-1").ends_with("it is a directory, not a file"));
    assert!(finding(&rows, "chk-2").ends_with("it is a special file, not a file"));
    assert_eq!(health(&rows, "chk-3"), "corrupt");
    assert!(finding(&rows, "chk-3").ends_with("it is a symbolic link that leads nowhere"));
}

#[test]
fn links_that_lead_in_circles() {
    let temp = tree();
    symlink(temp.path(), temp.path().join("again")).unwrap();
    fs::create_dir(temp.path().join("deep")).unwrap();
    symlink("..", temp.path().join("deep/up")).unwrap();
    symlink("self", temp.path().join("self")).unwrap();
    symlink("good", temp.path().join("alias")).unwrap();
    assert_eq!(
        rows(temp.path()).len(),
        1,
        "one snapshot is one row, by whatever name it is reached"
    );
}

#[test]
fn what_is_typed_steers_no_terminal_either() {
    let temp = tree();
    let name = "evil\x1b]52;c;ZXZpbA==\x07\u{202e}";
    let snapshot = temp.path().join("good");
    let args = [OsStr::new("hold"), snapshot.as_ref(), name.as_ref()];
    let refused = run(args);
    assert_eq!(refused.status.code(), Some(2));
    let text = err(&refused);
    assert!(
        text.contains("evil\\x1b]52;c;ZXZpbA==\\x07\\u{202e}"),
        "{text}"
    );
    assert!(
        text.chars().all(|c| c == '\n' || !c.is_control()),
        "{text:?}"
    );
    assert!(!text.contains('\u{202e}'), "{text:?}");
}

#[test]
fn names_that_are_no_text_or_steer_a_terminal() {
    let temp = tree();
    for name in [
        &b"chk-\xff\xfe"[..],
        b"evil\x1b]52;c;ZXZpbA==\x07",
        b"rtl\xe2\x80\xaegnp",
        b"two\nlines",
    ] {
        copy(
            &temp.path().join("good"),
            &temp.path().join(OsStr::from_bytes(name)),
        );
    }
    let listed = run([Path::new("ls"), temp.path()]);
    assert!(listed.status.success(), "{}", err(&listed));
    let text = out(&listed);
    for shown in [
        "chk-\\xff\\xfe",
        "evil\\x1b]52;c;ZXZpbA==\\x07",
        "rtl\\u{202e}gnp",
        "two\\nlines",
    ] {
        assert!(text.contains(shown), "{shown} in {text}");
    }
    let as_json = out(&run([Path::new("ls"), temp.path(), Path::new("--json")]));
    for text in [text, as_json] {
        assert!(
            text.chars().all(|c| c == '\n' || !c.is_control()),
            "{text:?}"
        );
        assert!(!text.contains('\u{202e}'), "{text:?}");
    }
    assert_eq!(rows(temp.path()).len(), 5);
}

#[test]
fn metadata_that_names_files_all_over_the_machine() {
    use crate::world::Draft;
    let temp = tree();
    let draft = Draft::checkpoint(1)
        .shared("file:/etc/passwd", 1)
        .shared("file:/dev/zero", 1)
        .shared("file:/proc/self/mem", 1)
        .own("../../../../../../etc/shadow", 3);
    fs::create_dir(temp.path().join("chk-1")).unwrap();
    fs::write(temp.path().join("chk-1/_metadata"), draft.bytes()).unwrap();
    assert_eq!(health(&rows(temp.path()), "chk-1"), "incomplete");

    let length = fs::metadata("/etc/passwd").unwrap().len();
    let right_length = Draft::checkpoint(1).shared("file:/etc/passwd", length);
    fs::write(temp.path().join("chk-1/_metadata"), right_length.bytes()).unwrap();
    let read = run([
        Path::new("verify"),
        &temp.path().join("chk-1"),
        Path::new("--depth"),
        Path::new("3"),
    ]);
    assert_eq!(read.status.code(), Some(1));
    let told = out(&read);
    assert!(told.starts_with("PARTLY "), "{told}");
    assert!(
        told.contains("1 file lies outside the directories given and not opened, the first is file:/etc/passwd"),
        "{told}"
    );
}

/// The program as a user without rights, where the tests run as root, who may read everything.
pub(crate) fn as_nobody(directory: &Path, args: &[&OsStr]) -> std::process::Output {
    let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
    if !is_root {
        return run(args);
    }
    let program = directory.join("stateward");
    fs::copy(env!("CARGO_BIN_EXE_stateward"), &program).unwrap();
    fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
    Command::new(program)
        .args(args)
        .uid(65_534)
        .gid(65_534)
        .current_dir("/")
        // That of the other user cannot be looked into.
        .env("HOME", directory)
        .output()
        .unwrap()
}

#[test]
fn what_may_not_be_read() {
    let temp = tree();
    let path = temp.path();
    fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
    for name in ["secret", "closed", "locked"] {
        copy(&path.join("good"), &path.join(name));
    }
    fs::set_permissions(path.join("secret/_metadata"), Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(path.join("closed"), Permissions::from_mode(0o000)).unwrap();
    fs::rename(path.join("locked"), path.join("chk-7")).unwrap();
    fs::set_permissions(path.join("chk-7"), Permissions::from_mode(0o000)).unwrap();
    let bin = tempfile::tempdir().unwrap();
    fs::set_permissions(bin.path(), Permissions::from_mode(0o755)).unwrap();
    let listed = as_nobody(
        bin.path(),
        &[OsStr::new("ls"), path.as_os_str(), OsStr::new("--json")],
    );
    for name in ["closed", "chk-7"] {
        fs::set_permissions(path.join(name), Permissions::from_mode(0o755)).unwrap();
    }
    assert_eq!(listed.status.code(), Some(3));
    let list = json(&listed);
    let by_name = |name: &str| {
        let rows = list["snapshots"].as_array().unwrap();
        rows.iter()
            .find(|row| row["uri"].as_str().unwrap().ends_with(name))
            .unwrap_or_else(|| panic!("{name}: {list}"))
            .clone()
    };
    assert_eq!(by_name("/good")["health"], "complete");
    for name in ["/secret", "/chk-7"] {
        assert_eq!(by_name(name)["health"], "corrupt");
        assert!(
            by_name(name)["findings"][0]
                .as_str()
                .unwrap()
                .contains("permission denied"),
            "{list}"
        );
    }
    assert!(
        list["problems"][0]
            .as_str()
            .unwrap()
            .contains("/closed: permission denied"),
        "{list}"
    );
}
