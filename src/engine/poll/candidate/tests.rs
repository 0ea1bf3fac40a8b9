//! The planner against small histories: each trap that trials have shown, and what must always
//! hold.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::history::History;
use super::super::prior::Prior;
use super::super::seconds::{HOUR, stamp};
use super::*;
use crate::domain::schedule::Cadence;
use crate::domain::{Project, Published, Run, RunId, RunStatus, RunTrigger, Schedule, Text};

/// A Tuesday, 08:00 UTC.
pub(in crate::engine) const NOW: f64 = 1_792_483_200.0;

pub(in crate::engine) fn project(schedules: Vec<Schedule>) -> Project {
    Project {
        id: ProjectId::new("p"),
        title: Text::default(),
        published: Published::Never,
        retired: false,
        owner: None,
        categories: Vec::new(),
        label: None,
        schedules,
    }
}

pub(in crate::engine) fn hourly() -> Schedule {
    Schedule { enabled: true, cadence: Cadence::Hourly { minute: 0 }, zone: "UTC".to_owned() }
}

/// A run that began `ago` seconds before now and took, or has not taken yet, so long.
fn run(ago: f64, took: Option<f64>) -> Run {
    let start = NOW - ago;
    Run {
        project: ProjectId::new("p"),
        id: RunId::new(format!("{ago}")),
        version: Some("1".to_owned()),
        url: None,
        status: if took.is_some() { RunStatus::Completed } else { RunStatus::Running },
        trigger: Some(RunTrigger::Api),
        start: Some(stamp(start)),
        end: took.map(|took| stamp(start + took)),
        elapsed: None,
    }
}

fn scheduled(ago: f64) -> Run {
    Run { trigger: Some(RunTrigger::Scheduled), ..run(ago, Some(60.0)) }
}

pub(in crate::engine) fn learn(project: &Project, runs: &[Run], hours: f64) -> History {
    let runs = runs.iter().map(|run| (run, stamp(NOW)));
    History::of(project, runs, stamp(NOW - hours * HOUR), stamp(NOW))
}

pub(in crate::engine) fn expectation(runs: &[Run], hours: f64) -> Expectation {
    learn(&project(Vec::new()), runs, hours).expectation(&Prior::default())
}

/// So many runs over the last day, each of a minute.
pub(in crate::engine) fn habit(count: u32) -> Vec<Run> {
    (1..=count)
        .map(|number| run(24.0 * HOUR * f64::from(number) / f64::from(count), Some(60.0)))
        .collect()
}

/// Plays the planner for so many slots, 2.4 s apart, as if no look showed anything new, from the
/// moment when all were looked at; gives the looks at each project and the longest wait.
fn play(
    expectations: &[Expectation],
    attention: &[Attention],
    slots: u32,
) -> (Vec<usize>, f64, Duration) {
    let ids: Vec<_> = (0..expectations.len()).map(|n| ProjectId::new(format!("{n}"))).collect();
    let longest = longest(ids.len(), 25);
    let mut looked: BTreeMap<&ProjectId, f64> = ids.iter().map(|id| (id, 0.0)).collect();
    let mut looks = vec![0; ids.len()];
    let mut oldest = 0.0_f64;
    for slot in 0..slots {
        let at = 10.0 + 2.4 * f64::from(slot);
        let boot = |at: f64| Boot::at(Duration::from_secs_f64(1000.0 + at));
        let candidates = ids.iter().enumerate().map(|(n, project)| Candidate {
            project,
            listed: Boot::ZERO,
            looked: looked.get(project).map(|at| boot(*at)),
            not_before: Boot::ZERO,
            expectation: &expectations[n],
            attention: attention.get(n).copied().unwrap_or(Attention::Usual),
        });
        let slot = Slot { boot: boot(at), server: stamp(NOW + at), longest };
        if let Plan::Look(project) = next(candidates, slot) {
            let n: usize = project.as_str().parse().unwrap();
            oldest = oldest.max(at - looked[&ids[n]]);
            looks[n] += 1;
            looked.insert(&ids[n], at);
        }
    }
    (looks, oldest, longest)
}

#[test]
fn hung_runs_in_a_quarter_of_the_projects_take_no_more_than_their_share_of_looks() {
    let hung = [habit(20), vec![run(5.0 * HOUR, None)]].concat();
    let expectations: Vec<_> =
        (0..80).map(|n| expectation(if n < 20 { &hung } else { &hung[..20] }, 24.0)).collect();
    let (looks, ..) = play(&expectations, &[], 1500);
    let share = looks[..20].iter().sum::<usize>() * 100 / 1500;
    assert!((20..35).contains(&share), "{share} % of the looks went to a quarter of the projects");
}

