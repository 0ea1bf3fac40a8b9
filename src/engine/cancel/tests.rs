//! Cancels by themselves, against any answers and reads.

use std::time::Duration;

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::api::error::{Detail, ParamIssues};
use crate::api::{Call, Failure};
use crate::domain::{Now, Text};
use crate::engine::budget::Priority;
use crate::engine::sync::session::Session;

mod remembered;

const OWN: Session = Session(7);

fn at(seconds: u64) -> Now {
    let wall = Timestamp::from_second(1_792_483_200).unwrap();
    Now { boot: Boot::from_secs(10_000), wall }.after(Duration::from_secs(seconds))
}

fn project(number: usize) -> ProjectId {
    ProjectId::new(format!("project-{number}"))
}

fn run(number: usize) -> RunId {
    RunId::new(format!("run-{number}"))
}

/// Cancels, with a queue in which everything leaves at once, and a workspace in which no run ends.
struct Play {
    cancels: Cancels,
    share: Share,
    /// Of how many projects the runs are.
    projects: usize,
    now: Now,
    calls: u64,
    /// What left, and when.
    left: Vec<(Boot, Wanted)>,
    /// DELETEs that are not answered yet.
    flying: Vec<(RunId, CallId)>,
    settled: Vec<Batch>,
}

impl Play {
    fn new(projects: usize) -> Self {
        Self {
            cancels: Cancels::default(),
            share: Share::of(60, 3600, 1),
            projects,
            now: at(0),
            calls: 0,
            left: Vec::new(),
            flying: Vec::new(),
            settled: Vec::new(),
        }
    }

    fn confirm(&mut self, runs: impl IntoIterator<Item = usize>) {
        let by = Confirmation { at: self.now, by: OWN, who: None, reason: None, rule: None };
        let target = |number| Target {
            project: project(number % self.projects),
            title: Text::default(),
            run: run(number),
            has_ended: false,
        };
        let targets = runs.into_iter().map(target).collect();
        self.settled.extend(self.cancels.confirm(targets, &by));
    }

    /// Lets everything leave that is wanted; reads show every run as active.
    fn pump(&mut self) {
        let now = self.now.boot;
        while let Some(wanted) = self.cancels.next_request(self.share, now) {
            self.calls += 1;
            let call = CallId::numbered(self.calls);
            self.cancels.queued(&wanted, call);
            let run = match &wanted {
                Wanted::Delete { run, .. } => Some(run.clone()),
                _ => None,
            };
            self.cancels.departed(call, run.as_ref(), now);
            match &wanted {
                Wanted::Delete { run, .. } => self.flying.push((run.clone(), call)),
                Wanted::Read(Call::RunStatus { run, .. }, _) => self.seen(run),
                Wanted::Look(project, _) => {
                    let open: Vec<_> = self.cancels.open.of(project).cloned().collect();
                    for run in &open {
                        self.seen(run);
                    }
                }
                Wanted::Read(..) => {}
            }
            self.cancels.landed(call);
            self.left.push((now, wanted));
        }
    }

    fn seen(&mut self, run: &RunId) {
        let now = self.now.boot;
        let settled = self.cancels.seen(run, &RunStatus::Running, false, now, now);
        self.settled.extend(settled);
    }

    fn answer(&mut self, answer: &Result<(), ApiError>, last_good: Option<Boot>) {
        let known = Circumstances { is_young: false, last_good };
        for (run, call) in std::mem::take(&mut self.flying) {
            let answer = answer.as_ref().copied();
            let settled = self.cancels.replied(&run, call, answer, known, self.now.boot);
            self.settled.extend(settled);
        }
    }

    /// Answers every DELETE so for so many seconds.
    fn play(&mut self, seconds: u64, answer: &Result<(), ApiError>) {
        for _ in 0..seconds {
            self.pump();
            self.answer(answer, Some(self.now.boot));
            self.now = self.now.after(Duration::from_secs(1));
        }
    }

