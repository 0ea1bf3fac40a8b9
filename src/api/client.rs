//! The only code that sends bytes.
//!
//! One call is at most one request on the wire: nothing is repeated and no redirect is followed
//! in here, because whoever called decides that, knowing what the call does.

mod peer;
mod unreached;

use std::error::Error;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use http::{HeaderValue, StatusCode, Uri, header};
use hyper_util::client::proxy::matcher::Matcher;
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::{Detail, Failure};
use super::proxy::{self, ProxyError};
use super::{
    ApiError, BaseUrl, Call, Kind, NoConnection, PathStyle, RateHint, Redactor, Reply, Tls, Token,
};
use crate::domain::text::cut;
pub use peer::PeerCertificate;
use unreached::Way;

/// Bytes that are read of an export, in which the code of all cells is.
const LARGEST_EXPORT: usize = 16 * MEBIBYTE;
/// Bytes that are read of a list; a page of 100 runs has 60 KB, one of 100 projects some 150 KB.
const LARGEST_LIST: usize = 4 * MEBIBYTE;
/// Bytes that are read of any other answer, and of an error.
const LARGEST: usize = MEBIBYTE;
const LARGEST_ERROR: usize = MEBIBYTE / 16;
const MEBIBYTE: usize = 1024 * 1024;
/// Of answers beyond so many bytes only one is in memory at a time.
const LARGE: usize = MEBIBYTE / 2;
/// Answers beyond so many bytes are decoded in a thread of their own.
const SLOW: usize = MEBIBYTE / 32;
/// Load balancers commonly close idle connections after 60 s; closing them earlier ourselves
/// leaves fewer requests to be lost on a connection that is being closed.
const IDLE: Duration = Duration::from_secs(50);
/// How often an HTTP/2 connection is asked whether its other end is still there, and how long that
/// may take to answer. HTTP/1 has no such question; there a timeout ends the connection.
const PING: Duration = Duration::from_secs(10);
const PING_PATIENCE: Duration = Duration::from_secs(5);
/// Characters kept of why a connection failed.
const LONGEST_CAUSE: usize = 200;

/// What came of one call, with all that its response tells besides.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// The reply, or why there is none.
    pub result: Result<Reply, ApiError>,
    /// What the headers say of the limits.
    pub rate: RateHint,
    /// The server's `Date`, whole seconds.
    pub date: Option<Timestamp>,
}

impl From<Failure> for Response {
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
pub enum ClientError {
    /// TLS cannot be set up.
    #[error("cannot set up connections ({0}): check the system's certificates and proxy settings")]
    Setup(String),
    /// A variable that names a proxy cannot be used.
    #[error(transparent)]
    Proxy(#[from] ProxyError),
    /// Another machine would be trusted whoever it is.
    #[error(
        "--insecure is for this machine only (127.0.0.1, [::1], localhost), because the token goes \
         with every request: name the root of the server's certificate in ca_file instead"
    )]
    Insecure,
    /// The client's certificate and key cannot be used together.
    #[error(
        "client_cert_file and client_key_file cannot be used ({0}): check that the key is the certificate's"
    )]
    Identity(String),
}

/// Sends calls to one workspace. Cheap to clone; the clones share their connections and their
/// token.
#[derive(Clone)]
pub struct Client {
    base: BaseUrl,
    timeouts: Timeouts,
    tls: Tls,
    /// The host and port of the proxy between this machine and Hex.
    proxy: Option<String>,
    /// The certificate of the last answer.
    peer: Arc<RwLock<Option<PeerCertificate>>>,
    /// The header with the token in use.
    authorization: Arc<RwLock<HeaderValue>>,
    /// Knows every token that was in use: a server may still repeat it.
    redactor: Redactor,
    kept: Arc<RwLock<KeptConnections>>,
    fresh: reqwest::Client,
    /// Whoever reads a large answer has it.
    large: Arc<Semaphore>,
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
    /// It has more than so many bytes, which is all that was read.
    TooLarge(usize),
}

/// An answer with as much of its body as was read.
struct Received {
    response: http::Response<Vec<u8>>,
    ending: Ending,
    /// Kept until a large body has been decoded.
    _large: Option<OwnedSemaphorePermit>,
}

impl Client {
    /// A client for the workspace at `base`. The system's proxy is used, but never to reach this
    /// machine itself.
    ///
    /// # Errors
    /// TLS cannot be set up, or a variable of the environment names a proxy that cannot be used.
    pub fn new(base: BaseUrl, token: &Token, timeouts: Timeouts) -> Result<Self, ClientError> {
        Self::sharing(Redactor::default(), base, token, timeouts, Tls::default())
    }

