//! A home, a `hextop` on the path, and a simulated workspace for commands to talk to.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::Value;
use tempfile::TempDir;

use super::HEXTOP;

/// When a command is given up. Generous, because the machine may be busy with other tests.
const PATIENCE: Duration = Duration::from_secs(90);

/// A workspace in which the commands of the README have something to find.
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
  { name = "region", kind = "dropdown", options = ["emea", "amer", "apac"] },
  { name = "start_date", kind = "date" },
]

[[project]]
title = "Doomed"
median = "1s"
spread = 0.0
failure = 1.0
api-per-hour = 7200.0
past = 0
"#;

/// Stands in for `jq` on a machine without it: takes one field out of one line, and passes
/// on whatever else it is given.
const NO_JQ: &str = r#"#!/bin/sh
case "$2" in
  .token|.base_url) sed "s/.*\"${2#.}\":\"\([^\"]*\)\".*/\1/" "$3" ;;
  *) cat >/dev/null ;;
esac
"#;

/// Where commands are run.
pub(crate) struct Workspace {
    home: TempDir,
    sim: Child,
    base_url: String,
    token: String,
    /// Whether there is a `jq`, whose output can be looked at.
    pub(crate) has_jq: bool,
}

impl Workspace {
    pub(crate) fn open() -> Self {
        let home = TempDir::new().unwrap();
        let bin = home.path().join("bin");
        std::fs::create_dir(&bin).unwrap();
        symlink(HEXTOP, bin.join("hextop")).unwrap();
        let has_jq = Command::new("jq").arg("--version").output().is_ok();
        if !has_jq {
            let file = bin.join("jq");
            std::fs::write(&file, NO_JQ).unwrap();
            std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o755))
                .unwrap();
        }
        std::fs::write(home.path().join("world.toml"), WORLD).unwrap();
        let mut sim = Command::new(HEXTOP)
            .args(["sim", "--scenario", "world.toml"])
            .current_dir(home.path())
            .env_clear()
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said: Value = serde_json::from_str(&first_line(&mut sim)).unwrap();
        let text = |key: &str| said[key].as_str().unwrap().to_owned();
        Self { sim, base_url: text("base_url"), token: text("token"), home, has_jq }
    }

    /// Puts a file where commands run.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.home.path().join(name), text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.home.path().join(name)).unwrap()
    }

    /// A command in this home, with the token and the address of the workspace.
    pub(crate) fn command(&self, program: &str) -> Command {
        let path = std::env::var("PATH").unwrap();
        let mut command = Command::new(program);
        command
            .current_dir(self.home.path())
            .env_clear()
            .env("PATH", format!("{}:{path}", self.home.path().join("bin").display()))
            .env("HOME", self.home.path())
            .env("HEX_API_TOKEN", &self.token)
            .env("HEX_API_BASE_URL", &self.base_url)
            .stdin(Stdio::null());
        command
    }

    /// Runs lines of a shell; the first that fails ends them.
    pub(crate) fn shell(&self, lines: &str) -> Output {
        let mut command = self.command("bash");
        command.args(["-euo", "pipefail", "-c", lines]).process_group(0);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let group = Pid::from_raw(child.id().try_into().unwrap()).unwrap();
        let (ended, end) = mpsc::channel();
        std::thread::spawn(move || ended.send(child.wait_with_output()));
        end.recv_timeout(PATIENCE).map_or_else(
            |_| {
                kill_process_group(group, Signal::KILL).unwrap();
                panic!("not over within {PATIENCE:?}: {lines}")
            },
            Result::unwrap,
        )
    }

    /// Runs lines of a shell that must go well, and gives what they print.
    pub(crate) fn good(&self, lines: &str) -> String {
        let output = self.shell(lines);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{lines}\n{out}{err}");
        out
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        drop(self.sim.kill());
        drop(self.sim.wait());
    }
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// The first line that a process prints.
pub(crate) fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    line
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
