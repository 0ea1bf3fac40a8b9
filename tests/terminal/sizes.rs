//! The window may have any size at any moment.

use crate::pty::{Start, Terminal, line, run};

/// Through every size and back to where it began; `shown` must be in sight wherever it fits.
fn through_all_sizes(terminal: &Terminal, shown: &[&str]) {
    let in_sight = |size: &str| {
        terminal.wait_for(&format!("{shown:?} at {size}"), |screen| line(screen, shown));
    };
    in_sight("80×24");
    for _ in 0..2 {
        terminal.resize(200, 60);
        in_sight("200×60");
        terminal.resize(39, 11);
        terminal.see("hextop needs 40×12 characters");
        terminal.see("39×11");
        terminal.wait_for("nothing but the sentence", |screen| {
            line(screen, shown).is_none().then_some(())
        });
        terminal.resize(40, 12);
        terminal.see_no_more("hextop needs");
        terminal.resize(80, 24);
        in_sight("80×24");
    }
    // Without a wait between, as a window manager does it.
    for width in (1..200).step_by(7) {
        terminal.resize(width, 1 + width / 3);
    }
    terminal.resize(80, 24);
    in_sight("80×24 again");
}

fn leave(mut terminal: Terminal) {
    terminal.keys("\u{3}\u{3}");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.assert_restored();
}

fn churn(keys: &str) -> Terminal {
    let mut terminal = Start::demo().size(80, 24).open_on_rows();
    terminal.keys("/churn");
    terminal.wait_for("a run", |screen| run(screen, "running", "Churn model"));
    terminal.keys("\r");
    terminal.see_no_more("FILTER");
    // To the top, which is the run that still runs.
    terminal.keys("g");
    terminal.keys(keys);
    terminal
}

#[test]
fn the_dashboard_lives_through_every_size() {
    let terminal = churn("");
    through_all_sizes(&terminal, &["▶ running", "Churn"]);
    leave(terminal);
}

#[test]
fn a_cancel_sheet_lives_through_every_size_and_keeps_its_run() {
    let mut terminal = churn("X");
    let target = terminal.wait_for("the sheet", |screen| line(screen, &["┃▶ running", "Churn"]));
    let is_id = |word: &&str| word.len() == 8 && word.chars().all(|c| c.is_ascii_hexdigit());
    let run = target.split_whitespace().find(is_id).expect("a run").to_owned();
    through_all_sizes(&terminal, &["┃▶ running", &run]);
    terminal.keys("\r");
    terminal.see("nothing was cancelled");
    leave(terminal);
}

#[test]
fn an_edited_form_lives_through_every_size_and_keeps_its_edits() {
    let terminal = churn("t\u{e}horizon_days\t\u{1b}[C\t30");
    through_all_sizes(&terminal, &["horizon_days", "number", "30"]);
    leave(terminal);
}
