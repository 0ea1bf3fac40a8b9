//! What is known of a run: what is said of it and why, its times, its inputs, and how it compares.

use std::time::Duration;

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::super::run_row::pace;
use super::super::since;
use super::{error_line, gap_line, sparkline};
use crate::domain::runaway::{Evidence, Limits, Verdict};
use crate::domain::time::between;
use crate::domain::{Now, RunId, RunTrigger};
use crate::engine::model::{Entry, Health, ProjectState, RunState, Stage};
use crate::ui::clock;
use crate::ui::command::{Context, Verb};
use crate::ui::rules;
use crate::ui::text::{about, count, pad, safe, span};
use crate::ui::theme::Theme;
use crate::ui::{State, started};

/// Runs of the project that are listed.
const LAST: usize = 12;

/// The title of the pane for a run.
pub(super) fn title(watched: &ProjectState, seen: &RunState) -> String {
    let run = &seen.run;
    let version = run.version.as_deref().map_or_else(String::new, |v| format!(" v{}", safe(v)));
    format!("Run {} · {}{version}", run.id.short(), safe(&watched.project.title))
}

/// The lines, the most important first.
pub(super) fn lines(
    state: &State,
    watched: &ProjectState,
    seen: &RunState,
    now: Now,
) -> Vec<Line<'static>> {
    let theme = state.options.theme;
    let run = &seen.run;
    let mut lines = vec![verdict_line(state, watched, seen, now)];
    lines.extend(outlook(state, watched, seen, now).map(Line::raw));
    let rule = state.rule_words(&run.id, now);
    lines.extend(rule.map(|text| Line::styled(text, theme.bad())));
    lines.extend(cancel_line(state, seen));
    lines.extend(error_line(state, watched, now));
    lines.extend(gap_line(state, watched));
    let trigger = match &run.trigger {
        Some(RunTrigger::Api) => "the API",
        Some(RunTrigger::Scheduled) => "schedule",
        Some(other) => other.word(),
        None => "what is not known",
    };
    let zone = &state.options.zone;
    let started = run
        .start
        .map_or("not started yet".to_owned(), |at| format!("started {}", clock::full(at, zone)));
    let ended = run.end.filter(|_| !run.is_active());
    let ended = ended.map_or_else(String::new, |at| format!(", ended {}", clock::full(at, zone)));
    let owner = watched.project.owner.as_deref().map(|owner| format!("; owner {}", safe(owner)));
    lines.push(Line::raw(format!(
        "{started}{ended}; by {}; seen {} ago{}",
        safe(trigger),
        since(seen.at, now),
        owner.unwrap_or_default()
    )));
    lines.extend(given(state, &run.id));
    let sparks = sparkline(state, watched);
    if !sparks.is_empty() {
        lines.push(Line::raw(format!("durations {sparks}")));
    }
    lines.push(Line::styled(format!("id {}", safe(run.id.as_str())), theme.dim()));
    if let Some(url) = &run.url {
        lines.push(Line::styled(safe(url), theme.dim()));
    }
    let moment = state.shown().moment(now);
    if let Some((limits, elapsed)) = limits(watched, seen).zip(moment.elapsed(seen)) {
        lines.push(Line::raw(""));
        let style = pace(theme, moment.verdict(watched, seen));
        lines.extend(plot(theme, limits, elapsed, style));
    }
    lines.push(Line::raw(""));
    lines.extend(last_runs(state, watched, &run.id, now));
    lines
}

/// What is known of runs of the same version; not drawn for an older one of which no run goes on.
fn limits<'a>(watched: &'a ProjectState, seen: &RunState) -> Option<&'a Limits> {
    watched.durations.limits(&seen.run).filter(|limits| limits.is_known() || limits.is_fixed)
}

