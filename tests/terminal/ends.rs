//! Whatever ends the program, the terminal is as it was.

use rustix::process::Signal;

use crate::pty::{Start, Terminal, line, run};

/// A demo that shows runs.
fn demo() -> Terminal {
    let terminal = Start::demo().open_on_rows();
    terminal.assert_taken();
    terminal
}

#[test]
fn a_signal_ends_it_with_the_code_of_that_signal() {
    for (signal, code) in
        [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)]
    {
        let mut terminal = demo();
        terminal.signal(signal);
        assert_eq!(terminal.wait_exit(), code, "{signal:?}");
        terminal.assert_restored();
    }
}

#[test]
fn a_signal_ends_it_whatever_is_open() {
    let mut terminal = demo();
    terminal.keys("/weekly");
    terminal.wait_for("a run", |screen| run(screen, "running", "Weekly revenue"));
    terminal.keys("\rt\u{e}region");
    terminal.wait_for("an edited form", |screen| line(screen, &["region", "text"]));
    terminal.signal(Signal::TERM);
    assert_eq!(terminal.wait_exit(), 143);
    terminal.assert_restored();
}

#[test]
fn control_c_is_a_key_and_ends_it_well() {
    let mut terminal = demo();
    terminal.keys("\u{3}");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.assert_restored();
}

#[test]
fn quitting_first_says_what_would_be_lost_even_where_a_form_fills_the_screen() {
    let mut terminal = Start::demo().size(80, 24).open_on_rows();
    terminal.keys("/weekly");
    terminal.wait_for("a run", |screen| run(screen, "running", "Weekly revenue"));
    terminal.keys("\rt\u{e}region");
    terminal.wait_for("an edited form", |screen| line(screen, &["region", "text"]));
    terminal.keys("\u{3}");
    terminal.see("an edited form: press again to quit");
    terminal.wait_for("the form", |screen| line(screen, &["region", "text"]));
    terminal.keys("\u{3}");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.assert_restored();
}

#[test]
fn a_terminal_that_goes_away_ends_it() {
    let ended = Start::demo().open_and_hang_up(|screen| line(screen, &["running"]).is_some());
    // By the signal, or by the failed drawing, whichever is noticed first.
    assert!([129, 1].contains(&ended.exit_code()) && ended.signal().is_none(), "{ended:?}");
}

#[test]
#[cfg_attr(not(debug_assertions), ignore = "only debug builds can be told to panic")]
fn a_panic_is_told_on_the_terminal_as_it_was() {
    // In the drawing itself, and in a task beside the loop.
    for (place, code) in [("draw", 101), ("task", 1)] {
        let mut terminal = Start::demo().env("HEXTOP_PANIC", place).open();
        assert_eq!(terminal.wait_exit(), code, "{place}");
        terminal.assert_restored();
        let message = format!("told to panic: {place}");
        let screen = terminal.contents();
        assert!(screen.contains(&message), "{screen}");
        let start = screen.lines().find(|line| line.contains("panicked"));
        assert!(start.is_some_and(|line| line.starts_with("The ")), "in whole lines: {screen}");
        let output = terminal.output();
        let left = output.rfind("\u{1b}[?1049l").expect("the alternate screen is left");
        assert!(left < output.find(&message).expect("the message"), "restored first");
        assert!(!output[left..].contains("hextop  demo"), "nothing is drawn afterwards");
    }
}
