//! What it needs and what it can be restored into, and the settings.

use super::*;

#[test]
fn what_it_needs_and_who_shares_it_is_named() {
    let place = |sort, files| Place {
        sort,
        directory: "file:/cp/x/shared".to_owned(),
        files,
    };
    let sharer = |name: &str, job: &str| Sharer {
        name: name.to_owned(),
        uri: name.to_owned(),
        job_id: job.parse().ok(),
        kind: Kind::ExternalizedCheckpoint,
        files: 2,
        bytes: 10,
    };
    let relations = Relations {
        restarts: Vec::new(),
        places: vec![
            place(Sort::Own, 3),
            place(Sort::Shared, 6),
            place(Sort::OtherJob(sample::OTHER_JOB.to_owned()), 2),
        ],
        sharers: vec![
            sharer("chk-10", sample::JOB),
            sharer("chk-9", sample::OTHER_JOB),
            sharer("chk-8", sample::JOB),
        ],
        shared_files: 4,
    };
    let snapshot = Snapshot {
        sizes: Sizes {
            files: 11,
            ..Sizes::default()
        },
        ..sample::checkpoint(7, 60)
    };
    let question = Question {
        relations: Some(&relations),
        ..alone(&snapshot)
    };
    assert_eq!(
        said(&question, Topic::Depends),
        "It needs 3 files in its own directory and, by absolute path, 6 files in its job's `shared` and 2 files in `shared` of another job \
         (11112222…), which its job took over with CLAIM or leans on in LEGACY mode, so that it cannot be moved; chk-8 and chk-10 as well as chk-9 of job 11112222… name 4 of them, too."
    );
    says(
        &question,
        Topic::Release,
        "in time deletes files that chk-8 and chk-10 as well as chk-9 of job 11112222… need, too",
    );
    let unclear = Snapshot {
        owner: Owner::Unclear("shared".to_owned()),
        heirs: Heirs {
            naming: vec![sample::OTHER_JOB.parse().unwrap()],
            ..Heirs::default()
        },
        ..snapshot.clone()
    };
    let question = Question {
        snapshot: &unclear,
        ..question
    };
    says(
        &question,
        Topic::Owner,
        "chk-9 of job 11112222… names files of it, and so that job was restored, from it or",
    );
}

#[test]
fn what_lies_inside_may_be_moved_and_what_does_not_may_not() {
    let inside = |files| {
        let it = sample::with_facts(sample::checkpoint(7, 60), |facts| facts.relocatable = true);
        Snapshot {
            sizes: Sizes {
                files,
                inline: 5,
                ..Sizes::default()
            },
            ..it
        }
    };
    says(
        &alone(&inside(0)),
        Topic::Depends,
        "no file but its _metadata, so that it may be moved",
    );
    says(
        &alone(&inside(4)),
        Topic::Depends,
        "Flink promises that of savepoints only",
    );
    let regional = sample::with_facts(inside(4), |facts| facts.regional = vec![3, 5]);
    says(
        &alone(&regional),
        Topic::Depends,
        "the state of some of its subtasks is in chk-3 and chk-5",
    );
}

#[test]
fn the_operator_that_limits_the_parallelism_is_named() {
    let mut snapshot = sample::checkpoint(7, 60);
    snapshot = sample::with_facts(snapshot, |facts| facts.rescale.max = 64);
    says(
        &alone(&snapshot),
        Topic::Job,
        "that has its 2 operator ids restores from it at parallelism 1 to 64, the maximum of `window` (it ran at 2)",
    );
    let bare = sample::with_facts(snapshot, |facts| {
        facts.version = 6;
        facts.written_by = "Flink 2.1 to 2.3".to_owned();
        facts.operators[1].fully_finished = true;
        facts.operators[0].uid = Some("src".to_owned());
    });
    says(
        &alone(&bare),
        Topic::Job,
        "no uid is recorded for `window`, so that it keeps its state only while",
    );
    says(
        &alone(&bare),
        Topic::Job,
        "1 operator had finished and stays so",
    );
}

