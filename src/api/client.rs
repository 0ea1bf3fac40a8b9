//! The only code that sends bytes.
//!
//! One call is at most one request on the wire: nothing is repeated and no redirect is followed
//! in here, because whoever called decides that, knowing what the call does.

use serde::{Deserialize, Serialize};
use std::error::Error;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http::{HeaderValue, header};
use jiff::Timestamp;

use super::{ApiError, BaseUrl, Call, Kind, PathStyle, RateHint, Reply, Token, wire};
use crate::domain::text::cut;

/// Answers beyond this many bytes are not read to their end; a page of 100 runs has 60 KB.
const LARGEST_BODY: usize = 16 * 1024 * 1024;
/// Load balancers commonly close idle connections after 60 s; closing them earlier ourselves
/// leaves fewer requests to be lost on a connection that is being closed.
const IDLE: Duration = Duration::from_secs(50);
/// How often an HTTP/2 connection is asked whether its other end is still there, and how long that
/// may take to answer. HTTP/1 has no such question; there a timeout ends the connection.
const PING: Duration = Duration::from_secs(10);
const PING_PATIENCE: Duration = Duration::from_secs(5);
/// Tokens that are taken out of what a server repeats.
const TOKENS: usize = 4;
/// Characters kept of why a connection failed.
const LONGEST_CAUSE: usize = 200;

/// Why no answer came. `Display` is a plain sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Failure {
    /// No connection came about, so the request never left.
    #[error("no connection to Hex ({0}): check the network, the proxy and base_url")]
    Connect(String),
    /// The request left and no whole answer came in time.
    #[error("no answer within {0} s")]
    Timeout(u64),
    /// The connection broke after the request may have left.
    #[error("the connection broke ({0})")]
    Broken(String),
}

/// What came of one call, with all that its response tells besides.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// The reply, or why there is none.
    pub result: Result<Reply, ApiError>,
    /// What the headers say of the limits.
    pub rate: RateHint,
    /// The server's `Date`, whole seconds.
    pub date: Option<Timestamp>,
}

impl From<Failure> for Exchange {
    fn from(failure: Failure) -> Self {
        Self { result: Err(failure.into()), rate: RateHint::default(), date: None }
    }
}

/// Which connection a request leaves on. A connection that was kept open may have gone silent
/// without having been closed, as when a firewall has forgotten it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// One that is open already, if there is one.
    Kept,
    /// A new one, which nothing else uses.
    Fresh,
}

/// How long a call may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until there is a connection.
    pub connect: Duration,
    /// From the call to the last byte of its answer.
    pub total: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), total: Duration::from_secs(20) }
    }
}

/// Why there can be no client at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot set up connections ({0}): check the system's certificates and proxy settings")]
pub struct ClientError(String);

/// Sends calls to one workspace. Cheap to clone; the clones share their connections and their
/// token.
#[derive(Clone)]
pub struct Client {
    base: BaseUrl,
    timeouts: Timeouts,
    credentials: Arc<RwLock<Credentials>>,
    kept: Arc<RwLock<KeptConnections>>,
    fresh: reqwest::Client,
}

/// The token in use, and the last ones before it, which a server may still repeat.
struct Credentials {
    /// The newest first.
    tokens: Vec<Token>,
    authorization: HeaderValue,
}

/// The connections that are kept open. All of them are left when one has gone silent.
#[derive(Clone)]
struct KeptConnections {
    generation: u64,
    http: reqwest::Client,
}

/// Whether a body arrived as it was sent.
enum Ending {
    Whole,
    Cut(Failure),
    TooLarge,
}

impl Client {
    /// A client for the workspace at `base`. The system's proxy is used, but never to reach this
    /// machine itself.
    ///
    /// # Errors
    /// TLS or the proxy cannot be set up.
    pub fn new(base: BaseUrl, token: Token, timeouts: Timeouts) -> Result<Self, ClientError> {
        let failed = |error: reqwest::Error| ClientError(token.redact(&cause(error)));
        let authorization =
            token.header().ok_or_else(|| ClientError("the token fits in no header".to_owned()))?;
        let http = builder(&base, timeouts).build().map_err(failed)?;
        Ok(Self {
            kept: Arc::new(RwLock::new(KeptConnections { generation: 0, http })),
            fresh: builder(&base, timeouts).pool_max_idle_per_host(0).build().map_err(failed)?,
            credentials: Arc::new(RwLock::new(Credentials { tokens: vec![token], authorization })),
            base,
            timeouts,
        })
    }

    /// Uses this token from now on; tells whether it is another than before. One that fits in no
    /// header changes nothing.
    pub fn use_token(&self, token: Token) -> bool {
        let mut credentials = self.credentials.write().unwrap_or_else(PoisonError::into_inner);
        let Some(authorization) = token.header() else { return false };
        let is_new = authorization != credentials.authorization;
        if is_new {
            credentials.authorization = authorization;
            credentials.tokens.insert(0, token);
            credentials.tokens.truncate(TOKENS);
        }
        is_new
    }

    /// Sends `call` once and reads the answer. What starts or ends a run never leaves on a
    /// connection that was kept.
    pub async fn send(&self, call: &Call, style: PathStyle) -> Exchange {
        self.send_on(Connection::Kept, call, style).await
    }

