//! The filter of a list.

use crate::domain::Query;
use crate::domain::filter::{Saved, Subject, completions};
use crate::ui::command::parse::common;
use crate::ui::widget::text_field::TextField;

/// A filter as typed, and as last understood.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) subject: Subject,
    pub(crate) text: String,
    pub(crate) query: Query,
    /// What is wrong with the text, while it is.
    pub(crate) error: Option<String>,
}

impl Filter {
    /// One that admits all.
    pub(crate) fn of(subject: Subject) -> Self {
        Self { subject, text: String::new(), query: Query::default(), error: None }
    }

    /// Reads `text`; what cannot be read leaves the filter in force as it was.
    pub(crate) fn set(&mut self, text: &str, saved: &Saved) {
        text.clone_into(&mut self.text);
        match Query::parse(text, self.subject, saved) {
            Ok(query) => (self.query, self.error) = (query, None),
            Err(error) => {
                let before = text.get(..error.at.start).unwrap_or_default();
                // Where it is, if that is not the first word.
                let place = before.split_whitespace().next_back();
                let place = place.map(|word| format!("behind `{word}`: ")).unwrap_or_default();
                self.error = Some(format!("{place}{error}"));
            }
        }
    }
}

/// Completes the last word before the cursor, as far as that is clear; `sweeps` are what sweeps are called.
pub(crate) fn complete(
    field: &mut TextField,
    subject: Subject,
    saved: &Saved,
    sweeps: impl FnOnce() -> Vec<String>,
) {
    let (before, after) = field.halves();
    let found = completions(before, subject, saved, sweeps);
    let longest = common(&found);
    if longest.len() > before.len() {
        let whole = [longest, after].concat();
        field.replace(&whole);
    }
}