#[test]
fn a_state_backend_is_named_as_far_as_it_shows() {
    let of = |backend, version, incremental| {
        sample::with_facts(sample::checkpoint(7, 60), |facts| {
            facts.likely_backend = backend;
            facts.version = version;
            facts.format.incremental = incremental;
        })
    };
    says(
        &alone(&of(Some("RocksDB"), 4, true)),
        Topic::Job,
        "with RocksDB again",
    );
    says(
        &alone(&of(Some("RocksDB"), 6, true)),
        Topic::Job,
        "whichever it was of RocksDB and ForSt",
    );
    says(
        &alone(&of(Some("RocksDB"), 6, false)),
        Topic::Job,
        "with RocksDB again",
    );
    says(
        &alone(&of(None, 3, false)),
        Topic::State,
        "does not betray (HashMap, or RocksDB without increments)",
    );
    let job = Job {
        checkpointing: Some(checkpointing(Retention::RetainOnCancellation)),
        ..sample::job(sample::JOB, JobState::Running)
    };
    let clusters = [Arc::new(sample::cluster([job]))];
    let open = of(Some("RocksDB"), 6, true);
    says(
        &asking(&open, &[], &clusters),
        Topic::Job,
        "with RocksDB again",
    );
    let canonical = sample::with_facts(sample::savepoint("Savepoint"), |facts| {
        facts.format.family = FormatFamily::Canonical;
    });
    says(
        &alone(&canonical),
        Topic::Job,
        "with HashMap or RocksDB, whichever wrote it",
    );
    let stateless = sample::with_facts(sample::savepoint("Savepoint"), |facts| {
        facts.format.family = FormatFamily::None;
    });
    says(&alone(&stateless), Topic::Job, "with any state backend");
}

#[test]
fn releases_that_can_and_cannot_read_it_are_told_apart() {
    let snapshot = sample::with_facts(sample::checkpoint(7, 60), |facts| {
        facts.written_by = "Flink 1.16 to 1.20".to_owned();
    });
    let release = |release| Question {
        release: Some(release),
        ..alone(&snapshot)
    };
    says(
        &alone(&snapshot),
        Topic::Release,
        "Flink 1.16 and later read its metadata, but the state of 1.x is not promised to fit 2.x",
    );
    says(
        &release((1, 15)),
        Topic::Release,
        "Flink 1.15 cannot read its metadata, which takes 1.16 or later.",
    );
    let text = said(&release((1, 18)), Topic::Release);
    assert!(
        text.starts_with("Flink 1.18 reads its metadata. A new job needs it until its first checkpoint (NO_CLAIM)"),
        "{text}"
    );
    says(
        &release((2, 1)),
        Topic::Release,
        "Flink 2.1 reads its metadata, but the state of 1.x",
    );
    says(
        &Question {
            release: Some((1, 14)),
            ..alone(&of_1_15())
        },
        Topic::Release,
        "Flink 1.14 cannot read",
    );
    let merged = sample::with_facts(sample::checkpoint(7, 60), |facts| {
        facts.format.file_merging = true;
    });
    says(&alone(&merged), Topic::Release, "Flink 1.20 and later");
    let unaligned = sample::with_facts(snapshot.clone(), |facts| facts.format.unaligned = true);
    says(
        &alone(&unaligned),
        Topic::Release,
        "only within the minor release that wrote them (Flink 1.16 to 1.20)",
    );
    let changelog = sample::with_facts(snapshot.clone(), |facts| facts.format.changelog = true);
    says(&alone(&changelog), Topic::Release, "needs CLAIM");
    let future = sample::with_facts(snapshot, |facts| facts.version = 7);
    says(
        &alone(&future),
        Topic::Release,
        "No release of Flink to date reads metadata of version 7.",
    );
}

#[test]
fn what_is_broken_says_so_instead_of_what_it_could_be_restored_into() {
    let broken = Snapshot {
        health: Health::Incomplete,
        findings: vec!["2 of 9 files missing: file:/a/b, file:/a/c".to_owned()],
        ..sample::checkpoint(7, 60)
    };
    let rows = [Arc::new(sample::checkpoint(6, 90))];
    let question = asking(&broken, &rows, &[]);
    assert_eq!(
        said(&question, Topic::Condition),
        "Flink cannot restore it: 2 of 9 files missing; chk-6 is the newest of its application that can be."
    );
    assert_eq!(said(&question, Topic::Job), "");
    let open = Snapshot {
        unchecked_files: 3,
        ..sample::checkpoint(7, 60)
    };
    says(
        &alone(&open),
        Topic::Job,
        "without 3 files that could not be looked at",
    );
}

