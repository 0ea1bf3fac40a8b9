//! The pane of runs, with a tab for each status.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::run_row::{Columns, line};
use super::{draw_place, framed};
use crate::domain::Now;
use crate::engine::model::ProjectState;
use crate::ui::command::{Command, Context, Verb, verb};
use crate::ui::mouse::{Target, line_of};
use crate::ui::text::{fit, safe, width as width_of};
use crate::ui::view::cursor::Rows as _;
use crate::ui::view::run_cursor::{Parted as _, Shown};
use crate::ui::view::run_rows::{RowId, RunRows, RunTab};
use crate::ui::widget::columns::draw_headings;
use crate::ui::widget::hint_bar::behind;
use crate::ui::{Pane, State};

/// The most columns that the name of the project has whose runs are shown.
const SCOPE: usize = 24;
/// The most columns that the filter keeps from it.
const FILTER: usize = 10;

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect, now: Now) {
    let (title, tabs) = title(state, area);
    let inside = framed(state, frame, Pane::Runs, title, area);
    for (place, tab) in tabs {
        state.zones.add(place, Target::Command(Context::Panes, tab));
    }
    let now = state.shown_now(now);
    let columns = Columns::of(state, usize::from(inside.width));
    draw_headings(state, frame, inside, Context::Panes, &columns.all);
    draw_position(state, frame, area);
    let [_, inside] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(inside);
    if state.runs.rows.is_empty() {
        return frame.render_widget(Line::raw(empty(state)), inside);
    }
    let mut rows = Walk { rows: &state.runs.rows, at: usize::MAX, rest: None };
    for (number, shown) in state.runs.cursor.lines().enumerate() {
        let area = line_of(inside, number);
        let line = match shown {
            Shown::Blank => continue,
            Shown::Rule => rule(state, inside.width, ""),
            Shown::Border { above, below } => {
                rule(state, inside.width, &hidden(state, above, below))
            }
            Shown::Row(place) => {
                let Some(row) = rows.next(place) else { continue };
                let here = place == state.runs.cursor.index && state.list() != Pane::Projects;
                let line = line(state, &row, here, &columns, now).unwrap_or_default();
                state.zones.add(area, Target::Run(row));
                if here { state.options.theme.select(line) } else { line }
            }
        };
        frame.render_widget(line, area);
    }
}

/// Draws where one is among the runs, if there are more that are not out of hand than are shown: the others have a
/// border of their own that counts them. Like the title it counts runs, and no starts without one.
fn draw_position(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let theme = state.options.theme;
    let (rows, head) = (&state.runs.rows, state.runs.rows.parts().out_of_hand);
    let all = rows.len() - head;
    let places = state.runs.cursor.lines().filter_map(|line| match line {
        Shown::Row(place) => place.checked_sub(head),
        _ => None,
    });
    let (mut first, mut last, mut number) = (usize::MAX, 0, 0);
    for place in places {
        (first, last, number) = (first.min(place), last.max(place), number + 1);
    }
    if number == all || number == 0 {
        return;
    }
    // Those out of hand stand above the first ones and not above those further down.
    let run = |place: usize| head + (place + 1).saturating_sub(rows.starts());
    let from = if first == 0 { 1 } else { run(first).max(1) };
    draw_place(state, frame, area, (from, run(last).max(from), rows.len() - rows.starts()));
    // The part of the list that is on the screen, on the border.
    let track = usize::from(area.height.saturating_sub(4));
    let at = |place: usize| place * track / all;
    let size = (at(last + 1) - at(first)).clamp(1, track.max(1));
    let top = area.y + 2 + u16::try_from(at(first).min(track.saturating_sub(size))).unwrap_or(0);
    let height = u16::try_from(size).unwrap_or(1);
    let bar = Rect { x: area.right().saturating_sub(1), y: top, width: 1, height };
    let bar = bar.intersection(area);
    for y in bar.y..bar.bottom() {
        let cell = Rect { y, height: 1, ..bar };
        frame.render_widget(Line::styled(theme.glyph("█", "#"), theme.border(false)), cell);
    }
}

/// Reads rows by their places; those that follow each other without looking for the place again.
struct Walk<'a> {
    rows: &'a RunRows,
    at: usize,
    rest: Option<Box<dyn Iterator<Item = RowId> + 'a>>,
}

impl Walk<'_> {
    fn next(&mut self, place: usize) -> Option<RowId> {
        if self.at != place {
            self.rest = Some(Box::new(self.rows.from(place)));
        }
        self.at = place + 1;
        self.rest.as_mut()?.next()
    }
}

/// A line between groups, with a text in it.
fn rule(state: &State, width: u16, text: &str) -> Line<'static> {
    let theme = state.options.theme;
    let bar = theme.glyph("─", "-");
    let left = bar.repeat(2);
    let rest = usize::from(width).saturating_sub(2 + width_of(text));
    Line::from(vec![
        Span::styled(left, theme.dim()),
        Span::styled(text.to_owned(), theme.bad()),
        Span::styled(bar.repeat(rest), theme.dim()),
    ])
}

