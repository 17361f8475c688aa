//! The scenarios that come with the program.

use super::scenario::{Scenario, ScenarioError};

/// The one that is played unless another is asked for.
pub const DEFAULT: &str = "welcome";

/// A scenario that comes with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scene {
    /// What it is asked for by: the name of its file.
    pub name: &'static str,
    text: &'static str,
}

macro_rules! scenes {
    ($($name:literal),* $(,)?) => {
        &[$(Scene {
            name: $name,
            text: include_str!(concat!("../../assets/scenarios/", $name, ".toml")),
        }),*]
    };
}

/// All of them: the first to look at, then by what they are about.
pub const ALL: &[Scene] = scenes![
    "welcome",
    "kinds",
    "retained-one",
    "incremental-sharing",
    "savepoints-pile-up",
    "finished-job",
    "finished-tasks",
    "cancelled-jobs",
    "claim-modes",
    "claimed-savepoint",
    "zero-job-id",
    "one-directory",
    "rescaled",
    "timed-out",
    "half-written",
    "corruption",
    "changelog",
    "file-merging",
    "forst",
];

impl Scene {
    /// The scenario.
    ///
    /// # Errors
    /// When it cannot be played, which the tests rule out.
    pub fn scenario(&self) -> Result<Scenario, ScenarioError> {
        Scenario::parse(self.name, self.text)
    }
}

/// The one of this name.
pub fn named(name: &str) -> Option<&'static Scene> {
    ALL.iter().find(|it| it.name == name)
}

/// The names that a misspelt one is like, the most like first.
pub fn near(name: &str) -> Vec<&'static str> {
    let likeness = |known: &str| {
        if !name.is_empty() && known.contains(name) {
            return 1.0;
        }
        strsim::jaro_winkler(name, known)
    };
    let mut like: Vec<(f64, &str)> = ALL
        .iter()
        .map(|it| (likeness(it.name), it.name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .collect();
    like.sort_by(|a, b| b.0.total_cmp(&a.0));
    like.into_iter().map(|(_, name)| name).take(3).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_scenario_in_the_assets_comes_with_the_program_and_can_be_played() {
        let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/scenarios");
        let files = std::fs::read_dir(assets).unwrap();
        let files: BTreeSet<String> = files
            .map(|it| it.unwrap().file_name().into_string().unwrap())
            .collect();
        let known: BTreeSet<String> = ALL.iter().map(|it| format!("{}.toml", it.name)).collect();
        assert_eq!(files, known);
        for scene in ALL {
            let scenario = scene.scenario().unwrap();
            assert!(!scenario.title.ends_with('.') && scenario.caption.ends_with('.'));
        }
        assert!(named(DEFAULT).is_some());
    }

    #[test]
    fn a_misspelt_name_is_like_another() {
        assert_eq!(near("welcom")[0], "welcome");
        assert_eq!(near("claim")[..2], ["claim-modes", "claimed-savepoint"]);
        assert_eq!(near("xyz"), [""; 0]);
    }
}
