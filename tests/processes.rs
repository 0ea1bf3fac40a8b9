//! Several hextop processes with one token, in virtual time: their engines, one store in a file,
//! and one simulated workspace that counts every request.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::VecDeque;
use std::time::Duration;

use hextop::api::{Call, Exchange};
use hextop::domain::{Boot, Now, ProjectId, RunId, RunStatus};
use hextop::engine::ledger::Session;
use hextop::engine::store::{Ask, Told};
use hextop::engine::{CallId, Effect, Intent, Model, Msg, Settings};
use hextop::shell::store::{Place, Shelf};
use hextop::sim::{Scenario, World};
use tempfile::TempDir;

const LATENCY: Duration = Duration::from_millis(80);
/// How often a process looks for what the others have written.
const NEWS: Duration = Duration::from_millis(250);
/// How long the store takes to answer.
const DISK: Duration = Duration::from_millis(1);
const TWO_MINUTES: Duration = Duration::from_mins(2);

/// One process.
struct Process {
    model: Model,
    /// Its connection to the store; none while the store fails.
    shelf: Option<Shelf>,
    /// What the store has answered, and when that arrives.
    told: VecDeque<(Boot, Result<Told, String>)>,
    flights: Vec<(Boot, CallId, Exchange)>,
    sent: Vec<(Boot, Call)>,
    alive: bool,
}

/// All of them, and what they share.
struct Office {
    world: World,
    processes: Vec<Process>,
    dir: TempDir,
    now: Now,
}

impl Office {
    fn new(scenario: &Scenario) -> Self {
        let wall = "2026-10-20T08:00:00Z".parse().unwrap();
        let now = Now { boot: Duration::from_hours(5), wall };
        let (world, dir) = (World::new(scenario, 1, now), tempfile::tempdir().unwrap());
        Self { world, processes: Vec::new(), dir, now }
    }

    fn shelf(&self, boot: &str) -> Shelf {
        let file = Some(self.dir.path().join("store.sqlite3"));
        Shelf::open(&Place { file, boot: boot.to_owned() }, "digest").unwrap()
    }

    /// Starts another process and gives its number.
    fn hire(&mut self, settings: Settings) -> usize {
        let number = self.processes.len();
        let session = Session(u32::try_from(number).unwrap() + 1);
        let process = Process {
            model: Model::new(settings).sharing(session),
            shelf: Some(self.shelf("this boot")),
            told: VecDeque::new(),
            flights: Vec::new(),
            sent: Vec::new(),
            alive: true,
        };
        self.processes.push(process);
        self.tell(number, Msg::Started);
        number
    }

    fn tell(&mut self, number: usize, msg: Msg) {
        let now = self.now;
        let process = &mut self.processes[number];
        for effect in process.model.update(msg, now) {
            match effect {
                Effect::Send(id, call, style) => {
                    let mut request = call.request(style);
                    let bearer = format!("Bearer {}", self.world.token()).parse().unwrap();
                    request.headers_mut().insert(http::header::AUTHORIZATION, bearer);
                    let answer = self.world.handle(&request, now);
                    let exchange = call.read(&answer.response, now.wall);
                    process.flights.push((now.boot + LATENCY + answer.delay, id, exchange));
                    process.sent.push((now.boot, call));
                }
                Effect::Store(ask) => {
                    let told = match &mut process.shelf {
                        Some(shelf) => shelf.answer(ask, now),
                        None => Err("the disk is gone".to_owned()),
                    };
                    process.told.push_back((now.boot + DISK, told));
                }
                Effect::Tell(_) => {}
            }
        }
    }

    /// Lets time pass.
    fn run_for(&mut self, span: Duration) {
        let end = self.now.boot + span;
        let mut news = self.now.boot;
        while self.now.boot < end {
            let next = self.processes.iter().filter(|p| p.alive).flat_map(|p| {
                let told = p.told.front().map(|(at, _)| *at);
                let flights = p.flights.iter().map(|(at, ..)| *at);
                flights.chain(told).chain(p.model.deadline(self.now))
            });
            let next = next.chain([news + NEWS, end]).min().unwrap();
            let step = next.saturating_sub(self.now.boot).max(Duration::from_millis(1));
            self.now = self.now.after(step);
            let looks = self.now.boot >= news + NEWS;
            news = if looks { self.now.boot } else { news };
            for number in 0..self.processes.len() {
                self.deliver(number, looks);
            }
        }
    }

    fn deliver(&mut self, number: usize, looks: bool) {
        let now = self.now;
        let process = &mut self.processes[number];
        if !process.alive {
            return;
        }
        if let Some(shelf) = process.shelf.as_mut().filter(|_| looks)
            && let Some(told) = shelf.news(now).unwrap()
        {
            process.told.push_back((now.boot, Ok(told)));
        }
        let mut msgs = vec![Msg::Woke];
        while let Some((_, told)) = process.told.pop_front_if(|(at, _)| *at <= now.boot) {
            msgs.push(Msg::Store(told));
        }
        let flights = std::mem::take(&mut process.flights);
        for (at, id, exchange) in flights {
            if at <= now.boot {
                msgs.push(Msg::Replied(id, exchange));
            } else {
                process.flights.push((at, id, exchange));
            }
        }
        msgs.into_iter().for_each(|msg| self.tell(number, msg));
    }

