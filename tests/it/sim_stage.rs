//! The scenarios that come with the program, played in directories of their own.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use jiff::Timestamp;
use stateward::inventory::catalog::{Catalog, Rules};
use stateward::inventory::scan::{self, Root};
use stateward::inventory::verify;
use stateward::sim::cluster::{Happening, Simulation};
use stateward::sim::run::Condition;
use stateward::sim::scenario::Scenario;
use stateward::store::local::{LocalStore, location_of};

/// A scenario by the name of its file.
pub(crate) fn scenario(name: &str) -> Scenario {
    let file = directory().join(format!("{name}.toml"));
    let text = fs::read_to_string(&file).unwrap();
    Scenario::parse(name, &text).unwrap()
}

/// The names of all scenarios.
pub(crate) fn names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(directory())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "toml"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    names
}

fn directory() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/scenarios")
}

/// Plays a scenario to its end.
pub(crate) fn play(scenario: &Scenario, directory: &Path) -> (Simulation, Vec<Happening>) {
    let mut simulation = Simulation::new(scenario, directory).unwrap();
    let end = simulation.end();
    let happenings = simulation.advance_to(end).unwrap();
    (simulation, happenings)
}

/// Looks at everything below a directory, at a time.
pub(crate) fn look(directory: &Path, now: Timestamp) -> Catalog {
    let mut catalog = Catalog::new(Rules::default());
    let root = Root {
        location: location_of(directory).unwrap(),
        depth: 6,
    };
    let cancelled = AtomicBool::new(false);
    scan::scan(&mut catalog, &LocalStore, &root, &cancelled, &mut |_| {}).unwrap();
    catalog.settle(now);
    catalog
}

/// Holds what the simulation thinks of its snapshots against what our own check finds: complete ones are there with all
/// their files, and nothing else can be restored.
pub(crate) fn compare(simulation: &Simulation, directory: &Path) -> Catalog {
    let catalog = look(directory, simulation.now());
    let roots = [location_of(directory).unwrap()];
    for snapshot in simulation.snapshots() {
        let location = location_of(&snapshot.path).unwrap();
        let (verdict, _) = verify::check(&catalog, &location, verify::Depth::Exists, &roots);
        let expected = snapshot.condition == Condition::Complete;
        assert_eq!(
            verdict.passed(),
            expected,
            "{location} is {:?}: {:?}",
            snapshot.condition,
            verdict.problems
        );
    }
    for row in catalog.rows().filter(|row| row.is_restorable()) {
        let known = simulation.snapshots().any(|snapshot| {
            snapshot.condition == Condition::Complete
                && location_of(&snapshot.path).unwrap() == row.location
        });
        assert!(known, "{} cannot be restored", row.location);
    }
    catalog
}
