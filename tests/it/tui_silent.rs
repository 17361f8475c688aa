//! A cluster that falls silent is told of on the first line, however narrow it is and whatever is selected.

use super::tui_clusters::{silent, with_cluster};
use super::tui_screens::press;
use super::tui_views::text;

#[test]
fn that_a_cluster_does_not_answer_is_worth_more_than_a_path() {
    for width in [80, 90, 100, 110, 120, 160] {
        for keys in ["", "j", "G", "Gk", "G⏎"] {
            for writes in [false, true] {
                let mut model = with_cluster((width, 24), silent()).writing(writes);
                press(&mut model, keys);
                let shown = text(&mut model, false);
                let first = shown.lines().next().unwrap_or_default();
                let told = first.contains("not answering for 1m");
                assert!(told, "{width} {keys:?} {writes}: {first}");
                let may = if writes {
                    "changes allowed"
                } else {
                    "read-only"
                };
                assert!(first.contains(may), "{width} {keys:?}: {first}");
            }
        }
    }
}
