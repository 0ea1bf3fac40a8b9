//! An incident as Markdown: what happened, what was done and what was told in a stretch of time, from the runs
//! that are known, the journal and the alerts.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use super::text::{count, safe, span};
use super::{Effect, State, started};
use crate::domain::rules;
use crate::domain::runaway::Verdict;
use crate::domain::{Now, RunStatus};
use crate::engine::model::{Moment, ProjectState, RunState};

/// What is reported where nobody says for how long.
const USUAL: SignedDuration = SignedDuration::from_hours(1);
/// The longest that is.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 7);
/// Rows of each table.
const MOST: usize = 500;

/// A run of the report.
type Told<'a> = (&'a ProjectState, &'a RunState);

impl State {
    /// Saves a report of the last hour, or of as long as `text` says.
    pub(super) fn report(&mut self, text: Option<&str>, now: Now, effects: &mut Vec<Effect>) {
        let length = match text.map(str::parse::<SignedDuration>) {
            None => USUAL,
            Some(Ok(length)) if length.is_positive() => length.min(LONGEST),
            Some(_) => {
                let text = "write how far back it is to go, such as `:report 30m` or `:report 2h`";
                return self.warn(text.to_owned(), now);
            }
        };
        let at = now.wall.strftime("%Y%m%d-%H%M%SZ");
        let name = format!("hextop-incident-{at}.md");
        self.inform(format!("reporting the last {}…", rules::words(length.unsigned_abs())), now);
        effects.push(Effect::Save { name, text: self.markdown(length, now) });
    }

    fn markdown(&self, length: SignedDuration, now: Now) -> String {
        let model = self.shown();
        let moment = model.moment(now);
        let from = moment.server.saturating_sub(length).unwrap_or(Timestamp::MIN);
        let mut text = format!(
            "# Incident in {}\n\nFrom {} to {} (UTC, by Hex's clock), as hextop {} saw it{}. Runs that started and \
             ended while no hextop looked are missing.\n",
            cell(&self.options.workspace),
            clock(from),
            clock(moment.server),
            env!("CARGO_PKG_VERSION"),
            model
                .me()
                .and_then(|me| me.email.as_deref())
                .map(|who| format!(" for {}", cell(who)))
                .unwrap_or_default()
        );
        let runs: Vec<_> = model.runs().collect();
        active(&mut text, &runs, moment);
        ended(&mut text, &runs, from);
        self.done(&mut text, from);
        self.told(&mut text, from);
        text
    }

    /// What persons and rules have done.
    fn done(&self, text: &mut String, from: Timestamp) {
        let model = self.shown();
        let title = |title: &str, id| if title.is_empty() { self.title(id) } else { safe(title) };
        let cancels = model.cancel_entries().rev().take_while(|entry| entry.at >= from).map(|it| {
            let who = it.rule.as_ref().filter(|_| !it.is_kept()).map(|rule| format!("rule {rule}"));
            let who =
                who.or_else(|| it.who.clone()).unwrap_or_else(|| "somebody unknown".to_owned());
            let what = format!("{} {}", started::cancel_word(it), it.run.short());
            let why = it.why().or_else(|| it.reason.clone()).unwrap_or_default();
            (it.at, [who, title(&it.title, &it.project), what, why])
        });
        let starts = model.starts().rev().take_while(|start| start.entry.at >= from).map(|it| {
            let entry = &it.entry;
            let who = entry.who.clone().unwrap_or_else(|| "somebody unknown".to_owned());
            let run = entry.stage.run().map(|run| format!(" {}", run.short())).unwrap_or_default();
            let what = format!("start {}{run}", started::word(&entry.stage));
            let why = entry.reason.clone().unwrap_or_default();
            (entry.at, [who, title(&entry.title, &entry.project), what, why])
        });
        let mut rows: Vec<_> = cancels.chain(starts).collect();
        rows.sort_by_key(|(at, _)| *at);
        let rows = rows
            .into_iter()
            .map(|(at, [who, project, what, why])| [clock(at), who, project, what, why]);
        table(text, "What was done", ["when", "who", "project", "what", "why"], rows.collect());
    }

    /// What was told, the oldest first.
    fn told(&self, text: &mut String, from: Timestamp) {
        let alerts = self.watching.alerts.iter().rev().filter(|alert| alert.at >= from);
        let rows = alerts.map(|alert| [clock(alert.at), alert.words()]);
        table(text, "What was told", ["when", "alert"], rows.collect());
    }
}

