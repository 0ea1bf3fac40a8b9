//! The parser by tables and properties, and the stream on a socket.

mod decisions;
mod encodings;
mod properties;
mod stream;

use std::time::Duration;

use super::Input;
use super::parser::Parser;
use crate::domain::Boot;
use crate::ui::chord::{Chord, Key};

/// A parser and the time at its terminal.
#[derive(Default)]
struct Terminal {
    parser: Parser,
    now: Boot,
    heard: Vec<Input>,
}

impl Terminal {
    fn send(&mut self, bytes: &[u8]) {
        self.parser.feed(bytes, self.now, &mut self.heard);
    }

    fn pause(&mut self, milliseconds: u64) {
        self.now += Duration::from_millis(milliseconds);
        self.parser.elapse(self.now, &mut self.heard);
    }

    /// What was heard since the last time, and no more comes however long one waits.
    fn rest(&mut self) -> Vec<Input> {
        self.pause(10_000);
        assert_eq!(self.parser.deadline(), None);
        std::mem::take(&mut self.heard)
    }
}

/// What is heard of bytes that come at once, and after them nothing.
fn heard(bytes: &[u8]) -> Vec<Input> {
    let mut terminal = Terminal::default();
    terminal.send(bytes);
    terminal.rest()
}

/// What is heard of bytes that come one by one, with these milliseconds between them.
fn heard_slowly(bytes: &[u8], pause: u64) -> Vec<Input> {
    let mut terminal = Terminal::default();
    for byte in bytes {
        terminal.send(&[*byte]);
        terminal.pause(pause);
    }
    terminal.rest()
}

fn plain(key: Key) -> Input {
    Input::Key(Chord::plain(key))
}

fn ctrl(letter: char) -> Input {
    Input::Key(Chord::ctrl(letter))
}

fn letters(text: &str) -> Vec<Input> {
    text.chars().map(|letter| plain(Key::Char(letter))).collect()
}

fn pasted(text: &str) -> Input {
    Input::Paste(text.to_owned())
}
