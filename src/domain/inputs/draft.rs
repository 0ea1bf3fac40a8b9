//! A start while it is being edited.
//!
//! What Hex refuses or ignores together cannot be finished: inputs beside a saved view, and
//! inputs beside an update of the published results.

mod from_file;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use jiff::Zoned;
use serde_json::{Map, Value};

use super::ParamKind;
use super::body::Body;
use super::row::{Origin, ParamRow};
use super::spec::{ParamSpec, Source};
use super::start::{Conflict, MASK, RunOptions, StartRun};
use super::starts::{Part, Starts};
use super::table::Table;
use super::value_list::Sweep;

/// A start while it is being edited.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// The parameters, in the order of the form.
    pub rows: Vec<ParamRow>,
    /// What else it says.
    pub options: RunOptions,
    /// A file whose values stand in place of those of its rows.
    pub table: Option<Table>,
}

/// A place in the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The file of values.
    Table,
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
        Self { rows, ..Self::default() }
    }

    /// Gives every parameter the value that `body` has for it, and none to those it does not
    /// name. Names that are not known become rows of their own.
    pub fn take(&mut self, body: &Body, origin: &Origin, now: &Zoned) {
        let columns = self.table.as_ref().map(|table| table.columns().to_vec()).unwrap_or_default();
        let stays = |name: &String| body.inputs.contains_key(name) || columns.contains(name);
        self.rows.retain(|row| !row.is_own() || stays(&row.spec.name));
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
            let given = body.inputs.get(&row.spec.name);
            let same = |old: &&ParamRow| {
                let still_lost = old.origin == Origin::Lost && row.text == MASK;
                if old.is_several() {
                    given.and_then(Value::as_str) == Some(&old.text)
                } else {
                    row.set && (still_lost || old.read(now) == row.read(now))
                }
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

    /// How many parameters are set, by hand or by a file.
    pub fn set_rows(&self) -> usize {
        self.rows.iter().filter(|row| self.gives(row)).count()
    }

    fn gives(&self, row: &ParamRow) -> bool {
        row.set || self.table_of(row).is_some()
    }

    /// What is wrong with row `index`, if anything; nothing for a row that is not there.
    pub fn check(&self, index: usize, now: &Zoned) -> Option<String> {
        let row = self.rows.get(index)?;
        if !self.gives(row) {
            let missing =
                row.spec.required && row.spec.default.is_none() && self.excludes_inputs().is_none();
            return missing.then(|| "required: give it a value".to_owned());
        }
        let keys = row.spec.keys(row.kind);
        let earlier = self.rows.iter().take(index).filter(|earlier| self.gives(earlier));
        let taken: BTreeSet<_> = earlier.flat_map(|row| row.spec.keys(row.kind)).collect();
        let reason = match self.column(row, now) {
            Some(column) => column.err().map(|(line, reason)| format!("line {line}: {reason}")),
            None if row.is_several() => row.several(now).err(),
            None => row.read(now).err(),
        };
        let twice = || {
            let key = keys.iter().find(|key| !key.is_empty() && taken.contains(*key))?;
            Some(format!("`{key}` is set twice: rename one or take it out"))
        };
        if row.spec.name.is_empty() { reason } else { twice().or(reason) }
    }

    /// The start, if everything is good and there is one.
    ///
    /// # Errors
    /// Every reason why it cannot be started, with its place.
    pub fn finish(&self, now: &Zoned) -> Result<StartRun, Vec<DraftError>> {
        let starts = self.finish_all(now)?;
        if starts.count() == 1 {
            return Ok(starts.first());
        }
        let reason = format!("that is a sweep of {} starts: the form makes those", starts.count());
        Err(vec![DraftError { place: self.widest(), reason }])
    }

    /// The starts that it comes to, if everything is good. Each of them is one that could be
    /// finished by itself.
    ///
    /// # Errors
    /// Every reason why they cannot be started, with its place.
    pub fn finish_all(&self, now: &Zoned) -> Result<Starts, Vec<DraftError>> {
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
        errors.extend(self.check_table().map(|reason| DraftError { place: Place::Table, reason }));
        if !errors.is_empty() {
            return Err(errors);
        }
        self.starts(now).map_err(|reason| vec![DraftError { place: self.widest(), reason }])
    }

    /// What each row adds, where every row is good.
    fn starts(&self, now: &Zoned) -> Result<Starts, String> {
        let (mut parts, mut fields, mut secrets) = (Vec::new(), Vec::new(), BTreeSet::new());
        for row in &self.rows {
            let part = if let Some(column) = self.column(row, now) {
                Part::Column(column.map_err(|(_, reason)| reason)?)
            } else if row.set && row.is_several() {
                fields.push((row.spec.name.clone(), row.several(now)?));
                Part::Swept(row.spec.name.clone())
            } else {
                let fixed = row.read(now)?;
                let keys = fixed.iter().map(|(key, _)| key.clone());
                secrets.extend(keys.filter(|_| row.spec.secret));
                Part::Fixed(fixed)
            };
            parts.push(part);
        }
        Starts::new(parts, Sweep::new(fields)?, self.options.clone(), secrets)
    }

    /// Where to make fewer starts of too many.
    fn widest(&self) -> Place {
        let last = self.rows.iter().rposition(|row| row.set && row.is_several());
        last.map_or(Place::Table, Place::Row)
    }
}
