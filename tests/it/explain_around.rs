//! Where `explain` looks for what has to do with a snapshot: a job that claimed it, or shares its files, writes elsewhere.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::bad_input::as_nobody;
use crate::program::{json as document, out, run};
use crate::scripted::{Said, World, start};
use crate::world::Draft;

const JOB: &str = "7bf6bd3d977df158f9d8a88833ce0000";
const HEIR: &str = "11112222333344445555666677778888";

/// A native savepoint of a job, and what another job wrote that was restored from it with CLAIM.
struct Claimed {
    home: tempfile::TempDir,
}

impl Claimed {
    /// With the heir's checkpoints below this directory.
    fn into(checkpoints: &str) -> Self {
        let it = Self {
            home: tempfile::tempdir().unwrap(),
        };
        put(&it.savepoint(), &Draft::savepoint(5).own("x", 10));
        let named = it.savepoint().join("x");
        let heirs = Draft::checkpoint(6).shared(&format!("file:{}", named.display()), 10);
        put(&it.at(checkpoints).join(HEIR).join("chk-6"), &heirs);
        it
    }

    fn at(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn savepoint(&self) -> PathBuf {
        self.at("savepoints/savepoint-7bf6bd-0123456789ab")
    }
}

/// Puts a snapshot and the files that it names.
fn put(directory: &Path, draft: &Draft) {
    fs::create_dir_all(directory).unwrap();
    fs::write(directory.join("_metadata"), draft.bytes()).unwrap();
    for (path, bytes) in draft.named(directory) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, vec![0; bytes]).unwrap();
    }
}

/// What is said of the owner, and the whole text.
fn explained(snapshot: &Path, more: &[&str]) -> (String, String) {
    let mut args = vec!["explain", snapshot.to_str().unwrap()];
    args.extend(more);
    let told = run(&args);
    assert_eq!(
        told.status.code(),
        Some(0),
        "{}",
        crate::program::err(&told)
    );
    let text = out(&told);
    args.push("--json");
    let it = document(&run(&args));
    let sentences = it["explanations"][0]["sentences"].as_array().unwrap();
    let owner = sentences.iter().find(|it| it["topic"] == "owner").unwrap();
    (owner["text"].as_str().unwrap().to_owned(), text)
}

#[test]
fn a_savepoint_that_was_claimed_is_not_called_yours_where_the_heir_writes_beside_it() {
    let claimed = Claimed::into("checkpoints");
    // What somebody keeps by jobs is no directory of checkpoints for that.
    fs::create_dir_all(claimed.at("notes").join(JOB).join("of them")).unwrap();
    let (owner, text) = explained(&claimed.savepoint(), &[]);
    assert!(owner.contains("chk-6 of job 11112222"), "{owner}");
    assert!(!owner.contains("yours"), "{owner}");
    assert!(!text.contains("/notes"), "{text}");
    let looked = one_line(&text);
    for place in ["savepoints", "checkpoints"] {
        let place = format!("file:{}", claimed.at(place).display());
        assert!(looked.contains(&place), "{text}");
    }
    assert!(looked.contains("--in"), "{text}");
}

#[test]
fn a_savepoint_whose_files_others_name_may_be_copied_but_not_moved() {
    let claimed = Claimed::into("checkpoints");
    let (_, text) = explained(&claimed.savepoint(), &[]);
    let text = one_line(&text);
    assert!(
        text.contains("which may be copied as a whole, but not moved; chk-6 of job 11112222… names one of them, too"),
        "{text}"
    );
    let shown = out(&run(["show", claimed.savepoint().to_str().unwrap()]));
    assert!(
        shown.contains(
            "moved      not to be, only copied: chk-6 of job 11112222… names files in it"
        ),
        "{shown}"
    );
    // What lies beside it and names its files keeps them.
    let metadata = fs::metadata(claimed.savepoint().join("_metadata")).unwrap();
    let freed = format!("freed      {} B", metadata.len());
    assert!(shown.contains(&freed), "{shown}");
    let it = document(&run([
        "show",
        claimed.savepoint().to_str().unwrap(),
        "--json",
    ]));
    assert_eq!(it["relocatable"], true);
    assert_eq!(
        it["not_to_be_moved"],
        "chk-6 of job 11112222… names files in it"
    );
}

