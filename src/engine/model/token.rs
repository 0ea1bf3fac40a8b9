//! A token that Hex has refused: read anew and tried again a few times, then given up.
//!
//! A single 401 may come from something between hextop and Hex, or from a token that is being
//! replaced (`hex-api.md` §4.2), so it must not end polling and cancels. While it is in doubt one
//! request at a time finds out; all others wait.

use std::time::Duration;

use crate::api::{ApiError, Call, Kind};
use crate::domain::{Boot, Now};
use crate::engine::outbox::Flight;

use super::{Effect, Health, Model};

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
/// How long reading a token may take before the old one is tried once more.
const READING: Duration = Duration::from_secs(10);

/// How far the token is trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum TokenTrust {
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
pub(super) struct Doubt {
    /// When Hex refused it first.
    first: Boot,
    /// When Hex refused it last; only an answer to what left later says anything new.
    since: Boot,
    /// How often it was tried since.
    tries: usize,
    /// When it is tried next.
    next: Boot,
    /// How many tries it has.
    most: usize,
}

/// How many requests the token lets leave now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenGate {
    /// As many as the budget does.
    Open,
    /// One, which finds out whether Hex takes the token.
    One,
    /// None before then; none at all until something happens if there is no moment.
    Shut(Option<Boot>),
}

impl TokenTrust {
    /// Takes in that Hex has refused what left at `sent`; tells whether that is news.
    fn refused(&mut self, sent: Boot, now: Boot) -> bool {
        let doubt = match *self {
            Self::Refused => return false,
            Self::Doubted(doubt) if sent < doubt.since => return false,
            Self::Doubted(doubt) => Doubt { tries: doubt.tries + 1, ..doubt },
            Self::Unproven => Doubt::new(TRIES_UNPROVEN, now),
            Self::Proven => Doubt::new(PAUSES.len(), now),
        };
        *self = match PAUSES.get(doubt.tries).filter(|_| doubt.tries < doubt.most) {
            Some(pause) => Self::Doubted(Doubt { since: now, next: now + *pause, ..doubt }),
            None => Self::Refused,
        };
        true
    }

    /// Takes in that Hex has taken the token of what left at `sent`.
    fn accepted(&mut self, sent: Boot) {
        match self {
            Self::Doubted(doubt) if sent < doubt.since => {}
            Self::Unproven | Self::Proven | Self::Doubted(_) | Self::Refused => {
                *self = Self::Proven;
            }
        }
    }

    pub(super) fn is_refused(self) -> bool {
        self == Self::Refused
    }

    /// When a token that Hex has refused is tried again.
    pub(super) fn next_try(self) -> Option<Boot> {
        match self {
            Self::Doubted(doubt) => Some(doubt.next),
            _ => None,
        }
    }

    /// What it means for all requests, if it is not good.
    pub(super) fn health(self) -> Option<Health> {
        match self {
            Self::Unproven | Self::Proven => None,
            Self::Doubted(Doubt { first, next, .. }) => {
                Some(Health::TokenDoubted { since: first, next })
            }
            Self::Refused => Some(Health::TokenRefused),
        }
    }
}

impl Doubt {
    fn new(most: usize, now: Boot) -> Self {
        Self { first: now, since: now, tries: 0, next: now, most }
    }
}

impl Model {
    /// Takes in what the answer to a request that left at `sent` says of the token.
    pub(super) fn note_token(
        &mut self,
        sent: Boot,
        error: Option<&ApiError>,
        now: Boot,
        effects: &mut Vec<Effect>,
    ) {
        match error {
            Some(ApiError::Unauthorized) => {
                if self.token.refused(sent, now) {
                    effects.push(Effect::ReadToken);
                }
            }
            // Hex looks at the token before all else.
            None
            | Some(ApiError::Forbidden(_) | ApiError::NotFound(_) | ApiError::Rejected { .. }) => {
                self.token.accepted(sent);
            }
            Some(_) => {}
        }
    }

    /// The token was read anew; another one is tried at once.
    pub(super) fn token_read(&mut self, read: Result<bool, String>, now: Boot) {
        let changed = read == Ok(true);
        self.token_trouble = read.err();
        match &mut self.token {
            TokenTrust::Doubted(doubt) if changed || doubt.most == 0 => {
                *doubt = Doubt { tries: 0, next: now, most: TRIES_UNPROVEN, ..*doubt };
            }
            TokenTrust::Refused if changed => {
                self.token = TokenTrust::Doubted(Doubt::new(TRIES_UNPROVEN, now));
            }
            _ => return,
        }
        if changed {
            // It may be another person's.
            self.begin(now);
        }
    }

    /// A person wants the token tried again: it is read anew first.
    pub(super) fn retry_token(&mut self, now: Boot, effects: &mut Vec<Effect>) {
        match &mut self.token {
            TokenTrust::Refused => {
                let doubt = Doubt { next: now + READING, ..Doubt::new(0, now) };
                self.token = TokenTrust::Doubted(doubt);
                effects.push(Effect::ReadToken);
            }
            TokenTrust::Doubted(doubt) => {
                doubt.next = now;
                effects.push(Effect::ReadToken);
            }
            TokenTrust::Unproven | TokenTrust::Proven => {}
        }
    }

    /// Why the token could not be read anew, if it could not.
    pub fn token_trouble(&self) -> Option<&str> {
        self.token_trouble.as_deref()
    }

    /// How many requests the token lets leave now.
    pub(super) fn token_gate(&self, now: Boot) -> TokenGate {
        let doubt = match self.token {
            TokenTrust::Unproven | TokenTrust::Proven => return TokenGate::Open,
            TokenTrust::Refused => return TokenGate::Shut(None),
            TokenTrust::Doubted(doubt) => doubt,
        };
        if self.outbox.flights().any(|flight| flight.sent >= doubt.since) {
            TokenGate::Shut(None)
        } else if now < doubt.next {
            TokenGate::Shut(Some(doubt.next))
        } else {
            TokenGate::One
        }
    }

    /// Wants a read again that was refused for a token in doubt; tells whether it was that.
    pub(super) fn repeats_read(
        &mut self,
        flight: &Flight,
        error: Option<&ApiError>,
        now: Now,
    ) -> bool {
        let repeats = error == Some(&ApiError::Unauthorized)
            && flight.call.kind() == Kind::Read
            && !self.token.is_refused();
        if repeats {
            if matches!(flight.call, Call::ListProjects { after: None }) {
                self.listing.under_way = false;
            }
            self.outbox.want(flight.call.clone(), flight.tier, now.boot);
        }
        repeats
    }
}
