//! Keys that come glued together, and bytes that no key sent.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;
use vt100::{MouseProtocolEncoding, MouseProtocolMode, Screen};

use crate::pty::{HEXTOP, Start, Terminal, line, run};

/// The first word of a line that is the short id of a run.
fn short_id(line: &str) -> Option<String> {
    let is_id = |word: &&str| word.len() == 8 && word.chars().all(|c| c.is_ascii_hexdigit());
    line.split_whitespace().find(is_id).map(str::to_owned)
}

fn leave(mut terminal: Terminal) {
    terminal.keys("\u{3}");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.assert_restored();
}

/// Opens the cancel dialog, backs out with Esc glued to `j`, and presses `y`, which copies the id of
/// the run that the cursor is on.
fn backs_out_and_presses_y(terminal: &mut Terminal) {
    terminal.keys("/weekly\r");
    terminal.wait_for("a run", |screen| run(screen, "running", "Weekly revenue"));
    terminal.keys("ggX");
    terminal.see("Cancel 1 run");
    let target = terminal.wait_for("what would be cancelled", |screen| {
        line(screen, &["┃▶ running", "Weekly"]).as_deref().and_then(short_id)
    });
    terminal.keys("\u{1b}j");
    terminal.see_no_more("Cancel 1 run");
    terminal.keys("y");
    let copied = terminal.wait_for("the run below", |screen| line(screen, &["clipboard"]));
    assert!(!copied.contains(&target), "the cursor has moved from {target}: {copied}");
    assert!(!terminal.output().contains("⊗ cancel"), "nothing is being cancelled");
}

#[test]
fn escape_glued_to_a_key_closes_the_cancel_dialog_and_nothing_is_cancelled() {
    let mut terminal = Start::demo().open_on_rows();
    backs_out_and_presses_y(&mut terminal);
    leave(terminal);
}

#[test]
fn replies_of_the_terminal_open_nothing_and_press_nothing() {
    let mut terminal = Start::demo().open_on_rows();
    for reply in [
        "\u{1b}]11;rgb:1c1c/1c1c/1c1c\u{7}",
        "\u{1b}]lXy\u{1b}\\",
        "\u{1b}P>|XTy(354)\u{1b}\\",
        "\u{1b}_Gi=31;OK\u{1b}\\",
        "\u{1b}[?62;22c\u{1b}[12;40R\u{1b}[?2026;2$y\u{1b}[M ty\u{1b}[<0;1;1M\u{1b}[I",
    ] {
        terminal.keys(reply);
    }
    terminal.keys("?");
    // The help opens only where nothing else has the keys.
    terminal.see("Help: type to search");
    assert!(!terminal.output().contains("Budget: Esc closes"), "no panel was opened");
    terminal.keys("\u{1b}");
    terminal.see_no_more("Help: type to search");
    leave(terminal);
}

#[test]
fn a_reply_that_came_before_the_start_opens_nothing() {
    let mut terminal = Start::demo().open();
    terminal.keys("\u{1b}]11;rgb:1c1c/1c1c/1c1c\u{7}?");
    terminal.see("Help: type to search");
    terminal.keys("\u{1b}");
    terminal.see_no_more("Help: type to search");
    assert!(!terminal.output().contains("Budget: Esc closes"), "no panel was opened");
    leave(terminal);
}

#[test]
fn a_project_that_is_clicked_is_selected_and_a_second_click_shows_its_runs() {
    let mut terminal = Start::demo().open_on_rows();
    let modes = || terminal.look(|s| (s.mouse_protocol_mode(), s.mouse_protocol_encoding()));
    assert_eq!(modes(), (MouseProtocolMode::PressRelease, MouseProtocolEncoding::Sgr));
    let row = terminal.wait_for("a project", |screen| {
        let at = screen.rows(0, 120).position(|row| row.starts_with("│  Churn model"));
        at.map(|row| row + 1)
    });
    let click = format!("\u{1b}[<0;9;{row}M\u{1b}[<0;9;{row}m");
    terminal.keys(&click);
    terminal.see(" PROJECTS ");
    terminal.keys(&format!("{click}{click}"));
    terminal.see(" Runs of Churn model ");
    terminal.keys("M");
    let is_off =
        |screen: &Screen| (screen.mouse_protocol_mode() == MouseProtocolMode::None).then_some(());
    terminal.wait_for("the terminal to have its mouse", is_off);
    leave(terminal);
}

#[test]
fn control_c_ends_it_in_a_paste_that_never_ends() {
    let mut terminal = Start::demo().open_on_rows();
    terminal.keys("\u{1b}[200~a");
    leave(terminal);
}

#[test]
fn a_paste_that_never_ends_is_given_up_and_keys_are_heard_again() {
    let mut terminal = Start::demo().open_on_rows();
    terminal.keys("/\u{1b}[200~wee");
    terminal.see("FILTER /wee");
    terminal.keys("kly");
    terminal.see("FILTER /weekly");
    leave(terminal);
}

/// tmux, if there is one.
fn tmux() -> Option<PathBuf> {
    let places = ["/usr/bin/tmux", "/usr/local/bin/tmux", "/opt/homebrew/bin/tmux"];
    places.into_iter().map(Path::new).find(|path| path.exists()).map(Path::to_owned)
}

/// A server of tmux, which ends with the test.
struct Server {
    program: PathBuf,
    socket: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut command = Command::new(&self.program);
        command.args(["-S", &self.socket, "kill-server"]).stdout(Stdio::null());
        let _ = command.stderr(Stdio::null()).status();
    }
}

#[test]
#[ignore = "needs tmux"]
fn in_tmux_with_its_defaults_escape_and_a_key_cancel_nothing() {
    let program = tmux().expect("tmux is installed");
    let directory = TempDir::new().expect("a directory for the socket");
    let socket = directory.path().join("tmux").to_string_lossy().into_owned();
    let arguments = ["-f", "/dev/null", "-S", &socket, "new-session", HEXTOP, "--demo"];
    let start = Start::program(&program, &arguments);
    let _server = Server { program, socket };
    let mut terminal = start.open_on_rows();
    // It waits half a second for what follows Esc, and hands both on in one write.
    backs_out_and_presses_y(&mut terminal);
    terminal.keys("\u{3}");
    assert_eq!(terminal.wait_exit(), 0);
}
