//! How the trigger form looks: its window, its foot, and the pages beside the fields.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::{Form, Page};
use crate::domain::Now;
use crate::ui::State;
use crate::ui::dialog::help::sheet_keys;
use crate::ui::dialog::window;
use crate::ui::text::{fit, pieces, safe, start, wrap};

impl Form {
    pub(in crate::ui) fn draw(&self, state: &State, frame: &mut Frame<'_>, now: Now) {
        let screen = frame.area();
        let title =
            format!(" Start {} ", fit(&self.title, usize::from(screen.width.saturating_sub(12))));
        let inside = window(state, frame, title, 100.min(screen.width), self.height(screen.height));
        let [body, foot] =
            Layout::vertical([Constraint::Min(1), Constraint::Length(1)]).areas(inside);
        let width = usize::from(body.width);
        let lines = match &self.page {
            Page::Edit | Page::Discard => {
                self.draw_rows(state, frame, body, now);
                Vec::new()
            }
            Page::Keys(_) => sheet_keys(state, &["trigger form", "review"], width),
            Page::Presets(kept) => self.preset_lines(kept, state.options.theme, width),
            Page::Unread { text, why } => unread_lines(state, text, why, width),
            Page::Review(review) => self.review_lines(state, review, width, now),
            Page::File(page) => Self::file_lines(page, state.options.theme, width),
            Page::NoRoom { .. } => self.no_room_lines(state, width, now),
            Page::Queued { ticket } => Self::queued_lines(state, *ticket, width, now),
            Page::Sending { .. } | Page::Lost { .. } | Page::Done => {
                self.waiting_lines(state, width, now)
            }
        };
        if !lines.is_empty() {
            let top = self.review_top(lines.len(), body.height);
            frame.render_widget(Paragraph::new(lines).scroll((top, 0)), body);
        }
        let (text, style) = match &self.said {
            Some(said) if !matches!(self.page, Page::Edit) => {
                (said.clone(), state.options.theme.warn())
            }
            _ => (self.foot(width), state.options.theme.strong()),
        };
        frame.render_widget(Line::styled(fit(&text, width), style), foot);
    }

    /// As high as its rows with something under each, within reason; the review wants more.
    fn height(&self, screen: u16) -> u16 {
        let rows = u16::try_from(self.draft.rows.len()).unwrap_or(u16::MAX);
        rows.saturating_mul(2).saturating_add(12).clamp(22, 34).min(screen)
    }

    fn foot(&self, width: usize) -> String {
        let foot = match &self.page {
            Page::Review(review) => return Self::review_foot(review, width),
            Page::File(_) => "Enter read it   Esc back",
            Page::NoRoom { .. } => "w send it when there is room   Esc back to the form",
            Page::Queued { .. } => "Esc take it back   Enter close, it goes on waiting",
            Page::Edit if self.list.is_some() => "Enter take  letters narrow down  Esc close",
            Page::Edit if width < 76 => "ctrl-s review  Tab next  F1 keys",
            Page::Edit if width >= 92 => {
                "ctrl-s review  Tab next  ctrl-n add  ctrl-x reset  ctrl-l several  ctrl-e editor  F1 all keys"
            }
            Page::Edit => {
                "ctrl-s review  Tab next  ctrl-n add  ctrl-x reset  ctrl-e editor  F1 all keys"
            }
            Page::Keys(_) => "j k scroll   any other key back",
            Page::Discard => "Throw the edits away?  y yes   any other key no",
            Page::Presets(kept) => Self::preset_foot(kept),
            Page::Unread { .. } => "ctrl-e go on editing this text   Esc throw it away",
            Page::Sending { .. } => "Esc take it back, as long as it has not left",
            Page::Lost { .. } | Page::Done => "Esc close",
        };
        foot.to_owned()
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
