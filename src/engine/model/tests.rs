//! The model against scripted answers: what must hold whatever is asked and however it ends.

mod after_cancel;
mod beginnings;
mod cancels;
mod clocks;
mod leaving;
mod listing;
mod news;
mod off_page;
mod starving;
mod timeline;
mod token;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::api::error::{Detail, ParamIssues};
use crate::api::{
    ApiError, Failure, Kind, PageOrder, PathStyle, RateHint, Reply, Response, Started,
};
use crate::domain::{Project, Published, Run, RunId, RunStatus, RunTrigger, StartRun};
use crate::engine::poll::Why;

const PROJECTS: u64 = 4;

fn at(millis: u64) -> Now {
    let wall = Timestamp::from_second(1_792_483_200).unwrap();
    Now { boot: Boot::from_secs(3 * 3600), wall }.after(Duration::from_millis(millis))
}

fn ticket_id(number: u64) -> StartId {
    let number = u32::try_from(number).unwrap();
    StartId::new(Timestamp::UNIX_EPOCH, Session(0), number)
}

fn project_id(number: u64) -> ProjectId {
    ProjectId::new(format!("project-{number}"))
}

/// Whether and how a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Good,
    /// Carried out, but the answer is lost.
    Lost,
    /// Never arrived.
    NoConnection,
    Broken500,
    Refused429,
    Rejected,
    Unauthorized,
}

/// What a person does.
#[derive(Clone, Copy, Debug)]
enum Act {
    Start(u64),
    CancelAny(usize),
    CancelAll,
    WithdrawCancels,
    WithdrawLastStart,
    Refresh(u64),
    RefreshAll,
    Sheet(u64),
    NoSheet,
}

fn acts() -> impl Strategy<Value = Vec<(u64, Act)>> {
    let act = prop_oneof![
        3 => (0..PROJECTS).prop_map(Act::Start),
        3 => (0..40_usize).prop_map(Act::CancelAny),
        1 => Just(Act::CancelAll),
        1 => Just(Act::WithdrawCancels),
        1 => Just(Act::WithdrawLastStart),
        2 => (0..PROJECTS).prop_map(Act::Refresh),
        1 => Just(Act::RefreshAll),
        1 => (0..PROJECTS).prop_map(Act::Sheet),
        1 => Just(Act::NoSheet),
    ];
    prop::collection::vec((0..20_000_u64, act), 1..40)
}

fn fates() -> impl Strategy<Value = Vec<(Fate, u64)>> {
    let fate = prop_oneof![
        12 => Just(Fate::Good),
        1 => Just(Fate::Lost),
        1 => Just(Fate::NoConnection),
        1 => Just(Fate::Broken500),
        1 => Just(Fate::Refused429),
        1 => Just(Fate::Rejected),
        1 => Just(Fate::Unauthorized),
    ];
    prop::collection::vec((fate, 20..2_000_u64), 30..120)
}

/// A server that does what it is asked, and fails as it is told.
struct Server {
    runs: BTreeMap<RunId, Run>,
    /// The clock's reading as the server knows it.
    now: Timestamp,
    attempts: BTreeMap<ProjectId, u64>,
    /// Whether an accepted cancel ends its run at once.
    kills: bool,
}

impl Server {
    fn new() -> Self {
        let (runs, attempts) = (BTreeMap::new(), BTreeMap::new());
        let mut server = Self { runs, now: at(0).wall, attempts, kills: true };
        for number in 0..PROJECTS {
            for _ in 0..3 {
                server.begin(&project_id(number));
            }
        }
        server
    }

    fn begin(&mut self, project: &ProjectId) -> RunId {
        let id = RunId::new(format!("run-{}", self.runs.len()));
        let run = Run {
            project: project.clone(),
            id: id.clone(),
            version: Some("1".to_owned()),
            url: None,
            status: RunStatus::Running,
            trigger: Some(RunTrigger::Api),
            start: Some(self.now),
            end: None,
            elapsed: None,
        };
        self.runs.insert(id.clone(), run);
        id
    }

