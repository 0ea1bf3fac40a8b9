//! The filter language: words and `key:value` terms, with `not`, `or` and parentheses; one language for
//! runs, projects, the journal and seen changes, each of which has terms of its own.
//!
//! What is not known of a run, such as who has started it, is neither so nor not so: neither `trigger:api` nor
//! `not trigger:api` admits a run of which Hex does not say what started it.
//!
//! `churn status:running age>10m` finds the runs whose project or id contains "churn", that are
//! running, and that have run for more than ten minutes. Terms beside each other must all hold,
//! `or` binds less than that, `not` more. Quotes take a text as it is, and `@name` is a filter that was kept
//! under that name.

mod change;
mod parse;
mod possible;
mod show;
mod term;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::time::Duration;

use super::runaway::Verdict;
use super::title::folded;
use super::{Project, ProjectId, Run, RunStatus, RunTrigger};

pub use change::ChangeFacts;
pub use parse::FilterError;
pub use term::completions;

/// Filters that are kept, by their names.
pub type Saved = std::collections::BTreeMap<String, String>;

/// Checks that a filter can be called so.
///
/// # Errors
/// A sentence that says which names there can be.
pub fn check_name(name: &str) -> Result<(), String> {
    let is_part = |letter: char| letter.is_alphanumeric() || "-_".contains(letter);
    if !name.is_empty() && name.chars().all(is_part) {
        return Ok(());
    }
    Err(format!("`{name}` is no name for a filter: it has letters, digits, - and _"))
}

/// What is filtered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// Runs.
    Runs,
    /// Projects.
    Projects,
    /// Entries of the journal: starts and cancels.
    Journal,
    /// Changes of runs that were seen.
    Changes,
}

impl Subject {
    /// What they are called.
    pub fn word(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::Projects => "projects",
            Self::Journal => "entries of the journal",
            Self::Changes => "seen changes",
        }
    }
}

/// A filter that has been read.
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    expression: Expression,
}

impl Default for Query {
    fn default() -> Self {
        Self { expression: Expression::All(Vec::new()) }
    }
}

/// What has to hold. Nothing is nested in its own kind, nothing stands there twice, and `All` and `Any`
/// do not have exactly one part, so that equal filters are equal values.
#[derive(Clone, Debug, PartialEq)]
enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    Term(Term),
}

/// One thing that holds or not.
#[derive(Clone, Debug, PartialEq)]
enum Term {
    /// Something about it contains this.
    Word(String),
    Project(String),
    Owner(String),
    Category(String),
    /// What the workspace calls the state of its work.
    Label(String),
    Version(String),
    /// What became of an entry of the journal, squeezed.
    State(String),
    /// Who has confirmed it.
    Who(String),
    Status(RunStatus),
    /// Whether the run goes on.
    Active(bool),
    Trigger(RunTrigger),
    Verdict(Verdict),
    Elapsed(Bound, Duration),
    /// How many times the usual duration.
    Ratio(Bound, f64),
    /// The sweep that has started it has this in its reason, or an id that begins so.
    Sweep(String),
    /// It was started with hextop by the token's owner, as the journal knows for certain.
    Mine,
}

/// On which side of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    Above,
    Below,
}

impl Bound {
    fn holds<T: PartialOrd>(self, value: &T, limit: &T) -> bool {
        match self {
            Self::Above => value > limit,
            Self::Below => value < limit,
        }
    }
}

/// A run, and what else a filter may ask of it.
#[derive(Clone, Copy, Debug)]
pub struct RunFacts<'a> {
    /// The run.
    pub run: &'a Run,
    /// Its project.
    pub project: &'a Project,
    /// How long it had taken when it was last seen; none before it has started.
    pub elapsed: Option<Duration>,
    /// How many times what is usual that is, if both are known.
    pub ratio: Option<f64>,
    /// What is said of how long it has taken.
    pub verdict: Option<Verdict>,
    /// What the journal knows of its start.
    pub start: StartFacts<'a>,
}

/// What the journal knows of the start of a run.
#[derive(Clone, Copy, Debug, Default)]
pub enum StartFacts<'a> {
    /// It may or may not have one that began the run: its answer was lost, or the journal was not read yet.
    #[default]
    Unknown,
    /// It has none: something else has started the run.
    Elsewhere,
    /// The token's owner has started it with hextop.
    Here {
        /// The sweep of which the start was a part.
        sweep: Option<SweepFacts<'a>>,
    },
}

/// Starts that were confirmed together and left one after the other.
#[derive(Clone, Copy, Debug)]
pub struct SweepFacts<'a> {
    /// Its id, which is written as 32 hexadecimal digits.
    pub id: u128,
    /// What was written down about it.
    pub reason: Option<&'a str>,
}

