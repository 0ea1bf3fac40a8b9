//! The cancel sheet: exactly what will be cancelled, and the confirmation.
//!
//! The ids are frozen when it opens. The key that opens it never confirms, and Enter means no.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::window;
use crate::domain::title::plain;
use crate::domain::{Now, ProjectId, RunId, RunStatus};
use crate::engine::model::{CancelOrder, Health, Stage};
use crate::ui::chord::{Chord, Key};
use crate::ui::text::{count, pad, safe, span, wrap};
use crate::ui::widget::text_field::TextField;
use crate::ui::{State, started};

/// The widest that the sheet gets.
const WIDTH: u16 = 100;

/// What a key on the sheet comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SheetWish {
    Stay,
    Close,
    Confirm,
}

/// The open cancel sheet.
#[derive(Debug)]
pub(crate) struct CancelDialog {
    targets: Vec<(ProjectId, RunId)>,
    /// Runs that were left out, because they had ended or are being cancelled.
    left_out: usize,
    /// The title to type, where a protected project is concerned, exactly as the server sent it.
    /// The short id of the run does as well, if it is one.
    guard: Option<String>,
    typed: TextField,
    top: usize,
}

impl CancelDialog {
    /// A sheet on these runs, out of `wanted` that were asked for.
    pub(crate) fn new(
        targets: Vec<(ProjectId, RunId)>,
        wanted: usize,
        guard: Option<String>,
    ) -> Self {
        let left_out = wanted.saturating_sub(targets.len());
        Self { targets, left_out, guard, typed: TextField::default(), top: 0 }
    }

    pub(crate) fn targets(&self) -> &[(ProjectId, RunId)] {
        &self.targets
    }

    /// What is ordered by confirming it.
    pub(crate) fn order(&self) -> CancelOrder {
        CancelOrder {
            runs: self.targets.clone(),
            named: self.guard.iter().map(|_| self.typed.text().to_owned()).collect(),
            reason: Some("confirmed in the dashboard".to_owned()),
        }
    }

    /// The projects concerned, each once.
    pub(crate) fn projects(&self) -> Vec<ProjectId> {
        let mut projects: Vec<_> =
            self.targets.iter().map(|(project, _)| project.clone()).collect();
        projects.sort();
        projects.dedup();
        projects
    }

    pub(crate) fn press(&mut self, chord: Chord) -> SheetWish {
        let typed_is = |text: &str| self.typed.text() == text;
        let names_guard = |title: &str| self.names_guard(title);
        match (chord.key, chord.ctrl) {
            (Key::Esc | Key::Enter, _) => return SheetWish::Close,
            (Key::Down, _) => self.top = (self.top + 1).min(self.targets.len().saturating_sub(1)),
            (Key::Up, _) => self.top = self.top.saturating_sub(1),
            (Key::Char('y'), true) if self.guard.as_deref().is_some_and(names_guard) => {
                return SheetWish::Confirm;
            }
            (Key::Char('y'), true) => {}
            _ if self.guard.is_some() => {
                self.typed.press(chord);
            }
            (Key::Char('n'), false) => return SheetWish::Close,
            (Key::Char('j'), false) => return self.press(Chord::plain(Key::Down)),
            (Key::Char('k'), false) => return self.press(Chord::plain(Key::Up)),
            (Key::Char('y'), false) => {
                let number = self.targets.len();
                if number == 1 || typed_is(&number.to_string()) {
                    return SheetWish::Confirm;
                }
            }
            (Key::Char(digit), false) if !digit.is_ascii_digit() => {}
            _ => {
                self.typed.press(chord);
            }
        }
        SheetWish::Stay
    }

    pub(crate) fn paste(&mut self, text: &str) -> Result<(), String> {
        if self.guard.is_some() { self.typed.paste(text) } else { Ok(()) }
    }

    /// Whether what was typed is the protected project's title, however that is written, or the
    /// short id of the only run.
    fn names_guard(&self, title: &str) -> bool {
        let typed = plain(self.typed.text());
        let is_title = [plain(title), plain(&safe(title))].contains(&typed);
        let is_run = match self.targets.as_slice() {
            [(_, run)] => run.short().eq_ignore_ascii_case(&typed),
            _ => false,
        };
        !typed.is_empty() && (is_title || is_run)
    }

    fn question(&self) -> String {
        let typed = safe(self.typed.text());
        match (&self.guard, self.targets.as_slice()) {
            (Some(title), [(_, run)]) => format!(
                "Protected: type {} or {} and press ctrl-y, or Esc for no:  {typed}_",
                safe(&plain(title)),
                safe(run.short()),
            ),
            (Some(title), _) => format!(
                "Protected: type {} and press ctrl-y, or Esc for no:  {typed}_",
                safe(&plain(title)),
            ),
            (None, [] | [_]) => "Cancel this run?  y yes   Esc, Enter or n no".to_owned(),
            (None, several) => {
                format!("Type {} and press y, or Esc for no:  {typed}_", several.len())
            }
        }
    }

