//! The inputs of a published app, from its export: YAML inside JSON.
//!
//! The YAML is a project's and may be anything, so its size and depth are bounded. Only inputs
//! that the app's layout shows can be set, so only those are taken; types that are not known are
//! texts with Hex's name for them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::fields;
use crate::domain::ParamKind;
use crate::domain::inputs::{ParamSpec, Source};

/// The largest export that is read: the code of all cells is in it.
const LARGEST: usize = 8 * 1024 * 1024;
/// How deep it may nest; collapsible cells in each other are its deepest part.
const DEEPEST: usize = 64;
/// The most inputs that are taken from one app.
const MOST_INPUTS: usize = 500;
/// The most choices that are taken for one input.
const MOST_CHOICES: usize = 2000;
/// Bytes of a choice or a default: a longer one is left out, because it may only be sent whole. A
/// default that is not known is still the app's.
const LONGEST_VALUE: usize = 10_000;

/// Reads the reply to an export.
pub(super) fn inputs(body: &Value) -> Result<Vec<ParamSpec>, String> {
    let content = fields::raw(body, "content").ok_or("no content in it")?;
    if content.len() > LARGEST {
        return Err(format!("an export of {} MiB, which is too large", content.len() >> 20));
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_depth: DEEPEST, max_documents: 1, max_anchors: 1000 },
    };
    let document: Value = serde_saphyr::from_str_with_options(content, options)
        .map_err(|_| "its content is no YAML that can be read".to_owned())?;
    let Some(cells) = fields::list(&document, "cells") else {
        return Err("no cells in it".to_owned());
    };
    let mut found = Vec::new();
    collect(cells, &mut found);
    let shown = placed(fields::at(&document, "appLayout"));
    found.retain(|(id, _)| shown.contains(id.as_str()));
    found.truncate(MOST_INPUTS);
    Ok(found.into_iter().map(|(_, spec)| spec).collect())
}

/// All inputs among these cells and those inside them, with their ids.
fn collect(cells: &[Value], found: &mut Vec<(String, ParamSpec)>) {
    for cell in cells {
        let config = fields::at(cell, "config");
        if let Some(inner) = fields::list(config, "cells") {
            collect(inner, found);
        }
        let is_input = fields::text(cell, "cellType").as_deref() == Some("INPUT");
        if let (true, Some(id)) = (is_input, fields::raw(cell, "cellId").map(str::to_owned))
            && let Some(spec) = input(cell, config)
            && !found.iter().any(|(_, known)| known.name == spec.name)
        {
            found.push((id, spec));
        }
    }
}

/// Ids of the cells that a layout shows, wherever in it they stand.
fn placed(layout: &Value) -> BTreeSet<&str> {
    let mut ids = BTreeSet::new();
    let mut open = vec![layout];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(entries) => {
                ids.extend(entries.get("cellId").and_then(Value::as_str));
                open.extend(entries.values());
            }
            _ => {}
        }
    }
    ids
}

fn input(cell: &Value, config: &Value) -> Option<ParamSpec> {
    // It is the key of its value in a request.
    let name = fields::exact(config, "name")?;
    let input = fields::text(config, "inputType").unwrap_or_default();
    // A button has no value.
    if input.contains("BUTTON") {
        return None;
    }
    let output = fields::text(config, "outputType").unwrap_or_default();
    let (kind, certain) = kind(&input, &output);
    let options = fields::at(config, "options");
    let choices = fields::list(options, "valueOptions").unwrap_or_default();
    Some(ParamSpec {
        kind,
        hex_type: (!certain && !input.is_empty()).then_some(input),
        label: fields::text(cell, "cellLabel").filter(|label| *label != name),
        default: config
            .get("defaultValue")
            .filter(|value| !value.is_null() && is_short(value))
            .cloned(),
        choices: choices
            .iter()
            .filter(|choice| (choice.is_string() || choice.is_number()) && is_short(choice))
            .take(MOST_CHOICES)
            .cloned()
            .collect(),
        ..ParamSpec::named(name, Source::Export)
    })
}

fn is_short(value: &Value) -> bool {
    match value {
        Value::String(text) => text.len() <= LONGEST_VALUE,
        Value::Array(_) | Value::Object(_) => value.to_string().len() <= LONGEST_VALUE,
        Value::Null | Value::Bool(_) | Value::Number(_) => true,
    }
}

/// Words that tell a type, the more telling first.
const WORDS: [(&str, ParamKind); 9] = [
    ("RANGE", ParamKind::DateRange),
    ("MULTI", ParamKind::MultiChoice),
    ("DROPDOWN", ParamKind::Choice),
    ("CHECKBOX", ParamKind::Checkbox),
    ("TOGGLE", ParamKind::Checkbox),
    ("BOOL", ParamKind::Checkbox),
    ("SLIDER", ParamKind::Number),
    ("NUMBER", ParamKind::Number),
    ("DATE", ParamKind::Date),
];

