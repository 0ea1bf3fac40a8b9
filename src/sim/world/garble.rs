//! What faults do to a body that a careless client would not survive.

use serde_json::{Map, Value, json};

use crate::sim::fault::FaultName;
use crate::sim::reply::{HTML, JSON, Reply};
use crate::sim::rng::Rng;

/// Spoils the body as the fault says; other faults leave it alone.
pub(super) fn garble(reply: &mut Reply, name: FaultName, chance: &mut Rng) {
    if reply.body.is_empty() {
        return;
    }
    match name {
        FaultName::WrongType => reply.kind = Some(HTML),
        FaultName::NotJson => {
            reply.kind = Some(JSON);
            reply.body = b"upstream connect error {\"runs\": [".to_vec();
        }
        FaultName::EmptyBody => reply.body.clear(),
        FaultName::ExtraFields | FaultName::MissingFields | FaultName::UnknownEnums => {
            if let Ok(mut body) = serde_json::from_slice::<Value>(&reply.body) {
                visit(&mut body, &mut |fields| match name {
                    FaultName::ExtraFields => add_field(fields),
                    FaultName::MissingFields => drop_field(fields, chance),
                    _ => rename_enums(fields),
                });
                reply.body = body.to_string().into_bytes();
            }
        }
        _ => {}
    }
}

/// Calls `change` for the body and for each row of its list.
fn visit(body: &mut Value, change: &mut impl FnMut(&mut Map<String, Value>)) {
    let Value::Object(fields) = body else { return };
    for rows in ["runs", "values"] {
        for row in fields.get_mut(rows).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Value::Object(row) = row {
                change(row);
            }
        }
    }
    let is_list = fields.contains_key("runs") || fields.contains_key("values");
    if !is_list {
        change(fields);
    }
}

fn add_field(fields: &mut Map<String, Value>) {
    fields.insert("priority".to_owned(), json!({ "level": "P1", "history": [1, null, "two"] }));
}

/// One field of five rows goes missing.
fn drop_field(fields: &mut Map<String, Value>, chance: &mut Rng) {
    let name = fields.keys().nth(chance.below(fields.len())).cloned();
    if let Some(name) = name.filter(|_| chance.chance(0.2)) {
        fields.shift_remove(&name);
    }
}

fn rename_enums(fields: &mut Map<String, Value>) {
    for (name, new) in [
        ("status", "PAUSED"),
        ("runTrigger", "WEBHOOK"),
        ("type", "AGENT"),
        ("role", "AUDITOR"),
        ("code", "TEAPOT"),
    ] {
        if let Some(value @ Value::String(_)) = fields.get_mut(name) {
            *value = json!(new);
        }
    }
}
