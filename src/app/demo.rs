//! A demonstration, as far as the screen knows of it: all else is taken for a real Flink.

use std::collections::VecDeque;

use jiff::Timestamp;

use super::command::CommandId;
use super::effect::Effect;
use super::explain::Tone;
use super::model::{Model, Popup};
use crate::analysis::overlay::job_of_lineage;
use crate::domain::snapshot::Snapshot;

/// So many of the newest things that happened are kept.
const MOST: usize = 200;

/// A scenario that is being played.
#[derive(Debug, Clone, PartialEq)]
pub struct Demo {
    /// What the scenario is asked for by.
    pub name: String,
    /// What it is called.
    pub title: String,
    /// What is to be said of it now.
    pub caption: String,
    /// Virtual seconds in a real one, as asked for.
    pub speed: f64,
    /// The same as it really is, where that falls behind.
    pub reached: Option<f64>,
    /// Whether time stands still.
    pub paused: bool,
    /// How its time stands to that of the machine, in words, where the two are apart.
    pub apart: Option<String>,
    /// What happened, newest first.
    pub story: VecDeque<Happened>,
    /// Why it cannot go on.
    pub broken: Option<String>,
    /// Its Flink's REST API.
    pub url: String,
    /// The directory that its jobs write below.
    pub directory: String,
}

/// Something that happened in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub at: Timestamp,
    /// What, in a sentence without a full stop.
    pub words: String,
}

/// How it goes, and what happened since that was last told.
#[derive(Debug, Clone, PartialEq)]
pub struct News {
    /// Virtual seconds in a real one, as asked for.
    pub speed: f64,
    /// The same as it really is, where that falls behind.
    pub reached: Option<f64>,
    /// Whether time stands still.
    pub paused: bool,
    /// How its time stands to that of the machine, in words, where the two are apart.
    pub apart: Option<String>,
    /// Why what it was told to do comes to nothing.
    pub refused: Option<String>,
    /// What is to be said now.
    pub caption: String,
    /// What happened, oldest first.
    pub happened: Vec<Happened>,
    /// Why it cannot go on.
    pub broken: Option<String>,
}

/// What it is told to do with its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Stand still, or go on.
    TurnPause,
    /// Go on at once to the next thing that happens.
    Step,
    /// Run faster.
    Faster,
    /// Run slower.
    Slower,
}

impl Demo {
    /// One of which nothing was heard yet.
    pub fn new(name: impl Into<String>, title: &str) -> Self {
        Self {
            name: name.into(),
            title: title.to_owned(),
            caption: String::new(),
            speed: 1.0,
            reached: None,
            paused: false,
            apart: None,
            story: VecDeque::new(),
            broken: None,
            url: String::new(),
            directory: String::new(),
        }
    }

    /// Takes in how it goes.
    pub fn hear(&mut self, news: News) {
        (self.speed, self.paused) = (news.speed, news.paused);
        (self.reached, self.apart) = (news.reached, news.apart);
        self.caption = news.caption;
        self.broken = news.broken;
        for happened in news.happened {
            self.story.push_front(happened);
        }
        self.story.truncate(MOST);
    }

    /// Whether ages are others for whoever goes by the machine's clock, or soon will be.
    pub fn has_ages_of_its_own(&self) -> bool {
        self.apart.is_some() || (self.speed - 1.0).abs() > f64::EPSILON
    }

    /// How fast it runs: `×10`, or `×3600 (×900 reached)`.
    pub fn pace(&self) -> String {
        match self.reached {
            Some(reached) => format!("×{} (×{reached} reached)", self.speed),
            None => format!("×{}", self.speed),
        }
    }
}

/// Takes in how the demonstration goes.
pub(super) fn heard(model: &mut Model, news: News) {
    let Some(demo) = &mut model.demo else { return };
    let broke = news.broken.clone().filter(|_| demo.broken.is_none());
    let refused = news.refused.clone();
    demo.hear(news);
    model.dirty = true;
    if let Some(why) = refused {
        model.say(Tone::Warning, why);
    }
    if let Some(why) = broke {
        model.say(Tone::Bad, why);
    }
}

/// The jar that starts the program of a snapshot, as a simulated cluster has one for each; none of a real one, which may
/// have several.
pub(super) fn jar(model: &Model, snapshot: &Snapshot) -> String {
    let lineage = model.demo.as_ref().and(model.lineage(snapshot.lineage));
    let job = lineage.and_then(|lineage| job_of_lineage(&model.clusters, lineage));
    job.map(|(_, job)| format!("{}.jar", job.name))
        .unwrap_or_default()
}

/// Does what a command of a demonstration is for.
pub(super) fn run(model: &mut Model, id: CommandId) -> Vec<Effect> {
    let order = match id {
        CommandId::DemoPause => Order::TurnPause,
        CommandId::DemoStep => Order::Step,
        CommandId::DemoFaster => Order::Faster,
        CommandId::DemoSlower => Order::Slower,
        _ if matches!(model.popups.last(), Some(Popup::Scene { .. })) => {
            model.popups.pop();
            return Vec::new();
        }
        _ => {
            model.view.popup_offset = 0;
            model.popups.push(Popup::Scene { scroll: 0 });
            return Vec::new();
        }
    };
    if model.demo.is_some() {
        return vec![Effect::Demo(order)];
    }
    Vec::new()
}