/// `runaway: 52m09s when seen 3s ago, ×14.2 of the usual 3m40s: longer than all 61 runs of v14; 1 in 1,000 would be`.
fn verdict_line(state: &State, watched: &ProjectState, seen: &RunState, now: Now) -> Line<'static> {
    let theme = state.options.theme;
    let run = &seen.run;
    let moment = state.shown().moment(now);
    let elapsed = moment.elapsed(seen);
    let verdict = moment.verdict(watched, seen);
    let (word, style) = match verdict {
        Some(verdict) => theme.verdict(verdict),
        None => (
            format!("{} {}", theme.status_glyph(&run.status), safe(run.status.word())),
            theme.status(&run.status),
        ),
    };
    let took = match elapsed {
        None if verdict == Some(Verdict::Waiting) => {
            let waited = moment.waited(seen).map(span).unwrap_or_default();
            let text = format!(
                ": pending for {waited} when seen {} ago, longer than is usual, while kernels are free",
                since(seen.at, now)
            );
            return Line::from(vec![Span::styled(word, style), Span::raw(text)]);
        }
        None => String::new(),
        Some(elapsed) if run.is_active() => {
            format!(": {} when seen {} ago", span(elapsed), since(seen.at, now))
        }
        Some(elapsed) => format!(" in {}", span(elapsed)),
    };
    let usual = match limits(watched, seen) {
        None => match watched.durations.usual(run) {
            Some(usual) => format!("; usual {}", span(usual)),
            None => "; no completed run says what is usual".to_owned(),
        },
        Some(limits) if !limits.is_known() => match verdict.zip(elapsed) {
            Some((_, elapsed)) => format!(": {}", evidence(state, limits, seen, elapsed)),
            None => "; no completed run says what is usual".to_owned(),
        },
        Some(limits) => {
            let usual = span(limits.usual);
            let elapsed = elapsed.unwrap_or_default();
            let ratio = limits.ratio(elapsed);
            let mark = theme.glyph("×", "x");
            match verdict {
                Some(_) => format!(
                    ", {mark}{ratio:.1} of the usual {usual}: {}",
                    evidence(state, limits, seen, elapsed)
                ),
                None => format!(
                    "; usual {usual} (95 % take up to {}; {})",
                    span(limits.late),
                    count(limits.runs, "run")
                ),
            }
        }
    };
    Line::from(vec![Span::styled(word, style), Span::raw(took + &usual)])
}

/// What speaks for a verdict.
fn evidence(state: &State, limits: &Limits, seen: &RunState, elapsed: Duration) -> String {
    let rule = state.shown().rule_limit(&seen.run.project);
    if let Some((rule, limit)) = rule.filter(|(_, limit)| limits.is_fixed && elapsed > *limit) {
        return rules::limit_words(rule, limit);
    }
    let version = seen.run.version.as_ref().map(|version| format!("v{}", safe(version)));
    Evidence::of(limits, elapsed).words(version.as_deref()).to_string()
}

/// When the run is expected to end, or what waiting for it is worth.
fn outlook(state: &State, watched: &ProjectState, seen: &RunState, now: Now) -> Option<String> {
    let moment = state.shown().moment(now);
    let end = watched.durations.end(&seen.run.id).filter(|_| seen.run.is_active())?;
    let limits = limits(watched, seen)?;
    if moment.verdict(watched, seen) >= Some(Verdict::Slow) {
        let more = |at| about(between(moment.server, at));
        return Some(format!(
            "waiting: expect {} more, {} in one case of ten; a new run takes {}",
            more(end.median),
            more(end.p90),
            about(limits.usual)
        ));
    }
    let at = |at| state.options.brief(at, moment.server, false);
    let (median, p90) = (at(end.median), at(end.p90));
    let latest = if median == p90 { String::new() } else { format!(", nine of ten by {p90}") };
    (end.p90 > moment.server).then(|| format!("ends about {median}{latest}"))
}

