//! Keys by their Unicode number: `CSI … u` of the kitty protocol and of fixterms, and xterm's
//! modifyOtherKeys. The program asks for neither; a terminal may have been left in such a mode.
//!
//! Source: <https://sw.kovidgoyal.net/kitty/keyboard-protocol/>.

use super::Input;
use super::modifiers::Modifiers;
use super::parameters::Parameters;
use crate::ui::chord::{Chord, Key};

/// The key of `CSI number:shifted:base ; modifiers:event ; text u`.
pub(super) fn csi_u(parameters: Parameters<'_>, out: &mut Vec<Input>) {
    let modifiers = parameters.modifiers();
    let number = parameters.get(0, 0).unwrap_or_default();
    if let Some(key) = special(number) {
        out.extend(modifiers.chord(key).map(Input::Key));
        return;
    }
    let text: Vec<char> = parameters.parts(2).filter_map(printable).collect();
    if !text.is_empty() && !modifiers.has_ctrl() {
        out.extend(
            text.into_iter()
                .filter_map(|letter| modifiers.chord(Key::Char(letter)))
                .map(Input::Key),
        );
        return;
    }
    let shifted = parameters.get(0, 1).filter(|_| modifiers.has_shift());
    out.extend(typed(shifted, number, modifiers).map(Input::Key));
}

/// The key of `CSI 27 ; modifiers ; number ~`.
pub(super) fn modify_other_keys(parameters: Parameters<'_>, out: &mut Vec<Input>) {
    let modifiers = parameters.modifiers();
    let number = parameters.get(2, 0).unwrap_or_default();
    let chord = match special(number) {
        Some(key) => modifiers.chord(key),
        None => typed(None, number, modifiers),
    };
    out.extend(chord.map(Input::Key));
}

/// A key that types a character. With Control it is the small letter, as in one byte.
fn typed(shifted: Option<u32>, number: u32, modifiers: Modifiers) -> Option<Chord> {
    let letter = printable(shifted.or(Some(number)))?;
    let letter = if modifiers.has_ctrl() {
        letter.to_ascii_lowercase()
    } else if modifiers.capitalise() {
        let mut capitals = letter.to_uppercase();
        // Some letters have a capital of two, and keep to themselves.
        capitals.next().filter(|_| capitals.next().is_none()).unwrap_or(letter)
    } else {
        letter
    };
    modifiers.chord(Key::Char(letter))
}

/// The character of a number, if a key can type it: no control character, and none of those that
/// kitty uses for keys without a character.
fn printable(number: Option<u32>) -> Option<char> {
    let letter = char::from_u32(number?)?;
    let is_private = ('\u{e000}'..='\u{f8ff}').contains(&letter);
    (!letter.is_control() && !is_private).then_some(letter)
}

/// Keys that type no character, and the keypad.
fn special(number: u32) -> Option<Key> {
    Some(match number {
        8 | 127 => Key::Backspace,
        9 => Key::Tab,
        13 | 57414 => Key::Enter,
        27 => Key::Esc,
        57376..=57398 => Key::F(u8::try_from(number - 57376 + 13).ok()?),
        57399..=57408 => Key::Char(char::from_digit(number - 57399, 10)?),
        57409 => Key::Char('.'),
        57410 => Key::Char('/'),
        57411 => Key::Char('*'),
        57412 => Key::Char('-'),
        57413 => Key::Char('+'),
        57415 => Key::Char('='),
        57416 => Key::Char(','),
        57417 => Key::Left,
        57418 => Key::Right,
        57419 => Key::Up,
        57420 => Key::Down,
        57421 => Key::PageUp,
        57422 => Key::PageDown,
        57423 => Key::Home,
        57424 => Key::End,
        57426 => Key::Delete,
        _ => return None,
    })
}
