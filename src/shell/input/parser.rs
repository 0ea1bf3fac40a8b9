//! The bytes of a terminal, parsed into keys and pastes.
//!
//! A pure state machine after ECMA-48 and the VT500 parser: bytes and the time go in, keys and
//! pastes come out, nothing else. It takes one byte at a time, so the result does not depend on
//! how the bytes were cut into reads. Where bytes can be either a sequence or typed keys:
//!
//! * ESC and any key are Esc and that key, never Alt. Only sequences that carry their modifiers
//!   (`CSI 1;3A`, `CSI 97;3u`) report Alt; nothing is bound to it, so they are dropped.
//! * A lone ESC is Esc after [`ESCAPE_WAIT`], or at once if a byte follows that introduces nothing.
//! * `ESC [` or `ESC O` waits [`SEQUENCE_WAIT`] for the rest. With nothing behind it, it was typed:
//!   Esc and `[`, or Esc and `O`. A CSI sequence that has begun (`ESC [ 1`) and is not finished is
//!   dropped, because it may be a reply; one that is finished and unknown is dropped too, because
//!   terminals have function keys of every letter. After `ESC O` no terminal sends a reply, so what
//!   is unknown there was typed.
//! * `ESC ]`, `ESC P`, `ESC _`, `ESC ^`, `ESC X` may begin a string (OSC, DCS, APC, PM, SOS). If the
//!   payload begins as terminals' replies do (see `string`) it is dropped up to its end. Any other
//!   payload is held back: its terminator makes it a string, which is dropped; a pause of
//!   [`ESCAPE_WAIT`] or a control character makes it typed keys.
//! * A string that has no end is given up after a pause of [`BODY_WAIT`] and nothing of it becomes a
//!   key. Its length is not limited, because nothing of it is kept and the part beyond a limit would
//!   be keys that nobody pressed. ctrl-c in a string ends it and is heard.
//! * Any other control character, or the beginning of a character that is not ASCII, in an
//!   unfinished sequence ends that sequence and is itself a key. CAN and SUB only end it.

use std::time::Duration;

use crate::domain::Boot;

use super::Input;
use super::csi;
use super::legacy;
use super::mouse::{Mouse, MouseEvent};
use super::paste::{Paste, PasteEvent};
use super::string;
use super::utf8::{Decoded, Utf8};
use crate::ui::chord::{Chord, Key};

/// How long a lone ESC waits for an introducer, and an introducer of a string for its payload.
/// Terminals send a sequence in one write; a person needs longer for two keys.
pub const ESCAPE_WAIT: Duration = Duration::from_millis(50);
/// How long an unfinished CSI or SS3 sequence waits for its next byte. A network may lose the packet
/// with the rest, and sends it again after 200 ms to 1 s.
pub const SEQUENCE_WAIT: Duration = Duration::from_secs(1);
/// How long an unfinished reply or paste waits for its next byte. These are long, so they are cut
/// more often, and their rest must not become keys.
pub const BODY_WAIT: Duration = Duration::from_secs(2);

/// The longest CSI sequence that is understood, in bytes; a longer one is dropped at its end.
const LONGEST_CSI: usize = 256;

/// The parser of one terminal's input.
#[derive(Debug, Default)]
pub struct Parser {
    state: State,
    /// When the last byte came.
    touched: Boot,
}

/// What has come of a sequence so far.
#[derive(Debug, Default)]
enum State {
    /// No sequence is open.
    #[default]
    Ground,
    /// A part of a character that is not ASCII.
    Utf8(Utf8),
    /// ESC.
    Escape,
    /// `ESC [` and these bytes.
    Csi(Vec<u8>),
    /// `ESC [ M`, the mouse in its oldest encoding.
    Mouse(Mouse),
    /// `ESC O` and these bytes.
    Ss3(Vec<u8>),
    /// ESC, the introducer of a string, and a payload that may have been typed.
    MaybeString(Vec<u8>),
    /// The same and ESC.
    MaybeStringEscape(Vec<u8>),
    /// In a string.
    String,
    /// In a string, after ESC.
    StringEscape,
    /// In a paste.
    Paste(Paste),
}

