use super::*;
use crate::analysis::sample::{
    OTHER_JOB, checkpoint, cluster, job, restored_from, savepoint, with_facts,
};
use crate::domain::claim::ClaimMode;
use crate::domain::cluster::JobState;
use crate::domain::heirs::Restart;
use crate::domain::snapshot::Verdict;

fn arc(row: Snapshot) -> Arc<Snapshot> {
    Arc::new(row)
}

fn column(rows: &[Arc<Snapshot>], sort: Sort) -> Column {
    columns(rows, &[])
        .into_iter()
        .find(|it| it.sort == sort)
        .unwrap()
}

#[test]
fn each_column_has_the_newest_of_its_sort() {
    let native = with_facts(savepoint("Savepoint"), |facts| {
        facts.properties = Properties::Known {
            type_name: "Savepoint".to_owned(),
            is_savepoint: true,
            savepoint_format: Some("NATIVE".to_owned()),
            sharing_files_strategy: None,
            unclaimed: false,
        };
    });
    let in_flight = with_facts(checkpoint(9, 10), |it| it.format.unaligned = true);
    let rows = [
        arc(checkpoint(4, 300)),
        arc(checkpoint(5, 200)),
        arc(in_flight),
        arc(native.clone()),
    ];
    let ids: Vec<Option<u64>> = columns(&rows, &[])
        .iter()
        .map(|it| it.of.as_ref().and_then(|row| row.checkpoint_id()))
        .collect();
    // The newest externalized one has in-flight data, and its own column.
    assert_eq!(ids, [None, Some(5), None, Some(8), Some(9)]);
    let alone = &rows[2..3];
    assert_eq!(
        column(alone, Sort::Externalized).of,
        column(alone, Sort::Unaligned).of
    );
}

#[test]
fn what_an_event_does_is_read_from_the_flags_and_else_from_the_documentation() {
    let rows = [arc(checkpoint(4, 300))];
    let cell = column(&rows, Sort::Externalized).cell(Row::When(Event::Finished));
    assert_eq!((cell.answer, cell.source), (Answer::No, Source::Metadata));
    assert_eq!(
        cell.evidence,
        "its discardFinished is true: RETAIN_ON_CANCELLATION"
    );
    let cell = column(&rows, Sort::Externalized).cell(Row::When(Event::Cancelled));
    assert_eq!(
        cell.evidence,
        "its discardCancelled is false: RETAIN_ON_CANCELLATION"
    );
    let cell = column(&rows, Sort::Savepoint).cell(Row::When(Event::Finished));
    assert_eq!(
        (cell.answer, cell.source),
        (Answer::Yes, Source::Documentation)
    );
    let mut old = checkpoint(4, 300);
    old.fate.inferred = true;
    old.fate.cancelled = Verdict::Unknown;
    let cell = column(&[arc(old)], Sort::Externalized).cell(Row::When(Event::Cancelled));
    assert_eq!(
        (cell.answer, cell.source),
        (Answer::Maybe, Source::Inferred)
    );
}

#[test]
fn what_a_job_claimed_is_that_jobs_in_every_row() {
    let mut claimed = savepoint("Savepoint");
    claimed.heirs.restored.push(Restart {
        job: OTHER_JOB.parse().unwrap(),
        claim_mode: Some(ClaimMode::Claim),
    });
    let column = column(&[arc(claimed)], Sort::Savepoint);
    assert_eq!(column.cell(Row::Owner).word, "Flink");
    let finished = column.cell(Row::When(Event::Finished));
    assert_eq!(
        (finished.answer, finished.source),
        (Answer::No, Source::Inferred)
    );
    assert!(
        finished.evidence.contains("the claim of job 1111"),
        "{}",
        finished.evidence
    );
    assert_eq!(column.cell(Row::When(Event::Failed)).answer, Answer::Maybe);
}