fn cancel_line(state: &State, seen: &RunState) -> Option<Line<'static>> {
    let theme = state.options.theme;
    let cancel = state.shown().cancelling(&seen.run.id)?;
    let rule = state.shown().cancelled_by_rule(&seen.run.id);
    let by = rule.map(|rule| format!(" by the rule `{}`", safe(rule))).unwrap_or_default();
    let text = match &cancel.stage {
        Stage::Stuck { reason } => {
            let key = |verb| state.key(Context::Panes, verb);
            let text = format!(
                "cancel{by} stuck after {}: {}. Nothing more is sent for it: {} tries again, {} lets \
                 it go",
                count(tries(cancel.tries), "request"),
                safe(reason),
                key(Verb::Cancel),
                key(Verb::LetGo)
            );
            return Some(Line::styled(text, theme.bad()));
        }
        Stage::Waiting if cancel.tries == 0 => waiting_words(state),
        Stage::Waiting => {
            format!(
                "cancel{by}: no good answer to {}, trying again",
                count(tries(cancel.tries), "try")
            )
        }
        Stage::Sent => format!("cancel{by}: sent"),
        Stage::Accepted { .. } => {
            format!("cancel{by}: accepted by Hex, waiting for the run to end")
        }
        Stage::Doubtful { reason, .. } => {
            format!("cancel{by}: looking whether it ended ({})", safe(reason))
        }
        Stage::TakenUp { .. } => {
            format!("cancel{by}: left open by a hextop that has ended; looking whether the run has")
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
    let lines = doubt.into_iter().chain([Line::from(given)]).chain(reason);
    lines.chain([Line::raw(confirmed(state, &start.entry))]).collect()
}

/// What the journal has of a start besides: who has confirmed it, when, and how it was sent.
fn confirmed(state: &State, entry: &Entry) -> String {
    let who = entry.who.as_deref().map(|who| format!(" by {}", safe(who))).unwrap_or_default();
    let at = clock::full(entry.at, &state.options.zone);
    let sent = count(tries(entry.attempts), "request");
    let point =
        entry.queue.map(|point| format!(", {} of {} in a queue", point.index + 1, point.of));
    let trace = entry.trace.as_deref().map(|trace| format!(", trace {}", safe(trace)));
    format!(
        "journal  confirmed{who} {at}, {sent}{}{}",
        point.unwrap_or_default(),
        trace.unwrap_or_default()
    )
}

/// Why a cancel that was confirmed has not left.
fn waiting_words(state: &State) -> String {
    match state.shown().health(state.last.boot) {
        Health::TokenRefused | Health::TokenDoubted { .. } => {
            "cancel: goes out once Hex accepts the token".to_owned()
        }
        Health::Offline { .. } => "cancel: goes out once Hex answers again".to_owned(),
        Health::Locked { .. } => "cancel: goes out first once Hex allows requests again".to_owned(),
        Health::Starting | Health::Live { .. } => "cancel: next to go out".to_owned(),
    }
}

/// The usual duration, the one that 95 % stay under, and this one, side by side.
fn plot(theme: Theme, limits: &Limits, elapsed: Duration, style: Style) -> Vec<Line<'static>> {
    const CELLS: u128 = 20;
    let longest = limits.late.max(elapsed).as_millis().max(1);
    let bar = |took: Duration| {
        let cells = (took.as_millis() * CELLS).div_ceil(longest);
        theme.glyph("━", "=").repeat(usize::try_from(cells).unwrap_or(0))
    };
    let row = |name, took, style| {
        let label = format!("{} {}", pad(name, 8), pad(&span(took), 7));
        Line::from(vec![Span::raw(label), Span::styled(bar(took), style)])
    };
    vec![
        row("usual", limits.usual, theme.dim()),
        row("95 %", limits.late, theme.dim()),
        row("this run", elapsed, style),
    ]
}

/// The last runs of the project, this one among them or not.
fn last_runs(state: &State, watched: &ProjectState, here: &RunId, now: Now) -> Vec<Line<'static>> {
    let theme = state.options.theme;
    let moment = state.shown().moment(now);
    let mut lines = vec![Line::styled("last runs of the project", theme.dim())];
    lines.extend(watched.newest_first().take(LAST).map(|seen| {
        let run = &seen.run;
        let mark = if run.id == *here { theme.glyph("▌", "=") } else { " " };
        let started =
            run.start.map_or("–".to_owned(), |at| state.options.brief(at, moment.server, false));
        let took = moment.elapsed(seen).map_or("–".to_owned(), span);
        let word = format!("{} {}", theme.status_glyph(&run.status), safe(run.status.word()));
        Line::from(vec![
            Span::styled(mark, theme.strong()),
            Span::styled(pad(&word, 13), theme.status(&run.status)),
            Span::raw(format!("{} {} {}", run.id.short(), pad(&started, 7), took)),
        ])
    }));
    lines
}
