//! What a set of snapshots frees, against a count of all bytes before and after.

use std::collections::BTreeSet;

use proptest::prelude::*;
use stateward::domain::location::Location;
use stateward::inventory::together::freed_together;

use crate::world::{Draft, World, ago, place};

const JOB: &str = "/f/7bf6bd3d9a1e4c0f8a55d1c2b3a4e5f6";
/// Files that any snapshot may name; each has a length of its own, so that no two sums are alike by chance.
const SHARED: u64 = 6;

/// A snapshot: which shared files it names, whether one of them twice, what it has alone, and whether its metadata can be
/// read.
#[derive(Debug, Clone)]
struct One {
    names: Vec<u64>,
    twice: bool,
    own: Option<u64>,
    readable: bool,
}

fn one() -> impl Strategy<Value = One> {
    let names = proptest::collection::btree_set(0..SHARED, 0..=SHARED as usize);
    (names, any::<bool>(), any::<Option<u8>>(), 0..8_u8).prop_map(|(names, twice, own, luck)| One {
        names: names.into_iter().collect(),
        twice,
        own: own.map(|it| u64::from(it) + 1),
        readable: luck > 0,
    })
}

fn shared(number: u64) -> (String, u64) {
    (format!("{JOB}/shared/s{number}"), 1 << (number + 4))
}

/// Puts it where it belongs, and returns the bytes of its metadata.
fn put(world: &World, number: usize, one: &One) -> u64 {
    let directory = format!("{JOB}/chk-{number}");
    let mut draft = Draft::checkpoint(number as u64);
    let again = one.names.first().filter(|_| one.twice);
    for name in one.names.iter().chain(again) {
        let (path, bytes) = shared(*name);
        draft = draft.shared(&path, bytes);
    }
    if let Some(bytes) = one.own {
        draft = draft.own("own", bytes);
    }
    world.put(&directory, &draft, 60);
    if one.readable {
        return draft.bytes().len() as u64;
    }
    let metadata = place(&format!("{directory}/_metadata"));
    world.store.put(&metadata, *b"no metadata", ago(60));
    0
}

/// Bytes of all files that readable snapshots name, each once, with their metadata; and of what lies in the directories of
/// the others.
fn total(all: &[(One, u64)], left: impl Fn(usize) -> bool) -> u64 {
    let mut files: BTreeSet<u64> = BTreeSet::new();
    let mut bytes = 0;
    for (_, (one, metadata)) in all.iter().enumerate().filter(|(at, _)| left(*at)) {
        bytes += metadata + one.own.unwrap_or(0);
        files.extend(one.names.iter().copied().filter(|_| one.readable));
    }
    bytes + files.iter().map(|it| shared(*it).1).sum::<u64>()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]
    #[test]
    fn a_set_frees_what_is_there_before_and_not_after(
        all in proptest::collection::vec((one(), any::<bool>()), 1..7),
        everything in any::<bool>(),
    ) {
        let world = World::default();
        let chosen: Vec<bool> = all.iter().map(|(_, it)| *it || everything).collect();
        let all: Vec<(One, u64)> = all
            .into_iter()
            .enumerate()
            .map(|(number, (one, _))| { let bytes = put(&world, number, &one); (one, bytes) })
            .collect();
        let catalog = world.look("/f");
        let places: Vec<Location> = (0..all.len())
            .filter(|at| chosen[*at])
            .map(|at| place(&format!("{JOB}/chk-{at}")))
            .collect();
        let wanted = total(&all, |_| true) - total(&all, |at| !chosen[at]);
        let (bytes, is_bound) = freed_together(&catalog, &places);
        prop_assert_eq!(bytes, wanted);
        // Whoever cannot be read may name any file of the others.
        let is_dark = |at: usize| all.iter().enumerate().any(|(other, (one, _))| other != at && !one.readable);
        prop_assert_eq!(is_bound, (0..all.len()).any(|at| chosen[at] && is_dark(at)));
        // Named twice is named once.
        let twice: Vec<Location> = places.iter().chain(&places).cloned().collect();
        prop_assert_eq!(freed_together(&catalog, &twice), (bytes, is_bound));
        for place in places {
            let alone = catalog.row(&place).unwrap().sizes.freed;
            prop_assert_eq!(freed_together(&catalog, &[place]).0, alone);
        }
    }
}
