//! Keys that are one byte, or `ESC O` (SS3) and a letter.

use super::modifiers::Modifiers;
use crate::ui::chord::{Chord, Key};

/// The key of an ASCII byte, as a terminal in raw mode sends it; none for ESC and what is not ASCII.
pub(super) fn byte(byte: u8) -> Option<Chord> {
    match byte {
        b'\t' => Some(Chord::plain(Key::Tab)),
        b'\r' => Some(Chord::plain(Key::Enter)),
        0x7f => Some(Chord::plain(Key::Backspace)),
        0x00 => Some(Chord::ctrl(' ')),
        // Return is no line feed in raw mode, so that is ctrl-j.
        0x01..=0x1a => Some(Chord::ctrl(char::from(b'a' - 1 + byte))),
        // ctrl-\, ctrl-], ctrl-^, ctrl-_.
        0x1c..=0x1f => Some(Chord::ctrl(char::from(b'@' + byte))),
        0x20..=0x7e => Some(Chord::plain(Key::Char(char::from(byte)))),
        0x1b | 0x80.. => None,
    }
}

/// No terminal sends such a sequence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unknown;

/// The key of `ESC O`, these parameters and this letter; none where nothing is bound to it.
///
/// # Errors
/// If no key is sent with this letter.
pub(super) fn single_shift(parameters: &[u8], letter: u8) -> Result<Option<Chord>, Unknown> {
    let text = std::str::from_utf8(parameters).unwrap_or_default();
    // `ESC O 5 P` and `ESC O 1 ; 5 P` are both in use.
    let number = text.rsplit(';').next().and_then(|number| number.parse().ok());
    let modifiers = Modifiers::new(number, None);
    let key = match letter {
        // rxvt, with Control.
        b'a'..=b'd' => {
            let key = cursor(letter.to_ascii_uppercase()).ok_or(Unknown)?;
            return Ok(Modifiers::ctrl().chord(key));
        }
        // The 5 of a keypad without its number.
        b'E' => return Ok(None),
        b'P'..=b'S' => Key::F(letter - b'P' + 1),
        _ => cursor(letter).or_else(|| keypad(letter)).ok_or(Unknown)?,
    };
    Ok(modifiers.chord(key))
}

/// The key of a letter that is the same behind CSI and SS3.
pub(super) fn cursor(letter: u8) -> Option<Key> {
    Some(match letter {
        b'A' => Key::Up,
        b'B' => Key::Down,
        b'C' => Key::Right,
        b'D' => Key::Left,
        b'F' => Key::End,
        b'H' => Key::Home,
        _ => return None,
    })
}

/// The keypad in application mode (VT100).
fn keypad(letter: u8) -> Option<Key> {
    Some(match letter {
        b' ' => Key::Char(' '),
        b'I' => Key::Tab,
        b'M' => Key::Enter,
        b'X' => Key::Char('='),
        // They stand 64 places behind their characters.
        b'j'..=b'y' => Key::Char(char::from(letter - 64)),
        _ => return None,
    })
}