#[test]
fn at_most_eight_parts_have_a_label() {
    let claimed = Claimed::into("checkpoints");
    let (_, text) = explained(&claimed.savepoint(), &[]);
    let parts = text.lines().skip(1).take_while(|line| !line.is_empty());
    let labels: Vec<&str> = parts.filter(|line| !line.starts_with(' ')).collect();
    assert!((4..=8).contains(&labels.len()), "{labels:?}");
    assert!(
        one_line(&text).contains("Others were looked for below"),
        "{text}"
    );
}

/// Without what the lines are broken by.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_savepoint_of_which_no_heir_is_in_sight_is_yours_unless_one_claimed_it() {
    let claimed = Claimed::into("far/away/from/here");
    let (owner, text) = explained(&claimed.savepoint(), &[]);
    assert!(
        owner.starts_with("It is yours unless a job was restored from it with CLAIM"),
        "{owner}"
    );
    assert!(!text.contains("far/away"), "{text}");
    let far = claimed.at("far/away/from/here");
    let (owner, text) = explained(&claimed.savepoint(), &["--in", far.to_str().unwrap()]);
    assert!(owner.contains("chk-6 of job 11112222"), "{owner}");
    assert!(one_line(&text).contains("far/away/from/here"), "{text}");
}

/// A native savepoint, one of whose two files is gone.
fn dwindled(directory: &Path) {
    put(directory, &Draft::savepoint(5).own("x", 10).own(KEPT, 10));
    fs::remove_file(directory.join("x")).unwrap();
}

/// A file as Flink names it.
const KEPT: &str = "c94b6003-ca67-45f4-bcc0-f545e6b160e9";

#[test]
fn a_savepoint_of_which_files_are_gone_may_have_been_claimed_in_every_sentence() {
    let home = tempfile::tempdir().unwrap();
    let savepoint = home.path().join("savepoint-7bf6bd-0123456789ab");
    dwindled(&savepoint);
    let (owner, text) = explained(&savepoint, &[]);
    assert!(owner.contains("as after a claim"), "{owner}");
    let text = one_line(&text);
    for wanted in [
        "If a job claimed it, Flink deletes what is left of it once newer checkpoints of that job push it out",
        "not all of them are there",
        "leave it where it is",
    ] {
        assert!(text.contains(wanted), "`{wanted}` is not in {text}");
    }
    for wrong in ["only you do,", "may be moved", "None of the five ends"] {
        assert!(!text.contains(wrong), "`{wrong}` is in {text}");
    }
    let shown = out(&run(["show", savepoint.to_str().unwrap()]));
    assert!(
        shown.contains("not known: subsumed, finished, cancelled, failed, suspended"),
        "{shown}"
    );
}

#[test]
fn a_savepoint_whose_files_are_named_as_if_they_lay_elsewhere_was_claimed_by_who_names_them() {
    let home = tempfile::tempdir().unwrap();
    let at = |name: &str| home.path().join(name);
    let savepoint = at("savepoints/savepoint-7bf6bd-0123456789ab");
    dwindled(&savepoint);
    let heirs = at("checkpoints").join(HEIR).join("chk-6");
    put(&heirs, &Draft::checkpoint(6).shared_as_if_own(KEPT, 10));
    let (owner, text) = explained(&savepoint, &[]);
    assert!(
        owner.contains(&format!("checkpoints of job {HEIR} name files of it")),
        "{owner}"
    );
    assert!(
        owner.contains("in LEGACY mode Flink would have deleted none of them"),
        "{owner}"
    );
    let text = one_line(&text);
    assert!(
        text.contains("as if they lay with them (FLINK-39964)"),
        "{text}"
    );
    assert!(!text.contains("no other snapshot in sight names"), "{text}");
    // Copied to where they are looked for, they are files of the checkpoint.
    fs::write(heirs.join(KEPT), [0; 10]).unwrap();
    let (owner, _) = explained(&savepoint, &[]);
    assert!(!owner.contains(HEIR), "{owner}");
}

#[test]
fn a_savepoint_of_another_name_beside_the_checkpoints_is_looked_at_with_them() {
    let home = tempfile::tempdir().unwrap();
    // Others come and go where temporary files lie.
    let flink = home.path().join("flink");
    let savepoint = flink.join("kept-for-later");
    put(&savepoint, &Draft::savepoint(5).own("x", 10));
    let named = format!("file:{}", savepoint.join("x").display());
    let heirs = flink.join("checkpoints").join(HEIR).join("chk-6");
    put(&heirs, &Draft::checkpoint(6).shared(&named, 10));
    let (owner, text) = explained(&savepoint, &[]);
    assert!(owner.contains("chk-6 of job 11112222"), "{owner}");
    let looked = format!("file:{}", flink.join("checkpoints").display());
    assert!(one_line(&text).contains(&looked), "{text}");
}

