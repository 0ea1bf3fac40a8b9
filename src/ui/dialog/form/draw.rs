//! How the trigger form looks: its window, its foot, and the pages beside the fields.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::{Form, Page};
use crate::domain::Now;
use crate::ui::State;
use crate::ui::command::{Context, Verb};
use crate::ui::layer::Layer as _;
use crate::ui::text::{fit, pieces, safe, start, wrap};
use crate::ui::widget::hint_bar::draw_hints;
use crate::ui::widget::window::window;

impl Form {
    pub(super) fn draw_all(&self, state: &State, frame: &mut Frame<'_>, now: Now) {
        let screen = frame.area();
        let title =
            format!(" Start {} ", fit(&self.title, usize::from(screen.width.saturating_sub(12))));
        let inside = window(state, frame, title, 100.min(screen.width), self.height(screen.height));
        let [body, foot] =
            Layout::vertical([Constraint::Min(1), Constraint::Length(1)]).areas(inside);
        let width = usize::from(body.width);
        let lines = match &self.page {
            Page::Edit => {
                self.draw_rows(state, frame, body, now);
                Vec::new()
            }
            Page::Presets(kept) => {
                self.draw_presets(state, kept, frame, body);
                Vec::new()
            }
            Page::Unread { text, why } => unread_lines(state, text, why, width),
            Page::Review(review) => {
                review.text.draw(frame, body, self.review_lines(state, review, width, now));
                Vec::new()
            }
            Page::File(page) => Self::file_lines(page, state.options.theme, width),
            Page::NoRoom { .. } => self.no_room_lines(state, width, now),
            Page::Queued { ticket } => Self::queued_lines(state, *ticket, width, now),
            Page::Sending { .. } | Page::Lost { .. } | Page::Done => {
                self.waiting_lines(state, width, now)
            }
        };
        if !lines.is_empty() {
            frame.render_widget(Paragraph::new(lines), body);
        }
        self.draw_foot(state, frame, foot);
    }

    /// The last line: what was said, what is typed or asked, or the keys.
    fn draw_foot(&self, state: &State, frame: &mut Frame<'_>, area: Rect) {
        let theme = state.options.theme;
        let width = usize::from(area.width);
        let line = match (&self.said, &self.page, &self.discards) {
            (Some(said), page, _) if !matches!(page, Page::Edit) => {
                Line::styled(fit(said, width), theme.warn())
            }
            (_, Page::Review(review), _) => {
                return Self::draw_review_foot(state, review, frame, area);
            }
            (_, Page::Presets(list), _) => {
                return self.draw_preset_foot(state, list, frame, area);
            }
            (_, Page::File(page), _) => {
                let key = |verb| state.key(Context::Line, verb);
                let keys = format!("{} reads it, {} back", key(Verb::Accept), key(Verb::Close));
                let label = ("Path: ", theme.strong());
                return page.path().draw(frame, area, label, (&keys, theme.dim()));
            }
            (_, _, Some(question)) => return question.draw(state, frame, area),
            _ => return draw_hints(state, frame, area, Line::default(), self.context()),
        };
        frame.render_widget(line, area);
    }

    /// As high as its rows with something under each, within reason; the review wants more.
    fn height(&self, screen: u16) -> u16 {
        let rows = u16::try_from(self.draft.rows.len()).unwrap_or(u16::MAX);
        rows.saturating_mul(2).saturating_add(12).clamp(22, 34).min(screen)
    }

    fn waiting_lines(&self, state: &State, width: usize, now: Now) -> Vec<Line<'static>> {
        let theme = state.options.theme;
        let plain = |text: &str| -> Vec<Line<'static>> {
            wrap(text, width).into_iter().map(Line::raw).collect()
        };
        match &self.page {
            Page::Sending { ticket } => {
                let waits = state.model.start_departs_at(*ticket, now.boot);
                match waits.filter(|at| *at > now.boot) {
                    Some(at) => plain(&format!(
                        "Waiting for the budget: it goes out in {} s.",
                        State::seconds_until(at, now)
                    )),
                    None => plain("Sent; waiting for Hex's answer."),
                }
            }
            Page::Lost { why } => {
                let missing = "It is not known whether the run has started.";
                let mut lines: Vec<_> = wrap(missing, width)
                    .into_iter()
                    .map(|l| Line::styled(l, theme.warn()))
                    .collect();
                lines.extend(plain(&safe(why)));
                lines.extend(plain(
                    "hextop looks for it among the project's runs for two minutes and tells you \
                     what it finds. It never sends the request a second time by itself.",
                ));
                lines
            }
            _ => Vec::new(),
        }
    }
}

/// What the editor gave back, with the line that is wrong.
fn unread_lines(state: &State, text: &str, why: &str, width: usize) -> Vec<Line<'static>> {
    let theme = state.options.theme;
    let mut lines: Vec<_> = wrap(&format!("This cannot be sent. {}", safe(why)), width)
        .into_iter()
        .map(|line| Line::styled(line, theme.bad()))
        .collect();
    lines.push(Line::styled("Nothing is lost, and the form is as it was.", theme.dim()));
    let wrong =
        why.strip_prefix("line ").and_then(|rest| rest.split(':').next()?.parse::<usize>().ok());
    // More has no room on any screen.
    for (index, line) in text.lines().enumerate().take(500) {
        let is_wrong = wrong == Some(index + 1);
        let style = if is_wrong { theme.bad() } else { ratatui::style::Style::new() };
        let number = format!("{:>3} {} ", index + 1, if is_wrong { ">" } else { " " });
        for (nth, piece) in pieces(&safe(start(line)), width.saturating_sub(number.len()).max(2))
            .into_iter()
            .enumerate()
        {
            let start = if nth == 0 { number.clone() } else { " ".repeat(number.len()) };
            lines.push(Line::styled(format!("{start}{piece}"), style));
        }
    }
    lines
}