    fn deletes(&self) -> usize {
        self.left.iter().filter(|(_, wanted)| matches!(wanted, Wanted::Delete { .. })).count()
    }
}

fn detail() -> Detail {
    Detail::default()
}

fn unreadable(status: u16) -> ApiError {
    ApiError::Unreadable { status, reason: String::new(), detail: detail() }
}

fn rejected(status: u16) -> ApiError {
    ApiError::Rejected { status, detail: detail(), params: ParamIssues::default() }
}

/// Every answer by which a run goes on, and how many DELETEs it takes to be stuck.
fn answers() -> Vec<(Result<(), ApiError>, u32)> {
    let server = |status| ApiError::Server { status, detail: detail() };
    let failures = [500, 501, 502, 503, 504, 599].map(server).into_iter();
    let odd = [100, 200, 204, 302, 400, 405, 406, 408, 418, 426, 451].map(unreadable);
    let redirected = ApiError::Redirected { status: 302, to: "elsewhere".to_owned() };
    let lost = ApiError::Transport(Failure::Timeout(20));
    let failures = failures.chain(odd).chain([redirected, ApiError::KernelsFull(detail()), lost]);
    let refusals = [rejected(400), rejected(422), unreadable(409), unreadable(410)];
    let refusals = refusals.into_iter().chain([ApiError::NotFound(detail())]);
    failures
        .map(|error| (Err(error), FAILURES))
        .chain(refusals.map(|error| (Err(error), REFUSALS)))
        .chain([(Err(ApiError::Forbidden(detail())), 1), (Ok(()), FRUITLESS)])
        .collect()
}

#[test]
fn whatever_hex_answers_a_run_that_goes_on_makes_its_cancel_stuck_after_the_stated_number() {
    for (answer, number) in answers() {
        let mut play = Play::new(1);
        play.confirm([1]);
        play.play(600, &answer);
        assert_eq!(play.deletes(), usize::try_from(number).unwrap(), "{answer:?}");
        assert!(play.cancels.get(&run(1)).unwrap().is_stuck(), "{answer:?}");
        assert_eq!((play.cancels.open(), play.cancels.stuck().count()), (0, 1));
        let [batch] = play.settled.as_slice() else { panic!("{answer:?} {:?}", play.settled) };
        assert_eq!(batch.failed.len(), 1, "{answer:?}");
        // It costs nothing more, and wants nothing.
        let before = play.left.len();
        play.play(7200, &answer);
        assert_eq!(play.left.len(), before, "{answer:?}");
        assert_eq!(play.cancels.deadline(play.share, play.now.boot), None);
    }
}

#[test]
fn a_cancel_outlasts_an_outage_and_a_429_and_a_refused_token() {
    for error in [
        ApiError::Transport(Failure::Connect("refused".into())),
        ApiError::Transport(Failure::Timeout(20)),
        ApiError::RateLimited,
        ApiError::Unauthorized,
    ] {
        let mut play = Play::new(1);
        play.confirm([1]);
        for _ in 0..3600 {
            play.pump();
            play.answer(&Err(error.clone()), Some(at(0).boot));
            play.now = play.now.after(Duration::from_secs(1));
        }
        assert!(play.cancels.get(&run(1)).unwrap().is_open(), "{error:?}");
    }
}

#[test]
fn reads_that_hex_never_answers_well_make_a_cancel_stuck_too() {
    for answer in [Ok(()), Err(rejected(422))] {
        let mut play = Play::new(1);
        play.confirm([1]);
        play.pump();
        play.answer(&answer, None);
        for number in 1..=BLIND {
            assert!(play.cancels.get(&run(1)).unwrap().is_open(), "{number}");
            play.settled.extend(play.cancels.unread(&run(1), false, play.now.boot));
            play.settled.extend(play.cancels.unread(&run(1), true, play.now.boot));
        }
        assert!(play.cancels.get(&run(1)).unwrap().is_stuck());
    }
}

