//! The loop without a screen on tokio's paused clock, against the simulated workspace in the same
//! process: what it tells is the truth, and in the form that the page `commands` promises.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::*;
use crate::api::{ApiError, Call, Connection, PathStyle, Response, words};
use crate::cli::output::Output;
use crate::cli::test_app::deliver;
use crate::domain::{Boot, RunStatus};
use crate::engine::Settings;
use crate::shell::store::Store;
use crate::shell::wire::Wire;
use crate::sim::{Scenario, World};

/// Answers from the world, some virtual milliseconds later.
pub(in crate::cli) struct Near {
    pub(in crate::cli) world: Arc<Mutex<World>>,
    pub(in crate::cli) clock: Clock,
}

impl Wire for Near {
    fn send(
        &self,
        call: Call,
        style: PathStyle,
        _: Connection,
    ) -> impl Future<Output = Response> + Send + 'static {
        let (world, clock) = (Arc::clone(&self.world), self.clock);
        async move {
            let (after, response) = {
                let mut world = world.lock().unwrap();
                let mut request = call.request(style);
                let bearer = format!("Bearer {}", world.token()).parse().unwrap();
                request.headers_mut().insert(http::header::AUTHORIZATION, bearer);
                let answer = world.handle(&request, clock.now());
                deliver(&call, &answer, clock.now())
            };
            tokio::time::sleep(after).await;
            response
        }
    }
}

/// Keeps the lines, up to as many as it is willing to take.
struct Notes {
    lines: Arc<Mutex<Vec<(String, String)>>>,
    most: usize,
}

impl Listener for Notes {
    fn hear(&mut self, report: &Report, model: &Model, now: Now) -> io::Result<()> {
        let mut lines = self.lines.lock().unwrap();
        if lines.len() >= self.most {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let at = model.server_now(now);
        let (json, plain) = (
            lines::json(report, at, now.boot),
            lines::plain(report, at, now.boot, Output::endless(true)),
        );
        lines.push((json, plain));
        Ok(())
    }
}

/// What is left of a watch that has ended.
struct Watched {
    ended: io::Result<Ended>,
    json: Vec<Value>,
    raw: Vec<String>,
    plain: Vec<String>,
    world: Arc<Mutex<World>>,
}

fn watch(scenario: &Scenario, settings: Settings, seconds: u64, most: usize) -> Watched {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let wall = "2026-10-20T08:00:00Z".parse().unwrap();
        let clock = Clock::tokio(Now { boot: Boot::from_secs(7200), wall });
        let world = Arc::new(Mutex::new(World::new(scenario, 1, clock.now())));
        let lines = Arc::new(Mutex::new(Vec::new()));
        let until = clock.now().boot + Duration::from_secs(seconds);
        let ended = Headless {
            model: Model::new(settings),
            task: WatchTask::new(Notes { lines: Arc::clone(&lines), most }, Some(until)),
            wire: Near { world: Arc::clone(&world), clock },
            stop: std::future::pending(),
            store: Store::none(),
            clock,
        }
        .run()
        .await
        .map(|(ended, _)| ended);
        world.lock().unwrap().advance(clock.now());
        let (raw, plain): (Vec<_>, Vec<_>) = lines.lock().unwrap().iter().cloned().unzip();
        let json = raw.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        Watched { ended, json, raw, plain, world }
    })
}

fn demo_world() -> Scenario {
    Scenario::named("demo").unwrap()
}

fn runs(watched: &Watched) -> impl Iterator<Item = &Value> {
    watched.json.iter().filter(|line| line["event"] == "run")
}

#[test]
fn a_time_to_end_is_read_as_people_write_it() {
    let table = [("90s", 90), ("2m", 120), ("1h30m", 5400), ("1h 30m", 5400)];
    for (text, seconds) in table {
        assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
    }
    for text in ["", "2", "soon", "-5s", "0s"] {
        assert!(duration(text).is_err(), "{text}");
    }
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let names = ["Ad spend pacing", "Churn model"].map(str::to_owned);
    let settings = Settings { watch: names.into(), ..Settings::default() };
    let watched = watch(&demo_world(), settings, 90, usize::MAX);
    assert_eq!(watched.ended.unwrap(), Ended::TimeUp);
    insta::assert_snapshot!("story_json", watched.raw.join("\n"));
    insta::assert_snapshot!("story_plain", watched.plain.join("\n"));
}