#[test]
fn settings_have_the_names_of_the_release() {
    let snapshot = sample::with_facts(sample::checkpoint(7, 60), |facts| {
        facts.likely_backend = Some("RocksDB");
        facts.written_by = "Flink 1.16 to 1.20".to_owned();
    });
    let ancient = sample::with_facts(snapshot.clone(), |facts| {
        facts.version = 3;
        facts.written_by = "Flink 1.11 to 1.14".to_owned();
    });
    let asked = |snapshot, release| {
        settings(&Question {
            release: Some(release),
            ..alone(snapshot)
        })
        .join("\n")
    };
    let of = |release| {
        asked(
            if release < (1, 16) {
                &ancient
            } else {
                &snapshot
            },
            release,
        )
    };
    // What cannot be restored there is not to be made otherwise there.
    assert_eq!(asked(&snapshot, (1, 14)), "");
    let (old, middle, new) = (of((1, 14)), of((1, 17)), of((2, 3)));
    for (text, wanted) in [
        (
            &old,
            "enableExternalizedCheckpoints(ExternalizedCheckpointCleanup.DELETE_ON_CANCELLATION)",
        ),
        (
            &old,
            "flink savepoint JOB | jobClient.triggerSavepoint(\"DIR\")",
        ),
        (
            &middle,
            "setExternalizedCheckpointCleanup(ExternalizedCheckpointCleanup.DELETE_ON_CANCELLATION)",
        ),
        (
            &middle,
            "state.backend: hashmap | env.setStateBackend(new HashMapStateBackend())",
        ),
        (
            &middle,
            "state.backend.incremental: false | env.setStateBackend(new EmbeddedRocksDBStateBackend(false))",
        ),
        (&middle, "state.checkpoints.num-retained: 2 | "),
        (
            &middle,
            "state.checkpoints.dir: DIR | env.getCheckpointConfig().setCheckpointStorage(\"DIR\")",
        ),
        (
            &new,
            "setExternalizedCheckpointRetention(ExternalizedCheckpointRetention.DELETE_ON_CANCELLATION)",
        ),
        (
            &new,
            "state.backend.type: hashmap | configuration.set(StateBackendOptions.STATE_BACKEND, \"hashmap\")",
        ),
        (
            &new,
            "execution.checkpointing.incremental: false | configuration.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, false)",
        ),
        (&new, "execution.checkpointing.num-retained: 2 | "),
        (
            &new,
            "execution.checkpointing.dir: DIR | configuration.set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, \"DIR\")",
        ),
    ] {
        assert!(text.contains(wanted), "`{wanted}` is not in:\n{text}");
    }
    // Without a release the oldest that can have written it names them: later ones of 1.x still read these.
    assert_eq!(settings(&alone(&snapshot)).join("\n"), middle);
}

/// A savepoint of these facts with a file, named relative to its own directory.
fn savepoint_of(change: impl FnOnce(&mut Facts)) -> Snapshot {
    let it = sample::with_facts(sample::savepoint("Savepoint"), |facts| {
        facts.version = 6;
        facts.written_by = "Flink 2.1 to 2.3".to_owned();
        facts.relocatable = true;
        facts.format.incremental = false;
        change(facts);
    });
    Snapshot {
        sizes: Sizes {
            files: 3,
            ..Sizes::default()
        },
        ..it
    }
}

fn with_release(snapshot: &Snapshot, release: Release) -> Question<'_> {
    Question {
        release: Some(release),
        ..alone(snapshot)
    }
}

#[test]
fn what_a_claim_breaks_is_said_of_the_releases_that_break_it() {
    let native = savepoint_of(|facts| facts.likely_backend = Some("RocksDB"));
    let canonical = savepoint_of(|facts| facts.format.family = FormatFamily::Canonical);
    let heap = savepoint_of(|facts| facts.likely_backend = Some("HashMap"));
    let inline = Snapshot {
        sizes: Sizes::default(),
        ..native.clone()
    };
    let incremental = "a job with incremental checkpoints or the changelog may name its files for ever in LEGACY mode (gone with 2.4), and up to \
                       2.3.0 cannot restore the checkpoints it writes after CLAIM (FLINK-39964)";
    let changelog = "; a job with the changelog may name its files for ever in LEGACY mode (gone with 2.4), and up to 2.3.0 cannot restore \
                     the checkpoints it writes after CLAIM (FLINK-39964)";
    says(&alone(&native), Topic::Release, incremental);
    says(&with_release(&native, (2, 3)), Topic::Release, incremental);
    says(&alone(&canonical), Topic::Release, changelog);
    says(&alone(&heap), Topic::Release, changelog);
    for fine in [
        said(&with_release(&native, (2, 4)), Topic::Release),
        said(&alone(&inline), Topic::Release),
        said(&alone(&sample::checkpoint(7, 60)), Topic::Release),
    ] {
        assert!(!fine.contains("FLINK-39964"), "{fine}");
    }
}

