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
    let error = look_at("hex.example").await;
    assert!(matches!(error, ApiError::Transport(Failure::Connect(_))), "{error:?}");
}

/// Why another machine cannot be reached.
async fn look_at(host: &str) -> ApiError {
    let base = BaseUrl::parse(host).unwrap();
    let client = Client::new(base, &Token::new(TOKEN).unwrap(), Timeouts::default()).unwrap();
    client.send(&list_runs(), PathStyle::Current).await.result.unwrap_err()
}

#[test]
fn another_machine_is_reached_through_a_socks_proxy() {
    for scheme in ["socks5h", "socks5"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = format!("{scheme}://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || asked_of_socks(&listener));
        // With the one the proxy finds the address of a name, with the other this machine does.
        let inside = if scheme == "socks5" {
            "proxy::inside_elsewhere_by_address"
        } else {
            "proxy::inside_elsewhere"
        };
        let output = with_proxy(&proxy, inside);
        assert!(output.status.success(), "{scheme}: {output:?}");
        let (asked, hello) = server.join().unwrap();
        let by_name =
            [b"\x05\x01\0\x03\x0bhex.example".as_slice(), &443_u16.to_be_bytes()].concat();
        let by_address =
            [b"\x05\x01\0\x01\xcb\0\x71\x07".as_slice(), &443_u16.to_be_bytes()].concat();
        assert_eq!(asked, if scheme == "socks5" { by_address } else { by_name });
        assert_eq!(hello, 0x16, "a TLS handshake, so the token is for Hex alone");
    }
}

/// Speaks SOCKS 5 (RFC 1928) for one connection: what it was asked for, and the first byte that was
/// to be passed on.
fn asked_of_socks(listener: &TcpListener) -> (Vec<u8>, u8) {
    let (mut stream, _) = listener.accept().unwrap();
    let mut read = |length: usize| {
        let mut bytes = vec![0; length];
        stream.read_exact(&mut bytes).unwrap();
        bytes
    };
    let greeting = read(2);
    read(usize::from(greeting[1]));
    stream.write_all(&[5, 0]).unwrap();
    let mut read = |length: usize| {
        let mut bytes = vec![0; length];
        stream.read_exact(&mut bytes).unwrap();
        bytes
    };
    let mut asked = read(4);
    if asked[3] == 3 {
        asked.extend(read(1));
    }
    let address = if asked[3] == 3 { usize::from(asked[4]) } else { 4 };
    asked.extend(read(address + 2));
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
    let mut first = [0];
    stream.read_exact(&mut first).unwrap();
    (asked, first[0])
}

#[tokio::test]
#[ignore = "started by another_machine_is_reached_through_a_socks_proxy"]
async fn inside_elsewhere_by_address() {
    // An address for documentation (RFC 5737), which leads nowhere.
    let error = look_at("203.0.113.7").await;
    assert!(matches!(error, ApiError::Transport(Failure::Connect(_))), "{error:?}");
}

#[test]
fn a_proxy_that_is_none_is_refused_and_not_passed_over() {
    let output = with_proxy("socks5h://127.0.0.1:1080 ", "proxy::inside_refused");
    assert!(output.status.success(), "{output:?}");
}

#[test]
#[ignore = "started by a_proxy_that_is_none_is_refused_and_not_passed_over"]
fn inside_refused() {
    let client = |base| {
        let base = BaseUrl::parse(base).unwrap();
        Client::new(base, &Token::new(TOKEN).unwrap(), Timeouts::default()).map(|_| ())
    };
    let refusal = client("hex.example").unwrap_err().to_string();
    assert!(refusal.contains("HTTPS_PROXY begins or ends with white space"), "{refusal}");
    assert_eq!(client("http://127.0.0.1:1"), Ok(()), "this machine needs none");
}
