//! Rows that are kept in order against rows that are put in order anew.

use super::*;
use crate::ui::mouse::Target;
use crate::ui::pane::notice_rows;
use crate::ui::view::cursor::Rows;
use crate::ui::view::project_rows::ProjectRows;
use crate::ui::view::run_cursor::{Parted, Shown};
use crate::ui::view::run_rows::{RowId, RunRows, Wanted};
use crate::ui::{Level, Notice, Pane, layout};

/// Something that changes what is listed, or how.
#[derive(Clone, Debug)]
enum Step {
    /// A run of a project begins, or is another one.
    Run {
        project: usize,
        number: usize,
        status: usize,
        began: u64,
        took: u64,
    },
    /// A run of a project is forgotten by Hex.
    Forget {
        project: usize,
    },
    /// A project is published, or leaves the list.
    Publish(usize, bool),
    /// A project has another title.
    Title(usize, String),
    Keys(&'static str),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let keys = vec![
        "s",
        "S",
        "1",
        "2",
        "3",
        "4",
        "5",
        "8",
        "!",
        "p",
        "j",
        "k",
        "Tab",
        "Enter",
        "Esc",
        "f",
        "v j",
        "ctrl-a",
        "/ a g e > 1 m Enter",
        "/ a g e < 1 h Enter",
        "/ s t a t u s : r u n Enter",
        "R",
    ];
    prop_oneof![
        4 => (0..6_usize, 0..12_usize, 0..6_usize, 0..9000_u64, 1..4000_u64).prop_map(
            |(project, number, status, began, took)| Step::Run { project, number, status, began, took }
        ),
        1 => (0..6_usize).prop_map(|project| Step::Forget { project }),
        1 => (0..6_usize, any::<bool>()).prop_map(|(project, is)| Step::Publish(project, is)),
        1 => (0..6_usize, "[a-zA-Z]{0,3}").prop_map(|(project, title)| Step::Title(project, title)),
        4 => prop::sample::select(keys).prop_map(Step::Keys),
        4 => (1..90_u64).prop_map(Step::Wait),
    ]
}

fn change(projects: &mut [(Project, Vec<Run>)], step: &Step, second: u64) {
    match step {
        Step::Run { project, number, status, began, took } => {
            let (of, runs) = &mut projects[*project];
            let status = RunStatus::KNOWN[*status].clone();
            let mut new = run(of, 0x9000 + number, status, *began, *took);
            new.start = new.start.map(|start| start + Duration::from_secs(second));
            new.end = new.end.map(|end| end + Duration::from_secs(second));
            runs.retain(|run| run.id != new.id);
            runs.insert(0, new);
        }
        Step::Forget { project } => {
            projects[*project].1.pop();
        }
        Step::Publish(project, is) => {
            projects[*project].0.published =
                if *is { Published::AtUnknownTime } else { Published::Never };
        }
        Step::Title(project, title) => projects[*project].0.title = title.as_str().into(),
        Step::Keys(_) | Step::Wait(_) => {}
    }
}

fn ids<R: Rows>(rows: &R) -> Vec<R::Id> {
    (0..=rows.len()).filter_map(|place| rows.at(place)).collect()
}

/// What is kept in order, and what is put in order anew, when both see the same moment.
fn check(state: &mut State, now: Now) {
    let now = state.shown_now(now);
    let model = state.frozen.as_ref().map_or(&state.model, |(_, model)| model);
    let runs = &mut state.runs;
    let (query, scope) = (runs.filter.query.clone(), runs.scope.clone());
    let wanted = Wanted { query, tab: runs.tab, scope, sort: runs.sort, slice: usize::MAX };
    let anew = RunRows::begin(model, wanted, None, model.moment(now));
    assert_eq!(ids(&runs.rows), ids(&anew));
    assert_eq!(runs.rows.counts(), anew.counts());
    assert_eq!(runs.rows.parts(), anew.parts());
    let places: Vec<_> = ids(&anew).iter().map(|id| runs.rows.position(id)).collect();
    assert_eq!(places, (0..anew.len()).map(Some).collect::<Vec<_>>());
    let anew = ProjectRows::of(model, state.projects.filter.query.clone(), state.projects.sort);
    assert_eq!(ids(&state.projects.rows), ids(&anew));
    let places: Vec<_> = ids(&anew).iter().map(|id| state.projects.rows.position(id)).collect();
    assert_eq!(places, (0..anew.len()).map(Some).collect::<Vec<_>>());
}

