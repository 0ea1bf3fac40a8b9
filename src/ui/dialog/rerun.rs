//! The review of marked runs that are to be run again: one queue for each project.
//!
//! Only a run whose inputs the journal has for certain is among them. What is left out stands below, with
//! the reason.

use std::collections::BTreeMap;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;
use ratatui::widgets::Paragraph;

use super::form::Again;
use crate::domain::inputs::Draft;
use crate::domain::{Now, ProjectId, RunId, StartRun};
use crate::engine::Intent;
use crate::ui::chord::{Chord, Key};
use crate::ui::command::{Command, Context, Verb};
use crate::ui::layer::{Cx, Layer, Outcome};
use crate::ui::text::{self, count, middle, pad, safe, wrap};
use crate::ui::widget::scroll_text::ScrollText;
use crate::ui::widget::text_field::TextField;
use crate::ui::widget::window::window;
use crate::ui::{State, kernels};

/// The widest that the dialog gets.
const WIDTH: u16 = 100;
/// Columns of a project's title at most.
const TITLE: usize = 28;

/// A run, by its project.
type Target = (ProjectId, RunId);

/// The open review.
#[derive(Debug)]
pub(crate) struct RerunDialog {
    starts: Vec<(Target, StartRun)>,
    /// Runs that are not run again from here, and why.
    left_out: Vec<(Target, String)>,
    typed: TextField,
    list: ScrollText,
}

impl RerunDialog {
    /// A review of these runs, in this order.
    pub(crate) fn new(state: &State, runs: Vec<Target>, now: Now) -> Self {
        let (mut starts, mut left_out) = (Vec::new(), Vec::new());
        for target in runs {
            match start_of(state, &target, now) {
                Ok(start) => starts.push((target, start)),
                Err(reason) => left_out.push((target, reason)),
            }
        }
        Self { starts, left_out, typed: TextField::default(), list: ScrollText::default() }
    }

    /// Why it would start nothing, if so.
    pub(crate) fn why_empty(&self) -> Option<String> {
        let (_, reason) = self.left_out.first().filter(|_| self.starts.is_empty())?;
        Some(match self.left_out.len() {
            1 => format!("the marked run cannot be run again from here: {reason}"),
            number => format!("none of {number} marked runs can be run again from here: {reason}"),
        })
    }

    fn question(&self, state: &State) -> String {
        let [yes, no] = [Verb::Start, Verb::Close].map(|verb| state.key(Context::Rerun, verb));
        format!("Type {}, then {yes} ({no}: no):", self.starts.len())
    }

    /// The starts of each project, in the order of the list.
    fn queues(&self) -> Vec<(&ProjectId, Vec<&StartRun>)> {
        let mut queues: Vec<(&ProjectId, Vec<&StartRun>)> = Vec::new();
        let mut places = BTreeMap::new();
        for ((project, _), start) in &self.starts {
            let place = *places.entry(project).or_insert(queues.len());
            match queues.get_mut(place) {
                Some((_, starts)) => starts.push(start),
                None => queues.push((project, vec![start])),
            }
        }
        queues
    }

    fn send(&self, cx: &mut Cx<'_>) {
        let queues = self.queues();
        let of = count(queues.len(), "project");
        for (project, starts) in queues {
            // Of one as well: it waits for its kernel like the others.
            let (queue, project) = (cx.new_ticket(), project.clone());
            let starts = starts.into_iter().cloned().collect();
            cx.intend(Intent::Queue { queue, project, starts, reason: None, after: None });
        }
        cx.unmark(self.starts.iter().map(|(target, _)| target.clone()).collect());
        let key = cx.state.key(Context::Panes, Verb::Queues);
        let starts = count(self.starts.len(), "start");
        cx.inform(format!("{starts} of {of}: {key} shows how far they are"));
    }

    fn lines(&self, state: &State, width: usize) -> Vec<Line<'static>> {
        let theme = state.options.theme;
        let title_width = (width / 3).clamp(8, TITLE);
        let named = |(project, run): &Target| {
            let title = middle(&state.title(project), title_width);
            format!("{}  {}  ", pad(&title, title_width), safe(run.short()))
        };
        let mut lines = Vec::new();
        for (target, start) in &self.starts {
            let is_active = state.model.run(&target.0, &target.1);
            let is_active = is_active.is_some_and(|seen| seen.run.is_active());
            let line = named(target) + &given(start);
            lines.extend(wrap(&line, width).into_iter().map(Line::raw));
            if is_active {
                let text = "  It still goes on: the same inputs would run twice.";
                lines.extend(
                    wrap(text, width).into_iter().map(|line| Line::styled(line, theme.warn())),
                );
            }
        }
        for (reason, runs) in self.reasons() {
            let text = format!("{} left out, {reason}: {}", runs.len(), runs.join(", "));
            lines.extend(
                wrap(&text, width).into_iter().map(|line| Line::styled(line, theme.warn())),
            );
        }
        lines
    }

    /// Why runs are left out, each reason with the runs that it holds for.
    fn reasons(&self) -> Vec<(&str, Vec<String>)> {
        let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
        for ((_, run), reason) in &self.left_out {
            let run = safe(run.short());
            match reasons.iter_mut().find(|(known, _)| known == reason) {
                Some((_, runs)) => runs.push(run),
                None => reasons.push((reason, vec![run])),
            }
        }
        reasons
    }

    /// What it costs, and what it waits for.
    fn facts(&self, state: &State, width: usize, now: Now) -> Vec<Line<'static>> {
        let number = self.starts.len();
        let spare = state.model.budget().spare(now.boot);
        let kept = usize::try_from(state.model.kernels_kept_free()).unwrap_or(0);
        let cost = format!(
            "{} in {}: one leaves after the other, as the limits and the kernels allow, with {} kept \
             free. Costs {} over that time, of {spare} to spare now.",
            count(number, "start"),
            count(self.queues().len(), "queue"),
            count(kept, "kernel"),
            count(number, "request"),
        );
        let theme = state.options.theme;
        let warning = kernels::warning(state, now).map(|text| (text, theme.warn()));
        let said = [(cost, theme.dim())].into_iter().chain(warning);
        let lines = said.flat_map(|(text, style)| {
            wrap(&text, width).into_iter().map(move |line| Line::styled(line, style))
        });
        lines.collect()
    }
}

