//! What of a question has been on the screen: nobody can agree to what was not.

use super::command::CommandId;
use super::dialog::{Dialog, Purpose};
use super::form::Value;
use super::model::{Model, Popup};

/// How much of the question on top has been drawn since it last changed. Drawing notes it, and the keys that confirm ask for
/// it; nothing else knows.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The question, as it was when it was drawn.
    of: Option<Popup>,
    /// Whether the first line of what it is about has been on the screen,
    start: bool,
    /// and the last one.
    end: bool,
    /// What of it is there now.
    frame: Frame,
}

/// What the last frame has of a question.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Frame {
    /// Not the words with the key that confirms, or not all of them.
    #[default]
    Silent,
    /// The words with the key that confirms, uncut.
    Asks,
    /// Nothing: there was no room for anything.
    Blank,
}

impl Seen {
    /// A frame begins, in which this lies on top.
    pub fn begin(&mut self, top: Option<&Popup>) {
        let of = top.and_then(question);
        if self.of != of {
            (self.start, self.end) = (false, false);
            self.of = of;
        }
        self.frame = Frame::Silent;
    }

    /// There is no room for anything in it.
    pub fn blank(&mut self) {
        self.frame = Frame::Blank;
    }

    /// So much of the text is drawn: whether its first line is, and whether its last one is.
    pub fn text(&mut self, first: bool, last: bool) {
        self.start |= first;
        self.end |= last;
    }

    /// The words with the key that confirms are drawn, uncut.
    pub fn asks(&mut self) {
        self.frame = Frame::Asks;
    }

    /// The screen has another size: what was drawn is not what is there.
    pub(super) fn forget_frame(&mut self) {
        if self.frame == Frame::Asks {
            self.frame = Frame::Silent;
        }
    }

    /// Whether all that a question is about has been on the screen, from its first line to its last.
    pub fn is_read(&self) -> bool {
        self.start && self.end
    }
}

/// What has to be seen before it is confirmed, without what changes as it is read or answered.
fn question(popup: &Popup) -> Option<Popup> {
    let mut question = popup.clone();
    match &mut question {
        Popup::Review { scroll, .. } => *scroll = 0,
        Popup::Plan(review) => (review.scroll, review.lists_files) = (0, false),
        Popup::Dialog(dialog) if moves(dialog) => {
            let form = &mut dialog.form;
            (form.chosen, form.error) = (0, None);
            for field in &mut form.fields {
                if let Value::Text { text, .. } = &mut field.value {
                    text.clear();
                }
            }
        }
        _ => return None,
    }
    Some(question)
}

/// Whether return in this form does something, and does not only ask on.
pub fn moves(dialog: &Dialog) -> bool {
    matches!(
        dialog.purpose,
        Purpose::Count | Purpose::Remove(_) | Purpose::Wipe { is_last: true, .. }
    )
}

/// Whether there is no room for anything on the screen, or was none in the last frame: keys are meant for what one sees.
pub(super) fn is_blind(model: &Model) -> bool {
    model.is_too_small() || model.view.seen.frame == Frame::Blank
}

/// What speaks against a command that confirms, as not all that it confirms has been on the screen.
pub(super) fn objection(model: &Model, id: CommandId) -> Option<&'static str> {
    let confirms = match (id, model.popups.last()) {
        (CommandId::Confirm | CommandId::PlanCarryOut, _) => true,
        (CommandId::FormAccept, Some(Popup::Dialog(dialog))) => moves(dialog),
        _ => false,
    };
    if !confirms {
        return None;
    }
    let seen = &model.view.seen;
    if seen.of.is_none() || seen.of != model.popups.last().and_then(question) {
        Some("what it is about has not been on the screen as it is now; press it again")
    } else if !seen.is_read() {
        Some("not all of it has been on the screen; G goes to the end of it")
    } else if seen.frame != Frame::Asks {
        Some("the question is not on the screen as a whole; make the terminal larger")
    } else {
        None
    }
}
