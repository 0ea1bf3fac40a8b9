//! The form by itself: keys in, what it asks for out.

use ratatui::layout::Size;
use serde_json::{Value, json};

use super::*;
use crate::api::ApiError;
use crate::api::error::{Detail, InvalidInput, ParamIssues};
use crate::domain::inputs::{MASK, Source};
use crate::domain::{Boot, ParamKind};
use crate::engine::Model;
use crate::engine::Settings;
use crate::engine::model::{StartStage, Verdict};
use crate::engine::sync::session::Session;
use crate::ui::Options;
use crate::ui::chord::Key;
use crate::ui::command::keymap::Found;
use crate::ui::layer::Ask;

fn ticket(number: u32) -> StartId {
    StartId::new(jiff::Timestamp::UNIX_EPOCH, Session(1), number)
}

fn now() -> Zoned {
    "2026-11-24T10:00:00[UTC]".parse().unwrap()
}

fn spec(name: &str, kind: ParamKind) -> ParamSpec {
    ParamSpec { kind, ..ParamSpec::named(name, Source::Export) }
}

fn open(specs: Vec<ParamSpec>) -> Form {
    open_with(ProjectInputs { specs, ..ProjectInputs::default() })
}

fn open_with(inputs: ProjectInputs) -> Form {
    Form::new(
        ProjectId::new("p"),
        "Weekly revenue".to_owned(),
        inputs,
        Server::Current,
        now(),
        Keymap::default(),
    )
}

fn body(value: &Value) -> Body {
    Body::of(value).unwrap()
}

/// What a key comes to, and what the form asks for by it.
type Came = (Outcome, Vec<Ask>);

/// Presses keys, and gives what the last one comes to.
fn press(form: &mut Form, keys: &str) -> Came {
    let chords: Vec<Chord> = keys.split(' ').map(|name| name.parse().unwrap()).collect();
    press_all(form, &chords)
}

fn type_in(form: &mut Form, text: &str) {
    let chords: Vec<_> = text.chars().map(|letter| Chord::plain(Key::Char(letter))).collect();
    press_all(form, &chords);
}

fn press_all(form: &mut Form, chords: &[Chord]) -> Came {
    let now = Now { boot: Boot::from_secs(3600), wall: now().timestamp() };
    let size = Size { width: 80, height: 24 };
    let model = Model::new(Settings::default());
    let state = State::new(model, Options::default(), size, now);
    let mut last = (Outcome::Ignored, Vec::new());
    for chord in chords {
        let mut cx = Cx::new(&state, now);
        let outcome = match state.options.keys.find(form.context(), &[*chord]) {
            Found::Command(command) => match form.why_not(command.verb, &state) {
                Some(_) => Outcome::Ignored,
                None => form.run(&command, &mut cx),
            },
            _ => form.type_in(*chord, &mut cx),
        };
        last = (outcome, cx.asks);
    }
    last
}

/// The only intent that a key has led to.
#[track_caller]
fn intent((outcome, asks): Came) -> Intent {
    assert!(matches!(outcome, Outcome::Consumed), "{outcome:?}");
    match <[Ask; 1]>::try_from(asks) {
        Ok([Ask::Intent(intent)]) => intent,
        asks => panic!("no intent: {asks:?}"),
    }
}

/// The text that the editor opens on, and the ending of its file.
#[track_caller]
fn editor((_, asks): Came) -> (String, &'static str) {
    match <[Ask; 1]>::try_from(asks) {
        Ok([Ask::Effect(Effect::Edit { text, ending })]) => (text, ending),
        asks => panic!("no editor: {asks:?}"),
    }
}

#[track_caller]
fn stays((outcome, asks): Came) {
    assert!(!matches!(outcome, Outcome::Close) && asks.is_empty(), "{outcome:?} {asks:?}");
}

#[track_caller]
fn sent(form: &mut Form) -> Value {
    let Intent::Start { start, .. } = intent(press(form, "ctrl-s Enter")) else {
        panic!("not sent: {form:?}");
    };
    start.body()
}

fn rejected(params: ParamIssues) -> ApiError {
    ApiError::Rejected { status: 422, detail: Detail::default(), params }
}

