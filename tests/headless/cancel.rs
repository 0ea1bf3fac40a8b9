//! `hextop cancel` as scripts use it: what it sends, what it prints, and its exit codes.

use std::path::PathBuf;

use super::*;

const WORLD: &str = r#"
[limits]
per-minute = 600

[kernels]
total = 2000
stop = "500ms"

[[project]]
title = "Churn model"
median = "60s"
spread = 0.0
past = 20
hung = [40.0, 30.0]

[[project]]
title = "Finance close"
median = "10m"
hung = [5.0]

[[project]]
title = "Ad spend"
median = "5h"
spread = 0.0
past = 3
running = 1

[[project]]
title = "Twin"

[[project]]
title = "twin"
"#;

/// A workspace with runs to cancel, and the log of its requests.
pub(super) struct Hung {
    pub(super) workspace: Workspace,
    log: PathBuf,
    _dir: TempDir,
}

impl Hung {
    pub(super) fn open(flags: &[&str]) -> Self {
        Self::of(WORLD, flags)
    }

    fn of(world: &str, flags: &[&str]) -> Self {
        let dir = TempDir::new().unwrap();
        let log = dir.path().join("log");
        let log_flag = format!("--log={}", log.display());
        let workspace = Workspace::of(world, &[flags, &[log_flag.as_str()]].concat());
        let settings = "timeout_seconds = 1\nprotected = [\"Finance close\"]\n";
        std::fs::write(workspace.home.path().join("settings.toml"), settings).unwrap();
        Self { workspace, log, _dir: dir }
    }

    pub(super) fn cancel(&self, arguments: &[&str]) -> Ended {
        self.workspace.run(&[&["cancel"], arguments].concat())
    }

    /// What a dry run lists.
    fn listed(&self, arguments: &[&str]) -> Vec<Value> {
        let listed = self.cancel(&[arguments, &["--dry-run", "--json"]].concat());
        assert_eq!((listed.code, listed.err.as_str()), (Some(0), ""), "{listed:?}");
        lines(&listed)
    }

    /// The requests that were sent of a method.
    pub(super) fn sent(&self, method: &str) -> Vec<String> {
        let all = if self.log.exists() { asked(&self.log, 0) } else { Vec::new() };
        all.into_iter().filter(|request| request.starts_with(method)).collect()
    }
}

