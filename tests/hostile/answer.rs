//! Answers, good and bad, as bytes.

use std::time::Duration;

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// Bytes before the status line, such as answers 1xx.
    before: Vec<u8>,
    status: Vec<u8>,
    headers: Vec<u8>,
    /// The body.
    pub(crate) body: Vec<Piece>,
    /// How its end is told.
    pub(crate) framing: Framing,
    /// The time between two bytes of what comes slowly.
    pub(crate) pause: Duration,
}

/// A part of a body.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    /// These bytes.
    Once(Vec<u8>),
    /// These bytes so many times.
    Times(usize, Vec<u8>),
    /// These bytes one by one.
    Slowly(Vec<u8>),
}

/// How the end of a body is told.
#[derive(Clone, Debug)]
pub(crate) enum Framing {
    /// By its length.
    Length,
    /// By a length that is not its own; the connection ends behind it.
    Claimed(usize),
    /// In chunks, with lines behind them.
    Chunked {
        /// The lines, each with its end.
        trailers: Vec<u8>,
    },
    /// By the end of the connection.
    Close,
}

impl Answer {
    /// 200 with a body in JSON.
    pub(crate) fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::pieces(vec![Piece::Once(body.into())])
    }

    /// 200 with a body in JSON that is made of pieces.
    pub(crate) fn pieces(body: Vec<Piece>) -> Self {
        Self {
            before: Vec::new(),
            status: b"200 OK".to_vec(),
            headers: b"content-type: application/json; charset=utf-8\r\n".to_vec(),
            body,
            framing: Framing::Length,
            pause: Duration::from_millis(20),
        }
    }

    /// Status and reason phrase.
    pub(crate) fn status(mut self, line: impl Into<Vec<u8>>) -> Self {
        self.status = line.into();
        self
    }

    /// One header more.
    pub(crate) fn header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.headers.extend_from_slice(name.as_bytes());
        self.headers.extend_from_slice(b": ");
        self.headers.extend_from_slice(value.as_ref());
        self.headers.extend_from_slice(b"\r\n");
        self
    }

    /// Without the headers so far.
    pub(crate) fn bare(mut self) -> Self {
        self.headers.clear();
        self
    }

    /// Bytes before the status line.
    pub(crate) fn after(mut self, before: impl Into<Vec<u8>>) -> Self {
        self.before = before.into();
        self
    }

    /// How the body's end is told.
    pub(crate) fn framed(mut self, framing: Framing) -> Self {
        self.framing = framing;
        self
    }

    /// Whether the connection ends with it.
    pub(crate) fn closes(&self) -> bool {
        matches!(self.framing, Framing::Close | Framing::Claimed(_))
    }

    /// Everything before the body.
    pub(crate) fn head(&self) -> Vec<u8> {
        let length = |piece: &Piece| match piece {
            Piece::Once(bytes) | Piece::Slowly(bytes) => bytes.len(),
            Piece::Times(count, bytes) => count * bytes.len(),
        };
        let framing = match &self.framing {
            Framing::Length => {
                format!("content-length: {}\r\n", self.body.iter().map(length).sum::<usize>())
            }
            Framing::Claimed(length) => format!("content-length: {length}\r\n"),
            Framing::Chunked { .. } => "transfer-encoding: chunked\r\n".to_owned(),
            Framing::Close => "connection: close\r\n".to_owned(),
        };
        let parts = [b"HTTP/1.1 ", &*self.status, b"\r\n", &self.headers, framing.as_bytes()];
        [self.before.clone(), parts.concat(), b"\r\n".to_vec()].concat()
    }
}