/// Runs that go on.
fn active(text: &mut String, runs: &[Told<'_>], moment: Moment) {
    let mut active: Vec<_> = runs.iter().filter(|(_, seen)| seen.run.is_active()).collect();
    active.sort_by_key(|(_, seen)| seen.run.start.unwrap_or(Timestamp::MAX));
    let out_of_hand = active
        .iter()
        .filter(|(watched, seen)| moment.verdict(watched, seen) == Some(Verdict::Runaway))
        .count();
    let _ = writeln!(text, "\n{} active, {out_of_hand} out of hand.", count(active.len(), "run"));
    let rows = active.into_iter().map(|(watched, seen)| {
        let elapsed = moment.elapsed(seen);
        let ratio = watched.ratio(&seen.run, elapsed).map(|ratio| format!("×{ratio:.1}"));
        [
            watched.project.title.to_string(),
            seen.run.id.short().to_owned(),
            match moment.verdict(watched, seen) {
                Some(verdict) => verdict.word().to_owned(),
                None => seen.run.status.word().to_owned(),
            },
            elapsed.map(span).unwrap_or_default(),
            ratio.unwrap_or_default(),
        ]
    });
    table(text, "Active runs", ["project", "run", "state", "elapsed", "vs usual"], rows.collect());
}

/// Runs that have ended otherwise than well, counted by what they share, then one by one.
fn ended(text: &mut String, runs: &[Told<'_>], from: Timestamp) {
    let is_bad = |status: &RunStatus| {
        matches!(status, RunStatus::Errored | RunStatus::NoKernel | RunStatus::Killed)
    };
    let end = |seen: &RunState| seen.run.end.or(seen.run.start);
    let mut bad: Vec<_> = runs
        .iter()
        .filter(|(_, seen)| is_bad(&seen.run.status) && end(seen).is_some_and(|at| at >= from))
        .collect();
    bad.sort_by_key(|(_, seen)| end(seen));
    let mut shared: BTreeMap<(&str, &str, Option<&str>), usize> = BTreeMap::new();
    for (watched, seen) in &bad {
        let version = seen.run.version.as_deref();
        *shared.entry((seen.run.status.word(), &watched.project.title, version)).or_default() += 1;
    }
    let mut shared: Vec<_> = shared.into_iter().collect();
    shared.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    let rows = shared.into_iter().map(|((status, title, version), number)| {
        let version = version.map_or_else(String::new, |version| format!("v{version}"));
        [number.to_string(), status.to_owned(), title.to_owned(), version]
    });
    table(
        text,
        "What failed or was killed",
        ["runs", "status", "project", "version"],
        rows.collect(),
    );
    let rows = bad.into_iter().map(|(watched, seen)| {
        [
            end(seen).map(clock).unwrap_or_default(),
            watched.project.title.to_string(),
            seen.run.id.short().to_owned(),
            seen.run.status.word().to_owned(),
            seen.run.elapsed_at(Timestamp::MIN).map(span).unwrap_or_default(),
        ]
    });
    table(text, "One by one", ["ended", "project", "run", "status", "took"], rows.collect());
}

/// A table under a heading; that there is nothing, where there is nothing.
fn table<const N: usize>(
    text: &mut String,
    heading: &str,
    names: [&str; N],
    rows: Vec<[String; N]>,
) {
    let _ = writeln!(text, "\n## {heading}\n");
    if rows.is_empty() {
        let _ = writeln!(text, "Nothing.");
        return;
    }
    let line = |cells: Vec<String>| format!("| {} |", cells.join(" | "));
    let _ = writeln!(text, "{}", line(names.map(str::to_owned).to_vec()));
    let _ = writeln!(text, "{}", line(names.map(|_| "---".to_owned()).to_vec()));
    let left = rows.len().saturating_sub(MOST);
    for row in rows.into_iter().take(MOST) {
        let _ = writeln!(text, "{}", line(row.iter().map(|text| cell(text)).collect()));
    }
    if left > 0 {
        let _ = writeln!(text, "\nand {left} more.");
    }
}

/// A text that makes no table, link or markup of its own.
fn cell(text: &str) -> String {
    let mut plain = String::new();
    for letter in safe(text).chars() {
        match letter {
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' => {
                plain.extend(['\\', letter]);
            }
            letter => plain.push(letter),
        }
    }
    plain
}

fn clock(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}
