//! The trigger form against the simulated workspace, in virtual time: where its inputs come from,
//! what happens while one types, and that what is shown is what is sent.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

#[path = "form/sweeps.rs"]
mod sweeps;

use std::time::Duration;

use hextop::api::{Call, PathStyle};
use hextop::cli::test_app::{TestApp, text};
use hextop::domain::inputs::{Body, Draft, Origin, ParamKind, ParamRow, ParamSpec, Source};
use hextop::engine::Settings;
use hextop::engine::model::{ConfiguredInputs, StartStage};
use hextop::sim::scenario::{Paths, WrongInputs};
use hextop::sim::{InputKind, InputSpec, ProjectSpec, Scenario, World};
use hextop::ui::{Effect, Msg};
use proptest::prelude::*;
use ratatui::layout::Size;
use serde_json::{Value, json};

const SIZE: Size = Size { width: 120, height: 36 };

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn input(name: &str, kind: InputKind, default: Value) -> InputSpec {
    InputSpec { name: name.to_owned(), kind, default: Some(default), ..InputSpec::default() }
}

/// One project whose app has an input of every kind.
fn scenario() -> Scenario {
    let options = vec![json!("emea"), json!("amer"), json!("apac")];
    let project = ProjectSpec {
        title: "Weekly revenue".into(),
        median: secs(600),
        past: 3,
        inputs: vec![
            InputSpec {
                options: options.clone(),
                ..input("region", InputKind::Dropdown, json!("emea"))
            },
            InputSpec {
                min: Some(0.0),
                max: Some(1.0),
                ..input("threshold", InputKind::Slider, json!(0.95))
            },
            InputSpec { options, ..input("segments", InputKind::Multiselect, json!(["emea"])) },
            input("include_test", InputKind::Checkbox, json!(false)),
            input("start_date", InputKind::Date, json!("2026-10-01")),
            input("note", InputKind::Text, json!("")),
            InputSpec { hidden: true, ..input("debug_level", InputKind::Number, json!(0)) },
        ],
        ..ProjectSpec::default()
    };
    Scenario { projects: vec![project], ..Scenario::default() }
}

fn with_faults(faults: &[&str]) -> Scenario {
    let mut scenario = scenario();
    scenario.faults.extend(faults.iter().map(|fault| fault.parse().unwrap()));
    scenario
}

fn open_with(scenario: &Scenario, settings: Settings) -> TestApp {
    let mut stage = TestApp::new(scenario, 7, settings, SIZE);
    stage.run_for(secs(5));
    stage
}

/// The form, open and with what could be read.
fn open(scenario: &Scenario) -> TestApp {
    let mut stage = open_with(scenario, Settings::default());
    stage.press("t").unwrap();
    stage.run_for(secs(1));
    stage
}

fn screen(stage: &mut TestApp) -> String {
    let Ok(buffer) = stage.screen(SIZE);
    text(&buffer)
}

#[track_caller]
fn see(stage: &mut TestApp, words: &str) {
    let shown = screen(stage);
    assert!(shown.contains(words), "{words} is not on the screen\n{shown}");
}

fn exports(stage: &TestApp) -> usize {
    stage.sent.iter().filter(|(_, call)| matches!(call, Call::Export { .. })).count()
}

fn posts(stage: &TestApp) -> usize {
    stage.sent.iter().filter(|(_, call)| matches!(call, Call::Trigger { .. })).count()
}

/// What the server took over for the one active run.
fn given(stage: &TestApp) -> Value {
    let active: Vec<_> = stage.world.runs().filter(|run| run.is_active()).collect();
    assert_eq!(active.len(), 1);
    Value::Object(active[0].inputs().clone())
}

