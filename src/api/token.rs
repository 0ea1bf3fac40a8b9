//! The token that opens a workspace.
//!
//! It is shown nowhere: not by `Debug`, not in errors; text that came from outside passes through
//! a [`Redactor`](super::Redactor) first.

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

/// A Hex API token. Its form is not checked further than it must be: older ones have no prefix.
#[derive(Clone, Debug)]
pub struct Token(SecretString);

/// Why a text cannot be a token. `Display` says where to get one and never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Nothing but white space.
    #[error(
        "the token is empty: make one in Hex under Settings, API keys, and set HEX_API_TOKEN to it"
    )]
    Empty,
    /// Characters that cannot stand in a header.
    #[error(
        "the token has a space, a line break or another character that no token has: copy it \
         again from Hex, Settings, API keys, the token alone"
    )]
    Characters,
    /// The header's word stands before it.
    #[error("the token begins with Bearer, which hextop writes itself: give the token alone")]
    Bearer,
    /// It stands where a token should.
    #[error(
        "the token is a placeholder: make one in Hex under Settings, API keys, and put it there whole"
    )]
    Placeholder,
}

/// What stood around a token and is no part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrapping {
    /// A line break after it.
    LineBreak,
    /// Other white space around it.
    WhiteSpace,
    /// A pair of quotation marks.
    Quotes,
}

impl Wrapping {
    /// What it is called.
    pub fn words(self) -> &'static str {
        match self {
            Self::LineBreak => "a line break after it",
            Self::WhiteSpace => "white space around it",
            Self::Quotes => "quotation marks around it",
        }
    }
}

impl Token {
    /// Takes a token over, without the white space or the pair of quotation marks around it.
    ///
    /// # Errors
    /// A text that is plainly no token: an empty one, a placeholder, one with anything but visible
    /// ASCII.
    pub fn new(text: &str) -> Result<Self, TokenError> {
        Self::unwrap_from(text).map(|(token, _)| token)
    }

