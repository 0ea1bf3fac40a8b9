//! Keys that are CSI sequences: `ESC [`, parameters, a last byte. What is no key is dropped: replies
//! (device attributes, reports of the cursor, of modes and of the window). The mouse in its newer encoding is
//! one of them, see `mouse`, and so is the focus.
//!
//! `CSI 1;2R` can be F3 with Shift or a report of the cursor, and is taken for the report.

use super::Input;
use super::legacy;
use super::modifiers::Modifiers;
use super::mouse;
use super::parameters::Parameters;
use super::unicode;
use crate::ui::chord::{Chord, Key};

/// Whether this byte, an intermediate by its value, is the last of a sequence: rxvt writes keys with
/// Shift as `CSI 3$`. Reports with `$` have a private marker or two parameters.
pub(super) fn ends_with(parameters: &[u8], byte: u8) -> bool {
    let number = std::str::from_utf8(parameters).ok().and_then(|text| text.parse().ok());
    byte == b'$' && number.is_some_and(is_numbered)
}

/// The keys of a complete sequence, or what the mouse has done: mostly one or none.
pub(super) fn inputs(parameters: &[u8], last: u8, out: &mut Vec<Input>) {
    if let (b"[", b'A'..=b'E') = (parameters, last) {
        // The Linux console.
        out.push(Input::Key(Chord::plain(Key::F(last - b'A' + 1))));
        return;
    }
    if let (b"", b'I' | b'O') = (parameters, last) {
        // Mode 1004 of xterm.
        out.push(Input::Focus(last == b'I'));
        return;
    }
    if let Some((b'<', report)) = parameters.split_first() {
        out.extend(mouse::report(report, last).map(Input::Mouse));
        return;
    }
    let Some(parameters) = Parameters::new(parameters) else { return };
    let chord = match last {
        b'u' => return unicode::csi_u(parameters, out),
        b'~' if parameters.get(0, 0) == Some(27) && parameters.get(2, 0).is_some() => {
            return unicode::modify_other_keys(parameters, out);
        }
        b'~' | b'^' | b'$' | b'@' => by_number(parameters, last),
        _ => by_letter(parameters, last),
    };
    out.extend(chord.map(Input::Key));
}

fn by_letter(parameters: Parameters<'_>, letter: u8) -> Option<Chord> {
    let fields = parameters.fields();
    let first = parameters.get(0, 0);
    let modifiers = match (fields, first) {
        // Nothing, or the modifiers alone, as old terminals have it.
        (1, None | Some(1..=16)) => Modifiers::new(first, None),
        (2 | 3, None | Some(1)) => parameters.modifiers(),
        _ => return None,
    };
    match letter {
        b'Z' => modifiers.chord(Key::BackTab),
        b'P' | b'Q' | b'S' => modifiers.chord(Key::F(letter - b'P' + 1)),
        // rxvt, with Shift.
        b'a'..=b'd' => Modifiers::shift().chord(legacy::cursor(letter.to_ascii_uppercase())?),
        _ => modifiers.chord(legacy::cursor(letter)?),
    }
}

fn by_number(parameters: Parameters<'_>, last: u8) -> Option<Chord> {
    let modifiers = match last {
        b'~' => parameters.modifiers(),
        // rxvt: with Shift, and with Control.
        b'$' => Modifiers::shift(),
        _ => Modifiers::ctrl(),
    };
    modifiers.chord(numbered(parameters.get(0, 0)?)?)
}

fn numbered(number: u32) -> Option<Key> {
    // The numbers of function keys have gaps where VT220's keyboard has them.
    let function = |gaps: u32| u8::try_from(number - 10 - gaps).ok().map(Key::F);
    match number {
        1 | 7 => Some(Key::Home),
        3 => Some(Key::Delete),
        4 | 8 => Some(Key::End),
        5 => Some(Key::PageUp),
        6 => Some(Key::PageDown),
        11..=15 => function(0),
        17..=21 => function(1),
        23..=26 => function(2),
        28..=29 => function(3),
        31..=34 => function(4),
        _ => None,
    }
}

/// Whether a key has this number, Insert among them.
fn is_numbered(number: u32) -> bool {
    number == 2 || numbered(number).is_some()
}
