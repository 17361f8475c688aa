//! What is marked and held.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::{Chronicle, News};
use crate::analysis::marked::is_of;
use crate::domain::event::{Event, What};
use crate::domain::history::identity;
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::mark::Mark;

impl Chronicle {
    /// Takes in what is marked and held now.
    pub fn note(&mut self, marks: &[Mark], holds: &[Hold], now: Timestamp) -> Vec<Event> {
        let mut news = News::at(now);
        let mut held: HashMap<Vec<u8>, BTreeSet<&str>> = HashMap::new();
        for hold in holds.iter().filter(|hold| hold.stands(now)) {
            let names = held.entry(identity(&hold.snapshot)).or_default();
            names.insert(&hold.name);
        }
        let is_marked = |uri: &Location| {
            let row = self.rows.get(uri);
            row.is_some_and(|row| marks.iter().any(|mark| is_of(mark, row)))
        };
        for life in self.timeline.lives().filter(|life| life.is_there()) {
            let uri = &life.sketch.uri;
            let nothing = BTreeSet::new();
            let names = if held.is_empty() {
                &nothing
            } else {
                held.get(&identity(uri)).unwrap_or(&nothing)
            };
            for hold in names.iter().filter(|name| !life.holds.contains(**name)) {
                let hold = (*hold).to_owned();
                let uri = uri.clone();
                news.tell(What::Held { uri, hold });
            }
            for hold in life.holds.iter().filter(|it| !names.contains(it.as_str())) {
                let (uri, hold) = (uri.clone(), hold.clone());
                news.tell(What::Released { uri, hold });
            }
            match (life.is_marked, is_marked(uri)) {
                (false, true) => news.tell(What::Marked { uri: uri.clone() }),
                (true, false) => news.tell(What::Unmarked { uri: uri.clone() }),
                _ => {}
            }
        }
        self.keep(news)
    }
}
