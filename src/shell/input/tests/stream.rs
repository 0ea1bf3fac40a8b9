//! The stream, on one end of a socket instead of a terminal, in virtual time.

use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::{FutureExt, StreamExt};

use super::super::Keyboard;
use super::*;
use crate::clock::Clock;
use crate::domain::{Boot, Now};
use crate::ui::Msg;

fn open(is_ours: fn() -> bool) -> (Keyboard, UnixStream, UnixStream) {
    let (here, there) = UnixStream::pair().unwrap();
    let origin = Now { boot: Boot::from_secs(1), wall: jiff::Timestamp::UNIX_EPOCH };
    let keyboard = Keyboard::on(here.as_fd(), Clock::tokio(origin), is_ours).unwrap();
    (keyboard, here, there)
}

async fn next(keyboard: &mut Keyboard) -> Msg {
    keyboard.next().await.unwrap().unwrap()
}

fn key(key: Key) -> Msg {
    Msg::Key(Chord::plain(key))
}

#[tokio::test(start_paused = true)]
async fn a_lone_escape_is_heard_after_its_wait() {
    let (mut keyboard, _here, mut there) = open(|| true);
    there.write_all(b"\x1b").unwrap();
    let before = keyboard.heard.clock.now().boot;
    assert_eq!(next(&mut keyboard).await, key(Key::Esc));
    let took = keyboard.heard.clock.now().boot.saturating_sub(before);
    assert!((50..55).contains(&took.as_millis()), "{took:?}");
    there.write_all(b"\x1bj").unwrap();
    assert_eq!(next(&mut keyboard).await, key(Key::Esc));
    assert_eq!(next(&mut keyboard).await, key(Key::Char('j')));
    assert_eq!(keyboard.heard.clock.now().boot.saturating_sub(before), took, "at once");
}

#[tokio::test(start_paused = true)]
async fn what_came_in_time_and_is_read_late_still_belongs_together() {
    let (mut keyboard, _here, mut there) = open(|| true);
    there.write_all(b"\x1b").unwrap();
    let first = tokio::time::timeout(Duration::from_millis(10), keyboard.next()).await;
    assert!(first.is_err(), "it waits");
    there.write_all(b"[B").unwrap();
    // The loop was busy meanwhile.
    tokio::time::advance(Duration::from_millis(500)).await;
    assert_eq!(next(&mut keyboard).await, key(Key::Down));
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_behind_the_key_that_lends_the_terminal_stays_in_it() {
    static OURS: AtomicBool = AtomicBool::new(true);
    let (mut keyboard, mut here, mut there) = open(|| OURS.load(Ordering::SeqCst));
    there.write_all(b"\x05:wq").unwrap();
    assert_eq!(next(&mut keyboard).await, Msg::Key(Chord::ctrl('e')));
    OURS.store(false, Ordering::SeqCst);
    assert!(keyboard.next().now_or_never().is_none());
    let mut editor = [0; 3];
    here.read_exact(&mut editor).unwrap();
    assert_eq!(&editor, b":wq");
    there.write_all(b"j").unwrap();
    assert!(keyboard.next().now_or_never().is_none());
    OURS.store(true, Ordering::SeqCst);
    assert_eq!(next(&mut keyboard).await, key(Key::Char('j')));
}

// In real time: a paused clock jumps to the end of a wait while the other thread is writing.
#[tokio::test]
async fn a_long_paste_is_one_message_and_the_key_behind_it_is_heard() {
    let (mut keyboard, _here, mut there) = open(|| true);
    let text = "two words ".repeat(100_000);
    let bytes = format!("\u{1b}[200~{text}\u{1b}[201~j");
    let writer = std::thread::spawn(move || there.write_all(bytes.as_bytes()).map(|()| there));
    let mut writer = Some(writer);
    assert_eq!(next(&mut keyboard).await, Msg::Paste(text));
    assert_eq!(next(&mut keyboard).await, key(Key::Char('j')));
    writer.take().unwrap().join().unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_terminal_that_is_gone_is_an_error() {
    let (mut keyboard, _here, mut there) = open(|| true);
    there.write_all(b"j").unwrap();
    drop(there);
    assert_eq!(next(&mut keyboard).await, key(Key::Char('j')));
    let error = keyboard.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
}
