//! One confirmed start, and all of them.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::param::Body;
use crate::domain::time::between;
use crate::domain::{Boot, Now, StartRun};
use crate::engine::journal::{Entry, TicketId};
use crate::engine::outbox::CallId;

/// How the journal has a start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Recording {
    /// Writings that are not answered.
    pub(super) asked: u32,
    /// Whether anything is owed.
    pub(super) owed: bool,
    /// Whether it was ever written.
    pub(super) written: bool,
    /// How often the journal did not have it although it was written.
    pub(super) refused: u32,
}

impl Recording {
    pub(super) fn written() -> Self {
        Self { written: true, ..Self::default() }
    }

    /// Whether the journal does not have it as it is now.
    pub(super) fn is_owed(self) -> bool {
        self.owed
    }

    /// Whether the journal has it; without a store the model is all the journal there is.
    pub(super) fn is_written(self, has_store: bool) -> bool {
        self.written || !has_store
    }
}

/// For how long a start is not to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unwanted {
    /// For now: its queue is paused.
    Now,
    /// For ever: it is taken back.
    Ever,
    /// For ever: its record could not be read, so another process may have sent it.
    Unreadable {
        /// Whether it was open by that record.
        open: bool,
    },
}

/// A confirmed start.
#[derive(Clone, Debug, PartialEq)]
pub struct Start {
    /// What the journal keeps of it.
    pub entry: Entry,
    /// What is sent; without its secrets if an earlier process had confirmed it.
    pub start: StartRun,
    /// When it was confirmed; zero if that was before this machine's last start.
    pub since: Boot,
    /// Its request, from the moment that it is to leave next until its answer.
    pub(super) call: Option<CallId>,
    /// The look that it waits for.
    pub(super) after: Option<CallId>,
    /// How the journal has it.
    pub(super) recording: Recording,
    /// How the journal will have it once its slot is taken.
    pub(super) departure: Option<Entry>,
    /// Whether it was taken back while its slot was being claimed: that counts if it gets none.
    pub(super) unwanted: Option<Unwanted>,
    /// Since when this process looks for its run.
    pub(super) sought: Option<Boot>,
}

impl Start {
    pub(super) fn new(entry: Entry, start: StartRun, since: Boot) -> Self {
        Self {
            entry,
            start,
            since,
            call: None,
            after: None,
            recording: Recording::default(),
            departure: None,
            unwanted: None,
            sought: None,
        }
    }

    /// One that another process, or an earlier one, has confirmed.
    pub(super) fn told(entry: Entry, now: Now) -> Self {
        let start = Body::of(&entry.body).ok().and_then(|body| body.into_start().ok());
        let since = now.boot - between(entry.at, now.wall);
        let recording = Recording::written();
        Self { recording, ..Self::new(entry, start.unwrap_or_default(), since) }
    }

    /// Whether more will be known of it without anybody doing anything.
    pub fn is_open(&self) -> bool {
        self.entry.stage.is_open()
    }

    /// Whether it leaves next, rather than waiting in a queue.
    pub fn is_lined_up(&self) -> bool {
        self.call.is_some()
    }

    /// Secrets that it would need and that were not kept.
    pub fn lost_secrets(&self) -> impl Iterator<Item = &String> {
        self.entry.secrets.iter().filter(|name| !self.start.secrets().contains(*name))
    }

    /// Whether this process is about to settle it one way or the other.
    fn is_at_work(&self) -> bool {
        self.is_open() && (self.call.is_some() || self.sought.is_some())
    }
}

/// All starts that are known.
#[derive(Clone, Debug, Default)]
pub(super) struct Starts {
    all: BTreeMap<TicketId, Start>,
    /// Those of which more will be known.
    open: BTreeSet<TicketId>,
    /// Those of them that this process is about to settle: so few, that they can be passed over
    /// at any moment and for each project.
    at_work: BTreeSet<TicketId>,
    /// Those that have changed since the last call of [`Self::take_changed`].
    changed: BTreeSet<TicketId>,
}

impl Starts {
    pub(super) fn get(&self, ticket: TicketId) -> Option<&Start> {
        self.all.get(&ticket)
    }

    pub(super) fn insert(&mut self, start: Start) {
        let ticket = start.entry.id;
        self.all.insert(ticket, start);
        self.change(ticket, |_| ());
    }

    /// Changes one; whether it is still open is noted.
    pub(super) fn change<T>(
        &mut self,
        ticket: TicketId,
        change: impl FnOnce(&mut Start) -> T,
    ) -> Option<T> {
        let start = self.all.get_mut(&ticket)?;
        let changed = change(start);
        self.changed.insert(ticket);
        for (holds, set) in
            [(start.is_open(), &mut self.open), (start.is_at_work(), &mut self.at_work)]
        {
            if holds {
                set.insert(ticket);
            } else {
                set.remove(&ticket);
            }
        }
        Some(changed)
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &Start> {
        self.all.values()
    }

    /// Those whose names are from `first` to `last`.
    pub(super) fn range(&self, first: TicketId, last: TicketId) -> impl Iterator<Item = &Start> {
        self.all.range(first..=last).map(|(_, start)| start)
    }

    pub(super) fn open(&self) -> impl Iterator<Item = &Start> {
        self.open.iter().filter_map(|ticket| self.all.get(ticket))
    }

    /// How many there are of which more will be known.
    pub(super) fn open_count(&self) -> usize {
        self.open.len()
    }

    /// The starts that have changed, for the parts that keep something of them.
    pub(super) fn take_changed(&mut self) -> BTreeSet<TicketId> {
        std::mem::take(&mut self.changed)
    }

    pub(super) fn at_work(&self) -> impl Iterator<Item = &Start> {
        self.at_work.iter().filter_map(|ticket| self.all.get(ticket))
    }

    pub(super) fn of_call(&self, call: CallId) -> Option<TicketId> {
        self.at_work().find(|start| start.call == Some(call)).map(|start| start.entry.id)
    }
}
