//! A lineage has one name, whichever screen tells of it.

use std::sync::Arc;

use stateward::app::key::Key;
use stateward::app::message::Message;
use stateward::domain::cluster::{Cluster, Job};
use stateward::inventory::delta::Delta;

use super::tui_clusters::{answering, cluster, fraud, with_cluster};
use super::tui_sample::{FRAUD, SESSIONS, sample_model, send};
use super::tui_screens::press;
use super::tui_views::text;

#[test]
fn whoever_runs_a_job_reads_its_name_wherever_its_lineage_is_told() {
    for size in [(120, 40), (200, 60)] {
        let mut model = with_cluster(size, answering());
        let screen = text(&mut model, false);
        let row = screen.lines().find(|it| it.contains("chk-911"));
        assert!(row.unwrap().contains("fraud-scoring"), "{screen}");
        assert!(screen.contains("the latest of fraud-scoring"), "{screen}");
        for keys in ["]", "U", "e", "b", "P"] {
            press(&mut model, keys);
            let screen = text(&mut model, false);
            assert!(screen.contains("fraud-scoring"), "{keys} {screen}");
            assert!(!screen.contains("7bf6bd3d…"), "{keys} {screen}");
            if keys != "]" {
                send(&mut model, Message::Key(Key::Esc));
            }
        }
        press(&mut model, "L");
        let said = model.notice.as_ref().map(|it| it.text.clone());
        assert!(said.unwrap().ends_with("of fraud-scoring"));
    }
}

#[test]
fn a_filter_finds_a_lineage_by_either_of_its_names() {
    for word in ["fraud-scor", "7bf6bd3d"] {
        let mut model = with_cluster((120, 40), answering());
        press(&mut model, &format!("/lineage:{word}⏎"));
        let screen = text(&mut model, false);
        assert!(!model.index.rows.is_empty(), "{screen}");
        let mut rows = model.index.rows.iter();
        let lineage = model.lineages.iter().find(|it| it.name == FRAUD).unwrap();
        assert!(rows.all(|row| row.lineage == lineage.id));
    }
}

#[test]
fn what_would_not_set_it_apart_is_no_name() {
    let of = |job: &str, name: &str| Job {
        id: job.parse().unwrap(),
        name: name.to_owned(),
        ..fraud()
    };
    for (other, named) in [
        // Two jobs of one name.
        (of(SESSIONS, "fraud-scoring"), [FRAUD, SESSIONS]),
        // A job that is called as another lineage.
        (of(SESSIONS, FRAUD), ["fraud-scoring", SESSIONS]),
        (of(SESSIONS, "sessions"), ["fraud-scoring", "sessions"]),
    ] {
        let mut model = sample_model((120, 40));
        let jobs = vec![Arc::new(fraud()), Arc::new(other)];
        let cluster = Cluster {
            jobs,
            ..cluster(answering())
        };
        send(&mut model, Message::Cluster(Arc::new(cluster)));
        let called = |own: &str| {
            let lineage = model.lineages.iter().find(|it| it.name == own);
            model.called(lineage.unwrap())
        };
        assert_eq!([called(FRAUD), called(SESSIONS)], named);
    }
    // What is heard later of lineages changes what they are called, too.
    let mut model = with_cluster((120, 40), answering());
    let lineages = model.lineages.clone();
    send(
        &mut model,
        Message::Inventory(vec![Delta::Lineages(Arc::new([]))]),
    );
    send(
        &mut model,
        Message::Inventory(vec![Delta::Lineages(lineages.clone())]),
    );
    let fraud = lineages.iter().find(|it| it.name == FRAUD).unwrap();
    assert_eq!(model.called(fraud), "fraud-scoring");
}
