//! What holds for all bytes, however they are cut.

use proptest::prelude::*;

use super::encodings::{REPLIES, keys};
use super::*;

/// Bytes, mostly those of which sequences are made.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        4 => Just(0x1b_u8),
        4 => proptest::sample::select(b"[O]P_^X\\".to_vec()),
        3 => proptest::sample::select(b"0123456789;:~$?<>AMRu".to_vec()),
        3 => any::<u8>(),
        2 => proptest::sample::select(vec![0x03, 0x07, 0x0d, 0x18, 0x7f, 0xc3, 0xa9, 0xe2]),
    ];
    let piece = prop_oneof![
        6 => proptest::collection::vec(byte, 1..6),
        1 => proptest::sample::select(REPLIES).prop_map(|reply| reply.as_bytes().to_vec()),
        1 => proptest::sample::select(keys()).prop_map(|(_, bytes)| bytes),
        1 => Just(b"\x1b[200~".to_vec()),
        1 => Just(b"\x1b[201~".to_vec()),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// The lengths of reads, and the milliseconds after each.
fn cuts(longest_pause: u64) -> impl Strategy<Value = Vec<(usize, u64)>> {
    proptest::collection::vec((1..5_usize, 0..=longest_pause), 1..40)
}

/// Sends bytes in reads of these lengths, again and again.
fn send_cut(terminal: &mut Terminal, bytes: &[u8], cuts: &[(usize, u64)]) {
    let (mut rest, mut cuts) = (bytes, cuts.iter().cycle());
    while !rest.is_empty() {
        let &(length, pause) = cuts.next().unwrap();
        let (read, after) = rest.split_at(length.min(rest.len()));
        terminal.send(read);
        terminal.pause(pause);
        rest = after;
    }
}

/// Sends a sequence byte by byte: quickly while it may be a lone ESC, then as slowly as given.
fn send_sequence(terminal: &mut Terminal, bytes: &[u8], pauses: &[u64]) {
    for (at, (byte, pause)) in bytes.iter().zip(pauses.iter().cycle()).enumerate() {
        terminal.send(&[*byte]);
        terminal.pause(if at < 2 { pause % 50 } else { *pause });
    }
}

fn pauses() -> impl Strategy<Value = Vec<u64>> {
    proptest::collection::vec(0..1000_u64, 1..20)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(400)))]

    #[test]
    fn whatever_came_before_control_c_and_a_key_are_heard_after_the_waits(
        bytes in noise(),
        cuts in cuts(3000),
    ) {
        let mut terminal = Terminal::default();
        send_cut(&mut terminal, &bytes, &cuts);
        terminal.rest();
        terminal.send(b"\x03j");
        prop_assert_eq!(terminal.rest(), [ctrl('c'), plain(Key::Char('j'))]);
    }

    #[test]
    fn cuts_that_are_shorter_than_the_waits_change_nothing(bytes in noise(), cuts in cuts(49)) {
        let mut terminal = Terminal::default();
        send_cut(&mut terminal, &bytes, &cuts);
        prop_assert_eq!(terminal.rest(), heard(&bytes));
    }

    #[test]
    fn a_reply_cut_anywhere_is_nothing_and_the_key_after_it_is_heard(
        reply in proptest::sample::select(REPLIES),
        cuts in cuts(49),
        pauses in pauses(),
        (chord, key) in proptest::sample::select(keys()),
    ) {
        let mut terminal = Terminal::default();
        send_cut(&mut terminal, reply.as_bytes(), &cuts);
        prop_assert_eq!(&terminal.heard, &[]);
        if super::super::string::is_reply(&reply.as_bytes()[1..]) || reply.starts_with("\u{1b}[") {
            send_sequence(&mut terminal, reply.as_bytes(), &pauses);
            prop_assert_eq!(&terminal.heard, &[]);
        }
        terminal.send(&key);
        prop_assert_eq!(terminal.rest(), [Input::Key(chord)]);
    }

    #[test]
    fn a_reply_with_any_payload_is_nothing(
        start in proptest::sample::select(vec!["]1", "]52;c;", "]l", "P>|", "P1$r", "_G"]),
        payload in "[ -~é]{0,40}",
        end in proptest::sample::select(vec!["\u{7}", "\u{1b}\\"]),
        pauses in pauses(),
    ) {
        let mut terminal = Terminal::default();
        let reply = format!("\u{1b}{start}{payload}{end}");
        send_sequence(&mut terminal, reply.as_bytes(), &pauses);
        prop_assert_eq!(terminal.rest(), []);
    }

    #[test]
    fn every_key_in_every_encoding_cut_anywhere_is_that_key(
        (chord, bytes) in proptest::sample::select(keys()),
        pauses in pauses(),
    ) {
        let mut terminal = Terminal::default();
        send_sequence(&mut terminal, &bytes, &pauses);
        prop_assert_eq!(terminal.rest(), [Input::Key(chord)]);
    }

    #[test]
    fn escape_before_any_key_is_escape_and_that_key(
        (chord, bytes) in proptest::sample::select(keys()),
        cuts in cuts(49),
    ) {
        let mut terminal = Terminal::default();
        send_cut(&mut terminal, &[b"\x1b", bytes.as_slice()].concat(), &cuts);
        prop_assert_eq!(terminal.rest(), [plain(Key::Esc), Input::Key(chord)]);
    }

    #[test]
    fn a_paste_cut_anywhere_is_one_paste(text in "([a-zé\r\n\t\u{3}]|\u{1b}\\[20?){1,30}", cuts in cuts(49)) {
        let mut terminal = Terminal::default();
        let bytes = format!("\u{1b}[200~{text}\u{1b}[201~j");
        send_cut(&mut terminal, bytes.as_bytes(), &cuts);
        prop_assert_eq!(terminal.rest(), [pasted(&text), plain(Key::Char('j'))]);
    }
}

#[test]
fn every_key_of_the_table_is_heard_alone_and_behind_escape() {
    for (chord, bytes) in keys() {
        assert_eq!(heard(&bytes), [Input::Key(chord)], "{bytes:?}");
        let behind = [b"\x1b", bytes.as_slice()].concat();
        assert_eq!(heard(&behind), [plain(Key::Esc), Input::Key(chord)], "{behind:?}");
    }
}
