//! A simulated workspace in another process, and everything it is asked.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::pty::{HEXTOP, PATIENCE, Start, spawning};

/// The time, as the simulator's log tells it.
pub(crate) fn now() -> Timestamp {
    hextop::clock::now().wall
}

/// Lines of JSON that a process writes, each with when it came.
#[derive(Clone, Default)]
pub(crate) struct Lines(Arc<(Mutex<Heard>, Condvar)>);

#[derive(Default)]
struct Heard {
    lines: Vec<(Timestamp, Value)>,
    ended: bool,
}

impl Lines {
    /// Reads in a thread of its own until the process ends.
    pub(crate) fn of(source: impl Read + Send + 'static) -> Self {
        let lines = Self::default();
        let theirs = lines.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(source).lines().map_while(Result::ok) {
                let value = serde_json::from_str(&line).unwrap_or(Value::String(line));
                let mut heard = theirs.0.0.lock().unwrap_or_else(PoisonError::into_inner);
                heard.lines.push((now(), value));
                theirs.0.1.notify_all();
            }
            theirs.0.0.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
            theirs.0.1.notify_all();
        });
        lines
    }

    /// All so far.
    pub(crate) fn all(&self) -> Vec<(Timestamp, Value)> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).lines.clone()
    }

    /// Waits until `look` finds something among the lines.
    pub(crate) fn wait_for<T>(
        &self,
        what: &str,
        patience: Duration,
        look: impl Fn(&[(Timestamp, Value)]) -> Option<T>,
    ) -> T {
        let mut found = None;
        self.wait(what, patience, |heard| {
            found = look(&heard.lines);
            found.is_some()
        });
        found.expect("the wait is over")
    }

    /// Waits until `look` holds, but no longer than `span`; tells whether it does.
    fn holds_within(&self, span: Duration, look: impl Fn(&[(Timestamp, Value)]) -> bool) -> bool {
        let heard = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.0.1.wait_timeout_while(heard, span, |heard| !look(&heard.lines));
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Waits until no more lines can come.
    pub(crate) fn wait_end(&self, patience: Duration) {
        self.wait("the end", patience, |heard| heard.ended);
    }

    fn wait(&self, what: &str, patience: Duration, mut holds: impl FnMut(&Heard) -> bool) {
        let heard = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.0.1.wait_timeout_while(heard, patience, |heard| {
            let done = holds(heard);
            assert!(done || !heard.ended, "it ended without {what}: {:#?}", heard.lines);
            !done
        });
        let (heard, result) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!result.timed_out(), "waited in vain for {what}: {:#?}", heard.lines);
    }
}

/// A request as the simulator has logged it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// When it arrived.
    pub(crate) at: Timestamp,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: Option<u64>,
    /// Whether its answer was slow.
    pub(crate) is_slow: bool,
}

impl Request {
    fn read(line: &Value) -> Option<Self> {
        Some(Self {
            at: line["time"].as_str()?.parse().expect("a time"),
            method: line["method"].as_str()?.to_owned(),
            path: line["path"].as_str()?.to_owned(),
            status: line["status"].as_u64(),
            is_slow: line["fault"] == "latency",
        })
    }

    /// The project whose runs it asks for, if that is what it asks for.
    pub(crate) fn looks_at(&self) -> Option<&str> {
        let (_, rest) = self.path.split_once("/projects/")?;
        let (project, rest) = rest.split_once('/')?;
        rest.starts_with("runs?").then_some(project)
    }

    /// Whether it asks for the list of projects.
    pub(crate) fn lists(&self) -> bool {
        self.path.contains("/projects?")
    }
}

/// A workspace that ends with the test.
pub(crate) struct Sim {
    child: Child,
    lines: Lines,
    pub(crate) address: String,
    pub(crate) token: String,
}

impl Sim {
    /// Starts one.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(HEXTOP);
        command.arg("sim").args(["--log", "/dev/stdout"]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let alone = spawning();
        let mut child = command.spawn().expect("the simulator starts");
        drop(alone);
        let lines = Lines::of(child.stdout.take().expect("its output"));
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let (address, token) = lines.wait_for("where it is", PATIENCE, |lines| {
            let (_, first) = lines.first()?;
            text(&first["base_url"]).zip(text(&first["token"]))
        });
        Self { child, lines, address, token }
    }

    /// All requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        requests(&self.lines.all())
    }

    /// Waits until `look` finds something among the requests.
    pub(crate) fn wait_for<T>(&self, what: &str, look: impl Fn(&[Request]) -> Option<T>) -> T {
        self.lines.wait_for(what, PATIENCE, |lines| look(&requests(lines)))
    }

    /// Whether `look` finds something among the requests within `span`.
    pub(crate) fn has_within(&self, span: Duration, look: impl Fn(&Request) -> bool) -> bool {
        self.lines.holds_within(span, |lines| requests(lines).iter().any(&look))
    }

    /// A dashboard on it whose store is in `data`.
    pub(crate) fn dashboard(&self, data: &Path) -> Start {
        self.furnish(Start::hextop(&[]), data)
    }

    /// The same for any program that starts one.
    pub(crate) fn furnish(&self, start: Start, data: &Path) -> Start {
        start.settings(&format!("data_dir = {:?}\n", data.to_string_lossy()));
        start.env("HEX_API_BASE_URL", &self.address).env("HEX_API_TOKEN", &self.token).size(150, 50)
    }

    /// The file of the store in `data`.
    pub(crate) fn store(&self, data: &Path) -> std::path::PathBuf {
        hextop::shell::store::file(data, self.address.trim_end_matches("/api/v1"))
    }
}

fn requests(lines: &[(Timestamp, Value)]) -> Vec<Request> {
    lines.iter().filter_map(|(_, line)| Request::read(line)).collect()
}

impl Drop for Sim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
