//! What the validation of a request says, in the words of the library that checks it.
//!
//! Operations with errors of the old shape are checked by tsoa, the newer ones by zod; their
//! messages are those that these libraries give by default.

use std::fmt::Display;

use super::reply::Shape;

/// A number less than the least.
pub(crate) fn below(shape: Shape, least: impl Display) -> String {
    match shape {
        Shape::Old => format!("min {least}"),
        Shape::New => format!("Number must be greater than or equal to {least}"),
    }
}

/// A number more than the most.
pub(crate) fn above(shape: Shape, most: impl Display) -> String {
    match shape {
        Shape::Old => format!("max {most}"),
        Shape::New => format!("Number must be less than or equal to {most}"),
    }
}

/// Text that is no whole number within the range of its type.
pub(crate) fn no_number(shape: Shape, text: &str) -> String {
    match shape {
        Shape::Old => "invalid integer number".to_owned(),
        Shape::New if text.parse::<f64>().is_ok_and(|number| number.fract() != 0.0) => {
            "Expected integer, received float".to_owned()
        }
        Shape::New => "Expected number, received nan".to_owned(),
    }
}

/// Text that is no boolean.
pub(crate) fn no_flag(shape: Shape) -> String {
    match shape {
        Shape::Old => "invalid boolean value".to_owned(),
        Shape::New => "Expected boolean, received string".to_owned(),
    }
}

/// A word that is none of those that there are.
pub(crate) fn no_such_word(shape: Shape, words: &[&str], given: &str) -> String {
    let quoted = |between: &str| {
        let words: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
        words.join(between)
    };
    match shape {
        Shape::Old => format!("should be one of the following; [{}]", quoted(",")),
        Shape::New => {
            format!("Invalid enum value. Expected {}, received '{given}'", quoted(" | "))
        }
    }
}

/// A value of another type.
pub(crate) fn wrong_type(shape: Shape, expected: &str, given: &serde_json::Value) -> String {
    use serde_json::Value;
    match shape {
        Shape::Old => format!("invalid {expected} value"),
        Shape::New => {
            let received = match given {
                Value::Null => "null",
                Value::Bool(_) => "boolean",
                Value::Number(_) => "number",
                Value::String(_) => "string",
                Value::Array(_) => "array",
                Value::Object(_) => "object",
            };
            format!("Expected {expected}, received {received}")
        }
    }
}

/// An id that is none.
pub(crate) fn no_uuid(shape: Shape) -> String {
    match shape {
        Shape::Old => {
            "Not match in '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$'".to_owned()
        }
        Shape::New => "Invalid uuid".to_owned(),
    }
}

/// What is required and not there.
pub(crate) fn missing(shape: Shape, name: &str) -> String {
    match shape {
        Shape::Old => format!("'{name}' is required"),
        Shape::New => "Required".to_owned(),
    }
}

/// A field that the body may not have; zod takes unknown fields out.
pub(crate) fn excess(name: &str) -> String {
    format!("\"{name}\" is an excess property and therefore is not allowed")
}
