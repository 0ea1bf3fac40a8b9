//! The details of HTTP that clients rely on, on a real socket.

use std::io::Read as _;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use hextop::sim::scenario::{Paths, TokenSpec};
use hextop::sim::{ProjectSpec, Scenario};

use crate::support::{Site, Style, send, small};

#[tokio::test]
async fn without_the_token_everything_is_plainly_unauthorized() {
    let site = Site::open(&small()).await;
    let id = site.project("Weekly revenue");
    let client = crate::support::client();
    let token = site.door.token.clone();
    for path in ["/projects", "/nowhere", &Style::Legacy.list(&id)] {
        for given in [
            None,
            Some("Bearer wrong".to_owned()),
            Some(format!("Token {token}")),
            Some(token.clone()),
        ] {
            let mut request = client.get(format!("{}{path}", site.door.base_url));
            if let Some(given) = given {
                request = request.header("authorization", given);
            }
            let got = send(request).await;
            assert_eq!((got.status, got.text().as_str()), (401, "Unauthorized"));
            assert_eq!(got.header("content-type"), Some("text/plain; charset=utf-8"));
        }
    }
}

#[tokio::test]
async fn a_token_dies_when_it_expires_or_is_revoked() {
    for dead in [
        TokenSpec { expires_after: Some(std::time::Duration::ZERO), ..TokenSpec::default() },
        TokenSpec { revoked_after: Some(std::time::Duration::ZERO), ..TokenSpec::default() },
    ] {
        let site = Site::open(&Scenario { token: dead, ..small() }).await;
        assert_eq!(site.get("/users/me").await.status, 401);
    }
}

#[tokio::test]
async fn answers_have_a_date_a_type_and_a_trace() {
    let site = Site::open(&small()).await;
    let got = site.get("/users/me").await;
    assert_eq!(got.header("content-type"), Some("application/json; charset=utf-8"));
    assert!(got.header("x-trace-id").is_some());
    let date = got.header("date").unwrap();
    assert!(jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).is_ok(), "{date}");
}

#[tokio::test]
async fn head_options_and_wrong_methods_are_answered_properly() {
    let site = Site::open(&small()).await;
    let id = site.project("Weekly revenue");
    let list = Style::Legacy.list(&id);
    let whole = site.get(&list).await;
    let head = send(site.request("HEAD", &list)).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.header("content-length"), whole.header("content-length"));

    let options = send(site.request("OPTIONS", &Style::Current.list(&id))).await;
    assert_eq!((options.status, options.header("allow")), (204, Some("GET, HEAD, POST, OPTIONS")));

    let wrong = send(site.request("PUT", &list)).await;
    assert_eq!((wrong.status, wrong.header("allow")), (405, Some("GET, HEAD, OPTIONS")));
    let wrong = send(site.request("DELETE", "/projects")).await;
    assert_eq!(wrong.status, 405);

    for nowhere in ["/nothing", "/projects/a/b/c/d", "/projects/", "/project"] {
        let got = site.get(nowhere).await;
        assert_eq!(
            (got.status, got.json()["code"].as_str()),
            (404, Some("NOT_FOUND")),
            "{nowhere}"
        );
    }
}

#[tokio::test]
async fn a_server_of_one_generation_knows_nothing_of_the_other() {
    for (paths, current, legacy) in
        [(Paths::Both, 200, 200), (Paths::Current, 200, 404), (Paths::Legacy, 404, 200)]
    {
        let site = Site::open(&Scenario { paths, ..small() }).await;
        let id = site.project("Weekly revenue");
        let run = site.active("Weekly revenue").remove(0);
        for (style, status) in [(Style::Current, current), (Style::Legacy, legacy)] {
            assert_eq!(site.get(&style.list(&id)).await.status, status);
            assert_eq!(site.get(&style.run(&id, &run)).await.status, status);
            let start = site.post(&style.start(&id), json!({ "dryRun": true })).await;
            assert_eq!(start.status, if status == 200 { 201 } else { 404 });
        }
        assert_eq!(site.get("/projects").await.status, 200);
    }
}

#[tokio::test]
async fn one_connection_carries_many_requests_with_or_without_the_prefix() {
    let site = Site::open(&small()).await;
    let address =
        site.door.base_url.strip_prefix("http://").unwrap().strip_suffix("/api/v1").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    for path in ["/api/v1/users/me", "/v1/users/me"] {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\r\n",
            site.door.token
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut read = Vec::new();
        while !read.ends_with(b"}}") {
            assert_ne!(stream.read_buf(&mut read).await.unwrap(), 0);
        }
        assert!(read.starts_with(b"HTTP/1.1 200 OK\r\n"));
    }
}

#[tokio::test]
async fn answers_are_compressed_for_those_who_ask() {
    let projects = (0..60).map(|number| ProjectSpec::titled(format!("Project {number}"))).collect();
    let site = Site::open(&Scenario { projects, ..small() }).await;
    let plain = site.get("/projects?limit=60").await;
    assert_eq!(plain.header("content-encoding"), None);
    let request = site.request("GET", "/projects?limit=60");
    let zipped = send(request.header("accept-encoding", "deflate, gzip;q=0.8")).await;
    assert_eq!(zipped.header("content-encoding"), Some("gzip"));
    assert!(zipped.body.len() < plain.body.len() / 4);
    let mut unzipped = Vec::new();
    flate2::read::GzDecoder::new(&zipped.body[..]).read_to_end(&mut unzipped).unwrap();
    assert_eq!(unzipped, plain.body);
    let request = site.request("GET", "/projects?limit=60");
    let refused = send(request.header("accept-encoding", "gzip;q=0")).await;
    assert_eq!(refused.header("content-encoding"), None);
}

#[tokio::test]
async fn a_body_that_no_start_has_is_refused_unread() {
    let site = Site::open(&small()).await;
    let id = site.project("Weekly revenue");
    let huge = "x".repeat(3 << 20);
    let request = site.request("POST", &Style::Current.start(&id)).body(huge);
    // The server may answer and hang up before all of it is sent.
    if let Ok(got) = crate::support::try_send(request).await {
        assert_eq!(got.status, 413);
    }
    assert_eq!(site.get("/users/me").await.status, 200);
}

#[tokio::test]
async fn a_run_has_a_page_for_people_that_costs_no_request() {
    let mut scenario = small();
    scenario.limits.per_minute = 1;
    scenario.projects[0].title = "<script>alert(1)</script>".to_owned();
    let site = Site::open(&scenario).await;
    let run = site.active("<script>alert(1)</script>").remove(0);
    let path = Style::Current.run(&site.project("<script>alert(1)</script>"), &run);
    let url = site.get(&path).await.json()["runUrl"].as_str().unwrap().to_owned();
    for _ in 0..3 {
        let page = send(crate::support::client().get(&url)).await;
        assert_eq!(
            (page.status, page.header("content-type")),
            (200, Some("text/html; charset=utf-8"))
        );
        let text = page.text();
        assert!(text.contains(&run) && text.contains("is running"), "{text}");
        assert!(text.contains("&lt;script&gt;") && !text.contains("<script>"), "{text}");
    }
    let nothing = send(crate::support::client().get(url.replace(&run, "x"))).await;
    assert_eq!(nothing.status, 404);
}
