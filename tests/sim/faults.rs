//! Misbehaviour on demand: real on the socket, and known to the log.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use hextop::clock;
use hextop::sim::server::ANY_PORT;
use hextop::sim::{CallKind, FaultName, FaultSpec, ProjectSpec, Scenario, SimServer, World};

use crate::support::{STYLES, Site, Style, Virtual, id_of, small, try_send};

fn with(faults: Vec<FaultSpec>) -> Scenario {
    Scenario { faults, ..small() }
}

fn trigger(name: FaultName) -> Scenario {
    with(vec![FaultSpec::always(CallKind::Trigger, name)])
}

/// Sends raw bytes and reads until the server ends the connection.
async fn raw(site: &Site, method: &str, path: &str) -> (Vec<u8>, Option<io::ErrorKind>) {
    let address =
        site.door.base_url.strip_prefix("http://").unwrap().strip_suffix("/api/v1").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let token = &site.door.token;
    let request = format!(
        "{method} /api/v1{path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         content-length: 0\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut read = Vec::new();
    let ended = stream.read_to_end(&mut read).await;
    (read, ended.err().map(|error| error.kind()))
}

fn runs(site: &Site) -> usize {
    site.door.look(|world| world.runs().count())
}

#[tokio::test]
async fn a_reset_before_the_effect_starts_nothing_and_one_after_it_does() {
    for style in STYLES {
        for (name, started) in [(FaultName::Reset, 0), (FaultName::AnswerLost, 1)] {
            let site = Site::open(&trigger(name)).await;
            let id = site.project("Weekly revenue");
            let before = runs(&site);
            let seen = raw(&site, "POST", &style.start(&id)).await;
            assert_eq!(seen, (Vec::new(), Some(io::ErrorKind::ConnectionReset)), "{name:?}");
            assert_eq!(runs(&site) - before, started, "{name:?}");
            // The door goes on, and other calls are not concerned.
            assert_eq!(site.get(&style.list(&id)).await.status, 200);
        }
    }
}

#[tokio::test]
async fn a_silent_server_times_out_before_or_after_the_effect() {
    for (name, started) in [(FaultName::Timeout, 0), (FaultName::AnswerStuck, 1)] {
        let site = Site::open(&trigger(name)).await;
        let path = Style::Current.start(&site.project("Weekly revenue"));
        let before = runs(&site);
        let request = site.request("POST", &path).timeout(Duration::from_millis(150));
        assert!(try_send(request).await.unwrap_err().is_timeout());
        assert_eq!(runs(&site) - before, started, "{name:?}");
    }
}

#[tokio::test]
async fn a_truncated_body_promises_more_than_comes() {
    let site =
        Site::open(&with(vec![FaultSpec::always(CallKind::ListRuns, FaultName::Truncated)])).await;
    for style in STYLES {
        let list = style.list(&site.project("Weekly revenue"));
        let (read, _) = raw(&site, "GET", &list).await;
        let text = String::from_utf8(read).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.unwrap().parse().unwrap();
        assert_eq!(body.len(), length / 2);
        assert!(body.starts_with("{\"runs\":[{"));
        assert!(try_send(site.request("GET", &list)).await.is_err());
    }
}

#[tokio::test]
async fn slow_bodies_and_late_answers_come_whole_in_the_end() {
    for name in [FaultName::SlowBody, FaultName::Latency] {
        let takes = Duration::from_millis(200);
        let fault = FaultSpec { takes: Some(takes), ..FaultSpec::always(CallKind::ListRuns, name) };
        let site = Site::open(&with(vec![fault])).await;
        let list = Style::Current.list(&site.project("Weekly revenue"));
        let began = clock::now().boot;
        let got = site.get(&list).await;
        assert!(clock::now().boot >= began + takes * 9 / 10, "{name:?}");
        assert_eq!(got.json()["runs"].as_array().unwrap().len(), 25);
    }
}

#[tokio::test]
async fn errors_made_up_look_real_and_keep_the_request_from_its_effect() {
    let table = [
        (FaultName::TooMany, 429, "application/json; charset=utf-8", "reason"),
        (FaultName::Internal, 500, "application/json; charset=utf-8", "INTERNAL_SERVER_ERROR"),
        (FaultName::BadGateway, 502, "text/html; charset=utf-8", "<h1>502 Bad Gateway</h1>"),
        (FaultName::Unavailable, 503, "application/json; charset=utf-8", "SERVICE_UNAVAILABLE"),
        (FaultName::Revoked, 401, "text/plain; charset=utf-8", "Unauthorized"),
    ];
    for (name, status, kind, part) in table {
        for style in STYLES {
            let site = Site::open(&trigger(name)).await;
            let path = style.start(&site.project("Weekly revenue"));
            let before = runs(&site);
            let got = site.post(&path, json!({})).await;
            assert_eq!((got.status, got.header("content-type")), (status, Some(kind)));
            assert!(got.text().contains(part), "{}", got.text());
            assert_eq!(runs(&site), before);
            // Nobody's pace was too fast.
            assert_eq!(site.door.look(|world| world.refused()), 0);
        }
    }
}

#[tokio::test]
async fn bodies_are_spoiled_in_each_way() {
    let got = async |name| {
        let site = Site::open(&with(vec![FaultSpec::always(CallKind::RunStatus, name)])).await;
        let run = site.active("Weekly revenue").remove(0);
        site.get(&Style::Current.run(&site.project("Weekly revenue"), &run)).await
    };
    let wrong = got(FaultName::WrongType).await;
    assert_eq!(wrong.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(wrong.json()["status"], "RUNNING");
    let not_json = got(FaultName::NotJson).await;
    assert_eq!(not_json.header("content-type"), Some("application/json; charset=utf-8"));
    assert!(serde_json::from_slice::<Value>(&not_json.body).is_err());
    assert_eq!(got(FaultName::EmptyBody).await.body, b"");
    assert!(got(FaultName::ExtraFields).await.json()["priority"].is_object());
    let unknown = got(FaultName::UnknownEnums).await.json();
    assert_eq!((&unknown["status"], &unknown["runTrigger"]), (&json!("PAUSED"), &json!("WEBHOOK")));
}

#[test]
fn missing_fields_go_missing_now_and_then_in_any_row() {
    let mut site = Virtual::new(
        &with(vec![FaultSpec::always(CallKind::ListRuns, FaultName::MissingFields)]),
        1,
    );
    let path = format!("{}?limit=100", Style::Current.list(&id_of(&site.world, "Weekly revenue")));
    let page = site.get(&path).json();
    let widths: Vec<_> =
        page["runs"].as_array().unwrap().iter().map(|run| run.as_object().unwrap().len()).collect();
    assert!(widths.contains(&10) && widths.contains(&9), "{widths:?}");
}

#[test]
fn rows_repeat_across_pages() {
    let fault = FaultSpec { name: FaultName::RepeatRows, ..FaultSpec::default() };
    let mut scenario = with(vec![fault]);
    scenario.projects.push(ProjectSpec::titled("Another"));
    let mut site = Virtual::new(&scenario, 1);
    let list = Style::Current.list(&id_of(&site.world, "Weekly revenue"));
    let first = site.get(&format!("{list}?limit=5")).json();
    let second = site.get(&format!("{list}?limit=5&offset=5")).json();
    assert_eq!(first["runs"][4]["runId"], second["runs"][0]["runId"]);
    let first = site.get("/projects?limit=2").json();
    let after = first["pagination"]["after"].as_str().unwrap();
    let second = site.get(&format!("/projects?limit=2&after={after}")).json();
    assert_eq!(first["values"][1], second["values"][0]);
}

#[test]
fn a_fault_strikes_at_its_rate_or_once_or_within_its_time() {
    let strikes = |fault: FaultSpec, step: Duration| {
        let mut site = Virtual::new(&with(vec![fault]), 5);
        let mut struck = Vec::new();
        for number in 1..=1000_u64 {
            site.get("/users/me");
            let id = id_of(&site.world, "Weekly revenue");
            if site.ask("GET", &Style::Legacy.list(&id), None).fault.is_some() {
                struck.push(number);
            }
            site.wait(step);
        }
        struck
    };
    let second = Duration::from_secs(1);
    let kind = CallKind::ListRuns;
    let rated = FaultSpec { rate: 0.3, ..FaultSpec::always(kind, FaultName::Internal) };
    let count = strikes(rated, second).len();
    assert!((240..360).contains(&count), "{count}");
    assert_eq!(strikes(FaultSpec::nth(kind, FaultName::Internal, 7), second), [7]);
    let window = FaultSpec {
        from: 10 * second,
        until: Some(13 * second),
        ..FaultSpec::always(kind, FaultName::Internal)
    };
    assert_eq!(strikes(window, second), [11, 12, 13]);
    let other = FaultSpec::always(CallKind::Trigger, FaultName::Internal);
    assert!(strikes(other, second).is_empty());
}

/// A log that can be read while it is written.
#[derive(Clone, Default)]
struct Pages(Arc<Mutex<Vec<u8>>>);

impl Write for Pages {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::Write::write(&mut *self.0.lock().unwrap(), bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_has_a_line_for_each_request_also_for_those_without_an_answer() {
    let faults = vec![
        FaultSpec::nth(CallKind::Trigger, FaultName::AnswerLost, 1),
        FaultSpec::nth(CallKind::Trigger, FaultName::Reset, 2),
        FaultSpec {
            takes: Some(Duration::ZERO),
            ..FaultSpec::nth(CallKind::Me, FaultName::Latency, 1)
        },
    ];
    let mut scenario = with(faults);
    scenario.limits.per_minute = 4;
    let pages = Pages::default();
    let world = World::new(&scenario, 1, clock::now());
    let start = Style::Legacy.start(&id_of(&world, "Weekly revenue"));
    let door = SimServer::open(world, ANY_PORT, Some(Box::new(pages.clone()))).await.unwrap();
    let client = crate::support::client();
    let url = |path: &str| format!("{}{path}", door.base_url);
    for request in [
        client.post(url(&start)).bearer_auth(&door.token),
        client.post(url(&start)).bearer_auth(&door.token),
        client.get(url("/users/me?a=b")).bearer_auth(&door.token),
        client.get(url("/users/me")),
        client.get(url("/nowhere")).bearer_auth(&door.token),
        client.get(url("/users/me")).bearer_auth(&door.token),
    ] {
        let _ = try_send(request).await;
    }
    let text = String::from_utf8(pages.0.lock().unwrap().clone()).unwrap();
    let mut lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut times = Vec::new();
    for line in &mut lines {
        let time = line.as_object_mut().unwrap().shift_remove("time").unwrap();
        times.push(time.as_str().unwrap().parse::<jiff::Timestamp>().unwrap());
    }
    assert!(times.is_sorted());
    let line = |method: &str, path: &str, status: Value, remaining: Value, fault: Value| json!({ "method": method, "path": format!("/api/v1{path}"), "status": status, "remaining": remaining, "fault": fault });
    assert_eq!(
        lines,
        [
            line("POST", &start, json!(201), json!(3), json!("answer-lost")),
            line("POST", &start, Value::Null, json!(2), json!("reset")),
            line("GET", "/users/me?a=b", json!(200), json!(1), json!("latency")),
            line("GET", "/users/me", json!(401), Value::Null, Value::Null),
            line("GET", "/nowhere", json!(404), json!(0), Value::Null),
            line("GET", "/users/me", json!(429), json!(0), Value::Null),
        ]
    );
}
