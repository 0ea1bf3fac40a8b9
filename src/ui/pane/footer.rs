//! The footer: the mode, the keys that matter here, a notice, and what is left of the budget.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use crate::domain::Now;
use crate::ui::action::COMMANDS;
use crate::ui::age::FRESHLY;
use crate::ui::keys::Typing;
use crate::ui::text::{count, fit, pad, safe, width as width_of};
use crate::ui::{Level, State};

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect, now: Now) {
    let theme = state.options.theme;
    let width = usize::from(area.width);
    if let Some(field) = &state.prompt {
        let filter = state.prompt_filter();
        let warning = state.notice.as_ref().filter(|notice| notice.level == Level::Warning);
        let error = filter.error.as_deref().or(warning.map(|notice| notice.text.as_str()));
        let is_wrong = error.is_some();
        let error = error.unwrap_or("Enter keeps it, Esc clears it");
        let text = format!("FILTER /{}", safe(field.text()));
        let rest = width.saturating_sub(width_of(&text) + 3);
        let style = if is_wrong { theme.bad() } else { theme.dim() };
        let before: String = field.text().chars().take(field.cursor()).collect();
        let column = u16::try_from(8 + width_of(&safe(&before))).unwrap_or(0);
        let line = Line::from(vec![
            Span::raw(format!("{text}   ")),
            Span::styled(fit(error, rest), style),
        ]);
        frame.render_widget(line, area);
        frame.set_cursor_position(Position::new(
            area.x + column.min(area.width.saturating_sub(1)),
            area.y,
        ));
        return;
    }
    let spare = format!("  {} requests to spare ", state.model.budget().spare(now.boot));
    let (seen, of) = state.model.seen_within(FRESHLY, now.boot);
    let seen = format!("  seen in the last {} s: {seen} of {of}", FRESHLY.as_secs());
    let mode = match state.typing() {
        Typing::Overlay => " SHEET ",
        _ if state.runs.anchor.is_some() => " RANGE ",
        _ => " NORMAL ",
    };
    let room = width.saturating_sub(width_of(mode) + 1);
    let middle = match &state.notice {
        Some(notice) => {
            let style = if notice.level == Level::Warning { theme.warn() } else { theme.good() };
            Line::styled(fit(&safe(&notice.text), room), style)
        }
        None if state.typing() == Typing::Overlay => Line::from_iter(queue(state, now)),
        None => keys(state, now),
    };
    let left = room.saturating_sub(middle.spans.iter().map(|span| width_of(&span.content)).sum());
    let mut spans = vec![Span::styled(mode, theme.selected()), Span::raw(" ")];
    spans.extend(middle.spans.into_iter().map(|span| span.patch_style(middle.style)));
    // What there is room for, the more important first.
    let told = [seen + &spare, spare].into_iter().find(|told| width_of(told) <= left);
    if let Some(told) = told {
        spans.push(Span::styled(pad("", left - width_of(&told)), theme.dim()));
        spans.push(Span::styled(told, theme.dim()));
    }
    frame.render_widget(Line::from(spans), area);
}

/// How far the queue is that is not over, if there is one.
fn queue(state: &State, now: Now) -> Option<Span<'static>> {
    let words = state.queue_words(now)?;
    Some(Span::styled(format!("{words}  "), state.options.theme.warn()))
}

/// What there is to press, and how many runs are marked.
fn keys(state: &State, now: Now) -> Line<'static> {
    let theme = state.options.theme;
    let mut spans = Vec::new();
    let marked = state.runs.marks.len();
    if marked > 0 {
        let hidden = match state.hidden_marks() {
            0 => String::new(),
            number => format!(", {number} hidden by the filter"),
        };
        spans.push(Span::styled(format!("{marked} marked{hidden}  "), theme.warn()));
    }
    let unsent = state.model.unsent_cancels();
    if unsent > 0 {
        spans.push(Span::styled(format!("Esc stops {unsent} unsent  "), theme.warn()));
    }
    let stuck = state.model.stuck_cancels().count();
    if stuck > 0 {
        let text = format!("{} stuck: X again, L lets go  ", count(stuck, "cancel"));
        spans.push(Span::styled(text, theme.bad()));
    }
    spans.extend(queue(state, now));
    for command in COMMANDS {
        let (Some(word), Some(key)) = (command.footer, command.keys.split(' ').next()) else {
            continue;
        };
        let key = if key == "Space" { theme.glyph("␣", "Space") } else { key };
        spans.push(Span::styled(key, theme.strong()));
        spans.push(Span::raw(format!(" {word}  ")));
    }
    Line::from(spans)
}
