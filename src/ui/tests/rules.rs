//! Rules that end runs, as a person sees them and stops them.

use super::*;
use crate::domain::rules::{Action, MaxDuration, Pattern, Rule};
use crate::engine::model::{Automatic, CancelStage};

/// A rule that ends the run of the first project, and one that forbids something in the second.
pub(super) fn set(state: &mut State) {
    let limit = Duration::from_mins(30);
    let nightly = Rule {
        projects: vec![Pattern::new("Churn*")],
        max_duration: Some(MaxDuration { limit, action: Action::Cancel }),
        ..Rule::named("nightly")
    };
    let hours = Some("mon-fri 08:00-18:00".parse().unwrap());
    let office = Rule {
        projects: vec![Pattern::new("*revenue*")],
        read_only: true,
        allowed_hours: hours,
        ..Rule::named("office")
    };
    state.model.set_rules(vec![nightly, office], Automatic::On);
}

/// The first project is looked at under these rules, so that the countdown of its run begins; gives what
/// is asked besides.
pub(super) fn count_down(state: &mut State, projects: &[(Project, Vec<Run>)]) -> Vec<Effect> {
    set(state);
    let look = engine::Intent::Refresh(projects[0].0.id.clone());
    let asked = state.update(Msg::Engine(Box::new(engine::Msg::Intent(look))), at(40));
    settle(state, asked, projects, at(40))
}

/// Lets so many seconds pass in which everything is answered; gives how many DELETEs left.
fn pass(state: &mut State, seconds: std::ops::Range<u64>) -> usize {
    let mut deletes = 0;
    for second in seconds {
        let asked = state.update(Msg::Engine(Box::new(engine::Msg::Woke)), at(second));
        let is_delete = |it: &&Effect| matches!(it, Effect::Send(_, Call::Cancel { .. }, ..));
        deletes += asked.iter().filter(is_delete).count();
        settle(state, asked, &workspace(), at(second));
    }
    deletes
}

#[test]
fn a_countdown_is_on_the_screen_wherever_the_cursor_is_and_its_key_keeps_the_run() {
    let mut state = opened(&workspace(), SIZES[2]);
    count_down(&mut state, &workspace());
    let shown = drawn(&mut state, SIZES[2], at(47));
    let banner =
        "The rule `nightly` cancels 0000b7e1 of Churn model in 23 s (longer than 30m): K keeps it";
    assert!(shown.contains(banner), "{shown}");
    assert!(shown.contains("rule in 23s"), "its row: {shown}");
    press(&mut state, "G", at(48));
    press(&mut state, "K", at(49));
    let notice = state.notice.as_ref().unwrap().text.clone();
    assert_eq!(notice, "0000b7e1 kept: no rule cancels it any more");
    assert_eq!(pass(&mut state, 50..200), 0);
    let shown = drawn(&mut state, SIZES[2], at(200));
    assert!(!shown.contains("cancels 0000b7e1"), "{shown}");
    let entry = state.model.cancel_entries().next().unwrap();
    assert_eq!((&entry.stage, entry.rule.as_deref()), (&CancelStage::Withdrawn, Some("nightly")));
    press(&mut state, "K", at(201));
    let notice = state.notice.as_ref().unwrap().text.clone();
    assert_eq!(notice, "no rule is about to cancel a run");
}

#[test]
fn nobody_keeps_it_and_the_rule_cancels_it_and_says_so() {
    let mut state = opened(&workspace(), SIZES[2]);
    count_down(&mut state, &workspace());
    assert_eq!(pass(&mut state, 41..70), 0);
    assert_eq!(pass(&mut state, 70..100), 1);
    let entry = state.model.cancel_entries().next().unwrap();
    assert_eq!(entry.rule.as_deref(), Some("nightly"));
    assert_eq!(entry.reason.as_deref(), Some("by the rule `nightly`: longer than 30m"));
    press(&mut state, "Tab g g", at(100));
    let shown = drawn(&mut state, SIZES[2], at(100));
    for text in ["30m00s, as long as the rule `nightly`", "cancel by the rule `nightly`: accepted"]
    {
        assert!(shown.contains(text), "{text}: {shown}");
    }
}

#[test]
fn what_a_rule_forbids_is_refused_before_a_dialog_opens_and_names_the_rule() {
    let mut state = opened(&workspace(), SIZES[1]);
    set(&mut state);
    press(&mut state, "j t", at(40));
    let said = |state: &State| state.notice.as_ref().unwrap().text.clone();
    assert!(said(&state).starts_with("the rule `office` makes Weekly revenue"), "{}", said(&state));
    press(&mut state, "X", at(41));
    assert!(
        said(&state).contains("read only: nothing is started or cancelled"),
        "{}",
        said(&state)
    );
    assert!(state.layers.is_empty());
}

