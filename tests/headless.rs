//! The commands without a screen as scripts use them: real processes against `hextop sim`,
//! what they print and their exit codes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "headless/bare.rs"]
mod bare;
#[path = "headless/cancel.rs"]
mod cancel;
#[path = "headless/cancel_faults.rs"]
mod cancel_faults;
#[path = "headless/doctor.rs"]
mod doctor;
#[path = "headless/guard.rs"]
mod guard;
#[path = "headless/login.rs"]
mod login;
#[path = "headless/reading.rs"]
mod reading;
#[path = "headless/said.rs"]
mod said;
#[path = "headless/surroundings.rs"]
mod surroundings;
#[path = "headless/timeline.rs"]
mod timeline;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

const HEXTOP: &str = env!("CARGO_BIN_EXE_hextop");

const WORLD: &str = r#"
[limits]
per-minute = 600
triggers-per-minute = 0
triggers-per-hour = 0

[[project]]
title = "Weekly revenue"
median = "2s"
spread = 0.0
past = 0
inputs = [
  { name = "region", kind = "dropdown", options = ["emea", "apac"] },
  { name = "threshold", kind = "number" },
  { name = "day", kind = "date" },
]

[[project]]
title = "Doomed"
median = "1s"
failure = 1.0
past = 0
inputs = [{ name = "flag", kind = "checkbox" }]

[[project]]
title = "Endless"
median = "2h"
past = 0

[[project]]
title = "Twin"
past = 0

[[project]]
title = "twin"
past = 0

[[project]]
title = "=Café()\u001b[2J\u202e"
past = 0

[[project]]
title = "Scratchpad"
published = false

[[project]]
title = "Hidden"
unlisted = true
past = 0
"#;

/// A workspace and a home.
struct Workspace {
    home: TempDir,
    sim: Child,
    base_url: String,
    token: String,
}

