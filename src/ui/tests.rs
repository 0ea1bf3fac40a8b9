//! The screen in memory: what it looks like, and that no state breaks it.

mod attention;
mod bindings;
mod guarded;
mod journal;
mod looks;
mod manual;
mod mouse;
mod profiles;
mod report;
mod rows;
mod rules;
mod sharing;
mod stack;
mod start_again;
mod sweeps;
mod timeline;
mod tour;
mod trouble;
mod truth;
mod unconfirmed;
mod watching;

use std::time::Duration;

use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use super::*;
use crate::api::{Me, PageOrder, RateHint, Reply, Response, Started};
use crate::domain::RunStatus;
use crate::domain::inputs::{ParamSpec, Source};
use crate::domain::{ParamKind, Project, Published, Run, RunTrigger};
use crate::engine::Settings;
use jiff::Timestamp;
use looks::look;

const SIZES: [Size; 3] = [
    Size { width: 40, height: 12 },
    Size { width: 80, height: 24 },
    Size { width: 200, height: 60 },
];

fn at(seconds: u64) -> Now {
    let wall = Timestamp::from_second(1_792_483_200).unwrap();
    Now { boot: Boot::from_secs(3600), wall }.after(Duration::from_secs(seconds))
}

fn project(number: usize, title: &str) -> Project {
    Project {
        id: ProjectId::new(format!("{number:08}-0000-4000-8000-000000000000")),
        title: title.into(),
        published: Published::At(Timestamp::UNIX_EPOCH),
        retired: false,
        owner: Some("ben@acme.test".to_owned()),
        categories: Vec::new(),
        label: None,
        schedules: Vec::new(),
    }
}

fn run(project: &Project, number: usize, status: RunStatus, began: u64, took: u64) -> Run {
    let start = at(0).wall.checked_sub(Duration::from_secs(began)).unwrap();
    let ended = status.is_terminal();
    Run {
        project: project.id.clone(),
        id: RunId::new(format!("{number:08x}-0000-4000-8000-000000000000")),
        version: Some("14".to_owned()),
        url: Some("https://app.hex.tech/acme/run".to_owned()),
        trigger: Some(RunTrigger::Scheduled),
        start: (status != RunStatus::Pending).then_some(start),
        end: ended.then(|| start + Duration::from_secs(took)),
        elapsed: ended.then_some(Duration::from_secs(took)),
        status,
    }
}

/// Answers every request with this workspace, until nothing is asked any more; gives what else is.
fn settle(
    state: &mut State,
    mut effects: Vec<Effect>,
    projects: &[(Project, Vec<Run>)],
    now: Now,
) -> Vec<Effect> {
    let mut others = Vec::new();
    while let Some(effect) = effects.pop() {
        let Effect::Send(id, call, ..) = effect else {
            others.push(effect);
            continue;
        };
        let reply = match call {
            Call::Me => Reply::Me(Me { email: Some("ana@acme.test".to_owned()), ..Me::default() }),
            Call::ListProjects { .. } => {
                let projects = projects.iter().map(|(project, _)| project.clone()).collect();
                Reply::Projects { projects, after: None }
            }
            Call::ListRuns { project, .. } => {
                let found = projects.iter().find(|(p, _)| p.id == project);
                let runs = found.map(|(_, r)| r.clone()).unwrap_or_default();
                Reply::Runs { runs, more: false, order: PageOrder::NewestFirst }
            }
            Call::RunStatus { project, run } => {
                let mut all = projects.iter().flat_map(|(_, runs)| runs.iter().cloned());
                let is_it = |known: &Run| known.id == run && known.project == project;
                all.find(is_it).map_or(Reply::Cancelled, Reply::Run)
            }
            Call::Export { .. } => Reply::Inputs(inputs()),
            Call::DryRun { .. } => Reply::Checked,
            Call::Trigger { .. } => {
                let run = RunId::new("c0ffee00-0000-4000-8000-000000000000");
                Reply::Started(Started { run, url: None, version: None, trace: None })
            }
            _ => Reply::Cancelled,
        };
        let response = Response { result: Ok(reply), rate: RateHint::default(), date: None };
        let msg = Msg::Engine(Box::new(engine::Msg::Replied(id, response)));
        effects.extend(state.update(msg, now));
    }
    others
}

