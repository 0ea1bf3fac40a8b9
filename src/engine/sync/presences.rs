//! What persons at each process care for, as the log tells it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::log::Presence;
use super::session::Session;
use crate::domain::{Boot, ProjectId};
use crate::engine::poll::Attention;

/// How long counts what a process has said of its persons.
pub(super) const LASTS: Duration = Duration::from_mins(1);

/// The last that each process has said, while it counts.
#[derive(Clone, Debug, Default)]
pub struct Presences {
    by_session: BTreeMap<Session, (Presence, Boot)>,
    revision: u64,
}

impl Presences {
    /// Takes in what a process has said at `at`.
    pub(super) fn apply(&mut self, by: Session, presence: Presence, at: Boot) {
        self.by_session.retain(|_, (_, until)| *until > at);
        self.by_session.insert(by, (presence, at + LASTS));
        self.revision += 1;
    }

    /// Grows whenever anybody has said anything.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// The last that a process has said, even if it does not count any more.
    pub fn of(&self, by: Session) -> Option<&Presence> {
        self.by_session.get(&by).map(|(presence, _)| presence)
    }

    /// When the first of what counts now ceases to count.
    pub fn until(&self, now: Boot) -> Option<Boot> {
        self.by_session.values().map(|(_, until)| *until).filter(|until| now < *until).min()
    }

    /// The processes of which something counts now.
    pub(super) fn sessions(&self, now: Boot) -> impl Iterator<Item = Session> {
        self.by_session.iter().filter(move |(_, (_, until))| now < *until).map(|(by, _)| *by)
    }

    /// Whether a person waits at a process other than `this`.
    pub(super) fn others_wait(&self, this: Session, now: Boot) -> bool {
        self.others(this, now).any(|presence| presence.waits)
    }

    /// The projects that persons care for at processes other than `this`, and how much.
    pub(super) fn attentions(&self, this: Session, now: Boot) -> BTreeMap<ProjectId, Attention> {
        let mut attentions = BTreeMap::new();
        for (project, attention) in self.others(this, now).flat_map(|other| &other.projects) {
            let most = attentions.entry(project.clone()).or_insert(*attention);
            *most = (*most).max(*attention);
        }
        attentions
    }

    fn others(&self, this: Session, now: Boot) -> impl Iterator<Item = &Presence> {
        let of = |by| self.of(by);
        self.sessions(now).filter(move |by| *by != this).filter_map(of)
    }
}
