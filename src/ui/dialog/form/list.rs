//! The values that open below a field: what the app offers, and what was used before.
//!
//! Letters narrow the list down; nothing is taken but by Enter.

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
    pub(super) note: &'static str,
    value: Pick,
}

#[derive(Clone, Debug, PartialEq)]
enum Pick {
    Value(Value),
    /// The text of a range of dates.
    Range(String),
}

/// What a key in the list comes to.
#[derive(Debug, PartialEq)]
pub(super) enum ListWish {
    Stay,
    Close,
    /// Closes it, and the key is for the form.
    Pass,
    Take(Value),
    TakeRange(String),
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

impl List {
    /// The values for a row, narrowed down by `filter`.
    pub(super) fn of(row: &ParamRow, recent: &[Body], filter: &str) -> Self {
        let offers = matches!(row.kind, ParamKind::Choice | ParamKind::MultiChoice)
            && !row.spec.choices.is_empty();
        let items = if offers { choices(row) } else { earlier(row, recent) };
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

    pub(super) fn press(&mut self, chord: Chord, row: &ParamRow) -> ListWish {
        let count = self.shown().count();
        match (chord.key, chord.ctrl) {
            (Key::Esc, _) => return ListWish::Close,
            (Key::Down, _) => self.at = (self.at + 1).min(count.saturating_sub(1)),
            (Key::Up, _) if self.at == 0 => return ListWish::Close,
            (Key::Up, _) => self.at -= 1,
            (Key::Enter, _) => return self.take(row),
            (Key::Char(' '), false) if self.many && self.filter.is_empty() => {
                return self.take(row);
            }
            (Key::Char(letter), false) => {
                self.filter.push(letter);
                self.at = 0;
            }
            (Key::Backspace, _) => {
                if self.filter.pop().is_none() {
                    return ListWish::Close;
                }
                self.at = 0;
            }
            _ => return ListWish::Pass,
        }
        ListWish::Stay
    }

    fn take(&mut self, row: &ParamRow) -> ListWish {
        let Some(item) = self.shown().nth(self.at) else { return ListWish::Stay };
        match item.value.clone() {
            Pick::Range(text) => ListWish::TakeRange(text),
            Pick::Value(value) if self.many => {
                let mut picked = picked(row);
                let known: Vec<_> = row.spec.choices.clone();
                if picked.contains(&value) {
                    picked.retain(|one| *one != value);
                } else {
                    picked.push(value);
                }
                // In the order in which the app offers them.
                let sorted = known.into_iter().filter(|one| picked.contains(one));
                ListWish::Take(Value::Array(sorted.collect()))
            }
            Pick::Value(value) => ListWish::Take(value),
        }
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
        let note = if row.spec.default.as_ref() == Some(value) { "default" } else { "" };
        Item { text: word_of(value), note, value: Pick::Value(value.clone()) }
    };
    row.spec.choices.iter().map(item).collect()
}

/// What was used before, newest first, then the defaults. Of secrets nothing was kept.
fn earlier(row: &ParamRow, recent: &[Body]) -> Vec<Item> {
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
                add(Item { text: text.clone(), note: "used before", value: Pick::Range(text) });
            }
        }
        return items;
    }
    let used = recent.iter().filter_map(|body| body.inputs.get(&row.spec.name));
    let used = used.map(|value| (value, "used before"));
    let settings = row.spec.preset.iter().map(|value| (value, "settings"));
    let default = row.spec.default.iter().map(|value| (value, "default"));
    for (value, note) in used.chain(settings).chain(default) {
        add(Item { text: row.kind.show(value), note, value: Pick::Value(value.clone()) });
    }
    items
}
