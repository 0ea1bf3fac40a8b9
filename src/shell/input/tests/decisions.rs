//! Bytes that can be read in two ways, and how they are.

use super::encodings::REPLIES;
use ratatui::layout::Position;

use super::*;
use crate::ui::mouse::{Action, Mouse};

fn escape_and(text: &str) -> Vec<Input> {
    [vec![plain(Key::Esc)], letters(text)].concat()
}

#[test]
fn escape_and_a_key_in_one_read_are_escape_and_that_key() {
    assert_eq!(heard(b"\x1bj"), escape_and("j"));
    assert_eq!(heard(b"\x1b\x1b"), [plain(Key::Esc), plain(Key::Esc)]);
    assert_eq!(heard(b"\x1b\x1b[B"), [plain(Key::Esc), plain(Key::Down)]);
    assert_eq!(heard(b"\x1b\x1bOA"), [plain(Key::Esc), plain(Key::Up)]);
    assert_eq!(heard(b"\x1b\x03"), [plain(Key::Esc), ctrl('c')]);
    assert_eq!(heard("\u{1b}é".as_bytes()), escape_and("é"));
    assert_eq!(heard(b"\x1bXjy"), escape_and("Xjy"));
}

#[test]
fn an_introducer_with_nothing_behind_it_was_typed() {
    for introducer in ["[", "O", "]", "P", "_", "^", "X"] {
        let bytes = format!("\u{1b}{introducer}");
        assert_eq!(heard(bytes.as_bytes()), escape_and(introducer), "{introducer}");
        let mut terminal = Terminal::default();
        terminal.send(bytes.as_bytes());
        terminal.send(b"\r");
        let enter = vec![plain(Key::Enter)];
        assert_eq!(terminal.rest(), [escape_and(introducer), enter].concat(), "{introducer}");
    }
    assert_eq!(heard(b"\x1b[\x1b[A"), [escape_and("["), vec![plain(Key::Up)]].concat());
}

#[test]
fn a_lone_escape_waits_for_50_ms_and_no_longer() {
    let mut terminal = Terminal::default();
    terminal.send(b"\x1b");
    terminal.pause(49);
    assert_eq!(terminal.heard, []);
    terminal.pause(1);
    assert_eq!(terminal.heard, [plain(Key::Esc)]);
    terminal.send(b"[");
    assert_eq!(terminal.heard, escape_and("["));
    terminal.heard.clear();
    // The second of two waits anew.
    terminal.send(b"\x1b");
    terminal.pause(40);
    terminal.send(b"\x1b");
    terminal.pause(40);
    assert_eq!(terminal.heard, [plain(Key::Esc)]);
    terminal.send(b"[A");
    assert_eq!(terminal.heard, [plain(Key::Esc), plain(Key::Up)]);
}

#[test]
fn a_sequence_that_has_begun_is_waited_for_a_second() {
    let mut terminal = Terminal::default();
    terminal.send(b"\x1b[");
    terminal.pause(999);
    terminal.send(b"1;");
    terminal.pause(999);
    terminal.send(b"5A");
    assert_eq!(terminal.rest(), [Input::Key(Chord { key: Key::Up, ctrl: true })]);
    terminal.send(b"\x1b[1;");
    terminal.pause(1000);
    terminal.send(b"5A");
    assert_eq!(terminal.rest(), letters("5A"), "what was cut off became no key");
}

#[test]
fn strings_that_are_not_replies_are_keys_unless_they_end_as_strings() {
    assert_eq!(heard(b"\x1bPjy"), escape_and("Pjy"));
    assert_eq!(heard(b"\x1b]j\x1b"), [escape_and("]j"), vec![plain(Key::Esc)]].concat());
    assert_eq!(heard(b"\x1b_j\x1b[A"), [escape_and("_j"), vec![plain(Key::Up)]].concat());
    assert_eq!(heard(b"\x1b^j\x03"), [escape_and("^j"), vec![ctrl('c')]].concat());
    assert_eq!(heard(b"\x1bPjy\x1b\\k"), letters("k"));
    let mut terminal = Terminal::default();
    terminal.send(b"\x1bXj");
    terminal.pause(50);
    assert_eq!(terminal.heard, escape_and("Xj"));
    let endless = [b"\x1bX".as_slice(), &[b'y'; 2000]].concat();
    assert_eq!(heard(&endless), [], "nobody types that much without a pause");
}

