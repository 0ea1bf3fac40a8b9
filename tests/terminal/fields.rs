//! Pastes, and keys in fields.

use std::time::Duration;

use crate::pty::{Start, Terminal, line, run};

fn weekly() -> Terminal {
    let mut terminal = Start::demo().open_on_rows();
    terminal.keys("/weekly\r");
    terminal.wait_for("a run", |screen| run(screen, "running", "Weekly revenue"));
    terminal.keys("gg");
    terminal
}

#[test]
fn a_paste_outside_a_field_does_nothing() {
    let mut terminal = weekly();
    terminal.paste("X\ryq\u{3}t");
    terminal.keys("?");
    // The help opens only where no sheet and no form has the keys.
    terminal.see("Help: type to search");
    terminal.keys("\u{1b}");
    terminal.see_no_more("Help");
    terminal.keys("X");
    terminal.see("Cancel 1 run");
    terminal.paste("y");
    terminal.keys("n");
    terminal.see("nothing was cancelled");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.assert_restored();
}

#[test]
fn a_paste_in_a_field_is_its_text_and_presses_no_key() {
    let mut terminal = weekly();
    terminal.keys("t\u{e}note\t\t");
    terminal.paste("two\nlines q\ty");
    terminal.wait_for("one line", |screen| line(screen, &["note", "two lines q y"]));
    terminal.keys("\u{13}");
    terminal.wait_for("the body", |screen| line(screen, &["\"note\": \"two lines q y\""]));
    terminal.keys("\u{3}\u{3}");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.assert_restored();
}

#[test]
fn a_paste_in_the_filter_line_filters() {
    let mut terminal = Start::demo().open_on_rows();
    terminal.wait_for("a run", |screen| run(screen, "running", "Weekly revenue"));
    terminal.keys("/");
    terminal.paste("churn");
    terminal.see("FILTER /churn");
    terminal.wait_for("no other runs", |screen| {
        run(screen, "running", "Weekly revenue").is_none().then_some(())
    });
    terminal.keys("\u{3}");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn keys_are_answered_when_they_are_pressed_and_not_at_the_next_tick() {
    let mut terminal = weekly();
    let before = hextop::clock::now().boot;
    for _ in 0..10 {
        terminal.keys("?");
        terminal.see("Help: type to search");
        terminal.keys("\r");
        terminal.see_no_more("Help");
    }
    // Twenty keys that wait for a tick of the clock take ten seconds on average.
    let took = hextop::clock::now().boot.saturating_sub(before);
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_paste_of_a_megabyte_is_taken_and_keys_are_heard_behind_it() {
    let mut terminal = weekly();
    terminal.keys("t\u{e}note\t\t");
    terminal.paste(&format!("{}END", "long ".repeat(200_000)));
    terminal.keys("ING");
    terminal.wait_for("its end", |screen| line(screen, &["note", "long ENDING"]));
    // Undo takes back letter by letter, and the paste as one.
    terminal.keys("\u{1f}\u{1f}\u{1f}\u{1f}one");
    terminal.wait_for("the field", |screen| line(screen, &["note", "text", " one "]));
    terminal.paste(&"x".repeat(1024 * 1024));
    terminal.see("this field takes 1 MiB");
    terminal.wait_for("the field", |screen| line(screen, &["note", "text", " one "]));
    terminal.keys("\u{3}\u{3}");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.assert_restored();
}

#[test]
fn a_paste_that_is_too_long_for_the_filter_line_is_said_and_changes_nothing() {
    let mut terminal = weekly();
    terminal.keys("/ revenue");
    terminal.see("FILTER /weekly revenue");
    terminal.paste(&"a ".repeat(500_000));
    terminal.see("this field takes 4 KiB");
    terminal.keys("\u{7f}");
    terminal.see("FILTER /weekly revenu ");
    terminal.keys("\u{3}");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn a_file_of_values_is_read_from_the_disk() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("rows.csv");
    let mut terminal = weekly();
    terminal.keys("t");
    terminal.see("Start Weekly revenue");
    terminal.keys("\u{6}");
    terminal.see("A CSV file");
    terminal.paste(&file.display().to_string());
    terminal.keys("\r");
    terminal.see("cannot be read");
    std::fs::write(&file, "note\none\ntwo\n").unwrap();
    terminal.keys("\r");
    terminal.see("rows.csv: 2 starts, column note");
    terminal.keys("\u{13}");
    terminal.see("The first of 2 bodies");
    terminal.keys("\u{3}\u{3}");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.assert_restored();
}
