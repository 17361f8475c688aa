//! The query language of the filter line.
//!
//! Terms stand side by side and all must hold: `kind:savepoint age>7d freed>1G health:!complete job:7bf6 fraud`. A
//! bare word is looked for in the name, the lineage and the job id; quotes keep spaces together; a leading `!` (of a
//! word or of a value) turns a term around.
//! `kind:checkpoint` finds externalized checkpoints too, `kind:externalized` only those.

use jiff::{SignedDuration, Timestamp};

use super::sort::Row;
use crate::domain::snapshot::{Kind, Snapshot};

/// A query, understood. The empty one lets everything pass.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    terms: Vec<Term>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    test: Test,
    wanted: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    /// A word anywhere.
    Text(String),
    /// A column of words that starts with this.
    Word(WordField, String),
    /// A column of numbers: bytes, seconds or plain.
    Number(NumberField, Relation, u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum WordField {
    Kind,
    Health,
    Format,
    Owner,
    Fate,
    Job,
    Name,
    Lineage,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NumberField {
    Age,
    Id,
    Refer,
    New,
    Freed,
    State,
    Files,
    Rescale,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Less,
    AtMost,
    Equal,
    AtLeast,
    More,
}

impl Relation {
    fn holds(self, value: u64, bound: u64) -> bool {
        match self {
            Self::Less => value < bound,
            Self::AtMost => value <= bound,
            Self::Equal => value == bound,
            Self::AtLeast => value >= bound,
            Self::More => value > bound,
        }
    }
}

/// Why a query makes no sense, in words for the line it was typed on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// No column has this name.
    #[error(
        "no column `{0}`: kind health format owner fate job name lineage, age id refer new freed state files rescale"
    )]
    UnknownColumn(String),
    /// The column is there, the value is not yet.
    #[error("`{0}` needs a value, such as {1}")]
    NoValue(&'static str, &'static str),
    /// The value is of the wrong sort.
    #[error("`{1}` is no value for {0}: try {2}")]
    BadValue(&'static str, String, &'static str),
    /// Words have no order.
    #[error("{0} holds words: write {1}")]
    NoOrder(&'static str, &'static str),
    /// A quote without its partner.
    #[error("a quote is left open")]
    OpenQuote,
}

const WORDS: &[(&str, WordField, &str)] = &[
    ("kind", WordField::Kind, "kind:savepoint"),
    ("health", WordField::Health, "health:!complete"),
    ("format", WordField::Format, "format:incremental"),
    ("owner", WordField::Owner, "owner:you"),
    ("fate", WordField::Fate, "fate:kept"),
    ("job", WordField::Job, "job:7bf6"),
    ("name", WordField::Name, "name:chk-7"),
    ("lineage", WordField::Lineage, "lineage:7bf6"),
];

const NUMBERS: &[(&str, NumberField, &str)] = &[
    ("age", NumberField::Age, "age>7d"),
    ("id", NumberField::Id, "id>900"),
    ("refer", NumberField::Refer, "refer>1G"),
    ("new", NumberField::New, "new>100M"),
    ("freed", NumberField::Freed, "freed>1G"),
    ("state", NumberField::State, "state>1G"),
    ("files", NumberField::Files, "files>1000"),
    ("rescale", NumberField::Rescale, "rescale<128"),
];

impl Filter {
    /// Reads a query.
    ///
    /// # Errors
    /// When a term is not understood; the error says which, and what would be.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let terms = split(text)?
            .into_iter()
            .map(|word| parse_term(&word))
            .collect::<Result<_, _>>()?;
        Ok(Self { terms })
    }

    /// Whether everything passes.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether the answer changes as time goes by.
    pub fn depends_on_time(&self) -> bool {
        self.terms
            .iter()
            .any(|term| matches!(term.test, Test::Number(NumberField::Age, ..)))
    }

    /// Whether a snapshot passes.
    pub fn matches(&self, row: &Row<'_>, now: Timestamp) -> bool {
        self.terms
            .iter()
            .all(|term| term.test.holds(row, now) == term.wanted)
    }

    /// Whether the answer hangs on what clusters say.
    pub fn depends_on_clusters(&self) -> bool {
        self.terms
            .iter()
            .any(|term| matches!(term.test, Test::Word(WordField::Owner, _)))
    }
}

/// Words at spaces; what stands in double quotes stays together.
fn split(text: &str) -> Result<Vec<String>, FilterError> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.extend((!word.is_empty()).then(|| std::mem::take(&mut word))),
            c => word.push(c),
        }
    }
    if quoted {
        return Err(FilterError::OpenQuote);
    }
    words.extend((!word.is_empty()).then_some(word));
    Ok(words)
}

