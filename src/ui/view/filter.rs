//! The filter of a pane.

use crate::domain::Query;

/// A filter as typed, and as last understood.
#[derive(Debug, Default)]
pub(crate) struct Filter {
    pub(crate) text: String,
    pub(crate) query: Query,
    /// What is wrong with the text, while it is.
    pub(crate) error: Option<String>,
}

impl Filter {
    /// Reads `text`; what cannot be read leaves the filter in force as it was.
    pub(crate) fn set(&mut self, text: &str) {
        text.clone_into(&mut self.text);
        match Query::parse(text) {
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
