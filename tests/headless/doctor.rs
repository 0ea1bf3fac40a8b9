//! `hextop doctor` against a simulated workspace, and where everything else is missing.

use std::net::TcpListener;

use super::*;

/// A project with some runs.
const RUNS: &str = "[[project]]\ntitle = \"Weekly revenue\"\npast = 20\n";

/// The state of each check.
fn states(ended: &Ended) -> Vec<(String, String)> {
    let text = |check: &Value, key: &str| check[key].as_str().unwrap().to_owned();
    let object = ended.json();
    let checks = object["checks"].as_array().unwrap().iter();
    checks.map(|check| (text(check, "name"), text(check, "state"))).collect()
}

fn check(ended: &Ended, name: &str) -> Value {
    let object = ended.json();
    let checks = object["checks"].as_array().unwrap();
    checks.iter().find(|check| check["name"] == name).unwrap().clone()
}

fn state(ended: &Ended, name: &str) -> String {
    check(ended, name)["state"].as_str().unwrap().to_owned()
}

#[test]
fn a_workspace_that_is_well_has_every_check_in_its_order_for_few_requests() {
    let workspace = Workspace::of(RUNS, &[]);
    let well = workspace.run(&["doctor", "--json"]);
    assert_eq!((well.code, well.err.as_str()), (Some(0), ""), "{well:?}");
    let expected = [
        ("settings", "ok"),
        ("environment", "ok"),
        ("token", "ok"),
        ("owner", "ok"),
        ("role", "ok"),
        ("expiry", "ok"),
        ("certificates", "skip"),
        ("proxy", "ok"),
        ("dns", "skip"),
        ("tcp", "ok"),
        ("tls", "skip"),
        ("projects", "ok"),
        ("paths", "ok"),
        ("order", "ok"),
        ("limits", "ok"),
        ("clock", "ok"),
        ("store", "ok"),
        ("store-size", "ok"),
        ("store-mode", "ok"),
        ("processes", "ok"),
        ("terminal", "skip"),
        ("colours", "ok"),
        ("characters", "ok"),
        ("clipboard", "ok"),
        ("focus", "ok"),
        ("sync-output", "skip"),
    ];
    let expected = expected.map(|(name, state)| (name.to_owned(), state.to_owned()));
    assert_eq!(states(&well), expected, "{well:?}");
    assert!(well.json()["requests"].as_u64().unwrap() <= 4, "{well:?}");
    assert!(!well.out.contains(&workspace.token), "{well:?}");
    let table = workspace.run(&["doctor"]);
    assert_eq!(table.code, Some(0), "{table:?}");
    assert!(table.out.contains("✓ ok    owner         ana@acme.test"), "{table:?}");
    let mut ascii = workspace.command(&["doctor"]);
    let ascii = ended(ascii.env("LC_ALL", "C"));
    assert!(ascii.out.contains("! warn  characters    ASCII alone") && ascii.out.is_ascii());
}

#[test]
fn the_older_paths_are_found_out() {
    let workspace = Workspace::of(RUNS, &["--paths", "legacy"]);
    let told = workspace.run(&["doctor", "--json"]);
    assert_eq!(told.code, Some(0), "{told:?}");
    assert!(check(&told, "paths")["detail"].as_str().unwrap().starts_with("legacy"), "{told:?}");
    assert!(told.json()["requests"].as_u64().unwrap() <= 5, "{told:?}");
}

#[test]
fn a_token_that_hex_refuses_is_told_with_what_to_do() {
    let workspace = Workspace::open(&[]);
    let mut command = workspace.command(&["doctor", "--json"]);
    let refused = ended(command.env("HEX_API_TOKEN", "hxtp_0123456789"));
    assert_eq!((refused.code, state(&refused, "owner")), (Some(3), "fail".to_owned()));
    assert_eq!(state(&refused, "tcp"), "ok");
    let next = check(&refused, "owner")["nextStep"].as_str().unwrap().to_owned();
    assert!(next.contains("hextop login"), "{next}");
    assert!(!refused.out.contains("0123456789"), "{refused:?}");
    let mut command = workspace.command(&["doctor", "--json"]);
    let noted = ended(command.env("HEX_API_TOKEN", format!("'{}'\n", workspace.token)));
    assert_eq!((noted.code, state(&noted, "token")), (Some(0), "warn".to_owned()), "{noted:?}");
    let mut command = workspace.command(&["doctor", "--json"]);
    let none = ended(command.env("HEX_API_TOKEN", "hxtp_…"));
    assert_eq!((none.code, state(&none, "token")), (Some(3), "fail".to_owned()), "{none:?}");
}

#[test]
fn where_nobody_listens_the_step_that_fails_is_named() {
    let workspace = Workspace::open(&[]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let mut command = workspace.command(&["doctor", "--json"]);
    let unreached = ended(command.env("HEX_API_BASE_URL", &gone));
    assert_eq!((unreached.code, state(&unreached, "tcp")), (Some(4), "fail".to_owned()));
    assert_eq!(state(&unreached, "owner"), "skip", "{unreached:?}");
    let detail = check(&unreached, "tcp")["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("refuses connections"), "{detail}");
}

#[test]
fn with_broken_settings_no_token_is_sent_and_what_is_wrong_is_told() {
    let workspace = Workspace::of(RUNS, &[]);
    let settings = workspace.home.path().join("settings.toml");
    std::fs::write(settings, "mouse = true\ncolour = 1\n").unwrap();
    let told = workspace.run(&["doctor", "--json"]);
    assert_eq!((told.code, state(&told, "settings")), (Some(2), "fail".to_owned()), "{told:?}");
    let detail = check(&told, "settings")["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("settings.toml:2:1: unknown setting `colour`"), "{detail}");
    assert_eq!(state(&told, "owner"), "skip", "with the defaults it would go elsewhere: {told:?}");
}

#[test]
fn without_anything_around_it_says_what_it_needs() {
    let mut command = Command::new(HEXTOP);
    command.args(["doctor", "--json"]).env_clear().stdin(Stdio::null());
    let told = ended(command.env("HOME", "nowhere"));
    assert_eq!(told.code, Some(3), "{told:?}");
    assert_eq!((state(&told, "token"), state(&told, "store")), ("fail".into(), "fail".into()));
    assert_eq!(told.json()["requests"], json!(0));
    let mut command = Command::new(HEXTOP);
    command.args(["doctor", "--json", "--demo"]).env_clear().stdin(Stdio::null());
    let demo = ended(command.env("HOME", "nowhere"));
    assert_eq!((demo.code, state(&demo, "owner")), (Some(0), "ok".to_owned()), "{demo:?}");
    assert_eq!(state(&demo, "store"), "skip");
}
