//! At most one run for each confirmation, and the truth about every start: whatever the network
//! loses, whenever a process is killed, and whoever else starts runs of the same project.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hextop::api::{Call, PathStyle};
use hextop::domain::inputs::Body;
use hextop::domain::{ProjectId, RunId, StartRun};
use hextop::engine::start::journal::{Entry, StartId, StartStage};
use hextop::engine::{Intent, Msg, Settings};
use hextop::sim::scenario::{Answers, InputKind, Limits, Order};
use hextop::sim::{InputSpec, ProjectSpec, Scenario};
use jiff::SignedDuration;
use proptest::prelude::*;
use serde_json::json;

use crate::cluster::{Disk, Fate, TestCluster, ask};

/// The number in the body of a start that another program made.
const STRANGER: u64 = 1_000_000;

/// One confirmation, and what happens to it.
#[derive(Clone, Debug)]
struct Round {
    /// Which of two processes confirms it.
    by: usize,
    fate: Fate,
    /// When that process is killed, in milliseconds after the confirmation.
    killed: Option<u64>,
    /// Whether another program starts a run of the same project, and when.
    stranger: Option<u64>,
    /// What is the matter with the disk of that process, from when and until when.
    disk: Option<(Disk, u64, u64)>,
    /// How long until the next.
    pause: u64,
}

/// What happens after a confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Breaks,
    Stranger,
    Mends,
    Kill,
}

impl Round {
    /// A start to which nothing happens.
    fn plain(by: usize) -> Self {
        Self { by, fate: Fate::Whole, killed: None, stranger: None, disk: None, pause: 0 }
    }

    /// What happens to it, in its order.
    fn events(&self) -> Vec<(u64, Event)> {
        let once = |at: Option<u64>, event| at.map(|at| (at, event));
        let disk = self.disk.map(|(_, from, to)| [(from, Event::Breaks), (to, Event::Mends)]);
        let mut events: Vec<_> = once(self.killed, Event::Kill)
            .into_iter()
            .chain(once(self.stranger, Event::Stranger))
            .chain(disk.into_iter().flatten())
            .collect();
        events.sort_unstable();
        events
    }
}

fn round() -> impl Strategy<Value = Round> {
    let fate = prop_oneof![
        3 => Just(Fate::Whole),
        2 => Just(Fate::Lost),
        2 => Just(Fate::Broken),
        2 => Just(Fate::Unanswered),
        1 => (0..30_000_u64).prop_map(Fate::Late),
    ];
    // Recording, looking, claiming, and the way there and back take about 170 milliseconds.
    let killed = prop::option::of(prop_oneof![4 => 0..250_u64, 1 => 250..40_000_u64]);
    let stranger = prop::option::weighted(0.2, 0..3000_u64);
    let pause = prop_oneof![0..500_u64, 5_000..30_000_u64];
    let disk = prop_oneof![Just(Disk::Lies), (100..4000_u64).prop_map(Disk::Slow)];
    let disk = (disk, 0..200_u64, 1..3000_u64).prop_map(|(disk, at, span)| (disk, at, at + span));
    let disk = prop::option::weighted(0.3, disk);
    (0..2_usize, fate, killed, stranger, disk, pause).prop_map(
        |(by, fate, killed, stranger, disk, pause)| Round {
            by,
            fate,
            killed,
            stranger,
            disk,
            pause,
        },
    )
}

fn scenario(lag: u64, skew: i64, order: Order) -> Scenario {
    let number =
        InputSpec { name: "n".to_owned(), kind: InputKind::Number, ..InputSpec::default() };
    let project = ProjectSpec {
        median: Duration::from_secs(20),
        past: if order == Order::OldestFirst { 150 } else { 5 },
        inputs: vec![number],
        ..ProjectSpec::titled("Contested".to_owned())
    };
    let limits = Limits { triggers_per_minute: 0, triggers_per_hour: 0, ..Limits::default() };
    let answers = Answers { list_lag: Duration::from_secs(lag), order, ..Answers::default() };
    let clock_skew = SignedDuration::from_secs(skew);
    Scenario { projects: vec![project], limits, answers, clock_skew, ..Scenario::default() }
}

fn body(number: u64) -> StartRun {
    Body::of(&json!({"inputParams": {"n": number}})).unwrap().into_start().unwrap()
}

/// What there is in the end.
struct Outcome {
    /// The confirmations and the number in their bodies.
    confirmed: BTreeMap<StartId, u64>,
    entries: Vec<Entry>,
    /// The runs of each number.
    runs: BTreeMap<u64, Vec<RunId>>,
}