#[test]
fn a_filled_form_sends_exactly_what_the_review_shows() {
    let mut form = open(Vec::new());
    press(&mut form, "ctrl-n");
    type_in(&mut form, "region");
    press(&mut form, "Tab Tab");
    type_in(&mut form, "emea");
    press(&mut form, "ctrl-n");
    type_in(&mut form, "threshold");
    press(&mut form, "Tab Right Tab");
    type_in(&mut form, "0.95");
    press(&mut form, "ctrl-n");
    type_in(&mut form, "fresh");
    press(&mut form, "Tab Space Space Tab Space");
    assert_eq!(
        sent(&mut form),
        json!({"inputParams": {"region": "emea", "threshold": 0.95, "fresh": true}})
    );
}

#[test]
fn an_untouched_form_starts_with_the_apps_defaults_after_a_review() {
    let known = ParamSpec { default: Some(json!("emea")), ..spec("region", ParamKind::Choice) };
    assert_eq!(sent(&mut open(vec![known])), json!({}));
    assert_eq!(sent(&mut open(Vec::new())), json!({}));
}

#[test]
fn a_wrong_value_keeps_one_in_the_form_with_its_reason() {
    let mut form = open(vec![spec("a", ParamKind::Text), spec("n", ParamKind::Number)]);
    press(&mut form, "Tab");
    type_in(&mut form, "many");
    press(&mut form, "shift-Tab");
    stays(press(&mut form, "ctrl-s"));
    assert!(matches!(form.page, Page::Edit));
    assert_eq!(form.place, Place::Row(1), "it goes to what is wrong");
    assert!(form.error_of(1).unwrap().starts_with("not a number"));
    press(&mut form, "ctrl-u");
    type_in(&mut form, "12");
    press(&mut form, "ctrl-_ ctrl-_ ctrl-_ ctrl-s ctrl-u");
    assert_eq!(form.draft.rows[1].text, "", "a review that fails forgets nothing");
    type_in(&mut form, "12");
    assert_eq!(sent(&mut form), json!({"inputParams": {"n": 12}}));
}

#[test]
fn every_type_has_its_editor() {
    let choices = vec![json!("emea"), json!("amer"), json!(7)];
    let with = |name, kind| ParamSpec { choices: choices.clone(), ..spec(name, kind) };
    let mut form = open(vec![
        with("one", ParamKind::Choice),
        with("some", ParamKind::MultiChoice),
        spec("on", ParamKind::Checkbox),
        spec("day", ParamKind::Date),
        spec("at", ParamKind::DateTime),
        spec("period", ParamKind::DateRange),
        spec("raw", ParamKind::Json),
        spec("nothing", ParamKind::Text),
    ]);
    // The letters find amer; of several, the second and the third are ticked.
    type_in(&mut form, "me");
    press(&mut form, "Down Enter Tab Down Down Space Down Enter Esc Tab Space Tab");
    for text in ["yesterday", "monday 06:30", "-7d..yesterday", r#"{"a":[1]}"#] {
        type_in(&mut form, text);
        press(&mut form, "Tab");
    }
    press(&mut form, "ctrl-t ctrl-t ctrl-t ctrl-t ctrl-t ctrl-t ctrl-t ctrl-t ctrl-t");
    assert_eq!(
        sent(&mut form),
        json!({"inputParams": {
            "one": "amer", "some": ["amer", 7], "on": true, "day": "2026-11-23",
            "at": "2026-11-23T06:30:00Z", "period_start": "2026-11-17",
            "period_end": "2026-11-23", "raw": {"a": [1]}, "nothing": null,
        }})
    );
}

#[test]
fn earlier_values_open_below_and_are_taken_by_enter_alone() {
    let recent = vec![
        body(&json!({"inputParams": {"region": "amer", "n": 3}})),
        body(&json!({"inputParams": {"region": "apac", "n": 3}})),
    ];
    let default = ParamSpec { default: Some(json!("emea")), ..spec("region", ParamKind::Text) };
    let mut form =
        open_with(ProjectInputs { specs: vec![default], recent, ..ProjectInputs::default() });
    assert_eq!(form.draft.rows[0].text, "amer", "the form begins with the last start");
    assert_eq!(form.draft.rows[0].origin, Origin::Last);
    assert!(!form.is_dirty());
    press(&mut form, "Down Down Esc");
    assert_eq!(form.draft.rows[0].text, "amer", "Esc takes nothing");
    press(&mut form, "Down Down Enter");
    assert_eq!(form.draft.rows[0].text, "apac");
    press(&mut form, "ctrl-_");
    assert_eq!(form.draft.rows[0].text, "amer", "it can be taken back");
    press(&mut form, "Down");
    type_in(&mut form, "em");
    press(&mut form, "Enter");
    assert_eq!(form.draft.rows[0].text, "emea");
}

