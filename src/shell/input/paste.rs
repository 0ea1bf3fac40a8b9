//! A bracketed paste, from behind `CSI 200~` to `CSI 201~`.
//!
//! ctrl-c can be a part of the pasted text or pressed while a paste has no end. It is text if
//! another byte follows before [`super::parser::ESCAPE_WAIT`] is over, else it was pressed: then what
//! has come so far is delivered, ctrl-c after it, and the paste goes on, so that a rest which comes
//! late is still no keys. A paste of more than [`LONGEST`] bytes is not delivered at all: a part would
//! look like the whole.

use super::Input;
use crate::ui::chord::Chord;

/// The longest paste that is delivered, in bytes.
pub(super) const LONGEST: usize = 4 * 1024 * 1024;

const END: &[u8] = b"\x1b[201~";

/// A paste so far.
#[derive(Debug, Default)]
pub(super) struct Paste {
    text: Vec<u8>,
    /// How many bytes of [`END`] have come.
    matched: usize,
    /// How many ctrl-c came last and may have been pressed.
    interrupts: usize,
    /// Whether it became too long, and its text was let go.
    is_too_long: bool,
}

/// What a byte does to a paste.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PasteEvent {
    /// It goes on.
    More,
    /// It is complete.
    End,
}

impl Paste {
    /// Takes in a byte.
    pub(super) fn push(&mut self, byte: u8) -> PasteEvent {
        if byte == 0x03 {
            self.unmatch();
            self.interrupts += 1;
            return PasteEvent::More;
        }
        for _ in 0..std::mem::take(&mut self.interrupts) {
            self.keep(&[0x03]);
        }
        // ESC is only the first byte of the end, so a mismatch can begin it anew but not in between.
        if END.get(self.matched) != Some(&byte) {
            self.unmatch();
        }
        if END.get(self.matched) == Some(&byte) {
            self.matched += 1;
        } else {
            self.keep(&[byte]);
        }
        if self.matched == END.len() { PasteEvent::End } else { PasteEvent::More }
    }

    /// Whether ctrl-c came last, of which it is not known whether it was pressed.
    pub(super) fn holds_interrupts(&self) -> bool {
        self.interrupts > 0
    }

    /// Delivers what has come, and the ctrl-c after it as keys.
    pub(super) fn interrupt(&mut self) -> Vec<Input> {
        let presses = std::mem::take(&mut self.interrupts);
        let mut inputs = Vec::new();
        if !self.text.is_empty() {
            inputs.push(text(&std::mem::take(&mut self.text)));
        }
        inputs.extend(std::iter::repeat_n(Input::Key(Chord::ctrl('c')), presses));
        inputs
    }

    /// The paste, complete or given up, without a part of its end; none if it is empty or too long.
    pub(super) fn finish(self) -> Option<Input> {
        (!self.text.is_empty()).then(|| text(&self.text))
    }

    /// What looked like the end was text.
    fn unmatch(&mut self) {
        let matched = std::mem::take(&mut self.matched);
        self.keep(END.get(..matched).unwrap_or_default());
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.is_too_long |= self.text.len() + bytes.len() > LONGEST;
        if self.is_too_long {
            self.text = Vec::new();
        } else {
            self.text.extend_from_slice(bytes);
        }
    }
}

fn text(bytes: &[u8]) -> Input {
    Input::Paste(String::from_utf8_lossy(bytes).into_owned())
}
