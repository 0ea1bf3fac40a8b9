//! Whose requests these are: the token, and who it belongs to.

pub(in crate::engine) mod token;

use std::time::Duration;

use crate::api::Me;
use crate::domain::Boot;

use token::TokenState;

/// How long the last word on who the token belongs to spares asking again.
const KNOWN: Duration = Duration::from_mins(10);

/// The token, and who it belongs to.
#[derive(Clone, Debug, Default)]
pub(super) struct Account {
    pub(super) token: TokenState,
    me: Option<Me>,
    /// When the last word on that came from the store, if it did and the token is the same.
    heard: Option<Boot>,
}

impl Account {
    /// Who the token belongs to, once known.
    pub(super) fn me(&self) -> Option<&Me> {
        self.me.as_ref()
    }

    /// Their address, as starts and cancels are noted with it.
    pub(super) fn email(&self) -> Option<String> {
        self.me.as_ref()?.email.clone()
    }

    /// Takes in who it belongs to.
    pub(super) fn learn(&mut self, me: Me) {
        self.me = Some(me);
    }

    /// Takes in what another process has read at `at`.
    pub(super) fn hear(&mut self, me: Me, at: Boot) {
        (self.me, self.heard) = (Some(me), Some(at));
    }

    /// The token is another one: it may be another person's.
    pub(super) fn doubt_owner(&mut self) {
        self.heard = None;
    }

    /// Whether who the token belongs to was asked a short while ago.
    pub(super) fn knows_owner(&self, now: Boot) -> bool {
        self.heard.is_some_and(|at| at > Boot::ZERO && now < at + KNOWN)
    }
}