impl Parser {
    /// Takes in bytes that were read at `now`. Does not look whether a wait is over: bytes that came
    /// in time but were read late still belong together, so the caller reads all there is before it
    /// calls [`Self::elapse`].
    pub fn feed(&mut self, bytes: &[u8], now: Boot, out: &mut Vec<Input>) {
        for &byte in bytes {
            self.touched = now;
            self.state = step(std::mem::take(&mut self.state), byte, out);
        }
    }

    /// When [`Self::elapse`] is due, if no byte comes before.
    pub fn deadline(&self) -> Option<Boot> {
        self.state.wait().map(|wait| self.touched + wait)
    }

    /// Ends what has waited long enough by `now`.
    pub fn elapse(&mut self, now: Boot, out: &mut Vec<Input>) {
        while self.deadline().is_some_and(|deadline| deadline <= now) {
            self.state = std::mem::take(&mut self.state).give_up(out);
        }
    }

    /// Whether the next bytes are the payload of a paste or a string, and no keys.
    pub fn is_in_body(&self) -> bool {
        matches!(self.state, State::Paste(_) | State::String)
    }
}

impl State {
    /// How long this state waits for its next byte.
    fn wait(&self) -> Option<Duration> {
        match self {
            Self::Ground | Self::Utf8(_) => None,
            Self::Escape | Self::MaybeString(_) | Self::MaybeStringEscape(_) => Some(ESCAPE_WAIT),
            Self::Csi(_) | Self::Mouse(_) | Self::Ss3(_) => Some(SEQUENCE_WAIT),
            Self::Paste(paste) if paste.holds_interrupts() => Some(ESCAPE_WAIT),
            Self::String | Self::StringEscape | Self::Paste(_) => Some(BODY_WAIT),
        }
    }

    /// The state after no byte came in time.
    fn give_up(self, out: &mut Vec<Input>) -> Self {
        match self {
            Self::Escape => press(Key::Esc, out),
            Self::Csi(bytes) if bytes.is_empty() => typed(b"[", out),
            Self::Ss3(bytes) => typed(&[b"O", bytes.as_slice()].concat(), out),
            Self::MaybeString(bytes) => typed(&bytes, out),
            Self::MaybeStringEscape(bytes) => {
                typed(&bytes, out);
                press(Key::Esc, out)
            }
            Self::Paste(mut paste) if paste.holds_interrupts() => {
                out.extend(paste.interrupt());
                Self::Paste(paste)
            }
            Self::Paste(paste) => {
                out.extend(paste.finish());
                Self::Ground
            }
            Self::Ground
            | Self::Utf8(_)
            | Self::Csi(_)
            | Self::Mouse(_)
            | Self::String
            | Self::StringEscape => Self::Ground,
        }
    }
}

/// The state after one more byte.
fn step(state: State, byte: u8, out: &mut Vec<Input>) -> State {
    match state {
        State::Ground => ground(byte, out),
        State::Utf8(part) => character(part, byte, out),
        State::Csi(bytes) => control_sequence(bytes, byte, out),
        State::Mouse(mut mouse) => match mouse.push(byte) {
            MouseEvent::More => State::Mouse(mouse),
            MouseEvent::End => State::Ground,
            MouseEvent::Other => ground(byte, out),
        },
        State::Ss3(bytes) => single_shift(bytes, byte, out),
        State::MaybeString(bytes) => maybe_string(bytes, byte, out),
        State::MaybeStringEscape(_) | State::StringEscape if byte == b'\\' => State::Ground,
        State::MaybeStringEscape(bytes) => {
            typed(&bytes, out);
            escape(byte, out)
        }
        State::String => match byte {
            0x07 | 0x18 | 0x1a => State::Ground,
            0x03 => ground(byte, out),
            0x1b => State::StringEscape,
            _ => State::String,
        },
        // What comes instead of a string's end begins anew.
        State::Escape | State::StringEscape => escape(byte, out),
        State::Paste(mut paste) => match paste.push(byte) {
            PasteEvent::More => State::Paste(paste),
            PasteEvent::End => {
                out.extend(paste.finish());
                State::Ground
            }
        },
    }
}