/// How many runs out of hand are not on the screen.
fn hidden(state: &State, above: usize, below: usize) -> String {
    let up = state.options.theme.glyph("↑", "^");
    match (above, below) {
        (0, 0) => String::new(),
        (0, below) => format!(" {below} more out of hand "),
        (above, below) => format!(" {} more out of hand, {up}{above} ", above + below),
    }
}

/// The title with the tabs, and where these are.
fn title(state: &State, area: Rect) -> (Line<'static>, Vec<(Rect, Command)>) {
    let theme = state.options.theme;
    let tabs = || (0..RunTab::NUMBER).map(RunTab::numbered);
    let counts = state.runs.rows.counts();
    let scope = |most| match &state.runs.scope {
        Some(project) => format!(" Runs of {} ", fit(&state.title(project), most)),
        None => " Runs ".to_owned(),
    };
    let words: usize = tabs().map(|tab| word(tab).len() + 7).sum();
    let narrow = words + width_of(&scope(SCOPE)) > usize::from(area.width);
    // Glyphs, numbers and what stands between them; the name of the project has what they and some of the filter leave.
    let glyphs = |number: &usize| 3 + number.to_string().len() + usize::from(state.has_more());
    let tabs_width: usize = counts.iter().map(glyphs).sum();
    let filter = (width_of(&safe(&state.runs.filter.text)) + 2).min(FILTER);
    let left = usize::from(area.width).saturating_sub(tabs_width + filter + 14);
    let scope = scope(if narrow { left.clamp(1, SCOPE) } else { SCOPE });
    let mut spans = vec![Span::styled(scope, theme.strong())];
    let mut places = Vec::new();
    // Behind the corner of the frame.
    let mut rest =
        behind(Rect { height: 1, ..area }, 1 + spans.iter().map(Span::width).sum::<usize>());
    for ((index, tab), number) in tabs().enumerate().zip(counts) {
        let name = match tab {
            RunTab::OutOfHand if narrow => theme.glyph("‼", "!"),
            _ if !narrow => word(tab),
            _ => tab.status().map_or("all", |status| theme.status_glyph(status)),
        };
        let here = index == state.runs.tab;
        let style = match tab {
            _ if here => theme.badge(),
            RunTab::OutOfHand if number > 0 => theme.bad(),
            _ => theme.dim(),
        };
        let space = if narrow { "" } else { " " };
        // More are still being read.
        let more = if state.has_more() { "+" } else { "" };
        let text = format!("{space}{name} {number}{more}{space}");
        let after = behind(rest, width_of(&text));
        let command = Command::with(Verb::Tab, verb::TABS.get(index).copied().unwrap_or_default());
        places.push((Rect { width: rest.width - after.width, ..rest }, command));
        rest = behind(after, 1);
        spans.push(Span::styled(text, style));
        let last = index + 1 == RunTab::NUMBER;
        spans.push(Span::styled(if last { " " } else { theme.glyph("│", "|") }, theme.dim()));
    }
    if !state.runs.filter.text.is_empty() {
        let used: usize = spans.iter().map(Span::width).sum();
        let left = usize::from(area.width).saturating_sub(used + 3);
        let text = fit(&format!("/{}", safe(&state.runs.filter.text)), left);
        spans.push(Span::styled(text + " ", theme.warn()));
    }
    (Line::from(spans), places)
}

/// The word of a tab.
fn word(tab: RunTab) -> &'static str {
    match tab {
        RunTab::All => "all",
        RunTab::OutOfHand => "out of hand",
        RunTab::Status(_) => tab.status().map_or("", |status| status.word()),
    }
}

fn empty(state: &State) -> String {
    let runs = &state.runs;
    let model = state.shown();
    let key = |verb| state.key(Context::Panes, verb);
    // What cannot have runs is never looked at.
    let is_awaited = |w: &ProjectState| w.project.is_runnable() && w.is_unseen();
    let awaits = || match &runs.scope {
        Some(id) => model.project(id).is_some_and(is_awaited),
        None => model.has_unseen(),
    };
    let can_start =
        || state.selected_project().is_some_and(|project| state.why_not_start(&project).is_none());
    let [all, ..] = runs.rows.counts();
    let text = if state.has_more() {
        "Reading the runs…".to_owned()
    } else if let Some(why) = state.why_unread().filter(|_| all == 0) {
        why.to_owned()
    } else if !runs.filter.text.is_empty() && all == 0 {
        let (change, clear) = (key(Verb::Filter), key(Verb::Back));
        format!("No run matches the filter: {change} to change it, {clear} to clear it.")
    } else if RunTab::numbered(runs.tab) == RunTab::OutOfHand {
        format!("No run is known to be out of hand: {} shows all.", key(Verb::Tab))
    } else if runs.tab > 0 {
        format!("No run has this status: {} shows all.", key(Verb::Tab))
    } else if model.has_nothing_published() {
        "No published projects: only those have runs.".to_owned()
    } else if !model.is_listed() || awaits() {
        "Looking for runs…".to_owned()
    } else if can_start() {
        format!("No runs yet: {} starts one.", key(Verb::Trigger))
    } else {
        "No runs yet.".to_owned()
    };
    format!("  {text}")
}
