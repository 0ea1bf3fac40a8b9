//! Other workspaces of the settings, and settings that change while the screen is open.

use ratatui::style::Color;

use super::*;
use crate::domain::rules::Rule;
use crate::ui::label::Label;
use crate::ui::theme::Roles;
use crate::ui::{Options, Reload};

fn with_profiles() -> State {
    let mut state = opened(&workspace(), SIZES[1]);
    state.options.profiles = vec!["production".to_owned(), "staging".to_owned()];
    state.options.label = Label { text: "PRODUCTION".to_owned(), colour: Some(Color::Red) };
    state
}

fn command(state: &mut State, line: &str) -> Vec<Effect> {
    press(state, ":", at(60));
    state.update(Msg::Paste(line.to_owned()), at(60));
    press(state, "Enter", at(60))
}

fn opening(effects: &[Effect]) -> Vec<&str> {
    let mut names = Vec::new();
    for effect in effects {
        if let Effect::OpenProfile(name) = effect {
            names.push(name.as_str());
        }
    }
    names
}

#[test]
fn the_label_is_in_the_header_and_on_every_window_in_its_colour() {
    let mut state = with_profiles();
    for (size, keys) in [(SIZES[0], ""), (SIZES[1], "X"), (SIZES[2], "t")] {
        let mut state = with_profiles();
        if !keys.is_empty() {
            press(&mut state, keys, at(60));
        }
        let screen = drawn(&mut state, size, at(60));
        let times = if keys.is_empty() { 1 } else { 2 };
        assert_eq!(screen.matches(" PRODUCTION ").count(), times, "{keys}: {screen}");
    }
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let drawn = |state: &State, terminal: &mut Terminal<TestBackend>| {
        terminal.draw(|frame| state.draw(frame, at(60))).unwrap();
        let buffer = terminal.backend().buffer();
        let column = (0..80).find(|column| buffer[(*column, 0)].symbol() == "P").unwrap();
        buffer[(column, 0)].fg
    };
    assert_eq!(drawn(&state, &mut terminal), Color::Red);
    state.options.theme.colour = false;
    assert_ne!(drawn(&state, &mut terminal), Color::Red);
    state.options.label = Label::default();
    assert!(!super::drawn(&mut state, SIZES[1], at(60)).contains("PRODUCTION"));
}

#[test]
fn a_profile_is_opened_by_its_name_and_an_unknown_one_is_told_with_the_nearest() {
    let mut state = with_profiles();
    assert_eq!(opening(&command(&mut state, "profile staging")), ["staging"]);
    assert_eq!(opening(&command(&mut state, "profile default")), ["default"]);
    for (line, said) in [
        ("profile stagin", "did you mean `staging`?"),
        ("profile x", "there are production, staging, default"),
    ] {
        assert!(opening(&command(&mut state, line)).is_empty(), "{line}");
        let notice = &state.notice.as_ref().unwrap().text;
        assert!(notice.contains(said), "{notice}");
    }
    state.options.profiles.clear();
    command(&mut state, "profile x");
    assert!(state.notice.as_ref().unwrap().text.contains("[profiles.NAME]"));
    let stays = state.update(Msg::ProfileOpened(Err("no token".to_owned())), at(61));
    assert!(!stays.contains(&Effect::Quit));
    assert_eq!(state.notice.as_ref().unwrap().text, "still here: no token");
    assert!(state.update(Msg::ProfileOpened(Ok(())), at(61)).contains(&Effect::Quit));
}

#[test]
fn what_is_unsettled_here_is_said_before_a_profile_is_opened() {
    let mut state = with_profiles();
    press(&mut state, "X", at(60));
    press(&mut state, "y", at(61));
    assert!(state.model.open_cancels() > 0);
    assert!(opening(&command(&mut state, "profile staging")).is_empty());
    let notice = state.notice.as_ref().unwrap().text.clone();
    assert!(
        notice.contains("1 cancel not settled") && notice.contains(":profile staging"),
        "{notice}"
    );
    assert!(opening(&command(&mut state, "profile production")).is_empty(), "another one");
    assert_eq!(opening(&command(&mut state, "profile production")), ["production"]);
}