    /// The same with TLS as it is set; the redactor, which others may use too, knows whatever secret
    /// is sent.
    ///
    /// # Errors
    /// As for [`Client::new`]; also a key that is not the certificate's, and any certificate accepted
    /// from another machine.
    pub fn sharing(
        redactor: Redactor,
        base: BaseUrl,
        token: &Token,
        timeouts: Timeouts,
        tls: Tls,
    ) -> Result<Self, ClientError> {
        redactor.add_token(token);
        let mut proxy = None;
        if !base.is_loopback() {
            if tls.accepts_any() {
                return Err(ClientError::Insecure);
            }
            proxy::check(|name| std::env::var_os(name))?;
            proxy = proxy_of(&base);
        }
        let failed = |error: reqwest::Error| {
            let why = cause(error, &redactor);
            let without = builder(&base, timeouts, &tls.clone().without_identity()).build();
            if tls.identity().is_some() && without.is_ok() {
                ClientError::Identity(why)
            } else {
                ClientError::Setup(why)
            }
        };
        let header = token.header();
        let authorization =
            header.ok_or_else(|| ClientError::Setup("the token fits in no header".to_owned()))?;
        let http = builder(&base, timeouts, &tls).build().map_err(failed)?;
        let fresh = builder(&base, timeouts, &tls).pool_max_idle_per_host(0);
        Ok(Self {
            kept: Arc::new(RwLock::new(KeptConnections { generation: 0, http })),
            fresh: fresh.build().map_err(failed)?,
            authorization: Arc::new(RwLock::new(authorization)),
            peer: Arc::default(),
            redactor,
            base,
            timeouts,
            tls,
            proxy,
            large: Arc::new(Semaphore::new(1)),
        })
    }

    /// Where it sends.
    pub fn base(&self) -> &BaseUrl {
        &self.base
    }

    /// The host and port of the proxy that is used, if one is.
    pub fn proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
    }

    /// The certificate that the server has shown, once an answer has come over TLS.
    pub fn peer_certificate(&self) -> Option<PeerCertificate> {
        read(&self.peer).clone()
    }

    /// Uses this token from now on; tells whether it is another than before. One that fits in no
    /// header changes nothing.
    pub fn use_token(&self, token: &Token) -> bool {
        let Some(header) = token.header() else { return false };
        self.redactor.add_token(token);
        let mut used = self.authorization.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = header != *used;
        *used = header;
        is_new
    }

    /// Sends `call` once and reads the answer. What starts or ends a run never leaves on a
    /// connection that was kept.
    pub async fn send(&self, call: &Call, style: PathStyle) -> Response {
        self.send_on(Connection::Kept, call, style).await
    }

    /// The same on the connection of the caller's choice.
    pub async fn send_on(&self, connection: Connection, call: &Call, style: PathStyle) -> Response {
        if let Some(start) = call.start() {
            self.redactor.add_inputs(start);
        }
        let kept = match (call.kind(), connection) {
            (Kind::Read, Connection::Kept) => Some(read(&self.kept).clone()),
            _ => None,
        };
        let http = kept.as_ref().map_or(&self.fresh, |kept| &kept.http);
        let response = self.response(http, call, style).await;
        if let (
            Some(kept),
            Err(ApiError::Transport(Failure::Timeout(_) | Failure::Broken(_) | Failure::NotHttp)),
        ) = (kept, &response.result)
        {
            self.renew_connections(kept.generation);
        }
        response
    }

    /// Opens new connections for what comes next: one of this generation has gone silent.
    fn renew_connections(&self, generation: u64) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if kept.generation == generation
            && let Ok(http) = builder(&self.base, self.timeouts, &self.tls).build()
        {
            *kept = KeptConnections { generation: generation + 1, http };
        }
    }

    async fn response(&self, http: &reqwest::Client, call: &Call, style: PathStyle) -> Response {
        let response = match self.request(http, call, style).send().await {
            Ok(response) => response,
            Err(error) => return self.failure(error).into(),
        };
        self.note_peer(&response);
        let received = self.receive(response, call).await;
        let (call, redactor) = (call.clone(), self.redactor.clone());
        let now = crate::clock::now().wall;
        let size = received.response.body().len();
        let read = move || received.read(&call, &redactor, now);
        if size <= SLOW {
            return read();
        }
        match tokio::task::spawn_blocking(read).await {
            Ok(response) => response,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(error) => Failure::Broken(error.to_string()).into(),
            },
        }
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
        let authorization = read(&self.authorization).clone();
        let request = http
            .request(parts.method, format!("{}{}", self.base, parts.uri))
            .headers(parts.headers)
            .header(header::ACCEPT, "application/json")
            .header(header::AUTHORIZATION, authorization);
        if body.is_empty() { request } else { request.body(body) }
    }

    /// The response with as much of its body as came and is read.
    async fn receive(&self, mut response: reqwest::Response, call: &Call) -> Received {
        let limit = largest(call, response.status());
        let mut body = Vec::new();
        let mut large = None;
        let ending = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    if large.is_none() && body.len() + chunk.len() > LARGE {
                        // The semaphore is never closed.
                        large = Arc::clone(&self.large).acquire_owned().await.ok();
                    }
                    let room = limit - body.len();
                    body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
                    if chunk.len() > room {
                        break Ending::TooLarge(limit);
                    }
                }
                Ok(None) => break Ending::Whole,
                Err(error) => break Ending::Cut(self.failure(error)),
            }
        };
        let mut read = http::Response::new(body);
        *read.status_mut() = response.status();
        *read.headers_mut() = std::mem::take(response.headers_mut());
        Received { response: read, ending, _large: large }
    }

    /// Keeps what the server's certificate says.
    fn note_peer(&self, response: &reqwest::Response) {
        let info = response.extensions().get::<reqwest::tls::TlsInfo>();
        let Some(der) = info.and_then(reqwest::tls::TlsInfo::peer_certificate) else { return };
        if read(&self.peer).as_ref().is_none_or(|known| !known.is(der)) {
            let mut peer = self.peer.write().unwrap_or_else(PoisonError::into_inner);
            *peer = PeerCertificate::read(der);
        }
    }

    /// Only what surely happened before the request was written, or before the server has taken
    /// anything, counts as no connection.
    fn failure(&self, error: reqwest::Error) -> Failure {
        let host = self.base.authority();
        if error.is_connect() || error.is_builder() {
            let (proxy, patience) = (self.proxy.as_deref(), self.timeouts.connect.as_secs());
            let reason = unreached::no_connection(&error, &Way { host, proxy, patience });
            let other = || NoConnection::Other(cause(error, &self.redactor));
            Failure::Connect(reason.unwrap_or_else(other))
        } else if error.is_timeout() {
            Failure::Timeout(self.timeouts.total.as_secs())
        } else if let Some(reason) = unreached::refused_certificate(&error, host) {
            Failure::Connect(reason)
        } else if unreached::is_not_http(&error) {
            Failure::NotHttp
        } else {
            Failure::Broken(cause(error, &self.redactor))
        }
    }
}

