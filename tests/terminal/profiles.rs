//! Several workspaces in one file of settings, and settings that change while the dashboard runs.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::pty::{Start, Terminal};
use crate::sim::Sim;

/// A dashboard whose settings have a profile for each of two simulated workspaces, and their file.
fn open(first: &Sim, second: &Sim) -> (Terminal, PathBuf) {
    let start = Start::hextop(&["--profile", "first"]).size(120, 36);
    let mut text = "theme = \"dark\"\n".to_owned();
    for (name, sim) in [("first", first), ("second", second)] {
        let file = start.settings("").with_file_name(format!("{name}.token"));
        std::fs::write(&file, &sim.token).expect("a token");
        let mode = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&file, mode).expect("a mode");
        let label = name.to_uppercase();
        text += &format!(
            "[profiles.{name}]\nbase_url = {:?}\ntoken_file = \"{name}.token\"\nlabel = \"{label}\"\n",
            sim.address
        );
    }
    let file = start.settings(&text);
    // Of no profile: it must reach neither of them.
    (start.env("HEX_API_TOKEN", "hxtp_of_a_third_workspace").open(), file)
}

/// Runs that are looked at belong to projects of one workspace alone.
fn refused(sim: &Sim) -> usize {
    sim.requests().iter().filter(|request| request.status == Some(401)).count()
}

#[test]
fn profiles_are_left_for_one_another_and_no_request_goes_astray() {
    let [first, second] = ["7", "8"].map(|seed| Sim::start(&["--seed", seed, "--speed", "20"]));
    assert_ne!(first.token, second.token);
    let (mut terminal, _) = open(&first, &second);
    for times in 1..=3 {
        terminal.see(" FIRST ");
        first.wait_for("looks at its projects", |all| {
            (all.iter().filter(|request| request.looks_at().is_some()).count() >= times)
                .then_some(())
        });
        terminal.keys(":profile second\r");
        terminal.see(" SECOND ");
        terminal.see_no_more(" FIRST ");
        second.wait_for("looks at its projects", |all| {
            (all.iter().filter(|request| request.looks_at().is_some()).count() >= times)
                .then_some(())
        });
        terminal.keys(":profile first\r");
    }
    terminal.see(" FIRST ");
    terminal.keys(":profile third\r");
    terminal.see("there is no profile `third`");
    assert_eq!((refused(&first), refused(&second)), (0, 0), "a token of another workspace");
    terminal.keys("q");
    assert_eq!(terminal.wait_end(), 0);
    terminal.assert_restored();
}

#[test]
fn a_profile_that_cannot_be_opened_leaves_the_one_on_the_screen() {
    let [first, second] = ["7", "8"].map(|seed| Sim::start(&["--seed", seed]));
    let (mut terminal, settings) = open(&first, &second);
    terminal.see(" FIRST ");
    std::fs::remove_file(settings.with_file_name("second.token")).expect("it was there");
    terminal.keys(":profile second\r");
    terminal.see("still here: second: cannot use the token in");
    terminal.see(" FIRST ");
    assert!(second.requests().is_empty());
    terminal.keys("q");
    assert_eq!(terminal.wait_end(), 0);
}

#[test]
fn settings_that_change_count_at_once_and_wrong_ones_leave_the_old_ones() {
    let [first, second] = ["7", "8"].map(|seed| Sim::start(&["--seed", seed]));
    let (mut terminal, file) = open(&first, &second);
    terminal.see(" FIRST ");
    let text = std::fs::read_to_string(&file).expect("its settings");
    std::fs::write(&file, text.replace("\"FIRST\"", "\"RENAMED\"")).expect("written");
    terminal.see(" RENAMED ");
    terminal.see("the settings were read anew");
    std::fs::write(&file, text.replace("theme", "teme")).expect("written");
    terminal.see("the settings stay as they were");
    terminal.see(" RENAMED ");
    terminal.keys("q");
    assert_eq!(terminal.wait_end(), 0);
}