#[test]
fn settings_that_were_read_anew_count_at_once_and_close_nothing() {
    let mut state = with_profiles();
    press(&mut state, "t", at(60));
    let typed = drawn(&mut state, SIZES[1], at(60));
    let keys = [("panes".to_owned(), [("freeze".to_owned(), vec!["f".to_owned()])].into())].into();
    let rule = Rule { read_only: true, ..Rule::named("all") };
    let reload = Reload {
        options: Options {
            keys: Keymap::default().rebound(&keys).unwrap(),
            theme: Theme { roles: Roles::named("light").unwrap(), ..Theme::default() },
            label: Label { text: "NEW".to_owned(), colour: None },
            workspace: "elsewhere".to_owned(),
            ..Options::default()
        },
        engine: engine::Settings { rules: vec![rule], ..engine::Settings::default() },
        later: vec!["base_url".to_owned()],
    };
    state.update(Msg::Settings(Ok(Box::new(reload))), at(61));
    let notice = state.notice.as_ref().unwrap().text.clone();
    assert!(notice.contains("`:profile default` opens") && notice.contains("base_url"), "{notice}");
    assert_eq!(state.model.rules().len(), 1);
    assert_eq!(state.options.theme.roles, Roles::named("light").unwrap());
    assert!(state.options.workspace != "elsewhere" && state.options.label.text == "NEW");
    let after = drawn(&mut state, SIZES[1], at(60));
    assert!(after.contains("Start") && typed.contains("Start"), "the form is still there");
    press(&mut state, "Esc", at(62));
    press(&mut state, "f", at(63));
    assert!(state.is_frozen(), "the new key");
    let wrong = Msg::Settings(Err("config.toml:1:1: unknown setting `teme`".to_owned()));
    state.update(wrong, at(64));
    let notice = state.notice.as_ref().unwrap().text.clone();
    assert!(notice.starts_with("the settings stay as they were: config.toml:1:1"), "{notice}");
    assert_eq!(state.model.rules().len(), 1, "the old ones are kept");
}

#[test]
fn a_long_notice_takes_rows_above_the_footer_and_moves_nothing() {
    let mut state = with_profiles();
    let before = drawn(&mut state, SIZES[1], at(60));
    let why = "config.toml:12:3: projcts: unknown setting `projcts`: did you mean `projects`?";
    state.update(Msg::Settings(Err(format!("{why} {}", "word ".repeat(9)))), at(60));
    let after = drawn(&mut state, SIZES[1], at(60));
    let words = after.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("did you mean `projects`? word word"), "{after}");
    let rows = after.lines().count() - 3;
    assert!(before.lines().take(rows).eq(after.lines().take(rows)), "{after}");
    state.update(Msg::Settings(Err("word ".repeat(200))), at(61));
    let cut = drawn(&mut state, SIZES[1], at(61));
    let rows = cut.lines().filter(|line| line.contains("word word")).count();
    assert!(rows == 4 && cut.contains('…'), "{cut}");
}

#[test]
fn columns_that_are_left_out_make_room_and_the_lists_begin_in_the_order_of_the_settings() {
    use crate::ui::{Order, RunColumn};
    let of = |options: Options| {
        let mut state = opened(&workspace(), SIZES[2]);
        let model = *state.model;
        state = State::new(model, options, SIZES[2], at(60));
        drawn(&mut state, SIZES[2], at(60))
    };
    let all = of(Options::default());
    assert!(all.contains(" BY ") && all.contains("STATUS▼"), "{all}");
    let columns = vec![RunColumn::Elapsed, RunColumn::Usual];
    let sort = [Order::read("-elapsed", true).unwrap(), Order::read("failed", false).unwrap()];
    let some = of(Options { columns, sort, ..Options::default() });
    let heading = some.lines().find(|line| line.contains("ELAPSED")).unwrap();
    assert!(!heading.contains(" BY ") && !heading.contains("STARTED"), "{heading}");
    assert!(heading.contains("ELAPSED▲") && !heading.contains("STATUS▼"), "{heading}");
}