/// The inputs of every app here.
fn inputs() -> Vec<ParamSpec> {
    let spec = |name: &str, kind| ParamSpec { kind, ..ParamSpec::named(name, Source::Export) };
    vec![
        ParamSpec {
            choices: ["emea", "amer", "apac"].map(serde_json::Value::from).to_vec(),
            default: Some("emea".into()),
            label: Some("Region".to_owned()),
            ..spec("region", ParamKind::Choice)
        },
        ParamSpec {
            default: Some(0.95.into()),
            hex_type: Some("SLIDER".to_owned()),
            ..spec("threshold", ParamKind::Number)
        },
        ParamSpec { default: Some(false.into()), ..spec("include_test", ParamKind::Checkbox) },
        spec("start_date", ParamKind::Date),
        ParamSpec { secret: true, ..spec("api_key", ParamKind::Text) },
    ]
}

fn opened(projects: &[(Project, Vec<Run>)], size: Size) -> State {
    let options = Options { workspace: "acme".to_owned(), ..Options::default() };
    let mut state = State::new(Model::new(Settings::default()), options, size, at(0));
    let started = state.update(Msg::Engine(Box::new(engine::Msg::Started)), at(0));
    settle(&mut state, started, projects, at(0));
    for second in 1..40 {
        let woke = state.update(Msg::Engine(Box::new(engine::Msg::Woke)), at(second));
        settle(&mut state, woke, projects, at(second));
    }
    state
}

fn workspace() -> Vec<(Project, Vec<Run>)> {
    let churn = project(1, "Churn model");
    let revenue = project(2, "Weekly revenue, with a title that is longer than its column");
    let hostile = project(3, "\u{1b}[2J\u{202e}evil\r\nsecond line");
    let scratch = Project { published: Published::Never, ..project(4, "Scratchpad") };
    let past = |project: &Project, from: usize| -> Vec<Run> {
        let statuses = [
            RunStatus::Completed,
            RunStatus::Completed,
            RunStatus::Errored,
            RunStatus::Completed,
            RunStatus::Killed,
            RunStatus::NoKernel,
        ];
        (0..12)
            .map(|n| {
                let status = statuses[n % 6].clone();
                run(project, from + n, status, 4000 + 900 * n as u64, 200 + 7 * n as u64)
            })
            .collect()
    };
    let mut churn_runs = past(&churn, 0x100);
    churn_runs.insert(0, run(&churn, 0xb7e1, RunStatus::Running, 3129, 0));
    let mut revenue_runs = past(&revenue, 0x200);
    revenue_runs.insert(0, run(&revenue, 0xa0d4, RunStatus::Running, 151, 0));
    revenue_runs.insert(0, run(&revenue, 0xc1f0, RunStatus::Pending, 0, 0));
    let odd = vec![run(&hostile, 0x300, RunStatus::Unknown("PAUSED\u{7}".into()), 60, 0)];
    vec![(churn, churn_runs), (revenue, revenue_runs), (hostile, odd), (scratch, Vec::new())]
}

fn drawn(state: &mut State, size: Size, now: Now) -> String {
    state.update(Msg::Resize(size), now);
    let mut terminal = Terminal::new(TestBackend::new(size.width, size.height)).unwrap();
    terminal.draw(|frame| state.draw(frame, now)).unwrap();
    terminal.backend().to_string()
}

fn press(state: &mut State, keys: &str, now: Now) -> Vec<Effect> {
    let press = |key: &str| {
        // A person has had the time to see what is there.
        state.context_since.1 = Boot::ZERO;
        state.update(Msg::Key(key.parse().unwrap()), now)
    };
    keys.split(' ').flat_map(press).collect()
}

#[test]
fn the_panes_at_all_sizes() {
    let mut state = opened(&workspace(), SIZES[1]);
    look("panes", &mut state, at(40));
}

#[test]
fn the_cancel_sheet_at_all_sizes() {
    let mut state = opened(&workspace(), SIZES[1]);
    press(&mut state, "ctrl-a X", at(40));
    look("sheet", &mut state, at(40));
}

#[test]
fn the_form_and_its_review_at_all_sizes() {
    let projects = workspace();
    let mut state = opened(&projects, SIZES[1]);
    let effects = press(&mut state, "t", at(40));
    settle(&mut state, effects, &projects, at(40));
    press(
        &mut state,
        "p Down Enter Tab 2 Tab Space Tab - 7 d Tab k e y ctrl-n 2 x Tab Right Tab m a n y",
        at(40),
    );
    look("form", &mut state, at(40));
    press(&mut state, "ctrl-x shift-Tab shift-Tab shift-Tab shift-Tab Down", at(40));
    look("form_list", &mut state, at(40));
    press(&mut state, "Esc ctrl-s", at(40));
    look("review", &mut state, at(40));
}

