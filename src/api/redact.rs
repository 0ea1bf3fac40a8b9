//! Takes tokens and secret inputs out of text.
//!
//! Whatever a server sends passes through here when it is read, and whatever is written to the
//! log, the store or an export passes through here once more. A text is found as it is, in any
//! case of ASCII letters, as JSON escapes it, and with any of its characters as URLs write them.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use aho_corasick::{AhoCorasick, Match, MatchKind};
use secrecy::{ExposeSecret, SecretString};

use super::Token;
use crate::domain::StartRun;
use crate::domain::inputs::MASK;

/// What stands where a token stood.
const REDACTED: &str = "[token]";
/// Secret inputs of at least as many characters are taken out of everything, shorter ones only
/// out of the answers to their own start: `no` or `prod` would mangle titles.
const TELLING: usize = 8;
/// Inputs of fewer characters stand in too much to be told apart.
const SHORTEST: usize = 3;
/// The first bytes of a text by which one that is cut off at the end of another is known.
const BEGINNING: usize = 8;
/// Texts that are known at a time; the oldest are forgotten.
const MOST: usize = 100;

/// The texts that nothing may show. Clones know the same texts.
#[derive(Clone, Default)]
pub struct Redactor(Arc<RwLock<Known>>);

#[derive(Clone, Default)]
struct Known {
    /// The oldest first.
    texts: Vec<Text>,
    /// Finds every spelling of every text.
    search: Option<Search>,
}

#[derive(Clone)]
struct Text {
    secret: SecretString,
    mark: &'static str,
}

#[derive(Clone)]
struct Search {
    patterns: AhoCorasick,
    /// What stands in for each pattern.
    marks: Vec<&'static str>,
}

impl Redactor {
    /// Knows a token from now on.
    pub fn add_token(&self, token: &Token) {
        self.add([Text { secret: token.secret().clone(), mark: REDACTED }]);
    }

    /// Knows the secret inputs of a start from now on, as far as they are long enough to be told
    /// from other text (8 characters).
    pub fn add_inputs(&self, start: &StartRun) {
        self.add(inputs(start, TELLING));
    }

    /// The same, with all secret inputs of a start from 3 characters on, for its answer.
    #[must_use]
    pub fn with_inputs(&self, start: &StartRun) -> Self {
        let copy = Self(Arc::new(RwLock::new(self.known().clone())));
        copy.add(inputs(start, SHORTEST));
        copy
    }

    /// `text` with a marker wherever one of the texts stands, and where a token begins at its end.
    pub fn clean<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.clean_bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            // Whole characters were replaced by whole characters, so nothing is lost here.
            Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
        }
    }

    /// The same with bytes.
    pub fn clean_bytes<'a>(&self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        let known = self.known();
        let Some(search) = &known.search else {
            return Cow::Borrowed(bytes);
        };
        let clean = replaced(Cow::Borrowed(bytes), &known.places(search, bytes));
        let whole = without_cut_escape(&clean);
        let Some(plain) = decoded(whole) else { return clean };
        let mut places = places_before_decoding(whole, known.places(search, &plain));
        if let Some(last) = places.last_mut().filter(|last| last.range.end == whole.len()) {
            last.range.end = clean.len();
        }
        replaced(clean, &places)
    }

    fn add(&self, texts: impl IntoIterator<Item = Text>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let before = known.texts.len();
        for text in texts {
            let is_new = |known: &Text| known.secret.expose_secret() != text.secret.expose_secret();
            if known.texts.iter().all(is_new) {
                known.texts.push(text);
            }
        }
        if known.texts.len() > before {
            let excess = known.texts.len().saturating_sub(MOST);
            known.texts.drain(..excess);
            known.search = Search::of(&known.texts);
        }
    }

    fn known(&self) -> RwLockReadGuard<'_, Known> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether something was taken out of a text. Such a text is no id.
pub(super) fn is_redacted(text: &str) -> bool {
    text.contains(REDACTED) || text.contains(MASK)
}

/// Where something stands that nothing may show, and what stands in for it.
struct Place {
    range: Range<usize>,
    mark: &'static str,
}

/// `bytes` with the marks in their places, which are in their order.
fn replaced<'a>(bytes: Cow<'a, [u8]>, places: &[Place]) -> Cow<'a, [u8]> {
    if places.is_empty() {
        return bytes;
    }
    let mut clean = Vec::new();
    let mut copied = 0;
    for Place { range, mark } in places {
        clean.extend_from_slice(bytes.get(copied..range.start).unwrap_or_default());
        clean.extend(mark.bytes());
        copied = range.end;
    }
    clean.extend_from_slice(bytes.get(copied..).unwrap_or_default());
    Cow::Owned(clean)
}

/// The bytes with `%68` as `h`, if there are such.
fn decoded(bytes: &[u8]) -> Option<Vec<u8>> {
    let is_encoded = bytes.windows(3).any(begins_encoded);
    is_encoded.then(|| percent_encoding::percent_decode(bytes).collect())
}

