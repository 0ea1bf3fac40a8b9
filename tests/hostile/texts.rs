//! Texts that draw, pile up, hide, pose or never end.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::harmless::{PROJECT, RUN, project, projects, run, runs};
use crate::leaving::FORGED;

/// Texts of which each does some harm where it is printed as it is.
fn harmful() -> Vec<String> {
    let mut texts: Vec<_> = [
        "\u{1b}[2J\u{1b}[H\u{1b}]0;owned\u{7}",
        "\u{1b}]52;c;b3duZWQ=\u{7}",
        "\u{9b}31m\u{9d}0;owned\u{9c}",
        "\u{1b}[6n\u{1b}[c\u{5}",
        "a\r\nb\u{b}c\u{c}d\u{8}\u{7f}\0",
        "\u{202e}desrever\u{2066}\u{200f}",
        "\u{e0041}\u{e007f}\u{fff9}a\u{fffb}",
        "\u{115f}\u{2800}\u{3164}\u{ffa0}",
        "क्षि ไม้เอก e\u{301} 👩‍💻 🏳️‍🌈",
        "=HYPERLINK(\"http://a.test\")",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
    ]
    .map(str::to_owned)
    .to_vec();
    texts.push(format!("\n{FORGED}  INFO hextop: forged"));
    texts.push(format!("z{}", "\u{301}\u{489}\u{20dd}".repeat(5_000)));
    texts.push("\u{1f469}\u{200d}".repeat(5_000));
    texts.push("漢".repeat(5_000));
    texts
}

/// One run for each harmful text, which stands in all its fields.
fn everywhere() -> Vec<Value> {
    let row = |text: &String| {
        json!({
            "projectId": text, "projectVersion": text, "runId": text, "status": text,
            "runTrigger": text, "runUrl": text, "startTime": text, "endTime": text,
            "elapsedTime": text, "traceId": text, text: text,
        })
    };
    let known = |(n, text): (usize, &String)| {
        let mut run = run(&format!("r-{n}"), "RUNNING");
        (run["runTrigger"], run["projectVersion"], run["runUrl"]) =
            (json!(text), json!(text), json!(text));
        run
    };
    let texts = harmful();
    texts.iter().map(row).chain(texts.iter().enumerate().map(known)).collect()
}

fn titles() -> Vec<Value> {
    let named = |(n, text): (usize, &String)| {
        let mut project = project(&format!("p-{n}"), text);
        (project["owner"], project["creator"]) = (json!({"email": text}), json!({"email": text}));
        project["schedules"] = json!([{"cadence": text, "enabled": true}, {
            "cadence": "CUSTOM", "enabled": true, "custom": {"cron": text, "timezone": text},
        }]);
        project
    };
    let under = |text: &String| project(text, text);
    let texts = harmful();
    texts.iter().enumerate().map(named).chain(texts.iter().map(under)).collect()
}

/// An error that says each harmful text in turn, in every field that an error has.
fn said(number: usize) -> String {
    let texts = harmful();
    let text = &texts[number % texts.len()];
    json!({
        "code": text, "message": text, "reason": text, "details": text, "traceId": text, "error": text,
        "issues": [{"message": text}], "notFound": [text],
        "invalid": [{"paramName": text, "paramValue": text, "dataType": text, "inputCellType": text}],
    })
    .to_string()
}

scenarios! {
    a_title_of_a_megabyte: dashboard, Projects =>
        |_| Answer::json(projects(&[project(PROJECT, &"Title ".repeat(170_000))]).to_string());
    a_title_of_a_megabyte_of_marks: dashboard, Projects => |_| {
        let title = format!("z{}", "\u{301}".repeat(500_000));
        Answer::json(projects(&[project(PROJECT, &title)]).to_string())
    };
    a_run_id_of_a_megabyte: dashboard, Runs =>
        |_| Answer::json(runs(&[run(&"r".repeat(1_000_000), "RUNNING")]).to_string());
    a_project_id_of_a_megabyte: dashboard, Projects =>
        |_| Answer::json(projects(&[project(&"p".repeat(1_000_000), "Long")]).to_string());
    a_status_of_a_megabyte: dashboard, Runs =>
        |_| Answer::json(runs(&[run(RUN, &"S".repeat(1_000_000))]).to_string());
    a_person_of_a_megabyte: dashboard, Me =>
        |_| Answer::json(json!({"id": "u".repeat(1_000_000), "email": "e".repeat(1_000_000)}).to_string());
    a_hundred_titles_of_100_kb: dashboard, Projects => |_| {
        let named = |n| project(&format!("p-{n}"), &format!("{n} {}", "Title ".repeat(17_000)));
        Answer::json(projects(&(0..100).map(named).collect::<Vec<_>>()).to_string())
    };
    runs_whose_every_field_does_harm: dashboard, Runs => |_| Answer::json(runs(&everywhere()).to_string());
    projects_whose_every_field_does_harm: dashboard, Projects =>
        |_| Answer::json(projects(&titles()).to_string());
    a_person_who_does_harm: dashboard, Me => |request| {
        let texts = harmful();
        let text = &texts[request.number % texts.len()];
        Answer::json(json!({"id": text, "email": text, "role": text, "org": {"id": text}}).to_string())
    };
    errors_that_do_harm: dashboard, Runs =>
        |request| Answer::json(said(request.number)).status("500 Internal Server Error");
    refusals_that_do_harm: dashboard, Projects =>
        |request| Answer::json(said(request.number)).status("403 Forbidden");
    an_export_that_does_harm: dashboard, Export =>
        |request| Answer::json(said(request.number + 15)).status("403 Forbidden");
    changes_that_do_harm_as_lines: headless, Runs => |_| Answer::json(runs(&everywhere()).to_string());
    titles_that_do_harm_as_lines: headless, Projects => |_| Answer::json(projects(&titles()).to_string());
    errors_that_do_harm_as_lines: headless, Runs =>
        |request| Answer::json(said(request.number)).status("500 Internal Server Error");
}
