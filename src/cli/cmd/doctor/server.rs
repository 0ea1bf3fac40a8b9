//! What answers tell of the server: paths, order of lists, limits and clock.

use jiff::Timestamp;

use super::super::super::probe::Seen;
use super::check::Check;
use crate::api::{Call, PageOrder, PathStyle, RateHint};
use crate::ui::text::{about, count};

/// From so many seconds on a clock that differs is worth a word: schedules and ages go by it.
const SKEW: i64 = 5;

pub(super) fn checks(answers: &[Seen], projects: usize) -> Vec<Check> {
    let looked = |seen: &&Seen| matches!(seen.call, Call::ListRuns { .. });
    let look = answers.iter().rev().find(|seen| looked(seen) && seen.error.is_none());
    vec![
        list(answers, projects),
        paths(look, answers.iter().rev().find(looked)),
        order(look),
        limits(answers.iter().rev().map(|seen| &seen.rate)),
        clock(answers),
    ]
}

fn list(answers: &[Seen], projects: usize) -> Check {
    let failed = answers.iter().find(|seen| matches!(seen.call, Call::ListProjects { .. }));
    match failed.and_then(|seen| seen.error.as_ref()) {
        Some(error) => Check::told("projects", crate::cli::FAILED, &error.to_string()),
        None if projects > 0 => Check::good("projects", count(projects, "project") + " known"),
        None if failed.is_some() => Check::warn(
            "projects",
            "the list is empty",
            "ask an admin for access to projects, or check whose token it is",
        ),
        None => Check::skip("projects", "not asked for"),
    }
}

fn paths(good: Option<&Seen>, any: Option<&Seen>) -> Check {
    match (good, any) {
        (Some(seen), _) => Check::good(
            "paths",
            match seen.style {
                PathStyle::Current => "current (/v1/projects/{id}/runs)",
                PathStyle::Legacy => "legacy (/v1/project/{id}/run)",
            },
        ),
        (None, Some(seen)) => {
            let error = seen.error.as_ref().map(ToString::to_string).unwrap_or_default();
            let next =
                "set paths to \"current\" or \"legacy\" in the settings if you know which it is";
            Check::warn("paths", format!("the runs of a project cannot be read ({error})"), next)
        }
        (None, None) => Check::skip("paths", "no project has runs to look at"),
    }
}

fn order(look: Option<&Seen>) -> Check {
    match look.and_then(|seen| seen.order) {
        None => Check::skip("order", "no list of runs was read"),
        Some((_, runs @ 0..=1)) => {
            Check::skip("order", format!("{} cannot tell it", count(runs, "run")))
        }
        Some((PageOrder::NewestFirst, _)) => Check::good("order", "newest runs first"),
        Some((PageOrder::OldestFirst, _)) => {
            Check::good("order", "oldest runs first: hextop reads the last page of each list")
        }
        Some((PageOrder::Mixed, _)) => Check::warn(
            "order",
            "runs come in no order of time, so that new ones may be overlooked in long lists",
            "tell Hex support",
        ),
    }
}

fn limits<'a>(mut rates: impl Iterator<Item = &'a RateHint>) -> Check {
    let Some(rate) = rates.find(|rate| rate.limit.is_some() || rate.remaining.is_some()) else {
        return Check::skip(
            "limits",
            "no header tells one; hextop keeps to those that Hex documents",
        );
    };
    let limit = rate.limit.map(|limit| format!("{limit} requests a window"));
    let left = rate.remaining.map(|left| format!("{left} left"));
    let reset = rate.reset.map(|reset| format!("anew in {}", about(reset)));
    let told: Vec<_> = limit.into_iter().chain(left).chain(reset).collect();
    Check::good("limits", told.join(", "))
}

/// By how much this machine's clock differs, from the answer that tells it best.
fn clock(answers: &[Seen]) -> Check {
    let skews = answers.iter().filter_map(|seen| Some(skew(seen.date?, seen.sent, seen.received)));
    let Some(skew) = skews.min_by_key(|skew| skew.abs()) else {
        return Check::skip("clock", "no answer had a Date");
    };
    let size = count(usize::try_from(skew.unsigned_abs()).unwrap_or(usize::MAX), "second");
    if skew.abs() <= SKEW {
        let detail = if skew == 0 { "as Hex's".to_owned() } else { format!("{size} beside Hex's") };
        return Check::good("clock", detail);
    }
    let direction = if skew > 0 { "ahead of" } else { "behind" };
    let next = "set this machine's clock (hextop itself goes by Hex's)";
    Check::warn("clock", format!("{size} {direction} Hex's"), next)
}

