//! A word about what something ended half-way in the trashes in sight, beside whatever else a command says.

use std::io::{self, Write};

use crate::action::unfinished::{self, Unfinished};
use crate::inventory::opened::Opened;

/// Tells it, a line each: what lies there otherwise looks like what Flink leaves behind, or is not seen at all.
/// `asked` are the flags by which clusters were named ([`connect::named`](super::connect::named)). What it is.
pub(super) fn note(
    opened: &Opened,
    asked: &str,
    err: &mut dyn Write,
) -> io::Result<Vec<Unfinished>> {
    let (unfinished, problems) = unfinished::find(&opened.directories, &opened.root_locations());
    let told = unfinished.iter().map(|it| it.sentence(asked));
    for text in told.chain(problems) {
        writeln!(err, "stateward: note: {text}")?;
    }
    Ok(unfinished)
}
