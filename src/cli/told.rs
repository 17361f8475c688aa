//! What is told of batches while and after something is done with them.

use std::io::{self, Write};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::action::torn::{self, Torn};
use crate::action::trash::list::Root;
use crate::action::trash::{Course, Done, End, Progress};
use crate::analysis::document::SCHEMA;
use crate::domain::location::Location;
use crate::domain::plan::{Objection, Target};
use crate::store::clock::MachineClock;

use super::args::Rate;
use super::output;
use super::report::{Outcome, Report, ReportKind};

/// No more often is told how far something has come.
const BETWEEN_LINES: Duration = Duration::from_secs(2);

/// What is told of batches while and after something is done with them.
pub(super) struct Told {
    json: bool,
    documents: Vec<Value>,
    torn: Vec<Torn>,
    stays: Vec<Value>,
    /// What was done until now, in a few words each.
    ended: Vec<String>,
    /// What was refused while others were done.
    refused: Vec<Report>,
    /// How many of these were told.
    shown_refusals: usize,
    is_whole: bool,
    is_clean: bool,
}

impl Told {
    pub(super) fn new(json: bool) -> Self {
        Self {
            json,
            documents: Vec::new(),
            torn: Vec::new(),
            stays: Vec::new(),
            ended: Vec::new(),
            refused: Vec::new(),
            shown_refusals: 0,
            is_whole: true,
            is_clean: true,
        }
    }

