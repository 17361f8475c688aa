//! A plan held against what is seen now: only what both say goes.

use std::collections::HashMap;

use crate::domain::location::Location;
use crate::domain::plan::{Decision, FileStep, Objection, Plan, Target};

/// A plan narrowed down to what still may go by a fresh one for the same wishes, and what does not any more, with why.
pub fn again(plan: &Plan, fresh: &Plan) -> (Plan, Vec<(Location, String)>) {
    let targets: HashMap<&Location, &Target> = fresh
        .targets
        .iter()
        .map(|target| (&target.at, target))
        .collect();
    let files: HashMap<&Location, &FileStep> = fresh
        .targets
        .iter()
        .flat_map(|target| &target.files)
        .map(|file| (&file.at, file))
        .collect();
    let mut changes = Vec::new();
    let mut narrowed = Plan {
        remarks: fresh.remarks.clone(),
        looking: fresh.looking.clone().or_else(|| plan.looking.clone()),
        ..plan.clone()
    };
    for target in &mut narrowed.targets {
        // What has joined its lineage since may have given it another name, and words are about that.
        if let Some(now) = targets.get(&target.at).filter(|now| now.lineage.is_some()) {
            target.lineage.clone_from(&now.lineage);
        }
        if target.decision != Decision::Delete {
            continue;
        }
        let objections = match targets.get(&target.at) {
            None => vec![gone()],
            Some(now) if now.decision == Decision::Delete => Vec::new(),
            Some(now) => now.objections.clone(),
        };
        // A snapshot whose metadata is another one now is another snapshot.
        let metadata = target
            .files
            .iter()
            .filter(|file| file.is_metadata && file.decision == Decision::Delete)
            .find_map(|file| changed(file, files.get(&file.at).copied()));
        if let Some(why) = objections
            .first()
            .map(|objection| objection.text.clone())
            .or(metadata)
        {
            changes.push((target.at.clone(), why));
            target.decision = objections
                .first()
                .map_or(Decision::Keep, |objection| objection.decision);
            target.objections = objections;
            // What is overruled of what it is now.
            let now = targets.get(&target.at);
            target.overruled = now.map_or_else(Vec::new, |now| now.overruled.clone());
            for file in &mut target.files {
                file.decision = target.decision;
            }
            continue;
        }
        for file in &mut target.files {
            if file.decision != Decision::Delete {
                continue;
            }
            if let Some(why) = changed(file, files.get(&file.at).copied()) {
                changes.push((file.at.clone(), why.clone()));
                let now = files.get(&file.at);
                file.pinned_by = now.map_or_else(Vec::new, |now| now.pinned_by.clone());
                file.decision = Decision::Keep;
                file.reason = why;
            }
        }
    }
    (narrowed, changes)
}

fn gone() -> Objection {
    Objection {
        guard: "changed".to_owned(),
        decision: Decision::Keep,
        text: "It is not there any more.".to_owned(),
        overruled_by: None,
        about: String::new(),
        is_of_living: false,
    }
}

/// Why a file that was to go does not, if it does not.
fn changed(file: &FileStep, now: Option<&FileStep>) -> Option<String> {
    match now {
        None if file.is_metadata => Some("its metadata is gone already".to_owned()),
        None => Some("it is gone already, or does not belong to it any more".to_owned()),
        Some(now) if now.decision != Decision::Delete => Some(now.reason.clone()),
        Some(now) if now.seen != file.seen => {
            Some("it has changed since the plan was made".to_owned())
        }
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::{Fingerprint, SCHEMA};

    fn place(path: &str) -> Location {
        Location::parse(path.as_bytes())
    }

    fn file(name: &str, inode: u64) -> FileStep {
        FileStep {
            at: place(&format!("file:/c/chk-1/{name}")),
            is_metadata: name == "_metadata",
            decision: Decision::Delete,
            reason: "nobody else names it".to_owned(),
            bytes: 1,
            hard_linked: false,
            seen: Some(Fingerprint {
                bytes: 1,
                modified: jiff::Timestamp::UNIX_EPOCH,
                identity: (1, inode),
            }),
            pinned_by: Vec::new(),
            also_of: Vec::new(),
        }
    }

    fn plan(files: Vec<FileStep>) -> Plan {
        let at = place("file:/c/chk-1");
        Plan {
            schema: SCHEMA,
            id: "p".to_owned(),
            made_at: jiff::Timestamp::UNIX_EPOCH,
            verb: "delete".to_owned(),
            roots: vec![place("file:/c")],
            retention: None,
            looking: None,
            remarks: Vec::new(),
            targets: vec![Target {
                name: "chk-1".to_owned(),
                what: "checkpoint".to_owned(),
                lineage: None,
                asked: String::new(),
                decision: Decision::Delete,
                objections: Vec::new(),
                overruled: Vec::new(),
                files,
                directories: vec![at.clone()],
                at,
            }],
        }
    }

    #[test]
    fn what_is_as_it_was_goes() {
        let before = plan(vec![file("_metadata", 1), file("a", 2)]);
        let (now, changes) = again(&before, &before);
        assert_eq!((now, changes), (before, Vec::new()));
    }

    #[test]
    fn a_file_that_changed_or_that_somebody_names_now_stays_alone() {
        let before = plan(vec![
            file("_metadata", 1),
            file("a", 2),
            file("b", 3),
            file("c", 4),
        ]);
        let pinned = FileStep {
            decision: Decision::Keep,
            reason: "chk-2 names it".to_owned(),
            ..file("b", 3)
        };
        let (now, changes) = again(
            &before,
            &plan(vec![file("_metadata", 1), file("a", 9), pinned]),
        );
        let goes: Vec<bool> = now.targets[0]
            .files
            .iter()
            .map(|file| file.decision == Decision::Delete)
            .collect();
        assert_eq!(goes, [true, false, false, false]);
        let why: Vec<&str> = changes.iter().map(|(_, why)| why.as_str()).collect();
        assert_eq!(
            why,
            [
                "it has changed since the plan was made",
                "chk-2 names it",
                "it is gone already, or does not belong to it any more"
            ]
        );
    }

    #[test]
    fn words_are_about_the_lineage_as_it_is_called_now() {
        let mut before = plan(vec![file("_metadata", 1)]);
        before.targets[0].lineage = Some("fraud".to_owned());
        let mut fresh = before.clone();
        fresh.targets[0].lineage = Some("renamed".to_owned());
        let (now, _) = again(&before, &fresh);
        assert_eq!(now.targets[0].lineage.as_deref(), Some("renamed"));
        fresh.targets.clear();
        let (now, _) = again(&before, &fresh);
        assert_eq!(now.targets[0].lineage.as_deref(), Some("fraud"));
    }

    #[test]
    fn a_target_that_changed_stays_as_a_whole() {
        let before = plan(vec![file("_metadata", 1), file("a", 2)]);
        let mut held = before.clone();
        held.targets[0].decision = Decision::Keep;
        held.targets[0].objections = vec![Objection {
            text: "It is held.".to_owned(),
            ..gone()
        }];
        let rewritten = plan(vec![file("_metadata", 7), file("a", 2)]);
        let none = Plan {
            targets: Vec::new(),
            ..before.clone()
        };
        for (fresh, words) in [
            (held, "It is held."),
            (rewritten, "it has changed since"),
            (none, "not there any more"),
        ] {
            let (now, changes) = again(&before, &fresh);
            assert_eq!(now.going().count(), 0);
            assert!(changes[0].1.contains(words), "{changes:?}");
        }
    }
}
