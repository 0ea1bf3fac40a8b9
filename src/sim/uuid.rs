//! Ids in Hex's form: 8-4-4-4-12 hexadecimal digits, read in either case, written in lower.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// An id of a project, run, cell or person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Uuid(u128);

/// The text has not the form of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotAnId;

impl Uuid {
    /// Version 4 from two random words.
    pub(crate) fn random(high: u64, low: u64) -> Self {
        let word = u128::from(high) << 64 | u128::from(low);
        Self(word & !(0xf << 76) & !(0b11 << 62) | 0x4 << 76 | 0b10 << 62)
    }

    /// 64 of its bits, for seeding.
    pub(crate) fn bits(self) -> u64 {
        u64::try_from((self.0 ^ (self.0 >> 64)) & u128::from(u64::MAX)).unwrap_or_default()
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = self.0;
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            word >> 96,
            word >> 80 & 0xffff,
            word >> 64 & 0xffff,
            word >> 48 & 0xffff,
            word & 0xffff_ffff_ffff
        )
    }
}

impl FromStr for Uuid {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let mut groups = text.split('-');
        let mut word = 0_u128;
        for digits in [8, 4, 4, 4, 12] {
            let group = groups.next().filter(|group| group.len() == digits);
            for digit in group.ok_or(NotAnId)?.chars() {
                word = word << 4 | u128::from(digit.to_digit(16).ok_or(NotAnId)?);
            }
        }
        groups.next().map_or(Ok(Self(word)), |_| Err(NotAnId))
    }
}

impl Serialize for Uuid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_writing_and_reading_in_either_case() {
        let id = Uuid::random(0xdead_beef_0000_ffff, 0x0123_4567_89ab_cdef);
        let text = id.to_string();
        assert_eq!(text, "deadbeef-0000-4fff-8123-456789abcdef");
        assert_eq!(text.parse(), Ok(id));
        assert_eq!(text.to_uppercase().parse(), Ok(id));
    }

    #[test]
    fn other_text_is_no_id() {
        for text in [
            "",
            "deadbeef",
            "deadbeef-0000-4fff-8123-456789abcde",
            "deadbeef-0000-4fff-8123-456789abcdef-",
            "deadbeef-0000-4fff-8123-456789abcdeg",
            "deadbeef-0000-4fff-81234-56789abcdef",
            "+eadbeef-0000-4fff-8123-456789abcdef",
        ] {
            assert_eq!(text.parse::<Uuid>(), Err(NotAnId), "{text}");
        }
    }
}
