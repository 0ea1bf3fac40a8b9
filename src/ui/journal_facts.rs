//! What the filter of the journal may ask of its entries.

use std::borrow::Cow;

use crate::domain::RunId;
use crate::domain::filter::EntryFacts;
use crate::engine::model::{CancelEntry, Entry, StartStage};
use crate::engine::queries::journal_rows::JournalRow;
use crate::ui::started;

/// An entry, as the filter sees it; `me` is the token's owner.
pub(crate) fn facts<'a>(row: JournalRow<'a>, me: Option<&str>) -> EntryFacts<'a> {
    let facts = match row {
        JournalRow::Start(entry) => of_start(entry),
        JournalRow::Cancel(entry) => of_cancel(entry),
    };
    EntryFacts { is_mine: me.zip(facts.who).map(|(me, who)| me == who), ..facts }
}

fn of_start(entry: &Entry) -> EntryFacts<'_> {
    let candidates: &[_] = match &entry.stage {
        StartStage::Ambiguous(runs) => runs,
        _ => &[],
    };
    let runs = candidates.iter().chain(entry.stage.run()).map(RunId::as_str);
    let notes = [&entry.reason, &entry.trace].into_iter().flatten().map(String::as_str);
    EntryFacts {
        title: &entry.title,
        project: &entry.project,
        states: [started::word(&entry.stage), entry.stage.word()],
        who: entry.who.as_deref(),
        texts: runs.chain(notes).map(Cow::Borrowed).chain([entry.id.to_string().into()]).collect(),
        is_mine: None,
    }
}

fn of_cancel(entry: &CancelEntry) -> EntryFacts<'_> {
    let texts = [entry.run.as_str()].into_iter().chain(entry.reason.as_deref());
    EntryFacts {
        title: &entry.title,
        project: &entry.project,
        states: [started::cancel_word(entry), entry.stage.word()],
        who: entry.who.as_deref(),
        texts: texts.map(Cow::Borrowed).chain([entry.id.to_string().into()]).collect(),
        is_mine: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::filter::{Saved, Subject};
    use crate::domain::{ProjectId, Query, RunId};
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
            after: None,
            stage,
            attempts: 1,
            sent: None,
            deadline: None,
            known: BTreeSet::new(),
            trace: Some("trc-9".to_owned()),
        }
    }

    fn admits(filter: &str, stage: &StartStage) -> bool {
        let query = Query::parse(filter, Subject::Journal, &Saved::new()).unwrap();
        let entry = entry(stage.clone());
        query.admits_entry(&facts(JournalRow::Start(&entry), Some("Ana@acme.test")))
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
            "mine state:refused or not (who:bob or revenue)",
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
    fn what_says_nothing_about_the_journal_is_named_with_what_does() {
        for (wrong, named) in [
            ("colour:red", "`colour:` is no filter"),
            ("state:", "`state:` wants something"),
            ("state:-", "`state:` wants something"),
            ("status:running", "`status:` says nothing about entries of the journal"),
            ("churn age>3m", "`age>` says nothing"),
        ] {
            let error = Query::parse(wrong, Subject::Journal, &Saved::new()).unwrap_err();
            assert!(error.reason.starts_with(named), "{error}");
        }
    }
}
