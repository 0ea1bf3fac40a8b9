//! The pane of runs, with a tab for each status.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::{framed, since};
use crate::domain::{Now, RunId};
use crate::engine::model::{ProjectState, RunState, Stage, Start, StartStage};
use crate::ui::age::Age;
use crate::ui::command::{Command, Context, Verb, verb};
use crate::ui::mouse::{Target, line_of};
use crate::ui::text::{fit, pad, safe, span, width as width_of};
use crate::ui::view::cursor::Rows as _;
use crate::ui::view::run_rows::{RowId, TABS};
use crate::ui::view::runaway::is_far_beyond;
use crate::ui::view::sort::{Column, SortColumn as _};
use crate::ui::widget::columns::{self, draw_headings, row};
use crate::ui::widget::hint_bar::behind;
use crate::ui::{FRESH, Pane, State};

const STATUS: usize = 13;
const RUN: usize = 9;
const ELAPSED: usize = 8;
const SEEN: usize = 5;

/// The columns, by how much room there is.
struct Columns {
    all: [columns::Column; 10],
    /// Widths that decide what is written.
    project: usize,
    usual: usize,
}

impl Columns {
    fn of(state: &State, width: usize) -> Self {
        let run = if width >= 48 { RUN } else { 0 };
        let trigger = if width >= 80 { 12 } else { 0 };
        let started = if width >= 66 { 10 } else { 0 };
        let usual = match width {
            96.. => 16,
            58.. => 7,
            _ => 0,
        };
        let fixed = 2 + STATUS + run + ELAPSED + SEEN + trigger + started + usual + 1;
        let project = width.saturating_sub(fixed);
        let plain = columns::Column::new;
        let sorted = |column: Column, width| {
            let heading = state.runs.sort.heading(column, state.options.theme);
            columns::Column::new(&heading, width).does(Command::with(Verb::Sort, column.name()))
        };
        let all = [
            plain("", 2),
            sorted(Column::Status, STATUS),
            sorted(Column::Project, project),
            plain("", 1),
            plain("RUN", run),
            plain("TRIGGER", trigger),
            sorted(Column::Started, started),
            sorted(Column::Elapsed, ELAPSED),
            sorted(Column::Usual, usual),
            sorted(Column::RunState, SEEN).right(),
        ];
        Self { all, project, usual }
    }
}

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect, now: Now) {
    let (title, tabs) = title(state, area);
    let inside = framed(state, frame, Pane::Runs, title, area);
    for (place, tab) in tabs {
        state.zones.add(place, Target::Command(Context::Panes, tab));
    }
    let now = state.shown_now(now);
    let columns = Columns::of(state, usize::from(inside.width));
    draw_headings(state, frame, inside, Context::Panes, &columns.all);
    let [_, inside] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(inside);
    let mut lines = Vec::new();
    if state.runs.rows.is_empty() {
        lines.push(Line::raw(empty(state)));
    }
    let top = state.runs.cursor.top;
    let height = usize::from(inside.height);
    for (index, row) in (top..).zip(state.runs.rows.from(top).take(height)) {
        state.zones.add(line_of(inside, index - top), Target::Run(row.clone()));
        let line = match &row {
            RowId::Start(ticket) => {
                state.shown().start_of(*ticket).map(|start| start_row(state, start, &columns, now))
            }
            RowId::Run(project, run) => state
                .shown()
                .project(project)
                .and_then(|watched| Some((watched, watched.runs.get(run)?)))
                .map(|(watched, seen)| run_row(state, watched, seen, &columns, now)),
        };
        let line = line.unwrap_or_default();
        let here = index == state.runs.cursor.index && state.focus != Pane::Projects;
        let style = if here { state.options.theme.selected() } else { Style::new() };
        lines.push(line.patch_style(style));
    }
    frame.render_widget(Paragraph::new(lines), inside);
}

