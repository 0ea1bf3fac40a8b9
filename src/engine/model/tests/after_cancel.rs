//! Starts that wait for a cancel: they leave once Hex says that the run was killed, and else never.

use super::cancels::Desk;
use super::*;

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
fn a_rule_that_is_full_with_the_cancelled_run_lets_its_start_leave_when_that_has_ended() {
    let mut again = Again::ordered(true);
    let active = again.desk.model.project(&again.project).unwrap().runs.counts().active();
    let rule = crate::domain::rules::Rule {
        max_concurrent: Some(u32::try_from(active).unwrap()),
        ..crate::domain::rules::Rule::named("one at a time")
    };
    again.desk.model.set_rules(vec![rule], Automatic::Off);
    again.desk.run_for(20_000);
    assert_eq!(again.posts(), 0);
    again.end(RunStatus::Killed);
    again.desk.run_for(120_000);
    assert_eq!(again.posts(), 1);
}
