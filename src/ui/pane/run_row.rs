//! A row of the pane of runs: its columns, by how much room there is, and what they say.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::since;
use crate::domain::runaway::Verdict;
use crate::domain::time::between;
use crate::domain::{Now, RunId, RunTrigger};
use crate::engine::model::{ProjectState, RunState, Stage, Start, StartStage};
use crate::ui::State;
use crate::ui::age::{Age, FRESHLY};
use crate::ui::command::{Command, Verb};
use crate::ui::text::{self, fit, middle, pad, safe, span};
use crate::ui::theme::Theme;
use crate::ui::view::run_rows::RowId;
use crate::ui::view::sort::{Column, SortColumn as _};
use crate::ui::widget::columns::{self, row};

const STATUS: usize = 15;
const RUN: usize = 9;
const SEEN: usize = 5;
/// Of the bar; its tick stands behind the first so many.
const BAR: usize = 10;
const TICK: usize = 3;
/// From this width on there are columns for what is known of few runs.
const MORE: usize = 124;
/// Inputs that are named in a row.
const MOST_INPUTS: usize = 8;

/// A column of runs that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RunColumn {
    /// The beginning of the run's id.
    Run,
    /// What has started it.
    By,
    /// When it started.
    Started,
    /// How long it has taken.
    Elapsed,
    /// How that compares with the usual.
    Usual,
    /// What is usual.
    Median,
    /// Who has started it, of those started with hextop.
    Who,
    /// What it was started with, of the same.
    Inputs,
    /// How long it waited for its kernel, of the same.
    Wait,
}

impl RunColumn {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Run,
        Self::By,
        Self::Started,
        Self::Elapsed,
        Self::Usual,
        Self::Median,
        Self::Who,
        Self::Inputs,
        Self::Wait,
    ];
}

/// The columns, by how much room there is.
pub(super) struct Columns {
    pub(super) all: [columns::Column; 15],
    /// Widths that decide what is written.
    project: usize,
    usual: usize,
    has_seconds: bool,
    is_wide: bool,
    /// Whether there are columns for what is known of few runs.
    has_more: bool,
}

impl Columns {
    pub(super) fn of(state: &State, width: usize) -> Self {
        let wide = width >= 48;
        let (status, news, run, elapsed) = if wide { (STATUS, 2, RUN, 9) } else { (13, 0, 0, 8) };
        let trigger = if width >= 62 { 4 } else { 0 };
        let has_more = width >= MORE;
        // Columns that would be empty in every row give way.
        let has_starts = has_more && state.shown().starts().next().is_some();
        let is_roomy = width >= MORE + 12;
        let started = match width {
            116.. if is_roomy || !has_starts => 10,
            66.. => 8,
            _ => 0,
        };
        let usual = match width {
            100.. => BAR + 13,
            82.. => BAR + 6,
            58.. => 9,
            _ => 0,
        };
        let median = if has_more { 8 } else { 0 };
        let [who, inputs, wait] = if has_starts { [8, 12, 6] } else { [0; 3] };
        let shown = |column, width| {
            if state.options.columns.contains(&column) { width } else { 0 }
        };
        let (run, trigger) = (shown(RunColumn::Run, run), shown(RunColumn::By, trigger));
        let (started, elapsed) =
            (shown(RunColumn::Started, started), shown(RunColumn::Elapsed, elapsed));
        let (usual, median) = (shown(RunColumn::Usual, usual), shown(RunColumn::Median, median));
        let (who, wait) = (shown(RunColumn::Who, who), shown(RunColumn::Wait, wait));
        let inputs = shown(RunColumn::Inputs, inputs);
        let fixed = 2 + status + news + run + trigger + started + elapsed + usual + SEEN;
        let fixed = fixed + median + who + inputs + wait;
        let project = width.saturating_sub(fixed);
        // What is left over is for what is longest.
        let spare = if inputs > 0 { project.saturating_sub(30) * 2 / 3 } else { 0 };
        let (project, inputs) = (project - spare, inputs + spare);
        let plain = columns::Column::new;
        let sorted = |column: Column, width| {
            let heading = state.runs.sort.heading(column, state.options.theme);
            columns::Column::new(&heading, width).does(Command::with(Verb::Sort, column.name()))
        };
        let all = [
            plain("", 1),
            plain("", 1),
            sorted(Column::Status, status).spaced(),
            plain("", news),
            sorted(Column::Project, project).spaced(),
            plain("RUN", run),
            plain("BY", trigger),
            sorted(Column::Started, started),
            sorted(Column::Elapsed, elapsed),
            sorted(Column::Usual, usual).spaced(),
            plain("USUAL", median),
            plain("WHO", who).spaced(),
            plain("INPUTS", inputs).spaced(),
            plain("WAIT", wait),
            sorted(Column::RunState, SEEN).right(),
        ];
        Self {
            all,
            project: project.saturating_sub(1),
            usual,
            has_seconds: started > 8,
            is_wide: wide,
            has_more,
        }
    }
}