#[test]
fn a_run_that_is_being_cancelled_is_not_cancelled_again_at_any_stage() {
    for steps in 0..4 {
        let mut play = Play::new(1);
        play.confirm([1]);
        if steps > 0 {
            play.pump();
        }
        match steps {
            2 => play.answer(&Ok(()), None),
            3 => play.answer(&Err(rejected(422)), None),
            _ => {}
        }
        let id = play.cancels.get(&run(1)).unwrap().id;
        play.confirm([1, 1]);
        let batch = play.settled.last().expect("nothing of it is open");
        assert_eq!((batch.under_way, batch.open), (2, 0), "{steps}");
        assert_eq!(play.cancels.get(&run(1)).unwrap().id, id, "{steps}");
        play.pump();
        assert_eq!((play.deletes(), play.cancels.open()), (1, 1), "{steps}");
        assert_eq!(play.cancels.entries().count(), 1);
    }
}

#[test]
fn a_stuck_cancel_is_tried_again_by_confirming_it_and_settles_when_its_run_ends() {
    let mut play = Play::new(1);
    play.confirm([1]);
    play.play(60, &Err(ApiError::Forbidden(detail())));
    assert!(play.cancels.get(&run(1)).unwrap().is_stuck());
    play.confirm([1]);
    play.pump();
    assert_eq!((play.deletes(), play.cancels.open(), play.cancels.stuck().count()), (2, 1, 0));
    let stages: Vec<_> = play.cancels.entries().map(|entry| entry.stage.clone()).collect();
    assert_eq!(stages, [CancelStage::TriedAgain, CancelStage::Sent]);
    play.answer(&Err(ApiError::Forbidden(detail())), None);
    let now = play.now.boot;
    assert_eq!(play.cancels.seen(&run(1), &RunStatus::Killed, true, now, now), None, "told before");
    assert_eq!((play.cancels.get(&run(1)), play.cancels.stuck().count()), (None, 0));
}

/// Brings the cancel of run 1 to a stage.
fn at_stage(number: usize) -> Play {
    let mut play = Play::new(1);
    play.confirm([1]);
    if number > 0 {
        play.pump();
    }
    match number {
        2 => play.answer(&Ok(()), None),
        3 => play.answer(&Err(rejected(422)), None),
        4 => play.answer(&Err(unreadable(500)), None),
        5 => play.answer(&Err(ApiError::RateLimited), None),
        6 => play.answer(&Err(ApiError::Forbidden(detail())), None),
        _ => {}
    }
    play
}

#[test]
fn a_cancel_can_be_let_go_at_every_stage_and_nothing_more_is_sent_for_it() {
    for stage in 0..7 {
        let mut play = at_stage(stage);
        play.settled.clear();
        let before = play.left.len();
        let settled = play.cancels.let_go(&run(1));
        play.settled.extend(settled);
        assert_eq!(play.cancels.get(&run(1)), None, "{stage}");
        // What is on its way may still be answered.
        play.play(3600, &Err(unreadable(500)));
        assert_eq!(play.left.len(), before, "{stage}");
        let (told, has_left) = (play.cancels.entries().next().unwrap(), stage > 0);
        let expected = if has_left { CancelStage::LetGo } else { CancelStage::Withdrawn };
        assert_eq!((&told.stage, told.tries), (&expected, u32::from(has_left)), "{stage}");
        let batches = play.settled.iter().map(|batch| (batch.withdrawn, batch.let_go));
        let expected = match stage {
            0 => vec![(1, 0)],
            // Its batch was told when it was given up.
            6 => vec![],
            _ => vec![(0, 1)],
        };
        assert_eq!(batches.collect::<Vec<_>>(), expected, "{stage}");
        assert_eq!((play.cancels.open(), play.cancels.unsent()), (0, 0));
    }
}

