//! Keeps of a body only what an answer of Hex can need, so that no body fills the memory.
//!
//! A page of 100 projects has about 7,000 values, one of 100 runs 3,000. What is left out within
//! an entry costs that entry something at most; a list that was cut would lie about what there
//! is, so too many entries are refused as a whole.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer, de};
use serde_json::{Map, Value};

use super::unreadable;
use crate::api::Redactor;

/// Values within each other; the deepest that Hex documents is a schedule's, at 6.
const DEEPEST: usize = 32;
/// Entries of a list of projects or runs; Hex sends 100 at most.
const MOST_ENTRIES: usize = 1_000;
/// Values within one entry; the rest of it is left out.
const MOST_IN_ENTRY: usize = 2_000;
/// Values in all, of up to some 150 bytes each.
const MOST_VALUES: usize = 100_000;
/// Bytes of a name; longer ones are not Hex's and are left out.
const LONGEST_NAME: usize = 256;
/// Bytes of a text; it is unreadable beyond. An export's content is the longest, and its reader
/// has a limit of its own below this.
const LONGEST_TEXT: usize = 9 * 1024 * 1024;

/// Why a text is not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Error {
    Syntax,
    TooLarge(String),
}

/// Reads the value at the start of `text`. What follows an object or a list is left out; after
/// anything else it shows that the text is no JSON.
pub(super) fn read(text: &str, redactor: &Redactor) -> Result<Value, Error> {
    let bounds = Bounds::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Reader { bounds: &bounds, redactor, depth: 0 }.deserialize(&mut reader);
    match (value, bounds.exceeded.get()) {
        (Ok(value @ (Value::Object(_) | Value::Array(_))), None) => Ok(value),
        (Ok(value), None) if reader.end().is_ok() => Ok(value),
        (_, Some(what)) => Err(Error::TooLarge(what.to_owned())),
        _ => Err(Error::Syntax),
    }
}

struct Bounds {
    values: Cell<usize>,
    in_entry: Cell<usize>,
    exceeded: Cell<Option<&'static str>>,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            values: Cell::new(MOST_VALUES),
            in_entry: Cell::new(MOST_IN_ENTRY),
            exceeded: Cell::new(None),
        }
    }
}

impl Bounds {
    fn exceed<E: de::Error>(&self, what: &'static str) -> E {
        self.exceeded.set(Some(what));
        E::custom(what)
    }
}

/// Reads one value; `depth` says how many others it is in.
#[derive(Clone, Copy)]
struct Reader<'a> {
    bounds: &'a Bounds,
    redactor: &'a Redactor,
    depth: usize,
}

impl Reader<'_> {
    /// The reader of a value within this one, if there is room for another.
    fn inner<E: de::Error>(self, count: usize) -> Result<Option<Self>, E> {
        if self.depth == 1 {
            self.bounds.in_entry.set(MOST_IN_ENTRY);
            if count > MOST_ENTRIES {
                return Err(self.bounds.exceed("more than 1,000 entries in it"));
            }
        }
        let left = |cell: &Cell<usize>| {
            let left = cell.get().checked_sub(1);
            cell.set(left.unwrap_or(0));
            left.is_some()
        };
        if !left(&self.bounds.values) {
            return Err(self.bounds.exceed("more than 100,000 values in it"));
        }
        let inner = Self { depth: self.depth + 1, ..self };
        Ok((self.depth == 0 || left(&self.bounds.in_entry)).then_some(inner))
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.depth > DEEPEST {
            // Without recursion, however deep it goes.
            deserializer.deserialize_ignored_any(IgnoredAny)?;
            return Ok(unreadable());
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(if text.len() > LONGEST_TEXT {
            unreadable()
        } else {
            self.redactor.clean(text).into_owned().into()
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let Some(inner) = self.inner(list.len())? else {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                break;
            };
            let Some(item) = items.next_element_seed(inner)? else { break };
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            match self.inner(map.len())? {
                Some(inner) if name.len() <= LONGEST_NAME => {
                    let value = fields.next_value_seed(inner)?;
                    map.insert(self.redactor.clean(&name).into_owned(), value);
                }
                _ => {
                    fields.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(Value::Object(map))
    }
}
