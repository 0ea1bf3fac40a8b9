use serde_json::json;

use super::*;
use crate::domain::inputs::{Cardinality, PresetRow};

fn now() -> Zoned {
    "2026-11-24T10:00:00[UTC]".parse().unwrap()
}

fn spec(name: &str, kind: ParamKind) -> ParamSpec {
    ParamSpec { kind, ..ParamSpec::named(name, Source::Export) }
}

fn specs() -> Vec<ParamSpec> {
    vec![
        spec("day", ParamKind::Date),
        spec("threshold", ParamKind::Number),
        spec("span", ParamKind::DateRange),
        ParamSpec { secret: true, ..spec("key", ParamKind::Text) },
        spec("flag", ParamKind::Checkbox),
        spec("nothing", ParamKind::Null),
    ]
}

fn order(texts: &[(&str, &str)]) -> StartArgs {
    let texts = texts.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect();
    StartArgs { texts, ..StartArgs::default() }
}

fn fill(order: &StartArgs) -> Result<Value, Vec<String>> {
    let inputs =
        KnownInputs { specs: specs(), presets: Vec::new(), earlier: None, server: Server::Current };
    order.fill(inputs, &now()).map(|start| start.body())
}

#[test]
fn text_is_read_by_the_inputs_type_and_stays_text_where_that_is_unknown() {
    let given = order(&[("day", "yesterday"), ("threshold", "0.5"), ("zip", "0123")]);
    let expected = json!({"inputParams": {"day": "2026-11-23", "threshold": 0.5, "zip": "0123"}});
    assert_eq!(fill(&given), Ok(expected));
    let range = order(&[("span", "-1d..today")]);
    let expected = json!({"inputParams": {"span_start": "2026-11-23", "span_end": "2026-11-24"}});
    assert_eq!(fill(&range), Ok(expected));
    assert_eq!(given.strangers(&specs()), ["zip"]);
    assert!(given.has_unknown(&specs()) && !range.has_unknown(&specs()));
    assert_eq!(fill(&StartArgs::default()), Ok(json!({})), "nothing given is nothing sent");
}

#[test]
fn json_is_sent_as_it_is_and_later_words_go_over_earlier_ones() {
    let mut given = order(&[("threshold", "3")]);
    given.values = json!({"threshold": "high", "list": [1, null]}).as_object().unwrap().clone();
    let expected = json!({"inputParams": {"threshold": 3, "list": [1, null]}});
    assert_eq!(fill(&given), Ok(expected));
}

#[test]
fn every_mistake_is_named_with_its_input() {
    let mistakes = fill(&order(&[("day", "soon"), ("threshold", "high")])).unwrap_err();
    assert!(mistakes[0].starts_with("day: no date"), "{mistakes:?}");
    assert!(mistakes[1].starts_with("threshold: "), "{mistakes:?}");
    let view = StartArgs { view: Some("v".to_owned()), ..order(&[("day", "today")]) };
    assert!(fill(&view).unwrap_err()[0].starts_with("--view: a saved view brings"));
    let publish = StartArgs { update_published: true, ..order(&[("day", "today")]) };
    assert!(fill(&publish).unwrap_err()[0].starts_with("--update-published: "));
}

#[test]
fn a_mistake_is_explained_by_what_is_typed_on_a_command_line_and_no_key() {
    let wrong = |name, text| fill(&order(&[(name, text)])).unwrap_err().join(" ");
    assert_eq!(
        wrong("flag", "yes"),
        "flag: `yes` is neither true nor false: give -p flag=true or -p flag=false"
    );
    for (name, text) in [
        ("flag", ""),
        ("nothing", "0"),
        ("key", ""),
        ("day", "someday"),
        ("span", "someday"),
        ("threshold", "high"),
    ] {
        let reason = wrong(name, text);
        for key in ["press", "ctrl-", "Space", "another type", "type it"] {
            assert!(!reason.contains(key), "{name}={text}: {reason}");
        }
    }
    assert_eq!(fill(&order(&[("flag", "true")])), Ok(json!({"inputParams": {"flag": true}})));
}

