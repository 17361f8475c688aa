//! What clusters are asked for: the forms, and the requests that they come to.

use std::sync::Arc;

use super::clusters;
use super::demo;
use super::dialog::{self, Act, Purpose, Review};
use super::explain::Tone;
use super::form::{Field, Form};
use super::model::{Model, Popup};
use crate::action::operation::{Request, Restart};
use crate::analysis::ending::{self, Ending};
use crate::analysis::preflight::{self, Level, Question};
use crate::analysis::{latest, overlay};
use crate::domain::claim::ClaimMode;
use crate::domain::cluster::{Cluster, ClusterId, Job};
use crate::domain::id::JobId;
use crate::domain::location::Location;
use crate::flink::launch::Series;
use crate::flink::operate::{CheckpointType, Program, SavepointFormat};

/// What a cluster shall do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// A savepoint or checkpoint of a job.
    Trigger(JobId),
    /// A savepoint, after which the job finishes.
    Stop(JobId),
    /// The end of a job.
    Cancel(JobId),
    /// A new job from the snapshot at this place.
    Restart(Location),
}

const SAVEPOINT: &str = "savepoint";
const CHECKPOINT: &str = "checkpoint";
const FULL: &str = "full checkpoint";
const INCREMENTAL: &str = "incremental checkpoint";
const CANONICAL: (&str, &str) = ("canonical", "Any state backend can read it.");
const NATIVE: (&str, &str) = ("native", "The state backend's own format: quicker.");
const NAME: &str = "name";
const NO: &str = "no";
const YES: &str = "yes";

/// A form for a savepoint or checkpoint of the job in view.
pub(super) fn trigger(model: &mut Model) {
    let Some(target) = target(model) else {
        return;
    };
    let (cluster, job) = (&target.cluster, &target.job);
    let mut sorts = vec![(SAVEPOINT, "Yours: Flink never deletes it by itself.")];
    let release = cluster.release();
    // What a release does not take is not offered.
    if release.is_none_or(|release| release >= (1, 17)) {
        sorts.extend([
            (
                CHECKPOINT,
                "Flink's, as the job is configured; it is deleted as others are.",
            ),
            (FULL, "The same, not building on earlier ones."),
        ]);
    }
    if release.is_some_and(|release| ((1, 17)..(1, 19)).contains(&release)) {
        sorts.push((INCREMENTAL, "The same, building on earlier ones."));
    }
    let form = Form::new(
        format!("Trigger for {}", job.name),
        vec![
            Field::choice("what", &sorts),
            Field::choice("format", &[CANONICAL, NATIVE]),
            directory(cluster, job),
        ],
    );
    open_on(model, &target, Wanted::Trigger(job.id), form);
}

/// A form to stop the job in view with a savepoint.
pub(super) fn stop(model: &mut Model) {
    let Some(target) = target(model) else {
        return;
    };
    let (cluster, job) = (&target.cluster, &target.job);
    let form = Form::new(
        format!("Stop {} with a savepoint", job.name),
        vec![
            Field::choice("format", &[CANONICAL, NATIVE]),
            Field::choice(
                "drain",
                &[
                    (NO, "The job can go on later from the savepoint."),
                    (
                        YES,
                        "Event time ends and all windows fire: for a job that ends for good.",
                    ),
                ],
            ),
            directory(cluster, job),
        ],
    );
    open_on(model, &target, Wanted::Stop(job.id), form);
}

/// A form to cancel the job in view, in which its name has to be typed.
pub(super) fn cancel(model: &mut Model) {
    let Some(target) = target(model) else {
        return;
    };
    let job = &target.job;
    let form = Form::new(
        format!("Cancel {} without a savepoint", job.name),
        vec![name()],
    );
    open_on(model, &target, Wanted::Cancel(job.id), form);
}

