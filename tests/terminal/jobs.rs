//! Stopping and going on: ctrl-z, `fg`, and the signals behind them.

use std::path::Path;

use rustix::process::Signal;

use crate::pty::{HEXTOP, Start, Terminal, line, run};

/// A shell that goes on with the program whenever a line is typed.
const SHELL: &str = "set -m; n=0; \"$0\" --demo; while [ $? -gt 128 ]; do n=$((n+1)); \
                     echo STOPPED $n; read line; fg; done; echo ENDED";

fn in_shell() -> Terminal {
    Start::program(Path::new("/bin/sh"), &["-c", SHELL, HEXTOP]).open_on_rows()
}

/// Presses ctrl-z, for the n-th time, and looks that the terminal is the shell's.
fn suspend(terminal: &mut Terminal, times: u32) {
    terminal.keys("\u{1a}");
    terminal.see(&format!("STOPPED {times}"));
    terminal.assert_restored();
    terminal.keys("\r");
}

#[test]
fn ctrl_z_stops_it_wherever_it_is_pressed_and_fg_goes_on_there() {
    let mut terminal = in_shell();
    suspend(&mut terminal, 1);
    terminal.wait_for("the rows", |screen| line(screen, &["running"]));
    terminal.keys("/weekly");
    terminal.wait_for("a run", |screen| run(screen, "running", "Weekly revenue"));
    suspend(&mut terminal, 2);
    terminal.see("FILTER /weekly");
    terminal.keys("\rggX");
    terminal.see("Cancel 1 run");
    suspend(&mut terminal, 3);
    terminal.see("Cancel 1 run");
    terminal.keys("nt\u{e}region\t\temea");
    terminal.wait_for("the value", |screen| line(screen, &["region", "emea"]));
    suspend(&mut terminal, 4);
    terminal.wait_for("the value", |screen| line(screen, &["region", "emea"]));
    // ctrl-_ takes back what ctrl-z did before.
    terminal.keys("\u{1f}");
    terminal.wait_for("less of it", |screen| line(screen, &["region", "eme "]));
    terminal.keys("\u{1b}");
    terminal.look_at("Throw the edits away?");
    terminal.keys("y");
    terminal.see_no_more("region");
    terminal.resize(30, 8);
    terminal.see("hextop needs");
    suspend(&mut terminal, 5);
    terminal.see("hextop needs");
    terminal.keys("\u{3}");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.assert_restored();
    assert!(terminal.contents().contains("ENDED"));
}

#[test]
fn ctrl_z_in_the_editor_stops_that_too_and_fg_goes_on_in_it() {
    // It passes over the empty line by which the shell is told to go on, should that reach it.
    let editor = r#"trap 'echo GOING ON' CONT; echo EDITOR IS OPEN; while [ -z "$line" ]; do read line; done; printf '{"inputParams": {"region": "%s"}}' "$line" >"#;
    let shell = Start::program(Path::new("/bin/sh"), &["-c", SHELL, HEXTOP]);
    let mut terminal = shell.env("EDITOR", editor).env("PATH", "/usr/bin:/bin").open_on_rows();
    terminal.keys("/weekly\r");
    terminal.wait_for("its rows", |screen| line(screen, &["running", "Weekly revenue"]));
    terminal.keys("ggt");
    terminal.see("inputs on the app");
    terminal.keys("\u{5}");
    terminal.see("EDITOR IS OPEN");
    suspend(&mut terminal, 1);
    // What is typed before may be lost with the terminal's change of hands.
    terminal.see("GOING ON");
    terminal.keys("emea\r");
    terminal.see("taken over from the editor");
    terminal.wait_for("the value", |screen| line(screen, &["region", "emea"]));
    terminal.keys("\u{3}\u{3}");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.assert_restored();
}

#[test]
fn a_stop_from_outside_gives_the_terminal_back_and_going_on_takes_it_whole() {
    let terminal = Start::demo().open_on_rows();
    for size in [(100, 30), (90, 40)] {
        terminal.signal(Signal::TSTP);
        assert_eq!(terminal.wait_stop(), Some(Signal::STOP.as_raw()));
        terminal.wait_for("the shell's screen", |screen| {
            (!screen.alternate_screen() && !screen.hide_cursor()).then_some(())
        });
        terminal.assert_restored();
        terminal.resize(size.0, size.1);
        terminal.signal(Signal::CONT);
        terminal.wait_for("the rows", |screen| line(screen, &["running"]));
        terminal.assert_taken();
    }
    terminal.signal(Signal::TERM);
    let mut terminal = terminal;
    assert_eq!(terminal.wait_exit(), 143);
    terminal.assert_restored();
}

#[test]
fn going_on_without_a_stop_draws_everything_anew() {
    let mut terminal = Start::demo().open_on_rows();
    terminal.lose_screen();
    terminal.signal(Signal::CONT);
    terminal.wait_for("the rows", |screen| line(screen, &["running"]));
    terminal.see("hextop  demo");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.assert_restored();
}

#[test]
fn where_no_shell_could_go_on_with_it_ctrl_z_says_so() {
    // The terminal's only process, as `ssh -t host hextop` and a window of tmux have it.
    let mut terminal = Start::demo().open_on_rows();
    terminal.keys("\u{1a}");
    terminal.see("there is no shell to go back to");
    terminal.keys("q");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.assert_restored();
}
