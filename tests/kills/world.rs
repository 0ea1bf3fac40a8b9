//! A simulated workspace in a process of its own, and the program started on it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rustix::process::Pid;
use serde_json::Value;
use tempfile::TempDir;

use crate::proxy::{Proxy, Step};

const HEXTOP: &str = env!("CARGO_BIN_EXE_hextop");

/// A workspace with a project for each start, and where hextop lives.
pub(crate) struct Workspace {
    pub(crate) projects: Vec<String>,
    home: TempDir,
    sim: Child,
    server: SocketAddr,
    token: String,
    proxy: Proxy,
}

/// A started program.
pub(crate) struct Started(Child);

impl Started {
    pub(crate) fn wait(mut self) {
        self.0.wait().unwrap();
    }
}

impl Workspace {
    /// Every second one has lists that lag, every third a clock that is a minute off.
    pub(crate) fn open(seed: u64, projects: usize) -> Self {
        let home = TempDir::new().unwrap();
        let lag = if seed % 2 == 1 { "1200ms" } else { "0s" };
        let skew = ["0s", "60s", "-60s"][usize::try_from(seed % 3).unwrap()];
        let input = "{ name = \"n\", kind = \"number\" }";
        let project = |number| {
            format!(
                "[[project]]\ntitle = \"P{number}\"\npast = 0\nmedian = \"5m\"\ninputs = [{input}]\n"
            )
        };
        let scenario = format!(
            "clock-skew = \"{skew}\"\n[limits]\nper-minute = 600\ntriggers-per-minute = 0\n\
             triggers-per-hour = 0\n[kernels]\ntotal = 500\n[answers]\nlist-lag = \"{lag}\"\n{}",
            (0..projects).map(project).collect::<String>()
        );
        let file = home.path().join("world.toml");
        std::fs::write(&file, scenario).unwrap();
        let mut sim = Command::new(HEXTOP)
            .args(["sim", "--seed", &seed.to_string(), "--scenario"])
            .arg(&file)
            .env_clear()
            .env("HOME", home.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(sim.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).unwrap();
        let base = said["base_url"].as_str().unwrap();
        let server = base.trim_start_matches("http://").split('/').next().unwrap();
        let (server, token): (SocketAddr, _) =
            (server.parse().unwrap(), said["token"].as_str().unwrap().to_owned());
        let settings = format!(
            "data_dir = \"{}\"\ntimeout_seconds = 4\nsettle_looks_seconds = [1, 3]\n\
             requests_per_minute = 600\n",
            home.path().join("data").display()
        );
        std::fs::write(home.path().join("settings.toml"), settings).unwrap();
        let mut workspace =
            Self { projects: Vec::new(), proxy: Proxy::open(server), home, sim, server, token };
        // The store's file goes by the address, which is the proxy's.
        let name = workspace.proxy.address.to_string().replace(':', "-");
        let store = workspace.home.path().join(format!("data/{name}.sqlite3"));
        workspace.proxy.keeps(store);
        let list = workspace.get("/api/v1/projects?limit=100");
        let ids = list["values"].as_array().unwrap().iter();
        workspace.projects = ids.map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        workspace
    }

    fn hextop(&self) -> Command {
        let mut command = Command::new(HEXTOP);
        command
            .env_clear()
            .env("HOME", self.home.path())
            .env("HEX_API_TOKEN", &self.token)
            .env("HEX_API_BASE_URL", format!("http://{}/api/v1", self.proxy.address))
            .stdin(Stdio::null());
        command
    }

    fn with_settings<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.arg("--config").arg(self.home.path().join("settings.toml"))
    }

    /// Confirms a start of a project; what happens to it is for the proxy to do.
    pub(crate) fn start(&self, project: &str, step: Step) -> Started {
        self.proxy.order(project, step);
        let mut command = self.hextop();
        command.args(["run", project, "-p", "n=1"]);
        let said = std::fs::File::create(self.said_in(project)).unwrap();
        let child = self.with_settings(&mut command).stdout(Stdio::null()).stderr(said).spawn();
        let child = child.unwrap();
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
        self.proxy.victim(project, pid);
        Started(child)
    }

    fn said_in(&self, project: &str) -> PathBuf {
        self.home.path().join(project)
    }

    /// What the program has said that started a project, and what the log has of stores that fail.
    pub(crate) fn said(&self, project: &str) -> String {
        let log = self.home.path().join(".local/state/hextop/hextop.log");
        let log = std::fs::read_to_string(log).unwrap_or_default();
        let failures = log.lines().filter(|line| line.contains("store failed"));
        let said = std::fs::read_to_string(self.said_in(project)).unwrap();
        said + &failures.collect::<Vec<_>>().join("\n")
    }

    /// `hextop journal --settle --json`: its exit code and its lines.
    pub(crate) fn settle(&self) -> (Option<i32>, Vec<Value>) {
        let mut command = self.hextop();
        command.args(["journal", "--settle", "--json"]);
        let output = self.with_settings(&mut command).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        (output.status.code(), lines)
    }

    /// Ids of the runs that a project has, as the server lists them.
    pub(crate) fn runs(&self, project: &str) -> Vec<String> {
        let list = self.get(&format!("/api/v1/projects/{project}/runs?limit=100"));
        let runs = list["runs"].as_array().unwrap().iter();
        runs.map(|run| run["runId"].as_str().unwrap().to_owned()).collect()
    }

    /// Asks the server itself.
    fn get(&self, path: &str) -> Value {
        let mut stream = TcpStream::connect(self.server).unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {}\r\nconnection: close\r\n\r\n",
            self.server, self.token
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap()
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.sim.kill();
        let _ = self.sim.wait();
    }
}
