//! Carrying an answer to the socket, whole or not.

use std::error::Error as _;
use std::fmt;
use std::future::Future;
use std::io::Write as _;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::sim::answer::{Answer, Fate};

/// Why a connection is broken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    /// At once, so that the client sees a reset.
    Reset,
    /// In the middle of a body.
    Cut,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broken off on purpose")
    }
}

impl std::error::Error for Broken {}

/// Whether this is how a connection ends that is to be reset.
pub(super) fn is_reset(error: &hyper::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref::<Broken>());
    cause == Some(&Broken::Reset)
}

/// A body that comes piece by piece, and may break off.
pub(super) struct Gradual {
    pieces: std::vec::IntoIter<Bytes>,
    left: u64,
    pause: Duration,
    breaks: bool,
    pausing: Option<Pin<Box<Sleep>>>,
}

/// Into how many pieces a slow body is cut.
const DROPS: usize = 20;

/// Long enough that what was written before has left.
const SETTLE: Duration = Duration::from_millis(30);

impl Gradual {
    fn whole(body: Bytes) -> Self {
        Self {
            left: length(&body),
            pieces: vec![body].into_iter(),
            pause: Duration::ZERO,
            breaks: false,
            pausing: None,
        }
    }

    fn slow(body: &Bytes, takes: Duration) -> Self {
        let size = body.len().div_ceil(DROPS).max(1);
        let pieces: Vec<_> = body.chunks(size).map(Bytes::copy_from_slice).collect();
        Self {
            left: length(body),
            pause: takes / u32::try_from(pieces.len().max(1)).unwrap_or(1),
            pieces: pieces.into_iter(),
            breaks: false,
            pausing: None,
        }
    }

    fn truncated(body: &Bytes) -> Self {
        Self {
            left: length(body),
            pieces: vec![body.slice(..body.len() / 2)].into_iter(),
            pause: Duration::ZERO,
            breaks: true,
            pausing: None,
        }
    }
}

fn length(body: &Bytes) -> u64 {
    u64::try_from(body.len()).unwrap_or(u64::MAX)
}

impl Body for Gradual {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        if let Some(pausing) = self.pausing.as_mut() {
            if pausing.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.pausing = None;
        }
        match self.pieces.next() {
            Some(piece) => {
                self.left = self.left.saturating_sub(length(&piece));
                let pause = if self.breaks { SETTLE } else { self.pause };
                if !pause.is_zero() {
                    self.pausing = Some(Box::pin(sleep(pause)));
                }
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
            None if self.breaks => Poll::Ready(Some(Err(Broken::Cut))),
            None => Poll::Ready(None),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0 && !self.breaks
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// Whether the client takes compressed answers.
pub(super) fn wants_gzip(headers: &HeaderMap) -> bool {
    let given = headers.get_all(header::ACCEPT_ENCODING).iter();
    let mut codings =
        given.filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','));
    codings.any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        name.trim().eq_ignore_ascii_case("gzip") && weight.trim().replace(' ', "") != "q=0"
    })
}

/// Delivers an answer as its fate says, compressed where the client takes that.
pub(super) async fn deliver(answer: Answer, zipped: bool) -> Result<Response<Gradual>, Broken> {
    if !answer.delay.is_zero() {
        sleep(answer.delay).await;
    }
    let (mut parts, body) = answer.response.into_parts();
    let mut body = Bytes::from(body);
    if body.len() >= WORTH_ZIPPING {
        parts.headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        if zipped && let Some(smaller) = gzip(&body) {
            parts.headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            body = smaller;
        }
    }
    let body = match answer.fate {
        Fate::Whole => Gradual::whole(body),
        Fate::Slow(takes) => Gradual::slow(&body, takes),
        Fate::Truncated => Gradual::truncated(&body),
        Fate::Reset => return Err(Broken::Reset),
        Fate::Hang => std::future::pending().await,
    };
    Ok(Response::from_parts(parts, body))
}

/// What a request gets whose body is longer than anything that makes sense.
pub(super) fn too_long() -> Response<Gradual> {
    let mut response = Response::new(Gradual::whole(Bytes::new()));
    *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    let headers = response.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Smaller bodies become longer by being compressed.
const WORTH_ZIPPING: usize = 512;

fn gzip(body: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).ok()?;
    encoder.finish().ok().map(Bytes::from)
}
