//! The loop without screen and keys: it tells a listener what changes, until it is stopped.
//!
//! It joins finished requests, the engine's deadlines and whatever stops it, and asks within the
//! same budget as the dashboard. It is generic over the listener and the wire, so that tests run
//! this very loop.

use std::future::Future;
use std::io;
use std::time::Duration;

use tokio::task::JoinSet;

use super::run::{Wire, depart, landed};
use super::store::Store;
use crate::clock::Clock;
use crate::domain::{Boot, Now};
use crate::engine::model::Health;
use crate::engine::outlook::{Outlook, Report};
use crate::engine::{Effect, Event, Model, Msg};

/// The longest sleep. tokio's clock stands still while the machine sleeps, the engine's does not.
const NAP: Duration = Duration::from_secs(15);

/// Who is told what changes.
pub trait Listener {
    /// Takes in one report.
    ///
    /// # Errors
    /// If it cannot be passed on; that ends the loop.
    fn hear(&mut self, report: &Report, model: &Model, now: Now) -> io::Result<()>;
}

/// Why the loop has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By this signal.
    Signal(u8),
    /// Nobody reads any more what it tells.
    Unread,
    /// Its time was up.
    TimeUp,
    /// Hex refused the token.
    TokenRefused,
    /// No project has one of the names that it was to watch.
    NoSuchProject(Vec<String>),
}

/// The loop with everything it joins.
#[derive(Debug)]
pub struct Headless<L, W, S> {
    /// The engine.
    pub model: Model,
    /// Who is told.
    pub listener: L,
    /// What sends calls.
    pub wire: W,
    /// Comes when somebody wants it to end.
    pub stop: S,
    /// What is kept for other processes and for the next start.
    pub store: Store,
    /// Where the time comes from.
    pub clock: Clock,
    /// When it ends by itself.
    pub until: Option<Boot>,
}

impl<L, W, S> Headless<L, W, S>
where
    L: Listener,
    W: Wire,
    S: Future<Output = Ended> + Unpin,
{
    /// Runs until there is a reason to end; gives it and the engine back.
    ///
    /// # Errors
    /// If the listener fails, or a request's task panicked.
    pub async fn run(mut self) -> io::Result<(Ended, Model)> {
        let ended = self.watch().await;
        if let Some(parting) = self.model.parting(self.clock.now().boot) {
            self.store.ask(parting);
        }
        Ok((ended?, self.model))
    }

    async fn watch(&mut self) -> io::Result<Ended> {
        let mut calls = JoinSet::new();
        let mut outlook = Outlook::default();
        let mut msg = Msg::Started;
        loop {
            let now = self.clock.now();
            let listed = self.model.is_listed();
            for effect in self.model.update(msg, now) {
                match effect {
                    Effect::Send(id, call, style) => {
                        depart(&self.wire, id, call, style, &mut calls);
                    }
                    Effect::Store(ask) => self.store.ask(ask),
                    Effect::Tell(Event::RunChanged(change)) => {
                        self.listener.hear(&Report::Run(change), &self.model, now)?;
                    }
                    // These answer a person's intents, and there is no person here.
                    Effect::Tell(_) => {}
                }
            }
            // A wrong name is a mistake when the first list shows it; later the project is gone.
            if !listed && self.model.is_listed() && !self.model.missing().is_empty() {
                return Ok(Ended::NoSuchProject(self.model.missing().to_vec()));
            }
            for report in outlook.look(&self.model, now) {
                self.listener.hear(&report, &self.model, now)?;
            }
            if self.model.health(now.boot) == Health::TokenRefused {
                return Ok(Ended::TokenRefused);
            }
            if self.until.is_some_and(|until| until <= now.boot) {
                return Ok(Ended::TimeUp);
            }
            let deadline = self.model.deadline(now).into_iter().chain(self.until).min();
            let pause = deadline.map_or(NAP, |at| at.saturating_sub(now.boot).min(NAP));
            msg = tokio::select! {
                ended = &mut self.stop => return Ok(ended),
                Some(done) = calls.join_next() => landed(done)?,
                told = self.store.next() => Msg::Store(told),
                // A deadline that has passed is handled at once, but never in a busy loop.
                () = tokio::time::sleep(pause.max(Duration::from_millis(1))) => Msg::Woke,
            };
        }
    }
}
