//! The commands that only read, as scripts use them: what they print, and their exit codes.

use std::io::Read;
use std::os::unix::fs::PermissionsExt;

use super::cancel::lines;
use super::*;

const WORLD: &str = r#"
[limits]
per-minute = 600

[kernels]
total = 100

[[project]]
title = "Churn model"
median = "60s"
spread = 0.0
past = 12
hung = [40.0]

[[project]]
title = "Weekly revenue"
median = "2s"
spread = 0.0
past = 0
inputs = [
  { name = "region", kind = "dropdown", options = ["emea", "apac"] },
  { name = "key", kind = "text" },
]

[[project]]
title = "Twin"
past = 0

[[project]]
title = "twin"
past = 0

[[project]]
title = "Scratchpad"
published = false
"#;

/// What is the same for a seed: times are replaced by `T`, ages and ids stay.
fn masked(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let masked = |(key, value): (&String, &Value)| {
                let is_time = key.ends_with("Time") || key.ends_with("At");
                let value = match value {
                    Value::Null => Value::Null,
                    _ if is_time => json!("T"),
                    value => masked(value),
                };
                (key.clone(), value)
            };
            Value::Object(fields.iter().map(masked).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(masked).collect()),
        other => other.clone(),
    }
}

fn workspace() -> Workspace {
    Workspace::of(WORLD, &[])
}

#[test]
fn projects_are_listed_with_what_hex_says_of_them() {
    let workspace = workspace();
    let listed = workspace.run(&["projects", "--json"]);
    assert_eq!((listed.code, listed.err.as_str()), (Some(0), ""), "{listed:?}");
    let objects = lines(&listed);
    let titles: Vec<_> = objects.iter().map(|one| one["title"].as_str().unwrap()).collect();
    assert_eq!(titles, ["Churn model", "Twin", "twin", "Weekly revenue"], "published, by title");
    let keys: Vec<_> = objects[0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        keys,
        [
            "projectId",
            "title",
            "owner",
            "status",
            "categories",
            "published",
            "lastPublishedAt",
            "nextScheduledTime",
            "schedules"
        ]
    );
    assert_eq!((&objects[0]["published"], &objects[0]["schedules"]), (&json!(true), &json!([])));
    let all = workspace.run(&["projects", "--all", "--csv", "--filter", "scratch"]);
    let rows: Vec<_> = all.out.lines().collect();
    assert!(all.code == Some(0) && rows.len() == 2, "{all:?}");
    assert!(rows[1].contains(",Scratchpad,") && rows[1].contains(",false,"), "{all:?}");
    assert!(all.err.contains("the list is as it was read"), "the store has it: {all:?}");
    let plain = workspace.run(&["projects"]);
    let first: Vec<_> = plain.out.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(first[..2], ["PROJECT", "ID"], "{plain:?}");
    assert_eq!(plain.out.lines().count(), 5);
    assert!(!plain.out.contains('\u{1b}'), "no colours in a pipe");
    let none = workspace.run(&["projects", "--filter", "nowhere"]);
    assert_eq!((none.code, none.out.as_str()), (Some(0), ""), "{none:?}");
    assert!(none.err.contains("there is no such published project"), "{none:?}");
}

