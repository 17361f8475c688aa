//! The jars that a simulated cluster holds: one for each program of the scenario, and those that are uploaded.

use jiff::Timestamp;

use super::chance::Chance;
use super::cluster::Simulation;

/// A jar that a cluster holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jar {
    /// Its id there: a UUID, an underscore and the name.
    pub id: String,
    /// The name of the file.
    pub name: String,
    /// When it was uploaded.
    pub uploaded_at: Timestamp,
    /// The name of the job in the scenario that it starts.
    pub program: String,
}

/// Ids of jars come from streams of chance of their own, from this one on.
const STREAM: u64 = 1 << 33;

impl Simulation {
    /// Puts a jar for each program on the cluster.
    pub(super) fn put_jars(&mut self) {
        let programs: Vec<String> = self.programs().map(str::to_owned).collect();
        for program in programs {
            self.upload(&format!("{program}.jar"));
        }
    }

    /// The jars, oldest first.
    pub fn jars(&self) -> &[Jar] {
        &self.jars
    }

    /// Takes a jar in, and says its id. It starts the program that it is named after, else the scenario's first: what is
    /// in it does not matter.
    pub fn upload(&mut self, name: &str) -> String {
        self.uploads += 1;
        let mut chance = Chance::new(self.scenario.seed, STREAM + self.uploads);
        let id = format!("{}_{name}", chance.uuid());
        let named = name.strip_suffix(".jar").unwrap_or(name);
        let programs: Vec<&str> = self.programs().collect();
        let program = programs.iter().find(|it| **it == named);
        let program = program.or(programs.first()).copied();
        let program = program.unwrap_or_default().to_owned();
        self.jars.push(Jar {
            id: id.clone(),
            name: name.to_owned(),
            uploaded_at: self.now,
            program,
        });
        id
    }

    /// Removes a jar, and says whether there was one.
    pub fn delete_jar(&mut self, id: &str) -> bool {
        let before = self.jars.len();
        self.jars.retain(|jar| jar.id != id);
        self.jars.len() < before
    }
}
