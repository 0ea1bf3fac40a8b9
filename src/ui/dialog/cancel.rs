//! The cancel dialog: exactly what will be cancelled, and the confirmation.
//!
//! The ids are frozen when it opens. The key that opens it never confirms, and Enter means no.

use std::collections::BTreeSet;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::cancel_again::StartAgain;
use crate::domain::title::plain;
use crate::domain::{Boot, Now, ProjectId, RunId, RunStatus};
use crate::engine::Intent;
use crate::engine::model::{CancelOrder, Health, Stage};
use crate::ui::chord::{Chord, Key};
use crate::ui::command::{Command, Context, Verb};
use crate::ui::layer::{Cx, Layer, Outcome};
use crate::ui::text::{count, fit, middle, pad, safe, span, wrap};
use crate::ui::widget::hint_bar::draw_hints;
use crate::ui::widget::scroll_text::ScrollText;
use crate::ui::widget::text_field::TextField;
use crate::ui::widget::window::window;
use crate::ui::{State, started};

/// What is said where nothing is to be confirmed any more.
const ENDED: &str = "all that was to be cancelled has ended";
/// The widest that the dialog gets.
const WIDTH: u16 = 100;

/// The open cancel dialog.
#[derive(Debug)]
pub(crate) struct CancelDialog {
    targets: Vec<(ProjectId, RunId)>,
    /// Runs that were left out, because they had ended or are being cancelled.
    left_out: usize,
    /// The title to type, where a protected project is concerned, exactly as the server sent it. The
    /// short id of the run does as well, if it is one; behind the title of several stands their count.
    guard: Option<String>,
    typed: TextField,
    list: ScrollText,
    /// What is started once the run is cancelled; none for several runs.
    again: Option<StartAgain>,
}

impl CancelDialog {
    /// A dialog on these runs, out of `wanted` that were asked for.
    pub(crate) fn new(
        targets: Vec<(ProjectId, RunId)>,
        wanted: usize,
        guard: Option<String>,
        (state, now): (&State, Now),
    ) -> Self {
        let left_out = wanted.saturating_sub(targets.len());
        let (typed, list) = (TextField::default(), ScrollText::default());
        let again = match targets.as_slice() {
            [target] => Some(StartAgain::of(state, target, now)),
            _ => None,
        };
        Self { targets, left_out, guard, typed, list, again }
    }

