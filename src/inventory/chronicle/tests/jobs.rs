//! What jobs do.

use super::*;

/// What was told of the job, state by state.
fn states(events: &[Event]) -> Vec<(Option<JobState>, Option<Timestamp>)> {
    let states = events.iter().filter_map(|event| match &event.what {
        What::Ran {
            root: of,
            state,
            since,
            ..
        } => {
            assert_eq!(*of, root());
            Some((*state, *since))
        }
        _ => None,
    });
    states.collect()
}

#[test]
fn what_a_job_does_is_told_when_it_changes_and_when_nobody_knows_any_more() {
    use JobState::{Finished, Restarting, Running};
    let answering = |second| Contact::Answering { at: at(second) };
    let mut it = Watcher::of([1]);
    let mut hear = |second, cluster: &Cluster| states(&it.chronicle.hear(cluster, at(second)));
    let running = cluster(answering(5), &[(Running, Some(-500))]);
    assert_eq!(hear(5, &running), [(Some(Running), Some(at(-500)))]);
    assert_eq!(hear(7, &running), []);
    let restarting = cluster(answering(9), &[(Restarting, None)]);
    assert_eq!(hear(9, &restarting), [(Some(Restarting), None)]);
    let again = cluster(answering(12), &[(Running, Some(11))]);
    assert_eq!(hear(12, &again), [(Some(Running), Some(at(11)))]);
    // It has restarted since, between two looks.
    let anew = cluster(answering(14), &[(Running, Some(13))]);
    assert_eq!(hear(14, &anew), [(Some(Running), Some(at(13)))]);
    let silent = Contact::Silent {
        since: at(15),
        last_answer: Some(at(14)),
        reason: "no answer".to_owned(),
    };
    let silent = cluster(silent, &[(Running, Some(13))]);
    assert_eq!(hear(16, &silent), [(None, Some(at(14)))]);
    assert_eq!(hear(18, &silent), []);
    assert_eq!(hear(20, &anew), [(Some(Running), Some(at(13)))]);
    assert_eq!(hear(22, &cluster(answering(22), &[])), [(None, None)]);
    let over = cluster(answering(30), &[(Finished, Some(29))]);
    assert_eq!(hear(30, &over), [(Some(Finished), Some(at(29)))]);
    // What is over stays so.
    assert_eq!(hear(32, &cluster(answering(32), &[])), []);
}

#[test]
fn a_job_of_which_nothing_is_in_sight_is_not_told_of() {
    let mut it = Watcher::of([]);
    let contact = Contact::Answering { at: at(5) };
    let heard = cluster(contact, &[(JobState::Running, None)]);
    assert_eq!(states(&it.chronicle.hear(&heard, at(5))), []);
}

#[test]
fn two_clusters_with_a_job_of_one_id_do_not_speak_in_turn() {
    use JobState::{Finished, Running};
    let mut it = Watcher::of([1]);
    let mut hear = |id, second, contact, job: &[(JobState, Option<i64>)]| {
        let heard = Cluster {
            id: ClusterId(id),
            ..cluster(contact, job)
        };
        states(&it.chronicle.hear(&heard, at(second)))
    };
    let answering = |second| Contact::Answering { at: at(second) };
    let silent = || Contact::Silent {
        since: at(8),
        last_answer: Some(at(7)),
        reason: "no answer".to_owned(),
    };
    let running = [(Running, Some(2))];
    assert_eq!(hear(0, 5, answering(5), &running).len(), 1);
    assert_eq!(hear(1, 6, answering(6), &[(Finished, Some(1))]), []);
    assert_eq!(hear(0, 7, answering(7), &running), []);
    // The other still has it.
    assert_eq!(hear(0, 9, silent(), &running), []);
    let over = hear(1, 10, answering(10), &[(Finished, Some(1))]);
    assert_eq!(over, [(Some(Finished), Some(at(1)))]);
    // One that runs is told rather than one of that id that has ended.
    assert_eq!(hear(0, 11, answering(11), &running).len(), 1);
    assert_eq!(hear(1, 12, silent(), &[]), []);
    assert_eq!(hear(0, 13, silent(), &running), [(None, Some(at(7)))]);
    assert_eq!(hear(0, 15, silent(), &running), []);
}