impl SweepFacts<'_> {
    /// Digits of an id by which a sweep is called where nothing was written down about it: those of the millisecond in
    /// which it was confirmed.
    const DIGITS: usize = 12;
    /// The fewest digits that mean an id: all ids of some days begin with the same four.
    const FEWEST: usize = 8;

    /// What was written down about it, as a filter has it; none if nothing was.
    pub fn reason_name(self) -> Option<String> {
        self.reason.map(folded).filter(|reason| !reason.is_empty())
    }

    /// The beginning of its id.
    pub fn id_name(self) -> String {
        format!("{:032x}", self.id).chars().take(Self::DIGITS).collect()
    }

    /// Whether a filter admits it that asks for this folded word.
    pub fn is_called(self, word: &str) -> bool {
        self.reason.is_some_and(|reason| contains(reason, word))
            || word.len() >= Self::FEWEST && format!("{:032x}", self.id).starts_with(word)
    }
}

/// An entry of the journal, as far as a filter may ask of it.
#[derive(Clone, Debug)]
pub struct EntryFacts<'a> {
    /// The title of its project.
    pub title: &'a str,
    /// Its project.
    pub project: &'a ProjectId,
    /// What became of it, as the screen and as exports have it.
    pub states: [&'a str; 2],
    /// Who has confirmed it.
    pub who: Option<&'a str>,
    /// What else a word may mean: ids of runs, the reason, the trace, its own id.
    pub texts: Vec<Cow<'a, str>>,
    /// Whether the token's owner has confirmed it, if that is known.
    pub is_mine: Option<bool>,
}

impl Query {
    /// Whether it lets everything through.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it asks for what was started with hextop.
    pub fn asks_for_mine(&self) -> bool {
        self.has(&|term| *term == Term::Mine)
    }

    /// Whether it asks for anything that only the journal knows.
    pub fn asks_for_start(&self) -> bool {
        self.has(&|term| matches!(term, Term::Mine | Term::Sweep(_)))
    }

    /// Whether it asks for anything that hextop has from what was before: the journal, or what is usual.
    pub fn asks_for_past(&self) -> bool {
        self.asks_for_start() || self.asks_for_usual()
    }

    /// Whether it asks for what is said of a run by what is usual.
    pub fn asks_for_usual(&self) -> bool {
        self.has(&|term| matches!(term, Term::Verdict(_) | Term::Ratio(..)))
    }

    fn has(&self, is_it: &dyn Fn(&Term) -> bool) -> bool {
        self.expression.has(is_it)
    }

    /// Whether a run passes for certain.
    pub fn admits(&self, facts: &RunFacts<'_>) -> bool {
        self.judges(facts) == Some(true)
    }

    /// Whether a run passes; none if what is known of it does not tell.
    pub fn judges(&self, facts: &RunFacts<'_>) -> Option<bool> {
        self.expression.holds(&|term| term.holds_for(facts))
    }

    /// Whether a project passes for certain.
    pub fn admits_project(&self, project: &Project) -> bool {
        self.expression.holds(&|term| Some(term.holds_for_project(project))) == Some(true)
    }

    /// Whether an entry of the journal passes for certain.
    pub fn admits_entry(&self, facts: &EntryFacts<'_>) -> bool {
        self.expression.holds(&|term| term.holds_for_entry(facts)) == Some(true)
    }
}

impl Expression {
    /// Whether it holds, where `holds` says that of the terms of which it is known.
    fn holds(&self, holds: &dyn Fn(&Term) -> Option<bool>) -> Option<bool> {
        let all = |parts: &[Self], wanted: bool| {
            let mut known = parts.iter().map(|part| part.holds(holds));
            // One part that is not as wanted decides, whatever the others are.
            known.try_fold(Some(wanted), |so_far, part| match part {
                Some(it) if it != wanted => Err(Some(!wanted)),
                Some(_) => Ok(so_far),
                None => Ok(None),
            })
        };
        match self {
            Self::Term(term) => holds(term),
            Self::Not(part) => part.holds(holds).map(|holds| !holds),
            Self::All(parts) => all(parts, true).unwrap_or_else(|decided| decided),
            Self::Any(parts) => all(parts, false).unwrap_or_else(|decided| decided),
        }
    }

    fn has(&self, is_it: &dyn Fn(&Term) -> bool) -> bool {
        match self {
            Self::Term(term) => is_it(term),
            Self::Not(part) => part.has(is_it),
            Self::All(parts) | Self::Any(parts) => parts.iter().any(|part| part.has(is_it)),
        }
    }
}

