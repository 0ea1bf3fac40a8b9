//! The review of a sweep: how many starts, how long they take, and what they wait for.

use std::time::Duration;

use crate::domain::inputs::Draft;
use crate::domain::{Now, ProjectId};
use crate::engine::budget::{Limit, MINUTE};
use crate::engine::queries::forecast::Bound;
use crate::ui::State;
use crate::ui::command::{Context, Verb};
use crate::ui::text::{about, count, safe};

/// More starts than these are confirmed by typing their number.
pub(super) const ASKS: usize = 10;

/// What there are several of: `rows.csv ×40, region ×3`.
pub(super) fn factors(draft: &Draft, now: &jiff::Zoned) -> String {
    let table = draft.table.iter().map(|table| (safe(table.name()), table.count()));
    let rows = draft.rows.iter().filter(|row| row.set && row.is_several());
    let rows = rows
        .filter(|row| draft.table_of(row).is_none())
        .filter_map(|row| Some((safe(&row.spec.name), row.several(now).ok()?.count())));
    let word = |(name, count): (String, usize)| format!("{name} ×{count}");
    table.chain(rows).map(word).collect::<Vec<_>>().join(", ")
}

/// What a sweep costs and how long it takes, in sentences.
pub(super) fn cost(state: &State, project: &ProjectId, starts: usize, now: Now) -> [String; 2] {
    let model = &state.model;
    let kept = usize::try_from(model.kernels_kept_free()).unwrap_or(0);
    let spare = model.budget().spare(now.boot);
    let key = state.key(Context::Panes, Verb::Queues);
    let terms = format!(
        "One leaves after the other, as the limits and the kernels allow; {} kept free for others. \
         Costs {} over that time, of {spare} to spare now. {key} shows the queue, pauses it and cuts \
         it short.",
        count(kept, "kernel"),
        count(starts, "request"),
    );
    [format!("{}: {}.", count(starts, "run"), time(state, project, starts, now)), terms]
}

/// When the last start leaves and its run ends, and what that is bound by.
fn time(state: &State, project: &ProjectId, starts: usize, now: Now) -> String {
    let model = &state.model;
    let forecast = model.forecast(project, starts, now.boot);
    let usual = model
        .project(project)
        .and_then(|watched| watched.durations.newest())
        .map(|limits| limits.usual);
    let leaves = match forecast.leaves.saturating_sub(now.boot) {
        Duration::ZERO => "the last leaves at once".to_owned(),
        wait => format!("the last leaves in about {}", about(wait)),
    };
    let ends = about(forecast.ends.saturating_sub(now.boot));
    let Some(usual) = usual else {
        return match bound(state, forecast.bound, now) {
            None => leaves,
            Some(bound) => format!("{leaves} if runs are short, bound by {bound}"),
        };
    };
    let a_run = about(usual);
    let text = format!("{leaves} and ends in about {ends}");
    match (forecast.bound, bound(state, forecast.bound, now)) {
        (_, None) => text,
        (Bound::Kernels, Some(bound)) => format!("{text}, bound by {bound} at {a_run} a run"),
        (_, Some(bound)) => format!("{text}, bound by {bound}"),
    }
}

fn bound(state: &State, bound: Bound, now: Now) -> Option<String> {
    match bound {
        Bound::Nothing => None,
        Bound::Starts(limit) => Some(words(limit)),
        Bound::Requests(requests) => Some(format!("{requests} requests a minute")),
        Bound::Kernels => Some(match state.model.kernels_for_queues(now.boot) {
            0 => "kernels, of which none is free yet,".to_owned(),
            kernels => count(kernels, "kernel"),
        }),
    }
}

fn words(limit: Limit) -> String {
    let window = match limit.window {
        window if window == MINUTE => "a minute",
        window if window == Duration::from_hours(1) => "an hour",
        _ => "a while",
    };
    format!("{} starts {window}", limit.count)
}