/// A row; none if what it is of is not there. `here`: the cursor is on it.
pub(super) fn line(
    state: &State,
    row: &RowId,
    here: bool,
    columns: &Columns,
    now: Now,
) -> Option<Line<'static>> {
    let model = state.shown();
    let cursor = if here { state.options.theme.glyph("▌", "=") } else { "" };
    match row {
        RowId::Start(id) => Some(start_row(state, model.start_of(*id)?, cursor, columns, now)),
        RowId::Run(project, run) => {
            let watched = model.project(project)?;
            Some(run_row(state, watched, watched.runs.get(run)?, cursor, columns, now))
        }
    }
}

fn run_row(
    state: &State,
    watched: &ProjectState,
    seen: &RunState,
    cursor: &'static str,
    columns: &Columns,
    now: Now,
) -> Line<'static> {
    let theme = state.options.theme;
    let run = &seen.run;
    let moment = state.shown().moment(now);
    let elapsed = moment.elapsed(seen);
    let verdict = moment.verdict(watched, seen);
    let key = (run.project.clone(), run.id.clone());
    let mark = if state.runs.marks.contains(&key) { theme.glyph("●", "*") } else { "" };
    let news = match () {
        () if state.unread.contains(&key) => theme.glyph("•", "'"),
        () if state.shown().watches_run(&run.project, &run.id) => "w",
        () => "",
    };
    let (status, style) = status(state, seen, verdict, columns.is_wide, now);
    let (started, by) = (
        run.start.map_or("–".to_owned(), |start| {
            state.options.brief(start, moment.server, columns.has_seconds)
        }),
        run.trigger.as_ref().map_or("", by),
    );
    let unseen = now.boot.saturating_sub(seen.at);
    let took = match elapsed {
        None => "–".to_owned(),
        // What it does since it was seen is not known.
        Some(elapsed) if run.is_active() && unseen >= FRESHLY => {
            theme.glyph("≥", ">=").to_owned() + &span(elapsed)
        }
        Some(elapsed) => span(elapsed),
    };
    // An ended run never changes again, so its age says nothing against it.
    let step =
        if run.is_active() { state.age_of(&run.project, Some(seen.at), now) } else { Age::Aging };
    let cells = [
        Span::styled(cursor, theme.strong()),
        Span::styled(mark, theme.warn()),
        Span::styled(status, style),
        Span::styled(news, theme.bad()),
        Span::raw(titled(state, watched, &run.id, columns.project)),
        Span::styled(run.id.short().to_owned(), theme.dim()),
        Span::styled(by, theme.dim()),
        Span::raw(started),
        Span::raw(took),
    ];
    let room = columns.usual.saturating_sub(1);
    let ratio = watched.ratio(run, elapsed).filter(|_| run.is_active());
    let mut usual = ratio.map_or_else(Vec::new, |ratio| {
        let end = watched
            .durations
            .end(&run.id)
            .filter(|_| verdict < Some(Verdict::Slow) && room > BAR + 8);
        let ends = end.filter(|end| end.p90 > moment.server).map(|end| {
            [end.median, end.p90].map(|at| state.options.brief(at, moment.server, false))
        });
        versus(theme, ratio, verdict, room, ends)
    });
    let used: usize = usual.iter().map(Span::width).sum();
    usual.push(Span::raw(" ".repeat(columns.usual.saturating_sub(used))));
    let age = Span::styled(since(seen.at, now), step.cell());
    let (before, after) = columns.all.split_at(cells.len());
    let mut line = row(before, cells);
    line.spans.extend(usual);
    let more = if columns.has_more { more(state, watched, seen) } else { Default::default() };
    let more = more.into_iter().map(|text| Span::styled(text, theme.dim()));
    line.spans.extend(row(after.get(1..).unwrap_or_default(), more.chain([age])).spans);
    step.tint(line)
}