/// What a step does at this second, until nothing is on its way any more; gives the second after it.
fn play(
    state: &mut State,
    projects: &mut [(Project, Vec<Run>)],
    step: &Step,
    mut second: u64,
) -> u64 {
    change(projects, step, second);
    let mut effects = Vec::new();
    match step {
        Step::Keys(keys) => {
            for key in keys.split(' ') {
                effects.extend(state.update(Msg::Key(key.parse().unwrap()), at(second)));
            }
        }
        Step::Wait(seconds) => {
            for _ in 0..*seconds {
                second += 1;
                let woke = Msg::Engine(Box::new(engine::Msg::Woke));
                effects.extend(state.update(woke, at(second)));
            }
        }
        _ => {}
    }
    settle(state, effects, projects, at(second));
    second
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(40)))]

    #[test]
    fn rows_that_are_kept_are_those_that_building_them_anew_would_give(
        steps in prop::collection::vec(step(), 1..40), slice in 1..12_usize,
    ) {
        let mut projects = workspace();
        while projects.len() < 6 {
            projects.push((project(50 + projects.len(), "Same"), Vec::new()));
        }
        let mut state = opened(&projects, SIZES[1]);
        state.runs.slice = slice;
        let mut second = 40;
        for (number, step) in steps.iter().enumerate() {
            second = play(&mut state, &mut projects, step, second);
            // News may come before all rows are there.
            while state.has_more() && (number % 3 == 2 || number + 1 == steps.len()) {
                state.update(Msg::GoOn, at(second));
            }
            if !state.has_more() {
                check(&mut state, at(second));
            }
        }
    }
}

/// The selected row is on the screen, and nothing stands over it.
fn check_sight(state: &State, size: Size, now: Now) {
    let mut terminal = Terminal::new(TestBackend::new(size.width, size.height)).unwrap();
    terminal.draw(|frame| state.draw(frame, now)).unwrap();
    let areas = layout::areas(state);
    let (pane, target) = match state.list() {
        Pane::Projects => (areas.projects, state.projects.cursor.key.clone().map(Target::Project)),
        _ => (areas.runs, state.runs.cursor.key.clone().map(Target::Run)),
    };
    let Some(target) = target.filter(|_| !pane.is_empty() && !state.is_covered()) else { return };
    let free = areas.footer.y - notice_rows(state, state.context());
    let zones = state.zones.all();
    let found: Vec<_> = zones.iter().filter(|(_, it)| *it == target).collect();
    let [(line, _)] = found.as_slice() else { panic!("{found:?} {}", terminal.backend()) };
    assert!(pane.contains(line.as_position()) && line.y < free, "{}", terminal.backend());
    let buffer = terminal.backend().buffer();
    let mark = buffer[(line.x, line.y)].symbol();
    assert!(mark == "▌" || state.list() == Pane::Projects, "{}", terminal.backend());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(crate::testkit::cases(60)))]

    #[test]
    fn the_selected_row_is_on_the_screen_whatever_happens(
        steps in prop::collection::vec((step(), 0..8_usize), 1..40),
        screens in prop::collection::vec((40_u16..210, 12_u16..50), 1..4),
        has_rules in any::<bool>(),
    ) {
        let mut projects = workspace();
        while projects.len() < 6 {
            projects.push((project(50 + projects.len(), "Same"), Vec::new()));
        }
        let mut state = opened(&projects, SIZES[1]);
        if has_rules {
            // The banner of a countdown comes and goes.
            rules::set(&mut state);
        }
        let mut second = 40;
        let mut size = SIZES[1];
        for (number, (step, what)) in steps.iter().enumerate() {
            second = play(&mut state, &mut projects, step, second);
            match what {
                0 => {
                    let (width, height) = screens[number % screens.len()];
                    size = Size { width, height };
                    state.update(Msg::Resize(size), at(second));
                }
                1 => {
                    let text = "a sentence that is longer than the footer is wide ".repeat(4);
                    let level = Level::Warning;
                    state.notice = Some(Notice { level, text, at: at(second).boot });
                    state.update(Msg::Engine(Box::new(engine::Msg::Woke)), at(second));
                }
                2 => drop(state.update(Msg::Key("G".parse().unwrap()), at(second))),
                3 => drop(state.update(Msg::Key("k".parse().unwrap()), at(second))),
                _ => {}
            }
            check_sight(&state, size, at(second));
        }
    }
}

#[test]
fn lines_that_rows_have_left_stay_blank_until_a_key_moves_the_cursor() {
    let churn = project(1, "Churn model");
    let runs = |over: &[RowId]| {
        let going = |n: usize| {
            let going = run(&churn, n, RunStatus::Running, 60 + n as u64, 0);
            let id = RowId::Run(churn.id.clone(), going.id.clone());
            let ended = run(&churn, n, RunStatus::Completed, 60 + n as u64, 5);
            if over.contains(&id) { ended } else { going }
        };
        let ended = (0x200..0x240).map(|n| run(&churn, n, RunStatus::Completed, 9000, 100));
        vec![(churn.clone(), (1..7).map(going).chain(ended).collect::<Vec<_>>())]
    };
    let mut state = opened(&runs(&[]), SIZES[1]);
    press(&mut state, "j j j j", at(40));
    let lines = |state: &mut State, second| {
        let shown = drawn(state, SIZES[1], at(second));
        let lines: Vec<_> =
            shown.lines().map(|line| line.trim_matches(['"', ' ']).to_owned()).collect();
        let marked = lines.iter().position(|line| line.contains('▌')).unwrap();
        let blank =
            |line: &&String| line.starts_with('┃') && line.chars().all(|c| "┃ █".contains(c));
        (marked, lines.iter().filter(blank).count())
    };
    assert_eq!(lines(&mut state, 40), (7, 0));
    // Those above the cursor end.
    let selected = state.runs.cursor.key.clone();
    let above: Vec<_> = (0..4).filter_map(|place| state.runs.rows.at(place)).collect();
    let look = engine::Intent::Refresh(churn.id.clone());
    let asked = state.update(Msg::Engine(Box::new(engine::Msg::Intent(look))), at(42));
    settle(&mut state, asked, &runs(&above), at(42));
    assert_eq!(state.runs.cursor.key, selected);
    let (line, blank) = lines(&mut state, 43);
    assert!(line == 7 && blank > 0, "{line} {blank}");
    state.update(Msg::Engine(Box::new(engine::Msg::Woke)), at(90));
    assert_eq!(lines(&mut state, 90), (line, blank), "nothing moves by itself");
    press(&mut state, "g g", at(90));
    assert_eq!(lines(&mut state, 90).1, 0);
}

