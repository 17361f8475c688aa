//! Several runs in one directory.

use super::*;

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
