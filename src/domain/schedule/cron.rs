//! A cron expression, parsed once and followed for some years.

use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use croner::{Cron, CronComponent};
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

/// Years in which an expression is followed; the longest pause between two leap days is 8.
const FORESEEN: i16 = 8;

/// A cron expression as it was given, whether it can be read or not.
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct CronExpression {
    text: String,
    parsed: OnceLock<Option<Parsed>>,
}

/// An expression that can be read.
#[derive(Clone)]
struct Parsed {
    /// The first year for which it was read.
    year: i16,
    cron: Arc<Cron>,
}

impl CronExpression {
    /// The expression as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The first moment strictly after `now` that it names; none if it cannot be read, or names none
    /// in the next eight years.
    pub fn next_after(&self, now: &Zoned) -> Option<Timestamp> {
        let year = now.year();
        let parsed = self.parsed.get_or_init(|| Parsed::read(&self.text, year)).as_ref()?;
        // One year more is read than is followed.
        let is_foreseen = (0..=1).contains(&(year - parsed.year));
        let anew = if is_foreseen { None } else { Parsed::read(&self.text, year) };
        let cron = &anew.as_ref().unwrap_or(parsed).cron;
        let next = cron.find_next_occurrence(now, false).ok()?;
        (next.year() <= year + FORESEEN).then(|| next.timestamp())
    }
}

impl Parsed {
    /// Reads an expression, from `year` on for [`FORESEEN`] years and one: without that bound the
    /// search for a day that never comes, such as 30 February, goes through all years until 5000.
    fn read(text: &str, year: i16) -> Option<Self> {
        let mut cron = Cron::from_str(text).ok()?;
        let first = u16::try_from(year).ok()?;
        let last = u16::try_from(year + FORESEEN + 1).ok()?;
        let known = cron.pattern.years.values();
        let foreseen: Vec<_> = (first..=last)
            .filter(|year| known.contains(year))
            .map(|year| year.to_string())
            .collect();
        let mut years = CronComponent::new(cron.pattern.years.min, cron.pattern.years.max, 0, 0);
        years.parse(&foreseen.join(",")).ok()?;
        cron.pattern.years = years;
        Some(Self { year, cron: Arc::new(cron) })
    }
}

impl From<String> for CronExpression {
    fn from(text: String) -> Self {
        Self { text, parsed: OnceLock::new() }
    }
}

impl From<&str> for CronExpression {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<CronExpression> for String {
    fn from(expression: CronExpression) -> Self {
        expression.text
    }
}

impl PartialEq for CronExpression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for CronExpression {}

impl std::fmt::Debug for CronExpression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.text.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(expression: &CronExpression, now: &str) -> Option<String> {
        let now: Zoned = format!("{now}[UTC]").parse().unwrap();
        expression.next_after(&now).map(|at| at.to_string())
    }

    #[test]
    fn an_expression_is_parsed_once_and_followed_from_any_year() {
        let expression = CronExpression::from("0 0 29 2 *");
        let copy = expression.clone();
        for (now, leap) in [
            ("2026-11-26T10:00:00Z", "2028-02-29T00:00:00Z"),
            ("2027-03-01T00:00:00Z", "2028-02-29T00:00:00Z"),
            ("2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"),
            ("2015-03-01T00:00:00Z", "2016-02-29T00:00:00Z"),
        ] {
            assert_eq!(next(&expression, now).as_deref(), Some(leap), "after {now}");
        }
        assert_eq!(expression.parsed.get().unwrap().as_ref().unwrap().year, 2026);
        assert_eq!(expression, copy);
        let read = |expression: &CronExpression| {
            expression.parsed.get().and_then(|parsed| Some(Arc::clone(&parsed.as_ref()?.cron)))
        };
        let first = read(&expression).unwrap();
        next(&expression, "2026-12-01T00:00:00Z");
        assert!(Arc::ptr_eq(&first, &read(&expression).unwrap()));
        assert!(Arc::ptr_eq(&first, &read(&expression.clone()).unwrap()), "shared by its copies");
    }

    #[test]
    fn what_cannot_be_read_names_no_moment_and_is_kept_as_it_is() {
        let expression = CronExpression::from("not cron");
        assert_eq!(next(&expression, "2026-11-26T10:00:00Z"), None);
        assert_eq!(serde_json::to_string(&expression).unwrap(), "\"not cron\"");
        assert_eq!(serde_json::from_str::<CronExpression>("\"not cron\"").unwrap(), expression);
    }
}