#[test]
fn the_row_of_a_run_that_was_just_started_is_on_the_screen_from_then_on_without_a_gap() {
    for (width, height) in [(40, 12), (60, 20), (80, 24), (120, 36), (200, 60)] {
        let size = Size { width, height };
        let mut projects = workspace();
        // More go on than fit.
        for number in 0..40 {
            let going =
                run(&projects[1].0, 0x700 + number, RunStatus::Running, 100 + number as u64, 0);
            projects[1].1.insert(0, going);
        }
        let mut state = opened(&projects, size);
        drawn(&mut state, size, at(40));
        for keys in ["G", "t", "ctrl-s", "Enter"] {
            let asked = press(&mut state, keys, at(40));
            settle(&mut state, asked, &projects, at(40));
        }
        let mut new = run(&projects[1].0, 0x999, RunStatus::Pending, 0, 0);
        new.id = RunId::new("c0ffee00-0000-4000-8000-000000000000");
        let mut is_seen = false;
        for second in 41..100 {
            let started = state.model.starts().last().map(|start| start.entry.project.clone());
            if second == 45 || second == 60 {
                let status = if second == 45 { RunStatus::Pending } else { RunStatus::Running };
                let start = (second == 60).then(|| at(59).wall);
                let theirs =
                    projects.iter_mut().find(|(it, _)| Some(&it.id) == started.as_ref()).unwrap();
                theirs.1.retain(|run| run.id != new.id);
                theirs
                    .1
                    .insert(0, Run { status, start, project: theirs.0.id.clone(), ..new.clone() });
            }
            let asked = state.update(Msg::Engine(Box::new(engine::Msg::Woke)), at(second));
            settle(&mut state, asked, &projects, at(second));
            check_sight(&state, size, at(second));
            let is_it =
                matches!(&state.runs.cursor.key, Some(RowId::Run(_, run)) if *run == new.id);
            if is_it && !state.is_covered() {
                is_seen = true;
                let has_gap = state.runs.cursor.lines().any(|line| line == Shown::Blank);
                assert!(!has_gap, "{width}×{height}: {}", drawn(&mut state, size, at(second)));
            }
        }
        assert!(is_seen, "{width}×{height}: {}", drawn(&mut state, size, at(100)));
    }
}

#[test]
fn the_title_and_the_border_of_the_runs_count_the_same_and_are_not_cut() {
    for (width, height) in [(60, 20), (80, 20), (80, 24), (120, 36)] {
        for has_starts in [false, true] {
            for keys in ["j", "3", "Tab Tab Enter", "/ c h Enter", "G"] {
                let size = Size { width, height };
                let mut projects = workspace();
                for number in 0..40 {
                    let runs = &mut projects[0];
                    let other = run(&runs.0, 0x700 + number, RunStatus::Completed, 20_000, 200);
                    runs.1.push(other);
                }
                let mut state = opened(&projects, size);
                if has_starts {
                    journal::tell(&mut state, journal::entries(), at(40));
                }
                let asked = press(&mut state, keys, at(40));
                settle(&mut state, asked, &projects, at(40));
                let shown = drawn(&mut state, size, at(41));
                let title = shown.lines().find(|line| line.contains(" Runs ")).unwrap();
                assert!(title.contains('⊘') || title.contains("no kernel"), "{shown}");
                let filter = &state.runs.filter.text;
                assert!(filter.is_empty() || title.contains(&format!("/{filter} ")), "{shown}");
                let number = state.runs.rows.counts()[state.runs.tab];
                assert!(title.contains(&number.to_string()), "{shown}");
                let runs = layout::areas(&state).runs;
                let border = shown.lines().nth(usize::from(runs.bottom() - 1)).unwrap();
                let is_place = border.contains(&format!(" of {number} "));
                assert!(is_place || !border.contains(" of "), "{keys}: {shown}");
            }
        }
    }
}
