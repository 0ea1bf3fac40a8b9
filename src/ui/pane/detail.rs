//! The pane of details: all that is known of the selected run or project.

mod run;

use std::time::Duration;

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{draw_place, framed, since};
use crate::domain::{Now, Published, RunId};
use crate::engine::model::{Gap, ProjectState, Start, StartStage};
use crate::ui::clock;
use crate::ui::mouse::Target;
use crate::ui::text::{count, fit, pieces, safe, span, width as width_of};
use crate::ui::view::run_rows::RowId;
use crate::ui::{Pane, State, started};

/// Below this height there is no frame.
const FRAMED: u16 = 5;
/// Durations in the sparkline.
const SPARKS: usize = 24;

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect, now: Now) {
    let model = state.shown();
    let now = state.shown_now(now);
    let (title, lines) = match (state.list(), &state.runs.cursor.key) {
        (Pane::Projects, _) => {
            let watched = state.projects.cursor.key.as_ref().and_then(|id| model.project(id));
            watched.map_or_else(nothing, |watched| project_lines(state, watched, now))
        }
        (_, Some(RowId::Run(project, run))) => model
            .project(project)
            .and_then(|watched| Some((watched, watched.runs.get(run)?)))
            .map_or_else(nothing, |(watched, seen)| {
                (run::title(watched, seen), run::lines(state, watched, seen, now))
            }),
        (_, Some(RowId::Start(ticket))) => {
            model.start_of(*ticket).map_or_else(nothing, |start| start_lines(state, start))
        }
        (_, None) => nothing(),
    };
    let inside = if area.height < FRAMED {
        // No room for a frame.
        state.zones.add(area, Target::Pane(Pane::Detail));
        let style = state.options.theme.strong();
        frame.render_widget(Line::styled(fit(&title, area.width.into()), style), area);
        Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area }
    } else {
        framed(state, frame, Pane::Detail, Line::raw(format!(" {title} ")), area)
    };
    let lines = wrapped(lines, inside.width.into());
    let (length, room) = (lines.len(), usize::from(inside.height));
    state.detail.draw(frame, inside, lines);
    if length > room && area.height >= FRAMED {
        let top = state.detail.top(length, room);
        draw_place(state, frame, area, (top + 1, top + room, length));
    }
}

fn nothing() -> (String, Vec<Line<'static>>) {
    ("Details".to_owned(), vec![Line::raw("Nothing is selected.")])
}

/// Lines of at most so many columns, broken between words where that is possible.
fn wrapped(lines: Vec<Line<'static>>, width: usize) -> Vec<Line<'static>> {
    let mut all = Vec::new();
    for line in lines {
        if line.width() <= width {
            all.push(line);
            continue;
        }
        let mut row = Line::default().style(line.style);
        for span in line.spans {
            for word in span.content.split_inclusive(' ') {
                if row.width() + width_of(word.trim_end()) > width && row.width() > 0 {
                    all.push(std::mem::replace(&mut row, Line::default().style(line.style)));
                }
                for part in pieces(word, width) {
                    if row.width() + width_of(part.trim_end()) > width && row.width() > 0 {
                        all.push(std::mem::replace(&mut row, Line::default().style(line.style)));
                    }
                    row.push_span(Span::styled(part, span.style));
                }
            }
        }
        all.push(row);
    }
    all
}

fn error_line(state: &State, watched: &ProjectState, now: Now) -> Option<Line<'static>> {
    let look = watched.error.as_ref()?;
    let read = watched.read.map_or("never".to_owned(), |at| format!("{} ago", since(at, now)));
    let text = format!("last read {read}: {}", safe(&look.error.to_string()));
    Some(Line::styled(text, state.options.theme.bad()))
}

fn gap_line(state: &State, watched: &ProjectState) -> Option<Line<'static>> {
    Some(Line::styled(gap_text(watched.gap?), state.options.theme.warn()))
}

/// That its last runs failed, or that its schedule started none.
fn trouble_lines(state: &State, watched: &ProjectState) -> Vec<Line<'static>> {
    let (theme, trouble) = (state.options.theme, &watched.trouble);
    let failing = trouble.failing.map(|number| format!("failing: the last {number} runs failed"));
    let missed = trouble.missed.map(|at| {
        let at = clock::full(at, &state.options.zone);
        format!("its schedule of {at} started no run that was seen: look at it in Hex")
    });
    let words = failing.into_iter().chain(missed);
    words.map(|text| Line::styled(text, theme.bad())).collect()
}

