//! What is known of the server: its clock, its paths, and whether it can be reached.

pub(in crate::engine) mod clock;

use std::time::Duration;

use crate::api::{ApiError, PathStyle};
use crate::domain::Boot;

use super::health::Health;
use clock::ServerClock;

/// How long an answer tells whether Hex can be reached.
const LIVE: Duration = Duration::from_mins(1);

/// Nothing gets through to the server.
#[derive(Clone, Debug, PartialEq)]
struct Outage {
    since: Boot,
    tries: u32,
    next: Boot,
    error: ApiError,
}

/// What answers have told of the server.
#[derive(Clone, Debug, Default)]
pub(super) struct ServerState {
    pub(super) clock: ServerClock,
    /// The path generation, once it is known.
    pub(super) style: Option<PathStyle>,
    outage: Option<Outage>,
    last_good: Option<Boot>,
}

impl ServerState {
    /// A server of which nothing is known but, perhaps, the path generation.
    pub(super) fn with_style(style: Option<PathStyle>) -> Self {
        Self { style, ..Self::default() }
    }

    /// Learns from the answer to any request sent at `sent` whether it can be reached.
    pub(super) fn note(&mut self, sent: Boot, error: Option<&ApiError>, now: Boot) {
        match error {
            None => {
                self.outage = None;
                self.last_good = Some(now);
            }
            Some(ApiError::Unauthorized) => {}
            Some(error @ (ApiError::Transport(_) | ApiError::Redirected { .. })) => {
                // Several requests may fail of the same cause; only one sent after the last
                // pause shows that the pause was too short.
                let outage = self.outage.take();
                let (since, tries) = match &outage {
                    Some(old) if sent < old.next => (old.since, old.tries),
                    Some(old) => (old.since, old.tries + 1),
                    None => (now, 1),
                };
                let next = match outage {
                    Some(old) if sent < old.next => old.next,
                    _ => now + backoff(tries),
                };
                self.outage = Some(Outage { since, tries, next, error: error.clone() });
            }
            // Any other answer shows at least that somebody is there.
            Some(_) => self.outage = None,
        }
    }

    /// The same from an answer that another process has had at `at`: what it can reach, this one could.
    pub(super) fn note_heard(&mut self, at: Boot, error: Option<&ApiError>, now: Boot) {
        let overtaken = self.outage.as_ref().is_some_and(|outage| at < outage.since);
        if now < at + LIVE && !overtaken {
            let before = self.last_good;
            self.note(at, error, now);
            // This process may have just begun, and hear of it late.
            self.last_good = before.max(error.is_none().then_some(at));
        }
    }

    /// Tries again at once if nothing has got through.
    pub(super) fn try_now(&mut self, now: Boot) {
        if let Some(outage) = &mut self.outage {
            outage.next = now;
        }
    }

    /// When it is tried again, if nothing gets through.
    pub(super) fn next_try(&self) -> Option<Boot> {
        self.outage.as_ref().map(|outage| outage.next)
    }

    /// When it last answered with what was asked for.
    pub(super) fn last_good(&self) -> Option<Boot> {
        self.last_good
    }

    /// Whether what it tells is live.
    pub(super) fn health(&self) -> Health {
        if let Some(Outage { since, next, error, .. }) = self.outage.clone() {
            return Health::Offline { since, next, error };
        }
        self.last_good.map_or(Health::Starting, |at| Health::Live { at })
    }
}

/// The pause before the `tries`-th try after a failure: 2, 4, 8 … at most 60 seconds.
pub(super) fn backoff(tries: u32) -> Duration {
    Duration::from_secs(1 << tries.clamp(1, 6)).min(Duration::from_mins(1))
}
