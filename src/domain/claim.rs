//! Whose a snapshot is once a job was restored from it
//! (`org.apache.flink.core.execution.RecoveryClaimMode`, before 1.20 `RestoreMode`).

use std::fmt;

/// Who owns the snapshot after the restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimMode {
    /// The user, as before.
    NoClaim,
    /// Flink.
    Claim,
    /// Nobody clearly: the behaviour before 1.15.
    Legacy,
}

impl ClaimMode {
    /// Flink's constant.
    pub fn constant(self) -> &'static str {
        match self {
            Self::NoClaim => "NO_CLAIM",
            Self::Claim => "CLAIM",
            Self::Legacy => "LEGACY",
        }
    }

    /// The mode that Flink's constant stands for.
    pub fn of(constant: &str) -> Option<Self> {
        let mut all = [Self::NoClaim, Self::Claim, Self::Legacy].into_iter();
        all.find(|mode| mode.constant() == constant)
    }

    /// What speaks against it for a snapshot, by whether the changelog state backend wrote it.
    pub fn caution(self, changelog: bool) -> Option<&'static str> {
        (changelog && self == Self::NoClaim).then_some(
            "Flink's documentation says that NO_CLAIM is not supported with the changelog backend: use CLAIM, or take a canonical savepoint.",
        )
    }

    /// What it means for deleting the snapshot.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NoClaim => {
                "The snapshot stays yours. Delete it only after the new job completed its first checkpoint, which is a full one."
            }
            Self::Claim => {
                "Flink takes the snapshot over and deletes it once newer checkpoints no longer need it. Never start a second job from it."
            }
            Self::Legacy => {
                "Flink never deletes the snapshot, yet newer checkpoints may build on its files for as long as the job lives."
            }
        }
    }
}

impl fmt::Display for ClaimMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.constant())
    }
}