/// The title with the tabs, and where these are.
fn title(state: &State, area: Rect) -> (Line<'static>, Vec<(Rect, Command)>) {
    let theme = state.options.theme;
    let scope = match &state.runs.scope {
        Some(project) => format!(" Runs of {} ", fit(&state.title(project), 24)),
        None => " Runs ".to_owned(),
    };
    let words: Vec<_> =
        std::iter::once("all".to_owned()).chain(TABS.iter().map(|s| s.word().to_owned())).collect();
    let full: usize = words.iter().map(|word| word.len() + 7).sum::<usize>() + width_of(&scope);
    let narrow = full > usize::from(area.width);
    let mut spans = vec![Span::styled(scope, theme.strong())];
    let counts = state.runs.rows.counts();
    let mut tabs = Vec::new();
    // Behind the corner of the frame.
    let mut rest =
        behind(Rect { height: 1, ..area }, 1 + spans.iter().map(Span::width).sum::<usize>());
    for (index, word) in words.into_iter().enumerate() {
        let number = counts.get(index).copied().unwrap_or(0);
        let name = match index.checked_sub(1).and_then(|at| TABS.get(at)) {
            Some(status) if narrow => theme.status_glyph(status).to_owned(),
            _ => word,
        };
        let here = index == state.runs.tab;
        let style = if here { theme.selected() } else { Style::new() };
        let space = if narrow { "" } else { " " };
        let text = format!("{space}{name} {number}{space}");
        let after = behind(rest, width_of(&text));
        let command = Command::with(Verb::Tab, verb::TABS.get(index).copied().unwrap_or_default());
        tabs.push((Rect { width: rest.width - after.width, ..rest }, command));
        rest = behind(after, 1);
        spans.push(Span::styled(text, style));
        let last = index == TABS.len();
        spans.push(Span::styled(if last { " " } else { theme.glyph("│", "|") }, theme.dim()));
    }
    if !state.runs.filter.text.is_empty() {
        spans.push(Span::styled(format!("/{} ", safe(&state.runs.filter.text)), theme.warn()));
    }
    (Line::from(spans), tabs)
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
    let text = if !runs.filter.text.is_empty() && all == 0 {
        let (change, clear) = (key(Verb::Filter), key(Verb::Back));
        format!("No run matches the filter: {change} to change it, {clear} to clear it.")
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

fn run_row(
    state: &State,
    watched: &ProjectState,
    seen: &RunState,
    columns: &Columns,
    now: Now,
) -> Line<'static> {
    let theme = state.options.theme;
    let run = &seen.run;
    let elapsed = run.elapsed_at(state.shown().server_now(now));
    let ratio = watched.ratio(elapsed);
    let far = is_far_beyond(watched, seen, state.shown().server_now(now));
    let marked = state.runs.marks.contains(&(run.project.clone(), run.id.clone()));
    let mark = if marked { theme.glyph("●", "*") } else { " " };
    let fresh = seen.changed.is_some_and(|at| now.boot.saturating_sub(at) < FRESH);
    let point = if fresh { theme.glyph("›", ">") } else { " " };
    let (mut status, style) = status(state, seen, now);
    if far && state.shown().cancelling(&run.id).is_none() {
        status += " !";
    }
    let started = run.start.map_or("–".to_owned(), |start| clock(start, state, now));
    let age = since(seen.at, now);
    // An ended run never changes again, so its age says nothing against it.
    let step =
        if run.is_active() { state.age_of(&run.project, Some(seen.at), now) } else { Age::Aging };
    let usual_style = if far { theme.bad() } else { Style::new() };
    let status_style = if fresh { style.patch(theme.strong()) } else { style };
    let cells = [
        Span::styled(format!("{mark}{point}"), theme.warn()),
        Span::styled(status, status_style),
        Span::raw(titled(state, watched, &run.id, columns.project)),
        Span::raw(""),
        Span::raw(run.id.short()),
        Span::raw(run.trigger.as_ref().map_or("", |t| t.word())),
        Span::raw(started),
        Span::raw(elapsed.map_or("–".to_owned(), span)),
        Span::styled(usual(state, ratio, columns.usual), usual_style),
        Span::styled(age, step.cell()),
    ];
    let line = row(&columns.all, cells);
    step.tint(line)
}

/// The project's title, and behind it whether the run is only probably one that was started here.
fn titled(state: &State, watched: &ProjectState, run: &RunId, width: usize) -> String {
    let title = safe(&watched.project.title);
    if !state.shown().is_probable(run) {
        return title;
    }
    let note = if width < 24 { " ours?" } else { " (probably ours)" };
    fit(&title, width.saturating_sub(note.len())) + note
}

/// The server's word, or what is being done about it.
fn status(state: &State, seen: &RunState, now: Now) -> (String, Style) {
    let theme = state.options.theme;
    let status = &seen.run.status;
    let plain = format!("{} {}", theme.status_glyph(status), safe(status.word()));
    let Some(cancel) = state.shown().cancelling(&seen.run.id) else {
        return (plain, theme.status(status));
    };
    let for_long = now.boot.saturating_sub(cancel.since).as_secs();
    match &cancel.stage {
        Stage::Stuck { .. } => {
            (format!("{} cancel stuck", theme.status_glyph(status)), theme.bad())
        }
        Stage::Waiting => {
            let at = state.shown().cancel_departs_at(&seen.run.id, now.boot).unwrap_or(now.boot);
            let wait = State::seconds_until(at, now);
            (format!("{} cancel in {wait}s", theme.status_glyph(status)), theme.warn())
        }
        Stage::Sent | Stage::Accepted { .. } | Stage::Doubtful { .. } | Stage::TakenUp { .. } => {
            (format!("{} cancel {for_long}s", theme.glyph("⊗", "X")), theme.warn())
        }
    }
}

/// `████▍ ×0.9`: elapsed against the median, full at twice the median.
fn usual(state: &State, ratio: Option<f64>, width: usize) -> String {
    let Some(ratio) = ratio else { return pad("", width) };
    let times = if state.options.theme.unicode { "×" } else { "x" };
    let number = if ratio < 9.95 { format!("{ratio:.1}") } else { format!("{ratio:.0}") };
    let text = format!("{times}{number}");
    if width < 12 {
        return pad(&text, width);
    }
    let cells = width - 8;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a bar of a few cells; the cast saturates"
    )]
    let filled = ((ratio / 2.0 * cells as f64).round() as usize).min(cells);
    let bar = state.options.theme.glyph("█", "#").repeat(filled);
    format!("{} {}", pad(&bar, cells), pad(&text, 7))
}

