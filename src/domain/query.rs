//! The filter language: words and `key:value` terms, all of which must hold.
//!
//! `churn status:running age>10m` shows the runs whose project or id contains "churn", that are
//! running, and that have run for more than ten minutes.

use std::time::Duration;

use jiff::Timestamp;

use super::title::folded;
use super::{Project, Run, RunStatus, RunTrigger};

/// A filter that has been read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq)]
enum Term {
    Word(String),
    Project(String),
    Status(Vec<RunStatus>),
    /// Whether the run goes on.
    Active(bool),
    Trigger(RunTrigger),
    Older(Duration),
    Younger(Duration),
}

impl Query {
    /// Reads a filter. Words are matched as titles are, without regard to case or normal form.
    ///
    /// # Errors
    /// A sentence that names the term and what would be accepted.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut terms = Vec::new();
        for word in text.split_whitespace() {
            let term = term(word)?;
            // A word that is there twice is looked for once.
            if !terms.contains(&term) {
                terms.push(term);
            }
        }
        Ok(Self { terms })
    }

    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether time alone changes what passes.
    pub fn is_timed(&self) -> bool {
        self.terms.iter().any(|term| matches!(term, Term::Older(_) | Term::Younger(_)))
    }

    /// Whether `run` of the project called `title` passes at `server_now`.
    pub fn admits(&self, run: &Run, title: &str, server_now: Timestamp) -> bool {
        let has = |text: &str, word: &str| text.to_lowercase().contains(word);
        let is_titled = |word: &str| folded(title).contains(word);
        self.terms.iter().all(|term| match term {
            Term::Word(word) => {
                is_titled(word)
                    || has(run.id.as_str(), word)
                    || has(run.status.word(), word)
                    || run.trigger.as_ref().is_some_and(|trigger| has(trigger.word(), word))
            }
            Term::Project(word) => is_titled(word) || has(run.project.as_str(), word),
            Term::Status(statuses) => statuses.contains(&run.status),
            Term::Active(active) => run.is_active() == *active,
            Term::Trigger(trigger) => run.trigger.as_ref() == Some(trigger),
            Term::Older(age) => run.elapsed_at(server_now).is_some_and(|elapsed| elapsed > *age),
            Term::Younger(age) => run.elapsed_at(server_now).is_some_and(|elapsed| elapsed < *age),
        })
    }

    /// Whether a project passes; terms that only runs can meet are passed over.
    pub fn admits_project(&self, project: &Project) -> bool {
        self.terms.iter().all(|term| match term {
            Term::Word(word) | Term::Project(word) => {
                folded(&project.title).contains(word)
                    || project.id.as_str().to_lowercase().contains(word)
            }
            _ => true,
        })
    }
}

fn term(text: &str) -> Result<Term, String> {
    if let Some(age) = text.strip_prefix("age>") {
        return Ok(Term::Older(duration(age)?));
    }
    if let Some(age) = text.strip_prefix("age<") {
        return Ok(Term::Younger(duration(age)?));
    }
    match text.split_once(':') {
        None => Ok(Term::Word(folded(text))),
        Some(("project", word)) => Ok(Term::Project(folded(word))),
        Some(("status", word)) => status(word),
        Some(("trigger", word)) => trigger(word),
        Some((key, _)) => {
            Err(format!("`{key}:` is no filter; use status: project: trigger: age> age<"))
        }
    }
}

/// What Hex calls the status of a run that never got a kernel.
const NO_KERNEL: &str = "unable to allocate kernel";

/// `status:run` is enough for running; `status:active` and `status:ended` are groups.
fn status(word: &str) -> Result<Term, String> {
    let word = word.to_lowercase();
    match word.as_str() {
        "active" => return Ok(Term::Active(true)),
        "ended" => return Ok(Term::Active(false)),
        _ => {}
    }
    let matching = |status: &RunStatus| {
        let also = (*status == RunStatus::NoKernel).then_some(NO_KERNEL);
        let mut names = [status.word()].into_iter().chain(also).map(|name| name.replace(' ', ""));
        names.any(|name| name.starts_with(&word.replace(['-', '_', ' '], "")))
    };
    let statuses: Vec<_> = RunStatus::KNOWN.into_iter().filter(matching).collect();
    if word.is_empty() || statuses.is_empty() {
        return Err(format!(
            "`status:{word}` is no status; write pending, running, errored, completed, killed, \
             nokernel, active or ended"
        ));
    }
    Ok(Term::Status(statuses))
}

