//! The pane of projects: what runs, what is due, how the last runs ended, how old that is.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;

use super::{framed, since};
use crate::domain::{Now, RunStatus};
use crate::engine::model::{ProjectState, RunState};
use crate::ui::command::{Context, Verb};
use crate::ui::mouse::{Target, line_of};
use crate::ui::text::{count, fit, middle, pad, safe, width as width_of};
use crate::ui::view::cursor::Rows as _;
use crate::ui::view::project_rows::{ProjectColumn, ProjectSort};
use crate::ui::view::run_rows::group;
use crate::ui::view::sort::{Group, SortColumn as _};
use crate::ui::{Pane, State};

/// Runs whose outcome is shown.
const HISTORY: usize = 6;
/// From this width on there is room for whole words.
const ROOMY: usize = 36;

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect, now: Now) {
    let model = state.shown();
    let now = state.shown_now(now);
    let rows = &state.projects.rows;
    let active = model.active_projects();
    let order = match state.projects.sort {
        ProjectSort { column: ProjectColumn::Title, reversed: false } => String::new(),
        ProjectSort { column, reversed } => {
            let arrow = if reversed { state.options.theme.glyph("▲", "^") } else { "" };
            format!(" by {}{arrow}", column.name())
        }
    };
    let all = model.projects().len();
    let (pinned, short_pinned) = match model.pinned().len() {
        0 => (String::new(), String::new()),
        number => {
            let star = state.options.theme.glyph("★", "p");
            (format!("· {number} pinned "), format!("{star}{number} "))
        }
    };
    let filter = match state.projects.filter.text.as_str() {
        "" => String::new(),
        text => format!("/{} ({}) ", safe(text), rows.len()),
    };
    let room = usize::from(area.width.saturating_sub(2));
    let titles = [
        format!(" Projects  {all}{order} · {active} active {pinned}{filter}"),
        format!(" Projects  {all}{order} · {active} active {short_pinned}{filter}"),
        format!(" Projects {all} {short_pinned}{filter}"),
    ];
    let [.., shortest] = &titles;
    let title = titles.iter().find(|title| width_of(title) <= room).unwrap_or(shortest);
    let title = fit(title, room);
    let inside = framed(state, frame, Pane::Projects, Line::raw(title), area);
    draw_folded(state, frame, area);
    if rows.is_empty() {
        return frame.render_widget(Paragraph::new(empty(state)), inside);
    }
    let top = state.projects.cursor.top;
    let lines: Vec<_> = (top..)
        .zip(rows.from(top).take(usize::from(inside.height)))
        .filter_map(|(index, id)| Some((index, model.project(id)?)))
        .map(|(index, watched)| {
            let target = Target::Project(watched.project.id.clone());
            state.zones.add(line_of(inside, index - top), target);
            let line = row(state, watched, usize::from(inside.width), now);
            let here = index == state.projects.cursor.index;
            if here && state.list() == Pane::Projects {
                state.options.theme.select(line)
            } else {
                line
            }
        })
        .collect();
    frame.render_widget(Paragraph::new(lines), inside);
}

/// Draws on the border how many projects are not listed because they cannot be run.
fn draw_folded(state: &State, frame: &mut Frame<'_>, area: Rect) {
    let folded = state.shown().projects().len().saturating_sub(state.projects.rows.len());
    if folded == 0 || !state.projects.filter.text.is_empty() {
        return;
    }
    let key = state.key(Context::Panes, Verb::Filter);
    let room = usize::from(area.width.saturating_sub(2));
    let texts = [
        format!(" {folded} not published: {key} finds them "),
        format!(" {folded} not published "),
    ];
    let [.., short] = &texts;
    let text = texts.iter().find(|text| width_of(text) <= room).unwrap_or(short);
    let text = fit(text, room);
    let place = Rect {
        x: area.x + 1,
        y: area.bottom().saturating_sub(1),
        height: 1,
        width: u16::try_from(width_of(&text)).unwrap_or(0),
    };
    frame.render_widget(Line::styled(text, state.options.theme.dim()), place.intersection(area));
}

fn empty(state: &State) -> Vec<Line<'static>> {
    let model = state.shown();
    if let Some(why) = state.why_unread().filter(|_| !model.is_listed()) {
        return vec![Line::raw(why)];
    }
    let text = if !state.projects.filter.text.is_empty() {
        "No project matches the filter."
    } else if !model.is_listed() {
        "Reading the list of projects…"
    } else if model.settings().watches_all() {
        "No published project: only those have runs. R reads the list again."
    } else if model.settings().watch.is_empty() {
        "No project passes the filter `watch` of the settings."
    } else {
        "None of the configured projects is there."
    };
    vec![Line::raw(text)]
}