/// What a command came to.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ended {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Workspace {
    fn open(flags: &[&str]) -> Self {
        Self::of(WORLD, flags)
    }

    /// A workspace of this scenario.
    fn of(world: &str, flags: &[&str]) -> Self {
        let home = TempDir::new().unwrap();
        let scenario = home.path().join("world.toml");
        std::fs::write(&scenario, world).unwrap();
        let settings = "settle_looks_seconds = [1, 2]\ntimeout_seconds = 1\n";
        std::fs::write(home.path().join("settings.toml"), settings).unwrap();
        let mut sim = Command::new(HEXTOP)
            .arg("sim")
            .arg("--scenario")
            .arg(&scenario)
            .args(flags)
            .env_clear()
            .env("HOME", home.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(sim.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let text = |key: &str| said[key].as_str().unwrap().to_owned();
        Self { home, sim, base_url: text("base_url"), token: text("token") }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(HEXTOP);
        command
            .args(arguments)
            .arg("--config")
            .arg(self.home.path().join("settings.toml"))
            .env_clear()
            .env("HOME", self.home.path())
            .env("HEX_API_TOKEN", &self.token)
            .env("HEX_API_BASE_URL", &self.base_url)
            .stdin(Stdio::null());
        command
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        ended(&mut self.command(arguments))
    }

    fn journal(&self) -> Vec<Value> {
        let listed = self.run(&["journal", "--json"]);
        listed.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.sim.kill();
        let _ = self.sim.wait();
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

fn ended(command: &mut Command) -> Ended {
    command.output().unwrap().into()
}

#[test]
fn a_run_is_started_by_its_title_with_typed_inputs_and_stands_in_the_journal() {
    let workspace = Workspace::open(&[]);
    let started = workspace.run(&[
        "run",
        "weekly REVENUE",
        "-p",
        "region=emea",
        "-p",
        "day=yesterday",
        "-P",
        "threshold=0.5",
        "--fresh-sql",
        "--reason",
        "for ana",
        "--json",
    ]);
    assert_eq!((started.code, started.err.as_str()), (Some(0), ""));
    let line = started.json();
    let inputs = &line["body"]["inputParams"];
    assert_eq!((&inputs["region"], &inputs["threshold"]), (&json!("emea"), &json!(0.5)));
    assert_eq!(inputs["day"].as_str().unwrap().len(), 10, "a day, not a word: {line}");
    assert_eq!(line["body"]["useCachedSqlResults"], json!(false));
    assert_eq!((&line["state"], &line["reason"]), (&json!("started"), &json!("for ana")));
    let run = line["run_id"].as_str().unwrap();
    assert!(line["run_url"].as_str().unwrap().contains(run));
    let [entry] = <[Value; 1]>::try_from(workspace.journal()).unwrap();
    for key in ["id", "project_id", "state", "run_id", "body", "at"] {
        assert_eq!(entry[key], line[key], "{key}");
    }
    // Again, with one value changed, by the beginning of its id.
    let again = workspace.run(&["rerun", &run[..8], "-p", "region=apac", "--json"]).json();
    assert_eq!(again["body"]["inputParams"]["region"], json!("apac"));
    assert_eq!(again["body"]["inputParams"]["threshold"], json!(0.5));
    assert_eq!(again["body"]["useCachedSqlResults"], json!(false));
    assert_ne!(again["run_id"], line["run_id"]);
    // And by its address, on its own.
    let address = line["run_url"].as_str().unwrap();
    let third = workspace.run(&["rerun", address]);
    assert_eq!(third.code, Some(0), "{third:?}");
    assert_eq!(third.out.trim().len(), 36, "the run's id and nothing else: {third:?}");
    assert!(third.err.contains("running already"), "{third:?}");
    assert_eq!(workspace.journal().len(), 3);
    let csv = workspace.run(&["journal", "--csv", "--last", "1"]).out;
    assert_eq!(csv.lines().count(), 2, "{csv}");
}

#[test]
fn waiting_ends_with_the_run_and_its_exit_code_says_how() {
    let workspace = Workspace::open(&[]);
    let well = workspace.run(&["run", "Weekly revenue", "--wait", "--json"]);
    assert_eq!((well.code, &well.json()["status"]), (Some(0), &json!("COMPLETED")));
    let badly = workspace.run(&["run", "Doomed", "--wait", "--json"]);
    assert_eq!((badly.code, &badly.json()["status"]), (Some(1), &json!("ERRORED")));
    assert!(badly.err.contains("the run failed"), "{badly:?}");
    let arguments = ["run", "Endless", "--wait", "--timeout", "2s", "--json"];
    let late = workspace.run(&arguments);
    assert_eq!((late.code, &late.json()["timed_out"]), (Some(1), &json!(true)));
    assert!(late.err.contains("the run goes on"), "{late:?}");
    let stopped = workspace.run(&[&arguments[..], &["--cancel-on-timeout"]].concat());
    assert_eq!((stopped.code, &stopped.json()["status"]), (Some(1), &json!("KILLED")));
    assert!(stopped.err.contains("the run is cancelled"), "{stopped:?}");
}

#[test]
fn a_wish_that_cannot_be_granted_is_told_with_its_exit_code() {
    let workspace = Workspace::open(&[]);
    for (arguments, code, words) in [
        (vec!["run", "Nowhere"], 5, "no project is called Nowhere"),
        (vec!["run", "TWIN"], 2, "may be any of"),
        (vec!["run", "Scratchpad"], 2, "no published version"),
        (vec!["run", "Weekly revenue", "-p", "threshold=high"], 2, "threshold: not a number"),
        (vec!["run", "Weekly revenue", "-p", "region=mars"], 2, "region"),
        (vec!["run", "Weekly revenue", "-P", "region=emea"], 2, "no JSON"),
        (vec!["run", "Weekly revenue", "-p", "day=today", "--view", "v"], 2, "--view"),
        (vec!["run", "Weekly revenue", "--preset", "x"], 2, "there is no preset"),
        (vec!["run", "Weekly revenue", "--params", "/nowhere.json"], 2, "/nowhere.json"),
        (vec!["run", "Weekly revenue", "--cancel-on-timeout"], 2, "--timeout"),
        (vec!["rerun", "0123456789"], 5, "the journal has no run"),
        (vec!["journal", "--project", "Nowhere"], 2, "nothing was started"),
    ] {
        let refused = workspace.run(&arguments);
        assert_eq!(refused.code, Some(code), "{arguments:?}: {refused:?}");
        assert!(refused.err.contains(words), "{arguments:?}: {refused:?}");
        assert_eq!(refused.out, "", "{arguments:?}");
    }
    let unknown = "00000000-0000-4000-8000-000000000000";
    assert_eq!(workspace.run(&["run", unknown]).code, Some(5));
    assert_eq!(workspace.journal(), [] as [Value; 0], "nothing was confirmed");
}

#[test]
fn hex_refuses_and_nothing_was_started() {
    let revoked = Workspace::open(&["--fault", "revoked=1@0s.."]);
    assert_eq!(revoked.run(&["run", "Weekly revenue"]).code, Some(3));
    let full = Workspace::open(&["--kernels", "1", "--kernels-full", "refuse"]);
    assert_eq!(full.run(&["run", "Endless"]).code, Some(0));
    let refused = full.run(&["run", "Endless", "--json"]);
    assert_eq!((refused.code, &refused.json()["state"]), (Some(4), &json!("refused")));
    assert!(refused.err.contains("no run was created"), "{refused:?}");
    let dry = full.run(&["run", "Weekly revenue", "-P", "region=7", "--dry-run", "--json"]);
    let line = dry.json();
    assert_eq!((dry.code, &line["ok"], &line["dry_run"]), (Some(2), &json!(false), &json!(true)));
    let good = full.run(&["run", "Weekly revenue", "-p", "threshold=7", "--dry-run"]);
    assert_eq!((good.code, good.err.as_str()), (Some(0), ""), "{good:?}");
    let states: Vec<_> = full.journal().iter().map(|entry| entry["state"].clone()).collect();
    assert_eq!(states, ["started", "refused"], "a dry run is no start");
    let nobody = full.command(&["run", "Endless", "--timeout", "1s"]);
    let mut nobody = nobody;
    nobody.env("HEX_API_BASE_URL", "http://127.0.0.1:1");
    assert_eq!(ended(&mut nobody).code, Some(4));
}

#[test]
fn a_lost_answer_is_looked_for_and_never_sent_again() {
    let lost = Workspace::open(&["--fault", "trigger:answer-lost=1"]);
    let found = lost.run(&["run", "Endless", "--json"]);
    let line = found.json();
    assert_eq!((found.code, &line["state"]), (Some(6), &json!("probably_ours")), "{found:?}");
    assert_eq!(line["run_id"], Value::Null, "a guess is no fact");
    assert_eq!(line["candidates"], json!([line["probable"]["run_id"]]));
    assert!(found.err.contains("probably it"), "{found:?}");
    assert_eq!(lost.run(&["journal", "--settle"]).code, Some(0));
    let stuck = Workspace::open(&["--fault", "trigger:timeout=1"]);
    let gone = stuck.run(&["run", "Endless", "--json"]);
    assert_eq!((gone.code, &gone.json()["state"]), (Some(6), &json!("not_seen")), "{gone:?}");
    assert!(gone.err.contains("you may send it again"), "{gone:?}");
    // The time is up before anybody knows; settling finds out later.
    let soon = lost.run(&["run", "Endless", "--timeout", "300ms", "--json"]);
    assert_eq!((soon.code, &soon.json()["state"]), (Some(6), &json!("unconfirmed")), "{soon:?}");
    let settled = lost.run(&["journal", "--settle", "--json"]);
    assert_eq!(settled.code, Some(0));
    let states: Vec<Value> = settled
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["state"].clone())
        .collect();
    assert_eq!(states, ["probably_ours", "probably_ours"]);
}

/// Starts the same at the same time in so many processes; gives what each came to.
fn at_once(workspace: &Workspace, processes: usize) -> Vec<Ended> {
    let spawn = |_| {
        let mut command = workspace.command(&["run", "Endless", "--json"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..processes).map(spawn).collect();
    let outputs = children.into_iter().map(|child| child.wait_with_output().unwrap());
    outputs.map(Ended::from).collect()
}

/// Runs that a process has claimed, each once.
fn claimed(ended: &[Ended]) -> BTreeSet<String> {
    let claims = ended.iter().map(Ended::json).map(|line| match line["run_id"].as_str() {
        Some(run) => run.to_owned(),
        None => line["probable"]["run_id"].as_str().unwrap_or_default().to_owned(),
    });
    let runs: Vec<_> = claims.filter(|run| !run.is_empty()).collect();
    let distinct: BTreeSet<_> = runs.iter().cloned().collect();
    assert_eq!(distinct.len(), runs.len(), "claimed twice: {ended:?}");
    distinct
}

#[test]
fn processes_that_start_the_same_at_once_claim_their_own_runs() {
    let workspace = Workspace::open(&[]);
    let ended = at_once(&workspace, 6);
    assert!(ended.iter().all(|e| e.code == Some(0)), "{ended:?}");
    assert_eq!(claimed(&ended).len(), 6);
    assert_eq!(workspace.journal().len(), 6);
}

#[test]
fn processes_that_lose_their_answers_at_once_share_the_runs_out() {
    let faults = ["#2", "#4", "#5"].map(|which| format!("trigger:answer-lost={which}"));
    let flags: Vec<_> = faults.iter().flat_map(|fault| ["--fault", fault]).collect();
    let workspace = Workspace::open(&flags);
    let ended = at_once(&workspace, 6);
    let lost = ended.iter().filter(|e| e.json()["state"] != "started").count();
    assert_eq!(lost, 3, "{ended:?}");
    // They send the same and all arrived, so they settle by count.
    let expected = |e: &Ended| if e.json()["state"] == "started" { 0 } else { 6 };
    assert!(ended.iter().all(|e| e.code == Some(expected(e))), "{ended:?}");
    assert_eq!(claimed(&ended).len(), 6);
}

#[test]
fn without_a_journal_nothing_is_sent() {
    let workspace = Workspace::open(&[]);
    // A file stands where the directory would be.
    let settings = workspace.home.path().join("settings.toml");
    let blocked = workspace.home.path().join("blocked");
    std::fs::write(&blocked, "").unwrap();
    std::fs::write(&settings, format!("data_dir = \"{}\"\n", blocked.display())).unwrap();
    let refused = workspace.run(&["run", "Endless", "--json"]);
    assert_eq!((refused.code, &refused.json()["state"]), (Some(1), &json!("not_seen")));
    assert!(refused.err.contains("the journal cannot be written"), "{refused:?}");
    assert_eq!(refused.json()["posts"], json!(0));
    assert_eq!(workspace.run(&["journal"]).code, Some(1));
    assert_eq!(workspace.run(&["journal", "--settle"]).code, Some(1));
}

#[test]
fn inputs_come_from_a_file_or_from_standard_input() {
    let workspace = Workspace::open(&[]);
    let file = workspace.home.path().join("inputs.json");
    std::fs::write(&file, r#"{"region": "apac", "threshold": 1}"#).unwrap();
    let path = file.display().to_string();
    let line = workspace
        .run(&["run", "Weekly revenue", "--params", &path, "-p", "threshold=2", "--json"])
        .json();
    assert_eq!(line["body"], json!({"inputParams": {"region": "apac", "threshold": 2}}));
    let mut piped = workspace.command(&["run", "Weekly revenue", "--params", "-", "--json"]);
    piped.stdin(std::fs::File::open(&file).unwrap());
    assert_eq!(ended(&mut piped).json()["body"]["inputParams"]["threshold"], json!(1));
}

/// The id of the project with this title: the same seed makes the same ids.
fn id_of(title: &str) -> String {
    let scenario = hextop::sim::Scenario::from_toml(WORLD).unwrap();
    let world = hextop::sim::World::new(&scenario, 1, hextop::clock::now());
    let found = world.projects().find(|project| project.title() == title).unwrap().id();
    found.to_string()
}

/// The requests that the log has from its `from`-th line on.
fn asked(log: &std::path::Path, from: usize) -> Vec<String> {
    let text = std::fs::read_to_string(log).unwrap();
    let request = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let (method, path) = (line["method"].as_str().unwrap(), line["path"].as_str().unwrap());
        format!("{method} {}", path.split('?').next().unwrap())
    };
    text.lines().skip(from).map(request).collect()
}

#[test]
fn a_project_named_in_full_is_started_at_once_without_a_list_of_three_thousand() {
    let dir = TempDir::new().unwrap();
    let log = dir.path().join("log");
    let log_flag = format!("--log={}", log.display());
    let large = ["--projects", "3000", "--rpm", "60", "--kernels", "1000", log_flag.as_str()];
    let workspace = Workspace::open(&large);
    let id = id_of("Weekly revenue");
    let address = format!("https://app.hex.tech/acme/hex/{id}/draft/logic");
    let lists = |from| asked(&log, from).contains(&"GET /api/v1/projects".to_owned());
    let mut run = String::new();
    for said in [id.clone(), id.to_uppercase(), address] {
        let before = asked(&log, 0).len();
        let started = workspace.run(&["run", &said, "-P", "region=\"emea\"", "--json"]);
        assert_eq!(started.code, Some(0), "{said}: {started:?}");
        assert_eq!(started.json()["project_id"], json!(id));
        assert_eq!(started.json()["project"], json!("Weekly revenue"), "the journal has its title");
        assert!(!lists(before), "{said}: {:?}", asked(&log, before));
        assert!(asked(&log, before).len() <= 5, "{said}: {:?}", asked(&log, before));
        run = started.json()["run_id"].as_str().unwrap().to_owned();
    }
    let before = asked(&log, 0).len();
    assert_eq!(workspace.run(&["rerun", &run]).code, Some(0));
    assert_eq!(workspace.run(&["journal", "--settle", "--project", &id]).code, Some(0));
    let watched = workspace.run(&["watch", "--project", &id, "--for", "8s", "--json"]);
    assert_eq!(watched.code, Some(0), "{watched:?}");
    let described = format!("GET /api/v1/projects/{id}");
    assert!(asked(&log, before).contains(&described), "{watched:?}");
    let unknown = "00000000-0000-4000-8000-000000000000";
    let nobody = workspace.run(&["watch", "--project", unknown, "--for", "9s"]);
    assert_eq!(nobody.code, Some(2), "{nobody:?}");
    assert!(nobody.err.contains("no project is called"), "{nobody:?}");
    assert_eq!(workspace.run(&["run", unknown]).code, Some(5));
    assert!(!lists(before), "{:?}", asked(&log, before));
}

#[test]
fn a_project_that_the_list_hides_is_started_by_its_id_and_by_its_title() {
    let workspace = Workspace::open(&[]);
    for said in [id_of("Hidden").as_str(), "Hidden"] {
        let started = workspace.run(&["run", said, "--json"]);
        assert_eq!((started.code, &started.json()["project"]), (Some(0), &json!("Hidden")));
    }
    let refused = workspace.run(&["run", &id_of("Scratchpad")]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.err.contains("Scratchpad has no published version"), "{refused:?}");
}
