//! The cancel sheet of protected projects, and what it says of when a cancel goes out.

use super::*;
use crate::api::{ApiError, Failure};
use crate::ui::chord::Key;
use crate::ui::command::Context;

/// The sheet of the only run of a protected project with this title.
fn dialog(title: &str, protected: &str) -> State {
    let guarded = project(1, title);
    let run = run(&guarded, 0xa0d4_c6f2, RunStatus::Running, 60, 0);
    let mut state = opened(&[(guarded, vec![run])], SIZES[1]);
    state.model.set_rules(
        vec![crate::domain::rules::Rule::protecting(&[protected.to_owned()])],
        crate::engine::model::Automatic::Off,
    );
    press(&mut state, "Tab X", at(40));
    state
}

fn type_in(state: &mut State, text: &str) {
    for letter in text.chars() {
        state.update(Msg::Key(Chord::plain(Key::Char(letter))), at(40));
    }
}

/// Whether typing this confirms the cancel.
fn confirms(title: &str, protected: &str, typed: &str) -> bool {
    let mut state = dialog(title, protected);
    press(&mut state, "y", at(40));
    assert_eq!(state.model.open_cancels(), 0, "y alone confirms nothing of {title:?}");
    press(&mut state, "Backspace", at(40));
    type_in(&mut state, typed);
    press(&mut state, "ctrl-y", at(40));
    state.model.open_cancels() == 1
}

#[test]
fn a_protected_title_is_typed_as_it_looks_however_it_is_written() {
    let titles = [
        ("Churn model ", "Churn model"),
        ("Churn\u{a0}model", "Churn model"),
        ("  Churn   model", "Churn model"),
        ("Cafe\u{301}", "Café"),
        ("Café", "Cafe\u{301}"),
        ("🚀 launch \u{fe0f}", "🚀 launch"),
        ("हिन्दी रिपोर्ट", "हिन्दी रिपोर्ट"),
        ("تقرير\u{200f}", "تقرير"),
    ];
    for (title, typed) in titles {
        assert!(confirms(title, typed, typed), "{title:?} by {typed:?}");
        assert!(confirms(title, title, "A0D4C6F2"), "{title:?} by the run's short id");
        assert!(!confirms(title, title, "Churn"), "{title:?} by another text");
        assert!(!confirms(title, title, ""), "{title:?} by nothing");
    }
    assert!(!confirms("\u{200b}", "\u{200b}", ""), "a title that nobody sees");
    assert!(confirms("\u{200b}", "00000001-0000-4000-8000-000000000000", "a0d4c6f2"));
    let shown = drawn(&mut dialog("Churn model ", "churn MODEL"), SIZES[2], at(40));
    assert!(shown.contains("type Churn model or a0d4c6f2 and press ctrl-y"), "{shown}");
}

/// The sheet's words after the last answer was this error.
fn when(error: &ApiError, times: usize) -> String {
    let projects = workspace();
    let mut state = opened(&projects, SIZES[2]);
    press(&mut state, "/ c h u r n Enter X", at(40));
    let mut sent = press(&mut state, "Esc r", at(41));
    for second in 42..60 {
        let Some(place) = sent.iter().position(|effect| matches!(effect, Effect::Send(..))) else {
            sent.extend(state.update(Msg::Engine(Box::new(engine::Msg::Woke)), at(second)));
            continue;
        };
        let Effect::Send(id, ..) = sent.remove(place) else { continue };
        let response =
            Response { result: Err(error.clone()), rate: RateHint::default(), date: None };
        let msg = Msg::Engine(Box::new(engine::Msg::Replied(id, response)));
        sent.extend(state.update(msg, at(second)));
        if second >= 41 + u64::try_from(times).unwrap() {
            break;
        }
    }
    press(&mut state, "X", at(60));
    drawn(&mut state, SIZES[2], at(60))
}

