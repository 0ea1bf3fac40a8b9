//! What every pane and dialog looks like at five sizes, with its styles: one snapshot for each, of a dialog
//! its own part of the screen.
//!
//! Below a picture, `styles` has for each line that is not plain the first column, the letter of a style and for
//! how many columns it holds; what the letters mean stands at the end.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

use super::bindings::prepared;
use super::*;
use crate::ui::command::Verb;
use crate::ui::mouse::Target;

const LOOKS: [(u16, u16); 5] = [(40, 12), (80, 24), (110, 30), (120, 36), (200, 60)];

/// Compares what a state looks like with the snapshot of this name.
pub(super) fn look(name: &str, state: &mut State, now: Now) {
    let mut letters = BTreeMap::new();
    let mut text = String::new();
    for (width, height) in LOOKS {
        let size = Size { width, height };
        state.update(Msg::Resize(size), now);
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| state.draw(frame, now)).unwrap();
        let area = part(state, size);
        writeln!(text, "── {width}×{height}, at {} {}", area.x, area.y).unwrap();
        write(&mut text, &mut letters, terminal.backend().buffer(), area);
    }
    let mut styles: Vec<_> = letters.into_iter().map(|(style, letter)| (letter, style)).collect();
    styles.sort_unstable();
    for (letter, style) in styles {
        writeln!(text, "{letter} {style}").unwrap();
    }
    insta::assert_snapshot!(name, text);
}

/// What belongs to the top layer; all of the screen if there is none, or that has no window.
fn part(state: &State, size: Size) -> Rect {
    let screen = Rect::new(0, 0, size.width, size.height);
    let windows = state.zones.all().into_iter().filter(|(_, target)| *target == Target::Layer);
    windows.last().map_or(screen, |(area, _)| area).intersection(screen)
}

fn write(picture: &mut String, letters: &mut BTreeMap<String, char>, buffer: &Buffer, area: Rect) {
    let mut styles = String::new();
    for y in area.top()..area.bottom() {
        let (mut line, mut x) = (String::new(), area.left());
        while x < area.right() {
            let symbol = buffer[(x, y)].symbol();
            line += symbol;
            // What a wide character covers is blank.
            x += u16::try_from(text::width(symbol)).unwrap().max(1);
        }
        writeln!(picture, "{}", line.trim_end()).unwrap();
        let mut runs: Vec<(u16, String, u16)> = Vec::new();
        for x in area.left()..area.right() {
            let style = name_of(buffer[(x, y)].style());
            match runs.last_mut() {
                Some((_, last, length)) if *last == style => *length += 1,
                _ => runs.push((x - area.left(), style, 1)),
            }
        }
        let named = runs.into_iter().filter(|(_, style, _)| !style.is_empty());
        let runs = named.map(|(from, style, length)| {
            let next = char::from(b'a' + u8::try_from(letters.len()).unwrap());
            let letter = *letters.entry(style).or_insert(next);
            format!(" {from}{letter}{length}")
        });
        let runs: String = runs.collect();
        if !runs.is_empty() {
            writeln!(styles, "{}:{runs}", y - area.top()).unwrap();
        }
    }
    write!(picture, "styles\n{styles}").unwrap();
}

/// A style in words; none if it is plain.
fn name_of(style: Style) -> String {
    let is_set = |colour: &Color| *colour != Color::Reset;
    let fg = style.fg.filter(is_set).map(|colour| colour.to_string());
    let bg = style.bg.filter(is_set).map(|colour| format!("on {colour}"));
    let is = style.add_modifier;
    let mods = (is != Modifier::empty()).then(|| format!("{is:?}").to_lowercase());
    fg.into_iter().chain(bg).chain(mods).collect::<Vec<_>>().join(" ")
}

#[test]
fn places_that_no_other_test_pictures() {
    for (name, context) in [
        ("about", Context::About),
        ("alerts", Context::Alerts),
        ("rules", Context::Rules),
        ("timeline", Context::Timeline),
        ("cancel_one", Context::Cancel),
        ("cancel_protected", Context::CancelName),
        ("form_values", Context::FormValues),
        ("form_picks", Context::FormPicks),
        ("form_question", Context::Question),
        ("form_waiting", Context::Waiting),
        ("form_no_room", Context::NoRoom),
        ("form_unread", Context::Unread),
        ("form_answered", Context::Answered),
        ("form_presets", Context::Presets),
        ("review_reason", Context::Line),
        ("filter_line", Context::FilterLine),
        ("command_line", Context::CommandLine),
    ] {
        let mut played = prepared(context, Verb::Close);
        look(name, &mut played.state, at(40));
    }
}

#[test]
fn panes_with_wide_and_combining_text_marks_and_a_filter() {
    let mut projects = workspace();
    for (number, title) in [
        "週次売上レポートの更新とその検証を行う",
        "Cafe\u{301} sales n\u{303}andu\u{301} re\u{301}sume\u{301}",
        "👩‍👩‍👧 family 🇪🇺 flags 🏳️‍🌈",
        "עברית and العربية",
        "ｆｕｌｌ width",
    ]
    .iter()
    .enumerate()
    {
        let project = project(60 + number, title);
        let runs = vec![
            run(&project, 0x6000 + number, RunStatus::Running, 500, 0),
            run(&project, 0x6100 + number, RunStatus::Errored, 5000, 60),
        ];
        projects.push((project, runs));
    }
    let mut state = opened(&projects, SIZES[1]);
    look("panes_wide", &mut state, at(40));
    press(&mut state, "j j Space Space", at(40));
    look("panes_marked", &mut state, at(40));
    press(&mut state, "/ n o t Space c h u r n Enter shift-Tab", at(40));
    look("panes_filtered", &mut state, at(40));
    press(&mut state, "Tab j j Tab z", at(40));
    look("panes_details", &mut state, at(40));
}