#[test]
fn options_are_sent_as_the_server_knows_them() {
    let both = StartArgs { fresh_sql: true, update_published: true, ..StartArgs::default() };
    let expected = json!({"updatePublishedResults": true, "useCachedSqlResults": false});
    assert_eq!(fill(&both), Ok(expected));
    let old = |order: &StartArgs| {
        let (specs, presets) = (specs(), Vec::new());
        let inputs = KnownInputs { specs, presets, earlier: None, server: Server::Old };
        order.fill(inputs, &now()).map(|start| start.body())
    };
    assert_eq!(old(&both), Ok(json!({"updateCache": true})));
    let one = StartArgs { fresh_sql: true, ..StartArgs::default() };
    assert!(old(&one).unwrap_err()[0].contains("both together"));
    let preset = Some(json!("x"));
    let always = ParamSpec { preset, ..ParamSpec::named("always", Source::Config) };
    let inputs = KnownInputs {
        specs: vec![always],
        presets: vec![],
        earlier: None,
        server: Server::Current,
    };
    let body = both.fill(inputs, &now()).unwrap().body();
    assert_eq!(body.get("inputParams"), None, "the settings' inputs give way");
}

#[test]
fn a_preset_is_found_by_its_name_or_the_others_are_named() {
    let rows = vec![PresetRow {
        name: "day".to_owned(),
        kind: ParamKind::Date,
        text: "yesterday".to_owned(),
        holds: Cardinality::One,
    }];
    let (name, preset) = ("morning".to_owned(), Preset { rows, ..Preset::default() });
    let with = |order: &StartArgs| {
        let presets = vec![(&name, &preset)];
        let inputs =
            KnownInputs { specs: specs(), presets, earlier: None, server: Server::Current };
        order.fill(inputs, &now()).map(|start| start.body())
    };
    let mut given = StartArgs { preset: Some("morning".to_owned()), ..StartArgs::default() };
    assert_eq!(with(&given), Ok(json!({"inputParams": {"day": "2026-11-23"}})));
    let accented = ("caf\u{e9}".to_owned(), preset.clone());
    let inputs = KnownInputs {
        specs: vec![spec("n\u{e9}", ParamKind::Number), spec("day", ParamKind::Date)],
        presets: vec![(&accented.0, &accented.1)],
        earlier: None,
        server: Server::Current,
    };
    let decomposed =
        StartArgs { preset: Some("cafe\u{301}".to_owned()), ..order(&[("ne\u{301}", "1")]) };
    let body = decomposed.fill(inputs, &now()).unwrap().body();
    let expected = json!({"inputParams": {"n\u{e9}": 1, "day": "2026-11-23"}});
    assert_eq!(body, expected, "in any normal form");
    given.texts = vec![("day".to_owned(), "today".to_owned())];
    assert_eq!(with(&given), Ok(json!({"inputParams": {"day": "2026-11-24"}})));
    given.texts.clear();
    let mut sweep = preset.clone();
    (sweep.rows[0].text, sweep.rows[0].holds) = ("-2d..today".to_owned(), Cardinality::Several);
    let presets = vec![(&name, &sweep)];
    let inputs = KnownInputs { specs: specs(), presets, earlier: None, server: Server::Current };
    let refused = given.fill(inputs, &now()).unwrap_err();
    assert!(refused[0].contains("a sweep of 3 starts"), "{refused:?}");
    given.preset = Some("evening".to_owned());
    assert!(with(&given).unwrap_err()[0].contains("the project has morning"));
}

#[test]
fn a_start_is_repeated_with_changes_but_its_secrets_must_be_given_again() {
    let body =
        json!({"inputParams": {"threshold": 1, "day": "2026-01-01"}, "useCachedSqlResults": false});
    let secrets = BTreeSet::from(["key".to_owned()]);
    let again = |order: &StartArgs| {
        let earlier = Some((&body, &secrets));
        let inputs =
            KnownInputs { specs: specs(), presets: vec![], earlier, server: Server::Current };
        order.fill(inputs, &now())
    };
    let refused = again(&order(&[("threshold", "2")])).unwrap_err();
    assert!(refused[0].contains("-p key="), "{refused:?}");
    let start = again(&order(&[("threshold", "2"), ("key", "hunter2")])).unwrap();
    assert_eq!(
        start.body(),
        json!({
            "inputParams": {"day": "2026-01-01", "threshold": 2, "key": "hunter2"},
            "useCachedSqlResults": false,
        })
    );
    assert!(start.secrets().contains("key"));
}
