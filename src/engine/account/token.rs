//! A token that Hex has refused: read anew and tried again a few times, then given up.
//!
//! A single 401 may come from something between hextop and Hex, or from a token that is being
//! replaced (`hex-api.md` §4.2), so it must not end polling and cancels. While it is in doubt one
//! request at a time finds out: the question who it belongs to, or a cancel that waits. Everything else
//! waits, starts above all: one that was refused would have to be confirmed anew.

use std::time::Duration;

use crate::api::error::Detail;
use crate::api::{ApiError, Call, Kind, Reply};
use crate::domain::Boot;
use crate::engine::health::Health;
use crate::engine::request::Flight;

/// The pauses before a token is tried again that has worked before: over three minutes and a half.
const PAUSES: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(20),
    Duration::from_mins(1),
    Duration::from_mins(2),
];
/// So many tries more has a token that has never worked here: it is most likely a wrong one, and
/// whoever waits for a command should soon hear so.
const TRIES_UNPROVEN: usize = 2;
/// The least pause before the next try after one whose answer said nothing of the token.
const LEAST_PAUSE: Duration = Duration::from_secs(5);
/// How long reading a token may take before the old one is tried once more.
const READING: Duration = Duration::from_secs(10);
/// Requests that were refused and are remembered, so that one that alone is refused is told from a
/// token that is.
const REMEMBERED: usize = 32;

/// What is known of the token.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::engine) struct TokenState {
    trust: TokenTrust,
    /// Whether it is being read anew.
    is_read: bool,
    /// Why it could not be read anew, if it could not.
    trouble: Option<String>,
    /// Whether another one was tried since Hex last took one: only the first is tried at once.
    was_replaced: bool,
    /// When Hex last took it.
    accepted: Option<Boot>,
    /// Requests that were refused and have not been answered otherwise since, and when that was.
    refused_calls: Vec<(Call, Boot)>,
}

/// How far the token is trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum TokenTrust {
    /// No request has been answered yet.
    #[default]
    Unproven,
    /// Hex has taken it.
    Proven,
    /// Hex has refused it, and it is tried again.
    Doubted(Doubt),
    /// Hex has refused it again and again.
    Refused,
}

/// A token that is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Doubt {
    /// When Hex refused it last; only an answer to what left later says anything new.
    since: Boot,
    /// How often it was tried again, but for the tries that a person has asked for.
    tries: usize,
    /// How many such tries it has.
    most: usize,
    /// When it is tried next.
    next: Boot,
    /// Whether a person has asked for the next try, which then does not count.
    is_asked_for: bool,
    /// Whether the next try waits for the token to be read.
    waits_for_reading: bool,
}

impl Doubt {
    fn new(most: usize, now: Boot) -> Self {
        Self {
            since: now,
            tries: 0,
            most,
            next: now,
            is_asked_for: false,
            waits_for_reading: false,
        }
    }
}

/// What the token lets leave now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum TokenGate {
    /// As much as the budget does.
    Open,
    /// One request that finds out whether Hex takes the token.
    Trial,
    /// Nothing before then.
    ShutUntil(Boot),
    /// Nothing until an answer comes or a person asks for it.
    Shut,
}

impl TokenGate {
    /// Whether it keeps this call from leaving.
    pub(in crate::engine) fn holds(self, call: &Call) -> bool {
        match self {
            Self::Open => false,
            Self::Trial => !matches!(call, Call::Me | Call::Cancel { .. }),
            Self::ShutUntil(_) | Self::Shut => true,
        }
    }
}

impl TokenTrust {
    /// Takes in that Hex has refused what left at `sent`; tells whether that is news.
    fn refused(&mut self, sent: Boot, now: Boot) -> bool {
        let doubt = match *self {
            Self::Refused => return false,
            Self::Doubted(doubt) if sent < doubt.since => return false,
            Self::Doubted(doubt) if doubt.is_asked_for => doubt,
            Self::Doubted(doubt) => Doubt { tries: doubt.tries + 1, ..doubt },
            Self::Unproven => Doubt::new(TRIES_UNPROVEN, now),
            Self::Proven => Doubt::new(PAUSES.len(), now),
        };
        *self = match PAUSES.get(doubt.tries).filter(|_| doubt.tries < doubt.most) {
            Some(pause) => {
                let next = now + *pause;
                Self::Doubted(Doubt { since: now, next, is_asked_for: false, ..doubt })
            }
            None => Self::Refused,
        };
        true
    }

    /// Takes in that the answer to what left at `sent` says nothing of the token.
    fn unanswered(&mut self, sent: Boot, now: Boot) {
        if let Self::Doubted(doubt) = self
            && sent >= doubt.since
        {
            let pause = PAUSES.get(doubt.tries).copied().unwrap_or_default();
            doubt.next = doubt.next.max(now + pause.max(LEAST_PAUSE));
        }
    }

    /// Takes in that Hex has taken the token of what left at `sent`.
    fn accepted(&mut self, sent: Boot) {
        if !matches!(self, Self::Doubted(doubt) if sent < doubt.since) {
            *self = Self::Proven;
        }
    }
}

