//! Cancel and start again, in the one dialog.

use serde_json::json;

use super::*;
use crate::ui::command::Context;

/// The cancel dialog on the run of the second project that goes on, whose inputs are known if `known`.
fn asked(known: bool) -> State {
    let mut state = opened(&workspace(), SIZES[1]);
    if known {
        journal::tell(&mut state, journal::known_to_go_on(), at(40));
    }
    press(&mut state, "/ a 0 d 4 Enter Home X", at(40));
    state
}

fn deletes(effects: &[Effect]) -> usize {
    let is = |effect: &&Effect| matches!(effect, Effect::Send(_, Call::Cancel { .. }, ..));
    effects.iter().filter(is).count()
}

fn posts(effects: &[Effect]) -> Vec<serde_json::Value> {
    let body = |effect: &Effect| match effect {
        Effect::Send(_, Call::Trigger { start, .. }, ..) => Some(start.body()),
        _ => None,
    };
    effects.iter().filter_map(body).collect()
}

/// Answers everything that is sent by the workspace as it is; gives what was sent.
fn answer(
    state: &mut State,
    effects: Vec<Effect>,
    projects: &[(Project, Vec<Run>)],
    now: Now,
) -> Vec<Effect> {
    let mut sent = Vec::new();
    let mut left = effects;
    while !left.is_empty() {
        sent.extend(left.iter().filter(|effect| matches!(effect, Effect::Send(..))).cloned());
        let mut next = Vec::new();
        for effect in left {
            let Effect::Send(id, call, ..) = effect else { continue };
            let runs = || projects.iter().flat_map(|(_, runs)| runs.iter());
            let reply = match call {
                Call::RunStatus { run, .. } => runs()
                    .find(|known| known.id == run)
                    .cloned()
                    .map_or(Reply::Cancelled, Reply::Run),
                Call::ListRuns { project, .. } => Reply::Runs {
                    runs: runs().filter(|run| run.project == project).cloned().collect(),
                    more: false,
                    order: PageOrder::NewestFirst,
                },
                Call::Export { .. } => Reply::Inputs(inputs()),
                Call::Trigger { .. } => Reply::Started(Started {
                    run: RunId::new("c0ffee00-0000-4000-8000-000000000000"),
                    url: None,
                    version: None,
                    trace: None,
                }),
                _ => Reply::Cancelled,
            };
            let response = Response { result: Ok(reply), rate: RateHint::default(), date: None };
            next.extend(
                state.update(Msg::Engine(Box::new(engine::Msg::Replied(id, response))), now),
            );
        }
        left = next;
    }
    sent
}

#[test]
fn a_run_whose_inputs_are_unknown_is_not_started_again() {
    let mut state = asked(false);
    press(&mut state, "r", at(40));
    let notice = state.notice.as_ref().unwrap().text.clone();
    assert!(notice.contains("inputs unknown"), "{notice}");
    assert!(drawn(&mut state, SIZES[1], at(40)).contains("Cancel this run?"));
}

#[test]
fn the_same_start_follows_its_cancel_once_the_run_is_killed() {
    let mut state = asked(true);
    let mut projects = workspace();
    press(&mut state, "r", at(40));
    let shown = drawn(&mut state, SIZES[1], at(40));
    assert!(shown.contains("Cancel it and start it again?"), "{shown}");
    assert!(shown.contains("region=\"emea\""), "{shown}");
    let effects = press(&mut state, "y", at(41));
    assert_eq!((deletes(&effects), posts(&effects).len()), (1, 0));
    let mut sent = answer(&mut state, effects, &projects, at(41));
    for second in 42..70 {
        let effects = state.update(Msg::Engine(Box::new(engine::Msg::Woke)), at(second));
        sent.extend(answer(&mut state, effects, &projects, at(second)));
    }
    assert_eq!(posts(&sent).len(), 0, "the run goes on");
    press(&mut state, "Q", at(70));
    let shown = drawn(&mut state, SIZES[2], at(70));
    assert!(shown.contains("waits until run 0000a0d4 is cancelled"), "{shown}");
    let killed = projects[1].1.iter_mut().find(|run| run.id.short() == "0000a0d4").unwrap();
    (killed.status, killed.end) = (RunStatus::Killed, Some(at(69).wall));
    for second in 71..200 {
        let effects = state.update(Msg::Engine(Box::new(engine::Msg::Woke)), at(second));
        sent.extend(answer(&mut state, effects, &projects, at(second)));
    }
    assert_eq!(posts(&sent), [json!({"inputParams": {"region": "emea", "threshold": 0.5}})]);
}

