//! The Hex of the tests: one workspace behind a lock, with its knobs, its rules and its record.
//!
//! Time is that of the tokio clock since [`Hex::open`], so that a paused clock makes it virtual.
//! Everything that is due has happened before anything is answered or looked at.

pub(crate) mod knobs;
pub(crate) mod life;
mod list;
mod operations;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod rule;
pub(crate) mod world;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use hextop::clock::Clock;
use hextop::domain::{Boot, Now};

use knobs::Knobs;
use life::Life;
use reply::Reply;
use request::{Asked, Op, Request};
use rule::{Act, Rule};
use world::World;

/// How long the machine has been up when a virtual story begins.
const BOOT: Boot = Boot::from_secs(2 * 3600);

/// What becomes of a request, as its sender sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is answered.
    Answered(Reply),
    /// The connection breaks without an answer.
    Broken,
    /// Nothing comes, and the connection stays open.
    Silence,
}

/// A workspace. Clones are the same workspace.
#[derive(Clone)]
pub(crate) struct Hex {
    world: Arc<Mutex<World>>,
    clock: Arc<Mutex<Option<Clock>>>,
}

impl Hex {
    /// A workspace without projects that behaves as Hex does on a good day.
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    /// A workspace with other knobs.
    pub(crate) fn with(change: impl FnOnce(&mut Knobs)) -> Self {
        let mut knobs = Knobs::default();
        change(&mut knobs);
        Self { world: Arc::new(Mutex::new(World::new(knobs))), clock: Arc::default() }
    }

    /// Its time begins now, at `wall`; gives the clock for whoever lives in the same time.
    pub(crate) fn open(&self, wall: &str) -> Clock {
        self.open_at(Now { boot: BOOT, wall: wall.parse().unwrap() })
    }

    /// Its time begins now and is the machine's.
    pub(crate) fn open_today(&self) -> Clock {
        self.open_at(Now { boot: BOOT, wall: hextop::clock::now().wall })
    }

    fn open_at(&self, origin: Now) -> Clock {
        let clock = Clock::tokio(origin);
        self.world.lock().unwrap().opening = origin.wall;
        *self.clock.lock().unwrap() = Some(clock);
        clock
    }

    /// The workspace as it is now.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        let clock = *self.clock.lock().unwrap();
        let mut world = self.world.lock().unwrap();
        world.advance(clock.map_or(Duration::ZERO, |clock| clock.now().boot - BOOT));
        world
    }

    /// Adds a published project whose runs live like this; gives its id.
    pub(crate) fn project(&self, title: &str, life: Life) -> String {
        self.world().add_project(title, life)
    }

    /// A run of a project (by title) that `user` has begun by API now; gives its id.
    pub(crate) fn begin(&self, project: &str, user: &str) -> String {
        self.world().begin(project, user, "API")
    }

    /// Does something at a time since the opening.
    pub(crate) fn at(&self, time: Duration, event: impl FnOnce(&mut World) + Send + 'static) {
        self.world.lock().unwrap().schedule(time, Box::new(event));
    }

    /// Does something when the `nth` request from now on (from 1) of this kind has arrived, before it
    /// is carried out.
    pub(crate) fn when(&self, op: Op, nth: usize, event: impl FnOnce(&mut World) + Send + 'static) {
        self.world.lock().unwrap().hooks.push((op, nth, Box::new(event)));
    }

    /// What becomes of the next request of this kind.
    pub(crate) fn next(&self, op: Op, act: Act) {
        self.rule(Rule::on(op, act).times(1));
    }

    /// What becomes of requests that fit.
    pub(crate) fn rule(&self, rule: Rule) {
        self.world.lock().unwrap().rules.push(rule);
    }

    /// All requests that have arrived.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.world().requests.clone()
    }

    /// All requests of one kind that have arrived.
    pub(crate) fn requests_of(&self, op: Op) -> Vec<Request> {
        self.requests().into_iter().filter(|request| request.op == op).collect()
    }

    /// The status of a run now.
    pub(crate) fn status(&self, run: &str) -> String {
        self.world().run(run).unwrap().status.clone()
    }

    /// Runs that exist, in the order in which they began: id and owner.
    pub(crate) fn runs(&self) -> Vec<(String, String)> {
        self.world().runs.iter().map(|run| (run.id.clone(), run.owner.clone())).collect()
    }

    /// The most requests of these kinds within any minute.
    pub(crate) fn most_a_minute(&self, ops: &[Op]) -> usize {
        let times: Vec<_> = self
            .requests()
            .into_iter()
            .filter(|request| ops.contains(&request.op))
            .map(|request| request.at)
            .collect();
        let within = |from: &Duration| {
            times.iter().filter(|at| *at >= from && **at < *from + Duration::from_mins(1)).count()
        };
        times.iter().map(within).max().unwrap_or_default()
    }

    /// How many requests were refused because they were too many.
    pub(crate) fn caused_429(&self) -> usize {
        self.requests().iter().filter(|request| request.over_limit).count()
    }

    /// Carries a request out, or whatever else becomes of it, and answers when that is due.
    pub(crate) async fn serve(&self, asked: Asked) -> Outcome {
        let (number, act, latency) = self.world().arrive(&asked);
        tokio::time::sleep(latency).await;
        let reply = match act {
            Act::Normal => self.world().carry_out(number, &asked),
            Act::Instead(reply) => reply,
            Act::Lost(reply) => {
                self.world().carry_out(number, &asked);
                reply
            }
            Act::Broken => {
                self.world().carry_out(number, &asked);
                return Outcome::Broken;
            }
            Act::Unanswered => {
                self.world().carry_out(number, &asked);
                return Outcome::Silence;
            }
            Act::NeverArrives => return Outcome::Silence,
            Act::AnsweredAfter(late) => {
                let reply = self.world().carry_out(number, &asked);
                tokio::time::sleep(late).await;
                reply
            }
            Act::CarriedOutAfter(late) => {
                {
                    let mut world = self.world();
                    let due = world.now + late;
                    let event = move |world: &mut World| {
                        let reply = world.carry_out(number, &asked);
                        world.late.insert(number, reply);
                    };
                    world.schedule(due, Box::new(event));
                }
                tokio::time::sleep(late + Duration::from_millis(1)).await;
                let reply = self.world().late.remove(&number);
                let Some(reply) = reply else { return Outcome::Silence };
                reply
            }
            Act::Stale(age) => self.world().carry_out_as_of(number, &asked, age),
        };
        self.world().note_answer(number, reply.status);
        Outcome::Answered(reply)
    }
}