fn row(state: &State, watched: &ProjectState, width: usize, now: Now) -> Line<'static> {
    let theme = state.options.theme;
    let project = &watched.project;
    let title = safe(&project.title);
    let age = watched.read.map_or_else(|| "–".to_owned(), |at| since(at, now));
    let (note, style) = note(state, watched, width >= ROOMY, now);
    let history = if watched.project.is_runnable() { history(state, watched) } else { Vec::new() };
    let history_width: usize = history.iter().map(Span::width).sum();
    let fixed = 2 + width_of(&note) + 1 + history_width + 5;
    let title_width = width.saturating_sub(fixed).max(6);
    let selected = state.runs.scope.as_ref() == Some(&project.id);
    let mut pointer = if selected { theme.glyph("◆", "@") } else { "" }.to_owned();
    if state.shown().pinned().contains(&project.id) {
        pointer += theme.glyph("★", "p");
    }
    let step = state.age_of(&project.id, watched.read, now);
    let mut spans = vec![
        Span::raw(pad(&pointer, 2)),
        Span::raw(pad(&middle(&title, title_width.saturating_sub(1)), title_width)),
        Span::styled(note, style),
        Span::raw(" "),
    ];
    spans.extend(history);
    if project.is_runnable() {
        spans.push(Span::styled(format!("{age:>5}"), step.cell()));
    }
    step.tint(Line::from(spans))
}

/// The most important thing about a project besides its history.
fn note(
    state: &State,
    watched: &ProjectState,
    wide: bool,
    now: Now,
) -> (String, ratatui::style::Style) {
    let theme = state.options.theme;
    if !watched.project.is_runnable() {
        return ("(not published)".to_owned(), theme.dim());
    }
    if watched.is_unreadable() {
        return (format!(" {} unreadable", theme.glyph("⚠", "E")), theme.bad());
    }
    if watched.error.is_some() {
        return (format!(" {}", theme.glyph("⚠", "E")), theme.warn());
    }
    let out_of_hand = if state.is_frozen() {
        let (model, moment) = (state.shown(), state.shown().moment(now));
        let is_one = |seen: &&RunState| group(model, watched, seen, moment) == Group::OutOfHand;
        watched.active().filter(is_one).count()
    } else {
        state.alarms.of(&watched.project.id)
    };
    if out_of_hand > 0 {
        return (format!(" {}{out_of_hand}", theme.glyph("‼", "!")), theme.bad());
    }
    if watched.trouble.missed.is_some() {
        return (format!(" {} missed", theme.glyph("⚠", "E")), theme.bad());
    }
    let running = RunStatus::Running;
    let active = watched.runs.counts().active();
    if active > 0 {
        return (format!(" {}{active}", theme.status_glyph(&running)), theme.status(&running));
    }
    if watched.trouble.failing.is_some() {
        return (" failing".to_owned(), theme.bad());
    }
    if watched.gap.is_some() {
        return (format!(" {} runs missing", theme.glyph("⚠", "E")), theme.warn());
    }
    let server_now = state.shown().server_now(now);
    match watched.project.next_due(server_now) {
        Some(due) => {
            let days = crate::domain::time::between(server_now, due).as_secs() / 86_400;
            let when = match days {
                0 => state.options.brief(due, server_now, false),
                _ if wide => count(usize::try_from(days).unwrap_or(usize::MAX), "day"),
                days => format!("{days}d"),
            };
            let text = if wide { format!(" due {when}") } else { format!(" {when}") };
            (text, theme.dim())
        }
        None => (String::new(), theme.dim()),
    }
}

/// How the last runs ended, the newest on the right.
fn history(state: &State, watched: &ProjectState) -> Vec<Span<'static>> {
    let theme = state.options.theme;
    let glyph = |status| Span::styled(theme.status_glyph(status), theme.status(status));
    let mut glyphs: Vec<_> = watched.outcomes.iter().take(HISTORY).map(glyph).collect();
    let unknown = Span::styled(theme.glyph("·", "."), theme.dim());
    glyphs.resize(HISTORY, unknown);
    glyphs.reverse();
    glyphs
}
