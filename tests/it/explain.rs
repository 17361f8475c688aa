//! What snapshots of real Flinks are said to be.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use stateward::analysis::document::Document;
use stateward::analysis::explain::{Explanation, Question, Topic, explain};
use stateward::domain::location::Location;
use stateward::domain::snapshot::{Health, Snapshot};
use stateward::inventory::catalog::{Catalog, Rules};
use stateward::inventory::detail;
use stateward::inventory::opened::Opened;
use stateward::inventory::scan::Root;
use stateward::store::local::LocalStore;

use crate::program::{copy, err, fixture, json, out, run};
use crate::scripted::{JOB, Said, World, checkpoint, start};

const VERSIONS: [&str; 4] = ["flink-1.15.4", "flink-1.20.5", "flink-2.0.2", "flink-2.3.0"];

fn look(directory: &Path) -> Opened {
    look_with(directory, Rules::default())
}

fn look_with(directory: &Path, rules: Rules) -> Opened {
    let location = Location::local(directory.as_os_str().as_encoded_bytes());
    let root = Root {
        location: location.clone(),
        depth: 8,
    };
    Opened::below(rules, vec![location], vec![root]).unwrap()
}

fn document(catalog: &Catalog, location: &Location) -> Document {
    detail::document(catalog, &LocalStore, location, &[]).unwrap()
}

fn now() -> Timestamp {
    "2026-02-11T03:12:40Z".parse().unwrap()
}

/// Explains a row as if it had completed two hours ago.
fn told(opened: &Opened, row: &Snapshot) -> Explanation {
    let document = document(&opened.catalog, &row.location);
    let rows: Vec<Arc<Snapshot>> = opened.catalog.rows().cloned().collect();
    let snapshot = Snapshot {
        completed_at: row
            .completed_at
            .map(|_| now() - SignedDuration::from_hours(2)),
        changed_at: row
            .changed_at
            .map(|_| now() - SignedDuration::from_hours(2)),
        ..row.clone()
    };
    explain(&Question {
        snapshot: &snapshot,
        relations: Some(&document.relations),
        rows: &rows,
        clusters: &[],
        release: None,
        torn: None,
        now: now(),
    })
}

/// The facts that a sentence is about, as text: what differs in them must differ in the sentence.
fn facts_of(topic: Topic, row: &Snapshot, document: &Document) -> Option<String> {
    let facts = row.facts.as_ref()?;
    let operators: Vec<_> = facts
        .operators
        .iter()
        .map(|it| (it.parallelism, it.max_parallelism, it.fully_finished))
        .collect();
    Some(match topic {
        Topic::Made => format!(
            "{:?} {:?} {}",
            row.job_id, row.job_prefix, facts.checkpoint_id
        ),
        Topic::Kind => {
            let format = document
                .properties
                .as_ref()
                .map(|it| (&it.type_name, &it.savepoint_format));
            format!("{:?} {format:?} {}", row.kind, row.fate.because)
        }
        Topic::State => format!(
            "{:?} {:?} {} {}",
            facts.format,
            facts.likely_backend,
            stateward::domain::size::iec(row.sizes.state),
            row.sizes.files == 0
        ),
        Topic::Owner => format!("{:?} {:?}", row.owner, row.job_id),
        Topic::Fate => format!(
            "{:?}",
            [
                row.fate.subsumed,
                row.fate.finished,
                row.fate.cancelled,
                row.fate.failed,
                row.fate.suspended
            ]
        ),
        Topic::Depends => format!(
            "{} {:?}",
            facts.relocatable,
            document
                .relations
                .places
                .iter()
                .map(|it| it.files)
                .sum::<u64>()
        ),
        Topic::Job => format!(
            "{} {} {:?} {}",
            facts.rescale,
            operators.len(),
            operators
                .iter()
                .filter(|(_, _, finished)| *finished)
                .count(),
            facts.format.unaligned
        ),
        Topic::Release => format!(
            "{} {} {}",
            facts.version, facts.format.unaligned, facts.format.changelog
        ),
        Topic::Condition => row
            .findings
            .iter()
            .filter_map(|it| it.split(": ").next())
            .collect(),
    })
}

