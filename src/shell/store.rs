//! The store on a thread of its own: asked by messages, answering by messages.
//!
//! A disk may be slow, so nobody waits here. Other processes' news is looked for four times a
//! second; SQLite tells by a counter whether there is any.

mod alive;
mod shelf;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::clock::Clock;
use crate::engine::store::{Ask, Told};

pub use shelf::{Place, SetAside, Shelf};

/// How often other processes' news is looked for.
const LOOK: Duration = Duration::from_millis(250);
/// How long the end of the program waits for what is still being written.
const LAST_WRITES: Duration = Duration::from_millis(500);

/// A running store, or none.
#[derive(Debug, Default)]
pub struct Store {
    thread: Option<Thread>,
}

#[derive(Debug)]
struct Thread {
    asks: Option<Sender<Ask>>,
    told: UnboundedReceiver<Result<Told, String>>,
    ended: Receiver<()>,
}

impl Store {
    /// No store: what is asked of it is never answered.
    pub fn none() -> Self {
        Self::default()
    }

    /// Starts the thread of a store at `place` for whoever uses the token named `token`, which is
    /// a digest and not the token. A place that cannot be used shows in the first answer.
    pub fn start(place: Place, token: String, clock: Clock) -> Self {
        let (asks, inbox) = channel();
        let (outbox, told) = unbounded_channel();
        let (end, ended) = channel();
        std::thread::spawn(move || {
            serve(&place, &token, clock, &inbox, &outbox);
            // Nobody may be waiting for it any more.
            let _ = end.send(());
        });
        Self { thread: Some(Thread { asks: Some(asks), told, ended }) }
    }

    /// Asks something.
    pub fn ask(&self, ask: Ask) {
        if let Some(Thread { asks: Some(asks), .. }) = &self.thread {
            // Without a thread there is no answer either, which the engine notices.
            let _ = asks.send(ask);
        }
    }

    /// What it tells next. Without a store, nothing ever; so too once its thread has ended.
    pub async fn next(&mut self) -> Result<Told, String> {
        match &mut self.thread {
            Some(thread) => match thread.told.recv().await {
                Some(told) => told,
                None => std::future::pending().await,
            },
            None => std::future::pending().await,
        }
    }

    /// What it has told already.
    pub fn at_hand(&mut self) -> Option<Result<Told, String>> {
        self.thread.as_mut()?.told.try_recv().ok()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Some(thread) = &mut self.thread {
            thread.asks = None;
            // A disk that hangs must not keep the program from ending.
            let _ = thread.ended.recv_timeout(LAST_WRITES);
        }
    }
}

/// Answers until nobody can ask any more.
fn serve(
    place: &Place,
    token: &str,
    clock: Clock,
    inbox: &Receiver<Ask>,
    outbox: &UnboundedSender<Result<Told, String>>,
) {
    let mut shelf: Option<Shelf> = None;
    loop {
        let told = match inbox.recv_timeout(LOOK) {
            Ok(ask) => {
                let now = clock.now();
                Some(match open(&mut shelf, place, token) {
                    Ok(shelf) => shelf.answer(ask, now),
                    Err(reason) => Err(reason),
                })
            }
            Err(RecvTimeoutError::Timeout) => {
                shelf.as_mut().and_then(|shelf| shelf.news(clock.now()).transpose())
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        if let Some(Err(reason)) = &told {
            tracing::warn!(%reason, "the store failed");
            // Whatever is wrong with the connection, the next one may do better.
            shelf = None;
        }
        if told.is_some_and(|told| outbox.send(told).is_err()) {
            return;
        }
    }
}

fn open<'a>(
    shelf: &'a mut Option<Shelf>,
    place: &Place,
    token: &str,
) -> Result<&'a mut Shelf, String> {
    match shelf {
        Some(shelf) => Ok(shelf),
        None => Ok(shelf.insert(Shelf::open(place, token)?)),
    }
}

/// The file within `dir` of the store for a workspace's address, such as `https://app.hex.tech`.
pub fn file(dir: &Path, origin: &str) -> PathBuf {
    let host = origin.rsplit_once("://").map_or(origin, |(_, host)| host);
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    dir.join(format!("{}.sqlite3", host.chars().map(plain).collect::<String>()))
}
