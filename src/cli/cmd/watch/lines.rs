//! Reports as lines: for scripts as JSON, for people in words.
//!
//! The server's texts were cleaned when they came in. What else stands in a line of JSON is unchanged,
//! and escaped where it would act on a terminal; in a line for people it is replaced.

use jiff::Timestamp;
use ratatui::text::Span;
use serde_json::{Value, json};

use crate::api::{ApiError, words};
use crate::cli::harmless;
use crate::cli::output::Output;
use crate::cli::table::{Column, Table};
use crate::domain::time::between;
use crate::domain::{Boot, RunId};
use crate::engine::export::also_named;
use crate::engine::model::{Change, Health, News, RuleNews, RuleStep, VerdictNews};
use crate::engine::queries::watch_reporter::Report;
use crate::ui::listing;
use crate::ui::text::{pad, safe, span};

/// What is called otherwise in Hex's API and in what the other commands print.
const NAMES: [(&str, &str); 13] = [
    ("at", "time"),
    ("project", "projectId"),
    ("run", "runId"),
    ("from", "previousStatus"),
    ("to", "status"),
    ("happened", "happenedTime"),
    ("late_seconds", "lateTime"),
    ("trigger", "runTrigger"),
    ("version", "projectVersion"),
    ("elapsed_seconds", "elapsedTime"),
    ("usual_seconds", "usualTime"),
    ("wait_seconds", "waitTime"),
    ("held_because", "heldBecause"),
];
/// The columns for people.
const COLUMNS: [Column; 5] = [
    Column::whole("SEEN").at_most(9),
    Column::cut("PROJECT", 12).at_most(28),
    Column::whole("RUN").at_most(8),
    // As wide as `running → completed`.
    Column::cut("STATUS", 12).at_most(22),
    Column::rest("WHAT"),
];

/// The report as one line of JSON; `at` is the server's time.
pub(in crate::cli) fn json(report: &Report, at: Timestamp, now: Boot) -> String {
    let at = stamp(at);
    let reason = |error: &ApiError| Value::from(error.to_string());
    let value = match report {
        Report::Run(change) => run(change),
        Report::Verdict(news) => verdict(news, &at),
        Report::Rule(news) => rule(news, &at),
        Report::Cancelled(entry) => json!({
            "event": "cancel", "at": at, "project": entry.project, "title": entry.title,
            "run": entry.run, "rule": entry.rule, "state": entry.stage.word(),
            "why": entry.why(),
        }),
        Report::Health(health) => {
            let (word, wait, error) = match health {
                Health::Starting => ("starting", None, None),
                Health::Live { .. } => ("live", None, None),
                Health::Locked { until } => ("locked", Some(*until), None),
                Health::Offline { next, error, .. } => ("offline", Some(*next), Some(error)),
                Health::TokenDoubted { next, .. } => {
                    ("token_doubted", Some(*next), Some(&ApiError::Unauthorized))
                }
                Health::TokenRefused => ("token_refused", None, Some(&ApiError::Unauthorized)),
            };
            let wait = wait.map(|until| seconds(until.saturating_sub(now).as_secs_f64()));
            let error = error.map(reason);
            json!({ "event": "health", "at": at, "health": word, "wait_seconds": wait, "error": error })
        }
        Report::Project { project, title, error } => json!({
            "event": "project", "at": at, "project": project, "title": title,
            "readable": error.is_none(), "error": error.as_ref().map(reason),
        }),
        Report::Listing(error) => json!({
            "event": "listing", "at": at,
            "readable": error.is_none(), "error": error.as_ref().map(reason),
        }),
        Report::Missing(names) => json!({ "event": "missing", "at": at, "names": names }),
        Report::Cut(cut) => json!({
            "event": "listing_cut", "at": at, "projects": cut.projects, "pages": cut.pages,
        }),
        Report::NothingPublished(nothing) => {
            json!({ "event": "nothing_published", "at": at, "nothing": nothing })
        }
    };
    harmless(&also_named(value, &NAMES).to_string())
}

fn run(change: &Change) -> Value {
    let news = match change.news {
        News::FirstLook => "first_look",
        News::Appeared => "appeared",
        News::Changed(_) => "changed",
    };
    json!({
        "event": "run",
        "at": stamp(change.seen),
        "news": news,
        "project": change.project,
        "title": change.title,
        "run": change.run,
        "from": change.from().map(|status| words::status_word(status).to_owned()),
        "to": words::status_word(&change.to),
        "happened": change.happened.map(stamp),
        "late_seconds": change.late().map(|late| seconds(late.as_secs_f64())),
        "trigger": change.trigger.as_ref().map(|trigger| words::trigger_word(trigger).to_owned()),
        "version": change.version,
    })
}

fn verdict(news: &VerdictNews, at: &str) -> Value {
    let ratio = news.usual.map(|usual| news.elapsed.as_secs_f64() / usual.as_secs_f64());
    json!({
        "event": "verdict",
        "at": at,
        "project": news.project,
        "title": news.title,
        "run": news.run,
        "verdict": news.verdict.word(),
        "elapsed_seconds": seconds(news.elapsed.as_secs_f64()),
        "usual_seconds": news.usual.map(|usual| seconds(usual.as_secs_f64())),
        "ratio": ratio.filter(|ratio| ratio.is_finite()).map(seconds),
        "why": news.why,
    })
}

