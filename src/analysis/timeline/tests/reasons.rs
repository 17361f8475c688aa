//! Why snapshots vanished, as it is told.

use super::*;
use crate::analysis::sample;
use crate::domain::cluster::ClusterId;

fn of_job(number: u64) -> Sighting {
    Sighting {
        sketch: Sketch {
            job: Some(sample::job(sample::JOB, JobState::Running).id),
            ..sketch(number, Some(1))
        },
        row: None,
    }
}

fn is(state: JobState, ended: Option<i64>) -> What {
    let mut job = sample::job(sample::JOB, state);
    job.ended_at = ended.map(at);
    What::Job {
        cluster: ClusterId(0),
        job: Box::new(job),
        checkpoints: Vec::new(),
    }
}

const WHY: &str =
    "Its job was FINISHED by then: Flink deletes the checkpoints of such a job, retained or not.";

#[test]
fn what_is_known_when_it_vanishes_is_told_with_it() {
    let told: Vec<String> = words::all(&[
        event(1, What::Completed(of_job(1))),
        event(2, is(JobState::Running, None)),
        event(8, is(JobState::Finished, Some(7))),
        event(9, gone(1, Ending::Vanished)),
    ])
    .map(|(_, said)| said)
    .collect();
    assert_eq!(told.last().unwrap(), &format!("chk-1 vanished. {WHY}"));
}

#[test]
fn what_is_learned_later_has_a_line_of_its_own() {
    let events = [
        event(1, What::Completed(of_job(1))),
        event(1, What::Completed(of_job(2))),
        event(2, is(JobState::Running, None)),
        event(8, gone(1, Ending::Vanished)),
        event(9, gone(2, Ending::Vanished)),
        event(12, is(JobState::Finished, Some(8))),
        event(13, is(JobState::Finished, Some(8))),
    ];
    let told: Vec<String> = words::all(&events).map(|(_, said)| said).collect();
    assert_eq!(told[2..4], ["chk-1 vanished", "chk-2 vanished"]);
    assert!(told[4].contains("FINISHED, it was RUNNING"), "{told:?}");
    let [first, second] = [1, 2].map(|number| {
        let at = 7 + number;
        format!("why chk-{number} vanished at 2027-01-15 08:00:0{at}Z is known now. {WHY}")
    });
    assert_eq!(told[5..], [first, second]);
}
