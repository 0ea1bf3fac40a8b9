//! The workspace as one value: a request and the time go in, an answer comes out.
//!
//! Pure: no clock, no socket, no draw that the seed does not decide. To add an endpoint: a
//! [`Route`], a [`CallKind`], and one arm in [`World::reply`] whose work lives in a file of its
//! own under `world/`.

mod ask;
mod cancel;
mod cells;
mod deliver;
mod export;
mod garble;
mod inputs;
mod me;
mod notifications;
mod others;
mod page;
mod projects;
mod runs;
mod tally;
mod trigger;

use std::time::Duration;

use http::{Request, StatusCode, header};
use jiff::Timestamp;

use crate::domain::Now;

use super::answer::Answer;
use super::call::CallKind;
use super::fault::{FaultName, Faults};
use super::life::Life;
use super::limit::{Limiter, Standing};
use super::project::SimProject;
use super::reply::{Reply, Shape, TEXT};
use super::rng::{Rng, times};
use super::route::{Route, Style};
use super::run::SimRun;
use super::scenario::{Era, Scenario, Scope};
use super::trace::Trace;
use super::uuid::Uuid;

use ask::Ask;
use deliver::Outgoing;
pub use tally::Tally;

/// A simulated Hex workspace with one token.
#[derive(Clone, Debug)]
pub struct World {
    /// What the scenario says; its projects have gone into `life`.
    rules: Scenario,
    /// When it began, by the client's clocks.
    origin: Now,
    /// When it began, by the server's clock.
    born: Timestamp,
    token: String,
    person: Uuid,
    org: Uuid,
    life: Life,
    limiter: Limiter,
    faults: Faults,
    tally: Tally,
    traces: u64,
    /// Draws for what requests bring about.
    chance: Rng,
}

impl World {
    /// The workspace of `scenario`; the same seed, scenario and start make the same world.
    pub fn new(scenario: &Scenario, seed: u64, now: Now) -> Self {
        let mut chance = Rng::stream(seed, 2);
        let ahead = now.wall.saturating_add(scenario.clock_skew).unwrap_or(now.wall);
        let born = whole_millis(ahead);
        let prefix = if scenario.token.workspace { "hxtw_" } else { "hxtp_" };
        let words: [u64; 6] = std::array::from_fn(|_| chance.word());
        let digits = words.map(|word| format!("{word:016x}")).concat();
        Self {
            rules: Scenario { projects: Vec::new(), ..scenario.clone() },
            origin: now,
            born,
            token: format!("{prefix}{digits}"),
            person: chance.uuid(),
            org: chance.uuid(),
            life: Life::new(scenario, seed, born),
            limiter: Limiter::new(&scenario.limits),
            faults: Faults::new(scenario.faults.clone(), seed),
            tally: Tally::default(),
            traces: 0,
            chance,
        }
    }

    /// The bearer token it accepts.
    pub fn token(&self) -> &str {
        &self.token
    }

    /// How many requests were answered 429 because a limit was used up; refusals that a fault
    /// made up do not count.
    pub fn refused(&self) -> u64 {
        self.tally.refused
    }

    /// What it has been asked so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Every run there has been, oldest first for each project.
    pub fn runs(&self) -> impl Iterator<Item = &SimRun> {
        self.life.runs.iter()
    }

    /// The project that `run` belongs to.
    pub fn project_of(&self, run: &SimRun) -> Option<&SimProject> {
        self.life.projects.get(run.project)
    }

    /// Every project, in the scenario's order.
    pub fn projects(&self) -> impl Iterator<Item = &SimProject> {
        self.life.projects.iter()
    }

    /// How many kernels the token's owner holds, with runs and with notebooks in the browser.
    pub fn kernels_taken(&self) -> u32 {
        self.life.kernels_taken()
    }

    /// The user whose kernel a run holds or waits for, which no answer tells.
    pub fn user_of(&self, run: &SimRun) -> &str {
        self.life.user_of(run)
    }

    /// The server's clock at the moment it has been advanced to.
    pub fn server_now(&self) -> Timestamp {
        self.life.now
    }

    /// Lets life go on until `now`.
    pub fn advance(&mut self, now: Now) {
        let real = now.boot.saturating_sub(self.origin.boot);
        let life = times(real, self.rules.speed);
        if let Ok(to) = self.born.checked_add(life) {
            self.life.advance(to);
        }
    }

    /// Answers one request, whose URI is a path with its query.
    pub fn handle(&mut self, request: &Request<Vec<u8>>, now: Now) -> Answer {
        self.advance(now);
        let age = now.boot.saturating_sub(self.origin.boot);
        let route = Route::of(request.method(), request.uri(), self.rules.paths);
        let kind = route.kind();
        let nth = self.tally.count(kind);
        let delay = self.chance.log_normal(self.rules.latency.median, self.rules.latency.spread);
        self.traces += 1;
        let mut ask = Ask::of(request, Trace(self.traces));
        let mut going = Outgoing::new(kind, delay, ask.trace);
        if let Route::Page(project, run) = &route {
            return self.deliver(&going, self.page(project, run));
        }
        if !self.knows(request, age) {
            return self.deliver(&going, unauthorized());
        }
        match self.limiter.admit(kind, now.boot) {
            Ok(standing) => going.standing = standing,
            Err(full) => {
                self.tally.refused += 1;
                return self.refuse(going, full);
            }
        }
        let (slower, struck) = self.faults.strike(kind, nth, self.tally.total(), age);
        going.slow_down(slower);
        let name = struck.as_ref().map(|spec| spec.name);
        ask.repeats_rows = name == Some(FaultName::RepeatRows);
        let reply = match name {
            Some(name) if name.prevents() => self.prevented(name, &mut going, &ask),
            _ => self.reply(&route, &ask),
        };
        going.struck = struck;
        self.deliver(&going, reply)
    }

