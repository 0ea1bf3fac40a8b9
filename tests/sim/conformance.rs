//! Thousands of random requests, good and bad, each answer against the contract.
//!
//! The generator knows of each request whether it keeps the contract, so that neither a bad one
//! can succeed silently nor a good one be refused.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use hextop::sim::scenario::{Access, Answers, Era, Kernels, KernelsFull, ProjectState};
use hextop::sim::{ProjectSpec, Scenario};

use crate::schema::{Body, Contract};
use crate::support::{Got, Site, Style, Virtual, send, small};

/// Draws that repeat: Marsaglia's xorshift.
struct Dice(u64);

impl Dice {
    fn below(&mut self, count: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % u64::try_from(count).unwrap()).unwrap()
    }

    fn pick<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// Whether a request keeps the contract, as far as the generator knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keeps {
    /// It has to succeed.
    Yes,
    /// It must not succeed.
    No,
    /// It depends on what has become of the world.
    Perhaps,
}

impl Keeps {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Perhaps, _) | (_, Self::Perhaps) => Self::Perhaps,
            _ => Self::Yes,
        }
    }
}

use Keeps::{No, Perhaps, Yes};

#[derive(Debug)]
struct Sent {
    call: &'static str,
    style: Style,
    method: &'static str,
    path: String,
    body: Option<Value>,
    keeps: Keeps,
}

fn workspace() -> Scenario {
    let mut scenario = small();
    scenario.kernels = Kernels { total: 40, full: KernelsFull::Refuse, ..Kernels::default() };
    scenario.projects[0].api_per_hour = 30.0;
    scenario.projects[0].median = Duration::from_secs(30);
    scenario.projects[0].failure = 0.2;
    scenario.projects[0].no_kernel = 0.05;
    scenario.projects[0].hung = vec![3.0];
    scenario.projects.extend([
        ProjectSpec { state: ProjectState::Archived, past: 5, ..ProjectSpec::titled("Archived") },
        ProjectSpec { access: Access::None, past: 5, ..ProjectSpec::titled("Hidden") },
        ProjectSpec { component: true, ..ProjectSpec::titled("Component") },
    ]);
    scenario.population.count = 40;
    scenario.population.past = 8;
    scenario.kernels.total = 400;
    scenario
}

/// What the generator knows of the world: ids by what they are good for.
struct Known {
    runnable: Vec<String>,
    unpublished: String,
    hidden: String,
    rich: String,
    runs: Vec<(String, String)>,
}

impl Known {
    fn of(world: &hextop::sim::World) -> Self {
        let id = |title| crate::support::id_of(world, title);
        let visible = |one: &&hextop::sim::SimProject| one.is_runnable() && one.title() != "Hidden";
        let project = |run| world.project_of(run).unwrap();
        Self {
            runnable: world.projects().filter(visible).map(|one| one.id().to_string()).collect(),
            unpublished: id("Scratchpad"),
            hidden: id("Hidden"),
            rich: id("Weekly revenue"),
            runs: world
                .runs()
                .filter(|run| project(run).title() != "Hidden")
                .map(|run| (project(run).id().to_string(), run.id().to_string()))
                .collect(),
        }
    }
}

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// A query of some of these parameters: name, good values, bad ones.
fn query(dice: &mut Dice, params: &[(&str, &[&str], &[&str])]) -> (String, Keeps) {
    let (mut text, mut keeps) = (String::new(), Yes);
    for (name, good, bad) in params {
        if dice.chance(60) {
            continue;
        }
        let is_bad = dice.chance(12) && !bad.is_empty();
        let value = dice.pick(if is_bad { bad } else { good });
        let separator = if text.is_empty() { '?' } else { '&' };
        text = format!("{text}{separator}{name}={value}");
        keeps = if is_bad { No } else { keeps };
    }
    (text, keeps)
}

const LIMIT: (&str, &[&str], &[&str]) = (
    "limit",
    &["1", "2", "25", "100"],
    &["0", "101", "-1", "x", "", "1e1", "99999999999999999999"],
);
const STATUSES: &[&str] =
    &["PENDING", "RUNNING", "ERRORED", "COMPLETED", "KILLED", "UNABLE_TO_ALLOCATE_KERNEL"];
const BOOLEANS: &[&str] = &["true", "false", "True", "FALSE"];