/// Row by row: canonical savepoint, native savepoint, checkpoint, unaligned checkpoint.
#[test]
fn the_table_is_that_of_the_documentation() {
    use Answer::{Maybe, No, Yes};
    let table = [
        (Row::BackendChange, [Yes, No, No, No]),
        (Row::ProcessorWrites, [Yes, No, No, No]),
        (Row::ProcessorReads, [Yes, Maybe, Maybe, No]),
        (Row::Relocatable, [Yes, Yes, No, No]),
        (Row::SchemaEvolution, [Yes, Maybe, Maybe, Maybe]),
        (Row::ArbitraryUpgrade, [Yes, Yes, Yes, No]),
        (Row::JobUpgrade, [Yes, Yes, Yes, Yes]),
        (Row::MinorUpgrade, [Yes, Yes, Yes, No]),
        (Row::PatchUpgrade, [Yes, Yes, Yes, Yes]),
        (Row::Rescale, [Yes, Yes, Yes, Yes]),
    ];
    let sorts = [
        Sort::Savepoint,
        Sort::NativeSavepoint,
        Sort::Externalized,
        Sort::Unaligned,
    ];
    for (row, answers) in table {
        for (sort, answer) in sorts.into_iter().zip(answers) {
            let cell = column(&[], sort).cell(row);
            assert_eq!(cell.answer, answer, "{row:?} of {sort:?}");
            assert_eq!(cell.source, Source::Documentation);
        }
    }
}

#[test]
fn metadata_outweighs_the_documentation() {
    let moved = with_facts(savepoint("Savepoint"), |facts| {
        facts.format.family = FormatFamily::Canonical;
        facts.relocatable = false;
        facts.depends_on = vec!["3 files in s3://other".to_owned()];
    });
    let cell = column(&[arc(moved)], Sort::Savepoint).cell(Row::Relocatable);
    assert_eq!((cell.answer, cell.source), (Answer::No, Source::Metadata));
    assert_eq!(
        cell.evidence,
        "it names absolute paths: 3 files in s3://other"
    );
    let mut in_flight = with_facts(checkpoint(9, 10), |it| it.format.unaligned = true);
    in_flight.sizes.channel_state = 3 << 20;
    let cell = column(&[arc(in_flight)], Sort::Unaligned).cell(Row::ArbitraryUpgrade);
    assert_eq!((cell.answer, cell.source), (Answer::No, Source::Metadata));
    assert!(
        cell.evidence.contains("3 MiB of in-flight records"),
        "{}",
        cell.evidence
    );
}

#[test]
fn every_cell_of_every_column_says_something() {
    let rows = [arc(checkpoint(4, 300)), arc(savepoint("Savepoint"))];
    for column in columns(&rows, &[]).iter().chain(&columns(&[], &[])) {
        assert!(!column.sort.made_by().is_empty());
        for row in Row::ALL {
            let cell = column.cell(row);
            assert!(
                !cell.word.is_empty() && !cell.evidence.is_empty(),
                "{row:?} {cell:?}"
            );
        }
    }
}

#[test]
fn what_is_claimed_or_named_by_others_is_only_to_be_copied() {
    let whole = with_facts(savepoint("Savepoint"), |facts| facts.relocatable = true);
    let cell = |row: &Snapshot, clusters: &[Arc<Cluster>]| {
        let all = columns(&[arc(row.clone())], clusters);
        let column = all.into_iter().find(|it| it.sort == Sort::Savepoint);
        column.unwrap().cell(Row::Relocatable)
    };
    assert_eq!(cell(&whole, &[]).answer, Answer::Yes);
    let heir = restored_from(job(OTHER_JOB, JobState::Running), &whole.location);
    let claimed = cell(&whole, &[Arc::new(cluster([heir]))]);
    assert_eq!(
        (claimed.answer, &*claimed.word),
        (Answer::No, "copied only")
    );
    assert!(
        claimed
            .evidence
            .contains("job job-111122 on prod claimed it"),
        "{}",
        claimed.evidence
    );
    let mut named = whole;
    named.sizes.freed = 10;
    assert_eq!(cell(&named, &[]).evidence, "others name files in it");
    named.heirs.naming = vec![OTHER_JOB.parse().unwrap()];
    assert_eq!(
        cell(&named, &[]).evidence,
        "checkpoints of job 11112222… name files in it"
    );
}
