//! The pane of details: all that is known of the selected run or project.

use std::time::Duration;

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Wrap};

use super::{framed, since};
use crate::domain::{Now, Published, RunId};
use crate::engine::model::{Gap, ProjectState, RunState, Stage, Start, StartStage};
use crate::ui::command::{Context, Verb};
use crate::ui::text::{count, safe, span};
use crate::ui::view::run_rows::RowId;
use crate::ui::view::runaway::is_far_beyond;
use crate::ui::{Pane, State, started};

/// Durations in the sparkline.
const SPARKS: usize = 24;

pub(super) fn draw(state: &State, frame: &mut Frame<'_>, area: Rect, now: Now) {
    let model = state.shown();
    let now = state.shown_now(now);
    let (title, lines) = match (state.focus, &state.runs.cursor.key) {
        (Pane::Projects, _) => {
            let watched = state.projects.cursor.key.as_ref().and_then(|id| model.project(id));
            watched.map_or_else(nothing, |watched| project_lines(state, watched, now))
        }
        (_, Some(RowId::Run(project, run))) => model
            .project(project)
            .and_then(|watched| Some((watched, watched.runs.get(run)?)))
            .map_or_else(nothing, |(watched, seen)| run_lines(state, watched, seen, now)),
        (_, Some(RowId::Start(ticket))) => {
            model.start_of(*ticket).map_or_else(nothing, |start| start_lines(state, start))
        }
        (_, None) => nothing(),
    };
    let inside = framed(state, frame, Pane::Detail, Line::raw(title), area);
    frame.render_widget(Paragraph::new(lines).wrap(Wrap { trim: true }), inside);
}

fn nothing() -> (String, Vec<Line<'static>>) {
    (" Details ".to_owned(), vec![Line::raw("Nothing is selected.")])
}

fn run_lines(
    state: &State,
    watched: &ProjectState,
    seen: &RunState,
    now: Now,
) -> (String, Vec<Line<'static>>) {
    let theme = state.options.theme;
    let run = &seen.run;
    let version = run.version.as_deref().map_or_else(String::new, |v| format!(" v{}", safe(v)));
    let title = format!(" Run {} · {}{version} ", run.id.short(), safe(&watched.project.title));
    let elapsed = run.elapsed_at(state.shown().server_now(now));
    let mut first = vec![
        Span::styled(
            format!("{} {}", theme.status_glyph(&run.status), safe(run.status.word())),
            theme.status(&run.status),
        ),
        Span::raw(format!(" {}", elapsed.map_or("not started".to_owned(), span))),
    ];
    if let Some(usual) = watched.usual {
        first.push(Span::raw(format!(
            "; usual {} (p95 {}, {})",
            span(usual.median),
            span(usual.p95),
            count(usual.runs, "run")
        )));
    }
    if let Some(ratio) = watched.ratio(elapsed).filter(|_| run.is_active()) {
        let text = format!(" {} {}{ratio:.1}", theme.glyph("→", "->"), theme.glyph("×", "x"));
        let far = is_far_beyond(watched, seen, state.shown().server_now(now));
        first.push(Span::styled(text, if far { theme.bad() } else { theme.dim() }));
    }
    let mut lines = vec![Line::from(first)];
    lines.extend(cancel_line(state, seen));
    lines.extend(error_line(state, watched, now));
    lines.extend(gap_line(state, watched));
    let trigger = run.trigger.as_ref().map_or("unknown", |trigger| trigger.word());
    let started = run.start.map_or("not started yet".to_owned(), |at| {
        format!("started {}", at.strftime("%Y-%m-%d %H:%M:%SZ"))
    });
    lines.push(Line::raw(format!(
        "{started}; trigger {}; seen {} ago; id {}",
        safe(trigger),
        since(seen.at, now),
        safe(run.id.as_str())
    )));
    lines.extend(given(state, &run.id));
    let sparks = sparkline(state, watched);
    if !sparks.is_empty() {
        lines.push(Line::raw(format!("durations {sparks}")));
    }
    if let Some(url) = &run.url {
        lines.push(Line::styled(safe(url), theme.dim()));
    }
    (title, lines)
}

