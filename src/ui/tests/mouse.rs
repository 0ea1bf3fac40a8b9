//! The mouse: it finds what is drawn, does what the keys do, and nothing that was meant for what was there
//! before.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use super::bindings::prepared;
use super::*;
use crate::ui::command::Verb;
use crate::ui::command::context::CONTEXTS;
use crate::ui::mouse::{Action, Mouse, Target};
use crate::ui::view::sort::SortColumn as _;

const WIDE: Size = Size { width: 120, height: 36 };

fn shown(state: &mut State, size: Size, now: Now) -> Buffer {
    state.update(Msg::Resize(size), now);
    let mut terminal = Terminal::new(TestBackend::new(size.width, size.height)).unwrap();
    terminal.draw(|frame| state.draw(frame, now)).unwrap();
    terminal.backend().buffer().clone()
}

/// Where a text is drawn first.
fn place(buffer: &Buffer, text: &str) -> Position {
    let area = buffer.area;
    for y in 0..area.height {
        let cells = (0..area.width).map(|x| buffer[(x, y)].symbol());
        let line: Vec<_> = cells.collect();
        let found = (0..line.len()).find(|x| line[*x..].concat().starts_with(text));
        if let Some(x) = found {
            return Position::new(u16::try_from(x).unwrap(), y);
        }
    }
    panic!("{text} is not there: {buffer:?}");
}

fn does(state: &mut State, action: Action, at: Position, now: Now) -> Vec<Effect> {
    state.update(Msg::Mouse(Mouse { action, at }), now)
}

/// Clicks on a text that is drawn now.
fn click(state: &mut State, text: &str, now: Now) -> Vec<Effect> {
    let at = place(&shown(state, WIDE, now), text);
    does(state, Action::Click, at, now)
}

fn ms(after: u64) -> Now {
    at(40).after(Duration::from_millis(after))
}

fn run_here(state: &State) -> String {
    match &state.runs.cursor.key {
        Some(RowId::Run(_, run)) => run.short().to_owned(),
        other => format!("{other:?}"),
    }
}

#[test]
fn a_click_selects_a_second_one_opens_and_the_wheel_moves_what_is_under_it() {
    let mut state = opened(&workspace(), WIDE);
    click(&mut state, "00000103", ms(0));
    assert_eq!((run_here(&state).as_str(), state.focus), ("00000103", Pane::Runs));
    click(&mut state, "00000103", ms(400));
    assert_eq!(state.focus, Pane::Runs, "too slow for a double click");
    click(&mut state, "00000104", ms(500));
    assert_eq!(state.focus, Pane::Runs, "another row");
    click(&mut state, "00000104", ms(600));
    assert_eq!(state.focus, Pane::Detail);
    click(&mut state, "Churn model", ms(2000));
    assert_eq!(state.focus, Pane::Projects);
    click(&mut state, "Churn model", ms(2100));
    assert_eq!(state.runs.scope, Some(project(1, "").id));
    click(&mut state, "✗ 2", ms(3000));
    assert_eq!(state.runs.tab, 4);
    click(&mut state, "all 13", ms(3100));
    click(&mut state, "ELAPSED", ms(4000));
    assert_eq!((state.runs.sort.column.name(), state.runs.sort.reversed), ("elapsed", false));
    click(&mut state, "ELAPSED", ms(5000));
    assert!(state.runs.sort.reversed, "once more turns it round");
    let buffer = shown(&mut state, WIDE, ms(6000));
    click(&mut state, "Weekly", ms(6100));
    assert_eq!(state.focus, Pane::Projects);
    click(&mut state, "SEEN", ms(6200));
    assert_eq!((state.runs.sort.column.name(), state.focus), ("seen", Pane::Runs));
    let over = place(&buffer, "RUN ");
    let before = state.runs.cursor.index;
    state.runs.cursor.go(&state.runs.rows, 2);
    does(&mut state, Action::WheelDown, Position::new(over.x, over.y + 2), ms(6000));
    assert_eq!(state.runs.cursor.index, 5, "from {before}");
    does(&mut state, Action::WheelUp, Position::new(over.x, over.y + 2), ms(6000));
    assert_eq!(state.runs.cursor.index, 2);
}

#[test]
fn every_word_that_can_be_clicked_does_what_its_key_does() {
    let mut tried = 0;
    for context in CONTEXTS {
        let mut first = prepared(*context, Verb::Close);
        shown(&mut first.state, WIDE, at(40));
        for (area, target) in first.state.zones.all() {
            let Target::Command(of, command) = target else { continue };
            if of != *context {
                continue;
            }
            tried += 1;
            let bound = Options::default().keys.of(of).to_vec();
            let bound = bound.into_iter().find(|bound| bound.command == command);
            let Some(key) = bound.and_then(|bound| bound.names().next()) else {
                // The headings have no keys.
                assert_eq!(command.verb, Verb::Sort);
                continue;
            };
            let (mut by_key, mut by_mouse) =
                (prepared(*context, Verb::Close), prepared(*context, Verb::Close));
            shown(&mut by_key.state, WIDE, at(40));
            shown(&mut by_mouse.state, WIDE, at(40));
            by_mouse.state.context_since.1 = Boot::ZERO;
            let place = Position::new(area.right() - 1, area.y);
            by_mouse.tell(Msg::Mouse(Mouse { action: Action::Click, at: place }));
            by_key.press(&key);
            assert_eq!(by_mouse.seen(), by_key.seen(), "{key} in {}", context.name());
        }
    }
    assert!(tried > 60, "{tried}");
}

