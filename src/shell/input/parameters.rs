//! The numbers of a control sequence.

use super::modifiers::Modifiers;

/// The numbers of a sequence: fields, each with parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameters<'a>(&'a str);

impl<'a> Parameters<'a> {
    /// None if there is a private marker or an intermediate: keys have neither.
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let is_plain = bytes.iter().all(|byte| matches!(byte, b'0'..=b'9' | b';' | b':'));
        is_plain.then_some(Self(std::str::from_utf8(bytes).ok()?))
    }

    /// How many fields there are.
    pub(super) fn fields(self) -> usize {
        self.0.split(';').count()
    }

    /// A part of a field, if it is there.
    pub(super) fn get(self, field: usize, part: usize) -> Option<u32> {
        self.parts(field).nth(part)?
    }

    /// All parts of a field; those that are left out have no value.
    pub(super) fn parts(self, field: usize) -> impl Iterator<Item = Option<u32>> + 'a {
        let parts = self.0.split(';').nth(field).into_iter().flat_map(|field| field.split(':'));
        parts.map(|part| part.parse().ok())
    }

    /// The modifiers, which are the second field.
    pub(super) fn modifiers(self) -> Modifiers {
        Modifiers::new(self.get(1, 0), self.get(1, 1))
    }
}
