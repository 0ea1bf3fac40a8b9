//! Drafts in, bodies or reasons out.

use super::*;
use crate::domain::inputs::Cardinality;
use serde_json::json;

fn now() -> Zoned {
    "2026-11-24T10:00:00[UTC]".parse().unwrap()
}

fn row(name: &str, kind: ParamKind, text: &str) -> ParamRow {
    let spec = ParamSpec { kind, ..ParamSpec::named(name, Source::Added) };
    let (text, holds) = (text.to_owned(), Cardinality::One);
    ParamRow { kind, text, set: true, holds, origin: Origin::Typed, spec }
}

fn draft(rows: Vec<ParamRow>) -> Draft {
    Draft { rows, ..Draft::default() }
}

fn body(value: &Value) -> Body {
    Body::of(value).unwrap()
}

#[test]
fn a_good_draft_becomes_exactly_the_body_it_shows() {
    let draft = draft(vec![
        row("region", ParamKind::Text, "0123"),
        row("threshold", ParamKind::Number, " 0.95 "),
        row("include_test", ParamKind::Checkbox, "false"),
        row("segments", ParamKind::MultiChoice, "smb, ent"),
        row("period", ParamKind::DateRange, "-1d..today"),
    ]);
    assert_eq!(
        draft.finish(&now()).unwrap().body().to_string(),
        r#"{"inputParams":{"region":"0123","threshold":0.95,"include_test":false,"segments":["smb","ent"],"period_start":"2026-11-23","period_end":"2026-11-24"}}"#
    );
    assert_eq!(Draft::default().finish(&now()).unwrap().body(), json!({}));
}

#[test]
fn every_bad_row_is_named_with_its_reason() {
    let draft = draft(vec![
        row("", ParamKind::Text, ""),
        row("2x", ParamKind::Text, ""),
        row("a-b", ParamKind::Text, ""),
        row("n", ParamKind::Number, "NaN"),
        row("ok", ParamKind::Text, ""),
        row("ok", ParamKind::Text, ""),
        row("d", ParamKind::DateRange, "today"),
        row("d_end", ParamKind::Date, "today"),
    ]);
    let errors = draft.finish(&now()).unwrap_err();
    let rows: Vec<_> = errors.iter().map(|error| error.place).collect();
    assert_eq!(rows, [0, 1, 2, 3, 5, 7].map(Place::Row));
    assert!(errors[5].reason.contains("`d_end` is set twice"), "{errors:?}");
}

#[test]
fn what_is_not_set_is_not_sent_unless_it_is_required() {
    let spec =
        ParamSpec { default: Some(json!("emea")), ..ParamSpec::named("region", Source::Export) };
    let wanted = ParamSpec { required: true, ..ParamSpec::named("key", Source::Config) };
    let mut draft = Draft::fresh(vec![spec, wanted]);
    let errors = draft.finish(&now()).unwrap_err();
    assert_eq!(errors.iter().map(|e| e.place).collect::<Vec<_>>(), [Place::Row(1)]);
    draft.rows[1].take(&json!("k"), Origin::Typed, &now());
    assert_eq!(draft.finish(&now()).unwrap().body(), json!({"inputParams": {"key": "k"}}));
    draft.rows[1].text.clear();
    assert!(draft.finish(&now()).unwrap_err()[0].reason.contains("required"));
}

#[test]
fn the_settings_value_is_sent_and_its_words_stay_words() {
    let spec = ParamSpec {
        kind: ParamKind::Date,
        preset: Some(json!("yesterday")),
        ..ParamSpec::named("day", Source::Config)
    };
    let draft = Draft::fresh(vec![spec]);
    assert_eq!(draft.rows[0].text, "yesterday");
    assert_eq!(draft.rows[0].means(&now()).unwrap(), "2026-11-23");
    let start = draft.finish(&now()).unwrap();
    assert_eq!(start.body(), json!({"inputParams": {"day": "2026-11-23"}}));
}

#[test]
fn a_body_finds_its_rows_and_keeps_what_it_does_not_know() {
    let spec = |name: &str, kind| ParamSpec { kind, ..ParamSpec::named(name, Source::Export) };
    let mut draft = Draft::fresh(vec![
        spec("period", ParamKind::DateRange),
        spec("region", ParamKind::Choice),
        spec("untouched", ParamKind::Number),
    ]);
    let wanted = json!({"inputParams": {
        "region": 7, "period_end": "2026-01-31", "period_start": "2026-01-01", "other": null,
    }, "useCachedSqlResults": false});
    draft.take(&body(&wanted), &Origin::Last, &now());
    let shown: Vec<_> =
        draft.rows.iter().map(|r| (r.spec.name.as_str(), r.kind, r.text.as_str(), r.set)).collect();
    assert_eq!(
        shown,
        [
            ("period", ParamKind::DateRange, "2026-01-01..2026-01-31", true),
            ("region", ParamKind::Number, "7", true),
            ("untouched", ParamKind::Number, "", false),
            ("other", ParamKind::Null, "null", true),
        ]
    );
    assert_eq!(draft.finish(&now()).unwrap().body(), wanted);
    draft.take(&body(&json!({})), &Origin::Last, &now());
    assert_eq!((draft.rows.len(), draft.set_rows()), (3, 0));
}