#[test]
fn legacy_mode_is_told_of_for_the_releases_that_have_it() {
    let snapshot = savepoint_of(|_| {});
    let legacy = "a job with incremental checkpoints or the changelog may name its files for ever in LEGACY mode (gone with 2.4)";
    says(&alone(&snapshot), Topic::Release, legacy);
    says(&with_release(&snapshot, (2, 3)), Topic::Release, legacy);
    let later = said(&with_release(&snapshot, (2, 4)), Topic::Release);
    assert!(!later.contains("LEGACY"), "{later}");
}

#[test]
fn legacy_mode_leaves_only_what_a_job_can_go_on_naming() {
    let canonical = savepoint_of(|facts| facts.format.family = FormatFamily::Canonical);
    let conditional = "; a job with the changelog may name its files for ever in LEGACY mode";
    says(&alone(&canonical), Topic::Release, conditional);
    let inline = Snapshot {
        sizes: Sizes::default(),
        ..savepoint_of(|_| {})
    };
    // Operators write their own state anew for every checkpoint.
    let stateless = savepoint_of(|facts| facts.format.family = FormatFamily::None);
    for snapshot in [&inline, &stateless] {
        let text = said(&alone(snapshot), Topic::Release);
        assert!(!text.contains("LEGACY"), "{text}");
    }
    let noted = |snapshot| noted(snapshot, Some(ClaimMode::Legacy));
    says(
        &alone(&noted(&canonical)),
        Topic::Owner,
        "checkpoints of that job may name its files for ever if it keeps the changelog, so do not delete it while",
    );
    says(
        &alone(&noted(&inline)),
        Topic::Owner,
        "in LEGACY mode: Flink never deletes it, and it has no file but its _metadata; do not delete it while that job has not completed a checkpoint",
    );
}

#[test]
fn what_a_release_means_for_it_is_told_in_a_few_words() {
    let native = savepoint_of(|facts| facts.likely_backend = Some("RocksDB"));
    let canonical = savepoint_of(|facts| facts.format.family = FormatFamily::Canonical);
    for snapshot in [&native, &canonical] {
        let text = said(&alone(snapshot), Topic::Release);
        assert!(text.split_whitespace().count() <= 60, "{text}");
    }
}

#[test]
fn the_rest_of_an_incremental_one_is_where_it_lies() {
    let of = |sizes: Sizes| {
        let it = sample::with_facts(sample::checkpoint(7, 60), |facts| {
            facts.likely_backend = Some("RocksDB");
            facts.format.incremental = true;
        });
        Snapshot {
            sizes: Sizes {
                state: 10 << 10,
                checkpointed: 4 << 10,
                ..sizes
            },
            ..it
        }
    };
    let [mut named, mut held, mut both] = [Sizes::default(); 3];
    named.files = 3;
    held.inline = 10 << 10;
    (both.files, both.inline) = (3, 2 << 10);
    let mut inside = both;
    inside.inline = 8 << 10;
    for (sizes, wanted) in [
        (
            named,
            "4 KiB were written for it, and for 6 KiB it names files of earlier checkpoints",
        ),
        (
            held,
            "4 KiB were written for it, and 6 KiB of earlier checkpoints are copied into its _metadata",
        ),
        (
            both,
            "4 KiB were written for it, and 6 KiB are of earlier checkpoints: files of theirs that it names, at least 4 KiB, and \
             what of theirs is copied into its _metadata",
        ),
        (
            inside,
            "4 KiB were written for it, and 6 KiB are of earlier checkpoints: files of theirs that it names, or what of theirs is \
             copied into its _metadata",
        ),
    ] {
        says(&alone(&of(sizes)), Topic::State, wanted);
    }
    // All that it names lies in its own directory.
    let own = sample::with_facts(of(inside), |facts| facts.relocatable = true);
    says(
        &alone(&own),
        Topic::State,
        "6 KiB of earlier checkpoints are copied into its _metadata",
    );
}