/// What is missing, and why.
fn gap_text(gap: Gap) -> String {
    let clock = |at: Timestamp| at.strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let from = gap.from.map_or_else(String::new, |from| format!("between {} and ", clock(from)));
    let until = if gap.from.is_some() { "" } else { "before " };
    format!("runs may be missing {from}{until}{}: too many between two looks", clock(gap.to))
}

fn project_lines(state: &State, watched: &ProjectState, now: Now) -> (String, Vec<Line<'static>>) {
    let theme = state.options.theme;
    let project = &watched.project;
    let title = format!("Project {}", safe(&project.title));
    let mut lines = Vec::new();
    lines.extend(error_line(state, watched, now));
    lines.extend(gap_line(state, watched));
    lines.extend(trouble_lines(state, watched));
    let published = match project.published {
        Published::Never => "not published: it cannot be run".to_owned(),
        Published::AtUnknownTime => "published, it is not known when".to_owned(),
        Published::At(at) => format!("published {}", at.strftime("%Y-%m-%d")),
    };
    let owner = project
        .owner
        .as_deref()
        .map_or_else(String::new, |owner| format!("; owner {}", safe(owner)));
    lines.push(Line::raw(format!("{published}{owner}")));
    let active = watched.runs.counts().active();
    let usual = watched.durations.newest().map_or(
        "no completed run says how long one takes".to_owned(),
        |limits| {
            let (usual, late) = (span(limits.usual), span(limits.late));
            let runs = count(limits.runs, "run");
            format!("a run usually takes {usual} (95 % take up to {late}; {runs} of this version)")
        },
    );
    lines.push(Line::raw(format!(
        "{} known, {active} active; {usual}",
        count(watched.runs.len(), "run")
    )));
    let server_now = state.shown().server_now(now);
    if let Some(due) = project.next_due(server_now) {
        let wait = span(crate::domain::time::between(server_now, due));
        let due = clock::full(due, &state.options.zone);
        lines.push(Line::raw(format!("due {due} (in {wait})")));
    }
    let sparks = sparkline(state, watched);
    if !sparks.is_empty() {
        lines.push(Line::raw(format!("durations {sparks}")));
    }
    lines.push(Line::styled(safe(project.id.as_str()), theme.dim()));
    (title, lines)
}

fn start_lines(state: &State, start: &Start) -> (String, Vec<Line<'static>>) {
    let title = format!("Start of {}", state.title(&start.entry.project));
    let text = match &start.entry.stage {
        StartStage::Unconfirmed(error) => {
            format!("it is not known whether it has started: {}", safe(&error.to_string()))
        },
        StartStage::Ambiguous(runs) => {
            let ids: Vec<_> = runs.iter().map(RunId::short).collect();
            format!("its answer was lost; it may be any of {}", safe(&ids.join(", ")))
        }
        StartStage::NotSeen => {
            "its answer was lost and no run appeared; hextop goes on looking but never sends it again"
                .to_owned()
        }
        _ => "on its way".to_owned(),
    };
    let mut lines = vec![Line::raw(text)];
    lines.push(Line::raw(format!("inputs  {}", started::inputs(&start.entry))));
    let options = started::options(&start.entry);
    lines.extend(options.map(|options| Line::raw(format!("options  {options}"))));
    let reason = start.entry.reason.as_deref();
    lines.extend(reason.map(|reason| Line::raw(format!("reason  {}", safe(reason)))));
    (title, lines)
}

/// The durations of the latest ended runs, the newest on the right.
fn sparkline(state: &State, watched: &ProjectState) -> String {
    let bars: &[char] = if state.options.theme.unicode {
        &['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
    } else {
        &['_', '.', '-', '=', '#']
    };
    let ended = watched.newest_first().filter(|seen| !seen.run.is_active());
    let mut durations: Vec<Duration> =
        ended.filter_map(|seen| seen.run.elapsed_at(jiff::Timestamp::MIN)).take(SPARKS).collect();
    durations.reverse();
    let longest = durations.iter().max().copied().unwrap_or_default().max(Duration::from_millis(1));
    durations
        .iter()
        .filter_map(|duration| {
            let step = duration.as_millis() * (bars.len() as u128 - 1) / longest.as_millis();
            bars.get(usize::try_from(step).ok()?)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_told_with_both_its_ends_as_far_as_they_are_known() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let gap = Gap { from: Some(at("2026-10-20T08:00:12Z")), to: at("2026-10-20T08:03:40Z") };
        assert_eq!(
            gap_text(gap),
            "runs may be missing between 2026-10-20 08:00:12Z and 2026-10-20 08:03:40Z: too many \
             between two looks"
        );
        assert_eq!(
            gap_text(Gap { from: None, ..gap }),
            "runs may be missing before 2026-10-20 08:03:40Z: too many between two looks"
        );
    }
}
