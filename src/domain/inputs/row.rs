//! One parameter while it is being edited.
//!
//! A row that is not *set* is not sent: the app's own default stays in force.

use jiff::Zoned;
use serde_json::Value;

use super::spec::{ParamSpec, Source};
use super::{Cardinality, ParamKind, dates};

/// The longest text of a number, a date, a moment or a word that is read, in bytes.
const LONGEST: usize = 1000;

/// Where the value of a row comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nothing is sent: the app's default.
    Default,
    /// The settings.
    Config,
    /// The last start of the project.
    Last,
    /// One of several starts of the project that were made together, the last thing started.
    Sweep,
    /// A value used before.
    Earlier,
    /// The run that is repeated, by the short form of its id.
    Run(String),
    /// The run that is repeated had one, which was secret and therefore kept nowhere.
    Lost,
    /// The preset of this name.
    Preset(String),
    /// The person's own.
    Typed,
}

impl Origin {
    /// The word a person reads.
    pub fn word(&self) -> &str {
        match self {
            Self::Default => "default",
            Self::Config => "settings",
            Self::Last => "last run",
            Self::Sweep => "last queue",
            Self::Earlier => "earlier",
            Self::Run(run) => run,
            Self::Lost => "not kept",
            Self::Preset(name) => name,
            Self::Typed => "typed",
        }
    }
}

/// One parameter while it is being edited.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamRow {
    /// What is known of it; its name may be edited where it was added by hand.
    pub spec: ParamSpec,
    /// How `text` is to be read.
    pub kind: ParamKind,
    /// What has been typed.
    pub text: String,
    /// Whether it is sent.
    pub set: bool,
    /// How many values the text is.
    pub holds: Cardinality,
    /// Where the value comes from.
    pub origin: Origin,
}

impl ParamRow {
    /// A row without a value of its own, or with the one that the settings want.
    pub fn fresh(spec: ParamSpec) -> Self {
        let mut row = Self {
            kind: spec.kind,
            text: String::new(),
            set: false,
            holds: Cardinality::One,
            origin: Origin::Default,
            spec,
        };
        row.reset();
        row
    }

    /// A parameter that a person adds by hand.
    pub fn added() -> Self {
        let spec = ParamSpec::named("", Source::Added);
        Self { set: true, origin: Origin::Typed, ..Self::fresh(spec) }
    }

    /// Whether it was not known before somebody gave it a value, so that it can be renamed and
    /// taken out.
    pub fn is_own(&self) -> bool {
        matches!(self.spec.source, Source::Added | Source::Earlier)
    }

    /// Back to what it was at first: the settings' value, or none.
    pub fn reset(&mut self) {
        self.clear();
        match self.spec.preset.clone() {
            // A word such as `yesterday` stays a word, so that it means each day's yesterday.
            Some(Value::String(text)) => {
                (self.text, self.set, self.origin) = (text, true, Origin::Config);
            }
            Some(value) => {
                self.text = self.kind.show(&value);
                (self.set, self.origin) = (true, Origin::Config);
            }
            None => {}
        }
    }

    /// Without a value of its own, even one of the settings: nothing is sent.
    pub fn clear(&mut self) {
        (self.kind, self.text, self.set) = (self.spec.kind, String::new(), false);
        (self.holds, self.origin) = (Cardinality::One, Origin::Default);
    }

    /// Takes a value; its type stays as long as it reads the value as it is.
    pub fn take(&mut self, value: &Value, origin: Origin, now: &Zoned) {
        let fits = |kind: ParamKind| {
            kind != ParamKind::DateRange
                && kind.read(&kind.show(value), &self.spec, now).as_ref() == Ok(value)
        };
        self.kind = if fits(self.spec.kind) { self.spec.kind } else { ParamKind::of(value) };
        self.text = self.kind.show(value);
        (self.set, self.holds, self.origin) = (true, Cardinality::One, origin);
    }