    pub(super) fn draw(&self, state: &State, frame: &mut Frame<'_>, now: Now) {
        let theme = state.options.theme;
        let number = self.targets.len();
        let width = usize::from(frame.area().width.min(WIDTH).saturating_sub(2));
        let rows: Vec<_> =
            self.targets.iter().map(|target| target_lines(state, target, width, now)).collect();
        let height = rows.iter().map(Vec::len).sum::<usize>();
        let height = u16::try_from(height).unwrap_or(u16::MAX).saturating_add(8);
        let title = format!(" Cancel {} ", count(number, "run"));
        let inside = window(state, frame, title, WIDTH, height.min(frame.area().height));
        let [list, _, facts, question] = Layout::vertical([
            Constraint::Min(1),
            Constraint::Length(1),
            Constraint::Length(3),
            Constraint::Length(1),
        ])
        .areas(inside);
        let heights: Vec<_> = rows.iter().map(Vec::len).collect();
        let (top, shown) = in_sight(&heights, self.top, usize::from(list.height));
        let lines: Vec<_> = rows.into_iter().skip(top).flatten().collect();
        frame.render_widget(Paragraph::new(lines), list);
        frame.render_widget(Paragraph::new(self.facts(state, top, shown, now)), facts);
        let asked = Line::styled(self.question(), theme.warn());
        frame.render_widget(Paragraph::new(asked), question);
    }

    /// What confirming costs and frees.
    fn facts(&self, state: &State, top: usize, shown: usize, now: Now) -> Vec<Line<'static>> {
        let server_now = state.model.server_now(now);
        let known = |(project, run): &(ProjectId, RunId)| state.model.run(project, run);
        let runs = || self.targets.iter().filter_map(known).filter(|seen| seen.run.is_active());
        let kernels = runs().filter(|seen| seen.run.status == RunStatus::Running).count();
        let work = runs().filter_map(|seen| seen.run.elapsed_at(server_now)).sum();
        let mut what = format!("frees {}, loses {} of work", count(kernels, "kernel"), span(work));
        if self.targets.len() > shown {
            let last = (top + shown).min(self.targets.len());
            what += &format!("   (rows {}–{last} of {})", top + 1, self.targets.len());
        }
        let plan = state.model.cancel_plan(runs().count(), now.boot);
        let at_once = plan.iter().filter(|at| **at <= now.boot).count();
        let when = match plan.last() {
            Some(last) if at_once < plan.len() => {
                let wait = State::seconds_until(*last, now);
                format!("{at_once} go out now, the rest within {wait} s, as the budget allows")
            }
            Some(_) => "goes out at once".to_owned(),
            None => "nothing is left to cancel".to_owned(),
        };
        let when = waits_for(state, now).filter(|_| !plan.is_empty()).unwrap_or(when);
        let left_out = match self.left_out {
            0 => String::new(),
            number => format!("{} left out: ended, or being cancelled", count(number, "run")),
        };
        let theme = state.options.theme;
        [what, when, left_out].map(|text| Line::styled(text, theme.dim())).into()
    }
}

/// What a confirmed cancel waits for besides the budget, or would: while Hex refuses the token or
/// does not answer, nothing goes through.
fn waits_for(state: &State, now: Now) -> Option<String> {
    match state.model.health(now.boot) {
        Health::TokenRefused => {
            Some("goes out when Hex takes the token again: r tries it anew".to_owned())
        }
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

/// The first target that is shown and how many are, where each takes so many lines: `wanted` is
/// the first, unless fewer would then be shown than there is room for.
fn in_sight(heights: &[usize], wanted: usize, room: usize) -> (usize, usize) {
    let fitting = |heights: &mut dyn Iterator<Item = &usize>| {
        let mut used = 0;
        let fits = |height: &&usize| {
            used += **height;
            used <= room
        };
        heights.take_while(fits).count()
    };
    let last = heights.len() - fitting(&mut heights.iter().rev()).min(heights.len());
    let top = wanted.min(last);
    (top, fitting(&mut heights.iter().skip(top)).max(1))
}

/// One run of the sheet, and below it whether a cancel of it is stuck, and whether it is only
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

/// What it is now, even if that has changed since the sheet opened.
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
    let elapsed = seen.run.elapsed_at(state.model.server_now(now)).map_or("–".to_owned(), span);
    let trigger = seen.run.trigger.as_ref().map_or("", |trigger| trigger.word());
    let ended = if seen.run.is_active() { "" } else { "ended: skipped" };
    let title_width = width.saturating_sub(59).clamp(8, 40);
    Line::from(vec![
        Span::styled(
            pad(&format!("{} {}", theme.status_glyph(status), safe(status.word())), 12),
            theme.status(status),
        ),
        Span::raw(pad(&state.title(project), title_width)),
        Span::raw(format!("  {}  ", run.short())),
        Span::raw(pad(&elapsed, 8)),
        Span::raw(pad(&safe(trigger), 12)),
        Span::styled(ended, theme.warn()),
    ])
}

#[cfg(test)]
mod tests {
    use super::in_sight;

    #[test]
    fn what_takes_two_lines_leaves_room_for_fewer() {
        assert_eq!(in_sight(&[1, 1, 1], 0, 5), (0, 3));
        assert_eq!(in_sight(&[1, 2, 1, 1], 0, 3), (0, 2));
        assert_eq!(in_sight(&[1, 2, 1, 1], 9, 3), (2, 2));
        assert_eq!(in_sight(&[1, 1, 2], 9, 3), (1, 2));
        assert_eq!(in_sight(&[3], 0, 1), (0, 1), "what does not fit is shown in part");
        assert_eq!(in_sight(&[], 4, 3), (0, 1));
    }
}
