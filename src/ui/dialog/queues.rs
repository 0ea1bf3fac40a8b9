//! The panel of queues: how far each sweep is, why it stands still, and what to do about it.
//!
//! Pausing and cutting never touch what has left. What cannot be taken back asks first.

mod list;
mod points;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;

use crate::domain::Now;
use crate::engine::model::{QueueState, QueueView, StartId};
use crate::engine::{Intent, Model};
use crate::ui::chord::Chord;
use crate::ui::command::{Command, Context, Verb};
use crate::ui::layer::{Cx, Layer, Outcome};
use crate::ui::mouse::Item;
use crate::ui::text::count;
use crate::ui::widget::confirm::Question;
use crate::ui::widget::hint_bar::draw_hints;
use crate::ui::widget::window::window;
use crate::ui::{State, forms};
use list::{around, draw_lines, empty};
use points::Points;

/// What is asked before it is done.
#[derive(Clone, Copy, Debug)]
enum Subject {
    Cut(StartId),
    Retry(StartId),
}

/// Queues of a page.
const PAGE: usize = 5;

/// The open panel.
#[derive(Debug, Default)]
pub(crate) struct QueuePanel {
    /// The queue in focus; the newest until somebody moves.
    at: Option<StartId>,
    asks: Option<Question<Subject>>,
    /// Its starts, while they are shown.
    points: Option<Points>,
}

impl QueuePanel {
    /// A panel on this queue.
    pub(crate) fn on(queue: StartId) -> Self {
        Self { at: Some(queue), ..Self::default() }
    }

    /// Goes to the next of these queues, if there is one.
    fn go(&mut self, next: Option<StartId>) -> Outcome {
        self.at = next.or(self.at);
        Outcome::Consumed
    }

    fn view(&self, state: &State, now: Now) -> Option<QueueView> {
        self.here(&state.model).and_then(|id| state.model.queue(id, now))
    }

    /// Does what was asked and answered with yes.
    fn confirmed(subject: Subject, cx: &mut Cx<'_>) {
        match subject {
            Subject::Cut(queue) => cx.intend(Intent::CutQueue(queue)),
            Subject::Retry(queue) => {
                let model = &cx.state.model;
                let starts = model.retries(queue);
                let first = model.points(queue).next().map(|start| start.entry.clone());
                let Some(entry) = first.filter(|_| !starts.is_empty()) else { return };
                cx.inform(format!("{} again", count(starts.len(), "start")));
                forms::queue(entry.project, starts, entry.reason, None, cx);
            }
        }
    }

    /// The queue in focus: the newest, where there is none or it is gone.
    fn here(&self, model: &Model) -> Option<StartId> {
        self.at.filter(|id| model.has_queue(*id)).or_else(|| model.newest_queue())
    }

    fn draw_foot(&self, state: &State, frame: &mut Frame<'_>, area: Rect, has_queue: bool) {
        match &self.asks {
            Some(question) => question.draw(state, frame, area),
            None if has_queue => {
                draw_hints(state, frame, area, Line::default(), Context::Queues);
            }
            None => {
                let text = format!("{} close", state.key(Context::Queues, Verb::Close));
                frame.render_widget(Line::styled(text, state.options.theme.strong()), area);
            }
        }
    }
}

impl Layer for QueuePanel {
    fn context(&self) -> Context {
        match (&self.asks, &self.points) {
            (Some(_), _) => Context::Question,
            (None, Some(_)) => Context::QueueStarts,
            (None, None) => Context::Queues,
        }
    }

    fn why_not(&self, verb: Verb, state: &State) -> Option<String> {
        if self.context() != Context::Queues {
            return None;
        }
        let model = &state.model;
        let queue = self.view(state, state.last);
        let why = match (verb, queue.as_ref().map(|queue| (queue.id, &queue.state))) {
            (Verb::Pause | Verb::CutShort | Verb::RetryFailed | Verb::Details, None) => {
                "there is no queue"
            }
            (Verb::Pause | Verb::CutShort, Some((_, QueueState::Elsewhere))) => {
                "another hextop drives it: pause or cut it there"
            }
            (Verb::Pause | Verb::CutShort, Some((_, QueueState::Over))) => {
                "nothing of it waits any more"
            }
            (Verb::RetryFailed, Some((id, _))) if model.failed_points(id).is_empty() => {
                "nothing of it has failed"
            }
            (Verb::RetryFailed, Some((id, _))) if model.retries(id).is_empty() => {
                "what has failed had secrets, which are not kept"
            }
            _ => return None,
        };
        Some(why.to_owned())
    }

