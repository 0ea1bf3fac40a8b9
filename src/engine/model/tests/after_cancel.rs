//! Starts that wait for a cancel: they leave once Hex says that the run was killed, and else never.

use super::cancels::Desk;
use super::*;
use crate::engine::alerts::AlertKind;
use crate::engine::cancel::{CancelEntry, CancelId, CancelStage};
use crate::engine::start::journal::{AfterCancel, BatchItem};
use crate::engine::sync::protocol::StoreEvent;

/// A run that is cancelled, and the start that waits for it.
struct Again {
    desk: Desk,
    project: ProjectId,
    run: RunId,
    queue: StartId,
}

impl Again {
    /// The cancel is confirmed and accepted; the run goes on for as long as the server says.
    fn ordered(has_store: bool) -> Self {
        let mut desk = Desk::new(has_store);
        desk.server.kills = false;
        let (project, run) = desk.first();
        let order = vec![(project.clone(), run.clone())].into();
        desk.tell(Msg::Intent(Intent::Cancel(order)));
        let mut again = Self { desk, project, run, queue: ticket_id(700) };
        again.want();
        again
    }

    fn want(&mut self) {
        let intent = Intent::Queue {
            queue: self.queue,
            project: self.project.clone(),
            starts: vec![StartRun::default()],
            reason: None,
            after: Some(self.run.clone()),
        };
        self.desk.tell(Msg::Intent(intent));
    }

    /// Takes in what another process has written: a start that waits for the end of the same run.
    fn told(&mut self, number: u64, stage: StartStage, gone: bool) {
        let by = Session(9);
        let id = ticket_id(number);
        let own = &self.desk.model.start_of(self.queue).unwrap().entry;
        let queue = Some(BatchItem { queue: id, index: 0, of: 1 });
        let after = Some(AfterCancel { run: self.run.clone(), cancel: None });
        let entry = Entry { id, by, queue, after, stage, ..own.clone() };
        let gone = if gone { vec![by] } else { Vec::new() };
        let event = StoreEvent { entries: vec![entry], gone, ..StoreEvent::default() };
        self.desk.tell(Msg::Store(Ok(event)));
    }

    fn end(&mut self, status: RunStatus) {
        let run = self.desk.server.runs.get_mut(&self.run).unwrap();
        (run.status, run.end) = (status, Some(at(self.desk.now).wall));
    }

    fn posts(&self) -> usize {
        self.desk.sent.iter().filter(|(_, call)| matches!(call, Call::Trigger { .. })).count()
    }

    fn stage(&self) -> StartStage {
        self.desk.model.start_of(self.queue).unwrap().entry.stage.clone()
    }

    fn state(&self) -> QueueState {
        self.desk.model.queue(self.queue, at(self.desk.now)).unwrap().state
    }

    /// It never leaves, and this is said.
    fn never(&mut self, words: &str) {
        self.desk.run_for(120_000);
        let StartStage::NeverSent(why) = self.stage() else { panic!("{:?}", self.stage()) };
        assert!(why.contains(words), "{why}");
        assert_eq!(self.posts(), 0, "{why}");
        let moved = Event::StartMoved(self.queue);
        assert!(self.desk.told.contains(&moved), "the person is told");
        let is_alerted = self.desk.told.iter().any(|event| {
            matches!(event, Event::Alert(alert)
            if alert.items.iter().any(|it| it.kind == AlertKind::Unrepeated && it.run == self.run))
        });
        assert!(is_alerted, "one who looks elsewhere as well: {:?}", self.desk.told);
        assert_eq!(self.state(), QueueState::Over);
    }
}

#[test]
fn a_start_after_a_cancel_leaves_once_hex_says_that_the_run_was_killed_and_only_once() {
    for has_store in [false, true] {
        let mut again = Again::ordered(has_store);
        again.desk.run_for(20_000);
        assert_eq!((again.posts(), again.stage()), (0, StartStage::Waiting));
        assert_eq!(again.state(), QueueState::AfterCancel(again.run.clone()));
        again.end(RunStatus::Killed);
        again.desk.run_for(120_000);
        assert!(again.stage().started().is_some(), "{:?}", again.stage());
        assert_eq!(again.posts(), 1);
    }
}

#[test]
fn a_start_after_a_cancel_never_leaves_if_the_run_ended_by_itself() {
    for status in [RunStatus::Completed, RunStatus::Errored] {
        let mut again = Again::ordered(true);
        again.end(status);
        again.never("ended by itself");
    }
}

#[test]
fn a_start_after_a_cancel_never_leaves_if_that_is_stuck_let_go_or_was_never_ordered() {
    let mut stuck = Again::ordered(true);
    stuck.desk.run_for(600_000);
    stuck.never("is stuck");
    let mut let_go = Again::ordered(true);
    let run = let_go.run.clone();
    let_go.desk.tell(Msg::Intent(Intent::LetGoCancel(vec![run])));
    let_go.never("was not cancelled");
    let mut nothing = Again::ordered(false);
    nothing.run = RunId::new("another");
    nothing.queue = ticket_id(800);
    nothing.want();
    nothing.never("nothing cancels run another");
}