impl Outcome {
    fn runs_of(&self, number: u64) -> &[RunId] {
        self.runs.get(&number).map_or(&[], Vec::as_slice)
    }

    fn claims(&self) -> Vec<&RunId> {
        self.entries.iter().filter_map(|entry| entry.stage.run()).collect()
    }
}

/// A person at a process confirms a start with this number in its body.
fn confirm(cluster: &mut TestCluster, by: usize, number: u64, fate: Fate) -> StartId {
    cluster.fates.push_back(fate);
    let project = cluster.world.projects().next().unwrap().id().clone();
    let model = &cluster.processes[by].model;
    let serial = u32::try_from(model.starts().count()).unwrap();
    let ticket = StartId::new(cluster.now.wall, model.session(), serial);
    let intent = Intent::Start { ticket, project, start: body(number), reason: None };
    cluster.tell(by, Msg::Intent(intent));
    ticket
}

/// Plays the rounds; `number` gives each the number in its body.
fn play(scenario: &Scenario, rounds: &[Round], number: impl Fn(usize) -> u64) -> Outcome {
    let mut cluster = TestCluster::new(scenario);
    let project = cluster.world.projects().next().unwrap().id().clone();
    let mut hired = [0, 1].map(|_| cluster.hire(Settings::default()));
    cluster.run_for(Duration::from_secs(3));
    let mut confirmed = BTreeMap::new();
    for (index, round) in rounds.iter().enumerate() {
        let by = &mut hired[round.by];
        if !cluster.processes[*by].alive {
            *by = cluster.hire(Settings::default());
            cluster.run_for(Duration::from_secs(1));
        }
        let by = *by;
        confirmed.insert(confirm(&mut cluster, by, number(index), round.fate), number(index));
        let mut passed = 0;
        for (at, event) in round.events() {
            cluster.run_for(Duration::from_millis(at - passed));
            passed = at;
            match event {
                Event::Kill => cluster.kill(by),
                Event::Stranger => stranger(&mut cluster, &project),
                Event::Breaks => cluster.processes[by].disk = round.disk.unwrap().0,
                Event::Mends => cluster.processes[by].disk = Disk::Works,
            }
        }
        cluster.run_for(Duration::from_millis(round.pause));
    }
    // Whoever is left settles what is its own; then one that comes later settles the rest.
    cluster.fates.clear();
    cluster.run_for(Duration::from_mins(4));
    for by in hired.iter().filter(|by| cluster.processes[**by].alive) {
        let model = &cluster.processes[*by].model;
        let open: Vec<_> = model.starts().filter(|start| start.is_open()).collect();
        assert!(open.is_empty(), "stuck while its process lives: {open:?}");
    }
    for by in hired {
        cluster.kill(by);
    }
    let last = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_mins(4));
    let entries = cluster.processes[last].model.starts().map(|start| start.entry.clone()).collect();
    let mut runs: BTreeMap<u64, Vec<RunId>> = BTreeMap::new();
    for run in cluster.world.runs() {
        if let Some(number) = run.inputs().get("n").and_then(serde_json::Value::as_u64) {
            runs.entry(number).or_default().push(run.id());
        }
    }
    assert_eq!(cluster.world.refused(), 0, "nothing was refused");
    Outcome { confirmed, entries, runs }
}

/// Another program starts a run of the same project.
fn stranger(cluster: &mut TestCluster, project: &ProjectId) {
    let call = Call::Trigger { project: project.clone(), start: body(STRANGER) };
    ask(&mut cluster.world, &call, PathStyle::Current, cluster.now);
}

/// What must hold of every confirmation, whoever else is there.
fn check(outcome: &Outcome) -> Result<(), TestCaseError> {
    let claims = outcome.claims();
    let distinct: BTreeSet<_> = claims.iter().collect();
    prop_assert_eq!(distinct.len(), claims.len(), "claimed twice: {:?}", outcome.entries);
    for entry in &outcome.entries {
        prop_assert!(!entry.stage.is_open(), "not settled: {:?}", entry);
        prop_assert!(entry.attempts <= 1, "sent again: {:?}", entry);
        prop_assert!(outcome.confirmed.contains_key(&entry.id));
    }
    Ok(())
}

/// What the world knows of a start whose body is its own.
fn check_truth(outcome: &Outcome) -> Result<(), TestCaseError> {
    for (ticket, number) in &outcome.confirmed {
        let runs = outcome.runs_of(*number);
        prop_assert!(runs.len() <= 1, "{} runs of one confirmation", runs.len());
        let entry = outcome.entries.iter().find(|entry| entry.id == *ticket);
        match entry.map(|entry| &entry.stage) {
            Some(StartStage::Started(run)) => prop_assert_eq!(runs, std::slice::from_ref(run)),
            None
            | Some(
                StartStage::NotSeen
                | StartStage::NeverSent(_)
                | StartStage::Refused(_)
                | StartStage::Withdrawn,
            ) => prop_assert!(runs.is_empty(), "{:?} has {:?}", entry, runs),
            _ => {}
        }
    }
    Ok(())
}

