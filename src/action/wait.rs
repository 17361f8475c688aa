//! Waiting for a cluster: asking again and again, ever more slowly, until the time is up or nobody wants to know.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::domain::cluster::Job;
use crate::domain::id::JobId;
use crate::flink::client::Client;
use crate::flink::error::{FlinkError, FlinkErrorKind};

use super::operation::{OperationError, OperationErrorKind, Step};

/// No pause is longer without a look at whether anybody still waits.
const NAP: Duration = Duration::from_millis(20);

/// How long and how often a cluster is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For how long in all.
    pub timeout: Duration,
    /// The first pause between two questions; each next one is half as long again.
    pub pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// How long something that has happened may take to show: Flink's answers are up to `web.refresh-interval` (3 s)
    /// old.
    pub settling: Duration,
}

impl Patience {
    /// The usual pauses, for at most this long.
    pub fn for_at_most(timeout: Duration) -> Self {
        Self {
            timeout,
            pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(1),
            settling: Duration::from_secs(7),
        }
    }
}

/// Somebody who waits for a cluster.
pub(super) struct Wait<'a> {
    pub(super) client: &'a Client,
    patience: Patience,
    deadline: Instant,
    pause: Duration,
    interrupted: &'a AtomicBool,
    tell: &'a mut dyn FnMut(Step),
    /// What may still be under way when the waiting ends early, and where to look.
    under_way: Option<String>,
    /// What it is held up by.
    trouble: Option<String>,
}

impl<'a> Wait<'a> {
    pub(super) fn new(
        client: &'a Client,
        patience: Patience,
        interrupted: &'a AtomicBool,
        tell: &'a mut dyn FnMut(Step),
    ) -> Self {
        let now = Instant::now();
        Self {
            client,
            patience,
            deadline: now.checked_add(patience.timeout).unwrap_or(now),
            pause: patience.pause,
            interrupted,
            tell,
            under_way: None,
            trouble: None,
        }
    }

    pub(super) fn tell(&mut self, step: Step) {
        (self.tell)(step);
    }

    /// From now on an end of the waiting says that this may still be under way.
    pub(super) fn now_under_way(&mut self, what: String) {
        self.under_way = Some(what);
    }

    /// From now on an end of the waiting says that this holds it up; tells of it where it is new.
    pub(super) fn held_up_by(&mut self, trouble: Option<String>) {
        if let Some(new) = trouble.as_ref().filter(|_| self.trouble != trouble) {
            self.tell(Step::Trouble(new.clone()));
        }
        self.trouble = trouble;
    }

    /// What is left of the time.
    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Until when something that has happened must show.
    pub(super) fn settled(&self) -> Instant {
        let now = Instant::now();
        now.checked_add(self.patience.settling).unwrap_or(now)
    }

    /// Waits a little before the next question.
    pub(super) fn pause(&mut self) -> Result<(), OperationError> {
        let until = Instant::now() + self.pause;
        self.pause = (self.pause * 3 / 2).min(self.patience.longest_pause);
        loop {
            self.still_waiting()?;
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(NAP));
        }
    }

    fn still_waiting(&self) -> Result<(), OperationError> {
        let (kind, why) = if self.interrupted.load(Ordering::Relaxed) {
            (
                OperationErrorKind::Interrupted,
                "told to wait no longer".to_owned(),
            )
        } else if Instant::now() >= self.deadline {
            let timeout = self.patience.timeout.as_secs_f64();
            (
                OperationErrorKind::TimedOut,
                format!("not done within {timeout} s"),
            )
        } else {
            return Ok(());
        };
        let trouble = self.trouble.iter().map(|it| format!(": {it}"));
        let trouble: String = trouble.collect();
        Err(match &self.under_way {
            Some(what) => {
                let message = format!("{why}; {what} may still be under way{trouble}");
                OperationError::new(kind, message).hint("`stateward jobs` shows how far it is")
            }
            None => OperationError::new(kind, format!("{why}; nothing was changed")),
        })
    }

    /// Asks until there is an answer: yes, or a no that will not pass.
    pub(super) fn ask<T>(
        &mut self,
        question: impl Fn(&Client) -> Result<T, FlinkError>,
    ) -> Result<Result<T, FlinkError>, OperationError> {
        loop {
            match question(self.client) {
                Err(error) if error.is_passing() => {
                    self.tell(Step::Unanswered(error.to_string()));
                    self.pause()?;
                }
                answer => return Ok(answer),
            }
        }
    }

    /// Asks for what has to be there.
    pub(super) fn need<T>(
        &mut self,
        question: impl Fn(&Client) -> Result<T, FlinkError>,
    ) -> Result<T, OperationError> {
        self.ask(question)?
            .map_err(|error| OperationError::of(&error))
    }

    /// A job as it is now; none when the cluster does not know it.
    pub(super) fn job(&mut self, id: JobId) -> Result<Option<Job>, OperationError> {
        match self.ask(|client| client.job(id))? {
            Ok(job) => Ok(Some(job)),
            Err(error) if matches!(error.kind, FlinkErrorKind::NotFound(_)) => Ok(None),
            Err(error) => Err(OperationError::of(&error)),
        }
    }

    /// Sends what changes something. When the answer is lost it is sent again only if `repeatable`: the id in it then
    /// lets Flink see that it is the same.
    pub(super) fn send<T>(
        &mut self,
        repeatable: bool,
        request: impl Fn(&Client) -> Result<T, FlinkError>,
    ) -> Result<T, OperationError> {
        self.send_knowing(repeatable, |client, _| request(client))
    }

    /// The same for a request that wants to know whether it is a repetition.
    pub(super) fn send_knowing<T>(
        &mut self,
        repeatable: bool,
        mut request: impl FnMut(&Client, bool) -> Result<T, FlinkError>,
    ) -> Result<T, OperationError> {
        let mut again = false;
        loop {
            match request(self.client, again) {
                Ok(answer) => return Ok(answer),
                Err(error) if error.is_passing() && repeatable => {
                    self.tell(Step::Unanswered(error.to_string()));
                    self.pause()?;
                    again = true;
                }
                Err(error) if error.is_passing() => {
                    return Err(OperationError::new(
                        OperationErrorKind::Lost,
                        format!("{error}; Flink may have taken the request all the same"),
                    )
                    .hint("look with `stateward jobs` before asking again"));
                }
                Err(error) => return Err(OperationError::of(&error)),
            }
        }
    }
}