#[test]
fn a_run_that_was_killed_before_its_start_was_confirmed_lets_that_leave() {
    let mut again = Again::ordered(true);
    again.desk.tell(Msg::Intent(Intent::CutQueue(again.queue)));
    again.end(RunStatus::Killed);
    again.desk.run_for(60_000);
    assert_eq!((again.posts(), again.stage()), (0, StartStage::Withdrawn));
    again.queue = ticket_id(900);
    again.want();
    again.desk.run_for(60_000);
    assert!(again.stage().started().is_some(), "{:?}", again.stage());
    assert_eq!(again.posts(), 1);
}

#[test]
fn a_rule_that_is_full_holds_the_start_back_until_there_is_room_besides_the_cancelled_run() {
    let mut again = Again::ordered(true);
    let active = again.desk.model.project(&again.project).unwrap().runs.counts().active();
    let most = |most: usize| crate::domain::rules::Rule {
        max_concurrent: Some(u32::try_from(most).unwrap()),
        ..crate::domain::rules::Rule::named("few at a time")
    };
    again.desk.model.set_rules(vec![most(active - 1)], Automatic::Off);
    again.end(RunStatus::Killed);
    again.desk.run_for(120_000);
    assert_eq!((again.posts(), again.stage()), (0, StartStage::Waiting), "the rule is still full");
    again.desk.model.set_rules(vec![most(active)], Automatic::Off);
    again.desk.tell(Msg::Intent(Intent::ResumeQueue(again.queue)));
    again.desk.run_for(120_000);
    assert_eq!(again.posts(), 1);
}

#[test]
fn of_several_that_start_one_run_again_only_one_leaves() {
    let started = || StartStage::Started(RunId::new("other"));
    for (number, stage, gone, leaves) in [
        // The one that was confirmed first goes first, whoever is to send it.
        (600, StartStage::Waiting, false, false),
        (800, StartStage::Waiting, false, true),
        (600, StartStage::Waiting, true, true),
        (800, StartStage::Sent, false, false),
        (800, started(), true, false),
        (600, StartStage::Withdrawn, false, true),
        (600, StartStage::NeverSent("it is stuck".to_owned()), false, true),
    ] {
        let case = format!("{number} {stage:?} {gone}");
        let mut again = Again::ordered(true);
        again.told(number, stage.clone(), gone);
        again.end(RunStatus::Killed);
        again.desk.run_for(120_000);
        assert_eq!(again.posts(), usize::from(leaves), "{case}");
        match stage {
            _ if leaves => {}
            // What it comes to is not known yet.
            StartStage::Waiting | StartStage::Sent => {
                assert_eq!(again.stage(), StartStage::Waiting, "{case}");
                again.told(number, StartStage::Withdrawn, false);
                again.desk.run_for(120_000);
                assert_eq!(again.posts(), 1, "{case}: then it is this one's turn");
            }
            _ => {
                let StartStage::NeverSent(why) = again.stage() else { panic!("{case}") };
                assert!(why.contains("was started again by another confirmation"), "{case}: {why}");
                let is_alert = |event: &Event| matches!(event, Event::Alert(_));
                assert!(!again.desk.told.iter().any(is_alert), "{case}: it is started again");
            }
        }
    }
}

#[test]
fn what_becomes_of_other_cancels_of_the_run_says_nothing_of_the_one_that_is_waited_for() {
    let mut again = Again::ordered(true);
    let later = at(again.desk.now + 60_000).wall;
    let known = again.desk.model.cancel_entries().next().unwrap().clone();
    for (number, stage, rule) in
        [(1, CancelStage::Withdrawn, Some("long".to_owned())), (2, CancelStage::Killed, None)]
    {
        let (id, by) = (CancelId::new(later, Session(9), number), Session(9));
        let other = CancelEntry { id, by, stage, rule, tries: 0, ..known.clone() };
        let event = StoreEvent { cancels: vec![other], ..StoreEvent::default() };
        again.desk.tell(Msg::Store(Ok(event)));
        again.desk.run_for(20_000);
        assert_eq!((again.posts(), again.stage()), (0, StartStage::Waiting));
    }
    again.end(RunStatus::Killed);
    again.desk.run_for(60_000);
    assert_eq!(again.posts(), 1);
}

#[test]
fn a_start_that_its_process_has_left_leaves_by_its_own_cancel_alone_once_it_is_resumed() {
    let earlier = Again::ordered(true);
    let left = earlier.desk.model.start_of(earlier.queue).unwrap().entry.clone();
    let cancel = earlier.desk.model.cancel_entries().next().unwrap().clone();
    for (stage, leaves) in
        [(Some(CancelStage::Killed), true), (Some(CancelStage::LetGo), false), (None, false)]
    {
        let mut later = Again { desk: Desk::new(true), ..Again::ordered(true) };
        let by = Session(9);
        let cancels = stage.clone().map(|stage| CancelEntry { by, stage, ..cancel.clone() });
        let entries = vec![Entry { by, ..left.clone() }];
        let cancels = cancels.into_iter().collect();
        let event = StoreEvent { entries, cancels, gone: vec![by], ..StoreEvent::default() };
        later.desk.tell(Msg::Store(Ok(event)));
        later.desk.run_for(20_000);
        assert_eq!((later.posts(), later.stage()), (0, StartStage::Waiting), "nobody resumes it");
        later.desk.tell(Msg::Intent(Intent::ResumeQueue(later.queue)));
        later.desk.run_for(60_000);
        assert_eq!(later.posts(), usize::from(leaves), "{stage:?}: {:?}", later.stage());
        if !leaves {
            assert!(matches!(later.stage(), StartStage::NeverSent(_)), "{stage:?}");
        }
    }
}
