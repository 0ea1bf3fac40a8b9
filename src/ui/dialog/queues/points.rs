//! The starts of a queue, each with what became of it.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::domain::Now;
use crate::engine::model::{Start, StartId, StartStage};
use crate::ui::State;
use crate::ui::command::{Context, Verb};
use crate::ui::text::{fit, pad, safe};
use crate::ui::widget::hint_bar::draw_hints;
use crate::ui::widget::scroll_text::ScrollText;
use crate::ui::widget::window::window;

/// Width of the word for what became of a start.
const STATE: usize = 22;

/// The page of a queue's starts.
#[derive(Debug)]
pub(super) struct Points {
    queue: StartId,
    text: ScrollText,
}

impl Points {
    pub(super) fn of(queue: StartId) -> Self {
        Self { queue, text: ScrollText::default() }
    }

    /// Moves as a verb says.
    pub(super) fn run(&mut self, verb: Verb) {
        self.text.run(verb);
    }

    pub(super) fn draw(&self, state: &State, frame: &mut Frame<'_>, now: Now) {
        let number = state.model.points(self.queue).count();
        let width = frame.area().width.min(110);
        let height = u16::try_from(number).unwrap_or(u16::MAX).saturating_add(3).max(6);
        let inside = window(state, frame, " Starts of the queue ".to_owned(), width, height);
        let [body, foot] =
            Layout::vertical([Constraint::Min(1), Constraint::Length(1)]).areas(inside);
        let (room, inner) = (usize::from(body.height), usize::from(body.width));
        let top = self.text.top(number, room);
        let shown = state.model.points(self.queue).enumerate().skip(top).take(room);
        let lines: Vec<_> = shown.map(|(n, start)| line(state, n, start, inner, now)).collect();
        frame.render_widget(Paragraph::new(lines), body);
        let rows = if number > room {
            format!("{}–{} of {number}   ", top + 1, top + room)
        } else {
            String::new()
        };
        let rows = Line::from(Span::styled(rows, state.options.theme.strong()));
        draw_hints(state, frame, foot, rows, Context::QueueStarts);
    }
}

fn line(state: &State, index: usize, start: &Start, width: usize, now: Now) -> Line<'static> {
    let theme = state.options.theme;
    let (word, style) = fate(state, start, now);
    let inputs: Vec<_> = start
        .start
        .shown_inputs()
        .iter()
        .map(|(name, value)| format!("{}={}", safe(name), safe(&value.to_string())))
        .collect();
    let why = start.entry.stage.why().map(|why| safe(&why));
    let rest = why.into_iter().chain([inputs.join(" ")]).collect::<Vec<_>>().join(" · ");
    let number = format!("{:>4} ", index + 1);
    let room = width.saturating_sub(number.len() + STATE + 1);
    Line::from(vec![
        Span::styled(number, theme.dim()),
        Span::styled(pad(&word, STATE), style),
        Span::raw(format!(" {}", fit(&rest, room))),
    ])
}

/// What became of a start, in a word and a colour.
fn fate(state: &State, start: &Start, now: Now) -> (String, Style) {
    let theme = state.options.theme;
    let word = |text: &str| text.to_owned();
    match &start.entry.stage {
        StartStage::Waiting => match state.model.start_departs_at(start.entry.id, now.boot) {
            Some(at) => (format!("next in {} s", State::seconds_until(at, now)), theme.warn()),
            None => (word("waiting"), theme.dim()),
        },
        StartStage::Sent => (word("sent"), theme.warn()),
        StartStage::ProbablyOurs(run) => {
            (format!("{} {} probably", theme.glyph("≈", "~"), run.short()), theme.warn())
        }
        StartStage::Started(run) => {
            let status = state.model.run(&start.entry.project, run).map(|seen| &seen.run.status);
            match status {
                Some(status) => {
                    let (glyph, status_word) = (theme.status_glyph(status), safe(status.word()));
                    let text = format!("{glyph} {} {status_word}", run.short());
                    (text, theme.status(status))
                }
                None => (format!("started {}", run.short()), Style::new()),
            }
        }
        StartStage::Refused(_) => (word("refused"), theme.bad()),
        StartStage::NeverSent(_) => (word("never sent"), theme.bad()),
        StartStage::Withdrawn => (word("taken back"), theme.dim()),
        StartStage::Unconfirmed(_) => (word("no answer: looking"), theme.warn()),
        StartStage::Ambiguous(_) => (word("unconfirmed"), theme.warn()),
        StartStage::NotSeen => (word("not seen"), theme.bad()),
        StartStage::Unreadable { .. } => (word("unreadable"), theme.warn()),
    }
}
