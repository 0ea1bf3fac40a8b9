//! The main job: watch, start, cancel, leave.

use std::time::Duration;

use serde_json::Value;

use crate::pty::{Start, line, run};
use crate::sim::Sim;

#[test]
fn the_demo_paints_real_rows_at_once() {
    let start = Start::demo();
    let before = hextop::clock::now().boot;
    let mut terminal = start.open();
    terminal.wait_for("a run", |screen| line(screen, &["running", "API"]));
    let took = hextop::clock::now().boot.saturating_sub(before);
    println!("from start to the first rows: {} ms", took.as_millis());
    assert!(took < Duration::from_secs(10), "{took:?}");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn a_person_filters_starts_a_run_sees_it_run_cancels_it_and_leaves() {
    let mut terminal = Start::demo().open();
    terminal.wait_for("all projects", |screen| run(screen, "runaway", "Churn model"));

    terminal.keys("/weekly");
    terminal.wait_for("only its runs", |screen| {
        let others = run(screen, "running", "").filter(|row| !row.contains("Weekly revenue"));
        run(screen, "running", "Weekly revenue").filter(|_| others.is_none())
    });
    terminal.keys("\r");
    terminal.see_no_more("FILTER");
    terminal.keys("\u{1b}");
    terminal.wait_for("unfiltered runs", |screen| run(screen, "runaway", "Churn model"));
    terminal.wait_for("the cursor on its run", |screen| line(screen, &["Run ", "Weekly revenue"]));

    terminal.keys("t");
    terminal.see("Start Weekly revenue");
    terminal.see("inputs on the app");
    terminal.keys("am");
    terminal.see("/am");
    terminal.keys("\r");
    terminal.wait_for("the parameter", |screen| line(screen, &["region", "choice", "amer"]));
    terminal.keys("\u{13}");
    // The foot is drawn last; before it is there, the frame is not whole.
    terminal.see("Enter start the run");
    let shown = terminal.contents();
    let body: String = shown
        .lines()
        .filter_map(|line| line.split('┃').nth(1))
        .skip_while(|line| line.trim() != "{")
        .take_while(|line| !line.contains("start the run"))
        .collect();
    let body: Value = serde_json::from_str(&body).expect("the body is JSON");
    assert_eq!(body, serde_json::json!({ "inputParams": { "region": "amer" } }));

    terminal.look_at("start the run");
    terminal.keys("\r");
    let notice = terminal
        .wait_for("the start", |screen| line(screen, &["RUNS", "started", "of Weekly revenue"]));
    let run = notice.split_whitespace().nth(2).expect("the run's id").to_owned();
    terminal.wait_for("pending", |screen| line(screen, &["pending", &run]));
    terminal.wait_for("its inputs", |screen| line(screen, &["inputs", "region=\"amer\""]));
    terminal.wait_for("running", |screen| line(screen, &["▶ running", &run]));

    terminal.keys("X");
    terminal.see("Cancel 1 run");
    terminal.see("frees 1 kernel");
    terminal.wait_for("what is cancelled", |screen| line(screen, &["┃▶ running", &run]));
    terminal.look_at("Cancel 1 run");
    terminal.keys("y");
    terminal.wait_for("cancelling", |screen| line(screen, &["⊗ cancel", &run]));
    terminal.wait_for("killed", |screen| line(screen, &["■ killed", &run]));
    terminal.see("1 cancelled");

    terminal.assert_taken();
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.assert_restored();
}

#[test]
fn with_an_address_and_a_token_it_does_the_same_on_a_workspace_elsewhere() {
    let sim = Sim::start(&[]);
    let start = Start::hextop(&[])
        .env("HEX_API_BASE_URL", &sim.address)
        .env("HEX_API_TOKEN", &sim.token)
        .size(140, 40);
    start.settings("projects = [\"Weekly revenue\", \"Churn model\"]\n");
    let mut terminal = start.open();
    terminal.see("Projects  2 ");
    terminal.wait_for("a run", |screen| run(screen, "runaway", "Churn model"));
    // To the pane of projects, and there to Weekly revenue.
    terminal.keys("\u{1b}[Z/weekly\r");
    terminal.wait_for("its details", |screen| line(screen, &["Project Weekly revenue"]));
    terminal.keys("t");
    terminal.see("Start Weekly revenue");
    terminal.keys("\u{13}");
    terminal.look_at("No inputs: the app's own defaults are used.");
    terminal.keys("\r");
    terminal.wait_for("the start", |screen| line(screen, &["started", "of Weekly revenue"]));
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.assert_restored();

    let requests = sim.requests();
    let starts = |request: &&crate::sim::Request| {
        request.method == "POST" && request.path.ends_with("/runs")
    };
    let starts = requests.iter().filter(starts).count();
    assert_eq!(starts, 1, "started once: {requests:#?}");
    let refused: Vec<_> = requests.iter().filter(|r| r.status >= Some(400)).collect();
    assert!(refused.is_empty(), "{refused:#?}");
    let log = terminal.file("state/hextop/hextop.log");
    let log = std::fs::read_to_string(&log).expect("hextop's log");
    assert!(log.contains("sending"), "{log}");
    assert!(!log.contains(&sim.token), "the token is in no log");
    assert!(!terminal.output().contains(&sim.token), "the token is never shown");
}
