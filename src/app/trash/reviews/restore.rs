//! What putting one target back comes to.

use super::{LOOKING, NOTHING_REPLACED, all_at_rest, at_rest, none_absent, refuse_going, unknown};
use crate::action::trash::list::Known;
use crate::app::dialog::{Act, Review};
use crate::app::explain::Tone;
use crate::app::model::Model;
use crate::app::trash::words::files;
use crate::app::trash::{Part, Row, What, Work};
use crate::domain::size::exact;
use crate::domain::text::scrub;

pub(in crate::app::trash) fn restore(
    model: &Model,
    row: &Row,
    at: usize,
) -> Result<Review, String> {
    let known = at_rest(row)?;
    let parts = all_at_rest(model, row)?;
    none_absent(&parts)?;
    let (part, _) = parts.first().cloned().ok_or_else(|| unknown(row))?;
    let target = known.targets.get(at).ok_or_else(|| unknown(row))?;
    let name = scrub(&target.name).into_owned();
    refuse_going(&parts)?;
    if known.is_unfinished {
        return Err(
            "the batch is unfinished; tab, then r goes on with it or u puts all of it back"
                .to_owned(),
        );
    }
    let others = parts.iter().skip(1);
    let others: Vec<(&Part, &Known)> = others
        .filter_map(|(part, row)| Some((part, row.known()?)))
        .filter(|(_, it)| it.can_be_undone())
        .filter(|(_, it)| it.targets.iter().any(|it| it.identity == target.identity))
        .collect();
    if target.files == 0 {
        return Err(format!("no file of {name} lies in the trash"));
    }
    if others.iter().any(|(_, it)| it.is_unfinished) {
        return Err(
            "it is unfinished in another root; tab, then r goes on with it or u puts all of it back"
                .to_owned(),
        );
    }
    let place = part.shown();
    let mut lines = vec![(
        Tone::Plain,
        format!(
            "{name}: {} ({}) go back to where they lay in {place}.",
            files(target.files),
            exact(target.bytes)
        ),
    )];
    let stay = known.files.saturating_sub(target.files);
    if stay > 0 {
        let bytes = known.bytes.saturating_sub(target.bytes);
        let text = format!(
            "The other {} of the batch ({}) stay in the trash.",
            files(stay),
            exact(bytes)
        );
        lines.push((Tone::Plain, text));
    }
    for (part, known) in &others {
        let mut same = known
            .targets
            .iter()
            .filter(|it| it.identity == target.identity);
        if let Some(it) = same.find(|it| it.files > 0) {
            let here = format!("{} ({})", files(it.files), exact(it.bytes));
            let text = format!("In {} {here} of it go back, too.", part.shown());
            lines.push((Tone::Plain, text));
        }
    }
    lines.push((Tone::Plain, NOTHING_REPLACED.to_owned()));
    lines.insert(0, (Tone::Busy, LOOKING.to_owned()));
    let others = others.into_iter().map(|(part, _)| part.clone());
    Ok(Review {
        title: format!("putting back {name}"),
        act: Act::Trash(Work {
            what: What::Restore(at),
            parts: std::iter::once(part).chain(others).collect(),
        }),
        lines,
        consequence: None,
        looks: true,
        blocked: false,
    })
}
