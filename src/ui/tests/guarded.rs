//! The cancel sheet of protected projects, and what it says of when a cancel goes out.

use super::*;
use crate::api::{ApiError, Failure};
use crate::engine::model::{BatchItem, Entry, StartId, StartStage};
use crate::engine::sync::session::Session;
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

#[test]
fn sweeps_whose_name_is_a_part_of_anothers_are_offered_by_their_ids() {
    let mut state = opened(&workspace(), SIZES[2]);
    let first = journal::swept("Backfill");
    let later = first.iter().enumerate().map(|(index, entry)| {
        let queue = StartId::new(at(1).wall, Session(9), 40);
        let index = u16::try_from(index).unwrap();
        let point = Some(BatchItem { queue, index, of: 3 });
        let reason = Some("Backfill of May".to_owned());
        Entry { id: queue.point(index), queue: point, reason, ..entry.clone() }
    });
    let later: Vec<_> = later.collect();
    let id = first[0].id.to_string();
    journal::tell(&mut state, first, at(40));
    journal::tell(&mut state, later, at(40));
    assert_eq!(state.model.sweep_names(), ["backfill of may", &id[..12]]);
}

#[test]
fn a_run_that_is_only_probably_a_sweeps_own_is_neither_cancelled_nor_spared_with_it() {
    let mut state = opened(&workspace(), SIZES[2]);
    let mut swept = journal::swept("Nightly backfill");
    let run = swept[1].stage.run().cloned().unwrap();
    swept[1].stage = StartStage::ProbablyOurs(run);
    journal::tell(&mut state, swept, at(40));
    press(&mut state, "/", at(40));
    type_in(&mut state, "not sweep:nightly");
    press(&mut state, "Enter", at(40));
    let shown = drawn(&mut state, SIZES[2], at(40));
    assert!(shown.contains("0000b7e1") && !shown.contains("0000a0d4"), "{shown}");
    for (filter, cancelled) in [("sweep:nightly", None), ("not sweep:nightly", Some("0000b7e1"))] {
        press(&mut state, ":", at(40));
        type_in(&mut state, &format!("cancel status:running {filter}"));
        press(&mut state, "Enter", at(40));
        let shown = drawn(&mut state, SIZES[2], at(40));
        assert!(shown.contains("1 active run left out: it is not known whether"), "{shown}");
        let dialog = cancelled.map_or("nothing to cancel: ", |_| "Cancel 1 run ");
        assert!(shown.contains(dialog), "{shown}");
        press(&mut state, "Esc", at(41));
    }
}

#[test]
fn rows_are_judged_anew_when_the_start_of_a_run_becomes_known() {
    let mut state = opened(&workspace(), SIZES[2]);
    press(&mut state, "/", at(40));
    type_in(&mut state, "sweep:backfill");
    press(&mut state, "Enter", at(40));
    assert!(!drawn(&mut state, SIZES[2], at(40)).contains("0000a0d4"));
    journal::tell(&mut state, journal::swept("Nightly backfill"), at(40));
    let shown = drawn(&mut state, SIZES[2], at(40));
    assert!(shown.contains("0000a0d4") && shown.contains("00000200"), "{shown}");
}

/// The dialog on the only run of this project, which has ended since.
fn ended(protected: bool) -> State {
    let guarded = project(1, "Churn model");
    let mut of = vec![(guarded.clone(), vec![run(&guarded, 0xa0d4, RunStatus::Running, 60, 0)])];
    let mut state = opened(&of, SIZES[1]);
    if protected {
        let rule = crate::domain::rules::Rule::protecting(&["churn model".to_owned()]);
        state.model.set_rules(vec![rule], crate::engine::model::Automatic::Off);
    }
    press(&mut state, "Tab X", at(40));
    of[0].1 = vec![run(&guarded, 0xa0d4, RunStatus::Completed, 60, 50)];
    let effects = state.update(
        Msg::Engine(Box::new(engine::Msg::Intent(engine::Intent::Refresh(guarded.id.clone())))),
        at(41),
    );
    settle(&mut state, effects, &of, at(41));
    state
}

#[test]
fn nothing_is_asked_once_all_runs_have_ended() {
    for protected in [false, true] {
        let mut state = ended(protected);
        let shown = drawn(&mut state, SIZES[1], at(41));
        assert!(shown.contains("  skipped"), "{shown}");
        assert!(shown.contains("nothing is left to cancel"), "{shown}");
        for question in ["Cancel this run?", "Protected: type"] {
            assert!(!shown.contains(question), "{shown}");
        }
        press(&mut state, if protected { "a 0 d 4 ctrl-y" } else { "y" }, at(42));
        assert_ne!(state.context(), Context::Panes, "nothing is confirmed");
        assert_eq!(state.model.cancel_entries().count(), 0);
        press(&mut state, "Esc", at(42));
        assert_eq!(state.context(), Context::Panes);
    }
}

#[test]
fn a_cancel_that_waits_for_the_budget_is_counted_down() {
    let words = |at_once: usize, waits: &[u64]| {
        let now = at(40);
        let plan = (0..at_once).map(|_| now.boot);
        let plan = plan.chain(waits.iter().map(|wait| now.boot + Duration::from_secs(*wait)));
        crate::ui::dialog::plan_words(&plan.collect::<Vec<_>>(), now)
    };
    assert_eq!(words(0, &[]), "nothing is left to cancel");
    assert_eq!(words(1, &[]), "goes out at once");
    assert_eq!(words(3, &[]), "3 go out at once");
    assert_eq!(words(0, &[11]), "goes out in 11 s, as the budget allows");
    assert_eq!(
        words(0, &[3, 37]),
        "the first goes out in 3 s, the last in 37 s, as the budget allows"
    );
    assert_eq!(words(5, &[2, 37]), "5 go out now, the rest within 37 s, as the budget allows");
    assert_eq!(words(1, &[2]), "1 goes out now, the rest within 2 s, as the budget allows");
}

#[test]
fn what_is_to_be_typed_for_a_protected_project_is_cut_at_no_size() {
    let title =
        "Quarterly revenue recognition reconciliation with intercompany eliminations and FX";
    let long = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";
    for title in [title, long] {
        for size in [Size { width: 80, height: 24 }, Size { width: 120, height: 36 }] {
            let mut state = dialog(title, title);
            let shown = drawn(&mut state, size, at(40));
            // What stands beside the dialog and the breaks of lines are not part of it.
            let inside = shown.lines().filter_map(|line| line.split('┃').nth(1));
            let text: String = inside.collect::<String>().split_whitespace().collect();
            let asked = format!("Protected:type{title}ora0d4c6f2andpressctrl-y,orEscforno:");
            let asked: String = asked.chars().filter(|letter| *letter != ' ').collect();
            assert!(text.contains(&asked), "{size:?}\n{shown}");
            press(&mut state, "x ctrl-y", at(40));
            let notice = state.notice.as_ref().unwrap().text.clone();
            assert!(notice.chars().count() <= 70, "the footer holds it: {notice}");
        }
    }
}
