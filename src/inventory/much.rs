//! How much goes by a plan, and the number that is typed before so much does.

use super::sight::ORPHANS;
use crate::domain::plan::{Decision, Plan};

/// So many at once are worth a second thought: their number is typed.
pub const MANY: usize = 10;

/// The number that has to be typed before a plan is carried out, and what it counts; none where a yes is enough. It is that
/// of the files where ten or more would go, but for those of one snapshot alone, which is what it says it is however many it
/// has; of what is left over a single place may have any number. Places without files count as well, where they are ten.
pub fn to_type(plan: &Plan) -> Option<(usize, &'static str)> {
    let targets = plan.targets.iter();
    let targets = targets
        .filter(|target| target.decision == Decision::Delete)
        .count();
    let files = plan.going().count();
    let is_one_snapshot = targets == 1 && plan.verb != ORPHANS;
    if files >= MANY && !is_one_snapshot {
        Some((files, "file"))
    } else if targets >= MANY {
        Some((targets, "target"))
    } else {
        None
    }
}
