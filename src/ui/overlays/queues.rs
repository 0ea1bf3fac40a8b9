//! The panel of queues: how far each sweep is, why it stands still, and what to do about it.
//!
//! Pausing and cutting never touch what has left. What cannot be taken back asks first.

mod points;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::window;
use crate::domain::Now;
use crate::engine::Model;
use crate::engine::model::{QueueState, QueueView, TicketId};
use crate::ui::State;
use crate::ui::chord::{Chord, Key};
use crate::ui::text::{about, count, fit, safe, wrap};
use crate::ui::theme::Theme;
use points::Points;

/// Cells of a bar.
const CELLS: usize = 20;
/// Parts of a cell that can be filled by themselves.
const PARTS: usize = 8;

/// What a key in the panel comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QueueWish {
    Stay,
    Close,
    Pause(TicketId),
    Resume(TicketId),
    /// Take everything back that has not left.
    Cut(TicketId),
    /// Start again what has failed.
    Retry(TicketId),
}

/// What is asked before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    Cut(TicketId),
    Retry(TicketId),
}

/// The open panel.
#[derive(Debug, Default)]
pub(crate) struct QueuePanel {
    /// The queue in focus; the newest until somebody moves.
    at: Option<TicketId>,
    asks: Option<Ask>,
    /// Its starts, while they are shown.
    points: Option<Points>,
    /// Why the last key did nothing.
    said: Option<String>,
}

impl QueuePanel {
    /// A panel on this queue.
    pub(crate) fn on(queue: TicketId) -> Self {
        Self { at: Some(queue), ..Self::default() }
    }

    pub(crate) fn press(&mut self, chord: Chord, model: &Model, now: Now) -> QueueWish {
        self.said = None;
        let yes = chord == Chord::plain(Key::Char('y'));
        match self.asks.take() {
            Some(Ask::Cut(queue)) if yes => return QueueWish::Cut(queue),
            Some(Ask::Retry(queue)) if yes => return QueueWish::Retry(queue),
            Some(_) => return QueueWish::Stay,
            None => {}
        }
        if let Some(points) = &mut self.points {
            if !points.press(chord) {
                self.points = None;
            }
            return QueueWish::Stay;
        }
        let queues = model.queues(now.boot);
        let here = self.index(&queues);
        match (chord.key, chord.ctrl) {
            (Key::Esc | Key::Char('Q' | 'q'), false) => return QueueWish::Close,
            (Key::Down | Key::Char('j'), false) => self.go(&queues, here + 1),
            (Key::Up | Key::Char('k'), false) => self.go(&queues, here.saturating_sub(1)),
            (_, false) => {
                if let Some(queue) = queues.get(here) {
                    return self.press_queue(chord.key, queue, model);
                }
            }
            _ => {}
        }
        QueueWish::Stay
    }

    /// A key for the queue in focus.
    fn press_queue(&mut self, key: Key, queue: &QueueView, model: &Model) -> QueueWish {
        match (key, &queue.state) {
            (Key::Char(' ' | 'p'), QueueState::Going(_)) => return QueueWish::Pause(queue.id),
            (Key::Char(' ' | 'p'), QueueState::Paused(_)) => return QueueWish::Resume(queue.id),
            (Key::Char(' ' | 'p' | 'x'), QueueState::Elsewhere) => {
                self.said = Some("another hextop drives it: pause or cut it there".to_owned());
            }
            (Key::Char(' ' | 'p' | 'x'), QueueState::Over) => {
                self.said = Some("nothing of it waits any more".to_owned());
            }
            (Key::Char('x'), _) => self.asks = Some(Ask::Cut(queue.id)),
            (Key::Char('t'), _) if model.failed_points(queue.id).is_empty() => {
                self.said = Some("nothing of it has failed".to_owned());
            }
            (Key::Char('t'), _) if model.retries(queue.id).is_empty() => {
                self.said = Some("what has failed had secrets, which are not kept".to_owned());
            }
            (Key::Char('t'), _) => self.asks = Some(Ask::Retry(queue.id)),
            (Key::Enter, _) => self.points = Some(Points::of(queue.id)),
            _ => {}
        }
        QueueWish::Stay
    }

    fn index(&self, queues: &[QueueView]) -> usize {
        queues.iter().position(|queue| Some(queue.id) == self.at).unwrap_or(0)
    }

    fn go(&mut self, queues: &[QueueView], index: usize) {
        let last = queues.len().saturating_sub(1);
        self.at = queues.get(index.min(last)).map(|queue| queue.id);
    }

