//! The draft's cells and the export, the one place where inputs can be found.

use serde_json::{Value, json};

use hextop::sim::Scenario;
use hextop::sim::scenario::Answers;

use crate::support::{Site, small};

#[tokio::test]
async fn cells_come_in_pages_and_inputs_show_only_their_label() {
    let site = Site::open(&small()).await;
    let id = site.project("Weekly revenue");
    let (mut cells, mut after) = (Vec::new(), String::new());
    loop {
        let page = site.get(&format!("/cells?projectId={id}&limit=4{after}")).await.json();
        cells.extend(page["values"].as_array().unwrap().clone());
        match page["pagination"]["after"].as_str() {
            Some(cursor) => after = format!("&after={cursor}"),
            None => break,
        }
    }
    let kinds: Vec<_> = cells.iter().map(|cell| cell["cellType"].as_str().unwrap()).collect();
    assert_eq!(kinds[..8], ["INPUT"; 8]);
    assert_eq!(kinds[8..], ["MARKDOWN", "SQL", "CODE"]);
    assert_eq!(cells[0]["label"], "region");
    assert_eq!(
        cells[0]["contents"],
        json!({ "codeCell": null, "sqlCell": null, "markdownCell": null })
    );

    // What reads an SQL cell has a name, by which the next cell uses it.
    let sql = &cells[9]["contents"]["sqlCell"];
    assert_eq!(sql["source"], "select * from facts");
    let result = sql["outputDataframe"].as_str().unwrap();
    assert!(cells[10]["contents"]["codeCell"]["source"].as_str().unwrap().contains(result));

    let cell = cells[9]["id"].as_str().unwrap();
    assert_eq!(site.get(&format!("/cells/{cell}")).await.json(), cells[9]);
    let stale = cells[9]["staticId"].as_str().unwrap();
    assert_eq!(site.get(&format!("/cells/{stale}")).await.status, 403);
    for (path, status) in [
        ("/cells".to_owned(), 400),
        ("/cells?projectId=x".to_owned(), 400),
        (format!("/cells?projectId={id}&limit=0"), 400),
        (format!("/cells?projectId={id}&after=x"), 400),
        ("/cells/x".to_owned(), 400),
    ] {
        assert_eq!(site.get(&path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn the_export_has_each_input_and_which_of_them_are_on_the_app() {
    let site = Site::open(&small()).await;
    let id = site.project("Weekly revenue");
    let version = site.door.look(|world| world.projects().next().unwrap().version());
    for version in
        [None, Some(json!("draft")), Some(json!("latest")), Some(json!(1)), Some(json!(version))]
    {
        let mut body = json!({ "projectId": id });
        if let Some(version) = &version {
            body["version"] = version.clone();
        }
        let got = site.post("/projects/export", body).await;
        assert_eq!(got.status, 200, "{version:?}");
        let file = got.json();
        assert_eq!(file["filename"], "Weekly revenue.hex.yaml");
        let yaml = file["content"].as_str().unwrap();
        let count = |part: &str| yaml.matches(part).count();
        assert_eq!((count("cellType: INPUT"), count("type: CELL")), (8, 7), "{yaml}");
        assert!(yaml.contains("      name: \"region\"\n      outputType: STRING\n"), "{yaml}");
        assert!(yaml.contains("cellType: COLLAPSIBLE"));
    }
}

#[tokio::test]
async fn an_export_of_what_is_not_there_or_not_allowed_is_refused() {
    let site = Site::open(&small()).await;
    let id = site.project("Weekly revenue");
    let unpublished = site.project("Scratchpad");
    for (body, status) in [
        (json!({}), 400),
        (json!([]), 400),
        (json!({ "projectId": "x" }), 400),
        (json!({ "projectId": id, "version": 0 }), 400),
        (json!({ "projectId": id, "version": 999 }), 400),
        (json!({ "projectId": id, "version": 1.5 }), 400),
        (json!({ "projectId": id, "version": "newest" }), 400),
        (json!({ "projectId": unpublished, "version": "latest" }), 400),
        (json!({ "projectId": unpublished }), 200),
        (json!({ "projectId": "00000000-0000-4000-8000-000000000000" }), 403),
    ] {
        let got = site.post("/projects/export", body.clone()).await;
        assert_eq!(got.status, status, "{body}");
    }
    let answers = Answers { export: false, ..Answers::default() };
    let site = Site::open(&Scenario { answers, ..small() }).await;
    let body = json!({ "projectId": site.project("Weekly revenue") });
    let got = site.post("/projects/export", body).await;
    assert_eq!((got.status, &got.json()["code"]), (403, &Value::from("FORBIDDEN")));
}
