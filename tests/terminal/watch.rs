//! `hextop watch` as a process: whoever reads it gets whole lines at once, and its end has a code.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use crate::pty::{HEXTOP, PATIENCE, spawning};

/// A running watch whose lines are read as they come.
struct Watch {
    child: Child,
    lines: Option<Lines<BufReader<ChildStdout>>>,
    /// As long as this is kept, the process is ended when patience is.
    _leash: Sender<()>,
    _home: TempDir,
}

impl Watch {
    fn start(arguments: &[&str], env: &[(&str, &str)]) -> Self {
        let home = TempDir::new().expect("a directory to live in");
        let mut command = Command::new(HEXTOP);
        command.arg("watch").args(arguments).env_clear().env("HOME", home.path());
        command.envs(env.iter().copied());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let alone = spawning();
        let mut child = command.spawn().expect("hextop starts");
        drop(alone);
        let lines = child.stdout.take().map(|out| BufReader::new(out).lines());
        let pid = pid(&child);
        let (leash, slack) = channel();
        std::thread::spawn(move || {
            if slack.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                // Whoever waits for it then sees an end without a code.
                let _ = kill_process(pid, Signal::KILL);
            }
        });
        Self { child, lines, _leash: leash, _home: home }
    }

    /// Reads on to the first line for which `holds`.
    fn read_until(&mut self, holds: impl Fn(&Value) -> bool) -> Value {
        for line in self.lines.as_mut().expect("it is read") {
            let value: Value = serde_json::from_str(&line.expect("a line")).expect("JSON");
            if holds(&value) {
                return value;
            }
        }
        panic!("it ended too early");
    }

    /// Waits for its end; gives the code and what it said on standard error.
    fn end(mut self) -> (Option<i32>, String) {
        // Read to the end, so that it never waits for us.
        if let Some(lines) = self.lines.take() {
            lines.for_each(drop);
        }
        let output = self.child.wait_with_output().expect("it ends");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn signal(&self, signal: Signal) {
        kill_process(pid(&self.child), signal).expect("it is there");
    }
}

fn pid(child: &Child) -> Pid {
    let number = i32::try_from(child.id()).expect("a process id");
    Pid::from_raw(number).expect("a process")
}

fn is_live(line: &Value) -> bool {
    line["health"] == "live"
}

#[test]
fn control_c_ends_it_with_130_and_without_a_word() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let mut watch = Watch::start(&["--demo", "--json"], &[]);
        watch.read_until(is_live);
        watch.signal(signal);
        assert_eq!(watch.end(), (Some(code), String::new()));
    }
}

#[test]
fn it_ends_quietly_as_soon_as_nobody_reads_even_if_nothing_happens() {
    // In a quiet workspace the next line would be long in coming.
    let mut watch = Watch::start(&["--demo", "--json", "--scenario", "quiet"], &[]);
    watch.read_until(is_live);
    watch.lines = None;
    assert_eq!(watch.end(), (Some(0), String::new()));
}

#[test]
fn people_get_changes_on_standard_output_and_health_beside_it() {
    let mut watch = Watch::start(&["--demo"], &[("LANG", "C.UTF-8")]);
    let line = watch.lines.as_mut().and_then(Iterator::next).expect("a line").expect("text");
    assert!(line.contains("running already") || line.contains("pending already"), "{line}");
    watch.signal(Signal::INT);
    let (code, said) = watch.end();
    assert_eq!(code, Some(130));
    assert!(said.contains("looking at every project for the first time"), "{said}");
}

#[test]
fn only_the_named_projects_are_watched() {
    let mut watch = Watch::start(&["--demo", "--json", "--project", "Churn model"], &[]);
    let run = watch.read_until(|line| line["event"] == "run");
    assert_eq!(run["title"], "Churn model");
    watch.read_until(is_live);
    watch.signal(Signal::INT);
    assert_eq!(watch.end().0, Some(130));
}

#[test]
fn what_cannot_be_watched_is_said_in_a_sentence_with_its_code() {
    let token = ("HEX_API_TOKEN", "hxtp_123");
    let revoked = ["--demo", "--fault", "revoked=1@0s.."];
    for (arguments, env, code, word) in [
        (vec![], vec![], 3, "there is no token"),
        (revoked.to_vec(), vec![], 3, "refused the token"),
        (vec!["--demo", "--project", "Nowhere"], vec![], 2, "no project is called Nowhere"),
        (vec!["--for", "soon"], vec![], 2, "90s"),
        (vec!["--config", "/nowhere/x.toml"], vec![token], 2, "/nowhere/x.toml"),
        (vec!["--base-url", "http://hex.test"], vec![token], 2, "http"),
    ] {
        let (ended, said) = Watch::start(&arguments, &env).end();
        assert_eq!(ended, Some(code), "{arguments:?}: {said}");
        assert!(said.contains(word), "{arguments:?}: {said}");
    }
}

#[test]
fn it_goes_on_while_nothing_gets_through_and_says_so() {
    // Nothing listens there.
    let arguments = ["--json", "--base-url", "http://127.0.0.1:1"];
    let mut watch = Watch::start(&arguments, &[("HEX_API_TOKEN", "hxtp_123")]);
    let line = watch.read_until(|line| line["health"] == "offline");
    assert!(line["error"].is_string() && line["wait_seconds"].is_number(), "{line}");
    watch.signal(Signal::INT);
    assert_eq!(watch.end().0, Some(130));
}