#[test]
fn where_a_cluster_is_configured_to_write_is_looked_as_well() {
    let claimed = Claimed::into("far/away/from/here");
    let far = claimed.at("far/away/from/here");
    let at = format!("file:{}", far.display());
    let (cluster, _) = start(World::of("2.3.0"), move |_, line, _| match line {
        "GET /jobmanager/config" => Said::This(
            "200 OK",
            json!([{ "key": "execution.checkpointing.dir", "value": at }]),
        ),
        _ => Said::Usual,
    });
    let (owner, text) = explained(&claimed.savepoint(), &["--flink", &cluster]);
    assert!(owner.contains("chk-6 of job 11112222"), "{owner}");
    assert!(one_line(&text).contains("far/away/from/here"), "{text}");
}

#[test]
fn the_heir_of_a_checkpoint_is_found_beside_its_jobs_directory_and_the_other_way_round() {
    let home = tempfile::tempdir().unwrap();
    let (first, second) = (home.path().join("first"), home.path().join("second"));
    let shared = format!("file:{}", first.join(JOB).join("shared/a").display());
    let names_it = |number| Draft::checkpoint(number).shared(&shared, 10);
    put(&first.join(JOB).join("chk-5"), &names_it(5));
    put(&first.join(HEIR).join("chk-6"), &names_it(6));
    let (owner, _) = explained(&first.join(JOB).join("chk-5"), &[]);
    assert!(owner.contains("chk-6 of job 11112222"), "{owner}");

    // The heir's files tell where the first one wrote.
    fs::create_dir_all(&second).unwrap();
    fs::rename(first.join(HEIR), second.join(HEIR)).unwrap();
    let (_, text) = explained(&second.join(HEIR).join("chk-6"), &[]);
    let text = one_line(&text);
    assert!(text.contains("chk-5 of job 7bf6bd3d… names"), "{text}");
    assert!(
        text.contains(&format!("file:{}", first.display())),
        "{text}"
    );
}

#[test]
fn places_are_looked_in_once_and_told_to_programs() {
    let claimed = Claimed::into("checkpoints");
    let (savepoints, checkpoints) = (claimed.at("savepoints"), claimed.at("checkpoints"));
    let told = document(&run([
        "explain".as_ref(),
        claimed.savepoint().as_os_str(),
        "--in".as_ref(),
        checkpoints.join(HEIR).as_os_str(),
        "--json".as_ref(),
    ]));
    let at = |place: &Path| format!("file:{}", place.display());
    assert_eq!(
        told["looked_in"],
        json!([at(&savepoints), at(&checkpoints)])
    );
}

#[test]
fn what_could_not_be_looked_in_is_told_with_what_is_said_of_others() {
    let claimed = Claimed::into("checkpoints");
    let closed = claimed.at("checkpoints").join(JOB);
    fs::create_dir_all(closed.join("chk-9")).unwrap();
    let modes = |closed_to: u32| {
        let set =
            |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        set(claimed.home.path(), 0o755);
        set(&closed, closed_to);
    };
    let bin = tempfile::tempdir().unwrap();
    fs::set_permissions(bin.path(), Permissions::from_mode(0o755)).unwrap();
    let savepoint = claimed.savepoint();
    let explain = |more: &[&str]| {
        let args = [OsStr::new("explain"), savepoint.as_os_str()];
        let args: Vec<&OsStr> = args
            .into_iter()
            .chain(more.iter().map(OsStr::new))
            .collect();
        modes(0o000);
        let told = as_nobody(bin.path(), &args);
        modes(0o755);
        told
    };
    let text = one_line(&out(&explain(&[])));
    // What could be looked at is told all the same.
    assert!(text.contains("chk-6 of job 11112222"), "{text}");
    let why = format!("cannot list file:{}: permission denied", closed.display());
    assert!(text.contains(&format!("Not looked in: {why}")), "{text}");
    assert!(text.contains("not complete"), "{text}");
    let document = document(&explain(&["--json"]));
    assert_eq!(document["not_looked_in"], json!([why]));
}
