//! A token that Hex refuses once, for a while, or for good.

use super::*;

/// So many requests are good, and what follows is refused, so many times.
fn refusing(play: &mut Play, times: usize) {
    let good = (Fate::Good, 50);
    play.fates = vec![good; play.sent.len()];
    play.fates.extend(vec![(Fate::Unauthorized, 50); times]);
}

fn health(play: &Play) -> Health {
    play.model.health(at(play.now).boot)
}

/// When what was sent from this number on left, in milliseconds after `from`.
fn departures(play: &Play, number: usize, from: u64) -> Vec<u64> {
    play.sent.iter().skip(number).map(|(when, _)| when - from).collect()
}

#[test]
fn one_refusal_stops_neither_polls_nor_cancels_whichever_request_hears_it() {
    for number in 0..24 {
        let mut fates = vec![(Fate::Good, 50); number];
        fates.push((Fate::Unauthorized, 50));
        let mut play = Play::new(fates);
        play.run_until(8_000);
        play.act(Act::CancelAll, &mut 0);
        play.run_until(120_000);
        assert_eq!(play.model.open_cancels(), 0, "{number}");
        let killed = play.server.runs.values().filter(|run| run.status == RunStatus::Killed);
        assert_eq!(killed.count(), play.server.runs.len(), "{number}");
        assert!(play.model.me().is_some() && play.model.is_swept(), "{number}");
        assert!(matches!(health(&play), Health::Live { .. }), "{number}");
    }
}

#[test]
fn a_token_that_never_worked_is_tried_twice_more_and_then_given_up() {
    let mut play = Play::new(vec![(Fate::Unauthorized, 50); 500]);
    play.run_until(600_000);
    // The first two are on their way together.
    assert_eq!(departures(&play, 0, 0), [0, 0, 1_050, 6_100]);
    assert_eq!(health(&play), Health::TokenRefused);
}

#[test]
fn a_token_that_has_worked_is_tried_over_minutes_one_request_at_a_time() {
    let mut play = Play::new(Vec::new());
    play.run_until(61_000);
    refusing(&mut play, 500);
    let before = play.sent.len();
    play.act(Act::RefreshAll, &mut 0);
    let together = play.sent.len();
    play.run_until(1_200_000);
    assert!(together > before + 3, "some were on their way together");
    let refused = 61_000 + 50;
    let tries = departures(&play, together, refused);
    assert!(tries.first().is_some_and(|first| *first >= 1_000), "{tries:?}");
    let pauses: Vec<_> = tries.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(pauses, [5_050, 20_050, 60_050, 120_050]);
    assert_eq!(health(&play), Health::TokenRefused);
}

#[test]
fn a_cancel_waits_for_a_token_in_doubt_and_leaves_when_it_is_tried() {
    let mut play = Play::new(Vec::new());
    play.run_until(60_000);
    refusing(&mut play, 2);
    play.act(Act::Refresh(0), &mut 0);
    play.run_until(60_100);
    assert!(matches!(health(&play), Health::TokenDoubted { .. }));
    play.act(Act::CancelAny(0), &mut 0);
    play.run_until(90_000);
    assert_eq!(play.model.open_cancels(), 0);
    assert!(matches!(health(&play), Health::Live { .. }));
}

#[test]
fn another_token_is_tried_at_once_and_whose_it_is_is_asked_anew() {
    let mut play = Play::new(Vec::new());
    play.run_until(60_000);
    refusing(&mut play, 1);
    play.act(Act::Refresh(0), &mut 0);
    play.run_until(60_060);
    let number = play.sent.len();
    play.tell(Msg::TokenRead(Ok(true)));
    assert_eq!(departures(&play, number, 60_000), [60], "without any pause");
    play.run_until(63_000);
    assert!(play.sent.iter().skip(number).any(|(_, call)| *call == Call::Me));
    assert!(matches!(health(&play), Health::Live { .. }));
}

#[test]
fn a_token_that_was_given_up_is_read_anew_when_a_person_asks() {
    let mut play = Play::new(vec![(Fate::Unauthorized, 50); 4]);
    play.run_until(60_000);
    assert_eq!(health(&play), Health::TokenRefused);
    let number = play.sent.len();
    play.act(Act::RefreshAll, &mut 0);
    assert_eq!(play.sent.len(), number, "it is read first");
    play.tell(Msg::TokenRead(Err("the file is gone".to_owned())));
    assert_eq!(play.model.token_trouble(), Some("the file is gone"));
    play.run_until(70_000);
    assert!(matches!(health(&play), Health::Live { .. }), "the old one works again");
}