/// The least number of seconds by which this machine's clock must be ahead, or behind if negative: the
/// `Date` is of whole seconds, and was written between sending and receiving.
fn skew(date: Timestamp, sent: Timestamp, received: Timestamp) -> i64 {
    let (date, sent, received) = (date.as_second(), sent.as_second(), received.as_second());
    if sent > date + 1 {
        sent - date - 1
    } else if received < date {
        received - date
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::check::State;
    use super::*;
    use crate::api::ApiError;
    use crate::api::error::Detail;
    use crate::domain::ProjectId;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn seen(call: Call) -> Seen {
        Seen {
            call,
            style: PathStyle::Current,
            error: None,
            rate: RateHint::default(),
            date: Some(at(100)),
            order: None,
            sent: at(100),
            received: at(100),
        }
    }

    fn look(style: PathStyle, order: Option<(PageOrder, usize)>) -> Seen {
        let project = ProjectId::new("p");
        let call = Call::ListRuns { project, limit: 100, offset: 0, status: None };
        Seen { style, order, ..seen(call) }
    }

    fn told(answers: &[Seen]) -> Vec<(State, String)> {
        checks(answers, 3).into_iter().map(|check| (check.state, check.detail)).collect()
    }

    #[test]
    fn paths_and_order_are_those_of_the_look_that_was_good() {
        let gone = Seen {
            error: Some(ApiError::NotFound(Detail::default())),
            ..look(PathStyle::Current, None)
        };
        let newest = Some((PageOrder::NewestFirst, 9));
        let answers = told(&[gone.clone(), look(PathStyle::Legacy, newest)]);
        assert_eq!(answers[1], (State::Good, "legacy (/v1/project/{id}/run)".to_owned()));
        assert_eq!(answers[2], (State::Good, "newest runs first".to_owned()));
        assert_eq!(told(&[gone])[1].0, State::Warn);
        let few = told(&[look(PathStyle::Current, Some((PageOrder::NewestFirst, 1)))]);
        assert_eq!(few[2], (State::Skip, "1 run cannot tell it".to_owned()));
        let mixed = told(&[look(PathStyle::Current, Some((PageOrder::Mixed, 9)))]);
        assert_eq!(mixed[2].0, State::Warn);
        assert_eq!(told(&[])[1].0, State::Skip);
    }

    #[test]
    fn limits_are_those_of_the_last_answer_that_told_some() {
        let rate = RateHint {
            limit: Some(60),
            remaining: Some(58),
            reset: Some(Duration::from_secs(30)),
            retry_after: None,
        };
        let answers = [Seen { rate, ..seen(Call::Me) }, seen(Call::Me)];
        let limits = &told(&answers)[3];
        assert!(limits.1.starts_with("60 requests a window, 58 left, anew in "), "{limits:?}");
        assert_eq!(told(&[seen(Call::Me)])[3].0, State::Skip);
    }

    #[test]
    fn a_clock_differs_only_as_far_as_the_whole_seconds_of_a_date_can_tell() {
        for (date, sent, received, expected) in [
            (100, 100, 100, 0),
            (100, 101, 101, 0),
            (100, 102, 103, 1),
            (100, 90, 95, -5),
            (100, 90, 101, 0),
            (100, 190, 191, 89),
        ] {
            assert_eq!(skew(at(date), at(sent), at(received)), expected, "{sent} {received}");
        }
        let ahead = Seen { sent: at(190), received: at(191), ..seen(Call::Me) };
        let clock = told(&[ahead])[4].clone();
        assert_eq!(clock, (State::Warn, "89 seconds ahead of Hex's".to_owned()));
        assert_eq!(told(&[seen(Call::Me)])[4], (State::Good, "as Hex's".to_owned()));
    }
}
