//! Reading a filter.
//!
//! ```text
//! any  = all { "or" all }
//! all  = part { part }
//! part = "not" part | "(" any ")" | term
//! term = word | key value | "@" name,  where a word or a value may be quoted
//! ```

use std::cell::Cell;
use std::fmt;

use super::term::{MINE, MINE_OF, is_not_of, key_of, read};
use super::{Expression, Query, Saved, Subject, Term};
use crate::domain::title::folded;

/// The most kept filters that are used in one, those within others counted each time.
const MOST_KEPT: usize = 1000;
/// The most that parentheses and `not` are nested.
const DEEPEST: usize = 50;

/// What cannot be read of a filter, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// The bytes of the text that are wrong.
    pub at: std::ops::Range<usize>,
    /// A sentence that names what is wrong and what would be accepted.
    pub reason: String,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// A piece of the text.
#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    /// A word as it stands; `plain` if no part of it was quoted.
    Word {
        /// `status:`, if the word has a key.
        key: Option<String>,
        text: String,
        plain: bool,
    },
}

impl Query {
    /// Reads a filter of a subject. Words are matched as titles are, without regard to case or normal form.
    ///
    /// # Errors
    /// What cannot be read, where, and what would be accepted; also what says nothing about the subject.
    pub fn parse(text: &str, subject: Subject, saved: &Saved) -> Result<Self, FilterError> {
        let about = About { subject, saved, used: &Cell::new(0) };
        let expression = read_whole(text, about, 0)?;
        Ok(Self { expression })
    }
}

/// What is filtered, the filters that are kept, and how many of them were used so far.
#[derive(Clone, Copy)]
struct About<'a> {
    subject: Subject,
    saved: &'a Saved,
    used: &'a Cell<usize>,
}

fn read_whole(text: &str, about: About<'_>, depth: usize) -> Result<Expression, FilterError> {
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens: &tokens, next: 0, end: text.len(), depth, about };
    let expression = reader.any()?;
    match reader.peek() {
        None => Ok(expression),
        // Everything else is read by `any`.
        Some((_, at)) => Err(wrong(at.clone(), "there is no `(` for this `)`")),
    }
}

fn wrong(at: std::ops::Range<usize>, reason: impl Into<String>) -> FilterError {
    FilterError { at, reason: reason.into() }
}

type Placed = (Token, std::ops::Range<usize>);

fn tokens(text: &str) -> Result<Vec<Placed>, FilterError> {
    let mut found = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((start, letter)) = rest.next() {
        match letter {
            '(' => found.push((Token::Open, start..start + 1)),
            ')' => found.push((Token::Close, start..start + 1)),
            letter if letter.is_whitespace() => {}
            letter => {
                let (mut word, mut plain, mut key) = (String::new(), true, None);
                let mut here = Some((start, letter));
                let mut end = start;
                while let Some((at, letter)) = here {
                    end = at + letter.len_utf8();
                    if letter == '"' {
                        // A key before the quotes is one; within them there is none.
                        if plain && let Some((found, "")) = key_of(&word) {
                            key = Some(found.to_owned());
                            word.clear();
                        }
                        plain = false;
                        end = quoted(text, at, &mut rest, &mut word)?;
                    } else {
                        word.push(letter);
                    }
                    let goes_on = |(_, letter): &(usize, char)| {
                        !letter.is_whitespace() && !"()".contains(*letter)
                    };
                    here = rest.next_if(goes_on);
                }
                let value = if plain { key_of(&word) } else { None };
                let (key, text) = match value {
                    Some((found, value)) => (Some(found.to_owned()), value.to_owned()),
                    None => (key, word),
                };
                found.push((Token::Word { key, text, plain }, start..end));
            }
        }
    }
    Ok(found)
}

/// Reads what is between quotes, of which the first is at `start`; gives where it ends.
fn quoted(
    text: &str,
    start: usize,
    rest: &mut std::iter::Peekable<std::str::CharIndices<'_>>,
    word: &mut String,
) -> Result<usize, FilterError> {
    while let Some((at, letter)) = rest.next() {
        match letter {
            '"' => return Ok(at + 1),
            '\\' => word.extend(rest.next().map(|(_, letter)| letter)),
            letter => word.push(letter),
        }
    }
    Err(wrong(start..text.len(), "this quote has no end"))
}