    pub(super) fn draw(&self, state: &State, frame: &mut Frame<'_>, now: Now) {
        if let Some(points) = &self.points {
            return points.draw(state, frame, now);
        }
        let queues = state.model.queues(now.boot);
        let width = frame.area().width.min(96);
        let inner = usize::from(width.saturating_sub(2));
        let here = self.index(&queues);
        let entries: Vec<_> = queues
            .iter()
            .enumerate()
            .map(|(index, queue)| entry(state, queue, index == here, inner, now))
            .collect();
        let lines: Vec<_> = if entries.is_empty() {
            empty(state.options.theme, inner)
        } else {
            entries.iter().flatten().cloned().collect()
        };
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(3).max(8);
        let inside = window(state, frame, " Queues ".to_owned(), width, height);
        let [body, foot] =
            Layout::vertical([Constraint::Min(1), Constraint::Length(1)]).areas(inside);
        let above: usize = entries.iter().take(here).map(Vec::len).sum();
        let below = above + entries.get(here).map_or(0, Vec::len);
        draw_lines(frame, lines, body, below);
        let (text, style) = self.foot(state, queues.get(here), inner);
        frame.render_widget(Line::styled(fit(&text, inner), style), foot);
    }

    fn foot(&self, state: &State, queue: Option<&QueueView>, width: usize) -> (String, Style) {
        let theme = state.options.theme;
        if let Some(said) = &self.said {
            return (said.clone(), theme.warn());
        }
        match (self.asks, queue) {
            (Some(Ask::Cut(_)), Some(queue)) => {
                let unsent = count(queue.waiting, "start");
                (format!("Take back {unsent}? What has left stays.  y yes  else no"), theme.warn())
            }
            (Some(Ask::Retry(id)), _) => (retry_question(&state.model, id), theme.warn()),
            (_, None) => ("Esc close".to_owned(), theme.strong()),
            (_, Some(_)) if width < 60 => {
                ("Space pause x cut t retry Enter list".to_owned(), theme.strong())
            }
            (_, Some(_)) => {
                let text =
                    "Space pause, go on  x cut short  t retry failed  Enter its starts  Esc close";
                (text.to_owned(), theme.strong())
            }
        }
    }
}

fn retry_question(model: &Model, queue: TicketId) -> String {
    let (failed, again) = (model.failed_points(queue).len(), model.retries(queue).len());
    let left_out = match failed.saturating_sub(again) {
        0 => String::new(),
        number => format!(" ({number} left out: their secrets are not kept)"),
    };
    format!("Start {} again{left_out}?  y yes  else no", count(again, "failed start"))
}

/// Draws lines, scrolled so that those before `below` are in sight.
fn draw_lines(frame: &mut Frame<'_>, lines: Vec<Line<'static>>, body: Rect, below: usize) {
    let top = below.saturating_sub(usize::from(body.height));
    let shown: Vec<_> = lines.into_iter().skip(top).collect();
    frame.render_widget(Paragraph::new(shown), body);
}

/// What a queue is, where there is none.
fn empty(theme: Theme, width: usize) -> Vec<Line<'static>> {
    let texts = [
        "There is no queue.",
        "A queue sends many starts of a project one after the other, as the limits and the kernels \
         allow. In the trigger form (t), ctrl-l lets a field hold several values and ctrl-f reads \
         a CSV file; each combination is a start.",
    ];
    let lines = texts.into_iter().zip([theme.strong(), theme.dim()]);
    lines
        .flat_map(|(text, style)| {
            wrap(text, width).into_iter().map(move |line| Line::styled(line, style))
        })
        .collect()
}

/// A queue in a few lines: what, how far, and what it is doing.
fn entry(
    state: &State,
    queue: &QueueView,
    is_here: bool,
    width: usize,
    now: Now,
) -> Vec<Line<'static>> {
    let theme = state.options.theme;
    let style = if is_here { theme.selected() } else { theme.strong() };
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
    lines
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
        QueueState::Paused(why) => {
            (format!("paused: {}; Space goes on, x takes the rest back", safe(why)), theme.warn())
        }
        QueueState::Elsewhere => ("another hextop drives it".to_owned(), theme.dim()),
        QueueState::Over if queue.failed > 0 => {
            let failed = count(queue.failed, "start");
            (format!("over; {failed} failed: t tries again"), theme.warn())
        }
        QueueState::Over if queue.open > 0 => ("all have left".to_owned(), theme.dim()),
        QueueState::Over => ("over".to_owned(), theme.dim()),
    }
}
