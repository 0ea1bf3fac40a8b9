//! What the documents say is what the program does.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::process::Command;

use hextop::shell::config::DEFAULTS;
use hextop::ui::action::markdown;

fn read(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap()
}

/// The program, with nothing of this machine in its surroundings.
fn hextop(arguments: &[&str]) -> (String, String, Option<i32>) {
    let output = Command::new(env!("CARGO_BIN_EXE_hextop"))
        .args(arguments)
        .env_clear()
        .env("HOME", "/home/ana")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code())
}

#[test]
fn the_readmes_keys_are_the_programs_keys() {
    let table = markdown();
    assert!(read("README.md").contains(&table), "the README should hold:\n\n{table}");
}

#[test]
fn the_readme_explains_every_setting_of_the_shipped_file() {
    let readme = read("README.md");
    for line in DEFAULTS.lines().filter(|line| !line.starts_with('#')) {
        if let Some((name, _)) = line.split_once(" = ") {
            assert!(readme.contains(&format!("`{name}`")), "{name} is missing");
        }
    }
    assert_eq!(hextop(&["config"]), (DEFAULTS.to_owned(), String::new(), Some(0)));
}

#[cfg(target_os = "linux")]
#[test]
fn the_help_says_what_it_always_said() {
    for (name, arguments) in [
        ("help", vec!["--help"]),
        ("help_run", vec!["run", "--help"]),
        ("help_rerun", vec!["rerun", "--help"]),
        ("help_journal", vec!["journal", "--help"]),
        ("help_sim", vec!["sim", "--help"]),
        ("help_watch", vec!["watch", "--help"]),
        ("help_screenshot", vec!["screenshot", "--help"]),
    ] {
        let (out, err, code) = hextop(&arguments);
        assert_eq!((err.as_str(), code), ("", Some(0)));
        insta::assert_snapshot!(name, out);
    }
}

#[test]
fn a_screenshot_of_the_same_moment_is_the_same_picture() {
    let shot = || hextop(&["screenshot", "--size", "80x24", "--after", "20", "--keys", "j j X"]);
    let (first, _, code) = shot();
    assert_eq!(code, Some(0));
    assert!(first.contains("Cancel this run?"), "{first}");
    assert_eq!(shot().0, first);
}

#[test]
fn wrong_arguments_are_answered_in_plain_words() {
    for (arguments, named) in [
        (vec!["screenshot", "--size", "wide"], "120x36"),
        (vec!["screenshot", "--scenario", "nowhere"], "nowhere"),
        (vec!["sim", "--fault", "gremlins=1"], "gremlins"),
        (vec!["screenshot", "--after", "1", "--keys", "meta-x"], "meta-x"),
    ] {
        let (out, err, code) = hextop(&arguments);
        assert_eq!((out.as_str(), code), ("", Some(2)), "{arguments:?}: {err}");
        assert!(err.contains(named), "{arguments:?}: {err}");
        assert!(!err.contains("BACKTRACE"), "{arguments:?}: {err}");
    }
}
