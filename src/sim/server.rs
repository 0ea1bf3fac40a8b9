//! The loopback door: HTTP/1.1 in front of a [`World`].
//!
//! Everything it says is decided by the world; it only reads the clock, carries bytes, and
//! where the world wants it breaks off in the middle, for real.

mod deliver;
mod log;

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Uri};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

use crate::clock;

use super::world::World;

use deliver::{Broken, Gradual};
use log::Log;

/// A world that is being served; closes when dropped.
#[derive(Debug)]
pub struct SimServer {
    /// Where it is: `http://127.0.0.1:PORT/api/v1`.
    pub base_url: String,
    /// The bearer token that the world accepts.
    pub token: String,
    world: Arc<Mutex<World>>,
    accepting: JoinHandle<()>,
}

/// What all connections share.
#[derive(Clone)]
struct House {
    world: Arc<Mutex<World>>,
    log: Arc<Mutex<Option<Log>>>,
}

/// The loopback address with a port that the system chooses.
pub const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// Bytes; no start needs more.
const LONGEST_BODY: usize = 1 << 20;

impl SimServer {
    /// Serves `world` at `listen`; `log` gets one line of JSON for each request.
    ///
    /// # Errors
    /// When the address cannot be listened at.
    pub async fn open(
        world: World,
        listen: SocketAddr,
        log: Option<Box<dyn Write + Send>>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let base_url = format!("http://{}/api/v1", listener.local_addr()?);
        let token = world.token().to_owned();
        let world = Arc::new(Mutex::new(world));
        let house =
            House { world: Arc::clone(&world), log: Arc::new(Mutex::new(log.map(Log::new))) };
        Ok(Self { base_url, token, world, accepting: tokio::spawn(accept(listener, house)) })
    }

    /// Looks at the world as it is now.
    pub fn look<T>(&self, look: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance(clock::now());
        look(&mut world)
    }
}

impl Drop for SimServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// How long to wait after a connection could not be accepted.
const OUT_OF_LUCK: Duration = Duration::from_millis(50);

async fn accept(listener: TcpListener, house: House) {
    // Dropped with this task, and with it every connection.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // Out of file descriptors: the next one may have better luck.
                let Ok((stream, _)) = accepted else { sleep(OUT_OF_LUCK).await; continue };
                connections.spawn(serve(stream, house.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Serves one connection until either side ends it.
async fn serve(stream: TcpStream, house: House) {
    // Without this small answers wait for the client's acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| Box::pin(answer(request, house.clone())));
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(stream), service);
    let ended = std::future::poll_fn(|context| connection.poll_without_shutdown(context)).await;
    let stream = connection.into_parts().io.into_inner();
    let wants_reset = ended.is_err_and(|error| deliver::is_reset(&error));
    if wants_reset {
        // Closing it now sends RST instead of FIN.
        let _ = stream.set_zero_linger();
    }
}

async fn answer(
    request: Request<Incoming>,
    house: House,
) -> Result<http::Response<Gradual>, Broken> {
    let (mut parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, LONGEST_BODY).collect().await else {
        return Ok(deliver::too_long());
    };
    let body: Bytes = body.to_bytes();
    parts.uri = relative(parts.uri);
    let (method, path) = (parts.method.clone(), parts.uri.to_string());
    let zipped = deliver::wants_gzip(&parts.headers);
    let request = Request::from_parts(parts, body.to_vec());
    let now = clock::now();
    let answer = {
        let mut world = house.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.handle(&request, now)
    };
    if let Some(log) = house.log.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        log.write(now.wall, &method, &path, &answer);
    }
    deliver::deliver(answer, zipped).await
}

/// A proxy's absolute URI without its scheme and host.
fn relative(uri: Uri) -> Uri {
    match uri.path_and_query() {
        Some(path) if uri.scheme().is_some() => Uri::from(path.clone()),
        _ => uri,
    }
}