/// A form to start a job from the selected snapshot.
pub(super) fn restart(model: &mut Model) {
    let Some(snapshot) = model.selected_snapshot().cloned() else {
        return;
    };
    let known = clusters::job_in_view(model).and_then(|at| overlay::jobs(&model.clusters).nth(at));
    let Some(cluster) = known
        .map_or_else(|| model.clusters.first(), |(cluster, _)| Some(cluster))
        .cloned()
    else {
        return;
    };
    let warning = (known.is_none() && model.clusters.len() > 1).then(|| {
        format!(
            "No cluster knows the job of {}: {} is the first of {}.",
            snapshot.name,
            cluster.name,
            model.clusters.len()
        )
    });
    let mut form = Form::new(
        format!("Start a job from {} on {}", snapshot.name, cluster.name),
        vec![
            Field::text(
                "jar",
                "A file here to upload, or a jar that the cluster holds.",
                "",
            )
            .holding(demo::jar(model, &snapshot)),
            Field::text("class", "The class with main.", "the jar's own"),
            Field::text("arguments", "Of main, with spaces between them.", "none"),
            Field::text("parallelism", "Of the whole job.", "the job's own"),
            Field::choice(
                "claim mode",
                &[
                    ("NO_CLAIM", "The snapshot stays yours."),
                    (
                        "CLAIM",
                        "Flink takes the snapshot over, and deletes it in time.",
                    ),
                ],
            ),
            Field::choice(
                "drop state",
                &[
                    (NO, "State that belongs to no operator is an error."),
                    (YES, "State that belongs to no operator is dropped."),
                ],
            ),
        ],
    );
    form.warning = warning;
    open(
        model,
        cluster.id,
        Wanted::Restart(snapshot.location.clone()),
        form,
    );
}

fn directory(cluster: &Cluster, job: &Job) -> Field {
    let settings = cluster.settings.as_ref();
    let configured = settings.and_then(|it| it.savepoint_directory.as_ref());
    let configured = configured.map_or_else(
        || "none is configured for the cluster".to_owned(),
        |place| {
            let at = place.shown();
            if settings.is_some_and(|it| it.are_overridden_by(job)) {
                format!("the job's own, or {at}")
            } else {
                at.into_owned()
            }
        },
    );
    Field::text(
        "directory",
        "Of savepoints, as Flink is to see it.",
        configured,
    )
}

fn open(model: &mut Model, cluster: ClusterId, wanted: Wanted, form: Form) {
    dialog::open(model, Purpose::Ask(cluster, wanted), form);
}

/// The field in which a job's name has to be typed.
fn name() -> Field {
    Field::text(NAME, "Type the job's name to go on.", "")
}

/// A running job that something is asked of, and the cluster that runs it.
struct Target {
    cluster: Arc<Cluster>,
    job: Arc<Job>,
    /// What is to be known where it is not known to be the job of what is selected.
    warning: Option<String>,
}

/// The running job that actions are about; said when there is none.
fn target(model: &mut Model) -> Option<Target> {
    let why_not = match clusters::target(model) {
        Some(found) if !found.job.state.is_over() => {
            return Some(Target {
                cluster: found.cluster.clone(),
                job: found.job.clone(),
                warning: (!found.is_own).then(|| stranger(model, found.job)),
            });
        }
        Some(found) => {
            let other = match model.popups.last() {
                Some(Popup::Jobs { .. }) => "choose another",
                _ => "J chooses another",
            };
            format!("job {} is {}; {other}", found.job.name, found.job.state)
        }
        None => "no running job belongs to what is selected; choose one in the list of jobs (J)"
            .to_owned(),
    };
    model.say(Tone::Warning, why_not);
    None
}

/// That a job is offered only because no other one runs.
fn stranger(model: &Model, job: &Job) -> String {
    let selected = match (model.detailed(), model.scope_lineage()) {
        (Some(snapshot), _) => format!("the job of {}", snapshot.name),
        (None, Some(_)) => "a job of the selected lineage".to_owned(),
        (None, None) => {
            return format!(
                "No snapshot is selected: {} is the only job that runs.",
                job.name
            );
        }
    };
    format!(
        "No cluster knows {selected}: {} is another one, the only one that runs.",
        job.name
    )
}

/// Opens a form about a job, whose name has to be typed where it is not the job of what is selected.
fn open_on(model: &mut Model, target: &Target, wanted: Wanted, mut form: Form) {
    form.warning.clone_from(&target.warning);
    if form.warning.is_some() && !form.has(NAME) {
        form.fields.insert(0, name());
    }
    open(model, target.cluster.id, wanted, form);
}