fn start_row(state: &State, start: &Start, columns: &Columns, now: Now) -> Line<'static> {
    let theme = state.options.theme;
    let waited = span(now.boot.saturating_sub(start.since));
    let (word, note) = match &start.entry.stage {
        StartStage::Waiting => ("waiting", state.wait_words(start, now)),
        StartStage::Sent => ("starting", format!("sent {waited} ago")),
        StartStage::Unconfirmed(_) => ("unconfirmed", format!("no answer; looking, {waited}")),
        StartStage::Ambiguous(runs) => ("unconfirmed", format!("one of {} runs", runs.len())),
        StartStage::NotSeen => {
            ("not seen", "no run appeared; start it again if need be".to_owned())
        }
        _ => ("", String::new()),
    };
    let cells = [
        Span::raw(""),
        Span::styled(format!("{} {word}", theme.glyph("◌", "o")), theme.warn()),
        Span::raw(state.title(&start.entry.project)),
    ];
    let mut line = row(&columns.all, cells);
    line.push_span(Span::raw(format!(" {note}")));
    line
}

/// The time of day, or the date for what was not today, with its year if it is another than this.
fn clock(at: jiff::Timestamp, state: &State, now: Now) -> String {
    let utc = jiff::tz::TimeZone::UTC;
    let today = state.shown().server_now(now).to_zoned(utc.clone()).date();
    let at = at.to_zoned(utc);
    let format = match at.date() {
        date if date == today => "%H:%M:%S",
        date if date.year() == today.year() => "%d %b",
        // As wide as the column is.
        _ => "%d%b%Y",
    };
    at.strftime(format).to_string()
}
