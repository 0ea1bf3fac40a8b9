//! Where it cannot draw it says so, and it draws only what the terminal can show.

use std::path::Path;

use vt100::{Color, Screen};

use crate::pty::{HEXTOP, Start, Terminal, line, run};

/// What switches to the alternate screen.
const ALTERNATE: &str = "\u{1b}[?1049h";

/// Asserts that it ended with `code` and plain text that says all of `words`.
fn assert_plain(mut terminal: Terminal, code: u32, words: &[&str]) {
    let ended = terminal.wait_exit();
    let output = terminal.output();
    assert_eq!(ended, code, "{output}");
    for word in words {
        assert!(output.contains(word), "{word} is not in: {output}");
    }
    assert!(!output.contains('\u{1b}'), "plain text: {output:?}");
    terminal.assert_restored();
}

#[test]
fn without_a_terminal_it_says_so_in_a_sentence() {
    let output = Start::demo().run_without_terminal();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("hextop: hextop draws on a terminal"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn with_only_half_a_terminal_it_says_so_too() {
    for redirected in ["exec \"$0\" --demo </dev/null", "\"$0\" --demo >\"$HOME/out\""] {
        let shell = Start::program(Path::new("/bin/sh"), &["-c", redirected, HEXTOP]);
        assert_plain(shell.open(), 2, &["hextop draws on a terminal"]);
    }
}

#[test]
fn a_dumb_terminal_is_told_what_it_lacks() {
    let terminal = Start::demo().env("TERM", "dumb").open();
    assert_plain(terminal, 2, &["cannot place text (TERM=dumb)"]);
}

#[test]
fn without_a_token_it_explains_and_offers_the_demo() {
    let mut terminal = Start::hextop(&[]).open();
    terminal.see("Start the demo now? [y/N]");
    for word in ["API token", "export HEX_API_TOKEN", "token_file", "token_command", "--demo"] {
        terminal.see(word);
    }
    assert!(!terminal.output().contains('\u{1b}'), "plain text: {}", terminal.output());
    terminal.keys("n\r");
    assert_plain(terminal, 3, &[]);
}

#[test]
fn an_empty_answer_is_no() {
    let mut terminal = Start::hextop(&[]).open();
    terminal.see("Start the demo now? [y/N]");
    terminal.keys("\r");
    assert_plain(terminal, 3, &[]);
}

#[test]
fn a_yes_starts_the_demo() {
    let mut terminal = Start::hextop(&[]).open();
    terminal.see("Start the demo now? [y/N]");
    terminal.keys("y\r");
    terminal.see("demo (simulated)");
    terminal.wait_for("a run", |screen| line(screen, &["running"]));
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.assert_restored();
}

#[test]
fn settings_that_do_not_fit_are_named_with_file_and_line() {
    for (text, words) in [
        ("kernels = 25\nprojects = \n", [":2:12: ", "projects"]),
        ("# mine\nkernels = \"many\"\n", [":2:11: ", "kernels"]),
        ("# mine\n\ncolour = \"red\"\n", [":3:1: ", "colour"]),
    ] {
        let start = Start::demo().size(200, 50);
        let file = start.settings(text).to_string_lossy().into_owned();
        assert_plain(start.open(), 2, &[&file, words[0], words[1]]);
    }
}

#[test]
fn settings_asked_for_by_name_must_be_there() {
    let terminal = Start::hextop(&["--demo", "--config", "/nowhere/hextop.toml"]).open();
    assert_plain(terminal, 2, &["/nowhere/hextop.toml"]);
}

/// Whether any cell has a colour of its own.
fn is_coloured(screen: &Screen) -> bool {
    any_cell(screen, |cell| [cell.fgcolor(), cell.bgcolor()] != [Color::Default; 2])
}

fn any_cell(screen: &Screen, holds: impl Fn(&vt100::Cell) -> bool) -> bool {
    let (lines, columns) = screen.size();
    let cells = (0..lines.get()).flat_map(|y| (0..columns.get()).map(move |x| (y, x)));
    cells.filter_map(|(y, x)| screen.cell(y, x)).any(holds)
}

/// Visits the dashboard, the help, the form with an error in it, and the cancel sheet, and looks
/// at each.
fn visit(mut terminal: Terminal, look: impl Fn(&Screen, &str)) {
    terminal.keys("/churn");
    terminal.wait_for("a run", |screen| run(screen, "runaway", "Churn model"));
    terminal.look(|screen| look(screen, "the filter"));
    terminal.keys("\rgg?");
    terminal.see("Help: type to search");
    terminal.look(|screen| look(screen, "the help"));
    terminal.keys("\r");
    terminal.see_no_more("Help");
    terminal.keys("t\u{e}days\t\u{1b}[C\tmany\u{13}");
    terminal.see("not a number");
    terminal.look(|screen| look(screen, "the form"));
    terminal.keys("\u{1b}");
    terminal.look_at("Throw the edits away?");
    terminal.keys("y");
    terminal.see_no_more("not a number");
    terminal.keys("\u{1b}");
    terminal.wait_for("all runs", |screen| run(screen, "running", "Weekly revenue"));
    terminal.look(|screen| look(screen, "the dashboard"));
    terminal.keys("X");
    terminal.see("Cancel 1 run");
    terminal.look(|screen| look(screen, "the sheet"));
    terminal.keys("n");
    terminal.resize(39, 11);
    terminal.see("hextop needs");
    terminal.look(|screen| look(screen, "the small window"));
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.assert_restored();
}

#[test]
fn no_colour_is_drawn_where_none_is_wanted() {
    let wanted = Start::demo().open();
    wanted.wait_for("a coloured run", |screen| {
        line(screen, &["running"]).filter(|_| is_coloured(screen))
    });
    let unwanted = Start::demo().env("NO_COLOR", "1").open_on_rows();
    visit(unwanted, |screen, place| {
        assert!(!is_coloured(screen), "{place}:\n{}", screen.contents());
    });
}

#[test]
fn nothing_but_ascii_is_drawn_where_the_locale_knows_no_more() {
    let terminal = Start::demo().env("LANG", "C").open_on_rows();
    visit(terminal, |screen, place| {
        let strange = any_cell(screen, |cell| !cell.contents().is_ascii());
        assert!(!strange, "{place}:\n{}", screen.contents());
    });
}

#[test]
fn a_key_that_wants_a_browser_where_there_is_none_says_so() {
    let mut terminal = Start::demo().open_on_rows();
    terminal.keys("ggo");
    terminal.see("no browser could be opened");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn a_host_that_does_not_answer_is_said_on_the_screen() {
    let mut terminal = Start::hextop(&[])
        .env("HEX_API_BASE_URL", "http://127.0.0.1:1")
        .env("HEX_API_TOKEN", "hxtp_0123456789")
        .open();
    terminal.see("cut off");
    terminal.wait_for("what happens next", |screen| {
        line(screen, &["next try in", "r tries now", "127.0.0.1:1 refuses connections"])
    });
    terminal.see("Nothing is read: Hex does not answer");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.assert_restored();
}

#[test]
fn the_alternate_screen_is_where_it_draws() {
    // So that the tests above, which say that it is never entered, could fail.
    let terminal = Start::demo().open_on_rows();
    assert!(terminal.output().contains(ALTERNATE));
}
