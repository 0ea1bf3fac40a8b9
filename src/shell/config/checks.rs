//! What is wrong with settings that can be read as such: values out of range, and texts that say
//! nothing.

use std::ops::Range;

use serde_json::Value;
use toml::Spanned;
use toml::de::DeValue;

use super::describe::Property;
use super::settings::Config;
use super::sources::Table;
use super::{inputs, rules, zone};
use crate::api::BaseUrl;
use crate::domain::Query;
use crate::domain::filter::{self, Subject};

/// What is wrong with one value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The setting, and keys and indices within it.
    pub(super) path: Vec<String>,
    /// What is wrong, with what to do about it.
    pub(super) why: String,
}

impl Fault {
    fn new(path: &[&str], why: impl Into<String>) -> Self {
        Self { path: path.iter().map(|part| (*part).to_owned()).collect(), why: why.into() }
    }
}

impl Config {
    /// Everything that is wrong.
    pub(super) fn faults(&self, known: &[Property]) -> Vec<Fault> {
        let mut faults = self.out_of_range(known);
        let mut check = |path: &[&str], found: Result<(), String>| {
            faults.extend(found.err().map(|why| Fault::new(path, why)));
        };
        let is_zone = zone(&self.time_zone).is_some();
        check(
            &["time_zone"],
            is_zone.then_some(()).ok_or_else(|| {
                format!(
                    "time_zone is {:?}, which is no zone: write UTC, local or Europe/Berlin",
                    self.time_zone
                )
            }),
        );
        let address = BaseUrl::parse(&self.base_url);
        check(&["base_url"], address.map(|_| ()).map_err(|why| format!("base_url: {why}")));
        check(&["false_alarms"], self.false_alarms().map(|_| ()));
        check(&["quiet_hours"], self.quiet_hours().map(|_| ()));
        check(&["notify_command"], self.notify_command().map(|_| ()));
        check(&["keys"], self.keymap().map(|_| ()));
        check(&["watch"], self.watched().map(|_| ()));
        let [runs, projects] = self.orders();
        check(&["sort_runs"], runs.map(|_| ()));
        check(&["sort_projects"], projects.map(|_| ()));
        for (name, text) in &self.filters {
            check(&["filters", name], self.check_filter(name, text));
        }
        if let Err((index, why)) = rules::read(&self.rules) {
            check(&["rules", &index.to_string()], Err(why));
        }
        if let Err((index, why)) = inputs::check(&self.inputs) {
            check(&["inputs", &index.to_string()], Err(why));
        }
        faults
    }

    /// Numbers and lists beyond what the schema allows.
    fn out_of_range(&self, known: &[Property]) -> Vec<Fault> {
        let values = serde_json::to_value(self).unwrap_or_default();
        let of = |property: &Property| {
            let value = values.get(&property.name)?;
            let why = match value {
                Value::Array(items) => {
                    beyond("entries", items.len() as u64, &property.schema, "Items").or_else(|| {
                        let schema = property.schema.get("items")?;
                        items.iter().find_map(|item| out_of("an entry", item, schema))
                    })
                }
                value => out_of(&property.name, value, &property.schema),
            }?;
            Some(Fault::new(&[&property.name], why))
        };
        known.iter().filter_map(of).collect()
    }

    /// A filter is one of something, and has a name that can be written.
    fn check_filter(&self, name: &str, text: &str) -> Result<(), String> {
        filter::check_name(name).map_err(|why| format!("filters: {why}"))?;
        let of = |subject| Query::parse(text, subject, &self.filters);
        // What is wrong with it as one of runs is what is said: these have the most terms.
        of(Subject::Runs)
            .or_else(|why| of(Subject::Projects).map_err(|_| why))
            .or_else(|why| of(Subject::Journal).map_err(|_| why))
            .map_err(|why| format!("filters: in `{name}`: {why}"))?;
        Ok(())
    }
}

fn bounds(schema: &Value, of: &str) -> Option<(u64, u64)> {
    let bound = |name: String| schema.get(name).and_then(Value::as_f64);
    let (least, most) = match of {
        "" => (bound("minimum".to_owned())?, bound("maximum".to_owned())?),
        of => (bound(format!("min{of}"))?, bound(format!("max{of}"))?),
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small and whole")]
    Some((least as u64, most as u64))
}

fn out_of(name: &str, value: &Value, schema: &Value) -> Option<String> {
    let (least, most) = bounds(schema, "")?;
    let value = value.as_u64()?;
    let fits = (least..=most).contains(&value);
    (!fits).then(|| format!("{name} is {value}, but must be {least} to {most}"))
}

fn beyond(what: &str, count: u64, schema: &Value, of: &str) -> Option<String> {
    let (least, most) = bounds(schema, of)?;
    let fits = (least..=most).contains(&count);
    (!fits).then(|| format!("it has {count} {what}, but must have {least} to {most}"))
}

/// The keys within a value that lead to the bytes at a place, joined by dots behind its own name.
pub(super) fn key_at(name: &str, value: &Spanned<DeValue<'_>>, at: &Range<usize>) -> String {
    fn within(value: &DeValue<'_>, at: &Range<usize>) -> Option<Vec<String>> {
        let is_in = |value: &Spanned<DeValue<'_>>| {
            let span = value.span();
            span.start <= at.start && at.end <= span.end
        };
        match value {
            DeValue::Table(table) => table.iter().find_map(|(key, value)| {
                let rest = within(value.get_ref(), at);
                let rest = rest.or_else(|| is_in(value).then(Vec::new))?;
                Some([vec![key.get_ref().to_string()], rest].concat())
            }),
            DeValue::Array(items) => items.iter().find_map(|item| within(item.get_ref(), at)),
            _ => None,
        }
    }
    let keys = within(value.get_ref(), at).unwrap_or_default();
    [vec![name.to_owned()], keys].concat().join(".")
}

/// Where the value at a path stands; as near as there is something.
pub(super) fn place(table: &Table<'_>, path: &[String]) -> Option<Range<usize>> {
    let (first, rest) = path.split_first()?;
    let mut at: &Spanned<DeValue<'_>> = table.get(first.as_str())?;
    for part in rest {
        let inner = match at.get_ref() {
            DeValue::Table(table) => table.get(part.as_str()),
            DeValue::Array(items) => part.parse().ok().and_then(|index: usize| items.get(index)),
            _ => None,
        };
        let Some(inner) = inner else { break };
        at = inner;
    }
    Some(at.span())
}
