//! A start while it is being edited.
//!
//! What Hex refuses or ignores together cannot be finished: inputs beside a saved view, and
//! inputs beside an update of the published results.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::Zoned;
use serde_json::Map;

use super::ParamKind;
use super::body::Body;
use super::row::{Origin, ParamRow};
use super::spec::{ParamSpec, Source};
use super::start::{Conflict, MASK, RunOptions, StartRun};

/// A start while it is being edited.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// The parameters, in the order of the form.
    pub rows: Vec<ParamRow>,
    /// What else it says.
    pub options: RunOptions,
}

/// A place in the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The parameter with this index.
    Row(usize),
    /// Whether cached SQL results are used.
    CachedSql,
    /// Whether the published results are updated.
    Published,
    /// The saved view.
    View,
    /// The notifications.
    Notifications,
}

/// What is wrong at one place of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftError {
    /// Where.
    pub place: Place,
    /// What to do about it.
    pub reason: String,
}

impl Draft {
    /// A draft of the known parameters, all at their defaults.
    pub fn fresh(specs: Vec<ParamSpec>) -> Self {
        let rows = specs.into_iter().map(ParamRow::fresh).collect();
        Self { rows, options: RunOptions::default() }
    }

    /// Gives every parameter the value that `body` has for it, and none to those it does not
    /// name. Names that are not known become rows of their own.
    pub fn take(&mut self, body: &Body, origin: &Origin, now: &Zoned) {
        self.rows.retain(|row| !row.is_own() || body.inputs.contains_key(&row.spec.name));
        let mut rest = body.inputs.clone();
        for row in &mut self.rows {
            row.clear();
            if row.spec.kind == ParamKind::DateRange
                && let [first, last] = row.spec.keys(row.spec.kind).as_slice()
                && let (Some(a), Some(b)) = (rest.get(first), rest.get(last))
                && row.take_range(a, b, origin.clone(), now)
            {
                rest.shift_remove(first);
                rest.shift_remove(last);
            } else if let Some(value) = rest.shift_remove(&row.spec.name) {
                row.take(&value, origin.clone(), now);
            }
        }
        for (name, value) in rest {
            let kind = ParamKind::of(&value);
            let spec = ParamSpec { kind, ..ParamSpec::named(name, Source::Earlier) };
            let mut row = ParamRow::fresh(spec);
            row.take(&value, origin.clone(), now);
            self.rows.push(row);
        }
        self.options = body.options.clone();
    }

    /// Takes what a person has written as JSON. A row whose value is still the same stays as it
    /// is, with its words; a secret that comes back masked is still the old one.
    pub fn rewrite(&mut self, body: &Body, now: &Zoned) {
        let before = self.rows.clone();
        let mut body = body.clone();
        for row in before.iter().filter(|row| row.spec.secret) {
            for (key, value) in row.read(now).unwrap_or_default() {
                if let Some(given) = body.inputs.get_mut(&key).filter(|given| *given == MASK) {
                    *given = value;
                }
            }
        }
        self.take(&body, &Origin::Typed, now);
        for row in &mut self.rows {
            if row.spec.source == Source::Earlier {
                row.spec.source = Source::Added;
            }
            let old = before.iter().find(|old| old.set && old.spec.name == row.spec.name);
            let same = |old: &&ParamRow| {
                let still_lost = old.origin == Origin::Lost && row.text == MASK;
                row.set && (still_lost || old.read(now) == row.read(now))
            };
            if let Some(old) = old.filter(same) {
                row.clone_from(old);
            }
        }
    }

    /// It as JSON for a person to write on: secrets masked, and what cannot be read as text.
    pub fn to_json(&self, now: &Zoned) -> String {
        let mut inputs = Map::new();
        for row in self.rows.iter().filter(|row| row.set) {
            let as_typed = || vec![(row.spec.name.clone(), row.text.clone().into())];
            for (key, value) in row.read(now).unwrap_or_else(|_| as_typed()) {
                inputs.insert(key, if row.spec.secret { MASK.into() } else { value });
            }
        }
        let start = StartRun::new(inputs, self.options.clone(), BTreeSet::new());
        serde_json::to_string_pretty(&start.body()).unwrap_or_default()
    }

    /// What keeps inputs from being set, if anything does.
    pub fn excludes_inputs(&self) -> Option<Conflict> {
        self.options.excludes_inputs()
    }

    /// How many parameters are set.
    pub fn set_rows(&self) -> usize {
        self.rows.iter().filter(|row| row.set).count()
    }

    /// What is wrong with row `index`, if anything; nothing for a row that is not there.
    pub fn check(&self, index: usize, now: &Zoned) -> Option<String> {
        let row = self.rows.get(index)?;
        if !row.set {
            let missing =
                row.spec.required && row.spec.default.is_none() && self.excludes_inputs().is_none();
            return missing.then(|| "required: give it a value".to_owned());
        }
        let keys = row.spec.keys(row.kind);
        let earlier = self.rows.iter().take(index).filter(|earlier| earlier.set);
        let taken: BTreeSet<_> = earlier.flat_map(|row| row.spec.keys(row.kind)).collect();
        let reason = row.read(now).err();
        let twice = || {
            let key = keys.iter().find(|key| !key.is_empty() && taken.contains(*key))?;
            Some(format!("`{key}` is set twice: rename one or take it out"))
        };
        reason.filter(|_| row.spec.name.is_empty()).or_else(twice).or_else(|| row.read(now).err())
    }

    /// The start, if everything is good.
    ///
    /// # Errors
    /// Every reason why it cannot be started, with its place.
    pub fn finish(&self, now: &Zoned) -> Result<StartRun, Vec<DraftError>> {
        let mut errors: Vec<_> = (0..self.rows.len())
            .filter_map(|row| {
                Some(DraftError { place: Place::Row(row), reason: self.check(row, now)? })
            })
            .collect();
        if let (Some(conflict), true) = (self.excludes_inputs(), self.set_rows() > 0) {
            let place = match conflict {
                Conflict::View => Place::View,
                Conflict::Published => Place::Published,
            };
            let reason = format!("{}: take one of them out", conflict.reason());
            errors.push(DraftError { place, reason });
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut inputs = Map::new();
        let mut secrets = BTreeSet::new();
        for row in &self.rows {
            for (key, value) in row.read(now).unwrap_or_default() {
                if row.spec.secret {
                    secrets.insert(key.clone());
                }
                inputs.insert(key, value);
            }
        }
        Ok(StartRun::new(inputs, self.options.clone(), secrets))
    }
}