/// The bytes without the beginning of a `%68` that their end cuts off.
fn without_cut_escape(bytes: &[u8]) -> &[u8] {
    match bytes {
        [whole @ .., b'%'] => whole,
        [whole @ .., b'%', digit] if digit.is_ascii_hexdigit() => whole,
        _ => bytes,
    }
}

fn begins_encoded(bytes: &[u8]) -> bool {
    matches!(bytes, [b'%', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit())
}

/// Places in decoded bytes as places in those before.
fn places_before_decoding(bytes: &[u8], mut places: Vec<Place>) -> Vec<Place> {
    let ends = places.iter_mut().flat_map(|Place { range, .. }| [&mut range.start, &mut range.end]);
    let (mut at, mut decoded) = (0, 0);
    for end in ends {
        while decoded < *end && at < bytes.len() {
            at += if bytes.get(at..).is_some_and(begins_encoded) { 3 } else { 1 };
            decoded += 1;
        }
        *end = at;
    }
    places
}

impl Known {
    /// Where the texts stand, in their order; the last may be one that the end cuts off.
    fn places(&self, search: &Search, bytes: &[u8]) -> Vec<Place> {
        let Search { patterns, marks } = search;
        let place = |found: Match| {
            let mark = marks.get(found.pattern().as_usize()).copied().unwrap_or(MASK);
            Place { range: found.range(), mark }
        };
        let mut places: Vec<_> = patterns.find_iter(bytes).map(place).collect();
        let whole = places.last().map_or(0, |place| place.range.end);
        places.extend(self.beginning(bytes).filter(|place| place.range.start >= whole));
        places
    }

    /// Where a text that the end cuts off begins.
    fn beginning(&self, bytes: &[u8]) -> Option<Place> {
        let cut = |text: &Text| {
            let secret = text.secret.expose_secret().as_bytes();
            let beginning = secret.get(..BEGINNING)?;
            let from = bytes.len().saturating_sub(secret.len() - 1);
            let tail = bytes.get(from..)?;
            let begins = |at: &usize| {
                let rest = tail.get(*at..).unwrap_or_default();
                rest.get(..BEGINNING).is_some_and(|first| first.eq_ignore_ascii_case(beginning))
                    && secret.get(..rest.len()).is_some_and(|of| of.eq_ignore_ascii_case(rest))
            };
            let at = from + (0..tail.len()).find(begins)?;
            Some(Place { range: at..bytes.len(), mark: text.mark })
        };
        self.texts.iter().filter_map(cut).min_by_key(|place| place.range.start)
    }
}

impl Search {
    fn of(texts: &[Text]) -> Option<Self> {
        let (patterns, marks): (Vec<_>, Vec<_>) =
            texts.iter().flat_map(|text| spellings(text).map(|word| (word, text.mark))).unzip();
        let patterns = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(patterns);
        // Only more states than 2³¹ are refused, which a hundred texts do not have.
        patterns.ok().map(|patterns| Self { patterns, marks })
    }
}

/// A text as it is, within JSON, and within a URL, where that is another.
fn spellings(text: &Text) -> impl Iterator<Item = String> {
    let plain = text.secret.expose_secret().to_owned();
    let json = serde_json::Value::from(plain.as_str()).to_string();
    let json = json.trim_start_matches('"').strip_suffix('"').unwrap_or_default().to_owned();
    let url: String = url::form_urlencoded::byte_serialize(plain.as_bytes()).collect();
    let others = [json, url.replace('+', "%20"), url];
    let others = others.into_iter().filter({
        let plain = plain.clone();
        move |other| *other != plain && !other.is_empty()
    });
    std::iter::once(plain).chain(others.collect::<std::collections::BTreeSet<_>>())
}

/// The secret inputs of a start that have at least so many characters.
fn inputs(start: &StartRun, shortest: usize) -> impl Iterator<Item = Text> {
    let words =
        start.secret_words().into_iter().filter(move |word| word.chars().count() >= shortest);
    words.map(|word| Text { secret: SecretString::from(word), mark: MASK })
}

/// Tells how many texts it knows, and none of them.
impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Redactor({} texts)", self.known().texts.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::inputs::RunOptions;
    use proptest::prelude::*;
    use serde_json::json;

    const TOKEN: &str = "hxtp_0123456789abcdef";

    fn redactor() -> Redactor {
        let redactor = Redactor::default();
        redactor.add_token(&Token::new(TOKEN).unwrap());
        redactor
    }

    /// A start with these inputs, all of them secret or none.
    fn start(inputs: serde_json::Value, are_secret: bool) -> StartRun {
        let inputs: serde_json::Map<_, _> = serde_json::from_value(inputs).unwrap();
        let secrets = inputs.keys().filter(|_| are_secret).cloned().collect();
        StartRun::new(inputs, RunOptions::default(), secrets)
    }

    #[test]
    fn a_token_is_taken_out_of_any_text() {
        let upper = TOKEN.to_uppercase();
        for (text, clean) in [
            (format!("{TOKEN} and Bearer {TOKEN}!{TOKEN}"), "[token] and Bearer [token]![token]"),
            (upper, "[token]"),
            ("hxtp_ alone".to_owned(), "hxtp_ alone"),
            (String::new(), ""),
            (format!("é{TOKEN}é"), "é[token]é"),
        ] {
            assert_eq!(redactor().clean(&text), clean, "{text}");
        }
        assert_eq!(redactor().clean_bytes(b"\xff\0").as_ref(), b"\xff\0");
        let broken = [b"\xff", TOKEN.as_bytes(), b"\xfe"].concat();
        assert_eq!(redactor().clean_bytes(&broken).as_ref(), b"\xff[token]\xfe");
        assert_eq!(Redactor::default().clean(TOKEN), TOKEN);
    }

    #[test]
    fn a_token_that_is_cut_off_leaves_nothing_of_use() {
        for length in BEGINNING..TOKEN.len() {
            let cut = format!("it is {}", &TOKEN[..length]);
            assert_eq!(redactor().clean(&cut), "it is [token]", "{length}");
            let twice = format!("{TOKEN}{}", &TOKEN[..length]);
            assert_eq!(redactor().clean(&twice), "[token][token]", "{length}");
            let goes_on = format!("{}!", &TOKEN[..length]);
            assert_eq!(redactor().clean(&goes_on), goes_on, "it was not cut");
        }
        assert_eq!(redactor().clean("hxtp_01"), "hxtp_01");
    }

    #[test]
    fn secret_inputs_are_found_in_every_spelling() {
        let values = json!({"key": "p\"ss w/rd", "pin": 1234, "list": ["first one", "b"]});
        let answer = redactor().with_inputs(&start(values, true));
        for text in ["p\"ss w/rd", r#"p\"ss w/rd"#, "p%22ss+w%2Frd", "p%22ss%20w%2Frd", "first one"]
        {
            assert_eq!(answer.clean(&format!("<{text}>")), format!("<{MASK}>"), "{text}");
        }
        assert_eq!(answer.clean("pin 1234, b"), format!("pin {MASK}, b"));
        assert_eq!(answer.clean(TOKEN), "[token]");
    }

    #[test]
    fn whatever_characters_are_percent_encoded_it_is_found() {
        let redactor = redactor().with_inputs(&start(json!({"key": "correct horse"}), true));
        for (text, clean) in [
            ("%68%78%74%70%5F0123456789abcdef", "[token]"),
            ("a%20b%ff?t=hxtp%5f0123456789abcde%66&c=%41", "a%20b%ff?t=[token]&c=%41"),
            ("%63orrect%20hors%65 %", &format!("{MASK} %")),
            ("100% of hxtp%5f012", "100% of [token]"),
            ("100% %4 %zz %", "100% %4 %zz %"),
            ("it is correct h", &format!("it is {MASK}")),
            ("it is correct", "it is correct"),
        ] {
            assert_eq!(redactor.clean(text), clean, "{text}");
        }
    }

    #[test]
    fn only_long_inputs_are_taken_out_of_everything() {
        let redactor = redactor();
        redactor.add_inputs(&start(json!({"stage": "prod", "key": "correct horse"}), true));
        assert_eq!(redactor.clean("Production correct horse"), format!("Production {MASK}"));
        redactor.add_inputs(&start(json!({"region": "north america"}), false));
        assert_eq!(redactor.clean("north america"), "north america");
    }

    #[test]
    fn clones_know_what_one_of_them_learns_and_the_oldest_are_forgotten() {
        let (one, other) = (Redactor::default(), Redactor::default());
        let clone = one.clone();
        for number in 0..=MOST {
            clone.add_token(&Token::new(&format!("hxtp_{number:04}_")).unwrap());
        }
        assert_eq!(one.clean("hxtp_0100_"), "[token]");
        assert_eq!(one.clean("hxtp_0000_"), "hxtp_0000_");
        assert_eq!(other.clean("hxtp_0100_"), "hxtp_0100_");
        assert_eq!(format!("{one:?}"), "Redactor(100 texts)");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(256)))]

        #[test]
        fn a_token_anywhere_is_gone_and_all_else_stays(
            before in "[^h]{0,20}", after in "[^h]{0,20}", middle in "[^h]{0,4}",
        ) {
            let text = format!("{before}{TOKEN}{middle}{TOKEN}{after}");
            let expected = format!("{before}[token]{middle}[token]{after}");
            let redactor = redactor();
            let clean = redactor.clean(&text);
            prop_assert_eq!(clean.as_ref(), expected.as_str());
            let bytes = redactor.clean_bytes(text.as_bytes());
            prop_assert_eq!(bytes.as_ref(), expected.as_bytes());
        }
    }
}
