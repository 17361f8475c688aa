//! Where a cluster writes its snapshots, as far as it tells.

use crate::domain::cluster::Cluster;
use crate::domain::location::Location;

/// The directories that checkpoints and savepoints of a cluster lie in: those of its configuration, and those that its
/// jobs have written to. None lies within another.
pub fn directories(cluster: &Cluster) -> Vec<Location> {
    let settings = cluster.settings.iter().flat_map(|settings| {
        [
            settings.checkpoint_directory.clone(),
            settings.savepoint_directory.clone(),
        ]
    });
    let written = cluster
        .jobs
        .iter()
        .flat_map(|job| &job.checkpoints)
        .filter_map(|checkpoint| around(checkpoint.path.as_ref()?));
    let mut found: Vec<Location> = Vec::new();
    for directory in settings.flatten().chain(written) {
        let directory = directory.canonical();
        if found.iter().any(|known| directory.is_within(known)) {
            continue;
        }
        found.retain(|known| !known.is_within(&directory));
        found.push(directory);
    }
    found
}

/// What a snapshot lies in: for a checkpoint `chk-N` the directory that its job's lies in, for a savepoint its parent.
fn around(snapshot: &Location) -> Option<Location> {
    let parent = snapshot.parent()?;
    let is_jobs = |name: &[u8]| name.len() == 32 && name.iter().all(u8::is_ascii_hexdigit);
    if snapshot.name().starts_with(b"chk-") && is_jobs(parent.name()) {
        return parent.parent();
    }
    Some(parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_lies_two_levels_down_and_a_savepoint_one() {
        let around = |text: &str| {
            let found = around(&Location::parse(text.as_bytes()));
            found.map(|found| found.to_string())
        };
        let checkpoint = "file:///data/chk/7bf6bd3d977df158f9d8a88833ce0000/chk-12";
        assert_eq!(around(checkpoint).as_deref(), Some("file:/data/chk"));
        let savepoint = "s3://bucket/sp/savepoint-7bf6bd-0123456789ab";
        assert_eq!(around(savepoint).as_deref(), Some("s3://bucket/sp"));
        // Without a directory of the job's own, the checkpoint's parent is all there is.
        assert_eq!(
            around("file:/data/chk/chk-12").as_deref(),
            Some("file:/data/chk")
        );
    }
}
