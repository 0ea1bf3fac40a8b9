//! Whether input parameters fit the project.

use http::StatusCode;
use jiff::{Timestamp, civil};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::sim::reply::{Reply, Shape};
use crate::sim::route::Style;
use crate::sim::scenario::{InputKind, InputSpec, WrongInputs};
use crate::sim::trace::Trace;

/// A value that its input cannot take.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invalid {
    param_name: String,
    /// The value as JSON text.
    param_value: String,
    data_type: &'static str,
    input_cell_type: &'static str,
}

/// What is wrong with the inputs of a start.
#[derive(Default)]
pub(super) struct Wrong {
    invalid: Vec<Invalid>,
    not_found: Vec<String>,
}

/// Compares what is given with what the project asks for. Inputs that are not on the published
/// app are ignored.
pub(super) fn check(specs: &[InputSpec], given: &Map<String, Value>) -> Wrong {
    let mut wrong = Wrong::default();
    for (name, value) in given {
        match specs.iter().find(|spec| spec.name == *name) {
            None => wrong.not_found.push(name.clone()),
            Some(spec) if spec.hidden || takes(spec, value) => {}
            Some(spec) => {
                let (data_type, input_cell_type) = words(spec.kind);
                wrong.invalid.push(Invalid {
                    param_name: name.clone(),
                    param_value: value.to_string(),
                    data_type,
                    input_cell_type,
                });
            }
        }
    }
    wrong
}

impl Wrong {
    pub(super) fn is_empty(&self) -> bool {
        self.invalid.is_empty() && self.not_found.is_empty()
    }

    /// The 422 that says so.
    pub(super) fn refusal(&self, form: WrongInputs, style: Style, trace: Trace) -> Reply {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let by_params = match form {
            WrongInputs::Params => true,
            WrongInputs::Issues => false,
            WrongInputs::ByPath => style == Style::Legacy,
        };
        if by_params {
            let Self { invalid, not_found } = self;
            return Reply::json(
                status,
                &json!({ "traceId": trace, "invalid": invalid, "notFound": not_found }),
            );
        }
        let missing = self.not_found.iter();
        let missing = missing.map(|name| format!("inputParams.{name}: there is no such input"));
        let invalid = self.invalid.iter().map(|wrong| {
            let Invalid { param_name, param_value, data_type, input_cell_type } = wrong;
            format!("inputParams.{param_name}: {param_value} is no {data_type} for a {input_cell_type} input")
        });
        let issues: Vec<_> = missing.chain(invalid).collect();
        Reply::error(Shape::New, status, &issues, trace)
    }
}

/// The type of the value and the kind of the input, as Hex calls them.
fn words(kind: InputKind) -> (&'static str, &'static str) {
    match kind {
        InputKind::Text => ("string", "text"),
        InputKind::Number => ("number", "number"),
        InputKind::Slider => ("number", "slider"),
        InputKind::Dropdown => ("string", "dropdown"),
        InputKind::Multiselect => ("array", "multiselect"),
        InputKind::Checkbox => ("boolean", "checkbox"),
        InputKind::Date => ("date", "date"),
    }
}

fn takes(spec: &InputSpec, value: &Value) -> bool {
    let offered = |value: &Value| {
        (value.is_string() || value.is_number())
            && (spec.options.is_empty() || spec.options.contains(value))
    };
    match spec.kind {
        InputKind::Text => value.is_string(),
        InputKind::Number => value.is_number(),
        InputKind::Slider => value.as_f64().is_some_and(|number| {
            spec.min.is_none_or(|min| number >= min) && spec.max.is_none_or(|max| number <= max)
        }),
        InputKind::Dropdown => offered(value),
        InputKind::Multiselect => value.as_array().is_some_and(|all| all.iter().all(offered)),
        InputKind::Checkbox => value.is_boolean(),
        InputKind::Date => value.as_str().is_some_and(|text| {
            text.parse::<civil::Date>().is_ok() || text.parse::<Timestamp>().is_ok()
        }),
    }
}
