//! Whether a cluster answers, and how old what is known of it is.

use jiff::SignedDuration;
use ratatui::text::Span;

use super::canvas::Canvas;
use crate::domain::cluster::{Cluster, Contact};
use crate::tui::glyphs::Watch;
use crate::tui::theme::Role;

/// In a few words, for a line that says other things, too: `flink 2.3.0 ● live`.
pub(super) fn brief<'t>(canvas: &Canvas<'_>, cluster: &Cluster) -> Vec<Span<'t>> {
    let glyphs = canvas.glyphs();
    let release = match &cluster.version {
        Some(version) => format!("flink {version} "),
        None => "flink ".to_owned(),
    };
    let (watch, role, words) = match &cluster.contact {
        Contact::NotYet => (Watch::Half, Role::Busy, "asking".to_owned()),
        Contact::Answering { at } => match stale(canvas, *at) {
            None => (Watch::Live, Role::Good, "live".to_owned()),
            Some(age) => (Watch::Half, Role::Warning, format!("data {age} old")),
        },
        Contact::Silent { since, .. } => (
            Watch::Gone,
            Role::Bad,
            format!("not answering for {}", canvas.ages().age(*since)),
        ),
    };
    vec![
        canvas.span(Role::Text, release),
        canvas.span(role, glyphs.watch(watch)),
        canvas.span(Role::Text, format!(" {words}")),
    ]
}

/// The same with the reason, and how old everything is.
pub(super) fn whole<'t>(canvas: &Canvas<'_>, cluster: &Cluster) -> Vec<Span<'t>> {
    let mut spans = brief(canvas, cluster);
    if let Contact::Silent {
        since,
        last_answer,
        reason,
    } = &cluster.contact
    {
        let dot = canvas.glyphs().dot;
        let old = match last_answer {
            Some(at) => format!("data {} old", canvas.ages().age(*at)),
            None => "it never answered".to_owned(),
        };
        let since = since.strftime("%H:%M:%S UTC");
        spans.push(canvas.span(
            Role::Warning,
            format!(" since {since} {dot} {old} {dot} {reason}"),
        ));
    }
    spans
}

/// The age of an answer, once it is older than answers should get.
fn stale(canvas: &Canvas<'_>, at: jiff::Timestamp) -> Option<String> {
    let fresh_until = at + canvas.ages().fresh();
    if canvas.ages().now() <= fresh_until {
        canvas
            .ages()
            .changes_at(fresh_until + SignedDuration::from_millis(1));
        return None;
    }
    Some(canvas.ages().age(at))
}
