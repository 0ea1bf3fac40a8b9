//! Commands without a screen before a server that means no good.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::harmless::PROJECT;
use crate::leaving::{SECRET, TOKEN, assert_csv, assert_files, assert_no_secret, assert_readable};
use crate::pty::{HEXTOP, spawning};
use crate::server::{Op, Respond, Server};

/// Runs commands that ask for what `op` is, before a server that answers it with `respond`, and then
/// prints the journal in every form; asserts that nothing leaves that must not.
pub(crate) fn survives(op: Op, respond: Respond) {
    let server = Server::start(op, respond);
    let home = TempDir::new().unwrap();
    let settings = format!(
        "timeout_seconds = 2\ntoken_file = \"{}\"\nsettle_looks_seconds = [1]\n\
         [[inputs]]\nproject = \"{PROJECT}\"\nname = \"key\"\nsecret = true\n",
        home.path().join("token").display(),
    );
    std::fs::write(home.path().join("settings.toml"), settings).unwrap();
    let token = home.path().join("token");
    std::fs::write(&token, TOKEN).unwrap();
    std::fs::set_permissions(&token, PermissionsExt::from_mode(0o600)).unwrap();
    let key = format!("key={SECRET}");
    let run = ["run", PROJECT, "-p", &key, "--reason", "a test"];
    let dry = [&run[..], &["--dry-run"]].concat();
    let commands: &[&[&str]] = match op {
        Op::Trigger => &[&run, &dry],
        Op::Run => &[&[&run[..], &["--wait", "--timeout", "2s", "--json"]].concat()],
        _ => &[&["watch", "--json", "--for", "1s"], &["watch", "--for", "1s"]],
    };
    for words in commands {
        command(&home, &server, words);
    }
    for form in ["--csv", "--json", ""] {
        let words: Vec<_> = ["journal", form].into_iter().filter(|word| !word.is_empty()).collect();
        let journal = command(&home, &server, &words);
        if form == "--csv" {
            assert_csv(&journal);
        }
    }
    assert_files(home.path(), &["token"]);
}

/// Runs a command to its end; gives what it has printed.
fn command(home: &TempDir, server: &Server, words: &[&str]) -> String {
    let mut command = Command::new(HEXTOP);
    command
        .args(words)
        .arg("--config")
        .arg(home.path().join("settings.toml"))
        .env_clear()
        .env("HOME", home.path())
        .env("HEX_API_BASE_URL", server.base_url())
        .env("HEXTOP_LOG", "trace")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let alone = spawning();
    let child = command.spawn().unwrap();
    drop(alone);
    let output = child.wait_with_output().unwrap();
    // What has panicked ends with 101, what was killed with none.
    assert!(output.status.code().is_some_and(|code| code <= 6), "{output:?}");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let (out, err) = (text(output.stdout), text(output.stderr));
    for (place, text) in [("stdout", &out), ("stderr", &err)] {
        assert_no_secret(place, text.as_bytes());
        assert_readable(place, text, &['\r', '\n']);
    }
    out
}
