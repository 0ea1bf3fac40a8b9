//! How long a command that waits for Hex goes on, and what it says meanwhile.

use std::time::Duration;

use crate::domain::{Boot, Now};
use crate::engine::Model;
use crate::engine::model::Health;
use crate::ui::text::span;

/// How long nothing may get through before it gives up.
pub(in crate::cli) const GIVE_UP: Duration = Duration::from_secs(30);
/// How often a refused token is tried again.
pub(in crate::cli) const TOKEN_TRIES: usize = 2;

/// Why it waits no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) enum Outage {
    /// Hex refuses the token.
    TokenRefused,
    /// Nothing gets through, for this reason.
    Unreachable(String),
}

/// What was said of waiting, so that it is said once.
#[derive(Debug, Default)]
pub(in crate::cli) struct Patience {
    told: Option<&'static str>,
    /// Since when the list of projects cannot be read.
    unlisted: Option<Boot>,
}

impl Patience {
    /// Why waiting is over, if it is; else says what is waited for, if that is worth a word.
    pub(in crate::cli) fn outage(
        &mut self,
        model: &Model,
        now: Now,
        mut say: impl FnMut(&str),
    ) -> Option<Outage> {
        self.unlisted = None;
        self.health(model, now, &mut say)
    }

    /// The same while the list of projects is waited for, which Hex may fail to give for long while
    /// it answers all else.
    pub(in crate::cli) fn list_outage(
        &mut self,
        model: &Model,
        now: Now,
        mut say: impl FnMut(&str),
    ) -> Option<Outage> {
        match model.listing_error() {
            None => self.unlisted = None,
            Some(error) => {
                let text = format!("the projects cannot be listed: {error}");
                if self.unlisted.is_none() {
                    say(&format!("{text}; trying again"));
                }
                let since = *self.unlisted.get_or_insert(now.boot);
                if since + GIVE_UP <= now.boot {
                    return Some(Outage::Unreachable(text));
                }
            }
        }
        self.health(model, now, &mut say)
    }

    /// When waiting for the list is over at the latest.
    pub(in crate::cli) fn deadline(&self) -> Option<Boot> {
        self.unlisted.map(|since| since + GIVE_UP)
    }

    fn health(&mut self, model: &Model, now: Now, say: &mut impl FnMut(&str)) -> Option<Outage> {
        let (key, text) = match model.health(now.boot) {
            Health::TokenRefused => return Some(Outage::TokenRefused),
            Health::TokenDoubted { tries, .. } if tries >= TOKEN_TRIES => {
                return Some(Outage::TokenRefused);
            }
            Health::TokenDoubted { .. } => {
                let text = "Hex refused the token (401): reading it anew, trying again";
                ("token", text.to_owned())
            }
            Health::Offline { since, error, .. } if since + GIVE_UP <= now.boot => {
                return Some(Outage::Unreachable(error.to_string()));
            }
            Health::Offline { error, .. } => ("offline", format!("{error}; trying again")),
            Health::Locked { until } => {
                let wait = span(until.saturating_sub(now.boot));
                ("locked", format!("Hex takes no requests (429): waiting {wait}"))
            }
            Health::Starting | Health::Live { .. } => return None,
        };
        if self.told != Some(key) {
            self.told = Some(key);
            say(&text);
        }
        None
    }
}