#[test]
fn the_sheet_says_what_a_cancel_waits_for() {
    let projects = workspace();
    let mut state = opened(&projects, SIZES[2]);
    press(&mut state, "/ c h u r n Enter X", at(40));
    assert!(drawn(&mut state, SIZES[2], at(40)).contains("goes out at once"));
    let doubted = when(&ApiError::Unauthorized, 1);
    assert!(doubted.contains("goes out when Hex takes the token: tried again in"), "{doubted}");
    let cut = when(&ApiError::Transport(Failure::Connect("refused".into())), 1);
    assert!(cut.contains("goes out at once and again until Hex answers"), "{cut}");
}

#[test]
fn several_runs_of_a_protected_project_want_its_title_and_their_count() {
    let mut projects = workspace();
    let (churn, runs) = &mut projects[0];
    runs.extend((0..2).map(|n| run(churn, 0x900 + n, RunStatus::Running, 60, 0)));
    let mut state = opened(&projects, SIZES[2]);
    state.model.set_rules(
        vec![crate::domain::rules::Rule::protecting(&["churn model".to_owned()])],
        crate::engine::model::Automatic::Off,
    );
    let ask = |state: &mut State, typed: &str| {
        press(state, ": c a n c e l Space c h u r n Enter", at(40));
        let shown = drawn(state, SIZES[2], at(40));
        type_in(state, typed);
        press(state, "ctrl-y", at(40));
        let open = state.model.open_cancels();
        press(state, "Esc", at(40));
        (open, shown)
    };
    for typed in ["Churn model", "3", "Churn model3", "Churn model 2", "Churn 3"] {
        assert_eq!(ask(&mut state, typed).0, 0, "{typed}");
    }
    let (open, shown) = ask(&mut state, "Churn  model 3 ");
    assert!(shown.contains("type Churn model 3 and press"), "{shown}");
    assert_eq!(open, 3, "{shown}");
}

#[test]
fn a_filter_behind_the_command_cancels_what_it_admits_and_says_what_it_does_not() {
    let mut state = opened(&workspace(), SIZES[2]);
    let ask = |state: &mut State, filter: &str| {
        press(state, ":", at(40));
        type_in(state, &format!("cancel {filter}"));
        press(state, "Enter", at(40));
        drawn(state, SIZES[2], at(40))
    };
    for (filter, said) in [
        ("status:completed", "no active run is known that `status:completed` admits"),
        ("colour:red", "`colour:` is no filter"),
    ] {
        let shown = ask(&mut state, filter);
        assert!(shown.contains(said), "{shown}");
        assert_eq!(state.context(), Context::Panes, "{filter}");
    }
    let shown = ask(&mut state, "verdict:runaway");
    assert!(shown.contains("Cancel 1 run ") && shown.contains("0000b7e1"), "{shown}");
    press(&mut state, "y", at(41));
    assert_eq!(state.model.open_cancels(), 1);
    let shown = ask(&mut state, "verdict:runaway");
    assert!(shown.contains("nothing to cancel: 1 cancel on the way"), "{shown}");
}

#[test]
fn a_sweep_that_the_journal_has_is_reached_by_its_name() {
    let mut state = opened(&workspace(), SIZES[2]);
    journal::tell(&mut state, journal::swept("Nightly backfill"), at(40));
    press(&mut state, ":", at(40));
    type_in(&mut state, "cancel sweep:");
    press(&mut state, "Tab", at(40));
    let completed = drawn(&mut state, SIZES[2], at(40));
    assert!(completed.contains("cancel sweep:\"nightly backfill\""), "{completed}");
    press(&mut state, "Enter", at(40));
    let shown = drawn(&mut state, SIZES[2], at(40));
    assert!(shown.contains("Cancel 1 run ") && shown.contains("0000a0d4"), "{shown}");
    assert!(!shown.contains("┃▶ running   Churn"), "no run but the sweep's own\n{shown}");
    press(&mut state, "Esc /", at(40));
    type_in(&mut state, "sweep:back");
    press(&mut state, "Enter", at(40));
    let shown = drawn(&mut state, SIZES[2], at(40));
    assert!(
        shown.contains("0000a0d4") && shown.contains("00000200"),
        "ended ones as well\n{shown}"
    );
    assert!(!shown.contains("0000b7e1"), "{shown}");
}
