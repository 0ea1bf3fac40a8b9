//! The workspace itself: projects, runs, kernels, limits, and the record of requests.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::knobs::{Knobs, LimitHeaders};
use super::life::{Life, Run, Shown};
use super::reply::Reply;
use super::request::{Asked, Op, Request};
use super::rule::{Act, Rule};

/// What the addresses within bodies begin with.
pub(super) const ADDRESS: &str = "https://app.hex.tech";
/// The token that is good until it is changed.
pub(crate) const TOKEN: &str = "hxtp_0123456789abcdef";
/// The token's user.
pub(crate) const ME: &str = "ana@acme.test";

/// Something that happens to the workspace.
pub(crate) type Event = Box<dyn FnOnce(&mut World) + Send>;

/// A project whose runs live in the same way.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) life: Life,
    pub(crate) published: bool,
}

/// All of it.
pub(crate) struct World {
    pub(crate) knobs: Knobs,
    /// Time since the opening.
    pub(crate) now: Duration,
    pub(super) opening: Timestamp,
    pub(crate) projects: Vec<Project>,
    pub(crate) runs: Vec<Run>,
    pub(crate) requests: Vec<Request>,
    /// The token that opens it.
    pub(crate) token: String,
    /// The token that the person has, where the client is in the same process.
    pub(crate) persons_token: String,
    pub(super) rules: Vec<Rule>,
    pub(super) hooks: Vec<(Op, usize, Event)>,
    pub(super) late: BTreeMap<usize, Reply>,
    events: Vec<(Duration, Event)>,
}

impl World {
    pub(super) fn new(knobs: Knobs) -> Self {
        Self {
            knobs,
            now: Duration::ZERO,
            opening: Timestamp::UNIX_EPOCH,
            projects: Vec::new(),
            runs: Vec::new(),
            requests: Vec::new(),
            token: TOKEN.to_owned(),
            persons_token: TOKEN.to_owned(),
            rules: Vec::new(),
            hooks: Vec::new(),
            late: BTreeMap::new(),
            events: Vec::new(),
        }
    }

    pub(super) fn add_project(&mut self, title: &str, life: Life) -> String {
        let id = format!("a1000000-0000-4000-8000-{:012x}", self.projects.len() + 1);
        let (title, published) = (title.to_owned(), true);
        self.projects.push(Project { id: id.clone(), title, life, published });
        id
    }

    /// Lets time pass to this moment; what is due happens at its own time.
    pub(super) fn advance(&mut self, to: Duration) {
        loop {
            let due = self.events.iter().enumerate().filter(|(_, (at, _))| *at <= to);
            let Some(first) = due.min_by_key(|(index, (at, _))| (*at, *index)).map(|(i, _)| i)
            else {
                break;
            };
            let (at, event) = self.events.remove(first);
            self.now = self.now.max(at);
            self.give_kernels();
            event(self);
        }
        self.now = self.now.max(to);
        self.give_kernels();
    }

    pub(super) fn schedule(&mut self, at: Duration, event: Event) {
        self.events.push((at, event));
    }

    /// Does something so much later.
    pub(crate) fn after(
        &mut self,
        delay: Duration,
        event: impl FnOnce(&mut Self) + Send + 'static,
    ) {
        self.schedule(self.now + delay, Box::new(event));
    }

    /// The token opens nothing any more.
    pub(crate) fn revoke(&mut self) {
        "another".clone_into(&mut self.token);
    }

    /// What a run shows now.
    pub(crate) fn run(&self, id: &str) -> Option<&Shown> {
        self.runs.iter().find(|run| run.id == id)?.at(self.now)
    }

    /// A run of a project (by title or id) that begins now, for want of a kernel perhaps only later.
    pub(crate) fn begin(&mut self, project: &str, owner: &str, trigger: &str) -> String {
        let project = self.projects.iter().find(|p| p.title == project || p.id == project);
        let Project { id: project, life, .. } = project.unwrap().clone();
        // The beginnings of ids have to differ, as those of real ones do.
        let number = u64::try_from(self.runs.len()).unwrap() + 1;
        let id = format!(
            "{:08x}-0000-4000-8000-{number:012x}",
            number.wrapping_mul(0x9e37_79b1) & 0xffff_ffff
        );
        let mut run = Run {
            id: id.clone(),
            project,
            owner: owner.to_owned(),
            trigger: trigger.to_owned(),
            created: self.now,
            body: Value::Null,
            history: Vec::new(),
            waiting: None,
        };
        if self.kernels_of(owner) < self.knobs.kernels {
            run.live(&life, self.now);
        } else {
            run.live(&Life::pending(), self.now);
            run.waiting = Some(life);
        }
        self.runs.push(run);
        id
    }

