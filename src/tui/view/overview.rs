//! What matters at three in the morning, in that order.

use jiff::Timestamp;
use ratatui::text::{Line, Span};

use super::canvas::Canvas;
use super::prose::{Fact, Prose};
use crate::analysis::moving::{self, Tie};
use crate::analysis::ownership::{self, Ownership};
use crate::analysis::{backend, overlay};
use crate::app::explain::{self, Answer, Tone};
use crate::app::model::{Model, Verification};
use crate::domain::cluster::{CheckpointStatus, Cluster, Job};
use crate::domain::id::JobId;
use crate::domain::size::iec;
use crate::domain::snapshot::{Facts, Health, Kind, Properties, Snapshot};
use crate::tui::text::{count, fit_middle};
use crate::tui::theme::Role;

pub(super) fn write(
    canvas: &Canvas<'_>,
    prose: &mut Prose,
    cells: usize,
    model: &Model,
    snapshot: &Snapshot,
) {
    prose.line(headline(canvas, model, snapshot, cells));
    subject(canvas, prose, cells, model, snapshot);
    if let Some(mark) = model.mark_of(snapshot) {
        let by = match mark.by.as_str() {
            "" => String::new(),
            by => format!(" by {by}"),
        };
        let note = match mark.note.as_str() {
            "" => String::new(),
            note => format!(": {note}"),
        };
        let sign = canvas.span(Role::Accent, format!("{} ", canvas.glyphs().mark));
        let text = format!(
            "Marked for restart{by} {}{note}",
            canvas.ages().ago(mark.at)
        );
        prose.hanging(canvas, cells, sign, Role::Strong, &text);
    }
    for hold in model.holds_on(snapshot) {
        let by = match hold.by.as_str() {
            "" => String::new(),
            by => format!(" by {by}"),
        };
        let until = hold.expires.map_or_else(String::new, |end| {
            format!(", until {}", end.strftime("%Y-%m-%d %H:%M UTC"))
        });
        let why = match hold.why.as_str() {
            "" => String::new(),
            why => format!(": {why}"),
        };
        let sign = canvas.span(Role::Accent, format!("{} ", canvas.glyphs().hold));
        let alone = if model.is_seen_by_us_alone(hold) {
            " (seen by you alone)"
        } else {
            ""
        };
        let text = format!(
            "Held as `{}`{by} {}{until}{alone}{why}",
            hold.name,
            canvas.ages().ago(hold.at)
        );
        prose.hanging(canvas, cells, sign, Role::Strong, &text);
    }
    // What lies there tells of what is left of it, not of what it is.
    let is_torn = model.torn_by(snapshot).is_some();
    for finding in snapshot.findings.iter().filter(|_| !is_torn) {
        let mark = canvas.span(
            explain::tone(snapshot).into(),
            format!("{} ", canvas.glyphs().health(snapshot)),
        );
        prose.hanging(canvas, cells, mark, Role::Text, finding);
    }
    for remark in model
        .lineage(snapshot.lineage)
        .into_iter()
        .flat_map(|lineage| &lineage.remarks)
    {
        prose.hanging(
            canvas,
            cells,
            canvas.span(Role::Warning, "! "),
            Role::Text,
            remark,
        );
    }
    verification(canvas, prose, cells, model, snapshot);
    prose.gap();
    let ownership = ownership::of(snapshot, &model.clusters);
    prose.fact(
        canvas,
        cells,
        "owner",
        Role::Text,
        &ownership.sentence(snapshot),
    );
    let whose = ownership.fate(snapshot);
    let source = if whose.inferred { "Inferred from " } else { "" };
    let now = ownership
        .of_its_fate()
        .map_or_else(String::new, |text| format!(" {text}"));
    let fate = format!(
        "{source}{}: {}{now}",
        whose.because,
        explain::fate_sentence(&whose)
    );
    prose.fact(canvas, cells, "fate", Role::Text, &fate);
    live(canvas, prose, cells, model, snapshot);
    place(canvas, prose, cells, snapshot);
    prose.gap();
    sizes(canvas, prose, cells, model, snapshot);
    for (name, bytes) in model
        .sheet()
        .into_iter()
        .flat_map(|sheet| &sheet.master_states)
    {
        prose.fact(
            canvas,
            cells,
            "master",
            Role::Text,
            &format!("{name}, {}", iec(*bytes)),
        );
    }
}

/// Whether a job could be restarted from it; where a cluster tells that nobody goes on with it, it never will be.
pub(super) fn answer(model: &Model, snapshot: &Snapshot) -> Answer {
    match ownership::of(snapshot, &model.clusters) {
        Ownership::LeftUndone(..) => Answer {
            tone: Tone::Warning,
            headline: "NOT RESTORABLE",
            sentence: "It has no metadata, and its job does not go on with it.",
        },
        _ => explain::answer(snapshot),
    }
}