#[test]
fn every_snapshot_is_told_in_four_to_eight_sentences_and_each_by_its_own_facts() {
    let mut seen: BTreeMap<(Topic, String), String> = BTreeMap::new();
    let mut read = 0;
    for version in VERSIONS {
        let opened = look(&fixture(version));
        for row in opened.catalog.rows() {
            let it = told(&opened, row);
            assert!(
                (4..=8).contains(&it.sentences.len()),
                "{} {it:#?}",
                row.location
            );
            let document = document(&opened.catalog, &row.location);
            read += usize::from(row.facts.is_some());
            for sentence in it.sentences {
                let text = &sentence.text;
                assert!(
                    text.ends_with('.') && !text.contains("..") && !text.contains("  "),
                    "{text}"
                );
                assert!(!sentence.evidence.is_empty(), "{text}");
                let Some(facts) = facts_of(sentence.topic, row, &document) else {
                    continue;
                };
                let first = seen
                    .entry((sentence.topic, text.clone()))
                    .or_insert_with(|| facts.clone());
                assert_eq!(*first, facts, "of two different snapshots: {text}");
            }
        }
    }
    assert!(read > 70, "{read} snapshots");
}

#[test]
fn settings_never_repeat_and_name_the_release_that_can_have_written_it() {
    for (version, names) in VERSIONS
        .into_iter()
        .zip(["1.13–1.14", "1.15–1.19", "2.x", "2.x"])
    {
        let opened = look(&fixture(version));
        let read = || opened.catalog.rows().filter(|row| row.facts.is_some());
        for row in read() {
            let it = told(&opened, row);
            let mut settings: Vec<&str> =
                it.otherwise.iter().map(|it| it.setting.as_str()).collect();
            assert!(settings.len() >= 3, "{} {settings:?}", row.location);
            settings.sort_unstable();
            settings.dedup();
            assert_eq!(settings.len(), it.otherwise.len(), "{}", row.location);
        }
        let some = read().any(|row| told(&opened, row).names_of == names);
        assert!(some, "{version} {names}");
    }
}

/// The whole text of the only snapshot that matches, with places that differ between machines taken out.
fn text(version: &str, scenario: &str, name: &str) -> String {
    let opened = look(&fixture(version).join(scenario));
    let wanted = |row: &&Arc<Snapshot>| row.name.starts_with(name);
    let row = opened.catalog.rows().find(wanted).unwrap();
    let it = told(&opened, row);
    let mut lines = Vec::new();
    for sentence in it.sentences {
        lines.push(format!("{:<10}{}", sentence.topic.word(), sentence.text));
        lines.push(format!("          ({})", sentence.evidence));
    }
    lines.push(format!("\notherwise (Flink {}):", it.names_of));
    for other in it.otherwise {
        lines.push(format!("- {}: {}", other.about, other.setting));
        lines.extend(other.call.map(|call| format!("  {call}")));
        lines.push(format!("    {}", other.effect));
    }
    lines.join("\n").replace(env!("CARGO_MANIFEST_DIR"), "")
}

#[test]
fn one_of_each_kind_reads_well() {
    for (name, version, scenario, snapshot) in [
        (
            "explain_canonical_savepoint",
            "flink-2.3.0",
            "hashmap",
            "savepoint-39db2a-0",
        ),
        (
            "explain_native_savepoint",
            "flink-1.20.5",
            "rocksdb-incremental",
            "savepoint-0b21d6-f",
        ),
        ("explain_stop", "flink-1.20.5", "stop", "savepoint"),
        (
            "explain_full_checkpoint",
            "flink-1.20.5",
            "rocksdb-full",
            "chk",
        ),
        (
            "explain_incremental_checkpoint",
            "flink-2.3.0",
            "rocksdb-incremental",
            "chk-9",
        ),
        (
            "explain_unaligned_checkpoint",
            "flink-2.3.0",
            "unaligned",
            "chk",
        ),
        ("explain_changelog", "flink-1.20.5", "changelog", "chk-3"),
        (
            "explain_file_merging",
            "flink-1.20.5",
            "file-merging",
            "chk-4",
        ),
        ("explain_finished", "flink-2.3.0", "finished", "chk-5"),
        (
            "explain_before_properties",
            "flink-1.15.4",
            "unaligned",
            "chk",
        ),
    ] {
        insta::assert_snapshot!(name, text(version, scenario, snapshot));
    }
}

const UNALIGNED: &str = "flink-2.3.0/unaligned/checkpoints/df9f590102f0db959f41e89e3aa8d447/chk-4";

