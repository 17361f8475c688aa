//! A job that claimed a retained checkpoint and writes its own to another directory: nobody who looks in the first one alone
//! sees what it names there. The cluster tells of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use crate::cache;
use crate::cli::{health_of, stateward};
use crate::cluster::Cluster;
use crate::deleting::{delete, files, fill, go_on, going, json, objects, said, uri};
use crate::differential::scratch;
use crate::disposal::{plan, restores};
use crate::dist::{Distribution, FLINK_2_3};
use crate::job::Job;
use crate::scenarios::{RETAINED, Stage, cancel_and_retain, complete_checkpoints};

#[test]
fn flink_2_3_keeps_what_a_job_elsewhere_has_claimed() {
    let directory = scratch();
    let root = fs::canonicalize(directory.path()).expect("a temporary directory");
    let cluster = Cluster::start(&Distribution::get(FLINK_2_3), &Stage::options(&root));
    let (first, heirs) = (root.join("first"), root.join("heirs"));
    let job = fill(&cluster, plan("first", &first));
    job.wait_for_checkpoints(3);
    cancel_and_retain(&job, RETAINED);
    let claimed = complete_checkpoints(&job.checkpoints());

    let heir = claiming(&cluster, &heirs.join("one"), claimed.last().expect("one"));
    let newest = heir.checkpoint_now();
    while_all_are_out_of_sight(&cluster, &first, &heir, &claimed);
    heir.cancel();
    while_all_are_out_of_sight(&cluster, &first, &heir, &claimed);

    // An heir of the heir counts as well, which tells of the heir alone.
    let second = claiming(&cluster, &heirs.join("two"), &newest);
    let last = second.checkpoint_now();
    second.cancel();
    while_all_are_out_of_sight(&cluster, &first, &second, &claimed);

    // Whoever looks there, sees.
    let looking = ["one", "two"].map(|it| heirs.join(it).join("checkpoints"));
    let looking = looking
        .each_ref()
        .map(|it| it.to_str().expect("a path of ours"));
    let flags = ["--all-named", "--in", looking[0], "--in", looking[1]];
    let before = files(&root);
    let oldest = claimed.first().expect("one");
    let done = delete(
        &cluster,
        oldest,
        &[&flags[..], &["--write", "--yes"]].concat(),
    );
    assert_eq!(done.status.code(), Some(0), "{}", said(&done));
    let gone: BTreeSet<PathBuf> = &before - &files(&root);
    assert!(gone.contains(&oldest.join("_metadata")), "{gone:?}");
    assert_eq!(health_of(&last), "complete");
    restores(&cluster, &last);

    // Without those that were claimed there is left over what the heirs alone name.
    for checkpoint in &claimed[2..] {
        let metadata = checkpoint.join("_metadata");
        fs::remove_file(&metadata)
            .unwrap_or_else(|error| panic!("{}: {error}", metadata.display()));
    }
    let listed = json(&orphans(&cluster, &first));
    let groups = listed["groups"].as_array().expect("groups");
    let mut reasons = groups.iter().filter_map(|it| it["reason"].as_str());
    let words = heirs.display().to_string();
    assert!(reasons.any(|it| it.contains(&words)), "{listed:#}");
    assert_eq!(listed["may_go"]["count"], 0, "{listed:#}");
}

fn claiming<'c>(cluster: &'c Cluster, place: &Path, snapshot: &Path) -> Job<'c> {
    cache::create(place);
    let heir = plan("heir", place)
        .number("interval", 3_600_000)
        .claiming(&uri(snapshot));
    go_on(cluster, heir)
}

/// Nothing goes of what they claimed, whatever is said.
#[track_caller]
fn while_all_are_out_of_sight(
    cluster: &Cluster,
    first: &Path,
    heir: &Job<'_>,
    claimed: &[PathBuf],
) {
    let before = files(first);
    let heirs = heir.checkpoints().display().to_string();
    let paths: Vec<&str> = claimed.iter().filter_map(|it| it.to_str()).collect();
    let (oldest, others) = claimed.split_first().expect("checkpoints");
    assert_eq!(paths.len(), others.len() + 1);
    let flags = [&paths[1..], &["--all-named"]].concat();
    let shown = delete(cluster, oldest, &[&flags[..], &["--dry-run"]].concat());
    objects(&shown, "UNKNOWN", "heir elsewhere", &heirs);
    assert!(going(&json(&shown)).is_empty(), "{}", said(&shown));
    let refused = delete(
        cluster,
        oldest,
        &[&flags[..], &["--write", "--yes"]].concat(),
    );
    assert_ne!(refused.status.code(), Some(0), "{}", said(&refused));

    assert_eq!(files(first), before);
}

fn orphans(cluster: &Cluster, place: &Path) -> Output {
    stateward()
        .arg("orphans")
        .arg(place)
        .args(["--all-named", "--json", "--flink", cluster.url()])
        .stdin(Stdio::null())
        .output()
        .expect("the program")
}