    /// Takes the two dates of a range; tells whether they are dates.
    pub(super) fn take_range(
        &mut self,
        first: &Value,
        last: &Value,
        origin: Origin,
        now: &Zoned,
    ) -> bool {
        let (Value::String(first), Value::String(last)) = (first, last) else { return false };
        let text = format!("{first}..{last}");
        let same = dates::range(&text, now)
            .is_ok_and(|(a, b)| a.to_string() == *first && b.to_string() == *last);
        if same {
            (self.kind, self.text) = (ParamKind::DateRange, text);
            (self.set, self.holds, self.origin) = (true, Cardinality::One, origin);
        }
        same
    }

    /// What it adds to the body: nothing where it is not set.
    ///
    /// # Errors
    /// Why its value cannot be sent.
    pub fn read(&self, now: &Zoned) -> Result<Vec<(String, Value)>, String> {
        match (self.set, self.holds) {
            (false, _) => Ok(Vec::new()),
            (true, Cardinality::One) => self.read_text(&self.text, now),
            (true, Cardinality::Several) => Err("several values: one start for each".to_owned()),
        }
    }

    /// What a cell of a file adds to the body: nothing where it is empty.
    pub(super) fn read_cell(
        &self,
        cell: &str,
        now: &Zoned,
    ) -> Result<Vec<(String, Value)>, String> {
        let is_set = !cell.is_empty() || self.spec.required;
        if is_set { self.read_text(cell, now) } else { Ok(Vec::new()) }
    }

    fn read_text(&self, text: &str, now: &Zoned) -> Result<Vec<(String, Value)>, String> {
        let keys = self.spec.keys(self.kind);
        if let Some(reason) = name_error(&self.spec.name) {
            return Err(reason.to_owned());
        }
        if text.is_empty()
            && self.kind != ParamKind::Null
            && let Some(reason) = self.emptiness()
        {
            return Err(reason.to_owned());
        }
        let is_short = !matches!(
            self.kind,
            ParamKind::Text | ParamKind::Choice | ParamKind::MultiChoice | ParamKind::Json
        );
        if is_short && text.trim().len() > LONGEST {
            return Err(format!("too long for the type {}: change the type", self.kind.word()));
        }
        let values = match self.kind {
            ParamKind::DateRange => {
                let (first, last) = dates::range(text, now)?;
                vec![Value::from(first.to_string()), Value::from(last.to_string())]
            }
            kind => vec![kind.read(text, &self.spec, now)?],
        };
        Ok(keys.into_iter().zip(values).collect())
    }

    /// Why nothing is no value for it, if it is none. An empty secret is sent by nobody on
    /// purpose.
    fn emptiness(&self) -> Option<&'static str> {
        if self.origin == Origin::Lost {
            Some("secret, so its value was not kept: type it again, or reset it to leave it out")
        } else if self.spec.required {
            Some("required: give it a value")
        } else {
            self.spec
                .secret
                .then_some("a secret without a value: type it, or reset it to leave it out")
        }
    }

    /// What the text comes to, where that is not what it says: a date for a word.
    pub fn means(&self, now: &Zoned) -> Option<String> {
        if !matches!(self.kind, ParamKind::Date | ParamKind::DateTime | ParamKind::DateRange) {
            return None;
        }
        let values = self.read(now).ok()?;
        let shown: Vec<_> = values.iter().filter_map(|(_, value)| value.as_str()).collect();
        let shown = shown.join("..");
        (!shown.is_empty() && shown != self.text).then_some(shown)
    }
}

/// Why a text cannot be an input's name, if it cannot: Hex inputs are Python variables.
pub fn name_error(name: &str) -> Option<&'static str> {
    let mut letters = name.chars();
    match letters.next() {
        None => Some("the name is missing"),
        Some(first) if !(first.is_alphabetic() || first == '_') => {
            Some("a variable's name begins with a letter or _")
        }
        Some(_) if !letters.all(|letter| letter.is_alphanumeric() || letter == '_') => {
            Some("a variable's name has only letters, digits and _")
        }
        Some(_) => None,
    }
}