#[test]
fn a_request_that_leaves_after_it_was_let_go_is_said_to_have_left() {
    let mut play = Play::new(1);
    play.confirm([1]);
    let wanted = play.cancels.next_request(play.share, play.now.boot).unwrap();
    let call = CallId::numbered(1);
    play.cancels.queued(&wanted, call);
    play.cancels.let_go(&run(1));
    assert_eq!(play.cancels.unwanted().collect::<Vec<_>>(), [call]);
    assert_eq!(play.cancels.entries().next().unwrap().stage, CancelStage::Withdrawn);
    play.cancels.departed(call, Some(&run(1)), play.now.boot);
    let told = play.cancels.entries().next().unwrap();
    assert_eq!((&told.stage, told.tries), (&CancelStage::LetGo, 1));
    assert_eq!(play.cancels.unwanted().count(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(12)))]

    /// Any number of open cancels in any number of projects, whatever Hex answers.
    #[test]
    fn open_cancels_never_take_more_than_their_share_and_a_new_one_leaves_at_once(
        runs in 1..150_usize,
        projects in 1..30_usize,
        answer in 0..answers().len(),
        limit in 1..80_u32,
        hour in 1..2000_u32,
    ) {
        let mut play = Play::new(projects);
        play.share = Share::of(limit, hour, 1);
        let (answer, _) = answers().swap_remove(answer);
        play.confirm(0..runs);
        for number in 0..20 {
            play.play(200, &answer);
            // A person confirms one more: its DELETE is wanted in the same moment.
            play.confirm([1000 + number]);
            play.pump();
            let first = |(at, wanted): &(Boot, Wanted)| {
                *at == play.now.boot && matches!(wanted, Wanted::Delete { run: new, is_first: true, .. }
                    if *new == run(1000 + number))
            };
            prop_assert!(play.left.iter().any(first));
        }
        let is_first = |wanted: &Wanted| matches!(wanted, Wanted::Delete { is_first: true, .. });
        let follow: Vec<_> =
            play.left.iter().filter(|(_, wanted)| !is_first(wanted)).map(|(at, _)| *at).collect();
        for (window, most) in [(60, limit / 4), (3600, hour / 4)] {
            let most = usize::try_from(most).unwrap().max(1);
            let window = Duration::from_secs(window);
            for (index, from) in follow.iter().enumerate() {
                let held = follow[index..].iter().take_while(|at| **at < *from + window).count();
                prop_assert!(held <= most, "{} in {:?}", held, window);
            }
        }
    }
}

#[test]
fn a_cancel_can_be_taken_back_until_its_delete_leaves_and_not_between_two_tries() {
    let mut play = Play::new(1);
    play.confirm([1, 2]);
    assert_eq!((play.cancels.open(), play.cancels.unsent()), (2, 2));
    play.pump();
    assert_eq!((play.cancels.open(), play.cancels.unsent()), (2, 0));
    play.answer(&Err(unreadable(500)), None);
    assert_eq!(play.cancels.get(&run(1)).map(|cancel| cancel.stage.clone()), Some(Stage::Waiting));
    assert_eq!(play.cancels.unsent(), 0, "one DELETE has left");
}

#[test]
fn few_open_cancels_are_looked_after_like_a_persons_wish_and_many_as_work_in_the_background() {
    for (runs, priority) in [(3, Priority::Person), (4, Priority::Sweep)] {
        let mut play = Play::new(runs);
        play.confirm(0..runs);
        play.play(30, &Ok(()));
        let priorities = play.left.iter().filter_map(|(_, wanted)| match wanted {
            Wanted::Read(_, priority) | Wanted::Look(_, priority) => Some(*priority),
            Wanted::Delete { .. } => None,
        });
        let priorities: BTreeSet<_> = priorities.collect();
        assert_eq!(priorities, BTreeSet::from([priority]), "{runs}");
    }
}