/// The request that a form comes to, with what is to be known about it.
pub(super) fn made(
    model: &Model,
    cluster: ClusterId,
    wanted: &Wanted,
    form: &Form,
) -> Result<Review, String> {
    let cluster = model
        .clusters
        .iter()
        .find(|it| it.id == cluster)
        .ok_or("the cluster is gone")?;
    let job = |id: JobId| {
        cluster
            .job(id)
            .ok_or("the cluster does not know the job any more")
    };
    let format = match form.value("format") {
        "native" => SavepointFormat::Native,
        _ => SavepointFormat::Canonical,
    };
    let directory = form.text("directory");
    let into = |lines: &mut Vec<(Tone, String)>| match &directory {
        Some(place) => lines.push((Tone::Plain, format!("It is written below {place}."))),
        None => lines.push((
            Tone::Plain,
            "It is written below the directory that is configured.".to_owned(),
        )),
    };
    let mut ends = None;
    let mut lines = vec![(
        Tone::Plain,
        format!("On {} ({}).", cluster.name, cluster.url),
    )];
    if let Some(stale) = overlay::staleness(&cluster.contact, model.now) {
        lines.push((
            Tone::Warning,
            format!("What is known of the cluster is {stale}."),
        ));
    }
    if let Some(warning) = &form.warning {
        lines.push((Tone::Warning, warning.clone()));
    }
    if let Wanted::Trigger(id) | Wanted::Stop(id) | Wanted::Cancel(id) = wanted {
        // Runs of one program share a name.
        let job = job(*id)?;
        lines.push((
            Tone::Plain,
            format!("Job {} with the id {id}, {}.", job.name, job.state),
        ));
        if form.has(NAME) {
            check_name(model, job, form.value(NAME))?;
        }
    }
    let (title, request, blocked) = match wanted {
        Wanted::Trigger(id) => {
            let job = job(*id)?;
            match form.value("what") {
                SAVEPOINT => {
                    into(&mut lines);
                    let request = Request::Savepoint {
                        job: *id,
                        format,
                        directory,
                    };
                    (
                        format!("{} savepoint of {}", form.value("format"), job.name),
                        request,
                        false,
                    )
                }
                what => {
                    let sort = match what {
                        FULL => CheckpointType::Full,
                        INCREMENTAL => CheckpointType::Incremental,
                        _ => CheckpointType::Configured,
                    };
                    let request = Request::Checkpoint {
                        job: *id,
                        what: sort,
                    };
                    (format!("{what} of {}", job.name), request, false)
                }
            }
        }
        Wanted::Stop(id) => {
            let job = job(*id)?;
            into(&mut lines);
            ends = Some(lines.len());
            lines.push(consequence(model, job, Ending::Finished));
            let drain = form.value("drain") == YES;
            let request = Request::Stop {
                job: *id,
                drain,
                format,
                directory,
            };
            (format!("stop of {}", job.name), request, false)
        }
        Wanted::Cancel(id) => {
            let job = job(*id)?;
            ends = Some(lines.len());
            lines.push(consequence(model, job, Ending::Cancelled));
            (
                format!("cancelling {}", job.name),
                Request::Cancel { job: *id },
                false,
            )
        }
        Wanted::Restart(place) => restarted(model, cluster, form, place, &mut lines)?,
    };
    Ok(Review {
        title,
        act: Act::Operate(cluster.id, request),
        lines,
        consequence: ends,
        looks: false,
        blocked,
    })
}

/// What is wrong with a name that was typed for that of a job.
fn check_name(model: &Model, job: &Job, typed: &str) -> Result<(), String> {
    let namesakes = overlay::jobs(&model.clusters)
        .filter(|(_, other)| other.name == job.name && !other.state.is_over())
        .count();
    if namesakes > 1 && typed != job.id.to_string() {
        return Err(format!(
            "{namesakes} jobs of this name run; type the id of this one, {}",
            job.id
        ));
    }
    if typed != job.name && typed != job.id.to_string() {
        return Err(format!("that is not the job's name, {}", job.name));
    }
    Ok(())
}

fn consequence(model: &Model, job: &Job, ending: Ending) -> (Tone, String) {
    let left = ending::left(job, ending, model.snapshots.values());
    let mut text = sentence(&ending::consequence(job, ending, &left));
    if let Some(also) = ending::at_stake(&left, &model.marks, &model.holds, model.now) {
        text = format!("{text} {}", sentence(&also));
    }
    (Tone::Warning, text)
}

