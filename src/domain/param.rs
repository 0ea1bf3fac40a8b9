//! Input parameters: what a person edits, and the start that comes of it.
//!
//! An invalid start cannot be built: [`Draft::finish`] gives either a [`StartRun`] or the
//! reasons, each with its row.

use serde_json::{Map, Value};

/// How the text of a parameter is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParamKind {
    /// Kept as typed: `0123` stays a string.
    Text,
    /// A JSON number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// Any JSON value.
    Json,
}

impl ParamKind {
    /// All kinds, in the order a form offers them.
    pub const ALL: [Self; 4] = [Self::Text, Self::Number, Self::Boolean, Self::Json];

    /// The word a person reads.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Json => "JSON",
        }
    }

    /// The kind that shows `value` best.
    pub fn of(value: &Value) -> Self {
        match value {
            Value::String(_) => Self::Text,
            Value::Number(_) => Self::Number,
            Value::Bool(_) => Self::Boolean,
            _ => Self::Json,
        }
    }

    /// Reads `text` as this kind.
    ///
    /// # Errors
    /// A sentence that says what would be accepted.
    pub fn parse(self, text: &str) -> Result<Value, String> {
        let json = || serde_json::from_str::<Value>(text.trim());
        match self {
            Self::Text => Ok(Value::String(text.to_owned())),
            Self::Number => match json() {
                Ok(number @ Value::Number(_)) => Ok(number),
                _ => Err("not a number: write 12, -0.5 or 1e6".to_owned()),
            },
            Self::Boolean => match text.trim() {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                _ => Err("neither true nor false: press Space to change it".to_owned()),
            },
            Self::Json => json().map_err(|error| format!("not JSON: {error}")),
        }
    }

    /// The text that [`Self::parse`] reads as `value`.
    pub fn show(value: &Value) -> String {
        match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }
}

/// One parameter while it is being edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamRow {
    /// The variable's name in the project.
    pub name: String,
    /// How `text` is to be read.
    pub kind: ParamKind,
    /// What has been typed.
    pub text: String,
}

/// The parameters of a start while they are being edited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// In the order they were added.
    pub rows: Vec<ParamRow>,
}

/// What is wrong with one row of a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowError {
    /// Index of the row.
    pub row: usize,
    /// What to do about it.
    pub reason: String,
}

/// A start that may be sent: every name is good and used once, every value is read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StartRun {
    inputs: Map<String, Value>,
}

impl StartRun {
    /// The input parameters, in the order of the form.
    pub fn inputs(&self) -> &Map<String, Value> {
        &self.inputs
    }

    /// The JSON body of the request: exactly what will be sent. Hex refuses an `inputParams`
    /// that is null, so without inputs the key is left out.
    pub fn body(&self) -> Value {
        let mut body = Map::new();
        if !self.inputs.is_empty() {
            body.insert("inputParams".to_owned(), Value::Object(self.inputs.clone()));
        }
        Value::Object(body)
    }
}

impl Draft {
    /// A draft that shows these inputs.
    pub fn from_inputs(inputs: &Map<String, Value>) -> Self {
        let row = |(name, value): (&String, &Value)| ParamRow {
            name: name.clone(),
            kind: ParamKind::of(value),
            text: ParamKind::show(value),
        };
        Self { rows: inputs.iter().map(row).collect() }
    }

    /// What is wrong with row `index`, if anything; nothing for a row that is not there.
    pub fn check(&self, index: usize) -> Option<String> {
        let row = self.rows.get(index)?;
        if let Some(reason) = name_error(&row.name) {
            return Some(reason.to_owned());
        }
        if self.rows.iter().take(index).any(|earlier| earlier.name == row.name) {
            return Some(format!("`{}` is set twice: rename one or take it out", row.name));
        }
        row.kind.parse(&row.text).err()
    }

    /// The start, if every row is good.
    ///
    /// # Errors
    /// Every reason why it cannot be started, with its row.
    pub fn finish(&self) -> Result<StartRun, Vec<RowError>> {
        let errors: Vec<_> = (0..self.rows.len())
            .filter_map(|row| Some(RowError { row, reason: self.check(row)? }))
            .collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        let inputs = self
            .rows
            .iter()
            .filter_map(|row| Some((row.name.clone(), row.kind.parse(&row.text).ok()?)))
            .collect();
        Ok(StartRun { inputs })
    }
}

/// Hex inputs are Python variables, so a name that is none cannot be one.
fn name_error(name: &str) -> Option<&'static str> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn row(name: &str, kind: ParamKind, text: &str) -> ParamRow {
        ParamRow { name: name.to_owned(), kind, text: text.to_owned() }
    }

    #[test]
    fn a_good_draft_becomes_exactly_the_body_it_shows() {
        let draft = Draft {
            rows: vec![
                row("region", ParamKind::Text, "0123"),
                row("threshold", ParamKind::Number, " 0.95 "),
                row("include_test", ParamKind::Boolean, "false"),
                row("segments", ParamKind::Json, r#"["smb","ent"]"#),
            ],
        };
        assert_eq!(
            draft.finish().unwrap().body(),
            json!({"inputParams": {
                "region": "0123", "threshold": 0.95, "include_test": false,
                "segments": ["smb", "ent"],
            }})
        );
        assert_eq!(Draft::default().finish().unwrap().body(), json!({}));
    }

    #[test]
    fn every_bad_row_is_named_with_its_reason() {
        let draft = Draft {
            rows: vec![
                row("", ParamKind::Text, ""),
                row("2x", ParamKind::Text, ""),
                row("a-b", ParamKind::Text, ""),
                row("n", ParamKind::Number, "NaN"),
                row("b", ParamKind::Boolean, "yes"),
                row("j", ParamKind::Json, "{"),
                row("ok", ParamKind::Text, ""),
                row("ok", ParamKind::Text, ""),
            ],
        };
        let rows: Vec<_> = draft.finish().unwrap_err().into_iter().map(|e| e.row).collect();
        assert_eq!(rows, [0, 1, 2, 3, 4, 5, 7]);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            (-1e9..1e9f64).prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-z]{1,4}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn showing_a_value_and_reading_it_again_is_the_identity(value in any_json()) {
            let kind = ParamKind::of(&value);
            prop_assert_eq!(kind.parse(&ParamKind::show(&value)), Ok(value));
        }

        #[test]
        fn a_body_survives_the_form(
            inputs in prop::collection::btree_map("[a-z_][a-z0-9_]{0,6}", any_json(), 0..5)
        ) {
            let inputs: Map<_, _> = inputs.into_iter().collect();
            let draft = Draft::from_inputs(&inputs);
            prop_assert_eq!(draft.finish().map(|start| start.inputs().clone()), Ok(inputs));
        }
    }
}
