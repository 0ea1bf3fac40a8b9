//! A proxy between the program and the simulated workspace: it kills the program, or loses what
//! goes through it, at the step that a test names.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};

use rustix::process::{Pid, Signal, kill_process};

/// What happens to a start, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Killed while it asks which inputs there are.
    BeforeJournal,
    /// Killed when the journal has it and its request has not left.
    AfterJournal,
    /// Killed when its request has left and has not arrived.
    OnItsWay,
    /// Killed when its request has been carried out and not answered.
    Arrived,
    /// Killed when it has been answered.
    Answered,
    /// Its request is lost.
    RequestLost,
    /// The answer is lost with the connection.
    AnswerLost,
    /// There is no answer until it gives up.
    Unanswered,
    /// Nothing.
    Whole,
}

impl Step {
    pub(crate) fn kills(self) -> bool {
        matches!(
            self,
            Self::BeforeJournal
                | Self::AfterJournal
                | Self::OnItsWay
                | Self::Arrived
                | Self::Answered
        )
    }
}

/// What is to happen at each project, and to which process.
#[derive(Default)]
struct Orders {
    steps: Mutex<BTreeMap<String, Step>>,
    victims: Mutex<BTreeMap<String, Pid>>,
    known: Condvar,
    /// Where the journal is.
    store: Mutex<PathBuf>,
}

impl Orders {
    /// Kills the process that starts this project, as soon as it is known.
    fn kill(&self, project: &str) {
        let mut victims = self.victims.lock().unwrap();
        while !victims.contains_key(project) {
            victims = self.known.wait(victims).unwrap();
        }
        // One that has its answer may have ended by itself.
        let _ = kill_process(victims[project], Signal::KILL);
    }

    /// Waits until the journal has a start of this project.
    fn await_entry(&self, project: &str) {
        let connection = rusqlite::Connection::open(&*self.store.lock().unwrap()).unwrap();
        let has = "SELECT EXISTS (SELECT 1 FROM journal WHERE entry LIKE ?)";
        let like = format!("%{project}%");
        while !connection.query_row(has, [&like], |row| row.get(0)).unwrap_or(false) {
            std::thread::yield_now();
        }
    }
}

/// The running proxy.
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    orders: Arc<Orders>,
}

impl Proxy {
    /// One in front of the server at `to`.
    pub(crate) fn open(to: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let orders = Arc::<Orders>::default();
        let theirs = Arc::clone(&orders);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let orders = Arc::clone(&theirs);
                // A connection that breaks off is what this is about.
                std::thread::spawn(move || pass(&stream, to, &orders));
            }
        });
        Self { address, orders }
    }

    /// The program keeps its journal there.
    pub(crate) fn keeps(&self, store: PathBuf) {
        *self.orders.store.lock().unwrap() = store;
    }

    pub(crate) fn order(&self, project: &str, step: Step) {
        self.orders.steps.lock().unwrap().insert(project.to_owned(), step);
    }

    pub(crate) fn victim(&self, project: &str, pid: Pid) {
        self.orders.victims.lock().unwrap().insert(project.to_owned(), pid);
        self.orders.known.notify_all();
    }
}

/// A request as it came.
struct Request {
    method: String,
    path: String,
    headers: Vec<String>,
    body: Vec<u8>,
}

impl Request {
    fn read(stream: &TcpStream) -> Option<Self> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let mut words = line.split(' ').map(str::to_owned);
        let (method, path) = (words.next()?, words.next()?);
        let (mut headers, mut length) = (Vec::new(), 0);
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let header = header.trim_end().to_owned();
            if header.is_empty() {
                break;
            }
            let (name, value) = header.split_once(':')?;
            match name.to_lowercase().as_str() {
                "content-length" => length = value.trim().parse().ok()?,
                "connection" => continue,
                _ => {}
            }
            headers.push(header);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        Some(Self { method, path, headers, body })
    }

    /// The project that it is about, by its path or its body.
    fn project(&self, known: &BTreeMap<String, Step>) -> Option<(String, Step)> {
        let body = String::from_utf8_lossy(&self.body);
        let is_about = |id: &str| self.path.contains(id) || body.contains(id);
        known.iter().find(|(id, _)| is_about(id)).map(|(id, step)| (id.clone(), *step))
    }

    fn is_trigger(&self) -> bool {
        self.method == "POST" && self.path.ends_with("/runs")
    }

    /// Has the server carry it out; gives its whole answer.
    fn forward(&self, to: SocketAddr) -> Option<Vec<u8>> {
        let mut server = TcpStream::connect(to).ok()?;
        let head = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        let headers = self.headers.join("\r\n");
        let head = format!("{head}{headers}\r\nconnection: close\r\n\r\n");
        server.write_all(head.as_bytes()).ok()?;
        server.write_all(&self.body).ok()?;
        let mut answer = Vec::new();
        server.read_to_end(&mut answer).ok()?;
        Some(answer)
    }
}

/// Carries one request, as far as it gets.
fn pass(mut stream: &TcpStream, to: SocketAddr, orders: &Orders) -> Option<()> {
    let request = Request::read(stream)?;
    let about = request.project(&orders.steps.lock().unwrap());
    let is_look = request.method == "GET" && request.path.contains("/runs?");
    let is_export = request.path.ends_with("/export");
    match about {
        Some((project, Step::BeforeJournal)) if is_export => {
            orders.kill(&project);
            return None;
        }
        Some((project, Step::AfterJournal)) if is_look => {
            orders.await_entry(&project);
            orders.kill(&project);
            return None;
        }
        Some((project, Step::OnItsWay)) if request.is_trigger() => {
            orders.kill(&project);
            return None;
        }
        Some((_, Step::RequestLost)) if request.is_trigger() => return None,
        _ => {}
    }
    let answer = request.forward(to)?;
    match about {
        Some((project, Step::Arrived)) if request.is_trigger() => {
            orders.kill(&project);
        }
        Some((_, Step::AnswerLost)) if request.is_trigger() => {}
        Some((_, Step::Unanswered)) if request.is_trigger() => {
            // Until the other side gives up.
            stream.read_exact(&mut [0]).ok()?;
        }
        Some((project, Step::Answered)) if request.is_trigger() => {
            stream.write_all(&answer).ok()?;
            orders.kill(&project);
        }
        _ => stream.write_all(&answer).ok()?,
    }
    Some(())
}
