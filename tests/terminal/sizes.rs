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
    terminal.wait_for("a run", |screen| run(screen, "runaway", "Churn model"));
    terminal.keys("\r");
    terminal.see_no_more("FILTER");
    // To the top, which is the run that still runs.
    terminal.keys("gg");
    terminal.keys(keys);
    terminal
}

#[test]
fn the_dashboard_lives_through_every_size() {
    let terminal = churn("");
    through_all_sizes(&terminal, &["‼ runaway", "Churn"]);
    leave(terminal);
}

#[test]
fn a_cancel_sheet_lives_through_every_size_and_keeps_its_run() {
    let mut terminal = churn("X");
    // It is drawn from its top: before its last line is there a row may still have the end of another.
    terminal.see("Cancel this run?");
    let target = terminal.wait_for("the sheet", |screen| line(screen, &["┃‼ runaway", "Churn"]));
    let is_id = |word: &&str| word.len() == 8 && word.chars().all(|c| c.is_ascii_hexdigit());
    let run = target.split_whitespace().find(is_id).expect("a run").to_owned();
    through_all_sizes(&terminal, &["┃‼ runaway", &run]);
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

#[test]
fn a_window_without_a_size_is_one_of_80_by_24_until_told_otherwise() {
    for told in [(0, 0), (0, 24), (80, 0)] {
        let terminal = Start::demo().size(80, 24).telling(told.0, told.1).open_on_rows();
        terminal.wait_for("the last line", |screen| line(screen, &["RUNS"]));
        terminal.resize(200, 60);
        terminal.wait_for("a wider line", |screen| {
            line(screen, &["RUNS"]).filter(|line| line.chars().count() > 80)
        });
        leave(terminal);
    }
}

#[test]
fn a_window_of_any_size_is_drawn_on_within_bounds() {
    for told in [(u16::MAX, u16::MAX), (u16::MAX, 1), (1, u16::MAX), (u16::MAX, 40)] {
        let mut terminal = Start::demo().size(2000, 125).telling(told.0, told.1).open();
        let is_small = told.0 < 40 || told.1 < 12;
        let shown = if is_small { "h" } else { "running" };
        terminal.wait_for(shown, |screen| screen.contents().contains(shown).then_some(()));
        #[cfg(target_os = "linux")]
        {
            let pid = terminal.process().as_raw_nonzero();
            let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
            let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
            let peak: u32 = peak.trim().trim_end_matches(" kB").parse().unwrap();
            assert!(peak < 150_000, "{told:?}: {peak} kB");
        }
        terminal.keys("\u{3}");
        assert_eq!(terminal.wait_exit(), 0);
        terminal.assert_restored();
    }
}
