//! Holds the layers apart: an arrow that points the wrong way, or a name that a pure layer must
//! not use, is found by reading the sources.

#![allow(clippy::unwrap_used, reason = "a test that cannot read the sources has failed")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Each layer and the layers it may use.
const MAY_USE: [(&str, &[&str]); 7] = [
    ("domain", &[]),
    ("api", &["domain"]),
    ("engine", &["api", "domain"]),
    ("ui", &["engine", "api", "domain"]),
    ("shell", &["ui", "engine", "api", "domain", "clock"]),
    ("sim", &["domain"]),
    ("cli", &["shell", "ui", "engine", "api", "domain", "sim", "clock"]),
];

/// What touches the world. A pure layer names none of it.
const IMPURE: [&str; 16] = [
    "tokio",
    "reqwest",
    "crossterm",
    "hyper",
    "rusqlite",
    "tracing",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::io::std",
    "Instant::now",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
];

/// Names that are as bad as the one they lead to.
const DETOURS: [&str; 2] = ["ratatui::crossterm", "CrosstermBackend"];

/// Files that are let off the purity of their layer, and what they may use besides.
const EXCEPTIONS: [(&str, &[&str], &[&str]); 2] = [
    ("api/client", &["tokio", "reqwest", "hyper", "tracing", "std::env"], &["clock"]),
    ("sim/server", &["tokio", "hyper", "std::net", "std::io::std", "std::thread"], &["clock"]),
];

/// What is wrong in one file, as `line: reason`.
fn faults(path: &str, source: &str) -> Vec<(usize, String)> {
    let layer = path.split(['/', '.']).next().unwrap_or_default();
    let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == layer) else {
        return Vec::new();
    };
    let exception = EXCEPTIONS.iter().find(|(start, ..)| path.starts_with(start));
    let pure = !matches!(layer, "shell" | "cli");
    let depth = path.trim_end_matches(".rs").split('/').count();
    let mut faults = Vec::new();
    // A group such as `use crate::{a, b}` may go on over lines.
    let mut in_group = false;
    for (index, line) in source.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        let mut fault = |reason: String| faults.push((index + 1, reason));
        for used in layers_named(code, &mut in_group) {
            let excepted = exception.is_some_and(|(_, _, layers)| layers.contains(&used.as_str()));
            if used != layer && !allowed.contains(&used.as_str()) && !excepted {
                fault(format!("{layer} must not use {used}"));
            }
        }
        if code.matches("super::").count() >= depth && code.contains(&"super::".repeat(depth)) {
            fault("leaves its layer by `super`: write `crate::`".to_owned());
        }
        for name in IMPURE.iter().filter(|name| pure && mentions(code, name)) {
            if !exception.is_some_and(|(_, names, _)| names.contains(name)) {
                fault(format!("{layer} is pure and must not use {name}"));
            }
        }
        if pure {
            let detours = DETOURS.iter().filter(|name| code.contains(**name));
            detours.for_each(|name| fault(format!("{layer} must not use {name}")));
        }
        if matches!(layer, "domain" | "api" | "engine") && mentions(code, "ratatui") {
            fault(format!("{layer} must not draw"));
        }
    }
    faults
}

/// The layers that a line names after `crate::`.
fn layers_named(code: &str, in_group: &mut bool) -> Vec<String> {
    let word = |text: &str| {
        text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()
    };
    let mut named = Vec::new();
    let mut rest = code;
    if *in_group {
        let (group, after) = rest.split_once("};").unwrap_or((rest, ""));
        named.extend(group.split(',').map(str::trim).map(word));
        *in_group = !rest.contains("};");
        rest = after;
    }
    for after in rest.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(group) => {
                let inside = group.split('}').next().unwrap_or_default();
                named.extend(inside.split(',').map(str::trim).map(word));
                *in_group = !group.contains('}');
            }
            None => named.push(word(after)),
        }
    }
    named.retain(|name| MAY_USE.iter().any(|(layer, _)| layer == name) || name == "clock");
    named
}

/// Whether code mentions a path, as a word of its own.
fn mentions(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + name.len()..].chars().next();
        let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !word(before) && (name.ends_with("std") || !word(after))
    })
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_source_uses_what_its_layer_must_not() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 40, "the sources were not found");
    let mut report = String::new();
    for file in files {
        let path = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let source = fs::read_to_string(&file).unwrap();
        for (line, reason) in faults(&path, &source) {
            writeln!(report, "src/{path}:{line}: {reason}").unwrap();
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

#[test]
fn reversed_arrows_and_banned_names_are_found_with_their_line() {
    let found = |path: &str, source: &str| {
        faults(path, source).into_iter().map(|(line, _)| line).collect::<Vec<_>>()
    };
    assert_eq!(found("domain/run.rs", "//! x\nuse crate::api::Call;"), [2]);
    assert_eq!(found("engine.rs", "use crate::{domain, ui};"), [1]);
    assert_eq!(found("engine/poll.rs", "use crate::{\n    domain::Run,\n    shell::run,\n};"), [3]);
    assert_eq!(found("sim/world.rs", "let x = crate::api::Kind::Read;"), [1]);
    assert_eq!(found("sim/world.rs", "crate::clock::now()"), [1]);
    assert_eq!(found("ui/panes/runs.rs", "use super::super::super::engine::Model;"), [1]);
    assert_eq!(found("ui/keys.rs", "use ratatui::crossterm::event;"), [1, 1]);
    assert_eq!(found("engine/budget.rs", "let t = Instant::now();"), [1]);
    assert_eq!(found("domain/ids.rs", "use ratatui::text::Line;"), [1]);
    assert_eq!(found("shell/run.rs", "use crate::sim::World;"), [1]);
    assert_eq!(found("shell/run.rs", "use crate::ui::State;\nuse tokio::select;"), [0; 0]);
    assert_eq!(found("engine/poll.rs", "// tokio is not used here"), [0; 0]);
    assert_eq!(found("api/client.rs", "use reqwest::Client; use crate::engine::Model;"), [1]);
}
