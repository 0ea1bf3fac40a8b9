//! The panel of queues: how far each sweep is, why it stands still, and what to do about it.
//!
//! Pausing and cutting never touch what has left. What cannot be taken back asks first.

mod list;
mod points;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::Style;
use ratatui::text::Line;

use super::window;
use crate::domain::Now;
use crate::engine::Model;
use crate::engine::model::{QueueState, QueueView, StartId};
use crate::ui::State;
use crate::ui::chord::{Chord, Key};
use crate::ui::text::{count, fit};
use list::{around, draw_lines, empty};
use points::Points;

/// What a key in the panel comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QueueWish {
    Stay,
    Close,
    Pause(StartId),
    Resume(StartId),
    /// Take everything back that has not left.
    Cut(StartId),
    /// Start again what has failed.
    Retry(StartId),
}

/// What is asked before it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    Cut(StartId),
    Retry(StartId),
}

/// The open panel.
#[derive(Debug, Default)]
pub(crate) struct QueuePanel {
    /// The queue in focus; the newest until somebody moves.
    at: Option<StartId>,
    asks: Option<Ask>,
    /// Its starts, while they are shown.
    points: Option<Points>,
    /// Why the last key did nothing.
    said: Option<String>,
}

impl QueuePanel {
    /// A panel on this queue.
    pub(crate) fn on(queue: StartId) -> Self {
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
        let here = self.here(model);
        let queue = here.and_then(|id| model.queue(id, now.boot));
        match (chord.key, chord.ctrl, queue) {
            (Key::Esc | Key::Char('Q' | 'q'), false, _) => return QueueWish::Close,
            (Key::Down | Key::Char('j'), false, Some(queue)) => {
                self.at = model.older_queues(queue.id).next().or(here);
            }
            (Key::Up | Key::Char('k'), false, Some(queue)) => {
                self.at = model.newer_queues(queue.id).next().or(here);
            }
            (_, false, Some(queue)) => return self.press_queue(chord.key, &queue, model),
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

    /// The queue in focus: the newest, where there is none or it is gone.
    fn here(&self, model: &Model) -> Option<StartId> {
        self.at.filter(|id| model.has_queue(*id)).or_else(|| model.newest_queue())
    }

    pub(super) fn draw(&self, state: &State, frame: &mut Frame<'_>, now: Now) {
        if let Some(points) = &self.points {
            return points.draw(state, frame, now);
        }
        let width = frame.area().width.min(96);
        let inner = usize::from(width.saturating_sub(2));
        let queue = self.here(&state.model).and_then(|id| state.model.queue(id, now.boot));
        let (lines, below) = match &queue {
            Some(queue) => around(state, queue, frame.area().height.into(), inner, now),
            None => (empty(state.options.theme, inner), 0),
        };
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(3).max(8);
        let inside = window(state, frame, " Queues ".to_owned(), width, height);
        let [body, foot] =
            Layout::vertical([Constraint::Min(1), Constraint::Length(1)]).areas(inside);
        draw_lines(frame, lines, body, below);
        let (text, style) = self.foot(state, queue.as_ref(), inner);
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

fn retry_question(model: &Model, queue: StartId) -> String {
    let (failed, again) = (model.failed_points(queue).len(), model.retries(queue).len());
    let left_out = match failed.saturating_sub(again) {
        0 => String::new(),
        number => format!(" ({number} left out: their secrets are not kept)"),
    };
    format!("Start {} again{left_out}?  y yes  else no", count(again, "failed start"))
}
