//! Releases of Flink, by what flags and options are called there.

use super::claim::ClaimMode;

/// Releases of Flink with the same names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Series {
    /// 1.14 and before: no claim modes.
    V1_14,
    /// 1.15 to 1.19: `-restoreMode`.
    V1_15,
    /// 1.20: `-claimMode`.
    V1_20,
    /// 2.0 and after.
    V2,
}

impl Series {
    /// All, oldest first.
    pub const ALL: [Self; 4] = [Self::V1_14, Self::V1_15, Self::V1_20, Self::V2];

    /// The words for a selector.
    pub fn label(self) -> &'static str {
        match self {
            Self::V1_14 => "1.13–1.14",
            Self::V1_15 => "1.15–1.19",
            Self::V1_20 => "1.20",
            Self::V2 => "2.x",
        }
    }

    /// The next one, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::V1_14 => Self::V1_15,
            Self::V1_15 => Self::V1_20,
            Self::V1_20 => Self::V2,
            Self::V2 => Self::V1_14,
        }
    }

    /// The oldest names that every release accepts which can have written the snapshot. Newer releases of the 1.x line
    /// still read the older names, not the other way round, so the oldest is the one to offer first.
    pub fn that_wrote(metadata_version: u32, written_by: &str) -> Self {
        match (oldest_release(written_by), metadata_version) {
            (Some((2.., _)), _) | (None, 5..) => Self::V2,
            (Some((1, 20..)), _) => Self::V1_20,
            (Some((1, 15..=19)), _) | (None, 4) => Self::V1_15,
            _ => Self::V1_14,
        }
    }

    /// Its first and last minor release; none is the last one yet of an open series.
    fn releases(self) -> (Release, Option<Release>) {
        match self {
            Self::V1_14 => ((1, 13), Some((1, 14))),
            Self::V1_15 => ((1, 15), Some((1, 19))),
            Self::V1_20 => ((1, 20), Some((1, 20))),
            Self::V2 => ((2, 0), None),
        }
    }

    /// Which of its releases can read a version of the metadata format.
    pub fn reads(self, metadata_version: u32) -> Reads {
        let Some(first) = first_reader(metadata_version) else {
            return Reads::None;
        };
        match self.releases() {
            (oldest, _) if first <= oldest => Reads::All,
            (_, Some(newest)) if first > newest => Reads::None,
            _ => Reads::Since(first),
        }
    }

    /// The one that a release such as `(2, 3)` belongs to.
    pub fn of(release: (u32, u32)) -> Self {
        match release {
            (2.., _) => Self::V2,
            (1, 20..) => Self::V1_20,
            (1, 15..) => Self::V1_15,
            _ => Self::V1_14,
        }
    }

    /// What to know of a release that this build has not met; nothing of one that it has.
    pub fn stranger(release: (u32, u32)) -> Option<String> {
        let known = |series: Self| {
            let (first, last) = series.releases();
            (first..=last.unwrap_or(NEWEST)).contains(&release)
        };
        if Self::ALL.into_iter().any(known) {
            return None;
        }
        let (major, minor) = release;
        Some(format!(
            "Flink {major}.{minor} is unknown to this build, which knows 1.13 to 1.20 and 2.0 to {}.{}: flags and options are called here as in {}.",
            NEWEST.0,
            NEWEST.1,
            Self::of(release).label()
        ))
    }

    /// Why this very release cannot read a metadata version; nothing when it can.
    pub fn unreadable(release: (u32, u32), metadata_version: u32) -> Option<String> {
        let (reads, text) = Self::of(release).objection(metadata_version)?;
        let can = matches!(reads, Reads::Since(first) if release >= first);
        (!can).then_some(text)
    }

    /// What to know before a snapshot of this metadata version is restored with the series, and whether that is that
    /// no release of it can; nothing when all of them can.
    pub fn objection(self, metadata_version: u32) -> Option<(Reads, String)> {
        let reads = self.reads(metadata_version);
        let text = match (reads, first_reader(metadata_version)) {
            (Reads::All, _) => return None,
            (Reads::Since((major, minor)), _) => format!(
                "Of Flink {}, only {major}.{minor} and later can read metadata version {metadata_version}.",
                self.label()
            ),
            (Reads::None, Some((major, minor))) => format!(
                "Flink {} cannot read metadata version {metadata_version}; only {major}.{minor} and later can.",
                self.label()
            ),
            (Reads::None, None) => format!(
                "Flink {} cannot read metadata version {metadata_version}; no release of Flink to date can.",
                self.label()
            ),
        };
        Some((reads, text))
    }

    /// The claim modes it knows; the first is its default.
    pub fn claim_modes(self) -> &'static [ClaimMode] {
        match self {
            Self::V1_14 => &[ClaimMode::Legacy],
            // LEGACY up to 2.3 only (`ClaimMode::is_known_to`).
            Self::V1_15 | Self::V1_20 | Self::V2 => {
                &[ClaimMode::NoClaim, ClaimMode::Claim, ClaimMode::Legacy]
            }
        }
    }
}

