//! The one loop: it joins keys, finished requests, deadlines and signals.
//!
//! It takes in everything that is ready, then draws once. It wakes when something happens or at
//! the next deadline, never by a tick. It is generic over the screen, the keys, the wire and the
//! host, so that tests run this very loop.

use std::future::Future;
use std::io;
use std::time::Duration;

use futures_util::{FutureExt, Stream, StreamExt};
use tokio::task::JoinSet;

use crate::api::{Call, Client, Exchange, PathStyle};
use crate::clock::Clock;
use crate::domain::Now;
use crate::engine::{self, CallId};
use crate::ui::{Effect, Msg, State};

use super::host::Host;

/// What a state is drawn on.
pub trait Screen {
    /// Draws the state.
    ///
    /// # Errors
    /// If the terminal does not take it.
    fn draw(&mut self, state: &State, now: Now) -> io::Result<()>;
}

/// What sends a call.
pub trait Wire {
    /// Sends a call once.
    fn send(&self, call: Call, style: PathStyle)
    -> impl Future<Output = Exchange> + Send + 'static;
}

impl Wire for std::sync::Arc<Client> {
    fn send(
        &self,
        call: Call,
        style: PathStyle,
    ) -> impl Future<Output = Exchange> + Send + 'static {
        let client = Self::clone(self);
        async move { Client::send(&client, &call, style).await }
    }
}

/// The loop with everything it joins.
#[derive(Debug)]
pub struct Loop<S, K, W, H> {
    /// The state of the screen.
    pub state: State,
    /// What it is drawn on.
    pub screen: S,
    /// What happens at the terminal, and signals.
    pub keys: K,
    /// What sends calls.
    pub wire: W,
    /// The machine.
    pub host: H,
    /// Where the time comes from.
    pub clock: Clock,
}

impl<S, K, W, H> Loop<S, K, W, H>
where
    S: Screen,
    K: Stream<Item = io::Result<Msg>> + Unpin,
    W: Wire,
    H: Host,
{
    /// Runs until the person quits or the keys end; gives the state back.
    ///
    /// # Errors
    /// If the terminal fails, or a request's task panicked.
    pub async fn run(mut self) -> io::Result<State> {
        let mut calls = JoinSet::new();
        let mut going = self.handle(Msg::Engine(Box::new(engine::Msg::Started)), &mut calls);
        while going {
            let now = self.clock.now();
            self.screen.draw(&self.state, now)?;
            let pause = self.state.deadline(now).saturating_sub(now.boot);
            // A deadline that has passed is handled at once, but never in a busy loop.
            let pause = pause.max(Duration::from_millis(1));
            let msg = tokio::select! {
                key = self.keys.next() => match key {
                    Some(key) => key?,
                    None => Msg::Terminate,
                },
                Some(done) = calls.join_next() => replied(done)?,
                () = tokio::time::sleep(pause) => Msg::Engine(Box::new(engine::Msg::Woke)),
            };
            going = self.handle(msg, &mut calls);
            while going {
                let ready = match self.keys.next().now_or_never() {
                    Some(Some(key)) => Some(key?),
                    _ => calls.try_join_next().map(replied).transpose()?,
                };
                let Some(msg) = ready else { break };
                going = self.handle(msg, &mut calls);
            }
        }
        Ok(self.state)
    }

    /// Takes in one message and carries its effects out; tells whether to go on.
    fn handle(&mut self, msg: Msg, calls: &mut JoinSet<(CallId, Exchange)>) -> bool {
        let mut going = true;
        for effect in self.state.update(msg, self.clock.now()) {
            match effect {
                Effect::Send(id, call, style) => {
                    tracing::info!(%call, ?style, "sending");
                    let sent = self.wire.send(call, style);
                    calls.spawn(async move { (id, sent.await) });
                }
                Effect::Open(url) => {
                    let opened = self.host.open(&url);
                    self.report(opened);
                }
                Effect::Copy(text) => {
                    let copied = self.host.copy(&text);
                    self.report(copied);
                }
                Effect::Quit => going = false,
            }
        }
        going
    }

    /// A failure of the host is told; it asks for nothing more.
    fn report(&mut self, result: Result<(), String>) {
        if let Err(reason) = result {
            self.state.update(Msg::HostFailed(reason), self.clock.now());
        }
    }
}

fn replied(done: Result<(CallId, Exchange), tokio::task::JoinError>) -> io::Result<Msg> {
    let (id, exchange) = done.map_err(io::Error::other)?;
    if let Err(error) = &exchange.result {
        tracing::warn!(%error, trace = error.trace(), "failed");
    }
    Ok(Msg::Engine(Box::new(engine::Msg::Replied(id, exchange))))
}