#[test]
fn no_savepoint_is_offered_that_fails_the_job() {
    let checkpoint = |backend| {
        sample::with_facts(sample::checkpoint(7, 60), |facts| {
            facts.version = 6;
            facts.likely_backend = Some(backend);
        })
    };
    let savepoints = |snapshot: &Snapshot| -> Vec<(String, String)> {
        let all = explain(&alone(snapshot)).otherwise.into_iter();
        all.filter(|it| it.about.starts_with("savepoint"))
            .filter(|it| it.setting.starts_with("flink"))
            .map(|it| (it.setting, it.effect))
            .collect()
    };
    let told = |snapshot: &Snapshot| savepoints(snapshot).remove(0);
    let (forst, effect) = told(&checkpoint("ForSt"));
    assert_eq!(forst, "flink savepoint --type native JOB");
    assert!(
        effect.contains("a canonical one would fail the job"),
        "{effect}"
    );
    // Their files look the same.
    let (either, effect) = told(&checkpoint("RocksDB"));
    assert_eq!(either, "flink savepoint --type canonical JOB");
    assert!(effect.contains("with ForSt only a native one"), "{effect}");
    let native = savepoint_of(|facts| facts.likely_backend = Some("ForSt"));
    let all = savepoints(&native);
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0].0, "flink stop --type native JOB");
}

#[test]
fn what_would_have_become_of_a_changelog_is_said_of_a_changelog() {
    let snapshot = sample::with_facts(sample::checkpoint(7, 60), |facts| {
        facts.likely_backend = Some("RocksDB");
        facts.format.changelog = true;
    });
    let snapshot = Snapshot {
        sizes: Sizes {
            files: 3,
            ..Sizes::default()
        },
        ..snapshot
    };
    let all = explain(&alone(&snapshot)).otherwise;
    let effect = |setting: &str| {
        let it = all.iter().find(|it| it.setting.contains(setting)).unwrap();
        it.effect.as_str()
    };
    assert_eq!(
        effect("hashmap"),
        "materialized in full by HashMap, and read by HashMap"
    );
    assert_eq!(
        effect("storage: jobmanager"),
        "what was materialized inside _metadata; the changes stay in the changelog's own storage"
    );
}

#[test]
fn what_a_claim_broke_can_be_made_whole_while_the_savepoint_is_there() {
    let snapshot = Snapshot {
        health: Health::Incomplete,
        findings: vec![
            "15 of 77 files missing: file:/cp/x".to_owned(),
            "files of a claimed native savepoint are named as if they lay here (FLINK-39964)"
                .to_owned(),
        ],
        ..sample::checkpoint(7, 60)
    };
    says(
        &alone(&snapshot),
        Topic::Condition,
        "copied into chk-7 from that savepoint, while it is there, they make it whole",
    );
}

#[test]
fn what_a_job_claimed_or_others_name_may_be_copied_but_not_moved() {
    let whole = |facts: &mut Facts| facts.relocatable = true;
    let row = sample::with_facts(sample::savepoint("Savepoint"), whole);
    let row = Snapshot {
        sizes: Sizes {
            files: 4,
            ..row.sizes
        },
        ..row
    };
    says(
        &alone(&row),
        Topic::Depends,
        "which may be moved or copied as a whole",
    );
    let heir = sample::job(sample::OTHER_JOB, JobState::Running);
    let heir = sample::restored_from(heir, &row.location);
    let claimed = [Arc::new(sample::cluster([heir]))];
    says(
        &asking(&row, &[], &claimed),
        Topic::Depends,
        "which may be copied as a whole, but not moved, as job job-111122 on prod claimed it",
    );
    let relations = Relations {
        sharers: vec![Sharer {
            name: "chk-9".to_owned(),
            uri: format!("file:/data/{}/chk-9", sample::OTHER_JOB),
            job_id: sample::OTHER_JOB.parse().ok(),
            kind: Kind::ExternalizedCheckpoint,
            files: 3,
            bytes: 3,
        }],
        shared_files: 3,
        ..Relations::default()
    };
    for clusters in [&[][..], &claimed] {
        let question = Question {
            relations: Some(&relations),
            ..asking(&row, &[], clusters)
        };
        says(
            &question,
            Topic::Depends,
            "which may be copied as a whole, but not moved; chk-9 of job 11112222… names 3 of them, too",
        );
    }
}