    /// Carries a call out.
    fn serve(&mut self, call: &Call) -> Result<Reply, ApiError> {
        Ok(match call {
            Call::Me => Reply::Me(crate::api::Me::default()),
            Call::ListProjects { .. } => {
                let project = |number| Project {
                    id: project_id(number),
                    title: format!("Project {number}").into(),
                    published: Published::At(Timestamp::UNIX_EPOCH),
                    retired: false,
                    owner: None,
                    categories: Vec::new(),
                    label: None,
                    schedules: Vec::new(),
                };
                Reply::Projects { projects: (0..PROJECTS).map(project).collect(), after: None }
            }
            Call::DryRun { .. } => Reply::Checked,
            Call::Export { .. } => Reply::Inputs(Vec::new()),
            Call::GetProject { .. } => return Err(ApiError::NotFound(Detail::default())),
            Call::ListRuns { project, limit, offset, status } => {
                let theirs = self.runs.values().filter(|run| run.project == *project);
                let theirs = theirs.filter(|run| status.as_ref().is_none_or(|s| *s == run.status));
                let mut runs: Vec<_> = theirs.cloned().collect();
                runs.sort_by(|a, b| newer(b, a));
                let (from, count) = (usize::try_from(*offset).unwrap(), usize::from(*limit));
                let more = runs.len() > from + count;
                let runs = runs.into_iter().skip(from).take(count).collect();
                Reply::Runs { runs, more, order: PageOrder::NewestFirst }
            }
            Call::RunStatus { run, .. } => Reply::Run(self.runs.get(run).cloned().unwrap()),
            Call::Trigger { project, .. } => {
                *self.attempts.entry(project.clone()).or_default() += 1;
                let run = self.begin(project);
                Reply::Started(Started { run, url: None, version: None, trace: None })
            }
            Call::Cancel { run, .. } => {
                let run = self.runs.get_mut(run).unwrap();
                if run.status.is_terminal() {
                    return Err(rejected());
                }
                if self.kills {
                    run.status = RunStatus::Killed;
                    run.end = Some(self.now);
                }
                Reply::Cancelled
            }
        })
    }
}

fn rejected() -> ApiError {
    ApiError::Rejected { status: 422, detail: Detail::default(), params: ParamIssues::default() }
}

/// The model, the server, and the answers on their way.
struct Play {
    model: Model,
    server: Server,
    flights: VecDeque<(u64, CallId, Response)>,
    fates: Vec<(Fate, u64)>,
    sent: Vec<(u64, Call)>,
    batches: usize,
    /// A call that alone is answered with 401, always.
    refused: Option<Call>,
    /// Whether reading the token gives another one each time.
    mints: bool,
    now: u64,
}

impl Play {
    fn new(fates: Vec<(Fate, u64)>) -> Self {
        let mut play = Self {
            model: Model::new(Settings::default()),
            server: Server::new(),
            flights: VecDeque::new(),
            fates,
            sent: Vec::new(),
            batches: 0,
            refused: None,
            mints: false,
            now: 0,
        };
        play.tell(Msg::Started);
        play
    }

    fn tell(&mut self, msg: Msg) {
        for effect in self.model.update(msg, at(self.now)) {
            match effect {
                Effect::Send(id, call, ..) => self.send(id, call),
                Effect::Tell(Event::CancelsSettled(_)) => self.batches += 1,
                Effect::ReadToken if self.mints => self.tell(Msg::TokenRead(Ok(true))),
                Effect::Tell(_) | Effect::Store(_) | Effect::ReadToken => {}
            }
        }
    }

