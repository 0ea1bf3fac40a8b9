//! What is written to the terminal, by a thread of its own: a terminal that takes nothing (stopped
//! flow, a hung connection) must not stop requests, cancels and signals.
//!
//! Everything goes through one queue, so that nothing interleaves. The descriptor stays in blocking
//! mode, because the shell shares it: the thread asks `poll(2)` before each small piece, so that a
//! terminal which takes nothing keeps it in no system call for long.

#[cfg(test)]
mod tests;

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::retry_on_intr;
use rustix::termios::QueueSelector;
use tokio::sync::Notify;

/// How much is written at once, in bytes. A write of more than a terminal has room for blocks, and
/// `poll(2)` does not say how much that is; Linux reports room of this size or none.
const PIECE: usize = 256;
/// How often a thread that waits for room looks whether it is to give up.
const LOOK: Duration = Duration::from_millis(50);
/// How long a terminal may take nothing before what is to be written last is forced.
const STUCK: Duration = Duration::from_millis(400);
/// How many such times a terminal that is slow but takes something is waited for.
const SLOW: usize = 5;
/// How much may wait besides the frame that is being written, in bytes.
const MOST_WAITING: usize = 4 * 1024 * 1024;

/// What takes the bytes.
pub(super) trait Sink: Send + 'static {
    /// Whether a piece can be written without waiting, or can be within `limit`.
    fn has_room(&mut self, limit: Duration) -> io::Result<bool>;

    /// Writes a piece, or the beginning of it; tells how much.
    fn write(&mut self, piece: &[u8]) -> io::Result<usize>;

    /// Throws away what was written and not yet read at the other end.
    fn discard(&mut self);
}

impl Sink for OwnedFd {
    fn has_room(&mut self, limit: Duration) -> io::Result<bool> {
        let limit = Timespec::try_from(limit).map_err(io::Error::other)?;
        let ready = retry_on_intr(|| {
            rustix::event::poll(&mut [PollFd::new(&*self, PollFlags::OUT)], Some(&limit))
        })?;
        Ok(ready > 0)
    }

    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        Ok(retry_on_intr(|| rustix::io::write(&*self, piece))?)
    }

    fn discard(&mut self) {
        let _ = rustix::termios::tcflush(self.as_fd(), QueueSelector::OFlush);
    }
}

/// The way to the thread that writes.
#[derive(Clone, Debug, Default)]
pub(super) struct Writer {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// The queue has changed, for threads.
    changed: Condvar,
    /// Everything is written, for the loop.
    free: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<u8>,
    is_writing: bool,
    /// Pieces written so far.
    pieces: u64,
    /// What is being written is to be dropped.
    drops: bool,
    failure: Option<(io::ErrorKind, String)>,
}

impl Queue {
    fn is_free(&self) -> bool {
        self.failure.is_some() || (self.waiting.is_empty() && !self.is_writing)
    }

    fn check(&self) -> io::Result<()> {
        match &self.failure {
            Some((kind, reason)) => Err(io::Error::new(*kind, reason.clone())),
            None => Ok(()),
        }
    }
}

impl Writer {
    /// Starts the thread.
    ///
    /// # Errors
    /// If there is no thread to be had.
    pub(super) fn start(sink: impl Sink) -> io::Result<Self> {
        let writer = Self::default();
        let shared = Arc::clone(&writer.shared);
        std::thread::Builder::new()
            .name("terminal".to_owned())
            .spawn(move || serve(&shared, sink))?;
        Ok(writer)
    }

    /// Whether everything is written; so too where nothing can be written any more, so that whoever
    /// tries learns why.
    pub(super) fn is_free(&self) -> bool {
        self.shared.lock().is_free()
    }

    /// Comes when everything is written. It may come too early once; [`Self::is_free`] tells.
    pub(super) async fn freed(&self) {
        self.shared.free.notified().await;
    }

    /// Has bytes written behind those that wait; waits for nothing.
    ///
    /// # Errors
    /// If the terminal is gone, or so much waits already that it takes nothing.
    pub(super) fn send(&self, bytes: &[u8]) -> io::Result<()> {
        let mut queue = self.shared.lock();
        queue.check()?;
        if !queue.is_free() && queue.waiting.len() + bytes.len() > MOST_WAITING {
            return Err(io::Error::new(
                io::ErrorKind::WouldBlock,
                "it takes nothing at the moment",
            ));
        }
        queue.waiting.extend_from_slice(bytes);
        self.shared.changed.notify_all();
        Ok(())
    }

    /// Has the last bytes for now written and waits for it, two seconds at most. If the terminal
    /// takes nothing, what waits before them is thrown away, in the kernel too, so that there is
    /// room: the terminal then reads them when it goes on. Tells whether they were written.
    pub(super) fn finish(&self, bytes: &[u8]) -> bool {
        let mut queue = self.shared.lock();
        queue.waiting.extend_from_slice(bytes);
        self.shared.changed.notify_all();
        let mut pieces = None;
        for _ in 0..SLOW {
            if pieces == Some(queue.pieces) {
                break;
            }
            pieces = Some(queue.pieces);
            queue = self.wait(queue);
            if queue.is_free() {
                return queue.failure.is_none();
            }
        }
        bytes.clone_into(&mut queue.waiting);
        queue.drops = true;
        let queue = self.wait(queue);
        queue.is_free() && queue.failure.is_none()
    }

    fn wait<'a>(&self, queue: MutexGuard<'a, Queue>) -> MutexGuard<'a, Queue> {
        let waited = self.shared.changed.wait_timeout_while(queue, STUCK, |queue| !queue.is_free());
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes what is sent, until that fails.
fn serve(shared: &Shared, mut sink: impl Sink) {
    loop {
        let queue = shared.lock();
        let waited = shared.changed.wait_while(queue, |queue| queue.waiting.is_empty());
        let mut queue = waited.unwrap_or_else(PoisonError::into_inner);
        let bytes = std::mem::take(&mut queue.waiting);
        (queue.is_writing, queue.drops) = (true, false);
        drop(queue);
        let written = write(shared, &mut sink, &bytes);
        let mut queue = shared.lock();
        queue.is_writing = false;
        let failed = written.is_err();
        queue.failure = written.err().map(|error| (error.kind(), error.to_string()));
        if queue.is_free() {
            shared.changed.notify_all();
            shared.free.notify_one();
        }
        if failed {
            return;
        }
    }
}

/// Writes these bytes, or drops the rest of them if it is told to.
fn write(shared: &Shared, sink: &mut impl Sink, bytes: &[u8]) -> io::Result<()> {
    let mut rest = bytes;
    while !rest.is_empty() {
        if shared.lock().drops {
            sink.discard();
            return Ok(());
        }
        if !sink.has_room(LOOK)? {
            continue;
        }
        let (piece, _) = rest.split_at(rest.len().min(PIECE));
        let length = sink.write(piece)?;
        rest = rest.get(length..).unwrap_or_default();
        shared.lock().pieces += 1;
    }
    Ok(())
}
