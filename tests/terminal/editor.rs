//! The person's editor gets the terminal and gives it back.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::pty::{Start, Terminal, line};

/// Lines that the editor asks for. Two readers of one terminal would share them out.
const LINES: usize = 20;
/// An editor that asks for lines in the plain terminal and makes a body of the last one.
const ASKS: &str = r#"echo EDITOR IS OPEN; for n in $(seq 20); do read line; echo GOT $n $line; done; printf '{"inputParams": {"region": "%s"}}' "$line" >"#;

/// The demo with the form of a project open, and the editor on its body.
fn in_editor(editor: &str) -> Terminal {
    in_editor_of(Start::demo(), editor)
}

fn in_editor_of(start: Start, editor: &str) -> Terminal {
    let mut terminal = start.env("EDITOR", editor).env("PATH", "/usr/bin:/bin").open_on_rows();
    terminal.keys("/weekly\r");
    terminal.wait_for("its rows", |screen| line(screen, &["running", "Weekly revenue"]));
    terminal.keys("ggt");
    terminal.see("inputs on the app");
    terminal.keys("\u{5}");
    terminal
}

fn leave(mut terminal: Terminal) {
    terminal.keys("\u{1b}");
    terminal.look_at("Throw the edits away?");
    terminal.keys("y");
    terminal.see_no_more("inputs on the app");
    // The cursor of the form's field is hidden at the end of the frame.
    terminal.wait_for("no cursor", |screen| screen.hide_cursor().then_some(()));
    terminal.assert_taken();
    terminal.keys("\u{3}");
    assert_eq!(terminal.wait_exit(), 0);
    terminal.assert_restored();
}

#[test]
fn the_editor_has_the_terminal_to_itself_and_its_text_comes_back() {
    let mut terminal = in_editor(ASKS);
    terminal.see("EDITOR IS OPEN");
    assert!(terminal.look(|screen| !screen.alternate_screen() && !screen.bracketed_paste()));
    // Letters that would do something in the form or on the dashboard.
    for n in 1..=LINES {
        terminal.keys(&format!("qX{n}\r"));
        terminal.see(&format!("GOT {n} qX{n}"));
    }
    terminal.see("taken over from the editor");
    terminal.wait_for("the value", |screen| line(screen, &["region", "qX20"]));
    leave(terminal);
}

#[test]
fn ctrl_c_in_the_editor_ends_the_editor_alone() {
    let mut terminal = in_editor(ASKS);
    terminal.see("EDITOR IS OPEN");
    terminal.keys("\u{3}");
    terminal.see("nothing was changed");
    terminal.keys("\u{e}");
    leave(terminal);
}

#[test]
fn a_mistake_comes_back_with_its_line_and_no_file_stays() {
    let mut terminal = in_editor(r#"ls -l "$1" >&2; printf '{\n "inputParams": [],\n}' >"#);
    terminal.look_at("This cannot be sent. line 3: trailing comma");
    terminal.keys("\u{1b}");
    terminal.see("thrown away");
    assert!(terminal.output().contains("-rw-------"), "nobody else reads it");
    let left = std::fs::read_dir(terminal.file("state/hextop")).unwrap().flatten();
    let left = left.map(|entry| entry.file_name()).filter(|name| *name != "hextop.log");
    assert_eq!(left.collect::<Vec<_>>(), ["tours"], "nothing of the editor's");
    terminal.keys("\u{e}");
    leave(terminal);
}

#[test]
fn an_editor_that_is_not_there_is_said_and_changes_nothing() {
    let mut terminal = in_editor("no-such-editor-anywhere");
    terminal.see("nothing was changed");
    terminal.keys("\u{e}");
    leave(terminal);
}

#[test]
fn the_editor_does_not_get_the_token() {
    let mut terminal = in_editor_of(with_token(), "env >\"$HOME/seen\"; false");
    terminal.see("nothing was changed");
    assert_no_token(&std::fs::read_to_string(terminal.file("seen")).unwrap());
    terminal.keys("\u{e}");
    leave(terminal);
}

#[test]
fn the_browser_does_not_get_the_token() {
    let mut terminal = with_token().open_on_rows();
    let (bin, seen) = (terminal.file("bin"), terminal.file("seen"));
    std::fs::create_dir_all(&bin).unwrap();
    let browser = bin.join("xdg-open");
    std::fs::write(&browser, "#!/bin/sh\n/usr/bin/env >\"$HOME/seen\"\n").unwrap();
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o700)).unwrap();
    assert!(Command::new("mkfifo").arg(&seen).status().unwrap().success());
    terminal.keys("/weekly\r");
    terminal.wait_for("its rows", |screen| line(screen, &["running", "Weekly revenue"]));
    terminal.keys("o");
    assert_no_token(&std::fs::read_to_string(&seen).unwrap());
    terminal.keys("\u{3}");
    assert_eq!(terminal.wait_exit(), 0);
}

/// The demo in surroundings that hold a token.
fn with_token() -> Start {
    Start::demo()
        .env("HEX_API_TOKEN", "0123456789abcdef0123")
        .env("CURL_ARGS", "Bearer 0123456789abcdef0123")
        .env("OTHER", "kept")
}

fn assert_no_token(environment: &str) {
    assert!(environment.contains("OTHER=kept"), "{environment}");
    assert!(!environment.contains("0123456789abcdef0123"), "{environment}");
}
