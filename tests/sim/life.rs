//! What happens by itself, in virtual time.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use hextop::domain::schedule::Cadence;
use hextop::domain::time::between;
use hextop::domain::{RunStatus, RunTrigger, Schedule};
use hextop::sim::scenario::{Kernels, Outage, Population};
use hextop::sim::{ProjectSpec, Scenario, SimRun, Version, World};

use crate::support::{STYLES, Virtual, id_of, quick_kernels, small, start, unlimited};

const HOUR: Duration = Duration::from_hours(1);

fn of(projects: Vec<ProjectSpec>) -> Scenario {
    Scenario { projects, limits: unlimited(), kernels: quick_kernels(), ..Scenario::default() }
}

/// Everything that is to be known of one run.
type Facts = (String, RunStatus, Version, Timestamp, Option<Timestamp>, Option<Timestamp>);

/// Everything that is to be known of each run.
fn history(world: &World) -> Vec<Facts> {
    let facts = |run: &SimRun| {
        let (id, status) = (run.id().to_string(), run.status().clone());
        (id, status, run.version(), run.created(), run.start(), run.end())
    };
    let mut all: Vec<_> = world.runs().map(facts).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

#[test]
fn the_same_seed_makes_the_same_life_however_often_anybody_looks() {
    let demo = Scenario::named("demo").unwrap();
    let mut watched = Virtual::new(&demo, 3);
    for _ in 0..1800 {
        watched.get("/projects");
        watched.wait(Duration::from_secs(2));
    }
    let mut alone = Virtual::new(&demo, 3);
    alone.wait(HOUR);
    assert_eq!(history(&watched.world), history(&alone.world));
    assert_eq!(watched.world.token(), alone.world.token());
    let mut other = Virtual::new(&demo, 4);
    other.wait(HOUR);
    assert_ne!(history(&other.world), history(&alone.world));
}

#[test]
fn a_cancel_changes_its_run_and_no_other() {
    let scenario = Scenario {
        kernels: Kernels { total: 1000, ..Kernels::default() },
        ..Scenario::named("demo").unwrap()
    };
    let mut left = Virtual::new(&scenario, 3);
    let mut meddled = Virtual::new(&scenario, 3);
    let victim = meddled.world.runs().find(|run| run.is_active()).unwrap();
    let id = victim.id().to_string();
    let project = meddled.world.project_of(victim).unwrap().id().to_string();
    meddled.ask("DELETE", &format!("/projects/{project}/runs/{id}"), None);
    for world in [&mut left, &mut meddled] {
        world.wait(HOUR);
    }
    let (left, meddled) = (history(&left.world), history(&meddled.world));
    let changed: Vec<_> =
        left.iter().zip(&meddled).filter(|(a, b)| a != b).map(|(a, _)| &a.0).collect();
    assert_eq!(changed, [&id]);
}

#[test]
fn schedules_start_runs_at_their_time_in_their_zone() {
    let schedule =
        |cadence, zone: &str, enabled| Schedule { enabled, cadence, zone: zone.to_owned() };
    let scheduled = ProjectSpec {
        schedules: vec![
            schedule(Cadence::Daily { hour: 14, minute: 30 }, "+05:30", true),
            schedule(Cadence::Cron("*/20 10 * * *".into()), "+00:00", true),
            schedule(Cadence::Hourly { minute: 7 }, "+00:00", false),
        ],
        ..ProjectSpec::titled("Scheduled")
    };
    // From 08:00 UTC on.
    let mut site = Virtual::new(&of(vec![scheduled]), 1);
    site.wait(6 * HOUR);
    let times: Vec<_> = site
        .world
        .runs()
        .map(|run| {
            assert_eq!(run.trigger(), &RunTrigger::Scheduled);
            run.created().to_string()[11..19].to_owned()
        })
        .collect();
    assert_eq!(times, ["09:00:00", "10:00:00", "10:20:00", "10:40:00"]);
}

#[test]
fn the_past_has_as_many_runs_as_it_should_at_the_times_of_the_schedule() {
    let spec = ProjectSpec {
        schedules: vec![Schedule {
            enabled: true,
            cadence: Cadence::Hourly { minute: 12 },
            zone: "+00:00".to_owned(),
        }],
        past: 61,
        failure: 0.1,
        ..ProjectSpec::titled("Hourly")
    };
    let site = Virtual::new(&of(vec![spec]), 1);
    assert_eq!(site.world.runs().count(), 61);
    let mut failed = 0;
    for run in site.world.runs() {
        assert_eq!(&run.created().to_string()[14..16], "12");
        assert!(run.end().unwrap() < start().wall);
        failed += usize::from(*run.status() == RunStatus::Errored);
    }
    assert!((1..20).contains(&failed), "{failed}");
}

#[test]
fn durations_are_log_normal_around_the_median_of_their_project() {
    let spec = |title: &str, median| ProjectSpec {
        api_per_hour: 60.0,
        median: Duration::from_secs(median),
        spread: 0.5,
        ..ProjectSpec::titled(title)
    };
    let mut site = Virtual::new(&of(vec![spec("quick", 5), spec("slow", 80)]), 1);
    site.wait(20 * HOUR);
    for (title, median) in [("quick", 5.0), ("slow", 80.0)] {
        let of_title = |run: &&SimRun| site.world.project_of(run).unwrap().title() == title;
        let durations = site
            .world
            .runs()
            .filter(of_title)
            .filter_map(|run| Some(between(run.start()?, run.end()?)));
        let mut seconds: Vec<_> = durations.map(|duration| duration.as_secs_f64()).collect();
        seconds.sort_by(f64::total_cmp);
        let at = |share: usize| seconds[seconds.len() * share / 100] / median;
        assert!(seconds.len() > 1000);
        assert!((0.93..1.07).contains(&at(50)), "{}", at(50));
        // One deviation: 84 of 100 are below e^0.5.
        assert!((1.5..1.8).contains(&at(84)), "{}", at(84));
    }
}

#[test]
fn a_publication_changes_the_version_and_how_long_runs_take() {
    let spec = ProjectSpec {
        publishes_per_day: 48.0,
        api_per_hour: 30.0,
        spread: 0.0,
        ..ProjectSpec::titled("Often")
    };
    let mut site = Virtual::new(&of(vec![spec]), 1);
    let first = site.world.projects().next().unwrap().version();
    site.wait(24 * HOUR);
    let last = site.world.projects().next().unwrap().version();
    assert!(last - first > 24, "{first} {last}");
    let mut durations: BTreeMap<u32, Vec<Duration>> = BTreeMap::new();
    for run in site.world.runs() {
        if let (Version::Published(version), Some(start), Some(end)) =
            (run.version(), run.start(), run.end())
        {
            durations.entry(version).or_default().push(between(start, end));
        }
    }
    assert!(durations.values().all(|same| same.iter().all(|one| *one == same[0])));
    let mut different: Vec<_> = durations.values().map(|same| same[0]).collect();
    different.dedup();
    assert!(different.len() > 24);
    assert!(site.world.runs().any(|run| *run.trigger() == RunTrigger::AppRefresh));
}

#[test]
fn an_outage_makes_runs_hang_and_fail_while_it_lasts() {
    let spec = ProjectSpec {
        api_per_hour: 60.0,
        median: Duration::from_secs(10),
        past: 120,
        ..ProjectSpec::titled("Loads")
    };
    let outage = Outage {
        from: jiff::SignedDuration::from_mins(-30),
        until: jiff::SignedDuration::from_hours(1),
        hang: 0.5,
        failure: 1.0,
    };
    let mut scenario = of(vec![spec]);
    scenario.kernels.total = 1000;
    scenario.outages = vec![outage];
    let mut site = Virtual::new(&scenario, 1);
    let hung = |world: &World| world.runs().filter(|run| run.is_active()).count();
    let before = hung(&site.world);
    assert!((5..30).contains(&before), "{before}");
    site.wait(HOUR);
    let during = hung(&site.world);
    assert!((30..60).contains(&during), "{during}");
    site.wait(2 * HOUR);
    assert!(hung(&site.world) <= during + 2);
    let after = start().wall.checked_add(HOUR).unwrap();
    let late = site.world.runs().filter(|run| run.created() > after && run.end().is_some());
    assert!(late.into_iter().all(|run| *run.status() == RunStatus::Completed));
}

#[test]
fn a_run_waits_for_a_kernel_and_gives_up_when_its_patience_ends() {
    let mut scenario = of(vec![
        ProjectSpec { hung: vec![2.0], ..ProjectSpec::titled("Hog") },
        ProjectSpec { pending: 1, ..ProjectSpec::titled("Waiting") },
    ]);
    scenario.kernels =
        Kernels { total: 1, patience: Some(Duration::from_secs(90)), ..quick_kernels() };
    scenario.users.others = 0;
    let mut site = Virtual::new(&scenario, 1);
    let status = |world: &World| world.runs().nth(1).unwrap().status().clone();
    site.wait(Duration::from_secs(89));
    assert_eq!(status(&site.world), RunStatus::Pending);
    site.wait(Duration::from_secs(2));
    assert_eq!(status(&site.world), RunStatus::NoKernel);
}

/// How many runs of each user are executing.
fn running_by_user(world: &World) -> BTreeMap<String, u32> {
    let mut by_user = BTreeMap::new();
    for run in world.runs().filter(|run| *run.status() == RunStatus::Running) {
        *by_user.entry(world.user_of(run).to_owned()).or_default() += 1;
    }
    by_user
}

#[test]
fn runs_of_others_hold_kernels_of_their_own_and_none_of_the_tokens_owner() {
    for seed in 0..5 {
        let busy = ProjectSpec { api_per_hour: 400.0, running: 2, ..ProjectSpec::titled("Busy") };
        let mut scenario = of(vec![ProjectSpec { median: Duration::from_mins(9), ..busy }]);
        scenario.users.others = 3;
        scenario.kernels = Kernels { total: 4, ..quick_kernels() };
        let mut site = Virtual::new(&scenario, seed);
        let path = STYLES[0].start(&id_of(&site.world, "Busy"));
        let body = serde_json::json!({});
        let status = |site: &mut Virtual| site.ask("POST", &path, Some(&body)).response.status();
        for begun in 1..=4_u32 {
            assert_eq!(status(&mut site), 201);
            site.wait(Duration::from_secs(10));
            assert_eq!(site.world.kernels_taken(), begun);
        }
        assert_eq!(status(&mut site), 503, "now the owner holds all four");
        site.wait(Duration::from_mins(5));
        let by_user = running_by_user(&site.world);
        assert!(by_user.values().all(|held| *held <= 4), "{by_user:?}");
        assert_eq!(by_user.len(), 4, "{by_user:?}");
        assert_eq!(by_user["ana@acme.test"], 4);
    }
}

#[test]
fn schedules_run_on_the_kernels_of_their_projects_owner() {
    for (owner, taken) in [("ana@acme.test", 1), ("zoe@acme.test", 0)] {
        let every_minute = "[[project]]\ntitle = \"Often\"\nmedian = \"10m\"\nspread = 0.0\nschedules =                             [{ cadence = \"cron\", cron = \"0 * * * *\" }]\n";
        let text = format!("{every_minute}owner = \"{owner}\"\n");
        let mut site = Virtual::new(&Scenario::from_toml(&text).unwrap(), 1);
        site.wait(Duration::from_mins(62));
        while running_by_user(&site.world).is_empty() {
            site.wait(Duration::from_mins(1));
        }
        assert_eq!(running_by_user(&site.world), BTreeMap::from([(owner.to_owned(), 1)]));
        assert_eq!(site.world.kernels_taken(), taken, "{owner}");
    }
}

#[test]
fn without_others_all_runs_are_the_token_owners_and_a_workspace_token_is_nobodys() {
    let busy = ProjectSpec { running: 3, ..ProjectSpec::titled("Busy") };
    for (others, workspace, user, taken) in
        [(0, false, "ana@acme.test", 3), (0, true, "workspace token", 3)]
    {
        let mut scenario = of(vec![busy.clone()]);
        (scenario.users.others, scenario.token.workspace) = (others, workspace);
        let site = Virtual::new(&scenario, 1);
        assert_eq!(running_by_user(&site.world), BTreeMap::from([(user.to_owned(), 3)]));
        assert_eq!(site.world.kernels_taken(), taken);
    }
    let mut scenario = of(vec![busy]);
    scenario.users.own_share = 1.0;
    assert_eq!(Virtual::new(&scenario, 1).world.kernels_taken(), 3, "by another tool of the owner");
}

#[test]
fn people_in_the_browser_take_kernels_too() {
    let kernels = Kernels { people: 8.0, ..quick_kernels() };
    let mut site = Virtual::new(&Scenario { kernels, ..Scenario::default() }, 1);
    let mut taken = Vec::new();
    for _ in 0..500 {
        site.wait(Duration::from_mins(2));
        taken.push(site.world.kernels_taken());
    }
    let mean = f64::from(taken.iter().sum::<u32>()) / 500.0;
    assert!((7.0..9.0).contains(&mean), "{mean}");
    assert!(taken.iter().max() > taken.iter().min());
}

#[test]
fn speed_and_skew_change_the_servers_clock_and_what_lives_by_it() {
    let skew = jiff::SignedDuration::from_secs(-433);
    let mut scenario = Scenario { speed: 60.0, clock_skew: skew, ..small() };
    scenario.projects[0].hung = vec![1.0];
    let mut site = Virtual::new(&scenario, 1);
    let path = STYLES[0].list(&id_of(&site.world, "Weekly revenue"));
    let first = site.get(&path);
    assert_eq!(first.header("date"), Some("Tue, 20 Oct 2026 07:52:47 GMT"));
    site.wait(Duration::from_mins(1));
    let second = site.get(&path);
    assert_eq!(second.header("date"), Some("Tue, 20 Oct 2026 08:52:47 GMT"));
    let elapsed =
        |got: &crate::support::Got| got.json()["runs"][0]["elapsedTime"].as_u64().unwrap();
    assert_eq!(elapsed(&second) - elapsed(&first), 3_600_000);
}

#[test]
fn a_made_up_population_has_a_heavy_tail() {
    let population = Population {
        count: 500,
        scheduled: 0.0,
        past: 0,
        api_per_hour: 1.0,
        ..Population::default()
    };
    let mut scenario = of(Vec::new());
    scenario.population = population;
    scenario.kernels.total = 10_000;
    let mut site = Virtual::new(&scenario, 1);
    site.wait(24 * HOUR);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for run in site.world.runs() {
        *counts.entry(site.world.project_of(run).unwrap().id().to_string()).or_default() += 1;
    }
    let mut sizes: Vec<_> = counts.into_values().collect();
    sizes.sort_unstable();
    let (all, top) = (sizes.iter().sum::<usize>(), sizes.iter().rev().take(50).sum::<usize>());
    let share = top * 100 / all;
    assert!((30..70).contains(&share), "the busiest tenth has {share} % of {all} runs");
    assert!(site.world.projects().any(|project| project.version() == 0));
}

#[test]
fn the_demo_is_worth_watching_from_its_first_minute() {
    for seed in 1..=5 {
        let mut site = Virtual::new(&Scenario::named("demo").unwrap(), seed);
        let now = start().wall;
        let active = |world: &World| world.runs().filter(|run| run.is_active()).count();
        let first = active(&site.world);
        assert!((6..=22).contains(&first), "seed {seed}: {first} active");
        assert!(site.world.runs().any(|run| *run.status() == RunStatus::Pending), "seed {seed}");
        let is_runaway = |run: &SimRun| {
            let median = site.world.project_of(run).unwrap().spec().median;
            run.is_active() && run.start().is_some_and(|start| between(start, now) > 10 * median)
        };
        assert!(site.world.runs().any(is_runaway), "seed {seed}");
        for minute in 0..10_u32 {
            let from = site.world.server_now();
            site.wait(Duration::from_mins(1));
            let began = site.world.runs().filter(|run| run.created() >= from).count();
            let ended =
                site.world.runs().filter(|run| run.end().is_some_and(|end| end >= from)).count();
            assert!(began >= 4 && ended >= 4, "seed {seed} minute {minute}: {began} {ended}");
            let active = active(&site.world);
            assert!((4..=25).contains(&active), "seed {seed} minute {minute}: {active} active");
        }
    }
}