#[test]
fn the_list_of_rules_says_what_each_does_and_what_it_has_in_hand() {
    let mut state = opened(&workspace(), SIZES[1]);
    press(&mut state, ": r u l e s Enter", at(40));
    assert!(drawn(&mut state, SIZES[1], at(40)).contains("There are no rules in these settings."));
    press(&mut state, "Esc", at(40));
    count_down(&mut state, &workspace());
    press(&mut state, ": r u l e s Enter", at(40));
    let shown = drawn(&mut state, SIZES[1], at(47));
    for text in [
        "Rules have cancelled 0 runs in the last hour, of 10 at most. K keeps a run",
        "nightly  Churn*",
        "cancels runs that take longer than 30m",
        "`nightly` cancels 0000b7e1 of Churn model in 23 s",
        "office  *revenue*",
        "starts runs only mon-fri 08:00-18:00",
    ] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
}

#[test]
fn a_watched_rule_is_told_of_when_it_has_cancelled_a_run_and_when_a_person_keeps_one() {
    for (keeps, said) in [
        (false, "1 run cancelled by a watched rule of Churn model"),
        (true, "1 run kept from a watched rule of Churn model"),
    ] {
        for is_watched in [true, false] {
            let mut state = opened(&workspace(), SIZES[2]);
            set(&mut state);
            let press = |state: &mut State, keys: &str, second| {
                let asked = press(state, keys, at(second));
                settle(state, asked, &workspace(), at(second));
            };
            press(&mut state, ": r u l e s Enter", 40);
            if is_watched {
                press(&mut state, "w", 40);
                let notice = state.notice.as_ref().unwrap().text.clone();
                assert!(notice.starts_with("the rule `nightly` is watched: "), "{notice}");
                let shown = drawn(&mut state, SIZES[1], at(40));
                assert!(shown.contains("▌nightly  Churn*  watched"), "{shown}");
            }
            press(&mut state, "Esc", 40);
            count_down(&mut state, &workspace());
            pass(&mut state, 41..45);
            if keeps {
                press(&mut state, "K", 45);
            }
            pass(&mut state, 46..130);
            let told: Vec<_> =
                state.watching.alerts.iter().map(crate::engine::alerts::Alert::words).collect();
            assert_eq!(told.iter().any(|words| words.contains(said)), is_watched, "{told:?}");
        }
    }
}

#[test]
fn the_selected_rule_is_in_sight_and_turned_by_its_name() {
    let mut state = opened(&workspace(), SIZES[1]);
    let rules =
        (0..60).map(|number| Rule { read_only: true, ..Rule::named(format!("rule {number}")) });
    state.model.set_rules(rules.collect(), Automatic::Off);
    press(&mut state, ": r u l e s Enter G", at(40));
    for size in SIZES {
        assert!(drawn(&mut state, size, at(40)).contains("▌rule 59"), "{size:?}");
    }
    press(&mut state, "k k w", at(40));
    assert!(state.model.watches_rule("rule 57") && !state.model.watches_rule("rule 59"));
    // The rules are others: the first is selected.
    state.model.set_rules(vec![Rule::named("other")], Automatic::Off);
    assert!(drawn(&mut state, SIZES[1], at(40)).contains("▌other"));
    press(&mut state, "w w", at(40));
    assert!(!state.model.watches_rule("other"), "on and off again");
    state.model.set_rules(Vec::new(), Automatic::Off);
    press(&mut state, "w", at(40));
    let notice = state.notice.as_ref().unwrap().text.clone();
    assert_eq!(notice, "there is no rule to watch");
}

#[test]
fn a_rule_that_is_taller_than_its_window_is_read_to_its_end() {
    for (width, height) in [(60, 20), (80, 24)] {
        let size = Size { width, height };
        let mut state = opened(&workspace(), size);
        let names: Vec<_> = (100..220).map(|number| format!("project-{number}*")).collect();
        let tall = Rule {
            projects: names.iter().map(|name| Pattern::new(name.as_str())).collect(),
            read_only: true,
            ..Rule::named("tall")
        };
        let rules = vec![Rule::named("first"), tall, Rule::named("last")];
        state.model.set_rules(rules, Automatic::On);
        press(&mut state, ": r u l e s Enter j", at(40));
        let begin = drawn(&mut state, size, at(40));
        assert!(begin.contains("▌tall") && begin.contains("project-100*"), "{begin}");
        let mut seen = begin.clone();
        let mut keys = 0;
        while !drawn(&mut state, size, at(40)).contains("▌last") {
            seen += &drawn(&mut state, size, at(40));
            press(&mut state, "j", at(40));
            keys += 1;
            assert!(keys < 200, "{seen}");
        }
        let missing: Vec<_> = names.iter().filter(|name| !seen.contains(name.as_str())).collect();
        assert!(missing.is_empty(), "{missing:?}");
        let says = ["nothing is started or cancelled", "names a project that is not known"];
        assert!(says.iter().all(|text| seen.contains(text)), "{seen}");
        // From the rule below one comes to its beginning, by pages through it, and by one key to the ends.
        press(&mut state, "k", at(40));
        assert_eq!(drawn(&mut state, size, at(40)), begin);
        press(&mut state, "PageDown PageUp", at(40));
        assert_eq!(drawn(&mut state, size, at(40)), begin);
        press(&mut state, "k", at(40));
        assert!(drawn(&mut state, size, at(40)).contains("▌first"));
        press(&mut state, "G", at(40));
        assert!(drawn(&mut state, size, at(40)).contains("▌last"));
    }
}
