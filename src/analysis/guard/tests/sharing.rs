use super::*;

#[test]
fn the_middle_one_goes_with_what_only_it_names() {
    let plan = three().plan(&[1]);
    assert_eq!(going(&plan), ["_metadata", "3.sst"]);
    assert_eq!(plan.freed(), 100 + 8);
    let [target] = plan.targets.as_slice() else {
        panic!("{plan:?}");
    };
    let pinned: Vec<(&str, usize)> = target
        .files
        .iter()
        .filter(|it| it.decision == Decision::Keep)
        .map(|it| (it.reason.as_str(), it.pinned_by.len()))
        .collect();
    let [(first, 1), (second, 1)] = pinned[..] else {
        panic!("{pinned:?}");
    };
    assert!(first.ends_with("chk-4 names it") && second.ends_with("chk-6 names it"));
}

#[test]
fn what_a_set_has_in_common_goes_with_all_of_it_and_counts_once() {
    let plan = three().plan(&[1, 0]);
    assert_eq!(
        going(&plan),
        ["_metadata", "0.sst", "1.sst", "_metadata", "3.sst"]
    );
    assert_eq!(plan.freed(), 200 + 1 + 2 + 8);
    assert_eq!(three().plan(&[0, 0, 1]).freed(), plan.freed());
}
