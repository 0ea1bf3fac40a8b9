//! How a filter is written: what is read from that is the same filter again.

use std::fmt;

use super::term::MINE;
use super::{Bound, Expression, Query, Term};

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_parts(&self.expression, Place::Outside, f)
    }
}

/// What a part stands in, which decides whether it needs parentheses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Any,
    All,
    Not,
}

fn write_parts(of: &Expression, place: Place, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match of {
        Expression::Term(term) => write!(f, "{term}"),
        Expression::Not(part) => {
            f.write_str("not ")?;
            write_parts(part, Place::Not, f)
        }
        Expression::All(parts) => joined(parts, " ", place == Place::Not, Place::All, f),
        Expression::Any(parts) => {
            joined(parts, " or ", matches!(place, Place::Not | Place::All), Place::Any, f)
        }
    }
}

fn joined(
    parts: &[Expression],
    between: &str,
    is_nested: bool,
    place: Place,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    if is_nested {
        f.write_str("(")?;
    }
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        write_parts(part, place, f)?;
    }
    if is_nested { f.write_str(")") } else { Ok(()) }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = |bound: Bound| if bound == Bound::Above { '>' } else { '<' };
        match self {
            Self::Word(word) => f.write_str(&quoted(word)),
            Self::Project(word) => write!(f, "project:{}", quoted(word)),
            Self::Owner(word) => write!(f, "owner:{}", quoted(word)),
            Self::Category(word) => write!(f, "category:{}", quoted(word)),
            Self::Label(word) => write!(f, "label:{}", quoted(word)),
            Self::Version(word) => write!(f, "version:{}", quoted(word)),
            Self::Sweep(word) => write!(f, "sweep:{}", quoted(word)),
            Self::State(word) => write!(f, "state:{}", quoted(word)),
            Self::Who(word) => write!(f, "who:{}", quoted(word)),
            Self::Status(status) => write!(f, "status:{}", status.word().replace(' ', "")),
            Self::Active(true) => f.write_str("status:active"),
            Self::Active(false) => f.write_str("status:ended"),
            Self::Trigger(trigger) => {
                write!(f, "trigger:{}", quoted(&trigger.word().to_lowercase()))
            }
            Self::Verdict(verdict) => write!(f, "verdict:{}", verdict.word()),
            Self::Elapsed(bound, limit) => write!(f, "elapsed{}{}s", sign(*bound), limit.as_secs()),
            Self::Ratio(bound, limit) => write!(f, "ratio{}{limit}", sign(*bound)),
            Self::Mine => f.write_str(MINE),
        }
    }
}

/// A text with quotes, if it would mean something else without them.
pub(super) fn quoted(text: &str) -> String {
    let is_plain = |letter: char| !letter.is_whitespace() && !"\"\\():<>@".contains(letter);
    let is_keyword = ["not", "or", MINE].contains(&text);
    if !text.is_empty() && !is_keyword && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