#[test]
fn resetting_goes_to_the_settings_then_to_nothing_and_takes_own_rows_out() {
    let preset = ParamSpec { preset: Some(json!("x")), ..spec("a", ParamKind::Text) };
    let mut form = open(vec![preset]);
    type_in(&mut form, "yz");
    press(&mut form, "ctrl-x");
    assert_eq!((form.draft.rows[0].text.as_str(), form.draft.rows[0].set), ("x", true));
    press(&mut form, "ctrl-x");
    assert_eq!((form.draft.rows[0].text.as_str(), form.draft.rows[0].set), ("", false));
    press(&mut form, "ctrl-n b ctrl-x");
    assert_eq!(form.draft.rows.len(), 1);
    assert_eq!(sent(&mut form), json!({}));
}

#[test]
fn edits_are_not_lost_by_one_escape() {
    let mut form = open(Vec::new());
    press(&mut form, "ctrl-n");
    type_in(&mut form, "region");
    stays(press(&mut form, "Esc"));
    stays(press(&mut form, "n"));
    assert_eq!(form.draft.rows[0].spec.name, "region");
    assert!(matches!(press(&mut form, "Esc y").0, Outcome::Close));
}

#[test]
fn what_hex_refuses_or_ignores_together_cannot_be_set_and_says_why() {
    let mut form = open(vec![spec("a", ParamKind::Text), spec("on", ParamKind::Checkbox)]);
    type_in(&mut form, "x");
    press(&mut form, "Tab Tab Tab Space");
    assert_eq!(form.place, Place::Published);
    assert_eq!(form.draft.options.update_published, None);
    assert!(form.said.as_ref().unwrap().contains("take out the input that is set"));
    press(&mut form, "Tab v");
    assert_eq!(form.draft.options.view, None);
    // The other way round.
    press(&mut form, "Up Up Up Up ctrl-x");
    press(&mut form, "Tab Tab Tab Space");
    assert_eq!(form.draft.options.update_published, Some(true));
    press(&mut form, "Up Up Space Up x ctrl-n ctrl-t");
    assert_eq!((form.draft.set_rows(), form.draft.rows.len()), (0, 2));
    form.paste_into_cell("pasted").unwrap();
    assert_eq!(form.draft.set_rows(), 0);
    assert!(form.said.as_ref().unwrap().contains("turn that off first"));
    press(&mut form, "Tab Tab Space");
    assert_eq!(
        sent(&mut form),
        json!({"updatePublishedResults": true, "useCachedSqlResults": false})
    );
}

#[test]
fn only_an_old_server_is_sent_the_deprecated_field() {
    let title = "Old".to_owned();
    let mut form = Form::new(
        ProjectId::new("p"),
        title,
        ProjectInputs::default(),
        Server::Old,
        now(),
        Keymap::default(),
    );
    press(&mut form, "Space");
    assert_eq!(sent(&mut form), json!({"updateCache": true}));
    let newer = r#"{"useCachedSqlResults": false}"#;
    assert!(form.fits(Body::parse(newer).unwrap()).unwrap_err().contains("old_server"));
    let older = r#"{"updateCache": false}"#;
    let refusal = open(Vec::new()).fits(Body::parse(older).unwrap()).unwrap_err();
    assert!(refusal.contains("deprecated"), "{refusal}");
}

#[test]
fn a_refusal_brings_the_form_back_with_the_reason_on_its_field() {
    for params in [
        ParamIssues { not_found: vec!["regoin".to_owned()], ..ParamIssues::default() },
        ParamIssues {
            issues: vec!["inputParams.regoin: there is no such input".to_owned()],
            ..ParamIssues::default()
        },
    ] {
        let mut form = open(Vec::new());
        press(&mut form, "ctrl-n");
        type_in(&mut form, "regoin");
        sent(&mut form);
        form.hear_stage(&StartStage::Refused(rejected(params)), false);
        assert!(form.error_of(0).unwrap().contains("no such input"), "{form:?}");
        press(&mut form, "shift-Tab shift-Tab Backspace");
        assert_eq!(form.error_of(0), None, "an edited name is another one");
    }
}

