//! A workspace that answers at once, and an engine that has looked at all of it.

use std::collections::VecDeque;
use std::time::Duration;

use hextop::api::error::Detail;
use hextop::api::{ApiError, Call, Me, PageOrder, RateHint, Reply, Response};
use hextop::clock;
use hextop::domain::{Boot, Now, Project, ProjectId, Published, Run, RunId, RunStatus, RunTrigger};
use hextop::engine::{CallId, Effect, Model, Msg, Settings};
use jiff::Timestamp;

/// Runs of each project that go on.
const ACTIVE: usize = 2;
/// The server's time when everything begins.
const BEGIN: i64 = 1_792_483_200;
/// How long projects are looked at before anything is measured: until the budget's log is as long as it
/// ever is.
const LOOKED: Duration = Duration::from_mins(70);

/// An engine and what it has asked.
pub struct Workspace {
    pub model: Model,
    pub now: Now,
    projects: usize,
    runs: usize,
    asked: VecDeque<(CallId, Call)>,
    /// Counts what has happened since all was looked at.
    turns: usize,
}

impl Workspace {
    /// One whose projects all have been looked at, for more than an hour, by an engine without a store.
    pub fn swept(projects: usize, runs: usize) -> Self {
        let mut space = Self {
            model: Model::new(Settings::default()),
            now: begin(),
            projects,
            runs,
            asked: VecDeque::new(),
            turns: 0,
        };
        space.hear(Msg::Started);
        while !space.model.is_swept() || space.now.boot < begin().boot + LOOKED {
            if !space.reply() {
                space.pass();
            }
        }
        space
    }

    /// Gives one answer that is waited for, if any is.
    fn reply(&mut self) -> bool {
        let Some((id, call)) = self.asked.pop_front() else { return false };
        let reply = answer(&call, self.projects, self.runs, self.turns);
        self.hear(Msg::Replied(id, reply));
        true
    }

    /// Takes in the answer to a poll, with a run that has ended if there is `news`; tells how long
    /// that took.
    pub fn poll(&mut self, news: bool) -> Duration {
        self.turns += usize::from(news);
        loop {
            let Some((id, call)) = self.asked.pop_front() else {
                self.pass();
                continue;
            };
            let is_look = matches!(call, Call::ListRuns { .. });
            let reply = answer(&call, self.projects, self.runs, self.turns);
            let begun = clock::now().boot;
            let effects = self.model.update(Msg::Replied(id, reply), self.now);
            let took = clock::now().boot - begun;
            self.take(effects);
            if is_look {
                return took;
            }
        }
    }

    /// How long it takes to choose the next poll, once there is room for one.
    pub fn choose(&mut self) -> Duration {
        while self.reply() {}
        loop {
            let took = self.pass();
            if !self.asked.is_empty() {
                return took;
            }
        }
    }

    fn hear(&mut self, msg: Msg) {
        let effects = self.model.update(msg, self.now);
        self.take(effects);
    }

    fn take(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Send(id, call, ..) = effect {
                self.asked.push_back((id, call));
            }
        }
    }

    /// Lets time pass until the engine wants something; tells how long it took to do that.
    fn pass(&mut self) -> Duration {
        let at = self.model.deadline(self.now).unwrap_or(self.now.boot);
        let step = (at - self.now.boot).max(Duration::from_millis(10));
        self.now = self.now.after(step);
        let mut effects = Vec::new();
        let took = super::timed(|| effects = self.model.update(Msg::Woke, self.now));
        self.take(effects);
        took
    }
}

/// When everything begins.
pub fn begin() -> Now {
    Now { boot: Boot::from_secs(20_000), wall: server(0) }
}

fn server(seconds: i64) -> Timestamp {
    Timestamp::from_second(BEGIN + seconds).expect("a moment")
}

fn id(number: usize) -> ProjectId {
    ProjectId::new(format!("{number:08}-0000-4000-8000-000000000000"))
}

/// What the workspace answers to a call; `turns` of its runs have ended since the beginning.
pub fn answer(call: &Call, projects: usize, runs: usize, turns: usize) -> Response {
    let reply = match call {
        Call::ListProjects { .. } => {
            Reply::Projects { projects: (0..projects).map(project).collect(), after: None }
        }
        Call::ListRuns { project, .. } => Reply::Runs {
            runs: page(project, runs, turns),
            more: false,
            order: PageOrder::NewestFirst,
        },
        Call::RunStatus { project, run } => {
            let found = page(project, runs, turns).into_iter().find(|known| known.id == *run);
            let Some(run) = found else {
                let error = ApiError::NotFound(Detail::default());
                return Response { result: Err(error), rate: RateHint::default(), date: None };
            };
            Reply::Run(run)
        }
        Call::Me => Reply::Me(Me { id: Some("ana".to_owned()), ..Me::default() }),
        other => panic!("nobody asks {other:?}"),
    };
    Response { result: Ok(reply), rate: RateHint::default(), date: None }
}

fn project(number: usize) -> Project {
    Project {
        id: id(number),
        title: format!("Project {number}").as_str().into(),
        published: Published::At(server(-1_000_000)),
        retired: false,
        owner: Some("ana@acme.test".to_owned()),
        schedules: Vec::new(),
    }
}

/// The newest runs of a project: the first ones go on, but for one that the turns have ended.
pub fn page(project: &ProjectId, runs: usize, turns: usize) -> Vec<Run> {
    let run = |number: usize| {
        let active = number < ACTIVE && !(number == 0 && turns > 0);
        let start = -600 * i64::try_from(number).unwrap_or(0) - 60;
        let took = 120 + i64::try_from(number % 60).unwrap_or(0);
        // Each turn has another id for the newest run, so that a look always brings news.
        let turn = if number == 0 { turns } else { 0 };
        Run {
            project: project.clone(),
            id: RunId::new(format!("{number:08}-{turn:012}-4000-8000-{:.8}", project.as_str())),
            version: Some("3".to_owned()),
            url: Some(format!("https://app.hex.tech/acme/app/{project}/run/{number}")),
            status: if active { RunStatus::Running } else { RunStatus::Completed },
            trigger: Some(RunTrigger::Api),
            start: Some(server(start)),
            end: (!active).then(|| server(start + took)),
            elapsed: None,
        }
    };
    (0..runs).map(run).collect()
}
