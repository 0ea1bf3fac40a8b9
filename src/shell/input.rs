//! Keys, pastes and the window's size, read from the terminal.
//!
//! The bytes are parsed by [`parser`]. They are read from stdin, which is a terminal wherever the
//! dashboard runs (`terminal::unfit`), in the loop's own thread: the runtime tells when there is
//! something to read, `poll(2)` that a read will not block. So the terminal stays in blocking mode,
//! which it shares with the shell and the editor, and while it is lent to an editor nothing here
//! reads it. macOS cannot watch a stdin that was opened as `/dev/tty`; there stdout, which is the
//! same terminal, is read.
//!
//! Outside pastes and replies it reads byte by byte and no further than the next key, so that what
//! was typed behind the key that opens the editor stays in the terminal for the editor.

mod csi;
mod legacy;
mod modifiers;
mod mouse;
mod parameters;
pub mod parser;
mod paste;
mod string;
#[cfg(test)]
mod tests;
mod unicode;
mod utf8;

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::{Errno, retry_on_intr};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Sleep, sleep};

use super::terminal;
use crate::clock::Clock;
use crate::domain::Boot;
use crate::ui::Msg;
use crate::ui::chord::Chord;
use crate::ui::mouse::Mouse;
use parser::Parser;

/// How much of a paste or a reply is read at once, in bytes.
const BULK: usize = 4096;

/// What a terminal sends that the program hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A key was pressed, or repeats.
    Key(Chord),
    /// Text was pasted.
    Paste(String),
    /// The mouse has done something.
    Mouse(Mouse),
    /// The terminal has got the focus, or lost it.
    Focus(bool),
}

impl From<Input> for Msg {
    fn from(input: Input) -> Self {
        match input {
            Input::Key(chord) => Self::Key(chord),
            Input::Paste(text) => Self::Paste(text),
            Input::Mouse(mouse) => Self::Mouse(mouse),
            Input::Focus(has_focus) => Self::Focus(Some(has_focus)),
        }
    }
}

/// The keyboard, and the window's size. A terminal that is gone is an error.
#[derive(Debug)]
pub struct Keyboard {
    terminal: AsyncFd<OwnedFd>,
    sizes: Signal,
    /// Whether the terminal is not lent to an editor.
    is_ours: fn() -> bool,
    heard: Heard,
    timer: Option<Timer>,
}

/// What was read: complete inputs, and the beginning of the next.
#[derive(Debug)]
struct Heard {
    clock: Clock,
    parser: Parser,
    inputs: VecDeque<Input>,
}

/// Wakes when the parser has waited long enough.
#[derive(Debug)]
struct Timer {
    deadline: Boot,
    sleep: Pin<Box<Sleep>>,
}

impl Keyboard {
    /// The keyboard of the terminal that the program was started in. To be called in the runtime.
    ///
    /// # Errors
    /// If the terminal cannot be watched.
    pub fn open(clock: Clock) -> io::Result<Self> {
        Self::on(io::stdin().as_fd(), clock, terminal::is_taken)
            .or_else(|_| Self::on(io::stdout().as_fd(), clock, terminal::is_taken))
    }

    #[allow(
        deprecated,
        reason = "deprecated because a type may lie about its descriptor, which OwnedFd cannot; what \
                  replaces it is unsafe"
    )]
    fn on(terminal: BorrowedFd<'_>, clock: Clock, is_ours: fn() -> bool) -> io::Result<Self> {
        let terminal = terminal.try_clone_to_owned()?;
        Ok(Self {
            terminal: AsyncFd::with_interest(terminal, Interest::READABLE)?,
            sizes: signal(SignalKind::window_change())?,
            is_ours,
            heard: Heard { clock, parser: Parser::default(), inputs: VecDeque::new() },
            timer: None,
        })
    }

    fn poll_input(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Input>> {
        loop {
            if let Some(input) = self.heard.inputs.pop_front() {
                return Poll::Ready(Ok(input));
            }
            if let Poll::Ready(read) = self.poll_read(context) {
                read?;
            } else {
                ready!(self.poll_wait(context))?;
            }
        }
    }

    /// Reads until there is an input; pending if there is nothing to read.
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            let mut guard = ready!(self.terminal.poll_read_ready(context))?;
            while self.heard.read(guard.get_inner().as_fd())? {
                if !self.heard.inputs.is_empty() {
                    guard.retain_ready();
                    return Poll::Ready(Ok(()));
                }
            }
            guard.clear_ready();
        }
    }

    /// Waits for the parser's deadline. What came before it may still be unread, and counts.
    fn poll_wait(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Some(deadline) = self.heard.parser.deadline() else {
            self.timer = None;
            return Poll::Pending;
        };
        let clock = self.heard.clock;
        let timer = match &mut self.timer {
            Some(timer) if timer.deadline == deadline => timer,
            timer => timer.insert(Timer {
                deadline,
                sleep: Box::pin(sleep(deadline.saturating_sub(clock.now().boot))),
            }),
        };
        ready!(timer.sleep.as_mut().poll(context));
        self.timer = None;
        if !self.heard.read(self.terminal.get_ref().as_fd())? {
            self.heard.elapse();
        }
        Poll::Ready(Ok(()))
    }
}

impl Heard {
    /// Reads once, up to the end of the next key; tells whether there was anything.
    fn read(&mut self, terminal: BorrowedFd<'_>) -> io::Result<bool> {
        let mut buffer = [0; BULK];
        let limit = if self.parser.is_in_body() { BULK } else { 1 };
        let length = read_ready(terminal, buffer.get_mut(..limit).unwrap_or_default())?;
        let Some(bytes) = length.and_then(|length| buffer.get(..length)) else { return Ok(false) };
        if bytes.is_empty() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the terminal is gone"));
        }
        let mut inputs = Vec::new();
        self.parser.feed(bytes, self.clock.now().boot, &mut inputs);
        self.inputs.extend(inputs);
        Ok(true)
    }

    fn elapse(&mut self) {
        let mut inputs = Vec::new();
        self.parser.elapse(self.clock.now().boot, &mut inputs);
        self.inputs.extend(inputs);
    }

    /// Forgets what was read and not yet delivered: the rest of a sequence, and keys that were read
    /// at once with the end of a paste.
    fn forget(&mut self) {
        self.parser = Parser::default();
        self.inputs.clear();
    }
}

impl Stream for Keyboard {
    type Item = io::Result<Msg>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if !(this.is_ours)() {
            // The loop asks again when the editor has ended, and learns the window's size then.
            this.heard.forget();
            return Poll::Pending;
        }
        if this.sizes.poll_recv(context).is_ready() {
            return Poll::Ready(Some(terminal::size().map(Msg::Resize)));
        }
        this.poll_input(context).map(|input| Some(input.map(Msg::from)))
    }
}

/// Reads what can be read without waiting; none if there is nothing, no bytes if the terminal is
/// gone.
fn read_ready(terminal: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    const AT_ONCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
    let ready = retry_on_intr(|| {
        rustix::event::poll(&mut [PollFd::new(&terminal, PollFlags::IN)], Some(&AT_ONCE))
    })?;
    if ready == 0 {
        return Ok(None);
    }
    match retry_on_intr(|| rustix::io::read(terminal, &mut *buffer)) {
        Ok(length) => Ok(Some(length)),
        Err(Errno::AGAIN) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
