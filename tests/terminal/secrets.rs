//! A whole session with every program that hextop calls: none of them, no file and nothing on the terminal gets the
//! token or a secret input.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;

use crate::pty::{HEXTOP, Start, line, spawning};
use crate::sim::Sim;

const SECRET: &str = "Kupfer-4711-Zinnober";
/// Programs that are called at some time; the others have been by the time that their effect is seen.
const AWAITED: [&str; 2] = ["told", "xdg-open"];
/// Writes down how it was called and what it gets to read, and then does what the name says.
const SPY: &str = r#"#!/bin/sh
name=$(basename "$0")
{
    tr '\0' '\n' <"/proc/$$/cmdline"
    tr '\0' '\n' <"/proc/$$/environ"
    case "$name" in
        told) cat ;;
        editor) cat "$1" ;;
    esac
} >"$HOME/seen/$name"
case "$name" in
    give) cat "$HOME/token" ;;
    editor) false ;;
esac
"#;

/// A workspace with one project, which takes a text and whose runs are short.
fn scenario(home: &Path) -> Sim {
    let file = home.join("scenario.toml");
    let text = "about = \"One project.\"\n[[project]]\ntitle = \"Vault\"\nmedian = \"9s\"\n\
                spread = 0.1\nfailure = 0.0\npast = 5\n\
                inputs = [{ name = \"pin\", kind = \"text\" }]\n";
    std::fs::write(&file, text).expect("a scenario");
    Sim::start(&["--scenario", &file.to_string_lossy()])
}

struct Session {
    home: PathBuf,
    sim: Sim,
    /// How `hextop` is called in it.
    env: Vec<(&'static str, String)>,
}

impl Session {
    fn furnish() -> (Self, Start) {
        let start = Start::hextop(&[]).size(120, 36);
        let home = start.settings("").ancestors().nth(3).expect("a home").to_owned();
        let sim = scenario(&home);
        for directory in ["bin", "seen"] {
            std::fs::create_dir_all(home.join(directory)).expect("a directory");
        }
        std::fs::write(home.join("token"), &sim.token).expect("a token");
        for program in ["give", "told", "editor", "xdg-open", "notify-send"] {
            let file = home.join("bin").join(program);
            std::fs::write(&file, SPY).expect("a program");
            let mode = std::fs::Permissions::from_mode(0o700);
            std::fs::set_permissions(&file, mode).expect("a mode");
        }
        for program in AWAITED {
            let fifo = home.join("seen").join(program);
            assert!(Command::new("mkfifo").arg(fifo).status().expect("mkfifo").success());
        }
        let bin = |program: &str| home.join("bin").join(program).to_string_lossy().into_owned();
        start.settings(&format!(
            "base_url = {:?}\ntoken_command = [{:?}]\nnotify_command = [{:?}]\n\
             [[inputs]]\nproject = \"Vault\"\nname = \"pin\"\nsecret = true\n",
            sim.address,
            bin("give"),
            bin("told"),
        ));
        let env = vec![
            ("PATH", format!("{}:/usr/bin:/bin", home.join("bin").display())),
            ("EDITOR", bin("editor")),
            ("HEXTOP_LOG", "trace".to_owned()),
        ];
        let start = env.iter().fold(start, |start, (name, value)| start.env(name, value));
        (Self { home, sim, env }, start)
    }

    /// What a program has written down; one of [`AWAITED`] is waited for.
    fn seen(&self, program: &str) -> String {
        std::fs::read_to_string(self.home.join("seen").join(program)).expect("what it has seen")
    }

    fn assert_clean(&self, place: &str, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        for secret in [self.sim.token.as_str(), SECRET] {
            assert!(!text.contains(secret), "{secret} is in {place}");
        }
    }

    fn assert_files(&self, directory: &Path) {
        for entry in std::fs::read_dir(directory).expect("a directory").flatten() {
            let path = entry.path();
            if path.is_dir() {
                self.assert_files(&path);
            } else if path.is_file() && path != self.home.join("token") {
                let bytes = std::fs::read(&path).expect("a file");
                self.assert_clean(&path.to_string_lossy(), &bytes);
            }
        }
    }

    /// What a command prints, on both of its outputs.
    fn command(&self, words: &[&str]) -> Vec<u8> {
        let mut command = Command::new(HEXTOP);
        command.args(words).env_clear().envs(self.env.iter().map(|(name, value)| (name, value)));
        command.env("HOME", &self.home).env("XDG_CONFIG_HOME", self.home.join("config"));
        command.env("XDG_STATE_HOME", self.home.join("state"));
        let alone = spawning();
        let output = command.output().expect("hextop");
        drop(alone);
        [output.stdout, output.stderr].concat()
    }
}

/// What was put on the clipboard through the terminal.
fn copied(output: &str) -> Vec<u8> {
    let parts = output.split("\u{1b}]52;c;").skip(1);
    let encoded = parts.filter_map(|part| part.split(['\u{7}', '\u{1b}']).next());
    let decode =
        |text: &str| base64::engine::general_purpose::STANDARD.decode(text).expect("base64");
    encoded.flat_map(decode).collect()
}

#[test]
fn a_whole_session_gives_the_token_and_secrets_to_nobody() {
    let (session, start) = Session::furnish();
    let mut terminal = start.open();
    terminal.wait_for("the project", |screen| line(screen, &["Vault"]));
    terminal.keys("t");
    terminal.see("pin");
    terminal.keys(SECRET);
    // The body in the editor, which leaves it as it is.
    terminal.keys("\u{5}");
    terminal.see("nothing was changed");
    terminal.keys("\u{13}");
    terminal.look_at("The body, exactly as it will be sent");
    terminal.keys("c");
    terminal.see("a curl command with $HEX_API_TOKEN");
    terminal.keys("\r");
    terminal.wait_for("its run", |screen| line(screen, &["running", "Vault"]));
    // Watched: its end is told to the program, the desktop and the terminal.
    terminal.keys("\tw");
    terminal.see("you are told of the end");
    assert!(session.seen("give").contains("HEXTOP_LOG=trace"), "its environment");
    assert!(session.seen("editor").contains("\"pin\""), "the body was there");
    let told = session.seen("told");
    session.assert_clean("what the notify_command is told", told.as_bytes());
    assert!(told.contains("projectTitle"), "{told}");
    terminal.keys("o");
    let opened = session.seen("xdg-open");
    session.assert_clean("what the browser is told", opened.as_bytes());
    assert!(opened.contains("://"), "{opened}");
    terminal.keys("@");
    terminal.see("Journal");
    terminal.keys("\u{1b}\u{3}");
    assert_eq!(terminal.wait_exit(), 0);
    let output = terminal.output();
    session.assert_clean("what the terminal got", output.as_bytes());
    let copied = copied(&output);
    assert!(!copied.is_empty(), "the curl command");
    session.assert_clean("the clipboard", &copied);
    for words in [
        &["journal", "--json"][..],
        &["journal"],
        &["export", "journal"],
        &["export", "runs"],
        &["timeline"],
        &["inputs", "Vault"],
        &["config", "show"],
        &["doctor"],
        &["doctor", "--json"],
        &["runs", "--json"],
    ] {
        session.assert_clean(&words.join(" "), &session.command(words));
    }
    session.assert_files(&session.home);
    let sent = session.sim.requests();
    assert!(sent.iter().any(|request| request.method == "POST"), "the start was sent");
}
