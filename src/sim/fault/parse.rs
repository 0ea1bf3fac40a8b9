//! Faults as the command line writes them: `[CALL:]NAME[=RATE][@FROM..UNTIL]`.
//!
//! `RATE` is a share such as `0.2`, or `#3` for the third request alone.

use std::str::FromStr;
use std::time::Duration;

use super::{FaultName, FaultSpec};
use crate::sim::call::CallKind;
use crate::sim::scenario::span;

/// A fault that cannot be read; says what would be accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FaultError(String);

impl FromStr for FaultSpec {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let (text, time) =
            text.split_once('@').map_or((text, None), |(text, time)| (text, Some(time)));
        let (what, rate) =
            text.split_once('=').map_or((text, None), |(what, rate)| (what, Some(rate)));
        let (call, name) =
            what.split_once(':').map_or((None, what), |(call, name)| (Some(call), name));
        let mut spec = Self {
            call: call.map(read_call).transpose()?,
            name: read_name(name)?,
            ..Self::default()
        };
        match rate.map(|rate| (rate, rate.strip_prefix('#'))) {
            None => {}
            Some((_, Some(nth))) => spec.nth = Some(read_nth(nth)?),
            Some((rate, None)) => spec.rate = read_rate(rate)?,
        }
        if let Some(time) = time {
            let (from, until) = time.split_once("..").unwrap_or((time, ""));
            spec.from = read_time(from)?.unwrap_or_default();
            spec.until = read_time(until)?;
        }
        Ok(spec)
    }
}

fn read_call(name: &str) -> Result<CallKind, FaultError> {
    let names = || CallKind::ALL.map(CallKind::name).join(", ");
    CallKind::named(name)
        .ok_or_else(|| FaultError(format!("`{name}` is no call; take one of {}", names())))
}

fn read_name(name: &str) -> Result<FaultName, FaultError> {
    let names = || FaultName::ALL.map(FaultName::name).join(", ");
    let found = FaultName::ALL.into_iter().find(|fault| fault.name() == name);
    found.ok_or_else(|| FaultError(format!("`{name}` is no fault; take one of {}", names())))
}

fn read_rate(text: &str) -> Result<f64, FaultError> {
    let rate = text.parse().ok().filter(|rate| (0.0..=1.0).contains(rate));
    rate.ok_or_else(|| {
        FaultError(format!("`{text}` is no rate; write a share from 0 to 1, or #3 for the third"))
    })
}

fn read_nth(text: &str) -> Result<u64, FaultError> {
    let nth = text.parse().ok().filter(|nth| *nth > 0);
    nth.ok_or_else(|| FaultError(format!("`#{text}` is no place; the first request is #1")))
}

fn read_time(text: &str) -> Result<Option<Duration>, FaultError> {
    if text.is_empty() {
        return Ok(None);
    }
    span::parse_positive(text).map(Some).map_err(FaultError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_to_write_a_fault_is_read() {
        let table = [
            ("500", FaultSpec { name: FaultName::Internal, ..FaultSpec::default() }),
            ("trigger:answer-lost=1", FaultSpec::always(CallKind::Trigger, FaultName::AnswerLost)),
            (
                "run-status:truncated=#3",
                FaultSpec::nth(CallKind::RunStatus, FaultName::Truncated, 3),
            ),
            (
                "429=0.25@1m..2m30s",
                FaultSpec {
                    name: FaultName::TooMany,
                    rate: 0.25,
                    from: Duration::from_mins(1),
                    until: Some(Duration::from_secs(150)),
                    ..FaultSpec::default()
                },
            ),
            (
                "revoked@90s..",
                FaultSpec {
                    name: FaultName::Revoked,
                    from: Duration::from_secs(90),
                    ..FaultSpec::default()
                },
            ),
        ];
        for (text, expected) in table {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        for (text, part) in [
            ("nonsense=1", "`nonsense` is no fault"),
            ("delete:500=1", "`delete` is no call"),
            ("500=2", "`2` is no rate"),
            ("500=#0", "`#0` is no place"),
            ("500=1@soon", "`soon` is no length of time"),
        ] {
            let error = text.parse::<FaultSpec>().unwrap_err().to_string();
            assert!(error.starts_with(part), "{text}: {error}");
        }
    }
}
