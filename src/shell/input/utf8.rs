//! A character that is not ASCII, byte by byte.

use std::str;

/// The bytes of one character so far.
#[derive(Debug, Default)]
pub(super) struct Utf8 {
    bytes: Vec<u8>,
}

/// What one more byte makes of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decoded {
    /// More bytes must come.
    Partial,
    /// It is complete.
    Char(char),
    /// All bytes, this one included, are no character.
    Invalid,
    /// The bytes before are no character; this one begins something else.
    Interrupted,
}

impl Utf8 {
    /// Takes in a byte.
    pub(super) fn push(&mut self, byte: u8) -> Decoded {
        self.bytes.push(byte);
        match str::from_utf8(&self.bytes) {
            Ok(text) => text.chars().next().map_or(Decoded::Invalid, Decoded::Char),
            Err(error) if error.error_len().is_none() => Decoded::Partial,
            Err(_) if self.bytes.len() > 1 && !(0x80..=0xbf).contains(&byte) => {
                Decoded::Interrupted
            }
            Err(_) => Decoded::Invalid,
        }
    }
}
