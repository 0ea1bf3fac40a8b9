//! The footer: the mode, the keys that matter here, a notice, and what is left of the budget.

use ratatui::Frame;
use ratatui::layout::{Rect, Size};
use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::Clear;

use super::banner_lines;
use crate::domain::Now;
use crate::ui::age::FRESHLY;
use crate::ui::chord::show_sequence;
use crate::ui::command::{Context, Verb};
use crate::ui::text::{count, fit, fold, pad, safe, width as width_of};
use crate::ui::widget::hint_bar::{behind, hints};
use crate::ui::{Level, Pane, State};

/// The most rows of a notice above the footer; what is longer is cut.
const ABOVE: u16 = 3;
/// Lines of the panes that a notice leaves in sight, where there are so many.
const LEFT: u16 = 7;
/// Below this height what is open takes the whole screen, and says itself what matters.
pub(crate) const LOW: u16 = 16;

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect, now: Now) {
    let theme = state.options.theme;
    let width = usize::from(area.width);
    let budget = state.model.budget();
    let (used, limit, spare) = (budget.used(now.boot), budget.limit(), budget.spare(now.boot));
    let long = format!("  requests {used} of {limit} a minute, {spare} to spare ");
    let short = format!("  req {used}/{limit} ");
    let mode = mode(state, state.context());
    let room = width.saturating_sub(width_of(&mode) + 1);
    let middle = match &state.notice {
        Some(notice) => {
            let style = if notice.level == Level::Warning { theme.warn() } else { theme.good() };
            let (lines, last) = notice_lines(state, state.context());
            above(&lines, style, width - room, frame, area);
            Line::styled(last, style)
        }
        None if state.is_covered() => Line::from_iter(queue(state, now)),
        None => match state.tour_words() {
            Some(words) => Line::styled(fit(&words, room), theme.good()),
            None => keys(state, now, behind(area, width - room)),
        },
    };
    let left = room.saturating_sub(middle.spans.iter().map(|span| width_of(&span.content)).sum());
    let mut spans = vec![Span::styled(mode, theme.badge()), Span::raw(" ")];
    spans.extend(middle.spans.into_iter().map(|span| span.patch_style(middle.style)));
    // What there is room for, the more important first.
    let (seen, of) = state.model.seen_within(FRESHLY, now.boot);
    let longest = format!("  seen in the last {} s: {seen} of {of}{long}", FRESHLY.as_secs());
    let told = [longest, long, short].into_iter().find(|told| width_of(told) <= left);
    if let Some(told) = told {
        spans.push(Span::styled(pad("", left - width_of(&told)), theme.dim()));
        spans.push(Span::styled(told, theme.dim()));
    }
    frame.render_widget(Line::from(spans), area);
}

/// Where the keys go.
fn mode(state: &State, context: Context) -> String {
    let mode = match (context, state.focus) {
        _ if !state.pressed.is_empty() => show_sequence(&state.pressed) + " …",
        (Context::Panes, _) if state.runs.anchor.is_some() => "RANGE".to_owned(),
        (Context::Panes, Pane::Projects) => "PROJECTS".to_owned(),
        (Context::Panes, Pane::Detail) => "DETAILS".to_owned(),
        (context, _) => context.mode().to_owned(),
    };
    format!(" {mode} ")
}

/// The rows above the footer that a notice takes while the keys go to `context`: of the panes it covers them, and a
/// window stays clear of them.
pub(crate) fn notice_rows(state: &State, context: Context) -> u16 {
    u16::try_from(notice_lines(state, context).0.len()).unwrap_or(ABOVE)
}

/// The lines of the notice above the footer, and the one in it.
fn notice_lines(state: &State, context: Context) -> (Vec<String>, String) {
    let Some(notice) = &state.notice else { return Default::default() };
    let Size { width, height } = state.size;
    let room = usize::from(width).saturating_sub(width_of(&mode(state, context)) + 1);
    // Something is typed where the footer is.
    let is_taken = matches!(context, Context::CommandLine | Context::FilterLine);
    let is_window = !is_taken && context != Context::Panes;
    let body = height.saturating_sub(2 + banner_lines(state));
    let above = body.saturating_sub(LEFT).clamp(1, ABOVE + u16::from(is_taken));
    let above = if is_window && height < LOW { 0 } else { above };
    let most = usize::from(above + u16::from(!is_taken));
    let mut lines = fold(&safe(&notice.text), room);
    if lines.len() > most {
        let rest = lines.split_off(most - 1).join(" ");
        lines.push(fit(&rest, room));
    }
    let last = if is_taken { String::new() } else { lines.pop().unwrap_or_default() };
    (lines, last)
}

/// Draws the beginning of a notice over the rows above the footer, so that nothing moves for it.
fn above(lines: &[String], style: Style, indent: usize, frame: &mut Frame<'_>, footer: Rect) {
    let height = u16::try_from(lines.len()).unwrap_or(0).min(footer.y);
    let area = Rect { y: footer.y - height, height, ..footer };
    let indented = |line: &String| Line::styled(format!("{:indent$}{line}", ""), style);
    frame.render_widget(Clear, area);
    frame.render_widget(lines.iter().map(indented).collect::<Text<'_>>(), area);
}

/// How far the queue is that is not over, if there is one.
fn queue(state: &State, now: Now) -> Option<Span<'static>> {
    let words = state.queue_words(now)?;
    Some(Span::styled(format!("{words}  "), state.options.theme.warn()))
}

/// What there is to press, and how many runs are marked.
fn keys(state: &State, now: Now, area: Rect) -> Line<'static> {
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
        let key = state.key(Context::Panes, Verb::Back);
        spans.push(Span::styled(format!("{key} stops {unsent} unsent  "), theme.warn()));
    }
    let stuck = state.model.stuck_cancels().count();
    if stuck > 0 {
        let key = |verb| state.key(Context::Panes, verb);
        let (again, go) = (key(Verb::Cancel), key(Verb::LetGo));
        let text = format!("{} stuck: {again} again, {go} lets go  ", count(stuck, "cancel"));
        spans.push(Span::styled(text, theme.bad()));
    }
    spans.extend(queue(state, now));
    let used: usize = spans.iter().map(|span: &Span<'_>| width_of(&span.content)).sum();
    spans.extend(hints(state, behind(area, used), Context::Panes).spans);
    Line::from(spans)
}
