//! How key groups fall to subtasks: the arithmetic of Flink's `KeyGroupRangeAssignment`.

use std::ops::RangeInclusive;

/// The largest maximum parallelism that Flink knows.
pub const UPPER_BOUND: u32 = 32_768;

/// How the key groups of an operator are dealt out at a parallelism.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// Key groups of the busiest subtask.
    pub most: u32,
    /// How many subtasks have that many.
    pub with_most: u32,
    /// Key groups of the others.
    pub least: u32,
    /// How many subtasks have that many; 0 when all have the same.
    pub with_least: u32,
}

impl Split {
    /// The split of `max` key groups over `parallelism` subtasks; none when that cannot be.
    pub fn of(max: u32, parallelism: u32) -> Option<Self> {
        if parallelism == 0 || parallelism > max {
            return None;
        }
        let (least, with_most) = (max / parallelism, max % parallelism);
        Some(if with_most == 0 {
            Self {
                most: least,
                with_most: parallelism,
                least,
                with_least: 0,
            }
        } else {
            Self {
                most: least + 1,
                with_most,
                least,
                with_least: parallelism - with_most,
            }
        })
    }

    /// How much more than the average the busiest subtask carries, in percent.
    pub fn overload_percent(&self) -> u32 {
        let subtasks = u64::from(self.with_most + self.with_least);
        let groups = u64::from(self.most) * u64::from(self.with_most)
            + u64::from(self.least) * u64::from(self.with_least);
        let percent = (u64::from(self.most) * subtasks * 100)
            .checked_div(groups)
            .unwrap_or(100);
        percent.saturating_sub(100) as u32
    }
}

/// The key groups of one subtask (`computeKeyGroupRangeForOperatorIndex`); none when there is no such subtask.
pub fn key_groups(max: u32, parallelism: u32, subtask: u32) -> Option<RangeInclusive<u64>> {
    let (m, p, i) = (u64::from(max), u64::from(parallelism), u64::from(subtask));
    if p == 0 || i >= p || m == 0 {
        return None;
    }
    Some((i * m).div_ceil(p)..=((i + 1) * m - 1) / p)
}

/// The maximum parallelism that Flink derives when the user sets none (`computeDefaultMaxParallelism`).
pub fn derived_max(parallelism: u32) -> u32 {
    (parallelism + parallelism / 2)
        .next_power_of_two()
        .clamp(128, UPPER_BOUND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_agree_with_the_ranges() {
        for (max, parallelism) in [
            (128, 12),
            (128, 128),
            (128, 1),
            (4, 3),
            (32_768, 999),
            (10, 10),
        ] {
            let lengths: Vec<u32> = (0..parallelism)
                .map(|subtask| key_groups(max, parallelism, subtask).unwrap().count() as u32)
                .collect();
            let split = Split::of(max, parallelism).unwrap();
            let count = |groups| lengths.iter().filter(|&&length| length == groups).count() as u32;
            assert_eq!(lengths.iter().sum::<u32>(), max);
            assert_eq!(count(split.most), split.with_most);
            if split.with_least > 0 {
                assert_eq!(count(split.least), split.with_least);
            }
        }
    }

    #[test]
    fn ranges_join_without_gaps() {
        let ends: Vec<(u64, u64)> = (0..3)
            .map(|i| key_groups(128, 3, i).unwrap())
            .map(|r| (*r.start(), *r.end()))
            .collect();
        assert_eq!(ends, [(0, 42), (43, 85), (86, 127)]);
        assert_eq!(key_groups(128, 3, 3), None);
    }

    #[test]
    fn what_cannot_be_is_none() {
        assert_eq!((Split::of(128, 129), Split::of(128, 0)), (None, None));
        assert_eq!(Split::of(128, 96).unwrap().overload_percent(), 50);
        assert_eq!(
            [1, 85, 86, 30_000].map(derived_max),
            [128, 128, 256, 32_768]
        );
    }
}