#[test]
fn nothing_is_confirmed_by_a_click_that_may_have_been_meant_for_what_was_there_before() {
    let mut state = opened(&workspace(), WIDE);
    click(&mut state, "0000b7e1", ms(0));
    click(&mut state, "X cancel", ms(1000));
    assert_eq!(state.context(), Context::Cancel);
    click(&mut state, "y yes", ms(1699));
    assert_eq!((state.model.open_cancels(), state.context()), (0, Context::Cancel));
    click(&mut state, "Cancel 1 run", ms(1800));
    click(&mut state, "SEEN", ms(1900));
    assert_eq!(state.context(), Context::Cancel, "what lies behind it is out of reach");
    click(&mut state, "y yes", ms(1900));
    assert_eq!((state.model.open_cancels(), state.context()), (1, Context::Panes));
}

#[test]
fn a_click_on_a_row_that_has_left_selects_no_other() {
    let projects = workspace();
    let mut state = opened(&projects, WIDE);
    let at_run = place(&shown(&mut state, WIDE, ms(0)), "00000103");
    let before = run_here(&state);
    press(&mut state, "2", ms(0));
    press(&mut state, "Home", ms(0));
    let here = run_here(&state);
    assert_ne!(before, "00000103");
    does(&mut state, Action::Click, at_run, ms(0));
    assert_eq!(run_here(&state), here);
    assert!(state.notice.as_ref().unwrap().text.contains("has just left"));
}

#[test]
fn lists_in_dialogs_are_clicked_as_well() {
    let projects = workspace();
    let mut state = opened(&projects, WIDE);
    // The palette.
    press(&mut state, "ctrl-p f r e e", ms(0));
    click(&mut state, "freeze ", ms(1000));
    click(&mut state, "freeze ", ms(1100));
    assert!(state.is_frozen() && state.layers.is_empty());
    press(&mut state, "F", ms(1200));
    // The journal.
    journal::tell(&mut state, journal::entries(), ms(1200));
    press(&mut state, "@ G", ms(1200));
    let last = format!("{:?}", state.layers);
    press(&mut state, "Home", ms(1200));
    let buffer = shown(&mut state, WIDE, ms(1300));
    let heading = place(&buffer, "WHEN (UTC)");
    does(&mut state, Action::WheelDown, Position::new(heading.x, heading.y + 1), ms(1300));
    press(&mut state, "G", ms(1300));
    assert_eq!(format!("{:?}", state.layers), last);
    does(&mut state, Action::Click, Position::new(heading.x, heading.y + 1), ms(2000));
    assert_ne!(format!("{:?}", state.layers), last);
    does(&mut state, Action::Click, Position::new(heading.x, heading.y + 1), ms(2100));
    assert_eq!(state.context(), Context::Entry);
    press(&mut state, "Esc Esc", ms(2200));
    // A name or a reason that is being typed is not accepted by it.
    press(&mut state, "@ G e h a l f", ms(2300));
    does(&mut state, Action::Click, Position::new(heading.x, heading.y + 1), ms(2400));
    does(&mut state, Action::Click, Position::new(heading.x, heading.y + 1), ms(2500));
    assert_eq!(state.context(), Context::Line);
    press(&mut state, "Esc Esc", ms(2600));
    // The form: its fields, the values below one, and a field that is not where it was.
    let effects = press(&mut state, "t", ms(3000));
    settle(&mut state, effects, &projects, ms(3000));
    click(&mut state, "start_date", ms(4000));
    press(&mut state, "t o d a y", ms(4100));
    assert!(drawn(&mut state, WIDE, ms(4100)).contains("today"));
    click(&mut state, "region", ms(5000));
    press(&mut state, "Down", ms(5000));
    click(&mut state, "apac", ms(6000));
    click(&mut state, "apac", ms(6100));
    let form = drawn(&mut state, WIDE, ms(6200));
    let row = form.lines().find(|line| line.contains("region")).unwrap();
    assert!(row.contains("apac") && !row.contains("emea"), "{form}");
    assert_eq!(state.context(), Context::Form, "the values are closed");
}

#[test]
fn a_click_on_what_was_drawn_before_a_layer_opened_or_closed_does_nothing() {
    let mut state = opened(&workspace(), WIDE);
    let project = place(&shown(&mut state, WIDE, ms(0)), "Churn model");
    press(&mut state, "/", ms(0));
    does(&mut state, Action::Click, project, ms(0));
    does(&mut state, Action::Click, project, ms(100));
    does(&mut state, Action::WheelDown, project, ms(100));
    assert_eq!((state.focus, state.context()), (Pane::Runs, Context::FilterLine));
    press(&mut state, "Esc ctrl-p", ms(200));
    let row = place(&shown(&mut state, WIDE, ms(200)), "let-go ");
    press(&mut state, "Esc", ms(300));
    does(&mut state, Action::Click, row, ms(300));
    does(&mut state, Action::Click, row, ms(400));
    assert!(state.layers.is_empty() && state.notice.is_none());
}

#[test]
fn with_the_mouse_off_nothing_is_clicked() {
    let mut state = opened(&workspace(), WIDE);
    press(&mut state, "M", ms(0));
    assert!(!state.listens_to_mouse());
    let before = (run_here(&state), state.focus);
    click(&mut state, "00000103", ms(0));
    click(&mut state, "Churn model", ms(0));
    assert_eq!((run_here(&state), state.focus), before);
    press(&mut state, "M", ms(0));
    click(&mut state, "00000103", ms(0));
    assert_eq!(run_here(&state), "00000103");
}
