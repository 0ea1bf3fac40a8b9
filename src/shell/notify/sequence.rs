//! What is written to a terminal so that it tells the person something.
//!
//! | | written | defined by |
//! |---|---|---|
//! | OSC 9 | `ESC ] 9 ; text ST` | iTerm2, "Proprietary Escape Codes" |
//! | OSC 777 | `ESC ] 777 ; notify ; title ; text ST` | urxvt's extension `notify`, foot-ctlseqs(7) |
//! | OSC 99 | `ESC ] 99 ; metadata ; base64 ST`, once or more often | kitty, "Desktop notifications" |
//!
//! Each of them follows a BEL outside of everything, so that the bell of a multiplexer, or of a
//! terminal that knows nothing of the kind, still works.
//!
//! # The end of a sequence
//! `ST` is `ESC \`: kitty demands it, all the others take it, and a terminal that loses the beginning
//! does not ring once more. Within GNU screen it is BEL, because there the first `ESC \` ends what is
//! passed on (`ansi.c`, state `STRESC`), however it is escaped.
//!
//! # What a text must not do
//! Texts come from a server. [`cut`] leaves no control characters in them (C0, C1, DEL), no line
//! breaks and nothing that changes the direction of text, so that no sequence begins or ends within
//! them. The terminal is taken to read UTF-8, as it must for everything else that is drawn.
//!
//! `ConEmu` takes OSC 9 with a digit for a command, whatever follows: `9;4` sets the progress, `9;5`
//! waits for a key, `9;7;program` starts it (`CEAnsi::WriteAnsiCode_OSC`). It compares with ASCII
//! digits only, so full-width ones are none to it. All the same no text of the server's stands at
//! the beginning: that is always hextop's name.
//!
//! In OSC 777 a semicolon separates, and becomes a comma. foot's and urxvt's default is to pass title
//! and text to `notify-send` as they are, so none may begin like an option.
//!
//! # Multiplexers
//! tmux passes on `ESC P tmux; … ESC \` in which every ESC is doubled, if the person has set
//! `allow-passthrough` to `on`, or to `all` for windows that are not visible (tmux(1); the default is
//! `off` since 3.3). Without that it drops it. GNU screen passes on `ESC P … ESC \`, but
//!
//! - it shows on the screen what is longer than its buffer, of 256 bytes in old versions;
//! - it keeps of each character the lowest 8 bits of its number: `ě[2J`, with U+011B, reaches the
//!   terminal as `ESC [ 2 J`, a Greek `Μ` as U+009C. (So seen with 4.9.0; `StringChar` in `ansi.c`.)
//!
//! So there everything is short and ASCII; other characters become `?` but in OSC 99, which is base64.
//! One multiplexer within another is not handled: where both are seen, only the bell rings.

#[cfg(test)]
mod tests;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use unicode_segmentation::UnicodeSegmentation;

use super::{Notice, Urgency};
use crate::domain::text::cut;

/// Characters of a title, and of a text, that are shown.
const LONGEST: usize = 200;
/// The same where everything has to fit into a sequence of 255 bytes.
const LONGEST_IN_SCREEN: usize = 90;
/// Bytes of one OSC 99 before they are encoded: kitty allows 2048, which makes less than 4096.
const CHUNK: usize = 2048;
/// The same within GNU screen: 192 bytes when encoded.
const CHUNK_IN_SCREEN: usize = 144;
/// Who tells it. It begins with a letter.
const NAME: &str = "hextop";
const BELL: &str = "\u{7}";

/// What the terminal understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Nothing but the bell.
    Bell,
    /// One text.
    Osc9,
    /// A title and a text.
    Osc777,
    /// A title, a text and an urgency.
    Osc99,
}

/// What is between hextop and the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Passage {
    /// Nothing that changes anything.
    Direct,
    Tmux,
    Screen,
    /// Both, nobody knows in which order.
    Nested,
}