/// The last release of the open series that this build has met.
const NEWEST: Release = (2, 3);

/// A minor release, such as `(2, 3)`.
pub type Release = (u32, u32);

/// Which releases of a series can read a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// Every one.
    All,
    /// This one and those after it.
    Since((u32, u32)),
    /// None.
    None,
}

/// The first release from 1.13 on that reads a version of the metadata format; every later one does too. No release
/// writes or reads version 7 yet, and version 1 went with 1.11.
pub fn first_reader(metadata_version: u32) -> Option<Release> {
    match metadata_version {
        2 | 3 => Some((1, 13)),
        4 => Some((1, 16)),
        5 => Some((2, 0)),
        6 => Some((2, 1)),
        _ => None,
    }
}

/// The first release named in a text such as `Flink 1.16 – 1.20`.
pub fn oldest_release(text: &str) -> Option<Release> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.')
        .find_map(|word| {
            let mut numbers = word.split('.').map(str::parse);
            Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_writer_suggests_names_that_it_knows_itself() {
        let of = Series::that_wrote;
        assert_eq!(of(6, "Flink 2.1 – 2.3"), Series::V2);
        assert_eq!(of(4, "Flink 1.16 – 1.20"), Series::V1_15);
        assert_eq!(of(4, "Flink 1.20"), Series::V1_20);
        assert_eq!(of(3, "Flink 1.11 – 1.15"), Series::V1_14);
        assert_eq!(
            (of(7, ""), of(4, "?"), of(2, "")),
            (Series::V2, Series::V1_15, Series::V1_14)
        );
    }

    #[test]
    fn a_series_reads_what_its_releases_read() {
        use Reads::{All, None, Since};
        for (version, reads) in [
            (1, [None, None, None, None]),
            (2, [All, All, All, All]),
            (3, [All, All, All, All]),
            (4, [None, Since((1, 16)), All, All]),
            (5, [None, None, None, All]),
            (6, [None, None, None, Since((2, 1))]),
            (7, [None, None, None, None]),
        ] {
            assert_eq!(
                Series::ALL.map(|series| series.reads(version)),
                reads,
                "version {version}"
            );
        }
    }

    #[test]
    fn objections_name_the_releases_that_can() {
        let text = |series: Series, version| series.objection(version).map(|(_, text)| text);
        assert_eq!(text(Series::V1_20, 4), None);
        for (series, version, wanted) in [
            (
                Series::V1_20,
                6,
                "Flink 1.20 cannot read metadata version 6; only 2.1 and later can.",
            ),
            (
                Series::V2,
                6,
                "Of Flink 2.x, only 2.1 and later can read metadata version 6.",
            ),
            (
                Series::V1_15,
                4,
                "Of Flink 1.15–1.19, only 1.16 and later can read metadata version 4.",
            ),
            (
                Series::V2,
                7,
                "Flink 2.x cannot read metadata version 7; no release of Flink to date can.",
            ),
        ] {
            assert_eq!(text(series, version).as_deref(), Some(wanted));
        }
    }

    #[test]
    fn releases_that_nobody_has_met_are_named_with_whose_names_they_get() {
        for known in [(1, 13), (1, 14), (1, 15), (1, 19), (1, 20), (2, 0), (2, 3)] {
            assert_eq!(Series::stranger(known), None);
        }
        for (release, words) in [
            (
                (9, 9),
                "Flink 9.9 is unknown to this build, which knows 1.13 to 1.20 and 2.0 to 2.3: flags and options are called here as in 2.x.",
            ),
            ((2, 4), "as in 2.x."),
            ((1, 21), "as in 1.20."),
            ((1, 12), "as in 1.13–1.14."),
        ] {
            let said = Series::stranger(release).unwrap();
            assert!(said.ends_with(words), "{said}");
        }
    }

    #[test]
    fn only_no_claim_of_a_changelog_needs_caution() {
        let cautious = |mode: ClaimMode, changelog| mode.caution(changelog).is_some();
        assert!(cautious(ClaimMode::NoClaim, true));
        assert!(!cautious(ClaimMode::NoClaim, false));
        assert!(!cautious(ClaimMode::Claim, true) && !cautious(ClaimMode::Legacy, true));
    }

    #[test]
    fn each_series_knows_the_mode_it_offers_first() {
        for series in Series::ALL {
            assert!(!series.claim_modes().is_empty());
            assert!(Series::ALL.contains(&series.next()));
        }
        assert_eq!(Series::V2.claim_modes()[0], ClaimMode::NoClaim);
        assert!(Series::V2.claim_modes().contains(&ClaimMode::Legacy));
    }
}