    /// The same on the connection of the caller's choice.
    pub async fn send_on(&self, connection: Connection, call: &Call, style: PathStyle) -> Exchange {
        let kept = match (call.kind(), connection) {
            (Kind::Read, Connection::Kept) => Some(read(&self.kept).clone()),
            _ => None,
        };
        let http = kept.as_ref().map_or(&self.fresh, |kept| &kept.http);
        let exchange = self.exchange(http, call, style).await;
        if let (Some(kept), Err(ApiError::Transport(Failure::Timeout(_) | Failure::Broken(_)))) =
            (kept, &exchange.result)
        {
            self.renew_connections(kept.generation);
        }
        exchange
    }

    /// Opens new connections for what comes next: one of this generation has gone silent.
    fn renew_connections(&self, generation: u64) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.generation == generation
            && let Ok(http) = builder(&self.base, self.timeouts).build()
        {
            *kept = KeptConnections { generation: generation + 1, http };
        }
    }

    async fn exchange(&self, http: &reqwest::Client, call: &Call, style: PathStyle) -> Exchange {
        let response = match self.request(http, call, style).send().await {
            Ok(response) => response,
            Err(error) => return self.failure(error).into(),
        };
        let (response, ending) = self.receive(response).await;
        let mut exchange = call.read(&response, crate::clock::now().wall);
        // An error's status says enough, however much of its body came.
        if response.status().is_success() {
            match ending {
                Ending::Whole => {}
                Ending::Cut(failure) => exchange.result = Err(failure.into()),
                Ending::TooLarge => {
                    let reason = format!("larger than {} MiB", LARGEST_BODY / 1024 / 1024);
                    exchange.result = Err(wire::unreadable(&response, reason));
                }
            }
        }
        exchange
    }

    /// The request with its token.
    ///
    /// A pooled connection may be closed by the server at the moment a request is written to it,
    /// and then nobody knows whether it arrived. hyper-util (0.1, `client/legacy/client.rs`,
    /// `send_request`) does send a request again by itself, and reqwest leaves that switched on,
    /// but only on a reused connection and only when hyper hands the request back, which it does
    /// only while not a byte of it has been written (hyper 1, `client/dispatch.rs`, `Envelope`;
    /// `proto/h1/dispatch.rs`, `recv_msg`). So no request is written twice. A trigger goes over a
    /// connection of its own all the same: where nothing is reused nothing can be sent again by
    /// any version, and its answer is not lost to a connection that was about to be closed.
    fn request(
        &self,
        http: &reqwest::Client,
        call: &Call,
        style: PathStyle,
    ) -> reqwest::RequestBuilder {
        let (parts, body) = call.request(style).into_parts();
        let authorization = read(&self.credentials).authorization.clone();
        let request = http
            .request(parts.method, format!("{}{}", self.base, parts.uri))
            .headers(parts.headers)
            .header(header::ACCEPT, "application/json")
            .header(header::AUTHORIZATION, authorization);
        if body.is_empty() { request } else { request.body(body) }
    }

    /// The response with as much of its body as came, the token taken out of it.
    async fn receive(&self, mut response: reqwest::Response) -> (http::Response<Vec<u8>>, Ending) {
        let mut body = Vec::new();
        let ending = loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() <= LARGEST_BODY => {
                    body.extend_from_slice(&chunk);
                }
                Ok(Some(_)) => {
                    body.clear();
                    break Ending::TooLarge;
                }
                Ok(None) => break Ending::Whole,
                Err(error) => break Ending::Cut(self.failure(error)),
            }
        };
        let clean = |body, token: &Token| token.redact_bytes(body);
        let body = read(&self.credentials).tokens.iter().fold(body, clean);
        let mut whole = http::Response::new(body);
        *whole.status_mut() = response.status();
        *whole.headers_mut() = std::mem::take(response.headers_mut());
        (whole, ending)
    }

    /// Only what surely happened before the request was written counts as no connection.
    fn failure(&self, error: reqwest::Error) -> Failure {
        let told = |error| {
            let clean = |text: String, token: &Token| token.redact(&text);
            read(&self.credentials).tokens.iter().fold(cause(error), clean)
        };
        if error.is_connect() || error.is_builder() {
            Failure::Connect(told(error))
        } else if error.is_timeout() {
            Failure::Timeout(self.timeouts.total.as_secs())
        } else {
            Failure::Broken(told(error))
        }
    }
}

/// Shows where it sends and nothing of the token.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.base)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}

/// Nobody panics while holding one of these locks.
fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

/// What both kinds of connections have in common. Without `retry::never` reqwest (0.13,
/// `retry.rs`) would repeat what an HTTP/2 server refused.
fn builder(base: &BaseUrl, timeouts: Timeouts) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder()
        .user_agent(concat!("hextop/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .pool_idle_timeout(IDLE)
        .http2_keep_alive_interval(PING)
        .http2_keep_alive_timeout(PING_PATIENCE)
        .http2_keep_alive_while_idle(true)
        .connect_timeout(timeouts.connect)
        .timeout(timeouts.total);
    if base.is_loopback() { builder.no_proxy() } else { builder }
}

/// The two innermost causes, which say what happened; the outer ones only say where. The address
/// is left out.
fn cause(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut chain = vec![error.to_string()];
    let mut next = error.source();
    while let Some(inner) = next {
        chain.push(inner.to_string());
        next = inner.source();
    }
    chain.dedup();
    let text = chain.split_off(chain.len().saturating_sub(2)).join(": ");
    cut(&text, LONGEST_CAUSE)
}