    /// Does something as fast as is asked for, and tells now and then how far it has come.
    pub(super) fn along<T>(
        rate: Rate,
        interrupted: &AtomicBool,
        err: &mut dyn Write,
        act: impl FnOnce(&mut Course<'_>) -> T,
    ) -> T {
        let mut last = Instant::now();
        act(&mut Course {
            per_second: rate.files_per_second,
            interrupted,
            clock: &MachineClock,
            tell: &mut |Progress { step, done, of }| {
                if last.elapsed() >= BETWEEN_LINES {
                    last = Instant::now();
                    // A closed standard error is no reason to leave something half done.
                    let _ = writeln!(err, "stateward: {done} of {of} {}", step.phrase());
                }
            },
        })
    }

    pub(super) fn take(
        &mut self,
        root: &str,
        done: &Done,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> io::Result<()> {
        self.is_whole &= done.skipped.is_empty() && done.left == 0;
        self.is_clean &= done.notes.is_empty();
        self.ended
            .push(format!("{} in {root}: {}", done.plan, done.phrase()));
        if self.json {
            let skipped: Vec<Value> = done
                .skipped
                .iter()
                .map(|it| json!({ "what": it.what, "why": it.why }))
                .collect();
            self.documents.push(json!({
                "root": root,
                "id": done.plan,
                "end": word(done.end),
                "files": done.files,
                "bytes": done.bytes,
                "directories": done.directories,
                "skipped": skipped,
                "left": done.left,
                "notes": done.notes,
            }));
            return Ok(());
        }
        for remark in done.remarks() {
            writeln!(err, "stateward: {remark}")?;
        }
        writeln!(out, "{} in {root}: {}", done.plan, done.phrase())
    }

    /// Tells which of the snapshots that came back cannot be restored from.
    pub(super) fn look_at(
        &mut self,
        root: &Root,
        snapshots: &[Location],
        err: &mut dyn Write,
    ) -> io::Result<()> {
        match torn::look(root, &[], snapshots) {
            Ok(torn) => {
                self.is_clean &= torn.iter().all(Torn::is_as_it_was);
                for it in &torn {
                    writeln!(err, "stateward: {}", it.sentence())?;
                }
                self.torn.extend(torn);
            }
            Err(why) => {
                self.is_clean = false;
                let what = "cannot tell whether what came back can be restored from";
                writeln!(err, "stateward: {what}: {why}")?;
            }
        }
        Ok(())
    }

    /// Keeps what was asked to go and stays, with why and the words that overrule it, for whoever reads it as JSON.
    pub(super) fn stays(&mut self, what: &Location, why: &[&str], objections: &[Objection]) {
        self.is_whole = false;
        self.keep(what, why, objections);
    }

    /// The same of what rules ask for and jobs that live have: all was done that is to be done now.
    pub(super) fn left_to_jobs(&mut self, target: &Target) {
        let objections = target.objections.iter();
        let why: Vec<&str> = objections.map(|it| it.text.as_str()).collect();
        self.keep(&target.at, &why, &target.objections);
    }

    fn keep(&mut self, what: &Location, why: &[&str], objections: &[Objection]) {
        let words = objections.iter();
        let words: Vec<&str> = words.filter_map(|it| it.overruled_by.as_deref()).collect();
        let stays = json!({
            "what": what.to_text(),
            "why": why.join(" "),
            "overruled_by": words,
        });
        self.stays.push(stays);
    }

    /// What is told of a failure after some of what was asked for has been done: that was no refusal of all of it.
    pub(super) fn failed(&self, failure: impl Into<Report>) -> Report {
        let failure = failure.into();
        if self.ended.is_empty() || failure.kind == ReportKind::OutputClosed {
            return failure;
        }
        let before = self.ended.join("; ");
        let kind = match failure.kind {
            ReportKind::Halted | ReportKind::Interrupted => ReportKind::Halted,
            _ => ReportKind::HalfWay,
        };
        Report {
            kind,
            message: format!("{}; done before that: {before}", failure.message),
            ..failure
        }
    }

    /// Keeps what was refused; others are gone on with.
    pub(super) fn refused(&mut self, refusal: impl Into<Report>) {
        self.refused.push(refusal.into());
    }

    /// Tells what was refused until now, each once.
    pub(super) fn tell_refused(&mut self, err: &mut dyn Write) -> io::Result<()> {
        for refusal in &self.refused[self.shown_refusals..] {
            writeln!(err, "{refusal}")?;
        }
        self.shown_refusals = self.refused.len();
        Ok(())
    }

    /// Tells the rest, and whether all of it was done.
    ///
    /// # Errors
    /// When all that was asked for is one thing, and that was refused; and when the output cannot be written.
    pub(super) fn end(
        mut self,
        out: &mut dyn Write,
        err: &mut dyn Write,
    ) -> Result<Outcome, Report> {
        if self.ended.is_empty() && self.refused.len() == 1 && self.shown_refusals == 0 {
            return Err(self.refused.remove(0));
        }
        self.tell_refused(err)?;
        if !self.is_whole || !self.refused.is_empty() && !self.ended.is_empty() {
            writeln!(
                err,
                "stateward: only a part was done; what was left alone is told with why"
            )?;
        }
        if self.json {
            let mut document = json!({ "schema": SCHEMA, "batches": self.documents });
            if !self.torn.is_empty() {
                let torn = self.torn.iter().map(|it| {
                    json!({
                        "snapshot": it.snapshot.to_text(),
                        "missing": it.missing,
                        "changed": it.changed,
                        "missing_before": it.before,
                        "batches": it.batches,
                    })
                });
                document["not_restorable"] = torn.collect();
            }
            if !self.stays.is_empty() {
                document["stays"] = self.stays.into();
            }
            if !self.refused.is_empty() {
                let refused = self.refused.iter();
                let refused = refused.map(|it| it.document()["error"].clone());
                document["refused"] = refused.collect();
            }
            output::json(out, &document)?;
        }
        Ok(if self.ended.is_empty() && !self.refused.is_empty() {
            Outcome::Refused
        } else if !self.refused.is_empty() {
            Outcome::Negative
        } else if self.is_clean && self.is_whole {
            Outcome::Done
        } else {
            Outcome::Negative
        })
    }
}

fn word(end: End) -> &'static str {
    match end {
        End::Trashed => "trashed",
        End::Back => "back",
        End::Purged => "purged",
    }
}