/// Whether a text, written in whatever form, contains a folded word.
fn contains(text: &str, word: &str) -> bool {
    if !is_simple(text) {
        return folded(text).contains(word);
    }
    // Most texts are: nothing is written down anew for them, since a filter looks at very many.
    let mut parts = text.as_bytes().windows(word.len().max(1));
    word.is_empty() || parts.any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// Whether folding changes nothing of a text but the case of its letters.
fn is_simple(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_plain = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
    let has_space = |ends: Option<&u8>| ends == Some(&b' ');
    bytes.iter().all(is_plain)
        && !has_space(bytes.first())
        && !has_space(bytes.last())
        && !bytes.windows(2).any(|pair| pair == b"  ")
}

/// The same for a text that has no accents, such as an id.
fn has_plain(text: &str, word: &str) -> bool {
    text.to_lowercase().contains(word)
}

impl Term {
    /// Whether it holds for a run; none if that is not known.
    fn holds_for(&self, facts: &RunFacts<'_>) -> Option<bool> {
        let RunFacts { run, project, elapsed, ratio, verdict, start } = facts;
        let trigger = || run.trigger.as_ref().map_or("", |trigger| trigger.word());
        let holds = match self {
            Self::Word(word) => {
                let is_said = contains(&project.title, word)
                    || has_plain(run.id.as_str(), word)
                    || has_plain(run.status.word(), word)
                    || has_plain(trigger(), word);
                let may_be = |trigger: &RunTrigger| has_plain(trigger.word(), word);
                if !is_said && run.trigger.is_none() && RunTrigger::KNOWN.iter().any(may_be) {
                    return None;
                }
                is_said
            }
            Self::Project(_) | Self::Owner(_) | Self::Category(_) | Self::Label(_) => {
                self.holds_for_project(project)
            }
            Self::Version(word) => folded(run.version.as_deref()?) == *word,
            Self::Status(status) => run.status == *status,
            Self::Active(active) => run.is_active() == *active,
            Self::Trigger(trigger) => run.trigger.as_ref()? == trigger,
            // Of what runs usually take nothing is known.
            Self::Verdict(_)
                if verdict.is_none() && ratio.is_none() && run.status == RunStatus::Running =>
            {
                return None;
            }
            Self::Verdict(wanted) => *verdict == Some(*wanted),
            Self::Elapsed(bound, limit) => elapsed.is_some_and(|it| bound.holds(&it, limit)),
            Self::Ratio(bound, limit) => bound.holds(&(*ratio)?, limit),
            Self::Sweep(word) => match start {
                StartFacts::Unknown => return None,
                StartFacts::Elsewhere => false,
                StartFacts::Here { sweep } => sweep.is_some_and(|sweep| sweep.is_called(word)),
            },
            Self::Mine => match start {
                StartFacts::Unknown => return None,
                StartFacts::Elsewhere => false,
                StartFacts::Here { .. } => true,
            },
            // These are read for the journal alone.
            Self::State(_) | Self::Who(_) => false,
        };
        Some(holds)
    }

    fn holds_for_project(&self, project: &Project) -> bool {
        match self {
            Self::Word(word) | Self::Project(word) => is_of(&project.title, &project.id, word),
            Self::Owner(word) => project.owner.as_deref().is_some_and(|it| contains(it, word)),
            Self::Category(word) => project.categories.iter().any(|it| contains(it, word)),
            Self::Label(word) => project.label.as_deref().is_some_and(|it| contains(it, word)),
            // No other is read for projects.
            _ => false,
        }
    }

    fn holds_for_entry(&self, facts: &EntryFacts<'_>) -> Option<bool> {
        let EntryFacts { title, project, states, who, texts, is_mine } = facts;
        let holds = match self {
            Self::Word(word) => {
                let [shown, _] = states;
                is_of(title, project, word)
                    || contains(shown, word)
                    || who.is_some_and(|who| contains(who, word))
                    || texts.iter().any(|text| contains(text, word))
            }
            Self::Project(word) => is_of(title, project, word),
            Self::State(word) => states.iter().any(|state| squeezed(state).starts_with(word)),
            Self::Who(word) => contains((*who)?, word),
            Self::Mine => return *is_mine,
            // No other is read for the journal.
            _ => false,
        };
        Some(holds)
    }
}

/// Whether a word is in a project's title or id.
fn is_of(title: &str, id: &ProjectId, word: &str) -> bool {
    contains(title, word) || has_plain(id.as_str(), word)
}

/// A word as it is compared: `not_seen`, `not-seen` and `not seen` are one.
fn squeezed(word: &str) -> String {
    word.replace([' ', '_', '-'], "")
}