fn project_id(dice: &mut Dice, known: &Known) -> (String, Keeps) {
    match dice.below(12) {
        0 => (NOBODY.to_owned(), No),
        1 => (dice.pick(&["1", "not-a-uuid", "%00", "..%2f..", "🦀"]).to_owned(), No),
        2 => (known.hidden.clone(), No),
        3 => (known.unpublished.clone(), Perhaps),
        4..7 => (known.rich.clone(), Yes),
        _ => (dice.pick(&known.runnable), Yes),
    }
}

fn run_ids(dice: &mut Dice, known: &Known) -> (String, String, Keeps) {
    match dice.below(10) {
        0 => (known.rich.clone(), NOBODY.to_owned(), No),
        1 => (known.rich.clone(), "12".to_owned(), No),
        2 => (NOBODY.to_owned(), dice.pick(&known.runs).1, No),
        _ => {
            let (project, run) = dice.pick(&known.runs);
            (project, run, Yes)
        }
    }
}

/// A body for a start of the project with all inputs.
fn start_body(dice: &mut Dice, style: Style) -> (Value, Keeps) {
    let good = [
        json!({}),
        json!({ "dryRun": true }),
        json!({ "inputParams": { "region": "emea", "threshold": 0.5 } }),
        json!({ "inputParams": { "segments": ["smb"], "include_test": true, "weeks": 3 }, "updateCache": true }),
        json!({ "updatePublishedResults": true, "useCachedSqlResults": false }),
        json!({ "viewId": "v", "notifications": [{ "type": "ALL", "includeSuccessScreenshot": true, "userIds": ["u"], "screenshotFormat": "pdf" }] }),
    ];
    let bad = [
        json!([]),
        json!("x"),
        json!(null),
        json!(12),
        json!({ "inputParams": null }),
        json!({ "inputParams": "region" }),
        json!({ "inputParams": { "regoin": "emea" } }),
        json!({ "inputParams": { "threshold": "high" } }),
        json!({ "inputParams": { "threshold": 7, "nothing": null } }),
        json!({ "inputParams": { "region": "emea" }, "viewId": "v" }),
        json!({ "inputParams": { "region": "emea" }, "updatePublishedResults": true }),
        json!({ "dryRun": 1 }),
        json!({ "notifications": "all" }),
    ];
    if style == Style::Legacy && dice.chance(5) {
        return (json!({ "parameters": {} }), No);
    }
    if dice.chance(60) { (dice.pick(&good), Yes) } else { (dice.pick(&bad), No) }
}

fn draw(dice: &mut Dice, known: &Known) -> Sent {
    match dice.below(22) {
        0..3 => list_projects(dice),
        3..9 => about_a_project(dice, known),
        9..12 => {
            let (project, run, keeps) = run_ids(dice, known);
            let style = style(dice);
            Sent::get("run-status", style.run(&project, &run), keeps).of(style)
        }
        12..17 => trigger(dice, known),
        17..19 => {
            let (project, run, keeps) = run_ids(dice, known);
            let style = style(dice);
            let cancel = Sent::get("cancel", style.run(&project, &run), keeps.and(Perhaps));
            Sent { method: "DELETE", ..cancel.of(style) }
        }
        19 => Sent::get("me", "/users/me".to_owned(), Yes),
        20 => export(dice, known),
        _ => {
            let paths = [
                "/",
                "/projects/",
                "/project",
                "/runs",
                "/users",
                "/projects/a/runs/b/c",
                "/users/me/x",
            ];
            let nowhere = Sent::get("other", dice.pick(&paths).to_owned(), No);
            Sent { method: dice.pick(&["GET", "POST", "DELETE", "PUT", "PATCH"]), ..nowhere }
        }
    }
}

impl Sent {
    fn get(call: &'static str, path: String, keeps: Keeps) -> Self {
        Self { call, style: Style::Current, method: "GET", path, body: None, keeps }
    }

    fn of(self, style: Style) -> Self {
        Self { style, ..self }
    }

    fn with(self, body: Value) -> Self {
        Self { method: "POST", body: Some(body), ..self }
    }
}

fn style(dice: &mut Dice) -> Style {
    dice.pick(&[Style::Current, Style::Legacy])
}

