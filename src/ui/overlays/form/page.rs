//! How the trigger form looks.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Cell, Form, Page};
use crate::api::Kind;
use crate::domain::{Now, StartRun};
use crate::engine::Tier;
use crate::engine::model::StartStage;
use crate::ui::State;
use crate::ui::overlays::window;
use crate::ui::text::{count, fit, pad, pieces, safe, span, wrap};

const KIND: usize = 9;

/// Width of the column of names.
fn name_width(width: usize) -> usize {
    (width / 3).min(22)
}

impl Form {
    pub(in crate::ui) fn draw(&self, state: &State, frame: &mut Frame<'_>, now: Now) {
        let screen = frame.area();
        let title =
            format!(" Start {} ", fit(&self.title, usize::from(screen.width.saturating_sub(12))));
        let inside = window(state, frame, title, 90.min(screen.width), self.height(screen.height));
        let [body, foot] =
            Layout::vertical([Constraint::Min(1), Constraint::Length(1)]).areas(inside);
        match &self.page {
            Page::Edit | Page::Discard => self.draw_rows(state, frame, body),
            Page::Review { start, top } => {
                let lines = self.review_lines(state, start, usize::from(body.width), now);
                let length = u16::try_from(lines.len()).unwrap_or(u16::MAX);
                let top = (*top).min(length.saturating_sub(body.height));
                frame.render_widget(Paragraph::new(lines).scroll((top, 0)), body);
            }
            Page::Sending { .. } | Page::Lost { .. } | Page::Done => {
                let text = Paragraph::new(self.waiting_lines(state, now)).wrap(Wrap { trim: true });
                frame.render_widget(text, body);
            }
        }
        frame.render_widget(Line::styled(self.foot(), state.options.theme.strong()), foot);
    }

    /// As high as its rows with an error under each, within reason; the review wants more.
    fn height(&self, screen: u16) -> u16 {
        let rows = u16::try_from(self.draft.rows.len()).unwrap_or(u16::MAX);
        rows.saturating_mul(2).saturating_add(7).clamp(14, 28).min(screen)
    }

