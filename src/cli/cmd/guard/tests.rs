//! A guard on tokio's paused clock, against the simulated workspace in the same process.

use std::sync::Mutex;

use serde_json::Value;

use super::super::watch::lines;
use super::super::watch::tests::Near;
use super::*;
use crate::cli::output::Output;
use crate::domain::rules::{Action, MaxDuration};
use crate::domain::{Boot, Now};
use crate::engine::alerts::AlertKind;
use crate::shell::store::Store;
use crate::sim::{CallKind, Scenario, World};

/// Keeps the lines, and how the status was before each.
#[derive(Clone, Default)]
struct Notes {
    lines: Arc<Mutex<Vec<(Value, String)>>>,
    statuses: Arc<Mutex<Vec<Value>>>,
    status: Option<PathBuf>,
}

impl watch::Listener for Notes {
    fn hear(&mut self, report: &Report, model: &Model, now: Now) -> io::Result<()> {
        let at = model.server_now(now);
        let json = serde_json::from_str(&lines::json(report, at, now.boot)).unwrap();
        let plain = lines::plain(report, at, now.boot, Output::endless(true));
        self.lines.lock().unwrap().push((json, plain));
        let status = self.status.as_ref().map(|file| std::fs::read_to_string(file).unwrap());
        let status = status.map(|text| serde_json::from_str(&text).unwrap());
        self.statuses.lock().unwrap().extend(status);
        Ok(())
    }
}

/// Keeps what the person's program would be told.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<Alert>>>);

impl Messenger for Told {
    fn tell(&self, alert: Alert) {
        self.0.lock().unwrap().push(alert);
    }
}

/// What is left of a guard that has ended.
struct Guarded {
    lines: Vec<(Value, String)>,
    statuses: Vec<Value>,
    alerts: Vec<Alert>,
    deletes: u64,
}

impl Guarded {
    /// The steps of rules, in their order.
    fn steps(&self) -> Vec<&str> {
        let rules = self.lines.iter().filter(|(line, _)| line["event"] == "rule");
        rules.filter_map(|(line, _)| line["step"].as_str()).collect()
    }
}

fn guarded(automatic: Automatic, minutes: u64) -> Guarded {
    let max_duration = Some(MaxDuration { limit: Duration::from_mins(40), action: Action::Cancel });
    let rules = vec![Rule { max_duration, ..Rule::named("forty") }];
    let settings = Settings { rules, automatic, ..Settings::default() };
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("guard.json");
    let notes = Notes { status: Some(file.clone()), ..Notes::default() };
    let told = Told::default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let deletes = runtime.block_on(async {
        let wall = "2026-10-20T08:00:00Z".parse().unwrap();
        let clock = Clock::tokio(Now { boot: Boot::from_secs(7200), wall });
        let scenario = Scenario::named("demo").unwrap();
        let world = Arc::new(Mutex::new(World::new(&scenario, 1, clock.now())));
        let until = clock.now().boot + Duration::from_mins(minutes);
        let watch = WatchTask::new(notes.clone(), Some(until));
        let status = Some(StatusFile::new(file.clone()).unwrap());
        let headless = Headless {
            model: Model::new(settings),
            task: GuardTask::new(watch, told.clone(), status),
            wire: Near { world: Arc::clone(&world), clock },
            stop: std::future::pending(),
            store: Store::none(),
            clock,
        };
        headless.run().await.unwrap();
        world.lock().unwrap().tally().of(CallKind::Cancel)
    });
    assert!(!file.exists(), "nobody guards any more");
    let (lines, statuses) =
        (notes.lines.lock().unwrap().clone(), notes.statuses.lock().unwrap().clone());
    Guarded { lines, statuses, alerts: told.0.lock().unwrap().clone(), deletes }
}

#[test]
fn it_says_each_step_from_the_countdown_to_what_came_of_the_cancel() {
    let guarded = guarded(Automatic::On, 60);
    let (first, _) = guarded.lines.iter().find(|(line, _)| line["event"] == "rule").unwrap();
    let run = first["run"].as_str().unwrap();
    assert_eq!(
        (first["step"].as_str(), first["seconds"].as_f64()),
        (Some("countdown"), Some(30.0))
    );
    let is_of_rules = |line: &Value| line["event"] == "rule" || line["event"] == "cancel";
    let of_run = guarded.lines.iter().filter(|(line, _)| line["run"] == run && is_of_rules(line));
    let plain: Vec<_> = of_run.map(|(_, plain)| plain.split_once(' ').unwrap().1).collect();
    let short = &run[..8];
    let title = first["title"].as_str().unwrap();
    let expected = [
        format!("the rule `forty` cancels {short} of {title} in 30s: longer than 40m"),
        format!("the rule `forty` cancels {short} of {title} now: longer than 40m"),
        format!("the cancel of {short} of {title}: killed"),
    ];
    assert_eq!(plain, expected);
    let begun = guarded.steps().iter().filter(|step| **step == "countdown").count();
    assert!(begun >= 1);
    assert_eq!(guarded.deletes, u64::try_from(begun).unwrap());
    let kinds: Vec<_> =
        guarded.alerts.iter().flat_map(|alert| &alert.items).map(|it| it.kind).collect();
    assert!(kinds.contains(&AlertKind::Countdown), "{kinds:?}");
}

#[test]
fn the_status_says_whether_it_acts_and_what_counts_down() {
    let guarded = guarded(Automatic::On, 60);
    let counting = guarded
        .statuses
        .iter()
        .find(|status| status["countdowns"].as_array().is_some_and(|list| !list.is_empty()));
    let counting = counting.unwrap();
    assert_eq!(counting["countdowns"][0]["rule"], "forty");
    assert_eq!(counting["countdowns"][0]["here"], true);
    for (key, expected) in [
        ("health", Value::from("live")),
        ("mode", Value::from("on")),
        ("acts", Value::from(true)),
        ("rules", Value::from(1)),
        ("most_an_hour", Value::from(10)),
    ] {
        assert_eq!(counting[key], expected, "{key}: {counting}");
    }
    assert!(counting["at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok());
}

#[test]
fn a_dry_run_says_once_of_each_run_what_it_would_do_and_does_nothing() {
    let guarded = guarded(Automatic::DryRun, 60);
    assert!(!guarded.steps().is_empty());
    assert!(guarded.steps().iter().all(|step| *step == "would_cancel"), "{:?}", guarded.steps());
    assert_eq!(guarded.deletes, 0);
    let runs = guarded.lines.iter().filter(|(line, _)| line["event"] == "rule");
    let runs: Vec<_> = runs.map(|(line, _)| line["run"].to_string()).collect();
    let once: std::collections::BTreeSet<_> = runs.iter().collect();
    assert_eq!(once.len(), runs.len());
}

#[test]
fn rules_that_only_forbid_leave_nothing_to_guard_and_a_status_needs_a_place() {
    let protected = Rule { protected: true, ..Rule::named("a") };
    assert!(nothing(&[]).unwrap().contains("[[rules]]"));
    assert!(nothing(&[protected]).is_some());
    assert_eq!(nothing(&[Rule { cancel_runaway: true, ..Rule::named("a") }]), None);
    let refused = StatusFile::new(PathBuf::from("/nowhere/at/all.json")).unwrap_err();
    assert!(
        refused.starts_with("--status-file: /nowhere/at/all.json cannot be written"),
        "{refused}"
    );
}