#[test]
fn dead_projects_do_not_starve_the_living_and_are_never_forgotten() {
    let (dead, alive) = (expectation(&[], 72.0), expectation(&habit(100), 24.0));
    let expectations: Vec<_> =
        (0..100).map(|n| if n < 80 { dead.clone() } else { alive.clone() }).collect();
    let (looks, oldest, longest) = play(&expectations, &[], 3000);
    let living: usize = looks[80..].iter().sum();
    assert!(living > 1800, "{living} of 3000 looks went to what lives");
    assert!(looks[..80].iter().all(|looks| *looks >= 8), "{looks:?}");
    assert!(Duration::from_secs_f64(oldest) <= longest);
}

#[test]
fn no_project_is_left_alone_for_longer_than_the_bound_whoever_is_selected_or_pinned() {
    let mut expectations = vec![expectation(&[], 72.0); 40];
    expectations.push(expectation(&habit(200), 5.0));
    let attention = [vec![Attention::Pinned; 10], vec![Attention::Selected]].concat();
    let (_, oldest, longest) = play(&expectations, &attention, 2000);
    assert!(Duration::from_secs_f64(oldest) <= longest, "{oldest} s, bound {longest:?}");
}

#[test]
fn what_a_person_waits_for_comes_first_then_what_is_due_then_what_is_selected_or_pinned() {
    let dull = expectation(&[], 72.0);
    let ids: Vec<_> = (0..5).map(|n| ProjectId::new(format!("{n}"))).collect();
    let candidate = |n: usize, age: u64, attention: Attention| Candidate {
        project: &ids[n],
        listed: Boot::ZERO,
        looked: Some(Boot::from_secs(10_000 - age)),
        not_before: Boot::ZERO,
        expectation: &dull,
        attention,
    };
    let mut all = vec![
        candidate(0, 20, Attention::Usual),
        candidate(1, 20, Attention::Pinned),
        candidate(2, 20, Attention::Selected),
        candidate(3, 290, Attention::Usual),
        candidate(4, 4, Attention::Unsettled),
    ];
    let slot =
        Slot { boot: Boot::from_secs(10_000), server: stamp(NOW), longest: Duration::from_mins(5) };
    for expected in [4, 3, 2, 1, 0] {
        assert_eq!(next(all.iter().copied(), slot), Plan::Look(ids[expected].clone()));
        all.retain(|candidate| *candidate.project != ids[expected]);
    }
    let fresh = candidate(0, 1, Attention::Unsettled);
    let failed =
        Candidate { not_before: Boot::from_secs(10_030), ..candidate(1, 99, Attention::Usual) };
    let soon = Plan::NotBefore(Boot::from_secs(10_002));
    assert_eq!(next([fresh, failed].into_iter(), slot), soon);
    assert_eq!(next(std::iter::empty(), slot), Plan::Idle);
}

#[test]
fn a_project_never_looked_at_is_looked_at_within_a_round_whatever_goes_on_elsewhere() {
    let (new, busy) = (Expectation::default(), expectation(&habit(2000), 24.0));
    let id = ProjectId::new("new");
    let unseen = Candidate {
        project: &id,
        listed: Boot::from_secs(100),
        looked: None,
        not_before: Boot::ZERO,
        expectation: &new,
        attention: Attention::Usual,
    };
    let other = ProjectId::new("busy");
    let looked = Some(Boot::from_secs(150));
    let lively = Candidate { project: &other, looked, expectation: &busy, ..unseen };
    let slot = |boot| Slot {
        boot: Boot::from_secs(boot),
        server: stamp(NOW),
        longest: Duration::from_mins(5),
    };
    assert_eq!(next([unseen, lively].into_iter(), slot(201)), Plan::Look(id.clone()));
}

