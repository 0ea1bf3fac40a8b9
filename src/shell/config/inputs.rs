//! The settings' entries for inputs of projects.
//!
//! What could not be sent is refused at the start and not in the form.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::Value;

use crate::domain::ParamKind;
use crate::domain::param::{ParamRow, ParamSpec, Source};
use crate::engine::model::ConfiguredInputs;

/// One entry.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
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

    fn fault(&self) -> Option<String> {
        if self.project.is_empty() {
            return Some("says no project".to_owned());
        }
        let is_date = |value: &Value| value.get("$__toml_private_datetime").is_some();
        if self.default.iter().chain(&self.choices).any(is_date) {
            return Some("has a date without quotes: write \"2026-10-20\"".to_owned());
        }
        let spec = self.spec();
        let chooses = matches!(spec.kind, ParamKind::Choice | ParamKind::MultiChoice);
        if !chooses && !self.choices.is_empty() {
            return Some("has choices, but its type is neither choice nor multi-choice".to_owned());
        }
        if self.choices.iter().any(|choice| !(choice.is_string() || choice.is_number())) {
            return Some("has a choice that is neither a text nor a number".to_owned());
        }
        // Any moment will do: whether a word is a date does not depend on it.
        let now = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
        let mut row = ParamRow::fresh(spec);
        let has_value = row.set;
        if !has_value {
            // A name can be bad without a value too.
            (row.set, row.kind, row.spec.required) = (true, ParamKind::Text, false);
        }
        let reason = row.read(&now).err()?;
        Some(if has_value { format!("default: {reason}") } else { reason })
    }
}

/// Whether every entry can be used.
pub(super) fn check(entries: &[InputEntry]) -> Result<(), String> {
    for (index, entry) in entries.iter().enumerate() {
        let of = |text: &str| format!("[[inputs]] `{}` of {:?} {text}", entry.name, entry.project);
        if let Some(fault) = entry.fault() {
            return Err(of(&fault));
        }
        let same = |other: &InputEntry| other.name == entry.name && other.project == entry.project;
        if entries.iter().take(index).any(same) {
            return Err(of("is there twice"));
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
        assert_eq!(config.inputs.len(), 1, "{example}");
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
            ("[[inputs]]\nproject = \"p\"\nname = \"n\"", "is there twice"),
            ("[[inputs]]\nproject = \"p\"\nname = \"a b\"", "only letters"),
            ("[[inputs]]\nname = \"a\"", "says no project"),
        ] {
            let reason = load(entry).unwrap_err();
            assert!(reason.contains(part), "{entry}: {reason}");
        }
    }
}
