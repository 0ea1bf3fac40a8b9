//! A server that answers as scripted and writes down what it was asked.
//!
//! It speaks HTTP/1.1 by hand, so that it can also break it. Requests are written down before
//! they are answered: once an answer has arrived, the record is complete.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hextop::api::BaseUrl;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does when it has read a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// Sends this and goes on.
    Whole(Vec<u8>),
    /// Sends this, which may be nothing or the start of an answer, and closes the connection.
    ThenClose(Vec<u8>),
    /// Sends this and then nothing more, with the connection open.
    ThenSilence(Vec<u8>),
    /// Sends this and then a space every now and then without end.
    ThenDrip(Vec<u8>),
}

/// One request as it was on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seen {
    /// Which connection it came over, counted from 0.
    pub(crate) connection: usize,
    /// The first line.
    pub(crate) line: String,
    /// The header lines with names in small letters, sorted.
    pub(crate) headers: Vec<String>,
    /// The body.
    pub(crate) body: String,
}

#[derive(Default)]
struct Script {
    answers: VecDeque<Answer>,
    seen: Vec<Seen>,
}

/// The server; it goes on until the test's runtime ends.
pub(crate) struct Stub {
    port: u16,
    script: Arc<Mutex<Script>>,
}

impl Stub {
    /// Serves the answers in their order, whatever is asked and over whichever connection, and
    /// closes the connection on every request after them.
    pub(crate) async fn serve(answers: impl IntoIterator<Item = Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let script =
            Arc::new(Mutex::new(Script { answers: answers.into_iter().collect(), seen: vec![] }));
        let shared = Arc::clone(&script);
        tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(converse(stream, connection, Arc::clone(&shared)));
            }
        });
        Self { port, script }
    }

    /// Where it is.
    pub(crate) fn base(&self) -> BaseUrl {
        BaseUrl::parse(&format!("http://127.0.0.1:{}", self.port)).unwrap()
    }

    /// `host:port`.
    pub(crate) fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.script.lock().unwrap().seen.clone()
    }
}

/// The server's time in all scripted answers.
pub(crate) const DATE: &str = "Tue, 20 Oct 2026 08:20:00 GMT";

/// The bytes of an answer with its length, a `Date` and these headers.
pub(crate) fn bytes(status: u16, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("HTTP/1.1 {status} Whatever\r\ndate: {DATE}\r\n");
    for (name, value) in headers {
        text += [name, ": ", value, "\r\n"].concat().as_str();
    }
    let length =
        if status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    [text, length, "\r\n".to_owned(), body.to_owned()].concat().into_bytes()
}

/// A whole answer in JSON.
pub(crate) fn json(status: u16, body: &str) -> Answer {
    Answer::Whole(bytes(status, &[("content-type", "application/json; charset=utf-8")], body))
}

/// A whole answer of any kind.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
    Answer::Whole(bytes(status, headers, body))
}

async fn converse(mut stream: TcpStream, connection: usize, script: Arc<Mutex<Script>>) {
    let mut unread = Vec::new();
    while let Some(seen) = request(&mut stream, connection, &mut unread).await {
        let answer = {
            let mut script = script.lock().unwrap();
            script.seen.push(seen);
            script.answers.pop_front()
        };
        // The client may have gone away in the middle, which is its right.
        match answer {
            Some(Answer::Whole(bytes)) => drop(stream.write_all(&bytes).await),
            Some(Answer::ThenClose(bytes)) => return drop(stream.write_all(&bytes).await),
            Some(Answer::ThenSilence(bytes)) => {
                drop(stream.write_all(&bytes).await);
                std::future::pending::<()>().await;
            }
            Some(Answer::ThenDrip(bytes)) => {
                let mut beat = tokio::time::interval(Duration::from_millis(20));
                let mut sent = stream.write_all(&bytes).await;
                while sent.is_ok() {
                    beat.tick().await;
                    sent = stream.write_all(b" ").await;
                }
            }
            None => return,
        }
    }
}

/// The next request; none if the connection ends before one is complete.
async fn request(stream: &mut TcpStream, connection: usize, unread: &mut Vec<u8>) -> Option<Seen> {
    loop {
        let text = String::from_utf8_lossy(unread).into_owned();
        if let Some((head, rest)) = text.split_once("\r\n\r\n") {
            let (line, headers) = head.split_once("\r\n").unwrap();
            let mut headers: Vec<_> = headers
                .split("\r\n")
                .filter_map(|header| header.split_once(": "))
                .map(|(name, value)| format!("{}: {value}", name.to_lowercase()))
                .collect();
            headers.sort();
            let length = headers
                .iter()
                .find_map(|header| header.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if let Some(body) = rest.get(..length) {
                let seen =
                    Seen { connection, line: line.to_owned(), headers, body: body.to_owned() };
                unread.drain(..head.len() + 4 + length);
                return Some(seen);
            }
        }
        if stream.read_buf(unread).await.ok()? == 0 {
            return None;
        }
    }
}