    /// The same, with what stood around it, the most telling first.
    ///
    /// # Errors
    /// As for [`Token::new`].
    pub fn unwrap_from(text: &str) -> Result<(Self, Option<Wrapping>), TokenError> {
        let trimmed = text.trim();
        let quoted = ['"', '\''].into_iter().find_map(|mark| {
            trimmed.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark)).map(str::trim)
        });
        let alone = quoted.unwrap_or(trimmed);
        let wrapping = if quoted.is_some() {
            Some(Wrapping::Quotes)
        } else if text.trim_end_matches(['\r', '\n']) != alone {
            Some(Wrapping::WhiteSpace)
        } else {
            (text != alone).then_some(Wrapping::LineBreak)
        };
        if alone.is_empty() {
            Err(TokenError::Empty)
        } else if alone.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) {
            Err(TokenError::Bearer)
        } else if is_placeholder(alone) {
            Err(TokenError::Placeholder)
        } else if alone.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok((Self(SecretString::from(alone)), wrapping))
        } else {
            Err(TokenError::Characters)
        }
    }

    /// A name for it from which it cannot be found: half of its SHA-256, in hex.
    pub fn digest(&self) -> String {
        let digest = Sha256::digest(self.0.expose_secret());
        let hex = |number: u128, byte: &u8| number << 8 | u128::from(*byte);
        format!("{:032x}", digest.iter().take(16).fold(0, hex))
    }

    /// Writes it, alone in a line, into the file in which it is kept.
    ///
    /// # Errors
    /// If that cannot be written.
    pub fn write_to(&self, out: &mut impl std::io::Write) -> std::io::Result<()> {
        writeln!(out, "{}", self.0.expose_secret())
    }

    pub(super) fn secret(&self) -> &SecretString {
        &self.0
    }

    /// The value of the `Authorization` header, marked so that nothing prints or indexes it.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let text = format!("Bearer {}", self.0.expose_secret());
        let mut value = HeaderValue::try_from(text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

/// Whether a text stands for a token in some instructions: `hxtp_…`, `<token>`, `$HEX_API_TOKEN`,
/// `your-token-here`.
fn is_placeholder(text: &str) -> bool {
    let secret = ["hxtp_", "hxtw_"].iter().find_map(|start| text.strip_prefix(start));
    let lower = text.to_ascii_lowercase();
    let is_filler = |letter: char| matches!(letter, 'x' | 'X' | '.' | '*' | '_' | '-' | '…');
    secret.is_some_and(str::is_empty)
        || secret.unwrap_or(text).chars().all(is_filler)
        || text.contains('…')
        || text.contains("...")
        || text.starts_with('<') && text.ends_with('>')
        || text.starts_with('$')
        || lower.contains("your") && (lower.contains("token") || lower.contains("key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_the_same_for_the_same_token_and_does_not_hold_it() {
        let digest = |text| Token::new(text).unwrap().digest();
        assert_eq!(digest("hxtp_1"), digest(" hxtp_1\n"));
        assert_ne!(digest("hxtp_1"), digest("hxtp_2"));
        // The first half of what `printf abc | sha256sum` prints.
        assert_eq!(digest("abc"), "ba7816bf8f01cfea414140de5dae2223");
    }

    const TEXT: &str = "hxtp_0123456789abcdef";

    #[test]
    fn a_token_is_trimmed_and_goes_into_the_header_whole() {
        let token = Token::new(&format!(" {TEXT}\n")).unwrap();
        let header = token.header().unwrap();
        assert_eq!(header.to_str().unwrap(), format!("Bearer {TEXT}"));
        assert!(header.is_sensitive());
    }

    #[test]
    fn what_cannot_stand_in_a_header_is_refused_without_repeating_it() {
        for text in ["", " \n\t"] {
            assert_eq!(Token::new(text).unwrap_err(), TokenError::Empty);
        }
        for text in ["a b", "a\nb", "a\u{7f}b", "tökén", "a\0"] {
            assert_eq!(Token::new(text).unwrap_err(), TokenError::Characters);
        }
        for text in ["Bearer hxtp_1", "bearer hxtp_1"] {
            assert_eq!(Token::new(text).unwrap_err(), TokenError::Bearer);
        }
        for text in [
            "hxtp_…",
            "hxtp_",
            "hxtw_xxxxxxxx",
            "hxtp_...",
            "<your token>",
            "<token>",
            "$HEX_API_TOKEN",
            "YOUR_TOKEN_HERE",
            "your-api-key",
            "\"xxxx\"",
        ] {
            assert_eq!(Token::new(text).unwrap_err(), TokenError::Placeholder, "{text}");
        }
    }

    #[test]
    fn what_stands_around_a_token_is_told_and_no_part_of_it() {
        let found = |text: &str| {
            let (token, wrapping) = Token::unwrap_from(text).unwrap();
            assert_eq!(token.digest(), Token::new(TEXT).unwrap().digest(), "{text:?}");
            wrapping
        };
        assert_eq!(found(TEXT), None);
        for end in ["\n", "\r\n", "\n\n"] {
            assert_eq!(found(&format!("{TEXT}{end}")), Some(Wrapping::LineBreak));
        }
        for text in [format!(" {TEXT}"), format!("{TEXT} \n"), format!("\n{TEXT}")] {
            assert_eq!(found(&text), Some(Wrapping::WhiteSpace));
        }
        for text in [format!("'{TEXT}'"), format!("\"{TEXT}\"\n"), format!(" ' {TEXT} ' ")] {
            assert_eq!(found(&text), Some(Wrapping::Quotes));
        }
        assert!(Token::new("it's").is_ok() && Token::new("\"half").is_ok());
    }

    #[test]
    fn it_is_never_shown() {
        let token = Token::new(TEXT).unwrap();
        assert!(!format!("{token:?} {:?}", token.header()).contains("0123456789"));
    }
}
