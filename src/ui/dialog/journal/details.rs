//! One entry of the journal: all that it holds, the most telling first.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::domain::{Now, ProjectId, RunId};
use crate::engine::model::{BatchItem, Entry, Start, StartStage};
use crate::ui::command::{Context, Verb};
use crate::ui::text::{count, fit, fold, pad, page, safe, span, wrap};
use crate::ui::{State, started};

/// Width of the column of names.
const NAMES: usize = 10;

/// What the project was called then, or what it is called now.
pub(super) fn title(state: &State, entry: &Entry) -> String {
    if entry.title.is_empty() { state.title(&entry.project) } else { safe(&entry.title) }
}

/// All of it.
pub(super) fn lines(state: &State, start: &Start, width: usize, now: Now) -> Vec<Line<'static>> {
    let page = Page { state, start, width, now };
    let mut lines = page.facts();
    lines.extend(page.body());
    lines
}

/// As much of it as `room` lines hold.
pub(super) fn brief(
    state: &State,
    start: &Start,
    width: usize,
    room: usize,
    now: Now,
) -> Vec<Line<'static>> {
    let theme = state.options.theme;
    let page = Page { state, start, width, now };
    let mut lines = vec![Line::styled(theme.glyph("─", "-").repeat(width), theme.dim())];
    lines.extend(page.outcome());
    let inputs = fit(&started::inputs(&start.entry), width.saturating_sub(NAMES));
    lines.extend(page.entry("inputs", &inputs, Style::new()));
    if let Some(options) = started::options(&start.entry) {
        let options = fit(&options, width.saturating_sub(NAMES));
        lines.extend(page.entry("options", &options, Style::new()));
    }
    lines.extend(page.circumstances());
    lines.truncate(room);
    lines
}

struct Page<'a> {
    state: &'a State,
    start: &'a Start,
    width: usize,
    now: Now,
}

impl Page<'_> {
    fn facts(&self) -> Vec<Line<'static>> {
        let mut lines = self.outcome();
        let entry = &self.start.entry;
        let project = format!("{} ({})", title(self.state, entry), safe(entry.project.as_str()));
        lines.extend(self.entry("project", &project, Style::new()));
        lines.extend(self.circumstances());
        lines
    }

    /// How far it is, why, and which run it is or may be.
    fn outcome(&self) -> Vec<Line<'static>> {
        let entry = &self.start.entry;
        let (stage, style) = started::stage(&entry.stage, self.state.options.theme);
        let text = match entry.stage.why() {
            Some(why) => format!("{stage}: {}", safe(&why)),
            None => stage,
        };
        let mut lines = self.entry("result", &text, style);
        if let Some(run) = entry.stage.run() {
            let text = self.run(&entry.project, run);
            lines.extend(self.entry("run", &text, Style::new()));
        }
        if let StartStage::Ambiguous(runs) = &entry.stage {
            for (index, run) in runs.iter().enumerate() {
                let name = if index == 0 { "may be" } else { "" };
                lines.extend(self.entry(name, &self.run(&entry.project, run), Style::new()));
            }
        }
        lines
    }

    /// A run with what is known of it now.
    fn run(&self, project: &ProjectId, run: &RunId) -> String {
        let id = safe(run.as_str());
        let Some(seen) = self.state.model.run(project, run) else { return id };
        let status = &seen.run.status;
        let glyph = self.state.options.theme.status_glyph(status);
        let elapsed = seen.run.elapsed_at(self.state.model.server_now(self.now));
        let elapsed = elapsed.map_or_else(String::new, |elapsed| format!(" {}", span(elapsed)));
        format!("{id}, {glyph} {}{elapsed}", safe(status.word()))
    }

    /// Why, when, by whom, and what Hex's support wants to know.
    fn circumstances(&self) -> Vec<Line<'static>> {
        let entry = &self.start.entry;
        let theme = self.state.options.theme;
        let clock = |at: jiff::Timestamp| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
        let mut lines = if let Some(reason) = &entry.reason {
            self.entry("reason", &safe(reason), Style::new())
        } else {
            let key = self.state.key(Context::Entry, Verb::EditReason);
            self.entry("reason", &format!("none written down: {key} writes one"), theme.dim())
        };
        let who = entry.who.as_deref().map_or("somebody unknown".to_owned(), safe);
        let here = if entry.by == self.state.model.session() { ", in this hextop" } else { "" };
        let confirmed = format!("{} by {who}{here}", clock(entry.at));
        lines.extend(self.entry("confirmed", &confirmed, Style::new()));
        lines.extend(self.entry("sent", &self.sent(), Style::new()));
        if let Some(BatchItem { queue, index, of }) = entry.queue {
            let place = format!("{} of {of} confirmed together ({queue})", index + 1);
            lines.extend(self.entry("queue", &place, Style::new()));
        }
        if let Some(after) = &entry.after {
            let run = self.run(&entry.project, &after.run);
            let text = format!("once its cancel has ended run {run}");
            lines.extend(self.entry("after", &text, Style::new()));
        }
        if let Some(trace) = &entry.trace {
            let text = format!("{} (for Hex support)", safe(trace));
            lines.extend(self.entry("trace id", &text, Style::new()));
        }
        lines.extend(self.entry("entry", &entry.id.to_string(), theme.dim()));
        lines
    }

    fn sent(&self) -> String {
        let entry = &self.start.entry;
        let at = entry
            .sent
            .map_or_else(String::new, |at| format!("{}, ", at.strftime("%Y-%m-%d %H:%M:%SZ")));
        match entry.attempts {
            0 => "never: no request has left".to_owned(),
            1 => format!("{at}1 request"),
            attempts => {
                let attempts = count(usize::try_from(attempts).unwrap_or(usize::MAX), "request");
                format!("{at}{attempts}: Hex had refused the ones before the last")
            }
        }
    }

    /// The exact body, but for its secrets.
    fn body(&self) -> Vec<Line<'static>> {
        let (entry, theme) = (&self.start.entry, self.state.options.theme);
        let is_whole = self.start.lost_secrets().next().is_none() && !entry.secrets.is_empty();
        let body = if is_whole { self.start.start.shown_body() } else { entry.body.clone() };
        let mut lines = vec![Line::styled("body", theme.strong())];
        let text = serde_json::to_string_pretty(&body).unwrap_or_default();
        lines.extend(page(&text, self.width).into_iter().map(Line::raw));
        let mut note = |text: &str| {
            let wrapped = wrap(text, self.width).into_iter();
            lines.extend(wrapped.map(|line| Line::styled(line, theme.dim())));
        };
        if !entry.secrets.is_empty() {
            let names = entry.secrets.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
            let why = if is_whole { "Masked here" } else { "Sent as well" };
            note(&format!("{why}, but secret and so kept nowhere: {}", safe(&names)));
        }
        if body.get("inputParams").is_none() && entry.secrets.is_empty() {
            note("No inputs: the app's own defaults were used.");
        }
        lines
    }

    /// A name and what there is to say about it, in as many lines as that takes.
    fn entry(&self, name: &str, text: &str, style: Style) -> Vec<Line<'static>> {
        let width = self.width.saturating_sub(NAMES);
        let texts = fold(text, width);
        let row = |(index, text): (usize, String)| {
            let name = if index == 0 { name } else { "" };
            let name = Span::styled(pad(name, NAMES), self.state.options.theme.strong());
            Line::from(vec![name, Span::styled(text, style)])
        };
        texts.into_iter().enumerate().map(row).collect()
    }
}
