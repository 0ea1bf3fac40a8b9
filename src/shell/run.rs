//! The one loop: it joins keys, finished requests, deadlines and signals.
//!
//! It takes in what is ready for a bounded time, then draws once, if the screen takes it: what a person has
//! done at once, news ten times a second at most. It wakes when something happens or at the next deadline,
//! never by a tick. It is generic over the screen, the keys, the wire and the host, so that tests run this very
//! loop.

use std::future::poll_fn;
use std::io;
use std::task::Poll;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use tokio::task::{JoinError, JoinSet};

use crate::api::Response;
use crate::clock::Clock;
use crate::engine::sync::protocol::StoreEvent;
use crate::engine::{self, CallId};
use crate::ui::{Effect, Msg, State};

use super::host::Host;
use super::screen::Screen;
use super::store::Store;
use super::wire::{Wire, replied, send, token_read};

/// How long messages are taken in before what came of them is drawn.
const BETWEEN_FRAMES: Duration = Duration::from_millis(20);
/// What no person has done is drawn no more often than this.
const BETWEEN_NEWS: Duration = Duration::from_millis(100);
/// What happens comes from the keys, from answers, and from the store.
const SOURCES: usize = 3;

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
    /// What is kept for other processes and for the next start.
    pub store: Store,
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
        let ended = self.go_round().await;
        // However it ends, others need not wait for the lease of this process to run out.
        if let Some(parting) = self.state.model().parting(self.clock.now().boot) {
            self.store.ask(parting);
        }
        ended.map(|()| self.state)
    }

    async fn go_round(&mut self) -> io::Result<()> {
        let mut calls = Tasks::default();
        let mut going = self.handle(Msg::Engine(Box::new(engine::Msg::Started)), &mut calls);
        let mut next_frame = self.clock.now().boot;
        while going {
            let now = self.clock.now();
            // The terminal is the editor's as long as that is open. One that takes nothing is drawn
            // on when it does, as everything is then.
            let is_ours = calls.editors.is_empty();
            let owes = is_ours && !self.screen.is_free();
            let is_due = calls.is_urgent || next_frame <= now.boot;
            if is_ours && !owes && is_due {
                self.screen.draw(&self.state, now)?;
                (calls.is_urgent, next_frame) = (false, now.boot + BETWEEN_NEWS);
            }
            // One reading at a time: of two the older could come last.
            if calls.tokens.is_empty() && self.wire.has_token_changed(now.boot) {
                calls.tokens.spawn(self.wire.read_token());
            }
            let wake = self.state.deadline(now);
            let wake = if is_due { wake } else { wake.min(next_frame) };
            let pause = wake.saturating_sub(now.boot);
            // A deadline that has passed is handled at once, but never in a busy loop.
            let pause = pause.max(Duration::from_millis(1));
            let msg = tokio::select! {
                key = self.keys.next() => pressed(key)?,
                Some(done) = calls.calls.join_next() => engine_msg(replied(done)?),
                Some(done) = calls.tokens.join_next() => engine_msg(token_read(done)?),
                Some(done) = calls.reads.join_next() => read(done)?,
                Some(done) = calls.browsers.join_next() => match done.map_err(io::Error::other)? {
                    Ok(()) => continue,
                    Err(reason) => Msg::HostFailed(reason),
                },
                Some(done) = calls.copies.join_next() => copied(done)?,
                Some(done) = calls.notices.join_next() => match done.map_err(io::Error::other)? {
                    Ok(()) => continue,
                    Err(reason) => Msg::HostFailed(reason),
                },
                Some(done) = calls.editors.join_next() => self.edited(done, &mut calls).await?,
                Some(done) = calls.profiles.join_next() => {
                    Msg::ProfileOpened(done.map_err(io::Error::other)?)
                }
                told = self.store.next() => stored(told),
                () = self.screen.freed(), if owes => continue,
                () = tokio::time::sleep(pause) => Msg::Engine(Box::new(engine::Msg::Woke)),
            };
            going = self.take_in(msg, &mut calls)? && self.drain(&mut calls).await?;
        }
        Ok(())
    }

    /// Takes in what is ready, from each source in its turn, until nothing is or it is time to draw;
    /// tells whether to go on.
    async fn drain(&mut self, calls: &mut Tasks) -> io::Result<bool> {
        let end = self.clock.now().boot + BETWEEN_FRAMES;
        let (mut source, mut empty) = (0, 0);
        while empty < SOURCES && self.clock.now().boot < end {
            let ready = match source {
                0 => at_hand(&mut self.keys).await.map(pressed).transpose()?,
                1 => calls.calls.try_join_next().map(replied).transpose()?.map(engine_msg),
                _ => self.store.at_hand().map(stored),
            };
            source = (source + 1) % SOURCES;
            empty = if ready.is_some() { 0 } else { empty + 1 };
            // What is not urgent goes on while nothing else is to be done.
            let is_idle = empty == SOURCES && self.state.has_more();
            if is_idle {
                empty = 0;
            }
            if let Some(msg) = ready.or(is_idle.then_some(Msg::GoOn))
                && !self.take_in(msg, calls)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The editor has ended: the terminal is taken back, in whatever size it has now. What was
    /// signalled before that was meant for the editor, so it is heard while that has the terminal.
    async fn edited(
        &mut self,
        done: Result<Result<String, String>, tokio::task::JoinError>,
        tasks: &mut Tasks,
    ) -> io::Result<Msg> {
        // Signals that have come are known only after the runtime has looked.
        tokio::task::yield_now().await;
        while let Some(key) = at_hand(&mut self.keys).await {
            if !self.handle(pressed(key)?, tasks) {
                return Ok(Msg::Terminate);
            }
        }
        if let Some(size) = self.screen.take_back()? {
            self.handle(Msg::Resize(size), tasks);
        }
        self.handle(Msg::Focus(None), tasks);
        done.map(Msg::Edited).map_err(io::Error::other)
    }

    fn take_in(&mut self, msg: Msg, calls: &mut Tasks) -> io::Result<bool> {
        calls.is_urgent |= !matches!(msg, Msg::Engine(_) | Msg::GoOn | Msg::Focus(_));
        let had_terminal = calls.editors.is_empty();
        match msg {
            Msg::Resize(_) if had_terminal => self.screen.forget()?,
            Msg::Stop => {
                if had_terminal {
                    self.screen.lend()?;
                    self.handle(Msg::Focus(Some(false)), calls);
                }
                // The editor hears of it itself.
                self.host.stop();
                return self.go_on(calls);
            }
            Msg::Continued => return self.go_on(calls),
            _ => {}
        }
        let going = self.handle(msg, calls);
        if had_terminal && !calls.editors.is_empty() {
            self.screen.lend()?;
            // Nobody sees what is not drawn.
            self.handle(Msg::Focus(Some(false)), calls);
        }
        Ok(going)
    }

    /// Takes the terminal back from a shell, if it is not the editor's; tells whether to go on.
    fn go_on(&mut self, calls: &mut Tasks) -> io::Result<bool> {
        let size = if calls.editors.is_empty() { self.screen.take_back()? } else { None };
        let going = size.is_none_or(|size| self.handle(Msg::Resize(size), calls));
        Ok(going && (!calls.editors.is_empty() || self.handle(Msg::Focus(None), calls)))
    }

    /// Takes in one message and carries its effects out; tells whether to go on.
    fn handle(&mut self, msg: Msg, calls: &mut Tasks) -> bool {
        let mut going = true;
        for effect in self.state.update(msg, self.clock.now()) {
            match effect {
                Effect::Send(id, call, style, connection) => {
                    send(&self.wire, id, call, style, connection, &mut calls.calls);
                }
                Effect::ReadToken => {
                    calls.tokens.spawn(self.wire.read_token());
                }
                Effect::Store(ask) => self.store.ask(ask),
                Effect::OpenProfile(name) => {
                    calls.profiles.spawn(self.host.open_profile(name));
                }
                Effect::Edit { text, ending } => {
                    calls.editors.spawn(self.host.edit(text, ending));
                }
                Effect::Read(path) => {
                    calls.reads.spawn(self.host.read(path));
                }
                Effect::Open(url) => {
                    calls.browsers.spawn(self.host.open(url));
                }
                Effect::Copy(text) => {
                    calls.copies.spawn(self.host.copy(text));
                }
                Effect::Notify(alert) => {
                    calls.notices.spawn(self.host.notify(alert));
                }
                Effect::Remember(line) => self.host.remember(&line),
                Effect::KeepFilter { name, text } => {
                    let kept = self.host.keep_filter(&name, &text);
                    going &= self.report(kept, calls);
                }
                Effect::Suspend => {
                    let suspended = self.host.suspend();
                    going &= self.report(suspended, calls);
                }
                Effect::Save { name, text } => {
                    let saved = self.host.save(&name, &text);
                    going &= self.handle(Msg::Saved(saved), calls);
                }
                Effect::Quit => going = false,
            }
        }
        going
    }

    /// Tells a failure of the host; tells whether to go on.
    fn report(&mut self, result: Result<(), String>, calls: &mut Tasks) -> bool {
        result.err().is_none_or(|reason| self.handle(Msg::HostFailed(reason), calls))
    }
}

/// What goes on beside the loop.
#[derive(Default)]
struct Tasks {
    /// Whether a person has done something that is not drawn yet.
    is_urgent: bool,
    calls: JoinSet<(CallId, Response)>,
    /// The token, while it is being read anew.
    tokens: JoinSet<Result<bool, String>>,
    /// The editor, while it is open.
    editors: JoinSet<Result<String, String>>,
    /// Files that are being read.
    reads: JoinSet<Result<String, String>>,
    /// A profile that is being opened.
    profiles: JoinSet<Result<(), String>>,
    /// Browsers that are being opened.
    browsers: JoinSet<Result<(), String>>,
    /// Texts that are being copied.
    copies: JoinSet<Result<String, String>>,
    /// Alerts that are being told.
    notices: JoinSet<Result<(), String>>,
}

/// A terminal that has gone away ends the program.
fn pressed(key: Option<io::Result<Msg>>) -> io::Result<Msg> {
    key.unwrap_or(Ok(Msg::Terminate))
}

/// What a stream has ready, without waiting for it. It is asked with the loop's own waker, which a
/// stream that has nothing keeps.
async fn at_hand<S: Stream + Unpin>(stream: &mut S) -> Option<Option<S::Item>> {
    poll_fn(|context| {
        Poll::Ready(match stream.poll_next_unpin(context) {
            Poll::Ready(item) => Some(item),
            Poll::Pending => None,
        })
    })
    .await
}

fn engine_msg(msg: engine::Msg) -> Msg {
    Msg::Engine(Box::new(msg))
}

fn stored(told: Result<StoreEvent, String>) -> Msg {
    engine_msg(engine::Msg::Store(told))
}

fn copied(done: Result<Result<String, String>, JoinError>) -> io::Result<Msg> {
    done.map(Msg::Copied).map_err(io::Error::other)
}

fn read(done: Result<Result<String, String>, JoinError>) -> io::Result<Msg> {
    done.map(Msg::FileRead).map_err(io::Error::other)
}