    fn send(&mut self, id: CallId, call: Call) {
        let number = self.sent.len();
        let good = (Fate::Good, 50);
        let (fate, latency) = self.fates.get(number).copied().unwrap_or(good);
        self.server.now = at(self.now).wall;
        let result = match fate {
            _ if self.refused.as_ref() == Some(&call) => Err(ApiError::Unauthorized),
            Fate::Good => self.server.serve(&call),
            Fate::Lost => {
                let _ = self.server.serve(&call);
                Err(ApiError::Transport(Failure::Timeout(20)))
            }
            Fate::NoConnection => Err(ApiError::Transport(Failure::Connect("refused".into()))),
            Fate::Broken500 => Err(ApiError::Server { status: 500, detail: Detail::default() }),
            Fate::Refused429 => Err(ApiError::RateLimited),
            Fate::Unauthorized => Err(ApiError::Unauthorized),
            Fate::Rejected if call.kind() == Kind::Read => {
                Err(ApiError::Server { status: 502, detail: Detail::default() })
            }
            Fate::Rejected => Err(rejected()),
        };
        let response = Response { result, rate: RateHint::default(), date: None };
        self.sent.push((self.now, call));
        self.flights.push_back((self.now + latency, id, response));
    }

    fn run_until(&mut self, end: u64) {
        loop {
            let landing = self.flights.iter().map(|(when, ..)| *when).min();
            let wake = self.model.deadline(at(self.now)).map(|wake| {
                let ahead = wake.saturating_sub(at(self.now).boot).as_millis();
                self.now + u64::try_from(ahead).unwrap().max(1)
            });
            let Some(next) = landing.into_iter().chain(wake).min().filter(|next| *next <= end)
            else {
                break;
            };
            self.now = next;
            let due = self.flights.iter().position(|(when, ..)| *when <= next);
            match due.and_then(|index| self.flights.remove(index)) {
                Some((_, id, response)) => self.tell(Msg::Replied(id, response)),
                None => self.tell(Msg::Woke),
            }
        }
        self.now = end;
    }

    fn act(&mut self, act: Act, ticket: &mut u64) {
        let runs = || self.model.runs().map(|(w, s)| (w.project.id.clone(), s.run.id.clone()));
        let intent = match act {
            Act::Start(number) => {
                *ticket += 1;
                let (ticket, project) = (ticket_id(*ticket), project_id(number));
                Intent::Start { ticket, project, start: StartRun::default(), reason: None }
            }
            Act::CancelAny(index) => {
                Intent::Cancel(runs().skip(index).take(1).collect::<Vec<_>>().into())
            }
            Act::CancelAll => Intent::Cancel(runs().collect::<Vec<_>>().into()),
            Act::WithdrawCancels => Intent::WithdrawCancels,
            Act::WithdrawLastStart => Intent::WithdrawStart(ticket_id(*ticket)),
            Act::Refresh(number) => Intent::Refresh(project_id(number)),
            Act::RefreshAll => Intent::RefreshAll,
            Act::Sheet(number) => {
                Intent::Focus { selected: None, dialog: vec![project_id(number)] }
            }
            Act::NoSheet => Intent::Focus { selected: None, dialog: Vec::new() },
        };
        self.tell(Msg::Intent(intent));
    }