#[test]
fn nothing_is_started_again_where_its_cancel_is_refused() {
    for keys in ["r", "r r"] {
        let mut state = asked(true);
        press(&mut state, keys, at(40));
        let title = state.title(&workspace()[1].0.id);
        let rule = crate::domain::rules::Rule::protecting(&[title]);
        state.model.set_rules(vec![rule], crate::engine::model::Automatic::Off);
        let effects = press(&mut state, "y", at(41));
        assert_eq!((deletes(&effects), posts(&effects).len()), (0, 0));
        assert_eq!(state.model.starts().filter(|it| it.entry.after.is_some()).count(), 0);
        assert_eq!(state.context(), Context::Panes, "no form opens");
        let notice = state.notice.as_ref().unwrap().text.clone();
        assert!(notice.contains("protected"), "{notice}");
    }
}

/// What the dialog shows once the same is to be started again that had this body.
fn shown_again(body: serde_json::Value) -> String {
    let mut state = opened(&workspace(), SIZES[1]);
    let mut entries = journal::known_to_go_on();
    entries[0].body = body;
    journal::tell(&mut state, entries, at(40));
    press(&mut state, "/ a 0 d 4 Enter Home X r", at(40));
    drawn(&mut state, SIZES[1], at(40))
}

#[test]
fn what_starts_again_says_that_it_publishes_and_that_inputs_are_left_out() {
    let shown = shown_again(json!({"updatePublishedResults": true}));
    assert!(shown.contains("it updates the published app for all its readers"), "{shown}");
    let inputs: serde_json::Map<_, _> =
        (0..40).map(|number| (format!("input_{number}"), json!("a value of it"))).collect();
    let shown = shown_again(json!({"inputParams": inputs, "useCachedSqlResults": false}));
    let place = |text: &str| shown.find(text).unwrap_or_else(|| panic!("{text} in\n{shown}"));
    assert!(place("useCachedSqlResults=false") < place("input_0="));
    place("lines of inputs");
    place("Cancel it and start it again?");
    assert!(!shown.contains("it updates the published app"), "{shown}");
}

#[test]
fn the_form_opens_with_the_inputs_after_the_cancel_has_left_and_its_start_waits() {
    let mut state = asked(true);
    press(&mut state, "r r", at(40));
    let effects = press(&mut state, "y", at(41));
    assert_eq!(deletes(&effects), 1, "what is out of hand is stopped at once");
    let shown = drawn(&mut state, SIZES[1], at(41));
    assert!(shown.contains("Filled from run 0000a0d4"), "{shown}");
    press(&mut state, "ctrl-s", at(42));
    let shown = drawn(&mut state, SIZES[1], at(42));
    assert!(shown.contains("It leaves once run 0000a0d4 is cancelled"), "{shown}");
    assert!(!shown.contains("leaves at once") && !shown.contains("already running"), "{shown}");
    let effects = press(&mut state, "Enter", at(43));
    assert_eq!(posts(&effects).len(), 0);
    let shown = drawn(&mut state, SIZES[1], at(43));
    assert!(shown.contains("Waiting until run 0000a0d4 is cancelled"), "{shown}");
    // Taken back, it is the form again with what was typed.
    press(&mut state, "Esc", at(44));
    let shown = drawn(&mut state, SIZES[1], at(44));
    assert!(shown.contains("region"), "{shown}");
}

#[test]
fn a_start_that_never_leaves_says_why_and_how_its_inputs_are_opened() {
    let mut state = asked(true);
    let mut projects = workspace();
    press(&mut state, "r", at(40));
    let effects = press(&mut state, "y", at(41));
    let done = projects[1].1.iter_mut().find(|run| run.id.short() == "0000a0d4").unwrap();
    (done.status, done.end) = (RunStatus::Completed, Some(at(41).wall));
    let mut sent = answer(&mut state, effects, &projects, at(41));
    let mut said = Vec::new();
    for second in 42..120 {
        let effects = state.update(Msg::Engine(Box::new(engine::Msg::Woke)), at(second));
        sent.extend(answer(&mut state, effects, &projects, at(second)));
        said.extend(state.notice.as_ref().map(|notice| notice.text.clone()));
    }
    assert_eq!(posts(&sent).len(), 0);
    let says =
        |text: &String| text.contains("ended by itself") && text.contains("opens its inputs");
    assert!(said.iter().any(says), "{said:?}");
}

#[test]
fn the_cancel_dialog_that_starts_again_at_all_sizes() {
    let mut state = asked(true);
    press(&mut state, "r", at(40));
    look("cancel_again", &mut state, at(40));
}
