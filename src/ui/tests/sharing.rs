//! Who else spends from the budget, and that nobody knows where the store fails.

use super::*;
use crate::engine::sync::coordinator::LEASE;
use crate::engine::sync::log::{LogEvent, LogRecord, Presence};
use crate::engine::sync::protocol::{Answer, StoreEvent};
use crate::engine::sync::session::Session;

/// A dashboard whose store has told this when it was asked at the start.
fn joined(told: Result<StoreEvent, String>, size: Size) -> State {
    let options = Options { workspace: "acme".to_owned(), ..Options::default() };
    let model = Model::new(Settings::default()).sharing(Session(1));
    let mut state = State::new(model, options, size, at(0));
    let tell = |msg| Msg::Engine(Box::new(msg));
    state.update(tell(engine::Msg::Started), at(0));
    let effects = state.update(tell(engine::Msg::Store(told)), at(0));
    settle(&mut state, effects, &workspace(), at(0));
    state
}

fn log(records: impl IntoIterator<Item = (u32, LogEvent)>) -> StoreEvent {
    let record = |(by, what)| LogRecord { by: Session(by), at: at(0).boot, what };
    let records = (1..).zip(records.into_iter().map(record)).collect();
    StoreEvent { records, answer: Answer::Joined, ..StoreEvent::default() }
}

fn panel(told: Result<StoreEvent, String>) -> String {
    let mut state = joined(told, SIZES[2]);
    press(&mut state, "b", at(1));
    drawn(&mut state, SIZES[2], at(1))
}

#[test]
fn a_store_that_fails_at_all_sizes() {
    let reason = "/home/ana/.local/share/hextop/acme.sqlite3: attempt to write a readonly database";
    let mut state = joined(Err(reason.to_owned()), SIZES[1]);
    look("store_fails", &mut state, at(1));
    press(&mut state, "b", at(1));
    look("store_fails_budget", &mut state, at(1));
}

#[test]
fn the_budget_panel_says_how_many_share_it_and_who_polls() {
    let lease = |by| (by, LogEvent::Lease { lasts: LEASE });
    let cares = |by| (by, LogEvent::Presence(Presence::default()));
    let alone = panel(Ok(log([lease(1), cares(1)])));
    assert!(alone.contains("with no other hextop process; this one polls"), "{alone}");
    let here = panel(Ok(log([lease(1), cares(1), cares(2), cares(3)])));
    assert!(here.contains("by 3 hextop processes in the last minute; this one polls"), "{here}");
    assert!(!here.contains("another hextop process plans them"), "{here}");
    let there = panel(Ok(log([lease(2), cares(1), cares(2)])));
    let text = "by 2 hextop processes in the last minute; another one polls";
    assert!(there.contains(text), "{there}");
    assert!(there.contains("another hextop process plans them"), "{there}");
    assert!(!there.contains("The store fails"), "{there}");
}
