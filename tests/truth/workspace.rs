//! The real program against the Hex of the tests behind a real socket.

use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::hex::Hex;
use crate::hex::world::TOKEN;
use crate::server::{CERTIFICATE, Protocol, Relay, Server};

const HEXTOP: &str = env!("CARGO_BIN_EXE_hextop");

/// Settings with which a story takes seconds.
const SETTINGS: &str = "settle_looks_seconds = [1, 2]\n";

/// A served Hex and the home of a person.
pub(crate) struct Workspace {
    home: TempDir,
    server: Server,
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// Its standard output as one JSON value.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Its standard output as a JSON value a line.
    pub(crate) fn lines(&self) -> Vec<Value> {
        let lines = self.out.lines();
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Workspace {
    /// Serves a Hex over HTTP/1.1; requests are given up after a second.
    pub(crate) fn open(hex: &Hex) -> Self {
        Self::over(hex, Protocol::Http1, 1)
    }

    /// Serves a Hex over a protocol; requests are given up after so many seconds.
    pub(crate) fn over(hex: &Hex, protocol: Protocol, timeout: u64) -> Self {
        let home = TempDir::new().unwrap();
        let server = Server::start(hex, protocol, home.path());
        let token = home.path().join("token");
        let settings = format!(
            "timeout_seconds = {timeout}\ntoken_file = \"{}\"\n{SETTINGS}",
            token.display()
        );
        std::fs::write(home.path().join("settings.toml"), settings).unwrap();
        let workspace = Self { home, server };
        workspace.give_token(TOKEN);
        workspace
    }

    /// The person adds these lines to the settings.
    pub(crate) fn set(&self, lines: &str) {
        let file = self.home.path().join("settings.toml");
        let settings = std::fs::read_to_string(&file).unwrap();
        std::fs::write(file, settings + lines).unwrap();
    }

    /// The person writes a token into the file from which hextop has it.
    pub(crate) fn give_token(&self, token: &str) {
        use std::os::unix::fs::PermissionsExt;
        let file = self.home.path().join("token");
        std::fs::write(&file, token).unwrap();
        std::fs::set_permissions(&file, PermissionsExt::from_mode(0o600)).unwrap();
    }

    /// What makes connections silent.
    pub(crate) fn relay(&self) -> Relay {
        self.server.relay.clone()
    }

    /// `hextop` with these arguments, not yet started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(HEXTOP);
        command
            .args(arguments)
            .arg("--config")
            .arg(self.home.path().join("settings.toml"))
            .env_clear()
            .env("HOME", self.home.path())
            .env("HEX_API_BASE_URL", &self.server.base_url)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let certificate = self.home.path().join(CERTIFICATE);
        if certificate.exists() {
            command.env("SSL_CERT_FILE", certificate);
        }
        command
    }

    /// Starts `hextop` with these arguments.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    /// Runs `hextop` with these arguments to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        self.command(arguments).output().unwrap().into()
    }

    /// The journal, a JSON value an entry.
    pub(crate) fn journal(&self) -> Vec<Value> {
        self.run(&["journal", "--json"]).lines()
    }
}
