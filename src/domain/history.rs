//! What a cluster tells of where a job comes from and what it left behind.

use jiff::Timestamp;

use super::claim::ClaimMode;
use super::cluster::{CheckpointStatus, Job};
use super::id::{CheckpointId, JobId};
use super::location::Location;

/// The snapshots in a job's life, by the word of the cluster that ran it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobHistory {
    /// The job.
    pub job: JobId,
    /// When it started, by the JobManager's clock.
    pub started_at: Option<Timestamp>,
    /// When it came to its end, by the same clock, where a cluster says that it is over.
    pub ended_at: Option<Timestamp>,
    /// What it was restored from last, as Flink wrote the path.
    pub restored: Option<Location>,
    /// In which mode it was restored from that. A note of a restart tells; of clusters' answers, only one that was restored with
    /// CLAIM, whose snapshot they do not call a savepoint (`CheckpointCoordinator#restoreSavepoint`).
    pub claim_mode: Option<ClaimMode>,
    /// The completed snapshots that it remembers, as Flink wrote the paths.
    pub taken: Vec<Location>,
}

/// No more snapshots of one job are remembered.
const MOST: usize = 1000;

impl JobHistory {
    /// Takes in what a cluster says now. What it has forgotten since stays. Returns whether anything is new.
    pub fn take_in(&mut self, now: Self) -> bool {
        let mut is_new = false;
        // What it started from is what was told first: after a failover Flink's record names another.
        let from = now.restored.clone();
        if self.restored.is_none() && now.restored.is_some() {
            self.restored = now.restored;
            is_new = true;
        }
        // The mode is of the restore that it was told with.
        let is_same = self.restored.as_ref().map(identity) == from.as_ref().map(identity);
        if self.claim_mode.is_none() && now.claim_mode.is_some() && is_same {
            self.claim_mode = now.claim_mode;
            is_new = true;
        }
        if now.started_at.is_some() && self.started_at != now.started_at {
            self.started_at = now.started_at;
            is_new = true;
        }
        // An id may be used again: what was written up to its last end is accounted for.
        if now.ended_at > self.ended_at {
            self.ended_at = now.ended_at;
            is_new = true;
        }
        for place in now.taken {
            if !self.taken.contains(&place) {
                self.taken.push(place);
                is_new = true;
            }
        }
        let too_many = self.taken.len().saturating_sub(MOST);
        self.taken.drain(..too_many);
        is_new
    }

    /// Whether a path is of a checkpoint in the job's own directory: then it tells of a failover, and not of a start.
    pub fn is_own(path: &Location, job: JobId) -> bool {
        let home = path.parent();
        home.is_some_and(|home| home.name() == job.to_string().as_bytes())
    }

    /// The highest number of a checkpoint that it took; unknown where it remembers none.
    pub fn highest(&self) -> Option<CheckpointId> {
        let own = self.taken.iter().filter(|it| Self::is_own(it, self.job));
        let numbers = own.filter_map(|it| {
            let name = std::str::from_utf8(it.name()).ok()?;
            name.strip_prefix("chk-")?.parse().ok()
        });
        numbers.max()
    }

    /// What a job tells; nothing for an id of zeros, which is many jobs' at once.
    pub fn of(job: &Job) -> Option<Self> {
        let completed = job
            .checkpoints
            .iter()
            .filter(|it| it.status == CheckpointStatus::Completed);
        let told = job.restored.as_ref();
        let restored = told
            .and_then(|it| it.path.clone())
            .filter(|path| !Self::is_own(path, job.id));
        let claimed = restored.is_some() && told.is_some_and(|it| !it.is_savepoint);
        (job.id != JobId::ZERO).then(|| Self {
            job: job.id,
            started_at: job.started_at,
            ended_at: job.ended_at.filter(|_| job.state.is_over()),
            restored,
            claim_mode: claimed.then_some(ClaimMode::Claim),
            taken: completed.filter_map(|it| it.path.clone()).collect(),
        })
    }
}

/// What a snapshot's path has in common with that of the same snapshot elsewhere: a savepoint's name ends in twelve
/// random digits, and a checkpoint's number is unique below its job. Of any other path, all of it.
pub fn identity(snapshot: &Location) -> Vec<u8> {
    let name = snapshot.name();
    if name.starts_with(b"savepoint-") && name.len() >= "savepoint-".len() + 19 {
        return name.to_vec();
    }
    match snapshot.parent() {
        Some(parent)
            if name.starts_with(b"chk-")
                && JobId::from_hex(parent.name()).is_ok_and(|job| job != JobId::ZERO) =>
        {
            [parent.name(), b"/", name].concat()
        }
        _ => snapshot.canonical().as_bytes().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cluster_forgets_stays() {
        let place = |text: &str| Location::parse(text.as_bytes());
        let told = |restored: Option<&str>, taken: &[&str]| JobHistory {
            job: JobId([7; 16]),
            started_at: None,
            ended_at: None,
            restored: restored.map(place),
            claim_mode: None,
            taken: taken.iter().map(|it| place(it)).collect(),
        };
        let mut known = told(Some("/sp/a"), &["/sp/b"]);
        assert!(!known.take_in(told(None, &["/sp/b"])));
        assert!(known.take_in(told(None, &["/sp/c"])));
        assert!(!known.take_in(told(Some("/sp/later"), &["/sp/b"])));
        assert_eq!(known, told(Some("/sp/a"), &["/sp/b", "/sp/c"]));
    }

    #[test]
    fn the_mode_is_that_of_the_restore_that_it_was_told_with() {
        let place = |text: &str| Location::parse(text.as_bytes());
        let told = |restored: Option<&str>, claim_mode| JobHistory {
            job: JobId([7; 16]),
            started_at: None,
            ended_at: None,
            restored: restored.map(place),
            claim_mode,
            taken: Vec::new(),
        };
        let claim = Some(ClaimMode::Claim);
        let mut known = told(Some("/sp/a"), None);
        assert!(!known.take_in(told(Some("/sp/later"), claim)));
        assert!(!known.take_in(told(None, None)));
        assert_eq!(known.claim_mode, None);
        assert!(known.take_in(told(Some("/sp/a"), claim)));
        // After a failover nothing is told of it any more.
        assert!(!known.take_in(told(None, None)));
        assert_eq!(known, told(Some("/sp/a"), claim));
        // A note is not overruled.
        let mut noted = told(Some("/sp/a"), Some(ClaimMode::NoClaim));
        assert!(!noted.take_in(told(Some("/sp/a"), claim)));
    }

    #[test]
    fn a_snapshot_is_the_same_wherever_it_lies() {
        let same = |one: &str, other: &str| {
            identity(&Location::parse(one.as_bytes()))
                == identity(&Location::parse(other.as_bytes()))
        };
        let job = "7bf6bd3d977df158f9d8a88833ce0000";
        let zero = "00000000000000000000000000000000";
        assert!(same(
            &format!("file:/data/{job}/chk-7"),
            &format!("s3://b/{job}/chk-7")
        ));
        assert!(!same(
            &format!("/a/{job}/chk-7"),
            &format!("/a/{job}/chk-8")
        ));
        assert!(!same(
            &format!("/a/{zero}/chk-7"),
            &format!("/b/{zero}/chk-7")
        ));
        assert!(same(
            "/a/savepoint-7bf6bd-0123456789ab",
            "hdfs://n/savepoint-7bf6bd-0123456789ab"
        ));
        assert!(!same("/a/chk-7", "/b/chk-7"));
        assert!(same("file:///a/sp", "file:/a/sp/"));
    }
}