/// The answer, loudly when it is no.
pub(super) fn headline(
    canvas: &Canvas<'_>,
    model: &Model,
    snapshot: &Snapshot,
    cells: usize,
) -> Line<'static> {
    let answer = answer(model, snapshot);
    if let Some(torn) = model.torn_by(snapshot) {
        let text = format!(" ! {} ", torn.word().to_uppercase());
        return Line::from(canvas.span(Role::Alarm, text));
    }
    let text = format!("{} {}", canvas.glyphs().health(snapshot), answer.headline);
    let mut spans = vec![match answer.tone {
        Tone::Good => canvas.span(Role::AllClear, text),
        Tone::Bad => canvas.span(Role::Alarm, format!(" {text} ")),
        tone => canvas.span(tone.into(), text),
    }];
    if model.is_latest(snapshot) {
        let name = model.called_by_id(snapshot.lineage);
        let latest = format!("  {} the latest of ", canvas.glyphs().star);
        spans.push(canvas.span(Role::Good, latest));
        let used: usize = spans.iter().map(Span::width).sum();
        let name = canvas.short(name);
        let name = canvas
            .fit_name(&name, cells.saturating_sub(used))
            .into_owned();
        spans.push(canvas.span(Role::Good, name));
    }
    Line::from(spans)
}

/// How old a cluster's answer is, where it is silent.
fn stale(cluster: &Cluster, now: Timestamp) -> String {
    overlay::staleness(&cluster.contact, now)
        .map_or_else(String::new, |words| format!(" ({words})"))
}

/// What a cluster tells of a savepoint that it does not list: where one under way will lie it never says.
fn unlisted(snapshot: &Snapshot, job: &Job) -> &'static str {
    let is_begun = snapshot.health == Health::InProgress;
    match ownership::has_under_way(job, snapshot).filter(|_| is_begun) {
        None => "which does not list it",
        Some(false) => "which has no savepoint under way",
        Some(true) => "which has one under way, of which it does not tell where",
    }
}

/// What running clusters say of it.
fn live(canvas: &Canvas<'_>, prose: &mut Prose, cells: usize, model: &Model, snapshot: &Snapshot) {
    if model.clusters.is_empty() {
        return;
    }
    let Some(live) = overlay::live(snapshot, &model.clusters) else {
        let text = match overlay::namesake(snapshot, &model.clusters) {
            Some((cluster, job)) => format!(
                "job {}, whose id begins as its name says, is {} on {}, {}{}",
                job.name,
                job.state,
                cluster.name,
                unlisted(snapshot, job),
                stale(cluster, model.now)
            ),
            None => unknown_job(model, snapshot),
        };
        prose.fact(canvas, cells, "flink", Role::Muted, &text);
        users(canvas, prose, cells, model, snapshot);
        return;
    };
    let remembered = match live.checkpoint {
        None if matches!(live.life, overlay::Life::LaterRun(_)) => {
            "is a later run of its id, and did not take it".to_owned()
        }
        None => "does not remember it".to_owned(),
        Some(it) if it.discarded => "says that it is discarded".to_owned(),
        Some(it) if it.status == CheckpointStatus::InProgress => format!(
            "has it under way, {} of {} subtasks acknowledged",
            it.acknowledged, it.subtasks
        ),
        Some(it) => format!("has it as {}", it.status.word()),
    };
    let stale = stale(live.cluster, model.now);
    let text = format!(
        "job {} is {} on {}, which {remembered}{stale}",
        live.job.name, live.job.state, live.cluster.name
    );
    prose.fact(canvas, cells, "flink", Role::Text, &text);
    users(canvas, prose, cells, model, snapshot);
    for disagreement in overlay::disagreements(snapshot, &live, model.now) {
        prose.fact(canvas, cells, "differs", Role::Warning, &disagreement);
    }
}

/// What is told of one whose job is not known; in a directory of the id of zeros, of the job that writes there now.
fn unknown_job(model: &Model, snapshot: &Snapshot) -> String {
    let is_zero = snapshot.job_id == Some(JobId::ZERO) && snapshot.kind != Kind::Savepoint;
    let directory = snapshot.location.parent().filter(|_| is_zero);
    let writer = directory.and_then(|it| overlay::of_zeros(&it, &model.clusters));
    match writer {
        None => "no connected cluster knows its job".to_owned(),
        Some((cluster, job)) => format!(
            "job {}, with the same id of zeros, is {} on {} and writes to its directory, but does not list it{}",
            job.name,
            job.state,
            cluster.name,
            stale(cluster, model.now)
        ),
    }
}