/// The project's usual duration and, of a run that was started with hextop: who did, the inputs, and how long
/// it had to wait for its kernel.
fn more(state: &State, watched: &ProjectState, seen: &RunState) -> [String; 4] {
    let usual = watched.durations.usual(&seen.run).map(span).unwrap_or_default();
    let start = state.shown().start_of_run(&seen.run.id);
    let Some(entry) =
        start.map(|start| &start.entry).filter(|entry| entry.stage.probable().is_none())
    else {
        return [usual, String::new(), String::new(), String::new()];
    };
    let who = entry.who.as_deref().map(|who| safe(who.split('@').next().unwrap_or(who)));
    let inputs = entry.body.get("inputParams").and_then(serde_json::Value::as_object);
    let inputs = inputs.into_iter().flatten().take(MOST_INPUTS).map(|(name, value)| {
        format!("{}={}", safe(text::start(name)), safe(text::start(&value.to_string())))
    });
    let wait = entry.sent.zip(seen.run.start).map(|(sent, start)| span(between(sent, start)));
    [
        usual,
        who.unwrap_or_default(),
        inputs.collect::<Vec<_>>().join(", "),
        wait.unwrap_or_default(),
    ]
}

/// How an elapsed time compares with the usual one: a bar where there is room, and how many times it is, or
/// when the run is expected to end.
fn versus(
    theme: Theme,
    ratio: f64,
    verdict: Option<Verdict>,
    room: usize,
    ends: Option<[String; 2]>,
) -> Vec<Span<'static>> {
    let number = if ratio < 9.95 { format!("{ratio:.1}") } else { format!("{ratio:.0}") };
    let times = format!("{}{number}", theme.glyph("×", "x"));
    let style = pace(theme, verdict);
    if room < BAR {
        return vec![Span::styled(fit(&times, room), style)];
    }
    let text = match ends {
        Some([first, last]) if first == last => format!("~{first}"),
        Some([first, last]) => format!("{first}{}{last}", theme.glyph("–", "-")),
        None => times,
    };
    let mut spans = bar(theme, ratio, style);
    spans.push(Span::styled(format!(" {}", fit(&text, room - BAR - 1)), style));
    spans
}

/// The look of an elapsed time, by what is said of it.
pub(super) fn pace(theme: Theme, verdict: Option<Verdict>) -> Style {
    verdict.map_or_else(|| theme.dim(), |verdict| theme.verdict(verdict).1)
}

/// `━━┿━━━━`: up to the tick the parts of the usual time, beyond it two cells for each doubling.
fn bar(theme: Theme, ratio: f64, style: Style) -> Vec<Span<'static>> {
    let filled = filled(ratio);
    let full = theme.glyph("━", "=");
    let before = filled.min(TICK);
    let beyond = filled.saturating_sub(TICK + 1);
    let tick = if filled > TICK { theme.glyph("┿", "+") } else { theme.glyph("┊", ":") };
    let tick_style = if filled > TICK { style } else { theme.dim() };
    vec![
        Span::styled(pad(&full.repeat(before), TICK), style),
        Span::styled(tick, tick_style),
        Span::styled(pad(&full.repeat(beyond), BAR - TICK - 1), style),
    ]
}

/// How many cells of the bar are filled.
fn filled(ratio: f64) -> usize {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a bar of a few cells; the cast saturates"
    )]
    let cells = |number: f64| number.round() as usize;
    #[allow(clippy::cast_precision_loss, reason = "a few cells")]
    let within = TICK as f64;
    let number = if ratio < 1.0 { ratio * within } else { within + 1.0 + 2.0 * ratio.log2() };
    cells(number).min(BAR)
}

