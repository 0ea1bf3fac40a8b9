//! The budget by hand: one thing at a time.

use super::*;
use crate::api::RateHint;

fn secs(seconds: f64) -> Boot {
    Boot::at(Duration::from_secs_f64(1000.0 + seconds))
}

fn send(budget: &mut Budget, priority: Priority, kind: Kind, call: u64, now: Boot) -> bool {
    let granted = budget.admit(kind, priority, now) == Admission::Granted;
    if granted {
        budget.take(CallId::numbered(call), kind, priority, now);
    }
    granted
}

/// Sends as long as it is granted, replies at once, and tells how many left.
fn drain(budget: &mut Budget, priority: Priority, kind: Kind, now: Boot) -> u32 {
    let mut sent = 0;
    while send(budget, priority, kind, u64::from(sent), now) {
        budget.log.close(CallId::numbered(u64::from(sent)), now);
        sent += 1;
    }
    sent
}

#[test]
fn an_empty_start_sends_half_the_limit_at_once_and_then_paces() {
    let mut budget = Budget::new(60);
    assert_eq!(drain(&mut budget, Priority::Poll, Kind::Read, secs(0.0)), 15);
    // 25 of 30 are for polls, 15 are gone: ten more, six seconds apart.
    assert_eq!(
        budget.admit(Kind::Read, Priority::Poll, secs(0.0)),
        Admission::NotBefore(secs(6.0))
    );
    assert_eq!(drain(&mut budget, Priority::Poll, Kind::Read, secs(6.0)), 1);
}

#[test]
fn missed_slots_are_not_made_up_after_a_sleep() {
    let mut budget = Budget::new(60);
    drain(&mut budget, Priority::Poll, Kind::Read, secs(0.0));
    assert_eq!(drain(&mut budget, Priority::Poll, Kind::Read, secs(900.0)), 1);
}

#[test]
fn persons_find_a_reserve_and_cancels_find_what_persons_left() {
    let mut budget = Budget::new(60);
    let mut polls = 0;
    for step in 0..590 {
        polls += drain(&mut budget, Priority::Poll, Kind::Read, secs(f64::from(step) * 0.1));
    }
    assert_eq!(polls, 15 + 9);
    assert_eq!(budget.spare(secs(59.0)), 4);
    assert_eq!(drain(&mut budget, Priority::Person, Kind::Read, secs(59.0)), 4);
    let usage = Usage { polls: 24, persons: 4, others: 0 };
    assert_eq!(budget.used_by(secs(59.0)), usage);
    assert_eq!(drain(&mut budget, Priority::Cancel, Kind::Cancel, secs(59.0)), 2);
    assert_eq!(
        budget.admit(Kind::Cancel, Priority::Cancel, secs(59.0)),
        Admission::NotBefore(secs(60.0))
    );
}

#[test]
fn a_slot_is_held_from_sending_until_the_reply_plus_the_window() {
    let mut budget = Budget::new(60);
    for call in 0..30 {
        assert!(send(&mut budget, Priority::Cancel, Kind::Cancel, call, secs(0.0)));
    }
    assert!(!send(&mut budget, Priority::Cancel, Kind::Cancel, 30, secs(70.0)), "all in flight");
    budget.log.close(CallId::numbered(0), secs(20.0));
    assert!(!send(&mut budget, Priority::Cancel, Kind::Cancel, 30, secs(79.9)));
    assert!(send(&mut budget, Priority::Cancel, Kind::Cancel, 30, secs(80.0)));
}

#[test]
fn triggers_keep_twenty_a_minute_and_sixty_an_hour() {
    let mut budget = Budget::new(60);
    let mut started = 0;
    for minute in 0..4 {
        started +=
            drain(&mut budget, Priority::Person, Kind::Trigger, secs(f64::from(minute) * 60.0));
        assert_eq!(started, 20 * (minute + 1).min(3));
    }
    assert_eq!(
        budget.admit(Kind::Trigger, Priority::Person, secs(240.0)),
        Admission::NotBefore(secs(3600.0))
    );
    assert_eq!(budget.admit(Kind::Cancel, Priority::Cancel, secs(240.0)), Admission::Granted);
}