#[test]
fn the_form_knows_the_apps_inputs_and_what_is_filled_in_is_what_hex_gets() {
    let mut stage = open(&scenario());
    see(&mut stage, "6 inputs on the app, read 0s ago");
    let shown = screen(&mut stage);
    assert!(!shown.contains("debug_level"), "not on the app: {shown}");
    stage.type_in("am");
    stage.press("Enter Tab").unwrap();
    stage.type_in("0.5");
    stage.press("Tab Down Down Enter Esc Tab Space Tab").unwrap();
    stage.type_in("yesterday");
    see(&mut stage, "= 2026-10-19");
    stage.press("ctrl-s").unwrap();
    see(&mut stage, "\"start_date\": \"2026-10-19\"");
    stage.press("Enter").unwrap();
    stage.run_for(secs(2));
    assert_eq!(
        given(&stage),
        json!({"region": "amer", "threshold": 0.5, "segments": ["emea", "amer"],
            "include_test": true, "start_date": "2026-10-19"})
    );
    assert_eq!((exports(&stage), posts(&stage), stage.world.refused()), (1, 1, 0));
    stage.press("t").unwrap();
    see(&mut stage, "last run");
    stage.run_for(secs(30));
    assert_eq!(exports(&stage), 1, "what is known is not asked for again");
    stage.press("ctrl-s").unwrap();
    see(&mut stage, "The same inputs are already running");
}

#[test]
fn where_there_is_no_export_everything_else_works_and_it_is_asked_for_once() {
    for faults in [&["export:500=1"][..], &["export:not-json=1"], &[]] {
        let mut scenario = with_faults(faults);
        scenario.answers.export = !faults.is_empty();
        let mut stage = open(&scenario);
        see(&mut stage, "ctrl-r tries again");
        stage.press("ctrl-n").unwrap();
        stage.type_in("region");
        stage.press("Tab Tab").unwrap();
        stage.type_in("apac");
        stage.press("ctrl-s Enter").unwrap();
        stage.run_for(secs(2));
        assert_eq!(given(&stage), json!({"region": "apac"}), "{faults:?}");
        stage.press("t").unwrap();
        stage.run_for(secs(5));
        assert_eq!(exports(&stage), 1, "{faults:?}: remembered");
        stage.press("ctrl-r").unwrap();
        stage.run_for(secs(5));
        assert_eq!(exports(&stage), 2, "{faults:?}: asked");
        see(&mut stage, "region");
    }
}

#[test]
fn the_settings_describe_inputs_that_hex_does_not() {
    let mut scenario = scenario();
    scenario.answers.export = false;
    let spec = |name: &str, kind| ParamSpec { kind, ..ParamSpec::named(name, Source::Config) };
    let inputs = ConfiguredInputs {
        project: "weekly revenue".to_owned(),
        specs: vec![
            ParamSpec { preset: Some(json!("yesterday")), ..spec("start_date", ParamKind::Date) },
            ParamSpec { secret: true, required: true, ..spec("note", ParamKind::Text) },
        ],
    };
    let mut stage = open_with(&scenario, Settings { inputs: vec![inputs], ..Settings::default() });
    stage.press("t ctrl-s").unwrap();
    stage.run_for(secs(1));
    see(&mut stage, "required: give it a value");
    stage.type_in("hunter2");
    stage.press("ctrl-s").unwrap();
    let review = screen(&mut stage);
    assert!(review.contains("••••••") && !review.contains("hunter2"), "{review}");
    stage.press("c ctrl-y").unwrap();
    let copied: Vec<_> = stage.asked.iter().map(|effect| format!("{effect:?}")).collect();
    assert!(copied[0].contains("$HEX_API_TOKEN") && !copied[0].contains("hunter2"), "{copied:?}");
    stage.run_for(secs(2));
    see(&mut stage, "Hex would start this");
    assert_eq!(stage.world.runs().filter(|run| run.is_active()).count(), 0);
    stage.press("Enter").unwrap();
    stage.run_for(secs(2));
    assert_eq!(given(&stage), json!({"start_date": "2026-10-19", "note": "hunter2"}));
    assert!(!format!("{:?}", stage.sent).contains("hunter2"), "what is logged");
    stage.press("Enter").unwrap();
    assert!(!screen(&mut stage).contains("hunter2"));
    stage.press("t").unwrap();
    assert!(!screen(&mut stage).contains("hunter2"), "kept nowhere");
}