fn trigger(word: &str) -> Result<Term, String> {
    let word = word.to_lowercase();
    RunTrigger::KNOWN
        .into_iter()
        .find(|trigger| !word.is_empty() && trigger.word().to_lowercase().starts_with(&word))
        .map(Term::Trigger)
        .ok_or_else(|| format!("`trigger:{word}` is none; write api, scheduled or app"))
}

/// Reads `90`, `90s`, `10m`, `2h`, `1d`; a bare number is seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("`{text}` is no age; write 90s, 10m, 2h or 1d");
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit: u64 = match &text[digits.len()..] {
        "" | "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86400,
        _ => return Err(wrong()),
    };
    let count: u64 = digits.parse().map_err(|_| wrong())?;
    count.checked_mul(unit).map(Duration::from_secs).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ProjectId, RunId};
    use proptest::prelude::*;

    fn admits(filter: &str) -> bool {
        admits_titled(filter, "Churn Model")
    }

    fn admits_titled(filter: &str, title: &str) -> bool {
        let run = Run {
            project: ProjectId::new("3f1c2b9e"),
            id: RunId::new("a0d4c6f2"),
            version: None,
            url: None,
            status: RunStatus::Running,
            trigger: Some(RunTrigger::AppRefresh),
            start: Some(Timestamp::UNIX_EPOCH),
            end: None,
            elapsed: None,
        };
        let now = Timestamp::from_second(600).unwrap();
        Query::parse(filter).unwrap().admits(&run, title, now)
    }

    #[test]
    fn a_title_is_found_in_whatever_form_it_and_the_filter_are_written() {
        for filter in ["caf\u{e9}", "cafe\u{301}", "project:CAFE\u{301}", "project:caf\u{e9}"] {
            for title in ["Caf\u{e9} sales", "Cafe\u{301} sales", "Ca\u{200d}f\u{e9} sales"] {
                assert!(admits_titled(filter, title), "{filter:?} in {title:?}");
                let project = Project {
                    id: ProjectId::new("p"),
                    title: title.into(),
                    published: crate::domain::Published::Never,
                    retired: false,
                    owner: None,
                    schedules: Vec::new(),
                };
                assert!(Query::parse(filter).unwrap().admits_project(&project), "{filter:?}");
            }
        }
        assert!(!admits_titled("cafe", "Caf\u{e9} sales"), "an accent counts");
    }

    #[test]
    fn all_terms_must_hold() {
        for yes in [
            "",
            "CHURN",
            "a0d4",
            "running",
            "status:running",
            "status:run",
            "status:active",
            "project:model",
            "project:3f1c",
            "trigger:app",
            "age>9m",
            "age<11m",
            "age>599",
            "churn model status:RUNNING age>1s",
        ] {
            assert!(admits(yes), "{yes}");
        }
        for no in [
            "revenue",
            "status:killed",
            "status:ended",
            "trigger:api",
            "age>10m",
            "age<1m",
            "churn status:pending",
        ] {
            assert!(!admits(no), "{no}");
        }
    }

    #[test]
    fn a_term_that_means_nothing_is_named() {
        for (wrong, named) in [
            ("colour:red", "`colour:`"),
            ("status:blue", "`status:blue`"),
            ("status:", "status:"),
            ("trigger:moon", "`trigger:moon`"),
            ("age>soon", "`soon`"),
            ("age>1w", "`1w`"),
            ("age>99999999999999999999d", "age"),
        ] {
            let reason = Query::parse(wrong).unwrap_err();
            assert!(reason.contains(named), "{wrong}: {reason}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(256)))]

        #[test]
        fn no_text_breaks_the_reader(text in ".*") {
            let _ = Query::parse(&text);
        }
    }
}
