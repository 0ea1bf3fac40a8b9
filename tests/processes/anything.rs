//! Whatever several processes do, and whatever happens to them, the server refuses nothing and a
//! cancel leaves at once.

use std::time::Duration;

use hextop::api::Call;
use hextop::domain::{Boot, RunId};
use hextop::engine::{Intent, Msg, Settings};
use hextop::sim::scenario::{HeaderStyle, Limits};
use hextop::sim::{ProjectSpec, Scenario};
use proptest::prelude::*;

use crate::cluster::{DISK, TestCluster};

/// One thing that happens; processes are numbered round.
#[derive(Clone, Debug)]
enum Turn {
    Wait(u64),
    Refresh(usize),
    RefreshAll(usize),
    Hire,
    Kill(usize),
    /// The disk fails for everybody for so many seconds.
    Fail(u64),
    /// The machine sleeps for so many seconds.
    Sleep(u64),
    /// The wall clock is set by so many seconds.
    Set(i64),
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        6 => (0..20_000_u64).prop_map(Turn::Wait),
        3 => any::<usize>().prop_map(Turn::Refresh),
        2 => any::<usize>().prop_map(Turn::RefreshAll),
        2 => Just(Turn::Hire),
        1 => any::<usize>().prop_map(Turn::Kill),
        1 => (1..90_u64).prop_map(Turn::Fail),
        1 => (60..4000_u64).prop_map(Turn::Sleep),
        1 => (-7200..7200_i64).prop_map(Turn::Set),
    ]
}

fn scenario(per_minute: u32, headers: HeaderStyle) -> Scenario {
    let project = |number: usize| ProjectSpec {
        median: Duration::from_secs(40),
        past: 5,
        ..ProjectSpec::titled(format!("Project {number}"))
    };
    let limits = Limits { per_minute, headers, ..Limits::default() };
    Scenario { projects: (0..12).map(project).collect(), limits, ..Scenario::default() }
}

/// The most requests that any minute at the server held.
fn densest(cluster: &TestCluster) -> usize {
    let mut times: Vec<Boot> = cluster.arrived.iter().map(|(at, _)| *at).collect();
    times.sort_unstable();
    let minute = Duration::from_mins(1);
    let held = |from: &Boot| times.iter().filter(|at| (*from..*from + minute).contains(at)).count();
    times.iter().map(held).max().unwrap_or(0)
}

