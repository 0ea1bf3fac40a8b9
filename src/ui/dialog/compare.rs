//! Two runs side by side: what they were given, and what came of it.
//!
//! The ids are frozen when it opens; what is known of the runs is looked up at each drawing. The
//! older run is on the left.

mod differ;

use std::time::Duration;

use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::domain::inputs::Body;
use crate::domain::{Now, ProjectId, RunId};
use crate::engine::Model;
use crate::engine::model::{RunState, Start, newer};
use crate::ui::command::Context;
use crate::ui::layer::Layer;
use crate::ui::text::{fit, fold, pad, safe, span, start, wrap};
use crate::ui::widget::scroll_text::ScrollText;
use crate::ui::widget::window;
use crate::ui::{State, started};
use differ::{Differences, Given};

/// The open comparison.
#[derive(Debug)]
pub(crate) struct Compare {
    pair: [(ProjectId, RunId); 2],
    text: ScrollText,
}

impl Compare {
    /// A comparison of these runs.
    pub(crate) fn new(mut pair: [(ProjectId, RunId); 2], model: &Model) -> Self {
        let seen = |(project, run): &(ProjectId, RunId)| model.run(project, run);
        if let [Some(first), Some(second)] = pair.each_ref().map(seen)
            && newer(&first.run, &second.run).is_gt()
        {
            pair.reverse();
        }
        Self { pair, text: ScrollText::default() }
    }
}

impl Layer for Compare {
    fn context(&self) -> Context {
        Context::Compare
    }

    fn text(&mut self) -> Option<&mut ScrollText> {
        Some(&mut self.text)
    }

    fn draw(&self, state: &State, frame: &mut Frame<'_>, now: Now) {
        let width = frame.area().width.min(110);
        let [left, right] = self.pair.each_ref().map(|pair| Side::of(state, pair));
        let page = Page { state, now, columns: Columns::of(usize::from(width.saturating_sub(2))) };
        let lines = page.lines(&left, &right);
        let room = usize::from(width).saturating_sub(42);
        let of = if left.title == right.title && room > 12 {
            format!(" of {}", fit(&left.title, room))
        } else {
            String::new()
        };
        let name = format!("Compare runs{of}");
        window::page(state, frame, (Context::Compare, &name), width, &self.text, lines);
    }
}

/// One of the two runs.
struct Side<'a> {
    title: String,
    id: &'a RunId,
    seen: Option<&'a RunState>,
    start: Option<&'a Start>,
    body: Option<Body>,
}

impl<'a> Side<'a> {
    fn of(state: &'a State, (project, id): &'a (ProjectId, RunId)) -> Self {
        let start = state.model.start_of_run(id);
        let body = start.and_then(|start| Body::of(&start.entry.body).ok());
        Self { title: state.title(project), id, seen: state.model.run(project, id), start, body }
    }

    fn given(&self) -> Given<'_> {
        match (&self.body, self.start) {
            (Some(body), Some(start)) => Given::Told(body, &start.entry.secrets),
            _ => Given::Unknown,
        }
    }
}

/// Where the name and the two values stand.
struct Columns {
    width: usize,
    name: usize,
    value: usize,
}

impl Columns {
    fn of(width: usize) -> Self {
        let name = (width * 2 / 7).clamp(9, 24);
        Self { width, name, value: width.saturating_sub(name + 2) / 2 }
    }
}

struct Page<'a> {
    state: &'a State,
    now: Now,
    columns: Columns,
}