#[test]
fn a_dry_run_puts_refusals_on_their_fields_and_leaves_the_page() {
    let mut form = open(vec![spec("a", ParamKind::Text), spec("n", ParamKind::Text)]);
    press(&mut form, "Tab");
    type_in(&mut form, "many");
    let Intent::DryRun { ticket: asked, start, .. } = intent(press(&mut form, "ctrl-s ctrl-y"))
    else {
        panic!("no check")
    };
    assert_eq!(start.dry_body()["dryRun"], json!(true));
    let misfit = InvalidInput {
        name: "n".to_owned(),
        data_type: Some("number".to_owned()),
        input: Some("slider".to_owned()),
    };
    let params = ParamIssues { invalid: vec![misfit], ..ParamIssues::default() };
    form.hear_check(ticket(99), &Verdict::Good);
    let Page::Review(review) = &form.page else { panic!("left") };
    assert_eq!(review.check, review::Check::Waiting(vec![asked]), "another's answer is nothing");
    form.hear_check(asked, &Verdict::Bad(rejected(params)));
    assert!(matches!(form.page, Page::Review(_)), "the page stays");
    press(&mut form, "Esc");
    assert_eq!(form.error_of(1).unwrap(), "Hex: must be a number (slider)");
    assert_eq!(form.place, Place::Row(1));
    assert!(matches!(intent(press(&mut form, "ctrl-s ctrl-y")), Intent::DryRun { .. }));
}

#[test]
fn inputs_that_are_read_late_never_change_what_was_edited() {
    let inputs = |names: &[&str]| ProjectInputs {
        specs: names.iter().map(|name| spec(name, ParamKind::Number)).collect(),
        ..ProjectInputs::default()
    };
    let mut form = open(Vec::new());
    form.learn(inputs(&["a", "b"]));
    assert_eq!(form.draft.rows.len(), 2, "nothing was edited: they are shown at once");
    assert_eq!(form.place, Place::Row(0));
    press(&mut form, "Tab 7");
    let before = form.draft.clone();
    form.learn(inputs(&["c", "b", "d"]));
    assert_eq!(form.draft, before);
    assert_eq!(form.news, InputNews::Here);
    stays(press(&mut form, "ctrl-r"));
    let rows: Vec<_> =
        form.draft.rows.iter().map(|r| (r.spec.name.as_str(), r.text.as_str())).collect();
    assert_eq!(rows, [("a", ""), ("b", "7"), ("c", ""), ("d", "")]);
    assert_eq!(form.place, Place::Row(1));
    let asked = intent(press(&mut form, "ctrl-r"));
    assert!(matches!(asked, Intent::ReadInputs { insist: true, .. }));
    press(&mut form, "8");
    form.learn(inputs(&["e"]));
    assert_eq!(form.draft.rows.len(), 5, "it was asked for");
    assert_eq!(form.draft.rows[1].text, "78");
}

#[test]
fn the_editor_gets_the_whole_body_and_mistakes_keep_the_text() {
    let secret = ParamSpec { secret: true, ..spec("key", ParamKind::Text) };
    let mut form = open(vec![secret, spec("day", ParamKind::Date)]);
    type_in(&mut form, "hunter2");
    press(&mut form, "Tab");
    type_in(&mut form, "today");
    let (text, ending) = editor(press(&mut form, "ctrl-e"));
    assert_eq!(ending, "json");
    assert!(text.contains(MASK) && !text.contains("hunter2"), "{text}");
    let broken = text.replace("\"day\"", "day");
    form.edited(Ok(broken.clone()));
    let Page::Unread { text: kept, why } = &form.page else { panic!("taken: {form:?}") };
    assert_eq!(*kept, broken);
    assert!(why.starts_with("line 4:"), "{why}");
    assert_eq!(editor(press(&mut form, "ctrl-e")).0, broken);
    form.edited(Ok(text.replace("}\n}", ", \"more\": [1]}, \"useCachedSqlResults\": false}")));
    assert_eq!(form.draft.rows[1].text, "today", "what was not changed stays a word");
    assert_eq!(
        sent(&mut form),
        json!({"inputParams": {"key": "hunter2", "day": "2026-11-24", "more": [1]},
            "useCachedSqlResults": false})
    );
}