fn list_projects(dice: &mut Dice) -> Sent {
    let (query, keeps) = query(
        dice,
        &[
            LIMIT,
            ("includeArchived", BOOLEANS, &["1", "yes"]),
            ("includeTrashed", BOOLEANS, &["T"]),
            ("includeUnlisted", BOOLEANS, &["0"]),
            ("includeComponents", BOOLEANS, &[""]),
            ("includeSharing", BOOLEANS, &["null"]),
            ("sortBy", &["CREATED_AT", "LAST_EDITED_AT", "LAST_PUBLISHED_AT"], &["created", ""]),
            ("sortDirection", &["ASC", "DESC"], &["UP"]),
            ("ownerEmail", &["ana@acme.test", "nobody%40x"], &[]),
            ("statuses", &["Production", "a,b"], &[]),
        ],
    );
    Sent::get("list-projects", format!("/projects{query}"), keeps)
}

/// A reading request for which an unpublished project is as good as any.
fn about_a_project(dice: &mut Dice, known: &Known) -> Sent {
    let (id, is_there) = project_id(dice, known);
    let is_there = if is_there == Perhaps { Yes } else { is_there };
    match dice.below(6) {
        0 => Sent::get("get-project", format!("/projects/{id}"), is_there),
        1 if dice.chance(30) => {
            let cell = dice.pick(&[NOBODY, "x"]);
            Sent::get("get-cell", format!("/cells/{cell}"), No)
        }
        1 => {
            let (query, keeps) = query(dice, &[LIMIT]);
            let query = query.replace('?', "&");
            let path = format!("/cells?projectId={id}{query}");
            Sent::get("list-cells", path, keeps.and(is_there))
        }
        _ => {
            let (query, keeps) = query(
                dice,
                &[
                    LIMIT,
                    ("offset", &["0", "1", "30", "2147483647"], &["-1", "x", "1.0", "2147483648"]),
                    ("statusFilter", STATUSES, &["FAILED", "running", "CANCELLED"]),
                    (
                        "runTriggerFilter",
                        &["ALL", "API", "SCHEDULED", "APP_REFRESH"],
                        &["MANUAL", ""],
                    ),
                ],
            );
            let style = style(dice);
            let path = format!("{}{query}", style.list(&id));
            Sent::get("list-runs", path, keeps.and(is_there)).of(style)
        }
    }
}

fn trigger(dice: &mut Dice, known: &Known) -> Sent {
    let style = style(dice);
    let (id, is_there) =
        if dice.chance(70) { (known.rich.clone(), Yes) } else { project_id(dice, known) };
    let (body, keeps) = start_body(dice, style);
    let has_inputs = body.get("inputParams").is_some();
    let is_there = match is_there {
        // It was never published.
        Perhaps => No,
        // Only one project has inputs.
        Yes if has_inputs && id != known.rich => No,
        other => other,
    };
    Sent::get("trigger", style.start(&id), keeps.and(is_there)).of(style).with(body)
}

fn export(dice: &mut Dice, known: &Known) -> Sent {
    let (id, is_there) = project_id(dice, known);
    let is_there = if is_there == Perhaps { Yes } else { is_there };
    let good = [json!({ "projectId": id }), json!({ "projectId": id, "version": "draft" })];
    let bad =
        [json!({}), json!([]), json!({ "projectId": id, "version": 0 }), json!({ "projectId": 5 })];
    let (body, keeps) =
        if dice.chance(60) { (dice.pick(&good), is_there) } else { (dice.pick(&bad), No) };
    Sent::get("export", "/projects/export".to_owned(), keeps).with(body)
}

/// Compares an answer with the contract; counts it.
fn judge(contract: &Contract, sent: &Sent, got: &Got, seen: &mut BTreeMap<String, u32>) {
    let generation = if sent.style == Style::Current { "current" } else { "legacy" };
    let about = || format!("{sent:?} answered {} {}", got.status, got.text());
    let success = (200..300).contains(&got.status);
    match sent.keeps {
        Yes => assert!(success || got.status == 503, "{}", about()),
        No => assert!((400..500).contains(&got.status), "{}", about()),
        Perhaps => assert!(got.status < 500, "{}", about()),
    }
    match contract.answer(sent.call, generation, got.status) {
        Body::Undocumented => panic!("the contract has no such answer: {}", about()),
        Body::Empty => {
            assert!(got.body.is_empty() && got.header("content-type").is_none(), "{}", about());
        }
        Body::Schema(name) => {
            assert_eq!(got.header("content-type"), Some("application/json; charset=utf-8"));
            assert_eq!(contract.fault(name, &got.json()), None, "{}", about());
        }
    }
    *seen.entry(format!("{} {generation} {}", sent.call, got.status)).or_default() += 1;
}