#[test]
fn a_reply_without_an_end_is_given_up_and_becomes_no_key() {
    for reply in ["\u{1b}]11;rgb:1c", "\u{1b}P1$r", "\u{1b}_Gi=1", "\u{1b}]lXy"] {
        let mut terminal = Terminal::default();
        terminal.send(reply.as_bytes());
        terminal.pause(1999);
        terminal.send(b"y");
        terminal.pause(2000);
        terminal.send(b"j");
        assert_eq!(terminal.rest(), letters("j"), "{reply:?}");
        for end in [0x18, 0x1a] {
            terminal.send(reply.as_bytes());
            terminal.send(&[end, b'j']);
            assert_eq!(terminal.rest(), letters("j"), "{reply:?}");
        }
        terminal.send(reply.as_bytes());
        terminal.send(b"\x03j");
        assert_eq!(terminal.rest(), [vec![ctrl('c')], letters("j")].concat(), "{reply:?}");
        terminal.send(reply.as_bytes());
        terminal.send(b"\x1b[B");
        assert_eq!(terminal.rest(), [plain(Key::Down)], "{reply:?}");
    }
}

#[test]
fn a_reply_that_is_cut_off_anywhere_becomes_no_key() {
    for reply in REPLIES {
        let bytes = reply.as_bytes();
        // Behind `ESC [` or `ESC ]` alone anything may come; and a payload that no terminal sends is
        // held back for a short time only.
        let is_held = super::super::string::is_reply(&bytes[1..]) || bytes[1] == b'[';
        for length in 3..if is_held { bytes.len() } else { 3 } {
            let heard = heard(&bytes[..length]);
            assert_eq!(heard, [], "{reply:?} up to {length}");
        }
    }
}

#[test]
fn control_characters_end_an_unfinished_sequence_and_are_keys() {
    for unfinished in ["\u{1b}[1", "\u{1b}[?25", "\u{1b}[M !", "\u{1b}[[", "\u{1b}]11;a"] {
        let bytes = [unfinished.as_bytes(), b"\x03j"].concat();
        assert_eq!(heard(&bytes), [vec![ctrl('c')], letters("j")].concat(), "{unfinished:?}");
    }
    assert_eq!(heard("\u{1b}[1é".as_bytes()), letters("é"));
    assert_eq!(heard(b"\x1b[1\x18j"), letters("j"));
}

#[test]
fn sequences_that_nobody_knows_are_dropped_whole() {
    for unknown in ["\u{1b}[99;99~", "\u{1b}[201~", "\u{1b}[1 q", "\u{1b}[y", "\u{1b}[1;2;3;4A"] {
        let bytes = [unknown.as_bytes(), b"j"].concat();
        assert_eq!(heard(&bytes), letters("j"), "{unknown:?}");
    }
    let long = format!("\u{1b}[{}Aj", "1;".repeat(500));
    assert_eq!(heard(long.as_bytes()), letters("j"));
}

#[test]
fn bytes_that_are_no_characters_are_nothing_and_swallow_no_key() {
    for bytes in
        [&b"\xff"[..], b"\xc3", b"\xe2\x82", b"\xf0\x9f\x9a", b"\x80", b"\xc0\xaf", b"\xed\xa0\x80"]
    {
        assert_eq!(heard(&[bytes, b"j"].concat()), letters("j"), "{bytes:x?}");
        assert_eq!(heard(&[bytes, b"\x1b[B"].concat()), [plain(Key::Down)], "{bytes:x?}");
        assert_eq!(heard(&[bytes, "é".as_bytes()].concat()), letters("é"), "{bytes:x?}");
    }
    assert_eq!(heard("\u{9b}A\u{9d}0;a\u{9c}".as_bytes()), letters("A0;a"));
    assert_eq!(heard_slowly("🚀".as_bytes(), 5000), letters("🚀"));
}