/// The bell, and the sequence or sequences after it.
pub(super) fn bytes(way: Way, passage: Passage, notice: &Notice, number: u64) -> Vec<u8> {
    let sequences = match way {
        Way::Bell => Vec::new(),
        Way::Osc9 => vec![osc9(passage, notice)],
        Way::Osc777 => vec![osc777(passage, notice)],
        Way::Osc99 => osc99(passage, notice, number),
    };
    let mut written = BELL.to_owned();
    written.extend(sequences.iter().map(|sequence| wrapped(passage, sequence)));
    written.into_bytes()
}

/// A sequence, given without its beginning and its end, as it is written.
fn wrapped(passage: Passage, sequence: &str) -> String {
    match passage {
        Passage::Direct => format!("\u{1b}]{sequence}\u{1b}\\"),
        Passage::Tmux => format!("\u{1b}Ptmux;\u{1b}\u{1b}]{sequence}\u{1b}\u{1b}\\\u{1b}\\"),
        Passage::Screen => format!("\u{1b}P\u{1b}]{sequence}{BELL}\u{1b}\\"),
        Passage::Nested => String::new(),
    }
}

fn osc9(passage: Passage, notice: &Notice) -> String {
    let (title, body) = (shown(passage, &heading(notice)), shown(passage, &notice.body));
    let colon = if body.is_empty() { "" } else { ": " };
    format!("9;{title}{colon}{body}")
}

fn osc777(passage: Passage, notice: &Notice) -> String {
    let field = |text: &str| shown(passage, text).replace(';', ",");
    let (title, body) = (field(&heading(notice)), field(&notice.body));
    let space = if body.starts_with('-') { " " } else { "" };
    format!("777;notify;{title};{space}{body}")
}

/// In as many sequences as it takes: `d=0` in all but the last. kitty answers nothing, because nothing
/// of the kind is asked for (`a=report`, `c=1`).
fn osc99(passage: Passage, notice: &Notice, number: u64) -> Vec<String> {
    let most = if passage == Passage::Screen { CHUNK_IN_SCREEN } else { CHUNK };
    let (title, body) = (cut(&heading(notice), LONGEST), cut(notice.body.trim(), LONGEST));
    let titles = chunks(&title, most).into_iter().map(|chunk| ("title", chunk));
    let bodies = chunks(&body, most).into_iter().map(|chunk| ("body", chunk));
    let parts: Vec<_> = titles.chain(bodies).collect();
    let urgency = match notice.urgency {
        Urgency::Low => 0,
        Urgency::Normal => 1,
        Urgency::Critical => 2,
    };
    let sequence = |(place, (part, chunk)): (usize, &(&str, &str))| {
        let done = u8::from(place + 1 == parts.len());
        let payload = STANDARD.encode(chunk);
        format!("99;i={NAME}-{number:x}:d={done}:p={part}:u={urgency}:e=1;{payload}")
    };
    parts.iter().enumerate().map(sequence).collect()
}

/// The title, with hextop's name before it if it does not begin with that.
fn heading(notice: &Notice) -> String {
    let title = notice.title.trim();
    if title.is_empty() {
        NAME.to_owned()
    } else if title.starts_with(NAME) {
        title.to_owned()
    } else {
        format!("{NAME}: {title}")
    }
}

/// A text as it can be written here.
fn shown(passage: Passage, text: &str) -> String {
    if passage != Passage::Screen {
        return cut(text.trim(), LONGEST);
    }
    let text = cut(text.trim(), LONGEST_IN_SCREEN).replace('…', "...");
    text.graphemes(true).map(|cluster| if cluster.is_ascii() { cluster } else { "?" }).collect()
}

/// The text in pieces of at most so many bytes, none of which ends within a character.
fn chunks(text: &str, most: usize) -> Vec<&str> {
    let (mut chunks, mut rest) = (Vec::new(), text);
    while !rest.is_empty() {
        // A character may be longer than `most` if that is less than 4; it goes in one piece.
        let end = rest.floor_char_boundary(most);
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let (chunk, after) = rest.split_at(end.max(first));
        chunks.push(chunk);
        rest = after;
    }
    chunks
}
