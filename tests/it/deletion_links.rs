//! What cannot be moved into the trash of its root, as a link leads to it or another file system is mounted there, is said
//! to stay by the plan already.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;

use crate::deletion::{Place, contents, files, health};
use crate::deletion_copies::carry_out;
use crate::program::{err, json, out, run};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Moves a directory elsewhere, and leaves a link to it.
fn linked(place: &Place, directory: &Path) {
    let real = place.temp.path().join("elsewhere");
    fs::create_dir_all(&real).unwrap();
    let real = real.join(directory.file_name().unwrap());
    fs::rename(directory, &real).unwrap();
    symlink(&real, directory).unwrap();
}

fn objections(plan: &Value) -> Vec<String> {
    let targets = plan["targets"].as_array().unwrap().iter();
    let objections = targets.flat_map(|it| it["objections"].as_array().unwrap());
    objections
        .map(|it| {
            let text = |key: &str| it[key].as_str().unwrap().to_owned();
            format!("{} {}: {}", text("decision"), text("guard"), text("text"))
        })
        .collect()
}

#[test]
fn a_snapshot_that_a_link_leads_to_stays_as_the_plan_says() {
    let place = Place::aged(10);
    let own = place.chk(8);
    linked(&place, &own);
    let args = ["delete", text(&own), "--confirm=fraud", "--all-named"];
    let plan = json(&run(args.iter().chain(&["--dry-run", "--json"])));
    let said = objections(&plan);
    let wanted = format!("{} is a symbolic link", text(&own));
    assert!(
        said.iter()
            .any(|it| it.contains("out of reach") && it.contains(&wanted)),
        "{said:#?}"
    );
    assert_eq!(plan["targets"][0]["decision"], "UNKNOWN");
    assert!(files(&plan, "DELETE").is_empty(), "{plan:#}");
    let before = contents(&place.root());
    let refused = run(args.iter().chain(&["--write", "--yes"]));
    assert_eq!(
        refused.status.code(),
        Some(4),
        "{}{}",
        out(&refused),
        err(&refused)
    );
    assert_eq!(contents(&place.root()), before);
}

#[test]
fn state_that_a_link_leads_to_stays_and_the_rest_goes() {
    let place = Place::aged(10);
    let shared = place.chk(8).parent().unwrap().join("shared");
    linked(&place, &shared);
    let all = [7, 8, 9].map(|number| place.chk(number));
    let mut args = vec!["delete", "--dry-run", "--json", "--all-named"];
    args.extend(["--confirm=fraud", "--confirm=last of fraud"]);
    args.extend(all.iter().map(|it| text(it)));
    let plan = json(&run(&args));
    let targets = plan["targets"].as_array().unwrap();
    let steps = targets
        .iter()
        .flat_map(|it| it["files"].as_array().unwrap());
    let steps: Vec<&Value> = steps
        .filter(|it| {
            it["uri"]
                .as_str()
                .or(it["at"].as_str())
                .unwrap()
                .contains("/shared/")
        })
        .collect();
    assert!(!steps.is_empty(), "{plan:#}");
    for step in steps {
        let reason = step["reason"].as_str().unwrap();
        assert_eq!(step["decision"], "UNKNOWN", "{step}");
        assert!(reason.contains("/shared is a symbolic link"), "{step}");
    }
    assert!(!files(&plan, "DELETE").is_empty(), "{plan:#}");
}

#[test]
fn a_hold_counts_by_whatever_name_a_snapshot_is_reached() {
    // The job's directory lies elsewhere, where its checkpoints have no telling name.
    let place = Place::aged(10);
    let job = place.chk(9).parent().unwrap().to_owned();
    let real = place.temp.path().join("out");
    fs::rename(&job, &real).unwrap();
    symlink(&real, &job).unwrap();
    let root = place.root();
    let newest = real.join("chk-9");
    let dry = || {
        let within = ["--in", text(&root), "--all-named", "--dry-run"];
        run(["delete", text(&newest)].iter().chain(&within))
    };
    assert!(!out(&dry()).contains("held by"), "{}", out(&dry()));
    let hold = serde_json::json!({"schema": 1, "holds": [{"name": "audit", "by": "", "why": "",
        "snapshot": format!("file:{}", job.join("chk-9").display()), "at": "2026-01-01T00:00:00Z"}]});
    let own = root.join("checkpoints/.stateward");
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("holds.json"), hold.to_string()).unwrap();
    assert!(out(&dry()).contains("held by `audit`"), "{}", out(&dry()));
}

#[test]
fn a_file_that_is_a_link_stays_as_the_plan_says_and_frees_nothing() {
    for metadata in [false, true] {
        let place = Place::aged(10);
        let own = place.chk(9);
        let pinned = Place::names(&[&place.chk(8)]);
        let file = if metadata {
            own.join("_metadata")
        } else {
            let named = Place::names(&[&own]);
            let mut alone = named.difference(&pinned);
            stateward::store::local::path_of(alone.next().unwrap())
                .unwrap()
                .to_owned()
        };
        let real = place.temp.path().join("real");
        fs::rename(&file, &real).unwrap();
        symlink(&real, &file).unwrap();
        let args = ["delete", text(&own), "--confirm=fraud", "--all-named"];
        let plan = json(&run(args.iter().chain(&["--dry-run", "--json"])));
        let target = &plan["targets"][0];
        let mut steps = target["files"].as_array().unwrap().iter();
        let step = steps.find(|it| it["at"].as_str().unwrap().ends_with(text(&file)));
        let step = step.unwrap();
        assert_eq!(step["bytes"], 0, "{step:#}");
        let done = run(args.iter().chain(&["--write", "--yes"]));
        assert!(real.exists() && file.is_symlink());
        if metadata {
            assert_eq!(target["decision"], "UNKNOWN", "{target:#}");
            assert_eq!(done.status.code(), Some(4), "{}", err(&done));
        } else {
            assert_eq!(step["decision"], "KEEP", "{step:#}");
            assert_eq!(step["reason"], "a symbolic link; name the real place");
            assert_eq!(target["decision"], "DELETE");
            assert!(!err(&done).contains("any more"), "{}", err(&done));
            assert_eq!(done.status.code(), Some(0), "{}", err(&done));
        }
    }
}

#[test]
fn what_is_named_by_a_link_to_the_directory_of_its_job_goes() {
    let place = Place::aged(10);
    let current = place.temp.path().join("current");
    symlink(place.chk(8).parent().unwrap(), &current).unwrap();
    let all = place.temp.path();
    let deleted = carry_out(&current.join("chk-8"), &["--in", text(all)]);
    assert_eq!(deleted.status.code(), Some(0), "{}", err(&deleted));
    assert!(!place.chk(8).join("_metadata").exists());
    assert_eq!(health(&place.chk(9)), "complete");
}
