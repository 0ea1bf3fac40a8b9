//! Where the budget goes, what is pinned, and how rows age.

use ratatui::style::Modifier;

use super::*;
use crate::ui::theme::Roles;

/// The cells of the first line of the screen that holds `word`, and where the word begins.
fn cells(state: &mut State, word: &str, now: Now) -> (Vec<(String, Modifier, bool)>, usize) {
    state.update(Msg::Resize(SIZES[2]), now);
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).unwrap();
    terminal.draw(|frame| state.draw(frame, now)).unwrap();
    let buffer = terminal.backend().buffer();
    for y in 0..60 {
        let row: Vec<_> = (0..200).map(|x| buffer.cell((x, y)).unwrap()).collect();
        let text: String = row.iter().map(|cell| cell.symbol()).collect();
        if let Some(at) = text.find(word) {
            let at = text[..at].chars().count();
            let coloured = |cell: &ratatui::buffer::Cell| cell.fg != ratatui::style::Color::Reset;
            let cells = row.iter().map(|c| (c.symbol().to_owned(), c.modifier, coloured(c)));
            return (cells.collect(), at);
        }
    }
    panic!("{word} is not on the screen");
}

#[test]
fn the_budget_panel_at_all_sizes() {
    let mut state = opened(&workspace(), SIZES[1]);
    press(&mut state, "b", at(40));
    look("budget", &mut state, at(40));
    let top = drawn(&mut state, SIZES[0], at(40));
    press(&mut state, "j j", at(40));
    assert_ne!(drawn(&mut state, SIZES[0], at(40)), top, "it scrolls where it does not fit");
    press(&mut state, "Esc", at(40));
    assert!(!drawn(&mut state, SIZES[1], at(40)).contains("Budget"));
}

#[test]
fn incident_mode_at_all_sizes() {
    let mut state = opened(&workspace(), SIZES[1]);
    press(&mut state, "Tab Tab / w e e k l y Enter p Esc P", at(40));
    look("incident", &mut state, at(40));
}

#[test]
fn a_pinned_project_is_listed_first_and_marked() {
    let mut state = opened(&workspace(), SIZES[2]);
    let first = |state: &mut State| {
        let shown = drawn(state, SIZES[2], at(41));
        let row = shown.lines().nth(2).unwrap().chars().take(46).collect::<String>();
        (row.contains('★'), row.contains("[2J"))
    };
    assert_eq!(first(&mut state), (false, false));
    press(&mut state, "Tab Tab / e v i l Enter p Esc", at(40));
    assert_eq!(first(&mut state), (true, true));
    press(&mut state, "p", at(40));
    assert_eq!(first(&mut state), (false, false));
}

#[test]
fn incident_mode_wants_a_pin_and_ends_with_the_last() {
    let mut state = opened(&workspace(), SIZES[2]);
    press(&mut state, "P", at(40));
    assert!(drawn(&mut state, SIZES[2], at(40)).contains("nothing is pinned: p pins"));
    press(&mut state, "Tab Tab p P", at(40));
    let shown = drawn(&mut state, SIZES[2], at(40));
    assert!(shown.contains(" incident: 1 pinned "), "{shown}");
    assert!(shown.contains("only 1 pinned project is polled"), "{shown}");
    press(&mut state, "p", at(40));
    let shown = drawn(&mut state, SIZES[2], at(40));
    assert!(shown.contains(" hextop "), "{shown}");
    assert!(shown.contains("incident mode is over, nothing is pinned"), "{shown}");
}

#[test]
fn what_is_not_published_cannot_be_pinned() {
    let mut state = opened(&workspace(), SIZES[2]);
    press(&mut state, "Tab Tab / s c r a t c h Enter p", at(40));
    let shown = drawn(&mut state, SIZES[2], at(40));
    assert!(shown.contains("only a published project has runs to watch"), "{shown}");
}

#[test]
fn an_active_row_dims_step_by_step_as_it_grows_old_and_its_age_always_stands() {
    for colour in [true, false] {
        let mut state = opened(&workspace(), SIZES[2]);
        state.options.theme.colour = colour;
        state.roles = Roles::read("pending = \"magenta\"").unwrap().kept();
        press(&mut state, "3 Tab", at(40));
        // The only pending run was seen 12 s before; nothing is answered any more.
        let mut look = |seconds: u64, age: &str| {
            let (cells, at) = cells(&mut state, "◌ pending ", at(seconds));
            let row: String = cells.iter().take(159).map(|(symbol, ..)| symbol.as_str()).collect();
            assert!(row.ends_with(&format!(" {age}")), "{row}");
            let dim = |index: usize| cells[index].1.contains(Modifier::DIM);
            (dim(158), dim(at), cells[at].2)
        };
        assert_eq!(look(41, "13s"), (false, false, colour));
        assert_eq!(look(67, "39s"), (true, false, colour));
        assert_eq!(look(100, "1m"), (true, true, colour));
        assert_eq!(look(400, "6m"), (true, true, false));
    }
}

#[test]
fn refreshing_everything_says_its_cost_before_it_is_spent() {
    let projects = workspace();
    let mut state = opened(&projects, SIZES[2]);
    // A minute later there is more to spare than it costs.
    let sent = press(&mut state, "R", at(140));
    let polls = sent.iter().filter(|effect| matches!(effect, Effect::Send(..))).count();
    assert!(polls <= 1, "only a poll that was due: {sent:?}");
    let shown = drawn(&mut state, SIZES[2], at(140));
    assert!(shown.contains("looking at everything costs 4 requests"), "{shown}");
    let sent = press(&mut state, "R", at(140));
    let after = sent.iter().filter(|effect| matches!(effect, Effect::Send(..))).count();
    assert_eq!(polls + after, 4, "{sent:?}");
}

#[test]
fn it_says_how_many_projects_were_seen_lately() {
    let mut state = opened(&workspace(), SIZES[2]);
    let reads: Vec<Boot> = state.model().projects().filter_map(|watched| watched.read).collect();
    let mut counts = BTreeSet::new();
    for seconds in 40..80 {
        let now = at(seconds);
        let seen = reads.iter().filter(|read| now.boot < **read + Duration::from_secs(30)).count();
        let shown = drawn(&mut state, SIZES[2], now);
        let text = format!("seen in the last 30 s: {seen} of 3");
        assert!(shown.contains(&text), "{seconds}: {text}\n{shown}");
        counts.insert(seen);
    }
    assert_eq!(counts, BTreeSet::from([0, 1, 2, 3]));
}
