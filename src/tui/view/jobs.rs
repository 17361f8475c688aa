//! The jobs of all clusters, and everything that Flink says of the chosen one.

use jiff::SignedDuration;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::canvas::{Canvas, Titles, keep_visible};
use super::contact;
use super::prose::Prose;
use crate::analysis::overlay;
use crate::app::explain::Tone;
use crate::app::model::{Model, ViewState};
use crate::domain::cluster::{
    Checkpoint, CheckpointStatus, Checkpointing, Cluster, Contact, Job, JobState,
};
use crate::domain::location::Location;
use crate::domain::size::iec;
use crate::domain::snapshot::{RootState, Snapshot};
use crate::tui::text::{count, width};
use crate::tui::theme::Role;

/// How good a job's state is.
fn tone(state: JobState) -> Tone {
    match state {
        JobState::Running => Tone::Good,
        JobState::Finished | JobState::Canceled | JobState::Suspended => Tone::Plain,
        JobState::Initializing
        | JobState::Created
        | JobState::Reconciling
        | JobState::Cancelling
        | JobState::Unknown => Tone::Busy,
        JobState::Restarting | JobState::Failing => Tone::Warning,
        JobState::Failed => Tone::Bad,
    }
}

/// A job's state in a word; with a question mark when the cluster does not answer now.
pub(super) fn state(cluster: &Cluster, job: &Job) -> (Role, String) {
    let word = job.state.word();
    match cluster.contact {
        Contact::Answering { .. } => (tone(job.state).into(), word.to_owned()),
        Contact::NotYet | Contact::Silent { .. } => (Role::Muted, format!("{word}?")),
    }
}

pub(super) fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    model: &Model,
    chosen: usize,
    scroll: usize,
    view: &mut ViewState,
) {
    canvas.clear(area);
    let jobs: Vec<_> = overlay::jobs(&model.clusters).collect();
    let chosen = chosen.min(jobs.len().saturating_sub(1));
    // As many rows as there are jobs, as long as half of the screen is left for what is said about one.
    let rows = jobs.len().max(1) + model.clusters.len();
    let wanted = (rows as u16 + 3).min(area.height / 2).max(6);
    let upper = Rect {
        height: wanted.min(area.height),
        ..area
    };
    let lower = Rect {
        y: area.y + upper.height,
        height: area.height - upper.height,
        ..area
    };
    list(canvas, upper, model, &jobs, chosen);
    let titles = Titles {
        left: Line::from(canvas.span(Role::Title, " Job ")),
        right: Line::from(vec![
            canvas.span(Role::Key, " pgup pgdn"),
            canvas.span(Role::Muted, " scroll "),
        ]),
        bottom: Line::default(),
    };
    let inner = canvas.pane(lower, false, &titles);
    let inner = Rect {
        x: inner.x + 1,
        width: inner.width.saturating_sub(2),
        ..inner
    };
    let mut prose = Prose::default();
    if let Some((cluster, job)) = jobs.get(chosen) {
        let cells = usize::from(inner.width);
        about(canvas, &mut prose, cells, cluster, job);
        absent(canvas, &mut prose, cells, model, cluster, job);
    }
    prose.scrolled(canvas, inner, scroll, view);
}

/// Columns of the list: a heading and its cells; the name takes what is left.
const COLUMNS: [(&str, u16); 7] = [
    ("STATE", 12),
    ("AGE", 6),
    ("RESTARTS", 9),
    ("PAR", 5),
    ("COMPLETED", 10),
    ("FAILED", 7),
    ("NEWEST", 8),
];