#[test]
fn a_paste_that_never_ends_is_given_up_as_a_paste() {
    let mut terminal = Terminal::default();
    terminal.send(b"\x1b[200~a");
    terminal.pause(1999);
    terminal.send(b"Xy\x1b[20");
    terminal.pause(1999);
    assert_eq!(terminal.heard, []);
    terminal.pause(1);
    assert_eq!(terminal.heard, [pasted("aXy")]);
    terminal.heard.clear();
    terminal.send(b"j");
    assert_eq!(terminal.rest(), letters("j"));
}

#[test]
fn control_c_is_heard_in_a_paste_and_what_comes_after_it_is_still_pasted() {
    let mut terminal = Terminal::default();
    terminal.send(b"\x1b[200~a\x03\x03");
    terminal.pause(49);
    assert_eq!(terminal.heard, []);
    terminal.pause(1);
    assert_eq!(terminal.heard, [pasted("a"), ctrl('c'), ctrl('c')]);
    terminal.heard.clear();
    terminal.send(b"Xy\x1b[201~j");
    assert_eq!(terminal.rest(), [vec![pasted("Xy")], letters("j")].concat());
    terminal.send(b"\x1b[200~a\x03b\x1b[2\x03\x1b[201~");
    assert_eq!(terminal.rest(), [pasted("a\u{3}b\u{1b}[2\u{3}")], "at once, it is text");
}

#[test]
fn a_paste_may_hold_anything_but_its_end() {
    for text in ["", "\u{1b}", "\u{1b}[201\u{1b}[200~", "\u{1b}]11;", "a\u{1b}\u{1b}[20", "é\r\n\t"]
    {
        let bytes = format!("\u{1b}[200~{text}\u{1b}[201~j");
        let paste = (!text.is_empty()).then(|| pasted(text));
        let expected: Vec<_> = paste.into_iter().chain(letters("j")).collect();
        assert_eq!(heard(bytes.as_bytes()), expected, "{text:?}");
        assert_eq!(heard_slowly(bytes.as_bytes(), 49), expected, "{text:?}");
    }
    assert_eq!(heard(b"\x1b[200~\xff\x1b[201~"), [pasted("\u{fffd}")]);
}

#[test]
fn a_paste_that_is_too_long_is_left_out_whole() {
    let longest = "x".repeat(super::super::paste::LONGEST);
    let bytes = format!("\u{1b}[200~{longest}\u{1b}[201~j");
    assert_eq!(heard(bytes.as_bytes()), [vec![pasted(&longest)], letters("j")].concat());
    let bytes = format!("\u{1b}[200~{longest}yX\u{1b}[201~j");
    assert_eq!(heard(bytes.as_bytes()), letters("j"));
}

#[test]
fn the_left_button_and_the_wheel_are_heard_with_their_cell() {
    let mouse = |action, x, y| Input::Mouse(Mouse { action, at: Position::new(x, y) });
    for (bytes, input) in [
        ("\u{1b}[<0;1;1M", mouse(Action::Click, 0, 0)),
        ("\u{1b}[<0;211;77M", mouse(Action::Click, 210, 76)),
        ("\u{1b}[<64;3;4M", mouse(Action::WheelUp, 2, 3)),
        ("\u{1b}[<65;3;4M", mouse(Action::WheelDown, 2, 3)),
        ("\u{1b}[<65;65535;65535M", mouse(Action::WheelDown, 65_534, 65_534)),
    ] {
        assert_eq!(heard(bytes.as_bytes()), std::slice::from_ref(&input), "{bytes:?}");
        assert_eq!(heard_slowly(bytes.as_bytes(), 20), std::slice::from_ref(&input), "{bytes:?}");
        let pressed_and_let_go = format!("{bytes}{}j", bytes.replace('M', "m"));
        let both = [input, plain(Key::Char('j'))];
        assert_eq!(heard(pressed_and_let_go.as_bytes()), both, "{bytes:?}");
    }
}

#[test]
fn the_terminal_tells_of_its_focus() {
    assert_eq!(
        heard(b"\x1b[O\x1b[Ij"),
        [vec![Input::Focus(false), Input::Focus(true)], letters("j")].concat()
    );
    assert_eq!(heard(b"\x1b[1O"), []);
}