    /// What is started afterwards, in as many lines as that takes.
    fn again_lines(&self, state: &State, width: usize, now: Now) -> Vec<Line<'static>> {
        self.again.as_ref().map_or_else(Vec::new, |again| again.lines(state, width, now))
    }

    /// What is ordered by confirming it.
    fn order(&self) -> CancelOrder {
        CancelOrder {
            runs: self.targets.clone(),
            named: self.guard.iter().filter_map(|_| self.typed_name()).map(str::to_owned).collect(),
            reason: Some("confirmed in the dashboard".to_owned()),
            rule: None,
        }
    }

    /// What was typed, without the count of several runs behind it; none if that is another one.
    fn typed_name(&self) -> Option<&str> {
        let typed = self.typed.text().trim_end();
        match self.targets.len() {
            0 | 1 => Some(typed),
            number => typed.strip_suffix(&number.to_string())?.strip_suffix(' '),
        }
    }

    /// Whether what was typed is the protected project's title, however that is written, or the
    /// short id of the only run.
    fn names_guard(&self, title: &str) -> bool {
        let typed = self.typed_name().map(plain).unwrap_or_default();
        let is_title = [plain(title), plain(&safe(title))].contains(&typed);
        let is_run = match self.targets.as_slice() {
            [(_, run)] => run.short().eq_ignore_ascii_case(&typed),
            _ => false,
        };
        !typed.is_empty() && (is_title || is_run)
    }

    /// What is asked, where something has to be typed.
    fn question(&self, state: &State) -> String {
        let context = self.context();
        let [yes, no] = [Verb::Confirm, Verb::Close].map(|verb| state.key(context, verb));
        let what = match (&self.guard, self.targets.as_slice()) {
            (Some(title), [(_, run)]) => {
                format!("Protected: type {} or {}", safe(&plain(title)), safe(run.short()))
            }
            (Some(title), several) => {
                format!("Protected: type {} {}", safe(&plain(title)), several.len())
            }
            (None, several) => format!("Type {}", several.len()),
        };
        format!("{what} and press {yes}, or {no} for no:")
    }

    /// The same in a few words, for one line.
    fn wanted_words(&self, state: &State) -> String {
        let yes = state.key(self.context(), Verb::Confirm);
        let what = match (&self.guard, self.targets.len()) {
            (Some(_), 1) => "the title or the run's short id".to_owned(),
            (Some(_), number) => format!("the title and {number}"),
            (None, number) => number.to_string(),
        };
        format!("type {what} first, then {yes}")
    }

    /// What is asked, in as many lines as that takes beside what is typed for an answer.
    fn question_lines(&self, state: &State, width: usize) -> Vec<String> {
        match self.context() {
            _ if !self.is_of_use(state) => vec![String::new()],
            Context::Cancel => vec![String::new()],
            // A third of the line is for what is typed.
            _ => wrap(&self.question(state), (width - width / 3).saturating_sub(1).max(8)),
        }
    }

    /// Whether a run is left that has not ended since the dialog has opened.
    fn is_of_use(&self, state: &State) -> bool {
        let goes_on = |(project, run): &(ProjectId, RunId)| {
            state.model.run(project, run).is_none_or(|seen| seen.run.is_active())
        };
        self.targets.iter().any(goes_on)
    }

    /// What is asked, and what is typed for an answer.
    fn draw_question(&self, state: &State, frame: &mut Frame<'_>, area: Rect) {
        let theme = state.options.theme;
        if !self.is_of_use(state) {
            let close = state.key(self.context(), Verb::Close);
            let text = format!("{ENDED}: {close} closes this");
            return frame.render_widget(Line::styled(text, theme.warn()), area);
        }
        if self.context() != Context::Cancel {
            let mut lines = self.question_lines(state, usize::from(area.width));
            let label = lines.pop().unwrap_or_default() + " ";
            let above: Vec<_> =
                lines.into_iter().map(|line| Line::styled(line, theme.warn())).collect();
            frame.render_widget(Paragraph::new(above), area);
            let last = Rect { y: area.bottom().saturating_sub(1), height: 1, ..area };
            return self.typed.draw(frame, last, (&label, theme.warn()), ("", theme.dim()));
        }
        let again = self.again.as_ref().is_some_and(StartAgain::is_wanted);
        let asked = if again { "Cancel it and start it again?  " } else { "Cancel this run?  " };
        let asked = Line::from(Span::styled(asked, theme.warn()));
        draw_hints(state, frame, area, asked, Context::Cancel);
    }

    /// What confirming costs and frees.
    fn facts(&self, state: &State, from: usize, to: usize, now: Now) -> Vec<Line<'static>> {
        let server_now = state.model.server_now(now);
        let known = |(project, run): &(ProjectId, RunId)| state.model.run(project, run);
        let runs = || self.targets.iter().filter_map(known).filter(|seen| seen.run.is_active());
        let kernels = runs().filter(|seen| seen.run.status == RunStatus::Running).count();
        let work = runs().filter_map(|seen| seen.run.elapsed_at(server_now)).sum();
        let mut what = format!("frees {}, loses {} of work", count(kernels, "kernel"), span(work));
        if self.targets.len() > to - from {
            what += &format!("   (rows {}–{to} of {})", from + 1, self.targets.len());
        }
        let plan = state.model.cancel_plan(runs().count(), now.boot);
        let when = waits_for(state, now).filter(|_| !plan.is_empty());
        let when = when.unwrap_or_else(|| plan_words(&plan, now));
        let left_out = match self.left_out {
            0 => String::new(),
            number => format!("{} left out: ended, or being cancelled", count(number, "run")),
        };
        let theme = state.options.theme;
        [what, when, left_out].map(|text| Line::styled(text, theme.dim())).into()
    }
}

/// When cancels go out that leave then by the budget.
pub(crate) fn plan_words(plan: &[Boot], now: Now) -> String {
    let at_once = plan.iter().filter(|at| **at <= now.boot).count();
    let wait = |at: &Boot| State::seconds_until(*at, now);
    match (at_once, plan) {
        (_, []) => "nothing is left to cancel".to_owned(),
        (1, [_]) => "goes out at once".to_owned(),
        (0, [at]) => format!("goes out in {} s, as the budget allows", wait(at)),
        (0, [first, .., last]) => format!(
            "the first goes out in {} s, the last in {} s, as the budget allows",
            wait(first),
            wait(last)
        ),
        (number, _) if number == plan.len() => format!("{number} go out at once"),
        (number, [.., last]) => {
            let go = if number == 1 { "goes" } else { "go" };
            format!("{number} {go} out now, the rest within {} s, as the budget allows", wait(last))
        }
    }
}