/// Two copies of a checkpoint of a real Flink in one job's directory, of which `chk-4` is spoilt. What waits longer than
/// `grace` for its metadata was given up.
fn spoilt(grace: SignedDuration, spoil: impl FnOnce(&Path)) -> (Explanation, Health) {
    let home = tempfile::tempdir().unwrap();
    let job = home.path().join("7bf6bd3d977df158f9d8a88833ce0000");
    for name in ["chk-3", "chk-4"] {
        copy(&fixture(UNALIGNED), &job.join(name));
    }
    spoil(&job.join("chk-4"));
    let rules = Rules {
        grace,
        ..Rules::default()
    };
    let opened = look_with(home.path(), rules);
    let row = opened
        .catalog
        .rows()
        .find(|row| row.name == "chk-4")
        .unwrap();
    let it = told(&opened, row);
    assert!((4..=8).contains(&it.sentences.len()), "{it:#?}");
    let safe = |text: &str| text.chars().all(|c| !c.is_control());
    assert!(
        it.sentences
            .iter()
            .all(|it| safe(&it.text) && safe(&it.evidence)),
        "{it:#?}"
    );
    (it, row.health)
}

/// Longer than any test.
const LONG: SignedDuration = SignedDuration::from_hours(24);

#[test]
fn what_is_broken_in_any_way_is_told_too() {
    let whole = fs::read(fixture(UNALIGNED).join("_metadata")).unwrap();
    for end in (0..whole.len()).step_by(whole.len() / 40) {
        let (_, health) = spoilt(LONG, |chk| {
            fs::write(chk.join("_metadata"), &whole[..end]).unwrap();
        });
        assert_eq!(health, Health::Corrupt);
    }
    for at in (0..whole.len()).step_by(whole.len() / 60) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        spoilt(LONG, |chk| fs::write(chk.join("_metadata"), bytes).unwrap());
    }
}

#[test]
fn what_has_no_metadata_is_told_too() {
    let says = |it: &Explanation, wanted: &str| {
        let found = it.sentences.iter().any(|it| it.text.contains(wanted));
        assert!(found, "`{wanted}` is not in {it:#?}");
    };
    let without = |chk: &Path| fs::remove_file(chk.join("_metadata")).unwrap();
    let (it, health) = spoilt(LONG, without);
    assert_eq!(health, Health::InProgress);
    says(&it, "began it as checkpoint 4 and has not completed it");
    let (it, health) = spoilt(SignedDuration::ZERO, without);
    assert_eq!(health, Health::Abandoned);
    says(&it, "began it as checkpoint 4 and never completed it");
    says(&it, "can be restored is chk-3");
    let (it, health) = spoilt(SignedDuration::ZERO, |chk| {
        fs::remove_dir_all(chk).unwrap();
        fs::create_dir(chk).unwrap();
    });
    assert_eq!(health, Health::Empty);
    says(&it, "made this directory for checkpoint 4");
}

#[test]
fn the_command_explains_one_or_several() {
    let stop = fixture("flink-2.3.0/stop/savepoints");
    let savepoint = crate::program::only(&stop, "savepoint-");
    let hashmap = fixture("flink-2.3.0/hashmap/checkpoints/39db2af9e811cca45cedabfc4804f1aa");
    let (four, seven) = (hashmap.join("chk-4"), hashmap.join("chk-7/_metadata"));
    let one = run(["explain".as_ref(), savepoint.as_os_str()]);
    assert_eq!((one.status.code(), err(&one).as_str()), (Some(0), ""));
    let text = out(&one);
    assert!(
        text.starts_with("file:")
            && text.contains("It is yours unless a job was restored from it with CLAIM")
            && text.contains("It would have been otherwise with"),
        "{text}"
    );
    let wide = text.lines().filter(|line| {
        !["file:", "- ", "  or "]
            .iter()
            .any(|start| line.starts_with(start))
            && !line.contains('(')
            && line.chars().count() > 100
    });
    assert_eq!(wide.collect::<Vec<_>>(), [""; 0]);

    let three = run([
        "explain".as_ref(),
        "--json".as_ref(),
        "--for".as_ref(),
        "1.20".as_ref(),
        savepoint.as_os_str(),
        four.as_os_str(),
        seven.as_os_str(),
    ]);
    let document = json(&three);
    assert_eq!(
        (&document["schema"], &document["for"]),
        (&1.into(), &"1.20".into())
    );
    let told = document["explanations"].as_array().unwrap();
    assert_eq!(told.len(), 3);
    for it in told {
        let sentences = it["sentences"].as_array().unwrap();
        assert!((4..=8).contains(&sentences.len()), "{it:#}");
        assert_eq!(it["names_of"], "1.20");
        let release = sentences
            .iter()
            .find(|it| it["topic"] == "release")
            .unwrap();
        let text = release["text"].as_str().unwrap();
        assert!(
            text.starts_with("Flink 1.20 cannot read its metadata"),
            "{text}"
        );
        assert!(it["otherwise"].as_array().unwrap().is_empty());
    }
}