fn parse_term(word: &str) -> Result<Term, FilterError> {
    let (word, mut wanted) = match word.strip_prefix('!') {
        Some(rest) if !rest.is_empty() => (rest, false),
        _ => (word, true),
    };
    let Some(at) = word.find([':', '<', '>', '=']).filter(|&at| at > 0) else {
        // A column's name alone is a term that is still being typed.
        let columns = WORDS.iter().map(|(name, _, example)| (name, example));
        let columns = columns.chain(NUMBERS.iter().map(|(name, _, example)| (name, example)));
        let mut columns = columns.filter(|(name, _)| **name == word);
        if let Some((name, example)) = columns.next() {
            return Err(FilterError::NoValue(name, example));
        }
        let test = Test::Text(word.to_lowercase());
        return Ok(Term { test, wanted });
    };
    let (key, rest) = (word[..at].to_lowercase(), &word[at..]);
    let (relation, mut value) = relation(rest);
    if let Some(turned) = value.strip_prefix('!') {
        (value, wanted) = (turned, !wanted);
    }
    if let Some((name, field, example)) = WORDS.iter().find(|(name, ..)| *name == key) {
        return match relation {
            Relation::Equal if value.is_empty() => Err(FilterError::NoValue(name, example)),
            Relation::Equal => Ok(Term {
                test: Test::Word(*field, value.to_lowercase()),
                wanted,
            }),
            _ => Err(FilterError::NoOrder(name, example)),
        };
    }
    let Some((name, field, example)) = NUMBERS.iter().find(|(name, ..)| *name == key) else {
        return Err(FilterError::UnknownColumn(key));
    };
    if value.is_empty() {
        return Err(FilterError::NoValue(name, example));
    }
    let number = match field {
        NumberField::Age => seconds(value),
        NumberField::Id | NumberField::Files | NumberField::Rescale => value.parse().ok(),
        NumberField::Refer | NumberField::New | NumberField::Freed | NumberField::State => {
            bytes(value)
        }
    };
    let number = number.ok_or_else(|| FilterError::BadValue(name, value.to_owned(), example))?;
    Ok(Term {
        test: Test::Number(*field, relation, number),
        wanted,
    })
}

fn relation(text: &str) -> (Relation, &str) {
    for (sign, relation) in [
        (">=", Relation::AtLeast),
        ("<=", Relation::AtMost),
        (":>", Relation::More),
        (":<", Relation::Less),
        (">", Relation::More),
        ("<", Relation::Less),
    ] {
        if let Some(rest) = text.strip_prefix(sign) {
            return (relation, rest);
        }
    }
    (Relation::Equal, text.get(1..).unwrap_or_default())
}

/// A number with a unit, scaled.
fn scaled(text: &str, unit_of: impl Fn(&str) -> Option<f64>) -> Option<u64> {
    let end = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let number: f64 = text[..end].parse().ok()?;
    Some((number * unit_of(&text[end..].to_lowercase())?) as u64)
}

/// A number of bytes with an optional unit, each 1024 of the one before: `512`, `10G`, `1.5 GiB` without the space.
pub fn bytes(text: &str) -> Option<u64> {
    scaled(text, |unit| {
        let power = match unit.trim_end_matches('b').trim_end_matches('i') {
            "" => 0,
            "k" => 1,
            "m" => 2,
            "g" => 3,
            "t" => 4,
            "p" => 5,
            _ => return None,
        };
        Some(1024_f64.powi(power))
    })
}

fn seconds(text: &str) -> Option<u64> {
    scaled(text, |unit| {
        Some(match unit {
            "" | "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            "d" => 86_400.0,
            "w" => 604_800.0,
            "y" => 31_536_000.0,
            _ => return None,
        })
    })
}

impl Test {
    fn holds(&self, row: &Row<'_>, now: Timestamp) -> bool {
        let Row {
            snapshot,
            lineage,
            called,
            ..
        } = *row;
        match self {
            Self::Text(text) => {
                contains(&snapshot.name, text)
                    || contains(lineage, text)
                    || contains(called, text)
                    || snapshot
                        .job_id
                        .is_some_and(|id| contains(&id.to_string(), text))
                    || snapshot
                        .job_prefix
                        .as_deref()
                        .is_some_and(|prefix| contains(prefix, text))
            }
            Self::Word(field, word) => field.holds(row, word),
            Self::Number(field, relation, bound) => field
                .value(snapshot, now)
                .is_some_and(|value| relation.holds(value, *bound)),
        }
    }
}

