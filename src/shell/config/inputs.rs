//! The settings' entries for inputs of projects.
//!
//! What could not be sent is refused at the start and not in the form.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::ParamKind;
use crate::domain::inputs::{ParamRow, ParamSpec, Source, name_error};
use crate::engine::model::ConfiguredInputs;

/// One entry.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct InputEntry {
    /// The project's id or title.
    pub project: String,
    /// The variable's name.
    pub name: String,
    /// How its text is read; by default a choice where there are choices, else text.
    #[serde(rename = "type")]
    pub kind: Option<ParamKind>,
    /// What people read beside it.
    pub label: Option<String>,
    /// What the form begins with.
    pub default: Option<Value>,
    /// What may be chosen.
    pub choices: Vec<Value>,
    /// The least number.
    pub min: Option<f64>,
    /// The greatest number.
    pub max: Option<f64>,
    /// Whether a number must be whole.
    pub integer: bool,
    /// A sentence for the person.
    pub help: Option<String>,
    /// Whether no run is started without it.
    pub required: bool,
    /// Whether its value is shown to nobody.
    pub secret: bool,
}

impl InputEntry {
    fn spec(&self) -> ParamSpec {
        let usual = if self.choices.is_empty() { ParamKind::Text } else { ParamKind::Choice };
        ParamSpec {
            kind: self.kind.unwrap_or(usual),
            label: self.label.clone(),
            preset: self.default.clone(),
            choices: self.choices.clone(),
            min: self.min,
            max: self.max,
            integer: self.integer,
            help: self.help.clone(),
            required: self.required,
            secret: self.secret,
            ..ParamSpec::named(self.name.clone(), Source::Config)
        }
    }

    /// Why the entry cannot be used, if it cannot.
    fn fault(&self) -> Option<String> {
        if self.project.is_empty() {
            return Some("says no project: add project = \"its id or title\"".to_owned());
        }
        if let Some(reason) = name_error(&self.name) {
            return Some(reason.to_owned());
        }
        self.bounds_fault().or_else(|| self.choices_fault()).or_else(|| self.default_fault())
    }

    /// Bounds without a type are accepted: the app's export may say that the input is a number.
    fn bounds_fault(&self) -> Option<String> {
        let bounded = self.min.is_some() || self.max.is_some() || self.integer;
        let other = self.kind.is_some_and(|kind| kind != ParamKind::Number);
        if bounded && (other || !self.choices.is_empty()) {
            let reason = "has min, max or integer, but its type is not number: take them out";
            return Some(reason.to_owned());
        }
        match (self.min, self.max) {
            (Some(bound), _) | (_, Some(bound)) if bound.is_nan() => {
                Some("has nan as min or max: write a number".to_owned())
            }
            (Some(min), Some(max)) if min > max => {
                Some(format!("has min = {min} above max = {max}: exchange them"))
            }
            _ => None,
        }
    }

    fn choices_fault(&self) -> Option<String> {
        let chooses = matches!(self.spec().kind, ParamKind::Choice | ParamKind::MultiChoice);
        if !chooses && !self.choices.is_empty() {
            return Some(
                "has choices, but its type is neither choice nor multi-choice: \
                 take the type or the choices out"
                    .to_owned(),
            );
        }
        if self.choices.iter().any(has_date) {
            return Some(UNQUOTED_DATE.to_owned());
        }
        let fits = |choice: &Value| choice.is_string() || choice.is_number();
        (!self.choices.iter().all(fits)).then(|| {
            "has a choice that is neither a text nor a number: write it in quotes".to_owned()
        })
    }

    /// An entry without a default gets its value in the form, so whether it is required or secret
    /// does not matter here.
    fn default_fault(&self) -> Option<String> {
        let default = self.default.as_ref()?;
        if has_date(default) {
            return Some(UNQUOTED_DATE.to_owned());
        }
        let is_empty = default == "" || default.as_array().is_some_and(Vec::is_empty);
        if is_empty && (self.required || self.secret) {
            return Some("has an empty default: take it out, the form asks for a value".to_owned());
        }
        // Any moment will do: whether a word is a date does not depend on it.
        let now = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
        let reason = ParamRow::fresh(self.spec()).read(&now).err()?;
        Some(format!("default: {reason}"))
    }
}

const UNQUOTED_DATE: &str = "has a date without quotes: write \"2026-10-20\"";

/// Whether a TOML date stands in it: JSON has none, so it would be sent as an object.
fn has_date(value: &Value) -> bool {
    match value {
        Value::Object(fields) => {
            fields.contains_key("$__toml_private_datetime") || fields.values().any(has_date)
        }
        Value::Array(items) => items.iter().any(has_date),
        _ => false,
    }
}

/// Whether every entry can be used.
///
/// # Errors
/// The place of the first that cannot, from 0, and why.
pub(super) fn check(entries: &[InputEntry]) -> Result<(), (usize, String)> {
    for (index, entry) in entries.iter().enumerate() {
        let of = |text: &str| format!("[[inputs]] `{}` of {:?} {text}", entry.name, entry.project);
        if let Some(fault) = entry.fault() {
            return Err((index, of(&fault)));
        }
        let same = |other: &InputEntry| other.name == entry.name && other.project == entry.project;
        if entries.iter().take(index).any(same) {
            return Err((index, of("is there twice")));
        }
    }
    Ok(())
}