    fn trigger_posts(&self) -> usize {
        self.sent.iter().filter(|(_, call)| call.kind() == Kind::Trigger).count()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(150)))]

    #[test]
    fn no_intent_is_lost_and_no_start_is_sent_twice(acts in acts(), fates in fates()) {
        let mut play = Play::new(fates);
        play.run_until(3_000);
        let mut ticket = 0;
        let mut batches = 0;
        for (pause, act) in acts {
            play.run_until(play.now + pause);
            batches += usize::from(matches!(act, Act::CancelAny(_) | Act::CancelAll));
            play.act(act, &mut ticket);
        }
        play.tell(Msg::Intent(Intent::Focus { selected: None, dialog: Vec::new() }));
        play.run_until(play.now + 3_600_000);
        // A token that was refused again and again waits for a person.
        play.act(Act::RefreshAll, &mut ticket);
        play.run_until(play.now + 600_000);

        let withdrawn =
            play.model.starts().filter(|s| s.entry.stage == StartStage::Withdrawn).count();
        let confirmed = usize::try_from(ticket).unwrap();
        prop_assert_eq!(play.trigger_posts() + withdrawn, confirmed, "one request a confirmation");
        prop_assert!(play.model.starts().all(|start| !start.is_open()), "a start is open");
        prop_assert_eq!(play.model.open_cancels(), 0, "cancels are open");
        prop_assert_eq!(play.batches, batches, "every confirmation is answered once");
        for start in play.model.starts() {
            if let StartStage::Started(run) = &start.entry.stage {
                prop_assert!(play.server.runs.contains_key(run));
            }
        }
        let claimed: Vec<_> = play.model.starts().filter_map(|s| s.entry.stage.run().cloned()).collect();
        prop_assert_eq!(claimed.iter().collect::<BTreeSet<_>>().len(), claimed.len(), "claimed twice");
        for minute in 0..play.now / 1000 {
            let window = minute * 1000..minute * 1000 + 60_000;
            let held = play.sent.iter().filter(|(when, _)| window.contains(when)).count();
            prop_assert!(held <= 60, "{} requests in a minute", held);
        }
    }
}

#[test]
fn cancels_that_were_confirmed_are_carried_out_through_a_minute_of_failures() {
    let mut play = Play::new(Vec::new());
    play.run_until(10_000);
    let failing = play.sent.len()..play.sent.len() + 12;
    play.fates = (0..failing.end)
        .map(|number| (if failing.contains(&number) { Fate::Broken500 } else { Fate::Good }, 50))
        .collect();
    play.act(Act::CancelAll, &mut 0);
    play.run_until(300_000);
    assert!(play.server.runs.values().all(|run| run.status == RunStatus::Killed));
    assert_eq!(play.model.open_cancels(), 0);
}

#[test]
fn a_page_that_left_before_a_cancel_was_doubted_does_not_fail_it() {
    let mut play = Play::new(Vec::new());
    play.run_until(10_000);
    let (project, run) = {
        let (watched, seen) = play.model.runs().next().unwrap();
        (watched.project.id.clone(), seen.run.id.clone())
    };
    // A slow look leaves while the run is running; then the run ends by itself, and the cancel is
    // rejected before the look's answer comes.
    let number = play.sent.len();
    play.fates = vec![(Fate::Good, 50); number];
    play.fates.push((Fate::Good, 3_000));
    play.tell(Msg::Intent(Intent::Refresh(project.clone())));
    play.server.runs.get_mut(&run).unwrap().status = RunStatus::Completed;
    play.tell(Msg::Intent(Intent::Cancel(vec![(project, run.clone())].into())));
    play.run_until(60_000);
    assert_eq!(play.model.cancelling(&run), None);
    assert_eq!(play.batches, 1);
}

#[test]
fn only_the_older_paths_are_used_once_a_listed_project_answers_there_alone() {
    let mut model = Model::new(Settings::default());
    let mut effects = VecDeque::from(model.update(Msg::Started, at(0)));
    let mut server = Server::new();
    let mut attempts = Vec::new();
    let start = |number| {
        let (ticket, project) = (ticket_id(number), project_id(number));
        Msg::Intent(Intent::Start { ticket, project, start: StartRun::default(), reason: None })
    };
    effects.extend(model.update(start(1), at(0)));
    for step in 1..200 {
        while let Some(effect) = effects.pop_front() {
            let Effect::Send(id, call, style, _) = effect else { continue };
            if call.kind() == Kind::Trigger {
                attempts.push(style);
            }
            let runs = !matches!(call, Call::Me | Call::ListProjects { .. });
            let result = if runs && style == PathStyle::Current {
                Err(ApiError::NotFound(Detail::default()))
            } else {
                server.serve(&call)
            };
            let response = Response { result, rate: RateHint::default(), date: None };
            effects.extend(model.update(Msg::Replied(id, response), at(step * 100)));
        }
        effects.extend(model.update(Msg::Woke, at(step * 100)));
    }
    effects.extend(model.update(start(2), at(20_000)));
    attempts.extend(effects.iter().filter_map(|effect| match effect {
        Effect::Send(_, Call::Trigger { .. }, style, _) => Some(*style),
        _ => None,
    }));
    assert_eq!(attempts, [PathStyle::Legacy, PathStyle::Legacy]);
    assert!(model.projects().all(|watched| watched.read.is_some()));
}

