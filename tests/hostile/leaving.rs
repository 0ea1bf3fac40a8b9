//! What may leave the program: a whitelist of bytes for each way out, and never a secret.

use std::collections::HashSet;
use std::path::Path;

/// The token in use.
pub(crate) const TOKEN: &str = "hxtp_9vKq3ZtW7mXc2RbL8nYd5PsG1hJf4TzA";
/// The value of a secret input.
pub(crate) const SECRET: &str = "Kupfer-4711/Zinnober:Ostwind";
/// The beginning of a line that only a server's text can bring into a log.
pub(crate) const FORGED: &str = "2019-03-04T05:06:07.000000Z";

/// How many characters of a secret beside each other are too many.
const USABLE: usize = 8;
/// Marks on one base character; the longest that a language writes are shorter.
const TOWER: usize = 16;
/// Bytes of one line of a log.
const LONGEST_LINE: usize = 16 * 1024;
/// What a control sequence of the screen ends with: colours, places, erasing, modes, scrolling.
const FINAL: &[u8] = b"mHABCDGdJKXhlrST";

/// A text with each of its bytes written in this way.
pub(crate) fn written(text: &str, way: fn(u8) -> String) -> String {
    text.bytes().map(way).collect()
}

/// Asserts that no usable part of the token or of the secret is in `bytes`, in clear or percent
/// encoded.
pub(crate) fn assert_no_secret(place: &str, bytes: &[u8]) {
    let plain = percent_decoded(bytes);
    for secret in [TOKEN, SECRET] {
        for text in [bytes, &plain] {
            if let Some(at) = position_of_part(text, secret) {
                let around = &text[at.saturating_sub(80)..text.len().min(at + 80)];
                let around = String::from_utf8_lossy(around);
                panic!("{place} holds a part of {secret}: …{around:?}…");
            }
        }
    }
}

fn position_of_part(text: &[u8], secret: &str) -> Option<usize> {
    let parts: HashSet<&[u8]> = secret.as_bytes().windows(USABLE).collect();
    text.windows(USABLE).position(|window| parts.contains(window))
}

fn percent_decoded(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let hex = |digit: u8| char::from(digit).to_digit(16).and_then(|n| u8::try_from(n).ok());
        let code = match (first, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)).map(|(h, l)| h << 4 | l),
            _ => None,
        };
        plain.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    plain
}

/// Asserts that all a terminal was sent is text and the sequences that the screen is drawn with;
/// gives the text alone.
pub(crate) fn assert_drawn(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        if *first == 0x1b {
            rest = after_sequence(after);
        } else {
            text.push(*first);
            rest = after;
        }
    }
    let text = String::from_utf8(text).expect("the terminal is sent UTF-8");
    // The cursor is placed by sequences, but lines before and after the screen end as any do.
    assert_readable("the terminal", &text, &['\r', '\n']);
    text
}

fn after_sequence(after: &[u8]) -> &[u8] {
    let shown = || String::from_utf8_lossy(&after[..after.len().min(40)]).into_owned();
    match after {
        [b'[', body @ ..] => {
            let is_inner = |byte: &u8| byte.is_ascii_digit() || b";?:".contains(byte);
            let length = body.iter().take_while(|byte| is_inner(byte)).count();
            let last = body.get(length).expect("a whole sequence");
            assert!(
                FINAL.contains(last) && length < 40,
                "a sequence that draws nothing: {}",
                shown()
            );
            &body[length + 1..]
        }
        [b'7' | b'8' | b'=' | b'>', rest @ ..] => rest,
        _ => panic!("an escape that draws nothing: {}", shown()),
    }
}

/// Asserts that a text is made of characters that are seen where they stand, and of these controls.
pub(crate) fn assert_readable(place: &str, text: &str, controls: &[char]) {
    let mut marks = 0;
    for (at, letter) in text.char_indices() {
        let reorders = matches!(letter,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}');
        let is_control = letter.is_control() && !controls.contains(&letter);
        marks = if is_mark(letter) { marks + 1 } else { 0 };
        if is_control || reorders || marks > TOWER {
            let around: String = text[..at].chars().rev().take(60).collect();
            let around: String = around.chars().rev().collect();
            panic!("{place} holds {letter:?} after {around:?}");
        }
    }
}

fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}'
        | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// Asserts that each line of a log is one that hextop has begun, of a bounded length.
pub(crate) fn assert_log(text: &str) {
    assert_readable("the log", text, &['\n']);
    for line in text.lines() {
        assert!(!line.starts_with(FORGED), "a forged line: {line}");
        assert!(line.len() <= LONGEST_LINE, "a line of {} bytes: {:.200}", line.len(), line);
    }
}

/// Asserts that the journal as CSV has one line an entry and no cell that a spreadsheet runs.
pub(crate) fn assert_csv(text: &str) {
    assert_readable("the CSV", text, &['\r', '\n']);
    let mut reader = csv::ReaderBuilder::new().has_headers(true).from_reader(text.as_bytes());
    for record in reader.records() {
        for cell in &record.expect("CSV") {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "a cell that runs: {cell}"
            );
        }
    }
}

/// Asserts that no file below a directory but those of these names holds a secret, and that each
/// log is one.
pub(crate) fn assert_files(directory: &Path, but: &[&str]) {
    for entry in std::fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            assert_files(&path, but);
        } else if !but.contains(&name.as_str()) {
            let bytes = std::fs::read(&path).expect("a file");
            assert_no_secret(&name, &bytes);
            if name.starts_with("hextop.log") {
                assert_log(&String::from_utf8(bytes).expect("a log in UTF-8"));
            }
        }
    }
}

#[test]
fn what_must_not_leave_is_recognised() {
    let refused = |check: fn(&str), text: &str| {
        let text = text.to_owned();
        std::panic::catch_unwind(move || check(&text)).is_err()
    };
    let no_secret = |text: &str| assert_no_secret("it", text.as_bytes());
    for text in [TOKEN, SECRET, "x hxtp_9vK…", "Zinnober", "%68%78tp_9vKq", "%4bupfer-%34711"] {
        assert!(refused(no_secret, text), "{text}");
    }
    no_secret("hxtp_ Kupfer- %%4");
    let drawn = |text: &str| drop(assert_drawn(text.as_bytes()));
    for text in ["\u{1b}]0;title\u{7}", "\u{1b}[6n", "\u{1b}c", "\t", "\u{9b}m", "\u{202e}"] {
        assert!(refused(drawn, text), "{text:?}");
    }
    assert!(refused(drawn, &format!("e{}", "\u{301}".repeat(17))), "a tower");
    drawn("\u{1b}[38;5;1m\u{1b}[?1049h\u{1b}[2;3He\u{301}é👩‍💻");
    for text in ["=1", "\"+1\""] {
        assert!(refused(assert_csv, &format!("a\r\n{text}\r\n")), "{text}");
    }
    assert!(refused(assert_log, &format!("a\n{FORGED} b")));
}