impl Page<'_> {
    fn lines(&self, left: &Side<'_>, right: &Side<'_>) -> Vec<Line<'static>> {
        let theme = self.state.options.theme;
        let ids = [left, right].map(|side| format!("run {}", safe(side.id.short())));
        let mut lines = self.row("", &ids, theme.strong());
        lines.extend(self.facts(left, right));
        for side in [left, right] {
            let doubt = side.start.and_then(started::doubt);
            let doubt = doubt.map(|doubt| format!("{}: {doubt}", safe(side.id.short())));
            lines.extend(doubt.iter().flat_map(|text| self.sentence(text, theme.warn())));
        }
        lines.push(Line::default());
        lines.extend(self.given(left, right));
        lines
    }

    /// What Hex tells of both.
    fn facts(&self, left: &Side<'_>, right: &Side<'_>) -> Vec<Line<'static>> {
        let both = |what: &dyn Fn(&Side<'_>) -> String| [left, right].map(what);
        let unknown = || "no longer known".to_owned();
        let of_run = |what: &dyn Fn(&RunState) -> String| {
            both(&|side: &Side<'_>| side.seen.map_or_else(unknown, what))
        };
        let theme = self.state.options.theme;
        // One project is in the title already.
        let projects = both(&|side| side.title.clone());
        let projects = Some(("project", projects)).filter(|(_, [a, b])| a != b);
        let facts = [
            (
                "outcome",
                of_run(&|seen| {
                    let status = &seen.run.status;
                    format!("{} {}", theme.status_glyph(status), safe(status.word()))
                }),
            ),
            (
                "trigger",
                of_run(&|seen| {
                    let trigger = seen.run.trigger.as_ref();
                    trigger.map_or("unknown".to_owned(), |trigger| safe(trigger.word()))
                }),
            ),
            (
                "version",
                of_run(&|seen| seen.run.version.as_deref().map_or("unknown".to_owned(), safe)),
            ),
            (
                "started",
                of_run(&|seen| {
                    let at = seen.run.start.map(|at| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string());
                    at.unwrap_or_else(|| "not started".to_owned())
                }),
            ),
            ("took", self.durations(left, right)),
        ];
        let rows = projects.iter().chain(&facts).flat_map(|(name, values)| {
            let [a, b] = values;
            self.row(name, values, if a == b { theme.dim() } else { Style::new() })
        });
        rows.collect()
    }

    /// How long each took, as far as that was seen, and how many times as long the right one if both are over.
    fn durations(&self, left: &Side<'_>, right: &Side<'_>) -> [String; 2] {
        let theme = self.state.options.theme;
        let moment = self.state.model.moment(self.now);
        let elapsed = |side: &Side<'_>| side.seen.and_then(|seen| moment.elapsed(seen));
        let are_over =
            [left, right].iter().all(|side| side.seen.is_some_and(|seen| !seen.run.is_active()));
        let word = |side: &Side<'_>| match (side.seen, elapsed(side)) {
            (Some(seen), Some(elapsed)) if seen.run.is_active() => {
                format!("{} so far", span(elapsed))
            }
            (_, Some(elapsed)) => span(elapsed),
            (_, None) => theme.glyph("–", "-").to_owned(),
        };
        let ratio = elapsed(left)
            .zip(elapsed(right))
            .filter(|(first, _)| are_over && *first > Duration::ZERO);
        let times = ratio.map_or_else(String::new, |(first, second)| {
            let ratio = second.as_secs_f64() / first.as_secs_f64();
            format!(" ({}{ratio:.1})", theme.glyph("×", "x"))
        });
        [word(left), word(right) + &times]
    }

    /// What each was given, as far as the journal knows.
    fn given(&self, left: &Side<'_>, right: &Side<'_>) -> Vec<Line<'static>> {
        let theme = self.state.options.theme;
        let both = [left, right];
        let untold: Vec<_> =
            both.iter().filter(|side| matches!(side.given(), Given::Unknown)).collect();
        let known = both.len() - untold.len();
        let mut lines = match untold.as_slice() {
            [] => Vec::new(),
            [side] => {
                let text = format!(
                    "The inputs of {} are unknown: Hex does not tell them and this journal has \
                     not started it.",
                    safe(side.id.short())
                );
                self.sentence(&text, theme.warn())
            }
            _ => {
                let text = "The inputs of both are unknown: Hex does not tell them and this \
                            journal has started neither.";
                return self.sentence(text, theme.warn());
            }
        };
        let Differences { inputs, options, equal, secret } =
            Differences::of(&left.given(), &right.given());
        for (what, rows) in [("inputs", inputs), ("options", options)] {
            let heading = match (rows.is_empty(), known) {
                (true, 2) => format!("No {what} differ."),
                (true, _) => format!("The other one was given no {what}."),
                (false, 2) => format!("The {what} that differ:"),
                (false, _) => format!("The {what} of the other one:"),
            };
            lines.extend(self.sentence(&heading, theme.dim()));
            for (name, values) in rows {
                lines.extend(self.row(&name, &values, Style::new()));
            }
        }
        if !equal.is_empty() {
            let text = format!("equal in both: {}", safe(&equal.join(", ")));
            lines.extend(self.sentence(&text, theme.dim()));
        }
        if !secret.is_empty() {
            let text =
                format!("secret, so kept nowhere and not compared: {}", safe(&secret.join(", ")));
            lines.extend(self.sentence(&text, theme.dim()));
        }
        lines
    }

    fn sentence(&self, text: &str, style: Style) -> Vec<Line<'static>> {
        wrap(text, self.columns.width).into_iter().map(|line| Line::styled(line, style)).collect()
    }

    /// A name and two values, in as many lines as the longest of them takes.
    fn row(&self, name: &str, values: &[String; 2], style: Style) -> Vec<Line<'static>> {
        let Columns { name: names, value, .. } = self.columns;
        let cells = |text: &String| match start(text) {
            shown if shown.len() < text.len() => fold(&format!("{shown}…"), value),
            whole => fold(whole, value),
        };
        let labels = fold(&safe(name), names);
        let [a, b] = values.each_ref().map(cells);
        let height = labels.len().max(a.len()).max(b.len());
        let cell = |texts: &[String], index: usize, width: usize| {
            pad(texts.get(index).map_or("", String::as_str), width)
        };
        let line = |index| {
            Line::from(vec![
                Span::styled(cell(&labels, index, names), self.state.options.theme.strong()),
                Span::raw(" "),
                Span::styled(cell(&a, index, value), style),
                Span::raw(" "),
                Span::styled(cell(&b, index, value), style),
            ])
        };
        (0..height).map(line).collect()
    }
}