/// Every answer of the contract that such requests can bring about.
fn expected() -> Vec<String> {
    let mut all = Vec::new();
    for (call, statuses) in [
        ("list-projects", &[200, 400][..]),
        ("get-project", &[200, 400, 403, 404]),
        ("list-runs", &[200, 400, 403, 404]),
        ("run-status", &[200, 400, 404]),
        ("trigger", &[201, 400, 403, 404, 422]),
        ("cancel", &[204, 400, 404, 422]),
        ("me", &[200]),
        ("list-cells", &[200, 400, 403, 404]),
        ("get-cell", &[400, 403]),
        ("export", &[200, 400, 403]),
        ("other", &[404]),
    ] {
        let has_two = ["list-runs", "run-status", "trigger", "cancel"].contains(&call);
        let generations = if has_two { &["current", "legacy"][..] } else { &["current"] };
        for generation in generations {
            all.extend(statuses.iter().map(|status| format!("{call} {generation} {status}")));
        }
    }
    all
}

#[test]
fn nine_thousand_random_requests_are_all_answered_as_the_contract_says() {
    let contract = Contract::load();
    let mut seen = BTreeMap::new();
    for seed in 1..=3_u64 {
        let mut site = Virtual::new(&workspace(), seed);
        let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        let mut known = Known::of(&site.world);
        for number in 0..3000 {
            if number % 50 == 0 {
                known = Known::of(&site.world);
            }
            let sent = draw(&mut dice, &known);
            let got = site.ask(sent.method, &sent.path, sent.body.as_ref()).into();
            judge(&contract, &sent, &got, &mut seen);
            if number % 4 == 0 {
                site.wait(Duration::from_millis(u64::try_from(dice.below(4000)).unwrap()));
            }
        }
    }
    let missed: Vec<_> = expected().into_iter().filter(|one| !seen.contains_key(one)).collect();
    assert_eq!(missed, Vec::<String>::new(), "never seen, of {seen:?}");
}

#[tokio::test]
async fn a_thousand_random_requests_over_the_socket_are_too() {
    let contract = Contract::load();
    let site = Site::open(&workspace()).await;
    let mut dice = Dice(0x5eed);
    let mut seen = BTreeMap::new();
    for _ in 0..1000 {
        let known = site.door.look(|world| Known::of(world));
        let sent = draw(&mut dice, &known);
        let mut request = site.request(sent.method, &sent.path);
        if let Some(body) = &sent.body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        judge(&contract, &sent, &send(request).await, &mut seen);
    }
    assert!(seen.len() > 40, "{seen:?}");
}

#[test]
fn runs_of_the_older_server_have_its_schema() {
    let contract = Contract::load();
    let answers = Answers { era: Era::Before, ..Answers::default() };
    let mut site = Virtual::new(&Scenario { answers, ..workspace() }, 1);
    for id in Known::of(&site.world).runnable {
        for style in [Style::Current, Style::Legacy] {
            for run in site.get(&style.list(&id)).json()["runs"].as_array().unwrap() {
                assert_eq!(contract.fault("RunOf2025", run), None);
            }
        }
    }
}

#[test]
fn bodies_have_the_same_fields_in_the_same_order_as_the_examples() {
    let examples: Value = serde_json::from_str(include_str!("examples.json")).unwrap();
    let mut site = Virtual::new(&workspace(), 1);
    let rich = Known::of(&site.world).rich;
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let example = |schema: &str| {
        examples.as_array().unwrap().iter().find(|one| one["schema"] == schema).unwrap()["body"]
            .clone()
    };

    let page = site.get(&Style::Current.list(&rich)).json();
    assert_eq!(keys(&page), keys(&example("RunsPage")));
    assert_eq!(keys(&page["runs"][0]), keys(&example("RunsPage")["runs"][0]));
    let projects = site.get("/projects").json();
    assert_eq!(keys(&projects), keys(&example("ProjectsPage")));
    assert_eq!(keys(&projects["values"][0]), keys(&example("ProjectsPage")["values"][0]));
    let started: Got = site.ask("POST", &Style::Current.start(&rich), Some(&json!({}))).into();
    assert_eq!(keys(&started.json()), keys(&example("Started")));
    assert_eq!(keys(&site.get("/users/me").json()), keys(&example("Me")));
}