    /// SIGKILL: nothing is said, and what is on its way is never heard.
    fn kill(&mut self, number: usize) {
        self.processes[number].alive = false;
    }

    fn sent(&self, number: usize) -> usize {
        self.processes[number].sent.len()
    }

    fn looks(&self, number: usize, since: Boot) -> usize {
        let look =
            |(at, call): &&(Boot, Call)| *at >= since && matches!(call, Call::ListRuns { .. });
        self.processes[number].sent.iter().filter(look).count()
    }

    /// How old what a process knows of each project is.
    fn ages(&self, number: usize) -> Vec<Duration> {
        let projects = self.processes[number].model.projects();
        let runnable = projects.filter(|watched| watched.project.is_runnable());
        runnable.map(|w| self.now.boot - w.read.unwrap_or(Boot::ZERO)).collect()
    }

    /// Any active run of the workspace, as a process knows it.
    fn active(&self, number: usize) -> (ProjectId, RunId) {
        let mut runs = self.processes[number].model.runs();
        let (watched, seen) = runs.find(|(_, seen)| seen.run.is_active()).unwrap();
        (watched.project.id.clone(), seen.run.id.clone())
    }

    fn knows_as_killed(&self, number: usize, (project, run): &(ProjectId, RunId)) -> bool {
        let seen = self.processes[number].model.run(project, run);
        seen.is_some_and(|seen| seen.run.status == RunStatus::Killed)
    }
}

fn demo() -> Office {
    Office::new(&Scenario::named("demo").unwrap())
}

#[test]
fn three_processes_send_what_one_would_and_are_equally_fresh() {
    let mut alone = demo();
    alone.hire(Settings::default());
    alone.run_for(TWO_MINUTES);
    let mut office = demo();
    for _ in 0..3 {
        office.hire(Settings::default());
        office.run_for(Duration::from_secs(3));
    }
    office.run_for(TWO_MINUTES - Duration::from_secs(9));
    let together: usize = (0..3).map(|number| office.sent(number)).sum();
    assert!(together <= alone.sent(0) + 2, "{together} for three, {} for one", alone.sent(0));
    assert!(office.sent(1) + office.sent(2) <= 2, "{} and {}", office.sent(1), office.sent(2));
    let oldest = |number| office.ages(number).into_iter().max().unwrap();
    for number in 1..3 {
        assert_eq!(office.ages(number).len(), office.ages(0).len());
        assert!(oldest(number) <= oldest(0) + Duration::from_secs(1));
    }
    assert_eq!(office.world.refused(), 0);
}

#[test]
fn when_the_one_that_polls_dies_another_takes_over_and_loses_nothing() {
    let mut office = demo();
    let first = office.hire(Settings::default());
    office.run_for(Duration::from_mins(1));
    let second = office.hire(Settings::default());
    office.run_for(Duration::from_secs(30));
    assert!(!office.ages(second).iter().any(|age| *age > Duration::from_mins(2)));
    assert_eq!(office.looks(second, Boot::ZERO), 0);
    office.kill(first);
    let killed = office.now.boot;
    office.run_for(Duration::from_secs(20));
    assert!(office.looks(second, killed) >= 3, "{} looks", office.looks(second, killed));
    office.run_for(Duration::from_mins(5));
    assert_eq!(office.world.refused(), 0);
}

#[test]
fn one_that_leaves_hands_over_at_once() {
    let mut office = demo();
    let (first, second) = (office.hire(Settings::default()), office.hire(Settings::default()));
    office.run_for(Duration::from_mins(1));
    let parting = office.processes[first].model.parting(office.now.boot).unwrap();
    let now = office.now;
    office.processes[first].shelf.as_mut().unwrap().answer(parting, now).unwrap();
    office.kill(first);
    office.run_for(Duration::from_secs(4));
    assert!(office.looks(second, now.boot) >= 1);
}

#[test]
fn a_cancel_in_any_process_leaves_at_once_and_all_see_how_it_ends() {
    let mut office = demo();
    let (first, second) = (office.hire(Settings::default()), office.hire(Settings::default()));
    office.run_for(Duration::from_mins(2));
    let target = office.active(second);
    office.tell(second, Msg::Intent(Intent::Cancel(vec![target.clone()])));
    let confirmed = office.now.boot;
    office.run_for(Duration::from_secs(30));
    let left = |(at, call): &(Boot, Call)| matches!(call, Call::Cancel { .. }).then_some(*at);
    let left = office.processes[second].sent.iter().find_map(left).unwrap();
    assert!(left <= confirmed + 5 * DISK, "{:?} later", left - confirmed);
    assert!(office.knows_as_killed(first, &target));
    assert!(office.knows_as_killed(second, &target));
}

