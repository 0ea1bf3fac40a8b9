//! The system's proxy, which can only be set for a whole process: each test here starts itself
//! again with one.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output};

use hextop::api::{ApiError, BaseUrl, Client, Failure, PathStyle, Timeouts, Token};

use crate::stub::{Stub, json};
use crate::{TOKEN, body, list_runs, send};

/// Runs one of the ignored tests below in a process of its own, with `proxy` for everything.
fn with_proxy(proxy: &str, name: &str) -> Output {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", name, "--ignored"]).env_remove("NO_PROXY").env_remove("no_proxy");
    for variable in
        ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"]
    {
        child.env(variable, proxy);
    }
    let output = child.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("running 1 test"), "{text}");
    output
}

#[test]
fn this_machine_is_reached_without_the_proxy() {
    // Nothing can listen on port 0, so whatever goes there fails.
    let output = with_proxy("http://127.0.0.1:0", "proxy::inside_loopback");
    assert!(output.status.success(), "{output:?}");
}

#[tokio::test]
#[ignore = "started by this_machine_is_reached_without_the_proxy, with a proxy that is not there"]
async fn inside_loopback() {
    let stub = Stub::serve([json(200, body!("runs_empty"))]).await;
    send(&stub, &list_runs()).await.result.unwrap();
}

#[test]
fn another_machine_is_reached_through_the_proxy_which_never_sees_the_token() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").unwrap();
        String::from_utf8(head).unwrap()
    });
    let output = with_proxy(&proxy, "proxy::inside_elsewhere");
    assert!(output.status.success(), "{output:?}");
    let head = server.join().unwrap();
    assert!(head.starts_with("CONNECT hex.example:443 HTTP/1.1\r\n"), "{head}");
    assert!(!head.contains(TOKEN), "{head}");
}

#[tokio::test]
#[ignore = "started by another_machine_is_reached_through_the_proxy_which_never_sees_the_token"]
async fn inside_elsewhere() {
    let base = BaseUrl::parse("hex.example").unwrap();
    let client = Client::new(base, &Token::new(TOKEN).unwrap(), Timeouts::default()).unwrap();
    let error = client.send(&list_runs(), PathStyle::Current).await.result.unwrap_err();
    assert!(matches!(error, ApiError::Transport(Failure::Connect(_))), "{error:?}");
}
