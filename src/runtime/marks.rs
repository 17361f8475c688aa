//! Marks and holds, and what is unfinished: read for the screen. Marks are changed, too.

use std::thread;

use crossbeam_channel::Sender;

use super::Runtime;
use super::history::Told;
use crate::action::mark;
use crate::action::permission::{Permission, ReadOnly};
use crate::action::unfinished::{self, Unfinished};
use crate::app::message::Message;
use crate::domain::hold::Hold;
use crate::domain::location::Location;
use crate::domain::mark::Mark;
use crate::inventory::observe::Observer;
use crate::inventory::{holds, marks, ours, restarts};

impl Runtime {
    pub(super) fn load_marks(&self) {
        let (inbox, history) = (self.inbox.clone(), self.historian.ear());
        self.ask(move |observer| send_marks(observer, &inbox, &history));
    }

    /// Changes marks or holds, says what came of it, and reads them again.
    pub(super) fn change(
        &self,
        what: &'static str,
        change: impl FnOnce(Permission) -> Result<String, String> + Send + 'static,
    ) {
        let (inbox, requests) = (self.inbox.clone(), self.requests.clone());
        let (permission, history) = (self.permission, self.historian.ear());
        // Another writer may hold the lock, and the observer has rows to look after.
        let started = thread::Builder::new()
            .name("mark".to_owned())
            .spawn(move || {
                let done = permission
                    .ok_or_else(|| ReadOnly.to_string())
                    .and_then(change)
                    .unwrap_or_else(|why| format!("{what} are as they were: {why}"));
                let _ = inbox.send(Message::Notice(done));
                let _ = requests.send(Box::new(move |observer| {
                    send_marks(observer, &inbox, &history);
                }));
            });
        if let Err(error) = started {
            let text = format!("{what} are as they were: {error}");
            let _ = self.inbox.send(Message::Notice(text));
        }
    }
}

fn send_marks(observer: &mut Observer, inbox: &Sender<Message>, history: &Sender<Told>) {
    let rows = observer.catalog().rows();
    let snapshots: Vec<Location> = rows.map(|row| row.location.clone()).collect();
    let (marks, problems) = marks::read(&observer.root_locations(), &snapshots);
    let (found, unheld) = holds::find(&observer.root_locations(), &snapshots);
    let aside = found.iter().filter(|it| it.is_aside);
    let aside = aside.map(|it| it.hold.clone()).collect();
    let holds: Vec<Hold> = found.into_iter().map(|it| it.hold).collect();
    let (unfinished, unread) = unfinished_in(observer);
    let problems = problems.into_iter().chain(unheld).chain(unread).collect();
    let _ = history.send(Told::Noted(marks.clone(), holds.clone()));
    let _ = inbox.send(Message::Unfinished(unfinished));
    let _ = inbox.send(Message::Marks {
        marks,
        problems,
        holds,
        aside,
    });
    observer.learn(restarts::read(&observer.root_locations(), &snapshots));
}

/// What something ended half-way in the trashes of all directories that were looked in.
fn unfinished_in(observer: &Observer) -> (Vec<Unfinished>, Vec<String>) {
    let roots = observer.root_locations();
    unfinished::find(observer.directories().chain(&roots), &roots)
}

/// Marks a snapshot, and says where the mark lies.
pub(super) fn put(permission: Permission, mark: Mark, older: &[Mark]) -> Result<String, String> {
    let mark = Mark {
        by: ours::whoever(),
        ..mark
    };
    let placed = mark::mark_instead(permission, &mark, older).map_err(|error| error.to_string())?;
    let aside = match &placed.aside {
        Some(why) => format!(", where only you see it, as this failed: {why}"),
        None => String::new(),
    };
    let replaced = placed.replaced.iter().chain(&placed.retired);
    let replaced: Vec<String> = replaced.map(name_of).collect();
    let instead = if replaced.is_empty() {
        String::new()
    } else {
        format!(", in place of {}", replaced.join(", "))
    };
    let standing = placed.standing.iter().map(|why| format!("; {why}"));
    Ok(format!(
        "{} is marked for restart{instead}; its path lies in {}{aside}{}",
        name_of(&mark),
        placed.pointer.display(),
        standing.collect::<String>()
    ))
}

fn name_of(mark: &Mark) -> String {
    String::from_utf8_lossy(mark.snapshot.name()).into_owned()
}

/// Takes a mark away.
pub(super) fn take(permission: Permission, mark: &Mark) -> Result<String, String> {
    let home = ours::home(&mark.snapshot).ok_or("it lies in no directory")?;
    mark::unmark(permission, &home, &mark.lineage, &mark.jobs)
        .map_err(|error| error.to_string())?;
    Ok(format!("{} is no longer marked for restart", name_of(mark)))
}
