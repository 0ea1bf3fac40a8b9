//! The cluster in which the processes work: time, the network, the disk and the server.

use std::collections::VecDeque;
use std::time::Duration;

use hextop::api::{ApiError, Call, Failure, Kind, PathStyle, Response};
use hextop::domain::{Boot, Now, ProjectId, RunId, RunStatus};
use hextop::engine::sync::protocol::StoreEvent;
use hextop::engine::sync::session::Session;
use hextop::engine::{CallId, Effect, Event, Model, Msg, Settings};
use hextop::shell::store::{SqliteStore, StoreLocation};
use hextop::sim::{Answer, Scenario, World};
use tempfile::TempDir;

/// How often a process looks for what the others have written.
const NEWS: Duration = Duration::from_millis(250);
/// How long the store takes to answer.
pub(crate) const DISK: Duration = Duration::from_millis(1);

/// When a request is given up, as the settings say.
const TIMEOUT: Duration = Duration::from_secs(20);

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// What becomes of a trigger on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It arrives, and so does its answer.
    Whole,
    /// It never arrives, and its sender hears nothing until it gives up.
    Lost,
    /// It arrives, and its answer is lost: the connection breaks.
    Broken,
    /// It arrives, and its answer never comes.
    Unanswered,
    /// It arrives so many milliseconds late, if its sender waits or not.
    Late(u64),
}

/// What the world answers to a call.
pub(crate) fn ask(world: &mut World, call: &Call, style: PathStyle, now: Now) -> Answer {
    let mut request = call.request(style);
    let bearer = format!("Bearer {}", world.token()).parse().unwrap();
    request.headers_mut().insert(http::header::AUTHORIZATION, bearer);
    world.handle(&request, now)
}

/// A connection to the store.
pub(crate) fn open(location: &StoreLocation) -> SqliteStore {
    SqliteStore::open(location, "digest").unwrap()
}

/// One process.
pub(crate) struct Process {
    pub(crate) model: Model,
    location: StoreLocation,
    /// Its connection to the store; none while the store fails.
    pub(crate) store: Option<SqliteStore>,
    pub(crate) disk: Disk,
    /// What the store has answered, and when that arrives.
    told: VecDeque<(Boot, Result<StoreEvent, String>)>,
    /// What the store held when it last looked for news, see [`TestCluster::changes`].
    looked: usize,
    flights: Vec<(Boot, CallId, Response)>,
    pub(crate) sent: Vec<(Boot, Call)>,
    /// What its person was told.
    pub(crate) events: Vec<Event>,
    pub(crate) alive: bool,
}

/// How the store of a process answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Disk {
    /// At once.
    #[default]
    Works,
    /// So many milliseconds late.
    Slow(u64),
    /// It does what is asked and says that it could not.
    Lies,
}

/// A request on its way to the server.
struct Travelling {
    sent: Boot,
    arrives: Boot,
    by: usize,
    id: CallId,
    call: Call,
    style: PathStyle,
    back: Duration,
    fate: Fate,
}

impl Travelling {
    /// When its sender gives it up.
    fn given_up(&self) -> Boot {
        self.sent + TIMEOUT
    }
}

/// All of them, and what they share.
pub(crate) struct TestCluster {
    pub(crate) world: World,
    pub(crate) processes: Vec<Process>,
    dir: TempDir,
    pub(crate) now: Now,
    /// How many times what the store tells may have changed: it was asked for something, or a process has ended.
    changes: usize,
    /// How long requests take to the server and back, in turn, in milliseconds.
    pub(crate) delays: Vec<(u64, u64)>,
    /// Whether nothing gets through to the server.
    pub(crate) cut: bool,
    /// What becomes of the next triggers; of those after them, nothing special.
    pub(crate) fates: VecDeque<Fate>,
    /// Requests on their way to the server.
    travelling: Vec<Travelling>,
    /// When each request arrived at the server, and what it was.
    pub(crate) arrived: Vec<(Boot, Kind)>,
}

