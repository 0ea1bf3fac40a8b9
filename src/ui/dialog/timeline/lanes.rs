//! What the rows of the timeline have: made of what is known of a project or of a run.

use jiff::Timestamp;
use ratatui::text::{Line, Span as TextSpan};

use crate::domain::time::between;
use crate::domain::{Now, ProjectId, RunId, Schedule};
use crate::engine::model::{Moment, ProjectState, RunState};
use crate::engine::timeline::PastRun;
use crate::ui::State;
use crate::ui::text::{safe, span as span_words};
use crate::ui::widget::timeline::{Bar, BarEnd, InUse, Kernels, Lane, Level, Span};

/// Starts to come that are drawn of one project.
const COMING: usize = 100;
/// From so many rows of the screen on, the kernels have three of them, else one.
const HIGH: u16 = 30;

/// Rows that the kernels have below the others.
pub(super) fn kernel_rows(state: &State) -> u16 {
    if state.size.height >= HIGH { 3 } else { 1 }
}

/// The row of a project.
pub(super) fn of_project(
    state: &State,
    id: &ProjectId,
    (span, past): (Span, &[Bar]),
    selected: Option<&ProjectId>,
    now: Now,
) -> Option<Lane> {
    let watched = state.shown().project(id)?;
    let moment = state.shown().moment(now);
    let in_sight = |seen: &&RunState| {
        let end = if seen.run.is_active() { None } else { seen.run.end };
        seen.run.start.is_some_and(|start| start < span.to) && end.is_none_or(|end| end > span.from)
    };
    let bars = watched.runs.by_age().filter(in_sight);
    let bars = bars.filter_map(|seen| bar(watched, seen, moment));
    let bars = past.iter().cloned().chain(bars).collect();
    let after = span.from.max(moment.server);
    let schedules = watched.project.schedules.iter().filter(|_| watched.project.is_runnable());
    let mut coming: Vec<_> = schedules.flat_map(|it| starts(it, after, span.to)).collect();
    coming.sort_unstable();
    let pending = watched.active().filter(|seen| seen.run.start.is_none()).count();
    let note = if pending > 0 { format!("{pending} pending") } else { String::new() };
    Some(Lane {
        label: Line::raw(safe(&watched.project.title)),
        note,
        bars,
        coming,
        is_selected: selected == Some(id),
        gaps: gaps(watched),
    })
}

/// The row of a run.
pub(super) fn of_run(
    state: &State,
    project: &ProjectId,
    id: &RunId,
    selected: Option<&RunId>,
    now: Now,
) -> Option<Lane> {
    let watched = state.shown().project(project)?;
    let Some(seen) = watched.runs.get(id) else {
        return of_past_run(state, project, id, selected);
    };
    let (theme, moment) = (state.options.theme, state.shown().moment(now));
    let status = &seen.run.status;
    let took = moment.elapsed(seen).map(span_words).unwrap_or_default();
    let plain = || {
        let text = format!("{} {}", theme.status_glyph(status), safe(status.word()));
        (text, theme.status(status))
    };
    let verdict = moment.verdict(watched, seen).map(|verdict| theme.verdict(verdict));
    let (word, style) = verdict.unwrap_or_else(plain);
    let label = Line::from(vec![
        TextSpan::raw(format!("{} {took:>6} ", safe(seen.run.id.short()))),
        TextSpan::styled(word, style),
    ]);
    Some(Lane {
        label,
        note: String::new(),
        bars: bar(watched, seen, moment).into_iter().collect(),
        coming: Vec::new(),
        is_selected: selected == Some(id),
        gaps: Vec::new(),
    })
}

/// The row of a run that only the kept timeline knows.
fn of_past_run(
    state: &State,
    project: &ProjectId,
    id: &RunId,
    selected: Option<&RunId>,
) -> Option<Lane> {
    let run = state.model.past().run(project, id)?;
    let theme = state.options.theme;
    let took = run.start.zip(run.end).map(|(start, end)| span_words(between(start, end)));
    let word = format!("{} {}", theme.status_glyph(&run.status), safe(run.status.word()));
    let label = Line::from(vec![
        TextSpan::raw(format!("{} {:>6} ", safe(id.short()), took.unwrap_or_default())),
        TextSpan::styled(word, theme.status(&run.status)),
    ]);
    Some(Lane {
        label,
        note: String::new(),
        bars: past_bar(run).into_iter().collect(),
        coming: Vec::new(),
        is_selected: selected == Some(id),
        gaps: Vec::new(),
    })
}

/// Of a run of which only the beginning or the end was seen no more than that is drawn.
pub(super) fn past_bar(run: &PastRun) -> Option<Bar> {
    let start = run.start.or(run.end)?;
    let end = BarEnd::At(run.end.unwrap_or(start));
    Some(Bar { start, end, status: run.status.clone(), verdict: None })
}

fn bar(watched: &ProjectState, seen: &RunState, moment: Moment) -> Option<Bar> {
    let run = &seen.run;
    let end = match (run.is_active(), run.end, watched.durations.end(&run.id)) {
        (false, end, _) => BarEnd::At(end.or(run.start)?),
        (true, _, Some(expected)) => {
            BarEnd::Expected { median: expected.median, p90: expected.p90 }
        }
        (true, _, None) => BarEnd::Unknown,
    };
    let verdict = moment.verdict(watched, seen);
    Some(Bar { start: run.start?, end, status: run.status.clone(), verdict })
}

/// When a schedule starts runs after one moment and before another.
fn starts(schedule: &Schedule, after: Timestamp, before: Timestamp) -> Vec<Timestamp> {
    let next = |at: &Timestamp| schedule.next_after(*at);
    let all = std::iter::successors(schedule.next_after(after), next);
    all.take_while(|at| *at < before).take(COMING).collect()
}

/// When runs of a project may have been missed.
fn gaps(watched: &ProjectState) -> Vec<Span> {
    let before = Span { from: Timestamp::MIN, to: watched.complete.unwrap_or(Timestamp::MAX) };
    let between =
        watched.gap.map(|gap| Span { from: gap.from.unwrap_or(Timestamp::MIN), to: gap.to });
    [before].into_iter().chain(between).collect()
}

/// The kernels held in a stretch of time.
pub(super) fn kernels(state: &State, span: Span) -> Kernels {
    let model = state.shown();
    let whole = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let levels = model.kernels_since(span.from).take_while(|step| step.at < span.to);
    let level = |step: crate::engine::kernels::HeldSince| Level {
        at: step.at,
        in_use: step
            .held
            .map(|held| InUse { certain: whole(held.certain), possible: whole(held.possible) }),
    };
    let levels: Vec<_> = levels.map(level).collect();
    let rows = kernel_rows(state);
    Kernels { levels, limit: whole(model.kernels().held().limit), rows }
}