    fn run(&mut self, command: &Command, cx: &mut Cx<'_>) -> Outcome {
        let verb = command.verb;
        if let Some(question) = self.asks.take() {
            if let Some(subject) = question.answer(verb) {
                Self::confirmed(subject, cx);
            }
            return Outcome::Consumed;
        }
        if let Some(points) = &mut self.points {
            if verb == Verb::Close {
                self.points = None;
            } else {
                points.run(verb);
            }
            return Outcome::Consumed;
        }
        let model = &cx.state.model;
        let queue = self.view(cx.state, cx.now);
        let older = |id| model.older_queues(id);
        let newer = |id| model.newer_queues(id);
        match (verb, queue) {
            (Verb::Close, _) => return Outcome::Close,
            (_, None) => {}
            (Verb::Down, Some(queue)) => return self.go(older(queue.id).next()),
            (Verb::Up, Some(queue)) => return self.go(newer(queue.id).next()),
            (Verb::PageDown, Some(queue)) => return self.go(older(queue.id).take(PAGE).last()),
            (Verb::PageUp, Some(queue)) => return self.go(newer(queue.id).take(PAGE).last()),
            (Verb::Bottom, Some(queue)) => return self.go(older(queue.id).last()),
            (Verb::Top, Some(queue)) => return self.go(newer(queue.id).last()),
            (Verb::Pause, Some(queue)) => cx.intend(match queue.state {
                QueueState::Paused(_) => Intent::ResumeQueue(queue.id),
                _ => Intent::PauseQueue(queue.id),
            }),
            (Verb::CutShort, Some(queue)) => {
                let unsent = count(queue.waiting, "start");
                let text = format!("Take back {unsent}? What has left stays.");
                self.asks = Some(Question::new(text, Subject::Cut(queue.id)));
            }
            (Verb::RetryFailed, Some(queue)) => {
                let text = retry_question(model, queue.id);
                self.asks = Some(Question::new(text, Subject::Retry(queue.id)));
            }
            (Verb::Details, Some(queue)) => self.points = Some(Points::of(queue.id)),
            _ => return Outcome::Ignored,
        }
        Outcome::Consumed
    }

    fn point(&mut self, item: &Item, cx: &mut Cx<'_>) -> Outcome {
        match item {
            // A question is answered first.
            _ if self.asks.is_some() => Outcome::Consumed,
            Item::Queue(id) if cx.state.model.has_queue(*id) => self.go(Some(*id)),
            _ => Outcome::Ignored,
        }
    }

    fn type_in(&mut self, _chord: Chord, _cx: &mut Cx<'_>) -> Outcome {
        Question::decline(&mut self.asks)
    }

    fn draw(&self, state: &State, frame: &mut Frame<'_>, now: Now) {
        if let Some(points) = &self.points {
            return points.draw(state, frame, now);
        }
        let width = frame.area().width.min(96);
        let inner = usize::from(width.saturating_sub(2));
        let queue = self.view(state, now);
        let (lines, below) = match &queue {
            Some(queue) => around(state, queue, frame.area().height.into(), inner, now),
            None => (empty(state, inner), 0),
        };
        let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(3).max(8);
        let inside = window(state, frame, " Queues ".to_owned(), width, height);
        let [body, foot] =
            Layout::vertical([Constraint::Min(1), Constraint::Length(1)]).areas(inside);
        draw_lines(state, frame, lines, body, below);
        self.draw_foot(state, frame, foot, queue.is_some());
    }
}

fn retry_question(model: &Model, queue: StartId) -> String {
    let (failed, again) = (model.failed_points(queue).len(), model.retries(queue).len());
    let left_out = match failed.saturating_sub(again) {
        0 => String::new(),
        number => format!(" ({number} left out: their secrets are not kept)"),
    };
    format!("Start {} again{left_out}?", count(again, "failed start"))
}