/// The type for Hex's two words, and whether it is certain. Only texts and dropdowns are
/// documented; for the others the words are guessed at, and a person can choose another type.
fn kind(input: &str, output: &str) -> (ParamKind, bool) {
    match (input, output) {
        ("TEXT_INPUT", "STRING") => return (ParamKind::Text, true),
        ("DROPDOWN", _) => return (ParamKind::Choice, true),
        _ => {}
    }
    let both = format!("{input} {output}").to_uppercase();
    let known = WORDS.iter().find(|(word, kind)| {
        // A slider may have a range too, but not of dates.
        both.contains(word) && (*kind != ParamKind::DateRange || both.contains("DATE"))
    });
    (known.map_or(ParamKind::Text, |(_, kind)| *kind), false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn export(content: &str) -> Result<Vec<ParamSpec>, String> {
        inputs(&json!({ "filename": "x.hex.yaml", "content": content }))
    }

    /// The example of hex-api §11.7, with the second input placed too, and others beside it.
    const CONTENT: &str = "schemaVersion: 3
cells:
  - cellType: INPUT
    cellId: one
    cellLabel: Region
    config: { inputType: TEXT_INPUT, name: region, outputType: STRING, options: null, defaultValue: emea }
  - cellType: COLLAPSIBLE
    cellId: box
    config:
      cells:
        - cellType: COLLAPSIBLE
          cellId: inner
          config:
            cells:
              - cellType: INPUT
                cellId: two
                cellLabel: segment
                config:
                  inputType: DROPDOWN
                  name: segment
                  outputType: DYNAMIC
                  options: { valueOptions: { dfName: segment_options, variableName: null }, optional: false }
                  defaultValue: null
  - { cellType: INPUT, cellId: three, config: { inputType: HOLOGRAM, name: odd } }
  - { cellType: INPUT, cellId: four, config: { inputType: NUMBER_INPUT, name: hidden } }
  - { cellType: INPUT, cellId: five, config: { inputType: RUN_BUTTON, name: go } }
  - { cellType: INPUT, cellId: six, config: { inputType: MULTISELECT, name: some, options: { valueOptions: [a, 1, {}] } } }
  - { cellType: CODE, cellId: seven, config: { name: no_input } }
appLayout:
  tabs:
    - rows: [ { columns: [ { elements: [ { type: CELL, cellId: one }, { type: CELL, cellId: two },
        { type: CELL, cellId: three }, { type: CELL, cellId: five }, { type: CELL, cellId: six }, { type: CELL, cellId: seven } ] } ] } ]
";

    #[test]
    fn inputs_on_the_app_are_found_in_collapsible_cells_too() {
        let named = |name: &str| ParamSpec::named(name, Source::Export);
        let expected = [
            ParamSpec {
                label: Some("Region".to_owned()),
                default: Some(json!("emea")),
                ..named("region")
            },
            ParamSpec { kind: ParamKind::Choice, ..named("segment") },
            ParamSpec { hex_type: Some("HOLOGRAM".to_owned()), ..named("odd") },
            ParamSpec {
                kind: ParamKind::MultiChoice,
                hex_type: Some("MULTISELECT".to_owned()),
                choices: vec![json!("a"), json!(1)],
                ..named("some")
            },
        ];
        assert_eq!(export(CONTENT), Ok(expected.to_vec()));
    }

    #[test]
    fn what_is_far_too_long_or_cannot_be_a_name_costs_only_itself() {
        let long = "x".repeat(LONGEST_VALUE + 1);
        let input = |name: &str, rest: &str| {
            format!(
                "  - {{ cellType: INPUT, cellId: a, cellLabel: \"b\\e[2J{long}\", \
                 config: {{ inputType: DROPDOWN, name: \"{name}\", {rest} }} }}\n"
            )
        };
        let content = format!(
            "cells:\n{}{}{}appLayout: [{{ cellId: a }}]\n",
            input(
                "good",
                &format!("options: {{ valueOptions: [a, {long}, b] }}, defaultValue: {long}")
            ),
            input("bad\\e[2J", "defaultValue: a"),
            input(&long, "defaultValue: a"),
        );
        let [spec] = <[ParamSpec; 1]>::try_from(export(&content).unwrap()).unwrap();
        assert_eq!((spec.name.as_str(), spec.default), ("good", None));
        assert_eq!(spec.choices, [json!("a"), json!("b")]);
        let label = spec.label.unwrap();
        assert!(label.starts_with("b·[2Jx") && label.chars().count() == 1_000, "{label:.20}");
    }

    #[test]
    fn the_words_of_inputs_are_guessed_at_and_the_rest_is_text() {
        for (input, output, expected) in [
            ("SLIDER", "NUMBER", ParamKind::Number),
            ("SLIDER_RANGE", "DYNAMIC", ParamKind::Number),
            ("CHECKBOX", "BOOLEAN", ParamKind::Checkbox),
            ("DATE_RANGE", "DATETIME", ParamKind::DateRange),
            ("DATE", "DATETIME", ParamKind::Date),
            ("MULTISELECT_DROPDOWN", "DYNAMIC", ParamKind::MultiChoice),
            ("", "", ParamKind::Text),
            ("FILE_UPLOAD", "FILE", ParamKind::Text),
        ] {
            assert_eq!(kind(input, output), (expected, false), "{input}");
        }
    }

    #[test]
    fn what_is_too_deep_too_large_or_no_project_is_refused() {
        let deep = format!("cells: {}{}\n", "[".repeat(200), "]".repeat(200));
        let bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\nf: &f [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e]\ng: [*f, *f, *f, *f, *f, *f, *f, *f, *f, *f]\ncells: []\n";
        for (content, part) in [
            (deep.as_str(), "no YAML"),
            (bomb, "no YAML"),
            ("cells: [", "no YAML"),
            ("just text", "no cells"),
            ("- a\n- b", "no cells"),
        ] {
            let reason = export(content).unwrap_err();
            assert!(reason.contains(part), "{content:.40}: {reason}");
        }
        let large = format!("cells: []\n# {}", "x".repeat(LARGEST));
        assert!(export(&large).unwrap_err().contains("too large"));
        assert_eq!(inputs(&json!({})), Err("no content in it".to_owned()));
        assert_eq!(export("cells: []"), Ok(Vec::new()));
    }
}
