//! `hextop cancel` asks at the terminal before it sends anything.

use crate::pty::Start;

const CHURN: [&str; 4] = ["cancel", "--demo", "--project", "Churn model"];

#[test]
fn a_run_is_cancelled_after_it_was_listed_and_y_was_typed() {
    let mut terminal = Start::hextop(&CHURN).open();
    terminal.see("this cancels 1 run:");
    terminal.see("frees 1 kernel");
    terminal.see("Type y to cancel this run");
    terminal.keys("y\r");
    terminal.see("killed ");
    assert_eq!(terminal.wait_exit(), 0);
}

#[test]
fn enter_control_d_and_control_c_cancel_nothing() {
    for (keys, said, code) in [
        ("\r", "nothing was cancelled", 1),
        ("\u{4}", "nothing was cancelled", 1),
        ("\u{3}", "interrupted; no cancel was sent", 130),
    ] {
        let mut terminal = Start::hextop(&CHURN).open();
        terminal.see("Type y to cancel this run");
        terminal.keys(keys);
        terminal.see(said);
        assert_eq!(terminal.wait_exit(), code, "{keys:?}");
    }
}
