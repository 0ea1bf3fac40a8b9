//! Names of the journal's entries, which no other process gives to anything else.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::session::Session;

/// Names a start for ever, in whichever process it was confirmed. Later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StartId(u128);

impl StartId {
    /// The name of the `number`-th start of a process, confirmed at `at` by the wall clock.
    pub fn new(at: Timestamp, session: Session, number: u32) -> Self {
        let at = u128::from(at.as_millisecond().unsigned_abs());
        Self((at << 80) | (u128::from(session.0) << 48) | (u128::from(number) << 16))
    }

    /// The name of one point of the queue that has this name.
    #[must_use]
    pub fn point(self, index: u16) -> Self {
        Self(self.0 | u128::from(index))
    }

    /// It as a number, which is written with 32 hexadecimal digits.
    pub fn number(self) -> u128 {
        self.0
    }

    /// When it was confirmed, by the wall clock of its process.
    pub fn at(self) -> Timestamp {
        let millisecond = i64::try_from(self.0 >> 80).ok();
        millisecond.and_then(|at| Timestamp::from_millisecond(at).ok()).unwrap_or_default()
    }
}

impl fmt::Display for StartId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for StartId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}

impl Serialize for StartId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for StartId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Names a confirmed cancel of one run for ever, as a start is named. Later ones are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CancelId(StartId);

impl CancelId {
    /// The name of the `number`-th cancel of a process, confirmed at `at` by the wall clock.
    pub fn new(at: Timestamp, session: Session, number: u32) -> Self {
        Self(StartId::new(at, session, number))
    }
}

impl fmt::Display for CancelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for CancelId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickets_of_two_processes_differ_are_ordered_by_time_and_read_back() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let first = StartId::new(at(1_800_000_000), Session(7), 1);
        assert_ne!(first, StartId::new(at(1_800_000_000), Session(8), 1));
        assert_ne!(first, StartId::new(at(1_800_000_000), Session(7), 2));
        assert!(first < StartId::new(at(1_800_000_001), Session(1), 0));
        assert!(first < first.point(1) && first.point(1) < first.point(2));
        assert_eq!(first.to_string().parse(), Ok(first));
        assert_eq!(first.point(7).at(), at(1_800_000_000));
        assert_eq!(
            serde_json::from_str::<StartId>(&serde_json::to_string(&first).unwrap()).unwrap(),
            first
        );
    }
}