pub(super) fn lines(ended: &Ended) -> Vec<Value> {
    ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn id(run: &Value) -> &str {
    run["runId"].as_str().unwrap()
}

#[test]
fn one_run_is_cancelled_by_its_short_id_its_id_and_its_address() {
    let hung = Hung::open(&[]);
    let churn = hung.listed(&["--project", "churn MODEL"]);
    assert_eq!(churn.len(), 2);
    let short = &id(&churn[0])[..8];
    let first = hung.cancel(&[short, "--yes", "--reason", "it hangs"]);
    assert_eq!((first.code, first.err.as_str()), (Some(0), ""), "{first:?}");
    let row: Vec<_> = first.out.split_whitespace().take(4).collect();
    assert_eq!(row, ["killed", "Churn", "model", short], "{first:?}");
    assert_eq!(first.out.lines().count(), 1);
    let [entry] = <[Value; 1]>::try_from(hung.workspace.journal()).unwrap();
    assert_eq!((&entry["state"], &entry["reason"]), (&json!("killed"), &json!("it hangs")));
    let second = hung.cancel(&[churn[1]["runUrl"].as_str().unwrap(), "--yes", "--json"]);
    assert_eq!((second.code, &second.json()["state"]), (Some(0), &json!("killed")), "{second:?}");
    let sent = hung.sent("DELETE").len();
    // What has ended already is no failure, and needs no request.
    let again = hung.cancel(&[id(&churn[0]), "--yes", "--json"]);
    let line = again.json();
    assert_eq!((again.code, &line["state"]), (Some(0), &json!("already_ended")), "{again:?}");
    assert_eq!((&line["status"], &line["deletes"]), (&json!("KILLED"), &json!(0)));
    assert_eq!((sent, hung.sent("DELETE").len()), (2, 2));
}

#[test]
fn a_run_that_the_store_knows_is_looked_for_nowhere_else() {
    let hung = Hung::open(&[]);
    let churn = hung.listed(&["--project", "churn model"]);
    let before = asked(&hung.log, 0).len();
    assert_eq!(hung.cancel(&[id(&churn[0]), "--yes"]).code, Some(0));
    let looks = |request: &&String| request.starts_with("GET") && request.ends_with("/runs");
    let asked = asked(&hung.log, before);
    let project = churn[0]["projectId"].as_str().unwrap();
    assert!(asked.iter().filter(looks).all(|look| look.contains(project)), "{asked:?}");
    assert!(!asked.contains(&"GET /api/v1/projects".to_owned()), "{asked:?}");
}

#[test]
fn several_are_cancelled_by_flags_that_are_one_filter() {
    let hung = Hung::open(&[]);
    let arguments =
        ["--verdict", "runaway", "--older-than", "35m", "--status", "RUNNING", "--yes", "--json"];
    let ended = hung.cancel(&arguments);
    let [line] = <[Value; 1]>::try_from(lines(&ended)).unwrap();
    assert_eq!((ended.code, &line["title"]), (Some(0), &json!("Churn model")), "{ended:?}");
    let both = hung.cancel(&["--filter", "project:churn or project:ad", "--yes"]);
    assert_eq!((both.code, both.out.lines().count()), (Some(0), 2), "{both:?}");
    assert_eq!(hung.sent("DELETE").len(), 3);
    let nothing = hung.cancel(&["--filter", "project:churn", "--yes"]);
    assert_eq!((nothing.code, nothing.out.as_str()), (Some(5), ""), "{nothing:?}");
    assert!(nothing.err.contains("no active run passes project:churn"), "{nothing:?}");
}

#[test]
fn a_dry_run_lists_and_sends_nothing_that_ends_a_run() {
    let hung = Hung::open(&[]);
    let plain = hung.cancel(&["--status", "running", "--dry-run"]);
    assert_eq!((plain.code, plain.out.lines().count()), (Some(0), 4), "{plain:?}");
    assert!(plain.out.lines().all(|line| line.starts_with("would cancel   ")), "{plain:?}");
    assert_eq!(hung.listed(&["--status", "running"]).len(), 4);
    assert_eq!(hung.sent("DELETE"), [""; 0]);
    assert_eq!(hung.workspace.journal(), [] as [Value; 0]);
}

#[test]
fn without_a_terminal_nothing_is_sent_unless_yes_is_given() {
    let hung = Hung::open(&[]);
    for (arguments, words) in [
        (&["--status", "running"][..], "give --yes"),
        (&["a0d4c6f2"], "give --yes"),
        (&[], "say which runs"),
        (&["--yes"], "say which runs"),
        (&["--filter", "", "--yes"], "would mean every run"),
        (&["abc", "--yes"], "too short"),
    ] {
        let refused = hung.cancel(arguments);
        assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""), "{refused:?}");
        assert!(refused.err.contains(words), "{arguments:?}: {refused:?}");
    }
    assert!(!hung.log.exists() || asked(&hung.log, 0).is_empty(), "not even a look");
}

#[test]
fn what_may_mean_several_cancels_nothing() {
    let hung = Hung::open(&[]);
    let project = hung.cancel(&["--project", "TWIN", "--yes"]);
    assert_eq!(project.code, Some(2), "{project:?}");
    assert!(project.err.contains("TWIN may be any of"), "{project:?}");
    assert!(project.err.contains("Nothing was cancelled"), "{project:?}");
    // Of so many runs some begin alike.
    let project = |n| format!("[[project]]\ntitle = \"Many {n}\"\nmedian = \"5h\"\nrunning = 95\n");
    let many = (0..8).map(project).collect::<Vec<_>>().concat();
    let many = Hung::of(&format!("[limits]\nper-minute = 0\n[kernels]\ntotal = 2000\n{many}"), &[]);
    let ids: Vec<_> =
        many.listed(&["--status", "active"]).iter().map(|r| id(r).to_owned()).collect();
    let mut begins = BTreeSet::new();
    let alike = ids.iter().find(|id| !begins.insert(&id[..4])).unwrap();
    let run = many.cancel(&[&alike[..4], "--yes"]);
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{run:?}");
    let named = ids.iter().filter(|id| id[..4] == alike[..4] && run.err.contains(*id)).count();
    assert!(named >= 2, "{run:?}");
    assert_eq!(many.sent("DELETE"), [""; 0]);
}

