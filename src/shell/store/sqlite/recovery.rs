//! Reading past records that cannot be read, and putting them back when they can.

use rusqlite::TransactionBehavior;

use super::aside::{self, SetAside};
use super::transaction::StoreTransaction;
use super::{Durable, SqliteStore};
use crate::domain::Now;
use crate::engine::cancel::CancelEntry;
use crate::engine::start::journal::Entry;
use crate::engine::sync::protocol::{Answer, StoreEvent, StoreRequest};
use crate::engine::timeline::{ChangePage, ChangeRange};

impl SqliteStore {
    /// Every start of the journal, the oldest first. What cannot be read is set aside, and said in
    /// [`SqliteStore::take_notes`].
    ///
    /// # Errors
    /// A sentence that says why it cannot be read.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the path of the method is not general enough over its lifetime"
    )]
    pub fn journal(&mut self, now: Now) -> Result<Vec<Entry>, String> {
        self.put_back(now);
        self.all(now, |open| open.all_entries())
    }

    /// Every cancel of the journal, in the same way.
    ///
    /// # Errors
    /// A sentence that says why it cannot be read.
    #[expect(
        clippy::redundant_closure_for_method_calls,
        reason = "the path of the method is not general enough over its lifetime"
    )]
    pub fn cancels(&mut self, now: Now) -> Result<Vec<CancelEntry>, String> {
        self.all(now, |open| open.all_cancels())
    }

    /// A page of the timeline, the oldest change first.
    ///
    /// # Errors
    /// A sentence that says why it cannot be read.
    pub fn changes(&mut self, range: ChangeRange, now: Now) -> Result<ChangePage, String> {
        let told = self.answer(StoreRequest::ReadChanges(range), now)?;
        self.notes.extend(told.notes);
        Ok(match told.answer {
            Answer::Changes(page) => page,
            _ => ChangePage::default(),
        })
    }

    pub(super) fn all<T>(
        &mut self,
        now: Now,
        read: impl Fn(&StoreTransaction<'_>) -> rusqlite::Result<Vec<T>>,
    ) -> Result<Vec<T>, String> {
        let mut all = Vec::new();
        for _ in 0..2 {
            let told = self.transact(TransactionBehavior::Deferred, now, |desk| {
                all = read(desk)?;
                Ok(Answer::News)
            });
            let mut told = told.map_err(|error| error.to_string())?;
            let again = self.set_aside(now, &mut told);
            self.notes.append(&mut told.notes);
            if !again {
                break;
            }
        }
        Ok(all)
    }

    /// What was set aside because it could not be read, the oldest first.
    ///
    /// # Errors
    /// A sentence that says why that cannot be told.
    pub fn aside(&self) -> Result<Vec<SetAside>, String> {
        aside::all(&self.connection, &self.owner).map_err(|error| error.to_string())
    }

    /// What the person is to know of the store, each once.
    pub fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    /// Sets aside what could not be read, and adds to `told` what that changes; tells whether it
    /// was done. What could not be read is said either way.
    pub(super) fn set_aside(&mut self, now: Now, told: &mut StoreEvent) -> bool {
        if self.unread.is_empty() {
            return false;
        }
        let rows = self.unread.len();
        match self.act(Durable::Yes, now, |_| Ok(Answer::News)) {
            Ok(more) => {
                let answer = told.answer.clone();
                *told = StoreEvent { answer, ..std::mem::take(told).and(more) };
                true
            }
            Err(error) => {
                tracing::warn!(%error, rows, "what cannot be read was not set aside");
                // Whoever reads everything anew finds it again.
                self.unread.clear();
                self.notes.push(format!(
                    "{rows} of the store's records cannot be read, and cannot be set aside \
                     ({error})"
                ));
                false
            }
        }
    }

    /// Puts back what was set aside and can be read by now. Where that fails it stays where it is.
    pub(super) fn put_back(&mut self, now: Now) {
        match self.aside() {
            Ok(aside) if aside.iter().any(|record| record.kind == "journal") => {}
            _ => return,
        }
        let mut back = 0;
        let done = self.act(Durable::Yes, now, |desk| {
            back = desk.put_back()?;
            Ok(Answer::News)
        });
        self.tell_anew();
        match done {
            Ok(told) => self.notes.extend(told.notes),
            Err(error) => tracing::warn!(%error, "nothing was put back"),
        }
        if back > 0 {
            self.notes.push(format!(
                "{back} of the journal's records that were set aside can be read again"
            ));
        }
    }
}
