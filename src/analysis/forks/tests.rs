use super::*;
use crate::analysis::sample::checkpoint;

const JOBS: [&str; 3] = ["aaaaaa", "bbbbbb", "cccccc"];

fn id(job: &str) -> JobId {
    JobId::from_hex(&job.repeat(6).as_bytes()[..32]).unwrap()
}

/// A checkpoint of a job, taken then, which names files of these jobs.
fn taken(job: &str, number: u64, at: &str, names: &[&str]) -> Snapshot {
    let mut snapshot = checkpoint(number, 0);
    let mut facts = (**snapshot.facts.as_ref().unwrap()).clone();
    facts.jobs = names.iter().map(|it| (*it).to_owned()).collect();
    snapshot.facts = Some(Arc::new(facts));
    snapshot.job_id = Some(id(job));
    snapshot.completed_at = Some(at.parse().unwrap());
    snapshot
}

fn told(snapshots: &[Snapshot], histories: &[JobHistory]) -> Vec<Option<String>> {
    let rows: Vec<&Snapshot> = snapshots.iter().collect();
    apart(&rows, histories)
}

#[test]
fn two_that_go_back_to_one_are_told_apart_and_what_they_go_back_to_is_not() {
    let [a, b, c] = JOBS;
    let forked = [
        taken(a, 1, "2026-11-01T00:00:00Z", &[a]),
        taken(b, 2, "2026-11-02T00:00:00Z", &[a, b]),
        taken(c, 2, "2026-11-03T00:00:00Z", &[a]),
    ];
    let apart = [None, Some(b.to_owned()), Some(c.to_owned())];
    assert_eq!(told(&forked, &[]), apart);
    // What the third goes back to over the second is one line.
    let line = [
        taken(a, 1, "2026-11-01T00:00:00Z", &[a]),
        taken(b, 2, "2026-11-02T00:00:00Z", &[a, b]),
        taken(c, 2, "2026-11-03T00:00:00Z", &[b, c]),
    ];
    assert_eq!(told(&line, &[]), [None, None, None]);
    // And so it is where a note tells what the files do not.
    let history = JobHistory {
        claim_mode: None,
        job: id(c),
        started_at: None,
        ended_at: None,
        restored: Some(Location::parse(
            format!("file:/data/{}/chk-2", id(b)).as_bytes(),
        )),
        taken: Vec::new(),
    };
    assert_eq!(told(&forked, &[history]), [None, None, None]);
}

#[test]
fn two_that_were_alive_at_the_same_time_are_told_apart() {
    let [a, b, _] = JOBS;
    let at = |times: [&str; 4]| {
        let [one, two, three, four] = times.map(|it| format!("2026-11-01T{it}Z"));
        let taken = [
            taken(a, 1, &one, &[a]),
            taken(a, 2, &two, &[a]),
            taken(b, 3, &three, &[a, b]),
            taken(b, 4, &four, &[b]),
        ];
        told(&taken, &[]).iter().flatten().count()
    };
    assert_eq!(at(["00:00:00", "01:00:00", "01:00:01", "02:00:00"]), 0);
    assert_eq!(at(["00:00:00", "01:30:00", "01:00:00", "02:00:00"]), 4);
    // A copy dates all within seconds.
    assert_eq!(at(["00:00:00", "00:00:05", "00:00:01", "00:00:07"]), 0);
}

#[test]
fn a_job_is_in_the_name_of_its_directory_and_of_its_savepoints() {
    let hex = id("7bf6bd").to_string();
    assert_eq!(job_in(hex.as_bytes()).as_deref(), Some("7bf6bd"));
    assert_eq!(
        job_in(b"savepoint-7bf6bd-0123456789ab").as_deref(),
        Some("7bf6bd")
    );
    for none in [
        "0".repeat(32).as_str(),
        "chk-7",
        "savepoint-mine",
        "savepoint-7bf6bd",
    ] {
        assert_eq!(job_in(none.as_bytes()), None, "{none}");
    }
}
