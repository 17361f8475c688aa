//! A demonstration: a scenario plays in a thread on virtual time, below a directory of its own, and another thread
//! answers as its Flink. Everything else takes it for a real one.

mod time;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use jiff::{SignedDuration, Timestamp};

use self::time::VirtualClock;
use crate::action::hold::{self, HoldError};
use crate::action::permission::Permission;
use crate::app::demo::{Demo as Shown, Happened, News, Order};
use crate::app::message::Message;
use crate::domain::clock::Clock;
use crate::domain::hold::Hold;
use crate::domain::text::scrub;
use crate::domain::time as words;
use crate::inventory::ours;
use crate::sim::DiskError;
use crate::sim::clock::{self, faster, slower};
use crate::sim::cluster::{Happening, SimError, Simulation, What};
use crate::sim::rest::{Server, Shared, Stop};
use crate::sim::scenario::Scenario;
use crate::sim::stage::Stage;
use crate::store::local::location_of;

/// At least so often it is looked whether somebody asked for something.
const BEAT: Duration = Duration::from_millis(40);
/// So long the simulation is played at a time, before others may look at it.
const SPELL: Duration = Duration::from_millis(25);
/// Others may look for so long where it cannot keep up.
const BREATH: Duration = Duration::from_millis(5);
/// What happens in one step at most before something is worth telling.
const LONGEST_STEP: usize = 10_000;
/// So many of the newest things that happened are told at a time.
const MOST_TOLD: usize = 100;
/// With so many snapshots known, those that are gone are forgotten.
const MANY: usize = 1_000;

/// How a scenario is to be demonstrated.
#[derive(Debug)]
pub struct Setup {
    /// What it is asked for by.
    pub name: String,
    /// The scenario.
    pub scenario: Scenario,
    /// Virtual seconds in a real one.
    pub speed: f64,
    /// Whether time stands still at first.
    pub paused: bool,
    /// The time by which it has opened.
    pub opened_at: Timestamp,
}

