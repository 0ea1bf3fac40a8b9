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
}

impl Token {
    /// Takes a token over, without the white space around it.
    ///
    /// # Errors
    /// An empty text, and one with anything but visible ASCII.
    pub fn new(text: &str) -> Result<Self, TokenError> {
        let text = text.trim();
        if text.is_empty() {
            Err(TokenError::Empty)
        } else if text.bytes().all(|byte| byte.is_ascii_graphic()) {
            Ok(Self(SecretString::from(text)))
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
        for text in ["a b", "a\nb", "a\u{7f}b", "tökén", "Bearer abc", "a\0"] {
            assert_eq!(Token::new(text).unwrap_err(), TokenError::Characters);
        }
    }

    #[test]
    fn it_is_never_shown() {
        let token = Token::new(TEXT).unwrap();
        assert!(!format!("{token:?} {:?}", token.header()).contains("0123456789"));
    }
}
