//! Two dashboards and a watch on one token, for two minutes of real time.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tempfile::TempDir;

use crate::beside::{PROJECTS, agree, open, sent, sent_by, wait_for_sweep};
use crate::pty::{HEXTOP, spawning};
use crate::sim::{Lines, Request, Sim, now};

/// How long it all lasts.
const SPAN: Duration = Duration::from_mins(2);
/// How long a slow reply takes; the simulator's default.
const SLOW: SignedDuration = SignedDuration::from_secs(5);
/// How long after the reply a change may be told elsewhere: the store is looked at four times a
/// second, and the machine may be busy.
const SOON: SignedDuration = SignedDuration::from_secs(2);
/// What the workspace grants in a minute, and what hextop keeps of it for persons.
const LIMIT: usize = 60;
const KEPT: usize = 10;

/// A running watch with a home of its own.
struct Watch {
    child: Child,
    lines: Lines,
    home: TempDir,
}

impl Watch {
    fn start(sim: &Sim, data: &Path) -> Self {
        let home = TempDir::new().expect("a directory to live in");
        let settings = home.path().join("config.toml");
        std::fs::write(&settings, format!("data_dir = {:?}\n", data.to_string_lossy()))
            .expect("settings");
        let mut command = Command::new(HEXTOP);
        command.args(["watch", "--json", "--for", "2m", "--config"]).arg(&settings);
        command.env_clear().env("HOME", home.path());
        command.env("XDG_STATE_HOME", home.path().join("state"));
        command.env("HEX_API_BASE_URL", &sim.address).env("HEX_API_TOKEN", &sim.token);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let alone = spawning();
        let mut child = command.spawn().expect("hextop starts");
        drop(alone);
        let lines = Lines::of(child.stdout.take().expect("its output"));
        Self { child, lines, home }
    }

    /// The changes it has told that happened while it watched, and when.
    fn changes(&self) -> Vec<(Timestamp, Value)> {
        let is_change = |line: &Value| line["event"] == "run" && line["news"] != "first_look";
        self.lines.all().into_iter().filter(|(_, line)| is_change(line)).collect()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asserts that a change was told soon after a page was served that can have shown it.
fn assert_soon(told: Timestamp, change: &Value, requests: &[Request]) {
    let looks = requests.iter().filter(|request| request.looks_at() == change["project"].as_str());
    let served =
        |request: &Request| request.at + if request.is_slow { SLOW } else { SignedDuration::ZERO };
    let late = looks
        .filter(|request| request.at <= told)
        .map(|request| told.duration_since(served(request)))
        .filter(|late| *late > -SOON)
        .min();
    assert!(late.is_some_and(|late| late <= SOON), "{late:?} after a look: {change}");
}

#[test]
#[ignore = "takes two minutes of real time: cargo test --locked --test terminal two_dashboards_and_a_watch -- --ignored"]
fn two_dashboards_and_a_watch_ask_as_much_as_one_and_are_equally_fresh() {
    let sim = Sim::start(&["--fault", "latency=0.05"]);
    let data = TempDir::new().expect("a directory");
    let begun = now();
    let first = open(&sim, data.path());
    let second = open(&sim, data.path());
    let mut watch = Watch::start(&sim, data.path());
    let sweep = wait_for_sweep(&sim);
    // Somebody may be looked at twice while a slow reply is waited for.
    assert!(sweep <= PROJECTS + 3, "{sweep} looks for {PROJECTS} projects");
    for quarter in 1..=3 {
        let moment = begun + SPAN / 4 * quarter;
        watch.lines.wait_for("a change", SPAN, |lines| {
            lines.iter().rfind(|(at, _)| *at >= moment).map(drop)
        });
        let took = agree(&first, &second);
        println!("after {} s both show the same ages within {took:?}", 30 * quarter);
        assert!(took < SOON, "{took:?}");
    }
    watch.lines.wait_end(SPAN);
    assert!(watch.child.wait().expect("an exit status").success());
    let took = agree(&first, &second);
    assert!(took < SOON, "{took:?}");

    // What all three have sent, and nobody else.
    let requests = sim.requests();
    let log = watch.home.path().join("state/hextop/hextop.log");
    let others = [sent_by(&second), sent(&log)];
    let sent = [sent_by(&first).len(), others[0].len(), others[1].len()];
    let changes = watch.changes();
    let slow = requests.iter().filter(|request| request.is_slow).count();
    println!("{} requests, {slow} slow, by {sent:?}; {} changes", requests.len(), changes.len());
    let refused: Vec<_> = requests.iter().filter(|r| r.status != Some(200)).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    // One polls, and the others need nothing that it has not read.
    assert_eq!(sent.iter().sum::<usize>(), requests.len(), "{sent:?}");
    assert_eq!(others, [const { Vec::<String>::new() }; 2]);
    // No minute of one process holds more polls than the limit less what is kept for persons; its
    // start asks besides who the token belongs to and for the projects. Half of what that allows
    // shows that it is not merely idle.
    let until = requests[0].at + SPAN;
    let asked = requests.iter().filter(|request| request.at < until).count();
    let one = 2 * (LIMIT - KEPT) + 2;
    assert!(asked <= one && 2 * asked >= one, "{asked} requests, one process may send {one}");
    assert!(slow > 0, "the replies that were to be slow");
    assert!(changes.len() >= 10, "{}", changes.len());
    for (told, change) in &changes {
        assert_soon(*told, change, &requests);
    }
}
