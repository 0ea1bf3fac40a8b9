//! Terms: their keys, how their values are read, and how they are completed.

use std::time::Duration;

use super::show::quoted;
use super::{Bound, Saved, Subject, Term, squeezed};
use crate::domain::runaway::Verdict;
use crate::domain::title::folded;
use crate::domain::{RunStatus, RunTrigger};

/// A key as it is written, what it wants, and what it is about.
struct Key {
    name: &'static str,
    wants: &'static str,
    of: &'static [Subject],
}

const fn key(name: &'static str, wants: &'static str, of: &'static [Subject]) -> Key {
    Key { name, wants, of }
}

const RUNS: &[Subject] = &[Subject::Runs];
const JOURNAL: &[Subject] = &[Subject::Journal];
const PROJECTS: &[Subject] = &[Subject::Runs, Subject::Projects];
const CHANGES: &[Subject] = &[Subject::Runs, Subject::Changes];
const ALL: &[Subject] = &[Subject::Runs, Subject::Projects, Subject::Journal, Subject::Changes];

/// All keys.
const KEYS: [Key; 17] = [
    key("status:", "running, or active, ended", CHANGES),
    key("project:", "a part of a title or an id", ALL),
    key("owner:", "a part of the owner's address", PROJECTS),
    key("category:", "a part of a category of the project", PROJECTS),
    key("label:", "a part of the project's status in the workspace", PROJECTS),
    key("trigger:", "api, scheduled, app", CHANGES),
    key("version:", "a version", CHANGES),
    key("verdict:", "waiting, late, slow, runaway", RUNS),
    key("sweep:", "a part of its reason, or the beginning of its id", RUNS),
    key("age>", "10m", RUNS),
    key("age<", "10m", RUNS),
    key("elapsed>", "10m", RUNS),
    key("elapsed<", "10m", RUNS),
    key("ratio>", "3, times the usual duration", RUNS),
    key("ratio<", "3, times the usual duration", RUNS),
    key("state:", "what became of it, such as refused", JOURNAL),
    key("who:", "a part of the address of who has confirmed it", JOURNAL),
];

/// The word that asks for what was started with hextop.
pub(super) const MINE: &str = "mine";
/// What it is about.
pub(super) const MINE_OF: &[Subject] = &[Subject::Runs, Subject::Journal];

/// The keys of a subject.
fn keys_of(subject: Subject) -> impl Iterator<Item = &'static str> {
    KEYS.iter().filter(move |key| key.of.contains(&subject)).map(|key| key.name)
}

/// What Hex calls the status of a run that never got a kernel.
const NO_KERNEL: &str = "unable to allocate kernel";

/// How like a known key an unknown one must be to be taken for it.
const LIKE: f64 = 0.4;

/// The first key-like beginning of a word: letters and then `:`, `>` or `<`.
pub(super) fn key_of(word: &str) -> Option<(&str, &str)> {
    let end = word.find([':', '>', '<'])? + 1;
    word.split_at_checked(end)
}

/// Reads a term with a key.
///
/// # Errors
/// A sentence that names what is wrong and what would be accepted.
pub(super) fn read(key: &str, value: &str, subject: Subject) -> Result<Vec<Term>, String> {
    let lowered = key.to_lowercase();
    let Some(known) = KEYS.iter().find(|known| known.name == lowered) else {
        return Err(unknown(key, subject));
    };
    if !known.of.contains(&subject) {
        return Err(is_not_of(key, subject));
    }
    let word = folded(value);
    let wants = || format!("`{key}` wants something behind it: {}", known.wants);
    if word.is_empty() {
        return Err(wants());
    }
    let bound = if lowered.ends_with('>') { Bound::Above } else { Bound::Below };
    Ok(match lowered.as_str() {
        "status:" => return status(value),
        "trigger:" => vec![trigger(value)?],
        "verdict:" => vec![the_verdict(value)?],
        "project:" => vec![Term::Project(word)],
        "owner:" => vec![Term::Owner(word)],
        "category:" => vec![Term::Category(word)],
        "label:" => vec![Term::Label(word)],
        "version:" => vec![Term::Version(word)],
        "sweep:" => vec![Term::Sweep(word)],
        "state:" if squeezed(&word).is_empty() => return Err(wants()),
        "state:" => vec![Term::State(squeezed(&word))],
        "who:" => vec![Term::Who(word)],
        "ratio>" | "ratio<" => vec![Term::Ratio(bound, ratio(value)?)],
        _ => vec![Term::Elapsed(bound, duration(value)?)],
    })
}

/// Says that a key or word means nothing there, and what does.
pub(super) fn is_not_of(key: &str, subject: Subject) -> String {
    let all: Vec<_> = keys_of(subject).collect();
    format!("`{key}` says nothing about {}; there are {}", subject.word(), all.join(" "))
}

