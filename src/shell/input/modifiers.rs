//! What a sequence says beside its key: modifiers, and whether the key was released.

use crate::ui::chord::{Chord, Key};

const SHIFT: u32 = 1;
const CTRL: u32 = 4;
/// Alt, Super, Hyper, Meta: they change what a key means, and nothing is bound to them.
const OTHERS: u32 = 2 | 8 | 16 | 32;
const CAPS_LOCK: u32 = 64;
/// kitty's type of event for a released key; 1 is a press, 2 a repeat.
const RELEASE: u32 = 3;

/// The modifiers of a key.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Modifiers {
    mask: u32,
    is_release: bool,
}

impl Modifiers {
    /// From a sequence's number, which is 1 more than the mask, and its type of event. Both may be
    /// missing.
    pub(super) fn new(number: Option<u32>, event: Option<u32>) -> Self {
        Self {
            mask: number.unwrap_or_default().saturating_sub(1),
            is_release: event == Some(RELEASE),
        }
    }

    /// Shift alone.
    pub(super) fn shift() -> Self {
        Self { mask: SHIFT, is_release: false }
    }

    /// Control alone.
    pub(super) fn ctrl() -> Self {
        Self { mask: CTRL, is_release: false }
    }

    /// Whether Shift is held.
    pub(super) fn has_shift(self) -> bool {
        self.mask & SHIFT != 0
    }

    /// Whether Control is held.
    pub(super) fn has_ctrl(self) -> bool {
        self.mask & CTRL != 0
    }

    /// Whether letters become capitals.
    pub(super) fn capitalise(self) -> bool {
        self.has_shift() != (self.mask & CAPS_LOCK != 0)
    }

    /// The chord of a key with these modifiers; none for a release, or with Alt and its like.
    pub(super) fn chord(self, key: Key) -> Option<Chord> {
        let key = if key == Key::Tab && self.has_shift() { Key::BackTab } else { key };
        let heard = !self.is_release && self.mask & OTHERS == 0;
        heard.then(|| Chord { key, ctrl: self.has_ctrl() })
    }
}
