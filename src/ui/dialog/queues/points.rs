//! The starts of a queue, each with what became of it.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use crate::domain::Now;
use crate::engine::model::{Start, StartId, StartStage};
use crate::ui::State;
use crate::ui::chord::{Chord, Key};
use crate::ui::dialog::window;
use crate::ui::text::{fit, pad, safe};

/// Rows of a page.
const PAGE: usize = 10;
/// Width of the word for what became of a start.
const STATE: usize = 22;

/// The page of a queue's starts.
#[derive(Debug)]
pub(super) struct Points {
    queue: StartId,
    top: usize,
}

impl Points {
    pub(super) fn of(queue: StartId) -> Self {
        Self { queue, top: 0 }
    }

    /// Takes in a key; tells whether the page stays open.
    pub(super) fn press(&mut self, chord: Chord) -> bool {
        match chord.key {
            Key::Esc | Key::Enter | Key::Char('Q' | 'q') => return false,
            Key::Down | Key::Char('j') => self.top = self.top.saturating_add(1),
            Key::Up | Key::Char('k') => self.top = self.top.saturating_sub(1),
            Key::PageDown => self.top = self.top.saturating_add(PAGE),
            Key::PageUp => self.top = self.top.saturating_sub(PAGE),
            Key::Home | Key::Char('g') => self.top = 0,
            Key::End | Key::Char('G') => self.top = usize::MAX,
            _ => {}
        }
        // No queue is longer, so that one step up is one row also after the end was passed.
        self.top = self.top.min(crate::domain::inputs::value_list::MOST);
        true
    }

    pub(super) fn draw(&self, state: &State, frame: &mut Frame<'_>, now: Now) {
        let number = state.model.points(self.queue).count();
        let width = frame.area().width.min(110);
        let height = u16::try_from(number).unwrap_or(u16::MAX).saturating_add(3).max(6);
        let inside = window(state, frame, " Starts of the queue ".to_owned(), width, height);
        let [body, foot] =
            Layout::vertical([Constraint::Min(1), Constraint::Length(1)]).areas(inside);
        let (room, inner) = (usize::from(body.height), usize::from(body.width));
        let top = self.top.min(number.saturating_sub(room));
        let shown = state.model.points(self.queue).enumerate().skip(top).take(room);
        let lines: Vec<_> = shown.map(|(n, start)| line(state, n, start, inner, now)).collect();
        frame.render_widget(Paragraph::new(lines), body);
        let rows = if number > room {
            format!("{}–{} of {number}   j k scroll   ", top + 1, top + room)
        } else {
            String::new()
        };
        let foot_text = format!("{rows}Esc back to the queues");
        let strong = state.options.theme.strong();
        frame.render_widget(Line::styled(fit(&foot_text, inner), strong), foot);
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
