//! One thing that was looked at: how it is, and what to do where it is not well.

use ratatui::text::Span;
use serde_json::{Value, json};

use crate::cli::FAILED;
use crate::cli::output::Output;
use crate::cli::table::{Column, Row, Table};
use crate::shell::outgoing;
use crate::ui::text::safe;

/// How a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// As it should be.
    Good,
    /// Not as it should be, but hextop works.
    Warn,
    /// So that hextop does not work, or not as it should.
    Fail,
    /// It could not be looked at, or there is no need.
    Skip,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }

    fn glyph(self, unicode: bool) -> char {
        match (self, unicode) {
            (Self::Good, true) => '✓',
            (Self::Fail, true) => '✗',
            (Self::Skip, true) => '·',
            (Self::Good, false) => '+',
            (Self::Fail, false) => 'x',
            (Self::Skip, false) => '-',
            (Self::Warn, _) => '!',
        }
    }
}

/// What was looked at, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) state: State,
    pub(super) detail: String,
    pub(super) next: Option<String>,
    /// The exit code if it is the first that fails.
    pub(super) code: u8,
}

impl Check {
    fn new(name: &'static str, state: State, detail: impl Into<String>) -> Self {
        Self { name, state, detail: detail.into(), next: None, code: FAILED }
    }

    pub(super) fn good(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(name, State::Good, detail)
    }

    pub(super) fn skip(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(name, State::Skip, detail)
    }

    pub(super) fn warn(
        name: &'static str,
        detail: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self { next: Some(next.into()), ..Self::new(name, State::Warn, detail) }
    }

    pub(super) fn fail(
        name: &'static str,
        code: u8,
        detail: impl Into<String>,
        next: impl Into<String>,
    ) -> Self {
        Self { next: Some(next.into()), code, ..Self::new(name, State::Fail, detail) }
    }

    /// One that fails with a sentence of hextop's, which ends with what to do.
    pub(super) fn told(name: &'static str, code: u8, sentence: &str) -> Self {
        match sentence.split_once(": ") {
            Some((detail, next)) => Self::fail(name, code, detail, next),
            None => Self::fail(name, code, sentence, "see `hextop --help`"),
        }
    }
}

/// The exit code of all: that of the first that fails.
pub(super) fn exit(checks: &[Check]) -> u8 {
    checks.iter().find(|check| check.state == State::Fail).map_or(0, |check| check.code)
}

/// A text as it may be shown, in one line.
fn shown(text: &str) -> String {
    outgoing::clean(&safe(text)).into_owned()
}

/// State, name, and what was found or is to be done.
const COLUMNS: [Column; 3] = [Column::whole(""), Column::whole(""), Column::rest("")];

/// All of them as people read them.
pub(super) fn table(checks: &[Check], requests: usize, output: Output) -> String {
    let unicode = output.unicode;
    let lines = |check: &Check| {
        let state = format!("{} {}", check.state.glyph(unicode), check.state.word());
        let first = [state, check.name.to_owned(), shown(&check.detail)];
        let arrow = if unicode { "→" } else { "->" };
        let next = check.next.as_deref().map(|next| format!("{arrow} {}", shown(next)));
        let next = next.map(|next| [String::new(), String::new(), next]);
        std::iter::once(first).chain(next).map(|cells| cells.map(Span::raw).to_vec())
    };
    let rows: Vec<Row> = checks.iter().flat_map(lines).collect();
    let table = Table::of(&COLUMNS, &rows, output);
    let text: String = rows.iter().map(|row| table.line(row) + "\n").collect();
    let count = |state| checks.iter().filter(|check| check.state == state).count();
    text + &format!(
        "\n{} ok, {} warn, {} fail, {} skip; {requests} requests\n",
        count(State::Good),
        count(State::Warn),
        count(State::Fail),
        count(State::Skip),
    )
}

/// The same as one JSON object.
pub(super) fn object(checks: &[Check], requests: usize) -> String {
    let line = |check: &Check| {
        json!({
            "name": check.name,
            "state": check.state.word(),
            "detail": shown(&check.detail),
            "nextStep": check.next.as_deref().map(shown),
        })
    };
    let checks: Vec<Value> = checks.iter().map(line).collect();
    json!({ "checks": checks, "requests": requests }).to_string() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks() -> Vec<Check> {
        vec![
            Check::good("settings", "/home/ana/config.toml"),
            Check::skip("proxy", "none"),
            Check::warn("clock", "90 s behind", "set the clock"),
            Check::told("dns", 4, "no address is known: check base_url"),
            Check::fail("token", 3, "refused\u{1b}[31m", "make a new one"),
        ]
    }

    #[test]
    fn each_has_a_glyph_a_word_and_where_it_is_not_well_the_next_step() {
        let expected = "\
✓ ok    settings  /home/ana/config.toml
· skip  proxy     none
! warn  clock     90 s behind
                  → set the clock
✗ fail  dns       no address is known
                  → check base_url
✗ fail  token     refused·[31m
                  → make a new one

1 ok, 1 warn, 2 fail, 1 skip; 3 requests
";
        assert_eq!(table(&checks(), 3, Output::endless(true)), expected);
        let ascii = table(&checks()[..4], 3, Output::endless(false));
        assert!(ascii.is_ascii() && ascii.contains("x fail  dns "), "{ascii}");
    }

    #[test]
    fn the_first_that_fails_gives_the_exit_code() {
        assert_eq!(exit(&checks()), 4);
        assert_eq!(exit(&checks()[..3]), 0);
        assert_eq!(exit(&[Check::fail("store", FAILED, "", "")]), FAILED);
    }

    #[test]
    fn it_is_one_object_for_scripts() {
        let object: Value = serde_json::from_str(&object(&checks()[1..3], 4)).unwrap();
        let expected = json!({
            "checks": [
                { "name": "proxy", "state": "skip", "detail": "none", "nextStep": null },
                { "name": "clock", "state": "warn", "detail": "90 s behind",
                  "nextStep": "set the clock" },
            ],
            "requests": 4,
        });
        assert_eq!(object, expected);
    }
}
