//! What holds for every draft and every body.

use jiff::{Timestamp, Zoned};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
        "20[0-9]{2}-[01][0-9]-[0-3][0-9]".prop_map(Value::from),
        prop::sample::select(vec!["today", "-7d", "true", "null", "[1]", "7"])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,4}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn inputs() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::btree_map("[a-c]_?(start|end)?|[a-z_][a-z0-9_]{0,4}", any_json(), 0..6)
        .prop_map(|map| map.into_iter().collect())
}

fn any_kind() -> impl Strategy<Value = ParamKind> {
    prop::sample::select(ParamKind::ALL.to_vec())
}

fn spec(name: &str, kind: ParamKind) -> ParamSpec {
    ParamSpec { kind, ..ParamSpec::named(name, Source::Export) }
}

fn now() -> Zoned {
    Timestamp::from_second(1_792_483_200).unwrap().in_tz("Europe/Berlin").unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(256)))]

    #[test]
    fn a_body_survives_the_form_whatever_types_its_parameters_have(
        inputs in inputs(),
        kinds in prop::collection::vec(("[a-c]|[a-z]_start", any_kind()), 0..5),
        cached in any::<Option<bool>>(),
        published in prop::sample::select(vec![None, Some(false)]),
    ) {
        let mut body = json!({});
        if !inputs.is_empty() {
            body["inputParams"] = Value::Object(inputs);
        }
        if let Some(published) = published {
            body["updatePublishedResults"] = published.into();
        }
        if let Some(cached) = cached {
            body["useCachedSqlResults"] = cached.into();
        }
        let mut specs: Vec<ParamSpec> = Vec::new();
        for (name, kind) in kinds {
            if !specs.iter().any(|spec| spec.name == name) {
                specs.push(spec(&name, kind));
            }
        }
        let mut draft = Draft::fresh(specs);
        draft.take(&Body::of(&body).unwrap(), &Origin::Earlier, &now());
        prop_assert_eq!(draft.finish(&now()).map(|start| start.body()), Ok(body.clone()));
        let text = serde_json::to_string_pretty(&body).unwrap();
        prop_assert_eq!(Body::parse(&text), Body::of(&body).map_err(|_| unreachable!()));
    }

    #[test]
    fn a_draft_becomes_a_body_that_is_good_or_says_where_it_is_not(
        rows in prop::collection::vec(("[a-c]{0,2}|[a-z -]{1,4}", any_kind(), ".{0,12}|-[0-9]d|[a-z, ]{0,8}", any::<bool>()), 0..5),
        view in any::<bool>(),
        published in any::<Option<bool>>(),
    ) {
        let mut draft = Draft::default();
        for (name, kind, text, set) in rows {
            let mut row = ParamRow::fresh(spec(&name, kind));
            (row.text, row.set) = (text, set);
            draft.rows.push(row);
        }
        draft.options.view = view.then(|| "v".to_owned());
        draft.options.update_published = published;
        match draft.finish(&now()) {
            Ok(start) => {
                let body = start.body();
                let read = Body::of(&body).unwrap();
                prop_assert_eq!(&read.inputs, start.inputs());
                let is_empty = body.get("inputParams").is_some_and(|inputs| *inputs == json!({}));
                prop_assert!(!is_empty, "an empty object is left out");
                prop_assert!(start.inputs().is_empty() || !(view || published == Some(true)));
            }
            Err(errors) => {
                prop_assert!(!errors.is_empty());
                for error in errors {
                    prop_assert!(!error.reason.is_empty());
                    if let Place::Row(row) = error.place {
                        prop_assert!(row < draft.rows.len());
                    }
                }
            }
        }
    }
}