impl Received {
    /// What it says. An error's status says enough, and so does that of an accepted cancel,
    /// however much of its body came; a start's run counts as soon as its id is there.
    fn read(self, call: &Call, redactor: &Redactor, now: Timestamp) -> Response {
        let mut response = call.read_with(redactor, &self.response, now);
        let needs_whole = call.kind() == Kind::Read || response.result.is_err();
        if self.response.status().is_success() && needs_whole {
            match self.ending {
                Ending::Whole => {}
                Ending::Cut(failure) => response.result = Err(failure.into()),
                Ending::TooLarge(limit) => {
                    response.result = Err(ApiError::Unreadable {
                        status: self.response.status().as_u16(),
                        reason: format!("larger than {} MiB", limit / MEBIBYTE),
                        detail: Detail::default(),
                    });
                }
            }
        }
        response
    }
}

/// How many bytes of an answer are read.
fn largest(call: &Call, status: StatusCode) -> usize {
    match call {
        _ if !status.is_success() => LARGEST_ERROR,
        Call::Export { .. } => LARGEST_EXPORT,
        Call::ListProjects { .. } | Call::ListRuns { .. } => LARGEST_LIST,
        _ => LARGEST,
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
fn builder(base: &BaseUrl, timeouts: Timeouts, tls: &Tls) -> reqwest::ClientBuilder {
    // The first one counts: where there is one already, it stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let roots = tls.roots().iter().filter_map(|root| reqwest::Certificate::from_der(root).ok());
    let mut builder = reqwest::Client::builder()
        .tls_info(true)
        .tls_danger_accept_invalid_certs(tls.accepts_any())
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
    // Without TLS the system's certificates need not be there.
    builder =
        if base.is_plain() { builder.tls_certs_only([]) } else { builder.tls_certs_merge(roots) };
    if let Some(identity) = tls.identity().and_then(|pem| reqwest::Identity::from_pem(pem).ok()) {
        builder = builder.identity(identity);
    }
    if base.is_loopback() { builder.no_proxy() } else { builder }
}

/// The host and port of the proxy that the environment or the system has for this address, without
/// its password. It is found as reqwest finds it.
fn proxy_of(base: &BaseUrl) -> Option<String> {
    let address = base.origin().parse::<Uri>().ok()?;
    let proxy = Matcher::from_system().intercept(&address)?;
    let authority = proxy.uri().authority()?.as_str();
    Some(authority.rsplit('@').next().unwrap_or(authority).to_owned())
}

/// The two innermost causes, which say what happened; the outer ones only say where. The address
/// is left out.
fn cause(error: reqwest::Error, redactor: &Redactor) -> String {
    let error = error.without_url();
    let mut chain = vec![error.to_string()];
    let mut next = error.source();
    while let Some(inner) = next {
        chain.push(inner.to_string());
        next = inner.source();
    }
    chain.dedup();
    let text = chain.split_off(chain.len().saturating_sub(2)).join(": ");
    // What is cut before it is redacted may keep a part of a secret.
    cut(&redactor.clean(&text), LONGEST_CAUSE)
}
