//! `hextop guard` as a service manager runs it: real processes against `hextop sim`.

use std::process::Child;

use super::cancel::{Hung, lines};
use super::*;

/// A workspace with a run of *Churn model* that has gone on for forty minutes, under this rule.
fn ruled(rule: &str) -> Hung {
    let hung = Hung::open(&[]);
    let settings = format!("rule_countdown_seconds = 10\n[[rules]]\nname = \"limit\"\n{rule}\n");
    std::fs::write(hung.workspace.home.path().join("settings.toml"), settings).unwrap();
    hung
}

/// The steps of rules that a guard has told, with the titles of their projects.
fn steps(ended: &Ended) -> Vec<(String, String)> {
    let text = |line: &Value, key: &str| line[key].as_str().unwrap().to_owned();
    let rules = lines(ended).into_iter().filter(|line| line["event"] == "rule");
    rules.map(|line| (text(&line, "step"), text(&line, "title"))).collect()
}

#[test]
fn of_two_guards_one_cancels_what_the_rule_is_about_and_nothing_else_is() {
    let hung = ruled("projects = \"churn*\"\nmax_duration = \"35m\"\nthen = \"cancel\"");
    let begin = || {
        let mut command = hung.workspace.command(&["guard", "--json", "--for", "13s"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let ends =
        [begin(), begin()].map(|child: Child| Ended::from(child.wait_with_output().unwrap()));
    assert!(ends.iter().all(|ended| ended.code == Some(0)), "{ends:?}");
    assert_eq!(hung.sent("DELETE").len(), 1, "{ends:?}");
    let count = |step: &str| {
        let both = ends.iter().flat_map(steps);
        both.filter(|told| *told == (step.to_owned(), "Churn model".to_owned())).count()
    };
    assert_eq!((count("countdown"), count("cancels")), (2, 1), "both show what one does: {ends:?}");
    let [entry] = <[Value; 1]>::try_from(hung.workspace.journal()).unwrap();
    assert_eq!((&entry["rule"], &entry["state"]), (&json!("limit"), &json!("killed")));
    assert_eq!(entry["reason"], json!("by the rule `limit`: longer than 35m"));
}

#[test]
fn a_dry_run_cancels_nothing_and_what_it_cannot_do_is_said_with_exit_code_2() {
    let hung = ruled("projects = \"Churn*\"\nmax_duration = \"35m\"\nthen = \"cancel\"");
    let status = hung.workspace.home.path().join("guard.json");
    let file = status.to_str().unwrap();
    let dry = ["guard", "--dry-run", "--json", "--for", "2s", "--status-file", file];
    let dry = hung.workspace.run(&dry);
    assert_eq!((dry.code, dry.err.as_str()), (Some(0), ""), "{dry:?}");
    assert_eq!(steps(&dry), [("would_cancel".to_owned(), "Churn model".to_owned())], "{dry:?}");
    assert_eq!(hung.sent("DELETE"), [] as [&str; 0]);
    assert!(!status.exists(), "nobody guards any more");
    let nowhere = hung.workspace.run(&["guard", "--status-file", "/nowhere/at/all.json"]);
    assert_eq!(nowhere.code, Some(2));
    assert!(nowhere.err.contains("--status-file: /nowhere/at/all.json cannot be written"));
    let protects = ruled("protected = true");
    let nothing = protects.workspace.run(&["guard"]);
    assert_eq!(nothing.code, Some(2), "{nothing:?}");
    assert!(nothing.err.starts_with("hextop: no rule in the settings cancels runs"), "{nothing:?}");
    let wrong = ruled("max_duration = \"soon\"").workspace.run(&["guard"]);
    assert!(wrong.code == Some(2) && wrong.err.contains("`limit` max_duration is"), "{wrong:?}");
}

#[test]
fn a_command_obeys_the_rules_too_and_says_which_forbids_it() {
    let hung = ruled("projects = \"Churn*\"\nread_only = true");
    for arguments in
        [["cancel", "--project", "Churn model", "--yes"], ["run", "Churn model", "-p", "a=1"]]
    {
        let refused = hung.workspace.run(&arguments);
        assert!(
            refused.err.contains("the rule `limit` makes Churn model read only"),
            "{refused:?}"
        );
        assert_ne!(refused.code, Some(0));
    }
    assert_eq!(hung.sent("DELETE"), [] as [&str; 0]);
    let posts = hung.sent("POST");
    assert!(
        posts.iter().all(|post| post.contains("/export")),
        "only the inputs are read: {posts:?}"
    );
}
