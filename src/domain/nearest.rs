//! The name that was probably meant by one that does not exist.

/// How like a known name an unknown one must be to be taken for it: 0 is nothing, 1 the same.
const LIKE: f64 = 0.5;

/// The name most like a text, by the edits that lead from one to the other, if any is like it.
pub fn nearest<'a>(text: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let text = text.to_lowercase();
    let like = |name: &str| strsim::normalized_damerau_levenshtein(&text, &name.to_lowercase());
    let likes = names.into_iter().map(|name| (like(name), name));
    let best = likes.max_by(|(a, _), (b, _)| a.total_cmp(b));
    best.filter(|(like, _)| *like >= LIKE).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_recognised_and_something_else_is_not() {
        let names = ["theme", "timeout_seconds", "base_url"];
        for (text, expected) in [
            ("theme", Some("theme")),
            ("Teme", Some("theme")),
            ("tiemout_seconds", Some("timeout_seconds")),
            ("url_base", None),
            ("", None),
        ] {
            assert_eq!(nearest(text, names), expected, "{text}");
        }
        assert_eq!(nearest("a", []), None);
    }
}
