//! A purge of what one deletion has moved in two roots, ended at every call in turn: of each target everything is there or nothing
//! comes back of it, whichever root is named.

use crate::program::{err, out, run};
use crate::trash_together::{End, GOING, ID, Pair, at_every_call};
use crate::trash_tree::purge_all;

/// Where a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lies {
    InPlace,
    InTrash,
    Nowhere,
}

/// Where each file is, of the snapshot in the one root and of that in the other.
fn lie(pair: &Pair) -> [Vec<Lies>; 2] {
    let mut all = [Vec::new(), Vec::new()];
    let mut numbers = [0, 0];
    for (root, below, of) in GOING {
        let trash = pair.root(root).join(".stateward/trash").join(ID);
        let trashed = trash.join("files").join(numbers[root].to_string());
        numbers[root] += 1;
        let lies = match (pair.root(root).join(below).exists(), trashed.exists()) {
            (true, false) => Lies::InPlace,
            (false, true) => Lies::InTrash,
            (false, false) => Lies::Nowhere,
            (true, true) => panic!("{below} lies in both places"),
        };
        all[usize::from(of.starts_with("other"))].push(lies);
    }
    all
}

fn is_whole(of: &[Lies]) -> bool {
    !of.contains(&Lies::Nowhere)
}

const WAYS: [(usize, End); 3] = [(0, End::Before), (1, End::Before), (1, End::ByItsAnswer)];

#[test]
fn what_is_whole_comes_back_from_any_root_wherever_a_purge_ends() {
    for (named, end) in WAYS {
        let torn = std::cell::Cell::new(0);
        at_every_call(
            &[end],
            Pair::applied,
            |_, trees| purge_all(&trees, ID, &[]).is_ok(),
            |pair, at| {
                let before = lie(pair);
                let said = pair.program("undo", named);
                let after = lie(pair);
                let at = format!("{named} {at}: {said}: {before:?} {after:?}");
                for (before, after) in before.iter().zip(&after) {
                    let expected = if is_whole(before) {
                        vec![Lies::InPlace; before.len()]
                    } else {
                        torn.set(torn.get() + usize::from(before.contains(&Lies::InTrash)));
                        before.clone()
                    };
                    assert_eq!(*after, expected, "{at}");
                }
                let said = pair.program("resume", 1 - named);
                for (after, now) in after.iter().zip(lie(pair)) {
                    let expected = if is_whole(after) {
                        Lies::InPlace
                    } else {
                        Lies::Nowhere
                    };
                    assert_eq!(now, vec![expected; now.len()], "{at}: {said}");
                }
                // Where all files are gone the other root may be known of no more.
                pair.program("resume", named);
                for number in [0, 1] {
                    let left = pair.program("resume", number);
                    assert!(left.contains("nothing to resume"), "{at}: {said}: {left}");
                }
            },
        );
        assert!(torn.get() > 5, "{}", torn.get());
    }
}

#[test]
fn what_is_gone_on_with_goes_as_a_whole_or_stays_wherever_a_purge_ends() {
    for (named, end) in WAYS {
        at_every_call(
            &[end],
            Pair::applied,
            |_, trees| purge_all(&trees, ID, &[]).is_ok(),
            |pair, at| {
                let before = lie(pair);
                let said = pair.program("resume", named);
                let after = lie(pair);
                let at = format!("{named} {at}: {said}: {before:?} {after:?}");
                for (before, after) in before.iter().zip(&after) {
                    let stays = is_whole(after);
                    assert!(!stays || is_whole(before), "{at}");
                    let expected = if stays { Lies::InTrash } else { Lies::Nowhere };
                    assert_eq!(*after, vec![expected; after.len()], "{at}");
                }
                let said = pair.program("undo", 1 - named);
                for (after, now) in after.iter().zip(lie(pair)) {
                    let expected = if is_whole(after) {
                        Lies::InPlace
                    } else {
                        Lies::Nowhere
                    };
                    assert_eq!(now, vec![expected; now.len()], "{at}: {said}");
                }
            },
        );
    }
}

#[test]
fn what_goes_only_with_what_lies_in_another_root_stays_until_that_is_named_too() {
    let pair = Pair::applied();
    let trees = [0, 1].map(|it| pair.tree(it));
    for (going, beside) in [(0, 1), (1, 0)] {
        let done = purge_all(&[&trees[going]], ID, &[&trees[beside]]).unwrap();
        let skipped = &done[0].skipped;
        let own = GOING.iter().filter(|(root, _, _)| *root == going).count();
        assert_eq!(skipped.len(), own, "{done:?}");
        let root = pair.root(beside);
        let why = format!("in the trash of {}", root.display());
        assert!(skipped.iter().all(|it| it.why.contains(&why)), "{done:?}");
    }
    let all = lie(&pair);
    assert!(all.iter().flatten().all(|it| *it == Lies::InTrash));
    // From a shell, by all names of what was not named.
    let root = pair.root(0);
    pair.age(0);
    let root = root.to_str().unwrap();
    let purge = ["trash", "purge", root, "--write", "--yes"];
    let purged = run(purge);
    assert_eq!(purged.status.code(), Some(1), "{}", err(&purged));
    let said = err(&purged);
    assert!(said.contains("it goes only together with"), "{said}");
    assert_eq!(lie(&pair), all);
    pair.age(1);
    let other = pair.root(1);
    let purged = run([purge.as_slice(), &[other.to_str().unwrap()]].concat());
    assert_eq!(purged.status.code(), Some(0), "{}", err(&purged));
    assert_eq!(out(&purged).lines().count(), 2, "{}", out(&purged));
    assert!(lie(&pair).iter().flatten().all(|it| *it == Lies::Nowhere));
}

#[test]
fn one_target_goes_after_the_other_in_whatever_roots_their_files_lie() {
    let pair = Pair::applied();
    let moves = std::sync::Mutex::new(Vec::new());
    let judge = |call: &str, at: &str| {
        if call == "remove" && at.contains("/files/") {
            let number = at.rsplit('/').next().unwrap();
            moves.lock().unwrap().push(number.to_owned());
        }
        crate::trash_tree::Verdict::Works
    };
    let trees = [0, 1].map(|it| crate::trash_tree::Between {
        tree: pair.tree(it),
        judge: &judge,
    });
    purge_all(&[&trees[0], &trees[1]], ID, &[]).unwrap();
    // Of the one below `one`: its metadata and two files there, two in the other root; then metadata of the other, and the rest.
    let order = moves.into_inner().unwrap();
    assert_eq!(order, ["0", "1", "2", "2", "3", "0", "1", "3", "4"]);
}
