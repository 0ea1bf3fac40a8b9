//! The store on a thread of its own: asked by messages, answering by messages.
//!
//! A disk may be slow, so nobody waits here. Other processes' news is looked for four times a
//! second; SQLite tells by a counter whether there is any.

mod process_lock;
mod sqlite;

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::clock::Clock;
use crate::engine::sync::protocol::{StoreEvent, StoreRequest};

use sqlite::Trouble;
pub use sqlite::{SetAside, SqliteStore, StoreLocation};

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
    asks: Option<Sender<StoreRequest>>,
    told: UnboundedReceiver<Result<StoreEvent, String>>,
    ended: Receiver<()>,
}

impl Store {
    /// No store: what is asked of it is never answered.
    pub fn none() -> Self {
        Self::default()
    }

    /// Starts the thread of a store at `location` for whoever uses the token named `token`, which is
    /// a digest and not the token. A place that cannot be used shows in the first answer.
    pub fn start(location: StoreLocation, token: String, clock: Clock) -> Self {
        let (asks, inbox) = channel();
        let (requests, told) = unbounded_channel();
        let (end, ended) = channel();
        std::thread::spawn(move || {
            serve(&location, &token, clock, &inbox, &requests);
            // Nobody may be waiting for it any more.
            let _ = end.send(());
        });
        Self { thread: Some(Thread { asks: Some(asks), told, ended }) }
    }

    /// Asks something.
    pub fn ask(&self, ask: StoreRequest) {
        if let Some(Thread { asks: Some(asks), .. }) = &self.thread {
            // Without a thread there is no answer either, which the engine notices.
            let _ = asks.send(ask);
        }
    }

    /// What it tells next. Without a store, nothing ever; so too once its thread has ended.
    pub async fn next(&mut self) -> Result<StoreEvent, String> {
        match &mut self.thread {
            Some(thread) => match thread.told.recv().await {
                Some(told) => told,
                None => std::future::pending().await,
            },
            None => std::future::pending().await,
        }
    }

    /// What it has told already.
    pub fn at_hand(&mut self) -> Option<Result<StoreEvent, String>> {
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
    location: &StoreLocation,
    token: &str,
    clock: Clock,
    inbox: &Receiver<StoreRequest>,
    requests: &UnboundedSender<Result<StoreEvent, String>>,
) {
    let mut store: Option<SqliteStore> = None;
    loop {
        let told = match inbox.recv_timeout(LOOK) {
            Ok(mut ask) => loop {
                let told = open(&mut store, location, token)
                    .and_then(|store| store.try_answer(&mut ask, clock.now()));
                match told {
                    // Others write as well. Nothing is wrong with the store, and what was asked
                    // is done as soon as they let it: the engine goes on without it meanwhile.
                    Err(trouble) if trouble.is_busy() && !requests.is_closed() => {
                        tracing::debug!("another process holds the store's file");
                    }
                    told => break Some(told),
                }
            },
            Err(RecvTimeoutError::Timeout) => {
                let news = |store: &mut SqliteStore| store.try_news(clock.now()).transpose();
                let told = store.as_mut().and_then(news);
                told.filter(|told| !told.as_ref().is_err_and(Trouble::is_busy))
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let told = told.map(|told| told.map_err(|trouble| trouble.to_string()));
        if let Some(Err(reason)) = &told {
            tracing::warn!(%reason, "the store failed");
            // Whatever is wrong with the connection, the next one may do better.
            store = None;
        }
        if told.is_some_and(|told| requests.send(told).is_err()) {
            return;
        }
    }
}

fn open<'a>(
    store: &'a mut Option<SqliteStore>,
    location: &StoreLocation,
    token: &str,
) -> Result<&'a mut SqliteStore, Trouble> {
    match store {
        Some(store) => Ok(store),
        None => Ok(store.insert(SqliteStore::try_open(location, token)?)),
    }
}

/// The file within `dir` of the store for a workspace's address, such as `https://app.hex.tech`.
pub fn file(dir: &Path, origin: &str) -> PathBuf {
    let host = origin.rsplit_once("://").map_or(origin, |(_, host)| host);
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    dir.join(format!("{}.sqlite3", host.chars().map(plain).collect::<String>()))
}

/// How many bytes a store's file has, with what SQLite keeps beside it, and its mode; none if it is not
/// there.
pub fn size_and_mode(file: &Path) -> Option<(u64, u32)> {
    let meta = std::fs::metadata(file).ok()?;
    let beside = ["-wal", "-shm"].into_iter().filter_map(|ending| {
        let mut name = file.as_os_str().to_owned();
        name.push(ending);
        Some(std::fs::metadata(name).ok()?.len())
    });
    Some((meta.len() + beside.sum::<u64>(), meta.permissions().mode() & 0o7777))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use crate::engine::sync::protocol::{Answer, CacheEntry};
    use crate::engine::sync::session::Session;

    #[tokio::test]
    async fn what_is_asked_while_another_process_writes_is_done_afterwards() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a/store.sqlite3");
        let location = StoreLocation::here(file.clone(), Session(1));
        let mut store = Store::start(location, "token".to_owned(), Clock::System);
        store.ask(StoreRequest::Join);
        assert_eq!(store.next().await.unwrap().answer, Answer::Joined);
        let [other, third] = [(); 2].map(|()| rusqlite::Connection::open(&file).unwrap());
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let fact = CacheEntry {
            key: "a/b".to_owned(),
            value: "1".to_owned(),
            at: clock::now().boot,
            active: false,
        };
        store.ask(StoreRequest::Put(vec![fact]));
        // One more that wants to write waits for longer than the store's own connection does.
        third.busy_timeout(Duration::from_millis(2500)).unwrap();
        third.execute_batch("BEGIN IMMEDIATE").unwrap_err();
        assert!(store.at_hand().is_none(), "neither done nor given up");
        other.execute_batch("COMMIT").unwrap();
        assert_eq!(store.next().await.unwrap().answer, Answer::News);
        let sql = "SELECT count(*) FROM fact WHERE key = 'a/b'";
        assert_eq!(third.query_row(sql, [], |row| row.get::<_, i64>(0)), Ok(1));
    }
}