#[test]
fn a_protected_project_is_cancelled_only_by_whoever_names_it() {
    let hung = Hung::open(&[]);
    for arguments in [
        &["--project", "Finance close", "--yes"][..],
        &["--project", "Finance close", "--yes", "--protected", "Churn model"],
        &["--status", "running", "--yes"],
    ] {
        let refused = hung.cancel(arguments);
        assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""), "{refused:?}");
        assert!(refused.err.contains("--protected 'Finance close'"), "{refused:?}");
    }
    assert_eq!(hung.sent("DELETE"), [""; 0]);
    let named =
        hung.cancel(&["--project", "Finance close", "--yes", "--protected", "Finance close"]);
    assert_eq!((named.code, hung.sent("DELETE").len()), (Some(0), 1), "{named:?}");
}

#[test]
fn each_line_of_json_has_the_names_of_hex_and_the_promised_shape() {
    let hung = Hung::open(&[]);
    let line = hung.cancel(&["--project", "Ad spend", "--yes", "--json"]).json();
    let keys: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "projectId",
        "title",
        "runId",
        "runUrl",
        "status",
        "runTrigger",
        "startTime",
        "endTime",
        "elapsedTime",
        "verdict",
        "dryRun",
        "state",
        "why",
        "deletes",
        "confirmedTime",
        "time",
    ];
    assert_eq!(keys, expected);
    let page = include_str!("../../assets/help/cancel.md");
    for key in expected {
        assert!(page.contains(&format!("`{key}`")), "{key} is not on the page");
    }
    let time = |key: &str| line[key].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(time("startTime") < time("confirmedTime"), "{line}");
    // Hex tells its time in whole seconds, so that `time` may be so much behind.
    let known = time("time").saturating_add(std::time::Duration::from_secs(1)).unwrap();
    assert!(time("endTime") <= known, "{line}");
    let took = time("endTime").duration_since(time("startTime")).as_millis();
    assert_eq!(line["elapsedTime"].as_i64().map(i128::from), Some(took), "{line}");
    let fixed = ["title", "status", "verdict", "dryRun", "state", "why", "deletes"];
    let values = fixed.map(|key| line[key].clone());
    let expected = [json!("Ad spend"), json!("KILLED"), json!(null), json!(false), json!("killed")];
    assert_eq!((&values[..5], &values[5..]), (&expected[..], &[json!(null), json!(1)][..]));
}

#[test]
fn what_cannot_be_seen_is_said_and_the_rest_is_cancelled() {
    let hung = Hung::open(&[]);
    let churn = hung.listed(&["--project", "Churn model"]);
    let unknown = "00000000-0000-4000-8000-000000000000";
    let none = hung.cancel(&[unknown, "--yes"]);
    assert_eq!((none.code, none.out.as_str()), (Some(5), ""), "{none:?}");
    assert!(none.err.contains(&format!("no run {unknown} can be seen")), "{none:?}");
    let nowhere = hung.cancel(&["--project", "Nowhere", "--yes"]);
    assert_eq!(nowhere.code, Some(5), "{nowhere:?}");
    assert!(nowhere.err.contains("no project is called Nowhere"), "{nowhere:?}");
    let some = hung.cancel(&[unknown, &id(&churn[0])[..8], "--yes"]);
    assert_eq!((some.code, some.out.lines().count()), (Some(1), 1), "{some:?}");
    assert!(some.err.contains(unknown), "{some:?}");
    // Flags beside a run narrow what is meant.
    let other = hung.cancel(&[id(&churn[1]), "--project", "Ad spend", "--yes"]);
    assert_eq!((other.code, hung.sent("DELETE").len()), (Some(5), 1), "{other:?}");
    let young = hung.cancel(&[id(&churn[1]), "--older-than", "5h", "--yes"]);
    assert_eq!((young.code, hung.sent("DELETE").len()), (Some(5), 1), "{young:?}");
    assert!(young.err.contains("does not pass elapsed>18000s"), "{young:?}");
}