fn any_scenario() -> impl Strategy<Value = Scenario> {
    let lag = prop_oneof![Just(0), 1..8_u64];
    let skew = prop::sample::select(vec![0, -60, 60]);
    let order = prop_oneof![4 => Just(Order::NewestFirst), 1 => Just(Order::OldestFirst)];
    (lag, skew, order).prop_map(|(lag, skew, order)| scenario(lag, skew, order))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(hextop::testkit::cases(24)))]

    #[test]
    fn no_confirmation_has_two_runs_and_every_start_ends_as_what_it_was(
        scenario in any_scenario(),
        rounds in prop::collection::vec(round(), 1..9),
    ) {
        let outcome = play(&scenario, &rounds, |index| u64::try_from(index).unwrap());
        check(&outcome)?;
        check_truth(&outcome)?;
    }

    #[test]
    fn starts_that_send_the_same_never_have_more_runs_than_confirmations(
        scenario in any_scenario(),
        rounds in prop::collection::vec(round(), 1..9),
    ) {
        let outcome = play(&scenario, &rounds, |_| 7);
        check(&outcome)?;
        let runs = outcome.runs_of(7).len();
        prop_assert!(runs <= rounds.len());
        let known_not = |entry: &&Entry| {
            matches!(
                entry.stage,
                StartStage::NotSeen | StartStage::NeverSent(_) | StartStage::Refused(_)
            )
        };
        let without = outcome.entries.iter().filter(known_not).count();
        prop_assert!(without + runs <= rounds.len(), "{} without, {} runs", without, runs);
    }
}

#[test]
fn a_start_whose_process_dies_with_it_on_its_way_is_found_by_the_next() {
    let round = Round { killed: Some(50), ..Round::plain(0) };
    let outcome = play(&scenario(3, 60, Order::NewestFirst), &[round], |_| 1);
    let runs = outcome.runs_of(1).to_vec();
    assert_eq!(runs.len(), 1, "it had left");
    let [entry] = outcome.entries.as_slice() else { panic!("{:?}", outcome.entries) };
    assert_eq!(entry.stage, StartStage::ProbablyOurs(runs[0].clone()));
}

#[test]
fn a_run_that_was_listed_before_is_not_taken_for_the_start() {
    let mut cluster = TestCluster::new(&scenario(0, 0, Order::NewestFirst));
    let project = cluster.world.projects().next().unwrap().id().clone();
    let number = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_secs(3));
    stranger(&mut cluster, &project);
    cluster.run_for(Duration::from_secs(4));
    let ticket = confirm(&mut cluster, number, 1, Fate::Lost);
    cluster.run_for(Duration::from_mins(3));
    let stage = &cluster.processes[number].model.start_of(ticket).unwrap().entry.stage;
    assert_eq!(*stage, StartStage::NotSeen, "it started within the five seconds of slack");
}

#[test]
fn a_run_that_arrives_after_all_reopens_a_start_that_was_not_seen() {
    let mut cluster = TestCluster::new(&scenario(0, 0, Order::NewestFirst));
    let number = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_secs(3));
    // Given up after 20 seconds, looked for until 140, and there after 160.
    let ticket = confirm(&mut cluster, number, 1, Fate::Late(160_000));
    let stage = |cluster: &TestCluster| {
        cluster.processes[number].model.start_of(ticket).unwrap().entry.stage.clone()
    };
    cluster.run_for(Duration::from_secs(158));
    assert_eq!(stage(&cluster), StartStage::NotSeen);
    cluster.run_for(Duration::from_mins(2));
    let run =
        cluster.world.runs().find(|run| run.inputs().get("n") == Some(&json!(1))).unwrap().id();
    assert_eq!(stage(&cluster), StartStage::ProbablyOurs(run));
}

#[test]
fn two_that_start_the_same_project_at_once_claim_their_own_runs() {
    let rounds = [Round::plain(0), Round::plain(1)];
    let outcome =
        play(&scenario(2, 0, Order::NewestFirst), &rounds, |index| u64::try_from(index).unwrap());
    assert!(outcome.entries.iter().all(|e| matches!(e.stage, StartStage::Started(_))));
    check(&outcome).unwrap();
    check_truth(&outcome).unwrap();
}
