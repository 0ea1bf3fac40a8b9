//! An HTTP/1.1 server by hand that answers one kind of request as a scenario says and all others as
//! a small harmless workspace does.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::answer::{Answer, Framing, Piece};
use crate::harmless;

/// When a wait for a request or an answer is given up.
const PATIENCE: Duration = Duration::from_mins(1);

/// Kinds of requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// The list of projects.
    Projects,
    /// One project.
    Project,
    /// A project's runs.
    Runs,
    /// One run.
    Run,
    /// Start a run.
    Trigger,
    /// Cancel a run.
    Cancel,
    /// The published app with its inputs.
    Export,
    /// Whose token it is.
    Me,
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// What it asks.
    pub(crate) op: Op,
    /// Path and query.
    pub(crate) target: String,
    /// Which request of its kind it is, counted from 0.
    pub(crate) number: usize,
}

impl Request {
    /// A value of the query, as it is written there.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// What makes an answer of a request.
pub(crate) type Respond = fn(&Request) -> Answer;

#[derive(Default)]
struct Traffic {
    /// All requests that have come.
    asked: Vec<Request>,
    /// Answers of the scenario's own that have begun to leave.
    begun: usize,
    /// Those that have left whole, or that the client would not take.
    left: usize,
}

/// The server, for as long as the test's process lives.
pub(crate) struct Server {
    port: u16,
    shared: Arc<(Mutex<Traffic>, Condvar)>,
}

impl Server {
    /// Answers requests of one kind with `respond`.
    pub(crate) fn start(op: Op, respond: Respond) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::<(Mutex<Traffic>, Condvar)>::default();
        let theirs = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = Arc::clone(&theirs);
                // A client that goes away ends only its own connection.
                thread::spawn(move || serve(stream, op, respond, &shared));
            }
        });
        Self { port, shared }
    }

    /// What `HEX_API_BASE_URL` is set to.
    pub(crate) fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Waits until an answer of the scenario's own has begun to leave.
    pub(crate) fn wait_begun(&self) {
        self.wait("an answer", |traffic| traffic.begun > 0);
    }

    /// Whether all answers of the scenario's own that have begun have left.
    pub(crate) fn is_quiet(&self) -> bool {
        let traffic = lock(&self.shared.0);
        traffic.begun > 0 && traffic.left == traffic.begun
    }

    /// How many requests of a kind have come.
    pub(crate) fn asked(&self, op: Op) -> usize {
        lock(&self.shared.0).asked.iter().filter(|request| request.op == op).count()
    }

    fn wait(&self, what: &str, holds: impl Fn(&Traffic) -> bool) {
        let guard = lock(&self.shared.0);
        let waited = self.shared.1.wait_timeout_while(guard, PATIENCE, |traffic| !holds(traffic));
        let (traffic, result) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!result.timed_out(), "waited in vain for {what}: {:?}", traffic.asked);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves one connection until it ends.
fn serve(
    mut stream: TcpStream,
    op: Op,
    respond: Respond,
    shared: &(Mutex<Traffic>, Condvar),
) -> io::Result<()> {
    let mut unread = Vec::new();
    while let Some((method, target)) = request(&mut stream, &mut unread)? {
        let asked = {
            let mut traffic = lock(&shared.0);
            let op = kind(&method, &target);
            let number = traffic.asked.iter().filter(|request| request.op == op).count();
            traffic.asked.push(Request { op, target, number });
            traffic.asked.last().cloned().unwrap()
        };
        let is_own = asked.op == op;
        let answer = if is_own { respond(&asked) } else { harmless::answer(&asked) };
        if is_own {
            lock(&shared.0).begun += 1;
            shared.1.notify_all();
        }
        let sent = send(&mut stream, &answer);
        if is_own {
            lock(&shared.0).left += 1;
            shared.1.notify_all();
        }
        sent?;
        if answer.closes() {
            return Ok(());
        }
    }
    Ok(())
}

/// The next request's method and target; none if the connection ends before one is complete.
fn request(stream: &mut TcpStream, unread: &mut Vec<u8>) -> io::Result<Option<(String, String)>> {
    let mut buffer = [0; 4096];
    loop {
        if let Some(end) = unread.windows(4).position(|four| four == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&unread[..end]).into_owned();
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let is_length = name.eq_ignore_ascii_case("content-length");
                is_length.then(|| value.trim().parse::<usize>().unwrap())
            });
            let whole = end + 4 + length.unwrap_or(0);
            if unread.len() >= whole {
                unread.drain(..whole);
                let mut words = head.split(' ').map(str::to_owned);
                return Ok(words.next().zip(words.next()));
            }
        }
        match stream.read(&mut buffer)? {
            0 => return Ok(None),
            count => unread.extend_from_slice(&buffer[..count]),
        }
    }
}

fn kind(method: &str, target: &str) -> Op {
    let path = target.split('?').next().unwrap_or_default();
    let parts: Vec<_> = path.split('/').skip_while(|part| *part != "v1").skip(1).collect();
    match (method, parts.as_slice()) {
        (_, ["users", "me"]) => Op::Me,
        ("GET", ["projects"]) => Op::Projects,
        ("POST", ["projects", "export"]) => Op::Export,
        ("GET", ["projects", _]) => Op::Project,
        ("GET", [_, _, _]) => Op::Runs,
        ("POST", [_, _, _]) => Op::Trigger,
        ("DELETE", _) => Op::Cancel,
        _ => Op::Run,
    }
}

/// Sends an answer piece by piece.
fn send(stream: &mut TcpStream, answer: &Answer) -> io::Result<()> {
    stream.write_all(&answer.head())?;
    let chunked = matches!(answer.framing, Framing::Chunked { .. });
    for piece in &answer.body {
        for bytes in pieces(piece) {
            if chunked {
                stream.write_all(format!("{:x}\r\n", bytes.len()).as_bytes())?;
            }
            stream.write_all(bytes)?;
            if chunked {
                stream.write_all(b"\r\n")?;
            }
            if let Piece::Slowly(..) = piece {
                stream.flush()?;
                thread::sleep(answer.pause);
            }
        }
    }
    if let Framing::Chunked { trailers } = &answer.framing {
        stream.write_all(b"0\r\n")?;
        stream.write_all(trailers)?;
        stream.write_all(b"\r\n")?;
    }
    stream.flush()
}

/// The bytes of a piece in the portions in which they are written.
fn pieces(piece: &Piece) -> Box<dyn Iterator<Item = &[u8]> + '_> {
    match piece {
        Piece::Once(bytes) => Box::new(std::iter::once(bytes.as_slice())),
        Piece::Times(count, bytes) => Box::new(std::iter::repeat_n(bytes.as_slice(), *count)),
        Piece::Slowly(bytes) => Box::new(bytes.chunks(1)),
    }
}
