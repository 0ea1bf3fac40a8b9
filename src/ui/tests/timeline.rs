//! The timeline: what it shows, and how a person moves in it.

use super::*;
use crate::domain::Schedule;
use crate::domain::schedule::Cadence;
use crate::ui::command::Context;

const WIDE: Size = Size { width: 120, height: 36 };

/// The workspace, with a schedule for the second project.
fn scheduled() -> Vec<(Project, Vec<Run>)> {
    let mut projects = workspace();
    let (enabled, zone) = (true, "UTC".to_owned());
    projects[1].0.schedules =
        vec![Schedule { enabled, cadence: Cadence::Hourly { minute: 30 }, zone }];
    projects
}

/// The line of the screen that begins with a title.
fn lane(shown: &str, title: &str) -> String {
    let line =
        shown.lines().find(|line| line.trim_matches(['"', '│', ' ', '┃']).starts_with(title));
    line.unwrap_or_else(|| panic!("no {title}: {shown}")).to_owned()
}

#[test]
fn it_has_a_row_for_each_project_with_what_ran_what_goes_on_and_what_is_to_come() {
    let mut state = opened(&scheduled(), WIDE);
    press(&mut state, "g t", at(40));
    assert_eq!(state.context(), Context::Timeline);
    let shown = drawn(&mut state, WIDE, at(40));
    look("timeline at 120x36", &mut state, at(40));
    assert!(shown.contains("Timeline, 05:00 to 09:00"), "{shown}");
    assert!(lane(&shown, "Churn model").contains('█'), "{shown}");
    let revenue = lane(&shown, "Weekly revenue");
    assert!(revenue.contains('◇') && revenue.contains("1 pending"), "{shown}");
    assert!(shown.contains("kernels 0–4 of 25"), "{shown}");
    press(&mut state, "Esc", at(40));
    assert!(state.layers.is_empty());
}

#[test]
fn a_project_is_entered_and_a_run_is_gone_to_among_all() {
    let mut state = opened(&scheduled(), WIDE);
    press(&mut state, "g t Enter", at(40));
    let shown = drawn(&mut state, WIDE, at(40));
    assert!(shown.contains("Timeline of Churn model"), "{shown}");
    assert!(lane(&shown, "0000b7e1 52m41s ‼ runaway").contains('█'), "{shown}");
    press(&mut state, "j j", at(40));
    press(&mut state, "Enter", at(40));
    assert!(state.layers.is_empty());
    let Some(RowId::Run(_, run)) = state.runs.cursor.key.clone() else { panic!("no run") };
    assert_eq!(run.short(), "00000101", "the third of the project");
    // One that the filter hides is shown all the same.
    press(&mut state, "/ w e e k l y Enter", at(40));
    press(&mut state, "Tab", at(40));
    press(&mut state, "g t g g Enter Enter", at(40));
    state.update(Msg::Engine(Box::new(engine::Msg::Woke)), at(41));
    let Some(RowId::Run(project, _)) = state.runs.cursor.key.clone() else { panic!("no run") };
    assert_eq!(state.title(&project), "Churn model");
}

#[test]
fn it_moves_through_the_time_and_back_to_now_and_never_out_of_it() {
    let mut state = opened(&scheduled(), WIDE);
    press(&mut state, "g t", at(40));
    let title = |state: &mut State| {
        let shown = drawn(state, WIDE, at(40));
        let line = shown.lines().find(|line| line.contains("Timeline")).unwrap().to_owned();
        line.split("Timeline, ").nth(1).unwrap().split("  ").next().unwrap().trim().to_owned()
    };
    let from = |title: &str| title.split(" ━").next().unwrap().to_owned();
    for (keys, expected) in [
        ("h", "04:00 to 08:00"),
        ("l l", "06:00 to 10:00"),
        ("0", "05:00 to 09:00"),
        ("+", "06:30 to 08:30"),
        ("- -", "02:00 to 10:00"),
    ] {
        press(&mut state, keys, at(40));
        assert_eq!(from(&title(&mut state)), expected, "{keys}");
    }
    for key in ["l", "h", "+", "-"] {
        for _ in 0..400 {
            press(&mut state, key, at(40));
        }
        drawn(&mut state, WIDE, at(40));
    }
}

#[test]
fn it_fits_every_size_and_an_empty_workspace() {
    for projects in [scheduled(), Vec::new()] {
        for size in SIZES.into_iter().chain([WIDE]) {
            let mut state = opened(&projects, size);
            press(&mut state, "g t", at(40));
            press(&mut state, "G", at(40));
            press(&mut state, "Enter", at(40));
            let shown = drawn(&mut state, size, at(40));
            assert!(shown.contains("Timeline"), "{shown}");
        }
    }
}
