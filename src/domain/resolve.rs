//! Which of several things a person means who types an id, a part of one, a title or an address.

use super::Project;
use super::title::folded;

/// Ids are not told apart by fewer characters than these.
const PREFIX: usize = 4;
/// Where not all that may be meant is known, the beginning of an id counts from so many on: as many
/// as are shown of one.
const SURE: usize = 8;

/// How a text means a thing; what says most comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Match {
    Id,
    Address,
    Title,
    Beginning,
}

/// A text that means a project or a run: an id, a part of one, a title or an address.
#[derive(Clone, Debug)]
pub struct Reference {
    text: String,
    is_address: bool,
}

impl Reference {
    /// Takes the text as a person gave it.
    pub fn new(said: &str) -> Self {
        let text = folded(said);
        Self { is_address: text.contains("://"), text }
    }

    /// Whether it means this project, whatever others there are.
    pub fn names(&self, project: &Project) -> bool {
        self.names_one(project.id.as_str(), Some(&project.title))
    }

    /// The same for a project of which the id and perhaps the title are known.
    pub fn names_one(&self, id: &str, title: Option<&str>) -> bool {
        match self.matches(id, title) {
            Some(Match::Beginning) => self.text.chars().count() >= SURE,
            found => found.is_some(),
        }
    }

    fn matches(&self, id: &str, title: Option<&str>) -> Option<Match> {
        let is_id = |part: &str| !part.is_empty() && part.eq_ignore_ascii_case(id);
        let begins =
            |text: &str| id.get(..text.len()).is_some_and(|it| it.eq_ignore_ascii_case(text));
        if is_id(&self.text) {
            Some(Match::Id)
        } else if self.is_address && self.text.split(['/', '?', '#', '&', '=']).any(is_id) {
            Some(Match::Address)
        } else if title.is_some_and(|title| folded(title) == self.text) {
            Some(Match::Title)
        } else if self.text.chars().count() >= PREFIX && begins(&self.text) {
            Some(Match::Beginning)
        } else {
            None
        }
    }
}

/// The things that `said` may mean, of the kind of match that says most: an id, an address with
/// an id in it, a title in any case, or the beginning of an id. None if it means nothing; more
/// than one if it is not clear.
pub fn resolve<'a, T>(
    said: &str,
    all: impl IntoIterator<Item = &'a T>,
    id: impl Fn(&T) -> &str,
    title: impl Fn(&T) -> Option<&str>,
) -> Vec<&'a T> {
    let reference = Reference::new(said);
    let kind = |thing: &T| reference.matches(id(thing), title(thing));
    let matches: Vec<_> = all.into_iter().filter_map(|thing| Some((kind(thing)?, thing))).collect();
    let best = matches.iter().map(|(kind, _)| *kind).min();
    matches.into_iter().filter(|(kind, _)| Some(*kind) == best).map(|(_, thing)| thing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [(&str, &str); 4] = [
        ("3f1c2b9e-8a47-4d55-9f0e-6b1d7c20a911", "Weekly revenue"),
        ("3f1c77aa-0000-4000-8000-000000000001", "Churn model"),
        ("77aa0c55-9d3b-4b0e-8f7a-1e2d3c4b5a69", "weekly Revenue"),
        ("a0d4c6f2-1b3e-4c5d-8e9f-0a1b2c3d4e5f", "3f1c"),
    ];

    fn found(said: &str) -> Vec<usize> {
        let matches = resolve(said, &ALL, |(id, _)| *id, |(_, title)| Some(*title));
        matches.iter().filter_map(|one| ALL.iter().position(|other| other == *one)).collect()
    }

    #[test]
    fn an_id_an_address_a_title_or_a_beginning_is_enough() {
        assert_eq!(found("77AA0C55-9d3b-4b0e-8f7a-1e2d3c4b5a69"), [2]);
        assert_eq!(
            found("https://app.hex.tech/acme/hex/77aa0c55-9d3b-4b0e-8f7a-1e2d3c4b5a69/x"),
            [2]
        );
        assert_eq!(found(" churn MODEL"), [1]);
        assert_eq!(found("77aa"), [2]);
        assert_eq!(found("Churn\u{a0}model\u{200b}"), [1], "as it looks");
        assert_eq!(found("77a"), [] as [usize; 0], "too short to be a beginning");
        assert_eq!(found("nothing"), [] as [usize; 0]);
        assert_eq!(found(""), [] as [usize; 0]);
    }

    #[test]
    fn what_is_not_clear_has_several_and_a_title_says_more_than_a_beginning() {
        assert_eq!(found("weekly revenue"), [0, 2]);
        assert_eq!(found("3f1c2"), [0]);
        assert_eq!(found("3f1c"), [3]);
        assert_eq!(found("3f1c7"), [1]);
    }
}
