//! The system's proxy, which can only be set for a whole process: each test here starts itself
//! again with one.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Command, Output};

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use hextop::api::{ApiError, BaseUrl, Client, Failure, PathStyle, Redactor, Timeouts, Tls, Token};

use crate::stub::{Stub, json};
use crate::tls::Authority;
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

/// What a look at `hex.example` comes to in a process with this proxy, which trusts this bundle, or has its
/// path in the environment.
fn told(proxy: &str, bundle: &str) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "proxy::inside_told", "--ignored", "--nocapture"]);
    child.env_remove("NO_PROXY").env_remove("no_proxy");
    child.env("HTTPS_PROXY", proxy).env("https_proxy", proxy).env_remove("SSL_CERT_FILE");
    if bundle.starts_with('/') {
        child.env("SSL_CERT_FILE", bundle).env("BUNDLE", "");
    } else {
        child.env("BUNDLE", bundle);
    }
    let output = child.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let said = text.split_once("told: ").unwrap().1;
    said.lines().next().unwrap().to_owned()
}

#[tokio::test]
#[ignore = "started by the tests below"]
#[allow(clippy::print_stdout, reason = "the process that has started it reads that")]
async fn inside_told() {
    let bundle = std::env::var("BUNDLE").unwrap();
    let mut tls = Tls::default();
    if !bundle.is_empty() {
        tls.trust(bundle.as_bytes()).unwrap();
    }
    let base = BaseUrl::parse("hex.example").unwrap();
    let token = Token::new(TOKEN).unwrap();
    let client =
        Client::sharing(Redactor::default(), base, &token, Timeouts::default(), tls).unwrap();
    let result = client.send(&list_runs(), PathStyle::Current).await.result;
    println!("told: {}", result.map_or_else(|error| error.to_string(), |_| "good".to_owned()));
}

/// Answers one CONNECT with this, and passes the rest on to `beyond`.
async fn answer_connect(
    answer: &'static str,
    beyond: impl AsyncFnOnce(tokio::net::TcpStream),
    bundle: &str,
    user: &str,
) -> (String, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{user}{}", listener.local_addr().unwrap());
    let bundle = bundle.to_owned();
    let inside = tokio::task::spawn_blocking(move || told(&proxy, &bundle));
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    stream.write_all(answer.as_bytes()).await.unwrap();
    beyond(stream).await;
    (inside.await.unwrap(), String::from_utf8(head).unwrap())
}

const CONNECTED: &str = "HTTP/1.1 200 Connection established\r\n\r\n";

#[tokio::test]
async fn a_server_of_a_private_authority_is_reached_through_a_proxy_with_a_password() {
    let authority = Authority::new();
    let issued = authority.issue(&["hex.example"]);
    let serve = async |stream| issued.serve(stream).await.unwrap();
    let (said, head) = answer_connect(CONNECTED, serve, &authority.pem(), "ana:pw@").await;
    assert_eq!(said, "good");
    assert!(head.to_lowercase().contains("proxy-authorization: basic yw5honb3"), "{head}");
    assert!(!head.contains(TOKEN), "{head}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_bundle_that_the_environment_names_is_trusted() {
    let authority = Authority::new();
    let issued = authority.issue(&["hex.example"]);
    let bundle = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(bundle.path(), authority.pem()).unwrap();
    let serve = async |stream| issued.serve(stream).await.unwrap();
    let (said, _) = answer_connect(CONNECTED, serve, bundle.path().to_str().unwrap(), "").await;
    assert_eq!(said, "good");
}

#[tokio::test]
async fn what_stands_between_is_told_apart_from_what_lies_beyond() {
    let nothing = async |stream| drop(stream);
    for (answer, part) in [
        ("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "wants a name and a password"),
        ("HTTP/1.1 403 Forbidden\r\n\r\n", "does not connect to hex.example"),
        ("HTTP/1.1 502 Bad Gateway\r\n\r\n", "does not connect to hex.example"),
        ("", "does not connect to hex.example"),
        ("SSH-2.0-OpenSSH_9.9\r\n", "does not connect to hex.example"),
    ] {
        let (said, _) = answer_connect(answer, nothing, "", "ana:secret@").await;
        assert!(said.starts_with("the proxy 127.0.0.1:") && said.contains(part), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
    let authority = Authority::new();
    let issued = authority.issue(&["hex.example"]);
    let serve = async |stream| drop(issued.serve(stream).await);
    let (said, _) = answer_connect(CONNECTED, serve, "", "").await;
    assert!(said.starts_with("the certificate of hex.example is from an issuer"), "{said}");
}

#[test]
fn a_proxy_that_is_not_there_is_told_by_its_address() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let gone = listener.local_addr().unwrap();
    drop(listener);
    for scheme in ["http", "socks5h", "socks4a"] {
        let said = told(&format!("{scheme}://{gone}"), "");
        assert!(said.starts_with(&format!("the proxy {gone} refuses connections")), "{said}");
    }
}

#[test]
fn a_socks_proxy_that_refuses_is_told_by_its_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("socks5h://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 3]).unwrap();
        stream.write_all(&[5, 0]).unwrap();
        stream.read_exact(&mut [0; 4 + 1 + 11 + 2]).unwrap();
        // Not allowed by its rules (RFC 1928).
        stream.write_all(&[5, 2, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
        drop(stream.read(&mut [0]));
    });
    let said = told(&proxy, "");
    server.join().unwrap();
    assert!(said.contains("does not connect to hex.example ("), "{said}");
}