#[test]
fn what_is_written_as_json_changes_only_what_was_changed() {
    let mut draft = draft(vec![
        row("day", ParamKind::Date, "yesterday"),
        row("key", ParamKind::Text, "hunter2"),
        row("n", ParamKind::Number, "many"),
    ]);
    draft.rows[1].spec.secret = true;
    let text = draft.to_json(&now());
    assert_eq!(
        serde_json::from_str::<Value>(&text).unwrap(),
        json!({"inputParams": {"day": "2026-11-23", "key": MASK, "n": "many"}})
    );
    let written = text.replace("\"many\"", "7").replace("}\n}", "},\"viewId\": \"v\"}");
    draft.rewrite(&Body::parse(&written).unwrap(), &now());
    let shown: Vec<_> = draft.rows.iter().map(|r| (r.text.as_str(), r.kind)).collect();
    assert_eq!(
        shown,
        [("yesterday", ParamKind::Date), ("hunter2", ParamKind::Text), ("7", ParamKind::Number)]
    );
    assert_eq!(draft.options.view.as_deref(), Some("v"));
}

#[test]
fn what_hex_refuses_or_ignores_together_cannot_be_finished() {
    for (options, place) in [
        (RunOptions { view: Some("v".to_owned()), ..RunOptions::default() }, Place::View),
        (RunOptions { update_published: Some(true), ..RunOptions::default() }, Place::Published),
    ] {
        let mut draft = draft(vec![row("a", ParamKind::Text, "b")]);
        draft.options = options;
        let errors = draft.finish(&now()).unwrap_err();
        assert_eq!(errors.iter().map(|e| e.place).collect::<Vec<_>>(), [place]);
        draft.rows.clear();
        assert!(draft.finish(&now()).is_ok());
    }
}

fn several(name: &str, kind: ParamKind, text: &str) -> ParamRow {
    ParamRow { holds: Cardinality::Several, ..row(name, kind, text) }
}

#[test]
fn rows_that_hold_several_multiply_and_the_last_changes_first() {
    let draft = draft(vec![
        several("region", ParamKind::Text, "emea, amer"),
        row("note", ParamKind::Text, "x"),
        several("n", ParamKind::Number, "1..2"),
    ]);
    let starts = draft.finish_all(&now()).unwrap();
    let bodies: Vec<_> = starts.iter().map(|start| start.body().to_string()).collect();
    let body = |region: &str, n: u8| {
        format!(r#"{{"inputParams":{{"region":"{region}","note":"x","n":{n}}}}}"#)
    };
    assert_eq!(bodies, [body("emea", 1), body("emea", 2), body("amer", 1), body("amer", 2)]);
    assert_eq!((starts.count(), starts.nth(4)), (4, None));
    assert_eq!(starts.last().body().to_string(), body("amer", 2));
}

#[test]
fn too_many_or_bad_values_stand_at_their_row() {
    let hundred = |name: &str| several(name, ParamKind::Number, "1..100");
    let mut draft = draft(vec![hundred("a"), row("b", ParamKind::Text, ""), hundred("c")]);
    let errors = draft.finish_all(&now()).unwrap_err();
    assert_eq!(errors[0].place, Place::Row(2));
    assert!(errors[0].reason.contains("10000 starts"), "{errors:?}");
    draft.rows[0].text = "1, x".to_owned();
    assert_eq!(draft.finish_all(&now()).unwrap_err()[0].place, Place::Row(0));
    draft.rows[0].set = false;
    assert_eq!(draft.finish_all(&now()).unwrap().count(), 100);
}

#[test]
fn the_editor_leaves_what_holds_several_as_it_was() {
    let mut draft = draft(vec![
        several("n", ParamKind::Number, "1..3"),
        row("day", ParamKind::Date, "yesterday"),
    ]);
    let before = draft.clone();
    let text = draft.to_json(&now());
    draft.rewrite(&Body::parse(&text).unwrap(), &now());
    assert_eq!(draft, before);
    assert_eq!(draft.preset().rows[0].holds, Cardinality::Several);
    let mut other = Draft::default();
    other.load("p", &draft.preset());
    assert_eq!(other.finish_all(&now()).unwrap().count(), 3);
}

#[test]
fn a_text_that_is_too_long_for_its_type_is_refused_without_being_read() {
    for kind in ParamKind::ALL {
        let draft = draft(vec![row("a", kind, &"1".repeat(1_000_000))]);
        let reason = draft.check(0, &now());
        match kind {
            ParamKind::Text | ParamKind::Choice | ParamKind::MultiChoice => {
                assert_eq!(reason, None, "{kind:?}");
            }
            ParamKind::Json => assert!(reason.unwrap().contains("exactly")),
            _ => assert!(reason.unwrap().starts_with("too long for the type"), "{kind:?}"),
        }
    }
    let blanks = format!("{}today", " ".repeat(5000));
    assert_eq!(draft(vec![row("a", ParamKind::Date, &blanks)]).check(0, &now()), None);
}