    fn foot(&self) -> &'static str {
        match self.page {
            Page::Edit => "ctrl-s review  ctrl-n add  ctrl-x take out  Tab next field  Esc close",
            Page::Discard => "Throw the edits away?  y yes   any other key no",
            Page::Review { .. } => "Enter start the run   Esc back to the form   j k scroll",
            Page::Sending { .. } => "Esc take it back, as long as it has not left",
            Page::Lost { .. } | Page::Done => "Esc close",
        }
    }

    fn draw_rows(&self, state: &State, frame: &mut Frame<'_>, area: Rect) {
        let theme = state.options.theme;
        let width = usize::from(area.width);
        let mut lines = Vec::new();
        let mut cursor = None;
        if let Some(refusal) = &self.refusal {
            let said = wrap(&safe(refusal), width).into_iter();
            lines.extend(said.map(|text| Line::styled(text, theme.bad())));
        }
        if self.draft.rows.is_empty() {
            lines.push(Line::raw("No parameters: the app's own defaults are used."));
            lines.push(Line::raw(
                "ctrl-n adds one; its name is the variable's name in the project.",
            ));
        } else {
            let heading = format!("{} {} VALUE", pad("NAME", name_width(width)), pad("TYPE", KIND));
            lines.push(Line::styled(heading, theme.dim()));
        }
        let fixed = lines.len();
        let mut here = 0;
        for index in 0..self.draft.rows.len() {
            if index == self.row {
                here = lines.len();
                cursor = self.cursor_column(width);
            }
            lines.push(self.row_line(state, index, width));
            if let Some(reason) = self.error_of(index) {
                let text = format!("  {} {}", theme.glyph("↑", "^"), safe(&reason));
                lines.push(Line::styled(fit(&text, width), theme.bad()));
            }
        }
        let height = usize::from(area.height);
        // The row and its error stay in sight; the heading is drawn over again above them.
        let skip = (here + 2).saturating_sub(height);
        let shown: Vec<_> = lines
            .iter()
            .enumerate()
            .filter(|(index, _)| *index < fixed || *index >= fixed + skip)
            .map(|(_, line)| line.clone())
            .collect();
        frame.render_widget(Paragraph::new(shown), area);
        if let (Some(column), Page::Edit) = (cursor, &self.page) {
            let y = area.y + u16::try_from(here - skip.min(here)).unwrap_or(0);
            let x = area.x + u16::try_from(column).unwrap_or(0);
            frame.set_cursor_position(Position::new(x.min(area.right() - 1), y));
        }
    }

    fn row_line(&self, state: &State, index: usize, width: usize) -> Line<'static> {
        let theme = state.options.theme;
        let Some(row) = self.draft.rows.get(index) else { return Line::default() };
        let style = |cell: Cell| {
            let focused = index == self.row && cell == self.cell;
            if focused { theme.selected() } else { ratatui::style::Style::new() }
        };
        let name_width = name_width(width);
        let value_width = width.saturating_sub(name_width + KIND + 2);
        let kind = format!("{} {}", row.kind.word(), theme.glyph("▾", ""));
        Line::from(vec![
            Span::styled(tail(&safe(&row.name), name_width), style(Cell::Name)),
            Span::raw(" "),
            Span::styled(pad(&kind, KIND), style(Cell::Kind)),
            Span::raw(" "),
            Span::styled(tail(&safe(&row.text), value_width), style(Cell::Value)),
        ])
    }

    /// Where the terminal's cursor belongs, for a cell that holds text.
    fn cursor_column(&self, width: usize) -> Option<usize> {
        let value = name_width(width) + KIND + 2;
        let (start, room) = match self.cell {
            Cell::Name => (0, name_width(width)),
            Cell::Kind => return None,
            Cell::Value => (value, width.saturating_sub(value)),
        };
        let before: String = self.field.text().chars().take(self.field.cursor()).collect();
        let hidden = safe(self.field.text()).width().saturating_sub(room.saturating_sub(1));
        Some(start + safe(&before).width().saturating_sub(hidden).min(room))
    }

    fn review_lines(
        &self,
        state: &State,
        start: &StartRun,
        width: usize,
        now: Now,
    ) -> Vec<Line<'static>> {
        let theme = state.options.theme;
        let mut lines = Vec::new();
        let departs = state.model.budget().forecast(Kind::Trigger, Tier::Person, 1, now.boot);
        let when = match departs.first() {
            Some(at) if *at > now.boot => {
                format!("The budget lets it leave in {} s.", State::seconds_until(*at, now))
            }
            _ => "It leaves at once.".to_owned(),
        };
        let left = state.model.budget().spare(now.boot);
        lines.push(Line::raw(format!("Costs 1 request of {left} to spare. {when}")));
        for warning in self.warnings(state, start, now) {
            lines.push(Line::styled(warning, theme.warn()));
        }
        lines.push(Line::styled("The body, exactly as it will be sent:", theme.dim()));
        let body = serde_json::to_string_pretty(&start.body()).unwrap_or_default();
        let body = body.lines().flat_map(|line| pieces(&safe(line), width));
        lines.extend(body.map(Line::raw));
        if start.inputs().is_empty() {
            lines.push(Line::styled("No inputs: the app's own defaults are used.", theme.dim()));
        }
        lines
    }

    fn warnings(&self, state: &State, start: &StartRun, now: Now) -> Vec<String> {
        let server_now = state.model.server_now(now);
        let Some(watched) = state.model.project(&self.project) else { return Vec::new() };
        let same = state.model.starts().map(|(_, earlier)| earlier).filter_map(|earlier| {
            let (StartStage::Started(run) | StartStage::ProbablyOurs(run)) = &earlier.stage else {
                return None;
            };
            let active = watched.runs.get(run).is_some_and(|seen| seen.run.is_active());
            (earlier.start == *start && active).then_some(run)
        });
        let mut warnings: Vec<_> = same
            .map(|run| {
                let age = watched.runs.get(run).and_then(|seen| seen.run.elapsed_at(server_now));
                let age = span(age.unwrap_or(Duration::ZERO));
                format!("The same inputs are already running: {} for {age}", run.short())
            })
            .collect();
        let active = watched.active().count();
        if warnings.is_empty() && active > 0 {
            warnings.push(format!("This project already has {}.", count(active, "active run")));
        }
        warnings
    }

    fn waiting_lines(&self, state: &State, now: Now) -> Vec<Line<'static>> {
        let theme = state.options.theme;
        match &self.page {
            Page::Sending { ticket } => {
                let waits = state.model.start_departs_at(*ticket, now.boot);
                let text = match waits.filter(|at| *at > now.boot) {
                    Some(at) => format!(
                        "Waiting for the budget: it goes out in {} s.",
                        State::seconds_until(at, now)
                    ),
                    None => "Sent; waiting for Hex's answer.".to_owned(),
                };
                vec![Line::raw(text)]
            }
            Page::Lost { why } => vec![
                Line::styled(
                    "No answer came, so the run may or may not have started.",
                    theme.warn(),
                ),
                Line::raw(safe(why)),
                Line::raw(
                    "hextop looks for it among the project's runs for two minutes and tells you \
                     what it finds. It never sends the request a second time by itself.",
                ),
            ],
            _ => Vec::new(),
        }
    }
}

/// The end of a text that is too long for its field, filled up to `width`: one types at the end.
fn tail(text: &str, width: usize) -> String {
    let mut used = 0;
    let mut start = text.len();
    for (at, letter) in text.char_indices().rev() {
        used += letter.width().unwrap_or(0);
        if used >= width {
            break;
        }
        start = at;
    }
    pad(&text[start..], width)
}
