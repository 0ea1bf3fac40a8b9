//! `hextop cancel` where requests fail, nobody waits, or somebody leaves: it tells the truth.

use std::io::Read as _;

use super::cancel::{Hung, lines};
use super::*;

#[test]
fn a_cancel_that_times_out_or_is_refused_tells_the_truth() {
    let once = Hung::open(&["--fault", "cancel:timeout=#1"]);
    let again = once.cancel(&["--project", "Ad spend", "--yes", "--json"]);
    let line = again.json();
    assert_eq!((again.code, &line["state"]), (Some(0), &json!("killed")), "{again:?}");
    assert_eq!((&line["deletes"], once.sent("DELETE").len()), (&json!(2), 2));
    let never = Hung::open(&["--fault", "cancel:timeout=1"]);
    let open = never.cancel(&["--project", "Ad spend", "--yes", "--json", "--timeout", "3s"]);
    let line = open.json();
    assert_eq!((open.code, &line["state"]), (Some(1), &json!("sent")), "{open:?}");
    assert_eq!(line["status"], json!("RUNNING"));
    assert!(
        open.err.contains("the time was up; of 1 run: 1 sent, so that Hex may end"),
        "{open:?}"
    );
    let refused = Hung::open(&["--fault", "cancel:revoked=1"]);
    let shut = refused.cancel(&["--project", "Ad spend", "--yes", "--json"]);
    assert_eq!((shut.code, &shut.json()["status"]), (Some(3), &json!("RUNNING")), "{shut:?}");
    let mut nobody = refused.workspace.command(&["cancel", "a0d4c6f2", "--yes", "--timeout", "2s"]);
    nobody.env("HEX_API_BASE_URL", "http://127.0.0.1:1");
    let nobody = ended(&mut nobody);
    assert_eq!(nobody.code, Some(1), "{nobody:?}");
    assert!(nobody.err.contains("the time was up; no cancel was sent"), "{nobody:?}");
}

#[test]
fn whoever_does_not_wait_leaves_once_hex_has_accepted_all() {
    let hung = Hung::open(&[]);
    let quick = hung.cancel(&["--project", "Churn model", "--yes", "--no-wait", "--json"]);
    let states: Vec<_> = lines(&quick).iter().map(|line| line["state"].clone()).collect();
    assert_eq!((quick.code, states), (Some(0), vec![json!("accepted"); 2]), "{quick:?}");
    assert_eq!(hung.sent("DELETE").len(), 2);
    let kept = hung.workspace.journal();
    assert!(kept.iter().all(|entry| entry["state"] == "accepted"), "{kept:?}");
}

#[test]
fn a_signal_leaves_with_what_was_sent_and_a_reader_that_is_gone_ends_nothing() {
    // Nobody knows what becomes of a request without an answer.
    let hung = Hung::open(&["--fault", "cancel:timeout=1"]);
    let mut command = hung.workspace.command(&["cancel", "--project", "Ad spend", "--yes"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut err = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    err.read_line(&mut said).unwrap();
    assert!(said.ends_with("; trying again\n"), "{said}");
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    err.read_to_string(&mut said).unwrap();
    let left = Ended::from(child.wait_with_output().unwrap());
    assert_eq!(left.code, Some(143), "{left:?}");
    assert!(said.contains("interrupted; of 1 run: 1 sent"), "{said}");
    assert!(left.out.starts_with("sent "), "{left:?}");
    let whole = Hung::open(&[]);
    let mut command = whole.workspace.command(&["cancel", "--project", "Churn model", "--yes"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let unread = Ended::from(child.wait_with_output().unwrap());
    assert_eq!((unread.code, unread.err.as_str()), (Some(0), ""), "{unread:?}");
    assert_eq!(whole.sent("DELETE").len(), 2);
}