fn list(
    canvas: &mut Canvas<'_>,
    area: Rect,
    model: &Model,
    jobs: &[(&std::sync::Arc<Cluster>, &std::sync::Arc<Job>)],
    chosen: usize,
) {
    let titles = Titles {
        left: Line::from(vec![
            canvas.span(Role::Title, " Jobs "),
            canvas.span(Role::Muted, format!("{} ", jobs.len())),
        ]),
        right: Line::from(vec![
            canvas.span(Role::Key, " esc"),
            canvas.span(Role::Muted, " close "),
        ]),
        bottom: Line::default(),
    };
    let inner = canvas.pane(area, true, &titles);
    // The clusters first: how fresh everything below is.
    let mut y = inner.y;
    for cluster in &model.clusters {
        if y >= inner.bottom() {
            return;
        }
        let mut spans = vec![canvas.span(Role::Strong, format!("{} ", cluster.name))];
        spans.extend(contact::whole(canvas, cluster));
        canvas.put_line(
            inner.x + 1,
            y,
            inner.width.saturating_sub(2),
            &Line::from(spans),
        );
        y += 1;
    }
    if jobs.is_empty() {
        let heard = |it: &std::sync::Arc<Cluster>| matches!(it.contact, Contact::Answering { .. });
        let words = if model.clusters.iter().any(heard) {
            "No jobs: nothing runs there, and nothing did since its JobManager started."
        } else {
            "No answer yet."
        };
        canvas.put(
            inner.x + 1,
            y,
            inner.width.saturating_sub(2),
            words,
            Role::Muted,
        );
        return;
    }
    let columns: Vec<(&str, u16)> = fitting(inner.width);
    let taken: u16 = columns.iter().map(|(_, cells)| cells + 1).sum();
    let name_cells = inner.width.saturating_sub(taken + 2);
    canvas.put(inner.x + 1, y, name_cells, "NAME", Role::Heading);
    let mut x = inner.x + 1 + name_cells;
    for (heading, cells) in &columns {
        x += 1;
        let style = canvas.style(Role::Heading);
        canvas.put_right(x, y, *cells, heading, style);
        x += cells;
    }
    y += 1;
    let page = usize::from(inner.bottom().saturating_sub(y));
    let offset = keep_visible(0, Some(chosen), page, jobs.len());
    for (at, (cluster, job)) in jobs.iter().enumerate().skip(offset).take(page) {
        let line = Rect {
            y,
            height: 1,
            ..inner
        };
        canvas.put(inner.x + 1, y, name_cells, &job.name, Role::Strong);
        let mut x = inner.x + 1 + name_cells;
        for (heading, cells) in &columns {
            x += 1;
            let (role, text) = cell(canvas, heading, cluster, job);
            let style = canvas.style(role);
            canvas.put_right(x, y, *cells, &text, style);
            x += cells;
        }
        if at == chosen {
            canvas.choose(line, true);
        }
        y += 1;
    }
    canvas.scrollbar(
        Rect {
            y: inner.bottom().saturating_sub(page as u16),
            height: page as u16,
            ..inner
        },
        offset,
        page,
        jobs.len(),
    );
}

/// The columns that leave the name enough room; the last ones go first.
fn fitting(width: u16) -> Vec<(&'static str, u16)> {
    let mut columns = COLUMNS.to_vec();
    let taken = |columns: &[(&str, u16)]| -> u16 { columns.iter().map(|(_, it)| it + 1).sum() };
    while columns.len() > 2 && taken(&columns) + 22 > width {
        columns.remove(2);
    }
    columns
}

fn cell(canvas: &Canvas<'_>, heading: &str, cluster: &Cluster, job: &Job) -> (Role, String) {
    let none = canvas.glyphs().none.to_owned();
    let number = |it: Option<u64>| it.map_or_else(|| none.clone(), |it| it.to_string());
    match heading {
        "STATE" => state(cluster, job),
        "AGE" => {
            let age = job.started_at.map(|at| canvas.ages().age(at));
            (Role::Text, age.unwrap_or(none))
        }
        "RESTARTS" => {
            let some = job.restarts.is_some_and(|it| it > 0);
            let role = if some { Role::Warning } else { Role::Text };
            (role, number(job.restarts))
        }
        "PAR" => (Role::Text, number(job.parallelism().map(u64::from))),
        "COMPLETED" => (Role::Text, number(job.counts.map(|it| it.completed))),
        "FAILED" => {
            let some = job.counts.is_some_and(|it| it.failed > 0);
            let role = if some { Role::Warning } else { Role::Text };
            (role, number(job.counts.map(|it| it.failed)))
        }
        _ => {
            let newest = job
                .checkpoints
                .iter()
                .filter(|it| it.status == CheckpointStatus::Completed)
                .filter_map(|it| it.acknowledged_at)
                .max();
            let age = newest.map(|at| canvas.ages().age(at));
            (Role::Text, age.unwrap_or(none))
        }
    }
}

