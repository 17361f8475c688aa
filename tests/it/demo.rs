//! `stateward demo` where there is no terminal.

use jiff::{SignedDuration, Timestamp};
use stateward::cli::args::{Demo, Screen};

use crate::program::{err, json, out, run};

#[test]
fn the_scenarios_are_listed_with_their_captions() {
    let listed = run(["demo", "--list"]);
    assert_eq!(listed.status.code(), Some(0));
    let text = out(&listed);
    assert!(text.starts_with("welcome"), "{text}");
    assert!(text.contains("Only the newest stays"), "{text}");
    assert!(text.lines().all(|line| line.len() <= 112), "{text}");

    let document = json(&run(["demo", "--list", "--json"]));
    assert_eq!(document["schema"], 1);
    let scenarios = document["scenarios"].as_array().unwrap();
    assert!(scenarios.len() > 10);
    assert_eq!(scenarios[0]["name"], "welcome");
    assert_eq!(scenarios[0]["default"], true);
    for scenario in scenarios {
        assert!(scenario["caption"].as_str().unwrap().ends_with('.'));
    }
}

#[test]
fn however_fast_a_scene_runs_nothing_in_it_is_of_the_future_for_an_hour() {
    for name in ["welcome", "retained-one", "savepoints-pile-up"] {
        let args = Demo {
            scenario: name.to_owned(),
            list: false,
            json: false,
            speed: None,
            seed: None,
            paused: false,
            keep: None,
            screen: Screen {
                theme: None,
                ascii: false,
                mouse: false,
            },
        };
        let setup = stateward::cli::demo::setup(&args).unwrap_or_else(|_| panic!("{name}"));
        let hour = SignedDuration::from_hours(1);
        let then =
            setup.opened_at + SignedDuration::from_secs_f64(setup.speed * hour.as_secs_f64());
        let now = Timestamp::now();
        assert!(then <= now + hour, "{name}: {then}");
        assert!(setup.speed > 1.0 || now.duration_since(setup.opened_at).as_secs() < 60);
    }
}

#[test]
fn what_cannot_be_is_told_with_what_can() {
    for (arguments, said) in [
        (&["demo"][..], "needs a terminal"),
        (&["demo", "--json"], "--list"),
        (&["demo", "--speed", "0"], "is no speed"),
        (&["demo", "--speed", "fast"], "is no speed"),
    ] {
        let refused = run(arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(err(&refused).contains(said), "{}", err(&refused));
    }
    // Before anything else, so that it is told to scripts as well.
    let unknown = run(["demo", "retained-two"]);
    assert_eq!(unknown.status.code(), Some(2));
    let said = err(&unknown);
    assert!(
        said.contains("there is no scenario `retained-two`"),
        "{said}"
    );
    assert!(said.contains("perhaps retained-one"), "{said}");
}
