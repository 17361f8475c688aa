//! Which targets of a deletion are whole, in whatever roots their files lie.

use std::collections::{BTreeMap, BTreeSet};

use super::list::Known;

/// What tells those targets of a deletion from others of which no file is gone in any of these parts of it, and none may lie in a
/// part that is not among them.
pub fn intact<'k>(parts: impl IntoIterator<Item = &'k Known>) -> BTreeSet<&'k str> {
    let parts: Vec<&Known> = parts.into_iter().collect();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut torn = BTreeSet::new();
    for part in &parts {
        let own: BTreeSet<&str> = part.targets.iter().map(|it| &*it.identity).collect();
        for it in own {
            *seen.entry(it).or_default() += 1;
        }
    }
    for part in &parts {
        for target in &part.targets {
            let is_in_sight = match target.spread {
                Some(roots) => seen.get(&*target.identity) >= Some(&roots),
                // Of what an earlier release wrote it may lie in any.
                None => parts.len() >= part.roots,
            };
            if !target.is_whole || !is_in_sight {
                torn.insert(&*target.identity);
            }
        }
    }
    seen.into_keys().filter(|it| !torn.contains(it)).collect()
}