fn rule(news: &RuleNews, at: &str) -> Value {
    let (step, reason) = match &news.step {
        RuleStep::Would => ("would_cancel", None),
        RuleStep::Begun(..) => ("countdown", None),
        RuleStep::Held(why) => ("held", Some(why)),
        RuleStep::Kept => ("kept", None),
        RuleStep::Over => ("over", None),
        RuleStep::Ordered => ("cancels", None),
    };
    let lasts = match news.step {
        RuleStep::Begun(lasts, _) => Some(seconds(lasts.as_secs_f64())),
        _ => None,
    };
    json!({
        "event": "rule",
        "at": at,
        "step": step,
        "project": news.project,
        "title": news.title,
        "run": news.run,
        "rule": news.rule,
        "why": news.why,
        "seconds": lasts,
        "held_because": reason,
    })
}

/// The report as one line for people.
pub(in crate::cli) fn plain(report: &Report, at: Timestamp, now: Boot, output: Output) -> String {
    let clock = at.strftime("%H:%M:%SZ");
    let wait = |until: Boot| span(until.saturating_sub(now));
    let text = match report {
        Report::Run(change) => return words(change, output),
        Report::Verdict(news) => return verdict_words(news, at, output),
        Report::Rule(news) => rule_words(news),
        Report::Cancelled(entry) => {
            let why = entry.why().map(|why| format!(" ({why})")).unwrap_or_default();
            let (run, title) = (entry.run.short(), &*entry.title);
            format!("the cancel of {run} of {title}: {}{why}", entry.stage.word().replace('_', " "))
        }
        Report::Health(Health::Starting) => {
            "looking at every project for the first time".to_owned()
        }
        Report::Health(Health::Live { .. }) => "live".to_owned(),
        Report::Health(Health::Locked { until }) => {
            format!("Hex refuses requests (429): asking again in {}", wait(*until))
        }
        Report::Health(Health::Offline { next, error, .. }) => {
            format!("nothing gets through, next try in {}: {error}", wait(*next))
        }
        Report::Health(Health::TokenDoubted { next, .. }) => {
            let wait = span(next.saturating_sub(now));
            format!("Hex refused the token (401): reading it anew and trying again in {wait}")
        }
        Report::Health(Health::TokenRefused) => ApiError::Unauthorized.to_string(),
        Report::Project { title, error: Some(error), .. } => {
            format!("{title} is not seen: {error}")
        }
        Report::Project { title, error: None, .. } => format!("{title} is seen again"),
        Report::Listing(Some(error)) => format!("the projects cannot be listed: {error}"),
        Report::Listing(None) => "the projects can be listed again".to_owned(),
        Report::Missing(names) => format!("no project is called {} any more", names.join(", ")),
        Report::Cut(cut) => listing::cut(*cut),
        Report::NothingPublished(true) => {
            "no watched project is published, and only those have runs: publish one in Hex"
                .to_owned()
        }
        Report::NothingPublished(false) => "a project is published".to_owned(),
    };
    format!("{clock} {}", safe(&text))
}

/// `21:04:11Z  Churn model   b7e19c30  running → completed  12s late  scheduled`
fn words(change: &Change, output: Output) -> String {
    let arrow = if output.unicode { "→" } else { "->" };
    let to = change.to.word();
    let statuses = match &change.news {
        News::Changed(from) => format!("{} {arrow} {to}", from.word()),
        News::Appeared => format!("{arrow} {to}"),
        News::FirstLook => format!("{to} already"),
    };
    let late = match (&change.news, change.happened) {
        (News::FirstLook, Some(at)) => format!("for {}", span(between(at, change.seen))),
        _ => change.late().map_or_else(String::new, |late| format!("{} late", span(late))),
    };
    let trigger = change.trigger.as_ref().map_or("", |trigger| trigger.word());
    let what = format!("{}  {trigger}", pad(&late, 11));
    row(change.seen, &change.title, &change.run, statuses, what, output)
}

/// `21:04:11Z  Churn model   b7e19c30  runaway   52m09s, usually 3m40s: longer than all 61 runs of v14`
fn verdict_words(news: &VerdictNews, at: Timestamp, output: Output) -> String {
    let usual = news.usual.map(|usual| format!(", usually {}", span(usual))).unwrap_or_default();
    let what = format!("{}{usual}: {}", span(news.elapsed), news.why);
    row(at, &news.title, &news.run, news.verdict.word().to_owned(), what, output)
}

fn row(
    at: Timestamp,
    title: &str,
    run: &RunId,
    status: String,
    what: String,
    output: Output,
) -> String {
    let seen = at.strftime("%H:%M:%SZ").to_string();
    let cells = [seen, title.to_owned(), run.short().to_owned(), status, what];
    Table::unseen(&COLUMNS, output).line(&cells.map(Span::raw).to_vec())
}

fn rule_words(news: &RuleNews) -> String {
    let of = format!("{} of {}", news.run.short(), &*news.title);
    let (rule, why) = (&news.rule, &news.why);
    match &news.step {
        RuleStep::Would => format!("the rule `{rule}` would cancel {of}: {why}"),
        RuleStep::Begun(lasts, _) => {
            format!("the rule `{rule}` cancels {of} in {}: {why}", span(*lasts))
        }
        RuleStep::Held(because) => {
            format!("the rule `{rule}` would cancel {of} ({why}), but waits: {because}")
        }
        RuleStep::Kept => format!("a person keeps {of} from the rule `{rule}`"),
        RuleStep::Over => {
            format!("the rule `{rule}` lets {of} be: it is no case for it any more")
        }
        RuleStep::Ordered => format!("the rule `{rule}` cancels {of} now: {why}"),
    }
}

/// A text without characters that act on a terminal.
pub(super) fn printable(text: &str) -> String {
    safe(text)
}

fn stamp(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Seconds to a tenth: the server's clock is not known better.
fn seconds(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}