fn about(canvas: &Canvas<'_>, prose: &mut Prose, cells: usize, cluster: &Cluster, job: &Job) {
    let mut fact = |label: &str, role: Role, text: &str| {
        prose.fact(canvas, cells, label, role, text);
    };
    fact("job", Role::Strong, &job.name);
    fact("id", Role::Text, &job.id.to_string());
    let mut state = job.state.word().to_owned();
    if let Some(at) = job.ended_at {
        state = format!("{state}, ended {}", canvas.ages().ago(at));
    } else if let Some(at) = job.started_at {
        state = format!("{state}, submitted {}", canvas.ages().ago(at));
    }
    if !matches!(cluster.contact, Contact::Answering { .. }) {
        state = format!("{state}, when it was last heard of");
    }
    fact("state", tone(job.state).into(), &state);
    if let Some(failure) = &job.failure {
        let when = failure.at.map(|at| canvas.ages().ago(at));
        let when = when.map_or_else(String::new, |it| format!(" ({it})"));
        let role = if job.state == JobState::Failed {
            Role::Bad
        } else {
            Role::Warning
        };
        fact("failure", role, &format!("{}{when}", failure.cause));
    }
    if let Some(restored) = &job.restored {
        let from = restored.path.as_ref().map(|it| it.shown().into_owned());
        let when = restored.at.map(|at| canvas.ages().ago(at));
        let text = format!(
            "from {} {}{}",
            if restored.is_savepoint {
                "savepoint"
            } else {
                "checkpoint"
            },
            from.unwrap_or_else(|| restored.id.to_string()),
            when.map_or_else(String::new, |it| format!(", {it}")),
        );
        fact("restored", Role::Text, &text);
    }
    if let Some(counts) = job.counts {
        let text = format!(
            "{} completed, {} failed, {} in progress, {} restored",
            counts.completed, counts.failed, counts.in_progress, counts.restored
        );
        fact("counts", Role::Text, &text);
    }
    pending(canvas, prose, cells, job);
    if let Some(how) = &job.checkpointing {
        configuration(canvas, prose, cells, cluster, job, how);
    }
    if !job.checkpoints.is_empty() {
        prose.gap();
        prose.line(Line::from(canvas.span(
            Role::Title,
            format!(
                "What Flink remembers: {}",
                count(job.checkpoints.len(), "snapshot")
            ),
        )));
        for checkpoint in &job.checkpoints {
            prose.line(history(canvas, cells, checkpoint));
        }
    }
}

/// Snapshots that Flink says it keeps, in places that are watched, where nothing lies.
fn absent(
    canvas: &Canvas<'_>,
    prose: &mut Prose,
    cells: usize,
    model: &Model,
    cluster: &Cluster,
    job: &Job,
) {
    if model.scanning() {
        return;
    }
    let snapshots: Vec<&Snapshot> = model.snapshots.values().map(|it| &**it).collect();
    let roots: Vec<Location> = model
        .roots
        .iter()
        .filter(|root| root.state == RootState::Ready)
        .map(|root| root.location.clone())
        .collect();
    for checkpoint in overlay::absent(job, cluster, &snapshots, &roots) {
        let place = checkpoint.path.as_ref().map(|it| it.shown().into_owned());
        let text = format!(
            "Flink keeps {} {}, but nothing lies at {}",
            sort(checkpoint),
            checkpoint.id,
            place.unwrap_or_default()
        );
        prose.fact(canvas, cells, "missing", Role::Bad, &text);
    }
}

fn sort(it: &Checkpoint) -> &'static str {
    match (it.is_savepoint, it.unaligned) {
        (true, _) => "savepoint",
        (false, true) => "unaligned checkpoint",
        (false, false) => "checkpoint",
    }
}

/// What is under way, with a bar for each task.
fn pending(canvas: &Canvas<'_>, prose: &mut Prose, cells: usize, job: &Job) {
    const BAR: usize = 12;
    for pending in job.pending() {
        let began = pending.triggered_at.map(|at| canvas.ages().ago(at));
        let text = format!(
            "{} {}, {} of {} subtasks acknowledged{}",
            sort(pending),
            pending.id,
            pending.acknowledged,
            pending.subtasks,
            began.map_or_else(String::new, |it| format!(", triggered {it}"))
        );
        prose.fact(canvas, cells, "under way", Role::Busy, &text);
        for task in &pending.tasks {
            let vertex = job.vertices.iter().find(|it| it.id == task.vertex);
            let name = vertex.map_or(task.vertex.as_str(), |it| it.name.as_str());
            let filled =
                BAR * task.acknowledged.min(task.subtasks) as usize / task.subtasks.max(1) as usize;
            let [full, empty] = canvas.glyphs().line;
            let of = format!(" {:>4} of {:<4} ", task.acknowledged, task.subtasks);
            let room = cells.saturating_sub(super::prose::LABEL + BAR + width(&of));
            prose.line(Line::from(vec![
                Span::raw(" ".repeat(super::prose::LABEL)),
                canvas.span(Role::Accent, full.repeat(filled)),
                canvas.span(Role::Border, empty.repeat(BAR - filled)),
                canvas.span(Role::Text, of),
                canvas.span(Role::Text, canvas.fit(name, room).into_owned()),
            ]));
        }
    }
}