impl Layer for CancelDialog {
    fn context(&self) -> Context {
        match (&self.guard, self.targets.len()) {
            (Some(_), _) => Context::CancelName,
            (None, 0 | 1) => Context::Cancel,
            (None, _) => Context::CancelCount,
        }
    }

    fn why_not(&self, verb: Verb, state: &State) -> Option<String> {
        if verb == Verb::StartAgain {
            let several = || "only one run at a time is started again from here".to_owned();
            return self
                .again
                .as_ref()
                .map_or_else(|| Some(several()), |again| again.why_not(state));
        }
        let number = self.targets.len();
        let is_typed = match &self.guard {
            Some(title) => self.names_guard(title),
            None => number == 1 || self.typed.text() == number.to_string(),
        };
        if verb != Verb::Confirm {
            return None;
        }
        if !self.is_of_use(state) {
            return Some(ENDED.to_owned());
        }
        (!is_typed).then(|| self.wanted_words(state))
    }

    fn run(&mut self, command: &Command, cx: &mut Cx<'_>) -> Outcome {
        match command.verb {
            Verb::Confirm => {
                let order = self.order();
                // Settings may have been read anew since the dialog opened: then the engine says why not.
                let passes = cx.state.model.check(&order).is_ok();
                cx.intend(Intent::Cancel(order));
                if !passes {
                    return Outcome::Close;
                }
                cx.unmark(self.targets.clone());
                if let Some(form) = self.again.as_ref().and_then(|again| again.confirm(cx)) {
                    return Outcome::Replace(form);
                }
            }
            Verb::StartAgain => {
                if let Some(again) = &mut self.again {
                    again.turn();
                }
                return Outcome::Consumed;
            }
            Verb::Close => cx.inform("nothing was cancelled"),
            verb => {
                self.list.run(verb);
                return Outcome::Consumed;
            }
        }
        Outcome::Close
    }

    fn type_in(&mut self, chord: Chord, _cx: &mut Cx<'_>) -> Outcome {
        let takes = match (self.context(), chord.key) {
            (Context::CancelName, _) => true,
            (Context::CancelCount, Key::Char(digit)) => chord.ctrl || digit.is_ascii_digit(),
            (context, _) => context == Context::CancelCount,
        };
        if takes && self.typed.press(chord) { Outcome::Consumed } else { Outcome::Ignored }
    }

    fn paste(&mut self, text: &str, cx: &mut Cx<'_>) -> Outcome {
        if self.guard.is_none() {
            return Outcome::Ignored;
        }
        if let Err(reason) = self.typed.paste(text) {
            cx.warn(reason);
        }
        Outcome::Consumed
    }

    fn decides(&self) -> Vec<ProjectId> {
        let projects: BTreeSet<_> = self.targets.iter().map(|(project, _)| project).collect();
        projects.into_iter().cloned().collect()
    }

    fn draw(&self, state: &State, frame: &mut Frame<'_>, now: Now) {
        let number = self.targets.len();
        let width = usize::from(frame.area().width.min(WIDTH).saturating_sub(2));
        let rows = self.targets.iter().enumerate().flat_map(|(index, target)| {
            target_lines(state, target, width, now).into_iter().map(move |line| (index, line))
        });
        let rows: Vec<_> = rows.collect();
        let height = u16::try_from(rows.len()).unwrap_or(u16::MAX).saturating_add(8);
        let asked = u16::try_from(self.question_lines(state, width).len()).unwrap_or(1);
        let again = self.again_lines(state, width, now);
        let then = u16::try_from(again.len()).unwrap_or(u16::MAX);
        let height = height.saturating_add(asked - 1).saturating_add(then);
        let title = format!(" Cancel {} ", count(number, "run"));
        let inside = window(state, frame, title, WIDTH, height.min(frame.area().height));
        let [list, _, facts, below, question] = Layout::vertical([
            Constraint::Min(1),
            Constraint::Length(1),
            Constraint::Length(3),
            Constraint::Length(then),
            Constraint::Length(asked),
        ])
        .areas(inside);
        let room = usize::from(list.height);
        let top = self.list.top(rows.len(), room);
        let shown: Vec<_> = rows.into_iter().skip(top).take(room).collect();
        let from = shown.first().map_or(0, |(index, _)| *index);
        let to = shown.last().map_or(0, |(index, _)| *index + 1);
        let lines: Vec<_> = shown.into_iter().map(|(_, line)| line).collect();
        frame.render_widget(Paragraph::new(lines), list);
        frame.render_widget(Paragraph::new(self.facts(state, from, to, now)), facts);
        frame.render_widget(Paragraph::new(again), below);
        self.draw_question(state, frame, question);
    }
}