#[test]
fn the_command_ends_as_show_does() {
    let nothing = run(["explain".as_ref(), fixture("flink-2.3.0").as_os_str()]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(
        err(&nothing).contains("is not a snapshot"),
        "{}",
        err(&nothing)
    );
    assert_eq!(run(["explain"]).status.code(), Some(2));
    assert_eq!(run(["explain", "--for", "new", "."]).status.code(), Some(2));
    let home = tempfile::tempdir().unwrap();
    let chk = home.path().join("7bf6bd3d977df158f9d8a88833ce0000/chk-1");
    fs::create_dir_all(&chk).unwrap();
    fs::write(chk.join("_metadata"), "no").unwrap();
    let corrupt = run(["explain".as_ref(), chk.as_os_str()]);
    assert_eq!(corrupt.status.code(), Some(3));
    assert!(
        out(&corrupt).contains("cannot be read, and neither could Flink"),
        "{}",
        out(&corrupt)
    );
    // A cluster that is silent is no failure, but said.
    let silent = run([
        "explain".as_ref(),
        "--flink".as_ref(),
        "http://127.0.0.1:9".as_ref(),
        chk.as_os_str(),
    ]);
    assert!(
        err(&silent).contains("what lies on disk decides alone"),
        "{}",
        err(&silent)
    );
}

#[test]
fn what_a_cluster_tells_of_its_job_is_part_of_the_answer() {
    let home = tempfile::tempdir().unwrap();
    let chk = home.path().join(format!("{JOB}/chk-4"));
    copy(&fixture(UNALIGNED), &chk);
    let url = format!("file:{}", chk.display());
    let explained = |state: &'static str| {
        let world = World {
            state,
            history: vec![checkpoint(4, false, &url)],
            ..World::of("2.3.0")
        };
        let (cluster, _) = start(world, |_, _, _| Said::Usual);
        let it = run([
            "explain".as_ref(),
            chk.as_os_str(),
            "--flink".as_ref(),
            cluster.as_ref(),
            "--json".as_ref(),
        ]);
        let sentences = json(&it)["explanations"][0]["sentences"].clone();
        let text = |topic: &str| {
            let mut all = sentences.as_array().unwrap().iter();
            let found = all.find(|it| it["topic"] == topic).unwrap();
            found["text"].as_str().unwrap().to_owned()
        };
        (text("made"), text("owner"))
    };
    let (made, owner) = explained("RUNNING");
    assert!(
        made.contains("on Flink 2.3.0 completed it as number 4"),
        "{made}"
    );
    assert!(made.contains("by its interval of 1s or by hand"), "{made}");
    assert!(
        owner.contains("is RUNNING on") && owner.starts_with("It is Flink's"),
        "{owner}"
    );
    let (_, owner) = explained("CANCELED");
    assert!(owner.starts_with("It is yours by now"), "{owner}");
}

#[test]
fn what_may_be_of_forst_is_never_said_to_be_of_rocksdb() {
    for version in ["flink-2.0.2", "flink-2.3.0"] {
        let directory = fixture(version).join("forst");
        let opened = look(&directory);
        let rows: Vec<_> = opened.catalog.rows().collect();
        assert!(!rows.is_empty());
        for row in rows {
            let facts = row.facts.as_ref().unwrap();
            let likely = facts.likely_backend.unwrap();
            assert!(
                ["ForSt", "RocksDB or ForSt"].contains(&likely),
                "{likely} {}",
                row.location
            );
            let place = row.location.to_text();
            let shown = out(&run(["show", &place]));
            assert!(shown.contains(&format!(", likely {likely}\n")), "{shown}");
        }
    }
}
