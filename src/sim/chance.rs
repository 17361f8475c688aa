//! Numbers that look like chance, and are the same for the same seed on every machine and with every release.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// A stream of random numbers.
#[derive(Debug, Clone)]
pub(super) struct Chance(ChaCha8Rng);

impl Chance {
    /// The stream of this number. Streams of one seed do not depend on each other, so that what one job does changes no
    /// name in another.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&seed.to_le_bytes());
        let mut generator = ChaCha8Rng::from_seed(key);
        generator.set_stream(stream);
        Self(generator)
    }

    /// Any number.
    pub(super) fn number(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below the bound, which is taken for 1 when it is 0. The slight preference for small numbers does not
    /// matter here, that the rule never changes does.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.number() % bound.max(1)
    }

    /// About so many: from three quarters to five quarters.
    pub(super) fn about(&mut self, count: u64) -> u64 {
        count - count / 4 + self.below(count / 2 + 1)
    }

    /// Sixteen bytes.
    pub(super) fn id(&mut self) -> [u8; 16] {
        let mut bytes = [0; 16];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// A random (version 4) UUID as text, as Flink names files and handles.
    pub(super) fn uuid(&mut self) -> String {
        uuid::Builder::from_random_bytes(self.id())
            .into_uuid()
            .hyphenated()
            .to_string()
    }

    /// Twelve hexadecimal digits, the end of a savepoint's name.
    pub(super) fn twelve_digits(&mut self) -> String {
        format!("{:012x}", self.number() >> 16)
    }

    /// Bytes of a file.
    pub(super) fn fill(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_for_ever() {
        // Screens and files of demonstrations hang on these: a change of the generator must be seen.
        let mut chance = Chance::new(7, 1);
        let first = [chance.number(), chance.number()];
        assert_eq!(
            first,
            [17_236_010_905_523_606_670, 5_195_008_117_022_965_769]
        );
    }

    #[test]
    fn streams_differ() {
        assert_ne!(Chance::new(7, 1).number(), Chance::new(7, 2).number());
        assert_ne!(Chance::new(7, 1).number(), Chance::new(8, 1).number());
    }
}
