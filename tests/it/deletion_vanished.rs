//! Snapshots that go between a look and a plan, as Flink deletes checkpoints all the time: they are gone, and speak against nothing.

use std::fs;

use jiff::SignedDuration;
use stateward::domain::location::Location;
use stateward::domain::plan::{Decision, Plan};
use stateward::inventory::catalog::Rules;
use stateward::inventory::sight::{Sight, Terms};
use stateward::store::local::location_of;

use crate::deletion::Place;

/// Plans the deletion of two checkpoints beside a third, where something happens once all of them were looked at.
fn planned(place: &Place, meanwhile: impl FnOnce()) -> Plan {
    let terms = Terms {
        within: Vec::new(),
        levels: 6,
        rules: Rules::default(),
        all_named: true,
        untouched: SignedDuration::from_hours(72),
        typed: vec!["fraud".to_owned()],
    };
    let asked = [7, 8].map(|number| location_of(&place.chk(number)).unwrap());
    let sight = Sight::around(&terms, Vec::new(), &asked).unwrap();
    meanwhile();
    let asked: Vec<(Location, String)> = asked
        .into_iter()
        .map(|it| (it, "asked for".to_owned()))
        .collect();
    sight.judge(&terms, "delete", &asked)
}

fn not_known(plan: &Plan) -> Vec<String> {
    let objections = plan.targets.iter().flat_map(|it| &it.objections);
    let not_known = objections.filter(|it| it.guard == "complete knowledge");
    not_known.map(|it| it.text.clone()).collect()
}

#[test]
fn a_checkpoint_that_has_gone_since_it_was_looked_at_is_no_lack_of_knowledge() {
    let place = Place::aged(10);
    let gone = place.chk(7);
    let plan = planned(&place, || fs::remove_dir_all(gone).unwrap());
    assert_eq!(not_known(&plan), [""; 0]);
    let targets: Vec<&str> = plan.targets.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(targets, ["chk-8"]);
    assert_eq!(plan.targets[0].decision, Decision::Delete);
}

#[test]
fn one_that_is_out_of_sight_with_all_around_it_is_not_gone() {
    for is_empty_there in [false, true] {
        let place = Place::aged(10);
        let job = place.chk(7).parent().unwrap().to_owned();
        let plan = planned(&place, || {
            fs::rename(&job, place.temp.path().join("unmounted")).unwrap();
            if is_empty_there {
                fs::create_dir(&job).unwrap();
            }
        });
        assert_eq!(plan.targets.len(), 2);
        for target in &plan.targets {
            assert_ne!(target.decision, Decision::Delete, "{is_empty_there}");
        }
        assert!(not_known(&plan).len() >= 2, "{is_empty_there}: {plan:#?}");
    }
}
