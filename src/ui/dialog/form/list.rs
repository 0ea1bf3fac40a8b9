//! The values that open below a field: what the app offers, and what was used before.
//!
//! Letters narrow the list down; nothing is taken but by Enter.

use std::borrow::Cow;

use jiff::Zoned;
use serde_json::Value;

use crate::domain::ParamKind;
use crate::domain::inputs::{Body, ParamRow, from_json, word_of};
use crate::domain::title::folded;
use crate::ui::chord::{Chord, Key};

/// One value to choose.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) text: String,
    /// Where it comes from, where that is not plain.
    pub(super) note: Cow<'static, str>,
    value: Pick,
}

/// What is taken.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Pick {
    Value(Value),
    /// A text as a person would write it, to be read as this.
    Text(ParamKind, String),
}

/// The open list.
#[derive(Debug)]
pub(super) struct List {
    items: Vec<Item>,
    /// Position among those that the filter leaves.
    pub(super) at: usize,
    pub(super) filter: String,
    many: bool,
}

/// What a key that is bound to nothing comes to.
#[derive(Debug)]
pub(super) enum Typed {
    /// The list stays open.
    Kept(List),
    /// It closes.
    Over,
    /// It closes, and the key is for the form.
    NotForIt,
}

impl List {
    /// The values for a row, narrowed down by `filter`; words for dates mean what they mean `now`.
    pub(super) fn of(row: &ParamRow, recent: &[Body], filter: &str, now: &Zoned) -> Self {
        let offers = matches!(row.kind, ParamKind::Choice | ParamKind::MultiChoice)
            && !row.spec.choices.is_empty();
        let items = if offers { choices(row) } else { earlier(row, recent, now) };
        let many = offers && (row.kind == ParamKind::MultiChoice || row.is_several());
        let at = items.iter().position(|item| item.text == row.text).filter(|_| filter.is_empty());
        Self { items, at: at.unwrap_or(0), filter: filter.to_owned(), many }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether several are taken, one after the other.
    pub(super) fn is_many(&self) -> bool {
        self.many
    }

    /// What the filter leaves.
    pub(super) fn shown(&self) -> impl Iterator<Item = &Item> {
        let filter = folded(&self.filter);
        self.items.iter().filter(move |item| folded(&item.text).contains(&filter))
    }

    /// Whether an item is among the values of the row.
    pub(super) fn is_picked(item: &Item, picked: &[Value]) -> bool {
        matches!(&item.value, Pick::Value(value) if picked.contains(value))
    }

    /// Goes to one of those that are shown; tells whether it is there.
    pub(super) fn go_to(&mut self, at: usize) -> bool {
        let is_there = at < self.shown().count();
        if is_there {
            self.at = at;
        }
        is_there
    }

    /// Goes on by one.
    pub(super) fn step(&mut self, by: isize) {
        let last = self.shown().count().saturating_sub(1);
        self.at = self.at.saturating_add_signed(by).min(last);
    }

    /// A key that is bound to nothing: letters narrow the values down.
    pub(super) fn type_in(mut self, chord: Chord) -> Typed {
        match (chord.key, chord.ctrl) {
            (Key::Char(letter), false) => self.filter.push(letter),
            (Key::Backspace, _) if self.filter.pop().is_none() => return Typed::Over,
            (Key::Backspace, _) => {}
            _ => return Typed::NotForIt,
        }
        self.at = 0;
        Typed::Kept(self)
    }

    /// What the row holds once the value in focus is taken, or taken out again.
    pub(super) fn take(&self, row: &ParamRow) -> Option<Pick> {
        let item = self.shown().nth(self.at)?;
        Some(match item.value.clone() {
            Pick::Value(value) if self.many => {
                let mut picked = picked(row);
                if picked.contains(&value) {
                    picked.retain(|one| *one != value);
                } else {
                    picked.push(value);
                }
                // In the order in which the app offers them.
                let sorted = row.spec.choices.iter().filter(|one| picked.contains(one)).cloned();
                Pick::Value(Value::Array(sorted.collect()))
            }
            pick => pick,
        })
    }
}

/// The values that a row with several has now.
pub(super) fn picked(row: &ParamRow) -> Vec<Value> {
    if !row.set {
        return row.spec.default.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
    }
    let words: Vec<_> = row.text.split(',').map(str::trim).collect();
    let listed: Vec<Value> = from_json(&row.text).unwrap_or_default();
    let has =
        |choice: &&Value| listed.contains(choice) || words.contains(&word_of(choice).as_str());
    row.spec.choices.iter().filter(has).cloned().collect()
}

fn choices(row: &ParamRow) -> Vec<Item> {
    let item = |value: &Value| {
        let note = if row.spec.default.as_ref() == Some(value) { "default" } else { "" }.into();
        Item { text: word_of(value), note, value: Pick::Value(value.clone()) }
    };
    row.spec.choices.iter().map(item).collect()
}

/// What was used before, newest first, then the defaults, and for dates the words that work. Of secrets
/// nothing was kept.
fn earlier(row: &ParamRow, recent: &[Body], now: &Zoned) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::new();
    let mut add = |item: Item| {
        if !items.iter().any(|known| known.text == item.text) {
            items.push(item);
        }
    };
    if row.spec.secret || row.kind == ParamKind::Checkbox || row.is_several() {
        return Vec::new();
    }
    if row.kind == ParamKind::DateRange {
        let keys = row.spec.keys(row.kind);
        for body in recent {
            let dates: Vec<_> =
                keys.iter().filter_map(|key| body.inputs.get(key)?.as_str()).collect();
            if let [first, last] = dates.as_slice() {
                let text = format!("{first}..{last}");
                let value = Pick::Text(row.kind, text.clone());
                add(Item { text, note: "used before".into(), value });
            }
        }
    }
    let is_range = row.kind == ParamKind::DateRange;
    let used =
        recent.iter().filter(|_| !is_range).filter_map(|body| body.inputs.get(&row.spec.name));
    let used = used.map(|value| (value, "used before"));
    let settings = row.spec.preset.iter().map(|value| (value, "settings"));
    let default = row.spec.default.iter().map(|value| (value, "default"));
    for (value, note) in used.chain(settings).chain(default) {
        add(Item {
            text: row.kind.show(value),
            note: note.into(),
            value: Pick::Value(value.clone()),
        });
    }
    for (word, meaning) in row.kind.words(now) {
        let value = Pick::Text(row.kind, word.to_owned());
        add(Item { text: word.to_owned(), note: meaning.into(), value });
    }
    items
}
