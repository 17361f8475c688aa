//! What has to be typed to overrule an objection: a word of its own for each sort, so that nobody overrules what he has not
//! read. A name that was typed for a job of which nothing is known says nothing of one that a cluster knows to live.

use crate::domain::plan::Objection;

/// A sort of objection that a decision of the user's can overrule, and that is about a lineage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Whether its job lives is not known. Its word is the name alone.
    Unheard,
    /// Its job lives, or did when its cluster was last heard.
    Live,
    /// Jobs that claimed it may write where nobody looked.
    Heirs,
    /// A job was started, or is starting, and may need it.
    Starting,
    /// It is young, and nobody can tell what was started from it.
    Young,
    /// Its metadata cannot be read here.
    Unreadable,
    /// Nothing of the lineage could be restored without it.
    Last,
}

impl Word {
    /// All that stand before a name.
    const BEFORE: [Self; 6] = [
        Self::Live,
        Self::Heirs,
        Self::Starting,
        Self::Young,
        Self::Unreadable,
        Self::Last,
    ];

    /// What stands before the lineage's name.
    const fn before(self) -> &'static str {
        match self {
            Self::Unheard => "",
            Self::Live => "live ",
            Self::Heirs => "heirs of ",
            Self::Starting => "starting ",
            Self::Young => "young ",
            Self::Unreadable => "unreadable ",
            Self::Last => "last of ",
        }
    }

    /// What has to be typed where it is about this lineage.
    pub fn of(self, lineage: &str) -> String {
        format!("{}{lineage}", self.before())
    }

    /// What has to be typed where a cluster of this name is silent: nothing of the plan is in use there. It is about no
    /// lineage.
    pub fn of_silent(cluster: &str) -> String {
        format!("silent {cluster}")
    }

    /// Whether what was overruled then, of the same snapshot, is what stands against it now: by the same guard, for the same
    /// sort of reason, and about the same job, cluster or place. What does not tell whom it is about is the same by its word
    /// alone.
    pub(super) fn covers(then: &Objection, now: &Objection) -> bool {
        let (Some(before), Some(after)) = (&then.overruled_by, &now.overruled_by) else {
            return false;
        };
        let is_same = if then.about.is_empty() || now.about.is_empty() {
            before == after
        } else {
            then.about == now.about && Self::start(before) == Self::start(after)
        };
        then.guard == now.guard && is_same
    }

    /// What stands before a name in a word.
    fn start(word: &str) -> &str {
        let mut all = Self::BEFORE.iter().map(|it| it.before());
        all.find(|it| word.starts_with(it)).unwrap_or_default()
    }

    /// The names of lineages that a word may be about: the word itself, and what is left without what stands before a name.
    pub fn names(typed: &str) -> impl Iterator<Item = &str> {
        let rest = Self::BEFORE.iter();
        let rest = rest.filter_map(|it| typed.strip_prefix(it.before()));
        std::iter::once(typed).chain(rest)
    }
}
