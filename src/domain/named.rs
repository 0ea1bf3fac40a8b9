//! Which of several things a person means who types an id, a part of one, a title or an address.

use super::title::folded;

/// Ids are not told apart by fewer characters than these.
const PREFIX: usize = 4;

/// The things that `said` may mean, of the kind of match that says most: an id, an address with
/// an id in it, a title in any case, or the beginning of an id. None if it means nothing; more
/// than one if it is not clear.
pub fn named<'a, T>(
    said: &str,
    all: impl IntoIterator<Item = &'a T>,
    id: impl Fn(&T) -> &str,
    title: impl Fn(&T) -> Option<&str>,
) -> Vec<&'a T> {
    let said = folded(said);
    let is_address = said.contains("://");
    let kind = |thing: &T| {
        let id = id(thing).to_lowercase();
        if id == said {
            Some(0)
        } else if is_address && !id.is_empty() && said.contains(&id) {
            Some(1)
        } else if title(thing).is_some_and(|title| folded(title) == said) {
            Some(2)
        } else if said.chars().count() >= PREFIX && id.starts_with(&said) {
            Some(3)
        } else {
            None
        }
    };
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
        let matches = named(said, &ALL, |(id, _)| *id, |(_, title)| Some(*title));
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
