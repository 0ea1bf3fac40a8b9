//! `cargo` lines are not run, which would take minutes; what they name must be there.

use std::process::{Command, Stdio};

use super::{HEXTOP, documents, fenced, inline, path, read};

/// Whether a line is checked here.
pub(crate) fn is_cargo(line: &str) -> bool {
    line.starts_with("cargo ")
}

/// Checks a line that begins with `cargo`.
pub(crate) fn check(place: &str, line: &str) {
    let words: Vec<_> = line.split_whitespace().skip(1).collect();
    match words.as_slice() {
        ["run", "--release", "--", "--demo"] => needs_a_terminal(&["--demo"]),
        ["install", "--path", "."] => {
            let manifest = read("Cargo.toml");
            assert!(manifest.contains("[[bin]]\nname = \"hextop\""), "{place}");
        }
        ["test", "--locked", rest @ ..] => {
            assert!(path("Cargo.lock").exists(), "{place}");
            check_test(place, rest);
        }
        ["nextest", "run", "--locked", "--profile", name, "--cargo-profile", built] => {
            for (file, name) in [(".config/nextest.toml", name), ("Cargo.toml", built)] {
                let profile = format!("[profile.{name}]");
                assert!(read(file).contains(&profile), "{place}: {name}");
            }
        }
        ["bench"] | ["doc", "--open"] => {}
        // Tools of their own, which a developer installs; what they read must be there.
        ["auditable" | "build", "build" | "--locked", ..] => {
            assert!(words.contains(&"--locked") && words.contains(&"--release"), "{place}");
        }
        ["cyclonedx", "--format", "json"] => {
            assert!(read(".ci/package").contains(line), "{place}");
        }
        ["deny", rest @ ..] => {
            assert!(read(".ci/run").contains(&format!("cargo deny {}", rest.join(" "))), "{place}");
        }
        ["bench", "--bench", name] => {
            let bench = format!("[[bench]]\nname = \"{name}\"");
            assert!(read("Cargo.toml").contains(&bench), "{place}");
            assert!(path(&format!("benches/{name}.rs")).exists(), "{place}");
        }
        _ => panic!("{place}: no test knows `{line}`"),
    }
}

/// Checks what is named after `cargo test --locked`: a test binary, and one of its tests or those
/// that it leaves out otherwise.
fn check_test(place: &str, rest: &[&str]) {
    let ["--test", binary, rest @ ..] = rest else {
        return assert!(rest.is_empty(), "{place}: no test knows {rest:?}");
    };
    let folder = format!("tests/{binary}");
    let file = format!("{folder}.rs");
    assert!(path(&folder).exists() || path(&file).exists(), "{place}: there is no {binary}");
    let mut texts = if path(&folder).exists() { sources(&folder) } else { Vec::new() };
    texts.extend(path(&file).exists().then(|| read(&file)));
    match rest {
        [] => {}
        ["--", "--ignored"] => {
            let has_ignored = texts.iter().any(|text| text.contains("#[ignore"));
            assert!(has_ignored, "{place}: {binary} leaves nothing out");
        }
        [name, "--", "--ignored"] => {
            let declared = format!("fn {name}");
            let found: Vec<_> = texts.iter().filter(|text| text.contains(&declared)).collect();
            assert_eq!(found.len(), 1, "{place}: {name}");
            let before = found[0].split(&declared).next().unwrap();
            let attributes = before.rsplit("\n\n").next().unwrap();
            assert!(attributes.contains("#[ignore"), "{place}: {name} is not ignored");
        }
        other => panic!("{place}: no test knows {other:?}"),
    }
}

/// The text of every source file below a folder.
fn sources(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![path(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    found
}

/// The dashboard is tried in a pseudo-terminal by `tests/terminal`; without one it says so.
pub(crate) fn needs_a_terminal(arguments: &[&str]) {
    let output = Command::new(HEXTOP)
        .args(arguments)
        .env_clear()
        .env("HOME", "/home/ana")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(said.contains("terminal"), "{arguments:?}: {said}");
}

#[test]
fn cargo_commands_in_the_prose_name_what_is_there() {
    let mut tried = 0;
    for (place, span) in documents().iter().flat_map(|document| inline(document)) {
        if is_cargo(&span) {
            check(&place, &span);
            tried += 1;
        }
    }
    assert!(tried >= 3, "{tried}");
}

#[test]
fn hextop_commands_in_the_prose_have_words_that_the_program_knows() {
    let mut tried = 0;
    for (place, span) in documents().iter().flat_map(|document| inline(document)) {
        let Some(arguments) = span.strip_prefix("hextop ") else { continue };
        knows(&place, arguments);
        tried += 1;
    }
    assert!(tried >= 8, "{tried}");
}

/// The program knows each of these words: `--help` after them is reached only then.
fn knows(place: &str, arguments: &str) {
    let output = Command::new(HEXTOP)
        .args(arguments.split_whitespace())
        .arg("--help")
        .env_clear()
        .env("HOME", "/home/ana")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((said.as_ref(), output.status.code()), ("", Some(0)), "{place}");
}

#[test]
fn a_unit_of_a_service_manager_starts_what_the_program_knows() {
    for snippet in fenced("ini") {
        let starts: Vec<_> =
            snippet.text.lines().filter_map(|line| line.strip_prefix("ExecStart=")).collect();
        assert_eq!(starts.len(), 1, "{}", snippet.place);
        let (program, arguments) = starts[0].split_once(' ').unwrap();
        assert!(program.ends_with("/hextop"), "{}: {program}", snippet.place);
        knows(&snippet.place, arguments);
    }
}
