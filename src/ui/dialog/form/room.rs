//! A start that was refused for want of room, and its waiting for some.
//!
//! Nothing is sent again by itself: a person asks for it, and can take it back until it has left.

use ratatui::text::Line;

use super::Form;
use crate::domain::Now;
use crate::engine::model::{QueueState, StartId, StartStage};
use crate::ui::State;
use crate::ui::command::{Context, Verb};
use crate::ui::kernels;
use crate::ui::text::{safe, wrap};

impl Form {
    pub(super) fn no_room_lines(
        &self,
        state: &State,
        width: usize,
        now: Now,
    ) -> Vec<Line<'static>> {
        let theme = state.options.theme;
        let mut lines = Vec::new();
        let mut say = |text: &str, style| {
            lines.extend(wrap(text, width).into_iter().map(|line| Line::styled(line, style)));
        };
        say(&safe(self.refusal.as_deref().unwrap_or("No run was created.")), theme.bad());
        if state.model.kernels().refusal(now.boot).is_some()
            && let Some(words) = kernels::to_free_one(state, now)
        {
            say(&sentence(&words), theme.dim());
        }
        say("", theme.dim());
        let key = |verb| state.key(Context::NoRoom, verb);
        let (send, back) = (key(Verb::WaitForRoom), key(Verb::Close));
        let what = format!(
            "{send} sends it at the first moment that there is room; it can be taken back until \
             then. {back} goes back to the form, where everything is as you typed it."
        );
        say(&what, ratatui::style::Style::new());
        lines
    }

    /// What a start is waiting for, and when it leaves.
    pub(super) fn queued_lines(
        state: &State,
        ticket: StartId,
        width: usize,
        now: Now,
    ) -> Vec<Line<'static>> {
        let start = state.model.start_of(ticket);
        let text = match start.map(|start| &start.entry.stage) {
            Some(StartStage::Waiting) => waiting_words(state, ticket, now),
            _ => "Sent; waiting for Hex's answer.".to_owned(),
        };
        let key = |verb| state.key(Context::Waiting, verb);
        let (back, close) = (key(Verb::TakeBack), key(Verb::Close));
        let there = state.key(Context::Panes, Verb::Cancel);
        let more = format!(
            "{back} takes it back. {close} closes the form, and it goes on waiting as the first \
             row of the runs, where {there} takes it back."
        );
        let mut lines: Vec<_> = wrap(&text, width).into_iter().map(Line::raw).collect();
        let dim = state.options.theme.dim();
        lines.extend(wrap(&more, width).into_iter().map(|line| Line::styled(line, dim)));
        lines
    }
}

/// With a capital letter and a full stop.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), letters.as_str())
}

/// Why a start waits that was refused for want of room, and when it is tried again.
fn waiting_words(state: &State, ticket: StartId, now: Now) -> String {
    let Some(queue) = state.model.queue(ticket, now) else {
        return "Waiting for room.".to_owned();
    };
    let why = match &queue.state {
        QueueState::AfterCancel(run) => {
            return format!(
                "Waiting until run {} is cancelled; it never leaves if that fails.",
                safe(run.short())
            );
        }
        QueueState::Going(Some(why)) | QueueState::Paused(why) => format!(" ({})", safe(why)),
        _ => String::new(),
    };
    match queue.next.map(|at| State::seconds_until(at, now)) {
        Some(0) => format!("Waiting for room{why}: it goes out now."),
        Some(wait) => format!("Waiting for room{why}: it goes out in {wait} s."),
        None => format!("Waiting for room{why}: it goes out as soon as there is some."),
    }
}
