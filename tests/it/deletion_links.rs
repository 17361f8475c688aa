//! What cannot be moved into the trash of its root, as a link leads to it or another file system is mounted there, is said
//! to stay by the plan already.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;

use crate::deletion::{Place, contents, files};
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
fn a_hold_or_a_mark_counts_by_whatever_name_a_snapshot_is_reached() {
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
    assert!(!out(&dry()).contains("  mark:"), "{}", out(&dry()));
    let marked = run(["mark", text(&job.join("chk-9")), "--write"]);
    assert!(marked.status.success(), "{}", err(&marked));
    assert!(out(&dry()).contains("  mark:"), "{}", out(&dry()));
    let hold = serde_json::json!({"schema": 1, "holds": [{"name": "audit", "by": "", "why": "",
        "snapshot": format!("file:{}", job.join("chk-9").display()), "at": "2026-01-01T00:00:00Z"}]});
    let own = root.join("checkpoints/.stateward");
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("holds.json"), hold.to_string()).unwrap();
    assert!(out(&dry()).contains("held by `audit`"), "{}", out(&dry()));
}