#[test]
fn what_cannot_be_combined_is_refused_from_the_editor_too() {
    let mut form = open(Vec::new());
    press(&mut form, "ctrl-e");
    form.edited(Ok(r#"{"inputParams": {"a": 1}, "viewId": "v"}"#.to_owned()));
    assert!(matches!(&form.page, Page::Unread { why, .. } if why.contains("saved view")));
    press(&mut form, "Esc ctrl-e");
    form.edited(Err("`false` ended with 1: nothing was changed".to_owned()));
    assert!(matches!(form.page, Page::Edit));
    assert!(form.said.as_ref().unwrap().contains("nothing was changed"));
    assert_eq!(sent(&mut form), json!({}));
}

#[test]
fn one_value_may_have_lines_from_the_editor() {
    let mut form = open(vec![spec("note", ParamKind::Text)]);
    type_in(&mut form, "one");
    let (text, ending) = editor(press(&mut form, "ctrl-g"));
    assert_eq!((text.as_str(), ending), ("one", "txt"));
    form.edited(Ok("one\ntwo\n".to_owned()));
    assert_eq!(sent(&mut form), json!({"inputParams": {"note": "one\ntwo"}}));
    form.hear_stage(&StartStage::Withdrawn, false);
    press(&mut form, "ctrl-_");
    assert_eq!(form.draft.rows[0].text, "one");
}

#[test]
fn presets_are_saved_loaded_renamed_and_deleted() {
    let mut form = open(vec![spec("day", ParamKind::Date)]);
    type_in(&mut form, "yesterday");
    press(&mut form, "ctrl-o");
    type_in(&mut form, "mornings");
    let Intent::SavePreset { name, preset, .. } = intent(press(&mut form, "Enter")) else {
        panic!("not saved")
    };
    assert_eq!((name.as_str(), preset.rows[0].text.as_str()), ("mornings", "yesterday"));
    form.presets_changed(vec![("mornings".to_owned(), preset)]);
    press(&mut form, "ctrl-x ctrl-o Enter n Enter y");
    assert_eq!(form.draft.rows[0].origin, Origin::Preset("mornings".to_owned()));
    assert_eq!(sent(&mut form), json!({"inputParams": {"day": "2026-11-23"}}));
    form.hear_stage(&StartStage::Withdrawn, false);
    press(&mut form, "ctrl-o r ctrl-u");
    type_in(&mut form, "x");
    let renamed = intent(press(&mut form, "Enter"));
    assert!(
        matches!(renamed, Intent::RenamePreset { from, to, .. } if from == "mornings" && to == "x")
    );
    stays(press(&mut form, "x n"));
    let deleted = intent(press(&mut form, "x y"));
    assert!(matches!(deleted, Intent::DeletePreset { name, .. } if name == "mornings"));
}

#[test]
fn a_preset_that_another_hextop_has_changed_meanwhile_is_left_alone() {
    let mut form = open(vec![spec("day", ParamKind::Date)]);
    let preset = |form: &mut Form, text: &str| {
        press(form, "ctrl-u");
        type_in(form, text);
        form.draft.preset()
    };
    let (old, new) = (preset(&mut form, "yesterday"), preset(&mut form, "today"));
    let kept = |name: &str, preset: &Preset| (name.to_owned(), preset.clone());
    for keys in ["x", "r z", "Enter"] {
        form.presets_changed(vec![kept("a", &old), kept("b", &old)]);
        press(&mut form, "ctrl-o Down");
        press(&mut form, keys);
        // The list moves, and so does what stands under the name.
        form.presets_changed(vec![kept("0", &old), kept("a", &old), kept("b", &new)]);
        let answer = if keys == "r z" { "Enter" } else { "y" };
        stays(press(&mut form, answer));
        assert!(form.said.as_ref().unwrap().contains("has changed `b`"), "{keys}: {form:?}");
        assert_eq!(form.draft.rows[0].text, "today");
        press(&mut form, "Esc");
    }
    // Another one that has changed is no reason.
    press(&mut form, "ctrl-o End x");
    form.presets_changed(vec![kept("a", &new), kept("b", &new)]);
    let deleted = intent(press(&mut form, "y"));
    assert!(matches!(deleted, Intent::DeletePreset { name, .. } if name == "b"));
}

#[test]
fn a_required_input_is_asked_for() {
    let mut form = open(vec![ParamSpec { required: true, ..spec("key", ParamKind::Text) }]);
    stays(press(&mut form, "ctrl-s"));
    assert_eq!(form.error_of(0).unwrap(), "required: give it a value");
}