/// The entries as the engine takes them.
pub(super) fn by_project(entries: &[InputEntry]) -> Vec<ConfiguredInputs> {
    let one = |entry: &InputEntry| ConfiguredInputs {
        project: entry.project.clone(),
        specs: vec![entry.spec()],
    };
    entries.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn load(entry: &str) -> Result<Vec<InputEntry>, String> {
        let text = format!("[[inputs]]\nproject = \"p\"\nname = \"n\"\n{entry}");
        Config::over_defaults(&text).map(|config| config.inputs)
    }

    #[test]
    fn the_shipped_example_can_be_used() {
        let example: String = super::super::DEFAULTS
            .lines()
            .filter_map(|line| line.strip_prefix("#   "))
            .skip_while(|line| !line.starts_with("[[inputs]]"))
            .map(|line| line.split_once(" #").map_or(line, |(start, _)| start).to_owned() + "\n")
            .filter(|line| line.contains('=') || line.starts_with('['))
            .collect();
        let config = Config::over_defaults(&example).unwrap();
        assert_eq!(config.inputs.len(), 3, "{example}");
        assert_eq!(config.inputs[0].kind, Some(ParamKind::Choice));
        assert_eq!(config.engine().inputs[0].project, "Weekly revenue");
    }

    #[test]
    fn choices_make_a_choice_and_words_stay_words() {
        assert_eq!(load("choices = [1, \"a\"]").unwrap()[0].spec().kind, ParamKind::Choice);
        let spec = load("type = \"date\"\ndefault = \"yesterday\"").unwrap()[0].spec();
        assert_eq!(spec.preset, Some("yesterday".into()));
        assert!(load("type = \"checkbox\"\ndefault = true\nrequired = true").is_ok());
        assert!(load("required = true").is_ok(), "a value comes later");
    }

    #[test]
    fn an_input_without_a_default_is_accepted_whether_required_or_secret_and_of_any_type() {
        let types = [
            "text",
            "number",
            "checkbox",
            "date",
            "date-time",
            "date-range",
            "choice",
            "multi-choice",
            "json",
            "null",
        ];
        let kinds = types.map(|word| format!("type = \"{word}\""));
        for kind in kinds.iter().map(String::as_str).chain(["", "choices = [\"a\", 2]"]) {
            for flags in ["", "required = true", "secret = true", "required = true\nsecret = true"]
            {
                let entry = format!("{kind}\n{flags}");
                assert!(load(&entry).is_ok(), "{entry}: {:?}", load(&entry));
            }
        }
    }

    #[test]
    fn a_default_that_its_type_reads_is_accepted_with_every_flag() {
        for entry in [
            "default = \"emea\"",
            "type = \"text\"\ndefault = \"\"",
            "type = \"number\"\ndefault = 0.5\nmin = 0\nmax = 1",
            "type = \"number\"\ndefault = -0\ninteger = true",
            "type = \"checkbox\"\ndefault = false",
            "type = \"date\"\ndefault = \"-7d\"",
            "type = \"date-time\"\ndefault = \"yesterday 06:30\"",
            "type = \"date-range\"\ndefault = \"-7d..yesterday\"",
            "type = \"choice\"\nchoices = [\"a\", 2]\ndefault = 2",
            "choices = [\"a\", 2]\ndefault = \"a\"",
            "type = \"multi-choice\"\nchoices = [\"a\", \"b\"]\ndefault = [\"a\"]",
            "type = \"multi-choice\"\ndefault = []",
            "type = \"json\"\ndefault = { a = [1, 2.5] }",
            "type = \"null\"\ndefault = \"null\"",
            "min = 0\nmax = 1",
        ] {
            let is_empty = entry.ends_with("\"\"") || entry.ends_with("[]");
            for flags in ["", "required = true", "secret = true", "help = \"h\"\nlabel = \"l\""] {
                let whole = format!("{entry}\n{flags}");
                let wanted = !(is_empty && flags.ends_with("= true"));
                assert_eq!(load(&whole).is_ok(), wanted, "{whole}: {:?}", load(&whole));
            }
        }
    }

    #[test]
    fn an_entry_that_cannot_be_used_says_which_and_why() {
        for (entry, part) in [
            ("type = \"colour\"", "colour"),
            ("shade = 1", "shade"),
            ("type = \"number\"\ndefault = \"many\"", "`n` of \"p\" default: not a number"),
            ("type = \"number\"\nmax = 1\ndefault = 2", "at most 1"),
            ("type = \"date\"\ndefault = 2026-10-20", "without quotes"),
            ("type = \"text\"\nchoices = [\"a\"]", "neither choice nor multi-choice"),
            ("choices = [true]", "neither a text nor a number"),
            ("choices = [\"a\"]\ndefault = \"b\"", "default: none of a"),
            ("type = \"json\"\ndefault = [{ a = 2026-10-20 }]", "without quotes"),
            ("choices = [2026-10-20]", "without quotes"),
            ("type = \"number\"\ndefault = nan", "default: not a number"),
            ("type = \"number\"\nmin = nan", "has nan as min or max"),
            ("type = \"number\"\nmin = 2\nmax = 1", "min = 2 above max = 1: exchange them"),
            ("type = \"text\"\nmax = 1", "its type is not number: take them out"),
            ("choices = [1]\ninteger = true", "its type is not number: take them out"),
            ("default = \"\"\nsecret = true", "`n` of \"p\" has an empty default: take it out"),
            ("default = \"\"\nrequired = true", "has an empty default: take it out"),
            (
                "type = \"number\"\ndefault = 12345678901234567890123",
                "config.toml:5:11: inputs.default: ",
            ),
            ("type = \"null\"\ndefault = \"x\"", "default: null has no text"),
            ("[[inputs]]\nproject = \"p\"\nname = \"n\"", "is there twice"),
            ("[[inputs]]\nproject = \"p\"\nname = \"a b\"", "only letters"),
            ("[[inputs]]\nname = \"a\"", "says no project"),
        ] {
            let reason = load(entry).unwrap_err();
            assert!(reason.contains(part), "{entry}: {reason}");
        }
    }
}
