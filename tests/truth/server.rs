//! The Hex of the tests behind a real socket, in HTTP/1.1 written by hand or in HTTP/2 over TLS.
//!
//! The client reaches it through a relay of bytes that can make connections *silent*: they stay open
//! and not a byte goes through them any more, as when a laptop has changed its network.

mod http1;
mod http2;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::hex::Hex;

/// Which connections are silent, counted from 0 in the order in which they were opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Silence {
    /// All before this one.
    before: usize,
    /// Those that are opened from now on.
    new: bool,
    /// Connections opened so far.
    opened: usize,
}

/// Silences connections.
#[derive(Clone, Debug)]
pub(crate) struct Relay(Arc<watch::Sender<Silence>>);

impl Relay {
    fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Silence::default())))
    }

    /// Every connection that is open now is silent from now on; new ones work.
    pub(crate) fn silence(&self) {
        self.0.send_modify(|silence| silence.before = silence.opened);
    }

    /// Connections that are opened from now on are silent from the first, or work again.
    pub(crate) fn silence_new(&self, silent: bool) {
        self.0.send_modify(|silence| silence.new = silent);
    }

    /// How many connections were opened.
    pub(crate) fn opened(&self) -> usize {
        self.0.borrow().opened
    }

    /// Carries bytes between clients and the server at `to`, for ever.
    async fn carry(self, listener: TcpListener, to: SocketAddr) {
        loop {
            let (client, _) = listener.accept().await.unwrap();
            let mut silent = false;
            let mut number = 0;
            self.0.send_modify(|silence| {
                (number, silent) = (silence.opened, silence.new);
                silence.opened += 1;
            });
            let watched = self.0.subscribe();
            tokio::spawn(async move {
                if silent {
                    // The connection is open as long as this waits.
                    let _open = client;
                    std::future::pending::<()>().await;
                } else {
                    Box::pin(pass(client, to, number, watched)).await;
                }
            });
        }
    }
}

/// Carries the bytes of one connection until it ends or is silent; then keeps it open.
async fn pass(
    client: TcpStream,
    to: SocketAddr,
    number: usize,
    mut watched: watch::Receiver<Silence>,
) {
    let Ok(server) = TcpStream::connect(to).await else { return };
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let ended = tokio::select! {
        () = copy(&mut from_client, &mut to_server) => true,
        () = copy(&mut from_server, &mut to_client) => true,
        _ = watched.wait_for(|silence| silence.before > number) => false,
    };
    if !ended {
        std::future::pending::<()>().await;
    }
}

async fn copy(from: &mut (impl AsyncRead + Unpin), to: &mut (impl AsyncWrite + Unpin)) {
    let mut bytes = [0; 8192];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

/// Which protocol is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// HTTP/1.1 without TLS.
    Http1,
    /// HTTP/2 over TLS, with a certificate for `localhost` that nobody has signed.
    Http2,
}

/// A Hex that is served, for as long as the test's process lives.
pub(crate) struct Server {
    /// What `HEX_API_BASE_URL` is set to.
    pub(crate) base_url: String,
    pub(crate) relay: Relay,
}

impl Server {
    /// Serves a Hex from now on. The certificate goes to a file in `dir` as PEM.
    pub(crate) fn start(hex: &Hex, protocol: Protocol, dir: &Path) -> Self {
        let relay = Relay::new();
        let (tell, told) = std::sync::mpsc::channel();
        let (hex, carried, file) = (hex.clone(), relay.clone(), dir.join(CERTIFICATE));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async move {
                hex.open_today();
                let inner = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let outer = TcpListener::bind("127.0.0.1:0").await.unwrap();
                let to = inner.local_addr().unwrap();
                let acceptor = (protocol == Protocol::Http2).then(|| http2::acceptor(&file));
                tell.send(outer.local_addr().unwrap().port()).unwrap();
                tokio::spawn(carried.carry(outer, to));
                loop {
                    let (stream, _) = inner.accept().await.unwrap();
                    match acceptor.clone() {
                        None => drop(tokio::spawn(http1::serve(stream, hex.clone()))),
                        Some(tls) => drop(tokio::spawn(http2::serve(stream, tls, hex.clone()))),
                    }
                }
            });
        });
        let port = told.recv().unwrap();
        let base_url = match protocol {
            Protocol::Http1 => format!("http://127.0.0.1:{port}"),
            Protocol::Http2 => format!("https://localhost:{port}"),
        };
        Self { base_url, relay }
    }
}

/// The file of the certificate.
pub(crate) const CERTIFICATE: &str = "certificate.pem";
