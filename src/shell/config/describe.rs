//! What the settings' type tells of them: their schema, the commented file with all defaults, and the
//! table of the manual.

use std::fmt::Write as _;

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::settings::Config;

/// Columns of the commented file.
const WIDTH: usize = 110;

/// One setting as its type describes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// Its name in the file.
    pub name: String,
    /// What it says, and examples between lines of three backticks.
    pub description: String,
    /// Its JSON Schema.
    pub schema: Value,
    /// Whether its value is a text, which needs no quotes in the environment.
    pub is_text: bool,
    /// Whether it is about one workspace, so that each profile says it for itself.
    pub is_of_workspace: bool,
}

/// All settings, in the order of the file.
pub fn properties() -> Vec<Property> {
    let schema = of_type();
    let all = schema.get("properties").and_then(Value::as_object);
    let all = all.into_iter().flatten();
    all.map(|(name, schema)| Property {
        name: name.clone(),
        description: text(schema, "description"),
        is_text: is_text(schema),
        is_of_workspace: text(schema, "x-of") == "workspace",
        schema: schema.clone(),
    })
    .collect()
}

fn text(of: &Value, key: &str) -> String {
    of.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Texts and enumerations of texts.
fn is_text(schema: &Value) -> bool {
    let is_of_texts = |variants: &Vec<Value>| variants.iter().all(is_text);
    text(schema, "type") == "string"
        || schema.get("enum").is_some()
        || schema.get("const").is_some_and(Value::is_string)
        || schema.get("oneOf").and_then(Value::as_array).is_some_and(is_of_texts)
}

fn of_type() -> Value {
    let settings = SchemaSettings::draft07().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<Config>().to_value()
}

/// The JSON Schema of the settings file, draft 7, which is what editors of TOML read.
pub fn schema() -> Value {
    let mut schema = of_type();
    let Some(root) = schema.as_object_mut() else { return schema };
    root.insert("title".to_owned(), json!("hextop settings"));
    let Some(Value::Object(properties)) = root.get_mut("properties") else { return schema };
    let of_profile: Map<_, _> = properties
        .iter()
        .filter(|(name, _)| *name != "profile")
        .map(|(name, _)| (name.clone(), json!({ "$ref": format!("#/properties/{name}") })))
        .collect();
    let profiles = json!({
        "description": "Workspaces by their names, each with the settings that differ there.",
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "properties": of_profile,
            "additionalProperties": false,
        },
    });
    properties.insert("profiles".to_owned(), profiles);
    schema
}

/// The settings file with every setting, its default and its explanation.
pub fn commented_file() -> String {
    let mut out = "# hextop's settings. Every one is here with its default; copy what you want to change.\n# \
                   The file is read from the path that `hextop --help` names, or from --config FILE.\n"
        .to_owned();
    let defaults = serde_json::to_value(Config::default()).unwrap_or_default();
    for property in properties() {
        out.push('\n');
        for line in comment(&property.description) {
            let _ = writeln!(out, "{}", format!("# {line}").trim_end());
        }
        let value = defaults.get(&property.name).map(toml_text).unwrap_or_default();
        let _ = writeln!(out, "{} = {value}", property.name);
    }
    out
}

/// A value as TOML in one line. What is null is left out of a table: TOML has no null.
pub fn toml_text(value: &Value) -> String {
    toml::Value::try_from(without_nulls(value)).map(|value| value.to_string()).unwrap_or_default()
}

fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields.iter().filter(|(_, value)| !value.is_null());
            kept.map(|(name, value)| (name.clone(), without_nulls(value))).collect()
        }
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        value => value.clone(),
    }
}

/// A description as lines: paragraphs wrapped, examples as they stand and further to the right.
fn comment(description: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut paragraph = String::new();
    let mut is_example = false;
    let flush = |paragraph: &mut String, lines: &mut Vec<String>| {
        lines.extend(wrapped(&std::mem::take(paragraph)));
    };
    for line in description.lines() {
        if line.starts_with("```") {
            flush(&mut paragraph, &mut lines);
            is_example = !is_example;
        } else if is_example {
            lines.push(format!("  {line}").trim_end().to_owned());
        } else if line.is_empty() {
            flush(&mut paragraph, &mut lines);
            lines.push(String::new());
        } else {
            paragraph.push_str(line);
            paragraph.push(' ');
        }
    }
    flush(&mut paragraph, &mut lines);
    lines
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + 1 + word.len() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}

/// The manual's table: each setting, and the first paragraph of what it says.
pub fn table() -> String {
    let mut out = "| setting | what it says |\n|---|---|\n".to_owned();
    for property in properties() {
        let first = property.description.split("\n\n").next().unwrap_or_default();
        let first = first.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
        let _ = writeln!(out, "| `{}` | {first} |", property.name);
    }
    out
}
