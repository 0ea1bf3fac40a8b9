//! Keys, pastes and sizes from crossterm, as the screen knows them.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use crossterm::event::{Event, EventStream, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use futures_util::{Stream, StreamExt};
use ratatui::layout::Size;

use super::terminal;

use crate::ui::Msg;
use crate::ui::chord::{Chord, Key};

/// The keyboard, and the window's size. While the terminal is lent to an editor nobody here reads
/// it, so that each key arrives where the person looks.
#[derive(Debug, Default)]
pub struct Keyboard {
    events: Option<EventStream>,
}

impl Stream for Keyboard {
    type Item = io::Result<Msg>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if !terminal::is_taken() {
            // Dropped, it stops reading. The loop asks again when the editor has ended.
            self.events = None;
            return Poll::Pending;
        }
        let events = self.events.get_or_insert_default();
        while let Poll::Ready(event) = events.poll_next_unpin(context) {
            let Some(event) = event else { return Poll::Ready(None) };
            if let Some(msg) = event.map(read).transpose() {
                return Poll::Ready(Some(msg));
            }
        }
        Poll::Pending
    }
}

/// The screen's message for an event of the terminal, if it has one. Releases of keys have none.
pub fn read(event: Event) -> Option<Msg> {
    match event {
        Event::Key(key) if key.kind != KeyEventKind::Release => chord(key).map(Msg::Key),
        Event::Paste(text) => Some(Msg::Paste(text)),
        Event::Resize(width, height) => Some(Msg::Resize(Size { width, height })),
        _ => None,
    }
}

fn chord(event: KeyEvent) -> Option<Chord> {
    // Alt changes what a key means; nothing is bound to it, so nothing happens.
    if event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::META) {
        return None;
    }
    let key = match event.code {
        KeyCode::Char(letter) => Key::Char(letter),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Tab => Key::Tab,
        KeyCode::BackTab => Key::BackTab,
        KeyCode::Backspace => Key::Backspace,
        KeyCode::Delete => Key::Delete,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::Left => Key::Left,
        KeyCode::Right => Key::Right,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::F(number) => Key::F(number),
        _ => return None,
    };
    Some(Chord { key, ctrl: event.modifiers.contains(KeyModifiers::CONTROL) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(code: KeyCode, modifiers: KeyModifiers, kind: KeyEventKind) -> Option<Msg> {
        read(Event::Key(KeyEvent::new_with_kind(code, modifiers, kind)))
    }

    #[test]
    fn presses_and_repeats_are_keys_and_releases_are_nothing() {
        let ctrl = KeyModifiers::CONTROL;
        let d = KeyCode::Char('d');
        assert_eq!(event(d, ctrl, KeyEventKind::Press), Some(Msg::Key(Chord::ctrl('d'))));
        assert_eq!(event(d, ctrl, KeyEventKind::Repeat), Some(Msg::Key(Chord::ctrl('d'))));
        assert_eq!(event(d, ctrl, KeyEventKind::Release), None);
        assert_eq!(event(d, KeyModifiers::ALT, KeyEventKind::Press), None);
    }
}
