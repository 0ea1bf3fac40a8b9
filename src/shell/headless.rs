//! The loop without screen and keys: it goes on a task until that is done or somebody stops it.
//!
//! It joins finished requests, the engine's deadlines and whatever stops it, and asks within the
//! same budget as the dashboard. It is generic over the task and the wire, so that tests run
//! this very loop.

use std::collections::VecDeque;
use std::future::Future;
use std::io::{self, Write};
use std::time::Duration;

use tokio::task::JoinSet;

use super::outgoing;
use super::store::Store;
use super::wire::{Wire, replied, send, token_read};
use crate::clock::Clock;
use crate::domain::{Boot, Now};
use crate::engine::{Effect, Event, Intent, Model, Msg};
use crate::ui::TOKEN_KEPT;
use crate::ui::text::safe;

/// The longest sleep. tokio's clock stands still while the machine sleeps, the engine's does not.
const NAP: Duration = Duration::from_secs(15);

/// What a command without a screen is there for.
pub trait Task {
    /// How it ends.
    type End;

    /// Takes in what has happened since the last step; tells how to go on.
    ///
    /// # Errors
    /// If what it tells cannot be passed on; that ends the loop.
    fn step(&mut self, events: &[Event], model: &Model, now: Now) -> io::Result<Step<Self::End>>;

    /// Tells the person something about the store, such as that a record could not be read.
    fn note(&mut self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "hextop: {}", outgoing::clean(&safe(text)));
    }

    /// Takes in that somebody wants it to end, and how that would be: gives it back if it may end so
    /// at once, else none, and ends by itself soon.
    fn stopped(&mut self, end: Self::End) -> Option<Self::End> {
        Some(end)
    }

    /// When it wants another step at the latest, if nothing happens before.
    fn deadline(&self) -> Option<Boot> {
        None
    }
}

/// How a task goes on.
#[derive(Debug)]
pub enum Step<E> {
    /// With what happens next.
    Wait,
    /// With what comes of this.
    StoreRequest(Intent),
    /// It is done.
    End(E),
}

/// The loop with everything it joins.
#[derive(Debug)]
pub struct Headless<E, W, S> {
    /// The engine.
    pub model: Model,
    /// What for.
    pub task: E,
    /// What sends calls.
    pub wire: W,
    /// Comes when somebody wants it to end.
    pub stop: S,
    /// What is kept for other processes and for the next start.
    pub store: Store,
    /// Where the time comes from.
    pub clock: Clock,
}

impl<E, W, S> Headless<E, W, S>
where
    E: Task,
    W: Wire,
    S: Future<Output = E::End> + Unpin,
{
    /// Runs until there is a reason to end; gives it and the engine back.
    ///
    /// # Errors
    /// If the task fails, or a request's task panicked.
    pub async fn run(mut self) -> io::Result<(E::End, Model)> {
        let ended = self.go().await;
        if let Some(parting) = self.model.parting(self.clock.now().boot) {
            self.store.ask(parting);
        }
        Ok((ended?, self.model))
    }

    async fn go(&mut self) -> io::Result<E::End> {
        let (mut calls, mut tokens) = (JoinSet::new(), JoinSet::new());
        let mut changed = JoinSet::new();
        let mut msgs = VecDeque::from([Msg::Started]);
        let mut is_stopped = false;
        loop {
            let now = self.clock.now();
            let mut events = Vec::new();
            while let Some(msg) = msgs.pop_front() {
                for effect in self.model.update(msg, now) {
                    match effect {
                        Effect::Send(id, call, style, connection) => {
                            send(&self.wire, id, call, style, connection, &mut calls);
                        }
                        Effect::ReadToken => {
                            tokens.spawn(self.wire.read_token());
                        }
                        Effect::Store(ask) => self.store.ask(ask),
                        Effect::Tell(Event::StoreNote(note)) => self.task.note(&note),
                        Effect::Tell(event) => events.push(event),
                    }
                }
            }
            match self.task.step(&events, &self.model, now)? {
                Step::End(end) => return Ok(end),
                Step::StoreRequest(intent) => {
                    msgs.push_back(Msg::Intent(intent));
                    continue;
                }
                Step::Wait => {}
            }
            if self.wire.has_token_changed(now.boot) {
                changed.spawn(self.wire.read_token());
            }
            let deadline = self.model.deadline(now).into_iter().chain(self.task.deadline()).min();
            let pause = deadline.map_or(NAP, |at| at.saturating_sub(now.boot).min(NAP));
            msgs.push_back(tokio::select! {
                ended = &mut self.stop, if !is_stopped => {
                    if let Some(ended) = self.task.stopped(ended) {
                        return Ok(ended);
                    }
                    is_stopped = true;
                    Msg::Woke
                }
                Some(done) = calls.join_next() => replied(done)?,
                Some(done) = tokens.join_next() => token_read(done)?,
                Some(done) = changed.join_next() => {
                    let read = token_read(done)?;
                    if let Msg::TokenRead(Err(why)) = &read {
                        self.task.note(&format!("{TOKEN_KEPT}: {why}"));
                    }
                    read
                }
                told = self.store.next() => Msg::Store(told),
                // A deadline that has passed is handled at once, but never in a busy loop.
                () = tokio::time::sleep(pause.max(Duration::from_millis(1))) => Msg::Woke,
            });
        }
    }
}
