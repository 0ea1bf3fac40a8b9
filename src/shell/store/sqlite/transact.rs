//! One transaction of the store, and what is told of what others have written.
//!
//! The file is held for writing only as long as writing takes: what others have written is read
//! before that, and what many rows need is done in several transactions.

use std::cell::RefCell;
use std::time::Duration;

use rusqlite::TransactionBehavior;

use super::backlog::Backlog;
use super::facts::STEP;
use super::transaction::StoreTransaction;
use super::{Durable, SqliteStore, Trouble, lock, name_of};
use crate::clock;
use crate::domain::Now;
use crate::engine::sync::protocol::{Answer, StoreEvent};
use crate::engine::sync::session::Session;

/// No writer should hold the file for longer.
const LONG: Duration = Duration::from_millis(50);

impl SqliteStore {
    /// Tells everything from the beginning.
    pub(super) fn tell_anew(&mut self) {
        (self.told, self.is_behind) = ((0, 0, 0), false);
        self.told_cancels = 0;
        self.backlog = Some(Backlog::default());
        self.gone.clear();
    }

    /// Writes many rows, so many in one transaction, and tidies a little with each. What is
    /// written is taken out of `rows`.
    pub(super) fn in_steps<T>(
        &mut self,
        rows: &mut Vec<T>,
        now: Now,
        write: impl Fn(&StoreTransaction<'_>, &[T]) -> rusqlite::Result<()>,
    ) -> Result<StoreEvent, Trouble> {
        loop {
            let some = rows.get(..rows.len().min(usize::from(STEP))).unwrap_or_default();
            let mut tidying = std::mem::take(&mut self.tidying);
            let token = self.token.clone();
            let told = self.act(Durable::No, now, |desk| {
                write(desk, some)?;
                desk.tidy(&mut tidying)?;
                if desk.owner != token {
                    let last = desk.last_fact()?;
                    desk.give_facts(desk.owner, &token, last)?;
                    desk.give_changes(desk.owner, &token)?;
                }
                Ok(Answer::News)
            });
            self.tidying = tidying;
            let told = told?;
            rows.drain(..some.len());
            if rows.is_empty() {
                return Ok(told);
            }
            self.untold = Some(told);
        }
    }

    /// Does something in one transaction, after reading what others have written. What they write
    /// in between is told with the answer: their facts as they were before, and the log as it is
    /// after.
    pub(super) fn act(
        &mut self,
        durable: Durable,
        now: Now,
        act: impl FnOnce(&StoreTransaction<'_>) -> rusqlite::Result<Answer>,
    ) -> Result<StoreEvent, Trouble> {
        if self.durable != Some(durable) {
            self.connection.pragma_update(None, "synchronous", durable.mode())?;
            self.durable = Some(durable);
        }
        self.catch_up(now)?;
        let told = self.transact(TransactionBehavior::Immediate, now, act)?;
        Ok(self.with_untold(told))
    }

    /// Reads what others have written, if they have, and keeps it for the next answer.
    fn catch_up(&mut self, now: Now) -> Result<(), Trouble> {
        self.identity.as_ref().map_or(Ok(()), super::identity::Identity::check_paths)?;
        let seen = self.connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
        if seen != self.seen {
            let told = self.transact(TransactionBehavior::Deferred, now, |_| Ok(Answer::News))?;
            self.seen = seen;
            self.untold = Some(self.with_untold(told));
        }
        Ok(())
    }

    /// Reads what is new, and keeps nobody from writing meanwhile, unless something could not be
    /// read and is set aside.
    pub(super) fn read(&mut self, now: Now, answer: Answer) -> Result<StoreEvent, Trouble> {
        self.read_with(now, |_| Ok(answer))
    }

    /// The same, where the answer is read as well.
    pub(super) fn read_with(
        &mut self,
        now: Now,
        read: impl FnOnce(&StoreTransaction<'_>) -> rusqlite::Result<Answer>,
    ) -> Result<StoreEvent, Trouble> {
        let seen = self.connection.pragma_query_value(None, "data_version", |row| row.get(0))?;
        let mut told = self.transact(TransactionBehavior::Deferred, now, read)?;
        self.seen = seen;
        self.set_aside(now, &mut told);
        Ok(self.with_untold(told))
    }

    fn with_untold(&mut self, told: StoreEvent) -> StoreEvent {
        match self.untold.take() {
            Some(before) => before.and(told),
            None => told,
        }
    }

    pub(super) fn transact(
        &mut self,
        behavior: TransactionBehavior,
        now: Now,
        act: impl FnOnce(&StoreTransaction<'_>) -> rusqlite::Result<Answer>,
    ) -> Result<StoreEvent, Trouble> {
        let writes = matches!(behavior, TransactionBehavior::Immediate);
        let transaction = self.connection.transaction_with_behavior(behavior)?;
        let since = clock::now().boot;
        self.identity.as_ref().map_or(Ok(()), |identity| identity.check(&transaction))?;
        let unread = RefCell::new(self.unread.clone());
        let desk = StoreTransaction {
            connection: &transaction,
            owner: &self.owner,
            boot: &self.boot,
            session: self.session,
            now,
            unread: &unread,
        };
        // Another process may have found out meanwhile whose token this is. Whatever was written
        // under the token is that user's by now, so nothing more may be.
        let named = name_of(&transaction, &self.token)?.filter(|name| *name != self.owner);
        let anew = match &named {
            Some(name) => !desk.goes_on_as(name, self.told.0)?,
            None => false,
        };
        if anew {
            (self.told, self.is_behind) = ((0, 0, 0), false);
            self.told_cancels = 0;
            self.backlog = Some(Backlog::default());
            self.gone.clear();
        }
        let desk = StoreTransaction { owner: named.as_deref().unwrap_or(&self.owner), ..desk };
        if self.backlog.is_some() && self.told.1 == 0 {
            // From here on what is written is news; what was there comes in pieces.
            self.told.1 = desk.last_fact()?;
        }
        let (news, behind) = desk.facts_since(self.told.1)?;
        let mut entries = desk.entries_since(self.told.2)?;
        let cancels = desk.cancels_since(self.told_cancels)?;
        let answer = act(&desk)?;
        let records = desk.records_since(self.told.0)?;
        if writes {
            let moved = desk.set_aside()?;
            self.notes.extend(moved.note());
            entries.extend(moved.entries);
        }
        let (last_fact, journal) = (desk.last_fact()?, desk.last_entry()?);
        let is_of_before = matches!(answer, Answer::Joined | Answer::More { before: true });
        let facts = match &mut self.backlog {
            Some(backlog) if is_of_before => {
                let (past, older, is_last) = desk.piece(backlog)?;
                entries.extend(older);
                self.is_behind |= !news.is_empty();
                self.backlog.take_if(|_| is_last);
                past
            }
            // One that joins again has been told what was there before.
            None if is_of_before => {
                self.is_behind |= !news.is_empty();
                Vec::new()
            }
            _ => {
                (self.told.1, self.is_behind) = (behind.unwrap_or(last_fact), behind.is_some());
                news
            }
        };
        let last_cancel = desk.last_cancel()?;
        self.senders = desk.senders()?;
        transaction.commit()?;
        let held = clock::now().boot.saturating_sub(since);
        if writes && held > LONG {
            tracing::warn!(held = held.as_millis(), "the store's file was held for long");
        }
        self.unread = unread.into_inner();
        self.owner = named.unwrap_or_else(|| std::mem::take(&mut self.owner));
        (self.told.0, self.told.2) =
            (records.last().map_or(self.told.0, |(number, _)| *number), journal);
        self.told_cancels = last_cancel;
        let gone = self.newly_gone();
        self.gone.extend(&gone);
        let more = self.has_joined && (self.backlog.is_some() || self.is_behind);
        let notes = self.take_notes();
        Ok(StoreEvent {
            records,
            facts,
            more,
            entries,
            cancels,
            journal,
            gone,
            anew,
            notes,
            answer,
        })
    }

    /// Processes with open entries that have ended, but for those that were told already.
    pub(super) fn newly_gone(&self) -> Vec<Session> {
        let alive = lock(&self.alive);
        let Some(alive) = alive.as_ref() else { return Vec::new() };
        let untold = self.senders.iter().filter(|session| !self.gone.contains(session));
        untold.filter(|session| alive.is_gone(**session)).copied().collect()
    }
}
