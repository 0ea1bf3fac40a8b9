//! An incident at 120×36: whatever is out of hand is found and stopped with eight keys, and nothing else is.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::Value;
use tempfile::TempDir;

use crate::pty::{Terminal, line};
use crate::sim::Sim;

/// The most keys that it takes.
const MOST: usize = 8;

/// Six projects: in three of them runs have hung, one of them two, and in every one a run goes on as usual.
const SCENARIO: &str = r#"
about = "Four runs are out of hand, and six go on as usual."

[users]
others = 0

[kernels]
total = 25

[limits]
per-minute = 240

[[project]]
title = "Warehouse loads"
median = "30m"
spread = 0.2
past = 40
running = 1
hung = [20.0, 34.0]

[[project]]
title = "Order sync"
median = "40m"
spread = 0.2
past = 40
running = 1
hung = [25.0]

[[project]]
title = "Revenue hourly"
median = "25m"
spread = 0.2
past = 40
running = 1

[[project]]
title = "Customer 360"
median = "35m"
spread = 0.2
past = 40
running = 1
hung = [60.0]

[[project]]
title = "Stock levels"
median = "50m"
spread = 0.2
past = 40
running = 1

[[project]]
title = "Exec dashboard"
median = "45m"
spread = 0.2
past = 40
running = 1
"#;

/// A person at the terminal, whose keys are counted.
struct Hands {
    terminal: Terminal,
    keys: usize,
}

impl Hands {
    fn press(&mut self, key: char) {
        self.keys += 1;
        self.terminal.keys(&key.to_string());
    }
}

/// A run as the world has it, asked for past the dashboard.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Truth {
    id: String,
    status: String,
    started: String,
}

/// What the simulator answers to a GET of this path.
fn get(sim: &Sim, path: &str) -> Value {
    let root = sim.address.strip_prefix("http://").expect("a loopback address");
    let (host, base) = root.split_once('/').unwrap_or((root, ""));
    let mut stream = TcpStream::connect(host).expect("the simulator");
    let token = &sim.token;
    let request = format!(
        "GET /{base}{path} HTTP/1.0\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("a request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    let (head, body) = answer.split_once("\r\n\r\n").expect("a body");
    assert!(head.contains(" 200 "), "{path}: {head}");
    serde_json::from_str(body).expect("JSON")
}

/// All runs of all projects that are active or were killed.
fn truth(sim: &Sim) -> BTreeSet<Truth> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let projects = get(sim, "/projects?limit=100");
    let projects = projects["values"].as_array().expect("projects").clone();
    assert_eq!(projects.len(), 6);
    let mut runs = BTreeSet::new();
    for project in projects {
        let path = format!("/projects/{}/runs?limit=100", text(&project["id"]));
        for run in get(sim, &path)["runs"].as_array().expect("runs") {
            let truth = Truth {
                id: text(&run["runId"]),
                status: text(&run["status"]),
                started: text(&run["startTime"]),
            };
            if ["PENDING", "RUNNING", "KILLED"].contains(&truth.status.as_str()) {
                runs.insert(truth);
            }
        }
    }
    runs
}

fn with_status(truth: &BTreeSet<Truth>, status: &str) -> BTreeSet<String> {
    truth.iter().filter(|run| run.status == status).map(|run| run.id.clone()).collect()
}

#[test]
fn everything_out_of_hand_is_found_and_stopped_with_eight_keys_and_nothing_else() {
    let data = TempDir::new().expect("a directory");
    let file = data.path().join("scenario.toml");
    std::fs::write(&file, SCENARIO).expect("a file");
    let sim = Sim::start(&["--scenario", &file.to_string_lossy()]);
    let before = truth(&sim);
    let killed_before = with_status(&before, "KILLED");
    // Those that began longest ago have hung: the others take less than two hours.
    let mut running: Vec<_> = before.iter().filter(|run| run.status == "RUNNING").collect();
    running.sort_by_key(|run| run.started.clone());
    assert_eq!(running.len(), 10, "{running:#?}");
    let hung: BTreeSet<_> = running.iter().take(4).map(|run| run.id.clone()).collect();
    let others: BTreeSet<_> = running.iter().skip(4).map(|run| run.id.clone()).collect();

    let start = sim.dashboard(data.path()).size(120, 36);
    // So that what the cancels come to is read before the test loses its patience.
    let kept = data.path().to_string_lossy();
    start.settings(&format!("data_dir = {kept:?}\nrequests_per_minute = 60\n"));
    let terminal = start.open();
    let mut hands = Hands { terminal, keys: 0 };
    hands.terminal.see("4 out of hand");
    hands.terminal.see("▶ 10");
    hands.press('!');
    hands.terminal.see("4 marked");
    hands.press('X');
    hands.terminal.see("Cancel 4 runs");
    hands.terminal.see("frees 4 kernels");
    for id in &hung {
        let short = &id[..8];
        hands.terminal.wait_for(short, |screen| line(screen, &["┃", "runaway", short]));
    }
    hands.terminal.look_at("Cancel 4 runs");
    hands.press('4');
    hands.terminal.wait_for("the number", |screen| line(screen, &["for no:", "4"]));
    hands.press('y');
    hands.terminal.see("4 cancelled");
    hands.terminal.see_no_more("out of hand");
    assert!(hands.keys <= MOST, "{} keys", hands.keys);

    let after = truth(&sim);
    let killed: BTreeSet<_> =
        with_status(&after, "KILLED").difference(&killed_before).cloned().collect();
    assert_eq!(killed, hung, "those and no others");
    let goes_on = with_status(&after, "RUNNING");
    assert!(others.iter().all(|run| !killed.contains(run)), "{goes_on:?}");
    let deletes = sim.requests().into_iter().filter(|request| request.method == "DELETE");
    let deletes: Vec<_> = deletes.collect();
    assert_eq!(deletes.len(), 4, "each once: {deletes:#?}");
    hands.terminal.keys("q");
    assert_eq!(hands.terminal.wait_exit(), 0);
}
