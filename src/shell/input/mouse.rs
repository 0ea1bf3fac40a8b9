//! The mouse: `CSI < button ; column ; line M` (mode 1006, which is asked for), counted from 1, and
//! `m` in place of `M` where a button is let go. Of that the left button and the wheel count, without
//! modifiers: with Shift the terminal selects text, and nothing is bound to the others.
//!
//! In its oldest encoding it is `ESC [ M` and three characters, which are dropped: terminals that
//! know no other are not told apart from what was typed. They are single bytes, or UTF-8 (mode 1005). A byte that can be the first of two takes a
//! continuation byte with it in either mode: it costs a key where single bytes happen to look so,
//! but no byte of a report becomes a key.

use ratatui::layout::Position;

use super::parameters::Parameters;
use crate::ui::mouse::{Action, Mouse as Event};

/// What a button's number is for the wheel.
const WHEEL_UP: u32 = 64;
const WHEEL_DOWN: u32 = 65;

/// What a report in the newer encoding says; none if that is nothing that counts.
pub(super) fn report(parameters: &[u8], last: u8) -> Option<Event> {
    let parameters = Parameters::new(parameters).filter(|it| last == b'M' && it.fields() == 3)?;
    let action = match parameters.get(0, 0)? {
        0 => Action::Click,
        WHEEL_UP => Action::WheelUp,
        WHEEL_DOWN => Action::WheelDown,
        _ => return None,
    };
    let cell = |field| u16::try_from(parameters.get(field, 0)?.checked_sub(1)?).ok();
    Some(Event { action, at: Position::new(cell(1)?, cell(2)?) })
}

/// A report in the oldest encoding so far.
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
