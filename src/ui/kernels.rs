//! What is said of kernels: only what is known.
//!
//! Runs started here hold the user's kernels for certain; any other run may.

use ratatui::style::Style;

use super::State;
use super::text::{count, safe, span};
use crate::domain::Now;
use crate::domain::time::between;
use crate::engine::kernels::{Held, Holder, Refusal};

/// Runs that would free a kernel, as many as are named.
const NAMED: usize = 3;

/// `kernels 25/25 FULL, 6 wait`, or `22+ of 25 kernels`; nothing while enough are not known to be held.
pub(super) fn chip(state: &State, now: Now) -> Option<(String, Style)> {
    let theme = state.options.theme;
    let (kernels, Held { certain, limit, .. }) =
        (state.model.kernels(), state.model.kernels().held());
    if kernels.is_full(now.boot) {
        let wait = match state.model.starts_without_kernel(now.boot) {
            0 => String::new(),
            number => format!(", {number} wait"),
        };
        return Some((format!("kernels {limit}/{limit} FULL{wait}"), theme.bad()));
    }
    // Nearly full: four of five.
    (certain * 5 >= limit * 4).then(|| (format!("{certain}+ of {limit} kernels"), Style::new()))
}

/// Who holds how many, in a sentence; none while no run is known that may hold one.
pub(super) fn held(state: &State) -> Option<String> {
    let Held { certain, possible, limit } = state.model.kernels().held();
    let up_to = |number: usize| if number == limit { "all".to_owned() } else { number.to_string() };
    Some(match (certain, possible) {
        (0, 0) => return None,
        (0, _) => format!("Up to {} of {limit} kernels may be held already.", up_to(possible)),
        (certain, possible) if possible == certain => {
            format!("{certain} of {limit} kernels are held by runs started here.")
        }
        (certain, possible) => format!(
            "{certain} of {limit} kernels are held by runs started here, up to {} with others' runs.",
            up_to(possible)
        ),
    })
}

/// Why a start may find no kernel; none if nothing speaks for that.
pub(super) fn warning(state: &State, now: Now) -> Option<String> {
    let kernels = state.model.kernels();
    let limit = kernels.limit();
    if let Some(Refusal { ago, certain, .. }) = kernels.refusal(now.boot) {
        let (ago, own) = (span(ago), count(certain, "run"));
        return Some(format!(
            "No kernel is free: Hex said so {ago} ago (503), with {own} started here holding one. \
             It may refuse this start."
        ));
    }
    kernels.is_full(now.boot).then(|| {
        format!("Runs started here hold {limit} of {limit} kernels: Hex may refuse this start.")
    })
}

/// Runs whose end would free a kernel, those started here first, each longest first.
pub(super) fn to_free_one(state: &State, now: Now) -> Option<String> {
    let named: Vec<_> = state.model.kernels().holders().take(NAMED).collect();
    let (foreign, own): (Vec<_>, Vec<_>) = named.into_iter().partition(|holder| holder.is_foreign);
    let list = |holders: &[&Holder]| {
        let words = holders.iter().map(|holder| words(state, holder, now));
        words.collect::<Vec<_>>().join("; ")
    };
    let (own, foreign) = (list(&own), list(&foreign));
    match (own.is_empty(), foreign.is_empty()) {
        (true, true) => None,
        (false, true) => Some(format!("to free one, cancel {own}")),
        (false, false) => Some(format!("to free one, cancel {own}; may be yours: {foreign}")),
        (true, false) => Some(format!("no run started here holds one; may be yours: {foreign}")),
    }
}

fn words(state: &State, holder: &Holder, now: Now) -> String {
    let elapsed = between(holder.start, state.model.server_now(now));
    let title = safe(&state.title(&holder.project));
    format!("{title} {} {}", holder.run.short(), span(elapsed))
}