#[test]
fn reading_the_token_may_take_long_and_is_then_not_waited_for() {
    let mut play = Play::new(vec![(Fate::Unauthorized, 50); 4]);
    play.run_until(60_000);
    play.act(Act::RefreshAll, &mut 0);
    play.run_until(69_000);
    assert!(matches!(health(&play), Health::TokenDoubted { .. }));
    play.run_until(75_000);
    assert!(matches!(health(&play), Health::Live { .. }));
}

#[test]
fn what_a_person_asks_for_is_tried_at_once_and_wears_no_try_out() {
    let mut play = Play::new(Vec::new());
    play.run_until(61_000);
    refusing(&mut play, 500);
    play.act(Act::Refresh(0), &mut 0);
    play.run_until(61_100);
    for press in 1..=8 {
        let number = play.sent.len();
        play.act(Act::Refresh(0), &mut 0);
        assert_eq!(departures(&play, number, play.now), [0], "press {press}");
        play.run_until(play.now + 300);
    }
    assert!(matches!(health(&play), Health::TokenDoubted { tries: 0, .. }));
}

#[test]
fn a_cancel_is_tried_at_once_also_with_a_token_that_was_given_up() {
    let mut play = Play::new(Vec::new());
    play.run_until(61_000);
    refusing(&mut play, 6);
    play.act(Act::Refresh(0), &mut 0);
    play.run_until(600_000);
    assert_eq!(health(&play), Health::TokenRefused);
    play.act(Act::CancelAny(0), &mut 0);
    play.tell(Msg::TokenRead(Ok(false)));
    play.run_until(603_000);
    assert_eq!(play.model.open_cancels(), 0);
    assert!(matches!(health(&play), Health::Live { .. }));
}

#[test]
fn no_start_finds_out_whether_a_token_is_good() {
    let mut play = Play::new(Vec::new());
    play.run_until(61_000);
    refusing(&mut play, 2);
    play.act(Act::Refresh(0), &mut 0);
    play.run_until(61_100);
    let (number, mut ticket) = (play.sent.len(), 0);
    play.act(Act::Start(1), &mut ticket);
    play.run_until(90_000);
    let tried = play.sent.iter().skip(number).take(2).all(|(_, call)| *call == Call::Me);
    assert!(tried, "the question whose it is finds out");
    let start = play.model.start_of(ticket_id(ticket)).unwrap();
    assert!(matches!(start.entry.stage, StartStage::Started(_)), "{:?}", start.entry.stage);
    assert_eq!((play.trigger_posts(), start.entry.attempts), (1, 1));
}

#[test]
fn a_call_that_alone_is_refused_fails_by_itself() {
    let mut play = Play::new(Vec::new());
    play.run_until(61_000);
    let number = play.sent.len();
    play.refused = Some(page_at(&project_id(0), 0));
    play.run_until(661_000);
    let asked = |project: u64| {
        let call = page_at(&project_id(project), 0);
        play.sent.iter().skip(number).filter(|(_, sent)| *sent == call).count()
    };
    assert!((2..=24).contains(&asked(0)), "{} times", asked(0));
    assert!(asked(1) > 24, "{} times", asked(1));
    let watched = play.model.project(&project_id(0)).unwrap();
    assert!(watched.error.is_some(), "it says why it is not read");
    let me = play.sent.iter().skip(number).filter(|(_, call)| *call == Call::Me).count();
    assert!(me <= 24, "{me} times");
}

#[test]
fn a_source_that_gives_another_token_each_time_is_given_up_too() {
    let mut play = Play::new(Vec::new());
    play.run_until(61_000);
    play.mints = true;
    refusing(&mut play, 500);
    let number = play.sent.len();
    play.act(Act::Refresh(0), &mut 0);
    play.run_until(600_000);
    assert_eq!(health(&play), Health::TokenRefused);
    let sent = play.sent.len() - number;
    assert!(sent < 10, "{sent} requests");
}

#[test]
fn an_answer_that_was_under_way_before_leaves_the_token_to_be_tried() {
    let mut play = Play::new(vec![(Fate::Good, 5_000), (Fate::Unauthorized, 50)]);
    play.run_until(30_000);
    assert!(matches!(health(&play), Health::Live { .. }), "{:?}", health(&play));
    assert!(play.model.is_swept());
}

#[test]
fn a_try_that_says_nothing_of_the_token_is_repeated_after_a_pause() {
    let mut play = Play::new(Vec::new());
    play.run_until(61_000);
    refusing(&mut play, 1);
    play.fates.extend(vec![(Fate::Broken500, 50); 200]);
    let number = play.sent.len();
    play.act(Act::Refresh(0), &mut 0);
    play.run_until(121_000);
    let sent = play.sent.len() - number;
    assert!((3..=14).contains(&sent), "{sent} requests in a minute");
}