#[test]
fn polls_of_one_stand_aside_while_a_person_at_another_waits() {
    let mut office = demo();
    let (first, second) = (office.hire(Settings::default()), office.hire(Settings::default()));
    office.run_for(Duration::from_mins(1));
    // A person asks for everything, more than there is to spend.
    for _ in 0..4 {
        office.tell(second, Msg::Intent(Intent::RefreshAll));
        office.run_for(Duration::from_secs(2));
    }
    let from = office.now.boot;
    office.run_for(Duration::from_secs(5));
    assert_eq!(office.looks(first, from), 0);
    assert_eq!(office.world.refused(), 0);
}

#[test]
fn each_sees_its_own_projects_whoever_polls() {
    let mut office = demo();
    let all: Vec<String> = office.world.projects().map(|p| p.title().to_owned()).collect();
    let only = |title: &str| Settings { watch: vec![title.to_owned()], ..Settings::default() };
    let first = office.hire(only(&all[0]));
    office.run_for(Duration::from_secs(5));
    let second = office.hire(only(&all[1]));
    office.run_for(Duration::from_mins(1));
    for number in [first, second] {
        let ages = office.ages(number);
        assert_eq!(ages.len(), 1);
        assert!(ages[0] < Duration::from_mins(1), "{ages:?}");
    }
}

#[test]
fn without_the_store_each_goes_on_with_its_part_and_cancels_leave_at_once() {
    let mut office = demo();
    let (first, second) = (office.hire(Settings::default()), office.hire(Settings::default()));
    office.run_for(Duration::from_mins(2));
    for process in &mut office.processes {
        process.shelf = None;
    }
    let broken = office.now.boot;
    office.run_for(Duration::from_mins(5));
    for number in [first, second] {
        assert!(office.processes[number].model.store_trouble().is_some());
        let looks = office.looks(number, broken);
        assert!((30..=125).contains(&looks), "{looks} looks of process {number}");
    }
    let target = office.active(second);
    office.tell(second, Msg::Intent(Intent::Cancel(vec![target])));
    assert!(matches!(office.processes[second].sent.last(), Some((_, Call::Cancel { .. }))));
    assert_eq!(office.world.refused(), 0);
    // The disk is back: they find each other again.
    for number in [first, second] {
        let shelf = office.shelf("this boot");
        office.processes[number].shelf = Some(shelf);
    }
    office.run_for(Duration::from_mins(1));
    assert!(office.processes.iter().all(|process| process.model.store_trouble().is_none()));
    let mended = office.now.boot;
    office.run_for(Duration::from_mins(1));
    let looking = [first, second].map(|number| office.looks(number, mended) > 0);
    assert!(looking == [true, false] || looking == [false, true], "{looking:?}");
    assert_eq!(office.world.refused(), 0);
}

#[test]
fn the_next_start_knows_what_was_read_and_asks_for_no_list_again() {
    let mut office = demo();
    let first = office.hire(Settings::default());
    office.run_for(Duration::from_mins(2));
    office.kill(first);
    office.run_for(Duration::from_secs(30));
    let second = office.hire(Settings::default());
    office.run_for(Duration::from_millis(20));
    let runs = |number: usize| office.processes[number].model.runs().count();
    assert_eq!(runs(second), runs(first));
    assert!(office.ages(second).iter().all(|age| *age >= Duration::from_secs(30)));
    office.run_for(Duration::from_secs(30));
    let asked = office.processes[second].sent.iter().map(|(_, call)| call);
    assert_eq!(asked.filter(|call| !matches!(call, Call::ListRuns { .. })).count(), 0);
}

#[test]
fn after_the_machine_was_started_anew_the_past_is_known_and_the_present_is_read() {
    let mut office = demo();
    let first = office.hire(Settings::default());
    office.run_for(Duration::from_mins(2));
    office.kill(first);
    let ended = |model: &Model| model.runs().filter(|(_, seen)| !seen.run.is_active()).count();
    let known = ended(&office.processes[first].model);
    // Two hours later the machine has run for a minute; the world has gone on.
    office.now = office.now.after(Duration::from_hours(2));
    let later = Now { boot: Duration::from_mins(1), wall: office.now.wall };
    let mut shelf = office.shelf("another boot");
    let mut model = Model::new(Settings::default()).sharing(Session(9));
    model.update(Msg::Started, later);
    let told = shelf.answer(Ask::Join, later).unwrap();
    model.update(Msg::Store(Ok(told)), later);
    assert_eq!(ended(&model), known);
    assert!(model.runs().all(|(_, seen)| !seen.run.is_active()), "nobody knows that now");
    assert!(model.projects().all(|watched| watched.read.is_none()));
}