#[test]
fn a_dry_run_starts_nothing_and_puts_what_hex_refuses_on_its_field() {
    for (wrong, paths) in [
        (WrongInputs::Params, Paths::Both),
        (WrongInputs::Issues, Paths::Both),
        (WrongInputs::Params, Paths::Legacy),
    ] {
        let mut scenario = scenario();
        scenario.answers.wrong_inputs = wrong;
        scenario.paths = paths;
        let mut stage = open(&scenario);
        stage.press("Tab").unwrap();
        stage.type_in("7");
        stage.press("ctrl-n").unwrap();
        stage.type_in("regoin");
        stage.press("Tab Tab x ctrl-s ctrl-y").unwrap();
        stage.run_for(secs(2));
        see(&mut stage, "Dry run: Hex rejected the request (422");
        stage.press("Esc").unwrap();
        let shown = screen(&mut stage);
        assert_eq!(shown.matches("↑ Hex: ").count(), 2, "{wrong:?}\n{shown}");
        assert_eq!(posts(&stage), 0);
        assert_eq!(stage.world.runs().filter(|run| run.is_active()).count(), 0);
        // Mended, it starts.
        stage.press("ctrl-u").unwrap();
        stage.type_in("0.7");
        stage.press("Tab Tab Tab ctrl-x ctrl-s Enter").unwrap();
        stage.run_for(secs(2));
        assert_eq!(given(&stage), json!({"threshold": 0.7}), "{}", screen(&mut stage));
    }
}

#[test]
fn what_a_refusal_taught_is_known_the_next_time() {
    let mut scenario = scenario();
    scenario.answers.export = false;
    scenario.answers.wrong_inputs = WrongInputs::Params;
    let mut stage = open(&scenario);
    stage.press("ctrl-n").unwrap();
    stage.type_in("threshold");
    stage.press("Tab Tab").unwrap();
    stage.type_in("high");
    stage.press("ctrl-s ctrl-y").unwrap();
    stage.run_for(secs(2));
    stage.press("Esc Esc y t").unwrap();
    let shown = screen(&mut stage);
    assert!(shown.contains("threshold") && shown.contains("number"), "{shown}");
    see(&mut stage, "named by a refusal of Hex");
}

#[test]
fn nothing_that_happens_closes_covers_or_changes_a_form() {
    let faults = ["500=0.3@6s..40s", "429=1@50s..52s", "reset=0.3@60s..90s", "revoked=1@100s.."];
    let mut scenario = with_faults(&faults);
    scenario.projects[0].api_per_hour = 60.0;
    let mut stage = open(&scenario);
    stage.press("Tab Tab Tab Tab Tab").unwrap();
    let words = "the quick brown fox jumps over the lazy dog";
    let sizes = [SIZE, Size { width: 40, height: 12 }, Size { width: 80, height: 24 }];
    for (nth, letter) in words.chars().enumerate() {
        stage.type_in(&letter.to_string());
        stage.run_for(secs(4));
        let Ok(buffer) = stage.screen(sizes[nth % 3]);
        let shown = text(&buffer);
        assert!(shown.contains("Start Weekly revenue"), "{shown}");
        let typed: String = words.chars().take(nth + 1).collect();
        let seen: String = typed.chars().skip((nth + 1).saturating_sub(8)).collect();
        assert!(shown.contains(seen.trim_end()), "{typed}\n{shown}");
    }
    assert!(stage.sent.len() > 20, "polls went on");
    stage.press("ctrl-s").unwrap();
    see(&mut stage, &format!("\"note\": \"{words}\""));
    assert_eq!(posts(&stage), 0);
}

#[test]
fn what_the_editor_gives_back_is_taken_over_or_shown_with_its_line() {
    let mut stage = open(&scenario());
    stage.press("ctrl-e").unwrap();
    let opened = stage.asked.iter().find_map(|effect| match effect {
        Effect::Edit { text, .. } => Some(text.clone()),
        _ => None,
    });
    assert_eq!(opened.as_deref(), Some("{}"));
    stage.run_for(secs(40));
    stage.tell(Msg::Edited(Ok("{\n\"inputParams\": {\n\"region\": apac\n}}".to_owned())));
    see(&mut stage, "line 3: expected value");
    stage.press("ctrl-e").unwrap();
    let mended = json!({"inputParams": {"region": "apac"}, "useCachedSqlResults": false,
        "notifications": [{"type": "FAILURE", "includeSuccessScreenshot": false, "userIds": []}]});
    stage.tell(Msg::Edited(Ok(mended.to_string())));
    see(&mut stage, "run SQL fresh");
    stage.press("ctrl-s ctrl-y").unwrap();
    stage.run_for(secs(2));
    see(&mut stage, "Hex would start this");
    stage.press("Enter").unwrap();
    stage.run_for(secs(2));
    assert_eq!(given(&stage), json!({"region": "apac"}));
    let body = stage.sent.iter().find_map(|(_, call)| match call {
        Call::Trigger { start, .. } => Some(start.body()),
        _ => None,
    });
    assert_eq!(body, Some(mended));
}

