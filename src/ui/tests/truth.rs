//! That what the panes say is so: what a key would do, which year a date is of, and that no text from
//! a server acts on the screen.

use super::*;
use crate::api::words;
use crate::domain::text::is_clean;

#[test]
fn a_start_is_offered_where_there_are_no_runs_only_if_the_key_begins_one() {
    let fresh = || vec![(project(1, "Fresh"), Vec::new())];
    let busy = project(1, "Busy");
    let runs = vec![run(&busy, 1, RunStatus::Running, 60, 0)];
    let scratch = Project { published: Published::Never, ..project(2, "Scratch") };
    // By the pane of projects, and by the tab key alone.
    for (projects, keys, offers) in [
        (fresh(), "Enter", true),
        (fresh(), "Tab", true),
        (vec![(busy, runs), (scratch, Vec::new())], "/ s c r a t c h Enter Enter", false),
    ] {
        let mut state = opened(&projects, SIZES[1]);
        state.focus = Pane::Projects;
        press(&mut state, keys, at(40));
        assert_eq!(state.focus, Pane::Runs);
        let shown = drawn(&mut state, SIZES[1], at(40));
        assert!(shown.contains("No runs yet"), "{shown}");
        assert_eq!(shown.contains("t starts one"), offers, "{shown}");
        let effects = press(&mut state, "t", at(40));
        settle(&mut state, effects, &projects, at(40));
        assert_eq!(state.context() != Context::Panes, offers, "by {keys}");
    }
}

#[test]
fn a_run_of_another_year_shows_its_year() {
    let old = project(1, "Old");
    let started = |text: &str| Some(text.parse::<Timestamp>().unwrap());
    let runs = [started("2025-12-31T23:00:00Z"), started("2026-01-02T09:00:00Z")];
    let runs = runs
        .into_iter()
        .enumerate()
        .map(|(number, start)| Run { start, ..run(&old, number + 1, RunStatus::Running, 0, 0) });
    let projects = vec![(old.clone(), runs.collect())];
    let mut state = opened(&projects, SIZES[2]);
    state.focus = Pane::Runs;
    let shown = drawn(&mut state, SIZES[2], at(40));
    assert!(shown.contains("31Dec2025 ") && shown.contains("02 Jan "), "{shown}");
    assert!(!shown.contains("02 Jan 2026") && !shown.contains("02Jan"), "{shown}");
    let both = ["2025-12-31 23:00:00Z", "2026-01-02 09:00:00Z"];
    assert!(both.iter().any(|date| shown.contains(date)), "the details say it whole: {shown}");
}

#[test]
fn nothing_of_a_run_acts_on_the_screen_wherever_it_is_drawn() {
    let raw = "\u{1b}]0;x\u{7}\u{202e}\u{9b}2J\u{200b}";
    let odd = Project { owner: Some(raw.to_owned()), ..project(1, raw) };
    let with = |number: usize| {
        let run = run(&odd, 1, RunStatus::Running, 600, 0);
        Run {
            id: RunId::new(format!("{number}{raw}")),
            status: if number == 1 { words::status(raw) } else { RunStatus::Running },
            trigger: Some(words::trigger(raw)),
            version: Some(raw.to_owned()),
            ..run
        }
    };
    let projects = vec![(odd.clone(), vec![with(1), with(2)])];
    for keys in ["Tab", "Tab Tab Enter", "ctrl-a X", "Tab X", "b", "@", "Tab ctrl-a D", "t", "Q"] {
        let mut state = opened(&projects, SIZES[2]);
        state.focus = Pane::Projects;
        let effects = press(&mut state, keys, at(40));
        settle(&mut state, effects, &projects, at(40));
        state.update(Msg::Resize(SIZES[2]), at(41));
        let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
        terminal.draw(|frame| state.draw(frame, at(41))).unwrap();
        for cell in terminal.backend().buffer().content() {
            assert!(is_clean(cell.symbol(), 40), "{:?} after {keys}", cell.symbol());
        }
    }
}

#[test]
fn a_token_that_could_not_be_read_anew_is_told_until_one_can() {
    let mut state = opened(&[(project(1, "Fresh"), Vec::new())], SIZES[1]);
    let mut read = |read: Result<bool, String>| {
        let msg = engine::Msg::TokenRead(read);
        state.update(Msg::Engine(Box::new(msg)), at(40));
        drawn(&mut state, SIZES[1], at(40))
    };
    let shown = read(Err("cannot use the token in /t: gone".to_owned()));
    assert!(shown.contains("The token was not read anew, the one before stays in"), "{shown}");
    assert!(!read(Ok(false)).contains("not read anew"));
}