fn cancel_line(state: &State, seen: &RunState) -> Option<Line<'static>> {
    let theme = state.options.theme;
    let cancel = state.shown().cancelling(&seen.run.id)?;
    let text = match &cancel.stage {
        Stage::Stuck { reason } => {
            let key = |verb| state.key(Context::Panes, verb);
            let text = format!(
                "cancel stuck after {}: {}. Nothing more is sent for it: {} tries again, {} lets \
                 it go",
                count(tries(cancel.tries), "request"),
                safe(reason),
                key(Verb::Cancel),
                key(Verb::LetGo)
            );
            return Some(Line::styled(text, theme.bad()));
        }
        Stage::Waiting if cancel.tries == 0 => "cancel: waiting for the budget".to_owned(),
        Stage::Waiting => {
            format!("cancel: no good answer to {}, trying again", count(tries(cancel.tries), "try"))
        }
        Stage::Sent => "cancel: sent".to_owned(),
        Stage::Accepted { .. } => "cancel: accepted by Hex, waiting for the run to end".to_owned(),
        Stage::Doubtful { reason, .. } => {
            format!("cancel: looking whether it ended ({})", safe(reason))
        }
        Stage::TakenUp { .. } => {
            "cancel: left open by a hextop that has ended; looking whether the run has".to_owned()
        }
    };
    Some(Line::styled(text, theme.warn()))
}

fn tries(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// What it was started with and why, which Hex does not tell: known only of runs started here.
fn given(state: &State, run: &RunId) -> Vec<Line<'static>> {
    let theme = state.options.theme;
    let Some(start) = state.shown().start_of_run(run) else {
        return vec![Line::raw("inputs  not told by Hex (started elsewhere)")];
    };
    let doubt = started::doubt(start).map(|doubt| Line::styled(doubt, theme.warn()));
    let mut given = vec![
        Span::raw(format!("inputs  {}", started::inputs(&start.entry))),
        Span::styled("   (from this journal)", theme.dim()),
    ];
    given.extend(
        started::options(&start.entry).map(|options| Span::raw(format!("  options  {options}"))),
    );
    let reason = start.entry.reason.as_deref();
    let reason = reason.map(|reason| Line::raw(format!("reason  {}", safe(reason))));
    doubt.into_iter().chain([Line::from(given)]).chain(reason).collect()
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
    let title = format!(" Project {} ", safe(&project.title));
    let mut lines = Vec::new();
    lines.extend(error_line(state, watched, now));
    lines.extend(gap_line(state, watched));
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
    let usual = watched.usual.map_or(
        "too few completed runs to say how long one takes".to_owned(),
        |usual| {
            format!(
                "a run usually takes {} (p95 {}, {})",
                span(usual.median),
                span(usual.p95),
                count(usual.runs, "run")
            )
        },
    );
    lines.push(Line::raw(format!(
        "{} known, {active} active; {usual}",
        count(watched.runs.len(), "run")
    )));
    let server_now = state.shown().server_now(now);
    if let Some(due) = project.next_due(server_now) {
        let wait = span(crate::domain::time::between(server_now, due));
        lines.push(Line::raw(format!("due {} (in {wait})", due.strftime("%Y-%m-%d %H:%MZ"))));
    }
    let sparks = sparkline(state, watched);
    if !sparks.is_empty() {
        lines.push(Line::raw(format!("durations {sparks}")));
    }
    lines.push(Line::styled(safe(project.id.as_str()), theme.dim()));
    (title, lines)
}

fn start_lines(state: &State, start: &Start) -> (String, Vec<Line<'static>>) {
    let title = format!(" Start of {} ", state.title(&start.entry.project));
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