/// What a confirmed cancel waits for besides the budget, or would: while Hex refuses the token or
/// does not answer, nothing goes through.
fn waits_for(state: &State, now: Now) -> Option<String> {
    match state.model.health(now.boot) {
        Health::TokenRefused => Some(format!(
            "goes out when Hex takes the token again: {} tries it anew",
            state.key(Context::Panes, Verb::Refresh)
        )),
        Health::TokenDoubted { next, .. } => Some(format!(
            "goes out when Hex takes the token: tried again in {} s",
            State::seconds_until(next, now)
        )),
        Health::Offline { since, .. } => Some(format!(
            "goes out at once and again until Hex answers; it has not for {}",
            span(now.boot.saturating_sub(since))
        )),
        Health::Starting | Health::Live { .. } | Health::Locked { .. } => None,
    }
}

/// One run of the dialog, and below it whether a cancel of it is stuck, and whether it is only
/// probably one that was started here.
fn target_lines(
    state: &State,
    target: &(ProjectId, RunId),
    width: usize,
    now: Now,
) -> Vec<Line<'static>> {
    let mut lines = vec![target_line(state, target, width, now)];
    let doubt = state.model.start_of_run(&target.1).and_then(started::doubt);
    let stuck = state.model.cancelling(&target.1).and_then(|cancel| match &cancel.stage {
        Stage::Stuck { reason } => Some(format!(
            "cancelled before with {}, and stuck: {}",
            count(usize::try_from(cancel.tries).unwrap_or(usize::MAX), "request"),
            safe(reason)
        )),
        _ => None,
    });
    let notes = stuck.into_iter().chain(doubt);
    let notes = notes.flat_map(|note| wrap(&note, width.saturating_sub(2)));
    let style = state.options.theme.warn();
    lines.extend(notes.map(|line| Line::styled(format!("  {line}"), style)));
    lines
}

/// What it is now, even if that has changed since the dialog opened.
fn target_line(
    state: &State,
    (project, run): &(ProjectId, RunId),
    width: usize,
    now: Now,
) -> Line<'static> {
    let theme = state.options.theme;
    let Some(seen) = state.model.run(project, run) else {
        return Line::raw(format!("? {} is no longer known", run.short()));
    };
    let status = &seen.run.status;
    let moment = state.model.moment(now);
    let elapsed = moment.elapsed(seen);
    let watched = state.model.project(project);
    let verdict = watched.and_then(|watched| moment.verdict(watched, seen));
    let ratio = watched
        .and_then(|watched| watched.ratio(&seen.run, elapsed))
        .filter(|_| seen.run.is_active());
    let times =
        ratio.map(|ratio| format!("{}{ratio:.1}", theme.glyph("×", "x"))).unwrap_or_default();
    let owner = watched.and_then(|watched| watched.project.owner.as_deref()).unwrap_or_default();
    let (word, style) = match verdict {
        Some(verdict) => theme.verdict(verdict),
        None => (
            format!("{} {}", theme.status_glyph(status), safe(status.word())),
            theme.status(status),
        ),
    };
    let trigger = seen.run.trigger.as_ref().map_or("", |trigger| trigger.word());
    let title_width = width.saturating_sub(59).clamp(8, 32);
    let took = elapsed.map_or("–".to_owned(), span);
    let mut line = Line::from(vec![
        Span::styled(pad(&word, 12), style),
        Span::raw(pad(&middle(&state.title(project), title_width), title_width)),
        Span::raw(format!("  {}  ", run.short())),
        Span::raw(pad(&took, 8)),
        Span::styled(pad(&times, 6), style),
        Span::raw(pad(&safe(trigger), 12)),
    ]);
    let room = width.saturating_sub(line.width());
    line.push_span(match (seen.run.is_active(), room) {
        (true, _) => Span::styled(fit(&safe(owner), room), theme.dim()),
        (false, 14..) => Span::styled("ended: skipped", theme.warn()),
        (false, _) => Span::styled("skipped", theme.warn()),
    });
    line
}
