//! Checks values against the contract's schemas, which `contract.json` has as data.
//!
//! As much of JSON Schema as they need: `type`, `enum`, `required`, `properties`,
//! `additionalProperties`, `items`, `minimum`, `format`, `oneOf`, `$ref` by name.

use serde_json::Value;

/// What the body of an answer has to be.
pub(crate) enum Body<'a> {
    /// A value of this schema.
    Schema(&'a str),
    /// Nothing.
    Empty,
    /// There is no such answer.
    Undocumented,
}

/// The contract: schemas by name, and which answer has which.
pub(crate) struct Contract(Value);

impl Contract {
    pub(crate) fn load() -> Self {
        Self(serde_json::from_str(include_str!("contract.json")).expect("contract.json"))
    }

    /// What is wrong with `value`, with where; nothing if it has the schema called `name`.
    pub(crate) fn fault(&self, name: &str, value: &Value) -> Option<String> {
        self.check(&self.0["schemas"][name], value).err().map(|fault| format!("{name}{fault}"))
    }

    /// What the body of such an answer has to be.
    pub(crate) fn answer(&self, call: &str, generation: &str, status: u16) -> Body<'_> {
        let call = &self.0["answers"][call];
        let answers = call.get(generation).or_else(|| call.get("any"));
        match answers.and_then(|answers| answers.get(status.to_string())) {
            None => Body::Undocumented,
            Some(Value::String(name)) => Body::Schema(name),
            Some(_) => Body::Empty,
        }
    }

    fn check(&self, schema: &Value, value: &Value) -> Result<(), String> {
        let rules = schema.as_object().ok_or("there is no such schema")?;
        for (rule, wanted) in rules {
            match rule.as_str() {
                "$ref" => {
                    let name = wanted.as_str().unwrap_or_default();
                    self.check(&self.0["schemas"][name], value)?;
                }
                "oneOf" => self.one_of(wanted, value)?,
                "type" => has_type(wanted, value)?,
                "enum" if list(wanted).contains(value) => {}
                "enum" => return Err(format!(" is {value}, none of {wanted}")),
                "minimum" if value.as_f64() < wanted.as_f64() && value.is_number() => {
                    return Err(format!(" is {value}, less than {wanted}"));
                }
                "minimum" => {}
                "format" => has_format(wanted, value)?,
                "required" => {
                    for name in list(wanted) {
                        if value.get(name.as_str().unwrap_or_default()).is_none() {
                            return Err(format!(" lacks {name}"));
                        }
                    }
                }
                "properties" => {
                    for (name, schema) in wanted.as_object().into_iter().flatten() {
                        if let Some(value) = value.get(name) {
                            self.check(schema, value).map_err(|fault| format!(".{name}{fault}"))?;
                        }
                    }
                }
                "additionalProperties" => {
                    for name in value.as_object().into_iter().flat_map(|fields| fields.keys()) {
                        if schema["properties"].get(name).is_none() {
                            return Err(format!(" has an unknown {name}"));
                        }
                    }
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(wanted, item).map_err(|fault| format!("[{index}]{fault}"))?;
                    }
                }
                other => return Err(format!(": the rule {other} is not known")),
            }
        }
        Ok(())
    }

    fn one_of(&self, schemas: &Value, value: &Value) -> Result<(), String> {
        let faults: Vec<_> =
            list(schemas).iter().filter_map(|one| self.check(one, value).err()).collect();
        let fits = list(schemas).len() - faults.len();
        if fits == 1 {
            return Ok(());
        }
        Err(format!(" fits {fits} of its alternatives ({})", faults.join("; ")))
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn has_type(wanted: &Value, value: &Value) -> Result<(), String> {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fits = |wanted: &Value| wanted == found || (wanted == "number" && found == "integer");
    if fits(wanted) || list(wanted).iter().any(fits) {
        return Ok(());
    }
    Err(format!(" is {found}, not {wanted}"))
}

fn has_format(wanted: &Value, value: &Value) -> Result<(), String> {
    let text = value.as_str().unwrap_or_default();
    let fits = match wanted.as_str() {
        Some("uuid") => {
            let groups: Vec<_> = text.split('-').map(str::len).collect();
            groups == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
        }
        Some("date-time") => text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok(),
        _ => false,
    };
    if fits { Ok(()) } else { Err(format!(" is {value}, not of the form {wanted}")) }
}

#[test]
fn the_schemas_take_every_example_of_the_contract() {
    let contract = Contract::load();
    let examples: Value = serde_json::from_str(include_str!("examples.json")).unwrap();
    for example in examples.as_array().unwrap() {
        let name = example["schema"].as_str().unwrap();
        assert_eq!(contract.fault(name, &example["body"]), None, "{example}");
    }
}

#[test]
fn the_schemas_refuse_what_is_not_quite_right() {
    let contract = Contract::load();
    let examples: Value = serde_json::from_str(include_str!("examples.json")).unwrap();
    let page = &examples[0]["body"];
    let spoiled = |change: &dyn Fn(&mut Value)| {
        let mut page = page.clone();
        change(&mut page);
        contract.fault("RunsPage", &page)
    };
    assert_eq!(spoiled(&|_| ()), None);
    for (change, fault) in [
        (
            &(|page: &mut Value| page["runs"][0]["status"] = "FAILED".into())
                as &dyn Fn(&mut Value),
            "RunsPage.runs[0].status is \"FAILED\", none of",
        ),
        (
            &|page| page["runs"][1]["projectVersion"] = 14.into(),
            "RunsPage.runs[1].projectVersion is integer, not \"string\"",
        ),
        (
            &|page| page["runs"][1]["startTime"] = "now".into(),
            "RunsPage.runs[1].startTime fits 0 of its alternatives",
        ),
        (&|page| page["more"] = true.into(), "RunsPage has an unknown more"),
        (
            &|page| drop(page.as_object_mut().unwrap().shift_remove("nextPage")),
            "RunsPage lacks \"nextPage\"",
        ),
    ] {
        let found = spoiled(change).unwrap();
        assert!(found.starts_with(fault), "{found}");
    }
}
