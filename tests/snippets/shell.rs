//! Commands: each snippet is known by its first line, and run as it stands but for ids, a free
//! port and an end for what would go on for ever.

use std::process::Stdio;

use serde_json::Value;

use super::workspace::{Workspace, first_line, free_port, text};
use super::{Snippet, cargo, documents, fenced, inline, read, toml};

#[test]
fn every_shell_snippet_runs() {
    for snippet in fenced("sh") {
        let first = snippet.text.lines().next().unwrap();
        match first {
            line if cargo::is_cargo(line) => {
                snippet.text.lines().for_each(|line| cargo::check(&snippet.place, line));
            }
            line if line.starts_with("hextop sim ") => serve(&snippet),
            _ => commands(&snippet),
        }
    }
}

/// Commands that follow each other in one workspace, whose ids stand in place of those of the text.
fn commands(snippet: &Snippet) {
    let workspace = Workspace::open();
    workspace.write("inputs.json", "{\"region\": \"amer\"}");
    let (mut run, mut project) = (String::new(), String::new());
    let mut regions = Vec::new();
    for line in snippet.text.lines() {
        let line = line.replace("3f1c2b9e", &project).replace("a0d4c6f2", &run);
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..2] {
            ["hextop", "run" | "rerun"] => {
                let entry = start(&workspace, &line);
                entry["run_id"].as_str().unwrap().clone_into(&mut run);
                entry["project_id"].as_str().unwrap()[..8].clone_into(&mut project);
                regions.push(entry["body"]["inputParams"]["region"].clone());
            }
            ["hextop", "journal"] if words.contains(&"--settle") => {
                let out = workspace.good(&line);
                assert_eq!(out.lines().count(), regions.len(), "{out}");
                assert!(out.lines().all(|line| line.contains("  started  ")), "{out}");
            }
            ["hextop", "journal"] => {
                assert_eq!(workspace.good(&line), "", "nothing is ambiguous: {line}");
            }
            ["hextop", "projects" | "runs" | "inputs" | "export"] => {
                workspace.good(&line);
            }
            ["hextop", "status"] => {
                let out = workspace.good(&line);
                assert!(out.contains(&run) && out.contains("completed"), "{line}: {out}");
            }
            ["hextop", "cancel"] => cancels(&workspace, &line),
            ["hextop", "watch"] => watch(&workspace, &line),
            _ => panic!("{}: no test knows how to run `{line}`", snippet.place),
        }
    }
    let expected = ["emea", "amer", "apac"].map(Value::from);
    assert!(expected.starts_with(&regions), "{}: {regions:?}", snippet.place);
}

/// Starts a run; gives what the journal knows of it.
fn start(workspace: &Workspace, line: &str) -> Value {
    let out = workspace.good(line);
    let said: Value = serde_json::from_str(&out).unwrap_or_default();
    let run = said["run_id"].as_str().map_or(out.trim().to_owned(), str::to_owned);
    assert_eq!(run.len(), 36, "{line}: {out}");
    if line.contains(" --wait") && said.is_object() {
        assert_eq!(said["status"], "COMPLETED", "{line}: {out}");
    }
    let journal = workspace.good("hextop journal --json");
    let mut entries = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    entries.find(|entry| entry["run_id"] == *run).unwrap()
}

/// What watching prints passes through the filter.
fn watch(workspace: &Workspace, line: &str) {
    let out = workspace.good(&line.replace("watch --json", "watch --json --for 10s"));
    if workspace.has_jq {
        assert!(out.lines().count() > 0, "a run of Doomed fails every half second");
        for line in out.lines() {
            let run = line.strip_prefix("Doomed failed: ").unwrap_or_else(|| panic!("{line}"));
            assert_eq!(run.len(), 36, "{line}");
        }
    }
}

/// A cancel of what is not there: nothing has gone on for so long in this workspace.
fn cancels(workspace: &Workspace, line: &str) {
    let output = workspace.shell(line);
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!((out.as_str(), output.status.code()), ("", Some(5)), "{line}: {err}");
}