fn ground(byte: u8, out: &mut Vec<Input>) -> State {
    match byte {
        0x1b => State::Escape,
        0x80.. => character(Utf8::default(), byte, out),
        _ => {
            out.extend(legacy::byte(byte).map(Input::Key));
            State::Ground
        }
    }
}

fn character(mut part: Utf8, byte: u8, out: &mut Vec<Input>) -> State {
    match part.push(byte) {
        Decoded::Partial => State::Utf8(part),
        Decoded::Char(letter) => {
            // The second set of control characters is on no keyboard.
            out.extend((!letter.is_control()).then(|| Input::Key(Chord::plain(Key::Char(letter)))));
            State::Ground
        }
        Decoded::Invalid => State::Ground,
        Decoded::Interrupted => ground(byte, out),
    }
}

fn escape(byte: u8, out: &mut Vec<Input>) -> State {
    match byte {
        b'[' => State::Csi(Vec::new()),
        b'O' => State::Ss3(Vec::new()),
        b']' | b'P' | b'_' | b'^' | b'X' => State::MaybeString(vec![byte]),
        _ => {
            press(Key::Esc, out);
            ground(byte, out)
        }
    }
}

fn control_sequence(mut bytes: Vec<u8>, byte: u8, out: &mut Vec<Input>) -> State {
    match (bytes.as_slice(), byte) {
        ([], 0x00..=0x1f | 0x7f..) => {
            typed(b"[", out);
            ground(byte, out)
        }
        (_, 0x18 | 0x1a) => State::Ground,
        (_, 0x00..=0x1f | 0x7f..) => ground(byte, out),
        (b"200", b'~') => State::Paste(Paste::default()),
        ([], b'M') => State::Mouse(Mouse::default()),
        ([], b'[') | (_, 0x20..=0x3f) if !csi::ends_with(&bytes, byte) => {
            // One byte more than is understood is kept, so that the length tells.
            if bytes.len() <= LONGEST_CSI {
                bytes.push(byte);
            }
            State::Csi(bytes)
        }
        _ => {
            if bytes.len() <= LONGEST_CSI {
                csi::inputs(&bytes, byte, out);
            }
            State::Ground
        }
    }
}

fn single_shift(mut bytes: Vec<u8>, byte: u8, out: &mut Vec<Input>) -> State {
    if matches!(byte, b'0'..=b'9' | b';') && bytes.len() < 8 {
        bytes.push(byte);
        return State::Ss3(bytes);
    }
    if let Ok(chord) = legacy::single_shift(&bytes, byte) {
        out.extend(chord.map(Input::Key));
        return State::Ground;
    }
    typed(&[b"O", bytes.as_slice()].concat(), out);
    ground(byte, out)
}

fn maybe_string(mut bytes: Vec<u8>, byte: u8, out: &mut Vec<Input>) -> State {
    match byte {
        0x07 => State::Ground,
        0x1b => State::MaybeStringEscape(bytes),
        0x00..=0x1f | 0x7f => {
            typed(&bytes, out);
            ground(byte, out)
        }
        _ => {
            bytes.push(byte);
            if string::is_reply(&bytes) { State::String } else { State::MaybeString(bytes) }
        }
    }
}

/// Esc and these bytes were keys.
fn typed(bytes: &[u8], out: &mut Vec<Input>) -> State {
    press(Key::Esc, out);
    bytes.iter().fold(State::Ground, |state, &byte| step(state, byte, out))
}

fn press(key: Key, out: &mut Vec<Input>) -> State {
    out.push(Input::Key(Chord::plain(key)));
    State::Ground
}
