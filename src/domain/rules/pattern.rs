//! Which projects a rule means.

use crate::domain::title::folded;
use crate::domain::{ProjectId, Reference};

/// A project's id, address or title, or a title with `*` for any characters.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As it was written.
    text: String,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// A title or an id, and nothing that only looks like one.
    Exact(String),
    Reference(Reference),
    /// What stands before, between and after the stars, as titles are compared.
    Stars(Vec<String>),
}

/// Patterns that are written alike are alike.
impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl Pattern {
    /// What a text means.
    pub fn new(text: &str) -> Self {
        let kind = if text.contains('*') {
            Kind::Stars(folded(text).split('*').map(str::to_owned).collect())
        } else {
            Kind::Reference(Reference::new(text))
        };
        Self { text: text.to_owned(), kind }
    }

    /// A title or an id; a star in it is a star.
    pub fn exactly(text: &str) -> Self {
        Self { text: text.to_owned(), kind: Kind::Exact(folded(text)) }
    }

    /// As it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it means a project, by what is known of that.
    pub fn names(&self, project: &ProjectId, title: Option<&str>) -> bool {
        match &self.kind {
            Kind::Exact(text) => {
                text.eq_ignore_ascii_case(project.as_str())
                    || title.is_some_and(|title| folded(title) == *text)
            }
            Kind::Reference(reference) => reference.names_one(project.as_str(), title),
            Kind::Stars(parts) => title.is_some_and(|title| fits(&folded(title), parts)),
        }
    }
}

/// Whether a text has these parts in their order, the first at its beginning and the last at its end.
fn fits(text: &str, parts: &[String]) -> bool {
    let [first, between @ .., last] = parts else {
        return parts.first().is_some_and(|only| only == text);
    };
    let inner = text.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str()));
    let Some(mut rest) = inner else { return false };
    for part in between {
        // The leftmost place leaves most for what follows.
        let Some((_, after)) = rest.split_once(part.as_str()) else { return false };
        rest = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters_and_the_rest_is_compared_as_titles_are() {
        let id = ProjectId::new("0f3c1111-2222-4333-8444-555566667777");
        for (pattern, title, expected) in [
            ("*", "anything", true),
            ("Churn*", "churn model", true),
            ("Churn*", "My churn model", false),
            ("*churn*", "My Churn\u{a0}model", true),
            ("*model", "Churn model", true),
            ("*model", "Churn models", false),
            ("fin*close*", "Finance: year close 2026", true),
            ("fin*close*", "Finance: year end", false),
            ("ab*ab", "ab", false),
            ("ab*ab", "abab", true),
            ("a*b*b", "ab", false),
            ("Café*", "Cafe\u{301} revenue", true),
            ("churn model", "Churn model", true),
            ("0f3c1111", "Churn model", true),
            ("0f3c", "Churn model", false),
            ("https://app.hex.tech/x/hex/0f3c1111-2222-4333-8444-555566667777", "Churn", true),
        ] {
            assert_eq!(
                Pattern::new(pattern).names(&id, Some(title)),
                expected,
                "{pattern} {title}"
            );
        }
    }

    #[test]
    fn an_exact_pattern_is_no_pattern() {
        let id = ProjectId::new("0f3c1111-2222-4333-8444-555566667777");
        for (text, title, expected) in [
            ("50 * 2", "50 * 2", true),
            ("50 * 2", "50 and 2", false),
            ("0F3C1111-2222-4333-8444-555566667777", "50", true),
            ("0f3c1111", "50", false),
        ] {
            assert_eq!(Pattern::exactly(text).names(&id, Some(title)), expected, "{text} {title}");
        }
    }
}
