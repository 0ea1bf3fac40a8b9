//! Inputs as JSON and as rows for people. The values of secret ones are left out.

use ratatui::text::Span;
use serde_json::{Value, json};

use crate::cli::run_rows::stamp;
use crate::cli::table::{Column, Row};
use crate::domain::ProjectId;
use crate::domain::inputs::{ParamSpec, Source};
use crate::engine::Model;

/// The columns of the table.
pub(super) const COLUMNS: &[Column] = &[
    Column::whole("NAME").at_most(60),
    Column::whole("TYPE"),
    Column::cut("DEFAULT", 7).spare(1),
    Column::cut("CHOICES", 8).spare(2),
    Column::whole("MARKS").spare(3),
    Column::cut("LABEL", 6).spare(5),
    Column::cut("KNOWN FROM", 8).spare(4),
];

/// As one object. Later versions may add keys.
pub(super) fn json(project: &ProjectId, spec: &ParamSpec, model: &Model) -> Value {
    let known = model.known_inputs(project).and_then(|known| known.exported.as_ref());
    let shown = |value: &Option<Value>| value.clone().filter(|_| !spec.secret);
    let choices = (!spec.choices.is_empty() && !spec.secret).then_some(&spec.choices);
    json!({
        "projectId": project,
        "name": spec.name,
        "label": spec.label,
        "type": spec.kind,
        "hexType": spec.hex_type,
        "default": shown(&spec.default),
        "preset": shown(&spec.preset),
        "choices": choices,
        "min": spec.min,
        "max": spec.max,
        "required": spec.required,
        "secret": spec.secret,
        "help": spec.help,
        "sources": sources(project, spec, model),
        "readTime": known.map(|exported| stamp(exported.at)),
    })
}

/// What the columns hold.
pub(super) fn cells(project: &ProjectId, spec: &ParamSpec, model: &Model) -> Row {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let given = spec.preset.as_ref().or(spec.default.as_ref()).filter(|_| !spec.secret);
    let choices = spec.choices.iter().filter(|_| !spec.secret).map(text);
    let marks = [(spec.required, "required"), (spec.secret, "secret")];
    let marks = marks.into_iter().filter_map(|(is_so, word)| is_so.then_some(word));
    let cells = [
        spec.name.clone(),
        spec.kind.word().to_owned(),
        given.map_or_else(String::new, text),
        choices.collect::<Vec<_>>().join(" | "),
        marks.collect::<Vec<_>>().join(", "),
        spec.label.clone().unwrap_or_default(),
        sources(project, spec, model).join(", "),
    ];
    cells.map(Span::raw).to_vec()
}

/// Where an input is known from: all places that name it.
fn sources(project: &ProjectId, spec: &ParamSpec, model: &Model) -> Vec<&'static str> {
    let known = model.known_inputs(project);
    let names = |specs: &[ParamSpec]| specs.iter().any(|one| one.name == spec.name);
    let exported = known.and_then(|known| known.exported.as_ref());
    let keys = spec.keys(spec.kind);
    let was_given = || {
        model
            .recent(project)
            .iter()
            .any(|body| keys.iter().any(|key| body.inputs.contains_key(key)))
    };
    let places = [
        (exported.is_some_and(|exported| names(&exported.specs)), "export"),
        (names(&model.configured_inputs(project)), "settings"),
        (known.is_some_and(|known| names(&known.taught)), "refusal"),
        (spec.source == Source::Earlier || was_given(), "history"),
    ];
    places.into_iter().filter_map(|(is_so, word)| is_so.then_some(word)).collect()
}
