//! Reading the query of a URL, and refusing what the contract does not allow in it.

use std::str::FromStr;

use super::reply::Shape;
use super::validation;

/// The parameters of a URL, decoded, in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    pub(crate) fn read(query: Option<&str>) -> Self {
        let pair = |part: &str| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decode(&name.replace('+', " ")), decode(&value.replace('+', " ")))
        };
        let parts = query.unwrap_or_default().split('&').filter(|part| !part.is_empty());
        Self(parts.map(pair).collect())
    }

    /// The last value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().rev();
        values.find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// All values of a parameter that may be repeated or joined by commas.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        let indexed = format!("{name}[]");
        let named = self.0.iter().filter(|(other, _)| other == name || *other == indexed);
        named.flat_map(|(_, value)| value.split(',')).collect()
    }

    /// A whole number from `least` to `most`.
    ///
    /// # Errors
    /// What the validation of operations with errors of this shape says, for a 400.
    pub(crate) fn number<T>(
        &self,
        name: &str,
        (least, most): (T, T),
        default: T,
        shape: Shape,
    ) -> Result<T, String>
    where
        T: Copy + FromStr + PartialOrd + std::fmt::Display,
    {
        let Some(text) = self.get(name) else {
            return Ok(default);
        };
        let wrong = match text.parse() {
            Ok(number) if number < least => validation::below(shape, least),
            Ok(number) if number > most => validation::above(shape, most),
            Ok(number) => return Ok(number),
            Err(_) => validation::no_number(shape, text),
        };
        Err(format!("{name}: {wrong}"))
    }

    /// `true` or `false` in any case, as Python's clients write them too; false where it is absent.
    ///
    /// # Errors
    /// What the validation of operations with errors of this shape says, for a 400.
    pub(crate) fn flag(&self, name: &str, shape: Shape) -> Result<bool, String> {
        match self.get(name).map(str::to_ascii_lowercase).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(format!("{name}: {}", validation::no_flag(shape))),
        }
    }

    /// One of a few words.
    ///
    /// # Errors
    /// What the validation of operations with errors of this shape says, for a 400.
    pub(crate) fn word(
        &self,
        name: &str,
        words: &[&str],
        shape: Shape,
    ) -> Result<Option<&str>, String> {
        match self.get(name) {
            Some(word) if !words.contains(&word) => {
                Err(format!("{name}: {}", validation::no_such_word(shape, words, word)))
            }
            found => Ok(found),
        }
    }
}

/// Undoes percent encoding; what is not well encoded stays as it is.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = |digit: u8| char::from(digit).to_digit(16);
        let coded = match after {
            [high, low, ..] if *first == b'%' => hex(*high).zip(hex(*low)),
            _ => None,
        };
        if let Some((high, low)) = coded {
            bytes.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_undone_and_nonsense_is_left_alone() {
        assert_eq!(decode("a%20b%26%C3%BC"), "a b&ü");
        assert_eq!(decode("50%zz%4"), "50%zz%4");
    }

    #[test]
    fn repeated_and_joined_values_are_the_same_list() {
        let repeated = Params::read(Some("statuses=a&statuses=b%20c"));
        let joined = Params::read(Some("statuses=a,b+c"));
        assert_eq!(repeated.list("statuses"), ["a", "b c"]);
        assert_eq!(joined.list("statuses"), ["a", "b c"]);
    }
}
