//! Whether input parameters fit the project.

use http::StatusCode;
use jiff::{Timestamp, civil};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::sim::reply::{Reply, Shape};
use crate::sim::route::Style;
use crate::sim::scenario::{Answers, Era, InputKind, InputSpec, WrongInputs};
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
    /// What is wrong with it, for the newer form.
    #[serde(skip)]
    why: String,
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
            Some(spec) if spec.hidden => {}
            Some(spec) => {
                let (data_type, input_cell_type) = words(spec.kind);
                wrong.invalid.extend(fault(spec, value).map(|why| Invalid {
                    param_name: name.clone(),
                    param_value: value.to_string(),
                    data_type,
                    input_cell_type,
                    why,
                }));
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
    pub(super) fn refusal(&self, answers: &Answers, style: Style, trace: Trace) -> Reply {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let by_params = match answers.wrong_inputs {
            WrongInputs::Params => true,
            WrongInputs::Issues => false,
            WrongInputs::ByPath => style == Style::Legacy || answers.era != Era::Now,
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
        let invalid = self.invalid.iter();
        let invalid =
            invalid.map(|wrong| format!("inputParams.{}: {}", wrong.param_name, wrong.why));
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

/// Why an input does not take a value; nothing if it does.
fn fault(spec: &InputSpec, value: &Value) -> Option<String> {
    let (data_type, cell_type) = words(spec.kind);
    let wrong_type = || format!("{value} is no {data_type} for a {cell_type} input");
    let not_offered = |value: &Value| {
        if !value.is_string() && !value.is_number() {
            return Some(wrong_type());
        }
        let is_offered = spec.options.is_empty() || spec.options.contains(value);
        (!is_offered).then(|| format!("{value} is not one of the options"))
    };
    let is_good = match spec.kind {
        InputKind::Text => value.is_string(),
        InputKind::Number => value.is_number(),
        InputKind::Slider => {
            return out_of_range(spec, value).or_else(|| (!value.is_number()).then(wrong_type));
        }
        InputKind::Dropdown => return not_offered(value),
        InputKind::Multiselect => match value.as_array() {
            Some(all) => return all.iter().find_map(not_offered),
            None => false,
        },
        InputKind::Checkbox => value.is_boolean(),
        InputKind::Date => value.as_str().is_some_and(|text| {
            text.parse::<civil::Date>().is_ok() || text.parse::<Timestamp>().is_ok()
        }),
    };
    (!is_good).then(wrong_type)
}

/// That a number is beyond an end of its slider.
fn out_of_range(spec: &InputSpec, value: &Value) -> Option<String> {
    let number = value.as_f64()?;
    let above = spec.max.filter(|max| number > *max);
    let below = spec.min.filter(|min| number < *min);
    above
        .map(|max| format!("{value} is above the maximum {max}"))
        .or_else(|| below.map(|min| format!("{value} is below the minimum {min}")))
}