#[test]
fn a_schedule_is_expected_from_its_time_on_and_only_while_it_fires() {
    let schedule = project(vec![hourly()]);
    // It is 08:00: the last run is that of 07:00.
    let runs: Vec<_> = (1..=20).map(|hour| scheduled(f64::from(hour) * HOUR - 2.0)).collect();
    let works = learn(&schedule, &runs, 24.0).expectation(&Prior::default());
    let (before, after) = (NOW + 3590.0, NOW + 3605.0);
    assert!(works.unseen(NOW + 60.0, before) < 0.2, "{}", works.unseen(NOW + 60.0, before));
    assert!(works.unseen(NOW + 60.0, after) > 0.9, "{}", works.unseen(NOW + 60.0, after));
    let worth = |at: f64| works.worth(NOW + 60.0, at, Interest::NONE, 7200.0);
    assert!(worth(after) > 10.0 * worth(before), "{} {}", worth(after), worth(before));
    assert!(matches!(works.why(NOW + 60.0, after), Why::Scheduled(at) if at == stamp(NOW + HOUR)));

    let stopped = learn(&schedule, &runs[5..], 24.0);
    assert!(stopped.fires.weight < 0.05, "{}", stopped.fires.weight);
    let never = learn(&schedule, &[], 24.0);
    assert!(never.fires.weight < 0.05, "{}", never.fires.weight);
    let paused = Schedule { enabled: false, ..hourly() };
    assert!(learn(&project(vec![paused]), &runs, 24.0).fires.at.is_empty());
}

#[test]
fn when_all_schedules_fire_at_once_each_is_looked_at_soon_after_and_none_just_before() {
    let runs: Vec<_> = (1..=20).map(|hour| scheduled(f64::from(hour) * HOUR - 2.0)).collect();
    let one = learn(&project(vec![hourly()]), &runs, 24.0).expectation(&Prior::default());
    let quiet = expectation(&habit(24), 24.0);
    let expectations: Vec<_> =
        (0..50).map(|n| if n < 20 { one.clone() } else { quiet.clone() }).collect();
    let (until, ..) = play(&expectations, &[], 1496); // to 09:00
    let (later, ..) = play(&expectations, &[], 1496 + 28);
    let looks = |n: usize| later[n] - until[n];
    let caught = (0..20).filter(|n| looks(*n) > 0).count();
    assert!(caught >= 18, "{caught} of 20 were looked at within a minute");
}

#[test]
fn a_version_that_triples_durations_is_believed_after_a_few_runs() {
    let old: Vec<_> =
        (10..40).map(|n| run(f64::from(n) * 1000.0, Some(60.0 + f64::from(n)))).collect();
    let new = |took: f64| {
        (0..4).map(move |n| Run {
            version: Some("2".to_owned()),
            ..run(1000.0 + f64::from(n) * 1000.0, Some(took + f64::from(n)))
        })
    };
    let law = |new: Vec<Run>| expectation(&[old.clone(), new].concat(), 24.0).law;
    let before = law(Vec::new());
    let tripled = law(new(255.0).collect());
    let same = law(new(85.0).collect());
    assert!((before.mu.exp() - 85.0).abs() < 8.0, "{}", before.mu.exp());
    assert!((200.0..270.0).contains(&tripled.mu.exp()), "{}", tripled.mu.exp());
    assert!((same.mu - before.mu).abs() < 0.1, "{}", same.mu.exp());
    // Runs of the old version are still expected to take as long as they did.
    let active = Run { id: RunId::new("old"), ..run(30_000.0, None) };
    let both = expectation(&[old.clone(), new(255.0).collect(), vec![active]].concat(), 24.0);
    assert!((both.runs[0].law.mu - before.mu).abs() < 0.1);
}

#[test]
fn hours_of_the_day_differ_only_where_the_history_shows_it() {
    // Ten days of runs, every half hour from 8 to 18 o'clock.
    let at_work: Vec<_> = (0..480)
        .map(|half| f64::from(half) * 1800.0)
        .filter(|ago| (8..18).contains(&super::super::arrivals::hour_of(NOW - ago)))
        .map(|ago| run(ago, Some(60.0)))
        .collect();
    let shown = expectation(&at_work, 240.0).hours.expect("hours that differ");
    assert!(shown[12] > 5.0 * shown[3], "{shown:?}");
    assert_eq!(expectation(&habit(200), 24.0).hours, None);
}

#[test]
fn a_sweep_of_sixty_runs_is_followed_while_it_lasts_and_then_no_habit() {
    let sweep = |ago: f64| (0..60).map(move |n| run(ago + f64::from(n), Some(5.0)));
    let usual = habit(24);
    let during = expectation(&[usual.clone(), sweep(0.0).collect()].concat(), 24.0);
    let after = expectation(&[usual.clone(), sweep(7200.0).collect()].concat(), 24.0);
    let never = expectation(&usual, 24.0);
    assert!(during.burst > 10.0 * never.rate, "{during:?}");
    assert!(after.burst <= 0.0 && after.rate < 1.5 * never.rate, "{} {}", after.rate, never.rate);
}

