//! Rows that are kept in order against rows that are put in order anew.

use super::*;
use crate::ui::view::cursor::Rows;
use crate::ui::view::project_rows::ProjectRows;
use crate::ui::view::run_cursor::Parted;
use crate::ui::view::run_rows::{RunRows, Wanted};

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
            change(&mut projects, step, second);
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
            settle(&mut state, effects, &projects, at(second));
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