#[test]
fn the_options_reach_hex_on_both_generations_of_paths() {
    for paths in [Paths::Current, Paths::Legacy] {
        let mut scenario = scenario();
        scenario.paths = paths;
        let mut stage = open(&scenario);
        stage.press("PageDown PageDown Up Up Up Space Tab Space ctrl-s").unwrap();
        see(&mut stage, "\"updatePublishedResults\": true");
        see(&mut stage, "\"useCachedSqlResults\": false");
        stage.press("Enter").unwrap();
        stage.run_for(secs(2));
        let last = stage.state.model().starts().last().unwrap().entry.stage.clone();
        assert!(matches!(last, StartStage::Started(_)), "{last:?}");
        assert_eq!(given(&stage), json!({}));
    }
}

#[test]
fn presets_last_as_long_as_the_session() {
    let mut stage = open(&scenario());
    stage.press("Tab Tab Tab Tab").unwrap();
    stage.type_in("yesterday");
    stage.press("ctrl-o").unwrap();
    stage.type_in("mornings");
    stage.press("Enter Esc y t ctrl-o").unwrap();
    see(&mut stage, "mornings  (1 input)");
    stage.press("Enter").unwrap();
    see(&mut stage, "loaded `mornings`");
    let shown = screen(&mut stage);
    assert!(shown.contains("yesterday") && shown.contains("mornings"), "{shown}");
    stage.press("ctrl-o r").unwrap();
    stage.type_in("2");
    stage.press("Enter").unwrap();
    see(&mut stage, "mornings2");
    stage.press("x y").unwrap();
    see(&mut stage, "none yet");
}

/// What the simulator says to a start.
fn status(world: &mut World, call: &Call, stage: &TestApp) -> u16 {
    let mut request = call.request(PathStyle::Legacy);
    let bearer = format!("Bearer {}", world.token()).parse().unwrap();
    request.headers_mut().insert(http::header::AUTHORIZATION, bearer);
    world.handle(&request, stage.now()).response.status().as_u16()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(hextop::testkit::cases(200)))]

    /// The older paths are the strict ones: they refuse every field that they do not know.
    #[test]
    fn a_draft_that_can_be_finished_is_one_that_the_schema_takes(
        rows in prop::collection::vec(
            (
                prop::sample::select(vec!["region", "threshold", "segments", "start_date", "note", "odd"]),
                prop::sample::select(ParamKind::ALL.to_vec()),
                "-?[0-9]{1,3}|emea|amer, apac|yesterday|-7d\\.\\.today|true|\\[1\\]|.{0,6}",
            ),
            0..4,
        ),
        cached in any::<Option<bool>>(),
        published in any::<Option<bool>>(),
        view in prop::option::of(Just("v".to_owned())),
    ) {
        let mut lenient = scenario();
        lenient.limits.per_minute = 100_000;
        let stage = TestApp::new(&lenient, 7, Settings::default(), SIZE);
        let now = "2026-11-24T10:00:00[Europe/Berlin]".parse().unwrap();
        let mut draft = Draft::default();
        for (name, kind, text) in rows {
            let spec = ParamSpec { kind, ..ParamSpec::named(name, Source::Export) };
            let mut row = ParamRow::fresh(spec);
            (row.text, row.set, row.origin) = (text, true, Origin::Typed);
            draft.rows.push(row);
        }
        draft.options.use_cached_sql = cached;
        draft.options.update_published = published;
        draft.options.view = view;
        let Ok(start) = draft.finish(&now) else { return Ok(()) };
        prop_assert!(Body::of(&start.body()).is_ok());
        let mut world = World::new(&lenient, 7, stage.now());
        let project = world.projects().next().unwrap().id();
        let unknown = start.inputs().keys().any(|name| {
            !["region", "threshold", "segments", "include_test", "start_date", "note"].contains(&name.as_str())
        });
        let call = Call::DryRun { project, start };
        let said = status(&mut world, &call, &stage);
        // 400 would be a body that is no body; 422 is a value or a name that the app does not have.
        prop_assert!(said == 201 || said == 422, "{} to {:?}", said, call);
        prop_assert!(!unknown || said == 422);
    }
}