/// Why a scenario cannot be demonstrated.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// There is no place for it.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// It cannot be played.
    #[error(transparent)]
    Sim(#[from] SimError),
    /// What is to be held cannot be.
    #[error(transparent)]
    Hold(#[from] HoldError),
    /// The system refuses a port or a thread.
    #[error("cannot answer as its Flink: {0}")]
    System(#[from] io::Error),
}

/// Where a demonstration plays, shared with whoever has to end the program at once.
#[derive(Debug, Clone)]
pub struct Place(Arc<Mutex<Option<Stage>>>);

impl Place {
    /// This place.
    pub fn new(stage: Stage) -> Self {
        Self(Arc::new(Mutex::new(Some(stage))))
    }

    /// What clears it when the program has to end at once, unless it is gone by then.
    pub fn at_last(&self) -> impl FnOnce() + Send + 'static {
        let place = Arc::downgrade(&self.0);
        move || {
            if let Some(place) = place.upgrade() {
                Self(place).clear();
            }
        }
    }

    fn path(&self) -> Option<PathBuf> {
        let stage = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stage.as_ref().map(|stage| stage.path().to_owned())
    }

    /// Gives it up, and removes what is not to be kept.
    fn clear(&self) {
        drop(self.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    }
}

/// A scenario that is being played. It ends, and what is not to be kept is gone, when this is dropped.
pub struct Demo {
    place: Place,
    cluster: Shared,
    clock: Arc<VirtualClock>,
    /// Gone when the player is to end.
    orders: Option<Sender<Order>>,
    player: Option<JoinHandle<()>>,
    ended: Arc<AtomicBool>,
    shown: Shown,
    _server: Stop,
}

impl Demo {
    /// Plays a scenario up to where it opens, and goes on in the background. News go to `inbox`.
    ///
    /// # Errors
    /// When it cannot be played in that place, or the system refuses a port or a thread.
    pub fn start(
        permission: Permission,
        setup: Setup,
        place: Place,
        inbox: Sender<Message>,
    ) -> Result<Self, DemoError> {
        let path = place.path();
        let path = path.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let (simulation, happenings) = opened(&setup, &path)?;
        hold_what_is_held(permission, &setup.scenario, &simulation)?;
        let clock = VirtualClock::new(simulation.now(), setup.speed);
        clock.played_before(simulation.next_at());
        if setup.paused {
            clock.set(clock::Clock::pause);
        }
        let clock = Arc::new(clock);
        let many_jobs = setup.scenario.jobs.len() > 1;
        let cluster = Arc::new(Mutex::new(simulation));
        let (server, stop) = Server::bind(cluster.clone())?;
        let mut shown = Shown::new(setup.name, &setup.scenario.title);
        shown.url = server.url();
        shown.directory = scrub(&path.display().to_string()).into_owned();
        let (orders, asked) = unbounded();
        let mut player = Player {
            cluster: cluster.clone(),
            clock: clock.clone(),
            asked,
            inbox,
            told: None,
            untold: Vec::new(),
            refused: None,
            broken: None,
            many_jobs,
        };
        player.note(happenings);
        shown.hear(player.news(&player.cluster()));
        player.untold.clear();
        let ended = Arc::new(AtomicBool::new(false));
        thread::Builder::new()
            .name("simulated flink".to_owned())
            .spawn(move || {
                // Without an answer the cluster is shown as silent, which says enough.
                let _ = server.run();
            })?;
        let end = ended.clone();
        let player = thread::Builder::new()
            .name("simulation".to_owned())
            .spawn(move || player.run(&end))?;
        Ok(Self {
            place,
            cluster,
            clock,
            orders: Some(orders),
            player: Some(player),
            ended,
            shown,
            _server: stop,
        })
    }

    /// What is shown of it at first.
    pub fn shown(&self) -> &Shown {
        &self.shown
    }

    /// The clock by which everything in it is dated.
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    /// Does as it is told, soon.
    pub(super) fn obey(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // It only fails when the player has broken, which it has told.
            let _ = orders.send(order);
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        self.orders = None;
        if let Some(player) = self.player.take() {
            let _ = player.join();
        }
        // Who answers as Flink writes only while it holds this, and never gets it again.
        let held = self.cluster.lock().unwrap_or_else(PoisonError::into_inner);
        self.place.clear();
        std::mem::forget(held);
    }
}

/// A simulation at the moment at which its demonstration opens.
fn opened(setup: &Setup, directory: &Path) -> Result<(Simulation, Vec<Happening>), DemoError> {
    // Where it opens is not known before there is a snapshot, which the length of a scenario does not depend on.
    let before = match setup.scenario.opens {
        Some(opens) => opens,
        None => setup.scenario.until_first_snapshot(),
    };
    let mut scenario = setup.scenario.clone();
    scenario.start = setup
        .opened_at
        .saturating_sub(before)
        .unwrap_or(setup.opened_at);
    let mut simulation = Simulation::new(&scenario, directory)?;
    let happenings = simulation.advance_to(setup.opened_at)?;
    Ok((simulation, happenings))
}

/// Sets the holds of a scenario, by the same code as everywhere.
fn hold_what_is_held(
    permission: Permission,
    scenario: &Scenario,
    simulation: &Simulation,
) -> Result<(), DemoError> {
    for held in &scenario.holds {
        let snapshot = simulation.spoken_of(&held.job, &held.snapshot)?;
        let hold = Hold {
            name: held.name.clone(),
            snapshot: location_of(&snapshot.path)?,
            by: ours::whoever(),
            at: snapshot.completed_at,
            why: held.why.clone(),
            expires: None,
        };
        hold::set(permission, &hold)?;
    }
    Ok(())
}

/// Plays on, and does as it is told.
struct Player {
    cluster: Shared,
    clock: Arc<VirtualClock>,
    asked: Receiver<Order>,
    inbox: Sender<Message>,
    /// What was told last, but for what happened.
    told: Option<News>,
    untold: Vec<Happened>,
    /// Why what it was told last comes to nothing, until that is told.
    refused: Option<String>,
    /// Why it cannot go on.
    broken: Option<String>,
    many_jobs: bool,
}

impl Player {
    fn run(mut self, ended: &AtomicBool) {
        while !ended.load(Ordering::Relaxed) {
            let wait = match self.play() {
                Ok(wait) => wait,
                Err(error) => {
                    self.breaks(&error);
                    BEAT
                }
            };
            self.tell();
            match self.asked.recv_timeout(wait) {
                Ok(order) => self.obey(order),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn cluster(&self) -> MutexGuard<'_, Simulation> {
        self.cluster.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets everything happen that is due, as far as one spell goes, and says how long to wait.
    fn play(&mut self) -> Result<Duration, SimError> {
        if self.broken.is_some() {
            return Ok(BEAT);
        }
        let began = Instant::now();
        let mut happenings = Vec::new();
        let cluster = self.cluster.clone();
        let mut cluster = cluster.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = loop {
            let due = self.clock.due();
            let next = cluster.next_at();
            let Some(next) = next.filter(|next| *next <= due) else {
                happenings.extend(cluster.advance_to(due)?);
                let wait = self.clock.played_before(next);
                break wait.map_or(BEAT, |wait| wait.min(BEAT));
            };
            happenings.extend(cluster.advance_to(next)?);
            if began.elapsed() >= SPELL {
                self.clock.fall_back_to(cluster.now(), cluster.next_at());
                break BREATH;
            }
        };
        if cluster.snapshots().count() > MANY {
            cluster.forget_what_is_gone();
        }
        drop(cluster);
        self.note(happenings);
        Ok(wait)
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::TurnPause => self.clock.set(|pace, elapsed| {
                if pace.is_paused() {
                    pace.resume(elapsed);
                } else {
                    pace.pause(elapsed);
                }
            }),
            Order::Faster => self.turn(faster, "faster"),
            Order::Slower => self.turn(slower, "slower"),
            Order::Step => {
                if let Err(error) = self.step() {
                    self.breaks(&error);
                }
            }
        }
    }

    /// Runs at another speed, if keys go to one.
    fn turn(&mut self, to: impl Fn(f64) -> f64, how: &str) {
        let (speed, _) = self.clock.pace();
        let next = to(speed);
        if next.to_bits() == speed.to_bits() {
            self.refused = Some(format!("keys make time run no {how} than ×{speed}"));
        } else {
            self.clock
                .set(|pace, elapsed| pace.set_speed(next, elapsed));
        }
    }

    /// Goes on to the next thing that is worth telling.
    fn step(&mut self) -> Result<(), SimError> {
        if self.broken.is_some() {
            return Ok(());
        }
        let mut happenings = Vec::new();
        for _ in 0..LONGEST_STEP {
            let mut cluster = self.cluster();
            let Some(next) = cluster.next_at() else { break };
            happenings.extend(cluster.advance_to(next)?);
            self.clock.set(|pace, elapsed| pace.step_to(next, elapsed));
            self.clock.played_before(cluster.next_at());
            if !happenings.is_empty() {
                break;
            }
        }
        if happenings.is_empty() {
            self.refused =
                Some("nothing more happens by itself; R starts a job from a snapshot".to_owned());
        }
        self.note(happenings);
        Ok(())
    }

    fn breaks(&mut self, error: &SimError) {
        self.broken = Some(format!(
            "the simulation cannot go on: {}",
            scrub(&error.to_string())
        ));
        self.clock.set(clock::Clock::pause);
    }

    /// Keeps what happened until it is told.
    fn note(&mut self, happenings: Vec<Happening>) {
        if happenings.is_empty() {
            return;
        }
        let cluster = self.cluster.clone();
        let cluster = cluster.lock().unwrap_or_else(PoisonError::into_inner);
        let skipped = happenings.len().saturating_sub(MOST_TOLD);
        for it in happenings.into_iter().skip(skipped) {
            let run = cluster.run(it.job).filter(|_| self.many_jobs);
            let of_a_snapshot = matches!(
                it.what,
                What::Triggered | What::Completed | What::GivenUp | What::Deleted | What::Damaged
            );
            let words = match run.filter(|_| of_a_snapshot) {
                Some(run) => format!("{}: {}", run.spec.name, it.words),
                None => it.words,
            };
            let words = scrub(&words).into_owned();
            self.untold.push(Happened { at: it.at, words });
        }
        let skipped = self.untold.len().saturating_sub(MOST_TOLD);
        self.untold.drain(..skipped);
    }

    fn news(&self, cluster: &Simulation) -> News {
        let (speed, paused) = self.clock.pace();
        News {
            speed,
            reached: self.clock.reached(),
            paused,
            apart: apart(self.clock.now(), Timestamp::now()),
            refused: self.refused.clone(),
            caption: cluster.said().to_owned(),
            happened: self.untold.clone(),
            broken: self.broken.clone(),
        }
    }

    /// Tells what is new. It never waits: who does not listen now is told later.
    fn tell(&mut self) {
        let news = self.news(&self.cluster());
        let state = News {
            happened: Vec::new(),
            refused: None,
            ..news.clone()
        };
        let is_old = news.happened.is_empty() && news.refused.is_none();
        if is_old && self.told.as_ref() == Some(&state) {
            return;
        }
        if self.inbox.try_send(Message::Demo(news)).is_ok() {
            self.untold.clear();
            self.refused = None;
            self.told = Some(state);
        }
    }
}

/// So far from the machine's time nobody sees a difference.
const TOGETHER: SignedDuration = SignedDuration::from_secs(60);

/// How virtual time stands to that of the machine, by which everybody else dates what is written here, where the two are apart.
fn apart(now: Timestamp, machine: Timestamp) -> Option<String> {
    let ahead = now.duration_since(machine);
    if ahead.abs() < TOGETHER {
        return None;
    }
    let (early, late) = (now.min(machine), now.max(machine));
    let by = words::age(early, late);
    Some(if ahead.is_positive() {
        format!(
            "{by} ahead of the machine's clock, so that for others this is written in the future"
        )
    } else {
        format!("{by} behind the machine's clock, so that it can run faster")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_its_time_stands_to_the_machine_s_is_told() {
        let machine = Timestamp::from_second(1_000_000).unwrap();
        let at = |seconds: i64| apart(machine + SignedDuration::from_secs(seconds), machine);
        let starts = |seconds, with| at(seconds).unwrap().starts_with(with);
        assert_eq!(at(-59), None);
        assert!(starts(-7_200, "2h behind the machine's clock"));
        assert!(starts(300, "5m ahead of the machine's clock"));
    }
}
