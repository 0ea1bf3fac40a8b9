//! `ExportProject`: a project as `*.hex.yaml`, the one place where inputs can be discovered.

use std::fmt::Write as _;

use http::StatusCode;
use serde_json::{Value, json};

use crate::sim::project::SimProject;
use crate::sim::reply::Reply;
use crate::sim::scenario::{InputKind, InputSpec};
use crate::sim::uuid::Uuid;
use crate::sim::validation;

use super::World;
use super::ask::Ask;
use super::{cells, trigger};

impl World {
    pub(super) fn export(&self, ask: &Ask<'_>) -> Result<Reply, Reply> {
        let shape = self.newer_shape();
        let bad = |issue: &str| ask.bad(shape, issue);
        if !self.rules.answers.export {
            return Err(ask.forbidden(shape));
        }
        let fields = trigger::read_object(ask, shape)?;
        let id = fields.get("projectId").and_then(Value::as_str);
        let missing = || format!("projectId: {}", validation::missing(shape, "projectId"));
        let id = id.ok_or_else(|| bad(&missing()))?;
        let id = ask.id("projectId", id, shape)?;
        // 404 is not among the answers of this operation.
        let project = self.life.project(id).ok_or_else(|| ask.forbidden(shape))?;
        let project = self.named_project(&project.id.to_string(), shape, ask)?;
        let latest = project.version;
        let version = match fields.get("version") {
            None => json!("draft"),
            Some(version) => version.clone(),
        };
        let is_there = match &version {
            Value::String(word) if word == "draft" => true,
            Value::String(word) if word == "latest" => latest > 0,
            Value::Number(number) => {
                number.as_u64().is_some_and(|number| (1..=u64::from(latest)).contains(&number))
            }
            _ => {
                return Err(bad("version: Invalid input"));
            }
        };
        if !is_there {
            return Err(bad("the project has no such version"));
        }
        let filename = format!("{}.hex.yaml", project.spec.title);
        let body = json!({ "filename": filename, "content": yaml(project) });
        Ok(Reply::json(StatusCode::OK, &body))
    }
}

/// The project as YAML. Text is written as JSON writes it, which YAML reads as well.
fn yaml(project: &SimProject) -> String {
    let cells: Vec<_> = cells::of(project).into_iter().map(|cell| cell.static_id).collect();
    let inputs: Vec<_> = project.spec.inputs.iter().zip(cells).collect();
    let mut text = format!(
        "schemaVersion: 3\nmeta:\n  projectId: {}\n  title: {}\n  hexType: {}\ncells:\n",
        project.id,
        quoted(&project.spec.title),
        if project.spec.component { "COMPONENT" } else { "PROJECT" },
    );
    // The first input stands by itself, the others in a collapsible cell: people do both.
    let (first, rest) = inputs.split_at(inputs.len().min(1));
    for (input, id) in first {
        write_input(&mut text, input, *id, "  ");
    }
    if !rest.is_empty() {
        let id = Uuid::random(project.id.bits(), 13);
        line(&mut text, "  ", "- cellType: COLLAPSIBLE");
        line(&mut text, "    ", &format!("cellId: {id}"));
        line(&mut text, "    ", "cellLabel: \"More\"");
        line(&mut text, "    ", "config:");
        line(&mut text, "      ", "cells:");
        for (input, id) in rest {
            write_input(&mut text, input, *id, "        ");
        }
    }
    if inputs.is_empty() {
        line(&mut text, "  ", "- cellType: MARKDOWN");
        line(&mut text, "    ", "cellLabel: null");
    }
    text.push_str("appLayout:\n  fullWidth: true\n  tabs:\n    - name: \"Main\"\n      rows:");
    let shown: Vec<_> = inputs.iter().filter(|(input, _)| !input.hidden).collect();
    if shown.is_empty() {
        text.push_str(" []\n");
        return text;
    }
    text.push_str("\n        - columns:\n            - start: 0\n              end: 120\n");
    line(&mut text, "              ", "elements:");
    for (_, id) in shown {
        line(&mut text, "                ", &format!("- {{ type: CELL, cellId: {id} }}"));
    }
    text
}

fn write_input(text: &mut String, input: &InputSpec, id: Uuid, indent: &str) {
    let (input_type, output_type) = words(input.kind);
    let label = input.label.as_ref().unwrap_or(&input.name);
    let default = input.default.as_ref().unwrap_or(&Value::Null);
    let options = if input.options.is_empty() {
        "null".to_owned()
    } else {
        let values = Value::Array(input.options.clone());
        format!("{{ valueOptions: {values}, optional: false }}")
    };
    let lines = [
        "- cellType: INPUT".to_owned(),
        format!("  cellId: {id}"),
        format!("  cellLabel: {}", quoted(label)),
        "  config:".to_owned(),
        format!("    inputType: {input_type}"),
        format!("    name: {}", quoted(&input.name)),
        format!("    outputType: {output_type}"),
        format!("    options: {options}"),
        format!("    defaultValue: {default}"),
    ];
    for one in lines {
        line(text, indent, &one);
    }
}

/// `inputType` and `outputType`. Only those of text and dropdown are known; the others are made
/// up in their manner.
fn words(kind: InputKind) -> (&'static str, &'static str) {
    match kind {
        InputKind::Text => ("TEXT_INPUT", "STRING"),
        InputKind::Number => ("NUMBER_INPUT", "NUMBER"),
        InputKind::Slider => ("SLIDER", "NUMBER"),
        InputKind::Dropdown => ("DROPDOWN", "DYNAMIC"),
        InputKind::Multiselect => ("MULTISELECT", "DYNAMIC"),
        InputKind::Checkbox => ("CHECKBOX", "BOOLEAN"),
        InputKind::Date => ("DATE", "DATETIME"),
    }
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn line(text: &mut String, indent: &str, content: &str) {
    let written = writeln!(text, "{indent}{content}");
    debug_assert!(written.is_ok(), "a String takes everything");
}
