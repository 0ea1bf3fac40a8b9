//! The list of queues: as many of them as fill the screen, each in a few lines.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use crate::domain::Now;
use crate::engine::model::{QueueState, QueueView, StartId};
use crate::ui::State;
use crate::ui::command::{Context, Verb};
use crate::ui::mouse::{Item, Target, line_of};
use crate::ui::text::{about, count, fit, safe, wrap};
use crate::ui::theme::Theme;

/// Cells of a bar.
const CELLS: usize = 20;
/// Parts of a cell that can be filled by themselves.
const PARTS: usize = 8;

/// Lines, each with the queue that it is about, if it is about one.
pub(super) type QueueLines = Vec<(Option<StartId>, Line<'static>)>;

/// The queue in focus with as many of those around it as fill the screen, and where it ends.
pub(super) fn around(
    state: &State,
    here: &QueueView,
    height: usize,
    width: usize,
    now: Now,
) -> (QueueLines, usize) {
    let fill = |ids: &mut dyn Iterator<Item = StartId>| {
        let (mut entries, mut length) = (Vec::new(), 0);
        while length < height
            && let Some(queue) = ids.next().and_then(|id| state.model.queue(id, now))
        {
            let lines = entry(state, &queue, false, width, now);
            length += lines.len();
            entries.push(lines);
        }
        entries
    };
    let mut above = fill(&mut state.model.newer_queues(here.id));
    above.reverse();
    let mut lines: Vec<_> = above.into_iter().flatten().collect();
    lines.extend(entry(state, here, true, width, now));
    let end = lines.len();
    lines.extend(fill(&mut state.model.older_queues(here.id)).into_iter().flatten());
    (lines, end)
}

/// Draws lines, scrolled so that those before `below` are in sight.
pub(super) fn draw_lines(
    state: &State,
    frame: &mut Frame<'_>,
    lines: QueueLines,
    body: Rect,
    below: usize,
) {
    let height = usize::from(body.height);
    let lines = lines.into_iter().skip(below.saturating_sub(height)).take(height).enumerate();
    let shown: Vec<_> = lines
        .map(|(number, (queue, line))| {
            if let Some(queue) = queue {
                state.zones.add(line_of(body, number), Target::Item(Item::Queue(queue)));
            }
            line
        })
        .collect();
    frame.render_widget(Paragraph::new(shown), body);
}

/// What a queue is, where there is none.
pub(super) fn empty(state: &State, width: usize) -> QueueLines {
    let theme = state.options.theme;
    let key = |verb| state.key(Context::Form, verb);
    let what = format!(
        "A queue sends many starts of a project one after the other, as the limits and the kernels \
         allow. In the trigger form ({}), {} lets a field hold several values and {} reads a CSV \
         file; each combination is a start.",
        state.key(Context::Panes, Verb::Trigger),
        key(Verb::Several),
        key(Verb::LoadFile)
    );
    let texts = ["There is no queue.", &what];
    let lines = texts.into_iter().zip([theme.strong(), theme.dim()]);
    lines
        .flat_map(|(text, style)| {
            wrap(text, width).into_iter().map(move |line| (None, Line::styled(line, style)))
        })
        .collect()
}

/// A queue in a few lines: what, how far, and what it is doing.
fn entry(state: &State, queue: &QueueView, is_here: bool, width: usize, now: Now) -> QueueLines {
    let theme = state.options.theme;
    let style = if is_here { theme.badge() } else { theme.strong() };
    let mark = if is_here { theme.glyph("▶", ">") } else { " " };
    let title = state.title(&queue.project);
    let far = format!("  {}/{} {}{}", queue.left(), queue.of, bar(theme, queue), tally(queue));
    let (words, colour) = doing(state, queue, now);
    let mut lines = vec![
        Line::styled(fit(&format!("{mark} {title}"), width), style),
        Line::raw(fit(&far, width)),
    ];
    let words = wrap(&words, width.saturating_sub(2)).into_iter();
    lines.extend(words.map(|line| Line::styled(format!("  {line}"), colour)));
    lines.into_iter().map(|line| (Some(queue.id), line)).collect()
}

/// `▕██▌    ▏`: what has left, of all.
fn bar(theme: Theme, queue: &QueueView) -> String {
    let parts = queue.left() * CELLS * PARTS / queue.of.max(1);
    let (full, rest) = (parts / PARTS, parts % PARTS);
    if !theme.unicode {
        return format!("[{}{}]", "#".repeat(full), ".".repeat(CELLS - full));
    }
    let partial = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"].get(rest).copied().unwrap_or("");
    let blank = CELLS - full - usize::from(rest > 0);
    format!("▕{}{partial}{}▏", "█".repeat(full), " ".repeat(blank))
}

fn tally(queue: &QueueView) -> String {
    let parts = [
        (queue.failed, "failed"),
        (queue.open, "open"),
        (queue.probable, "only probable"),
        (queue.withdrawn, "taken back"),
    ];
    let parts = parts.iter().filter(|(number, _)| *number > 0);
    let parts: Vec<_> = parts.map(|(number, word)| format!("{number} {word}")).collect();
    if parts.is_empty() { String::new() } else { format!(" {}", parts.join(", ")) }
}

/// What a queue is doing, and why it does nothing else.
fn doing(state: &State, queue: &QueueView, now: Now) -> (String, Style) {
    let theme = state.options.theme;
    match &queue.state {
        QueueState::Going(why) => {
            let next = match queue.next.map(|at| State::seconds_until(at, now)) {
                Some(0) => Some("next leaves now".to_owned()),
                Some(wait) => Some(format!("next in {wait} s")),
                None if why.is_none() => Some("waiting for the last answer".to_owned()),
                None => None,
            };
            let said = [why.as_ref().map(|why| safe(why)), next];
            let said = said.into_iter().flatten().collect::<Vec<_>>().join("; ");
            let forecast = state.model.forecast_rest(queue, now);
            let lasts = forecast.ends.saturating_sub(now.boot);
            let end = now
                .wall
                .checked_add(lasts)
                .map_or_else(|_| String::new(), |at| format!(" ({})", at.strftime("%H:%MZ")));
            let lasts = about(lasts);
            (format!("{said}; over in about {lasts}{end}"), theme.good())
        }
        QueueState::AfterCancel(run) => {
            (format!("waits until run {} is cancelled", safe(run.short())), theme.warn())
        }
        QueueState::Forbidden(why) => (format!("waits: {}", safe(why)), theme.warn()),
        QueueState::Paused(why) => (
            {
                let key = |verb| state.key(Context::Queues, verb);
                let (on, cut) = (key(Verb::Pause), key(Verb::CutShort));
                format!("paused: {}; {on} goes on, {cut} takes the rest back", safe(why))
            },
            theme.warn(),
        ),
        QueueState::Elsewhere => ("another hextop drives it".to_owned(), theme.dim()),
        QueueState::Over if queue.failed > 0 => {
            let failed = count(queue.failed, "start");
            let key = state.key(Context::Queues, Verb::RetryFailed);
            (format!("over; {failed} failed: {key} tries again"), theme.warn())
        }
        QueueState::Over if queue.open > 0 => ("all have left".to_owned(), theme.dim()),
        QueueState::Over => ("over".to_owned(), theme.dim()),
    }
}
