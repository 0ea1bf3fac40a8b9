//! A workspace that answers at once, and an engine that has looked at all of it.
#![allow(dead_code, reason = "each of the benches that share it uses a part")]

use std::collections::VecDeque;
use std::time::Duration;

use hextop::api::error::Detail;
use hextop::api::{ApiError, Call, Me, PageOrder, RateHint, Reply, Response};
use hextop::clock;
use hextop::domain::{Boot, Now, Project, ProjectId, Published, Run, RunId, RunStatus, RunTrigger};
use hextop::engine::{CallId, Effect, Model, Msg, Settings};
use hextop::ui;
use jiff::Timestamp;
use ratatui::layout::Size;

/// Runs of each project that go on.
const ACTIVE: usize = 2;
/// The server's time when everything begins.
const BEGIN: i64 = 1_792_483_200;
/// How long projects are looked at before anything is measured: until the budget's log is as long as it
/// ever is.
const LOOKED: Duration = Duration::from_mins(70);

/// An engine, alone or with a screen before it.
pub trait Engine {
    /// Takes in what happened; gives the requests that it sends.
    fn hear(&mut self, msg: Msg, now: Now) -> Vec<(CallId, Call)>;

    /// When it wants to be woken.
    fn deadline(&self, now: Now) -> Option<Boot>;
}

impl Engine for Model {
    fn hear(&mut self, msg: Msg, now: Now) -> Vec<(CallId, Call)> {
        let sent = |effect| match effect {
            Effect::Send(id, call, ..) => Some((id, call)),
            _ => None,
        };
        self.update(msg, now).into_iter().filter_map(sent).collect()
    }

    fn deadline(&self, now: Now) -> Option<Boot> {
        Model::deadline(self, now)
    }
}

impl Engine for ui::State {
    fn hear(&mut self, msg: Msg, now: Now) -> Vec<(CallId, Call)> {
        let sent = |effect| match effect {
            ui::Effect::Send(id, call, ..) => Some((id, call)),
            _ => None,
        };
        let told = self.update(ui::Msg::Engine(Box::new(msg)), now);
        told.into_iter().filter_map(sent).collect()
    }

    fn deadline(&self, now: Now) -> Option<Boot> {
        self.model().deadline(now)
    }
}

/// An engine and what it has asked.
pub struct Workspace<E = Model> {
    pub engine: E,
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
            engine: Model::new(Settings::default()),
            now: begin(),
            projects,
            runs,
            asked: VecDeque::new(),
            turns: 0,
        };
        space.hear(Msg::Started);
        while !space.engine.is_swept() || space.now.boot < begin().boot + LOOKED {
            if !space.reply() {
                space.pass();
            }
        }
        space
    }

    /// The same with a screen before the engine.
    pub fn on_screen(self, size: Size) -> Workspace<ui::State> {
        let Self { engine, now, projects, runs, asked, turns } = self;
        let engine = ui::State::new(engine, ui::Options::default(), size, now);
        let mut space = Workspace { engine, now, projects, runs, asked, turns };
        space.hear(Msg::Woke);
        space
    }
}

impl<E: Engine> Workspace<E> {
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
            let sent = self.engine.hear(Msg::Replied(id, reply), self.now);
            let took = clock::now().boot - begun;
            self.asked.extend(sent);
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
        let sent = self.engine.hear(msg, self.now);
        self.asked.extend(sent);
    }

    /// Lets time pass until the engine wants something; tells how long it took to do that.
    fn pass(&mut self) -> Duration {
        let at = self.engine.deadline(self.now).unwrap_or(self.now.boot);
        let step = (at - self.now.boot).max(Duration::from_millis(10));
        self.now = self.now.after(step);
        let mut sent = Vec::new();
        let took = super::timed(|| sent = self.engine.hear(Msg::Woke, self.now));
        self.asked.extend(sent);
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
        categories: Vec::new(),
        label: None,
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
