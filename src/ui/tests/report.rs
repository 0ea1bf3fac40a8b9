//! An incident as Markdown.

use super::*;
use crate::engine::alerts::AlertItem;

/// What is saved by a command line.
fn saved(state: &mut State, line: &str) -> Option<(String, String)> {
    press(state, ":", at(60));
    state.update(Msg::Paste(line.to_owned()), at(60));
    let effects = press(state, "Enter", at(60));
    effects.into_iter().find_map(|effect| match effect {
        Effect::Save { name, text } => Some((name, text)),
        _ => None,
    })
}

#[test]
fn a_report_has_what_goes_on_what_failed_what_was_done_and_what_was_told() {
    let projects = workspace();
    let mut state = opened(&projects, SIZES[1]);
    journal::tell(&mut state, journal::entries(), at(40));
    for second in 40..60 {
        let asked = state.update(Msg::Engine(Box::new(engine::Msg::Woke)), at(second));
        settle(&mut state, asked, &projects, at(second));
    }
    let (name, text) = saved(&mut state, "report 24h").unwrap();
    assert_eq!(name, "hextop-incident-20261020-080100Z.md");
    insta::assert_snapshot!("report", text);
    let (_, hour) = saved(&mut state, "report").unwrap();
    assert!(hour.len() < text.len() && hour.contains("From 2026-10-20 07:01:00Z to"));
    for wrong in ["report soon", "report -2h"] {
        assert_eq!(saved(&mut state, wrong), None, "{wrong}");
        assert!(state.notice.as_ref().unwrap().text.contains(":report 2h"));
    }
}

#[test]
fn the_values_of_inputs_are_on_the_screen_and_not_in_a_report() {
    let mut state = opened(&workspace(), SIZES[1]);
    let mut alert = watching::alert("00000001");
    let inputs = vec![("region".to_owned(), "\"emea-7\"".to_owned())];
    alert.items[0].known.inputs = inputs;
    let other = AlertItem { run: RunId::new("00000002"), ..alert.items[0].clone() };
    alert.items.push(other);
    let told = engine::Event::Alert(alert);
    let mut effects = Vec::new();
    state.hear(told, at(50), &mut effects);
    let (_, text) = saved(&mut state, "report").unwrap();
    assert!(text.contains("all with the same region") && !text.contains("emea"), "{text}");
    press(&mut state, ": a l e r t s Enter", at(61));
    let shown = drawn(&mut state, SIZES[2], at(61));
    assert!(shown.contains("all with region=\"emea-7\""), "{shown}");
}

#[test]
fn what_hex_tells_makes_no_markup_in_a_report_and_nothing_is_said_to_be_nothing() {
    let hostile = project(1, "| a | <b>[x](https://evil.test) `c`\u{1b}[2J\nnext");
    let failed = run(&hostile, 1, RunStatus::Errored, 100, 10);
    let mut state = opened(&[(hostile, vec![failed])], SIZES[1]);
    let (_, text) = saved(&mut state, "report").unwrap();
    let row = text.lines().find(|line| line.contains("00000001")).unwrap();
    assert_eq!(row.matches(" | ").count(), 4, "{row}");
    assert!(!text.contains('\u{1b}') && row.contains("\\[x\\](https"), "{text}");
    let mut empty = opened(&[], SIZES[1]);
    let (_, text) = saved(&mut empty, "report").unwrap();
    assert_eq!(text.matches("\nNothing.\n").count(), 5, "{text}");
}
