//! What came of a run as a line: for scripts as JSON in Hex's own names, for people as a table.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use crate::api::words::{status_word, trigger_word};
use crate::cli::harmless;
use crate::cli::search::choice::Target;
use crate::domain::runaway::Verdict;
use crate::domain::{Now, Run};
use crate::engine::Model;
use crate::engine::model::{CancelEntry, CancelStage};
use crate::ui::text::{middle, pad, safe, span};

/// Columns that a project's title takes.
const TITLE: usize = 28;

/// One run, and what came of its cancel.
#[derive(Clone, Debug)]
pub(super) struct Line {
    target: Target,
    title: String,
    run: Option<Run>,
    elapsed: Option<Duration>,
    verdict: Option<&'static str>,
    /// None in a dry run.
    stage: Option<CancelStage>,
    entry: Option<CancelEntry>,
    at: Timestamp,
}

impl Line {
    /// A run as it is known now.
    pub(super) fn of(
        target: &Target,
        stage: Option<CancelStage>,
        entry: Option<&CancelEntry>,
        model: &Model,
        now: Now,
    ) -> Self {
        let (project, run) = target;
        let moment = model.moment(now);
        let watched = model.project(project);
        let seen = model.run(project, run);
        let said = watched.zip(seen).and_then(|(watched, seen)| moment.verdict(watched, seen));
        Self {
            target: target.clone(),
            title: crate::cli::search::title(model, project),
            run: seen.map(|seen| seen.run.clone()),
            elapsed: seen.and_then(|seen| moment.elapsed(seen)),
            verdict: said.map(Verdict::word),
            stage,
            entry: entry.cloned(),
            at: model.server_now(now),
        }
    }

    /// What is still open of it or went wrong.
    fn why(&self) -> Option<String> {
        self.stage.as_ref().and_then(CancelStage::why)
    }

    /// As one object.
    pub(super) fn json(&self) -> String {
        let run = self.run.as_ref();
        let stamp =
            |at: Option<Timestamp>| at.map(|at| at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string());
        let value = json!({
            "projectId": self.target.0,
            "title": self.title,
            "runId": self.target.1,
            "runUrl": run.and_then(|run| run.url.as_ref()),
            "status": run.map(|run| status_word(&run.status)),
            "runTrigger": run.and_then(|run| run.trigger.as_ref()).map(trigger_word),
            "startTime": stamp(run.and_then(|run| run.start)),
            "endTime": stamp(run.and_then(|run| run.end)),
            "elapsedTime": self.elapsed.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
            "verdict": self.verdict,
            "dryRun": self.stage.is_none(),
            "state": self.stage.as_ref().map(CancelStage::word),
            "why": self.why(),
            "deletes": self.entry.as_ref().map_or(0, |entry| entry.tries),
            "confirmedTime": stamp(self.entry.as_ref().map(|entry| entry.at)),
            "time": stamp(Some(self.at)),
        });
        harmless(&value.to_string())
    }

    /// As a row for people; `unicode` if the terminal shows more than ASCII.
    pub(super) fn plain(&self, unicode: bool) -> String {
        let word = match &self.stage {
            None => "would cancel".to_owned(),
            Some(stage) => stage.word().replace('_', " "),
        };
        let status = self.run.as_ref().map_or("unknown", |run| run.status.word());
        let said = match self.verdict {
            Some(verdict) => format!("{status} ({verdict})"),
            None => status.to_owned(),
        };
        let row = format!(
            "{}  {}  {}  {}  {}  {}",
            pad(&word, 13),
            pad(&middle(&safe(&self.title), TITLE), TITLE),
            safe(self.target.1.short()),
            pad(&safe(&said), 18),
            pad(&self.elapsed.map_or_else(String::new, span), 8),
            safe(&self.why().unwrap_or_default()),
        );
        let row = row.trim_end();
        if unicode { row.to_owned() } else { row.replace(|letter: char| !letter.is_ascii(), "?") }
    }
}