/// The jobs that were restored from it.
fn users(canvas: &Canvas<'_>, prose: &mut Prose, cells: usize, model: &Model, snapshot: &Snapshot) {
    for (cluster, job) in overlay::users(snapshot, &model.clusters) {
        let text = format!(
            "job {} on {} was restored from it and is {}: it may build on its files",
            job.name, cluster.name, job.state
        );
        prose.fact(canvas, cells, "in use", Role::Warning, &text);
    }
}

fn subject(
    canvas: &Canvas<'_>,
    prose: &mut Prose,
    cells: usize,
    model: &Model,
    snapshot: &Snapshot,
) {
    let mut subject = explain::subject(snapshot);
    match (snapshot.completed_at, snapshot.changed_at) {
        (Some(at), _) => {
            let (ago, when) = (canvas.ages().ago(at), at.strftime("%Y-%m-%d %H:%M:%S UTC"));
            subject = format!("{subject}, {} {ago} ({when}).", explain::written(snapshot));
        }
        (None, Some(at)) => {
            subject = format!("{subject}, last change {}.", canvas.ages().ago(at));
        }
        (None, None) => subject.push('.'),
    }
    if snapshot.kind_inferred {
        subject.push_str(" Its kind is inferred from where it lies and what it is called.");
    }
    prose.text(canvas, cells, Role::Strong, &subject);
    let why = match torn(model, snapshot) {
        Some(why) => why,
        None => answer(model, snapshot).sentence.to_owned(),
    };
    prose.text(canvas, cells, Role::Text, &why);
}

/// What has torn it, and how it becomes whole, where a part of it lies in a trash.
fn torn(model: &Model, snapshot: &Snapshot) -> Option<String> {
    let torn = model.torn_by(snapshot)?;
    let fact = torn.fact_about(&snapshot.location)?;
    Some(format!(
        "Nothing can be restored from it now: {fact}. T, there u puts it back and r goes on; from a shell, {}.",
        torn.remedy("")
    ))
}

fn verification(
    canvas: &Canvas<'_>,
    prose: &mut Prose,
    cells: usize,
    model: &Model,
    snapshot: &Snapshot,
) {
    match model.verifications.get(&snapshot.location) {
        None => {}
        Some(Verification::Running(what)) => {
            prose.text(canvas, cells, Role::Busy, &format!("Verifying {what}."));
        }
        Some(Verification::Done { at, result }) => {
            let ago = canvas.ages().ago(*at);
            match result {
                Ok(verified) => {
                    let role = if verified.sound {
                        Role::Good
                    } else {
                        Role::Bad
                    };
                    prose.text(
                        canvas,
                        cells,
                        role,
                        &format!("Verified {ago}: {}", verified.summary),
                    );
                    for detail in &verified.details {
                        prose.hanging(canvas, cells, Span::raw("  "), Role::Text, detail);
                    }
                }
                Err(reason) => {
                    prose.text(
                        canvas,
                        cells,
                        Role::Bad,
                        &format!("Could not be verified {ago}: {reason}"),
                    );
                }
            }
        }
    }
}

/// Where it lies, here and for Flink.
fn place(canvas: &Canvas<'_>, prose: &mut Prose, cells: usize, snapshot: &Snapshot) {
    let room = cells.saturating_sub(super::prose::LABEL);
    let cut = |text: &str| fit_middle(text, room, canvas.glyphs().ellipsis).into_owned();
    prose.fact(
        canvas,
        cells,
        "path",
        Role::Text,
        &cut(&snapshot.location.shown()),
    );
    if let Some(mapping) = &snapshot.mapping {
        let how = if mapping.inferred {
            "inferred"
        } else {
            "as you asked"
        };
        let text = format!("{} is found at {} ({how})", mapping.from, mapping.to);
        prose.fact(canvas, cells, "mapped", Role::Text, &text);
    }
}

/// What a snapshot that cannot be read names is unknown, and may be what others seem to hold alone; and what has another
/// hard link stays on disk.
fn freed_caveat(model: &Model, snapshot: &Snapshot) -> String {
    if snapshot.is_hard_linked {
        return "at most: other hard links keep files".to_owned();
    }
    if !snapshot.sizes_are_bounds {
        return "by deleting it now".to_owned();
    }
    // The row knows that there are some, the document how many.
    match model.sheet().map_or(0, |sheet| sheet.scope_unreadable) {
        0 => "at most: others may name its files".to_owned(),
        1 => "at most: 1 other cannot be read".to_owned(),
        many => format!("at most: {many} others cannot be read"),
    }
}