#[test]
fn the_next_polls_are_told_with_their_reason_and_come_as_told() {
    let mut play = Play::new(Vec::new());
    play.run_until(120_000);
    play.tell(Msg::Intent(Intent::Pin(BTreeSet::from([project_id(1)]))));
    let told = play.model.next_polls(3, at(play.now));
    assert!(told.is_sorted_by_key(|poll| poll.at));
    assert!(told.iter().any(|poll| poll.project == project_id(1) && poll.why == Why::Pinned));
    let before = play.sent.len();
    play.run_until(play.now + 20_000);
    let looks = play.sent.iter().skip(before).filter_map(|(_, call)| match call {
        Call::ListRuns { project, .. } => Some(project.clone()),
        _ => None,
    });
    let first: Vec<_> = looks.take(3).collect();
    assert_eq!(first, told.into_iter().map(|poll| poll.project).collect::<Vec<_>>());
}

/// Looks until all is quiet, lets so many runs start and end unseen, a second apart, and looks
/// again.
fn after_unseen_runs(count: u32) -> Play {
    let mut play = Play::new(Vec::new());
    play.run_until(20_000);
    for number in 0..count {
        play.server.now = at(20_000 + u64::from(number)).wall;
        let run = play.server.begin(&project_id(0));
        let run = play.server.runs.get_mut(&run).unwrap();
        (run.status, run.end) = (RunStatus::Completed, run.start);
    }
    play.run_until(320_000);
    play
}

#[test]
fn no_run_between_two_looks_is_missed_and_each_page_is_read_once() {
    let play = after_unseen_runs(190);
    let watched = play.model.project(&project_id(0)).unwrap();
    assert_eq!(watched.runs.len(), 193);
    assert_eq!(watched.gap, None);
    let older = |call: &Call| matches!(call, Call::ListRuns { offset, .. } if *offset > 0);
    assert_eq!(play.sent.iter().filter(|(_, call)| older(call)).count(), 1);
}

#[test]
fn a_gap_that_would_cost_too_many_requests_is_told() {
    let play = after_unseen_runs(900);
    let watched = play.model.project(&project_id(0)).unwrap();
    let older = |call: &Call| matches!(call, Call::ListRuns { offset, .. } if *offset > 0);
    assert_eq!(play.sent.iter().filter(|(_, call)| older(call)).count(), 3);
    // Of what is kept, nothing is older than the gap but the three runs that still go on.
    let gap = watched.gap.expect("a gap");
    assert_eq!(gap.from, Some(at(0).wall));
    assert_eq!(watched.complete, watched.complete.max(Some(gap.to)));
}

#[test]
fn pinned_projects_are_looked_at_more_than_others_and_those_are_not_forgotten() {
    let mut play = Play::new(Vec::new());
    play.tell(Msg::Intent(Intent::Pin(BTreeSet::from([project_id(2)]))));
    play.run_until(600_000);
    let looks = |number: u64| {
        let of = |call: &Call| matches!(call, Call::ListRuns { project, .. } if *project == project_id(number));
        play.sent.iter().filter(|(_, call)| of(call)).count()
    };
    assert!(looks(2) > looks(1) && looks(1) > 0, "{} {}", looks(2), looks(1));
}