/// A script that serves a workspace, asks it, and ends it.
fn serve(snippet: &Snippet) {
    let workspace = Workspace::open();
    let script = snippet.text.replace("8099", &free_port().to_string());
    let out = workspace.good(&script);
    let projects: Value = serde_json::from_str(&out).unwrap();
    assert!(projects["values"].as_array().unwrap().len() > 10, "{out}");
}

#[test]
fn every_console_snippet_shows_what_the_program_prints() {
    for snippet in fenced("console") {
        let (command, shown) = snippet.text.split_once('\n').unwrap();
        let command = command.strip_prefix("$ ").unwrap();
        assert!(!shown.contains("$ "), "{}: one command each", snippet.place);
        match command {
            "hextop watch --demo" => shows_watching(&snippet.place, command, shown),
            "hextop sim --scenario demo --log requests.jsonl" => shows_sim(command, shown),
            other => panic!("{}: no test knows how to run `{other}`", snippet.place),
        }
    }
}

fn shows_watching(place: &str, command: &str, shown: &str) {
    let workspace = Workspace::open();
    let output = workspace.shell(&format!("{command} --for 8s"));
    assert_eq!(output.status.code(), Some(0));
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(out.lines().count() > 1, "{out}{err}");
    for line in out.lines() {
        assert!(is_news(line), "printed: {line}");
    }
    let notes: Vec<_> = err.lines().map(without_digits).collect();
    for line in shown.lines() {
        let is_printed = notes.contains(&without_digits(line));
        assert!(is_printed || is_news(line), "{place}: nothing like `{line}` in\n{out}{err}");
    }
}

fn without_digits(line: &str) -> String {
    line.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect()
}

/// Whether a line has the columns of news of a run: time, title, short id, change, when, trigger.
fn is_news(line: &str) -> bool {
    let columns: Vec<_> =
        line.split("  ").map(str::trim).filter(|column| !column.is_empty()).collect();
    // How long, or how late, is not always known.
    let ([time, _, id, change, _, trigger] | [time, _, id, change, trigger]) = columns[..] else {
        return false;
    };
    // A verdict, with why it is given.
    if ["late", "slow", "runaway"].contains(&change) {
        return without_digits(time) == "00:00:00Z" && trigger.contains(": ");
    }
    without_digits(time) == "00:00:00Z"
        && id.len() == 8
        && id.bytes().all(|byte| byte.is_ascii_hexdigit())
        && (change.contains('→') || change.ends_with(" already"))
        && ["API", "schedule", "scheduled", "refresh", "app refresh"].contains(&trigger)
}

fn shows_sim(command: &str, shown: &str) {
    let workspace = Workspace::open();
    let words: Vec<_> = command.split_whitespace().collect();
    let mut sim =
        workspace.command("hextop").args(&words[1..]).stdout(Stdio::piped()).spawn().unwrap();
    let line = first_line(&mut sim);
    sim.kill().unwrap();
    sim.wait().unwrap();
    let keys = |line: &str| {
        let said: Value = serde_json::from_str(line).unwrap();
        let address = without_digits(said["base_url"].as_str().unwrap());
        let token = said["token"].as_str().unwrap()[..5].to_owned();
        let keys: Vec<_> = said.as_object().unwrap().keys().cloned().collect();
        (keys, address.replace("00000", "0000").replace("0000", "0"), token)
    };
    assert_eq!(shown.lines().count(), 1);
    assert_eq!(keys(&line), keys(shown));
    assert_eq!(workspace.read("requests.jsonl"), "", "nobody has asked");
}

#[test]
fn every_bad_day_of_the_simulator_can_be_had() {
    let page = read("assets/help/simulator.md");
    let table = page.split("| to test | run |").nth(1).unwrap().split("\n\n").next().unwrap();
    let mut tried = 0;
    let documents = documents();
    let spans = documents.iter().flat_map(|document| inline(document));
    for (place, span) in spans.filter(|(_, span)| span.starts_with("--")) {
        if table.contains(&format!("`{span}`")) || span.starts_with("--fault ") {
            let flags: Vec<_> = span.split_whitespace().collect();
            assert_eq!(flags.len() % 2, 0, "{place}");
            toml::serve(&flags);
            tried += 1;
        }
    }
    assert!(tried >= 10, "{tried}");
}