/// What lies there of one whose metadata tells nothing; where it cannot be read, it is all that is counted.
fn on_disk(snapshot: &Snapshot) -> String {
    let bytes = iec(snapshot.sizes.refer);
    match snapshot.sizes.files {
        0 => format!("{bytes} on disk"),
        files => format!("{bytes} on disk, in {}", count(files as usize, "file")),
    }
}

fn sizes(canvas: &Canvas<'_>, prose: &mut Prose, cells: usize, model: &Model, snapshot: &Snapshot) {
    let Some(facts) = &snapshot.facts else {
        if snapshot.sizes.refer > 0 {
            prose.fact(canvas, cells, "refer", Role::Text, &on_disk(snapshot));
        }
        return;
    };
    let sizes = &snapshot.sizes;
    let mut left = vec![
        Fact::new(
            "refer",
            iec(sizes.refer),
            format!("on disk, in {}", count(sizes.files as usize, "file")),
        ),
        Fact::new(
            "new",
            canvas.glyphs().new_with(snapshot),
            "that no older one refers to",
        ),
        Fact::new(
            "freed",
            canvas.glyphs().freed(snapshot),
            freed_caveat(model, snapshot),
        ),
        Fact::new("state", iec(sizes.state), "full size in Flink's web UI"),
        Fact::new(
            "new state",
            iec(sizes.checkpointed),
            "checkpointed size in Flink's web UI",
        ),
    ];
    if sizes.channel_state > 0 {
        left.push(Fact::new(
            "in flight",
            iec(sizes.channel_state),
            "between operators, taken along unaligned",
        ));
    }
    if sizes.inline > 0 {
        left.push(Fact::new(
            "inline",
            iec(sizes.inline),
            "inside the metadata itself",
        ));
    }
    let backend = backend::of_own_format(snapshot, facts, &model.clusters)
        .name()
        .map(|backend| format!(" ({backend})"))
        .unwrap_or_default();
    let tie = moving::tie(snapshot, &model.clusters, None).filter(|_| facts.relocatable);
    let mut right = vec![
        Fact::new(
            "format",
            format!("{}{backend}", facts.format.words(snapshot.kind)),
            "",
        ),
        Fact::new("rescale", parallelisms(facts), ""),
        relocation(facts, tie.as_ref()),
        Fact::new("written by", facts.written_by.clone(), ""),
        Fact::new(
            "metadata",
            format!("version {}, {}", facts.version, iec(facts.metadata_bytes)),
            "",
        ),
        Fact::new("properties", properties(&facts.properties), ""),
    ];
    if facts.trailing_bytes > 0 {
        let mut odd = Fact::new(
            "trailing",
            format!(
                "{} bytes after the end; Flink writes none",
                facts.trailing_bytes
            ),
            "",
        );
        odd.role = Role::Warning;
        right.push(odd);
    }
    prose.grid(canvas, cells, &left, &right);
    if let Some(tie) = &tie {
        prose.fact(canvas, cells, "not moved", Role::Warning, tie.words());
    }
    for place in facts.depends_on.iter().filter(|_| !facts.relocatable) {
        prose.fact(canvas, cells, "depends on", Role::Text, place);
    }
}

fn parallelisms(facts: &Facts) -> String {
    let now = facts
        .operators
        .iter()
        .map(|operator| operator.parallelism)
        .max();
    let now = now
        .map(|now| format!(", taken at {now}"))
        .unwrap_or_default();
    format!(
        "parallelism {} to {}{now}",
        facts.rescale.min, facts.rescale.max
    )
}

fn relocation(facts: &Facts, tie: Option<&Tie>) -> Fact {
    let text = if tie.is_some() {
        "no, only copied: see below"
    } else if facts.relocatable {
        "yes: every file is named relative to it"
    } else {
        "no: it names files by absolute path"
    };
    Fact::new("movable", text, "")
}

fn properties(properties: &Properties) -> String {
    match properties {
        Properties::Absent => "none before metadata version 4".to_owned(),
        Properties::Null => "none: written by the State Processor API".to_owned(),
        Properties::Unreadable(reason) => format!("not understood: {reason}"),
        Properties::Known {
            type_name,
            savepoint_format,
            sharing_files_strategy,
            unclaimed,
            ..
        } => {
            let mut words = vec![type_name.clone()];
            words.extend(savepoint_format.clone());
            words.extend(sharing_files_strategy.clone());
            words.extend(unclaimed.then(|| "unclaimed".to_owned()));
            words.join(", ")
        }
    }
}
