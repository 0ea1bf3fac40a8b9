//! What the token's state means for the other parts.

use crate::api::{ApiError, Call, Kind};
use crate::domain::Boot;
use crate::engine::account::token::TokenGate;
use crate::engine::budget::Priority;
use crate::engine::request::Flight;

use super::{Effect, Model};

impl Model {
    /// Takes in what the answer to a request that left at `sent` says of the token.
    pub(super) fn note_token(
        &mut self,
        sent: Boot,
        error: Option<&ApiError>,
        now: Boot,
        effects: &mut Vec<Effect>,
    ) {
        if self.account.token.note(sent, error, now) {
            effects.push(Effect::ReadToken);
        }
    }

    /// Wants the request by which a token in doubt is tried, as long as it is.
    pub(super) fn try_token(&mut self) {
        if let Some(next) = self.account.token.next_try() {
            self.requests.want(Call::Me, Priority::Person, next);
        }
    }

    /// The token was read anew.
    pub(super) fn token_read(&mut self, read: Result<bool, String>, now: Boot) {
        if self.account.token.take_read(read, now) {
            self.account.doubt_owner();
            self.begin(now);
        }
    }

    /// A person wants something.
    pub(super) fn retry_token(&mut self, now: Boot, effects: &mut Vec<Effect>) {
        if self.account.token.retry(now) {
            effects.push(Effect::ReadToken);
        }
    }

    /// Why the token could not be read anew, if it could not.
    pub fn token_trouble(&self) -> Option<&str> {
        self.account.token.trouble()
    }

    /// What the token lets leave now.
    pub(super) fn token_gate(&self, now: Boot) -> TokenGate {
        self.account.token.gate(self.requests.flights(), now)
    }

    /// Wants a read again that was refused with the token; tells whether it was that. It leaves
    /// when the token is good.
    pub(super) fn repeats_read(
        &mut self,
        flight: &Flight,
        error: Option<&ApiError>,
        now: Boot,
    ) -> bool {
        let repeats = error == Some(&ApiError::Unauthorized) && flight.call.kind() == Kind::Read;
        if repeats {
            if matches!(flight.call, Call::ListProjects { .. }) {
                self.listing.under_way = false;
            }
            let call = match flight.call {
                Call::ListProjects { .. } => self.listing.first_page(),
                _ => flight.call.clone(),
            };
            self.requests.want(call, flight.priority, now);
        }
        repeats
    }
}
