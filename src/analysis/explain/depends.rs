//! Which files a snapshot needs, where they lie, and who else names them: whether it may be moved, and what must not be
//! deleted around it.

use super::relations::{Relations, Sort};
use super::words::{and, count, few};
use super::{Question, Sentence, Topic};
use crate::analysis::moving::{self, Tie};
use crate::domain::snapshot::{Facts, Health, Kind};

/// What it depends on.
pub(super) fn sentence(question: &Question<'_>, facts: &Facts) -> Sentence {
    let snapshot = question.snapshot;
    let empty = Relations::default();
    let (relations, evidence) = match question.relations {
        Some(relations) => (
            relations,
            "the handles in its metadata, and those of all others in sight",
        ),
        None => (
            &empty,
            "the handles in its metadata; others were not compared",
        ),
    };
    let needs = if facts.relocatable {
        within(question)
    } else {
        outside(facts, relations)
    };
    let mut text = needs;
    text.extend(regional(facts));
    text.push_str(&shared(question, relations));
    if let Some(mapping) = snapshot.mapping.as_ref().filter(|_| !facts.relocatable) {
        let from = mapping.from.shown();
        let to = mapping.to.shown();
        text = format!("{text}; Flink will look for them below {from}, which is {to} here");
    }
    Sentence::new(Topic::Depends, format!("{text}."), evidence)
}

/// Everything lies in its own directory, under names relative to it.
fn within(question: &Question<'_>) -> String {
    let snapshot = question.snapshot;
    let files = snapshot.sizes.files;
    let what = match files {
        0 => "It needs no file but its _metadata".to_owned(),
        1 => "Beside _metadata it needs one file, named relative to its own directory".to_owned(),
        many => format!(
            "Beside _metadata it needs {many} files, all named relative to its own directory"
        ),
    };
    let tie = moving::tie(snapshot, question.clusters, question.relations);
    match (snapshot.kind, files) {
        (Kind::Savepoint, _) if snapshot.health == Health::Incomplete => format!(
            "{what}; not all of them are there, and a job that claimed it may need the rest, so leave it where it is"
        ),
        (_, _) if snapshot.health == Health::Incomplete => {
            format!("{what}; not all of them are there")
        }
        (_, 0) => match tie {
            None => format!("{what}, so that it may be moved or copied anywhere"),
            Some(tie) => format!(
                "{what}, so that it may be copied anywhere{}",
                not_moved(question, &tie)
            ),
        },
        (Kind::Savepoint, _) => match tie {
            None => format!("{what}, which may be moved or copied as a whole"),
            Some(tie) => format!(
                "{what}, which may be copied as a whole{}",
                not_moved(question, &tie)
            ),
        },
        _ => match tie {
            None => format!(
                "{what}, which could be moved as a whole, though Flink promises that of savepoints only"
            ),
            Some(tie) => format!(
                "{what}, which could be copied as a whole (Flink promises that of savepoints only){}",
                not_moved(question, &tie)
            ),
        },
    }
}

/// That it must stay where it lies, and why, where the sentence does not go on with that.
fn not_moved(question: &Question<'_>, tie: &Tie) -> String {
    let is_said = question.relations.is_some_and(|known| {
        !known.sharers.is_empty() || !question.snapshot.heirs.naming.is_empty()
    });
    if is_said {
        ", but not moved".to_owned()
    } else {
        format!(", but not moved, as {}", tie.words())
    }
}

/// Files are named by absolute path.
fn outside(facts: &Facts, relations: &Relations) -> String {
    let mut parts = Vec::new();
    let mut add = |files: u64, place: &str| {
        if files > 0 {
            parts.push(format!("{} in {place}", count(files, "file")));
        }
    };
    let at = |sort: Sort| relations.files(|it| *it == sort);
    add(at(Sort::Shared), "its job's `shared`");
    add(at(Sort::TaskOwned), "its job's `taskowned`");
    add(at(Sort::OwnAbsolute), "its own directory");
    for place in relations.at(|it| matches!(it, Sort::Changes)) {
        add(
            place.files,
            &format!("{} (changes of the changelog)", place.directory),
        );
    }
    let merged = relations.files(|it| *it == Sort::Merged);
    if merged > 0 {
        parts.push(format!("segments of {}", count(merged, "merged file")));
    } else if relations.at(|it| *it == Sort::Merged).next().is_some() {
        parts.push("directories of merged files".to_owned());
    }
    let mut claimed = false;
    for place in &relations.places {
        match &place.sort {
            Sort::OtherJob(job) => {
                claimed = true;
                let job = job.get(..8).unwrap_or(job);
                parts.push(format!(
                    "{} in `{}` of another job ({job}…)",
                    count(place.files, "file"),
                    last(&place.directory)
                ));
            }
            Sort::OtherSnapshot(name) => {
                claimed = true;
                parts.push(format!("{} in {name}", count(place.files, "file")));
            }
            Sort::Elsewhere => {
                parts.push(format!(
                    "{} in {}",
                    count(place.files, "file"),
                    place.directory
                ));
            }
            _ => {}
        }
    }
    let what = if parts.is_empty() {
        few(&facts.depends_on)
    } else {
        and(&parts)
    };
    let own = match at(Sort::Own) {
        0 => String::new(),
        some => format!(" {} in its own directory and", count(some, "file")),
    };
    let legacy = if claimed {
        ", which its job took over with CLAIM or leans on in LEGACY mode"
    } else {
        ""
    };
    format!("It needs{own}, by absolute path, {what}{legacy}, so that it cannot be moved")
}

fn last(directory: &str) -> &str {
    directory
        .rsplit('/')
        .find(|part| !part.is_empty())
        .unwrap_or(directory)
}

/// Older checkpoints that hold the state of some of its subtasks (regional checkpoints, FLIP-600).
fn regional(facts: &Facts) -> Option<String> {
    let names: Vec<String> = facts
        .regional
        .iter()
        .map(|id| format!("chk-{id}"))
        .collect();
    (!names.is_empty())
        .then(|| format!("; the state of some of its subtasks is in {}", few(&names)))
}

/// Who else names its files.
fn shared(question: &Question<'_>, relations: &Relations) -> String {
    let Some(known) = question.relations else {
        return String::new();
    };
    let others = &question.snapshot.heirs.naming;
    if known.sharers.is_empty() && !others.is_empty() {
        let whose = others
            .iter()
            .map(|job| format!("checkpoints of job {}…", &job.to_string()[..8]));
        return format!(
            "; {} name files of it as if they lay with them (FLINK-39964)",
            few(&whose.collect::<Vec<_>>())
        );
    }
    if known.sharers.is_empty() {
        let nobody = question.snapshot.sizes.files > 0 && !question.snapshot.sizes_are_bounds;
        return match (nobody, question.snapshot.sizes_are_bounds) {
            (true, _) => "; no other snapshot in sight names one of them".to_owned(),
            (_, true) => {
                "; whether others name the same files is not known, since not all could be read"
                    .to_owned()
            }
            _ => String::new(),
        };
    }
    let verb = if known.sharers.len() == 1 {
        "names"
    } else {
        "name"
    };
    format!(
        "; {} {verb} {} of them, too",
        known.names(question.snapshot.job_id),
        match relations.shared_files {
            all if all >= question.snapshot.sizes.files && all > 1 => "all".to_owned(),
            1 => "one".to_owned(),
            some => some.to_string(),
        }
    )
}
