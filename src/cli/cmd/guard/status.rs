//! The file that says how a guard is.
//!
//! It is replaced as a whole, so that whoever reads it never finds half of one; it is taken away when the
//! guard ends. One that is older than half a minute says that nobody guards any more.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::Now;
use crate::engine::Model;
use crate::engine::model::{Automatic, Health};
use crate::shell::outgoing;

/// How a guard is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Status {
    value: Value,
    /// What changes with time alone.
    pulse: Value,
}

impl Status {
    pub(super) fn of(model: &Model, now: Now) -> Self {
        let health = match model.health(now.boot) {
            Health::Starting => "starting",
            Health::Live { .. } => "live",
            Health::Locked { .. } => "locked",
            Health::Offline { .. } => "offline",
            Health::TokenDoubted { .. } => "token_doubted",
            Health::TokenRefused => "token_refused",
        };
        let countdowns = model.countdowns(now.boot).map(|it| {
            json!({
                "run": it.countdown.run,
                "project": it.countdown.project,
                "rule": it.countdown.rule,
                "why": it.countdown.why,
                "here": it.by == model.session(),
            })
        });
        let (done, most) = model.cancels_by_rules(now);
        let value = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "pid": std::process::id(),
            "health": health,
            "store": model.store_trouble(),
            "mode": match model.automatic() {
                Automatic::On => "on",
                Automatic::DryRun => "dry_run",
                Automatic::Off => "off",
            },
            "acts": model.acts_on_rules(),
            "rules": model.rules().len(),
            "countdowns": countdowns.collect::<Vec<_>>(),
            "waiting": model.held_by_rules().map(|(run, ..)| run).collect::<Vec<_>>(),
            "open_cancels": model.open_cancels(),
            "stuck_cancels": model.stuck_cancels().count(),
            "cancelled_last_hour": done,
            "most_an_hour": most,
        });
        let pulse = json!({
            "projects": model.projects().len(),
            "active_runs": model.run_counts().active(),
        });
        Self { value, pulse }
    }

    /// Whether it says the same, apart from what changes with time alone.
    pub(super) fn says(&self, other: &Self) -> bool {
        self.value == other.value
    }

    /// The whole of it, as it is written at that time.
    fn text(&self, at: Timestamp) -> String {
        let mut all = json!({ "at": at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string() });
        for part in [&self.value, &self.pulse] {
            if let (Some(all), Some(part)) = (all.as_object_mut(), part.as_object()) {
                all.extend(part.clone());
            }
        }
        all.to_string() + "\n"
    }
}

/// Where it is said.
#[derive(Debug)]
pub(super) struct StatusFile {
    path: PathBuf,
    /// Why it could not be written, once that was said.
    failed: Option<String>,
}

impl StatusFile {
    /// A file at `path`, in a directory that is there.
    ///
    /// # Errors
    /// A sentence, if nothing can be written there.
    pub(super) fn new(path: PathBuf) -> Result<Self, String> {
        let file = Self { path, failed: None };
        file.put("{}\n").map_err(|error| {
            format!(
                "--status-file: {} cannot be written ({error}): name a file in a directory that is \
                 yours to write to",
                file.path.display()
            )
        })?;
        Ok(file)
    }

    /// Writes it; says once why that does not work.
    pub(super) fn write(&mut self, status: &Status, at: Timestamp) {
        let failed = self.put(&status.text(at)).err().map(|error| error.to_string());
        if let Some(why) = failed.as_ref().filter(|_| self.failed.is_none()) {
            let path = self.path.display();
            let text = format!("hextop: the status file {path} cannot be written: {why}");
            let _ = writeln!(std::io::stderr().lock(), "{}", outgoing::clean(&text));
        }
        self.failed = failed;
    }

    /// Nobody guards any more.
    pub(super) fn end(&mut self) {
        let _ = fs::remove_file(&self.path);
    }

    fn put(&self, text: &str) -> std::io::Result<()> {
        let beside = beside(&self.path);
        fs::write(&beside, outgoing::clean(text).as_bytes())?;
        fs::rename(&beside, &self.path)
    }
}

/// The name under which the next status is written before it takes the other's place.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    path.with_file_name(name)
}