#[test]
fn the_help_where_it_is_searched() {
    let mut state = opened(&workspace(), SIZES[1]);
    press(&mut state, "? c a n c e l", at(40));
    look("help", &mut state, at(40));
}

#[test]
fn without_colour_and_utf8_everything_is_ascii() {
    let mut state = opened(&workspace(), SIZES[1]);
    state.options.theme = Theme { colour: false, unicode: false, ..Theme::default() };
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    state.update(Msg::Resize(SIZES[2]), at(40));
    terminal.draw(|frame| state.draw(frame, at(40))).unwrap();
    let buffer = terminal.backend().buffer();
    let plain = |cell: &ratatui::buffer::Cell| {
        cell.fg == ratatui::style::Color::Reset && cell.bg == ratatui::style::Color::Reset
    };
    assert!(buffer.content().iter().all(plain), "a colour");
    let odd: String = buffer
        .content()
        .iter()
        .map(ratatui::buffer::Cell::symbol)
        .filter(|s| !s.is_ascii())
        .collect();
    assert_eq!(odd, "");
}

#[test]
fn a_paste_outside_a_field_does_nothing() {
    let mut state = opened(&workspace(), SIZES[1]);
    let before = drawn(&mut state, SIZES[1], at(40));
    let effects = state.update(Msg::Paste("Xy\nq".to_owned()), at(40));
    assert_eq!((effects, drawn(&mut state, SIZES[1], at(40))), (Vec::new(), before));
}

#[test]
fn marks_hidden_by_a_filter_are_counted() {
    let mut state = opened(&workspace(), SIZES[2]);
    press(&mut state, "ctrl-a / c h u r n Enter", at(40));
    let shown = drawn(&mut state, SIZES[2], at(40));
    assert!(shown.contains("28 marked, 15 hidden by the filter"), "{shown}");
}

#[test]
fn a_protected_projects_runs_want_its_name() {
    let mut state = opened(&workspace(), SIZES[1]);
    state.model.set_rules(
        vec![crate::domain::rules::Rule::protecting(&["churn model".to_owned()])],
        crate::engine::model::Automatic::Off,
    );
    press(&mut state, "/ c h u r n Enter Home X y 1 y Backspace Backspace Backspace", at(40));
    assert_eq!(state.model.open_cancels(), 0);
    press(&mut state, "C h u r n Space m o d e l y Backspace ctrl-y", at(40));
    assert_eq!(state.model.open_cancels(), 1);
}

#[test]
fn nothing_from_the_background_closes_a_form() {
    let projects = workspace();
    let mut state = opened(&projects, SIZES[1]);
    press(&mut state, "t ctrl-n r e g i o n", at(40));
    for second in 41..160 {
        let woke = state.update(Msg::Engine(Box::new(engine::Msg::Woke)), at(second));
        settle(&mut state, woke, &projects, at(second));
    }
    assert!(drawn(&mut state, SIZES[1], at(160)).contains("region"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(60)))]

    #[test]
    fn no_key_and_no_size_breaks_the_screen(
        first in prop::option::of(prop::sample::select(vec!["@", "@ Enter", "@ T", "Space Space D", "T"])),
        keys in prop::collection::vec("[ -~]|Esc|Enter|Tab|Up|Down|Left|Right|Backspace|F10|ctrl-[a-z]", 1..60),
        sizes in prop::collection::vec((1_u16..220, 1_u16..70), 1..4),
        titles in prop::collection::vec(".*", 0..4),
    ) {
        let mut projects = workspace();
        for (number, title) in titles.iter().enumerate() {
            let project = project(50 + number, title);
            let runs = vec![run(&project, 0x5000 + number, RunStatus::Running, 30, 0)];
            projects.push((project, runs));
        }
        let mut state = opened(&projects, SIZES[1]);
        journal::tell(&mut state, journal::entries(), at(40));
        if let Some(keys) = first {
            press(&mut state, keys, at(40));
        }
        for (step, key) in keys.iter().enumerate() {
            let now = at(40 + step as u64);
            // Space stands for itself in the generated text and for its name in the table.
            let name = if key == " " { "Space" } else { key };
            let effects = state.update(Msg::Key(name.parse().unwrap()), now);
            settle(&mut state, effects, &projects, now);
            let (width, height) = sizes[step % sizes.len()];
            drawn(&mut state, Size { width, height }, now);
        }
    }
}
