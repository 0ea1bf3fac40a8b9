//! The pages of help within the dashboard.

use super::*;

fn open(topic: &str) -> State {
    let mut state = opened(&workspace(), SIZES[1]);
    let typed = topic.chars().map(|letter| letter.to_string()).collect::<Vec<_>>().join(" ");
    press(&mut state, &format!(": h e l p Space {typed} Enter"), at(40));
    state
}

#[test]
fn a_page_of_help_is_opened_by_its_name_scrolled_and_searched() {
    let mut state = open("budget");
    look("page", &mut state, at(40));
    let first = drawn(&mut state, SIZES[1], at(40));
    press(&mut state, "PageDown", at(40));
    let second = drawn(&mut state, SIZES[1], at(40));
    assert_ne!(first, second);
    press(&mut state, "s q l i t e", at(40));
    let found = drawn(&mut state, SIZES[1], at(40));
    assert!(found.contains("All this is in a file of SQLite"), "{found}");
    assert!(found.contains("Several hextops on one token") && !found.contains("panel"), "{found}");
    press(&mut state, "x x", at(40));
    let none = drawn(&mut state, SIZES[1], at(40));
    assert!(none.contains("nothing on this page has \"sqlitexx\""), "{none}");
    press(&mut state, "Esc", at(40));
    assert_eq!(state.context(), Context::Panes);
}

#[test]
fn every_page_opens_at_every_size() {
    for topic in crate::ui::manual::TOPICS {
        let mut state = open(topic.name);
        for size in SIZES {
            let screen = drawn(&mut state, size, at(40));
            assert!(screen.contains(&format!("Help {}", topic.name)), "{screen}");
        }
    }
}

#[test]
fn an_unknown_page_is_answered_with_those_that_there_are() {
    let mut state = open("nothing");
    let screen = drawn(&mut state, SIZES[2], at(40));
    assert!(screen.contains("`help` knows no `nothing`"), "{screen}");
    press(&mut state, "Esc ?", at(40));
    press(&mut state, "l i m i t", at(40));
    let screen = drawn(&mut state, SIZES[2], at(40));
    assert!(screen.contains("help budget"), "{screen}");
}
