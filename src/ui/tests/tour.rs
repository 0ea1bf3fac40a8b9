//! A newcomer is led through what there is to do.

use super::*;
use crate::ui::Options;

fn footer(state: &mut State, now: Now) -> String {
    drawn(state, SIZES[1], now).lines().last().unwrap().to_owned()
}

#[test]
fn each_step_is_over_when_the_person_has_done_it_in_any_order() {
    let model = *opened(&workspace(), SIZES[1]).model;
    let options = Options { tour: true, ..Options::default() };
    let mut state = State::new(model, options, SIZES[1], at(60));
    state.update(Msg::Engine(Box::new(engine::Msg::Woke)), at(60));
    assert!(footer(&mut state, at(60)).contains("Tour 1/5 (:tour ends it) j k move"));
    press(&mut state, "j", at(61));
    assert!(footer(&mut state, at(61)).contains("Tour 2/5 (:tour ends it) X asks about"));
    press(&mut state, "?", at(62));
    press(&mut state, "Esc", at(62));
    assert!(footer(&mut state, at(62)).contains("Tour 2/5 (:tour ends it) X asks about"));
    press(&mut state, "g g X", at(63));
    press(&mut state, "y", at(64));
    press(&mut state, "Esc", at(65));
    assert!(footer(&mut state, at(80)).contains("Tour 3/5 (:tour ends it) t opens a start"));
    press(&mut state, ":", at(81));
    state.update(Msg::Paste("filter status:errored".to_owned()), at(81));
    press(&mut state, "Enter", at(81));
    assert!(footer(&mut state, at(90)).contains("Tour 3/5 (:tour ends it) t opens a start"));
    press(&mut state, ":", at(91));
    state.update(Msg::Paste("tour".to_owned()), at(91));
    press(&mut state, "Enter", at(91));
    assert!(footer(&mut state, at(91)).contains("the tour is over"));
    state.update(Msg::Engine(Box::new(engine::Msg::Woke)), at(120));
    assert!(!footer(&mut state, at(120)).contains("Tour"));
}

#[test]
fn without_it_the_footer_says_what_it_always_says() {
    let mut state = opened(&workspace(), SIZES[1]);
    assert!(state.tour_words().is_none() && !footer(&mut state, at(60)).contains("Tour"));
}