    /// Kernels that a user holds.
    pub(crate) fn kernels_of(&self, user: &str) -> usize {
        let theirs = self.runs.iter().filter(|run| run.owner == user);
        theirs.filter(|run| run.holds_kernel(self.now)).count()
    }

    fn give_kernels(&mut self) {
        for index in 0..self.runs.len() {
            let owner = self.runs[index].owner.clone();
            if self.runs[index].waiting.is_some() && self.kernels_of(&owner) < self.knobs.kernels {
                let life = self.runs[index].waiting.take().unwrap();
                self.runs[index].live(&life, self.now);
            }
        }
    }

    /// A request has arrived: it is written down, and it is decided what becomes of it and after
    /// which time.
    pub(super) fn arrive(&mut self, asked: &Asked) -> (usize, Act, Duration) {
        let (op, project, run) = asked.target();
        let number = self.requests.len();
        self.requests.push(Request {
            at: self.now,
            op,
            project: project.map(str::to_owned),
            run: run.map(str::to_owned),
            query: asked.query.clone(),
            token: asked.token.clone(),
            body: serde_json::from_slice(&asked.body).unwrap_or_default(),
            carried_out: None,
            status: None,
            over_limit: false,
        });
        let mut due = Vec::new();
        for (wanted, left, event) in std::mem::take(&mut self.hooks) {
            match (wanted == op, left) {
                (true, 0 | 1) => due.push(event),
                (true, _) => self.hooks.push((wanted, left - 1, event)),
                (false, _) => self.hooks.push((wanted, left, event)),
            }
        }
        for event in due {
            event(self);
        }
        let now = self.now;
        let act = self.rules.iter_mut().rev().find_map(|rule| rule.take(op, now));
        let latency = &self.knobs.latency;
        let latency = Duration::from_millis(latency[number % latency.len()]);
        (number, act.unwrap_or(Act::Normal), latency)
    }

    pub(super) fn note_answer(&mut self, number: usize, status: u16) {
        self.requests[number].status = Some(status);
    }

    /// Carries a request out; gives the answer.
    pub(super) fn carry_out(&mut self, number: usize, asked: &Asked) -> Reply {
        self.carry_out_as_of(number, asked, Duration::ZERO)
    }

    /// The same, where what is read is so old.
    pub(super) fn carry_out_as_of(&mut self, number: usize, asked: &Asked, age: Duration) -> Reply {
        let date = self.server_time(self.now).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        if asked.token != self.token {
            return Reply::unauthorized().header("date", &date);
        }
        let op = self.requests[number].op;
        if self.is_over_limit(op) {
            self.requests[number].over_limit = true;
            return Reply::too_many(self.knobs.retry_after.as_deref()).header("date", &date);
        }
        self.requests[number].carried_out = Some(self.now);
        let moment = self.now.saturating_sub(age);
        let reply = self.answer(asked, moment).header("date", &date);
        self.limit_headers(op).iter().fold(reply, |reply, (name, value)| reply.header(name, value))
    }

    fn is_over_limit(&self, op: Op) -> bool {
        let limits = self.knobs.limits.iter().filter(|limit| limit.ops.contains(&op));
        limits.into_iter().any(|limit| self.used(limit.ops, limit.window) >= limit.count)
    }

    fn used(&self, ops: &[Op], window: Duration) -> usize {
        let theirs = self.requests.iter().filter(|request| ops.contains(&request.op));
        theirs
            .filter_map(|request| request.carried_out)
            .filter(|at| *at + window > self.now)
            .count()
    }

    fn limit_headers(&self, op: Op) -> Vec<(&'static str, String)> {
        let minute = Duration::from_mins(1);
        let mut limits = self.knobs.limits.iter();
        let limit = limits.find(|limit| limit.window == minute && limit.ops.contains(&op));
        let Some(limit) = limit.filter(|_| self.knobs.limit_headers == LimitHeaders::XRateLimit)
        else {
            return Vec::new();
        };
        let remaining = limit.count.saturating_sub(self.used(limit.ops, limit.window));
        vec![
            ("x-ratelimit-limit", limit.count.to_string()),
            ("x-ratelimit-remaining", remaining.to_string()),
            ("x-ratelimit-reset", "60".to_owned()),
        ]
    }

    fn server_time(&self, at: Duration) -> Timestamp {
        let skew = SignedDuration::from_secs(self.knobs.skew);
        self.opening + SignedDuration::try_from(at).unwrap() + skew
    }

    /// A moment as it stands in bodies.
    pub(super) fn stamp(&self, at: Duration) -> String {
        self.server_time(at).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
    }

    pub(super) fn trace(&self) -> String {
        format!("trc-{:06}", self.requests.len())
    }
}
