//! Whose a snapshot is once a job was restored from it
//! (`org.apache.flink.core.execution.RecoveryClaimMode`, before 1.20 `RestoreMode`).

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who owns the snapshot after the restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
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

    /// Whether a release such as `(2, 3)` knows it. The other modes came with 1.15 (FLINK-25155). LEGACY, which is how releases
    /// before that behave, is deprecated since 1.19 (FLINK-34190), and yet a constant of `RecoveryClaimMode` up to 2.3; it goes
    /// with 2.4 (FLINK-34189).
    pub fn is_known_to(self, release: (u32, u32)) -> bool {
        match self {
            Self::NoClaim | Self::Claim => release >= (1, 15),
            Self::Legacy => release < (2, 4),
        }
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

#[cfg(test)]
mod tests {
    use super::ClaimMode::{Claim, Legacy, NoClaim};

    #[test]
    fn legacy_went_long_after_the_others_came() {
        for (release, claims, legacy) in [
            ((1, 14), false, true),
            ((1, 15), true, true),
            ((1, 20), true, true),
            ((2, 0), true, true),
            ((2, 3), true, true),
            ((2, 4), true, false),
        ] {
            assert_eq!(Claim.is_known_to(release), claims, "{release:?}");
            assert_eq!(NoClaim.is_known_to(release), claims, "{release:?}");
            assert_eq!(Legacy.is_known_to(release), legacy, "{release:?}");
        }
    }
}