impl TokenState {
    /// Whether Hex has refused it again and again.
    pub(in crate::engine) fn is_refused(&self) -> bool {
        self.trust == TokenTrust::Refused
    }

    /// When a token that Hex has refused is tried again.
    pub(in crate::engine) fn next_try(&self) -> Option<Boot> {
        match self.trust {
            TokenTrust::Doubted(doubt) => Some(doubt.next),
            _ => None,
        }
    }

    /// What it means for all requests, if it is not good.
    pub(in crate::engine) fn health(&self) -> Option<Health> {
        match self.trust {
            TokenTrust::Unproven | TokenTrust::Proven => None,
            TokenTrust::Doubted(Doubt { tries, next, .. }) => {
                Some(Health::TokenDoubted { tries, next })
            }
            TokenTrust::Refused => Some(Health::TokenRefused),
        }
    }

    /// Why it could not be read anew, if it could not.
    pub(in crate::engine) fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// Takes in what the answer to a request that left at `sent` says of it; tells whether it is to be
    /// read anew.
    #[must_use]
    pub(in crate::engine) fn note(
        &mut self,
        sent: Boot,
        error: Option<&ApiError>,
        now: Boot,
    ) -> bool {
        match error {
            Some(ApiError::Unauthorized) => self.trust.refused(sent, now) && self.read_anew(),
            // Hex looks at the token before all else.
            None
            | Some(ApiError::Forbidden(_) | ApiError::NotFound(_) | ApiError::Rejected { .. }) => {
                self.trust.accepted(sent);
                (self.accepted, self.was_replaced) = (Some(now), false);
                false
            }
            Some(_) => {
                self.trust.unanswered(sent, now);
                false
            }
        }
    }

    /// It was read anew; another one is tried at once, unless one was already. Tells whether it is
    /// another one.
    pub(in crate::engine) fn take_read(&mut self, read: Result<bool, String>, now: Boot) -> bool {
        let changed = read == Ok(true);
        self.trouble = read.err();
        self.is_read = false;
        let is_first = changed && !std::mem::replace(&mut self.was_replaced, changed);
        match &mut self.trust {
            TokenTrust::Doubted(doubt) => {
                let waits = std::mem::take(&mut doubt.waits_for_reading);
                doubt.next = if waits || is_first { now } else { doubt.next };
            }
            TokenTrust::Refused if is_first => {
                self.trust = TokenTrust::Doubted(Doubt::new(TRIES_UNPROVEN, now));
            }
            _ => {}
        }
        changed
    }

    /// A person wants something: a token in doubt is tried now, and one that was given up is read
    /// anew and tried. Tells whether it is to be read anew.
    #[must_use]
    pub(in crate::engine) fn retry(&mut self, now: Boot) -> bool {
        match &mut self.trust {
            TokenTrust::Refused => {
                let next = now + READING;
                let doubt = Doubt { next, waits_for_reading: true, ..Doubt::new(0, now) };
                self.trust = TokenTrust::Doubted(doubt);
            }
            TokenTrust::Doubted(doubt) if doubt.waits_for_reading => {}
            TokenTrust::Doubted(doubt) => (doubt.next, doubt.is_asked_for) = (now, true),
            TokenTrust::Unproven | TokenTrust::Proven => return false,
        }
        self.read_anew()
    }

    /// Whether it is to be read anew, and is not being read already: two readings at a time could
    /// bring the older one back.
    fn read_anew(&mut self) -> bool {
        !std::mem::replace(&mut self.is_read, true)
    }

    /// What it lets leave now, when these requests are on their way.
    pub(in crate::engine) fn gate<'a>(
        &self,
        mut flights: impl Iterator<Item = &'a Flight>,
        now: Boot,
    ) -> TokenGate {
        let doubt = match self.trust {
            TokenTrust::Unproven | TokenTrust::Proven => return TokenGate::Open,
            TokenTrust::Refused => return TokenGate::Shut,
            TokenTrust::Doubted(doubt) => doubt,
        };
        if flights.any(|flight| flight.sent >= doubt.since) {
            TokenGate::Shut
        } else if now < doubt.next {
            TokenGate::ShutUntil(doubt.next)
        } else {
            TokenGate::Trial
        }
    }

    /// Tells a request that alone is refused from a token that is: one that was refused, while Hex
    /// has taken the token since, has failed by itself.
    pub(in crate::engine) fn sort_refusal(
        &mut self,
        call: &Call,
        result: Result<Reply, ApiError>,
        now: Boot,
    ) -> Result<Reply, ApiError> {
        let before = self.refused_calls.iter().position(|(refused, _)| refused == call);
        let before = before.map(|place| self.refused_calls.swap_remove(place).1);
        if result != Err(ApiError::Unauthorized) || call.kind() == Kind::Trigger {
            return result;
        }
        if self.refused_calls.len() == REMEMBERED {
            self.refused_calls.remove(0);
        }
        self.refused_calls.push((call.clone(), before.unwrap_or(now)));
        if before.is_some_and(|before| self.accepted > Some(before)) && *call != Call::Me {
            let reason = "refused, though Hex takes the token elsewhere".to_owned();
            let detail = Detail::default();
            return Err(ApiError::Unreadable { status: 401, reason, detail });
        }
        result
    }
}