impl Layer for RerunDialog {
    fn context(&self) -> Context {
        Context::Rerun
    }

    fn why_not(&self, verb: Verb, state: &State) -> Option<String> {
        let is_typed = self.typed.text() == self.starts.len().to_string();
        (verb == Verb::Start && !is_typed).then(|| self.question(state))
    }

    fn run(&mut self, command: &Command, cx: &mut Cx<'_>) -> Outcome {
        match command.verb {
            Verb::Start => self.send(cx),
            Verb::Close => cx.inform("nothing was started"),
            verb => {
                self.list.run(verb);
                return Outcome::Consumed;
            }
        }
        Outcome::Close
    }

    fn type_in(&mut self, chord: Chord, _cx: &mut Cx<'_>) -> Outcome {
        let counts = !chord.ctrl && matches!(chord.key, Key::Char('0'..='9') | Key::Backspace);
        if counts && self.typed.press(chord) { Outcome::Consumed } else { Outcome::Ignored }
    }

    fn decides(&self) -> Vec<ProjectId> {
        self.queues().into_iter().map(|(project, _)| project.clone()).collect()
    }

    fn draw(&self, state: &State, frame: &mut Frame<'_>, now: Now) {
        let width = frame.area().width.min(WIDTH);
        let inner = usize::from(width.saturating_sub(2));
        let lines = self.lines(state, inner);
        let facts = self.facts(state, inner, now);
        let length = |lines: &[Line<'_>]| u16::try_from(lines.len()).unwrap_or(u16::MAX);
        let height = length(&lines).saturating_add(length(&facts)).saturating_add(4);
        let title = format!(" Run {} again ", count(self.starts.len(), "run"));
        let inside = window(state, frame, title, width, height);
        let [list, _, below, question] = Layout::vertical([
            Constraint::Min(1),
            Constraint::Length(1),
            Constraint::Length(length(&facts)),
            Constraint::Length(1),
        ])
        .areas::<4>(inside);
        self.list.draw(frame, list, lines);
        frame.render_widget(Paragraph::new(facts), below);
        let theme = state.options.theme;
        let label = self.question(state) + " ";
        let line = Rect { height: question.height.min(1), ..question };
        self.typed.draw(frame, line, (&label, theme.warn()), ("", theme.dim()));
    }
}

/// What a run was started with, if that is certain and can be sent again as it is.
pub(super) fn start_of(
    state: &State,
    (project, run): &Target,
    now: Now,
) -> Result<StartRun, String> {
    if let Some(reason) = state.why_not_start(project) {
        return Err(reason);
    }
    let Some(start) = state.model.start_of_run(run) else {
        return Err("inputs unknown, not started from here".to_owned());
    };
    let unreadable = || "inputs written by a later hextop".to_owned();
    let again = Again::of(start).ok_or_else(unreadable)?;
    if !again.is_sure() {
        return Err("only probably started from here".to_owned());
    }
    let moment = state.civil(now);
    let mut draft = Draft::fresh(state.model.specs(project));
    again.fill(&mut draft, &moment);
    if draft.lost_rows() > 0 {
        return Err("with a secret, which was kept nowhere".to_owned());
    }
    draft.finish(&moment).map_err(|errors| {
        errors
            .into_iter()
            .next()
            .map_or_else(|| "inputs that cannot be sent".to_owned(), |error| error.reason)
    })
}

/// `region="emea", limit=10`, with whatever else it says; or that it has no inputs.
pub(super) fn given(start: &StartRun) -> String {
    let inputs = start.shown_inputs();
    let mut body = start.shown_body();
    let options = body.as_object_mut().map(std::mem::take).unwrap_or_default();
    let options = options.into_iter().filter(|(name, _)| name != "inputParams");
    let none = inputs.is_empty().then(|| "no inputs: the app's defaults".to_owned());
    // There are few options, and the least expected is among them: that it publishes.
    let all = options.chain(inputs).map(|(name, value)| {
        format!("{}={}", safe(text::start(&name)), safe(text::start(&value.to_string())))
    });
    none.into_iter().chain(all).collect::<Vec<_>>().join(", ")
}