#[test]
fn runs_are_told_in_hexs_names_with_the_verdict_of_the_dashboard() {
    let workspace = workspace();
    let told = workspace.run(&["runs", "--filter", "verdict:runaway", "--json"]);
    assert_eq!((told.code, told.err.as_str()), (Some(0), ""), "{told:?}");
    let [run] = <[Value; 1]>::try_from(lines(&told)).unwrap();
    let id = run["runId"].as_str().unwrap();
    let mut line = masked(&run);
    assert!(run["ratio"].as_f64().unwrap() > 10.0, "{run}");
    assert!(run["elapsedTime"].as_u64().unwrap() > 600_000 && run["usualTime"] == 60_000, "{run}");
    for key in ["ratio", "runUrl", "projectId", "runId", "projectVersion"] {
        line.as_object_mut().unwrap().remove(key);
    }
    let expected = json!({
        "title": "Churn model", "status": "RUNNING", "runTrigger": "API", "startTime": "T",
        "endTime": null, "elapsedTime": "T", "usualTime": "T", "verdict": "runaway",
        "expectedEndTime": line["expectedEndTime"], "seenTime": "T",
    });
    assert_eq!(line, expected);
    let one = workspace.run(&["runs", "churn MODEL", "--limit", "3", "--csv"]);
    assert_eq!((one.code, one.out.lines().count()), (Some(0), 4), "{one:?}");
    let plain = workspace.run(&["runs", "Churn model", "--limit", "1"]);
    let row: Vec<_> = plain.out.lines().nth(1).unwrap().split_whitespace().collect();
    assert_eq!(row[..5], ["running", "(runaway)", "Churn", "model", &id[..8]], "{plain:?}");
    let forced = ended(workspace.command(&["runs", "--limit", "1"]).env("CLICOLOR_FORCE", "1"));
    assert!(forced.out.contains("\u{1b}["), "{forced:?}");
    let mut refused = workspace.command(&["runs", "--limit", "1"]);
    let refused = ended(refused.env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1"));
    assert!(!refused.out.contains('\u{1b}'), "{refused:?}");
}

#[test]
fn what_cannot_be_read_or_is_not_there_is_said_with_its_exit_code() {
    let workspace = workspace();
    for (arguments, code, words) in [
        (&["runs", "Nowhere"][..], 5, "no project is called Nowhere"),
        (&["runs", "TWIN"], 2, "may be any of"),
        (&["runs", "--filter", "state:sent"], 2, "--filter: `state:`"),
        (&["runs", "--since", "soon"], 2, "`soon` is no time"),
        (&["runs", "--limit", "0"], 2, "0 is not in"),
        (&["projects", "--filter", "age>3m"], 2, "--filter: "),
        (&["inputs", "Nowhere"], 5, "no project is called Nowhere"),
        (&["status", "0123456789"], 5, "no run 0123456789 can be seen"),
        (&["status", "abc"], 2, "too short"),
        (&["export", "runs", "--filter", "ratio>5"], 2, "are not in the store"),
        (&["export", "journal", "--project", "Nowhere"], 2, "nothing was started"),
    ] {
        let refused = workspace.run(arguments);
        assert_eq!((refused.code, refused.out.as_str()), (Some(code), ""), "{refused:?}");
        assert!(refused.err.contains(words), "{arguments:?}: {refused:?}");
    }
    let revoked = Workspace::of(WORLD, &["--fault", "revoked=1@0s.."]);
    for arguments in [&["projects"][..], &["runs"], &["inputs", "Twin"], &["status", "a0d4c6f2"]] {
        let refused = revoked.run(arguments);
        assert_eq!((refused.code, refused.out.as_str()), (Some(3), ""), "{refused:?}");
        let nobody = &mut workspace.command(arguments);
        nobody.env_remove("HEX_API_TOKEN");
        assert_eq!(ended(nobody).code, Some(3), "{arguments:?}");
    }
    let mut nobody = workspace.command(&["runs", "--timeout", "1s"]);
    let nobody = ended(nobody.env("HEX_API_BASE_URL", "http://127.0.0.1:1"));
    assert_eq!(nobody.code, Some(1), "the time was up: {nobody:?}");
    let faults = ["#1", "#2", "#3", "#4", "#5"].map(|which| format!("list-runs:500={which}"));
    let flags: Vec<_> = faults.iter().flat_map(|fault| ["--fault", fault]).collect();
    let broken = Workspace::of(WORLD, &flags).run(&["runs", "Twin", "Churn model"]);
    assert_eq!(broken.code, Some(2), "{broken:?}");
    let empty = Workspace::of("[limits]\nper-minute = 600\n", &[]);
    for arguments in [&["projects"][..], &["runs"]] {
        let none = empty.run(arguments);
        assert_eq!((none.code, none.out.as_str()), (Some(0), ""), "{none:?}");
        assert!(none.err.contains("no such"), "{none:?}");
    }
}

#[test]
fn a_run_is_told_by_the_beginning_of_its_id_and_its_end_is_waited_for() {
    let workspace = workspace();
    let hung = lines(&workspace.run(&["runs", "--filter", "verdict:runaway", "--json"]));
    let id = hung[0]["runId"].as_str().unwrap();
    let now = workspace.run(&["status", &id[..8]]);
    assert_eq!((now.code, now.err.as_str()), (Some(0), ""), "{now:?}");
    assert!(now.out.starts_with("status      running (runaway)\n"), "{now:?}");
    assert!(now.out.contains(&format!("\nrun         {id}\n")), "{now:?}");
    let late = workspace.run(&["status", id, "--wait", "--timeout", "2s", "--json"]);
    assert_eq!((late.code, &late.json()["status"]), (Some(1), &json!("RUNNING")), "{late:?}");
    assert!(late.err.contains("the run goes on"), "{late:?}");
    let started = workspace.run(&["run", "Weekly revenue"]);
    let run = started.out.trim();
    let over = workspace.run(&["status", run, "--wait", "--json"]);
    assert_eq!((over.code, &over.json()["status"]), (Some(0), &json!("COMPLETED")), "{over:?}");
    assert_eq!(over.json()["runId"], json!(run));
    assert_eq!(workspace.run(&["cancel", id, "--yes"]).code, Some(0));
    let url = hung[0]["runUrl"].as_str().unwrap();
    let killed = workspace.run(&["status", url, "--wait"]);
    assert_eq!(killed.code, Some(1), "{killed:?}");
    assert!(killed.err.contains("the run was cancelled"), "{killed:?}");
}

#[test]
fn inputs_are_told_with_all_places_that_name_them_and_no_secret() {
    let workspace = workspace();
    let settings = workspace.home.path().join("settings.toml");
    let configured = "[[inputs]]\nproject = \"Weekly revenue\"\nname = \"key\"\nsecret = true\n\
                      default = \"s3cr3t-value\"\n";
    std::fs::write(&settings, configured).unwrap();
    let first = workspace.run(&["inputs", "weekly revenue", "--json"]);
    assert_eq!((first.code, first.err.as_str()), (Some(0), ""), "{first:?}");
    let objects = lines(&first);
    let names: Vec<_> = objects.iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["region", "key"]);
    assert_eq!(objects[0]["choices"], json!(["emea", "apac"]));
    assert_eq!(objects[0]["sources"], json!(["export"]));
    assert_eq!(objects[1]["sources"], json!(["export", "settings"]));
    assert_eq!((&objects[1]["secret"], &objects[1]["preset"]), (&json!(true), &Value::Null));
    let started = workspace.run(&["run", "Weekly revenue", "-p", "region=emea"]);
    assert_eq!(started.code, Some(0), "{started:?}");
    let plain = workspace.run(&["inputs", "Weekly revenue"]);
    assert!(plain.out.starts_with("Weekly revenue: 2 inputs\nNAME"), "{plain:?}");
    assert!(plain.out.contains("export, history"), "{plain:?}");
    assert!(plain.err.contains("the app's inputs were read"), "{plain:?}");
    for told in [first, plain] {
        assert!(!told.out.contains("s3cr3t") && !told.err.contains("s3cr3t"), "{told:?}");
    }
}

