//! A terminal that takes nothing, as after ctrl-s or on a hung connection.

use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::pty::{Terminal, line, run};
use crate::sim::Sim;

/// A dashboard on a terminal that takes nothing, after much more was written than a pseudo-terminal
/// holds, which is about 20 kB; a cancel that was confirmed after that has been sent.
fn stuck() -> (Terminal, Sim, TempDir) {
    let sim = Sim::start(&["--scenario", "demo"]);
    let data = TempDir::new().unwrap();
    let mut terminal = sim.dashboard(data.path()).open_on_rows();
    terminal.keys("/weekly\r");
    terminal.wait_for("a run", |screen| run(screen, "running", "Weekly revenue"));
    terminal.keys("gg");
    terminal.assert_taken();
    terminal.take_output(false);
    // Each copies an id by the terminal, and draws a frame if that takes one.
    terminal.keys(&"y".repeat(1000));
    terminal.keys("X");
    // The dialog cannot be seen, and nothing is confirmed in its first fifth of a second: the key is
    // pressed until it counts.
    let is_sent = (0..100).any(|_| {
        terminal.keys("y");
        sim.has_within(Duration::from_millis(100), |request| request.method == "DELETE")
    });
    assert!(is_sent, "no cancel among {:#?}", sim.requests());
    (terminal, sim, data)
}

#[test]
fn a_terminal_that_takes_nothing_keeps_no_cancel_from_being_sent() {
    let (mut terminal, _sim, _data) = stuck();
    // What it shows when the terminal goes on is what is so then.
    terminal.take_output(true);
    terminal.wait_for("the cancelled run", |screen| line(screen, &["■ killed", "Weekly"]));
    terminal.keys("\u{3}\u{3}");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.assert_restored();
}

#[test]
fn every_way_out_ends_it_on_a_terminal_that_takes_nothing_and_leaves_that_as_it_was() {
    for (signal, code) in [
        (Some(Signal::TERM), 143),
        (Some(Signal::HUP), 129),
        (Some(Signal::INT), 130),
        (Some(Signal::QUIT), 131),
        (None, 0),
    ] {
        let (mut terminal, _sim, _data) = stuck();
        match signal {
            Some(signal) => terminal.signal(signal),
            // The first may ask, because of the cancel.
            None => terminal.keys("\u{3}\u{3}"),
        }
        assert_eq!(terminal.wait_end(), code, "{signal:?}");
        // The terminal goes on, and reads at last that it was left.
        terminal.take_output(true);
        terminal.wait_closed();
        terminal.assert_restored();
    }
}
