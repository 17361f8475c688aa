//! What is said of places that are no snapshot, or no more than what is left of one: what lies there, and what may be done.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::program::{copy, err, fixture, json, out, run};

const JOB: &str = "e8eedaefde61a79cec582da36f71ed2e";

/// The checkpoints of a real job.
fn checkpoints() -> (tempfile::TempDir, PathBuf) {
    let home = tempfile::tempdir().unwrap();
    copy(
        &fixture("flink-2.3.0/rocksdb-incremental/checkpoints"),
        home.path(),
    );
    let job = home.path().join(JOB);
    (home, job)
}

fn refused(command: &str, at: &Path) -> String {
    let told = run([command.as_ref(), at.as_os_str()]);
    assert_eq!(
        told.status.code(),
        Some(1),
        "{} {}",
        at.display(),
        err(&told)
    );
    assert_eq!(out(&told), "");
    err(&told)
}

#[test]
fn what_is_no_snapshot_is_called_what_it_is() {
    let (home, job) = checkpoints();
    let shared = job.join("shared");
    let file = fs::read_dir(&shared).unwrap().next().unwrap().unwrap();
    let other = home.path().join("other");
    fs::create_dir(&other).unwrap();
    for command in ["explain", "show"] {
        for (at, is, what_to_do) in [
            (
                shared.clone(),
                "holds the files that checkpoints of job",
                "stateward orphans",
            ),
            (
                file.path(),
                "is a file, and no snapshot",
                "stateward orphans",
            ),
            (job.clone(), "is the directory of job", "stateward ls"),
            (
                home.path().to_owned(),
                "is not a snapshot: it has no _metadata",
                "stateward ls",
            ),
            (
                other.clone(),
                "is not a snapshot: it has no _metadata",
                "stateward ls",
            ),
        ] {
            let said = refused(command, &at);
            assert!(said.contains(is) && said.contains(what_to_do), "{said}");
        }
    }
}

#[test]
fn a_link_to_a_snapshot_is_the_snapshot() {
    let (home, job) = checkpoints();
    let link = home.path().join("newest");
    symlink(job.join("chk-8"), &link).unwrap();
    for command in ["explain", "show"] {
        let told = run([command.as_ref(), link.as_os_str(), "--json".as_ref()]);
        assert_eq!(told.status.code(), Some(0), "{}", err(&told));
        let told = json(&told);
        let uri = told.get("uri").unwrap_or(&told["explanations"][0]["uri"]);
        assert!(
            uri.as_str().unwrap().ends_with(&format!("{JOB}/chk-8")),
            "{uri}"
        );
    }
    let told = out(&run([OsStr::new("explain"), link.as_os_str()]));
    assert!(!told.contains("missing"), "{told}");
}

#[test]
fn what_may_be_done_with_what_is_left_of_one_is_said() {
    let (_home, job) = checkpoints();
    let (empty, half, torn) = (job.join("chk-1"), job.join("chk-2"), job.join("chk-20"));
    fs::create_dir(&empty).unwrap();
    fs::create_dir(&half).unwrap();
    fs::write(half.join("state"), "x").unwrap();
    copy(&job.join("chk-7"), &torn);
    let whole = fs::read(torn.join("_metadata")).unwrap();
    fs::write(torn.join("_metadata"), &whole[..500]).unwrap();
    for (at, code, wanted) in [
        (&empty, 0, "`stateward orphans` says whether it may go"),
        (&half, 0, "`stateward orphans` says whether it may go"),
        (
            &torn,
            3,
            "With a whole copy of its _metadata put in place it is what it was",
        ),
    ] {
        let told = run([
            "explain".as_ref(),
            at.as_os_str(),
            "--grace".as_ref(),
            "0s".as_ref(),
        ]);
        assert_eq!(told.status.code(), Some(code), "{}", err(&told));
        let text = out(&told);
        let text: Vec<&str> = text.split_whitespace().collect();
        let text = text.join(" ");
        assert!(text.contains(wanted), "{text}");
        // It is none of those that Flink counts.
        assert!(!text.contains("it is the newest of the"), "{text}");
    }
}
