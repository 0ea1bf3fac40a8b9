//! The filter of the journal: words and `key:value` terms, all of which must hold.

use crate::domain::title::folded;
use crate::engine::model::{CancelEntry, Entry, StartStage};
use crate::engine::queries::journal_rows::JournalRow;
use crate::ui::started;

/// A filter that has been read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Search {
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Term {
    Word(String),
    State(String),
    Project(String),
    Who(String),
}

impl Search {
    /// Reads a filter. Case does not matter.
    ///
    /// # Errors
    /// A sentence that names the term and what would be accepted.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let terms = folded(text);
        let terms = terms.split_whitespace().map(term).collect::<Result<_, _>>()?;
        Ok(Self { terms })
    }

    pub(super) fn admits_row(&self, row: JournalRow<'_>) -> bool {
        match row {
            JournalRow::Start(entry) => self.admits(entry),
            JournalRow::Cancel(entry) => self.admits_cancel(entry),
        }
    }

    fn admits_cancel(&self, entry: &CancelEntry) -> bool {
        let has = |text: &str, word: &str| folded(text).contains(word);
        let may_have = |text: Option<&String>, word: &str| text.is_some_and(|text| has(text, word));
        let of_project = |word: &str| has(&entry.title, word) || has(entry.project.as_str(), word);
        let state = started::cancel_word(&entry.stage);
        self.terms.iter().all(|term| match term {
            Term::Word(word) => {
                of_project(word)
                    || has(entry.run.as_str(), word)
                    || state.contains(word.as_str())
                    || may_have(entry.who.as_ref(), word)
                    || may_have(entry.reason.as_ref(), word)
                    || entry.id.to_string().contains(word)
            }
            Term::State(word) => {
                [state, entry.stage.word()].iter().any(|name| plain(name).starts_with(word))
            }
            Term::Project(word) => of_project(word),
            Term::Who(word) => may_have(entry.who.as_ref(), word),
        })
    }

    fn admits(&self, entry: &Entry) -> bool {
        let has = |text: &str, word: &str| folded(text).contains(word);
        let may_have = |text: Option<&String>, word: &str| text.is_some_and(|text| has(text, word));
        let of_project = |word: &str| has(&entry.title, word) || has(entry.project.as_str(), word);
        let of_run = |word: &str| {
            let candidates: &[_] = match &entry.stage {
                StartStage::Ambiguous(runs) => runs,
                _ => &[],
            };
            candidates.iter().chain(entry.stage.run()).any(|run| has(run.as_str(), word))
        };
        self.terms.iter().all(|term| match term {
            Term::Word(word) => {
                of_project(word)
                    || of_run(word)
                    || started::word(&entry.stage).contains(word)
                    || may_have(entry.who.as_ref(), word)
                    || may_have(entry.reason.as_ref(), word)
                    || may_have(entry.trace.as_ref(), word)
                    || entry.id.to_string().contains(word)
            }
            Term::State(word) => is_called(&entry.stage, word),
            Term::Project(word) => of_project(word),
            Term::Who(word) => may_have(entry.who.as_ref(), word),
        })
    }
}

fn term(text: &str) -> Result<Term, String> {
    let wanted = "state: project: who:";
    match text.split_once(':') {
        None => Ok(Term::Word(text.to_owned())),
        Some((key, "")) => Err(format!("`{key}:` wants a word behind it; use {wanted}")),
        Some(("state", word)) => Ok(Term::State(plain(word))),
        Some(("project", word)) => Ok(Term::Project(word.to_owned())),
        Some(("who", word)) => Ok(Term::Who(word.to_owned())),
        Some((key, _)) => Err(format!("`{key}:` is no filter; use {wanted}")),
    }
}

/// Whether a state's word, here or in exports, begins so: `state:prob` is enough.
fn is_called(stage: &StartStage, word: &str) -> bool {
    [started::word(stage), stage.word()].iter().any(|name| plain(name).starts_with(word))
}

/// The word as it is compared: `not_seen`, `not-seen` and `not seen` are one.
fn plain(word: &str) -> String {
    word.replace([' ', '_', '-'], "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ProjectId, RunId};
    use crate::engine::start::journal::StartId;
    use crate::engine::sync::session::Session;
    use serde_json::json;
    use std::collections::BTreeSet;

    fn entry(stage: StartStage) -> Entry {
        let at = "2026-10-20T08:00:00Z".parse().unwrap();
        Entry {
            id: StartId::new(at, Session(7), 1),
            by: Session(7),
            who: Some("Ana@acme.test".to_owned()),
            project: ProjectId::new("3f1c2b9e"),
            title: "Churn Model".into(),
            body: json!({}),
            secrets: BTreeSet::new(),
            at,
            reason: Some("Backfill for INC-12".to_owned()),
            queue: None,
            stage,
            attempts: 1,
            sent: None,
            deadline: None,
            known: BTreeSet::new(),
            trace: Some("trc-9".to_owned()),
        }
    }

    fn admits(filter: &str, stage: &StartStage) -> bool {
        Search::parse(filter).unwrap().admits(&entry(stage.clone()))
    }

    #[test]
    fn words_are_looked_for_everywhere_and_terms_in_one_place() {
        let stage = StartStage::Started(RunId::new("a0d4c6f2-77"));
        for yes in [
            "",
            "CHURN",
            "model churn",
            "3f1c",
            "ana",
            "inc-12",
            "trc-9",
            "a0d4",
            "-77",
            "started",
            "state:started",
            "state:STA",
            "project:churn",
            "project:3f1c",
            "who:ana",
            "backfill state:started who:acme",
        ] {
            assert!(admits(yes, &stage), "{yes}");
        }
        for no in
            ["revenue", "state:refused", "state:arted", "project:ana", "who:churn", "churn who:bob"]
        {
            assert!(!admits(no, &stage), "{no}");
        }
    }

    #[test]
    fn a_state_is_known_by_the_word_on_the_screen_and_by_that_in_exports() {
        let ours = StartStage::ProbablyOurs(RunId::new("a"));
        for word in ["probably", "probably_ours", "probably-ours", "probablyours"] {
            assert!(admits(&format!("state:{word}"), &ours), "{word}");
        }
        assert!(admits("state:intended", &StartStage::Waiting));
        assert!(admits("state:waiting", &StartStage::Waiting));
        assert!(admits("state:not_seen", &StartStage::NotSeen));
        let any = StartStage::Ambiguous(vec![RunId::new("b1"), RunId::new("c2")]);
        assert!(admits("state:ambiguous c2", &any));
        assert!(!admits("state:ambiguous", &ours));
    }

    #[test]
    fn a_term_that_means_nothing_is_named() {
        for (wrong, named) in [("colour:red", "`colour:`"), ("state:", "`state:`")] {
            let reason = Search::parse(wrong).unwrap_err();
            assert!(reason.contains(named) && reason.contains("who:"), "{reason}");
        }
    }
}
