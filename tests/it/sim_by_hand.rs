//! What somebody starts by hand in a demonstration goes on while one looks.

use jiff::SignedDuration;
use stateward::domain::claim::ClaimMode;
use stateward::sim::cluster::{Simulation, What};
use stateward::sim::request::RunRequest;
use stateward::sim::run::Condition;

use crate::sim_stage::{names, scenario};

#[test]
fn a_job_that_is_started_by_hand_proves_itself_within_seconds() {
    let mut started = 0;
    for name in names() {
        let scenario = scenario(&name);
        let opens = scenario.opens.unwrap_or(scenario.lasts);
        let directory = tempfile::tempdir().unwrap();
        let mut simulation = Simulation::new(&scenario, directory.path()).unwrap();
        simulation.advance_to(scenario.start + opens).unwrap();
        for job in &scenario.jobs {
            let newest = simulation.spoken_of(&job.name, "latest-savepoint").ok();
            let Some(newest) = newest.filter(|it| it.condition == Condition::Complete) else {
                continue;
            };
            let request = RunRequest {
                program: job.name.clone(),
                id: None,
                parallelism: None,
                from: Some((newest.path.display().to_string(), ClaimMode::NoClaim)),
            };
            let id = simulation.run_program(&request).unwrap();
            let patience = SignedDuration::from_secs(20) * i32::try_from(scenario.speed).unwrap();
            let happened = simulation.advance_to(simulation.now() + patience).unwrap();
            let proves = happened
                .iter()
                .any(|it| it.job == id && it.what == What::Completed);
            assert!(proves, "{name}: {}", job.name);
            started += 1;
        }
    }
    assert!(started > 5, "{started} jobs were started");
}
