//! Several runs in one directory.

use super::*;
use crate::domain::id::OperatorId;
use crate::domain::snapshot::{
    Facts, Format, FormatFamily, OperatorFacts, Properties, RescaleRange,
};

#[test]
fn another_run_in_the_same_directory_completes_its_own_and_brings_nothing_back() {
    let mut it = Watcher::of([1, 2]);
    let mut other = row(1, Some(499));
    other.sizes.refer = 99;
    let whats = it.tell(500, &[upsert(other)]);
    assert!(matches!(&whats[..], [What::Completed(_)]), "{whats:?}");
    it.remove(600, 2);
    assert_eq!(it.tell(700, &[upsert(row(2, None))]), []);
    let whats = it.tell(701, &[upsert(row(2, Some(701)))]);
    assert!(matches!(&whats[..], [What::Completed(_)]), "{whats:?}");
}

#[test]
fn runs_that_share_an_id_of_zeros_subsume_their_own() {
    let mut it = Watcher::of([]);
    let zeros = |number, completed| {
        let mut row = row(number, Some(completed));
        row.job_id = Some(JobId::ZERO);
        let at = format!("{}/chk-{number}", JobId::ZERO);
        row.location = root().join(at.as_bytes());
        row.sizes.refer = completed.unsigned_abs();
        row
    };
    // Of an earlier run, two are left; another counts from 1 again.
    let old = [upsert(zeros(2, -90)), upsert(zeros(5, -60))];
    it.tell(1, &old);
    for number in 1..=2 {
        it.tell(10 * number, &[upsert(zeros(number as u64, 10 * number))]);
    }
    assert_eq!(it.chronicle.timeline().former().len(), 1);
    it.tell(30, &[upsert(zeros(3, 30))]);
    let whats = it.tell(31, &[Delta::Removed(zeros(1, 10).location)]);
    assert_eq!(how(&whats), [&subsumed("chk-3")]);
}

#[test]
fn what_the_only_job_with_an_id_of_zeros_tells_parts_its_run_from_those_before() {
    let zeros = |number: u64, completed| {
        let mut row = row(number, Some(completed));
        row.job_id = Some(JobId::ZERO);
        row.location = root().join(format!("{}/chk-{number}", JobId::ZERO).as_bytes());
        row
    };
    let heard = |id, directory: &str| {
        let mut heard = cluster(
            Contact::Answering { at: at(25) },
            &[(JobState::Running, None)],
        );
        heard.id = ClusterId(id);
        let mut job = (*heard.jobs[0]).clone();
        job.id = JobId::ZERO;
        job.started_at = Some(at(0));
        let path = format!("file:{directory}/{}/chk-6", JobId::ZERO);
        job.checkpoints = vec![Checkpoint {
            id: 6,
            status: CheckpointStatus::Completed,
            is_savepoint: false,
            savepoint_format: None,
            unaligned: false,
            triggered_at: None,
            acknowledged_at: None,
            duration: None,
            checkpointed: None,
            state: None,
            subtasks: 1,
            acknowledged: 1,
            path: Some(Location::parse(path.as_bytes())),
            discarded: false,
            failure: None,
            tasks: Vec::new(),
        }];
        heard.jobs = vec![Arc::new(job)];
        heard
    };
    let gone = |clusters: &[Cluster]| {
        let mut it = Watcher::of([]);
        // Another run left two behind, and the next counts on from them.
        it.tell(1, &[upsert(zeros(4, -90)), upsert(zeros(5, -60))]);
        for number in 6..=8 {
            it.tell(number, &[upsert(zeros(number as u64, number))]);
        }
        for cluster in clusters {
            it.chronicle.hear(cluster, at(25));
        }
        let whats = it.tell(31, &[Delta::Removed(zeros(6, 6).location)]);
        how(&whats)[0].clone()
    };
    assert_eq!(gone(&[heard(0, "/data")]), subsumed("chk-8"));
    assert_eq!(gone(&[]), Ending::Vanished);
    assert_eq!(gone(&[heard(0, "/elsewhere")]), Ending::Vanished);
    let two = [heard(0, "/data"), heard(1, "/elsewhere")];
    assert_eq!(gone(&two), Ending::Vanished);
}

/// Facts of one that the program with this operator took.
fn taken_by(program: u8, number: u64) -> Facts {
    Facts {
        version: 6,
        metadata_bytes: 1,
        trailing_bytes: 0,
        checkpoint_id: number,
        content: None,
        properties: Properties::Absent,
        format: Format {
            family: FormatFamily::Native,
            incremental: false,
            unaligned: false,
            changelog: false,
            file_merging: false,
        },
        relocatable: false,
        depends_on: Vec::new(),
        jobs: Vec::new(),
        regional: Vec::new(),
        rescale: RescaleRange { min: 1, max: 128 },
        operators: vec![OperatorFacts {
            id: OperatorId([program; 16]),
            name: None,
            uid: None,
            parallelism: 1,
            max_parallelism: 128,
            keyed: true,
            fully_finished: false,
            state: 1,
        }],
        master_states: 0,
        likely_backend: None,
        written_by: String::new(),
    }
}

#[test]
fn applications_that_share_a_directory_subsume_their_own() {
    let of = |program: u8, number: u64, completed| {
        let mut row = row(number, Some(completed));
        row.job_id = None;
        row.lineage = LineageId(u32::from(program));
        row.location = root().join(format!("shared/chk-{number}").as_bytes());
        row.facts = Some(Arc::new(taken_by(program, number)));
        row
    };
    let remove = |it: &mut Watcher, second, number| {
        let gone = Delta::Removed(of(1, number, 0).location);
        how(&it.tell(second, &[gone]))[0].clone()
    };
    let mut it = Watcher::of([]);
    for (program, number, second) in [(2, 3, 5), (1, 8, 10), (2, 4, 15), (1, 9, 20), (1, 10, 30)] {
        it.tell(second, &[upsert(of(program, number, second))]);
    }
    assert_eq!(remove(&mut it, 31, 8), subsumed("chk-10"));
    // What another completes pushes none of these out.
    it.tell(40, &[upsert(of(2, 5, 40))]);
    assert_eq!(remove(&mut it, 41, 9), Ending::Vanished);
    assert_eq!(remove(&mut it, 42, 3), subsumed("chk-5"));
}
