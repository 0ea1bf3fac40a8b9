//! Runs as commands print them: as JSON in Hex's own names, as CSV, and as rows for people.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::style::Style;
use ratatui::text::Span;
use serde_json::{Value, json};

use super::table::{Column, Row};
use crate::api::words::{status_word, trigger_word};
use crate::domain::runaway::Verdict;
use crate::domain::time::between;
use crate::domain::{Now, Run};
use crate::engine::Model;
use crate::engine::model::{ProjectState, RunState};
use crate::ui::text::{age, span};
use crate::ui::theme::Theme;

/// The columns of the CSV, in their order; each is a key of the JSON.
pub(super) const KEYS: &[&str] = &[
    "projectId",
    "title",
    "runId",
    "runUrl",
    "projectVersion",
    "status",
    "runTrigger",
    "startTime",
    "endTime",
    "elapsedTime",
    "usualTime",
    "ratio",
    "verdict",
    "expectedEndTime",
    "seenTime",
];

/// The columns of the table.
pub(super) const COLUMNS: &[Column] = &[
    Column::whole("STATUS"),
    Column::cut("PROJECT", 8),
    Column::whole("RUN"),
    Column::whole("STARTED").spare(1),
    Column::whole("ELAPSED").right(),
    Column::whole("RATIO").right().spare(2),
    Column::whole("BY").spare(3),
    Column::whole("SEEN").right().spare(4),
];

/// A run, and what is said of it.
#[derive(Clone, Debug)]
pub(super) struct RunRow {
    pub(super) run: Run,
    pub(super) title: String,
    /// How long it had taken when it was last seen.
    pub(super) elapsed: Option<Duration>,
    pub(super) usual: Option<Duration>,
    pub(super) ratio: Option<f64>,
    pub(super) verdict: Option<Verdict>,
    /// When it is expected to have ended, with even odds.
    pub(super) ends: Option<Timestamp>,
    /// When it was last seen, by the server's clock; none if that was before the machine's last start.
    pub(super) seen: Option<Timestamp>,
}

impl RunRow {
    /// A run as it is known now.
    pub(super) fn of(watched: &ProjectState, seen: &RunState, model: &Model, now: Now) -> Self {
        let moment = model.moment(now);
        let elapsed = moment.elapsed(seen);
        let ago = now.boot.saturating_sub(seen.at);
        let is_known = seen.at > crate::domain::Boot::ZERO;
        Self {
            run: seen.run.clone(),
            title: watched.project.title.to_string(),
            elapsed,
            usual: watched.durations.usual(&seen.run),
            ratio: watched.ratio(&seen.run, elapsed),
            verdict: moment.verdict(watched, seen),
            ends: watched.durations.end(&seen.run.id).map(|end| end.median),
            seen: moment.server.checked_sub(ago).ok().filter(|_| is_known),
        }
    }

    /// As one object. Later versions may add keys.
    pub(super) fn json(&self) -> Value {
        let run = &self.run;
        json!({
            "projectId": run.project,
            "title": self.title,
            "runId": run.id,
            "runUrl": run.url,
            "projectVersion": run.version,
            "status": status_word(&run.status),
            "runTrigger": run.trigger.as_ref().map(trigger_word),
            "startTime": run.start.map(stamp),
            "endTime": run.end.map(stamp),
            "elapsedTime": self.elapsed.map(millis),
            "usualTime": self.usual.map(millis),
            "ratio": self.ratio.filter(|ratio| ratio.is_finite()).map(|ratio| (ratio * 100.0).round() / 100.0),
            "verdict": self.verdict.map(Verdict::word),
            "expectedEndTime": self.ends.map(stamp),
            "seenTime": self.seen.map(stamp),
        })
    }

    /// What the columns hold at this time of the server.
    pub(super) fn cells(&self, theme: Theme, zone: &TimeZone, now: Timestamp) -> Row {
        let run = &self.run;
        let (status, style) = self.status(theme);
        let ratio = self.ratio.map(|ratio| format!("{}{ratio:.1}", theme.glyph("×", "x")));
        let seen = self.seen.map_or_else(String::new, |seen| age(between(seen, now)));
        vec![
            Span::styled(status, style),
            Span::raw(self.title.clone()),
            Span::raw(run.id.short().to_owned()),
            Span::raw(run.start.map_or_else(String::new, |at| crate::ui::clock::full(at, zone))),
            Span::raw(self.elapsed.map_or_else(String::new, span)),
            Span::styled(ratio.unwrap_or_default(), style_of(theme, self.verdict)),
            Span::raw(run.trigger.as_ref().map_or_else(String::new, |by| by.word().to_owned())),
            Span::styled(seen, theme.dim()),
        ]
    }

    /// The status, with the verdict if there is one, and how it looks.
    pub(super) fn status(&self, theme: Theme) -> (String, Style) {
        let word = self.run.status.word();
        match self.verdict {
            Some(verdict) => {
                (format!("{word} ({})", verdict.word()), style_of(theme, Some(verdict)))
            }
            None => (word.to_owned(), theme.status(&self.run.status)),
        }
    }
}

fn style_of(theme: Theme, verdict: Option<Verdict>) -> Style {
    match verdict {
        None => Style::default(),
        Some(Verdict::Runaway) => theme.bad(),
        Some(_) => theme.warn(),
    }
}

/// A moment, as Hex writes it.
pub(super) fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn millis(took: Duration) -> u64 {
    u64::try_from(took.as_millis()).unwrap_or(u64::MAX)
}