/// What has started it, in three letters.
fn by(trigger: &RunTrigger) -> &'static str {
    match trigger {
        RunTrigger::Api => "API",
        RunTrigger::Scheduled => "SCH",
        RunTrigger::AppRefresh => "APP",
        RunTrigger::Unknown(_) => "?",
    }
}

/// The project's title, and behind it whether the run is only probably one that was started here.
fn titled(state: &State, watched: &ProjectState, run: &RunId, width: usize) -> String {
    let title = safe(&watched.project.title);
    if !state.shown().is_probable(run) {
        return middle(&title, width);
    }
    let note = if width < 24 { " ours?" } else { " (probably ours)" };
    middle(&title, width.saturating_sub(note.len())) + note
}

/// The server's word, or what is said or being done about it.
fn status(
    state: &State,
    seen: &RunState,
    verdict: Option<Verdict>,
    is_wide: bool,
    now: Now,
) -> (String, Style) {
    let theme = state.options.theme;
    let status = &seen.run.status;
    let Some(cancel) = state.shown().cancelling(&seen.run.id) else {
        if let Some(counting) = state.shown().countdown(&seen.run.id, now.boot) {
            let wait = State::seconds_until(counting.until(), now);
            let text = if is_wide { "rule in" } else { "rule" };
            return (format!("{} {text} {wait}s", theme.glyph("‼", "!")), theme.bad());
        }
        if let Some(verdict) = verdict {
            return theme.verdict(verdict);
        }
        let waited = state.shown().moment(now).waited(seen);
        let waited = waited.filter(|waited| is_wide && !waited.is_zero());
        let waited = waited.map(|waited| format!(" {}", crate::ui::text::age(waited)));
        let text = format!(
            "{} {}{}",
            theme.status_glyph(status),
            safe(status.word()),
            waited.unwrap_or_default()
        );
        return (text, theme.status(status));
    };
    let for_long = now.boot.saturating_sub(cancel.since).as_secs();
    match &cancel.stage {
        Stage::Stuck { .. } => (format!("{} stuck", theme.glyph("‼", "!")), theme.bad()),
        Stage::Waiting => {
            let at = state.shown().cancel_departs_at(&seen.run.id, now.boot).unwrap_or(now.boot);
            let wait = State::seconds_until(at, now);
            let text = if is_wide { "cancel in" } else { "in" };
            (format!("{} {text} {wait}s", theme.status_glyph(status)), theme.warn())
        }
        Stage::Sent | Stage::Accepted { .. } | Stage::Doubtful { .. } | Stage::TakenUp { .. } => {
            (format!("{} cancel {for_long}s", theme.glyph("⊗", "X")), theme.warn())
        }
    }
}

fn start_row(
    state: &State,
    start: &Start,
    cursor: &'static str,
    columns: &Columns,
    now: Now,
) -> Line<'static> {
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
        Span::styled(cursor, theme.strong()),
        Span::raw(""),
        Span::styled(format!("{} {word}", theme.glyph("◇", "~")), theme.warn()),
        Span::raw(""),
        Span::raw(middle(&state.title(&start.entry.project), columns.project)),
    ];
    let mut line = row(&columns.all, cells);
    line.push_span(Span::raw(note));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_linear_up_to_the_usual_and_doubles_in_two_cells_beyond_it() {
        for (ratio, cells) in
            [(0.0, 0), (0.4, 1), (0.9, 3), (1.0, 4), (2.0, 6), (4.0, 8), (8.0, 10), (500.0, 10)]
        {
            assert_eq!(filled(ratio), cells, "{ratio}");
        }
        let text = |ratio| {
            bar(Theme::default(), ratio, Style::new())
                .iter()
                .map(|span| span.content.clone())
                .collect::<String>()
        };
        assert_eq!(text(0.7), "━━ ┊      ");
        assert_eq!(text(2.6), "━━━┿━━━   ");
        assert_eq!(text(100.0), "━━━┿━━━━━━");
    }
}