    /// What the operation says.
    fn reply(&mut self, route: &Route, ask: &Ask<'_>) -> Reply {
        if let Some(refusal) = self.forbidden(route, ask) {
            return refusal;
        }
        let said = match route {
            Route::ListProjects => self.list_projects(ask),
            Route::GetProject(id) => self.get_project(id, ask),
            Route::ListRuns(id, style) => self.list_runs(id, *style, ask),
            Route::RunStatus(project, run, style) => self.run_status(project, run, *style, ask),
            Route::Trigger(project, style) => self.trigger(project, *style, ask),
            Route::Cancel(project, run, _) => self.cancel(project, run, ask),
            Route::Me => Ok(self.me()),
            Route::ListCells => self.list_cells(ask),
            Route::GetCell(id) => self.get_cell(id, ask),
            Route::Export => self.export(ask),
            Route::QueriedTables(id) => self.queried_tables(id, ask),
            Route::Empty => Ok(others::empty_list()),
            Route::Forbidden => Err(ask.forbidden(self.newer_shape())),
            Route::Options(allow) => {
                Ok(Reply { allow: Some(allow), ..Reply::empty(StatusCode::NO_CONTENT) })
            }
            Route::WrongMethod(allow) => Err(Reply {
                allow: Some(allow),
                ..Reply::error(self.newer_shape(), StatusCode::METHOD_NOT_ALLOWED, &[], ask.trace)
            }),
            Route::Nowhere | Route::Page(..) => {
                Err(Reply::error(self.newer_shape(), StatusCode::NOT_FOUND, &[], ask.trace))
            }
        };
        said.unwrap_or_else(|refusal| refusal)
    }

    /// Whether the token is the right one and still good.
    fn knows(&self, request: &Request<Vec<u8>>, age: Duration) -> bool {
        let given = request.headers().get(header::AUTHORIZATION);
        let given = given.and_then(|value| value.to_str().ok()).unwrap_or_default();
        let (scheme, token) = given.split_once(' ').unwrap_or_default();
        let spec = &self.rules.token;
        let lived = Duration::try_from(self.life.now.duration_since(self.born)).unwrap_or_default();
        scheme.eq_ignore_ascii_case("bearer")
            && token.trim() == self.token
            && spec.revoked_after.is_none_or(|after| age < after)
            && spec.expires_after.is_none_or(|after| lived < after)
    }

    /// The refusal of what a workspace token may not do.
    fn forbidden(&self, route: &Route, ask: &Ask<'_>) -> Option<Reply> {
        let needed = match route.kind() {
            CallKind::Me | CallKind::Other => return None,
            CallKind::Trigger | CallKind::Cancel => Scope::RunProjects,
            _ => Scope::ReadProjects,
        };
        let spec = &self.rules.token;
        let refused = spec.workspace && !spec.scopes.contains(&needed);
        let shape = match route {
            Route::Cancel(..) | Route::ListProjects => Shape::Old,
            Route::Trigger(_, style)
            | Route::ListRuns(_, style)
            | Route::RunStatus(_, _, style) => self.shape(*style),
            _ => self.newer_shape(),
        };
        refused.then(|| Reply::error(shape, StatusCode::FORBIDDEN, &[], ask.trace))
    }

    /// The shape of errors on paths of this generation.
    fn shape(&self, style: Style) -> Shape {
        match (style, self.rules.answers.era) {
            (Style::Current, Era::Now) => Shape::New,
            _ => Shape::Old,
        }
    }

    /// The shape of errors of operations that have the new one in late 2026, on any path.
    fn newer_shape(&self) -> Shape {
        self.shape(Style::Current)
    }

    /// What is said where a fault keeps a request from having any effect.
    fn prevented(&self, name: FaultName, going: &mut Outgoing, ask: &Ask<'_>) -> Reply {
        let error = |status| Reply::error(self.newer_shape(), status, &[], ask.trace);
        match name {
            FaultName::TooMany => {
                let used_up = |standing: Standing| Standing { remaining: 0, ..standing };
                going.standing = going.standing.map(used_up);
                going.is_refusal = true;
                self.too_many(ask.trace)
            }
            FaultName::BadGateway => deliver::bad_gateway(),
            FaultName::Unavailable => error(StatusCode::SERVICE_UNAVAILABLE),
            FaultName::Revoked => unauthorized(),
            _ => error(StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

/// What a missing, wrong or dead token gets, before anything else is looked at.
fn unauthorized() -> Reply {
    Reply::text(StatusCode::UNAUTHORIZED, TEXT, "Unauthorized")
}

/// Hex writes times in whole milliseconds.
fn whole_millis(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}