impl TestCluster {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let wall = "2026-10-20T08:00:00Z".parse().unwrap();
        let now = Now { boot: Boot::from_secs(5 * 3600), wall };
        let (world, dir) = (World::new(scenario, 1, now), tempfile::tempdir().unwrap());
        Self {
            world,
            processes: Vec::new(),
            dir,
            now,
            changes: 0,
            delays: vec![(40, 40)],
            cut: false,
            fates: VecDeque::new(),
            travelling: Vec::new(),
            arrived: Vec::new(),
        }
    }

    pub(crate) fn location(&self, boot: &str, session: Session) -> StoreLocation {
        let file = self.dir.path().join("store.sqlite3");
        StoreLocation::new(Some(file), boot.to_owned(), session)
    }

    /// The disk of a process works again.
    pub(crate) fn mend(&mut self, number: usize) {
        let process = &mut self.processes[number];
        process.store = Some(open(&process.location));
    }

    /// Starts another process and gives its number.
    pub(crate) fn hire(&mut self, settings: Settings) -> usize {
        let number = self.processes.len();
        let session = Session(u32::try_from(number).unwrap() + 1);
        let location = self.location("this boot", session);
        let process = Process {
            model: Model::new(settings).sharing(session).taking_up(),
            store: Some(open(&location)),
            disk: Disk::Works,
            location,
            told: VecDeque::new(),
            looked: 0,
            flights: Vec::new(),
            sent: Vec::new(),
            events: Vec::new(),
            alive: true,
        };
        self.processes.push(process);
        self.tell(number, Msg::Started);
        number
    }

    pub(crate) fn tell(&mut self, number: usize, msg: Msg) {
        let now = self.now;
        let process = &mut self.processes[number];
        for effect in process.model.update(msg, now) {
            match effect {
                Effect::Send(id, call, style, _) => {
                    let turn = self.arrived.len() + self.travelling.len();
                    let (there, back) = self.delays[turn % self.delays.len()];
                    process.sent.push((now.boot, call.clone()));
                    let is_trigger = matches!(call, Call::Trigger { .. });
                    let fate = is_trigger.then(|| self.fates.pop_front()).flatten();
                    let fate = fate.unwrap_or(Fate::Whole);
                    let there = if let Fate::Late(there) = fate { there } else { there };
                    let arrives = now.boot + millis(there);
                    let (sent, by, back) = (now.boot, number, millis(back));
                    let one = Travelling { sent, arrives, by, id, call, style, back, fate };
                    if matches!(fate, Fate::Lost | Fate::Unanswered) || arrives >= one.given_up() {
                        let silence = Response::from(Failure::Timeout(TIMEOUT.as_secs()));
                        process.flights.push((one.given_up(), id, silence));
                    }
                    if fate != Fate::Lost {
                        self.travelling.push(one);
                    }
                }
                Effect::Store(ask) => {
                    self.changes += 1;
                    let told = match &mut process.store {
                        Some(kept) => kept.answer(ask, now),
                        None => Err("the disk is gone".to_owned()),
                    };
                    let (told, takes) = match process.disk {
                        Disk::Works => (told, DISK),
                        Disk::Slow(late) => (told, millis(late)),
                        Disk::Lies => {
                            // After a failure the store is opened anew, and tells all it has.
                            process.store = process.store.take().map(|_| open(&process.location));
                            (Err("the disk is full, it says".to_owned()), DISK)
                        }
                    };
                    // One thread answers, so nothing overtakes what is slow.
                    let last = process.told.back().map_or(now.boot, |(at, _)| *at);
                    process.told.push_back((last.max(now.boot + takes), told));
                }
                Effect::Tell(event) => process.events.push(event),
                Effect::ReadToken => {}
            }
        }
    }

    /// Lets time pass.
    pub(crate) fn run_for(&mut self, span: Duration) {
        let end = self.now.boot + span;
        let mut news = self.now.boot;
        while self.now.boot < end {
            let next = self.processes.iter().filter(|p| p.alive).flat_map(|p| {
                let told = p.told.front().map(|(at, _)| *at);
                let flights = p.flights.iter().map(|(at, ..)| *at);
                flights.chain(told).chain(p.model.deadline(self.now))
            });
            let arrivals = self.travelling.iter().map(|one| one.arrives);
            let next = next.chain(arrivals).chain([news + NEWS, end]).min().unwrap();
            let step = next.saturating_sub(self.now.boot).max(Duration::from_millis(1));
            self.now = self.now.after(step);
            self.arrive(self.now);
            let looks = self.now.boot >= news + NEWS;
            news = if looks { self.now.boot } else { news };
            for number in 0..self.processes.len() {
                self.deliver(number, looks);
            }
        }
    }

    /// The server answers what has reached it by `until`, in the order in which it has.
    fn arrive(&mut self, until: Now) {
        self.travelling.sort_by_key(|one| one.arrives);
        let due = self.travelling.iter().take_while(|one| one.arrives <= until.boot).count();
        for one in self.travelling.drain(..due) {
            let at = one.arrives;
            let flights = &mut self.processes[one.by].flights;
            if self.cut {
                let cut = Response::from(Failure::Connect("cut".into()));
                flights.push((at + one.back, one.id, cut));
                continue;
            }
            let wall = until.wall - until.boot.saturating_sub(at);
            let answer = ask(&mut self.world, &one.call, one.style, Now { boot: at, wall });
            self.arrived.push((at, one.call.kind()));
            if one.fate == Fate::Unanswered || at >= one.given_up() {
                continue;
            }
            let response = match one.fate {
                Fate::Broken => Response::from(Failure::Broken("reset".to_owned())),
                _ => one.call.read(&answer.response, wall),
            };
            flights.push((at + one.back + answer.delay, one.id, response));
        }
    }

    /// The machine sleeps: nobody does anything, and what is on its way gets there at once.
    pub(crate) fn sleep(&mut self, span: Duration) {
        let soon = self.now.after(Duration::from_mins(1));
        self.arrive(soon);
        self.now = self.now.after(span.max(Duration::from_mins(1)));
    }

    fn deliver(&mut self, number: usize, looks: bool) {
        let now = self.now;
        let process = &mut self.processes[number];
        if !process.alive {
            return;
        }
        let looks = looks && process.looked < self.changes;
        if let Some(store) = process.store.as_mut().filter(|_| looks) {
            process.looked = self.changes;
            if let Some(told) = store.news(now).unwrap() {
                process.told.push_back((now.boot, Ok(told)));
            }
        }
        let is_due = process.model.deadline(now).is_some_and(|at| at <= now.boot);
        let mut msgs: Vec<Msg> = is_due.then_some(Msg::Woke).into_iter().collect();
        while let Some((_, told)) = process.told.pop_front_if(|(at, _)| *at <= now.boot) {
            msgs.push(Msg::Store(told));
        }
        let flights = std::mem::take(&mut process.flights);
        for (at, id, response) in flights {
            if at <= now.boot {
                msgs.push(Msg::Replied(id, response));
            } else {
                process.flights.push((at, id, response));
            }
        }
        for msg in msgs {
            self.tell(number, msg);
        }
    }

    /// What a process has asked so far is answered with this error.
    pub(crate) fn spoil(&mut self, number: usize, error: &ApiError) {
        for (_, _, response) in &mut self.processes[number].flights {
            response.result = Err(error.clone());
        }
    }

    /// SIGKILL: nothing is said, and what is on its way is never heard.
    pub(crate) fn kill(&mut self, number: usize) {
        let process = &mut self.processes[number];
        process.alive = false;
        self.changes += 1;
        // The system takes its locks away.
        (process.store, process.location) = (None, StoreLocation::nowhere(Session(0)));
    }

    pub(crate) fn sent(&self, number: usize) -> usize {
        self.processes[number].sent.len()
    }

    pub(crate) fn looks(&self, number: usize, since: Boot) -> usize {
        let look =
            |(at, call): &&(Boot, Call)| *at >= since && matches!(call, Call::ListRuns { .. });
        self.processes[number].sent.iter().filter(look).count()
    }

    /// How old what a process knows of each project is.
    pub(crate) fn ages(&self, number: usize) -> Vec<Duration> {
        let projects = self.processes[number].model.projects();
        let runnable = projects.filter(|watched| watched.project.is_runnable());
        runnable.map(|w| self.now.boot - w.read.unwrap_or(Boot::ZERO)).collect()
    }

    /// Any active run of the workspace, as a process knows it.
    pub(crate) fn active(&self, number: usize) -> (ProjectId, RunId) {
        let mut runs = self.processes[number].model.runs();
        let (watched, seen) = runs.find(|(_, seen)| seen.run.is_active()).unwrap();
        (watched.project.id.clone(), seen.run.id.clone())
    }

    pub(crate) fn knows_as_killed(
        &self,
        number: usize,
        (project, run): &(ProjectId, RunId),
    ) -> bool {
        let seen = self.processes[number].model.run(project, run);
        seen.is_some_and(|seen| seen.run.status == RunStatus::Killed)
    }
}
