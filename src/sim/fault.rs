//! What can go wrong with a request, and when it does.

mod parse;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::call::CallKind;
use super::rng::Rng;
use super::scenario::span;

pub use parse::FaultError;

/// What goes wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultName {
    /// The answer takes longer.
    #[default]
    Latency,
    /// Nothing happens and nothing is ever answered.
    Timeout,
    /// The connection is reset before anything happens.
    Reset,
    /// The connection is reset after it has happened.
    AnswerLost,
    /// It happens, but nothing is ever answered.
    AnswerStuck,
    /// Refused as if others had used up the limit.
    #[serde(rename = "429")]
    TooMany,
    /// 500 in the documented shape.
    #[serde(rename = "500")]
    Internal,
    /// 502 with a proxy's HTML.
    #[serde(rename = "502-html")]
    BadGateway,
    /// 503 in the documented shape.
    #[serde(rename = "503")]
    Unavailable,
    /// The connection is closed in the middle of the body.
    Truncated,
    /// The body comes in drops.
    SlowBody,
    /// JSON that says it is HTML.
    WrongType,
    /// A body that says it is JSON and is not.
    NotJson,
    /// No body where there should be one.
    EmptyBody,
    /// Fields nobody has heard of.
    ExtraFields,
    /// A required field is missing.
    MissingFields,
    /// Statuses, triggers and types nobody has heard of.
    UnknownEnums,
    /// The page begins with the last row of the page before.
    RepeatRows,
    /// The token is refused as if it had been revoked.
    Revoked,
}

impl FaultName {
    /// All of them.
    pub const ALL: [Self; 19] = [
        Self::Latency,
        Self::Timeout,
        Self::Reset,
        Self::AnswerLost,
        Self::AnswerStuck,
        Self::TooMany,
        Self::Internal,
        Self::BadGateway,
        Self::Unavailable,
        Self::Truncated,
        Self::SlowBody,
        Self::WrongType,
        Self::NotJson,
        Self::EmptyBody,
        Self::ExtraFields,
        Self::MissingFields,
        Self::UnknownEnums,
        Self::RepeatRows,
        Self::Revoked,
    ];

    /// Its name in scenarios, flags and the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::AnswerLost => "answer-lost",
            Self::AnswerStuck => "answer-stuck",
            Self::TooMany => "429",
            Self::Internal => "500",
            Self::BadGateway => "502-html",
            Self::Unavailable => "503",
            Self::Truncated => "truncated",
            Self::SlowBody => "slow-body",
            Self::WrongType => "wrong-type",
            Self::NotJson => "not-json",
            Self::EmptyBody => "empty-body",
            Self::ExtraFields => "extra-fields",
            Self::MissingFields => "missing-fields",
            Self::UnknownEnums => "unknown-enums",
            Self::RepeatRows => "repeat-rows",
            Self::Revoked => "revoked",
        }
    }

    /// Whether it keeps the request from having any effect.
    pub fn prevents(self) -> bool {
        matches!(
            self,
            Self::Timeout
                | Self::Reset
                | Self::TooMany
                | Self::Internal
                | Self::BadGateway
                | Self::Unavailable
                | Self::Revoked
        )
    }
}

/// When something goes wrong: for requests of a kind, at a rate, within a time, or once.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct FaultSpec {
    /// For which operation; absent: for every one.
    pub call: Option<CallKind>,
    /// What goes wrong.
    pub name: FaultName,
    /// The share of requests it strikes.
    pub rate: f64,
    /// Strikes only the n-th request of the kind, counted from 1.
    pub nth: Option<u64>,
    /// Strikes from this long after the start, in real time.
    #[serde(deserialize_with = "span::required")]
    pub from: Duration,
    /// Strikes until this long after the start; absent: for ever.
    #[serde(deserialize_with = "span::optional")]
    pub until: Option<Duration>,
    /// How long `latency` and `slow-body` make an answer take; absent: five seconds.
    #[serde(deserialize_with = "span::optional")]
    pub takes: Option<Duration>,
}

impl Default for FaultSpec {
    fn default() -> Self {
        Self {
            call: None,
            name: FaultName::default(),
            rate: 1.0,
            nth: None,
            from: Duration::ZERO,
            until: None,
            takes: None,
        }
    }
}

impl FaultSpec {
    /// A fault that strikes every request of a kind.
    pub fn always(call: CallKind, name: FaultName) -> Self {
        Self { call: Some(call), name, ..Self::default() }
    }

    /// A fault that strikes only the `nth` request of a kind, counted from 1.
    pub fn nth(call: CallKind, name: FaultName, nth: u64) -> Self {
        Self { nth: Some(nth), ..Self::always(call, name) }
    }

    /// How long it makes an answer take.
    pub fn takes(&self) -> Duration {
        self.takes.unwrap_or(Duration::from_secs(5))
    }
}

/// The faults of one world and its memory of what they struck.
#[derive(Clone, Debug)]
pub(crate) struct Faults {
    specs: Vec<FaultSpec>,
    chance: Rng,
}

impl Faults {
    pub(crate) fn new(specs: Vec<FaultSpec>, seed: u64) -> Self {
        Self { specs, chance: Rng::stream(seed, 3) }
    }

    /// What strikes the `nth` request of its kind and `nth_of_all`, `age` after the start:
    /// added latency and the fault that is told about, which is another one where there is one.
    pub(crate) fn strike(
        &mut self,
        kind: CallKind,
        nth: u64,
        nth_of_all: u64,
        age: Duration,
    ) -> (Duration, Option<FaultSpec>) {
        let mut delay = Duration::ZERO;
        let (mut struck, mut slowed) = (None, None);
        for spec in &self.specs {
            let count = if spec.call.is_some() { nth } else { nth_of_all };
            // Every spec draws every time, so that faults do not change one another's luck.
            let lucky = !self.chance.chance(spec.rate);
            let concerns = spec.call.is_none_or(|call| call == kind)
                && spec.nth.is_none_or(|nth| nth == count)
                && age >= spec.from
                && spec.until.is_none_or(|until| age < until);
            match spec.name {
                _ if lucky || !concerns => {}
                FaultName::Latency => {
                    delay += spec.takes();
                    slowed = Some(spec.clone());
                }
                _ => {
                    struck.get_or_insert_with(|| spec.clone());
                }
            }
        }
        (delay, struck.or(slowed))
    }
}