fn act(cluster: &mut TestCluster, turns: &[Turn]) {
    // Half the limit each, which a process falls back to without the store, is enough for two.
    let most = if turns.iter().any(|turn| matches!(turn, Turn::Fail(_))) { 2 } else { 4 };
    cluster.hire(Settings::default());
    for turn in turns {
        let alive: Vec<usize> =
            (0..cluster.processes.len()).filter(|n| cluster.processes[*n].alive).collect();
        let which = |number: &usize| alive.get(number % alive.len().max(1)).copied();
        let intend = |cluster: &mut TestCluster, number: &usize, intent: Intent| {
            if let Some(number) = which(number) {
                cluster.tell(number, Msg::Intent(intent));
            }
        };
        match turn {
            Turn::Wait(millis) => cluster.run_for(Duration::from_millis(*millis)),
            Turn::Refresh(number) => {
                let project = cluster.world.projects().next().unwrap().id().clone();
                intend(cluster, number, Intent::Refresh(project));
            }
            Turn::RefreshAll(number) => intend(cluster, number, Intent::RefreshAll),
            Turn::Hire if alive.len() < most => {
                cluster.hire(Settings::default());
            }
            Turn::Hire => {}
            Turn::Kill(number) => {
                if let Some(number) = which(number) {
                    cluster.kill(number);
                }
            }
            Turn::Fail(seconds) => {
                for number in &alive {
                    cluster.processes[*number].store = None;
                }
                cluster.run_for(Duration::from_secs(*seconds));
                for number in &alive {
                    cluster.mend(*number);
                }
                // Until each has tried it again, one that starts now cannot know of the others.
                cluster.run_for(Duration::from_secs(16));
            }
            Turn::Sleep(seconds) => cluster.sleep(Duration::from_secs(*seconds)),
            Turn::Set(seconds) => {
                cluster.now.wall += jiff::SignedDuration::from_secs(*seconds);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(hextop::testkit::cases(40)))]

    #[test]
    fn the_server_refuses_nothing_and_a_cancel_leaves_at_once(
        turns in prop::collection::vec(turn(), 1..40),
        delays in prop::collection::vec(
            prop_oneof![8 => (10..150_u64, 10..150_u64), 1 => (10..9000_u64, 10..9000_u64)], 1..20,
        ),
        (per_minute, headers) in prop_oneof![
            Just((30, HeaderStyle::None)),
            Just((30, HeaderStyle::XRatelimit)),
            Just((60, HeaderStyle::XRatelimit)),
        ],
    ) {
        let wrong = wrong(&turns, delays, per_minute, headers);
        prop_assert!(wrong.is_empty(), "{}", wrong.join("; "));
    }
}

/// Plays the turns, cancels a run in a process that has just started, and tells what is not as it
/// must be.
fn wrong(
    turns: &[Turn],
    delays: Vec<(u64, u64)>,
    per_minute: u32,
    headers: HeaderStyle,
) -> Vec<String> {
    let mut cluster = TestCluster::new(&scenario(per_minute, headers));
    cluster.delays = delays;
    act(&mut cluster, turns);
    // What left while the disk failed is known to all again a minute after they have met.
    let failed = turns.iter().any(|turn| matches!(turn, Turn::Fail(_)));
    cluster.run_for(Duration::from_secs(if failed { 80 } else { 1 }));
    let last = cluster.hire(Settings::default());
    cluster.run_for(Duration::from_secs(1));
    let project = cluster.world.projects().next().unwrap().id().clone();
    let confirmed = cluster.now.boot;
    let run = RunId::new("00000000-0000-4000-8000-000000000001");
    cluster.tell(last, Msg::Intent(Intent::Cancel(vec![(project, run)].into())));
    cluster.run_for(Duration::from_secs(1));
    let left = |(at, call): &(Boot, Call)| matches!(call, Call::Cancel { .. }).then_some(*at);
    let left = cluster.processes[last].sent.iter().find_map(left);
    let mut wrong = Vec::new();
    if left.is_none_or(|at| at > confirmed + 20 * DISK) {
        let budget = cluster.processes[last].model.budget();
        wrong.push(format!("the cancel of {confirmed:?} left at {left:?}: {budget:?}"));
    }
    if cluster.world.refused() > 0 {
        wrong.push(format!("{} refused", cluster.world.refused()));
    }
    if densest(&cluster) > per_minute as usize {
        wrong.push(format!("{} in a minute", densest(&cluster)));
    }
    wrong
}

/// Cases in which the budget had nothing left for a cancel.
#[test]
fn a_cancel_leaves_at_once_after_sleep_and_a_refresh_of_all() {
    use Turn::{Hire, Kill, Refresh, RefreshAll, Sleep, Wait};
    let cases = [
        (
            vec![
                Wait(1),
                Kill(0),
                Hire,
                Hire,
                Wait(197),
                RefreshAll(1),
                Sleep(2521),
                Wait(14479),
                RefreshAll(1),
            ],
            HeaderStyle::None,
        ),
        (
            vec![
                Hire,
                Kill(0),
                Wait(600),
                Sleep(90),
                RefreshAll(1),
                Wait(17),
                Kill(1),
                Wait(15512),
            ],
            HeaderStyle::XRatelimit,
        ),
        (
            vec![
                Wait(0),
                Wait(6009),
                Hire,
                Wait(11125),
                Sleep(90),
                Hire,
                Wait(15002),
                Refresh(1),
                Refresh(1),
                Hire,
                Sleep(2442),
                RefreshAll(1),
                Refresh(1),
                Kill(1),
                Wait(19417),
            ],
            HeaderStyle::None,
        ),
    ];
    for (turns, headers) in cases {
        let wrong = wrong(&turns, vec![(50, 50)], 30, headers);
        assert_eq!(wrong, Vec::<String>::new(), "{turns:?}");
    }
}
