//! Dialogs in which something is filled in: a few fields, one of which has the keys.

/// Fields to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// A heading.
    pub title: String,
    /// What is to be known before anything is filled in.
    pub warning: Option<String>,
    /// The fields, from top to bottom.
    pub fields: Vec<Field>,
    /// The one that has the keys.
    pub chosen: usize,
    /// What is wrong with what was filled in.
    pub error: Option<String>,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name, by which it is read, too.
    pub label: &'static str,
    /// What it means, now.
    pub doc: &'static str,
    /// What is in it.
    pub value: Value,
}

/// What is in a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// One of several words.
    Choice {
        /// The words, each with what it means.
        options: Vec<(&'static str, &'static str)>,
        /// Which one.
        at: usize,
    },
    /// Text.
    Text {
        /// What is typed.
        text: String,
        /// What holds when nothing is.
        otherwise: String,
    },
}

impl Field {
    /// A field for one of several words.
    pub fn choice(label: &'static str, options: &[(&'static str, &'static str)]) -> Self {
        Self {
            label,
            doc: "",
            value: Value::Choice {
                options: options.to_vec(),
                at: 0,
            },
        }
    }

    /// A field for text.
    pub fn text(label: &'static str, doc: &'static str, otherwise: impl Into<String>) -> Self {
        Self {
            label,
            doc,
            value: Value::Text {
                text: String::new(),
                otherwise: otherwise.into(),
            },
        }
    }

    /// The same with a text in it already.
    #[must_use]
    pub fn holding(mut self, typed: String) -> Self {
        if let Value::Text { text, .. } = &mut self.value {
            *text = typed;
        }
        self
    }

    /// What it means as it is.
    pub fn meaning(&self) -> &'static str {
        match &self.value {
            Value::Choice { options, at } => options[*at].1,
            Value::Text { .. } => self.doc,
        }
    }
}

impl Form {
    /// A form with these fields, the first of which has the keys.
    pub fn new(title: String, fields: Vec<Field>) -> Self {
        Self {
            title,
            warning: None,
            fields,
            chosen: 0,
            error: None,
        }
    }

    /// Whether it has a field of this name.
    pub fn has(&self, label: &str) -> bool {
        self.fields.iter().any(|field| field.label == label)
    }

    /// The word chosen in a field, or the text typed there.
    pub fn value(&self, label: &str) -> &str {
        match self.fields.iter().find(|field| field.label == label) {
            Some(field) => match &field.value {
                Value::Choice { options, at } => options[*at].0,
                Value::Text { text, .. } => text.trim(),
            },
            None => "",
        }
    }

    /// The text typed in a field, unless it is empty.
    pub fn text(&self, label: &str) -> Option<String> {
        Some(self.value(label))
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    }

    /// Goes to another field.
    pub(super) fn step(&mut self, by: isize) {
        let last = self.fields.len().saturating_sub(1);
        self.chosen = self.chosen.saturating_add_signed(by).min(last);
    }

    /// Chooses another word, round and round.
    pub(super) fn turn(&mut self, by: isize) {
        if let Some(Value::Choice { options, at }) = self.value_mut() {
            *at = (*at as isize + by).rem_euclid(options.len() as isize) as usize;
            self.error = None;
        }
    }

    /// Changes the text in the chosen field.
    pub(super) fn edit(&mut self, change: impl FnOnce(&mut String)) {
        if let Some(Value::Text { text, .. }) = self.value_mut() {
            change(text);
            self.error = None;
        }
    }

    fn value_mut(&mut self) -> Option<&mut Value> {
        self.fields
            .get_mut(self.chosen)
            .map(|field| &mut field.value)
    }
}