fn unknown(key: &str, subject: Subject) -> String {
    // Of keys that are as like, the one with the same sign.
    let like = |known: &str| strsim::normalized_damerau_levenshtein(known, &key.to_lowercase());
    let near = keys_of(subject).map(|known| (like(known), known));
    let near = near.max_by(|(a, _), (b, _)| a.total_cmp(b)).filter(|(like, _)| *like >= LIKE);
    let near = near.map_or(".".to_owned(), |(_, known)| format!(": did you mean `{known}`?"));
    let mine = Some(MINE).filter(|_| MINE_OF.contains(&subject));
    let all: Vec<_> = keys_of(subject).chain(mine).collect();
    let all = all.join(" ");
    format!("`{key}` is no filter{near} There are {all}; quotes look for the text itself")
}

/// `status:run` is enough for running; `status:active` and `status:ended` are groups.
fn status(value: &str) -> Result<Vec<Term>, String> {
    let word = value.to_lowercase();
    match word.as_str() {
        "active" => return Ok(vec![Term::Active(true)]),
        "ended" => return Ok(vec![Term::Active(false)]),
        _ => {}
    }
    let matching = |status: &RunStatus| {
        let also = (*status == RunStatus::NoKernel).then_some(NO_KERNEL);
        let mut names = [status.word()].into_iter().chain(also).map(squeezed);
        names.any(|name| name.starts_with(&squeezed(&word)))
    };
    let statuses: Vec<_> = RunStatus::KNOWN.into_iter().filter(matching).collect();
    if squeezed(&word).is_empty() || statuses.is_empty() {
        return Err(format!(
            "`status:{value}` is no status; write pending, running, errored, completed, killed, \
             nokernel, active or ended"
        ));
    }
    Ok(statuses.into_iter().map(Term::Status).collect())
}

fn trigger(value: &str) -> Result<Term, String> {
    let word = value.to_lowercase();
    RunTrigger::KNOWN
        .into_iter()
        .find(|trigger| trigger.word().to_lowercase().starts_with(&word))
        .map(Term::Trigger)
        .ok_or_else(|| format!("`trigger:{value}` is none; write api, scheduled or app"))
}

fn the_verdict(value: &str) -> Result<Term, String> {
    let word = value.to_lowercase();
    let found = Verdict::ALL.into_iter().find(|verdict| verdict.word().starts_with(&word));
    found.map(Term::Verdict).ok_or_else(|| {
        format!("`verdict:{value}` is none; write verdict:waiting, verdict:late, verdict:slow or verdict:runaway")
    })
}

fn ratio(value: &str) -> Result<f64, String> {
    let number = value.trim_start_matches(['×', 'x']).parse().ok();
    let number = number.filter(|ratio: &f64| ratio.is_finite() && *ratio >= 0.0);
    number.ok_or_else(|| format!("`{value}` is no multiple of the usual duration; write 3 or 1.5"))
}

/// Reads `90`, `90s`, `10m`, `2h`, `1d`; a bare number is seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no age; write 90s, 10m, 2h or 1d");
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit: u64 = match text.get(digits.len()..).unwrap_or_default() {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        _ => return Err(wrong()),
    };
    let count: u64 = digits.parse().map_err(|_| wrong())?;
    count.checked_mul(unit).map(Duration::from_secs).ok_or_else(wrong)
}

/// What the last word of a filter may become, each as the whole filter; `sweeps` are what sweeps are called.
pub fn completions(
    text: &str,
    subject: Subject,
    saved: &Saved,
    sweeps: impl FnOnce() -> Vec<String>,
) -> Vec<String> {
    let start = text.rfind([' ', '(']).map_or(0, |at| at + 1);
    let (before, word) = text.split_at(start);
    let called;
    let values: Vec<&str> = match key_of(word) {
        Some(("sweep:", _)) => {
            called = sweeps().iter().map(|name| quoted(&folded(name))).collect::<Vec<_>>();
            called.iter().map(String::as_str).collect()
        }
        Some(("status:", _)) => RunStatus::KNOWN
            .iter()
            .map(RunStatus::word)
            .filter(|word| !word.contains(' '))
            .chain(["nokernel", "active", "ended"])
            .collect(),
        Some(("trigger:", _)) => vec!["api", "scheduled", "app"],
        Some(("verdict:", _)) => Verdict::ALL.iter().map(|verdict| verdict.word()).collect(),
        Some(_) => Vec::new(),
        None => {
            if let Some(begun) = word.strip_prefix('@') {
                let names = saved.keys().filter(|name| name.starts_with(begun));
                return names.map(|name| format!("{before}@{name}")).collect();
            }
            let mine = Some(MINE).filter(|_| MINE_OF.contains(&subject));
            let keys = keys_of(subject).chain(mine).chain(["not ", "or "]);
            let begins = keys.filter(|key| !word.is_empty() && key.starts_with(word));
            return begins.map(|key| format!("{before}{key}")).collect();
        }
    };
    let Some((key, begun)) = key_of(word) else { return Vec::new() };
    if !keys_of(subject).any(|known| known == key) {
        return Vec::new();
    }
    let begins = values.into_iter().filter(|value| value.starts_with(begun));
    begins.map(|value| format!("{before}{key}{value}")).collect()
}