#[test]
fn what_the_store_has_is_exported_without_asking_hex() {
    let mut workspace = workspace();
    assert_eq!(workspace.run(&["runs"]).code, Some(0));
    assert_eq!(workspace.run(&["run", "Weekly revenue", "--reason", "for ana"]).code, Some(0));
    let known = lines(&workspace.run(&["runs", "Churn model", "--json"]));
    workspace.sim.kill().unwrap();
    workspace.sim.wait().unwrap();
    let runs = workspace.run(&["export", "runs", "--project", "churn model"]);
    assert_eq!((runs.code, runs.err.as_str()), (Some(0), ""), "{runs:?}");
    let ids = |lines: &[Value]| lines.iter().map(|line| line["runId"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&lines(&runs)), ids(&known));
    assert!(lines(&runs).iter().all(|line| line["seenTime"].is_string()), "{runs:?}");
    let file = workspace.home.path().join("runs.csv");
    let out = file.to_str().unwrap();
    let arguments = ["export", "runs", "--filter", "status:completed", "--out", out];
    let written = workspace.run(&arguments);
    assert_eq!((written.code, written.out.as_str(), written.err.as_str()), (Some(0), "", ""));
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("projectId,title,runId,"), "{text}");
    assert!(text.lines().count() > 10 && !text.contains("RUNNING"), "{text}");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let again = workspace.run(&arguments);
    assert_eq!(again.code, Some(1));
    assert!(again.err.contains("is there already"), "{again:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text, "left as it is");
    let full = workspace.run(&["export", "runs", "--out", "/dev/full"]);
    assert_eq!(full.code, Some(1), "{full:?}");
    let journal = workspace.run(&["export", "journal", "--filter", "state:started", "--json"]);
    assert_eq!(journal.out, workspace.run(&["journal", "--json"]).out);
    assert_eq!(lines(&journal)[0]["reason"], "for ana");
    let none = workspace.run(&["export", "journal", "--until", "2001-01-01T00:00Z"]);
    assert_eq!((none.code, none.out.as_str()), (Some(0), ""), "{none:?}");
}

#[test]
fn input_may_be_closed_and_output_full_or_read_no_more() {
    let workspace = workspace();
    for arguments in [&["projects"][..], &["runs", "--json"], &["inputs", "Weekly revenue"]] {
        let mut full = workspace.command(arguments);
        full.stdout(std::fs::File::create("/dev/full").unwrap());
        let full = ended(&mut full);
        assert_eq!(full.code, Some(1), "{full:?}");
        assert!(full.err.contains("the output cannot be written"), "{full:?}");
        let script = "exec \"$0\" \"$@\" <&-";
        let given = workspace.command(arguments);
        let mut closed = Command::new("/bin/sh");
        closed.args(["-c", script, HEXTOP]).args(given.get_args()).env_clear();
        closed.envs(given.get_envs().filter_map(|(name, value)| Some((name, value?))));
        assert_eq!(ended(&mut closed).code, Some(0), "{arguments:?}");
    }
    let mut reading = workspace.command(&["runs", "--csv"]);
    let mut reading = reading.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0];
    reading.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let ended = Ended::from(reading.wait_with_output().unwrap());
    assert_eq!(ended.code, Some(0), "{ended:?}");
}