struct Reader<'a> {
    tokens: &'a [Placed],
    next: usize,
    /// Where the text ends.
    end: usize,
    depth: usize,
    about: About<'a>,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a Placed> {
        self.tokens.get(self.next)
    }

    /// Whether the next token is this keyword; takes it if so.
    fn takes(&mut self, keyword: &str) -> bool {
        let is_it = matches!(self.peek(), Some((Token::Word { key: None, text, plain: true }, _))
            if text.eq_ignore_ascii_case(keyword));
        self.next += usize::from(is_it);
        is_it
    }

    fn at(&self) -> std::ops::Range<usize> {
        self.peek().map_or(self.end..self.end, |(_, at)| at.clone())
    }

    fn any(&mut self) -> Result<Expression, FilterError> {
        let mut parts = vec![self.all()?];
        loop {
            let at = self.at();
            if !self.takes("or") {
                return Ok(any_of(parts));
            }
            let is_empty = |part: Option<&Expression>| part.is_none_or(is_everything);
            let next = self.all()?;
            if is_empty(parts.last()) || is_empty(Some(&next)) {
                return Err(wrong(
                    at,
                    "`or` wants something on both sides; \"or\" is the word itself",
                ));
            }
            parts.push(next);
        }
    }

    fn all(&mut self) -> Result<Expression, FilterError> {
        let mut parts = Vec::new();
        while let Some(part) = self.part()? {
            parts.push(part);
        }
        Ok(all_of(parts))
    }

    /// A part, unless the next token ends what is around it.
    fn part(&mut self) -> Result<Option<Expression>, FilterError> {
        let Some((token, at)) = self.peek() else { return Ok(None) };
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(wrong(at.clone(), format!("more than {DEEPEST} are nested here")));
        }
        let part = match token {
            Token::Close => Ok(None),
            Token::Open => {
                self.next += 1;
                let inner = self.any()?;
                if !matches!(self.peek(), Some((Token::Close, _))) {
                    return Err(wrong(at.clone(), "there is no `)` for this `(`"));
                }
                self.next += 1;
                Ok(Some(inner))
            }
            Token::Word { .. } => self.term_or_not(at),
        };
        self.depth -= 1;
        part
    }

    fn term_or_not(
        &mut self,
        at: &std::ops::Range<usize>,
    ) -> Result<Option<Expression>, FilterError> {
        if self.takes("not") {
            let part = self.part()?.filter(|part| !is_everything(part));
            let reason = "`not` wants something behind it; \"not\" is the word itself";
            return part.map(|part| Some(negated(part))).ok_or_else(|| wrong(at.clone(), reason));
        }
        let Some((Token::Word { key, text, plain }, _)) = self.peek() else { return Ok(None) };
        if *plain && key.is_none() && text.eq_ignore_ascii_case("or") {
            return Ok(None);
        }
        self.next += 1;
        let subject = self.about.subject;
        let says = |reason| wrong(at.clone(), reason);
        let terms = match key {
            Some(key) => read(key, text, subject).map_err(says)?,
            None if *plain && text.starts_with('@') => {
                return self.kept(text).map(Some).map_err(says);
            }
            None if *plain && text.eq_ignore_ascii_case(MINE) => {
                if !MINE_OF.contains(&subject) {
                    return Err(says(is_not_of(MINE, subject)));
                }
                vec![Term::Mine]
            }
            None => Some(folded(text))
                .filter(|word| !word.is_empty())
                .map(Term::Word)
                .into_iter()
                .collect(),
        };
        // Several values of one key are one or the other; a text that nobody can see is nothing.
        Ok(Some(if terms.is_empty() {
            Expression::All(Vec::new())
        } else {
            any_of(terms.into_iter().map(Expression::Term).collect())
        }))
    }
}

impl Reader<'_> {
    /// The filter that is kept under a name, which stands there with its `@`.
    fn kept(&self, name: &str) -> Result<Expression, String> {
        let About { saved, used, .. } = self.about;
        if used.replace(used.get() + 1) >= MOST_KEPT {
            return Err(format!("more than {MOST_KEPT} kept filters are used in it"));
        }
        let text = saved.get(name.trim_start_matches('@')).ok_or_else(|| {
            let names: Vec<_> = saved.keys().map(|name| format!("@{name}")).collect();
            let there_are = if names.is_empty() { "none is".to_owned() } else { names.join(" ") };
            format!("no filter is kept as `{name}`; kept: {there_are}")
        })?;
        // One that contains itself is nested too deeply.
        read_whole(text, self.about, self.depth + 1)
            .map_err(|error| format!("in `{name}`: {error}"))
    }
}

fn is_everything(part: &Expression) -> bool {
    *part == Expression::All(Vec::new())
}

fn negated(part: Expression) -> Expression {
    match part {
        Expression::Not(inner) => *inner,
        part => Expression::Not(Box::new(part)),
    }
}

/// Parts that must all hold.
fn all_of(parts: Vec<Expression>) -> Expression {
    let flat = parts.into_iter().flat_map(|part| match part {
        Expression::All(parts) => parts,
        part => vec![part],
    });
    one_or(Expression::All, flat)
}

/// Parts of which one must hold.
fn any_of(parts: Vec<Expression>) -> Expression {
    let flat = parts.into_iter().flat_map(|part| match part {
        Expression::Any(parts) => parts,
        part => vec![part],
    });
    one_or(Expression::Any, flat)
}

/// The only one of the parts, or all of them together; what is there twice is looked for once.
fn one_or(
    together: impl Fn(Vec<Expression>) -> Expression,
    parts: impl Iterator<Item = Expression>,
) -> Expression {
    let mut once = Vec::new();
    for part in parts {
        if !once.contains(&part) {
            once.push(part);
        }
    }
    if once.len() == 1 { once.remove(0) } else { together(once) }
}