#[test]
fn every_line_has_the_promised_shape() {
    let mut scenario = demo_world();
    scenario.faults.extend(["reset=1@60s..90s", "429=1@120s..123s"].map(|f| f.parse().unwrap()));
    let watched = watch(&scenario, Settings::default(), 400, usize::MAX);
    let keys = |line: &Value| line.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let mut seen = BTreeMap::<String, usize>::new();
    let mut verdicts = BTreeSet::new();
    for line in &watched.json {
        let event = line["event"].as_str().unwrap();
        *seen.entry(event.to_owned()).or_default() += 1;
        assert!(line["at"].as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{line}");
        match event {
            "run" => {
                let expected = [
                    "event",
                    "at",
                    "news",
                    "project",
                    "title",
                    "run",
                    "from",
                    "to",
                    "happened",
                    "late_seconds",
                    "trigger",
                    "version",
                    "time",
                    "projectId",
                    "runId",
                    "previousStatus",
                    "status",
                    "happenedTime",
                    "lateTime",
                    "runTrigger",
                    "projectVersion",
                ];
                assert_eq!(keys(line), expected);
                let known =
                    |word: &str| RunStatus::KNOWN.iter().any(|s| words::status_word(s) == word);
                assert!(known(line["to"].as_str().unwrap()), "{line}");
                let from = line["from"].as_str();
                let news = line["news"].as_str().unwrap();
                assert_eq!(from.is_some(), news == "changed", "{line}");
                assert!(from.is_none_or(known), "{line}");
                assert!(["first_look", "appeared", "changed"].contains(&news), "{line}");
                let late = line["late_seconds"].as_f64();
                let told = news != "first_look" && !line["happened"].is_null();
                assert_eq!(late.is_some(), told, "{line}");
                assert!(late.is_none_or(|late| late >= 0.0), "{line}");
            }
            "verdict" => {
                let expected = [
                    "event",
                    "at",
                    "project",
                    "title",
                    "run",
                    "verdict",
                    "elapsed_seconds",
                    "usual_seconds",
                    "ratio",
                    "why",
                    "time",
                    "projectId",
                    "runId",
                    "elapsedTime",
                    "usualTime",
                ];
                assert_eq!(keys(line), expected);
                let seconds = line["elapsed_seconds"].as_f64().unwrap();
                let millis = line["elapsedTime"].as_u64().unwrap();
                assert!(
                    Duration::from_millis(millis).abs_diff(Duration::from_secs_f64(seconds))
                        < Duration::from_millis(1),
                    "{line}"
                );
                assert!(["late", "slow", "runaway"].contains(&line["verdict"].as_str().unwrap()));
                let told = (line["run"].to_string(), line["verdict"].to_string());
                assert!(verdicts.insert(told), "it is told once: {line}");
            }
            "health" => {
                assert_eq!(
                    keys(line),
                    ["event", "at", "health", "wait_seconds", "error", "time", "waitTime"]
                );
            }
            other => panic!("{other} is not promised"),
        }
    }
    let health: Vec<_> = watched.json.iter().filter_map(|line| line["health"].as_str()).collect();
    assert_eq!(health.first(), Some(&"starting"));
    assert!(health.contains(&"offline") && health.contains(&"locked"), "{health:?}");
    assert_eq!(health.last(), Some(&"live"));
    assert!(seen["run"] > 20, "{seen:?}");
}

#[test]
fn what_it_tells_is_what_happened_each_once_and_nothing_is_left_out() {
    let watched = watch(&demo_world(), Settings::default(), 1200, usize::MAX);
    let mut last: BTreeMap<&str, &Value> = BTreeMap::new();
    for line in runs(&watched) {
        let before = last.insert(line["run"].as_str().unwrap(), line);
        assert_eq!(before.map_or(&Value::Null, |before| &before["to"]), &line["from"], "{line}");
        assert_ne!(line["from"], line["to"], "{line}");
    }
    let world = watched.world.lock().unwrap();
    let opening = "2026-10-20T08:00:05Z".parse::<jiff::Timestamp>().unwrap();
    let settled = "2026-10-20T08:18:00Z".parse::<jiff::Timestamp>().unwrap();
    let mut compared = 0;
    for run in world.runs() {
        let Some(end) = run.end().filter(|end| (opening..settled).contains(end)) else { continue };
        let line =
            last.get(run.id().as_str()).unwrap_or_else(|| panic!("{} is left out", run.id()));
        assert_eq!(line["to"], words::status_word(run.status()), "{line}");
        let happened: jiff::Timestamp = line["happened"].as_str().unwrap().parse().unwrap();
        assert!(happened.duration_since(end).abs().as_millis() <= 1, "{line} ended at {end}");
        let seen: jiff::Timestamp = line["at"].as_str().unwrap().parse().unwrap();
        let late = seen.duration_since(happened).as_secs_f64().max(0.0);
        assert!((line["late_seconds"].as_f64().unwrap() - late).abs() < 0.2, "{line}");
        compared += 1;
    }
    assert!(compared > 30, "only {compared} runs ended");
    assert_eq!(world.refused(), 0);
}

#[test]
fn it_ends_when_nobody_reads() {
    let watched = watch(&demo_world(), Settings::default(), 600, 5);
    assert_eq!(watched.ended.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    assert_eq!(watched.raw.len(), 5);
}

#[test]
fn a_refused_token_and_a_wrong_name_end_it() {
    let mut revoked = demo_world();
    revoked.faults.push("revoked=1@30s..".parse().unwrap());
    let watched = watch(&revoked, Settings::default(), 600, usize::MAX);
    assert_eq!(watched.ended.unwrap(), Ended::TokenRefused);
    let wrong = || vec!["Churn model".to_owned(), "Nowhere".to_owned()];
    let settings = Settings { watch: wrong(), ..Settings::default() };
    let watched = watch(&demo_world(), settings, 600, usize::MAX);
    assert_eq!(watched.ended.unwrap(), Ended::NoSuchProject(vec!["Nowhere".to_owned()]));
}

#[test]
fn a_title_acts_on_no_terminal_in_words_or_in_json() {
    let title = "\u{1b}[2J\u{202e}evil\u{9b}1m\u{e0041} – 売上";
    let report = Report::Project {
        project: crate::domain::ProjectId::new("p"),
        title: title.into(),
        error: Some(ApiError::RateLimited),
    };
    let at = "2026-10-20T08:00:00Z".parse().unwrap();
    let json = lines::json(&report, at, Boot::ZERO);
    let acts =
        |c: char| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) || c == '\u{e0041}';
    assert!(!json.contains(acts), "{json}");
    let cleaned = "·[2J·evil·1m· – 売上";
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["title"], cleaned);
    assert!(json.contains("売上"), "what is harmless stays readable: {json}");
    assert!(!lines::plain(&report, at, Boot::ZERO, Output::endless(true)).contains(acts));
}

#[test]
fn the_end_says_whether_what_happened_last_is_known() {
    let code = |watched: &Ended, model: &Model| format!("{:?}", exit(watched, model));
    let is = |number: u8| format!("{:?}", ExitCode::from(number));
    let model = Model::new(Settings::default());
    assert_eq!(code(&Ended::Signal(2), &model), is(130));
    assert_eq!(code(&Ended::Unread, &model), is(0));
    assert_eq!(code(&Ended::TokenRefused, &model), is(AUTH));
    assert_eq!(code(&Ended::NoSuchProject(Vec::new()), &model), is(USAGE));
    assert_eq!(code(&Ended::TimeUp, &model), is(NETWORK), "nothing was ever read");
}