#[test]
fn a_forecast_ends_though_requests_are_on_their_way() {
    let mut budget = Budget::new(3);
    for call in 0..3 {
        assert!(send(&mut budget, Priority::Cancel, Kind::Cancel, call, secs(0.0)));
    }
    let plan = budget.forecast(Kind::Cancel, Priority::Cancel, 4, secs(10.0));
    assert_eq!(plan, [secs(70.0), secs(70.0), secs(70.0), secs(130.0)]);
}

#[test]
fn a_forecast_tells_when_each_of_many_cancels_leaves() {
    let mut budget = Budget::new(60);
    drain(&mut budget, Priority::Person, Kind::Read, secs(0.0));
    let plan = budget.forecast(Kind::Cancel, Priority::Cancel, 4, secs(10.0));
    assert_eq!(plan, [secs(10.0), secs(10.0), secs(60.0), secs(60.0)]);
    assert_eq!(budget.used(secs(10.0)), 28, "a forecast spends nothing");
}

#[test]
fn a_cancel_does_not_wait_for_an_hour_that_is_only_guessed_and_everybody_else_does() {
    let mut budget = Budget::new(60);
    // An hour's limit of 120 is told, and all of it is spent, a request each half minute.
    let hint =
        RateHint { limit: Some(120), reset: Some(Duration::from_mins(50)), ..RateHint::default() };
    for number in 0..120_u32 {
        let now = secs(f64::from(number) * 29.0);
        let call = CallId::numbered(u64::from(number));
        budget.take(call, Kind::Read, Priority::Person, now);
        let hint = if number == 119 { hint } else { RateHint::default() };
        budget.settle(call, &hint, false, now);
    }
    let now = secs(119.0 * 29.0 + 1.0);
    assert_eq!(budget.hour_limit(now), 120);
    for (priority, is_granted) in [
        (Priority::Poll, false),
        (Priority::Sweep, false),
        (Priority::Person, false),
        (Priority::Cancel, true),
    ] {
        let kind = if priority == Priority::Cancel { Kind::Cancel } else { Kind::Read };
        assert_eq!(
            budget.admit(kind, priority, now) == Admission::Granted,
            is_granted,
            "{priority:?}"
        );
    }
}

#[test]
fn a_poller_that_takes_over_begins_with_a_burst_only_if_nothing_counts_any_more() {
    let mut budget = Budget::new(60);
    drain(&mut budget, Priority::Poll, Kind::Read, secs(0.0));
    budget.start_anew(secs(59.0));
    assert_eq!(drain(&mut budget, Priority::Poll, Kind::Read, secs(59.0)), 1, "paced");
    budget.start_anew(secs(119.0));
    assert_eq!(drain(&mut budget, Priority::Poll, Kind::Read, secs(119.0)), 15);
}

#[test]
fn what_is_taken_in_thought_counts_until_it_is_forgotten_and_leaves_no_trace() {
    let mut budget = Budget::new(60);
    assert!(send(&mut budget, Priority::Poll, Kind::Read, 1, secs(0.0)));
    let before = format!("{budget:?}");
    for call in 2..20 {
        budget.claim(CallId::numbered(call), Kind::Read, Priority::Poll, secs(0.0));
    }
    // It has left already.
    budget.claim(CallId::numbered(1), Kind::Read, Priority::Poll, secs(0.0));
    budget.claim(CallId::numbered(20), Kind::Cancel, Priority::Cancel, secs(0.0));
    assert_eq!(budget.used(secs(0.0)), 20);
    assert_ne!(budget.admit(Kind::Read, Priority::Poll, secs(0.0)), Admission::Granted);
    budget.release_claims();
    assert_eq!(format!("{budget:?}"), before);
}