#[test]
fn an_overdue_run_is_named_so_and_a_usual_one_is_about_to_end() {
    let why = |age: f64| {
        let runs = [habit(4), vec![run(age, None)]].concat();
        expectation(&runs, 24.0).why(NOW, NOW + 30.0)
    };
    assert_eq!(why(55.0), Why::RunEndsAbout(RunId::new("55")));
    assert_eq!(why(7200.5), Why::Overdue(RunId::new("7200.5")));
    assert!(matches!(expectation(&habit(48), 24.0).why(NOW, NOW + 60.0),
        Why::Often { per_hour } if (1.5..2.5).contains(&per_hour)));
}

#[test]
fn a_choice_among_ten_thousand_projects_finds_the_one_where_a_run_ends() {
    let mut expectations = vec![expectation(&habit(3), 24.0); 10_000];
    expectations[7777] = expectation(&[habit(50), vec![run(60.0, None)]].concat(), 24.0);
    let (looks, ..) = play(&expectations, &[], 40);
    assert!(looks[7777] >= 1);
}

#[test]
fn what_is_learned_does_not_depend_on_the_order_of_the_runs() {
    let mut runs = [habit(30), vec![run(50.0, None)]].concat();
    let forth = learn(&project(vec![hourly()]), &runs, 24.0);
    runs[..30].reverse();
    let back = learn(&project(vec![hourly()]), &runs, 24.0);
    assert_eq!(
        forth.expectation(&Prior::of(&forth.sums())),
        back.expectation(&Prior::of(&back.sums()))
    );
}

pub(in crate::engine) fn any_history() -> impl Strategy<Value = (Vec<Run>, f64, bool)> {
    let one = (0.0..200_000.0_f64, prop::option::of(0.0..50_000.0_f64), any::<bool>());
    let runs = prop::collection::vec(one, 0..40).prop_map(|runs| {
        let one = |(ago, took, by_schedule): (f64, Option<f64>, bool)| Run {
            trigger: Some(if by_schedule { RunTrigger::Scheduled } else { RunTrigger::Api }),
            ..run(ago, took)
        };
        runs.into_iter().map(one).collect()
    });
    (runs, 0.0..300.0_f64, any::<bool>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(100)))]

    #[test]
    fn the_unseen_only_grows_and_every_worth_is_a_finite_number(
        (runs, hours, on_schedule) in any_history(), age in 0.0..20_000.0_f64, more in 0.0..20_000.0_f64,
    ) {
        let schedules = if on_schedule { vec![hourly()] } else { Vec::new() };
        let history = learn(&project(schedules), &runs, hours);
        let expectation = history.expectation(&Prior::of(&history.sums()));
        let (sooner, later) = (NOW + age, NOW + age + more);
        let (few, many) = (expectation.unseen(NOW, sooner), expectation.unseen(NOW, later));
        prop_assert!(few.is_finite() && few >= 0.0, "{}", few);
        prop_assert!(many >= few * (1.0 - 1e-9), "{} after {}", many, few);
        let worth = expectation.worth(NOW, sooner, Interest::NONE, 3600.0);
        prop_assert!(worth.is_finite() && worth >= 0.0, "{}", worth);
        let bound = expectation.worth_at_most(NOW, sooner, 3600.0);
        prop_assert!(worth <= bound * (1.0 + 1e-9), "{} above {}", worth, bound);
    }

    #[test]
    fn a_bound_of_a_stretch_holds_at_each_of_its_moments(
        (runs, hours, on_schedule) in any_history(),
        age in 0.0..20_000.0_f64,
        (span, part) in (0.0..10_000.0_f64, 0.0..1.0_f64),
        cares in any::<bool>(),
    ) {
        let schedules = if on_schedule { vec![hourly()] } else { Vec::new() };
        let history = learn(&project(schedules), &runs, hours);
        let expectation = history.expectation(&Prior::of(&history.sums()));
        let interest = if cares { Interest { factor: 4.0, rate: 0.1 } } else { Interest::NONE };
        let (from, until) = (NOW + age, NOW + age + span);
        let bound = expectation.worth_until(NOW, (from, until), interest, 3600.0);
        let worth = expectation.worth(NOW, from + part * span, interest, 3600.0);
        prop_assert!(worth <= bound * (1.0 + 1e-9), "{} above {}", worth, bound);
    }
}