fn configuration(
    canvas: &Canvas<'_>,
    prose: &mut Prose,
    cells: usize,
    cluster: &Cluster,
    job: &Job,
    how: &Checkpointing,
) {
    let span =
        |it: Option<SignedDuration>| it.map_or_else(|| "never".to_owned(), |it| format!("{it:#}"));
    let switch = |it: Option<bool>, word: &str| match it {
        Some(true) => format!(", {word}"),
        _ => String::new(),
    };
    let every = match how.interval {
        Some(interval) => format!("every {interval:#}"),
        None => "only on request".to_owned(),
    };
    let mut text = format!(
        "{every}, timeout {}, {}{}",
        span(how.timeout),
        how.mode,
        switch(how.unaligned, "unaligned")
    );
    if let Some(timeout) = how.aligned_timeout {
        text = format!("{text} after {timeout:#}");
    }
    prose.fact(canvas, cells, "checkpoints", Role::Text, &text);
    prose.fact(
        canvas,
        cells,
        "retention",
        Role::Text,
        how.retention.constant(),
    );
    let mut backend = how
        .state_backend
        .clone()
        .unwrap_or_else(|| "unknown".to_owned());
    backend.push_str(&switch(how.changelog, "changelog"));
    if let Some(storage) = &how.storage {
        backend = format!("{backend}, into {storage}");
    }
    prose.fact(canvas, cells, "backend", Role::Text, &backend);
    let Some(settings) = &cluster.settings else {
        return;
    };
    let mut words = Vec::new();
    words.push(match settings.retained {
        Some(retained) => format!("{retained} retained"),
        None => "1 retained (Flink's default)".to_owned(),
    });
    words.push(match settings.incremental {
        Some(true) => "incremental".to_owned(),
        Some(false) => "not incremental".to_owned(),
        None => "not incremental (Flink's default)".to_owned(),
    });
    for (place, word) in [
        (&settings.checkpoint_directory, "checkpoints into"),
        (&settings.savepoint_directory, "savepoints into"),
    ] {
        words.extend(place.as_ref().map(|it| format!("{word} {}", it.shown())));
    }
    // REST does not show what a job sets for itself; where its checkpoints lie shows some of it.
    let text = format!("{}; a job's own settings may differ", words.join(", "));
    prose.fact(canvas, cells, "cluster", Role::Muted, &text);
    if let Some(own) = job
        .writes_into()
        .filter(|_| settings.are_overridden_by(job))
    {
        let text = format!(
            "checkpoints into {}, as it has settings of its own",
            own.shown()
        );
        prose.fact(canvas, cells, "this job", Role::Text, &text);
    }
}

fn history(canvas: &Canvas<'_>, cells: usize, it: &Checkpoint) -> Line<'static> {
    let none = canvas.glyphs().none;
    let size = |bytes: Option<u64>| bytes.map_or_else(|| none.to_owned(), iec);
    let role = match it.status {
        CheckpointStatus::Completed if it.discarded => Role::Muted,
        CheckpointStatus::Completed => Role::Good,
        CheckpointStatus::InProgress => Role::Busy,
        CheckpointStatus::Failed => Role::Bad,
    };
    let word = if it.discarded {
        "discarded"
    } else {
        it.status.word()
    };
    let age = it
        .triggered_at
        .map_or_else(|| none.to_owned(), |at| canvas.ages().age(at));
    let took = it
        .duration
        .map_or_else(|| none.to_owned(), |it| format!("{} ms", it.as_millis()));
    let place = match (&it.failure, &it.path) {
        (Some(failure), _) => failure.cause.clone(),
        (None, Some(path)) => path.shown().into_owned(),
        (None, None) => String::new(),
    };
    let start = format!(
        "{:>6}  {:<10} {age:>4} {took:>9} {:>9}  ",
        it.id,
        if it.is_savepoint {
            "savepoint"
        } else {
            "checkpoint"
        },
        size(it.state)
    );
    let room = cells.saturating_sub(width(&start) + 13);
    Line::from(vec![
        canvas.span(Role::Text, start),
        canvas.span(role, format!("{word:<12} ")),
        canvas.span(Role::Muted, canvas.fit(&place, room).into_owned()),
    ])
}