impl WordField {
    fn holds(self, row: &Row<'_>, word: &str) -> bool {
        let Row {
            snapshot,
            lineage,
            called,
            ..
        } = *row;
        match self {
            Self::Kind => {
                // An externalized checkpoint is a checkpoint too.
                let wider = match snapshot.kind {
                    Kind::ExternalizedCheckpoint => Kind::Checkpoint,
                    kind => kind,
                };
                starts(snapshot.kind.word(), word) || starts(wider.word(), word)
            }
            Self::Health => {
                starts(snapshot.health_word(), word)
                    || starts(&snapshot.health_word().replace(' ', ""), word)
            }
            Self::Format => snapshot
                .facts
                .as_ref()
                .is_some_and(|facts| contains(&facts.format.words(snapshot.kind), word)),
            Self::Owner => starts(row.owner(), word),
            Self::Fate => contains(row.fate(), word),
            Self::Job => match (snapshot.job_id, &snapshot.job_prefix) {
                (Some(id), _) => starts(&id.to_string(), word),
                (None, Some(prefix)) => starts(prefix, word) || starts(word, prefix),
                (None, None) => false,
            },
            Self::Name => contains(&snapshot.name, word),
            Self::Lineage => contains(lineage, word) || contains(called, word),
        }
    }
}

impl NumberField {
    fn value(self, snapshot: &Snapshot, now: Timestamp) -> Option<u64> {
        Some(match self {
            Self::Age => {
                let moment = snapshot.completed_at.or(snapshot.changed_at)?;
                now.duration_since(moment)
                    .max(SignedDuration::ZERO)
                    .as_secs()
                    .unsigned_abs()
            }
            Self::Id => snapshot.checkpoint_id()?,
            Self::Refer => snapshot.sizes.refer,
            Self::New => snapshot.sizes.new,
            Self::Freed => snapshot.sizes.freed,
            Self::State => snapshot.sizes.state,
            Self::Files => snapshot.sizes.files,
            Self::Rescale => u64::from(snapshot.facts.as_ref()?.rescale.max),
        })
    }
}

/// Whether `text` holds `part` (lower case already), whatever the case of its ASCII letters.
fn contains(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    part.is_empty()
        || text
            .windows(part.len())
            .any(|window| window.eq_ignore_ascii_case(part))
}

fn starts(text: &str, part: &str) -> bool {
    text.get(..part.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        Filter::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn terms_are_read() {
        let filter = Filter::parse(
            "kind:savepoint age>7d freed>=1.5G health:!complete id:7 \"two words\" !old",
        )
        .unwrap();
        let term = |test, wanted| Term { test, wanted };
        assert_eq!(
            filter.terms,
            [
                term(Test::Word(WordField::Kind, "savepoint".into()), true),
                term(
                    Test::Number(NumberField::Age, Relation::More, 604_800),
                    true
                ),
                term(
                    Test::Number(NumberField::Freed, Relation::AtLeast, 1_610_612_736),
                    true
                ),
                term(Test::Word(WordField::Health, "complete".into()), false),
                term(Test::Number(NumberField::Id, Relation::Equal, 7), true),
                term(Test::Text("two words".into()), true),
                term(Test::Text("old".into()), false),
            ]
        );
        assert!(filter.depends_on_time());
        assert!(Filter::parse("  ").unwrap().is_empty());
    }

    #[test]
    fn units_are_understood() {
        let sizes = ["512", "1k", "1KiB", "1KB", "2m", "1T"].map(|text| bytes(text).unwrap());
        assert_eq!(sizes, [512, 1024, 1024, 1024, 2 << 20, 1 << 40]);
        let times = ["90", "5m", "2h", "1d", "1w"].map(|text| seconds(text).unwrap());
        assert_eq!(times, [90, 300, 7_200, 86_400, 604_800]);
        assert_eq!(bytes("1x"), None);
    }

    #[test]
    fn errors_say_what_would_be_right() {
        assert_eq!(
            error("x kind"),
            "`kind` needs a value, such as kind:savepoint"
        );
        assert_eq!(error("age>"), "`age` needs a value, such as age>7d");
        assert_eq!(error("age>7x"), "`7x` is no value for age: try age>7d");
        assert_eq!(
            error("kind>savepoint"),
            "kind holds words: write kind:savepoint"
        );
        assert_eq!(error("a \"b"), "a quote is left open");
        assert!(error("knd:x").starts_with("no column `knd`: kind health"));
    }

    #[test]
    fn half_typed_queries_never_panic() {
        let query = "kind:!savepoint age>=7d \"größe\" freed:<1.5G !x :";
        for end in (0..=query.len()).filter(|&end| query.is_char_boundary(end)) {
            let _ = Filter::parse(&query[..end]);
        }
    }
}
