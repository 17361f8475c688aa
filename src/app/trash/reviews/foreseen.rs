//! Whether what is put back will be whole.

use crate::action::torn::Forecast;
use crate::app::explain::Tone;
use crate::domain::size::thousands;
use crate::domain::text::scrub;

/// Whether what is put back will be whole.
pub(in crate::app::trash) fn forecast(result: &Result<Forecast, String>) -> Vec<(Tone, String)> {
    let forecast = match result {
        Ok(forecast) => forecast,
        Err(why) => {
            let why = scrub(why);
            let text =
                format!("Whether what comes back can be restored from cannot be told: {why}.");
            return vec![(Tone::Warning, text)];
        }
    };
    let torn = forecast.torn.iter();
    let mut lines: Vec<_> = torn
        .map(|it| (Tone::Bad, format!("{}.", it.forecast())))
        .collect();
    let whole = forecast.snapshots.saturating_sub(lines.len());
    lines.extend(forecast.taken.iter().map(|it| {
        let text = format!(
            "{} stays in the trash: something else is at the place of its metadata; where that is not needed, move it away first.",
            it.shown()
        );
        (Tone::Bad, text)
    }));
    let text = match (whole, lines.is_empty()) {
        (0, _) => return lines,
        (1, true) => {
            "The snapshot that comes back will be whole: every file that it names is there then."
                .to_owned()
        }
        (many, true) => format!(
            "All {} snapshots that come back will be whole: every file that they name is there then.",
            thousands(many as u64)
        ),
        (1, false) => "The other snapshot that comes back will be whole.".to_owned(),
        (many, false) => format!(
            "The other {} snapshots that come back will be whole.",
            thousands(many as u64)
        ),
    };
    lines.push((Tone::Good, text));
    lines
}