/// Tells anew what becomes of the checkpoints of a job that is about to be ended, while that is under review: meanwhile it
/// takes others.
pub(super) fn follow(model: &mut Model) {
    let Some(Popup::Review { review, .. }) = model.popups.last() else {
        return;
    };
    let (Act::Operate(cluster, request), Some(at)) = (&review.act, review.consequence) else {
        return;
    };
    let (id, ending) = match request {
        Request::Stop { job, .. } => (*job, Ending::Finished),
        Request::Cancel { job } => (*job, Ending::Cancelled),
        _ => return,
    };
    let of_cluster = model.clusters.iter().find(|it| it.id == *cluster);
    // Once it is gone nothing is told anew: the cluster refuses.
    let Some(job) = of_cluster.and_then(|it| it.job(id)) else {
        return;
    };
    let told = consequence(model, job, ending);
    let Some(Popup::Review { review, .. }) = model.popups.last_mut() else {
        return;
    };
    if let Some(line) = review.lines.get_mut(at).filter(|line| **line != told) {
        *line = told;
        model.dirty = true;
    }
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        format!("{}{}.", first.to_uppercase(), letters.as_str())
    })
}

fn restarted(
    model: &Model,
    cluster: &Arc<Cluster>,
    form: &Form,
    place: &Location,
    lines: &mut Vec<(Tone, String)>,
) -> Result<(String, Request, bool), String> {
    let snapshot = model.snapshots.get(place).ok_or("the snapshot is gone")?;
    let jar = form.text("jar").ok_or("a job needs a jar")?;
    let parallelism = form
        .text("parallelism")
        .map(|text| {
            let number = text.parse::<u32>().ok().filter(|it| *it > 0);
            number.ok_or_else(|| format!("`{text}` is no parallelism"))
        })
        .transpose()?;
    let claim_mode = match form.value("claim mode") {
        "CLAIM" => ClaimMode::Claim,
        _ => ClaimMode::NoClaim,
    };
    let allow_non_restored = form.value("drop state") == YES;
    let release = cluster.release();
    let objection = release
        .zip(snapshot.facts.as_ref())
        .and_then(|(release, facts)| Series::unreadable(release, facts.version));
    let rows: Vec<_> = model.snapshots.values().cloned().collect();
    let job = model
        .lineage(snapshot.lineage)
        .and_then(|lineage| overlay::job_of_lineage(&model.clusters, lineage));
    let findings = preflight::preflight(&Question {
        snapshot,
        rows: &rows,
        marks: &model.marks,
        holds: &model.holds,
        parallelism,
        claim_mode,
        allow_non_restored,
        release,
        objection: objection.as_deref(),
        job: job.map(|(_, job)| &**job),
        clusters: &model.clusters,
        now: model.now,
    });
    lines.extend(findings.iter().map(|finding| {
        let tone = match finding.level {
            Level::Pass => Tone::Good,
            Level::Caution => Tone::Warning,
            Level::Blocker => Tone::Bad,
        };
        (tone, format!("{}: {}", finding.topic, finding.text))
    }));
    let program = if std::path::Path::new(&jar)
        .extension()
        .is_some_and(|it| it == "jar")
        && jar.contains('/')
    {
        Program::File(jar.into())
    } else {
        Program::Jar(jar)
    };
    let request = Request::Restart(Box::new(Restart {
        program,
        entry_class: form.text("class"),
        arguments: form
            .value("arguments")
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        parallelism,
        snapshot: latest::restore_path(snapshot),
        place: snapshot.location.clone(),
        claim_mode,
        allow_non_restored,
    }));
    let shown = |label: &str, value: &str, otherwise: &str| {
        let value = if value.trim().is_empty() {
            otherwise
        } else {
            value.trim()
        };
        (Tone::Plain, format!("{label}: {value}"))
    };
    let what = [
        shown("jar", form.value("jar"), ""),
        shown("class", form.value("class"), "the jar's own"),
        shown("arguments", form.value("arguments"), "none"),
        shown("parallelism", form.value("parallelism"), "the job's own"),
        shown("claim mode", form.value("claim mode"), ""),
    ];
    lines.splice(1..1, what);
    let blocked = preflight::verdict(&findings) == Level::Blocker;
    Ok((format!("restart from {}", snapshot.name), request, blocked))
}
