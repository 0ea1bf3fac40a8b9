//! The mouse in its oldest encoding: `ESC [ M` and three characters, which are dropped.
//!
//! They are single bytes, or UTF-8 (mode 1005). A byte that can be the first of two takes a
//! continuation byte with it in either mode: it costs a key where single bytes happen to look so,
//! but no byte of a report becomes a key.

/// A report so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mouse {
    /// How many characters are still to come.
    left: u8,
    /// Whether the last byte can be the first of two.
    is_lead: bool,
}

/// What a byte does to a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MouseEvent {
    /// It goes on.
    More,
    /// It is complete.
    End,
    /// The byte is not a part of it.
    Other,
}

impl Default for Mouse {
    fn default() -> Self {
        Self { left: 3, is_lead: false }
    }
}

impl Mouse {
    /// Takes in a byte.
    pub(super) fn push(&mut self, byte: u8) -> MouseEvent {
        let is_second = self.is_lead && (0x80..=0xbf).contains(&byte);
        if byte < 0x20 || (self.left == 0 && !is_second) {
            return MouseEvent::Other;
        }
        self.is_lead = !is_second && (0xc2..=0xdf).contains(&byte);
        self.left -= u8::from(!is_second);
        if self.left == 0 && !self.is_lead { MouseEvent::End } else { MouseEvent::More }
    }
}
