//! What commands say is so and harmless: output that cannot be written, colours, byte order marks,
//! mistakes in the words of the command line, and titles that a spreadsheet would run.

use std::fs::File;
use std::net::TcpListener;

use serde_json::json;

use super::{Command, Ended, HEXTOP, Stdio, Workspace, ended};

/// A device that is always full.
#[cfg(target_os = "linux")]
fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_a_failure_of_every_command() {
    let workspace = Workspace::open(&[]);
    let id = workspace.run(&["run", "Endless"]).out.trim().to_owned();
    for arguments in [
        &["--help"][..],
        &["run", "--help"],
        &["--version"],
        &["config"],
        &["screenshot", "--after", "1"],
        &["sim"],
        &["journal"],
        &["journal", "--csv"],
        &["journal", "--settle", "--json"],
        &["timeline"],
        &["timeline", "--json"],
        &["timeline", "--csv"],
        &["run", "Endless"],
        &["run", "Endless", "--json"],
        &["run", "Endless", "--dry-run"],
        &["rerun", &id],
        &["cancel", "--project", "Endless", "--dry-run"],
        &["watch", "--for", "20s"],
        &["watch", "--for", "20s", "--json"],
    ] {
        let takes_config = ["run", "rerun", "cancel", "journal", "timeline", "watch"]
            .contains(&arguments[0])
            && !arguments.contains(&"--help");
        let mut command = if takes_config {
            workspace.command(arguments)
        } else {
            let mut command = Command::new(HEXTOP);
            command.args(arguments).env("HOME", workspace.home.path());
            command
        };
        let failed = ended(command.stdout(full()));
        assert_eq!(failed.code, Some(1), "{arguments:?}: {failed:?}");
        assert!(failed.err.contains("the output cannot be written: "), "{arguments:?}: {failed:?}");
        let starts = matches!(arguments[0], "run" | "rerun")
            && !["--help", "--dry-run"].iter().any(|flag| arguments.contains(flag));
        assert_eq!(failed.err.contains("was started all the same"), starts, "{failed:?}");
    }
    assert_eq!(workspace.journal().len(), 4);
}

#[test]
fn errors_to_a_pipe_carry_no_colour() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (arguments, words) in [
        (&["sim", "--listen", &address][..], "cannot listen at"),
        (&["run"], "required arguments"),
        (&["sim", "--scenario", "/nowhere"], "There is no scenario"),
        (&["config", "--colour"], "unexpected argument"),
    ] {
        let mut command = Command::new(HEXTOP);
        command.args(arguments).env("TERM", "xterm-256color").env_remove("NO_COLOR");
        let failed = ended(command.stdin(Stdio::null()));
        assert_ne!(failed.code, Some(0), "{failed:?}");
        assert!(failed.err.contains(words), "{failed:?}");
        assert!(!failed.err.contains('\u{1b}'), "{:?}", failed.err);
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_file() {
    let workspace = Workspace::open(&[]);
    let at = |name: &str| workspace.home.path().join(name);
    let settings = std::fs::read_to_string(at("settings.toml")).unwrap();
    std::fs::write(at("settings.toml"), format!("\u{feff}{settings}")).unwrap();
    std::fs::write(at("inputs.json"), "\u{feff}{\"region\": \"apac\"}").unwrap();
    let check = ["run", "Weekly revenue", "--dry-run", "--json", "--params"];
    let file = at("inputs.json").display().to_string();
    let from_file = workspace.run(&[&check[..], &[&file]].concat());
    let mut piped = workspace.command(&[&check[..], &["-"]].concat());
    piped.stdin(File::open(at("inputs.json")).unwrap());
    for checked in [from_file, ended(&mut piped)] {
        assert_eq!(checked.code, Some(0), "{checked:?}");
        assert_eq!(checked.json()["body"], json!({"inputParams": {"region": "apac"}}));
    }
}

#[test]
fn a_mistake_is_explained_in_the_words_of_the_command_line() {
    let workspace = Workspace::open(&[]);
    let refused = workspace.run(&["run", "Doomed", "-p", "flag=yes"]);
    let words = "flag: `yes` is neither true nor false: give -p flag=true or -p flag=false";
    assert_eq!((refused.code, refused.err.trim()), (Some(2), &*format!("hextop: {words}")));
}

#[test]
fn a_title_neither_acts_on_a_terminal_nor_is_run_by_a_spreadsheet() {
    let workspace = Workspace::open(&[]);
    // As the title looks, in another normal form.
    let started = workspace.run(&["run", "=Cafe\u{301}()[2J", "--reason", "@now"]);
    assert_eq!(started.code, Some(0), "{started:?}");
    let shown = |ended: Ended| {
        let acts = |letter: char| letter.is_control() && letter != '\n' && letter != '\r';
        assert!(!ended.out.contains(acts) && !ended.out.contains('\u{202e}'), "{ended:?}");
        ended.out
    };
    let csv = shown(workspace.run(&["journal", "--csv"]));
    assert!(csv.contains(",'=Café()·[2J·,started,") && csv.contains(",'@now,"), "{csv}");
    assert!(shown(workspace.run(&["journal"])).contains("  =Café()·[2J·  "));
    shown(workspace.run(&["journal", "--json"]));
}
