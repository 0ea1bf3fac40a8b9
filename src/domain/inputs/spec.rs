//! What is known of a parameter before anybody gives it a value.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ParamKind;

/// Who says that a parameter exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The published app's export.
    Export,
    /// The settings.
    Config,
    /// A refusal named it.
    Refusal,
    /// An earlier start gave it.
    Earlier,
    /// The person at the form.
    #[default]
    Added,
}

impl Source {
    /// The words a person reads.
    pub fn words(self) -> &'static str {
        match self {
            Self::Export => "input of the app",
            Self::Config => "from the settings",
            Self::Refusal => "named by a refusal of Hex",
            Self::Earlier => "used before",
            Self::Added => "added here",
        }
    }
}

/// What is known of one parameter.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ParamSpec {
    /// The variable's name in the project.
    pub name: String,
    /// What people read beside it in the app.
    pub label: Option<String>,
    /// How its text is read.
    pub kind: ParamKind,
    /// The type as Hex calls it, where it is not one that hextop knows for sure.
    pub hex_type: Option<String>,
    /// What the app takes where nothing is sent.
    pub default: Option<Value>,
    /// What the settings put into the form.
    pub preset: Option<Value>,
    /// What may be chosen; empty where that is not known.
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
    /// Who says that it exists.
    pub source: Source,
}

impl ParamSpec {
    /// A parameter of which only the name is known.
    pub fn named(name: impl Into<String>, source: Source) -> Self {
        Self { name: name.into(), source, ..Self::default() }
    }

    /// The keys it has in the body: two for a range of dates.
    pub fn keys(&self, kind: ParamKind) -> Vec<String> {
        match kind {
            ParamKind::DateRange => {
                vec![format!("{}_start", self.name), format!("{}_end", self.name)]
            }
            _ => vec![self.name.clone()],
        }
    }
}
