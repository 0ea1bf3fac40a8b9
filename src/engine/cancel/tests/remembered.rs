//! What the journal has of cancels, and what is taken up from it.

use super::*;

fn stages(cancels: &Cancels) -> Vec<&'static str> {
    cancels.entries().map(|entry| entry.stage.word()).collect()
}

#[test]
fn each_step_is_owed_to_the_journal_and_written_once_with_who_when_and_why() {
    let mut play = Play::new(1);
    let by = Confirmation {
        at: play.now,
        by: OWN,
        who: Some("ana@acme.test".to_owned()),
        reason: Some("it ran away".to_owned()),
        rule: None,
    };
    let target =
        Target { project: project(0), title: "Churn model".into(), run: run(1), has_ended: false };
    play.cancels.confirm(vec![target], &by);
    let mut written = Vec::new();
    let mut write = |play: &mut Play| {
        play.cancels.stamp(play.now.wall);
        let entries = play.cancels.take_unwritten();
        let ids: Vec<_> = entries.iter().map(|entry| entry.id).collect();
        play.cancels.written(&ids);
        written.extend(entries);
    };
    write(&mut play);
    play.pump();
    write(&mut play);
    play.answer(&Ok(()), None);
    write(&mut play);
    play.now = at(9);
    let now = play.now.boot;
    play.cancels.seen(&run(1), &RunStatus::Killed, true, now, now);
    write(&mut play);
    write(&mut play);
    assert!(!play.cancels.owes());
    let told: Vec<_> = written.iter().map(|entry| (entry.stage.word(), entry.tries)).collect();
    assert_eq!(told, [("confirmed", 0), ("sent", 1), ("accepted", 1), ("killed", 1)]);
    let last = written.last().unwrap();
    assert_eq!(last.who.as_deref(), Some("ana@acme.test"));
    assert_eq!(last.reason.as_deref(), Some("it ran away"));
    assert_eq!((last.at, last.changed), (at(0).wall, Some(at(9).wall)));
}

#[test]
fn what_a_store_did_not_take_is_written_later_and_no_second_writing_waits() {
    let mut play = Play::new(1);
    play.confirm([1]);
    assert_eq!(play.cancels.take_unwritten().len(), 1);
    play.confirm([2]);
    assert_eq!(play.cancels.take_unwritten(), [], "the first is not answered");
    play.cancels.store_failed();
    play.pump();
    let again = play.cancels.take_unwritten();
    assert_eq!(again.iter().map(|entry| entry.tries).collect::<Vec<_>>(), [1, 1]);
    assert!(play.cancels.owes());
    play.cancels.written(&again.iter().map(|entry| entry.id).collect::<Vec<_>>());
    assert!(!play.cancels.owes());
}

/// A cancel that a process which is gone has left at this stage, told to another one that is
/// started so many seconds later.
fn left(stage: CancelStage, later: i64) -> Play {
    let mut play = Play::new(1);
    let confirmed = play.now.wall.checked_sub(jiff::SignedDuration::from_secs(later)).unwrap();
    let entry = CancelEntry {
        id: CancelId::new(confirmed, Session(1), 1),
        by: Session(1),
        who: Some("ben@acme.test".to_owned()),
        project: project(0),
        title: Text::default(),
        run: run(1),
        at: confirmed,
        reason: None,
        rule: None,
        stage,
        tries: 1,
        changed: None,
    };
    play.cancels.take(entry, OWN);
    play
}

#[test]
fn what_a_process_that_is_gone_has_left_open_is_read_before_anything_is_sent() {
    let stuck = || CancelStage::Stuck("Hex failed".to_owned());
    for (stage, later, deletes) in [
        (CancelStage::Confirmed, 10, true),
        (CancelStage::Sent, 10, true),
        (CancelStage::Accepted, 100, true),
        (CancelStage::Sent, 130, false),
        (CancelStage::Confirmed, 86_400, false),
        // A clock that was set back since does not make it young.
        (CancelStage::Sent, -10, false),
        (stuck(), 10, false),
    ] {
        let mut play = left(stage.clone(), later);
        assert_eq!(play.cancels.take_up(|_| false, OWN, play.now), [], "its process lives");
        let taken = play.cancels.take_up(|by| by == Session(1), OWN, play.now);
        assert_eq!(taken.len(), 1, "{stage:?}");
        assert!(play.cancels.get(&run(1)).is_some_and(Cancelling::is_open), "it is shown");
        play.pump();
        assert!(matches!(play.left[0].1, Wanted::Read(..)), "{:?}", play.left);
        play.play(5, &Err(unreadable(500)));
        assert_eq!(play.deletes() > 0, deletes, "{stage:?} {later}");
        assert_eq!(play.cancels.get(&run(1)).unwrap().is_stuck(), !deletes, "{stage:?} {later}");
        let entry = play.cancels.entries().next().unwrap();
        assert_eq!((entry.by, entry.who.as_deref()), (OWN, Some("ben@acme.test")));
        assert!(play.cancels.owes(), "that it is this process's now");
        assert_eq!(play.cancels.take_up(|_| true, OWN, play.now), [], "once");
    }
}

#[test]
fn what_was_left_open_of_a_run_that_has_ended_is_settled_without_a_request_more() {
    for (status, word) in [(RunStatus::Killed, "killed"), (RunStatus::Errored, "already_ended")] {
        let mut play = left(CancelStage::Sent, 10);
        play.cancels.take_up(|_| true, OWN, play.now);
        let now = play.now.boot;
        play.cancels.seen(&run(1), &status, true, now, now);
        assert_eq!(stages(&play.cancels), [word]);
        play.play(600, &Ok(()));
        assert_eq!(play.left, []);
    }
}

#[test]
fn of_two_processes_that_take_the_same_one_up_the_one_with_the_smaller_number_keeps_it() {
    for (other, keeps) in [(Session(3), false), (Session(9), true)] {
        let mut play = left(CancelStage::Sent, 10);
        play.cancels.take_up(|_| true, OWN, play.now);
        let told = CancelEntry { by: other, ..play.cancels.entries().next().unwrap().clone() };
        play.cancels.take(told.clone(), OWN);
        assert_eq!(play.cancels.get(&run(1)).is_some(), keeps);
        // When that one is gone as well, the next takes it up.
        if !keeps {
            assert_eq!(play.cancels.take_up(|by| by == other, OWN, play.now), [told]);
        }
    }
}

#[test]
fn a_line_of_the_journal_says_what_became_of_a_cancel() {
    let play = left(CancelStage::LetGo, 0);
    let line = play.cancels.entries().next().unwrap().json();
    assert_eq!((&line["kind"], &line["state"]), (&"cancel".into(), &"let_go".into()));
    assert_eq!((&line["run_id"], &line["deletes"]), (&"run-1".into(), &1.into()));
    assert_eq!(line["who"], "ben@acme.test");
    assert!(line["why"].as_str().unwrap().contains("Hex may have ended the run all the same"));
}

#[test]
fn what_is_taken_up_was_confirmed_when_its_person_confirmed_it() {
    let mut play = left(CancelStage::Sent, 90);
    assert_eq!(play.cancels.take_up(|_| true, OWN, play.now).len(), 1);
    let since = play.cancels.get(&run(1)).map(|cancel| cancel.since);
    assert_eq!(since, Some(play.now.boot - Duration::from_secs(90)));
}
